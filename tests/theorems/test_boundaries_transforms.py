"""Chapter 4, continued: the cosines and sines themselves, as floating-point columns, and exact products of matrices."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, found, full, kernels, padded, rank, same, shift, sizes, steps, toeplitz, valid, vectors

halves = st.integers(0, 2).flatmap(lambda r: st.tuples(vectors(r + 1), vectors(r + 1)))


def kept(w, n, mode="zeros"):
    return padded(w, n, len(w) // 2, len(w) // 2, mode)


def symmetric(a):
    return np.concatenate([a[:0:-1], a])


def cosines(a, step):
    """a_0 + 2 sum of a_m cos(m step), for an array of steps."""
    return a[0] + 2 * sum(a[m] * np.cos(m * step) for m in range(1, len(a)))


def diagonalises(A, V, values):
    return np.abs(A @ V - V * values).max() < 1e-9


@given(sizes, halves)
def test_cosines_diagonalise_mirrored_borders(n, case):
    """cos(pi k (j + 1/2) / n), with the eigenvalue a_0 + 2 sum of a_m cos(pi k m / n)."""
    a, b = case
    assume(len(a) <= n + 1)
    A, B = (kept(symmetric(v), n, "symmetric") for v in (a, b))
    k, j = np.arange(n), np.arange(n)[:, None]
    assert diagonalises(A, np.cos(np.pi * k * (j + 0.5) / n), cosines(a, np.pi * k / n))
    assert same(A @ B, B @ A)


@given(st.integers(2, 6), halves)
def test_cosines_diagonalise_reflected_borders(n, case):
    """cos(pi k j / (n - 1)); such layers multiply as their kernels do."""
    a, b = case
    assume(len(a) <= n)
    u, v = map(symmetric, (a, b))
    A, B = (kept(w, n, "reflect") for w in (u, v))
    k, j = np.arange(n), np.arange(n)[:, None]
    assert diagonalises(A, np.cos(np.pi * k * j / (n - 1)), cosines(a, np.pi * k / (n - 1)))
    assert same(A @ B, kept(np.convolve(u, v), n, "reflect"))


@given(sizes, vectors(3))
def test_sines_diagonalise_zeros(n, a):
    """sin(pi k (j + 1) / (n + 1)): three taps with zeros, five for signals that are continued as odd."""
    k, j = np.arange(1, n + 1), np.arange(n)[:, None]
    V, angles = np.sin(np.pi * k * (j + 1) / (n + 1)), np.pi * k / (n + 1)
    assert diagonalises(kept(symmetric(a[:2]), n), V, cosines(a[:2], angles))
    assume(n > 1)
    odd = np.stack([[*-e[:2][::-1], 0, *e, 0, *-e[::-1][:2]] for e in np.eye(n, dtype=np.int64)], axis=1)
    A = np.stack([np.correlate(x[1:-1], symmetric(a), "valid") for x in odd.T], axis=1)
    assert diagonalises(A, V, cosines(a, angles))


def skew(w):
    """Multiplication by w(z) modulo z^n + 1."""
    n = len(w)
    return np.array([[int(w[i - j]) if i >= j else -int(w[n + i - j]) for j in range(n)] for i in range(n)])


@given(kernels(2))
def test_antiperiodic_signals_have_skew_circulants(case):
    """Skew-circulants multiply modulo z^n + 1, turned by half a turn are circulants, and split Toeplitz matrices."""
    u, v = case
    n = len(u)
    turn = np.exp(-1j * np.pi * np.arange(n) / n)
    assert same(skew(u) @ skew(v), skew(skew(u) @ v))
    turned = np.stack([np.roll(turn * u, j) for j in range(n)], axis=1)
    assert np.abs(turn[:, None] * skew(u) - turned * turn).max() < 1e-9
    row = np.array([u[0], *v[1:]])
    around = np.array([0, *row[:0:-1]])
    assert same(2 * toeplitz(u, row), circulant(u + around) + skew(u - around))


@given(steps, steps, st.data())
def test_valid_layers_are_onto(K, o, data):
    """The valid layer of a kernel other than zero has full rank, and so has the full one."""
    w = data.draw(vectors(K))
    assume(w.any())
    assert rank(valid(w, K + o - 1)) == o == rank(full(w, o))


@given(sizes, vectors(2))
def test_three_taps_are_singular_where_an_eigenvalue_vanishes(n, a):
    """det T_n, d_n = a_0 d_{n-1} - a_1^2 d_{n-2}, is the product of a_0 + 2 a_1 cos(pi k / (n + 1))."""
    before, determinant = 0, 1
    for _ in range(n):
        before, determinant = determinant, int(a[0]) * determinant - int(a[1]) ** 2 * before
    product = np.prod(cosines(a, np.pi * np.arange(1, n + 1) / (n + 1)))
    assert abs(product - determinant) <= 1e-9 * 30.0**n
    assert (rank(kept(symmetric(a), n)) == n) == (determinant != 0)


@given(kernels(1, 6))
def test_circular_layers_are_singular_where_a_bin_vanishes(case):
    """C_w has as large a rank as its spectrum has bins."""
    (w,) = case
    assert rank(circulant(w)) == int((np.abs(np.fft.fft(w)) > 1e-9).sum())


def commute(A, B):
    return same(A @ B, B @ A)


FALSE = {
    "mirrored layers commute": (
        st.tuples(sizes, vectors(3), vectors(3)),
        lambda n, u, v: commute(kept(u, n, "symmetric"), kept(v, n, "symmetric")),
    ),
    "reflected layers are normal": (
        st.tuples(sizes, vectors(2)),
        lambda n, a: commute(kept(symmetric(a), n, "reflect"), kept(symmetric(a), n, "reflect").T),
    ),
    "sines diagonalise long kernels": (
        st.tuples(sizes, vectors(3)),
        lambda n, a: commute(kept(symmetric(a), n), kept(np.array([1, 0, 1]), n)),
    ),
    "Toeplitz matrices are circulant up to a scalar": (
        kernels(2),
        lambda u, v: commute(toeplitz(u, v), shift(len(u))),
    ),
    "same layers are invertible": (
        st.tuples(sizes, vectors(3)).filter(lambda c: c[1][1] != 0),
        lambda n, w: rank(kept(w, n)) == n,
    ),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["mirrored layers commute"])[0] == 2
    assert found(*FALSE["reflected layers are normal"])[0] == 3
    assert found(*FALSE["sines diagonalise long kernels"])[0] == 3
    assert found(*FALSE["same layers are invertible"])[0] == 2


def test_normalised_sines_are_orthogonal():
    """The sines are a basis: the square of their matrix is (n + 1) / 2."""
    for n in range(1, 7):
        V = np.sin(np.pi * np.multiply.outer(np.arange(1, n + 1), np.arange(1, n + 1)) / (n + 1))
        assert np.abs(V @ V - float(Fraction(n + 1, 2)) * np.eye(n)).max() < 1e-12
