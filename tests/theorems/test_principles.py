"""Chapter 0, proof principles: what a finite computation can decide, checked on drawn cases."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from textbook import (
    circulant,
    delay,
    found,
    free_kernels,
    integers,
    kernels,
    padded,
    rank,
    same,
    shift,
    sizes,
    valid,
    vectors,
)

import convalgebra as ca


def squares(most=3):
    return st.integers(1, most).flatmap(lambda n: st.tuples(vectors(n, n), vectors(n, n)))


@given(st.integers(1, 4).flatmap(lambda n: st.tuples(vectors(n, n), vectors(n), vectors(n))))
def test_a_bilinear_form_is_known_on_pairs_of_units(case):
    """f(w, x) = sum of w_i x_j f(e_i, e_j)."""
    f, w, x = case
    units = np.eye(len(w), dtype=np.int64)
    values = [[a @ f @ b for b in units] for a in units]
    assert w @ f @ x == sum(w[i] * x[j] * v for i, row in enumerate(values) for j, v in enumerate(row))


@given(kernels(2))
def test_an_integer_identity_holds_in_every_commutative_ring(case):
    """(A + B)^2 = A^2 + 2 A B + B^2 for circulants, and modulo every number."""
    A, B = map(circulant, case)
    assert same((A + B) @ (A + B), A @ A + 2 * A @ B + B @ B)
    assert all(((a + b) ** 2 - a * a - 2 * a * b - b * b) % 7 == 0 for a, b in zip(*case, strict=True))


@given(free_kernels(2, 3), sizes)
def test_an_identity_of_kernels_holds_at_every_size(case, n):
    """w = u * v makes w's periodic layer the product of u's and v's at every n, shorter than the kernel too."""
    u, v = case

    def wrapped(w):
        folded = np.zeros(n, dtype=np.int64)
        np.add.at(folded, np.arange(len(w)) % n, w)
        return circulant(folded)

    assert same(wrapped(np.convolve(u, v)), wrapped(u) @ wrapped(v))


@given(st.integers(2, 6), vectors(3), vectors(3))
def test_the_border_of_two_layers_does_not_depend_on_the_size(n, u, v):
    """T(u v) - T(u) T(v) is the same two corners at every n >= 2."""

    def defect(n):
        return padded(np.convolve(u, v), n, 2) - padded(u, n, 1) @ padded(v, n, 1)

    here, there = defect(n), defect(n + 1)
    assert here[0, 0] == there[0, 0]
    assert here[-1, -1] == there[-1, -1]
    assert np.count_nonzero(here) <= 2


@given(st.integers(1, 9), integers, integers)
def test_formulas_of_one_period_agree_after_one_period(s, a, b):
    """floor((n + a) / s) = ceil((n - b) / s) for all n as soon as it holds for s of them."""
    agree = [(n + a) // s == -((b - n) // s) for n in range(6 * s)]
    assert all(agree[:s]) == all(agree)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_a_polynomial_that_vanishes_at_more_points_than_its_degree_is_zero(c):
    """Degree D and D + 1 zeros: the polynomial is zero."""
    values = [sum(a * x**k for k, a in enumerate(c)) for x in range(len(c))]
    assert any(values) == any(c)


@given(st.integers(2, 9), st.integers(0, 8))
def test_the_cyclotomic_polynomial_vanishes_at_the_primitive_roots(n, f):
    """Phi_n(omega^f) = 0 exactly where gcd(f, n) = 1."""
    coefficients = [int(c) for c in sympy.Poly(sympy.cyclotomic_poly(n, sympy.Symbol("z"))).all_coeffs()]
    value = np.polyval(coefficients, np.exp(-2j * np.pi * f / n))
    assert (abs(value) < 1e-9) == (gcd(f, n) == 1)


@given(st.integers(1, 4).flatmap(lambda n: vectors(n, n)))
def test_the_rank_at_a_point_is_at_most_the_generic_rank(A):
    """The rank of any matrix is at most n, which the powers of 1, 2, ..., n reach."""
    n = len(A)
    assert np.linalg.matrix_rank(A) <= np.linalg.matrix_rank(np.vander(np.arange(1, n + 1))) == n


@given(st.integers(1, 4), integers)
def test_the_maps_that_commute_are_a_null_space(n, k):
    """dim {A : A S = S A} = n^2 - rank(S (x) I - I (x) S^T)."""
    S, ones = shift(n, k), np.eye(n, dtype=np.int64)
    assert len(ca.commutant(ca.shift(n, k))) == n * n - rank(np.kron(S, ones) - np.kron(ones, S.T))


@given(st.integers(1, 50))
def test_fractions_are_exact(n):
    """n times 1/n is 1."""
    assert sum([Fraction(1, n)] * n) == 1


@given(st.integers(1, 2).flatmap(lambda n: st.tuples(vectors(n), vectors(n))))
def test_symmetric_toeplitz_matrices_commute_up_to_two(case):
    """Symmetric Toeplitz matrices of size 1 and 2 commute."""
    A, B = (np.array([[a[abs(i - j)] for j in range(len(a))] for i in range(len(a))]) for a in case)
    assert same(A @ B, B @ A)


def symmetric(a):
    return np.array([[a[abs(i - j)] for j in range(len(a))] for i in range(len(a))])


FALSE = {
    "equal units are enough": (
        st.integers(1, 3).flatmap(lambda n: st.tuples(vectors(n, n), vectors(n), vectors(n))),
        lambda f, w, x: w @ f @ x == sum(w[i] * x[i] * f[i, i] for i in range(len(w))),
    ),
    "identities hold for all matrices": (squares(), lambda A, B: same(A @ B, B @ A)),
    "one size is enough": (
        st.tuples(*[vectors(2, of=st.integers(0, 1))] * 2), lambda u, v: same(u, v) or sum(u) != sum(v),
    ),
    "the smallest sizes are enough": (sizes, lambda n: same(delay(n) @ delay(n) @ delay(n).T, delay(n))),
    "a period is enough under a clamp": (
        st.integers(1, 5),
        lambda s: any(max((n - 4) // s + 1, 0) for n in range(1, s + 1)) or not any(n >= 4 for n in range(5 * s)),
    ),
    "as many points as the degree are enough": (
        vectors(2), lambda c: not any(c) or any(sum(a * x**k for k, a in enumerate(c)) for x in range(1)),
    ),
    "remainders by z^n - 1 decide": (sizes, lambda n: abs(sum(np.exp(-2j * np.pi * k / n) for k in range(n))) > 1e-9),
    "the rank at a point is the generic rank": (st.integers(0, 5), lambda x: rank([[x]]) == 1),
    "finding some is finding all": (sizes, lambda n: len(ca.commutant(ca.identity(n))) == n),
    "closeness proves equality": (
        st.integers(0, 20), lambda e: not np.allclose([1, 10.0**-e], [1, 0]),
    ),
    "two passing sizes prove all": (
        st.integers(1, 3).flatmap(lambda n: st.tuples(vectors(n), vectors(n))),
        lambda a, b: same(symmetric(a) @ symmetric(b), symmetric(b) @ symmetric(a)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["the smallest sizes are enough"]) == 2
    assert found(*FALSE["remainders by z^n - 1 decide"]) == 2
    assert len(found(*FALSE["two passing sizes prove all"])[0]) == 3


def test_valid_layers_multiply_too():
    u, v = np.array([1, 2]), np.array([3, 0, 1])
    assert same(valid(np.convolve(u, v), 6), valid(u, 4) @ valid(v, 6))
