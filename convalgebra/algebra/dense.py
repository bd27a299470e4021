"""Two atoms without structure in their entries: any matrix, and a diagonal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.operator import Operator, product_rule
from convalgebra.algebra.pattern import Pattern, dense_pattern
from convalgebra.algebra.polynomial import is_expr
from convalgebra.algebra.protocol import for_all_sizes
from convalgebra.algebra.sealing import sealed
from convalgebra.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


@final
@dataclass(frozen=True, eq=False, repr=False)
class Dense(Operator):
    """A matrix given by its non-zero entries, in C order."""

    rows: Array
    cols: Array
    values: Array
    _boxes: tuple[Box, Box]

    def __post_init__(self) -> None:
        for name in ("rows", "cols", "values"):
            object.__setattr__(self, name, sealed(getattr(self, name)))

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self._boxes

    def pattern(self, rows: Array | None = None) -> Pattern:
        kept = slice(None) if rows is None else np.flatnonzero(np.isin(self.rows, rows))
        return dense_pattern(self.rows[kept], self.cols[kept], self.values[kept])

    @property
    def _weights(self) -> Array:
        return self.values

    def _adjoint(self, conjugate: bool) -> Operator:
        values = rings.conjugate(self.values) if conjugate else self.values
        order = np.lexsort((self.rows, self.cols))
        return Dense(self.cols[order], self.rows[order], values[order], self.boxes[::-1])


@final
@dataclass(frozen=True, eq=False, repr=False)
class Diagonal(Operator):
    """diag(d)."""

    values: Array
    box: Box

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self.box, self.box

    def pattern(self, rows: Array | None = None) -> Pattern:
        places = np.arange(len(self.values)) if rows is None else rows
        return Pattern(places, places, places, self.values, free=True)

    @property
    def _weights(self) -> Array:
        return self.values

    def _adjoint(self, conjugate: bool) -> Operator:
        return Diagonal(rings.conjugate(self.values), self.box) if conjugate else self


@product_rule(Diagonal, Diagonal)
def diagonals_multiply_entrywise(left: Diagonal, right: Diagonal) -> Operator:
    """diag(u) diag(v) = diag(u v)."""
    return Diagonal(rings.tidy(rings.times(left.values, right.values)), left.box)


def matrix(values: Any) -> Operator:
    """`A[i, j] = values[i][j]`: any matrix as an operator, from nested lists, NumPy, SymPy or SciPy.

    >>> import convalgebra as ca
    >>> ca.matrix([[1, 2], [3, 4]]) @ [1, 1]
    array([3, 7])
    """
    if hasattr(values, "tocoo") and all(values.shape):
        sparse = values.tocsr().tocoo()
        return from_entries(sparse.row, sparse.col, rings.entries(sparse.data), sparse.shape)
    array = rings.entries(values, "the matrix")
    if array.ndim != 2 or not array.size:
        msg = f"a matrix must have two non-empty axes, not shape {array.shape}"
        raise ShapeError(msg)
    rows, cols = np.nonzero(rings.nonzero(array))
    return from_entries(rows, cols, array[rows, cols], array.shape)


def from_entries(rows: Array, cols: Array, values: Array, shape: tuple[int, int]) -> Operator:
    """The operator with these entries (in C order, each once)."""
    return Dense(rows.astype(np.int64), cols.astype(np.int64), rings.tidy(values), ((shape[0],), (shape[1],)))


@for_all_sizes
def diagonal(values: Any) -> Operator:
    """`diag(d)[i, i] = d[i]`; an N-D d is read in C order.

    >>> import convalgebra as ca
    >>> ca.diagonal([5, 7]).to_numpy()
    array([[5, 0],
           [0, 7]])
    """
    array = rings.frozen(values, "the diagonal")
    if not array.ndim or not array.size:
        msg = f"the diagonal must be a non-empty vector, not of shape {array.shape}; write ca.diagonal([d])"
        raise ShapeError(msg)
    return Diagonal(array.reshape(-1), array.shape)


def substitute(operator: Operator, values: Any) -> Operator:
    """The operator's matrix where symbols are replaced by other entries."""
    if not isinstance(values, Mapping) or not all(map(is_expr, values)):
        msg = f"subs must map SymPy symbols to values, not {values!r}; write A.subs({{symbol: value}})"
        raise ArgumentError(msg)
    exact = {symbol: views.as_sympy(views.scalar(value)) for symbol, value in values.items()}
    rows, cols, entries = views.beside_symbols(operator).pattern().entries()
    replaced = [e.subs(exact) if is_expr(e) else e for e in rings.public(entries).tolist()]
    return Dense(rows, cols, rings.entries(replaced, "the entries after subs"), operator.boxes)
