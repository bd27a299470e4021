"""Roots of unity, exactly: polynomials in `exp(2 pi i / n)` are compared modulo the cyclotomic polynomial."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from math import isqrt, lcm
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
    """The coefficients of the n-th cyclotomic polynomial, lowest first.

    `Phi_mp(x) = Phi_m(x^p)` where the prime p divides m, and `Phi_m(x^p) / Phi_m(x)` where it does not.

    >>> cyclotomic(6)
    (1, -1, 1)
    """
    if n == 1:
        return -1, 1
    p = next(p for p in range(n, 1, -1) if n % p == 0 and all(p % q for q in range(2, isqrt(p) + 1)))  # a short divisor
    inner = cyclotomic(n // p)
    spread = [0] * ((len(inner) - 1) * p + 1)
    spread[::p] = inner
    return tuple(spread if n // p % p == 0 else _divided(spread, inner))


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
    if any(turns(g) is None and not ring.is_plain(g) for g in value.generators):
        return None
    n, rows = _by_exponents(value)
    zeta = () if n == 1 else (ring.number_of(_root(n)),)
    terms = {tuple(sorted(m + zeta * e)): c for m, row in rows.items() for e, c in _remainder(row, n).items()}
    return Polynomial(terms)


def collected(value: Polynomial) -> Polynomial:
    """The same value with like roots of unity together, each coefficient with as few of them as it takes.

    >>> import sympy
    >>> a, z = sympy.Symbol("a"), sympy.exp(2 * sympy.I * sympy.pi / 3)
    >>> collected(Polynomial.of(a) * Polynomial.of(z) * Polynomial.of(z**2))
    a
    """
    if all(turns(g) is None for g in value.generators):
        return value
    n, rows = _by_exponents(value)
    short = {m: min(({e: c for e, c in row.items() if c}, _remainder(row, n)), key=len) for m, row in rows.items()}
    terms = (Polynomial({m: c}) * Polynomial.of(_root(n) ** e) for m, row in short.items() for e, c in row.items())
    return sum(terms, Polynomial({}))


def _by_exponents(value: Polynomial) -> tuple[int, dict[Monomial, dict[int, Coefficient]]]:
    """n, and for each monomial in the other generators its coefficients by powers of `exp(2 pi i / n)`."""
    angles = {ring.number_of(g): turns(g) for g in value.generators}
    roots = {g: q for g, q in angles.items() if q is not None}
    n = lcm(*(q.denominator for q in roots.values()))
    rows: dict[Monomial, dict[int, Coefficient]] = defaultdict(lambda: defaultdict(int))
    for monomial, coefficient in value.terms.items():
        exponent = sum(roots[g] for g in monomial if g in roots) * n
        rows[tuple(g for g in monomial if g not in roots)][int(exponent) % n] += coefficient
    return n, rows


def _root(n: int) -> Any:
    import sympy  # noqa: PLC0415

    return sympy.exp(2 * sympy.I * sympy.pi / n)


def _remainder(row: dict[int, Coefficient], n: int) -> dict[int, Coefficient]:
    modulus = cyclotomic(n)
    degree = len(modulus) - 1
    steps = [(j - degree, c) for j, c in enumerate(modulus[:-1]) if c]
    rest: list[Coefficient] = [row.get(e, 0) for e in range(max(n, degree))]
    for e in reversed(range(degree, len(rest))):
        for j, c in steps if rest[e] else ():
            rest[e + j] -= rest[e] * c
        rest[e] = 0
    return {e: c for e, c in enumerate(rest) if c}


def roots_cancel(n: int) -> bool:
    """Is the sum of all n-th roots of unity zero, by division through the cyclotomic polynomial?

    >>> roots_cancel(1), roots_cancel(6)
    (False, True)
    """
    return not _remainder(dict.fromkeys(range(n), 1), n)
