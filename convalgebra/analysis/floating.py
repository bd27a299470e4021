"""Spectra of float kernels by the FFT, and the bound of its rounding.

The FFT of n places is off by at most `8 eps log2(2 n)` of its 2-norm (Higham, Accuracy and Stability, section 24.1, and
room for the two further transforms of a prime length); kernels are scaled by a power of two first, so that neither
huge nor tiny entries leave the range in between.
"""

from __future__ import annotations

from fractions import Fraction
from math import frexp, log2
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.analysis.periodic import Periodic, singular
from convalgebra.errors import EntryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.rings import Array

EPS = float(np.finfo(np.float64).eps)
IN_RANGE = 1000  # exponents of two that floats have


def scaled(values: Array) -> tuple[Array, int]:
    """(floats, e) with `values = floats * 2^e` up to one rounding each, the largest of the floats about 1.

    >>> scaled(np.array([2**80, 2**1200], dtype=object))
    (array([0. , 0.5]), 1201)
    """
    if values.dtype.kind in "fc":
        e = frexp(float(np.abs(np.ascontiguousarray(values).view(np.float64)).max(initial=0.0)))[1]
        return shifted(values, -e), e
    exact = [Fraction(v) for v in values.ravel().tolist()]
    e = max(v.numerator.bit_length() - v.denominator.bit_length() + 1 if v else 0 for v in exact)
    return np.array([float(v / Fraction(2) ** e) for v in exact], dtype=np.float64).reshape(values.shape), e


def shifted(values: Array, e: int) -> Array:
    """`values * 2^e`, in two steps where 2^e itself is out of range; infinite beyond the range of floats.

    >>> shifted(np.array([1.0, 3.0]), -1073)
    array([1.e-323, 3.e-323])
    """
    with np.errstate(over="ignore", under="ignore"):
        if abs(e) < IN_RANGE:
            return np.asarray(values * 2.0**e)
        parts = np.ascontiguousarray(values).view(np.float64)
        found: Array = np.ldexp(np.ldexp(parts, e // 2), e - e // 2).view(values.dtype)
    return found.reshape(values.shape)


def blocks(C: Periodic) -> tuple[Array, int, float]:
    """(B, e, bound): the frequency blocks (frequencies, rows, columns) are `B 2^e`, each entry within `bound 2^e`."""
    if C.symbolic:
        msg = "the entries must be numbers, not symbols; write C.subs(values)"
        raise EntryError(msg)
    floats, e = scaled(C.kernel)
    axes = tuple(range(2, floats.ndim))
    transformed = np.fft.fftn(floats, axes=axes).reshape(*floats.shape[:2], -1)
    size = np.sqrt(np.max(np.sum(np.abs(floats) ** 2, axis=axes)) * C.size)
    return np.moveaxis(transformed, -1, 0), e, 8 * EPS * log2(2 * C.size) * float(size)


def eigenvalues(C: Periodic) -> tuple[Array, float]:
    """(the eigenvalues in DFT order, those of a frequency's block together, their bound)."""
    found, e, bound = blocks(C)
    values = found[:, 0, 0] if len(C.kernel) == 1 else np.linalg.eigvals(found).reshape(-1)
    most = float(shifted(np.array(bound * len(C.kernel)), e))
    return _in_range(shifted(values.astype(np.complex128), e), "the eigenvalues"), most


def _in_range(values: Array, what: str) -> Array:
    if not np.isfinite(values).all():
        msg = f"{what} must be floats below 2**1024, not larger; scale C, or take them exactly, one by one"
        raise EntryError(msg)
    return values


def _regular(C: Periodic) -> tuple[Array, int, float]:
    """The blocks, refused where one is singular to working precision."""
    found, e, bound = blocks(C)
    smallest = singular_values(found)[:, -1]
    zeros = np.flatnonzero(smallest <= bound * len(C.kernel))
    if len(zeros):
        raise singular(C, zeros.tolist())
    return found, e, bound


def rank(C: Periodic) -> int:
    """The number of singular values above the bound."""
    found, _, bound = blocks(C)
    return int((singular_values(found) > bound * max(C.kernel.shape[:2])).sum())


def det(C: Periodic) -> float | complex:
    """The product of the eigenvalues; overflow is infinite, underflow zero."""
    found, e, _ = blocks(C)
    values = np.linalg.det(found)
    mantissa, exponent = complex(1), e * len(C.kernel) * C.size
    for value in values.tolist():
        mantissa *= value
        if mantissa == 0:
            return 0.0 if C.kernel.dtype.kind == "f" else 0j
        shift = frexp(max(abs(mantissa.real), abs(mantissa.imag)))[1]
        mantissa, exponent = mantissa * 2.0**-shift, exponent + shift
    whole = shifted(np.array(mantissa), max(min(exponent, 2200), -2200))
    return float(whole.real) if C.kernel.dtype.kind == "f" else complex(whole)


def inverse(C: Periodic) -> Periodic:
    """The inverse, block by block."""
    found, e, _ = _regular(C)
    return _back(np.linalg.inv(found), -e, C)


def pinv(C: Periodic) -> Periodic:
    """The Moore-Penrose inverse; singular values within the bound count as zero."""
    found, e, bound = blocks(C)
    largest = singular_values(found)[:, 0]
    cut = np.minimum(bound * max(C.kernel.shape[:2]) / np.where(largest, largest, 1), 1)
    return _back(np.linalg.pinv(found, rcond=cut), -e, C)


def _back(found: Array, e: int, C: Periodic) -> Periodic:
    shape = (C.kernel.shape[1], C.kernel.shape[0], *C.box)
    kernel = np.fft.ifftn(np.moveaxis(found, 0, -1).reshape(shape), axes=tuple(range(2, len(shape))))
    kernel = shifted(kernel.real.copy() if C.kernel.dtype.kind == "f" else kernel, e)
    return Periodic(_in_range(kernel, "the entries of the inverse"), C.channels)


def solve(C: Periodic, b: Array) -> Array:
    """`C x = b` for columns b, by one transform each way."""
    found, e, _ = _regular(C)
    return _through(C, b, np.linalg.solve if len(C.kernel) > 1 else lambda B, y: y / B, found, -e)


def multiply(C: Periodic, x: Array) -> Array:
    """`C x` for columns x, by one transform each way."""
    found, e, _ = blocks(C)
    return _through(C, x, np.matmul, found, e)


def _through(C: Periodic, x: Array, act: Callable[[Array, Array], Array], found: Array, e: int) -> Array:
    """`F^-1 act(blocks, F x)`, times 2^e."""
    columns, f = scaled(x)
    axes = tuple(range(1, 1 + len(C.box)))
    moved = np.fft.fftn(columns.reshape(-1, *C.box, x.shape[1]), axes=axes)
    answer = np.moveaxis(act(found, np.moveaxis(moved.reshape(len(moved), C.size, -1), 1, 0)), 0, 1)
    y = np.fft.ifftn(answer.reshape(-1, *moved.shape[1:]), axes=axes).reshape(-1, x.shape[1])
    real = C.kernel.dtype.kind != "c" and columns.dtype.kind == "f"
    return _in_range(shifted(y.real.copy() if real else y, f + e), "the result")


def singular_values(found: Array) -> Array:
    """Those of each block, in descending order: (frequencies, values)."""
    scalar = found.shape[1:] == (1, 1)
    return np.abs(found[:, 0]) if scalar else np.linalg.svd(found, compute_uv=False)


def condition_number(C: Periodic) -> float:
    """The largest over the smallest singular value; infinite where the smallest is within the bound."""
    found, _, bound = blocks(C)
    values = singular_values(found)
    smallest = float(values.min())
    return float(values.max()) / smallest if smallest > bound * max(C.kernel.shape[:2]) else float("inf")
