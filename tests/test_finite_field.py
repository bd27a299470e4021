"""Matrices modulo a prime against exact integers, and the number-theoretic transform against the definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import convalgebra as ca
from convalgebra.analysis import finite_field as finite

primes = st.sampled_from([2, 3, 5, 7, 13, 2**31 - 1])
kernels = st.sampled_from([(1,), (2,), (3,), (6,), (2, 3), (2, 2, 2)]).flatmap(
    lambda box: hnp.arrays(np.int64, box, elements=st.integers(-(2**40), 2**40))
)


@given(kernels, primes)
def test_determinants_and_ranks(c, p):
    C = ca.circulant(c)
    assert ca.det(C, modulus=p) == ca.det(C) % p
    field = sympy.GF(p, symmetric=False)
    M = sympy.polys.matrices.DomainMatrix.from_Matrix(sympy.Matrix((C.to_numpy() % p).tolist())).convert_to(field)
    assert ca.rank(C, modulus=p) == M.rank()
    assert ca.is_invertible(C, modulus=p) is (ca.det(C) % p != 0)


@given(kernels, primes)
def test_inverses(c, p):
    C = ca.circulant(c)
    if not ca.is_invertible(C, modulus=p):
        with pytest.raises(ca.SingularError, match=f"modulo {p}"):
            ca.inverse(C, modulus=p)
        return
    inverse = ca.inverse(C, modulus=p)
    assert type(inverse) is type(C)
    product = inverse.to_numpy().astype(object) @ C.to_numpy().astype(object)
    assert np.array_equal(product % p, np.eye(C.shape[0]))


def test_inverses_of_blocks_and_of_other_matrices():
    weight = np.array([[[1, 2], [0, 1]], [[3, 0], [1, 1]]])
    for A in (ca.Conv(weight, padding=(0, 1), padding_mode="circular").matrix((2, 3)), ca.toeplitz([1, 2, 4])):
        inverse = ca.inverse(A, modulus=11)
        assert np.array_equal(inverse.to_numpy() @ A.to_numpy() % 11, np.eye(A.shape[0]))
        assert inverse.boxes[0] == (A.boxes[0] if len(A.boxes[0]) > 1 else (3,))


@pytest.mark.parametrize(("n", "p"), [(1, 2), (2, 3), (4, 5), (6, 7), (8, 17), (12, 13), (16, 12289)])
def test_the_transform_diagonalises_and_convolves(n, p):
    F = ca.number_theoretic_transform(n, p).to_numpy().astype(object)
    back = F[:, -np.arange(n) % n] * pow(n, -1, p)
    assert np.array_equal(F @ back % p, np.eye(n))
    c = np.random.default_rng(n).integers(0, p, n)
    D = F @ ca.circulant(c).to_numpy().astype(object) @ back % p
    assert np.array_equal(D, np.diag(ca.eigenvalues(ca.circulant(c), modulus=p)))


def test_the_transform_on_a_box():
    c = np.arange(8).reshape(2, 4)
    F = ca.number_theoretic_transform((2, 4), 13)
    assert np.array_equal(F @ c.ravel() % 13, ca.eigenvalues(ca.circulant(c), modulus=13))


def test_products_of_large_residues_do_not_overflow():
    p = 2**31 - 1
    c = [p - 1, p - 2, p - 3]
    e = ca.eigenvalues(ca.circulant(c), modulus=p)
    assert np.prod([int(v) for v in e], dtype=object) % p == ca.det(ca.circulant(c)) % p


def test_fractions_have_residues():
    C = ca.circulant([Fraction(1, 2), 0, 1])
    assert ca.det(C, modulus=7) == (ca.det(C).numerator * pow(ca.det(C).denominator, -1, 7)) % 7
    with pytest.raises(ca.ArgumentError, match="denominator"):
        ca.det(C, modulus=2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ca.det(ca.circulant([1, 2]), modulus=9), "modulus=11"),
        (lambda: ca.det(ca.circulant([1, 2]), modulus=1), "at least 2"),
        (lambda: ca.det(ca.circulant([1, 2]), modulus=2.0), "integer"),
        (lambda: ca.det(ca.circulant([1, 2]), modulus=2**61 - 1), "at most"),
        (lambda: ca.eigenvalues(ca.circulant([1, 2, 3]), modulus=5), "write 7"),
        (lambda: ca.rank(ca.circulant(ca.symbols("w", 2)), modulus=5), "symbols"),
        (lambda: ca.rank(ca.circulant([0.5, 1]), modulus=5), "floats"),
        (lambda: ca.eigenvalues(ca.Conv(np.arange(4).reshape(2, 2, 1)).matrix((2, 2)), modulus=5), "blocks"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ca.ConvAlgebraError, match=words):
        call()


def test_primes_and_roots():
    assert [finite.field(p) for p in (2, 3, 65537)] == [2, 3, 65537]
    for p in (2, 3, 5, 7, 11, 97):
        for n in (n for n in range(1, p) if (p - 1) % n == 0):
            r = finite.root_of_unity(n, p)
            assert {pow(r, k, p) == 1 for k in range(1, n)} <= {False}
            assert pow(r, n, p) == 1
