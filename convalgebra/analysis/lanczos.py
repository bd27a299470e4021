"""The largest singular value of a sparse matrix, by Lanczos steps on `A* A` and no dense matrix at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra.rings import MEMORY_LIMIT
from convalgebra.analysis.symbol import scaled

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

BASIS = 40  # vectors kept
MOST_RESTARTS = 200
PRECISION = 1e-10


def largest(operator: Operator) -> tuple[float, float, int]:
    """(value, bound, exponent): the largest singular value and `sqrt(|A|_1 |A|_inf)` above it, over 2^exponent.

    The value is the length of A x for a unit vector x, and so never too large; ARPACK (Lehoucq, Sorensen and Yang 1998)
    stops when its square is known to a relative 1e-10, or after 200 restarts.

    >>> import convalgebra as ca
    >>> value, bound, exponent = largest(ca.convolution_matrix([1, 2, 1], 50))
    >>> round(value * 2**exponent, 3), bound * 2**exponent
    (3.996, 4.0)
    """
    from scipy.sparse import csr_array  # noqa: PLC0415  # SciPy is loaded only for this
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh  # noqa: PLC0415

    data, indices, indptr = operator._csr(MEMORY_LIMIT)
    values, exponent = scaled(data)
    A = csr_array((values, indices, indptr), shape=operator.shape)
    A = A if A.shape[1] <= A.shape[0] else A.T.tocsr()
    turned, side = A.conj().T.tocsr(), A.shape[1]
    square = LinearOperator((side, side), matvec=lambda x: turned @ (A @ x), dtype=values.dtype)
    try:
        start = np.random.default_rng(0).standard_normal(side).astype(values.dtype)
        _, vectors = eigsh(square, 1, which="LA", tol=PRECISION, v0=start, ncv=min(BASIS, side), maxiter=MOST_RESTARTS)
    except ArpackNoConvergence as error:
        vectors = error.eigenvectors if error.eigenvectors.size else start[:, None]
    return _stretch(A, vectors[:, 0]), _schur(A), exponent


def _stretch(A: Array, x: Array) -> float:
    return float(np.linalg.norm(A @ x) / np.linalg.norm(x))


def _schur(A: Array) -> float:
    sizes = abs(A)
    return float(np.sqrt(sizes.sum(axis=0).max() * sizes.sum(axis=1).max()))
