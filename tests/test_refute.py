"""Refutations: the witness has the fewest ones, and both sides are shown there, exactly."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.proofs.refute import exact_sides, example, parts_of, smallest

A, B, D = sympy.symbols("a b d")


# --- the simplest numbers ---------------------------------------------------------------------------------------------

terms = st.dictionaries(st.lists(st.sampled_from([A, B, D]), max_size=3).map(tuple), st.integers(-2, 2), max_size=5)


@given(terms)
def test_the_witness_has_the_fewest_ones(table):
    """Against every point of zeros and ones; where none does, another witness or none."""
    value = sympy.expand(sum((c * sympy.prod(m) for m, c in table.items()), sympy.Integer(0)))
    points = [dict(zip((A, B, D), p, strict=True)) for p in itertools.product((0, 1), repeat=3)]
    good = [sum(p.values()) for p in points if value.subs(p) != 0]
    found = smallest(value)
    if value == 0:
        assert found == {}
        return
    assert value.subs(found) != 0
    if good:
        assert set(found.values()) <= {0, 1}
        assert sum(found.values()) == min(good)


def test_ties_go_to_the_first_symbol():
    w = ca.symbols("w", 12)
    assert [s for s, v in smallest(w[10] - w[2]).items() if v] == [w[2]]


def test_values_beside_the_difference_are_given_numbers():
    assert smallest(A, (A * B, D)) == {A: 1, B: 0, D: 0}


def test_numbers_beyond_zero_and_one():
    assert (A**2 - A).subs(smallest(A**2 - A)) != 0
    positive = sympy.Symbol("p", positive=True)
    assert all(v > 0 for v in smallest(positive - 2 * B, (positive,)).values() if v != 0)
    assert smallest(positive)[positive] > 0
    assert smallest(1 / A - 1)[A] != 0
    assert smallest(Polynomial.of(3)) == {}


# --- worked examples --------------------------------------------------------------------------------------------------


def refuted(left, right):
    verdict = ca.decide(left == right)
    assert isinstance(verdict, ca.Refutation)
    return verdict


def test_a_small_example_is_shown_whole():
    C = ca.circulant(ca.symbols("w", 3))
    shown = refuted(C, C.T).example
    assert str(shown) == ("⎡ 0 [0] 1 ⎤     ⎡ 0 [1] 0 ⎤\n⎢ 1  0  0 ⎥  ≠  ⎢ 0  0  1 ⎥\n⎣ 0  1  0 ⎦     ⎣ 1  0  0 ⎦")
    assert shown.to_latex() == (
        r"\left[\begin{array}{rrr} 0 & \boxed{0} & 1 \\ 1 & 0 & 0 \\ 0 & 1 & 0 \end{array}\right]"
        r" \neq \left[\begin{array}{rrr} 0 & \boxed{1} & 0 \\ 0 & 0 & 1 \\ 1 & 0 & 0 \end{array}\right]"
    )


def test_one_row_and_fractions():
    shown = refuted(ca.circulant([Fraction(1, 3)]), ca.circulant([1])).example
    assert str(shown) == "[[1/3]]  ≠  [[1]]"
    assert r"\boxed{\tfrac{1}{3}}" in shown.to_latex()


def test_a_large_example_is_a_window_around_the_entry():
    n = 3000
    values = np.zeros((n, n), dtype=np.int64)
    values[2000, 7] = 5
    shown = refuted(ca.matrix(values), 0 * ca.identity(n)).example
    assert (2000 in shown.rows, 7 in shown.cols, len(shown.rows), len(shown.cols)) == (True, True, 8, 8)
    assert shown.where == "rows 1996 to 2003 and columns 3 to 10 of 3000 x 3000:"
    assert str(shown).startswith(shown.where)
    assert "[5]" in str(shown)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_the_window_shows_the_true_entries(m, n, data):
    place = data.draw(st.tuples(st.integers(0, m - 1), st.integers(0, n - 1)))
    values = np.arange(m * n).reshape(m, n)
    other = values.copy()
    other[place] = -1
    shown = refuted(ca.matrix(values), ca.matrix(other)).example
    assert (len(shown.rows), len(shown.cols)) == (min(m, 8), min(n, 8))
    part = np.ix_(shown.rows, shown.cols)
    assert [np.array(side).tolist() for side in shown.sides] == [values[part].tolist(), other[part].tolist()]


def test_the_example_is_the_claim_at_its_witness():
    """Products of two unknown kernels: every entry of both matrices, recomputed with numbers."""
    u, v = ca.symbols("u", 3), ca.symbols("v", 3)

    def matrices(a, b):
        return ca.toeplitz(a, [a[0], 0, 0]), ca.toeplitz([b[0], 0, 0], b)

    left, right = matrices(u, v)
    verdict = refuted(left @ right, right @ left)
    numbers = {s: verdict.witness.get(s, 0) for s in (*u, *v)}
    U, V = (A.to_numpy() for A in matrices(*([numbers[s] for s in kernel] for kernel in (u, v))))
    assert [np.array(side).tolist() for side in verdict.example.sides] == [(U @ V).tolist(), (V @ U).tolist()]
    assert verdict.example.sides[0][verdict.entry[0]][verdict.entry[1]] == (U @ V)[verdict.entry]


def test_entries_without_a_value_at_zero_stay_as_they_are():
    verdict = refuted(ca.circulant([1, 1 / A]), ca.circulant([2, 1 / A]))
    assert "1/a" in str(verdict.example)


def test_roots_of_unity_are_exact_in_the_example():
    shown = refuted(ca.dft(4), ca.dft(4).H).example
    assert "[-I]" in str(shown)
    assert "[I]" in str(shown)


def test_an_example_can_be_asked_for_any_entry():
    C, S = ca.circulant([1, 2, 3]), ca.shift(3)
    shown = example(C == S, (2, 0), {})
    assert shown.entry == (2, 0)
    assert "[3]" in str(shown)


# --- operators --------------------------------------------------------------------------------------------------------


def test_parts_of_combinators():
    C, S = ca.circulant([1, 2]), ca.toeplitz([1, 2])
    assert parts_of(C) == ()
    assert parts_of(C @ S) == (C, S)
    assert parts_of(C + S) == (C, S)
    assert parts_of(ca.kron(C, S)) == (C, S)
    assert parts_of(ca.block([[C, None], [None, S]])) == (C, S)
    assert parts_of(ca.toeplitz([1, 2], [1, 3]) @ S * 3)


@pytest.mark.parametrize("extra", [0.5, 1j])
def test_roots_are_exact_unless_something_is_a_float(extra):
    f = ca.dft(3)
    exact, _ = exact_sides(f == f @ ca.circulant([1, 2, 3]))
    assert exact.pattern().weights.dtype == object
    rounded, _ = exact_sides(f == f @ ca.circulant([extra, 2, 3]))
    assert rounded.pattern().weights.dtype == complex
    scaled, _ = exact_sides(f == ca.identity(3) * extra)
    assert scaled.pattern().weights.dtype == complex
    mixed, _ = exact_sides(f == ca.circulant([A, 2, 3]) @ ca.circulant([extra, 2, 3]))
    assert mixed.pattern().weights.dtype == object
