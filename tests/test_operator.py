"""The operator itself: its laws, its kinds of truth, its place among NumPy arrays."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import equal, operators

import convalgebra as ca

A = ca.circulant([1, 2, 0])


@given(st.data())
def test_the_laws_of_matrices(data):
    m, n, p = (data.draw(st.integers(1, 3)) for _ in range(3))
    (X, x), (Y, y), (Z, z) = (data.draw(operators(*s, "int", 1)) for s in ((m, n), (m, n), (n, p)))
    for claim in (
        X + Y == Y + X, (X + Y) @ Z == X @ Z + Y @ Z, (X @ Z).T == Z.T @ X.T, (X + Y).T == X.T + Y.T, 2 * X == X + X,
        X - X == 0 * X, -1 * -X == X, X @ ca.identity(n) == X,
        ca.identity(m) @ X == X, X.T.T == X, (3 * X) @ Z == X @ (Z * 3),
    ):  # fmt: skip
        assert isinstance(ca.decide(claim), ca.Proof)
    assert equal((X @ Z).to_numpy(), x @ z)
    assert equal((X + Y).to_numpy(), x + y)


def test_shapes_and_boxes():
    layer = ca.Conv(np.ones((3, 2, 2, 2))).matrix((2, 4, 5))
    assert layer.boxes == ((3, 3, 4), (2, 4, 5))
    assert layer.shape == (36, 40)
    assert (layer.T @ layer).boxes == ((2, 4, 5), (2, 4, 5))
    assert all(isinstance(v, int) for v in layer.shape)


def test_arrays_leave_the_operation_to_the_operator():
    x = np.array([1, 2, 3])
    for row in (x, x.tolist(), tuple(x)):
        assert (row @ A).tolist() == (x @ A.to_numpy()).tolist()
    X = np.arange(6).reshape(2, 3)
    assert (X @ A).tolist() == (X @ A.to_numpy()).tolist()
    assert (A @ X.T).tolist() == (A.to_numpy() @ X.T).tolist()
    assert isinstance(np.int64(2) * A, ca.Operator)
    assert np.asarray(A).tolist() == A.to_numpy().tolist()
    assert np.asarray(A, dtype=float).dtype == float
    assert np.array(A, copy=True).tolist() == A.to_numpy().tolist()


def test_symbols_leave_the_operation_to_the_operator():
    a = sympy.Symbol("a")
    assert equal((a * A).to_numpy(), A.to_numpy().astype(object) * a)
    assert equal((A * a).to_numpy(), A.to_numpy().astype(object) * a)
    assert equal((sympy.Rational(1, 2) * A)[1, 0], 1)


@pytest.mark.parametrize(
    ("operator", "ring"),
    [
        (A, "ZZ"), (A / 2, "QQ"), (A * 0.5, "RR"), (A * 1j, "CC"), (ca.circulant(ca.symbols("w", 2)), "ZZ[w0, w1]"),
        (ca.circulant(ca.symbols("w", 6)), "ZZ[w0, w1, ..., w5]"),
        (ca.circulant([2**70]), "ZZ"), (ca.identity(3), "ZZ"),
    ],
)  # fmt: skip
def test_rings(operator, ring):
    assert operator.ring == ring


def test_claims():
    claim = A == A.T.T
    assert isinstance(claim, ca.Claim)
    assert claim.left is A
    assert bool(claim) is True
    assert (ca.shift(3) == ca.identity(3)) is not True
    assert bool(ca.shift(3) == ca.identity(3)) is False
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim.left = None


def test_a_matrix_has_no_truth_value_but_a_hash():
    with pytest.raises(ca.ArgumentError, match=r"write bool\(A == B\)"):
        bool(A)
    assert len({A, A, ca.circulant([1, 2, 0])}) == 2
    assert hash(A) == hash(A)


def test_operators_cannot_be_changed():
    for operator in (
        A,
        ca.shift(3),
        ca.diagonal([1, 2]),
        ca.dft(3),
        ca.matrix([[1]]),
        A + ca.shift(3),
        2 * ca.kron(A, A),
    ):
        name = next(iter(vars(operator)))
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(operator, name, None)


def test_every_operator_can_be_shown():
    w = ca.circulant(ca.symbols("w", 3))
    for operator in (
        A,
        w,
        ca.shift((2, 2), (1, 1)),
        ca.dft(3),
        A @ ca.matrix(np.eye(3)),
        ca.kron(A, A),
        A + ca.shift(3),
        ca.identity(10**6),
    ):
        assert repr(operator)
        assert str(operator)


def test_summing_with_the_builtin():
    assert equal(sum([A, A, A]).to_numpy(), 3 * A.to_numpy())
    with pytest.raises(TypeError):
        sum([A], start=1)
    with pytest.raises(TypeError):
        1 - A


def test_entries_from_the_end_and_by_numpy_integers():
    assert A[-1, -1] == A[2, 2]
    assert A[np.int64(1), np.uint8(0)] == 2
    assert isinstance(A[0, 0], (int, np.integer))
    assert [[A[i, j] for j in range(3)] for i in range(3)] == A.to_numpy().tolist()


def test_iterating_over_rows_is_refused_with_the_call_to_write():
    with pytest.raises(ca.ArgumentError, match=r"np\.asarray"):
        list(A)


def test_a_claim_shows_both_sides():
    claim = ca.shift(2) == ca.identity(2)
    assert repr(claim).splitlines() == [*repr(claim.left).splitlines(), "==", *repr(claim.right).splitlines()]
    sides = r"\\left\[\\begin\{array\}.*\\right\]"
    assert re.fullmatch(rf"\$\\displaystyle {sides} = {sides}\$", claim._repr_latex_(), re.DOTALL)
    large = ca.circulant(ca.symbols("a_long_name", 40))
    assert len((large @ large == large)._repr_latex_() or "") <= 4096
    n = ca.size("n")
    C = ca.circulant(ca.kernel("w", n))
    assert (C @ ca.shift(n) == ca.shift(n) @ C)._repr_latex_() == r"$\displaystyle C_{w} S_{1} = S_{1} C_{w}$"
