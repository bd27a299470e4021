"""Matrices modulo a prime p: elimination for any matrix, the number-theoretic transform where GF(p) has roots of unity.

`p = 1 (mod n)` has n-th roots of unity, and then `F[f, j] = r^(f j)` diagonalises circulants over GF(p) too.
"""

from __future__ import annotations

from math import isqrt, lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import box_of, integer
from convalgebra.analysis.periodic import Periodic, SingularError, periodic, recognised
from convalgebra.errors import ArgumentError, EntryError

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Size
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST = 2**31  # products of two residues stay below 2^62


def field(modulus: Any) -> int:
    """The modulus, if it is a prime below 2^31.

    >>> field(17)
    17
    """
    p = integer(modulus, "modulus", 2, MOST)
    if not _is_prime(p):
        msg = f"modulus must be a prime, not {p}; write modulus={_prime(p, 1)}"
        raise ArgumentError(msg)
    return p


def _is_prime(p: int) -> bool:
    return p > 1 and all(p % q for q in range(2, isqrt(p) + 1))


def _prime(least: int, n: int) -> int:
    """The first prime p >= least with p = 1 (mod n)."""
    p = least + (1 - least) % n
    while not _is_prime(p):
        p += n
    return p


def residues(values: Array, p: int) -> Array:
    """The entries modulo p; fractions whose denominators p does not divide count too."""
    if not rings.is_exact(values) or rings.is_symbolic(values):
        msg = "the entries must be integers or fractions to be taken modulo p, not floats or symbols"
        raise EntryError(msg)
    if values.dtype.kind == "i":
        return values % p
    if any(v.denominator % p == 0 for v in values.flat):
        msg = f"modulus must not divide a denominator, not be {p}"
        raise ArgumentError(msg)
    found = [int(v.numerator) * pow(int(v.denominator), -1, p) % p for v in values.flat]
    return np.array(found, dtype=np.int64).reshape(values.shape)


def eliminated(A: Array, p: int) -> tuple[Array, list[int], int]:
    """(reduced row echelon form, pivot columns, the product of the pivots with its sign) modulo p.

    >>> [part if isinstance(part, int) else [*part] for part in eliminated(np.array([[0, 2], [1, 1]]), 5)][1:]
    [[0, 1], 3]
    """
    rows, whole = A % p, 1
    pivots: list[int] = []
    for column in range(A.shape[1]):
        found = np.flatnonzero(rows[len(pivots) :][:, column])
        if not len(found):
            continue
        top = len(pivots)
        if found[0]:
            rows[[top, top + found[0]]] = rows[[top + found[0], top]]
            whole = -whole
        head = int(rows[top, column])
        whole = whole * head % p
        rows[top] = rows[top] * pow(head, -1, p) % p
        factors = rows[:, column].copy()
        factors[top] = 0
        rows = (rows - factors[:, None] * rows[top]) % p
        pivots.append(column)
        if len(pivots) == len(rows):
            break
    return rows, pivots, whole % p


def _residues_of(A: Operator, p: int) -> Array:
    return residues(rings.tidy(views.to_numpy(A)), p)


def det(A: Operator, modulus: int) -> int:
    """The determinant in GF(p)."""
    p = field(modulus)
    _, pivots, whole = eliminated(_residues_of(A, p), p)
    return whole if len(pivots) == A.shape[0] else 0


def rank(A: Operator, modulus: int) -> int:
    """The rank over GF(p)."""
    p = field(modulus)
    return len(eliminated(_residues_of(A, p), p)[1])


def inverse(A: Operator, modulus: int) -> Operator:
    """The inverse over GF(p), with entries 0..p - 1; of a circulant again one."""
    p = field(modulus)
    values = _residues_of(A, p)
    n = len(values)
    reduced, pivots, _ = eliminated(np.concatenate([values, np.eye(n, dtype=np.int64)], axis=1), p)
    if pivots != list(range(n)):
        msg = f"A must be invertible modulo {p}, not of rank {len([c for c in pivots if c < n])}; choose another prime"
        raise SingularError(msg)
    found = matrix(reduced[:, n:])
    shape = recognised(A)
    if shape is None:
        return found
    return _reshaped(reduced[:, n:], shape).operator()


def _reshaped(values: Array, like: Periodic) -> Periodic:
    c = len(like.kernel)
    first = values.reshape(c, like.size, c, like.size)[..., 0]
    return Periodic(np.moveaxis(first, 1, 2).reshape(like.kernel.shape), like.channels)


def root_of_unity(n: int, p: int) -> int:
    """An element of order n in GF(p): the smallest generator's power, for n dividing p - 1.

    >>> root_of_unity(4, 13)
    8
    """
    if (p - 1) % n:
        msg = f"modulus must be 1 modulo {n} to have roots of unity of that order, not {p}; write {_prime(p, n)}"
        raise ArgumentError(msg)
    primes = [q for q in range(2, n + 1) if n % q == 0 and _is_prime(q)]
    roots = (pow(g, (p - 1) // n, p) for g in range(1, p))
    return next(r for r in roots if all(pow(r, n // q, p) != 1 for q in primes))


def transform(n: int, p: int) -> Array:
    """`F[f, j] = r^(f j) mod p`, r of order n in GF(p)."""
    r = root_of_unity(n, p)
    powers = [pow(r, k, p) for k in range(n)]
    return np.array(powers, dtype=np.int64)[np.outer(np.arange(n), np.arange(n)) % n]


def number_theoretic_transform(n: Size, modulus: int) -> Operator:
    """`F[f, j] = r^(f j) mod p`, r of order n in GF(p): the Fourier matrix over a finite field, for n dividing p - 1.

    On a box F is the Kronecker product, its entries not reduced.  `eigenvalues(C, modulus=p)` is F applied to the
    kernel.  Source: Pollard 1971.

    >>> import convalgebra as ca
    >>> F = ca.number_theoretic_transform(4, 5)
    >>> F.to_numpy()
    array([[1, 1, 1, 1],
           [1, 2, 4, 3],
           [1, 4, 1, 4],
           [1, 3, 4, 2]])
    >>> F @ [1, 2, 3, 4] % 5
    array([0, 4, 3, 2])
    """
    p = field(modulus)
    return kron(*(matrix(transform(size, p)) for size in box_of(n)))


def eigenvalues(C: Operator, modulus: int) -> Array:
    """The transform of the kernel in GF(p), in DFT order."""
    p, found = field(modulus), periodic(C)
    if found.kernel.shape[:2] != (1, 1):
        msg = "C must have one channel for eigenvalues in GF(p), not blocks; write ca.det(C, modulus=p)"
        raise ArgumentError(msg)
    root_of_unity(lcm(*found.box), p)
    values = residues(rings.tidy(found.kernel[0, 0]), p)
    for axis, n in enumerate(found.box):
        values = np.moveaxis(_times(transform(n, p), np.moveaxis(values, axis, 0), p), 0, axis)
    return values.reshape(-1)


def _times(F: Array, x: Array, p: int) -> Array:
    """`F x` modulo p, each product reduced before it is added."""
    total = np.zeros((len(F), *x.shape[1:]), dtype=np.int64)
    for column, row in zip(F.T, x, strict=True):
        total = (total + np.multiply.outer(column, row)) % p
    return total
