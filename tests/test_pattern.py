"""Patterns: lines that meet are added up, exactly; two patterns multiply like their matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import ENTRIES, array, equal, rings_entries, times

import convalgebra as ca
from convalgebra.algebra.pattern import Pattern, add_runs, dense_pattern, multiply


@st.composite
def patterns(draw, m, n, kind="int"):
    lines = draw(st.lists(st.tuples(st.integers(0, m - 1), st.integers(0, n - 1), st.integers(0, 2)), max_size=8))
    weights = draw(st.lists(ENTRIES[kind], min_size=3, max_size=3))
    rows, cols, taps = (np.array([line[k] for line in lines], dtype=np.int64) for k in range(3))
    return Pattern(rows, cols, taps, rings_entries(weights)), lines, weights


def full(lines, weights, m, n):
    A = array((m, n), [0] * (m * n))
    for i, j, t in lines:
        A[i, j] += weights[t]
    return A


@pytest.mark.parametrize("kind", ["int", "big", "fraction", "float", "symbol"])
def test_entries_are_summed_in_c_order(kind):
    @given(patterns(3, 4, kind))
    def holds(case):
        p, lines, weights = case
        rows, cols, values = p.entries()
        places = list(zip(rows.tolist(), cols.tolist(), strict=True))
        assert places == sorted({(i, j) for i, j, _ in lines})
        wanted = full(lines, weights, 3, 4)
        from convalgebra.algebra.rings import public

        assert equal(public(values), [wanted[place] for place in places])

    holds()


@given(patterns(3, 4), st.randoms())
def test_lines_are_the_same_in_any_order(case, random):
    p, lines, _ = case
    mixed = list(range(len(lines)))
    random.shuffle(mixed)
    q = Pattern(p.rows[mixed], p.cols[mixed], p.taps[mixed], p.weights)
    assert p.same_lines(q)
    assert q.same_lines(p)
    if lines:
        fewer = Pattern(p.rows[1:], p.cols[1:], p.taps[1:], p.weights)
        assert not p.same_lines(fewer)
        for name in ("rows", "cols", "taps"):
            moved = {k: getattr(p, k).copy() for k in ("rows", "cols", "taps")}
            moved[name][0] += 100
            assert not p.same_lines(Pattern(**moved, weights=p.weights))


def test_lines_do_not_wrap_around_into_one_another():
    """Numbered by row, column and tap in int64, these two would meet: 2**64 apart."""
    weights = np.ones(4, dtype=np.int64)
    far, wide = np.array([2**40, 0]), np.array([0, 2**22 - 1])
    p = Pattern(far, wide, np.array([0, 0]), weights)
    q = Pattern(far * 0, wide, np.array([0, 0]), weights)
    assert not p.same_lines(q)
    assert not q.same_lines(p)
    assert p.same_lines(Pattern(far[::-1], wide[::-1], np.array([0, 0]), weights))
    assert not p.same_lines(Pattern(far, wide, np.array([0, 1]), weights))


def test_lines_far_apart_are_told_apart():
    """Row, column and tap do not run into one another, also where their product leaves int64."""
    far = 2**31
    one = np.array([1], dtype=np.int64)
    weights = np.ones(4, dtype=np.int64)
    p = Pattern(one * far, one * 2 * far, one * 3, weights)
    assert p.same_lines(p)
    assert not p.same_lines(Pattern(one * far, one * 2 * far, one * 2, weights))
    assert not p.same_lines(Pattern(one * far, one * 2 * far + 1, one * 3, weights))
    assert not Pattern(one, one * 0, one, weights).same_lines(Pattern(one * 0, one, one, weights))
    assert not Pattern(one, one, one * 0, weights).same_lines(Pattern(one, one * 0, one, weights))


@given(st.data())
def test_products(data):
    m, k, n = (data.draw(st.integers(1, 4)) for _ in range(3))
    (p, a, u), (q, b, v) = data.draw(patterns(m, k)), data.draw(patterns(k, n))
    rows, cols, values = multiply(p, q, np.arange(k)).entries()
    found = array((m, n), [0] * (m * n))
    for i, j, value in zip(rows, cols, values.tolist(), strict=True):
        found[i, j] += value
    assert equal(found, times(full(a, u, m, k), full(b, v, k, n)))


def test_products_of_selected_rows_use_their_numbers():
    left = dense_pattern(np.array([0, 1]), np.array([2, 5]), np.array([10, 100]))
    right = dense_pattern(np.array([2, 5, 5]), np.array([0, 0, 1]), np.array([1, 2, 3]))
    rows, cols, values = multiply(left, right, np.array([2, 5])).entries()
    assert [rows.tolist(), cols.tolist(), values.tolist()] == [[0, 1, 1], [0, 0, 1], [10, 200, 300]]


def test_a_product_without_entries():
    empty = np.array([], dtype=np.int64)
    nothing = dense_pattern(empty, empty, empty)
    assert multiply(nothing, nothing, empty).entries()[0].size == 0
    left = dense_pattern(np.array([0]), np.array([1]), np.array([5]))
    assert multiply(left, nothing, np.array([1])).entries()[0].size == 0


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=6), st.data())
def test_runs_never_overflow(values, data):
    cuts = sorted({0, *data.draw(st.lists(st.integers(0, len(values) - 1)))})
    found = add_runs(np.array(values, dtype=np.int64), np.array(cuts))
    wanted = [sum(values[a:b]) for a, b in zip(cuts, [*cuts[1:], len(values)], strict=True)]
    assert equal(found, wanted)


def test_two_taps_near_the_end_of_int64_meet():
    for w in (2**62, -(2**62), 2**63 - 1):
        A = ca.Conv([[[w, w, w]]], padding=2, padding_mode="replicate").matrix((1, 1))
        assert A.to_numpy().tolist() == [[3 * w]] * 3
        assert (A @ [2**62]).tolist() == [3 * w * 2**62] * 3
        assert A[0, 0] == 3 * w
        with pytest.raises(ca.EntryError):
            A.to_sparse()


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ((0, 0, 2, 3), (0, 1, 0, 2)),  # place * depth + tap is 2 for both where depth = 2
        ((0, 2**62, 0, 4), (0, 0, 0, 4)),  # 2^62 * 4 is 0 modulo 2^64
        ((2**62, 0, 0, 4), (0, 0, 0, 4)),
    ],
)
def test_lines_at_other_places_are_other_lines(mine, other):
    """Kernels of other lengths, and places whose products with the number of weights leave int64."""
    left, right = (
        Pattern(*(np.array([k], dtype=np.int64) for k in line), np.ones(depth, dtype=np.int64))
        for *line, depth in (mine, other)
    )
    assert left.same_lines(left)
    assert not left.same_lines(right)
    assert not right.same_lines(left)
