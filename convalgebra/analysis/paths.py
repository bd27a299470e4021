"""On which inputs an output depends, counted: the matrix of a network with every weight 1.

No product of such matrices cancels, so its entries that are not zero are the receptive fields themselves, and an entry
is the number of ways from an input to an output.
"""

from __future__ import annotations

from functools import reduce
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import box_of
from convalgebra.algebra.selection import identity
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.analysis.compose import collapse
from convalgebra.analysis.counts import network
from convalgebra.errors import ArgumentError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Linear, LocallyConnected
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential, each
from convalgebra.layers.pool import AdaptiveAvgPool, GlobalAvgPool, GlobalMaxPool
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.layers.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.layers.base import Layer


def paths(net: Layer | Sequence[Layer], in_shape: Any) -> Operator:
    """`P[i, j]` = the number of ways from input j to output i; 0 exactly where output i never reads input j.

    Maxima and averages read their windows, activations their place.  With kernels of ones the counts are the
    coefficients of `(1 + z + ... + z^(k - 1))^layers`: the middle of a receptive field counts more than its edge.

    >>> import convalgebra as ca
    >>> three = ca.Conv([[[5, -7, 2]]])
    >>> ca.paths([three, ca.ReLU(), three], (1, 6)).to_numpy()
    array([[1, 2, 3, 2, 1, 0],
           [0, 1, 2, 3, 2, 1]])
    """
    return _paths(network(net), box_of(in_shape, "in_shape"))


def _paths(net: Layer, in_shape: Box) -> Operator:
    if isinstance(net, Sequential):
        return reduce(lambda left, right: right @ left, each("layer", net.layers, net.shapes(in_shape), _paths))
    if isinstance(net, Parallel):
        net.output_shape(in_shape)
        return net._beside(each("branch", net.branches, repeat(in_shape), _paths))
    return _ones(net, in_shape)


def _ones(layer: Layer, in_shape: Box) -> Operator:
    """The matrix of a layer with a 1 at every place that it reads."""
    if isinstance(layer, ReLU | BatchNorm):
        return identity(layer.output_shape(in_shape))
    if isinstance(layer, Window):
        return layer.constant(in_shape, 1)
    if isinstance(layer, GlobalAvgPool | GlobalMaxPool):
        return layer.pool(in_shape).constant(in_shape, 1)
    if isinstance(layer, AdaptiveAvgPool):
        return matrix(rings.nonzero(layer.matrix(in_shape).to_numpy()))
    return _weighted(layer, in_shape)


def _weighted(layer: Layer, in_shape: Box) -> Operator:
    if isinstance(layer, Linear):
        layer.output_shape(in_shape)
        return matrix(_one(layer.weight.shape))
    if isinstance(layer, Conv):
        return Toeplitz(_one(layer.weight.shape), layer.axes(in_shape), layer.groups)
    if isinstance(layer, ConvTranspose):
        return Toeplitz(_one(layer.weight.shape), layer.axes(in_shape), layer.groups).T
    if isinstance(layer, LocallyConnected):
        kernel = (layer.weight.shape[0], *layer.weight.shape[layer.spatial + 1 :])
        return Toeplitz(_one(kernel), layer.axes(in_shape))
    return layer.matrix(in_shape)


def _one(shape: Box) -> Array:
    return np.ones(shape, dtype=np.int64)


def effective_field(net: Layer | Sequence[Layer]) -> list[Box]:
    """The places, relative to `jump * i`, that output i truly depends on: the support of the collapsed kernel.

    Weights may cancel, and dilated kernels leave holes: the receptive field is the hull of what could be seen.
    Errors: `NotAConvolutionError`, and `ArgumentError` where outputs of different phases read differently.

    >>> import convalgebra as ca
    >>> ca.effective_field([ca.Conv([[[1, 1]]]), ca.Conv([[[1, -1]]])])
    [(0,), (2,)]
    >>> ca.receptive_field([ca.Conv([[[1, 1]]]), ca.Conv([[[1, -1]]])]).size
    (3,)
    """
    layer = collapse(net)
    if isinstance(layer, ConvTranspose):
        msg = (
            "the network must not upsample to have one field for all outputs, as this one does; "
            "write ca.receptive_field(net).phases, or the rows of ca.collapse(net, in_shape).matrix(in_shape)"
        )
        raise ArgumentError(msg)
    alive = np.argwhere(rings.nonzero(layer._taps).any(axis=(0, 1)))
    starts = [lo for lo, _ in layer._sides((1,) * layer.spatial)]
    return [tuple(int(d * t - lo) for d, t, lo in zip(layer.dilation, place, starts, strict=True)) for place in alive]
