"""Chapter 11, continued: signals and their spectra, by NumPy; exact where the entries are integers."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, found, kernels, padded, same, vectors

steps, widths = st.integers(1, 4), st.integers(0, 2)
primes = st.sampled_from([2, 3, 5])


def support(x):
    return int((np.abs(x) > 1e-9).sum())


@given(kernels(1, 8).filter(lambda c: c[0].any()))
def test_few_places_fill_many_bins(case):
    """|supp x| |supp x^| >= n, and for n prime the sum is n + 1 or more."""
    (x,) = case
    n, places, bins = len(x), support(x), support(np.fft.fft(x))
    assert places * bins >= n
    assert places + bins > n or n not in {2, 3, 5, 7}


@given(primes)
def test_all_minors_of_a_prime_transform_are_nonzero(n):
    """Chebotarev: no square part of F is singular."""
    F = np.fft.fft(np.eye(n))
    for K in range(1, n + 1):
        sets = list(combinations(range(n), K))
        assert min(abs(np.linalg.det(F[np.ix_(rows, cols)])) for rows, cols in product(sets, repeat=2)) > 1e-6


@given(steps, steps)
def test_the_spectrum_of_a_comb_is_a_comb(m, s):
    """The multiples of s have the spectrum m on the multiples of m."""
    n = s * m
    comb = np.arange(n) % s == 0
    assert np.abs(np.fft.fft(comb) - m * (np.arange(n) % m == 0)).max() < 1e-9
    assert support(comb) * support(np.fft.fft(comb)) == n


@given(st.integers(1, 12))
def test_a_transform_is_a_chirped_convolution(n):
    """2 j k = j^2 + k^2 - (j - k)^2."""
    j, k = np.ogrid[:n, :n]
    zeta = np.exp(-1j * np.pi * np.arange(2 * n) / n)
    assert same(2 * j * k, j * j + k * k - (j - k) ** 2)
    chirp = lambda e: zeta[e % (2 * n)]  # noqa: E731
    assert np.abs(chirp(j * j) * chirp(-((j - k) ** 2)) * chirp(k * k) - np.fft.fft(np.eye(n))).max() < 1e-9


@given(st.sampled_from([(3, 2), (5, 2), (7, 3), (11, 2)]))
def test_a_prime_transform_is_a_circular_convolution(case):
    """On the places g^a and g^-b the exponents are g^(a - b): a circulant."""
    p, g = case
    powers = np.array([pow(g, a, p) for a in range(p - 1)])
    inverse = np.array([pow(g, -b, p) for b in range(p - 1)])
    assert same(np.multiply.outer(powers, inverse) % p, circulant(powers))
    assert set(powers.tolist()) == set(range(1, p))


@given(steps, steps, st.integers(-3, 3), st.data())
def test_exponentials_are_eigenfunctions_inside(K, o, z, data):
    """A layer without padding multiplies z^j by w(z)."""
    w = data.draw(vectors(K))
    x = np.array([z**j for j in range(K + o)])
    response = sum(int(a) * z**e for e, a in enumerate(w))
    assert same(np.correlate(x, w, "valid"), response * x[: o + 1])
    even = w + w[::-1]
    assert same(np.polyval(even, z), np.polyval(even[::-1], z))


@given(st.integers(1, 3), steps, steps, st.data())
def test_vanishing_moments_are_zeros_at_one(m, e, o, data):
    """Multiples of (z - 1)^m annihilate polynomials of degree below m, and have m vanishing moments."""
    w = data.draw(vectors(e))
    for _ in range(m):
        w = np.convolve(w, [-1, 1])
    for i in range(m):
        assert w @ np.arange(len(w)) ** i == 0
        assert not np.correlate(np.arange(len(w) + o) ** i, w, "valid").any()


@given(st.integers(1, 3), st.data())
def test_vanishing_moments_divide(m, data):
    """A kernel with m vanishing moments is a multiple of (z - 1)^m: the division leaves no rest."""
    taps = data.draw(st.integers(1, 5))
    w = data.draw(vectors(taps))
    moments = [int(w @ np.arange(taps) ** i) for i in range(m)]
    divisor = [1]
    for _ in range(m):
        divisor = np.convolve(divisor, [-1, 1])
    rest = w.copy()
    for top in range(taps - 1, m - 1, -1):
        rest[top - m : top + 1] -= rest[top] * divisor
    assert any(moments) == bool(rest.any())


@given(kernels(2, 8))
def test_a_mask_convolves_the_spectrum(case):
    """n times the spectrum of a product is the circular convolution of the spectra."""
    x, y = case
    n, X, Y = len(x), np.fft.fft(x), np.fft.fft(y)
    convolved = sum(X[k] * np.roll(Y, k) for k in range(n))
    assert np.abs(n * np.fft.fft(x * y) - convolved).max() < 1e-6


@given(widths, widths, widths, st.data())
def test_bands_add_their_radii(B, C, e, data):
    """Spectra on -B..B and on -C..C convolve to one on -(B + C)..B + C."""
    n = 2 * (B + C) + 1 + e
    X, Y = (np.roll(np.pad(data.draw(vectors(2 * r + 1)), (0, n - 2 * r - 1)), -r) for r in (B, C))
    whole = circulant(X) @ Y
    assert not whole[B + C + 1 : n - B - C].any()


def squared(n):
    """Does the square of 2 cos(2 pi j / n) live on the bins -1, 0, 1?"""
    X = np.zeros(n, dtype=np.int64)
    X[[1, -1]] = 1
    return not (circulant(X) @ X)[2:-1].any()


FALSE = {
    "the bound on the sum holds for every size": (
        kernels(1, 6).filter(lambda c: c[0].any()),
        lambda x: support(x) + support(np.fft.fft(x)) > len(x),
    ),
    "every periodic signal has equal heights": (
        kernels(1, 4),
        lambda w: not (circulant(w).T @ w)[1:].any(),
    ),
    "nonzero residues are powers of one": (
        st.integers(1, 9),
        lambda n: any({pow(g, e, n) for e in range(n - 1)} == set(range(1, n)) for g in range(max(n, 1))) or n == 1,
    ),
    "exponentials are eigenvectors with zeros": (
        st.integers(1, 4).flatmap(lambda n: st.tuples(st.just(n), vectors(3))),
        lambda n, w: len(set((padded(w, n, 1) @ np.ones(n, dtype=np.int64)).tolist())) == 1,
    ),
    "zero sums annihilate ramps": (st.integers(-3, 3), lambda v: not np.correlate([0, 1], [-v, v], "valid").any()),
    "squares keep the band": (st.integers(3, 8), squared),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert len(found(*FALSE["the bound on the sum holds for every size"])[0]) == 4
    assert found(*FALSE["nonzero residues are powers of one"]) == 4
    assert found(*FALSE["squares keep the band"]) == 4
