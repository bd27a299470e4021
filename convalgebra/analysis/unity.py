"""Exact arithmetic with roots of unity: matrices over `R[omega]`, omega a primitive d-th root, for any exact ring R.

A matrix of elements `sum of a_e omega^e` is an array (rows, columns, exponents), reduced modulo the d-th cyclotomic
polynomial: multiplying is convolving along the exponents, as with kernels, and zero is zero in every coefficient.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb, gcd, isqrt, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.algebra.kernel import convolve
from convalgebra.algebra.polynomial import EXPANSION_LIMIT, Polynomial, generators_of
from convalgebra.analysis import integer_polynomials, python_flint
from convalgebra.errors import SizeLimitError, UndecidedError

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array

FEW = 12  # terms of a cyclotomic polynomial that are subtracted one by one
MOST_PRODUCTS = 10**8  # of terms, in one product of conjugates: about ten seconds
MOST_BITS = 5 * 10**7  # of all coefficients of a product of conjugates: about half a minute


def gathered(values: Array, place: Array, size: int) -> Array:
    """The sums of the values over equal places along the last axis, exact.

    >>> gathered(np.array([1, 2, 3]), np.array([0, 1, 0]), 2)
    array([4, 2])
    """
    small = values.dtype.kind == "i" and rings.magnitude(values) * max(values.shape[-1], 1) <= rings.INT64_MAX
    source = values if small or not rings.is_exact(values) else rings.objects(values)
    sums = np.zeros((*values.shape[:-1], size), dtype=source.dtype)
    np.add.at(sums.T, place, source.T)
    return sums


def remainder(a: Array, d: int) -> Array:
    """The elements modulo the d-th cyclotomic polynomial, as arrays with one coefficient below its degree each.

    >>> remainder(np.array([0, 0, 1]), 3)  # omega^2 = -1 - omega
    array([-1, -1])
    """
    free = prod(primes(d))  # Phi_d(x) = Phi_free(x^(d / free))
    modulus = cyclotomic(free)
    degree = len(modulus) - 1
    taps = np.flatnonzero(modulus[:-1])
    coefficients = np.array(modulus[:-1], dtype=object)[taps]
    rest = gathered(a, np.arange(a.shape[-1]) % d, d).reshape(*a.shape[:-1], free, -1)
    rest = rest if rest.dtype.kind == "O" else rest.astype(object)
    for e in reversed(range(degree, free)):
        places = taps + (e - degree)
        if len(taps) > FEW:
            rest[..., places, :] = rest[..., places, :] - rest[..., e, None, :] * coefficients[:, None]
            continue
        for j, c in zip(places.tolist(), coefficients, strict=True):
            rest[..., j, :] = rest[..., j, :] - (rest[..., e, :] if c == 1 else c * rest[..., e, :])
    return rings.tidy(rest[..., :degree, :].reshape(*a.shape[:-1], -1))


def product(a: Array, b: Array, d: int) -> Array:
    """`A B` for matrices over R[omega].

    >>> product(np.array([[[0, 1]]]), np.array([[[0, 1]]]), 4)  # i i = -1
    array([[[-1,  0]]])
    """
    if not integer_polynomials.worth_it(a, b):
        return remainder(convolve(a, b), d)
    coefficients = integer_polynomials.multiply(a[0, 0].tolist(), b[0, 0].tolist()) or [0]
    return remainder(rings.filled((1, 1, len(coefficients)), coefficients), d)


def conjugated(a: Array, k: int, d: int) -> Array:
    """The image under omega -> omega^k, for k prime to d.

    >>> conjugated(np.array([[[1, 2]]]), -1, 4)
    array([[[ 1, -2]]])
    """
    return a if k % d == 1 % d else remainder(gathered(a, np.arange(a.shape[-1]) * k % d, d), d)


@lru_cache(maxsize=1024)
def primes(n: int) -> tuple[int, ...]:
    """The prime factors of n, ascending.

    >>> primes(60)
    (2, 3, 5)
    """
    return tuple(p for p in range(2, n + 1) if n % p == 0 and all(p % q for q in range(2, isqrt(p) + 1)))


class Step(NamedTuple):
    """From the d-th to the (d / p)-th roots of unity: the `order` powers of `unit` fix these, and move those."""

    d: int
    p: int
    unit: int
    order: int

    def down(self, a: Array) -> Array:
        """An element over the d-th roots that is one over the (d / p)-th, as such.

        >>> tower(6)[0].down(np.array([[[2, 0]]]))
        array([[[2]]])
        """
        rest = self.d // self.p
        if rest <= 2:
            return a[..., :1]
        if rest % self.p == 0:  # the cyclotomic polynomials are Phi(x^p) and Phi(x)
            return a[..., :: self.p]
        e = np.arange(a.shape[-1])
        of_p, of_rest = e * pow(rest, -1, self.p) % self.p, e * pow(self.p, -1, rest) % rest
        parts = (gathered(a[..., of_p == j], of_rest[of_p == j], rest) for j in (0, 1))
        left, right = map(rings.objects, parts)
        return remainder(rings.tidy(left - right), rest)

    def up(self, a: Array) -> Array:
        """An element over the (d / p)-th roots as one over the d-th."""
        return remainder(gathered(a, self.p * np.arange(a.shape[-1]), self.d), self.d)


@lru_cache(maxsize=1024)
def tower(d: int) -> tuple[Step, ...]:
    """The steps from d to 1 or 2, whose roots are numbers: one for each prime factor, the largest first.

    >>> [(s.d, s.p, s.unit, s.order) for s in tower(12)]
    [(12, 3, 5, 2), (4, 2, 3, 2)]
    """
    if d <= 2:
        return ()
    p = max(primes(d))
    rest = d // p
    order = p if rest % p == 0 else p - 1
    units = (u for u in range(1, d + 1, rest) if gcd(u, d) == 1)
    unit = next(u for u in units if all(pow(u, order // q, d) != 1 % d for q in primes(order)))
    return Step(d, p, unit, order), *tower(rest)


def _run(a: Array, u: int, length: int, d: int) -> Array:
    """The product of the images of a under omega -> omega^(u^j), j < length, by doubling."""
    if length == 1:
        return a
    half = _run(a, u, length // 2, d)
    both = product(half, conjugated(half, pow(u, length // 2, d), d), d)
    return both if length % 2 == 0 else product(a, conjugated(both, u, d), d)


def norm(a: Array, d: int) -> Any:
    """The product of all conjugates of an element (1, 1, exponents): the determinant of multiplying by it, in R.

    Conjugates over one prime at a time: the product has that many more digits, and that many fewer coefficients.

    >>> norm(np.array([[[3, 4]]]), 4)  # |3 + 4i|^2
    25
    """
    check_work(a, d)
    for step in tower(d):
        if step.d // step.p <= 2 and rings.is_symbolic(a):
            return _last(a, step)
        a = step.down(_run(a, step.unit, step.order, step.d))
    return constant(a)


def _last(a: Array, step: Step) -> Any:
    """The product of the conjugates where it has no other coefficient than that of 1."""
    half = _run(a, step.unit, step.order // 2, step.d)
    turned = pow(step.unit, step.order // 2, step.d)
    return _constant_of_product(half, conjugated(half, turned, step.d), step.d)


def traces(a: Array, d: int) -> Array:
    """`Tr(a omega^-k)` for k = 0, ..., d - 1: that of omega^j is Ramanujan's sum over g | j, d of `g mu(d / g)`.

    >>> traces(np.array([[[1, 0]]]), 6)[0, 0]
    array([2, 1, -1, -2, -1, 1], dtype=object)
    """
    total: Array = np.zeros((*a.shape[:-1], d), dtype=object)
    for g in (g for g in range(1, d + 1) if d % g == 0 and prod(primes(d // g)) == d // g):
        sums = rings.objects(gathered(a, np.arange(a.shape[-1]) % g, g))
        total = total + np.tile(sums * (g * (-1) ** len(primes(d // g))), d // g)
    return total


def _check_bits(a: Array, d: int, *, whole: bool) -> None:
    """A product of k conjugates has as many bits as coefficients times k times the bits of their sum."""
    most = max((step.order for step in tower(d)), default=1)
    bits = a.shape[-1] * (a.shape[-1] if whole else most) * (int(sum(abs(v) for v in a.flat)) + 2).bit_length()
    limit = MOST_BITS * (1 if python_flint.flint() is None else 16)
    if bits > limit:
        msg = (
            f"the norm over the roots of unity of order {d} must take at most {limit:.0e} bits, not {bits:.0e}; "
            "use floats, a modulus, or install python-flint"
        )
        raise SizeLimitError(msg)


def _constant_of_product(a: Array, b: Array, d: int) -> Any:
    """The coefficient of 1 in `a b`, without the others: a norm has no others."""
    ones, degree = _constants(d), a.shape[-1]
    turned = rings.objects(b[0, 0])[None, :] * ones[np.add.outer(np.arange(degree), np.arange(degree))]
    return constant(convolve(a.reshape(1, -1, 1), rings.tidy(turned.sum(axis=1)).reshape(-1, 1, 1)))


@lru_cache(maxsize=64)
def _constants(d: int) -> Array:
    """The coefficient of 1 in `omega^e`, for e below twice the degree."""
    modulus = cyclotomic(d)
    row = [1] + [0] * (len(modulus) - 2)
    found = []
    for _ in range(2 * len(row) - 1):
        found.append(row[0])
        row = [c - row[-1] * m for c, m in zip([0, *row[:-1]], modulus, strict=False)]
    return np.array(found, dtype=object)


def check_work(a: Array, d: int, *, whole: bool = False) -> None:
    """Refuse products of conjugates that would take minutes, with symbols by the terms of the last factors."""
    if not rings.is_symbolic(a):
        _check_bits(a, d, whole=whole)
        return
    polynomials = [*map(Polynomial.of, a.flat)]
    degree = max((len(m) for p in polynomials for m in p.terms), default=0) * (a.shape[-1] // 2)
    symbols = len(generators_of(polynomials))
    homogeneous = len({len(m) for p in polynomials for m in p.terms}) <= 1
    products = comb(symbols + degree - homogeneous, degree) ** 2 * a.shape[-1] ** 2
    if a.shape[-1] > 1 and products > MOST_PRODUCTS:
        msg = (
            f"the norm over the roots of unity of order {d} must take at most {MOST_PRODUCTS:.0e} products of terms, "
            f"not {products:.0e}, in {symbols} symbols; write C.subs(values), or use fewer symbols"
        )
        raise SizeLimitError(msg)


def constant(a: Array) -> Any:
    """The coefficient of 1 of an element."""
    return rings.public(a[0, 0, :1]).tolist()[0]


def cofactor(a: Array, d: int) -> tuple[Any, Array]:
    """(N, c) with `a c = N`, the norm in R: so `1 / a = c / N`.

    >>> cofactor(np.array([[[3, 4]]]), 4)
    (25, array([[[ 3, -4]]]))
    """
    check_work(a, d, whole=True)
    others = []
    for step in tower(d):
        others.append(_others(a, step))
        a = step.down(product(a, others[-1], step.d))
    rest = np.ones((1, 1, 1), dtype=np.int64)
    for step, other in zip(reversed(tower(d)), reversed(others), strict=True):
        rest = product(other, step.up(rest), step.d)
    return constant(a), rest


def _others(a: Array, step: Step) -> Array:
    """The product of the conjugates other than a."""
    if step.order == 1:
        return remainder(np.ones((1, 1, 1), dtype=np.int64), step.d)
    return conjugated(_run(a, step.unit, step.order - 1, step.d), step.unit, step.d)


def adjugate(a: Array, d: int) -> tuple[Array, Array]:
    """(det A, adj A) with `A adj A = det A`, by Faddeev and LeVerrier: the only divisions are by 1, ..., c.

    >>> [part.tolist() for part in adjugate(np.array([[[1], [2]], [[3], [4]]]), 1)]
    [[[[-2]]], [[[4], [-2]], [[-3], [1]]]]
    """
    c, symbols = len(a), len(generators_of(map(Polynomial.of, a.flat))) if rings.is_symbolic(a) else 0
    if comb(symbols + c - 1, c) > EXPANSION_LIMIT:
        msg = f"symbolic blocks must have fewer symbols or channels, not {symbols} and {c}; write C.subs(values)"
        raise SizeLimitError(msg)
    unit = np.eye(c, dtype=np.int64)[..., None]
    power = remainder(unit, d)
    for k in range(1, c + 1):
        moved = product(a, power, d)
        trace = rings.objects(moved).trace()[None, None] * Fraction(-1, k)
        if k < c:
            power = rings.tidy(rings.objects(moved) + unit * trace)
    sign = 1 if c % 2 else -1
    return rings.tidy(trace * -1 if c % 2 else trace), rings.tidy(rings.objects(power) * sign)


def is_zero(a: Array) -> bool:
    """Is every coefficient zero, as a function of its symbols?"""
    if not rings.is_symbolic(a):
        return not rings.nonzero(a).any()
    verdicts = {rings.is_zero(v) for v in a.flat}
    if None in verdicts and False not in verdicts:
        msg = "whether an eigenvalue is zero is undecided: its coefficients are zero in value, or differ in spelling"
        raise UndecidedError(msg)
    return verdicts == {True}


def rank(a: Array, d: int) -> int:
    """The rank over the field of R[omega].

    >>> rank(np.array([[[1], [2]], [[2], [4]]]), 1)
    1
    """
    return len(independent_columns(a, d))


def independent_columns(a: Array, d: int) -> list[int]:
    """The first columns that span the others: elimination by cross products, without divisions."""
    rows, found = [*a], []
    for column in range(a.shape[1]):
        pivot = next((i for i, row in enumerate(rows) if not is_zero(row[column])), None)
        if pivot is not None:
            top = rows.pop(pivot)
            found.append(column)
            rows = [_crossed(top, row, column, d) for row in rows]
    return found


def _crossed(top: Array, row: Array, column: int, d: int) -> Array:
    scaled = (product(x[None, None, column], y[None], d) for x, y in ((top, row), (row, top)))
    left, right = map(rings.objects, scaled)
    crossed: Array = rings.tidy(left - right)[0]
    return crossed
