"""Brute force against the calculus: terms summed index by index in a finite field with exact roots of unity.

Nothing here uses a rule.  `evaluate` gives the whole array of entries of a sum of terms at given numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from itertools import chain, count, islice
from math import isqrt, lcm, prod
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from convalgebra.algebra import rings
from convalgebra.proofs.calculus.terms import conjugate_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.calculus.sizes import Size, Symbol
    from convalgebra.proofs.calculus.terms import Atom, Bound, Expression, Term

MOST_CELLS = 2**20  # that one check sums over
MOST_POINTS = 5_000  # that are looked at for one claim


@dataclass(frozen=True)
class Field:
    """The integers modulo the prime p, where `generator` has the exact order `order`.

    >>> [Field.of(4).root(4) ** k % Field.of(4).p for k in (0, 4)]
    [1, 1]
    """

    p: int
    generator: int
    order: int

    @staticmethod
    def of(order: int) -> Field:
        """A field with a principal root of unity of this order."""
        return _field(order)

    def root(self, n: int) -> int:
        """omega_n, with omega_(m n)^m = omega_n."""
        return pow(self.generator, self.order // n, self.p)

    def number(self, value: int | Fraction) -> int:
        """The residue of a rational number."""
        return value.numerator * pow(value.denominator, -1, self.p) % self.p


@cache
def _field(order: int) -> Field:
    p = next(p for p in count((10_000 // order + 1) * order + 1, order) if all(p % q for q in range(2, isqrt(p) + 1)))
    primes = [q for q in range(2, order + 1) if order % q == 0 and all(q % r for r in range(2, q))]
    powers = (pow(a, (p - 1) // order, p) for a in range(2, p))
    return Field(p, next(g for g in powers if all(pow(g, order // q, p) != 1 for q in primes)), order)


@dataclass(frozen=True)
class Point:
    """Numbers for the sizes and integers, arrays for the kernels, and a finite field (None: the complex numbers)."""

    numbers: Mapping[Symbol, int]
    finite: Field | None = None
    kernels: Mapping[str, Array] = field(default_factory=dict)
    conjugate: bool = False  # omega_n stands for its inverse

    def size(self, size: Size) -> int:
        """The number of places."""
        return int(size.value(self.numbers))

    def box(self, sizes: Iterable[Size]) -> tuple[int, ...]:
        """The numbers of places on each axis."""
        return tuple(map(self.size, sizes))

    def factor(self, size: Size) -> int | Fraction:
        """A coefficient, which may be a fraction such as 1/n."""
        roots = {x: self.root(self.numbers[x._replace(role="size")]) for x in size.symbols if x.role == "root"}
        value = size.value({**self.numbers, **roots})
        if self.finite is not None:
            return self.finite.number(value)
        return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value

    def root(self, n: int) -> int:
        """A square root of n in the finite field."""
        if self.finite is None:
            msg = "square roots must be counted in a finite field"
            raise TypeError(msg)
        return _square_root(n, self.finite.p)

    def kernel(self, name: str, box: tuple[int, ...]) -> Array:
        """The values of a kernel: the given ones, else random ones that depend on its name and box alone."""
        name = conjugate_name(name) if self.conjugate else name
        if name in self.kernels:
            return self.kernels[name]
        if conjugate_name(name) in self.kernels:
            return rings.conjugate(rings.entries(self.kernels[conjugate_name(name)]))
        p = 10_000 if self.finite is None else self.finite.p
        return np.random.default_rng(crc32(f"{name}{box}".encode())).integers(1, p, box)

    def where(self, numbers: Mapping[Symbol, int]) -> Point:
        """The point with more numbers."""
        return replace(self, numbers={**self.numbers, **numbers})

    def with_kernels(self, kernels: Mapping[str, Array]) -> Point:
        """The point with these kernels."""
        return replace(self, kernels=kernels)

    def conjugated(self) -> Point:
        """The point where every root of unity is replaced by its inverse."""
        return replace(self, conjugate=not self.conjugate)

    def powers(self, n: int) -> Array:
        """omega_n^0, ..., omega_n^(n - 1) in the finite field."""
        if self.finite is None:
            msg = "roots of unity must be counted in a finite field; the complex ones are ca.dft"
            raise TypeError(msg)
        root = pow(self.finite.root(n), -1 if self.conjugate else 1, self.finite.p)
        return np.array([pow(root, k, self.finite.p) for k in range(n)], dtype=np.int64)


@cache
def _square_root(n: int, p: int) -> int:
    return next(r for r in range(p) if r * r % p == n % p)


def order_of(sums: Iterable[Expression], numbers: Mapping[Symbol, int]) -> int:
    """The order that a root of unity must have for every phase and every square root in these sums."""
    every = [t for e in sums for t in e]
    phases = {a.sizes[0] for t in every for a in t.atoms if a.kind == "phase"}
    roots = {x._replace(role="size") for t in every for x in t.coefficient.symbols if x.role == "root"}
    return lcm(2, *(int(n.value(numbers)) for n in phases), *(4 * numbers[x] for x in roots))


def evaluate(e: Expression, free: Bound, point: Point) -> Array | None:
    """The sum at every place of the free indices, modulo the point's prime; None where that is too much work."""
    shape = point.box(size for _, size in free)
    result = np.zeros(shape, dtype=np.int64)
    for term in e:
        if prod(shape) * prod(point.box(size for _, size in term.bound)) > MOST_CELLS:
            return None
        result += _evaluate_term(term, free, point)
    return result % _prime(point)


def _evaluate_term(term: Term, free: Bound, point: Point) -> Array:
    axes = (*free, *term.bound)
    shape = point.box(size for _, size in axes)
    grid = dict(zip((x for x, _ in axes), np.ogrid[tuple(map(slice, shape))], strict=True))
    values = np.full(shape, point.factor(term.coefficient), dtype=np.int64)
    numbers = {**point.numbers, **grid}
    for atom in term.atoms:
        values = values * _evaluate_atom(atom, numbers, point) % _prime(point)
    sums: Array = values.sum(axis=tuple(range(len(free), len(axes))))
    return sums


def _evaluate_atom(atom: Atom, numbers: Mapping[Symbol, Any], point: Point) -> Any:
    args = [np.asarray(e.value(numbers), dtype=np.int64) for e in atom.args]
    sizes = point.box(atom.sizes)
    if atom.kind == "delta":
        return (args[0] % sizes[0] if sizes[0] else args[0]) == 0
    if atom.kind == "within":
        return (args[0] >= 0) & (args[0] < sizes[0])
    places = tuple(e % n for e, n in zip(args, sizes, strict=True))
    return (point.powers(sizes[0]) if atom.kind == "phase" else point.kernel(atom.name, sizes))[places]


def _prime(point: Point) -> int:
    return point.finite.p if point.finite is not None else 2**31


def instances(symbols: Iterable[Symbol], boxes: Iterable[Size], most: int) -> Iterator[dict[Symbol, int]]:
    """Numbers for the symbols, smallest total first, for which every box side lies in 1..most."""
    names, sides = sorted(symbols), set(boxes)
    every = chain.from_iterable(compositions(extra, len(names)) for extra in range(2 * most + 1))
    for steps in islice(every, MOST_POINTS):
        numbers = {x: _value(x, k) for x, k in zip(names, steps, strict=True)}
        if all(1 <= side.value(numbers) <= most for side in sides):
            yield numbers


def _value(x: Symbol, step: int) -> int:
    """0, 1, -1, 2, -2, ... for an integer; upwards from the least for a size."""
    return x.least + step if x.role == "size" else (step + 1) // 2 * (1 if step % 2 else -1)


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """The ways to write a number as an ordered sum.

    >>> list(compositions(2, 2))
    [(0, 2), (1, 1), (2, 0)]
    """
    if parts == 0:
        yield from [()] if total == 0 else []
    elif parts == 1:
        yield (total,)
    else:
        yield from ((k, *rest) for k in range(total + 1) for rest in compositions(total - k, parts - 1))
