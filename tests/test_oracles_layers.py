"""Recorded results of PyTorch, ONNX, TensorFlow and JAX for the layers beside Conv; every difference has its test."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from oracles import DIFFERS, cases, check, claim

import convalgebra as ca

AUTO_PAD = {"SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower", "VALID": "valid"}


def pairs(attrs):
    return tuple(map(tuple, attrs["pads_begin_end"]))


def check_layer(case, layer):
    """The batch, each sample, the shape, and the matrix where the layer is linear."""
    x, y = case["a"]["x"], case["a"]["y"]
    assert layer.output_shape(x.shape[1:]) == y.shape[1:]
    check_values(case, layer.map(x), y)
    for sample, image in zip(x, y, strict=True):
        check_values(case, layer(sample), image)
    if layer.spatial is not None:
        check_values(case, layer(x), y)


def check_values(case, got, want):
    check(case, as_floats(got) if want.dtype.kind == "f" else got, want)


def as_floats(values):
    return values.astype(np.float64) if values.dtype == object else values


def check_matrix(case, layer):
    """The recorded matrix, and `vec(y) = A vec(x) + b`."""
    sample, image = case["a"]["x"][0], case["a"]["y"][0]
    matrix, offset = layer.affine(sample.shape)
    dense = matrix.to_numpy()
    if "A" in case["a"]:
        want = case["a"]["A"]
        assert np.array_equal(dense, want) if want.dtype.kind == "i" else np.array_equal(as_floats(dense), want)
    check_values(case, (matrix @ sample.ravel() + offset).reshape(image.shape), image)


# --- transposed layers ------------------------------------------------------------------------------------------------


def torch_transpose(case):
    names = ("stride", "padding", "output_padding", "dilation")
    settings = {name: tuple(case["attrs"][name]) for name in names}
    return ca.ConvTranspose(case["a"]["w"], case["a"].get("b"), groups=case["attrs"]["groups"], **settings)


@claim("torch", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "ConvTranspose1d")
def test_torch_transpose(case):
    if "expected" in case:
        attrs = dict(case["attrs"])
        x, weight = attrs.pop("input", [1, 1, 5]), attrs.pop("weight", [1, 1, 3])
        with pytest.raises(ca.ConvAlgebraError):
            ca.ConvTranspose(np.ones(weight, dtype=int), **attrs)(np.ones(x, dtype=int))
        return
    layer = torch_transpose(case)
    check_layer(case, layer)
    check_matrix(case, layer)


@claim("onnx", "ConvTranspose")
def test_onnx_transpose(case):
    attrs = case["attrs"]
    layer = ca.ConvTranspose(
        case["a"]["w"],
        case["a"].get("b"),
        stride=tuple(attrs["strides"]),
        padding=pairs(attrs),
        output_padding=tuple(attrs["output_padding"]),
        dilation=tuple(attrs["dilations"]),
        groups=attrs["group"],
    )
    check_layer(case, layer)


@claim("tfjax", "tf.nn.conv2d_transpose")
def test_tf_transpose_is_the_transpose_of_the_layer_with_that_padding(case):
    attrs, weight = case["attrs"], case["a"]["w"]
    *spatial, channels = attrs["output_shape"]
    padding = AUTO_PAD.get(f"{attrs['padding']}_UPPER", "valid")
    direct = ca.Conv(weight, stride=attrs["strides"], padding=padding, layout="HWIO")
    layer = ca.ConvTranspose.of(direct, (channels, *spatial))
    x, y = (np.moveaxis(case["a"][name], -1, 1) for name in "xy")
    check(case, layer(x), y)
    assert layer.padding == tuple(map(tuple, attrs["forward_pads"]))


@claim("tfjax", "lax.conv_transpose")
def test_jax_transpose_crops_or_extends_the_full_result(case):
    """Without transpose_kernel JAX slides the kernel as it is: here the flipped kernel, "HIO" layout."""
    attrs, weight = case["attrs"], case["a"]["w"]
    crop = attrs["crop_begin_end_of_full"]
    if not attrs["transpose_kernel"]:
        weight = np.flip(weight, 0)
    weight = np.moveaxis(weight, 0, -1) if not attrs["transpose_kernel"] else np.moveaxis(weight, 0, -1).swapaxes(0, 1)
    x, y = (np.moveaxis(case["a"][name], -1, 1) for name in "xy")
    stride, taps = attrs["strides"], weight.shape[-1]
    full = stride * (x.shape[-1] - 1) + taps
    rest = y.shape[-1] - (full - sum(crop))
    layer = ca.ConvTranspose(weight, stride=stride, padding=((crop[0], crop[1] - rest),))
    check(case, layer(x), y)


# --- pools ------------------------------------------------------------------------------------------------------------

KINDS = {"max": ca.MaxPool, "avg": ca.AvgPool, "lp": ca.LpPool}


def torch_pool(case):
    attrs = dict(case["attrs"])
    kind = KINDS[case["op"].partition("_")[0]]
    attrs = {name: tuple(v) if isinstance(v, list) else v for name, v in attrs.items() if name != "input"}
    if "norm_type" in attrs:
        attrs["p"] = attrs.pop("norm_type")
    return kind(attrs.pop("kernel_size"), **attrs)


POOLS = [f"{kind}_pool{d}d" for kind, d in product(KINDS, "123")]


@claim("torch", *POOLS)
def test_torch_pool(case):
    if "expected" in case:
        check_pool_edge(case)
        return
    layer = torch_pool(case)
    check_layer(case, layer)
    if isinstance(layer, ca.AvgPool):
        check_matrix(case, layer)
    elif isinstance(layer, ca.MaxPool):
        check_max_plus(case, layer)
        assert np.array_equal(layer.indices(case["a"]["x"]), case["a"]["indices"])


def check_pool_edge(case):
    shape, want = case["attrs"].get("input", [1, 1, 5]), case["expected"]
    if want["raises"]:
        with pytest.raises(ca.ConvAlgebraError):
            torch_pool(case)(np.ones(shape[1:], dtype=int))
    else:
        assert [1, *torch_pool(case)(np.ones(shape[1:], dtype=int)).shape] == want["value_shape"]


def check_max_plus(case, layer):
    """The matrix over (max, +) says what the layer does, and over (+, x) there is none where windows overlap places."""
    sample, image = case["a"]["x"][0], case["a"]["y"][0]
    check_values(case, (layer.matrix(sample.shape, semiring="max-plus") @ sample.ravel()).reshape(image.shape), image)


def test_torch_rescales_overhanging_windows_of_lp_pools():
    """torch multiplies the sum by (kernel size / places inside); ONNX and this library do not."""
    differing = [case for op in ("lp_pool1d", "lp_pool2d", "lp_pool3d") for case in cases("torch", op=op)]
    differing = [case for case in differing if case["id"] in DIFFERS]
    assert differing
    for case in differing:
        layer, sample, image = torch_pool(case), case["a"]["x"][0], case["a"]["y"][0]
        factors = np.prod(layer.kernel_size) / layer.counts(sample.shape).reshape(image.shape)
        assert factors.max() > 1
        np.testing.assert_allclose(layer(sample) * factors ** (1 / layer.p), image, **case["tol"])


@claim("torch", "adaptive_avg_pool1d", "adaptive_avg_pool2d")
def test_torch_adaptive_pool(case):
    layer = ca.AdaptiveAvgPool(tuple(case["attrs"]["output_size"]))
    check_layer(case, layer)
    check_matrix(case, layer)


def onnx_pool(kind, attrs, **more):
    return kind(
        tuple(attrs["kernel_shape"]),
        stride=tuple(attrs["strides"]),
        padding=AUTO_PAD.get(attrs["auto_pad"], pairs(attrs)),
        dilation=tuple(attrs["dilations"]),
        ceil_mode=bool(attrs["ceil_mode"]),
        **more,
    )


@claim("onnx", "AveragePool")
def test_onnx_average_pool(case):
    check_layer(case, onnx_pool(ca.AvgPool, case["attrs"], count_include_pad=bool(case["attrs"]["count_include_pad"])))


@claim("onnx", "MaxPool")
def test_onnx_max_pool(case):
    layer = onnx_pool(ca.MaxPool, case["attrs"])
    check_layer(case, layer)
    check_max_plus(case, layer)


@claim("onnx", "LpPool")
def test_onnx_lp_pool(case):
    check_layer(case, onnx_pool(ca.LpPool, case["attrs"], p=case["attrs"]["p"]))


@claim("onnx", "GlobalAveragePool")
def test_onnx_global_average_pool(case):
    check_layer(case, ca.GlobalAvgPool())
    check_matrix(case, ca.GlobalAvgPool())


@claim("onnx", "GlobalMaxPool")
def test_onnx_global_max_pool(case):
    check_layer(case, ca.GlobalMaxPool())


@claim("tfjax", "tf.nn.avg_pool2d", "tf.nn.max_pool2d")
def test_tf_pool(case):
    """TensorFlow averages over the places of the signal alone."""
    attrs = case["attrs"]
    average = case["op"] == "tf.nn.avg_pool2d"
    kind, more = (ca.AvgPool, {"count_include_pad": False}) if average else (ca.MaxPool, {})
    x, y = (np.moveaxis(case["a"][name], -1, 1) for name in "xy")
    for padding in (AUTO_PAD.get(f"{attrs['padding']}_UPPER", "valid"), pairs(attrs)):
        layer = kind((attrs["ksize"],) * 2, stride=attrs["strides"], padding=padding, **more)
        check_values(case, layer(x), y)


@claim("seeds", "max_pool2d")
def test_lecture_max_pool(case):
    layer = ca.MaxPool(case["attrs"]["kernel"], stride=case["attrs"]["stride"])
    assert layer([case["x"]]).tolist() == [case["expected"]]
    assert ca.AvgPool(2)([case["x"]]).tolist() == [[[Fraction(13, 4), Fraction(21, 4)], [2, 2]]]


# --- places that move -------------------------------------------------------------------------------------------------


def window_settings(attrs):
    return {name: tuple(attrs[name]) for name in ("stride", "padding", "dilation")}


@claim("torch", "unfold")
def test_torch_unfold(case):
    layer = ca.Unfold(tuple(case["attrs"]["kernel_size"]), **window_settings(case["attrs"]))
    check_layer(case, layer)
    check_matrix(case, layer)


@claim("torch", "fold")
def test_torch_fold(case):
    attrs = case["attrs"]
    if "expected" in case:
        with pytest.raises(ca.ConvAlgebraError):
            ca.Fold(tuple(attrs["output_size"]), tuple(attrs["kernel_size"])).map(np.ones(attrs["x"], dtype=int))
        return
    layer = ca.Fold(tuple(attrs["output_size"]), tuple(attrs["kernel_size"]), **window_settings(attrs))
    check_layer(case, layer)
    unfold = ca.Unfold(tuple(attrs["kernel_size"]), **window_settings(attrs))
    image = case["a"]["y"].shape[1:]
    counted = layer(unfold(np.ones(image, dtype=int)))
    assert np.array_equal(counted, case["a"]["overlap_count"][0])
    assert bool(layer.matrix(case["a"]["x"].shape[1:]) == unfold.matrix(image).T)


@claim("onnx", "Col2Im")
def test_onnx_col2im(case):
    attrs = case["attrs"]
    settings = {"stride": tuple(attrs["strides"]), "dilation": tuple(attrs["dilations"]), "padding": pairs(attrs)}
    check_layer(case, ca.Fold(tuple(attrs["image_shape"]), tuple(attrs["block_shape"]), **settings))


@claim("torch", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "upsample_nearest")
def test_torch_shuffle(case):
    kinds = {
        "upscale_factor": ca.PixelShuffle,
        "downscale_factor": ca.PixelUnshuffle,
        "groups": ca.ChannelShuffle,
        "scale_factor": ca.Upsample,
    }
    ((name, value),) = case["attrs"].items()
    layer = kinds[name](value)
    check_layer(case, layer)
    check_matrix(case, layer)


@claim("onnx", "DepthToSpace", "SpaceToDepth")
def test_onnx_depth_and_space(case):
    attrs = case["attrs"]
    if case["op"] == "DepthToSpace":
        check_layer(case, ca.PixelShuffle(attrs["blocksize"], order=attrs["mode"]))
    else:
        check_layer(case, ca.PixelUnshuffle(attrs["blocksize"], order="DCR"))


@claim("onnx", "Upsample")
def test_onnx_upsample(case):
    check_layer(case, ca.Upsample(tuple(int(s) for s in case["attrs"]["scales"][2:]), case["attrs"]["mode"]))


# --- networks ---------------------------------------------------------------------------------------------------------


@claim("torch", "sequential")
def test_torch_stack(case):
    """The stack is the product of its matrices; where torch says so, one convolution does the same."""
    attrs, a = case["attrs"], case["a"]
    layers = [
        ca.Conv(
            a[f"w{k}"],
            a.get(f"b{k}"),
            padding_mode=attrs["padding_mode"],
            **{name: layer[name] for name in ("stride", "padding", "dilation", "groups")},
        )
        for k, layer in enumerate(attrs["layers"])
    ]
    net = ca.Sequential(*layers)
    check_layer(case, net)
    check_matrix(case, net)
    composed = attrs["composed"]
    settings = {name: tuple(composed[name]) for name in ("stride", "padding")}
    single = ca.Conv(a["k_composed"], padding_mode=composed["padding_mode"], **settings)
    if composed["single_conv_equals_stack"]:
        assert bool(net.matrix(a["x"].shape[1:]) == single.matrix(a["x"].shape[1:]))


# --- Dumoulin and Visin -----------------------------------------------------------------------------------------------


@claim("literature", "transposed_output_size")
def test_the_transpose_is_a_convolution_of_the_stretched_padded_signal(case):
    """Stride 1, the turned kernel, k - p - 1 zeros around, s - 1 zeros between the places and a more at the end."""
    attrs, want = case["attrs"], case["expected"]
    kernel = ca.symbols("w", (attrs["k"], attrs["k"]))[None, None]
    direct = ca.Conv(kernel, stride=attrs["s"], padding=attrs["p"])
    signal = (1, attrs["i"], attrs["i"])
    small = (1, want["i_"], want["i_"])
    assert direct.output_shape(signal) == small
    layer = ca.ConvTranspose.of(direct, signal)
    assert layer.output_shape(small) == (1, want["o_"], want["o_"])
    end = want["p_"] + want.get("a", 0) - (attrs["s"] - 1)
    stretched = ca.Sequential(
        ca.Upsample(attrs["s"], "zeros"), ca.Conv(kernel, op="convolution", padding=((want["p_"], end),) * 2)
    )
    assert "every kernel" in ca.prove(stretched.matrix(small) == layer.matrix(small)).scope
