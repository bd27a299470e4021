"""The convolution layer, in any number of dimensions, and its factors `A = D_s T(w) P`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray  # asked for at each call of a layer: one look-up less

from convalgebra.algebra import rings
from convalgebra.algebra.apply import apply_conv, plan
from convalgebra.algebra.indexing import (
    NAMED_PADDINGS,
    Axis,
    Pair,
    choice,
    integer,
    mode_of,
    named_widths,
    output_size,
    per_axis,
    widths,
)
from convalgebra.algebra.sealing import sealed
from convalgebra.algebra.selection import downsample, pad
from convalgebra.algebra.toeplitz import OPS, Toeplitz
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.base import Weighted, shape_of, shifted
from convalgebra.layers.lane import DOUBLE, Lanes, closed, lane

if TYPE_CHECKING:
    from convalgebra.algebra.apply import Plan
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.layers.lane import Lane
    from convalgebra.layers.transpose import ConvTranspose


@dataclass(frozen=True, eq=False)
class Conv(Weighted):
    """`y[o, i] = b[o] + sum over c, t of w[o, c, t] x[c, boundary(s*i + d*t - p)]`.

    `weight` is (out_channels, in_channels / groups, *kernel_size), or as `layout` says ("HWIO", "*IO").
    `padding` is an int, one int or (lo, hi) pair for each axis, or "valid", "full", "same" (stride 1), "same_upper",
    "same_lower"; negative entries of pairs crop.  `padding_mode` is "zeros", "circular", "reflect" (edge not
    repeated), "symmetric" (edge repeated) or "replicate".  `op="convolution"` flips the kernel.
    `rounding="exact"` refuses inputs that the stride does not use up.  As torch.nn.Conv*d, on arrays of any kind.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 2, 3]]], padding=1, stride=2)
    >>> layer.matrix((1, 4)).to_numpy()
    array([[2, 3, 0, 0],
           [0, 1, 2, 3]])
    >>> layer([[1, 1, 1, 1]])
    array([[5, 6]])
    """

    weight: Any
    bias: Any = None
    stride: int | tuple[int, ...] = field(default=1, kw_only=True)
    padding: int | str | tuple[Any, ...] = field(default=0, kw_only=True)
    dilation: int | tuple[int, ...] = field(default=1, kw_only=True)
    groups: int = field(default=1, kw_only=True)
    padding_mode: str = field(default="zeros", kw_only=True)
    op: str = field(default="correlation", kw_only=True)
    layout: str = field(default="OI*", kw_only=True)
    rounding: str = field(default="floor", kw_only=True)

    def __post_init__(self) -> None:
        weight = arranged(self.weight, self.layout)
        ndim = weight.ndim - 2
        values = {
            "weight": weight,
            "bias": None if self.bias is None else rings.frozen(self.bias, "the bias"),
            "stride": per_axis(self.stride, ndim, "stride", 1),
            "dilation": per_axis(self.dilation, ndim, "dilation", 1),
            "groups": integer(self.groups, "groups", 1),
            "padding": _padding(self.padding, ndim),
            "padding_mode": mode_of(self.padding_mode),
            "op": choice(self.op, "op", OPS),
            "rounding": choice(self.rounding, "rounding", ("floor", "exact")),
            "layout": "OI*",
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        out = self.weight.shape[0]
        if out % self.groups:
            msg = f"groups must divide the {out} output channels, not be {self.groups}"
            raise ArgumentError(msg)
        self._check_bias()
        if self.padding == "same" and max(self.stride) > 1:  # type: ignore[arg-type]
            named_widths("same", 1, 1, 2, 1)

    @property
    def channels(self) -> tuple[int, int]:
        """(out_channels, in_channels)."""
        return int(self.weight.shape[0]), int(self.weight.shape[1]) * self.groups

    def axes(self, in_shape: Any) -> tuple[Axis, ...]:
        """The tap table of each spatial axis on inputs of this shape."""
        sizes = shape_of(in_shape, self.channels[1], self.spatial)[1:]
        parts = zip(sizes, self.kernel_size, self.stride, self.dilation, self._sides(sizes), strict=True)  # type: ignore[arg-type]
        axes = tuple(Axis(n, k, s, d, lo, hi, self.padding_mode) for n, k, s, d, (lo, hi) in parts)
        for a in axes:
            if a.rest >= 0 and self.rounding == "exact":  # the rest refuses kernels beyond the padded input
                output_size(a.size, a.taps, a.stride, lo=a.lo, hi=a.hi, dilation=a.dilation, rounding=self.rounding)
        return axes

    def _sides(self, sizes: Box) -> tuple[Pair, ...]:
        if not isinstance(self.padding, str):
            return self.padding  # type: ignore[return-value]
        parts = zip(sizes, self.kernel_size, self.stride, self.dilation, strict=True)  # type: ignore[arg-type]
        return tuple(named_widths(self.padding, *part) for part in parts)

    @cached_property
    def _taps(self) -> Array:
        """The weight as it slides, flipped when the layer convolves: one array, that proofs know again."""
        if self.op == "correlation":
            return self.weight  # type: ignore[no-any-return]
        return sealed(np.flip(self.weight, tuple(range(2, self.weight.ndim))))

    def output_shape(self, in_shape: Any) -> Box:
        """(out_channels, *floor((n + lo + hi - d*(k - 1) - 1) / s) + 1).

        >>> import convalgebra as ca, numpy as np
        >>> ca.Conv(np.ones((12, 3, 6, 6)), stride=2).output_shape((3, 32, 32))
        (12, 14, 14)
        """
        return self.channels[0], *(a.out for a in self.axes(in_shape))

    def matrix(self, in_shape: Any) -> Operator:
        """The explicit matrix of the linear part: (out_channels * out places) x (in_channels * places)."""
        return Toeplitz(self._taps, self.axes(in_shape), self.groups)

    @property
    def T(self) -> ConvTranspose:
        """The transposed layer, without the bias: its matrix is the transpose of this one, and no inverse."""
        from convalgebra.layers.transpose import ConvTranspose  # noqa: PLC0415  # it is built on this class

        return ConvTranspose.of(self)

    def __call__(self, x: Any) -> Array:
        """The layer on one sample (c, *spatial), or on a batch (n, c, *spatial)."""
        if type(x) is ndarray and x.dtype == DOUBLE:
            y = self._lanes[x.shape](x)
            if y is not None:
                return y
        return super().__call__(x)

    @cached_property
    def _lanes(self) -> Lanes:
        """The lanes for float arrays of the last few shapes."""
        return Lanes(self._lane)

    def _lane(self, shape: Box) -> Lane:
        if len(shape) - self.spatial not in {1, 2} or not prod(shape):
            return closed
        axes = self.axes(shape[-1 - self.spatial :])
        self._check_output(prod(shape[: -1 - self.spatial]), axes)
        return lane(self._taps, self.bias, axes, self.groups, shape)

    def __getstate__(self) -> dict[str, Any]:
        """The fields; what was computed from them is computed anew."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def _check_output(self, samples: int, axes: tuple[Axis, ...]) -> None:
        rings.check_memory(samples * self.channels[0] * prod(a.out for a in axes), 8, "the output of the layer")

    def _batch(self, xs: Array) -> Array:
        axes = self.axes(tuple(xs.shape[1:]))
        self._check_output(len(xs), axes)
        return shifted(apply_conv(self._taps, axes, self.groups, xs), self.bias)

    def plan(self, in_shape: Any) -> Plan:
        """The way in which `layer(x)` computes a float sample of this shape, and why.

        >>> import convalgebra as ca, numpy as np
        >>> print(ca.Conv(np.ones((32, 16, 3, 3))).plan((16, 64, 64)))
        rows: a matrix product for each row of outputs
        """
        sample = np.broadcast_to(1.0, (1, *shape_of(in_shape, self.channels[1], self.spatial)))
        return plan(self._taps, self.axes(in_shape), self.groups, sample)

    def factors(self, in_shape: Any) -> tuple[Operator, Operator, Operator]:
        """(D, T, P) with `D @ T @ P == A`: extend the signal, slide the kernel everywhere, keep every s-th place.

        >>> import convalgebra as ca
        >>> layer = ca.Conv(ca.symbols("w", 3)[None, None], stride=2, padding=1, padding_mode="reflect")
        >>> D, T, P = layer.factors((1, 6))
        >>> ca.prove(D @ T @ P == layer.matrix((1, 6))).scope
        'n=(1, 6) to (1, 3), every kernel'
        """
        axes = self.axes(in_shape)
        sides = ((0, 0), *((a.lo, a.hi) for a in axes))
        P = pad((self.channels[1], *(a.size for a in axes)), sides, self.padding_mode)
        T = Toeplitz(self._taps, tuple(Axis(a.size + a.lo + a.hi, a.taps, 1, a.dilation) for a in axes), self.groups)
        return downsample(T.boxes[0], (1, *self.stride)), T, P  # type: ignore[misc]

    def explain(self, in_shape: Any = None) -> str:
        """The index formula in use, the boundary rule and the sizes.

        >>> import convalgebra as ca
        >>> print(ca.Conv([[[1, 2, 3]]], padding=1).explain((1, 5)))
        y[o, i] = sum_{c, t} w[o, c, t] x[c, 1*i + 1*t - 1]
        correlation: the kernel is not flipped
        outside the signal: zeros
        weight (1, 1, 3), 3 parameters
        input (1, 5) -> output (1, 5): floor((5 + 1 + 1 - 1*(3 - 1) - 1)/1) + 1 = 5
        """
        from convalgebra.layers.explain import explain_conv  # noqa: PLC0415  # prose, kept apart

        return explain_conv(self, in_shape)


_SPATIAL = {1: ("*", "W", "L", "T"), 2: ("*", "HW"), 3: ("*", "DHW")}  # the spatial letters of a layout, in order


def arranged(weight: Any, layout: str) -> Array:
    """The weight as (out_channels, in_channels / groups, *kernel_size), from the layout its axes have.

    >>> arranged(np.zeros((3, 3, 2, 8)), "HWIO").shape
    (8, 2, 3, 3)
    """
    array = rings.frozen(weight, "the weight")
    if array.ndim < 3 or not array.size:
        msg = (
            "the weight must be (out_channels, in_channels/groups, *kernel_size) without empty axes, "
            f"not of shape {array.shape}; write w[None, None] for one channel"
        )
        raise ShapeError(msg)
    spatial = str(layout).replace("O", "").replace("I", "")
    letters = str(layout).replace(spatial or "*", "." * (array.ndim - 2), 1)
    if spatial not in _SPATIAL.get(array.ndim - 2, ("*",)) or sorted(letters.replace(".", "")) != ["I", "O"]:
        msg = (
            f"layout must name O, I and the {array.ndim - 2} spatial axes of the weight in order, not {layout!r}; "
            'write "OI*", "HWIO" or "*IO"'
        )
        raise ArgumentError(msg)
    channels = letters.index("O"), letters.index("I")
    return array if channels == (0, 1) else sealed(np.moveaxis(array, channels, (0, 1)))


def _padding(padding: Any, ndim: int) -> str | tuple[Pair, ...]:
    return choice(padding, "padding", NAMED_PADDINGS) if isinstance(padding, str) else widths(padding, ndim)
