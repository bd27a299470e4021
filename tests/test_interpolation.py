"""Values at points and back again."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convalgebra.algebra.interpolation import coefficients, points, values

COORDINATES = st.lists(st.fractions(-5, 5, max_denominator=4), max_size=5, unique=True)


def apply(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


@given(COORDINATES, st.data())
def test_the_values_tell_the_polynomial(places, data):
    size = len(places) + 1
    polynomial = data.draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size))
    assert apply(coefficients(places), apply(values(places, size), polynomial)) == polynomial


@given(COORDINATES, st.lists(st.integers(-9, 9), min_size=1, max_size=6))
def test_values_are_those_of_the_polynomial_and_last_its_leading_coefficient(places, polynomial):
    *at_places, at_infinity = apply(values(places, len(polynomial)), polynomial)
    assert at_places == [sum(c * a**t for t, c in enumerate(polynomial)) for a in places]
    assert at_infinity == polynomial[-1]


@pytest.mark.parametrize("count", range(12))
def test_points_are_distinct_and_small_ones_come_first(count):
    found = points(count)
    assert len(set(found)) == count
    assert found == points(20)[:count]
    assert found[:4] == [Fraction(k) for k in (0, 1, -1, 2)][:count]
