"""Chapter 10, Toeplitz matrices of finite size: filled entry by entry, inverted with fractions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, delay, flip, found, kernels, rank, same, toeplitz, vectors

import convalgebra as ca

small, few = st.integers(1, 5), st.integers(1, 4)


def lags(count=1, most=5):
    """So many arrays of 2 n - 1 lags, the lag 0 in the middle."""
    return st.integers(1, most).flatmap(lambda n: st.tuples(*[vectors(2 * n - 1)] * count))


def of_lags(a):
    """T[i, j] = a_{i - j}."""
    n = (len(a) + 1) // 2
    return toeplitz(a[n - 1 :], a[n - 1 :: -1])


def lower(u):
    return toeplitz(u, [u[0], *[0] * (len(u) - 1)])


def column(u):
    """The lower triangular Toeplitz matrix of a first column of any numbers."""
    return np.array([[u[i - j] if i >= j else 0 for j in range(len(u))] for i in range(len(u))])


def first_product(B):
    """L(x) L(J y)^T of the first and last columns of B, over x_0."""
    return column(B[:, 0]) @ column(B[::-1, -1]).T


def eye(n):
    return np.eye(n, dtype=np.int64)


def inverse(A):
    """The inverse, with fractions of SymPy."""
    return np.array(ca.matrix(A).to_sympy().inv().tolist(), dtype=object)


def singular(A):
    return rank(A) < len(A)


def is_toeplitz(A):
    return same(A[1:, 1:], A[:-1, :-1])


def skew(v):
    """A circulant whose upper triangle has the other sign."""
    n = len(v)
    return np.array([[v[i - j] if i >= j else -v[i - j + n] for j in range(n)] for i in range(n)])


@given(lags())
def test_toeplitz_matrices_are_persymmetric(case):
    """J T J = T^T, and the inverse likewise."""
    T = of_lags(case[0])
    J = flip(len(T))
    assert same(J @ T @ J, T.T)
    assume(len(T) < 4)
    assume(not singular(T))
    assert same(J @ inverse(T) @ J, inverse(T).T)


@given(kernels(2))
def test_causal_convolutions_are_truncated_series(case):
    """L(u) L(v) = L(u v mod z^n), and the determinant is u_0^n."""
    u, v = case
    assert same(lower(u) @ lower(v), lower(np.convolve(u, v)[: len(u)]))
    assert same(lower(u) @ lower(v), lower(v) @ lower(u))
    assert ca.matrix(lower(u)).to_sympy().det() == u[0] ** len(u)


@given(lags(), st.integers(0, 3), st.data())
def test_every_toeplitz_matrix_is_a_block_of_a_circulant(case, q, data):
    """The first column a_0, ..., a_{n-1}, anything, a_{1-n}, ..., a_{-1} makes a circulant around T."""
    (a,), n = case, (len(case[0]) + 1) // 2
    column = np.concatenate([a[n - 1 :], data.draw(vectors(q)), a[: n - 1]])
    assert same(circulant(column)[:n, :n], of_lags(a))


@given(lags())
def test_toeplitz_is_circulant_plus_skew_circulant(case):
    """2 T = C_u + K_v with u_k = a_k + a_{k-n} and v_k = a_k - a_{k-n}."""
    (a,), n = case, (len(case[0]) + 1) // 2
    back = np.concatenate([[0], a[: n - 1]])
    u, v = a[n - 1 :] + back, a[n - 1 :] - back
    assert same(2 * of_lags(a), circulant(u) + skew(v))


@given(kernels(1))
def test_symmetric_toeplitz_matrices_split_into_even_and_odd(case):
    """T keeps the symmetric and the odd signals, of ceil(n / 2) and floor(n / 2) dimensions."""
    (c,) = case
    n, T, J = len(c), toeplitz(c, c), flip(len(c))
    for P, dimension in ((eye(n) + J, -(-n // 2)), (eye(n) - J, n // 2)):
        assert same(T @ P, P @ T)
        assert np.linalg.matrix_rank(P) == dimension


@given(lags(1, 4))
def test_toeplitz_matrices_and_their_inverses_have_small_displacement(case):
    """T - Z T Z^T, T^-1 - Z^T T^-1 Z and T^-1 - Z T^-1 Z^T have rank two at most."""
    T = of_lags(case[0])
    Z = delay(len(T))
    assert rank(T - Z @ T @ Z.T) <= 2
    assume(not singular(T))
    B = inverse(T)
    assert max(rank(B - Z.T @ B @ Z), rank(B - Z @ B @ Z.T)) <= 2


@given(lags(1, 4))
def test_two_columns_tell_the_inverse(case):
    """x_0 T^-1 = L(x) L(J y)^T - L(Z y) L(Z J x)^T for the first and last columns x, y of the inverse."""
    T = of_lags(case[0])
    assume(not singular(T))
    B, Z, J = inverse(T), delay(len(T)), flip(len(T))
    x, y = B[:, 0], B[:, -1]
    assert same(x[0] * B, column(x) @ column(J @ y).T - column(Z @ y) @ column(Z @ J @ x).T)


@given(vectors(5, of=st.integers(-2, 2)))
def test_inverses_of_phi_circulants_are_toeplitz(a):
    """At size 3 the inverse is Toeplitz exactly for a_1 a_{-1} = a_2 a_{-2}."""
    T = of_lags(a)
    assume(not singular(T))
    assert is_toeplitz(inverse(T)) == (a[3] * a[1] == a[4] * a[0])


@given(st.integers(2, 4).flatmap(lambda n: vectors(2 * n - 1, of=st.integers(-1, 1))))
def test_normal_toeplitz_matrices_are_of_four_kinds(a):
    """T T^T = T^T T for symmetric, skew plus scalar, circulant and skew circulant matrices alone."""
    T, n = of_lags(a), (len(a) + 1) // 2
    low, high = a[n:], a[: n - 1]
    kinds = (same(low, high[::-1]), same(low, -high[::-1]), same(low, high), same(low, -high))
    assert same(T @ T.T, T.T @ T) == any(kinds)


def sines(n):
    """The taps (1, 0, 1), whose eigenvectors are sines."""
    return delay(n) + delay(n).T


FALSE = {
    "persymmetric matrices are Toeplitz": (
        small.flatmap(lambda n: st.tuples(vectors(n, n))), lambda A: is_toeplitz(A + A[::-1, ::-1].T),
    ),
    "causal filters have finite inverses": (
        st.tuples(small, st.integers(-3, 3)),
        lambda n, a: same(lower([1, a, *[0] * n][:n]) @ lower([1, -a, *[0] * n][:n]), eye(n)),
    ),
    "the circulant around a positive matrix is positive": (
        st.tuples(st.integers(0, 5), st.integers(-5, 5)).filter(lambda c: c[0] >= abs(c[1])),
        lambda a, b: min(a + 2 * b, a - b) >= 0,
    ),
    "every matrix is circulant plus skew circulant": (
        small.flatmap(lambda n: st.tuples(vectors(n, n))), is_toeplitz,
    ),
    "symmetric Toeplitz matrices share sine vectors": (
        kernels(1, 5),
        lambda c: same(toeplitz(c, c) @ sines(len(c)), sines(len(c)) @ toeplitz(c, c)),
    ),
    "products keep the displacement rank": (
        kernels(1, 4),
        lambda c: rank(toeplitz(c, c) @ toeplitz(c, c)
                       - delay(len(c)) @ toeplitz(c, c) @ toeplitz(c, c) @ delay(len(c)).T) <= 2,
    ),
    "the first product is the inverse": (
        lags(1, 3).filter(lambda a: not singular(of_lags(a[0]))),
        lambda a: same(inverse(of_lags(a))[0, 0] * inverse(of_lags(a)), first_product(inverse(of_lags(a)))),
    ),
    "inverses of symmetric Toeplitz matrices are Toeplitz": (
        kernels(1, 4).filter(lambda c: not singular(toeplitz(c[0], c[0]))),
        lambda c: is_toeplitz(inverse(toeplitz(c, c))),
    ),
    "normal Toeplitz matrices are of two kinds": (
        lags(1, 3), lambda a: not same(of_lags(a) @ of_lags(a).T, of_lags(a).T @ of_lags(a))
        or same(of_lags(a), of_lags(a).T) or same(a[len(a) // 2 + 1:], a[: len(a) // 2]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert len(found(*FALSE["persymmetric matrices are Toeplitz"])[0]) == 3
    assert len(found(*FALSE["inverses of symmetric Toeplitz matrices are Toeplitz"])[0]) == 3
    assert len(found(*FALSE["symmetric Toeplitz matrices share sine vectors"])[0]) == 3
