"""A network as one layer: held against the product of explicit matrices, and against PyTorch's recorded stacks."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import assume, example, given
from hypothesis import strategies as st
from oracles import claim

import convalgebra as ca
from convalgebra.algebra.kernel import dilated
from convalgebra.analysis.leaves import channels_of


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


def depthwise(name, channels, **options):
    return ca.Conv(ca.symbols(name, (channels, 1, 3)), groups=channels, **options)


UP = ca.ConvTranspose(ca.symbols("v", (4, 1, 2)), groups=4, stride=2)


@pytest.mark.parametrize(
    ("stack", "groups"),
    [
        ([depthwise("u", 4), ca.BatchNorm([1, 2, 3, 4], [4] * 4, [1, 2, 3, 4], [1] * 4, eps=0), depthwise("v", 4)], 4),
        ([ca.Conv(ca.symbols("u", (4, 1, 2)), groups=4), ca.Conv(ca.symbols("v", (6, 2, 2)), groups=2)], 2),
        ([ca.Conv(ca.symbols("u", (6, 2, 2)), groups=3), ca.Conv(ca.symbols("v", (6, 3, 1)), groups=2)], 1),
        ([ca.Conv(ca.symbols("u", (6, 2, 2)), groups=3), ca.ChannelShuffle(3), ca.ChannelShuffle(2)], 3),
        ([ca.Conv(ca.symbols("u", (6, 2, 2)), groups=3), ca.ChannelShuffle(3), depthwise("v", 6)], 1),
        ([ca.Conv(ca.symbols("u", (4, 2, 1)), groups=2), UP], 2),
        ([ca.Parallel(depthwise("u", 4, padding=1), ca.Identity(), join="sum"), ca.AvgPool(2)], 4),
        ([ca.Parallel(depthwise("u", 2), depthwise("v", 2))], 1),
    ],
)  # fmt: skip
def test_the_single_layer_has_as_many_groups_as_it_can(stack, groups):
    in_shape = (channels_of(stack[0]), 9)
    single = ca.collapse(stack, in_shape)
    assert single.groups == groups
    assert "every kernel" in ca.prove(ca.Sequential(*stack).matrix(in_shape) == single.matrix(in_shape)).scope


def test_zeros_of_a_dense_layer_make_groups_too():
    assert ca.collapse([ca.Conv(np.diag([2, 3, 5])[..., None])]).weight.tolist() == [[[2]], [[3]], [[5]]]


def test_refusals_name_the_layer():
    layer = ca.Conv([[[1, 2]]])
    with pytest.raises(ca.ArgumentError, match="at least one layer"):
        ca.collapse([])
    with pytest.raises(ca.ArgumentError, match=r"layer 1 must be a layer or a list of layers, not 3"):
        ca.collapse([layer, 3])
    with pytest.raises(ca.ArgumentError, match=r"layer 1, layer 0 must have at least one layer, not none"):
        ca.collapse([layer, [[], layer]])
    with pytest.raises(ca.ShapeError, match="must chain"):
        ca.collapse([layer, ca.Conv(np.ones((1, 2, 1)))])
    with pytest.raises(ca.NotAConvolutionError, match="depends on the size"):
        ca.collapse([ca.Conv([[[1, 2]]], stride=2, padding="same_upper"), layer])


@pytest.mark.parametrize("before", [[], [ca.Conv(np.ones((2, 2, 2, 2)))]])
@pytest.mark.parametrize("in_shape", [None, (2, 9, 8)])
@pytest.mark.parametrize(
    "layer",
    [
        ca.ReLU(), ca.MaxPool(2), ca.MaxPool((1, 5), padding=(0, 2)), ca.MaxPool(3, dilation=2, ceil_mode=True),
        ca.MaxPool(2, padding=1), ca.LpPool(2), ca.GlobalMaxPool(),
    ],
)  # fmt: skip
def test_a_layer_that_is_not_linear_shows_two_inputs(layer, in_shape, before):
    with pytest.raises(
        ca.NotAConvolutionError, match=r"is not linear: f\(x\) \+ f\(y\) = .*, f\(x \+ y\) = "
    ) as refused:
        ca.collapse([*before, layer, ca.Conv(np.ones((2, 2, 1, 1)))], in_shape)
    x, y = refused.value.witness
    assert not np.array_equal(layer(x) + layer(y), layer(x + y))
    if before or in_shape:
        assert len(x) == 2
    if in_shape:
        assert x.shape == ca.Sequential(*before, ca.Identity()).output_shape(in_shape)


def test_the_maximum_of_one_place_is_linear():
    strided = ca.collapse([ca.MaxPool(1, stride=2), ca.Conv([[[1, 2]]])], (1, 9))
    assert (strided.stride, strided.weight.tolist()) == ((2,), [[[1, 2]]])
    with pytest.raises(ca.NotAConvolutionError, match="is not linear"):
        ca.collapse(ca.MaxPool(1, padding=((1, 0),)), (1, 9))


def test_a_report_is_told_in_one_line():
    blur = ca.Conv([[[1, 2, 1]]], padding=1)
    report = ca.collapse([blur, blur], (1, 5), border="report")
    assert repr(report) == (
        "Collapse(5 Conv; a stack whose later layers read padding between the layers (layer 1 (Conv)): "
        "2 of 5 output rows differ)"
    )
    assert repr(ca.collapse(blur, (1, 5), border="report")) == "Collapse(3 Conv; exact for every kernel)"


# --- any network ------------------------------------------------------------------------------------------------------


def ints(draw, *shape):
    size = int(np.prod(shape))
    return np.reshape(draw(st.lists(st.integers(-2, 3), min_size=size, max_size=size)), shape)


def some_conv(draw, c, ndim):
    o = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 3)) for _ in range(ndim)]
    pairs = st.tuples(*[st.tuples(st.integers(-1, 2), st.integers(-1, 2))] * ndim)
    groups = draw(st.sampled_from([g for g in (1, 2, 3) if c % g == o % g == 0]))
    return ca.Conv(
        ints(draw, o, c // groups, *kernel), draw(st.sampled_from([None, ints(draw, o)])), groups=groups,
        stride=draw(st.integers(1, 2)), dilation=draw(st.integers(1, 2)),
        padding=draw(st.sampled_from([0, 1, "same_upper", "valid", "full"]) | pairs),
        padding_mode=draw(st.sampled_from(["zeros", "circular", "reflect", "replicate", "symmetric"])),
        op=draw(st.sampled_from(["correlation", "convolution"])),
    )  # fmt: skip


def some_transposed(draw, c, ndim):
    o, stride = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 3)) for _ in range(ndim)]
    return ca.ConvTranspose(
        ints(draw, c, o, *kernel), draw(st.sampled_from([None, ints(draw, o)])), stride=stride,
        padding=draw(st.integers(0, 1)), dilation=draw(st.integers(1, 2)),
        output_padding=draw(st.integers(0, stride - 1)),
    )  # fmt: skip


def some_average(draw, _, ndim):
    return ca.AvgPool(
        draw(st.integers(1, 3)), stride=draw(st.sampled_from([None, 1, 2])),
        padding=draw(st.sampled_from([0, ((1, 0),) * ndim])), count_include_pad=draw(st.booleans()),
        ceil_mode=draw(st.booleans()),
    )  # fmt: skip


def some_branches(draw, c, ndim):
    branches = [some_layer(draw, c, ndim, nested=True) for _ in range(draw(st.integers(2, 3)))]
    return ca.Parallel(*branches, join=draw(st.sampled_from(["sum", "concat"])))


OTHERS = [
    lambda draw, c, _: ca.BatchNorm(ints(draw, c), np.full(c, 4), ints(draw, c), ints(draw, c), eps=0),
    lambda *_: ca.Identity(),
    lambda draw, *_: ca.Upsample(draw(st.integers(1, 3)), draw(st.sampled_from(["nearest", "zeros"]))),
    lambda draw, *_: ca.Pad(draw(st.integers(0, 2)), draw(st.sampled_from(["zeros", "circular", "reflect"]))),
    lambda draw, *_: ca.Crop(draw(st.integers(0, 1))),
    lambda *_: ca.GlobalAvgPool(),
    lambda draw, *_: ca.AdaptiveAvgPool(draw(st.integers(1, 3))),
    lambda _, c, __: ca.ChannelShuffle(c),
    lambda *_: ca.PixelUnshuffle(2),
    lambda *_: ca.PixelShuffle(2),
    lambda *_: ca.Flatten(),
]


def some_layer(draw, c, ndim, *, nested=False):
    makers = [some_conv] * 5 + [some_transposed, some_average, *OTHERS] + [some_branches] * (not nested)
    return draw(st.sampled_from(makers))(draw, c, ndim)


@st.composite
def networks(draw):
    """Up to four layers of any kind that fit, and an input shape."""
    ndim, c = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    shape = (c, *(draw(st.integers(1, 8 if ndim == 1 else 5)) for _ in range(ndim)))
    layers, box = [], shape
    for _ in range(draw(st.integers(1, 4))):
        if len(box) != ndim + 1 or np.prod(box) > 300:
            break
        layers.append(some_layer(draw, box[0], ndim))
        try:
            box = layers[-1].output_shape(box)
        except ca.ConvAlgebraError:
            layers.pop()
    assume(layers)
    return layers, shape


UP_AND_DOWN = [ca.Upsample(2), ca.Conv([[[-1, 1, 0]]], [-1], stride=2, padding=1, padding_mode="symmetric")]
BIAS_AGAINST_PADDING = [
    ca.Conv([[[1]]], [-1]),
    ca.Conv([[[1, 1]]], padding=((1, 0),)),
    ca.Conv([[[1]]], padding=((1, 0),)),
]


@given(networks())
@example((UP_AND_DOWN, (1, 9)))
@example((BIAS_AGAINST_PADDING, (1, 3)))
def test_the_layer_is_the_product_of_the_matrices_or_says_where_not(drawn):
    layers, shape = drawn
    matrix, offset = stack_matrix(layers, shape)
    try:
        report = ca.collapse(layers, shape, border="report")
    except ca.NotAConvolutionError:
        assume(False)
    single, bias = report.layer.affine(shape)
    wrong = (matrix != single.to_numpy()).any(axis=1) | (offset != bias)
    assert np.array_equal(report.rows, np.flatnonzero(wrong))
    assert report.exact == (not wrong.any()) == (report.reason == "")
    if wrong.any():
        x = report.witness.ravel()
        assert not np.array_equal(matrix @ x + offset, single @ x + bias)


@given(networks())
@example((UP_AND_DOWN, (1, 9)))
def test_what_composes_at_every_size_composes_at_this_one(drawn):
    layers, shape = drawn
    try:
        single = ca.collapse(layers)
    except (ca.NotAConvolutionError, ca.ArgumentError):
        assume(False)
    matrix, offset = stack_matrix(layers, shape)
    A, b = single.affine(shape)
    assert np.array_equal(A.to_numpy(), matrix)
    assert np.array_equal(b, offset)


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([ca.Conv([[[1, 2, 3]]], padding=1), ca.Conv([[[1, 1]]])], (1, 6)),
        ([ca.Conv([[[2]]]), ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="reflect")], (1, 6)),
        ([ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="circular"), ca.Conv([[[5]]], stride=2)], (1, 6)),
        ([ca.Conv([[[1, 2, 3]]], padding=1), ca.Conv([[[1, 2, 1]]], padding=1), ca.Crop(1)], (1, 6)),
        ([ca.Conv([[[3]]], [4]), ca.Upsample(2), ca.AvgPool(2)], (1, 6)),
        ([ca.Conv([[[3]]]), ca.Upsample(3, "zeros"), ca.Conv([[[1, 2, 3, 4, 5]]], padding=2)], (1, 6)),
    ],
)
def test_padding_that_composes_at_every_size(layers, shape):
    single = ca.collapse(layers)
    report = ca.collapse(layers, shape, border="report")
    assert report.scope == "every kernel"
    for n in range(3, 12):
        assert np.array_equal(single.matrix((1, n)).to_numpy(), stack_matrix(layers, (1, n))[0])


def test_two_strided_padded_layers_compose_at_some_sizes():
    """Before the signal the first layer would have read zeros alone; behind it, that depends on the size."""
    first, second = (ca.Conv(ca.symbols(name, (1, 1, 3)), stride=2, padding=1) for name in "wv")
    assert ca.collapse([first, second], (1, 12), border="report").scope == "every kernel"
    report = ca.collapse([first, second], (1, 14), border="report")
    assert report.rows.tolist() == [3]
    assert report.defect[3, 13] == -second.weight[0, 0, 2] * first.weight[0, 0, 0]
    with pytest.raises(ca.NotAConvolutionError) as refused:
        ca.collapse([first, second])
    assert refused.value.report.in_shape == (1, 2)


def test_a_kernel_may_compose_where_others_do_not():
    layer, other = ca.Conv([[[0, 1, 0]]], padding=1), ca.Conv([[[0, 5, 7]]], padding=1)
    report = ca.collapse([layer, other], (1, 4), border="report")
    assert (report.exact, report.scope) == (True, "every kernel")  # what stands where taps are zero is never read
    crossed = ca.Conv([[[1, 0, -1], [1, 0, -1]]], padding=1), ca.Conv([[[1, 1, 1]], [[-1, -1, -1]]], padding=1)
    report = ca.collapse(crossed[::-1], (1, 4), border="report")
    assert report.scope == "this kernel"
    assert report.exact


def test_the_smallest_size_that_fails_is_shown():
    blur = ca.Conv([[[1, 2, 1]]], padding=1)
    with pytest.raises(ca.NotAConvolutionError, match=r"in_shape|\(1, 1\)") as refused:
        ca.collapse([blur, blur])
    error = refused.value
    assert error.report.in_shape == (1, 1)
    assert (error.rows.tolist(), error.count, error.rank, error.witness.tolist()) == ([0], 1, 1, [[1]])
    assert "layer 1 (Conv)" in error.reason


@pytest.mark.parametrize(
    ("layers", "shape", "reason"),
    [
        ([ca.ReLU()], (1, 4), r"layer 0 \(ReLU\), which is not linear"),
        ([ca.Identity(), ca.MaxPool(2)], (1, 4), r"layer 1 \(MaxPool\), which is not linear"),
        ([ca.Sequential(ca.Conv([[[1]]]), ca.ReLU())], None, r"layer 0 \(Sequential\), layer 1 \(ReLU\)"),
        ([ca.Conv([[[1]]]), ca.Parallel(ca.Identity(), ca.ReLU())], None, r"layer 1 \(Parallel\), branch 1 \(ReLU\)"),
        ([ca.Conv([[[1]]], stride=2), ca.Upsample(2)], None, r"not followed through: layer 1 \(Upsample\)"),
        ([ca.Upsample(3), ca.Conv([[[1]]], stride=2)], (1, 4), "3/2 places from one"),
        (
            [ca.Parallel(ca.Conv([[[1]]], stride=2), ca.Conv([[[1, 1]]], stride=3))],
            (1, 2),
            "different strides: 2 in branch 0",
        ),
        ([ca.AdaptiveAvgPool(2)], (1, 3), "windows differ in size"),
        ([ca.Pad(1, value=7)], (1, 3), "fills the border with 7"),
        ([ca.AvgPool(2, over="channels")], (2, 3), "run over the channels"),
        ([ca.Unfold(2)], (2, 3, 3), r"layer 0 \(Unfold\), which joins the axes"),
    ],
)
def test_reasons(layers, shape, reason):
    with pytest.raises(ca.NotAConvolutionError, match=reason) as refused:
        ca.collapse(layers, shape)
    assert refused.value.rows is refused.value.rank is refused.value.count is None
    assert (refused.value.witness is None) == ("not linear" not in refused.value.reason)


@pytest.mark.parametrize(
    ("net", "shape", "kind", "message"),
    [
        ([], None, ca.ArgumentError, "at least one layer"),
        ("net", None, ca.ArgumentError, "must be a layer or a list of layers"),
        ([ca.Conv([[[1]]])], (2, 5), ca.ShapeError, r"layer 0 \(Conv\): .* must have shape \(1, n\).*not \(2, 5\)"),
        ([ca.Conv([[[1]]]), ca.Conv([[[1, 1]]])], (1, 1), ca.ShapeError, r"layer 1 \(Conv\)"),
        ([ca.Conv([[[1]]]), ca.Conv([[[1], [1]]])], None, ca.ShapeError, r"1 channels .* into layer 1 \(Conv\) for 2"),
        ([ca.Conv([[[1]]])], 5, ca.ShapeError, r"\(channels, \*sizes\)"),
        ([ca.Identity()], None, ca.ArgumentError, "in_shape must be given for layer 0"),
        ([ca.Conv([[[1]]]), ca.GlobalAvgPool()], None, ca.ArgumentError, r"layer 1 \(GlobalAvgPool\), which depends"),
        (ca.Parallel(ca.Conv([[[1, 1, 1]]]), ca.Conv([[[1]]]), join="sum"), None, ca.ShapeError,
         r"layer 0 \(Parallel\): the branches must be aligned, not branch 0 of n-2 and branch 1 of n places"),
        (ca.Parallel(ca.Conv([[[1]]]), ca.Conv([[[1], [1]]]), join="sum"), None, ca.ShapeError, "branches must fit"),
        (ca.Parallel(ca.Conv([[[1, 1, 1]]]), ca.Conv([[[1]]]), join="sum"), (1, 5), ca.ShapeError, r"1, 3\), \(1, 5"),
    ],
)  # fmt: skip
def test_bad_input(net, shape, kind, message):
    with pytest.raises(kind, match=message):
        ca.collapse(net, shape)


def test_a_report_needs_a_shape():
    with pytest.raises(ca.ArgumentError, match="in_shape must be given"):
        ca.collapse([ca.Conv([[[1]]])], border="report")


def test_an_average_that_counts_otherwise_at_the_border_is_named():
    pool = ca.AvgPool(3, stride=1, padding=1, count_include_pad=False)
    report = ca.collapse(pool, (1, 6), border="report")
    assert report.rows.tolist() == [0, 5]
    assert report.reason == "an average whose windows count differently (layer 0 (AvgPool)): 2 of 6 output rows differ"


def test_only_windows_that_count_otherwise_are_compared():
    pool = ca.AvgPool(3, stride=1, padding=1, count_include_pad=False)
    report = ca.collapse(pool, (1, 5, 6), border="report")
    assert len(report.suspects) == len(report.rows) == 2 * (5 + 6) - 4


def test_upsampling_twice_is_upsampling_once():
    layers = [
        ca.ConvTranspose([[[1, 2, 3]]], stride=2, padding=1),
        ca.Upsample(2),
        ca.ConvTranspose([[[1, 5]]], stride=3),
    ]
    single = ca.collapse(layers)
    assert single.stride == (12,)
    assert np.array_equal(single.matrix((1, 4)).to_numpy(), stack_matrix(layers, (1, 4))[0])


def test_sums_beyond_64_bits_are_exact():
    large = ca.Conv([[[2**62, 2**62, 2**62]]])
    single = ca.collapse([ca.Conv([[[1]]], [3]), large])
    assert single.bias.tolist() == [9 * 2**62]


def test_a_layer_that_takes_certain_sizes_only_is_no_excuse():
    blur = ca.Conv([[[1, 2, 1]]], padding=1)
    with pytest.raises(ca.NotAConvolutionError, match="pass in_shape"):
        ca.collapse([blur, blur, ca.PixelUnshuffle(2)])


def test_a_deep_stack_is_decided_in_time():
    """No table grows with the ways through the layers, no row is compared that need not be."""
    layers = [ca.Conv(np.ones((1, 1, 3, 3)), padding=1)] * 30
    with pytest.raises(ca.NotAConvolutionError, match="up to 4060 of 4096") as refused:
        ca.collapse(layers, (1, 64, 64))
    assert refused.value.witness[0, 0, 0] == 1
    around = ca.Conv([[[1, 1, 1]]], padding=1, padding_mode="circular")
    assert sum(ca.collapse([around] * 40).weight.ravel().tolist()) == 3**40


def test_a_large_image_is_compared_at_its_border_only():
    layers = [ca.Conv(np.ones((2, 2, 3, 3)), padding=1)] * 2
    report = ca.collapse(layers, (2, 300, 300), border="report")
    assert len(report.suspects) == 2 * 4 * 299
    assert not report.exact


# --- re-parameterisations ---------------------------------------------------------------------------------------------


def symbolic_norm(c, name):
    """A BatchNorm with symbols for everything; its sqrt(var + eps) is symbolic too."""
    parts = [ca.symbols(f"{name}{letter}", c) for letter in "mvgb"]
    positive = np.array([sympy.Symbol(str(v), positive=True) for v in parts[1]])
    return ca.BatchNorm(parts[0], positive, parts[2], parts[3], eps=sympy.Symbol("eps", positive=True))


def proved(layers, shape):
    """The single layer, its matrix proved and its offset compared exactly."""
    single = ca.collapse(layers, shape)
    network = ca.Sequential(*layers)
    assert ca.prove(network.matrix(shape) == single.matrix(shape)).scope.startswith("n=")
    difference = network.offset(shape) - single.offset(shape)
    assert all(sympy.sympify(d).expand() == 0 for d in difference)
    return single


def symbolic_conv(name, o, c, k, **options):
    return ca.Conv(ca.symbols(name, (o, c, *[k] * 2)), ca.symbols(f"{name}b", o), **options)


def test_conv_and_batch_norm():
    single = proved([symbolic_conv("w", 2, 1, 3, padding=1), symbolic_norm(2, "n")], (1, 4, 4))
    assert single.kernel_size == (3, 3)


def test_batch_norm_before_a_padded_conv_is_refused_for_its_shift():
    norm = ca.BatchNorm([0], [1], [1], [5], eps=0)
    with pytest.raises(ca.NotAConvolutionError, match=r"bias .*layer 1 \(Conv\)") as refused:
        ca.collapse([norm, ca.Conv([[[1, 1, 1]]], padding=1)], (1, 5))
    assert refused.value.rows.tolist() == [0, 4]


def test_repvgg_with_symbols():
    """conv 3x3 + norm, conv 1x1 + norm, norm alone: one 3x3."""
    block = ca.Parallel(
        ca.Sequential(ca.Conv(ca.symbols("u", (1, 1, 3, 3)), padding=1), symbolic_norm(1, "p")),
        ca.Sequential(ca.Conv(ca.symbols("v", (1, 1, 1, 1))), symbolic_norm(1, "q")),
        symbolic_norm(1, "r"),
        join="sum",
    )
    assert proved([block], (1, 3, 3)).kernel_size == (3, 3)


def test_pointwise_then_square_then_pointwise():
    layers = [
        ca.Conv(ca.symbols("u", (2, 1, 1, 1))),
        symbolic_conv("v", 2, 2, 3, padding=1),
        symbolic_conv("w", 1, 2, 1),
    ]
    assert proved(layers, (1, 4, 4)).kernel_size == (3, 3)


def test_asymmetric_kernels_and_multi_scale_branches():
    block = ca.Parallel(
        ca.Conv(ca.symbols("u", (1, 1, 3, 1)), padding=(1, 0)),
        ca.Conv(ca.symbols("v", (1, 1, 1, 3)), padding=(0, 1)),
        ca.Conv(ca.symbols("w", (1, 1, 3, 3)), padding=2, dilation=2),
        ca.Identity(), join="sum",
    )  # fmt: skip
    single = proved([block], (1, 4, 4))
    assert single.kernel_size == (5, 5)


def test_average_pools_and_strides():
    layers = [ca.Conv(ca.symbols("w", (1, 1, 2, 2))), ca.AvgPool(2), ca.AvgPool(2)]
    single = proved(layers, (1, 9, 9))
    assert (single.kernel_size, single.stride) == ((5, 5), (4, 4))


def test_concatenation_stacks_kernels_of_different_sizes():
    block = ca.Parallel(symbolic_conv("u", 1, 1, 1), symbolic_conv("v", 2, 1, 3, padding=1))
    assert proved([block], (1, 3, 3)).channels == (3, 1)


def test_flatten_and_linear_are_one_large_kernel():
    layers = [ca.Conv(ca.symbols("u", (2, 1, 2)), stride=2), ca.Flatten(), ca.Linear(ca.symbols("v", (2, 4)), [1, 2])]
    single = ca.collapse([*layers, ca.Linear([[1, 1]])], (1, 4))
    assert (single.kernel_size, single.channels) == ((4,), (1, 1))
    assert bool(single.matrix((1, 4)) == ca.Sequential(*layers, ca.Linear([[1, 1]])).matrix((1, 4)))


def test_a_stack_of_upsampling_layers_is_one_transposed_layer():
    layers = [ca.ConvTranspose(ca.symbols("u", (1, 1, 3)), [4], stride=2), ca.Conv(ca.symbols("v", (1, 1, 2)))]
    single = ca.collapse(layers)
    assert isinstance(single, ca.ConvTranspose)
    assert bool(single.matrix((1, 5)) == ca.Sequential(*layers).matrix((1, 5)))


# --- PyTorch ----------------------------------------------------------------------------------------------------------


def random_integers(generator, torch, *shape):
    return torch.randint(-3, 4, shape, generator=generator).double()


def torch_norm(torch, generator, c):
    """Variances 4 and eps 0: torch's double precision is exact on these integers."""
    norm = torch.nn.BatchNorm2d(c, eps=0.0).double().eval()
    with torch.no_grad():
        for values in (norm.running_mean, norm.weight, norm.bias):
            values.copy_(random_integers(generator, torch, c))
        norm.running_var.fill_(4)
    return norm


def ours(norm):
    """The same layer with integer entries."""
    parts = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    return ca.BatchNorm(*(p.detach().numpy().astype(int) for p in parts), eps=0)


def whole(tensor):
    return tensor.numpy().astype(int)


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_repvgg_equals_pytorch_exactly(torch):
    g, f = torch.Generator().manual_seed(0), torch.nn.functional
    c = 3
    square, point, x = (random_integers(g, torch, *s) for s in ((c, c, 3, 3), (c, c, 1, 1), (1, c, 6, 7)))
    a, b, d = (torch_norm(torch, g, c) for _ in range(3))
    with torch.no_grad():
        expected = a(f.conv2d(x, square, padding=1)) + b(f.conv2d(x, point)) + d(x)
    single = ca.collapse(ca.Parallel(
        ca.Sequential(ca.Conv(whole(square), padding=1), ours(a)), ca.Sequential(ca.Conv(whole(point)), ours(b)),
        ours(d), join="sum",
    ))  # fmt: skip
    assert single.weight.shape == (c, c, 3, 3)
    assert np.array_equal(np.asarray(single(whole(x)[0]), dtype=float), expected[0].numpy())
    with torch.no_grad():
        deployed = f.conv2d(x, *(torch.tensor(v.astype(float)) for v in (single.weight, single.bias)), padding=1)
    assert torch.equal(deployed, expected)


def test_diverse_branch_block_equals_pytorch_exactly(torch):
    """1x1; 1x1 then 3x3; 1x1 then average; 3x3: every branch with norms, padded before its first layer."""
    g, f = torch.Generator().manual_seed(1), torch.nn.functional
    c = 2
    p, q, r = (random_integers(g, torch, c, c, 1, 1) for _ in range(3))
    u, v, x = (random_integers(g, torch, *s) for s in ((c, c, 3, 3), (c, c, 3, 3), (1, c, 5, 5)))
    n = [torch_norm(torch, g, c) for _ in range(6)]
    with torch.no_grad():
        expected = (
            n[0](f.conv2d(x, p)) + n[2](f.conv2d(n[1](f.conv2d(x, q, padding=1)), u))
            + n[4](f.avg_pool2d(n[3](f.conv2d(x, r, padding=1)), 3, 1)) + n[5](f.conv2d(x, v, padding=1))
        )  # fmt: skip
    m = [ours(norm) for norm in n]
    block = ca.Parallel(
        ca.Sequential(ca.Conv(whole(p)), m[0]),
        ca.Sequential(ca.Conv(whole(q), padding=1), m[1], ca.Conv(whole(u)), m[2]),
        ca.Sequential(ca.Conv(whole(r), padding=1), m[3], ca.AvgPool(3, stride=1), m[4]),
        ca.Sequential(ca.Conv(whole(v), padding=1), m[5]),
        join="sum",
    )
    single = ca.collapse(block, (c, 5, 5), border="report")
    assert single.rows.tolist() == []
    y = np.asarray(single.layer(whole(x)[0]), dtype=float)
    assert np.abs(y - expected[0].numpy()).max() <= 1e-12  # torch divides by 9 in floating point


@pytest.mark.parametrize("axis", [0, 1])
def test_one_axis_that_reads_padding_between_is_enough(axis):
    """On the other axis nothing is padded, and the stack composes at every size."""
    kernel, padding = np.expand_dims(np.ones((1, 1, 3), dtype=np.int64), 2 + axis), [0, 0]
    padding[1 - axis] = 1
    once = ca.Conv(kernel, padding=tuple(padding))
    with pytest.raises(ca.NotAConvolutionError, match="padding between"):
        ca.collapse(ca.Sequential(once, once))
    assert ca.collapse(ca.Sequential(once, ca.Conv(kernel))).kernel_size == ((5, 1), (1, 5))[1 - axis]


def test_the_smallest_input_shows_what_fails():
    """Windows of 2 and then 3 need 4 places on the axis that composes; the other axis fails on a single place."""
    first, second = (ca.Conv(np.ones((1, 1, k, 3), dtype=np.int64), padding=(0, 1)) for k in (2, 3))
    with pytest.raises(ca.NotAConvolutionError, match=r"on inputs of shape \(1, 4, 1\)"):
        ca.collapse(ca.Sequential(first, second))
