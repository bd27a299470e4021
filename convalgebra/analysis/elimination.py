"""Determinant, rank, inverse and least squares of any matrix, over the field of its exact entries; floats by LAPACK."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.polynomial import Polynomial, generators_of, is_plain
from convalgebra.analysis.periodic import SingularError
from convalgebra.errors import ArgumentError, SizeLimitError, UndecidedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST = 512  # rows of an exact elimination
MOST_PRODUCTS = 500_000  # of terms, in a determinant with symbols: a few seconds
MOST_ELIMINATED = 36  # symbolic entries: polynomials grow too fast beyond
SURELY = 1e-9  # of the largest singular value, or of 1: no rounding makes as much


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


def rank(dense: Array) -> int:
    """The rank of a dense matrix: over the field of its exact entries, symbols generic; numerical for floats.

    With symbols it lies between the rank at one place and the most entries that share no row and no column; only where
    these differ are rows eliminated.  Functions such as sin(x) and cos(x), which depend on one another, are eliminated
    as if they did not: that bounds the rank from above.

    >>> rank(np.array([[1, 2], [2, 4]]))
    1
    """
    if not rings.is_exact(dense):
        return int(np.linalg.matrix_rank(dense))
    if not rings.is_symbolic(dense):
        return int(_domain(dense).rank())
    values = rings.filled(dense.shape, map(Polynomial.of, dense.flat))
    letters = generators_of(values.flat)
    dependent = not all(is_plain(g) or g.is_algebraic for g in letters)
    low, high = _rank_at_one_place(values, letters), _most_apart(values)
    few = dense.size <= MOST_ELIMINATED
    if low < high and few:
        high = min(high, int(_domain(dense).rank()))
        low = low if dependent else high
    if low < high:
        why = "its functions may depend on one another" if few else f"{dense.size} symbolic entries are too many"
        msg = f"the rank lies in {low}..{high}, and {why}; write A.subs(values)"
        raise UndecidedError(msg)
    return low


def _most_apart(values: Array) -> int:
    """The most entries that share no row and no column, and may differ from zero."""
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import structural_rank  # noqa: PLC0415

    filled = np.array([rings.is_zero(v) is not True for v in values.flat], dtype=np.int8)
    return int(structural_rank(csr_array(filled.reshape(values.shape))))


def _rank_at_one_place(values: Array, letters: Sequence[Any]) -> int:
    """The rank where the symbols are certain numbers: exact, or of floats as many digits as these surely have."""
    random = np.random.default_rng(1)
    if all(map(is_plain, letters)):
        point = dict(zip(letters, random.integers(1, 2**20, len(letters)).tolist(), strict=True))
        return int(_domain(rings.filled(values.shape, [v.subs(point) if v else 0 for v in values.flat])).rank())
    symbols = sorted({x for g in letters for x in g.free_symbols}, key=str)
    point = dict(zip(symbols, random.integers(1, 20, len(symbols)).tolist(), strict=True))
    numbers = [v.as_expr().subs(point).evalf(30, maxn=200) for v in values.flat]
    if values.size > MOST_ELIMINATED or not all(x.is_number and x.is_finite for x in numbers):
        return 0
    sizes = np.linalg.svd(np.array([*map(complex, numbers)]).reshape(values.shape), compute_uv=False)
    return int((sizes > SURELY * max(sizes[0], 1)).sum())


def null_space(dense: Array) -> list[Array]:
    """A basis of the solutions of `A x = 0`, over the field of the exact entries.

    >>> null_space(np.array([[1, 1]]))
    [array([-1,  1])]
    """
    basis = _domain(dense).nullspace().to_Matrix().tolist()
    return [rings.tidy(rings.entries(row)) for row in basis]


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
    return values if values.dtype.kind in "fc" else rings.floating(values)


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
    basis = null_space(values)
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
