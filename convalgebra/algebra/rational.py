"""Sums of fractions as sums of integers and one division."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.rings import Array

TINY = 2.0**-128  # takes sums of products far below the largest float, without rounding
MOST = 2**31  # a common denominator beyond makes integers larger than the fractions


def denominator(array: Array) -> int:
    """The common denominator of exact numbers; 1 for integers, floats and symbols, and where it would be huge.

    >>> denominator(np.array([Fraction(1, 2), Fraction(2, 3), 1], dtype=object))
    6
    """
    if array.dtype != object or rings.is_symbolic(array):
        return 1
    common = lcm(*{v.denominator for v in array.flat})
    return common if common < MOST else 1


def divided(sums: Array, divisors: Any) -> Array:
    """`sums / divisors` for integer divisors, exact for exact sums: each fraction that occurs is reduced once.

    >>> divided(np.array([1, 2, 4]), 2)
    array([Fraction(1, 2), 1, 2], dtype=object)
    >>> divided(np.array([2, 9]), np.array([1, 3]))
    array([2, 3])
    """
    if not rings.is_exact(sums):
        return np.asarray(sums / divisors)  # floats
    divisors = np.broadcast_to(divisors, sums.shape)
    if sums.dtype.kind != "i":
        return rings.public(rings.objects(sums) * reciprocals(divisors))
    whole, rest = np.divmod(sums, divisors)
    if not rest.any():
        return whole
    found = whole.astype(object)
    for d in np.unique(divisors).tolist():
        broken = np.nonzero((rest != 0) & (divisors == d))
        numerators, places = np.unique(sums[broken], return_inverse=True)
        found[broken] = rings.filled(numerators.shape, (Fraction(n, d) for n in numerators.tolist()))[places]
    return found


def quotient(f: Callable[[Array], Array], x: Array, divisors: Any) -> Array:
    """`f(x) / divisors` of a linear f, also where f(x) lies beyond the floats and the quotient does not.

    >>> quotient(np.sum, np.array([1e308, 1.5e308]), 2)
    array(1.25e+308)
    """
    if rings.is_exact(x):
        return divided(f(x), divisors)
    with np.errstate(over="ignore", invalid="ignore"):
        y = divided(f(x), divisors)
        held = np.isfinite(y)
        return y if held.all() else np.where(held, y, divided(f(x * TINY), divisors) / TINY)


def reciprocals(divisors: Array) -> Array:
    """1 / d as fractions.

    >>> reciprocals(np.array([2, 1]))
    array([Fraction(1, 2), Fraction(1, 1)], dtype=object)
    """
    known = {int(d): Fraction(1, int(d)) for d in np.unique(divisors)}
    return rings.filled(divisors.shape, (known[d] for d in divisors.ravel().tolist()))


def as_float(value: Fraction) -> float | None:
    """The float nearest to a binary fraction whose decimal is the shorter spelling; None for any other fraction.

    >>> as_float(Fraction(0.1)), as_float(Fraction(1, 2)), as_float(Fraction(1, 10))
    (0.1, None, None)
    """
    if value.denominator & (value.denominator - 1) or abs(value) >= 2**1023:
        return None
    number = float(value)
    return number if number and len(repr(number)) < len(str(value)) else None


def nearest(array: Array) -> Array:
    """Fractions, and integers that float64 holds, as floats; anything else as it is.

    >>> nearest(np.array([Fraction(1, 3), 1], dtype=object))
    array([0.33333333, 1.        ])
    """
    if array.dtype != object or not all(isinstance(v, Fraction) or _held(v) for v in array.flat):
        return array
    return rings.floating(array)


def _held(value: Any) -> bool:
    return isinstance(value, int) and abs(value) <= rings.EXACT_DOUBLE
