"""Chapter 15, continued: rectifiers, medians, norms, softmax and normalisation, on NumPy arrays and fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, found, free_kernels, integers, kernels, numbers, same, steps, vectors

import convalgebra as ca

taps = st.integers(1, 4)
positive = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(lambda v: np.array(v, dtype=np.int64))
short = st.integers(1, 6).flatmap(vectors)


def relu(x):
    return np.maximum(x, 0)


def median(x):
    """The middle of each three neighbours, as maxima of minima."""
    a, b, c = x[:-2], x[1:-1], x[2:]
    return np.maximum(np.minimum(a, b), np.maximum(np.minimum(b, c), np.minimum(a, c)))


def unpooled(x, K):
    """The first maximum of each window at its place, zeros elsewhere."""
    y = np.zeros_like(x)
    for start in range(0, len(x), K):
        place = start + x[start : start + K].argmax()
        y[place] = x[place]
    return y


@given(positive, st.integers(1, 5))
def test_norms_lie_between_average_and_maximum(x, p):
    """mean(x^p) <= max(x)^p <= sum(x^p)."""
    powers = [int(v) ** p for v in x]
    assert Fraction(sum(powers), len(x)) <= int(x.max()) ** p <= sum(powers)
    rest = sum(int(x.max() - v) * sum(int(x.max()) ** j * int(v) ** (p - 1 - j) for j in range(p)) for v in x)
    assert len(x) * int(x.max()) ** p - sum(powers) == rest


@given(short)
def test_a_rectifier_passes_a_maximum(x):
    """ReLU(max x) = max(ReLU x), and the mean of ReLU x is at least ReLU of the mean."""
    assert relu(x.max()) == relu(x).max()
    assert relu(x).sum() == x.sum() + relu(-x).sum() >= relu(x.sum())


@given(st.lists(st.integers(0, 4), min_size=3, max_size=9), st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_medians_decompose_by_thresholds(x, jumps):
    """A median is the sum of the medians at all thresholds, commutes with increasing maps, and keeps steps."""
    x, table = np.array(x), np.cumsum(jumps)
    assert same(median(x), sum(median((x >= t).astype(int)) for t in range(1, 5)))
    assert same(median(table[x]), table[median(x)])
    assert same(median(np.sort(x)), np.sort(x)[1:-1])


@given(free_kernels(2), vectors(8), st.integers(0, 5))
def test_a_rectified_network_is_linear_on_each_cell(case, x, c):
    """f(c x) = c f(x) for c >= 0, and f(x) is the product of layers and the mask of the signs of x."""
    u, v = case
    net = lambda y: np.convolve(relu(np.convolve(y, u)), v)  # noqa: E731
    hidden = np.convolve(x, u)
    assert same(net(c * x), c * net(x))
    assert same(net(x), np.convolve(np.diag((hidden > 0).astype(int)) @ hidden, v))


@given(st.integers(1, 3).flatmap(lambda C: st.tuples(vectors(C), vectors(C), st.permutations(range(C)))))
def test_hidden_channels_may_be_scaled_and_permuted(case):
    """ReLU commutes with positive factors and permutations of channels."""
    x, scales, order = case
    M = np.diag(np.abs(scales) + 1)[list(order)]
    assert same(relu(M @ x), M @ relu(x))


@given(taps, st.integers(1, 4), st.data())
def test_unpooling_keeps_the_maxima(K, o, data):
    """Maxima of nonnegative signals, put back at their places, have the same maxima; twice is once."""
    x = np.abs(data.draw(vectors(K * o)))
    y = unpooled(x, K)
    assert same(ca.MaxPool(K)([y]), ca.MaxPool(K)([x]))
    assert same(unpooled(y, K), y)
    assert set(zip(x.tolist(), y.tolist(), strict=True)) <= {(v, w) for v in x.tolist() for w in (v, 0)}


@given(taps.flatmap(lambda K: st.tuples(vectors(K), vectors(K))))
def test_rectified_networks_are_differences_of_convex_maps(case):
    """max(g - h, 0) = max(g, h) - h, and a maximum of differences is a difference of maxima of sums."""
    g, h = case
    assert same(relu(g - h), np.maximum(g, h) - h)
    assert (g - h).max() == (g + h.sum() - h).max() - h.sum()


@given(kernels(2), integers)
def test_invariance_comes_from_equivariance(case, k):
    """The sum and the maximum of what a circular layer and a rectifier make do not move with the signal."""
    w, x = case
    net = lambda y: relu(circulant(w) @ y)  # noqa: E731
    assert same(net(np.roll(x, k)), np.roll(net(x), k))
    assert net(np.roll(x, k)).sum() == net(x).sum()
    assert net(np.roll(x, k)).max() ** 2 == net(x).max() ** 2


@given(positive, st.integers(1, 9))
def test_softmax_ignores_constants(y, c):
    """y / sum(y) does not change when all exponentials are multiplied, and keeps permutations."""
    soft = lambda v: [Fraction(int(e), int(v.sum())) for e in v]  # noqa: E731
    assert soft(c * y) == soft(y)
    for order in list(permutations(range(len(y))))[:6]:
        assert soft(y[list(order)]) == [soft(y)[i] for i in order]


@given(kernels(1), integers, numbers, steps)
def test_statistics_over_positions_are_invariant(case, k, g, K):
    """Mean and variance stay and the rest moves along; so do sums of squares in circular windows."""
    (x,) = case
    centred = len(x) * x - x.sum()
    moved = np.roll(x, k)
    assert same(g * (len(x) * moved - moved.sum()), np.roll(g * centred, k))
    assert ((len(x) * moved - moved.sum()) ** 2).sum() == (centred**2).sum()
    local = lambda v: sum(np.roll(v**2, a) for a in range(K))  # noqa: E731
    assert same(local(moved), np.roll(local(x), k))


@given(free_kernels(2), numbers)
def test_the_slope_transform_adds(case, p):
    """max(f[k] + p k) of a composed kernel is the sum of those of its parts, and concave kernels come back."""
    f, g = case
    lines = lambda w: max(v + p * k for k, v in enumerate(w))  # noqa: E731
    composed = [max(f[a] + g[m - a] for a in range(len(f)) if 0 <= m - a < len(g)) for m in range(len(f) + len(g) - 1)]
    assert lines(composed) == lines(f) + lines(g)
    concave = np.cumsum(np.sort(f)[::-1])
    back = [min(max(v + q * i for i, v in enumerate(concave)) - q * k for q in range(-9, 10)) for k in range(len(f))]
    assert same(back, concave)


FALSE = {
    "L2 pooling takes the mean": (vectors(2), lambda x: 2 * (x @ x) == x @ x),
    "a maximum passes a change of sign": (vectors(2), lambda x: (-x).max() == -x.max()),
    "medians are linear": (st.tuples(vectors(3), vectors(3)), lambda x, y: same(median(x) + median(y), median(x + y))),
    "the matrix of a cell is circulant": (
        vectors(2), lambda w: same(np.diag([1, 0]) @ circulant(w), np.roll(np.diag([1, 0]) @ circulant(w), 1, (0, 1))),
    ),
    "hidden channels may change sign": (st.tuples(numbers, numbers), lambda k, x: relu(k * x) == k * relu(x)),
    "unpooling inverts max pooling": (vectors(2), lambda x: same(unpooled(x, 2), x)),
    "rectified networks are convex": (
        st.tuples(numbers, numbers), lambda x, y: -relu(x + y) <= -relu(x) - relu(y)
    ),
    "invariant maps are equivariant": (kernels(1, 4), lambda w: same(np.roll(w, 1), w)),
    "softmax ignores scale": (st.tuples(taps, taps), lambda a, b: Fraction(a, a + b) == Fraction(a * a, a * a + b * b)),
    "gains for each position are equivariant": (
        kernels(2, 4), lambda g, x: same(np.roll(g * x, 1), g * np.roll(x, 1)),
    ),
    "the slope transform is invertible": (
        st.tuples(vectors(3), vectors(3)),
        lambda f, g: same(f, g) or any(
            max(f + p * np.arange(3)) != max(g + p * np.arange(3)) for p in range(-19, 20)
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    case = found(drawn_from, holds)
    assert not (holds(*case) if isinstance(case, tuple) else holds(case))
