"""Index arithmetic, all of it: boundary rules, tap tables, output sizes, boxes.

Per axis a linear layer is one small integer table, the *tap table*

    index[t, i] = boundary(stride*i + dilation*t - lo)      shape (taps, out), -1 where the tap reads a padding zero

and the dense array, the sparse matrix, the figure, the operation count and the proofs all read it.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from convalgebra.algebra.rings import check_memory
from convalgebra.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.algebra.rings import Array

Box = tuple[int, ...]
Pair = tuple[int, int]
Size = int | tuple[int, ...]
Width = int | Pair | tuple[Pair, ...]

MODES = ("zeros", "circular", "reflect", "symmetric", "replicate")
_ALIASES = {
    "constant": "zeros", "zero": "zeros", "fill": "zeros", "wrap": "circular", "periodic": "circular",
    "grid-wrap": "circular", "mirror": "reflect", "symm": "symmetric", "edge": "replicate", "nearest": "replicate",
}  # fmt: skip
NAMED_PADDINGS = ("valid", "full", "same", "same_upper", "same_lower")
ROUNDINGS = ("floor", "ceil", "exact")
CACHED_TABLE = 2**16  # larger tables are made anew: they cost less than the memory they would hold


SIZE_LIMIT = 2**40  # keeps every index computation far inside int64


def integer(value: Any, name: str, least: int | None = None, most: int | None = SIZE_LIMIT) -> int:
    """The value as a Python int within its bounds; refuses 2.5, NaN, strings and booleans.

    >>> integer(3, "stride", 1)
    3
    """
    if type(value) is int:  # nearly always, and the protocol is slow to ask
        number = value
    elif isinstance(value, bool | np.bool_ | np.ndarray | type) or not isinstance(value, SupportsIndex):
        if isinstance(value, float) and value.is_integer():
            msg = f"{name} must be an integer, not the float {value!r}; write {int(value)}"
            raise ArgumentError(msg)
        msg = f"{name} must be an integer, not {value!r}"
        raise ArgumentError(msg)
    else:
        number = operator.index(value)
    if least is not None and number < least:
        msg = f"{name} must be at least {least}, not {_shown(number)}"
        raise ArgumentError(msg)
    if most is not None and abs(number) > most:
        msg = f"{name} must be at most 2**{most.bit_length() - 1} in size, not {_shown(number)}"
        raise ArgumentError(msg)
    return number


def _shown(number: int) -> str:
    """The number, where Python would write out its digits."""
    return str(number) if abs(number) < 2**999 else f"one of {number.bit_length()} bits"


def choice(value: Any, name: str, options: Sequence[str]) -> str:
    """The value if it is one of the options.

    >>> choice("floor", "rounding", ROUNDINGS)
    'floor'
    """
    if not isinstance(value, str) or value not in options:
        msg = f"{name} must be one of {', '.join(map(repr, options))}, not {value!r}"
        raise ArgumentError(msg)
    return value


def mode_of(value: Any) -> str:
    """The boundary rule of that name; a name of another library is refused with its translation.

    >>> mode_of("circular")
    'circular'
    """
    if isinstance(value, str) and value in _ALIASES:
        msg = f"padding_mode must be one of {', '.join(map(repr, MODES))}, not {value!r}; write {_ALIASES[value]!r}"
        raise ArgumentError(msg)
    try:
        return choice(value, "padding_mode", MODES)
    except ArgumentError as error:
        msg = f"{error}; note that SciPy's 'reflect' is 'symmetric' here and its 'mirror' is 'reflect'"
        raise ArgumentError(msg) from None


def box_of(size: Any, name: str = "n", least: int = 1) -> Box:
    """The sizes of a box: an int for one axis, a tuple for several.

    >>> box_of(5), box_of((2, 3))
    ((5,), (2, 3))
    """
    sizes = size if isinstance(size, tuple | list) else (size,)
    if not sizes:
        msg = f"{name} must name at least one axis, not be empty"
        raise ArgumentError(msg)
    return tuple(integer(s, name, least) for s in sizes)


def per_axis(value: Any, ndim: int, name: str, least: int) -> Box:
    """One integer for each axis, from an int or a tuple.

    >>> per_axis(2, 3, "stride", 1)
    (2, 2, 2)
    """
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * ndim
    if len(values) != ndim:
        msg = f"{name} must be one integer or one for each of the {ndim} axes, not {value!r}"
        raise ArgumentError(msg)
    return tuple(integer(v, name, least) for v in values)


def widths(value: Any, ndim: int, name: str = "padding") -> tuple[Pair, ...]:
    """(lo, hi) for each axis, from an int, a tuple of ints or pairs; a negative entry of a pair crops.

    A plain (lo, hi) on one axis is that pair; on several axes a tuple of ints is one amount for each axis.

    >>> widths(1, 2), widths((1, 2), 2), widths(((1, 0), (0, 2)), 2), widths((1, 2), 1)
    (((1, 1), (1, 1)), ((1, 1), (2, 2)), ((1, 0), (0, 2)), ((1, 2),))
    """
    if not isinstance(value, tuple | list):
        return ((integer(value, name, 0),) * 2,) * ndim
    items = list(value)
    if ndim == 1 and len(items) == 2 and not any(isinstance(v, tuple | list) for v in items):
        items = [tuple(items)]
    if len(items) != ndim:
        msg = f"{name} must be an int, one int or one (lo, hi) pair for each of the {ndim} axes, not {value!r}"
        raise ArgumentError(msg)
    return tuple(_pair(v, name) for v in items)


def _pair(value: Any, name: str) -> Pair:
    if not isinstance(value, tuple | list):
        return (integer(value, name, 0),) * 2
    if len(value) != 2:
        msg = f"{name} must be pairs (lo, hi), not {value!r}"
        raise ArgumentError(msg)
    return integer(value[0], name), integer(value[1], name)


def boundary(position: Array, size: int, mode: str) -> Array:
    """The place in 0..size-1 that stands for each position of the extended signal; -1 for a padding zero.

    >>> boundary(np.arange(-3, 7), 4, "reflect")
    array([3, 2, 1, 0, 1, 2, 3, 2, 1, 0])
    """
    if mode == "zeros":
        return np.where((position >= 0) & (position < size), position, -1)
    if mode == "replicate":
        return np.minimum(np.maximum(position, 0), size - 1)
    period = {"circular": size, "symmetric": 2 * size, "reflect": max(2 * size - 2, 1)}[mode]
    folded: Array = position % period
    return folded if mode == "circular" else np.minimum(folded, period - folded - (mode == "symmetric"))


def output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    *,
    lo: int = 0,
    hi: int = 0,
    dilation: int = 1,
    rounding: str = "floor",
) -> int:
    """`floor((n + lo + hi - d*(k - 1) - 1) / s) + 1`, the number of places of a sliding window.

    `lo` and `hi` are the padding on each side.  `rounding="exact"` refuses a stride that leaves a rest, `"ceil"` counts
    the last, partial window.

    >>> output_size(7, 3), output_size(7, 3, stride=2), output_size(7, 3, stride=3)
    (5, 3, 2)
    >>> output_size(7, 3, stride=3, rounding="exact")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    convalgebra.errors.ArgumentError: stride must divide n + lo + hi - d*(k - 1) - 1 = 4, not 3: the window doesn't ...
    """
    names = {"size": size, "kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    n, k, s, d = (integer(value, name, 1) for name, value in names.items())
    axis = Axis(n, k, s, d, integer(lo, "lo"), integer(hi, "hi"))
    choice(rounding, "rounding", ROUNDINGS)
    if rounding == "exact" and axis.rest:
        msg = (
            f"stride must divide n + lo + hi - d*(k - 1) - 1 = {s * (axis.out - 1) + axis.rest}, not {s}: "
            f'the window doesn\'t fit; pad or crop {s - axis.rest} more, or write rounding="floor"'
        )
        raise ArgumentError(msg)
    return axis.out + (rounding == "ceil" and axis.rest > 0)


@dataclass(frozen=True)
class Axis:
    """One axis of a layer: `index[t, i] = boundary(stride*i + dilation*t - lo)` for taps t and outputs i.

    `lo` and `hi` are the places added before and after; negative ones crop.

    >>> Axis(size=4, taps=3, lo=1, hi=1).table()
    array([[-1,  0,  1,  2],
           [ 0,  1,  2,  3],
           [ 1,  2,  3, -1]])
    """

    size: int
    taps: int
    stride: int = 1
    dilation: int = 1
    lo: int = 0
    hi: int = 0
    mode: str = "zeros"

    @property
    def free(self) -> int:
        """The places left over when the window stands at the start."""
        extent, padded = self.dilation * (self.taps - 1) + 1, self.size + self.lo + self.hi
        if padded < extent:
            msg = (
                f"the padded input must hold the kernel: at least {extent} places, not {padded}; "
                f"pad by {extent - padded} more"
            )
            raise ShapeError(msg)
        return padded - extent

    @property
    def out(self) -> int:
        """The number of outputs, `floor(free / stride) + 1`."""
        return self.free // self.stride + 1

    @property
    def rest(self) -> int:
        """The places at the end that no window reaches because of the stride."""
        return self.free % self.stride

    def table(self) -> Array:
        """The tap table, (taps, out)."""
        check_memory(self.taps * self.out, 8, "the tap table")
        return _table(self) if self.taps * self.out <= CACHED_TABLE else _table.__wrapped__(self)

    def columns(self, places: Array) -> Array:
        """The table at some places only, (taps, places)."""
        return self.read(np.arange(self.taps)[:, None], places)

    def writes(self) -> Array:
        """The output that each tap writes from each input place, (taps, size); -1 for none.  Padding by zeros only."""
        reach = np.arange(self.size) + self.lo - self.dilation * np.arange(self.taps)[:, None]
        place, rest = np.divmod(reach, self.stride)
        return np.where((rest == 0) & (place >= 0) & (place < self.out), place, -1)

    @property
    def interior(self) -> Pair:
        """The half-open range of outputs whose windows lie wholly inside the signal."""
        first = max(-(-self.lo // self.stride), 0)
        last = (self.size - self.dilation * (self.taps - 1) - 1 + self.lo) // self.stride
        return first, min(max(last + 1, first), self.out)

    def read(self, tap: Array, place: Array) -> Array:
        """The table at single taps and places, without building it."""
        return boundary(self.stride * place + self.dilation * tap - self.lo, self.size, self.mode)


@lru_cache(maxsize=256)
def _table(axis: Axis) -> Array:
    table = axis.columns(np.arange(axis.out))
    table.setflags(write=False)
    return table


def named_widths(name: str, size: int, taps: int, stride: int, dilation: int) -> Pair:
    """(lo, hi) of a named padding on one axis.

    >>> named_widths("same", 5, 2, 1, 1), named_widths("same_lower", 5, 2, 1, 1), named_widths("full", 5, 3, 1, 1)
    ((0, 1), (1, 0), (2, 2))
    """
    extent = dilation * (taps - 1) + 1
    if name == "valid":
        return 0, 0
    if name == "full":
        return extent - 1, extent - 1
    if name == "same" and stride > 1:
        msg = 'padding="same" needs stride 1; write "same_upper" (TensorFlow, ONNX SAME_UPPER) or "same_lower"'
        raise ArgumentError(msg)
    total = max((-(-size // stride) - 1) * stride + extent - size, 0)
    small, large = total // 2, total - total // 2
    return (large, small) if name == "same_lower" else (small, large)


def flat_index(tables: Iterable[Array], box: Box) -> Array:
    """C-order flat positions in a box from one position array per axis (broadcast together); -1 wherever one is -1.

    >>> flat_index([np.array([[0], [1]]), np.array([[0, -1, 2]])], (2, 3))
    array([[ 0, -1,  2],
           [ 3, -1,  5]])
    """
    flat: Array = np.zeros((), dtype=np.int64)
    missing: Array = np.zeros((), dtype=bool)
    for table, size in zip(tables, box, strict=True):
        flat, missing = flat * size + table, missing | (table < 0)
    return np.where(missing, -1, flat)


def grid_index(places: Sequence[Array], box: Box) -> Array:
    """C-order flat positions of the grid places[0] x places[1] x ... of a box; -1 wherever one is -1."""
    check_memory(prod(len(p) for p in places), 8, "the index array")
    return np.maximum(places[0], -1) if len(box) == 1 else flat_index(np.ix_(*places), box).reshape(-1)
