"""What stands around the cells of a matrix: brackets, block lines, and the names of rows and columns."""

from __future__ import annotations

from itertools import groupby
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.display.excerpt import GAP
from convalgebra.display.label import Label
from convalgebra.display.scene import Lines, Text
from convalgebra.display.taps import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.display.scene import Mark, Point

Box = tuple[int, ...]
AXIS = 0.42  # the height of axis labels, in labelled cells


def brackets(height: int, width: int, scale: float) -> Lines:
    """Square brackets around `height` rows and `width` columns."""
    out, tick = 0.5 + 0.2 * scale, 0.24 * scale
    top, bottom = -0.5 - 0.12 * scale, height - 0.5 + 0.12 * scale
    left, right = -out, width - 1 + out
    return Lines(
        (
            ((left + tick, top), (left, top), (left, bottom), (left + tick, bottom)),
            ((right - tick, top), (right, top), (right, bottom), (right - tick, bottom)),
        ),
        "cv bracket",
    )


def grid(height: int, width: int) -> Lines:
    """A line between all neighbours."""
    across = [((-0.5, y - 0.5), (width - 0.5, y - 0.5)) for y in range(1, height)]
    down = [((x - 0.5, -0.5), (x - 0.5, height - 0.5)) for x in range(1, width)]
    return Lines((*across, *down), "cv grid")


def rules(rows: Sequence[int], cols: Sequence[int], row_box: Box, col_box: Box) -> list[Mark]:
    """A line wherever a new block begins, a heavier one wherever a new channel does."""
    width, height = len(cols), len(rows)
    levels = {"cv rule": (_inner(row_box), _inner(col_box)), "cv part": (_outer(row_box), _outer(col_box))}
    marks: list[Mark] = []
    for style, (tall, wide) in levels.items():
        across = [((-0.5, y), (width - 0.5, y)) for y in _starts(rows, tall)]
        down = [((x, -0.5), (x, height - 0.5)) for x in _starts(cols, wide)]
        if across or down:
            marks.append(Lines(tuple(across + down), style))
    return marks


def _inner(box: Box) -> int:
    return box[-1] if len(box) > 1 else prod(box)


def _outer(box: Box) -> int:
    return prod(box[1:]) if len(box) > 2 else prod(box)


def _starts(places: Sequence[int], block: int) -> list[float]:
    if block <= 1:
        return []
    return [k - 0.5 for k, place in enumerate(places) if k and place != GAP and place % block == 0]


def names(box: Box, places: Sequence[int], letter: str, limit: int) -> list[tuple[float, Label]]:
    """(position, label) along one side: `x_3` for a place, `x_{1,·}` for a block of places, `⋯` for a gap."""
    box = box[1:] if len(box) > 1 and box[0] == 1 else box
    if len(box) > 1 and box[-1] > 1 and GAP not in places:
        return _block_names(box, places, letter)
    step = -(-len(places) // limit)
    chosen = [k for k, p in enumerate(places) if p == GAP or k % step == 0]
    return [(k, place_name(box, places[k], letter)) for k in chosen]


def place_name(box: Box, place: int, letter: str) -> Label:
    """The name of one place of a box: x_3, x_{12}, x_{0,12}.

    >>> place_name((1, 4, 4), 6, "y").text, place_name((9,), 8, "x").text
    ('y_{12}', 'x_{8}')
    """
    if place == GAP:
        return Label.math("⋯")
    box = box[1:] if len(box) > 1 and box[0] == 1 else box
    index = joined(np.unravel_index(place, box), box)
    return Label.math(f"{letter}_{{{index}}}" if letter else index)


def _block_names(box: Box, places: Sequence[int], letter: str) -> list[tuple[float, Label]]:
    named = []
    for block, run in groupby(enumerate(places), key=lambda item: item[1] // box[-1]):
        positions = [k for k, _ in run]
        index = joined(np.unravel_index(block, box[:-1]), box[:-1])
        named.append(((positions[0] + positions[-1]) / 2, Label.math(f"{letter}_{{{index},·}}")))
    return named


def column_labels(named: Sequence[tuple[float, Label]], scale: float) -> list[Mark]:
    """Labels above the matrix; those that would run into their neighbour are left out."""
    y, size = -0.5 - 0.5 * scale, AXIS * scale
    marks: list[Mark] = []
    edge = float("-inf")
    for x, label in named:
        half = label.width * size / 2
        if x - half >= edge:
            marks.append(Text((x, y), label, "cv axis", size))
            edge = x + half + 0.15 * size
    return marks


def row_labels(named: Sequence[tuple[float, Label]], x: float, scale: float, anchor: str) -> list[Mark]:
    """Labels beside the matrix; those that would run into their neighbour are left out."""
    size = AXIS * scale
    marks: list[Mark] = []
    edge = float("-inf")
    for y, label in named:
        if y - size / 2 >= edge:
            at: Point = (x, y)
            upright = Label.math("⋮") if label.text == "⋯" else label
            marks.append(Text(at, upright, "cv axis", size, anchor))
            edge = y + size / 2
    return marks
