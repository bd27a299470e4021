"""What a network costs: parameters and products, layer by layer, exactly and as other counters count them.

The exact count is the number of entries of the matrices: products with padding zeros are none, and a layer costs what
its transpose costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.abstract import abstract
from convalgebra.algebra.indexing import box_of, choice
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.errors import ArgumentError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Linear, LocallyConnected
from convalgebra.layers.base import Layer
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from convalgebra.layers.resample import Upsample
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convalgebra.algebra.indexing import Axis, Box


@dataclass(frozen=True)
class Leaf:
    """A layer that is no network, where it stands ("2.0": the first part of part 2), and its shapes, where known.

    >>> import convalgebra as ca
    >>> [(leaf.place, leaf.out_shape) for leaf in leaves(ca.Sequential(ca.Flatten(), ca.Linear([[1, 2]])), (1, 2))]
    [('0', (2,)), ('1', (1,))]
    """

    place: str
    layer: Layer
    in_shape: Box = ()
    out_shape: Box = ()

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The tap tables of a layer with windows."""
        return self.layer.axes(self.in_shape)  # type: ignore[attr-defined,no-any-return]  # not every layer has any


def network(net: Layer | Sequence[Layer]) -> Layer:
    """The layer or network; a list of layers, which may hold lists, as the network it means.

    >>> len(network([ReLU(), [ReLU(), ReLU()]]).layers)
    2
    """
    return _network(net, "the network")


def _network(net: Any, name: str) -> Layer:
    if isinstance(net, Layer):
        return net
    if not isinstance(net, list | tuple):
        msg = f"{name} must be a layer or a list of layers, not {net!r}; write ca.Sequential(*layers)"
        raise ArgumentError(msg)
    if not net:
        msg = f"{name} must have at least one layer, not none; write ca.Identity()"
        raise ArgumentError(msg)
    inner = "" if name == "the network" else f"{name}, "
    return Sequential(*(_network(layer, f"{inner}layer {k}") for k, layer in enumerate(net)))


def leaves(net: Layer, in_shape: Any = None) -> Iterator[Leaf]:
    """The layers of a network in order, branches one after another; errors name the position and the shapes.

    >>> import convalgebra as ca
    >>> net = ca.Parallel(ca.Identity(), ca.Sequential(ca.ReLU()), join="sum")
    >>> [(leaf.place, type(leaf.layer).__name__) for leaf in leaves(net, (1, 4))]
    [('0', 'Identity'), ('1.0', 'ReLU')]
    """
    shape = None if in_shape is None else box_of(in_shape, "in_shape")
    if isinstance(net, Sequential | Parallel):
        return _within(net, shape, "")
    return iter([Leaf("0", net) if shape is None else Leaf("0", net, shape, net.output_shape(shape))])


def _within(net: Sequential | Parallel, in_shape: Box | None, place: str) -> Iterator[Leaf]:
    for k, (layer, *ends) in enumerate(_parts(net, in_shape)):
        if isinstance(layer, Sequential | Parallel):
            yield from _within(layer, ends[0], f"{place}{k}.")
        else:
            yield Leaf(f"{place}{k}", layer, *ends)


def _parts(net: Sequential | Parallel, in_shape: Box | None) -> Iterable[tuple[Any, ...]]:
    """Each part with the shapes of its input and output."""
    if in_shape is None:
        return ((part, None) for part in (net.layers if isinstance(net, Sequential) else net.branches))
    if isinstance(net, Sequential):
        shapes = net.shapes(in_shape)
        return zip(net.layers, shapes, shapes[1:], strict=False)
    net.output_shape(in_shape)
    return ((branch, in_shape, branch.output_shape(in_shape)) for branch in net.branches)


def parameters(net: Layer | Sequence[Layer]) -> int:
    """The number of weights and biases: `out * in / groups * (kernel places)` and `out` for each convolution.

    >>> import convalgebra as ca, numpy as np
    >>> ca.parameters([ca.Conv(np.ones((6, 1, 5, 5)), np.ones(6))])  # LeNet-5, C1
    156
    """
    return network(net).parameters


def count_macs(net: Layer | Sequence[Layer], in_shape: Any, exact: bool = True, *, convention: str = "") -> int:
    """The multiplications with weights for one input of this shape, in convolutions and dense layers.

    `exact=True` counts the entries of the layers' matrices (`A.nnz`, weights that happen to be 0 included), so that no
    product with a padding zero counts;
    `exact=False` counts every kernel position, `weights * positions`, without bias.  Normalisations (they fold into the
    layer before), pools and activations count nothing.

    `convention` names another counter and counts as it does instead: "fvcore" and "torchvision" (every kernel
    position), "ptflops", "thop", "torchinfo".  They differ in the bias, in whether a transposed layer has the positions
    of its input or its output, and in what else they count.

    >>> import convalgebra as ca, numpy as np
    >>> conv = ca.Conv(np.ones((8, 3, 3, 3)), padding=1)
    >>> ca.count_macs(conv, (3, 8, 8)), ca.count_macs(conv, (3, 8, 8), exact=False)
    (11616, 13824)
    """
    if convention:
        count = CONVENTIONS[choice(convention, "convention", tuple(CONVENTIONS))]
    else:
        count = products if exact else positions
    return sum(map(count, leaves(network(net), box_of(in_shape, "in_shape"))))


def products(leaf: Leaf) -> int:
    """The entries of the matrix of a layer with weights; 0 for others.

    >>> products(Leaf("0", Conv([[[1, 2, 3]]], padding=1), (1, 4), (1, 4)))
    10
    """
    layer = leaf.layer
    if isinstance(layer, Linear):
        return int(layer.weight.size)
    if isinstance(layer, Conv | ConvTranspose):  # nnz(A) = nnz(A.T)
        return Toeplitz(layer.weight, leaf.axes, layer.groups).nnz
    if isinstance(layer, LocallyConnected):
        kernel = (layer.weight.shape[0], *layer.weight.shape[layer.spatial + 1 :])
        return Toeplitz(abstract(kernel), leaf.axes).nnz
    return 0


def positions(leaf: Leaf) -> int:
    """`weights * positions` of a layer with weights, padding included; a transposed layer has those of its input.

    >>> positions(Leaf("0", Conv([[[1, 2, 3]]], padding=1), (1, 4), (1, 4)))
    12
    """
    layer = leaf.layer
    if isinstance(layer, Linear | LocallyConnected):
        return int(layer.weight.size)
    if isinstance(layer, Conv | ConvTranspose):
        places = leaf.in_shape if isinstance(layer, ConvTranspose) else leaf.out_shape
        return int(layer.weight.size) * prod(places[1:])
    return 0


def _fvcore(leaf: Leaf) -> int:
    if isinstance(leaf.layer, BatchNorm):
        return _affine(leaf.layer) * prod(leaf.in_shape)
    if isinstance(leaf.layer, AdaptiveAvgPool | GlobalAvgPool):
        return prod(leaf.in_shape)
    return prod(leaf.out_shape) if isinstance(leaf.layer, Upsample) else positions(leaf)


def _ptflops(leaf: Leaf) -> int:
    layer = leaf.layer
    if isinstance(layer, Conv | ConvTranspose | Linear):
        return positions(leaf) + (0 if layer.bias is None else prod(leaf.out_shape))
    if isinstance(layer, BatchNorm):
        return _affine(layer) * prod(leaf.in_shape)
    if isinstance(layer, MaxPool | AvgPool | AdaptiveAvgPool | GlobalAvgPool | GlobalMaxPool | ReLU):
        return 2 * prod(leaf.in_shape)  # once as a module and once as a function
    return 2 * prod(leaf.out_shape) if isinstance(layer, Upsample) else 0


def _thop(leaf: Leaf) -> int:
    layer = leaf.layer
    if isinstance(layer, ConvTranspose):
        return layer.channels[1] // layer.groups * prod(layer.kernel_size) * prod(leaf.out_shape)
    if isinstance(layer, BatchNorm):
        return 2 * _affine(layer) * prod(leaf.in_shape)
    if isinstance(layer, AdaptiveAvgPool | GlobalAvgPool):
        window = prod(n // m for n, m in zip(leaf.in_shape[1:], leaf.out_shape[1:], strict=True))
        return (window + 1) * prod(leaf.out_shape)
    return prod(leaf.out_shape) if isinstance(layer, AvgPool | Upsample) else positions(leaf)


def _torchinfo(leaf: Leaf) -> int:
    windows = isinstance(leaf.layer, Conv | ConvTranspose)
    return leaf.layer.parameters * (prod(leaf.out_shape[1:]) if windows else 1)


def _affine(layer: BatchNorm) -> int:
    return 1 if layer.weight is None else 2


CONVENTIONS: dict[str, Callable[[Leaf], int]] = {
    "fvcore": _fvcore, "torchvision": positions, "ptflops": _ptflops, "thop": _thop, "torchinfo": _torchinfo,
}  # fmt: skip
