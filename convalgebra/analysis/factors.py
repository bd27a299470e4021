"""The Lipschitz constant of one layer of a network, an interval with its reason: in closed form where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf, nextafter, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import per_axis, widths
from convalgebra.analysis.endless import Interval, at_every_size
from convalgebra.analysis.table import shown
from convalgebra.errors import ArgumentError
from convalgebra.layers.activation import Nonlinear, ReLU
from convalgebra.layers.affine import Flatten, Identity
from convalgebra.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, LpPool, MaxPool
from convalgebra.layers.resample import (
    ChannelShuffle,
    Crop,
    Fold,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.layers.base import Layer

BORDER = "windows at the border divide by smaller counts"


@dataclass(frozen=True, eq=False)
class Part:
    """A layer of a network that is no network: its place there, its number of axes, and its input shape if known."""

    where: str
    layer: Layer
    axes: int | None = None
    shape: Box | None = None

    @property
    def ndim(self) -> int:
        """The number of spatial axes."""
        if self.shape is not None:
            return len(self.shape) - 1
        if self.axes is None:
            msg = (
                f"the number of axes of {type(self.layer).__name__} must be known for a bound at every size; "
                "write a tuple with one int an axis, or ca.operator_norm(net, in_shape)"
            )
            raise ArgumentError(msg)
        return self.axes


Factor = tuple[Interval, str]


def at_every(part: Part, tolerance: float, arithmetic: str | None = None) -> Factor:
    """The factor of a layer at every size.

    >>> import convalgebra as ca
    >>> at_every(Part("", ca.MaxPool(3, stride=1), axes=1), 1e-6)[1]
    'a place stands in at most 3 windows'
    """
    rule = next((made for kind, made in RULES.items() if isinstance(part.layer, kind)), None)
    if rule is not None:
        return rule(part)
    return at_every_size(part.layer, tolerance, arithmetic), "sup over all frequencies"


def at_size(part: Part, norm: Callable[[Layer, Box | None], Any]) -> Factor:
    """The factor of a layer at its size: the norm of its matrix where it has one."""
    if isinstance(part.layer, (Nonlinear, GlobalMaxPool)):
        return at_every(part, inf)
    found = norm(part.layer, part.shape)
    return Interval(found.lower, found.upper), f"the norm on {shown(part.shape)}"


def _root(square: Fraction | int) -> Interval:
    """The floats about a root; one float where it is the root."""
    low = high = sqrt(square)
    while Fraction(low) ** 2 > square:
        low = nextafter(low, 0)
    while Fraction(high) ** 2 < square:
        high = nextafter(high, inf)
    return Interval(low, high)


def _windows(layer: Any, ndim: int) -> list[tuple[int, int, int]]:
    """(kernel size, stride, dilation) on each axis that the windows run along."""
    over = 1 if getattr(layer, "over", "space") == "channels" else len(getattr(layer, "output_size", range(ndim)))
    kernel = per_axis(layer.kernel_size, over, "kernel_size", 1)
    stride = kernel if layer.stride is None else per_axis(layer.stride, over, "stride", 1)
    return list(zip(kernel, stride, per_axis(layer.dilation, over, "dilation", 1), strict=True))


def _overlap(windows: Sequence[tuple[int, int, int]]) -> int:
    """How many windows a place stands in at most: `ceil(k gcd(s, d) / s)` on each axis, and large signals have it."""
    return prod(-(-k * gcd(s, d) // s) for k, s, d in windows)


def _averaged(part: Part) -> Factor:
    """The window of ones is largest at frequency 0: the root of the sum over the phases of (taps there)^2."""
    layer: Any = part.layer
    windows = _windows(layer, part.ndim)
    count = prod(k for k, *_ in windows) if layer.divisor_override is None else layer.divisor_override
    phases = (np.bincount(d * np.arange(k) % s) for k, s, d in windows)
    inner = _root(Fraction(prod(int((p**2).sum()) for p in phases), count**2))
    if layer.divisor_override is not None or not (layer.ceil_mode or _uncounted(layer, len(windows))):
        return inner, "the window of ones at frequency 0"
    most = _overlap(windows)
    return Interval(inner.lower, _root(most).upper), f"rows sum to 1 at most, columns to {most}: {BORDER}"


def _uncounted(layer: AvgPool, ndim: int) -> bool:
    """Is there padding that does not count?"""
    if layer.count_include_pad or layer.padding == "valid":
        return False
    return isinstance(layer.padding, str) or any(map(any, widths(layer.padding, ndim)))


def _maximal(part: Part) -> Factor:
    most = _overlap(_windows(part.layer, part.ndim))
    return _root(most), f"a place stands in at most {most} windows"


def _rooted(part: Part) -> Factor:
    """`|u|_p <= |u|_2` from p = 2 on, and `|u|_1 <= sqrt(taps) |u|_2`."""
    layer: Any = part.layer
    windows = _windows(layer, part.ndim)
    most = _overlap(windows)
    more = prod(k for k, *_ in windows) if layer.p == 1 else 1
    return Interval(
        _root(most).lower, _root(most * more).upper
    ), f"a place stands in at most {most} windows of the {layer.p}-norm"


def _upsampled(part: Part) -> Factor:
    layer: Any = part.layer
    copies = prod(per_axis(layer.scale, part.ndim, "scale", 1)) if layer.mode == "nearest" else 1
    return _root(copies), f"every place is copied {copies} times" if copies > 1 else "places are moved"


def _adapted(part: Part) -> Factor:
    layer: Any = part.layer
    most = prod(per_axis(layer.output_size, part.ndim, "output_size", 1))
    return _root(most), f"one place alone is copied {most} times"


def _padded(part: Part) -> Factor:
    layer: Any = part.layer
    if layer.mode != "zeros":
        msg = (
            f'mode must be "zeros" for a bound at every size, not {layer.mode!r}, which repeats inputs; '
            "write ca.operator_norm(net, in_shape)"
        )
        raise ArgumentError(msg)
    return _root(1), "places are moved"


def _told(why: str) -> Callable[[Part], Factor]:
    return lambda _: (_root(1), why)


RULES: dict[type[Layer], Callable[[Part], Factor]] = {
    Identity: _told("nothing changes"),
    ReLU: _told("|max(x, 0) - max(y, 0)| <= |x - y|"),
    AvgPool: _averaged, AdaptiveAvgPool: _adapted, GlobalAvgPool: _told("a mean is at most the length, at one place"),
    MaxPool: _maximal, GlobalMaxPool: _told("each channel has one maximum"), LpPool: _rooted,
    Upsample: _upsampled, Pad: _padded, Unfold: _maximal, Fold: _maximal,
} | dict.fromkeys((Flatten, ChannelShuffle, PixelShuffle, PixelUnshuffle, Crop), _told("places are moved"))  # fmt: skip
