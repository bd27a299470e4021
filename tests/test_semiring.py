"""The semiring (max, +), against its definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.semiring import MaxPlus, Tropical, maximum

INF = float("inf")


@st.composite
def sparse(draw, rows=None):
    """A max-plus matrix with integer entries and empty places, and the same as a dense array of floats."""
    m, n = draw(st.integers(1, 4)) if rows is None else rows, draw(st.integers(1, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    values, alive = random.integers(1, 9, size=(m, n)), random.random((m, n)) < 0.6
    return MaxPlus(ca.matrix(values * alive)), np.where(alive, values.astype(float), -INF)


@given(pair=sparse(), seed=st.integers(0, 999))
def test_the_product_with_a_vector_is_the_largest_sum(pair, seed):
    A, dense = pair
    x = np.random.default_rng(seed).integers(-9, 10, size=(dense.shape[1], 2))
    assert np.array_equal(A.to_numpy(), dense)
    assert np.array_equal(A @ x, (dense[:, :, None] + x).max(axis=1))
    assert np.array_equal(A @ x[:, 0], (dense + x[:, 0]).max(axis=1))


@given(data=st.data())
def test_the_product_of_two_matrices(data):
    A, a = data.draw(sparse())
    B, b = data.draw(sparse(rows=a.shape[1]))
    assert np.array_equal((A @ B).to_numpy(), (a[:, :, None] + b).max(axis=1))
    assert (A @ B).boxes == (A.boxes[0], B.boxes[1])


@given(pair=sparse())
def test_views_agree(pair):
    A, dense = pair
    csr = A.to_sparse()
    rows = np.repeat(np.arange(csr.shape[0]), np.diff(csr.indptr))
    full = np.full(csr.shape, -INF)
    full[rows, csr.indices] = csr.data
    assert np.array_equal(full, dense)
    assert np.array_equal(A.T.to_numpy(), dense.T)
    assert (A.nnz, A.shape) == (np.isfinite(dense).sum(), dense.shape)


def test_a_pool_is_linear_over_max_plus_for_every_signal():
    """A (x max y) = (A x) max (A y): on symbols both sides are the same SymPy maxima."""
    A = ca.MaxPool(2, stride=1).matrix((1, 4), semiring="max-plus")
    x, y = ca.symbols("x", 4), ca.symbols("y", 4)
    assert (A @ maximum(x, y)).tolist() == maximum(A @ x, A @ y).tolist()


def test_the_same_map_is_not_linear_over_plus_times():
    """The false sibling, and its smallest witness: two places, two units."""
    A = ca.MaxPool(2).matrix((1, 2), semiring="max-plus")
    x, y = np.asarray([1, 0]), np.asarray([0, 1])
    assert (A @ (x + y)).tolist() == [1]
    assert (A @ x + A @ y).tolist() == [2]


@given(shift=st.integers(-9, 9), seed=st.integers(0, 99))
def test_adding_a_constant_is_the_multiple_of_max_plus(shift, seed):
    A = ca.MaxPool(3, stride=2).matrix((2, 7), semiring="max-plus")
    x = np.random.default_rng(seed).integers(-9, 10, size=14)
    assert np.array_equal(A @ (x + shift), (A @ x) + shift)


def test_pools_compose_as_their_matrices():
    """Windows of 2 after windows of 2 are windows of 4."""
    first, second = (ca.MaxPool(2).matrix((1, n), semiring="max-plus") for n in (8, 4))
    assert np.array_equal((second @ first).to_numpy(), ca.MaxPool(4).matrix((1, 8), semiring="max-plus").to_numpy())


def test_a_pool_is_a_toeplitz_matrix_of_zeros():
    A = ca.MaxPool(2, stride=1).matrix((1, 3), semiring="max-plus")
    assert A.to_numpy().tolist() == [[0, 0, -INF], [-INF, 0, 0]]
    assert repr(A) == "MaxPlus(2 x 3, 4 entries above -inf)"


def test_the_sympy_view_has_minus_infinity():
    A = MaxPlus(ca.matrix([[ca.symbols("w", 1)[0], 0], [0, Fraction(1, 2)]]))
    assert str(A.to_sympy()) == "Matrix([[w0, -oo], [-oo, 1/2]])"


def test_taps_that_meet_leave_the_larger():
    """Circular padding of two taps on one place: where (+, x) adds, (max, +) takes the larger."""
    conv = ca.Conv([[[3, 5]]], padding=((0, 1),), padding_mode="circular")
    assert MaxPlus(conv.matrix((1, 1))).to_numpy().tolist() == [[5]]


def test_exact_entries():
    A = MaxPlus(ca.matrix([[Fraction(1, 2), 2**70]]))
    assert (A @ [1, 0]).tolist() == [2**70]
    assert A.to_numpy().tolist() == [[Fraction(1, 2), 2**70]]
    assert MaxPlus(ca.matrix([[2**53 + 1]])).to_numpy().tolist() == [[2**53 + 1]]
    with pytest.raises(ca.EntryError, match="to_numpy"):
        A.to_sparse()
    assert maximum(np.asarray([1]), ca.symbols("x", 1)).tolist()[0].args == (1, ca.symbols("x", 1)[0])


def test_shapes_must_fit():
    A = MaxPlus(ca.matrix([[1, 2]]))
    with pytest.raises(ca.ShapeError, match="must have 2 entries"):
        A @ [1, 2, 3]
    with pytest.raises(ca.ShapeError, match="columns of the left factor"):
        A @ A
    with pytest.raises(ca.EntryError, match="real numbers"):
        maximum(np.asarray([1j]), np.asarray([1]))


def test_the_larger_of_a_maximum_of_symbols_and_a_number():
    x = np.array([Tropical.symbol("x"), Tropical.of(3)], dtype=object)
    n = np.array([2, 5], dtype=np.int64)
    assert maximum(x, n).tolist() == [Tropical.symbol("x") | 2, Tropical.of(5)]
    assert maximum(n, x).tolist() == maximum(x, n).tolist()


@pytest.mark.parametrize(("entry", "dtype"), [(2**53, np.float64), (2**53 + 1, object), (-(2**53) - 1, object)])
def test_floats_hold_the_dense_array_where_they_are_exact(entry, dtype):
    assert MaxPlus(ca.matrix([[entry]])).to_numpy().dtype == dtype


def test_numbers_beside_symbols_keep_the_larger():
    (x,) = ca.symbols("x", 1)
    assert ca.MaxPool(2)([[x, 1, 4, 2, 2, 3]]).tolist() == [[sympy.Max(1, x), 4, 3]]
    assert ca.GlobalMaxPool()([[2, 3]]).tolist() == [[3]]


def test_integers_beside_symbols_are_without_a_limit():
    y = ca.MaxPool(2)([[sympy.Symbol("x"), 1, 4, 2, 2, 3]])
    assert list(map(type, y[0, 1:])) == [int, int]
    assert y[0, 2] * 2**62 == 3 * 2**62
