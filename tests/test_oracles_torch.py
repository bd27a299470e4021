"""PyTorch: recorded results with the whole matrix, refusals, and PyTorch itself where it is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import DIFFERS, cases, check, claim

import convalgebra as ca

PAD_MODES = {"constant": "zeros", "circular": "circular", "reflect": "reflect", "replicate": "replicate"}


def layer_of(case):
    attrs, padding = case["attrs"], case["attrs"]["padding"]
    return ca.Conv(
        case["a"]["w"],
        case["a"].get("b"),
        stride=tuple(attrs["stride"]),
        padding=padding if isinstance(padding, str) else tuple(padding),
        dilation=tuple(attrs["dilation"]),
        groups=attrs["groups"],
        padding_mode=attrs["padding_mode"],
    )


def check_recorded(case):
    layer, x, y = layer_of(case), case["a"]["x"], case["a"]["y"]
    assert layer.output_shape(x.shape[1:]) == y.shape[1:]
    check(case, layer(x))
    for sample, image in zip(x, y, strict=True):
        check(case, layer(sample), image)


def check_matrix(case):
    """vec(y) = A vec(x) + bias, through every view of A, and A = D T P."""
    layer, sample, image = layer_of(case), case["a"]["x"][0], case["a"]["y"][0]
    matrix, offset = layer.affine(sample.shape)
    dense = layer.matrix(sample.shape).to_numpy()
    assert np.array_equal(np.asarray(matrix), dense)
    assert np.array_equal(matrix.to_sparse().toarray(), dense)
    assert np.array_equal(matrix @ sample.ravel() + offset, image.ravel())
    down, kernel, extend = layer.factors(sample.shape)
    assert np.array_equal(down.to_numpy() @ kernel.to_numpy() @ extend.to_numpy(), dense)
    if "A" in case["a"]:
        assert np.array_equal(dense, case["a"]["A"])


def check_edge(case):
    """A call that torch refuses is refused here, and a call that it accepts has the recorded shape."""
    attrs, expected = case["attrs"], case["expected"]
    shape = attrs.get("input") or attrs.get("x") or [1, 1, *[5] * int(case["op"][4])]
    kernel = attrs.get("weight", [1, 1, *[3] * int(case["op"][4])])
    dtype = complex if "dtype" in attrs else int
    settings = {key: attrs[key] for key in ("stride", "padding", "dilation", "groups", "padding_mode") if key in attrs}
    if expected["raises"]:
        with pytest.raises(ca.ConvAlgebraError):
            ca.Conv(np.ones(kernel, dtype=dtype), **settings)(np.ones(shape, dtype=dtype))
    else:
        layer = ca.Conv(np.ones(kernel, dtype=dtype), **settings)
        y = layer(np.ones(shape, dtype=dtype))
        assert [*y.shape][-len(shape) + 1 :] == expected["value_shape"][-len(shape) + 1 :]


@claim("torch", "conv1d", "conv2d", "conv3d", "Conv1d")
def test_conv(case):
    if "expected" in case:
        check_edge(case)
    else:
        check_recorded(case)
        check_matrix(case)


def test_the_matrices_of_torch_are_compared():
    assert sum("A" in case["a"] for d in "123" for case in cases("torch", op=f"conv{d}d")) > 50


@claim("torch", "pad", "pad1d", "pad2d", "pad3d")
def test_pad(case):
    """A negative width crops. Where torch crops first (circular), so does the product of two matrices."""
    attrs = case["attrs"]
    if "expected" in case:
        with pytest.raises(ca.ConvAlgebraError):
            ca.pad(attrs["input"][-1], tuple(attrs["pad"]), PAD_MODES[attrs["mode"]])
        return
    x, y = case["a"]["x"][0], case["a"]["y"][0]
    widths = [(0, 0), *map(tuple, attrs["pads_begin_end"])]
    cropped = (
        tuple((max(0, -lo), max(0, -hi)) for lo, hi in widths) if attrs["mode"] == "circular" else ((0, 0),) * x.ndim
    )
    crop = ca.crop(x.shape, cropped)
    grown = tuple((lo + c, hi + d) for (lo, hi), (c, d) in zip(widths, cropped, strict=True))
    matrix = ca.pad(crop.boxes[0], grown, PAD_MODES[attrs["mode"]]) @ crop
    assert np.array_equal(matrix.to_numpy(), case["a"]["A"])
    unread = 1 - matrix @ np.ones(x.size, dtype=np.int64)
    check(case, (matrix @ x.ravel() + int(attrs["value"]) * unread).reshape(y.shape), y)


def test_a_reflection_longer_than_the_signal_repeats():
    assert "torch_edge_19" in DIFFERS
    assert np.array_equal(ca.pad(1, (1, 1), "reflect") @ np.asarray([7]), np.pad([7], 1, mode="reflect"))


def test_a_crop_of_everything_is_refused():
    assert "torch_edge_21" in DIFFERS
    with pytest.raises(ca.ConvAlgebraError):
        ca.pad(3, (-3, 0), "zeros")


# --- PyTorch itself ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="the comparison with live PyTorch needs the extra 'torch'")


TORCH_MODES = ["zeros", "circular", "reflect", "replicate"]


@st.composite
def calls(draw, ndim):
    """A torch convolution that torch accepts: constructor arguments, integer weights, bias and a batch."""

    def sizes(low, high):
        return tuple(draw(st.lists(st.integers(low, high), min_size=ndim, max_size=ndim)))

    largest = {1: 9, 2: 6, 3: 4}[ndim]
    groups, multiplier, depth = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel, dilation, spatial = sizes(1, 3), sizes(1, 2), sizes(1, largest)
    stride, mode = sizes(1, 3), draw(st.sampled_from(TORCH_MODES))
    padding = draw(st.sampled_from(["valid", "same"])) if stride == (1,) * ndim and draw(st.booleans()) else sizes(0, 2)
    total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    widths = (total if padding == "same" else [0] * ndim) if isinstance(padding, str) else [2 * p for p in padding]
    assume(all(n + w > t for n, w, t in zip(spatial, widths, total, strict=True)))
    room = {"zeros": 99, "replicate": 99, "circular": 0, "reflect": -1}[mode]
    assume(all(-(-w // 2) <= n + room for n, w in zip(spatial, widths, strict=True)))
    seed = draw(st.integers(0, 2**32 - 1))
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "padding_mode": mode}
    return settings, (groups * multiplier, depth, *kernel), (draw(st.integers(1, 2)), groups * depth, *spatial), seed


def compare_with_torch(torch, ndim, call):
    """Float64 holds these integers exactly, so the two must be equal, not close."""
    settings, kernel_shape, x_shape, seed = call
    random = np.random.default_rng(seed)
    weight, bias, x = (random.integers(-9, 10, size=size) for size in (kernel_shape, kernel_shape[:1], x_shape))
    module = getattr(torch.nn, f"Conv{ndim}d")(
        x_shape[1], kernel_shape[0], kernel_shape[2:], dtype=torch.float64, **settings
    )
    with torch.no_grad():
        module.weight[:], module.bias[:] = torch.from_numpy(weight), torch.from_numpy(bias)
        y = module(torch.from_numpy(x.astype(np.float64))).numpy()
        basis = torch.eye(int(np.prod(x_shape[1:])), dtype=torch.float64).reshape(-1, *x_shape[1:])
        columns = (module(basis) - module.bias.reshape(-1, *[1] * ndim)).reshape(len(basis), -1).numpy()
    layer = ca.Conv(weight, bias, **settings)
    assert np.array_equal(layer(x), y)
    assert np.array_equal(layer.matrix(x_shape[1:]).to_numpy(), columns.T)


# PyTorch copies its input for "same" with an even kernel and says so: a remark on speed, not on the result.
SPEED = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")


@SPEED
@given(call=calls(1))
def test_live_conv1d(torch, call):
    compare_with_torch(torch, 1, call)


@SPEED
@given(call=calls(2))
def test_live_conv2d(torch, call):
    compare_with_torch(torch, 2, call)


@SPEED
@given(call=calls(3))
def test_live_conv3d(torch, call):
    compare_with_torch(torch, 3, call)
