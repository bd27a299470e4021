"""A small made-up photograph, and the tour of it."""

from __future__ import annotations

from functools import cache

import numpy as np

from convalgebra.tour.photo import Photo
from convalgebra.tour.tour import walk

SIDE = 24


@cache
def photo():
    pixels = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE))
    return Photo("Noise & <dust>", "made by a generator", pixels)


@cache
def story():
    return walk(photo(), lambda _: None)
