"""Scaling, bounds and ranges of the float path, against 50-digit values."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis import floating
from convalgebra.analysis.periodic import periodic

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=6))
def test_scaling_floats_is_exact_but_for_what_underflows(values):
    floats, e = floating.scaled(np.array(values))
    assert np.abs(floats).max() <= 1
    assert not any(values) or np.abs(floats).max() >= 0.5
    for v, f in zip(values, floats.tolist(), strict=True):
        assert abs(Fraction(v) - Fraction(f) * Fraction(2) ** e) <= Fraction(2) ** (e - 1074)


@given(st.lists(st.integers(-(10**500), 10**500) | st.fractions(), min_size=1, max_size=6))
def test_scaling_exact_numbers_rounds_once(values):
    floats, e = floating.scaled(np.array(values, dtype=object))
    assert np.abs(floats).max() <= 2
    for v, f in zip(values, floats.tolist(), strict=True):
        assert abs(v - Fraction(f) * Fraction(2) ** e) <= Fraction(abs(v)) / 2**53 + Fraction(2) ** (e - 1074)


def test_scaling_integers_up_to_the_ends_of_int64():
    assert floating.scaled(np.array([2**63 - 1, 1]))[0].tolist() == [1.0, 2.0**-63]  # the larger rounds up to 2^63


def test_complex_kernels_scale_by_their_larger_part():
    floats, e = floating.scaled(np.array([3e300 - 1e-300j]))
    assert floats[0].real * 2.0**e == 3e300


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12))
def test_every_frequency_lies_within_the_bound(c):
    found, e, bound = floating.blocks(periodic(ca.circulant(c)))
    with mpmath.workdps(50):
        for f, value in enumerate(found[:, 0, 0]):
            terms = (mpmath.mpf(v) * mpmath.expjpi(-2 * mpmath.mpf(f * t % len(c)) / len(c)) for t, v in enumerate(c))
            exact = mpmath.fsum(terms) / mpmath.mpf(2) ** e
            assert abs(mpmath.mpc(complex(value)) - exact) <= bound


def test_condition_numbers_against_the_dense_matrix():
    random = np.random.default_rng(0)
    weight = random.standard_normal((3, 2, 3))
    A = ca.Conv(weight, padding=1, padding_mode="circular").matrix((2, 5))
    for C in (ca.circulant(random.standard_normal((3, 4))), A):
        assert ca.condition_number(C) == pytest.approx(np.linalg.cond(C.to_numpy()), rel=1e-10)
    assert ca.condition_number(ca.circulant([1, -1])) == float("inf")
    assert ca.condition_number(ca.circulant([0.0, 0.0])) == float("inf")


def test_results_out_of_range_are_refused():
    with pytest.raises(ca.EntryError, match=r"2\*\*1024"):
        ca.inverse(ca.circulant([5e-324, 0.0]))
    with pytest.raises(ca.EntryError, match="symbols"):
        ca.condition_number(ca.circulant(ca.symbols("w", 2)))
    with pytest.raises(ca.EntryError, match=r"2\*\*1024"):
        ca.solve(ca.circulant([1e-300, 0.0]), [1e300, 1.0])
