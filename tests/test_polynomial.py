"""Polynomials against SymPy's own expansion."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.polynomial import (
    EXPANSION_LIMIT,
    Polynomial,
    is_expr,
    multiply_into,
    multiply_terms,
    number_of,
)

A, B, C = sympy.symbols("a b c")
NUMBERS = st.integers(-5, 5) | st.builds(Fraction, st.integers(-5, 5), st.integers(1, 4))


def sympified(value):
    return sympy.Rational(value.numerator, value.denominator)


@st.composite
def expressions(draw, depth=3):
    """Sums, products and powers of symbols and numbers, not expanded."""
    if depth == 0:
        return draw(st.sampled_from((A, B, C)) | NUMBERS.map(sympified))
    kind = draw(st.sampled_from(("leaf", "+", "*", "**")))
    if kind == "leaf":
        return draw(expressions(0))
    if kind == "**":
        return draw(expressions(depth - 1)) ** draw(st.integers(0, 3))
    left, right = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    return left + right if kind == "+" else left * right


@given(expressions())
def test_reading_expands(expr):
    assert sympy.expand(Polynomial.of(expr).as_expr() - expr) == 0
    assert Polynomial.of(expr).as_expr() == sympy.expand(expr)
    assert 0 not in Polynomial.of(expr).terms.values()


@given(expressions(), expressions(), NUMBERS)
def test_arithmetic(u, v, k):
    p, q = Polynomial.of(u), Polynomial.of(v)
    wanted = {"+": u + v, "-": u - v, "*": u * v}
    found = {"+": p + q, "-": p - q, "*": p * q}
    for name, value in found.items():
        assert value.as_expr() == sympy.expand(wanted[name]), name
    for value in (p * k, k * p):
        assert value.as_expr() == sympy.expand(u * sympified(k))
    assert (k - p).as_expr() == sympy.expand(sympified(k) - u)
    assert (k + p).as_expr() == (p + k).as_expr() == sympy.expand(sympified(k) + u)
    assert (-p).as_expr() == sympy.expand(-u)
    assert not p - p
    assert (p == q) == (sympy.expand(u - v) == 0)
    assert p == u
    assert hash(p) == hash(Polynomial.of(sympy.expand(u)))


@given(expressions(), st.integers(-3, 3), st.integers(-3, 3))
def test_substitution(expr, x, y):
    wanted = sympy.expand(expr).subs({A: x, B: y})
    assert Polynomial.of(expr).subs({A: x, B: y}).as_expr() == sympy.expand(wanted)


def test_operands_stay_as_they_were():
    p, q = Polynomial.of(A + 1), Polynomial.of(A - 1)
    before = dict(p.terms), dict(q.terms)
    _ = p + q, p * q, p - q, -p, p.subs({A: 3})
    assert (dict(p.terms), dict(q.terms)) == before


def test_products_are_added_into_dictionaries():
    sums = [{}, dict(Polynomial.of(A).terms)]
    multiply_into(sums, 0, Polynomial.of(A + 1).terms, [(1, (), -1), (0, *next(iter(Polynomial.of(B).terms.items())))])
    assert Polynomial(sums[1]).as_expr() == -1
    assert Polynomial(sums[0]).as_expr() == A * B + B
    assert multiply_terms({}, {(): 3}) == {}


def test_numbers():
    assert Polynomial.of(0).terms == {}
    assert not Polynomial.of(0)
    assert Polynomial.of(Fraction(1, 2)).as_expr() == sympy.Rational(1, 2)
    assert Polynomial.of(0.1).as_expr() == sympy.Rational(*(0.1).as_integer_ratio())
    assert Polynomial.of(sympy.Float(0.5)).as_expr() == sympy.Rational(1, 2)
    assert Polynomial.of(2 - 0.5j).as_expr() == 2 - sympy.I / 2
    assert Polynomial.of(2**200 * A).as_expr() == 2**200 * A


def test_opaque_parts_are_generators_of_their_own():
    p = Polynomial.of(sympy.sin(A) * (A + 1))
    assert p.opaque
    assert not Polynomial.of(A * B).opaque
    assert set(p.generators) == {A, sympy.sin(A)}
    assert p.as_expr() == sympy.expand(sympy.sin(A) * (A + 1))
    for expr in (1 / A, sympy.sqrt(2), A**B, 2**A, A ** sympy.Rational(1, 2), sympy.I):
        assert Polynomial.of(expr).generators == [expr]


def test_powers_too_large_to_expand_stay_whole():
    big = (A + B + C + 1) ** 100
    assert len(Polynomial.of(big).terms) == 1
    assert Polynomial.of(big).as_expr() == big
    assert len(Polynomial.of((A + 1) ** 100).terms) == 101
    assert len(Polynomial.of((A + B) ** 512).terms) == 513 < EXPANSION_LIMIT
    assert len(Polynomial.of((A + B) ** 513).terms) == 1


def test_powers_of_zero():
    zero = sympy.Mul(A, sympy.Add(B, -B, evaluate=False), evaluate=False)
    assert not Polynomial.of(zero)
    assert Polynomial.of(sympy.Pow(sympy.Add(B, -B, evaluate=False), 0, evaluate=False)).as_expr() == 1


def test_conjugates():
    x = sympy.Symbol("x", real=True)
    assert Polynomial.of(x + sympy.I).conjugate().as_expr() == x - sympy.I
    assert Polynomial.of(A).conjugate().as_expr() == sympy.conjugate(A)
    assert Polynomial.of(A).conjugate().conjugate() == Polynomial.of(A)


def test_comparing_with_what_is_no_number():
    assert Polynomial.of(A) != "a"
    assert Polynomial.of(A) != None  # noqa: E711  # the comparison itself is tested
    assert Polynomial.of(3) == 3
    assert repr(Polynomial.of(A + 1)) == "a + 1"
    assert sympy.sympify(Polynomial.of(A + 1)) == A + 1


def test_symbols_of_one_name_and_other_assumptions_are_apart():
    x, y = sympy.Symbol("x"), sympy.Symbol("x", real=True)
    assert Polynomial.of(x) != Polynomial.of(y)
    assert number_of(x) != number_of(y)


def test_expressions_are_told_without_sympy():
    assert is_expr(A)
    assert not is_expr(3)
    assert not is_expr("a")


@pytest.mark.parametrize("value", ["a", None, [1], object()])
def test_what_is_no_expression_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        Polynomial.of(value)


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.lists(st.integers(0, 5), min_size=1, max_size=4)), min_size=1, max_size=6)
)
def test_the_expression_is_the_one_sympy_makes(parts):
    """Structurally: the same arguments in the same order, so that == and hashes agree."""
    symbols = sympy.symbols("a b x1 x10 x2 w0")
    wanted = sympy.expand(sum(c * sympy.Mul(*(symbols[k] for k in places)) for c, places in parts))
    found = Polynomial.of(wanted).as_expr()
    assert found == wanted
    assert found.args == wanted.args
    assert hash(found) == hash(wanted)


@pytest.mark.parametrize(
    ("entry", "kernels"),
    [
        (sympy.Symbol("r"), "every kernel"),
        (sympy.Symbol("r", real=True), "every kernel of this form"),
        (sympy.sin(sympy.Symbol("r")), "every kernel of this form"),
    ],
)
def test_a_symbol_stands_for_every_value_unless_it_is_narrowed(entry, kernels):
    C = ca.circulant([entry, sympy.Symbol("u")])
    assert ca.decide(C.T.T == C).scope == f"n=2, {kernels}"


K, L = sympy.symbols("i j")
X, M = sympy.IndexedBase("x"), sympy.IndexedBase("M")


@pytest.mark.parametrize(("left", "right"), [(X[K], X[L]), (M[K, 0], M[L, 0]), (M[0, K], M[0, L])])
def test_elements_of_unknown_place_may_be_one_element(left, right):
    """x[0] and x[1] are two values, each free; x[i] and x[j] are one where i = j."""
    assert isinstance(ca.decide(ca.matrix([[left]]) == ca.matrix([[right]])), ca.Undecided)
    first, second = (element.subs({K: 0, L: 1}) for element in (left, right))
    assert isinstance(ca.decide(ca.matrix([[first]]) == ca.matrix([[second]])), ca.Refutation)
