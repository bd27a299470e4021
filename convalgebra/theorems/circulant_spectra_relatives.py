"""Chapter 9, relatives of the circulants: blocks, skew and turned circulants, real forms, the Laplacian of a cycle."""

from math import gcd
from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, flip, identity, shift
from convalgebra.algebra.toeplitz import circulant, toeplitz
from convalgebra.analysis.elimination import det
from convalgebra.analysis.exact_spectrum import rank
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, sum_over
from convalgebra.proofs.symbolic import Symbolic, as_matrix
from convalgebra.theorems.domains import Integer, Kernel, Matrices, On, Size, Sizes, Square, Statement, Step
from convalgebra.theorems.facts import equal, under
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

DAVIS = "Davis, Circulant Matrices"
Block = Annotated[Any, Matrices("m", "m")]


def _back(n: Any) -> Any:
    """x[-i]: the reversal that keeps place 0."""
    return shift(n, 1) @ flip(n)


@theorem(
    "spec-phi-circulant",
    says=r"\begin{gathered} T_\varphi[i, j] = w[i - j] \text{ or } \varphi \, w[n + i - j], \; \varphi = t^n:"
    r" \\"
    r"\Delta T_\varphi(w) = C_{\Delta w} \Delta, \; \Delta = \mathrm{diag}(t^j), \quad T_\varphi(u)"
    r" T_\varphi(w) = T_\varphi(T_\varphi(u) w) \end{gathered}",
    source=f"{DAVIS}; Bini and Pan, Polynomial and Matrix Computations",
    strength=LISTED,
)
def skew_circulants_are_scaled_circulants(n: Size, t: Annotated[Any, On(1)], u: Kernel, w: Kernel) -> Statement:
    """Convolution modulo z^n - t^n is circular convolution between the scalings by t^j: F with them diagonalises.

    t = 1 gives circulants, t^n = -1 skew circulants, t = 0 causal layers, for which the scaling has no inverse.
    """
    powers = [t[0] ** j for j in range(n + 1)]
    scale = diagonal(powers[:n])
    T = lambda v: toeplitz(v, [v[0], *(powers[n] * v[n - j] for j in range(1, n))])  # noqa: E731
    return scale @ T(w) == circulant(scale @ w) @ scale, T(u) @ T(w) == T(T(u) @ w)


@false_sibling(
    skew_circulants_are_scaled_circulants, says=r"\varphi = 0: \; \mathrm{rank}\, T^2 = \mathrm{rank}\, T", special=True
)
def causal_layers_are_diagonalisable(n: Size, w: Kernel) -> Statement:
    """For t = 0 they are diagonalisable too, so that squares have the same rank."""
    T = toeplitz(w, [0] * n)
    return equal(rank(T @ T), rank(T))


@theorem(
    "spec-block-circulant",
    says=r"(F \otimes I)(S_k \otimes B) = (\mathrm{diag}(F e_k) \otimes B)(F \otimes I), \qquad"
    r" (F_h \otimes F_n) C_w = \mathrm{diag}((F_h \otimes F_n) w) (F_h \otimes F_n)",
    source=f"{DAVIS}, chapter 5",
)
def blocks_are_transformed_block_by_block(
    h: Size, n: Size, m: Size, k: Integer, B: Block, w: Annotated[Any, On("h", "n")]
) -> Statement:
    """A sum of shifts times blocks turns into one block for each frequency, the sum of omega^(k f) B_k.

    Where the blocks are circulants themselves, the transform of both axes makes a diagonal.
    """
    F, both, one = dft(n), dft((h, n)), identity(m)
    spectrum = both @ as_matrix(w)
    bins = diagonal(spectrum if isinstance(spectrum, Symbolic) else list(spectrum.to_sympy()))
    return (
        kron(F, one) @ kron(shift(n, k), B) == kron(diagonal(F @ impulse(n, k)), B) @ kron(F, one),
        both @ circulant(w) == bins @ both,
    )


@false_sibling(blocks_are_transformed_block_by_block, says=r"(S \otimes A)(S \otimes B) = (S \otimes B)(S \otimes A)")
def block_circulants_commute(n: Size, m: Size, A: Block, B: Block) -> Statement:
    """Block circulants commute."""
    S = shift(n, 1)
    return kron(S, A) @ kron(S, B) == kron(S, B) @ kron(S, A)


@theorem(
    "spec-laplacian-cycle",
    says=r"L = 2 I - S - S^{-1} = (I - S)(I - S)^\top, \quad F L = \mathrm{diag}(2 - \omega^k - \omega^{-k}) F, \quad"
    r" \mathrm{rank}\, L = n - 1, \quad \det L_{\ne 0} = n",
    source="Strang; Kirchhoff 1847, the matrix-tree theorem",
    strength=LISTED,
)
def the_laplacian_of_a_cycle_counts_its_trees(n: Annotated[Any, Sizes(2, 6)]) -> Statement:
    """The Laplacian of a cycle is blind to constants alone; without one place its determinant counts n trees."""
    I, S, F = identity(n), shift(n), dft(n)  # noqa: E741  # as on paper
    L, inner = 2 * I - S - S.T, crop(n, (1, 0))
    wave = diagonal(list((F @ S).to_sympy()[:, 0]))
    return (
        (I - S) @ (I - S).T == L,
        F @ L == (2 * I - wave - wave.H) @ F,
        equal(rank(L), n - 1),
        equal(det(inner @ L @ inner.T), n),
    )


@false_sibling(the_laplacian_of_a_cycle_counts_its_trees, says=r"[-1, 2, -1] \text{ padded by zeros has rank } n - 1")
def the_laplacian_of_a_path_with_zero_ends_is_singular(n: Size) -> Statement:
    """With a border of zeros the Laplacian is blind to something as well."""
    return equal(rank(Conv([[[-1, 2, -1]]], padding=1).matrix((1, n))), n - 1)


@theorem(
    "spec-real-canonical",
    says=r"\begin{gathered} P = F + \bar F, \; M = F - \bar F: \quad P^2 = 2 n (I + R), \; M^2 = 2 n (R - I),"
    r" \; P M = 0, \\"
    r"2 P C_w = \mathrm{diag}(P w) P + \mathrm{diag}(M w) M, \quad 2 M C_w = \mathrm{diag}(P w) M +"
    r" \mathrm{diag}(M w) P \end{gathered}",
    source="Horn and Johnson, Matrix Analysis, 2.5",
)
def a_real_circulant_turns_and_scales_planes(n: Size, w: Kernel) -> Statement:
    """In the rows of P, twice the cosines, and M, -2i times the sines, C_w mixes only the two rows of a frequency.

    P is real and M imaginary, all rows of different frequencies are orthogonal: a real circulant is orthogonally
    similar to scaled rotations of planes with the entries Re w^[k] and Im w^[k].
    """
    F, C, R, I = dft(n), circulant(w), _back(n), identity(n)  # noqa: E741  # as on paper
    P, M = F + F.H, F - F.H
    p, m = diagonal(P @ w), diagonal(M @ w)
    return (
        2 * (P @ C) == p @ P + m @ M,
        2 * (M @ C) == p @ M + m @ P,
        P @ P == 2 * n * (I + R),
        M @ M == 2 * n * (R - I),
        P @ M == 0 * I,
        P.H.T == P,
        M.H.T == -M,
    )


@false_sibling(
    a_real_circulant_turns_and_scales_planes, says=r"C_w = Q D Q^\top \text{ over the reals, so } C_w = C_w^\top"
)
def real_circulants_are_symmetric(n: Size, w: Kernel) -> Statement:
    """Real circulants are orthogonally diagonalisable over the reals, so symmetric."""
    return circulant(w) == circulant(w).T


def _turned(n: Any, g: Any, w: Any) -> Any:
    """A[i, j] = w[j - g i]: each row is the one before, shifted by g."""
    return sum_over(n, lambda i: as_matrix(impulse(n, i)) @ as_matrix(shift(n, g * i) @ w).T)


@theorem(
    "spec-g-circulant",
    says=r"A_g(w)[i, j] = w[j - g i]: \qquad S^{-1} A = A S^{-g} \iff A = A_g(w), \qquad"
    r" A_g(u) A_h(v) = A_{g h}(A_h(v)^\top u)",
    source=f"{DAVIS}, section 5.1",
)
def rows_that_shift_by_g_multiply(n: Size, g: Integer, h: Integer, u: Kernel, v: Kernel, B: Square) -> Statement:
    """The matrices whose rows shift by g are the solutions of S^-1 A = A S^-g; in a product the steps multiply."""
    A, back = _turned(n, g, u), lambda k: shift(n, -k)
    return (
        A @ _turned(n, h, v) == _turned(n, g * h, _turned(n, h, v).T @ u),
        back(1) @ A == A @ back(g),
        under(B == _turned(n, g, B.T @ impulse(n)), back(1) @ B == B @ back(g)),
    )


@false_sibling(
    rows_that_shift_by_g_multiply,
    says=r"A_g(u) A_1(v) = A_1(v) A_g(u)",
    given={"gcd(g, n) = 1": lambda n, g: gcd(g, n) == 1},
)
def they_commute_with_correlations(n: Size, g: Step, u: Kernel, v: Kernel) -> Statement:
    """Matrices whose rows shift by some g commute with those whose rows shift by 1."""
    A, B = _turned(n, g, u), _turned(n, 1, v)
    return A @ B == B @ A


@theorem(
    "spec-anticirculant",
    says=r"M_w[i, j] = w[i + j]: \quad M_w = C_w R = M_w^\top, \; M_w S = S^{-1} M_w, \; M_u M_v = C_u C_v^\top, \;"
    r" M_w F^{*} = F \, \mathrm{diag}(F^{*} w)",
    source=f"{DAVIS}, section 3.1, left circulants",
)
def the_plus_sign_makes_anticirculants(n: Size, u: Kernel, w: Kernel) -> Statement:
    """The literal plus sign in the index is a circulant after a reversal: symmetric, with circulant products.

    It swaps the Fourier vectors k and -k, times w^[-k] and w^[k]: the eigenvalues are w^[0], w^[n/2] and +-|w^[k]|.
    """
    R, S, F = _back(n), shift(n), dft(n)
    M = lambda w: circulant(w) @ R  # noqa: E731
    return (
        M(w).T == M(w),
        M(w) @ S == S.T @ M(w),
        M(u) @ M(w) == circulant(u) @ circulant(w).T,
        M(w) @ F.H == F @ diagonal(F.H @ w),
    )


@false_sibling(the_plus_sign_makes_anticirculants, says=r"M_u M_v = M_w \text{ for some } w")
def products_of_anticirculants_are_anticirculants(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Anticirculants are closed under products: moving down and to the right keeps the entries of a product."""
    R, S = _back(n), shift(n)
    product = circulant(u) @ R @ circulant(v) @ R
    return S @ product @ S == product
