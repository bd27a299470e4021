"""Kernels as sums of outer products: a K x K kernel of rank r is r columns times r rows, 2rK weights instead of K^2."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import integer
from convalgebra.analysis.factorisation import one_channel
from convalgebra.errors import ArgumentError, ShapeError, UndecidedError
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Sequential

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False)
class Separation:
    """`kernel = sum over terms of u[0] x u[1] x ...`, one 1-D kernel for each axis; `residual` is what is missing.

    >>> import convalgebra as ca
    >>> ca.separable([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    Separation(rank 1: [1, 2, 1] x [1, 2, 1])
    """

    kernel: Array
    terms: tuple[tuple[Array, ...], ...]
    residual: float = 0

    @property
    def rank(self) -> int:
        """The number of terms; on two axes, where nothing is missing, the rank of the kernel: no fewer do.

        On more axes it is at least the rank, which may be smaller; `repr` speaks of terms there.
        """
        return len(self.terms)

    @property
    def parameters(self) -> int:
        """The weights of all terms, against `kernel.size`."""
        return sum(u.size for term in self.terms for u in term)

    def layers(self) -> Sequential:
        """The same map as a K x 1 convolution to `rank` channels and a 1 x K convolution that sums them.

        >>> import convalgebra as ca
        >>> laplace = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
        >>> ca.collapse(ca.separable(laplace).layers()).weight[0, 0]
        array([[ 0,  1,  0],
               [ 1, -4,  1],
               [ 0,  1,  0]])
        """
        if self.kernel.ndim != 2:
            msg = f"the kernel must have two axes to become two layers, not {self.kernel.ndim}; write .terms"
            raise ShapeError(msg)
        columns, rows = (np.stack(rings.addable(u)) for u in zip(*self.terms, strict=True))
        return Sequential(Conv(columns[:, None, :, None]), Conv(rows[None, :, None, :]))

    def __repr__(self) -> str:
        shown = " + ".join(" x ".join(str(u.tolist()) for u in term) for term in self.terms)
        missing = f", residual {self.residual:.3g}" if self.residual else ""
        counted = f"{self.rank} terms" if self.kernel.ndim > 2 and self.rank > 1 else f"rank {self.rank}"
        return f"Separation({counted}{missing}: {shown})"


def separable(kernel: Any, rank: int | None = None) -> Separation:
    """The kernel as a sum of outer products: exact for exact entries, and of least rank on two axes.

    For floats the terms are singular vectors and `rank` of them the best approximation (Eckart and Young 1936); without
    `rank`, as many as the rounding of the entries leaves.  On more than two axes the sum is exact, yet not always the
    shortest.  `rank` below the rank of an exact kernel needs floats: `separable(kernel.astype(float), rank)`.

    >>> import convalgebra as ca
    >>> ca.separable([[0, 1, 0], [1, -4, 1], [0, 1, 0]]).rank
    2
    """
    array = one_channel(kernel)
    if rings.is_exact(array):
        terms = _crossed(array)
        if rank is not None and integer(rank, "rank", 1) < len(terms):
            msg = (
                f"rank must be at least the rank {len(terms)} of an exact kernel, not {rank}; pass the kernel as floats"
            )
            raise ArgumentError(msg)
        return Separation(array, tuple(terms))
    terms = _singular(array, rank)
    total = sum(reduce(np.multiply.outer, term) for term in terms)
    error = float(np.linalg.norm(array - total))
    return Separation(array, tuple(terms), 0.0 if rank is None else error)


def _crossed(kernel: Array) -> list[tuple[Array, ...]]:
    """Takes away a column times a row through the first entry that is left, until none is: one rank each time."""
    if kernel.ndim == 1:
        return [(kernel,)]
    rest = _reduced(kernel).reshape(len(kernel), -1)
    found = []
    while len(alive := np.argwhere(_alive(rest))):
        i, j = alive[0]
        column, row = _reduced(rest[:, j] / rest[i, j]), rest[i]
        found += [(_shown(column), *tail) for tail in _crossed(_shown(row).reshape(kernel.shape[1:]))]
        rest = _reduced(rest - np.multiply.outer(column, row))
    return found


def _reduced(values: Array) -> Array:
    """Entries that divide exactly: fractions, and SymPy's quotients of polynomials in lowest terms."""
    return rings.filled(values.shape, map(_quotient, rings.public(values).flat))


def _quotient(value: Any) -> Any:
    if not hasattr(value, "free_symbols"):
        return Fraction(int(value.numerator), int(value.denominator))
    from sympy import cancel  # noqa: PLC0415  # symbols were met

    return cancel(value)


def _alive(values: Array) -> Array:
    zero = [rings.is_zero(v) for v in values.flat]
    if None in zero:
        msg = f"every entry must be known to be zero or not, but {values.flat[zero.index(None)]} is not; write numbers"
        raise UndecidedError(msg)
    return ~np.reshape(np.asarray(zero, dtype=bool), values.shape)


def _shown(values: Array) -> Array:
    return rings.public(rings.tidy(rings.entries(values)))


def _singular(kernel: Array, rank: int | None) -> list[tuple[Array, ...]]:
    if kernel.ndim == 1:
        return [(kernel,)]
    u, sizes, v = np.linalg.svd(kernel.reshape(len(kernel), -1), full_matrices=False)
    most = int((sizes > sizes[0] * max(kernel.shape) * np.finfo(float).eps).sum())
    kept = most if rank is None else min(integer(rank, "rank", 1), most)
    roots = np.sqrt(sizes)
    found = []
    for k in range(kept):
        tails = _singular((roots[k] * v[k]).reshape(kernel.shape[1:]), None if kernel.ndim < 3 else rank)
        found += [(roots[k] * u[:, k], *tail) for tail in tails]
    return found if rank is None or kernel.ndim < 3 else found[:rank]
