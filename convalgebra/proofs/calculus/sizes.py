"""Polynomials in named integers: the exact arithmetic of sizes, shifts, strides and indices.

A `Size` is canonical and immutable: equal polynomials are equal objects.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from math import gcd, isqrt, prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Number = int | Fraction


class UnsupportedError(ValueError):
    """A claim leaves what the calculus can express: never a wrong answer, only none."""


class Symbol(NamedTuple):
    """A named integer: a "size" (at least `least`), any "integer", or an "index" (numbered by `least`).

    A "root" is no integer but a square root of the size of the same name: a factor only.
    """

    name: str
    role: str = "integer"
    least: int = 0


Monomial = tuple[tuple[Symbol, int], ...]


def _order(monomial: Monomial) -> tuple[int, tuple[Symbol, ...]]:
    """By degree, then by the letters in order: multiplying two monomials by a third keeps their order."""
    return sum(k for _, k in monomial), tuple(x for x, k in monomial for _ in range(k))


def _product(a: Monomial, b: Monomial) -> Monomial:
    powers: dict[Symbol, int] = dict(a)
    for x, k in b:
        powers[x] = powers.get(x, 0) + k
    for x in [x for x in powers if x.role == "root"]:  # the root squared is the size
        n = x._replace(role="size")
        whole, powers[x] = divmod(powers[x], 2)
        powers[n] = powers.get(n, 0) + whole
    return tuple(sorted((x, k) for x, k in powers.items() if k))


def _ratio(a: Monomial, b: Monomial) -> Monomial | None:
    """`a / b` where it is a monomial."""
    quotient = _product(a, tuple((x, -k) for x, k in b))
    return quotient if all(k > 0 for _, k in quotient) else None


@dataclass(frozen=True, order=True, repr=False)
class Size:
    """An integer polynomial in named integers; as a factor also a fraction such as `1/n`.

    >>> n, k = Size.named(Symbol("n", "size", 1)), Size.named(Symbol("k"))
    >>> (n + k) * 2 - k
    k + 2*n
    """

    terms: tuple[tuple[Monomial, Number], ...] = ()

    @staticmethod
    def of(value: Size | Number) -> Size:
        """The polynomial of a number."""
        return value if isinstance(value, Size) else Size.sum([((), value)])

    @staticmethod
    def named(symbol: Symbol) -> Size:
        """The polynomial of one symbol."""
        return Size(((((symbol, 1),), 1),))

    @staticmethod
    def sum(terms: Iterable[tuple[Monomial, Number]]) -> Size:
        """The sum of coefficient times monomial, like monomials together."""
        total: dict[Monomial, Number] = defaultdict(int)
        for monomial, c in terms:
            total[monomial] += c
        return Size(tuple(sorted((m, _whole(c)) for m, c in total.items() if c)))

    def __add__(self, other: Any) -> Size:
        if not isinstance(other, Size | int | Fraction):
            return NotImplemented
        return Size.sum((*self.terms, *Size.of(other).terms))

    def __mul__(self, other: Any) -> Size:
        if not isinstance(other, Size | int | Fraction):
            return NotImplemented
        return Size.sum((_product(a, b), c * d) for a, c in self.terms for b, d in Size.of(other).terms)

    def __neg__(self) -> Size:
        return Size(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Any) -> Size:
        return self + -other if isinstance(other, Size | int | Fraction) else NotImplemented

    def __rsub__(self, other: Size | Number) -> Size:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def __bool__(self) -> bool:
        return bool(self.terms)

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """The named integers that occur."""
        return frozenset(x for m, _ in self.terms for x, _ in m)

    def inverse(self) -> Size:
        """`1 / self`, for a single product of symbols."""
        if len(self.terms) != 1:
            msg = f"1/({self})"
            raise UnsupportedError(msg)
        ((monomial, c),) = self.terms
        return Size.sum([(tuple((x, -k) for x, k in monomial), Fraction(1) / c)])

    def root(self) -> Size:
        """`sqrt(self)`, for a product of symbols and a square number."""
        if len(self.terms) != 1 or self.terms[0][1] != isqrt(int(self.terms[0][1])) ** 2:
            msg = f"sqrt({self})"
            raise UnsupportedError(msg)
        ((monomial, c),) = self.terms
        letters = (Size.named(x._replace(role="root")) for x, k in monomial for _ in range(k))
        return reduce(Size.__mul__, letters, Size.of(isqrt(int(c))))

    def split(self, x: Symbol) -> tuple[Size, Size]:
        """`(c, r)` with `self = c x + r`, both free of x."""
        if x not in self.symbols:
            return ZERO, self
        parts: tuple[list[tuple[Monomial, Number]], ...] = ([], [])
        for monomial, c in self.terms:
            powers = dict(monomial)
            power = powers.pop(x, 0)
            if power not in (0, 1):
                msg = f"{self}, which is not linear in {x.name}"
                raise UnsupportedError(msg)
            parts[power].append((tuple(powers.items()), c))
        return Size.sum(parts[1]), Size.sum(parts[0])

    def put(self, x: Symbol, value: Size) -> Size:
        """The polynomial where x is replaced."""
        if x not in self.symbols:
            return self
        c, r = self.split(x)
        return c * value + r

    def mod(self, n: Size) -> Size:
        """The canonical polynomial that differs from this one by a multiple of n; itself for n = 0."""
        return _divided(self, n)[1] if n else self

    def over(self, n: Size) -> Size | None:
        """`self / n` where that is a polynomial with integer coefficients."""
        quotient, rest = _divided(self, n)
        return None if rest else quotient

    def value(self, numbers: Mapping[Symbol, Any]) -> Any:
        """The number, or array of numbers, for given values of the symbols."""
        return sum(c * prod(_power(numbers[x], k) for x, k in m) for m, c in self.terms)

    def __convalgebra__(self, name: str) -> Any:
        """The constructor of this name for all sizes."""
        from convalgebra.proofs.symbolic_conv import CONSTRUCTORS  # noqa: PLC0415  # which is made of sizes

        return CONSTRUCTORS[name]

    @property
    def is_integral(self) -> bool:
        """Is it a polynomial with integer coefficients?"""
        return all(isinstance(c, int) and all(k > 0 and x.role != "root" for x, k in m) for m, c in self.terms)

    @property
    def is_nonnegative(self) -> bool:
        """Is it seen to be >= 0 for all values of its sizes?  (No negative coefficient in the x - least of x.)"""
        return _seen_nonnegative(self.terms)

    @property
    def is_positive(self) -> bool:
        """Is it seen to be >= 1 for all values of its sizes?"""
        return (self - 1).is_nonnegative

    @property
    def latex(self) -> str:
        """The polynomial as a formula."""
        return _joined(self, _latex_factor, r" ")

    def __repr__(self) -> str:
        return _joined(self, _factor, "*")


def _joined(e: Size, shown: Callable[[Symbol, int], str], times: str) -> str:
    """Terms with plus signs first."""
    text = "".join(_signed(m, c, shown, times) for m, c in sorted(e.terms, key=lambda t: (t[1] < 0, not t[0], t)))
    return text.removeprefix(" + ").replace(" - ", "-", 1 if text.startswith(" - ") else 0) or "0"


def _whole(c: Number) -> Number:
    return c if isinstance(c, int) or c.denominator != 1 else c.numerator


ZERO, ONE = Size.of(0), Size.of(1)


def _power(base: Any, exponent: int) -> Any:
    return base**exponent if exponent >= 0 else Fraction(1, base**-exponent)


def _signed(monomial: Monomial, c: Number, shown: Callable[[Symbol, int], str], times: str) -> str:
    factors = [shown(x, k) for x, k in monomial]
    if abs(c) != 1 or not factors:
        factors.insert(0, str(abs(c)))
    return (" - " if c < 0 else " + ") + times.join(factors)


def _factor(x: Symbol, k: int) -> str:
    name = f"sqrt({x.name})" if x.role == "root" else x.name
    return name if k == 1 else f"{name}^{k}"


def _latex_factor(x: Symbol, k: int) -> str:
    name = re.sub(r"^([A-Za-z]+)_?(\d+)$", r"\1_{\2}", x.name)
    name = rf"\sqrt{{{name}}}" if x.role == "root" else name
    return name if k == 1 else f"{name}^{{{k}}}"


@lru_cache(maxsize=8192)
def _divided(e: Size, n: Size) -> tuple[Size, Size]:
    """`(q, r)` with `e = q n + r`, q with integer coefficients, r canonical: division by the leading monomial of n."""
    lead, unit = max(n.terms, key=lambda t: _order(t[0]))
    quotient = rest = ZERO
    while e:
        monomial, c = max(e.terms, key=lambda t: _order(t[0]))
        ratio = _ratio(monomial, lead)
        left = c if ratio is None else _remainder(monomial, c, unit)
        step = ZERO if ratio is None else Size.sum([(ratio, (c - left) // unit)])
        kept = Size.sum([(monomial, left)])
        quotient, rest, e = quotient + step, rest + kept, e - step * n - kept
    return quotient, rest


@lru_cache(maxsize=8192)
def _seen_nonnegative(terms: tuple[tuple[Monomial, Number], ...]) -> bool:
    """Is no coefficient negative once every size x is written as least + y?"""
    if any(x.role != "size" or k < 0 for m, _ in terms for x, k in m):
        return False
    if all(c >= 0 for _, c in terms):
        return True
    total: dict[Monomial, Number] = defaultdict(int)
    for monomial, c in terms:
        raised: dict[Monomial, Number] = {(): c}
        for x, k in monomial:
            for _ in range(k):
                raised = _raised(raised, x)
        for m, a in raised.items():
            total[m] += a
    return all(c >= 0 for c in total.values())


def _raised(terms: dict[Monomial, Number], x: Symbol) -> dict[Monomial, Number]:
    """The sum times (least + x)."""
    made: dict[Monomial, Number] = {m: c * x.least for m, c in terms.items()}
    for m, c in terms.items():
        key = _product(m, ((x, 1),))
        made[key] = made.get(key, 0) + c
    return made


def _remainder(monomial: Monomial, c: Any, unit: Any) -> Any:
    """The number next to 0 that differs from c by a multiple of the unit; for a plain number the one in 0..unit-1."""
    left = c % unit
    return left - unit if monomial and 2 * left > unit > 0 else left


def common(*parts: Size) -> Size:
    """The largest product of integers and sizes, all at least 1, that divides every part."""
    monomials = [dict(m) for p in parts for m, _ in p.terms]
    number = gcd(*(int(c) for p in parts for _, c in p.terms))
    shared = {x: min(m.get(x, 0) for m in monomials) for x in monomials[0] if x.role == "size" and x.least >= 1}
    return Size.sum([(tuple(sorted((x, k) for x, k in shared.items() if k > 0)), number)])
