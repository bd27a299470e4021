"""Toeplitz and circulant matrices, and their block forms over channels and several axes.

`Toeplitz` is the matrix of a kernel read through one tap table for each axis:

    A[(o, i), (c, j)] = sum of w[o, c, t] over the taps t with table(t, i) = j

`Circulant` is `C[i, j] = c[(i - j) mod n]` on a box of any dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd, prod
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.abstract import Abstract
from convalgebra.algebra.apply import apply_conv
from convalgebra.algebra.csr import csr_arrays
from convalgebra.algebra.indexing import Axis, box_of, choice, flat_index, grid_index
from convalgebra.algebra.kernel import chained, convolve, reversed_circularly, ungrouped
from convalgebra.algebra.operator import Operator, product_rule
from convalgebra.algebra.pattern import Pattern
from convalgebra.algebra.protocol import for_all_sizes
from convalgebra.algebra.rational import denominator, quotient
from convalgebra.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box, Size
    from convalgebra.algebra.rings import Array

OPS = ("convolution", "correlation")
FEW = 32  # taps of a circulant that are added one by one


@final
@dataclass(frozen=True, eq=False, repr=False)
class Toeplitz(Operator):
    """`(A x)[o, i] = sum of weight[o, c, t] x[c, table(t, i)]`; `weight` is (O, I/groups, *taps)."""

    weight: Array
    axes: tuple[Axis, ...]
    groups: int = 1
    channels: bool = True
    trimmed: bool = False  # zeros around the band were left out of the weight
    sources: tuple[Array, ...] = ()  # the kernels that it was computed from

    @property
    def _channels(self) -> tuple[int, int]:
        return self.weight.shape[0], self.weight.shape[1] * self.groups

    @property
    def boxes(self) -> tuple[Box, Box]:
        out, size = tuple(a.out for a in self.axes), tuple(a.size for a in self.axes)
        o, i = self._channels
        return ((o, *out), (i, *size)) if self.channels else (out, size)

    def pattern(self, rows: Array | None = None) -> Pattern:
        out, size, taps = zip(*((a.out, a.size, a.taps) for a in self.axes), strict=True)
        depth, count = self.weight.shape[1], prod(taps)
        wanted = self.shape[0] if rows is None else len(rows)
        rings.check_memory(wanted * depth * count, 24, "the pattern of the matrix")
        rows = np.arange(wanted) if rows is None else np.asarray(rows, dtype=np.int64)
        o, place = np.divmod(rows, prod(out))
        channel = (o // (self._channels[0] // self.groups) * depth)[:, None, None] + np.arange(depth)[:, None]
        spatial = self._reads(place, np.arange(count))[:, None, :]
        lines = np.broadcast_to(spatial >= 0, (wanted, depth, count))
        cols = np.broadcast_to(channel * prod(size) + spatial, lines.shape)[lines]
        taps_flat = (o * depth)[:, None, None] * count + np.arange(depth * count).reshape(depth, count)
        each = np.repeat(rows, lines.sum(axis=(1, 2)))
        return Pattern(each, cols, taps_flat[lines], self.weight.reshape(-1), free=not self.trimmed)

    def _reading(self, cols: Array) -> Array:
        channel, *places = np.unravel_index(cols, self.boxes[1] if self.channels else (1, *self.boxes[1]))
        outs = [np.flatnonzero(np.isin(a.table(), p).any(axis=0)) for a, p in zip(self.axes, places, strict=True)]
        depth, out = self._channels[0] // self.groups, tuple(a.out for a in self.axes)
        o = np.unique(channel // self.weight.shape[1])[:, None] * depth + np.arange(depth)
        return (o.reshape(-1, 1) * prod(out) + grid_index(outs, out)).reshape(-1)

    def _reads(self, place: Array, tap: Array) -> Array:
        """The flat input place that each flat tap reads for each flat output place, (places, taps); -1 for a zero."""
        places = np.unravel_index(place, [a.out for a in self.axes])
        taps = np.unravel_index(tap, [a.taps for a in self.axes])
        reads = (a.read(t[None, :], i[:, None]) for a, t, i in zip(self.axes, taps, places, strict=True))
        return flat_index(reads, tuple(a.size for a in self.axes))

    @property
    def _weights(self) -> Array:
        return np.append(self.weight.reshape(-1), 0) if self.trimmed else self.weight.reshape(-1)

    @property
    def _sources(self) -> tuple[Array, ...]:
        return self.sources or (self._weights,)

    @property
    def nnz(self) -> int:
        """The number of entries: the exact count of products of the layer, padding zeros left out."""
        return int(prod(self.weight.shape[:2])) * prod(map(_places, self.axes))

    def _csr(self, max_bytes: int | None) -> tuple[Array, Array, Array]:
        weight = rings.tidy(self.weight)
        if weight.dtype.kind == "i" and rings.magnitude(weight) * prod(weight.shape[2:]) > rings.INT64_MAX:
            weight = weight.astype(object)
        if weight.dtype.kind == "O":
            return super()._csr(max_bytes)
        most = weight.size * prod(a.out for a in self.axes)
        if max_bytes is not None and most * (weight.dtype.itemsize + 4) > max_bytes:  # only then count exactly
            rings.check_memory(self.nnz, weight.dtype.itemsize + 4, "the sparse array", max_bytes)
        return csr_arrays(weight, self.axes, [a.size for a in self.axes], self.groups)

    def _turned_csr(self) -> tuple[Array, Array, Array] | None:
        if any(a.mode != "zeros" for a in self.axes) or rings.tidy(self.weight).dtype.kind == "O":
            return None
        weight = rings.tidy(self.weight).reshape(self.groups, -1, *self.weight.shape[1:]).swapaxes(1, 2)
        turned = weight.reshape(self._channels[1], -1, *self.weight.shape[2:])
        return csr_arrays(turned, [a.writes() for a in self.axes], [a.out for a in self.axes], self.groups)

    def _dense(self) -> Array:
        plain = not self.channels and all((a.mode, a.stride, a.dilation) == ("zeros", 1, 1) for a in self.axes)
        return self._windows() if plain else super()._dense()

    def _windows(self) -> Array:
        """`A[i, j] = w[j - i + lo]` on every axis: row i is a window of one long band, the last row its first."""
        band = self.weight[0, 0]
        for axis, a in enumerate(self.axes):
            source = np.arange(a.out + a.size - 1) - (a.out - 1) + a.lo
            band = np.take(band, np.clip(source, 0, a.taps - 1), axis)
            np.moveaxis(band, axis, 0)[(source < 0) | (source >= a.taps)] = 0
        windows = np.lib.stride_tricks.sliding_window_view(band, self.boxes[1])
        return np.flip(windows, tuple(range(len(self.axes)))).copy().reshape(self.shape)

    def _apply(self, x: Array) -> Array:
        if (common := denominator(self.weight)) > 1:
            return quotient(self._scaled(common)._apply, x, common)
        signals = x.T.reshape(x.shape[1], -1, *(a.size for a in self.axes))
        return apply_conv(self.weight, self.axes, self.groups, signals).reshape(x.shape[1], -1).T

    def _adjoint(self, conjugate: bool) -> Operator:
        closed = (
            a.stride == 1 and (a.mode == "zeros" or (a.mode == "circular" and a.out == a.size)) for a in self.axes
        )
        if isinstance(self.weight, Abstract) or not all(closed):  # weights without values are known by their places
            return super()._adjoint(conjugate)
        o, depth = self.weight.shape[:2]
        grouped = self.weight.reshape(self.groups, o // self.groups, depth, *self.weight.shape[2:]).swapaxes(1, 2)
        turned = np.flip(grouped, tuple(range(3, grouped.ndim))).reshape(-1, o // self.groups, *self.weight.shape[2:])
        return replace(
            self,
            weight=rings.conjugate(turned) if conjugate else turned,
            axes=tuple(map(_turned, self.axes)),
            sources=self._sources,
        )

    def _scaled(self, scalar: Any) -> Operator:
        return replace(self, weight=rings.tidy(rings.times(self.weight, rings.entries(scalar))), sources=self._sources)

    def _plus(self, other: Operator) -> Operator | None:
        if not isinstance(other, Toeplitz) or self._frame != other._frame:
            return None
        left, right = rings.addable((self.weight, other.weight))
        return replace(self, weight=rings.tidy(left + right), sources=self._sources + other._sources)

    @property
    def _frame(self) -> tuple[Any, ...]:
        """Everything but the weight."""
        return self.axes, self.groups, self.channels, self.trimmed


def _places(axis: Axis) -> int:
    """The number of distinct (output, input) pairs that the taps of one axis join."""
    if axis.mode == "zeros":  # no two taps meet
        return int(np.count_nonzero(axis.table() >= 0))
    table = np.sort(axis.table(), axis=0)
    fresh = np.vstack([np.ones((1, axis.out), dtype=bool), table[1:] != table[:-1]])
    return int((fresh & (table >= 0)).sum())


def _turned(axis: Axis) -> Axis:
    """The axis of the transpose, stride 1: taps reversed, sizes exchanged."""
    lo = axis.dilation * (axis.taps - 1) - axis.lo
    return sized(Axis(axis.out, axis.taps, 1, axis.dilation, lo, 0, axis.mode), axis.size)


def sized(axis: Axis, out: int) -> Axis:
    """The axis with `hi` set so that it has `out` outputs."""
    hi = axis.stride * (out - 1) + axis.dilation * (axis.taps - 1) + 1 - axis.size - axis.lo
    return Axis(axis.size, axis.taps, axis.stride, axis.dilation, axis.lo, hi, axis.mode)


@product_rule(Toeplitz, Toeplitz)
def toeplitz_kernels_multiply(left: Toeplitz, right: Toeplitz) -> Operator | None:
    """T(u) T(v) = T(u * v up s) with stride s_u s_v, where the left layer reads no padding or both are periodic."""
    alike = left.boxes[1] == right.boxes[0] and left.channels == right.channels
    if not (alike and all(map(_chains, left.axes, right.axes))):
        return None
    steps = [(r.stride * a.dilation, r.dilation) for a, r in zip(left.axes, right.axes, strict=True)]
    groups = gcd(left.groups, right.groups)
    u, v = (ungrouped(A.weight, A.groups, groups) for A in (left, right))
    weight, dilation = chained(u, v, steps, groups)
    axes = tuple(
        sized(Axis(r.size, k, a.stride * r.stride, d, r.stride * a.lo + r.lo, 0, r.mode), a.out)
        for a, r, k, d in zip(left.axes, right.axes, weight.shape[2:], dilation, strict=True)
    )
    return Toeplitz(weight, axes, groups, left.channels, sources=left._sources + right._sources)


def _chains(left: Axis, right: Axis) -> bool:
    """Does the left axis read only true outputs of the right one?"""
    last = left.stride * (left.out - 1) + left.dilation * (left.taps - 1) - left.lo
    unpadded = left.lo <= 0 and last < left.size
    return unpadded or (left.mode == right.mode == "circular" and right.stride * right.out == right.size)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Circulant(Operator):
    """`C[i, j] = c[(i - j) mod n]` on the box of c."""

    c: Array
    sources: tuple[Array, ...] = ()  # the kernels that it was computed from

    @property
    def boxes(self) -> tuple[Box, Box]:
        return self.c.shape, self.c.shape

    @cached_property
    def _alive(self) -> Array:
        """The places of the taps that are not known to be zero."""
        return np.flatnonzero(rings.nonzero(self.c))

    def pattern(self, rows: Array | None = None) -> Pattern:
        alive, n = self._alive, self.c.size
        rings.check_memory((n if rows is None else len(rows)) * len(alive), 24, "the pattern of the matrix")
        rows = np.arange(n) if rows is None else np.asarray(rows, dtype=np.int64)
        i, t = np.unravel_index(rows, self.c.shape), np.unravel_index(alive, self.c.shape)
        cols = flat_index([(a[:, None] - b) % s for a, b, s in zip(i, t, self.c.shape, strict=True)], self.c.shape)
        taps = alive[None].repeat(len(rows), axis=0)
        return Pattern(rows.repeat(len(alive)), cols.ravel(), taps.ravel(), self.c.reshape(-1), free=len(alive) == n)

    @property
    def _weights(self) -> Array:
        return self.c.reshape(-1)

    @property
    def _sources(self) -> tuple[Array, ...]:
        return self.sources or (self._weights,)

    def _csr(self, max_bytes: int | None) -> tuple[Array, Array, Array]:
        if self.c.ndim > 1 or self.c.dtype.kind == "O":
            return super()._csr(max_bytes)
        alive = np.flatnonzero(self.c)
        rings.check_memory(len(alive) * self.c.size, self.c.dtype.itemsize + 12, "the sparse array", max_bytes)
        table = (np.arange(self.c.size) - alive[:, None]) % self.c.size
        return csr_arrays(self.c[alive][None, None], [table], self.c.shape)

    def _dense(self) -> Array:
        periods = np.pad(self.c, [(n - 1, 0) for n in self.c.shape], mode="wrap")
        windows = np.lib.stride_tricks.sliding_window_view(periods, self.c.shape)
        return np.flip(windows, tuple(range(self.c.ndim, 2 * self.c.ndim))).copy().reshape(self.shape)

    def _apply(self, x: Array) -> Array:
        if (common := denominator(self.c)) > 1:
            return quotient(self._scaled(common)._apply, x, common)
        box = self.c.shape
        if len(self._alive) > FEW:
            axes = tuple(Axis(n, n, lo=n - 1, mode="circular") for n in box)
            return apply_conv(np.flip(self.c)[None, None], axes, 1, x.T.reshape(-1, 1, *box)).reshape(x.shape[::-1]).T
        c, source = rings.multipliable(self.c, x.reshape(*box, -1), len(self._alive))
        places = zip(*np.unravel_index(self._alive, box), strict=True)
        parts = (np.roll(source, place, tuple(range(len(box)))) * c[place] for place in places)
        return np.asarray(sum(parts, np.zeros_like(source))).reshape(x.shape)

    def _adjoint(self, conjugate: bool) -> Operator:
        turned = reversed_circularly(self.c)
        return Circulant(rings.conjugate(turned) if conjugate else turned, self._sources)

    def _scaled(self, scalar: Any) -> Operator:
        return Circulant(rings.tidy(rings.times(self.c, rings.entries(scalar))), self._sources)

    def _plus(self, other: Operator) -> Operator | None:
        if not isinstance(other, Circulant) or self.c.shape != other.c.shape:
            return None
        left, right = rings.addable((self.c, other.c))
        return Circulant(rings.tidy(left + right), self._sources + other._sources)


@product_rule(Circulant, Circulant)
def circulant_kernels_multiply(left: Circulant, right: Circulant) -> Operator | None:
    """C_u C_v = C_{u * v}, the circular convolution."""
    if left.c.shape != right.c.shape:
        return None
    full = convolve(left.c[None, None], right.c[None, None])[0, 0]
    for axis, n in enumerate(left.c.shape):
        head, tail = np.split(full, [n], axis=axis)
        folded = np.zeros_like(head)
        np.moveaxis(folded, axis, 0)[: n - 1] = np.moveaxis(tail, axis, 0)
        full = np.add(*rings.addable((head, folded)))
    return Circulant(rings.tidy(full), left._sources + right._sources)


def _vector(values: Any, name: str, ndim: int | None = None) -> Array:
    array = rings.frozen(values, name)
    if not array.size or not array.ndim or (ndim is not None and array.ndim != ndim):
        msg = f"{name} must be a non-empty {'vector' if ndim else 'array'}, not of shape {array.shape}"
        raise ShapeError(msg)
    return array


@for_all_sizes
def circulant(c: Any, op: str = "convolution") -> Operator:
    """`C[i, j] = c[(i - j) mod n]`: c is the first column, as in SciPy; an N-D c gives the block form (BCCB).

    `op="correlation"` gives `C[i, j] = c[(j - i) mod n]`, the transpose: c is the first row.

    >>> import convalgebra as ca
    >>> ca.circulant([1, 2, 3]).to_numpy()
    array([[1, 3, 2],
           [2, 1, 3],
           [3, 2, 1]])
    >>> ca.circulant([[1, 2], [3, 4]]).to_numpy()
    array([[1, 2, 3, 4],
           [2, 1, 4, 3],
           [3, 4, 1, 2],
           [4, 3, 2, 1]])
    """
    array = _vector(c, "c")
    return Circulant(array if choice(op, "op", OPS) == "convolution" else reversed_circularly(array))


@for_all_sizes
def toeplitz(c: Any, r: Any = None) -> Operator:
    """`T[i, j] = c[i - j]` for i >= j and `r[j - i]` above the diagonal; r defaults to conj(c), and r[0] is not read.

    >>> import convalgebra as ca
    >>> ca.toeplitz([1, 2, 3], [1, 5]).to_numpy()
    array([[1, 5],
           [2, 1],
           [3, 2]])
    """
    column = _vector(c, "c", 1)
    row = rings.conjugate(column) if r is None else _vector(r, "r", 1)
    band = rings.tidy(np.concatenate(rings.addable((column[::-1], row[1:]))))
    alive = np.flatnonzero(rings.nonzero(band))
    first, last = (alive[0], alive[-1] + 1) if len(alive) else (len(column) - 1, len(column))
    trimmed = bool(last - first < len(band))
    axis = Axis(len(row), int(last - first), lo=int(len(column) - 1 - first))
    return Toeplitz(band[first:last][None, None], (sized(axis, len(column)),), channels=False, trimmed=trimmed)


@for_all_sizes
def convolution_matrix(w: Any, n: Size, mode: str = "full", op: str = "convolution") -> Operator:
    """`A x = w * x`: the matrix of `np.convolve(w, x, mode)` for signals x of n places, on any number of axes.

    `mode` is "full" (n + k - 1 rows), "valid" (max - min + 1) or "same" (max(n, k)), as in SciPy.
    `op="correlation"` does not flip the kernel: row i holds w itself, starting at column i when valid.

    >>> import convalgebra as ca
    >>> ca.convolution_matrix([1, 2], 3).to_numpy()
    array([[1, 0, 0],
           [2, 1, 0],
           [0, 2, 1],
           [0, 0, 2]])
    >>> ca.convolution_matrix([1, 2], 4, mode="valid", op="correlation").to_numpy()
    array([[1, 2, 0, 0],
           [0, 1, 2, 0],
           [0, 0, 1, 2]])
    """
    array = _vector(w, "w")
    box = box_of(n)
    if len(box) != array.ndim:
        msg = f"n must be one size for each of the {array.ndim} axes of w, not {n!r}"
        raise ArgumentError(msg)
    choice(mode, "mode", ("full", "valid", "same"))
    if (
        mode == "valid"
        and any(s > k for s, k in zip(box, array.shape, strict=True))
        and any(s < k for s, k in zip(box, array.shape, strict=True))
    ):
        msg = (
            "for mode='valid' w must be the smaller one, or the larger one, on all axes at once, "
            f"not {array.shape} against {box}"
        )
        raise ShapeError(msg)
    weight = np.flip(array) if choice(op, "op", OPS) == "convolution" else array
    axes = tuple(_placed(size, k, mode) for size, k in zip(box, array.shape, strict=True))
    return Toeplitz(weight[None, None], axes, channels=False)


def _placed(n: int, k: int, mode: str) -> Axis:
    dropped, out = {
        "full": (0, n + k - 1),
        "valid": (min(n, k) - 1, abs(n - k) + 1),
        "same": ((min(n, k) - 1) // 2, max(n, k)),
    }[mode]
    return sized(Axis(n, k, lo=k - 1 - dropped), out)
