"""Sliding windows: the tap tables that every pooling layer, `Unfold` and `Fold` read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.apply import Plan, apply_conv, plan
from convalgebra.algebra.indexing import (
    NAMED_PADDINGS,
    Axis,
    Pair,
    box_of,
    choice,
    flat_index,
    named_widths,
    output_size,
    per_axis,
    widths,
)
from convalgebra.algebra.toeplitz import Toeplitz, sized
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.base import Layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array

PASSES = 32  # reads of each place of a signal, beyond which sums are convolutions


@dataclass(frozen=True, eq=False)
class Window(Layer):
    """`window(i) = {s*i + d*t - p : t < k}` on every axis, of one channel at a time.

    `kernel_size`, `stride` (the kernel size, when None), `dilation` are ints, or tuples with one int an axis, which
    tell the layer its number of spatial axes.  `padding` is an int, one int or (lo, hi) pair for each axis, or "valid",
    "full", "same" (stride 1), "same_upper", "same_lower".  Ints are at most half the kernel, as in torch; pairs are
    ONNX's and must leave every window a place of the signal where its value needs one.  `ceil_mode=True` counts a last,
    overhanging window that starts inside the signal or the padding before it, as in torch; `rounding="exact"` refuses
    sizes that the stride does not use up.  `over="channels"` slides along the channels instead, at each place.

    >>> [axis.table().tolist() for axis in Window(2, padding=1).axes((1, 4))]
    [[[-1, 1, 3], [0, 2, -1]]]
    """

    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] | None = field(default=None, kw_only=True)
    padding: int | str | tuple[Any, ...] = field(default=0, kw_only=True)
    dilation: int | tuple[int, ...] = field(default=1, kw_only=True)
    ceil_mode: bool = field(default=False, kw_only=True)
    rounding: str = field(default="floor", kw_only=True)
    over: str = field(default="space", kw_only=True)

    def __post_init__(self) -> None:
        choice(self.rounding, "rounding", ("floor", "exact"))
        choice(self.over, "over", ("space", "channels"))
        flag(self.ceil_mode, "ceil_mode")
        if self.ceil_mode and self.rounding == "exact":
            msg = 'rounding must be "floor" with ceil_mode=True, not "exact": nothing may overhang; drop one of them'
            raise ArgumentError(msg)
        ndim = _axes_of(self.padding) if self._axes_told is None else self._axes_told
        if not ndim:
            msg = "the settings of a window must name at least one axis, not be empty; write kernel_size=2"
            raise ArgumentError(msg)
        kernel, *_ = self._settings(ndim)
        if isinstance(self.padding, str):
            choice(self.padding, "padding", NAMED_PADDINGS)
        else:
            self._told(kernel)

    @property
    def _axes_told(self) -> int | None:
        """The number of window axes, where an argument names one int for each."""
        return axes_told(self.kernel_size, self.stride, self.dilation)

    @property
    def spatial(self) -> int | None:
        return self._axes_told if self.over == "space" else None

    def _settings(self, ndim: int) -> tuple[Box, Box, Box]:
        """(kernel size, stride, dilation) for each axis, checked."""
        kernel = per_axis(self.kernel_size, ndim, "kernel_size", 1)
        stride = kernel if self.stride is None else per_axis(self.stride, ndim, "stride", 1)
        return kernel, stride, per_axis(self.dilation, ndim, "dilation", 1)

    def _sides(self, sizes: Box, kernel: Box, stride: Box, dilation: Box) -> tuple[Pair, ...]:
        if isinstance(self.padding, str):
            parts = zip(sizes, kernel, stride, dilation, strict=True)
            return tuple(named_widths(self.padding, *part) for part in parts)
        return self._told(kernel)

    def _told(self, kernel: Box) -> tuple[Pair, ...]:
        """The padding in numbers, checked."""
        sides = widths(self.padding, len(kernel))
        for (lo, hi), k in zip(sides, kernel, strict=True):
            if _plain(self.padding) and 2 * lo > k:
                msg = (
                    f"padding must be at most half the kernel {k} as in torch, not {lo}; "
                    f"write the pair padding=({', '.join([f'({lo}, {hi})'] * len(kernel))},) for ONNX's pads"
                )
                raise ArgumentError(msg)
        return sides

    def axes(self, in_shape: Any) -> tuple[Axis, ...]:
        """The tap table of each axis that the window slides along; over channels, the other axes have one tap."""
        channels, *sizes = box(in_shape)
        along = tuple(sizes) if self.over == "space" else (channels,)
        kernel, stride, dilation = self._settings(len(along))
        sides = self._sides(along, kernel, stride, dilation)
        found = [self._axis(*part) for part in zip(along, kernel, stride, dilation, sides, strict=True)]
        return tuple(found if self.over == "space" else [*found, *(Axis(n, 1) for n in sizes)])

    def _axis(self, n: int, k: int, s: int, d: int, sides: Pair) -> Axis:
        lo, hi = sides
        if not self.ceil_mode:
            output_size(n, k, s, lo=lo, hi=hi, dilation=d, rounding=self.rounding)
            return Axis(n, k, s, d, lo, hi)
        out = output_size(n, k, s, lo=lo, hi=hi + s - 1, dilation=d)
        return sized(Axis(n, k, s, d, lo), out - ((out - 1) * s >= n + lo))

    def output_shape(self, in_shape: Any) -> Box:
        """(channels, *floor((n + lo + hi - d*(k - 1) - 1) / s) + 1), or the ceiling."""
        out = tuple(a.out for a in self.axes(in_shape))
        return (box(in_shape)[0], *out) if self.over == "space" else out

    def constant(self, in_shape: Any, value: Any) -> Toeplitz:
        """The operator with one weight at every tap of every window: `y[c, i] = value * (sum of the window)`."""
        axes, channels = self.axes(in_shape), box(in_shape)[0]
        shape = (channels if self.over == "space" else 1, 1, *(a.taps for a in axes))
        rings.check_memory(prod(shape), 8, "the weight of the window")
        weight = rings.entries(np.full(shape, value, dtype=np.int64 if isinstance(value, int) else object))
        return Toeplitz(weight, axes, shape[0], channels=self.over == "space")

    def counts(self, in_shape: Any, *, padded: bool = False) -> Array:
        """The number of places that each window reads, flat; with `padded`, places of the padding count too."""
        axes = self.axes(in_shape)
        rings.check_memory(prod(self.output_shape(in_shape)), 8, "the counts of the windows")
        if padded:
            told = self._sides_of(axes, in_shape)
            axes = tuple(
                sized(Axis(a.size + lo + hi, a.taps, a.stride, a.dilation), a.out)
                for a, (lo, hi) in zip(axes, told, strict=True)
            )
        per_place = reduce(np.multiply.outer, ((a.table() >= 0).sum(axis=0) for a in axes)).reshape(-1)
        return np.tile(per_place, box(in_shape)[0]) if self.over == "space" else per_place

    def _sides_of(self, axes: tuple[Axis, ...], in_shape: Any) -> tuple[Pair, ...]:
        """The padding that was asked for: without the overhang of ceil_mode."""
        along = tuple(a.size for a in axes) if self.over == "space" else box(in_shape)[:1]
        sides = self._sides(along, *self._settings(len(along)))
        return sides + ((0, 0),) * (len(axes) - len(sides))

    def occupied(self, in_shape: Any) -> tuple[Axis, ...]:
        """The axes, refused where a window lies wholly in the padding."""
        axes = self.axes(in_shape)
        for a in axes:
            empty = np.flatnonzero((a.table() < 0).all(axis=0))
            if len(empty):
                msg = (
                    f"every window must read a place of the signal, but window {empty[0]} lies in the padding; pad less"
                )
                raise ShapeError(msg)
        return axes

    _way = ("axes", "the windows along one axis after the other, tap by tap")

    def _ones(self, in_shape: Any) -> tuple[Array, tuple[Axis, ...], int]:
        T = self.constant(in_shape, 1)
        return T.weight, T.axes, T.groups

    def plan(self, in_shape: Any) -> Plan:
        """The way in which the windows of a float sample are summed, and why."""
        sizes = box(in_shape)
        if not _often(self.axes(sizes)):
            return super().plan(sizes)
        sample = np.broadcast_to(1.0, (1, *sizes) if self.over == "space" else (1, 1, *sizes))
        return plan(*self._ones(sizes), sample)

    def sums(self, xs: Array) -> Array:
        """The sum of every window, for each sample of a batch."""
        axes = self.axes(tuple(xs.shape[1:]))
        if not _often(axes):
            _, y = rings.multipliable(np.ones(1, dtype=np.int64), xs, prod(a.taps for a in axes))
            return self.combined(y, np.add)
        y = apply_conv(*self._ones(tuple(xs.shape[1:])), xs if self.over == "space" else xs[:, None])
        return y.reshape(len(xs), *self.output_shape(tuple(xs.shape[1:])))

    def combined(self, xs: Array, combine: Callable[[Array, Array], Array]) -> Array:
        """The places of every window combined with 0, one axis after the other."""
        axes = self.axes(tuple(xs.shape[1:]))
        for dimension, axis in enumerate(axes, -len(axes)):
            xs = _combined(xs, axis, dimension, combine)
        return xs


def _often(axes: tuple[Axis, ...]) -> bool:
    """Do the windows read the signal so often that the ways of a convolution pay?"""
    return any(a.taps * a.out > PASSES * a.size for a in axes)


def _combined(xs: Array, axis: Axis, dimension: int, combine: Callable[[Array, Array], Array]) -> Array:
    """The windows along one dimension."""
    if axis == Axis(axis.size, 1):
        return xs
    out = (*xs.shape[:dimension], axis.out, *xs.shape[xs.ndim + dimension + 1 :])
    return along(xs, np.zeros(out, dtype=xs.dtype), axis, dimension, combine)


def along(xs: Array, ys: Array, axis: Axis, dimension: int, combine: Callable[[Array, Array], Array]) -> Array:
    """The entries of each window along one dimension, counted from the end, combined into `ys` tap by tap.

    >>> along(np.array([1, 2, 3]), np.zeros(3, dtype=int), Axis(3, 2, lo=1), -1, np.add)
    array([1, 3, 5])
    """
    after: Any = (slice(None),) * (-dimension - 1)
    for tap in range(axis.taps):
        outs, reads = reached(axis, tap)
        ys[..., outs, *after] = combine(ys[..., outs, *after], xs[..., reads, *after])
    return ys


def reached(axis: Axis, tap: int) -> tuple[slice, slice]:
    """The outputs that a tap reaches, and the places of the signal that it reads for them: both evenly spaced.

    >>> reached(Axis(5, 3, 2, lo=1), 0)
    (slice(1, 2, None), slice(1, 2, 2))
    """
    reads = axis.table()[tap]
    alive = np.flatnonzero(reads >= 0)
    if not len(alive):
        return slice(0), slice(0)
    first, last = alive[[0, -1]].tolist()
    return slice(first, last + 1), slice(int(reads[first]), int(reads[last]) + 1, axis.stride)


def axes_told(*settings: Any) -> int | None:
    """The number of axes, where one of the settings names one int for each.

    >>> axes_told(2, (1, 1)), axes_told(2)
    (2, None)
    """
    return next((len(value) for value in settings if isinstance(value, tuple | list)), None)


def flag(value: Any, name: str) -> bool:
    """The value as a bool; 0 and 1 count, as ONNX writes them.

    >>> flag(1, "ceil_mode")
    True
    """
    if not isinstance(value, bool | np.bool_ | int) or value not in (0, 1):
        msg = f"{name} must be True or False, not {value!r}"
        raise ArgumentError(msg)
    return bool(value)


def reads(axes: tuple[Axis, ...]) -> Array:
    """The flat place that each flat tap reads for each flat output place, (taps, places); -1 in the padding.

    >>> reads((Axis(2, 2, lo=1), Axis(2, 1)))
    array([[-1, -1,  0,  1],
           [ 0,  1,  2,  3]])
    """
    taps, out = tuple(a.taps for a in axes), tuple(a.out for a in axes)
    rings.check_memory(prod(taps) * prod(out), 8, "the tap table")
    tables = []
    for i, a in enumerate(axes):
        shape = [1] * (2 * len(axes))
        shape[i], shape[len(axes) + i] = a.taps, a.out
        tables.append(a.table().reshape(shape))
    return flat_index(tables, tuple(a.size for a in axes)).reshape(prod(taps), prod(out))


def box(in_shape: Any) -> Box:
    """The input box (channels, *sizes), at least one size.

    >>> box((3, 8, 8))
    (3, 8, 8)
    """
    sizes = box_of(in_shape, "in_shape")
    if len(sizes) < 2:
        msg = f"the input must have shape (channels, *sizes), not {sizes}; write x[None] for one channel"
        raise ShapeError(msg)
    return sizes


def _axes_of(padding: Any) -> int:
    """The number of axes that the padding names at least: two ints may be a pair on one axis."""
    return 1 if not isinstance(padding, tuple | list) or (len(padding) == 2 and _plain(padding)) else len(padding)


def _plain(padding: Any) -> bool:
    """One int, or one int an axis: torch's way to write it."""
    return not isinstance(padding, tuple | list) or not any(isinstance(v, tuple | list) for v in padding)
