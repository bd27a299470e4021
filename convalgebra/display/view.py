"""A layer seen from one output: which padded inputs its window covers, by which weights, and what those inputs are.

All of it is read from the layer's factors A = D T(w) P.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import integer
from convalgebra.display.excerpt import Taps
from convalgebra.display.frame import place_name
from convalgebra.display.taps import kernel_of
from convalgebra.errors import ArgumentError, SizeLimitError
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convalgebra.display.excerpt import Entries, Place
    from convalgebra.display.label import Label
    from convalgebra.display.taps import Kernel

LARGEST_GRID = 32


@dataclass(frozen=True, eq=False)
class Window:
    """The padded input places that one output reads in one channel, as a source: (y, x) on the grid."""

    T: Any
    row: int
    channel: int

    @property
    def shape(self) -> Place:
        """(height, width) of the padded grid; a signal has height 1."""
        return flat_grid(self.T.boxes[1])

    @property
    def kernel(self) -> Kernel | None:
        return kernel_of(self.T)

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        first = self.channel * prod(self.shape)
        found = Taps(self.T).entries([self.row], range(first, first + prod(self.shape)))
        placed = {divmod(col - first, self.shape[1]): entry for (_, col), entry in found.items()}
        return {(y, x): entry for (y, x), entry in placed.items() if y in rows and x in cols}


@dataclass(frozen=True, eq=False)
class View:
    """Output `at` of channel `out` of a layer with the factors D, T, P, and what it reads of input channel `source`.

    A transposed layer is its direct layer `turned`: x is what the window becomes, y is what it is on.
    """

    factors: tuple[Any, Any, Any]
    axes: tuple[Any, ...]
    at: tuple[int, ...]
    out: int
    source: int
    turned: bool = False

    @property
    def outputs(self) -> tuple[int, ...]:
        """The output box (channels, *sizes)."""
        return tuple(self.factors[0].boxes[0])

    @property
    def inputs(self) -> tuple[int, ...]:
        """The input box (channels, *sizes)."""
        return tuple(self.factors[2].boxes[1])

    @property
    def row(self) -> int:
        """The matrix row of the output."""
        return int(np.ravel_multi_index((self.out, *self.at), self.outputs))

    @property
    def letters(self) -> tuple[str, str]:
        """The letters of what the window becomes and of what it is on."""
        return ("x", "y") if self.turned else ("y", "x")

    @property
    def name(self) -> str:
        """The name of the output."""
        return place_name(self.outputs, self.row, self.letters[0]).text

    @property
    def title(self) -> str:
        """What the picture shows."""
        if self.turned:
            return f"Transposed convolution: input {self.name} and the window of outputs that it is added to"
        return f"Convolution: output {self.name} and the window it reads"

    @property
    def window(self) -> Window:
        """What the output reads."""
        D, T, _ = self.factors
        return Window(T, int(D.pattern(rows=np.array([self.row], dtype=np.int64)).cols[0]), self.source)

    @property
    def grid(self) -> Place:
        """(height, width) of the output."""
        return flat_grid(self.outputs)

    def named_outputs(self) -> Iterator[tuple[Place, Label]]:
        """((y, x), name) of every output of the channel."""
        first = self.out * prod(self.grid)
        for place in range(prod(self.grid)):
            yield divmod(place, self.grid[1]), place_name(self.outputs, first + place, self.letters[0])

    @property
    def inside(self) -> tuple[range, range]:
        """The rows and columns of the padded grid that are the signal's own."""
        sizes = self.window.shape[-len(self.axes) :]
        spans = [range(max(a.lo, 0), min(a.lo + a.size, n)) for a, n in zip(self.axes, sizes, strict=True)]
        down, across = [range(1), *spans] if len(spans) == 1 else spans
        return down, across

    def named_inputs(self) -> Iterator[tuple[Place, Label | None]]:
        """((y, x), name of the input there or None for a zero) on the padded grid."""
        P, (height, width) = self.factors[2], self.window.shape
        first = self.source * height * width
        pattern = P.pattern(rows=np.arange(first, first + height * width))
        read = dict(zip((pattern.rows - first).tolist(), pattern.cols.tolist(), strict=True))
        for place in range(height * width):
            name = place_name(self.inputs, read[place], self.letters[1]) if place in read else None
            yield divmod(place, width), name

    def input_words(self) -> str:
        """The size of the input, its channel, its padding."""
        name = "output" if self.turned else "input"
        channel = f", channel {self.source} of {self.inputs[0]}" if self.inputs[0] > 1 else ""
        sides = list(dict.fromkeys((a.lo, a.hi) for a in self.axes))
        padding = f", p = {_amount(sides)}" if any(map(any, sides)) else ""
        mode = f", {self.axes[0].mode}" if padding and self.axes[0].mode != "zeros" else ""
        return f"{name} {_times(self.inputs[1:])}{channel}{padding}{mode}"

    def output_words(self) -> str:
        """The size of the output, its channel, stride and dilation."""
        name = "input" if self.turned else "output"
        channel = f", channel {self.out} of {self.outputs[0]}" if self.outputs[0] > 1 else ""
        steps = {"s": [a.stride for a in self.axes], "d": [a.dilation for a in self.axes]}
        said = [f", {letter} = {_times(dict.fromkeys(values))}" for letter, values in steps.items() if {*values} != {1}]
        return f"{name} {_times(self.outputs[1:])}{channel}{''.join(said)}"


def flat_grid(box: Sequence[int]) -> Place:
    """(height, width) of one channel of a box; a signal has height 1.

    >>> flat_grid((3, 4, 5)), flat_grid((1, 7))
    ((4, 5), (1, 7))
    """
    return (box[-2], box[-1]) if len(box) > 2 else (1, box[-1])


def _times(sizes: Iterable[int]) -> str:
    return " × ".join(map(str, sizes))


def _amount(sides: Sequence[tuple[int, int]]) -> str:
    """One number where all sides are equal, else a pair for each axis."""
    return str(sides[0][0]) if len(sides) == 1 and sides[0][0] == sides[0][1] else ", ".join(map(str, sides))


def factored(layer: Any, in_shape: Any) -> tuple[Any, Any, Any]:
    """The factors (D, T, P) of a convolution."""
    if not hasattr(layer, "factors") or not hasattr(layer, "padding_mode"):
        msg = f"the layer must be a ca.Conv, not {type(layer).__name__}; write layer.matrix(in_shape).figure()"
        raise ArgumentError(msg)
    D, T, P = layer.factors(in_shape)
    return D, T, P


def view_of(layer: Any, in_shape: Any, at: Any = None, channels: tuple[int, int] = (0, 0)) -> View:
    """The view of one output, its arguments checked; without `at`, of the output in the middle.

    A transposed layer is viewed from one input; `channels` are (output, input) as ever.
    """
    if isinstance(layer, ConvTranspose):
        return replace(view_of(layer.T, layer.output_shape(in_shape), at, channels[::-1]), turned=True)
    factors = D, T, P = factored(layer, in_shape)
    sizes, largest = D.boxes[0][1:], max(*T.boxes[1][1:], *D.boxes[0][1:])
    if len(sizes) > 2:
        msg = f"a grid must have one or two axes, not {len(sizes)}; write layer.matrix(in_shape).figure()"
        raise ArgumentError(msg)
    if largest > LARGEST_GRID:
        msg = f"a grid must have at most {LARGEST_GRID} places on a side, not {largest}; draw a smaller input"
        raise SizeLimitError(msg)
    middle = tuple(n // 2 for n in sizes)
    position = _places(middle if at is None else at, sizes, "at")
    out, source = _places(channels, (D.boxes[0][0], P.boxes[1][0]), "channels")
    view = View(factors, layer.axes(in_shape), position, out, source)
    if not view.window.entries(range(LARGEST_GRID), range(LARGEST_GRID)):
        msg = f"output channel {out} must read input channel {source}, but lies in another group; choose other channels"
        raise ArgumentError(msg)
    return view


def _places(values: Any, sizes: Sequence[int], name: str) -> tuple[int, ...]:
    listed = tuple(values) if isinstance(values, tuple | list) else (values,)
    if len(listed) != len(sizes):
        msg = f"{name} must be {len(sizes)} {'integer' if len(sizes) == 1 else 'integers'}, not {values!r}"
        raise ArgumentError(msg)
    for value, size in zip(listed, sizes, strict=True):
        if integer(value, name, 0) >= size:
            msg = f"{name} must lie in 0..{size - 1}, not {value}"
            raise ArgumentError(msg)
    return tuple(map(int, listed))
