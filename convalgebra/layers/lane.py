"""The fast lane of a layer: what the shape of a float array decides is decided once, then only numbers are left.

A lane is a function of such an array.  It gives None where it cannot vouch for its result, because an input or an
output is not finite: the layer then goes the long way, which refuses NaN and tells overflow from infinite inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from inspect import unwrap
from math import isfinite, prod
from sys import byteorder
from typing import TYPE_CHECKING

import numpy as np
from numpy import correlate

from convalgebra.algebra.apply import plan, prepared
from convalgebra.algebra.indexing import Axis, Box
from convalgebra.algebra.rings import Array

if TYPE_CHECKING:
    from convalgebra.algebra.slide import Slide

with suppress(ImportError):  # the same, where NumPy has it, without a detour for arrays of other libraries
    from numpy._core.multiarray import correlate

Lane = Callable[[Array], Array | None]
Look = Callable[[Array], bool]

DOUBLE = np.dtype(np.float64)
LANES = 4  # shapes of inputs whose lanes a layer keeps; each may hold the weight once more
SERIAL = 10_000  # entries above which BLAS wakes threads for a sum of products
WATCHED = 1 << 12  # entries that are sooner looked at than the outputs they reach
FEW = 500  # entries whose bytes are sooner looked at than their sum of products
HIGH = slice(7 if byteorder == "little" else 0, None, 8)  # the byte with the sign and the high bits of the exponent

_vdot = unwrap(np.vdot)  # without that detour; unlike np.dot it overflows in silence


class Lanes(dict[Box, Lane]):
    """The lanes for arrays of the last few shapes, each made when it is first asked for."""

    def __init__(self, make: Callable[[Box], Lane]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, shape: Box) -> Lane:
        lane = self._make(shape)
        if len(self) >= LANES:
            self.clear()
        self[shape] = lane
        return lane


def closed(_: Array) -> None:
    """The lane of what has none."""


def lane(weight: Array, bias: Array | None, axes: tuple[Axis, ...], groups: int, shape: Box) -> Lane:
    """`apply_conv` plus bias on float arrays of this shape, a sample (I, *sizes) or a batch (N, I, *sizes).

    >>> from convalgebra.algebra.indexing import Axis
    >>> lane(np.ones((1, 1, 2)), None, (Axis(3, 2),), 1, (1, 3))(np.array([[1.0, 2.0, 3.0]]))
    array([[3., 5.]])
    """
    if any(v is not None and v.dtype.kind not in "if" for v in (weight, bias)) or not prod(shape):
        return closed
    w = weight.astype(DOUBLE, copy=False)
    sure = _sure(w, axes, groups, shape)
    return sure if bias is None else _shifted(sure, bias.astype(DOUBLE).reshape(-1, *[1] * len(axes)))


def _sure(weight: Array, axes: tuple[Axis, ...], groups: int, shape: Box) -> Lane:
    """The layer without its bias, vouched for by a look at the inputs, or at some outputs where those are fewer."""
    samples = shape if len(shape) == len(axes) + 2 else (1, *shape)
    way = plan(weight, axes, groups, np.broadcast_to(1.0, samples)).way
    if way == "convolve" and axes == (Axis(prod(shape), weight.size),) and shape == (1, min(prod(shape), SERIAL)):
        return _line(weight.flatten(), prod(shape))  # NumPy copies what is read-only, each time
    run = prepared(way, weight, axes, groups, samples)
    out = (*shape[: len(shape) - len(axes) - 1], len(weight), *(a.out for a in axes))
    witness = _witness(weight, axes, groups)
    if witness is None or prod(samples[1:]) < WATCHED + 2 * groups * prod(out[-len(axes) :]):
        return _guarded(run, out, prod(shape))
    return _watched(run, out, (samples[0], groups, len(weight) // groups, -1), witness)


def _line(kernel: Array, size: int) -> Lane:
    """One kernel on one line: hardly more than two calls, which take most of the time."""
    finite = _look(size)

    def line(x: Array) -> Array | None:
        signal = x.ravel()
        return correlate(signal, kernel)[None] if finite(signal) else None

    def short(x: Array) -> Array | None:  # `_modest` written out
        high = x.tobytes()[HIGH]
        return None if 0x7F in high or 0xFF in high else correlate(x.ravel(), kernel)[None]

    return line if size > FEW else short


def _guarded(run: Slide, out: Box, size: int) -> Lane:
    """Look at all inputs first."""
    finite = _look(size)

    def guarded(x: Array) -> Array | None:
        signal = x.ravel()
        return run(signal).reshape(out) if finite(signal) else None

    return guarded


def _look(size: int) -> Look:
    """Are so many numbers finite, and not so large that this is hard to tell?

    Of few the high bytes are looked at.  No sum of products is finite where a number is not, though it may overflow; of
    many the first half meets the last, so that each is read once.
    """
    if size <= FEW:
        return _modest
    if size <= SERIAL // 2:
        return lambda signal: isfinite(_vdot(signal, signal))
    half = (size + 1) // 2
    cuts = [(lo, min(lo + SERIAL, half)) for lo in range(0, half, SERIAL)]
    first, *rest = pairs = [(slice(lo, hi), slice(size - half + lo, size - half + hi)) for lo, hi in cuts]
    if rest:
        return lambda signal: all(isfinite(_vdot(signal[a], signal[b])) for a, b in pairs)
    front, back = first
    return lambda signal: isfinite(_vdot(signal[front], signal[back]))


def _modest(signal: Array) -> bool:
    high = signal.tobytes()[HIGH]
    return 0x7F not in high and 0xFF not in high


def _watched(run: Slide, out: Box, parts: Box, witness: Array) -> Lane:
    """Look at few outputs in place of all inputs: where those are finite, every input was."""
    groups = np.arange(parts[1])

    def watched(x: Array) -> Array | None:
        with np.errstate(invalid="ignore", over="ignore"):
            y = run(x)
        return y.reshape(out) if np.isfinite(y.reshape(parts)[:, groups, witness]).all() else None

    return watched


def _shifted(sure: Lane, bias: Array) -> Lane:
    def shifted(x: Array) -> Array | None:
        y = sure(x)
        if y is not None:
            y += bias
        return y

    return shifted


def _witness(weight: Array, axes: tuple[Axis, ...], groups: int) -> Array | None:
    """For each group an output channel that reads every place with weights that are not zero, if all groups have one.

    No finite number leaves NaN or an infinity behind: times a number that is not zero they stay what they are, and so
    do sums with them, or turn into NaN.
    """
    full = (weight.reshape(groups, len(weight) // groups, -1) != 0).all(axis=2)
    return full.argmax(axis=1) if full.any(axis=1).all() and all(map(_reads_all, axes)) else None


def _reads_all(axis: Axis) -> bool:
    """Do the windows read every place?  True only where that is plain to see."""
    end = axis.stride * (axis.out - 1) + axis.taps - axis.lo
    return axis.dilation == 1 and axis.stride <= axis.taps and axis.lo >= 0 and end >= axis.size
