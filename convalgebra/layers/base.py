"""What every layer says: shapes, its affine map, and its value on samples and batches."""

from __future__ import annotations

import inspect
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.apply import Plan
from convalgebra.algebra.indexing import box_of
from convalgebra.algebra.protocol import symbols_in
from convalgebra.algebra.sealing import Sealed
from convalgebra.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


class Layer(Sealed):
    """A map from a box of places (channels first) to another; affine layers are `y = A x + b`.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 2]]], [10])
    >>> A, b = layer.affine((1, 3))
    >>> A.to_numpy(), b
    (array([[1, 2, 0],
           [0, 1, 2]]), array([10, 10]))
    """

    _way: ClassVar[tuple[str, str]] = ("matrix", "one product with the matrix, entry after entry")

    @property
    def spatial(self) -> int | None:
        """The number of spatial axes, where the layer knows it."""
        return None

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return 0

    def output_shape(self, in_shape: Any) -> Box:
        """The box of the output, (channels, *spatial)."""
        raise NotImplementedError

    def matrix(self, in_shape: Any) -> Operator:
        """The matrix A of the linear part on inputs of this shape."""
        raise NotImplementedError

    def offset(self, in_shape: Any) -> Array:
        """The constant part b of `y = A x + b`, flat."""
        return spread(np.zeros(1, dtype=np.int64), (1, prod(self.output_shape(in_shape))))

    def affine(self, in_shape: Any) -> tuple[Operator, Array]:
        """(A, b) with `vec(layer(x)) = A vec(x) + b`, vec in C order."""
        return self.matrix(in_shape), self.offset(in_shape)

    def factors(self, in_shape: Any) -> tuple[Operator, Operator, Operator]:  # noqa: ARG002  # convolutions have them
        """(D, T, P) with `D @ T @ P == A`; refused where the layer is no convolution."""
        msg = (
            f"a layer must be a convolution to have factors D T(w) P, not {type(self).__name__}; "
            "write layer.matrix(in_shape), or ca.collapse(network, in_shape).factors(in_shape)"
        )
        raise ArgumentError(msg)

    def __call__(self, x: Any) -> Array:
        """The layer on one sample (c, *spatial), or on a batch (n, c, *spatial)."""
        array = rings.entries(x, "the input")
        if self.spatial is not None and array.ndim == self.spatial + 2:
            return self._batch(array)
        y: Array = self._batch(array[None])[0]
        return y

    def map(self, xs: Iterable[Any]) -> Array:
        """The layer on every sample of a batch (n, c, *spatial)."""
        array = rings.entries(xs, "the inputs")
        if array.ndim < 2:
            msg = f"a batch must have an axis of samples and axes of places, not shape {array.shape}; write layer(x)"
            raise ShapeError(msg)
        return self._batch(array)

    def _batch(self, xs: Array) -> Array:
        box = self.output_shape(tuple(xs.shape[1:]))
        A, b = self.affine(tuple(xs.shape[1:]))
        y, b = rings.addable((A._apply(xs.reshape(len(xs), prod(xs.shape[1:])).T), b))
        return rings.public((y + b[:, None]).T.reshape(len(xs), *box))

    def plan(self, in_shape: Any) -> Plan:
        """The way in which `layer(x)` computes a float sample of this shape, and why.

        >>> import convalgebra as ca
        >>> print(ca.MaxPool(2).plan((3, 8, 8)))
        axes: the windows along one axis after the other, tap by tap
        """
        self.output_shape(in_shape)
        return Plan(*self._way)

    def explain(self, in_shape: Any = None) -> str:
        """The formula of the layer and, for a given input, its shapes."""
        formula = (inspect.getdoc(type(self)) or type(self).__name__).partition("\n")[0]
        if in_shape is None:
            return formula
        return f"{formula}\ninput {box_of(in_shape, 'in_shape')} -> output {self.output_shape(in_shape)}"

    def to_torch(self, spatial: int | None = None) -> Any:
        """The `torch.nn` module in float64 that computes this layer; `spatial` axes where the layer does not know."""
        from convalgebra.interop.torch_modules import to_torch  # noqa: PLC0415  # door

        return to_torch(self, spatial)

    def figure(self, in_shape: Any, kind: str = "grid+matrix", **options: Any) -> Any:
        """The layer as a picture on inputs of this shape: kind is "arithmetic", "grid+matrix" or "factors"."""
        from convalgebra.display.layer_figure import layer_figure  # noqa: PLC0415  # door

        return layer_figure(self, in_shape, kind, **options)

    def explore(self, in_shape: Any = None, *, view: str = "A") -> Any:
        """The layer as a page to play with, without `in_shape` on a small input: `.save("x.html")`.

        `view` is what it opens with: "A", "A.T" or "A S - S A".
        """
        from convalgebra.display.explorer import layer_explorer  # noqa: PLC0415  # door

        return layer_explorer(self, in_shape, view=view)


class Weighted(Layer):
    """A layer with a weight (., ., *kernel_size) and a bias for each output channel, or none."""

    def __new__(cls, weight: Any = None, *args: Any, **options: Any) -> Any:
        """A layer; one for all sizes where the weight, a stride, dilation or padding is a symbol."""
        symbol = next(symbols_in((weight, *options.values())), None)
        return object.__new__(cls) if symbol is None else symbol.__convalgebra__(cls.__name__)(weight, *args, **options)

    weight: Any
    bias: Any
    stride: Any
    dilation: Any

    @property
    def spatial(self) -> int:
        return int(self.weight.ndim) - 2

    @property
    def kernel_size(self) -> Box:
        """The number of taps on each axis."""
        return tuple(self.weight.shape[2:])

    @property
    def _windows(self) -> tuple[tuple[int, int, int], ...]:
        """(kernel size, stride, dilation) of each axis."""
        return tuple(zip(self.kernel_size, self.stride, self.dilation, strict=True))

    @property
    def channels(self) -> tuple[int, int]:
        """(out_channels, in_channels)."""
        raise NotImplementedError

    @property
    def parameters(self) -> int:
        return counted(self.weight, self.bias)

    def offset(self, in_shape: Any) -> Array:
        if self.bias is None:
            return super().offset(in_shape)
        return spread(self.bias, self.output_shape(in_shape))

    def _check_bias(self) -> None:
        out = self.channels[0]
        if self.bias is not None and self.bias.shape != (out,):
            msg = f"the bias must be one number for each of the {out} output channels, not of shape {self.bias.shape}"
            raise ShapeError(msg)


def counted(*weights: Array | None) -> int:
    """The number of weights, of those that there are.

    >>> counted(np.ones((2, 3)), None)
    6
    """
    return sum(int(w.size) for w in weights if w is not None)


def spread(values: Array, shape: Box) -> Array:
    """One value for each channel, repeated over the places of the box (channels, *sizes), flat.

    >>> spread(np.array([5, 7]), (2, 3))
    array([5, 5, 5, 7, 7, 7])
    """
    rings.check_memory(prod(shape), 8, "the offset of the layer")
    return rings.public(np.repeat(values, prod(shape[1:])))


def shifted(ys: Array, bias: Array | None) -> Array:
    """Each channel of a batch plus its bias, as users see it.

    >>> shifted(np.array([[[1, 2], [3, 4]]]), np.array([10, 20]))
    array([[[11, 12],
            [23, 24]]])
    """
    if bias is None:
        return rings.public(ys)
    y, b = rings.addable((ys, bias))
    return rings.public(y + b.reshape(-1, *[1] * (y.ndim - 2)))


def shape_of(in_shape: Any, channels: int, spatial: int) -> Box:
    """The input box (channels, *sizes), checked.

    >>> shape_of((3, 8, 8), 3, 2)
    (3, 8, 8)
    """
    if not isinstance(in_shape, tuple | list):
        msg = f"in_shape must be a tuple (channels, *sizes), not {in_shape!r}"
        raise ArgumentError(f"{msg}; write ({channels}, {in_shape})" if isinstance(in_shape, int) else msg)
    box = box_of(in_shape, "in_shape")
    if len(box) != spatial + 1 or box[0] != channels:
        wanted = f"({channels}, {', '.join('n' * spatial)})"
        msg = f"the input must have shape {wanted}, {channels} channels and {spatial} spatial axes, not {tuple(box)}"
        raise ShapeError(f"{msg}; write x[None]" if channels == 1 and len(box) == spatial else msg)
    return box
