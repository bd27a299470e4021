"""The part of a matrix that is shown: which rows and columns, what stands there, and the dots between.

An operator is read through `pattern(rows=...)` alone, so a matrix of any size costs what its shown rows cost.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Place = tuple[int, int]
Taps = tuple[int, ...]
Entries = dict[Place, Taps]

GAP = -1  # in a list of shown places: here some are left out
SAMPLE = 64  # rows read of each row of blocks


class Source(Protocol):
    """Something with a shape, taps at its places, and the shape of its weights."""

    @property
    def shape(self) -> Place: ...
    @property
    def weight_shape(self) -> tuple[int, ...]: ...
    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries: ...


@dataclass(frozen=True, eq=False)
class Cells:
    """The entries of an operator: its key at (i, j) is the tuple of taps that add up there."""

    op: Any

    @property
    def shape(self) -> Place:
        rows, cols = self.op.shape
        return rows, cols

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return weight_shape(self.op)

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        pattern = self.op.pattern(rows=_places(rows))
        return _collect(pattern.rows, pattern.cols, pattern.taps, cols)


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of an operator: the key of block (I, J) names the kernel rows whose weights stand in it."""

    op: Any

    @property
    def size(self) -> Place:
        rows, cols = self.op.boxes
        return rows[-1], cols[-1]

    @property
    def shape(self) -> Place:
        rows, cols = self.op.boxes
        return prod(rows[:-1]), prod(cols[:-1])

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return weight_shape(self.op)[:-1]

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        tall, wide = self.size
        inside = np.unique(np.linspace(0, tall - 1, min(tall, SAMPLE)).astype(np.int64))
        pattern = self.op.pattern(rows=(_places(rows)[:, None] * tall + inside).reshape(-1))
        return _collect(pattern.rows // tall, pattern.cols // wide, pattern.taps // weight_shape(self.op)[-1], cols)


def weight_shape(op: Any) -> tuple[int, ...]:
    """The shape of the weights that the taps of an operator index in C order."""
    return tuple(op.weight_shape)


def _places(rows: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([*rows], dtype=np.int64)


def _collect(rows: Any, cols: Any, taps: Any, wanted: Sequence[int]) -> Entries:
    lines = np.stack([rows, cols, taps])[:, np.isin(cols, _places(wanted))]
    found: defaultdict[Place, list[int]] = defaultdict(list)
    for row, col, tap in np.unique(lines, axis=1).T.tolist():
        found[row, col].append(tap)
    return {place: tuple(keys) for place, keys in found.items()}


def shown(size: int, limit: int | None, block: int = 1, must: Iterable[int] = ()) -> tuple[int, ...]:
    """The places shown of 0..size-1: all, or the first and last ones with GAP between; `must` are always shown.

    The ends are cut between blocks of `block` places where a whole block fits.

    >>> shown(100, 6), shown(5, 6), shown(100, 6, must=[50])
    ((0, 1, 2, -1, 98, 99), (0, 1, 2, 3, 4), (0, 1, 2, -1, 50, -1, 98, 99))
    """
    if limit is None or size <= limit:
        return tuple(range(size))
    tail = _whole(max((limit - 1) // 3 + (limit < 8), 1), block)
    head = _whole(limit - 1 - tail, block)
    return _with_gaps({*range(head), *must, *range(size - tail, size)})


def _whole(count: int, block: int) -> int:
    return count - count % block if count >= block else count


def _with_gaps(places: set[int]) -> tuple[int, ...]:
    result: list[int] = []
    for place in sorted(places):
        if result and place - result[-1] == 2:
            result.append(place - 1)
        elif result and place - result[-1] > 1:
            result.append(GAP)
        result.append(place)
    return tuple(result)


@dataclass(frozen=True, eq=False)
class Excerpt:
    """Rows and columns in the order shown, GAP where some are left out, and the taps at the places read."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    entries: Mapping[Place, Taps]

    def taps(self, p: int, q: int) -> Taps:
        """The taps at shown row p, shown column q; none for a zero."""
        return self.entries.get((self.rows[p], self.cols[q]), ())

    def is_gap(self, p: int, q: int) -> bool:
        """Do dots stand at shown row p, shown column q?"""
        return GAP in (self.rows[p], self.cols[q])

    def dots(self, p: int, q: int) -> tuple[str, Taps]:
        """The dots for a gap: `⋱` with the taps of the band that goes on through it, else `⋮` or `⋯` and no taps.

        A band goes on where the hidden entry next to a shown one has the same taps one step down the diagonal.
        """
        if self.rows[p] == GAP and self.cols[q] == GAP:
            first = self.entries.get((self.rows[p - 1] + 1, self.cols[q - 1] + 1), ())
            last = self.entries.get((self.rows[p + 1] - 1, self.cols[q + 1] - 1), ())
            return "⋱", first if first == last else ()
        if self.rows[p] == GAP:
            edges = [(self.rows[p - 1] + 1, self.cols[q], -1), (self.rows[p + 1] - 1, self.cols[q], 1)]
        else:
            edges = [(self.rows[p], self.cols[q - 1] + 1, -1), (self.rows[p], self.cols[q + 1] - 1, 1)]
        band = next((band for edge in edges if (band := self._band(*edge))), ())
        return ("⋱", band) if band else ("⋮" if self.rows[p] == GAP else "⋯", ())

    def _band(self, row: int, col: int, step: int) -> Taps:
        here = self.entries.get((row, col), ())
        return here if here and here == self.entries.get((row + step, col + step)) else ()


def excerpt(source: Source, rows: tuple[int, ...], cols: tuple[int, ...]) -> Excerpt:
    """The shown part of a source, together with the hidden neighbours that decide the dots."""
    seen = source.entries(_read(rows, source.shape[0]), _read(cols, source.shape[1]))
    return Excerpt(rows, cols, seen)


def _read(places: tuple[int, ...], size: int) -> list[int]:
    kept = {p for p in places if p != GAP}
    if GAP in places:
        kept |= {q for p in kept for q in (p - 1, p + 1) if 0 <= q < size}
    return sorted(kept)
