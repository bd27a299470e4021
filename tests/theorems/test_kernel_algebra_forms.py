"""Chapter 3, continued: separable kernels, special kernels, norms, inverses and common roots, by NumPy."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import (
    PADS,
    checked,
    circulant,
    circulant2,
    found,
    free_kernels,
    full,
    images,
    integers,
    kernels,
    modes,
    padded,
    same,
    shift,
    sizes,
    toeplitz,
    vectors,
)  # fmt: skip

import convalgebra as ca

sides = st.integers(1, 4)


def layer2(W, h, n, mode):
    """Column j is what a 3 x 3 correlation makes of the extended unit image at j."""
    units = np.eye(h * n, dtype=np.int64).reshape(-1, h, n)
    extended = [np.pad(e, 1, PADS[mode]) for e in units]
    seen = [np.lib.stride_tricks.sliding_window_view(x, (3, 3)) for x in extended]
    A = np.stack([np.einsum("ijab,ab->ij", windows, W).reshape(-1) for windows in seen], axis=1)
    return checked(ca.Conv([[W]], padding=1, padding_mode=mode).matrix((1, h, n)), A)


@given(sides, sides, modes, vectors(3), vectors(3))
def test_a_separable_kernel_is_a_kronecker_product(h, n, mode, u, v):
    """The layer of u v^T is the layer of u, Kronecker that of v, in every padding mode."""
    assert same(layer2(np.outer(u, v), h, n, mode), np.kron(padded(u, h, 1, mode=mode), padded(v, n, 1, mode=mode)))


@given(kernels(2, 3), kernels(2, 3))
def test_separable_kernels_multiply_axis_by_axis(down, along):
    """(C_u (x) C_v)(C_a (x) C_b) = C_{u * a} (x) C_{v * b}."""
    (u, a), (v, b) = down, along
    both = np.kron(circulant(u), circulant(v)) @ np.kron(circulant(a), circulant(b))
    assert same(both, np.kron(circulant(circulant(u) @ a), circulant(circulant(v) @ b)))
    assert same(circulant2(np.outer(u, v)), np.kron(circulant(u), circulant(v)))


@given(images(), st.data())
def test_a_kernel_is_separable_when_its_minors_vanish(case, data):
    """The minors of u v^T vanish; W_00 W is the first column times the first row, plus minors."""
    (W,) = case
    u, v = data.draw(vectors(len(W))), data.draw(vectors(W.shape[1]))
    assert np.linalg.matrix_rank(np.outer(u, v)) <= 1
    rest = W[0, 0] * W - np.outer(W[:, 0], W[0])
    minors = [[W[0, 0] * W[i, j] - W[i, 0] * W[0, j] for j in range(W.shape[1])] for i in range(len(W))]
    assert same(rest, minors)


@given(images())
def test_kronecker_terms_are_separable_terms(case):
    """Rearranged, the layer's matrix has the rank of its kernel."""
    (W,) = case
    (h, n), A = W.shape, circulant2(W)
    rearranged = A.reshape(h, n, h, n).transpose(0, 2, 1, 3).reshape(h * h, n * n)
    assert np.linalg.matrix_rank(rearranged) == np.linalg.matrix_rank(W)


@given(sides, sides, modes, vectors(3), vectors(3))
def test_a_cross_is_a_kronecker_sum(h, n, mode, u, v):
    """The layer of a cross is A(u) (x) I + I (x) A(v)."""
    cross = np.zeros((3, 3), dtype=np.int64)
    cross[:, 1] += u
    cross[1] += v
    parts = (
        np.kron(padded(u, h, 1, mode=mode), np.eye(n, dtype=int)),
        np.kron(np.eye(h, dtype=int), padded(v, n, 1, mode=mode)),
    )
    assert same(layer2(cross, h, n, mode), sum(parts))


@given(st.integers(0, 12))
def test_powers_of_two_taps_are_binomial(L):
    """(1, 1) convolved with itself L times is a row of Pascal's triangle, (1, -1) the same with signs."""
    for sign in (1, -1):
        y = np.array([1])
        for _ in range(L):
            y = np.convolve(y, [1, sign])
        assert y.tolist() == [sign**k * comb(L, k) for k in range(L + 1)]


@given(kernels(1, 8), st.integers(1, 5))
def test_a_box_is_a_difference_of_running_sums(case, K):
    """The sum of the last K values is the running sum minus itself K places ago."""
    (x,) = case
    runs = np.cumsum(x)
    late = np.concatenate([np.zeros(K, dtype=np.int64), runs])[: len(x)]
    assert same(runs - late, np.convolve(x, np.ones(K, dtype=np.int64))[: len(x)])


@given(st.integers(1, 8), st.integers(-5, 5))
def test_only_single_taps_have_finite_inverses(m, a):
    """(1 - a z)(1 + a z + ... + a^{m-1} z^{m-1}) = 1 - a^m z^m: cut off anywhere, the inverse misses one tap."""
    assert np.convolve([1, -a], [a**k for k in range(m)]).tolist() == [1, *[0] * (m - 1), -(a**m)]


@given(kernels(3))
def test_kernels_and_matrices_have_proportional_lengths(case):
    """<C_u, C_v> = n <u, v>; with zero padding tap t counts n - t times."""
    u, v, w = case
    n = len(u)
    assert (circulant(u) * circulant(v)).sum() == n * (u @ v)
    T = toeplitz(w, [w[0], *[0] * (n - 1)])
    assert (T * T).sum() == sum((n - t) * w[t] ** 2 for t in range(n))


@given(free_kernels(2, 5))
def test_a_kernel_stretches_by_its_absolute_sum_at_most(case):
    """|u * v| <= |u|_1 |v| in the norms 1, 2 and infinity."""
    u, v = case
    y, total = np.convolve(u, v), np.abs(u).sum()
    assert np.abs(y).sum() <= total * np.abs(v).sum()
    assert (y * y).sum() <= total**2 * (v * v).sum()
    assert np.abs(y).max() <= total * np.abs(v).max()


@given(kernels(2), integers)
def test_a_mask_moves_with_the_shift(case, k):
    """S_k (m . x) = (S_k m) . (S_k x)."""
    m, x = case
    n = len(m)
    assert same(np.roll(m * x, k), np.roll(m, k) * np.roll(x, k))
    assert same(shift(n, k) @ np.diag(m), np.diag(np.roll(m, k)) @ shift(n, k))


def with_roots(roots):
    taps = np.array([1])
    for r in roots:
        taps = np.convolve(taps, [-r, 1])
    return taps


def resultant(w, v):
    """The determinant of all shifts of both, exactly."""
    return ca.matrix(np.hstack([full(w, len(v) - 1), full(v, len(w) - 1)])).to_sympy().det()


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=3), st.lists(st.integers(-4, 4), min_size=1, max_size=3))
def test_kernels_share_a_root_when_their_matrix_is_singular(a, b):
    """det [Full(w) | Full(v)] is the product of all differences of their roots."""
    assert resultant(with_roots(a), with_roots(b)) == prod(y - x for x in a for y in b)


def changes(x):
    signs = [v > 0 for v in x if v]
    return sum(a != b for a, b in pairwise(signs))


@given(kernels(1, 8), st.integers(1, 4), st.integers(0, 9))
def test_binomial_blurs_create_no_sign_changes(case, L, a):
    """Kernels with real roots that are not positive create no changes of sign."""
    (x,) = case
    y = np.convolve(x, [1, a])
    assert changes(y) <= changes(x)
    for _ in range(L):
        y = np.convolve(y, [1, 1])
    assert changes(y) <= changes(x)


def inverse_of_two_one(n):
    return [Fraction((-1) ** k * 2 ** (n - 1 - k), 2**n - (-1) ** n) for k in range(n)]


bits = st.integers(0, 1)
two = vectors(2, of=bits)
FALSE = {
    "kronecker factors commute": (
        kernels(2, 3), lambda u, v: same(np.kron(circulant(u), circulant(v)), np.kron(circulant(v), circulant(u))),
    ),
    "sums of separable kernels are separable": (
        st.tuples(two, two, two, two),
        lambda u, v, a, b: np.linalg.matrix_rank(np.outer(u, v) + np.outer(a, b)) <= 1,
    ),
    "every kernel is separable": (images(1, 2), lambda W: np.linalg.matrix_rank(W) <= 1),
    "a residual connection keeps separability": (
        st.tuples(two, two), lambda u, v: np.linalg.matrix_rank(np.outer(u, v) + np.diag([1, 0])) <= 1,
    ),
    "nine points are a Kronecker sum": (
        st.tuples(sides, sides),
        lambda h, n: h == 1 or n == 1 or layer2(np.ones((3, 3), dtype=np.int64), h, n, "zeros")[0, n + 1] == 0,
    ),
    "a repeated box is a wider box": (
        sizes, lambda K: same(np.convolve(np.ones(K), np.ones(K)), np.ones(2 * K - 1)),
    ),
    "running sums are exact in floating point": (st.integers(0, 17), lambda e: (10.0**e + 1.0) - 10.0**e == 1),
    "a circular inverse has as many taps": (
        st.integers(2, 6), lambda n: sum(v != 0 for v in inverse_of_two_one(n)) == 2,
    ),
    "the spectral norm is proportional too": (
        kernels(2, 3), lambda w, x: same(circulant(w).T @ circulant(w) @ x, (w @ w) * x),
    ),
    "lengths multiply": (
        kernels(2, 3), lambda u, v: (np.convolve(u, v) ** 2).sum() <= (u @ u) * (v @ v),
    ),
    "masks commute with convolutions": (
        kernels(2, 3), lambda m, w: same(np.diag(m) @ circulant(w), circulant(w) @ np.diag(m)),
    ),
    "different kernels are invertible together": (
        st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-2, 2)),
        lambda a, b, c: resultant(np.array([a, 1]), np.array([b, c, 1])) != 0,
    ),
    "box blurs create no sign changes": (
        st.integers(1, 5).flatmap(lambda n: st.tuples(vectors(n, of=st.integers(-2, 2)), st.just(1))),
        lambda x, _: changes(np.convolve(x, [1, 1, 1])) <= changes(x),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    strategy, claim = FALSE[statement]
    assert found(strategy, claim) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["a repeated box is a wider box"]) == 2
    assert found(*FALSE["running sums are exact in floating point"]) == 16
    assert found(*FALSE["a circular inverse has as many taps"]) == 3
    assert len(found(*FALSE["box blurs create no sign changes"])[0]) == 4


@given(st.integers(2, 6))
def test_the_inverse_of_two_one(n):
    """C_{(2, 1)} has the stated inverse."""
    w = np.array([2, 1, *[0] * (n - 2)])
    assert same(circulant(w).astype(object) @ inverse_of_two_one(n), np.eye(n, dtype=int)[0])
