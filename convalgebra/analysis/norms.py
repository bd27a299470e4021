"""The operator norm of a layer, its Lipschitz constant: at one size, or bounded for every size at once."""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from convalgebra.algebra.combinators import Transpose
from convalgebra.algebra.indexing import box_of, choice
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.analysis.bounds import on_grid
from convalgebra.analysis.endless import Interval, roots, supremum, without_end
from convalgebra.analysis.factors import at_every, at_size
from convalgebra.analysis.lanczos import largest
from convalgebra.analysis.lipschitz import bound
from convalgebra.analysis.spectrum import matrix_of, singular_values, unscaled
from convalgebra.analysis.symbol import Symbol, periodic
from convalgebra.errors import ArgumentError, NotLinearError
from convalgebra.layers.base import Layer
from convalgebra.layers.network import Parallel, Sequential

if TYPE_CHECKING:
    from typing import Self

    from convalgebra.analysis.lipschitz import Bound
    from convalgebra.layers.activation import Nonlinear

DENSE = 2**30  # multiplications; larger matrices go by Lanczos steps
PRECISION = 1e-12
NETWORKS = (Sequential, Parallel)


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
def operator_norm(
    layer: Any, in_shape: None = None, *, tolerance: float = 1e-6, arithmetic: str | None = None
) -> Interval: ...
@overload
def operator_norm(
    layer: Sequential | Parallel | Nonlinear, in_shape: Any, *, tolerance: float = 1e-6, arithmetic: str | None = None
) -> Norm | Bound: ...
@overload
def operator_norm(layer: Any, in_shape: Any, *, tolerance: float = 1e-6, arithmetic: str | None = None) -> Norm: ...
def operator_norm(
    layer: Any, in_shape: Any = None, *, tolerance: float = 1e-6, arithmetic: str | None = None
) -> Interval | Norm:
    """`|A| = max |A x| / |x|`, the largest singular value: the Lipschitz constant of the layer.

    With `in_shape` (or for an operator) it is a float with `.lower` and `.upper`, of the layer as it is padded.
    Without it is an interval (lower, upper) about `sup over f of |K(f)|`, the norm of the layer on signals without end:
    `upper` bounds the norm for zero and for circular padding at every size, and large sizes come close to it.  It is at
    most `tolerance` wide, relatively, unless that takes some ten seconds; wider for circular padding with a stride,
    where sizes that the stride does not divide may come up to the norm of the layer without stride.  Groups take the
    maximum, not the product.

    A network without a shape, or with a layer that is not linear, has an interval with a `.reason` why its Lipschitz
    constant may be below `upper`, and with the factors of its layers as a table in `.layers`: `upper` is the product
    along chains, the sum or the length over branches, and 1 + |f| for a residual block.

    Where the layer commutes with shifts the bounds are 1e-10 apart and proved, roundoff included: by a Cholesky factor
    for each frequency, and without a shape by the inequality of Bernstein and Szego for those in between.  Other
    matrices are decomposed (1e-12), large ones by Lanczos steps: `.upper` is then the bound for every size.

    Without a shape `arithmetic="floats"` takes floats, whose rounding is bounded beforehand, and "balls" intervals of
    python-flint, an extra.  By default balls narrow what floats leave wider than a `tolerance` below 1e-9, if they are
    installed: down to 1e-15, the width of a float.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 2, 1]]], padding=1)
    >>> round(ca.operator_norm(layer, (1, 3)), 9)  # 2 + sqrt(2)
    3.414213562
    >>> lower, upper = ca.operator_norm(layer)
    >>> lower <= 4 <= upper, upper - lower < 1e-5
    (True, True)
    >>> ca.operator_norm(ca.Sequential(ca.AvgPool((2,)), ca.ReLU())).upper  # 1 / sqrt(2)
    0.7071067811865476
    """
    width = _tolerance(tolerance)
    if in_shape is None and not isinstance(layer, Operator):
        return _at_every_size(layer, width, arithmetic)
    if arithmetic is not None:
        msg = f"arithmetic must be left out at one size, where LAPACK decomposes, not be {arithmetic!r}"
        raise ArgumentError(msg)
    try:
        operator = matrix_of(layer, in_shape)
    except NotLinearError:
        return _of_network(layer, in_shape)
    norm = _of_operator(operator)
    if isinstance(layer, NETWORKS) and norm.upper > norm * (1 + PRECISION):
        return Norm(norm, norm.lower, min(norm.upper, _of_network(layer, in_shape).upper))
    return norm


def _at_every_size(layer: Any, tolerance: float, arithmetic: str | None) -> Interval:
    way = None if arithmetic is None else choice(arithmetic, "arithmetic", ("floats", "balls"))
    if not isinstance(layer, Layer):
        matrix_of(layer, None)  # says what a layer is
    found = bound(layer, None, lambda part: at_every(part, tolerance, way))
    return found if isinstance(layer, NETWORKS) else Interval(*found)


def _of_operator(operator: Operator) -> Norm:
    """The norm of a matrix."""
    symbol = Symbol.of(operator)
    if symbol is not None and not symbol.rest:
        return Norm(*roots(on_grid(symbol), symbol.exponent))
    return _of_matrix(operator)


def _of_network(net: Any, in_shape: Any) -> Bound:
    """The bound at one size, from the norms of the layers there."""
    return bound(net, box_of(in_shape), lambda part: at_size(part, operator_norm))


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
        upper = min(upper, supremum(without_end(kernel.weight, steps, kernel.groups), 1e-6).upper)
    return Norm(value, value * (1 - PRECISION), max(upper, value * (1 + PRECISION)))


def _tolerance(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
        msg = f"tolerance must be a positive number, not {value!r}; write tolerance=1e-6"
        raise ArgumentError(msg)
    return float(value)
