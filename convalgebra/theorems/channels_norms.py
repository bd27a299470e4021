"""Chapter 13, norms of layers with channels: bounds that hold for every kernel, each by an equation that shows it."""

from fractions import Fraction
from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, identity, shift, upsample
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis.elimination import det
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, Matrices, On, Size, Sizes, Statement, Step, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import STATED, false_sibling, theorem

Channels = Annotated[Any, Sizes(most=2)]
Weight = Annotated[Any, On("o", "c", "K")]
MODES = ("zeros", "circular")


def _unit(n: Any, k: Any = 0) -> Any:
    """e_k, a column."""
    return as_matrix(impulse(n, k))


def _ones(n: Any) -> Any:
    return as_matrix(ones(n))


@theorem(
    "mc-norm-reshape-bounds",
    says=r"\begin{gathered} A = (R \otimes I) U, \; U^\top U = p q \, I; \quad A = V_p^\top (M \otimes I) U_q,"
    r" \; V_p^\top V_p = p I, \; U_q^\top U_q = q I: \\"
    r"\|A\| \le \sqrt{p q} \min(\|R\|, \|M\|) \end{gathered}",
    source="Singla and Feizi 2021; Tsuzuku, Sato and Sugiyama 2018; Miyato et al. 2018",
)
def the_reshaped_weights_bound_the_norm(
    h: Size, n: Size, o: Channels, c: Channels, p: Channels, q: Channels, w: Annotated[Any, On("o", "c", "p", "q")]
) -> Statement:
    """A circular layer is its weight as a matrix R, o by c p q, after the windows, which repeat each value p q times.

    With M, o p by c q, the windows run along one axis before it and along the other behind it. The other two ways
    to reshape are these of the transposed layer, and of the image turned. A layer that pads with zeros is a section
    of a circular one, whose norm is no larger. These equations give the upper bounds; that the norms of R and T bound
    the sup norm of the symbol from below is not claimed.
    """
    A = Conv(w, padding=((0, p - 1), (0, q - 1)), padding_mode="circular").matrix((c, h, n))
    rows = lambda a, s: kron(_unit(o, a).T, identity(c), _unit(p, s).T, identity(q)) @ as_matrix(w)  # noqa: E731
    filters = lambda a: kron(_unit(o, a).T, identity((c, p, q))) @ as_matrix(w)  # noqa: E731
    M = sum_over((o, p), lambda a, s: kron(_unit(o, a), _unit(p, s)) @ rows(a, s).T)
    R = sum_over(o, lambda a: _unit(o, a) @ filters(a).T)
    V = sum_over(p, lambda s: kron(identity(o), _unit(p, s), shift(h, s), identity(n)))
    W = sum_over(q, lambda t: kron(identity(c), _unit(q, t), identity(h), shift(n, -t)))
    U = sum_over((p, q), lambda s, t: kron(identity(c), _unit(p, s), _unit(q, t), shift((h, n), (-s, -t))))
    return (
        A == kron(R, identity((h, n))) @ U,
        U.T @ U == p * q * identity((c, h, n)),
        A == V.T @ kron(M, identity((h, n))) @ W,
        V.T @ V == p * identity((o, h, n)),
        W.T @ W == q * identity((c, h, n)),
    )


@false_sibling(the_reshaped_weights_bound_the_norm, says=r"\|A\| = \|R\|", special=True)
def the_norm_of_a_layer_is_that_of_its_reshaped_weight(n: Size, w: Kernel) -> Statement:
    """The norm of a layer is that of its weight as a matrix: for one filter, the sum of squares is an eigenvalue."""
    C = circulant(w)
    return equal(det(sum(w**2) * identity(n) - C.T @ C), 0)


@theorem(
    "mc-schur-bound",
    says=r"(1^\top a) \, \mathrm{diag}(a) - a a^\top = \tfrac12 \sum_{j k} a_j a_k (e_j - e_k)(e_j - e_k)^\top \ge 0"
    r" \; \Rightarrow \; \|A\|_2^2 \le \|A\|_1 \|A\|_\infty",
    source="Schur's test; Gouk et al. 2021",
)
def rows_and_columns_bound_the_norm(n: Size, o: Channels, c: Channels, K: Channels, w: Weight, a: Kernel) -> Statement:
    """Schur's test: for a row of weights a >= 0, (a . x)^2 is at most its sum times the weighted squares of x.

    In a circular layer all rows of an output channel have the same sum, that of its filter, and all columns of an
    input channel that of the filters which read it: with magnitudes for weights, these are the two induced norms.
    """
    A = Conv(w, padding=((0, K - 1),), padding_mode="circular").matrix((c, n))
    weight, total = as_matrix(w), _ones(n).T @ as_matrix(a)
    entry, step = (lambda j: _unit(n, j).T @ as_matrix(a)), (lambda j, k: _unit(n, j) - _unit(n, k))
    squares = sum_over((n, n), lambda j, k: kron(entry(j), entry(k), step(j, k) @ step(j, k).T))
    return (
        A @ _ones((c, n)) == kron(kron(identity(o), _ones((c, K)).T) @ weight, _ones(n)),
        A.T @ _ones((o, n)) == kron(kron(_ones(o).T, identity(c), _ones(K).T) @ weight, _ones(n)),
        2 * (kron(total, diagonal(a)) - as_matrix(a) @ as_matrix(a).T) == squares,
    )


@false_sibling(rows_and_columns_bound_the_norm, says=r"\|A\|_2 \le \|A\|_\infty", special=True)
def the_largest_row_bounds_the_norm(o: Channels, w: Annotated[Any, On("o", 1)]) -> Statement:
    """The norm is at most the largest sum of magnitudes of a row: of one column, the largest magnitude."""
    return at_most(sum(v**2 for v in w[:, 0]), max(v**2 for v in w[:, 0]))


@theorem(
    "mc-zero-padding-compression",
    says=r"A_{\mathrm{zero}} = V_o A_{\mathrm{circ}} V_c^\top, \quad V V^\top = I \; \Rightarrow \;"
    r" \|A_{\mathrm{zero}}\| \le \|A_{\mathrm{circ}}\| \text{ on any } N \ge n + K - 1 \text{ places}",
    source="Araujo et al. 2021; Boettcher and Silbermann, Introduction to Large Truncated Toeplitz Matrices",
)
def zero_padding_is_a_section_of_a_larger_circle(
    n: Size, K: Step, L: Width, o: Channels, c: Channels, w: Weight
) -> Statement:
    """A layer that pads with zeros is a section of the circular one on any larger circle, so its norm is no larger.

    That is at most the largest norm of the transfer matrix of the kernel. Limits of large sizes are not claimed.
    """
    circle = n + K - 1 + L
    sections = [crop((channels, circle), ((0, 0), (0, K - 1 + L))) for channels in (o, c)]
    zero = Conv(w, padding=((0, K - 1),)).matrix((c, n))
    circular = Conv(w, padding=((0, K - 1),), padding_mode="circular").matrix((c, circle))
    return (
        zero == sections[0] @ circular @ sections[1].T,
        sections[0] @ sections[0].T == identity((o, n)),
        sections[1] @ sections[1].T == identity((c, n)),
    )


@false_sibling(
    zero_padding_is_a_section_of_a_larger_circle,
    says=r"\sigma(A_{\mathrm{zero}}) = \sigma(A_{\mathrm{circ}}), \text{ so}"
    r" \|A_{\mathrm{zero}}\|_F = \|A_{\mathrm{circ}}\|_F",
)
def zero_and_circular_padding_have_the_same_singular_values(
    n: Annotated[Any, Sizes(2, 4)], w: Annotated[Any, On(1, 1, 2)]
) -> Statement:
    """Padding with zeros and around a circle give the same singular values, so the same sum of squared entries."""
    squares = [(Conv(w, padding=((0, 1),), padding_mode=mode).matrix((1, n)).to_numpy() ** 2).sum() for mode in MODES]
    return equal(*squares)


@theorem(
    "mc-lipschitz-composition",
    says=r"a b I - (B A)^{*} B A = b (a I - A^{*} A) + A^{*} (b I - B^{*} B) A, \qquad"
    r" (I - S)(I + S) = I - S_2: \; 2 < 2 \cdot 2",
    source="Szegedy et al. 2014; Gouk et al. 2021",
)
def norms_of_layers_multiply_to_a_bound(
    n: Size,
    m: Channels,
    o: Channels,
    k: Integer,
    a: Kernel,
    b: Kernel,
    A: Annotated[Any, Matrices("o", "n")],
    B: Annotated[Any, Matrices("m", "o")],
) -> Statement:
    """If A stretches squares by at most a and B by at most b, then B A by at most a b: what remains is not negative.

    The bound can be far away: sums and differences of neighbours, [1, 1] and [1, -1], stretch by 2 each, constants
    and alternating signals, but one after the other by 2 as well, like every I - S_k, not by 4. Linear maps alone:
    activations and pools are not claimed here.
    """
    first = lambda v: _unit(n).T @ as_matrix(v)  # noqa: E731  # a number: the entry of place 0
    I, S, T = identity(n), shift(n, k), shift(n, -k)  # noqa: E741  # as on paper
    double = 2 * n
    alternating = (identity(double) - shift(double, 1)) @ upsample(n, 2) @ _ones(n)
    return (
        kron(first(a), kron(first(b), I)) - (B @ A).H @ (B @ A)
        == kron(first(b), kron(first(a), I) - A.H @ A) + A.H @ (kron(first(b), identity(o)) - B.H @ B) @ A,
        (I - S) @ (I + S) == I - shift(n, 2 * k),
        4 * I - (I - T) @ (I - S) == (I + T) @ (I + S),
        (I + S) @ _ones(n) == 2 * _ones(n),
        (identity(double) - shift(double, 1)) @ alternating == 2 * alternating,
    )


@false_sibling(norms_of_layers_multiply_to_a_bound, says=r"\|B A\| = \|B\| \|A\|", special=True)
def norms_of_layers_multiply(n: Size, u: Kernel, v: Kernel) -> Statement:
    """The norm of a composition is the product of norms, so it is not 0 unless one of them is."""
    return equal(any(circulant(u) @ v), any(u) and any(v))


@theorem(
    "mc-gelfand-power",
    says=r"G_0 = C_w, \; G_{t + 1} = G_t^{*} G_t: \quad G_1 = C_g, \; g = C_w^{*} w, \; \hat g = |\hat w|^2, \quad"
    r" \|C_w\|_F^2 = \textstyle\sum_k |\hat w[k]|^2 \ge \|C_w\|^2",
    source="Gelfand; Delattre et al. 2023",
)
def gram_iteration_bounds_the_norm_from_above(n: Size, w: Kernel) -> Statement:
    """A step of G -> G* G makes a circulant whose spectrum is that of the magnitudes squared, and so does the next.

    The sum of the squares of the entries is that of all bins: its root bounds the largest, the norm, from above, and
    the roots of the later steps bound it closer. That the roots of norms of powers converge is not claimed.
    """
    F, C, W = dft(n), circulant(w), diagonal(dft(n) @ w)
    g = C.H @ as_matrix(w)
    squares = sum_over(n, lambda i: _unit(n, i).T @ C.H @ C @ _unit(n, i))
    return (
        C.H @ C @ _unit(n) == g,
        C.H @ C @ shift(n) == shift(n) @ C.H @ C,
        F @ g == W.H @ W @ _ones(n),
        squares == n * (as_matrix(w).H @ as_matrix(w)),
        F.H @ F == n * identity(n),
    )


@false_sibling(gram_iteration_bounds_the_norm_from_above, says=r"\|A\|^2 \|x\|^2 \le \|A x\|^2", special=True)
def power_iteration_bounds_the_norm_from_above(n: Size, d: Kernel, x: Kernel) -> Statement:
    """Power iteration bounds the norm from above: a step of it, for a diagonal matrix, stretches x by the norm."""
    return at_most(max(d**2) * sum(x**2), sum((d * x) ** 2))


@theorem(
    "mc-sup-norm-grid-bound",
    says=r"\begin{gathered} x = \cos \theta, \; s_k = |\hat w(\tfrac{\pi k}2)|^2: \quad |\hat w|^2 = \tfrac{x"
    r" (1 + x)}2 s_0 + (1 - x^2) s_1 - \tfrac{x (1 - x)}2 s_2, \\"
    r"\sup_\theta |\hat w|^2 \le \tfrac98 \max_k s_k \le \max_k s_k / \cos^2 \tfrac{\pi (K - 1)}{2 \cdot"
    r" 4} \end{gathered}",
    source="Ehlich and Zeller 1964; Pfister and Yeredor 2018; cf. Araujo et al. 2021",
    strength=STATED,
)
def a_few_frequencies_bound_all(w: Annotated[Any, On(3)], x: Annotated[Any, On(1)]) -> Statement:
    """For K = 3 real taps, four frequencies bound the spectrum at all: its square is at most 9/8 of their largest.

    It is a quadratic polynomial in the cosine x, told by its values at 1, 0 and -1, none of them negative; for x >= 0
    the weights of the first two add up to at most 9/8, and for x < 0 those of the last two. The theorem for any
    numbers of taps, channels and frequencies, by the factor 1 / cos of the last bound, is not claimed.
    """
    square, half, t = _square(w), Fraction(1, 2), x[0]
    first, middle, last = half * t * (1 + t), 1 - t * t, -half * t * (1 - t)
    return (
        equal(square(t), first * square(1) + middle * square(0) + last * square(-1)),
        equal(first + middle, Fraction(9, 8) - half * (t - half) ** 2),
        equal([square(v) for v in (1, -1)], [sum(w) ** 2, (w[0] - w[1] + w[2]) ** 2]),
        equal(square(0), (w[0] - w[2]) ** 2 + w[1] ** 2),
    )


def _square(w: Any) -> Any:
    """The squared magnitude of the spectrum of three taps, where the cosine of the frequency is x."""
    r = [sum(w[i] * w[i + k] for i in range(3 - k)) for k in range(3)]
    return lambda x: r[0] + 2 * r[1] * x + 2 * r[2] * (2 * x * x - 1)


@false_sibling(
    a_few_frequencies_bound_all, says=r"\sup_\theta |\hat w(\theta)| = \max_{k < 4} |\hat w(2 \pi k / 4)|", special=True
)
def the_largest_bin_is_the_norm(w: Annotated[Any, On(3)]) -> Statement:
    """The largest of four bins of three taps is the largest value at any frequency: also where the cosine is 1/4."""
    square = _square(w)
    return at_most(square(Fraction(1, 4)), max(map(square, (1, 0, -1))))
