"""Where a tap stands in its kernel: its row gives the hue, its column the tint, its index the name."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.abstract import Abstract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_HUES = 7
FOLD = 5  # a longer list of weights is folded into rows of this length, one hue each


@dataclass(frozen=True)
class Kernel:
    """The box of weights that taps count in C order, (O, I, *spatial), and the coordinates used on each axis.

    `turned`: the axes whose indices run backwards, since the weights were given for a convolution.
    """

    shape: tuple[int, ...]
    axes: tuple[Sequence[int], ...]
    turned: tuple[int, ...] = ()

    @staticmethod
    def of(weight: Any) -> Kernel:
        """The kernel of an array of weights."""
        turned = tuple(q for q, step in enumerate(weight.strides) if step < 0) if isinstance(weight, Abstract) else ()
        return Kernel(weight.shape, tuple(map(range, weight.shape[2:])), turned)

    @property
    def outer(self) -> Kernel:
        """The kernel whose entries are the rows of this one."""
        return Kernel(self.shape[:-1], self.axes[:-1])

    @property
    def count(self) -> int:
        """The number of weights in use."""
        return prod(self.shape[:2]) * prod(map(len, self.axes))

    @property
    def grid(self) -> tuple[int, int]:
        """(hues, tints) of its weights: kernel rows and columns, or channels where no spatial axis is left.

        >>> Kernel((1, 1, 3, 3), ((0, 1, 2), (0, 1, 2))).grid, Kernel((1, 1, 9), (tuple(range(9)),)).grid
        ((3, 3), (2, 5))
        """
        if not self.axes:
            return self.shape[0], self.shape[1]
        if len(self.axes) == 1:
            return folded(len(self.axes[0]))
        return prod(map(len, self.axes[:-1])), len(self.axes[-1])

    def place(self, tap: int) -> tuple[int, int]:
        """(hue, tint) of a tap, inside `grid`."""
        index = [int(k) for k in np.unravel_index(tap, self.shape)]
        if not self.axes:
            return index[0], index[1]
        ranks = [axis.index(k) for axis, k in zip(self.axes, index[2:], strict=True)]
        if len(ranks) == 1:
            return divmod(ranks[0], self.grid[1])
        return int(np.ravel_multi_index(ranks[:-1], [len(axis) for axis in self.axes[:-1]])), ranks[-1]

    def index(self, tap: int) -> str:
        """The index of a tap, channels in front where there are several.

        >>> Kernel((2, 3, 3, 3), ((0, 1, 2),) * 2).index(28), Kernel((1, 1, 12), (tuple(range(12)),)).index(11)
        ('10,01', '11')
        """
        index, single = [*np.unravel_index(tap, self.shape)], self.shape[:2] == (1, 1)
        for q in self.turned:
            index[q] = self.shape[q] - 1 - index[q]
        parts = [index[2:]] if single and self.axes else [index[:2], index[2:]]
        sizes = [self.shape[2:]] if single and self.axes else [self.shape[:2], self.shape[2:]]
        return ",".join(joined(part, size) for part, size in zip(parts, sizes, strict=True) if len(size))


def joined(index: Any, sizes: tuple[int, ...]) -> str:
    """An index as digits, with commas where a digit would be ambiguous.

    >>> joined((1, 2), (3, 3)), joined((1, 2), (30, 3))
    ('12', '1,2')
    """
    return ("" if max(sizes, default=0) <= 10 else ",").join(str(int(k)) for k in index)


def folded(count: int) -> tuple[int, int]:
    """(hues, tints) that tell apart a list of weights."""
    return (count, 1) if count <= MOST_HUES else (-(-count // FOLD), FOLD)


def kernel_of(op: Any) -> Kernel | None:
    """The kernel that the taps of an operator count; None where each entry is a weight of its own.

    >>> import convalgebra as ca
    >>> kernel_of(ca.circulant([1, 2, 0, 0, 0, 3])).axes, kernel_of(ca.convolution_matrix([1, 2], 9).T).axes
    (((5, 0, 1),), (range(0, 2),))
    >>> kernel_of(ca.identity(3)) is None
    True
    """
    if isinstance(weight := getattr(op, "weight", None), np.ndarray):
        return Kernel.of(weight)
    if isinstance(column := getattr(op, "c", None), np.ndarray):
        taps = op.pattern(rows=np.zeros(1, dtype=np.int64)).taps
        places = (range(n) for n in column.shape) if len(taps) == column.size else _runs(taps, column.shape)
        return Kernel((1, 1, *column.shape), tuple(places))
    if hasattr(op, "operator"):
        return kernel_of(op.operator)
    return _kernel_of_product(op, getattr(op, "factors", ()))


def _kernel_of_product(op: Any, factors: tuple[Any, ...]) -> Kernel | None:
    """Selections before and after a kernel leave its taps as they are."""
    kernels = [factor for factor in factors if not hasattr(factor, "index")]
    product = len(factors) > 1 and op.boxes == (factors[0].boxes[0], factors[-1].boxes[1])
    return kernel_of(kernels[0]) if product and len(kernels) == 1 else None


def _runs(taps: Any, box: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The used coordinates on each axis."""
    places = np.unravel_index(taps, box)
    return (_run(np.flatnonzero(np.bincount(t, minlength=n)), n) for t, n in zip(places, box, strict=True))


def _run(used: Any, size: int) -> tuple[int, ...]:
    """The used coordinates in cyclic order, beginning after the widest gap."""
    if not len(used):
        return ()
    gaps = np.diff(used, append=used[0] + size)
    start = len(used) - int(np.argmax(gaps[::-1]))
    return tuple(np.roll(used, -start).tolist())
