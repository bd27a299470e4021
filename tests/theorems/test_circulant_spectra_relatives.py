"""Chapter 9, relatives of the circulants: matrices filled entry by entry, in integers."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, circulant2, found, fourier, kernels, rank, same, shift, sizes, vectors

small = st.integers(-3, 3)


def filled(n, entry):
    return np.array([[entry(i, j) for j in range(n)] for i in range(n)], dtype=object)


def close(left, right):
    return bool(np.abs(np.asarray(left) - np.asarray(right)).max(initial=0) < 1e-7)


def scaled(w, phi):
    """w[i - j], times phi above the diagonal."""
    n = len(w)
    return filled(n, lambda i, j: int(w[i - j]) if i >= j else phi * int(w[n + i - j]))


def turned(w, g):
    """w[j - g i]."""
    return filled(len(w), lambda i, j: w[(j - g * i) % len(w)])


def left(w):
    """w[i + j]."""
    return filled(len(w), lambda i, j: w[(i + j) % len(w)])


@given(kernels(2, 5), small)
def test_skew_circulants_are_scaled_circulants(pair, t):
    """T_phi(w), phi = t^n, is circulant between scalings by t^j; products are T_phi of T_phi(u) w."""
    u, w = (v.astype(object) for v in pair)
    powers = [t**j for j in range(len(w) + 1)]
    A, phi = scaled(w, powers[-1]), powers[-1]
    C = filled(len(w), lambda i, j: powers[(i - j) % len(w)] * w[(i - j) % len(w)])
    assert same(np.diag(powers[:-1]) @ A, C @ np.diag(powers[:-1]))
    assert same(scaled(u, phi) @ A, scaled(scaled(u, phi) @ w, phi))


@given(st.integers(1, 3), st.integers(1, 4), st.data())
def test_blocks_are_transformed_block_by_block(m, n, data):
    """F (x) I makes the blocks sum of omega^(k f) B_k; fft2 diagonalises where the blocks are circulants."""
    B = data.draw(vectors(n, m, m))
    A = np.block([[B[(i - j) % n] for j in range(n)] for i in range(n)])
    F = np.kron(fourier(n), np.eye(m))
    blocks = np.fft.fft(B, axis=0)
    assert close(F @ A, np.kron(np.eye(n), np.ones((m, m))) * np.concatenate(blocks)[:, np.arange(n * m) % m] @ F)
    w = data.draw(vectors(m, n))
    G = np.kron(fourier(m), fourier(n))
    assert close(G @ circulant2(w), np.diag(np.fft.fft2(w).reshape(-1)) @ G)


def laplacian(n):
    """Degrees minus edges of the cycle."""
    L = np.zeros((n, n), dtype=np.int64)
    for i in range(n):
        for j, value in ((i, 2), ((i + 1) % n, -1), ((i - 1) % n, -1)):
            L[i, j] += value
    return L


def path(n):
    return 2 * np.eye(n, dtype=np.int64) - np.eye(n, k=1, dtype=np.int64) - np.eye(n, k=-1, dtype=np.int64)


@given(st.integers(1, 9))
def test_the_laplacian_of_a_cycle_counts_its_trees(n):
    """Rank n - 1, eigenvalues 4 sin^2(pi k / n), and n spanning trees."""
    L = laplacian(n)
    assert rank(L) == n - 1
    assert close(np.fft.fft(L[:, 0]), 4 * np.sin(np.pi * np.arange(n) / n) ** 2)
    assert round(np.linalg.det(L[1:, 1:])) == n


@given(kernels())
def test_a_real_circulant_turns_and_scales_planes(w):
    """C_w maps cosines and sines of a frequency to Re w^ and Im w^ times them, crosswise; the two are orthogonal."""
    w = w[0]
    n, j = len(w), np.arange(len(w))
    for k, value in enumerate(np.fft.fft(w)):
        c, s = np.cos(2 * np.pi * k * j / n), np.sin(2 * np.pi * k * j / n)
        assert close(circulant(w) @ c, value.real * c - value.imag * s)
        assert close(circulant(w) @ s, value.imag * c + value.real * s)
        assert close(c @ s, 0)


@given(kernels(2, 6), st.integers(-3, 7), st.integers(-3, 7))
def test_rows_that_shift_by_g_multiply(pair, g, h):
    """A_g(u) A_h(v) has rows that shift by g h; S^-1 A = A S^-g."""
    u, v = pair
    A, n = turned(u, g) @ turned(v, h), len(u)
    assert same(A, turned(A[0], g * h))
    assert same(shift(n, -1) @ turned(u, g), turned(u, g) @ shift(n, -g))


@given(kernels(2, 6))
def test_the_plus_sign_makes_anticirculants(pair):
    """M is symmetric, M S = S^-1 M, products are circulant, and M^2 has the eigenvalues |w^|^2."""
    u, w = pair
    M, n = left(w), len(w)
    assert same(M, M.T)
    assert same(M @ shift(n), shift(n, -1) @ M)
    assert same(left(u) @ M, circulant(u) @ circulant(w).T)
    assert close(np.sort(np.linalg.eigvalsh(M.astype(float)) ** 2), np.sort(np.abs(np.fft.fft(w)) ** 2))


pairs = st.integers(1, 3).flatmap(lambda n: st.tuples(*[vectors(n, of=small)] * 2))
blocks = st.integers(1, 2).flatmap(lambda m: st.tuples(*[vectors(m, m, of=small)] * 2))
FALSE = {
    "causal layers are diagonalisable": (
        pairs, lambda w, _: rank(scaled(w, 0).astype(int) @ scaled(w, 0).astype(int)) == rank(scaled(w, 0).astype(int)),
    ),
    "block circulants commute": (
        st.tuples(st.integers(1, 2), blocks).map(lambda c: (shift(c[0]), *c[1])),
        lambda S, A, B: same(np.kron(S, A) @ np.kron(S, B), np.kron(S, B) @ np.kron(S, A)),
    ),
    "zero ends make a singular Laplacian": (sizes, lambda n: rank(path(n)) == n - 1),
    "real circulants are symmetric": (pairs, lambda w, _: same(circulant(w), circulant(w).T)),
    "rows that shift by g and by 1 commute": (
        st.tuples(pairs, st.integers(1, 3)).map(lambda c: (*c[0], c[1])),
        lambda u, v, g: gcd(g, len(u)) > 1 or same(turned(u, g) @ turned(v, 1), turned(v, 1) @ turned(u, g)),
    ),
    "products of anticirculants are anticirculants": (
        pairs, lambda u, v: same(left(u) @ left(v), left((left(u) @ left(v))[0])),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["zero ends make a singular Laplacian"]) == 1
    assert len(found(*FALSE["real circulants are symmetric"])[0]) == 3
    assert len(found(*FALSE["products of anticirculants are anticirculants"])[0]) == 3
    assert len(found(*FALSE["rows that shift by g and by 1 commute"])[0]) == 3
