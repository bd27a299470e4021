"""Weights that are only counted: an array with a shape and no values, in no memory."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.errors import EntryError, SizeLimitError

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array

_NOTHING = np.dtype([])  # entries of zero bytes
_MOST = 2**62


class Abstract(np.ndarray[Any, np.dtype[Any]]):
    """An array of weights without values: it is reshaped, sliced and counted as any, but nothing computes with it."""

    def copy(self, order: Any = "C") -> Abstract:  # noqa: ARG002  # nobody can write into it
        return self

    def astype(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002  # to no kind of number
        return refuse_abstract(self)

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:  # nor is it computed with
        return refuse_abstract(self)

    def __repr__(self) -> str:
        return f"ca.abstract({self.shape})"

    __str__ = __repr__


def refuse_abstract(array: Array) -> Array:
    """The array, where it has values; else raises `EntryError`.

    >>> refuse_abstract(np.array([1, 2]))
    array([1, 2])
    """
    if array.dtype != _NOTHING:
        return array
    msg = (
        f"the weights must have values here, not be ca.abstract({array.shape}), which are only counted; "
        "write the layer with numbers, or with ca.symbols(name, shape)"
    )
    raise EntryError(msg)


def abstract(shape: int | tuple[int, ...]) -> Array:
    """Weights of this shape that are only counted: sizes, parameters, entries and receptive fields work, values raise.

    >>> import convalgebra as ca
    >>> layer = ca.Conv(ca.abstract((64, 3, 7, 7)), bias=ca.abstract((64,)), stride=2, padding=3)
    >>> layer.parameters, layer.output_shape((3, 224, 224)), layer.matrix((3, 224, 224)).nnz
    (9472, (64, 112, 112), 116214528)
    """
    from convalgebra.algebra.indexing import box_of  # noqa: PLC0415  # it needs the rings, which know these arrays

    box = box_of(shape, "shape")
    if prod(box) > _MOST:
        msg = f"the shape must count at most 2**62 weights, not {box}; use smaller sizes"
        raise SizeLimitError(msg)
    strides = tuple(prod(box[axis + 1 :]) for axis in range(len(box)))  # places in no memory: a flipped view is known
    return np.lib.stride_tricks.as_strided(np.zeros((), dtype=_NOTHING), box, strides, writeable=False).view(Abstract)
