"""Eigenvalues and singular values of many small matrices: LAPACK's two steps alone, for each matrix, on any thread.

`zheevd` and `zgesdd` first look for the largest entry, by hypot for each: up to a fifth of their time.  Here the
matrices are known to be of moderate size.  The routines are those of the libraries that NumPy and SciPy go by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convalgebra.analysis.blas import ONE_THREAD, first_of_several, routine

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.blas import Routine

LEAST_SIDE = 16  # below, calls one by one cost more than they save
SMALL_SIDE = 24  # up to it one of two threads goes by NumPy's loop, which leaves the interpreter to the other
BLOCK = 8  # columns that are reduced at a time
STEEP = 2  # longer blocks in units of their width are first made triangular, by NumPy


def eigenvalues(stack: Array, *, overwrite: bool = False) -> Array:
    """The eigenvalues of each matrix of (..., side, side), ascending, as np.linalg.eigvalsh; no entry above 1e150.

    `overwrite` says that the stack may be lost.

    >>> eigenvalues(np.array([[[2, 1j], [-1j, 2]]]))
    array([[1., 3.]])
    """
    small = stack.shape[-1] <= SMALL_SIDE and first_of_several()
    steps = None if small else _steps(stack, "zhetrd", "dsterf")
    if steps is None:
        values: Array = np.linalg.eigvalsh(stack)
        return values
    return _of_hermitian(_rows(stack, overwrite=overwrite), *steps).reshape(stack.shape[:-1])


def singular_values(stack: Array, *, overwrite: bool = False) -> Array:
    """The singular values of each matrix of (..., O, I), descending, as np.linalg.svd; no entry above 1e150.

    >>> singular_values(np.array([[[3, 0], [0, 4j]]]))
    array([[4., 3.]])
    """
    least, most = sorted(stack.shape[-2:])
    steps = _steps(stack, "zgebrd", "dlasq1") if most <= STEEP * least else None
    if steps is None:
        values: Array = np.linalg.svd(stack, compute_uv=False)
        return values
    return _of_any(_rows(stack, overwrite=overwrite), *steps).reshape(*stack.shape[:-2], least)


def definite(stack: Array) -> int:
    """How many matrices (count, side, side) there are before the first without a Cholesky factor; all may be lost.

    >>> definite(np.array([[[2, 1j], [-1j, 2]], [[1, 2j], [-2j, 1]], [[1, 0], [0, 1]]]))
    1
    """
    steps = _steps(stack, "zpotrf", least=1)
    return _with_factors(stack) if steps is None else _factored(_rows(stack, overwrite=True), *steps)


def _steps(stack: Array, *names: str, least: int = LEAST_SIDE) -> list[Routine] | None:
    """LAPACK's routines for this stack; None where NumPy is the better way or has no such routines."""
    if stack.dtype != np.complex128 or min(stack.shape[-2:]) < least:
        return None
    steps = [found for found in map(routine, names) if found is not None]
    return steps if len(steps) == len(names) else None


def _rows(stack: Array, *, overwrite: bool) -> Array:
    """The matrices in a row, in memory of ours; their rows are columns to LAPACK: each is transposed."""
    flat = stack.reshape(-1, *stack.shape[-2:])
    return flat if overwrite and flat.flags.c_contiguous else flat.copy(order="C")


def _of_hermitian(matrices: Array, tridiagonal: Routine, roots: Routine) -> Array:
    """All matrices made tridiagonal by reflections, then all eigenvalues by rotations; taking turns is slower."""
    count, side, _ = matrices.shape
    values, beside, done = np.empty((count, side)), np.empty((count, side)), np.zeros(count, dtype=np.int64)
    work = np.empty((BLOCK + 1, side), dtype=np.complex128)
    sizes = np.array([side, BLOCK * side, ord("L")], dtype=np.int64)
    n, room, lower = _addresses(sizes)
    tau, rest = _addresses(work)[:2]
    lines = list(zip(_addresses(values), _addresses(beside), _addresses(done), strict=True))
    with ONE_THREAD:
        for A, (d, e, info) in zip(_addresses(matrices), lines, strict=True):
            tridiagonal(lower, n, A, n, d, e, tau, rest, room, info)
        for d, e, info in lines:
            roots(n, d, e, info)
    return _found(values, done)


def _of_any(matrices: Array, bidiagonal: Routine, roots: Routine) -> Array:
    """All matrices made bidiagonal by reflections, then their singular values by differences of quotients."""
    count, out, inputs = matrices.shape
    least = min(out, inputs)
    values, beside, done = np.empty((count, least)), np.empty((count, least)), np.zeros(count, dtype=np.int64)
    work, more = np.empty((BLOCK + 2, out + inputs), dtype=np.complex128), np.empty(4 * least)
    sizes = np.array([inputs, out, least, BLOCK * (out + inputs)], dtype=np.int64)
    m, n, k, room = _addresses(sizes)
    left, right, rest = _addresses(work)[:3]
    lines = list(zip(_addresses(values), _addresses(beside), _addresses(done), strict=True))
    with ONE_THREAD:
        for A, (d, e, info) in zip(_addresses(matrices), lines, strict=True):
            bidiagonal(m, n, A, m, d, e, left, right, rest, room, info)
        for d, e, info in lines:
            roots(k, d, e, more.ctypes.data, info)
    return _found(values, done)


def _factored(matrices: Array, factor: Routine) -> int:
    sizes = np.array([matrices.shape[1], ord("L"), 0], dtype=np.int64)
    n, lower, info = _addresses(sizes)
    with ONE_THREAD:
        for k, A in enumerate(_addresses(matrices)):
            factor(lower, n, A, n, info)
            if sizes[2]:
                return k
    return len(matrices)


def _with_factors(stack: Array) -> int:
    for k, A in enumerate(stack):
        try:
            np.linalg.cholesky(A)
        except np.linalg.LinAlgError:
            return k
    return len(stack)


def _addresses(array: Array) -> range:
    """Where the rows of the first axis lie."""
    start = array.ctypes.data
    return range(start, start + array.nbytes, array.strides[0] or 1)


def _found(values: Array, info: Array) -> Array:
    """The values, if LAPACK found them all."""
    if info.any() or not np.isfinite(values).all():
        msg = "the values of a block must be found, but the rotations did not converge"
        raise np.linalg.LinAlgError(msg)
    return values
