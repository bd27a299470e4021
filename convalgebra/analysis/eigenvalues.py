"""Eigenvalues in closed form: exact one by one, floats with a bound all at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.analysis import finite_field as finite
from convalgebra.analysis import floating
from convalgebra.analysis.periodic import Periodic, check_square, exponents, recognised, root
from convalgebra.analysis.unity import gathered, is_zero
from convalgebra.errors import ArgumentError, EntryError

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

MOST_SHOWN_EXACTLY = 64  # eigenvalues; a sum of more roots of unity tells a reader nothing


class Eigenvalues(Sequence[Any]):
    """The eigenvalues of a matrix: `e[k]` is exact where the entries are, `np.asarray(e)` are floats.

    `e.bound` bounds the error of each float (of blocks: of the block, and with it of the eigenvalue of a normal one).
    Symbols stay symbols in `np.asarray(e)`.

    >>> import convalgebra as ca
    >>> e = ca.eigenvalues(ca.circulant([2, -1, 0, -1]))
    >>> e, e[1]
    ([0, 2, 4, 2], 2)
    >>> abs(np.asarray(e) - [0, 2, 4, 2]).max() <= e.bound
    np.True_
    """

    @abstractmethod
    def _exact(self, k: int) -> Any:
        """The k-th, exact where it can be."""

    @property
    @abstractmethod
    def _symbolic(self) -> bool:
        """Do they depend on symbols?"""

    @property
    @abstractmethod
    def _floats(self) -> tuple[Array, float]:
        """(all, the bound of their errors), without symbols."""

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return [self._exact(i) for i in range(*k.indices(len(self)))]
        place = integer(k, "the index of an eigenvalue")
        if not -len(self) <= place < len(self):
            msg = f"there are {len(self)} eigenvalues, no eigenvalue {place}"
            raise IndexError(msg)
        return self._exact(place % len(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # it is made anew
        values = rings.filled((len(self),), map(views.as_sympy, self)) if self._symbolic else self._floats[0]
        return values.astype(dtype) if dtype is not None else values.copy()

    @property
    def bound(self) -> float:
        """The largest error of a float of `np.asarray(self)`; 0 beside symbols."""
        return 0.0 if self._symbolic else self._floats[1]

    def __eq__(self, other: object) -> bool:
        if other is self or other is None:
            return other is self
        msg = "eigenvalues must be compared as floats or one by one, not as a whole; write np.asarray(e), or e[k]"
        raise ArgumentError(msg)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        try:
            return self._shown()
        except EntryError:
            return f"{len(self)} eigenvalues beyond the floats"

    def _shown(self) -> str:
        exact = len(self) <= MOST_SHOWN_EXACTLY or self._symbolic
        values = self[:12] if exact else [f"{v:.6g}" for v in self._floats[0][:12].tolist()]
        shown = [str(v) for v in values] + ["..."] * (len(self) > 12)
        return f"[{', '.join(shown)}]"

    def to_latex(self) -> str:
        """One line for each eigenvalue, as a sum of roots of unity."""
        from convalgebra.display.spectrum_latex import eigenvalues_latex  # noqa: PLC0415  # door

        return eigenvalues_latex(self)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.to_latex()}$"


@dataclass(frozen=True, eq=False, repr=False)
class FourierEigenvalues(Eigenvalues):
    """`lambda_f = sum over t of w[t] omega^(f . t)`, in DFT order."""

    kernel: Periodic

    def __len__(self) -> int:
        return self.kernel.size * len(self.kernel.kernel)

    @property
    def _symbolic(self) -> bool:
        return self.kernel.symbolic

    @cached_property
    def _floats(self) -> tuple[Array, float]:
        return floating.eigenvalues(self.kernel)

    def _exact(self, k: int) -> Any:
        if len(self.kernel.kernel) > 1 and self._symbolic:
            msg = "the eigenvalues of symbolic blocks have no closed form; write ca.characteristic_polynomial(C)"
            raise ArgumentError(msg)
        if len(self.kernel.kernel) > 1 or not self.kernel.exact:
            return self._floats[0][k].item()
        terms, order = self.terms(k)
        if len(terms) == 1 and 0 in terms:
            return terms[0]
        import sympy  # noqa: PLC0415

        return sympy.Add(*(views.as_sympy(c) * root(e, order) for e, c in terms.items()))

    def terms(self, k: int) -> tuple[dict[int, Any], int]:
        """({e: coefficient}, d): the eigenvalue as a sum of powers of a d-th root of unity.

        Numbers are reduced modulo the cyclotomic polynomial, so that equal eigenvalues look alike; symbols are not.
        """
        if self._symbolic:
            powers, order = exponents(self.kernel.box, k)
            row = gathered(self.kernel.flat, powers[self.kernel.alive], order)[0, 0]
        else:
            order, block = self.kernel.at(k)
            row = block[0, 0]
        return {e: c for e, c in enumerate(rings.public(row).tolist()) if c != 0} or {0: 0}, order

    @property
    def zeros(self) -> list[int]:
        """The places of the eigenvalues that are zero, decided exactly."""
        if not self.kernel.exact or len(self.kernel.kernel) > 1:
            msg = "the zeros are decided for exact scalar kernels, not floats or blocks; write ca.rank(C)"
            raise ArgumentError(msg)
        return sorted(int(f) for at in self.kernel.classes if is_zero(at.matrix) for f in at.members)


@dataclass(frozen=True, eq=False, repr=False)
class TridiagonalEigenvalues(Eigenvalues):
    """`a + 2 sqrt(b c) cos(k pi / (n + 1))`, k = 1, ..., n, of the Toeplitz matrix with the taps (b, a, c)."""

    taps: tuple[Any, Any, Any]
    n: int

    def __len__(self) -> int:
        return self.n

    @property
    def _symbolic(self) -> bool:
        return rings.is_symbolic(rings.entries(self.taps))

    @cached_property
    def _floats(self) -> tuple[Array, float]:
        values, e = floating.scaled(rings.entries(self.taps))
        b, a, c = values.astype(np.complex128)
        spread = 2 * _principal(complex(np.sqrt(b) * np.sqrt(c)))
        found = a + spread * np.cos(np.arange(1, self.n + 1) * np.pi / (self.n + 1))
        bound = 16 * floating.EPS * (abs(a) + abs(spread))
        real = values.dtype.kind == "f" and (values[0] * values[2] >= 0)
        return floating.shifted(found.real if real else found, e), float(floating.shifted(np.array(bound), e))

    def _exact(self, k: int) -> Any:
        if not rings.is_exact(rings.entries(self.taps)):
            return self._floats[0][k].item()
        import sympy  # noqa: PLC0415

        b, a, c = map(views.as_sympy, rings.public(rings.entries(self.taps)))
        return a + 2 * _root(b * c, sympy) * sympy.cos(sympy.Rational(k + 1, self.n + 1) * sympy.pi)


def _principal(root: complex) -> complex:
    """The one of the two square roots that `sqrt` of the product means."""
    return -root if (root.real, root.imag) < (0, 0) else root


def _root(value: Any, sympy: Any) -> Any:
    exact = value.is_Integer and value >= 0 and isqrt(int(value)) ** 2 == value
    return sympy.Integer(isqrt(int(value))) if exact else sympy.sqrt(value)


def eigenvalues(C: Operator, *, modulus: int | None = None) -> Any:
    """`lambda_f = sum over t of w[t] exp(-2 pi i f t / n)`: the DFT of the first column, in DFT order.

    On several axes the order is that of `np.fft.fftn(w).ravel()`; of block circulants come those of each frequency's
    block, as floats.  A tridiagonal Toeplitz matrix has `a + 2 sqrt(b c) cos(k pi / (n + 1))`.  `e[k]` is exact,
    `np.asarray(e)` are floats within `e.bound`.  `modulus=p` gives integers, the transform in GF(p).

    >>> import convalgebra as ca
    >>> ca.eigenvalues(ca.circulant([1, 2, 0]))
    [3, 1 + 2*exp(-2*I*pi/3), -1 - 2*exp(-2*I*pi/3)]
    >>> ca.eigenvalues(ca.toeplitz([2, -1, 0]))
    [sqrt(2) + 2, 2, 2 - sqrt(2)]
    >>> ca.eigenvalues(ca.circulant([1, 2, 3, 4]), modulus=5)
    array([0, 4, 3, 2])
    """
    check_square(C)
    if modulus is not None:
        return finite.eigenvalues(C, modulus)
    found = recognised(C)
    if found is not None:
        return FourierEigenvalues(found)
    taps = tridiagonal(C)
    if taps is None:
        msg = (
            "C must be a circulant, a block circulant or a tridiagonal Toeplitz matrix to have eigenvalues in closed "
            "form, not any matrix; write ca.characteristic_polynomial(C), or np.linalg.eigvals(C.to_numpy())"
        )
        raise ArgumentError(msg)
    return TridiagonalEigenvalues(taps, C.shape[0])


def tridiagonal(C: Operator) -> tuple[Any, Any, Any] | None:
    """(below, on, above the diagonal) of a Toeplitz matrix without others; None for any other matrix.

    >>> import convalgebra as ca
    >>> tridiagonal(ca.toeplitz([2, 1, 0], [2, 5, 0]))
    (1, 2, 5)
    """
    if not isinstance(C, Toeplitz) or C.weight.shape[:2] != (1, 1) or len(C.axes) > 1:
        return None
    axis, n = C.axes[0], C.shape[0]
    if (axis.mode, axis.stride, axis.out) != ("zeros", 1, axis.size):
        return None
    band = dict(zip((axis.dilation * np.arange(axis.taps) - axis.lo).tolist(), C.weight[0, 0].tolist(), strict=True))
    wide = rings.entries([0, *(v for k, v in band.items() if 1 < abs(k) < n)])
    return None if rings.nonzero(wide).any() else (band.get(-1, 0), band.get(0, 0), band.get(1, 0))
