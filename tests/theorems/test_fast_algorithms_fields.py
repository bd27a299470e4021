"""Chapter 19, continued: cyclic convolution over a field, transforms of integers, rounding, shared and packed taps."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, found, free_kernels, kernels, rank, same, steps, valid, vectors

import convalgebra as ca

naturals = st.lists(st.integers(0, 99), min_size=1, max_size=5)


@given(vectors(3), vectors(3))
def test_a_cyclic_product_of_three_takes_four_products(w, x):
    """Modulo z - 1 one product, modulo z^2 + z + 1 three, put together by the Chinese remainder theorem."""
    one = w.sum() * x.sum()
    (a, b), (c, d) = (v[:2] - v[2] for v in (w, x))
    low, high, both = a * c, b * d, (a + b) * (c + d)
    p, q = low - high, both - low - 2 * high  # the product modulo z^2 + z + 1
    y = [Fraction(int(one - p - q), 3) + v for v in (int(p), int(q), 0)]
    assert y == (circulant(w) @ x).tolist()


@given(st.integers(1, 6))
def test_a_cyclic_product_over_the_complex_numbers_takes_n(n):
    """F diagonalises all circulants: one product a bin."""
    w = np.arange(n)
    assert np.abs(np.fft.ifft(np.fft.fft(w) * np.fft.fft(w[::-1])) - circulant(w) @ w[::-1]).max() < 1e-9


@given(st.sampled_from([(1, 3, 1), (2, 5, 4), (4, 5, 2), (3, 7, 2), (6, 7, 3), (4, 13, 5), (5, 11, 3)]), st.data())
def test_integers_have_exact_transforms(case, data):
    """Modulo p the transform multiplies; integers of absolute value below p / 2 come back whole."""
    n, p, g = case
    assert [pow(g, e, p) for e in range(1, n + 1)].index(1) == n - 1
    F, G = (np.array([[pow(g, s * j * k % n, p) for k in range(n)] for j in range(n)]) for s in (1, -1))
    w, x = data.draw(st.tuples(vectors(n), vectors(n)))
    y = circulant(w) @ x
    spectrum = (F @ w % p) * (F @ x % p) % p
    assert same(G @ spectrum % p, n * y % p)
    small = np.arange(-(p // 2), p // 2 + 1)
    assert same((small % p + p // 2) % p - p // 2, small)


def rounding(m, nested):
    """The median worst error of Winograd in float32 over that of the direct sum."""
    fast = ca.winograd(m, 3).nested() if nested else ca.winograd(m, 3)
    G, B, A = (np.array(M.to_numpy(), dtype=np.float32) for M in (fast.G, fast.BT, fast.AT))
    random, worst = np.random.default_rng(1), []
    units = np.eye(G.shape[1], dtype=np.int64).reshape(-1, *fast.kernel)
    T = [ca.convolution_matrix(e, fast.signal, "valid", "correlation").to_numpy() for e in units]
    for _ in range(100):
        w, x = random.standard_normal(G.shape[1]), random.standard_normal(B.shape[1])
        w, x = w.astype(np.float32), x.astype(np.float32)
        exact = sum(float(a) * (E @ x.astype(np.float64)) for a, E in zip(w, T, strict=True))
        direct = sum(a * (E.astype(np.float32) @ x) for a, E in zip(w, T, strict=True))
        worst.append([np.abs(y - exact).max() for y in (direct, A @ ((G @ w) * (B @ x)))])
    direct, quick = np.median(worst, axis=0)
    return quick / direct


def test_larger_tiles_lose_more_digits():
    """The error of F(m, 3) in float32 grows with m, in one dimension and in two."""
    assert rounding(2, False) < rounding(4, False) < rounding(6, False)
    assert 1 < rounding(2, True) < rounding(4, True) < rounding(6, True)


@given(steps, steps, st.booleans(), st.data())
def test_equal_taps_share_a_product(r, o, odd, data):
    """A symmetric kernel multiplies sums of two samples."""
    u, c = data.draw(vectors(r)), data.draw(vectors(int(odd)))
    w = np.concatenate([u, c, u[::-1]])
    K = len(w)
    x = data.draw(vectors(K + o))
    folded = sum(u[a] * (x[a : a + o + 1] + x[K - 1 - a : K + o - a]) for a in range(r))
    folded = folded + (c[0] * x[r : r + o + 1] if odd else 0)
    assert same(valid(w, K + o) @ x, folded)


@given(free_kernels(), st.integers(0, 2), st.integers(0, 2))
def test_separable_kernels_take_two_passes(case, a, b):
    """The layer of u v^T slides u down and v along."""
    u, v = case
    box = (len(u) + a, len(v) + b)
    whole = ca.convolution_matrix(np.multiply.outer(u, v), box, "valid", "correlation").to_numpy()
    assert same(whole, np.kron(valid(u, box[0]), valid(v, box[1])))


@given(naturals, naturals)
def test_one_long_product_is_a_convolution(w, x):
    """In a base above all outputs the digits of the product are the convolution."""
    y = np.convolve(w, x).tolist()
    base = max(y) + 1 + (max(y) == 0)
    number = sum(a * base**i for i, a in enumerate(w)) * sum(a * base**i for i, a in enumerate(x))
    assert [number // base**i % base for i in range(len(y))] == y


def digits(w, x, base):
    number = sum(a * base**i for i, a in enumerate(w)) * sum(a * base**i for i, a in enumerate(x))
    return [number // base**i % base for i in range(len(w) + len(x) - 1)]


def spanning(n):
    """Do the circulants of rank one with entries -1, 0, 1 span all?"""
    ones = [w for w in product((-1, 0, 1), repeat=n) if rank(circulant(np.array(w))) == 1]
    return rank(ones) == n


FALSE = {
    "rank one circulants span": (st.integers(1, 4), spanning),
    "all integers come back": (kernels(2, 3), lambda w, x: bool((np.abs(circulant(w) @ x) <= 2).all())),
    "equal ways round alike": (st.sampled_from([2, 6]), lambda m: rounding(m, True) <= 10),
    "all kernels fold": (vectors(2), lambda w: same(valid(w, 2), [[w[0], w[0]]])),
    "a base above the taps is enough": (
        st.tuples(naturals, naturals),
        lambda w, x: digits(w, x, max(2, 1 + max(w + x))) == np.convolve(w, x).tolist(),
    ),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["rank one circulants span"]) == 3
    assert found(*FALSE["equal ways round alike"]) == 6
