"""Chapter 19, fast algorithms: the products counted and carried out one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import found, free_kernels, full, kernels, rank, same, steps, vectors

import convalgebra as ca


def karatsuba(w, x):
    """(w * x, the number of products) for lengths that are a power of two."""
    if len(w) == 1:
        return w * x, 1
    h = len(w) // 2
    (low, a), (high, b) = karatsuba(w[:h], x[:h]), karatsuba(w[h:], x[h:])
    both, c = karatsuba(w[:h] + w[h:], x[:h] + x[h:])
    y = np.zeros(2 * len(w) - 1, dtype=np.int64)
    y[: 2 * h - 1] += low
    y[2 * h :] += high
    y[h : 3 * h - 1] += both - low - high
    return y, a + b + c


@given(st.integers(0, 4), st.data())
def test_three_products_multiply_two_taps_by_two(k, data):
    """2^k taps times 2^k take 3^k products."""
    w, x = data.draw(st.tuples(vectors(2**k), vectors(2**k)))
    y, products = karatsuba(w, x)
    assert same(y, np.convolve(w, x))
    assert products == 3**k


@given(free_kernels())
def test_products_of_polynomials_are_found_at_points(case):
    """m + r - 1 values of a product tell it: those of its factors, multiplied."""
    w, x = case
    points = range(len(w) + len(x) - 1)
    values = [int(np.polyval(w[::-1], p)) * int(np.polyval(x[::-1], p)) for p in points]
    assert values == [int(np.polyval(np.convolve(w, x)[::-1], p)) for p in points]
    assert rank([[p**t for t in points] for p in points]) == len(points)
    fast = ca.toom_cook(len(x), len(w))
    assert same(fast(w, x), np.convolve(w, x))
    assert fast.products == len(points)


@given(steps, kernels(1, 4), st.data())
def test_short_filters_are_transposed_products(m, case, data):
    """F(m, r) makes m outputs of r taps by m + r - 1 products."""
    (w,) = case
    x = data.draw(vectors(m + len(w) - 1))
    fast = ca.winograd(m, len(w))
    assert same(fast(w, x), np.correlate(x, w, "valid"))
    assert fast.products == m + len(w) - 1


def test_the_algorithm_of_lavin_and_gray():
    """F(2, 3): four products in place of six."""
    w, x = np.array([2, 5, -3]), np.array([7, 1, 4, -2])
    m1, m2 = (x[0] - x[2]) * w[0], (x[1] + x[2]) * (w[0] + w[1] + w[2])
    m3, m4 = (x[2] - x[1]) * (w[0] - w[1] + w[2]), (x[1] - x[3]) * w[2]
    assert same([2 * m1 + m2 + m3, m2 - m3 - 2 * m4], 2 * np.correlate(x, w, "valid"))


def flattened(m, r):
    """The rows of the tensor of F(m, r), one an input."""
    return [[int(j == i + a) for i in range(m) for a in range(r)] for j in range(m + r - 1)]


@given(steps, steps)
def test_fewer_products_do_not_exist(m, r):
    """The tensor of F(m, r), flattened along its input, has the rank m + r - 1."""
    assert rank(flattened(m, r)) == m + r - 1 == ca.winograd(m, r).products


@given(st.integers(1, 2), st.integers(1, 3), st.data())
def test_nested_algorithms_multiply_their_products(m, r, data):
    """F(m x m, r x r) has (m + r - 1)^2 products."""
    W, X = data.draw(st.tuples(vectors(r, r), vectors(m + r - 1, m + r - 1)))
    fast = ca.winograd(m, r).nested()
    direct = [[int((W * X[i : i + r, j : j + r]).sum()) for j in range(m)] for i in range(m)]
    assert same(fast(W, X), direct)
    assert fast.products == (m + r - 1) ** 2


@given(free_kernels())
def test_transposed_algorithms_have_as_many_products(case):
    """Toom-Cook, transposed in x, correlates; transposed in w it is the gradient: R products each time."""
    w, x = case
    fast, y = ca.toom_cook(len(x), len(w)), np.arange(1, len(w) + len(x))
    A, G, B = (M.to_numpy() for M in (fast.AT, fast.G, fast.BT))
    assert same(B.T @ ((G @ w) * (A.T @ y)), full(w, len(x)).T @ y)
    assert same(G.T @ ((B @ x) * (A.T @ y)), full(x, len(w)).T @ y)


def rank_one_hankel(p):
    """The 2 x 3 Hankel matrices of rank one over the integers modulo p, up to a factor."""
    minors = lambda x: [x[a] * x[b + 1] - x[b] * x[a + 1] for a, b in ((0, 1), (0, 2), (1, 2))]  # noqa: E731
    ones = [x for x in product(range(p), repeat=4) if any(x) and not any(v % p for v in minors(x))]
    return len(ones) // (p - 1)


def additions(fast):
    """Entries less rows of its three matrices."""
    return sum(int((M.to_numpy() != 0).sum()) - M.shape[0] for M in (fast.AT, fast.G, fast.BT))


pairs = st.tuples(steps, steps)
FALSE = {
    "as many products as taps are enough": (steps, lambda K: rank(flattened(K, K)) <= K),
    "one point less is enough": (pairs, lambda m, r: rank(flattened(m, r)) <= m + r - 2),
    "the same matrices convolve": (
        kernels(1, 3),
        lambda w: same(ca.winograd(1, len(w))(w, np.arange(len(w))), np.convolve(np.arange(len(w)), w, "valid")),
    ),
    "every field has points enough": (st.sampled_from([2, 3, 5]), lambda p: rank_one_hankel(p) >= 4),
    "a tile serves every stride": (
        st.tuples(steps, steps, steps),
        lambda m, r, s: len(range(0, m + r - 1 - r + 1, s)) == m,
    ),
    "transposed algorithms have as many additions": (
        pairs,
        lambda m, r: additions(ca.toom_cook(m, r)) == additions(ca.toom_cook(m, r).T),
    ),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["as many products as taps are enough"]) == 2
    assert found(*FALSE["one point less is enough"]) == (1, 1)
    assert found(*FALSE["every field has points enough"]) == 2
    assert [additions(f) for f in (ca.toom_cook(2, 2), ca.toom_cook(2, 2).T)] == [4, 5]
