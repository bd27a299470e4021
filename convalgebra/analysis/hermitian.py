"""Eigenvalues of many Hermitian matrices: LAPACK's two steps alone, each matrix in the cache, on any thread.

`zheevd` first looks for the largest entry, by hypot for each, and reduces in blocks of 32: that is a sixth of its time.
Here the matrices are known to be of moderate size, and smaller blocks are faster.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.analysis.blas import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.rings import Array

    Routine = Callable[..., None]

LEAST_SIDE = 24  # below, calls one by one cost more than they save
LEAST_WORK = 2**25  # count * side^3 that is worth loading SciPy
BLOCK = 8  # columns that zhetrd reduces at a time
ROUTINES = {"zhetrd": "ciziddzzii", "dsterf": "iddi"}  # letters of `_kinds`


def eigenvalues(stack: Array, count: int = 1) -> Array:
    """The eigenvalues of each matrix of (..., side, side), ascending, as np.linalg.eigvalsh; no entry above 1e150.

    The stack is a part of `count` matrices.

    >>> eigenvalues(np.array([[[2, 1j], [-1j, 2]]]))
    array([[1., 3.]])
    """
    side = stack.shape[-1]
    loaded = "scipy.linalg" in sys.modules or count * side**3 >= LEAST_WORK
    routines = _routines() if stack.dtype.kind == "c" and side >= LEAST_SIDE and loaded else None
    if routines is None:
        values: Array = np.linalg.eigvalsh(stack)
        return values
    with ONE_THREAD:
        return _reduced(stack.reshape(-1, side, side), *routines).reshape(stack.shape[:-1])


def _reduced(stack: Array, tridiagonal: Routine, roots: Routine) -> Array:
    """Each matrix made tridiagonal by reflections, then its eigenvalues by rotations; all arguments are addresses."""
    count, side = stack.shape[:2]
    matrix, work = np.empty((side, side), dtype=np.complex128), np.empty((BLOCK + 1, side), dtype=np.complex128)
    found, beside = np.empty((count, side)), np.empty(side)
    lower, n, room, info = ctypes.c_char(b"L"), ctypes.c_int(side), ctypes.c_int(BLOCK * side), ctypes.c_int(0)
    L, N, size, failed = (ctypes.addressof(v) for v in (lower, n, room, info))
    A, e, tau, rest = (a.ctypes.data for a in (matrix, beside, work[0], work[1:]))
    for k in range(count):
        np.copyto(matrix, stack[k])  # its rows are columns to LAPACK: the conjugate, with the same eigenvalues
        d = found.ctypes.data + k * found.strides[0]
        tridiagonal(L, N, A, N, d, e, tau, rest, size, failed)
        roots(N, d, e, failed)
        if info.value:
            msg = "the eigenvalues of a block must be found, but the rotations did not converge"
            raise np.linalg.LinAlgError(msg)
    return found


@lru_cache(maxsize=1)
def _routines() -> tuple[Routine, Routine] | None:
    """LAPACK's zhetrd and dsterf as SciPy hands them to other libraries; None where their arguments are others."""
    from scipy.linalg import cython_lapack  # noqa: PLC0415  # SciPy is loaded only for much work

    capsules = getattr(cython_lapack, "__pyx_capi__", {})
    first, second = (_routine(capsules.get(name), kinds) for name, kinds in ROUTINES.items())
    return None if first is None or second is None else (first, second)


def _routine(capsule: Any, kinds: str) -> Routine | None:
    """The function of the capsule, called without the interpreter's lock, if its arguments point to such kinds."""
    if capsule is None:
        return None
    name_of, address_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    address_of.restype, address_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = name_of(capsule)
    if _kinds(name.decode()) != kinds:
        return None
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(kinds))(address_of(capsule, name))


def _kinds(signature: str) -> str:
    """A letter for each argument; "?" for integers of another width.

    >>> _kinds("void (char *, int *, __pyx_t_double_complex *, __pyx_t_lapack_d *, int64_t *)")
    'cizd?'
    """
    known = {"char": "c", "int": "i", "__pyx_t_double_complex": "z"}
    names = [part.strip(" *") for part in signature.removeprefix("void (").removesuffix(")").split(",")]
    return "".join(known.get(name, "d" if name.endswith("_d") else "?") for name in names)
