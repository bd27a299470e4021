"""The fast lane gives what the long way gives, and never more: bad numbers, shapes and kinds still take that way."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.indexing import Axis
from convalgebra.errors import ArgumentError, EntryError, ShapeError, SizeLimitError
from convalgebra.layers.lane import FEW, LANES, SERIAL, _look, _witness, closed, lane


def pickled(layer):
    return pickle.loads(pickle.dumps(layer))  # noqa: S301  # our own


@st.composite
def layers(draw):
    """(layer, x): integers, so that every way is exact and the long way can be asked for the same."""
    rank, groups = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    taps = draw(st.tuples(*[st.integers(1, 3)] * rank))
    outputs, depth = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    layer = ca.Conv(
        random.integers(-9, 10, (groups * outputs, depth, *taps)),
        draw(st.sampled_from([None, random.integers(-9, 10, groups * outputs)])),
        stride=draw(st.integers(1, 3)),
        dilation=draw(st.integers(1, 2)),
        padding=draw(st.integers(0, 3)),
        padding_mode=draw(st.sampled_from(["zeros", "circular", "reflect", "symmetric", "replicate"])),
        groups=groups,
        op=draw(st.sampled_from(["correlation", "convolution"])),
    )
    shape = (groups * depth, *draw(st.tuples(*[st.integers(5, 8)] * rank)))
    batch = draw(st.sampled_from([(), (1,), (3,)]))
    return layer, random.integers(-9, 10, (*batch, *shape))


@given(layers())
def test_the_lane_is_the_long_way(case):
    layer, x = case
    for _ in range(2):  # prepared, and again
        y = layer(x.astype(float))
        assert y.dtype == np.float64
        assert y.tolist() == layer(x).tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (ca.Conv(np.ones((1, 1, 3))), (1, 9)),
        (ca.Conv(np.ones((1, 1, 3)), stride=4), (1, 9)),  # places that no window reads
        (ca.Conv(np.zeros((1, 1, 3))), (1, 9)),
        (ca.Conv(np.ones((1, 1, 3, 3))), (1, 16, 16)),
        (ca.Conv(np.ones((2, 64, 1, 1))), (64, 12, 12)),  # few outputs are looked at in place of all inputs
        (ca.Conv(np.eye(64)[..., None, None]), (64, 12, 12)),  # no output reads all
        (ca.Conv(np.ones((4, 32, 3, 3)), groups=2, padding=1), (3, 64, 12, 12)),
        (ca.Conv(np.ones((2, 64, 1)), stride=2), (64, 99)),
        (ca.Conv(np.ones((1, 1, 1025))), (1, 50_000)),
    ],
)
def test_nan_and_infinities_are_refused_wherever_they_stand(layer, shape, bad):
    x = np.ones(shape)
    layer(x)
    random = np.random.default_rng(0)
    for place in (0, x.size - 1, *random.integers(0, x.size, 5)):
        x = random.standard_normal(shape)
        x.reshape(-1)[place] = bad
        with pytest.raises(EntryError, match="the input must be finite"):
            layer(x)
    x[...] = bad
    with pytest.raises(EntryError):
        layer(x)


@pytest.mark.parametrize("size", [1, 2, 99, FEW, FEW + 1, SERIAL // 2, SERIAL // 2 + 1, SERIAL - 1, 2 * SERIAL, 50_001])
def test_a_look_misses_no_place(size):
    """Nor do the zeros around it hide a number, nor its sign."""
    finite, signal = _look(size), np.zeros(size)
    assert finite(signal)
    edges = {0, size - 1, size // 2, (size - 1) // 2, SERIAL - 1, SERIAL, size - SERIAL, size - SERIAL - 1}
    for place in edges & set(range(size)):
        for bad in (np.nan, -np.nan, np.inf, -np.inf):
            signal[place] = bad
            assert not finite(signal)
        signal[place] = -1e150
        assert finite(signal)
        signal[place] = 0


@pytest.mark.parametrize("n", [2, FEW, FEW + 1, SERIAL])
def test_short_lines_are_refused_and_summed_as_any(n):
    layer, x = ca.Conv([[[2.0, -1.0]]]), np.arange(n, dtype=float)[None]
    assert layer._lane((1, n)).__qualname__.startswith("_line")
    assert layer(x).tolist() == [[i - 1.0 for i in range(n - 1)]]
    assert layer(np.asfortranarray(np.stack([x[0], x[0]]).T).T[:1]).tolist() == layer(x).tolist()
    for place, bad in ((0, np.nan), (n - 1, np.inf), (n // 2, -np.inf)):
        y = x.copy()
        y[0, place] = bad
        with pytest.raises(EntryError, match="the input must be finite"):
            layer(y)
    x[0, -1] = 1e300
    assert layer(x)[0, -1] == 2.0 * x[0, -2] - 1e300


def test_an_output_that_skips_an_input_is_no_witness():
    """Zero times NaN is NaN, but not every BLAS looks at what stands against a zero."""
    weight = np.array([[1.0, 0], [2, 3], [0, 1], [4, 5]])[..., None]
    assert _witness(weight[:3], (Axis(5, 1),), 1).tolist() == [1]
    assert _witness(weight, (Axis(5, 1),), 2).tolist() == [1, 1]
    assert _witness(weight[[0, 2]], (Axis(5, 1),), 1) is None
    for blind in (Axis(5, 1, 2), Axis(5, 1, lo=-1), Axis(5, 1, hi=-1), Axis(6, 1, 2)):
        assert _witness(weight, (blind,), 1) is None


def test_large_numbers_are_finite():
    """Their squares are not."""
    assert ca.Conv([[[1.0, 1.0]]])(np.full((1, 3), 1e300)).tolist() == [[2e300, 2e300]]
    wide = ca.Conv(np.ones((2, 64, 1, 1)))
    assert np.isfinite(wide(np.full((64, 12, 12), 1e300))).all()


def test_sums_that_overflow_are_the_long_way_s():
    layer = ca.Conv(np.ones((2, 64, 1, 1)))
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.isinf(layer(np.full((64, 12, 12), 1e308))).all()


def test_integers_do_not_take_the_lane():
    assert ca.Conv([[[2**62, 2**62]]])([[1, 1]]).tolist() == [[2**63]]
    assert ca.Conv([[[0.5, 1]]])(np.array([[2, 4]])).tolist() == [[5.0]]


@pytest.mark.parametrize("weight", [[[[1j, 1]]], ca.symbols("w", (1, 1, 2))])
def test_other_kinds_have_none(weight):
    layer = ca.Conv(np.array(weight))
    assert layer._lane((1, 3)) is closed
    assert layer(np.ones((1, 3))).dtype != np.float64


@pytest.mark.parametrize("kind", [np.float32, ">f8", np.int8, bool])
def test_other_arrays_go_the_long_way(kind):
    y = ca.Conv([[[1, 2]]])(np.ones((1, 3), dtype=kind))
    assert y.tolist() == [[3, 3]]
    assert y.dtype == (np.float64 if np.dtype(kind).kind == "f" else np.int64)


@pytest.mark.parametrize("shape", [(5,), (2, 5), (1, 1, 1, 5), (1, 0), ()])
def test_wrong_shapes_are_refused_as_ever(shape):
    layer = ca.Conv(np.ones((1, 1, 2)))
    with pytest.raises((ShapeError, ArgumentError)):
        layer(np.ones(shape))


def test_empty_batches_and_results_beyond_the_limit():
    assert ca.Conv(np.ones((3, 1, 2)))(np.ones((0, 1, 5))).shape == (0, 3, 4)
    with pytest.raises(SizeLimitError):
        ca.Conv(np.ones((2**20, 1, 1)))(np.ones((1, 2**12)))


def test_views_are_read_as_they_are_and_nothing_is_written():
    x = np.arange(24.0).reshape(2, 12)[:, ::2]
    kept = x.copy()
    layer = ca.Conv(np.ones((1, 2, 2)), [1])
    assert layer(x).tolist() == layer(kept).tolist()
    assert x.tolist() == kept.tolist()
    assert not np.shares_memory(ca.Conv(np.ones((1, 1, 1)))(x[:1]), x)


def test_results_of_two_calls_are_apart():
    layer, x = ca.Conv(np.ones((1, 1, 2))), np.ones((1, 5))
    first = layer(x)
    first += 1
    assert layer(x).tolist() == [[2.0] * 4]


def test_a_layer_keeps_few_lanes():
    layer = ca.Conv(np.ones((1, 1, 2)))
    for n in range(2, 50):
        layer(np.ones((1, n)))
        assert (1, n) in layer._lanes
        assert len(layer._lanes) <= LANES


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled, replace])
def test_copies_start_without_lanes_and_are_the_same_layer(again):
    layer, x = ca.Conv(np.ones((1, 1, 2)), [3], padding=1), np.ones((1, 5))
    y = layer(x)
    twin = again(layer)
    assert "_lanes" not in vars(twin)
    assert twin(x).tolist() == y.tolist()
    assert repr(twin) == repr(layer)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (ca.Conv(np.ones((1, 1, 9)), padding=4), (1, 300_000)),
        (ca.Conv(np.ones((1, 1, 1025))), (1, 300_000)),
        (ca.Conv(np.ones((1, 1, 5, 5)), padding=2, padding_mode="reflect"), (1, 600, 600)),
        (ca.Conv(np.ones((16, 16, 5, 5)), padding=2), (16, 150, 150)),
        (ca.Conv(np.ones((4, 4, 31, 31)), padding=15), (4, 250, 250)),
        (ca.Conv(np.ones((8, 8, 3, 3, 3)), padding=1), (8, 36, 36, 36)),
        (ca.Conv(np.ones((16, 16, 3, 3)), padding=1), (12, 16, 48, 48)),
    ],
)
def test_memory_is_that_of_input_and_output(layer, shape):
    """No more than they, twice, and a few mebibytes for the piece at hand; all windows at once take up to 961 times."""
    x = np.ones(shape)
    y = layer(x)
    gc.collect()
    tracemalloc.start()
    layer(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 2 * (x.nbytes + y.nbytes) + (6 << 20)


def test_a_lane_of_its_own():
    weight, axes = np.array([[[1.0, 2.0]]]), (Axis(3, 2, lo=1),)
    assert lane(weight, np.array([5]), axes, 1, (2, 1, 3))(np.ones((2, 1, 3))).tolist() == [[[7, 8, 8]]] * 2


@pytest.mark.parametrize("place", [0, 1500, 2998, 2999])
def test_a_place_that_no_window_reads_is_looked_at_too(place):
    """Windows of 3 from -1 on end before place 2999: no output tells of it."""
    layer, x = ca.Conv(np.ones((1, 8, 3)), stride=3, padding=((1, 0),)), np.ones((8, 3000))
    assert layer(x).shape == (1, 1000)
    x[3, place] = np.nan
    with pytest.raises(EntryError, match="finite"):
        layer(x)
