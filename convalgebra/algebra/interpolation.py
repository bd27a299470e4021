"""Polynomials by their values: at rational points, and at infinity, where a polynomial has its leading coefficient.

>>> places = points(2)
>>> values(places, 2)
[[Fraction(1, 1), Fraction(0, 1)], [Fraction(1, 1), Fraction(1, 1)], [Fraction(0, 1), Fraction(1, 1)]]
"""

from __future__ import annotations

from fractions import Fraction
from math import prod


def points(count: int) -> list[Fraction]:
    """0, 1, -1, 2, -2, 1/2, -1/2, 3, -3, 1/3, ..., so many."""
    found = [Fraction(0), Fraction(1), Fraction(-1)]
    k = 2
    while len(found) < count:
        found += [Fraction(k), Fraction(-k), Fraction(1, k), Fraction(-1, k)]
        k += 1
    return found[:count]


def values(places: list[Fraction], taps: int) -> list[list[Fraction]]:
    """The matrix from coefficients to values: rows `1, a, a^2, ...`, and the leading coefficient for infinity."""
    return [[a**t for t in range(taps)] for a in places] + [[Fraction(int(t == taps - 1)) for t in range(taps)]]


def coefficients(places: list[Fraction]) -> list[list[Fraction]]:
    """The matrix from values back to coefficients, as many as there are values (Lagrange).

    >>> coefficients(points(2))[1] == [-1, 1, -1]
    True
    """
    columns = []
    for a in places:
        others = [b for b in places if b != a]
        scale = prod((a - b for b in others), start=Fraction(1))
        columns.append([c / scale for c in _with_roots(others)] + [Fraction(0)])
    columns.append(_with_roots(places))
    return [list(row) for row in zip(*columns, strict=True)]


def _with_roots(places: list[Fraction]) -> list[Fraction]:
    """The coefficients of the product of all z - a, constant term first."""
    found = [Fraction(1)]
    for a in places:
        found = [low - a * high for low, high in zip([Fraction(0), *found], [*found, Fraction(0)], strict=True)]
    return found
