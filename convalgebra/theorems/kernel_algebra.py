"""Chapter 3, kernels as a ring; full convolution is circular convolution with room enough."""

from itertools import pairwise
from math import comb
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.selection import crop, downsample, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, ones
from convalgebra.theorems.domains import Choices, Kernel, On, Size, Sizes, Statement, Step, Taps, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Other = Annotated[Any, On("L")]
Third = Annotated[Any, On("M")]
Pair = Annotated[Any, On(2)]
Triple = Annotated[Any, On(3)]


def _full(u: Any, K: Any, v: Any, L: Any) -> Any:
    """The K + L - 1 values of u * v."""
    return circulant(pad(K, (0, L - 1)) @ u) @ (pad(L, (0, K - 1)) @ v)


def _reversed(n: Any, w: Any) -> Any:
    """w[-t mod n]."""
    return shift(n, 1) @ flip(n) @ w


def _product(u: Any, v: Any) -> Any:
    """The values of u * v, for kernels at numbers."""
    return convolution_matrix(u, len(v)) @ v


@theorem(
    "alg-ring-homomorphism",
    says=r"C_{u + v} = C_u + C_v, \qquad C_{u \star v} = C_u C_v, \qquad C_{e_0} = I, \qquad z^n \mapsto S^n = I",
    source="Davis, Circulant Matrices; Gray, Toeplitz and Circulant Matrices",
    machine_checked="Circulant.circM, Circulant.circD",
)
def circulants_are_a_ring_of_kernels(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Making circulants of kernels keeps sums, products and one, and sends z^n to one: identities carry over."""
    return (
        circulant(u + v) == circulant(u) + circulant(v),
        circulant(circulant(u) @ v) == circulant(u) @ circulant(v),
        shift(n, 0) == identity(n),
        shift(n, n) == identity(n),
    )


@false_sibling(circulants_are_a_ring_of_kernels, says=r"T_n(u v) = T_n(u) T_n(v)")
def toeplitz_matrices_are_too(n: Size, u: Triple, v: Triple) -> Statement:
    """Making zero-padded Toeplitz matrices of kernels keeps products, too."""
    U, V = (Conv([[w]], padding=1).matrix((1, n)) for w in (u, v))
    return Conv([[_product(u, v)]], padding=2).matrix((1, n)) == U @ V


@theorem("alg-commutative", says=r"u * v = v * u", source="the ring of polynomials")
def convolution_commutes(K: Size, L: Size, u: Taps, v: Other) -> Statement:
    """Convolution commutes."""
    return equal(_full(u, K, v, L), _full(v, L, u, K))


@false_sibling(convolution_commutes, says=r"u \ast v = v \ast u \text{ for correlation}")
def correlation_commutes(K: Size, u: Taps, v: Taps) -> Statement:
    """Cross-correlation commutes."""
    return equal(_full(u, K, flip(K) @ v, K), _full(v, K, flip(K) @ u, K))


@theorem("alg-associative", says=r"(u * v) * w = u * (v * w)", source="the ring of polynomials")
def convolution_is_associative(K: Size, L: Size, M: Size, u: Taps, v: Other, w: Third) -> Statement:
    """Convolution is associative: the order of layers without stride and padding does not matter."""
    return equal(_full(_full(u, K, v, L), K + L - 1, w, M), _full(u, K, _full(v, L, w, M), L + M - 1))


@false_sibling(convolution_is_associative, says=r"(u \ast v) \ast w = u \ast (v \ast w) \text{ for correlation}")
def correlation_is_associative(K: Size, u: Taps, v: Taps, w: Taps) -> Statement:
    """Cross-correlation is associative."""
    N, J = 2 * K - 1, flip(K)
    left = _full(_full(u, K, J @ v, K), N, J @ w, K)
    return equal(left, _full(u, K, flip(N) @ _full(v, K, J @ w, K), N))


@theorem("alg-distributive", says=r"u * (v + w) = u * v + u * w", source="the ring of polynomials")
def convolution_distributes(K: Size, L: Size, u: Taps, v: Other, w: Other) -> Statement:
    """Convolution is linear in each factor, so unit kernels determine it."""
    return equal(_full(u, K, v + w, L), _full(u, K, v, L) + _full(u, K, w, L))


@false_sibling(convolution_distributes, says=r"u * (v \odot w) = (u * v) \odot (u * w)")
def it_distributes_over_the_pointwise_product(K: Size, u: Taps, v: Taps, w: Taps) -> Statement:
    """Convolution distributes over the product entry by entry."""
    return equal(_full(u, K, v * w, K), _full(u, K, v, K) * _full(u, K, w, K))


@theorem(
    "alg-identity",
    says=r"A(e_k) = I, \quad 2k + 1 \text{ taps, padding } k",
    source="Ding et al. 2021, RepVGG",
    machine_checked="Layer.one_tap",
)
def the_centred_impulse_is_the_identity(
    n: Size, k: Width, mode: Annotated[Any, Choices(("zeros", "circular"))]
) -> Statement:
    """An odd kernel with a single 1 in the middle is the identity, with zeros or the period beyond the border."""
    middle = impulse((1, 1, 2 * k + 1), (0, 0, k))
    return Conv(middle, padding=k, padding_mode=mode).matrix((1, n)) == identity((1, n))


@false_sibling(the_centred_impulse_is_the_identity, says=r"A(e_m) = I, \quad 2m \text{ taps}")
def an_even_kernel_has_a_centre(n: Size, m: Step) -> Statement:
    """An even kernel has a centre, too: the impulse on either side of the middle is the identity."""
    return Conv([[impulse(2 * m, m)]], padding=((m - 1, m),)).matrix((1, n)) == identity(n)


@theorem(
    "alg-no-zero-divisors",
    says=r"T = \text{the first } n \text{ rows of } \mathrm{Full}(w): \quad T N = N T, \; T e_0 = (w_0, w_1, \dots)",
    source="polynomials over a field have no zero divisors",
)
def full_convolution_is_injective(n: Size, K: Step, t: Width, w: Taps) -> Statement:
    """Full convolution with a kernel that is not zero is injective: from its first tap on it is triangular."""
    T, N = crop(n + K - 1, (0, K - 1)) @ convolution_matrix(w, n), crop(n + 1, (0, 1)) @ pad(n, (1, 0))
    late = crop(n + t + K - 1, (t, K - 1)) @ convolution_matrix(pad(K, (t, 0)) @ w, n)
    return (
        T @ N == N @ T,
        equal(T @ impulse(n), crop(n + K - 1, (0, K - 1)) @ (pad(K, (0, n - 1)) @ w)),
        late == T,
    )


@false_sibling(full_convolution_is_injective, says=r"u \star v = 0 \Rightarrow u = 0 \text{ or } v = 0", special=True)
def circular_convolution_has_no_zero_divisors(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Circular convolution has no zero divisors."""
    return equal(any(circulant(u) @ v), any(u) and any(v))


@theorem(
    "alg-flip-automorphism",
    says=r"J(u \star v) = J u \star J v, \qquad C_{J w} = C_w^\top, \qquad J[t] = -t \bmod n",
    source="Scardapane, lecture 6, convolution against correlation",
    machine_checked="Circulant.circ_tr, Circulant.flip_circ",
)
def reversing_keeps_products_and_transposes(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Reversing both kernels reverses their product, and the reversed kernel has the transposed circulant."""
    Ju, Jv = _reversed(n, u), _reversed(n, v)
    return (
        equal(_reversed(n, circulant(u) @ v), circulant(Ju) @ Jv),
        circulant(Ju) == circulant(u).T,
        flip(n) @ circulant(u) @ flip(n) == circulant(u).T,
    )


@false_sibling(reversing_keeps_products_and_transposes, says=r"J C_w x = C_w J x")
def reversing_the_signal_reverses_the_output(n: Size, w: Kernel) -> Statement:
    """Reversing the signal reverses what a layer makes of it."""
    return flip(n) @ circulant(w) == circulant(w) @ flip(n)


@theorem(
    "alg-adjoint",
    says=r"\langle V x, y \rangle = \langle x, V^\top y \rangle, \qquad V(w)^\top = \mathrm{Full}(w)",
    source="Golub and Van Loan, Matrix Computations",
    machine_checked="Layer.layer_adjoint",
)
def the_adjoint_of_valid_correlation_is_full_convolution(n: Size, K: Step, w: Taps) -> Statement:
    """Full convolution is the adjoint of correlation without padding, with the same kernel."""
    return convolution_matrix(w, n + K - 1, "valid", "correlation").T == convolution_matrix(w, n)


@false_sibling(the_adjoint_of_valid_correlation_is_full_convolution, says=r"C_w^\top C_w = I")
def the_adjoint_is_the_inverse(n: Size, w: Kernel) -> Statement:
    """The adjoint is the inverse."""
    return circulant(w).T @ circulant(w) == identity(n)


@theorem(
    "alg-support-length",
    says=r"(u * v)_0 = u_0 v_0, \qquad (u * v)_{K + L - 2} = u_{K-1} v_{L-1}",
    source="Ostrowski",
    strength=LISTED,
)
def lengths_add(K: Size, L: Size, u: Taps, v: Other) -> Statement:
    """The product of kernels of K and L taps has K + L - 1, its outer taps being the products of the outer taps."""
    y = _product(u, v)
    return equal(len(y), K + L - 1), equal([y[0], y[-1]], [u[0] * v[0], u[-1] * v[-1]])


@false_sibling(lengths_add, says=r"\#(u * v) \ge \max(\#u, \#v)", special=True)
def no_taps_are_lost(u: Pair, v: Triple) -> Statement:
    """A product that is not zero has at least as many nonzero taps as each factor."""
    y = _product(u, v)
    return at_most(any(y) * max(np.count_nonzero(u), np.count_nonzero(v)), np.count_nonzero(y))


@theorem(
    "alg-dc-gain",
    says=r"\sum (u * v) = \sum u \sum v, \qquad C_w \mathbf 1 = (\textstyle\sum w) \mathbf 1",
    source="evaluation at z = 1",
    machine_checked="Circulant.dc_gain",
)
def sums_multiply(K: Size, L: Size, n: Size, u: Taps, v: Other, w: Kernel) -> Statement:
    """The sum of a product is the product of the sums; a periodic layer multiplies constants by its kernel's sum."""
    N = K + L - 1
    total = circulant(ones(N))  # total @ x is the sum of x, everywhere
    return (
        equal(total @ _full(u, K, v, L), circulant(total @ (pad(K, (0, L - 1)) @ u)) @ (pad(L, (0, K - 1)) @ v)),
        equal(circulant(w) @ ones(n), circulant(ones(n)) @ w),
    )


@false_sibling(sums_multiply, says=r"\sum w = 1 \Rightarrow A \mathbf 1 = \mathbf 1 \text{ with zero padding}")
def zero_padding_keeps_constants(n: Size, w: Triple) -> Statement:
    """Zero padding keeps constants constant, too."""
    return equal(Conv([[w]], padding=1).matrix((1, n)) @ ([1] * n), [sum(w)] * n)


def _moment(w: Any, r: int) -> Any:
    return sum((t**r * w[t] for t in range(1, len(w))), w[0] if r == 0 else 0)


def _variance(w: Any) -> Any:
    """The variance times the square of the sum."""
    return _moment(w, 0) * _moment(w, 2) - _moment(w, 1) ** 2


@theorem(
    "alg-moments",
    says=r"m_r(u * v) = \sum_j \tbinom{r}{j} m_j(u) m_{r-j}(v), \qquad"
    r" \sigma^2(u * v) = \sigma^2(u) m_0(v)^2 + m_0(u)^2 \sigma^2(v)",
    source="Luo et al. 2016, effective receptive fields",
    strength=LISTED,
)
def variances_add(K: Step, L: Step, r: Annotated[Any, Sizes(0, 3)], u: Taps, v: Other) -> Statement:
    """Moments of a product obey the binomial law; for kernels of sum 1 means and variances add."""
    y = _product(u, v)
    sizes = _moment(u, 0), _moment(v, 0)
    return (
        equal(_moment(y, r), sum(comb(r, j) * _moment(u, j) * _moment(v, r - j) for j in range(r + 1))),
        equal(_variance(y), _variance(u) * sizes[1] ** 2 + sizes[0] ** 2 * _variance(v)),
    )


@false_sibling(variances_add, says=r"\sigma^2(u * v) = \sigma^2(u) + \sigma^2(v)")
def variances_add_without_normalisation(u: Pair, v: Pair) -> Statement:
    """Variances add, whatever the sums of the kernels are."""
    return equal(_variance(_product(u, v)), _variance(u) + _variance(v))


def _dilated(w: Any, K: Any, d: Any) -> Any:
    return downsample(d * (K - 1) + 1, d).T @ w


@theorem(
    "alg-dilation-homomorphism",
    says=r"(u * v) {\uparrow} d = u {\uparrow} d * v {\uparrow} d, \; u {\uparrow} d {\uparrow} a = u {\uparrow} ad",
    source="Vaidyanathan, Multirate Systems",
)
def dilating_keeps_products(K: Size, L: Size, d: Step, a: Step, u: Taps, v: Other) -> Statement:
    """Dilating both kernels dilates their product, and dilations multiply."""
    U, V = _dilated(u, K, d), _dilated(v, L, d)
    return (
        equal(_full(U, d * (K - 1) + 1, V, d * (L - 1) + 1), _dilated(_full(u, K, v, L), K + L - 1, d)),
        equal(_dilated(U, d * (K - 1) + 1, a), _dilated(u, K, a * d)),
    )


@false_sibling(dilating_keeps_products, says=r"(u {\uparrow} d) * v = w {\uparrow} d")
def one_dilated_factor_is_enough(d: Step, u: Pair, v: Pair) -> Statement:
    """The product of a dilated kernel with another is dilated."""
    y = _product(_dilated(u, 2, d), v)
    return equal([y[t] for t in range(len(y)) if t % d], [0] * sum(t % d > 0 for t in range(len(y))))


@theorem(
    "alg-modulation",
    says=r"m_k = c^k \Rightarrow (m \odot u) * (m \odot v) = m \odot (u * v)",
    source="Oppenheim and Schafer, Discrete-Time Signal Processing",
    strength=LISTED,
)
def exponential_weights_keep_products(K: Size, L: Size, u: Taps, v: Other, c: Annotated[Any, On(1)]) -> Statement:
    """Weighting the taps with the powers of a number keeps products."""
    m = [c[0] ** k for k in range(K + L - 1)]
    return equal(_product(m[:K] * u, m[:L] * v), m * _product(u, v))


@false_sibling(exponential_weights_keep_products, says=r"(m \odot u) * (m \odot v) = m \odot (u * v)")
def any_weights_keep_products(u: Pair, v: Pair, m: Triple) -> Statement:
    """Weighting the taps with any mask keeps products."""
    return equal(_product(m[:2] * u, m[:2] * v), m * _product(u, v))


@theorem(
    "alg-derivation",
    says=r"k \odot (u * v) = (k \odot u) * v + u * (k \odot v), \qquad \Delta(u * v) = (\Delta u) * v",
    source="Leibniz's rule",
    strength=LISTED,
)
def weighting_by_the_lag_is_a_derivation(K: Size, L: Size, u: Taps, v: Other) -> Statement:
    """Weighting the taps with their lags obeys the product rule; differences commute with convolution."""
    lags, difference = np.arange(K + L - 1), np.array([1, -1], dtype=np.int64)
    product = _product(lags[:K] * u, v) + _product(u, lags[:L] * v)
    return (
        equal(lags * _product(u, v), product),
        equal(_product(difference, _product(u, v)), _product(_product(difference, u), v)),
    )


@false_sibling(weighting_by_the_lag_is_a_derivation, says=r"k \odot (u * v) = (k \odot u) * v")
def one_term_is_enough(u: Pair, v: Pair) -> Statement:
    """Weighting the product with the lags is weighting one factor."""
    return equal(np.arange(3) * _product(u, v), _product(np.arange(2) * u, v))


@theorem(
    "alg-symmetry-grading",
    says=r"J (u * v) = J u * J v, \text{ so } J u = a u, \; J v = b v \Rightarrow J (u * v) = a b \, (u * v)",
    source="the symmetry z to 1/z",
)
def parities_multiply(K: Size, L: Size, u: Taps, v: Other) -> Statement:
    """Reversal keeps products, so symmetric and antisymmetric kernels multiply as even and odd functions do."""
    even = u + flip(K) @ u
    return (
        equal(flip(K + L - 1) @ (convolution_matrix(u, L) @ v), convolution_matrix(flip(K) @ u, L) @ (flip(L) @ v)),
        equal(flip(K) @ even, even),
    )


def _unimodal(y: Any) -> bool:
    steps = [b - a for a, b in pairwise(y) if a != b]
    return not any(a < 0 < b for a, b in pairwise(steps))


@false_sibling(parities_multiply, says=r"\text{unimodal} * \text{unimodal} = \text{unimodal}", special=True)
def unimodal_kernels_multiply(w: Triple) -> Statement:
    """The square of a kernel that is not negative and rises, then falls, does so, too."""
    return equal(_unimodal(_product(w, w)) or min(w) < 0 or not _unimodal(w), True)
