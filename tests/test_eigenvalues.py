"""Eigenvalues against NumPy, SymPy and 50-digit values."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import convalgebra as ca
from convalgebra.analysis.eigenvalues import tridiagonal

BOXES = [(1,), (2,), (5,), (6,), (12,), (2, 3), (4, 4), (2, 2, 3)]
kernels = st.sampled_from(BOXES).flatmap(lambda box: hnp.arrays(np.int64, box, elements=st.integers(-50, 50)))


def precise(c, digits=50):
    """The transform of a kernel on one axis, to 50 digits; floats are the binary fractions they are."""
    with mpmath.workdps(digits):
        n = len(c)
        values = [
            mpmath.mpc(*map(mpmath.mpf, (v.real, v.imag))) if isinstance(v, complex) else mpmath.mpf(v) for v in c
        ]
        roots = [mpmath.expjpi(-2 * mpmath.mpf(k) / n) for k in range(n)]
        return [mpmath.fsum(v * roots[f * t % n] for t, v in enumerate(values)) for f in range(n)]


@given(kernels)
def test_the_order_is_that_of_the_transform(c):
    e = ca.eigenvalues(ca.circulant(c))
    wanted = np.fft.fftn(c).ravel()
    assert len(e) == c.size
    np.testing.assert_allclose(np.asarray(e), wanted, atol=1e-10)
    np.testing.assert_allclose([complex(v) for v in e], wanted, atol=1e-10)
    assert e.zeros == [k for k in range(len(e)) if e[k] == 0]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 8, 9, 12])
def test_symbols_against_the_definition(n):
    w = ca.symbols("w", n)
    e = ca.eigenvalues(ca.circulant(w))
    x = sympy.exp(-2 * sympy.I * sympy.pi / n)
    for f in range(n):
        assert ca.algebra.rings.is_zero(e[f] - sum(w[t] * x ** (f * t % n) for t in range(n)))
    assert np.asarray(e).dtype == object
    assert e.bound == 0


def test_exact_entries_are_as_simple_as_they_can_be():
    assert list(ca.eigenvalues(ca.circulant([2, -1, 0, -1]))) == [0, 2, 4, 2]
    assert list(ca.eigenvalues(ca.circulant([Fraction(1, 2), Fraction(1, 3)]))) == [Fraction(5, 6), Fraction(1, 6)]
    assert ca.eigenvalues(ca.circulant([0, 1, 0, 0]))[1] == -sympy.I
    e = ca.eigenvalues(ca.circulant([1, 1, 1, 0, 0, 0]))
    assert e.zeros == [2, 4]
    assert e[-1] == e[5]
    assert e[:2] == [e[0], e[1]]
    assert repr(ca.eigenvalues(ca.circulant(range(13)))).endswith("...]")


@pytest.mark.parametrize("n", [1, 2, 3, 8, 97, 100, 128, 243, 251])
@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300, 5e-324])
def test_floats_lie_within_their_bound_of_50_digit_values(n, scale):
    random = np.random.default_rng(n)
    c = (
        np.round(random.standard_normal(n) * 2**20) * scale
        if scale == 5e-324
        else random.standard_normal(n) * scale / n
    )
    e = ca.eigenvalues(ca.circulant(c))
    smallest = float(np.nextafter(0, 1))
    for found, wanted in zip(np.asarray(e), precise(c.tolist()), strict=True):
        with mpmath.workdps(50):
            error = abs(mpmath.mpc(found) - wanted)
            assert error <= e.bound + 2 * smallest
    assert e.bound <= 1e-13 * np.abs(c).max() * n + smallest


def test_the_bound_is_not_reached_by_chance_alone():
    """A bound a thousand times smaller would be broken."""
    c = np.random.default_rng(0).standard_normal(251)
    e = ca.eigenvalues(ca.circulant(c))
    worst = max(abs(mpmath.mpc(a) - b) for a, b in zip(np.asarray(e), precise(c.tolist()), strict=True))
    assert e.bound / 1000 < worst < e.bound


def test_many_eigenvalues_are_shown_as_floats():
    assert repr(ca.eigenvalues(ca.circulant(np.eye(1, 10**5, 1, dtype=int)[0]))).startswith("[1+0j, 1-6.28319e-05j, ")
    assert "omega" not in ca.eigenvalues(ca.circulant(np.arange(10**4))).to_latex()


def test_huge_integers_and_complex_entries():
    e = ca.eigenvalues(ca.circulant([10**400, -(10**400), 0, 0]))
    assert e[0] == 0
    assert e[2] == 2 * 10**400
    with pytest.raises(ca.EntryError, match="2\\*\\*1024"):
        np.asarray(e)
    z = ca.eigenvalues(ca.circulant([1j, 2.0, 0, 1 - 1j]))
    np.testing.assert_allclose(np.asarray(z), np.fft.fft([1j, 2, 0, 1 - 1j]), atol=1e-14)
    assert isinstance(z[0], complex)


def test_blocks_give_the_eigenvalues_of_the_matrix():
    weight = np.random.default_rng(0).integers(-4, 5, (3, 3, 3))
    A = ca.Conv(weight, padding=1, padding_mode="circular").matrix((3, 5))
    found = np.asarray(ca.eigenvalues(A))
    wanted = np.linalg.eigvals(A.to_numpy())
    assert len(found) == 15
    assert all(np.abs(wanted - v).min() < 1e-9 for v in found)
    with pytest.raises(ca.ArgumentError, match="characteristic_polynomial"):
        ca.eigenvalues(ca.Conv(ca.symbols("w", (2, 2, 1))).matrix((2, 3)))[0]
    with pytest.raises(ca.ArgumentError, match=r"ca\.rank"):
        _ = ca.eigenvalues(A).zeros


@pytest.mark.parametrize(
    "taps", [(1, 2, 5), (2, -4, 3), (2, -4, -3), (-1, 2, -1), (0, 3, 7), (0.5, 1.25, 2.0), (1j, 0, 1)]
)
@pytest.mark.parametrize("n", [3, 4, 6, 7])
def test_tridiagonal_matrices(taps, n):
    b, a, c = taps
    T = ca.toeplitz([a, b, *[0] * (n - 2)], [a, c, *[0] * (n - 2)])
    e = ca.eigenvalues(T)
    with mpmath.workdps(50):
        wanted = [a + 2 * mpmath.sqrt(mpmath.mpc(b) * c) * mpmath.cos(k * mpmath.pi / (n + 1)) for k in range(1, n + 1)]
        characteristic = [mpmath.det(mpmath.matrix(T.to_numpy().tolist()) - v * mpmath.eye(n)) for v in wanted]
        assert max(map(abs, characteristic)) < 1e-40
        assert all(abs(mpmath.mpc(found) - v) <= e.bound for found, v in zip(np.asarray(e), wanted, strict=True))
    np.testing.assert_allclose([complex(v) for v in e], np.asarray(e), atol=1e-12)


def test_what_is_a_circulant_too_comes_in_dft_order():
    assert list(ca.eigenvalues(ca.toeplitz([2, -1]))) == [1, 3]
    assert list(ca.eigenvalues(ca.toeplitz([2, -1], [2, -2]))) == [2 + sympy.sqrt(2), 2 - sympy.sqrt(2)]


def test_symbolic_tridiagonal_matrices_solve_their_characteristic_polynomial():
    a, b, c = sympy.symbols("a b c", positive=True)
    T = ca.toeplitz([a, b, 0], [a, c, 0])
    x = sympy.Symbol("x")
    polynomial = ca.characteristic_polynomial(T, x)
    assert all(sympy.expand(polynomial.subs(x, v)) == 0 for v in ca.eigenvalues(T))
    assert tridiagonal(ca.toeplitz([1, 2, 3])) is None
    assert tridiagonal(ca.convolution_matrix([1, 2], 3)) is None
    assert tridiagonal(ca.identity(3)) is None


def test_bad_input():
    with pytest.raises(ca.ArgumentError, match="closed form"):
        ca.eigenvalues(ca.toeplitz([1, 2, 3, 4]))
    with pytest.raises(ca.ShapeError, match="square"):
        ca.eigenvalues(ca.convolution_matrix([1, 2], 3))
    with pytest.raises(IndexError):
        ca.eigenvalues(ca.circulant([1, 2]))[2]
    with pytest.raises(ca.ArgumentError, match="integer"):
        ca.eigenvalues(ca.circulant([1, 2]))[0.5]


def test_comparing_as_a_whole_is_refused():
    """Neither False in silence nor SymPy's comparison of spelling."""
    e = ca.eigenvalues(ca.circulant([2, -1, 0, -1]))
    for compare in (lambda: e == [0, 2, 4, 2], lambda: e == (0, 2, 4, 2), lambda: e != np.zeros(4)):
        with pytest.raises(ca.ArgumentError, match=r"write np.asarray\(e\), or e\[k\]"):
            compare()
    assert e == e  # noqa: PLR0124
    assert e != None  # noqa: E711
    assert len({e, e}) == 1


def test_what_no_float_holds_has_a_text():
    e = ca.eigenvalues(ca.circulant([1e308, 1e308]))
    assert repr(e) == "2 eigenvalues beyond the floats"
    with pytest.raises(ca.EntryError, match="below 2"):
        np.asarray(e)
