"""Chapter 11, Fourier identities: exact modulo the prime 61, where there are roots of unity of the orders 1 to 6."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, down, found, integers, kernels, rank, same, shift, vectors

import convalgebra as ca

P = 61
UNIT = 2  # its powers are all units modulo 61
orders, steps = st.integers(1, 6), st.integers(1, 3)


def root(n):
    """omega, of order n."""
    return pow(UNIT, (P - 1) // n, P)


def fourier(n, sign=1):
    """F, or its conjugate."""
    return np.array([[pow(root(n), sign * f * j % n, P) for j in range(n)] for f in range(n)])


def modulation(n, b=1):
    return np.diag([pow(root(n), b * j % n, P) for j in range(n)])


def agree(left, right):
    return same(np.asarray(left) % P, np.asarray(right) % P)


def back(n):
    """x[-i]."""
    return np.roll(np.eye(n, dtype=np.int64)[::-1], 1, axis=0)


def spectral(n, *values):
    """Exact products of small matrices modulo 61."""
    product = np.eye(n, dtype=np.int64)
    for A in values:
        product = product @ A % P
    return product


@given(orders)
def test_the_transform_is_that_of_numpy(n):
    """F[f, j] = omega^(f j), with omega = exp(-2 pi i / n)."""
    assert np.abs(ca.dft(n).to_numpy() - np.fft.fft(np.eye(n))).max() < 1e-12
    powers = [e for e in range(n) if pow(root(n), e, P) == 1]
    assert powers == [0]


@given(orders, integers, integers)
def test_modulations_and_shifts_commute_up_to_a_phase(n, a, b):
    """D^b S^a = omega^(a b) S^a D^b."""
    D, S = modulation(n, b), shift(n, a)
    assert agree(D @ S, pow(root(n), a * b % n, P) * S @ D)


@given(orders)
def test_the_transform_turns_shifts_into_modulations(n):
    """F S F* = n D, F D F* = n S^-1, F^2 = n R, F^4 = n^2 I, F R F* = n R."""
    F, G, R = fourier(n), fourier(n, -1), back(n)
    assert agree(spectral(n, F, shift(n), G), n * modulation(n))
    assert agree(spectral(n, F, modulation(n), G), n * shift(n, -1))
    assert agree(F @ F, n * R)
    assert agree(spectral(n, F, F, F, F), n * n * np.eye(n, dtype=np.int64))
    assert agree(spectral(n, F, R, G), n * R)


@given(st.integers(1, 4), st.data())
def test_every_map_is_a_sum_of_modulated_shifts(n, data):
    """n A is the sum over a, b of tr((S^a D^b)^-1 A) S^a D^b."""
    A, total = data.draw(vectors(n, n)), np.zeros((n, n), dtype=np.int64)
    for a, b in np.ndindex(n, n):
        part, inverse = shift(n, a) @ modulation(n, b), modulation(n, -b) @ shift(n, -a)
        total = total + np.trace(inverse @ A % P) * part
        assert np.trace(part) % P == (n if a == b == 0 else 0)
    assert agree(total, n * A)


@given(kernels(2, 6))
def test_the_transform_keeps_inner_products(case):
    """The conjugate spectrum of x times the spectrum of y is n x y."""
    x, y = case
    n = len(x)
    assert agree(fourier(n, -1) @ x @ (fourier(n) @ y % P), n * x @ y)


@given(kernels(2, 6))
def test_correlation_multiplies_by_the_conjugate_spectrum(case):
    """r[k] = sum of x[j] y[j + k] has the spectrum conj(x^) y^."""
    x, y = case
    n = len(x)
    r = np.array([x @ np.roll(y, -k) for k in range(n)])
    assert same(r, circulant(x).T @ y)
    assert agree(fourier(n) @ r, (fourier(n, -1) @ x % P) * (fourier(n) @ y % P))


@given(kernels(1, 6))
def test_real_signals_have_conjugate_symmetric_spectra(case):
    """Bin -f of a real signal is the conjugate of bin f; real and even where the signal is even."""
    (x,) = case
    y = np.fft.fft(x)
    assert np.abs(np.roll(y[::-1], 1) - y.conj()).max() < 1e-9
    even, odd = x + np.roll(x[::-1], 1), x - np.roll(x[::-1], 1)
    assert np.abs(np.fft.fft(even).imag).max() < 1e-9
    assert np.abs(np.fft.fft(odd).real).max() < 1e-9


@given(kernels(1, 6), integers)
def test_a_shift_multiplies_the_spectrum_by_phases(case, m):
    """The shift by m multiplies bin f by omega^(m f); a modulation moves bins; the power spectrum stays."""
    (x,) = case
    n = len(x)
    F, G, moved = fourier(n), fourier(n, -1), np.roll(x, m)
    assert agree(F @ moved, modulation(n, m) @ (F @ x % P))
    assert agree(F @ (modulation(n, m) @ x % P), np.roll(F @ x, -m))
    assert agree((F @ moved % P) * (G @ moved % P), (F @ x % P) * (G @ x % P))
    bins = [(a, b, (a + b) % n) for a, b in np.ndindex(n, n)]
    bispectrum = lambda v: [(F @ v)[a] % P * ((F @ v)[b] % P) * ((G @ v)[c] % P) for a, b, c in bins]  # noqa: E731
    assert agree(bispectrum(moved), bispectrum(x))


@given(st.integers(1, 3), st.integers(1, 2), st.data())
def test_a_stride_folds_the_spectrum(m, s, data):
    """s times bin f of x[::s] is the sum of the bins f + r m of x."""
    x = data.draw(vectors(s * m))
    assert agree(s * fourier(m) @ x[::s], (fourier(s * m) @ x).reshape(s, m).sum(axis=0))


@given(st.integers(1, 3), st.integers(1, 2), st.data())
def test_zeros_between_repeat_the_spectrum(m, s, data):
    """Zeros between the samples repeat the spectrum s times; a stride and zeros average modulations."""
    x = data.draw(vectors(m))
    D = down(s * m, s)
    assert agree(fourier(s * m) @ (D.T @ x), np.tile(fourier(m) @ x, s))
    assert same(D @ D.T, np.eye(m, dtype=np.int64))
    assert agree(s * D.T @ D, sum(modulation(s * m, m * r) for r in range(s)))


@given(st.integers(1, 3), st.integers(1, 2), st.data())
def test_a_narrow_band_survives_a_stride(m, s, data):
    """A spectrum z on bins of which each class modulo m has one is s F_m of the strided signal."""
    n, z = s * m, data.draw(vectors(m))
    spectrum = np.zeros(n, dtype=np.int64)
    for f in range(m):
        spectrum[f + m * data.draw(st.integers(0, s - 1))] = z[f]
    x = fourier(n, -1) @ spectrum % P  # n times the signal
    assert agree(s * fourier(m) @ x[::s], n * z)


def chirped(n):
    return agree(shift(n) @ modulation(n), root(n) * modulation(n) @ shift(n))


def told(x):
    """Is the reversal of x a shift of it, up to sign?"""
    turns = [np.roll(x, m).tolist() for m in range(len(x))]
    return x[::-1].tolist() in turns or (-x[::-1]).tolist() in turns


FALSE = {
    "the phase may stand on either side": (orders, chirped),
    "modulations become shifts forwards": (
        orders,
        lambda n: agree(spectral(n, fourier(n), modulation(n), fourier(n, -1)), n * shift(n)),
    ),
    "convolutions and masks span all matrices": (
        orders,
        lambda n: (
            rank([np.diag(e).ravel() for e in np.eye(n, dtype=int)] + [shift(n, a).ravel() for a in range(n)]) == n * n
        ),
    ),
    "the plain transform keeps norms": (
        kernels(1, 6),
        lambda x: agree(fourier(len(x), -1) @ x @ (fourier(len(x)) @ x % P), x @ x),
    ),
    "correlation multiplies the spectra": (kernels(2, 6), lambda x, y: same(circulant(x).T @ y, circulant(x) @ y)),
    "half of the bins are independent complex numbers": (orders, lambda n: 2 * len(np.fft.rfft(np.ones(n))) == n),
    "the power spectrum tells the signal": (kernels(1, 6), told),
    "a stride crops the spectrum": (
        st.integers(1, 3),
        lambda m: agree(2 * fourier(m) @ down(2 * m, 2), fourier(2 * m)[:m]),
    ),
    "zeros between keep the band": (
        st.integers(1, 3),
        lambda m: not (fourier(2 * m) @ down(2 * m, 2).T % P)[m:].any(),
    ),
    "few bins survive a stride": (
        st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda c: c[0] < c[1]),
        lambda a, b: rank([[int((f - j) % 2 == 0) for f in (a, b)] for j in range(2)]) == 2,
    ),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["the phase may stand on either side"]) == 3
    assert found(*FALSE["modulations become shifts forwards"]) == 3
    assert found(*FALSE["convolutions and masks span all matrices"]) == 2
    assert found(*FALSE["few bins survive a stride"]) == (0, 2)
