"""Chapter 5, composition of layers: windows slide over NumPy arrays, one layer after the other."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import checked, circulant, found, kernels, numbers, same, sizes, steps, vectors, widths

import convalgebra as ca

taps = st.integers(1, 4)
seeds = st.integers(0, 2**32)


def drawn(seed, *shape):
    """Small integers."""
    return np.random.default_rng(seed).integers(-9, 10, shape)


def slide(x, w, s=1, d=1, pads=(0, 0)):
    """y[i] = sum of w[a] x[s i + d a - p], by slices."""
    x, reach = np.pad(x, pads), d * (len(w) - 1) + 1
    return np.array([x[i : i + reach : d] @ w for i in range(0, len(x) - reach + 1, s)])


def around(x, w, s=1, d=1):
    """The circular layer that reads forward."""
    return sum(v * np.roll(x, -d * a) for a, v in enumerate(w))[::s]


def spread(w, d):
    """d - 1 zeros between the taps."""
    y = np.zeros(d * (len(w) - 1) + 1, dtype=np.int64)
    y[::d] = w
    return y


@given(taps, taps, steps, steps, steps, steps, st.integers(1, 3), widths, seeds)
def test_two_layers_are_one(K, k, s, t, d, e, o, p, seed):
    """The kernel of the stack is (v up s e) * (u up d), its stride s t, its padding that of the first layer."""
    u, v = drawn(seed, K), drawn(seed + 1, k)
    n = s * (t * (o - 1) + e * (k - 1)) + d * (K - 1) + 1
    x, one = drawn(seed + 2, n), np.convolve(spread(v, s * e), spread(u, d))
    pads = (p, p)
    assert same(slide(slide(x, u, s, d, pads), v, t, e), slide(x, one, s * t, 1, pads))
    assert len(one) == d * (K - 1) + s * e * (k - 1) + 1


@given(sizes, taps, taps, steps, steps, widths, widths)
def test_a_stack_has_the_size_of_one_layer(n, K, k, s, t, p, q):
    """Sizes of padded stacks are those of the composed layer: floors nest."""
    windows = lambda size, taps, stride, pad: len(range(0, size + 2 * pad - taps + 1, stride))  # noqa: E731
    middle = windows(n, K, s, p)
    if middle and windows(middle, k, t, q):
        assert windows(middle, k, t, q) == windows(n, K + s * (k - 1), s * t, p + s * q)


@given(taps, taps, steps, steps, steps, steps, sizes, seeds)
def test_circular_layers_compose(K, k, s, t, d, e, m, seed):
    """On a circle whose size the strides divide, layers compose exactly, and those of stride 1 commute."""
    u, v, x = drawn(seed, K), drawn(seed + 1, k), drawn(seed + 2, s * t * m)
    one = np.convolve(spread(v, s * e), spread(u, d))
    assert same(around(around(x, u, s, d), v, t, e), around(x, one, s * t))
    assert same(around(around(x, u, 1, d), v, 1, e), around(around(x, v, 1, e), u, 1, d))


@given(st.integers(2, 4), st.integers(2, 4), steps, steps, steps)
def test_the_dilation_of_a_stack_is_a_common_divisor(K, k, s, d, e):
    """The support of the composed kernel has the greatest common divisor of d and s e; equal dilations stay."""
    one = np.convolve(spread(np.ones(k), s * e), spread(np.ones(K), d))
    assert gcd(*np.flatnonzero(one).tolist()) == gcd(d, s * e)
    both = np.convolve(spread(np.ones(k), d), spread(np.ones(K), d))
    assert same(both, spread(np.convolve(np.ones(k), np.ones(K)), d))


@given(st.integers(2, 5), st.integers(2, 5), steps, steps, steps)
def test_taps_are_counted_by_a_sumset(K, k, s, d, e):
    """At most K k taps, all of them where s e >= d K, and K + k - 1 exactly where the steps agree."""
    count = len({d * a + s * e * b for a in range(K) for b in range(k)})
    assert count == np.count_nonzero(np.convolve(spread(np.ones(k), s * e), spread(np.ones(K), d)))
    assert count <= min(K * k, d * (K - 1) + s * e * (k - 1) + 1)
    assert (count == K + k - 1) == (d == s * e)
    assert count == K * k or s * e < d * K


@given(taps, st.integers(2, 3), st.integers(1, 4))
def test_depth_adds_and_strides_multiply(K, s, L):
    """Depth adds K - 1 a layer; strides and dilations multiply what it adds."""
    lengths = []
    for growth in ([1] * L, [s**level for level in range(L)], [2**level for level in range(L)]):
        w = np.ones(1)
        for step in growth:
            w = np.convolve(spread(np.ones(K), step), w)
        lengths.append(len(w) - 1)
    assert lengths == [L * (K - 1), (K - 1) * (s**L - 1) // (s - 1), (K - 1) * (2**L - 1)]


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), taps, taps, st.integers(1, 3), seeds)
def test_layers_with_channels_are_polynomial_matrices(A, B, C, K, k, o, seed):
    """U[o, i] = sum over the middle channels of W[o, m] * V[m, i]."""
    u, v, x = drawn(seed, B, A, K), drawn(seed + 1, C, B, k), drawn(seed + 2, A, o + K + k - 2)
    layer = lambda w, y: np.array([sum(slide(y[c], w[i, c]) for c in range(w.shape[1])) for i in range(len(w))])  # noqa: E731
    one = np.array([[sum(np.convolve(v[i, b], u[b, a]) for b in range(B)) for a in range(A)] for i in range(C)])
    assert same(layer(v, layer(u, x)), layer(one, x))
    assert same(ca.Conv(one)(x), layer(one, x))


@given(widths, widths, steps, st.integers(1, 4), seeds)
def test_branches_about_one_centre_add_up(r, q, s, o, seed):
    """A wide, a narrow and a skip branch of one stride are one layer of the sum of the kernels about their centre."""
    wide, narrow, x = drawn(seed, 2 * (r + q) + 1), drawn(seed + 1, 2 * q + 1), drawn(seed + 2, s * (o - 1) + 1)
    kernel = wide + np.pad(narrow, r)
    kernel[r + q] += 1
    branches = slide(x, wide, s, 1, (r + q, r + q)) + slide(x, narrow, s, 1, (q, q)) + x[::s]
    assert same(branches, slide(x, kernel, s, 1, (r + q, r + q)))


@given(st.integers(1, 3), st.integers(1, 3), taps, st.integers(1, 3), seeds)
def test_concatenated_branches_stack_their_kernels(A, B, K, o, seed):
    """Outputs side by side stack the kernels; of inputs side by side each gets its own part."""
    x, kernels_of = drawn(seed, A + B, o + K - 1), drawn(seed + 1, 1, A + B, K)
    whole = ca.Conv(kernels_of)
    assert same(whole(x), ca.Conv(kernels_of[:, :A])(x[:A]) + ca.Conv(kernels_of[:, A:])(x[A:]))
    first, second = drawn(seed + 2, A, 1, K), drawn(seed + 3, B, 1, K)
    both = np.concatenate([ca.Conv(first)(x[:1]), ca.Conv(second)(x[:1])])
    assert same(both, ca.Conv(np.concatenate([first, second]))(x[:1]))


@given(kernels(3))
def test_a_skip_connection_adds_one_to_the_centre(case):
    """(I + C_u)(I + C_v) x = x + u * x + v * x + u * v * x."""
    u, v, x = case
    U, V = circulant(u), circulant(v)
    delta = np.eye(len(u), dtype=np.int64)[0]
    assert same((np.eye(len(u), dtype=int) + U) @ (x + V @ x), circulant(delta + u + v + U @ v) @ x)


@given(taps, taps, steps, st.integers(1, 3), st.integers(1, 3), seeds)
def test_an_average_after_a_layer_is_a_strided_layer(K, k, s, o, L, seed):
    """The sum over k places of a layer is a strided layer; halving L times is one average over 2^L."""
    w, x = drawn(seed, K), drawn(seed + 1, s * (o - 1) + k + K - 1)
    assert same(slide(slide(x, w), np.ones(k, dtype=int), s), slide(x, np.convolve(w, np.ones(k, dtype=int)), s))
    y = whole = drawn(seed + 2, 2**L)
    for _ in range(L):
        y = y[::2] + y[1::2]
    assert y[0] == whole.sum()


@given(taps, taps, steps, steps, seeds)
def test_the_order_of_strided_layers_matters(K, k, s, t, seed):
    """One order gives (v up s) * u, the other (u up t) * v."""
    u, v = drawn(seed, K), drawn(seed + 1, k)
    one, other = np.convolve(spread(v, s), u), np.convolve(spread(u, t), v)
    x = drawn(seed + 2, max(len(one), len(other)))
    assert slide(slide(x, u, s), v, t)[0] == slide(x, one, s * t)[0]
    assert slide(slide(x, v, t), u, s)[0] == slide(x, other, s * t)[0]
    w = [[one]]
    checked(ca.Conv(w).matrix((1, len(one))), one[None])


two = vectors(2)
FALSE = {
    "kernels multiply whatever the stride": (
        st.tuples(two, two, vectors(4)),
        lambda u, v, x: slide(slide(x, u, 2), v)[0] == slide(x, np.convolve(u, v), 2)[0],
    ),
    "equal sizes are enough": (
        st.tuples(two, two, vectors(1)),
        lambda u, v, x: same(slide(slide(x, u, pads=(1, 0)), v, pads=(0, 1)), slide(x, np.convolve(u, v), pads=(1, 1))),
    ),
    "strided circular layers commute": (
        st.tuples(two, two, vectors(4)),
        lambda u, v, x: same(around(around(x, v), u, 2), around(around(x, u, 2), v)),
    ),
    "dilations multiply": (st.tuples(steps, steps), lambda d, e: gcd(d, e, d + e) == d * e),
    "a stack reads every place": (
        steps, lambda d: np.count_nonzero(np.convolve(*[spread(np.ones(2), d)] * 2)) == 2 * d + 1,
    ),
    "two layers see twice as far": (taps, lambda K: len(np.convolve(np.ones(K), np.ones(K))) == 2 * K),
    "layers with channels commute": (st.tuples(vectors(2, 2), vectors(2, 2)), lambda u, v: same(u @ v, v @ u)),
    "branches add up wherever they start": (
        st.tuples(vectors(3), two, vectors(2)),
        lambda u, v, x: same(
            slide(x, u, pads=(1, 1)) + slide(x, v, pads=(0, 1)), slide(x, u + np.pad(v, (0, 1)), pads=(1, 1))
        ),
    ),
    "concatenating composes": (taps, lambda K: 2 * (3 * K - 2 * (K - 1)) == 3 * K - 2 * (K - 1) - (K - 1)),
    "residual blocks lose nothing": (numbers, lambda w: 1 + w != 0),
    "averages of averages are averages": (taps, lambda K: len(set(np.convolve(np.ones(K), np.ones(K)))) == 1),
    "strided layers commute": (
        st.tuples(two, two), lambda u, v: same(np.convolve(spread(v, 2), u)[:3], np.convolve(u, v)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    case = found(drawn_from, holds)
    assert not (holds(*case) if isinstance(case, tuple) else holds(case))
