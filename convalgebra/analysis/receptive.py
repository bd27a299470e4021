"""Receptive fields: which inputs an output can depend on, by exact index intervals.

Per axis a layer lets output i read the inputs q with `stride*i - lo <= up*q <= stride*i - lo + reach`: a window has
up = 1, a transposed layer up = its stride.  Intervals are carried back from the output to the input.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.indexing import named_widths, per_axis, widths
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear, LocallyConnected
from convalgebra.layers.base import Layer
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AdaptiveAvgPool, GlobalAvgPool, GlobalMaxPool
from convalgebra.layers.resample import ChannelShuffle, Crop, Pad, PixelShuffle, PixelUnshuffle, Upsample
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.layers.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box

POINTWISE = (Identity, ReLU, BatchNorm, ChannelShuffle)
WHOLE = (GlobalAvgPool, GlobalMaxPool, Linear, Flatten)


@dataclass(frozen=True)
class ReceptiveField:
    """Output i reads inputs `start + jump*i, ..., start + jump*i + size - 1` of each axis (the hull of what it reads).

    With upsampling the jump is a fraction, and `size` is the largest over the phases.

    >>> import convalgebra as ca
    >>> conv = ca.Conv([[[1, 2, 3]]], stride=2, padding=1)
    >>> ca.receptive_field(ca.Sequential(conv, conv))
    ReceptiveField(size=(7,), jump=(4,), start=(-3,))
    """

    size: tuple[int, ...]
    jump: tuple[int | Fraction, ...]
    start: tuple[int, ...]

    @property
    def padding(self) -> tuple[int, ...]:
        """How far the first output reads beyond the start, `-start`."""
        return tuple(-s for s in self.start)

    @property
    def center(self) -> tuple[Fraction, ...]:
        """The middle of what output 0 reads."""
        return tuple(s + Fraction(n - 1, 2) for s, n in zip(self.start, self.size, strict=True))


@dataclass(frozen=True)
class _Step:
    """One axis of one layer: output i reads the q with `stride*i - lo <= up*q <= stride*i - lo + reach`."""

    stride: int = 1
    up: int = 1
    lo: int = 0
    reach: int = 0

    def back(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The input interval for each output interval."""
        return [
            (-((self.lo - self.stride * first) // self.up), (self.stride * last - self.lo + self.reach) // self.up)
            for first, last in spans
        ]


def receptive_field(net: Layer | Sequence[Layer], in_shape: Any = None) -> ReceptiveField:
    """`r = 1 + sum over layers of d*(k - 1) * (product of the strides before)`, with its jump and start, for each axis.

    `net` is a layer, a network or a list of layers.  Branches must agree in jump and centre.  `in_shape` is needed
    where the answer depends on the size: strided "same_upper" and "same_lower", global pools, linear layers.

    Errors: `ShapeError` for misaligned branches, `ArgumentError` for layers that need `in_shape`.
    Source: Araujo, Norris and Sim 2019; the smallest input for O outputs is `(O - 1)*jump + size`.

    >>> import convalgebra as ca
    >>> three = ca.Conv([[[1, 1, 1]]])
    >>> ca.receptive_field([three, three]).size, ca.receptive_field(ca.MaxPool(5)).size
    ((5,), (5,))
    """
    whole: Layer = net if isinstance(net, Layer) else Sequential(*net)
    ndim = len(in_shape) - 1 if in_shape is not None else (whole.spatial or 1)
    phases = _phases(whole, ndim, None if in_shape is None else tuple(in_shape))
    per = [_summary(whole, axis, phases[axis], ndim, in_shape) for axis in range(ndim)]
    return ReceptiveField(*(tuple(values) for values in zip(*per, strict=True)))


def _summary(net: Layer, axis: int, phases: tuple[Fraction, int], ndim: int, in_shape: Any) -> tuple[Any, ...]:
    jump, period = phases
    spans = _back(net, axis, [(i, i) for i in range(period)], ndim, None if in_shape is None else tuple(in_shape))
    size = max(last - first + 1 for first, last in spans)
    return size, int(jump) if jump.denominator == 1 else jump, spans[0][0]


def _shapes(net: Sequential, in_shape: Box | None) -> list[Box | None]:
    return [None] * (len(net.layers) + 1) if in_shape is None else [*net.shapes(in_shape)]


def _phases(net: Layer, ndim: int, in_shape: Box | None) -> list[tuple[Fraction, int]]:
    """(jump, number of phases) for each axis."""
    if isinstance(net, Sequential):
        parts = [_phases(f, ndim, shape) for f, shape in zip(net.layers, _shapes(net, in_shape), strict=False)]
        return [
            (prod((p[0] for p in axis), start=Fraction(1)), prod(p[1] for p in axis))
            for axis in zip(*parts, strict=True)
        ]
    if isinstance(net, Parallel):
        parts = [_phases(f, ndim, in_shape) for f in net.branches]
        if any({p[0] for p in axis} != {axis[0][0]} for axis in zip(*parts, strict=True)):
            jumps = [tuple(str(p[0]) for p in part) for part in parts]
            msg = f"the branches must have one jump to be joined, not {', '.join(map(str, jumps))}; they are misaligned"
            raise ShapeError(msg)
        return [(axis[0][0], max(p[1] for p in axis)) for axis in zip(*parts, strict=True)]
    return [(Fraction(s.stride, s.up), s.up) for s in _steps(net, ndim, in_shape)]


def _back(
    net: Layer, axis: int, spans: list[tuple[int, int]], ndim: int, in_shape: Box | None
) -> list[tuple[int, int]]:
    if isinstance(net, Sequential):
        parts = list(zip(net.layers, _shapes(net, in_shape), strict=False))
        return reduce(lambda found, part: _back(part[0], axis, found, ndim, part[1]), reversed(parts), spans)
    if isinstance(net, Parallel):
        found = [_back(f, axis, spans, ndim, in_shape) for f in net.branches]
        for left, right in pairwise(found):
            if [sum(s) for s in left] != [sum(s) for s in right]:
                msg = (
                    f"the branches must be centred alike to be joined, not read {left[0]} and {right[0]}; "
                    "they are misaligned"
                )
                raise ShapeError(msg)
        return [
            (min(first), max(last)) for first, last in (tuple(zip(*s, strict=True)) for s in zip(*found, strict=True))
        ]
    return _steps(net, ndim, in_shape)[axis].back(spans)


def _steps(layer: Layer, ndim: int, in_shape: Box | None) -> list[_Step]:
    """The steps of a single layer, one for each axis."""
    if isinstance(layer, POINTWISE):
        return [_Step()] * ndim
    if isinstance(layer, Pad | Crop):
        sign = 1 if isinstance(layer, Pad) else -1
        return [_Step(lo=sign * lo) for lo, _ in widths(layer.width, ndim)]
    if isinstance(layer, PixelUnshuffle):
        return [_Step(stride=layer.factor, reach=layer.factor - 1)] * ndim
    if isinstance(layer, Upsample | PixelShuffle | ConvTranspose):
        return _finer(layer, ndim)
    return _windows(layer, ndim, in_shape)


def _finer(layer: Upsample | PixelShuffle | ConvTranspose, ndim: int) -> list[_Step]:
    """Layers with more outputs than inputs."""
    if isinstance(layer, ConvTranspose):
        reaches = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]  # type: ignore[arg-type]
        parts = zip(layer.stride, layer.padding, reaches, strict=True)  # type: ignore[arg-type]
        return [_Step(up=s, lo=reach - lo, reach=reach) for s, (lo, _), reach in parts]
    if isinstance(layer, Upsample) and layer.mode == "zeros":
        return [_Step(up=s) for s in per_axis(layer.scale, ndim, "scale", 1)]
    scales = per_axis(layer.scale if isinstance(layer, Upsample) else layer.factor, ndim, "scale", 1)
    return [_Step(up=s, lo=s - 1, reach=s - 1) for s in scales]


def _windows(layer: Layer, ndim: int, in_shape: Box | None) -> list[_Step]:
    if isinstance(layer, (*WHOLE, AdaptiveAvgPool)):
        return _whole(layer, ndim, in_shape)
    if not isinstance(layer, Conv | Window | LocallyConnected):
        msg = (
            f"the receptive field of {type(layer).__name__} is not known; "
            "the layers must be windows or act place by place"
        )
        raise ArgumentError(msg)
    if in_shape is not None and getattr(layer, "over", "space") == "space":
        return [_Step(a.stride, 1, a.lo, a.dilation * (a.taps - 1)) for a in layer.axes(in_shape)]
    kernel = (
        layer.weight.shape[-ndim:]
        if isinstance(layer, LocallyConnected)
        else per_axis(layer.kernel_size, ndim, "kernel_size", 1)
    )
    if getattr(layer, "over", "space") == "channels":
        return [_Step()] * ndim
    stride = kernel if layer.stride is None else per_axis(layer.stride, ndim, "stride", 1)
    dilation = per_axis(layer.dilation, ndim, "dilation", 1)
    sides = _sides(layer.padding, kernel, stride, dilation)
    return [_Step(s, 1, lo, d * (k - 1)) for k, s, d, (lo, _) in zip(kernel, stride, dilation, sides, strict=True)]


def _sides(padding: Any, kernel: Box, stride: Box, dilation: Box) -> Sequence[tuple[int, int]]:
    if not isinstance(padding, str):
        return widths(padding, len(kernel))
    if padding in {"same_upper", "same_lower"} and max(stride) > 1:
        msg = f"in_shape must be given for padding={padding!r} with a stride: the amount depends on the size"
        raise ArgumentError(msg)
    large = (d * k for d, k in zip(dilation, kernel, strict=True))
    return [named_widths(padding, n, *part) for n, *part in zip(large, kernel, stride, dilation, strict=True)]


def _whole(layer: Layer, ndim: int, in_shape: Box | None) -> list[_Step]:
    """Layers that read the whole signal, or a share of it that depends on its size."""
    if in_shape is None:
        msg = f"in_shape must be given: {type(layer).__name__} reads as far as the signal goes"
        raise ArgumentError(msg)
    sizes = in_shape[1:]
    if not isinstance(layer, AdaptiveAvgPool):
        return [_Step(n, 1, 0, n - 1) for n in sizes] if len(sizes) == ndim else [_Step()] * ndim  # flat already
    goals = layer.output_shape(in_shape)[1:]
    if any(n % m for n, m in zip(sizes, goals, strict=True)):
        msg = f"the windows of AdaptiveAvgPool must be equal: {goals} places must divide {sizes}"
        raise ShapeError(msg)
    return [_Step(n // m, 1, 0, n // m - 1) for n, m in zip(sizes, goals, strict=True)]
