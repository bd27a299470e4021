"""The five steps of the tour: each computes, compares and proves, and returns what it found."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2, prod
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.combinators import Product
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.kernel import Kernel, symbols
from convalgebra.algebra.selection import shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.errors import UndecidedError
from convalgebra.layers.conv import Conv
from convalgebra.proofs.decide import decide, prove
from convalgebra.proofs.verdicts import Refutation
from convalgebra.tour.filters import BLUR, LAPLACE, steady, strided

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.verdicts import Proof

FOURIER_SIZE = 8
STACK_SIZE = 6


@dataclass(frozen=True, eq=False)
class Built:
    """The explicit matrix, and what it weighs."""

    layer: Conv
    matrix: Operator
    sparse: Any
    seconds: float

    @property
    def bytes(self) -> int:
        """Memory of the sparse matrix."""
        return int(self.sparse.data.nbytes + self.sparse.indices.nbytes + self.sparse.indptr.nbytes)

    @property
    def dense_bytes(self) -> int:
        """Memory that the dense matrix would need."""
        return 8 * prod(self.matrix.shape)


def build(pixels: Array) -> Built:
    """The matrix of the strided layer on the photograph."""
    layer = strided()
    start = perf_counter()
    matrix = layer.matrix(pixels.shape)
    sparse = matrix.to_sparse()
    return Built(layer, matrix, sparse, perf_counter() - start)


@dataclass(frozen=True, eq=False)
class Compared:
    """The outputs of four ways to compute one layer: name -> (formula, seconds, whether all integers agree)."""

    ways: dict[str, tuple[float, bool]]
    output: Array
    distance: float
    bound: float
    factors: Proof

    @property
    def agree(self) -> bool:
        """Do all ways give the same integers?"""
        return all(equal for _, equal in self.ways.values())


def compare(built: Built, pixels: Array) -> Compared:
    """Sliding window, matrix, D T P and the Fourier transform on the photograph, integer by integer."""
    layer, x, box = built.layer, pixels.reshape(-1), built.layer.output_shape(pixels.shape)
    D, T, P = layer.factors(pixels.shape)
    output, first = _timed(lambda: sliding_window(layer, pixels))
    spectral, last = _timed(lambda: by_fourier(layer, pixels))
    rounded = np.rint(spectral)
    results = {
        "matrix": _timed(lambda: (built.sparse @ x).reshape(box)),
        "factors": _timed(lambda: (D @ (T @ (P @ x))).reshape(box)),
        "Fourier": (rounded.astype(np.int64), last),
    }
    ways = {name: (seconds, bool(np.array_equal(y, output))) for name, (y, seconds) in results.items()}
    distance, bound = float(np.abs(spectral - rounded).max()), fourier_bound(layer, pixels)
    return Compared({"window": (first, True), **ways}, output, distance, bound, prove(built.matrix == D @ T @ P))


def _timed(compute: Callable[[], Array]) -> tuple[Array, float]:
    start = perf_counter()
    result = compute()
    return result, perf_counter() - start


def sliding_window(layer: Conv, pixels: Array) -> Array:
    """The layer by NumPy alone: windows of the padded picture times the kernel."""
    padded = _padded(layer, pixels)
    windows = np.lib.stride_tricks.sliding_window_view(padded, layer.kernel_size, axis=(1, 2))
    i, j = (slice(None, None, s) for _, s, _ in layer._windows)
    y: Array = np.einsum("ocuv,cijuv->oij", layer.weight, windows[:, i, j], optimize=True)
    return y


def by_fourier(layer: Conv, pixels: Array) -> Array:
    """The layer in floating point: `F^-1 (conj(F w) . F x)` on a box that holds the padded picture."""
    padded = _padded(layer, pixels)
    size = _fourier_box(padded)
    x, w = np.fft.rfft2(padded, size), np.fft.rfft2(layer.weight, size)
    y: Array = np.fft.irfft2(np.einsum("ocij,cij->oij", np.conj(w), x), size)
    ((_, s, _), (_, t, _)), (_, rows, cols) = layer._windows, layer.output_shape(pixels.shape)
    return y[:, : s * rows : s, : t * cols : t]


def fourier_bound(layer: Conv, pixels: Array) -> float:
    """`4 L eta sqrt(N) sum_c |w_c| |x_c|`, L = log2 N, eta = 8 eps, plus higher orders: no output errs by more.

    Each transform of N = 2^L places errs by at most L eta in the relative 2-norm (Higham, Accuracy and Stability of
    Numerical Algorithms, 2nd edition, Theorem 24.2, where eta is below 8 eps): one for x, one for w, one back, and one
    more for the products.
    """
    places = prod(_fourier_box(_padded(layer, pixels)))
    x = np.sqrt((pixels.astype(np.float64) ** 2).sum(axis=(1, 2)))
    w = np.sqrt((layer.weight.astype(np.float64) ** 2).sum(axis=(2, 3)))
    step = log2(places) * 8 * np.finfo(np.float64).eps
    return float(((1 + step) ** 4 - 1) * np.sqrt(places) * (w @ x).max())


def _padded(layer: Conv, pixels: Array) -> Array:
    return np.pad(pixels, [(0, 0), *layer.padding])  # type: ignore[misc]


def _fourier_box(padded: Array) -> tuple[int, int]:
    """Powers of two that hold the padded picture."""
    height, width = (2 ** int(n - 1).bit_length() for n in padded.shape[1:])
    return height, width


@dataclass(frozen=True, eq=False)
class Shifted:
    """Equivariance with circular padding, for both unit shifts, and its failure with zero padding.

    Of `outputs`, counted over all filters, `failing` differ; `places` says where any filter does.
    """

    proofs: tuple[Proof, ...]
    refutation: Refutation
    steps: tuple[int, int]
    outputs: int
    failing: int
    picture: Array
    places: Array


def shift_test(pixels: Array, steps: tuple[int, int]) -> Shifted:
    """`A S == S A`: proved for the generators of all shifts, refuted with zeros around the picture."""
    proofs = tuple(prove(_commutes(steady("circular"), pixels, step)) for step in ((1, 0), (0, 1)))
    zeros = steady("zeros")
    places = differing_rows(_commutes(zeros, pixels, steps)).reshape(zeros.output_shape(pixels.shape))
    return Shifted(
        proofs=proofs,
        refutation=refuted(_commutes(zeros, pixels, (1, 0))),
        steps=steps,
        outputs=places.size,
        failing=int(places.sum()),
        picture=zeros(np.roll(pixels, steps, (1, 2)))[1],
        places=np.asarray(places.any(axis=0)),
    )


def _commutes(layer: Conv, pixels: Array, steps: tuple[int, int]) -> Any:
    A = layer.matrix(pixels.shape)
    rows, cols = A.boxes
    return A @ shift(cols, (0, *steps)) == shift(rows, (0, *steps)) @ A


def refuted(claim: Any) -> Refutation:
    """The refutation of a claim that is false."""
    verdict = decide(claim)
    if not isinstance(verdict, Refutation):
        msg = f"the claim must be refuted, not {type(verdict).__name__}; write ca.decide(claim)"
        raise UndecidedError(msg, verdict)
    return verdict


def differing_rows(claim: Any) -> Array:
    """For each row, whether the two sides differ in it: there is an input whose output there differs."""
    difference = claim.left.to_sparse() - claim.right.to_sparse()  # which stores no zeros
    rows: Array = np.diff(difference.indptr) > 0
    return rows


@dataclass(frozen=True, eq=False)
class Diagonalised:
    """`F C == diag(F w) F`, with a symbol for every entry of w."""

    circulant: Operator
    eigenvalues: Array
    proof: Proof
    spectrum: Array


def diagonalise() -> Diagonalised:
    """The Fourier matrix turns every circulant of size 8 into a diagonal."""
    w = symbols("w", FOURIER_SIZE)
    C, F = circulant(w), dft(FOURIER_SIZE)
    blur = circulant([2, 1, *[0] * (FOURIER_SIZE - 3), 1])
    spectral = F @ C
    proof = prove(spectral == diagonal(F @ w) @ F)
    return Diagonalised(C, F @ w, proof, (F @ blur.to_numpy()[:, 0]).real)


@dataclass(frozen=True, eq=False)
class Stacked:
    """Two 3x3 layers as one 5x5 layer: proved without padding, refuted with zeros around the picture."""

    kernel: Array
    proof: Proof
    refutation: Refutation
    picture: Array
    places: Array


def stack(pixels: Array) -> Stacked:
    """`T(v) T(u) == T(v * u)` for all 3x3 kernels; on a picture padded twice, where one 5x5 layer differs."""
    u, v = (symbols(name, (3, 3)) for name in "uv")
    box = (1, STACK_SIZE, STACK_SIZE)
    grey = (pixels.sum(axis=0) // len(pixels))[None]
    broken = _one_layer(BLUR, LAPLACE, grey.shape, padding=1)
    places = differing_rows(broken).reshape(grey.shape[1:])
    return Stacked(
        kernel=composed(BLUR, LAPLACE)[0, 0],
        proof=prove(_one_layer(u, v, box, padding=0)),
        refutation=refuted(_one_layer(u, v, box, padding=1)),
        picture=Conv(composed(BLUR, LAPLACE), padding=2)(grey)[0],
        places=places,
    )


def composed(u: Array, v: Array) -> Array:
    """The kernel of `u`, then `v`."""
    return (Kernel(v[None, None]) * Kernel(u[None, None])).weight


def _one_layer(u: Array, v: Array, box: tuple[int, ...], padding: int) -> Any:
    """The claim that u, then v, is their product of kernels; the matrices are multiplied as matrices."""
    first = Conv(u[None, None], padding=padding).matrix(box)
    second = Conv(v[None, None], padding=padding).matrix(first.boxes[0])
    return Product((second, first)) == Conv(composed(u, v), padding=2 * padding).matrix(box)
