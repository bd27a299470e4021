"""LaTeX of eigenvalues, of the Fourier matrix and of the diagonal form."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.spectrum_latex import eigenvalues_latex, fourier_latex


def lines(e):
    return eigenvalues_latex(e).splitlines()[1:-1]


def test_sums_of_roots():
    assert lines(ca.eigenvalues(ca.circulant([1, 2, 0]))) == [
        r"\lambda_{0} &= 3 \\",
        r"\lambda_{1} &= 1 + 2 \omega_{3} \\",
        r"\lambda_{2} &= -1 - 2 \omega_{3} \\",
        r"\omega_{3} &= e^{-2 \pi i / 3}",
    ]
    assert lines(ca.eigenvalues(ca.circulant([0, 1, 0, -1, 0, 0])))[1] == r"\lambda_{1} &= 1 + \omega_{6} \\"
    assert lines(ca.eigenvalues(ca.circulant([0, 1, 0, -1, 0, 0])))[2] == r"\lambda_{2} &= -1 + \omega_{6}^{2} \\"
    assert lines(ca.eigenvalues(ca.circulant([Fraction(1, 2), 0, 0, -1, 0])))[1].endswith(r"- \omega_{5}^{3} \\")


def test_symbols_stay_as_they_were_given():
    a, b = ca.symbols("a", 2)
    found = lines(ca.eigenvalues(ca.circulant([a + b, 0, a])))
    assert found[1] == r"\lambda_{1} &= a_{0} + a_{1} + a_{0} \omega_{3}^{2} \\"
    found = lines(ca.eigenvalues(ca.circulant([0, a + b, 0])))
    assert found[1] == r"\lambda_{1} &= \left(a_{0} + a_{1}\right) \omega_{3} \\"


def test_floats_tridiagonals_and_long_lists():
    assert lines(ca.eigenvalues(ca.circulant([0.5, 0.25]))) == [r"\lambda_{0} &= 0.75 \\", r"\lambda_{1} &= 0.25"]
    assert lines(ca.eigenvalues(ca.toeplitz([2, -1, 0])))[0] == r"\lambda_{0} &= \sqrt{2} + 2 \\"
    assert r"\vdots" in eigenvalues_latex(ca.eigenvalues(ca.circulant(np.arange(20))))


@pytest.mark.parametrize("n", [1, 3, 12, 13, 100])
def test_the_fourier_matrix_by_exponents(n):
    text = fourier_latex(n)
    assert text.count(r"\\") == min(n, 13) - 1
    assert text.count("{") == text.count("}")
    assert (r"\vdots" in text) is (n > 12)


def test_the_diagonal_form():
    d = ca.diagonalize(ca.circulant(ca.symbols("w", (2, 3))))
    assert r"F_{2} \otimes F_{3}" in d.to_latex()
    assert r"\operatorname{diag}(\lambda_{0}, \lambda_{1}, \ldots, \lambda_{5})" in d.to_latex()
    assert d._repr_latex_().startswith(r"$\displaystyle")
    layer = ca.Conv(np.ones((2, 1, 1), dtype=int), padding_mode="circular").matrix((1, 3))
    assert r"I \otimes F_{3}" in ca.diagonalize(layer).to_latex()
    assert ca.eigenvalues(ca.circulant([1, 2]))._repr_latex_().startswith(r"$\displaystyle \begin{aligned}")
