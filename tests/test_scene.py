"""A scene is data: its boxes, its arrangement, and what its cells say."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convalgebra.display.label import Label
from convalgebra.display.palette import STYLES
from convalgebra.display.scene import (
    MERGED,
    Beads,
    Dots,
    Fan,
    Lines,
    Panel,
    Rects,
    Scene,
    Text,
    mark_bounds,
    runs,
    scaled,
    side_by_side,
    stacked,
)

ONE = Label.math("1")


@pytest.mark.parametrize(
    ("mark", "bounds"),
    [
        (Rects(((0, 0), (3, 2)), "cv unit", width=1, height=1), (-0.5, -0.5, 3.5, 2.5)),
        (Dots((0, 1, 4), (0, 2)), (-0.1, -0.1, 4.1, 2.1)),
        (Beads(((1, 1),), "cv more", 0.25), (0.75, 0.75, 1.25, 1.25)),
        (Lines((((0, 0), (2, 1)), ((-1, 3), (0, 0))), "cv rule"), (-1, 0, 2, 3)),
        (Fan(((0, 0), (1, 2), (3, -1))), (0, -1, 3, 2)),
    ],
)
def test_bounds(mark, bounds):
    assert mark_bounds(mark) == pytest.approx(bounds)


def test_text_grows_away_from_its_anchor():
    start, middle, end = (mark_bounds(Text((0, 0), Label.plain("words"), anchor=a)) for a in ("start", "middle", "end"))
    assert start[0] == 0
    assert end[2] == pytest.approx(0)
    assert middle[0] == pytest.approx(-middle[2])


def test_scenes_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Scene(()).title = "other"


def test_cells_are_read_by_their_place():
    cells = (
        Rects(((0, 0), (2, 1)), "w0", ONE),
        Rects(((0.77, 0),), "w1", width=0.46),
        Rects(((1.23, 0),), "w2", width=0.46),
        Rects(((1, 0),), MERGED, Label.math("Σ")),
    )
    panel = Panel(cells, rows=(5, 9), cols=(3, -1, 7))
    assert panel.read() == {(5, 3): (("w0",), "1"), (9, 7): (("w0",), "1"), (5, -1): (("w1", "w2"), "Σ")}


@given(st.floats(0.2, 5))
def test_a_larger_drawing_says_the_same(factor):
    panel = Panel((Rects(((0, 0), (2, 1)), "w0", ONE),), rows=(0, 1), cols=(0, 1, 2), origin=(1, 2))
    scene = Scene((panel,))
    large = scaled(scene, factor)
    assert large.panels[0].read() == panel.read()
    assert large.bounds == pytest.approx([factor * side for side in scene.bounds])


def test_every_kind_of_mark_is_scaled():
    marks = (
        Rects(((1, 1),), "cv unit"), Dots((0, 1), (2,)), Beads(((1, 0),), "cv more"), Text((1, 2), ONE),
        Lines((((0, 0), (1, 1)),), "cv rule"), Fan(((0, 0), (1, 0), (1, 1))),
    )  # fmt: skip
    for mark in marks:
        before, after = Scene((Panel(over=(mark,)),)), scaled(Scene((Panel(over=(mark,)),)), 2)
        if not isinstance(mark, Dots):
            assert after.bounds == pytest.approx([2 * side for side in before.bounds])
        assert scaled(after, 0.5) == before


def box(width, height):
    return Scene((Panel(over=(Rects(((0, 0),), "cv unit", width=width, height=height),)),))


def placed(panel):
    left, top, right, bottom = panel.bounds
    return left + panel.origin[0], top + panel.origin[1], right + panel.origin[0], bottom + panel.origin[1]


def test_side_by_side_and_stacked_leave_the_gap():
    a, b = map(placed, side_by_side([box(2, 6), box(4, 2)], gap=0.5))
    assert b[0] - a[2] == pytest.approx(0.5)
    assert (a[1] + a[3]) / 2 == pytest.approx((b[1] + b[3]) / 2)
    a, b = map(placed, stacked([box(2, 6), box(4, 2)], gap=0.5))
    assert b[1] - a[3] == pytest.approx(0.5)
    assert (a[0] + a[2]) / 2 == pytest.approx((b[0] + b[2]) / 2)


def test_only_used_styles_are_listed():
    assert list(box(1, 1).used) == ["cv unit"]
    assert box(1, 1).used["cv unit"] is STYLES["cv unit"]


@given(st.sets(st.integers(0, 30)))
def test_runs_cover_their_members(xs):
    assert [x + k for x, length in runs(sorted(xs)) for k in range(length)] == sorted(xs)
