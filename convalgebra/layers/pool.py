"""Pooling: averages are linear, and convolutions where every window counts alike; maxima are linear over (max, +)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import Diagonal, matrix
from convalgebra.algebra.indexing import box_of, choice, integer, per_axis
from convalgebra.algebra.operator import compose
from convalgebra.algebra.rational import quotient, reciprocals
from convalgebra.algebra.selection import identity
from convalgebra.algebra.semiring import MaxPlus, maximum
from convalgebra.errors import ArgumentError, NotLinearError, ShapeError, at
from convalgebra.layers.activation import Nonlinear, unit
from convalgebra.layers.base import Layer
from convalgebra.layers.conv import Conv
from convalgebra.layers.roots import roots
from convalgebra.layers.window import Window, along, axes_told, box, flag, reads

if TYPE_CHECKING:
    from convalgebra.algebra.apply import Plan
    from convalgebra.algebra.indexing import Axis, Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class AvgPool(Window):
    """`y[c, i] = (sum over t of x[c, s*i + d*t - p]) / count(i)`, as torch.nn.AvgPool*d; exact for exact input.

    `count(i)` is the number of window places in the padded signal (`count_include_pad=True`, torch's default), of
    places of the signal (False: ONNX's and TensorFlow's default), or `divisor_override`.  Where all counts are one
    number the layer is a convolution; elsewhere it is linear only, `diag(1/count) @ T(1)`, and `explain` says so.

    >>> import convalgebra as ca
    >>> ca.AvgPool(2).matrix((1, 4)).to_numpy()
    array([[Fraction(1, 2), Fraction(1, 2), 0, 0],
           [0, 0, Fraction(1, 2), Fraction(1, 2)]], dtype=object)
    >>> ca.AvgPool(3, stride=1, padding=1, count_include_pad=False)([[1, 2, 3]])
    array([[Fraction(3, 2), 2, Fraction(5, 2)]], dtype=object)
    """

    count_include_pad: bool = field(default=True, kw_only=True)
    divisor_override: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        flag(self.count_include_pad, "count_include_pad")
        if self.divisor_override is not None and integer(self.divisor_override, "divisor_override") == 0:
            msg = "divisor_override must be a non-zero integer, not 0; write None for the window's size"
            raise ArgumentError(msg)

    def divisors(self, in_shape: Any) -> Array:
        """count(i) for each output place, flat."""
        if self.divisor_override is not None:
            return np.full(prod(self.output_shape(in_shape)), self.divisor_override, dtype=np.int64)
        counts = self.counts(in_shape, padded=self.count_include_pad)
        if not counts.all():
            self.occupied(in_shape)
            msg = "every window must count a place, but one lies wholly beyond the padding; pad less"
            raise ShapeError(msg)
        return counts

    def is_convolution(self, in_shape: Any) -> bool:
        """Do all windows divide by one number?

        >>> import convalgebra as ca
        >>> [ca.AvgPool(3, padding=1, count_include_pad=b).is_convolution((1, 9)) for b in (True, False)]
        [True, False]
        """
        divisors = self.divisors(in_shape)
        return bool((divisors == divisors[0]).all())

    def matrix(self, in_shape: Any) -> Operator:
        divisors = self.divisors(in_shape)
        if (divisors == divisors[0]).all():
            return self.constant(in_shape, Fraction(1, int(divisors[0])))
        return compose(
            Diagonal(rings.tidy(reciprocals(divisors)), self.output_shape(in_shape)), self.constant(in_shape, 1)
        )

    def _batch(self, xs: Array) -> Array:
        """Sums first and one division a place: integers stay machine integers until then."""
        shape = tuple(xs.shape[1:])
        return quotient(self.sums, xs, self.divisors(shape).reshape(self.output_shape(shape)))

    def convolution(self, in_shape: Any) -> Conv:
        """The convolution that the layer is on inputs of this shape; refused where it is linear only.

        >>> import convalgebra as ca
        >>> ca.AvgPool(2).convolution((1, 4)).weight
        array([[[Fraction(1, 2), Fraction(1, 2)]]], dtype=object)
        """
        if not self.is_convolution(in_shape) or self.over == "channels":
            why = "windows count differently" if self.over == "space" else "its windows run over the channels"
            msg = (
                f"an average must divide alike everywhere to be a convolution, but {why}; write layer.matrix(in_shape)"
            )
            raise ArgumentError(msg)
        T = self.constant(in_shape, Fraction(1, int(self.divisors(in_shape)[0])))
        stride, dilation, padding = zip(*((a.stride, a.dilation, (a.lo, a.hi)) for a in T.axes), strict=True)
        return Conv(T.weight, stride=stride, padding=padding, dilation=dilation, groups=T.groups)

    def factors(self, in_shape: Any) -> tuple[Operator, Operator, Operator]:
        """(D, T, P) with `D @ T @ P == A`, where the layer is a convolution."""
        return self.convolution(in_shape).factors(in_shape)

    def explain(self, in_shape: Any = None) -> str:
        """The formula and, for a given input, whether the layer is a convolution on it.

        >>> import convalgebra as ca
        >>> print(ca.AvgPool(3, stride=1, padding=1, count_include_pad=False).explain((1, 4)))
        y[c, i] = (sum of the window of x[c]) / count(i)
        linear, but no convolution: count(i) is 2 to 3
        input (1, 4) -> output (1, 4)
        """
        formula = "y[c, i] = (sum of the window of x[c]) / count(i)"
        if in_shape is None:
            return f"{formula}\na convolution where every count(i) is one number"
        divisors = self.divisors(in_shape)
        low, high = int(divisors.min()), int(divisors.max())
        kind = "a convolution" if low == high else "linear, but no convolution"
        count = low if low == high else f"{low} to {high}"
        sizes = f"input {tuple(in_shape)} -> output {self.output_shape(in_shape)}"
        return f"{formula}\n{kind}: count(i) is {count}\n{sizes}"


@dataclass(frozen=True, eq=False)
class MaxPool(Nonlinear, Window):
    """`y[c, i] = max over t of x[c, s*i + d*t - p]`, the padding never chosen, as torch.nn.MaxPool*d.

    Linear over (max, +): `matrix(in_shape, semiring="max-plus")` is its matrix there.  Symbols give a SymPy `Max`.

    >>> import convalgebra as ca
    >>> ca.MaxPool(2)([[3, 1, 4, 1]])
    array([[3, 4]])
    >>> ca.MaxPool(2).matrix((1, 4))
    Traceback (most recent call last):
    convalgebra.errors.NotLinearError: a layer must be linear to have a matrix, not MaxPool: f(x) + f(y) = 2, f(x + y) = 1 with x = e[0, 0], y = e[0, 1]; write matrix(in_shape, semiring="max-plus")
    """  # noqa: E501  # the message is one line

    plan = Layer.plan  # nothing is summed

    def matrix(self, in_shape: Any, semiring: str = "sum-product") -> Any:
        """The matrix over (max, +), entry 0 where a window reads; over (+, x) only where windows hold one place."""
        choice(semiring, "semiring", ("sum-product", "max-plus"))
        self.occupied(in_shape)
        if semiring == "max-plus":
            return MaxPlus(self.constant(in_shape, 0))
        if self.counts(in_shape).max() > 1:
            msg = f'{self._why(in_shape)}; write matrix(in_shape, semiring="max-plus")'
            raise NotLinearError(msg)
        return self.constant(in_shape, 1)

    def witness(self, in_shape: Any) -> tuple[Array, Array]:
        table = reads(self.occupied(in_shape))
        crowded = np.flatnonzero((table >= 0).sum(axis=0) > 1)
        if not len(crowded):
            msg = f"a witness against linearity needs a window with two places, but {self} has one place each"
            raise ArgumentError(msg)
        first, second = sorted(table[table[:, crowded[0]] >= 0, crowded[0]].tolist())[:2]
        return unit(box(in_shape), first), unit(box(in_shape), second)

    def _batch(self, xs: Array) -> Array:
        """The maximum of a box of places, axis after axis."""
        axes = self.occupied(tuple(xs.shape[1:]))
        for k, axis in enumerate(axes):
            xs = _largest_along(xs, axis, k - len(axes))
        return rings.public(xs)

    def indices(self, x: Any) -> Array:
        """The flat place of each maximum within its channel, the first of equal ones, as torch's `return_indices`.

        >>> import convalgebra as ca
        >>> ca.MaxPool(2).indices([[3, 1, 4, 4]])
        array([[0, 2]])
        """
        array = rings.entries(x, "the input")
        if rings.is_symbolic(array):
            msg = "the places of maxima must be asked of numbers, not of symbols; write layer(x)"
            raise ArgumentError(msg)
        xs = array if self.spatial is not None and array.ndim == self.spatial + 2 else array[None]
        found = self._where(xs).reshape(len(xs), *self.output_shape(tuple(xs.shape[1:])))
        return found if xs is array else found[0]

    def _where(self, xs: Array) -> Array:
        """Where the maxima stand: a place gives way only to a larger one."""
        table = reads(self.occupied(tuple(xs.shape[1:])))
        signals = xs.reshape(-1, prod(xs.shape[1:] if self.over == "channels" else xs.shape[2:]))
        where = np.tile(table[(table >= 0).argmax(axis=0), np.arange(table.shape[1])], (len(signals), 1))
        sample = np.arange(len(signals))[:, None]
        for row in table:
            alive = np.flatnonzero(row >= 0)
            larger = signals[:, row[alive]] > signals[sample, where[:, alive]]
            where[:, alive] = np.where(larger, row[alive], where[:, alive])
        return where


def _largest_along(xs: Array, axis: Axis, dimension: int) -> Array:
    """The maximum of each window of one axis."""
    table = axis.table()
    some = xs.take(table[(table >= 0).argmax(axis=0), np.arange(axis.out)], dimension)
    return along(xs, some, axis, dimension, maximum)


@dataclass(frozen=True, eq=False)
class LpPool(Nonlinear, Window):
    """`y[c, i] = (sum over t of |x[c, s*i + d*t - p]|^p)^(1/p)`, not rescaled at the border, as ONNX LpPool.

    torch.nn.LPPool*d takes x^p without the absolute value, and with ceil_mode rescales windows that overhang.
    Exact for p=1, for symbols, and where every root is rational; floats elsewhere.

    >>> import convalgebra as ca
    >>> ca.LpPool(2)([[3, 4, 1, 1]]), ca.LpPool(2)([[3, -4, 0, 5]])
    (array([[5.        , 1.41421356]]), array([[5, 5]]))
    """

    p: int = field(default=2, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        integer(self.p, "p", 1, 2**10)

    def witness(self, in_shape: Any) -> tuple[Array, Array]:
        place = int(reads(self.occupied(in_shape))[:, 0].max())
        return unit(box(in_shape), place), unit(box(in_shape), place, -1)

    def _batch(self, xs: Array) -> Array:
        with np.errstate(over="ignore", under="ignore"):
            powers = _powers(xs, self.p)
            sums = self.sums(powers)
            return self._norms(xs) if _strays(xs, powers, sums) else roots(sums, self.p)

    def _norms(self, xs: Array) -> Array:
        """The norms of the windows, entry by entry and axis after axis: no power leaves the floats."""
        return self.combined(np.abs(xs), partial(_hypot, self.p))


def _powers(xs: Array, p: int) -> Array:
    """`|x|^p`, exact; real symbols lose their absolute value under even powers."""
    sizes = xs if p % 2 == 0 and xs.dtype.kind != "c" else np.abs(xs)
    return reduce(rings.times, [sizes] * p)


def _strays(xs: Array, powers: Array, sums: Array) -> bool:
    """Does a power leave the range of floats, or a sum?"""
    if rings.is_exact(sums):
        return False
    return not np.isfinite(sums).all() or bool(((np.abs(powers) < np.finfo(np.float64).tiny) & (xs != 0)).any())


def _hypot(p: int, a: Array, b: Array) -> Array:
    """`(a^p + b^p)^(1/p)` of non-negative floats, by powers of numbers up to 1."""
    large, small = np.maximum(a, b), np.minimum(a, b)
    ratio = np.divide(small, large, out=np.zeros_like(large), where=large > 0)
    return np.asarray(large * (1 + ratio**p) ** (1 / p))


@dataclass(frozen=True, eq=False)
class _Global(Layer):
    """A pool whose window is the whole signal; the output keeps the axes, (c, 1, ..., 1)."""

    def pool(self, in_shape: Any) -> Window:
        """The pooling layer with the window of this size."""
        raise NotImplementedError

    def output_shape(self, in_shape: Any) -> Box:
        return self.pool(in_shape).output_shape(in_shape)

    def plan(self, in_shape: Any) -> Plan:
        return self.pool(in_shape).plan(in_shape)

    def _batch(self, xs: Array) -> Array:
        return self.pool(tuple(xs.shape[1:]))._batch(xs)


@dataclass(frozen=True, eq=False)
class GlobalAvgPool(_Global):
    """`y[c] = mean of x[c]`, of shape (c, 1, ..., 1).

    >>> import convalgebra as ca
    >>> ca.GlobalAvgPool()([[1, 2, 3, 4]])
    array([[Fraction(5, 2)]], dtype=object)
    """

    def pool(self, in_shape: Any) -> AvgPool:
        return AvgPool(box(in_shape)[1:])

    def matrix(self, in_shape: Any) -> Operator:
        return self.pool(in_shape).matrix(in_shape)

    def factors(self, in_shape: Any) -> tuple[Operator, Operator, Operator]:
        return self.pool(in_shape).factors(in_shape)


@dataclass(frozen=True, eq=False)
class GlobalMaxPool(_Global):
    """`y[c] = max of x[c]`, of shape (c, 1, ..., 1).

    >>> import convalgebra as ca
    >>> ca.GlobalMaxPool()([[1, 4, 3]])
    array([[4]])
    """

    def pool(self, in_shape: Any) -> MaxPool:
        return MaxPool(box(in_shape)[1:])

    def matrix(self, in_shape: Any, semiring: str = "sum-product") -> Any:
        try:
            return self.pool(in_shape).matrix(in_shape, semiring)
        except NotLinearError as error:
            raise at(error, type(self).__name__) from error


@dataclass(frozen=True, eq=False)
class AdaptiveAvgPool(Layer):
    """`y[c, i] = mean of x[c, floor(i*n/m) : ceil((i + 1)*n/m)]`, m places from n, as torch.nn.AdaptiveAvgPool*d.

    Where m divides n it is `AvgPool(n/m)`; elsewhere windows differ in size and the layer is linear only.

    >>> import convalgebra as ca
    >>> ca.AdaptiveAvgPool(2).matrix((1, 3)).to_numpy()
    array([[Fraction(1, 2), Fraction(1, 2), 0],
           [0, Fraction(1, 2), Fraction(1, 2)]], dtype=object)
    """

    output_size: int | tuple[int, ...]

    _way = ("axes", "the sums of the windows along one axis after the other")

    def __post_init__(self) -> None:
        box_of(self.output_size, "output_size")

    @property
    def spatial(self) -> int | None:
        return axes_told(self.output_size)

    def output_shape(self, in_shape: Any) -> Box:
        channels, *sizes = box(in_shape)
        return channels, *per_axis(self.output_size, len(sizes), "output_size", 1)

    def matrix(self, in_shape: Any) -> Operator:
        channels, *sizes = box(in_shape)
        goals = self.output_shape(in_shape)[1:]
        if all(n % m == 0 for n, m in zip(sizes, goals, strict=True)):
            return AvgPool(tuple(n // m for n, m in zip(sizes, goals, strict=True))).matrix(in_shape)
        return kron(identity(channels), *map(_adaptive, sizes, goals))

    def _batch(self, xs: Array) -> Array:
        """One division a place, after the sums."""
        parts = (np.subtract(*_parts(n, m)[::-1]) for n, m in zip(xs.shape[2:], self._goals(xs), strict=True))
        return quotient(self._sums, xs, reduce(np.multiply.outer, parts))

    def _goals(self, xs: Array) -> Box:
        return self.output_shape(tuple(xs.shape[1:]))[1:]

    def _sums(self, xs: Array) -> Array:
        """The sums of the windows, one axis after the other."""
        goals, sizes = self._goals(xs), xs.shape[2:]
        _, sums = rings.multipliable(np.ones(1, dtype=np.int64), xs, prod(sizes))
        for axis, (n, m) in enumerate(zip(sizes, goals, strict=True), 2):
            parts = [
                np.take(sums, range(first, last), axis).sum(axis) for first, last in zip(*_parts(n, m), strict=True)
            ]
            sums = np.stack(parts, axis)
        return sums


def _parts(n: int, m: int) -> tuple[Array, Array]:
    """Where each of m windows of one axis begins and ends: floor(i*n/m) and ceil((i + 1)*n/m)."""
    out = np.arange(m)
    return out * n // m, -(-(out + 1) * n // m)


def _adaptive(n: int, m: int) -> Operator:
    """The averages of one axis: row i is 1/width on its window."""
    rings.check_memory(n * m, 8, "the matrix of one axis")
    place, (first, last) = np.arange(n), _parts(n, m)
    inside = (place >= first[:, None]) & (place < last[:, None])
    return matrix(inside * reciprocals(last - first)[:, None])
