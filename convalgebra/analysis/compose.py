"""A network of affine layers as one: `T(v) D_s T(u) D_r = T(v up r * u) D_(s r)`, and the truth about its border.

The kernels always multiply.  Whether the single layer equals the network is decided on their tap tables: for every
kernel at the given input shape, or at every size.  Only outputs where the tables differ are compared entry by entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import choice
from convalgebra.analysis import elimination
from convalgebra.analysis.counts import network
from convalgebra.analysis.leaves import Node, Spot, channels_of, tree
from convalgebra.analysis.reach import failing_size, reach, reads_beyond, suspects
from convalgebra.errors import ArgumentError, NotAConvolutionError, ShapeError
from convalgebra.layers.network import Sequential
from convalgebra.layers.window import box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.single import Single
    from convalgebra.layers.conv import Conv
    from convalgebra.layers.transpose import ConvTranspose

CHUNK = 2**10  # the most output rows that are compared at a time
BETWEEN = "a stack whose later layers read padding between the layers"
COUNTED = 2**24  # products beyond which the rows of a refusal are not counted


@dataclass(frozen=True, eq=False)
class Collapse:
    """The single layer that equals the network away from the border, and where it does not.

    `scope` is "every kernel" where the tap tables agree, and else "this kernel".

    >>> import convalgebra as ca
    >>> blur = ca.Conv([[[1, 2, 1]]], padding=1)
    >>> report = ca.collapse([blur, blur], (1, 5), border="report")
    >>> report.layer.weight, report.rows, report.rank
    (array([[[1, 4, 6, 4, 1]]]), array([0, 4]), 2)
    >>> report.defect.to_numpy()
    array([[-1,  0,  0,  0,  0],
           [ 0,  0,  0,  0,  0],
           [ 0,  0,  0,  0,  0],
           [ 0,  0,  0,  0,  0],
           [ 0,  0,  0,  0, -1]])
    """

    layer: Conv | ConvTranspose
    network: Sequential
    in_shape: Box
    suspects: Array  # the flat output rows where the tables differ; no other row needs a look
    cause: str
    padded: str  # the layers to blame

    def __repr__(self) -> str:
        kernel = " x ".join(map(str, self.layer.kernel_size))
        return f"Collapse({kernel} {type(self.layer).__name__}; {self.reason or f'exact for {self.scope}'})"

    @cached_property
    def defect(self) -> Operator:
        """The matrix of the network minus that of the single layer."""
        return self.network.matrix(self.in_shape) - self.layer.matrix(self.in_shape)

    @cached_property
    def offset_defect(self) -> Array:
        """The offset of the network minus that of the single layer, flat."""
        parts = (rings.entries(f.offset(self.in_shape)) for f in (self.network, self.layer))
        left, right = rings.addable(parts)
        return rings.tidy(left - right)

    @property
    def scope(self) -> str:
        """For which kernels the report is true."""
        return "this kernel" if len(self.suspects) else "every kernel"

    @property
    def exact(self) -> bool:
        """Is the single layer the network on inputs of this shape?  Stops at the first row that differs."""
        return not self._offset_rows.size and self._first is None

    @cached_property
    def rows(self) -> Array:
        """The flat output rows where the single layer differs, ascending."""
        return np.union1d(self._entries[0], self._offset_rows)

    @property
    def _offset_rows(self) -> Array:
        if not len(self.suspects):
            return self.suspects
        return self.suspects[rings.nonzero(self.offset_defect)[self.suspects]]

    @cached_property
    def _entries(self) -> tuple[Array, Array, Array]:
        """(rows, columns, values) of the defect."""
        none = self.suspects[:0]
        rows, cols, values = zip((none, none, none), *self._chunks(), strict=True)
        return np.concatenate(rows), np.concatenate(cols), np.concatenate(rings.addable(values))

    @cached_property
    def _first(self) -> int | None:
        """The column of the first entry that differs."""
        return next((int(cols[0]) for _, cols, _ in self._chunks() if len(cols)), None)

    def _chunks(self) -> Iterator[tuple[Array, Array, Array]]:
        starts = [n for n in (0, 1, 16, 128, *range(CHUNK, len(self.suspects), CHUNK)) if n < len(self.suspects)]
        for start, stop in pairwise([*starts, len(self.suspects)]):
            yield differing(self.defect, self.suspects[start:stop])

    @property
    def reason(self) -> str:
        """Why the network is no single layer; empty when it is one."""
        if self.exact:
            return ""
        cost = len(self.suspects) * self.layer.weight[0].size * max(len(self.network.layers), 1)
        count = len(self.rows) if cost <= COUNTED else f"up to {len(self.suspects)}"
        rows = f"{count} of {self.defect.shape[0]} output rows differ"
        if self._first is None:
            return f"a bias that meets zero padding ({self.padded}): {rows}"
        return f"{self.cause} ({self.padded}): {rows}"

    @property
    def witness(self) -> Array | None:
        """Zero, where the single layer differs on it by a bias; else the first unit input on which it differs."""
        if self.exact:
            return None
        x = np.zeros(prod(self.in_shape), dtype=np.int64)
        if not len(self._offset_rows):
            x[self._first] = 1
        return x.reshape(self.in_shape)

    @cached_property
    def rank(self) -> int:
        """The exact rank of the defect."""
        rows, cols, values = self._entries
        if not len(rows):
            return 0
        (_, i), (_, j) = (np.unique(places, return_inverse=True) for places in (rows, cols))
        dense = np.zeros((i.max() + 1, j.max() + 1), dtype=values.dtype)
        dense[i, j] = values
        return elimination.rank(dense)


def differing(defect: Operator, rows: Array | None = None) -> tuple[Array, Array, Array]:
    """(rows, columns, values) of the entries that are not known to be zero, among these rows.

    >>> import convalgebra as ca
    >>> differing(ca.circulant([0, 5]))
    (array([0, 1]), array([1, 0]), array([5, 5]))
    """
    found, cols, values = defect.pattern(rows).entries()
    wrong = rings.nonzero(values)
    if rings.is_symbolic(values):
        wrong[wrong] = [rings.is_zero(v) is not True for v in values[wrong]]
    return found[wrong], cols[wrong], values[wrong]


def collapse(net: Any, in_shape: Any = None, border: str = "refuse") -> Any:
    """`v * u` for a stack u, v, ...: the one `Conv` (with bias) whose matrix is the product of the layers' matrices.

    `net` is a layer, a list of layers or a network: convolutions of any padding, stride, dilation and groups,
    `BatchNorm`, averages, `Identity`, `Upsample` and transposed layers, `Pad`, `Crop`, shuffles, `Flatten` and
    `Linear`, in chains and in branches that are joined by sum or concatenation.  The layer is a `ConvTranspose` where
    they upsample, and has as many groups as its blocks of zeros allow.  Without `in_shape` the stack must compose at
    every size.  With it, that size alone counts; `border="report"` returns a `Collapse`, which holds the layer that is
    right away from the border.  Floats of many channels err by some 1e-14 of the largest sum of
    products.

    Errors: `NotAConvolutionError` with the reason, the rows that differ and a witness; `ShapeError` where layers do
    not chain or branches are not aligned.

    >>> import convalgebra as ca
    >>> u, v = ca.Conv([[[1, 2]]], stride=2), ca.Conv([[[1, 10]]])
    >>> ca.collapse([u, v]).weight
    array([[[ 1,  2, 10, 20]]])
    >>> ca.collapse(ca.Parallel(ca.Conv([[[1, 5, 1]]], padding=1), ca.Identity(), join="sum")).weight
    array([[[1, 6, 1]]])
    """
    choice(border, "border", ("refuse", "report"))
    whole = network(net)
    chain = whole if isinstance(whole, Sequential) else Sequential(whole)
    if in_shape is None:
        if border == "report":
            msg = 'in_shape must be given for border="report"; write collapse(net, in_shape, border="report")'
            raise ArgumentError(msg)
        return _everywhere(chain)
    shape = box(in_shape)
    chain.output_shape(shape)  # shapes that do not chain are named by the network
    node = tree(chain, Spot(shape[0], len(shape) - 1, shape[1:]))
    report = _compared(chain, node, shape)
    if border == "report":
        return report
    if not report.exact:
        raise NotAConvolutionError(report.reason, report)
    return report.layer


def _everywhere(chain: Sequential) -> Conv | ConvTranspose:
    """The layer, if it equals the network at every size; else the smallest size at which it does not is shown."""
    node = tree(chain, Spot(channels_of(chain), chain.spatial, None))
    layer = node.single.layer()
    failing = [failing_size(node, node.single, axis) for axis in range(len(node.single.paces))]
    if all(size is None for size in failing):
        return layer
    reason = "a stack that reads padding between its layers, which composes at some sizes only; pass in_shape"
    if -1 in failing:
        raise NotAConvolutionError(reason)
    sizes = [_smallest(node, axis) if size is None else size for axis, size in enumerate(failing)]
    try:
        report = _compared(chain, node, (node.leaves[0].single.channels[1], *sizes))
    except (ShapeError, ArgumentError) as error:  # a layer that takes certain sizes only
        raise NotAConvolutionError(reason) from error
    if report.exact:
        raise NotAConvolutionError(reason)
    reason = f"{report.reason}, on inputs of shape {report.in_shape}; other sizes may compose: pass in_shape"
    raise NotAConvolutionError(reason, report)


def _smallest(node: Node, axis: int) -> int:
    """The smallest size on which every window fits."""
    size = 1
    while reach(node, axis, size) is None:
        size += 1
    return size


def _compared(chain: Sequential, node: Node, in_shape: Box) -> Collapse:
    out, sizes = chain.output_shape(in_shape), in_shape[1:]
    goals = out[1:] or (1,) * len(sizes)
    paces = tuple(
        p if p.out(n) == m else p.sized(n, m) for p, n, m in zip(node.single.paces, sizes, goals, strict=True)
    )
    single: Single = replace(node.single, paces=paces)
    unlike = reduce(np.logical_or.outer, suspects(node, single, sizes))
    rows = np.flatnonzero(np.broadcast_to(unlike, (out[0], *goals)))
    later = [leaf for leaf in node.leaves[1:] if any(reads_beyond(leaf.single, a) for a in range(len(sizes)))]
    uneven = [leaf for leaf in node.leaves if leaf.uneven is not None]
    cause = "an average whose windows count differently" if uneven else BETWEEN
    blamed = "; ".join(leaf.where for leaf in (uneven or later)[:3])
    return Collapse(single.layer(), chain, in_shape, rows, cause, blamed)
