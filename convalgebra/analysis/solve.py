"""Linear systems with structured matrices: exact for exact entries, by the FFT, Levinson or LAPACK for floats.

Every float solution is checked before it is returned: its backward error `|b - A x| / (|A| |x| + |b|)` is at most
`16 n eps`, so that x solves a system that close to the given one; its own relative error is then at most
`condition_number(A)` times that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.toeplitz import Circulant, Toeplitz, circulant, toeplitz
from convalgebra.analysis import elimination, floating
from convalgebra.analysis.elimination import floats
from convalgebra.analysis.exact_spectrum import inverse, pinv
from convalgebra.analysis.periodic import check_operator, check_square, recognised
from convalgebra.errors import EntryError, ShapeError

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


def solve(A: Operator, b: Any) -> Array:
    """The x with `A x = b`, for a vector b or columns: exact when A and b are, else within `16 n eps` of such a system.

    A circulant is solved by its inverse kernel or two FFTs, a Toeplitz matrix by Levinson's recursion where that is
    stable, any other matrix by elimination.  A singular A raises `SingularError`.

    >>> import convalgebra as ca
    >>> ca.solve(ca.circulant([2, 1, 0]), [3, 3, 3])
    array([1, 1, 1])
    >>> ca.solve(ca.toeplitz([2, -1, 0]), [1, 0, 0])
    array([Fraction(3, 4), Fraction(1, 2), Fraction(1, 4)], dtype=object)
    """
    check_square(A, "A")
    sides = _sides(A, b)
    found = _solved(A, sides if sides.ndim == 2 else sides[:, None])
    return rings.public(rings.tidy(found.reshape(sides.shape)))


def _sides(A: Operator, b: Any) -> Array:
    sides = rings.entries(b, "b")
    if sides.ndim not in (1, 2) or len(sides) != A.shape[0]:
        msg = f"b must have {A.shape[0]} entries, or be columns of so many, not shape {sides.shape}"
        raise ShapeError(f"{msg}; write b.ravel()" if sides.size == A.shape[0] else msg)
    return sides


def _solved(A: Operator, sides: Array) -> Array:
    exact = rings.is_exact(rings.tidy(A._weights)) and rings.is_exact(sides)
    structure = recognised(A, "A")
    if rings.is_symbolic(sides) and not exact:
        msg = "b must hold numbers beside a matrix of floats, not symbols; write A with integers or fractions"
        raise EntryError(msg)
    if structure is not None:
        if exact:
            return np.asarray(inverse(A) @ sides)
        return _checked(A, sides, floating.solve(structure, sides))
    if exact:
        return elimination.solve(elimination.entries_of(A), sides)
    found = _levinson(A, sides) if _is_plain(A) else None
    if found is None:
        found = elimination.solve(rings.tidy(views.to_numpy(A)), sides)
    return _checked(A, sides, found)


def _is_plain(A: Operator) -> bool:
    """Is it a Toeplitz matrix on one axis and one channel?"""
    if not isinstance(A, Toeplitz) or A.weight.shape[:2] != (1, 1) or len(A.axes) > 1:
        return False
    return (A.axes[0].mode, A.axes[0].stride) == ("zeros", 1) and not rings.is_symbolic(A.weight)


def _levinson(A: Operator, sides: Array) -> Array | None:
    """By SciPy's recursion; None where a leading block is singular, or the result is no solution to working precision.

    The recursion is stable for definite matrices only.
    """
    from scipy.linalg import solve_toeplitz as levinson  # noqa: PLC0415

    n = len(sides)
    first, top = (floats(v) for v in (A @ np.eye(n, 1, dtype=np.int64)[:, 0], A.T @ np.eye(n, 1, dtype=np.int64)[:, 0]))
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(levinson((first, top), floats(sides), check_finite=False))
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found).all() and backward_error(A, found, sides) <= _allowed(A) else None


def _allowed(A: Operator) -> float:
    return 16 * A.shape[0] * floating.EPS


def backward_error(A: Operator, x: Array, b: Array) -> float:
    """`|b - A x| / (|A| |x| + |b|)` in largest row sums: the size of the change of A and b that x solves exactly.

    >>> import convalgebra as ca
    >>> backward_error(ca.identity(2), np.array([1.0, 1.0]), np.array([1.0, 1.5]))
    0.2
    """
    sides, structure = floats(b), recognised(A, "A")
    columns = x.reshape(len(x), -1)
    moved = A @ columns if structure is None else floating.multiply(structure, columns)
    rest = np.abs(sides - moved.reshape(sides.shape)).max()
    size = _row_sum(A) * np.abs(x).max() + np.abs(sides).max()
    return float(rest / size) if size else 0.0


def _row_sum(A: Operator) -> float:
    """The largest sum of absolute values along a row, or of the weights that a row is made of."""
    if isinstance(A, Circulant):
        return float(np.abs(floats(A.c)).sum())
    if isinstance(A, Toeplitz):
        return float(np.abs(floats(A.weight)).reshape(len(A.weight), -1).sum(axis=1).max())
    return float(np.abs(floats(rings.tidy(views.to_numpy(A)))).sum(axis=1).max())


def _checked(A: Operator, sides: Array, found: Array) -> Array:
    """The solution, refused when it is none."""
    if not np.isfinite(found).all() or backward_error(A, found, sides) > _allowed(A):
        raise elimination.singular()
    return found


def solve_circulant(c: Any, b: Any) -> Array:
    """The x with `C_c x = b`, c the first column: `F^-1 (F b / F c)`, exact when c and b are.

    >>> import convalgebra as ca
    >>> ca.solve_circulant([1, 2, 0], [5, 5, 8])
    array([1, 3, 2])
    """
    return solve(circulant(c), b)


def solve_toeplitz(c: Any, b: Any) -> Array:
    """The x with `T x = b`; c is the first column, or the pair (first column, first row), as in SciPy.

    >>> import convalgebra as ca
    >>> ca.solve_toeplitz(([1, 2, 0], [1, 0, 0]), [1, 4, 7])
    array([1, 2, 3])
    """
    return solve(toeplitz(*c) if isinstance(c, tuple) else toeplitz(c), b)


def least_squares(A: Operator, b: Any) -> Array:
    """The shortest x among those with the smallest `|A x - b|`: `A^+ b`, exact when A and b are.

    >>> import convalgebra as ca
    >>> ca.least_squares(ca.convolution_matrix([1, 1], 2), [1, 0, 1])
    array([Fraction(1, 3), Fraction(1, 3)], dtype=object)
    """
    check_operator(A, "A")
    return np.asarray(pinv(A) @ _sides(A, b))


def condition_number(A: Operator) -> float:
    """`sigma_max / sigma_min`: how much a relative error may grow in solving; infinite where A is singular.

    Singular values of a circulant by the FFT, of others by LAPACK: relatively within `condition_number * n eps`.

    >>> import convalgebra as ca
    >>> ca.condition_number(ca.circulant([2, 1]))
    3.0
    """
    check_operator(A, "A")
    structure = recognised(A, "A")
    if structure is not None:
        return floating.condition_number(structure)
    values = np.linalg.svd(floats(rings.tidy(views.to_numpy(A))), compute_uv=False)
    smallest = float(values[-1])
    return float(values[0]) / smallest if smallest > max(A.shape) * floating.EPS * values[0] else float("inf")
