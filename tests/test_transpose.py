"""The transposed convolution: the transpose of the direct layer's matrix, and PyTorch's numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convalgebra as ca

W3 = ca.symbols("w", 3)[None, None]


def sizes(draw, ndim, low, high):
    return tuple(draw(st.lists(st.integers(low, high), min_size=ndim, max_size=ndim)))


@st.composite
def calls(draw, ndim=None):
    """Settings, weight shape and input shape of a transposed layer with at least one output place."""
    ndim = draw(st.integers(1, 3)) if ndim is None else ndim
    stride, dilation, kernel = (sizes(draw, ndim, 1, 3) for _ in range(3))
    padding, spatial = sizes(draw, ndim, 0, 2), sizes(draw, ndim, 1, 4 if ndim < 3 else 3)
    extra = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    groups, ins, outs = (draw(st.integers(1, 2)) for _ in range(3))
    settings = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation, "groups": groups}
    layer = (groups * ins, outs, *kernel)
    out = [
        s * (n - 1) - 2 * p + d * (k - 1) + e + 1
        for s, n, p, d, k, e in zip(stride, spatial, padding, dilation, kernel, extra, strict=True)
    ]
    assume(min(out) > 0)
    return settings, layer, (groups * ins, *spatial), draw(st.integers(0, 2**32 - 1))


@given(call=calls())
def test_live_torch(call):
    """Float64 holds these integers exactly, so the two must be equal, not close."""
    torch = pytest.importorskip("torch", reason="the comparison with live PyTorch needs the extra 'torch'")
    settings, weight_shape, in_shape, seed = call
    random = np.random.default_rng(seed)
    channels = weight_shape[1] * settings["groups"]
    weight, bias, x = (random.integers(-9, 10, size=s) for s in (weight_shape, channels, (2, *in_shape)))
    function = getattr(torch.nn.functional, f"conv_transpose{len(in_shape) - 1}d")
    tensors = [torch.from_numpy(a.astype(np.float64)) for a in (x, weight, bias)]
    layer = ca.ConvTranspose(weight, bias, **settings)
    y = function(*tensors, **settings).numpy()
    assert np.array_equal(layer(x), y)
    basis = torch.eye(int(np.prod(in_shape)), dtype=torch.float64).reshape(-1, *in_shape)
    columns = function(basis, tensors[1], **settings).reshape(len(basis), -1).numpy()
    assert np.array_equal(layer.matrix(in_shape).to_numpy(), columns.T)


@given(call=calls())
def test_the_matrix_is_the_transpose_of_the_direct_layer(call):
    """For every kernel; output_padding is what the direct layer's stride leaves over."""
    settings, weight_shape, in_shape, _ = call
    layer = ca.ConvTranspose(ca.symbols("w", weight_shape), **settings)
    out, direct = layer.output_shape(in_shape), layer.T
    assume(all(e < s for e, s in zip(settings["output_padding"], settings["stride"], strict=True)))
    assert direct.output_shape(out) == in_shape
    assert bool(layer.matrix(in_shape) == direct.matrix(out).T)


@given(call=calls())
def test_factors_insert_zeros_slide_and_crop(call):
    settings, weight_shape, in_shape, seed = call
    layer = ca.ConvTranspose(np.random.default_rng(seed).integers(-9, 10, size=weight_shape), **settings)
    P, T, U = layer.factors(in_shape)
    assert np.array_equal(P.to_numpy() @ T.to_numpy() @ U.to_numpy(), layer.matrix(in_shape).to_numpy())
    assert set(np.unique(U.to_numpy())) <= {0, 1}


@given(call=calls())
def test_it_is_a_convolution_of_the_stretched_signal(call):
    """Zeros between the places (fractional stride), then the turned kernel at stride 1."""
    settings, weight_shape, in_shape, seed = call
    assume(settings["groups"] == 1)
    layer = ca.ConvTranspose(np.random.default_rng(seed).integers(-9, 10, size=weight_shape), **settings)
    reach = [a.dilation * (a.taps - 1) for a in layer.axes(in_shape)]
    parts = zip(reach, settings["padding"], settings["output_padding"], settings["stride"], strict=True)
    sides = tuple((r - p, r - p + e - (s - 1)) for r, p, e, s in parts)
    turned = ca.Conv(layer.weight.swapaxes(0, 1), op="convolution", padding=sides, dilation=settings["dilation"])
    stretched = ca.Sequential(ca.Upsample(settings["stride"], "zeros"), turned)
    assert np.array_equal(stretched.matrix(in_shape).to_numpy(), layer.matrix(in_shape).to_numpy())


def test_it_is_no_inverse_and_the_smallest_case_shows_it():
    """One place, one tap: T(T(x)) is 4x for w = 2; with w = 1 and two taps it is still not x."""
    double = ca.ConvTranspose([[[2]]])
    assert double.T(double([[1]])).tolist() == [[4]]
    pair = ca.ConvTranspose([[[1, 1]]])
    assert pair.T(pair([[1]])).tolist() == [[2]]


def test_of_recovers_the_size_that_the_stride_forgot():
    for n in range(3, 12):
        for stride in (1, 2, 3):
            conv = ca.Conv(W3, stride=stride, padding=1)
            small = conv.output_shape((1, n))
            assert ca.ConvTranspose.of(conv, (1, n)).output_shape(small) == (1, n)


@pytest.mark.parametrize(("padding", "out"), [("full", 3), ("valid", 7), ("same", 5)])
def test_the_transpose_of_full_is_valid_and_back(padding, out):
    """Dumoulin and Visin: full, half and no padding trade places at stride 1."""
    conv = ca.Conv(W3, padding=padding)
    layer = ca.ConvTranspose.of(conv)
    assert layer.output_shape((1, 5)) == (1, out)
    other = {"full": "valid", "valid": "full", "same": "same"}[padding]
    assert bool(layer.matrix((1, 5)) == ca.Conv(W3, padding=other, op="convolution").matrix((1, 5)))


@pytest.mark.parametrize("name", ["same_upper", "same_lower"])
def test_strided_same_needs_the_size(name):
    conv = ca.Conv(W3, stride=2, padding=name)
    with pytest.raises(ca.ArgumentError, match=r"ConvTranspose.of\(conv, in_shape\)"):
        ca.ConvTranspose.of(conv)
    for n in (5, 6):
        matrix = ca.ConvTranspose.of(conv, (1, n)).matrix((1, 3))
        assert bool(matrix == conv.matrix((1, n)).T)


def test_convolution_and_groups_survive_transposition():
    conv = ca.Conv(ca.symbols("w", (4, 2, 3)), groups=2, op="convolution", stride=2, padding=1)
    assert bool(ca.ConvTranspose.of(conv, (4, 6)).matrix((4, 3)) == conv.matrix((4, 6)).T)


def test_the_transpose_of_the_transpose_is_the_layer():
    conv = ca.Conv(W3, stride=2, padding=((1, 0),), dilation=2)
    back = ca.ConvTranspose.of(conv).T
    assert bool(back.matrix((1, 9)) == conv.matrix((1, 9)))


def test_negative_entries_of_pairs_add_zeros():
    assert ca.ConvTranspose([[[1, 2]]], padding=((-1, 1),))([[3, 4]]).tolist() == [[0, 3, 10]]


def test_layouts_are_one_layer():
    weight = ca.symbols("w", (2, 3, 4, 5))
    layers = [
        ca.ConvTranspose(weight),
        ca.ConvTranspose(np.moveaxis(weight, (0, 1), (2, 3)), layout="HWIO"),
        ca.ConvTranspose(np.moveaxis(weight, (1, 0), (2, 3)), layout="*OI"),
    ]
    assert {layer.channels for layer in layers} == {(3, 2)}
    first, *rest = (layer.matrix((2, 2, 1)) for layer in layers)
    assert all(bool(first == other) for other in rest)


def test_any_exact_entries():
    half = Fraction(1, 2)
    assert ca.ConvTranspose([[[half, 1]]], [half])([[1, half]]).tolist() == [[1, Fraction(7, 4), 1]]
    assert ca.ConvTranspose(W3)(ca.symbols("x", (1, 1))).tolist() == [
        [w * ca.symbols("x", (1, 1))[0, 0] for w in W3[0, 0]]
    ]


def test_sums_beyond_64_bits_stay_exact():
    assert ca.ConvTranspose([[[2**62, 2**62]]])([[1, 1]]).tolist() == [[2**62, 2**63, 2**62]]


def test_samples_batches_and_parameters():
    layer = ca.ConvTranspose(np.ones((2, 3, 2), dtype=int), [1, 2, 3])
    assert layer(np.ones((2, 4), dtype=int)).shape == (3, 5)
    assert layer(np.ones((7, 2, 4), dtype=int)).shape == (7, 3, 5)
    assert layer.parameters == 15


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"output_padding": 1}, "output_padding must be below the stride 1 or the dilation 1, not 1"),
        ({"padding": "same_upper"}, "TensorFlow takes it from the direct layer, ONNX from the output size"),
        ({"padding": -1}, "padding must be at least 0"),
        ({"padding_mode": "circular"}, r"write ca.Conv\(..., padding_mode='circular'\).matrix\(in_shape\).T"),
        ({"groups": 2}, "groups must divide the 1 input channels"),
        ({"bias": [1, 2]}, "one number for each of the 1 output channels"),
        ({"layout": "OI"}, "layout must name I, O"),
        ({"stride": 0}, "stride must be at least 1"),
        ({"dilation": 1.5}, "dilation must be an integer"),
    ],
)
def test_bad_arguments(settings, text):
    with pytest.raises(ca.ConvAlgebraError, match=text):
        ca.ConvTranspose([[[1, 2, 3]]], **settings)


def test_bad_inputs():
    with pytest.raises(ca.ShapeError, match="at least one place, not -1; lower the padding by 2"):
        ca.ConvTranspose([[[1, 2, 3]]], padding=2).output_shape((1, 1))
    with pytest.raises(ca.ShapeError, match="1 channels and 1 spatial axes"):
        ca.ConvTranspose([[[1, 2, 3]]])(np.ones((2, 4), dtype=int))
    with pytest.raises(ca.ArgumentError, match="zeros"):
        ca.ConvTranspose.of(ca.Conv(W3, padding=1, padding_mode="circular"))


@pytest.mark.parametrize(
    ("stride", "dilation", "extra", "padding"), [(2, 3, 2, 0), (1, 3, 2, 1), (2, 5, 4, 2), (3, 1, 2, 0)]
)
def test_the_direct_layer_has_the_transposed_matrix_whatever_the_output_padding(stride, dilation, extra, padding):
    T = ca.ConvTranspose([[[1, 2, 5]]], stride=stride, dilation=dilation, output_padding=extra, padding=padding)
    A = T.matrix((1, 4))
    assert np.array_equal(T.T.matrix(T.output_shape((1, 4))).to_numpy(), A.to_numpy().T)
