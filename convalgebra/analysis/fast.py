"""Convolution with fewer products: bilinear algorithms `y = A^T [(G w) . (B^T x)]`, exact, each with its proof.

Toom and Cook evaluate both polynomials at points, multiply there, and interpolate; Winograd's short filters are the
transpose of that, and Karatsuba's three products are the points 0, 1 and infinity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from convalgebra.algebra import interpolation, rings
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.interpolation import coefficients, values
from convalgebra.algebra.kernel import symbols
from convalgebra.algebra.toeplitz import convolution_matrix
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.decide import prove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.verdicts import Proof

MOST_POINTS = 32


@dataclass(frozen=True, eq=False)
class Bilinear:
    """`y = A^T [(G w) . (B^T x)]`, one product for each row of G, in place of the products of the definition.

    `mode` says what it computes: "full" convolution, or "valid" correlation (the outputs of a filter).

    >>> import convalgebra as ca
    >>> fast = ca.winograd(2, 3)
    >>> fast([1, 10, 100], [1, 2, 3, 4]), fast.products, fast.direct
    (array([321, 432]), 4, 6)
    """

    AT: Operator
    G: Operator
    BT: Operator
    kernel: Box
    signal: Box
    mode: str

    @property
    def A(self) -> Operator:
        """The transpose of `AT`."""
        return self.AT.T

    @property
    def B(self) -> Operator:
        """The transpose of `BT`."""
        return self.BT.T

    @property
    def products(self) -> int:
        """The number of general multiplications."""
        return self.G.shape[0]

    @property
    def direct(self) -> int:
        """The number of multiplications of the definition."""
        return prod(self.kernel) * (self.AT.shape[0] if self.mode == "valid" else prod(self.signal))

    def matrix(self, w: Any) -> Operator:
        """The map x -> y for one kernel: `A^T diag(G w) B^T`."""
        taps = rings.entries(w, "the kernel")
        if taps.shape != self.kernel:
            msg = f"the kernel must have shape {self.kernel}, not {taps.shape}; write ca.winograd(m, r) for r taps"
            raise ShapeError(msg)
        A: Operator = self.AT @ diagonal(self.G @ taps.reshape(-1)) @ self.BT
        return A

    def claim(self, w: Any) -> Any:
        """`A^T diag(G w) B^T == the convolution matrix of w`."""
        op = "convolution" if self.mode == "full" else "correlation"
        n = self.signal if len(self.signal) > 1 else self.signal[0]
        return self.matrix(w) == convolution_matrix(w, n, mode=self.mode, op=op)

    def prove(self) -> Proof:
        """The proof of the identity for every kernel and signal, by symbols.

        >>> import convalgebra as ca
        >>> ca.toom_cook(2, 2).prove().scope
        'n=2 to 3, every kernel'
        """
        return prove(self.claim(symbols("w", self.kernel)))

    def __call__(self, w: Any, x: Any) -> Array:
        """The result for one kernel and one signal, in its box."""
        signal = rings.entries(x, "the signal")
        if signal.shape != self.signal:
            msg = f"the signal must have shape {self.signal}, not {signal.shape}"
            raise ShapeError(msg)
        y: Array = self.matrix(w) @ signal.reshape(-1)
        sign = 1 if self.mode == "full" else -1
        return y.reshape([n + sign * (k - 1) for n, k in zip(self.signal, self.kernel, strict=True)])

    @property
    def T(self) -> Bilinear:
        """The transposed algorithm, with as many products: full convolution <-> valid correlation (Tellegen).

        >>> import convalgebra as ca
        >>> ca.toom_cook(2, 3).T.mode
        'valid'
        """
        sign = 1 if self.mode == "full" else -1
        signal = tuple(n + sign * (k - 1) for n, k in zip(self.signal, self.kernel, strict=True))
        return Bilinear(self.BT.T, self.G, self.AT.T, self.kernel, signal, "valid" if sign > 0 else "full")

    def nested(self, other: Bilinear | None = None) -> Bilinear:
        """The algorithm on one axis more, the products multiplied: F(2x2, 3x3) has 16 of 36.

        >>> import convalgebra as ca
        >>> fast = ca.winograd(2, 3).nested()
        >>> fast.products, fast.direct
        (16, 36)
        """
        inner = self if other is None else other
        if inner.mode != self.mode:
            msg = f"nested algorithms must both be {self.mode!r}, not {inner.mode!r}; write other.T"
            raise ArgumentError(msg)
        AT, G, BT = kron(self.AT, inner.AT), kron(self.G, inner.G), kron(self.BT, inner.BT)
        return Bilinear(AT, G, BT, self.kernel + inner.kernel, self.signal + inner.signal, self.mode)


def toom_cook(m: int, r: int, points: Sequence[Any] | None = None) -> Bilinear:
    """The full convolution of m samples and r taps by m + r - 1 products: values at points, and interpolation.

    `points` are m + r - 2 different rational numbers (0, 1, -1, 2, -2, 1/2, ... by default); infinity, where a
    polynomial has its leading coefficient, is added.  Sources: Karatsuba 1962 (m = r = 2), Toom 1963, Cook 1966.

    >>> import convalgebra as ca
    >>> ca.toom_cook(2, 2)([3, 1], [5, 2])
    array([15, 11,  2])
    """
    integer(m, "m", 1, MOST_POINTS)
    integer(r, "r", 1, MOST_POINTS)
    places = _points(points, m + r - 2)
    AT, G, BT = (matrix(t) for t in (coefficients(places), values(places, r), values(places, m)))
    return Bilinear(AT, G, BT, (r,), (m,), "full")


def winograd(m: int, r: int, points: Sequence[Any] | None = None) -> Bilinear:
    """F(m, r): m outputs of a filter of r taps, `y[i] = sum of w[t] x[i + t]`, by m + r - 1 products instead of m*r.

    The transpose of `toom_cook`, scaled so that B^T has no more fractions than the points need, as Lavin and Gray.
    Sources: Winograd 1980; Lavin and Gray 2016.

    >>> import convalgebra as ca
    >>> fast = ca.winograd(2, 3)
    >>> fast.G.to_numpy()
    array([[1, 0, 0],
           [Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)],
           [Fraction(1, 2), Fraction(-1, 2), Fraction(1, 2)],
           [0, 0, 1]], dtype=object)
    >>> fast.prove().scope
    'n=4 to 2, every kernel'
    """
    plain = toom_cook(m, r, points).T
    places = _points(points, m + r - 2)
    scale = [prod((a - b for b in places if b != a), start=Fraction(1)) for a in places] + [Fraction(1)]
    if scale[0] < 0:
        scale[0] = -scale[0]
    G, BT = diagonal([1 / f for f in scale]) @ plain.G, diagonal(scale) @ plain.BT
    return replace(plain, G=matrix(G.to_numpy()), BT=matrix(BT.to_numpy()))


def _points(points: Sequence[Any] | None, count: int) -> list[Fraction]:
    if points is None:
        return interpolation.points(count)
    given = rings.public(rings.entries(points, "the points")).reshape(-1).tolist()
    found = [Fraction(p) for p in given if isinstance(p, int | float | Fraction)]
    if len(found) != count or len(set(found)) != count:
        msg = f"points must be {count} different rational numbers (infinity is added), not {points}"
        raise ArgumentError(msg)
    return found
