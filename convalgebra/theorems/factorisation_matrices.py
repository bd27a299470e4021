"""Chapter 6, continued: matrices as sums and products of circulants, diagonals and bands; squares and norms."""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.selection import crop, downsample, identity, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.analysis.factorisation import factor
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Choices, Matrices, On, Size, Sizes, Square, Statement, Step
from convalgebra.theorems.factorisation_kernels import product_of
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, STATED, false_sibling, theorem

Two = Annotated[Any, On(2)]
Quads = Annotated[Any, On(2, 2)]


def _self_correlation(p: Any) -> Any:
    return product_of(p, p[::-1])


@theorem(
    "fact-fejer-riesz",
    says=r"c + 2b = \alpha^2, c - 2b = \beta^2: (b, c, b) = p * J p, p = \tfrac12 (\alpha + \beta, \alpha - \beta)",
    source="Fejer 1916; Riesz 1916",
    strength=LISTED,
)
def three_taps_of_positive_symbol_are_a_square(
    K: Step, k: Step, s: Two, p: Annotated[Any, On("K")], q: Annotated[Any, On("k")]
) -> Statement:
    """Three real taps whose symbol is never negative are p * flip(p); longer ones are products of such, as roots pair.

    The first is exact for all three taps; that symbols of more taps factor so is the fundamental theorem of algebra.
    """
    alpha, beta = s
    double = [alpha + beta, alpha - beta]  # 2 p
    side, middle = alpha**2 - beta**2, 2 * (alpha**2 + beta**2)  # 4 b and 4 c
    both = product_of(_self_correlation(p), _self_correlation(q))
    return (
        equal(_self_correlation(np.array(double, dtype=object)), [side, middle, side]),
        equal((middle + 2 * side, middle - 2 * side), (4 * alpha**2, 4 * beta**2)),
        equal(both, _self_correlation(product_of(p, q))),
    )


@false_sibling(three_taps_of_positive_symbol_are_a_square, says=r"4 - z - z^{-1} - w - w^{-1} = |p|^2")
def the_laplacian_is_a_square() -> Statement:
    """On two axes the Laplacian, whose symbol is never negative, is p * flip(p) for 2 x 2 rational taps too."""
    found = factor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], sizes=((2, 2), (2, 2)))
    return equal(bool(found.all), True)


@theorem(
    "fact-every-matrix-shift-diagonal",
    says=r"A = \textstyle\sum_k D_k S_k, \qquad D_k = \mathrm{diag}_i \, A[i, i - k]",
    source="Davis, Circulant Matrices",
)
def every_matrix_is_a_sum_of_diagonals_times_shifts(n: Size, A: Square) -> Statement:
    """Every matrix is a sum of diagonals times shifts, in one way: n diagonals of n weights for its n n entries."""
    only: Any = lambda i: diagonal(impulse(n, i))  # noqa: E731  # the projection on one place
    return A == sum_over((n, n), lambda k, i: only(i) @ A @ shift(n, -k) @ only(i) @ shift(n, k))


@false_sibling(every_matrix_is_a_sum_of_diagonals_times_shifts, says=r"A = D \, C_w")
def every_matrix_is_a_diagonal_times_a_circulant(A: Quads) -> Statement:
    """Every 2 x 2 matrix is a diagonal times a circulant, so its columns have equal products."""
    return equal(A[0, 0] * A[1, 0], A[0, 1] * A[1, 1])


def _dimension(factors: Sequence[tuple[int, Callable[[list[int]], Any]]]) -> int:
    """The rank of the derivative of a product of factors, each linear in its parameters, at one integer point."""
    points = [[(5 * i + 7 * j * j) % 11 + 1 for j in range(count)] for i, (count, _) in enumerate(factors)]
    made = [build(point) for point, (_, build) in zip(points, factors, strict=True)]
    rows = []
    for place, (count, build) in enumerate(factors):
        for unit in np.eye(count, dtype=np.int64).tolist():
            parts = [*made[:place], build(unit), *made[place + 1 :]]
            rows.append(reduce(lambda a, b: a @ b, parts).to_numpy().reshape(-1))
    return elimination.rank(np.stack(rows))


@theorem(
    "fact-circulant-diagonal-product",
    says=r"\dim \{ D_1 C_1 D_2 \cdots C_{n-1} D_n \} = n^2 \quad (2 n - 1 \text{ factors})",
    source="Huhtanen and Peramaki 2015; Moczulski et al. 2016",
    strength=LISTED,
)
def diagonals_and_circulants_make_almost_every_matrix(n: Step) -> Statement:
    """Products of 2 n - 1 diagonals and circulants in turn reach n^2 dimensions: almost every matrix."""
    factors = [(n, circulant if i % 2 else diagonal) for i in range(2 * n - 1)]
    return equal(_dimension(factors), n * n)


@false_sibling(diagonals_and_circulants_make_almost_every_matrix, says=r"n^2 \le 3 n - 2")
def one_triple_makes_almost_every_matrix(n: Size) -> Statement:
    """A diagonal, a circulant and a diagonal, up to two scalars, have parameters for every matrix."""
    return at_most(n * n, 3 * n - 2)


@theorem(
    "fact-toeplitz-product",
    says=r"\dim \{ T_1 \cdots T_m \} = n^2, \qquad m = \lfloor n / 2 \rfloor + 1",
    source="Ye and Lim 2016",
    strength=LISTED,
)
def few_toeplitz_factors_make_almost_every_matrix(n: Annotated[Any, Sizes(1, 4)]) -> Statement:
    """Products of n // 2 + 1 Toeplitz matrices reach n^2 dimensions: almost every matrix."""
    band = 2 * n - 1, lambda t: toeplitz(t[:n], [t[0], *t[n:]])
    return equal(_dimension([band] * (n // 2 + 1)), n * n)


@false_sibling(few_toeplitz_factors_make_almost_every_matrix, says=r"n^2 \le m (2 n - 2) + 1")
def one_toeplitz_factor_less_is_enough(n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """With one factor less there are still parameters for every matrix."""
    m = n // 2
    return at_most(n * n, m * (2 * n - 1) - (m - 1))


@theorem(
    "fact-dense-as-strided-conv",
    says=r"A x = D_n \, \mathrm{crop} \, (w * x), \qquad w = (a_{0, n-1}, \ldots, a_{0, 0}, a_{1, n-1}, \ldots)",
    source="Zhou 2020, universality of deep convolutional networks",
)
def a_dense_layer_is_a_long_strided_convolution(m: Size, n: Size, A: Annotated[Any, Matrices("m", "n")]) -> Statement:
    """A dense layer of m x n weights is every n-th value of the full convolution with its reversed rows in a chain."""
    column: Any = lambda j: kron(as_matrix(A @ impulse(n, j)), as_matrix(impulse(n, -1 - j)))  # noqa: E731
    w = identity(m * n) @ (sum_over(n, column) @ ones(1))
    return downsample(m * n, n) @ crop(m * n + n - 1, (n - 1, 0)) @ convolution_matrix(w, n) == A


@false_sibling(a_dense_layer_is_a_long_strided_convolution, says=r"A = V(w) \Rightarrow a_{00} = a_{11}")
def a_dense_layer_is_a_convolution_of_the_same_length(A: Quads) -> Statement:
    """Every matrix is that of a layer without padding, which is constant along its diagonals."""
    return equal(A[0, 0], A[1, 1])


@theorem(
    "fact-implicit-regulariser",
    says=r"n (\|w\|^2 + \|v\|^2) - 2 \textstyle\sum_f \epsilon_f \hat u_f = \sum_f (\hat w_f - \epsilon_f \hat v_f)^2,"
    r" \quad u = w \star v, \ n = L = 2",
    source="Gunasekar, Lee, Soudry and Srebro 2018",
    strength=STATED,
)
def weight_decay_is_a_bridge_on_the_spectrum(
    signs: Annotated[Any, Choices(tuple(product((1, -1), repeat=2)))], w: Two, v: Two
) -> Statement:
    """Two layers on two places of product u have least weight decay sum |u^|: a square remains, zero for w^ = e v^.

    With the signs e of the spectrum of u this is the bound and where it is attained; other n and L are not claimed.
    """
    F = matrix([[1, 1], [1, -1]])
    u = circulant(w) @ v
    spectra = F @ w, F @ v, F @ u
    decay = 2 * sum(a * a for a in (*w, *v)) - 2 * sum(e * f for e, f in zip(signs, spectra[2], strict=True))
    return (
        equal(decay, sum((a - e * b) ** 2 for a, b, e in zip(*spectra[:2], signs, strict=True))),
        equal(spectra[2], spectra[0] * spectra[1]),
    )


@false_sibling(weight_decay_is_a_bridge_on_the_spectrum, says=r"\min_{w v = u} (w^2 + v^2) = 2 |u| = u^2")
def weight_decay_acts_on_the_composite(u: Annotated[Any, On(1)]) -> Statement:
    """Weight decay on two scalar layers is weight decay on their product."""
    return equal(2 * abs(u[0]), u[0] ** 2)
