"""Arrays that never change: what operators, layers and kernels are made of, and may share without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

_SEALED: WeakValueDictionary[int, Array] = WeakValueDictionary()  # by their id


def sealed(array: Array) -> Array:
    """An array that nobody else holds, read-only and in C order.

    >>> sealed(np.arange(3)).flags.writeable
    False
    """
    array = array if array.flags.c_contiguous else array.copy(order="C")
    owner: Any = array
    while isinstance(owner, np.ndarray):  # a view is written through what it is a view of
        owner.setflags(write=False)
        owner = owner.base
    _SEALED[id(array)] = array
    return array


def is_sealed(values: Any) -> bool:
    """Was this very array sealed, and is it still?

    >>> is_sealed(sealed(np.arange(3))), is_sealed(np.arange(3))
    (True, False)
    """
    known = _SEALED.get(id(values))
    return known is not None and known is values and not known.flags.writeable


class Sealed:
    """What is made of sealed arrays, and still is when it was pickled or deeply copied."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({k: sealed(v) if isinstance(v, np.ndarray) else v for k, v in state.items()})
