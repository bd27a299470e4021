"""The named classics are convolutions, entry by entry."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

import convalgebra as ca


def counted(*shape):
    return np.arange(1, 1 + np.prod(shape)).reshape(shape)


def test_grouped_has_a_block_for_each_group():
    weight = counted(4, 1, 2)
    A = ca.grouped(weight, 2).matrix((2, 3)).to_numpy()
    assert not A[:4, 3:].any()
    assert not A[4:, :3].any()
    assert np.array_equal(A, ca.Conv(weight, groups=2).matrix((2, 3)).to_numpy())


def test_depthwise_filters_each_channel_by_itself():
    kernel, x = counted(3, 1, 2), counted(3, 5)
    y = ca.depthwise(kernel)(x)
    assert [row.tolist() for row in y] == [np.correlate(x[c], kernel[c, 0]).tolist() for c in range(3)]


def test_a_multiplier_repeats_each_channel():
    kernel, x = counted(6, 1, 2), counted(3, 5)
    y = ca.depthwise(kernel, multiplier=2)(x)
    assert [row.tolist() for row in y] == [np.correlate(x[o // 2], kernel[o, 0]).tolist() for o in range(6)]


def test_the_layout_of_tensorflow():
    """(H, W, C, m): output channel c*m + q."""
    kernel = counted(2, 2, 3, 2)
    layer = ca.depthwise(kernel, layout="*CM")
    assert layer.channels == (6, 3)
    assert all(np.array_equal(layer.weight[2 * c + q, 0], kernel[:, :, c, q]) for c in range(3) for q in range(2))


def test_pointwise_is_the_matrix_at_every_place():
    w, x = counted(2, 3), counted(3, 4, 5)
    assert np.array_equal(ca.pointwise(w)(x), np.tensordot(w, x, 1))
    assert bool(ca.pointwise(ca.symbols("w", (2, 3)), spatial=1).matrix((3, 4))
                == ca.kron(ca.matrix(ca.symbols("w", (2, 3))), ca.identity(4)))  # fmt: skip


def test_depthwise_separable_is_one_convolution_with_factored_weights():
    d, p = ca.symbols("d", (2, 1, 2)), ca.symbols("p", (3, 2))
    net = ca.depthwise_separable(d, p)
    single = ca.Conv(p[:, :, None] * d[:, 0])
    assert bool(net.matrix((2, 4)) == single.matrix((2, 4)))
    assert (net.parameters, single.parameters) == (4 + 6, 12)
    assert ca.depthwise_separable(d, p, [1, 2, 3], stride=2).output_shape((2, 5)) == (3, 2)


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_causal_reads_no_later_place(dilation, stride):
    layer = ca.causal(ca.symbols("w", 3)[None, None], dilation=dilation, stride=stride)
    A = layer.matrix((1, 6))
    rows, cols, _ = A.pattern().entries()
    assert (cols <= stride * rows).all()
    assert {(int(i), int(j)) for i, j in zip(rows, cols, strict=True)} >= {(i, stride * i) for i in range(A.shape[0])}
    assert A.shape[0] == -(-6 // stride)


def test_causal_on_several_axes():
    layer = ca.causal(counted(1, 1, 2, 3), dilation=(1, 2))
    assert layer.padding == ((1, 0), (4, 0))
    assert layer.output_shape((1, 5, 6)) == (1, 5, 6)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ca.depthwise(np.ones((4, 2, 3))), r"depthwise weight must be \(channels \* 1, 1, \*kernel_size\)"),
        (lambda: ca.depthwise(np.ones((3, 1, 3)), multiplier=2), r"channels \* 2"),
        (lambda: ca.depthwise(np.ones((3, 1, 3)), multiplier=0), "multiplier must be at least 1"),
        (lambda: ca.pointwise(np.ones((2, 3, 1, 1))), r"write w\[:, :, 0, 0\]"),
        (lambda: ca.causal(np.ones((1, 1, 3)), padding=1), "padding of a causal layer must be left out"),
        (lambda: ca.grouped(np.ones((3, 1, 3)), 2), "groups must divide the 3 output channels"),
    ],
)
def test_bad_use(make, text):
    with pytest.raises(ca.ConvAlgebraError, match=text):
        make()


@pytest.mark.parametrize("box", [(5,), (2, 4), (2, 3, 4)])
def test_depthwise_weights_of_keras_have_any_number_of_axes(box):
    """(*kernel_size, channels, m): the filter of output m*c + q is weight[..., c, q]."""
    weight = np.arange(6 * prod(box)).reshape(*box, 3, 2)
    layer = ca.depthwise(weight, layout="*CM")
    assert (layer.channels, layer.kernel_size, layer.groups) == ((6, 3), box, 3)
    assert all(np.array_equal(layer.weight[2 * c + q, 0], weight[..., c, q]) for c in range(3) for q in range(2))


def test_a_causal_layer_is_not_dilated_unless_told():
    assert ca.causal([[[1, 2]]])([[1, 2, 3]]).tolist() == [[2, 5, 8]]
