"""Arithmetic with roots of unity against SymPy's resultants, number fields and 50-digit values."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.analysis import unity

X = sympy.Symbol("x")
ORDERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 21, 24]


def value(a, d, k=1):
    """The element at omega = exp(-2 pi i k / d), to 50 digits."""
    coefficients = np.asarray(a).ravel().tolist()
    with mpmath.workdps(50):
        return mpmath.fsum(c * mpmath.expjpi(-2 * mpmath.mpf(e) * k / d) for e, c in enumerate(coefficients))


elements = st.integers(1, 24).flatmap(
    lambda d: st.tuples(st.just(d), st.lists(st.integers(-9, 9), min_size=1, max_size=2 * d))
)


def element(coefficients, d):
    return unity.remainder(np.array(coefficients, dtype=np.int64)[None, None], d)


@given(elements)
def test_remainders_keep_the_value_and_are_short(case):
    d, coefficients = case
    a = element(coefficients, d)
    assert a.shape[-1] == len(cyclotomic(d)) - 1
    with mpmath.workdps(50):
        assert abs(value(a, d) - value(coefficients, d)) < 1e-40


@given(elements, st.lists(st.integers(-9, 9), min_size=1, max_size=24))
def test_products_multiply_values(case, other):
    d, coefficients = case
    a, b = element(coefficients, d), element(other, d)
    with mpmath.workdps(50):
        assert abs(value(unity.product(a, b, d), d) - value(a, d) * value(b, d)) < 1e-40


@given(elements)
def test_the_norm_is_the_resultant(case):
    d, coefficients = case
    phi = sympy.Poly(list(cyclotomic(d))[::-1], X)
    wanted = sympy.resultant(phi, sympy.Poly(coefficients[::-1], X))
    found = unity.norm(element(coefficients, d), d)
    assert found == wanted
    assert isinstance(found, int)


@given(elements)
def test_the_cofactor_inverts(case):
    d, coefficients = case
    a = element(coefficients, d)
    whole, rest = unity.cofactor(a, d)
    assert whole == unity.norm(a, d)
    assert not (unity.product(a, rest, d) - unity.remainder(np.array([[[whole]]], dtype=object), d)).any()


@pytest.mark.parametrize("d", [*ORDERS, 105, 120, 250])
def test_the_powers_of_a_step_are_the_units_that_fix_the_roots_below(d):
    below = d
    for step in unity.tower(d):
        assert step.d == below
        below = step.d // step.p
        powers = [pow(step.unit, j, step.d) for j in range(step.order)]
        assert sorted(powers) == [u for u in range(step.d) if (u - 1) % below == 0 and sympy.gcd(u, step.d) == 1]
    assert below <= 2


@given(elements)
def test_a_step_up_and_down_keeps_the_element(case):
    d, coefficients = case
    for step in unity.tower(d):
        below = element(coefficients, step.d // step.p)
        above = step.up(below)
        with mpmath.workdps(50):
            assert abs(value(above, step.d) - value(below, step.d // step.p)) < 1e-40
        assert np.array_equal(step.down(above), below)


@pytest.mark.parametrize("n", [1, 2, 6, 7, 12, 30, 97])
def test_traces_are_sums_over_the_conjugates(n):
    units = [1.0 if np.gcd(k, n) == 1 else 0.0 for k in range(n)]
    for shift in {0, 1 % n, 5 % n}:
        one = element([*[0] * shift, 1], n)
        found = unity.traces(one, n).ravel()
        assert set(map(type, found)) == {int}
        np.testing.assert_allclose(found.astype(float), np.roll(np.fft.fft(units), shift), atol=1e-9)


def test_large_coefficients_do_not_overflow():
    a = element([2**62, 2**62, 2**62], 3)
    assert not a.any()
    big = np.array([[[2**60, 1, 2**60]]], dtype=np.int64)
    assert unity.gathered(big, np.array([0, 0, 0]), 1).tolist() == [[[2**61 + 1]]]
    assert unity.norm(element([2**62, 1], 4), 4) == 2**124 + 1


@pytest.mark.parametrize("d", [1, 3, 4, 5])
@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_adjugates(c, d):
    a = unity.remainder(np.random.default_rng(c * d).integers(-3, 4, (c, c, d)), d)
    whole, adjugate = unity.adjugate(a, d)
    unit = np.eye(c, dtype=np.int64)[..., None]
    assert not (unity.product(a, adjugate, d) - unit * whole).any()
    matrix = sympy.Matrix(c, c, lambda i, j: sum(int(v) * X**e for e, v in enumerate(a[i, j])))
    wanted = sympy.rem(sympy.expand(matrix.det()), sympy.Poly(list(cyclotomic(d))[::-1], X).as_expr(), X)
    assert sympy.expand(sum(int(v) * X**e for e, v in enumerate(whole[0, 0])) - wanted) == 0


def test_ranks_of_products_of_thin_matrices():
    random = np.random.default_rng(1)
    for d in (1, 3, 4, 5, 8):
        left, right = (unity.remainder(random.integers(-2, 3, s), d) for s in ((4, 2, d), (2, 5, d)))
        a = unity.product(left, right, d)
        values = np.exp(-2j * np.pi * np.arange(a.shape[-1]) / d)
        assert unity.rank(a, d) == np.linalg.matrix_rank(a @ values)
    assert unity.rank(np.zeros((2, 2, 1), dtype=np.int64), 1) == 0


def test_symbols_are_undecided_where_their_zero_is():
    f = sympy.Function("f")(X)
    with pytest.raises(ca.UndecidedError):
        unity.is_zero(np.array([sympy.sin(f) ** 2 + sympy.cos(f) ** 2 - 1], dtype=object))
    assert not unity.is_zero(ca.symbols("w", 2))


def test_what_would_take_minutes_is_refused():
    assert ca.det(ca.circulant(ca.symbols("w", 10))) != 0
    for n in (11, 16, 101):
        with pytest.raises(ca.SizeLimitError, match="products of terms"):
            ca.det(ca.circulant(ca.symbols("w", n)))
    with pytest.raises(ca.SizeLimitError, match="products of terms"):
        ca.inverse(ca.circulant(ca.symbols("w", 11)))
    with pytest.raises(ca.SizeLimitError, match="channels"):
        ca.det(ca.Conv(ca.symbols("w", (5, 5, 2)), padding=(0, 1), padding_mode="circular").matrix((5, 3)))
    three = [*ca.symbols("w", 3), *[0] * 29]
    assert ca.det(ca.circulant(three)).subs(dict(zip(three[:3], (1, 2, 3), strict=True))) == ca.det(
        ca.circulant([1, 2, 3, *[0] * 29])
    )


def test_norms_of_too_many_bits_are_refused_and_ranks_are_not():
    C = ca.circulant([1, 1, *[0] * 19_995])  # 19997 is a prime
    with pytest.raises(ca.SizeLimitError, match="bits"):
        ca.det(C)
    assert ca.is_invertible(C)
    assert ca.rank(ca.circulant([1, 1, *[0] * 4094])) == 4095
