"""Chapter 9, what a kernel tells of its spectrum: bounds, symmetry, orthogonality, samples of one symbol, blurs."""

from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, downsample, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.analysis.elimination import det
from convalgebra.analysis.exact_spectrum import rank
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, On, Size, Statement, Step
from convalgebra.theorems.facts import at_most, equal, under
from convalgebra.theorems.theorem import false_sibling, theorem

DAVIS = "Davis, Circulant Matrices"


def _column(n: Any, k: Any = 0) -> Any:
    """e_k, a column."""
    return as_matrix(impulse(n, k))


def _bins(n: Any, w: Any) -> Any:
    """diag(F w)."""
    return diagonal(dft(n) @ w)


def _back(n: Any) -> Any:
    """x[-i]: the reversal that keeps place 0."""
    return shift(n, 1) @ flip(n)


@theorem(
    "spec-norm-bounds",
    says=r"\begin{gathered} C_w 1 = (\textstyle\sum w) 1, \; C_w = \sum_k w_k S_k, \; C_w e_k = S_k w, \;"
    r" \|C_w\|_F^2 = n \|w\|_2^2: \\"
    r"|\textstyle\sum w| \le \|C_w\|_2 \le \|w\|_1, \quad \|w\|_2 \le \|C_w\|_2 \le \sqrt n \, \|w\|_2"
    r" \end{gathered}",
    source="Schur's test; Young's inequality",
)
def the_norm_of_a_circulant_lies_between_those_of_its_kernel(n: Size, k: Integer, w: Kernel) -> Statement:
    """A circulant stretches constants by the sum of its taps and impulses by their norm, which bounds it below.

    It is a sum of isometries weighted by the taps, and the squares of its entries add up to n times those of the
    taps, which bounds it above. For taps that are not negative the first two bounds meet. Equations are proved.
    """
    C, one = circulant(w), as_matrix(ones(n))
    return (
        C @ one == kron(one.T @ as_matrix(w), one),
        C == sum_over(n, lambda t: kron(_column(n, t).T @ as_matrix(w), shift(n, t))),
        shift(n, k).H @ shift(n, k) == identity(n),
        C @ _column(n, k) == shift(n, k) @ as_matrix(w),
        sum_over(n, lambda i: _column(n, i).T @ C.H @ C @ _column(n, i)) == n * (as_matrix(w).H @ as_matrix(w)),
    )


@false_sibling(the_norm_of_a_circulant_lies_between_those_of_its_kernel, says=r"\|C_w\|_2 = \|w\|_1", special=True)
def the_norm_of_a_circulant_is_the_sum_of_magnitudes(n: Size, w: Kernel) -> Statement:
    """The norm is always the sum of the magnitudes of the taps: its square is an eigenvalue of C^T C."""
    C, most = circulant(w), sum(map(abs, w))
    return equal(det(most**2 * identity(n) - C.T @ C), 0)


@theorem(
    "spec-symmetric-real",
    says=r"\begin{gathered} w[-k] = \pm \bar w[k] \Rightarrow \hat w \text{ real, imaginary}, \quad w[-k] ="
    r" w[k] \Rightarrow \hat w[n - k] = \hat w[k], \\"
    r"\hat w = \bar y \odot y \iff w = \tilde x * x, \; \hat x = y \end{gathered}",
    source=f"{DAVIS}; Herglotz; Bochner",
)
def symmetric_kernels_have_real_spectra(n: Size, w: Kernel, x: Kernel, y: Kernel) -> Statement:
    """Symmetric real kernels have real eigenvalues, equal at k and -k; antisymmetric ones have imaginary ones.

    Autocorrelations have the spectra |x^|^2, and a spectrum |y|^2 is that of the autocorrelation of F^-1 y.
    """
    F, R, column, spectrum = dft(n), _back(n), as_matrix(w), dft(n) @ as_matrix(w)
    auto = lambda x: circulant(x).H @ as_matrix(x)  # noqa: E731
    return (
        under(spectrum.H.T == spectrum, R @ column == column.H.T),
        R @ spectrum == F @ R @ column,
        under(spectrum.H.T == -spectrum, R @ column == -column.H.T),
        F @ auto(x) == _bins(n, x).H @ (F @ as_matrix(x)),
        n * (F.H @ diagonal(y).H @ as_matrix(y)) == auto(F.H @ y),
    )


@false_sibling(
    symmetric_kernels_have_real_spectra,
    says=r"w[-k] = w[k] > 0 \Rightarrow C_w \text{ is positive definite}",
    special=True,
)
def positive_symmetric_kernels_are_positive_definite(n: Size, w: Kernel) -> Statement:
    """A symmetric kernel of positive taps makes a positive definite circulant, of positive determinant."""
    meant = min(w) > 0 and w[1:].tolist() == w[:0:-1].tolist()
    return at_most(1, det(circulant(w)) if meant else 1)


@theorem(
    "spec-orthogonal-circulants",
    says=r"C_w^{*} C_w = I \iff \sum_j \bar w[j] \, w[j + k] = \delta_k \iff |\hat w[f]|^2 = 1 \text{ for all } f",
    source=f"{DAVIS}; Vaidyanathan, Multirate Systems and Filter Banks, all-pass filters",
)
def orthogonal_circulants_have_spectra_of_magnitude_one(n: Size, w: Kernel, y: Kernel) -> Statement:
    """A circulant is unitary exactly when its kernel has the autocorrelation of an impulse: all bins of magnitude 1."""
    F, C, column, one = dft(n), circulant(w), as_matrix(w), as_matrix(ones(n))
    inverse = F.H @ y
    return (
        under(C.H @ C == identity(n), C.H @ column == _column(n)),
        under(C.H @ column == _column(n), C.H @ C == identity(n)),
        under(_bins(n, w).H @ (F @ column) == one, C.H @ column == _column(n)),
        under(circulant(inverse).H @ as_matrix(inverse) == n * n * _column(n), diagonal(y).H @ as_matrix(y) == one),
    )


@false_sibling(
    orthogonal_circulants_have_spectra_of_magnitude_one,
    says=r"C_w^\top C_w = c I, \; c > 0 \Rightarrow w \text{ has a single tap}",
    special=True,
)
def orthogonal_circulants_are_signed_shifts(n: Size, w: Kernel) -> Statement:
    """The only orthogonal circulants, up to a scale, are signed shifts: their kernels have one tap."""
    gram = circulant(w).T @ w
    return at_most(sum(1 for v in w if v), n if any(gram[1:]) else 1)


@theorem(
    "spec-sampled-symbol",
    says=r"\hat w_{s m}[s f] = \widehat{\mathrm{fold}_m w}[f] = w(\omega_m^f), \qquad"
    r" \mathrm{spec}(C_w \text{ on } m) \subset \mathrm{spec}(C_w \text{ on } s m)",
    source="Gray, Toeplitz and Circulant Matrices: A Review",
)
def the_spectrum_samples_one_symbol(m: Size, s: Step) -> Statement:
    """A kernel of s m taps, folded on m places, has every s-th value of its spectrum on s m places.

    So a kernel that fits on m places keeps its eigenvalues on s m. Two kernels act alike on m places exactly when
    they fold to one, when their difference is a multiple of z^m - 1: a sum of blocks less the same moved by r m.
    """
    n = s * m
    fold, wider = kron(as_matrix(ones(s)).T, identity(m)), pad(m, (0, (s - 1) * m))
    block = lambda r: kron(_column(s, r) @ _column(s, r).T, identity(m))  # noqa: E731
    return (
        downsample(n, s) @ dft(n) == dft(m) @ fold,
        fold @ wider == identity(m),
        fold @ shift(n, m) == fold,
        identity((s, m)) - kron(_column(s), identity(m)) @ fold
        == sum_over(s, lambda r: (identity(n) - shift(n, -m * r)) @ block(r)),
    )


@false_sibling(
    the_spectrum_samples_one_symbol, says=r"\mathrm{spec}(S \text{ on } n) \subset \mathrm{spec}(S \text{ on } n + 1)"
)
def spectra_grow_with_each_place(n: Size) -> Statement:
    """The eigenvalues on n places occur on n + 1: those of the shift are roots of z^(n + 1) = 1 too."""
    return shift(n, n + 1) == identity(n)


@theorem(
    "spec-gershgorin",
    says=r"\begin{gathered} C_w - w_0 I = \sum_k v_k S_k, \; v = w - w_0 e_0: \quad |\lambda - w_0| \le \sum_{k"
    r" \ne 0} |w_k|, \\"
    r"|w_0| > \sum_{k \ne 0} |w_k| \Rightarrow C_w, \, T_m(w) \text{ invertible} \end{gathered}",
    source="Gershgorin 1931; Horn and Johnson, Matrix Analysis, 6.1",
)
def eigenvalues_lie_in_one_disc(K: Step, m: Size, k: Integer, w: Annotated[Any, On(lambda K: K + 1)]) -> Statement:
    """Without its tap at 0 a circulant is a sum of isometries weighted by the others: so far it moves from w_0 I.

    The layer that pads with zeros is a section of a larger circulant, V C V^T with V V^T = I, and moves no further.
    A tap at 0 that outweighs the others therefore keeps both invertible, at every size. Equations are proved.
    """
    n, wide = K + m, pad(K + 1, (0, m - 1)) @ w
    C, V, first = circulant(wide), crop(K + m, (0, K)), _column(n).T @ as_matrix(wide)
    rest = as_matrix(wide) - kron(first, _column(n))
    others = sum_over(n, lambda t: kron(_column(n, t).T @ rest, shift(n, t)))
    return (
        C == kron(first, identity(n)) + others,
        _column(n).T @ rest == 0 * first,
        shift(n, k).H @ shift(n, k) == identity(n),
        V @ C @ V.T == V @ convolution_matrix(w, m),
        V @ V.T == identity(m),
    )


@false_sibling(
    eigenvalues_lie_in_one_disc, says=r"C_w \text{ invertible} \Rightarrow |w_0| > \sum_{k \ne 0} |w_k|", special=True
)
def invertible_kernels_are_dominated_by_one_tap(n: Size, w: Kernel) -> Statement:
    """An invertible circulant has a tap at 0 that outweighs the others."""
    magnitudes = [*map(abs, w)]
    return at_most(1 + sum(magnitudes[1:]) if rank(circulant(w)) == n else 0, magnitudes[0])


@theorem(
    "spec-markov-mixing",
    says=r"\begin{gathered} \textstyle\sum p = 1, \; M = \tfrac1n 1 1^\top: \quad C_p - M = C_p (I - M), \\"
    r"F (I - M) = \mathrm{diag}(0, 1, \ldots, 1) F, \quad F^{*} \mathrm{diag}(0, 1, \ldots, 1) F = n (I -"
    r" M) \end{gathered}",
    source="Diaconis, Group Representations in Probability and Statistics, chapter 3",
)
def averaging_again_and_again_leaves_the_mean(n: Size, p: Kernel) -> Statement:
    """Averaging with weights that sum to 1 keeps the mean and multiplies all other bins by their values.

    After t steps what differs from the mean is made of the bins k != 0, times p^[k]^t: it dies out at the rate of
    the largest of these; its sum of squares is that of these bins, divided by n. Equations are proved; the distance in
    total variation is not claimed.
    """
    F, C, one, q = dft(n), circulant(p), as_matrix(ones(n)), as_matrix(p)
    J, total = one @ one.T, one.T @ q
    others = identity(n) - diagonal(impulse(n))
    return (
        C @ J == kron(total, J),
        C @ J == J @ C,
        J @ J == n * J,
        F @ (n * identity(n) - J) == n * others @ F,
        F.H @ others @ F == n * identity(n) - J,
    )


@false_sibling(
    averaging_again_and_again_leaves_the_mean,
    says=r"p \ge 0 \text{ with two taps} \Rightarrow C_p^t > 0 \text{ for } t = n^2",
    special=True,
)
def every_blur_mixes(n: Size, p: Kernel) -> Statement:
    """Every blur, that is weights of which two are positive and none is negative, in the end reaches all places."""
    if min(p) < 0 or sum(1 for v in p if v) < 2:
        return equal(p, p)
    reached = impulse(n)
    for _ in range(n * n):
        reached = circulant(p) @ reached
    return equal(min(reached) > 0, True)
