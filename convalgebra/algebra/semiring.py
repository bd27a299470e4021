"""The semiring (max, +): max pooling is a matrix over it, made from the same tap table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import Dense
from convalgebra.algebra.pattern import ranges
from convalgebra.algebra.views import as_sympy
from convalgebra.errors import EntryError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import scipy.sparse
    import sympy

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.pattern import Pattern
    from convalgebra.algebra.rings import Array


def maximum(left: Array, right: Array) -> Array:
    """`max(a, b)` entry by entry, exact for exact numbers, a SymPy `Max` for symbols.

    >>> maximum(np.array([1, 5]), np.array([3, 4]))
    array([3, 5])
    """
    if "c" in (left.dtype.kind, right.dtype.kind):
        msg = "the larger of two entries must be one of two real numbers, not of complex ones; write abs(x)"
        raise EntryError(msg)
    if not (rings.is_symbolic(left) or rings.is_symbolic(right)):
        return np.maximum(left, right)
    return rings.filled(left.shape, map(_larger(), *(rings.public(side).ravel().tolist() for side in (left, right))))


def _larger() -> Any:
    import sympy  # noqa: PLC0415  # symbols were met

    return partial(_max, sympy.Max)


def _max(symbolic: Any, a: Any, b: Any) -> Any:
    if isinstance(a, Tropical) or isinstance(b, Tropical):
        return Tropical.of(a) | b
    return symbolic(a, b) if hasattr(a, "free_symbols") or hasattr(b, "free_symbols") else max(a, b)


@final
@dataclass(frozen=True)
class Tropical:
    """A maximum of sums of symbols, as the largest constant beside each multiset of symbols; `a | b` is the maximum.

    Equal terms are equal functions.

    >>> x, y = Tropical.symbol("x"), Tropical.symbol("y")
    >>> (x | (x | y) + 2) == (y | x) + 2
    True
    """

    terms: Mapping[tuple[str, ...], Any]

    @classmethod
    def of(cls, value: Any) -> Tropical:
        """A number as the maximum of one sum."""
        return value if isinstance(value, cls) else cls({(): value})

    @classmethod
    def symbol(cls, name: str) -> Tropical:
        """The symbol of this name."""
        return cls({(name,): 0})

    def __or__(self, other: Any) -> Tropical:
        return Tropical(_largest_of([*self.terms.items(), *Tropical.of(other).terms.items()]))

    def __add__(self, other: Any) -> Tropical:
        pairs = product(self.terms.items(), Tropical.of(other).terms.items())
        return Tropical(_largest_of((tuple(sorted(s + t)), u + v) for (s, u), (t, v) in pairs))

    __radd__ = __add__


def _largest_of(terms: Iterable[tuple[tuple[str, ...], Any]]) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for term, constant in terms:
        found[term] = max(found.get(term, constant), constant)
    return found


@final
@dataclass(frozen=True, eq=False, repr=False)
class MaxPlus:
    """`(A x)[i] = max over j of A[i, j] + x[j]`: sums are maxima, products are sums, the zero is -inf, the one is 0.

    The lines and weights of an operator, read over (max, +): an entry is the largest weight of its taps.

    >>> import convalgebra as ca
    >>> A = ca.MaxPool(2).matrix((1, 4), semiring="max-plus")
    >>> A.to_numpy()
    array([[  0.,   0., -inf, -inf],
           [-inf, -inf,   0.,   0.]])
    >>> A @ [3, 1, 4, 1]
    array([3, 4])
    """

    operator: Operator

    __array_ufunc__ = None

    @property
    def boxes(self) -> tuple[Box, Box]:
        """The boxes whose places the rows and columns count."""
        return self.operator.boxes

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.operator.shape

    @property
    def nnz(self) -> int:
        """The number of entries that are not -inf."""
        return len(self.entries()[0])

    def entries(self) -> tuple[Array, Array, Array]:
        """(rows, cols, values) of the entries that are not -inf, in C order."""
        pattern = self.operator.pattern()
        keys = pattern.rows * self.shape[1] + pattern.cols
        places, inverse = np.unique(keys, return_inverse=True)
        rows, cols = np.divmod(places, self.shape[1])
        return rows, cols, _largest(pattern.weights[pattern.taps][:, None], inverse, len(places))[:, 0]

    def to_numpy(self) -> Array:
        """The dense array with -inf where there is no entry: floats, or objects where floats are not exact."""
        rings.check_memory(self.shape[0] * self.shape[1], 8, "the dense array")
        rows, cols, values = self.entries()
        exact = values.dtype == object or (values.dtype.kind == "i" and rings.magnitude(values) > rings.EXACT_DOUBLE)
        full = np.full(self.shape, -np.inf, dtype=object if exact else np.float64)
        full[rows, cols] = rings.public(values)
        return full

    def to_sparse(self) -> scipy.sparse.csr_array:
        """The CSR array whose stored entries, zeros among them, are the entries; what is not stored is -inf."""
        from scipy.sparse import csr_array  # noqa: PLC0415  # SciPy is loaded only for this view

        rows, cols, values = self.entries()
        if values.dtype == object:
            msg = "a sparse SciPy array needs integer or float entries, not exact objects; write A.to_numpy()"
            raise EntryError(msg)
        return csr_array((values, cols, np.searchsorted(rows, np.arange(self.shape[0] + 1))), shape=self.shape)

    def to_sympy(self) -> sympy.Matrix:
        """The SymPy matrix, `-oo` where there is no entry; `sympy.latex` prints it."""
        import sympy  # noqa: PLC0415  # SymPy is loaded only for this view

        rings.check_memory(self.shape[0] * self.shape[1], 8, f"the SymPy {self.shape[0]} x {self.shape[1]} matrix")
        full = sympy.ones(*self.shape) * sympy.S.NegativeInfinity
        for i, j, value in zip(*self.entries(), strict=True):
            full[int(i), int(j)] = as_sympy(value.item() if isinstance(value, np.generic) else value)
        return full

    def figure(self, **options: Any) -> Any:
        """The coloured figure of the matrix, dots where it is -inf; options as those of `Operator.figure`."""
        from convalgebra.display.figure import matrix_figure  # noqa: PLC0415  # door

        return matrix_figure(self, **options)

    def pattern(self, rows: Array | None = None) -> Pattern:
        """The lines and weights of these rows; where weights meet, the largest counts."""
        return self.operator.pattern(rows=rows)

    @property
    def T(self) -> MaxPlus:
        """The transpose."""
        return MaxPlus(self.operator.T)

    def __matmul__(self, other: Any) -> Any:
        return self._compose(other) if isinstance(other, MaxPlus) else self._apply(other)

    def _apply(self, x: Any) -> Array:
        signal = rings.entries(x, "the vector")
        if signal.ndim not in (1, 2) or len(signal) != self.shape[1]:
            msg = f"the vector must have {self.shape[1]} entries, not shape {signal.shape}; write A @ x.ravel()"
            raise ShapeError(msg)
        rows, cols, values = self.entries()
        a, b = rings.addable((values, signal))
        y = _largest(a[:, None] + b.reshape(len(b), -1)[cols], rows, self.shape[0])
        return rings.public(y.reshape(-1, *signal.shape[1:]))

    def _compose(self, other: MaxPlus) -> MaxPlus:
        """`(A B)[i, j] = max over k of A[i, k] + B[k, j]`."""
        if self.shape[1] != other.shape[0]:
            msg = f"the columns of the left factor must be the rows of the right, not {self.shape} @ {other.shape}"
            raise ShapeError(msg)
        (rows, inner, a), (others, cols, b) = self.entries(), other.entries()
        first, last = np.searchsorted(others, inner), np.searchsorted(others, inner + 1)
        owner, met = np.repeat(np.arange(len(rows)), last - first), ranges(first, last - first)
        left, right = rings.addable((a, b))
        places, inverse = np.unique(rows[owner] * other.shape[1] + cols[met], return_inverse=True)
        values = _largest((left[owner] + right[met])[:, None], inverse, len(places))[:, 0]
        return MaxPlus(Dense(*np.divmod(places, other.shape[1]), rings.tidy(values), (self.boxes[0], other.boxes[1])))

    def __repr__(self) -> str:
        return f"MaxPlus({self.shape[0]} x {self.shape[1]}, {self.nnz} entries above -inf)"


def _largest(values: Array, rows: Array, count: int) -> Array:
    """The largest value of each row number, column by column; -inf for a row without values."""
    order = np.argsort(rows, kind="stable")
    values, rows = values[order], rows[order]
    starts = np.searchsorted(rows, np.arange(count + 1))
    lengths = np.diff(starts)
    if lengths.min(initial=1) == 0:
        values = values.astype(object if values.dtype == object else np.float64)
    result = np.full((count, values.shape[1]), -np.inf if values.dtype.kind in "fO" else 0, dtype=values.dtype)
    for k in range(lengths.max(initial=0)):
        alive = np.flatnonzero(lengths > k)
        candidate = values[starts[alive] + k]
        result[alive] = maximum(result[alive], candidate) if k else candidate
    return result
