"""Boundary rules, tap tables and output sizes against np.pad, sliding windows and counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import MODES, axes, place

import convalgebra as ca
from convalgebra.algebra.indexing import (
    Axis,
    boundary,
    box_of,
    choice,
    flat_index,
    grid_index,
    integer,
    mode_of,
    named_widths,
    output_size,
    per_axis,
    widths,
)

NUMPY = {"circular": "wrap", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_the_boundary_rule_is_that_of_numpy_pad(mode, size):
    """Also far outside, where the extension repeats."""
    far = 3 * size + 2
    found = boundary(np.arange(-far, size + far), size, mode)
    if mode == "zeros":
        wanted = np.pad(np.arange(size), far, constant_values=-1)
    else:
        wanted = np.pad(np.arange(size), far, mode=NUMPY[mode])
    assert found.tolist() == wanted.tolist()


@given(st.integers(-50, 50), st.integers(1, 9), st.sampled_from(MODES))
def test_the_boundary_rule_bounces_step_by_step(position, size, mode):
    wanted = place(position, size, mode)
    assert boundary(np.array([position]), size, mode).tolist() == [-1 if wanted is None else wanted]


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_the_tap_table_is_its_definition(size, out, data):
    axis = data.draw(axes(size, out))
    table = axis.table()
    assert axis.out == out
    assert table.shape == (axis.taps, out)
    for t in range(axis.taps):
        for i in range(out):
            read = place(axis.stride * i + axis.dilation * t - axis.lo, size, axis.mode)
            assert table[t, i] == (-1 if read is None else read)
            assert axis.read(np.array(t), np.array(i)) == table[t, i]


def test_the_tap_table_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        Axis(3, 2).table()[0, 0] = 5


@given(*[st.integers(1, 12)] * 2, st.integers(1, 4), st.integers(1, 3), st.integers(-2, 4), st.integers(-2, 4))
def test_the_output_size_counts_the_windows(size, taps, stride, dilation, lo, hi):  # noqa: PLR0917  # the parameters of a layer
    options = {"lo": lo, "hi": hi, "dilation": dilation}
    starts = range(0, size + lo + hi - dilation * (taps - 1), stride)
    if not starts:
        with pytest.raises(ca.ShapeError, match="must hold the kernel"):
            output_size(size, taps, stride, **options)
        return
    assert output_size(size, taps, stride, **options) == len(starts) == Axis(size, taps, stride, dilation, lo, hi).out
    rest = size + lo + hi - dilation * (taps - 1) - 1 - starts[-1]
    assert Axis(size, taps, stride, dilation, lo, hi).rest == rest
    assert output_size(size, taps, stride, **options, rounding="ceil") == len(starts) + (rest > 0)
    if rest:
        with pytest.raises(ca.ArgumentError, match="doesn't fit"):
            output_size(size, taps, stride, **options, rounding="exact")
    else:
        assert output_size(size, taps, stride, **options, rounding="exact") == len(starts)


def test_the_kernel_that_just_fits():
    assert Axis(5, 5).out == 1
    assert Axis(5, 3, dilation=2).out == 1
    with pytest.raises(ca.ShapeError, match="at least 6 places, not 5; pad by 1 more"):
        _ = Axis(5, 6).out


@given(st.integers(1, 20), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
def test_named_paddings(size, taps, stride, dilation):
    extent = dilation * (taps - 1) + 1
    assert named_widths("valid", size, taps, stride, dilation) == (0, 0)
    assert named_widths("full", size, taps, stride, dilation) == (extent - 1, extent - 1)
    for name in ("same_upper", "same_lower", *(["same"] if stride == 1 else [])):
        lo, hi = named_widths(name, size, taps, stride, dilation)
        wanted = -(-size // stride)
        total = max((wanted - 1) * stride + extent - size, 0)
        assert lo + hi == total
        assert (hi - lo if name != "same_lower" else lo - hi) in {0, 1}
        if total:
            assert Axis(size, taps, stride, dilation, lo, hi).out == wanted


def test_same_with_a_stride_names_both_remedies():
    with pytest.raises(ca.ArgumentError, match=r"same_upper.*same_lower"):
        named_widths("same", 5, 3, 2, 1)


# --- boxes ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.data())
def test_flat_places_count_in_c_order(sizes, data):
    rows = [data.draw(st.lists(st.integers(-1, n - 1), min_size=1, max_size=4)) for n in sizes]
    found = flat_index(np.ix_(*map(np.array, rows)), tuple(sizes))
    assert grid_index(list(map(np.array, rows)), tuple(sizes)).tolist() == found.reshape(-1).tolist()
    for where in np.ndindex(*map(len, rows)):
        places = [row[k] for row, k in zip(rows, where, strict=True)]
        wanted = -1 if -1 in places else int(np.ravel_multi_index(places, sizes))
        assert found[where] == wanted


def test_boxes_and_axes_are_read():
    assert box_of(np.int32(4)) == (4,)
    assert box_of([2, np.int64(3)]) == (2, 3)
    assert per_axis((1, 2), 2, "stride", 1) == (1, 2)
    assert per_axis([3], 1, "stride", 1) == (3,)
    assert widths(2, 3) == ((2, 2),) * 3
    assert widths((1, 2), 1) == ((1, 2),)
    assert widths((1, 2), 2) == ((1, 1), (2, 2))
    assert widths(((1, 2),), 1) == ((1, 2),)
    assert widths([(0, -1), 3], 2) == ((0, -1), (3, 3))
    assert widths((-1, -2), 1) == ((-1, -2),)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: box_of(0), "n must be at least 1, not 0"),
        (lambda: box_of(()), "n must name at least one axis, not be empty"),
        (lambda: box_of((2, -1)), "n must be at least 1, not -1"),
        (lambda: per_axis((1, 2), 3, "stride", 1), "stride must be one integer or one for each of the 3 axes, not"),
        (lambda: per_axis(0, 1, "stride", 1), "stride must be at least 1, not 0"),
        (lambda: widths(-1, 1), "padding must be at least 0, not -1"),
        (lambda: widths((1, -1), 2), "padding must be at least 0, not -1"),
        (lambda: widths((1, 2, 3), 2), "padding must be an int, one int or one"),
        (lambda: widths(((1, 2, 3),), 1), "padding must be pairs"),
        (lambda: integer(2.0, "k"), "k must be an integer, not the float 2.0; write 2"),
        (lambda: integer(2.5, "k"), "k must be an integer, not 2.5"),
        (lambda: integer(float("nan"), "k"), "k must be an integer, not nan"),
        (lambda: integer(True, "k"), "k must be an integer, not True"),
        (lambda: integer(np.True_, "k"), "k must be an integer, not"),
        (lambda: integer("3", "k"), "k must be an integer, not '3'"),
        (lambda: integer(None, "k"), "k must be an integer, not None"),
        (lambda: integer(2**80, "k"), r"k must be at most 2\*\*40 in size, not"),
        (lambda: integer(-(2**80), "k"), r"k must be at most 2\*\*40 in size, not"),
        (lambda: choice("x", "op", ("a", "b")), "op must be one of 'a', 'b', not 'x'"),
        (lambda: choice(["a"], "op", ("a", "b")), "op must be one of 'a', 'b', not"),
        (lambda: mode_of("wrap"), "not 'wrap'; write 'circular'"),
        (lambda: mode_of("edge"), "write 'replicate'"),
        (lambda: mode_of("mirror"), "write 'reflect'"),
        (lambda: mode_of("constant"), "write 'zeros'"),
        (lambda: mode_of("bounce"), "SciPy's 'reflect' is 'symmetric' here"),
        (lambda: mode_of(3), "padding_mode must be one of"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ca.ArgumentError, match=message):
        call()


def test_indices_at_the_largest_size_stay_inside_int64():
    axis = Axis(2**40, 3, stride=2**20, dilation=2**30, lo=2**40, hi=2**40, mode="symmetric")
    found = axis.read(np.array([2]), np.array([axis.out - 1]))
    wanted = place_far(2**20 * (axis.out - 1) + 2 * 2**30 - 2**40, 2**40)
    assert found.tolist() == [wanted]


def place_far(j, n):
    j %= 2 * n
    return min(j, 2 * n - 1 - j)


def test_a_table_that_does_not_fit_is_refused():
    with pytest.raises(ca.SizeLimitError, match="the tap table must fit"):
        Axis(10**12, 3).table()


def test_numbers_that_python_does_not_write_out_are_told_by_their_bits():
    with pytest.raises(ca.ArgumentError, match="n must be at least 1, not one of 16610 bits"):
        ca.shift(-(10**5000))
