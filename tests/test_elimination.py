"""Matrices without structure over the field of their entries."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.analysis import elimination

T = ca.toeplitz([2, -1, 3], [2, 5, 7])


def test_determinants():
    a = sympy.Symbol("a")
    assert ca.det(T) == sympy.Matrix(T.to_numpy().tolist()).det()
    assert isinstance(ca.det(T), int)
    assert ca.det(ca.toeplitz([Fraction(1, 2), 1], [0, 3])) == Fraction(1, 4) - 3
    assert sympy.expand(ca.det(ca.toeplitz([a, 1, 2])) - ca.toeplitz([a, 1, 2]).to_sympy().det()) == 0
    assert ca.det(ca.toeplitz([0.5, 1.0])) == pytest.approx(-0.75)


def test_inverses():
    assert np.array_equal((ca.inverse(T) @ T).to_numpy(), np.eye(3))
    np.testing.assert_allclose(ca.inverse(T * 0.5).to_numpy(), np.linalg.inv(T.to_numpy() * 0.5))
    a = sympy.Symbol("a")
    S = ca.toeplitz([a, 1])
    assert bool(ca.inverse(S) @ S == ca.identity(2))
    for singular in (ca.matrix([[1, 2], [2, 4]]), ca.matrix([[1.0, 2], [2, 4]])):
        with pytest.raises(ca.SingularError, match=r"ca\.pinv"):
            ca.inverse(singular)


@pytest.mark.parametrize("values", [[[1, 2], [2, 4]], [[1, 2, 3], [4, 5, 6]], [[0, 0]], [[1], [2]], [[1, 2], [3, 4]]])
def test_pseudo_inverses(values):
    a, p = (sympy.Matrix(M.to_numpy().tolist()) for M in (ca.matrix(values), ca.pinv(ca.matrix(values))))
    assert p == a.pinv()


def test_what_would_take_hours_is_refused():
    with pytest.raises(ca.SizeLimitError, match="512"):
        ca.det(ca.toeplitz(np.arange(600)))
    with pytest.raises(ca.ArgumentError, match="subs"):
        ca.pinv(ca.toeplitz(ca.symbols("w", 3), [0, 0]))
    with pytest.raises(ca.ArgumentError, match="exact"):
        ca.characteristic_polynomial(ca.toeplitz([0.5, 1, 2]))


def test_systems_over_one_field():
    x = elimination.solve(np.array([[2, 1], [1, 1]]), np.array([[Fraction(1, 2)], [1]], dtype=object))
    assert x.tolist() == [[Fraction(-1, 2)], [Fraction(3, 2)]]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_determinant_with_symbols_is_that_of_sympy(n):
    w, v = ca.symbols("w", n), ca.symbols("v", n)
    T = ca.toeplitz(w, [w[0], *v[1:]])
    assert sympy.expand(ca.det(T) - T.to_sympy().det(method="berkowitz")) == 0


def test_determinants_with_symbols_that_vanish_or_have_no_polynomial_entries():
    a = sympy.Symbol("a")
    assert ca.det(ca.matrix([[a, a], [a, a]])) == 0
    assert ca.det(ca.matrix([[a, 0], [0, 0]])) == 0
    assert sympy.expand(ca.det(ca.matrix([[1 / a, 1], [2, sympy.sqrt(2)]])) - (sympy.sqrt(2) / a - 2)) == 0


def test_a_determinant_with_too_many_terms_is_refused(monkeypatch):
    monkeypatch.setattr(elimination, "MOST_PRODUCTS", 300)
    with pytest.raises(ca.SizeLimitError, match="at most 300 products of terms"):
        ca.det(ca.matrix(ca.symbols("w", (5, 5))))
    k = ca.symbols("k", 3)
    assert ca.det(ca.Conv(k[None, None], padding=1).matrix((1, 3))).subs(dict(zip(k, (-1, 2, -1), strict=True))) == 4
