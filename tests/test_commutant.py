"""Equivariant maps: dimensions from the literature, bases held against the commutation equations."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import claim

import convalgebra as ca


def grid(n, move):
    """The permutation of an n x n grid that sends place (i, j) to move(i, j)."""
    return ca.permutation([(a % n) * n + b % n for a, b in (move(i, j) for i, j in product(range(n), repeat=2))])


def translations(n):
    return [grid(n, lambda i, j: (i + 1, j)), grid(n, lambda i, j: (i, j + 1))]


GROUPS = {
    "shifts on Z_n": lambda n: [ca.shift(n)],
    "D_n (shifts+reflection) on Z_n": lambda n: [ca.shift(n), ca.flip(n)],
    "reflection only on Z_n": lambda n: [ca.flip(n)],
    "S_n on n points": lambda n: [ca.permutation(p) for p in permutations(range(n))][:24],
    "translations of the n x n torus": translations,
    "translations + 180-degree rotation (p2)": lambda n: [*translations(n), grid(n, lambda i, j: (-i, -j))],
    "translations + 90-degree rotation (p4)": lambda n: [*translations(n), grid(n, lambda i, j: (j, -i))],
    "translations + rotations + reflections (p4m)": lambda n: [
        *translations(n),
        grid(n, lambda i, j: (j, -i)),
        grid(n, lambda i, j: (i, -j)),
    ],
}


@claim("literature", "commutant_dimension")
def test_dimensions_of_the_literature(case):
    if case["id"] == "commutant_Sn_tensors":
        check_tensors(case["expected"])
        return
    start, group = case["n_from"], GROUPS[case["group"]]
    for n, dimension in enumerate(case["expected"]["dims"], start):
        assert ca.commutant(group(n)).dimension == dimension


def check_tensors(expected):
    def power(p, k):
        return ca.kron(*[ca.permutation(p)] * k)

    for n, k, dimension in ((3, 1, expected["k1_l1"]), (2, 2, expected["small_n"]["n=2,k=l=2"]),
                            (3, 2, expected["small_n"]["n=3,k=l=2"])):  # fmt: skip
        swap, cycle = [1, 0, *range(2, n)], [*range(1, n), 0]
        dense = [ca.permutation(power(p, k).to_numpy().argmax(axis=1)) for p in (swap, cycle)]
        assert ca.commutant(dense).dimension == dimension


@pytest.mark.parametrize("name", GROUPS)
def test_the_basis_commutes_and_shares_each_entry_once(name):
    generators = GROUPS[name](3)
    found = ca.commutant(generators)
    assert len(found) == found.dimension
    for A in found.basis:
        for P in generators:
            ca.prove(A @ P == P @ A)
    total = sum(A.to_numpy() for A in found.basis)
    assert np.array_equal(total, np.ones_like(total))


@given(st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=3, max_size=3))
def test_general_generators_are_solved_exactly(rows):
    generator = np.array(rows)
    found = ca.commutant(ca.matrix(rows)) if generator.any() else ca.commutant(ca.matrix(rows) + ca.identity(3))
    equations = np.kron(np.eye(3), generator.T) - np.kron(generator, np.eye(3))
    assert found.dimension == 9 - np.linalg.matrix_rank(equations)
    for A in found.basis:
        assert np.array_equal(A.to_numpy() @ generator, generator @ A.to_numpy())


def test_permutations_written_as_matrices_have_the_same_commutant():
    assert ca.commutant(ca.matrix(ca.shift(4).to_numpy())).dimension == ca.commutant(ca.shift(4)).dimension == 4


def test_maps_between_two_spaces_are_strided_layers():
    found = ca.commutant([(ca.shift(6, 2), ca.shift(3, 1))])
    layer = ca.Conv(ca.symbols("w", (1, 1, 6)), stride=2, padding=((0, 4),), padding_mode="circular")
    assert found.dimension == 6  # one free weight for each tap
    ca.prove(layer.matrix((1, 6)) @ ca.shift(6, 2) == ca.shift(3, 1) @ layer.matrix((1, 6)))


@given(st.integers(1, 6), st.data())
def test_projection_is_the_mean_over_the_group(n, data):
    M = np.reshape(data.draw(st.lists(st.integers(-5, 5), min_size=n * n, max_size=n * n)), (n, n))
    projected = ca.project(M, ca.shift(n))
    mean = sum(np.roll(M, (k, k), (0, 1)) for k in range(n)).astype(object) * Fraction(1, n)
    assert (projected.to_numpy() == mean).all()
    assert bool(ca.project(projected, ca.shift(n)) == projected)


def test_symbols_and_floats_are_projected():
    a, b, c, d = ca.symbols("m", 4)
    projected = ca.project([[a, b], [c, d]], ca.shift(2)).to_sympy()
    assert projected[0, 0] == (a + d) / 2
    assert ca.project([[0.5, 0.0], [0.0, 1.0]], ca.shift(2)).to_numpy()[0, 0] == 0.75


@pytest.mark.parametrize(
    "call",
    [
        lambda: ca.commutant([]),
        lambda: ca.commutant(3),
        lambda: ca.commutant(ca.downsample(4, 2)),
        lambda: ca.commutant([ca.shift(3), ca.shift(4)]),
        lambda: ca.commutant(ca.shift(10**5)),
        lambda: ca.project(np.ones((2, 3)), ca.shift(3)),
        lambda: ca.project(np.ones((2, 2)), ca.circulant([1, 2])),
    ],
)
def test_bad_generators_are_refused(call):
    with pytest.raises(ca.ConvAlgebraError, match="must"):
        call()


def test_orbits_are_counted_by_burnside():
    """Necklaces, bracelets (OEIS A000029), and kernels of three values; all kernels when nothing moves."""
    assert [ca.orbit_count(ca.shift(n), 3) for n in range(1, 6)] == [3, 6, 11, 24, 51]
    assert [ca.orbit_count([ca.shift(n), ca.flip(n)]) for n in range(1, 9)] == [2, 3, 4, 6, 8, 13, 18, 30]
    assert ca.orbit_count(ca.shift((2, 2), (1, 0))) == 10
    assert ca.orbit_count(ca.identity(4), 3) == 81
    with pytest.raises(ca.ArgumentError, match="permutations"):
        ca.orbit_count(ca.circulant([1, 2]))
    with pytest.raises(ca.ArgumentError, match="at least 1"):
        ca.orbit_count(ca.shift(3), 0)
    with pytest.raises(ca.SizeLimitError, match="at most"):
        ca.orbit_count([ca.permutation([1, 0, *range(2, 12)]), ca.shift(12)])


def test_sizes_that_are_no_numbers_are_refused():
    S, M = ca.shift(ca.size("n")), ca.identity(3)
    with pytest.raises(ca.ArgumentError, match=r"the sizes of P must be numbers, not n x n; write P.subs\({n: 4}\)"):
        ca.commutant(S)
    with pytest.raises(ca.ArgumentError, match=r"the sizes of M must be numbers, not n x n; write M.subs\({n: 4}\)"):
        ca.project(S, M)
