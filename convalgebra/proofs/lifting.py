"""Matrices and kernels of given numbers among those for all sizes: a sum of their entries, each at its place."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.operator import Operator
from convalgebra.errors import ArgumentError
from convalgebra.proofs.calculus.sizes import ZERO, Size
from convalgebra.proofs.calculus.terms import MOST_TERMS, Term, delta
from convalgebra.proofs.symbolic import Symbolic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convalgebra.proofs.arguments import Sizes
    from convalgebra.proofs.calculus.terms import Expression, Fresh

    Entries = list[tuple[tuple[int, ...], Any]]


def lifted(value: Any) -> Symbolic:
    """The operator for all sizes that is this one, an operator or an array of rational numbers; others unchanged.

    >>> import convalgebra as ca
    >>> lifted(ca.shift(3, 1))
    [3 x 3] for all sizes, 3 x 3
    """
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, Operator):
        rows, cols = value.boxes
        i, j, numbers = value.pattern().entries()
        places = zip(*np.unravel_index(i, rows), *np.unravel_index(j, cols), strict=True)
        return _matrix(rows, cols, list(zip(places, rings.public(numbers).tolist(), strict=True)), value)
    values = rings.entries(value, "the numbers of a kernel")
    shape = tuple(values.shape)
    return _matrix(shape, (), [(t, v) for t, v in np.ndenumerate(rings.public(values)) if v], values)


def _matrix(rows: tuple[int, ...], cols: tuple[int, ...], entries: Entries, value: Any) -> Symbolic:
    if len(entries) > MOST_TERMS:
        msg = f"a matrix of numbers among symbols must have at most {MOST_TERMS} entries, not {len(entries)}"
        raise ArgumentError(msg)
    terms = tuple((_places(places), _rational(v)) for places, v in entries)

    def entry(i: Sizes, j: Sizes, _: Fresh) -> Expression:
        return tuple(
            Term(number, (), tuple(delta(ZERO, x - t) for x, t in zip((*i, *j), places, strict=True)))
            for places, number in terms
        )

    latex = f"[{' x '.join(map(str, rows + cols))}]"
    made = Symbolic(_places(rows), _places(cols), entry, lambda _: value, latex, ("lifted", latex))
    return replace(made, recipe=(lifted, (value,), {}))


def _places(numbers: Iterable[Any]) -> Sizes:
    return tuple(Size.of(int(number)) for number in numbers)


def _rational(value: Any) -> Size:
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, int | Fraction):
        msg = f"a matrix of numbers among symbols must have rational entries, not {value!r}; write ca.kernel(name, n)"
        raise ArgumentError(msg)
    return Size.of(value)
