"""Chapter 5, continued: zeros between layers and biases that meet them, on NumPy arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import found, numbers, padded, rank, same, sizes, steps, vectors, widths

import convalgebra as ca

taps = st.integers(1, 4)
seeds = st.integers(0, 2**32)


def drawn(seed, *shape):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def slide(x, w, s=1, d=1, pads=(0, 0)):
    """y[i] = sum of w[a] x[s i + d a - p], by slices."""
    x, reach = np.pad(x, pads), d * (len(w) - 1) + 1
    return np.array([x[i : i + reach : d] @ w for i in range(0, len(x) - reach + 1, s)])


@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3), seeds)
def test_padding_between_layers_costs_two_corners(r, q, more, seed):
    """The defect lies in two corners of r x q entries, and has rank at most 2 min(r, q), for every n >= r + q."""
    n, a, b = max(r + q, 1) + more, drawn(seed, 2 * r + 1), drawn(seed + 1, 2 * q + 1)
    defect = padded(np.convolve(a, b), n, r + q) - padded(a, n, r) @ padded(b, n, q)
    outside = defect.copy()
    outside[:r, :q] = 0
    outside[n - r :, n - q :] = 0
    assert not outside.any()
    assert rank(defect) <= 2 * min(r, q)


@given(taps, taps, steps, steps, widths, st.integers(1, 3), st.integers(1, 4), seeds)
def test_padding_between_layers_costs_what_is_read_there(K, k, s, t, q, o, m, seed):
    """One layer less the padded stack is what the second layer reads of the extended first outside its m places."""
    u, v, n = drawn(seed, K), drawn(seed + 1, k), s * (m - 1) + K
    x, span = drawn(seed + 2, n), max(t * (o - 1) + k, m + q)
    behind = span - q - m
    extended = slide(x, u, s, 1, (s * q, s * behind))
    stack = slide(slide(x, u, s), v, t, 1, (q, behind))
    spread = np.zeros(s * (k - 1) + 1, dtype=np.int64)
    spread[::s] = v
    one = slide(x, np.convolve(spread, u), s * t, 1, (s * q, s * behind))
    beyond = extended.copy()
    beyond[q : q + m] = 0
    assert same(one - stack, slide(beyond, v, t))


@given(sizes, widths, taps, taps, steps, widths, widths, seeds)
def test_padding_once_composes(n, r, K, k, s, p, q, seed):
    """A layer that keeps the size crops the full one; a signal padded once by p + s q goes through layers exactly."""
    w, x = drawn(seed, 2 * r + 1), drawn(seed + 1, n)
    assert same(slide(x, w, pads=(r, r)), np.convolve(x, w[::-1])[r : r + n])
    u, v = drawn(seed + 2, K), drawn(seed + 3, k)
    once = np.pad(x, (p + s * q, K + s * k))
    spread = np.zeros(s * (k - 1) + 1, dtype=np.int64)
    spread[::s] = v
    ours, one = slide(slide(once, u, s), v), slide(once, np.convolve(spread, u), s)
    assert same(ours, one)


@given(st.integers(1, 3), st.integers(1, 3), taps, st.integers(1, 4), seeds)
def test_a_bias_passes_a_layer_as_the_sum_of_its_taps(B, C, k, o, seed):
    """Constants a become W(1) a, wherever no zeros are read."""
    v, a, b = drawn(seed, C, B, k), drawn(seed + 1, B), drawn(seed + 2, C)
    y = ca.Conv(v, b)(np.repeat(a[:, None], o + k - 1, axis=1))
    assert same(y, np.repeat((b + v.sum(axis=2) @ a)[:, None], o, axis=1))


@given(st.integers(1, 3), st.integers(1, 3), taps, steps, widths, seeds)
def test_a_layer_of_one_tap_is_absorbed(A, B, K, s, p, seed):
    """Mixing channels before or after a layer mixes its kernel."""
    w, M, x = drawn(seed, B, A, K), drawn(seed + 1, A, B), drawn(seed + 2, A, K + 2)
    layer = lambda kernel: ca.Conv(kernel, stride=s, padding=p)  # noqa: E731
    assert same(M @ layer(w)(x), layer(np.einsum("ab,bik->aik", M, w))(x))
    y = drawn(seed + 3, B, K + 2)
    assert same(layer(w)(M @ y), layer(np.einsum("bak,ai->bik", w, M))(y))


@given(st.integers(1, 3), widths, sizes, seeds)
def test_a_normalisation_folds_into_the_layer_before_it(B, r, n, seed):
    """g (A x + b - m) + h is the layer of g w with the bias g (b - m) + h."""
    w, x = drawn(seed, B, 1, 2 * r + 1), drawn(seed + 1, 1, n)
    b, g, m, h = (drawn(seed + k, B) for k in range(2, 6))
    y = ca.Conv(w, b, padding=r)(x)
    folded = ca.Conv(w * g[:, None, None], g * (b - m) + h, padding=r)
    assert same(g[:, None] * (y - m[:, None]) + h[:, None], folded(x))


three = vectors(3)
FALSE = {
    "two same layers are one": (
        st.tuples(three, three, vectors(1)),
        lambda u, v, x: same(slide(slide(x, u, pads=(1, 1)), v, pads=(1, 1)), slide(x, np.convolve(u, v), pads=(2, 2))),
    ),
    "only the outermost outputs differ": (
        st.tuples(three, vectors(5), vectors(4)),
        lambda u, v, x: same(
            slide(slide(x, u, pads=(1, 1)), v, pads=(2, 2))[1:-1], slide(x, np.convolve(u, v), pads=(3, 3))[1:-1]
        ),
    ),
    "padding every layer is padding once": (
        st.tuples(three, three, vectors(1)),
        lambda u, v, x: same(slide(slide(x, u, pads=(1, 1)), v, pads=(1, 1)), slide(slide(np.pad(x, 2), u), v)),
    ),
    "a bias passes zero padding": (
        st.tuples(three, numbers, sizes), lambda w, a, n: set(slide(np.full(n, a), w, pads=(1, 1))) == {a * w.sum()},
    ),
    "a bias of one tap is absorbed by a padded layer": (
        st.tuples(three, numbers, vectors(2)),
        lambda w, b, x: same(slide(x + b, w, pads=(1, 1)), slide(x, w, pads=(1, 1)) + b * w.sum()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    assert not holds(*found(drawn_from, holds))
