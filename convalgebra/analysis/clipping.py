"""The nearest circular layer whose norm is at most a bound: singular values are clipped block by block."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import choice
from convalgebra.analysis.spectrum import unscaled
from convalgebra.analysis.symbol import periodic, scaled
from convalgebra.errors import ArgumentError
from convalgebra.layers.conv import Conv

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Axis
    from convalgebra.algebra.rings import Array

SUPPORTS = ("signal", "kernel")


def clip(layer: Conv, in_shape: Any, bound: float, *, support: str = "signal") -> Conv:
    """`argmin |B - A|_F` over the circular layers B on this shape with `|B| <= bound` (Sedghi, Gupta and Long 2019).

    Each block `K = U S V*` becomes `U min(S, bound) V*`.  The kernel of the result is as large as the signal;
    `support="kernel"` keeps the places of the old kernel alone, as their code does, and may then exceed the bound a
    little.  Groups and the bias stay.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[3, 4]]], padding=(0, 1), padding_mode="circular")
    >>> near = ca.clip(layer, (1, 4), 5)
    >>> near.weight.round(3), round(ca.operator_norm(near, (1, 4)), 9)
    (array([[[ 2.5,  3.5, -0.5, -0.5]]]), 5.0)
    """
    limit = _bound(bound)
    choice(support, "support", SUPPORTS)
    axes = _axes(layer, in_shape)
    taps, exponent = scaled(layer._taps)
    places = np.ix_(*(a.dilation * np.arange(a.taps) % a.size for a in axes))
    if any(len(np.unique(p)) < p.size for p in places) and support == "kernel":
        msg = f"the kernel must fit the signal to be kept, not wrap around it; write support={SUPPORTS[0]!r}"
        raise ArgumentError(msg)
    full = np.zeros((*taps.shape[:2], *(a.size for a in axes)), dtype=taps.dtype)
    inside: Any = (..., *places)
    np.add.at(full, inside, taps)
    clipped = unscaled(_clipped(full, layer.groups, float(np.ldexp(limit, -exponent))), exponent)
    options = {"bias": layer.bias, "groups": layer.groups, "padding_mode": "circular"}
    if support == "kernel":
        sides = tuple((a.lo, a.hi) for a in axes)
        return Conv(clipped[inside], padding=sides, dilation=layer.dilation, **options)
    return Conv(clipped, padding=tuple((a.lo, a.size - 1 - a.lo) for a in axes), **options)


def _bound(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        msg = f"the bound must be a number from 0 on, not {value!r}; write ca.clip(layer, in_shape, 1.0)"
        raise ArgumentError(msg)
    return float(value)


def _axes(layer: Any, in_shape: Any) -> tuple[Axis, ...]:
    """The axes of a circular layer of stride 1."""
    if not isinstance(layer, Conv):
        msg = f"the layer must be a ca.Conv, not {type(layer).__name__}"
        raise ArgumentError(msg)
    axes = layer.axes(in_shape)
    if not all(periodic(a) and a.stride == 1 for a in axes):
        msg = (
            f"the layer must be circular with stride 1 and as many outputs as inputs, not padding_mode="
            f"{layer.padding_mode!r}, stride {layer.stride}; write padding_mode='circular', padding='same'"
        )
        raise ArgumentError(msg)
    return axes


def _clipped(full: Array, groups: int, limit: float) -> Array:
    """The kernel as large as the signal, each of its blocks clipped."""
    axes = tuple(range(2, full.ndim))
    waves = np.moveaxis(np.fft.fftn(full, axes=axes), (0, 1), (-2, -1))
    stack = waves.reshape(*waves.shape[:-2], groups, -1, waves.shape[-1])
    U, values, V = np.linalg.svd(stack, full_matrices=False)
    blocks = ((U * np.minimum(values, limit)[..., None, :]) @ V).reshape(waves.shape)
    kernel: Array = np.fft.ifftn(np.moveaxis(blocks, (-2, -1), (0, 1)), axes=axes)
    return kernel if full.dtype.kind == "c" else kernel.real
