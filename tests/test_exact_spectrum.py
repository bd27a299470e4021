"""Determinants, ranks, inverses, powers: exact against SymPy and integer matrices, floats against 50-digit values."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import convalgebra as ca
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.algebra.toeplitz import Circulant

BOXES = [(1,), (2,), (3,), (4,), (6,), (8,), (2, 2), (2, 3), (4, 2), (2, 2, 2)]
kernels = st.sampled_from(BOXES).flatmap(lambda box: hnp.arrays(np.int64, box, elements=st.integers(-3, 3)))
layers = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)).flatmap(
    lambda s: st.tuples(hnp.arrays(np.int64, s[:3], elements=st.integers(-2, 2)), st.just(s[3]))
)


def matrix_of(weight, n):
    k = weight.shape[2]
    return ca.Conv(weight, padding=(0, k - 1), padding_mode="circular").matrix((weight.shape[1], n))


def rational(A):
    return sympy.Matrix(A.to_numpy().tolist())


def is_identity(A):
    return np.array_equal(A.to_numpy(), np.eye(A.shape[0]))


@given(kernels)
def test_scalar_kernels(c):
    C = ca.circulant(c)
    M = rational(C)
    assert ca.det(C) == M.det(method="bareiss")
    assert isinstance(ca.det(C), int)
    assert ca.rank(C) == M.rank()
    assert ca.is_invertible(C) is (M.det() != 0)
    if ca.is_invertible(C):
        inverse = ca.inverse(C)
        assert isinstance(inverse, Circulant)
        assert is_identity(inverse @ C)
    else:
        with pytest.raises(ca.SingularError, match="frequency"):
            ca.inverse(C)


@given(layers)
def test_blocks(case):
    A = matrix_of(*case)
    M = rational(A)
    assert ca.rank(A) == M.rank()
    if A.shape[0] == A.shape[1]:
        assert ca.det(A) == M.det(method="bareiss")
        if ca.is_invertible(A):
            inverse = ca.inverse(A)
            assert is_identity(inverse @ A)
            assert is_identity(A @ inverse)


def penrose(A, P):
    a, p = (rational(M) for M in (A, P))
    return a * p * a == a and p * a * p == p and a * p == (a * p).T and p * a == (p * a).T


@given(kernels)
@example(np.zeros((2, 2), dtype=np.int64))
def test_pseudo_inverses_of_scalar_kernels(c):
    C = ca.circulant(c)
    assert penrose(C, ca.pinv(C))


@given(layers)
@example((np.array([[[1], [2]], [[2], [4]]]), 3))
@example((np.zeros((2, 3, 1), dtype=np.int64), 2))
def test_pseudo_inverses_of_blocks(case):
    A = matrix_of(*case)
    assert penrose(A, ca.pinv(A))


def test_rational_kernels():
    C = ca.circulant([Fraction(1, 2), Fraction(1, 3), 0, Fraction(-1, 7)])
    assert ca.det(C) == rational(C).det()
    assert is_identity(ca.inverse(C) @ C)
    B = ca.circulant([Fraction(1, 2), Fraction(-1, 2), 0])
    assert penrose(B, ca.pinv(B))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_symbolic_determinants(n):
    C = ca.circulant(ca.symbols("w", n))
    assert Polynomial.of(ca.det(C)) == Polynomial.of(sympy.expand(C.to_sympy().det(method="berkowitz")))


def test_symbolic_determinants_on_several_axes_and_channels():
    for A in (ca.circulant(ca.symbols("w", (2, 3))), matrix_of(ca.symbols("w", (2, 2, 2)), 2)):
        assert Polynomial.of(ca.det(A)) == Polynomial.of(sympy.expand(A.to_sympy().det(method="berkowitz")))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_symbolic_inverses(n):
    C = ca.circulant(ca.symbols("w", n))
    assert ca.is_invertible(C)
    assert bool(C @ ca.inverse(C) == ca.identity(n))
    A = matrix_of(ca.symbols("w", (2, 2, 1)), min(n, 2))
    assert bool(A @ ca.inverse(A) == ca.identity((2, min(n, 2))))


def test_symbolic_rank_is_generic():
    a, b = sympy.symbols("a b")
    assert ca.rank(ca.circulant([a, -a, b, -b])) == 3
    assert ca.rank(ca.circulant([a + b, -a - b])) == 1
    assert ca.det(ca.circulant([a, -a])) == 0
    with pytest.raises(ca.SingularError, match="frequency 0"):
        ca.inverse(ca.circulant([a, -a]))
    found = ca.pinv(ca.circulant([a, -a]))
    assert bool(found == ca.circulant([1 / (4 * a), -1 / (4 * a)]))


def test_entries_that_are_roots_of_unity_themselves():
    """Then conjugate frequencies may differ: each counts by itself."""
    i = sympy.I
    for kernel in ([1, i, 0, 0], [1, i], [3, i, 0, 2], [1, -i, 0, 0, 0, 0, 0, 0]):
        C = ca.circulant(kernel)
        assert sympy.expand(ca.det(C) - C.to_sympy().det()) == 0
        assert ca.rank(C) == C.to_sympy().rank()
    assert ca.rank(ca.circulant([1, i, 0, 0])) == 3
    C = ca.circulant([3, i, 0, 0])
    assert bool(C @ ca.inverse(C) == ca.identity(4))


def test_the_error_names_the_zero_frequency():
    with pytest.raises(ca.SingularError, match="its eigenvalue is 0 at frequency 0;") as caught:
        ca.inverse(ca.circulant([1, -1, 0]))
    assert caught.value.frequencies == (0,)
    with pytest.raises(np.linalg.LinAlgError, match=r"frequency \(0, 1\), \(1, 1\)") as caught:
        ca.inverse(ca.circulant([[1, 1], [0, 0]]))
    assert caught.value.frequencies == ((0, 1), (1, 1))
    with pytest.raises(ca.SingularError, match=r"0, 1, 2, 3 and 2 more; write ca\.pinv"):
        ca.inverse(ca.circulant([0] * 6))
    with pytest.raises(ca.SingularError, match="block is 0 at frequency 0, 1, 2"):
        ca.inverse(matrix_of(np.ones((2, 2, 1), dtype=np.int64), 3))


@given(kernels, st.integers(-3, 5))
def test_powers(c, k):
    C = ca.circulant(c)
    if k < 0 and not ca.is_invertible(C):
        with pytest.raises(ca.SingularError):
            ca.power(C, k)
    else:
        assert sympy.Matrix(ca.power(C, k).to_numpy().tolist()) == rational(C) ** k


def test_powers_of_blocks_and_of_other_matrices():
    A = matrix_of(np.array([[[1, 2], [0, 1]], [[3, 0], [1, 1]]]), 3)
    assert np.array_equal(ca.power(A, 3).to_numpy(), np.linalg.matrix_power(A.to_numpy(), 3))
    T = ca.toeplitz([1, 2, 3])
    assert np.array_equal(ca.power(T, 5).to_numpy(), np.linalg.matrix_power(T.to_numpy(), 5))
    assert is_identity(ca.power(T, -2) @ ca.power(T, 2))
    assert ca.power(ca.circulant([2, 1]), 200).c[0] == (3**200 + 1) // 2
    with pytest.raises(ca.SizeLimitError, match="k = "):
        ca.power(ca.circulant([2, 1]), 10**12)
    with pytest.raises(ca.ArgumentError, match="integer"):
        ca.power(T, 0.5)


@given(kernels)
def test_characteristic_polynomials(c):
    x = sympy.Symbol("x")
    C = ca.circulant(c)
    wanted = rational(C).charpoly(x).as_expr()
    assert sympy.expand(ca.characteristic_polynomial(C, x) - wanted) == 0


def test_characteristic_polynomials_of_blocks_and_others():
    x = sympy.Symbol("x")
    A = matrix_of(np.array([[[1, 2], [0, 1]], [[3, 0], [1, 1]]]), 3)
    T = ca.toeplitz([1, 2, 3])
    for M in (A, T):
        assert sympy.expand(ca.characteristic_polynomial(M, x) - rational(M).charpoly(x).as_expr()) == 0
    with pytest.raises(ca.ArgumentError, match="exact"):
        ca.characteristic_polynomial(ca.circulant([0.5, 1]))


def test_large_integers_stay_exact():
    C = ca.circulant([2**62, 2**62, 1])
    assert ca.det(C) == rational(C).det()
    assert is_identity(ca.inverse(C) @ C)
    w = np.random.default_rng(0).integers(-9, 10, 60)
    assert ca.det(ca.circulant(w)) == sympy.Matrix(ca.circulant(w).to_numpy().tolist()).det(method="domain-ge")


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300])
def test_float_inverses_within_their_condition(scale):
    random = np.random.default_rng(1)
    for box in ((7,), (16,), (3, 4)):
        c = random.standard_normal(box) * scale
        C = ca.circulant(c)
        with mpmath.workdps(50):
            exact = mpmath.matrix(C.to_numpy().tolist()) ** -1
            found = ca.inverse(C).to_numpy()
            error = max(abs(mpmath.mpf(float(v)) - e) for v, e in zip(found.ravel(), exact, strict=True))
            largest = max(map(abs, exact))
        assert (
            error
            <= largest
            * ca.condition_number(C)
            * ca.eigenvalues(C).bound
            / float(np.abs(np.asarray(ca.eigenvalues(C))).max())
            * 8
        )
        determinant = ca.det(C)
        with mpmath.workdps(50):
            wanted = mpmath.det(mpmath.matrix(C.to_numpy().tolist()))
        assert determinant == pytest.approx(float(wanted), rel=1e-12)


def test_float_kernels_singular_to_working_precision():
    third = 1 / 3
    C = ca.circulant([third, third, -2 * third])
    with pytest.raises(ca.SingularError, match="frequency 0"):
        ca.inverse(C)
    assert ca.rank(C) == 2
    assert not ca.is_invertible(C)
    np.testing.assert_allclose(ca.pinv(C).to_numpy(), np.linalg.pinv(C.to_numpy()), atol=1e-15)
    assert ca.rank(ca.circulant([0.0, 0.0])) == 0
    assert ca.det(ca.circulant([0.0, 0.0])) == 0
    assert np.array_equal(ca.pinv(ca.circulant([0.0, 0.0])).to_numpy(), np.zeros((2, 2)))


def test_float_determinants_beyond_the_range_in_between():
    assert ca.det(ca.circulant([1e-200, 0, 0])) == 0.0
    assert ca.det(ca.circulant([1e200, 0, 0])) == float("inf")
    c = np.zeros(400)
    c[0] = 2.0
    c[1] = 1e-3
    assert ca.det(ca.circulant(c)) == pytest.approx(2.0**400, rel=1e-12)
    assert isinstance(ca.det(ca.circulant([1j, 2.0])), complex)
    assert ca.det(ca.circulant([1j, 2.0])) == pytest.approx(-5)


def test_float_blocks():
    weight = np.random.default_rng(3).standard_normal((2, 2, 3))
    A = matrix_of(weight, 5)
    np.testing.assert_allclose(ca.inverse(A).to_numpy(), np.linalg.inv(A.to_numpy()), atol=1e-12)
    assert ca.det(A) == pytest.approx(np.linalg.det(A.to_numpy()))
    B = matrix_of(np.concatenate([weight, weight[:, :1]], axis=1), 5)
    np.testing.assert_allclose(ca.pinv(B).to_numpy(), np.linalg.pinv(B.to_numpy()), atol=1e-12)


@pytest.mark.parametrize(
    "call", [ca.det, ca.inverse, ca.is_invertible, ca.characteristic_polynomial, lambda A: ca.power(A, 2)]
)
def test_what_is_not_square_is_refused(call):
    with pytest.raises(ca.ShapeError, match="must be square, not 4 x 3"):
        call(ca.convolution_matrix([1, 2], 3))
    with pytest.raises(ca.ArgumentError, match=r"ca\.matrix"):
        call(np.eye(2))


def test_a_characteristic_polynomial_has_a_symbol():
    with pytest.raises(ca.ArgumentError, match="x must be a SymPy symbol, not 3"):
        ca.characteristic_polynomial(ca.shift(3), 3)


@pytest.mark.parametrize("n", [600, 601, 1202])
def test_large_determinants_agree_with_the_product_in_a_finite_field(n):
    C = ca.circulant(np.random.default_rng(n).integers(-9, 10, n))
    p = next(p for p in range(n + 1, 100 * n, n) if sympy.isprime(p))
    product = 1
    for value in ca.eigenvalues(C, modulus=p).tolist():
        product = product * value % p
    assert ca.det(C) % p == product


def test_ten_thousand_integers_need_no_large_product(monkeypatch):
    c = np.random.default_rng(0).integers(-9, 10, 10_000)
    with_flint = ca.det(ca.circulant(c))
    monkeypatch.setattr("convalgebra.analysis.python_flint.flint", lambda: None)
    assert ca.det(ca.circulant(c)) == with_flint
    assert with_flint % int(c.sum()) == 0
    magnitudes = np.log(np.abs(np.fft.fft(c)))
    assert abs(with_flint).bit_length() == pytest.approx(magnitudes.sum() / np.log(2), abs=2)


def test_a_large_inverse_is_one():
    c = np.random.default_rng(0).integers(-9, 10, 250)
    C = ca.circulant(c)
    v = ca.inverse(C).c
    for k in (0, 1, 100):
        assert sum(int(c[t]) * v[(k - t) % 250] for t in range(250)) == (k == 0)


def test_powers_with_symbols_are_bounded():
    """Three symbols have (k + 2)(k + 1)/2 monomials of degree k; powers of one symbol k at most."""
    C = ca.circulant(ca.symbols("w", 3))
    assert sum(len(entry.as_ordered_terms()) for entry in ca.power(C, 20).c) == 231
    for large in (lambda: ca.power(C, 2000), lambda: ca.power(C, 63)):
        with pytest.raises(ca.SizeLimitError, match=r"at most 2048 terms, not k = \d+; write ca.power"):
            large()
    x = sympy.Symbol("x")
    assert ca.power(ca.circulant([x, 0, 0]), 1000).c[0] == x**1000
    assert sympy.expand(sum(ca.power(ca.circulant([x, x**2, 1]), 9).c) - (x + x**2 + 1) ** 9) == 0


def test_roots_of_unity_have_no_characteristic_polynomial_here():
    with pytest.raises(ca.ConvAlgebraError, match=r"not floats or roots of unity; write np.poly\(A.to_numpy\(\)\)"):
        ca.characteristic_polynomial(ca.dft(4))


@pytest.mark.parametrize("k", [0, 1, 3])
def test_a_power_of_zeros_in_disguise(k):
    a = sympy.Symbol("a")
    found = ca.power(ca.circulant([(a + 1) ** 2 - a**2 - 2 * a - 1, 0]), k)
    assert found.to_numpy().tolist() == (np.eye(2, dtype=int) * (k == 0)).tolist()
