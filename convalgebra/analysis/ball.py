"""The supremum over all frequencies in balls of python-flint's arb, which enclose every rounding by themselves.

    mu I - G(f) = L D L*  with every pivot certainly above 0   =>   all eigenvalues of G(f) are below mu

A Rayleigh quotient at one frequency bounds the supremum from below; the boxes of `bounds` carry it to all frequencies.
Balls are some hundred times slower than floats, and as narrow as one asks.  python-flint is an extra.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import inf, nextafter, prod
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.analysis.bounds import MOST_PLACES, Boxes, Record, flat
from convalgebra.analysis.frequencies import chunks, each
from convalgebra.analysis.python_flint import required

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.bounds import Bounds
    from convalgebra.analysis.symbol import Symbol

Point = tuple[Fraction, ...]

BITS = 128
TINY = 2.0**-1074  # what dividing by a power of two may lose
NARROWEST = 2.0**-50  # relative width on squares: what remains is rounded to floats
MOST_WORK = 2**26  # multiplications of balls: some ten seconds
LEAST_BOXES = 8  # a supremum takes more
FINEST = 2.0**-40  # the last step of a climb, and the part of the value that is worth another one


def everywhere(symbol: Symbol, tolerance: float, slack: float = 0.0) -> Bounds:
    """(lower, value, upper) for the supremum over all frequencies of the largest eigenvalue of `K* K`.

    Every weight may be off by a relative `slack`.  `upper` is infinite where a bounded effort does not reach it.
    """
    flint = required("balls", "arithmetic='floats'")
    with flint.ctx.workprec(BITS + min(symbol.sides)):
        groups = [_Group.of(flint, symbol, g, slack) for g in range(symbol.weight.shape[1])]
        if LEAST_BOXES * groups[0].cost > MOST_WORK:
            return 0.0, 0.0, inf
        _, start, best = max(((*group.coarse(), group) for group in groups), key=itemgetter(0))
        lower = best.peak(start)
        factor, spent = 1 + flint.arb(max((1 + tolerance) ** 2 - 1, NARROWEST, 64 * slack)), 0
        for group in groups:
            lower, spent = _closed(group, lower, factor, spent)
        found, above = lower.lower(), (lower * factor).upper()
        return _down(found), float(found), _up(above) if spent <= MOST_WORK else inf


def _down(value: Any) -> float:
    return nextafter(float(value), 0)


def _up(value: Any) -> float:
    return nextafter(float(value), inf)


def _closed(group: _Group, lower: Any, factor: Any, spent: int) -> tuple[Any, int]:
    """Halve the boxes until none may hold more than `factor * lower`, which rises on the way; the work done."""
    if flat(group.symbol) < float(lower * factor) * (1 + FINEST) and group.flat_below(lower * factor):
        return lower, spent
    boxes = Boxes.first(group.symbol)
    while len(boxes.centres) and spent <= MOST_WORK:
        level = lower * factor * group.cosine(boxes.angle) ** 2
        values, near, still = group.sorted(boxes, level)
        spent += (len(near) + 1) * group.cost + len(values) * group.cost // 2**8
        still = [*still, *(k for k in near if not group.below(boxes.point(k), level))]
        best = max(still, key=values.__getitem__, default=None)
        if best is not None and values[best] > float(lower) * (1 + FINEST):
            lower = max(lower, group.peak(boxes.point(best)), key=float)
        boxes = boxes.halved(boxes.centres[still])
    return lower, spent


@dataclass(frozen=True, eq=False)
class _Group:
    """One group of a symbol, in floats and in balls: a matrix (rows, columns) for each place, no wider than tall."""

    symbol: Symbol
    taps: tuple[Any, ...]
    flint: Any

    @classmethod
    def of(cls, flint: Any, symbol: Symbol, group: int, slack: float) -> _Group:
        """The group with this number; every weight may be off by a relative `slack`."""
        weight = symbol.weight[:, group]
        weight = weight if symbol.sides[1] <= symbol.sides[0] else weight.swapaxes(1, 2)

        def ball(v: float) -> Any:
            return flint.arb(v, abs(v) * slack + TINY * (abs(v) < 2.0**-1000))

        balls = [[flint.acb(ball(v.real), ball(v.imag)) for v in w.ravel().tolist()] for w in weight]
        taps = tuple(flint.acb_mat(*weight.shape[1:], entries) for entries in balls)
        return cls(replace(symbol, weight=weight[:, None], grid=(1,) * symbol.places.shape[1]), taps, flint)

    @property
    def cost(self) -> int:
        """The multiplications of one box, and what else costs as much."""
        rows, columns = self.symbol.sides
        return 2**14 + len(self.taps) * rows * columns + rows * columns**2 + columns**3

    def fraction(self, value: Fraction) -> Any:
        """The fraction of the library."""
        return self.flint.fmpq(value.numerator, value.denominator)

    def cosine(self, angle: Fraction) -> Any:
        """`cos(pi angle)`."""
        return self.flint.arb.cos_pi_fmpq(self.fraction(angle))

    def gram(self, point: Point) -> Any:
        """`K* K` at a frequency, in balls."""
        turns = [
            sum((f * int(t) for f, t in zip(point, place, strict=True)), Fraction()) % 1 for place in self.symbol.places
        ]
        waves = [self.flint.acb(self.fraction(2 * turn)).exp_pi_i() for turn in turns]
        K = sum((w * wave for w, wave in zip(self.taps[1:], waves[1:], strict=True)), self.taps[0] * waves[0])
        return K.conjugate().transpose() * K

    def below(self, point: Point, level: Any) -> bool:
        """Are all eigenvalues at a frequency certainly below the level?"""
        return _definite(self.gram(point), level)

    def flat_below(self, level: Any) -> bool:
        """Is `|G_0| + sum of |G_d|` over the other lags certainly below it, the bound of `bounds.flat`?"""
        lags: dict[tuple[int, ...], Any] = {}
        for (place, tap), (other, beside) in product(zip(self.symbol.places, self.taps, strict=True), repeat=2):
            lag, part = tuple((other - place).tolist()), tap.conjugate().transpose() * beside
            lags[lag] = lags[lag] + part if lag in lags else part
        middle = lags.pop((0,) * self.symbol.places.shape[1])
        return _definite(middle, level - sum(_frobenius(G) for G in lags.values()))

    def sorted(self, boxes: Boxes, level: Any) -> tuple[Array, list[int], list[int]]:
        """(the largest eigenvalues in floats, boxes too near to the level for floats, boxes certainly above it)."""
        count = np.arange(len(boxes.centres))
        if not boxes.grid or prod(boxes.grid) > MOST_PLACES:
            return np.array([self.largest(boxes.point(k)) for k in range(len(count))]), count.tolist(), []
        record = Record.of(self.symbol, 0.0)

        def scan(numbers: Array) -> Array:
            places = np.ravel_multi_index(tuple(boxes.centres[numbers].T), boxes.grid)
            values: Array = np.linalg.eigvalsh(self.symbol.grams(places, boxes.grid)[:, 0])[:, -1]
            return values

        values = np.concatenate(each(scan, chunks(self.symbol, count)))
        above = values * (1 - record.relative) - record.absolute > _up(level.upper())
        below = record.upper(values) < _down(level.lower())
        return values, np.flatnonzero(~above & ~below).tolist(), np.flatnonzero(above).tolist()

    def floats(self, point: Point) -> Array:
        """`K* K` at a frequency, in floats."""
        turns = self.symbol.places @ np.array([float(f) for f in point]).reshape(-1)
        K = np.tensordot(np.exp(2j * np.pi * turns), self.symbol.weight[:, 0], 1)
        return K.conj().T @ K

    def largest(self, point: Point) -> float:
        """The largest eigenvalue at a frequency, in floats."""
        return float(np.linalg.eigvalsh(self.floats(point))[-1])

    def coarse(self) -> tuple[float, Point]:
        """The largest eigenvalue at the centres of the coarse boxes, and where."""
        boxes = Boxes.first(self.symbol)
        points = [boxes.point(k) for k in range(len(boxes.centres))]
        return max(((self.largest(point), point) for point in points), key=itemgetter(0))

    def peak(self, point: Point) -> Any:
        """A number that the largest eigenvalue reaches after a climb from here: the Rayleigh quotient of its vector."""
        _, vectors = np.linalg.eigh(self.floats(top := self._climbed(point)))
        v = self.flint.acb_mat(len(vectors), 1, vectors[:, -1].tolist())
        turned = v.conjugate().transpose()
        return ((turned * self.gram(top) * v)[0, 0].real / (turned * v)[0, 0].real).lower()

    def _climbed(self, point: Point) -> Point:
        """Uphill in steps of all directions, which are halved where none leads up."""
        step, value = Fraction(1, 2**5), self.largest(point)
        ways = [way for way in product((-1, 0, 1), repeat=len(point)) if any(way)]
        while step > FINEST:
            near = [tuple(f + step * w for f, w in zip(point, way, strict=True)) for way in ways]
            best = max(near, key=self.largest, default=point)
            if (found := self.largest(best)) > value:
                point, value = best, found
            else:
                step /= 2
        return point


def _frobenius(G: Any) -> Any:
    """At least the root of the sum of the squares of the entries."""
    return sum(abs(v) ** 2 for v in G.entries()).upper().sqrt()


def _definite(G: Any, level: Any) -> bool:
    """Are all pivots of `level I - G`, G Hermitian, certainly above 0?"""
    rows = [[-v for v in row] for row in G.tolist()]
    for k, row in enumerate(rows):
        row[k] += level
    for k, top in enumerate(rows):
        pivot = top[k].real
        if not pivot > 0:
            return False
        turned = [row[k].conjugate() for row in rows]
        for i in range(k + 1, len(rows)):
            factor, row = rows[i][k] / pivot, rows[i]
            for j in range(k + 1, i + 1):
                row[j] -= factor * turned[j]
    return True
