"""Affine layers without a shared kernel: identity, reshaping, dense, normalising, and locally connected layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.abstract import Abstract, abstract
from convalgebra.algebra.apply import Plan, apply_conv, plan
from convalgebra.algebra.dense import Dense, Diagonal, matrix
from convalgebra.algebra.indexing import Axis, box_of, choice, per_axis, widths
from convalgebra.algebra.selection import Selection, identity
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.base import Layer, counted, shape_of, shifted, spread
from convalgebra.layers.roots import roots

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class Identity(Layer):
    """`y = x`: the other branch of a residual block.

    >>> import convalgebra as ca
    >>> ca.Identity()([[1, 2]])
    array([[1, 2]])
    """

    _way = ("entries", "nothing is computed")

    def output_shape(self, in_shape: Any) -> Box:
        return box_of(in_shape, "in_shape")

    def matrix(self, in_shape: Any) -> Operator:
        return identity(self.output_shape(in_shape))

    def _batch(self, xs: Array) -> Array:
        return rings.public(xs)


@dataclass(frozen=True, eq=False)
class Flatten(Layer):
    """`y = vec(x)` in C order, channels first: (c, *spatial) to (c * places,); its matrix is the identity.

    `channels="last"` takes the places first, as frameworks that store channels last.

    >>> import convalgebra as ca
    >>> ca.Flatten()([[1, 2], [3, 4]])
    array([1, 2, 3, 4])
    >>> ca.Flatten("last")([[1, 2], [3, 4]])
    array([1, 3, 2, 4])
    """

    channels: str = "first"

    reshapes = True
    _way = Identity._way

    def __post_init__(self) -> None:
        choice(self.channels, "channels", ("first", "last"))

    def output_shape(self, in_shape: Any) -> Box:
        return (prod(box_of(in_shape, "in_shape")),)

    def matrix(self, in_shape: Any) -> Operator:
        out = self.output_shape(in_shape)
        rings.check_memory(out[0], 8, "the index vector")
        box = box_of(in_shape)
        return Selection(self._flat(np.arange(out[0]).reshape(1, *box))[0], (out, box))

    def _flat(self, xs: Array) -> Array:
        return (xs if self.channels == "first" else np.moveaxis(xs, 1, -1)).reshape(len(xs), prod(xs.shape[1:]))

    def _batch(self, xs: Array) -> Array:
        self.output_shape(tuple(xs.shape[1:]))
        return rings.public(self._flat(xs))


@dataclass(frozen=True, eq=False)
class Linear(Layer):
    """`y = W x + b`, W of shape (out_features, in_features), on vectors, as torch.nn.Linear.

    >>> import convalgebra as ca
    >>> ca.Linear([[1, 2], [3, 4]], [10, 20])([1, 1])
    array([13, 27])
    """

    weight: Any
    bias: Any = None

    def __post_init__(self) -> None:
        weight = rings.frozen(self.weight, "the weight")
        if weight.ndim != 2 or not weight.size:
            msg = f"the weight must be (out_features, in_features), not of shape {weight.shape}; write weight[None]"
            raise ShapeError(msg)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", _vector(self.bias, "bias", len(weight)))

    @property
    def spatial(self) -> int:
        return 0

    @property
    def parameters(self) -> int:
        return counted(self.weight, self.bias)

    def output_shape(self, in_shape: Any) -> Box:
        box, wanted = box_of(in_shape, "in_shape"), int(self.weight.shape[1])
        if box != (wanted,):
            msg = f"the input must be a vector of {wanted} features, not of shape {box}"
            raise ShapeError(f"{msg}; write ca.Flatten() before" if prod(box) == wanted else msg)
        return (int(self.weight.shape[0]),)

    def matrix(self, in_shape: Any) -> Operator:
        self.output_shape(in_shape)
        if isinstance(self.weight, Abstract):
            return Toeplitz(*self._kernel())  # every entry counts, none is looked at
        return matrix(self.weight)

    def offset(self, in_shape: Any) -> Array:
        self.output_shape(in_shape)
        return super().offset(in_shape) if self.bias is None else self.bias

    def _kernel(self) -> tuple[Array, tuple[Axis, ...], int]:
        """The layer as a convolution with one tap on one place."""
        return self.weight[..., None], (Axis(1, 1),), 1

    def plan(self, in_shape: Any) -> Plan:
        self.output_shape(in_shape)
        return plan(*self._kernel(), np.broadcast_to(1.0, (1, self.weight.shape[1], 1)))

    def _batch(self, xs: Array) -> Array:
        self.output_shape(tuple(xs.shape[1:]))
        return shifted(apply_conv(*self._kernel(), xs[..., None])[..., 0], self.bias)


def _vector(values: Any, name: str, count: int) -> Array | None:
    """The values, one for each of `count` channels; None stays None."""
    if values is None:
        return None
    array = rings.frozen(values, f"the {name}")
    if array.shape != (count,):
        msg = f"the {name} must be one number for each of the {count} channels, not of shape {array.shape}"
        raise ShapeError(msg)
    return array


@dataclass(frozen=True, eq=False)
class BatchNorm(Layer):
    """`y[c] = (x[c] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]`: a 1x1 depthwise convolution.

    As torch.nn.BatchNorm*d in evaluation.  Exact where every var + eps is a square of a rational (eps=0 and var=4, say)
    or symbolic; floats elsewhere, as with the default eps=1e-5.

    >>> import convalgebra as ca
    >>> ca.BatchNorm([1], [4], [6], [5], eps=0)([[1, 2, 3]])
    array([[ 5,  8, 11]])
    """

    mean: Any
    var: Any
    weight: Any = None
    bias: Any = None
    eps: Any = 1e-5

    _way = ("entries", "one product and one sum for each entry")

    def __post_init__(self) -> None:
        mean = rings.frozen(self.mean, "the mean")
        if mean.ndim != 1 or not mean.size:
            msg = f"the mean must be one number for each channel, not of shape {mean.shape}; write [mean]"
            raise ShapeError(msg)
        if self.var is None or rings.entries(self.eps, "eps").ndim:
            msg = f"var must be one number for each channel and eps one number, not {self.var!r} and {self.eps!r}"
            raise ShapeError(msg)
        for name in ("var", "weight", "bias"):
            object.__setattr__(self, name, _vector(getattr(self, name), name, len(mean)))
        object.__setattr__(self, "mean", mean)
        self._scale()

    def _spread(self) -> Array:
        """sqrt(var + eps), which must be positive where it is a number."""
        left, right = rings.addable((self.var, rings.entries(self.eps, "eps").reshape(1)))
        values = rings.public(left + right)
        bad = [v for v in values.flat if not hasattr(v, "free_symbols") and not v > 0]
        if values.dtype.kind == "c" or bad:
            msg = f"var + eps must be positive, not {bad[0] if bad else values[0]}; raise eps"
            raise ArgumentError(msg)
        return roots(values, 2)

    @property
    def scale(self) -> Array:
        """weight / sqrt(var + eps), one for each channel."""
        return self._scale()

    def _scale(self) -> Array:
        spread = None if isinstance(self.var, Abstract) else self._spread()
        if spread is None or isinstance(self.weight, Abstract):
            return abstract(self.mean.shape)
        inverse = 1 / (spread if spread.dtype.kind == "f" else rings.filled(spread.shape, map(_exact, spread.flat)))
        if self.weight is None:
            return rings.tidy(inverse)
        return rings.public(rings.entries(rings.times(self.weight, rings.entries(inverse)), "weight / sqrt(var + eps)"))

    @property
    def shift(self) -> Array:
        """bias - scale * mean, one for each channel."""
        shift = rings.tidy(-rings.times(self.scale, self.mean))
        return shift if self.bias is None else rings.public(np.add(*rings.addable((shift, self.bias))))

    @property
    def parameters(self) -> int:
        return counted(self.weight, self.bias)

    def output_shape(self, in_shape: Any) -> Box:
        box = box_of(in_shape, "in_shape")
        return shape_of(box, len(self.mean), len(box) - 1)

    def matrix(self, in_shape: Any) -> Operator:
        channels, *sizes = self.output_shape(in_shape)
        if not sizes:
            return Diagonal(self.scale, (channels,))
        weight = self.scale.reshape(channels, 1, *[1] * len(sizes))
        return Toeplitz(weight, tuple(Axis(n, 1) for n in sizes), channels)

    def offset(self, in_shape: Any) -> Array:
        return spread(self.shift, self.output_shape(in_shape))

    def _batch(self, xs: Array) -> Array:
        self.output_shape(tuple(xs.shape[1:]))
        scale, x = rings.multipliable(self.scale, xs)
        return shifted(x * scale.reshape(-1, *[1] * (xs.ndim - 2)), self.shift)


def _exact(value: Any) -> Any:
    """The number as a Fraction, so that 1 / value is exact; an expression as it is."""
    return Fraction(int(value.numerator), int(value.denominator)) if not hasattr(value, "subs") else value


@dataclass(frozen=True, eq=False)
class LocallyConnected(Layer):
    """`y[o, i] = b[o, i] + sum over c, t of w[o, i, c, t] x[c, s*i + d*t - p]`: a convolution without weight sharing.

    `weight` is (out_channels, *out_sizes, in_channels, *kernel_size), `bias` (out_channels, *out_sizes) or one number
    a channel.  It reads where the convolution reads, with out_sizes times as many weights; Keras LocallyConnected*D.

    >>> import convalgebra as ca
    >>> ca.LocallyConnected([[[[1, 2]], [[3, 4]]]]).matrix((1, 3)).to_numpy()
    array([[1, 2, 0],
           [0, 3, 4]])
    """

    weight: Any
    bias: Any = None
    stride: int | tuple[int, ...] = field(default=1, kw_only=True)
    padding: int | tuple[Any, ...] = field(default=0, kw_only=True)
    dilation: int | tuple[int, ...] = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        weight = rings.frozen(self.weight, "the weight")
        ndim = weight.ndim // 2 - 1
        if weight.ndim % 2 or ndim < 1 or not weight.size:
            msg = (
                f"the weight must be (out_channels, *out_sizes, in_channels, *kernel_size), not of shape {weight.shape}"
            )
            raise ShapeError(msg)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "stride", per_axis(self.stride, ndim, "stride", 1))
        object.__setattr__(self, "padding", widths(self.padding, ndim))
        object.__setattr__(self, "dilation", per_axis(self.dilation, ndim, "dilation", 1))
        if self.bias is not None:
            object.__setattr__(self, "bias", self._spread(rings.entries(self.bias, "the bias")))

    def _spread(self, bias: Array) -> Array:
        out = self.weight.shape[: self.spatial + 1]
        if bias.shape not in (out, out[:1]):
            msg = f"the bias must be of shape {out} or {out[:1]}, not {bias.shape}"
            raise ShapeError(msg)
        return np.broadcast_to(bias.reshape(bias.shape + (1,) * (len(out) - bias.ndim)), out, subok=True)

    @property
    def spatial(self) -> int:
        return int(self.weight.ndim) // 2 - 1

    @property
    def parameters(self) -> int:
        return counted(self.weight, self.bias)

    def axes(self, in_shape: Any) -> tuple[Axis, ...]:
        """The tap table of each spatial axis; its places must be those of the weight."""
        kernel, out = self.weight.shape[self.spatial + 2 :], self.weight.shape[1 : self.spatial + 1]
        sizes = shape_of(in_shape, self.weight.shape[self.spatial + 1], self.spatial)[1:]
        parts = zip(sizes, kernel, self.stride, self.dilation, self.padding, strict=True)  # type: ignore[arg-type]
        axes = tuple(Axis(n, k, s, d, lo, hi) for n, k, s, d, (lo, hi) in parts)
        if tuple(a.out for a in axes) != out:
            found = tuple(a.out for a in axes)
            msg = f"the weight must have one kernel for each of the {found} places of the output, not {out}"
            raise ShapeError(msg)
        return axes

    def output_shape(self, in_shape: Any) -> Box:
        self.axes(in_shape)
        return tuple(self.weight.shape[: self.spatial + 1])

    def matrix(self, in_shape: Any) -> Operator:
        """The lines of the shared layer's matrix, each with a weight of its own."""
        axes, out = self.axes(in_shape), self.weight.shape[0]
        kernel = self.weight.shape[self.spatial + 1 :]
        lines = Toeplitz(np.zeros((out, *kernel), dtype=np.int64), axes).pattern()
        values = self.weight.reshape(-1, prod(kernel))[lines.rows, lines.taps % prod(kernel)]
        order = np.lexsort((lines.cols, lines.rows))
        boxes = (self.output_shape(in_shape), tuple(in_shape))
        return Dense(lines.rows[order], lines.cols[order], values[order], boxes)

    def offset(self, in_shape: Any) -> Array:
        return super().offset(in_shape) if self.bias is None else rings.public(self.bias.reshape(-1))
