"""What a layer makes of a photograph, as pictures of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array

VERMILION = (213, 94, 0)  # told apart from grey with every kind of colour vision


def colour(pixels: Array) -> Array:
    """(3, height, width) in 0..255 as (height, width, 3) bytes."""
    return np.ascontiguousarray(np.moveaxis(pixels, 0, -1)).astype(np.uint8)


def grey(values: Array) -> Array:
    """Integers as bytes: 0..largest from black to white, or, where some are negative, 0 as middle grey.

    Strong responses are rare, so a signed picture saturates beyond its 99th percentile.

    >>> grey(np.array([[0, 5, 10]])).tolist(), grey(np.array([[-4, 0, 4]])).tolist()
    ([[0, 127, 255]], [[0, 127, 255]])
    """
    signed = bool((values < 0).any())
    top = max(float(np.percentile(np.abs(values), 99 if signed else 100)), 1.0)
    scaled = 127.5 * (1 + values / top) if signed else 255 * (values / top)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def marked(picture: Array, places: Array) -> Array:
    """A grey picture, paler, with some places in vermilion.

    >>> marked(np.array([[0, 0]], dtype=np.uint8), np.array([[True, False]])).tolist()
    [[[213, 94, 0], [76, 76, 76]]]
    """
    pale = (picture // 2 + picture // 5 + 76).astype(np.uint8)
    result = np.repeat(pale[:, :, None], 3, axis=2)
    result[places] = VERMILION
    return result
