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
from convalgebra.display.matrix_figure import cell_side, with_title, written
from convalgebra.display.naming import explained, named
from convalgebra.display.palette import THEMES
from convalgebra.display.panel import UNIT
from convalgebra.display.scene import Panel, Scene, Text, side_by_side, stacked
from convalgebra.display.taps import Kernel
from convalgebra.errors import ArgumentError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.display.excerpt import Entries, Excerpt, Place
    from convalgebra.display.look import Look

MOST_CHANNELS, MOST_PLACES, MOST_WEIGHTS = 8, 32, 144
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
        return Kernel.of(self.weight)

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
    choice(labels, "labels", LABELS)
    choice(theme, "theme", THEMES)
    looks = [_look(Grid(weight, (o, i)), labels, theme) for o in range(outs) for i in range(ins)]
    unit = max(cell_side(part, look, labels) for _, part, look in looks)
    drawings = [_grid(*seen, theme, unit) for seen in looks]
    rows = [drawings[o * ins : (o + 1) * ins] for o in range(outs)]
    lines = [Scene(side_by_side([drawing.scene for drawing in row], 0.6)) for row in rows]
    styles = {name: style for drawing in drawings for name, style in drawing.scene.styles.items()}
    size = " × ".join(map(str, weight.shape[2:]))
    words = f"Kernel of size {size}" + (f" from {ins} to {outs} channels" if (outs, ins) != (1, 1) else "")
    scene = Scene(stacked(lines, 0.6), styles, words, f"{words}; equal colours are equal weights.", unit)
    return Figure(with_title(explained(Drawing(scene, tuple(look for d in drawings for look in d.looks))), title))


def _look(grid: Grid, labels: str, theme: str) -> tuple[Grid, Excerpt, Look]:
    """A grid, all its weights, and how they look."""
    height, width = grid.shape
    part = excerpt(grid, tuple(range(height)), tuple(range(width)))
    return grid, part, look_at(grid, part, written(part, labels), theme)


def _grid(grid: Grid, part: Excerpt, look: Look, theme: str, unit: float) -> Drawing:
    """The weights from one channel to another, with the pair's name where there are several."""
    scale, (height, width) = UNIT / unit, grid.shape
    look = named(look.at(scale), part)
    panel = Panel(rects_of(part, look), rows=part.rows, cols=part.cols)
    if grid.weight.shape[:2] != (1, 1):
        name = Label.math(f"w_{{{grid.pair[0]},{grid.pair[1]}}}")
        at = ((width - 1) / 2, height - 0.5 + 0.55 * scale)
        panel = replace(panel, over=(Text(at, name, "cv text", NAME * scale),))
    return Drawing(Scene((panel,), all_styles(theme, look), unit=unit), (look,))


def _checked(kernel: Any) -> Any:
    """The weight, small enough to be looked at."""
    given = getattr(kernel, "weight", kernel)
    weight = given if isinstance(given, Abstract) else rings.entries(given, "the kernel")
    if weight.ndim not in (3, 4) or not weight.size:
        msg = f"{USED} on one or two axes, not of shape {weight.shape}; write w[None, None]"
        raise ArgumentError(msg)
    fits = max(weight.shape[:2]) <= MOST_CHANNELS and max(weight.shape[2:]) <= MOST_PLACES
    if not fits or weight.size > MOST_WEIGHTS:
        most = f"{MOST_CHANNELS} channels, {MOST_PLACES} places on a side and {MOST_WEIGHTS} weights"
        msg = f"a kernel must have at most {most} to be drawn, not shape {weight.shape}; draw weight[:2, :2]"
        raise SizeLimitError(msg)
    return weight
