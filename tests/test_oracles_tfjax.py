"""TensorFlow and JAX: channels last, SAME with strides, explicit and negative padding, dilated inputs."""

from __future__ import annotations

import numpy as np
from oracles import check, claim

import convalgebra as ca

PADDING = {"SAME": "same_upper", "VALID": "valid"}
LAYOUT = {1: "*IO", 2: "HWIO", 3: "*IO"}


def pairs(case):
    return tuple(map(tuple, case["attrs"]["pads_begin_end"]))


def channels_first(batch):
    return np.moveaxis(batch, -1, 1)


def channels_last(batch):
    return np.moveaxis(batch, 1, -1)


def tf_layer(case, weight, padding, groups=1):
    attrs, ndim = case["attrs"], weight.ndim - 2
    dilation = tuple(attrs.get("dilations", [1] * ndim))
    stride = tuple(attrs["strides"])
    return ca.Conv(weight, stride=stride, padding=padding, dilation=dilation, groups=groups, layout=LAYOUT[ndim])


@claim("tfjax", "tf.nn.conv1d", "tf.nn.conv2d", "tf.nn.conv3d")
def test_tf_conv(case):
    """SAME is "same_upper"; it is also the explicit widths that TensorFlow is known to use."""
    x = channels_first(case["a"]["x"])
    for padding in (PADDING[case["attrs"]["padding"]], pairs(case)):
        layer = tf_layer(case, case["a"]["w"], padding)
        check(case, channels_last(layer(x)))
        check(case, layer.matrix(x.shape[1:]) @ x[0].ravel(), channels_first(case["a"]["y"])[0].ravel())


def depthwise(case, weight):
    """(H, W, C, multiplier): output channel c * multiplier + q reads channel c alone."""
    *spatial, channels, multiplier = weight.shape
    kernel = weight.reshape(*spatial, 1, channels * multiplier)
    return tf_layer(case, kernel, PADDING[case["attrs"]["padding"]], groups=channels)


@claim("tfjax", "tf.nn.depthwise_conv2d")
def test_tf_depthwise_is_one_group_a_channel(case):
    check(case, channels_last(depthwise(case, case["a"]["w"])(channels_first(case["a"]["x"]))))


@claim("tfjax", "tf.nn.separable_conv2d")
def test_tf_separable_is_depthwise_then_pointwise(case):
    x = channels_first(case["a"]["x"])
    first, second = depthwise(case, case["a"]["depthwise"]), ca.Conv(case["a"]["pointwise"], layout="HWIO")
    check(case, channels_last(second(first(x))))
    matrix = second.matrix(first.output_shape(x.shape[1:])) @ first.matrix(x.shape[1:])
    check(case, matrix @ x[0].ravel(), channels_first(case["a"]["y"])[0].ravel())


@claim("tfjax", "tf.pad")
def test_tf_pad(case):
    x = case["a"]["x"]
    check(case, ca.pad(x.shape, tuple(map(tuple, case["attrs"]["paddings"])), case["attrs"]["mode"].lower()) @ x)


@claim("tfjax", "lax.conv_general_dilated")
def test_jax_conv(case):
    """lhs_dilation inserts zeros between the places of x: `upsample`, whose last zeros the padding crops again."""
    attrs, x = case["attrs"], case["a"]["x"]
    factor = tuple(attrs["lhs_dilation"])
    padding = tuple((lo, hi - (s - 1)) for (lo, hi), s in zip(pairs(case), factor, strict=True))
    layer = ca.Conv(
        case["a"]["w"],
        stride=tuple(attrs["window_strides"]),
        padding=padding,
        dilation=tuple(attrs["rhs_dilation"]),
        groups=attrs["feature_group_count"],
    )
    spread = ca.upsample(x.shape[1:], (1, *factor))
    sample = (spread @ x[0].ravel()).reshape(spread.boxes[0])
    check(case, layer(sample)[None])
    matrix = layer.matrix(sample.shape) @ spread
    check(case, matrix @ x[0].ravel(), case["a"]["y"][0].ravel())


@claim("tfjax", "jnp.convolve")
def test_jnp_convolve_and_correlate(case):
    a, v, mode = case["a"]["a"], case["a"]["v"], case["attrs"]["mode"]
    check(case, ca.convolution_matrix(v, len(a), mode) @ a)
    check(case, ca.convolution_matrix(v, len(a), mode, op="correlation") @ a, case["a"]["correlate"])
