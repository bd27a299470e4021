"""Applying a convolution layer without its matrix: five ways, one of them picked by size.

    y[o, i] = sum over c, t of w[o, c, t] x[c, boundary(s*i + d*t - p)]

The signal is extended beyond its edge, so that every window lies inside; then the kernel slides, in pieces that stay
in the cache.  Integers stay exact: they pass through float64 only where every partial sum is below 2**53, and through
the FFT only where its error is proved to be below 1/4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from math import inf, log2, prod
from operator import iadd, mul
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import Axis, boundary
from convalgebra.algebra.kernel import dilated
from convalgebra.layers.fft import blocks, error_bound, extents, slide_by_fft, strided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convalgebra.algebra.rings import Array

    Steps = Sequence[int]
    Slide = Callable[[Array, Steps, Steps, Array], Array]

PIECE = 1 << 16  # entries of one piece of work: it should stay in the cache
COLUMNS = 256  # columns a matrix product should have to pay for a weight of more than HEAVY entries
HEAVY = 1 << 14
EXACT_DOUBLE = 2**53  # integers below are exact in float64
FFT_ERROR = 0.25  # integers are rounded back from a smaller error


@dataclass(frozen=True)
class Plan:
    """The way in which a layer is applied, and why."""

    way: str
    why: str

    def __str__(self) -> str:
        return f"{self.way}: {self.why}"


@dataclass(frozen=True)
class Sizes:
    """What the choice of a way depends on; `units` counts samples times groups."""

    units: int
    outputs: int
    inputs: int
    axes: tuple[Axis, ...]

    @property
    def taps(self) -> int:
        return prod(a.taps for a in self.axes)

    @property
    def out(self) -> int:
        return prod(a.out for a in self.axes)

    @property
    def extent(self) -> tuple[int, ...]:
        """The places that the dilated kernel covers on each axis."""
        return extents([a.taps for a in self.axes], [a.dilation for a in self.axes])

    @property
    def blocks(self) -> tuple[int, ...]:
        """The blocks of the Fourier transform."""
        spans = [a.stride * (a.out - 1) + k for a, k in zip(self.axes, self.extent, strict=True)]
        return blocks(spans, self.extent)

    @property
    def products(self) -> int:
        """The multiplications of the definition."""
        return self.units * self.outputs * self.inputs * self.taps * self.out


def apply_conv(weight: Array, axes: tuple[Axis, ...], groups: int, x: Array) -> Array:
    """`y[n, o, i] = sum of weight[o, c, t] x[n, c, table(t, i)]`, exact when both are.

    `weight` is (O, I/groups, *taps) as it slides, x is (N, I, *sizes), the result (N, O, *out).

    >>> apply_conv(np.array([[[1, 10]]]), (Axis(3, 2, lo=1),), 1, np.array([[[1, 2, 3]]]))
    array([[[10, 21, 32]]])
    """
    w, signal = rings.multipliable(weight, x, prod(weight.shape[1:]))
    if not len(x):
        return np.zeros((0, len(weight), *(a.out for a in axes)), dtype=w.dtype)
    way = _chosen(w, axes, groups, signal).way
    kind, integral = w.dtype, w.dtype.kind == "i"
    if integral and way != "taps":
        w, signal = w.astype(np.float64), signal.astype(np.float64)
    stride, dilation = zip(*((a.stride, a.dilation) for a in axes), strict=True)
    padded = extended(signal, axes)
    units = padded.reshape(len(x), groups, padded.shape[1] // groups, *padded.shape[2:])
    y = WAYS[way].slide(w.reshape(groups, -1, *w.shape[1:]), stride, dilation, units)
    y = y.reshape(len(x), len(weight), *(a.out for a in axes))
    return (np.rint(y) if way == "fft" else y).astype(kind, copy=False) if integral else y


def plan(weight: Array, axes: tuple[Axis, ...], groups: int, x: Array) -> Plan:
    """The way in which `apply_conv` does this, and why.

    >>> print(plan(np.ones((1, 1, 3)), (Axis(100, 3),), 1, np.ones((1, 1, 100))))
    convolve: one short kernel on one axis, by np.convolve
    """
    w, signal = rings.multipliable(weight, x, prod(weight.shape[1:]))
    return _chosen(w, axes, groups, signal)


def _chosen(weight: Array, axes: tuple[Axis, ...], groups: int, signal: Array) -> Plan:
    """The cheapest of the ways that are exact on these entries."""
    sizes = Sizes(len(signal) * groups, len(weight) // groups, weight.shape[1], axes)
    if weight.dtype == object:
        return Plan("taps", "exact entries, one tap after the other")
    if weight.dtype.kind != "i":
        return _cheapest(sizes, True)
    largest = rings.magnitude(weight) * rings.magnitude(signal) * prod(weight.shape[1:])
    if largest > EXACT_DOUBLE:
        return Plan("taps", f"integer sums up to {largest} > 2**53, one tap after the other")
    return _cheapest(sizes, error_bound(largest, weight.shape[1], sizes.blocks) <= FFT_ERROR)


@lru_cache(maxsize=1024)
def _cheapest(sizes: Sizes, transformable: bool) -> Plan:
    costs = {name: way.cost(sizes) for name, way in WAYS.items() if transformable or name != "fft"}
    best = min(costs, key=costs.__getitem__)
    return Plan(best, WAYS[best].why)


# --- the signal beyond its edge ---------------------------------------------------------------------------------------


def extended(x: Array, axes: tuple[Axis, ...]) -> Array:
    """`x[..., boundary(j - lo)]` for the places j = 0, 1, .. that windows reach; x itself where they stay inside.

    >>> extended(np.array([[[1, 2, 3]]]), (Axis(3, 3, lo=1, hi=1, mode="circular"),))
    array([[[3, 1, 2, 3, 1]]])
    """
    spans = tuple(a.stride * (a.out - 1) + a.dilation * (a.taps - 1) + 1 for a in axes)
    if all(a.lo <= 0 and span - a.lo <= a.size for a, span in zip(axes, spans, strict=True)):
        inside = tuple(slice(-a.lo, span - a.lo) for a, span in zip(axes, spans, strict=True))
        return x[:, :, *inside]
    rings.check_memory(prod(x.shape[:2]) * prod(spans), x.dtype.itemsize, "the extended signal")
    result = np.empty((*x.shape[:2], *spans), dtype=x.dtype)
    _extend(result, x, axes, 2)
    return result


def _extend(result: Array, x: Array, axes: tuple[Axis, ...], place: int) -> None:
    """Copy what lies inside, gather what lies beyond: on this axis, then on the next ones."""
    if place == x.ndim:
        result[...] = x
        return
    axis, span = axes[place - 2], result.shape[place]
    low = min(max(axis.lo, 0), span)
    high = max(low, min(span, axis.size + axis.lo))
    before = (slice(None),) * place
    _extend(result[*before, low:high], x[*before, low - axis.lo : high - axis.lo], axes, place + 1)
    for side in (slice(0, low), slice(high, span)):
        target = result[*before, side]
        if axis.mode == "zeros":
            target[...] = 0
        elif target.size:
            reads = boundary(np.arange(side.start, side.stop) - axis.lo, axis.size, axis.mode)
            _extend(target, x.take(reads, place), axes, place + 1)


# --- the ways: weight (G, O, C, *taps), signal (N, G, C, *span); result (N, G, O, *out), flat or not -----


def _outs(weight: Array, stride: Steps, dilation: Steps, signal: Array) -> tuple[int, ...]:
    spans, extent = signal.shape[3:], extents(weight.shape[3:], dilation)
    return tuple((n - k) // s + 1 for n, k, s in zip(spans, extent, stride, strict=True))


def slide_by_convolve(weight: Array, stride: Steps, dilation: Steps, signal: Array) -> Array:
    """One channel on one axis: `np.convolve` with the flipped kernel, every s-th place kept."""
    kernels = dilated(weight[:, :, 0], dilation)[..., ::-1]
    places = product(*map(range, (*signal.shape[:2], weight.shape[1])))
    rows = [np.convolve(signal[n, g, 0], kernels[g, o], "valid")[:: stride[0]] for n, g, o in places]
    return rows[0] if len(rows) == 1 else np.stack(rows)


def slide_by_taps(weight: Array, stride: Steps, dilation: Steps, signal: Array) -> Array:
    """The definition: one product of channel matrices for each tap, exact on any entries."""
    outs = _outs(weight, stride, dilation, signal)
    y = reduce(iadd, _by_tap(weight, stride, dilation, signal, outs))
    return y.reshape(*y.shape[:3], *outs)


def _by_tap(weight: Array, stride: Steps, dilation: Steps, signal: Array, outs: Steps) -> Iterator[Array]:
    for t in np.ndindex(*weight.shape[3:]):
        steps = zip(t, dilation, stride, outs, strict=True)
        places = tuple(slice(i * d, i * d + s * (n - 1) + 1, s) for i, d, s, n in steps)
        window = signal[:, :, :, *places]
        yield weight[:, :, :, *t] @ window.reshape(*signal.shape[:3], -1)


def slide_by_columns(weight: Array, stride: Steps, dilation: Steps, signal: Array) -> Array:
    """The windows side by side as the columns of a matrix (im2col), some at a time: one matrix product each."""
    rank, outs = len(stride), _outs(weight, stride, dilation, signal)
    units = signal.reshape(-1, *signal.shape[2:])
    inner = units.strides[2:]
    windows = strided(
        units,
        (*units.shape[:2], *weight.shape[3:], *outs),
        (*units.strides[:2], *map(mul, inner, dilation), *map(mul, inner, stride)),
    )
    rows, rest = weight.reshape(*weight.shape[:2], -1), prod(outs[1:])
    some = max(-(-COLUMNS // rest), PIECE // (rows.shape[2] * rest))
    y = np.empty((len(units), weight.shape[1], prod(outs)), weight.dtype)
    for picked, lo, hi in _pieces(len(units), outs[0], some):
        columns = windows[picked, :, *(slice(None),) * rank, lo:hi]
        columns = columns.reshape(len(columns), rows.shape[2], -1)
        np.matmul(_of_units(rows, picked), columns, out=y[picked, :, lo * rest : hi * rest])
    return y.reshape(*signal.shape[:2], weight.shape[1], *outs)


def slide_by_rows(weight: Array, stride: Steps, dilation: Steps, signal: Array) -> Array:
    """As columns, but a row of outputs at a time: the taps of the first axis are then rows that lie side by side.

    So the signal is repeated for the taps of the other axes only.  The first axis must not be dilated.
    """
    (first, *taps), (height, *outs) = weight.shape[3:], _outs(weight, stride, dilation, signal)
    units = signal.reshape(-1, *signal.shape[2:])
    unit, channel, line, *inner = units.strides
    shifted = strided(
        units,
        (len(units), units.shape[2], *taps, units.shape[1], *outs),
        (unit, line, *map(mul, inner, dilation[1:]), channel, *map(mul, inner, stride[1:])),
    )
    rows = np.moveaxis(weight, 2, -1).reshape(*weight.shape[:2], -1)
    depth, rest = rows.shape[2] // first, prod(outs)
    some = max(4 * first, PIECE // (depth * rest * stride[0]))
    y = np.empty((len(units), weight.shape[1], height, rest), weight.dtype)
    for picked, lo, hi in _pieces(len(units), height, some):
        piece = shifted[picked, stride[0] * lo : stride[0] * (hi - 1) + first]
        piece = np.ascontiguousarray(piece).reshape(len(piece), -1, depth, rest)
        jump, step, *inner = piece.strides
        windows = strided(piece, (len(piece), hi - lo, first * depth, rest), (jump, stride[0] * step, *inner))
        out = y[picked, :, lo:hi].swapaxes(1, 2)
        np.matmul(_of_units(rows, picked)[..., None, :, :], windows, out=out)
    return y.reshape(*signal.shape[:2], weight.shape[1], height, *outs)


def _pieces(units: int, places: int, some: int) -> Iterator[tuple[slice, int, int]]:
    """About `some` places of the first axis at a time: several units, or a part of one."""
    together = max(1, some // places)
    for first, lo in product(range(0, units, together), range(0, places, some)):
        yield slice(first, min(first + together, units)), lo, min(lo + some, places)


def _of_units(rows: Array, picked: slice) -> Array:
    """The weights that these units meet: unit u belongs to group u mod groups."""
    return rows if len(rows) == 1 else rows[np.arange(picked.start, picked.stop) % len(rows)]


# --- what they cost, in nanoseconds: fits to measured times, good for choosing ----------------------------------------


def _cost_of_convolve(sizes: Sizes) -> float:
    (axis,) = sizes.axes if len(sizes.axes) == 1 else (None,)
    if axis is None or sizes.inputs > 1:
        return inf
    taps = axis.dilation * (axis.taps - 1) + 1
    each = 0.3 * taps if taps <= 11 else 4.5 + 0.07 * taps
    return sizes.units * sizes.outputs * (5000 + each * axis.stride * axis.out)


def _cost_of_taps(sizes: Sizes) -> float:
    return 10_000 + 0.035 * sizes.products if sizes.taps == 1 else inf


def _cost_of_columns(sizes: Sizes) -> float:
    thin = 0.12 if sizes.outputs == 1 else 0
    return 15_000 + (0.035 + thin + 0.8 / sizes.outputs) * sizes.products


def _cost_of_rows(sizes: Sizes) -> float:
    first, *others = sizes.axes
    if not others or first.dilation > 1:
        return inf
    thin = 0.12 if sizes.outputs == 1 else 0
    heavy = 0.02 if sizes.inputs * sizes.outputs * sizes.taps > HEAVY and prod(a.out for a in others) < COLUMNS else 0
    copied = 0.8 / sizes.outputs * min(first.stride, first.taps) / first.taps
    return 15_000 + (0.035 + thin + heavy + copied) * sizes.products


def _cost_of_fft(sizes: Sizes) -> float:
    block = sizes.blocks
    steps = (max(1, b - k + 1) for b, k in zip(block, sizes.extent, strict=True))
    tiles = prod(max(1, a.stride * a.out / step) for a, step in zip(sizes.axes, steps, strict=True))
    place = 0.33 if len(block) == 1 else 0.6
    transforms = sizes.units * tiles * (sizes.inputs + sizes.outputs) + sizes.inputs * sizes.outputs
    channels = sizes.inputs * sizes.outputs
    products = (1.0 if channels == 1 else 3 * (sizes.inputs + sizes.outputs) + channels) / 2 * sizes.units * tiles
    return 60_000 + prod(block) * (transforms * place * log2(prod(block)) + products)


@dataclass(frozen=True)
class Way:
    """How to slide a kernel, what that costs, and when it is worth it."""

    slide: Slide
    cost: Callable[[Sizes], float]
    why: str


WAYS = {
    "convolve": Way(slide_by_convolve, _cost_of_convolve, "one short kernel on one axis, by np.convolve"),
    "rows": Way(slide_by_rows, _cost_of_rows, "a matrix product for each row of outputs"),
    "columns": Way(slide_by_columns, _cost_of_columns, "one matrix product on the windows as columns"),
    "fft": Way(slide_by_fft, _cost_of_fft, "a large kernel, by overlapping blocks of the Fourier transform"),
    "taps": Way(slide_by_taps, _cost_of_taps, "one matrix product, for the one tap"),
}
