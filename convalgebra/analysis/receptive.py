"""Receptive fields: which inputs an output can depend on, by exact index intervals.

Per axis a layer lets output i read the inputs q with `stride*i - lo <= up*q <= stride*i - lo + reach`: a window has
up = 1, a transposed layer up = its stride.  Intervals are carried back from the output to the input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm, prod
from typing import TYPE_CHECKING, Any, TypeAlias

from convalgebra.algebra.indexing import box_of, named_widths, per_axis, widths
from convalgebra.analysis.channel_count import channels_after
from convalgebra.analysis.counts import Leaf, leaves, network
from convalgebra.errors import ArgumentError, ShapeError, SizeLimitError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear, LocallyConnected
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential, named
from convalgebra.layers.pool import AdaptiveAvgPool, GlobalAvgPool, GlobalMaxPool
from convalgebra.layers.resample import ChannelShuffle, Crop, Pad, PixelShuffle, PixelUnshuffle, Upsample
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.layers.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.layers.base import Layer

POINTWISE = (Identity, ReLU, BatchNorm, ChannelShuffle)
WHOLE = (GlobalAvgPool, GlobalMaxPool, Linear, Flatten)
MOST_PHASES = 2**12  # outputs that read in different ways, as upsampling makes them

Span = tuple[int, int]
Path: TypeAlias = "tuple[_Step | _Hull, ...]"  # one axis, from the input on
Paths = list[Path]  # one for each axis


@dataclass(frozen=True)
class ReceptiveField:
    """Output i reads inputs `start + jump*i, ..., start + jump*i + size - 1` of each axis (the hull of what it reads).

    Upsampling makes phases: with `phases[r] = (start_r, size_r)` for r = 0, ..., q - 1 on an axis, output q*m + r reads
    the size_r inputs from `start_r + q*jump*m` on, q*jump an integer.  `size` is then the largest, `start` that of
    output 0.  `at(i)` is what output i reads, in every case.  Where dilated windows meet upsampling, an end may be a
    hole: `ca.paths` has every place that is read.

    >>> import convalgebra as ca
    >>> conv = ca.Conv([[[1, 2, 3]]], stride=2, padding=1)
    >>> ca.receptive_field(ca.Sequential(conv, conv))
    ReceptiveField(size=(7,), jump=(4,), start=(-3,))
    >>> up = ca.receptive_field(ca.ConvTranspose([[[1, 2, 3]]], stride=2, padding=1))
    >>> up.jump, up.phases, up.at(7)
    ((Fraction(1, 2),), (((0, 1), (0, 2)),), (range(3, 5),))
    """

    size: tuple[int, ...]
    jump: tuple[int | Fraction, ...]
    start: tuple[int, ...]
    phases: tuple[tuple[tuple[int, int], ...], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.phases:
            object.__setattr__(self, "phases", tuple((pair,) for pair in zip(self.start, self.size, strict=True)))
        if any(jump * len(told) % 1 for jump, told in zip(self.jump, self.phases, strict=True)):
            msg = f"every jump must be an integer over a round of its phases, not {self.jump} over {self.phases}"
            raise ArgumentError(msg)

    def at(self, place: int | tuple[int, ...]) -> tuple[range, ...]:
        """The inputs that the output at this place reads, a range for each axis; one int stands for all axes."""
        places = per_axis(place, len(self.size), "place", 0)
        found = []
        for i, jump, told in zip(places, self.jump, self.phases, strict=True):
            rounds, phase = divmod(i, len(told))
            start, size = told[phase]
            first = start + int(jump * len(told)) * rounds
            found.append(range(first, first + size))
        return tuple(found)

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

    def back(self, span: Span) -> Span:
        """The input interval of an output interval; empty when last < first."""
        first, last = span
        return -((self.lo - self.stride * first) // self.up), (self.stride * last - self.lo + self.reach) // self.up

    def jump(self) -> Fraction:
        """The inputs that one output further moves."""
        return Fraction(self.stride, self.up)

    def period(self, before: int) -> int:
        """How many outputs move the layer's inputs by a multiple of `before`."""
        return before * self.up // gcd(before * self.up, self.stride)

    def after(self, first: _Step) -> _Step:
        """Two windows as one."""
        lo, reach = first.stride * self.lo + first.lo, first.stride * self.reach + first.reach
        return _Step(first.stride * self.stride, 1, lo, reach)


@dataclass(frozen=True)
class _Hull:
    """One axis of branches side by side: what any of them reads."""

    branches: tuple[Path, ...]

    def back(self, span: Span) -> Span:
        found = [s for s in (_back(path, span) for path in self.branches) if s[0] <= s[1]]
        return (min(s[0] for s in found), max(s[1] for s in found)) if found else (0, -1)

    def jump(self) -> Fraction:
        return _jump(self.branches[0])

    def period(self, before: int) -> int:
        return lcm(*(_period(path, before) for path in self.branches))


def _back(path: Path, span: Span) -> Span:
    for link in reversed(path):
        span = link.back(span)
        if span[1] < span[0]:
            break
    return span


def _jump(path: Path) -> Fraction:
    return prod((link.jump() for link in path), start=Fraction(1))


def _period(path: Path, before: int = 1) -> int:
    return reduce(lambda period, link: link.period(period), path, before)


def _joined(left: Path, right: Path) -> Path:
    """One path after the other; windows that meet become one window."""
    if left and right and isinstance(left[-1], _Step) and isinstance(right[0], _Step):
        first, second = left[-1], right[0]
        if first.up == second.up == 1:
            return (*left[:-1], second.after(first), *right[1:])
    return left + right


def _hull(branches: Sequence[Path]) -> Path:
    jumps = [_jump(path) for path in branches]
    if len(set(jumps)) > 1:
        shown = ", ".join(map(str, jumps))
        msg = f"the branches must have one jump to be joined, not {shown}; they are misaligned"
        raise ShapeError(msg)
    centers = dict.fromkeys(map(_center, branches))
    if len(centers) > 1:
        shown = " and ".join(map(str, centers))
        msg = f"the branches must be centred alike to be joined, not around {shown} for output 0; they are misaligned"
        raise ShapeError(msg)
    steps = [(path or (_Step(),))[0] for path in branches]
    if any(len(path) > 1 for path in branches) or not all(isinstance(s, _Step) and s.up == 1 for s in steps):
        return (_Hull(tuple(branches)),)
    spans = [s.back((0, 0)) for s in steps]
    first = min(s[0] for s in spans)
    return (_Step(int(jumps[0]), 1, -first, max(s[1] for s in spans) - first),)


def receptive_field(net: Layer | Sequence[Layer], in_shape: Any = None) -> ReceptiveField:
    """`r = 1 + sum over layers of d*(k - 1) * (product of the strides before)`, with its jump and start, for each axis.

    `net` is a layer, a network or a list of layers.  Branches must agree in jump and centre.  `in_shape` is needed
    where the answer depends on the size: strided "same_upper" and "same_lower", global pools, linear layers.

    Errors: `ShapeError` for layers that do not chain and misaligned branches, `ArgumentError` for a missing `in_shape`.
    Source: Araujo, Norris and Sim 2019; the smallest input for O outputs is `(O - 1)*jump + size`.

    >>> import convalgebra as ca
    >>> three = ca.Conv([[[1, 1, 1]]])
    >>> ca.receptive_field([three, three]).size, ca.receptive_field(ca.MaxPool(5)).size
    ((5,), (5,))
    """
    whole = network(net)
    shape = None if in_shape is None else box_of(in_shape, "in_shape")
    if shape is None:
        channels_after(whole)
    ndim = len(shape) - 1 if shape is not None else (whole.spatial or 1)
    return _field(_traced(whole, ndim, iter([*leaves(whole, shape)]))[1])


def fields(net: Layer, found: Sequence[Leaf]) -> list[ReceptiveField]:
    """The receptive field after each of the `counts.leaves` of a network.

    >>> import convalgebra as ca
    >>> net = ca.Sequential(ca.Conv([[[1, 1, 1]]]), ca.MaxPool(2))
    >>> [field.size for field in fields(net, list(leaves(net, (1, 9))))]
    [(3,), (4,)]
    """
    return [_field(paths) for paths in _traced(net, len(found[0].in_shape) - 1, iter(found))[0]]


def _field(paths: Paths) -> ReceptiveField:
    if not paths:  # vectors
        return ReceptiveField((), (), (), ())
    return ReceptiveField(*zip(*map(_summary, paths), strict=True))


def _summary(path: Path) -> tuple[int, int | Fraction, int, tuple[tuple[int, int], ...]]:
    """(size, jump, start, phases) of one axis."""
    if len(path) == 1 and isinstance(path[0], _Step) and path[0].up == 1:
        start, size = -path[0].lo, path[0].reach + 1
        return size, path[0].stride, start, ((start, size),)
    jump, found = _jump(path), tuple((first, last - first + 1) for first, last in _phases(path))
    size = max(n for _, n in found)
    start = next((first - int(jump * i) for i, (first, n) in enumerate(found) if n), 0)
    return size, int(jump) if jump.denominator == 1 else jump, start, found


def _phases(path: Path) -> list[Span]:
    """What the outputs of one period read; last = first - 1 for those that read nothing."""
    period = _period(path)
    if period > MOST_PHASES:
        msg = f"the outputs must fall into at most {MOST_PHASES} phases, not {period}; ask for fewer layers"
        raise SizeLimitError(msg)
    found = (_back(path, (i, i)) for i in range(period))
    return [(first, last) if first <= last else (0, -1) for first, last in found]


def _center(path: Path) -> Fraction:
    """The middle of what output 0 reads; with phases the mean of all, each moved back to output 0."""
    alive = [(i, span) for i, span in enumerate(_phases(path)) if span != (0, -1)]
    return sum((Fraction(sum(span), 2) - _jump(path) * i for i, span in alive), Fraction()) / max(len(alive), 1)


def _traced(net: Layer, ndim: int, source: Iterator[Leaf]) -> tuple[list[Paths], Paths]:
    """The paths from the input to each layer within, and through the whole; the source yields these layers."""
    if isinstance(net, Sequential):
        return _traced_chain(net, ndim, source)
    if isinstance(net, Parallel):
        parts = [_traced(branch, ndim, source) for branch in net.branches]
        axes = zip(*(through for _, through in parts), strict=True)
        return [paths for seen, _ in parts for paths in seen], [_hull(axis) for axis in axes]
    paths: Paths = [(step,) for step in _steps(next(source), ndim)]
    return [paths], paths


def _traced_chain(net: Sequential, ndim: int, source: Iterator[Leaf]) -> tuple[list[Paths], Paths]:
    seen: list[Paths] = []
    whole: Paths = [()] * ndim
    for k, layer in enumerate(net.layers):
        with named("layer", k, layer):
            inner, through = _traced(layer, ndim, source)
        seen += [[*map(_joined, whole, paths)] for paths in inner]
        whole = [*map(_joined, whole, through)]
    return seen, whole


def _steps(leaf: Leaf, ndim: int) -> list[_Step]:
    """The steps of a single layer, one for each axis."""
    layer = leaf.layer
    if isinstance(layer, POINTWISE) or getattr(layer, "pointwise", False):
        return [_Step()] * ndim
    if isinstance(layer, Pad | Crop):
        sign = 1 if isinstance(layer, Pad) else -1
        return [_Step(lo=sign * lo) for lo, _ in widths(layer.width, ndim)]
    if isinstance(layer, PixelUnshuffle):
        return [_Step(stride=layer.factor, reach=layer.factor - 1)] * ndim
    if isinstance(layer, Upsample | PixelShuffle | ConvTranspose):
        return _finer(layer, ndim)
    return _windows(leaf, ndim)


def _finer(layer: Upsample | PixelShuffle | ConvTranspose, ndim: int) -> list[_Step]:
    """Layers with more outputs than inputs."""
    if isinstance(layer, ConvTranspose):
        parts = [(s, d * (k - 1), lo) for (k, s, d), (lo, _) in zip(layer._windows, layer.padding, strict=True)]  # type: ignore[arg-type]
        return [_Step(up=s, lo=reach - lo, reach=reach) for s, reach, lo in parts]
    if isinstance(layer, Upsample) and layer.mode == "zeros":
        return [_Step(up=s) for s in per_axis(layer.scale, ndim, "scale", 1)]
    scales = per_axis(layer.scale if isinstance(layer, Upsample) else layer.factor, ndim, "scale", 1)
    return [_Step(up=s, lo=s - 1, reach=s - 1) for s in scales]


def _windows(leaf: Leaf, ndim: int) -> list[_Step]:
    layer, in_shape = leaf.layer, leaf.in_shape or None
    if isinstance(layer, (*WHOLE, AdaptiveAvgPool)):
        return _whole(layer, ndim, in_shape)
    if not isinstance(layer, Conv | Window | LocallyConnected):
        msg = (
            f"the receptive field of {type(layer).__name__} is not known; "
            "the layers must be windows or act place by place"
        )
        raise ArgumentError(msg)
    if in_shape is not None and getattr(layer, "over", "space") == "space":
        return [_Step(a.stride, 1, a.lo, a.dilation * (a.taps - 1)) for a in leaf.axes]
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
