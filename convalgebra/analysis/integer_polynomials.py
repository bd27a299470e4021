"""Products of polynomials with large integer coefficients: by python-flint where installed, else packed in one int."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.analysis import python_flint

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORT = 128  # coefficients; below, a loop costs less than the packing


def multiply(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """The coefficients of `a(x) b(x)`, lowest first; those of a zero product may be left out.

    >>> multiply([1, -2], [3, 4, -10**30])
    [3, -2, -1000000000000000000000000000008, 2000000000000000000000000000000]
    """
    library = python_flint.flint()
    if library is None:
        return packed_product(a, b)
    return [int(c) for c in (library.fmpz_poly([*a]) * library.fmpz_poly([*b])).coeffs()]


def packed_product(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Kronecker's substitution: the polynomials at a power of two so large that no coefficients of the product meet.

    >>> packed_product([1, -1], [1, 1])
    [1, 0, -1]
    """
    bits = sum(max(map(abs, p)).bit_length() for p in (a, b)) + min(len(a), len(b)).bit_length() + 1
    width, count = bits // 8 + 1, len(a) + len(b) - 1
    half = 1 << (8 * width - 1)
    lift = int.from_bytes(half.to_bytes(width, "little") * count, "little")
    whole = (_packed(a, width) * _packed(b, width) + lift).to_bytes(width * count + 1, "little")
    return [int.from_bytes(whole[width * k : width * (k + 1)], "little") - half for k in range(count)]


def _packed(p: Sequence[int], width: int) -> int:
    parts = (b"".join(max(sign * c, 0).to_bytes(width, "little") for c in p) for sign in (1, -1))
    plus, minus = (int.from_bytes(part, "little") for part in parts)
    return plus - minus


def worth_it(a: Any, b: Any) -> bool:
    """Are these (1, 1, exponents) arrays of integers long enough, and too large for machine integers?"""
    scalar = a.shape[:2] == b.shape[:2] == (1, 1) and min(a.shape[2], b.shape[2]) >= SHORT
    kinds = {p.dtype.kind for p in (a, b)}
    return scalar and "O" in kinds and all(p.dtype == np.int64 or set(map(type, p.flat)) == {int} for p in (a, b))
