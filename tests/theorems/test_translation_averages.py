"""Chapter 7, continued: averages over shifts, invariance after pooling, and maps that are not linear, by NumPy."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, down, found, integers, kernels, same, shift, vectors

import convalgebra as ca

squares = st.integers(1, 4).flatmap(lambda n: vectors(n, n))


def mean_over_shifts(A):
    """n times the average of S A S^T over all shifts."""
    return sum(np.roll(A, (k, k), (0, 1)) for k in range(len(A)))


@given(kernels(2))
def test_a_linear_network_before_pooling_sees_the_mean_alone(case):
    """1^T C_w x = (sum of w)(sum of x)."""
    w, x = case
    assert (circulant(w) @ x).sum() == w.sum() * x.sum()


@given(kernels(2), integers)
def test_pooling_after_equivariance_is_invariance(case, k):
    """A shift reorders the outputs of ReLU after a periodic layer, so their mean and maximum stay."""
    w, x = case
    moved, still = (np.maximum(circulant(w) @ y, 0) for y in (np.roll(x, k), x))
    assert Counter(moved.tolist()) == Counter(still.tolist())
    assert (moved.max(), moved.sum()) == (still.max(), still.sum())


@given(squares)
def test_averaging_over_shifts_projects_onto_convolutions(A):
    """The average is the circulant of the means of the wrapped diagonals; the rest is orthogonal to every shift."""
    n = len(A)
    diagonals = np.array([sum(A[(j + k) % n, j] for j in range(n)) for k in range(n)])
    assert same(mean_over_shifts(A), circulant(diagonals))
    assert same(ca.project(A, ca.shift(n)).to_numpy() * n, circulant(diagonals))
    rest = n * A - circulant(diagonals)
    assert all((rest * shift(n, k)).sum() == 0 for k in range(n))


@given(squares)
def test_the_spectrum_of_the_average_lies_inside(A):
    """For a symmetric A the eigenvalues of its average lie between its own."""
    S = A + A.T
    inner, outer = (np.linalg.eigvalsh(B) for B in (mean_over_shifts(S) / len(S), S))
    assert outer[0] - 1e-9 <= inner[0] <= inner[-1] <= outer[-1] + 1e-9


@given(kernels(1, 5), st.data())
def test_activations_commute_with_permutations(case, data):
    """f(P x) = P f(x) for what is done to each value alone."""
    (x,) = case
    order = data.draw(st.permutations(range(len(x))))
    P = ca.permutation(order).to_numpy()
    for f in (lambda v: np.maximum(v, 0), np.square, np.abs):
        assert same(f(P @ x), P @ f(x))


def test_equivariant_maps_slide_one_function():
    """Among all maps of signals of n bits 2^(2^n) commute with the shift, one for each function of n bits."""
    for n in (1, 2):
        signals = list(product((0, 1), repeat=n))
        maps = (dict(zip(signals, images, strict=True)) for images in product(signals, repeat=len(signals)))
        equivariant = [f for f in maps if all(f[(*x[1:], x[0])] == (*f[x][1:], f[x][0]) for x in signals)]
        assert len(equivariant) == 2 ** (2**n)
        assert len({tuple(f[x][0] for x in signals) for f in equivariant}) == len(equivariant)


@given(kernels(2, 4), integers, st.data())
def test_augmented_data_make_convolutions(case, k, data):
    """On all shifts of a pair (x, y) a solution errs as much as when it is turned by a shift."""
    x, y = case
    n = len(x)
    W, X, Y, S = data.draw(vectors(n, n)), circulant(x), circulant(y), shift(n, k)
    turned = S @ W @ S.T
    assert ((turned @ X - Y) ** 2).sum() == ((W @ X - Y) ** 2).sum()
    assert (((mean_over_shifts(W) @ X - n * Y) ** 2).sum()) <= n * n * ((W @ X - Y) ** 2).sum()


def tridiagonal(n):
    """The diagonals of (-3, 5, -3), copied into a kernel."""
    return np.array([5, *[-3] * (n > 1), *[0] * (n - 3), *[-3] * (n > 2)])


def least_solution(x, y):
    return np.outer(y, x) / Fraction(int(x @ x)) if (x @ x) else np.outer(y, x)


FALSE = {
    "an activation changes nothing": (kernels(2, 4), lambda x, _: np.maximum(x, 0).sum() == max(x.sum(), 0)),
    "strides keep invariance": (
        st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
            lambda c: st.tuples(*map(st.just, c), vectors(c[0] * c[1]))),
        lambda m, s, x: (down(s * m, s) @ np.roll(x, 1)).max() == (down(s * m, s) @ x).max(),
    ),
    "averaging keeps the rank": (
        st.tuples(squares), lambda A: np.linalg.matrix_rank(mean_over_shifts(A)) == np.linalg.matrix_rank(A),
    ),
    "copied diagonals stay inside": (
        st.integers(1, 5), lambda n: np.linalg.eigvalsh(circulant(tridiagonal(n))).min() > 0,
    ),
    "activations commute with orthogonal maps": (
        vectors(2).map(lambda x: (x,)),
        lambda x: same(np.maximum([x.sum(), x[0] - x[1]], 0), [np.maximum(x, 0).sum(), np.maximum(x, 0) @ [1, -1]]),
    ),
    "one layer and an activation are all": (
        st.tuples(vectors(2), vectors(2)), lambda w, x: x[1] * w[1] == x[0] * w[0],
    ),
    "any data make convolutions": (
        kernels(2, 3), lambda x, y: same(shift(len(x)) @ least_solution(x, y), least_solution(x, y) @ shift(len(x))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["copied diagonals stay inside"]) == 3
    assert len(found(*FALSE["averaging keeps the rank"])[0]) == 2
    assert len(found(*FALSE["any data make convolutions"])[0]) == 2
