"""Nonsense given to the layers beside Conv: every refusal is one of the library's own, and no memory is asked for."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca

NONSENSE = [
    None, "x", -1, 0, 1.5, [], (), (1, 2, 3, 4, 5), [[1]], np.arange(2), np.asarray(2), np.asarray([2.5]), np.zeros(0),
    float("nan"), object(), {}, 2**80, ((1, 2), (3,)), "same", ((-1, -1),), (None,), ("a",), b"x", 10**12,
]  # fmt: skip
SHAPES = [(1, 0), (0, 3), (-1, 3), (1, 10**12), (10**12, 1), (2.0, 3), ("a", 3), (True, 3), (4, 10**6, 10**6)]
W, SMALL = np.ones((2, 2, 3), dtype=int), np.ones((1, 4), dtype=int)

CALLS = {
    "transpose weight": ca.ConvTranspose,
    "transpose bias": lambda v: ca.ConvTranspose(W, v),
    "transpose groups": lambda v: ca.ConvTranspose(W, groups=v),
    "transpose output_padding": lambda v: ca.ConvTranspose(W, output_padding=v),
    "transpose padding": lambda v: ca.ConvTranspose(W, padding=v)(np.ones((2, 4), dtype=int)),
    "transpose padding_mode": lambda v: ca.ConvTranspose(W, padding_mode=v),
    "transpose layout": lambda v: ca.ConvTranspose(W, layout=v),
    "transpose of": ca.ConvTranspose.of,
    "transpose of shape": lambda v: ca.ConvTranspose.of(ca.Conv(W), v),
    "linear": ca.Linear,
    "norm mean": lambda v: ca.BatchNorm(v, [1]),
    "norm var": lambda v: ca.BatchNorm([1], v),
    "norm eps": lambda v: ca.BatchNorm([1], [2], eps=v),
    "norm weight": lambda v: ca.BatchNorm([1], [2], v),
    "local weight": ca.LocallyConnected,
    "local bias": lambda v: ca.LocallyConnected(np.ones((1, 3, 1, 2)), v),
    "shuffle": lambda v: ca.PixelShuffle(v).matrix((4, 2, 2)),
    "unshuffle": lambda v: ca.PixelUnshuffle(v).matrix((4, 2, 2)),
    "channel shuffle": lambda v: ca.ChannelShuffle(v).matrix((4, 2)),
    "upsample": lambda v: ca.Upsample(v).matrix((1, 4)),
    "pad": lambda v: ca.Pad(v).matrix((1, 4)),
    "pad mode": lambda v: ca.Pad(1, v),
    "pad value": lambda v: ca.Pad(1, value=v)([[1, 2]]),
    "crop": lambda v: ca.Crop(v).matrix((1, 4)),
    "unfold": lambda v: ca.Unfold(v).matrix((1, 4)),
    "fold size": lambda v: ca.Fold(v, 2).matrix((2, 2)),
    "fold kernel": lambda v: ca.Fold((3,), v).matrix((2, 2)),
    "fold stride": lambda v: ca.Fold((3,), 2, stride=v).matrix((2, 2)),
    "adaptive": lambda v: ca.AdaptiveAvgPool(v).matrix((1, 4)),
    "sequential": ca.Sequential,
    "parallel": ca.Parallel,
    "join": lambda v: ca.Parallel(ca.ReLU(), join=v),
    "depthwise": ca.depthwise,
    "depthwise layout": lambda v: ca.depthwise(np.ones((2, 1, 3)), layout=v),
    "depthwise of tensorflow": lambda v: ca.depthwise(v, layout="*CM"),
    "pointwise": ca.pointwise,
    "pointwise axes": lambda v: ca.pointwise([[1]], spatial=v),
    "causal": ca.causal,
    "causal dilation": lambda v: ca.causal(np.ones((1, 1, 3)), dilation=v),
    "average divisor": lambda v: ca.AvgPool(2, divisor_override=v)(SMALL),
    "average count": lambda v: ca.AvgPool(2, count_include_pad=v)(SMALL),
    "norm order": lambda v: ca.LpPool(2, p=v)(SMALL),
}  # fmt: skip
POOLS = [ca.AvgPool, ca.MaxPool, ca.LpPool]
LAYERS = [
    ca.ConvTranspose(W), ca.AvgPool(2), ca.MaxPool(2), ca.LpPool(2), ca.GlobalAvgPool(), ca.GlobalMaxPool(),
    ca.AdaptiveAvgPool(2), ca.Linear([[1, 2]]), ca.Flatten(), ca.Identity(), ca.BatchNorm([0], [1]),
    ca.LocallyConnected(np.ones((1, 3, 1, 2))), ca.Upsample(2), ca.Upsample(2, "zeros"), ca.PixelShuffle(2),
    ca.PixelUnshuffle(2), ca.ChannelShuffle(2), ca.Pad(1), ca.Crop(1), ca.Unfold(2), ca.Fold((3,), 2), ca.ReLU(),
    ca.Sequential(ca.ReLU(), ca.Identity()), ca.Parallel(ca.ReLU(), ca.Identity()),
]  # fmt: skip


def refused_by_name(call, values):
    """How many values are refused; another error than the library's own fails the test by itself."""
    count = 0
    for value in values:
        try:
            call(value)
        except ca.ConvAlgebraError:
            count += 1
    return count


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nonsense_is_refused_by_name(call):
    assert refused_by_name(call, NONSENSE) >= len(NONSENSE) - 9


@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation", "ceil_mode", "rounding", "over"])
@pytest.mark.parametrize("pool", POOLS)
def test_pools_refuse_nonsense_by_name(pool, name):
    call = lambda v: pool(**{"kernel_size": 2, name: v})(SMALL)  # noqa: E731  # one line of one test
    assert refused_by_name(call, NONSENSE) >= len(NONSENSE) - 3


@pytest.mark.parametrize("ask", ["output_shape", "matrix", "affine"])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_shapes_are_refused_by_name(layer, ask):
    impossible = [(1, 0), (0, 3), (-1, 3), (2.0, 3), ("a", 3), (True, 3)]
    assert refused_by_name(getattr(layer, ask), impossible) == len(impossible)
    refused_by_name(getattr(layer, ask), [*SHAPES, *NONSENSE])


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_inputs_are_refused_by_name(layer):
    assert refused_by_name(layer, NONSENSE) >= 8
    assert refused_by_name(layer.map, NONSENSE) >= 8
    assert refused_by_name(layer, [[[float("inf"), 1.0]], [["a", "b"]], [[1, 2], [3]]]) == 3
