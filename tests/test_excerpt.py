"""The part of a matrix that is shown, and the dots between."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.semiring import MaxPlus
from convalgebra.display.excerpt import (
    GAP,
    Blocks,
    Entry,
    Taps,
    Values,
    _among,
    cut,
    excerpt,
    hidden,
    shown,
    shown_in,
    source_of,
)


@given(st.integers(1, 300), st.integers(3, 20), st.integers(1, 12), st.lists(st.integers(0, 299), max_size=3))
def test_shown_places(size, limit, block, must):
    must = [m for m in must if m < size]
    places = shown(size, limit, block, must)
    kept = [p for p in places if p != GAP]
    assert kept == sorted({*kept})
    assert {0, size - 1, *must} <= {*kept}
    assert places[0] != GAP
    assert places[-1] != GAP
    for a, gap, b in zip(places, places[1:], places[2:], strict=False):
        assert gap != GAP or b - a > 2
    for a, b in pairwise(places):
        assert GAP in (a, b) or b == a + 1
    assert len(places) <= limit + 3 * len(must)


def test_small_matrices_are_shown_whole_and_no_limit_shows_all():
    assert shown(5, 5) == (0, 1, 2, 3, 4)
    assert shown(50, None) == tuple(range(50))


def test_ends_are_cut_between_blocks():
    assert shown(100, 12, 4) == (0, 1, 2, 3, 4, 5, 6, 7, GAP, 97, 98, 99)


class Watched:
    """An operator that remembers which rows it was asked for."""

    def __init__(self, op):
        self.op, self.asked = op, []
        self.shape, self.boxes, self.weight = op.shape, op.boxes, op.weight

    def pattern(self, rows=None):
        self.asked.append(rows)
        return self.op.pattern(rows)


def test_only_shown_rows_are_read():
    op = Watched(ca.convolution_matrix([1, 2, 3], 10**9))
    part = cut(op, 8)
    assert part.rows == (0, 1, 2, 3, 4, GAP, 10**9, 10**9 + 1)
    assert all(rows is not None and len(rows) <= 12 for rows in op.asked)


@pytest.mark.parametrize(
    "op",
    [
        ca.convolution_matrix([5, 6, 7], 9, mode="same"),
        ca.circulant([5, 6, 0, 0, 7]),
        ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3), padding=1, padding_mode="reflect").matrix((1, 4, 3)),
        ca.shift(5, 2),
        ca.matrix([[1, 0], [0, 2]]),
    ],
)
def test_entries_are_those_of_the_matrix(op):
    dense = op.to_numpy()
    m, n = op.shape
    entries = source_of(op).entries(range(m), range(n))
    assert {place: entry.value for place, entry in entries.items()} == {
        (i, j): dense[i, j] for i, j in np.argwhere(dense != 0).tolist()
    }


def test_taps_that_meet_are_named_and_added():
    op = ca.Conv([[[10, 20, 30]]], padding=1, padding_mode="reflect").matrix((1, 3))
    assert Taps(op).entries([0], [1]) == {(0, 1): Entry((0, 2), 40)}


def test_values_name_entries_without_a_kernel_and_forget_zeros():
    w = ca.symbols("w", 3)
    C, S = ca.convolution_matrix(w, 3, mode="same"), ca.shift(3, 1)
    commutator = C @ S - S @ C
    found = Values(commutator).entries(range(3), range(3))
    dense = commutator.to_sympy()
    assert {place: entry.keys for place, entry in found.items()} == {
        (i, j): (str(dense[i, j]),) for i in range(3) for j in range(3) if dense[i, j] != 0
    }
    assert 0 < len(found) < 9


def test_blocks_are_named_by_kernel_rows():
    op = ca.Conv(np.ones((1, 1, 3, 3), dtype=int), padding=1).matrix((1, 5, 200))
    source = Blocks(op)
    assert (source.shape, source.size) == ((5, 5), (200, 200))
    found = source.entries(range(5), range(5))
    assert {place: entry.keys for place, entry in found.items()} == {
        (i, j): (j - i + 1,) for i in range(5) for j in range(5) if abs(i - j) <= 1
    }


def test_blocks_need_not_be_square():
    op = ca.Conv(np.ones((1, 1, 3, 3), dtype=int)).matrix((1, 5, 200))
    source = Blocks(op)
    assert (source.shape, source.size) == ((3, 5), (198, 200))
    assert {place: entry.keys for place, entry in source.entries(range(3), range(5)).items()} == {
        (i, i + r): (r,) for i in range(3) for r in range(3)
    }


def test_blocks_without_a_kernel_are_only_not_zero():
    source = Blocks(ca.shift((5, 100), (2, 0)))
    assert source.kernel is None
    assert source.entries(range(5), range(5)) == {(i, (i - 2) % 5): Entry((0,)) for i in range(5)}


def test_a_block_with_a_single_entry_is_found():
    op = ca.upsample((3, 70), (1, 9)) @ ca.shift((3, 70), (0, 3))
    assert {*Blocks(op).entries(range(3), range(3))} == {(i, i) for i in range(3)}


def whole(op, rows, cols):
    return excerpt(source_of(op), rows, cols)


def test_dots_continue_each_band():
    part = whole(ca.circulant([1, 2] + [0] * 27 + [3]), (0, 1, 2, GAP, 28, 29), (0, 1, 2, GAP, 28, 29))
    glyphs = ["".join(part.dots(p, q)[0] if part.is_gap(p, q) else " " for q in range(6)) for p in range(6)]
    assert glyphs == ["   ⋯  ", "   ⋯  ", "   ⋱  ", "⋮⋮⋱⋱⋱⋮", "   ⋱  ", "   ⋯  "]
    assert part.dots(2, 3) == ("⋱", (29,))
    assert part.dots(3, 3) == ("⋱", (0,))
    assert part.dots(3, 2) == ("⋱", (1,))


def test_dots_of_a_dense_matrix_run_straight():
    part = whole(ca.dft(40), (0, 1, GAP, 39), (0, 1, GAP, 39))
    assert [part.dots(0, 2)[0], part.dots(2, 0)[0]] == ["⋯", "⋮"]
    assert part.goes_on(0, 2)


def test_nothing_goes_on_where_zeros_are_hidden():
    part = whole(ca.convolution_matrix([1, 2], 40), (0, 1, GAP, 40), (0, 1, GAP, 39))
    assert not part.goes_on(0, 2)
    assert part.goes_on(2, 1)


def test_weights_without_values_go_by_their_names():
    op = ca.Conv(ca.abstract((1, 2, 3)), padding=1, padding_mode="reflect").matrix((2, 4))
    entries = Taps(op).entries([0], range(8))
    assert {place: str(entry.value) for place, entry in entries.items()} == {
        (0, 0): "w_{00,1}", (0, 1): "w_{00,0} + w_{00,2}", (0, 4): "w_{01,1}", (0, 5): "w_{01,0} + w_{01,2}",
    }  # fmt: skip
    assert "w_{00,1}" in op.to_latex()
    op.figure().check()


def test_over_max_plus_zeros_are_entries_and_the_largest_counts():
    pool = ca.MaxPool(3, stride=1, padding=1).matrix((1, 5), semiring="max-plus")
    for A in (pool, pool @ pool, pool.T):
        rows, cols, values = A.entries()
        found = source_of(A).entries(range(A.shape[0]), range(A.shape[1]))
        assert {place: entry.value for place, entry in found.items()} == dict(
            zip(zip(rows.tolist(), cols.tolist(), strict=True), values.tolist(), strict=True)
        )
        A.figure().check()
    twice = MaxPlus(ca.Conv([[[5, 7, 1]]], padding=1, padding_mode="replicate").matrix((1, 3)))
    assert source_of(twice).entries([0], [0])[0, 0].value == 7
    assert "a dot is −∞" in twice.figure().scene.description


def test_places_of_boxes():
    assert shown_in((40,), 6) == shown(40, 6)
    assert shown_in((1, 40), 6) == shown(40, 6)
    assert shown_in((3, 4), 6) == tuple(range(12))
    assert shown_in((3, 40), 6) == (0, 1, GAP, 38, 39, 40, 41, GAP, 78, 79, 80, 81, GAP, 118, 119)
    assert shown_in((4, 40), 6, must=[50]) == (0, 1, GAP, 38, 39, GAP, 50, GAP, 120, 121, GAP, 158, 159)
    assert len(shown_in((64, 64, 64), 6)) == 2 * 2 * 4 + 7


@given(st.integers(20, 60), st.lists(st.sampled_from([-19, -9, -4, -1, 0, 1, 3, 8, 15]), max_size=4), st.integers(1, 3))
def test_dots_stand_where_something_is_hidden(n, offsets, stride):
    """Never where nothing is; always where the row or the column that is shown goes on."""
    dense = np.zeros((n, n), dtype=int)
    for offset in offsets:
        for i in range(n):
            if 0 <= stride * i + offset < n:
                dense[i, stride * i + offset] = 1
    op = ca.matrix(dense)
    part = cut(op, 8)
    found = hidden(part, source_of(op))
    spans = [
        [range(side[p - 1] + 1, side[p + 1]) if place == GAP else [place] for p, place in enumerate(side)]
        for side in (part.rows, part.cols)
    ]
    for p, rows in enumerate(spans[0]):
        for q, cols in enumerate(spans[1]):
            full = dense[np.ix_([*rows], [*cols])].any() and part.is_gap(p, q)
            assert ((p, q) in found) <= full
            if GAP not in (part.rows[p], part.cols[q]) or part.rows[p] != part.cols[q]:
                assert ((p, q) in found) == full


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect"])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("taps", [1, 2, 3])
def test_the_rows_read_of_large_blocks_tell_every_block(taps, stride, mode):
    layer = ca.Conv(ca.abstract((1, 1, 2, taps)), stride=stride, padding=(1, 2), padding_mode=mode)
    for op in (layer.matrix((1, 7, 70)), layer.matrix((1, 7, 70)).T):
        blocks, pattern = Blocks(op), op.pattern()
        (tall, wide), rows = blocks.size, range(blocks.shape[0])
        true = {}
        for row, col, tap in zip(pattern.rows // tall, pattern.cols // wide, pattern.taps // taps, strict=True):
            true.setdefault((row, col), set()).add(tap)
        seen = blocks.entries(rows, range(blocks.shape[1]))
        assert {place: {*entry.keys} for place, entry in seen.items()} == true
        assert {*zip(*(side.tolist() for side in blocks.filled(rows)), strict=True)} == true.keys()


def test_wanted_columns_are_found_near_and_far():
    for values in (np.array([5, 0, 7, 7]), np.array([10**9, 3, 10**12])):
        wanted = values[1:3]
        assert _among(values, wanted).tolist() == np.isin(values, wanted).tolist()
    assert _among(values[:0], wanted).tolist() == []
