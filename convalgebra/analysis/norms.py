"""The operator norm of a layer, its Lipschitz constant: at one size, or bounded for every size at once."""

from __future__ import annotations

from math import inf, nextafter, prod
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from convalgebra.algebra.combinators import Transpose
from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.analysis.bounds import everywhere, on_grid
from convalgebra.analysis.lanczos import largest
from convalgebra.analysis.spectrum import matrix_of, singular_values, unscaled
from convalgebra.analysis.symbol import Symbol, periodic
from convalgebra.errors import ArgumentError
from convalgebra.layers.affine import BatchNorm, Identity, Linear
from convalgebra.layers.conv import Conv
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.bounds import Bounds
    from convalgebra.layers.base import Layer

CERTAIN = ("zeros", "circular")  # padding modes whose layers are parts of the infinite one
DENSE = 2**30  # multiplications; larger matrices go by Lanczos steps
PRECISION = 1e-12


class Interval(NamedTuple):
    """`lower <= norm <= upper`, rounded outwards.

    >>> import convalgebra as ca
    >>> lower, upper = ca.operator_norm(ca.Identity())
    >>> lower <= 1 <= upper, upper - lower < 1e-9
    (True, True)
    """

    lower: float
    upper: float


class Norm(float):
    """A float with certain bounds: `lower <= norm <= upper`.

    >>> import convalgebra as ca
    >>> norm = ca.operator_norm(ca.Conv([[[1, 1]]], padding_mode="circular", padding=(0, 1)), (1, 4))
    >>> norm, norm.lower <= 2 <= norm.upper, norm.upper - norm.lower < 1e-9
    (2.0, True, True)
    """

    lower: float
    upper: float

    def __new__(cls, value: float, lower: float, upper: float) -> Self:
        """The value between its bounds."""
        self = super().__new__(cls, value)
        self.lower, self.upper = lower, upper
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Norm, (float(self), self.lower, self.upper)


@overload
def operator_norm(layer: Any, in_shape: None = None, *, tolerance: float = 1e-6) -> Interval: ...
@overload
def operator_norm(layer: Any, in_shape: Any, *, tolerance: float = 1e-6) -> Norm: ...
def operator_norm(layer: Any, in_shape: Any = None, *, tolerance: float = 1e-6) -> Interval | Norm:
    """`|A| = max |A x| / |x|`, the largest singular value: the Lipschitz constant of the layer.

    With `in_shape` (or for an operator) it is a float with `.lower` and `.upper`, of the layer as it is padded.
    Without it is an interval (lower, upper) about `sup over f of |K(f)|`, the norm of the layer on signals without end:
    `upper` bounds the norm for zero and for circular padding at every size, and large sizes come close to it.  It is at
    most `tolerance` wide, relatively, unless that takes some ten seconds; wider for circular padding with a stride,
    where sizes that the stride does not divide may come up to the norm of the layer without stride.  Groups take the
    maximum, not the product.

    Where the layer commutes with shifts the bounds are 1e-10 apart and proved, roundoff included: by a Cholesky factor
    for each frequency, and without a shape by the inequality of Bernstein and Szego for those in between.  Other
    matrices are decomposed (1e-12), large ones by Lanczos steps: `.upper` is then the bound for every size.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 2, 1]]], padding=1)
    >>> round(ca.operator_norm(layer, (1, 3)), 9)  # 2 + sqrt(2)
    3.414213562
    >>> lower, upper = ca.operator_norm(layer)
    >>> lower <= 4 <= upper, upper - lower < 1e-5
    (True, True)
    """
    if in_shape is None and not isinstance(layer, Operator):
        return _of_layer(layer, _tolerance(tolerance))
    operator = matrix_of(layer, in_shape)
    symbol = Symbol.of(operator)
    if symbol is not None and not symbol.rest:
        return Norm(*_roots(on_grid(symbol), symbol.exponent))
    return _of_matrix(operator)


def _of_matrix(operator: Operator) -> Norm:
    """The norm of a matrix that does not commute with shifts."""
    if prod(operator.shape) * min(operator.shape) <= DENSE:
        value = float(singular_values(operator)[0])
        return Norm(value, value * (1 - PRECISION), value * (1 + PRECISION))
    found, schur, exponent = largest(operator)
    value, upper = (float(unscaled(np.asarray(v), exponent)) for v in (found, schur))
    kernel = operator.operator if isinstance(operator, Transpose) else operator
    if isinstance(kernel, Toeplitz) and all(a.mode == "zeros" or periodic(a) for a in kernel.axes):
        steps = [(a.taps, a.stride, a.dilation) for a in kernel.axes]
        upper = min(upper, _for_all_sizes(_without_end(kernel.weight, steps, kernel.groups), 1e-6).upper)
    return Norm(value, value * (1 - PRECISION), max(upper, value * (1 + PRECISION)))


def _tolerance(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
        msg = f"tolerance must be a positive number, not {value!r}; write tolerance=1e-6"
        raise ArgumentError(msg)
    return float(value)


def _roots(bounds: Bounds, exponent: int) -> tuple[float, float, float]:
    """(value, lower, upper) of the norm from bounds on its square, rounded outwards."""
    lower, value, upper = (float(unscaled(np.sqrt(b), exponent)) for b in bounds)
    return value, nextafter(lower, 0) if lower else 0.0, nextafter(upper, inf) if upper else 0.0


def _of_layer(layer: Any, tolerance: float) -> Interval:
    """The interval of a layer; a strided circular one keeps rows of the layer without stride, at every size."""
    found = _for_all_sizes(endless(layer), tolerance)
    if getattr(layer, "padding_mode", "") != "circular" or set(layer.stride) == {1}:
        return found
    steps = [(k, 1, d) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
    dense = _for_all_sizes(_without_end(layer.weight, steps, layer.groups), tolerance)
    return Interval(found.lower, max(found.upper, dense.upper))


def _for_all_sizes(symbol: Symbol, tolerance: float) -> Interval:
    _, lower, upper = _roots(everywhere(symbol, tolerance), symbol.exponent)
    return Interval(lower, upper)


def endless(layer: Layer) -> Symbol:
    """The symbol of the layer on signals without end.

    >>> import convalgebra as ca
    >>> endless(ca.Conv([[[1, 2]]], stride=2)).weight.shape
    (1, 1, 1, 2)
    """
    if isinstance(layer, Linear):
        return Symbol.sliding(layer.weight, ())
    if isinstance(layer, BatchNorm):
        return Symbol.sliding(layer.scale[:, None], (), len(layer.mean))
    if isinstance(layer, Identity):
        return Symbol.sliding(np.ones((1, 1)), ())
    if not isinstance(layer, Conv | ConvTranspose):
        msg = (
            f"the layer must be a convolution to be bounded at every size, not {type(layer).__name__}; "
            "write ca.operator_norm(layer, in_shape), or ca.collapse(net) before"
        )
        raise ArgumentError(msg)
    if layer.padding_mode not in CERTAIN:
        msg = (
            f"padding_mode must be 'zeros' or 'circular' for a bound at every size, not {layer.padding_mode!r}, which "
            "repeats inputs; write ca.operator_norm(layer, in_shape)"
        )
        raise ArgumentError(msg)
    steps = list(zip(layer.kernel_size, layer.stride, layer.dilation, strict=True))  # type: ignore[arg-type]
    if layer.padding_mode == "circular" and _repeats(layer, steps):
        msg = (
            f"circular padding must make at most as many outputs as inputs to be bounded at every size, not be "
            f"{layer.padding!r}, which repeats outputs; write padding='same', or ca.operator_norm(layer, in_shape)"
        )
        raise ArgumentError(msg)
    return _without_end(layer.weight, steps, layer.groups)


def _repeats(layer: Any, steps: Sequence[tuple[int, int, int]]) -> bool:
    """Does the padding exceed what the kernel takes away?"""
    if isinstance(layer.padding, str):
        return layer.padding == "full" and any(k > 1 for k, _, _ in steps)
    return any(lo + hi > d * (k - 1) for (lo, hi), (k, _, d) in zip(layer.padding, steps, strict=True))


def _without_end(weight: Array, steps: Sequence[tuple[int, int, int]], groups: int) -> Symbol:
    return Symbol.sliding(weight, [Axis(s, k, s, d) for k, s, d in steps], groups, endless=True)
