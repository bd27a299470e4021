"""Channels are followed without a size."""

from __future__ import annotations

import pytest

import convalgebra as ca
from convalgebra.analysis.channel_count import channels_after
from convalgebra.errors import ShapeError


def conv(out, given, **options):
    return ca.Conv(ca.abstract((out, given, 3)), **options)


@pytest.mark.parametrize(
    ("net", "count"),
    [
        (conv(4, 3), 4),
        (ca.ConvTranspose(ca.abstract((4, 3, 2))), 3),
        (ca.Conv(ca.abstract((4, 1, 3)), groups=4), 4),
        (ca.Sequential(conv(4, 3), ca.ReLU(), ca.MaxPool(2), ca.BatchNorm([0] * 4, [1] * 4), conv(5, 4)), 5),
        (ca.Parallel(conv(4, 3), conv(2, 3)), 6),
        (ca.Parallel(conv(4, 3), ca.Identity()), None),
        (ca.Sequential(conv(4, 3), ca.Parallel(conv(4, 4, padding=1), ca.Identity(), join="sum"), conv(2, 4)), 2),
        (ca.Sequential(conv(4, 3), ca.PixelShuffle(2), conv(2, 7)), 2),
        (ca.ReLU(), None),
    ],
)
def test_the_channels_that_leave(net, count):
    assert channels_after(net) == count


@pytest.mark.parametrize(
    "net",
    [
        [conv(4, 3), conv(4, 7)],
        [conv(4, 3), ca.ReLU(), ca.AvgPool(2), conv(4, 7)],
        [conv(4, 3), ca.ConvTranspose(ca.abstract((7, 3, 2)))],
        [conv(4, 3), ca.BatchNorm([0] * 7, [1] * 7)],
        [conv(4, 3), ca.Parallel(conv(3, 3), ca.Identity())],
        [conv(4, 3), ca.Parallel(conv(3, 4), conv(3, 4)), conv(1, 3)],
    ],
)
def test_layers_that_do_not_chain_are_named(net):
    with pytest.raises(ShapeError, match=r"layer \d .*the input must have \d channels, not \d"):
        ca.receptive_field(net)


def test_a_network_that_chains_on_one_size_only_is_no_matter():
    assert ca.receptive_field([conv(4, 3), conv(4, 4, dilation=9)]).size == (21,)
