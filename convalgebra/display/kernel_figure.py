"""A kernel as coloured grids, one for each pair of channels: the colours are those of its matrices and figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.abstract import Abstract
from convalgebra.algebra.indexing import choice
from convalgebra.display.excerpt import Entry, Name, excerpt
from convalgebra.display.figure import Figure
from convalgebra.display.isometric_figure import NAME
from convalgebra.display.label import Label
from convalgebra.display.look import LABELS, Drawing, all_styles, look_at, rects_of
from convalgebra.display.matrix_figure import with_title
from convalgebra.display.palette import THEMES
from convalgebra.display.panel import LABELLED, UNIT
from convalgebra.display.scene import Panel, Scene, Text, side_by_side, stacked
from convalgebra.display.taps import Kernel
from convalgebra.errors import ArgumentError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.display.excerpt import Entries, Place

MOST_CHANNELS = 8
USED = "the kernel must be a ca.Kernel, a layer with a weight, or an array (out, in, *size)"


@dataclass(frozen=True, eq=False)
class Grid:
    """The weights of one pair of channels as a source: (y, x) on the kernel, a signal's kernel in one row."""

    weight: Any
    pair: Place

    @property
    def shape(self) -> Place:
        size = self.weight.shape[2:]
        return (prod(size[:-1]), size[-1])

    @property
    def kernel(self) -> Kernel:
        return Kernel(self.weight.shape, tuple(tuple(range(k)) for k in self.weight.shape[2:]))

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        first = int(np.ravel_multi_index(self.pair, self.weight.shape[:2])) * prod(self.shape)
        width = self.shape[1]
        return {(y, x): self._entry(first + y * width + x) for y in rows for x in cols}

    def _entry(self, tap: int) -> Entry:
        if isinstance(self.weight, Abstract):
            return Entry((tap,), Name(f"w_{{{self.kernel.index(tap)}}}"))
        value = self.weight.reshape(-1)[tap]
        return Entry((tap,), value.item() if isinstance(value, np.generic) else value)


def figure_kernel(kernel: Any, *, labels: str = "auto", theme: str = THEMES[0], title: str = "") -> Figure:
    """The weights on their grid, a row of grids for each output channel; colour = tap, as in the matrix.

    `kernel` is a `ca.Kernel`, a layer with a weight, or a weight (out, in, *size).

    >>> import convalgebra as ca
    >>> figure = ca.figure_kernel(ca.Conv(ca.symbols("w", (1, 1, 3, 3))))
    >>> figure.scene.title, len(figure.scene.panels[0].cells)
    ('Kernel of size 3 × 3', 9)
    """
    weight = _checked(kernel)
    outs, ins = weight.shape[:2]
    written = choice(labels, "labels", LABELS)
    rows = [[_grid(weight, (o, i), written, choice(theme, "theme", THEMES)) for i in range(ins)] for o in range(outs)]
    lines = [Scene(side_by_side([drawing.scene for drawing in row], 0.6)) for row in rows]
    drawings = [drawing for row in rows for drawing in row]
    styles = {name: style for drawing in drawings for name, style in drawing.scene.styles.items()}
    size = " × ".join(map(str, weight.shape[2:]))
    words = f"Kernel of size {size}" + (f" from {ins} to {outs} channels" if (outs, ins) != (1, 1) else "")
    scene = Scene(stacked(lines, 0.6), styles, words, f"{words}; equal colours are equal weights.", UNIT)
    return Figure(with_title(Drawing(scene, tuple(look for d in drawings for look in d.looks)), title))


def _grid(weight: Any, pair: Place, labels: str, theme: str) -> Drawing:
    """The weights from one channel to another, with the pair's name where there are several."""
    source = Grid(weight, pair)
    height, width = source.shape
    part = excerpt(source, tuple(range(height)), tuple(range(width)))
    written = "values" if max(height, width) <= LABELLED else "none"
    look = look_at(source, part, written if labels == "auto" else labels, theme)
    panel = Panel(rects_of(part, look), rows=part.rows, cols=part.cols)
    if weight.shape[:2] != (1, 1):
        name = Label.math(f"w_{{{pair[0]},{pair[1]}}}")
        panel = replace(panel, over=(Text(((width - 1) / 2, height + 0.05), name, "cv text", NAME),))
    return Drawing(Scene((panel,), all_styles(theme, look), unit=UNIT), (look,))


def _checked(kernel: Any) -> Any:
    """The weight, small enough to be looked at."""
    given = getattr(kernel, "weight", kernel)
    weight = given if isinstance(given, Abstract) else rings.entries(given, "the kernel")
    if weight.ndim not in (3, 4) or not weight.size:
        msg = f"{USED} on one or two axes, not of shape {weight.shape}; write w[None, None]"
        raise ArgumentError(msg)
    if max(weight.shape[:2]) > MOST_CHANNELS or max(weight.shape[2:]) > 2 * LABELLED:
        most = f"{MOST_CHANNELS} channels and {2 * LABELLED} places on a side"
        msg = f"a kernel must have at most {most} to be drawn, not shape {weight.shape}; draw weight[:4, :4]"
        raise SizeLimitError(msg)
    return weight
