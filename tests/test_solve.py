"""Solving with structured matrices: exact systems, ill-conditioned ones, and every route against 50-digit values."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.linalg
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import convalgebra as ca
from convalgebra.analysis import floating
from convalgebra.analysis import solve as room
from convalgebra.analysis.periodic import periodic

vectors = st.integers(1, 6).flatmap(
    lambda n: st.tuples(*[hnp.arrays(np.int64, n, elements=st.integers(-5, 5)) for _ in range(3)])
)


@given(vectors)
def test_exact_systems(case):
    c, r, b = case
    for A in (ca.circulant(c), ca.toeplitz(c, r)):
        if sympy.Matrix(A.to_numpy().tolist()).det() == 0:
            with pytest.raises(ca.SingularError):
                ca.solve(A, b)
        else:
            x = ca.solve(A, b)
            assert x.dtype.kind in "iO"
            assert np.array_equal(A @ x, b)


@given(vectors)
def test_exact_least_squares(case):
    c, r, b = case
    A = ca.toeplitz(c, r[: max(1, len(r) // 2)])
    x = ca.least_squares(A, b)
    rest = A @ x - b
    assert not (A.T @ rest).any()
    assert np.allclose(x.astype(float), np.linalg.lstsq(A.to_numpy(), b)[0])


def test_symbols_and_fractions():
    w = ca.symbols("w", 3)
    x = ca.solve(ca.circulant(w), [1, 0, 0])
    assert all(sympy.cancel(v) == e for v, e in zip(ca.circulant(w) @ x, [1, 0, 0], strict=True))
    t = ca.solve(ca.toeplitz(w[:2]), ca.symbols("b", 2))
    assert all(sympy.cancel(v - e) == 0 for v, e in zip(ca.toeplitz(w[:2]) @ t, ca.symbols("b", 2), strict=True))
    assert ca.solve(ca.circulant([Fraction(1, 2), 0]), [1, Fraction(1, 3)]).tolist() == [2, Fraction(2, 3)]


def exact_solution(A, b):
    with mpmath.workdps(50):
        return mpmath.lu_solve(mpmath.matrix(A.to_numpy().tolist()), mpmath.matrix(list(b)))


@pytest.mark.parametrize("n", [1, 2, 5, 16, 33])
def test_float_errors_against_50_digits(n):
    random = np.random.default_rng(n)
    c, r, b = random.standard_normal((3, n))
    for A in (ca.circulant(c), ca.toeplitz(c, r), ca.toeplitz(np.r_[2.0 * n, c[1:]])):
        x = ca.solve(A, b)
        wanted = exact_solution(A, b)
        error = max(abs(mpmath.mpf(v) - w) for v, w in zip(x.tolist(), wanted, strict=True))
        allowed = ca.condition_number(A) * 32 * n * np.sqrt(n) * np.finfo(float).eps * max(map(abs, wanted))
        assert error <= allowed


@pytest.mark.parametrize("scale", [1e-290, 1e-3, 1e290])
def test_huge_and_tiny_systems(scale):
    c, b = np.array([4.0, 1.0, 0.5, 1.0]) * scale, np.array([1.0, 2.0, 3.0, 4.0])
    for A in (ca.circulant(c), ca.toeplitz(c)):
        x = ca.solve(A, b * scale)
        np.testing.assert_allclose(x, np.linalg.solve(A.to_numpy() / scale, b), rtol=1e-14)


def test_levinson_gives_way_where_it_breaks_down():
    """SciPy's recursion fails at a singular leading block; elimination with pivots does not."""
    A, b = ca.toeplitz([0.0, 1, 2], [0.0, 1, 5]), np.array([1.0, 2, 3])
    with pytest.raises(np.linalg.LinAlgError):
        scipy.linalg.solve_toeplitz(([0.0, 1, 2], [0.0, 1, 5]), b)
    np.testing.assert_allclose(A @ ca.solve(A, b), b, atol=1e-15)


def test_levinson_gives_way_where_it_loses_digits():
    """A leading block nearly singular."""
    c, r = [1e-12, 1.0, 0.5, 2.0], [1e-12, 1.0, 0.25, 1.0]
    A, b = ca.toeplitz(c, r), np.array([1.0, 2, 3, 5])
    poor = scipy.linalg.solve_toeplitz((c, r), b)
    assert room.backward_error(A, poor, b) > room._allowed(A)
    assert room._levinson(A, b[:, None]) is None
    assert room.backward_error(A, ca.solve(A, b), b) < 1e-15


@pytest.mark.parametrize("A", [ca.circulant([1.0, -1, 0]), ca.toeplitz([1.0, 1, 1]), ca.toeplitz([0.0, 0, 0])])
def test_singular_float_systems(A):
    with pytest.raises(ca.SingularError):
        ca.solve(A, [1.0, 2.0, 4.0])


def test_layers_and_boxes():
    random = np.random.default_rng(0)
    weight = random.integers(-4, 5, (2, 2, 3, 3))
    A = ca.Conv(weight, padding=1, padding_mode="circular").matrix((2, 3, 4))
    b = random.standard_normal((24, 2))
    np.testing.assert_allclose(A @ ca.solve(A, b), b, atol=1e-12)
    exact = random.integers(-5, 6, 24)
    assert np.array_equal(A @ ca.solve(A, exact), exact)
    C = ca.circulant(random.standard_normal((2, 3)) + 1j)
    np.testing.assert_allclose(C @ ca.solve(C, b[:6]), b[:6], atol=1e-12)
    assert ca.solve(ca.circulant(random.standard_normal((2, 3))), b[:6]).dtype == np.float64


def test_large_circulants_are_never_written_out():
    n = 200_003
    random = np.random.default_rng(0)
    c, b = random.standard_normal(n), random.standard_normal(n)
    x = ca.solve_circulant(c, b)
    np.testing.assert_allclose(np.fft.ifft(np.fft.fft(c) * np.fft.fft(x)).real, b, atol=1e-7)


def test_a_layer_of_one_channel_is_a_toeplitz_matrix():
    A = ca.Conv([[[1.0, 4.0, 2.0]]], padding=1).matrix((1, 50))
    b = np.random.default_rng(0).standard_normal(50)
    np.testing.assert_allclose(ca.solve(A, b), np.linalg.solve(A.to_numpy(), b), rtol=1e-12)
    assert room._levinson(A, b[:, None]) is not None
    np.testing.assert_allclose(np.sort(np.asarray(ca.eigenvalues(A))), np.sort(np.linalg.eigvals(A.to_numpy()).real))


def test_products_by_the_transform():
    weight = np.random.default_rng(0).standard_normal((3, 2, 3))
    A = ca.Conv(weight, padding=1, padding_mode="circular").matrix((2, 5))
    x = np.random.default_rng(1).standard_normal((10, 2))
    np.testing.assert_allclose(floating.multiply(periodic(A), x), A @ x, atol=1e-13)


def test_least_squares_of_floats():
    A = ca.convolution_matrix([1.0, 2.0], 4)
    b = np.arange(5.0)
    np.testing.assert_allclose(ca.least_squares(A, b), np.linalg.lstsq(A.to_numpy(), b)[0])
    np.testing.assert_allclose(ca.least_squares(ca.circulant([1.0, -1.0]), [1.0, 1.0]), [0, 0], atol=1e-15)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ca.solve(ca.circulant([1, 2]), [1, 2, 3]), ca.ShapeError, "2 entries"),
        (lambda: ca.solve(ca.circulant([1, 2]), [[1, 2]]), ca.ShapeError, "ravel"),
        (lambda: ca.solve(ca.circulant([1.0, 2]), [np.nan, 1]), ca.EntryError, "finite"),
        (lambda: ca.solve(ca.convolution_matrix([1, 2], 3), [1] * 4), ca.ShapeError, "square"),
        (lambda: ca.solve(np.eye(2), [1, 2]), ca.ArgumentError, r"ca\.matrix"),
        (lambda: ca.least_squares(ca.convolution_matrix([1, 2], 3), [1]), ca.ShapeError, "4 entries"),
        (lambda: ca.solve_circulant([], []), ca.ShapeError, "non-empty"),
        (lambda: ca.solve_toeplitz(([1], [1], [1]), [1]), TypeError, "positional"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_condition_numbers():
    T = ca.toeplitz([2.0, -1, 0, 0])
    assert ca.condition_number(T) == pytest.approx(np.linalg.cond(T.to_numpy()))
    assert ca.condition_number(ca.toeplitz([1, 1, 1])) == float("inf")
    second = ca.toeplitz([2, -1, *[0] * 30])
    assert ca.condition_number(second) == pytest.approx(4 * 33**2 / np.pi**2, rel=0.01)


def test_symbols_on_the_right_side():
    b = np.array(sympy.symbols("b:3"))
    for A in (ca.toeplitz([0, 1, 2]), ca.toeplitz([3, 1, 2]), ca.circulant([0, 1, 2])):
        x = ca.solve(A, b)
        assert [sympy.expand(v - w) for v, w in zip(A @ x, b, strict=True)] == [0, 0, 0]
    for A in (ca.toeplitz([3.0, 1, 2]), ca.circulant([3.0, 1, 2]), ca.dft(3)):
        with pytest.raises(ca.EntryError, match="b must hold numbers beside a matrix of floats"):
            ca.solve(A, b)
