"""Chapter 15, pooling: maxima and minima of slices, over all small signals and over drawn ones."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import found, free_kernels, kernels, same, sizes, steps, vectors

import convalgebra as ca

taps = st.integers(1, 4)
longs = st.integers(1, 9).flatmap(vectors)


def windows(x, K, s=1):
    """The windows of K neighbours, one row each."""
    return np.lib.stride_tricks.sliding_window_view(x, K)[::s]


def largest(x, K, s=1):
    """Max pooling, held against the library's."""
    y = windows(x, K, s).max(axis=1)
    assert same(ca.MaxPool(K, stride=s)([x])[0], y)
    return y


def grow(x, f):
    """max over a of x[i + a] + f[a]."""
    return (windows(x, len(f)) + f).max(axis=1)


def compose(f, g):
    """max over a + b = m of f[a] + g[b]."""
    return np.array(
        [max(f[a] + g[m - a] for a in range(len(f)) if 0 <= m - a < len(g)) for m in range(len(f) + len(g) - 1)]
    )


def around(x, K):
    """Maxima over circular windows."""
    return np.max([np.roll(x, -a) for a in range(K)], axis=0)


def shrink(x, K):
    """Minima over the reflected circular windows."""
    return np.min([np.roll(x, a) for a in range(K)], axis=0)


@given(taps, steps, st.integers(0, 1), longs)
def test_average_pooling_is_a_layer(K, s, p, x):
    """Averages are layers with the taps 1 / K, zeros of the padding included."""
    p, x = min(p, K // 2), np.concatenate([x, x, x, x])
    means = [Fraction(int(total), K) for total in windows(np.pad(x, p), K, s).sum(axis=1)]
    assert same(ca.AvgPool(K, stride=s, padding=p)([x])[0], means)


@given(taps, longs, st.integers(0, 5), st.integers(-9, 9), st.lists(st.integers(0, 3), min_size=19, max_size=19))
def test_max_pooling_commutes_with_increasing_maps(K, x, c, b, jumps):
    """It commutes with nonnegative factors, with constants and with every nondecreasing map."""
    x, table = np.concatenate([x] * K), np.cumsum(jumps)
    phi = lambda v: table[v + 9]  # noqa: E731
    assert same(largest(c * x + b, K), c * largest(x, K) + b)
    assert same(largest(phi(x), K), phi(largest(x, K)))


@given(st.integers(2, 6), vectors(9))
def test_a_maximum_is_a_network_of_rectifiers(K, x):
    """ceil(log2 K) steps y + ReLU(x - y), each with the values half a window later."""
    wide, y, layers = 1, x, 0
    while wide < K:
        step = min(wide, K - wide)
        y, wide, layers = y[step:] + np.maximum(y[:-step] - y[step:], 0), wide + step, layers + 1
    assert same(y, largest(x, K))
    assert 2 ** (layers - 1) < K <= 2**layers


@given(sizes, steps, taps, st.data())
def test_circular_max_pooling_is_equivariant(m, s, K, data):
    """It moves by one with a shift by s, turns round with the signal, and its global maximum stays."""
    x = data.draw(vectors(s * m))
    pool = lambda y: around(y, K)[::s]  # noqa: E731
    assert same(pool(np.roll(x, s)), np.roll(pool(x), 1))
    assert same(around(x[::-1], K)[::-1], np.roll(around(x, K), K - 1))
    assert np.roll(x, s).max() == x.max()


@given(free_kernels(2), vectors(9))
def test_max_pooling_is_linear_over_max_plus(case, x):
    """Two layers over (max, +) are one, of the kernels composed over (max, +)."""
    f, g = case
    assert same(grow(grow(x, g), f), grow(x, compose(f, g)))
    assert same(grow(np.maximum(x, x[::-1]), f), np.maximum(grow(x, f), grow(x[::-1], f)))


@given(taps, taps, steps, steps, vectors(40))
def test_max_pools_compose(K, k, s, t, x):
    """Where s <= K the windows of two pools join to windows of K + s (k - 1)."""
    if s <= K:
        both = largest(x, K + s * (k - 1), s * t)
        assert same(largest(largest(x, K, s), k, t)[: len(both)], both)


@given(st.integers(1, 4), taps)
def test_dilation_and_erosion_are_adjoint(n, K):
    """delta(x) <= y exactly where x <= epsilon(y); closing and opening are idempotent; all signals of 0, 1, 2."""
    signals = [np.array(x) for x in product(range(3), repeat=n)]
    for x in signals:
        closed, opened = shrink(around(x, K), K), around(shrink(x, K), K)
        assert (opened <= x).all()
        assert (x <= closed).all()
        assert same(shrink(around(closed, K), K), closed)
        assert same(around(shrink(opened, K), K), opened)
        assert same(shrink(x, K), -np.max([np.roll(-x, a) for a in range(K)], axis=0))
        for y in signals[:: len(signals) // 4 + 1]:
            assert (around(x, K) <= y).all() == (x <= shrink(y, K)).all()


@given(taps, taps, vectors(5, 6))
def test_max_pooling_over_a_rectangle_is_separable(a, b, x):
    """The maximum over a x b is that over columns of those over rows."""
    rows = np.lib.stride_tricks.sliding_window_view(x, b, axis=1).max(axis=-1)
    both = np.lib.stride_tricks.sliding_window_view(rows, a, axis=0).max(axis=-1)
    assert same(both, ca.MaxPool((a, b), stride=1)(x[None])[0])


@given(taps, vectors(8), vectors(8))
def test_max_pooling_is_lipschitz(K, x, y):
    """It never stretches the largest difference, and the squares at most K times, for K windows share a place."""
    d = largest(x, K) - largest(y, K)
    assert np.abs(d).max() <= np.abs(x - y).max()
    assert d @ d <= K * ((x - y) @ (x - y))
    means = np.kron(np.eye(3, dtype=np.int64), np.ones(K, dtype=np.int64))
    assert same(means @ means.T, K * np.eye(3))


@given(kernels(2, 5), st.integers(-5, 5))
def test_max_plus_circulants_commute(case, c):
    """The order of two kernels does not matter, and constants are eigenvectors."""
    f, g = case
    turn = lambda w, x: np.max([np.roll(x, k) + v for k, v in enumerate(w)], axis=0)  # noqa: E731
    e = np.arange(len(f))
    assert same(turn(f, turn(g, e)), turn(g, turn(f, e)))
    assert same(turn(f, np.full(len(f), c)), np.full(len(f), c + f.max()))


FALSE = {
    "an average without its padding is a layer": (
        st.tuples(taps, st.integers(2, 4)), lambda n, K: {min(i + 1, K) for i in range(n)} == {K},
    ),
    "max pooling is a layer": (st.tuples(vectors(2), vectors(2)), lambda x, y: x.max() + y.max() == (x + y).max()),
    "one rectified layer is a maximum": (vectors(2), lambda x: x.max() >= 0),
    "max pooling is invariant to small shifts": (
        vectors(4), lambda x: same(largest(x, 2, 2), largest(np.roll(x, 1), 2, 2)),
    ),
    "max-plus matrices multiply as others do": (st.tuples(taps, taps), lambda f, g: f + g == f * g),
    "max pools with gaps compose": (vectors(3), lambda x: max(x[0], x[2]) == x.max()),
    "min pooling undoes max pooling": (vectors(3), lambda x: same(shrink(around(x, 2), 2), x)),
    "max pooling over a cross is separable": (vectors(3, 3), lambda x: max(x[1].max(), x[:, 1].max()) == x.max()),
    "overlapping windows do not stretch": (vectors(3), lambda x: largest(x, 2) @ largest(x, 2) <= x @ x),
    "waves are max-plus eigenvectors": (vectors(2), lambda x: len({int(v) for v in around(x, 2) - x}) == 1),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    case = found(drawn_from, holds)
    assert not (holds(*case) if isinstance(case, tuple) else holds(case))
