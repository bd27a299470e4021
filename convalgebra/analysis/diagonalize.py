"""`F C F^-1 = diag(DFT w)`: the diagonal form of everything that commutes with shifts, verified exactly.

Three finite facts make the identity, for every kernel at once: C places tap t at (i, j) exactly when i - j = t; the
exponents of `F S` and `D F` agree modulo n; and `F F* = n I`, because Phi_d divides 1 + x + ... + x^(d-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import block, kron
from convalgebra.algebra.cyclotomic import roots_cancel
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import Fourier, dft
from convalgebra.algebra.indexing import flat_index, integer
from convalgebra.algebra.operator import Claim
from convalgebra.algebra.selection import identity
from convalgebra.algebra.toeplitz import Circulant, Toeplitz
from convalgebra.analysis.eigenvalues import MOST_SHOWN_EXACTLY, FourierEigenvalues
from convalgebra.analysis.periodic import Periodic, is_circular, periodic
from convalgebra.errors import ArgumentError
from convalgebra.proofs.calculus.proving import SoundnessError
from convalgebra.proofs.verdicts import Proof

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True, eq=False, repr=False)
class Diagonalization:
    """`F C F^-1 = D`: the Fourier matrix, the diagonal (with channels: a matrix of diagonals), and the proof.

    >>> import convalgebra as ca
    >>> d = ca.diagonalize(ca.circulant([1, 2, 0]))
    >>> d
    F C F^-1 = diag(3, 1 + 2*exp(-2*I*pi/3), -1 - 2*exp(-2*I*pi/3))
    >>> print(d.proof)
    proved for n=3, every kernel, over ZZ: C = sum_t w[t] S^t, F S = D F by exponents modulo n, and F F* = n I
    """

    C: Operator
    kernel: Periodic

    @property
    def F(self) -> Operator:
        """The Fourier matrix of the box; with channels the same on each, `I (x) F`."""
        return self._on_channels(dft(self.kernel.box), self.kernel.kernel.shape[0])

    @property
    def inverse(self) -> Operator:
        """`F^-1 = F* / n`, acting on the input's channels."""
        F = kron(*(Fourier(n, "forward", 1) for n in self.kernel.box))
        return self._on_channels(F, self.kernel.kernel.shape[1])

    def _on_channels(self, F: Operator, channels: int) -> Operator:
        return kron(identity(channels), F) if self.kernel.channels else F

    @property
    def eigenvalues(self) -> FourierEigenvalues:
        """The eigenvalues in DFT order, of one channel or of square blocks."""
        if not self.kernel.square:
            msg = "C must have as many outputs as inputs to have eigenvalues; write ca.singular_values(layer, in_shape)"
            raise ArgumentError(msg)
        return FourierEigenvalues(self.kernel)

    @cached_property
    def diagonal(self) -> Operator:
        """diag(DFT w), exact where the kernel is and up to 64 places; with channels the block matrix of such diagonals.

        `eigenvalues[k]` is exact at every size.
        """
        parts = [[diagonal(_values(Periodic(w[None, None]))) for w in row] for row in self.kernel.kernel]
        return block(parts) if self.kernel.channels else parts[0][0]

    @property
    def claim(self) -> Claim:
        """The statement `F C = D F`."""
        width = self.kernel.kernel.shape[1]
        return Claim(self.F @ self.C, self.diagonal @ self._on_channels(dft(self.kernel.box), width))

    @property
    def proof(self) -> Proof:
        """What was verified, for every kernel of this size."""
        size = " x ".join(map(str, self.kernel.box))
        because = "C = sum_t w[t] S^t, F S = D F by exponents modulo n, and F F* = n I"
        method = "exponents modulo n, remainders modulo cyclotomic polynomials"
        return Proof(self.claim, f"n={size}, every kernel", method, self.C.ring, because=because)

    def block(self, frequency: int) -> Array:
        """The channel matrix at a flat frequency, exact where the kernel is.

        >>> import convalgebra as ca
        >>> layer = ca.Conv([[[1, 2]], [[3, 4]]], padding=(0, 1), padding_mode="circular")
        >>> ca.diagonalize(layer.matrix((1, 4))).block(2)
        array([[-1],
               [-1]])
        """
        if integer(frequency, "frequency", 0) >= self.kernel.size:
            msg = f"frequency must be one of 0..{self.kernel.size - 1}, not {frequency}; write d.block(0)"
            raise ArgumentError(msg)
        kernel = self.kernel.kernel
        values = [FourierEigenvalues(Periodic(w[None, None]))[frequency] for row in kernel for w in row]
        return rings.public(rings.entries(values)).reshape(kernel.shape[:2])

    def to_latex(self) -> str:
        """The identity, the matrix F by exponents, and the eigenvalues as sums of roots of unity."""
        from convalgebra.display.spectrum_latex import diagonal_form_latex  # noqa: PLC0415  # door

        return diagonal_form_latex(self)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.to_latex()}$"

    def __repr__(self) -> str:
        if self.kernel.channels:
            rows, columns = self.kernel.kernel.shape[:2]
            return f"F C F^-1 = {rows} x {columns} diagonals of {self.kernel.size} frequencies"
        return f"F C F^-1 = diag({repr(self.eigenvalues)[1:-1]})"


def _values(kernel: Periodic) -> Any:
    found = FourierEigenvalues(kernel)
    exact = kernel.symbolic or (kernel.exact and kernel.size <= MOST_SHOWN_EXACTLY)
    return list(found) if exact else np.asarray(found)


def diagonalize(C: Operator) -> Diagonalization:
    """`F C F^-1 = diag(DFT w)` for circulants on any box; `(I (x) F) C (I (x) F)^-1` is blocks of diagonals for layers.

    The identity is verified before it is returned: in exact arithmetic on exponents and remainders modulo cyclotomic
    polynomials, for every kernel of the size at once, symbols or floats alike.  Source: Davis, Circulant Matrices.

    >>> import convalgebra as ca
    >>> d = ca.diagonalize(ca.circulant(ca.symbols("w", 2)))
    >>> d.diagonal.to_sympy()
    Matrix([
    [w0 + w1,       0],
    [      0, w0 - w1]])
    >>> bool(d.claim)
    True
    """
    found = periodic(C)
    if not (_places_its_taps_by_differences(C, found) and all(map(diagonalises_the_shift, found.box))):
        msg = "the diagonal form failed its own check; please report the kernel"
        raise SoundnessError(msg)
    return Diagonalization(C, found)


def _places_its_taps_by_differences(C: Operator, found: Periodic) -> bool:
    """C = sum_t w_t S^t: every line (i, j, t) of the matrix has i - j = t, and every row all taps of its channel.

    The kernel of an operator that is neither atom was read off its entries, all of them compared.
    """
    if isinstance(C, Circulant):
        lines = C.pattern()
        whole = len(lines.rows) == found.size * np.count_nonzero(rings.nonzero(C.c))
        return bool(whole and np.array_equal(_difference(lines.rows, lines.cols, found.box), lines.taps))
    return not is_circular(C) or _layer_places_its_taps(C, found.box)


def _difference(p: Array, q: Array, box: Box) -> Array:
    """The flat place p - q."""
    if len(box) == 1:
        return np.asarray((p - q) % box[0])
    places = zip(np.unravel_index(p, box), np.unravel_index(q, box), box, strict=True)
    return flat_index([(i - j) % n for i, j, n in places], box)


def _layer_places_its_taps(C: Toeplitz, box: Box) -> bool:
    """Weight (o, c, t) stands at (o, p), (group of o and c, q) exactly when p - q = lo - dilation t."""
    lines, (rows, depth, *taps) = C.pattern(), C.weight.shape
    channel, tap = np.divmod(lines.taps, prod(taps))
    (o, p), (i, q) = (np.divmod(places, prod(box)) for places in (lines.rows, lines.cols))
    grid = zip(C.axes, np.indices(taps).reshape(len(taps), -1), strict=True)
    place = flat_index([(a.lo - a.dilation * t) % a.size for a, t in grid], box)
    reads = o // (rows // C.groups) * depth + channel % depth
    facts = [(o, channel // depth), (i, reads), (_difference(p, q, box), place[tap])]
    every = len(np.unique(lines.rows * C.weight.size + lines.taps)) == len(lines.taps) == C.weight.size * prod(box)
    return every and all(np.array_equal(*sides) for sides in facts)


@lru_cache(maxsize=256)
def diagonalises_the_shift(n: int) -> bool:
    """`F S = D F` with D = diag(omega^f), and `F F* = n I`, exactly.

    >>> diagonalises_the_shift(12)
    True
    """
    frequencies = np.arange(n)
    exponents = Fourier(n, "backward").exponents(frequencies)
    shifted = np.concatenate([exponents[:, 1:], exponents[:, :1]], axis=1)
    moved = not exponents[:, 0].any() and np.array_equal(shifted, (exponents + frequencies[:, None]) % n)
    return moved and all(roots_cancel(d) for d in range(2, n + 1) if n % d == 0)
