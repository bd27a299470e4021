"""Parameters and products: exact counts against the explicit matrices, formulas, and what other counters printed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis.counts import CONVENTIONS, leaves


def ones(*shape):
    return np.ones(shape, dtype=np.int64)


@st.composite
def layers(draw):
    """A layer with positive weights, so that no entry of its matrix is zero by chance, and its input."""
    g, o, i = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    k, s, d, p = (draw(st.integers(low, 3)) for low in (1, 1, 1, 0))
    n = draw(st.integers(d * (k - 1) + 1, 9))
    mode = draw(st.sampled_from(["zeros", "circular", "reflect", "symmetric", "replicate"]))
    options = {"stride": s, "dilation": d, "groups": g}
    conv = ca.Conv(ones(o * g, i, k), padding=p, padding_mode=mode, **options)
    turned = ca.ConvTranspose(ones(i * g, o, k), padding=min(p, d * (k - 1) // 2), **options)
    dense = ca.Sequential(ca.Flatten(), ca.Linear(ones(3, i * g * n)))
    return draw(st.sampled_from([conv, turned, dense])), (i * g, n)


@given(layers())
def test_the_exact_count_is_the_number_of_entries(case):
    layer, shape = case
    assert ca.count_macs(layer, shape) == np.count_nonzero(layer.matrix(shape).to_numpy())
    assert ca.count_macs(layer, shape) <= ca.count_macs(layer, shape, exact=False)


@given(layers())
def test_a_layer_costs_what_its_transpose_costs(case):
    layer, shape = case
    if isinstance(layer, ca.Conv) and layer.padding_mode == "zeros":
        turned = ca.ConvTranspose.of(layer, shape)
        assert ca.count_macs(turned, layer.output_shape(shape)) == ca.count_macs(layer, shape)


def test_locally_connected_and_shared():
    """Lecture: the same products, out_size times the weights."""
    local, shared = ca.LocallyConnected(ones(2, 4, 3, 3), padding=1), ca.Conv(ones(2, 3, 3), padding=1)
    assert (local.parameters, shared.parameters) == (4 * 18, 18)
    assert ca.count_macs(local, (3, 4)) == ca.count_macs(shared, (3, 4)) == 2 * 3 * 10
    assert ca.count_macs(local, (3, 4), exact=False) == ca.count_macs(shared, (3, 4), exact=False) == 2 * 3 * 12


def test_published_pair():
    conv = ca.Conv(ones(8, 3, 3, 3), padding=1)
    assert (ca.count_macs(conv, (3, 8, 8)), ca.count_macs(conv, (3, 8, 8), exact=False)) == (11616, 13824)


RECORDED = {  # printed by fvcore 0.1.5, ptflops 0.7.5, thop 0.1.1, torchinfo 1.8.0 for the same torch modules
    "conv": {"fvcore": 13824, "ptflops": 14336, "thop": 13824, "torchinfo": 14336},
    "transposed": {"fvcore": 4608, "ptflops": 4804, "thop": 14112, "torchinfo": 14308},
    "dense": {"fvcore": 180, "ptflops": 185, "thop": 180, "torchinfo": 185},
    "norm": {"fvcore": 256, "ptflops": 256, "thop": 512, "torchinfo": 16},
    "relu": {"fvcore": 0, "ptflops": 256, "thop": 0, "torchinfo": 0},
    "max": {"fvcore": 0, "ptflops": 256, "thop": 0, "torchinfo": 0},
    "avg": {"fvcore": 0, "ptflops": 256, "thop": 32, "torchinfo": 0},
    "global": {"fvcore": 128, "ptflops": 256, "thop": 136, "torchinfo": 0},
    "up": {"fvcore": 512, "ptflops": 1024, "thop": 512, "torchinfo": 0},
    "net": {"fvcore": 19636, "ptflops": 22789, "thop": 30200, "torchinfo": 28845},
}
KNOWN = {
    "conv": (ca.Conv(ones(8, 3, 3, 3), ones(8), padding=1), (3, 8, 8)),
    "transposed": (ca.ConvTranspose(ones(8, 4, 3, 3), ones(4), stride=2, padding=1), (8, 4, 4)),
    "dense": (ca.Linear(ones(5, 36), ones(5)), (36,)),
    "norm": (ca.BatchNorm(ones(8), ones(8), ones(8), ones(8)), (8, 4, 4)),
    "relu": (ca.ReLU(), (8, 4, 4)),
    "max": (ca.MaxPool(2), (8, 4, 4)),
    "avg": (ca.AvgPool(2), (8, 4, 4)),
    "global": (ca.GlobalAvgPool(), (8, 4, 4)),
    "up": (ca.Upsample(2), (8, 4, 4)),
}
parts = [KNOWN[name][0] for name in ("conv", "norm", "relu", "max", "transposed", "avg")]
KNOWN["net"] = (ca.Sequential(*parts, ca.Flatten(), KNOWN["dense"][0]), (3, 8, 8))


@pytest.mark.parametrize("name", RECORDED)
def test_other_counters(name):
    net, shape = KNOWN[name]
    assert {c: ca.count_macs(net, shape, convention=c) for c in RECORDED[name]} == RECORDED[name]
    assert ca.count_macs(net, shape, convention="torchvision") == ca.count_macs(net, shape, exact=False)
    assert set(RECORDED[name]) | {"torchvision"} == set(CONVENTIONS)


def test_leaves_name_their_places():
    net = ca.Sequential(ca.ReLU(), ca.Parallel(ca.Identity(), ca.Sequential(ca.ReLU(), ca.MaxPool(1))))
    assert [leaf.place for leaf in leaves(net, (1, 4))] == ["0", "1.0", "1.1.0", "1.1.1"]
    assert [leaf.place for leaf in leaves(net)] == ["0", "1.0", "1.1.0", "1.1.1"]


@pytest.mark.parametrize(
    ("net", "shape", "error", "message"),
    [
        ([], (1, 4), ca.ArgumentError, "at least one layer"),
        ("conv", (1, 4), ca.ArgumentError, "a layer or a list of layers"),
        ([[ca.ReLU()], [ca.ReLU(), 3]], (1, 4), ca.ArgumentError, "layer 1, layer 1 must be a layer"),
        ([ca.ReLU(), "conv"], (1, 4), ca.ArgumentError, "layer 1 must be a layer or a list of layers, not 'conv'"),
        (
            [ca.Conv(ones(2, 1, 3)), ca.Conv(ones(1, 3, 3))],
            (1, 9),
            ca.ShapeError,
            r"layer 1 \(Conv\).*\(3, n\).*\(2, 7\)",
        ),
        (ca.Parallel(ca.Conv(ones(1, 1, 3)), ca.Identity()), (1, 9), ca.ShapeError, r"\(1, 7\), \(1, 9\)"),
        (ca.ReLU(), (), ca.ArgumentError, "at least one axis"),
        (ca.ReLU(), (1, 2.5), ca.ArgumentError, "integer"),
        (ca.ReLU(), None, ca.ArgumentError, "in_shape must be an integer, not None"),
    ],
)
def test_bad_networks_are_refused(net, shape, error, message):
    for call in (ca.count_macs, ca.summary):
        with pytest.raises(error, match=message):
            call(net, shape)


def test_unknown_conventions_are_refused():
    with pytest.raises(ca.ArgumentError, match="'fvcore'"):
        ca.count_macs(ca.ReLU(), (1, 4), convention="flops")


def test_thop_counts_the_inputs_of_one_group():
    """4 channels in 2 groups, 3 taps and an output of 2 channels and 7 places: 4/2 * 3 * 14."""
    layer = ca.ConvTranspose(ones(4, 1, 3), groups=2)
    assert ca.count_macs(layer, (4, 5), convention="thop") == 84


def test_thop_counts_a_normalisation_with_and_without_weights():
    """Two products an entry with a weight, one without, and twice: as a module and as a function."""
    given = {"mean": [0, 0], "var": [1, 1], "eps": 0}
    assert ca.count_macs(ca.BatchNorm(**given), (2, 4), convention="thop") == 2 * 8
    assert ca.count_macs(ca.BatchNorm(**given, weight=[3, 3], bias=[0, 0]), (2, 4), convention="thop") == 4 * 8
