"""Chapter 9, spectra of circulants: NumPy's transform, to rounding, and fractions where the numbers are rational."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, found, fourier, kernels, numbers, rank, same, shift, sizes, toeplitz, vectors

import convalgebra as ca

entries = st.integers(-3, 3)


def close(left, right):
    """Equal to rounding, against the size of the sides."""
    scale = max(1.0, float(np.abs(left).max(initial=0)), float(np.abs(right).max(initial=0)))
    return bool(np.abs(np.asarray(left) - np.asarray(right)).max(initial=0) < 1e-9 * scale)


def inverse(A):
    """The exact inverse of a matrix of integers, as fractions."""
    n = len(A)
    rows = [[Fraction(int(v)) for v in row] + [Fraction(i == j) for j in range(n)] for i, row in enumerate(A)]
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for r in range(n):
            if r != i:
                rows[r] = [v - rows[r][i] * u for v, u in zip(rows[r], rows[i], strict=True)]
    return np.array([row[n:] for row in rows], dtype=object)


def is_circulant(A):
    return same(A, np.roll(np.roll(A, 1, 0), 1, 1))


def is_toeplitz(A):
    return same(A[1:, 1:], A[:-1, :-1])


@given(kernels())
def test_the_fourier_vectors_are_eigenvectors_of_every_circulant(w):
    """C f_k = w^[k] f_k for the columns f_k of the conjugate transform."""
    F = fourier(len(w[0]))
    assert close(circulant(w[0]) @ F.conj(), F.conj() * np.fft.fft(w[0]))


@given(kernels(2))
def test_the_eigenvectors_do_not_depend_on_the_kernel(pair):
    """F* diag(y) F is circulant; an eigenvector of C_w holds only the bins of its eigenvalue."""
    w, y = pair
    F, spectrum = fourier(len(w)), np.fft.fft(w)
    A = F.conj() @ np.diag(y) @ F
    assert close(A, np.roll(np.roll(A, 1, 0), 1, 1))
    x = np.linalg.eig(circulant(w))[1][:, 0]
    value = (x.conj() @ circulant(w) @ x) / (x.conj() @ x)
    assert np.abs((spectrum - value) * np.fft.fft(x)).max() < 1e-6


@given(kernels())
def test_the_inverse_of_a_circulant_is_circulant(w):
    """The inverse in fractions is circulant, and its first column has the inverse spectrum."""
    C = circulant(w[0])
    assume(rank(C) == len(C))
    V = inverse(C)
    assert is_circulant(V)
    assert same(V, ca.inverse(ca.circulant(w[0])).to_numpy())
    assert close(np.fft.fft(V[:, 0].astype(float)) * np.fft.fft(w[0]), np.ones(len(C)))


@given(kernels(), st.integers(1, 9))
def test_the_pseudo_inverse_of_a_circulant_is_circulant(w, r):
    """Moore and Penrose's four conditions in fractions; with a regulariser the inverse is circulant as well."""
    C = circulant(w[0]).astype(object)
    X = ca.pinv(ca.circulant(w[0])).to_numpy().astype(object)
    assert is_circulant(X)
    assert same(C @ X @ C, C)
    assert same(X @ C @ X, X)
    assert same((C @ X).T, C @ X)
    assert same((X @ C).T, X @ C)
    normal = circulant(w[0]).T @ circulant(w[0]) + r * np.eye(len(C), dtype=np.int64)
    assert is_circulant(inverse(normal))


@given(kernels(2, 5), st.integers(0, 3))
def test_functions_of_circulants_are_circulants(pair, power):
    """Powers and products of circulants have the powers and products of their spectra, the trace their sum."""
    u, w = pair
    A = np.linalg.matrix_power(circulant(w), power) @ circulant(u)
    spectrum = np.fft.fft(w) ** power * np.fft.fft(u)
    assert is_circulant(A)
    assert close(np.fft.fft(A[:, 0]), spectrum)
    assert close(A.trace(), spectrum.sum())
    assert A.trace() == len(u) * A[0, 0]


@given(kernels())
def test_circulants_are_normal(w):
    """C C^T = C^T C, and the squares of the singular values are those of the bins."""
    C = circulant(w[0])
    assert same(C @ C.T, C.T @ C)
    assert close(np.linalg.svd(C)[1], np.sort(np.abs(np.fft.fft(w[0])))[::-1])


@given(st.integers(1, 4), st.integers(1, 4), kernels())
def test_circulants_are_sums_of_frequency_projectors(d, m, w):
    """The E_k are projectors onto one bin each; those of multiples of d are the mean of the shifts by n / d."""
    n = d * m
    w, F = np.resize(w[0], n), fourier(n)
    E = [np.outer(F[k].conj(), F[k]) / n for k in range(n)]
    for p in range(n):
        for q in range(n):
            assert close(E[p] @ E[q], E[p] * (p == q))
    assert close(sum(E), np.eye(n))
    assert close(sum(v * A for v, A in zip(np.fft.fft(w), E, strict=True)), circulant(w))
    assert close(d * sum(E[::d]), sum(shift(n, r * m) for r in range(d)))


FALSE = {
    "real eigenvalues make real matrices": (
        sizes.flatmap(vectors), lambda d: close((fourier(len(d)).conj() @ np.diag(d) @ fourier(len(d))).imag, 0),
    ),
    "every eigenvector is a Fourier vector": (
        st.integers(1, 4).flatmap(lambda n: vectors(n, of=entries)),
        lambda x: rank(np.stack([x, np.roll(x, 1) + np.roll(x, -1)])) == 2 or rank(np.stack([x, np.roll(x, 1)])) < 2,
    ),
    "inverses of Toeplitz matrices are Toeplitz": (
        kernels(1, 4), lambda c: rank(toeplitz(c, c)) < len(c) or is_toeplitz(inverse(toeplitz(c, c))),
    ),
    "the inverse of [1, 2, 1] is Toeplitz": (
        sizes, lambda n: is_toeplitz(inverse(sum(np.eye(n, k=k, dtype=int) * w for k, w in ((-1, 1), (0, 2), (1, 1))))),
    ),
    "invertible circulants have real roots": (
        kernels(1, 3), lambda w: rank(circulant(w)) < len(w) or w.sum() >= 0,
    ),
    "Toeplitz matrices are normal": (
        kernels(2, 4), lambda c, r: same(toeplitz(c, r) @ toeplitz(c, r).T, toeplitz(c, r).T @ toeplitz(c, r)),
    ),
    "projectors on frequencies are real": (
        st.tuples(sizes, numbers), lambda n, k: close(fourier(n)[k % n].imag, 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    strategy, holds = FALSE[statement]
    assert found(strategy.map(lambda c: c[0] if isinstance(c, tuple) and len(c) == 1 else c), holds) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["the inverse of [1, 2, 1] is Toeplitz"]) == 3
    assert len(found(*FALSE["real eigenvalues make real matrices"])) == 3
    assert len(found(*FALSE["Toeplitz matrices are normal"])[0]) == 2
