"""Kernels as Laurent polynomials `w(z) = sum of w_t z^t` whose coefficients are channel matrices.

Convolving kernels is multiplying these polynomials: `T(u) T(v) = T(u * v)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd, lcm, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.indexing import box_of, integer, per_axis
from convalgebra.algebra.kernel_numbers import convolve_numbers
from convalgebra.algebra.kernel_symbols import convolve_symbols
from convalgebra.algebra.sealing import Sealed
from convalgebra.errors import ArgumentError, ShapeError, UndecidedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class Kernel(Sealed):
    """`w(z) = sum over t of weight[..., t] z^(origin + t)`, a polynomial in one z for each axis.

    `weight` is (out_channels, in_channels, *size); `origin` is the exponent of its first place, 0 by default.
    `u * v` convolves and multiplies the channel matrices; `u + v` adds.

    >>> import convalgebra as ca
    >>> smooth = ca.Kernel([[[1, 1]]])
    >>> (smooth * smooth).weight
    array([[[1, 2, 1]]])
    """

    weight: Array
    origin: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        weight = rings.frozen(self.weight, "the weight of a kernel")
        if weight.ndim < 3 or not weight.size:
            msg = (
                "the weight must be (out_channels, in_channels, *size) without empty axes, "
                f"not of shape {weight.shape}; write Kernel(w[None, None])"
            )
            raise ShapeError(msg)
        given = self.origin if isinstance(self.origin, tuple | list) else (self.origin,)  # type: ignore[redundant-expr]
        origin = tuple(integer(o, "origin") for o in given) or (0,) * (weight.ndim - 2)
        if len(origin) != weight.ndim - 2:
            msg = f"origin must be one exponent for each of the {weight.ndim - 2} axes, not {self.origin!r}"
            raise ShapeError(msg)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "origin", origin)

    @property
    def size(self) -> tuple[int, ...]:
        """The number of places on each axis."""
        return tuple(self.weight.shape[2:])

    @property
    def channels(self) -> tuple[int, int]:
        """(out_channels, in_channels)."""
        return int(self.weight.shape[0]), int(self.weight.shape[1])

    @property
    def support(self) -> list[tuple[int, ...]]:
        """The exponents whose coefficient is not known to be zero, in order."""
        alive = rings.nonzero(self.weight).any(axis=(0, 1))
        return [tuple(int(o + t) for o, t in zip(self.origin, place, strict=True)) for place in np.argwhere(alive)]

    def __add__(self, other: Any) -> Kernel:
        """`u(z) + v(z)`."""
        if not isinstance(other, Kernel):
            return NotImplemented
        self._check(other, self.channels == other.channels, "add")
        low = tuple(map(min, self.origin, other.origin))
        ends = zip(self.origin, self.size, other.origin, other.size, strict=True)
        high = tuple(max(a + m, b + n) for a, m, b, n in ends)
        left, right = rings.addable((self.weight, other.weight))
        total = _embedded(left, self.origin, low, high) + _embedded(right, other.origin, low, high)
        return Kernel(rings.tidy(total), low)

    def __neg__(self) -> Kernel:
        return self * -1

    def __sub__(self, other: Any) -> Kernel:
        """`u(z) - v(z)`."""
        return self + -other if isinstance(other, Kernel) else NotImplemented

    def __mul__(self, other: Any) -> Kernel:
        """`u(z) v(z)`: kernels convolved, channel matrices multiplied; or a scalar multiple."""
        if not isinstance(other, Kernel):
            return Kernel(rings.tidy(rings.times(self.weight, rings.entries(views.scalar(other)))), self.origin)
        self._check(other, self.channels[1] == other.channels[0], "multiply")
        origin = tuple(a + b for a, b in zip(self.origin, other.origin, strict=True))
        return Kernel(rings.owned(convolve(self.weight, other.weight)), origin)

    __rmul__ = __mul__

    def _check(self, other: Kernel, fit: bool, verb: str) -> None:
        if not fit or len(self.size) != len(other.size):
            shapes = f"{self.weight.shape} and {other.weight.shape}"
            msg = f"the channels and axes of two kernels must fit to {verb}, not weights of shape {shapes}"
            raise ShapeError(msg)

    def flip(self) -> Kernel:
        """`w(1/z)`: turns correlation into convolution."""
        origin = tuple(1 - o - s for o, s in zip(self.origin, self.size, strict=True))
        return Kernel(np.flip(self.weight, self._axes), origin)

    def adjoint(self) -> Kernel:
        """`conj(w(1/conj(z))).T`: the kernel of the adjoint operator."""
        return Kernel(rings.conjugate(np.swapaxes(self.flip().weight, 0, 1)), self.flip().origin)

    def dilate(self, s: int | tuple[int, ...]) -> Kernel:
        """`w(z^s)`: s - 1 zeros between neighbours."""
        steps = per_axis(s, len(self.size), "s", 1)
        return Kernel(dilated(self.weight, steps), tuple(o * d for o, d in zip(self.origin, steps, strict=True)))

    def shift(self, k: int | tuple[int, ...]) -> Kernel:
        """`z^k w(z)`."""
        steps = k if isinstance(k, tuple) else (k,) * len(self.size)
        if len(steps) != len(self.size):
            msg = f"k must be one exponent for each of the {len(self.size)} axes, not {k!r}"
            raise ArgumentError(msg)
        return Kernel(self.weight, tuple(o + integer(d, "k") for o, d in zip(self.origin, steps, strict=True)))

    def __call__(self, *z: Any) -> Array:
        """The channel matrix `w(z)` at numbers or symbols, one for each axis."""
        if len(z) != len(self.size):
            msg = f"a kernel on {len(self.size)} axes must be evaluated at {len(self.size)} points, not {len(z)}"
            raise ArgumentError(msg)
        value: Array = self.weight
        for point, origin in zip(reversed(z), reversed(self.origin), strict=True):
            base = views.scalar(point)
            powers = rings.entries([_power(base, origin + t) for t in range(value.shape[-1])], "the powers of z")
            left, right = rings.multipliable(value, powers, value.shape[-1])
            value = rings.tidy((left * right).sum(axis=-1))
        return rings.public(value)

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(2, self.weight.ndim))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kernel):
            return NotImplemented
        if self.channels != other.channels or len(self.size) != len(other.size):
            return False
        verdicts = {rings.is_zero(v) for v in (self - other).weight.flat}
        if None in verdicts and False not in verdicts:
            msg = "whether the kernels are equal is undecided: their coefficients agree or differ in spelling only"
            raise UndecidedError(msg)
        return verdicts == {True}

    __hash__ = None  # type: ignore[assignment]  # equality looks through spelling; no hash can


def _power(base: Any, exponent: int) -> Any:
    if exponent < 0 and base == 0:
        msg = f"z must be non-zero, not 0: the kernel has a term z^{exponent}"
        raise ArgumentError(msg)
    return Fraction(base) ** exponent if isinstance(base, int) and exponent < 0 else base**exponent


def _embedded(weight: Array, origin: Sequence[int], low: Sequence[int], high: Sequence[int]) -> Array:
    shape = (*weight.shape[:2], *(h - v for h, v in zip(high, low, strict=True)))
    rings.check_memory(prod(shape), 8, "the sum of two kernels")
    total = np.zeros(shape, dtype=weight.dtype)
    places = tuple(slice(o - v, o - v + s) for o, v, s in zip(origin, low, weight.shape[2:], strict=True))
    total[:, :, *places] = weight
    return total


def dilated(weight: Array, steps: Sequence[int]) -> Array:
    """The weight with steps - 1 zeros between neighbours on its spatial axes.

    >>> dilated(np.array([[[1, 2, 3]]]), (2,))
    array([[[1, 0, 2, 0, 3]]])
    """
    size = tuple((k - 1) * s + 1 for k, s in zip(weight.shape[2:], steps, strict=True))
    if size == weight.shape[2:]:
        return weight
    rings.check_memory(prod(size) * weight.shape[0] * weight.shape[1], 8, "the dilated kernel")
    spread = np.zeros((*weight.shape[:2], *size), dtype=weight.dtype)
    spread[:, :, *(slice(None, None, s) for s in steps)] = weight
    return spread


def convolve(u: Array, v: Array, groups: int = 1) -> Array:
    """`(u * v)[o, i, q] = sum over m and t of u[o, m, t] v[m, i, q - t]`, full size, exact when both are.

    Floats of many channels whose taps are about as large err by some 1e-14 of the largest sum of `|u| |v|`, and what
    cancels in them is as small, not zero; others err by the rounding of their own sums.

    With groups, u is (o, m/groups, *k) and v is (m, i/groups, *l), and so is the result.

    >>> convolve(np.array([[[1, 2]]]), np.array([[[1, 10]]]))
    array([[[ 1, 12, 20]]])
    """
    shape = (len(u), v.shape[1], *(a + b - 1 for a, b in zip(u.shape[2:], v.shape[2:], strict=True)))
    rings.check_memory(prod(shape), 8, "the composed kernel")
    left, right = rings.multipliable(u, v, u.shape[1] * min(prod(u.shape[2:]), prod(v.shape[2:])))
    if left.dtype != object:
        return convolve_numbers(left, right, shape, groups)
    way = convolve_symbols if any(map(rings.is_symbolic, (u, v))) else _convolve_rationals
    return way(left, right, shape, groups)


def _convolve_rationals(u: Array, v: Array, shape: Box, groups: int) -> Array:
    """Over common denominators, so that machine integers do the work where they fit."""
    (p, a), (q, b) = _integral(u), _integral(v)
    p, q = rings.multipliable(p, q, u.shape[1] * min(prod(u.shape[2:]), prod(v.shape[2:])))
    whole = convolve_numbers(p, q, shape, groups)
    return whole if a * b == 1 else rings.tidy(rings.objects(whole) * Fraction(1, a * b))


def _integral(weight: Array) -> tuple[Array, int]:
    """Integers, and the one denominator that they have."""
    common = lcm(*(v.denominator for v in weight.flat))
    return rings.tidy(rings.filled(weight.shape, (int(v * common) for v in weight.flat))), common


def chained(
    left: Array, right: Array, steps: Sequence[tuple[int, int]], groups: int = 1
) -> tuple[Array, tuple[int, ...]]:
    """The kernel `left(z^s) * right(z^r)` for steps (s, r) on each axis, and the dilation that its taps share.

    >>> chained(np.array([[[1, 2]]]), np.array([[[1, 10]]]), [(4, 2)])
    (array([[[ 1, 10,  2, 20]]]), (2,))
    """
    taps = zip(left.shape[2:], right.shape[2:], strict=True)
    shared = tuple(
        gcd(*(s for s, k in zip(p, ks, strict=True) if k > 1)) or 1 for p, ks in zip(steps, taps, strict=True)
    )
    spread = [
        dilated(weight, [max(s // d, 1) for s, d in zip(side, shared, strict=True)])
        for weight, side in zip((left, right), zip(*steps, strict=True), strict=True)
    ]
    return convolve(spread[0], spread[1], groups), shared


def ungrouped(weight: Array, groups: int, fewer: int = 1) -> Array:
    """The weight with explicit zero blocks between the groups, but in fewer groups, which must divide them.

    >>> ungrouped(np.array([[[5]], [[7]]]), 2)[..., 0]
    array([[5, 0],
           [0, 7]])
    """
    if groups == fewer:
        return weight
    o, depth, joined = len(weight) // groups, weight.shape[1], groups // fewer
    rings.check_memory(weight.size * joined, 8, "the kernel without groups")
    full = np.zeros((len(weight), depth * joined, *weight.shape[2:]), dtype=weight.dtype)
    for g in range(groups):
        first = g % joined * depth
        full[g * o : (g + 1) * o, first : first + depth] = weight[g * o : (g + 1) * o]
    return full


def reversed_circularly(c: Array) -> Array:
    """`c[-k mod n]` on every axis.

    >>> reversed_circularly(np.array([0, 1, 2, 3]))
    array([0, 3, 2, 1])
    """
    axes = tuple(range(c.ndim))
    return np.roll(np.flip(c, axes), (1,) * c.ndim, axes)


def symbols(name: str, shape: int | tuple[int, ...], start: int = 0) -> Array:
    """An array of SymPy symbols name0, name1, ... or name00, name01, ...

    Indices above 9 are set apart by underscores: w1_11.

    >>> symbols("w", 3)
    array([w0, w1, w2], dtype=object)
    >>> symbols("w", (2, 2))
    array([[w00, w01],
           [w10, w11]], dtype=object)
    """
    import sympy  # noqa: PLC0415  # SymPy is loaded only when a symbol is made

    if not isinstance(name, str) or not name:  # type: ignore[redundant-expr]  # users pass what they like
        msg = f"name must be a non-empty string, not {name!r}"
        raise ArgumentError(msg)
    box = box_of(shape, "shape")
    first = integer(start, "start", 0)
    rings.check_memory(prod(box), 1000, "the array of symbols")
    array = np.empty(box, dtype=object)
    joint = "_" if len(box) > 1 and max(box) + first > 10 else ""
    for place in product(*map(range, box)):
        array[place] = sympy.Symbol(name + joint.join(str(p + first) for p in place))
    return array
