"""Chapter 13, layers with channels on a circle: one small matrix for each frequency, inverses, orthogonality, ranks."""

from math import prod
from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.kernel import Kernel as Laurent
from convalgebra.algebra.rings import entries
from convalgebra.algebra.selection import crop, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.analysis.elimination import det
from convalgebra.analysis.exact_spectrum import rank
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, sum_over
from convalgebra.proofs.symbolic import Symbolic, as_matrix
from convalgebra.theorems.domains import Integer, Kernel, Matrices, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import equal, under
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Channels = Annotated[Any, Sizes(most=2)]
Weight = Annotated[Any, On("o", "c", "n")]
Tap = Annotated[Any, On(1)]
Mixing = Annotated[Any, On("c", "c", "n")]


def _layer(w: Any, box: Any, groups: Any = 1) -> Any:
    """The circular layer `y[o, i] = sum of w[o, c, t] x[c, i + t]`."""
    taps = (w.rows if isinstance(w, Symbolic) else w.shape)[2]
    return Conv(w, padding=((0, taps - 1),), padding_mode="circular", groups=groups).matrix(box)


def _unit(n: Any, k: Any = 0) -> Any:
    """e_k, a column."""
    return as_matrix(impulse(n, k))


def _block(w: Any, box: Any, o: Any, c: Any) -> Any:
    """w[o, c], a column, of a weight on the box of output channels, input channels and taps."""
    return kron(_unit(box[0], o).T, _unit(box[1], c).T, identity(box[2])) @ as_matrix(w)


def _bins(n: Any, column: Any) -> Any:
    """diag(F w)."""
    spectrum = dft(n) @ column
    return diagonal(spectrum if isinstance(spectrum, Symbolic) else list(spectrum.to_sympy()))


def _circulant(column: Any) -> Any:
    return circulant(column if isinstance(column, Symbolic) else column.to_numpy()[:, 0])


@theorem(
    "mc-block-diagonal",
    says=r"A (I \otimes F) = (I \otimes F) \hat K, \quad \hat K_{a b} = \mathrm{diag}(F w_{a b}), \qquad"
    r" (I \otimes F^{*}) A^{*} A (I \otimes F) = n \, \hat K^{*} \hat K",
    source="Sedghi, Gupta and Long 2019",
)
def a_layer_is_one_small_matrix_for_each_frequency(
    n: Size, o: Channels, c: Channels, a: Integer, b: Integer, d: Integer, w: Weight
) -> Statement:
    """The transform of every channel leaves one matrix of channels for each frequency, and its Gram matrix for A* A.

    So the singular values of a circular layer are those of these small matrices, all together.
    """
    F, A, box = dft(n), _layer(w, (c, n)), (o, c, n)
    gram = sum_over(o, lambda i: _bins(n, _block(w, box, i, b)).H @ _bins(n, _block(w, box, i, d)))
    return (
        kron(_unit(o, a).T, identity(n)) @ A @ kron(_unit(c, b), F) == F @ _bins(n, _block(w, box, a, b)),
        kron(_unit(c, b).T, F.H) @ A.H @ A @ kron(_unit(c, d), F) == n * gram,
    )


@false_sibling(
    a_layer_is_one_small_matrix_for_each_frequency,
    says=r"\sigma(A) = \sigma(R), \; n \text{ times each}, R \text{ the weight as a matrix } o \times (c n),"
    r" \text{ so } \mathrm{rank}\, A = n \, \mathrm{rank}\, R",
    special=True,
)
def the_reshaped_weight_has_the_singular_values(n: Size, w: Annotated[Any, On(1, 1, "n")]) -> Statement:
    """The singular values of a layer are those of its weight as a matrix, n times each, so its rank is n times too."""
    return equal(rank(_layer(w, (1, n))), n if any(w[0, 0]) else 0)


@theorem(
    "mc-eigen-vs-singular",
    says=r"A (I \otimes F) = (I \otimes F) \hat K, \qquad (I \otimes F^{*})(A A^{*} - A^{*} A)(I \otimes F) ="
    r" n (\hat K \hat K^{*} - \hat K^{*} \hat K)",
    source="Davis, Circulant Matrices, section 5.6",
)
def a_layer_is_normal_where_all_its_small_matrices_are(
    n: Size, c: Channels, a: Integer, b: Integer, w: Mixing
) -> Statement:
    """With as many outputs as inputs the eigenvalues are those of the small matrices, and normal are all or none.

    A single channel has small matrices of one entry, which always commute with their adjoints.
    """
    F, A, box = dft(n), _layer(w, (c, n)), (c, c, n)
    K = lambda i, j: _bins(n, _block(w, box, i, j))  # noqa: E731
    inner = lambda M: kron(_unit(c, a).T, F.H) @ M @ kron(_unit(c, b), F)  # noqa: E731
    return (
        inner(A) == n * K(a, b),
        inner(A @ A.H) == n * sum_over(c, lambda i: K(a, i) @ K(b, i).H),
        inner(A.H @ A) == n * sum_over(c, lambda i: K(i, a).H @ K(i, b)),
    )


@false_sibling(a_layer_is_normal_where_all_its_small_matrices_are, says=r"A A^\top = A^\top A")
def circular_layers_with_channels_are_normal(n: Size, c: Channels, w: Mixing) -> Statement:
    """A circular layer with channels is normal, as one without them is."""
    A = _layer(w, (c, n))
    return A @ A.T == A.T @ A


@theorem(
    "mc-determinant-logdet",
    says=r"\det A = \prod_k \det \hat K(k), \qquad 1 \times 1: \det(W)^n, \qquad \text{causal: } \det(W_{n - 1})^n",
    source="Hoogeboom, van den Berg and Welling 2019; Kingma and Dhariwal 2018",
    strength=LISTED,
    given={"c n <= 4": lambda c, n: c * n <= 4},
)
def determinants_of_layers_are_products_of_small_ones(c: Channels, n: Size, w: Mixing) -> Statement:
    """The determinant of a circular layer is the product of those of its small matrices, one for each frequency.

    A layer of one tap has that of the tap to the power n, and so has a causal layer, by the tap at the place itself.
    """
    full = lambda A: det(matrix(A.to_numpy()))  # noqa: E731
    spectra = [[_bins(n, _block(w, (c, c, n), o, i)).to_sympy() for i in range(c)] for o in range(c)]
    small = [det(matrix([[spectra[o][i][k, k] for i in range(c)] for o in range(c)])) for k in range(n)]
    causal = Conv(w, padding=((n - 1, 0),)).matrix((c, n))
    return (
        equal(full(_layer(w, (c, n))), prod(small)),
        equal(full(_layer(w[..., :1], (c, n))), det(matrix(w[..., 0])) ** n),
        equal(full(causal), det(matrix(w[..., -1])) ** n),
    )


@false_sibling(
    determinants_of_layers_are_products_of_small_ones, says=r"\det T = \prod_k \hat w[k] \text{ with zeros outside}"
)
def the_transform_tells_the_determinant_of_a_padded_layer(
    n: Annotated[Any, Sizes(2, 4)], w: Annotated[Any, On(1, 1, 2)]
) -> Statement:
    """The determinant of a layer that pads with zeros is that of the circular one."""
    return equal(det(Conv(w, padding=((0, 1),)).matrix((1, n))), det(_layer(w, (1, n))))


@theorem(
    "mc-unimodular-fir-inverse",
    says=r"\begin{bmatrix} A & B \\ C & D \end{bmatrix} \begin{bmatrix} D & -B \\ -C & A \end{bmatrix} ="
    r" (A D - B C) \otimes I, \qquad N^2 = 0 \Rightarrow (I + N \otimes C_p)(I - N \otimes C_p) = I",
    source="Vaidyanathan, Multirate Systems and Filter Banks, chapter 13",
)
def a_determinant_of_one_tap_gives_a_finite_inverse(
    n: Size, m: Channels, a: Kernel, b: Kernel, d: Kernel, p: Kernel, N: Annotated[Any, Matrices("m", "m")]
) -> Statement:
    """Two by two kernels times their adjugate are the determinant: if that is a shift, the inverse is as short.

    So it is for a shear: one channel, convolved with any kernel, is added to another and subtracted again. Stated
    for two channels; the converse, that a finite inverse needs a determinant of one tap, follows as determinants
    multiply and in one channel only single taps have finite inverses.
    """
    A, B, C, D = circulant(a), circulant(b), circulant(p), circulant(d)
    one, shear = identity((m, n)), kron(N, C)
    return (
        A @ D - B @ C == D @ A - C @ B,
        A @ B == B @ A,
        C @ D == D @ C,
        under((one + shear) @ (one - shear) == one, N @ N == 0 * N),
    )


@false_sibling(
    a_determinant_of_one_tap_gives_a_finite_inverse,
    says=r"\begin{bmatrix} 1 & p \\ 0 & 1 \end{bmatrix} \begin{bmatrix} 1 & -p \\ 0 & 1 \end{bmatrix}"
    r" \text{ has several taps if } p \text{ has}",
    special=True,
)
def layers_of_several_taps_have_no_finite_inverse(K: Step, p: Taps) -> Statement:
    """No layer of more than one tap has a finite inverse: a shear times any other still has more than one."""
    one, none = [1, *[0] * (K - 1)], [0] * K
    shear, back = (Laurent(entries([[one, [*(s * p)]], [none, one]])) for s in (1, -1))
    return equal(len((shear * back).support) > 1, len(shear.support) > 1)


@theorem(
    "mc-orthogonal-conv",
    says=r"\begin{gathered} (A A^\top)_{a b} = \sum_i C_{a i}^\top C_{b i}, \qquad Q^\top Q = I \Rightarrow S_k"
    r" \otimes Q \text{ orthogonal}, \\"
    r"P = V V^\top, \; V^\top V = I \Rightarrow I \otimes P + S \otimes (I - P) \text{ orthogonal}"
    r" \end{gathered}",
    source="Xiao et al. 2018; Wang et al. 2020; Li et al. 2019",
)
def a_layer_is_orthogonal_where_its_kernels_are(
    n: Size,
    c: Channels,
    m: Channels,
    a: Integer,
    b: Integer,
    k: Integer,
    w: Mixing,
    Q: Annotated[Any, Matrices("c", "c")],
    V: Annotated[Any, Matrices("c", "m")],
) -> Statement:
    """Its Gram matrix is made of the correlations of its kernels, summed over channels: orthogonal if they are delta.

    One tap that is orthogonal is enough, and so are a projection and what it leaves, moved by one place, and any
    products of these.
    """
    A, box = _layer(w, (c, n)), (c, c, n)
    C = lambda i, j: _circulant(_block(w, box, i, j))  # noqa: E731
    P, one = V @ V.T, identity(c)
    U, R = kron(identity(n), P) + kron(shift(n), one - P), kron(shift(n, k), Q)
    return (
        kron(_unit(c, a).T, identity(n)) @ A @ A.T @ kron(_unit(c, b), identity(n))
        == sum_over(c, lambda i: C(a, i).T @ C(b, i)),
        under(R.T @ R == identity((n, c)), Q.T @ Q == one),
        under(U.T @ U == identity((n, c)), V.T @ V == identity(m)),
    )


@false_sibling(
    a_layer_is_orthogonal_where_its_kernels_are, says=r"R R^\top = c I \Rightarrow A A^\top = c I", special=True
)
def an_orthogonal_weight_makes_an_orthogonal_layer(n: Size, w: Annotated[Any, On(1, 1, "n")]) -> Statement:
    """A weight whose matrix has orthonormal rows, up to a scale, makes an orthogonal layer: any weight of one row."""
    A = _layer(w, (1, n))
    return A @ A.T == sum(w[0, 0] ** 2) * identity((1, n))


@theorem(
    "mc-scalar-fir-orthogonal-trivial",
    says=r"w = (a, v_1, \ldots, v_m, b): \quad \sum_i \bar w[i] \, w[i - m - 1] = a \bar b,"
    r" \text{ not } 0 \text{ if } a, b \ne 0",
    source="Vaidyanathan, Multirate Systems and Filter Banks, chapter 14",
)
def orthogonal_kernels_on_the_line_have_one_tap(m: Size, a: Tap, v: Annotated[Any, On("m")], b: Tap) -> Statement:
    """At the lag that joins its first tap a to its last b, a kernel has the autocorrelation a times conj b.

    Zeros beyond the outermost taps change nothing, so whatever has two taps, next to each other or m apart, is not
    orthogonal on the line: with one channel only a single tap is, of magnitude 1.
    """
    lag = lambda n, k: crop(n + k, (0, k)) @ pad(n, (k, 0))  # noqa: E731  # by k places, zeros filled in
    two = as_matrix(pad(1, (0, 1)) @ a + pad(1, (1, 0)) @ b)
    w = as_matrix(pad(1, (0, m + 1)) @ a + pad(m, (1, 1)) @ v + pad(1, (m + 1, 0)) @ b)
    ends = as_matrix(b).H @ as_matrix(a)
    return two.H @ lag(2, 1) @ two == ends, w.H @ lag(m + 2, m + 1) @ w == ends


@false_sibling(
    orthogonal_kernels_on_the_line_have_one_tap, says=r"\|w\| = 1 \Rightarrow w * \tilde w = \delta", special=True
)
def kernels_of_norm_one_are_orthogonal(K: Step, w: Taps) -> Statement:
    """A kernel of norm 1, up to a scale, is orthogonal on the line, also with several taps."""
    T = convolution_matrix(w, 2)
    return T.T @ T == sum(w**2) * identity(2)


@theorem(
    "mc-grouped-block",
    says=r"A = \bigoplus_h A_h, \qquad (I \otimes F)(P \otimes I) = (P \otimes I)(I \otimes F)",
    source="Sedghi, Gupta and Long 2019",
)
def a_grouped_layer_is_a_direct_sum(
    n: Size,
    g: Channels,
    o: Channels,
    c: Channels,
    w: Annotated[Any, On(lambda g, o: g * o, "c", "n")],
    P: Annotated[Any, Matrices("o", "c")],
) -> Statement:
    """A layer of g groups is g layers side by side, nothing between them: its singular values are theirs together.

    A layer of one tap, as behind a depthwise one, is the same small matrix at each frequency.
    """
    A, F = _layer(w, (g * c, n), g), dft(n)
    part = lambda h: _part(kron(_unit(g, h).T, identity((o, c, n))) @ as_matrix(w), (o, c, n))  # noqa: E731
    return (
        A == sum_over(g, lambda h: kron(_unit(g, h) @ _unit(g, h).T, _layer(part(h), (c, n)))),
        kron(identity(o), F) @ kron(P, identity(n)) == kron(P, identity(n)) @ kron(identity(c), F),
    )


def _part(column: Any, box: Any) -> Any:
    """The weight on this box, of a column."""
    return column if isinstance(column, Symbolic) else column.to_numpy().reshape(box)


@false_sibling(
    a_grouped_layer_is_a_direct_sum, says=r"W \ne 0 \Rightarrow \| \mathrm{diag}(W) \| < \|W\|", special=True
)
def groups_lower_the_norm(W: Annotated[Any, Matrices(2, 2)]) -> Statement:
    """A layer of two groups has a smaller norm than the layer of one from which it is cut."""
    most = max(W[0, 0] ** 2, W[1, 1] ** 2)
    rest = most * identity(2) - W.T @ W  # has no negative eigenvalue where W has no larger norm
    lowered = rest[0, 0] < 0 or rest[1, 1] < 0 or det(rest) < 0
    return equal(lowered or not any(W.to_numpy().reshape(-1)), True)


@theorem(
    "mc-rank-lower-bound",
    says=r"\det \bigl(T_w[i, j]\bigr)_{i, j < m} = w_0^m, \qquad n = K - 1 + m: \;"
    r" \mathrm{rank}\, A = \min(o \, m, c \, n) \text{ for independent weights}",
    source="Trench; counting",
    strength=LISTED,
)
def layers_of_one_channel_have_full_rank(
    K: Channels, m: Channels, o: Channels, c: Channels, w: Annotated[Any, On("o", "c", "K")]
) -> Statement:
    """The first rows of a full convolution are triangular with w_0 on the diagonal: its columns are independent.

    A kernel other than 0 can be shifted until w_0 is not 0; the layer without padding is the transpose. With channels
    independent weights give the largest rank that the counts allow, special weights less.
    """
    n = K - 1 + m
    T = matrix(convolution_matrix(w[0, 0], m).to_numpy()[:m])
    valid = Conv(w).matrix((c, n))
    return (
        equal(det(T), w[0, 0, 0] ** m),
        equal(elimination.rank(valid.to_numpy()), min(o * m, c * n)),
    )


@false_sibling(
    layers_of_one_channel_have_full_rank,
    says=r"w_o \ne 0 \text{ for all } o \Rightarrow A \text{ is onto}",
    special=True,
)
def layers_of_nonzero_filters_are_onto(c: Channels, w: Annotated[Any, On("c", "c", 1)]) -> Statement:
    """A layer with as many filters as channels, none of which is 0, is onto."""
    meant = all(any(part.reshape(-1)) for part in w)
    return equal(elimination.rank(w[..., 0]) if meant else c, c)
