"""Operators that commute with all shifts of their box, as their kernels, and the frequencies at which they act.

    C[(a, p), (b, q)] = kernel[a, b, (p - q) mod box]

covers circulants, block circulants and their forms on several axes.  At frequency f the operator acts by one matrix,
`sum over t of kernel[:, :, t] omega^(f . t)`; the frequencies whose powers omega^(f . t) are conjugate make an orbit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import gcd, lcm, prod
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import Axis, flat_index
from convalgebra.algebra.kernel import convolve, ungrouped
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.algebra.toeplitz import Circulant, Toeplitz
from convalgebra.algebra.views import beside_symbols
from convalgebra.analysis.unity import gathered, is_zero, remainder
from convalgebra.errors import ArgumentError, ConvAlgebraError, ShapeError

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


class SingularError(ConvAlgebraError, np.linalg.LinAlgError):
    """A matrix has no inverse; `frequencies` names where its eigenvalue is zero."""

    def __init__(self, message: str, frequencies: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.frequencies = frequencies


@dataclass(frozen=True, eq=False)
class Class:
    """Conjugate frequencies, and the matrix over the d-th roots of unity by which the operator acts at the first."""

    members: Array
    order: int
    matrix: Array


@dataclass(frozen=True, eq=False)
class Periodic:
    """The kernel (rows, columns, *box) of an operator that commutes with all shifts of its box."""

    kernel: Array
    channels: bool = False

    @property
    def box(self) -> Box:
        """The sizes of the axes that are shifted."""
        return tuple(self.kernel.shape[2:])

    @property
    def size(self) -> int:
        """The number of frequencies."""
        return prod(self.box)

    @property
    def square(self) -> bool:
        """Are there as many rows as columns?"""
        return bool(self.kernel.shape[0] == self.kernel.shape[1])

    @property
    def exact(self) -> bool:
        """Are the entries exact?"""
        return rings.is_exact(self.kernel)

    @property
    def symbolic(self) -> bool:
        """Does an entry hold a symbol or a root of unity?"""
        return rings.is_symbolic(self.kernel)

    @cached_property
    def flat(self) -> Array:
        """The kernel with its places in one row, where zeros everywhere are left out: (rows, columns, taps)."""
        return self._weights.reshape(*self.kernel.shape[:2], -1)[..., self.alive]

    @cached_property
    def alive(self) -> Array:
        """The flat places where the kernel is not zero."""
        return np.flatnonzero(rings.nonzero(self._weights.reshape(-1, self.size)).any(axis=0))

    @cached_property
    def _weights(self) -> Array:
        """In a kind that can be added up: SymPy expressions as polynomials."""
        tidy = rings.tidy(self.kernel)
        return rings.objects(tidy) if rings.is_symbolic(tidy) else tidy

    def at(self, place: int) -> tuple[int, Array]:
        """(d, the matrix over the d-th roots of unity) by which the operator acts at a flat frequency."""
        powers, order = exponents(self.box, place)
        return order, remainder(gathered(self.flat, powers[self.alive], order), order)

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """The frequencies by classes of conjugate ones; one by one where an entry holds a root of unity itself."""
        if any(p.opaque for p in self._weights.flat if isinstance(p, Polynomial)):
            return tuple(Class(np.array([f], dtype=np.int64), 1, _spelled(*self.at(f))) for f in range(self.size))
        return tuple(Class(members, *self.at(f)) for f, members in orbits(self.box))

    def operator(self) -> Operator:
        """The operator of the kernel."""
        if not self.channels:
            return Circulant(rings.frozen(rings.public(self.kernel[0, 0])))
        weight = rings.frozen(np.flip(rings.public(self.kernel), tuple(range(2, self.kernel.ndim))))
        return Toeplitz(weight, tuple(Axis(n, n, lo=n - 1, mode="circular") for n in self.box))

    def __matmul__(self, other: Periodic) -> Periodic:
        full = convolve(self.kernel, other.kernel)
        place = np.indices(full.shape[2:]).reshape(len(self.box), -1)
        folded = flat_index([p % n for p, n in zip(place, self.box, strict=True)], self.box)
        kernel = gathered(full.reshape(*full.shape[:2], -1), folded, self.size)
        return Periodic(rings.tidy(kernel.reshape(*full.shape[:2], *self.box)), self.channels)

    def adjoint(self) -> Periodic:
        """The kernel of the adjoint."""
        turned = np.roll(np.flip(self.kernel, axes := _axes(self)), (1,) * len(axes), axes)
        return Periodic(rings.conjugate(np.swapaxes(turned, 0, 1)), self.channels)

    def plus(self, other: Periodic) -> Periodic:
        """The sum of two of one shape."""
        left, right = rings.addable((self.kernel, other.kernel))
        return Periodic(rings.tidy(left + right), self.channels)

    def scaled(self, factor: Any) -> Periodic:
        """The multiple by a number or an expression."""
        return Periodic(rings.tidy(rings.times(self.kernel, rings.entries(factor))), self.channels)


def singular(C: Periodic, zeros: list[int]) -> SingularError:
    """The error that names the frequencies."""
    places = [tuple(map(int, np.unravel_index(f, C.box))) for f in zeros]
    names = [p[0] if len(p) == 1 else p for p in places]
    shown = ", ".join(map(str, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    what = "its eigenvalue" if C.kernel.shape[0] == 1 else "the determinant of its block"
    msg = f"C must be invertible, but {what} is 0 at frequency {shown}; write ca.pinv(C)"
    return SingularError(msg, tuple(names))


def _spelled(d: int, a: Array) -> Array:
    """The elements as polynomials in a root of unity, itself a generator."""
    roots = [Polynomial.of(root(e, d)) for e in range(a.shape[-1])]
    return rings.tidy((rings.objects(a) * rings.filled((len(roots),), roots)).sum(axis=-1, keepdims=True))


def root(e: int, d: int) -> Any:
    """`exp(-2 pi i e / d)`."""
    import sympy  # noqa: PLC0415

    return sympy.exp(-2 * sympy.I * sympy.pi * e / d)


def _axes(C: Periodic) -> tuple[int, ...]:
    return tuple(range(2, C.kernel.ndim))


def unit(box: Box, channels: int = 1, *, layer: bool = False) -> Periodic:
    """The identity on so many channels."""
    kernel = np.zeros((channels, channels, *box), dtype=np.int64)
    kernel.reshape(channels, channels, -1)[..., 0] = np.eye(channels, dtype=np.int64)
    return Periodic(kernel, layer)


@lru_cache(maxsize=64)
def exponents(box: Box, place: int) -> tuple[Array, int]:
    """(e, d) with `omega^(f . t) = omega_d^e[t]` for all flat places t of the box, f the flat frequency.

    >>> exponents((6,), 2)
    (array([0, 1, 2, 0, 1, 2]), 3)
    """
    whole = lcm(*box)
    frequency = [int(f) * (whole // n) for f, n in zip(np.unravel_index(place, box), box, strict=True)]
    order = whole // gcd(whole, *frequency)
    powers = np.zeros((), dtype=np.int64)
    for f, n in zip(frequency, box, strict=True):
        powers = np.add.outer(powers, f * order // whole % order * np.arange(n) % order) % order
    return powers.reshape(-1), order


@lru_cache(maxsize=64)
def orbits(box: Box) -> tuple[tuple[int, Array], ...]:
    """Flat frequencies one for each class of conjugate ones, with the class: `f` and `u f` for units u.

    >>> [(f, members.tolist()) for f, members in orbits((6,))]
    [(0, [0]), (1, [1, 5]), (2, [2, 4]), (3, [3])]
    """
    frequencies = np.indices(box).reshape(len(box), -1)
    if len(box) == 1:
        label = np.gcd(frequencies[0], box[0]) % box[0]
    else:
        whole = lcm(*box)
        label = np.arange(prod(box))
        for u in (u for u in range(2, whole) if gcd(u, whole) == 1):
            moved = [u * f % n for f, n in zip(frequencies, box, strict=True)]
            np.minimum(label, flat_index(moved, box), out=label)
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return tuple((int(part[0]), part) for part in parts)


def periodic(C: Any, name: str = "C") -> Periodic:
    """The kernel of an operator that commutes with all shifts of its box.

    >>> import convalgebra as ca
    >>> periodic(ca.circulant([1, 2, 3]) + ca.shift(3)).kernel
    array([[[1, 3, 3]]])
    """
    found = recognised(C, name)
    if found is None:
        msg = (
            f"{name} must commute with the shifts of its box (a circulant, or a layer with circular padding and "
            f"stride 1), not any {C.shape[0]} x {C.shape[1]} matrix; write ca.circulant(c), "
            'padding_mode="circular", or ca.nearest_circulant(A)'
        )
        raise ArgumentError(msg)
    return found


def square(C: Any, name: str = "C") -> Periodic:
    """The kernel of a square operator that commutes with all shifts."""
    check_square(C, name)
    return periodic(C, name)


def check_square(C: Any, name: str = "C") -> None:
    """Refuse what is no square operator."""
    check_operator(C, name)
    if C.shape[0] != C.shape[1]:
        msg = f"{name} must be square, not {C.shape[0]} x {C.shape[1]}; write {name}.H @ {name}, or ca.pinv({name})"
        raise ShapeError(msg)


def check_operator(C: Any, name: str = "C") -> None:
    """Refuse what is no operator."""
    if not isinstance(C, Operator):
        msg = f"{name} must be an operator, not {type(C).__name__}; write ca.matrix(array), or layer.matrix(in_shape)"
        raise ArgumentError(msg)
    m, n = C.shape
    if not all(isinstance(size, int) for size in C.shape):
        msg = f"the sizes of {name} must be numbers, not {m} x {n}; write {name}.subs({{n: 4}})"
        raise ArgumentError(msg)


def recognised(C: Any, name: str = "C") -> Periodic | None:
    """The kernel, read off the structure where the operator has one, else off its entries; None where there is none."""
    check_operator(C, name)
    if isinstance(C, Circulant):
        return Periodic(C.c[None, None])
    if is_circular(C):
        return _of_layer(C)
    rows, cols = C.boxes
    boxes = ([rows] if rows == cols else []) + ([rows[1:]] if len(rows) > 1 and rows[1:] == cols[1:] else [])
    if not boxes:
        return None
    rings.check_memory(prod(C.shape), 8, f"the dense {C.shape[0]} x {C.shape[1]} array")
    dense = rings.tidy(beside_symbols(C)._dense())
    return next((found for box in boxes if (found := _of_entries(dense, box, box != rows)) is not None), None)


def is_circular(C: Operator) -> TypeGuard[Toeplitz]:
    """Is it a layer whose taps go round its box one place at a time?"""
    return isinstance(C, Toeplitz) and all(a.mode == "circular" and a.stride == 1 and a.out == a.size for a in C.axes)


def _of_layer(C: Toeplitz) -> Periodic:
    box, weight = tuple(a.size for a in C.axes), ungrouped(C.weight, C.groups)
    taps = np.indices(weight.shape[2:]).reshape(len(box), -1)
    places = [(a.lo - a.dilation * t) % a.size for a, t in zip(C.axes, taps, strict=True)]
    source = weight.reshape(*weight.shape[:2], -1)
    source = rings.objects(source) if rings.is_symbolic(source) else source
    kernel = gathered(source, flat_index(places, box), prod(box)).reshape(*weight.shape[:2], *box)
    return Periodic(rings.tidy(kernel), C.channels)


def _of_entries(dense: Array, box: Box, channels: bool) -> Periodic | None:
    """The first column of each block, where the other columns repeat it."""
    size = prod(box)
    blocks = dense.reshape(dense.shape[0] // size, size, -1, size).swapaxes(1, 2)
    kernel = blocks[..., 0]
    p = np.indices(box).reshape(len(box), -1)
    place = flat_index([(a[:, None] - a) % n for a, n in zip(p, box, strict=True)], box)
    if not _same(kernel[..., place], blocks):
        return None
    return Periodic(kernel.reshape(*kernel.shape[:2], *box), channels)


def _same(left: Array, right: Array) -> bool:
    if not rings.is_symbolic(left) and not rings.is_symbolic(right):
        return bool(np.array_equal(left, right))
    pairs = {(id(a), id(b)): (a, b) for a, b in zip(rings.objects(left).flat, rings.objects(right).flat, strict=True)}
    return all(a == b or is_zero(rings.objects(rings.filled((1,), [a - b]))) for a, b in pairs.values())
