"""Chapter 10, determinants, eigenvalues and inverses: exact by SymPy, eigenvalues by NumPy against their formulas."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, found, kernels, rank, same, toeplitz, vectors

import convalgebra as ca

sizes, numbers = st.integers(1, 6), st.integers(-4, 4)


def det(A):
    """The determinant of a matrix of integers or fractions; 1 of none."""
    return Fraction(str(ca.matrix(A).to_sympy().det())) if len(A) else 1


def three(n, below, at, above):
    """Three taps: one below the diagonal, on it, above it."""
    return sum(tap * np.eye(n, k=k, dtype=np.int64) for k, tap in ((-1, below), (0, at), (1, above)))


@given(sizes, numbers, numbers, numbers)
def test_three_taps_have_the_eigenvalues_of_cosines(n, a, b, c):
    """det = sum of (-1)^j C(n-j, j) a^(n-2j) (b c)^j; eigenvalues a + 2 sqrt(b c) cos(k pi / (n + 1))."""
    T = three(n, b, a, c)
    assert det(T) == sum((-1) ** j * comb(n - j, j) * a ** (n - 2 * j) * (b * c) ** j for j in range(n // 2 + 1))
    angles = np.pi * np.arange(n, 0, -1) / (n + 1)
    symmetric = np.sqrt(abs(b * c)) * three(n, 1, 0, 1) + a * np.eye(n)
    assert np.allclose(np.linalg.eigvalsh(symmetric), a + 2 * np.sqrt(abs(b * c)) * np.cos(angles))


@given(sizes, numbers, st.integers(1, 4))
def test_lopsided_taps_have_the_spectrum_of_even_ones(n, a, s):
    """Taps (1, a, s^2) have the real eigenvalues of (s, a, s), between a - 2 s and a + 2 s."""
    values = np.sort(np.linalg.eigvals(three(n, s * s, a, 1)).real)
    assert np.allclose(values, np.linalg.eigvalsh(three(n, s, a, s)), atol=1e-3)
    assert same(three(n, s * s, a, 1) @ np.diag(s ** np.arange(n)), np.diag(s ** np.arange(n)) @ three(n, s, a, s))


def echo(n, r):
    """The matrix of the symbol |1 - r z|^2."""
    return three(n, -r, 1 + r * r, -r)


@given(sizes, numbers)
def test_the_determinant_of_one_echo_is_a_geometric_sum(n, r):
    """det T_n(|1 - r z|^2) = 1 + r^2 + ... + r^(2 n)."""
    assert det(echo(n, r)) == sum(r ** (2 * j) for j in range(n + 1))


@given(sizes, st.integers(2, 5))
def test_the_determinant_is_its_limit_times_a_small_correction(n, q):
    """For r = 1 / q: det = (1 - r^(2 n + 2)) / (1 - r^2), and the correction is the trace of two Hankel matrices."""
    r = 1 / q
    H = (1 - r * r) * r ** np.add.outer(np.arange(40), np.arange(40)) * r
    correction = np.linalg.det(np.eye(40) - (H @ H) * (np.arange(40) >= n) * (np.arange(40) >= n)[:, None])
    assert np.isclose(float(det(echo(n, Fraction(1, q)).tolist())), correction / (1 - r * r))


@given(st.integers(1, 7))
def test_zeros_of_the_symbol_make_determinants_grow(n):
    """det T_n(|1 - z|^2) = n + 1; its least eigenvalue is 4 sin^2(pi / (2 n + 2)); |1 - z|^4 grows as n^4."""
    T = three(n, -1, 2, -1)
    twice = toeplitz([6, -4, 1, *[0] * n][:n], [6, -4, 1, *[0] * n][:n])
    assert det(T) == n + 1
    assert np.isclose(np.linalg.eigvalsh(T)[0], 4 * np.sin(np.pi / (2 * n + 2)) ** 2)
    assert 12 * det(twice) == (n + 1) * (n + 2) ** 2 * (n + 3)


@given(sizes, st.integers(2, 4))
def test_the_inverse_of_a_geometric_covariance_has_three_taps(n, r):
    """The inverse of r^|i - j| is three taps with other corners, over 1 - r^2."""
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    B = echo(n, r)
    B[0, 0] -= r * r
    B[-1, -1] -= r * r
    assert same(r**distance @ B, (1 - r * r) * np.eye(n, dtype=np.int64))
    assert det(r**distance) == (1 - r * r) ** (n - 1)


@given(kernels(1, 5))
def test_minors_of_symmetric_toeplitz_matrices_shrink_by_reflection(case):
    """D_{m+1} D_{m-1} = D_m^2 - E^2; positive definite exactly if c_0 > 0 and every |E / D_m| < 1."""
    (c,) = case
    T = toeplitz(c, c)
    minors = [det(T[:k, :k]) for k in range(len(c) + 1)]
    corners = [det(T[1:k, : k - 1]) for k in range(1, len(c) + 1)]
    for k in range(1, len(c)):
        assert minors[k + 1] * minors[k - 1] == minors[k] ** 2 - corners[k] ** 2
    assume(all(minors))
    reflections = [abs(corners[k] / minors[k]) for k in range(1, len(c))]
    assert (c[0] > 0 and all(k < 1 for k in reflections)) == all(m > 0 for m in minors)


@given(st.integers(1, 5), st.data())
def test_taps_of_inverse_filters_are_toeplitz_minors(n, data):
    """The tap c_n of 1 / a is (-1)^n a_0^(-n-1) times the minor of a_{1 + i - j}."""
    a = data.draw(vectors(n + 1).filter(lambda w: w[0] != 0))
    taps = [Fraction(1, int(a[0]))]
    for k in range(1, n + 1):
        taps.append(-sum(int(a[k - i]) * taps[i] for i in range(k)) / int(a[0]))
    minor = det([[a[1 + i - j] if 0 <= 1 + i - j else 0 for j in range(n)] for i in range(n)])
    assert taps[n] == (-1) ** n * minor / Fraction(int(a[0])) ** (n + 1)


def band(n, r, s, taps=(1, 3, 7, 2, 5)):
    """r lags below the diagonal, s above."""
    return np.array([[taps[i - j + s] if -s <= i - j <= r else 0 for j in range(n)] for i in range(n)])


def order(r, s):
    """The rank of the Hankel matrix of the determinants."""
    most = comb(r + s, s) + 1
    values = [det(band(n, r, s)) for n in range(1, 2 * most)]
    return ca.matrix([values[i : i + most] for i in range(most)]).to_sympy().rank()


@given(st.sampled_from([(1, 1), (2, 1), (1, 2)]))
def test_determinants_of_bands_obey_a_recurrence(lags):
    """Its order is C(r + s, s)."""
    assert order(*lags) == comb(sum(lags), lags[1])


@given(st.integers(2, 12), st.integers(2, 6))
def test_inverses_of_bands_decay_exponentially(n, q):
    """Taps (-1, a, -1) with condition q^2: entries of the inverse are at most C ((q - 1) / (q + 1))^|i - j|."""
    a = 2 * (q * q + 1) / (q * q - 1)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    C = max(1 / (a - 2), (1 + q) ** 2 / (2 * (a + 2)))
    B = np.linalg.inv(a * np.eye(n) - three(n, 1, 0, 1))
    assert (np.abs(B) <= C * ((q - 1) / (q + 1)) ** distance + 1e-12).all()


@given(sizes, numbers)
def test_causal_filters_with_an_echo_are_stably_invertible_below_one(n, c):
    """The inverse of 1 - c z is the lower triangular matrix of c^k."""
    powers = [[c ** (i - j) if i >= j else 0 for j in range(n)] for i in range(n)]
    assert same(three(n, -c, 1, 0) @ powers, np.eye(n, dtype=np.int64))


@given(st.sets(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 3), st.data())
def test_spectral_lines_are_read_off_the_null_space(lines, extra, data):
    """r lines at different z make rank r, and T kills the shifts of the filter whose zeros are 1 / z."""
    z = np.array(sorted(lines))
    n = len(z) + extra
    weights = data.draw(vectors(len(z)).filter(lambda w: w.all()))
    T = np.array([[(weights * z ** (n - 1 + i - j)).sum() for j in range(n)] for i in range(n)])
    g = np.array([1])
    for value in z:
        g = np.convolve(g, [1, -value])
    assert rank(T) == len(z)
    assert not any((T @ np.concatenate([np.zeros(k, dtype=np.int64), g, np.zeros(extra - 1 - k, dtype=np.int64)])).any()
                   for k in range(extra))  # fmt: skip


FALSE = {
    "the outer taps matter one by one": (
        st.tuples(sizes, vectors(4)),
        lambda n, t: same(t[:2], t[2:]) or det(three(n, t[0], 0, t[1])) != det(three(n, t[2], 0, t[3])),
    ),
    "the spectrum approaches the circle": (
        st.integers(3, 6), lambda n: det(three(n, 4, 0, 1)) == det(circulant([0, 4, *[0] * (n - 3), 1])),
    ),
    "the determinant is its limit": (sizes, lambda n: det(echo(n, Fraction(1, 2)).tolist()) == Fraction(4, 3)),
    "there is no correction": (st.tuples(sizes, numbers), lambda n, r: (1 - r * r) * det(echo(n, r)) == 1),
    "determinants converge for every symbol": (sizes, lambda n: det(three(n, -1, 2, -1)) <= 2),
    "the inverse of a geometric covariance is Toeplitz": (
        sizes, lambda n: len({round(v, 9) for v in np.linalg.inv(
            0.5 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))).diagonal()}) == 1,
    ),
    "positive correlations make positive matrices": (
        kernels(1, 4), lambda c: min(c) <= 0 or det(toeplitz(c, c)) >= 0,
    ),
    "inverse filters have bounded taps": (sizes, lambda n: 2**n <= 2),
    "the recurrence has the order of the band": (
        st.sampled_from([(1, 1), (2, 1), (2, 2)]), lambda r, s: order(r, s) == r + s,
    ),
    "inverses of bands are bands": (sizes, lambda n: n < 3 or abs(np.linalg.inv(three(n, -1, 2, -1))[0, -1]) < 1e-9),
    "symbols without zeros make stable inverses": (
        sizes, lambda n: np.abs(np.linalg.inv(three(n, 2, 1, 0))).max() <= 1.0001,
    ),
    "every singular positive matrix is a sum of lines": (
        kernels(1), lambda v: len(set(np.outer(v, v).diagonal().tolist())) == 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["the inverse of a geometric covariance is Toeplitz"]) == 3
    assert found(*FALSE["determinants converge for every symbol"]) == 2
    assert found(*FALSE["the recurrence has the order of the band"]) == (2, 2)
