"""The ways of sliding a kernel, as functions that are prepared once: any shape of the signal, and of the result."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import convalgebra as ca
from convalgebra.algebra import slide
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
    prepared = way(weight, steps, steps, shape)
    for _ in range(2):
        signal = random.integers(-9, 10, shape).astype(float)
        expected = windows(weight, signal)
        for form in (signal, signal.reshape(-1), signal.reshape(shape[0], -1)):
            assert prepared(form).reshape(expected.shape).tolist() == expected.tolist()


@pytest.mark.parametrize("products", [1, 1000, slide.PRODUCTS])
@pytest.mark.parametrize(("taps", "stride", "dilation"), [(2, 1, 1), (9, 1, 1), (10, 1, 1), (40, 1, 3), (40, 3, 1)])
@pytest.mark.parametrize("places", [1, 15, 16, 17, 160, 333])
def test_windows_that_take_turns_give_every_output_once(products, taps, stride, dilation, places):
    random = np.random.default_rng(places)
    span = stride * (places - 1) + dilation * (taps - 1) + 1
    weight, signal = random.integers(-9, 10, (1, 1, 1, taps)), random.integers(-9, 10, span)
    with patch.object(slide, "PRODUCTS", products):
        way = by_lines(weight.astype(float), (stride,), (dilation,), (1, 1, 1, span))
    kernel = np.zeros(dilation * (taps - 1) + 1, dtype=int)
    kernel[::dilation] = weight[0, 0, 0]
    assert way(signal.astype(float)).ravel().tolist() == np.correlate(signal, kernel, "valid")[::stride].tolist()


def test_a_strided_signal_is_read_as_it_is():
    wide = np.arange(84.0).reshape(7, 12)
    prepared = by_band(np.ones((1, 1, 1, 2, 2)), (1, 1), (1, 1), IMAGE)
    assert (
        prepared(wide[:, ::2]).tolist()
        == windows(np.ones((1, 1, 1, 2, 2)), wide[None, None, None, :, ::2])[0, 0, 0].tolist()
    )


def test_the_places_of_the_output():
    assert outs_of(np.ones((1, 1, 1, 3, 2)), (2, 1), (1, 4), (1, 1, 1, 8, 9)) == (3, 5)


@pytest.mark.parametrize(
    ("samples", "groups", "taps", "stride"), [(2, 1, 2, 2), (1, 2, 2, 2), (1, 1, 2, 1), (1, 1, 1, 2)]
)
def test_exact_taps_of_two(samples, groups, taps, stride):
    """Two samples, groups, taps or steps, beyond int64: only one sample of one tap at every place is one product."""
    layer = ca.Conv(np.full((groups, 1, taps), 2**62), stride=stride, groups=groups)
    x = np.arange(1, samples * groups * 6 + 1).reshape(samples, groups, 6)
    read = sliding_window_view(x, taps, 2)[:, :, ::stride]
    assert layer.map(x).tolist() == (read.sum(axis=-1).astype(object) * 2**62).tolist()


@pytest.mark.parametrize(
    ("way", "shape"),
    [(by_lines, (1, 1, 1, 40_009)), (by_columns, (1, 1, 2, 200, 90)), (by_rows, (1, 1, 2, 200, 90))],
    ids=["lines", "columns", "rows"],
)
def test_long_signals_are_taken_in_pieces(way, shape):
    """More places than are held at once, in pieces the last of which is shorter."""
    random = np.random.default_rng(1)
    weight = random.integers(-9, 10, (1, 2, shape[2], *[3] * (len(shape) - 3))).astype(float)
    signal, steps = random.integers(-9, 10, shape).astype(float), (1,) * (len(shape) - 3)
    expected = windows(weight, signal)
    assert np.array_equal(way(weight, steps, steps, shape)(signal).reshape(expected.shape), expected)


UNDILATED = [((3, 2), (1, 1), (1, 1)), ((3, 2), (1, 2), (1, 3)), ((3, 2), (2, 1), (1, 1)),
             ((2, 3, 1), (1, 2, 1), (1, 1, 2)), ((1, 1), (1, 1), (1, 1))]  # fmt: skip
STEPS = [*UNDILATED, ((3, 2), (1, 1), (2, 1)), ((3, 2), (2, 3), (3, 1)), ((4,), (1,), (2,))]


@pytest.mark.parametrize("piece", [1, 300, 10**6])
@pytest.mark.parametrize(("way", "steps"), [*product([by_columns], STEPS), *product([by_rows], UNDILATED)])
def test_strides_and_dilations_in_pieces(monkeypatch, piece, way, steps):
    """Where the taps of the first axis read the same columns further on, and where they do not."""
    taps, stride, dilation = steps
    for name, value in (("PIECE", piece), ("ABREAST", piece), ("COLUMNS", 1)):
        monkeypatch.setattr(slide, name, value)
    random = np.random.default_rng(2)
    shape = (2, 2, 3, *(s * 5 + d * (k - 1) + 1 for k, s, d in zip(taps, stride, dilation, strict=True)))
    weight = random.integers(-9, 10, (2, 4, 3, *taps)).astype(float)
    signal = random.integers(-9, 10, shape).astype(float)
    spread = np.zeros((2, 4, 3, *(d * (k - 1) + 1 for k, d in zip(taps, dilation, strict=True))))
    spread[..., *(slice(None, None, d) for d in dilation)] = weight
    want = windows(spread, signal)[..., *(slice(None, None, s) for s in stride)]
    assert np.array_equal(way(weight, stride, dilation, shape)(signal).reshape(want.shape), want)
