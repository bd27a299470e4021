"""Chapter 13, norms of layers with channels: singular values by LAPACK, sums of magnitudes in integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import checked, circulant, found, kernels, vectors

import convalgebra as ca

few, small = st.integers(1, 2), st.integers(-3, 3)
boxes = st.tuples(few, few, st.integers(1, 3))
weights = boxes.flatmap(lambda box: vectors(*box, of=small))
images = st.tuples(few, few, few, few).flatmap(lambda box: vectors(*box, of=small))


def norm(A):
    return np.linalg.norm(A, 2)


def layer(w, shape, mode="circular"):
    """y[o, i] = sum of w[o, c, t] x[c, i + t], on one axis or more."""
    o, c, *taps = w.shape
    A = np.zeros((o, *shape, c, *shape), dtype=np.int64)
    for t in np.ndindex(*taps):
        for i in np.ndindex(*shape):
            to = tuple(a + b for a, b in zip(i, t, strict=True))
            if mode == "circular" or all(a < n for a, n in zip(to, shape, strict=True)):
                A[(slice(None), *i, slice(None), *(a % n for a, n in zip(to, shape, strict=True)))] += w[(..., *t)]
    made = ca.Conv(w.tolist(), padding=tuple((0, k - 1) for k in taps), padding_mode=mode).matrix((c, *shape))
    return checked(made, A.reshape(o * int(np.prod(shape)), -1))


@given(images, st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_the_reshaped_weights_bound_the_norm(w, shape):
    """|A| is at most sqrt(p q) times the norm of each of the four reshaped weights, whatever the border."""
    o, c, p, q = w.shape
    reshaped = [
        w.reshape(o, -1), w.transpose(0, 2, 3, 1).reshape(-1, c), w.transpose(0, 2, 1, 3).reshape(o * p, c * q),
        w.transpose(0, 3, 1, 2).reshape(o * q, c * p),
    ]  # fmt: skip
    bound = np.sqrt(p * q) * min(map(norm, reshaped)) + 1e-9
    assert norm(layer(w, shape)) <= bound
    assert norm(layer(w, shape, "zeros")) <= bound


@given(weights, st.integers(1, 4), st.sampled_from(("circular", "zeros")))
def test_rows_and_columns_bound_the_norm(w, n, mode):
    """|A|_2^2 <= |A|_1 |A|_inf, at most the largest sums of magnitudes of the filters by output and by input."""
    A, size = np.abs(layer(w, (n,), mode)), norm(layer(w, (n,), mode))
    assert size**2 <= A.sum(0).max() * A.sum(1).max() + 1e-6
    assert A.sum(1).max() <= np.abs(w).sum((1, 2)).max()
    assert A.sum(0).max() <= np.abs(w).sum((0, 2)).max()


@given(weights, st.integers(1, 4), st.integers(0, 3))
def test_zero_padding_is_a_section_of_a_larger_circle(w, n, extra):
    """The norm with zeros outside is at most that on any larger circle, at most that of the transfer matrix."""
    size = norm(layer(w, (n,), "zeros"))
    assert size <= norm(layer(w, (n + w.shape[2] - 1 + extra,))) + 1e-9
    angles = 2 * np.pi * np.arange(720) / 720
    transfer = np.einsum("kt,oct->koc", np.exp(1j * np.outer(angles, np.arange(w.shape[2]))), w)
    assert size <= max(map(norm, transfer)) * 1.0001 + 1e-9


@given(vectors(3, 2), vectors(2, 3), st.integers(1, 6))
def test_norms_of_layers_multiply_to_a_bound(A, B, m):
    """|B A| <= |B| |A|; sums after differences of neighbours stretch by 2, not by 4."""
    assert norm(B @ A) <= norm(B) * norm(A) + 1e-9
    up, down = (circulant(np.array([1, v, *[0] * (4 * m - 2)])) for v in (1, -1))
    assert np.allclose([norm(up), norm(down), norm(up @ down)], 2)


@given(kernels(1, 6), st.integers(0, 3))
def test_gram_iteration_bounds_the_norm_from_above(w, t):
    """After t steps of G -> G^T G tr G^T G is the sum of |w^|^(2^(t + 1)), at least the norm to that power."""
    G = circulant(w[0]).astype(object)
    for _ in range(t):
        G = G.T @ G
    bins = np.abs(np.fft.fft(w[0])) ** (2 ** (t + 1))
    assert np.isclose(float((G.T @ G).trace()), bins.sum(), rtol=1e-6, atol=1e-6)
    assert float((G.T @ G).trace()) >= bins.max() * (1 - 1e-9) - 1e-6


def spectrum(w, m):
    return np.abs(np.fft.fft(w, m))


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.integers(1, 20))
def test_a_few_frequencies_bound_all(w, extra):
    """m > K - 1 frequencies: nowhere is |w^| more than the largest of them divided by cos(pi (K - 1) / 2 m)."""
    K, m = len(w), len(w) - 1 + extra
    largest = np.abs(np.polyval(w, np.exp(2j * np.pi * np.arange(m) / m))).max()
    everywhere = np.abs(np.polyval(w, np.exp(2j * np.pi * np.arange(1000) / 1000))).max()
    assert everywhere * np.cos(np.pi * (K - 1) / (2 * m)) <= largest + 1e-9


FALSE = {
    "the norm is that of the reshaped weight": (
        kernels(1, 3).map(lambda w: (w[0], 1)), lambda w, _: np.isclose(norm(circulant(w)), np.linalg.norm(w)),
    ),
    "the largest row bounds the norm": (
        vectors(2, 1, of=small), lambda A: norm(A) <= np.abs(A).sum(1).max() + 1e-9,
    ),
    "zero and circular padding have the same singular values": (
        vectors(1, 1, 2, of=small),
        lambda w: np.allclose(np.linalg.svd(layer(w, (2,)))[1], np.linalg.svd(layer(w, (2,), "zeros"))[1]),
    ),
    "norms of layers multiply": (
        kernels(2, 3).map(lambda pair: tuple(map(circulant, pair))),
        lambda A, B: np.isclose(norm(A @ B), norm(A) * norm(B)),
    ),
    "power iteration bounds from above": (
        kernels(2, 3), lambda d, x: np.linalg.norm(d * x) >= np.abs(d).max() * np.linalg.norm(x) - 1e-9,
    ),
    "the largest bin is the norm": (
        vectors(3, of=small), lambda w: spectrum(w, 4).max() >= spectrum(w, 720).max() - 1e-9,
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert len(found(*FALSE["the norm is that of the reshaped weight"])[0]) == 2
    assert len(found(*FALSE["norms of layers multiply"])[0]) == 2
