"""The rows on which `A S = S' A` fails, for a layer's matrix between two ways to move the places of every channel.

`A = sum of w[t] E_t` and both sides place the same taps, so that all is said by two tables of one channel:

    (A S)[i] reads S(table(t, i))        (S' A)[i] reads table(t, S'(i))

Where they differ, the taps that meet in one place form a vector e of integers, few different ones altogether, and the
row (o, i) differs exactly where `sum over t of e[t] w[o, c, t]` is not zero for an e of its place and a channel c.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.selection import Selection
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.analysis.compose import differing

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST_TAPS = 2**22  # lines times taps that are looked at together


def differing_rows(A: Operator, before: Operator, after: Operator) -> Array:
    """The rows, ascending, in which `A @ before` and `after @ A` are not known to be equal.

    >>> import convalgebra as ca
    >>> A, S = ca.Conv([[[1, 2, 3]]], padding=1).matrix((1, 6)), ca.shift((1, 6), (0, 1))
    >>> differing_rows(A, S, S)
    array([0, 1, 5])
    """
    if isinstance(A, Toeplitz):
        depth = A._channels if A.channels else (1, 1)
        moves = [_of_one_channel(S, c) for S, c in zip((before, after), depth[::-1], strict=True)]
        if moves[0] is not None and moves[1] is not None:
            return _rows(A, moves[0], moves[1])
    return np.unique(differing(A @ before - after @ A)[0])


def _of_one_channel(S: Operator, channels: int) -> Array | None:
    """Where the places of one channel come from, if those of all channels come from there alike."""
    if not isinstance(S, Selection) or S.shape[0] != S.shape[1]:
        return None
    index = S.index.reshape(channels, -1)
    alike = index - np.arange(channels)[:, None] * index.shape[1]
    inside = (alike[0] >= 0) & (alike[0] < index.shape[1])
    return alike[0] if inside.all() and (alike == alike[0]).all() else None


def _rows(A: Toeplitz, before: Array, after: Array) -> Array:
    taps = prod(a.taps for a in A.axes)
    places = np.arange(prod(a.out for a in A.axes))
    wrong = np.zeros((A.weight.shape[0], len(places)), dtype=bool)
    step = max(1, MOST_TAPS // taps**2)
    for start in range(0, len(places), step):
        part = places[start : start + step]
        reads = A._reads(part, np.arange(taps))
        here, there = np.where(reads < 0, -1, before[reads]), A._reads(after[part], np.arange(taps))
        open_ones = np.flatnonzero((here != there).any(axis=1))
        if len(open_ones):
            where, which, vectors = _meeting(here[open_ones], there[open_ones], len(before))
            alive = _alive(A.weight.reshape(*A.weight.shape[:2], -1), vectors)
            outs, lines = np.nonzero(alive[:, which])
            wrong[outs, part[open_ones[where[lines]]]] = True
    return np.flatnonzero(wrong)


def _meeting(here: Array, there: Array, width: int) -> tuple[Array, Array, Array]:
    """For each (place, column) in which taps meet the place and the number of its vector, and the different vectors."""
    count, taps = here.shape
    both = np.stack([here, there], axis=1)
    kept = both >= 0
    keys, line = np.unique((np.arange(count)[:, None, None] * width + both)[kept], return_inverse=True)
    vectors = np.zeros((len(keys), taps), dtype=np.int64)
    signs = np.broadcast_to(np.array([1, -1], dtype=np.int64)[:, None], both.shape)[kept]
    np.add.at(vectors, (line, np.broadcast_to(np.arange(taps), both.shape)[kept]), signs)
    left = vectors.any(axis=1)
    different, which = np.unique(vectors[left], axis=0, return_inverse=True)
    return keys[left] // width, which.reshape(-1), different


def _alive(weight: Array, vectors: Array) -> Array:
    """(o, v): is `sum over t of vectors[v, t] weight[o, c, t]` not known to be zero for a channel c?"""
    w, e = rings.multipliable(weight, vectors, vectors.shape[1])
    alive = np.zeros((len(w), len(e)), dtype=bool)
    for number, vector in enumerate(e):
        used = np.flatnonzero(vector)
        values = (w[:, :, used] * vector[used]).sum(axis=2)
        open_ones = rings.nonzero(values)
        if rings.is_symbolic(values):
            open_ones[open_ones] = [rings.is_zero(v) is not True for v in values[open_ones]]
        alive[:, number] = open_ones.any(axis=1)
    return alive
