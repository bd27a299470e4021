"""Chapter 3, continued: separable kernels and Kronecker products, special kernels, norms, inverses, common roots."""

from fractions import Fraction
from itertools import pairwise, product
from math import comb, prod
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import block, kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.kernel import Kernel as Polynomial
from convalgebra.algebra.selection import crop, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Choices, Integer, Kernel, Mode, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, SAMPLED, false_sibling, theorem

Column = Annotated[Any, On("h")]
Pair = Annotated[Any, On(2)]
Triple = Annotated[Any, On(3)]
Roots = Annotated[Any, Sizes(most=2)]


def _product(u: Any, v: Any) -> Any:
    """The values of u * v."""
    return convolution_matrix(u, len(v)) @ v


def _polynomial(w: Any) -> Polynomial:
    return Polynomial(np.array([[w]]))


def _rank(rows: Any) -> int:
    return elimination.rank(matrix(rows).to_numpy())


@theorem(
    "alg-separable-kron",
    says=r"A(u v^\top) = A(u) \otimes A(v)",
    source="Golub and Van Loan, Matrix Computations, 12.3",
    strength=LISTED,
)
def a_separable_kernel_is_a_kronecker_product(h: Step, n: Step, mode: Mode, u: Triple, v: Triple) -> Statement:
    """The layer of the kernel u v^T is the Kronecker product of the layers of u and v, whatever the border."""
    whole, down, along = (Conv([[w]], padding=1, padding_mode=mode) for w in (np.multiply.outer(u, v), u, v))
    return whole.matrix((1, h, n)) == kron(down.matrix((1, h)), along.matrix((1, n)))


@false_sibling(a_separable_kernel_is_a_kronecker_product, says=r"C_u \otimes C_v = C_v \otimes C_u")
def kronecker_factors_commute(n: Size, u: Kernel, v: Kernel) -> Statement:
    """The order of the two factors does not matter."""
    return kron(circulant(u), circulant(v)) == kron(circulant(v), circulant(u))


@theorem(
    "alg-separable-product",
    says=r"(C_u \otimes C_v)(C_{u'} \otimes C_{v'}) = C_{u \star u'} \otimes C_{v \star v'}",
    source="Golub and Van Loan, the mixed product",
)
def separable_kernels_multiply_axis_by_axis(h: Size, n: Size, u: Column, a: Column, v: Kernel, b: Kernel) -> Statement:
    """The product of two separable kernels is separable: each axis multiplies on its own."""
    both = kron(circulant(u), circulant(v)) @ kron(circulant(a), circulant(b))
    return both == kron(circulant(circulant(u) @ a), circulant(circulant(v) @ b))


@false_sibling(separable_kernels_multiply_axis_by_axis, says=r"\mathrm{rank}(u v^\top + a b^\top) = 1")
def sums_of_separable_kernels_are_separable(u: Pair, v: Pair, a: Pair, b: Pair) -> Statement:
    """The sum of two separable kernels is separable."""
    W = np.multiply.outer(u, v) + np.multiply.outer(a, b)
    return equal(W[0, 0] * W[1, 1], W[0, 1] * W[1, 0])


@theorem(
    "alg-separability-rank-one",
    says=r"W_{00} W_{ij} - W_{i0} W_{0j} = \text{a } 2 \times 2 \text{ minor}, \quad 0 \text{ for } W = u v^\top",
    source="Treitel and Shanks 1971",
    strength=LISTED,
)
def a_kernel_is_separable_when_its_minors_vanish(
    h: Step, n: Step, u: Column, v: Kernel, W: Annotated[Any, On("h", "n")]
) -> Statement:
    """The minors of u v^T vanish; where those of W do, W is its first column times its first row, scaled."""
    pairs = list(product(range(1, h), range(1, n)))
    V = np.multiply.outer(u, v)
    minors = [W[0, 0] * W[i, j] - W[i, 0] * W[0, j] for i, j in pairs]
    rest = W[0, 0] * W - np.multiply.outer(W[:, 0], W[0])
    return (
        equal([V[0, 0] * V[i, j] - V[i, 0] * V[0, j] for i, j in pairs], [0] * len(pairs)),
        equal([rest[i, j] for i, j in pairs], minors),
        equal([*rest[0], *rest[:, 0]], [0] * (h + n)),
    )


@false_sibling(a_kernel_is_separable_when_its_minors_vanish, says=r"W = u v^\top")
def every_kernel_is_separable(h: Step, n: Step, W: Annotated[Any, On("h", "n")]) -> Statement:
    """Every kernel is separable."""
    return equal(W[0, 0] * W[-1, -1], W[0, -1] * W[-1, 0])


def _rearranged(A: Any, h: int, n: int) -> Any:
    """Van Loan's rearrangement: the row (i, i'), the column (j, j')."""
    return A.to_numpy().reshape(h, n, h, n).transpose(0, 2, 1, 3).reshape(h * h, n * n)


@theorem(
    "alg-kronecker-rank",
    says=r"R(A(W)) = E_h W E_n^\top, \qquad E_h, E_n \text{ injective}",
    source="Van Loan and Pitsianis 1993",
    strength=LISTED,
)
def kronecker_terms_are_separable_terms(h: Step, n: Step, W: Annotated[Any, On("h", "n")]) -> Statement:
    """The layer needs as many Kronecker terms as its kernel needs separable ones: rearranged, it is the kernel."""
    E, F = (np.stack([shift(m, k).to_numpy().reshape(-1) for k in range(m)], axis=1) for m in (h, n))
    return equal(_rearranged(circulant(W), h, n), E @ W @ F.T), equal(
        (elimination.rank(E), elimination.rank(F)), (h, n)
    )


@false_sibling(kronecker_terms_are_separable_terms, says=r"\mathrm{rank}(u v^\top + e_0 e_0^\top) = 1")
def a_residual_connection_keeps_separability(u: Pair, v: Pair) -> Statement:
    """A separable layer plus the identity is separable."""
    W = np.multiply.outer(u, v)
    return equal((W[0, 0] + 1) * W[1, 1], W[0, 1] * W[1, 0])


@theorem(
    "alg-kronecker-sum",
    says=r"A(\text{cross}) = A(u) \otimes I + I \otimes A(v)",
    source="Golub and Van Loan, Matrix Computations, 4.8; Strang",
    strength=LISTED,
)
def a_cross_is_a_kronecker_sum(h: Step, n: Step, mode: Mode, u: Triple, v: Triple) -> Statement:
    """The layer of a cross, u down and v along, is a Kronecker sum, whatever the border."""
    cross = [[0, u[0], 0], [v[0], u[1] + v[1], v[2]], [0, u[2], 0]]
    whole, down, along = (Conv([[w]], padding=1, padding_mode=mode) for w in (cross, u, v))
    parts = kron(down.matrix((1, h)), identity(n)), kron(identity(h), along.matrix((1, n)))
    return whole.matrix((1, h, n)) == parts[0] + parts[1]


@false_sibling(a_cross_is_a_kronecker_sum, says=r"A(3 \times 3 \text{ box}) = X \otimes I + I \otimes Y")
def nine_points_are_a_kronecker_sum(h: Step, n: Step) -> Statement:
    """The layer of the full square is a Kronecker sum: it joins no pixels that differ in both coordinates."""
    A = Conv([[[[1] * 3] * 3]], padding=1).matrix((1, h, n)).to_numpy().reshape(h, n, h, n)
    return equal([A[0, 0, i, j] for i, j in product(range(1, h), range(1, n))], [0] * ((h - 1) * (n - 1)))


@theorem(
    "alg-binomial-pascal",
    says=r"(1, 1)^{*L} = \tbinom{L}{k}, \qquad (1, -1)^{*L} = (-1)^k \tbinom{L}{k}",
    source="the binomial theorem",
    strength=LISTED,
)
def powers_of_two_taps_are_binomial(L: Annotated[Any, Sizes(0, 8)]) -> Statement:
    """Repeating the kernel (1, 1) gives a row of Pascal's triangle; repeating (1, -1), differences of order L."""
    row = [comb(L, k) for k in range(L + 1)]
    powers = [prod([_polynomial(w)] * L, start=_polynomial([1])) for w in ((1, 1), (1, -1))]
    return equal(powers[0].weight, [[row]]), equal(powers[1].weight, [[[(-1) ** k * c for k, c in enumerate(row)]]])


@false_sibling(powers_of_two_taps_are_binomial, says=r"\mathrm{box}_K * \mathrm{box}_K = \mathrm{box}_{2K-1}")
def a_repeated_box_is_a_wider_box(K: Size) -> Statement:
    """Repeating a box filter gives a wider box."""
    return equal(_product([1] * K, [1] * K), [1] * (2 * K - 1))


@theorem(
    "alg-integral-image",
    says=r"B_K = (I - N^K) L, \qquad B_K \otimes B_M = (I - N^K) L \otimes (I - N^M) L",
    source="Crow 1984; Viola and Jones 2001",
    strength=LISTED,
)
def a_box_is_a_difference_of_running_sums(n: Step, K: Step, M: Step) -> Statement:
    """A box filter is a difference of running sums, K places apart; in two dimensions four of them."""
    fast = [(identity(n) - crop(n + m, (0, m)) @ pad(n, (m, 0))) @ _running(n, n) for m in (K, M)]
    return _running(n, K) == fast[0], kron(_running(n, K), _running(n, M)) == kron(*fast)


def _running(n: int, K: int) -> Any:
    """The sums of the last K values."""
    return toeplitz(([1] * K + [0] * n)[:n], [1] + [0] * (n - 1))


@false_sibling(a_box_is_a_difference_of_running_sums, says=r"(10^e + 1) - 10^e = 1 \text{ in double precision}")
def running_sums_are_exact_in_floating_point(e: Annotated[Any, Choices((0, 1, 8, 15, 16, 17))]) -> Statement:
    """Differences of running sums are exact in floating point."""
    return equal(Fraction((10.0**e + 1.0) - 10.0**e), Fraction(1))


@theorem(
    "alg-units-fir-inverse",
    says=r"(1 - a z) \sum_{k < m} a^k z^k = 1 - a^m z^m, \qquad z^k z^{-k} = 1",
    source="units of the ring of Laurent polynomials",
    strength=LISTED,
)
def only_single_taps_have_finite_inverses(m: Size, k: Integer, a: Annotated[Any, On(1)]) -> Statement:
    """The inverse of 1 - a z never ends: cut after m taps it misses 1 by one tap; a single tap is inverted by one."""
    powers = [a[0] ** t for t in range(m)]
    there, back = _polynomial([1]).shift(k), _polynomial([1]).shift(-k)
    return (
        equal(_product([1, -a[0]], powers), [1, *[0] * (m - 1), -(a[0] ** m)]),
        equal(there * back, _polynomial([1])),
    )


@false_sibling(only_single_taps_have_finite_inverses, says=r"C_w^{-1} = C_v \Rightarrow \# v = \# w")
def a_circular_inverse_has_as_many_taps(n: Annotated[Any, Sizes(2, 5)]) -> Statement:
    """The inverse of the circulant with the taps (2, 1) has two taps."""
    inverse = [Fraction((-1) ** k * 2 ** (n - 1 - k), 2**n - (-1) ** n) for k in range(n)]
    return circulant(inverse) @ circulant([2, 1] + [0] * (n - 2)) == identity(n), equal(sum(v != 0 for v in inverse), 2)


@theorem(
    "alg-frobenius-isometry",
    says=r"\langle C_u, C_v \rangle_F = \mathrm{tr}\, C_u^\top C_v = n \langle u, v \rangle",
    source="Davis, Circulant Matrices",
    machine_checked="Circulant.trace_circ",
)
def kernels_and_matrices_have_proportional_lengths(n: Size, u: Kernel, v: Kernel) -> Statement:
    """A kernel is as long as its circulant, up to the factor sqrt(n), and kernels meet at the angles of circulants."""
    product = circulant(u).T @ circulant(v)
    trace = sum_over(n, lambda k: as_matrix(impulse(n, k)).T @ product @ as_matrix(impulse(n, k)))
    return trace == n * (as_matrix(u).T @ as_matrix(v))


@false_sibling(kernels_and_matrices_have_proportional_lengths, says=r"C_w^\top C_w = \|w\|^2 I")
def the_spectral_norm_is_proportional_too(n: Size, w: Kernel) -> Statement:
    """The circulant stretches every signal by the length of its kernel."""
    return circulant(w).T @ circulant(w) == identity(n) * (w @ w)


SIGNALS = tuple(product((0, 1, -2, 3), repeat=2))


@theorem(
    "alg-young",
    says=r"\|u * v\|_q \le \|u\|_1 \|v\|_q, \quad q = 1, 2, \infty",
    source="Young; Hardy, Littlewood and Polya, Inequalities",
    strength=SAMPLED,
)
def a_kernel_stretches_by_its_absolute_sum_at_most(
    u: Annotated[Any, Choices(SIGNALS, sampled=True)], v: Annotated[Any, Choices(SIGNALS, sampled=True)]
) -> Statement:
    """Convolution with u stretches no norm by more than the sum of the absolute values of u."""
    y, total = _product(u, v), sum(map(abs, u))
    return (
        at_most(sum(map(abs, y)), total * sum(map(abs, v))),
        at_most(sum(t * t for t in y), total**2 * sum(t * t for t in v)),
        at_most(max(map(abs, y)), total * max(map(abs, v))),
    )


@false_sibling(a_kernel_stretches_by_its_absolute_sum_at_most, says=r"\|u * v\|_2 \le \|u\|_2 \|v\|_2")
def lengths_multiply(u: Pair, v: Pair) -> Statement:
    """The length of a product is at most the product of the lengths."""
    y = _product(u, v)
    return at_most(y @ y, (u @ u) * (v @ v))


@theorem(
    "alg-diag-and-conv",
    says=r"S_k \, \mathrm{diag}(m) = \mathrm{diag}(S_k m) \, S_k",
    source="the Weyl-Heisenberg relation",
)
def a_mask_moves_with_the_shift(n: Size, k: Integer, m: Kernel) -> Statement:
    """A shift passes a mask and shifts it, so the two commute exactly when the mask has period k."""
    return shift(n, k) @ diagonal(m) == diagonal(shift(n, k) @ m) @ shift(n, k)


@false_sibling(a_mask_moves_with_the_shift, says=r"C_w \, \mathrm{diag}(m) = \mathrm{diag}(m) \, C_w")
def masks_commute_with_convolutions(n: Size, m: Kernel, w: Kernel) -> Statement:
    """Masks commute with convolutions."""
    return circulant(w) @ diagonal(m) == diagonal(m) @ circulant(w)


def _sylvester(w: Any, v: Any) -> Any:
    """[Full(w) | Full(v)], square."""
    return block([[convolution_matrix(w, len(v) - 1), convolution_matrix(v, len(w) - 1)]]).to_sympy()


def _with_roots(roots: Any) -> Any:
    """The product of all z - r."""
    taps = np.array([1], dtype=object)
    for r in roots:
        taps = _product(taps, np.array([-r, 1], dtype=object))
    return taps


@theorem(
    "alg-resultant-coprime",
    says=r"\det [\mathrm{Full}(w) \mid \mathrm{Full}(v)] = \prod_{i,j} (\beta_j - \alpha_i)",
    source="Sylvester; Bezout",
    strength=LISTED,
)
def kernels_share_a_root_when_their_matrix_is_singular(
    K: Roots, L: Roots, a: Taps, b: Annotated[Any, On("L")]
) -> Statement:
    """Two kernels share a root exactly when the matrix of all their shifts is singular: its determinant says so."""
    determinant = _sylvester(_with_roots(a), _with_roots(b)).det()
    return equal(determinant, prod(y - x for x in a for y in b))


@false_sibling(
    kernels_share_a_root_when_their_matrix_is_singular,
    says=r"w \ne v \Rightarrow \det [\mathrm{Full}(w) \mid \mathrm{Full}(v)] \ne 0",
    special=True,
)
def different_kernels_are_invertible_together(a: Annotated[Any, On(1)], b: Pair) -> Statement:
    """Two different kernels always determine a signal together."""
    return equal(_sylvester([a[0], 1], [*b, 1]).det() == 0, False)


def _changes(x: Any) -> int:
    signs = [v > 0 for v in x if v]
    return sum(a != b for a, b in pairwise(signs))


@theorem(
    "alg-variation-diminishing",
    says=r"\mathrm{changes}((1, a) * x) \le \mathrm{changes}(x), \quad a \ge 0",
    source="Schoenberg; Lindeberg 1990, scale-space",
    strength=SAMPLED,
)
def binomial_blurs_create_no_sign_changes(
    x: Annotated[Any, Choices(tuple(product((0, 1, -1, 2, -2), repeat=4)), sampled=True)],
) -> Statement:
    """Kernels with real roots that are not positive, such as the binomial ones, create no changes of sign."""
    return tuple(at_most(_changes(_product(w, list(x))), _changes(x)) for w in ((1, 1), (1, 2), (1, 2, 1)))


@false_sibling(
    binomial_blurs_create_no_sign_changes, says=r"\mathrm{changes}((1, 1, 1) * x) \le \mathrm{changes}(x)", special=True
)
def box_blurs_create_no_sign_changes(n: Size, x: Kernel) -> Statement:
    """Nor do other symmetric blurs, such as the box of three."""
    return at_most(_changes(_product([1, 1, 1], x)), _changes(x))
