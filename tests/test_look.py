"""How entries become cells."""

from __future__ import annotations

import pytest

import convalgebra as ca
from convalgebra.display.excerpt import GAP, Entry, excerpt, source_of
from convalgebra.display.look import LABEL_SIZE, LEAST_SIZE, all_styles, gaps_of, look_at, rects_of
from convalgebra.display.scene import CELL, MERGED

W = ca.symbols("w", 3)


def part_of(op, rows=None, cols=None):
    return excerpt(source_of(op), rows or tuple(range(op.shape[0])), cols or tuple(range(op.shape[1])))


def drawn(op, labels="values"):
    part = part_of(op)
    return rects_of(part, look_at(source_of(op), part, labels, "okabe-ito"))


def test_each_weight_is_one_mark():
    marks = drawn(ca.convolution_matrix(W, 5, mode="valid", op="correlation"))
    assert [(mark.style, mark.label.text, mark.places) for mark in marks] == [
        (f"w{t}", f"w{t}", tuple((k + t, k) for k in range(3))) for t in range(3)
    ]


def test_weights_that_add_up_are_stripes_with_their_sum():
    marks = drawn(ca.Conv(W[None, None], padding=1, padding_mode="reflect").matrix((1, 3)))
    merged = [mark for mark in marks if mark.style == MERGED]
    assert [mark.label.text for mark in merged] == ["w0+w2"]
    stripes = [mark for mark in marks if mark.width < CELL]
    assert [mark.style for mark in stripes] == ["w0", "w2"]
    for (x, y), place in zip(merged[0].places, stripes[0].places, strict=True):
        assert place == pytest.approx((x - CELL / 4, y))


def test_sums_too_long_to_read_are_a_sign():
    w = ca.symbols("weight", (3, 3))[None, None]
    op = ca.Conv(w, padding=1, padding_mode="reflect").matrix((1, 2, 2))
    look = look_at(source_of(op), part_of(op), "values", "okabe-ito")
    assert {look.label(entry).text for entry in part_of(op).entries.values() if len(entry.keys) == 4} == {"Σ"}


def test_entries_too_long_to_read_stay_blank():
    op = ca.matrix([[123456789012]])
    look = look_at(source_of(op), part_of(op), "values", "okabe-ito")
    assert look.label(Entry(("123456789012",), 123456789012)) is None


def test_labels_fit_their_cells():
    for mark in drawn(ca.matrix([[1, -0.125], [22, 3333]])):
        assert mark.label.width * mark.size <= CELL
        assert LEAST_SIZE * 0.9 <= mark.size <= LABEL_SIZE


def test_weights_can_be_named_by_their_place():
    op = ca.Conv([[[7, 8, 9]]], padding=1, padding_mode="reflect").matrix((1, 3))
    assert {mark.label.text for mark in drawn(op, "taps") if mark.label} == {"w_{0}", "w_{1}", "w_{2}", "w_{0} + w_{2}"}
    assert all(mark.label is None for mark in drawn(op, "none"))


def test_dots_have_the_colour_of_their_band():
    op = ca.circulant([1, 2] + [0] * 27 + [3])
    part = part_of(op, (0, 1, 2, GAP, 29), (0, 1, 2, GAP, 29))
    look = look_at(source_of(op), part, "none", "okabe-ito")
    marks = {mark.style: mark.places for mark in gaps_of(part, look)}
    assert (3, 3) in marks["w1 on"]
    assert (2, 3) in marks["w2 on"]
    assert (3, 2) in marks["w0 on"]
    assert {*marks} <= {*all_styles("okabe-ito", look)}


def test_truth_is_read_anew():
    op = ca.circulant([5, 6, 0])
    part = part_of(op)
    look = look_at(source_of(op), part, "values", "okabe-ito")
    assert look.truth(range(2), (0, GAP)) == {(0, 0): (("w0",), "5"), (1, 0): (("w1",), "6")}
