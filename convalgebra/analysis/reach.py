"""Which place of the input each output of a network reads through each tap: its tap tables, multiplied.

One axis at a time.  The network equals its candidate for every kernel where the table of the candidate holds the same
place, or the same padding zero, for every way through the layers; a finite number of sizes then stands for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import Axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.leaves import Node
    from convalgebra.analysis.single import Single

BOTH = -2  # two ways with one tap read different places
WORK, FEW = 2**26, 9  # beyond so many entries of tables to look at, look at a few sizes and ask for one


@dataclass(frozen=True, eq=False)
class Reach:
    """`reads[q, i]`: the place of the input that output i reads through every way of offset `offsets[q]`, -1 a zero.

    One layer would read `stride*i + offset` of the input with rate - 1 zeros after every place.  `lost` marks outputs
    that miss a part of an earlier bias.
    """

    offsets: Array
    reads: Array
    stride: int
    rate: int
    lost: Array
    biased: bool = False

    def unlike(self, size: int, mode: str) -> Array:
        """The outputs that read anything but what one layer reads on this many places."""
        places = np.arange(self.reads.shape[1])
        told = _filled(Axis(self.rate * size, 1, self.stride, mode=mode).read(self.offsets[:, None], places), self.rate)
        unlike: Array = (self.reads != told).any(axis=0) | self.lost
        return unlike


def reach(node: Node, axis: int, size: int) -> Reach | None:
    """The reach of the network on one axis of this size; None where a window doesn't fit."""
    places = np.arange(size)
    return _through(node, axis, Reach(np.zeros(1, dtype=np.int64), places[None], 1, 1, np.zeros(size, dtype=bool)))


def _through(node: Node, axis: int, before: Reach | None) -> Reach | None:
    if before is None:
        return None
    if not node.parts:
        return _onward(node, axis, before)
    if not node.fork:
        for part in node.parts:
            before = _through(part, axis, before)
        return before
    branches = [_through(part, axis, before) for part in node.parts]
    return _union([b for b in branches if b is not None]) if None not in branches else None


def _onward(node: Node, axis: int, before: Reach) -> Reach | None:
    """One layer further: its table picks columns of the table before, offsets add up."""
    pace, size = node.single.paces[axis], before.reads.shape[1]
    taps, out = node.used[axis], pace.out(size)
    if out < 1:
        return None
    rings.check_memory(len(taps) * before.offsets.size * out, 16, "the tap table of the network")
    steps = pace.dilation * taps - pace.lo
    places = np.arange(out)
    told = Axis(pace.rate * size, 1, pace.stride, mode=node.single.mode).read(steps[:, None], places)
    table = _filled(told, pace.rate)
    reads = np.where(table[:, None] >= 0, before.reads[:, table].swapaxes(0, 1), -1)
    offsets = before.stride * steps[:, None] + pace.rate * before.offsets
    beyond = (told < 0) & ((pace.stride * places + steps[:, None]) % pace.rate == 0)
    lost = np.asarray(before.lost[table].any(axis=0, where=table >= 0) | (before.biased & beyond.any(axis=0)))
    if node.uneven is not None:
        lost = lost | node.uneven[axis]
    if before.biased and not node.flat:
        lost = np.ones_like(lost)
    found, merged = _merged(offsets.reshape(-1), reads.reshape(-1, out))
    biased = before.biased or node.single.biased
    return _reduced(Reach(found, merged, before.stride * pace.stride, before.rate * pace.rate, lost, biased))


def _filled(told: Array, rate: int) -> Array:
    """The places of the signal itself; -1 between them."""
    return np.where((told >= 0) & (told % rate == 0), told // rate, -1)


def _merged(offsets: Array, reads: Array) -> tuple[Array, Array]:
    """Each offset once; what its ways read, where they agree."""
    order = np.argsort(offsets, kind="stable")
    offsets, reads = offsets[order], reads[order]
    once, starts = np.unique(offsets, return_index=True)
    low, high = (rule.reduceat(reads, starts, axis=0) for rule in (np.minimum, np.maximum))
    return once, np.where(low == high, low, BOTH)


def _reduced(found: Reach) -> Reach:
    """Without the common factors of rate and stride: one layer meets only inserted zeros at the offsets between."""
    g = gcd(found.rate, found.stride)
    kept = found.offsets % g == 0
    lost = found.lost | (found.reads[~kept] != -1).any(axis=0)
    return Reach(found.offsets[kept] // g, found.reads[kept], found.stride // g, found.rate // g, lost, found.biased)


def _union(branches: Sequence[Reach]) -> Reach:
    offsets, reads = _merged(np.concatenate([b.offsets for b in branches]), np.concatenate([b.reads for b in branches]))
    lost = np.logical_or.reduce([b.lost for b in branches])
    return Reach(offsets, reads, branches[0].stride, branches[0].rate, lost, any(b.biased for b in branches))


def suspects(node: Node, single: Single, sizes: Sequence[int]) -> list[Array]:
    """On each axis, the outputs where the network and the candidate may differ for some kernel or bias."""
    found = []
    for axis, size in enumerate(sizes):
        table = reach(node, axis, size)
        found.append(table.unlike(size, single.mode) if table is not None else np.zeros(0, dtype=bool))
    return found


def failing_size(node: Node, single: Single, axis: int) -> int | None:
    """The smallest size on which network and candidate differ on this axis; None where they never do, -1 if untold.

    Beyond `limit` sizes nothing new happens: what an output reads depends on how far it is from the nearer end, and
    the far end repeats with the stride.
    """
    if not any(reads_beyond(leaf.single, axis) for leaf in node.leaves[1:]) and not node.fork:
        return None
    if all(_turns(leaf.single, axis) for leaf in node.leaves):
        return None
    limit = _limit(node, single, axis)
    if limit**2 * single.taps[axis] * len(node.leaves) > WORK:
        return _failing_among(node, single, axis, range(1, FEW)) or -1
    return _failing_among(node, single, axis, range(1, limit))


def _failing_among(node: Node, single: Single, axis: int, sizes: Sequence[int]) -> int | None:
    for size in sizes:
        table = reach(node, axis, size)
        if table is not None and (
            single.paces[axis].out(size) != table.reads.shape[1] or table.unlike(size, single.mode).any()
        ):
            return size
    return None


def reads_beyond(single: Single, axis: int) -> bool:
    """Does the layer read padding, or zeros between places, on this axis?"""
    pace = single.paces[axis]
    return pace.lo > 0 or pace.hi(single.taps[axis]) > 0 or pace.rate > 1


def _turns(single: Single, axis: int) -> bool:
    """Does the layer keep a circle of places as it is?"""
    pace = single.paces[axis]
    return single.mode == "circular" and (pace.stride, pace.rate, pace.end) == (1, 1, -1)


def _limit(node: Node, single: Single, axis: int) -> int:
    """More places than all windows and paddings together span, twice, and one period of the stride."""
    stride, span = 1, 0
    for leaf in node.leaves:
        pace = leaf.single.paces[axis]
        span += stride * (pace.dilation * leaf.single.taps[axis] + abs(pace.lo) + abs(pace.end) + pace.stride)
        stride *= pace.stride
    return 2 * span + 2 * single.paces[axis].stride + 1
