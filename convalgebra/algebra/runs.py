"""Where a tap table repeats itself: away from its borders, some steps along an axis move the columns by a constant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.rings import Array

Table = Array | Axis

BLOCK = 1 << 11  # entries a block should have, so that each of its copies is one long move
WINDOW = 32  # positions in which a block is looked for
STRIP = 1 << 15  # positions compared at once: they should stay in the cache


@dataclass(frozen=True)
class Run:
    """From position `start` on, `count` blocks of `period` positions, each the one before moved by `step` columns."""

    start: int
    period: int
    count: int
    step: int

    def widen(self, entries: int) -> Run:
        """The run in blocks of at least BLOCK entries, at `entries` a position; what is left over joins the tail."""
        times = -(-BLOCK // max(1, self.period * entries))
        wide = Run(self.start, self.period * times, self.count // times, self.step * times)
        return wide if wide.count > 1 else UNCUT

    def keep(self, table: Table) -> Array:
        """The table of the head, the block once, and the tail."""
        once, tail = self.start + self.period, self.start + self.period * self.count
        places = np.concatenate([np.arange(once), np.arange(tail, places_of(table))])
        return table.columns(places) if isinstance(table, Axis) else table[:, places]

    def parts(self) -> list[tuple[slice, int]]:
        """Head, block and tail as slices of the kept positions, and how often each of them stands."""
        once = self.start + self.period
        return [(slice(0, self.start), 1), (slice(self.start, once), self.count), (slice(once, None), 1)]


UNCUT = Run(0, 0, 1, 0)


def places_of(table: Table) -> int:
    """The number of positions."""
    return table.out if isinstance(table, Axis) else int(table.shape[1])


def run_of(table: Table) -> Run:
    """The longest run about the middle: known for an `Axis`, found in a table.

    >>> run_of(Axis(100, 3, lo=1, hi=1))
    Run(start=1, period=1, count=98, step=1)
    """
    return _known_run(table) if isinstance(table, Axis) else _found_run(table)


def _known_run(axis: Axis) -> Run:
    """The windows that lie wholly inside the signal."""
    first, last = axis.interior
    return Run(first, 1, last - first, axis.stride) if last - first > 1 else UNCUT


def _found_run(table: Array) -> Run:
    """The run through the middle of the axis, with the shortest period seen from there."""
    middle = table.shape[1] // 2
    sight = table[:, middle : middle + WINDOW]
    first = int((sight >= 0).any(axis=0).argmax())
    here, later = sight[:, first : first + 1], sight[:, first + 1 :]
    live = here >= 0
    steps = (later - here).max(axis=0, initial=-1, where=live)
    fits = (steps >= 0) & (later - here == steps * live).all(axis=0)
    if not fits.any():
        return UNCUT
    period = int(fits.argmax()) + 1
    return _extend(table, middle + first, period, int(steps[period - 1]))


def _extend(table: Array, place: int, period: int, step: int) -> Run:
    """The longest run of blocks about the one at `place`, every column compared.

    A tap that steps down below column 0 would meet the -1 of the padding by accident: the run starts above it.
    """
    block = table[:, place : place + period]
    live = block >= 0
    before = min(place // period, int(block[live].min()) // step if step else place)
    start = place - before * period
    breaks = _breaks(table[:, start:], period, live * step)
    turn = int(np.searchsorted(breaks, before))
    low = int(breaks[turn - 1]) + 1 if turn else 0
    high = int(breaks[turn]) if turn < len(breaks) else (table.shape[1] - start) // period - 1
    return Run(start + low * period, period, high - low + 1, step)


def _breaks(table: Array, period: int, moves: Array) -> Array:
    """The blocks that are not followed by themselves, moved."""
    last, strip = (table.shape[1] // period - 1) * period, STRIP // period * period
    moves = moves if period == 1 else np.tile(moves, min(strip, last) // period)
    same = np.ones(last, np.bool_)
    for row, move in zip(table, moves, strict=True):
        for lo in range(0, last, strip):
            hi = min(lo + strip, last)
            same[lo:hi] &= row[lo + period : hi + period] - row[lo:hi] == move[: hi - lo]
    return np.flatnonzero(~same) // period
