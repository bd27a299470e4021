"""Chapter 14, transposed layers and gradients: scattered by loops, and by inner products of integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

import convalgebra as ca

steps, sizes, pads, seeds = st.integers(1, 4), st.integers(1, 12), st.integers(0, 3), st.integers(0, 2**32)


def integers(count, seed):
    """Small integers."""
    return np.random.default_rng(seed).integers(-9, 10, count)


def slide(w, x, s=1, d=1, p=0):
    """The layer, window by window."""
    padded, span = np.pad(x, p), d * (len(w) - 1) + 1
    return np.array([w @ padded[i : i + span : d] for i in range(0, len(padded) - span + 1, s)], dtype=np.int64)


def scatter(w, y, n, s=1, d=1, p=0):
    """Its adjoint: each output gives its window back, weighted."""
    padded = np.zeros(n + 2 * p, dtype=np.int64)
    for i, value in enumerate(y):
        for a, weight in enumerate(w):
            padded[s * i + d * a] += weight * value
    return padded[p : n + p]


@given(sizes, steps, steps, steps, pads, seeds)
def test_the_transposed_layer_is_the_adjoint(n, K, s, d, p, seed):
    """<g, A x> = <A^T g, x>, and ConvTranspose scatters."""
    assume(d * (K - 1) + 1 <= n + 2 * p)
    w, x = integers(K, seed), integers(n, seed + 1)
    y = slide(w, x, s, d, p)
    g, rest = integers(len(y), seed + 2), (n + 2 * p - d * (K - 1) - 1) % s
    assert g @ y == scatter(w, g, n, s, d, p) @ x
    if n > rest:
        layer = ca.ConvTranspose([[w.tolist()]], stride=s, dilation=d, padding=p)
        assert layer([g.tolist()])[0].tolist() == scatter(w, g, n, s, d, p)[: n - rest].tolist()


@given(steps, steps, seeds)
def test_disjoint_windows_have_orthogonal_rows(K, o, seed):
    """Stride K: A A^T = (sum of w^2) I."""
    w = integers(K, seed)
    A = np.kron(np.eye(o, dtype=np.int64), w)
    assert np.array_equal(A @ A.T, (w @ w) * np.eye(o, dtype=np.int64))
    assert np.array_equal(A, ca.Conv([[w.tolist()]], stride=K).matrix((1, K * o)).to_numpy())


@given(sizes, steps, steps, steps, pads)
def test_the_output_padding_is_the_rest(n, K, s, d, p):
    """n = (o - 1) s - 2 p + d (K - 1) + 1 + q with q = (n + 2 p - d (K - 1) - 1) mod s."""
    assume(d * (K - 1) + 1 <= n + 2 * p)
    o, q = (
        len(slide(np.ones(K, dtype=np.int64), np.ones(n, dtype=np.int64), s, d, p)),
        (n + 2 * p - d * (K - 1) - 1) % s,
    )
    assert n == (o - 1) * s - 2 * p + d * (K - 1) + 1 + q


@given(sizes, steps, pads, seeds)
def test_a_transposed_layer_of_stride_1_is_a_layer(n, K, p, seed):
    """convT(w, p) = conv(J w, K - 1 - p)."""
    assume(p <= K - 1 and n + K - 1 - 2 * p >= 1)
    w, y = integers(K, seed), integers(n, seed + 1)
    assert scatter(w, y, n + K - 1 - 2 * p, p=p).tolist() == slide(w[::-1], y, p=K - 1 - p).tolist()


@given(sizes, steps, seeds)
def test_the_input_gradient_is_a_full_convolution(n, K, seed):
    """A^T g = g * w in full."""
    assume(K <= n)
    w, g = integers(K, seed), integers(n - K + 1, seed + 1)
    assert scatter(w, g, n).tolist() == np.convolve(g, w).tolist()


@given(steps, steps, steps, steps, seeds)
def test_stride_and_dilation_swap_in_the_weight_gradient(o, K, s, d, seed):
    """The gradient of <g, A x> in w is a layer on x with kernel g, stride d and dilation s."""
    x, g = integers(s * (o - 1) + d * (K - 1) + 1, seed), integers(o, seed + 1)
    units = np.eye(K, dtype=np.int64)
    assert [int(g @ slide(e, x, s, d)) for e in units] == slide(g, x, d, s).tolist()


@given(sizes, steps, seeds)
def test_the_hessian_of_a_full_layer_is_toeplitz(n, K, seed):
    """X^T X depends on i - j alone."""
    x = integers(n, seed)
    X = np.stack([np.pad(x, (k, K - 1 - k)) for k in range(K)], axis=1)
    H = X.T @ X
    assert all(H[i, j] == H[0, abs(i - j)] for i in range(K) for j in range(K))


@given(steps, steps, seeds)
def test_average_pooling_and_nearest_upsampling_are_adjoint(K, o, seed):
    """K <g, avgpool x> = <repeat g, x>."""
    x, g = integers(K * o, seed), integers(o, seed + 1)
    means = ca.AvgPool(K)([x.tolist()])[0]
    assert K * sum(Fraction(a) * int(b) for a, b in zip(means, g, strict=True)) == np.repeat(g, K) @ x


@given(sizes, steps, steps, steps, steps, seeds)
def test_transposed_layers_compose_in_reverse(n, K, L, s, t, seed):
    """(B A)^T g = A^T (B^T g)."""
    u, v, x = integers(K, seed), integers(L, seed + 1), integers(n + K * L * s, seed + 2)
    middle = slide(u, x, s)
    assume(len(middle) >= L)
    y = slide(v, middle, t)
    g = integers(len(y), seed + 3)
    assert g @ y == scatter(u, scatter(v, g, len(middle), t), len(x), s) @ x


def _shifts(x, K):
    """The columns of the matrix that a valid layer makes of x."""
    return [x[a : len(x) - K + 1 + a] for a in range(K)]


FALSE = {
    "the transposed layer is the inverse": lambda w, x: scatter(w, slide(w, x), len(x)).tolist() == x.tolist(),
    "the kernel need not be flipped": lambda w, x: np.convolve(x, w).tolist() == np.correlate(x, w, "full").tolist(),
    "the input gradient is as short as g": lambda w, x: len(slide(w, x)) == len(x),
    "the valid Hessian is Toeplitz": lambda w, x: len({int(v @ v) for v in _shifts(x, len(w))}) == 1,
}


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn = st.tuples(st.integers(1, 3), st.integers(3, 5), seeds).map(
        lambda c: (integers(c[0], c[2]), integers(c[1], c[2] + 1))
    )
    holds = FALSE[name]
    assert not holds(*find(drawn, lambda case: not holds(*case), settings=settings(max_examples=1000, database=None)))
