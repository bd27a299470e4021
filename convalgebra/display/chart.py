"""Charts: axes with their numbers, curves and their names, the parts of pictures that are no matrices."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from convalgebra.algebra.indexing import choice
from convalgebra.display.figure import Figure
from convalgebra.display.label import Label
from convalgebra.display.look import Drawing
from convalgebra.display.matrix_figure import with_title
from convalgebra.display.palette import THEMES, Paint, Style, fixed_styles, tap_style
from convalgebra.display.panel import UNIT
from convalgebra.display.scene import Beads, Lines, Panel, Scene, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convalgebra.display.scene import Mark, Point

SIDE = 11.0  # cells: the longer side of a picture
WIDTH, HEIGHT = 1.4 * SIDE, 0.8 * SIDE  # of curves
TICKS, SIZE = 5, 0.42
DRAWN = 400  # points of all curves; of longer ones, so many
DASHES = (None, (4.0, 2.0), (1.0, 1.5), (6.0, 1.5), (2.0, 2.0), (5.0, 1.0), (3.0, 3.0))


@dataclass(frozen=True)
class Axis:
    """The numbers from `low` to `high` along a line of the picture, `cells` to a unit."""

    low: float
    high: float
    cells: float

    @classmethod
    def around(cls, values: Iterable[float], length: float) -> Axis:
        """The axis of this length from the smallest of the values to the largest."""
        known = [*values]
        return cls(min(known), max(known), length / ((max(known) - min(known)) or 1))

    def at(self, value: float) -> float:
        """Where a number lies, in cells from the low end."""
        return (value - self.low) * self.cells

    def ticks(self) -> list[float]:
        """Round numbers, about five."""
        rough = ((self.high - self.low) or 1) / TICKS
        decade = 10.0 ** floor(log10(rough))
        step = next(m * decade for m in (1, 2, 5, 10) if m * decade >= rough * 0.999)
        return [step * k for k in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]


def drawn(across: Axis, up: Axis, lines: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[Mark]:
    """Each line of numbers (xs, ys) with its points where they can be told apart; of long ones, some of them."""
    marks: list[Mark] = []
    for k, (xs, ys) in enumerate(lines):
        points = tuple((across.at(xs[i]), -up.at(ys[i])) for i in _thinned(len(xs), DRAWN // len(lines)))
        marks.append(Lines((points,), f"w{k} line"))
        marks += [Beads(points, f"w{k} on", 0.09)] if len(points) <= 4 * SIDE else []
    return marks


def _thinned(count: int, most: int) -> list[int]:
    """The numbers drawn of so many: all, or some at even distances, both ends among them."""
    return list(range(count)) if count <= most else [round(k * (count - 1) / (most - 1)) for k in range(most)]


def key(names: Sequence[str], left: float) -> list[Mark]:
    """The names of the curves at `left`, from the top down, a piece of each curve before its name."""
    marks: list[Mark] = []
    for k, name in enumerate(names):
        y = 0.75 * k - HEIGHT
        marks.append(Lines((((left - 1.3, y), (left - 0.3, y)),), f"w{k} line"))
        marks.append(Text((left, y), Label.plain(name), "cv text", SIZE, "start"))
    return marks


def axes(across: Axis, up: Axis, room: float, names: tuple[str, str]) -> list[Mark]:
    """Two axes below and left of the picture, `room` cells away, with their ticks, numbers and names."""
    right, left, top, bottom = across.at(across.high) + room, -room, -up.at(up.high) - room, room
    lines: list[tuple[Point, ...]] = [((left, top), (left, bottom), (right, bottom))]
    marks: list[Mark] = []
    for tick in across.ticks():
        x = across.at(tick)
        lines.append(((x, bottom), (x, bottom + 0.15)))
        marks.append(Text((x, bottom + 0.5), _number(tick), "cv axis", SIZE))
    for tick in up.ticks():
        y = -up.at(tick)
        lines.append(((left - 0.15, y), (left, y)))
        marks.append(Text((left - 0.3, y), _number(tick), "cv axis", SIZE, "end"))
    below, above = map(Label.math, names)
    return [
        Lines(tuple(lines), "cv edge"),
        *marks,
        Text((right + 0.3, bottom), below, "cv name", SIZE, "start"),
        Text((left, top - 0.45), above, "cv name", SIZE),
    ]


def _number(value: float) -> Label:
    return Label.math(f"{value:.6g}".replace("-", "−"))


def chart_styles(theme: str, count: int) -> dict[str, Style]:
    """The fixed styles, and for each curve its line and its points; dashes tell curves apart in grey print."""
    fixed = fixed_styles(choice(theme, "theme", THEMES))
    strokes = [tap_style((k, 0), (count, 1), "okabe-ito").stroke for k in range(count)]
    paints = [fixed["cv bracket"].stroke] * count if theme == "print" else strokes
    lines = {f"w{k} line": Style(stroke=paint, width=1.0, dash=DASHES[k]) for k, paint in enumerate(paints)}
    discs = {f"w{k} on": Style(paint) for k, paint in enumerate(paints)}
    name, circle = Style(ink=Paint("black", 75)), Style(stroke=fixed["cv zero"].stroke, width=0.6, dash=(2, 1.5))
    return {**fixed, **lines, **discs, "cv name": name, "cv circle": circle}


def chart(
    under: Sequence[Mark], over: Sequence[Mark], styles: Mapping[str, Style], words: tuple[str, str], title: str
) -> Figure:
    """The figure of these marks, described in these words, with a title if there is one."""
    scene = Scene((Panel(under=tuple(under), over=tuple(over)),), styles, *words, UNIT)
    return Figure(with_title(Drawing(scene, (None,)), title))
