"""Operators as Unicode text: a bracketed box, elided when it is large."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from convalgebra.display.excerpt import Excerpt, cut
from convalgebra.display.label import entry_text
from convalgebra.errors import ConvAlgebraError

LIMITS = (12, 8, 6, 4)  # shown rows and columns, fewer until the lines fit
LINE_WIDTH = 100
ENTRY_WIDTH = 24
_NUMBER = re.compile(r"\d{21,}")  # longer than its ends


def repr_text(op: Any) -> str:
    """The matrix in brackets with `·` for structural zeros, its shape above.

    >>> import convalgebra as ca
    >>> print(repr_text(ca.convolution_matrix([1, 2], 3)))
    4 x 3 operator
    ⎡1  ·  ·⎤
    ⎢2  1  ·⎥
    ⎢·  2  1⎥
    ⎣·  ·  2⎦
    """
    head = _shape_line(op)
    try:
        boxes = (_box(cut(op, limit)) for limit in LIMITS)
        fitting = next((box for box in boxes if len(box.partition("\n")[0]) <= LINE_WIDTH), None)
        return f"{head}\n{fitting or _box(cut(op, LIMITS[-1]))}"
    except ConvAlgebraError as error:
        return f"{head}, entries not shown: {error}"


def _shape_line(op: Any) -> str:
    (m, n), boxes = op.shape, op.boxes
    shapes = "" if all(len(box) == 1 for box in boxes) else f", {boxes[0]} from {boxes[1]}"
    return f"{m} x {n} operator{shapes}"


def _box(part: Excerpt) -> str:
    table = [[_cell(part, p, q) for q in range(len(part.cols))] for p in range(len(part.rows))]
    widths = [max(map(_columns, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(" " * (w - _columns(cell)) + cell for cell, w in zip(row, widths, strict=True)) for row in table]
    if len(lines) == 1:
        return f"[{lines[0]}]"
    left, right = "⎡" + "⎢" * (len(lines) - 2) + "⎣", "⎤" + "⎥" * (len(lines) - 2) + "⎦"
    return "\n".join(f"{a}{line}{b}" for a, line, b in zip(left, lines, right, strict=True))


def _columns(text: str) -> int:
    """The columns of a terminal that the text takes: a bar over a letter takes none."""
    return sum(not unicodedata.combining(c) for c in text)


def _cell(part: Excerpt, p: int, q: int) -> str:
    if part.is_gap(p, q):
        return part.dots(p, q)[0]
    entry = part.at(p, q)
    return "·" if entry is None else _short(entry_text(entry.value))


def _short(text: str) -> str:
    """The text, its long numbers by their ends, cut where it still is too long."""
    short = text if len(text) <= ENTRY_WIDTH else _NUMBER.sub(_ends, text)
    return short if len(short) <= ENTRY_WIDTH else short[: ENTRY_WIDTH - 1].rstrip("…") + "…"


def _ends(number: re.Match[str]) -> str:
    return f"{number[0][:4]}…{number[0][-4:]} ({len(number[0])} digits)"
