"""The transposed convolution: its matrix is the transpose of a direct layer's, and is not its inverse."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.apply import apply_conv
from convalgebra.algebra.indexing import Axis, Pair, integer, per_axis, widths
from convalgebra.algebra.toeplitz import Toeplitz, sized
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.base import Weighted, shape_of, shifted
from convalgebra.layers.conv import Conv, arranged
from convalgebra.layers.window import reached

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class ConvTranspose(Weighted):
    """`y[o, s*i + d*t - p] += w[c, o, t] x[c, i]`, plus b[o]: the transpose of the direct layer's matrix.

    `weight` is (in_channels, out_channels / groups, *kernel_size), or as `layout` says ("*OI" is TensorFlow's): the
    array of the `Conv` from y to x.  `padding` is an int, one int or (lo, hi) pair for each axis, and crops y; negative
    entries of pairs add zeros.  `output_padding`, below the stride or the dilation, chooses among the sizes of y that
    the direct layer maps to the size of x.  As torch.nn.ConvTranspose*d, on arrays of any kind.

    It is no inverse: `A.T A` is not the identity.

    >>> import convalgebra as ca
    >>> layer = ca.ConvTranspose([[[1, 2, 3]]], stride=2)
    >>> layer.matrix((1, 2)).to_numpy()
    array([[1, 0],
           [2, 0],
           [3, 1],
           [0, 2],
           [0, 3]])
    >>> layer.T(layer([[1, 0]])), layer([[1, 0]])
    (array([[14,  3]]), array([[1, 2, 3, 0, 0]]))
    """

    weight: Any
    bias: Any = None
    stride: int | tuple[int, ...] = field(default=1, kw_only=True)
    padding: int | tuple[Any, ...] = field(default=0, kw_only=True)
    output_padding: int | tuple[int, ...] = field(default=0, kw_only=True)
    dilation: int | tuple[int, ...] = field(default=1, kw_only=True)
    groups: int = field(default=1, kw_only=True)
    padding_mode: str = field(default="zeros", kw_only=True)
    layout: str = field(default="IO*", kw_only=True)

    def __post_init__(self) -> None:
        weight = _arranged(self.weight, self.layout)
        ndim = weight.ndim - 2
        fields = {
            "weight": weight,
            "bias": None if self.bias is None else rings.frozen(self.bias, "the bias"),
            "stride": per_axis(self.stride, ndim, "stride", 1),
            "padding": widths(_no_name(self.padding), ndim),
            "output_padding": per_axis(self.output_padding, ndim, "output_padding", 0),
            "dilation": per_axis(self.dilation, ndim, "dilation", 1),
            "groups": integer(self.groups, "groups", 1),
            "layout": "IO*",
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        if self.weight.shape[0] % self.groups:
            msg = f"groups must divide the {self.weight.shape[0]} input channels, not be {self.groups}"
            raise ArgumentError(msg)
        self._check_bias()
        for extra, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True):  # type: ignore[arg-type]
            if extra >= max(s, d):
                msg = f"output_padding must be below the stride {s} or the dilation {d}, not {extra}; pad the output"
                raise ArgumentError(msg)
        if str(self.padding_mode) != "zeros":
            msg = (
                f"padding_mode of a transposed layer must be 'zeros', not {self.padding_mode!r}; "
                f"write ca.Conv(..., padding_mode={self.padding_mode!r}).matrix(in_shape).T"
            )
            raise ArgumentError(msg)

    @classmethod
    def of(cls, conv: Conv, in_shape: Any = None) -> ConvTranspose:
        """The layer whose matrix is the transpose of the conv's, without its bias; onto inputs of `in_shape`.

        Without a shape the output is the smallest input that the conv maps to the given size.

        >>> import convalgebra as ca
        >>> conv = ca.Conv(ca.symbols("w", 3)[None, None], stride=2, padding="same_upper")
        >>> layer = ca.ConvTranspose.of(conv, (1, 5))
        >>> ca.prove(layer.matrix((1, 3)) == conv.matrix((1, 5)).T).scope
        'n=(1, 3) to (1, 5), every kernel'
        """
        if not isinstance(conv, Conv):
            msg = f"the direct layer must be a ca.Conv, not {type(conv).__name__}; write ca.ConvTranspose(weight)"
            raise ArgumentError(msg)
        if conv.padding_mode != "zeros":
            msg = (
                f"padding_mode must be 'zeros' for a transposed layer, not {conv.padding_mode!r}; "
                "write conv.matrix(in_shape).T"
            )
            raise ArgumentError(msg)
        sides, extra = conv.padding, (0,) * conv.spatial
        if in_shape is not None:
            axes = conv.axes(in_shape)
            sides = tuple((a.lo, a.hi) for a in axes)
            extra = tuple((a.size + a.lo + a.hi - a.dilation * (a.taps - 1) - 1) % a.stride for a in axes)
        elif isinstance(sides, str) and (sides == "valid" or max(conv.stride) == 1):  # type: ignore[arg-type]
            sides = conv._sides((1,) * conv.spatial)
        if isinstance(sides, str):
            msg = f"padding={sides!r} with a stride depends on the size; write ca.ConvTranspose.of(conv, in_shape)"
            raise ArgumentError(msg)
        return cls(conv._taps, stride=conv.stride, padding=sides, output_padding=extra, dilation=conv.dilation,
                   groups=conv.groups)  # fmt: skip

    @property
    def T(self) -> Conv:
        """The direct layer, from y to x: the `Conv` with the same weight, blind to places of y that nothing wrote."""
        steps = zip(self.padding, self.stride, self.output_padding, strict=True)  # type: ignore[arg-type]
        sides = tuple((lo, hi - s * (extra // s)) for (lo, hi), s, extra in steps)
        return Conv(self.weight, stride=self.stride, padding=sides, dilation=self.dilation, groups=self.groups)

    @property
    def channels(self) -> tuple[int, int]:
        """(out_channels, in_channels)."""
        return int(self.weight.shape[1]) * self.groups, int(self.weight.shape[0])

    def axes(self, in_shape: Any) -> tuple[Axis, ...]:
        """The tap table of each spatial axis of the direct layer, from y to x: `Axis.size` is the size of y."""
        sizes = shape_of(in_shape, self.channels[1], self.spatial)[1:]
        return tuple(map(_direct, sizes, self._windows, self.padding, self.output_padding))  # type: ignore[arg-type]

    def output_shape(self, in_shape: Any) -> Box:
        """(out_channels, *s*(n - 1) - lo - hi + d*(k - 1) + output_padding + 1).

        >>> import convalgebra as ca, numpy as np
        >>> ca.ConvTranspose(np.ones((3, 8, 4, 4)), stride=2, padding=1).output_shape((3, 16, 16))
        (8, 32, 32)
        """
        return self.channels[0], *(a.size for a in self.axes(in_shape))

    _way = ("taps", "one matrix product for each tap, added where it writes")

    def matrix(self, in_shape: Any) -> Operator:
        """The transpose of the direct layer's matrix: (out_channels * places) x (in_channels * places)."""
        return Toeplitz(self.weight, self.axes(in_shape), self.groups).T

    def _batch(self, xs: Array) -> Array:
        """A product with the weight of each tap, added where the tap writes: no matrix, memory of input and output."""
        axes, count = self.axes(tuple(xs.shape[1:])), prod(self.kernel_size)
        columns = xs.reshape(*xs.shape[:2], prod(xs.shape[2:]))
        (inputs, outputs), places = self.weight.shape[:2], (Axis(columns.shape[2], 1),)
        taps = self.weight.reshape(self.groups, inputs // self.groups, outputs, count).swapaxes(1, 2)
        weight, columns = rings.multipliable(taps, columns, count * inputs)
        y = np.zeros((len(xs), self.channels[0], *(a.size for a in axes)), dtype=columns.dtype)
        for t, tap in enumerate(np.ndindex(self.kernel_size)):
            part = apply_conv(weight[..., t].reshape(-1, inputs // self.groups, 1), places, self.groups, columns)
            reads, writes = zip(*(reached(a, k) for a, k in zip(axes, tap, strict=True)), strict=True)
            y[(..., *writes)] += part.reshape(*y.shape[:2], *xs.shape[2:])[(..., *reads)]
        return shifted(y, self.bias)

    def factors(self, in_shape: Any) -> tuple[Operator, Operator, Operator]:
        """(P, T, U) with `P @ T @ U == A`: insert zeros, slide the turned kernel everywhere, crop.

        >>> import convalgebra as ca
        >>> layer = ca.ConvTranspose(ca.symbols("w", 3)[None, None], stride=2, padding=1)
        >>> P, T, U = layer.factors((1, 3))
        >>> ca.prove(P @ T @ U == layer.matrix((1, 3))).scope
        'n=(1, 3) to (1, 5), every kernel'
        """
        axes = self.axes(in_shape)
        direct = Conv(self.weight, stride=self.stride, padding=tuple((a.lo, a.hi) for a in axes),
                      dilation=self.dilation, groups=self.groups)  # fmt: skip
        D, T, P = direct.factors((self.channels[0], *(a.size for a in axes)))
        return P.T, T.T, D.T

    def explain(self, in_shape: Any = None) -> str:
        """The index formula in use and the sizes.

        >>> import convalgebra as ca
        >>> print(ca.ConvTranspose([[[1, 2, 3]]], stride=2, padding=1).explain((1, 3)))
        y[o, 2*i + 1*t - 1] += w[c, o, t] x[c, i]
        the transpose of the convolution with stride (2,), padding ((1, 1),); no inverse
        weight (1, 1, 3), 3 parameters
        input (1, 3) -> output (1, 5): 2*(3 - 1) - 1 - 1 + 1*(3 - 1) + 0 + 1 = 5
        """
        steps = zip("ijklm", "tuvab", self._windows, self.padding, strict=False)  # type: ignore[arg-type]
        names = [(i, t, f"{s}*{i} + {d}*{t} - {lo}") for i, t, (_, s, d), (lo, _) in steps]
        places, taps, reads = (", ".join(part) for part in zip(*names, strict=True))
        lines = [
            f"y[o, {reads}] += w[c, o, {taps}] x[c, {places}]" + ("" if self.bias is None else ", plus b[o]"),
            f"the transpose of the convolution with stride {self.stride}, padding {self.padding}; no inverse",
            f"weight {self.weight.shape}, {self.parameters} parameters",
        ]
        if in_shape is not None:
            sizes = ", ".join(map(_size, self.axes(in_shape), self.padding, self.output_padding))  # type: ignore[arg-type]
            lines.append(f"input {tuple(in_shape)} -> output {self.output_shape(in_shape)}: {sizes}")
        return "\n".join(lines)


def _direct(n: int, window: tuple[int, int, int], sides: Pair, extra: int) -> Axis:
    """The axis of the direct layer: as many outputs as x has places, its input the size of y."""
    (k, s, d), (lo, hi) = window, sides
    size = s * (n - 1) + d * (k - 1) + 1 + extra - lo - hi
    if size < 1:
        msg = f"the output must have at least one place, not {size}; lower the padding by {1 - size}"
        raise ShapeError(msg)
    return sized(Axis(size, k, s, d, lo), n)


def _size(a: Axis, sides: Pair, extra: int) -> str:
    return f"{a.stride}*({a.out} - 1) - {sides[0]} - {sides[1]} + {a.dilation}*({a.taps} - 1) + {extra} + 1 = {a.size}"


def _arranged(weight: Any, layout: str) -> Array:
    """The weight as (in_channels, out_channels / groups, *kernel_size): the layout of the direct layer, O for I."""
    try:
        return arranged(weight, str(layout).translate(str.maketrans("IO", "OI")))
    except ArgumentError:
        msg = f'layout must name I, O and the spatial axes of the weight in order, not {layout!r}; write "IO*" or "*OI"'
        raise ArgumentError(msg) from None


def _no_name(padding: Any) -> Any:
    if isinstance(padding, str):
        msg = (
            f"padding of a transposed layer must be ints or pairs, not {padding!r}: TensorFlow takes it from the "
            "direct layer, ONNX from the output size; write ca.ConvTranspose.of(ca.Conv(...), in_shape)"
        )
        raise ArgumentError(msg)
    return padding
