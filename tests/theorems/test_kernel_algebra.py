"""Chapter 3, kernels as a ring, by NumPy's convolve."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import (
    circulant,
    flip,
    found,
    free_kernels,
    full,
    kernels,
    modes,
    padded,
    same,
    shift,
    sizes,
    steps,
    toeplitz,
    valid,
    vectors,
    widths,
)  # fmt: skip

import convalgebra as ca

conv = np.convolve


def corr(u, v):
    return np.convolve(u, v[::-1])


def dilated(w, d):
    return np.concatenate([np.concatenate([[v], np.zeros(d - 1, dtype=np.int64)]) for v in w])[: d * (len(w) - 1) + 1]


def moment(w, r):
    return sum(int(t) ** r * int(v) for t, v in enumerate(w))


def variance(w):
    """Times the square of the sum."""
    return moment(w, 0) * moment(w, 2) - moment(w, 1) ** 2


@given(kernels(2))
def test_circulants_are_a_ring_of_kernels(case):
    """C_{u+v} = C_u + C_v, C_{u * v} = C_u C_v, C of the unit impulse is I, n steps are none."""
    u, v = case
    n = len(u)
    assert same(circulant(u + v), circulant(u) + circulant(v))
    assert same(circulant(circulant(u) @ v), circulant(u) @ circulant(v))
    assert same(np.linalg.matrix_power(shift(n), n), np.eye(n))


@given(free_kernels(2))
def test_convolution_commutes(case):
    """u * v = v * u, as in the library's ring of kernels."""
    u, v = case
    assert same(conv(u, v), conv(v, u))
    assert same((ca.Kernel(u[None, None]) * ca.Kernel(v[None, None])).weight[0, 0], conv(u, v))


@given(free_kernels(3))
def test_convolution_is_associative(case):
    """(u * v) * w = u * (v * w)."""
    u, v, w = case
    assert same(conv(conv(u, v), w), conv(u, conv(v, w)))


@given(kernels(1, 4), kernels(2, 4), st.integers(-9, 9))
def test_convolution_distributes(one, two, c):
    """u * (v + w) = u * v + u * w and (c u) * v = c (u * v)."""
    (u,), (v, w) = one, two
    assert same(conv(u, v + w), conv(u, v) + conv(u, w))
    assert same(conv(c * u, v), c * conv(u, v))


@given(sizes, widths, modes)
def test_the_centred_impulse_is_the_identity(n, k, mode):
    """An odd kernel with a single 1 in the middle is the identity in every padding mode."""
    assert same(padded(np.eye(2 * k + 1, dtype=np.int64)[k], n, k, mode=mode), np.eye(n))


@given(st.integers(1, 5), widths, kernels(1, 4))
def test_full_convolution_is_injective(n, t, case):
    """From the first nonzero tap on, n rows of the full matrix are triangular with that tap on the diagonal."""
    (w,) = case
    assume(w[0])
    square = full(np.concatenate([np.zeros(t, dtype=np.int64), w]), n)[t : t + n]
    assert same(square, np.tril(square))
    assert same(np.diag(square), np.full(n, w[0]))


@given(kernels(2))
def test_reversing_keeps_products_and_transposes(case):
    """J (u * v) = J u * J v for J[t] = -t mod n, and C_{J u} = C_u^T = J' C_u J'."""
    u, v = case
    Ju, Jv = (np.roll(w[::-1], 1) for w in case)
    assert same(np.roll((circulant(u) @ v)[::-1], 1), circulant(Ju) @ Jv)
    assert same(circulant(Ju), circulant(u).T)
    assert same(flip(len(u)) @ circulant(u) @ flip(len(u)), circulant(u).T)


@given(kernels(1, 4), kernels(1, 5), st.data())
def test_the_adjoint_of_valid_correlation_is_full_convolution(one, two, data):
    """<V x, y> = <x, w * y>, V(w)^T = Full(w)."""
    (w,), (y,) = one, two
    n = len(y) + len(w) - 1
    x = data.draw(vectors(n))
    assert (valid(w, n) @ x) @ y == x @ conv(w, y)
    assert same(valid(w, n).T, full(w, len(y)))


@given(free_kernels(2))
def test_lengths_add(case):
    """K + L - 1 taps, the outer ones the products of the outer ones."""
    u, v = case
    y = conv(u, v)
    assert len(y) == len(u) + len(v) - 1
    assert (y[0], y[-1]) == (u[0] * v[0], u[-1] * v[-1])


@given(sizes, vectors(3), kernels(1), modes)
def test_sums_multiply(n, w, case, mode):
    """The sum of a product is the product of the sums; borders made of the signal keep constants."""
    (v,) = case
    assert conv(w, v).sum() == w.sum() * v.sum()
    assume(mode != "zeros")
    assert same(padded(w, n, 1, mode=mode) @ np.ones(n, dtype=np.int64), np.full(n, w.sum()))


@given(free_kernels(2), st.integers(0, 4))
def test_variances_add(case, r):
    """Moments obey the binomial law; variances add, each times the square of the other's sum."""
    u, v = case
    y = conv(u, v)
    assert moment(y, r) == sum(comb(r, j) * moment(u, j) * moment(v, r - j) for j in range(r + 1))
    assert variance(y) == variance(u) * moment(v, 0) ** 2 + moment(u, 0) ** 2 * variance(v)


@given(free_kernels(2), steps, steps)
def test_dilating_keeps_products(case, d, a):
    """(u * v) up d = (u up d) * (v up d), and (u up d) up a = u up a d."""
    u, v = case
    assert same(dilated(conv(u, v), d), conv(dilated(u, d), dilated(v, d)))
    assert same(dilated(dilated(u, d), a), dilated(u, a * d))
    assert same(ca.Kernel(u[None, None]).dilate(d).weight[0, 0], dilated(u, d))


@given(free_kernels(2, 3), st.integers(-3, 3))
def test_exponential_weights_keep_products(case, c):
    """(m . u) * (m . v) = m . (u * v) for m_k = c^k."""
    u, v = case
    m = c ** np.arange(8)
    assert same(conv(m[: len(u)] * u, m[: len(v)] * v), m[: len(u) + len(v) - 1] * conv(u, v))


@given(free_kernels(2))
def test_weighting_by_the_lag_is_a_derivation(case):
    """k . (u * v) = (k . u) * v + u * (k . v); differences commute with convolution."""
    u, v = case
    k = np.arange(8)
    assert same(k[: len(u) + len(v) - 1] * conv(u, v), conv(k[: len(u)] * u, v) + conv(u, k[: len(v)] * v))
    assert same(np.diff(np.pad(conv(u, v), 1)), conv(np.diff(np.pad(u, 1)), v))


@given(free_kernels(2), st.sampled_from([(a, b) for a in (1, -1) for b in (1, -1)]))
def test_parities_multiply(case, signs):
    """even * even = odd * odd = even, even * odd = odd."""
    (u, v), (a, b) = case, signs
    y = conv(u + a * u[::-1], v + b * v[::-1])
    assert same(y[::-1], a * b * y)


def unimodal(y):
    steps = [b - a for a, b in pairwise(y) if a != b]
    return not any(a < 0 < b for a, b in pairwise(steps))


trits = st.integers(-1, 1)
equal_lengths = kernels(2, 3)
FALSE = {
    "zero-padded Toeplitz matrices are a ring": (
        st.tuples(sizes, vectors(3), vectors(3)),
        lambda n, u, v: same(padded(conv(u, v), n, 2), padded(u, n, 1) @ padded(v, n, 1)),
    ),
    "correlation commutes": (equal_lengths, lambda u, v: same(corr(u, v), corr(v, u))),
    "correlation is associative": (kernels(3, 3), lambda u, v, w: same(corr(corr(u, v), w), corr(u, corr(v, w)))),
    "it distributes over the pointwise product": (
        kernels(3, 3), lambda u, v, w: same(conv(u, v * w), conv(u, v) * conv(u, w)),
    ),
    "an even kernel has a centre": (
        st.tuples(sizes, st.integers(1, 3)),
        lambda n, m: same(padded(np.eye(2 * m, dtype=np.int64)[m], n, m - 1, m), np.eye(n)),
    ),
    "circular convolution has no zero divisors": (
        kernels(2, 3), lambda u, v: bool((circulant(u) @ v).any()) == bool(u.any() and v.any()),
    ),
    "reversing the signal reverses the output": (
        kernels(2), lambda w, x: same(circulant(w) @ x[::-1], (circulant(w) @ x)[::-1]),
    ),
    "the adjoint is the inverse": (kernels(2), lambda w, x: same(circulant(w).T @ circulant(w) @ x, x)),
    "no taps are lost": (
        st.tuples(vectors(2, of=trits), vectors(3, of=trits)), lambda u, v: not conv(u, v).any()
        or np.count_nonzero(conv(u, v)) >= max(np.count_nonzero(u), np.count_nonzero(v)),
    ),
    "zero padding keeps constants": (
        st.tuples(sizes, vectors(3)), lambda n, w: same(padded(w, n, 1).sum(axis=1), np.full(n, w.sum())),
    ),
    "variances add without normalisation": (
        equal_lengths, lambda u, v: variance(conv(u, v)) == variance(u) + variance(v),
    ),
    "one dilated factor is enough": (
        st.tuples(vectors(2), vectors(2)), lambda u, v: not conv(dilated(u, 2), v)[1::2].any(),
    ),
    "any weights keep products": (
        st.tuples(vectors(2), vectors(2), vectors(3)), lambda u, v, m: same(conv(m[:2] * u, m[:2] * v), m * conv(u, v)),
    ),
    "one term is enough": (
        st.tuples(vectors(2), vectors(2)),
        lambda u, v: same(np.arange(3) * conv(u, v), conv(np.arange(2) * u, v)),
    ),
    "unimodal kernels multiply": (
        vectors(3, of=st.integers(0, 4)), lambda w: not unimodal(w) or unimodal(conv(w, w)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["zero-padded Toeplitz matrices are a ring"])[0] == 1
    assert len(found(*FALSE["reversing the signal reverses the output"])[0]) == 3
    assert len(found(*FALSE["circular convolution has no zero divisors"])[0]) == 2
    assert sorted(found(*FALSE["unimodal kernels multiply"])) == [1, 1, 3]


def test_a_triangular_toeplitz_matrix_is_a_full_one_cut_off():
    w = np.array([1, 2, 3])
    assert same(toeplitz(w, [1, 0, 0]), full(w, 3)[:3])
