import pytest
from brute_force import I, X, Y, agree, held, i, k, m, n, x, y

from convalgebra.proofs.calculus.renaming import MOST_ORDERS, rename
from convalgebra.proofs.calculus.rewriting import Step
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Term, delta, kernel, phase, within

FREE = ((I, n),)
R = Symbol("r", "index", 0)
r = Size.named(R)


def renamed(*atoms, bound=((X, n),), free=FREE):
    term = Term(ONE, bound, atoms)
    made, moves = rename(term)
    return held(term, Step("rename", (moves,), made), agree(term, made, free), free)


def test_a_residue_is_translated_and_reflected():
    assert renamed(kernel("w", (n,), (i + k - x,)), phase(n, x)).atoms == (
        kernel("w", (n,), (r,)),
        phase(n, i + k - r),
    )


def test_a_place_is_not_translated():
    made = renamed(kernel("w", (n,), (x + i,)), delta(ZERO, x - i), free=((I, m),))
    assert kernel("w", (n,), (r + i,)) in made.atoms


def test_a_place_is_reflected():
    for argument in (n - 1 - x, -1 - x):
        assert kernel("w", (n,), (r,)) in renamed(kernel("w", (n,), (argument,)), within(m, x + 2), free=()).atoms


def test_a_place_is_not_reflected_beside_its_middle():
    made = renamed(kernel("w", (n,), (n - 2 - x,)), within(m, x), free=())
    assert kernel("w", (n,), (-r - 2,)) in made.atoms


def test_a_range_is_no_residue():
    renamed(kernel("w", (n,), (x,)), within(n, i + n))
    renamed(kernel("w", (n,), (n - 1 - x,)), within(n, x + n))


def test_an_index_of_another_size_is_not_moved():
    made = renamed(kernel("w", (n,), (x + 1,)), bound=((X, n + 1),), free=())
    assert made == Term(ONE, ((R, n + 1),), (kernel("w", (n,), (r + 1,)),))


def test_a_multiple_is_not_moved():
    made = renamed(kernel("w", (n,), (2 * x + 1,)), free=())
    assert made == Term(ONE, ((R, n),), (kernel("w", (n,), (2 * r + 1,)),))


def test_the_order_of_equal_kernels_does_not_matter():
    u = [kernel("w", (n,), (x,)), kernel("w", (n,), (i - x,)), kernel("v", (n,), (x - y,)), kernel("v", (n,), (y,))]
    bound = ((X, n), (Y, n))
    assert renamed(*u, bound=bound) == renamed(*reversed(u), bound=bound[::-1])


def test_names_of_before_do_not_clash():
    once = renamed(
        kernel("u", (n,), (x,)), kernel("w", (n,), (y - x,)), kernel("w", (n,), (y,)), bound=((X, n), (Y, n))
    )
    assert rename(once)[0] == once
    R1 = Symbol("r", "index", 1)
    renamed(kernel("u", (n,), (Size.named(R1),)), kernel("w", (n, n), (r, Size.named(R1))), bound=((R, n), (R1, n)))


def test_too_many_equal_kernels_are_refused():
    many = [kernel("w", (n,), (x,))] * 7
    with pytest.raises(UnsupportedError, match="25 equal kernels in one product, more than 24"):
        rename(Term(ONE, ((X, n),), tuple(many * 4)[:25]))
    assert MOST_ORDERS <= 720
    rename(Term(ONE, ((X, n),), tuple(many[:4])))


def test_many_equal_kernels_have_one_name_where_they_are_symmetric():
    indices = [Symbol("t", "index", q) for q in range(6)]
    places = [*map(Size.named, indices)]
    last = i - sum(places, ZERO)
    kernels = [kernel("w", (n,), (e,)) for e in (*places, last)]
    bound = tuple((t, n) for t in indices)
    made = rename(Term(ONE, bound, tuple(kernels)))[0]
    assert made == rename(Term(ONE, bound[::-1], tuple(reversed(kernels))))[0]
    moved = Term(ONE, bound, tuple(kernels)).put(indices[0], last.put(indices[5], places[0] - 2) + 3)
    rename(moved)


def test_scalars_have_no_order():
    scalars = [kernel("a", (), ())] * 9
    assert renamed(*scalars, kernel("w", (n,), (x,))).atoms[:9] == tuple(scalars)
