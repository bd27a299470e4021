"""The views of an operator: NumPy, CSR, SymPy, SciPy operator, single entries and products with arrays.

All read `operator.pattern`; nothing here knows what kind of operator it is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.cyclotomic import collected
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.pattern import add_runs
from convalgebra.algebra.polynomial import Polynomial, is_expr
from convalgebra.algebra.rational import as_float, nearest
from convalgebra.errors import ArgumentError, EntryError, NoAttributeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import scipy.sparse
    import scipy.sparse.linalg
    import sympy

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


ELSEWHERE = {  # what other libraries call it; SciPy's sparse arrays ask for `ndim` where they multiply
    "ndim": "len(A.shape), or sparse @ A.to_sparse()", "dtype": "A.ring", "dot": "A @ x", "toarray": "A.to_numpy()",
    "todense": "A.to_numpy()", "tocsr": "A.to_sparse()", "transpose": "A.T", "adjoint": "A.H", "conj": "A.H.T",
    "inv": "ca.inverse(A)", "det": "ca.det(A)", "trace": "np.trace(A)",
}  # fmt: skip


def to_numpy(operator: Operator, max_bytes: int | None = rings.MEMORY_LIMIT) -> Array:
    """The dense array; refused beforehand when it would not fit."""
    m, n = operator.shape
    rings.check_memory(m * n, 8, f"the dense {m} x {n} array", _bytes(max_bytes))
    return rings.public(beside_symbols(operator)._dense())


def _bytes(most: Any) -> int | None:
    return most if most is None else integer(most, "max_bytes", 0)


def beside_symbols(operator: Operator) -> Operator:
    """The operator with roots of unity exact beside symbols, and as floats beside numbers."""
    return operator._exactly() if rings.is_symbolic(operator._weights) else operator


def to_sparse(operator: Operator, max_bytes: int | None = rings.MEMORY_LIMIT) -> scipy.sparse.csr_array:
    """The canonical CSR array, its indices sorted and without duplicates; fractions as the nearest floats."""
    from scipy.sparse import csr_array  # noqa: PLC0415  # SciPy is loaded only for this view

    data, indices, indptr = operator._csr(_bytes(max_bytes))
    data = nearest(data)
    if data.dtype.kind == "O":
        msg = (
            f"a sparse SciPy array needs integers below 2**63, floats or complex numbers, not {operator.ring}; "
            "write A.to_numpy() or A.to_sympy()"
        )
        raise EntryError(msg)
    sparse = csr_array((data, indices, indptr), shape=operator.shape)
    sparse.has_canonical_format = True
    return sparse


def csr(operator: Operator, max_bytes: int | None = rings.MEMORY_LIMIT) -> tuple[Array, Array, Array]:
    """(data, indices, indptr) from the entries."""
    rows, cols, values = operator.pattern().entries()
    rings.check_memory(len(rows), values.dtype.itemsize + 8, "the sparse array", max_bytes)
    data, indices = (array if array.flags.writeable else array.copy() for array in (rings.tidy(values), cols))
    return data, indices, np.searchsorted(rows, np.arange(operator.shape[0] + 1))


def dense(operator: Operator) -> Array:
    """The dense array from the sparse one."""
    data, indices, indptr = operator._csr(None)
    full = np.zeros(operator.shape, dtype=data.dtype)
    full[np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), indices] = data
    return full


def to_sympy(operator: Operator) -> sympy.Matrix:
    """The SymPy matrix, made from its non-zero entries alone; equal entries share one expression."""
    import sympy  # noqa: PLC0415
    from sympy.polys.domains import EXRAW  # noqa: PLC0415
    from sympy.polys.matrices import DomainMatrix  # noqa: PLC0415

    m, n = operator.shape
    rings.check_memory(m * n, 8, f"the SymPy {m} x {n} matrix")
    rows, cols, values = operator._exactly().pattern().entries()
    sparse: dict[int, dict[int, Any]] = {}
    known: dict[int, Any] = {}
    for i, j, value in zip(rows.tolist(), cols.tolist(), values.astype(object), strict=True):
        if id(value) not in known:
            known[id(value)] = _with_floats(as_sympy(value), lambda r, x: x if x == r else None)
        if known[id(value)] != 0:
            sparse.setdefault(i, {})[j] = known[id(value)]
    return DomainMatrix(sparse, (m, n), EXRAW).to_Matrix() if m and n else sympy.zeros(m, n)


def as_sympy(value: Any) -> sympy.Expr:
    """The entry as a SymPy expression.

    >>> as_sympy(Fraction(1, 2))
    1/2
    """
    import sympy  # noqa: PLC0415

    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return collected(value).as_expr() if isinstance(value, Polynomial) else sympy.sympify(value)


def shown(value: Any) -> Any:
    """The entry as users know it: what was a float beside symbols, and is an exact binary fraction, to four digits.

    >>> import sympy
    >>> shown(Fraction(1 / 3) * sympy.Symbol("a")), shown(Fraction(0.1)), shown(Fraction(1, 3))
    (0.3333*a, 0.1, Fraction(1, 3))
    """
    if isinstance(value, Fraction):
        number = as_float(value)
        return value if number is None else number
    if isinstance(value, Polynomial):
        value = value.as_expr()
    return value if not is_expr(value) or value.is_Symbol else _with_floats(value, lambda _, x: f"{x:.4g}")


def _with_floats(expr: sympy.Expr, spelled: Callable[[Fraction, float], Any]) -> sympy.Expr:
    """The expression where binary fractions that are long to write stand as floats, or stay where None is spelled."""
    import sympy  # noqa: PLC0415

    exact = {r: Fraction(int(r.p), int(r.q)) for r in expr.atoms(sympy.Rational) if not r.is_Integer}
    floats = {r: spelled(v, x) for r, v in exact.items() if (x := as_float(v)) is not None}
    return expr.xreplace({r: sympy.Float(x) for r, x in floats.items() if x is not None})


def to_linear_operator(operator: Operator) -> scipy.sparse.linalg.LinearOperator:
    """The matrix-free SciPy operator with `matvec` and `rmatvec`."""
    from scipy.sparse.linalg import LinearOperator, aslinearoperator  # noqa: PLC0415

    kind = rings.tidy(operator._weights).dtype
    if kind.kind == "O" and nearest(operator._weights).dtype != object:
        return aslinearoperator(to_sparse(operator))  # fractions
    if kind.kind == "O":
        msg = (
            f"a SciPy LinearOperator needs integer, float or complex entries, not entries in {operator.ring}; "
            "write A.to_numpy()"
        )
        raise EntryError(msg)
    adjoint = operator.H
    return LinearOperator(
        operator.shape, matvec=operator.__matmul__, rmatvec=adjoint.__matmul__,
        matmat=operator.__matmul__, rmatmat=adjoint.__matmul__, dtype=kind,
    )  # fmt: skip


def foreign_attribute(operator: Operator, name: str) -> Any:
    """The attribute of this name of the SciPy operator; another library's name is refused with the one here."""
    if name in {"matvec", "rmatvec", "matmat", "rmatmat"}:
        return getattr(to_linear_operator(operator), name)
    hint = f"; write {ELSEWHERE[name]}" if name in ELSEWHERE else ""
    msg = f"the name must be one of an operator's, not {name!r}{hint}"
    raise NoAttributeError(msg)


def matmul(operator: Operator, x: Any) -> Array:
    """`A @ x` for a vector or a matrix of columns, exact when both sides are."""
    if hasattr(x, "toarray"):
        msg = f"the right side must be an array, not a sparse {type(x).__name__}; write A.to_sparse() @ S"
        raise EntryError(msg)
    x = rings.entries(x, "the vector")
    if x.ndim not in (1, 2) or x.shape[0] != operator.shape[1]:
        msg = (
            f"the vector must have {operator.shape[1]} entries (or be a matrix with {operator.shape[1]} rows), "
            f"not shape {x.shape}"
        )
        raise ShapeError(f"{msg}; write A @ x.ravel()" if x.size == operator.shape[1] else msg)
    if rings.is_symbolic(x):
        operator = operator._exactly()
    result = operator._apply(x if x.ndim == 2 else x[:, None])
    return rings.public(result if x.ndim == 2 else result[:, 0])


def apply(operator: Operator, x: Array) -> Array:
    """`A @ x` from the entries."""
    rows, cols, values = operator.pattern().entries()
    a, b = rings.multipliable(values, x, operator.shape[1])
    return sum_rows(a[:, None] * b[cols], rows, operator.shape[0])


def sum_rows(products: Array, rows: Array, m: int) -> Array:
    """The sums over equal (ascending) row numbers, zero for rows without entries."""
    result = np.zeros((m, products.shape[1]), dtype=products.dtype)
    if len(rows):
        starts = np.flatnonzero(np.append(True, np.diff(rows) != 0))
        summed = add_runs(products, starts)
        result = result.astype(summed.dtype, copy=False)
        result[rows[starts]] = summed
    return result


def entry(operator: Operator, place: Any) -> Any:
    """`A[i, j]`, computed from its row alone."""
    if not isinstance(place, tuple) or len(place) != 2:
        msg = (
            f"the place of an entry must be a pair of integers A[i, j], not {place!r}; "
            "write np.asarray(A)[...] for slices"
        )
        raise ArgumentError(msg)
    i, j = (_wrapped(p, n) for p, n in zip(place, operator.shape, strict=True))
    _, cols, values = operator.pattern(np.array([i], dtype=np.int64)).entries()
    found = rings.public(values[cols == j]).tolist()
    return found[0] if found else 0


def _wrapped(place: Any, size: int) -> int:
    number = integer(place, "the place of an entry")
    if not -size <= number < size:
        msg = f"the place of an entry must lie in 0..{size - 1}, not {number}"
        raise ArgumentError(msg)
    return number % size


def scalar(value: Any) -> Any:
    """The scalar as one exact or floating entry."""
    array = rings.entries(value, "the scalar")
    if array.ndim:
        msg = (
            f"the factor of * must be a scalar, not an array of shape {array.shape}; write A @ x, or ca.diagonal(d) @ A"
        )
        raise EntryError(msg)
    return array[()] if array.dtype == object else array.item()


def times(a: Any, b: Any) -> Any:
    """The exact product of two scalars."""
    return rings.tidy(rings.times(np.atleast_1d(rings.entries(a)), np.atleast_1d(rings.entries(b)))).tolist()[0]


def reciprocal(value: Any) -> Any:
    """1 / value, exact for integers, fractions and expressions.

    >>> reciprocal(4)
    Fraction(1, 4)
    """
    number = scalar(value)
    if rings.is_zero(number) if not isinstance(number, complex) else number == 0:
        msg = "the divisor must be non-zero, not 0"
        raise ArgumentError(msg)
    if isinstance(number, float | complex):
        return 1 / number
    return Fraction(1) / number if isinstance(number, int | Fraction) else 1 / as_sympy(number)
