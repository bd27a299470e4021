"""Operators that visibly commute with every circular shift of a box, whatever their weights and the channels before it.

Where both sides of a claim are made of such operators, one row for each channel tells everything; and where they are
one shift times the same operators, nothing is left to be looked at.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra.combinators import Product, Scaled, Sum
from convalgebra.algebra.selection import Selection
from convalgebra.algebra.toeplitz import Circulant, Toeplitz
from convalgebra.proofs.generic import one_kernel
from convalgebra.proofs.refute import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

    Word = tuple[Box, list[Operator]]
    Pairs = list[tuple[Operator, Operator]]


def telling_rows(left: Operator, right: Operator) -> Array | None:
    """One row for each channel, where both sides commute with every shift of one box and so repeat them; else None."""
    for box in _boxes(left):
        if circulates(left, box) and circulates(right, box):
            return np.arange(_channels(left.boxes[0], box) or 1, dtype=np.int64) * prod(box)
    return None


def same_factors(left: Operator, right: Operator) -> Pairs | None:
    """The factors of both sides, in pairs, where both are one shift S_k times them and all commute with every shift."""
    for box in _boxes(left):
        turns: dict[int, Box | None] = {}
        first, second = _word(left, box, turns), _word(right, box, turns)
        if first is None or second is None:
            continue
        (k, here), (q, there) = first, second
        if k == q and len(here) == len(there) and all(map(_alike, here, there)):
            return list(zip(here, there, strict=True))
    return None


def _alike(A: Operator, B: Operator) -> bool:
    """Is it one operator, or one made twice of one kernel?"""
    if isinstance(A, Circulant) and isinstance(B, Circulant):
        return A is B or one_kernel(A.c, B.c)
    return A is B or (
        isinstance(A, Toeplitz) and isinstance(B, Toeplitz) and A._frame == B._frame and one_kernel(A.weight, B.weight)
    )


def _word(A: Operator, box: Box, turns: dict[int, Box | None]) -> Word | None:
    """(k, others) where A is S_k times the others, which commute with every shift; None where that is not seen."""
    steps, others = (0,) * len(box), []
    for factor in A.factors if isinstance(A, Product) else (A,):
        if isinstance(factor, Selection):
            if id(factor) not in turns:
                turns[id(factor)] = turn_of(factor, box)
            turn = turns[id(factor)]
            if turn is None:
                return None
            steps = tuple((a + b) % n for a, b, n in zip(steps, turn, box, strict=True))
        elif circulates(factor, box):
            others.append(factor)
        else:
            return None
    return steps, others


def turn_of(A: Selection, box: Box) -> Box | None:
    """By how much A turns the box backwards, on every channel alike; None where it does anything else.

    >>> import convalgebra as ca
    >>> turn_of(ca.shift((3, 4, 5), (0, 1, 2)), (4, 5)), turn_of(ca.flip(4), (4,))
    ((3, 3), None)
    """
    rows, cols = A.boxes
    high, wide, first = _channels(rows, box), _channels(cols, box), int(A.index[0])
    if high is None or high != wide or not 0 <= first < prod(box):
        return None
    places = _unravelled(first, box)
    return places if np.array_equal(A.index, _turned(np.arange(high), places, box)) else None


def _boxes(A: Operator) -> Iterator[Box]:
    """All axes, and all but the channels."""
    rows = A.boxes[0]
    yield rows
    if rows[1:]:
        yield rows[1:]


def circulates(A: Operator, box: Box) -> bool:
    """Does A visibly commute with every circular shift of the box?"""
    rows, cols = A.boxes
    high, wide = _channels(rows, box), _channels(cols, box)
    if high is None or wide is None:
        return False
    if isinstance(A, Product | Sum | Scaled):
        return all(circulates(part, box) for part in parts_of(A))
    if isinstance(A, Selection):
        return all(_is_turned(row, box) for row in A.index.reshape(high, -1))
    if isinstance(A, Toeplitz):
        every = all(a.mode == "circular" and a.stride == 1 and a.out == a.size for a in A.axes)
        return every and (prod(A._channels) == 1 or high == A.boxes[0][0])
    return isinstance(A, Circulant) and high == wide == 1


def _channels(b: Box, box: Box) -> int | None:
    """How often the box lies in b: once, or once for each place of the first axis."""
    if b == box or _long(b) == _long(box):
        return 1
    return b[0] if b[1:] == box else None


def _long(box: Box) -> Box:
    return tuple(n for n in box if n > 1) or (1,)


def _is_turned(index: Array, box: Box) -> bool:
    """Does one channel pick the places of another, shifted?"""
    if index[0] < 0:
        return bool((index < 0).all())
    channel, first = divmod(int(index[0]), prod(box))
    return np.array_equal(index, _turned(np.full(1, channel), _unravelled(first, box), box))


def _unravelled(place: int, box: Box) -> Box:
    """np.unravel_index for one place, in Python ints."""
    steps = []
    for n in reversed(box):
        place, step = divmod(place, n)
        steps.append(step)
    return tuple(reversed(steps))


def _turned(places: Array, steps: Box, box: Box) -> Array:
    """The flat places, channel by channel, that lie these steps further round the box."""
    for n, k in zip(box, steps, strict=True):
        places = np.add.outer(places * n, (np.arange(n) + k) % n)
    return places.reshape(-1)
