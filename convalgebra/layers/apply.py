"""Applying a convolution layer without its matrix: several ways, one of them picked by size.

    y[o, i] = sum over c, t of w[o, c, t] x[c, boundary(s*i + d*t - p)]

First the signal is extended beyond its edge, so that every window lies inside; then the kernel slides.  The signal is
cut into *units*, one for each sample and group, and worked on in pieces that stay in the cache: apart from those,
memory holds the extended signal and the output.  Integers stay exact: they pass through float64 only where every
partial sum is below 2**53, and through the FFT only where its error is proved to be below one half.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.kernel import dilated
from convalgebra.layers.fft import fft_block, fft_error, slide_by_fft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convalgebra.algebra.rings import Array

    Slide = Callable[[Array, tuple[Axis, ...], Array], Array]
    Cost = Callable[["Problem"], float]

PIECE = 1 << 16  # entries of one piece of work: it should stay in the cache
COLUMNS = 256  # columns that a matrix product should have, to pay for packing a large weight
HEAVY = 1 << 14  # entries of a weight that is large in this sense
DOUBLE_EXACT = 2**53  # integers below are exact in float64


@dataclass(frozen=True)
class Plan:
    """The way in which a layer will be applied, and why."""

    way: str
    why: str

    def __str__(self) -> str:
        return f"{self.way}: {self.why}"


@dataclass(frozen=True)
class Problem:
    """The sizes on which the choice of a way depends; `units` counts samples times groups."""

    outputs: int
    inputs: int
    axes: tuple[Axis, ...]
    units: int

    @property
    def taps(self) -> tuple[int, ...]:
        return tuple(a.taps for a in self.axes)

    @property
    def out(self) -> tuple[int, ...]:
        return tuple(a.out for a in self.axes)

    @property
    def products(self) -> int:
        """Multiplications of the definition, for all units."""
        return self.units * self.outputs * self.inputs * prod(self.taps) * prod(self.out)


def apply_conv(weight: Array, axes: tuple[Axis, ...], groups: int, x: Array) -> Array:
    """`y[n, o, i] = sum of weight[o, c, t] x[n, c, table(t, i)]`, exact when both are.

    `weight` is (O, I/groups, *taps) as it slides, x is (N, I, *sizes), the result (N, O, *out).

    >>> apply_conv(np.array([[[1, 10]]]), (Axis(3, 2, lo=1),), 1, np.array([[[1, 2, 3]]]))
    array([[[10, 21, 32]]])
    """
    w, signal = rings.multipliable(weight, x, prod(weight.shape[1:]))
    chosen = _plan(w.shape, axes, groups, len(x), *_arithmetic(w, signal))
    kind = w.dtype
    if kind.kind == "i" and chosen.way not in EXACT:
        w, signal = w.astype(np.float64), signal.astype(np.float64)
    y = WAYS[chosen.way][0](w.reshape(groups, -1, *w.shape[1:]), axes, signal)
    y = y.reshape(len(x), weight.shape[0], *(a.out for a in axes))
    return np.rint(y).astype(kind) if y.dtype != kind else y


def plan(weight: Array, axes: tuple[Axis, ...], groups: int, x: Array) -> Plan:
    """The way in which `apply_conv` computes this, and why.

    >>> print(plan(np.ones((1, 1, 3)), (Axis(100, 3),), 1, np.ones((1, 1, 100))))
    convolve: np.convolve along the rows
    """
    w, signal = rings.multipliable(weight, x, prod(weight.shape[1:]))
    return _plan(w.shape, axes, groups, len(x), *_arithmetic(w, signal))
