"""Charts: axes whose ticks are round numbers within their ends, curves thinned evenly."""

from __future__ import annotations

import pytest

from convalgebra.display.chart import DRAWN, HEIGHT, SIDE, Axis, axes, drawn, key
from convalgebra.display.curve_figure import Doubling
from convalgebra.display.scene import Beads, Lines, Text


@pytest.mark.parametrize("kind", [Axis, Doubling])
@pytest.mark.parametrize("values", [[1, 9, 4], [1024], [0.125, 3000]])
def test_an_axis_reaches_around_its_values(kind, values):
    axis = kind.around(iter(values), 10)
    assert (axis.low, axis.high) == (min(values), max(values))
    assert axis.at(axis.low) == 0
    assert axis.at(axis.high) == pytest.approx(10 if len(values) > 1 else 0)
    assert all(-1e-6 < axis.at(tick) < 10 + 1e-6 for tick in axis.ticks())


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(0, 10, [0, 2, 4, 6, 8, 10]), (-1, 1, [-1, -0.5, 0, 0.5, 1]), (3, 3, [3])]
)
def test_ticks_are_round(low, high, ticks):
    assert Axis(low, high, 1).ticks() == pytest.approx(ticks)


def test_each_tick_has_a_number_at_its_place():
    across, up = Axis(0, 10, 2), Axis(-1, 1, 3)
    numbers = [m for m in axes(across, up, 0.5, ("k", "y")) if isinstance(m, Text) and m.style == "cv axis"]
    below = {m.label.text: m.at[0] for m in numbers if m.anchor == "middle"}
    beside = {m.label.text: m.at[1] for m in numbers if m.anchor == "end"}
    assert below == {str(k): 2 * k for k in range(0, 11, 2)}
    assert beside == {"−1": 0, "−0.5": -1.5, "0": -3, "0.5": -4.5, "1": -6}


def test_curves_share_the_points_and_keep_their_ends():
    line = (range(1000), range(1000))
    marks = drawn(Axis(0, 999, 1), Axis(0, 999, 1), [line, ([0, 1], [5, 7])])
    (long,), (short,) = (m.paths for m in marks if isinstance(m, Lines))
    assert (len(long), long[0], long[-1]) == (DRAWN // 2, (0, 0), (999, -999))
    assert [m.places for m in marks if isinstance(m, Beads)] == [short] == [((0, -5), (1, -7))]


def test_the_key_names_the_curves_from_the_top_down():
    marks = key(["a", "b"], SIDE)
    assert [(m.label.text, m.at) for m in marks if isinstance(m, Text)] == [
        ("a", (SIDE, -HEIGHT)),
        ("b", (SIDE, 0.75 - HEIGHT)),
    ]
    assert all(x < SIDE for m in marks if isinstance(m, Lines) for path in m.paths for x, _ in path)
