"""ONNX operator tests: batches (N, C, *spatial), kernels OI*, correlation."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import cases, check, claim

import convalgebra as ca

AUTO_PAD = {"SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower", "VALID": "valid"}
PAD_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def layer_of(attrs, weight, bias=None):
    padding = AUTO_PAD.get(attrs["auto_pad"], tuple(map(tuple, attrs["pads_begin_end"])))
    return ca.Conv(
        weight,
        bias,
        stride=tuple(attrs["strides"]),
        padding=padding,
        dilation=tuple(attrs["dilations"]),
        groups=attrs["group"],
    )


@claim("onnx", "Conv")
def test_conv(case):
    layer = layer_of(case["attrs"], case["a"]["w"], case["a"].get("b"))
    check(case, layer(case["a"]["x"]))
    sample = case["a"]["x"][0]
    matrix, offset = layer.affine(sample.shape)
    check(case, (matrix @ sample.ravel() + offset).reshape(case["a"]["y"][0].shape), case["a"]["y"][0])


@claim("onnx", "ConvInteger")
def test_conv_integer_subtracts_the_zero_points_and_then_pads_with_zeros(case):
    a = case["a"]
    weight = a["w"] - a["w_zero_point"].reshape(-1, *[1] * (a["w"].ndim - 1))
    check(case, layer_of(case["attrs"], weight)(a["x"] - a["x_zero_point"]))


@claim("onnx", "Pad")
def test_pad(case):
    """A constant other than 0 fills the rows that read nothing: y = P x + value (1 - P 1)."""
    attrs, x = case["attrs"], case["a"]["x"]
    widths = [(0, 0)] * x.ndim
    for axis, pair in zip(attrs["axes"], attrs["pads_begin_end"], strict=True):
        widths[axis] = tuple(pair)
    padding = ca.pad(x.shape, tuple(widths), PAD_MODES[attrs["mode"]])
    unread = 1 - padding @ np.ones(x.size, dtype=np.int64)
    fill = attrs["value"] * unread if attrs["value"] else 0
    check(case, (padding @ x.ravel() + fill).reshape(case["a"]["y"].shape))


@claim("onnx", "CenterCropPad")
def test_center_crop_pad(case):
    """The odd place of a crop or a padding is at the end."""
    x, target = case["a"]["x"], case["attrs"]["shape"]
    assert case["attrs"]["axes"] == [*range(x.ndim)]
    missing = [goal - size for goal, size in zip(target, x.shape, strict=True)]
    begin = [int(m / 2) for m in missing]
    widths = tuple((lo, m - lo) for lo, m in zip(begin, missing, strict=True))
    check(case, (ca.pad(x.shape, widths, "zeros") @ x.ravel()).reshape(target))


@claim("onnx", "EyeLike")
def test_a_truncated_identity_is_a_crop(case):
    rows, columns = case["attrs"]["rows"], case["attrs"]["cols"]
    check(case, ca.crop(columns, (0, columns - rows)).to_numpy())


@claim("onnx", "DFT")
def test_dft(case):
    """The last axis holds real and imaginary parts; the inverse is the adjoint of F/n."""
    parts, axis = case["a"]["x"], case["attrs"]["axis"]
    x = np.moveaxis(parts[..., 0] + 1j * (parts[..., 1] if parts.shape[-1] == 2 else 0), axis, 0)
    matrix = ca.dft(len(x), norm="forward").H if case["attrs"]["inverse"] else ca.dft(len(x))
    y = np.moveaxis((matrix.to_numpy() @ x.reshape(len(x), -1)).reshape(x.shape), 0, axis)
    check(case, np.stack([y.real, y.imag], axis=-1))


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER"])
def test_auto_pad_resolves_to_the_recorded_widths(auto_pad):
    """Pooling cases record what auto_pad means; a convolution with that window has the same size."""
    found = [
        case
        for case in cases("onnx", feature="autopad")
        if case["attrs"]["auto_pad"] == auto_pad and "Pool" in case["op"]
    ]
    for case in found:
        attrs, spatial = case["attrs"], case["a"]["x"].shape[2:]
        kernel = np.arange(1, 1 + np.prod(attrs["kernel_shape"])).reshape(1, 1, *attrs["kernel_shape"])
        named, explicit = (
            ca.Conv(kernel, stride=tuple(attrs["strides"]), dilation=tuple(attrs["dilations"]), padding=padding)
            for padding in (AUTO_PAD[auto_pad], tuple(map(tuple, attrs["pads_begin_end"])))
        )
        assert named.output_shape((1, *spatial)) == (1, *case["a"]["y"].shape[2:])
        x = case["a"]["x"][0, :1]
        assert np.array_equal(named(x), explicit(x))
    assert found
