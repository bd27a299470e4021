"""Facts are decided exactly, and only by exact values."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.theorems.facts import Fact, at_most, decide, equal, under

a, b = sympy.symbols("a b")

TRUE = [
    equal(2, 2),
    equal(Fraction(1, 2), Fraction(2, 4)),
    equal([1, 2], (1, 2)),
    equal((a + b) ** 2, a**2 + 2 * a * b + b**2),
    equal(sympy.sqrt(8), 2 * sympy.sqrt(2)),
    equal({1, 2}, {2, 1}),
    equal("word", "word"),
    equal(value := True, value),
    equal(ca.Kernel([[[1, 2]]]), ca.Kernel([[[1, 2]]])),
    equal(ca.symbols("w", 2), ca.symbols("w", 2)),
    equal(ca.shift(3, 3), ca.identity(3)),
    at_most(2, 2),
    at_most(Fraction(1, 3), 1),
]
FALSE = [
    equal(2, 3),
    equal([1, 2], [1, 3]),
    equal([1, 2], [1, 2, 3]),
    equal(a, b),
    equal({1}, {2}),
    equal(True, False),
    equal(ca.Kernel([[[1, 2]]]), ca.Kernel([[[2, 1]]])),
    equal(ca.shift(3, 1), ca.identity(3)),
    at_most(3, 2),
]


@pytest.mark.parametrize("fact", TRUE, ids=str)
def test_true(fact):
    assert isinstance(decide(fact), ca.Proof)


@pytest.mark.parametrize("fact", FALSE, ids=str)
def test_false(fact):
    assert isinstance(decide(fact), ca.Refutation)


@given(st.integers(-(2**80), 2**80), st.integers(-(2**80), 2**80))
def test_integers_compare_exactly(x, y):
    assert isinstance(decide(equal(x, y)), ca.Proof) == (x == y)
    assert isinstance(decide(at_most(x, y)), ca.Proof) == (x <= y)


def test_operators_make_a_claim():
    assert isinstance(equal(ca.identity(2), ca.flip(2)), ca.Claim)
    assert isinstance(equal(1, 1), Fact)


def test_the_first_difference_is_told():
    verdict = decide(equal([[1, 2], [3, 4]], [[1, 2], [5, 4]]))
    assert (verdict.entry, verdict.left, verdict.right) == ((1, 0), 3, 5)


def test_equal_polynomials_in_sizes_hold_for_all_sizes():
    n = ca.size("n")
    assert decide(equal((1, n + n), (1, 2 * n))).scope == "all sizes"
    assert isinstance(decide(equal(n, 2 * n - 1)), ca.Undecided)


def test_floats_are_no_facts():
    with pytest.raises(ca.ArgumentError, match="must be exact"):
        decide(equal(0.5, Fraction(1, 2)))
    with pytest.raises(ca.ArgumentError, match="must be exact"):
        decide(at_most(0.5, 1))


def test_what_is_not_decided_is_undecided():
    assert isinstance(decide(equal(sympy.sin(a) ** 2 + sympy.cos(a) ** 2, 1)), ca.Undecided)


def test_only_claims_and_facts_are_decided():
    with pytest.raises(ca.ArgumentError, match="must state claims A == B or facts, not True"):
        decide(True)


def test_a_claim_under_a_hypothesis():
    n = ca.size("n")
    A, S = ca.unknown("A", n, n), ca.shift(n, 1)
    general = under(ca.circulant(A @ ca.impulse(n)) == A, A @ S == S @ A)
    assert decide(general).scope == "all sizes"
    assert isinstance(decide(ca.circulant(A @ ca.impulse(n)) == A), ca.Refutation)


@pytest.mark.parametrize("values", [[[1, 2], [2, 1]], [[1, 2], [0, 1]]])
def test_at_numbers_a_hypothesis_is_decided_first(values):
    A, S = ca.matrix(values), ca.shift(2, 1)
    claim = under(ca.circulant(A.to_numpy()[:, 0]) == A, A @ S == S @ A)
    assert isinstance(claim, ca.Claim) == bool(A @ S == S @ A)
    assert isinstance(decide(claim), ca.Proof)


def test_a_false_claim_under_a_true_hypothesis_is_false():
    assert isinstance(decide(under(ca.shift(3) == ca.identity(3), ca.flip(3) == ca.flip(3))), ca.Refutation)


def test_a_hypothesis_on_symbols_at_one_size_is_refused():
    A, S = ca.matrix(ca.symbols("A", (2, 2))), ca.shift(2, 1)
    with pytest.raises(ca.ArgumentError, match="must be stated for all sizes"):
        under(A == A.T, A @ S == S @ A)
