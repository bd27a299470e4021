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


def test_the_generic_rank_needs_no_elimination():
    k, q = ca.symbols("k", (1, 1, 3, 3)), ca.symbols("q", (1, 1, 3, 3))
    assert elimination.rank(ca.Conv(k, padding=1).matrix((1, 4, 4)).to_numpy()) == 16
    pair = [ca.Conv(w, padding=1) for w in (k, q)]
    assert [ca.collapse(pair, (1, n, n), border="report").rank for n in (2, 6)] == [4, 20]


def test_a_rank_below_the_structural_one_is_found_by_elimination_or_left_open():
    a, b = ca.symbols("a", 2), ca.symbols("b", 7)
    assert elimination.rank(np.multiply.outer(a, a)) == 1
    assert elimination.rank(np.array([[a[0], a[1]], [2 * a[0], 2 * a[1]]])) == 1
    with pytest.raises(ca.UndecidedError, match=r"lies in 1..7"):
        elimination.rank(np.multiply.outer(b, b))


def test_zeros_stay_zero_where_the_rank_is_tried():
    """Two rows of one line, beside a column of zeros: rank 1, though two entries share no row and no column."""
    a, b = ca.symbols("a", 2)
    assert elimination.rank(np.array([[a, b, 0], [2 * a, 2 * b, 0]], dtype=object)) == 1


def test_functions_that_depend_on_one_another_may_lower_the_rank():
    x, y = sympy.symbols("x y")
    with pytest.raises(ca.UndecidedError, match=r"lies in 0..1"):
        elimination.rank(np.array([[sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1]], dtype=object))
    assert elimination.rank(np.array([[sympy.sin(x), sympy.cos(x)], [-sympy.cos(x), sympy.sin(x)]], dtype=object)) == 2
    assert elimination.rank(np.array([[sympy.sin(x), y], [sympy.sin(x), y]], dtype=object)) == 1
    assert elimination.rank(np.array([[sympy.sqrt(2), 2], [1, sympy.sqrt(2)]], dtype=object)) == 1
    one = np.array([[sympy.sin(x), sympy.cos(x) + 1], [1 - sympy.cos(x), sympy.sin(x)]], dtype=object)
    with pytest.raises(ca.UndecidedError, match=r"lies in 1..2"):
        elimination.rank(one)
