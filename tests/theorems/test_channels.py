"""Chapter 13, layers with channels: matrices filled by loops over channels, places and taps."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import checked, circulant, found, full, kernels, rank, same, shift, vectors

import convalgebra as ca

few, small = st.integers(1, 3), st.integers(-3, 3)


def layer(w, n, mode="circular"):
    """y[o, i] = sum of w[o, c, t] x[c, i + t], around a circle or zero beyond."""
    o, c, K = w.shape
    A = np.zeros((o, n, c, n), dtype=np.int64)
    for a, b, t, i in product(range(o), range(c), range(K), range(n)):
        if mode == "circular" or i + t < n:
            A[a, i, b, (i + t) % n] += w[a, b, t]
    made = ca.Conv(w.tolist(), padding=((0, K - 1),), padding_mode=mode).matrix((c, n))
    return checked(made, A.reshape(o * n, c * n))


def transfer(w, n):
    """One small matrix for each frequency: sum of w[:, :, t] omega^(-k t)."""
    phases = np.exp(2j * np.pi * np.outer(np.arange(n), np.arange(w.shape[2])) / n)
    return np.einsum("kt,oct->koc", phases, w)


def close(left, right):
    return bool(np.abs(np.asarray(left) - np.asarray(right)).max(initial=0) < 1e-7)


def weights(o=few, c=few, K=few):
    return st.tuples(o, c, K).flatmap(lambda box: vectors(*box, of=small))


square = st.tuples(few, few).flatmap(lambda box: vectors(box[0], box[0], box[1], of=small))


def sorted_singular(matrices):
    return np.sort(np.concatenate([np.linalg.svd(M)[1] for M in matrices]))


@given(weights(), st.integers(1, 5))
def test_a_layer_is_one_small_matrix_for_each_frequency(w, n):
    """The singular values of a circular layer are those of its transfer matrices, all together."""
    assert close(sorted_singular([layer(w, n)]), sorted_singular(transfer(w, n)))


@given(square, st.integers(1, 4))
def test_a_layer_is_normal_where_all_its_small_matrices_are(w, n):
    """A A^T = A^T A exactly where each K(k) is normal; the traces of powers are those of the K(k)."""
    A, K = layer(w, n), transfer(w, n)
    assert same(A @ A.T, A.T @ A) == all(close(M @ M.conj().T, M.conj().T @ M) for M in K)
    assert np.isclose((A @ A).trace(), sum((M @ M).trace() for M in K), atol=1e-7)


@given(square, st.integers(1, 4))
def test_determinants_of_layers_are_products_of_small_ones(w, n):
    """det A = product of det K(k); one tap: det(W)^n; causal with zeros outside: det(W_last)^n."""
    A, causal = layer(w, n), layer(w[..., ::-1], n, "zeros").T
    assert np.isclose(np.linalg.det(A), np.prod([np.linalg.det(M) for M in transfer(w, n)]), rtol=1e-6, atol=1e-6)
    assert np.isclose(np.linalg.det(layer(w[..., :1], n)), np.linalg.det(w[..., 0]) ** n, rtol=1e-6, atol=1e-6)
    assert np.isclose(np.linalg.det(causal), np.linalg.det(w[..., -1]) ** n, rtol=1e-6, atol=1e-6)


@given(kernels(4, 3), kernels(1, 4))
def test_a_determinant_of_one_tap_gives_a_finite_inverse(blocks, p):
    """[[A, B], [C, D]] times its adjugate is A D - B C twice; a shear by any kernel is undone by the opposite one."""
    A, B, C, D = map(circulant, blocks)
    zero = np.zeros_like(A)
    det = A @ D - B @ C
    assert same(np.block([[A, B], [C, D]]) @ np.block([[D, -B], [-C, A]]), np.block([[det, zero], [zero, det]]))
    P, one = circulant(p[0]), np.eye(len(p[0]), dtype=np.int64)
    assert same(np.block([[one, P], [0 * P, one]]) @ np.block([[one, -P], [0 * P, one]]), np.eye(2 * len(P)))


def orthogonal(w):
    """The sum over channels of the correlations of filters is c times delta, on a circle of as many places as taps."""
    gram = sum(np.stack([[circulant(v).T @ u for v in w[:, i]] for u in w[:, i]]) for i in range(w.shape[1]))
    unit = np.zeros_like(gram)
    unit[range(len(w)), range(len(w)), 0] = (w[0] ** 2).sum()
    return same(gram, unit)


@given(square, st.integers(1, 3), st.integers(-3, 3))
def test_a_layer_is_orthogonal_where_its_kernels_are(w, n, k):
    """A A^T = c I exactly where the correlations are; P = (1, 1)(1, 1)^T / 2 and I - P, moved, are orthogonal."""
    A = layer(w, w.shape[2])
    assert same(A @ A.T, (w[0] ** 2).sum() * np.eye(len(A), dtype=np.int64)) == orthogonal(w)
    P = np.ones((2, 2), dtype=np.int64)  # twice the projection
    one = np.eye(2, dtype=np.int64)
    U = np.kron(np.eye(n, dtype=np.int64), P) + np.kron(shift(n, k), 2 * one - P)
    assert same(U.T @ U, 4 * np.eye(2 * n))


@given(kernels(1, 6))
def test_orthogonal_kernels_on_the_line_have_one_tap(w):
    """If the autocorrelation on the line is an impulse there is one tap; its ends are products of the outer taps."""
    w = w[0]
    auto, taps = np.convolve(w, w[::-1]), np.flatnonzero(w)
    assert (np.count_nonzero(auto) == 1) == (len(taps) == 1)
    if len(taps):
        assert auto[len(w) - 1 + taps[-1] - taps[0]] == w[taps[0]] * w[taps[-1]]


@given(st.integers(1, 3), weights(), st.integers(1, 3))
def test_a_grouped_layer_is_a_direct_sum(g, w, n):
    """A layer of g groups is g layers on the diagonal, with zeros between."""
    o, c, K = w.shape
    parts = [w * (h + 1) - h for h in range(g)]
    grouped = ca.Conv(np.concatenate(parts), groups=g, padding=((0, K - 1),), padding_mode="circular")
    A = grouped.matrix((g * c, n)).to_numpy().reshape(g, o * n, g, c * n)
    for a, b in product(range(g), repeat=2):
        assert same(A[a, :, b], layer(parts[a], n) * (a == b))


@given(weights(K=st.integers(1, 3)), st.integers(1, 3))
def test_layers_of_one_channel_have_full_rank(w, m):
    """One channel: full and valid layers have full rank; more channels: at most what the counts allow."""
    o, c, K = w.shape
    n, u = K - 1 + m, w[0, 0]
    valid = checked(ca.Conv(w).matrix((c, n)), layer(w, n, "zeros").reshape(o, n, -1)[:, :m].reshape(o * m, -1))
    assert rank(valid) <= min(o * m, c * n)
    assume(u.any())
    assert rank(full(u, m)) == m
    assert rank(ca.Conv([[u]]).matrix((1, n)).to_numpy()) == m


one_filter = st.integers(1, 3).flatmap(lambda n: vectors(1, 1, n, of=small))
FALSE = {
    "the reshaped weight has the singular values": (
        one_filter, lambda w: close(sorted_singular([layer(w, w.size)]), np.linalg.norm(w)),
    ),
    "layers with channels are normal": (
        square, lambda w: same(layer(w, 2) @ layer(w, 2).T, layer(w, 2).T @ layer(w, 2)),
    ),
    "the transform tells the determinant with zeros outside": (
        vectors(1, 1, 2, of=small), lambda w: close(np.linalg.det(layer(w, 2, "zeros")), np.linalg.det(layer(w, 2))),
    ),
    "layers of several taps have no finite inverse": (
        kernels(1, 3).map(lambda p: (p[0], 1)),
        lambda p, _: np.count_nonzero(np.convolve([1], p) + np.convolve(-p, [1])) > 0 or not p[1:].any(),
    ),
    "an orthogonal weight makes an orthogonal layer": (
        one_filter, lambda w: same(layer(w, w.size) @ layer(w, w.size).T, (w**2).sum() * np.eye(w.size)),
    ),
    "kernels of norm one are orthogonal": (
        kernels(1, 3).map(lambda w: (w[0], 1)), lambda w, _: np.count_nonzero(np.convolve(w, w[::-1])) <= 1,
    ),
    "groups lower the norm": (
        vectors(2, 2, of=small),
        lambda W: not W.any() or np.linalg.norm(np.diag(np.diag(W)), 2) < np.linalg.norm(W, 2) - 1e-9,
    ),
    "layers of nonzero filters are onto": (
        vectors(2, 2, of=small), lambda W: not W.any(1).all() or rank(W) == 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["the reshaped weight has the singular values"]).shape == (1, 1, 2)
    assert found(*FALSE["layers with channels are normal"]).shape == (2, 2, 1)
