"""Kernels of numbers, multiplied by matrix products over their channels.

`(u * v)_q = sum over t of u_t v_{q-t}` takes a product of channel matrices for each pair of taps.  Toom and Cook take
one for each place q: the values of two polynomials at so many points, multiplied, tell the product.  Two kernels of
3x3 need 25 matrix products in place of 81.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from math import prod
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convalgebra.algebra import interpolation, rings
from convalgebra.algebra.rational import denominator
from convalgebra.algebra.scratch import Scratch
from convalgebra.algebra.sealing import sealed

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array

AXES, PLACES = 3, 5  # of a kernel, and of an axis: more points cost more digits than they save products
PAYS = 0.6  # of the operations, at most, that fewer products must take to be worth the way there and back
ALIKE = 2.0**12  # floats take them where the squared norms of all taps of a kernel lie within this factor
LARGE = 1e150  # squared norms below are far from overflow
ROWS = 16  # of a matrix product, at least


def convolve_numbers(u: Array, v: Array, shape: Box, groups: int) -> Array:
    """`u * v`, of this shape, for weights of one kind (int64, float64, complex128, objects) that holds all sums."""
    if u.dtype == object:
        return _by_taps(u, v, shape, groups)
    fast = points_of(u.shape[2:], v.shape[2:]) if _pays(u, v, groups) else None
    if u.dtype.kind == "i":
        return _convolve_integers(u, v, shape, groups, fast)
    total = np.empty(shape, u.dtype)
    if fast is not None and _by_values(u, v, total, groups, fast):  # far from overflow
        return total
    with np.errstate(over="ignore", invalid="ignore"):
        return rings.tidy(_by_taps(u, v, shape, groups), "the product's entries")


def _convolve_integers(u: Array, v: Array, shape: Box, groups: int, fast: Points | None) -> Array:
    """In floating point, which multiplies matrices faster, where no sum on the way is beyond 2^53."""
    largest = rings.magnitude(u) * rings.magnitude(v) * u.shape[1]
    if largest * min(prod(u.shape[2:]), prod(v.shape[2:])) > rings.EXACT_DOUBLE:
        return _by_taps(u, v, shape, groups)
    left, right = u.astype(np.float64), v.astype(np.float64)
    if fast is None or largest * fast.growth > rings.EXACT_DOUBLE:
        return _by_taps(left, right, shape, groups).astype(np.int64)
    total = np.empty(shape)
    _by_values(left, right, total, groups, fast, exact=True)
    return total.astype(np.int64)


# --- a product for each place -----------------------------------------------------------------------------------------


class Points(NamedTuple):
    """Integer matrices such that `divisor (u * v) = back ((left u) (right v))`, the taps of each in C order.

    No sum on the way is larger than `growth` times the largest products of two taps.
    """

    left: Array
    right: Array
    back: Array
    divisor: int
    growth: int


@lru_cache(maxsize=16)
def points_of(left: Box, right: Box) -> Points:
    """For kernels of these sizes, axis by axis.

    >>> points_of((2,), (2,)).back
    array([[ 1.,  0.,  0.],
           [-1.,  1., -1.],
           [ 0.,  0.,  1.]])
    >>> points_of((3, 3), (3, 3)).divisor
    36
    """
    *tables, divisors = zip(*map(_on_axis, left, right), strict=True)
    there, other, back = (sealed(reduce(np.kron, parts)) for parts in tables)
    largest = np.abs(there).sum(axis=1) * np.abs(other).sum(axis=1)
    return Points(there, other, back, prod(divisors), int((np.abs(back) @ largest).max()))


def _on_axis(k: int, n: int) -> tuple[Array, Array, Array, int]:
    if min(k, n) == 1:
        left, right = (np.eye(size) if size > 1 else np.ones((max(k, n), 1)) for size in (k, n))
        return left, right, np.eye(max(k, n)), 1
    places = interpolation.points(k + n - 2)
    left, right = (np.array(interpolation.values(places, size), dtype=np.float64) for size in (k, n))
    back = np.array(interpolation.coefficients(places), dtype=object)
    divisor = denominator(back)
    return left, right, rings.floating(back * divisor), divisor


def _pays(u: Array, v: Array, groups: int) -> bool:
    """Are the products so much fewer that this makes up for the way there and back?"""
    (o, m), i, taps = u.shape[:2], v.shape[1], list(zip(u.shape[2:], v.shape[2:], strict=True))
    if len(taps) > AXES or any(k + n - 1 > PLACES for k, n in taps):
        return False
    o, rank = o // groups, prod(k + n - 1 for k, n in taps)
    left, right = prod(u.shape[2:]), prod(v.shape[2:])
    cost: int = rank * (o * m * i + left * o * m + right * m * i + rank * o * i)
    return bool(cost < PAYS * left * right * o * m * i)


def _by_values(u: Array, v: Array, total: Array, groups: int, fast: Points, *, exact: bool = False) -> bool:
    """Not for floats whose taps differ in size: the value of a polynomial would lose the smaller ones."""
    parts = (array.reshape(groups, -1, *array.shape[1:]) for array in (u, v, total))
    return all(_group_by_values(*part, fast, exact) for part in zip(*parts, strict=True))  # type: ignore[call-arg]


def _group_by_values(u: Array, v: Array, total: Array, fast: Points, exact: bool) -> bool:
    (o, m), i, kind, goal = u.shape[:2], v.shape[1], u.dtype, total.reshape(*total.shape[:2], -1)
    with Scratch((fast.left.shape[1], o, m), kind) as rows, Scratch((len(fast.right), m, i), kind) as values:
        with Scratch((fast.right.shape[1], m, i), kind) as columns:
            for weight, taps in (u, rows), (v, columns):
                _flat(taps)[...] = weight.reshape(-1, len(taps)).T
            if not (exact or (_alike(rows) and _alike(columns))):
                return False
            np.matmul(fast.right.astype(kind, copy=False), _flat(columns), out=_flat(values))
        some = max(ROWS, i // 8)  # they stay in the cache
        for lo in range(0, o, some):
            _interpolate(rows[:, lo : lo + some], values, fast, goal[lo : lo + some])
    return True


def _interpolate(rows: Array, values: Array, fast: Points, total: Array) -> None:
    """Integers come out exact: 1 / d in floating point is off by at most 2^-54 of it for every divisor of AXES axes."""
    (_, some, m), (rank, _, i), kind = rows.shape, values.shape, values.dtype
    with Scratch((rank, some, m), kind) as part, Scratch((rank, some, i), kind) as products:
        np.matmul(fast.left.astype(kind, copy=False), _flat(rows), out=_flat(part))
        np.matmul(part, values, out=products)
        np.matmul(_flat(products).T, fast.back.T.astype(kind, copy=False), out=total.reshape(-1, rank))
    if fast.divisor > 1:
        total *= 1 / fast.divisor


def _flat(matrices: Array) -> Array:
    """A row for each matrix."""
    return matrices.reshape(len(matrices), -1)


def _alike(taps: Array) -> bool:
    """Is no entry zero, and are all taps about as large?"""
    rows = _flat(taps)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(rows, rows).real
    return bool(squares.max() < ALIKE * squares.min() < LARGE and np.not_equal(rows, 0).all())


# --- tap by tap -------------------------------------------------------------------------------------------------------


def _by_taps(u: Array, v: Array, shape: Box, groups: int) -> Array:
    if u.ndim == 3 and u.shape[:2] == v.shape[:2] == (1, 1):
        return np.convolve(u[0, 0], v[0, 0])[None, None]
    left, right = (w.reshape(groups, len(w) // groups, *w.shape[1:]) for w in (u, v))
    order = (-2, -1) if prod(u.shape[2:]) <= prod(v.shape[2:]) else (-1, -2)
    if order == (-1, -2):
        left, right = np.swapaxes(right, 1, 2), np.swapaxes(left, 1, 2)
    with Scratch((*shape[2:], groups, left.shape[1], right.shape[2]), left.dtype) as total:
        _convolve_taps(left, right, total)
        return np.moveaxis(total, (-3, *order), (0, 1, 2)).copy().reshape(shape)


def _convolve_taps(u: Array, v: Array, total: Array) -> None:
    """(groups, o, m, *k) by (groups, m, i, *l) into (*size, groups, o, i), a matrix product for many taps.

    The taps of the last axis that meet at a place stand side by side, those of u turned around, and are added up by
    the product itself; what is left to add stays in the cache.
    """
    (m, *lead, k), (i, *further, n) = u.shape[2:], v.shape[2:]
    taps = np.ascontiguousarray(np.moveaxis(u[..., ::-1], (0, 1, -1, 2), (-4, -3, -2, -1)))
    blocks = np.ascontiguousarray(np.moveaxis(v, (0, -1, 1, 2), (-4, -3, -2, -1)))
    taps, blocks = taps.reshape(*taps.shape[:-2], k * m), blocks.reshape(*blocks.shape[:-3], n * m, i)
    part = np.empty((*further, *total.shape[-3:]), dtype=u.dtype)
    for axis, size in enumerate(further):  # the first tap writes all places that are not beyond it
        total[*(slice(None),) * axis, size:] = 0
    spots: list[tuple[Array, tuple[Any, ...]]] = [
        (taps[t], tuple(map(slice, t, map(add, t, further)))) for t in np.ndindex(*lead)
    ]
    (start, inside), *others = spots
    for q in range(k + n - 1):
        first, last = max(q - k + 1, 0), min(n, q + 1)
        meet, turned = slice(first * m, last * m), slice((first + k - 1 - q) * m, (last + k - 1 - q) * m)
        np.matmul(start[..., turned], blocks[..., meet, :], out=total[(*inside, q)])
        for tap, places in others:
            goal = total[(*places, q)]
            goal += np.matmul(tap[..., turned], blocks[..., meet, :], out=part)
