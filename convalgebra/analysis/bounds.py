"""Certified bounds on the largest singular value of all blocks of a symbol, at a grid or over all frequencies at once.

Two facts carry the proof.  `mu I - G` has a Cholesky factor only if no eigenvalue of G exceeds mu (Rump 2006 bounds the
roundoff).  And near a maximum all is large: `x* K(f) y` is, about its centre, a trigonometric polynomial of degree
N = (taps - 1) / 2 on each axis, so by Bernstein and Szego `|K| >= M cos(2 pi N.d)` at distance d from where it takes
its supremum M.  A box of half-width d whose centre lies below `M cos(2 pi N.d)` does not hold that place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from math import ceil, cos, pi, prod
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.analysis import lapack
from convalgebra.analysis.frequencies import LARGE, chunks, each, half

if TYPE_CHECKING:
    from typing import Any

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.symbol import Symbol

ROUNDING = 2.0**-53
FINE = 1e-10  # relative width of the certificate on a grid
REACH = 0.5  # the angle 2 pi N.d of the first boxes
BATCHED = 5  # blocks up to this side are decomposed in batches; larger ones are factored one by one, which is faster
TOGETHER = 16  # blocks that are factored with one record, at most
MOST_PLACES = 2**58  # frequencies of a grid that is numbered through: on three axes they are 1e-6 apart
MOST_WORK = 2**36  # about so many operations are spent on one supremum


@dataclass
class Record:
    """The largest eigenvalue of `K* K` met so far, which a search raises, and what roundoff may hide.

    Computed eigenvalues and what Cholesky factors prove are off by at most `absolute + relative * value`: with S the
    Frobenius norm of the sum of all |w_t|, every entry of G has an error below `4 (O + T + lags + 52) u S^2`, and a
    factorisation of side c moves eigenvalues by at most `4 c (c + 3) u |G|`.
    """

    width: float
    absolute: float
    relative: float
    largest: float = 0.0
    lock: Any = field(default_factory=Lock)

    @classmethod
    def of(cls, symbol: Symbol, width: float) -> Record:
        """Nothing met yet."""
        taps, _, *sides = symbol.weight.shape
        size = float((np.abs(symbol.weight).sum(axis=0) ** 2).sum(axis=(1, 2)).max(initial=0.0))
        lags = 0 if symbol.lags is None else len(symbol.lags[0])
        relative = 4 * min(sides) * (min(sides) + 3) * ROUNDING
        return cls(max(width, 4 * relative), 4 * (max(sides) + taps + lags + 52) * ROUNDING * size, relative)

    def meet(self, values: Array) -> None:
        """Note these eigenvalues."""
        with self.lock:
            self.largest = max(self.largest, float(values.max(initial=0.0)))

    @property
    def goal(self) -> float:
        """What the supremum must be shown not to exceed."""
        return self.largest * (1 + self.width) + 2 * self.absolute

    @property
    def lower(self) -> float:
        """What the supremum certainly reaches."""
        return max(self.largest * (1 - self.relative) - self.absolute, 0.0)

    def upper(self, value: Any) -> Any:
        """What a computed eigenvalue at most stands for."""
        return value * (1 + self.relative) + self.absolute

    def level(self, share: float) -> float:
        """The mu whose Cholesky factor proves eigenvalues below `share * goal`."""
        return (share * self.goal - self.absolute) / (1 + self.relative)


Bounds = tuple[float, float, float]


def on_grid(symbol: Symbol, record: Record | None = None) -> Bounds:
    """(lower, value, upper) for the largest eigenvalue of `K* K` on the grid of frequencies, a relative 1e-10 apart."""
    record = Record.of(symbol, FINE) if record is None else record
    numbers = half(symbol)[0]
    order = numbers[np.argsort(numbers * 0.6180339887498949 % 1.0, kind="stable")]  # far apart: few records
    threads = None if min(symbol.sides) >= LARGE else 1
    each(lambda part: _open(symbol.grams(part), record, 1.0), chunks(symbol, order, own_grid=True), threads=threads)
    return record.lower, record.largest, record.goal


def _open(grams: Array, record: Record, share: float) -> Array:
    """Note the Gram matrices (n, groups, c, c), and lose them; the indices of those not below `share` of the goal."""
    stack = grams.reshape(-1, *grams.shape[2:])
    if stack.shape[1] <= BATCHED:
        values = _largest(stack)
        record.meet(values)
        return np.flatnonzero(record.upper(values) > share * record.goal)
    if not record.largest:
        record.meet(np.linalg.eigvalsh(stack[_heaviest(stack)]))
    left, k = [], 0
    own = np.einsum("kii->ki", stack).real.copy()
    np.negative(stack, out=stack)  # and `mu I` is added on the diagonal: what lies below it stays, whatever is factored
    diagonals = np.einsum("kii->ki", stack).real
    while k < len(stack):
        end = min(k + TOGETHER, len(stack))
        diagonals[k:end] = record.level(share) - own[k:end]
        k += lapack.definite(stack[k:end])
        if k < end:
            G = -stack[k]
            np.fill_diagonal(G, own[k])
            if not _closed(G, record, share):
                left.append(k)
            k += 1
    return np.array(left, dtype=np.int64)


def _heaviest(stack: Array) -> int:
    """The matrix with the largest sum of squares: its largest eigenvalue is a good first record."""
    flat = stack.reshape(len(stack), -1).view(np.float64)
    return int(np.einsum("ki,ki->k", flat, flat).argmax())


def _closed(G: Array, record: Record, share: float) -> bool:
    """Is no eigenvalue above `share` of the goal?  Decomposes what may raise the record; reads the lower half of G."""
    if share < 1 and lapack.definite((record.largest * np.eye(len(G)) - G.T)[None]):
        return False
    values = np.linalg.eigvalsh(G)
    record.meet(values)
    return bool(record.upper(values[-1]) <= share * record.goal)


def _largest(stack: Array) -> Array:
    """The largest eigenvalue of each matrix."""
    values: Array = stack[:, 0, 0].real if stack.shape[1] == 1 else np.linalg.eigvalsh(stack)[:, -1]
    return values


def everywhere(symbol: Symbol, tolerance: float) -> Bounds:
    """(lower, value, upper) for the supremum over all frequencies of the largest eigenvalue of `K* K`.

    `upper <= (1 + tolerance)^2 value`, where a bounded effort can show that.
    """
    grid, turns = _first(symbol)
    record = Record.of(symbol, 0.99 * ((1 + tolerance) ** 2 - 1) if any(turns) else FINE)  # the rest is for roundoff
    parts, upper = [symbol], 0.0
    if symbol.weight.shape[1] > 1:
        share = cos(pi * _angle(turns, grid)) ** 2
        peaks = _peaks(symbol, grid)
        record.meet(peaks)
        order = [g for g in np.argsort(-peaks) if record.upper(peaks[g]) > share * record.goal]
        parts = [replace(symbol, weight=symbol.weight[:, g : g + 1]) for g in order]
    for part in parts:
        on_grid(replace(part, grid=grid), record)
        if any(turns) and record.upper(flat(part)) > record.goal:
            upper = max(upper, _search(part, record))
    return record.lower, record.largest, max(upper, record.goal)


def _peaks(symbol: Symbol, grid: Box) -> Array:
    """The largest eigenvalue of each group on the coarse grid."""

    def peak(numbers: Array) -> Array:
        grams = symbol.grams(numbers, grid)
        values: Array = _largest(grams.reshape(-1, *grams.shape[2:])).reshape(grams.shape[:2]).max(axis=0)
        return values

    found: Array = np.max(each(peak, chunks(symbol, half(replace(symbol, grid=grid))[0])), axis=0)
    return found


def flat(symbol: Symbol) -> float:
    """`|G_0| + sum of 2 |G_d|` over the other lags: the bound that is sharp where K is unitary everywhere."""
    if symbol.lags is None:
        return float("inf")
    _, even, odd = symbol.lags
    rest = np.linalg.norm(((even + odd) / 2)[1:], axis=(2, 3)).sum()
    return float(np.linalg.eigvalsh(even[0, 0])[-1] + 2 * rest)


def _first(symbol: Symbol) -> tuple[Box, Box]:
    """The coarse grid, and 2 N = taps - 1 on each axis."""
    turns = tuple(int(n) for n in symbol.places.max(axis=0, initial=0))
    moving = sum(n > 0 for n in turns)
    return tuple(max(1, ceil(pi * n * moving / (2 * REACH))) for n in turns), turns


def _angle(turns: Box, grid: Box) -> Fraction:
    """`2 N.d` of boxes with half-width `d = 1 / (2 grid)`."""
    return sum((Fraction(n, 2 * m) for n, m in zip(turns, grid, strict=True)), Fraction())


@dataclass(frozen=True, eq=False)
class Boxes:
    """Boxes of frequencies: their centres (boxes, axes) on a grid, and `angle = 2 N.d` for their half-width d.

    >>> import convalgebra as ca
    >>> from convalgebra.analysis.symbol import Symbol
    >>> boxes = Boxes.first(Symbol.of(ca.circulant([1, 2, 0, 0])))
    >>> len(boxes.centres), boxes.grid, boxes.halved(boxes.centres[:1]).centres.tolist()
    (6, (20,), [[39], [1]])
    """

    centres: Array
    grid: Box
    angle: Fraction
    moves: Array

    @classmethod
    def first(cls, symbol: Symbol) -> Boxes:
        """Those about half of the coarse grid; centres of halves lie on a grid twice as fine."""
        grid, turns = _first(symbol)
        moves = np.array(list(product(*((-1, 1) if n else (0,) for n in turns))), dtype=np.int64)
        centres = (
            2 * np.column_stack(np.unravel_index(half(replace(symbol, grid=grid))[0], grid or (1,)))[:, : len(grid)]
        )
        return cls(centres, tuple(2 * m for m in grid), _angle(turns, grid), moves)

    def point(self, number: int) -> tuple[Fraction, ...]:
        """The centre with this number, in turns."""
        return tuple(Fraction(int(c), n) for c, n in zip(self.centres[number], self.grid, strict=True))

    def halved(self, left: Array) -> Boxes:
        """The halves, on every axis, of the boxes with these centres."""
        grid = tuple(2 * m for m in self.grid)
        centres = (2 * left[:, None] + self.moves).reshape(-1 if grid else len(left), len(grid))
        centres %= np.array(grid, dtype=np.int64)
        return Boxes(centres, grid, self.angle / 2, self.moves)


def _search(symbol: Symbol, record: Record) -> float:
    """Halve the boxes that may hold the supremum until none is left; an upper bound for it."""
    boxes, spent = Boxes.first(symbol), 0
    while True:
        share = cos(pi * boxes.angle) ** 2
        kept = _left(symbol, boxes, record, share)
        if not len(kept):
            return record.goal
        spent += len(kept) * len(boxes.moves) * _cost(min(symbol.sides))
        if spent > MOST_WORK or prod(boxes.grid) > MOST_PLACES:
            return float(max(record.goal, record.upper(record.largest) / share))
        boxes = boxes.halved(kept)


def _cost(side: int) -> int:
    """The operations of one box, about; small blocks cost more than their arithmetic."""
    return int(2**10 * max(side, 4) ** 2 if side <= BATCHED else 2**19 + side**3)


def _left(symbol: Symbol, boxes: Boxes, record: Record, share: float) -> Array:
    """The centres of the boxes where floats do not prove all eigenvalues below `share` of the goal."""

    def scan(numbers: Array) -> Array:
        places = np.ravel_multi_index(tuple(boxes.centres[numbers].T), boxes.grid)
        kept: Array = numbers[_open(symbol.grams(places, boxes.grid), record, share)]
        return kept

    parts = chunks(symbol, np.arange(len(boxes.centres)))
    centres: Array = boxes.centres[np.concatenate(each(scan, parts))]
    return centres
