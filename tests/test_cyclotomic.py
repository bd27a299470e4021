"""Roots of unity against SymPy's cyclotomic polynomials and numeric values."""

from __future__ import annotations

import cmath
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.cyclotomic import collected, cyclotomic, reduced, turns
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.algebra.rings import is_zero

X = sympy.Symbol("x")


def root(n, k=1):
    return sympy.exp(2 * sympy.I * sympy.pi * k / n)


@pytest.mark.parametrize("n", [*range(1, 31), 105])
def test_cyclotomic_polynomials(n):
    wanted = sympy.Poly(sympy.cyclotomic_poly(n, X), X).all_coeffs()[::-1]
    assert list(cyclotomic(n)) == wanted


@pytest.mark.parametrize(
    ("expr", "q"),
    [
        (sympy.I, Fraction(1, 4)),
        (root(5), Fraction(1, 5)),
        (root(5, 2), Fraction(2, 5)),
        (root(7, -3), Fraction(-3, 7)),
        (sympy.Pow(-1, sympy.Rational(1, 3)), Fraction(1, 6)),
        (X, None),
        (sympy.exp(X), None),
        (sympy.exp(sympy.I), None),
        (sympy.exp(sympy.I * sympy.pi * sympy.sqrt(2)), None),
        (sympy.exp(3), None),
        (sympy.sqrt(2), None),
        (sympy.Pow(-2, sympy.Rational(1, 3)), None),
    ],
)
def test_turns(expr, q):
    assert turns(expr) == q
    if q is not None:
        assert abs(complex(sympy.N(expr)) - cmath.exp(2j * cmath.pi * q)) < 1e-12


@pytest.mark.parametrize("n", range(2, 13))
def test_all_roots_sum_to_zero_and_no_proper_part_of_a_prime_does(n):
    roots = [root(n, k) for k in range(n)]
    assert is_zero(sum(roots)) is True
    assert is_zero(X * sum(roots)) is True
    if sympy.isprime(n):
        for k in range(1, n):
            assert is_zero(sum(roots[:k])) is False


@given(st.integers(1, 12), st.lists(st.integers(-2, 2), min_size=1, max_size=8), st.integers(0, 5))
def test_sums_of_roots_are_zero_exactly_when_their_values_are(n, coefficients, shift):
    terms = [(c, root(n, k * (shift + 1))) for k, c in enumerate(coefficients)]
    value = sum(c * cmath.exp(2j * cmath.pi * k * (shift + 1) / n) for k, c in enumerate(coefficients))
    exact = reduced(Polynomial.of(sympy.Add(*(c * r for c, r in terms))))
    assert exact is not None
    assert bool(exact) == (abs(value) > 1e-9)


def test_roots_of_different_orders_meet():
    assert not reduced(Polynomial.of(root(6) - root(3) - 1))
    assert not reduced(Polynomial.of(sympy.I - root(8) ** 2))
    assert not reduced(Polynomial.of(root(12) * root(4) - root(3)))
    assert reduced(Polynomial.of(root(6) - root(3) + 1))
    assert not reduced(Polynomial.of((1 + sympy.I) * (1 - sympy.I) - 2))


def test_coefficients_may_hold_symbols():
    w = root(5)
    assert not reduced(Polynomial.of(sympy.expand(X * (w**5 - 1))))
    remainder = reduced(Polynomial.of(X * sum(w**k for k in range(4))))
    assert remainder == Polynomial.of(-X * w**4) or not remainder - reduced(Polynomial.of(-X * w**4))


def test_other_functions_are_left_undecided():
    assert reduced(Polynomial.of(sympy.sqrt(2) + root(3))) is None
    assert reduced(Polynomial.of(sympy.sin(X))) is None


def test_like_roots_are_collected():
    a, b, z = (Polynomial.of(v) for v in (*sympy.symbols("a b"), sympy.exp(-2 * sympy.I * sympy.pi / 3)))
    assert collected(a * (1 + z + z * z)) == Polynomial({})
    assert collected(a * z * z * z + b) == a + b
    assert str(collected(b * z * z * 2)) == "2*b*exp(2*I*pi/3)"
    assert str(collected(a + b)) == "a + b"


def test_a_matrix_conjugated_by_the_transform_is_shown_as_the_diagonal_it_is():
    F, C = ca.dft(3), ca.circulant(ca.symbols("w", 3))
    D = (F @ C @ F.H).to_sympy()
    assert D.is_diagonal()
    assert "9007" not in repr(F @ C)
    assert repr(F @ C).splitlines()[2] == "⎢w0 + w1*ω3 + w2*ω3**2  w0*ω3 + w1*ω3**2 + w2  w0*ω3**2 + w1 + w2*ω3⎥"
    assert repr(ca.dft(4)).splitlines()[2] == "⎢1  -i  -1   i⎥"
    assert "0.866" in repr(F @ ca.circulant([1, 2, 3]))
    assert ca.prove(3 * ca.diagonalize(C).diagonal == F @ C @ F.H).ring == "ZZ[zeta_3, w0, w1, w2]"


def test_a_large_prime_factor_costs_little():
    assert cyclotomic(2 * 9973) == tuple((-1) ** k for k in range(9973))
