"""Chapter 16, receptive fields: the windows of each layer followed back to the input, place by place."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import product
from math import gcd, prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import found, same, steps, valid, vectors, widths

import convalgebra as ca

taps = st.integers(1, 4)
layers = st.lists(st.tuples(taps, steps, st.integers(1, 3), widths), min_size=1, max_size=3)


def seen(net, i):
    """The inputs that output i of a stack of layers (K, s, d, p) depends on, on an endless signal."""
    places = {i}
    for K, s, d, p in reversed(net):
        places = {s * j + d * a - p for j in places for a in range(K)}
    return places


def measured(net):
    """(size, jump, start) of what outputs 0 and 1 see."""
    first, second = seen(net, 0), seen(net, 1)
    return max(first) - min(first) + 1, min(second) - min(first), min(first)


def known(net):
    """(size, jump, start) by the library."""
    stack = [ca.Conv(np.ones((1, 1, K), dtype=int), stride=s, dilation=d, padding=p) for K, s, d, p in net]
    field = ca.receptive_field(stack)
    return field.size[0], field.jump[0], field.start[0]


@given(layers)
def test_a_field_grows_by_the_jump_before(net):
    """r grows by d (K - 1) j, j by the factor s, t by -p j; backward r becomes s (r - 1) + d (K - 1) + 1."""
    r, j, t = 1, 1, 0
    for K, s, d, p in net:
        r, j, t = r + d * (K - 1) * j, j * s, t - p * j
    assert (r, j, t) == measured(net) == known(net)
    assert reduce(lambda size, part: part[1] * (size - 1) + part[2] * (part[0] - 1) + 1, net[::-1], 1) == r


@given(layers)
def test_a_field_is_a_sum_over_layers(net):
    """r = 1 + sum of d (K - 1) times the strides before, the size of the composed kernel."""
    before = [prod(s for _, s, _, _ in net[:k]) for k in range(len(net))]
    w = np.ones(1, dtype=np.int64)
    for (K, _, d, _), jump in zip(net, before, strict=True):
        tap = np.zeros(d * jump * (K - 1) + 1, dtype=np.int64)
        tap[:: d * jump] = 1
        w = np.convolve(w, tap)
    assert measured(net)[0] == len(w) == 1 + sum(d * (K - 1) * j for (K, _, d, _), j in zip(net, before, strict=True))


@given(layers)
def test_the_field_is_the_smallest_input(net):
    """There is no output below r places, and exactly one from r to r + j - 1."""
    bare = [(K, s, d, 0) for K, s, d, _ in net]
    r, j, _ = measured(bare)
    outputs = lambda n: reduce(lambda m, p: max((m - p[2] * (p[0] - 1) - 1) // p[1] + 1, 0), bare, n)  # noqa: E731
    assert [outputs(n) for n in (r - 1, r, r + j - 1, r + j)] == [0, 1, 1, 2]


@given(layers)
def test_neighbouring_fields_overlap(net):
    """Neighbouring hulls overlap in max(r - j, 0) places, and miss max(j - r, 0)."""
    r, j, t = measured(net)
    first, second = set(range(t, t + r)), set(range(t + j, t + j + r))
    assert len(first & second) == max(r - j, 0)
    assert len(set(range(t, t + r + j)) - first - second) == max(j - r, 0)


@given(layers)
def test_a_field_is_centred_by_half_its_padding(net):
    """The centre is the sum of (d (K - 1) / 2 - p) times the strides before."""
    first = seen(net, 0)
    shifts = [(Fraction(d * (K - 1), 2) - p) * prod(s for _, s, _, _ in net[:k]) for k, (K, _, d, p) in enumerate(net)]
    assert Fraction(min(first) + max(first), 2) == sum(shifts)


@given(taps, st.integers(1, 4))
def test_fields_grow_linearly_or_as_powers(K, L):
    """L (K - 1) + 1 at stride 1; 1 + (K - 1)(2^L - 1) with strides of two or doubling dilations."""
    assert measured([(K, 1, 1, 0)] * L)[0] == L * (K - 1) + 1
    assert measured([(K, 2, 1, 0)] * L)[0] == 1 + (K - 1) * (2**L - 1)
    assert measured([(K, 1, 2**level, 0) for level in range(L)])[0] == 1 + (K - 1) * (2**L - 1)


@given(layers, st.integers(0, 3))
def test_a_field_is_a_sumset(net, i):
    """What output i sees is t + i j plus the sums of one progression a layer."""
    _, j, t = measured(net)
    before = [prod(s for _, s, _, _ in net[:k]) for k in range(len(net))]
    ranges = [[d * b * a for a in range(K)] for (K, _, d, _), b in zip(net, before, strict=True)]
    assert seen(net, i) == {t + i * j + sum(terms) for terms in product(*ranges)}


@given(st.lists(st.tuples(st.integers(2, 4), st.integers(1, 9)), min_size=1, max_size=4))
def test_dilations_leave_no_holes(pairs):
    """With dilations in ascending order: no holes where the first is 1 and none exceeds what is seen before."""
    pairs = sorted(pairs, key=lambda pair: pair[1])
    net = [(K, 1, d, 0) for K, d in pairs]
    covers, reach = True, 1
    for K, d in pairs:
        covers, reach = covers and d <= reach, reach + (K - 1) * d
    assert covers == (len(seen(net, 0)) == measured(net)[0])


@given(taps, taps, steps, vectors(4, of=st.integers(1, 9)), vectors(4, of=st.integers(1, 9)))
def test_generic_taps_see_their_field(K, k, s, u, v):
    """Positive taps never cancel: the product of the matrices has entries wherever the field has places."""
    net, n = [(K, s, 1, 0), (k, 1, 1, 0)], K + s * (k - 1)
    A = valid(v[:k], k) @ valid(u[:K], n)[::s][:k]
    assert set(np.flatnonzero(A[0]).tolist()) == seen(net, 0)


@given(taps, st.integers(1, 5))
def test_paths_gather_in_the_middle(K, L):
    """The number of paths is a multinomial coefficient, with the variance L (K^2 - 1) / 12."""
    counts = reduce(np.convolve, [np.ones(K, dtype=np.int64)] * L).tolist()
    matrix = reduce(
        np.matmul, [valid(np.ones(K, dtype=np.int64), L * (K - 1) + 1 - k * (K - 1)) for k in range(L)][::-1]
    )
    assert same(matrix[0], counts)
    mean = Fraction(L * (K - 1), 2)
    assert sum((m - mean) ** 2 * c for m, c in enumerate(counts)) / Fraction(K**L) == Fraction(L * (K * K - 1), 12)


@given(st.integers(0, 3), st.integers(0, 3), steps, st.integers(1, 4))
def test_branches_see_what_either_sees(a, b, s, L):
    """Branches about one centre see the larger field; a residual stack sees 2 L + 1 places."""
    first, second = seen([(2 * a + 1, s, 1, a)], 1), seen([(2 * b + 1, s, 1, b)], 1)
    assert first | second == set(range(s - max(a, b), s + max(a, b) + 1))
    places = {0}
    for _ in range(L):
        places |= {j + step for j in places for step in (-1, 0, 1)}
    assert len(places) == 2 * L + 1


@given(taps, steps, vectors(12), st.integers(0, 11))
def test_pools_see_as_layers_do(K, s, x, place):
    """A change at a place moves only the maxima and sums of the windows that hold it."""
    y = x.copy()
    y[place] += 100
    for window in (np.max, np.sum):
        values = [[window(v[i : i + K]) for i in range(0, 12 - K + 1, s)] for v in (x, y)]
        changed = {i for i, (p, q) in enumerate(zip(*values, strict=True)) if p != q}
        assert changed == {i for i in range(len(values[0])) if place in seen([(K, s, 1, 0)], i)}


@given(taps, steps, st.integers(0, 2))
def test_transposed_layers_see_a_share_of_their_taps(K, s, p):
    """Output i sees the m with 0 <= i + p - s m <= K - 1: K / s of them, rounded down or up."""
    assume(p < K)
    n = K + 3
    for i in range(s * (n - 1) + K - 2 * p):
        m = [m for m in range(n) if 0 <= i + p - s * m <= K - 1]
        if K - 1 <= i + p <= s * (n - 1):
            assert len(m) in {K // s, -(-K // s)}
    scattered = np.zeros((s * (n - 1) + K, n), dtype=np.int64)
    for m in range(n):
        scattered[s * m : s * m + K, m] = 1
    layer = ca.ConvTranspose(np.ones((1, 1, K), dtype=int), stride=s, padding=p)
    assert same(layer.matrix((1, n)).to_numpy(), scattered[p : len(scattered) - p])


def test_the_fields_of_the_literature():
    """AlexNet sees 195 places before its dense layers, VGG-16 212, LeNet-5 its 32; 3 x 3 twice and thrice 5 and 7."""
    alexnet = [(11, 4, 1, 0), (3, 2, 1, 0), (5, 1, 1, 2), (3, 2, 1, 0), *[(3, 1, 1, 1)] * 3, (3, 2, 1, 0)]
    vgg = [part for count in (2, 2, 3, 3, 3) for part in [*[(3, 1, 1, 1)] * count, (2, 2, 1, 0)]]
    lenet = [(5, 1, 1, 0), (2, 2, 1, 0), (5, 1, 1, 0), (2, 2, 1, 0), (5, 1, 1, 0)]
    small = [[(3, 1, 1, 0)] * L for L in (2, 3)]
    assert [measured(net)[0] for net in (alexnet, vgg, lenet, *small)] == [195, 212, 32, 5, 7]


FALSE = {
    "a field grows by the own stride": (
        st.tuples(taps, steps), lambda K, s: measured([(K, s, 1, 0)])[0] == 1 + (K - 1) * s,
    ),
    "the order of layers does not matter": (
        st.tuples(taps, taps, steps),
        lambda K, k, s: measured([(K, 1, 1, 0), (k, s, 1, 0)])[0] == measured([(k, s, 1, 0), (K, 1, 1, 0)])[0],
    ),
    "the field is the only input with one output": (
        st.tuples(taps, steps), lambda K, s: len(range(0, (K + 1) - K + 1, s)) == 2,
    ),
    "a larger stride shrinks the field": (
        st.tuples(taps, steps), lambda K, s: measured([(K, s + 1, 1, 0)])[0] < measured([(K, s, 1, 0)])[0],
    ),
    "same layers are centred": (taps, lambda K: Fraction(K - 1, 2) == (K - 1) // 2),
    "fields always grow linearly": (
        st.tuples(taps, taps), lambda K, L: measured([(K, 2, 1, 0)] * L)[0] == 1 + L * (K - 1),
    ),
    "every place of the field is seen": (
        st.tuples(taps, steps), lambda K, d: len(seen([(K, 1, d, 0)], 0)) == measured([(K, 1, d, 0)])[0],
    ),
    "coprime dilations leave no holes": (
        st.tuples(steps, steps),
        lambda d, e: gcd(d, e) > 1 or len(seen([(2, 1, d, 0), (2, 1, e, 0)], 0)) == 1 + d + e,
    ),
    "taps that are not zero see their field": (
        st.tuples(vectors(2), vectors(2)), lambda u, v: not (u.all() and v.all()) or np.convolve(u, v).all(),
    ),
    "all places count alike": (
        st.tuples(taps, taps), lambda K, L: len(set(reduce(np.convolve, [np.ones(K)] * L))) == 1,
    ),
    "fields of branches add": (
        widths, lambda a: len(seen([(2 * a + 1, 1, 1, a)], 0) | {0}) == len(seen([(2 * a + 1, 1, 1, a)], 0)) + 1,
    ),
    "training statistics see one place": (vectors(2), lambda x: 2 * x[0] - x.sum() == 2 * x[0] - x[0]),
    "transposed layers see all their taps": (st.tuples(taps, steps), lambda K, s: -(-K // s) == K),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    case = found(drawn_from, holds)
    assert not (holds(*case) if isinstance(case, tuple) else holds(case))
