"""The convolution layer against the double sum, NumPy and SciPy, over everything in its signature."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_core import KINDS, MODES, array, arrays, convolution, equal, filled, layers

import convalgebra as ca


@settings(max_examples=150)
@given(layers(), st.data())
def test_the_layer_is_its_definition(case, data):
    """On one sample and on a batch, as matrix, as factors and as affine map."""
    layer, in_shape, wanted, out = case
    A = layer.matrix(in_shape)
    assert layer.output_shape(in_shape) == out
    assert equal(A.to_numpy(), wanted)
    x = data.draw(arrays("int", (3, *in_shape)))
    y = array((3, *out), (v for sample in x for v in wanted @ sample.ravel()))
    assert equal(layer(x[0]), y[0])
    assert equal(layer(x), y)
    assert equal(layer.map(x), y)
    D, T, P = layer.factors(in_shape)
    assert equal(D.to_numpy() @ T.to_numpy() @ P.to_numpy(), wanted)
    assert equal((D @ T @ P).to_numpy(), wanted)
    assert bool(D @ T @ P == A)


@pytest.mark.parametrize("kind", KINDS)
def test_entries_of_every_kind(kind):
    weight, bias, x = filled(kind, (2, 1, 3)), filled(kind, (2,), 50), filled("int", (1, 5))
    wanted, out = convolution(weight, [5], [2], [1], [(1, 2)], "reflect")
    layer = ca.Conv(weight, bias, stride=2, padding=((1, 2),), padding_mode="reflect")
    y = array(out, (wanted @ x.ravel()) + np.repeat(bias, out[1]))
    assert equal(layer(x), y)
    A, b = layer.affine((1, 5))
    assert equal(A.to_numpy() @ x.ravel() + b, y.ravel())
    assert equal(b, np.repeat(bias, out[1]))


def test_symbolic_input():
    x = ca.symbols("x", (1, 4))
    y = ca.Conv([[[1, 2, 1]]], [5], padding=1)(x)
    assert equal(y, [[2 * x[0, 0] + x[0, 1] + 5, x[0, 0] + 2 * x[0, 1] + x[0, 2] + 5,
                      x[0, 1] + 2 * x[0, 2] + x[0, 3] + 5, x[0, 2] + 2 * x[0, 3] + 5]])  # fmt: skip
    half = ca.Conv([[[Fraction(1, 2)]]])([[0.5, 1]])
    assert half.tolist() == [[0.25, 0.5]]


@given(st.integers(1, 5), st.integers(5, 9), st.sampled_from(["valid", "full"]))
def test_correlation_and_convolution_are_numpys(k, n, padding):
    w, x = np.arange(1, k + 1) ** 2, np.arange(n) - 3
    assert ca.Conv(w[None, None], padding=padding)(x[None]).tolist() == [np.correlate(x, w, padding).tolist()]
    assert ca.Conv(w[None, None], padding=padding, op="convolution")(x[None]).tolist() == [
        np.convolve(x, w, padding).tolist()
    ]


@pytest.mark.parametrize(("mode", "theirs"), [("zeros", "constant"), ("circular", "grid-wrap"), ("reflect", "mirror"),
                                              ("symmetric", "reflect"), ("replicate", "nearest")])  # fmt: skip
def test_same_padding_is_scipy_ndimage(mode, theirs):
    w, x = np.arange(9).reshape(3, 3) - 2, np.arange(20).reshape(4, 5) ** 2 % 17
    layer = ca.Conv(w[None, None], padding="same", padding_mode=mode)
    assert layer(x[None])[0].tolist() == scipy.ndimage.correlate(x, w, mode=theirs).tolist()
    turned = ca.Conv(w[None, None], padding=1, padding_mode=mode, op="convolution")
    assert turned(x[None])[0].tolist() == scipy.ndimage.convolve(x, w, mode=theirs).tolist()


@pytest.mark.parametrize("op", ["correlation", "convolution"])
def test_two_axes_are_scipys(op):
    w, x = np.arange(6).reshape(2, 3) - 2, np.arange(20).reshape(4, 5)
    theirs = scipy.signal.correlate2d if op == "correlation" else scipy.signal.convolve2d
    assert ca.Conv(w[None, None], op=op)(x[None])[0].tolist() == theirs(x, w, "valid").tolist()
    assert ca.Conv(w[None, None], op=op, padding="full")(x[None])[0].tolist() == theirs(x, w, "full").tolist()


# --- padding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("padding", "pads"),
    [
        (0, ((0, 0), (0, 0))), (2, ((2, 2), (2, 2))), ((1, 2), ((1, 1), (2, 2))), (((1, 0), (2, 3)), ((1, 0), (2, 3))),
        ([[1, 0], 2], ((1, 0), (2, 2))), (((-1, 0), (1, -2)), ((-1, 0), (1, -2))), ("valid", ((0, 0), (0, 0))),
        ("full", ((1, 1), (4, 4))), ("same", ((0, 1), (2, 2))), ("same_upper", ((0, 1), (2, 2))),
        ("same_lower", ((1, 0), (2, 2))),
    ],
)  # fmt: skip
def test_every_form_of_padding(padding, pads):
    """The kernel is 2 x 3, dilated to 2 x 5."""
    weight = filled("int", (1, 1, 2, 3))
    wanted, out = convolution(weight, [5, 6], [1, 1], [1, 2], pads)
    layer = ca.Conv(weight, padding=padding, dilation=(1, 2))
    assert layer.output_shape((1, 5, 6)) == out
    assert equal(layer.matrix((1, 5, 6)).to_numpy(), wanted)


@given(
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 2),
    st.sampled_from(["same_upper", "same_lower"]),
)
def test_same_paddings_give_the_ceiling(n, k, stride, dilation, padding):
    layer = ca.Conv(np.ones((1, 1, k)), stride=stride, dilation=dilation, padding=padding)
    assert layer.output_shape((1, n)) == (1, -(-n // stride))


def test_a_pair_on_one_axis():
    assert ca.Conv([[[1, 2]]], padding=(1, 0)).matrix((1, 2)).to_numpy().tolist() == [[2, 0], [1, 2]]
    assert ca.Conv([[[1, 2]]], padding=(0, 1)).matrix((1, 2)).to_numpy().tolist() == [[1, 2], [0, 1]]


@pytest.mark.parametrize("mode", MODES)
def test_extensions_longer_than_the_signal(mode):
    wanted, _ = convolution(filled("int", (1, 1, 3)), [2], [1], [1], [(7, 8)], mode)
    assert equal(ca.Conv(filled("int", (1, 1, 3)), padding=(7, 8), padding_mode=mode).matrix((1, 2)).to_numpy(), wanted)


def test_rounding():
    layer = ca.Conv(np.ones((1, 1, 3)), stride=3)
    assert layer.output_shape((1, 7)) == (1, 2)
    exact = ca.Conv(np.ones((1, 1, 3)), stride=3, rounding="exact")
    assert exact.output_shape((1, 9)) == (1, 3)
    for call in (exact.output_shape, exact.matrix, exact.factors):
        with pytest.raises(ca.ArgumentError, match="doesn't fit"):
            call((1, 7))


# --- layouts, groups, bias, parameters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "order"),
    [("OI*", (0, 1, 2, 3)), ("OIHW", (0, 1, 2, 3)), ("HWIO", (2, 3, 1, 0)), ("*IO", (2, 3, 1, 0)),
     ("*OI", (2, 3, 0, 1)),
     ("IO*", (1, 0, 2, 3)), ("O*I", (0, 2, 3, 1)), ("OHWI", (0, 2, 3, 1))],
)  # fmt: skip
def test_layouts_name_the_axes(layout, order):
    weight = filled("int", (4, 2, 3, 2))
    layer = ca.Conv(np.transpose(weight, order), layout=layout)
    assert equal(layer.weight, weight)
    assert layer.kernel_size == (3, 2)
    assert layer.channels == (4, 2)


def test_groups_cut_the_channels():
    weight = filled("int", (6, 2, 3))
    layer = ca.Conv(weight, groups=3)
    assert layer.channels == (6, 6)
    A = layer.matrix((6, 4)).to_numpy()
    for g in range(3):
        part = ca.Conv(weight[2 * g : 2 * g + 2]).matrix((2, 4)).to_numpy()
        rows, cols = slice(4 * g, 4 * g + 4), slice(8 * g, 8 * g + 8)
        assert equal(A[rows, cols], part)
        A[rows, cols] = 0
    assert not A.any()


def test_bias_and_parameters():
    layer = ca.Conv(np.zeros((10, 3, 5, 5), dtype=int), np.arange(10))
    assert layer.parameters == 760
    assert layer.spatial == 2
    assert layer(np.ones((3, 5, 5), dtype=int)).ravel().tolist() == list(range(10))
    A, b = layer.affine((3, 5, 6))
    assert b.tolist() == [k for k in range(10) for _ in range(2)]
    assert A.nnz == 10 * 2 * 75
    assert ca.Conv(np.zeros((2, 1, 3))).affine((1, 4))[1].tolist() == [0] * 4
    assert ca.Conv(np.zeros((12, 3, 6, 6)), stride=2).output_shape((3, 32, 32)) == (12, 14, 14)


def test_the_lecture_examples():
    w = ca.symbols("w", 3)
    T = ca.Conv(w[None, None]).matrix((1, 6)).to_numpy()
    assert T.tolist() == [[*[0] * i, *w, *[0] * (3 - i)] for i in range(4)]
    square = ca.Conv(np.ones((1, 1, 3, 3)))
    assert square.output_shape((1, 7, 7)) == (1, 5, 5)
    assert ca.Conv(np.ones((1, 1, 3, 3)), stride=2).output_shape((1, 7, 7)) == (1, 3, 3)


# --- the object -------------------------------------------------------------------------------------------------------


def test_a_layer_cannot_be_changed():
    given_weight = np.ones((1, 1, 3), dtype=int)
    layer = ca.Conv(given_weight)
    with pytest.raises(dataclasses.FrozenInstanceError):
        layer.stride = 2
    given_weight[:] = 7
    assert layer.weight.tolist() == [[[1, 1, 1]]]
    with pytest.raises(ValueError, match="read-only"):
        layer.weight[0, 0, 0] = 9


def test_options_are_normalised():
    layer = ca.Conv(np.ones((1, 1, 3, 3)), stride=2, dilation=[1, 2], padding=1)
    assert (layer.stride, layer.dilation, layer.padding) == ((2, 2), (1, 2), ((1, 1), (1, 1)))
    again = dataclasses.replace(layer, stride=3)
    assert again.stride == (3, 3)
    assert equal(dataclasses.replace(ca.Conv(np.ones((2, 1, 3)), layout="IO*")).weight, np.ones((1, 2, 3)))


def test_one_layer_reads_inputs_of_any_size():
    layer = ca.Conv(np.ones((1, 1, 3), dtype=int), padding=1)
    for n in range(1, 6):
        assert layer.matrix((1, n)).shape == (n, n)
        assert layer.matrix([1, n]).shape == (n, n)


def test_the_transposed_layer_is_the_transposed_matrix():
    layer = ca.Conv(filled("int", (4, 1, 3)), stride=2, padding=1, groups=2)
    A = layer.matrix((2, 7))
    assert equal(layer.T.matrix((4, 4)).to_numpy(), A.to_numpy().T)


@given(arrays("int", (1, 1, 3)), arrays("int", (1, 1, 3)))
def test_two_layers_are_one_kernel(u, v):
    """T(u) T(v) = T(u * v), the correlation of correlations included."""
    top, low = ca.Conv(u).matrix((1, 6)), ca.Conv(v).matrix((1, 8))
    product = (ca.Kernel(u) * ca.Kernel(v)).weight
    assert equal((top @ low).to_numpy(), ca.Conv(product).matrix((1, 8)).to_numpy())
    assert bool(top @ low == ca.Conv(product).matrix((1, 8)))


def test_batches_of_none_and_of_one():
    layer = ca.Conv(np.ones((2, 1, 3), dtype=int))
    assert layer(np.ones((0, 1, 5), dtype=int)).shape == (0, 2, 3)
    assert layer(np.ones((1, 1, 5), dtype=int)).tolist() == [[[3, 3, 3]] * 2]


def test_floats_are_those_of_scipy():
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((5, 4)), rng.standard_normal((40, 50))
    found = ca.Conv(w[None, None], op="convolution")(x[None])[0]
    np.testing.assert_allclose(found, scipy.signal.convolve2d(x, w, "valid"), rtol=0, atol=1e-12)
    a = sympy.Symbol("a")
    assert ca.Conv([[[a]]])([[2]])[0, 0] == 2 * a


@given(st.data())
def test_large_exact_inputs(data):
    """Sizes at which another way of computing may be taken give the same integers."""
    k, n = data.draw(st.sampled_from([9, 33, 65])), data.draw(st.sampled_from([200, 600]))
    bound = data.draw(st.sampled_from([9, 2**20, 2**40, 2**60]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    w, x = rng.integers(-bound, bound, k), rng.integers(-bound, bound, n)
    wanted = np.correlate(x.astype(object), w.astype(object), "valid")
    assert equal(ca.Conv(w[None, None])(x[None])[0], wanted)
    assert equal(ca.Conv(w[None, None]).matrix((1, n)) @ x, wanted)


@pytest.mark.parametrize(("layout", "order"), [("DHWIO", (2, 3, 4, 1, 0)), ("OIDHW", (0, 1, 2, 3, 4))])
def test_layouts_name_three_axes(layout, order):
    weight = np.arange(2 * 3 * 4 * 5 * 6).reshape(2, 3, 4, 5, 6)
    assert equal(ca.Conv(np.transpose(weight, order), layout=layout).weight, weight)


def test_every_sample_of_a_batch_takes_memory():
    """2^10 samples of 2^13 channels of 2^10 floats: 64 MiB each, 64 GiB together."""
    layer = ca.Conv(np.ones((2**13, 1, 1)))
    with pytest.raises(ca.SizeLimitError, match="the output of the layer must fit"):
        layer(np.ones((2**10, 1, 2**10)))
