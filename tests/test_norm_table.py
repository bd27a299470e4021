from math import sqrt

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.norm_table import reshaped_norm


def column(table):
    return {row[0]: row[1] for row in table.rows}


def test_the_reshaped_kernel_is_no_norm():
    """One channel: three times too small.  A depthwise identity of 16 channels: four times too large."""
    smooth = ca.Conv(np.ones((1, 1, 3, 3)), padding=1)
    assert reshaped_norm(smooth) == 3
    assert column(ca.compare_norms(smooth, (1, 12, 12)))["all frequencies"] == "9"
    depthwise = ca.Conv(np.ones((16, 1, 1, 1)), groups=16)
    assert reshaped_norm(depthwise) == pytest.approx(4)  # the layer is the identity
    assert ca.operator_norm(depthwise, (16, 5, 5)) == 1


def test_every_row():
    layer = ca.Conv([[[1, 1]]], padding=1, padding_mode="reflect")
    table = ca.compare_norms(layer, (1, 6))
    found = column(table)
    assert found["kernel as a matrix"] == f"{sqrt(2):.6g}"
    assert found["... times sqrt(taps)"] == found["circular, 6"] == found["all frequencies"] == "2"
    assert float(found["zero padding, 6"]) < 2
    assert "reflect, 6" in found
    assert table.columns == ("norm", "value", "what it bounds")


def test_what_cannot_wrap_has_no_circular_norm():
    rows = {row[0]: row for row in ca.compare_norms(ca.Conv([[[1, 1]]], stride=2), (1, 5)).rows}
    assert rows["circular, 5"][1:] == (None, "the stride does not divide the size")


def test_a_kernel_longer_than_the_signal_says_so():
    rows = {row[0]: row for row in ca.compare_norms(ca.Conv([[[1, 1, 1]]], padding=1), (1, 2)).rows}
    assert "longer than the signal" in rows["circular, 2"][2]


@pytest.mark.parametrize("layer", [ca.ReLU(), ca.Linear([[1]])])
def test_other_layers_are_refused(layer):
    with pytest.raises(ca.ArgumentError, match="must be a ca"):
        ca.compare_norms(layer, (1, 4))
