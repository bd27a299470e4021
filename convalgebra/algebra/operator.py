"""Linear operators as explicit matrices: a small closed algebra `@ + - * .T .H` and its views.

An operator is immutable and says one thing, its `pattern`; every view is read off it.  A product of two operators is
collapsed by the named rule for their types, if there is one: `PRODUCTS[(Left, Right)]`, each a theorem.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.sealing import Sealed
from convalgebra.errors import ArgumentError, EntryError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import scipy.sparse
    import scipy.sparse.linalg
    import sympy

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.pattern import Pattern
    from convalgebra.algebra.rings import Array

    Rule = Callable[[Any, Any], "Operator | None"]
    RuleT = TypeVar("RuleT", bound=Rule)


FORMULA_BYTES = 4_096  # of LaTeX, that every notebook lays out


class Operator(Sealed):
    """A linear map `y = A x` between two boxes of places, with exact entries where they are given exactly.

    Operators are made by functions (`ca.circulant`, `ca.shift`, ...) and combined by `@ + - *`; `==` states a claim.

    >>> import convalgebra as ca
    >>> A = ca.circulant([1, 2, 0]) @ ca.shift(3, 1)
    >>> A.to_numpy()
    array([[0, 2, 1],
           [1, 0, 2],
           [2, 1, 0]])
    >>> A @ [1, 0, 0]
    array([0, 1, 2])
    """

    __array_ufunc__ = None  # so that NumPy leaves `array @ operator` and `scalar * operator` to the operator

    @property
    def boxes(self) -> tuple[Box, Box]:
        """The N-D boxes (channels first) whose C-order places the rows and the columns count."""
        raise NotImplementedError

    def pattern(self, rows: Array | None = None) -> Pattern:
        """The entries as lines (row, column, tap) over a vector of weights; of some rows only, when given."""
        raise NotImplementedError

    @property
    def _weights(self) -> Array:
        """A vector of entries that lies in the same ring as the matrix."""
        return self.pattern().weights

    @property
    def _sources(self) -> tuple[Array, ...]:
        """The kernels that the entries were computed from."""
        return (self._weights,)

    def _reading(self, cols: Array) -> Array | None:  # noqa: ARG002  # an atom that knows its tables says more
        """Rows among which are all that have an entry in these columns; None for all rows."""
        return None

    def _scaled(self, scalar: Any) -> Operator | None:  # noqa: ARG002  # an atom that is closed under it says so
        """`scalar * A` as an operator of the same kind, where there is one."""
        return None

    def _plus(self, other: Operator) -> Operator | None:  # noqa: ARG002  # likewise
        """`A + B` as an operator of the same kind, where there is one."""
        return None

    def _exactly(self) -> Operator:
        """The same operator where roots of unity are exact instead of floats."""
        return self

    def _csr(self, max_bytes: int | None) -> tuple[Array, Array, Array]:
        """Canonical (data, indices, indptr)."""
        return views.csr(self, max_bytes)

    def _turned_csr(self) -> tuple[Array, Array, Array] | None:
        """The canonical arrays of the transpose, where they can be written at once."""
        return None

    def _dense(self) -> Array:
        return views.dense(self)

    def _apply(self, x: Array) -> Array:
        """`A @ x` for a 2-D x, exact when both are."""
        return views.apply(self, x)

    def _adjoint(self, conjugate: bool) -> Operator:
        from convalgebra.algebra.combinators import Transpose  # noqa: PLC0415  # a combinator of this class

        return Transpose(self, conjugate)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns).

        >>> import convalgebra as ca
        >>> ca.downsample(7, 2).shape
        (4, 7)
        """
        rows, cols = self.boxes
        return prod(rows), prod(cols)

    @property
    def T(self) -> Operator:
        """The transpose `A.T[i, j] = A[j, i]`."""
        return self._adjoint(conjugate=False)

    @property
    def H(self) -> Operator:
        """The adjoint `A.H[i, j] = conj(A[j, i])`."""
        return self._adjoint(conjugate=True)

    @property
    def ring(self) -> str:
        """The ring of the entries: 'ZZ', 'QQ', 'RR', 'CC' or a polynomial ring such as 'ZZ[w0, w1]'."""
        return rings.ring_name(rings.tidy(self._weights))

    @property
    def nnz(self) -> int:
        """The number of entries that are not structurally zero."""
        return len(self.pattern().entries()[0])

    def subs(self, values: Mapping[Any, Any]) -> Operator:
        """The matrix where symbols are replaced: `A.subs({w: 3})`.

        >>> import convalgebra as ca
        >>> w = ca.symbols("w", 2)
        >>> ca.circulant(w).subs({w[0]: 5, w[1]: 7}).to_numpy()
        array([[5, 7],
               [7, 5]])
        """
        from convalgebra.algebra.dense import substitute  # noqa: PLC0415  # an atom of this class

        return substitute(self, values)

    def to_numpy(self, *, max_bytes: int | None = rings.MEMORY_LIMIT) -> Array:
        """The dense array: int64, float64, complex128, or exact objects."""
        return views.to_numpy(self, max_bytes)

    def to_sparse(self, *, max_bytes: int | None = rings.MEMORY_LIMIT) -> scipy.sparse.csr_array:
        """The canonical `scipy.sparse.csr_array`; numbers only, SciPy has no exact sparse entries."""
        return views.to_sparse(self, max_bytes)

    def to_sympy(self) -> sympy.Matrix:
        """The SymPy matrix."""
        return views.to_sympy(self)

    def to_linear_operator(self) -> scipy.sparse.linalg.LinearOperator:
        """The matrix-free `scipy.sparse.linalg.LinearOperator`."""
        return views.to_linear_operator(self)

    def to_latex(self, env: str = "array", *, max_rows: int | None = 16, color: str | None = None) -> str:
        """LaTeX of the matrix; see `convalgebra.display.latex.matrix_latex` for the options."""
        from convalgebra.display.latex import matrix_latex  # noqa: PLC0415  # door

        return matrix_latex(self, env, max_rows=max_rows, color=color)

    def figure(self, **options: Any) -> Any:
        """The coloured figure of the matrix; see `convalgebra.display.figure.matrix_figure` for the options."""
        from convalgebra.display.figure import matrix_figure  # noqa: PLC0415  # door

        return matrix_figure(self, **options)

    def __matmul__(self, other: Any) -> Any:
        if hasattr(type(other), "__convalgebra__"):
            return other.__rmatmul__(self)
        return compose(self, other) if isinstance(other, Operator) else views.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Array:
        return np.transpose(views.matmul(self.T, np.transpose(rings.entries(other, "the left factor"))))

    def __add__(self, other: Any) -> Operator:
        from convalgebra.algebra.combinators import add  # noqa: PLC0415  # a combinator of this class

        if hasattr(type(other), "__convalgebra__"):
            return other + self  # type: ignore[no-any-return]  # an operator for all sizes
        if not isinstance(other, Operator):
            msg = f"the terms of a sum must be operators, not {type(other).__name__}; write A + ca.matrix(array)"
            raise EntryError(msg)
        return add(self, other)

    def __radd__(self, other: Any) -> Operator:
        return self if isinstance(other, int) and other == 0 else self.__add__(other)  # sum() starts at 0

    def __sub__(self, other: Any) -> Operator:
        return self.__add__(-other if isinstance(other, Operator) else other)

    def __rsub__(self, other: Any) -> Operator:
        return self.__add__(other)

    def __neg__(self) -> Operator:
        return self * -1

    def __mul__(self, scalar: Any) -> Operator:
        from convalgebra.algebra.combinators import scale  # noqa: PLC0415  # a combinator of this class

        if isinstance(scalar, Operator):
            msg = (
                "the factor of * must be a scalar, not an operator; "
                "write A @ B for the product, ca.kron(A, B) for the Kronecker product"
            )
            raise EntryError(msg)
        return scale(scalar, self)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> Operator:
        return self.__mul__(views.reciprocal(scalar))

    if not TYPE_CHECKING:  # to a type checker an unknown name stays an error

        def __getattr__(self, name: str) -> Any:
            """What SciPy asks of whatever is a linear operator to it; other names are refused with ours."""
            return views.foreign_attribute(self, name)

    def _sympy_(self) -> sympy.Matrix:
        return self.to_sympy()  # no expression, so that `symbol * A` is left to the operator

    def __getitem__(self, place: Any) -> Any:
        return views.entry(self, place)

    def __bool__(self) -> bool:
        msg = "the truth of a matrix must be asked as a claim, not as bool(A); write bool(A == B)"
        raise ArgumentError(msg)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Operator):
            return Claim(self, other)
        if isinstance(other, list | tuple) or hasattr(other, "__array__") or hasattr(other, "toarray"):
            msg = f"the sides of == must be operators, not {type(other).__name__}; write A == ca.matrix(array)"
            raise EntryError(msg)
        return NotImplemented

    __hash__ = object.__hash__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            msg = "the array of an operator must be built, so copy=False cannot hold; write np.asarray(A)"
            raise ArgumentError(msg)
        return self.to_numpy().astype(dtype, copy=False) if dtype is not None else self.to_numpy()

    def __repr__(self) -> str:
        from convalgebra.display.text import repr_text  # noqa: PLC0415  # door

        return repr_text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from convalgebra.display.figure import mimebundle  # noqa: PLC0415  # door

        return mimebundle(self, include, exclude)

    def _repr_latex_(self) -> str:
        from convalgebra.display.latex import repr_latex  # noqa: PLC0415  # door

        return repr_latex(self)

    def _repr_html_(self) -> str:
        from convalgebra.display.figure import repr_html  # noqa: PLC0415  # door

        return repr_html(self)


@dataclass(frozen=True, eq=False)
class Claim:
    """The statement `left == right`, to be decided exactly; `bool(claim)` decides it or raises `UndecidedError`.

    >>> import convalgebra as ca
    >>> claim = ca.shift(5, 2) @ ca.shift(5, 3) == ca.identity(5)
    >>> bool(claim)
    True
    """

    left: Operator
    right: Operator

    def __post_init__(self) -> None:
        if self.left.shape != self.right.shape:
            msg = f"the sides of a claim must have one shape, not {self.left.shape} and {self.right.shape}"
            raise ShapeError(msg)

    def __bool__(self) -> bool:
        from convalgebra.proofs.decide import truth  # noqa: PLC0415  # door

        return truth(self)

    def __repr__(self) -> str:
        return f"{self.left!r}\n==\n{self.right!r}"

    def _repr_latex_(self) -> str | None:
        text = rf"$\displaystyle {self.left.to_latex(max_rows=6)} = {self.right.to_latex(max_rows=6)}$"
        return text if len(text) <= FORMULA_BYTES else None


PRODUCTS: dict[tuple[type[Operator], type[Operator]], Rule] = {}


def product_rule(left: type[Operator], right: type[Operator]) -> Callable[[RuleT], RuleT]:
    """Register the theorem that turns `Left @ Right` into one operator; it returns None where its hypothesis fails."""

    def register(rule: RuleT) -> RuleT:
        PRODUCTS[left, right] = rule
        return rule

    return register


def compose(left: Operator, right: Operator) -> Operator:
    """`left @ right`, neighbours collapsed by their product rule."""
    from convalgebra.algebra.combinators import Product, factors_of, scale  # noqa: PLC0415  # combinators of this class

    if left.shape[1] != right.shape[0]:
        msg = f"the columns of the left factor must be the rows of the right, not {left.shape} @ {right.shape}"
        raise ShapeError(msg)
    (a, lefts), (b, rights) = factors_of(left), factors_of(right)
    done = list(lefts)
    for factor in rights:
        done.append(factor)
        while len(done) > 1 and (merged := _collapse(done[-2], done[-1])) is not None:
            done[-2:] = [merged]
    if (a, b) != (1, 1):
        return scale(views.times(a, b), done[0] if len(done) == 1 else Product(tuple(done)))
    return done[0] if len(done) == 1 else Product(tuple(done))


def _collapse(left: Operator, right: Operator) -> Operator | None:
    rule = PRODUCTS.get((type(left), type(right)))
    return rule(left, right) if rule is not None else None
