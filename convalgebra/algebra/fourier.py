"""The discrete Fourier transform as a matrix: numeric when it is applied, roots of unity when it is proved with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.combinators import scale
from convalgebra.algebra.indexing import box_of, choice
from convalgebra.algebra.operator import Operator, product_rule
from convalgebra.algebra.pattern import Pattern
from convalgebra.algebra.protocol import for_all_sizes
from convalgebra.algebra.selection import Selection

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box, Size
    from convalgebra.algebra.rings import Array

NORMS = ("backward", "ortho", "forward")


@final
@dataclass(frozen=True, eq=False, repr=False)
class Fourier(Operator):
    """`F[f, j] = exp(-2 pi i f j / n)`, scaled; with `sign=1` its conjugate."""

    n: int
    norm: str
    sign: int = -1
    exact: bool = False

    @property
    def boxes(self) -> tuple[Box, Box]:
        return (self.n,), (self.n,)

    def pattern(self, rows: Array | None = None) -> Pattern:
        rings.check_memory(self.n * (self.n if rows is None else len(rows)), 24, "the pattern of the Fourier matrix")
        rows = np.arange(self.n) if rows is None else np.asarray(rows, dtype=np.int64)
        taps = self.exponents(rows)
        cols = np.broadcast_to(np.arange(self.n), taps.shape)
        return Pattern(np.repeat(rows, self.n), cols.reshape(-1), taps.reshape(-1), self._weights)

    def exponents(self, rows: Array) -> Array:
        """`f j mod n`, the powers of the root of unity in these rows."""
        powers: Array = rows[:, None] * np.arange(self.n) % self.n
        return powers

    @property
    def _weights(self) -> Array:
        return self._roots() if self.exact else self._floats()

    def _floats(self) -> Array:
        # each angle is reduced to the first octant's neighbourhood by exact integers, so that n = 4 gives exactly -i
        k = np.arange(self.n)
        quarter, rest = np.divmod(4 * k + self.n // 2, self.n)
        angle = (rest - self.n // 2) * (np.pi / (2 * self.n))
        scale = {"backward": 1.0, "ortho": self.n**-0.5, "forward": 1 / self.n}[self.norm]
        units = np.array([1, 1j, -1, -1j], dtype=np.complex128)[self.sign * quarter % 4]
        roots: Array = scale * (np.cos(angle) + self.sign * 1j * np.sin(angle)) * units
        return roots

    def _roots(self) -> Array:
        import sympy  # noqa: PLC0415

        scale = {"backward": sympy.Integer(1), "ortho": 1 / sympy.sqrt(self.n), "forward": sympy.Rational(1, self.n)}[
            self.norm
        ]
        unit = self.sign * 2 * sympy.I * sympy.pi / self.n
        return rings.entries([scale * sympy.exp(unit * k) for k in range(self.n)], "roots")

    def _apply(self, x: Array) -> Array:
        if x.dtype.kind == "O":
            return super()._apply(x)
        inverse = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
        norm: Any = self.norm if self.sign < 0 else inverse[self.norm]
        return np.asarray((np.fft.fft if self.sign < 0 else np.fft.ifft)(x, axis=0, norm=norm))

    def _exactly(self) -> Operator:
        return replace(self, exact=True)

    def _adjoint(self, conjugate: bool) -> Operator:
        return replace(self, sign=-self.sign) if conjugate else self


@product_rule(Fourier, Fourier)
def fourier_twice_is_a_flip(left: Fourier, right: Fourier) -> Operator | None:
    """F F = n flip (i -> -i mod n) and F conj(F) = n I, scaled by the norms; kept apart where sqrt(n) is left over."""
    powers = {"backward": Fraction(1, 2), "ortho": Fraction(0), "forward": Fraction(-1, 2)}
    power = powers[left.norm] + powers[right.norm]
    if power.denominator != 1:
        return None
    places = np.arange(left.n)
    turned = places if left.sign != right.sign else -places % left.n
    return scale(Fraction(left.n) ** int(power), Selection(turned, left.boxes))


@for_all_sizes
def dft(n: Size, norm: str = "backward") -> Operator:
    """`F[f, j] = exp(-2 pi i f j / n)`, times 1 ("backward"), 1/sqrt(n) ("ortho") or 1/n ("forward"), as numpy.fft.

    On a box of several axes F is the Kronecker product of the transforms of the axes.  NumPy sees complex floats;
    `to_sympy` and proofs see exact roots of unity.

    >>> import convalgebra as ca
    >>> ca.dft(4).to_sympy()
    Matrix([
    [1,  1,  1,  1],
    [1, -I, -1,  I],
    [1, -1,  1, -1],
    [1,  I, -1, -I]])
    """
    choice(norm, "norm", NORMS)
    return kron(*(Fourier(size, norm) for size in box_of(n)))
