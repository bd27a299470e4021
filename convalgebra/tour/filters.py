"""The layer of the tour: four 3x3 filters with integer weights on a colour photograph."""

from __future__ import annotations

import numpy as np

from convalgebra.layers.conv import Conv

BRIGHTNESS = np.array([2, 5, 1], dtype=np.int64)  # of red, green and blue
BLUR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], dtype=np.int64)
ACROSS = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=np.int64)
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=np.int64)

FILTERS = {  # by the name of its picture
    "blur": BLUR,
    "sobel-across": ACROSS,
    "sobel-down": ACROSS.T,
    "laplace": LAPLACE,
}
WEIGHT = np.stack([BRIGHTNESS[:, None, None] * kernel for kernel in FILTERS.values()])


def strided() -> Conv:
    """The layer as a network begins: three colours to four channels, stride 2, zeros around the photograph."""
    return Conv(WEIGHT, stride=2, padding=1)


def steady(padding_mode: str) -> Conv:
    """The same filters at stride 1: the picture keeps its size."""
    return Conv(WEIGHT, padding=1, padding_mode=padding_mode)
