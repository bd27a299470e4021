"""A matrix as a scene: cells coloured by tap, zeros as dots, block lines, brackets, and dots that continue the bands.

| rows and columns up to | drawn |
|---|---|
| 20 | cells with labels |
| 64 | cells |
| 10^4 | blocks, one of them opened; the corners of a matrix without blocks |
| beyond | blocks in outline |
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import choice, integer
from convalgebra.algebra.semiring import MaxPlus
from convalgebra.display import naming
from convalgebra.display.block_figure import block_drawing
from convalgebra.display.excerpt import GAP, Excerpt, excerpt, shown, source_of
from convalgebra.display.label import Label, visible
from convalgebra.display.look import LABELS, Drawing, all_styles, look_at
from convalgebra.display.palette import THEMES
from convalgebra.display.panel import (
    LABELLED,
    MOST_UNIT,
    SHEET,
    UNIT,
    UNMARKED,
    Frame,
    Marked,
    also_shown,
    named,
    panel_of,
    side_for,
)
from convalgebra.display.scene import Panel, Scene, Text
from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convalgebra.display.excerpt import Key, Source
    from convalgebra.display.look import Look
    from convalgebra.display.palette import Style

PLAIN = 64  # rows and columns up to which every entry is drawn
MOST_CELLS = 2_048
NAME_LENGTH = 80  # characters of the name of a matrix
TITLE, TITLES = 60, 3  # characters of a line of the title, and lines
CORNERS = 12  # rows and columns shown of a larger matrix


def matrix_drawing(
    op: Any,
    *,
    labels: str = "auto",
    theme: str = THEMES[0],
    highlight_rows: Iterable[int] = (),
    highlight_cols: Iterable[int] = (),
    title: str = "",
    name: str = "",
) -> Drawing:
    """The drawing of an operator; `name` stands in front as in "T(w) =", `title` above."""
    choice(labels, "labels", LABELS)
    choice(theme, "theme", THEMES)
    rows, cols = highlight_rows, highlight_cols
    marked = Marked(_checked(rows, op.shape[0], "row"), _checked(cols, op.shape[1], "column"))
    drawing = block_drawing(op, theme, marked) if in_blocks(op) else cells_drawing(op, labels, theme, marked)
    return _worded(drawing, op, title, name)


def _checked(lines: Any, count: int, what: str) -> tuple[int, ...]:
    listed = (lines,) if isinstance(lines, str) or not hasattr(lines, "__iter__") else tuple(lines)
    marked = tuple(dict.fromkeys(integer(line, f"a highlighted {what}", 0) for line in listed))
    if any(line >= count for line in marked):
        msg = f"a highlighted {what} must lie in 0..{count - 1}, not {max(marked)}"
        raise ArgumentError(msg)
    if len(marked) > CORNERS:
        msg = f"at most {CORNERS} {what}s must be highlighted, not {len(marked)}; draw several figures"
        raise ArgumentError(msg)
    return marked


def in_blocks(*operators: Any) -> bool:
    """Are the matrices too large for cells, and made of blocks?"""
    boxes = [box for op in operators for box in op.boxes]
    large = max(max(op.shape) for op in operators) > PLAIN
    return large and all(len(box) > 1 and box[-1] > 1 for box in boxes) and any(prod(box[:-1]) > 1 for box in boxes)


def cells_drawing(
    op: Any,
    labels: str = "auto",
    theme: str = THEMES[0],
    marked: Marked = UNMARKED,
    *,
    unit: float | None = None,
    letters: tuple[str, str] | None = ("y", "x"),
    known: Mapping[Key, tuple[str, Style]] | None = None,
    source: Source | None = None,
    sheet: float = SHEET,
    size: float | None = None,
    names: naming.Names | None = None,
) -> Drawing:
    """Entry by entry: all of them up to 64 rows and columns, else the corners.

    Cells have `unit` mm, or what fits on `sheet` mm; labels at most `size` cells; `names` for what is too long.
    """
    source = source or source_of(op)
    part = _part(op, source, marked)
    look = look_at(source, part, written(part, labels, unit), theme, known=known)
    unit = unit or cell_side(part, look, labels, sheet)
    look = look.at(UNIT / unit)
    look = naming.named(replace(look, usual=size or look.usual), part, names)
    panel = panel_of(part, look, Frame(op.boxes, letters, UNIT / unit), marked)
    return Drawing(Scene((panel,), all_styles(theme, look), unit=unit), (look,))


def written(part: Excerpt, labels: str, unit: float | None = None) -> str:
    """What the labels say: values while there is room for them."""
    small = max(len(part.rows), len(part.cols)) <= LABELLED and (unit or UNIT) >= UNIT
    return labels if labels != "auto" else "values" if small else "none"


def cell_side(part: Excerpt, look: Look, labels: str, sheet: float = SHEET) -> float:
    """The side of a cell in mm, so that labels fit, and the matrix fits on the sheet."""
    largest = max(len(part.rows), len(part.cols))
    if largest > LABELLED and labels not in ("values", "taps"):
        return min(UNIT, sheet / largest)
    return side_for(part, look, max(UNIT, min(MOST_UNIT, sheet / largest)))


def _part(op: Any, source: Source, marked: Marked) -> Excerpt:
    (m, n), (row_box, col_box) = op.shape, op.boxes
    if max(m, n) <= PLAIN and len(op.pattern(rows=np.arange(m)).taps) <= MOST_CELLS:
        return excerpt(source, tuple(range(m)), tuple(range(n)))
    must = also_shown(source, lambda: source_of(op.T), marked, CORNERS)
    return excerpt(source, shown(m, CORNERS, row_box[-1], must.rows), shown(n, CORNERS, col_box[-1], must.cols))


def _worded(drawing: Drawing, op: Any, title: str, name: str) -> Drawing:
    """The drawing with its name in front, its title, and words for readers who do not see it."""
    check_text(name, "name", NAME_LENGTH)
    scene, scale = drawing.scene, UNIT / drawing.scene.unit
    first, facts = scene.panels[0], facts_of(op)
    first = named(first, Label.math(f"{name} ="), scale) if name else first
    words = _described(facts, first)
    scene = replace(scene, panels=(first, *scene.panels[1:]), title=name or "Matrix", description=words)
    drawing = naming.explained(Drawing(scene, drawing.looks))
    if len(first.rows) < op.shape[0] or len(first.cols) < op.shape[1] or isinstance(op, MaxPlus):
        left, _, right, bottom = drawing.scene.bounds
        at = ((left + right) / 2, bottom + 0.5 * scale)
        drawing = _written(drawing, Text(at, Label.plain(facts), "cv axis", 0.5 * scale))
    return with_title(drawing, title)


def with_title(drawing: Drawing, title: str) -> Drawing:
    """The drawing under a line of words, which also name it."""
    check_text(title, "title")
    if not title:
        return drawing
    scale = UNIT / drawing.scene.unit
    left, top, right, _ = drawing.scene.bounds
    lines = wrap(visible(title), max(TITLE, int(3.5 * (right - left) / scale)), max_lines=TITLES, placeholder=" …")
    texts = [
        Text(((left + right) / 2, top - (0.6 + 0.75 * k) * scale), Label.plain(line), "cv text", 0.55 * scale)
        for k, line in enumerate(reversed(lines))
    ]
    drawing = _written(drawing, *texts)
    return Drawing(replace(drawing.scene, title=title), drawing.looks)


def check_text(value: Any, what: str, most: int | None = None) -> None:
    """Refuse what is no string, or a longer one than `most` characters."""
    if not isinstance(value, str):
        msg = f"{what} must be a string, not {value!r}"
        raise ArgumentError(msg)
    if most is not None and len(value) > most:
        msg = f"{what} must have at most {most} characters, not {len(value)}; write title=... above the figure"
        raise ArgumentError(msg)


def _written(drawing: Drawing, *texts: Text) -> Drawing:
    panels = (*drawing.scene.panels, Panel(over=texts))
    return Drawing(replace(drawing.scene, panels=panels), (*drawing.looks, None))


def facts_of(op: Any) -> str:
    """The size of an operator in words.

    >>> import convalgebra as ca
    >>> facts_of(ca.circulant(range(10)))
    '10 × 10, 9 weights'
    """
    (m, n), (rows, cols) = op.shape, op.boxes
    kernel = source_of(op).kernel
    facts = [f"{grouped(m)} × {grouped(n)}"]
    if prod(rows[:-1]) * prod(cols[:-1]) > 1:
        facts.append(f"blocks {rows[-1]} × {cols[-1]}")
    if kernel is not None:
        facts.append(f"{kernel.count} weights")
    if isinstance(op, MaxPlus):
        facts.append("over (max, +): a dot is −∞")
    return ", ".join(facts)


def grouped(number: int) -> str:
    """The digits in threes where there are five or more.

    >>> grouped(1024), grouped(1000000)
    ('1024', '1 000 000')
    """
    return f"{number:,}".replace(",", " ") if number >= 10_000 else str(number)


def _described(facts: str, panel: Panel) -> str:
    cells = sum(len(mark.places) for mark in panel.cells)
    shown_part = f"{sum(r != GAP for r in panel.rows)} rows and {sum(c != GAP for c in panel.cols)} columns are shown"
    return f"Matrix of size {facts}; {shown_part}, with {cells} coloured cells; equal colours are equal weights."
