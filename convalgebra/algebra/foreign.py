"""Values of other libraries, and nested lists, as plain arrays of NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.polynomial import is_expr
from convalgebra.errors import EntryError

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]


def plain_array(values: Any, name: str) -> Array:
    """The values as an `ndarray` that is of no subclass; refused where entries are masked, missing or out of reach.

    >>> plain_array([1, [2]], "x")
    Traceback (most recent call last):
    convalgebra.errors.EntryError: x must be a rectangular array, not nested lists of different lengths
    """
    if np.ma.is_masked(values):
        msg = f"{name} must be known everywhere, not a masked array; write {name.rpartition(' ')[2]}.filled(0)"
        raise EntryError(msg)
    if hasattr(values, "__array__") and not is_expr(values):
        return _array(values.detach() if hasattr(values, "detach") else values, name)  # a parameter of torch
    return _nested(values, name)


def _array(values: Any, name: str) -> Array:
    try:
        return np.asarray(values)
    except (TypeError, RuntimeError) as error:
        kind = getattr(values, "dtype", type(values).__name__)
        msg = f"{name} must be an array that NumPy can read, not {kind}: {error}; write x.double().cpu()"
        raise EntryError(msg) from error


def _nested(values: Any, name: str) -> Array:
    msg = f"{name} must be a rectangular array, not nested lists of different lengths"
    try:
        array = np.array(values, dtype=object)
    except (ValueError, TypeError, IndexError) as error:
        raise EntryError(msg) from error
    if any(isinstance(v, list | tuple | np.ndarray) for v in array.flat):
        raise EntryError(msg)
    return array
