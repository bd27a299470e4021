"""Plain matrices and diagonals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import KINDS, arrays, equal, filled

import convalgebra as ca

A = sympy.Symbol("a")


@pytest.mark.parametrize("kind", KINDS)
def test_any_matrix_comes_back(kind):
    @given(st.integers(1, 4), st.integers(1, 4), st.data())
    def holds(m, n, data):
        values = data.draw(arrays(kind, (m, n)))
        for given_as in (values, values.tolist(), tuple(map(tuple, values.tolist()))):
            assert equal(ca.matrix(given_as).to_numpy(), values)
        assert ca.matrix(values).nnz == sum(v != 0 for v in values.flat)
        assert ca.matrix(values).boxes == ((m,), (n,))

    holds()


@pytest.mark.parametrize(
    "kind", ["csr_array", "csc_array", "coo_array", "csr_matrix", "lil_array", "dia_array", "bsr_array"]
)
def test_sparse_matrices_are_read(kind):
    values = np.array([[0, 2, 0], [3, 0, 4]])
    assert equal(ca.matrix(getattr(scipy.sparse, kind)(values)).to_numpy(), values)


def test_sparse_matrices_may_repeat_and_mix_their_entries():
    twice = scipy.sparse.coo_array(([1, 2, 5], ([1, 1, 0], [0, 0, 1])), shape=(2, 2))
    assert equal(ca.matrix(twice).to_numpy(), [[0, 5], [3, 0]])
    assert ca.matrix(twice).nnz == 2
    unsorted = scipy.sparse.csr_array((np.array([1, 2, 3]), np.array([2, 0, 1]), np.array([0, 2, 3])), shape=(2, 3))
    assert equal(ca.matrix(unsorted).to_numpy(), [[2, 0, 1], [0, 3, 0]])
    rows, cols, _ = ca.matrix(unsorted).pattern().entries()
    assert list(zip(rows.tolist(), cols.tolist(), strict=True)) == [(0, 0), (0, 2), (1, 1)]
    assert equal(ca.matrix(unsorted).T.to_numpy(), [[2, 0], [0, 3], [1, 0]])


def test_sympy_matrices_are_read():
    M = sympy.Matrix([[A, 0], [1, A**2]])
    assert ca.matrix(M).to_sympy() == M
    assert ca.matrix(sympy.ImmutableMatrix(M)).to_sympy() == M


@pytest.mark.parametrize("kind", KINDS)
def test_diagonals(kind):
    d = filled(kind, (3,))
    D = ca.diagonal(d)
    assert equal(D.to_numpy(), np.diag(d))
    assert equal((D @ D).to_numpy(), np.diag(d * d))
    assert type(D @ D) is type(D.T) is type(D.H) is type(D)


def test_a_diagonal_on_a_box_reads_c_order():
    D = ca.diagonal([[1, 2], [3, 4]])
    assert D.boxes == ((2, 2), (2, 2))
    assert equal(D.to_numpy(), np.diag([1, 2, 3, 4]))


def test_substitution_reads_new_values():
    M = ca.matrix([[A, A**2], [0, 1]])
    assert equal(M.subs({A: 3}).to_numpy(), [[3, 9], [0, 1]])
    assert equal(M.subs({A: Fraction(1, 2)}).to_numpy(), [[Fraction(1, 2), Fraction(1, 4)], [0, 1]])
    assert equal(M.subs({A: 2**40}).to_numpy(), [[2**40, 2**80], [0, 1]])
    assert equal(M.subs({}).to_numpy(), M.to_numpy())
    assert M.subs({A: 0.5}).to_numpy().tolist() == [[0.5, 0.25], [0, 1]]
    assert equal(M.to_numpy(), [[A, A**2], [0, 1]])
    assert equal(ca.identity(2).subs({A: 3}).to_numpy(), np.eye(2, dtype=int))


def test_what_the_table_says_of_a_diagonal_holds_for_every_diagonal():
    """Numbers or symbols: D.T = D is read off the places alone."""
    for D in (ca.diagonal([2, 3, 5]), ca.diagonal(ca.symbols("d", 3))):
        assert ca.decide(D.T == D).scope == "n=3, every kernel"
        assert ca.decide(D @ ca.identity(3) == D).scope == "n=3, every kernel"
