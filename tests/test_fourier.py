"""The Fourier matrix against SciPy and NumPy, and its roots of unity exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
import sympy

import convalgebra as ca

SCALES = {"backward": None, "ortho": "sqrtn", "forward": "n"}


@pytest.mark.parametrize("n", [*range(1, 13), 31, 64])
@pytest.mark.parametrize("norm", SCALES)
def test_the_matrix_is_scipys(n, norm):
    np.testing.assert_allclose(ca.dft(n, norm).to_numpy(), scipy.linalg.dft(n, SCALES[norm]), atol=1e-13)


@pytest.mark.parametrize("n", [4, 8, 12, 1000, 4096])
def test_quarter_turns_are_exact_and_all_roots_are_accurate(n):
    row = ca.dft(n).pattern(np.array([1])).entries()[2]
    assert [row[0], row[n // 4], row[n // 2], row[3 * n // 4]] == [1, -1j, -1, 1j]
    angles = np.arange(n)
    exact = [
        complex(sympy.exp(-2 * sympy.I * sympy.pi * sympy.Rational(int(k), n)).evalf(30))
        for k in angles[:: max(1, n // 16)]
    ]
    np.testing.assert_allclose(row[:: max(1, n // 16)], exact, rtol=0, atol=3e-16)


@pytest.mark.parametrize("box", [(2, 3), (3, 1, 2)])
@pytest.mark.parametrize("norm", SCALES)
def test_several_axes_are_fftn(box, norm):
    x = np.arange(np.prod(box)).reshape(box) ** 2
    F = ca.dft(box, norm)
    assert F.boxes == (box, box)
    np.testing.assert_allclose((F @ x.ravel()).reshape(box), np.fft.fftn(x, norm=norm), atol=1e-11)


@pytest.mark.parametrize("n", range(1, 9))
@pytest.mark.parametrize("norm", SCALES)
def test_the_sympy_view_is_exact(n, norm):
    M = ca.dft(n, norm).to_sympy()
    scale = {"backward": 1, "ortho": 1 / sympy.sqrt(n), "forward": sympy.Rational(1, n)}[norm]
    for f in range(n):
        for j in range(n):
            assert sympy.simplify(M[f, j] - scale * sympy.exp(-2 * sympy.I * sympy.pi * f * j / n)) == 0
    assert not M.has(sympy.Float)


def test_symbols_meet_exact_roots():
    w = ca.symbols("w", 3)
    y = ca.dft(3) @ w
    assert not any(v.has(sympy.Float) for v in y)
    wanted = [sum(w[j] * sympy.exp(-2 * sympy.I * sympy.pi * f * j / 3) for j in range(3)) for f in range(3)]
    assert all(sympy.expand(a - b) == 0 for a, b in zip(y, wanted, strict=True))
    dense = (ca.dft(3) @ ca.circulant(w)).to_numpy()
    assert not any(v.has(sympy.Float) for v in dense.flat if isinstance(v, sympy.Basic))


def test_the_adjoint_and_the_transpose():
    F = ca.dft(5)
    np.testing.assert_allclose(F.H.to_numpy(), scipy.linalg.dft(5).conj().T, atol=1e-14)
    np.testing.assert_allclose(F.T.to_numpy(), scipy.linalg.dft(5), atol=1e-14)
    np.testing.assert_allclose((F.H @ F).to_numpy(), 5 * np.eye(5), atol=1e-13)
    assert F.ring == "CC"


def test_a_large_transform_knows_single_entries():
    n = 10**6
    assert abs(ca.dft(n)[n - 1, n - 1] - np.exp(-2j * np.pi / n)) < 1e-15
    assert ca.dft(n)[n // 2, 3] == -1


@pytest.mark.parametrize(("left", "right", "scale"), [
    ("backward", "backward", 6), ("backward", "forward", 1), ("ortho", "ortho", 1), ("forward", "backward", 1),
    ("forward", "forward", Fraction(1, 6)),
])  # fmt: skip
def test_two_transforms_are_a_reflection_with_an_exact_scale(left, right, scale):
    """(F G)[i, -i mod n] and (F G^H)[i, i] are the only entries: no root of unity is left over."""
    F, G = ca.dft(6, left), ca.dft(6, right)
    assert (F @ G).to_sympy() == (scale * ca.permutation([0, 5, 4, 3, 2, 1])).to_sympy()
    assert (F @ G.H).to_sympy() == (scale * ca.identity(6)).to_sympy()
    assert (F @ G).nnz == (F @ G.H).nnz == 6
