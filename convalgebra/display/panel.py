"""A part of a matrix as a panel: cells, zeros, block lines, brackets, names, dots, highlighted rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from convalgebra.display import frame
from convalgebra.display.excerpt import GAP, Excerpt, Source
from convalgebra.display.look import COMMON_SIZE, FILLED, LABEL_SIZE, LEAST_SIZE, Look, drawn, gaps_of, rects_of
from convalgebra.display.scene import CELL, Dots, Mark, Panel, Rects, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.display.label import Label

UNIT = 6.0  # mm: the side of a labelled cell
MOST_UNIT = 2 * UNIT  # where labels are long
SHEET = 120.0  # mm: the longest side of a matrix
LABELLED = 20  # rows and columns up to which cells carry labels

Boxes = tuple[tuple[int, ...], tuple[int, ...]]


class Marked(NamedTuple):
    """The highlighted rows and columns."""

    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()


UNMARKED = Marked()


@dataclass(frozen=True)
class Frame:
    """What stands around a panel: lines between the blocks of the boxes, names of places by letter, in what size."""

    boxes: Boxes | None = None
    letters: tuple[str, str] | None = ("y", "x")
    scale: float = 1.0


def side_for(part: Excerpt, look: Look, most: float) -> float:
    """The side of a cell in mm: the usual one, or more where long labels need it, at most `most`."""
    if look.labels == "none" or most <= UNIT:
        return UNIT
    widths = {look.written(entry).width for _, entry in drawn(part)}
    readable = [width for width in widths if width * LEAST_SIZE * UNIT <= CELL * most]
    wanted = max(readable, default=0.0) * COMMON_SIZE * UNIT / FILLED
    return min(max(UNIT, ceil(2 * wanted) / 2), most)


def panel_of(part: Excerpt, look: Look, around: Frame, marked: Marked = UNMARKED) -> Panel:
    """The panel of a part of a matrix; the `marked` rows and columns lie on a band of colour."""
    height, width = len(part.rows), len(part.cols)
    lines = frame.rules(part.rows, part.cols, *around.boxes) if around.boxes else []
    over: list[Mark] = [*lines, *gaps_of(part, look), frame.brackets(height, width, around.scale)]
    if around.boxes and around.letters:
        over += _axis_labels(part, around.boxes, around.letters, around.scale, marked)
    under = (*_bands(part, marked), Dots(_kept(part.cols), _kept(part.rows)))
    return Panel(rects_of(part, look), under, tuple(over), rows=part.rows, cols=part.cols)


def _kept(places: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(k for k, place in enumerate(places) if place != GAP)


def _axis_labels(part: Excerpt, boxes: Boxes, letters: tuple[str, str], scale: float, marked: Marked) -> list[Mark]:
    """The columns above, highlighted ones below; the rows at the right, or left of highlighted ones, which take it."""
    (row_box, col_box), (row_letter, col_letter) = boxes, letters
    right = len(part.cols) - 0.5 + 0.45 * scale
    low, size = len(part.rows) - 0.5 + 0.5 * scale, LABEL_SIZE * scale
    columns = frame.column_labels(frame.names(col_box, part.cols, col_letter, LABELLED), scale)
    for col in marked.cols:
        columns.append(Text((part.cols.index(col), low), frame.place_name(col_box, col, col_letter), "cv text", size))
    rows = frame.names(row_box, part.rows, row_letter, LABELLED)
    if not marked.rows:
        return columns + frame.row_labels(rows, right, scale, "start")
    named = [(part.rows.index(row), frame.place_name(row_box, row, row_letter)) for row in marked.rows]
    bold: list[Mark] = [Text((right, y), label, "cv text", size, "start") for y, label in named]
    return [*columns, *frame.row_labels(rows, -0.5 - 0.45 * scale, scale, "end"), *bold]


def _bands(part: Excerpt, marked: Marked) -> list[Mark]:
    """A band under each highlighted row and column."""
    height, width = len(part.rows), len(part.cols)
    across = tuple(((width - 1) / 2, part.rows.index(row)) for row in marked.rows)
    down = tuple((part.cols.index(col), (height - 1) / 2) for col in marked.cols)
    bands = (
        Rects(across, "cv row", width=width + 0.1, height=1.06),
        Rects(down, "cv row", width=1.06, height=height + 0.1),
    )
    return [band for band in bands if band.places]


def also_shown(source: Source, turned: Callable[[], Source], marked: Marked, most: int) -> Marked:
    """The highlighted lines, and those that they meet, which are shown too while they are few; `turned` transposes."""
    rows, cols = marked
    met = lines_read(turned(), cols, most) if cols else []
    return Marked((*rows, *met), (*cols, *lines_read(source, rows, most)))


def lines_read(source: Source, rows: tuple[int, ...], most: int) -> list[int]:
    """The columns in which the rows have entries, while they are few."""
    cols = sorted({col for _, col in source.entries(rows, range(source.shape[1]))}) if rows else []
    return cols if len(cols) <= most else []


def named(panel: Panel, label: Label, scale: float = 1.0) -> Panel:
    """The panel with a label left of its bracket."""
    at = (panel.bounds[0] - 0.3 * scale, (len(panel.rows) - 1) / 2)
    return replace(panel, over=(*panel.over, Text(at, label, "cv text", 0.6 * scale, "end")))
