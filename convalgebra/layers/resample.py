"""Layers that only move places: upsampling, shuffles, padding, cropping, unfold and fold, all 0/1 matrices."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import (
    Axis,
    box_of,
    choice,
    flat_index,
    grid_index,
    integer,
    mode_of,
    per_axis,
    widths,
)
from convalgebra.algebra.selection import Selection, crop, pad, upsample
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.base import Layer
from convalgebra.layers.window import Window, axes_told, box, reads

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box, Pair
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


class _Moving(Layer):
    """A layer that is its 0/1 matrix; the output box is the row box."""

    _way = ("index", "each output place reads one input place")

    def output_shape(self, in_shape: Any) -> Box:
        return self.matrix(in_shape).boxes[0]

    def _batch(self, xs: Array) -> Array:
        A = self.matrix(tuple(xs.shape[1:]))
        return rings.public(A._apply(xs.reshape(len(xs), A.shape[1]).T).T.reshape(len(xs), *A.boxes[0]))


@dataclass(frozen=True, eq=False)
class Upsample(_Moving):
    """`y[c, i] = x[c, floor(i/s)]` (mode "nearest"), or `y[c, s*i] = x[c, i]` and zeros between (mode "zeros").

    "zeros" is JAX's lhs_dilation with s - 1 more zeros at the end, and the first factor of a transposed convolution.

    >>> import convalgebra as ca
    >>> ca.Upsample(2)([[1, 2]]), ca.Upsample(2, mode="zeros")([[1, 2]])
    (array([[1, 1, 2, 2]]), array([[1, 0, 2, 0]]))
    """

    scale: int | tuple[int, ...]
    mode: str = "nearest"

    def __post_init__(self) -> None:
        choice(self.mode, "mode", ("nearest", "zeros"))
        box_of(self.scale, "scale")

    @property
    def spatial(self) -> int | None:
        return axes_told(self.scale)

    def output_shape(self, in_shape: Any) -> Box:
        channels, *sizes = box(in_shape)
        steps = per_axis(self.scale, len(sizes), "scale", 1)
        return channels, *(n * s for n, s in zip(sizes, steps, strict=True))

    def matrix(self, in_shape: Any) -> Operator:
        sizes, out = box(in_shape), self.output_shape(in_shape)
        steps = tuple(m // n for n, m in zip(sizes, out, strict=True))
        rings.check_memory(prod(out), 8, "the index vector")
        if self.mode == "zeros":
            return upsample(sizes, steps)
        return Selection(grid_index([np.arange(m) // s for m, s in zip(out, steps, strict=True)], sizes), (out, sizes))


@dataclass(frozen=True, eq=False)
class _Pixels(_Moving):
    """Channels and blocks of places, exchanged."""

    factor: int
    order: str = field(default="CRD", kw_only=True)

    def __post_init__(self) -> None:
        integer(self.factor, "the factor", 1)
        choice(self.order, "order", ("CRD", "DCR"))


@dataclass(frozen=True, eq=False)
class PixelShuffle(_Pixels):
    """`y[c, r*i + a, r*j + b] = x[c*r*r + r*a + b, i, j]`: channels to space, as torch.nn.PixelShuffle.

    `order="CRD"` (torch, ONNX CRD) reads the channel as (c, a, b); "DCR" (ONNX's default, TensorFlow's depth_to_space)
    as (a, b, c).  On any number of spatial axes.

    >>> import convalgebra as ca
    >>> ca.PixelShuffle(2)([[1, 2], [3, 4]])
    array([[1, 3, 2, 4]])
    """

    def matrix(self, in_shape: Any) -> Operator:
        channels, *sizes = box(in_shape)
        block = self.factor ** len(sizes)
        if channels % block:
            msg = f"the {channels} channels must be a multiple of {self.factor}^{len(sizes)} = {block}"
            raise ShapeError(msg)
        return _unshuffle((channels // block, *(n * self.factor for n in sizes)), self.factor, self.order).T


@dataclass(frozen=True, eq=False)
class PixelUnshuffle(_Pixels):
    """`y[c*r*r + r*a + b, i, j] = x[c, r*i + a, r*j + b]`: space to channels, the transpose of `PixelShuffle`.

    `order="CRD"` is torch's; "DCR" is ONNX's and TensorFlow's space_to_depth.

    >>> import convalgebra as ca
    >>> ca.PixelUnshuffle(2)([[1, 3, 2, 4]])
    array([[1, 2],
           [3, 4]])
    """

    def matrix(self, in_shape: Any) -> Operator:
        sizes = box(in_shape)
        if any(n % self.factor for n in sizes[1:]):
            msg = f"the sizes {sizes[1:]} must be multiples of the factor {self.factor}; pad or crop before"
            raise ShapeError(msg)
        return _unshuffle(sizes, self.factor, self.order)


def _unshuffle(sizes: Box, factor: int, order: str) -> Operator:
    """The permutation that splits every axis into (place, part) and moves the parts to the channels."""
    channels, *spatial = sizes
    rings.check_memory(prod(sizes), 8, "the index vector")
    split = [channels, *(n for size in spatial for n in (size // factor, factor))]
    places, parts = range(1, len(split), 2), range(2, len(split), 2)
    axes = (0, *parts, *places) if order == "CRD" else (*parts, 0, *places)
    index = np.arange(prod(sizes)).reshape(split).transpose(axes).reshape(-1)
    out = (channels * factor ** len(spatial), *(size // factor for size in spatial))
    return Selection(index, (out, sizes))


@dataclass(frozen=True, eq=False)
class ChannelShuffle(_Moving):
    """`y[q*g + p] = x[p*(C/g) + q]`: the channels of g groups dealt in turn, as torch.nn.ChannelShuffle.

    >>> import convalgebra as ca
    >>> ca.ChannelShuffle(2)([[1], [2], [3], [4]]).ravel()
    array([1, 3, 2, 4])
    """

    groups: int

    def __post_init__(self) -> None:
        integer(self.groups, "groups", 1)

    def matrix(self, in_shape: Any) -> Operator:
        sizes = box(in_shape)
        if sizes[0] % self.groups:
            msg = f"groups must divide the {sizes[0]} channels, not be {self.groups}"
            raise ShapeError(msg)
        rings.check_memory(prod(sizes), 8, "the index vector")
        index = np.arange(prod(sizes)).reshape(self.groups, -1, prod(sizes[1:])).swapaxes(0, 1)
        return Selection(index.reshape(-1), (sizes, sizes))


@dataclass(frozen=True, eq=False)
class Pad(_Moving):
    """`y[c, i] = x[c, boundary(i - lo)]`: extends every spatial axis; what reads nothing is `value`.

    `width` is an int, one pair (lo, hi) on one axis, or one int or pair an axis, first axis first (torch's F.pad takes
    the last axis first); negative entries of pairs crop.  The rules are those of `ca.pad`.

    >>> import convalgebra as ca
    >>> ca.Pad(1, "reflect")([[1, 2, 3]]), ca.Pad((0, 2), value=7)([[1, 2]])
    (array([[2, 1, 2, 3, 2]]), array([[1, 2, 7, 7]]))
    """

    width: int | tuple[Any, ...]
    mode: str = "zeros"
    value: Any = 0

    def __post_init__(self) -> None:
        mode_of(self.mode)
        constant = rings.entries(self.value, "the value")
        if constant.ndim or (self.mode != "zeros" and rings.nonzero(constant)):
            msg = f'value must be one number, and 0 unless mode is "zeros", not {self.value!r} in mode {self.mode!r}'
            raise ArgumentError(msg)

    def matrix(self, in_shape: Any) -> Operator:
        sizes = box(in_shape)
        return pad(sizes, ((0, 0), *_sides(self.width, len(sizes) - 1)), self.mode)

    def offset(self, in_shape: Any) -> Array:
        A = self.matrix(in_shape)
        unread = 1 - A @ np.ones(A.shape[1], dtype=np.int64)
        return rings.public(rings.times(unread, rings.entries(self.value)))

    def _batch(self, xs: Array) -> Array:
        return Layer._batch(self, xs) if rings.nonzero(rings.entries(self.value)) else super()._batch(xs)


@dataclass(frozen=True, eq=False)
class Crop(_Moving):
    """`y[c, i] = x[c, i + lo]`: drops lo places before and hi places after on every spatial axis.

    >>> import convalgebra as ca
    >>> ca.Crop((1, 2))([[1, 2, 3, 4]])
    array([[2]])
    """

    width: int | tuple[Any, ...]

    def matrix(self, in_shape: Any) -> Operator:
        sizes = box(in_shape)
        return crop(sizes, ((0, 0), *_sides(self.width, len(sizes) - 1)))


def _sides(width: Any, ndim: int) -> tuple[Pair, ...]:
    return widths(width, ndim, "width")


@dataclass(frozen=True, eq=False)
class Unfold(_Moving):
    """`y[(c, t), i] = x[c, s*i + d*t - p]`: the windows as columns (im2col), as torch.nn.Unfold; one 1 a row at most.

    A convolution is one dense product with them: `conv(x) = W.reshape(O, -1) @ unfold(x)`.

    >>> import convalgebra as ca
    >>> ca.Unfold(2)([[1, 2, 3]])
    array([[1, 2],
           [2, 3]])
    """

    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] = field(default=1, kw_only=True)
    padding: int | str | tuple[Any, ...] = field(default=0, kw_only=True)
    dilation: int | tuple[int, ...] = field(default=1, kw_only=True)

    reshapes = True

    def __post_init__(self) -> None:
        self._window(1 if self.spatial is None else self.spatial)

    def _window(self, ndim: int) -> Window:
        sides = self.padding if isinstance(self.padding, str) else widths(self.padding, ndim)
        return Window(self.kernel_size, stride=self.stride, padding=sides, dilation=self.dilation)

    @property
    def spatial(self) -> int | None:
        return axes_told(self.kernel_size, self.stride, self.dilation)

    def axes(self, in_shape: Any) -> tuple[Axis, ...]:
        """The tap table of each spatial axis."""
        return self._window(len(box(in_shape)) - 1).axes(in_shape)

    def matrix(self, in_shape: Any) -> Operator:
        sizes = box(in_shape)
        axes = self.axes(sizes)
        rings.check_memory(sizes[0] * prod(a.taps * a.out for a in axes), 8, "the index vector")
        table = reads(axes)
        index = flat_index((np.arange(sizes[0])[:, None, None], table), (sizes[0], prod(sizes[1:])))
        return Selection(index.reshape(-1), ((sizes[0] * len(table), table.shape[1]), sizes))


@dataclass(frozen=True, eq=False)
class Fold(_Moving):
    """`y[c, s*i + d*t - p] += x[(c, t), i]`: columns back to the signal, overlaps added (col2im), as torch.nn.Fold.

    The transpose of `Unfold` on signals of `output_size`; fold(unfold(x)) counts how often each place is read.

    >>> import convalgebra as ca
    >>> ca.Fold((3,), 2)([[1, 2], [10, 20]])
    array([[ 1, 12, 20]])
    """

    _way = Layer._way

    output_size: tuple[int, ...]
    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] = field(default=1, kw_only=True)
    padding: int | str | tuple[Any, ...] = field(default=0, kw_only=True)
    dilation: int | tuple[int, ...] = field(default=1, kw_only=True)

    reshapes = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "output_size", box_of(self.output_size, "output_size"))
        per_axis(self.kernel_size, len(self.output_size), "kernel_size", 1)

    @property
    def spatial(self) -> int:
        return 1

    def matrix(self, in_shape: Any) -> Operator:
        columns = box(in_shape)
        taps = prod(per_axis(self.kernel_size, len(self.output_size), "kernel_size", 1))
        unfold = Unfold(self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation)
        direct = unfold.matrix((max(columns[0] // taps, 1), *self.output_size))
        if direct.boxes[0] != columns:
            places = direct.boxes[0][1]
            msg = f"the input must have shape (channels * {taps}, {places}), not {columns}: {places} windows fit"
            raise ShapeError(msg)
        return direct.T
