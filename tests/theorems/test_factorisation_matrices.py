"""Chapter 6, continued: matrices as sums and products of structured ones, in NumPy."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, found, free_kernels, numbers, rank, same, sizes, toeplitz, vectors

seeds = st.integers(0, 2**32)


def drawn(seed, *shape):
    return np.random.default_rng(seed).integers(1, 20, shape)


def dimension(builders, seed):
    """The rank of the derivative of a product of matrices, each linear in its parameters."""
    points = [drawn(seed + k, count) for k, (count, _) in enumerate(builders)]
    rows = []
    for k, (count, _) in enumerate(builders):
        for unit in np.eye(count, dtype=np.int64):
            parts = [b(unit if q == k else p) for q, ((_, b), p) in enumerate(zip(builders, points, strict=True))]
            rows.append(reduce(np.matmul, [part.astype(object) for part in parts]).reshape(-1))
    return rank(np.stack(rows))


@given(numbers, numbers, free_kernels())
def test_three_taps_of_positive_symbol_are_a_square(alpha, beta, case):
    """c + 2b and c - 2b, the extreme values of the symbol, are squares where (b, c, b) = p * flip(p)."""
    p = np.array([alpha + beta, alpha - beta])
    b, c, _ = np.convolve(p, p[::-1])
    assert (c + 2 * b, c - 2 * b) == (4 * alpha**2, 4 * beta**2)
    u, v = case
    w = np.convolve(u, v)
    squares = np.convolve(np.convolve(u, u[::-1]), np.convolve(v, v[::-1]))
    assert same(np.convolve(w, w[::-1]), squares)


@given(sizes.flatmap(lambda n: vectors(n, n)))
def test_every_matrix_is_a_sum_of_diagonals_times_shifts(A):
    """A = sum of D_k S_k, where D_k holds the entries A[i, i - k]."""
    n = len(A)
    terms = [np.diag([A[i, i - k] for i in range(n)]) @ np.roll(np.eye(n, dtype=np.int64), k, axis=0) for k in range(n)]
    assert same(sum(terms), A)


@given(st.integers(1, 3), st.integers(0, 5))
def test_diagonals_and_circulants_make_almost_every_matrix(n, seed):
    """2 n - 1 factors reach n^2 dimensions at some point, and never more."""
    factors = [(n, circulant if k % 2 else np.diag) for k in range(2 * n - 1)]
    assert max(dimension(factors, seed + k) for k in range(3)) == n * n


@given(st.integers(1, 4), st.integers(0, 5))
def test_few_toeplitz_factors_make_almost_every_matrix(n, seed):
    """n // 2 + 1 Toeplitz factors reach n^2 dimensions at some point."""
    band = 2 * n - 1, lambda t: toeplitz(t[:n], np.concatenate([t[:1], t[n:]]))
    assert max(dimension([band] * (n // 2 + 1), seed + k) for k in range(3)) == n * n


@given(st.integers(1, 4), st.integers(1, 4), seeds)
def test_a_dense_layer_is_a_long_strided_convolution(m, n, seed):
    """A x is every n-th value, from n - 1 on, of the full convolution with the reversed rows in a chain."""
    A, x = drawn(seed, m, n), drawn(seed + 1, n)
    assert same(np.convolve(A[:, ::-1].reshape(-1), x)[n - 1 :: n][:m], A @ x)


@given(vectors(2), vectors(2), st.sampled_from([1, -1]), st.sampled_from([1, -1]))
def test_weight_decay_is_a_bridge_on_the_spectrum(w, v, e, f):
    """2 (|w|^2 + |v|^2) is at least 2 sum |u^|, and equal where the spectra agree up to signs."""
    F = np.array([[1, 1], [1, -1]])
    u = circulant(w) @ v
    decay = w @ w + v @ v
    assert 2 * decay - 2 * (np.array([e, f]) @ F @ u) == ((F @ w - np.array([e, f]) * (F @ v)) ** 2).sum()
    assert decay >= np.abs(F @ u).sum()
    same_spectrum = [Fraction(int(x), 2) for x in F @ (np.array([e, f]) * (F @ w))]
    product = circulant(w) @ np.array(same_spectrum)
    assert 2 * w @ w == sum(abs(x) for x in F @ product)


def edges_may_stay(p):
    """Where the corners of p * flip(p) vanish, as those of the Laplacian do, its edges may both be -1."""
    (a, b), (c, d) = p
    return bool(a * d or b * c) or (a * b + c * d) * (a * c + b * d) == 1


FALSE = {
    "the Laplacian is a square": (vectors(2, 2), edges_may_stay),
    "every matrix is a diagonal times a circulant": (vectors(2, 2), lambda A: A[0, 0] * A[1, 0] == A[0, 1] * A[1, 1]),
    "one triple is enough": (st.integers(1, 5), lambda n: n * n <= 3 * n - 2),
    "one Toeplitz factor less is enough": (st.integers(2, 5), lambda n: n * n <= n // 2 * (2 * n - 2) + 1),
    "a dense layer is a convolution of the same length": (vectors(2, 2), lambda A: A[0, 0] == A[1, 1]),
    "weight decay acts on the composite": (numbers, lambda u: 2 * abs(u) == u * u),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    assert not holds(found(drawn_from, holds))
