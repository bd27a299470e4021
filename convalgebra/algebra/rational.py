"""Sums of fractions as sums of integers and one division."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array

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


def reciprocals(divisors: Array) -> Array:
    """1 / d as fractions.

    >>> reciprocals(np.array([2, 1]))
    array([Fraction(1, 2), Fraction(1, 1)], dtype=object)
    """
    known = {int(d): Fraction(1, int(d)) for d in np.unique(divisors)}
    return rings.filled(divisors.shape, (known[d] for d in divisors.ravel().tolist()))


def nearest(array: Array) -> Array:
    """Fractions, and integers that float64 holds, as floats; anything else as it is.

    >>> nearest(np.array([Fraction(1, 3), 1], dtype=object))
    array([0.33333333, 1.        ])
    """
    if array.dtype != object or not all(isinstance(v, Fraction) or _held(v) for v in array.flat):
        return array
    return array.astype(np.float64)


def _held(value: Any) -> bool:
    return isinstance(value, int) and abs(value) <= 2**53
