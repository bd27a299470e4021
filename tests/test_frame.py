"""What stands around a matrix."""

from __future__ import annotations

from itertools import pairwise

import pytest

from convalgebra.display.excerpt import GAP
from convalgebra.display.frame import brackets, column_labels, grid, names, place_name, row_labels, rules
from convalgebra.display.label import Label
from convalgebra.display.scene import mark_bounds


def texts(named):
    return [(at, label.text) for at, label in named]


def test_places_of_one_axis_are_named_by_number():
    assert texts(names((4,), (0, 1, 2, 3), "x", 16)) == [(k, f"x_{{{k}}}") for k in range(4)]


def test_a_gap_is_three_dots():
    assert texts(names((99,), (0, GAP, 98), "x", 16)) == [(0, "x_{0}"), (1, "⋯"), (2, "x_{98}")]


def test_blocks_are_named_in_their_middle():
    assert texts(names((1, 2, 3), range(6), "y", 16)) == [(1, "y_{0,·}"), (4, "y_{1,·}")]
    assert texts(names((2, 2, 2), range(8), "y", 16))[-1] == (6.5, "y_{11,·}")


def test_many_places_are_named_at_intervals():
    assert [at for at, _ in names((64,), range(64), "x", 16)] == list(range(0, 64, 4))


@pytest.mark.parametrize(
    ("box", "place", "name"),
    [
        ((1, 4, 4), 6, "y_{12}"),
        ((2, 4, 4), 22, "y_{112}"),
        ((9,), 8, "y_{8}"),
        ((1, 20, 20), 21, "y_{1,1}"),
        ((5,), GAP, "⋯"),
    ],
)
def test_names_of_places(box, place, name):
    assert place_name(box, place, "y").text == name


def test_without_a_letter_the_number_stands_alone():
    assert place_name((5,), 3, "").text == "3"


def test_lines_stand_between_blocks_and_heavier_ones_between_channels():
    marks = {mark.style: mark.paths for mark in rules(range(8), range(3), (2, 2, 2), (3,))}
    assert [path[0][1] for path in marks["cv rule"]] == [1.5, 3.5, 5.5]
    assert [path[0][1] for path in marks["cv part"]] == [3.5]
    assert rules(range(3), range(3), (3,), (3,)) == []


def test_lines_follow_the_shown_places():
    (mark,) = rules((0, 1, 2, 3, GAP, 98, 99), (0,), (50, 2), (1,))
    assert [path[0][1] for path in mark.paths] == [1.5, 4.5]


def test_brackets_enclose_the_cells():
    left, top, right, bottom = mark_bounds(brackets(3, 5, 1.0))
    assert left < -0.5 < 4.5 < right
    assert top < -0.5 < 2.5 < bottom
    assert mark_bounds(grid(3, 5)) == (-0.5, -0.5, 4.5, 2.5)


def test_labels_that_would_touch_are_left_out():
    wide = [(k, Label.math("x_{123456}")) for k in range(6)]
    kept = column_labels(wide, 1.0)
    assert 0 < len(kept) < 6
    for a, b in pairwise(kept):
        assert mark_bounds(a)[2] <= mark_bounds(b)[0]
    assert len(row_labels([(0, wide[0][1]), (0.1, wide[1][1]), (2, wide[2][1])], 3, 1.0, "start")) == 2


def test_beside_the_rows_dots_stand_upright():
    assert row_labels([(1, Label.math("⋯"))], 3, 1.0, "start")[0].label.text == "⋮"
