"""The explicit matrix of a convolution as CSR arrays, written at the speed of memory.

    A[(o, i), (c, j)] = sum of w[o, c, t] over the taps t with table(t, i) = j

Away from its borders a layer repeats itself: some steps along an axis keep the weights and move the columns by a
constant. So every long axis is cut into pieces `head | block x count | tail`. The *core* is the small layer that has
the head, the block once and the tail; its entries are gathered one by one. The whole layer is the core with every
block repeated, and repeating is copying.

The entries of row (o, i_1 .. i_d) stand in the order (c, u_1 .. u_d), where u_a counts the distinct columns of position
i_a on axis a, ascending. Rows are therefore canonical as written: nothing is sorted but the tables of the core.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.rings import Array
from convalgebra.algebra.runs import UNCUT, Run, Table, places_of, run_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Fill = Callable[[Array, Array, int], None]
Job = Callable[[], None]

SMALL = 1 << 14  # layers below this many entries an output are all core: copying would cost more calls than it saves
BUFFER = 1 << 17  # entries of core and block held at once: they should stay in the cache
ASIDE = 1 << 19  # entries from which a second thread is worth its start
PARTS = 4  # parts of a large layer at least: two threads end together, and seldom wait for each other
ADDED = 1 << 10  # entries that NumPy may buffer in a sum: it copies rows that are shorter than half of its buffer


def csr_arrays(
    weight: Array, tables: Sequence[Table], sizes: Sequence[int], groups: int = 1
) -> tuple[Array, Array, Array]:
    """`A[(o, i), (c, j)] = sum of w[o, c - offset(o), t] over the taps t with table(t, i) = j`, canonical CSR.

    `weight` is (O, I/groups, *k); offset(o) = I/groups * (o // (O/groups)) is the first channel that o reads.
    `tables[a]` is (k_a, out_a) with entries in -1..sizes[a]-1, or the `Axis` that has this table, which is then never
    built whole; -1 marks a tap that reads a padding zero. Rows are
    (o, *i) and columns (c, *j) in C order. Returns `data, indices, indptr` with ascending, distinct columns in every
    row: taps on one place are added up, and a weight that is zero keeps its entry.

    >>> table = np.array([[-1, 0, 1], [0, 1, 2], [1, 2, -1]], dtype=np.int64)  # three taps, padding 1
    >>> data, indices, indptr = csr_arrays(np.array([[[5, 6, 7]]], dtype=np.int64), [table], [3])
    >>> data, indices, indptr
    (array([6, 7, 5, 6, 7, 5, 6]), array([0, 1, 0, 1, 2, 1, 2], dtype=int32), array([0, 2, 5, 7], dtype=int32))
    """
    outputs, inputs = weight.shape[:2]
    axes, bank = _axes(weight, tables, sizes)
    columns, places = _core(axes, inputs, sizes, bank.shape[2:])
    length, box = inputs * prod(axis.full for axis in axes), inputs * prod(sizes)
    index = _index_dtype(max(outputs * length, groups * box))
    starts = _ramp(groups, box, index).repeat(outputs // groups, axis=0)
    core = _Core(bank.reshape(outputs, -1), places, starts, columns.astype(index))
    data, indices = (core.data(), core.indices()) if len(places) == length else _spread_all(core, axes, length)
    return data.reshape(-1), indices.reshape(-1), _indptr(outputs, axes, inputs, index)


def _index_dtype(largest: int) -> np.dtype[Any]:
    return np.dtype(np.int32 if largest <= np.iinfo(np.int32).max else np.int64)


# The axes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Piece:
    """Kept positions of an axis that stand `count` times in a row, each time `step` flat columns further."""

    lengths: tuple[int, ...]  # how many distinct columns each position has
    count: int
    step: int


@dataclass(frozen=True)
class _Axis:
    """The kept positions: row i lists its distinct columns ascending, -1 elsewhere, and the slots of their weights."""

    columns: Array
    slots: Array
    pieces: tuple[_Piece, ...]

    @cached_property
    def core(self) -> int:
        """Entries of the kept positions."""
        return sum(sum(piece.lengths) for piece in self.pieces)

    @cached_property
    def full(self) -> int:
        """Entries of all positions."""
        return sum(sum(piece.lengths) * piece.count for piece in self.pieces)


def _axes(weight: Array, tables: Sequence[Table], sizes: Sequence[int]) -> tuple[list[_Axis], Array]:
    """The axes, and the bank: the weights, followed along each axis by the sums that its merged taps need."""
    width = weight.shape[1] * prod(weight.shape[2:]) * prod(map(places_of, tables))
    small = width < SMALL
    axes = []
    for a, table in enumerate(tables):
        width //= places_of(table)
        run = UNCUT if small else run_of(table).widen(width)
        axis, weight = _axis(weight, a + 2, table, run, prod(sizes[a + 1 :]))
        axes.append(axis)
    return axes, weight


def _axis(weight: Array, place: int, table: Table, run: Run, scale: int) -> tuple[_Axis, Array]:
    kept = run.keep(table).T
    taps = kept.argsort(axis=1, kind="stable")
    columns = np.sort(kept, axis=1)
    live = columns >= 0
    fresh = live.copy()
    fresh[:, 1:] &= columns[:, 1:] != columns[:, :-1]
    weight, slots = _merge(weight, place, taps, live, fresh)
    lengths = fresh.sum(axis=1).tolist()
    pieces = tuple(
        _Piece(tuple(lengths[part]), count, scale * run.step) for part, count in run.parts() if lengths[part]
    )
    return _Axis(np.where(fresh, columns, -1), slots, pieces), weight


def _merge(weight: Array, place: int, taps: Array, live: Array, fresh: Array) -> tuple[Array, Array]:
    """Append the sums of taps that share a column to the weights; slots[i, u] is where entry (i, u) finds its own."""
    members = taps[live]
    starts = np.flatnonzero(fresh[live])
    if len(starts) == len(members):
        return weight, taps
    shares = np.diff(np.concatenate([starts, [len(members)]]))
    shared = shares > 1
    offsets = np.cumsum(shares[shared]) - shares[shared]
    sums = np.add.reduceat(weight.take(members[np.repeat(shared, shares)], place), offsets, place)
    slots = np.zeros_like(taps)
    slots[fresh] = np.where(shared, weight.shape[place] - 1 + np.cumsum(shared), members[starts])
    return np.concatenate([weight, sums], axis=place), slots


# The core ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Core:
    """The core's entries, each a place in the bank, and a column counted from the first one that the output reads."""

    bank: Array
    places: Array
    starts: Array
    columns: Array

    def data(self, some: slice = slice(None)) -> Array:
        """The weights, for some outputs."""
        return self.bank[some].take(self.places, axis=1)

    def indices(self, some: slice = slice(None)) -> Array:
        """The columns, for some outputs."""
        return self.starts[some] + self.columns


def _core(axes: Sequence[_Axis], inputs: int, sizes: Sequence[int], slots: Sequence[int]) -> tuple[Array, Array]:
    """The columns of the core's entries, for one output channel in the matrix's order, and their places in the bank."""
    columns = _ravel([axis.columns for axis in axes], inputs, sizes)
    places = _ravel([axis.slots for axis in axes], inputs, slots)
    fresh = reduce(np.logical_and, _boxed([axis.columns >= 0 for axis in axes]))
    entries = np.flatnonzero(np.broadcast_to(fresh, columns.shape))
    return columns.reshape(-1)[entries], places.reshape(-1)[entries]


def _ravel(parts: Sequence[Array], inputs: int, sizes: Sequence[int]) -> Array:
    """The flat place of (c, parts_1[i_1, u_1] .. parts_d[i_d, u_d]) in the box (inputs, *sizes), over (*i, c, *u)."""
    flat: Array = np.arange(inputs, dtype=np.int64).reshape(-1, *[1] * len(parts))
    for part, size in zip(_boxed(parts), sizes, strict=True):
        flat = flat * size + part
    return flat


def _boxed(parts: Sequence[Array]) -> list[Array]:
    """Each axis's (kept, taps) array with its two axes where (*i, c, *u) has i_a and u_a."""
    rank = len(parts)
    return [part.reshape(*[1] * a, len(part), *[1] * rank, -1, *[1] * (rank - 1 - a)) for a, part in enumerate(parts)]


# From the core to the layer ------------------------------------------------------------------------------------------


def _spread(out: Array, core: Array, axes: Sequence[_Axis], fill: Fill) -> None:
    """Write the entries of all positions of the axes, given those of the kept ones.

    Both arrays are (channels, entries), every channel laid out alike.
    """
    if not _cut(axes):
        out[...] = core
        return
    axis, *rest = axes
    targets = _split(out, [piece.count * sum(piece.lengths) for piece in axis.pieces])
    sources = _split(core, [sum(piece.lengths) for piece in axis.pieces])
    for target, source, piece in zip(targets, sources, axis.pieces, strict=True):
        if piece.count == 1:
            _each(target, source, piece, rest, fill)
        else:
            _repeat(target, source, piece, rest, fill)


def _each(out: Array, core: Array, piece: _Piece, rest: Sequence[_Axis], fill: Fill) -> None:
    """Write the positions of a piece once."""
    if not _cut(rest):
        out[...] = core
        return
    for target, source in zip(_split(out, piece.lengths), _split(core, piece.lengths), strict=True):
        _spread(target, source, rest, fill)


def _repeat(out: Array, core: Array, piece: _Piece, rest: Sequence[_Axis], fill: Fill) -> None:
    """Write the positions of a piece once, aside, and copy them.

    Aside, because NumPy buffers the whole of a copy whose source and target interleave in one array.
    """
    block = core
    if _cut(rest):
        block = np.empty((len(out), out.shape[1] // piece.count), out.dtype)
        _each(block, core, piece, rest, fill)
    fill(out.reshape(len(out), piece.count, block.shape[1]), block, piece.step)


def _split(array: Array, shares: Sequence[int]) -> list[Array]:
    """The columns of the array in consecutive parts proportional to the shares."""
    unit = array.shape[1] // max(1, sum(shares))
    return [array[:, unit * (end - share) : unit * end] for share, end in zip(shares, accumulate(shares), strict=True)]


def _cut(axes: Sequence[_Axis]) -> bool:
    return any(axis.core < axis.full for axis in axes)


def _same(copies: Array, block: Array, _step: int) -> None:
    copies[...] = block[:, None]


def _moved(copies: Array, block: Array, step: int) -> None:
    usual = np.setbufsize(ADDED)
    try:
        np.add(block[:, None], _ramp(copies.shape[1], step, copies.dtype), out=copies)
    finally:
        np.setbufsize(usual)


def _ramp(count: int, step: int, dtype: np.dtype[Any]) -> Array:
    ramp: Array = np.arange(count, dtype=dtype) * dtype.type(step)
    return ramp[:, None]


# The three arrays ----------------------------------------------------------------------------------------------------


def _spread_all(core: _Core, axes: Sequence[_Axis], length: int) -> tuple[Array, Array]:
    """Data and indices of the whole layer; few outputs at a time, to stay in the cache."""
    outputs = len(core.bank)
    data = np.empty((outputs, length), core.bank.dtype)
    indices = np.empty((outputs, length), core.columns.dtype)
    held = len(core.places) + length // max(piece.count for piece in axes[0].pieces)
    some = max(1, min(BUFFER // held, outputs // PARTS))
    parts = [slice(lo, lo + some) for lo in range(0, outputs, some)]
    jobs = [partial(_spread_some, data, core.data, part, axes, _same) for part in parts]
    jobs += [partial(_spread_some, indices, core.indices, part, axes, _moved) for part in parts]
    _both_ends(deque(jobs), aside=data.size >= ASIDE)
    return data, indices


def _spread_some(out: Array, core: Callable[[slice], Array], some: slice, axes: Sequence[_Axis], fill: Fill) -> None:
    _spread(out[some], core(some), axes, fill)


def _both_ends(jobs: deque[Job], *, aside: bool) -> None:
    """Do all jobs: the first ones here and, if wanted, the last ones on a thread aside, until the two meet.

    Copies run side by side, and so does the clearing of fresh pages by the system, which is half of the work.
    """
    if not aside:
        _drain(jobs.popleft)
        return
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(_drain, jobs.pop)
        _drain(jobs.popleft)
        other.result()


def _drain(take: Callable[[], Job]) -> None:
    while True:
        try:
            job = take()
        except IndexError:
            return
        job()


def _indptr(outputs: int, axes: Sequence[_Axis], inputs: int, dtype: np.dtype[Any]) -> Array:
    """A row ends after all the rows of smaller i_1, then those of its i_1 and smaller i_2, and so on."""
    ends = np.array([inputs], dtype)
    for axis in axes:
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        ends = np.multiply.outer(ends - starts, _ends(axis, dtype))
        ends += starts[:, None] * dtype.type(axis.full)
        ends = ends.reshape(-1)
    indptr = np.zeros(outputs * len(ends) + 1, dtype)
    np.add(ends, _ramp(outputs, int(ends[-1]), dtype), out=indptr[1:].reshape(outputs, -1))
    return indptr


def _ends(axis: _Axis, dtype: np.dtype[Any]) -> Array:
    """The running sums of the lengths of all positions."""
    parts, done = [], 0
    for piece in axis.pieces:
        ends = done + np.cumsum(piece.lengths, dtype=dtype)
        parts.append((ends + _ramp(piece.count, sum(piece.lengths), dtype)).reshape(-1))
        done += piece.count * sum(piece.lengths)
    return np.concatenate(parts)
