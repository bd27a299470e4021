"""Every kernel at one size by multilinearity: entries as integer sums of monomials, in arrays of integers.

A line is (row, column, monomial, turn, coefficient): `coefficient * zeta_N^turn * monomial` in that entry.  Monomials
are products of taps, a letter each, so that equal sums of lines prove equality for every kernel over every commutative
ring; powers of zeta_N are compared modulo the N-th cyclotomic polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from itertools import accumulate
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import Block, Kronecker
from convalgebra.algebra.combinators import Product, Scaled, Sum, Transpose
from convalgebra.algebra.cyclotomic import cyclotomic, turns
from convalgebra.algebra.fourier import Fourier
from convalgebra.algebra.pattern import ranges
from convalgebra.algebra.polynomial import Polynomial, is_plain, number_of
from convalgebra.algebra.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST_LINES = 4_000_000
MOST = 2**62

Key = tuple[Any, ...]


class BeyondError(Exception):
    """The entries are no sums of monomials with integer coefficients, or too many."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Five integer arrays of one length; each (row, column, monomial, turn) once."""

    rows: Array
    cols: Array
    monomials: Array
    turns: Array
    coefficients: Array

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All five."""
        return self.rows, self.cols, self.monomials, self.turns, self.coefficients

    def at(self, lines: Array) -> Lines:
        """Some of the lines, in this order."""
        return Lines(*(a[lines] for a in self.arrays))


@dataclass
class Letters:
    """The monomials met so far, the order N of the roots of unity, and which kernels stand for all."""

    order: int = 1
    monomials: dict[Key, int] = field(default_factory=lambda: {(): 0})
    every: list[Array] = field(default_factory=list)  # kernels whose taps are letters
    fixed: list[Array] = field(default_factory=list)  # kernels read as the values that they are

    def number(self, monomial: Key) -> int:
        """The number of a monomial, a sorted tuple of letters."""
        return self.monomials.setdefault(monomial, len(self.monomials))

    def kernel(self, weights: Array) -> int:
        """The number of a kernel; it is kept, so that no other array can come to stand at its place in memory."""
        known = [place_of(w) for w in self.every]
        if place_of(weights) not in known:
            self.every.append(weights)
            return len(known)
        return known.index(place_of(weights))

    def products(self, left: Array, right: Array) -> Array:
        """The numbers of the products of monomials, each different pair multiplied once."""
        if not left.any() or not right.any():
            return left + right
        pairs, places = np.unique(left * len(self.monomials) + right, return_inverse=True)
        count, known = len(self.monomials), list(self.monomials)
        made = [self.number(tuple(sorted(known[p // count] + known[p % count]))) for p in pairs.tolist()]
        return np.array(made, dtype=np.int64)[places]


def place_of(a: Array) -> Key:
    """Where the array stands in memory: equal numbers elsewhere may be a coincidence."""
    return a.__array_interface__["data"], a.strides, a.shape, a.dtype


def one_kernel(left: Array, right: Array) -> bool:
    """Are both one kernel: one array in memory, or the same symbols?  Equal numbers prove nothing for other kernels."""
    if place_of(left) == place_of(right):
        return True
    same = rings.is_symbolic(left) and left.shape == right.shape and left.dtype == right.dtype
    return same and all(a is b or a == b for a, b in zip(left.flat, right.flat, strict=True))


def agree(left: Operator, right: Operator, rows: Array | None) -> Letters | None:
    """What stands for every kernel, where both sides have the same entries as polynomials in the taps; else None."""
    letters = Letters()
    scales = [side.scalar if isinstance(side, Scaled) else 1 for side in (left, right)]
    common = lcm(*(c.denominator for c in scales if isinstance(c, Fraction)))
    try:
        letters.order = lcm(*_orders(left), *_orders(right))
        first, second = (
            _lines(Scaled(c * common, side.operator) if isinstance(side, Scaled) else side * common, rows, letters)
            for c, side in zip(scales, (left, right), strict=True)
        )
        difference = _added([first, replace(second, coefficients=-second.coefficients)], letters)
        return letters if _vanishes(difference, letters.order) else None
    except BeyondError:
        return None


# --- entries as lines -------------------------------------------------------------------------------------------------


def _lines(A: Operator, rows: Array | None, letters: Letters) -> Lines:
    if isinstance(A, Product):
        first, *others = A.factors
        lines = reduce(lambda left, factor: _times(left, factor, letters), others, _lines(first, rows, letters))
    elif isinstance(A, Sum):
        lines = _added([_lines(term, rows, letters) for term in A.terms], letters)
    elif isinstance(A, Scaled):
        inner = _lines(A.operator, rows, letters)
        lines = _weighted(inner, np.zeros_like(inner.rows), _terms([A.scalar], letters), letters)
    elif rows is None and isinstance(A, Transpose) and not A.conjugated:
        inner = _lines(A.operator, None, letters)
        lines = replace(inner, rows=inner.cols, cols=inner.rows)
    elif rows is None and isinstance(A, Kronecker):
        parts = [(_lines(factor, None, letters), factor.shape) for factor in A.factors]
        lines = reduce(lambda a, b: _crossed(a, b, letters), parts)[0]
    elif rows is None and isinstance(A, Block):
        lines = _blocks(A, letters)
    else:
        lines = _leaf(A, rows, letters)
    return lines


def _leaf(A: Operator, rows: Array | None, letters: Letters) -> Lines:
    """The lines of an atom: taps are letters where any numbers may stand for them."""
    pattern = A.pattern(rows)
    _bounded(len(pattern.rows))
    zeros, weights = np.zeros_like(pattern.rows), pattern.weights
    lines = Lines(pattern.rows, pattern.cols, zeros, zeros, np.ones_like(pattern.rows))
    if isinstance(A, Selection):
        return lines
    if pattern.free and not rings.is_symbolic(weights):
        kernel = letters.kernel(weights)
        named = [letters.number(((kernel, tap),)) for tap in range(weights.size)]
        return replace(lines, monomials=np.array(named, dtype=np.int64)[pattern.taps])
    if not rings.is_exact(weights):
        raise BeyondError
    if not isinstance(A, Fourier):
        letters.fixed.append(weights)
    return _weighted(lines, pattern.taps, _terms(weights.flat, letters), letters)


Terms = tuple["Array", ...]  # where each weight's terms start; their monomials, turns, coefficients


def _terms(weights: Iterable[Any], letters: Letters) -> Terms:
    starts, found = [0], []
    for weight in weights:
        if isinstance(weight, float | complex):
            raise BeyondError
        for monomial, c in Polynomial.of(weight).terms.items():
            if c.denominator != 1 or not -MOST < c < MOST:
                raise BeyondError
            found.append((*_split(monomial, letters), int(c)))
        starts.append(len(found))
    columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return np.array(starts, dtype=np.int64), *columns


def _split(monomial: tuple[int, ...], letters: Letters) -> tuple[int, int]:
    """The plain letters of a monomial, and the exponent of zeta_N."""
    roots = _roots(Polynomial({monomial: 1}))
    exponent = sum(int(roots[g] * letters.order) for g in monomial if g in roots)
    return letters.number(tuple((-1, g) for g in monomial if g not in roots)), exponent % letters.order


def _roots(polynomial: Polynomial) -> dict[int, Any]:
    """The roots of unity among the generators, as turns; nothing else may hide relations."""
    angles = {g: turns(g) for g in polynomial.generators}
    if any(q is None and not is_plain(g) for g, q in angles.items()):
        raise BeyondError
    return {number_of(g): q for g, q in angles.items() if q is not None}


def _orders(A: Operator) -> set[int]:
    """The orders of the roots of unity in the weights."""
    if any(w.dtype.kind == "O" for w in A._sources):
        values = (v for w in A._sources if w.dtype.kind == "O" for v in w.flat if not isinstance(v, int))
        return {q.denominator for v in values for q in _roots(Polynomial.of(v)).values()}
    return set()


# --- sums and products ------------------------------------------------------------------------------------------------


def _bounded(count: int) -> None:
    if count > MOST_LINES:
        raise BeyondError


def _weighted(lines: Lines, taps: Array, terms: Terms, letters: Letters) -> Lines:
    """Each line times the terms of its tap's weight."""
    starts, *weights = terms
    counts = starts[taps + 1] - starts[taps]
    _bounded(int(counts.sum()))
    old, new = _pairs(counts, starts[taps])
    places = np.zeros_like(weights[0])
    return _joined(lines.at(old), Lines(places, places, *weights).at(new), letters)


def _joined(left: Lines, right: Lines, letters: Letters, rows: Array | None = None) -> Lines:
    """Line times line, in these rows or those of the left, in the sum of both columns."""
    if rings.magnitude(left.coefficients) * rings.magnitude(right.coefficients) > MOST:
        raise BeyondError
    made = Lines(
        left.rows if rows is None else rows,
        left.cols + right.cols,
        letters.products(left.monomials, right.monomials),
        (left.turns + right.turns) % letters.order,
        left.coefficients * right.coefficients,
    )
    return _added([made], letters)


def _pairs(counts: Array, starts: Array) -> tuple[Array, Array]:
    """(k, starts[k] + 0 .. counts[k] - 1) for every k."""
    return np.repeat(np.arange(len(counts)), counts), ranges(starts, counts)


def _times(left: Lines, A: Operator, letters: Letters) -> Lines:
    right = _lines(A, np.unique(left.cols) if not isinstance(A, Transpose | Kronecker | Block) else None, letters)
    right = right.at(np.argsort(right.rows, kind="stable"))
    starts, stops = (np.searchsorted(right.rows, left.cols, side) for side in ("left", "right"))
    _bounded(int((stops - starts).sum()))
    old, new = _pairs(stops - starts, starts)
    return _joined(replace(left, cols=np.zeros_like(left.cols)).at(old), right.at(new), letters)


def _crossed(
    left: tuple[Lines, tuple[int, int]], right: tuple[Lines, tuple[int, int]], letters: Letters
) -> tuple[Lines, tuple[int, int]]:
    (a, (m, n)), (b, (p, q)) = left, right
    _bounded(len(a.rows) * len(b.rows))
    old, new = (g.ravel() for g in np.indices((len(a.rows), len(b.rows))))
    rows = a.rows[old] * p + b.rows[new]
    return _joined(replace(a, cols=a.cols * q).at(old), b.at(new), letters, rows), (m * p, n * q)


def _blocks(A: Block, letters: Letters) -> Lines:
    tops, lefts = ([0, *accumulate(sizes)] for sizes in (A.heights, A.widths))
    parts = []
    for line, top in zip(A.grid, tops, strict=False):
        for inner, left in zip(line, lefts, strict=False):
            if inner is not None:
                lines = _lines(inner, None, letters)
                parts.append(replace(lines, rows=lines.rows + top, cols=lines.cols + left))
    return _added(parts, letters)


def _added(parts: list[Lines], letters: Letters) -> Lines:
    """All lines, those of one monomial in one entry added up, zeros left out."""
    rows, cols, monomials, exponents, coefficients = (
        np.concatenate(arrays) for arrays in zip(*(part.arrays for part in parts), strict=True)
    )
    if not len(rows):
        return Lines(rows, cols, monomials, exponents, coefficients)
    sizes = int(rows.max()) + 1, int(cols.max()) + 1, len(letters.monomials), letters.order
    if np.prod([float(size) for size in sizes]) > MOST or rings.magnitude(coefficients) * len(rows) > MOST:
        raise BeyondError
    keys = np.ravel_multi_index((rows, cols, monomials, exponents), sizes)
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    sums = np.add.reduceat(coefficients[order], starts)
    kept = sums != 0
    first = order[starts[kept]]
    return Lines(rows[first], cols[first], monomials[first], exponents[first], sums[kept])


def _vanishes(lines: Lines, order: int) -> bool:
    """Is every entry zero, modulo the relation that the primitive root of unity satisfies?"""
    if not len(lines.rows) or order == 1:
        return not len(lines.rows)
    places = np.stack([lines.rows, lines.cols, lines.monomials])
    groups, where = np.unique(places, axis=1, return_inverse=True)
    table = powers(order)
    _bounded(groups.shape[1] * table.shape[1])
    if rings.magnitude(lines.coefficients) * rings.magnitude(table) * order > MOST:
        raise BeyondError
    sums = np.zeros((groups.shape[1], table.shape[1]), dtype=np.int64)
    np.add.at(sums, where.reshape(-1), lines.coefficients[:, None] * table[lines.turns])
    return not sums.any()


def powers(order: int) -> Array:
    """1, zeta, ..., zeta^(N - 1) in the basis 1, zeta, ..., zeta^(phi(N) - 1).

    >>> powers(3).tolist()
    [[1, 0], [0, 1], [-1, -1]]
    """
    relation = np.array(cyclotomic(order), dtype=np.int64)
    degree = len(relation) - 1
    rows = [np.eye(1, degree, dtype=np.int64)[0]]
    for _ in range(order - 1):
        last = rows[-1]
        rows.append(np.concatenate([[0], last[:-1]]) - last[-1] * relation[:degree])
    return np.stack(rows)
