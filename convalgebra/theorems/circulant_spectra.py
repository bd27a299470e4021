"""Chapter 9, spectra of circulants: `F C_w = diag(F w) F`, so what is true of numbers is true of them, bin by bin."""

from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import identity, shift
from convalgebra.algebra.toeplitz import circulant, toeplitz
from convalgebra.analysis.elimination import det, inverse
from convalgebra.analysis.exact_spectrum import rank
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, On, Size, Statement, Step
from convalgebra.theorems.facts import at_most, equal, under
from convalgebra.theorems.theorem import false_sibling, theorem

DAVIS = "Davis, Circulant Matrices"
GRAY = "Gray, Toeplitz and Circulant Matrices: A Review"


def _spectrum(n: Any, w: Any) -> Any:
    """F w, a column."""
    return dft(n) @ as_matrix(w)


def _bins(n: Any, w: Any) -> Any:
    """diag(F w)."""
    return diagonal(dft(n) @ w)


def _at(n: Any, k: Any, w: Any) -> Any:
    """w[k], a matrix of one entry."""
    return as_matrix(impulse(n, k)).T @ as_matrix(w)


@theorem(
    "spec-diagonalisation",
    says=r"F C_w = \mathrm{diag}(\hat w) \, F, \qquad C_w F^{*} = F^{*} \, \mathrm{diag}(\hat w), \qquad F F^{*} = n I",
    source=f"{DAVIS}, theorem 3.2.2; {GRAY}, chapter 3",
    machine_checked="diagonalisation, eigenvectors",
)
def the_fourier_vectors_are_eigenvectors_of_every_circulant(n: Size, w: Kernel) -> Statement:
    """The columns of F* are eigenvectors of every circulant; the eigenvalues are the transform of its kernel."""
    F = dft(n)
    return (
        F @ circulant(w) == _bins(n, w) @ F,
        circulant(w) @ F.H == F.H @ _bins(n, w),
        F @ F.H == n * identity(n),
    )


@false_sibling(
    the_fourier_vectors_are_eigenvectors_of_every_circulant,
    says=r"d \in R^n \Rightarrow F^{*} \mathrm{diag}(d) \, F \text{ is real}",
)
def what_fourier_diagonalises_with_real_eigenvalues_is_real(n: Size, k: Integer) -> Statement:
    """A matrix that F turns into a real diagonal is real: the one with a single eigenvalue other than 0, too."""
    first = dft(n).H @ diagonal(impulse(n, k)) @ as_matrix(ones(n))  # the column of place 0
    return first == first.H.T


@theorem(
    "spec-eigenvectors-universal",
    says=r"F^{*} \mathrm{diag}(y) \, F = C_{F^{*} y}, \qquad"
    r" C_w x = a x \Rightarrow (\hat w[f] - a) \, \hat x[f] = 0",
    source=GRAY,
)
def the_eigenvectors_do_not_depend_on_the_kernel(
    n: Size, a: Annotated[Any, On(1)], w: Kernel, x: Kernel, y: Kernel
) -> Statement:
    """Whatever has all Fourier vectors as eigenvectors is a circulant; an eigenvector has bins of its value alone.

    So an eigenvalue that only one bin has belongs to one Fourier vector alone.
    """
    F, times = dft(n), lambda z: kron(as_matrix(a), z)
    return (
        F.H @ diagonal(y) @ F == circulant(F.H @ y),
        under(
            _bins(n, w) @ _spectrum(n, x) == times(_spectrum(n, x)), circulant(w) @ as_matrix(x) == times(as_matrix(x))
        ),
    )


@false_sibling(
    the_eigenvectors_do_not_depend_on_the_kernel,
    says=r"(S + S^{-1}) x = \lambda x \Rightarrow S x = \mu x",
    special=True,
)
def every_eigenvector_is_a_fourier_vector(n: Size, x: Kernel) -> Statement:
    """Every eigenvector of the circulant S + S^-1 is a Fourier vector, so an eigenvector of S as well."""
    fixed = lambda y: all(x[i] * y[j] == x[j] * y[i] for i in range(n) for j in range(n))  # noqa: E731
    return equal(fixed((shift(n, 1) + shift(n, -1)) @ x) and not fixed(shift(n, 1) @ x), False)


@theorem(
    "spec-inverse",
    says=r"w * v = \delta \Rightarrow C_v C_w = I, \qquad"
    r" \hat w \odot y = 1 \Rightarrow C_w \tfrac1n C_{F^{*} y} = I",
    source=f"{DAVIS}, theorem 3.2.1",
    machine_checked="circ_inv, circ_inverse",
)
def the_inverse_of_a_circulant_is_circulant(n: Size, v: Kernel, w: Kernel, y: Kernel) -> Statement:
    """A circulant whose eigenvalues have inverses y is inverted by the circulant with the eigenvalues y."""
    F, C, unit = dft(n), circulant(w), as_matrix(impulse(n))
    return (
        under(circulant(v) @ C == identity(n), C @ as_matrix(v) == unit),
        under(C @ circulant(F.H @ y) == n * identity(n), _bins(n, w) @ as_matrix(y) == as_matrix(ones(n))),
    )


def _along_diagonals(A: Any) -> Any:
    """The entries of A are constant along diagonals: A is Toeplitz."""
    entries = A.to_numpy()
    return equal(entries[1:, 1:], entries[:-1, :-1])


@false_sibling(
    the_inverse_of_a_circulant_is_circulant,
    says=r"T^{-1} \text{ is Toeplitz for every Toeplitz matrix } T",
    special=True,
)
def the_inverse_of_a_toeplitz_matrix_is_toeplitz(n: Size, c: Kernel) -> Statement:
    """The inverse of a symmetric Toeplitz matrix, where there is one, is Toeplitz."""
    T = toeplitz(c)
    return _along_diagonals(inverse(T) if det(T) else T)


@theorem(
    "spec-pseudo-inverse",
    says=r"\hat w y \hat w = \hat w, \; y \hat w y = y, \; \overline{\hat w y} = \hat w y \Rightarrow"
    r" C_w^{+} = \tfrac1n C_{F^{*} y}; \qquad F (C_w^{*} C_w + C_r) = \mathrm{diag}(|\hat w|^2 + \hat r) F",
    source=f"{DAVIS}, section 2.8; Hansen, Discrete Inverse Problems",
)
def the_pseudo_inverse_of_a_circulant_is_circulant(n: Size, r: Kernel, w: Kernel, y: Kernel) -> Statement:
    """The circulant with the eigenvalues 1 / w^, and 0 where w^ is 0, meets the four conditions of Moore and Penrose.

    The normal equations of a regularised inverse fall apart into one for each bin as well. That the inverse solves
    least squares follows from the four conditions and is not claimed here.
    """
    F, C, V, W, Y = dft(n), circulant(w), circulant(dft(n).H @ y), _bins(n, w), diagonal(y)
    both = Y @ _spectrum(n, w)
    return (
        under(C @ V @ C == n * C, W @ both == _spectrum(n, w)),
        under(V @ C @ V == n * V, Y @ W @ as_matrix(y) == as_matrix(y)),
        under((C @ V).H == C @ V, both.H.T == both),
        V @ C == C @ V,
        F @ (C.H @ C + circulant(r)) == (W.H @ W + _bins(n, r)) @ F,
        F @ C.H == W.H @ F,
    )


@false_sibling(
    the_pseudo_inverse_of_a_circulant_is_circulant,
    says=r"T = [1, 2, 1] \text{ with zeros outside: } T^{+} \text{ is Toeplitz}",
)
def the_pseudo_inverse_of_a_padded_layer_is_a_layer(n: Size) -> Statement:
    """The pseudo-inverse of the zero-padded layer [1, 2, 1], its inverse, is Toeplitz."""
    return _along_diagonals(inverse(Conv([[[1, 2, 1]]], padding=1).matrix((1, n))))


@theorem(
    "spec-powers-functions",
    says=r"f(C_w) = F^{-1} \mathrm{diag}(f(\hat w)) F: \quad C_{F^{*} y} C_{F^{*} z} = n \, C_{F^{*} (y \odot z)},"
    r" \quad \mathrm{tr}\, C_u C_w = \sum_k \hat u[k] \hat w[k] = n \, (u * w)[0]",
    source=DAVIS,
)
def functions_of_circulants_are_circulants(n: Size, u: Kernel, w: Kernel, y: Kernel, z: Kernel) -> Statement:
    """Eigenvalues to circulants: sums to sums, products to products, 1 to I, w^ to C_w; traces add up eigenvalues."""
    F, C = dft(n), lambda values: circulant(dft(n).H @ values)
    trace = sum_over(n, lambda i: as_matrix(impulse(n, i)).T @ circulant(u) @ circulant(w) @ as_matrix(impulse(n, i)))
    return (
        F.H @ diagonal(y) @ F == C(y),
        C(y) + C(z) == C(y + z),
        C(y) @ C(z) == n * C(diagonal(y) @ z),
        C(ones(n)) == n * identity(n),
        C(F @ w) == n * circulant(w),
        trace == n * _at(n, 0, circulant(u) @ as_matrix(w)),
        trace == as_matrix(ones(n)).T @ _bins(n, u) @ _spectrum(n, w),
    )


@false_sibling(
    functions_of_circulants_are_circulants, says=r"C_w = C_v^2 \text{ for a real } v, \text{ so } \sum w \ge 0",
    special=True,
)  # fmt: skip
def an_invertible_circulant_has_a_real_root(n: Size, w: Kernel) -> Statement:
    """Every invertible real circulant is the square of a real one, so the sum of its taps is a square too."""
    return at_most(0, sum(w) if rank(circulant(w)) == n else 0)


@theorem(
    "spec-normality",
    says=r"C_w C_w^{*} = C_w^{*} C_w = F^{-1} \mathrm{diag}(|\hat w|^2) \, F, \qquad \sigma_k = |\hat w[k]|",
    source=f"{DAVIS}; Horn and Johnson, Matrix Analysis, 2.5",
)
def circulants_are_normal(n: Size, w: Kernel) -> Statement:
    """A circulant commutes with its adjoint, and the unitary Fourier matrix turns both into diagonals at once.

    So its singular values are the magnitudes of its eigenvalues, its norm the largest of them.
    """
    C, W, U = circulant(w), _bins(n, w), dft(n, norm="ortho")
    return (
        C @ C.H == C.H @ C,
        U.H @ U == identity(n),
        U @ C == W @ U,
        U @ C.H @ C == W.H @ W @ U,
    )


@false_sibling(circulants_are_normal, says=r"T T^{*} = T^{*} T \text{ for every Toeplitz matrix } T")
def toeplitz_matrices_are_normal(n: Size, c: Kernel, r: Kernel) -> Statement:
    """Every Toeplitz matrix commutes with its transpose."""
    T = toeplitz(c, r)
    return T @ T.T == T.T @ T


@theorem(
    "spec-frequency-projectors",
    says=r"\begin{gathered} E_k = \tfrac1n \sum_j \omega^{-j k} S_j: \quad E_p^2 = E_p = E_p^{*}, \quad E_p E_q"
    r" = 0 \; (p \ne q), \\"
    r"\sum_k E_k = I, \quad C_w = \sum_k \hat w[k] E_k, \quad \sum_{d \mid k} E_k = \tfrac1d \sum_{r < d}"
    r" S_{r m} \end{gathered}",
    source=f"{DAVIS}; Terras, Fourier Analysis on Finite Groups and Applications",
)
def circulants_are_sums_of_frequency_projectors(
    d: Step,
    m: Step,
    p: Integer,
    q: Integer,
    w: Annotated[Any, On(lambda d, m: d * m)],
) -> Statement:
    """On n = d m places, a circulant adds up projectors on its frequencies, weighted by its spectrum.

    Those of frequencies that d divides add up to a rational projector: the mean of the shifts by multiples of m.
    """
    n = d * m
    F, E = dft(n), lambda k: circulant(dft(n).H @ impulse(n, k))
    bin_of = lambda k: diagonal(impulse(n, k))  # noqa: E731
    return (
        F @ E(p) == n * bin_of(p) @ F,
        bin_of(p) @ bin_of(q) == kron(_at(n, p, impulse(n, q)), bin_of(p)),
        E(p) @ E(p) == n * E(p),
        E(p).H == E(p),
        sum_over(n, E) == n * identity(n),
        n * circulant(w) == sum_over(n, lambda k: kron(_at(n, k, _spectrum(n, w)), E(k))),
        sum_over(m, lambda j: E(d * j)) == m * sum_over(d, lambda r: shift(n, m * r)),
    )


@false_sibling(circulants_are_sums_of_frequency_projectors, says=r"E_k \text{ is real}")
def each_frequency_has_a_real_projector(n: Size, k: Integer) -> Statement:
    """There are 2^n real circulants equal to their squares: the projector on each frequency is real."""
    first = dft(n).H @ as_matrix(impulse(n, k))  # n times the column of place 0
    return first == first.H.T
