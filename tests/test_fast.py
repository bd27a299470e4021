"""Fast algorithms: each identity proved for every kernel, products counted, and false siblings refuted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("r", [1, 2, 3, 5])
def test_every_algorithm_is_proved(m, r):
    for fast in (ca.toom_cook(m, r), ca.winograd(m, r), ca.winograd(m, r).T, ca.toom_cook(m, r).T):
        assert isinstance(fast.prove(), ca.Proof)
        assert fast.products == m + r - 1
    assert ca.winograd(m, r).direct == ca.toom_cook(m, r).direct == m * r


def test_a_wrong_matrix_is_refuted():
    fast = ca.winograd(2, 3)
    wrong = fast.AT.to_numpy().copy()
    wrong[1, 2] = -wrong[1, 2]
    with pytest.raises(ca.RefutedError):
        replace(fast, AT=ca.matrix(wrong)).prove()
    with pytest.raises(ca.RefutedError):  # the same matrices do not convolve
        ca.prove(fast.matrix(ca.symbols("w", 3)) == ca.convolution_matrix(ca.symbols("w", 3), 4, mode="valid"))


def test_karatsuba_has_three_products():
    fast = ca.toom_cook(2, 2, [0, 1])
    assert fast.products == 3
    assert fast.G.to_numpy().tolist() == [[1, 0], [1, 1], [0, 1]]
    assert fast.AT.to_numpy().tolist() == [[1, 0, 0], [-1, 1, -1], [0, 0, 1]]
    assert fast([3, 1], [5, 2]).tolist() == np.convolve([3, 1], [5, 2]).tolist()


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_values_are_those_of_numpy(m, r, seed):
    random = np.random.default_rng(seed)
    w, x, d = (random.integers(-99, 100, size=n) for n in (r, m, m + r - 1))
    assert ca.toom_cook(m, r)(w, x).tolist() == np.convolve(w, x).tolist()
    assert ca.winograd(m, r)(w, d).tolist() == np.correlate(d, w, "valid").tolist()


@pytest.mark.parametrize("fast", [ca.winograd(2, 3), ca.toom_cook(2, 2)])
def test_nested_algorithms_work_on_two_axes(fast):
    plane = fast.nested()
    assert plane.products == fast.products**2
    assert plane.direct == fast.direct**2
    assert isinstance(plane.prove(), ca.Proof)
    random = np.random.default_rng(0)
    w, x = random.integers(-9, 10, size=plane.kernel), random.integers(-9, 10, size=plane.signal)
    mode, op = plane.mode, "correlation" if plane.mode == "valid" else "convolution"
    direct = ca.convolution_matrix(w, x.shape, mode=mode, op=op) @ x.ravel()
    assert plane(w, x).ravel().tolist() == direct.tolist()


def test_the_transposed_algorithm_has_the_transposed_matrix():
    fast, w = ca.toom_cook(3, 2), ca.symbols("w", 2)
    assert isinstance(ca.prove(fast.T.matrix(w) == fast.matrix(w).T), ca.Proof)
    assert (fast.AT.to_numpy() == fast.A.to_numpy().T).all()
    assert (fast.BT.to_numpy() == fast.B.to_numpy().T).all()


def test_points_of_ones_own():
    fast = ca.winograd(2, 3, [Fraction(1, 3), 5, -7])
    assert isinstance(fast.prove(), ca.Proof)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ca.winograd(0, 3), ca.ArgumentError, "m must be at least 1"),
        (lambda: ca.winograd(2, 2.5), ca.ArgumentError, "r must be an integer"),
        (lambda: ca.winograd(200, 3), ca.ArgumentError, r"at most 2\*\*5"),
        (lambda: ca.winograd(2, 3, [0, 1]), ca.ArgumentError, "3 different"),
        (lambda: ca.winograd(2, 3, 5), ca.ArgumentError, "3 different"),
        (lambda: ca.winograd(2, 3, [0, 1, 2j]), ca.ArgumentError, "3 different"),
        (lambda: ca.winograd(2, 3, [0, 1, 1]), ca.ArgumentError, "3 different"),
        (lambda: ca.winograd(2, 3)([1, 2], [1, 2, 3, 4]), ca.ShapeError, r"kernel must have shape \(3,\)"),
        (lambda: ca.winograd(2, 3)([1, 2, 3], [1, 2, 3]), ca.ShapeError, r"signal must have shape \(4,\)"),
        (lambda: ca.winograd(2, 3).nested(ca.toom_cook(2, 2)), ca.ArgumentError, "both be 'valid'"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
