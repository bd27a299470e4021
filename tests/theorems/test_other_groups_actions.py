"""Chapter 8, permutations of points and graphs: orbits listed one by one, dimensions by the rank of the equations."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import flip, found, rank, same, shift, vectors

import convalgebra as ca

BELL = [1, 1, 2, 5, 15]
points, few = st.integers(1, 4), st.integers(1, 3)


def eye(n):
    return np.eye(n, dtype=np.int64)


def generated(generators):
    """All products."""
    elements = {tuple(range(len(generators[0])))}
    while True:
        more = elements | {tuple(g[i] for i in h) for g in elements for h in generators}
        if more == elements:
            return sorted(elements)
        elements = more


def groups(most=4):
    """Groups of permutations of some points: two elements generate each."""
    return st.integers(1, most).flatmap(lambda n: st.tuples(*[st.permutations(range(n)).map(tuple)] * 2)).map(generated)


def matrix_of(g):
    """The column of i has its one at g[i]."""
    return eye(len(g))[:, np.argsort(g)]


def on_tuples(g, order):
    """The permutation of all tuples of points."""
    tuples = list(product(range(len(g)), repeat=order))
    return tuple(tuples.index(tuple(g[i] for i in x)) for x in tuples)


def orbits(maps):
    """Classes of places under all elements of a group."""
    return len({frozenset(places) for places in zip(*maps, strict=True)})


def dimension(pairs):
    """dim {A : A P = Q A}: the unknowns minus the rank of the equations; the library agrees."""
    (P, Q), *_ = pairs
    equations = [np.kron(P.T, eye(len(Q))) - np.kron(eye(len(P)), Q) for P, Q in pairs]
    solved = len(P) * len(Q) - np.linalg.matrix_rank(np.vstack(equations))
    assert len(ca.commutant([(ca.matrix(P), ca.matrix(Q)) for P, Q in pairs[:3]])) >= solved
    return solved


def layers(group, order=1):
    """The equivariant maps from points to tuples of points."""
    return dimension([(matrix_of(g), matrix_of(on_tuples(g, order))) for g in group])


def symmetric(n):
    return list(permutations(range(n)))


@given(groups())
def test_equivariance_is_weight_sharing_along_orbits_of_pairs(group):
    """The dimension is the number of orbits of pairs."""
    assert layers(group) == orbits([on_tuples(g, 2) for g in group])


@given(groups(3))
def test_the_dimension_is_a_mean_of_fixed_points(group):
    """Burnside, from points to pairs of points: the mean of fix(g) fix(g)^2."""
    fixed = [sum(i == j for i, j in enumerate(g)) for g in group]
    assert layers(group, 2) == Fraction(sum(f**3 for f in fixed), len(group))


@given(few, st.integers(1, 2), st.data())
def test_maps_of_sets_are_a_scalar_and_a_mean(n, c, data):
    """I (x) A + J (x) B commutes with every permutation; there are min(n, 2) c^2 dimensions."""
    A, B = data.draw(vectors(c, c)), data.draw(vectors(c, c))
    layer = np.kron(eye(n), A) + np.kron(np.ones((n, n), dtype=np.int64), B)
    moves = [np.kron(matrix_of(g), eye(c)) for g in symmetric(n)]
    assert all(same(P @ layer, layer @ P) for P in moves)
    assert dimension([(P, P) for P in moves]) == min(n, 2) * c * c


@given(groups())
def test_doubly_transitive_groups_have_the_maps_of_sets(group):
    """Two dimensions, exactly where any two points are moved to any two."""
    n = len(group[0])
    apart = {(g[0], g[1]) for g in group} if n > 1 else set()
    assert (layers(group) == 2) == (n > 1 and len(apart) == n * (n - 1))


@given(few, st.integers(0, 2), st.integers(0, 2))
def test_layers_of_graphs_are_counted_by_partitions(n, k, order):
    """Orbits of k + l indices: the partitions of them into at most n parts."""
    count = orbits([on_tuples(g, k + order) for g in symmetric(n)])
    patterns = {tuple(x.index(i) for i in x) for x in product(range(n), repeat=k + order)}
    assert count == len(patterns)
    assert count == BELL[k + order] or n < k + order


@given(st.integers(2, 3), st.integers(2, 3))
def test_products_of_groups_multiply_dimensions(m, n):
    """Rows and columns reordered: four orbits of pairs of places; shifted: m n."""
    exchanged = [np.kron(matrix_of(g), matrix_of(h)) for g in symmetric(m) for h in symmetric(n)]
    places = list(product(range(m), range(n)))
    classes = {frozenset((P @ np.outer(e, f) @ P.T).argmax() for P in exchanged)
               for e, f in product(eye(len(places)), repeat=2)}  # fmt: skip
    assert len(classes) == 4
    for A, B in product((eye(m), 1 - eye(m)), (eye(n), 1 - eye(n))):
        assert all(same(P @ np.kron(A, B), np.kron(A, B) @ P) for P in exchanged)
    steps = np.kron(shift(m), eye(n)), np.kron(eye(m), shift(n))
    assert len(ca.commutant([ca.permutation(P.argmax(axis=1)) for P in steps])) == m * n


def powers(A):
    return np.stack([np.linalg.matrix_power(A, k).reshape(-1) for k in range(len(A))])


@given(st.integers(1, 6))
def test_filters_of_a_graph_keep_its_symmetries(n):
    """On the cycle, polynomials in S + S^-1 have the dimension of all that commutes with shifts and the reversal."""
    A = shift(n, 1) + shift(n, -1)
    assert rank(powers(A)) == dimension([(shift(n), shift(n)), (flip(n), flip(n))]) == n // 2 + 1


@given(st.integers(1, 6))
def test_filters_of_the_cycle_are_even(n):
    """S + S^-1 makes the symmetric kernels alone."""
    even = [shift(n, t) + shift(n, -t) for t in range(n)]
    A = powers(shift(n, 1) + shift(n, -1))
    assert rank(np.vstack([A, *(E.reshape(1, -1) for E in even)])) == rank(A)
    assert rank(np.vstack([A, shift(n).reshape(1, -1)])) == rank(A) + (n > 2)


def alternating(n):
    return [g for g in symmetric(n) if round(np.linalg.det(matrix_of(g))) == 1]


def shifts(m, n):
    """All shifts of an m x n torus, as permutations of its places."""
    steps = product(range(m), range(n))
    return [[(i + a) % m * n + (j + b) % n for i, j in product(range(m), range(n))] for a, b in steps]


FALSE = {
    "there is a weight for each orbit of points": (groups(), lambda group: layers(group) == orbits(group)),
    "the dimension is the mean of fixed points": (
        groups(), lambda group: layers(group) * len(group) == sum(i == j for g in group for i, j in enumerate(g)),
    ),
    "maps of sets are pointwise": (points, lambda n: layers(symmetric(n)) == 1),
    "a larger group leaves fewer layers": (
        st.integers(2, 4), lambda n: layers(symmetric(n)) < layers(alternating(n)),
    ),
    "there are always fifteen layers of graphs": (
        few, lambda n: orbits([on_tuples(g, 4) for g in symmetric(n)]) == 15,
    ),
    "products of groups add dimensions": (
        st.tuples(st.integers(2, 4), st.integers(2, 4)),
        lambda m, n: orbits([on_tuples(g, 2) for g in shifts(m, n)]) == m + n,
    ),
    "filters are all that keeps the symmetries": (
        points, lambda n: layers(symmetric(n)) == rank(powers(0 * eye(n))),
    ),
    "filters of the cycle are all convolutions": (
        st.integers(1, 6), lambda n: rank(powers(shift(n, 1) + shift(n, -1))) == n,
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["a larger group leaves fewer layers"]) == 4
    assert found(*FALSE["filters of the cycle are all convolutions"]) == 3
    assert found(*FALSE["there are always fifteen layers of graphs"]) == 1
