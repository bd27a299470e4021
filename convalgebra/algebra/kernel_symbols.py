"""Kernels of symbols, multiplied term by term.

Where each kernel has symbols of its own nothing is added up: every product of two terms is a term.  The monomials are
then put side by side, all in one matrix of numbers, which stays one until a term is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.polynomial import Polynomial, multiply_into

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.polynomial import Monomial
    from convalgebra.algebra.rings import Array

    Terms = Mapping[Monomial, Any]


TERM = 200  # bytes of a term in a dictionary, about


class Packed(Mapping[tuple[int, ...], Any]):
    """Distinct terms of one degree: a row of generators and a coefficient each; a dictionary once a term is looked up.

    >>> Packed(np.array([[0, 3], [1, 3]]), np.array([5, 7])) == {(0, 3): 5, (1, 3): 7}
    True
    """

    def __init__(self, monomials: Array, coefficients: Array) -> None:
        self.monomials, self.coefficients = monomials, coefficients

    @cached_property
    def _table(self) -> dict[Monomial, Any]:
        return dict(zip(map(tuple, self.monomials.tolist()), self.coefficients.tolist(), strict=True))

    def __getitem__(self, monomial: Monomial) -> Any:
        return self._table[monomial]

    def __iter__(self) -> Iterator[Monomial]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self.coefficients)

    def items(self) -> ItemsView[Monomial, Any]:
        return self._table.items()


@dataclass(frozen=True, eq=False)
class _Cells:
    """The coefficients of a kernel: the channel in the middle, the flat place to add in the product, and the terms."""

    channels: Array
    places: Array
    terms: list[Terms]

    @cached_property
    def lines(self) -> Array:
        """The channel and the place of each term."""
        return np.stack((self.channels, self.places)).repeat([*map(len, self.terms)], axis=1)

    def packed(self) -> Packed | None:
        """All terms as one, if their monomials have one degree."""
        packs = [terms for terms in self.terms if isinstance(terms, Packed)]
        if len(packs) == len(self.terms):
            parts = [(p.monomials, p.coefficients) for p in packs if p]
            same = len({monomials.shape[1] for monomials, _ in parts}) == 1
            return Packed(*map(np.concatenate, zip(*parts, strict=True))) if same else None
        monomials = [*chain.from_iterable(self.terms)]
        if len({*map(len, monomials)}) != 1 or not monomials[0]:
            return None
        values = chain.from_iterable(terms.values() for terms in self.terms)
        return Packed(np.array(monomials, dtype=np.int64), rings.entries([*values]))


def convolve_symbols(u: Array, v: Array, shape: Box, groups: int) -> Array:
    """`(u * v)[o, i, q]`, of this shape, for kernels (o, m/groups, *k) and (m, i/groups, *l) of exact objects.

    >>> convolve_symbols(*(rings.objects(np.array([[w]])) for w in ([1, 2], [1, 10])), (1, 1, 3), 1)
    array([[[ 1, 12, 20]]])
    """
    places = np.arange(prod(shape)).reshape(shape)
    start, step = places[:, :1, *map(slice, u.shape[2:])], places[:1, :, *map(slice, v.shape[2:])]
    ones = [1] * (u.ndim - 2)
    first = np.arange(len(u)) * groups // len(u) * u.shape[1]
    meets = np.add.outer(first, np.arange(u.shape[1])).reshape(*u.shape[:2], *ones)
    left, right = _cells(u, meets, start), _cells(v, np.arange(len(v)).reshape(-1, 1, *ones), step)
    here, there = (np.bincount(side.lines[0], minlength=len(v)) for side in (left, right))
    rings.check_memory(int(here @ there), TERM, "the terms of the composed kernel")
    found = _side_by_side(left, right, shape) or _added_up(left, right, shape)
    return rings.tidy(rings.filled(shape, map(Polynomial, found)))


def _cells(weight: Array, channels: Array, places: Array) -> _Cells:
    channel, place = (np.broadcast_to(a, weight.shape).ravel() for a in (channels, places))
    return _Cells(channel, place, [Polynomial.of(w).terms for w in weight.flat])


def _side_by_side(left: _Cells, right: _Cells, shape: Box) -> Sequence[Terms] | None:
    """The products, if no two are alike: no symbol is in both kernels, and no monomial twice in a row of the left."""
    a, b = left.packed(), right.packed()
    if a is None or b is None:
        return None
    before = a.monomials.max() < b.monomials.min()
    rows = (left.lines[1] // prod(shape[1:])).tolist()
    if not before and a.monomials.min() <= b.monomials.max():
        return None
    if len({*zip(rows, map(tuple, a.monomials.tolist()), strict=True)}) < len(a):
        return None
    i, j, places = _pairs(left.lines, right.lines)
    sides = a.monomials[i], b.monomials[j]
    monomials = np.concatenate(sides if before else sides[::-1], axis=1)
    x, y = rings.multipliable(a.coefficients, b.coefficients)
    coefficients = x[i] * y[j]
    ends = np.searchsorted(places, np.arange(prod(shape) + 1)).tolist()
    return [Packed(monomials[s:t], coefficients[s:t]) for s, t in pairwise(ends)]


def _pairs(left: Array, right: Array) -> tuple[Array, Array, Array]:
    """The numbers of all terms that meet in a channel, and the place of their product, ascending."""
    mine, theirs = ([np.flatnonzero(side[0] == m) for m in range(int(right[0].max()) + 1)] for side in (left, right))
    i = np.concatenate([a.repeat(len(b)) for a, b in zip(mine, theirs, strict=True)])
    j = np.concatenate([np.tile(b, len(a)) for a, b in zip(mine, theirs, strict=True)])
    places = left[1][i] + right[1][j]
    order = np.argsort(places, kind="stable")
    return i[order], j[order], places[order]


def _added_up(left: _Cells, right: _Cells, shape: Box) -> Sequence[Terms]:
    """The products in one dictionary for each coefficient."""
    sums: list[dict[Monomial, Any]] = [{} for _ in range(prod(shape))]
    sides: dict[int, list[tuple[int, Monomial, Any]]] = {}
    for m, step, terms in zip(right.channels.tolist(), right.places.tolist(), right.terms, strict=True):
        sides.setdefault(m, []).extend((step, b, y) for b, y in terms.items())
    for m, start, terms in zip(left.channels.tolist(), left.places.tolist(), left.terms, strict=True):
        multiply_into(sums, start, terms, sides[m])
    return sums
