from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from brute_force import I, J, K, M, N, X, Y, i, j, k, m, n, x, y

from convalgebra.proofs.calculus.replay import MOST_CELLS, Field, Point, compositions, evaluate, instances, order_of
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size
from convalgebra.proofs.calculus.terms import Term, delta, expression, kernel, phase, within

FREE = ((I, n), (J, n))


def values(*atoms, bound=(), free=FREE, coefficient=ONE, **at):
    numbers = {N: 4, M: 3, K: 1, **at}
    e = expression(*atoms, bound=bound, coefficient=coefficient)
    return evaluate(e, free, Point(numbers, Field.of(12), {"w": np.array([5, 7, 11, 13])}))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6, 12, 60])
def test_roots_of_unity_are_principal_and_compatible(order):
    field = Field.of(order)
    for a in (d for d in range(1, order + 1) if order % d == 0):
        root = field.root(a)
        for c in range(2 * a):
            powers = sum(pow(root, c * t, field.p) for t in range(a)) % field.p
            assert powers == (a if c % a == 0 else 0)
        for b in (d for d in range(1, order // a + 1) if order % (a * d) == 0):
            assert pow(field.root(a * b), b, field.p) == root


def test_fractions_are_residues():
    field = Field.of(6)
    assert field.number(Fraction(3, 4)) * 4 % field.p == 3


def test_atoms_mean_what_they_say():
    i_, j_ = np.indices((4, 4))
    assert (values(kernel("w", (n,), (i - j,))) == np.array([5, 7, 11, 13])[(i_ - j_) % 4]).all()
    assert (values(delta(m, i - j - k)) == ((i_ - j_ - 1) % 3 == 0)).all()
    assert (values(delta(ZERO, i - j - k)) == (i_ - j_ == 1)).all()
    assert (values(within(m, i - j)) == ((i_ >= j_) & (i_ - j_ < 3))).all()
    field = Field.of(12)
    assert (values(phase(n, i * j)) == np.vectorize(lambda e: pow(field.root(4), int(e), field.p))(i_ * j_)).all()


def test_a_sum_counts_every_value_of_its_indices():
    assert (values(bound=((X, m), (Y, n))) == 12).all()
    assert (values(delta(n, x - i), bound=((X, n),), coefficient=n * Size.of(2)) == 8).all()
    assert (values(within(n, x + y - 1), bound=((X, m), (Y, m)), free=()) == 8).all()


def test_terms_add_and_fractions_divide():
    e = (Term(n.inverse(), ((X, n),), ()), Term(-ONE))
    assert evaluate(e, FREE, Point({N: 4}, Field.of(2))).tolist() == np.zeros((4, 4)).tolist()


def test_too_much_work_is_left_out():
    side = 2 * int(MOST_CELLS**0.5)
    assert evaluate(expression(), FREE, Point({N: side}, Field.of(2))) is None


def test_conjugation_inverts_the_roots():
    point = Point({}, Field.of(6))
    p = point.finite.p
    assert (point.powers(6) * point.conjugated().powers(6) % p == 1).all()
    assert (point.conjugated().conjugated().powers(6) == point.powers(6)).all()
    with pytest.raises(TypeError, match="finite field"):
        Point({}).powers(3)


def test_conjugate_kernels_are_other_kernels_unless_given():
    point = Point({}, Field.of(6))
    assert (point.conjugated().kernel("w", (5,)) == point.kernel("conj(w)", (5,))).all()
    assert (point.conjugated().kernel("w", (5,)) != point.kernel("w", (5,))).any()
    given = Point({}, None, {"w": np.array([1, 2j])})
    assert given.conjugated().kernel("w", (2,)).tolist() == [1, -2j]
    assert given.conjugated().conjugated().kernel("w", (2,)).tolist() == [1, 2j]


def test_square_roots_are_of_the_field():
    point = Point({N: 3, M: 5}, Field.of(60))
    assert point.factor((n * m).root()) ** 2 % point.finite.p == 15
    assert point.factor(n.root().inverse() * n.root()) == 1
    with pytest.raises(TypeError, match="finite field"):
        Point({N: 3}).factor(n.root())


def test_generators_have_their_order():
    for order in (4, 6, 8, 9, 12, 30):
        field = Field.of(order)
        assert len({pow(field.generator, c, field.p) for c in range(order)}) == order


def test_random_kernels_depend_on_name_and_box_alone():
    a, b = Point({}, Field.of(2)), Point({N: 3}, Field.of(2))
    assert (a.kernel("w", (5,)) == b.kernel("w", (5,))).all()
    assert (a.kernel("w", (5,)) != a.kernel("u", (5,))).any()
    assert a.kernel("w", (2, 3)).shape == (2, 3)


def test_the_order_serves_every_phase():
    sums = [expression(phase(n, i), phase(2 * m, j)), expression(phase(m, i))]
    assert order_of(sums, {N: 4, M: 3}) == 12


def test_instances_come_smallest_first_and_fit():
    found = list(islice(instances([N, M, K], [n, n * m], 6), 200))
    assert all(1 <= f[N] * f[M] <= 6 for f in found)
    totals = [f[N] + f[M] - 2 + (2 * f[K] - 1 if f[K] > 0 else -2 * f[K]) for f in found]
    assert totals == sorted(totals)
    assert {f[K] for f in found} >= {0, 1, -1, 2, -2}
    assert list(instances([], [], 3)) == [{}]


def test_a_search_without_fitting_sizes_ends():
    assert list(instances([N, M, K], [n - n, m], 8)) == []


def test_compositions_are_all_ordered_sums():
    assert list(compositions(3, 1)) == [(3,)]
    assert len(list(compositions(4, 3))) == 15
    assert list(compositions(1, 0)) == []
