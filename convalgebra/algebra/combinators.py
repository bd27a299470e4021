"""The six combinators of the operator algebra: product, sum, scalar multiple, transpose, Kronecker product, blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.operator import Operator, compose
from convalgebra.algebra.pattern import Pattern, dense_pattern, multiply
from convalgebra.algebra.protocol import for_all_sizes
from convalgebra.errors import ArgumentError, EntryError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


def _joined(operators: Iterable[Operator]) -> Array:
    return np.concatenate(rings.addable(A._weights for A in operators))


def _origins(operators: Iterable[Operator]) -> tuple[Array, ...]:
    return tuple(chain.from_iterable(A._sources for A in operators))


@final
@dataclass(frozen=True, eq=False, repr=False)
class Product(Operator):
    """`A1 @ A2 @ ...`, factors that no rule collapses."""

    factors: tuple[Operator, ...]

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self.factors[0].boxes[0], self.factors[-1].boxes[1]

    def pattern(self, rows: Array | None = None) -> Pattern:
        first, *rest = self.factors
        picks = _picks(first)
        return reduce(_times, rest, first.pattern(rows)) if picks is None else self._picked(picks, rows)

    def _picked(self, picks: Array, rows: Array | None) -> Pattern:
        """The rows that the first factor picks from the others: its weights are ones and stay out of the way."""
        wanted = np.arange(len(picks)) if rows is None else np.asarray(rows, dtype=np.int64)
        places, back = np.unique(picks[wanted], return_inverse=True)
        inner = _product(self.factors[1:]).pattern(places[places >= 0])
        order = np.argsort(inner.rows, kind="stable")
        starts = np.searchsorted(inner.rows[order], np.append(places, np.iinfo(np.int64).max))
        lengths = (starts[1:] - starts[:-1])[back]
        lines = np.repeat(starts[:-1][back] - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        chosen = order[lines]
        return inner.placed(np.repeat(wanted, lengths), inner.cols[chosen], chosen)

    @property
    def _weights(self) -> Array:
        return _joined(self.factors)

    def _apply(self, x: Array) -> Array:
        return reduce(lambda y, A: A._apply(y), reversed(self.factors), x)

    def _exactly(self) -> Operator:
        return _product([A._exactly() for A in self.factors])

    @property
    def _sources(self) -> tuple[Array, ...]:
        return _origins(self.factors)

    def _adjoint(self, conjugate: bool) -> Operator:
        return _product([A._adjoint(conjugate) for A in reversed(self.factors)])


def _picks(operator: Operator) -> Array | None:
    """The index vector of a selection: one unit entry a row at most."""
    return getattr(operator, "index", None)


def _product(factors: Sequence[Operator]) -> Operator:
    return reduce(compose, factors)


def _times(left: Pattern, right: Operator) -> Pattern:
    picks = _picks(right)
    if picks is not None:
        cols = picks[left.cols]
        kept = np.flatnonzero(cols >= 0)
        return left.placed(left.rows[kept], cols[kept], kept)
    inner = np.unique(left.cols)
    return multiply(left, right.pattern(inner), inner)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Sum(Operator):
    """`A1 + A2 + ...`."""

    terms: tuple[Operator, ...]

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self.terms[0].boxes

    def pattern(self, rows: Array | None = None) -> Pattern:
        parts = [A.pattern(rows).entries() for A in self.terms]
        values = np.concatenate(rings.addable(p[2] for p in parts))
        return dense_pattern(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), values)

    @property
    def _weights(self) -> Array:
        return _joined(self.terms)

    def _apply(self, x: Array) -> Array:
        parts = rings.addable(A._apply(x) for A in self.terms)
        return reduce(np.add, parts)

    def _exactly(self) -> Operator:
        return Sum(tuple(A._exactly() for A in self.terms))

    @property
    def _sources(self) -> tuple[Array, ...]:
        return _origins(self.terms)

    def _adjoint(self, conjugate: bool) -> Operator:
        return Sum(tuple(A._adjoint(conjugate) for A in self.terms))


@final
@dataclass(frozen=True, eq=False, repr=False)
class Scaled(Operator):
    """`c * A`."""

    scalar: Any
    operator: Operator

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self.operator.boxes

    def _times(self, values: Array) -> Array:
        left, right = rings.multipliable(rings.entries(self.scalar).reshape(1), values)
        return left * right

    def pattern(self, rows: Array | None = None) -> Pattern:
        inner = self.operator.pattern(rows)
        return Pattern(inner.rows, inner.cols, inner.taps, self._times(inner.weights))

    @property
    def _weights(self) -> Array:
        return self._times(self.operator._weights)

    def _apply(self, x: Array) -> Array:
        return self._times(self.operator._apply(x))

    def _exactly(self) -> Operator:
        return Scaled(self.scalar, self.operator._exactly())

    @property
    def _sources(self) -> tuple[Array, ...]:
        return self.operator._sources

    def _adjoint(self, conjugate: bool) -> Operator:
        scalar = rings.conjugate(rings.entries(self.scalar).reshape(1))[0] if conjugate else self.scalar
        return Scaled(scalar, self.operator._adjoint(conjugate))


@final
@dataclass(frozen=True, eq=False, repr=False)
class Transpose(Operator):
    """`A.T` or `A.H` of an operator that does not know its own transpose."""

    operator: Operator
    conjugated: bool = False

    @property
    def boxes(self) -> tuple[Box, Box]:
        rows, cols = self.operator.boxes
        return cols, rows

    def pattern(self, rows: Array | None = None) -> Pattern:
        inner = self.operator.pattern(None if rows is None else self.operator._reading(rows))
        lines = slice(None) if rows is None else np.flatnonzero(np.isin(inner.cols, rows))
        turned = inner.placed(inner.cols[lines], inner.rows[lines], lines)
        return replace(turned, weights=rings.conjugate(inner.weights)) if self.conjugated else turned

    @property
    def nnz(self) -> int:
        return self.operator.nnz

    @property
    def _weights(self) -> Array:
        inner = self.operator._weights
        return rings.conjugate(inner) if self.conjugated else inner

    def _csr(self, max_bytes: int | None) -> tuple[Array, Array, Array]:
        rings.check_memory(self.operator.nnz, 12, "the sparse array", max_bytes)
        found = self.operator._turned_csr()
        if found is None:
            return super()._csr(max_bytes)
        return rings.conjugate(found[0]) if self.conjugated else found[0], *found[1:]

    def _exactly(self) -> Operator:
        return Transpose(self.operator._exactly(), self.conjugated)

    @property
    def _sources(self) -> tuple[Array, ...]:
        return self.operator._sources

    def _adjoint(self, conjugate: bool) -> Operator:
        if conjugate == self.conjugated:
            return self.operator
        return Transpose(Transpose(self.operator), conjugated=True)  # conj(A)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Kronecker(Operator):
    """`A1 (x) A2 (x) ...`: entry ((i1, i2), (j1, j2)) is A1[i1, j1] * A2[i2, j2]."""

    factors: tuple[Operator, ...]

    @property
    def boxes(self) -> tuple[Box, Box]:
        rows, cols = zip(*(A.boxes for A in self.factors), strict=True)
        return tuple(chain(*rows)), tuple(chain(*cols))

    def pattern(self, rows: Array | None = None) -> Pattern:
        wanted = None if rows is None else np.unravel_index(rows, [A.shape[0] for A in self.factors])
        parts = [A.pattern(None if wanted is None else np.unique(wanted[k])) for k, A in enumerate(self.factors)]
        product = reduce(self._cross, zip(parts, (A.shape for A in self.factors), strict=True))[0]
        if rows is None:
            return product
        lines = np.flatnonzero(np.isin(product.rows, rows))
        return product.placed(product.rows[lines], product.cols[lines], lines)

    @staticmethod
    def _cross(
        left: tuple[Pattern, tuple[int, int]], right: tuple[Pattern, tuple[int, int]]
    ) -> tuple[Pattern, tuple[int, int]]:
        (a, (m, n)), (b, (p, q)) = left, right
        (i, j, x), (k, h, y) = a.entries(), b.entries()
        rings.check_memory(len(x) * len(y), 24, "the Kronecker product")
        u, v = rings.multipliable(x, y)
        lines = ((i[:, None] * p + k).ravel(), (j[:, None] * q + h).ravel(), np.multiply.outer(u, v).ravel())
        return dense_pattern(*lines), (m * p, n * q)

    @property
    def _weights(self) -> Array:
        return _joined(self.factors)

    def _exactly(self) -> Operator:
        return Kronecker(tuple(A._exactly() for A in self.factors))

    @property
    def _sources(self) -> tuple[Array, ...]:
        return _origins(self.factors)

    def _adjoint(self, conjugate: bool) -> Operator:
        return Kronecker(tuple(A._adjoint(conjugate) for A in self.factors))


@final
@dataclass(frozen=True, eq=False, repr=False)
class Block(Operator):
    """A matrix of matrices; a grid entry None is a zero block."""

    grid: tuple[tuple[Operator | None, ...], ...]
    heights: tuple[int, ...]
    widths: tuple[int, ...]

    @property
    def boxes(self) -> tuple[Box, Box]:
        column = [line[0].boxes for line in self.grid if len(line) == 1 and line[0] is not None]
        if len(column) == len(self.grid) and len({(rows[1:], cols) for rows, cols in column}) == 1:
            rows, cols = column[0]  # channels after channels
            return (sum(r[0] for r, _ in column), *rows[1:]), cols
        return (sum(self.heights),), (sum(self.widths),)

    def pattern(self, rows: Array | None = None) -> Pattern:
        tops, lefts = (np.array([0, *accumulate(sizes)], dtype=np.int64) for sizes in (self.heights, self.widths))
        found = []
        for line, top, bottom in zip(self.grid, tops, tops[1:], strict=False):
            wanted = None if rows is None else rows[(rows >= top) & (rows < bottom)] - top
            for A, left in zip(line, lefts, strict=False):
                if A is not None:
                    i, j, values = A.pattern(wanted).entries()
                    found.append((i + top, j + left, values))
        values = np.concatenate(rings.addable(f[2] for f in found))
        return dense_pattern(np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found]), values)

    @property
    def _weights(self) -> Array:
        return _joined(A for A in chain(*self.grid) if A is not None)

    def _exactly(self) -> Operator:
        return Block(
            tuple(tuple(A if A is None else A._exactly() for A in line) for line in self.grid),
            self.heights,
            self.widths,
        )

    @property
    def _sources(self) -> tuple[Array, ...]:
        return _origins(A for A in chain(*self.grid) if A is not None)

    def _adjoint(self, conjugate: bool) -> Operator:
        turned = tuple(
            tuple(A if A is None else A._adjoint(conjugate) for A in column) for column in zip(*self.grid, strict=True)
        )
        return Block(turned, self.widths, self.heights)


def factors_of(operator: Operator) -> tuple[Any, tuple[Operator, ...]]:
    """(scalar, factors) whose product the operator is."""
    if isinstance(operator, Scaled):
        scalar, factors = factors_of(operator.operator)
        return views.times(operator.scalar, scalar), factors
    return 1, operator.factors if isinstance(operator, Product) else (operator,)


def add(left: Operator, right: Operator) -> Operator:
    """`left + right`."""
    if left.shape != right.shape:
        msg = f"the terms of a sum must have one shape, not {left.shape} and {right.shape}"
        raise ShapeError(msg)
    merged = left._plus(right)
    if merged is not None:
        return merged
    return Sum(tuple(chain.from_iterable(A.terms if isinstance(A, Sum) else (A,) for A in (left, right))))


def scale(scalar: Any, operator: Operator) -> Operator:
    """`scalar * operator`, scalars multiplied together."""
    number = views.scalar(scalar)
    if isinstance(operator, Scaled):
        number, operator = views.times(number, operator.scalar), operator.operator
    if isinstance(number, int) and number == 1:
        return operator
    scaled = operator._scaled(number)
    return Scaled(number, operator) if scaled is None else scaled


@for_all_sizes
def kron(*operators: Operator) -> Operator:
    """`(A (x) B)[(i, k), (j, l)] = A[i, j] * B[k, l]`, with places of the product counted in C order.

    A separable filter acts on rows and columns by the Kronecker product of two 1-D matrices.

    >>> import convalgebra as ca
    >>> ca.kron(ca.identity(2), ca.circulant([1, 5])).to_numpy()
    array([[1, 5, 0, 0],
           [5, 1, 0, 0],
           [0, 0, 1, 5],
           [0, 0, 5, 1]])
    """
    for A in operators:
        if not isinstance(A, Operator):
            msg = f"the factors of kron must be operators, not {type(A).__name__}; write ca.matrix(array)"
            raise ArgumentError(msg)
    if not operators:
        msg = "kron must have at least one factor, not none"
        raise ArgumentError(msg)
    flat = tuple(chain.from_iterable(A.factors if isinstance(A, Kronecker) else (A,) for A in operators))
    return flat[0] if len(flat) == 1 else Kronecker(flat)


def block(grid: Sequence[Sequence[Operator | None]]) -> Operator:
    """The matrix of matrices [[A, B], [C, D]]; None stands for a zero block.

    >>> import convalgebra as ca
    >>> ca.block([[ca.identity(2), None], [None, ca.circulant([7])]]).to_numpy()
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 0, 7]])
    """
    given = grid if isinstance(grid, list | tuple) else ()
    rows = tuple(tuple(line) if isinstance(line, list | tuple) else () for line in given)
    if any(A is not None and not isinstance(A, Operator) for A in chain(*rows)):
        msg = "the blocks must be operators or None, not numbers; write ca.matrix([[...]]) for a block"
        raise EntryError(msg)
    if not rows or not rows[0] or len({len(line) for line in rows}) > 1:
        msg = "block must be given a rectangular grid of operators, not rows of different lengths"
        raise ShapeError(msg)
    heights = tuple(_common([A.shape[0] for A in line if A is not None], "row") for line in rows)
    widths = tuple(_common([A.shape[1] for A in line if A is not None], "column") for line in zip(*rows, strict=True))
    return Block(rows, heights, widths)


def _common(sizes: list[int], what: str) -> int:
    if len(set(sizes)) != 1:
        msg = f"the blocks of one {what} must agree in size and not all be None, not {sizes}"
        raise ShapeError(msg)
    return sizes[0]
