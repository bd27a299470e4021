"""Chapter 10, continued: products of zero-padded layers, their border, and how far they are from periodic ones."""

from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import crop, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.analysis.exact_spectrum import det
from convalgebra.theorems.domains import Kernel, On, Size, Sizes, Statement
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.finite_toeplitz import band
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Radius = Annotated[Any, Sizes(1, 2)]
Few = Annotated[Any, Sizes(1, 3)]
Lags = Annotated[Any, On(lambda m: 2 * m + 1)]
Widest = Annotated[Any, On(lambda r, s: 2 * max(r, s) + 1)]
Three = Annotated[Any, On(3)]
GRAY = "Gray 2006, Toeplitz and Circulant Matrices: A Review"
BOETTCHER = "Boettcher and Silbermann, Introduction to Large Truncated Toeplitz Matrices"


def _product(a: Any, b: Any) -> Any:
    """The kernel of the symbol a b."""
    return convolution_matrix(a, len(b)) @ b


def _cut(a: Any, first: int, last: int) -> Any:
    """The kernel without its lags before the first and after the last."""
    m = len(a) // 2
    return np.array([a[k + m] if first <= k <= last else 0 for k in range(-m, m + 1)], dtype=object)


def _lost(n: int, a: Any, b: Any) -> Any:
    """`T_n(a b) - T_n(a) T_n(b)`."""
    m = len(a) // 2
    return band(n, 2 * m, _product(a, b)) - band(n, m, a) @ band(n, m, b)


def _hankel(n: int, m: int, a: Any) -> Any:
    """`H(a)[i, j] = a_{i + j + 1}`, n x m."""
    return crop(3 * m + n, (2 * m, m)) @ pad(3 * m, (0, n)) @ convolution_matrix(a, m) @ flip(m)


@theorem(
    "toep-widom",
    says=r"T_n(a b) - T_n(a) T_n(b) = H(a) H(\tilde b)^\top + J H(\tilde a) H(b)^\top J,"
    r" \quad H(a)[i, j] = a_{i+j+1}, \; \tilde a_k = a_{-k}",
    source=f"Widom 1976; {BOETTCHER}",
    strength=LISTED,
)
def what_two_zero_padded_layers_lose_at_the_border(n: Few, m: Radius, a: Lags, b: Lags) -> Statement:
    """The product of two layers differs from the layer of the product by two Hankel products, one at each end."""
    J = flip(n)
    near = _hankel(n, m, a) @ _hankel(n, m, b[::-1]).T
    far = J @ _hankel(n, m, a[::-1]) @ _hankel(n, m, b).T @ J
    return _lost(n, a, b) == near + far


@false_sibling(what_two_zero_padded_layers_lose_at_the_border, says=r"T_n(a) T_n(b) = T_n(a b)")
def zero_padded_layers_multiply_like_their_symbols(n: Few, m: Radius, a: Lags, b: Lags) -> Statement:
    """The product of two zero-padded layers is the zero-padded layer of the product."""
    return band(n, m, a) @ band(n, m, b) == band(n, 2 * m, _product(a, b))


def _trace(A: Operator) -> Any:
    return sum(A[i, i] for i in range(A.shape[0]))


@theorem(
    "toep-trace-defect",
    says=r"\mathrm{tr} \, T_n(a b) - \mathrm{tr} \, T_n(a) T_n(b)"
    r" = \sum_{k \ge 1} k (a_k b_{-k} + a_{-k} b_k), \qquad n \ge m",
    source="the trace formula of Szegoe and Widom; Karlovich 2007",
    strength=LISTED,
)
def the_total_loss_at_the_border_is_constant(
    m: Radius, extra: Annotated[Any, Sizes(0, 2)], a: Lags, b: Lags
) -> Statement:
    """The loss at the border has the same trace for every n that is not below the largest lag m."""
    n = m + extra
    return equal(_trace(_lost(n, a, b)), sum(k * (a[m + k] * b[m - k] + a[m - k] * b[m + k]) for k in range(1, m + 1)))


@false_sibling(the_total_loss_at_the_border_is_constant, says=r"\mathrm{tr} \, D_n = n \, \mathrm{tr} \, D_1")
def the_loss_grows_with_the_signal(n: Few, a: Three, b: Three) -> Statement:
    """The total loss grows in proportion to the number of places."""
    return equal(_trace(_lost(n, a, b)), n * _trace(_lost(1, a, b)))


@theorem(
    "toep-brown-halmos",
    says=r"(T_n(a b) - T_n(a) T_n(b))[r - 1, s - 1] = a_r b_{-s}, \quad [n - q, n - t] = a_{-q} b_t; \qquad"
    r" a, b \text{ causal, or } b = \beta \Rightarrow T_n(a) T_n(b) = T_n(a b)",
    source="Brown and Halmos 1964",
    strength=LISTED,
)
def layers_multiply_exactly_if_both_look_one_way(r: Radius, s: Radius, a: Widest, b: Widest) -> Statement:
    """Zero-padded layers multiply like their symbols exactly if both are causal, or both anticausal, or one a scalar.

    For if r is the last lag of a and -s the first of b, the loss has the entry a_r b_{-s}; and so at the other end.
    """
    m = max(r, s)
    n = 2 * m
    near = _lost(n, _cut(a, -m, r), _cut(b, -s, m))[r - 1, s - 1]
    far = _lost(n, _cut(a, -r, m), _cut(b, -m, s))[n - r, n - s]
    sides = [(_cut(a, *side), _cut(b, *side)) for side in ((0, m), (-m, 0))]
    exact = [_lost(n, *pair) for pair in (*sides, (a, _cut(b, 0, 0)), (_cut(a, 0, 0), b))]
    return equal((near, far), (a[m + r] * b[m - s], a[m - r] * b[m + s])), *(D == 0 * identity(n) for D in exact)


@false_sibling(
    layers_multiply_exactly_if_both_look_one_way,
    says=r"a b \text{ causal} \Rightarrow T_n(a) T_n(b) = T_n(a b)",
    special=True,
)
def layers_with_a_causal_product_multiply_exactly(n: Few, a: Three, b: Three) -> Statement:
    """It is enough that the product of the symbols is causal."""
    causal = not any(_product(a, b)[:2])
    return _lost(n, a, b) == 0 * identity(n) if causal else identity(n) == identity(n)


@theorem(
    "toep-wiener-hopf",
    says=r"T_n(a_- a_+) = T_{n, n+s}(a_-) \, T_{n+s, n}(a_+), \qquad a_- = \sum_{k \le 0}, \; a_+ = \sum_{k \ge 0}",
    source=f"Gohberg and Feldman; {BOETTCHER}",
)
def an_anticausal_and_a_causal_factor_multiply_exactly(
    n: Size, s: Size, u: Annotated[Any, On(lambda s: s + 1)], v: Annotated[Any, On(lambda s: s + 1)]
) -> Statement:
    """The matrix of a_- a_+ is the anticausal factor after the causal one, if this may run s places on: T(a_-) T(a_+).

    On the half line there is always room, so T(a_- a_+) = T(a_-) T(a_+) there.  Of inverses and of limits of LU
    factors nothing is claimed.
    """
    both = convolution_matrix(u, s + 1) @ v
    return band(n, s, both) == convolution_matrix(u, n + s, "valid") @ convolution_matrix(v, n)


@false_sibling(an_anticausal_and_a_causal_factor_multiply_exactly, says=r"T_n(a_-) T_n(a_+) = T_n(a_+) T_n(a_-)")
def the_order_of_the_factors_does_not_matter(n: Size, u: Kernel, v: Kernel) -> Statement:
    """At finite size the factors commute."""
    U, V = toeplitz([u[0], *[0] * (n - 1)], u), toeplitz(v, [v[0], *[0] * (n - 1)])
    return U @ V == V @ U


def _wrapped(n: int, m: int, a: Any) -> Operator:
    """`C_n(a)`: the circulant of the same taps, n > 2 m."""
    return circulant(shift(n, -m) @ (pad(2 * m + 1, (0, n - 2 * m - 1)) @ a))


@theorem(
    "toep-gray-asymptotic-equivalence",
    says=r"\mathrm{rank}(C_n(a) - T_n(a)) \le 2 m, \qquad \|C_n(a) - T_n(a)\|_F^2 = \sum_k |k| \, a_k^2",
    source=f"{GRAY}, chapter 4",
    strength=LISTED,
)
def zero_and_periodic_padding_differ_in_the_corners(
    m: Radius, extra: Annotated[Any, Sizes(1, 2)], a: Lags
) -> Statement:
    """Zero padding and periodic padding differ by a matrix whose rank and whose norm do not grow with n.

    Divided by n, the squared norm tends to zero; the consequence for eigenvalues is not claimed.
    """
    n = 2 * m + extra
    D = _wrapped(n, m, a) - band(n, m, a)
    squares = sum(abs(k - m) * a[k] ** 2 for k in range(2 * m + 1))
    return at_most(elimination.rank(D.to_numpy()), 2 * m), equal(_trace(D.T @ D), squares)


@false_sibling(zero_and_periodic_padding_differ_in_the_corners, says=r"\|C_n(a) - T_n(a)\|_2 \to 0", special=True)
def zero_and_periodic_padding_become_equal(n: Annotated[Any, Sizes(3, 6)], a: Three) -> Statement:
    """The difference tends to zero: its corner entry is at most 2 / n times the sum of the absolute taps."""
    D = _wrapped(n, 1, a) - band(n, 1, a)
    return at_most(n * abs(D[0, n - 1]), 2 * sum(map(abs, a)))


@theorem(
    "toep-norm-symbol",
    says=r"T_n(a) = P^\top T_{n+1}(a) P = Q^\top C_{n + 2 m + q}(a) \, Q",
    source=f"Toeplitz 1911; {BOETTCHER}",
)
def zero_padded_layers_are_blocks_of_larger_ones(
    n: Size, m: Size, q: Size, a: Annotated[Any, On(lambda m: 2 * m + 1)]
) -> Statement:
    """A zero-padded layer is a block of the next larger one, and of the periodic one on n + 2 m places or more.

    So its norm never falls with n, and is at most the largest absolute value of the symbol, as are circulants'.
    That it tends to this value is not claimed.
    """
    P, Q, N = pad(n, (0, 1)), pad(n, (0, 2 * m + q)), n + 2 * m + q
    periodic = circulant(shift(N, -m) @ (pad(2 * m + 1, (0, n + q - 1)) @ a))
    return P.T @ band(n + 1, m, a) @ P == band(n, m, a), Q.T @ periodic @ Q == band(n, m, a)


@false_sibling(zero_padded_layers_are_blocks_of_larger_ones, says=r"\|T_2(a)\|_F^2 \le 2 \|C_2(a)\|_2^2", special=True)
def zero_padding_is_below_the_circle_of_the_same_size(a: Three) -> Statement:
    """At size 2 the zero-padded layer is at most the periodic one: its squares add up to at most twice its norm's."""
    T, folded = band(2, 1, a), a[0] + a[2]
    return at_most(_trace(T.T @ T), 2 * max(abs(a[1] + folded), abs(a[1] - folded)) ** 2)


@theorem(
    "toep-hermitian-range",
    says=r"T_n(\tilde p \, p) = \mathrm{Full}(p)^\top \mathrm{Full}(p), \quad"
    r" x^\top T_n(\tilde p p) \, x = \|p * x\|^2",
    source=f"Szegoe; {GRAY}, theorem 4.1",
)
def symbols_that_are_squares_make_positive_matrices(
    n: Size, m: Size, p: Annotated[Any, On(lambda m: m + 1)]
) -> Statement:
    """The zero-padded layer of an autocorrelation is positive semidefinite: x^T T x is the energy of p * x.

    By Fejer and Riesz every real symbol a >= min a is such a square plus min a; so the eigenvalues lie above min a, and
    below max a.  This factorisation of the symbol is not part of the claim.
    """
    autocorrelation = convolution_matrix(flip(m + 1) @ p, m + 1) @ p
    return band(n, m, autocorrelation) == convolution_matrix(p, n).T @ convolution_matrix(p, n)


@false_sibling(symbols_that_are_squares_make_positive_matrices, says=r"T_n(-3, 5, -3) \succ 0")
def matrices_that_are_positive_up_to_some_size_stay_so(n: Annotated[Any, Sizes(1, 6)]) -> Statement:
    """The matrices of the taps (-3, 5, -3), positive definite up to size 4, stay so: no determinant is negative."""
    return at_most(0, det(band(n, 1, [-3, 5, -3])))


def _grid(n: int, matrix: Any, taps: Any) -> Operator:
    """The five-point Laplacian on n x n places, made of one matrix for each axis."""
    A = matrix(n, 1, np.array(taps, dtype=np.int64))
    return kron(A, identity(n)) + kron(identity(n), A)


@theorem(
    "toep-bttb-no-gs",
    says=r"\mathrm{rank}(\mathrm{BTTB} - \mathrm{BCCB}) = 4 n - 6 \text{ for the five-point Laplacian}, \; n \ge 3;"
    r" \qquad \le r_+ + r_- \text{ on one axis}",
    source="Kailath and Chun 1994; Serra-Capizzano and Tyrtyshnikov 1999",
    strength=LISTED,
)
def the_border_of_an_image_grows(n: Annotated[Any, Sizes(3, 5)]) -> Statement:
    """On n x n places zero and periodic padding of the five-point Laplacian differ in rank 4 n - 6, on one axis in 2.

    That there is no inversion formula of fixed length for images is not claimed.
    """
    taps = [-1, 2, -1]
    plane = _grid(n, band, taps) - _grid(n, _wrapped, taps)
    line = band(n, 1, taps) - _wrapped(n, 1, np.array(taps, dtype=np.int64))
    return equal(tuple(elimination.rank(A.to_numpy()) for A in (plane, line)), (4 * n - 6, 2))


@false_sibling(the_border_of_an_image_grows, says=r"\mathrm{rank}(\mathrm{BTTB} - \mathrm{BCCB}) \le 6")
def the_border_of_an_image_has_constant_rank(n: Annotated[Any, Sizes(3, 5)]) -> Statement:
    """On images, too, the two paddings differ in a rank that does not grow: that of 3 x 3 places."""
    return at_most(elimination.rank((_grid(n, band, [-1, 2, -1]) - _grid(n, _wrapped, [-1, 2, -1])).to_numpy()), 6)


def _moments(n: int, symbol: Any, factors: Any) -> tuple[Any, Any]:
    """The trace of a product of T_n less that of T_{n-1}, and the mean of the product of symbols."""
    traces = []
    for size in (n - 1, n):
        T = identity(size)
        for a in factors:
            T = T @ band(size, 1, a)
        traces.append(_trace(T))
    return traces[1] - traces[0], symbol[len(symbol) // 2]


@theorem(
    "toep-szego-first",
    says=r"\mathrm{tr} \, T_{n+1}(a)^p - \mathrm{tr} \, T_n(a)^p = \frac{1}{2 \pi} \int a^p, \quad n \ge p,"
    r" \qquad \frac{\det T_{n+1}}{\det T_n} = \frac{1 - r^{2 n + 4}}{1 - r^{2 n + 2}} \text{ for } a = |1 - r z|^2",
    source=f"Szegoe 1915; {GRAY}, theorem 4.2",
    strength=LISTED,
)
def each_further_place_adds_the_mean_of_the_power(
    p: Annotated[Any, Sizes(1, 3)], extra: Annotated[Any, Sizes(1, 2)], a: Three, r: Annotated[Any, On(1)]
) -> Statement:
    """Each further place adds the mean of a^p to the sum of the p-th powers of the eigenvalues, for three taps.

    So their averages tend to those of the symbol: Szegoe's theorem for polynomials.  Quotients of determinants are
    shown for one symbol; the limits are not claimed.
    """
    n, power = p + extra, np.array([1], dtype=object)
    for _ in range(p):
        power = _product(power, a)
    dets = [det(band(k, 1, [-r[0], 1 + r[0] ** 2, -r[0]])) for k in (n, n + 1)]
    squares = [sum(r[0] ** (2 * j) for j in range(k + 1)) for k in (n, n + 1)]
    return equal(*_moments(n, power, [a] * p)), equal(dets, squares)


@false_sibling(
    each_further_place_adds_the_mean_of_the_power,
    says=r"\textstyle\sum_i |\lambda_i|^2 = n (a_0^2 + a_1^2) - a_1^2, \quad a = a_0 + a_1 z",
)
def eigenvalues_of_causal_layers_follow_the_symbol(n: Few, a: Annotated[Any, On(2)]) -> Statement:
    """The squared moduli of eigenvalues follow |a|^2 for causal taps, too: n times a_0^2, less a border term."""
    return equal(n * a[0] ** 2, n * (a[0] ** 2 + a[1] ** 2) - a[1] ** 2)


@theorem(
    "toep-avram-parter",
    says=r"\mathrm{tr} (T_{n+1}^\top T_{n+1})^p - \mathrm{tr} (T_n^\top T_n)^p = \frac{1}{2 \pi} \int |a|^{2 p},"
    r" \qquad n \ge 2 p - 1",
    source="Avram 1988; Parter 1986",
    strength=LISTED,
)
def each_further_place_adds_the_mean_of_the_squared_modulus(
    p: Annotated[Any, Sizes(1, 2)], extra: Annotated[Any, Sizes(1, 2)], a: Three
) -> Statement:
    """Each further place adds the mean of |a|^(2 p) to the sum of the 2 p-th powers of the singular values.

    For every symbol of three taps, symmetric or not; the limit for all functions is not claimed.
    """
    n, power = 2 * p + extra - 1, np.array([1], dtype=object)
    for _ in range(p):
        power = _product(_product(power, a[::-1]), a)
    return equal(*_moments(n, power, [a[::-1], a] * p))


@false_sibling(
    each_further_place_adds_the_mean_of_the_squared_modulus,
    says=r"\textstyle\sum_i |\lambda_i|^2 = \mathrm{tr} \, T_n^\top T_n",
)
def moduli_of_eigenvalues_follow_the_symbol(n: Few, a: Annotated[Any, On(2)]) -> Statement:
    """The moduli of eigenvalues have the sums of the singular values: for the causal taps (a_0, a_1) all are a_0."""
    T = toeplitz([*a, *[0] * n][:n], [a[0], *[0] * (n - 1)])
    return equal(n * a[0] ** 2, _trace(T.T @ T))


@theorem(
    "toep-preconditioner-clustering",
    says=r"\dim \{x : T_n x = C_n x\} \ge n - 2 m, \qquad \text{so } C_n^{-1} T_n \text{ has the eigenvalue } 1"
    r" \; n - 2 m \text{ times}",
    source="R. Chan and Strang 1989",
    strength=LISTED,
)
def a_circulant_preconditioner_leaves_few_other_eigenvalues(
    m: Radius, extra: Annotated[Any, Sizes(1, 2)], a: Lags
) -> Statement:
    """After division by the circulant of the same taps all but 2 m eigenvalues of a zero-padded layer are 1.

    For bands alone, and for every n; clusters of other symbols are not claimed.
    """
    n = 2 * m + extra
    return at_most(n - 2 * m, n - elimination.rank((band(n, m, a) - _wrapped(n, m, a)).to_numpy()))


@false_sibling(
    a_circulant_preconditioner_leaves_few_other_eigenvalues, says=r"\mathrm{rank}(T - C) \le 8 \text{ on images}"
)
def a_circulant_preconditioner_does_so_on_images(n: Annotated[Any, Sizes(3, 5)]) -> Statement:
    """On images, too, all but a bounded number are 1: at most 8 for the five-point Laplacian."""
    return at_most(elimination.rank((_grid(n, band, [-1, 2, -1]) - _grid(n, _wrapped, [-1, 2, -1])).to_numpy()), 8)
