"""The rectifier, and layers that refuse to be linear."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca


@given(values=st.lists(st.one_of(st.integers(), st.fractions()), min_size=1, max_size=5))
def test_the_positive_part(values):
    assert ca.ReLU()([values]).tolist() == [[max(v, 0) for v in values]]


def test_symbols_give_a_maximum():
    x = ca.symbols("x", (1, 2))
    y = ca.ReLU()(x)
    assert [str(v) for v in y.ravel()] == ["Max(0, x00)", "Max(0, x01)"]
    assert [v.subs(s, n) for v, s, n in zip(y.ravel(), x.ravel(), (-2, 3), strict=True)] == [0, 3]


def test_batches_and_shapes():
    xs = np.arange(-6, 6).reshape(2, 2, 3)
    assert np.array_equal(ca.ReLU().map(xs), np.maximum(xs, 0))
    assert ca.ReLU().output_shape((2, 3)) == (2, 3)
    assert ca.ReLU().parameters == 0
    assert ca.ReLU()([[Fraction(-1, 2)]]).tolist() == [[0]]


@pytest.mark.parametrize("ask", ["matrix", "affine"])
def test_it_is_not_linear_and_says_why(ask):
    with pytest.raises(ca.NotLinearError, match=r"not ReLU: f\(x\) \+ f\(y\) = 1, f\(x \+ y\) = 0 .* y = -e\[0, 0\]"):
        getattr(ca.ReLU(), ask)((1, 3))
    x, y = ca.ReLU().witness((1, 3))
    assert (ca.ReLU()(x) + ca.ReLU()(y) != ca.ReLU()(x + y)).any()


def test_complex_numbers_have_no_larger_one():
    with pytest.raises(ca.EntryError, match="real numbers"):
        ca.ReLU()([[1j]])
