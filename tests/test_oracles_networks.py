"""Published parameter and operation counts: single layers, rows of classic networks, and whole networks built anew."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import claim
from published import densenet121, inception_resnet_v2, inception_v3, mnasnet, resnet50_v2

import convalgebra as ca

LAYERS = {False: ca.Conv, True: ca.ConvTranspose}


def first(weights, settings):
    """The layer of an fvcore test, its weights only counted."""
    inputs, outputs = weights["cin"], weights["cout"]
    shape = (inputs, outputs // weights["groups"]) if weights["transpose"] else (outputs, inputs // weights["groups"])
    return LAYERS[weights["transpose"]](ca.abstract((*shape, *[weights["kernel"]] * weights["ndim"])), **settings)


@claim("networks", "conv_macs")
def test_products_of_a_layer_as_other_counters_count_them(case):
    a, want = case["attrs"], case["expected"]
    if "ndim" in a:
        layer = first(a, {"stride": a["stride"], "padding": a["padding"], "groups": a["groups"]})
        shape = (a["cin"], *[a["spatial"]] * a["ndim"])
        counts = {ca.count_macs(layer, shape, convention="fvcore"), ca.count_macs(layer, shape, exact=False)}
        assert {a["batch"] * count for count in counts} == {want["macs"]}
        assert a["batch"] * ca.count_macs(layer, shape) < want["macs"]
        return
    weight, bias = ca.abstract((a["cout"], a["cin"] // a["groups"], *a["kernel"])), ca.abstract((a["cout"],))
    size = [n - m + k - 1 for n, m, k in zip(a["output"], a["input"], a["kernel"], strict=True)]
    layer = ca.Conv(weight, bias, groups=a["groups"], padding=tuple((t // 2, t - t // 2) for t in size))
    shape = (a["cin"], *a["input"])
    assert layer.output_shape(shape)[1:] == tuple(a["output"])
    assert layer.parameters == want["params"]
    if want["mult_adds"] is not None:
        assert a["batch"] * ca.count_macs(layer, shape, convention="torchinfo") == want["mult_adds"]


@claim("networks", "network_params")
def test_the_networks_of_their_papers(case):
    net = {"net_lenet5": ca.models.lenet5, "net_alexnet_grouped": ca.models.alexnet}[case["id"]]()
    assert net.parameters == next(iter(case["expected"].values()))
    parts = [p for p in (layer.parameters for layer in net.layers) if p]
    assert parts == [layer["params"] for layer in case["layers"]]
    if case["id"] == "net_lenet5":
        rows = {row.place: row for row in ca.summary(net, (1, 32, 32)).rows}
        assert rows["0"].out_shape == (6, 28, 28)
        assert rows["0"].macs + prod(rows["0"].out_shape) == case["layers"][0]["connections"]
        partial = [row for place, row in rows.items() if place.startswith("5.")]
        assert sum(row.macs + prod(row.out_shape) for row in partial if row.parameters) == 151600
        assert ca.models.lenet5(table=False).parameters == 61706


def prod(shape):
    return int(np.prod(shape))


@claim("networks", "weight_sharing")
def test_neurons_that_share_their_weights(case):
    height, width, channels = case["input"]
    want, shape = case["expected"], (channels, height, width)
    options = {"stride": case["stride"], "padding": case["pad"]}
    kernel = (channels, case["kernel"], case["kernel"])
    shared = ca.Conv(ca.abstract((case["filters"], *kernel)), ca.abstract((case["filters"],)), **options)
    out = shared.output_shape(shape)
    local = ca.LocallyConnected(ca.abstract((*out, *kernel)), ca.abstract(out), **options)
    assert out == (want["output"][2], *want["output"][:2])
    assert prod(out) == want["neurons"]
    assert shared.parameters == want["shared_params"]
    assert shared.weight.size == want["shared_weights"]
    assert local.parameters == want["unshared_params"]
    assert ca.count_macs(shared, shape) == ca.count_macs(local, shape) == prod(out) * want["weights_per_neuron"]


@claim("networks", "compare")
def test_mobilenet_against_its_full_convolutions(case):
    want, shape = case["expected"], (3, 224, 224)
    net = ca.models.mobilenet()
    macs = ca.count_macs(net, shape, exact=False)
    assert macs == want["exact_mult_adds"]
    assert round(macs / 1e6) == want["mult_adds_millions"]
    assert round(net.parameters / 1e6, 1) == want["params_millions"]
    full = [net.layers[0], *(joined(part) if isinstance(part, ca.Sequential) else part for part in net.layers[1:])]
    assert ca.count_macs(full, shape, exact=False) == want["exact_full_conv_mult_adds"]
    assert round(ca.parameters(full) / 1e6, 1) == want["full_conv_params_millions"]


def joined(block):
    """The one full convolution in the place of a depthwise and a pointwise one."""
    depth, point = (layer for layer in block.layers if isinstance(layer, ca.Conv))
    full = ca.models.conv(depth.channels[1], point.channels[0], 3, stride=depth.stride, padding=1, bias=False)
    return ca.Sequential(full, ca.models.normalisation(point.channels[0]))


def torchvision_row(row):
    conv = ca.Conv(
        ca.abstract((row["cout"], row["cin"] // row["groups"], row["kh"], row["kw"])),
        ca.abstract((row["cout"],)) if row["bias"] else None,
        stride=(row["sh"], row["sw"]), padding=(row["ph"], row["pw"]), dilation=(row["dh"], row["dw"]),
        groups=row["groups"],
    )  # fmt: skip
    shape = (row["cin"], row["hin"], row["win"])
    assert conv.output_shape(shape) == (row["cout"], row["hout"], row["wout"])
    assert ca.count_macs(conv, shape, exact=False) == row["macs"]
    assert ca.count_macs(conv, shape) <= row["macs"]
    return conv.parameters


def keras_row(row):
    """Its input channels are those that give its parameters."""
    height, width, filters = [1, 1, *row["output_hwc"]][-3:]
    taps = (row["kh"] or 1) * (row["kw"] or 1)
    depthwise = row["type"].startswith("Depthwise")
    depth = 1 if depthwise else (row["params"] // filters - row["bias"]) // taps
    weight = ca.abstract((filters, depth, row["kh"] or 1, row["kw"] or 1))
    conv = ca.Conv(weight, ca.abstract((filters,)) if row["bias"] else None, groups=filters if depthwise else 1)
    assert conv.parameters == row["params"]
    shape = conv.channels[1], height + (row["kh"] or 1) - 1, width + (row["kw"] or 1) - 1
    assert ca.count_macs(conv, shape) == weight.size * height * width
    return conv.parameters


BUILT = {
    "net_torchvision_densenet121": densenet121,
    "net_torchvision_mnasnet1_0": mnasnet,
    "net_keras_ResNet50V2": resnet50_v2,
    "net_keras_InceptionV3": inception_v3,
    "net_keras_InceptionResNetV2": inception_resnet_v2,
}


@claim("networks", "network_count")
def test_published_networks(case):
    want = case["expected"]
    if "columns" in case:
        rows = [dict(zip(case["columns"], row, strict=True)) for row in case["conv_linear_rows"]]
        total = sum(map(torchvision_row if "cin" in case["columns"] else keras_row, rows))
        other = case.get("other_params", case.get("batchnorm_params"))
        assert total + other + case.get("params_outside_eval_forward", 0) == want["num_params"]
        assert sum(row.get("macs", 0) for row in rows) == want.get("macs", 0)
        return
    net, still, shape = BUILT[case["id"]]()
    trainable = ca.parameters(net)
    assert trainable == want.get("trainable", want["num_params"])
    assert trainable + still == want["num_params"]
    assert net.output_shape(shape)[0] in (1000, 1)
    if "macs" in want:
        assert ca.count_macs(net, shape, convention="torchvision") == want["macs"]
        assert ca.count_macs(net, shape, exact=False) == want["macs"]


@pytest.mark.parametrize(
    ("net", "shape", "size"),
    [
        (ca.models.alexnet, (3, 227, 227), 195),
        (ca.models.vgg16, (3, 224, 224), 212),
        (ca.models.lenet5, (1, 32, 32), 32),
    ],
)
def test_what_the_last_features_see(net, shape, size):
    """Araujo et al. 2019; LeCun et al. 1998: C5 sees the whole image."""
    layers = net().layers
    last = next(k for k, layer in enumerate(layers) if isinstance(layer, ca.Flatten))
    assert ca.receptive_field(layers[:last], shape).size == (size, size)
