"""Layers on signals without end: the interval that holds the norm at every size, zero-padded or circular."""

from __future__ import annotations

from math import inf, nextafter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.rings import EXACT_DOUBLE, magnitude
from convalgebra.analysis import ball
from convalgebra.analysis.bounds import everywhere
from convalgebra.analysis.python_flint import flint
from convalgebra.analysis.spectrum import unscaled
from convalgebra.analysis.symbol import Symbol
from convalgebra.errors import ArgumentError
from convalgebra.layers.affine import BatchNorm, Identity, Linear
from convalgebra.layers.conv import Conv
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.bounds import Bounds
    from convalgebra.layers.base import Layer

CERTAIN = ("zeros", "circular")  # padding modes whose layers are parts of the infinite one


FINE = 1e-9  # tolerances that floats meet
ROUNDED = 2.0**-50  # what floats may lose of a weight that is none


class Interval(NamedTuple):
    """`lower <= norm <= upper`, rounded outwards.

    >>> import convalgebra as ca
    >>> lower, upper = norm = ca.operator_norm(ca.Identity())
    >>> 1 in norm, upper - lower < 1e-9
    (True, True)
    """

    lower: float
    upper: float

    def __contains__(self, value: object) -> bool:
        """Does the value lie between the ends?"""
        return bool(self.lower <= value <= self.upper)  # type: ignore[operator]


def at_every_size(layer: Any, tolerance: float, arithmetic: str | None = None) -> Interval:
    """The interval of a layer; a strided circular one keeps rows of the layer without stride, at every size.

    >>> import convalgebra as ca
    >>> lower, upper = at_every_size(ca.Conv([[[1, 2, 1]]]), 1e-9)
    >>> lower <= 4 <= upper
    True
    """
    slack = 0.0 if _held(getattr(layer, "weight", None)) and not isinstance(layer, BatchNorm) else ROUNDED
    found = supremum(endless(layer), tolerance, arithmetic, slack)
    if getattr(layer, "padding_mode", "") != "circular" or set(layer.stride) == {1}:
        return found
    steps = [(k, 1, d) for k, _, d in layer._windows]
    dense = supremum(without_end(layer.weight, steps, layer.groups), tolerance, arithmetic, slack)
    return Interval(found.lower, max(found.upper, dense.upper))


def _held(weight: Any) -> bool:
    """Do floats hold these numbers without rounding?"""
    if weight is None or weight.dtype.kind not in "iufcb":
        return weight is None
    return magnitude(weight) <= EXACT_DOUBLE if weight.dtype.kind in "iu" else np.can_cast(weight.dtype, np.complex128)


def supremum(symbol: Symbol, tolerance: float, arithmetic: str | None = None, slack: float = ROUNDED) -> Interval:
    """The interval about the largest singular value over all frequencies: by floats, narrowed by balls."""
    lower, value, upper = everywhere(symbol, tolerance)
    fine = arithmetic is None and tolerance < FINE and flint() is not None
    if (fine or arithmetic == "balls") and upper > 0:
        low, value, high = ball.everywhere(symbol, tolerance, slack)
        lower, upper = max(lower, low), min(upper, high)
    _, lower, upper = roots((lower, value, upper), symbol.exponent)
    return Interval(lower, upper)


def roots(bounds: Bounds, exponent: int) -> tuple[float, float, float]:
    """(value, lower, upper) of the norm from bounds on its square, rounded outwards.

    >>> roots((4.0, 4.0, 4.0), 0)[0]
    2.0
    """
    lower, value, upper = (float(unscaled(np.sqrt(b), exponent)) for b in bounds)
    return value, nextafter(lower, 0) if lower else 0.0, nextafter(upper, inf) if upper else 0.0


def endless(layer: Layer) -> Symbol:
    """The symbol of the layer on signals without end.

    >>> import convalgebra as ca
    >>> endless(ca.Conv([[[1, 2]]], stride=2)).weight.shape
    (1, 1, 1, 2)
    """
    if isinstance(layer, Linear):
        return Symbol.sliding(layer.weight, ())
    if isinstance(layer, BatchNorm):
        return Symbol.sliding(layer.scale[:, None], (), len(layer.mean))
    if isinstance(layer, Identity):
        return Symbol.sliding(np.ones((1, 1)), ())
    if not isinstance(layer, Conv | ConvTranspose):
        msg = (
            f"the layer must be one whose norm is known at every size, not {type(layer).__name__}; "
            "write ca.operator_norm(layer, in_shape) for a linear one"
        )
        raise ArgumentError(msg)
    if layer.padding_mode not in CERTAIN:
        msg = (
            f"padding_mode must be 'zeros' or 'circular' for a bound at every size, not {layer.padding_mode!r}, which "
            "repeats inputs; write ca.operator_norm(layer, in_shape)"
        )
        raise ArgumentError(msg)
    if layer.padding_mode == "circular" and _repeats(layer, layer._windows):
        msg = (
            f"circular padding must make at most as many outputs as inputs to be bounded at every size, not be "
            f"{layer.padding!r}, which repeats outputs; write padding='same', or ca.operator_norm(layer, in_shape)"
        )
        raise ArgumentError(msg)
    return without_end(layer.weight, layer._windows, layer.groups)


def _repeats(layer: Any, steps: Sequence[tuple[int, int, int]]) -> bool:
    """Does the padding exceed what the kernel takes away?"""
    if isinstance(layer.padding, str):
        return layer.padding == "full" and any(k > 1 for k, _, _ in steps)
    return any(lo + hi > d * (k - 1) for (lo, hi), (k, _, d) in zip(layer.padding, steps, strict=True))


def without_end(weight: Array, steps: Sequence[tuple[int, int, int]], groups: int) -> Symbol:
    """The symbol of a kernel with (taps, stride, dilation) on each axis.

    >>> without_end(np.ones((1, 1, 3)), [(3, 2, 1)], 1).sides
    (1, 2)
    """
    return Symbol.sliding(weight, [Axis(s, k, s, d) for k, s, d in steps], groups, endless=True)
