"""The named classics: convolutions that lectures and frameworks give names of their own."""

from __future__ import annotations

from typing import Any

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import integer, per_axis
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.conv import Conv, arranged
from convalgebra.layers.network import Sequential


def grouped(weight: Any, groups: int, bias: Any = None, **options: Any) -> Conv:
    """`y[o] = sum of w[o, c] * x[c]` over the channels c of o's group alone: `Conv(weight, groups=groups)`.

    >>> import convalgebra as ca, numpy as np
    >>> ca.grouped(np.ones((4, 2, 3)), 2).channels
    (4, 4)
    """
    return Conv(weight, bias, groups=groups, **options)


def depthwise(weight: Any, bias: Any = None, *, layout: str = "OI*", multiplier: int = 1, **options: Any) -> Conv:
    """`y[m*c + q] = w[m*c + q] * x[c]`: every channel has its own m filters, as many groups as channels.

    `weight` is (channels * m, 1, *kernel_size) with `multiplier=m`, as torch; or (*kernel_size, channels, m) with
    `layout="*CM"`, as TensorFlow and Keras.

    >>> import convalgebra as ca, numpy as np
    >>> ca.depthwise(np.ones((3, 1, 5, 5))).channels, ca.depthwise(np.ones((5, 5, 3, 2)), layout="*CM").channels
    ((3, 3), (6, 3))
    """
    array = rings.entries(weight, "the weight")
    if str(layout).endswith("CM") and array.ndim > 2:
        channels, multiplier = array.shape[-2:]
        array, layout = array.reshape(*array.shape[:-2], 1, channels * multiplier), layout.replace("CM", "IO")
    array = arranged(array, layout)
    if array.shape[1] != 1 or array.shape[0] % integer(multiplier, "multiplier", 1):
        msg = (
            f"a depthwise weight must be (channels * {multiplier}, 1, *kernel_size), not of shape {array.shape}; "
            "write ca.Conv(weight, groups=...)"
        )
        raise ShapeError(msg)
    return Conv(array, bias, groups=array.shape[0] // multiplier, **options)


def pointwise(weight: Any, bias: Any = None, *, spatial: int = 2, **options: Any) -> Conv:
    """`y[o, i] = sum over c of w[o, c] x[c, i]`: a matrix on the channels at every place, a 1x1 convolution.

    >>> import convalgebra as ca
    >>> ca.pointwise([[1, 2]])([[[3]], [[4]]])
    array([[[11]]])
    """
    array = rings.entries(weight, "the weight")
    if array.ndim != 2:
        msg = f"a pointwise weight must be (out_channels, in_channels), not of shape {array.shape}; write w[:, :, 0, 0]"
        raise ShapeError(msg)
    return Conv(array.reshape(*array.shape, *[1] * integer(spatial, "spatial", 1, 2**4)), bias, **options)


def depthwise_separable(depth_weight: Any, point_weight: Any, bias: Any = None, **options: Any) -> Sequential:
    """`pointwise(depthwise(x))`: the weights w[o, c, t] = p[o, c] d[c, t] of one convolution, c*k + o*c of them.

    The options (stride, padding, ...) are those of the depthwise layer, the bias that of the pointwise one.

    >>> import convalgebra as ca, numpy as np
    >>> ca.depthwise_separable(np.ones((3, 1, 5, 5)), np.ones((8, 3))).parameters
    99
    """
    first = depthwise(depth_weight, **options)
    return Sequential(first, pointwise(point_weight, bias, spatial=first.spatial))


def causal(weight: Any, bias: Any = None, *, dilation: int | tuple[int, ...] = 1, **options: Any) -> Conv:
    """`y[i] = sum over t of w[t] x[i - d*(k - 1 - t)]`: no output reads a later input; as Keras padding="causal".

    All the padding d*(k - 1) stands before the signal, on every axis; the size stays at stride 1.

    >>> import convalgebra as ca
    >>> ca.causal([[[1, 2]]]).matrix((1, 3)).to_numpy()
    array([[2, 0, 0],
           [1, 2, 0],
           [0, 1, 2]])
    """
    if "padding" in options:
        msg = f"padding of a causal layer must be left out, not {options['padding']!r}; write ca.Conv(...)"
        raise ArgumentError(msg)
    kernel = arranged(weight, options.get("layout", "OI*")).shape[2:]
    steps = per_axis(dilation, len(kernel), "dilation", 1)
    sides = tuple((int(d * (k - 1)), 0) for d, k in zip(steps, kernel, strict=True))
    return Conv(weight, bias, padding=sides, dilation=steps, **options)
