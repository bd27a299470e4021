"""0/1 matrices with at most one 1 a row: shift, pad, crop, stride, flip, permute are one class.

Every one of them is an index vector, `(A x)[i] = x[index[i]]`, with -1 for a row of zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import boundary, box_of, grid_index, integer, mode_of, per_axis, widths
from convalgebra.algebra.operator import Operator, product_rule
from convalgebra.algebra.pattern import Pattern
from convalgebra.algebra.protocol import for_all_sizes
from convalgebra.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box, Size, Width
    from convalgebra.algebra.rings import Array

_ONE = np.ones(1, dtype=np.int64)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Selection(Operator):
    """`(A x)[i] = x[index[i]]`, zero where index[i] = -1."""

    index: Array
    _boxes: tuple[Box, Box]

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self._boxes

    def pattern(self, rows: Array | None = None) -> Pattern:
        places = np.arange(len(self.index)) if rows is None else np.asarray(rows)
        cols = self.index[places]
        kept = cols >= 0
        return Pattern(places[kept], cols[kept], np.zeros(int(kept.sum()), dtype=np.int64), _ONE)

    @property
    def _weights(self) -> Array:
        return _ONE

    def _apply(self, x: Array) -> Array:
        chosen = x[self.index]
        chosen[self.index < 0] = 0
        return chosen

    def _adjoint(self, conjugate: bool) -> Operator:  # noqa: ARG002  # entries are 0 and 1
        rows = np.flatnonzero(self.index >= 0)
        places, turned = self.index[rows], np.full(self.shape[1], -1, dtype=np.int64)
        turned[places] = rows
        if not np.array_equal(turned[places], rows):  # a place is read twice
            return super()._adjoint(conjugate=False)
        return Selection(turned, self.boxes[::-1])


@product_rule(Selection, Selection)
def selections_compose(left: Selection, right: Selection) -> Operator:
    """Picking from what was picked is picking: index[i] = right[left[i]]."""
    index = np.where(left.index < 0, -1, right.index[left.index])
    return Selection(index, (left.boxes[0], right.boxes[1]))


def _select(places: Sequence[Array], box: Box) -> Selection:
    return Selection(grid_index(places, box), (tuple(map(len, places)), box))


def _arange(size: int) -> Array:
    rings.check_memory(size, 8, "the index vector")
    return np.arange(size)


@for_all_sizes
def identity(n: Size) -> Operator:
    """`(I x)[i] = x[i]`, on n places or on a box of places.

    >>> import convalgebra as ca
    >>> ca.identity(2).to_numpy()
    array([[1, 0],
           [0, 1]])
    """
    box = box_of(n)
    return _select([_arange(s) for s in box], box)


@for_all_sizes
def shift(n: Size, k: int | tuple[int, ...] = 1) -> Operator:
    """`(S_k x)[i] = x[(i - k) mod n]`, as `np.roll(x, k)`; k is one int or one for each axis of the box.

    A lecture that writes `(S_k x)[i] = x[i + k]` means `shift(n, -k)`.

    >>> import convalgebra as ca
    >>> ca.shift(4, 1) @ [1, 2, 3, 4]
    array([4, 1, 2, 3])
    """
    box = box_of(n)
    amounts = k if isinstance(k, tuple | list) else (k,)
    if len(amounts) != len(box):
        msg = (
            f"k must be one shift for each of the {len(box)} axes of n, not {k!r}; "
            f"write ca.shift({n}, {(1,) * len(box)})"
        )
        raise ArgumentError(msg)
    steps = (integer(a, "k", most=None) % s for a, s in zip(amounts, box, strict=True))
    return _select([(_arange(s) - step) % s for s, step in zip(box, steps, strict=True)], box)


@for_all_sizes
def flip(n: Size) -> Operator:
    """`(J x)[i] = x[n - 1 - i]` on every axis.

    >>> import convalgebra as ca
    >>> ca.flip(3) @ [1, 2, 3]
    array([3, 2, 1])
    """
    box = box_of(n)
    return _select([_arange(s)[::-1] for s in box], box)


@for_all_sizes
def pad(n: Size, width: Width, mode: str = "zeros") -> Operator:
    """`(P x)[i] = x[boundary(i - lo)]`: the extension by (lo, hi) places; total like np.pad.

    `width` is an int, one pair (lo, hi) on one axis, or one int or pair for each axis; negative entries of pairs crop.
    Modes: "zeros", "circular", "reflect" (edge not repeated), "symmetric" (edge repeated), "replicate".

    >>> import convalgebra as ca
    >>> ca.pad(3, (1, 2), "reflect") @ [1, 2, 3]
    array([2, 1, 2, 3, 2, 1])
    """
    box, mode = box_of(n), mode_of(mode)
    sides = widths(width, len(box), "width")
    for size, (lo, hi) in zip(box, sides, strict=True):
        if size + lo + hi < 1:
            msg = f"padding must leave at least one place, not {size + lo + hi} = {size} + ({lo}) + ({hi})"
            raise ShapeError(msg)
    return _select([boundary(_arange(s + lo + hi) - lo, s, mode) for s, (lo, hi) in zip(box, sides, strict=True)], box)


@for_all_sizes
def crop(n: Size, width: Width) -> Operator:
    """`(K x)[i] = x[i + lo]`: drops lo places before and hi places after; undoes zero padding.

    >>> import convalgebra as ca
    >>> ca.crop(5, (1, 2)) @ [1, 2, 3, 4, 5]
    array([2, 3])
    """
    box = box_of(n)
    sides = widths(width, len(box), "width")
    if any(v < 0 for pair in sides for v in pair):
        msg = f"the width of a crop must be non-negative, not {width!r}; write ca.pad(n, width)"
        raise ArgumentError(msg)
    return pad(box, tuple((-lo, -hi) for lo, hi in sides))


@for_all_sizes
def downsample(n: Size, s: int | tuple[int, ...]) -> Operator:
    """`(D_s x)[i] = x[s*i]` for i < ceil(n/s): keeps every s-th place of each axis.

    >>> import convalgebra as ca
    >>> ca.downsample(5, 2) @ [1, 2, 3, 4, 5]
    array([1, 3, 5])
    """
    box = box_of(n)
    steps = per_axis(s, len(box), "s", 1)
    return _select([_arange(size)[::step] for size, step in zip(box, steps, strict=True)], box)


@for_all_sizes
def upsample(n: Size, s: int | tuple[int, ...]) -> Operator:
    """`(U_s x)[s*i] = x[i]`, zeros between: the transpose of `downsample(n*s, s)`.

    >>> import convalgebra as ca
    >>> ca.upsample(2, 3) @ [5, 7]
    array([5, 0, 0, 7, 0, 0])
    """
    box = box_of(n)
    steps = per_axis(s, len(box), "s", 1)
    grid = [_arange(size * step) for size, step in zip(box, steps, strict=True)]
    return _select([np.where(g % step, -1, g // step) for g, step in zip(grid, steps, strict=True)], box)


def permutation(p: Sequence[int]) -> Operator:
    """`(P x)[i] = x[p[i]]` for a permutation p of 0..n-1.

    >>> import convalgebra as ca
    >>> ca.permutation([2, 0, 1]) @ [5, 6, 7]
    array([7, 5, 6])
    """
    index = rings.entries(p, "p")
    if (
        index.dtype != np.int64
        or index.ndim != 1
        or not index.size
        or not np.array_equal(np.sort(index), np.arange(index.size))
    ):
        msg = f"p must be a permutation of 0..n-1, not {p!r}"
        raise ArgumentError(msg)
    return Selection(index, ((index.size,), (index.size,)))
