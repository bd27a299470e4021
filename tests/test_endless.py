"""The symbols of layers on signals without end, and what has none; suprema in test_norms.py and test_bounds.py."""

from math import inf, nextafter

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.endless import at_every_size, endless, roots, supremum, without_end


def test_roots_are_rounded_outwards():
    value, lower, upper = roots((2.0, 2.0, 2.0), 0)
    assert (lower, upper) == (nextafter(value, 0), nextafter(value, inf))
    assert roots((0.0, 0.0, 0.0), 5) == (0, 0, 0)


def test_a_stride_is_a_column_for_each_phase():
    assert without_end(np.ones((2, 3, 4)), [(4, 2, 1)], 1).sides == (2, 6)
    assert endless(ca.Conv(np.ones((2, 3, 4)), dilation=2)).places.ravel().tolist() == [0, 1, 2, 3]


def test_a_circular_layer_with_a_stride_may_come_up_to_the_one_without():
    layer = ca.Conv([[[1, 1]]], stride=2, padding=((0, 1),), padding_mode="circular")
    found = at_every_size(layer, 1e-9)
    assert found.lower == pytest.approx(2**0.5)
    assert found.upper == pytest.approx(supremum(endless(ca.Conv([[[1, 1]]])), 1e-9).upper)


@pytest.mark.parametrize(
    "layer", [ca.LocallyConnected([[[[1]]]]), ca.MaxPool(2), ca.Conv([[[1]]], padding_mode="replicate")]
)
def test_what_has_no_symbol_is_refused(layer):
    with pytest.raises(ca.ArgumentError, match=r"write ca.operator_norm\(layer, in_shape\)"):
        endless(layer)


def test_a_number_lies_in_an_interval_between_its_ends():
    norm = ca.operator_norm(ca.Conv([[[1, 2]]]))
    assert 3 in norm
    assert 2.9 not in norm
