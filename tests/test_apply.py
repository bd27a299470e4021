"""Every way of applying a layer against the definition, exactly on integers; and which way is picked."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from unittest.mock import patch

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra import apply, slide
from convalgebra.algebra.apply import WAYS, Plan, apply_conv, extended, plan, spans_of
from convalgebra.algebra.indexing import MODES, Axis

MOST_PLACES = {1: 16, 2: 6, 3: 4}  # the definition is a slow loop


def definition(weight, axes, groups, x):
    """The sums of products, tap by tap, in Python's own numbers."""
    outputs, depth = weight.shape[:2]
    tables = [axis.table() for axis in axes]
    y = np.zeros((len(x), outputs, *(axis.out for axis in axes)), dtype=object)
    for n, o, *place in np.ndindex(y.shape):
        for c, *taps in np.ndindex(weight.shape[1:]):
            reads = [int(table[tap, i]) for table, tap, i in zip(tables, taps, place, strict=True)]
            if min(reads) >= 0:
                channel = o // (outputs // groups) * depth + c
                y[(n, o, *place)] += weight[(o, c, *taps)].item() * x[(n, channel, *reads)].item()
    return y


def forced(way):
    return patch.object(apply, "_chosen", lambda *_: Plan(way, "asked for"))


@st.composite
def axis(draw, most, dilations):
    taps, dilation = draw(st.integers(1, 4)), draw(st.integers(1, dilations))
    size, lo = draw(st.integers(1, most)), draw(st.integers(-2, 5))
    least = dilation * (taps - 1) + 1 - size - lo
    hi = draw(st.integers(max(least, -2), max(least, 5)))
    return Axis(size, taps, draw(st.integers(1, 3)), dilation, lo, hi, draw(st.sampled_from(MODES)))


@st.composite
def layers(draw, way=None):
    """(weight, axes, groups, x): any layer, or any that the way takes."""
    rank = draw(st.integers(*{"convolve": (1, 1), "lines": (1, 1), "band": (2, 2), "rows": (2, 3)}.get(way, (1, 3))))
    dilations = [1 if way == "rows" and not place else 3 for place in range(rank)]
    axes = tuple(draw(axis(MOST_PLACES[rank], most)) for most in dilations)
    groups, batch, outputs = (draw(st.integers(1, 1 if way == "band" else 3)) for _ in range(3))
    depth = draw(st.integers(1, 1 if way in {"convolve", "lines", "band"} else 2))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    weight = random.integers(-9, 10, (groups * outputs, depth, *(a.taps for a in axes)))
    return weight, axes, groups, random.integers(-9, 10, (batch, groups * depth, *(a.size for a in axes)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [1, 40, slide.PIECE])
@given(data=st.data())
def test_every_way_is_the_definition(way, piece, data):
    weight, axes, groups, x = data.draw(layers(way))
    small = {"PIECE": piece, "COLUMNS": min(piece, slide.COLUMNS), "WIDTH": min(piece, slide.WIDTH)}
    with forced(way), patch.multiple(slide, **small), patch.object(apply, "LITTLE", piece):
        y = apply_conv(weight, axes, groups, x)
    assert y.dtype == np.int64
    assert y.tolist() == definition(weight, axes, groups, x).tolist()


@given(layer=layers())
def test_the_layer_picks_a_way_that_is_the_definition(layer):
    weight, axes, groups, x = layer
    assert apply_conv(weight, axes, groups, x).tolist() == definition(weight, axes, groups, x).tolist()


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
def test_complex_entries(way, data):
    weight, axes, groups, x = data.draw(layers(way))
    with forced(way):
        y = apply_conv(weight * (1 + 2j), axes, groups, x * 1j)
    np.testing.assert_allclose(y, definition(weight, axes, groups, x).astype(complex) * (1j - 2), atol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_inputs_stay_as_they_are(way):
    weight, x = np.arange(6.0).reshape(1, 1, 6), np.arange(40.0).reshape(1, 1, 40)
    if way in {"rows", "band"}:
        weight, x = weight.reshape(1, 1, 2, 3), x.reshape(1, 1, 5, 8)
    axes = tuple(Axis(n, k, lo=1, hi=1, mode="reflect") for n, k in zip(x.shape[2:], weight.shape[2:], strict=True))
    before = weight.copy(), x.copy()
    with forced(way):
        apply_conv(weight, axes, 1, x)
    assert np.array_equal(before[0], weight)
    assert np.array_equal(before[1], x)


@pytest.mark.parametrize(
    ("weight", "x", "expected"),
    [
        ([Fraction(1, 2), Fraction(1, 3)], [6, 12], [7]),
        ([2**40, 1], [2**40, 5], [2**80 + 5]),
        (list(ca.symbols("w", 2)), [1, 10], [sympy.sympify("w0 + 10*w1")]),
    ],
)
def test_exact_objects(weight, x, expected):
    kernel, signal = (ca.Kernel([[v]]).weight for v in (weight, x))
    y = apply_conv(kernel, (Axis(2, 2),), 1, signal)
    assert [sympy.sympify(v) for v in y[0, 0]] == expected


@pytest.mark.parametrize("way", ["convolve", "columns"])
def test_sums_just_below_the_limit_of_float64_are_exact(way):
    weight, x = np.array([[[3, 1]]]), np.array([[[2**51 - 1, 3, 2**51 - 2]]])
    axes = (Axis(3, 2),)
    with forced(way):
        assert apply_conv(weight, axes, 1, x)[0, 0].tolist() == [3 * 2**51, 9 + 2**51 - 2]


def test_larger_sums_stay_integers():
    """2**53 + 1 has no float64; the sum must not pass through one."""
    weight, x, axes = np.array([[[2**26, 1]]]), np.array([[[2**27, 1]]]), (Axis(2, 2),)
    assert str(plan(weight, axes, 1, x)).startswith("taps: integer sums up to")
    assert apply_conv(weight, axes, 1, x).tolist() == [[[2**53 + 1]]]


def test_integers_take_the_fft_only_below_its_error_bound():
    axes = (Axis(100_000, 1025),)
    weight, x = np.ones((1, 1, 1025), dtype=np.int64), np.ones((1, 1, 100_000), dtype=np.int64)
    assert plan(weight, axes, 1, x).way == "fft"
    assert plan(weight, axes, 1, x * 2**40).way == "lines"
    assert plan(weight, axes, 1, x * 2**52).way == "taps"


@pytest.mark.parametrize(
    ("channels", "size", "taps", "way"),
    [
        ((1, 1), (10_000,), 3, "convolve"),
        ((1, 1), (100,), 33, "convolve"),
        ((1, 1), (10_000,), 33, "lines"),
        ((1, 1), (1_000_000,), 1025, "fft"),
        ((16, 16), (1000,), 9, "columns"),
        ((1, 1), (16, 16), 3, "band"),
        ((1, 1), (256, 256), 3, "rows"),
        ((16, 16), (64, 64), 3, "rows"),
        ((256, 256), (14, 14), 3, "columns"),
        ((64, 64), (32, 32), 1, "taps"),
        ((1, 1), (1024, 1024), 31, "fft"),
    ],
)
def test_the_way_that_is_picked(channels, size, taps, way):
    weight = np.ones((*channels, *[taps] * len(size)))
    assert plan(weight, tuple(Axis(n, taps) for n in size), 1, np.ones((1, channels[1], *size))).way == way


def test_the_matrix_of_a_line_is_no_larger_than_its_signal():
    """Else integers that the FFT would not give exactly could meet gigabytes of zeros."""
    weight, x = np.full((1, 1, 9000), 2**19), np.full((1, 1, 100_000), 2**20)
    assert plan(weight, (Axis(100_000, 9000),), 1, x).way == "convolve"


@given(layer=layers())
def test_the_extended_signal_reads_the_boundary_rule(layer):
    _, axes, _, x = layer
    wide = extended(x, axes, np.empty((*x.shape[:2], *spans_of(axes)), x.dtype))
    for place, a in enumerate(axes):
        line = Axis(a.size, 1, 1, 1, a.lo, wide.shape[place + 2] - a.size - a.lo, a.mode).table()[0]
        x = np.where((line < 0).reshape(-1, *[1] * (len(axes) - 1 - place)), 0, x.take(line, place + 2))
    assert wide.tolist() == x.tolist()


def test_a_signal_that_windows_do_not_leave_is_not_copied():
    x = np.ones((1, 1, 9))
    assert np.shares_memory(extended(x, (Axis(9, 3, lo=-1, hi=-2),), np.empty((1, 1, 6))), x)


def test_scipy_signal_is_never_imported_and_scipy_fft_only_for_long_lines_and_several_axes():
    code = """
import sys, numpy as np
import convalgebra as ca
long = (100_000,)
for shape, taps in ((long, (3,)), (long, (33,)), (long, (1025,)), ((64, 64), (3, 3)), ((256, 256), (31, 31))):
    layer, x = ca.Conv(np.ones((1, 1, *taps))), np.ones((1, *shape))
    layer(x), layer(x.astype(int))
    print(layer.plan(x.shape).way, "scipy.fft" in sys.modules, "scipy.signal" in sys.modules)
"""
    lines = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    assert lines == [
        "convolve False False",
        "lines False False",
        "fft False False",
        "rows False False",
        "fft True False",
    ]
