"""Products, sums, multiples and transposes against NumPy."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import atoms, equal, filled, times

import convalgebra as ca
from convalgebra.algebra.combinators import Transpose

A, B = ca.matrix(filled("int", (2, 3))), ca.matrix(filled("int", (2, 3), 9))


def test_the_operators_of_python():
    a, b = A.to_numpy(), B.to_numpy()
    assert equal((A + B).to_numpy(), a + b)
    assert equal((A - B).to_numpy(), a - b)
    assert equal((-A).to_numpy(), -a)
    assert equal((3 * A).to_numpy(), 3 * a)
    assert equal((A * Fraction(1, 2)).to_numpy(), a * Fraction(1, 2))
    assert equal((A / 4).to_numpy(), a * Fraction(1, 4))
    assert equal((A / Fraction(2, 3)).to_numpy(), a * Fraction(3, 2))
    assert equal((A / 0.5).to_numpy(), a * 2)
    assert equal((A * 2j).to_numpy(), a * 2j)
    assert equal((np.int64(3) * A).to_numpy(), 3 * a)
    assert equal((np.float64(0.5) * A).to_numpy(), 0.5 * a)
    assert equal(sum([A, B, A]).to_numpy(), 2 * a + b)
    x = sympy.Symbol("x")
    assert equal((x * A).to_numpy(), a.astype(object) * x)
    assert equal((A / x).to_numpy(), a.astype(object) / x)
    assert equal((A * 0).to_numpy(), 0 * a)


def test_multiples_are_multiplied_together():
    twice = 2 * (3 * ca.kron(A, B))
    assert twice.scalar == 6
    assert type(twice.operator).__name__ == "Kronecker"
    half = ca.kron(A, B) * 4 / 4
    assert type(half).__name__ == "Kronecker"
    assert (2**40 * (2**40 * ca.kron(A, B))).scalar == 2**80


def test_a_multiple_commutes_with_products_and_is_conjugated():
    K = ca.kron(A, B)
    P = (2j * K) @ (3 * K.T)
    assert P.scalar == 6j
    assert equal(P.to_numpy(), 6j * (K.to_numpy() @ K.to_numpy().T))
    assert equal((2j * K).H.to_numpy(), -2j * K.to_numpy().T)
    assert equal((2j * K).T.to_numpy(), 2j * K.to_numpy().T)


@given(st.data())
def test_products_of_many_factors(data):
    sizes = [data.draw(st.integers(1, 4)) for _ in range(5)]
    parts = [data.draw(atoms(m, n)) for m, n in pairwise(sizes)]
    found, wanted = parts[0]
    for operator, dense in parts[1:]:
        found, wanted = found @ operator, times(wanted, dense)
    assert equal(found.to_numpy(), wanted)
    assert equal(found.T.to_numpy(), wanted.T)
    rows = np.array([sizes[0] - 1, 0] if sizes[0] > 1 else [0])
    assert set(found.pattern(rows).rows.tolist()) <= set(rows.tolist())
    for i in range(sizes[0]):
        for j in range(sizes[-1]):
            assert found[i, j] == wanted[i, j]


def test_sums_of_products_keep_exact_numbers():
    big = ca.circulant([2**62, 1])
    total = big + big.T + big
    assert equal(total.to_numpy(), 3 * big.to_numpy().astype(object))
    assert ((big @ big) + big)[0, 0] == 2**124 + 1 + 2**62
    K = ca.kron(big, big)
    assert K[0, 0] == 2**124
    assert equal(K @ [2**62, 0, 0, 0], [2**186, 2**124, 2**124, 2**62])


def test_transposes_of_transposes_are_the_operator_itself():
    K = ca.matrix([[1, 2]]) + ca.matrix([[3, 4]])
    strided = ca.Conv([[[1, 2j]]], stride=2).matrix((1, 4))
    assert strided.T.T is strided
    assert strided.H.H is strided
    assert equal(strided.H.T.to_numpy(), np.conj(strided.to_numpy()))
    assert equal(strided.T.H.to_numpy(), np.conj(strided.to_numpy()))
    assert equal(strided.T.H.T.to_numpy(), np.conj(strided.to_numpy()).T)
    assert equal(K.T.to_numpy(), [[4], [6]])


@pytest.mark.parametrize("make", [lambda: A @ A, lambda: A + A.T, lambda: ca.block([[A], [A.T]])])
def test_shapes_that_do_not_fit_say_so(make):
    with pytest.raises(ca.ShapeError, match=r"must|agree"):
        make()


@given(
    seed=st.integers(0, 999), stride=st.integers(1, 3), groups=st.sampled_from([1, 2]),
    mode=st.sampled_from(["zeros", "circular", "reflect", "replicate"]),
)  # fmt: skip
def test_some_rows_of_a_transpose_are_those_of_the_whole(seed, stride, groups, mode):
    random = np.random.default_rng(seed)
    kernel, sizes = random.integers(1, 4, 2), random.integers(1, 6, 2)
    weight = random.integers(-9, 10, (4, 4 // groups, *kernel))
    A = ca.Conv(weight, stride=stride, padding=2, groups=groups, padding_mode=mode).matrix((4, *map(int, sizes)))
    rows = np.unique(random.integers(0, A.shape[1], 3))
    i, j, values = Transpose(A).pattern(rows).entries()
    some = np.zeros((A.shape[1], A.shape[0]), dtype=np.int64)
    some[i, j] = values
    assert np.array_equal(some[rows], A.to_numpy().T[rows])
    assert set(i) <= set(rows)


def test_an_entry_of_a_huge_transpose_costs_its_row():
    A = ca.ConvTranspose(ca.abstract((64, 64, 3, 3)), stride=2).matrix((64, 112, 112))
    assert [len(A.pattern(np.array([row])).rows) for row in (5, 2 * 225 + 4)] == [64, 4 * 64]
    assert A.nnz == 64 * 64 * 9 * 112**2


@pytest.mark.parametrize("make", [ca.toeplitz, ca.circulant])
@pytest.mark.parametrize("combine", [lambda A: A + A, lambda A: A * 10, lambda A: 1e10 * A])
def test_an_infinite_multiple_or_sum_is_refused_without_a_warning(make, combine):
    with pytest.raises(ca.EntryError, match="entries must be finite"):
        combine(make([1e308, 1.0]))


@pytest.mark.parametrize("make", [ca.toeplitz, ca.circulant, ca.diagonal])
@pytest.mark.parametrize(
    "combine", [lambda A: A + A, lambda A: A * 10, lambda A: 1e10 * A, lambda A: A @ A, lambda A: ca.kron(A, A)]
)
def test_an_operator_never_holds_infinity(make, combine):
    """What no float can be is refused where it arises, or where the entries are asked for."""
    with pytest.raises(ca.EntryError, match="entries must be finite"):
        np.asarray(combine(make([1e308, 1.0])))


C, T = ca.circulant([1, 2, 0]), ca.Conv([[[1, 2, 3]]]).matrix((1, 5))


@pytest.mark.parametrize("A", [
    C, T, ca.shift(3), ca.diagonal([1, 2, 3]), ca.matrix([[1, 2], [3, 4]]), ca.dft(3), C + ca.shift(3), ca.dft(3) @ C,
    2 * ca.dft(3), ca.pad(3, 1, "reflect").T, ca.kron(C, T), ca.block([[C, C]]),
], ids=lambda A: type(A).__name__)  # fmt: skip
def test_every_operator_is_shown_compared_and_kept_alike(A):
    """Its size first, a claim for `==`, a hash by identity, and no field that can be set."""
    rows, cols = A.shape
    assert repr(A).startswith(f"{rows} x {cols} operator")
    assert isinstance(A == A.T.T, ca.Claim)
    assert {A: 1}[A] == 1
    for name in [field.name for field in dataclasses.fields(A)]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(A, name, None)
