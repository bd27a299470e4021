"""Four combinators of the operator algebra: product, sum, scalar multiple and transpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.operator import Operator, compose
from convalgebra.algebra.pattern import Pattern, dense_pattern, multiply, ranges
from convalgebra.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


def joined(operators: Iterable[Operator]) -> Array:
    """The weights of several operators in one array."""
    return np.concatenate(rings.addable(A._weights for A in operators))


def origins(operators: Iterable[Operator]) -> tuple[Array, ...]:
    """The arrays of which the weights of several operators are made."""
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
        chosen = order[ranges(starts[:-1][back], lengths)]
        return inner.placed(np.repeat(wanted, lengths), inner.cols[chosen], chosen)

    @property
    def _weights(self) -> Array:
        return joined(self.factors)

    def _apply(self, x: Array) -> Array:
        return reduce(lambda y, A: A._apply(y), reversed(self.factors), x)

    def _exactly(self) -> Operator:
        return _product([A._exactly() for A in self.factors])

    @property
    def _sources(self) -> tuple[Array, ...]:
        return origins(self.factors)

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
        return joined(self.terms)

    def _apply(self, x: Array) -> Array:
        parts = rings.addable(A._apply(x) for A in self.terms)
        return reduce(np.add, parts)

    def _exactly(self) -> Operator:
        return Sum(tuple(A._exactly() for A in self.terms))

    @property
    def _sources(self) -> tuple[Array, ...]:
        return origins(self.terms)

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
        return rings.times(rings.entries(self.scalar), values)

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
    with np.errstate(over="ignore", invalid="ignore"):  # a merged operator refuses infinite entries
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
