"""A stack of convolution layers as one: `T(v) D_s T(u) D_r = T(v up r * u) D_(s r)`, and the truth about its border.

The kernels always multiply.  Whether the single layer equals the stack is decided: for all sizes where no later layer
reads padding or everything is periodic, and otherwise at the given input shape, entry by entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.indexing import choice
from convalgebra.algebra.kernel import chained, ungrouped
from convalgebra.errors import ArgumentError, ConvAlgebraError, ShapeError
from convalgebra.layers.conv import Conv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


class NotAConvolutionError(ConvAlgebraError, ValueError):
    """A stack is no single convolution: `reason`, the flat output `rows` that fail, and a `witness` input.

    >>> import convalgebra as ca
    >>> blur = ca.Conv([[[1, 2, 1]]], padding=1)
    >>> try:
    ...     ca.collapse([blur, blur], (1, 5))
    ... except ca.NotAConvolutionError as error:
    ...     print(error.rows, error.witness)
    [0 4] [[1 0 0 0 0]]
    """

    def __init__(self, reason: str, rows: Array | None = None, witness: Array | None = None) -> None:
        super().__init__(f"the stack must be a single convolution, not {reason}")
        self.reason, self.rows, self.witness = reason, rows, witness


@dataclass(frozen=True, eq=False)
class Collapse:
    """The single layer that equals the stack away from the border, and where it does not.

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

    layer: Conv
    defect: Operator  # the stack minus the single layer
    offset_defect: Array
    in_shape: tuple[int, ...]

    @cached_property
    def rows(self) -> Array:
        """The flat output rows where the single layer differs, ascending."""
        rows, _, values = self.defect.pattern().entries()
        wrong = rows[[rings.is_zero(v) is not True for v in values]]
        return np.union1d(wrong, np.flatnonzero(rings.nonzero(self.offset_defect)))

    @property
    def reason(self) -> str:
        """Why the stack is no single convolution; empty when it is one."""
        if not len(self.rows):
            return ""
        rows = f"{len(self.rows)} of {self.defect.shape[0]} output rows differ"
        if not len(self._entries):
            return f"a bias that meets zero padding: {rows}"
        return f"a stack whose later layers read padding between the layers: {rows}"

    @property
    def _entries(self) -> list[tuple[int, int]]:
        rows, cols, values = self.defect.pattern().entries()
        return [
            (i, j) for i, j, v in zip(rows.tolist(), cols.tolist(), values, strict=True) if rings.is_zero(v) is not True
        ]

    @property
    def witness(self) -> Array | None:
        """The first unit input (or zero, for a bias) on which the single layer differs."""
        if not len(self.rows):
            return None
        x = np.zeros(prod(self.in_shape), dtype=np.int64)
        if self._entries:
            x[self._entries[0][1]] = 1
        return x.reshape(self.in_shape)

    @cached_property
    def rank(self) -> int:
        """The exact rank of the defect."""
        wrong = np.unique([i for i, _ in self._entries])
        return views.rank(self.defect.to_numpy()[wrong]) if len(wrong) else 0


def collapse(net: Any, in_shape: Any = None, border: str = "refuse") -> Any:
    """`v * u` for a stack u, v, ...: the one `Conv` (with bias) whose matrix is the product of the layers' matrices.

    Without `in_shape` the stack must compose at every size: later layers read no padding, or all is periodic.  With it,
    the matrices are compared at that size; `border="report"` returns a `Collapse` instead of raising.

    Errors: `NotAConvolutionError` with the reason, the rows that differ and a witness.

    >>> import convalgebra as ca
    >>> u, v = ca.Conv([[[1, 2]]], stride=2), ca.Conv([[[1, 10]]])
    >>> ca.collapse([u, v]).weight
    array([[[ 1,  2, 10, 20]]])
    """
    choice(border, "border", ("refuse", "report"))
    layers = _layers(net)
    single = reduce(_joined, layers)
    if border == "refuse" and _composes(layers):
        return single
    if in_shape is None:
        reason = "a stack that reads padding between its layers, which composes at some sizes only; pass in_shape"
        raise NotAConvolutionError(reason)
    report = _compared(layers, single, in_shape)
    if border == "report":
        return report
    if report.reason:
        raise NotAConvolutionError(report.reason, report.rows, report.witness)
    return single


def _layers(net: Any) -> list[Conv]:
    parts = net if isinstance(net, list | tuple) else getattr(net, "layers", [net])
    if not parts:
        msg = "a stack must have at least one layer, not none"
        raise ArgumentError(msg)
    for place, layer in enumerate(parts):
        if not isinstance(layer, Conv):
            reason = f"a stack with layer {place} ({type(layer).__name__}), which is no convolution"
            raise NotAConvolutionError(reason)
        if layer.padding in {"same_upper", "same_lower"} and max(layer.stride) > 1:  # type: ignore[arg-type]
            amount = f"{layer.padding!r} (an amount that depends on the size; write pairs)"
            reason = f"a stack with layer {place} padded {amount}"
            raise NotAConvolutionError(reason)
    return list(parts)


def _sides(layer: Conv) -> list[tuple[int, int]]:
    """(lo, hi) for each axis; named paddings at stride 1 do not depend on the size."""
    large = tuple(d * k for d, k in zip(layer.dilation, layer.kernel_size, strict=True))  # type: ignore[arg-type]
    return [(a.lo, a.hi) for a in layer.axes((layer.channels[1], *large))]


def _joined(first: Conv, second: Conv) -> Conv:
    """The layer whose kernel is the product: second after first."""
    if first.channels[0] != second.channels[1] or first.spatial != second.spatial:
        msg = (
            f"the layers of a stack must chain, not {first.channels[0]} channels on {first.spatial} axes into "
            f"{second.channels[1]} channels on {second.spatial}"
        )
        raise ShapeError(msg)
    steps = [(s * d2, d1) for s, d1, d2 in zip(first.stride, first.dilation, second.dilation, strict=True)]  # type: ignore[arg-type]
    weight, dilation = chained(ungrouped(second._taps, second.groups), ungrouped(first._taps, first.groups), steps)
    sides = zip(first.stride, _sides(first), _sides(second), strict=True)  # type: ignore[arg-type]
    return Conv(
        weight, _bias(first, second),
        stride=tuple(r * s for r, s in zip(first.stride, second.stride, strict=True)),  # type: ignore[arg-type]
        padding=tuple((lo + s * lo2, hi + s * hi2) for s, (lo, hi), (lo2, hi2) in sides),
        dilation=dilation, padding_mode=first.padding_mode,
    )  # fmt: skip


def _bias(first: Conv, second: Conv) -> Array | None:
    """`b2 + sum over taps of w2 b1`: the second layer's answer to a constant."""
    if first.bias is None:
        return second.bias  # type: ignore[no-any-return]
    total = second.weight.sum(axis=tuple(range(2, second.weight.ndim)))
    carried = Conv(ungrouped(total[..., None], second.groups), second.bias)
    constant: Array = carried(first.bias[:, None])[:, 0]
    return constant


def _composes(layers: Sequence[Conv]) -> bool:
    """Is the single layer exact at every size: does each later layer read true outputs only?"""
    periodic = True
    for first, second in pairwise(layers):
        periodic = periodic and _keeps_size(first) and first.padding_mode == second.padding_mode == "circular"
        if not periodic and any(lo > 0 or hi > 0 for lo, hi in _sides(second)):
            return False
    return True


def _keeps_size(layer: Conv) -> bool:
    extents = (d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True))  # type: ignore[arg-type]
    return set(layer.stride) == {1} and all(lo + hi == e for (lo, hi), e in zip(_sides(layer), extents, strict=True))  # type: ignore[arg-type]


def _compared(layers: Sequence[Conv], single: Conv, in_shape: Any) -> Collapse:
    A, b = layers[0].affine(in_shape)
    shape = layers[0].output_shape(in_shape)
    for layer in layers[1:]:
        A, b = layer.matrix(shape) @ A, layer(np.reshape(b, shape)).reshape(-1)
        shape = layer.output_shape(shape)
    whole, offset = single.affine(in_shape)
    left, right = rings.addable((rings.entries(b), rings.entries(offset)))
    return Collapse(single, A - whole, rings.tidy(left - right), tuple(in_shape))
