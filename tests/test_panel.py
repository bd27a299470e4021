"""A part of a matrix as a panel."""

from __future__ import annotations

import convalgebra as ca
from convalgebra.display.excerpt import GAP, excerpt, source_of
from convalgebra.display.label import Label
from convalgebra.display.look import look_at
from convalgebra.display.panel import Frame, Marked, also_shown, lines_read, named, panel_of
from convalgebra.display.scene import Dots, Rects, Text, mark_bounds

OP = ca.convolution_matrix([1, 2, 3], 40, mode="same")
PART = excerpt(source_of(OP), (0, 1, GAP, 39), (0, 1, GAP, 39))
LOOK = look_at(source_of(OP), PART, "values", "okabe-ito")


def texts(panel, style):
    return [mark.label.text for mark in panel.over if isinstance(mark, Text) and mark.style == style]


def test_zeros_are_dots_where_rows_and_columns_are_shown():
    panel = panel_of(PART, LOOK, Frame(OP.boxes))
    assert Dots((0, 1, 3), (0, 1, 3)) in panel.under
    assert (panel.rows, panel.cols) == (PART.rows, PART.cols)


def test_columns_are_named_above_and_rows_at_the_right():
    panel = panel_of(PART, LOOK, Frame(OP.boxes))
    assert texts(panel, "cv axis") == ["x_{0}", "x_{1}", "⋯", "x_{39}", "y_{0}", "y_{1}", "⋮", "y_{39}"]
    assert texts(panel_of(PART, LOOK, Frame(OP.boxes, None)), "cv axis") == []


def test_highlighted_rows_lie_on_a_band_and_are_named_at_the_right():
    panel = panel_of(PART, LOOK, Frame(OP.boxes), Marked(rows=(1, 39)))
    (band,) = [mark for mark in panel.under if isinstance(mark, Rects)]
    assert [y for _, y in band.places] == [1, 3]
    assert mark_bounds(band)[0] < -0.5 < 3.5 < mark_bounds(band)[2]
    assert texts(panel, "cv text") == ["y_{1}", "y_{39}"]
    assert all(mark.at[0] < 0 for mark in panel.over if isinstance(mark, Text) and mark.anchor == "end")


def test_highlighted_columns_lie_on_a_band_and_are_named_below():
    panel = panel_of(PART, LOOK, Frame(OP.boxes), Marked(cols=(39,)))
    (band,) = [mark for mark in panel.under if isinstance(mark, Rects)]
    assert [x for x, _ in band.places] == [3]
    assert mark_bounds(band)[1] < -0.5 < 3.5 < mark_bounds(band)[3]
    (name,) = [mark for mark in panel.over if isinstance(mark, Text) and mark.style == "cv text"]
    assert name.label.text == "x_{39}"
    assert name.at[0] == 3
    assert name.at[1] > 3.5


def test_the_name_stands_left_of_everything():
    plain = panel_of(PART, LOOK, Frame())
    panel = named(plain, Label.math("A ="))
    text = panel.over[-1]
    assert mark_bounds(text)[2] < plain.bounds[0]
    assert text.at[1] == 1.5


def test_the_columns_of_highlighted_rows_are_shown_while_they_are_few():
    assert lines_read(source_of(OP), (20,), 12) == [19, 20, 21]
    assert lines_read(source_of(OP), (20,), 2) == []
    assert lines_read(source_of(OP), (), 12) == []


def test_the_rows_of_highlighted_columns_too():
    marked = Marked(rows=(3,), cols=(20,))
    shown = also_shown(source_of(OP), lambda: source_of(OP.T), marked, 12)
    assert shown == ((3, 19, 20, 21), (20, 2, 3, 4))
