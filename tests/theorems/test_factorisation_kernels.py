"""Chapter 6, factorisation of kernels: products of polynomials by NumPy, ranks of explicit Jacobians."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import found, full, numbers, rank, same, steps, vectors

import convalgebra as ca

seeds = st.integers(0, 2**32)
taps = st.integers(1, 4)


def drawn(seed, *shape):
    """Small integers, none zero."""
    random = np.random.default_rng(seed)
    return random.integers(1, 10, shape) * random.choice([-1, 1], shape)


def product2(u, v):
    """The product of two kernels on two axes."""
    y = np.zeros(np.add(u.shape, v.shape) - 1, dtype=np.int64)
    for (i, j), value in np.ndenumerate(u):
        y[i : i + len(v), j : j + v.shape[1]] += value * v
    return y


def spread(w, d):
    """d - 1 zeros between the taps."""
    y = np.zeros(d * (len(w) - 1) + 1, dtype=np.int64)
    y[::d] = w
    return y


def jacobian(factors, multiply):
    """The derivatives of a product by each tap of each factor."""
    rows = []
    for k, factor in enumerate(factors):
        for place in np.ndindex(factor.shape):
            unit = np.zeros_like(factor)
            unit[place] = 1
            rows.append(multiply(*factors[:k], unit, *factors[k + 1 :]).reshape(-1))
    return np.stack(rows)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4), st.integers(-3, 3), st.integers(1, 3))
def test_kernels_split_by_their_roots(roots, a, b):
    """A kernel with real roots r_i and a pair a +- b i is a product of two-tap kernels and one of three taps."""
    w = np.array([a * a + b * b, -2 * a, 1])
    for r in roots:
        w = np.convolve(w, [-r, 1])
    value = lambda z: sum(int(c) * z**k for k, c in enumerate(w))  # noqa: E731
    assert all(value(r) == 0 for r in roots)
    assert value(complex(a, b)) == 0 or abs(value(complex(a, b))) < 1e-3
    assert (2 * a) ** 2 < 4 * (a * a + b * b)


@given(numbers, numbers, st.integers(1, 9))
def test_five_taps_are_three_and_three(p, q, a):
    """Two quadratics with opposite middle taps multiply to a depressed quartic, by the resolvent cubic."""
    half = a * (p + a * a)
    quartic = np.convolve([half - q, 2 * a * a, 2 * a], [half + q, -2 * a * a, 2 * a])
    assert quartic.tolist() == [half**2 - q**2, 4 * a * a * q, 4 * a * a * p, 0, 4 * a * a]
    resolvent = lambda y, r: y * (p + y) ** 2 - q * q - 4 * r * y  # noqa: E731
    assert resolvent(0, p) == -q * q <= 0 < resolvent(10**4, 9)


@given(st.integers(1, 4), st.integers(1, 4), seeds)
def test_at_most_one_even_size_reaches_all_kernels(k, m, seed):
    """A kernel of evenly many taps changes sign, so it has a real root, which 1 + z^(2m) has not."""
    u = drawn(seed, 2 * k)
    far = 10**3
    left, right = (sum(int(c) * z**i for i, c in enumerate(u)) for z in (-far, far))
    assert left * right < 0
    assert all(1 + Fraction(z, 3) ** (2 * m) > 0 for z in range(-9, 10))


@given(taps, taps, taps, steps, steps, seeds)
def test_a_stack_reaches_its_taps_less_the_scalings(K, k, m, s, t, seed):
    """The Jacobian of three strided layers has rank K + k + m - 2."""
    multiply = lambda u, v, w: np.convolve(np.convolve(u, spread(v, s)), spread(w, s * t))  # noqa: E731
    J = jacobian([drawn(seed, K), drawn(seed + 1, k), drawn(seed + 2, m)], multiply)
    assert rank(J) <= K + k + m - 2
    assert ca.composition_dimension([max(K, 2), k + 1], strides=[s, 1]) == max(K, 2) + k


@given(st.integers(1, 3), st.integers(1, 3), seeds)
def test_square_kernels_lose_dimensions(a, b, seed):
    """The Jacobian of two square kernels has rank a^2 + b^2 - 1 at most, of (a + b - 1)^2."""
    J = jacobian([drawn(seed, a, a), drawn(seed + 1, b, b)], product2)
    assert rank(J) <= a * a + b * b - 1 == (a + b - 1) ** 2 - 2 * (a - 1) * (b - 1)


@given(seeds)
def test_on_two_axes_the_factors_are_known(seed):
    """The product of two irreducible 2 x 2 kernels has one factorisation."""
    u, v = drawn(seed, 2, 2), drawn(seed + 1, 2, 2)
    minor = lambda w: w[0, 0] * w[1, 1] - w[0, 1] * w[1, 0]  # noqa: E731
    assume(minor(u) and minor(v))
    one, other = ca.factor(product2(u, v), sizes=((2, 2), (2, 2))).factors
    parallel = lambda x, y: same(np.multiply.outer(x, y), np.multiply.outer(y, x))  # noqa: E731
    assert (parallel(one, u) and parallel(other, v)) or (parallel(one, v) and parallel(other, u))


@given(vectors(5, 5))
def test_enough_hidden_channels_reach_all(W):
    """Every 5 x 5 kernel is a sum of four 3 x 3 kernels, each moved by a corner of 3 x 3."""
    total, left = np.zeros((5, 5), dtype=np.int64), W.copy()
    for i in (0, 2):
        for j in (0, 2):
            corner, part = np.zeros((3, 3), dtype=np.int64), left[i : i + 3, j : j + 3].copy()
            corner[i, j] = 1
            left[i : i + 3, j : j + 3] = 0
            total += product2(corner, part)
    assert same(total, W)


def test_two_hidden_channels_reach_almost_all():
    """The Jacobian of w1 * v1 + w2 * v2 has rank 25 at an integer point: the rows of two products together."""
    pairs = [[drawn(2 * k, 3, 3), drawn(2 * k + 1, 3, 3)] for k in range(2)]
    assert rank(np.concatenate([jacobian(pair, product2) for pair in pairs])) == 25
    assert rank(jacobian(pairs[0], product2)) == 17


@given(st.integers(1, 3), taps, taps, st.integers(1, 3), seeds)
def test_doubled_channels_undo_the_rectifier(C, K, k, o, seed):
    """With the channels w, -w and v, -v a rectifier between two layers changes nothing."""
    w, v, x = drawn(seed, C, 1, K), drawn(seed + 1, 1, C, k), drawn(seed + 2, 1, o + K + k - 2)
    first, last = ca.Conv(np.concatenate([w, -w])), ca.Conv(np.concatenate([v, -v], axis=1))
    assert same(last(np.maximum(first(x), 0)), ca.Conv(v)(ca.Conv(w)(x)))


@given(st.integers(1, 4), st.integers(1, 4), seeds)
def test_a_kernel_of_rank_r_is_two_thin_layers(K, r, seed):
    """A sum of r outer products is columns, then rows, with r channels between, and has rank r at most."""
    u, v, x = drawn(seed, r, 1, K, 1), drawn(seed + 1, 1, r, 1, K), drawn(seed + 2, 1, K + 1, K + 2)
    W = sum(np.outer(a, b) for a, b in zip(u[:, 0, :, 0], v[0, :, 0], strict=True))
    assert same(ca.Conv(v)(ca.Conv(u)(x)), ca.Conv([[W]])(x))
    assert rank(W) <= min(r, K)


@given(st.integers(1, 9), st.integers(1, 9))
def test_stacks_of_small_kernels_are_cheaper(C, K):
    """18 weights for 25, 27 for 49, and 2 for K."""
    size = lambda h, w: np.empty((C, C, h, w)).size  # noqa: E731
    assert Fraction(2 * size(3, 3), size(5, 5)) == Fraction(18, 25)
    assert Fraction(3 * size(3, 3), size(7, 7)) == Fraction(27, 49)
    assert Fraction(size(K, 1) + size(1, K), size(K, K)) == Fraction(2, K)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), seeds)
def test_a_tensor_of_rank_r_is_four_thin_layers(C, D, R, K, seed):
    """sum of P[o, r] u_r[a] v_r[b] Q[r, i] is pointwise, column, row, pointwise; its unfolding has rank R at most."""
    P, Q, u, v = (drawn(seed + k, *shape) for k, shape in enumerate([(D, R), (R, C), (R, K), (R, K)]))
    W, x = np.einsum("or,ra,rb,ri->oiab", P, u, v, Q), drawn(seed + 4, C, K + 1, K + 1)
    y = np.einsum("rc,chw->rhw", Q, x)
    y = ca.Conv(v[:, None, None, :], groups=R)(ca.Conv(u[:, None, :, None], groups=R)(y))
    assert same(np.einsum("or,rhw->ohw", P, y), ca.Conv(W)(x))
    assert rank(W.reshape(D, -1)) <= R


@given(taps, taps, seeds)
def test_layers_stay_balanced(K, k, seed):
    """<w, V^T g> = <v, W^T g> = <w * v, g>."""
    w, v, g = drawn(seed, K), drawn(seed + 1, k), drawn(seed + 2, K + k - 1)
    assert w @ (full(v, K).T @ g) == v @ (full(w, k).T @ g) == np.convolve(w, v) @ g


FALSE = {
    "real kernels split into two taps": (vectors(3), lambda w: w[1] ** 2 >= 4 * w[0] * w[2]),
    "depth never loses a kernel": (st.integers(1, 3), lambda m: any(1 + z ** (2 * m) == 0 for z in range(-9, 10))),
    "strided stacks reach every kernel": (vectors(4), lambda w: w[0] * w[3] == w[1] * w[2]),
    "square kernels reach all": (st.integers(1, 3), lambda a: 2 * a * a - 1 == (2 * a - 1) ** 2),
    "on one axis the factors are known": (
        st.tuples(numbers, numbers, numbers), lambda a, b, c: len({a, b, c}) == 1,  # as many ways as different roots
    ),
    "one hidden channel reaches almost all": (
        st.just(1), lambda seed: rank(jacobian([drawn(seed, 3, 3), drawn(seed + 1, 3, 3)], product2)) == 25
    ),
    "one rectified channel can be linear": (
        st.tuples(numbers, numbers), lambda v, w: v * max(w, 0) == -v * max(-w, 0)
    ),
    "symmetric kernels are separable": (
        vectors(3), lambda w: rank(np.array([[w[2], w[1], w[2]], [w[1], w[0], w[1]], [w[2], w[1], w[2]]])) <= 1
    ),
    "the stack is always cheaper": (st.tuples(taps, taps), lambda C, H: 18 * C * H <= 25 * C * C),
    "a bottleneck keeps every kernel": (vectors(2, 2), lambda W: rank(W) <= 1),
    "descent keeps the balance": (
        st.tuples(numbers, numbers, numbers),
        lambda w, v, g: (w - v * g) ** 2 - (v - w * g) ** 2 == w**2 - v**2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    case = found(drawn_from, holds)
    assert not (holds(*case) if isinstance(case, tuple) else holds(case))
