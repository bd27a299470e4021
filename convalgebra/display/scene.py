"""A scene: rectangles, dots, texts, lines and fans in cell units, as frozen data that emitters write and tests read.

A panel has its own coordinates: the cell of shown row p and shown column q is centred at x = q, y = p.  A mark that
repeats, like the cells of one weight, is one mark with many places: sharing is visible in the data and in the source.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from convalgebra.display.palette import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from convalgebra.display.label import Label
    from convalgebra.display.palette import Style

Point: TypeAlias = tuple[float, float]
Bounds: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom
CELL = 0.92  # the side of a drawn cell
MERGED = "cv merged"  # the outline of a cell where several weights add up


@dataclass(frozen=True)
class Rects:
    """Equal rectangles centred at the places, with one label in each; `size` is the label's height in cells."""

    places: tuple[Point, ...]
    style: str
    label: Label | None = None
    size: float = 0.5
    width: float = CELL
    height: float = CELL


@dataclass(frozen=True)
class Dots:
    """A dot at every crossing of the columns xs and the rows ys."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    style: str = "cv zero"


@dataclass(frozen=True)
class Beads:
    """Discs centred at the places."""

    places: tuple[Point, ...]
    style: str
    radius: float = 0.05


@dataclass(frozen=True)
class Text:
    """A label at a place; `anchor` is the side of the text that lies there: "middle", "start" or "end"."""

    at: Point
    label: Label
    style: str = "cv text"
    size: float = 0.5
    anchor: str = "middle"


@dataclass(frozen=True)
class Lines:
    """Open polylines."""

    paths: tuple[tuple[Point, ...], ...]
    style: str


@dataclass(frozen=True)
class Fan:
    """A filled polygon: the beam from a window to its output."""

    points: tuple[Point, ...]
    style: str = "cv fan"


Mark: TypeAlias = Rects | Dots | Beads | Text | Lines | Fan


@dataclass(frozen=True)
class Panel:
    """Cells, and marks under and over them; `rows` and `cols` say which row and column of a matrix each place shows.

    Neighbouring places are `step` cell units apart.  A panel that lies on the `ground` is drawn in isometric view.
    """

    cells: tuple[Rects, ...] = ()
    under: tuple[Mark, ...] = ()
    over: tuple[Mark, ...] = ()
    origin: Point = (0, 0)
    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()
    step: float = 1
    ground: bool = False

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks in the order and the view in which they are drawn."""
        marks = (*self.under, *self.cells, *self.over)
        return tuple(lying for mark in marks for lying in _lying(mark)) if self.ground else marks

    @cached_property
    def bounds(self) -> Bounds:
        """The box around all marks, in the panel's own coordinates."""
        return hull(map(mark_bounds, self.marks))

    def read(self) -> dict[tuple[int, int], tuple[tuple[str, ...], str]]:
        """What the drawn cells say: for each (row, column), the styles from left to right and the label."""
        found: dict[tuple[int, int], list[tuple[float, str, str]]] = {}
        for mark in self.cells:
            text = mark.label.text if mark.label else ""
            for x, y in mark.places:
                place = (self.rows[round(y / self.step)], self.cols[round(x / self.step)])
                found.setdefault(place, []).append((x, mark.style, text))
        return {place: _spoken(sorted(parts)) for place, parts in found.items()}


def _spoken(parts: list[tuple[float, str, str]]) -> tuple[tuple[str, ...], str]:
    return tuple(style for _, style, _ in parts if style != MERGED), "".join(text for *_, text in parts)


@dataclass(frozen=True)
class Scene:
    """Panels, the styles they name, and words for those who do not see it; `unit` is the side of a cell in mm."""

    panels: tuple[Panel, ...]
    styles: Mapping[str, Style] = field(default_factory=lambda: STYLES)
    title: str = ""
    description: str = ""
    unit: float = 6.0

    @cached_property
    def bounds(self) -> Bounds:
        """The box around all panels."""
        return hull(moved(panel.bounds, panel.origin) for panel in self.panels)

    @property
    def used(self) -> dict[str, Style]:
        """The styles that a mark names, in order of first use."""
        names = dict.fromkeys(mark.style for panel in self.panels for mark in panel.marks)
        return {name: self.styles[name] for name in names}


def isometric(point: Point) -> Point:
    """Where a point of the ground is drawn.

    >>> isometric((1, 1)), isometric((0, 2))
    ((0.0, 1.0), (-1.732, 1.0))
    """
    x, y = point
    return (x - y) * 0.866, (x + y) / 2


def _lying(mark: Mark) -> Iterator[Mark]:
    """The mark in isometric view: rectangles become polygons, texts stay upright."""
    if isinstance(mark, Rects):
        right, down = mark.width / 2, mark.height / 2
        corners = ((-right, -down), (right, -down), (right, down), (-right, down))
        for x, y in mark.places:
            yield Fan(tuple(isometric((x + dx, y + dy)) for dx, dy in corners), mark.style)
        yield from (Text(isometric(at), mark.label, "cv text", mark.size) for at in mark.places if mark.label)
    elif isinstance(mark, Text):
        yield replace(mark, at=isometric(mark.at))
    elif isinstance(mark, Lines):
        yield replace(mark, paths=tuple(tuple(map(isometric, path)) for path in mark.paths))
    elif isinstance(mark, Fan):
        yield replace(mark, points=tuple(map(isometric, mark.points)))
    elif isinstance(mark, Beads):
        yield replace(mark, places=tuple(map(isometric, mark.places)))
    else:
        yield Beads(tuple(isometric((x, y)) for y in mark.ys for x in mark.xs), "cv more")


def hull(boxes: Iterable[Bounds]) -> Bounds:
    """The smallest box around the boxes.

    >>> hull([(0, 0, 1, 1), (2, -1, 3, 0)])
    (0, -1, 3, 1)
    """
    sides = list(zip(*boxes, strict=True)) or [(0.0,)] * 4
    return min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])


def moved(bounds: Bounds, by: Point) -> Bounds:
    """The box, shifted."""
    (left, top, right, bottom), (x, y) = bounds, by
    return left + x, top + y, right + x, bottom + y


def mark_bounds(mark: Mark) -> Bounds:
    """The box around one mark; text by its estimated width."""
    if isinstance(mark, Rects):
        return _around(mark.places, mark.width / 2, mark.height / 2)
    if isinstance(mark, Text):
        return _text_bounds(mark)
    if isinstance(mark, Beads):
        return _around(mark.places, mark.radius, mark.radius)
    if isinstance(mark, Dots):
        return _around([(x, y) for x in mark.xs[:1] + mark.xs[-1:] for y in mark.ys[:1] + mark.ys[-1:]], 0.1, 0.1)
    points = mark.points if isinstance(mark, Fan) else [p for path in mark.paths for p in path]
    return _around(points, 0, 0)


def _around(points: Iterable[Point], dx: float, dy: float) -> Bounds:
    return hull((x - dx, y - dy, x + dx, y + dy) for x, y in points)


def _text_bounds(text: Text) -> Bounds:
    width, (x, y) = text.label.width * text.size, text.at
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    return left, y - 0.6 * text.size, left + width, y + 0.6 * text.size


def text_kind(mark: Mark) -> tuple[str, str, float] | None:
    """What neighbouring texts must share to be written together."""
    return (mark.style, mark.anchor, mark.size) if isinstance(mark, Text) else None


def runs(xs: Iterable[float]) -> Iterator[tuple[float, int]]:
    """(start, length) of the runs of neighbours.

    >>> list(runs([0, 1, 2, 5, 6]))
    [(0, 3), (5, 2)]
    """
    for _, run in groupby(enumerate(xs), key=lambda item: item[1] - item[0]):
        members = [x for _, x in run]
        yield members[0], len(members)


def scaled(scene: Scene, factor: float) -> Scene:
    """The scene drawn `factor` times as large in the same unit."""
    return replace(scene, panels=tuple(_scaled_panel(panel, factor) for panel in scene.panels))


def _scaled_panel(panel: Panel, factor: float) -> Panel:
    under, over = (tuple(_scaled(mark, factor) for mark in part) for part in (panel.under, panel.over))
    cells = tuple(_scaled_rects(mark, factor) for mark in panel.cells)
    origin = _times(panel.origin, factor)
    return replace(panel, under=under, cells=cells, over=over, origin=origin, step=panel.step * factor)


def _scaled(mark: Mark, factor: float) -> Mark:
    if isinstance(mark, Rects):
        return _scaled_rects(mark, factor)
    if isinstance(mark, Text):
        return replace(mark, at=_times(mark.at, factor), size=mark.size * factor)
    if isinstance(mark, Lines):
        return replace(mark, paths=tuple(tuple(_times(p, factor) for p in path) for path in mark.paths))
    if isinstance(mark, Fan):
        return replace(mark, points=tuple(_times(p, factor) for p in mark.points))
    if isinstance(mark, Beads):
        return replace(mark, places=tuple(_times(p, factor) for p in mark.places), radius=mark.radius * factor)
    return Dots(tuple(x * factor for x in mark.xs), tuple(y * factor for y in mark.ys), mark.style)


def _scaled_rects(mark: Rects, factor: float) -> Rects:
    places, size = tuple(_times(p, factor) for p in mark.places), mark.size * factor
    return replace(mark, places=places, size=size, width=mark.width * factor, height=mark.height * factor)


def _times(point: Point, factor: float) -> Point:
    return point[0] * factor, point[1] * factor


def side_by_side(scenes: Iterable[Scene], gap: float = 0.8) -> tuple[Panel, ...]:
    """The panels of several scenes from left to right, centred on one line."""
    return _strung(scenes, gap, across=True)


def stacked(scenes: Iterable[Scene], gap: float = 0.8) -> tuple[Panel, ...]:
    """The panels of several scenes from top to bottom, centred on one line."""
    return _strung(scenes, gap, across=False)


def _strung(scenes: Iterable[Scene], gap: float, *, across: bool) -> tuple[Panel, ...]:
    panels: list[Panel] = []
    edge = 0.0
    for scene in scenes:
        left, top, right, bottom = scene.bounds
        by = (edge - left, -(top + bottom) / 2) if across else (-(left + right) / 2, edge - top)
        panels += [replace(p, origin=(p.origin[0] + by[0], p.origin[1] + by[1])) for p in scene.panels]
        edge += (right - left if across else bottom - top) + gap
    return tuple(panels)
