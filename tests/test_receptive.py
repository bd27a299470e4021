"""Receptive fields: published tables, and the sparsity of the explicit matrix."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import claim

import convalgebra as ca

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


@st.composite
def nets(draw):
    """One to three layers that do not read padding where it matters: positive weights keep every entry."""
    layers = []
    for _ in range(draw(st.integers(1, 3))):
        k, s, d = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
        layers.append(
            draw(
                st.sampled_from(
                    [
                        ca.Conv(np.ones((1, 1, k), dtype=int), stride=s, dilation=d, padding=draw(st.integers(0, 2))),
                        ca.AvgPool(k, stride=s),
                        ca.ConvTranspose(np.ones((1, 1, k), dtype=int), stride=s, padding=((0, 0),)),
                        ca.Upsample(s),
                        ca.Pad(((1, 2),)),
                        ca.Identity(),
                    ]
                )
            )
        )
    return layers


@given(nets())
def test_the_field_is_the_sparsity_of_the_matrix(layers):
    net, shape = ca.Sequential(*layers), (1, 60)
    field = ca.receptive_field(net)
    (size,), (jump,), (start,) = field.size, field.jump, field.start
    dense = net.matrix(shape).to_numpy() != 0
    assert ca.receptive_field(net, shape) == field
    for i, row in enumerate(dense):
        read = np.flatnonzero(row)
        if len(read) and read[0] > 10 and read[-1] < 49:
            assert read[-1] - read[0] < size
        if jump == int(jump) and len(read):
            assert start + jump * i <= read[0]
            assert read[-1] <= start + jump * i + size - 1
    inner = [read for read in map(np.flatnonzero, dense) if len(read) and read[0] > 12 and read[-1] < 47]
    if len(inner) >= 8:
        assert max(read[-1] - read[0] + 1 for read in inner) == size


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
    assert ca.receptive_field(ca.PixelShuffle(2)).jump == (Fraction(1, 2),)
    assert ca.receptive_field(ca.PixelUnshuffle(2)).size == (2,)


def test_branches_of_one_jump_are_joined_by_their_hull():
    three, five = (ca.Conv(np.ones((1, 1, k)), padding=k // 2) for k in (3, 5))
    assert ca.receptive_field(ca.Parallel(three, five, ca.Identity())).size == (5,)
    with pytest.raises(ca.ShapeError, match="misaligned"):
        ca.receptive_field(ca.Parallel(three, ca.Conv(np.ones((1, 1, 3)), stride=2)))
    with pytest.raises(ca.ArgumentError, match="not known"):
        ca.receptive_field(ca.Unfold(2))
