"""Chapter 17, output sizes: windows cut out of arrays by NumPy, and counted."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

import convalgebra as ca

small, steps, pads = st.integers(1, 30), st.integers(1, 5), st.integers(0, 5)


def windows(n, K, s=1, d=1, p=0, q=0):
    """The windows of a padded signal of ones, one a row."""
    x, span = np.pad(np.ones(n, dtype=np.int64), (p, q)), d * (K - 1) + 1
    return np.lib.stride_tricks.sliding_window_view(x, span)[::s, ::d] if span <= len(x) else np.empty((0, K))


def same(n, K, s):
    """TensorFlow's padding SAME."""
    total = max((ceil(Fraction(n, s)) - 1) * s + K - n, 0)
    return total // 2, total - total // 2


@given(small, steps, steps, steps, pads, pads)
def test_the_output_size_counts_windows(n, K, s, d, p, q):
    """o = floor((n + p + q - d (K - 1) - 1) / s) + 1 windows fit."""
    assume(d * (K - 1) + 1 <= n + p + q)
    assert len(windows(n, K, s, d, p, q)) == floor(Fraction(n + p + q - d * (K - 1) - 1, s)) + 1
    assert ca.Conv([[[1] * K]], stride=s, dilation=d, padding=[(p, q)]).output_shape((1, n)) == (
        1,
        len(windows(n, K, s, d, p, q)),
    )


@given(small, steps, steps, pads)
def test_total_padding_is_twice_the_padding_of_a_side(n, K, s, p):
    """(W + P - K) / S + 1 = (W - K + 2 p) / S + 1 for P = 2 p."""
    assert Fraction(n + 2 * p - K, s) + 1 == Fraction(n - K + 2 * p, s) + 1


@given(small, steps, steps)
def test_same_gives_one_output_for_each_stride(n, K, s):
    """SAME: o = ceil(n / s), whatever the kernel."""
    assert len(windows(n, K, s, 1, *same(n, K, s))) == ceil(Fraction(n, s))


@given(small, steps)
def test_half_full_and_causal_padding(n, K):
    """Half padding keeps the size of an odd kernel, full padding adds K - 1, causal padding keeps every size."""
    assert len(windows(n, K, p=K // 2, q=K // 2)) == n + (K % 2 == 0)
    assert len(windows(n, K, p=K - 1, q=K - 1)) == n + K - 1
    assert len(windows(n, K, p=K - 1)) == n


@given(small, steps, steps, steps, st.integers(0, 4))
def test_the_transposed_layer_inverts_the_window_count(i, s, K, d, q):
    """(i - 1) s + d (K - 1) + 1 + q places are seen through i windows, for 0 <= q < s."""
    assume(q < s)
    assert len(windows((i - 1) * s + d * (K - 1) + 1 + q, K, s, d)) == i


@given(small, steps, steps, pads)
def test_ceil_mode_adds_a_partial_window(n, K, s, p):
    """With ceil_mode a partial window counts where it starts before n + p."""
    assume(2 * p <= K <= n + 2 * p)
    starts = [i for i in range(0, n + 2 * p, s) if i < n + p and (i + K <= n + 2 * p or i - s + K < n + 2 * p)]
    assert ca.MaxPool(K, stride=s, padding=p, ceil_mode=True).output_shape((1, n)) == (1, len(starts))


@given(small, steps, steps)
def test_a_stride_leaves_places_unread(n, K, s):
    """(n - K) mod s places at the end and s - K between windows are never read."""
    assume(K <= n)
    read = {s * i + a for i in range(len(windows(n, K, s))) for a in range(K)}
    assert n - len(read) == (n - K) % s + max(s - K, 0) * (len(windows(n, K, s)) - 1)


@given(st.integers(0, 10**6), st.integers(1, 99), st.integers(1, 99))
def test_floors_nest(x, a, b):
    """floor(floor(x / a) / b) = floor(x / a b), and the same for ceilings."""
    assert floor(Fraction(floor(Fraction(x, a)), b)) == floor(Fraction(x, a * b))
    assert ceil(Fraction(ceil(Fraction(x, a)), b)) == ceil(Fraction(x, a * b))


@given(small, st.lists(st.tuples(steps, steps, pads), min_size=1, max_size=4))
def test_a_stack_has_the_size_of_one_layer(n, layers):
    """o = floor((n + P + P' - R) / J) + 1 with the receptive field R, the jump J and P = sum of p times the jump."""
    size, R, J, P = n, 1, 1, 0
    for K, s, p in layers:
        size = len(windows(size, K, s, 1, p, p))
        assume(size)
        R, P, J = R + (K - 1) * J, P + p * J, J * s
    assert size == floor(Fraction(n + 2 * P - R, J)) + 1


@given(st.integers(1, 9), steps, steps, steps)
def test_s_sizes_in_a_row_give_one_output_size(o, K, s, d):
    """Exactly s sizes in a row have o outputs, the first is (o - 1) s + d (K - 1) + 1."""
    first = (o - 1) * s + d * (K - 1) + 1
    assert [n for n in range(1, first + 2 * s) if len(windows(n, K, s, d)) == o] == list(range(first, first + s))


@given(small, steps, steps, pads)
def test_sizes_are_monotone(n, K, s, p):
    """s places more are one window more; one place more or less never turns the size the other way."""
    assume(K <= n + p)
    o = len(windows(n, K, s, 1, p))
    assert len(windows(n + s, K, s, 1, p)) == o + 1
    assert len(windows(n + 1, K, s, 1, p)) >= o >= len(windows(n, K + 1, s, 1, p))
    assert len(windows(n, K, s + 1, 1, p)) <= o <= len(windows(n, K, s, 1, p + 1))


@given(st.integers(1, 10**6), st.integers(1, 6))
def test_halving_and_doubling_returns_multiples(n, L):
    """L halvings and L doublings return n exactly where 2^L divides n."""
    low = n
    for _ in range(L):
        low //= 2
    assert (low * 2**L == n) == (n % 2**L == 0)


@given(small, st.integers(1, 12))
def test_adaptive_pooling_is_pooling_where_the_size_divides(n, o):
    """Windows [floor(i n / o), ceil((i + 1) n / o)): equally long up to one place, pooling where o divides n."""
    assume(o <= n)
    bounds = [(floor(Fraction(i * n, o)), ceil(Fraction((i + 1) * n, o))) for i in range(o)]
    x = np.arange(n, dtype=object) ** 2
    assert ca.AdaptiveAvgPool(o)([x.tolist()]).tolist() == [[Fraction(sum(x[a:b]), b - a) for a, b in bounds]]
    assert len({b - a for a, b in bounds}) <= 2
    if n % o == 0:
        assert {b - a for a, b in bounds} == {n // o}


@given(small, st.lists(st.tuples(steps, steps), min_size=1, max_size=4))
def test_a_same_stack_has_the_size_of_one_same_layer(n, layers):
    """ceil(... ceil(n / s1) ... / sL) = ceil(n / s1 ... sL)."""
    size, J = n, 1
    for K, s in layers:
        size, J = len(windows(size, K, s, 1, *same(size, K, s))), J * s
    assert size == ceil(Fraction(n, J))


FALSE = {
    "no floor": (st.tuples(small, steps, steps), lambda n, K, s: Fraction(n - K, s) + 1 == len(windows(n, K, s))),
    "half padding keeps every size": (
        st.tuples(small, steps),
        lambda n, K: len(windows(n, K, p=K // 2, q=K // 2)) == n,
    ),
    "every input is read": (st.tuples(small, steps), lambda n, s: len(range(0, n, s)) == n),
    "mixed roundings nest": (
        st.tuples(small, steps, steps),
        lambda x, a, b: ceil(Fraction(floor(Fraction(x, a)), b)) == ceil(Fraction(x, a * b)),
    ),
    "the input size is unique": (st.tuples(small, steps), lambda n, s: n == (len(windows(n, 1, s)) - 1) * s + 1),
    "even sizes come back": (st.tuples(small, steps), lambda m, L: 2 * m == 2 * m // 2**L * 2**L),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn, holds = FALSE[name]
    assert not holds(*find(drawn, lambda case: not holds(*case), settings=settings(max_examples=2000, database=None)))
