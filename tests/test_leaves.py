"""Each layer as a candidate: its matrix is the layer's own, and refusals name the layer."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.leaves import Spot, channels_of, tree

W = np.arange(1, 13)

LAYERS = [
    (ca.Conv(W.reshape(4, 1, 3), [1, 2, 3, 4], groups=2, stride=2, padding=((2, 1),), dilation=2), (2, 9)),
    (ca.Conv(W.reshape(1, 1, 3, 4), padding="same_upper", stride=(2, 1), op="convolution"), (1, 6, 5)),
    (ca.Conv(W[:3].reshape(1, 1, 3), padding=2, padding_mode="reflect"), (1, 4)),
    (ca.ConvTranspose(W.reshape(2, 2, 3), [5, 6], stride=3, padding=1, output_padding=2, dilation=2), (2, 4)),
    (ca.ConvTranspose(W.reshape(4, 1, 3), groups=2, stride=2), (4, 3)),
    (ca.BatchNorm([1, 2], [4, 9], [3, 5], [7, 8], eps=0), (2, 3)),
    (ca.AvgPool(3, stride=2, padding=1), (2, 7)),
    (ca.AvgPool((2, 3), stride=(1, 2), divisor_override=5), (2, 4, 5)),
    (ca.AvgPool(2, ceil_mode=True, divisor_override=2), (1, 5)),
    (ca.GlobalAvgPool(), (2, 3, 4)),
    (ca.AdaptiveAvgPool(2), (1, 6)),
    (ca.Identity(), (2, 3)),
    (ca.Upsample((2, 3)), (2, 2, 3)),
    (ca.Upsample(3, "zeros"), (1, 3)),
    (ca.Pad((1, 2), "circular"), (1, 4)),
    (ca.Crop((1, 2)), (2, 5)),
    (ca.ChannelShuffle(2), (4, 3)),
    (ca.PixelUnshuffle(2), (2, 4, 6)),
    (ca.PixelUnshuffle(2, order="DCR"), (2, 4, 6)),
    (ca.PixelShuffle(2), (8, 2, 3)),
    (ca.PixelShuffle(3, order="DCR"), (6, 2)),
    (ca.Flatten(), (2, 2, 3)),
    (ca.Unfold(3, stride=2, padding=1, dilation=2), (2, 9)),
    (ca.MaxPool(1, stride=2), (2, 5, 4)),
    (ca.Sequential(ca.Flatten(), ca.Linear(W.reshape(3, 4), [1, 2, 3])), (2, 2)),
    (ca.Sequential(ca.GlobalAvgPool(), ca.Flatten(), ca.Linear(W[:2].reshape(1, 2))), (2, 2)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda v: type(v).__name__)
def test_every_layer_is_its_own_candidate(layer, shape):
    found = tree(ca.Sequential(layer), Spot(shape[0], len(shape) - 1, shape[1:])).single.layer()
    assert np.array_equal(found.matrix(shape).to_numpy(), layer.matrix(shape).to_numpy())
    assert np.array_equal(found.offset(shape), layer.offset(shape))


def test_the_used_taps_are_those_that_are_not_known_to_be_zero():
    node = tree(ca.Conv([[[[0, 1, 0], [0, 0, 2]]]]), Spot(1, 2, (4, 4)))
    assert [axis.tolist() for axis in node.used] == [[0, 1], [1, 2]]


def test_nearest_upsampling_answers_a_constant_by_a_constant():
    nearest, zeros = (tree(ca.Upsample(2, mode), Spot(1, 1, (3,))) for mode in ("nearest", "zeros"))
    assert (nearest.flat, zeros.flat) == (True, False)


def test_channels_are_told_by_the_first_layer_that_knows_them():
    conv = ca.Conv(np.ones((2, 3, 1)))
    assert channels_of(ca.Sequential(ca.Identity(), ca.Parallel(ca.Identity(), conv))) == 3
    assert channels_of(ca.Sequential(ca.PixelShuffle(2), conv)) is None
    assert channels_of(ca.BatchNorm([1, 2], [1, 1])) == 2


def test_a_flattened_signal_that_is_too_large_is_refused_beforehand():
    with pytest.raises(ca.SizeLimitError, match=r"kernel of layer 0 \(Flatten\)"):
        tree(ca.Sequential(ca.Flatten()), Spot(3, 2, (300, 300)))
