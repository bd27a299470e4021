"""The output of a layer hovering over its input, with the beam from the window up to the output it becomes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from convalgebra.display.label import Label
from convalgebra.display.scene import Fan, Lines, Panel, Point, Text, isometric

if TYPE_CHECKING:
    from convalgebra.display.excerpt import Excerpt, Place
    from convalgebra.display.view import View

CLEAR = 0.6  # cells between the highest corner of the input and the lowest one of the output
NAME = 0.46  # the height of captions in cells


def hovering(view: View, part: Excerpt, source: Panel, target: Panel, scale: float) -> tuple[Panel, ...]:
    """The input on the ground, the beam, the output above, and the words for both."""
    down, up = _middle(view.window.shape), _middle(view.grid)
    lift = (sum(view.window.shape) + sum(view.grid)) / 4 + CLEAR
    origin = (down[0] - up[0], down[1] - up[1] - lift)
    target = replace(target, origin=origin)
    left, _, right, bottom = source.bounds
    _, _, edge, top = target.bounds
    words = (
        Text(((left + right) / 2, bottom + 0.6 * scale), Label.plain(view.input_words()), "cv text", NAME * scale),
        Text(
            (edge + origin[0] + 0.4 * scale, top / 2 + origin[1]),
            Label.plain(view.output_words()),
            "cv text",
            NAME * scale,
            "start",
        ),
    )
    return source, Panel(over=_beam(view, part, origin)), target, Panel(over=words)


def _middle(shape: Place) -> Point:
    height, width = shape
    return isometric(((width - 1) / 2, (height - 1) / 2))


def _beam(view: View, part: Excerpt, origin: Point) -> tuple[Fan | Lines, ...]:
    """The four sides, and their edges."""
    top, left, bottom, right = part.corners
    row, col = (0, *view.at)[-2:]
    low = _square(left - 0.5, top - 0.5, right + 0.5, bottom + 0.5)
    high = [(x + origin[0], y + origin[1]) for x, y in _square(col - 0.5, row - 0.5, col + 0.5, row + 0.5)]
    edges = [*zip(low, high, strict=True)]
    sides = (Fan((*first, *second[::-1]), "cv beam") for first, second in pairwise([*edges, edges[0]]))
    return *sides, Lines(tuple(edges), "cv ray")


def _square(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [isometric(corner) for corner in ((left, top), (right, top), (right, bottom), (left, bottom))]
