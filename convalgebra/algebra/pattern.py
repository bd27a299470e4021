"""A structured matrix as a pattern and its weights: entry (i, j) is the sum of the weights of its taps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class Pattern:
    """`A[i, j] = sum of weights[t] over the lines (i, j, t)`; two lines may meet in one entry.

    `rows`, `cols` and `taps` are integer arrays of one length.  With `free` the weights stand for a kernel that may
    take any value, so that what holds for the lines holds for every kernel.

    >>> p = Pattern(np.array([0, 0]), np.array([1, 1]), np.array([0, 1]), np.array([5, 7]))
    >>> p.entries()
    (array([0]), array([1]), array([12]))
    """

    rows: Array
    cols: Array
    taps: Array
    weights: Array
    free: bool = False

    def same_lines(self, other: Pattern) -> bool:
        """Do both consist of the same lines (row, column, tap), in whatever order?"""
        if len(self.rows) != len(other.rows):
            return False
        width = 1 + max(int(p.cols.max(initial=0)) for p in (self, other))
        depth = max(len(p.weights) for p in (self, other))
        mine, theirs = (p._sorted_lines(width, depth) for p in (self, other))
        return all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))

    def _sorted_lines(self, width: int, depth: int) -> tuple[Array, ...]:
        place = self.rows * width + self.cols
        if int(self.rows.max(initial=0) + 1) * width * depth <= rings.INT64_MAX:
            return (np.sort(place * depth + self.taps, kind="stable"),)
        order = np.lexsort((self.taps, place))
        return place[order], self.taps[order]

    def entries(self) -> tuple[Array, Array, Array]:
        """(rows, cols, values) of the entries, in C order, each entry once: lines that meet are added up."""
        rows, cols = self.rows, self.cols
        if not self._sorted():
            order = np.lexsort((cols, rows))
            rows, cols, taps = rows[order], cols[order], self.taps[order]
        else:
            taps = self.taps
        starts = np.flatnonzero(np.append(True, (np.diff(rows) != 0) | (np.diff(cols) != 0))) if len(rows) else rows
        values = self.weights[taps]
        if len(starts) == len(rows):
            return rows, cols, values
        summed = add_runs(values, starts)
        return rows[starts], cols[starts], summed

    def _sorted(self) -> bool:
        ahead = np.diff(self.rows)
        return bool(np.all((ahead > 0) | ((ahead == 0) & (np.diff(self.cols) >= 0))))

    def placed(self, rows: Array, cols: Array, keep: Array | slice = slice(None)) -> Pattern:
        """The kept lines, at other places."""
        return Pattern(rows, cols, self.taps[keep], self.weights, self.free)


def add_runs(values: Array, starts: Array) -> Array:
    """The sums of the runs values[starts[k]:starts[k + 1]], exact for integers and objects.

    >>> add_runs(np.array([1, 2, 3]), np.array([0, 2]))
    array([3, 3])
    """
    if (
        values.dtype.kind == "i"
        and rings.magnitude(values) * int(np.diff(starts, append=len(values)).max()) > rings.INT64_MAX
    ):
        values = rings.objects(values)
    with np.errstate(over="ignore", invalid="ignore"):  # who shows the sums refuses infinite ones
        return np.add.reduceat(rings.objects(values) if values.dtype == object else values, starts, axis=0)


def ranges(first: Array, lengths: Array) -> Array:
    """The numbers first[k], ..., first[k] + lengths[k] - 1 of all ranges, one range after the other.

    >>> ranges(np.array([5, 0, 7]), np.array([2, 0, 3]))
    array([5, 6, 7, 8, 9])
    """
    return np.repeat(first - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())


def dense_pattern(rows: Array, cols: Array, values: Array) -> Pattern:
    """The pattern of plain entries: every entry is a weight of its own."""
    return Pattern(rows, cols, np.arange(len(rows)), values)


def multiply(left: Pattern, right: Pattern, inner: Array) -> Pattern:
    """The product of two patterns; `inner` lists the columns of `left` that the rows of `right` stand for.

    Every entry of the left meets the whole row of the right that it selects; equal places are added up.
    """
    rows, cols, values = left.entries()
    right_rows, right_cols, right_values = right.entries()
    row_starts = np.searchsorted(right_rows, np.append(inner, np.iinfo(np.int64).max))
    first, last = (row_starts[np.searchsorted(inner, cols) + k] for k in (0, 1))
    lengths = last - first
    rings.check_memory(int(lengths.sum()), 48, "the product of two sparse matrices")
    owner, met = np.repeat(np.arange(len(rows)), lengths), ranges(first, lengths)
    a, b = rings.multipliable(values, right_values, max(len(inner), 1))
    with np.errstate(over="ignore", invalid="ignore"):
        products = a[owner] * b[met]
    return dense_pattern(rows[owner], right_cols[met], products)
