"""Memory for the piece of work at hand, used again and again.

The system clears every page before its first use, which costs more than writing it once more.  What a layer returns
belongs to the caller and must be fresh; what it only works with need not.
"""

from __future__ import annotations

from collections import deque
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.rings import Array

BYTES = 1 << 22  # of one buffer; more than that is fresh memory
BUFFERS = 4  # kept at most


class Scratch:
    """An array of this shape with any entries, for as long as the `with` lasts; nested uses and threads get their own.

    >>> with Scratch((2, 3), np.dtype(np.int64)) as array:
    ...     array.shape
    (2, 3)
    """

    _spare: ClassVar[deque[Array]] = deque(maxlen=BUFFERS)

    def __init__(self, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
        self._shape, self._dtype = shape, dtype

    def __enter__(self) -> Array:
        self._buffer = None
        if prod(self._shape) * self._dtype.itemsize > BYTES or self._dtype.hasobject:
            return np.empty(self._shape, self._dtype)
        try:
            self._buffer = self._spare.pop()
        except IndexError:
            self._buffer = np.empty(BYTES, np.uint8)
        return np.ndarray(self._shape, self._dtype, self._buffer)

    def __exit__(self, *_: object) -> None:
        if self._buffer is not None:
            self._spare.append(self._buffer)
