"""A large matrix as a scene of its blocks: one of them opened beside them, or all in outline."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from convalgebra.display import frame, naming
from convalgebra.display.excerpt import GAP, Blocks, Entry, Excerpt, Place, excerpt, shown, shown_in, source_of
from convalgebra.display.label import Label
from convalgebra.display.look import Drawing, Look, all_styles, dotted, drawn, look_at
from convalgebra.display.panel import UNIT, UNMARKED, Frame, Marked, also_shown, named, panel_of
from convalgebra.display.scene import CELL, Lines, Panel, Point, Scene, side_by_side

OUTLINE = 10_000  # rows or columns from which on blocks are drawn in outline
BLOCK_UNIT = 8.0  # mm
SHOWN, OUTLINED, OPENED = 6, 9, 7  # block rows shown with labels, in outline; rows shown of the opened block
MOST_DIAGONALS = 5


def block_drawing(op: Any, theme: str, marked: Marked) -> Drawing:
    """The blocks of an operator, those of highlighted rows and columns among them."""
    return outlines(op, theme, marked) if max(op.shape) >= OUTLINE else _with_block(op, theme, marked)


def outlines(op: Any, theme: str, marked: Marked = UNMARKED) -> Drawing:
    """Every shown block with its diagonals."""
    source = Blocks(op)
    part, blocks = _part(source, OUTLINED, marked)
    look = look_at(source, part, "none", theme, "B")
    panel = _panel(source, part, look, blocks)
    hatching = _hatching(part, look, source.inner.shape[-1]) if source.inner else []
    panel = replace(panel, over=(*panel.over, *hatching))
    return Drawing(Scene((panel,), all_styles(theme, look), unit=UNIT), (look,))


def _part(source: Blocks, limit: int, marked: Marked) -> tuple[Excerpt, Marked]:
    """The shown blocks, and the highlighted rows and columns of blocks."""
    pairs = zip(marked, source.size, strict=True)
    blocks = Marked(*(tuple(dict.fromkeys(line // size for line in lines)) for lines, size in pairs))
    must = also_shown(source, lambda: Blocks(source.op.T), blocks, limit)
    rows, cols = (shown_in(box, limit, lines) for box, lines in zip(source.boxes, must, strict=True))
    return excerpt(source, rows, cols), blocks


def _panel(source: Blocks, part: Excerpt, look: Look, blocks: Marked) -> Panel:
    panel = panel_of(part, look, Frame(source.boxes, ("", "")), blocks)
    return replace(panel, under=(frame.grid(len(part.rows), len(part.cols)), *panel.under))


def _hatching(part: Excerpt, look: Look, taps: int) -> list[Lines]:
    """Diagonals inside every block, as many as a kernel row has taps (at most five)."""
    count = min(taps, MOST_DIAGONALS)
    offsets = [0.22 * (k - (count - 1) / 2) for k in range(count)]
    paths: defaultdict[str, list[tuple[Point, Point]]] = defaultdict(list)
    for (p, q), entry in drawn(part):
        paths[dotted(look.names(entry.keys)[0])] += [_diagonal(q, p, offset) for offset in offsets]
    return [Lines(tuple(lines), style) for style, lines in paths.items()]


def _diagonal(x: int, y: int, offset: float) -> tuple[Point, Point]:
    """The part inside the block at (x, y) of the diagonal that lies `offset` to the right of its main one."""
    reach, right, down = CELL / 2 - 0.06, max(offset, 0), max(-offset, 0)
    return (x - reach + right, y - reach + down), (x + reach - down, y + reach - right)


def _with_block(op: Any, theme: str, marked: Marked) -> Drawing:
    source = Blocks(op)
    part, blocks = _part(source, SHOWN, marked)
    look = look_at(source, part, "taps" if source.inner else "none", theme, "B")
    unit = BLOCK_UNIT if max(len(part.rows), len(part.cols)) <= OUTLINED else UNIT
    scene = Scene((_panel(source, part, look, blocks),), all_styles(theme, look), unit=unit)
    chosen = _middle(part)
    if chosen is None:
        return Drawing(scene, (look,))
    block, label = chosen[0], look.label(chosen[1])
    opened, inner = _opened(op, source, block, theme)
    words = Label.math(f"{label.text} =") if label else Label.plain(f"block {block} =")
    beside = replace(scene, panels=(named(opened, words),))
    styles = {**scene.styles, **all_styles(theme, inner)}
    return Drawing(replace(scene, panels=side_by_side([scene, beside], 1.2), styles=styles), (look, inner))


def _middle(part: Excerpt) -> tuple[Place, Entry] | None:
    """The first shown block of the kernel's middle row."""
    single = [(p, q, entry) for (p, q), entry in drawn(part) if len(entry.keys) == 1]
    kinds = sorted({entry.keys for *_, entry in single})
    found = ((p, q, entry) for p, q, entry in single if entry.keys == kinds[len(kinds) // 2])
    return next((((part.rows[p], part.cols[q]), entry) for p, q, entry in found), None)


def _opened(op: Any, source: Blocks, block: Place, theme: str) -> tuple[Panel, Look]:
    """The entries of one block."""
    cells = source_of(op)
    rows, cols = (_inside(k, size) for k, size in zip(block, source.size, strict=True))
    part = excerpt(cells, rows, cols)
    look = naming.named(look_at(cells, part, "values", theme), part)
    return panel_of(part, look, Frame()), look


def _inside(block: int, size: int) -> tuple[int, ...]:
    return tuple(k if k == GAP else block * size + k for k in shown(size, OPENED))
