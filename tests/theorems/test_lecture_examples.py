"""Chapter 1, continued: the worked numbers of the lecture notes and their remarks on layers, counted by NumPy."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, down, found, kernels, padded, rank, same, sizes, steps, valid, vectors, widths

import convalgebra as ca

few = st.integers(1, 3)


def correlated(image, w):
    """All places of the valid correlation in two dimensions."""
    return np.einsum("ijab,ab->ij", np.lib.stride_tricks.sliding_window_view(image, w.shape), w)


def windows(n, K, s=1, p=0):
    return len(range(0, n + p - K + 1, s))


def test_the_printed_laplacian():
    """The six values of the printed Laplacian are right, flipped or not."""
    image = np.array([[6, 2, 3, 1, 0], [9, 5, 1, 1, 3], [2, 6, 5, 8, 7], [3, 4, 4, 8, 3]])
    w = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    assert correlated(image, w).tolist() == [[-2, 10, 9], [-8, -1, -11]]
    assert same(correlated(image, w), correlated(image, w[::-1, ::-1]))
    assert same(ca.Conv([[w]])([image])[0], correlated(image, w))


@given(st.tuples(few, few).flatmap(lambda box: vectors(*box)))
def test_minus_the_laplacian_is_a_sum_of_squares(x):
    """x^T (-Laplacian) x on a torus is the sum of the squared differences of neighbours, so never negative."""
    minus = 4 * x - sum(np.roll(x, k, axis) for k in (1, -1) for axis in (0, 1))
    squares = sum(((x - np.roll(x, 1, axis)) ** 2).sum() for axis in (0, 1))
    assert (x * minus).sum() == squares >= 0


@given(kernels(2))
def test_the_odd_part_tells_convolution_from_correlation(case):
    """C_w - C_w^T is the circulant of w minus its reverse; an odd kernel changes sign, an even one nothing."""
    w, _ = case
    reverse = np.roll(w[::-1], 1)
    assert same(circulant(w) - circulant(w).T, circulant(w - reverse))
    assert same(circulant(w + reverse), circulant(w + reverse).T)
    assert same(circulant(w - reverse), -circulant(w - reverse).T)


@given(kernels(2))
def test_normalised_correlation_finds_the_pattern(case):
    """|w|^2 |p|^2 - <w, p>^2 is a sum of squares: zero where p is a multiple of w."""
    w, p = case
    minors = np.outer(w, p) - np.outer(p, w)
    assert 2 * ((w @ w) * (p @ p) - (w @ p) ** 2) == (minors**2).sum()


def test_the_example_needs_an_activation():
    """0,3,2,0,0 to 0,1,0,0: ReLU(3 x_i + 2 x_{i+1} - 12) does it, no linear layer of two taps can."""
    for x, y in (([0, 3, 2, 0, 0], [0, 1, 0, 0]), ([0, 0, 3, 2, 0], [0, 0, 1, 0])):
        assert np.maximum(np.correlate(x, [3, 2], "valid") - 12, 0).tolist() == y
    seen = np.lib.stride_tricks.sliding_window_view(np.array([0, 3, 2, 0, 0]), 2)
    assert rank(seen) < rank(np.column_stack([seen, [0, 1, 0, 0]]))


@given(st.integers(1, 9), steps, steps)
def test_the_smallest_input_of_an_output_size(outputs, K, s):
    """Exactly the s sizes from (O - 1) s + K on have O windows."""
    least = (outputs - 1) * s + K
    assert [n for n in range(1, least + 2 * s) if windows(n, K, s) == outputs] == list(range(least, least + s))


@given(sizes, steps, steps, st.data())
def test_same_padding_keeps_every_stride(n, K, s, data):
    """o = ceil(n / s) windows on a signal padded by max((o - 1) s + K - n, 0), the odd place at the end."""
    w, out = data.draw(vectors(K)), ceil(Fraction(n, s))
    total = max((out - 1) * s + K - n, 0)
    assert windows(n, K, s, total) == out
    layer = ca.Conv([[w]], stride=s, padding="same_upper").matrix((1, n)).to_numpy()
    assert same(layer, padded(w, n, total // 2, total - total // 2)[::s])


@given(st.integers(1, 4), widths, st.booleans(), st.data())
def test_a_stride_keeps_every_second_centre(m, k, odd, data):
    """Stride 2 with padding k keeps the outputs at 0, 2, 4, ...: ceil(h / 2) of them."""
    w, n = data.draw(vectors(2 * k + 1)), 2 * m - odd
    layer = ca.Conv([[w]], stride=2, padding=k).matrix((1, n)).to_numpy()
    assert len(layer) == ceil(Fraction(n, 2))
    assert same(layer, down(n, 2) @ padded(w, n, k))


@given(sizes, steps, steps, widths, widths)
def test_padding_by_the_reach_keeps_the_size(n, K, d, p, q):
    """n + d (K - 1) places become n + p + q; d (K - 1) of padding in all keep n."""
    reach = d * (K - 1)
    assert windows(n + reach, reach + 1, p=p + q) == n + p + q
    assert windows(n, reach + 1, p=reach) == n
    assert ca.Conv([[[1] * K]], dilation=d, padding=((reach, 0),)).output_shape((1, n)) == (1, n)


@given(steps, st.integers(1, 4), st.data())
def test_average_pooling_is_a_layer(K, m, data):
    """Average pooling is linear: K equal weights 1/K at stride K."""
    x = data.draw(vectors(K * m))
    means = [Fraction(int(v), K) for v in x.reshape(m, K).sum(axis=1)]
    assert ca.AvgPool(K)([x]).tolist() == [means]
    assert same(
        ca.AvgPool(K).matrix((1, K * m)).to_numpy() * K, np.kron(np.eye(m, dtype=int), np.ones((1, K), dtype=int))
    )


@given(few, few, few, steps, steps)
def test_the_stride_changes_no_parameter(g, o, c, K, s):
    """C_out (C_in / g K + 1) numbers, whatever stride, padding and dilation are."""
    weight = np.zeros((g * o, c, K), dtype=np.int64)
    layer = ca.Conv(weight, np.zeros(g * o, dtype=np.int64), groups=g, stride=s, padding=s, dilation=s)
    assert layer.parameters == weight.size + g * o == g * o * (c * K + 1)


def test_the_numbers_of_the_notes():
    """The sizes, parameters and the pooled square that the notes print."""
    square = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    assert square.reshape(2, 2, 2, 2).max(axis=(1, 3)).tolist() == [[6, 8], [3, 4]]
    assert windows(32, 6, 2) == 14
    assert 10 * (5 * 5 * 3 + 1) == 760
    assert (32 * 16 * 9, 16 * 9 + 32 * 16) == (4608, 656)


@given(few, few, steps, steps, st.data())
def test_channels_are_correlated_in_pairs_and_summed(o, c, K, m, data):
    """Output channel k is the sum over c of the correlations of x_c with w_{k,c}."""
    w, x = data.draw(vectors(o, c, K)), data.draw(vectors(c, K - 1 + m))
    summed = [sum(np.correlate(x[q], w[k, q], "valid") for q in range(c)) for k in range(o)]
    assert same(ca.Conv(w)(x), summed)


@given(widths, steps, st.data())
def test_two_layers_of_radius_k_see_radius_2k(k, m, data):
    """V(v) V(u) = V(v * u), of 4 k + 1 taps."""
    u, v = (data.draw(vectors(2 * k + 1)) for _ in "uv")
    n = 4 * k + m
    assert same(valid(v, n - 2 * k) @ valid(u, n), valid(np.convolve(v, u), n))
    assert (
        len(np.convolve(v, u)) == 4 * k + 1 == ca.receptive_field(ca.Sequential(ca.Conv([[u]]), ca.Conv([[v]]))).size[0]
    )


@given(few, few, widths, few)
def test_a_locally_connected_layer_has_a_filter_for_each_place(c, o, k, a):
    """c' s^2 c (h - 2 k)(w - 2 k) weights, those of the convolution times the places of its output."""
    weight = np.zeros((o, a, a, c, 2 * k + 1, 2 * k + 1), dtype=np.int64)
    n = 2 * k + a
    assert ca.LocallyConnected(weight).output_shape((c, n, n)) == (o, n - 2 * k, n - 2 * k)
    assert ca.LocallyConnected(weight).parameters == o * c * (2 * k + 1) ** 2 * (n - 2 * k) ** 2


pairs = kernels(2, 3)
FALSE = {
    "flipping never matters": (pairs, lambda w, x: w @ x == w[::-1] @ x),
    "both slides show one operator": (
        st.tuples(few, few), lambda h, n: same(*(s * (4 * np.eye(h * n) - sum(
            np.roll(np.eye(h * n).reshape(h * n, h, n), k, a).reshape(h * n, -1) for k in (1, -1) for a in (1, 2)))
            for s in (1, -1))),
    ),
    "they agree up to sign": (pairs, lambda w, x: abs(w @ x) == abs(w[::-1] @ x)),
    "the raw score is largest at the pattern": (pairs, lambda w, p: w @ p <= w @ w),
    "the printed inverse holds": (
        st.tuples(sizes, steps, steps), lambda n, K, s: ((n - 1) * s + K) * (n - 1) * s == (n - 1) * s,
    ),
    "the window fits an integer number of times": (
        st.tuples(sizes, steps, steps), lambda n, K, s: max((ceil(Fraction(n, s)) - 1) * s + K - n, 0)
        == next(p for p in range(K + s) if n + p >= K and (n + p - K) % s == 0),
    ),
    "TensorFlow keeps these centres": (
        st.tuples(sizes, vectors(3)), lambda n, w: same(
            ca.Conv([[w]], stride=2, padding="same_upper").matrix((1, n)).to_numpy(), padded(w, n, 1)[::2]),
    ),
    "layers without padding keep the size": (st.tuples(sizes, steps), lambda n, K: windows(n, K) in {n, 0}),
    "max pooling is linear": (pairs, lambda x, y: (x + y).max() == x.max() + y.max()),
    "a larger stride makes the model smaller": (st.integers(1, 3), lambda s: Fraction(1, s) == 1),
    "a window that does not fit has no size": (
        st.tuples(sizes, steps), lambda n, s: n < 3 or windows(n, 3, s) == Fraction(n - 3, s) + 1,
    ),
    "a filter makes a map for each channel": (few, lambda c: ca.Conv([[[1]] * c]).output_shape((c, 4))[0] == c),
    "two zero-padded layers are one": (
        st.tuples(sizes, vectors(3), vectors(3)),
        lambda n, u, v: same(padded(v, n, 1) @ padded(u, n, 1), padded(np.convolve(v, u), n, 2)),
    ),
    "there is a filter for each pixel": (
        st.tuples(widths, few), lambda k, a: ca.LocallyConnected(
            np.zeros((1, a, 1, 2 * k + 1), dtype=np.int64)).parameters == (2 * k + 1) * (2 * k + a),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["two zero-padded layers are one"])[0] == 1
    assert found(*FALSE["a larger stride makes the model smaller"]) == 2
    assert found(*FALSE["TensorFlow keeps these centres"])[0] == 2
