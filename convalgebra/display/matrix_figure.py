"""A matrix as a scene: cells coloured by tap, zeros as dots, block lines, brackets, and dots that continue the bands.

| rows and columns up to | drawn |
|---|---|
| 16 | cells with labels |
| 64 | cells |
| 10^4 | blocks, one of them opened; the corners of a matrix without blocks |
| beyond | blocks in outline |
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import choice, integer
from convalgebra.algebra.semiring import MaxPlus
from convalgebra.display.block_figure import block_drawing
from convalgebra.display.excerpt import GAP, Excerpt, excerpt, shown, source_of
from convalgebra.display.label import Label
from convalgebra.display.look import LABELS, Drawing, all_styles, look_at
from convalgebra.display.palette import THEMES
from convalgebra.display.panel import LABELLED, UNIT, UNMARKED, Frame, Marked, also_shown, named, panel_of
from convalgebra.display.scene import Panel, Scene, Text
from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convalgebra.display.excerpt import Key
    from convalgebra.display.palette import Style

PLAIN = 64  # rows and columns up to which every entry is drawn
MOST_CELLS = 2_048
CORNERS = 12  # rows and columns shown of a larger matrix
SHEET = 120.0  # mm: the longest side of a matrix of plain cells


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
    drawing = block_drawing(op, theme, marked) if _in_blocks(op) else cells_drawing(op, labels, theme, marked)
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


def _in_blocks(op: Any) -> bool:
    """Is the matrix too large for cells, and made of blocks?"""
    return max(op.shape) > PLAIN and all(len(box) > 1 and box[-1] > 1 for box in op.boxes)


def cells_drawing(
    op: Any,
    labels: str = "auto",
    theme: str = THEMES[0],
    marked: Marked = UNMARKED,
    *,
    unit: float | None = None,
    letters: tuple[str, str] | None = ("y", "x"),
    known: Mapping[Key, tuple[str, Style]] | None = None,
) -> Drawing:
    """Entry by entry: all of them up to 64 rows and columns, else the corners; cells of `unit` mm."""
    part = _part(op, marked)
    largest = max(len(part.rows), len(part.cols))
    unit = unit or (UNIT if largest <= LABELLED or labels in ("values", "taps") else min(UNIT, SHEET / largest))
    written = "none" if unit < UNIT or largest > LABELLED else "values"
    look = look_at(source_of(op), part, written if labels == "auto" else labels, theme, known=known)
    panel = panel_of(part, look, Frame(op.boxes, letters, UNIT / unit), marked)
    return Drawing(Scene((panel,), all_styles(theme, look), unit=unit), (look,))


def _part(op: Any, marked: Marked) -> Excerpt:
    (m, n), (row_box, col_box), source = op.shape, op.boxes, source_of(op)
    if max(m, n) <= PLAIN and len(op.pattern(rows=np.arange(m)).taps) <= MOST_CELLS:
        return excerpt(source, tuple(range(m)), tuple(range(n)))
    must = also_shown(source, source_of(op.T), marked, CORNERS)
    return excerpt(source, shown(m, CORNERS, row_box[-1], must.rows), shown(n, CORNERS, col_box[-1], must.cols))


def _worded(drawing: Drawing, op: Any, title: str, name: str) -> Drawing:
    """The drawing with its name in front, its title, and words for readers who do not see it."""
    check_text(name, "name")
    scene, scale = drawing.scene, max(UNIT / drawing.scene.unit, 1.0)
    first, facts = scene.panels[0], facts_of(op)
    first = named(first, Label.math(f"{name} ="), scale) if name else first
    words = _described(facts, first)
    scene = replace(scene, panels=(first, *scene.panels[1:]), title=name or "Matrix", description=words)
    drawing = Drawing(scene, drawing.looks)
    if len(first.rows) < op.shape[0] or len(first.cols) < op.shape[1] or isinstance(op, MaxPlus):
        left, _, right, bottom = scene.bounds
        at = ((left + right) / 2, bottom + 0.5 * scale)
        drawing = _written(drawing, Text(at, Label.plain(facts), "cv axis", 0.5 * scale))
    return with_title(drawing, title)


def with_title(drawing: Drawing, title: str) -> Drawing:
    """The drawing under a line of words, which also name it."""
    check_text(title, "title")
    if not title:
        return drawing
    scale = max(UNIT / drawing.scene.unit, 1.0)
    left, top, right, _ = drawing.scene.bounds
    text = Text(((left + right) / 2, top - 0.6 * scale), Label.plain(title), "cv text", 0.55 * scale)
    drawing = _written(drawing, text)
    return Drawing(replace(drawing.scene, title=title), drawing.looks)


def check_text(value: Any, what: str) -> None:
    """Refuse what is no string."""
    if not isinstance(value, str):
        msg = f"{what} must be a string, not {value!r}"
        raise ArgumentError(msg)


def _written(drawing: Drawing, text: Text) -> Drawing:
    panels = (*drawing.scene.panels, Panel(over=(text,)))
    return Drawing(replace(drawing.scene, panels=panels), (*drawing.looks, None))


def facts_of(op: Any) -> str:
    """The size of an operator in words.

    >>> import convalgebra as ca
    >>> facts_of(ca.circulant(range(10)))
    '10 × 10, 9 weights'
    """
    (m, n), (rows, cols) = op.shape, op.boxes
    kernel = source_of(op).kernel
    facts = [f"{m} × {n}"]
    if len(rows) > 1 and len(cols) > 1:
        facts.append(f"blocks {rows[-1]} × {cols[-1]}")
    if kernel is not None:
        facts.append(f"{kernel.count} weights")
    if isinstance(op, MaxPlus):
        facts.append("over (max, +): a dot is −∞")
    return ", ".join(facts)


def _described(facts: str, panel: Panel) -> str:
    cells = sum(len(mark.places) for mark in panel.cells)
    shown_part = f"{sum(r != GAP for r in panel.rows)} rows and {sum(c != GAP for c in panel.cols)} columns are shown"
    return f"Matrix of size {facts}; {shown_part}, with {cells} coloured cells; equal colours are equal weights."
