from fractions import Fraction

import pytest
from brute_force import I, J, X, Y, agree, held, i, j, k, m, n, s, x, y

from convalgebra.proofs.calculus.checker import check
from convalgebra.proofs.calculus.rewriting import (
    MOST_STEPS,
    RULES,
    STRATEGIES,
    digits,
    exact,
    in_range,
    never,
    normalise,
    place,
    select,
    single,
    total,
    use,
)
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Log, Term, delta, expression, kernel, numbered, phase, sums, within

FREE = ((I, n), (J, n))
P = Size.named(Symbol("p", "size", 0))


def w(*args):
    return kernel("w", (n,) * len(args), args)


def applied(rule, *atoms, bound=((X, n),), free=FREE):
    """What a rule makes of a term, held against brute force and the checker; None where it does not fit."""
    term = Term(ONE, bound, atoms)
    step = rule(term, {**dict(free), **dict(bound)}, numbered("y"))
    if step is None:
        return None
    return held(term, step, agree(term, step.term, free, p=range(4)), free)


# --- range ------------------------------------------------------------------------------------------------------------


def test_a_range_that_always_holds_is_dropped():
    assert applied(in_range, w(x), within(n, x)).atoms == (w(x),)
    assert applied(in_range, w(x), within(n, x + 1)) is None
    assert applied(in_range, w(x), within(n - 1, x)) is None


def test_equations_help_a_range_but_congruences_do_not():
    bound = ((X, n), (Y, n))
    assert applied(in_range, delta(ZERO, x + y - i), within(n, i - x), bound=bound).atoms == (delta(ZERO, x + y - i),)
    assert applied(in_range, delta(n, x + y - i), within(n, i - x), bound=bound) is None
    assert applied(in_range, w(x + y - i), within(n, i - x), bound=bound) is None


# --- select -----------------------------------------------------------------------------------------------------------


def test_an_equation_selects_a_place_and_leaves_a_range():
    assert applied(select, delta(ZERO, x - k), phase(n, x)).atoms == (phase(n, k), within(n, k))
    assert applied(select, delta(ZERO, k - x), phase(n, x)).atoms == (phase(n, k), within(n, k))
    assert applied(select, delta(ZERO, x - i), phase(n, x)).atoms == (phase(n, i), within(n, i))


def test_a_congruence_selects_a_residue():
    assert applied(select, delta(n, x - k), w(x, i - x)).atoms == (w(k, i - k),)
    assert applied(select, delta(n, i - j - x), w(x)).atoms == (w(i - j),)


def test_a_congruence_selects_only_where_all_is_periodic():
    assert applied(select, delta(n, x - k), within(n, x + 1)) is None
    assert applied(select, delta(n, x - k), kernel("u", (m,), (x,))) is None
    assert applied(select, delta(n, x - k), delta(ZERO, x + k)).bound == ()  # by the equation
    assert applied(select, delta(n, x - k), delta(m, x)) is None


def test_only_a_single_index_is_selected():
    assert applied(select, delta(n, 2 * x - k), w(x)) is None
    assert applied(select, delta(n, s * x - k), w(x)) is None
    assert applied(select, delta(ZERO, 2 * x - k), phase(n, x)) is None


def test_a_coarser_congruence_splits_the_sum():
    made = applied(select, delta(m, x - i), kernel("u", (s * m,), (x,)), bound=((X, s * m),))
    (y0, size), value = made.bound[0], made.atoms[0].args[0]
    assert size == s
    assert value == i + m * Size.named(y0)


def test_a_finer_or_foreign_congruence_selects_nothing():
    assert applied(select, delta(s * n, x - k), w(x)) is None
    assert applied(select, delta(m, x - k), w(x)) is None


def test_an_empty_range_selects_nothing():
    # for n = 1 there is no x below n - 1
    u = kernel("u", (n - 1,), (x,))
    assert applied(select, delta(n - 1, x - k), u, bound=((X, n - 1),), free=()) is None
    assert applied(select, delta(m, x - k), kernel("u", (P * m,), (x,)), bound=((X, P * m),), free=()) is None


# --- use --------------------------------------------------------------------------------------------------------------


def used(*atoms, bound=(), free=FREE):
    return applied(use, *atoms, bound=bound, free=free)


def test_an_equation_removes_an_index_elsewhere():
    assert used(delta(n, i - j - k), w(j)).atoms == (delta(n, i - j - k), w(i - k))
    assert used(delta(ZERO, i - j - k), kernel("u", (m,), (j,))).atoms[1] == kernel("u", (m,), (i - k,))
    assert used(delta(ZERO, i - j - k), within(m, j)).atoms[1] == within(m, i - k)
    assert used(delta(ZERO, i - j - k), delta(ZERO, j + 1)).atoms[1] == delta(ZERO, i - k + 1)


def test_a_congruence_is_used_only_by_what_reads_residues():
    assert used(delta(n, i - j - k), within(n, j)) is None
    assert used(delta(n, i - j - k), delta(ZERO, 2 * j - i)) is None
    assert used(delta(n, i - j - k), kernel("u", (m,), (j,))) is None
    assert used(delta(n, i - j - k), kernel("u", (s * n,), (j,))) is None
    assert used(delta(s * n, i - j - k), kernel("u", (n,), (j,)), free=((I, s * n), (J, s * n))) is not None


def test_multiples_of_an_equation_are_used():
    assert used(delta(n, i - s * j), w(s * j)).atoms[1] == w(i)
    assert used(delta(n, i - s * j), w(j)) is None
    assert used(delta(n, i - 2 * j), w(3 * j)) is None


def test_a_phase_is_refined_before_an_equation_is_used():
    free = ((I, s * m), (J, m))
    assert used(delta(s * m, i - s * j), phase(m, j * k), free=free).atoms[1:] == (phase(s * m, i * k),)
    assert used(delta(n, i - s * j), phase(m, j), free=free) is None


def test_nothing_is_used_when_the_index_stays():
    assert used(delta(n, i - j - k), w(j), within(n, j + 1)) is None


# --- total ------------------------------------------------------------------------------------------------------------


def test_a_sum_of_ones_counts():
    made = applied(total, w(i))
    assert (made.coefficient, made.bound, made.atoms) == (n, (), (w(i),))
    assert applied(total, w(i), bound=((X, P),)).coefficient == P


def test_an_empty_sum_does_not_count_below_zero():
    assert applied(total, w(i), bound=((X, n - 3),)) is None  # n - 3 = -2 for n = 1, but the sum is 0


def test_one_place_fits_a_congruence_where_the_factor_divides():
    made = applied(total, delta(s * m, s * x - i), bound=((X, m),))
    assert (made.bound, made.atoms) == ((), (delta(s, -i),))
    assert applied(total, delta(s * m, i - s * x), bound=((X, m),)).atoms == (delta(s, i),)
    assert applied(total, delta(m, x + i), bound=((X, m),)).atoms == (delta(ONE, i),)


def test_other_congruences_are_not_counted():
    assert applied(total, delta(s * m, x - i), bound=((X, m),)) is None
    assert applied(total, delta(s * m, 2 * s * x - i), bound=((X, m),)) is None
    assert applied(total, delta(m, x - i), bound=((X, s * m),)) is None
    assert applied(total, delta(ZERO, x - i)) is None
    assert applied(total, delta(n, x - i), w(x)) is None
    assert applied(total, within(n, x - i)) is None
    assert applied(total, w(x)) is None


def test_an_empty_sum_fits_no_congruence():
    assert applied(total, delta(n - 1, x - i), bound=((X, n - 1),), free=()) is None
    assert applied(total, delta(s * P, s * x - i), bound=((X, P),)) is None


def test_powers_of_a_root_sum_to_zero():
    made = applied(total, phase(n, x * i - x * j + k))
    assert (made.coefficient, made.bound, made.atoms) == (n, (), (phase(n, k), delta(n, i - j)))
    made = applied(total, phase(s * m, s * x * i + j), bound=((X, m),))
    assert (made.coefficient, made.atoms) == (m, (phase(s * m, j), delta(m, i)))


def test_part_of_the_powers_does_not_sum_to_zero():
    assert applied(total, phase(s * m, x * i), bound=((X, m),)) is None
    assert applied(total, phase(n, x * i), w(x)) is None
    assert applied(total, phase(m, x * i), bound=((X, s * m),)) is None


# --- exact ------------------------------------------------------------------------------------------------------------


def test_a_congruence_between_close_numbers_is_an_equation():
    assert applied(exact, delta(n, i - j), bound=()).atoms == (delta(ZERO, i - j),)
    assert applied(exact, delta(s * m, s * i - j), bound=(), free=((I, m), (J, s * m))).atoms == (
        delta(ZERO, s * i - j),
    )


def test_a_congruence_that_may_wrap_is_none():
    assert applied(exact, delta(n, i - j + 1), bound=()) is None
    assert applied(exact, delta(n, i - j - 1), bound=()) is None
    assert applied(exact, delta(n, i + j), bound=()) is None
    assert applied(exact, delta(n, i - k), bound=()) is None
    assert applied(exact, delta(ZERO, i - j), bound=()) is None


def test_a_congruence_between_neighbouring_multiples_is_an_equation():
    assert applied(exact, delta(n, i + j + 1), bound=()).atoms == (delta(ZERO, i + j + 1 - n),)
    assert applied(exact, delta(n, i - j + n), bound=()).atoms[0].args[0] in {i - j, i - j + n}
    assert applied(exact, delta(n, i - j - n + 1), bound=()) is None
    assert applied(exact, delta(m, i - j), within(m, i - j)) is not None
    assert applied(exact, delta(m, i - j), within(m + 1, i - j)) is None
    assert applied(exact, delta(n, x - i - 1), bound=((X, n),)) is None


# --- single, never, place, digits -------------------------------------------------------------------------------------


def test_an_index_of_one_place_is_zero():
    assert applied(single, w(x + i), bound=((X, ONE),)).atoms == (w(i),)
    assert applied(single, w(x + i), bound=((X, n),)) is None
    assert applied(single, w(i), bound=((X, ONE),)) is None
    assert applied(single, w(i), bound=(), free=((I, ONE),)).atoms == (w(ZERO),)


def test_a_bracket_that_never_holds_makes_zero():
    for bracket in (
        within(n, i + n), within(n, -i - 1), delta(ZERO, i + 1), delta(ZERO, -i - 2), delta(ZERO, i + n - j),
        delta(n + 2, i + 1), delta(n + 2, -i - 1),
    ):  # fmt: skip
        assert applied(never, w(i), bracket, bound=()).coefficient == ZERO


def test_a_bracket_that_may_hold_is_left():
    for bracket in (
        within(n, i + n - 1), within(n, -i), delta(ZERO, i), delta(ZERO, -i), delta(ZERO, i + n - 1 - j), delta(n, i),
        delta(n, -i), delta(n, i + 1), delta(n, -i - 1), within(n, i + 1), within(2 * n, i + n), delta(n, i - k),
    ):  # fmt: skip
        assert applied(never, w(i), bracket, bound=()) is None


def test_the_other_brackets_may_refute_one():
    assert applied(never, within(m, i - j - 1), within(n, j - i), bound=()).coefficient == ZERO
    assert applied(never, within(m, i - j - 1), delta(ZERO, i - j), bound=()).coefficient == ZERO
    assert applied(never, within(m, i - j), within(n, j - i), bound=()) is None


def test_an_equation_places_even_a_tap():
    assert applied(place, delta(ZERO, x - i + j), kernel("u", (m,), (x,)), bound=((X, m),)).atoms == (
        kernel("u", (m,), (i - j,)),
        within(m, i - j),
    )
    assert applied(place, delta(n, x - i), kernel("u", (m,), (x,)), bound=((X, m),)) is None
    assert applied(place, delta(ZERO, 2 * x - i), kernel("u", (m,), (x,)), bound=((X, m),)) is None
    assert applied(place, delta(ZERO, s * x - i), kernel("u", (m,), (x,)), bound=((X, m),)) is None


WIDE = ((I, m), (J, m))


def digits_of(*atoms, bound=(), free=WIDE):
    made = applied(digits, *atoms, bound=bound, free=free)
    return None if made is None else set(made.atoms)


def test_a_number_is_its_digits():
    assert digits_of(delta(ZERO, m * x + i - j), bound=((X, s),)) == {delta(ZERO, x), delta(ZERO, i - j)}
    assert digits_of(delta(s * m, m * x + i - j), bound=((X, s),)) == {delta(s, x), delta(ZERO, i - j)}
    assert digits_of(delta(s * m, m * x - i - 1), bound=((X, s),)) == {delta(s, x - 1), delta(ZERO, m - i - 1)}
    assert digits_of(delta(ZERO, m * x + i - j - 1), bound=((X, s),)) is None
    assert digits_of(delta(ZERO, m * x + i + j), bound=((X, s),)) is None
    assert digits_of(delta(s, m * x + i - j), bound=((X, s),)) is None
    assert digits_of(delta(ZERO, k * x + i - j), bound=((X, s),)) is None
    assert digits_of(delta(ZERO, x + i - j), bound=((X, s),)) is None
    assert digits_of(delta(ZERO, P * x + i - j), bound=((X, s),), free=((I, P + 1), (J, P + 1))) is None


def test_a_range_of_numbers_is_one_of_their_first_digits():
    assert digits_of(within(s * m, m * x - m * k + i), bound=((X, s),)) == {within(s, x - k)}
    assert digits_of(within(m, m * x - m * k + i), bound=((X, s),)) == {within(ONE, x - k)}
    assert digits_of(within(s * m, m * x - m * k + i - j), bound=((X, s),)) is None
    assert digits_of(within(s * m, m * x - m * k + i + 1), bound=((X, s),)) is None
    assert digits_of(within(n, m * x - m * k + i), bound=((X, s),)) is None
    assert digits_of(within(m, m * x + k), bound=((X, ONE),)) is None


# --- normal forms -----------------------------------------------------------------------------------------------------


def normal(*terms, free=FREE, rules=RULES):
    form = normalise(terms, dict(free), rules)
    last = tuple(Term(c, *key) for key, c in form.terms)
    for after in (*sums(terms, form.steps), last):
        assert agree(terms, after, free)
    check(Log(free, (terms, last), (form.steps, ())))
    return form


def test_like_terms_are_collected_and_cancel():
    a, b = Term(ONE, ((X, n),), (w(x), w(i - x))), Term(-ONE, ((Y, n),), (w(i - y), w(y)))
    assert normal(a, b).terms == ()
    assert normal(a, a, b).terms == normal(a).terms
    assert len(normal(a, Term(ONE, (), (w(i),))).terms) == 2


@pytest.mark.parametrize("rules", STRATEGIES)
def test_every_step_keeps_the_value(rules):
    terms = Term(n, ((X, n), (Y, n)), (w(x, y), delta(n, x - y - k), delta(n, y - i), phase(n, x * j)))
    form = normal(terms, rules=rules)
    assert {step.rule for step in form.steps} >= {"select"}
    assert form.terms[0][1] == n


def test_a_modulus_must_be_at_least_one():
    for bad in (delta(P, i), phase(n - 1, i), kernel("u", (k,), (i,))):
        with pytest.raises(UnsupportedError, match="a size that may be below 1"):
            normalise(expression(bad), dict(FREE))


def test_an_index_must_be_an_integer_polynomial():
    for bad in (m.inverse(), n * Fraction(1, 2)):
        with pytest.raises(UnsupportedError, match="no integer polynomial"):
            normalise(expression(w(bad)), dict(FREE))


def test_work_is_bounded():
    assert MOST_STEPS <= 400
    with pytest.raises(UnsupportedError):
        normalise((Term(),) * 300, {})
    with pytest.raises(UnsupportedError, match="30 equal kernels"):
        normalise(expression(*[w(x)] * 30, bound=((X, n),)), {})


def test_a_zero_term_has_no_normal_form():
    assert normal(Term(ONE, (), (w(i), delta(ZERO, ONE)))).terms == ()
