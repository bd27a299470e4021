"""A layer seen from one output, compared with np.pad and a plain sliding window."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.view import flat_grid, view_of
from convalgebra.errors import ArgumentError, SizeLimitError

NUMPY = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge"}
WEIGHT = np.arange(1, 10).reshape(1, 1, 3, 3)


@pytest.mark.parametrize("mode", NUMPY)
@pytest.mark.parametrize("padding", [0, 1, ((2, 0), (1, 2))])
def test_the_padded_grid_is_that_of_numpy(mode, padding):
    view = view_of(ca.Conv(WEIGHT, padding=padding, padding_mode=mode), (1, 4, 5))
    sides = padding if isinstance(padding, tuple) else ((padding, padding),) * 2
    numbers = np.pad(np.arange(1, 21).reshape(4, 5), sides, mode=NUMPY[mode])
    assert view.window.shape == numbers.shape
    down, across = view.inside
    for (y, x), name in view.named_inputs():
        place = int(numbers[y, x]) - 1
        assert (name.text if name else None) == (None if place < 0 else f"x_{{{place // 5}{place % 5}}}")
        assert (y in down and x in across) == (
            sides[0][0] <= y < sides[0][0] + 4 and sides[1][0] <= x < sides[1][0] + 5
        )


@pytest.mark.parametrize("stride", [1, (2, 1)])
@pytest.mark.parametrize("dilation", [1, (1, 2)])
@pytest.mark.parametrize("op", ["correlation", "convolution"])
def test_the_window_slides_as_by_definition(stride, dilation, op):
    layer = ca.Conv(WEIGHT, padding=1, stride=stride, dilation=dilation, op=op)
    (sy, sx), (dy, dx) = layer.stride, layer.dilation
    kernel = WEIGHT[0, 0, ::-1, ::-1] if op == "convolution" else WEIGHT[0, 0]
    _, height, width = layer.output_shape((1, 5, 6))
    for i in range(height):
        for j in range(width):
            view = view_of(layer, (1, 5, 6), (i, j))
            found = view.window.entries(range(99), range(99))
            assert {place: entry.value for place, entry in found.items()} == {
                (sy * i + dy * a, sx * j + dx * b): kernel[a, b] for a in range(3) for b in range(3)
            }
            assert view.name == f"y_{{{i}{j}}}"
            assert view.row == i * width + j


def test_signals_are_grids_of_height_one():
    view = view_of(ca.Conv([[[1, 2, 3]]], padding=1), (1, 5), at=4)
    assert (view.window.shape, view.grid) == ((1, 7), (1, 5))
    assert [*view.window.entries([0], range(7))] == [(0, 4), (0, 5), (0, 6)]
    assert flat_grid((2, 3)) == (1, 3)


def test_channels_are_chosen():
    weight = np.arange(1, 13).reshape(2, 3, 2)
    view = view_of(ca.Conv(weight), (3, 4), 1, channels=(1, 2))
    assert {place: entry.value for place, entry in view.window.entries([0], range(4)).items()} == {
        (0, 1): 11,
        (0, 2): 12,
    }
    assert view.name == "y_{11}"
    assert view.input_words() == "input 4, channel 2 of 3"
    assert view.output_words() == "output 3, channel 1 of 2"


def test_the_middle_is_the_default():
    assert view_of(ca.Conv(WEIGHT, padding=1), (1, 5, 7)).at == (2, 3)


def test_words():
    view = view_of(ca.Conv(WEIGHT, padding=1, stride=2, padding_mode="reflect"), (1, 5, 6))
    assert view.input_words() == "input 5 × 6, p = 1, reflect"
    assert view.output_words() == "output 3 × 3, s = 2"
    view = view_of(ca.Conv(WEIGHT, padding=((1, 0), (2, 2)), stride=(1, 2), dilation=(2, 1)), (1, 5, 6))
    assert view.input_words() == "input 5 × 6, p = (1, 0), (2, 2)"
    assert view.output_words() == "output 2 × 4, s = 1 × 2, d = 2 × 1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at": (5, 0)}, "at must lie in 0..4, not 5"),
        ({"at": (-1, 0)}, "at must be at least 0"),
        ({"at": 3}, "at must be 2 integers"),
        ({"at": (1, 2, 3)}, "at must be 2 integers"),
        ({"at": (1, 0.5)}, "at must be an integer"),
        ({"channels": (0, 1)}, "channels must lie in 0..0, not 1"),
        ({"channels": 0}, "channels must be 2 integers"),
    ],
)
def test_positions_outside_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        view_of(ca.Conv(WEIGHT, padding=1), (1, 5, 5), **options)


def test_other_layers_sizes_and_groups_are_refused():
    with pytest.raises(ArgumentError, match=r"must be a ca.Conv, not int"):
        view_of(3, (1, 5, 5))
    with pytest.raises(ArgumentError, match="one or two axes, not 3"):
        view_of(ca.Conv(np.ones((1, 1, 2, 2, 2))), (1, 3, 3, 3))
    with pytest.raises(SizeLimitError, match="at most 32 places on a side, not 33"):
        view_of(ca.Conv(WEIGHT), (1, 33, 5))
    with pytest.raises(ArgumentError, match="another group"):
        view_of(ca.Conv(np.ones((2, 1, 2)), groups=2), (2, 4), channels=(0, 1))
