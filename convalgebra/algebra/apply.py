"""Applying a convolution layer without its matrix: seven ways, one of them picked by size.

    y[o, i] = sum over c, t of w[o, c, t] x[c, boundary(s*i + d*t - p)]

The signal is extended beyond its edge, so that every window lies inside; then the kernel slides, in pieces that stay
in the cache.  Integers stay exact: they pass through float64 only where every partial sum is below 2**53, and through
the FFT only where its error is proved to be below 1/4.  Floats that go through the FFT err in every output by up to
`error_bound` of the largest input in its block, also where that input is not read; the other ways err output by output.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, log2, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.fft import blocks, by_fft, error_bound, extents
from convalgebra.algebra.indexing import Axis, boundary
from convalgebra.algebra.scratch import Scratch
from convalgebra.algebra.slide import COLUMNS, by_band, by_columns, by_convolve, by_lines, by_rows, by_taps, line_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.rings import Array
    from convalgebra.algebra.slide import Slide, Steps

HEAVY = 1 << 14  # entries of a weight that pays only with COLUMNS columns in a matrix product
LITTLE = 1 << 15  # entries of a signal that is sooner cleared whole than at its borders
MOST_TAPS = 1 << 15  # of an integer kernel that is summed directly where one FFT would not be exact
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
        return blocks(spans_of(self.axes), self.extent)

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
    out = (len(x), len(weight), *(a.out for a in axes))
    if not len(x):
        return np.zeros(out, dtype=w.dtype)
    way = _chosen(w, axes, groups, signal).way
    kind, integral = w.dtype, w.dtype.kind == "i"
    if integral and way != "fft" and prod(w.shape[2:]) > MOST_TAPS and max(map(rings.magnitude, (w, signal))) > 1:
        return _by_halves(w, axes, groups, signal)
    if integral and way != "taps":
        w, signal = w.astype(np.float64), signal.astype(np.float64)
    y = prepared(way, w, axes, groups, signal.shape)(signal).reshape(out)
    return (np.rint(y) if way == "fft" else y).astype(kind, copy=False) if integral else y


def _by_halves(w: Array, axes: tuple[Axis, ...], groups: int, signal: Array) -> Array:
    """The larger of both as `high 2^b + low`: two layers on shorter integers, until the FFT of them is exact."""
    parts = [w, signal]
    place = int(rings.magnitude(signal) >= rings.magnitude(w))
    half = rings.magnitude(parts[place]).bit_length() // 2
    high, low = np.divmod(parts[place], 1 << half)
    left, right = (apply_conv(*((a, axes, groups, signal) if not place else (w, axes, groups, a))) for a in (high, low))
    return (left << half) + right


def prepared(way: str, weight: Array, axes: tuple[Axis, ...], groups: int, shape: Steps) -> Slide:
    """The layer on signals of this shape, (N, I, *sizes), and of the weight's kind: all done that needs no signal.

    The signal may come in any shape of that size, as may the result.
    """
    stride, dilation = zip(*((a.stride, a.dilation) for a in axes), strict=True)
    units = (shape[0], groups, shape[1] // groups, *spans_of(axes))
    slide = WAYS[way].prepare(weight.reshape(groups, -1, *weight.shape[1:]), stride, dilation, units)
    if units[3:] == tuple(shape[2:]) and not any(a.lo for a in axes):
        return slide
    extend, size = extending(axes, shape), (*shape[:2], *spans_of(axes))
    rings.check_memory(prod(size), weight.itemsize, "the extended signal")

    def padded(x: Array) -> Array:
        with Scratch(size, weight.dtype) as wide:
            return slide(extend(x, wide))

    return padded


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
    if largest > rings.EXACT_DOUBLE:
        return Plan("taps", f"integer sums up to {largest} > 2**53, one tap after the other")
    return _cheapest(sizes, error_bound(largest, weight.shape[1], sizes.blocks) <= FFT_ERROR)


@lru_cache(maxsize=1024)
def _cheapest(sizes: Sizes, transformable: bool) -> Plan:
    costs = {name: way.cost(sizes) for name, way in WAYS.items() if transformable or name != "fft"}
    best = min(costs, key=costs.__getitem__)
    return Plan(best, WAYS[best].why)


# --- the signal beyond its edge ---------------------------------------------------------------------------------------


def spans_of(axes: Sequence[Axis]) -> tuple[int, ...]:
    """The places that the windows reach on each axis, the padding counted."""
    return tuple(a.stride * (a.out - 1) + a.dilation * (a.taps - 1) + 1 for a in axes)


def extending(axes: tuple[Axis, ...], shape: Steps) -> Callable[[Array, Array], Array]:
    """`extended`, prepared for signals of this shape."""
    spans, whole = spans_of(axes), tuple(shape)
    if prod(whole[:2]) * prod(spans) > LITTLE or any(a.mode != "zeros" for a in axes):
        return lambda x, wide: extended(x.reshape(whole), axes, wide)
    lows = [max(a.lo, 0) for a in axes]
    highs = [max(low, min(a.lo + a.size, n)) for low, a, n in zip(lows, axes, spans, strict=True)]
    target: Any = (..., *map(slice, lows, highs))
    source: Any = (..., *(slice(low - a.lo, high - a.lo) for low, high, a in zip(lows, highs, axes, strict=True)))

    def extend(x: Array, wide: Array) -> Array:
        wide.fill(0)
        wide[target] = x.reshape(whole)[source]
        return wide

    return extend


def extended(x: Array, axes: tuple[Axis, ...], wide: Array) -> Array:
    """`wide[..., j] = x[..., boundary(j - lo)]` for the places j that windows reach; x itself where they stay inside.

    >>> extended(np.array([[[1, 2, 3]]]), (Axis(3, 3, lo=1, hi=1, mode="circular"),), np.empty((1, 1, 5), dtype=int))
    array([[[3, 1, 2, 3, 1]]])
    """
    spans = spans_of(axes)
    if all(a.lo <= 0 and span - a.lo <= a.size for a, span in zip(axes, spans, strict=True)):
        inside = tuple(slice(-a.lo, span - a.lo) for a, span in zip(axes, spans, strict=True))
        return x[:, :, *inside]
    _extend(wide, x, axes, 2)
    return wide


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


# --- what they cost, in nanoseconds: fits to measured times, good for choosing ----------------------------------------


def _cost_of_convolve(sizes: Sizes) -> float:
    if len(sizes.axes) > 1 or sizes.inputs > 1:
        return inf
    (axis,), (taps,), lines = sizes.axes, sizes.extent, sizes.units * sizes.outputs
    each = 0.15 + 0.15 * taps if taps <= 11 else 5 + 0.06 * taps
    if lines == axis.stride == 1:
        return 1000 + each * axis.out
    return 4000 + lines * (1700 + (each + 0.5) * axis.stride * axis.out)


def _cost_of_lines(sizes: Sizes) -> float:
    if len(sizes.axes) > 1 or sizes.inputs > 1:
        return inf
    (axis,), (taps,), lines = sizes.axes, sizes.extent, sizes.units * sizes.outputs
    width = line_width(taps)
    span = axis.stride * (width - 1) + taps
    if lines * span * width > LITTLE + lines * axis.out:  # the matrices, at one group a unit
        return inf
    turns = -(-span // (axis.stride * width))
    return 5000 + lines * (2000 * turns + (0.4 + 0.028 * span) * axis.out)


def _cost_of_taps(sizes: Sizes) -> float:
    return 10_000 + 0.035 * sizes.products if sizes.taps == 1 else inf


def _cost_of_band(sizes: Sizes) -> float:
    if len(sizes.axes) != 2 or sizes.units * sizes.outputs * sizes.inputs > 1:
        return inf
    (rows, columns), (_, span) = sizes.axes, spans_of(sizes.axes)
    line = rows.taps * span
    return 4000 + rows.out * line * (1 + 0.05 * columns.out) if line * columns.out <= HEAVY else inf


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
    start, place = (25_000, 0.22) if len(block) == 1 else (60_000, 0.6)
    transforms = sizes.units * tiles * (sizes.inputs + sizes.outputs) + sizes.inputs * sizes.outputs
    channels = sizes.inputs * sizes.outputs
    products = (1.0 if channels == 1 else 3 * (sizes.inputs + sizes.outputs) + channels) / 2 * sizes.units * tiles
    return start + prod(block) * (transforms * place * log2(prod(block)) + products)


@dataclass(frozen=True)
class Way:
    """How to slide a kernel, what that costs, and when it is worth it."""

    prepare: Callable[[Array, Steps, Steps, Steps], Slide]
    cost: Callable[[Sizes], float]
    why: str


WAYS = {
    "convolve": Way(by_convolve, _cost_of_convolve, "one short kernel on one axis, by np.convolve"),
    "lines": Way(by_lines, _cost_of_lines, "a few neighbouring outputs at once, against one banded matrix"),
    "band": Way(by_band, _cost_of_band, "one small image, its lines against one banded matrix"),
    "rows": Way(by_rows, _cost_of_rows, "a matrix product for each row of outputs"),
    "columns": Way(by_columns, _cost_of_columns, "one matrix product on the windows as columns"),
    "fft": Way(by_fft, _cost_of_fft, "a large kernel, by overlapping blocks of the Fourier transform"),
    "taps": Way(by_taps, _cost_of_taps, "one matrix product, for the one tap"),
}
