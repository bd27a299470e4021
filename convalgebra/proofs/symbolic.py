"""Operators for all sizes at once, and the symbols they are made of: sizes, integers, scalars and kernels.

An operator is its entry, a sum of terms, and apart from it the same matrix at numbers, made by the public constructors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import wraps
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import indexing
from convalgebra.algebra.operator import Claim, Operator
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.arguments import box_of, converted, count, flat, inverse_of, plain, public, word_of
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ZERO, Size, Symbol
from convalgebra.proofs.calculus.terms import expression, indices, times

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Expression, Fresh

    Sizes = tuple[Size, ...]
    Entry = Callable[[Sizes, Sizes, Fresh], Expression]
    Lengths = Any  # a size or a tuple of sizes: Size, int, or a SymPy integer


@final
@dataclass(frozen=True, eq=False, repr=False)
class Symbolic(Operator):
    """A matrix for all sizes: its entry (i, j) as a sum of terms, and, apart from it, the matrix at numbers.

    The entry formula holds for places in the boxes.  A vector, and so a kernel, is the case without column axes, a
    scalar the case without any axes.
    """

    rows: Sizes
    cols: Sizes
    entry: Entry
    at: Callable[[Point], Any]
    latex: str
    _sympy_ = None  # type: ignore[assignment]  # no expression: `symbol * A` is left to the operator
    made: tuple[Any, ...] = ()  # the constructor's name and its arguments: what a chain of lemmas rewrites
    recipe: tuple[Any, ...] = ()  # the same to be called: what another process makes it of

    @property
    def boxes(self) -> Any:
        return self.rows, self.cols

    @property
    def shape(self) -> Any:
        return tuple(public(count(box)) for box in self.boxes)

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
        """The matrix at numbers: `A.subs({n: 4, k: 1, w: [1, 2, 3, 4]})`; kernels that are not named stay symbols."""
        from convalgebra.proofs.given import at_values  # noqa: PLC0415  # only numbers need it

        return at_values(self, values)

    def __reduce__(self) -> tuple[Any, ...]:
        from convalgebra.proofs.given import recipe_of  # noqa: PLC0415  # only what is sent away needs it

        return recipe_of(self)

    def __convalgebra__(self, name: str) -> Any:
        """The constructor of this name for all sizes."""
        from convalgebra.proofs.symbolic_conv import CONSTRUCTORS  # noqa: PLC0415  # which makes this class

        return CONSTRUCTORS[name]

    def __matmul__(self, other: Any) -> Any:
        return _product(self, _partner(other))

    def __add__(self, other: Any) -> Operator:
        return _sum(self, _partner(other))

    def __rmatmul__(self, other: Any) -> Any:
        return _product(_partner(other), self)

    def __mul__(self, scalar: Any) -> Operator:
        if isinstance(scalar, Symbolic) and not self.rows and not self.cols:
            return scaled(scalar, self)
        return scaled(self, scalar)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> Operator:
        return scaled(self, inverse_of(_factor(scalar), "the divisor"))

    def _adjoint(self, conjugate: bool) -> Operator:
        return transposed(_conjugated(self) if conjugate else self, "H" if conjugate else r"\top")

    def __eq__(self, other: object) -> Any:
        if not self.rows and not self.cols and isinstance(other, int | Fraction | Size):
            other = scaled(_partner(np.ones((), dtype=np.int64)), other)
        return GeneralClaim(self, other) if isinstance(other, Operator) else NotImplemented

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        sides = " x ".join(str(side) for side in self.shape)
        return f"{plain(self.latex)} for all sizes, {sides}"

    def to_latex(self, env: str = "array", *, max_rows: int | None = 16, color: str | None = None) -> str:  # noqa: ARG002  # no rows
        return self.latex

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002  # IPython's
        return {"text/plain": repr(self), "text/latex": self._repr_latex_()}


@dataclass(frozen=True, eq=False)
class GeneralClaim(Claim):
    """`A == B` for all sizes, under hypotheses: equations that its kernels and matrices satisfy."""

    hypotheses: tuple[Claim, ...] = ()

    def given(self, *hypotheses: Any) -> GeneralClaim:
        """The claim for kernels and matrices that satisfy the equations.

        >>> n = size("n")
        >>> M, w = kernel("M", (n, n)), kernel("w", n)
        >>> (w == w).given(M == M)
        GeneralClaim(w = w, given M = M)
        """
        for hypothesis in hypotheses:
            if not isinstance(hypothesis, Claim) or not isinstance(hypothesis.left, Symbolic):
                msg = f"a hypothesis must be an equation for all sizes, A == B, not {hypothesis!r}"
                raise ArgumentError(msg)
        return replace(self, hypotheses=(*self.hypotheses, *hypotheses))

    def __repr__(self) -> str:
        given = f", given {'; '.join(map(equation, self.hypotheses))}" if self.hypotheses else ""
        return f"GeneralClaim({equation(self)}{given})"


def equation(claim: Claim) -> str:
    """The claim as text."""
    return plain(equation_latex(claim))


def equation_latex(claim: Claim) -> str:
    """The claim as a formula, a matrix of numbers by its size."""
    sides = (claim.left, claim.right)
    return " = ".join(A.latex if isinstance(A, Symbolic) else f"[{' x '.join(map(str, A.shape))}]" for A in sides)


def traced(constructor: Callable[..., Symbolic]) -> Callable[..., Symbolic]:
    """The constructor, whose results remember its name and arguments."""

    @wraps(constructor)
    def construct(*args: Any, **options: Any) -> Symbolic:
        made = constructor(*args, **options)
        words = (constructor.__name__.strip("_"), *args, *options.values())
        return replace(made, made=words, recipe=(construct, args, options))

    return construct


# --- products, sums, transposes ---------------------------------------------------------------------------------------


def _partner(other: Any) -> Symbolic:
    from convalgebra.proofs.lifting import lifted  # noqa: PLC0415  # which makes this class

    if not isinstance(other, Operator | np.ndarray):
        msg = f"the other operand must be an operator or a vector, not {type(other).__name__}; write A.subs({{n: 4}})"
        raise ArgumentError(msg)
    return lifted(other)


def as_matrix(value: Any) -> Operator:
    """A vector at numbers as a matrix of one column."""
    from convalgebra.algebra.dense import matrix  # noqa: PLC0415  # for vectors alone

    return value if isinstance(value, Operator) else matrix(np.asarray(value).reshape(-1, 1))


@traced
def _product(left: Symbolic, right: Symbolic) -> Symbolic:
    if left.cols != right.rows:
        right = reshaped(right, left.cols)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        bound, middle = indices(fresh, left.cols)
        return times(expression(bound=bound), left.entry(i, middle, fresh), right.entry(middle, j, fresh))

    return Symbolic(left.rows, right.cols, entry, lambda p: _times(left, right, p), f"{left.latex} {right.latex}")


def _times(left: Symbolic, right: Symbolic, point: Point) -> Any:
    value = right.at(point)
    if right.cols:
        return as_matrix(left.at(point)) @ as_matrix(value)
    y = np.asarray(as_matrix(left.at(point)) @ value.reshape(-1)).reshape(point.box(left.rows))
    return y % point.finite.p if point.finite else y


def reshaped(operator: Symbolic, rows: Sizes) -> Symbolic:
    """The same matrix, whose rows count the places of another box of as many places, in C order."""
    if count(rows) != count(operator.rows):
        msg = f"the columns of the left factor must be the rows of the right, not {rows} against {operator.rows}"
        raise ShapeError(msg)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        bound, places = indices(fresh, operator.rows)
        same = terms.delta(ZERO, flat(i, rows) - flat(places, operator.rows))
        return times(expression(same, bound=bound), operator.entry(places, j, fresh))

    def at(point: Point) -> Any:
        value = operator.at(point)
        return value if operator.cols else value.reshape(point.box(rows))

    return Symbolic(rows, operator.cols, entry, at, operator.latex, operator.made)


@traced
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


@traced
def scaled(operator: Symbolic, scalar: Any) -> Symbolic:
    """`scalar * A`."""
    factor = _factor(scalar)
    if isinstance(factor, Symbolic):
        return _times_scalar(operator, factor)
    size = Size.of(factor)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(expression(coefficient=size), operator.entry(i, j, fresh))

    shown = size.latex
    latex = f"({shown}) {operator.latex}" if len(size.terms) > 1 else f"{shown} {operator.latex}"
    return replace(operator, entry=entry, at=lambda p: operator.at(p) * p.factor(size), latex=latex)


def _factor(scalar: Any) -> Any:
    factor = converted(scalar)
    if isinstance(factor, Symbolic) and not factor.rows and not factor.cols:
        return factor
    if isinstance(factor, bool) or not isinstance(factor, Size | int | Fraction):
        msg = f"the factor of * must be an integer, a fraction, a size or ca.scalar(name), not {scalar!r}"
        raise ArgumentError(msg)
    return factor


def _times_scalar(operator: Symbolic, scalar: Symbolic) -> Symbolic:
    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(scalar.entry((), (), fresh), operator.entry(i, j, fresh))

    shown = f"({scalar.latex})" if " " in scalar.latex else scalar.latex
    latex = f"{shown} {operator.latex}"
    return replace(operator, entry=entry, at=lambda p: operator.at(p) * scalar.at(p).item(), latex=latex)


@traced
def transposed(operator: Symbolic, mark: str = r"\top") -> Symbolic:
    """`A.T`, printed with a mark."""
    raised = operator.latex.endswith("}") and "^{" in operator.latex.rpartition("_{")[2]
    compound = " " in operator.latex or raised
    latex = f"({operator.latex})" if compound else operator.latex
    return Symbolic(
        operator.cols,
        operator.rows,
        lambda i, j, fresh: operator.entry(j, i, fresh),
        lambda p: _turned(operator, p),
        f"{latex}^{{{mark}}}",
    )


def _turned(operator: Symbolic, point: Point) -> Any:
    value = as_matrix(operator.at(point)).T
    return value if operator.rows else value.to_numpy().reshape(point.box(operator.cols))


@traced
def _conjugated(operator: Symbolic) -> Symbolic:
    """The involution of the ring: roots of unity are inverted, and conj(w) is as arbitrary as w."""

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return tuple(term.mapped(terms.conjugate) for term in operator.entry(i, j, fresh))

    return replace(operator, entry=entry, at=lambda p: operator.at(p.conjugated()))


# --- sizes, integers, kernels -----------------------------------------------------------------------------------------


def size(name: str, least: int = 1) -> Size:
    """A size for which a claim is to be proved: every integer from `least` on.

    >>> size("n") * 2 + 1
    2*n + 1
    """
    return Size.named(Symbol(word_of(name), "size", indexing.integer(least, "least")))


def integer(name: str) -> Size:
    """Any integer, a shift say.

    >>> integer("a") - 2 * integer("b")
    a - 2*b
    """
    return Size.named(Symbol(word_of(name)))


@traced
def kernel(name: str, n: Lengths) -> Symbolic:
    """Any kernel w[t] on n places, or on a box of places.

    >>> kernel("w", (size("m"), size("n")))
    w for all sizes, m*n x 1
    """
    box, word = box_of(n), word_of(name)
    return Symbolic(
        box,
        (),
        lambda i, _, __: expression(terms.kernel(word, box, i)),
        lambda point: point.kernel(word, point.box(box)),
        word,
    )


def scalar(name: str) -> Symbolic:
    """Any element of the ring, as a factor.

    >>> n = size("n")
    >>> scalar("a") * kernel("w", n)
    a w for all sizes, n x 1
    """
    return kernel(name, ())


@traced
def unknown(name: str, rows: Lengths, cols: Lengths) -> Symbolic:
    """Any matrix M[i, j]; what is known of it is said by the hypotheses of a claim, `claim.given(M @ S == S @ M)`.

    >>> n = size("n")
    >>> unknown("M", n, n)
    M for all sizes, n x n
    """
    high, wide, word = box_of(rows), box_of(cols), word_of(name)

    def at(point: Point) -> Any:
        values = point.kernel(word, point.box(high + wide))
        return as_matrix(values) if not wide else _matrix(values, point.size(count(high)))

    def entry(i: Sizes, j: Sizes, _: Fresh) -> Expression:
        return expression(terms.kernel(word, high + wide, i + j))

    return Symbolic(high, wide, entry, at, word)


def _matrix(values: Any, rows: int) -> Operator:
    from convalgebra.algebra.dense import matrix  # noqa: PLC0415  # for unknown matrices alone

    return matrix(values.reshape(rows, -1))
