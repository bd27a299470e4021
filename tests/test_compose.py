"""A stack as one layer: held against the product of explicit matrices, and against PyTorch's recorded stacks."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import claim

import convalgebra as ca
from convalgebra.algebra.kernel import dilated


def stack_matrix(layers, shape):
    """(A, b) of the stack, by plain matrix multiplication."""
    whole, offset = np.eye(int(np.prod(shape)), dtype=int), np.zeros(int(np.prod(shape)), dtype=int)
    for layer in layers:
        matrix, bias = layer.affine(shape)
        whole, offset = matrix.to_numpy() @ whole, matrix.to_numpy() @ offset + bias
        shape = layer.output_shape(shape)
    return whole, offset


@st.composite
def stacks(draw, *, mode="zeros", padded=False):
    """One to three layers that chain, and an input shape just large enough for them."""
    ndim = draw(st.integers(1, 2))
    channels = draw(st.lists(st.integers(1, 2), min_size=2, max_size=4))
    layers, need = [], 1
    for o, i in pairwise(reversed(channels)):
        kernel = [draw(st.integers(1, 4 - ndim)) for _ in range(ndim)]
        size = o * i * int(np.prod(kernel))
        stride, dilation = draw(st.integers(1, 2)), draw(st.integers(1, 2))
        layer = ca.Conv(
            np.reshape(draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size)), (o, i, *kernel)),
            draw(st.none() | st.lists(st.integers(-3, 3), min_size=o, max_size=o)),
            stride=stride, dilation=dilation, padding=draw(st.integers(0, 2)) if padded else 0, padding_mode=mode,
            op=draw(st.sampled_from(["correlation", "convolution"])),
        )  # fmt: skip
        layers.insert(0, layer)
        need = stride * (need - 1) + dilation * (max(kernel) - 1) + 1
    return layers, (channels[0], *(need + draw(st.integers(0, 2)) for _ in range(ndim)))


@given(stacks())
def test_unpadded_layers_compose_at_every_size(drawn):
    layers, shape = drawn
    single = ca.collapse(layers)
    matrix, offset = stack_matrix(layers, shape)
    assert np.array_equal(single.matrix(shape).to_numpy(), matrix)
    assert np.array_equal(single.offset(shape), offset)


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate", "symmetric"])
@given(data=st.data())
def test_the_report_names_exactly_the_rows_that_differ(mode, data):
    layers, shape = data.draw(stacks(mode=mode, padded=True))
    report = ca.collapse(layers, shape, border="report")
    matrix, offset = stack_matrix(layers, shape)
    single, bias = report.layer.affine(shape)
    wrong = (matrix != single.to_numpy()).any(axis=1) | (offset != bias)
    assert np.array_equal(report.rows, np.flatnonzero(wrong))
    assert np.array_equal(report.defect.to_numpy(), matrix - single.to_numpy())
    assert report.rank == np.linalg.matrix_rank(matrix - single.to_numpy())
    assert bool(report.reason) == bool(wrong.any())
    if wrong.any():
        x = report.witness.ravel()
        assert not np.array_equal(matrix @ x + offset, single @ x + bias)
        with pytest.raises(ca.NotAConvolutionError) as refused:
            ca.collapse(layers, shape)
        assert np.array_equal(refused.value.rows, report.rows)


@claim("torch", "sequential")
def test_recorded_stacks(case):
    attrs, arrays, known = case["attrs"], case["a"], case["attrs"]["composed"]
    layers = [
        ca.Conv(
            arrays[f"w{k}"], arrays.get(f"b{k}"),
            stride=layer["stride"], padding=layer["padding"], dilation=layer["dilation"], groups=layer["groups"],
            padding_mode=attrs["padding_mode"],
        )
        for k, layer in enumerate(attrs["layers"])
    ]  # fmt: skip
    shape = tuple(attrs["input"])
    report = ca.collapse(layers, shape, border="report")
    assert len(report.rows) == known["rows_that_differ"]
    assert report.defect.shape[0] == known["rows"]
    if "k_composed" in arrays:
        assert np.array_equal(dilated(report.layer.weight, report.layer.dilation), arrays["k_composed"])
        assert report.layer.stride == tuple(known["stride"])
    if "A" in arrays:
        assert np.array_equal(stack_matrix(layers, shape)[0], arrays["A"])
        assert np.array_equal((report.layer.matrix(shape) + report.defect).to_numpy(), arrays["A"])
    if known["single_conv_equals_stack"]:
        assert ca.collapse(layers, shape).stride == report.layer.stride
    else:
        with pytest.raises(ca.NotAConvolutionError):
            ca.collapse(layers, shape)


def test_circular_layers_that_keep_the_size_compose_at_every_size():
    u, v = (ca.Conv(ca.symbols(s, (1, 1, 3)), padding=1, padding_mode="circular") for s in "uv")
    single = ca.collapse([u, v])
    for n in range(1, 9):
        assert "every kernel" in ca.prove(v.matrix((1, n)) @ u.matrix((1, n)) == single.matrix((1, n))).scope


def test_strided_circular_layers_compose_at_some_sizes_only():
    layer = ca.Conv([[[1, 2, 3]]], stride=2, padding=1, padding_mode="circular")
    with pytest.raises(ca.NotAConvolutionError, match="in_shape"):
        ca.collapse([layer, layer])
    assert ca.collapse([layer, layer], (1, 12)).stride == (4,)
    with pytest.raises(ca.NotAConvolutionError):
        ca.collapse([layer, layer], (1, 13))


def test_two_padded_3x3_are_no_5x5_at_the_border():
    layer = ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3), padding=1)
    report = ca.collapse([layer, layer], (1, 5, 5), border="report")
    assert report.layer.kernel_size == (5, 5)
    assert len(report.rows) == 16  # the frame of a 5 x 5 image


def test_a_bias_that_meets_zero_padding_is_named():
    first, second = ca.Conv([[[1]]], [5]), ca.Conv([[[1, 1, 1]]], padding=1)
    with pytest.raises(ca.NotAConvolutionError, match="bias") as refused:
        ca.collapse([first, second], (1, 4))
    assert refused.value.rows.tolist() == [0, 3]
    assert not refused.value.witness.any()


def test_groups_strides_fractions_and_symbols_compose():
    u = ca.Conv(ca.symbols("u", (4, 1, 3)), groups=2, stride=2)
    v = ca.Conv(np.full((2, 2, 2), Fraction(1, 3)), groups=2, dilation=2)
    single = ca.collapse((u, v))
    shape = (2, 15)
    ca.prove(v.matrix(u.output_shape(shape)) @ u.matrix(shape) == single.matrix(shape))


def test_refusals_name_the_layer():
    layer = ca.Conv([[[1, 2]]])
    with pytest.raises(ca.ArgumentError, match="at least one layer"):
        ca.collapse([])
    with pytest.raises(ca.NotAConvolutionError, match=r"layer 1 \(int\)"):
        ca.collapse([layer, 3])
    with pytest.raises(ca.ShapeError, match="must chain"):
        ca.collapse([layer, ca.Conv(np.ones((1, 2, 1)))])
    with pytest.raises(ca.NotAConvolutionError, match="depends on the size"):
        ca.collapse([ca.Conv([[[1, 2]]], stride=2, padding="same_upper"), layer])
