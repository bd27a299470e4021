"""A layer as its symbol: one small matrix for each frequency, whose singular values are the layer's.

    K(f) = sum over t of w_t exp(2 pi i f.t),  the blocks of (F (x) I) A (F (x) I)^-1 where A commutes with shifts

A stride is a layer of stride 1 on the polyphase parts of the signal, a dilation repeats the symbol: both are taken off
here, so that all else knows stride 1 and adjoining taps only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import gcd, prod
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.abstract import refuse_abstract
from convalgebra.algebra.combinators import Transpose
from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.sealing import sealed
from convalgebra.algebra.toeplitz import Circulant, Toeplitz
from convalgebra.analysis import floating
from convalgebra.analysis.frequencies import each
from convalgebra.errors import EntryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST_LAGS = 200  # lags of the Gram polynomial; with more it is cheaper to multiply the blocks
MOST_NUMBERS = 2**24  # of one transform: 256 MiB
MUCH_WORK = 2**26  # products of a Gram polynomial that are worth a second thread
MOST_KEPT = 2**16  # numbers of waves that are kept: 1 MiB


@dataclass(frozen=True, eq=False)
class Symbol:
    """The taps (T, groups, O, I, *rest) at their places (T, axes), in units of 2^exponent, on a grid of frequencies.

    Every singular value occurs `copies` times.  `rest` are the axes along which the layer does not commute with shifts.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 1]]], padding=(0, 1), padding_mode="circular")
    >>> symbol = Symbol.of(layer.matrix((1, 4)))
    >>> abs(symbol.blocks(np.arange(4))).ravel().round(3) * 2**symbol.exponent
    array([2.   , 1.414, 0.   , 1.414])
    """

    weight: Array
    places: Array
    grid: Box
    copies: int = 1
    exponent: int = 0
    rest: tuple[Axis, ...] = ()

    @classmethod
    def of(cls, operator: Operator) -> Symbol | None:
        """The symbol of a convolution, a circulant, or the transpose of one; None for other operators."""
        if isinstance(operator, Transpose):
            return cls.of(operator.operator)
        if isinstance(operator, Circulant):
            axes = tuple(Axis(n, n, 1, 1, 0, n - 1, "circular") for n in operator.c.shape)
            return cls.sliding(operator.c[None, None], axes)
        if isinstance(operator, Toeplitz):
            return cls.sliding(operator.weight, operator.axes, operator.groups)
        return None

    @classmethod
    def sliding(cls, weight: Array, axes: Sequence[Axis], groups: int = 1, *, endless: bool = False) -> Symbol:
        """The symbol of `weight` (O, I/groups, *taps) along these axes; `endless` asks for that of the infinite layer.

        >>> Symbol.sliding(np.ones((1, 1, 3)), [Axis(8, 3, 2, 1, 1, 1, "circular")]).weight.shape
        (2, 1, 1, 2)
        """
        values, exponent = scaled(weight)
        values = values.reshape(1, groups, -1, *values.shape[1:])
        places: Array = np.zeros((1, 0), dtype=np.int64)
        grid: list[int] = []
        rest: list[Axis] = []
        copies = 1
        for axis in axes:
            taps = np.moveaxis(values, 4 + len(rest), 0)
            if not (endless or periodic(axis)):
                values = np.moveaxis(taps, 0, 4 + len(rest))
                rest.append(axis)
                continue
            values, reads, step = _polyphase(taps, axis)
            size = axis.size // axis.stride
            grid.append(size // gcd(step, size))
            copies *= gcd(step, size)
            places = np.column_stack([np.tile(places, (len(reads), 1)), np.repeat(reads, len(places))])
        return cls(np.ascontiguousarray(values), places, tuple(grid), copies, exponent, tuple(rest))

    @property
    def real(self) -> bool:
        """Are opposite frequencies conjugate?"""
        return self.weight.dtype.kind == "f"

    @property
    def sides(self) -> tuple[int, int]:
        """(O, I) of one block."""
        return int(self.weight.shape[2]), int(self.weight.shape[3])

    @property
    def entries(self) -> int:
        """The numbers at one frequency."""
        return prod(self.weight.shape[1:])

    def waves(self, numbers: Array, grid: Sequence[int] | None = None) -> Array:
        """`exp(2 pi i f.t)` for the flat frequencies of a grid, (frequencies, T), within 12 u an axis."""
        return _waves(self.places, numbers, self.grid if grid is None else grid)

    def blocks(self, numbers: Array, grid: Sequence[int] | None = None) -> Array:
        """K at these frequencies, (frequencies, groups, O, I, *rest)."""
        if grid is None and self.transform is not None:
            values = self.transform[numbers]
        else:
            values = self.waves(numbers, grid) @ self.weight.reshape(len(self.weight), -1)
        return values.reshape(len(numbers), *self.weight.shape[1:])

    @cached_property
    def transform(self) -> Array | None:
        """K on the whole grid by the FFT, (frequencies, entries); None for few taps, or for want of memory."""
        if len(self.places) <= MOST_LAGS or prod(self.grid) * self.entries > MOST_NUMBERS:
            return None
        full = np.zeros((*self.grid, self.entries), dtype=self.weight.dtype)
        spots = tuple(t % n for t, n in zip(self.places.T, self.grid, strict=True))
        np.add.at(full, spots, self.weight.reshape(len(self.weight), -1))
        values: Array = np.fft.ifftn(full, axes=range(len(self.grid)), norm="forward")
        return values.reshape(-1, self.entries)

    @property
    def lags(self) -> tuple[Array, Array, Array] | None:
        """`K* K` or `K K*`, the smaller, as a polynomial: lags, even and odd coefficients; None where that costs more.

        `G(f) = sum of even_d cos(2 pi f.d) + i odd_d sin(2 pi f.d)` over half of all lags d.
        """
        return None if self._gram is None else (self._gram[0], self._gram[1][:, 0, ..., 0], self._gram[1][:, 1, ..., 1])

    @cached_property
    def _gram(self) -> tuple[Array, Array] | None:
        """The lags, and what their cosines and sines add to the real and the imaginary parts of all entries."""
        if not self.real or self.rest or len(self.places) > MOST_LAGS:
            return None
        lags, pairs = _lag_table(tuple(map(tuple, self.places.tolist())))
        if len(lags) > MOST_LAGS:
            return None
        taps = (self.weight if self.sides[1] <= self.sides[0] else self.weight.swapaxes(2, 3)).swapaxes(0, 1)
        groups, _, _, side = taps.shape
        parts = np.zeros((len(lags), 2, groups, side, side, 2))

        def add(d: int) -> None:
            left, right = (taps[:, k].reshape(groups, -1, side) for k in pairs[d])
            product = left.swapaxes(1, 2) @ right
            turned = product.swapaxes(1, 2)
            np.add(product, turned, out=parts[d, 0, ..., 0])
            np.subtract(product, turned, out=parts[d, 1, ..., 1])

        each(add, range(len(pairs)), threads=None if taps.size * taps.shape[1] * side > MUCH_WORK else 1)
        parts[0, 0] /= 2
        return lags, parts

    def grams(self, numbers: Array, grid: Sequence[int] | None = None) -> Array:
        """The smaller of `K* K` and `K K*` at these frequencies, (frequencies, groups, side, side)."""
        if self._gram is None:
            K = self.blocks(numbers, grid)
            turned = np.conjugate(K.swapaxes(2, 3))
            return turned @ K if self.sides[1] <= self.sides[0] else K @ turned
        lags, parts = self._gram
        waves = _waves(lags, numbers, self.grid if grid is None else grid).view(np.float64)
        values: Array = (waves @ parts.reshape(2 * len(lags), -1)).view(np.complex128)
        return values.reshape(len(numbers), *parts.shape[2:5])


def _waves(places: Array, numbers: Array, grid: Sequence[int]) -> Array:
    if len(numbers) * len(places) > MOST_KEPT:
        return _computed_waves(places, numbers, tuple(grid))
    return _kept_waves(places.tobytes(), places.shape, numbers.tobytes(), tuple(grid))


@lru_cache(maxsize=32)
def _kept_waves(places: bytes, shape: Box, numbers: bytes, grid: Box) -> Array:
    """The layers of a network ask for the same waves, and so do several questions about one layer."""
    spots = np.frombuffer(places, dtype=np.int64).reshape(shape)
    return sealed(_computed_waves(spots, np.frombuffer(numbers, dtype=np.int64), grid))


def _computed_waves(places: Array, numbers: Array, grid: Box) -> Array:
    product: Array = np.ones((len(numbers), len(places)), dtype=np.complex128)
    for f, t, n in zip(np.unravel_index(numbers, grid) if grid else (), places.T, grid, strict=True):
        steps, back = np.unique(t, return_inverse=True)
        spots = f[:, None] * steps % n
        product *= (_roots(np.arange(n), n)[spots] if n <= spots.size else _roots(spots, n))[:, back]
    return product


def _roots(k: Array, n: int) -> Array:
    """`exp(2 pi i k / n)`."""
    turns = k / n
    roots: Array = np.exp(2j * np.pi * (turns - np.rint(turns)))
    return roots


@lru_cache(maxsize=64)
def _lag_table(places: tuple[Box, ...]) -> tuple[Array, list[tuple[Array, Array]]]:
    """The differences of two places up to sign, zero first, and for each those pairs (t, u) that have it."""
    spots = np.array(places, dtype=np.int64)
    t, u = (side.ravel() for side in np.indices((len(spots), len(spots))))
    differences = spots[u] - spots[t]
    leading = np.zeros(len(t), dtype=np.int64)
    for axis in reversed(range(spots.shape[1])):
        leading = np.where(differences[:, axis] != 0, differences[:, axis], leading)
    kept = (leading > 0) | (t == u)
    order = np.lexsort((*differences[kept].T, leading[kept] != 0))
    t, u, rows = t[kept][order], u[kept][order], differences[kept][order]
    fresh = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    return rows[fresh], list(zip(np.split(t, fresh[1:]), np.split(u, fresh[1:]), strict=True))


def periodic(axis: Axis) -> bool:
    """Does the layer commute with shifts along this axis: does it wrap around, or read nothing outside?

    >>> periodic(Axis(6, 3, 1, 1, 1, 1, "circular")), periodic(Axis(6, 3, 1, 1, 1, 1)), periodic(Axis(6, 2, 2))
    (True, False, True)
    """
    inside = axis.mode == "circular" or axis.interior == (0, axis.out)
    return inside and axis.stride * axis.out == axis.size


def _polyphase(taps: Array, axis: Axis) -> tuple[Array, Array, int]:
    """The first axis (k, T, G, O, I, ...) as places of a layer of stride 1 on `stride` times the inputs.

    Tap t reads place `q = d*t // s` of phase `d*t % s`; a common step of all q is divided out and returned.
    """
    if axis.stride == 1:
        return taps.reshape(-1, *taps.shape[2:]), np.arange(axis.taps), axis.dilation if axis.taps > 1 else 0
    reads, phases = np.divmod(axis.dilation * np.arange(axis.taps), axis.stride)
    step = int(np.gcd.reduce(reads))
    reads //= max(step, 1)
    kept, place = np.unique(reads, return_inverse=True)
    full = np.zeros((len(kept), axis.stride, *taps.shape[1:]), dtype=taps.dtype)
    full[place, phases] = taps
    full = np.moveaxis(full, 1, 5)
    _, count, groups, out, inputs, stride, *others = full.shape
    return full.reshape(len(kept) * count, groups, out, inputs * stride, *others), kept, step


def scaled(weight: Array) -> tuple[Array, int]:
    """The weight as floats divided by a power of two, so that its largest entry is about 1, and the exponent.

    >>> scaled(np.array([3, 1]))
    (array([0.75, 0.25]), 2)
    """
    values = rings.tidy(refuse_abstract(weight))
    if rings.is_symbolic(values):
        msg = f"the weight must be numbers, not symbols in {rings.ring_name(values)}; write A.subs(values) before"
        raise EntryError(msg)
    return floating.scaled(values.astype(np.float64) if values.dtype.kind == "i" else values)
