"""Sliding windows against the definition, place by place."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.layers.window import Window, reads


@st.composite
def windows(draw):
    """(window, size) on one axis that fit."""
    k, s, d = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 2))
    lo, hi = draw(st.integers(0, k // 2)), draw(st.integers(0, k // 2))
    n = draw(st.integers(max(1, d * (k - 1) + 1 - lo - hi), 9))
    return Window(k, stride=s, dilation=d, padding=((lo, hi),), ceil_mode=draw(st.booleans())), n


def definition(window, n):
    """The places each window reads, by the words: a window starts every s places, from -lo on."""
    (lo, hi), k, s, d = window.padding[0], window.kernel_size, window.stride, window.dilation
    starts = range(-lo, n + hi, s)
    if window.ceil_mode:
        inside = [i for i in starts if i - s + d * (k - 1) + 1 < n + hi or i == -lo]
        kept = [i for i in inside if i < n]
    else:
        kept = [i for i in starts if i + d * (k - 1) < n + hi]
    return [[i + d * t if 0 <= i + d * t < n else -1 for t in range(k)] for i in kept]


@given(call=windows())
def test_windows_read_by_definition(call):
    window, n = call
    table = reads(window.axes((1, n)))
    assert table.T.tolist() == definition(window, n)
    assert window.output_shape((1, n)) == (1, table.shape[1])


@given(call=windows())
def test_counts(call):
    """Places of the signal; with `padded` also those of the padding, never those beyond it."""
    window, n = call
    (lo, hi), d = window.padding[0], window.dilation
    want = [sum(place >= 0 for place in places) for places in definition(window, n)]
    assert window.counts((1, n)).tolist() == want
    starts = [window.stride * i - lo for i in range(len(want))]
    padded = [sum(i + d * t < n + hi for t in range(window.kernel_size)) for i in starts]
    assert window.counts((2, n), padded=True).tolist() == padded * 2


def test_reads_on_two_axes_is_the_product():
    axes = Window((2, 3), stride=1, padding=((1, 0), (0, 1))).axes((1, 3, 4))
    table = reads(axes).reshape(2, 3, axes[0].out, axes[1].out)
    for t, u, i, j in product(*map(range, table.shape)):
        row, column = axes[0].table()[t, i], axes[1].table()[u, j]
        assert table[t, u, i, j] == (-1 if min(row, column) < 0 else 4 * row + column)


def test_over_channels_the_signal_is_the_channels():
    window = Window(2, over="channels")
    assert window.output_shape((6, 4, 5)) == (3, 4, 5)
    assert window.spatial is None
    assert window.counts((6, 2)).tolist() == [2] * 6


def test_the_layer_knows_its_axes_where_a_tuple_tells():
    assert Window(2).spatial is None
    assert Window((2, 2)).spatial == 2
    assert Window(2, stride=(1, 1, 1)).spatial == 3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"kernel_size": 0}, "kernel_size must be at least 1"),
        ({"kernel_size": 2.0}, "must be an integer, not the float 2.0; write 2"),
        ({"kernel_size": (2, 2), "stride": (1,)}, "one for each of the 2 axes"),
        ({"kernel_size": 2, "rounding": "ceil"}, "rounding must be one of"),
        ({"kernel_size": 2, "ceil_mode": True, "rounding": "exact"}, "drop one of them"),
        ({"kernel_size": 2, "over": "depth"}, "over must be one of"),
    ],
)
def test_bad_arguments(arguments, text):
    with pytest.raises(ca.ConvAlgebraError, match=text):
        Window(**arguments)


@pytest.mark.parametrize(
    ("arguments", "shape", "text"),
    [
        (
            {"kernel_size": 3, "padding": 2},
            (1, 5),
            r"half the kernel 3 as in torch, not 2; write the pair .*\(\(2, 2\),\)",
        ),
        ({"kernel_size": 3, "padding": (2, 1)}, (1, 5, 5), "half the kernel 3"),
        ({"kernel_size": 3, "padding": "SAME"}, (1, 5), "padding must be one of"),
        ({"kernel_size": 3, "padding": "same", "stride": 2}, (1, 5), '"same_upper"'),
        ({"kernel_size": 4}, (1, 3), "must hold the kernel"),
        ({"kernel_size": 2, "rounding": "exact"}, (1, 5), "the window doesn't fit"),
        ({"kernel_size": 2}, (5,), r"write x\[None\]"),
        ({"kernel_size": (2, 2)}, (1, 5), "one for each of the 1 axes|one integer or one for each of the 1"),
    ],
)
def test_bad_inputs(arguments, shape, text):
    with pytest.raises(ca.ConvAlgebraError, match=text):
        Window(**arguments).axes(shape)


def test_a_window_wholly_in_the_padding_is_refused_where_a_place_is_needed():
    window = Window(2, stride=1, padding=((2, 0),))
    assert window.output_shape((1, 2)) == (1, 3)
    with pytest.raises(ca.ShapeError, match="window 0 lies in the padding"):
        window.occupied((1, 2))
    axes = Window(2, padding=((1, 0),)).occupied((1, 3))
    assert np.array_equal(reads(axes), [[-1, 1], [0, 2]])


def test_long_windows_over_the_channels_are_summed_exactly():
    """Windows that read the channels so often that they are summed as a convolution."""
    x = np.arange(600).reshape(300, 2)
    wanted = np.array([x[i : i + 150].sum(axis=0) for i in range(151)])
    pool = ca.AvgPool(150, stride=1, over="channels", divisor_override=1)
    assert np.array_equal(pool(x), wanted)
    assert np.array_equal(pool.map(np.stack([x, -x])), np.stack([wanted, -wanted]))
