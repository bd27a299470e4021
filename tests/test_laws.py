"""Hypotheses as rules, each application held against kernels that satisfy them, solved for by elimination."""

import pytest
from brute_force import I, J, X, Y, held, i, j, k, x, y

import convalgebra as ca
from convalgebra.proofs.calculus.laws import Invariance, Law, assumed, laws_of
from convalgebra.proofs.calculus.proving import _laws, _log, _normal_forms, decide
from convalgebra.proofs.calculus.question import Question
from convalgebra.proofs.calculus.replay import evaluate
from convalgebra.proofs.calculus.rewriting import READING, NormalForm
from convalgebra.proofs.calculus.sizes import ONE, Size, Symbol
from convalgebra.proofs.calculus.terms import Term, delta, kernel, numbered, phase, within

n, m, s = ca.size("n"), ca.size("m"), ca.size("s")
S, C, F = ca.shift, ca.circulant, ca.dft
M, A, B = (ca.unknown(name, n, n) for name in "MAB")
u, v, w = (ca.kernel(name, n) for name in "uvw")
COMMUTES = (M @ S(n) == S(n) @ M,)
SYMMETRIC = (w == S(n, 1) @ ca.flip(n) @ w,)
RECIPROCAL = (ca.diagonal(u) @ ca.diagonal(v) == ca.identity(n),)
INVERSE = (ca.identity(n) == A @ B,)
UNDONE = (C(u) @ v == ca.impulse(n),)
FREE = ((I, n), (J, n))
GOAL = w == 1 * w
FRESH = numbered("y")


def one(name, *args):
    return kernel(name, (n,) * len(args), args)


def used(given, *atoms, bound=(), free=FREE):
    """What the rule of these hypotheses makes of a term; checked at kernels that satisfy them; None where it waits."""
    every = Term(ONE, (), (one("M", i, j), one("A", i, j), one("B", i, j), one("u", i), one("v", i), one("w", i)))
    question = Question.of(GOAL.given(*given))
    term = Term(ONE, bound, atoms)
    step = assumed(_laws(question))(term, {**dict(free), **dict(bound)}, FRESH)
    if step is None:
        return None
    points = list(question.points([(every,), (term,)], 1, 4))
    assert points
    points = [point.where(dict.fromkeys(k.symbols, 2)) for point in points]
    right = all((evaluate((term,), free, p) == evaluate((step.term,), free, p)).all() for p in points)
    return held(term, step, right, free, [_log(h, _normal_forms(h, READING)) for h in question.hypotheses])


def laws(*given):
    return _laws(Question.of(GOAL.given(*given)))


# --- invariance -------------------------------------------------------------------------------------------------------


def test_a_matrix_that_commutes_with_the_shift_depends_on_the_difference():
    (law,) = laws(*COMMUTES)[:1]
    assert isinstance(law, Invariance)
    assert used(COMMUTES, one("M", i, j)).atoms[0].args[0] == Size.of(0)
    assert used(COMMUTES, one("M", i + k, j + k)).atoms == used(COMMUTES, one("M", i, j)).atoms
    assert used(COMMUTES, used(COMMUTES, one("M", i, j)).atoms[0]) is None


def test_another_matrix_does_not():
    assert used(COMMUTES, one("A", i, j)) is None
    assert used(COMMUTES, kernel("M", (n,), (i,))) is None


def test_a_shift_by_two_gives_only_even_steps():
    given = (M @ S(n, 2) == S(n, 2) @ M,)
    assert used(given, one("M", i + 2, j)) is not None
    assert isinstance(decide((C(M @ ca.impulse(n)) == M).given(*given)), ca.Refutation)


def test_a_row_that_is_given_is_no_invariance_of_all():
    first_row = ca.impulse(n).T @ M
    assert not any(isinstance(law, Invariance) for law in laws(first_row == first_row @ S(n)))
    assert isinstance(decide((M @ S(n) == M).given(first_row == first_row @ S(n))), ca.Refutation)


def test_a_strided_matrix_depends_on_the_difference_of_the_strides():
    T = ca.unknown("T", m, s * m)
    first = S(s * m, 1) @ ca.flip(s * m) @ T.T @ ca.impulse(m)
    claim = ca.downsample(s * m, s) @ C(first) == T
    assert isinstance(decide(claim.given(T @ S(s * m, s) == S(m, 1) @ T)), ca.Proof)
    assert isinstance(decide(claim.given(T @ S(s * m, 1) == S(m, 1) @ T)), ca.Refutation)


def test_two_equal_entries_are_no_invariance_of_all():
    corner, below = (ca.impulse(n, q).T @ M @ ca.impulse(n) for q in (0, 1))
    assert not any(isinstance(law, Invariance) for law in laws(corner == below))
    assert used((corner == below,), one("M", i, j)) is None


# --- replacements -----------------------------------------------------------------------------------------------------


def test_reciprocal_kernels_cancel_at_one_place():
    assert used(RECIPROCAL, one("u", i), one("v", i)).atoms == ()
    assert used(RECIPROCAL, one("u", i + k), one("v", i + k), one("w", j)).atoms == (one("w", j),)
    assert used(RECIPROCAL, one("u", i), one("v", j)) is None
    assert used(RECIPROCAL, one("u", i)) is None
    assert used(RECIPROCAL, one("u", i), one("u", i)) is None


def test_a_product_that_is_one_cancels():
    made = used(INVERSE, one("A", i, x), one("B", x, j), bound=((X, n),))
    assert made.bound == ()
    assert {atom.kind for atom in made.atoms} == {"delta"}
    assert used(INVERSE, one("A", i, x), one("B", x, y), one("u", y), bound=((X, n), (Y, n))).bound == ((Y, n),)


def test_a_product_with_the_sum_elsewhere_does_not():
    assert used(INVERSE, one("A", i, x), one("B", x, j), one("u", x), bound=((X, n),)) is None
    assert used(INVERSE, one("A", x, i), one("B", x, j), bound=((X, n),)) is None
    assert used(INVERSE, one("A", x, x), one("B", x, j), bound=((X, n),)) is None
    assert used(INVERSE, one("A", i, x), one("B", y, j), bound=((X, n), (Y, n))) is None
    assert used(INVERSE, one("A", i, x), one("B", x, j), bound=((X, m),), free=((I, n), (J, n))) is None
    assert used(INVERSE, one("A", i, k), one("B", k, j)) is None
    assert used(INVERSE, one("A", i, x), one("B", x, j), within(n, x + i), bound=((X, n),)) is None


def test_a_convolution_that_is_the_unit_cancels_after_a_translation():
    moved = used(UNDONE, one("u", x), one("v", y), one("w", i - x - y), bound=((X, n), (Y, n)))
    assert len(moved.bound) == 2
    assert len(used(UNDONE, *moved.atoms, bound=moved.bound).bound) == 1
    assert used(UNDONE, one("u", x), one("v", i - x), bound=((X, n),)).bound == ()
    assert used(UNDONE, one("u", x), one("v", y), within(n, i - y), bound=((X, n), (Y, n))) is None


def test_a_phase_of_the_hypothesis_is_divided_out():
    given = (ca.diagonal(F(n) @ w) @ ca.diagonal(u) == ca.identity(n),)
    made = used(given, one("u", y), one("w", x), phase(n, x * y + y * i), bound=((X, n), (Y, n)))
    assert made.atoms == (phase(n, y * i),)
    assert used(given, one("u", y), one("w", x), phase(n, x * y + x * i), bound=((X, n), (Y, n))) is None


def test_a_symmetric_kernel_is_read_from_one_side():
    (law,) = {type(law) for law in laws(*SYMMETRIC)}
    assert law is Law
    first, second = used(SYMMETRIC, one("w", i - j)), used(SYMMETRIC, one("w", j - i))
    assert (first is None) != (second is None)
    assert isinstance(decide((C(w) == C(w).T).given(*SYMMETRIC)), ca.Proof)
    assert isinstance(decide((C(w) == C(w).T).given(w == ca.flip(n) @ w)), ca.Refutation)


def test_a_kernel_that_vanishes_vanishes():
    assert used((w == 0 * w,), one("w", i - j)).coefficient == Size.of(0)
    assert isinstance(decide((C(w) @ C(u) == 0 * C(v)).given(w == 0 * w)), ca.Proof)


def test_hypotheses_of_no_use_are_named():
    K = ca.kernel("q", ca.size("p", 50))
    sums = w + u == v + v
    assert laws(sums) == ()
    verdict = decide((C(K) == C(K).T).given(sums))
    assert "no rule was found in the hypothesis (w + u) = (v + v)" in str(verdict)


def test_two_places_of_one_kernel_are_two():
    given = (ca.diagonal(u) @ ca.diagonal(u) == ca.identity(n),)
    assert used(given, one("u", i), one("u", i)).atoms == ()
    assert used(given, one("u", i)) is None
    assert used(given, one("u", i), one("u", j)) is None


def test_a_bracket_that_gives_an_index_a_value_is_used_up():
    given = (ca.diagonal(u) @ S(n) @ ca.diagonal(v) == S(n),)
    assert used(given, one("u", i), one("v", i - 1)).atoms == ()
    assert used(given, one("u", i), one("v", i)) is None
    assert used(given, one("u", i), one("v", j)) is None


def test_a_kernel_is_known_by_its_name():
    assert used(INVERSE, one("M", i, x), one("B", x, j), bound=((X, n),)) is None
    assert used(RECIPROCAL, one("u", i), one("w", i)) is None


def test_a_multiple_of_a_shift_is_no_invariance():
    assert not any(isinstance(law, Invariance) for law in laws(w == 2 * S(n) @ w))


def test_a_diagonal_that_repeats_is_no_invariance_of_all():
    V = ca.kernel("M", (n, n))
    diagonal = ca.sum_over(n, lambda q: ca.impulse(n, q) @ ca.impulse((n, n), (q, q)).T) @ V
    given = (diagonal == S(n) @ diagonal,)
    assert not any(isinstance(law, Invariance) for law in laws(*given))
    assert used(given, one("M", i, j)) is None
    assert laws(*given)


def test_a_hypothesis_about_every_second_place_says_nothing_of_the_others():
    q = ca.kernel("q", 2 * n)
    given = (ca.downsample(2 * n, 2) @ q == ca.ones(n),)
    assert laws(*given)
    assert used(given, kernel("q", (2 * n,), (i,))) is None


def test_a_reflected_sum_is_not_translated():
    assert used(UNDONE, one("u", x), one("v", -y), one("w", i - x + y), bound=((X, n), (Y, n))) is None
    assert used(UNDONE, one("u", x), one("v", y), within(n, i - x - y), bound=((X, n), (Y, n))) is None


def test_the_sums_of_a_hypothesis_are_as_many_in_the_term():
    given = (ca.identity(n) == M @ A @ B,)
    atoms = one("M", i, x), one("A", x, y), one("B", y, j)
    assert used(given, *atoms, bound=((X, n), (Y, n))).bound == ()
    assert used(given, *(atom.put(Y, x) for atom in atoms), bound=((X, n),)) is None


def test_new_sums_have_names_of_their_own():
    given = (M @ A @ B == A @ B,)
    Z, W = (Symbol("t", "index", q) for q in (2, 3))
    z, t = map(Size.named, (Z, W))
    first = one("M", i, x), one("A", x, y), one("B", y, j)
    second = one("M", i, z), one("A", z, t), one("B", t, j)
    once = used(given, *first, *second, bound=((X, n), (Y, n), (Z, n), (W, n)))
    twice = used(given, *once.atoms, bound=once.bound)
    assert len({x for x, _ in twice.bound}) == 2


def stated(before, after, free):
    """The laws of an equation between two products."""
    sides = (NormalForm((((side.bound, side.atoms), side.coefficient),), ()) for side in (before, after))
    return laws_of(0, "", tuple(sides), free)


def test_a_bracket_that_stays_makes_no_law():
    q = kernel("q", (s * m,), (i,))
    coarse, twice = delta(m, 2 * i), delta(s * m, 2 * i - k)
    for bracket in (coarse, twice):
        assert stated(Term(ONE, (), (bracket, q)), Term(ONE, (), (bracket,)), ((I, s * m),)) == ()
    assert stated(Term(ONE, (), (q,)), Term(), ((I, s * m),)) != ()


def test_half_of_a_multiple_is_not_taken():
    assert laws(2 * ca.diagonal(u) @ ca.diagonal(v) == 2 * ca.identity(n)) == ()


def test_a_hypothesis_about_part_of_a_kernel_is_no_law():
    part, long = ca.crop(n + 1, (0, 1)), ca.kernel("q", n + 1)
    assert laws(part @ long == 0 * (part @ long)) == ()
    assert isinstance(decide((long == 0 * long).given(part @ long == 0 * (part @ long))), ca.Refutation)


@pytest.mark.parametrize("given", [COMMUTES, SYMMETRIC, RECIPROCAL, INVERSE, UNDONE])
def test_a_proof_names_its_hypotheses(given):
    proof = decide((C(w) @ S(n) == S(n) @ C(w)).given(*given))
    assert isinstance(proof, ca.Proof)
    assert any(" = " in text for text in proof.hypotheses)
