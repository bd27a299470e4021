"""The part of a matrix that is shown: which rows and columns, what stands there, and the dots between.

An operator is read through `pattern(rows=...)` alone, so a matrix of any size costs what its shown rows cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import groupby, product
from math import prod
from operator import add
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from convalgebra.algebra.cyclotomic import collected
from convalgebra.algebra.fourier import Fourier
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.algebra.semiring import MaxPlus, maximum
from convalgebra.algebra.views import beside_symbols
from convalgebra.display.label import entry_text
from convalgebra.display.taps import Kernel, kernel_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Place = tuple[int, int]
Key = int | str
Indices = np.ndarray[Any, np.dtype[np.int64]]
Places = tuple[Indices, Indices]

GAP = -1  # in a list of shown places: here some are left out
ROOTS = 64  # a Fourier matrix of more rows is shown in floats
SEARCH = 4_096  # rows read of each row of blocks without a kernel
RUN = 6  # neighbouring rows read three times of each row of blocks with one: more than strides have phases


class Name(str):
    """What stands for a weight that has no value, or for a sum of such."""

    __slots__ = ()

    def __add__(self, other: str) -> Name:
        return Name(f"{self:s} + {other:s}")


@dataclass(frozen=True)
class Entry:
    """What stands at one place: the keys of the weights that add up there, and their sum."""

    keys: tuple[Key, ...]
    value: Any = None


Entries = dict[Place, Entry]


class Source(Protocol):
    """Something with a shape and entries; `kernel` is what integer keys count, if there is one."""

    @property
    def shape(self) -> Place: ...
    @property
    def kernel(self) -> Kernel | None: ...
    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries: ...


@dataclass(frozen=True, eq=False)
class Taps:
    """The entries of a structured operator; the keys at (i, j) are the taps that meet there, and `join` adds them."""

    op: Any
    join: Callable[[Any, Any], Any] = add

    @property
    def shape(self) -> Place:
        return shape_of(self.op)

    @cached_property
    def kernel(self) -> Kernel | None:
        return kernel_of(self.op)

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        pattern = self.op.pattern(rows=_places(rows))
        weight = self._name if pattern.weights.dtype.kind == "V" else lambda tap: _item(pattern.weights[tap])
        lines = _lines(pattern.rows, pattern.cols, pattern.taps, cols)
        return {place: Entry(taps, together(reduce(self.join, map(weight, taps)))) for place, taps in lines}

    def filled(self, rows: Sequence[int]) -> Places:
        """(row, column) of every entry in these rows."""
        pattern = self.op.pattern(rows=_places(rows))
        return pattern.rows, pattern.cols

    def _name(self, tap: int) -> Name:
        return Name(f"w_{{{self.kernel.index(tap) if self.kernel else tap}}}")


@dataclass(frozen=True, eq=False)
class Values:
    """The entries of an operator without a kernel; the key of an entry is its value, as text."""

    op: Any
    kernel: Kernel | None = None

    @property
    def shape(self) -> Place:
        return shape_of(self.op)

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        found = Taps(self.op).entries(rows, cols)
        named = {place: Entry((key_of(entry.value),), entry.value) for place, entry in found.items()}
        return {place: entry for place, entry in named.items() if entry.keys != ("0",)}

    def filled(self, rows: Sequence[int]) -> Places:
        """(row, column) of every entry in these rows that is not zero, while they are few."""
        pattern = self.op.pattern(rows=_places(rows))
        if len(pattern.taps) > SEARCH:
            return _places(()), _places(())
        found = self.entries(rows, np.unique(pattern.cols).tolist())
        return _places(row for row, _ in found), _places(col for _, col in found)


@dataclass(frozen=True, eq=False)
class Constants(Values):
    """The entries of a matrix over (max, +) without a kernel."""

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        found = Taps(self.op, larger).entries(rows, cols)
        return {place: Entry((key_of(entry.value),), entry.value) for place, entry in found.items()}


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of an operator that are not zero; their keys are the kernel rows in them, or 0 without a kernel."""

    op: Any

    @cached_property
    def size(self) -> Place:
        """The shape of a block."""
        rows, cols = self.op.boxes
        return rows[-1], cols[-1]

    @property
    def boxes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The boxes of which the blocks are the places."""
        rows, cols = self.op.boxes
        return rows[:-1], cols[:-1]

    @property
    def shape(self) -> Place:
        rows, cols = self.boxes
        return prod(rows), prod(cols)

    @cached_property
    def inner(self) -> Kernel | None:
        """The kernel of the operator."""
        return kernel_of(self.op)

    @property
    def kernel(self) -> Kernel | None:
        return self.inner.outer if self.inner else None

    def entries(self, rows: Sequence[int], cols: Sequence[int]) -> Entries:
        tall, wide = self.size
        pattern = self.op.pattern(rows=(_places(rows)[:, None] * tall + self._inside()).reshape(-1))
        kinds = pattern.taps // self.inner.shape[-1] if self.inner else np.zeros_like(pattern.taps)
        lines = _lines(pattern.rows // tall, pattern.cols // wide, kinds, cols)
        return {place: Entry(keys) for place, keys in lines}

    def filled(self, rows: Sequence[int]) -> Places:
        """(row, column) of every block in these rows, one for each entry found in it."""
        tall, wide = self.size
        inside = self._inside()
        some = (
            np.concatenate([inside[:1], inside[RUN : 2 * RUN], inside[-1:]])
            if self.inner
            else inside[:: max(tall // 8, 1)]
        )
        pattern = self.op.pattern(rows=(_places(rows)[:, None] * tall + some).reshape(-1))
        return pattern.rows // tall, pattern.cols // wide

    def _inside(self) -> Indices:
        """The rows of a block that are read: all that may differ, with a kernel those at its ends and in the middle."""
        tall = self.size[0]
        if self.inner is None or tall <= 3 * RUN:
            return np.unique(np.linspace(0, tall - 1, min(tall, SEARCH)).astype(np.int64))
        return (np.array([[0], [tall // 2], [tall - RUN]], dtype=np.int64) + np.arange(RUN)).reshape(-1)


def larger(left: Any, right: Any) -> Any:
    """The larger of two entries."""
    return maximum(*(np.array([value], dtype=object) for value in (left, right)))[0]


def source_of(op: Any) -> Source:
    """The entries of an operator by tap where it has a kernel, else by value; over (max, +), zeros are entries too."""
    if kernel_of(op) is None:
        return valued(op)
    return Taps(op, larger) if isinstance(op, MaxPlus) else Taps(op)


def valued(op: Any) -> Source:
    """The entries of an operator by value, exact as far as they are known."""
    return Constants(op) if isinstance(op, MaxPlus) else Values(_exactly(op))


def key_of(value: Any) -> str:
    """The text of a value, which tells it apart from others also where digits are left out."""
    text = entry_text(value)
    return f"{text} {hash(value)}" if "…" in text else text


def _exactly(op: Any) -> Any:
    """The operator with roots of unity in place of floats, beside symbols and in a small Fourier matrix."""
    if max(op.shape) > SEARCH:
        return op
    fourier = {type(A) for A in getattr(op, "factors", (op,))} == {Fourier} and max(op.shape) <= ROOTS
    return op._exactly() if fourier else beside_symbols(op)


def together(value: Any) -> Any:
    """The entry with like roots of unity together."""
    return collected(value) if isinstance(value, Polynomial) else value


def shape_of(op: Any) -> Place:
    """(rows, columns)."""
    rows, cols = op.shape
    return rows, cols


def _places(rows: Iterable[int]) -> Indices:
    return np.array([*rows], dtype=np.int64)


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _lines(rows: Any, cols: Any, taps: Any, wanted: Sequence[int]) -> list[tuple[Place, tuple[int, ...]]]:
    """The taps of each place in the wanted columns, without repetition, in order."""
    kept = _among(cols, _places(wanted))
    found = np.stack([rows[kept], cols[kept], taps[kept]])
    found = found[:, np.lexsort(found[::-1])]
    first = np.any(np.diff(found, axis=1, prepend=-1), axis=0)
    ordered = found[:, first].T.tolist()
    return [((i, j), tuple(tap for *_, tap in group)) for (i, j), group in groupby(ordered, key=lambda line: line[:2])]


def _among(values: Indices, wanted: Indices) -> Any:
    """Which values are wanted; by a table, several times faster than `np.isin`, unless it would be large."""
    top = int(values.max(initial=0))
    if top > 4 * len(values) + SEARCH:
        return np.isin(values, wanted)
    table = np.zeros(top + 1, dtype=np.bool_)
    table[wanted[wanted <= top]] = True
    return table[values]


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
    """Rows and columns in the order shown, GAP where some are left out, and the entries at the places read."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    entries: Mapping[Place, Entry]

    def at(self, p: int, q: int) -> Entry | None:
        """The entry at shown row p, shown column q; None for a zero."""
        return self.entries.get((self.rows[p], self.cols[q]))

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of the box around the entries."""
        ys, xs = zip(*self.entries, strict=True)
        return min(ys), min(xs), max(ys), max(xs)

    def is_gap(self, p: int, q: int) -> bool:
        """Do dots stand at shown row p, shown column q?"""
        return GAP in (self.rows[p], self.cols[q])

    def dots(self, p: int, q: int) -> tuple[str, tuple[Key, ...]]:
        """The dots for a gap: `⋱` and the keys of the band that goes on through it, else `⋮` or `⋯` and no keys.

        A band goes on where the hidden entry next to a shown one has the same keys as one beside it on the diagonal.
        """
        if self.rows[p] == GAP and self.cols[q] == GAP:
            first = self._keys(self.rows[p - 1] + 1, self.cols[q - 1] + 1)
            return "⋱", first if first == self._keys(self.rows[p + 1] - 1, self.cols[q + 1] - 1) else ()
        if self.rows[p] == GAP:
            edges = [(self.rows[p - 1] + 1, self.cols[q], -1), (self.rows[p + 1] - 1, self.cols[q], 1)]
        else:
            edges = [(self.rows[p], self.cols[q - 1] + 1, -1), (self.rows[p], self.cols[q + 1] - 1, 1)]
        band = next((keys for edge in edges if (keys := self._band(*edge))), ())
        return ("⋱", band) if band else ("⋮" if self.rows[p] == GAP else "⋯", ())

    def goes_on(self, p: int, q: int) -> bool:
        """Is an entry hidden in the gap at shown row p, shown column q, next to what is shown?"""
        rows = [self.rows[p]] if self.rows[p] != GAP else [self.rows[p - 1] + 1, self.rows[p + 1] - 1]
        cols = [self.cols[q]] if self.cols[q] != GAP else [self.cols[q - 1] + 1, self.cols[q + 1] - 1]
        return any((row, col) in self.entries for row, col in product(rows, cols))

    def _keys(self, row: int, col: int) -> tuple[Key, ...]:
        entry = self.entries.get((row, col))
        return entry.keys if entry else ()

    def _band(self, row: int, col: int, step: int) -> tuple[Key, ...]:
        here = self._keys(row, col)
        return here if here in (self._keys(row + step, col + step), self._keys(row - step, col - step)) else ()


def excerpt(source: Source, rows: tuple[int, ...], cols: tuple[int, ...]) -> Excerpt:
    """The shown part of a source, together with the hidden neighbours that decide the dots."""
    seen = source.entries(_read(rows, source.shape[0]), _read(cols, source.shape[1]))
    return Excerpt(rows, cols, seen)


def hidden(part: Excerpt, source: Any) -> set[Place]:
    """The gaps (p, q) in which something stands, in shown rows, shown columns or the middle of other gaps."""
    if GAP not in (*part.rows, *part.cols):
        return set()
    turned = replace(source, op=source.op.T)
    return _met(source, part.rows, part.cols) | {(p, q) for q, p in _met(turned, part.cols, part.rows)}


def _met(source: Any, rows: Sequence[int], cols: Sequence[int]) -> set[Place]:
    """(p, q) where shown row p, or the middle row of gap p, has an entry in the columns of gap q."""
    read = [(rows[p - 1] + rows[p + 1]) // 2 if row == GAP else row for p, row in enumerate(rows)]
    at, found = source.filled(read)
    places = np.searchsorted(read, at)
    spans = [(q, (found > cols[q - 1]) & (found < cols[q + 1])) for q, col in enumerate(cols) if col == GAP]
    return {(p, q) for q, inside in spans for p in np.flatnonzero(np.bincount(places[inside])).tolist()}


def shown_in(box: Sequence[int], limit: int, must: Iterable[int] = ()) -> tuple[int, ...]:
    """The places shown of a box: both ends of every axis, so that each channel shows where its bands begin and end.

    >>> shown_in((1, 100), 6), shown_in((2, 100), 6)
    ((0, 1, 2, -1, 98, 99), (0, 1, -1, 98, 99, 100, 101, -1, 198, 199))
    """
    levels = [n for n in box if n > 1] or [1]
    if len(levels) == 1:
        return shown(levels[0], limit, must=must)
    whole = 3 if len(levels) == 2 else 2  # channels up to so many are all shown
    kept: list[Iterable[int]] = [range(n) if n <= whole else (0, n - 1) for n in levels[:-1]]
    kept.append(sorted({0, 1, levels[-1] - 2, levels[-1] - 1}))
    places = (int(np.ravel_multi_index(index, levels)) for index in product(*kept))
    return _with_gaps({*places, *must})


def cut(op: Any, limit: int | None) -> Excerpt:
    """At most about `limit` rows and columns of an operator, ending between blocks where whole ones fit."""
    (m, n), (rows, cols), source = shape_of(op), op.boxes, source_of(op)
    return excerpt(source, shown(m, limit, rows[-1]), shown(n, limit, cols[-1]))


def _read(places: tuple[int, ...], size: int) -> list[int]:
    kept = {p for p in places if p != GAP}
    if GAP in places:
        kept |= {q for p in kept for q in range(p - 2, p + 3) if 0 <= q < size}
    return sorted(kept)
