from brute_force import I, J, X, Y, agree, held, i, j, k, m, n, s, x, y

from convalgebra.proofs.calculus.reducing import at_least_zero, bounded, facts, is_false, periodic, tidy
from convalgebra.proofs.calculus.rewriting import Step
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol
from convalgebra.proofs.calculus.terms import Term, delta, kernel, phase, within

FREE = ((I, n), (J, n))
P = Size.named(Symbol("p", "size", 0))


def tidied(*atoms, free=FREE):
    """The atoms after tidying, held against brute force and the checker."""
    term = Term(ONE, (), atoms)
    made = tidy(term)
    return held(term, Step("tidy", (), made), agree(term, made, free, p=range(4)), free).atoms


def test_arguments_are_reduced_modulo_their_sizes():
    assert tidied(kernel("w", (n,), (i + n * k - n,))) == (kernel("w", (n,), (i,)),)
    assert tidied(delta(n, i - j + n * j)) == (delta(n, j - i),)
    assert tidied(phase(n, i * j + n * i)) == (phase(n, i * j),)


def test_brackets_that_hold_disappear_and_those_that_fail_are_seen():
    assert tidied(delta(n, n * k)) == ()
    assert tidied(delta(ONE, i)) == ()
    for false in (delta(ZERO, Size.of(3)), delta(ZERO, 3 * n), delta(Size.of(4), Size.of(6))):  # n >= 1
        assert list(map(is_false, tidied(false))) == [True]


def test_a_bracket_between_a_number_and_a_size_is_left_open():
    assert tidied(delta(n, Size.of(3))) == (delta(n, Size.of(3)),)
    assert tidied(delta(ZERO, P)) == (delta(ZERO, P),)
    assert tidied(delta(ZERO, 3 * P)) == (delta(ZERO, P),)
    assert not any(map(is_false, (delta(n, Size.of(3)), delta(ZERO, P), kernel("w", (n,), (ONE,)), delta(ONE, ZERO))))
    assert not is_false(kernel("w", (Size.of(3),), (ONE,)))


def test_a_range_that_may_be_empty_is_kept():
    assert tidied(within(P, ZERO)) == tidied(within(P, P - 1)) == (within(P, ZERO),)


def test_common_factors_of_brackets_cancel():
    assert tidied(delta(s * n, s * i - s * j)) == (delta(n, j - i),)
    assert tidied(delta(2 * n, 4 * i)) == (delta(n, 2 * i),)
    assert tidied(delta(ZERO, s * i - s * j)) == (delta(ZERO, j - i),)
    assert tidied(delta(n, 2 * i)) == (delta(n, 2 * i),)


def test_brackets_have_one_sign_and_count_once():
    assert tidied(delta(n, j - i)) == tidied(delta(n, i - j)) == tidied(delta(n, i - j), delta(n, j - i))
    assert tidied(within(m, i - 1)) == tidied(within(m, m - i)) == tidied(within(m, i - 1), within(m, i - 1))


def test_equal_kernels_count_twice():
    w = kernel("w", (n,), (i,))
    assert tidied(w, w) == (w, w)


def test_phases_merge_where_one_order_divides_the_other():
    assert tidied(phase(n, i), phase(n, j)) == (phase(n, i + j),)
    assert tidied(phase(n, i), phase(s * n, j)) == (phase(s * n, s * i + j),)
    assert tidied(phase(n, i), phase(n, -i)) == ()
    assert tidied(phase(s * n, s * i)) == (phase(n, i),)
    assert tidied(phase(n, s * i)) == (phase(n, s * i),)
    assert len(tidied(phase(m, i), phase(n, j))) == 2


def test_a_period_must_be_seen_in_every_atom():
    def seen(*atoms):
        return periodic(Term(ONE, (), atoms), X, n)

    assert seen(kernel("w", (n,), (x + i,)), phase(n, x * i), delta(n, x - j))
    assert seen(kernel("w", (m,), (i,)), within(m, i))  # which do not read x
    assert not seen(kernel("w", (m,), (x,)))
    assert not seen(kernel("w", (n * s,), (x,)))
    assert seen(kernel("w", (n * s,), (s * x,)))
    assert not seen(delta(ZERO, x - i))
    assert not seen(within(n, x))
    assert seen(kernel("w", (n,), (x,)))
    assert not seen(kernel("w", (n,), (x,)), within(n, x))


def test_bounds_are_sharp():
    ranges = {X: n, Y: m}
    assert bounded(x, n, ranges)
    assert not bounded(x, n - 1, ranges)
    assert not bounded(x - 1, n, ranges)
    assert bounded(n - 1 - x, n, ranges)
    assert bounded(x + y, n + m - 1, ranges)
    assert not bounded(x + y, n + m - 2, ranges)
    assert bounded(x - y + m - 1, n + m - 1, ranges)
    assert bounded(s * x, s * n - s + 1, ranges)
    assert not bounded(s * x, s * n - s, ranges)


def test_unknown_signs_bound_nothing():
    assert not bounded(k * x, n, {X: n})
    assert not bounded(x + k, n, {X: n})
    assert not bounded(x, n, {})
    assert not bounded((m - n) * x + n * n, n * n + 1, {X: n})  # x = 0 is no bound for m > n


def test_equations_help_to_bound():
    # x + y = i < n  =>  0 <= x, y < n
    def known(atom):
        return facts(Term(ONE, (), (atom, within(m, k))), within(m, k))

    assert bounded(i - x, n, {X: n, Y: n, I: n}, known(delta(ZERO, x + y - i)))
    assert bounded(i - x, n, {X: n, Y: n, I: n}, known(delta(ZERO, i - x - y)))
    assert not bounded(i - x, n, {X: n, Y: n, I: n})
    assert not bounded(i - x, n, {X: n, Y: n, I: n}, known(delta(n, i - x - y)))
    assert at_least_zero(i - x - 2, {X: n, I: n}, known(within(m, i - x - 2)))
    assert at_least_zero(m + 1 - i + x, {X: n, I: n}, known(within(m, i - x - 2)))
    assert not at_least_zero(m - i + x, {X: n, I: n}, known(within(m, i - x - 2)))


def test_a_bracket_is_no_fact_about_itself():
    bracket = within(n, i - 1)
    assert facts(Term(ONE, (), (bracket,)), bracket) == []
    assert facts(Term(ONE, (), (delta(n, i), phase(n, i))), bracket) == []
