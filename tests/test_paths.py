"""Path counts: coefficients known from the literature, dependence found by trying, and the fields of the formula."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_layers_of_two_taps_count_binomials(depth):
    row = ca.paths([ca.Conv([[[3, -3]]])] * depth, (1, depth + 1)).to_numpy()
    assert row.tolist() == [[comb(depth, k) for k in range(depth + 1)]]


LAYERS = [
    lambda: ca.Conv(np.ones((2, 1, 3), dtype=int), stride=2, padding=1),
    lambda: ca.Conv([[[1, 1, -2]], [[0, 1, 1]]], padding=1, padding_mode="reflect"),
    lambda: ca.ConvTranspose([[[1, 2, 1], [1, 0, 1]]], stride=2, padding=1),
    lambda: ca.LocallyConnected(np.ones((2, 8, 1, 3), dtype=int), padding=1),
    lambda: ca.AvgPool(2),
    lambda: ca.MaxPool(3, stride=2, padding=1),
    lambda: ca.LpPool(2),
    ca.GlobalMaxPool,
    ca.GlobalAvgPool,
    lambda: ca.AdaptiveAvgPool(3),
    ca.ReLU,
    lambda: ca.BatchNorm([1], [2], [3], [4]),
    lambda: ca.Upsample(2),
    lambda: ca.Pad(1, "reflect"),
    ca.Identity,
    lambda: ca.Sequential(ca.Flatten(), ca.Linear(np.ones((3, 8), dtype=int))),
    lambda: ca.Parallel(ca.Identity(), ca.MaxPool(3, stride=1, padding=1)),
    lambda: ca.Parallel(ca.Identity(), ca.ReLU(), join="sum"),
]


@pytest.mark.parametrize("make", LAYERS)
def test_an_output_that_changes_was_counted(make):
    """Moving one input moves only outputs with a path from it; and each of these, at one of several points."""
    layer, shape, random = make(), (1, 8), np.random.default_rng(0)
    counted = ca.paths(layer, shape).to_numpy()
    seen = np.zeros(counted.shape, dtype=bool)
    for _ in range(12):
        x = random.integers(1, 9, size=shape)
        before = np.asarray(layer(x), dtype=float).ravel()
        for j in range(8):
            moved = x.copy()
            moved[0, j] += random.choice([-100, 100])
            seen[:, j] |= np.asarray(layer(moved), dtype=float).ravel() != before
    assert not (seen & (counted == 0)).any()
    zeros = isinstance(layer, ca.Conv | ca.ConvTranspose) and not np.asarray(layer.weight).all()
    assert zeros or np.array_equal(seen, counted > 0)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_linear_networks_of_ones_are_their_paths(sizes):
    net = ca.Sequential(*(ca.Conv(np.ones((1, 1, k), dtype=int)) for k in sizes))
    shape = (1, sum(sizes) + 2)
    assert np.array_equal(ca.paths(net, shape).to_numpy(), net.matrix(shape).to_numpy())


def test_effective_fields():
    assert ca.effective_field([ca.Conv([[[1, 1]]]), ca.Conv([[[1, -1]]])]) == [(0,), (2,)]
    assert ca.effective_field(ca.Conv(np.ones((1, 1, 2), dtype=int), dilation=3, padding=((1, 0),))) == [(-1,), (2,)]
    holes = ca.effective_field([ca.Conv([[[1, 1]]], dilation=2), ca.Conv([[[1, 1]]], dilation=3)])
    assert holes == [(0,), (2,), (3,), (5,)]


def test_errors_name_the_layer():
    with pytest.raises(ca.ShapeError, match="must have shape"):
        ca.paths(ca.Conv([[[1]]]), 7)
    with pytest.raises(ca.ShapeError, match=r"layer 1 \(Conv\)"):
        ca.paths([ca.ReLU(), ca.Conv(np.ones((1, 2, 3)))], (1, 8))


def test_groups_stay_apart():
    direct = ca.Conv(np.ones((4, 1, 2), dtype=int), groups=2)
    turned = ca.ConvTranspose(np.ones((4, 1, 2), dtype=int), groups=2)
    for layer, shape in ((direct, (2, 3)), (turned, (4, 2))):
        assert np.array_equal(ca.paths(layer, shape).to_numpy(), layer.matrix(shape).to_numpy())


def test_an_effective_field_for_all_outputs_needs_one_phase():
    with pytest.raises(ca.ArgumentError, match=r"must not upsample.*phases"):
        ca.effective_field([ca.Upsample(2), ca.Conv([[[1, 2]]])])
    assert ca.effective_field([ca.Upsample(2), ca.AvgPool(2), ca.Conv([[[1, 2]]])]) == [(0,), (1,)]


@pytest.mark.parametrize(
    ("layer", "ways"),
    [
        (ca.MaxPool(2), [[1, 1, 0, 0], [0, 0, 1, 1]]),
        (ca.AvgPool(2), [[1, 1, 0, 0], [0, 0, 1, 1]]),
        (ca.GlobalMaxPool(), [[1, 1, 1, 1]]),
        (ca.GlobalAvgPool(), [[1, 1, 1, 1]]),
        (ca.AdaptiveAvgPool(2), [[1, 1, 0, 0], [0, 0, 1, 1]]),
        (ca.ConvTranspose([[[5, 7]]], stride=2), [[int(j == i // 2) for j in range(4)] for i in range(8)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_there_is_one_way_through_one_layer(layer, ways):
    assert ca.paths(layer, (1, 4)).to_numpy().tolist() == ways
