"""Chapter 4, continued: the transforms that diagonalise padded layers, cosines and sines as sums of roots of unity."""

from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import downsample, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.theorems.domains import Kernel, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

STRANG = "Strang 1999"
MARTUCCI = "Martucci 1994"
Pair = Annotated[Any, Sizes(most=2)]
Two = Annotated[Any, On(2)]
Three = Annotated[Any, On(3)]
Half = Annotated[Any, On(lambda r: r + 1)]  # the taps at the offsets 0 .. r of a symmetric kernel


def _layer(w: Any, n: int, mode: str) -> Any:
    """The layer of a centred kernel that keeps n places."""
    return Conv([[w]], padding=len(w) // 2, padding_mode=mode).matrix((1, n))


def _symmetric(a: Any) -> list[Any]:
    """The kernel with the taps a_m at the offsets m and -m."""
    return [*a[:0:-1], *a]


def _waves(order: int, exponents: Any, sign: int) -> Any:
    """The matrix of z^e + sign z^(-e), z = exp(-2 pi i / order): twice cosines, or -2i times sines."""
    roots = list((dft(order) @ matrix([[int(j == 1)] for j in range(order)])).to_sympy()[:, 0])
    return matrix([[roots[e % order] + sign * roots[-e % order] for e in row] for row in exponents])


def _eigenvalues(a: Any, order: int, step: int, bins: Any) -> Any:
    """diag(a_0 + sum over m of a_m (z^(m k) + z^(-m k)))."""
    V = _waves(order, [[step * m * k for m in range(1, len(a))] for k in bins], 1).to_sympy()
    return diagonal([a[0] + sum(a[m] * V[q, m - 1] for m in range(1, len(a))) for q in range(len(bins))])


@theorem(
    "pad-symmetric-dct2",
    says=r"A v_k = \lambda_k v_k, \quad v_k[j] = \cos \tfrac{\pi k (j + 1/2)}{n}, \quad"
    r" \lambda_k = a_0 + 2 \sum_m a_m \cos \tfrac{\pi k m}{n}, \qquad A_a A_b = A_b A_a",
    source=f"{STRANG}; {MARTUCCI}",
    given={"r <= n": lambda n, r: r <= n},
    strength=LISTED,
)
def cosines_diagonalise_mirrored_borders(n: Step, r: Pair, a: Half, b: Half) -> Statement:
    """Symmetric kernels with the mirrored border have the vectors of the DCT-II in common: so they commute."""
    A, B = (_layer(_symmetric(w), n, "symmetric") for w in (a, b))
    V = _waves(4 * n, [[k * (2 * j + 1) for k in range(n)] for j in range(n)], 1)
    return A @ V == V @ _eigenvalues(a, 4 * n, 2, range(n)), A @ B == B @ A


@false_sibling(cosines_diagonalise_mirrored_borders, says=r"A_u A_v = A_v A_u \text{ for all } u, v")
def mirrored_layers_commute(n: Size, u: Three, v: Three) -> Statement:
    """All layers with the mirrored border commute."""
    A, B = (_layer(w, n, "symmetric") for w in (u, v))
    return A @ B == B @ A


@theorem(
    "pad-reflect-dct1",
    says=r"v_k[j] = \cos \tfrac{\pi k j}{n - 1}, \quad \lambda_k = a_0 + 2 \sum_m a_m \cos \tfrac{\pi k m}{n - 1},"
    r" \qquad A_a A_b = A_{a * b}",
    source=MARTUCCI,
    given={"r <= n - 1": lambda n, r: r <= n - 1},
    strength=LISTED,
)
def cosines_diagonalise_reflected_borders(n: Annotated[Any, Sizes(2, 3)], r: Pair, a: Half, b: Half) -> Statement:
    """Symmetric kernels with the reflected border have the vectors of the DCT-I, commute, and multiply as kernels."""
    u, v = map(np.array, (_symmetric(a), _symmetric(b)))
    A, B = (_layer(w, n, "reflect") for w in (u, v))
    V = _waves(2 * (n - 1), [[k * j for k in range(n)] for j in range(n)], 1)
    whole = _layer(convolution_matrix(u, len(v)) @ v, n, "reflect")
    return A @ V == V @ _eigenvalues(a, 2 * (n - 1), 1, range(n)), A @ B == whole, B @ A == whole


@false_sibling(cosines_diagonalise_reflected_borders, says=r"A A^\top = A^\top A")
def reflected_layers_are_normal(n: Size, a: Two) -> Statement:
    """Symmetric kernels with the reflected border have normal matrices."""
    A = _layer(_symmetric(a), n, "reflect")
    return A @ A.T == A.T @ A


def _tau(a: Any, n: int) -> Any:
    """The layer of a symmetric kernel whose signal is continued by -x beyond a zero at either side."""
    tap: Any = lambda m: a[m] if m < len(a) else 0  # noqa: E731
    corners = [[tap(i + j + 2) + tap(2 * n - i - j) for j in range(n)] for i in range(n)]
    return _layer(_symmetric(a), n, "zeros") - matrix(corners)


@theorem(
    "pad-zero-dst1",
    says=r"v_k[j] = \sin \tfrac{\pi k (j + 1)}{n + 1}, \quad"
    r" \lambda_k = a_0 + 2 \sum_m a_m \cos \tfrac{\pi k m}{n + 1}: \quad"
    r" 3 \text{ taps with zeros, longer ones less Hankel corners}",
    source=f"{STRANG}; Bini and Capovani 1983",
    given={"r <= n": lambda n, r: r <= n},
    strength=LISTED,
)
def sines_diagonalise_zeros(n: Step, r: Pair, a: Half) -> Statement:
    """Sines diagonalise symmetric kernels of three taps with zeros, and longer ones whose signal continues as odd.

    Odd means: by a zero, then the negative mirror image, which subtracts Hankel corners from the Toeplitz matrix.
    """
    V = _waves(2 * (n + 1), [[k * (j + 1) for k in range(1, n + 1)] for j in range(n)], -1)
    L, short = (_eigenvalues(w, 2 * (n + 1), 1, range(1, n + 1)) for w in (a, a[:2]))
    return _tau(a, n) @ V == V @ L, _layer(_symmetric(a[:2]), n, "zeros") @ V == V @ short


@false_sibling(sines_diagonalise_zeros, says=r"T_a T_{(1, 0, 1)} = T_{(1, 0, 1)} T_a")
def sines_diagonalise_long_kernels(n: Size, a: Three) -> Statement:
    """Sines diagonalise symmetric kernels of five taps with zeros, so these commute with those of three taps."""
    A, B = _layer(_symmetric(a), n, "zeros"), _layer([1, 0, 1], n, "zeros")
    return A @ B == B @ A


def _skew(w: Any) -> Any:
    """The matrix of the product modulo z^n + 1."""
    return toeplitz(w, [w[0], *(-v for v in w[:0:-1])])


@theorem(
    "pad-antiperiodic-skew-circulant",
    says=r"K_w = \Delta^{-1} C_{\Delta w} \Delta, \; \Delta = \mathrm{diag}(e^{-i \pi j / n}), \quad"
    r" \lambda_k = \sum_m w_m e^{-i \pi (2 k + 1) m / n}, \qquad 2 T = C + K",
    source="Davis, Circulant Matrices; Golub and Van Loan, Matrix Computations",
    strength=LISTED,
)
def antiperiodic_signals_have_skew_circulants(n: Step, u: Kernel, v: Kernel) -> Statement:
    """Skew-circulants multiply as polynomials modulo z^n + 1; half a turn makes them circulants.

    Twice a Toeplitz matrix is the sum of a circulant and a skew-circulant.
    """
    half = (dft(2 * n) @ matrix([[int(j == 1)] for j in range(2 * n)])).to_sympy()[:n, 0]
    turn = diagonal(list(half))
    bins = downsample(2 * n, 2) @ shift(2 * n, -1) @ dft(2 * n) @ pad(n, (0, n))  # the odd bins
    row = [u[0], *v[1:]]
    around = [0, *row[:0:-1]]  # the row, as a column that goes on around
    parts = [[a + s * b for a, b in zip(u, around, strict=True)] for s in (1, -1)]
    return (
        turn @ _skew(u) == circulant([h * a for h, a in zip(half, u, strict=True)]) @ turn,
        dft(n) @ turn == bins,
        _skew(u) @ _skew(v) == _skew(_skew(u) @ v),
        _skew(u) @ _skew(v) == _skew(v) @ _skew(u),
        2 * toeplitz(u, row) == circulant(parts[0]) + _skew(parts[1]),
    )


@false_sibling(antiperiodic_signals_have_skew_circulants, says=r"T = C_w + c I, \text{ so } T S = S T")
def toeplitz_matrices_are_circulant_up_to_a_scalar(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Every Toeplitz matrix is a circulant plus a scalar, and so commutes with the shift."""
    return toeplitz(u, v) @ shift(n, 1) == shift(n, 1) @ toeplitz(u, v)


@theorem(
    "pad-zero-singular-same",
    says=r"w \ne 0: V(w) \text{ onto}, V(w)^\top \text{ injective}; \ "
    r"T_n \text{ singular} \iff a_0 = -2 a_1 \cos \tfrac{\pi k}{n + 1}; \ C_w \text{ singular} \iff \hat w_k = 0",
    source="the first tap that is not zero; the sine transform",
    strength=LISTED,
)
def same_layers_may_be_singular(n: Step, K: Step, o: Step, w: Taps, a: Two, v: Kernel) -> Statement:
    """Valid layers are onto, full ones injective: their first tap is the diagonal of a triangular block.

    A layer that keeps the size is singular when an eigenvalue vanishes: the sines and the Fourier vectors are bases.
    """
    V = _waves(2 * (n + 1), [[k * (j + 1) for k in range(1, n + 1)] for j in range(n)], -1)
    lower, spectrum = np.tril_indices(o), (dft(n) @ circulant(v)).to_sympy()[:, 0]
    return (
        *(equal(_block(w, k, o)[lower], w[k] * np.eye(o, dtype=np.int64)[lower]) for k in range(K)),
        _layer(_symmetric(a), n, "zeros") @ V == V @ _eigenvalues(a, 2 * (n + 1), 1, range(1, n + 1)),
        V @ V.H == 2 * (n + 1) * identity(n),
        dft(n) @ circulant(v) == diagonal(list(spectrum)) @ dft(n),
        dft(n) @ dft(n).H == n * identity(n),
    )


def _block(w: Any, k: int, o: int) -> Any:
    """The o columns from k on of the valid layer with o outputs, where the first k taps are zero."""
    later = [0] * k + list(w[k:])
    return convolution_matrix(later, o + len(w) - 1, "valid", "correlation").to_numpy()[:, k : k + o]


@false_sibling(same_layers_may_be_singular, says=r"w \ne 0 \Rightarrow T(w) \text{ is invertible}", special=True)
def same_layers_are_invertible(n: Size, w: Three) -> Statement:
    """A kernel with a tap at its centre makes an invertible layer of the same size."""
    return equal(w[1] == 0 or elimination.rank(_layer(w, n, "zeros").to_numpy()) == n, True)
