"""Kernels that satisfy hypotheses at numbers: each is solved for in turn, by exact elimination.  No rule is used."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from convalgebra.algebra import rings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from convalgebra.algebra.rings import Array

    Residual = Callable[[Mapping[str, Array]], Array]  # of the kernels: zero where a hypothesis holds
    Row = list[Any]

MOST_UNKNOWNS = 150  # values of one kernel that are solved for


def satisfying(
    boxes: Mapping[str, tuple[int, ...]], hypotheses: Sequence[tuple[frozenset[str], Residual]], p: int | None
) -> dict[str, Array] | None:
    """Kernels with these boxes for which every residual vanishes, modulo p or (p None) in fractions; or None.

    A hypothesis names the kernels it speaks of; it is solved for the last of them, in which it must be affine.
    """
    kernels: dict[str, Array] = {}
    for name, box in boxes.items():
        due = [f for names, f in hypotheses if names <= {*kernels, name} and name in names]
        found = _solved(kernels, name, box, due, p)
        if found is None:
            return None
        kernels[name] = found
    return kernels


def _solved(
    kernels: Mapping[str, Array], name: str, box: tuple[int, ...], due: list[Residual], p: int | None
) -> Array | None:
    count = prod(box)
    draw = Random(crc32(f"{name}{box}".encode()))  # noqa: S311  # no secrets
    free = [draw.randrange(1, p or 10) for _ in range(count)]
    if not due:
        return rings.tidy(rings.filled(box, free))
    if count > MOST_UNKNOWNS:
        return None

    def residual(values: Iterable[Any]) -> Row:
        given = {**kernels, name: rings.filled(box, values)}
        return [_number(v, p) for f in due for v in f(given).flat]

    start = residual([0] * count)
    columns = [residual([int(q == k) for q in range(count)]) for k in range(count)]
    rows = [[_number(c[r] - b, p) for c in columns] + [_number(-b, p)] for r, b in enumerate(start)]
    values = _eliminated(rows, free, p)
    if values is None or any(residual(values)):
        return None
    return rings.tidy(rings.filled(box, values))


def _number(value: Any, p: int | None) -> Any:
    if p is None:
        return Fraction(value)
    return (
        int(value.numerator) * pow(int(value.denominator), -1, p) % p if isinstance(value, Fraction) else int(value) % p
    )


def _eliminated(rows: list[Row], free: Row, p: int | None) -> Row | None:
    """The solution of `row[:-1] . x = row[-1]` with these values where x is free; None where there is none."""
    table = np.array(rows, dtype=object if p is None else np.int64).reshape(-1, len(free) + 1)
    pivots: list[int] = []
    for k in range(len(free)):
        done = len(pivots)
        found = np.flatnonzero(table[done:, k])
        if not len(found):
            continue
        table[[done, done + found[0]]] = table[[done + found[0], done]]
        table[done] = _reduced(table[done] * _inverse(table[done, k], p), p)
        others = np.arange(len(table)) != done
        table[others] = _reduced(table[others] - np.outer(table[others, k], table[done]), p)
        pivots.append(k)
    if table[len(pivots) :, -1].any():
        return None
    x = list(free)
    for k, row in zip(pivots, table, strict=False):
        known = sum(int(q not in pivots) * a * free[q] for q, a in enumerate(row[:-1].tolist()))
        x[k] = _number(row[-1] - known, p)
    return x


def _reduced(table: Array, p: int | None) -> Array:
    return table if p is None else table % p


def _inverse(value: Any, p: int | None) -> Any:
    return 1 / value if p is None else pow(int(value), -1, p)
