"""Operators for all sizes at once: what the constructors return when a size, shift, stride or kernel is a symbol.

>>> n, k = size("n"), integer("k")
>>> w = kernel("w", n)
>>> circulant(w) @ shift(n, k)
C_w S_k for all sizes, n x n
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from operator import matmul
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import combinators, dense, fourier, selection, toeplitz
from convalgebra.algebra.operator import Operator
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Term, expression, times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        return tuple(_public(reduce(Size.__mul__, box, ONE)) for box in self.boxes)

    def pattern(self, rows: Any = None) -> Any:  # noqa: ARG002  # whichever rows
        msg = f"the sizes of {self!r} must be numbers before it has entries; write A.subs({{n: 4, w: [1, 2, 3, 4]}})"
        raise ArgumentError(msg)

    def subs(self, values: Any) -> Any:
        """The matrix at numbers: `A.subs({n: 4, k: 1, w: [1, 2, 3, 4]})`."""
        from convalgebra.proofs.calculus.replay import Point  # noqa: PLC0415  # only numbers need it

        numbers = {x: v for s, v in values.items() if isinstance(s, Size) for x in s.symbols}
        kernels = {s.latex: np.asarray(v) for s, v in values.items() if isinstance(s, Symbolic)}
        return self.at(Point(numbers, None, kernels))

    def __matmul__(self, other: Any) -> Any:
        return _product(self, other) if isinstance(other, Symbolic) else NotImplemented

    def __add__(self, other: Any) -> Operator:
        return _sum(self, other) if isinstance(other, Symbolic) else NotImplemented

    def __mul__(self, scalar: Any) -> Operator:
        return _scaled(self, scalar)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> Operator:
        return _scaled(self, Size.of(scalar).inverse())

    def _adjoint(self, conjugate: bool) -> Operator:
        return _transposed(_conjugated(self) if conjugate else self, "H" if conjugate else r"\top")

    def __repr__(self) -> str:
        sides = " x ".join(str(side) for side in self.shape)
        return f"{plain(self.latex)} for all sizes, {sides}"

    def to_latex(self, **_: Any) -> str:
        return self.latex

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002  # IPython's
        return {"text/plain": repr(self), "text/latex": self._repr_latex_()}


def _public(value: Size) -> Size | int:
    return value if value.symbols else int(value.value({}))


def plain(latex: str) -> str:
    r"""The formula as text.

    >>> plain(r"C_{w} S_{-k}^{\top}")
    'C_w S_{-k}ᵀ'
    """
    text = re.sub(r"_\{(\w)\}", r"_\1", latex)
    return text.replace(r"^{\top}", "ᵀ").replace("^{H}", "ᴴ").replace(r"\mathrm{diag}", "diag").replace(r"\otimes", "⊗")


# --- products, sums, transposes ---------------------------------------------------------------------------------------


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


def _scaled(operator: Symbolic, scalar: Size | int | Fraction) -> Symbolic:
    if not isinstance(scalar, Size | int | Fraction):
        msg = f"the factor of * must be an integer, a fraction or a size, not {scalar!r}"
        raise ArgumentError(msg)
    factor = Size.of(scalar)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(expression(coefficient=factor), operator.entry(i, j, fresh))

    latex = f"({factor}) {operator.latex}" if len(factor.terms) > 1 else f"{factor} {operator.latex}"
    return replace(operator, entry=entry, at=lambda p: operator.at(p) * p.factor(factor), latex=latex)


def _transposed(operator: Symbolic, mark: str) -> Symbolic:
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

    places = (tuple(Size.named(x) for x in box) for box in _names(operator))
    entry(*places, terms.numbered("t"))  # raises where a kernel occurs
    return replace(operator, entry=entry, at=lambda p: operator.at(p.conjugated()))


def _conjugate_atom(atom: Atom) -> Atom:
    if atom.kind == "kernel":
        msg = f"the kernel {atom.name} must be known to be real for .H, not arbitrary; write A.T"
        raise ArgumentError(msg)
    return terms.phase(*atom.sizes, -atom.args[0]) if atom.kind == "phase" else atom


def _names(operator: Symbolic) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
    rows, cols = (tuple(Symbol(x, "index", q) for q in range(len(box))) for x, box in zip("ij", operator.boxes, strict=True))
    return rows, cols


def index_names(operator: Symbolic) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
    """The names of the row and the column indices."""
    return _names(operator)


# --- sizes, integers, kernels -----------------------------------------------------------------------------------------


def size(name: str, least: int = 1) -> Size:
    """A size for which a claim is to be proved: every integer from `least` on.

    >>> size("n") * 2 + 1
    2*n + 1
    """
    return Size.named(Symbol(_name(name), "size", least))


def integer(name: str) -> Size:
    """Any integer, a shift say."""
    return Size.named(Symbol(_name(name)))


def _name(name: str) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        msg = f"a name must be a word such as 'n', not {name!r}"
        raise ArgumentError(msg)
    return name


def kernel(name: str, n: Lengths) -> Symbolic:
    """Any kernel w[t] on n places, or on a box of places.

    >>> kernel("w", (size("m"), size("n")))
    w for all sizes, m*n x 1
    """
    box, word = _box(n), _name(name)
    return Symbolic(
        box,
        (),
        lambda i, _, __: expression(terms.kernel(word, box, i)),
        lambda point: point.kernel(word, point.box(box)),
        word,
    )


def _box(n: Any, *, least: int = 1) -> Sizes:
    box = tuple(map(_integral, n if isinstance(n, tuple | list) else (n,)))
    for side in box:
        if not (side - least).is_nonnegative:
            msg = f"a size must be at least {least} for all values of its symbols, not {side}; write ca.size(name, least)"
            raise ArgumentError(msg)
    return box


def _integral(value: Any) -> Size:
    if isinstance(value, bool) or not isinstance(value, Size | int | np.integer):
        msg = f"a size or shift must be an integer or a polynomial in ca.size and ca.integer, not {value!r}"
        raise ArgumentError(msg)
    number = value if isinstance(value, Size) else Size.of(int(value))
    if not number.is_integral:
        msg = f"a size or shift must have integer coefficients, not {number}"
        raise ArgumentError(msg)
    return number


def _each(value: Any, box: Sizes, name: str, *, least: int | None = None) -> Sizes:
    amounts = tuple(map(_integral, value if isinstance(value, tuple | list) else (value,)))
    if len(amounts) != len(box):
        msg = f"{name} must be one integer for each of the {len(box)} axes of n, not {value!r}"
        raise ArgumentError(msg)
    if least is not None:
        _box(amounts, least=least)
    return amounts


def _axes(
    rows: Sizes, cols: Sizes, bracket: Callable[[int, Size, Size], Atom], at: Callable[[Point], Any], latex: str
) -> Symbolic:
    """One bracket for each axis: a 0/1 matrix."""

    def entry(i: Sizes, j: Sizes, _: Fresh) -> Expression:
        return expression(*(bracket(q, *place) for q, place in enumerate(zip(i, j, strict=True))))

    return Symbolic(rows, cols, entry, at, latex)


def _list(values: Sequence[Size]) -> str:
    return ", ".join(map(str, values))


# --- the constructors -------------------------------------------------------------------------------------------------


def identity(n: Lengths) -> Symbolic:
    """`(I x)[i] = x[i]`."""
    box = _box(n)
    return _axes(box, box, lambda q, i, j: terms.delta(box[q], i - j), lambda p: selection.identity(p.box(box)), "I")


def shift(n: Lengths, k: Lengths = 1) -> Symbolic:
    """`(S_k x)[i] = x[(i - k) mod n]`."""
    box = _box(n)
    steps = _each(k, box, "k")
    return _axes(
        box,
        box,
        lambda q, i, j: terms.delta(box[q], i - j - steps[q]),
        lambda p: selection.shift(p.box(box), p.box(steps)),
        f"S_{{{_list(steps)}}}",
    )


def flip(n: Lengths) -> Symbolic:
    """`(J x)[i] = x[n - 1 - i]`."""
    box = _box(n)
    return _axes(box, box, lambda q, i, j: terms.delta(box[q], i + j + 1), lambda p: selection.flip(p.box(box)), "J")


def downsample(n: Lengths, s: Lengths) -> Symbolic:
    """`(D_s x)[i] = x[s*i]`, for n = s*m or n = s*(m - 1) + 1."""
    box = _box(n)
    steps = _each(s, box, "s", least=1)
    small = tuple(map(_kept, box, steps))

    def bracket(q: int, i: Size, j: Size) -> Atom:
        return terms.delta(box[q] if small[q] * steps[q] == box[q] else ZERO, steps[q] * i - j)

    return _axes(small, box, bracket, lambda p: selection.downsample(p.box(box), p.box(steps)), f"D_{{{_list(steps)}}}")


def _kept(n: Size, s: Size) -> Size:
    last = (n - 1).over(s)
    kept = n.over(s) or (None if last is None else last + 1)
    if kept is None:
        msg = f"n must be a multiple of s, or 1 above one, not {n} for s = {s}; write ca.downsample(s * m, s)"
        raise ArgumentError(msg)
    return kept


def upsample(n: Lengths, s: Lengths) -> Symbolic:
    """`(U_s x)[s*i] = x[i]`, zeros between."""
    small = _box(n)
    steps = _each(s, small, "s", least=1)
    box = tuple(map(Size.__mul__, small, steps))

    def bracket(q: int, i: Size, j: Size) -> Atom:
        return terms.delta(box[q], i - steps[q] * j)

    return _axes(box, small, bracket, lambda p: selection.upsample(p.box(small), p.box(steps)), f"U_{{{_list(steps)}}}")


def pad(n: Lengths, width: Any, mode: str = "zeros") -> Symbolic:
    """`(P x)[i] = x[i - lo]`, zero or periodic outside; width is one pair (lo, hi), or one for each axis."""
    box = _box(n)
    pairs = width if isinstance(width[0], tuple) else (width,)
    lows, highs = (_each(side, box, "width") for side in zip(*pairs, strict=True))
    if mode not in {"zeros", "circular"}:
        msg = f"for all sizes the mode must be 'zeros' or 'circular', not {mode!r}; prove it at one size"
        raise ArgumentError(msg)
    large = _box(tuple(n + lo + hi for n, lo, hi in zip(box, lows, highs, strict=True)))
    return _axes(
        large,
        box,
        lambda q, i, j: terms.delta(box[q] if mode == "circular" else ZERO, i - j - lows[q]),
        lambda p: selection.pad(p.box(box), tuple(zip(p.box(lows), p.box(highs), strict=True)), mode),
        f"P_{{{_list(lows)}}}",
    )


def crop(n: Lengths, width: Any) -> Symbolic:
    """`(K x)[i] = x[i + lo]`."""
    pairs = width if isinstance(width[0], tuple) else (width,)
    _box(tuple(side for pair in pairs for side in pair), least=0)
    made = pad(n, tuple((-_integral(lo), -_integral(hi)) for lo, hi in pairs))
    return replace(made, latex=f"K_{{{_list([_integral(lo) for lo, _ in pairs])}}}")


def circulant(c: Symbolic, op: str = "convolution") -> Symbolic:
    """`C[i, j] = c[(i - j) mod n]`; `op="correlation"` gives the transpose."""
    if op == "correlation":
        return _transposed(circulant(c), r"\top")

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return c.entry(tuple(map(Size.__sub__, i, j)), (), fresh)

    return Symbolic(c.rows, c.rows, entry, lambda p: toeplitz.circulant(c.at(p)), f"C_{{{c.latex}}}")


def diagonal(d: Symbolic) -> Symbolic:
    """`diag(d)[i, i] = d[i]`."""
    ones = identity(d.rows)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(ones.entry(i, j, fresh), d.entry(i, (), fresh))

    return Symbolic(d.rows, d.rows, entry, lambda p: dense.diagonal(d.at(p)), rf"\mathrm{{diag}}({d.latex})")


def dft(n: Lengths, norm: str = "backward") -> Symbolic:
    """`F[f, j] = exp(-2 pi i f j / n)`, times 1/n for norm="forward"."""
    if norm not in {"backward", "forward"}:
        msg = f"for all sizes the norm must be 'backward' or 'forward', not {norm!r}: sqrt(n) is no element of a ring"
        raise ArgumentError(msg)
    box = _box(n)
    made = _axes(
        box, box, lambda q, i, j: terms.phase(box[q], i * j), lambda p: _dft_at(p, p.box(box)), f"F_{{{_list(box)}}}"
    )
    return made if norm == "backward" else _scaled(made, reduce(Size.__mul__, box, ONE).inverse())


def _dft_at(point: Point, box: tuple[int, ...]) -> Operator:
    if point.finite is None:
        return fourier.dft(box).H if point.conjugate else fourier.dft(box)
    tables = [point.powers(n)[np.multiply.outer(np.arange(n), np.arange(n)) % n] for n in box]
    return combinators.kron(*map(dense.matrix, tables))


def kron(*operators: Symbolic) -> Symbolic:
    """`(A (x) B)[(i, k), (j, l)] = A[i, j] * B[k, l]`."""
    first, *rest = operators
    return reduce(_kron, rest, first)


def _kron(left: Symbolic, right: Symbolic) -> Symbolic:
    m, n = len(left.rows), len(left.cols)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(left.entry(i[:m], j[:n], fresh), right.entry(i[m:], j[n:], fresh))

    latex = rf"({left.latex} \otimes {right.latex})"
    return Symbolic(left.rows + right.rows, left.cols + right.cols, entry, lambda p: combinators.kron(left.at(p), right.at(p)), latex)
