"""Chapter 1, the lecture's equations (1) to (14), by NumPy's roll, correlate and fft."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, factorial, fmod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import (
    checked,
    circulant,
    delay,
    flip,
    found,
    fourier,
    integers,
    kernels,
    padded,
    rank,
    same,
    shift,
    sizes,
    steps,
    toeplitz,
    valid,
    vectors,
    widths,
)  # fmt: skip

import convalgebra as ca


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.data())
def test_equation_1_a_layer_is_a_matrix_on_the_flattened_image(c, h, n, data):
    """vec(f(X)) = W vec(X); the columns of W are the images of the unit images."""
    w, X = data.draw(vectors(c, c)), data.draw(vectors(c, h, n))
    mixed = np.einsum("oc,chn->ohn", w, X)
    layer = ca.Conv(w.reshape(c, c, 1, 1))
    W = checked(layer.matrix((c, h, n)), np.kron(w, np.eye(h * n, dtype=np.int64)))
    assert same(layer(X), mixed)
    assert same(W @ X.reshape(-1), mixed.reshape(-1))


@given(widths, steps, steps)
def test_equation_2_a_patch_is_a_square_around_its_centre(k, a, b):
    """(2 k + 1)^2 places at most k away in both coordinates, at (h - 2 k)(w - 2 k) centres."""
    h, w = 2 * k + a, 2 * k + b
    ball = [p for p in product(range(-h, h + 1), range(-w, w + 1)) if max(map(abs, p)) <= k]
    image = np.zeros((h, w), dtype=np.int64)
    patches = np.lib.stride_tricks.sliding_window_view(image, (2 * k + 1, 2 * k + 1))
    assert patches.shape == (a, b, 2 * k + 1, 2 * k + 1)
    assert len(ball) == patches[0, 0].size


@given(st.integers(1, 4), st.integers(1, 3), st.data())
def test_equation_3_equal_answers_to_equal_patches_are_shared_weights(outputs, K, data):
    """Layers that answer equal patches of any two images alike have one filter."""
    W, patch = data.draw(vectors(outputs, K)), data.draw(vectors(K))
    if all(same(row, W[0]) for row in W):
        assert len(set((W @ patch).tolist())) == 1
    else:
        units = np.eye(K, dtype=np.int64)
        assert any(len(set((W @ e).tolist())) > 1 for e in units)


@given(kernels(3), st.integers(-9, 9))
def test_equation_4_a_bias_makes_the_layer_affine(case, b):
    """f(x) + f(y) - f(0) = f(x + y)."""
    w, x, y = case

    def f(x):
        return circulant(w) @ x + b

    assert same(f(x) + f(y) - f(0 * x), f(x + y))
    assert same(np.roll(np.full(len(x), b), 1), np.full(len(x), b))


@given(st.integers(1, 4), steps, st.data())
def test_equation_5_a_valid_layer_is_an_upper_banded_toeplitz_matrix(K, m, data):
    """V[i, i + a] = w[a]: it correlates, and convolves with the flipped kernel."""
    w, n = data.draw(vectors(K)), K - 1 + m
    V = valid(w, n)
    assert all(V[i, j] == (w[j - i] if 0 <= j - i < K else 0) for i in range(m) for j in range(n))
    x = data.draw(vectors(n))
    assert same(V @ x, np.convolve(x, w[::-1], "valid"))


@given(st.integers(0, 6), st.integers(0, 6))
def test_equation_6_divided_powers_multiply(a, b):
    """The integral of v^a/a! (1 - v)^b/b! over [0, 1] is 1/(a + b + 1)!."""
    beta = sum(Fraction((-1) ** j * comb(b, j), a + j + 1) for j in range(b + 1))
    assert beta / (factorial(a) * factorial(b)) == Fraction(1, factorial(a + b + 1))


@given(kernels(1), integers)
def test_equation_6_with_a_plus_shifts_turn_round(case, k):
    """M[i, j] = w[i + j] satisfies M S_k = S_{-k} M."""
    (w,) = case
    n = len(w)
    M = np.array([[w[(i + j) % n] for j in range(n)] for i in range(n)])
    assert same(M @ shift(n, k), shift(n, -k) @ M)


@given(sizes, st.integers(0, 12), st.integers(0, 12))
def test_equations_7_and_8_a_periodic_signal_repeats(n, p, q):
    """x[k] = x[k mod n]; the central crop of the extension is the signal."""
    P = checked(ca.pad(n, (p, q), "circular"), np.pad(np.eye(n, dtype=np.int64), ((p, q), (0, 0)), "wrap"))
    assert same(P @ np.arange(n), np.arange(-p, n + q) % n)
    assert same(P[p : p + n], np.eye(n))


@given(kernels(3))
def test_equation_9_circular_convolution_is_a_commutative_product(case):
    """x * w = w * x, (x * v) * w = x * (v * w), and the unit impulse changes nothing."""
    x, v, w = case
    assert same(circulant(x) @ w, circulant(w) @ x)
    assert same(circulant(circulant(x) @ v) @ w, circulant(x) @ (circulant(v) @ w))
    assert same(circulant(np.eye(len(x), dtype=np.int64)[0]) @ x, x)


@given(kernels(2))
def test_equation_10_fourier_turns_convolution_into_multiplication(case):
    """F (w * x) = F w . F x for the DFT without normalisation, and with conj(F w) for correlation."""
    w, x = case
    F = fourier(len(w))
    assert np.allclose(F @ circulant(w) @ x, np.fft.fft(w) * np.fft.fft(x))
    assert np.allclose(F @ circulant(w).T @ x, np.conj(np.fft.fft(w)) * np.fft.fft(x))


@given(kernels(1), integers)
def test_equation_11_a_shift_moves_forward(case, k):
    """(S_k x)[i] = x[i - k]; S_k is the circulant of the impulse at k."""
    (x,) = case
    n = len(x)
    assert same(shift(n, k) @ x, [x[(i - k) % n] for i in range(n)])
    assert same(shift(n, k), circulant(np.eye(n, dtype=np.int64)[k % n]))
    assert same(shift(n, k).T @ x, np.roll(x, -k))


@given(sizes, integers, integers)
def test_equation_12_shifts_form_a_group(n, a, b):
    """S_0 = I, S_a S_b = S_{a+b}, S_n = I, S_a^T = S_{-a} = S_a^-1."""
    assert same(shift(n, a) @ shift(n, b), shift(n, a + b))
    assert same(shift(n, 0), np.eye(n))
    assert same(shift(n, n), np.eye(n))
    assert same(shift(n, a).T, shift(n, -a))
    assert same(np.linalg.matrix_power(shift(n), a % n), shift(n, a))


@given(kernels(2))
def test_equation_13_a_circulant_is_a_sum_of_shifts(case):
    """x * w = C_w x, and C_w is the sum of w[k] S_k."""
    w, x = case
    n = len(w)
    assert same(circulant(w) @ x, [sum(x[j] * w[(i - j) % n] for j in range(n)) for i in range(n)])
    assert same(circulant(w), sum(w[k] * shift(n, k) for k in range(n)))


@given(kernels(2))
def test_equation_14_circulants_commute(case):
    """C_v C_w = C_w C_v = C_{v * w}."""
    v, w = case
    assert same(circulant(v) @ circulant(w), circulant(w) @ circulant(v))
    assert same(circulant(v) @ circulant(w), circulant(circulant(v) @ w))


@given(kernels(2), integers)
def test_the_last_display_convolution_is_equivariant(case, k):
    """C_w S_k x = S_k C_w x, in both conventions."""
    w, x = case
    assert same(circulant(w) @ np.roll(x, k), np.roll(circulant(w) @ x, k))
    assert same(circulant(w).T @ np.roll(x, k), np.roll(circulant(w).T @ x, k))


@given(vectors(3))
def test_the_printed_circulant_is_the_transpose_of_the_printed_definition(w):
    """The rows w0 w1 w2 0 0, 0 w0 w1 w2 0, ... are C_w^T, which correlates."""
    c = np.array([*w, 0, 0])
    printed = np.stack([np.roll(c, i) for i in range(5)])
    assert same(printed, circulant(c).T)
    checked(ca.circulant(c, op="correlation"), printed)


def patches_of(n, K):
    return [np.eye(n, dtype=np.int64)[i : i + K] for i in range(n - K + 1)]


def one_image_forces_sharing(n, K):
    """Does equality of answers to equal patches of one image leave K free weights only?"""
    windows, equations = patches_of(n, K), [np.zeros((n - K + 1) * K, dtype=np.int64)]
    for i, j in product(range(len(windows)), repeat=2):
        for image in ca.matrix(windows[i] - windows[j]).to_sympy().nullspace():
            row = np.zeros((len(windows), K), dtype=object)
            row[i] += windows[i] @ np.array(image.tolist(), dtype=object).reshape(-1)
            row[j] -= windows[i] @ np.array(image.tolist(), dtype=object).reshape(-1)
            equations.append(row.reshape(-1))
    return len(windows) * K - rank(np.array(equations, dtype=object)) == K


@given(st.integers(1, 2), st.integers(0, 4))
def test_one_image_forces_sharing_only_where_it_is_long(K, more):
    """Within one image the weights are shared exactly where K = 1, n = K or n >= 3 K - 1."""
    n = K + more
    assert one_image_forces_sharing(n, K) == (K in {1, n} or n >= 3 * K - 1)


fitting = st.integers(1, 3).flatmap(lambda K: st.tuples(vectors(K), vectors(K + 1)))
FALSE = {
    "channels may come first or last": (
        st.integers(1, 3).flatmap(lambda c: st.tuples(vectors(c, c), st.integers(1, 3))),
        lambda W, n: same(np.kron(W, np.eye(n, dtype=np.int64)), np.kron(np.eye(n, dtype=np.int64), W)),
    ),
    "a half-open slice is the patch": (widths, lambda k: len(range(-k, k)) == 2 * k + 1),
    "one image at a time is enough": (
        st.tuples(st.integers(1, 5), st.integers(1, 3)).filter(lambda c: c[1] <= c[0]), one_image_forces_sharing,
    ),
    "a layer with bias is linear": (st.integers(-9, 9), lambda b: int(ca.Conv([[[1]]], [b])([[0]])[0, 0]) == 0),
    "the valid layer convolves": (fitting, lambda w, x: same(valid(w, len(x)) @ x, np.convolve(x, w, "valid"))),
    "the plus sign is equivariant too": (
        kernels(2), lambda w, x: same(
            circulant(w) @ flip(len(x)) @ np.roll(x, 1), np.roll(circulant(w) @ flip(len(x)) @ x, 1)),
    ),
    "the remainder of C is the modulus": (st.tuples(integers, sizes), lambda k, n: fmod(k, n) == k % n),
    "the layer computes circular convolution": (
        kernels(2), lambda w, x: same(padded(w, len(w), 0, len(w) - 1, "circular") @ x, circulant(w) @ x),
    ),
    "the unitary transform obeys the same law": (
        kernels(2), lambda w, x: np.allclose(*(np.fft.fft(circulant(w) @ x, norm="ortho"),
                                               np.fft.fft(w, norm="ortho") * np.fft.fft(x, norm="ortho"))),
    ),
    "both directions are one": (st.tuples(sizes, integers), lambda n, k: same(shift(n, k), shift(n, -k))),
    "shifts that fill with zeros are orthogonal": (sizes, lambda n: same(delay(n).T @ delay(n), np.eye(n))),
    "the printed matrix convolves": (kernels(2), lambda w, x: same(circulant(w).T @ x, circulant(x) @ w)),
    "Toeplitz matrices commute": (
        kernels(1, 3), lambda a, *_: same(toeplitz(a, a) @ delay(len(a)), delay(len(a)) @ toeplitz(a, a)),
    ),
    "zero padding is equivariant": (
        st.tuples(vectors(3), sizes), lambda w, n: same(padded(w, n, 1) @ delay(n), delay(n) @ padded(w, n, 1)),
    ),
    "the printed circulant is as defined": (
        vectors(3), lambda w: same(circulant(np.array([*w, 0, 0])).T, circulant(np.array([*w, 0, 0]))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["shifts that fill with zeros are orthogonal"]) == 1
    assert found(*FALSE["both directions are one"])[0] == 3
    assert len(found(*FALSE["the printed matrix convolves"])[0]) == 3
    assert found(*FALSE["one image at a time is enough"]) == (3, 2)
