"""Arguments of constructors for all sizes, checked: boxes, integers, names, SymPy's symbols; and how they print."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from convalgebra.algebra.polynomial import is_expr
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError

Sizes = tuple[Size, ...]


def converted(value: Any) -> Any:
    """A SymPy polynomial in integer symbols as a `Size`, a single other symbol as a scalar; anything else unchanged.

    >>> import sympy
    >>> n, k = sympy.Symbol("n", integer=True, positive=True), sympy.Symbol("k", integer=True)
    >>> converted(2 * n - k), converted(3)
    (2*n - k, 3)
    """
    if not is_expr(value):
        return value
    if value.is_Rational:
        number = Fraction(int(value.p), int(value.q))
        return int(number) if number.denominator == 1 else number
    symbols = sorted(value.free_symbols, key=str)
    if value.is_Symbol and not value.is_integer:
        return _scalar(value)
    polynomial = value.as_poly(*symbols) if symbols and all(x.is_integer for x in symbols) else None
    if polynomial is None:
        msg = f"a SymPy expression must be a polynomial in integer symbols, or one symbol as a factor, not {value}"
        raise ArgumentError(msg)
    named = [Size.named(_symbol(x)) for x in symbols]
    return sum((_monomial(powers, converted(c), named) for powers, c in polynomial.terms()), ZERO)


def _symbol(x: Any) -> Symbol:
    least = 1 if x.is_positive else 0 if x.is_nonnegative else None
    return Symbol(x.name) if least is None else Symbol(x.name, "size", least)


def _monomial(powers: tuple[int, ...], c: int | Fraction, named: list[Size]) -> Size:
    factors = [x for x, k in zip(named, powers, strict=True) for _ in range(k)]
    return reduce(Size.__mul__, factors, ONE) * c


def _scalar(value: Any) -> Any:
    from convalgebra.proofs.symbolic import scalar  # noqa: PLC0415  # which reads its arguments here

    return scalar(value.name)


def word_of(name: Any) -> str:
    """A name, checked."""
    if not isinstance(name, str) or not name.isidentifier():
        msg = f"a name must be a word such as 'n', not {name!r}"
        raise ArgumentError(msg)
    return name


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
    value = converted(value)
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


def vector_of(value: Any, name: str, axes: int | None = None) -> Any:
    """A vector or kernel, checked: it has no column axes, and where told so many row axes, or more for -axes."""
    few = axes is not None and (len(value.rows) != axes if axes >= 0 else len(value.rows) < -axes)
    if value.cols or few:
        told = "" if axes is None else f" with {axes} axes" if axes >= 0 else f" with {-axes} axes or more"
        msg = f"{name} must be a vector{told}, not {value!r}; write ca.kernel(name, n)"
        raise ShapeError(msg)
    return value


def inverse_of(value: Any, what: str, root: bool = False) -> Size:
    """`1 / value`, or `1 / sqrt(value)`, for a product of sizes."""
    try:
        size = Size.of(value)
        return (size.root() if root else size).inverse()
    except UnsupportedError:
        msg = f"{what} must be a product of sizes{' and a square' if root else ''}, not {value}; write ca.scalar(name)"
        raise ArgumentError(msg) from None


def public(value: Size) -> Size | int:
    """A size without symbols as the number that it is."""
    return value if value.symbols else int(value.value({}))


def count(box: Sizes) -> Size:
    """The number of places of a box."""
    return reduce(Size.__mul__, box, ONE)


def flat(places: Sizes, box: Sizes) -> Size:
    """The number of a place in C order."""
    return reduce(lambda total, axis: total * axis[1] + axis[0], zip(places, box, strict=True), ZERO)


def index_names(operator: Any) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
    """The names of the row and the column indices."""
    rows, cols = operator.boxes
    return tuple(Symbol("i", "index", q) for q in range(len(rows))), tuple(
        Symbol("j", "index", q) for q in range(len(cols))
    )


_WORDS = {
    r"^{\top}": "ᵀ", "^{H}": "ᴴ", r"\otimes": "⊗", r"\mathrm{diag}": "diag", r"\uparrow": "↑", r"\mathbf{1}": "1",
    r"\sum": "Σ", r"\sqrt": "√", r"\,": "",
}  # fmt: skip


def plain(latex: str) -> str:
    r"""The formula as text.

    >>> plain(r"C_{w} S_{-k}^{\top}")
    'C_w S_{-k}ᵀ'
    """
    text = re.sub(r"_\{(\w)\}", r"_\1", re.sub(r"\\overline\{(\w+)\}", r"conj(\1)", latex))
    for tex, word in _WORDS.items():
        text = text.replace(tex, word)
    return text
