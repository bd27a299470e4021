"""What is drawn fits, covers the options, shrinks to small cases, and is known to Hypothesis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.testing import strategies

ROOT = Path(__file__).parents[1]
LAYERS = [
    ca.Conv, ca.ConvTranspose, ca.AvgPool, ca.MaxPool, ca.BatchNorm, ca.Linear, ca.Upsample, ca.Parallel, ca.Sequential,
]  # fmt: skip
QUICK = settings(max_examples=300, database=None, deadline=None, derandomize=True)


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_hypothesis_knows_the_layers(kind):
    @given(st.from_type(kind), st.data())
    def holds(layer, data):
        assert isinstance(layer, kind)
        shape = data.draw(strategies.shapes(layer))
        x = data.draw(strategies.signals(shape))
        assert x.shape == shape
        assert layer(x).shape == layer.output_shape(shape)

    holds()


@given(st.from_type(ca.Operator), st.from_type(ca.Kernel))
def test_hypothesis_knows_operators_and_kernels(A, w):
    assert min(A.shape) >= 1
    assert w.size[0] <= 3


SHRINK = (Phase.generate, Phase.shrink)


def finds(strategy, condition, phases=(Phase.generate,)):
    return find(strategy, condition, settings=settings(QUICK, phases=phases))


@pytest.mark.parametrize(
    "condition",
    [
        lambda f: f.stride[0] == 3,
        lambda f: f.dilation[-1] == 2,
        lambda f: f.groups == 2,
        lambda f: f.bias is not None,
        lambda f: f.op == "convolution",
        lambda f: f.spatial == 2,
        lambda f: f.padding[0][0] == -1,
        lambda f: f.padding[0][0] != f.padding[0][1],
        *(lambda f, mode=mode: f.padding_mode == mode for mode in ("circular", "reflect", "symmetric", "replicate")),
    ],
)
def test_convolutions_cover_their_options(condition):
    finds(strategies.convs(), condition)


def test_a_failure_shrinks_to_one_tap():
    layer = finds(strategies.convs(), lambda f: f.weight.any(), SHRINK)
    assert layer.weight.tolist() == [[[1]]]
    assert (layer.bias, layer.stride, layer.padding, layer.dilation) == (None, (1,), ((0, 0),), (1,))
    assert (layer.op, layer.padding_mode, layer.groups) == ("correlation", "zeros", 1)
    net = finds(strategies.networks(), lambda net: len(net.layers) > 1 and net.parameters > 0, SHRINK)
    assert (len(net.layers), net.parameters) == (2, 1)


def test_given_options_are_kept():
    @given(strategies.convs(1, in_channels=3, stride=2, padding="full", padding_mode="circular"))
    def holds(layer):
        assert (layer.channels[1], layer.spatial, layer.stride) == (3, 1, (2,))
        assert (layer.padding, layer.padding_mode) == ("full", "circular")

    holds()


@pytest.mark.parametrize(
    ("kind", "types"),
    [("int", {int}), ("fraction", {int, Fraction}), ("float", {float}), ("complex", {complex}), ("big", {int})],
)
def test_the_kind_of_the_entries(kind, types):
    @given(strategies.signals((2, 2), kind), strategies.kernels(2, channels=(1, 2), kind=kind))
    def holds(x, w):
        assert {type(v) for v in [*x.ravel().tolist(), *w.ravel().tolist()]} <= types
        assert w.shape[:2] == (1, 2)

    holds()


def test_symbols_are_distinct():
    layer = finds(strategies.convs(kind="symbol"), lambda f: f.weight.size > 1)
    assert len(set(layer.weight.flat)) == layer.weight.size


def test_shifts_go_around_each_spatial_axis():
    assert finds(strategies.shifts((3, 4, 5)), lambda k: k[0] == -4 and k[1] == 5)
    assert finds(strategies.shifts(4), lambda k: k == (4,))


def test_networks_cover_branches_and_activations():
    finds(strategies.networks(), lambda net: any(isinstance(f, ca.Parallel) for f in net.layers))
    finds(strategies.networks(), lambda net: any(isinstance(f, ca.ReLU) for f in net.layers) and len(net.layers) == 3)


@given(strategies.networks(affine=True), st.data())
def test_affine_networks_have_a_matrix(net, data):
    shape = data.draw(strategies.shapes(net, most=1))
    x = data.draw(strategies.signals(shape))
    A, b = net.affine(shape)
    assert np.array_equal(net(x).reshape(-1), A @ x.reshape(-1) + b)


def test_bad_arguments():
    for call in (lambda: strategies.entries("real"), lambda: strategies.signals((0,)), lambda: strategies.shifts(0)):
        with pytest.raises(ca.ArgumentError):
            call()
    with pytest.raises(ca.ArgumentError, match="at most 8 channels and 64 places"):
        strategies.smallest(ca.Conv(np.ones((1, 9, 1))))
    with pytest.raises(ca.ArgumentError, match="groups must divide in_channels, 3, not be 2"):
        finds(strategies.convs(in_channels=3, groups=2), bool)


def test_the_smallest_input_of_a_layer_is_so_on_each_axis():
    assert strategies.smallest(ca.Conv(np.ones((1, 2, 3, 1)), padding=((1, 0), (0, 0)))) == (2, 2, 1)
    assert strategies.smallest(ca.Linear([[1, 2, 3]])) == (3,)
    assert finds(strategies.shapes(ca.ReLU()), lambda shape: len(shape) == 1)


def run(code, *paths):
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (*paths, ROOT)))}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)


@pytest.mark.parametrize("first", ["import hypothesis", "import convalgebra.testing.strategies"])
def test_where_the_package_is_installed_hypothesis_knows_it(tmp_path, first):
    """Whichever of the two is imported first."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    info = tmp_path / "convalgebra-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: convalgebra\nVersion: 0\n")
    lines = [f"{name} = {value}" for name, value in points["hypothesis"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[hypothesis]", *lines]))
    code = f"""
{first}
import sys, hypothesis.strategies as st
assert "convalgebra.testing.strategies" in sys.modules
import convalgebra as ca
assert "Conv(" in repr(hypothesis.find(st.from_type(ca.Conv), lambda f: f.stride[0] == 2))
"""
    done = run(code.replace("import sys, hyp", "import hypothesis, sys, hyp"), tmp_path)
    assert done.returncode == 0, done.stderr


def test_only_the_strategies_need_hypothesis():
    code = """
import sys
sys.modules["hypothesis"] = None
from convalgebra.testing import assert_linear
assert_linear(abs, 2)
"""
    assert re.search("AssertionError: f is not linear", run(code).stderr)
    done = run(code.replace("import assert_linear", "import strategies"))
    assert "MissingExtraError: strategies must come with Hypothesis" in done.stderr
    assert "pip install 'convalgebra[hypothesis]'" in done.stderr


def test_the_number_of_axes_may_be_called_ndim():
    """And a shift needs no box: it is then one number for every axis."""
    layer = find(strategies.convs(ndim=2, padding_mode="circular", stride=1), lambda layer: layer.op == "convolution")
    assert layer.weight.ndim == 4
    assert find(strategies.transposed(ndim=1), lambda _: True).weight.ndim == 3
    assert find(strategies.shifts(), lambda k: k < 0) == -1


@pytest.mark.parametrize("options", [{"strid": 1}, {"axes": 1, "ndim": 1}, {"weight": 1}])
def test_options_that_no_layer_has_are_refused(options):
    for draw in (strategies.convs, strategies.transposed):
        with pytest.raises(ca.ArgumentError, match=rf"must be bias, stride, .*, not '{[*options][-1]}'"):
            find(draw(**options), lambda _: True)
