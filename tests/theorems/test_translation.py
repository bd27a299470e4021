"""Chapter 7, what commutes with shifts: dimensions by the rank of the equations, matrices by NumPy's roll."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, delay, down, flip, found, integers, kernels, rank, same, shift, sizes, toeplitz, vectors

import convalgebra as ca

small, few = st.integers(1, 4), st.integers(1, 2)


def eye(n):
    return np.eye(n, dtype=np.int64)


def dimension(*pairs):
    """dim {A : A P = Q A}: the unknowns minus the rank of the equations P^T (x) I - I (x) Q."""
    (P, Q), *_ = pairs
    equations = [np.kron(P.T, eye(len(Q))) - np.kron(eye(len(P)), Q) for P, Q in pairs]
    found_by_library = len(ca.commutant([(ca.matrix(P), ca.matrix(Q)) for P, Q in pairs]))
    assert found_by_library == len(P) * len(Q) - rank(np.vstack(equations))
    return found_by_library


def commutes(A, B):
    return same(A @ B, B @ A)


@given(small, st.data())
def test_convolutions_are_the_equivariant_maps(n, data):
    """What commutes with the shift has dimension n, and circulants commute: they are all of it."""
    assert dimension((shift(n), shift(n))) == n
    assert commutes(circulant(data.draw(vectors(n))), shift(n))


@given(st.integers(1, 3), st.integers(1, 3))
def test_generators_are_enough(h, n):
    """One unit shift along each axis stands for all shifts; so does any one that is prime to n."""
    axes = [np.kron(shift(h), eye(n)), np.kron(eye(h), shift(n))]
    assert dimension(*((S, S) for S in axes)) == h * n
    assert {dimension((shift(n, k), shift(n, k))) for k in range(n) if gcd(k, n) == 1} == {n}


@given(small, integers)
def test_a_shift_by_k_fixes_n_gcd_maps(n, k):
    """dim {A : A S_k = S_k A} = n gcd(n, k)."""
    assert dimension((shift(n, k), shift(n, k))) == n * gcd(n, k)


@given(kernels(1))
def test_circulants_are_polynomials_in_the_shift(case):
    """C_w is the sum of w_k S^k, and the powers of S are independent."""
    (w,) = case
    powers = [np.linalg.matrix_power(shift(len(w)), k) for k in range(len(w))]
    assert same(circulant(w), sum(a * S for a, S in zip(w, powers, strict=True)))
    assert np.linalg.matrix_rank([S.reshape(-1) for S in powers]) == len(w)


@given(st.integers(1, 3))
def test_what_commutes_with_all_convolutions_is_one(n):
    """The commutant of all circulants has dimension n."""
    assert dimension(*((shift(n, k), shift(n, k)) for k in range(n))) == n


@given(st.integers(1, 3), few, few)
def test_many_channels_make_blocks(n, c, o):
    """Between c and o channels there are n c o equivariant maps."""
    assert dimension((np.kron(eye(c), shift(n)), np.kron(eye(o), shift(n)))) == n * c * o


@given(kernels(1, 4))
def test_causal_convolutions_commute_with_the_delay(case):
    """What commutes with the shift that fills with zeros: the n lower triangular Toeplitz matrices."""
    (w,) = case
    n = len(w)
    assert commutes(toeplitz(w, [w[0], *[0] * (n - 1)]), delay(n))
    assert dimension((delay(n), delay(n))) == n


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(vectors(n, n), vectors(n), vectors(n))))
def test_the_displacement_of_a_toeplitz_matrix_is_its_border(case):
    """(A - N A N^T)[i, j] = A[i, j] - A[i - 1, j - 1]."""
    A, a, b = case
    N = delay(len(A))
    assert same((A - N @ A @ N.T)[1:, 1:], A[1:, 1:] - A[:-1, :-1])
    T = toeplitz(a, b)
    assert not (T - N @ T @ N.T)[1:, 1:].any()


@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_strided_convolutions_are_the_maps_equivariant_by_s(m, s, data):
    """A S^s = S A has dimension n = s m, that of the strided convolutions."""
    w = data.draw(vectors(s * m))
    A = down(s * m, s) @ circulant(w)
    assert same(A @ shift(s * m, s), shift(m) @ A)
    assert dimension((shift(s * m, s), shift(m))) == s * m


@given(small, small)
def test_grids_share_their_common_period(m, n):
    """dim {A : A S_n = S_m A} = gcd(m, n)."""
    assert dimension((shift(n), shift(m))) == gcd(m, n)


@given(small, st.integers(1, 3), integers, st.data())
def test_transposed_strided_layers_turn_one_into_s(m, s, k, data):
    """B = C_w^T D_s^T turns a shift by k into a shift by s k."""
    B = circulant(data.draw(vectors(s * m))).T @ down(s * m, s).T
    assert same(shift(s * m, s * k) @ B, B @ shift(m, k))


@given(sizes, few)
def test_the_sum_is_the_only_invariant(n, c):
    """The linear functions that no shift changes: the sum, one for each channel."""
    assume(n <= 4)
    assert dimension((shift(n), eye(1))) == 1
    assert dimension((np.kron(eye(c), shift(n)), eye(1))) == c


@given(small)
def test_only_scalars_are_both_convolution_and_mask(n):
    """What commutes with the shift and with a mask of distinct values is a multiple of I."""
    D = np.diag(np.arange(n))
    assert dimension((shift(n), shift(n)), (D, D)) == 1


@given(kernels(1, 5))
def test_symmetric_kernels_commute_with_reversal(case):
    """Shifts and the reversal leave floor(n / 2) + 1 dimensions: symmetric kernels."""
    (w,) = case
    n = len(w)
    assert commutes(circulant(w + np.roll(w[::-1], 1)), flip(n))
    assert dimension((shift(n), shift(n)), (flip(n), flip(n))) == n // 2 + 1


@given(kernels(1, 4), integers)
def test_adjoints_and_inverses_stay_equivariant(case, k):
    """The transpose of a circulant commutes with shifts, and so does its inverse."""
    (w,) = case
    C, S = circulant(w), shift(len(w), k)
    assert commutes(C.T, S)
    assume(abs(np.linalg.det(C)) > 0.5)
    assert np.allclose(np.linalg.inv(C) @ S, S @ np.linalg.inv(C))


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(vectors(2 * n - 1), vectors(2 * n - 1))))
def test_products_of_toeplitz_matrices(case):
    """(A B)[i+1, j+1] - (A B)[i, j] = a_{i+1} b_{-j-1} - a_{i+1-n} b_{n-1-j}."""
    n = len(case[0]) // 2 + 1
    a, b = ({k: w[k + n - 1] for k in range(1 - n, n)} for w in case)
    A, B = (toeplitz(w[n - 1 :], w[n - 1 :: -1]) for w in case)
    P = A @ B
    for i in range(n - 1):
        for j in range(n - 1):
            assert P[i + 1, j + 1] - P[i, j] == a[i + 1] * b[-j - 1] - a[i + 1 - n] * b[n - 1 - j]


def symmetric(a):
    return toeplitz(a, a)


strided = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda ms: st.tuples(st.just(ms[0]), st.just(ms[1]), vectors(ms[0] * ms[1]))
)
FALSE = {
    "any other shift is as good": (
        st.tuples(st.integers(2, 4), st.integers(1, 3)).filter(lambda c: c[1] < c[0]),
        lambda n, k: dimension((shift(n, k), shift(n, k))) == n,
    ),
    "one arbitrary shift is enough": (
        st.tuples(small, st.integers(0, 3)), lambda n, k: dimension((shift(n, k), shift(n, k))) == n,
    ),
    "what commutes with a matrix is a polynomial in it": (
        st.integers(1, 3), lambda n: dimension((0 * eye(n), 0 * eye(n))) == 1,
    ),
    "every commutative algebra is diagonalisable": (
        sizes, lambda n: np.linalg.matrix_rank(delay(n) @ delay(n)) == np.linalg.matrix_rank(delay(n)),
    ),
    "all pairs share a kernel": (
        st.tuples(st.integers(1, 3), few),
        lambda n, c: dimension((np.kron(eye(c), shift(n)), np.kron(eye(c), shift(n)))) == n,
    ),
    "all Toeplitz matrices commute with the delay": (
        kernels(2, 4), lambda a, b: commutes(toeplitz(a, b), delay(len(a))),
    ),
    "a small displacement rank makes Toeplitz": (
        st.integers(1, 3).flatmap(lambda n: st.tuples(vectors(n, n), st.just(delay(n)))),
        lambda A, N: np.linalg.matrix_rank(A - N @ A @ N.T) > 2 or same(A[1:, 1:], A[:-1, :-1]),
    ),
    "strided convolutions are equivariant by one": (
        strided,
        lambda m, s, w: same(down(s * m, s) @ circulant(w) @ shift(s * m), shift(m) @ down(s * m, s) @ circulant(w)),
    ),
    "resizing can be equivariant": (
        st.tuples(small, small), lambda m, n: dimension((shift(n), shift(m))) == min(m, n),
    ),
    "transposed strided layers turn one into one": (
        strided, lambda m, s, w: same(
            shift(s * m) @ circulant(w).T @ down(s * m, s).T, circulant(w).T @ down(s * m, s).T @ shift(m)),
    ),
    "there are many invariants": (small, lambda n: dimension((shift(n), eye(1))) == n),
    "some masks are convolutions": (kernels(2, 4), lambda m, _: commutes(np.diag(m), shift(len(m)))),
    "even palindromes are symmetric": (
        st.tuples(sizes, st.integers(-3, 3)),
        lambda n, a: commutes(circulant(np.array([a, a, *[0] * n])[:n]), flip(n)),
    ),
    "the adjoint commutes for every representation": (
        sizes, lambda n: commutes((eye(n) + delay(n)).T, eye(n) + delay(n)),
    ),
    "products of symmetric Toeplitz matrices are Toeplitz": (
        kernels(2, 4),
        lambda a, b: same((symmetric(a) @ symmetric(b))[1:, 1:], (symmetric(a) @ symmetric(b))[:-1, :-1]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["any other shift is as good"]) == (4, 2)
    assert found(*FALSE["every commutative algebra is diagonalisable"]) == 2
    assert len(found(*FALSE["products of symmetric Toeplitz matrices are Toeplitz"])[0]) == 3
