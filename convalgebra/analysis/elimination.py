"""Determinant, inverse and least squares of any matrix, over the field of its exact entries; floats by LAPACK."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.analysis.periodic import SingularError
from convalgebra.errors import ArgumentError, SizeLimitError

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST = 512  # rows of an exact elimination
MOST_PRODUCTS = 500_000  # of terms, in a determinant with symbols: a few seconds


def entries_of(A: Operator) -> Array:
    """The dense entries; refused where an exact elimination would take hours."""
    found = rings.tidy(views.to_numpy(A))
    if rings.is_exact(found) and max(found.shape) > MOST:
        msg = f"an exact elimination must have at most {MOST} rows, not {max(found.shape)}; use floats, or a circulant"
        raise SizeLimitError(msg)
    return found


def det(A: Operator) -> Any:
    """The determinant of any square matrix: with symbols expanded row by row, without a division."""
    values = entries_of(A)
    if not rings.is_exact(values):
        return np.linalg.det(values).item()
    if rings.is_symbolic(values):
        return rings.public(rings.filled((1,), [_expanded(values)])).tolist()[0]
    return _constant(_domain(values).det(), values)


def _expanded(values: Array) -> Polynomial:
    """The sum over all choices of a column for each row; the minors of the rows so far stand by their columns."""
    minors, work = {0: Polynomial({(): 1})}, 0
    for line in values:
        row = [(1 << j, entry) for j, entry in enumerate(map(Polynomial.of, line)) if entry]
        pairs = [(c, m, bit, entry) for (c, m), (bit, entry) in product(minors.items(), row) if not c & bit]
        work += sum(len(minor.terms) * len(entry.terms) for _, minor, _, entry in pairs)
        if work > MOST_PRODUCTS:
            msg = (
                f"a determinant with symbols must take at most {MOST_PRODUCTS} products of terms, not more; "
                "write ca.det(A.subs(values)), or the matrix as a circulant"
            )
            raise SizeLimitError(msg)
        larger: dict[int, Polynomial] = defaultdict(lambda: Polynomial({}))
        for columns, minor, bit, entry in pairs:
            larger[columns | bit] += entry * (-1) ** (columns // bit).bit_count() * minor
        minors = {columns: minor for columns, minor in larger.items() if minor}
    return minors.get((1 << len(values)) - 1, Polynomial({}))


def characteristic_polynomial(A: Operator, x: Any) -> Any:
    """`det(x I - A)`, expanded."""
    import sympy  # noqa: PLC0415

    values = entries_of(A)
    if not rings.is_exact(values):
        msg = (
            "the entries must be exact numbers or symbols for a characteristic polynomial, not floats or roots "
            "of unity; write np.poly(A.to_numpy()), or ca.characteristic_polynomial of a circulant"
        )
        raise ArgumentError(msg)
    found = _domain(values)
    return sympy.Poly([found.domain.to_sympy(c) for c in found.charpoly()], x).as_expr()


def inverse(A: Operator) -> Operator:
    """The inverse of any square matrix."""
    values = entries_of(A)
    return matrix(solve(values, np.eye(len(values), dtype=np.int64)))


def solve(values: Array, sides: Array) -> Array:
    """`A X = B` for a square A: exact over the field of both, or by LAPACK."""
    if rings.is_symbolic(sides) and not rings.is_symbolic(values):  # over the field of A alone
        return np.asarray(matrix(solve(values, np.eye(len(values), dtype=np.int64))) @ sides)
    if not (rings.is_exact(values) and rings.is_exact(sides)):
        try:
            return np.asarray(np.linalg.solve(floats(values), floats(sides)))
        except np.linalg.LinAlgError:
            raise singular() from None
    from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError  # noqa: PLC0415

    A, B = _domain(values).unify(_domain(sides))
    try:
        found = A.lu_solve(B)
    except DMNonInvertibleMatrixError:
        raise singular() from None
    return _array(found)


def singular() -> SingularError:
    """The error of a matrix without structure."""
    return SingularError("A must be invertible, not singular; write ca.pinv(A), or ca.least_squares(A, b)")


def floats(values: Array) -> Array:
    """The numbers as floats, or complex floats."""
    return values if values.dtype.kind in "fc" else values.astype(np.float64)


def pinv(A: Operator) -> Operator:
    """The Moore-Penrose inverse: `(A^H A + P)^-1 A^H`, P the projector on the solutions of A x = 0."""
    values = entries_of(A)
    if not rings.is_exact(values):
        return matrix(np.linalg.pinv(values))
    if rings.is_symbolic(values):
        msg = "the entries must be numbers for ca.pinv of a matrix without structure; write A.subs(values)"
        raise ArgumentError(msg)
    exact = rings.objects(values)
    gram = exact.T @ exact
    basis = views.null_space(values)
    if basis:
        null = rings.objects(np.array([rings.objects(v) for v in basis], dtype=object))
        gram = gram + null.T @ rings.objects(solve(rings.tidy(null @ null.T), rings.tidy(null)))
    return matrix(solve(rings.tidy(gram), rings.tidy(exact.T)))


def _domain(values: Array) -> Any:
    """The matrix over the field of its entries."""
    from sympy import Matrix  # noqa: PLC0415
    from sympy.polys.domains import QQ  # noqa: PLC0415
    from sympy.polys.matrices import DomainMatrix  # noqa: PLC0415

    if not rings.is_symbolic(values):
        rows = [[QQ(int(v.numerator), int(v.denominator)) for v in row] for row in values.tolist()]
        return DomainMatrix(rows, values.shape, QQ)
    return DomainMatrix.from_Matrix(Matrix(rings.public(values).tolist()), extension=True).to_field()


def _array(found: Any) -> Array:
    return rings.tidy(rings.entries([[_exact(found.domain, v) for v in row] for row in found.to_list()]))


def _exact(domain: Any, value: Any) -> Any:
    if domain.is_QQ or domain.is_ZZ:
        return Fraction(int(value.numerator), int(value.denominator))
    return domain.to_sympy(value)


def _constant(value: Any, values: Array) -> Any:
    found = _exact(_domain(values[:1, :1]).domain if not rings.is_symbolic(values) else _domain(values).domain, value)
    return rings.tidy(rings.entries([found])).tolist()[0]
