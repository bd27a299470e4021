"""Chapter 10, products of zero-padded layers: columns by NumPy's convolve, the border counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, flip, found, free_kernels, rank, same, toeplitz, vectors

sizes, radii = st.integers(1, 6), st.integers(1, 2)


def symbols(count=1, most=2):
    """So many kernels of the lags -m..m."""
    return st.integers(1, most).flatmap(lambda m: st.tuples(*[vectors(2 * m + 1)] * count))


def layer(n, a):
    """T_n(a)[i, j] = a_{i - j}: the middle of the full convolution of each unit signal."""
    m = len(a) // 2
    T = np.stack([np.convolve(e, a)[m : m + n] for e in np.eye(n, dtype=np.int64)], axis=1)
    below = [a[m + k] if k <= m else 0 for k in range(n)]
    assert same(T, toeplitz(below, [a[m - k] if k <= m else 0 for k in range(n)]))
    return T


def wrapped(n, a):
    """The periodic layer of the same taps."""
    m, column = len(a) // 2, np.zeros(n, dtype=np.int64)
    for k in range(-m, m + 1):
        column[k % n] += a[m + k]
    return circulant(column)


def lost(n, a, b):
    """T_n(a b) - T_n(a) T_n(b)."""
    return layer(n, np.convolve(a, b)) - layer(n, a) @ layer(n, b)


def hankel(n, a):
    """H[i, j] = a_{i + j + 1}."""
    m = len(a) // 2
    return np.array([[a[m + i + j + 1] if i + j + 1 <= m else 0 for j in range(m)] for i in range(n)])


def mean(values):
    """The middle tap."""
    return values[len(values) // 2]


@given(sizes, symbols(2))
def test_what_two_zero_padded_layers_lose_at_the_border(n, case):
    """T_n(a b) - T_n(a) T_n(b) = H(a) H(b~)^T + J H(a~) H(b)^T J."""
    a, b = case
    J = flip(n)
    near = hankel(n, a) @ hankel(n, b[::-1]).T
    assert same(lost(n, a, b), near + J @ hankel(n, a[::-1]) @ hankel(n, b).T @ J)


@given(st.integers(2, 7), symbols(2))
def test_the_total_loss_at_the_border_is_constant(n, case):
    """Its trace is the sum over k of k (a_k b_{-k} + a_{-k} b_k), for every n not below the largest lag."""
    a, b = case
    m = len(a) // 2
    wanted = sum(k * (a[m + k] * b[m - k] + a[m - k] * b[m + k]) for k in range(1, m + 1))
    assert np.trace(lost(n, a, b)) == wanted


@given(symbols(2).map(lambda case: tuple(np.sign(w) for w in case)))
def test_layers_multiply_exactly_if_both_look_one_way(case):
    """T_n(a) T_n(b) = T_n(a b) for n >= 2 m exactly if both are causal, both anticausal, or one a scalar."""
    a, b = case
    m = len(a) // 2
    (past, future), (before, after) = (((w[:m] != 0).any(), (w[m + 1 :] != 0).any()) for w in (a, b))
    one_way = not (past or before) or not (future or after) or not (past or future) or not (before or after)
    assert (not lost(2 * m, a, b).any()) == one_way


@given(sizes, radii, st.data())
def test_an_anticausal_and_a_causal_factor_multiply_exactly(n, s, data):
    """If the causal factor may run s places on, the anticausal one behind it makes T_n(a_- a_+)."""
    past, future = data.draw(vectors(s + 1)), data.draw(vectors(s + 1))
    causal = np.stack([np.convolve(e, future) for e in np.eye(n, dtype=np.int64)], axis=1)
    back = np.stack([np.convolve(e, past)[s:-s] for e in np.eye(n + s, dtype=np.int64)], axis=1)
    assert same(back @ causal, layer(n, np.convolve(past, future)))


@given(symbols(), st.integers(1, 3))
def test_zero_and_periodic_padding_differ_in_the_corners(case, extra):
    """C_n - T_n has rank 2 m at most, and the squares of its entries add up to the sum of |k| a_k^2."""
    (a,), m = case, len(case[0]) // 2
    D = wrapped(2 * m + extra, a) - layer(2 * m + extra, a)
    assert rank(D) <= 2 * m
    assert (D * D).sum() == sum(abs(k) * a[m + k] ** 2 for k in range(-m, m + 1))


@given(sizes, symbols(), st.integers(0, 3))
def test_zero_padded_layers_are_blocks_of_larger_ones(n, case, extra):
    """T_n is a block of T_{n+1} and of a larger circulant: its norm grows, and stays below the largest |a|."""
    (a,), m = case, len(case[0]) // 2
    assert same(layer(n + 1, a)[:n, :n], layer(n, a))
    assert same(wrapped(n + 2 * m + extra, a)[:n, :n], layer(n, a))
    norms = [np.linalg.norm(layer(k, a), 2) for k in (n, n + 1)]
    assert norms[0] <= norms[1] + 1e-9
    assert norms[1] <= np.abs(a).sum() + 1e-9


@given(sizes, vectors(3), vectors(6))
def test_symbols_that_are_squares_make_positive_matrices(n, p, x):
    """x^T T_n(p~ p) x = |p * x|^2."""
    y = np.convolve(p, x[:n])
    assert x[:n] @ layer(n, np.convolve(p, p[::-1])) @ x[:n] == y @ y


def plane(n, of):
    """The five-point Laplacian on n x n places."""
    A, I = of(n, np.array([-1, 2, -1])), np.eye(n, dtype=np.int64)  # noqa: E741  # as on paper
    return np.kron(A, I) + np.kron(I, A)


@given(st.integers(3, 6))
def test_the_border_of_an_image_grows(n):
    """rank(BTTB - BCCB) = 4 n - 6 for the five-point Laplacian."""
    assert np.linalg.matrix_rank(plane(n, layer) - plane(n, wrapped)) == 4 * n - 6


def power(factors):
    """The product of symbols."""
    values = np.array([1])
    for a in factors:
        values = np.convolve(values, a)
    return values


@given(st.integers(1, 4), st.integers(0, 2), symbols(1, 1))
def test_each_further_place_adds_the_mean_of_the_power(p, extra, case):
    """tr T_{n+1}^p - tr T_n^p is the middle tap of a^p, n >= p."""
    (a,), n = case, p + extra
    traces = [np.trace(np.linalg.matrix_power(layer(k, a), p)) for k in (n, n + 1)]
    assert traces[1] - traces[0] == mean(power([a] * p))


@given(st.integers(1, 2), st.integers(0, 2), symbols(1, 1))
def test_each_further_place_adds_the_mean_of_the_squared_modulus(p, extra, case):
    """tr (T_{n+1}^T T_{n+1})^p - tr (T_n^T T_n)^p is the middle tap of |a|^(2 p), n >= 2 p - 1."""
    (a,), n = case, 2 * p - 1 + extra
    traces = [np.trace(np.linalg.matrix_power(layer(k, a).T @ layer(k, a), p)) for k in (n, n + 1)]
    assert traces[1] - traces[0] == mean(power([a, a[::-1]] * p))


@given(symbols(), st.integers(1, 4))
def test_a_circulant_preconditioner_leaves_few_other_eigenvalues(case, extra):
    """C^-1 T has the eigenvalue 1 at least n - 2 m times, as T x = C x has as many solutions."""
    (a,), m = case, len(case[0]) // 2
    n = 2 * m + extra
    T, C = layer(n, a), wrapped(n, a)
    assert n - rank(T - C) >= extra
    assume(np.linalg.cond(C) < 100)
    values = np.linalg.matrix_rank(np.linalg.solve(C, T) - np.eye(n), tol=1e-9)
    assert values <= 2 * m


positive = st.integers(1, 6)
FALSE = {
    "zero-padded layers multiply like their symbols": (
        st.tuples(sizes, vectors(3), vectors(3)), lambda n, a, b: not lost(n, a, b).any(),
    ),
    "the loss grows with the signal": (
        st.tuples(sizes, vectors(3), vectors(3)),
        lambda n, a, b: np.trace(lost(n, a, b)) == n * np.trace(lost(1, a, b)),
    ),
    "layers with a causal product multiply exactly": (
        st.tuples(sizes, vectors(3, of=st.integers(-1, 1)), vectors(3, of=st.integers(-1, 1))),
        lambda n, a, b: np.convolve(a, b)[:2].any() or not lost(n, a, b).any(),
    ),
    "the order of the factors does not matter": (
        st.tuples(sizes, vectors(3), vectors(3)),
        lambda n, a, b: same(layer(n, a * [1, 1, 0]) @ layer(n, b * [0, 1, 1]),
                             layer(n, b * [0, 1, 1]) @ layer(n, a * [1, 1, 0])),
    ),
    "zero and periodic padding become equal": (
        st.tuples(st.integers(3, 8), vectors(3)),
        lambda n, a: n * np.abs(wrapped(n, a) - layer(n, a)).max() <= 2 * np.abs(a).sum(),
    ),
    "zero padding is below the circle of the same size": (
        st.tuples(vectors(3)), lambda a: (layer(2, a) ** 2).sum() <= 2 * np.linalg.norm(wrapped(2, a), 2) ** 2 + 1e-9,
    ),
    "matrices that are positive up to some size stay so": (
        st.integers(1, 8), lambda n: np.linalg.eigvalsh(layer(n, [-3, 5, -3])).min() > 0,
    ),
    "the border of an image has constant rank": (
        st.integers(3, 6), lambda n: rank(plane(n, layer) - plane(n, wrapped)) <= 6,
    ),
    "eigenvalues of causal layers follow the symbol": (
        st.tuples(sizes, st.integers(-3, 3), st.integers(-3, 3)),
        lambda n, a, b: n * a**2 == n * (a**2 + b**2) - b**2,
    ),
    "moduli of eigenvalues follow the symbol": (
        st.tuples(sizes, vectors(3)), lambda n, a: n * a[1] ** 2 == (layer(n, a * [0, 1, 1]) ** 2).sum(),
    ),
    "a circulant preconditioner does so on images": (
        st.integers(3, 6), lambda n: rank(plane(n, layer) - plane(n, wrapped)) <= 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["matrices that are positive up to some size stay so"]) == 5
    assert found(*FALSE["the border of an image has constant rank"]) == 4
    assert found(*FALSE["zero-padded layers multiply like their symbols"])[0] == 1


@given(free_kernels())
def test_convolution_of_symbols_is_convolution_of_kernels(case):
    """The taps of a b are those of the full convolution: what every test above relies on."""
    a, b = case
    assert same(np.convolve(a, b), np.convolve(b, a))
