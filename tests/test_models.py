"""The networks of the literature: published parameter counts, shapes, and the connection table of LeNet-5."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.models import LENET_C3, Channels

PUBLISHED = {  # network, input, parameters, output
    "lenet5": ((1, 32, 32), 60000, (84,)),
    "alexnet": ((3, 227, 227), 60965224, (1000,)),
    "vgg16": ((3, 224, 224), 138357544, (1000,)),
    "inception_block": ((192, 28, 28), 163696, (256, 28, 28)),
    "resnet_block": ((64, 56, 56), 73984, (64, 56, 56)),
    "mobilenet_block": ((32, 112, 112), 2528, (64, 112, 112)),
    "mobilenet": ((3, 224, 224), 4231976, (1000,)),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name):
    shape, count, out = PUBLISHED[name]
    net = getattr(ca.models, name)()
    assert (net.parameters, ca.parameters(net), net.output_shape(shape)) == (count, count, out)
    assert ca.summary(net, shape).parameters == count


def test_vgg16_is_mostly_dense():
    """14 714 688 of its parameters are in the convolutions; torchvision's 15.47 billion products."""
    net = ca.models.vgg16()
    assert sum(f.parameters for f in net.layers if isinstance(f, ca.Conv)) == 14714688
    assert ca.count_macs(net, (3, 224, 224), convention="torchvision") == 15470264320
    joined = {224: 3 * 64 + 64 * 64, 112: 3 * 64 * 128, 56: 5 * 128 * 256, 28: 5 * 256 * 512, 14: 3 * 512 * 512}
    assert joined[112] == 64 * 128 + 128 * 128
    dense = 25088 * 4096 + 4096 * 4096 + 4096 * 1000
    exact = sum(pairs * (3 * n - 2) ** 2 for n, pairs in joined.items()) + dense  # an axis of n reads n - 1, n, n - 1
    assert ca.count_macs(net, (3, 224, 224)) == exact == 14969824000


def test_values_are_refused_before_they_are_needed():
    with pytest.raises(ca.EntryError):
        ca.models.lenet5()(np.ones((1, 32, 32), dtype=np.int64))


def test_the_connection_table_has_sixty_connections():
    assert sum(map(len, LENET_C3)) == 60
    assert len(set(LENET_C3)) == 16
    assert sorted(map(len, LENET_C3)) == [3] * 6 + [4] * 9 + [6]


def test_channels_select():
    layer = Channels((2, 0, 2))
    x = np.arange(6).reshape(3, 2)
    assert layer(x).tolist() == x[[2, 0, 2]].tolist()
    assert ca.receptive_field([layer, ca.MaxPool(2)]).size == (2,)
    with pytest.raises(ca.ShapeError, match=r"0\.\.1"):
        layer(x[:2])


def test_blocks_change_shape():
    assert ca.models.resnet_block(64, 128, 2).output_shape((64, 56, 56)) == (128, 28, 28)
    assert ca.models.mobilenet_block(8, 8, 2).output_shape((8, 6, 6)) == (8, 3, 3)
