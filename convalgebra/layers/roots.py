"""Roots of exact entries: exact where they are rational."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.polynomial import Polynomial

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array


def roots(values: Array, p: int) -> Array:
    """`x^(1/p)` of non-negative entries: exact where all are rational or one is symbolic, floats elsewhere.

    >>> roots(np.array([4, 9]), 2), roots(np.array([1, 2]), 2)
    (array([2, 3]), array([1.        , 1.41421356]))
    """
    values = rings.public(values)
    if p == 1:
        return values
    if rings.is_symbolic(values):
        return rings.filled(values.shape, (Polynomial.of(v).as_expr() ** Fraction(1, p) for v in values.flat))
    exact = _rational(values, p) if rings.is_exact(values) else None
    return np.asarray(values.astype(np.float64) ** (1 / p)) if exact is None else exact


def _rational(values: Array, p: int) -> Array | None:
    """The roots as exact numbers; None as soon as one is irrational."""
    found = []
    for value in values.flat:
        number = Fraction(int(value.numerator), int(value.denominator))
        root = Fraction(_floor_root(number.numerator, p), _floor_root(number.denominator, p))
        if root**p != number:
            return None
        found.append(root)
    return rings.tidy(rings.filled(values.shape, found))


def _floor_root(n: int, p: int) -> int:
    """The largest r with r^p <= n, by Newton's iteration from above."""
    r = 1 << -(-n.bit_length() // p)
    while r**p > n:
        r = ((p - 1) * r + n // r ** (p - 1)) // p
    return r
