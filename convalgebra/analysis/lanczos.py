"""The largest singular value of a sparse matrix, by Lanczos steps on `A* A` and no dense matrix at all."""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.rings import MEMORY_LIMIT
from convalgebra.analysis.symbol import scaled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

BASIS = 40  # vectors kept
MOST_RESTARTS = 200
MOST_WORK = 2**33  # multiplications: some ten seconds
PRECISION = 1e-10


def largest(operator: Operator) -> tuple[float, float, int]:
    """(value, bound, exponent): the largest singular value and `sqrt(|A|_1 |A|_inf)` above it, over 2^exponent.

    A product is never multiplied out: its factors act one after the other, and their bounds are multiplied.

    The value is the length of A x for a unit vector x, and so never too large; ARPACK (Lehoucq, Sorensen and Yang 1998)
    stops when its square is known to a relative 1e-10, or after 200 restarts or 2^33 multiplications.

    >>> import convalgebra as ca
    >>> value, bound, exponent = largest(ca.convolution_matrix([1, 2, 1], 50))
    >>> round(value * 2**exponent, 3), bound * 2**exponent
    (3.996, 4.0)
    """
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh  # noqa: PLC0415  # loaded only for this

    factors, exponents = zip(*map(_sparse, getattr(operator, "factors", (operator,))), strict=True)
    turned = tuple(A.conj().T.tocsr() for A in reversed(factors))
    factors, turned = (factors, turned) if operator.shape[1] <= operator.shape[0] else (turned, factors)
    side, kind = factors[-1].shape[1], np.result_type(*factors)
    square = LinearOperator((side, side), matvec=lambda x: _through(turned, _through(factors, x)), dtype=kind)
    work = 2 * BASIS * sum(A.nnz for A in factors)
    restarts = max(1, min(MOST_RESTARTS, MOST_WORK // max(work, 1)))
    try:
        start = np.random.default_rng(0).standard_normal(side).astype(kind)
        _, vectors = eigsh(square, 1, which="LA", tol=PRECISION, v0=start, ncv=min(BASIS, side), maxiter=restarts)
    except ArpackNoConvergence as error:
        vectors = error.eigenvectors if error.eigenvectors.size else start[:, None]
    x = vectors[:, 0]
    stretch = float(np.linalg.norm(_through(factors, x)) / np.linalg.norm(x))
    return stretch, prod(map(_schur, factors)), sum(exponents)


def _sparse(operator: Operator) -> tuple[Any, int]:
    """(A, e): a factor as a CSR matrix of floats, over 2^e."""
    from scipy.sparse import csr_array  # noqa: PLC0415  # loaded only for this

    data, indices, indptr = operator._csr(MEMORY_LIMIT)
    values, exponent = scaled(data)
    return csr_array((values, indices, indptr), shape=operator.shape), exponent


def _through(factors: Sequence[Any], x: Array) -> Array:
    """`A1 A2 ... x`: the product itself may not fit into memory."""
    return reduce(lambda y, A: A @ y, reversed(factors), x)


def _schur(A: Any) -> float:
    sizes = abs(A)
    return float(np.sqrt(sizes.sum(axis=0).max() * sizes.sum(axis=1).max()))
