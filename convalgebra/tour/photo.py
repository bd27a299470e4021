"""The photograph of the tour, out of scikit-image's wheel: no network is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as integers 0..255 of shape (3, side, side): red, green, blue."""

    name: str
    credit: str
    pixels: Array

    @property
    def side(self) -> int:
        """The number of rows, and of columns."""
        return int(self.pixels.shape[1])


def photograph() -> Photo:
    """The cat Chelsea, cut to a square of 288 pixels around her face."""
    try:
        from skimage.data import chelsea  # noqa: PLC0415  # the extra of the tour
    except ImportError as error:
        msg = (
            "the tour's photograph must come with scikit-image, which is not installed; "
            "write pip install 'convalgebra[tour]'"
        )
        raise MissingExtraError(msg) from error
    load: Callable[[], Any] = chelsea  # which comes without types
    pixels = np.moveaxis(load()[:288, 84:372], -1, 0).astype(np.int64)
    return Photo("Chelsea", "photograph by Stefan van der Walt, CC0, shipped with scikit-image", pixels)


def smaller(pixels: Array, factor: int) -> Array:
    """Means over squares of `factor` pixels, rounded down.

    >>> smaller(np.arange(16).reshape(1, 4, 4), 2)
    array([[[ 2,  4],
            [10, 12]]])
    """
    channels, height, width = pixels.shape
    squares = pixels.reshape(channels, height // factor, factor, width // factor, factor)
    mean: Array = squares.sum(axis=(2, 4)) // factor**2
    return mean
