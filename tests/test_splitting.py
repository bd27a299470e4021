"""Exact roots: real and complex factors multiply back, and come in one order."""

from __future__ import annotations

import pytest
import sympy

from convalgebra.analysis.splitting import split

z = sympy.Symbol("z")


@pytest.mark.parametrize("field", ["RR", "CC"])
@pytest.mark.parametrize("poly", [z**2 + 1, z**3 - 2, z**4 + 1, 2 * z**2 - 3, z - 7])
def test_factors_multiply_back(poly, field):
    parts = split(sympy.Poly(poly, z), field)
    assert {p.degree() for p in parts} <= ({1} if field == "CC" else {1, 2})
    lead = sympy.Poly(poly, z).LC()
    for x in (-3, 2, 5):
        value = lead * sympy.prod(p.as_expr().subs(z, x) for p in parts)
        assert abs(sympy.N(value - poly.subs(z, x), 40)) < 1e-30


def test_quadratic_factors_over_the_reals_have_no_real_root():
    parts = split(sympy.Poly(z**4 + 1, z), "RR")
    assert [p.as_expr() for p in parts] == [z**2 + sympy.sqrt(2) * z + 1, z**2 - sympy.sqrt(2) * z + 1]
    assert all(p.discriminant() < 0 for p in parts)


def test_real_roots_come_first():
    z = sympy.Symbol("z")
    found = [p.as_expr().subs(z, 0) for p in split(sympy.Poly(z**3 + z**2 + z + 1, z), "CC")]
    assert found == [1, sympy.I, -sympy.I]
