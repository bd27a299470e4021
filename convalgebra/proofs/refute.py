"""Refutations in small numbers: the simplest kernel at which two entries differ, and both sides there.

Kernels of zeros and ones come first, with as few ones as possible; what is found is evaluated exactly.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import Block, Kronecker
from convalgebra.algebra.combinators import Product, Scaled, Sum, Transpose
from convalgebra.algebra.points import witnesses
from convalgebra.algebra.polynomial import Polynomial, generators_of, is_expr, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from convalgebra.algebra.operator import Claim, Operator
    from convalgebra.algebra.rings import Array

SHOWN = 8  # rows and columns of a worked example


# --- the simplest kernel ----------------------------------------------------------------------------------------------


def smallest(difference: Any, among: Iterable[Any] = ()) -> dict[Any, Any]:
    """Numbers for the symbols at which the difference is not zero: zeros and as few ones as possible, where that does.

    With x^k = x for x in {0, 1}, a smallest set of symbols whose monomial keeps a coefficient is such a place: at its
    ones and zeros elsewhere every other monomial either vanishes or lies within the set and has coefficient 0.

    >>> import sympy
    >>> a, b, c = sympy.symbols("a b c")
    >>> smallest(a * b - a**2 * b + 2 * b * c)
    {a: 0, b: 1, c: 1}
    """
    polynomials = [Polynomial.of(value) for value in (difference, *among)]
    symbols = sorted(generators_of(polynomials), key=lambda s: (len(str(s)), str(s)))
    support = None if any(map(_is_special, symbols)) else _support(polynomials[0], symbols)
    if support is None:
        return next(witnesses(difference, among), {})
    return {s: int(s in support) for s in symbols}


def _is_special(symbol: Any) -> bool:
    """May it fail to take the values 0 and 1?"""
    return not symbol.is_Symbol or set(symbol.assumptions0) != {"commutative"}


def _support(polynomial: Polynomial, symbols: list[Any]) -> set[Any] | None:
    places = {number_of(s): place for place, s in enumerate(symbols)}
    sums: dict[tuple[int, ...], Any] = defaultdict(int)
    for monomial, c in polynomial.terms.items():
        sums[tuple(sorted({places[g] for g in monomial}))] += c
    best = min((s for s, c in sums.items() if c), key=lambda s: (len(s), s), default=None)
    return None if best is None else {symbols[place] for place in best}


# --- both sides there -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """Both sides of a false claim at the witness, cut down to the rows and columns around the entry that differs."""

    rows: range
    cols: range
    shape: tuple[int, int]
    entry: tuple[int, int]
    sides: tuple[tuple[tuple[Any, ...], ...], tuple[tuple[Any, ...], ...]]

    def __str__(self) -> str:
        left, right = (_box([[self._cell(p, q, v) for q, v in line] for p, line in self._lines(k)]) for k in (0, 1))
        middle = len(left) // 2
        joined = (f"{a}  {'≠' if p == middle else ' '}  {b}" for p, (a, b) in enumerate(zip(left, right, strict=True)))
        return "\n".join([*([self.where] if self.where else []), *joined])

    @property
    def where(self) -> str:
        """Which part is shown; nothing where it is all."""
        if (len(self.rows), len(self.cols)) == self.shape:
            return ""
        (m, n), r, c = self.shape, self.rows, self.cols
        return f"rows {r[0]} to {r[-1]} and columns {c[0]} to {c[-1]} of {m} x {n}:"

    def to_latex(self) -> str:
        r"""Both matrices with `\neq` between, the entry that differs in a `\boxed`."""
        from convalgebra.display.latex import entry_latex  # noqa: PLC0415  # door

        return self._latex(entry_latex)

    def _latex(self, shown: Callable[[Any], str]) -> str:
        def cell(p: int, q: int, value: Any) -> str:
            return rf"\boxed{{{shown(value)}}}" if (p, q) == self.entry else shown(value)

        lines = ([" & ".join(cell(p, q, v) for q, v in line) for p, line in self._lines(side)] for side in (0, 1))
        head, tail = rf"\left[\begin{{array}}{{{'r' * len(self.cols)}}}", r"\end{array}\right]"
        return r" \neq ".join(" ".join((head, r" \\ ".join(table), tail)) for table in lines)

    def _lines(self, side: int) -> Iterator[tuple[int, list[tuple[int, Any]]]]:
        for p, line in zip(self.rows, self.sides[side], strict=True):
            yield p, list(zip(self.cols, line, strict=True))

    def _cell(self, p: int, q: int, value: Any) -> str:
        return f"[{value}]" if (p, q) == self.entry else f" {value} "


def _box(table: list[list[str]]) -> list[str]:
    """The rows of a matrix in brackets."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rows = ["".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    inner = len(rows) - 2
    left, right = ("[", "]") if inner < 0 else ("⎡" + "⎢" * inner + "⎣", "⎤" + "⎥" * inner + "⎦")
    return [f"{a}{row}{b}" for a, row, b in zip(left, rows, right, strict=True)]


def example(claim: Claim, entry: tuple[int, int], witness: Mapping[Any, Any]) -> Example:
    """Both sides at the witness, symbols that it does not name at 0."""
    shape = claim.left.shape
    rows, cols = (_window(place, length) for place, length in zip(entry, shape, strict=True))
    left, right = (_entries(side, (rows, cols), witness) for side in exact_sides(claim))
    return Example(rows, cols, shape, entry, (left, right))


def _window(place: int, length: int) -> range:
    start = 0 if length <= SHOWN else min(max(place - SHOWN // 2, 0), length - SHOWN)
    return range(start, min(start + SHOWN, length))


def _entries(side: Operator, part: tuple[range, range], witness: Mapping[Any, Any]) -> tuple[tuple[Any, ...], ...]:
    rows, cols = part
    i, j, values = side.pattern(np.arange(rows.start, rows.stop)).entries()
    kept = (j >= cols.start) & (j < cols.stop)
    shown = (_at(value, witness) for value in rings.public(values[kept]))
    table = dict(zip(zip(i[kept].tolist(), j[kept].tolist(), strict=True), shown, strict=True))
    return tuple(tuple(table.get((p, q), 0) for q in cols) for p in rows)


def _at(value: Any, witness: Mapping[Any, Any]) -> Any:
    """The value at the witness; as it stands where it has none, 1/a at a = 0 say."""
    if not is_expr(value):
        return value.item() if isinstance(value, np.generic) else value
    zeros = {s: 0 for s in value.free_symbols if s.is_zero is None}
    point = {s: v for s, v in witness.items() if not isinstance(s, str)}  # names are sizes and whole kernels
    number = value.subs({**zeros, **point})
    return (value.subs(point) if number.is_finite is False else number).expand()


# --- exactness --------------------------------------------------------------------------------------------------------


def exact_sides(claim: Claim) -> tuple[Operator, Operator]:
    """Both sides, with exact roots of unity where nothing else is a float."""
    left, right = claim.left._exactly(), claim.right._exactly()
    return (left, right) if all(map(_is_exact, (left, right))) else (claim.left, claim.right)


def _is_exact(operator: Operator) -> bool:
    """Floats beside symbols are read as the binary fractions they are; beside roots of unity alone they are rounded."""
    kernels = list(_kernels_of(operator))
    return all(map(rings.is_exact, kernels)) or any(map(rings.symbols_of, kernels))


def _kernels_of(operator: Operator) -> Iterator[Array]:
    """What the entries are computed from, scalars too; unlike `_weights`, at no cost."""
    if isinstance(operator, Scaled):
        yield rings.entries(operator.scalar).reshape(1)
    parts = parts_of(operator)
    yield from chain.from_iterable(map(_kernels_of, parts)) if parts else (operator._weights,)


def parts_of(operator: Operator) -> tuple[Operator, ...]:
    """The operators that a combinator combines; none for an atom."""
    if isinstance(operator, Product | Kronecker):
        return operator.factors
    if isinstance(operator, Sum):
        return operator.terms
    if isinstance(operator, Scaled | Transpose):
        return (operator.operator,)
    return tuple(A for A in chain(*operator.grid) if A is not None) if isinstance(operator, Block) else ()
