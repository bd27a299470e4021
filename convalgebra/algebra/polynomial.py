"""Polynomials with rational coefficients: the ring in which symbolic kernels are multiplied.

A monomial is the sorted tuple of its generators' numbers, repeated by exponent, so that two monomials multiply by
merging.  A generator is a SymPy symbol, or any expression that is not polynomial in symbols (`1/(a - 1)`, `sin(a)`):
such an *opaque* generator may hide relations, and `rings.is_zero` looks into it.
"""

from __future__ import annotations

import sys
from collections import Counter
from fractions import Fraction
from functools import cmp_to_key
from itertools import chain
from math import comb
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import sympy

Monomial = tuple[int, ...]
Coefficient = int | Fraction

# Expanding beyond this many terms costs more than it can prove; the expression is then kept whole, as one generator.
EXPANSION_LIMIT = 20_000
EXPONENT_LIMIT = 512

_generators: list[sympy.Expr] = []
_numbers: dict[sympy.Expr, int] = {}


def is_expr(value: object) -> bool:
    """Is it a SymPy expression?  Asked without importing SymPy: without it there can be none."""
    module = sys.modules.get("sympy")
    return module is not None and isinstance(value, module.Expr)


def is_plain(expr: sympy.Expr) -> bool:
    """Is it a symbol, free to take any value: `w`, or an element `M[0, 1]`, `x[2]` of an indexed family?"""
    return expr.is_Symbol or (getattr(expr, "is_symbol", False) and all(a.is_Integer for a in expr.args[1:]))


def is_free(expr: sympy.Expr) -> bool:
    """Is it plain, and not narrowed by an assumption such as real=True?"""
    return is_plain(expr) and (len(getattr(expr, "_assumptions", ())) < 2 or expr.is_complex is None)


def number_of(generator: sympy.Expr) -> int:
    """The number under which a generator occurs in monomials."""
    if generator not in _numbers:
        _numbers[generator] = len(_generators)
        _generators.append(generator)
    return _numbers[generator]


class Polynomial:
    """`sum of coefficient * monomial`, exact, immutable, in expanded form.

    Two polynomials without opaque generators are equal as functions exactly when their terms are equal.

    >>> import sympy
    >>> a, b = sympy.symbols("a b")
    >>> p = Polynomial.of(a + b)
    >>> p * p == Polynomial.of(a**2 + 2 * a * b + b**2)
    True
    >>> (p * p).as_expr()
    a**2 + 2*a*b + b**2
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Coefficient]) -> None:
        self.terms = terms

    @classmethod
    def of(cls, value: Any) -> Polynomial:
        """The polynomial of a number or SymPy expression; floats are read as the binary fractions they are.

        >>> Polynomial.of(3).terms
        {(): 3}
        """
        if isinstance(value, Polynomial):
            return value
        if isinstance(value, int | Fraction):
            return cls({(): value} if value else {})
        if isinstance(value, float):
            return cls.of(Fraction(value))
        import sympy  # noqa: PLC0415  # SymPy is loaded only when a symbol is met

        if isinstance(value, complex):
            return cls.of(Fraction(value.real)) + cls.of(sympy.I) * Fraction(value.imag)
        return _read(sympy.sympify(value, strict=True))

    @property
    def generators(self) -> list[sympy.Expr]:
        """The symbols and opaque expressions that occur, in order of first use anywhere."""
        return generators_of([self])

    @property
    def opaque(self) -> bool:
        """Does a generator occur that is not a plain symbol?"""
        return not all(map(is_plain, self.generators))

    def as_expr(self) -> sympy.Expr:
        """The SymPy expression, expanded."""
        import sympy  # noqa: PLC0415

        if self.terms and () not in self.terms and all(g.is_Symbol for g in self.generators):
            return _canonical(self.terms, sympy)
        return sympy.Add(*(_term(m, c, sympy) for m, c in self.terms.items()))

    def subs(self, values: Mapping[sympy.Expr, Any]) -> Any:
        """The value where generators are replaced by exact numbers; other generators stay."""
        result: Any = Polynomial({})
        for monomial, coefficient in self.terms.items():
            term: Any = Polynomial({(): coefficient})
            for g in monomial:
                term = term * values.get(_generators[g], Polynomial({(g,): 1}))
            result = result + term
        return result

    def conjugate(self) -> Polynomial:
        """The complex conjugate: symbols that are not declared real become `conjugate(symbol)`."""
        return Polynomial.of(self.as_expr().conjugate())

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Any) -> Polynomial:
        return Polynomial(_sum((self.terms, Polynomial.of(other).terms)))

    def __mul__(self, other: Any) -> Polynomial:
        return Polynomial(multiply_terms(self.terms, Polynomial.of(other).terms))

    def __neg__(self) -> Polynomial:
        return Polynomial({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Any) -> Polynomial:
        return self + -Polynomial.of(other)

    def __rsub__(self, other: Any) -> Polynomial:
        return Polynomial.of(other) - self

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        try:
            return self.terms == Polynomial.of(other).terms
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return str(self.as_expr())

    def _sympy_(self) -> sympy.Expr:
        return self.as_expr()


def generators_of(polynomials: Iterable[Polynomial]) -> list[sympy.Expr]:
    """The symbols and opaque expressions that occur in any of the polynomials."""
    return [_generators[g] for g in sorted(set(chain.from_iterable(chain.from_iterable(p.terms for p in polynomials))))]


def multiply_terms(left: Mapping[Monomial, Coefficient], right: Mapping[Monomial, Coefficient]) -> dict[Monomial, Any]:
    """`left * right` as a dictionary without zero coefficients."""
    result: list[dict[Monomial, Any]] = [{}]
    multiply_into(result, 0, left, [(0, b, y) for b, y in right.items()])
    return result[0]


def multiply_into(
    sums: list[dict[Monomial, Any]],
    place: int,
    left: Mapping[Monomial, Coefficient],
    right: list[tuple[int, Monomial, Coefficient]],
) -> None:
    """`sums[place + p] += left * y b` for every (p, b, y) on the right; zero coefficients are dropped."""
    for a, x in left.items():
        for further, b, y in right:
            if not (a and b) or a[-1] <= b[0]:  # noqa: SIM108  # the usual cases need no sorting
                monomial = a + b
            else:
                monomial = b + a if b[-1] <= a[0] else tuple(sorted(a + b))
            terms = sums[place + further]
            value = terms.get(monomial, 0) + x * y
            if value:
                terms[monomial] = value
            else:
                del terms[monomial]


def _sum(parts: Iterable[Mapping[Monomial, Coefficient]]) -> dict[Monomial, Coefficient]:
    result: dict[Monomial, Coefficient] = {}
    for part in parts:
        for monomial, coefficient in part.items():
            value = result.get(monomial, 0) + coefficient
            if value:
                result[monomial] = value
            else:
                del result[monomial]
    return result


def _read(expr: sympy.Expr) -> Polynomial:
    if is_plain(expr):
        return Polynomial({(number_of(expr),): 1} if is_free(expr) or not expr.is_zero else {})
    if expr.is_Rational:
        value: Coefficient = int(expr) if expr.is_Integer else Fraction(int(expr.p), int(expr.q))
        return Polynomial({(): value} if value else {})
    if expr.is_Float:
        import sympy  # noqa: PLC0415

        return _read(sympy.Rational(expr))
    if expr.is_Add:
        return Polynomial(_sum(_read(arg).terms for arg in expr.args))
    product = _read_product(expr) if expr.is_Mul or expr.is_Pow else None
    return Polynomial({(number_of(expr),): 1}) if product is None else product


def _read_product(expr: sympy.Expr) -> Polynomial | None:
    """The expanded product or power; None where it is not polynomial or would grow too large."""
    factors = [(_read(arg), 1) for arg in expr.args] if expr.is_Mul else _read_power(*expr.args)
    size = 1
    for factor, exponent in factors:
        size *= comb(len(factor.terms) + exponent - 1, exponent) if exponent else 1
    if not factors or size > EXPANSION_LIMIT:
        return None
    terms: dict[Monomial, Coefficient] = {(): 1}
    for factor, exponent in factors:
        for _ in range(exponent):
            terms = multiply_terms(terms, factor.terms)
    return Polynomial(terms)


def _read_power(base: sympy.Expr, exponent: sympy.Expr) -> list[tuple[Polynomial, int]]:
    small = exponent.is_Integer and 0 <= int(exponent) <= EXPONENT_LIMIT
    return [(_read(base), int(exponent))] if small else []


def _term(monomial: Monomial, coefficient: Coefficient, sympy: Any) -> sympy.Expr:
    powers = [_generators[g] if e == 1 else _generators[g] ** e for g, e in Counter(monomial).items()]
    if coefficient != 1:
        powers.append(sympy.Rational(coefficient.numerator, coefficient.denominator))
    return sympy.Mul(*powers)


def _canonical(terms: Mapping[Monomial, Coefficient], sympy: Any) -> sympy.Expr:
    """The sum of terms in plain symbols, put in SymPy's own order at once: nothing is left for it to evaluate.

    SymPy orders products by length, then factor by factor: the ranks of the few factors order the many products.
    """
    key = cmp_to_key(sympy.Basic.compare)
    factored = [_factors(m, c, sympy) for m, c in terms.items()]
    distinct = sorted({f for pair in factored for f in chain(*pair)}, key=key)
    rank = {f: k for k, f in enumerate(distinct)}.__getitem__
    ranked = sorted((len(n) + len(p), [*map(rank, n), *sorted(map(rank, p))]) for n, p in factored)
    products = [tuple(distinct[k] for k in ranks) for _, ranks in ranked]
    several = [sympy.Mul._from_args(factors, is_commutative=True) for factors in products if len(factors) > 1]
    args = sorted([*(factors[0] for factors in products if len(factors) == 1), *several[:1]], key=key)
    if several:  # all products stand together: classes are compared first
        place = args.index(several[0])
        args[place : place + 1] = several
    return args[0] if len(args) == 1 else sympy.Add._from_args(tuple(args), is_commutative=True)


def _factors(monomial: Monomial, coefficient: Coefficient, sympy: Any) -> tuple[list[Any], list[Any]]:
    """The number, unless it is 1, and the powers of the generators."""
    powers = [_generators[g] if e == 1 else _generators[g] ** e for g, e in Counter(monomial).items()]
    return [] if coefficient == 1 else [sympy.Rational(coefficient.numerator, coefficient.denominator)], powers
