"""Roots: exact exactly where they are rational."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.layers.roots import roots

FRACTIONS = st.fractions(min_value=0, max_denominator=10**6)


@given(values=st.lists(FRACTIONS, min_size=1, max_size=4), p=st.integers(1, 5))
def test_the_root_of_a_power_is_the_number(values, p):
    powers = np.asarray([Fraction(v) ** p for v in values] + [None], dtype=object)[:-1]
    assert roots(powers, p).tolist() == values
    assert roots(powers, p).dtype != np.float64


@given(number=st.integers(0, 10**40), p=st.integers(2, 5))
def test_large_integers_are_not_rounded(number, p):
    exact = np.asarray([number**p, None], dtype=object)[:1]
    beside = np.asarray([number**p + 1, None], dtype=object)[:1]
    assert roots(exact, p).tolist() == [number]
    if number:
        assert roots(beside, p).dtype == np.float64


def test_one_irrational_root_makes_floats():
    found = roots(np.asarray([4, 2]), 2)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, np.sqrt([4, 2]), rtol=1e-15)


def test_symbols_stay_exact():
    x = ca.symbols("x", 1)[0]
    found = roots(np.asarray([x, 2, None], dtype=object)[:2], 2)
    assert [str(v) for v in found] == ["sqrt(x0)", "sqrt(2)"]
    assert (found[1] ** 2, found[0] ** 2) == (2, x)
