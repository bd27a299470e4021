"""Each affine layer with a shared kernel as a candidate, and a network as the tree of them."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from math import prod
from operator import mul
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import per_axis, widths
from convalgebra.algebra.kernel_groups import exchanged
from convalgebra.analysis.single import Pace, Single, beside, follow, summed
from convalgebra.errors import ArgumentError, NotAConvolutionError, ShapeError
from convalgebra.layers.activation import Nonlinear
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear
from convalgebra.layers.base import Layer
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from convalgebra.layers.resample import ChannelShuffle, Crop, Pad, PixelShuffle, PixelUnshuffle, Unfold, Upsample
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convalgebra.algebra.indexing import Box, Pair
    from convalgebra.algebra.rings import Array


LARGEST = 2**6  # the size up to which inputs are sought that show a layer not to be linear
UNKNOWN = {"channels": "the number of channels", "spatial": "the number of axes", "sizes": "the size of its input"}


@dataclass(frozen=True)
class Spot:
    """Where a layer stands, and what is known there: channels, axes, and with an input shape the sizes."""

    channels: int | None
    spatial: int | None
    sizes: Box | None
    where: str = ""

    def at(self, name: str, number: int, layer: Any) -> Spot:
        """The spot of a part."""
        outer = f"{self.where}, " if self.where else ""
        return replace(self, where=f"{outer}{name} {number} ({type(getattr(layer, 'linear', layer)).__name__})")

    def beyond(self, single: Single) -> Spot:
        """The spot after a layer."""
        sizes = None if self.sizes is None else tuple(p.out(n) for p, n in zip(single.paces, self.sizes, strict=False))
        return Spot(single.channels[0], len(single.paces), sizes)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Errors say where the layer stands."""
        try:
            yield
        except (ShapeError, ArgumentError) as error:
            raise type(error)(str(error) if self.where in str(error) else f"{self.where}: {error}") from error

    @property
    def shape(self) -> Box:
        """The input shape."""
        return (self.known("channels"), *self.known("sizes"))

    def refuse(self, why: str, pair: tuple[Array, Array] | None = None) -> NoReturn:
        """The error that names the layer."""
        msg = f"a stack with {self.where}, {why}"
        raise NotAConvolutionError(msg, pair=pair)

    def known(self, what: str) -> Any:
        """What the layer needs to know, or an error that asks for it."""
        value = getattr(self, what)
        if value is None:
            why = f"{self.where}, which depends on {UNKNOWN[what]}"
            msg = f"in_shape must be given for {why}; write collapse(net, in_shape)"
            raise ArgumentError(msg)
        return value


@dataclass(frozen=True, eq=False)
class Node:
    """A layer, or a chain or fork of nodes, as one candidate; `uneven` marks places of a window that counts less."""

    where: str
    single: Single
    parts: tuple[Node, ...] = ()
    fork: bool = False
    uneven: tuple[Array, ...] | None = None

    @cached_property
    def used(self) -> tuple[Array, ...]:
        """The taps of each axis that are not known to be zero."""
        alive = rings.nonzero(self.single.weight)
        return tuple(np.flatnonzero(alive.any(axis=others)) for others in _others(alive)[2:])

    @cached_property
    def flat(self) -> bool:
        """Does it answer a constant by a constant, whatever place between inserted zeros it stands at?"""
        weight, paces = self.single.weight, self.single.paces
        sums = []
        for phases in np.ndindex(*(p.rate for p in paces)):
            steps = zip(paces, self.single.taps, phases, strict=True)
            met = [np.flatnonzero((p.dilation * np.arange(k) - p.lo + phase) % p.rate == 0) for p, k, phase in steps]
            sums.append(summed(weight[np.ix_(*map(np.arange, weight.shape[:2]), *met)]))
        return all(not rings.nonzero(rings.tidy(np.subtract(*rings.addable((s, sums[0]))))).any() for s in sums[1:])

    @property
    def leaves(self) -> list[Node]:
        """The layers, first to last."""
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]


def _others(array: Array) -> list[tuple[int, ...]]:
    """For each axis all others."""
    return [tuple(a for a in range(array.ndim) if a != axis) for axis in range(array.ndim)]


@dataclass(frozen=True, eq=False)
class _Dense(Layer):
    """`Flatten` and the `Linear` after it: a kernel as large as the signal."""

    linear: Linear


def tree(net: Any, spot: Spot) -> Node:
    """The network as nodes; refuses layers that are not affine or share no kernel, by their position."""
    if isinstance(net, Sequential):
        return _chain(net.layers, spot)
    if isinstance(net, Parallel):
        return _fork(net, spot)
    make = next((made for kind, made in LEAVES.items() if isinstance(net, kind)), None)
    if make is None:
        _refuse(net, spot)
    with spot.named():
        return make(net, spot)


def _refuse(layer: Any, spot: Spot) -> NoReturn:
    """Where the shape is not known, a layer that is not linear shows two inputs of the smallest shape that has some."""
    if not isinstance(layer, Nonlinear | GlobalMaxPool):
        spot.refuse("which is no convolution")
    ndim = spot.spatial or layer.spatial or 1
    for sizes in [(n,) * ndim for n in range(1, LARGEST)] if spot.sizes is None else [spot.sizes]:
        shape = (spot.channels or 1, *sizes)
        part = layer.pool(shape) if isinstance(layer, GlobalMaxPool) else layer
        with suppress(ShapeError, ArgumentError):  # no window fits, or none holds two places
            pair, told = part.witness(shape), part._why(shape).partition(": ")[2]
            break
    else:
        spot.refuse("which is not linear")
    spot.refuse(f"which is not linear: {told}", pair)


def _chain(layers: Sequence[Any], spot: Spot) -> Node:
    parts: list[Node] = []
    single, here = None, spot
    for k, layer in _paired(layers):
        part = tree(layer, replace(here, where=spot.at("layer", k, layer).where))
        single = part.single if single is None else follow(single, part.single, part.where)
        parts.append(part)
        here = here.beyond(part.single)
    return parts[0] if len(parts) == 1 else Node(spot.where, single, tuple(parts))  # type: ignore[arg-type]


def _paired(layers: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The layers with their numbers, a `Flatten` and a `Linear` after it as one."""
    for k, layer in enumerate(layers):
        after = layers[k + 1] if k + 1 < len(layers) else None
        if isinstance(layer, Linear) and k and isinstance(layers[k - 1], Flatten):
            yield k, _Dense(layer)
        elif not (isinstance(layer, Flatten) and isinstance(after, Linear)):
            yield k, layer


def _fork(net: Parallel, spot: Spot) -> Node:
    parts = tuple(tree(branch, spot.at("branch", k, branch)) for k, branch in enumerate(net.branches))
    with spot.named():
        single = beside([part.single for part in parts], net.join, spot.sizes)
    return Node(spot.where, single, parts, fork=True)


def channels_of(net: Any) -> int | None:
    """The number of input channels, where the network tells it.

    >>> import convalgebra as ca
    >>> channels_of(ca.Sequential(ca.Identity(), ca.Conv([[[1]], [[2]]])))
    1
    """
    if isinstance(net, Conv | ConvTranspose):
        return net.channels[1]
    if isinstance(net, BatchNorm):
        return len(net.mean)
    if isinstance(net, Parallel):
        return next((c for c in map(channels_of, net.branches) if c is not None), None)
    for layer in getattr(net, "layers", ()):
        found = channels_of(layer)
        if found is not None or not isinstance(layer, KEEPING):
            return found
    return None


def _conv(layer: Conv, spot: Spot) -> Node:
    if spot.sizes is not None:
        sides = [(a.lo, a.hi) for a in layer.axes(spot.shape)]
    elif layer.padding in {"same_upper", "same_lower"} and any(s > 1 for _, s, _ in layer._windows):
        spot.refuse(f"padded {layer.padding!r}: an amount that depends on the size; pass in_shape")
    else:
        sides = list(layer._sides(tuple(d * k for k, _, d in layer._windows)))
    paces = _paces(layer._windows, sides)
    return Node(spot.where, Single(layer._taps, layer.bias, paces, layer.padding_mode, layer.groups))


def _paces(windows: Iterable[tuple[int, int, int]], sides: Iterable[Pair]) -> tuple[Pace, ...]:
    """Those of windows (kernel size, stride, dilation) and the padding of each axis."""
    parts = zip(windows, sides, strict=True)
    return tuple(Pace(s, d, lo, lo + hi - d * (k - 1) - 1) for (k, s, d), (lo, hi) in parts)


def _transposed(layer: ConvTranspose, spot: Spot) -> Node:
    """`y[m] = sum of w[t] x_s[m + p - d*t]`: taps turned, lo = d*(k - 1) - p."""
    if spot.sizes is not None:
        layer.output_shape(spot.shape)
    weight = np.flip(exchanged(layer.weight, layer.groups), tuple(range(2, layer.weight.ndim)))
    parts = zip(layer._windows, layer.padding, layer.output_padding, strict=True)  # type: ignore[arg-type]
    paces = tuple(
        Pace(1, d, d * (k - 1) - lo, d * (k - 1) - s - lo - hi + extra, s) for (k, s, d), (lo, hi), extra in parts
    )
    return Node(spot.where, Single(weight, layer.bias, paces, groups=layer.groups))


def _pointwise(matrix: Any, bias: Any, spot: Spot, groups: int = 1) -> Node:
    """A matrix on the channels of each group at every place."""
    ndim = spot.known("spatial")
    return Node(spot.where, Single(matrix.reshape(*matrix.shape, *[1] * ndim), bias, (Pace(),) * ndim, groups=groups))


def _ones(spot: Spot, taps: Sequence[int]) -> Array:
    """A window of ones for each channel by itself."""
    return np.ones((spot.known("channels"), 1, *taps), dtype=np.int64)


def _identity(_: Identity, spot: Spot) -> Node:
    return _pointwise(_ones(spot, ()), None, spot, spot.known("channels"))


def _normalised(layer: BatchNorm, spot: Spot) -> Node:
    channels = len(layer.mean)
    return _pointwise(layer.scale[:, None], layer.offset((channels,)), spot, channels)


def _linear(layer: Linear, spot: Spot) -> Node:
    if any(n > 1 for n in spot.known("sizes")) or not spot.spatial:
        spot.refuse("on vectors, which have no axis to slide along")
    return _pointwise(layer.weight, layer.bias, spot)


def _dense(layer: _Dense, spot: Spot) -> Node:
    (channels, *sizes), linear = spot.shape, layer.linear
    linear.output_shape((prod(spot.shape),))
    return _conv(Conv(linear.weight.reshape(-1, channels, *sizes), linear.bias), spot)


def _flattened(_: Flatten, spot: Spot) -> Node:
    count = prod(spot.shape)
    rings.check_memory(count**2, 8, f"the kernel of {spot.where}")
    return _conv(Conv(np.eye(count, dtype=np.int64).reshape(count, *spot.shape)), spot)


def _average(layer: AvgPool, spot: Spot) -> Node:
    channels, ndim = spot.known("channels"), spot.known("spatial")
    if layer.over == "channels":
        spot.refuse("whose windows run over the channels")
    kernel, stride, dilation = layer._settings(ndim)
    fixed = not (layer.ceil_mode or (isinstance(layer.padding, str) and max(stride) > 1))
    sizes = spot.known("sizes") if spot.sizes is not None or not fixed else tuple(map(mul, kernel, dilation))
    sides = layer._sides(sizes, kernel, stride, dilation)
    if spot.sizes is not None:
        sides = tuple((a.lo, a.hi) for a in layer.axes(spot.shape))
    elif not layer.count_include_pad and layer.divisor_override is None and any(lo > 0 or hi > 0 for lo, hi in sides):
        spot.known("sizes")
    count, uneven = _counts(layer, spot, kernel)
    weight = rings.tidy(rings.objects(_ones(spot, kernel)) * Fraction(1, count))
    paces = _paces(zip(kernel, stride, dilation, strict=True), sides)
    return Node(spot.where, Single(weight, None, paces, groups=channels), uneven=uneven)


def _maximum(layer: MaxPool, spot: Spot) -> Node:
    """The maximum of one place is that place."""
    if np.max(layer.kernel_size) > 1 or layer.padding != 0:
        _refuse(layer, spot)
    return _average(AvgPool(1, stride=layer.stride or 1, ceil_mode=layer.ceil_mode, over=layer.over), spot)


def _counts(layer: AvgPool, spot: Spot, kernel: Box) -> tuple[int, tuple[Array, ...] | None]:
    """What windows divide by, and on each axis the places whose windows divide by another count."""
    full = prod(kernel) if layer.divisor_override is None else layer.divisor_override
    if spot.sizes is None:
        return full, None
    divisors = layer.divisors(spot.shape).reshape(layer.output_shape(spot.shape))[0]
    if (divisors == divisors.flat[0]).all():
        return int(divisors.flat[0]), None
    wrong = divisors != full
    lines = [wrong.all(axis=others) for others in _others(wrong)]
    covered = reduce(np.logical_or.outer, lines)
    return full, tuple(lines if not (wrong & ~covered).any() else [np.ones(n, dtype=bool) for n in wrong.shape])


def _global(_: GlobalAvgPool, spot: Spot) -> Node:
    return _average(AvgPool(spot.shape[1:]), spot)


def _adaptive(layer: AdaptiveAvgPool, spot: Spot) -> Node:
    sizes, goals = spot.shape[1:], layer.output_shape(spot.shape)[1:]
    if any(n % m for n, m in zip(sizes, goals, strict=True)):
        spot.refuse(f"whose windows differ in size on {sizes}")
    return _average(AvgPool(tuple(n // m for n, m in zip(sizes, goals, strict=True))), spot)


def _upsampled(layer: Upsample, spot: Spot) -> Node:
    channels = spot.known("channels")
    rates = per_axis(layer.scale, spot.known("spatial"), "scale", 1)
    taps = rates if layer.mode == "nearest" else (1,) * len(rates)
    paces = tuple(Pace(1, 1, k - 1, -1, r) for k, r in zip(taps, rates, strict=True))
    return Node(spot.where, Single(_ones(spot, taps), None, paces, groups=channels))


def _padded(layer: Pad, spot: Spot) -> Node:
    if rings.nonzero(rings.entries(layer.value)).any():
        spot.refuse(f"which fills the border with {layer.value}")
    return _widened(widths(layer.width, spot.known("spatial"), "width"), layer.mode, spot)


def _cropped(layer: Crop, spot: Spot) -> Node:
    return _widened([(-lo, -hi) for lo, hi in widths(layer.width, spot.known("spatial"), "width")], "zeros", spot)


def _widened(sides: Sequence[Pair], mode: str, spot: Spot) -> Node:
    paces = tuple(Pace(lo=lo, end=lo + hi - 1) for lo, hi in sides)
    return Node(spot.where, Single(_ones(spot, [1] * len(sides)), None, paces, mode, spot.known("channels")))


def _shuffled(layer: ChannelShuffle, spot: Spot) -> Node:
    return _pointwise(layer.matrix((spot.known("channels"), 1)).to_numpy(), None, spot)


def _unfolded(layer: Unfold, spot: Spot) -> Node:
    """On one axis the windows are as long as the taps, a channel for each tap."""
    if spot.known("spatial") != 1:
        spot.refuse("which joins the axes of the signal in one")
    channels, (taps,) = spot.known("channels"), per_axis(layer.kernel_size, 1, "kernel_size", 1)
    picks = np.eye(channels * taps, dtype=np.int64).reshape(-1, channels, taps)
    return _conv(Conv(picks, stride=layer.stride, padding=layer.padding, dilation=layer.dilation), spot)


def _to_channels(layer: PixelUnshuffle, spot: Spot) -> Node:
    """A strided layer whose filters pick one place of the block each."""
    block = (spot.known("channels"), *[layer.factor] * spot.known("spatial"))
    return _conv(Conv(layer.matrix(block).to_numpy().reshape(-1, *block), stride=layer.factor), spot)


def _to_space(layer: PixelShuffle, spot: Spot) -> Node:
    """The transpose of a strided layer whose filters pick one place of the block each."""
    channels, ndim = spot.known("channels"), spot.known("spatial")
    picks = layer.matrix((channels, *[1] * ndim)).to_numpy().T
    return _transposed(ConvTranspose(picks.reshape(channels, -1, *[layer.factor] * ndim), stride=layer.factor), spot)


LEAVES: dict[type[Layer], Callable[[Any, Spot], Node]] = {
    Conv: _conv, ConvTranspose: _transposed, Identity: _identity, BatchNorm: _normalised, AvgPool: _average,
    MaxPool: _maximum, GlobalAvgPool: _global, AdaptiveAvgPool: _adaptive, Upsample: _upsampled, Pad: _padded,
    Crop: _cropped, Linear: _linear, _Dense: _dense, Flatten: _flattened, ChannelShuffle: _shuffled,
    Unfold: _unfolded, PixelUnshuffle: _to_channels, PixelShuffle: _to_space,
}  # fmt: skip
KEEPING = (Identity, AvgPool, MaxPool, GlobalAvgPool, AdaptiveAvgPool, Upsample, Pad, Crop)  # they keep the channels
