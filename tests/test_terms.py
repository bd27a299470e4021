import pytest
from brute_force import I, X, Y, agree, i, j, k, n, x, y

from convalgebra.proofs.calculus.sizes import ONE, Size, UnsupportedError
from convalgebra.proofs.calculus.terms import (
    MOST_TERMS,
    Term,
    delta,
    expression,
    indices,
    kernel,
    limited,
    numbered,
    phase,
    times,
    within,
)


def test_a_product_multiplies_sums_out():
    u, v = kernel("u", (n,), (x,)), kernel("v", (n,), (y,))
    left = expression(u, bound=((X, n),)) + expression(coefficient=n)
    made = times(left, expression(v, coefficient=Size.of(2), bound=((Y, n),)))
    assert made == (Term(Size.of(2), ((X, n), (Y, n)), (u, v)), Term(2 * n, ((Y, n),), (v,)))


def test_indices_run_over_a_box():
    bound, places = indices(numbered("t"), (n, Size.of(3)))
    assert [size for _, size in bound] == [n, Size.of(3)]
    assert places == tuple(Size.named(symbol) for symbol, _ in bound)
    assert len({symbol for symbol, _ in bound}) == 2
    assert indices(numbered("t"), ()) == ((), ())


def test_too_many_products_are_refused_early():
    with pytest.raises(UnsupportedError, match="more than 256"):
        times(*[expression() + expression()] * 9)
    assert len(limited((Term(),) * MOST_TERMS)) == MOST_TERMS


def test_an_index_is_replaced_everywhere():
    term = Term(ONE, (), (kernel("u", (n, n), (i, i + j)), phase(n, i * j), within(n, i)))
    assert term.put(I, k) == Term(ONE, (), (kernel("u", (n, n), (k, k + j)), phase(n, k * j), within(n, k)))


def test_one_occurrence_of_an_atom_is_dropped():
    w = kernel("w", (n,), (x,))
    term = Term(ONE, ((X, n),), (w, w, delta(n, x)))
    assert term.without(X, w) == Term(ONE, (), (w, delta(n, x)))
    assert term.without(None, w).bound == term.bound


def test_fresh_indices_differ_from_each_other_and_from_any_symbol_of_a_user():
    names = numbered("k")
    first, second = next(names), next(names)
    assert first != second
    assert first not in k.symbols


def test_kernels_read_their_arguments_modulo_their_sizes():
    free = ((I, n),)
    assert agree(expression(kernel("w", (n,), (i,))), expression(kernel("w", (n,), (i + n * k,))), free)
    assert not agree(expression(kernel("w", (n,), (i,))), expression(kernel("w", (n,), (i + k,))), free)
