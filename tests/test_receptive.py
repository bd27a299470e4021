"""Receptive fields: published tables, and the sparsity of the explicit matrix."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import claim

import convalgebra as ca
from convalgebra.analysis.counts import leaves

PADDING = {"VALID": "valid", "SAME": "same_upper", None: "valid"}


def window(layer, *, ndim=1):
    """A pool stands for any window of that kernel and stride."""
    size = layer["k"] if isinstance(layer["k"], list) else [layer["k"]] * ndim
    padding = layer.get("pad_begin_end", layer.get("padding"))
    return ca.MaxPool(
        tuple(size), stride=(layer["s"],) * len(size),
        padding=(tuple(padding),) * len(size) if isinstance(padding, list) else PADDING[padding],
    )  # fmt: skip


def needs_size(layers):
    return any(layer.get("padding") == "SAME" and layer["s"] > 1 and "pad_begin_end" not in layer for layer in layers)


def check_endpoints(case, nets):
    for end in case.get("endpoints", ()):
        part = case["layers"][: end["after_layer"]]
        if needs_size(part):
            with pytest.raises(ca.ArgumentError, match="in_shape"):
                ca.receptive_field(nets[: len(part)])
            continue
        field = ca.receptive_field(nets[: len(part)])
        assert (field.size, field.jump) == ((end["rf"],), (end["effective_stride"],))
        if end["effective_padding"] is not None:
            assert field.padding == (end["effective_padding"],)


@claim("receptive_field", "receptive_field_chain", "receptive_field_chain_2d")
def test_published_chains(case):
    nets = [window(layer) for layer in case["layers"]]
    check_endpoints(case, nets)
    for k, size in enumerate(case.get("expected_rf_after_each", ()), 1):
        assert ca.receptive_field(nets[:k]).size == (size,)
    if "expected_rf_last" in case:
        assert ca.receptive_field(nets).size == (case["expected_rf_last"],)
    if "expected" in case:
        assert ca.receptive_field(nets).size == tuple(case["expected"])


def build(graph, name):
    """The network that ends at a node, as nested sequences and sums."""
    node = graph[name]
    if node["type"] == "add":
        return ca.Parallel(*(build(graph, part) for part in node["input"]), join="sum")
    layers = {
        "pad": lambda: ca.Pad(tuple(map(tuple, node["pad"]))),
        "relu": ca.ReLU,
    }.get(node["type"], lambda: window(node))()
    return layers if node["input"] == "x" else ca.Sequential(build(graph, node["input"]), layers)


@claim("receptive_field", "receptive_field_graph")
def test_published_graphs(case):
    net, expected = build(case["graph"], "output"), case["expected"]
    shape = case.get("input_size") and (1, *case["input_size"])
    if "raises" in expected:
        with pytest.raises(ca.ShapeError, match="misaligned"):
            ca.receptive_field(net, shape)
        return
    if expected["effective_padding"][0] is None:
        with pytest.raises(ca.ArgumentError, match="in_shape"):  # the padding, and so the centre, depends on the size
            ca.receptive_field(net)
        return
    field = ca.receptive_field(net, shape)
    assert field.size == tuple(expected["rf"] if "rf" in expected else (expected["rf_y"], expected["rf_x"]))
    assert field.jump == tuple(expected["effective_stride"])
    assert field.padding == tuple(expected["effective_padding"])


@claim("receptive_field", "receptive_field_center")
def test_the_centre_of_a_feature(case):
    stride, padding = case["effective_stride"], case["effective_padding"]
    field = ca.ReceptiveField((case["rf"],), (stride,), (-padding,))
    assert [field.center[0] + u * stride for u in case["feature"]] == case["expected"]


def ones(*shape):
    return np.ones(shape, dtype=int)


@st.composite
def parts(draw):
    """One layer, or branches that are centred alike, on one channel."""
    k, s, d, p = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(0, 2))
    odd = 2 * draw(st.integers(0, 2)) + 1
    three = ca.Conv(ones(1, 1, 3), padding=1, dilation=1)
    wide = ca.Conv(ones(1, 1, odd), padding=d * (odd // 2), dilation=d, padding_mode="reflect")
    return draw(
        st.sampled_from(
            [
                ca.Conv(ones(1, 1, k), stride=s, dilation=d, padding=p),
                ca.Conv(ones(1, 1, k), padding="same"),
                ca.MaxPool(k, stride=s, dilation=d),
                ca.AvgPool(k, stride=s, padding=k // 2),
                ca.ConvTranspose(ones(1, 1, k), stride=s, dilation=d, padding=((p, 0),)),
                ca.Upsample(s),
                ca.Upsample(s, mode="zeros"),
                ca.Pad(((1, 2),)),
                ca.Crop((2, 1)),
                ca.ReLU(),
                ca.Parallel(three, wide, ca.Identity(), join="sum"),
                ca.Parallel(
                    ca.Sequential(three, ca.MaxPool(odd, stride=1, padding=((odd // 2,) * 2,))), wide, join="sum"
                ),
                ca.Parallel(ca.Sequential(ca.Upsample(s), ca.MaxPool(s)), ca.ReLU(), join="sum"),
            ]
        )
    )


def dilated(net):
    return any(getattr(leaf.layer, "dilation", 1) not in {1, (1,)} for leaf in leaves(net))


@settings(max_examples=300)
@given(st.lists(parts(), min_size=1, max_size=4))
def test_the_formula_is_the_sparsity_of_the_matrix(layers):
    """Every output well within the signal reads exactly from the first to the last place of its interval.

    Where dilation meets upsampling the ends may be holes: there it reads nothing outside of the interval.
    """
    net, shape = ca.Sequential(*layers), (1, 90)
    dense, field = ca.paths(net, shape).to_numpy() != 0, ca.receptive_field(net)
    holes = dilated(net) and any(isinstance(leaf.layer, ca.Upsample | ca.ConvTranspose) for leaf in leaves(net))
    assert ca.receptive_field(net, shape) == field
    for i, row in enumerate(dense):
        (told,), read = field.at(i), np.flatnonzero(row)
        if told.start > 30 and told.stop <= 59:
            assert not len(read) or (read[0] in told and read[-1] in told)
            if not holes:
                assert [*told[:1], *told[-1:]] == [*read[:1], *read[-1:]]


@given(st.lists(parts(), min_size=1, max_size=4))
def test_size_jump_and_start_are_those_of_the_intervals(layers):
    net = ca.Sequential(*layers)
    field = ca.receptive_field(net)
    (size,), (jump,), (start,), (phases,) = field.size, field.jump, field.start, field.phases
    told = [field.at(i)[0] for i in range(600)]
    assert max(map(len, told)) == size == max(n for _, n in phases)
    period = len(phases)
    assert (period * jump) % 1 == 0
    assert all(
        told[i + period] == range(r.start + int(jump * period), r.stop + int(jump * period))
        for i, r in enumerate(told[:300])
    )
    assert not told[0] or told[0].start == start
    assert [(r.start, len(r)) for r in told[:period]] == list(phases)
    if jump.denominator == period == 1:
        assert all(r == range(start + jump * i, start + jump * i + size) for i, r in enumerate(told))


def test_two_axes_are_two_formulas():
    net = [ca.Conv(ones(1, 1, 3, 1), stride=(2, 1)), ca.MaxPool((1, 2), stride=(1, 2)), ca.Conv(ones(1, 1, 2, 2))]
    field = ca.receptive_field(net)
    assert (field.size, field.jump, field.start) == ((5, 4), (2, 2), (0, 0))
    read = ca.paths(net, (1, 9, 8)).to_numpy()[0].reshape(9, 8)
    assert [int(np.flatnonzero(read.any(axis=a)).max()) + 1 for a in (1, 0)] == [5, 4]


def test_deep_networks_are_bounded_and_named():
    deep = [ca.Upsample(3)] * 40
    with pytest.raises(ca.SizeLimitError, match="phases"):
        ca.receptive_field(deep)
    unet = [ca.MaxPool(2)] * 40 + [ca.Upsample(2)] * 5
    assert ca.receptive_field(unet).jump == (2**35,)
    with pytest.raises(ca.ArgumentError, match=r"layer 1 \(Sequential\): layer 0 \(Unfold\).*not known"):
        ca.receptive_field([ca.ReLU(), ca.Sequential(ca.Unfold(2))])
    with pytest.raises(ca.ShapeError, match=r"layer 1 \(Parallel\).*misaligned"):
        ca.receptive_field([ca.ReLU(), ca.Parallel(ca.MaxPool(2), ca.Identity())])
    with pytest.raises(ca.ShapeError, match="misaligned"):
        ca.receptive_field(ca.Parallel(ca.Sequential(ca.Upsample(2), ca.MaxPool(2)), ca.Conv(ones(1, 1, 2))))
    with pytest.raises(ca.ShapeError, match="must have shape"):
        ca.receptive_field(ca.Conv(ones(1, 1, 2)), (1, 2, 3))
    with pytest.raises(ca.ShapeError, match=r"^layer 1 \(Conv\): the input must have shape \(2, n\)"):
        ca.receptive_field([ca.Conv(ones(1, 1, 2)), ca.Conv(ones(1, 2, 2))], (1, 9))
    with pytest.raises(ca.ArgumentError, match="in_shape must be an integer"):
        ca.receptive_field(ca.ReLU(), "a")
    with pytest.raises(ca.ArgumentError, match="a list of layers"):
        ca.receptive_field(7)


def test_the_smallest_input_with_that_many_outputs():
    """Lecture 001's (O - 1) S / (I - K) is no inverse of the size formula; (O - 1) S + K is, and the smallest."""
    layer = ca.Conv(np.ones((1, 1, 3)), stride=2)
    field = ca.receptive_field(layer)
    for outputs in range(1, 6):
        smallest = (outputs - 1) * field.jump[0] + field.size[0]
        assert layer.output_shape((1, smallest)) == (1, outputs)
        with pytest.raises(ca.ShapeError) if outputs == 1 else pytest.MonkeyPatch.context():
            assert layer.output_shape((1, smallest - 1)) == (1, outputs - 1)


def test_whole_signals_need_the_shape():
    net = ca.Sequential(ca.Conv(np.ones((1, 1, 3))), ca.GlobalAvgPool())
    with pytest.raises(ca.ArgumentError, match="in_shape"):
        ca.receptive_field(net)
    assert ca.receptive_field(net, (1, 9)).size == (9,)
    flat = ca.Sequential(ca.Flatten(), ca.Linear(np.ones((2, 9))))
    assert ca.receptive_field(flat, (1, 3, 3)).size == (3, 3)
    assert ca.receptive_field(ca.AdaptiveAvgPool(2), (1, 8)).size == (4,)
    with pytest.raises(ca.ShapeError, match="equal"):
        ca.receptive_field(ca.AdaptiveAvgPool(2), (1, 9))


def test_upsampling_makes_the_jump_a_fraction():
    field = ca.receptive_field(ca.Sequential(ca.Upsample(2), ca.Conv(np.ones((1, 1, 3)))))
    assert (field.size, field.jump, field.start) == ((2,), (Fraction(1, 2),), (0,))
    assert field.phases == (((0, 2), (0, 2)),)
    assert field.at(5) == (range(2, 4),)
    assert ca.receptive_field(ca.PixelShuffle(2)).jump == (Fraction(1, 2),)
    assert ca.receptive_field(ca.PixelUnshuffle(2)).size == (2,)


def unet(depth, up):
    """Down, up and a skip connection around both, again and again."""
    conv = ca.Conv(ones(1, 1, 3), padding=1)
    inner = unet(depth - 1, up) if depth else ca.Identity()
    within = ca.Sequential(ca.MaxPool(2), inner, up)
    return ca.Sequential(conv, ca.Parallel(ca.Identity(), within, join="sum"), conv)


@pytest.mark.parametrize(
    "up",
    [ca.Upsample(2), ca.ConvTranspose(ones(1, 1, 2), stride=2), ca.ConvTranspose(ones(1, 1, 4), stride=2, padding=1)],
)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_skip_connections_around_down_and_up_are_aligned(up, depth):
    """On the mean over the phases; every output is compared with the matrix."""
    net = unet(depth, up)
    field, n = ca.receptive_field(net), 256
    assert field.jump == (1,)
    assert len(field.phases[0]) == 2 ** (depth + 1)
    read = ca.paths(net, (1, n)).to_numpy() != 0
    for i in range(n // 4, 3 * n // 4):
        (told,), found = field.at(i), np.flatnonzero(read[i])
        assert (told.start, told.stop - 1) == (found[0], found[-1])
    shifted = ca.Sequential(ca.MaxPool(2), ca.Upsample(2), ca.Crop((1, -1)))
    with pytest.raises(ca.ShapeError, match="around 0 and 1 for output 0; they are misaligned"):
        ca.receptive_field(ca.Parallel(ca.Identity(), shifted, join="sum"))


def test_the_place_of_an_output_is_checked():
    field = ca.receptive_field(ca.MaxPool((2, 3)))
    assert field.at(2) == field.at((2, 2)) == (range(4, 6), range(6, 9))
    with pytest.raises(ca.ArgumentError, match="place must be one integer or one for each of the 2 axes"):
        field.at((1, 2, 3))
    with pytest.raises(ca.ArgumentError, match="place"):
        field.at(-1)
    with pytest.raises(ca.ArgumentError, match="every jump must be an integer over a round of its phases"):
        ca.ReceptiveField((1,), (Fraction(1, 2),), (0,))


def test_branches_of_one_jump_are_joined_by_their_hull():
    three, five = (ca.Conv(np.ones((1, 1, k)), padding=k // 2) for k in (3, 5))
    assert ca.receptive_field(ca.Parallel(three, five, ca.Identity())).size == (5,)
    with pytest.raises(ca.ShapeError, match="misaligned"):
        ca.receptive_field(ca.Parallel(three, ca.Conv(np.ones((1, 1, 3)), stride=2)))
    with pytest.raises(ca.ArgumentError, match="not known"):
        ca.receptive_field(ca.Unfold(2))


def test_a_network_on_vectors_has_no_axes():
    net = [ca.Linear([[1, 2], [3, 4]]), ca.ReLU(), ca.Linear([[1, 2]])]
    assert ca.receptive_field(net, (2,)).size == ca.receptive_field(ca.ReLU(), (3,)).size == ()
    assert ca.summary(net, (2,)).parameters == 6


def test_branches_that_upsample_have_a_fraction_of_a_jump():
    field = ca.receptive_field(ca.Parallel(ca.Upsample(2), ca.Upsample(2), join="sum"), (1, 4))
    assert (field.size, field.jump, field.start) == ((1,), (Fraction(1, 2),), (0,))


def test_outputs_that_read_nothing_have_no_centre():
    """Of y[2i] and y[2i + 1] the second reads x[i], which counts -1/2 in the mean, or nothing, which does not count."""
    net = ca.Parallel(ca.Upsample(2), ca.Upsample(2, mode="zeros"), join="sum")
    with pytest.raises(ca.ShapeError, match="not around -1/4 and 0 for output 0"):
        ca.receptive_field(net, (1, 4))


def test_shares_of_the_signal_lie_side_by_side():
    field = ca.receptive_field(ca.AdaptiveAvgPool((2, 3)), (1, 8, 9))
    assert (field.size, field.jump, field.start) == ((4, 3), (4, 3), (0, 0))
    field = ca.receptive_field([ca.Conv(np.ones((1, 1, 3), dtype=np.int64)), ca.GlobalAvgPool()], (1, 9))
    assert (field.size, field.start) == ((9,), (0,))
