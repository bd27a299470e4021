"""Operators for all sizes at once, and the symbols they are made of: sizes, integers and kernels.

An operator is its entry, a sum of terms, and apart from it the same matrix at numbers, made by the public constructors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra.operator import Operator
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ONE, Size, Symbol
from convalgebra.proofs.calculus.terms import expression, times

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Atom, Expression, Fresh

    Sizes = tuple[Size, ...]
    Entry = Callable[[Sizes, Sizes, Fresh], Expression]
    Lengths = Size | int | tuple[Size | int, ...]


@final
@dataclass(frozen=True, eq=False, repr=False)
class Symbolic(Operator):
    """A matrix for all sizes: its entry (i, j) as a sum of terms, and, apart from it, the matrix at numbers.

    A vector, and so a kernel, is the case without columns.
    """

    rows: Sizes
    cols: Sizes
    entry: Entry
    at: Callable[[Point], Any]
    latex: str

    @property
    def boxes(self) -> Any:
        return self.rows, self.cols

    @property
    def shape(self) -> Any:
        return tuple(public(reduce(Size.__mul__, box, ONE)) for box in self.boxes)

    def pattern(self, rows: Any = None) -> Any:  # noqa: ARG002  # whichever rows
        msg = f"the sizes of {self!r} must be numbers before it has entries; write A.subs({{n: 4, w: [1, 2, 3, 4]}})"
        raise ArgumentError(msg)

    def to_numpy(self, **_: Any) -> Any:
        return self.pattern()

    def to_sparse(self, **_: Any) -> Any:
        return self.pattern()

    def to_sympy(self) -> Any:
        return self.pattern()

    def to_linear_operator(self) -> Any:
        return self.pattern()

    def figure(self, **_: Any) -> Any:
        return self.pattern()

    def __getitem__(self, place: Any) -> Any:
        return self.pattern(place)

    def subs(self, values: Any) -> Any:
        """The matrix at numbers: `A.subs({n: 4, k: 1, w: [1, 2, 3, 4]})`."""
        from convalgebra.proofs.calculus.replay import Point  # noqa: PLC0415  # only numbers need it

        numbers = {x: v for s, v in values.items() if isinstance(s, Size) for x in s.symbols}
        kernels = {s.latex: np.asarray(v) for s, v in values.items() if isinstance(s, Symbolic)}
        return self.at(Point(numbers, None, kernels))

    def __convalgebra__(self, name: str) -> Any:
        """The constructor of this name for all sizes."""
        from convalgebra.proofs.symbolic_conv import CONSTRUCTORS  # noqa: PLC0415  # which makes this class

        return CONSTRUCTORS[name]

    def __matmul__(self, other: Any) -> Any:
        return _product(self, _partner(other))

    def __add__(self, other: Any) -> Operator:
        return _sum(self, _partner(other))

    def __mul__(self, scalar: Any) -> Operator:
        return scaled(self, scalar)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> Operator:
        return scaled(self, Size.of(scalar).inverse())

    def _adjoint(self, conjugate: bool) -> Operator:
        return transposed(_conjugated(self) if conjugate else self, "H" if conjugate else r"\top")

    def __repr__(self) -> str:
        sides = " x ".join(str(side) for side in self.shape)
        return f"{plain(self.latex)} for all sizes, {sides}"

    def to_latex(self, **_: Any) -> str:
        return self.latex

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002  # IPython's
        return {"text/plain": repr(self), "text/latex": self._repr_latex_()}


def public(value: Size) -> Size | int:
    """A size without symbols as the number that it is."""
    return value if value.symbols else int(value.value({}))


def plain(latex: str) -> str:
    r"""The formula as text.

    >>> plain(r"C_{w} S_{-k}^{\top}")
    'C_w S_{-k}ᵀ'
    """
    text = re.sub(r"_\{(\w)\}", r"_\1", latex)
    return text.replace(r"^{\top}", "ᵀ").replace("^{H}", "ᴴ").replace(r"\mathrm{diag}", "diag").replace(r"\otimes", "⊗")


# --- products, sums, transposes ---------------------------------------------------------------------------------------


def _partner(other: Any) -> Symbolic:
    if not isinstance(other, Symbolic):
        msg = f"the other operand must be for all sizes too, not {type(other).__name__}; write A.subs({{n: 4}})"
        raise ArgumentError(msg)
    return other


def _product(left: Symbolic, right: Symbolic) -> Symbolic:
    if left.cols != right.rows:
        msg = f"the columns of the left factor must be the rows of the right, not {left.cols} against {right.rows}"
        raise ShapeError(msg)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        bound = tuple(zip(fresh, left.cols, strict=False))
        middle = tuple(Size.named(x) for x, _ in bound)
        return times(expression(bound=bound), left.entry(i, middle, fresh), right.entry(middle, j, fresh))

    return Symbolic(left.rows, right.cols, entry, lambda p: _times(left, right, p), f"{left.latex} {right.latex}")


def _times(left: Symbolic, right: Symbolic, point: Point) -> Any:
    value = right.at(point)
    if isinstance(value, Operator):
        return left.at(point) @ value
    y = (left.at(point) @ value.reshape(-1)).reshape(point.box(left.rows))
    return y % point.finite.p if point.finite else y


def _sum(left: Symbolic, right: Symbolic) -> Symbolic:
    if left.boxes != right.boxes:
        msg = f"the terms of a sum must have one shape, not {left.boxes} and {right.boxes}"
        raise ShapeError(msg)
    return Symbolic(
        left.rows,
        left.cols,
        lambda i, j, fresh: left.entry(i, j, fresh) + right.entry(i, j, fresh),
        lambda p: left.at(p) + right.at(p),
        f"({left.latex} + {right.latex})",
    )


def scaled(operator: Symbolic, scalar: Any) -> Symbolic:
    """`scalar * A`."""
    if not isinstance(scalar, Size | int | Fraction):
        msg = f"the factor of * must be an integer, a fraction or a size, not {scalar!r}"
        raise ArgumentError(msg)
    factor = Size.of(scalar)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(expression(coefficient=factor), operator.entry(i, j, fresh))

    latex = f"({factor}) {operator.latex}" if len(factor.terms) > 1 else f"{factor} {operator.latex}"
    return replace(operator, entry=entry, at=lambda p: operator.at(p) * p.factor(factor), latex=latex)


def transposed(operator: Symbolic, mark: str) -> Symbolic:
    """`A.T`, printed with a mark."""
    latex = f"({operator.latex})" if " " in operator.latex else operator.latex
    return Symbolic(
        operator.cols,
        operator.rows,
        lambda i, j, fresh: operator.entry(j, i, fresh),
        lambda p: operator.at(p).T,
        f"{latex}^{{{mark}}}",
    )


def _conjugated(operator: Symbolic) -> Symbolic:
    """Roots of unity inverted; no kernel may occur."""

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return tuple(term.mapped(_conjugate_atom) for term in operator.entry(i, j, fresh))

    i, j = (tuple(map(Size.named, names)) for names in index_names(operator))
    entry(i, j, terms.numbered("t"))  # raises where a kernel occurs
    return replace(operator, entry=entry, at=lambda p: operator.at(p.conjugated()))


def _conjugate_atom(atom: Atom) -> Atom:
    if atom.kind == "kernel":
        msg = f"the kernel {atom.name} must be known to be real for .H, not arbitrary; write A.T"
        raise ArgumentError(msg)
    return terms.phase(atom.sizes[0], -atom.args[0]) if atom.kind == "phase" else atom


def index_names(operator: Symbolic) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
    """The names of the row and the column indices."""
    rows, cols = operator.boxes
    return tuple(Symbol("i", "index", q) for q in range(len(rows))), tuple(
        Symbol("j", "index", q) for q in range(len(cols))
    )


# --- sizes, integers, kernels -----------------------------------------------------------------------------------------


def size(name: str, least: int = 1) -> Size:
    """A size for which a claim is to be proved: every integer from `least` on.

    >>> size("n") * 2 + 1
    2*n + 1
    """
    return Size.named(Symbol(_name(name), "size", least))


def integer(name: str) -> Size:
    """Any integer, a shift say.

    >>> integer("a") - 2 * integer("b")
    a - 2*b
    """
    return Size.named(Symbol(_name(name)))


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        msg = f"a name must be a word such as 'n', not {name!r}"
        raise ArgumentError(msg)
    return name


def kernel(name: str, n: Lengths) -> Symbolic:
    """Any kernel w[t] on n places, or on a box of places.

    >>> kernel("w", (size("m"), size("n")))
    w for all sizes, m*n x 1
    """
    box, word = box_of(n), _name(name)
    return Symbolic(
        box,
        (),
        lambda i, _, __: expression(terms.kernel(word, box, i)),
        lambda point: point.kernel(word, point.box(box)),
        word,
    )


def box_of(n: Any, *, least: int = 1) -> Sizes:
    """The sizes of a box, checked."""
    box = tuple(map(integral, n if isinstance(n, tuple | list) else (n,)))
    for side in box:
        if not (side - least).is_nonnegative:
            msg = (
                f"a size must be at least {least} for all values of its symbols, not {side}; write ca.size(name, least)"
            )
            raise ArgumentError(msg)
    return box


def integral(value: Any) -> Size:
    """An integer, or an integer polynomial in symbols."""
    if isinstance(value, bool) or not isinstance(value, Size | int | np.integer):
        msg = f"a size or shift must be an integer or a polynomial in ca.size and ca.integer, not {value!r}"
        raise ArgumentError(msg)
    number = value if isinstance(value, Size) else Size.of(int(value))
    if not number.is_integral:
        msg = f"a size or shift must have integer coefficients, not {number}"
        raise ArgumentError(msg)
    return number


def each(value: Any, box: Sizes, name: str, *, least: int | None = None) -> Sizes:
    """One integer for each axis of a box."""
    amounts = tuple(map(integral, value if isinstance(value, tuple | list) else (value,)))
    if len(amounts) != len(box):
        msg = f"{name} must be one integer for each of the {len(box)} axes of n, not {value!r}"
        raise ArgumentError(msg)
    if least is not None:
        box_of(amounts, least=least)
    return amounts
