"""Roots of exact entries: exact where they are rational."""

from __future__ import annotations

from fractions import Fraction
from math import ldexp
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.errors import EntryError

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
    if exact is None and values.dtype == object:
        return np.array([_float_root(Fraction(v), p) for v in values.flat], dtype=np.float64).reshape(values.shape)
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


def _float_root(value: Fraction, p: int) -> float:
    """The root as a float, also where the value is beyond the floats."""
    scale = (value.numerator.bit_length() - value.denominator.bit_length()) // p
    try:
        return ldexp(float(value / Fraction(2) ** (p * scale)) ** (1 / p), scale)
    except OverflowError as error:
        msg = "an irrational root must be below 1.8e308, where floats end; write p=1, or divide the input"
        raise EntryError(msg) from error


def _floor_root(n: int, p: int) -> int:
    """The largest r with r^p <= n, by Newton's iteration from above."""
    r = 1 << -(-n.bit_length() // p)
    while r**p > n:
        r = ((p - 1) * r + n // r ** (p - 1)) // p
    return r
