"""Kronecker products and blocks against NumPy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import equal, filled, kron, operators

import convalgebra as ca

A, B = ca.matrix(filled("int", (2, 3))), ca.matrix(filled("int", (2, 3), 9))


@given(st.data())
def test_kron_of_several_is_np_kron(data):
    parts = [data.draw(operators(*data.draw(st.tuples(*[st.integers(1, 3)] * 2)), "int", 1)) for _ in range(3)]
    K = ca.kron(*(operator for operator, _ in parts))
    wanted = kron(kron(parts[0][1], parts[1][1]), parts[2][1])
    assert equal(K.to_numpy(), wanted)
    assert K.boxes[0] == sum((operator.boxes[0] for operator, _ in parts), ())
    x = np.arange(wanted.shape[1])
    assert equal(K @ x, wanted @ x)
    assert equal(K.T.to_numpy(), wanted.T)


def test_kron_is_flat_and_one_factor_is_itself():
    K = ca.kron(A, ca.kron(B, A))
    assert len(K.factors) == 3
    assert ca.kron(A) is A


def test_kron_of_circulants_is_the_circulant_of_the_outer_product():
    u, v = ca.symbols("u", 2), ca.symbols("v", 3)
    assert bool(ca.kron(ca.circulant(u), ca.circulant(v)) == ca.circulant(np.multiply.outer(u, v)))


def test_blocks_are_np_block():
    a, b = A.to_numpy(), B.to_numpy()
    M = ca.block([[A, B], [None, A], [B, None]])
    zero = np.zeros_like(a)
    wanted = np.block([[a, b], [zero, a], [b, zero]])
    assert equal(M.to_numpy(), wanted)
    assert equal(M.T.to_numpy(), wanted.T)
    assert M.nnz == A.nnz * 2 + B.nnz * 2
    x = np.arange(6)
    assert equal(M @ x, wanted @ x)
    assert equal(x @ M, x @ wanted)
    assert equal((M @ M.T).to_numpy(), wanted @ wanted.T)


def test_blocks_of_unlike_sizes_and_kinds():
    M = ca.block(
        [
            [ca.identity(2), ca.pad(1, (1, 0))],
            [ca.circulant([0.5]) @ ca.crop(2, (1, 0)), ca.circulant([Fraction(1, 2)])],
        ]
    )
    assert M.to_numpy().tolist() == [[1, 0, 0], [0, 1, 1], [0, 0.5, 0.5]]
    big = ca.block([[ca.circulant([2**70])], [ca.circulant([1])]])
    assert big.to_numpy().tolist() == [[2**70], [1]]


def test_a_vector_is_multiplied_factor_by_factor():
    x = np.arange(120)
    K = ca.kron(ca.circulant([1, 2, 3, 4]), ca.downsample(6, 2), ca.circulant([5, 0, 0, 0, 1]))
    assert equal(K @ x, K.to_numpy() @ x)
    assert equal(K @ np.stack([x, x + 1], axis=1), K.to_numpy() @ np.stack([x, x + 1], axis=1))
    assert equal(
        ca.kron(A, B) @ [Fraction(1, k + 1) for k in range(9)],
        ca.kron(A, B).to_numpy() @ np.array([Fraction(1, k + 1) for k in range(9)], dtype=object),
    )
    wide = ca.kron(*[ca.shift(100)] * 4)
    assert (wide @ np.arange(100**4, dtype=np.int64))[0] == 99 * 1010101


def test_blocks_multiply_their_parts():
    M = ca.block([[ca.circulant([2**62, 1]), None], [ca.shift(2), ca.circulant([0.5, 1])]])
    assert equal(ca.block([[ca.circulant([2**62, 1])], [ca.shift(2)]]) @ [4, 1], [2**64 + 1, 4 + 2**62, 1, 4])
    assert (M @ [0, 0, 1, 0]).tolist() == [0, 0, 0.5, 1]
    n = 10**6
    assert (ca.block([[ca.shift(n), ca.identity(n)]]) @ np.ones(2 * n)).tolist() == [2.0] * n
