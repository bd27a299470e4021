"""Networks of the literature as data: their weights are counted, never stored.

>>> import convalgebra as ca
>>> ca.models.vgg16().parameters, ca.count_macs(ca.models.vgg16(), (3, 224, 224), exact=False)
(138357544, 15470264320)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.abstract import abstract
from convalgebra.algebra.selection import Selection
from convalgebra.errors import ShapeError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear
from convalgebra.layers.base import Layer
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AvgPool, GlobalAvgPool, MaxPool
from convalgebra.layers.window import box

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator

models = sys.modules[__name__]  # the public name `ca.models`

LENET_C3 = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip
VGG16 = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
MOBILENET = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))


@dataclass(frozen=True, eq=False)
class Channels(Layer):
    """`y[q, i] = x[channels[q], i]`: some channels, as the connection table of LeNet-5 chooses them.

    >>> Channels((2, 0))([[5], [6], [7]])
    array([[7],
           [5]])
    """

    channels: tuple[int, ...]

    pointwise = True  # output place i reads input place i

    def output_shape(self, in_shape: Any) -> Box:
        count, *sizes = box(in_shape)
        if not 0 <= min(self.channels) <= max(self.channels) < count:
            msg = f"the channels must lie in 0..{count - 1}, not be {self.channels}"
            raise ShapeError(msg)
        return len(self.channels), *sizes

    def matrix(self, in_shape: Any) -> Operator:
        out = self.output_shape(in_shape)
        places = np.arange(int(np.prod(in_shape))).reshape(in_shape)[list(self.channels)]
        return Selection(places.reshape(-1), (out, tuple(in_shape)))


def conv(inputs: int, outputs: int, size: int, *, bias: bool = True, groups: int = 1, **options: Any) -> Conv:
    """A two-dimensional convolution whose weights are only counted.

    >>> conv(3, 64, 3, padding=1).parameters
    1792
    """
    weight = abstract((outputs, inputs // groups, size, size))
    return Conv(weight, abstract((outputs,)) if bias else None, groups=groups, **options)


def dense(inputs: int, outputs: int) -> Linear:
    """A dense layer whose weights are only counted.

    >>> dense(4096, 1000).parameters
    4097000
    """
    return Linear(abstract((outputs, inputs)), abstract((outputs,)))


def normalisation(channels: int) -> BatchNorm:
    """A batch normalisation with a weight and a bias for each channel.

    >>> normalisation(64).parameters
    128
    """
    return BatchNorm(*(abstract((channels,)) for _ in range(4)))


def lenet5(table: bool = True) -> Sequential:
    """LeNet-5 for inputs (1, 32, 32): C1 S2 C3 S4 C5 F6, 60 000 parameters (LeCun et al. 1998; no output layer).

    C3 has the connection table of the paper, and S2, S4 are averages with a weight and a bias for each map.
    `table=False` is the network that is mostly built today: C3 joins all maps, pools have no weights, ten outputs;
    61 706 parameters.

    >>> lenet5().parameters, lenet5(table=False).parameters
    (60000, 61706)
    """
    if not table:
        return Sequential(
            conv(1, 6, 5), ReLU(), AvgPool(2), conv(6, 16, 5), ReLU(), AvgPool(2), conv(16, 120, 5), ReLU(),
            Flatten(), dense(120, 84), ReLU(), dense(84, 10),
        )  # fmt: skip
    partial = Parallel(*(Sequential(Channels(maps), conv(len(maps), 1, 5)) for maps in LENET_C3))
    return Sequential(
        conv(1, 6, 5), ReLU(), *_subsampling(6), partial, ReLU(), *_subsampling(16), conv(16, 120, 5), ReLU(),
        Flatten(), dense(120, 84),
    )  # fmt: skip


def _subsampling(maps: int) -> tuple[Layer, ...]:
    return AvgPool(2), conv(maps, maps, 1, groups=maps), ReLU()


def alexnet() -> Sequential:
    """AlexNet for inputs (3, 227, 227), in two groups: 60 965 224 parameters (Krizhevsky et al. 2012).

    The response normalisation has no parameters and is left out.

    >>> alexnet().parameters
    60965224
    """
    pool = MaxPool(3, stride=2)
    return Sequential(
        conv(3, 96, 11, stride=4), ReLU(), pool,
        conv(96, 256, 5, padding=2, groups=2), ReLU(), pool,
        conv(256, 384, 3, padding=1), ReLU(),
        conv(384, 384, 3, padding=1, groups=2), ReLU(),
        conv(384, 256, 3, padding=1, groups=2), ReLU(), pool,
        *_head(9216),
    )  # fmt: skip


def _head(features: int) -> tuple[Layer, ...]:
    return Flatten(), dense(features, 4096), ReLU(), dense(4096, 4096), ReLU(), dense(4096, 1000)


def vgg16() -> Sequential:
    """VGG-16 (configuration D) for inputs (3, 224, 224): 138 357 544 parameters (Simonyan and Zisserman 2015).

    >>> vgg16().parameters
    138357544
    """
    layers: list[Layer] = []
    inputs = 3
    for stage in VGG16:
        for i, o in pairwise((inputs, *stage)):
            layers += [conv(i, o, 3, padding=1), ReLU()]
        layers.append(MaxPool(2))
        inputs = stage[-1]
    return Sequential(*layers, *_head(512 * 7 * 7))


def inception_block(
    inputs: int = 192,
    one: int = 64,
    three: tuple[int, int] = (96, 128),
    five: tuple[int, int] = (16, 32),
    pool: int = 32,
) -> Parallel:
    """The four branches 1x1, 1x1-3x3, 1x1-5x5 and pool-1x1, channels after channels; by default 3a of GoogLeNet.

    Source: Szegedy et al. 2015.

    >>> inception_block().parameters, inception_block().output_shape((192, 28, 28))
    (163696, (256, 28, 28))
    """
    return Parallel(
        Sequential(conv(inputs, one, 1), ReLU()),
        Sequential(conv(inputs, three[0], 1), ReLU(), conv(*three, 3, padding=1), ReLU()),
        Sequential(conv(inputs, five[0], 1), ReLU(), conv(*five, 5, padding=2), ReLU()),
        Sequential(MaxPool(3, stride=1, padding=1), conv(inputs, pool, 1), ReLU()),
    )


def resnet_block(inputs: int = 64, outputs: int = 64, stride: int = 1) -> Sequential:
    """Two normalised 3x3 convolutions beside the identity (a 1x1 where the shape changes), summed.

    Source: He et al. 2016, the basic block of ResNet-18.

    >>> resnet_block().parameters, resnet_block(64, 128, 2).parameters
    (73984, 230144)
    """
    first = conv(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    second = conv(outputs, outputs, 3, padding=1, bias=False)
    main = Sequential(first, normalisation(outputs), ReLU(), second, normalisation(outputs))
    same = stride == 1 and inputs == outputs
    point = Identity() if same else conv(inputs, outputs, 1, stride=stride, bias=False)
    return Sequential(Parallel(main, point if same else Sequential(point, normalisation(outputs)), join="sum"), ReLU())


def mobilenet_block(inputs: int = 32, outputs: int = 64, stride: int = 1) -> Sequential:
    """A depthwise 3x3 and a pointwise convolution, each normalised: the block of MobileNet (Howard et al. 2017).

    >>> mobilenet_block().parameters, conv(32, 64, 3, bias=False).parameters
    (2528, 18432)
    """
    return Sequential(
        conv(inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False), normalisation(inputs), ReLU(),
        conv(inputs, outputs, 1, bias=False), normalisation(outputs), ReLU(),
    )  # fmt: skip


def mobilenet() -> Sequential:
    """MobileNet for inputs (3, 224, 224): 4 231 976 parameters, 569 million products (Howard et al. 2017).

    >>> import convalgebra as ca
    >>> mobilenet().parameters, ca.count_macs(mobilenet(), (3, 224, 224), exact=False)
    (4231976, 568740352)
    """
    widths = [32, *(outputs for outputs, _ in MOBILENET)]
    blocks = [mobilenet_block(i, o, s) for (i, o), (_, s) in zip(pairwise(widths), MOBILENET, strict=True)]
    stem = conv(3, 32, 3, stride=2, padding=1, bias=False)
    return Sequential(stem, normalisation(32), ReLU(), *blocks, GlobalAvgPool(), Flatten(), dense(1024, 1000))
