"""Chapter 9, determinants and ranks of circulants: by expansion into permutations, and by elimination in fractions."""

from __future__ import annotations

from itertools import permutations
from math import gcd

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, found, kernels, rank, same, vectors

few = st.integers(1, 5)
units = st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda c: gcd(*c) == 1)
CYCLOTOMIC = {1: [-1, 1], 2: [1, 1], 3: [1, 1, 1], 4: [1, 0, 1], 5: [1] * 5, 6: [1, -1, 1], 8: [1, 0, 0, 0, 1]}


def det(A):
    """The sum over permutations."""
    n = len(A)
    signs = [(-1) ** sum(p[i] > p[j] for i in range(n) for j in range(i, n)) for p in permutations(range(n))]
    return sum(
        s * int(np.prod([A[i, p[i]] for i in range(n)])) for s, p in zip(signs, permutations(range(n)), strict=True)
    )


def folded(w, n):
    return np.array([sum(w[i::n]) for i in range(n)], dtype=np.int64)


def resultant(w):
    """The determinant of Sylvester's matrix of z^n - 1 and w(z), of formal degree n - 1."""
    n = len(w)
    modulus = [1, *[0] * (n - 1), -1]
    rows = [[0] * i + modulus + [0] * (n - 2 - i) for i in range(n - 1)]
    rows += [[0] * i + [*map(int, w[::-1])] + [0] * (n - 1 - i) for i in range(n)]
    return det(np.array(rows, dtype=np.int64))


@given(kernels(1, 4))
def test_the_determinant_is_the_product_of_the_spectrum(w):
    """det C_w is the resultant of z^n - 1 and w(z), the product of w at the roots of unity."""
    assert det(circulant(w[0])) == resultant(w[0])


@given(st.sampled_from((2, 3, 5)).flatmap(vectors), st.data())
def test_determinants_of_prime_size_are_sums_modulo_it(w, data):
    """For prime n det C_w = sum of w modulo n; and det C_v det C_w is the determinant of C_v w."""
    n, v = len(w), data.draw(vectors(len(w), of=st.integers(-2, 2)))
    assert (det(circulant(w)) - w.sum()) % n == 0
    assert det(circulant(v)) * det(circulant(w)) == det(circulant(circulant(v) @ w))


@given(st.integers(1, 8), st.sets(st.sampled_from(sorted(CYCLOTOMIC))))
def test_the_nullity_is_the_degree_of_a_common_divisor(n, orders):
    """A product of cyclotomic polynomials has as many zeros on n places as those for divisors of n have roots."""
    w = np.array([1], dtype=np.int64)
    for d in orders:
        w = np.convolve(w, CYCLOTOMIC[d])
    dividing = [d for d in orders if n % d == 0]
    assert rank(circulant(folded(w, n))) == n - sum(len(CYCLOTOMIC[d]) - 1 for d in dividing)


@given(st.sampled_from((2, 3, 5, 7)).flatmap(lambda n: vectors(n, of=st.integers(-2, 2))))
def test_rational_circulants_of_prime_size_have_four_ranks(w):
    """On a prime number of places the rank is 0, 1 (a constant), n - 1 (sum 0) or n."""
    n, constant = len(w), len(set(w.tolist())) == 1
    assert rank(circulant(w)) == (int(w.any()) if constant else n - (w.sum() == 0))


@given(few.flatmap(vectors), few)
def test_few_taps_have_few_zeros(w, m):
    """K taps, not all zero, on n places: the rank is at least n - K + 1; K ones on K m places attain it."""
    n, K = len(w) - 1 + m, len(w)
    assume(w.any())
    assert rank(circulant(np.concatenate([w, np.zeros(m - 1, dtype=np.int64)]))) >= n - K + 1
    assert rank(circulant(np.array([1] * K + [0] * (K * m - K)))) == K * m - K + 1


@given(units, st.data())
def test_multiplying_places_by_a_unit_permutes_eigenvalues(sizes, data):
    """Moving the tap at j to m j gives P C_w P^T, P the same permutation of places."""
    n, m = sizes
    w = data.draw(vectors(n))
    P = np.eye(n, dtype=np.int64)[[j * pow(m, -1, n) % n for j in range(n)]]
    moved = np.array([w[j * pow(m, -1, n) % n] for j in range(n)])
    assert same(P @ circulant(w) @ P.T, circulant(moved))


def power_sums(w):
    return [np.linalg.matrix_power(circulant(w), k).trace() for k in range(1, len(w) + 1)]


small = st.integers(1, 4).flatmap(lambda n: vectors(n, of=st.integers(-2, 2)))
pairs = st.integers(1, 4).flatmap(lambda n: st.tuples(*[vectors(n, of=st.integers(-2, 2))] * 2))
FALSE = {
    "determinants are not negative": (small, lambda w: det(circulant(w)) >= 0),
    "determinants are sums modulo any size": (small, lambda w: (det(circulant(w)) - w.sum()) % len(w) == 0),
    "a kernel with a sum is invertible": (small, lambda w: w.sum() == 0 or rank(circulant(w)) == len(w)),
    "all sizes have four ranks": (small, lambda w: rank(circulant(w)) in {0, 1, len(w) - 1, len(w)}),
    "only nonzero taps count": (
        small, lambda w: not w.any() or rank(circulant(w)) >= len(w) - np.count_nonzero(w) + 1,
    ),
    "equal spectra come from units": (
        pairs,
        lambda u, v: power_sums(u) != power_sums(v)
        or any(same(u[np.arange(len(u)) * m % len(u)], v) for m in range(1, 5) if gcd(m, len(u)) == 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["determinants are not negative"]).tolist() == [-1]
    assert len(found(*FALSE["all sizes have four ranks"])) == 4
    assert len(found(*FALSE["only nonzero taps count"])) == 4
