"""Chapter 14, transposed layers, adjoints and gradients: A^T is the adjoint of A, and not its inverse."""

from typing import Annotated, Any

from convalgebra.algebra.dense import matrix
from convalgebra.algebra.kernel import convolve
from convalgebra.algebra.selection import crop, downsample, identity, upsample
from convalgebra.algebra.toeplitz import convolution_matrix
from convalgebra.layers.conv import Conv
from convalgebra.layers.pool import AvgPool
from convalgebra.layers.resample import Unfold, Upsample
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.theorems.domains import Filter, On, Size, Sizes, Statement, Step, Taps, Width
from convalgebra.theorems.facts import equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

GUIDE = "Dumoulin and Visin, A guide to convolution arithmetic"
Narrow = Annotated[Any, Sizes(0, 1)]
LONG = {"K <= n": lambda n, K: K <= n}
FITS: dict[str, Any] = {
    "d (K - 1) + 1 <= n + 2 p": lambda n, K, d, p: d * (K - 1) + 1 <= n + 2 * p,
    "n > (n + 2 p - d (K - 1) - 1) mod s": lambda n, K, s, d, p: n > (n + 2 * p - d * (K - 1) - 1) % s,
}


@theorem(
    "tr-transposed-is-adjoint",
    says=r"\mathrm{convT}(w, s, d, p) = A^\top = \mathrm{crop}_p \, \mathrm{Full}(w \uparrow d) \, U_s,"
    r" \quad \langle A x, y \rangle = \langle x, A^\top y \rangle",
    source=f"{GUIDE}; PyTorch, ConvTranspose",
    given=FITS,
    strength=LISTED,
)
def the_transposed_layer_is_the_adjoint(n: Size, K: Step, s: Step, d: Step, p: Narrow, w: Filter) -> Statement:
    """The transposed layer is A^T: insert zeros, convolve in full with the dilated kernel, crop the padding."""
    layer = Conv(w, stride=s, dilation=d, padding=p)
    o, rest = layer.output_shape((1, n))[1], (n + 2 * p - d * (K - 1) - 1) % s
    up = ConvTranspose(w, stride=s, dilation=d, padding=p, output_padding=0)
    dilated = [w[0, 0, k // d] if k % d == 0 else 0 * w[0, 0, 0] for k in range(d * (K - 1) + 1)]
    scattered = convolution_matrix(dilated, s * (o - 1) + 1) @ crop(s * o, (0, s - 1)) @ upsample(o, s)
    A = layer.matrix((1, n))
    inside = crop(n, (0, rest)) if rest else identity(n)
    return (inside @ A.T) == up.matrix((1, o)), up.matrix((1, o)) == crop(scattered.shape[0], (p, p)) @ scattered


@false_sibling(the_transposed_layer_is_the_adjoint, says=r"A^\top A = I")
def the_transposed_layer_is_the_inverse(n: Size, K: Step, w: Filter) -> Statement:
    """The transposed layer undoes the layer: it is a deconvolution."""
    return ConvTranspose(w).matrix((1, n)) @ Conv(w).matrix((1, n + K - 1)) == identity((1, n + K - 1))


@theorem(
    "tr-inverse-iff-orthogonal",
    says=r"s = K: \ A A^\top = \|w\|^2 I; \qquad A^+ = (A^\top A)^{-1} A^\top",
    source="Golub and Van Loan",
    strength=LISTED,
)
def disjoint_windows_have_orthogonal_rows(K: Step, o: Size, w: Filter) -> Statement:
    """Windows that do not meet have orthogonal rows of one length: A A^T = (sum of w^2) I."""
    A = Conv(w, stride=K).matrix((1, K * o))
    return A @ A.T == identity((1, o)) * sum(v * v for v in w.reshape(-1))


@false_sibling(disjoint_windows_have_orthogonal_rows, says=r"A^\top A = \|w\|^2 I \text{ where the sizes match}")
def a_layer_then_its_transpose_restores_the_signal(K: Step, w: Filter) -> Statement:
    """A layer and then its transpose give the signal back, scaled."""
    A = Conv(w, stride=K).matrix((1, K))
    return A.T @ A == identity((1, K)) * sum(v * v for v in w.reshape(-1))


@theorem(
    "tr-shape-and-output-padding",
    says=r"n = (o - 1)s - 2p + d(K - 1) + 1 + q, \qquad q = (n + 2p - d(K - 1) - 1) \bmod s",
    source=f"{GUIDE}, relation 14",
    given=FITS,
    strength=LISTED,
)
def the_output_padding_is_the_rest(n: Size, K: Step, s: Step, d: Step, p: Width) -> Statement:
    """The s input sizes with one output size differ by the output padding, which is the rest of the division."""
    rest = (n + 2 * p - d * (K - 1) - 1) % s
    layer = Conv([[[1] * K]], stride=s, dilation=d, padding=p)
    up = ConvTranspose([[[1] * K]], stride=s, dilation=d, padding=p, output_padding=rest)
    shape = layer.output_shape((1, n))
    return equal(up.output_shape(shape), (1, n)), equal(layer.T.output_shape(shape), (1, n - rest))


@false_sibling(the_output_padding_is_the_rest, says=r"n = (o - 1)s + K \text{ always}", given=LONG)
def the_transposed_layer_restores_the_size(n: Size, K: Step, s: Step) -> Statement:
    """The transposed layer always gives the size of the input back."""
    w = [[[1] * K]]
    return equal(ConvTranspose(w, stride=s).output_shape(Conv(w, stride=s).output_shape((1, n))), (1, n))


@theorem(
    "tr-as-ordinary-conv",
    says=r"s = 1, \ p \le K - 1: \quad \mathrm{convT}(w, p) = \mathrm{conv}(J w, K - 1 - p)",
    source=f"{GUIDE}, relations 8 to 10",
    given={"p <= K - 1": lambda K, p: p <= K - 1, "the output has a place": lambda n, K, p: n + K - 1 - 2 * p >= 1},
    strength=LISTED,
)
def a_transposed_layer_of_stride_1_is_a_layer(n: Size, K: Step, p: Width, w: Filter) -> Statement:
    """Without stride the transposed layer is the layer with the flipped kernel and the padding K - 1 - p."""
    return ConvTranspose(w, padding=p).matrix((1, n)) == Conv(w[..., ::-1], padding=K - 1 - p).matrix((1, n))


@false_sibling(a_transposed_layer_of_stride_1_is_a_layer, says=r"\mathrm{convT}(w, 0) = \mathrm{conv}(w, K - 1)")
def the_kernel_need_not_be_flipped(n: Size, K: Step, w: Filter) -> Statement:
    """The kernel need not be flipped."""
    return ConvTranspose(w).matrix((1, n)) == Conv(w, padding=K - 1).matrix((1, n))


@theorem(
    "tr-input-gradient",
    says=r"\partial L / \partial x = A^\top g = g * w \text{ in full (no padding, stride 1)}",
    source="LeCun et al. 1989; Dumoulin and Visin",
    given=LONG,
    strength=LISTED,
)
def the_input_gradient_is_a_full_convolution(
    n: Size, K: Step, w: Taps, g: Annotated[Any, On(lambda n, K: max(n - K + 1, 1))]
) -> Statement:
    """The gradient of <g, A x> in x is A^T g, the full convolution of g with w."""
    gradient = Conv([[w]]).matrix((1, n)).T @ g
    return equal(gradient, convolve(g[None, None], w[None, None])[0, 0])


@false_sibling(the_input_gradient_is_a_full_convolution, says=r"\partial L / \partial x \text{ is as short as } g",
               given=LONG)  # fmt: skip
def the_input_gradient_is_a_valid_correlation(n: Size, K: Step) -> Statement:
    """The gradient in x is a valid correlation, no longer than g."""
    A = Conv([[[1] * K]]).matrix((1, n))
    return equal(A.T.shape[0], A.shape[0])


@theorem(
    "tr-weight-gradient",
    says=r"\partial L / \partial w[a] = \sum_i g[i] \, x[s i + d a - p]",
    source="automatic differentiation; the symmetry of (i, s) and (a, d) in the index s i + d a",
    strength=LISTED,
)
def stride_and_dilation_swap_in_the_weight_gradient(
    o: Step, K: Step, s: Step, d: Step, g: Annotated[Any, On("o")],
    x: Annotated[Any, On(lambda o, K, s, d: s * (o - 1) + d * (K - 1) + 1)],
) -> Statement:  # fmt: skip
    """The gradient in w is a layer with the kernel g, whose stride is the dilation and whose dilation is the stride."""
    windows = Unfold(K, stride=s, dilation=d)(x[None]).reshape(K, o)
    return equal(windows @ g, Conv([[g]], stride=d, dilation=s)(x[None])[0])


@false_sibling(stride_and_dilation_swap_in_the_weight_gradient, says=r"\partial L / \partial w \text{ has stride } s")
def the_weight_gradient_keeps_the_stride(
    s: Step, g: Annotated[Any, On(2)], x: Annotated[Any, On(lambda s: s + 2)]
) -> Statement:
    """The gradient in w is a layer with the kernel g and the stride of the layer."""
    windows = Unfold(2, stride=s)(x[None]).reshape(2, 2)
    return equal(windows @ g, Conv([[g]], stride=s)(x[None])[0][:2])


@theorem(
    "tr-bias-gradient",
    says=r"\partial L / \partial b = \sum_i g[i]; \qquad X^\top X \text{ is Toeplitz for the full layer}",
    source="folklore",
    strength=LISTED,
)
def the_hessian_of_a_full_layer_is_toeplitz(n: Size, K: Step, x: Annotated[Any, On("n")]) -> Statement:
    """With full padding the Hessian in w of half the squared error is Toeplitz: the autocorrelation of x."""
    X = convolution_matrix(x, K).to_numpy()
    H = X.T @ X
    lags = [sum(x[i] * x[i + k] for i in range(n - k)) for k in range(min(n, K))] + [0] * (K - n)
    return equal(H, [[lags[abs(i - j)] for j in range(K)] for i in range(K)])


@false_sibling(the_hessian_of_a_full_layer_is_toeplitz, says=r"X^\top X \text{ is Toeplitz without padding too}",
               given=LONG)  # fmt: skip
def the_hessian_of_a_valid_layer_is_toeplitz(n: Size, K: Step, x: Annotated[Any, On("n")]) -> Statement:
    """Without padding the Hessian is Toeplitz too."""
    X = Unfold(K)(x[None]).reshape(K, -1)
    diagonal = [sum(v * v for v in row) for row in X]
    return equal(diagonal, [diagonal[0]] * K)


@theorem(
    "tr-avgpool-adjoint",
    says=r"K \, \mathrm{avgpool}_K^\top = \text{nearest upsampling}, \qquad D_s^\top = U_s",
    source="automatic differentiation",
    strength=LISTED,
)
def average_pooling_and_nearest_upsampling_are_adjoint(K: Step, o: Size) -> Statement:
    """The adjoint of averages over disjoint windows repeats values, divided by K; that of a stride inserts zeros."""
    pool = AvgPool(K).matrix((1, K * o))
    return K * pool.T == Upsample(K).matrix((1, o)), downsample(K * o, K).T == upsample(o, K)


@false_sibling(average_pooling_and_nearest_upsampling_are_adjoint, says=r"\mathrm{up} \circ \mathrm{avgpool} = I")
def unpooling_inverts_average_pooling(K: Step, o: Size) -> Statement:
    """Nearest upsampling undoes average pooling."""
    return Upsample(K).matrix((1, o)) @ AvgPool(K).matrix((1, K * o)) == identity((1, K * o))


@theorem(
    "tr-composition-adjoint",
    says=r"(A_2 A_1)^\top = A_1^\top A_2^\top",
    source="linear algebra",
    strength=LISTED,
)
def transposed_layers_compose_in_reverse(
    n: Step, K: Step, s: Step, t: Step, u: Filter, v: Annotated[Any, On(1, 1, 2)]
) -> Statement:
    """Transposed layers compose in reverse, to the transposed layer of the composed kernel and stride."""
    size = s * (t * (n - 1) + 1) + K
    first, second = Conv(u, stride=s), Conv(v, stride=t)
    A = first.matrix((1, size))
    B = second.matrix(first.output_shape((1, size)))
    stretched = [v[0, 0, q // s] if q % s == 0 else 0 * v[0, 0, 0] for q in range(s + 1)]
    both = convolve(u, matrix([stretched]).to_numpy()[None])
    return (B @ A).T == A.T @ B.T, (B @ A).T == Conv(both, stride=s * t).matrix((1, size)).T


@false_sibling(transposed_layers_compose_in_reverse, says=r"(A_2 A_1)^\top = A_2^\top A_1^\top")
def transposed_layers_compose_in_order(
    n: Step, u: Annotated[Any, On(1, 1, "n", 1)], v: Annotated[Any, On(1, 1, 1, "n")]
) -> Statement:
    """Transposed matrices compose in the order of the layers."""
    A, B = matrix(u.reshape(n, 1) @ v.reshape(1, n)), matrix(v.reshape(n, 1) @ v.reshape(1, n))
    return (B @ A).T == B.T @ A.T
