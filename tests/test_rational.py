"""Fractions as integers and one division."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.rational import MOST, denominator, divided, reciprocals

FRACTIONS = st.fractions(min_value=-9, max_value=9, max_denominator=12)


@given(st.lists(FRACTIONS, min_size=1, max_size=6))
def test_the_common_denominator_makes_integers(values):
    common = denominator(np.array(values, dtype=object))
    assert all((v * common).denominator == 1 for v in values)
    assert not any(all((v * d).denominator == 1 for v in values) for d in range(1, common))


@pytest.mark.parametrize(
    "values",
    [np.array([1, 2]), np.array([0.5]), np.array([sympy.Symbol("a"), Fraction(1, 2)], dtype=object),
     np.array([Fraction(1, MOST + 1)], dtype=object), np.array([2**70], dtype=object), np.array([], dtype=object)],
)  # fmt: skip
def test_what_is_left_alone(values):
    assert denominator(values) == 1


@given(
    sums=st.lists(st.integers(-(2**70), 2**70) | st.integers(-9, 9) | FRACTIONS, min_size=1, max_size=6),
    divisors=st.lists(st.integers(-6, 6).filter(bool), min_size=1, max_size=1) | st.none(),
)
def test_division_is_exact(sums, divisors):
    array = np.array(sums, dtype=object)
    array = array.astype(np.int64) if all(isinstance(v, int) and abs(v) < 2**62 for v in sums) else array
    d = np.array(divisors * len(sums)) if divisors else np.arange(1, len(sums) + 1)
    assert divided(array, d).tolist() == [Fraction(v) / int(n) for v, n in zip(sums, d, strict=True)]


def test_floats_are_divided():
    assert divided(np.array([1.0, 3.0]), 2).tolist() == [0.5, 1.5]
    assert reciprocals(np.array([[2, -3]])).tolist() == [[Fraction(1, 2), Fraction(-1, 3)]]


@given(
    weight=st.lists(FRACTIONS, min_size=3, max_size=3),
    x=st.lists(FRACTIONS | st.integers(-9, 9), min_size=5, max_size=5),
)
def test_a_matrix_of_fractions_multiplies_exactly(weight, x):
    A = ca.Conv([[weight]], padding=1).matrix((1, 5))
    padded = [0, *x, 0]
    wanted = [sum(w * padded[i + t] for t, w in enumerate(weight)) for i in range(5)]
    assert (A @ x).tolist() == wanted
    assert (A @ np.array([x, x], dtype=object).T).T.tolist() == [wanted] * 2


def test_symbols_and_floats_meet_fractions():
    A = ca.Conv([[[Fraction(1, 2), Fraction(1, 3)]]]).matrix((1, 3))
    a, b, c = ca.symbols("a", 3)
    assert [sympy.expand(v) for v in A @ [a, b, c]] == [a / 2 + b / 3, b / 2 + c / 3]
    assert np.allclose(A @ [1.0, 2.0, 3.0], [1 / 2 + 2 / 3, 1 + 1])
