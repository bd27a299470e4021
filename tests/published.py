"""Five published networks built anew: (network, counted parameters that are not trained, shape of the input).

Keras counts the running statistics of a normalisation as parameters, torchvision does not.
"""

from __future__ import annotations

import convalgebra as ca
from convalgebra.analysis.counts import leaves
from convalgebra.analysis.models import conv, dense, normalisation


def finished(layers, shape):
    net = ca.Sequential(*layers)
    norms = [leaf.layer for leaf in leaves(net) if isinstance(leaf.layer, ca.BatchNorm)]
    return net, sum(2 * len(norm.mean) for norm in norms), shape


def head(features):
    return ca.GlobalAvgPool(), ca.Flatten(), dense(features, 1000)


def densenet121():
    def activated(inputs, outputs, size):
        return normalisation(inputs), ca.ReLU(), conv(inputs, outputs, size, padding=size // 2, bias=False)

    layers = [
        conv(3, 64, 7, stride=2, padding=3, bias=False),
        normalisation(64),
        ca.ReLU(),
        ca.MaxPool(3, stride=2, padding=1),
    ]
    width = 64
    for k, count in enumerate((6, 12, 24, 16)):
        for _ in range(count):
            grown = ca.Sequential(*activated(width, 128, 1), *activated(128, 32, 3))
            layers.append(ca.Parallel(ca.Identity(), grown))
            width += 32
        if k < 3:
            layers += [*activated(width, width // 2, 1), ca.AvgPool(2)]
            width //= 2
    return ca.Sequential(*layers, normalisation(width), ca.ReLU(), *head(width)), 0, (3, 224, 224)


def mnasnet():
    def block(inputs, outputs, size, stride, expansion):
        middle = inputs * expansion
        main = ca.Sequential(
            conv(inputs, middle, 1, bias=False), normalisation(middle), ca.ReLU(),
            conv(middle, middle, size, stride=stride, padding=size // 2, groups=middle, bias=False),
            normalisation(middle), ca.ReLU(), conv(middle, outputs, 1, bias=False), normalisation(outputs),
        )  # fmt: skip
        return ca.Parallel(main, ca.Identity(), join="sum") if inputs == outputs and stride == 1 else main

    layers = [
        conv(3, 32, 3, stride=2, padding=1, bias=False), normalisation(32), ca.ReLU(),
        conv(32, 32, 3, padding=1, groups=32, bias=False), normalisation(32), ca.ReLU(),
        conv(32, 16, 1, bias=False), normalisation(16),
    ]  # fmt: skip
    width = 16
    stacks = [
        (24, 3, 2, 3, 3),
        (40, 5, 2, 3, 3),
        (80, 5, 2, 6, 3),
        (96, 3, 1, 6, 2),
        (192, 5, 2, 6, 4),
        (320, 3, 1, 6, 1),
    ]
    for outputs, size, stride, expansion, count in stacks:
        layers.append(block(width, outputs, size, stride, expansion))
        layers += [block(outputs, outputs, size, 1, expansion) for _ in range(count - 1)]
        width = outputs
    layers += [conv(320, 1280, 1, bias=False), normalisation(1280), ca.ReLU(), *head(1280)]
    return ca.Sequential(*layers), 0, (3, 224, 224)


def resnet50_v2():
    def main(inputs, filters, stride):
        return (
            conv(inputs, filters, 1, bias=False), normalisation(filters), ca.ReLU(),
            conv(filters, filters, 3, stride=stride, padding=1, bias=False), normalisation(filters), ca.ReLU(),
            conv(filters, 4 * filters, 1),
        )  # fmt: skip

    layers = [conv(3, 64, 7, stride=2, padding=3), ca.MaxPool(3, stride=2, padding=1)]
    width = 64
    for filters, count, last in ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)):
        shortcut = conv(width, 4 * filters, 1)
        first = ca.Parallel(ca.Sequential(*main(width, filters, 1)), shortcut, join="sum")
        layers += [normalisation(width), ca.ReLU(), first]
        width = 4 * filters
        for stride in [1] * (count - 2) + [last]:
            path = ca.Sequential(normalisation(width), ca.ReLU(), *main(width, filters, stride))
            layers.append(ca.Parallel(path, ca.MaxPool(1, stride=stride), join="sum"))
    return finished([*layers, normalisation(width), ca.ReLU(), *head(width)], (3, 224, 224))


# --- Inception: every convolution has no bias, and a normalisation without a weight -----------------------------------


def unit(inputs, outputs, size, stride=1, padding="same"):
    """`size` is k, or (k, l)."""
    kernel = size if isinstance(size, tuple) else (size, size)
    weight = ca.abstract((outputs, inputs, *kernel))
    free = ca.abstract((outputs,))
    return ca.Conv(weight, stride=stride, padding=padding), ca.BatchNorm(free, free, None, free), ca.ReLU()


def chain(inputs, *steps):
    """Units one after the other, each (outputs, size) or (outputs, size, stride, padding)."""
    layers = []
    for outputs, *rest in steps:
        layers += unit(inputs, outputs, *rest)
        inputs = outputs
    return ca.Sequential(*layers)


def averaged(inputs, outputs):
    pool = ca.AvgPool(3, stride=1, padding=1, count_include_pad=False)
    return ca.Sequential(pool, *unit(inputs, outputs, 1))


DOWN = (3, 2, "valid")


def stem():
    narrow = chain(3, (32, *DOWN), (32, 3, 1, "valid"), (64, 3))
    return [
        narrow,
        ca.MaxPool(3, stride=2),
        chain(64, (80, 1, 1, "valid"), (192, 3, 1, "valid")),
        ca.MaxPool(3, stride=2),
    ]


def inception_v3():
    layers, width = stem(), 192
    for pooled in (32, 64, 64):
        double = chain(width, (64, 1), (96, 3), (96, 3))
        five = chain(width, (48, 1), (64, 5))
        layers.append(ca.Parallel(chain(width, (64, 1)), five, double, averaged(width, pooled)))
        width = 224 + pooled
    double = chain(width, (64, 1), (96, 3), (96, *DOWN))
    layers.append(ca.Parallel(chain(width, (384, *DOWN)), double, ca.MaxPool(3, stride=2)))
    for m in (128, 160, 160, 192):
        seven = chain(768, (m, 1), (m, (1, 7)), (192, (7, 1)))
        double = chain(768, (m, 1), (m, (7, 1)), (m, (1, 7)), (m, (7, 1)), (192, (1, 7)))
        layers.append(ca.Parallel(chain(768, (192, 1)), seven, double, averaged(768, 192)))
    seven = chain(768, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, *DOWN))
    layers.append(ca.Parallel(chain(768, (192, 1), (320, *DOWN)), seven, ca.MaxPool(3, stride=2)))
    for width in (1280, 2048):
        layers.append(
            ca.Parallel(
                chain(width, (320, 1)),
                ca.Sequential(chain(width, (384, 1)), split()),
                ca.Sequential(chain(width, (448, 1), (384, 3)), split()),
                averaged(width, 192),
            )
        )
    return finished([*layers, *head(2048)], (3, 299, 299))


def split():
    return ca.Parallel(chain(384, (384, (1, 3))), chain(384, (384, (3, 1))))


def inception_resnet_v2():
    def residual(width, joint, *branches):
        up = ca.Sequential(ca.Parallel(*(chain(width, *steps) for steps in branches)), conv(joint, width, 1))
        return [ca.Parallel(ca.Identity(), up, join="sum"), ca.ReLU()]

    layers = stem()
    double = chain(192, (64, 1), (96, 3), (96, 3))
    layers.append(ca.Parallel(chain(192, (96, 1)), chain(192, (48, 1), (64, 5)), double, averaged(192, 64)))
    for _ in range(10):
        layers += residual(320, 128, [(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)])
    double = chain(320, (256, 1), (256, 3), (384, *DOWN))
    layers.append(ca.Parallel(chain(320, (384, *DOWN)), double, ca.MaxPool(3, stride=2)))
    for _ in range(20):
        layers += residual(1088, 384, [(192, 1)], [(128, 1), (160, (1, 7)), (192, (7, 1))])
    branches = [[(256, 1), (384, *DOWN)], [(256, 1), (288, *DOWN)], [(256, 1), (288, 3), (320, *DOWN)]]
    layers.append(ca.Parallel(*(chain(1088, *steps) for steps in branches), ca.MaxPool(3, stride=2)))
    for _ in range(10):
        layers += residual(2080, 448, [(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))])
    return finished([*layers, chain(2080, (1536, 1)), *head(1536)], (3, 299, 299))
