"""Hypothesis strategies: kernels, signals, shapes, shifts, layers and networks, shrinking to small readable cases.

With the package installed, Hypothesis knows the layers by itself: `from_type(ca.Conv)`.

>>> from hypothesis import find
>>> from convalgebra.testing import strategies
>>> layer = find(strategies.convs(), lambda layer: layer.stride[0] > 1)
>>> layer.weight, layer.stride, layer.padding
(array([[[0]]]), (2,), ((0, 0),))
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from inspect import signature
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import MODES, box_of, choice, integer
from convalgebra.algebra.kernel import Kernel, symbols
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import flip, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.errors import ArgumentError, ConvAlgebraError, MissingExtraError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Identity, Linear
from convalgebra.layers.base import Layer
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AvgPool, MaxPool
from convalgebra.layers.resample import Upsample
from convalgebra.layers.transpose import ConvTranspose

try:
    from hypothesis import strategies as st
except ImportError as error:
    msg = "strategies must come with Hypothesis, which is not installed; write pip install 'convalgebra[hypothesis]'"
    raise MissingExtraError(msg) from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array

MOST_CHANNELS, MOST_PLACES = 8, 64  # where `shapes` looks for the smallest input of a layer
MOST_SHIFT = 4  # of a box that is not known

# Floats are multiples of 1/4: their sums and products are exact, so that they too can be compared by ==.
_ENTRIES: dict[str, Callable[[], SearchStrategy[Any]]] = {
    "int": lambda: st.integers(-9, 9),
    "big": lambda: st.integers(-(2**70), 2**70),
    "fraction": lambda: st.builds(Fraction, st.integers(-9, 9), st.integers(1, 5)),
    "float": lambda: st.integers(-20, 20).map(lambda k: k / 4),
    "complex": lambda: st.builds(lambda a, b: complex(a / 2, b / 4), st.integers(-9, 9), st.integers(-9, 9)),
}


def entries(kind: str = "int") -> SearchStrategy[Any]:
    """One number: kind is "int", "big" (beyond 64 bits), "fraction", "float" (multiples of 1/4) or "complex"."""
    return _ENTRIES[choice(kind, "kind", tuple(_ENTRIES))]()


def signals(shape: Any, kind: str = "int") -> SearchStrategy[Array]:
    """An array of this shape; with kind "symbol", one of distinct symbols x0, x1, ..."""
    box = box_of(shape, "shape")
    if kind == "symbol":
        return st.builds(symbols, st.just("x"), st.just(box))
    return _signals(box, choice(kind, "kind", tuple(_ENTRIES)))


@cache  # Hypothesis validates every new strategy
def _signals(box: Box, kind: str) -> SearchStrategy[Array]:
    count = prod(box)
    values = st.lists(entries(kind), min_size=count, max_size=count)
    return values.map(lambda drawn: rings.entries(rings.filled(box, drawn)))


@st.composite
def kernels(
    draw: DrawFn, /, axes: int = 1, *, channels: tuple[int, int] | None = None, most: int = 3, kind: str = "int"
) -> Array:
    """A weight of up to `most` taps on each axis, after the axes (out_channels, in_channels) if these are given."""
    size = draw(st.tuples(*[st.integers(1, most)] * axes))
    if kind == "symbol":
        return symbols("w", (*(channels or ()), *size))
    return draw(signals((*(channels or ()), *size), kind))


def shifts(in_shape: Any = None) -> SearchStrategy[Any]:
    """A shift for each spatial axis of a box (channels, *sizes), or of a box (n,): at most once around.

    Without a box, one small integer: a shift by as much along every axis.
    """
    if in_shape is None:
        return st.integers(-MOST_SHIFT, MOST_SHIFT)
    box = box_of(in_shape, "in_shape")
    return st.tuples(*(st.integers(-n, n) for n in box[1:] or box))


@st.composite
def shapes(
    draw: DrawFn, /, layer: Layer | None = None, *, axes: int | None = None, channels: int | None = None, most: int = 4
) -> Box:
    """A shape (channels, *sizes); of a layer, one that it takes, at most `most` places longer than it needs."""
    if layer is not None:
        least = smallest(layer)
        longer = st.tuples(st.just(least[0]), *(st.integers(n, n + most) for n in least[1:]))
        return draw(longer.filter(lambda shape: _takes(layer, shape)))
    count = axes or draw(st.integers(1, 2))
    return channels or draw(st.integers(1, 3)), *draw(st.tuples(*[st.integers(1, most)] * count))


def smallest(layer: Layer) -> Box:
    """The smallest shape (channels, *sizes) that the layer takes.

    >>> import convalgebra as ca
    >>> smallest(ca.Sequential(ca.Conv([[[[1, 2, 3]]] * 2]), ca.MaxPool(2)))
    (2, 2, 4)
    """
    ranks = range(4) if layer.spatial is None else (layer.spatial,)
    sizes = product(range(1, MOST_PLACES + 1), range(1, MOST_CHANNELS + 1), ranks)
    shape = next(((c, *[n] * rank) for n, c, rank in sizes if _takes(layer, (c, *[n] * rank))), None)
    if shape is None:
        msg = (
            f"{type(layer).__name__} must take some input of at most {MOST_CHANNELS} channels and {MOST_PLACES} places "
            "on each axis; draw larger shapes by st.tuples"
        )
        raise ArgumentError(msg)
    for axis in range(1, len(shape)):
        shorter = ((*shape[:axis], n, *shape[axis + 1 :]) for n in range(1, shape[axis] + 1))
        shape = next(s for s in shorter if _takes(layer, s))
    return shape


def _takes(layer: Layer, shape: Box) -> bool:
    try:
        layer.output_shape(shape)
    except ConvAlgebraError:
        return False
    return True


# --- layers -----------------------------------------------------------------------------------------------------------


@st.composite
def convs(
    draw: DrawFn, /, axes: int | None = None, *, in_channels: int | None = None, kind: str = "int", **fixed: Any
) -> Conv:
    """A `ca.Conv` with any stride, padding, dilation, groups, boundary and op; options given here are kept.

    `convs(padding_mode="circular", stride=1)` draws the rest; `ndim=2` says the same as `axes=2`.
    """
    count = draw(_count(axes, fixed, Conv))
    groups = draw(_groups(in_channels, fixed.pop("groups", None)))
    depth = in_channels // groups if in_channels else draw(st.integers(1, 2))
    channels = (groups * draw(st.integers(1, 2)), depth)
    options = {
        "stride": _each(count, st.integers(1, 3)),
        "padding": _each(count, st.tuples(*[st.integers(-1, 3)] * 2)),
        "dilation": _each(count, st.integers(1, 2)),
        "padding_mode": st.sampled_from(MODES),
        "op": st.sampled_from(("correlation", "convolution")),
        "bias": _bias(channels[0], kind),
    }
    drawn: dict[str, Any] = {name: draw(values) for name, values in options.items() if name not in fixed}
    weight = draw(kernels(count, channels=channels, kind=kind))
    return Conv(weight, groups=groups, **drawn, **fixed)


@st.composite
def transposed(
    draw: DrawFn, /, axes: int | None = None, *, in_channels: int | None = None, kind: str = "int", **fixed: Any
) -> ConvTranspose:
    """A `ca.ConvTranspose` with any stride, output padding, dilation and groups; options given here are kept."""
    count = draw(_count(axes, fixed, ConvTranspose))
    groups = draw(_groups(in_channels, fixed.pop("groups", None)))
    channels = (in_channels or groups * draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    drawn = {"stride": draw(_each(count, st.integers(1, 3))), "dilation": draw(_each(count, st.integers(1, 2)))} | fixed
    steps = np.broadcast_to(drawn["stride"], count).tolist()
    drawn.setdefault("output_padding", draw(st.tuples(*(st.integers(0, s - 1) for s in steps))))
    drawn.setdefault("bias", draw(_bias(channels[1] * groups, kind)))
    weight = draw(kernels(count, channels=channels, kind=kind))
    return ConvTranspose(weight, groups=groups, **drawn)


def _count(axes: int | None, fixed: dict[str, Any], layer: type[Layer]) -> SearchStrategy[int]:
    """The number of axes, which may also be called ndim; all other options must be those of the layer."""
    given = fixed.pop("ndim", None) if axes is None else axes
    options = list(signature(layer).parameters)[1:]
    if unknown := next((name for name in fixed if name not in options), None):
        msg = f"the options of {layer.__name__} must be {', '.join(options)}, axes or in_channels, not {unknown!r}"
        raise ArgumentError(msg)
    return st.integers(1, 2) if given is None else st.just(integer(given, "axes", 1))


def _groups(in_channels: int | None, groups: int | None) -> SearchStrategy[int]:
    fitting = [g for g in ((1, 2) if groups is None else (groups,)) if not (in_channels or 0) % g]
    if not fitting:
        msg = f"groups must divide in_channels, {in_channels}, not be {groups}"
        raise ArgumentError(msg)
    return st.sampled_from(fitting)


@cache
def _each(count: int, values: SearchStrategy[Any]) -> SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[values] * count)


def _bias(count: int, kind: str) -> SearchStrategy[Any]:
    return st.none() if kind == "symbol" else st.none() | signals(count, kind)


@st.composite
def pools(draw: DrawFn, /, of: type[AvgPool | MaxPool] = AvgPool, axes: int | None = None) -> AvgPool | MaxPool:
    """An average or maximum pool with any stride, and a padding of at most half its window."""
    count = axes or draw(st.integers(1, 2))
    size = draw(_each(count, st.integers(1, 3)))
    padding = draw(st.tuples(*(st.integers(0, k // 2) for k in size)))
    return of(size, stride=draw(_each(count, st.integers(1, 3))), padding=padding)


@st.composite
def norms(draw: DrawFn, /, in_channels: int | None = None, kind: str = "int") -> BatchNorm:
    """A `ca.BatchNorm` with rational standard deviations, so that exact inputs stay exact."""
    count = in_channels or draw(st.integers(1, 3))
    deviations = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
    mean, weight, bias = (draw(signals(count, kind)) for _ in range(3))
    return BatchNorm(mean, [d * d for d in deviations], weight, bias, 0)


@st.composite
def linears(draw: DrawFn, /, kind: str = "int") -> Linear:
    """A `ca.Linear` from up to three numbers to up to three."""
    m, n = draw(st.tuples(*[st.integers(1, 3)] * 2))
    return Linear(draw(signals((m, n), kind)), draw(_bias(m, kind)))


@cache
def upsamples() -> SearchStrategy[Upsample]:
    """A `ca.Upsample` by up to three, of either mode."""
    return st.builds(Upsample, st.integers(1, 3), st.sampled_from(("nearest", "zeros")))


@cache
def layers(
    axes: int | None = None, *, in_channels: int | None = None, kind: str = "int", affine: bool = False
) -> SearchStrategy[Layer]:
    """A layer of any class that keeps the number of axes; `affine=True` leaves out `MaxPool` and `ReLU`."""
    some: list[SearchStrategy[Any]] = [
        convs(axes, in_channels=in_channels, kind=kind),
        transposed(axes, in_channels=in_channels, kind=kind),
        st.builds(Identity),
        pools(AvgPool, axes),
        upsamples(),
    ]
    if kind != "symbol":
        some.append(norms(in_channels, kind))
    return st.one_of(some if affine else [*some, pools(MaxPool, axes), st.builds(ReLU)])


@st.composite
def networks(
    draw: DrawFn, /, axes: int | None = None, *, depth: int = 3, kind: str = "int", affine: bool = False
) -> Sequential:
    """A `ca.Sequential` of up to `depth` layers, and residual blocks, whose channels fit."""
    count, channels = axes or draw(st.integers(1, 2)), draw(st.integers(1, 2))
    parts: list[Layer] = []
    for _ in range(draw(st.integers(1, integer(depth, "depth", 1)))):
        parts.append(draw(layers(count, in_channels=channels, kind=kind, affine=affine) | residuals(count, channels)))
        channels = _channels_after(parts[-1], channels, count)
    return Sequential(*parts)


def _channels_after(layer: Layer, channels: int, axes: int) -> int:
    n = next(n for n in range(1, MOST_PLACES) if _takes(layer, (channels, *[n] * axes)))
    return layer.output_shape((channels, *[n] * axes))[0]


@st.composite
def residuals(draw: DrawFn, /, axes: int = 1, channels: int = 1) -> Parallel:
    """`x + f(x)`, with a convolution of 1 or 3 taps as f."""
    k = draw(st.sampled_from((1, 3)))
    weight = draw(signals((channels, channels, *[k] * axes)))
    return Parallel(Identity(), Conv(weight, padding=k // 2), join="sum")


@st.composite
def operators(draw: DrawFn, /, kind: str = "int") -> Operator:
    """A small operator: a matrix, a circulant, a Toeplitz matrix, a shift, a flip, or its transpose."""
    m, n, k = draw(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3)))
    choices = st.one_of(
        signals((m, n), kind).map(matrix),
        signals(n, kind).map(circulant),
        signals(m, kind).map(lambda w: convolution_matrix(w, n)),
        st.sampled_from((shift(n, k), flip(n))),
    )
    A = draw(choices)
    return A.T if draw(st.booleans()) else A


# What `from_type` draws.  Hypothesis loads this module when it is imported itself, through the entry point.
for kind, strategy in {
    Conv: convs(),
    ConvTranspose: transposed(),
    AvgPool: pools(AvgPool),
    MaxPool: pools(MaxPool),
    BatchNorm: norms(),
    Linear: linears(),
    Upsample: upsamples(),
    Parallel: residuals(),
    Sequential: networks(),
    Layer: layers(),
    Kernel: st.builds(Kernel, kernels(channels=(1, 1)), st.integers(-3, 3).map(lambda o: (o,))),
    Operator: operators(),
}.items():
    st.register_type_strategy(kind, strategy)
