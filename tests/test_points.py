"""Points where values differ from zero: the simplest ones, complex where a conjugate may tell."""

from __future__ import annotations

import pytest
import sympy

import convalgebra as ca
from convalgebra.algebra.points import MOST_SPARSE, witnesses

A, B, C = sympy.symbols("a b c")


@pytest.mark.parametrize(
    ("value", "point"),
    [
        (A, {A: 1}),
        (A * B, {A: 1, B: 1}),
        (A - sympy.conjugate(A), {A: sympy.I}),
        (A * B - sympy.conjugate(A * B), {A: 1, B: sympy.I}),
        (A - sympy.conjugate(A) + B - sympy.conjugate(B) + C, {A: 0, B: 0, C: 1}),
    ],
    ids=str,
)
def test_the_first_witness_is_the_simplest(value, point):
    assert next(witnesses(value)) == point
    assert next(witnesses(value), None) is not None


def test_real_symbols_have_no_imaginary_witness():
    r = sympy.Symbol("r", real=True)
    assert next(witnesses(r + sympy.conjugate(A) - A)) == {A: 0, r: 1}
    assert all(
        sympy.sympify(v).is_real
        for point in witnesses(r - sympy.conjugate(sympy.exp(A)))
        for s, v in point.items()
        if s == r
    )


def test_many_symbols_are_bounded():
    many = ca.symbols("w", 60)
    found = next(witnesses(sum(many) - sympy.conjugate(sum(many))))
    assert list(found.values()).count(0) == len(many) - 1
    assert MOST_SPARSE < 60**2


def test_a_complex_witness_is_multiplied_out():
    u, v = ca.circulant(ca.symbols("w", 2)), ca.circulant(ca.symbols("v", 2))
    refutation = ca.decide((u @ v).H == v @ u)  # noqa: SIM300  # as it is said
    assert str(refutation).endswith("with v0=1, w0=I, the other symbols 0: -I against I")
    given = ca.Refutation(refutation.claim, (0, 0), (1 + A) * (2 + A), A, {A: sympy.I})
    assert str(given).endswith("with a=I: 1 + 3*I against I")
