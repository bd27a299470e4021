"""Five padding modes side by side: each panel is NumPy's extension."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.scene import Text
from convalgebra.errors import ArgumentError

NAMES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge"}
WEIGHT = np.array([100, 10, 1])


def read(panel):
    """The numbers on the labels, where each entry has one."""
    found = np.zeros((len(panel.rows), len(panel.cols)), dtype=int)
    for mark in panel.cells:
        for x, y in mark.places if mark.label else ():
            found[int(y), int(x)] = int(mark.label.text)
    return found


def test_each_panel_is_the_layer_under_its_mode():
    figure = ca.figure_padding_modes(ca.Conv(WEIGHT[None, None], padding=1), (1, 5))
    figure.check()
    for panel, (mode, name) in zip(figure.scene.panels, NAMES.items(), strict=True):
        padded = np.pad(np.eye(5, dtype=int), ((0, 0), (1, 1)), mode=name)
        true = np.array([np.correlate(unit, WEIGHT) for unit in padded]).T
        assert (read(panel) == true).all(), mode
        (caption,) = [m.label.text for m in panel.over if isinstance(m, Text)]
        assert caption.startswith(mode)


def test_options_and_refusals():
    layer = ca.Conv(ca.symbols("w", (1, 1, 3)), padding=1, padding_mode="reflect")
    assert ca.figure_padding_modes(layer, (1, 6), title="Borders", theme="print").scene.title == "Borders"
    for wrong in (ca.MaxPool(2), 3, None):
        with pytest.raises(ArgumentError, match=r"the layer must be a ca\.Conv"):
            ca.figure_padding_modes(wrong, (1, 6))
    with pytest.raises(ArgumentError, match="labels must be one of"):
        ca.figure_padding_modes(layer, (1, 6), labels="all")
