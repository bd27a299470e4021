"""Two combinators of the operator algebra that make matrices of matrices: Kronecker products and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, chain
from typing import TYPE_CHECKING, final

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.combinators import joined, origins
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.pattern import Pattern, dense_pattern
from convalgebra.algebra.protocol import for_all_sizes
from convalgebra.errors import ArgumentError, EntryError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


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
        lines = (i[:, None] * p + k).ravel(), (j[:, None] * q + h).ravel(), rings.times(x[:, None], y).ravel()
        return dense_pattern(*lines), (m * p, n * q)

    def _apply(self, x: Array) -> Array:
        y = x.reshape(*(A.shape[1] for A in self.factors), -1)
        for axis, A in enumerate(self.factors):
            moved = np.moveaxis(y, axis, 0)
            made = A._apply(moved.reshape(A.shape[1], -1))
            y = np.moveaxis(made.reshape(A.shape[0], *moved.shape[1:]), 0, axis)
        return y.reshape(self.shape[0], -1)

    @property
    def _weights(self) -> Array:
        return joined(self.factors)

    def _exactly(self) -> Operator:
        return Kronecker(tuple(A._exactly() for A in self.factors))

    @property
    def _sources(self) -> tuple[Array, ...]:
        return origins(self.factors)

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

    def _apply(self, x: Array) -> Array:
        parts = np.split(x, [*accumulate(self.widths)][:-1])
        lines = []
        for line in self.grid:
            sums = rings.addable([A._apply(part) for A, part in zip(line, parts, strict=True) if A is not None])
            lines.append(reduce(np.add, sums))
        return np.concatenate(rings.addable(lines))

    @property
    def _weights(self) -> Array:
        return joined(A for A in chain(*self.grid) if A is not None)

    def _exactly(self) -> Operator:
        return Block(
            tuple(tuple(A if A is None else A._exactly() for A in line) for line in self.grid),
            self.heights,
            self.widths,
        )

    @property
    def _sources(self) -> tuple[Array, ...]:
        return origins(A for A in chain(*self.grid) if A is not None)

    def _adjoint(self, conjugate: bool) -> Operator:
        turned = tuple(
            tuple(A if A is None else A._adjoint(conjugate) for A in column) for column in zip(*self.grid, strict=True)
        )
        return Block(turned, self.widths, self.heights)


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
