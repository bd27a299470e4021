"""The ways of sliding a kernel, as functions that are prepared once: any shape of the signal, and of the result."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from convalgebra.algebra.slide import by_band, by_columns, by_convolve, by_lines, by_rows, by_taps, outs_of

LINE, LINES, IMAGE = (1, 1, 1, 9), (2, 3, 1, 39), (1, 1, 1, 7, 6)
LAYER = (2, 3, 2, 5, 6)


def windows(weight, signal):
    """Stride 1, dilation 1, by NumPy's sliding windows."""
    taps = weight.shape[3:]
    every = sliding_window_view(signal, taps, tuple(range(3, 3 + len(taps))))
    places = "ijk"[: len(taps)]
    return np.einsum(f"ngc{places}{places.upper()},goc{places.upper()}->ngo{places}", every, weight)


@pytest.mark.parametrize(
    ("way", "shape", "outputs"),
    [
        (by_convolve, LINE, 1),
        (by_convolve, LINES, 2),
        (by_lines, LINE, 1),
        (by_lines, LINES, 2),
        (by_band, IMAGE, 1),
        (by_taps, LAYER, 2),
        (by_columns, LAYER, 2),
        (by_rows, LAYER, 2),
    ],
)
def test_a_prepared_way_takes_any_signal_of_its_size_again_and_again(way, shape, outputs):
    random = np.random.default_rng(0)
    weight = random.integers(-9, 10, (shape[1], outputs, shape[2], *[3] * (len(shape) - 3))).astype(float)
    steps = (1,) * (len(shape) - 3)
    slide = way(weight, steps, steps, shape)
    for _ in range(2):
        signal = random.integers(-9, 10, shape).astype(float)
        expected = windows(weight, signal)
        for form in (signal, signal.reshape(-1), signal.reshape(shape[0], -1)):
            assert slide(form).reshape(expected.shape).tolist() == expected.tolist()


def test_a_strided_signal_is_read_as_it_is():
    wide = np.arange(84.0).reshape(7, 12)
    slide = by_band(np.ones((1, 1, 1, 2, 2)), (1, 1), (1, 1), IMAGE)
    assert (
        slide(wide[:, ::2]).tolist()
        == windows(np.ones((1, 1, 1, 2, 2)), wide[None, None, None, :, ::2])[0, 0, 0].tolist()
    )


def test_the_places_of_the_output():
    assert outs_of(np.ones((1, 1, 1, 3, 2)), (2, 1), (1, 4), (1, 1, 1, 8, 9)) == (3, 5)
