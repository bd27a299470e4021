"""Determinant, rank, inverse, powers of matrices that the Fourier matrix diagonalises: exact for exact entries.

Everything is done once for each class of conjugate frequencies, in `R[omega]`; integers and fractions come back as
integers and fractions.  Floats go through the FFT, each result with its error bound in words.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, lcm, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.algebra.selection import identity
from convalgebra.analysis import elimination, floating, unity
from convalgebra.analysis import finite_field as finite
from convalgebra.analysis.periodic import (
    Periodic,
    check_operator,
    check_square,
    exponents,
    recognised,
    root,
    singular,
    unit,
)
from convalgebra.errors import ArgumentError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.periodic import Class

    Piece = tuple[Class, Any, Array]  # (frequencies, N, numerator): the matrix numerator / N over the roots of unity

MOST_BITS = 2**33  # of the entries of a power
MOST_TERMS = 2**11  # of a power with symbols: some seconds


def det(C: Operator, *, modulus: int | None = None) -> Any:
    """`det C = product over f of w(omega^f)`, exact for integers, fractions and symbols: a product over divisors of n.

    Each factor is a norm: the resultant of the kernel and a cyclotomic polynomial.  Block circulants take the
    determinants of their frequency blocks; any other matrix that of its field.  `modulus=p` computes in GF(p).  A float
    result is off by at most the sum of `bound / |eigenvalue|`, relatively.  Source: Davis, Circulant Matrices, 1979.

    >>> import convalgebra as ca
    >>> ca.det(ca.circulant(ca.symbols("w", 3)))
    (w0 + w1 + w2)*(w0**2 - w0*w1 - w0*w2 + w1**2 - w1*w2 + w2**2)
    >>> ca.det(ca.circulant([1, 2, 3]))
    18
    """
    check_square(C)
    if modulus is not None:
        return finite.det(C, modulus)
    found = recognised(C)
    if found is None:
        return elimination.det(C)
    return _multiplied(map(_norm, found.classes)) if found.exact else floating.det(found)


def _norm(at: Class) -> Any:
    return unity.norm(_det(at), at.order)


def _det(at: Class) -> Array:
    return at.matrix if len(at.matrix) == 1 else unity.adjugate(at.matrix, at.order)[0]


def _multiplied(factors: Iterable[Any]) -> Any:
    """The product, not expanded: number first, then expressions."""
    known = list(factors)
    numbers = [f for f in known if isinstance(f, int | Fraction)]
    whole = rings.tidy(rings.filled((1,), [prod(numbers)])).tolist()[0]
    if len(numbers) == len(known):
        return whole
    import sympy  # noqa: PLC0415

    return sympy.Mul(views.as_sympy(whole), *(f for f in known if not isinstance(f, int | Fraction)))


def characteristic_polynomial(C: Operator, x: Any = None) -> Any:
    """`det(x I - C)`, exact, as a product over the divisors of n; x is a SymPy symbol, lambda unless given.

    >>> import convalgebra as ca
    >>> ca.characteristic_polynomial(ca.circulant([2, -1, 0, -1]))
    lambda*(lambda - 4)*(lambda - 2)**2
    """
    import sympy  # noqa: PLC0415

    check_square(C)
    found, x = recognised(C), sympy.Symbol("lambda") if x is None else x
    if not isinstance(x, sympy.Symbol):
        msg = f"x must be a SymPy symbol, not {x!r}; write ca.characteristic_polynomial(C).subs('lambda', {x!r})"
        raise ArgumentError(msg)
    if found is None:
        return elimination.characteristic_polynomial(C, x)
    if not found.exact:
        msg = "the entries must be exact for a characteristic polynomial, not floats; write ca.eigenvalues(C)"
        raise ArgumentError(msg)
    shifted = unit(found.box, len(found.kernel), layer=found.channels).scaled(x).plus(found.scaled(-1))
    factors = map(_norm, shifted.classes)
    return _multiplied(factors if found.symbolic else (_as_power(f, x, sympy) for f in factors))


def _as_power(factor: Any, x: Any, sympy: Any) -> Any:
    """A norm of `x - eigenvalue` is a power of an irreducible polynomial."""
    _, parts = sympy.Poly(factor, x).sqf_list()
    return sympy.Mul(*(p.as_expr() ** k for p, k in parts))


def rank(A: Operator, *, modulus: int | None = None) -> int:
    """The number of frequencies where a circulant is not zero; the sum of the ranks of a block circulant's blocks.

    Exact for exact entries, symbols generic.  Of floats, what exceeds the error bound of the FFT counts.
    `modulus=p` ranks over GF(p).  Source: Ingleton 1956, n - deg gcd(w(z), z^n - 1).

    >>> import convalgebra as ca
    >>> ca.rank(ca.circulant([1, -1, 0, 0, 0, 0])), ca.rank(ca.circulant([1, 1, 1, 0, 0, 0]))
    (5, 4)
    """
    check_operator(A, "A")
    if modulus is not None:
        return finite.rank(A, modulus)
    found = recognised(A)
    if found is None:
        return elimination.rank(views.to_numpy(A))
    if not found.exact:
        return floating.rank(found)
    return sum(len(at.members) * unity.rank(at.matrix, at.order) for at in found.classes)


def is_invertible(C: Operator, *, modulus: int | None = None) -> bool:
    """Is no eigenvalue zero?  Decided exactly for exact entries, symbols generic; `modulus=p` asks over GF(p).

    >>> import convalgebra as ca
    >>> ca.is_invertible(ca.circulant([1, 1, 0])), ca.is_invertible(ca.circulant([1, 1, 0]), modulus=2)
    (True, False)
    """
    check_square(C)
    return rank(C, modulus=modulus) == C.shape[0]


def inverse(C: Operator, *, modulus: int | None = None) -> Operator:
    """`C_w^-1 = C_v` with `v = F^-1 (1 / F w)`: the inverse of a circulant is one, with exact entries where w has them.

    A singular C raises `SingularError` that names the frequencies at which it is zero.  `modulus=p` inverts over GF(p).
    Of floats the relative error is at most `condition_number(C)` times the bound of the FFT.

    >>> import convalgebra as ca
    >>> ca.inverse(ca.circulant([2, 1, 0])).to_numpy()
    array([[Fraction(4, 9), Fraction(1, 9), Fraction(-2, 9)],
           [Fraction(-2, 9), Fraction(4, 9), Fraction(1, 9)],
           [Fraction(1, 9), Fraction(-2, 9), Fraction(4, 9)]], dtype=object)
    """
    check_square(C)
    if modulus is not None:
        return finite.inverse(C, modulus)
    found = recognised(C)
    if found is None:
        return elimination.inverse(C)
    return _inverse(found).operator()


def _inverse(C: Periodic) -> Periodic:
    if not C.exact:
        return floating.inverse(C)
    pieces = [(at, *_block_inverse(at.matrix, at.order)) for at in C.classes]
    zeros = [f for at, whole, _ in pieces if unity.is_zero(rings.objects(rings.entries([whole]))) for f in at.members]
    if zeros:
        raise singular(C, sorted(map(int, zeros)))
    return _gathered(pieces, C)


def _block_inverse(a: Array, d: int) -> tuple[Any, Array]:
    """(N, B) with `A B = N`, in the ring."""
    if len(a) == 1:
        return unity.cofactor(a, d)
    whole, adjugate = unity.adjugate(a, d)
    number, rest = unity.cofactor(whole, d)
    return number, unity.product(adjugate, _times_unit(rest, len(a)), d)


def _times_unit(element: Array, c: int) -> Array:
    return rings.tidy(rings.objects(element) * np.eye(c, dtype=np.int64).astype(object)[..., None])


def _gathered(pieces: Iterable[Piece], C: Periodic) -> Periodic:
    """`v[t] = 1/n sum over classes of Tr(v^ omega^(-f t))`, numbers over one denominator until all are added."""
    known = [piece for piece in pieces if not (isinstance(piece[1], int) and piece[1] == 0)]
    common = 1 if C.symbolic else lcm(*(Fraction(whole).numerator for _, whole, _ in known))
    kernel = np.zeros((C.kernel.shape[1], C.kernel.shape[0], C.size), dtype=object)
    for at, whole, numerator in known:
        powers, order = exponents(C.box, int(at.members[0]))
        spread = rings.objects(_spread(numerator, at, order))
        parts = _divided(spread, whole, C.size) if C.symbolic else spread * int(common / Fraction(whole))
        kernel = kernel + parts[..., powers]
    if not C.symbolic:
        kernel = rings.filled(kernel.shape, (Fraction(v, common * C.size) for v in kernel.flat))
    return Periodic(rings.tidy(kernel).reshape(*kernel.shape[:2], *C.box), C.channels)


def _spread(numerator: Array, at: Class, order: int) -> Array:
    """`Tr(v omega^-k)` for k = 0, ..., order - 1."""
    if at.order == order:
        return unity.traces(numerator, order)
    turns = rings.objects(rings.entries([root(-k, order) for k in range(order)]))
    return rings.objects(numerator) * turns  # a frequency by itself: its root of unity is spelled out


def _divided(sums: Array, whole: Any, n: int) -> Array:
    if isinstance(whole, int | Fraction):
        return rings.objects(sums) * Fraction(1, whole * n) if whole else rings.objects(sums) * 0
    exact = rings.public(rings.tidy(rings.objects(sums) * Fraction(1, n)))
    return rings.filled(sums.shape, (views.as_sympy(v) / whole for v in exact.flat))


def pinv(C: Operator) -> Operator:
    """The Moore-Penrose inverse `F^-1 diag(1 / w^ where w^ is not 0) F`: again a circulant, exact for exact numbers.

    >>> import convalgebra as ca
    >>> ca.pinv(ca.circulant([1, -1, 0])).to_numpy()
    array([[Fraction(1, 3), Fraction(-1, 3), 0],
           [0, Fraction(1, 3), Fraction(-1, 3)],
           [Fraction(-1, 3), 0, Fraction(1, 3)]], dtype=object)
    """
    check_operator(C, "C")
    found = recognised(C)
    if found is None:
        return elimination.pinv(C)
    if not found.exact:
        return floating.pinv(found).operator()
    return _gathered([(at, *_block_pinv(at.matrix, at.order)) for at in found.classes], found).operator()


def _block_pinv(a: Array, d: int) -> tuple[Any, Array]:
    """`A = L G` of full rank; then `A^+ = G^H (G G^H)^-1 (L^H L)^-1 L^H`."""
    if unity.is_zero(a):
        return 0, np.swapaxes(a, 0, 1)
    if len(a) == a.shape[1] == unity.rank(a, d):
        return _block_inverse(a, d)
    if rings.is_symbolic(a):
        msg = "the blocks of a symbolic C must be square and regular for ca.pinv; write ca.pinv(C.subs(values))"
        raise ArgumentError(msg)
    left = a[:, unity.independent_columns(a, d)]
    left_inverse = unity.product(_field_inverse(unity.product(adj := _adjoint(left, d), left, d), d), adj, d)
    right = unity.product(left_inverse, a, d)
    adj = _adjoint(right, d)
    right_inverse = unity.product(adj, _field_inverse(unity.product(right, adj, d), d), d)
    return 1, unity.product(right_inverse, left_inverse, d)


def _adjoint(a: Array, d: int) -> Array:
    return unity.conjugated(np.swapaxes(a, 0, 1), -1, d)


def _field_inverse(a: Array, d: int) -> Array:
    whole, numerator = _block_inverse(a, d)
    return rings.tidy(rings.objects(numerator) * Fraction(1, whole))


def power(C: Operator, k: int) -> Operator:
    """`C^k = F^-1 diag(w^ ** k) F`: the kernel convolved with itself and folded; k < 0 are powers of the inverse.

    >>> import convalgebra as ca
    >>> ca.power(ca.circulant([1, 1, 0]), 3).c
    array([2, 3, 3])
    """
    check_square(C)
    exponent = integer(k, "k")
    found = recognised(C)
    if found is None:
        other: Operator = _powered(C if exponent >= 0 else inverse(C), abs(exponent), identity(C.boxes[0]))
        return other
    base = found if exponent >= 0 else _inverse(found)
    _check_growth(base, abs(exponent))
    one = unit(found.box, len(found.kernel), layer=found.channels)
    result: Operator = _powered(base, abs(exponent), one).operator()
    return result


def _check_growth(C: Periodic, k: int) -> None:
    """Refuse a power whose exact entries outgrow memory or patience."""
    if C.symbolic and _terms(C, k) > MOST_TERMS:
        msg = f"the power of symbols must have at most {MOST_TERMS} terms, not k = {k}; write ca.power(C.subs(w), k)"
        raise SizeLimitError(msg)
    if C.exact and not C.symbolic and _bits(C) * k * C.size > MOST_BITS:
        msg = f"the power of exact integers must fit into {MOST_BITS // 8 // 2**20} MiB, not k = {k}; use floats"
        raise SizeLimitError(msg)


def _terms(C: Periodic, k: int) -> int:
    """A bound for the terms of all entries of `C^k`: choices of k terms of C, or monomials of that degree."""
    entries = [Polynomial.of(v) for v in C.kernel.flat]
    terms = [monomial for p in entries for monomial in p.terms]
    if not terms:
        return 0
    names, degree = len({name for monomial in terms for name in monomial}), max(map(len, terms))
    return min(comb(k + len(terms) - 1, k), comb(degree * k + names, names) * len(entries)) * len(C.kernel)


def _bits(C: Periodic) -> int:
    return max((int(v.numerator).bit_length() + int(v.denominator).bit_length() for v in C.kernel.flat), default=0)


def _powered(base: Any, k: int, one: Any) -> Any:
    """By squaring."""
    result = one
    while k:
        result = result @ base if k % 2 else result
        k //= 2
        base = base @ base if k else base
    return result
