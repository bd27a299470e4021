"""Roots of unity, exactly: polynomials in `exp(2 pi i / n)` are compared modulo the cyclotomic polynomial."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import TYPE_CHECKING, Any

from convalgebra.algebra import polynomial as ring
from convalgebra.algebra.polynomial import Coefficient, Monomial, Polynomial

if TYPE_CHECKING:
    import sympy


@lru_cache(maxsize=4096)
def turns(expr: sympy.Expr) -> Fraction | None:
    """The q with `expr = exp(2 pi i q)`, for expressions that are visibly a root of unity.

    >>> import sympy
    >>> turns(sympy.I), turns(sympy.exp(-sympy.I * sympy.pi / 3)), turns(sympy.Symbol("a"))
    (Fraction(1, 4), Fraction(-1, 6), None)
    """
    import sympy  # noqa: PLC0415

    if expr is sympy.I:
        return Fraction(1, 4)
    if isinstance(expr, sympy.exp):
        ratio = expr.args[0] / (2 * sympy.I * sympy.pi)
    elif expr.is_Pow and expr.base == -1:
        ratio = expr.exp / 2
    else:
        return None
    return Fraction(int(ratio.p), int(ratio.q)) if ratio.is_Rational else None


@lru_cache(maxsize=256)
def cyclotomic(n: int) -> tuple[int, ...]:
    """The coefficients of the n-th cyclotomic polynomial, lowest first: `x^n - 1` over those of the divisors of n.

    >>> cyclotomic(6)
    (1, -1, 1)
    """
    quotient = [-1] + [0] * (n - 1) + [1]
    for d in range(1, n):
        if n % d == 0:
            quotient = _divided(quotient, cyclotomic(d))
    return tuple(quotient)


def _divided(dividend: list[int], divisor: tuple[int, ...]) -> list[int]:
    rest, degree = list(dividend), len(divisor) - 1
    quotient = [0] * (len(rest) - degree)
    for k in reversed(range(len(quotient))):
        quotient[k] = rest[k + degree]
        for j, c in enumerate(divisor):
            rest[k + j] -= quotient[k] * c
    return quotient


def reduced(value: Polynomial) -> Polynomial | None:
    """The value modulo the relations between its roots of unity; None where another opaque generator occurs.

    Zero exactly when the value is zero for every value of its symbols.

    >>> import sympy
    >>> z = sympy.exp(2 * sympy.I * sympy.pi / 5)
    >>> bool(reduced(Polynomial.of(sum(z**k for k in range(5)))))
    False
    """
    angles = {g: turns(g) for g in value.generators}
    if any(q is None and not ring.is_plain(g) for g, q in angles.items()):
        return None
    roots = {ring.number_of(g): q for g, q in angles.items() if q is not None}
    n = lcm(*(q.denominator for q in roots.values()))
    rows: dict[Monomial, dict[int, Coefficient]] = defaultdict(lambda: defaultdict(int))
    for monomial, coefficient in value.terms.items():
        exponent = sum(roots[g] for g in monomial if g in roots) * n
        rows[tuple(g for g in monomial if g not in roots)][int(exponent) % n] += coefficient
    zeta = () if n == 1 else (ring.number_of(_root(n)),)
    terms = {tuple(sorted(m + zeta * e)): c for m, row in rows.items() for e, c in _remainder(row, n).items()}
    return Polynomial(terms)


def _root(n: int) -> Any:
    import sympy  # noqa: PLC0415

    return sympy.exp(2 * sympy.I * sympy.pi / n)


def _remainder(row: dict[int, Coefficient], n: int) -> dict[int, Coefficient]:
    modulus = cyclotomic(n)
    degree = len(modulus) - 1
    rest: list[Coefficient] = [row.get(e, 0) for e in range(max(n, degree))]
    for e in reversed(range(degree, len(rest))):
        for j, c in enumerate(modulus):
            rest[e - degree + j] -= rest[e] * c if j < degree else 0
        rest[e] = 0
    return {e: c for e, c in enumerate(rest) if c}
