"""What every layer shares: shapes, samples and batches."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.layers.base import Layer, shape_of

PLANE = ca.Conv(np.arange(18).reshape(2, 1, 3, 3), [10, 20])


def test_a_batch_is_its_samples():
    xs = np.arange(60).reshape(3, 1, 4, 5)
    ys = PLANE(xs)
    assert ys.shape == (3, 2, 2, 3)
    assert ys.tolist() == [PLANE(x).tolist() for x in xs] == PLANE.map(xs).tolist()


def test_the_affine_map_is_the_layer():
    x = np.arange(20).reshape(1, 4, 5)
    A, b = PLANE.affine((1, 4, 5))
    assert (A @ x.ravel() + b).tolist() == PLANE(x).ravel().tolist()
    assert PLANE.offset((1, 4, 5)).tolist() == [10] * 6 + [20] * 6


def test_lists_of_samples_are_mapped():
    assert PLANE.map([np.ones((1, 3, 3), dtype=int)] * 2).ravel().tolist() == [36 + 10, 117 + 20] * 2


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        (5, ca.ArgumentError, r"in_shape must be a tuple \(channels, \*sizes\), not 5; write \(3, 5\)"),
        ((3, 8), ca.ShapeError, r"the input must have shape \(3, n, n\), 3 channels and 2 spatial axes, not \(3, 8\)"),
        ((4, 8, 8), ca.ShapeError, r"not \(4, 8, 8\)"),
        ((3, 8, 8, 8), ca.ShapeError, r"not \(3, 8, 8, 8\)"),
        ((3, 0, 8), ca.ArgumentError, "in_shape must be at least 1, not 0"),
        ((), ca.ArgumentError, "at least one axis"),
    ],
)
def test_shapes_are_checked(shape, error, message):
    with pytest.raises(error, match=message):
        shape_of(shape, 3, 2)


def test_a_missing_channel_axis_names_the_remedy():
    with pytest.raises(ca.ShapeError, match=r"write x\[None\]"):
        PLANE(np.ones((4, 5)))
    assert shape_of([3, 8, 8], 3, 2) == (3, 8, 8)


def test_the_plain_layer_promises_only():
    layer = Layer()
    assert layer.spatial is None
    assert layer.parameters == 0
    with pytest.raises(NotImplementedError):
        layer.output_shape((1, 2))
    with pytest.raises(NotImplementedError):
        layer.matrix((1, 2))


def test_sums_with_the_bias_never_overflow():
    layer = ca.Conv([[[2**62]]], [2**62])
    assert layer([[1, 2, -1]]).tolist() == [[2**63, 3 * 2**62, 0]]
    assert layer.map([[[3]]]).tolist() == [[[2**64]]]
    assert ca.Conv([[[2**70]]], [0.5])([[1]]).tolist() == [[2.0**70]]


def test_layers_that_apply_their_matrix_never_overflow():
    layer = ca.Linear([[2**62]], [2**62])
    assert layer.map([[2]]).tolist() == [[3 * 2**62]]
    assert ca.Linear([[1]], [2**63 - 1]).map([[1]]).tolist() == [[2**63]]


LAYERS = [
    (ca.Conv([[[1, 2]]]), (1, 5), ""),
    (ca.ConvTranspose([[[1, 2]]]), (1, 5), "taps"),
    (ca.AvgPool(2), (1, 5), "axes"),
    (ca.MaxPool(2), (1, 5), "axes"),
    (ca.LpPool(2), (1, 5), "axes"),
    (ca.GlobalAvgPool(), (1, 5), "axes"),
    (ca.GlobalMaxPool(), (1, 5), "axes"),
    (ca.AdaptiveAvgPool(2), (1, 5), "axes"),
    (ca.BatchNorm([0], [1], eps=0), (1, 5), "entries"),
    (ca.Linear([[1] * 5]), (5,), ""),
    (ca.Flatten(), (1, 5), "entries"),
    (ca.Identity(), (1, 5), "entries"),
    (ca.ReLU(), (1, 5), "entries"),
    (ca.LocallyConnected([[[[1]]] * 5]), (1, 5), "matrix"),
    (ca.Upsample(2), (1, 5), "index"),
    (ca.PixelShuffle(2), (2, 5), "index"),
    (ca.PixelUnshuffle(2), (1, 4), "index"),
    (ca.ChannelShuffle(2), (2, 5), "index"),
    (ca.Pad(1), (1, 5), "index"),
    (ca.Crop(1), (1, 5), "index"),
    (ca.Unfold(2), (1, 5), "index"),
    (ca.Fold((3,), 2), (2, 2), "matrix"),
    (ca.Sequential(ca.Identity()), (1, 5), "parts"),
    (ca.Parallel(ca.Identity()), (1, 5), "parts"),
]


@pytest.mark.parametrize(("layer", "in_shape", "way"), LAYERS, ids=lambda v: type(v).__name__)
def test_every_layer_says_how_it_is_computed(layer, in_shape, way):
    """Those of a convolution are chosen by size."""
    plan = layer.plan(in_shape)
    assert plan.way == (way or plan.way)
    assert str(plan).startswith(f"{plan.way}: {plan.why}")
    with pytest.raises(ca.ConvAlgebraError):
        layer.plan((0, 5))


@pytest.mark.parametrize(("layer", "in_shape"), [case[:2] for case in LAYERS], ids=lambda v: type(v).__name__)
def test_every_layer_is_its_affine_map(layer, in_shape):
    xs = np.random.default_rng(0).integers(0, 9, (2, *in_shape))
    if isinstance(layer, ca.ReLU | ca.MaxPool | ca.LpPool | ca.GlobalMaxPool):
        return
    A, b = layer.affine(in_shape)
    assert [(A @ x.ravel() + b).tolist() for x in xs] == [y.ravel().tolist() for y in layer.map(xs)]
