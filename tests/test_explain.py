"""The formula that `explain` prints is the one that computes: it is read back and evaluated here."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from strategies_core import layers, place

import convalgebra as ca


def test_the_formula_of_one_axis():
    layer = ca.Conv([[[1, 2, 3]]], [7], stride=2, dilation=3, padding=(4, 1), padding_mode="symmetric")
    lines = layer.explain((1, 9)).splitlines()
    assert lines[0] == "y[o, i] = b[o] + sum_{c, t} w[o, c, t] x[c, 2*i + 3*t - 4]"
    assert lines[1] == "correlation: the kernel is not flipped"
    assert lines[2] == "outside the signal: symmetric, the edge repeated (np.pad 'symmetric', SciPy ndimage 'reflect')"
    assert lines[3] == "weight (1, 1, 3), 4 parameters"
    assert lines[4] == "input (1, 9) -> output (1, 4): floor((9 + 4 + 1 - 3*(3 - 1) - 1)/2) + 1 = 4"


def test_two_axes_groups_and_the_flip():
    layer = ca.Conv(np.ones((4, 2, 3, 1)), groups=2, op="convolution", padding="same")
    lines = layer.explain().splitlines()
    assert lines[0].startswith("y[o, i, j] = sum_{c, t, u} flip(w)[o, c, t, u] x[c + 2*group(o), ")
    assert "1*i + 1*t - p(same), 1*j + 1*u - p(same)" in lines[0]
    assert lines[1] == "convolution: the kernel is flipped"
    assert lines[3] == "weight (4, 2, 3, 1), 24 parameters, 2 groups"
    assert len(lines) == 4
    assert "1*i + 1*t - 1, 1*j + 1*u - 0" in layer.explain((4, 5, 5))


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "symmetric", "replicate"])
def test_the_boundary_is_named(mode):
    assert f"outside the signal: {mode}" in ca.Conv([[[1]]], padding_mode=mode).explain()


@given(layers())
def test_the_printed_indices_and_sizes_are_those_of_the_matrix(case):
    layer, in_shape, wanted, out = case
    text = layer.explain(in_shape)
    assert f"input {in_shape} -> output {out}: " in text
    printed = re.search(r"x\[[^,]*, (.*)\]$", text.splitlines()[0])[1].split(", ")
    assert len(printed) == layer.spatial
    sizes = [int(s) for s in re.findall(r"= (\d+)(?:,|$)", text.splitlines()[-1])]
    assert tuple(sizes) == out[1:]
    if layer.spatial > 1 or layer.groups > 1 or layer.op == "convolution":
        return
    total = np.zeros_like(wanted)
    for o, c, t, i in np.ndindex(*layer.weight.shape, out[1]):
        read = place(eval(printed[0], {"i": i, "t": t}), in_shape[1], layer.padding_mode)  # noqa: S307  # our own formula
        if read is not None:
            total[o * out[1] + i, c * in_shape[1] + read] += int(layer.weight[o, c, t])
    assert total.tolist() == wanted.tolist()
