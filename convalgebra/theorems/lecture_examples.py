"""Chapter 1, the worked numbers of the lecture notes, and what their remarks say of layers."""

from fractions import Fraction
from math import ceil
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import block
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import output_size
from convalgebra.algebra.selection import downsample, flip, identity, shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis import elimination
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import LocallyConnected
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Sequential
from convalgebra.layers.pool import AvgPool, MaxPool
from convalgebra.proofs.symbolic_conv import convolve
from convalgebra.theorems.domains import Choices, Filter, Kernel, On, Size, Sizes, Statement, Step, Taps, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, STATED, false_sibling, theorem

Channels = Annotated[Any, Sizes(most=2)]
Odd = Annotated[Any, On(1, 1, lambda k: 2 * k + 1)]  # a kernel of radius k
LAPLACIAN = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


@theorem(
    "lecture-worked-laplacian",
    says=r"\begin{pmatrix} 0 & 1 & 0 \\ 1 & -4 & 1 \\ 0 & 1 & 0 \end{pmatrix} \ast X"
    r" = \begin{pmatrix} -2 & 10 & 9 \\ -8 & -1 & -11 \end{pmatrix}",
    source="Lecture 000, the Laplacian of an image of 4 x 5",
    strength=STATED,
)
def the_printed_laplacian(op: Annotated[Any, Choices(("correlation", "convolution"))]) -> Statement:
    """The six printed values of the Laplacian are right, whether its symmetric kernel is flipped or not."""
    image = [[6, 2, 3, 1, 0], [9, 5, 1, 1, 3], [2, 6, 5, 8, 7], [3, 4, 4, 8, 3]]
    return equal(Conv([[LAPLACIAN]], op=op)([image]), [[[-2, 10, 9], [-8, -1, -11]]])


@false_sibling(the_printed_laplacian, says=r"w \ast x = (J w) \ast x")
def flipping_never_matters(w: Annotated[Any, On(2)], x: Annotated[Any, On(2)]) -> Statement:
    """Whether the kernel is flipped never matters."""
    return equal(Conv([[w]])([x]), Conv([[w]], op="convolution")([x]))


def _shifts(h: Any, n: Any) -> Any:
    """The four neighbours on a torus, summed."""
    return shift((h, n), (1, 0)) + shift((h, n), (-1, 0)) + shift((h, n), (0, 1)) + shift((h, n), (0, -1))


@theorem(
    "lecture-laplacian-sign",
    says=r"4 I - \sum S = (I - S_{1,0})^\top (I - S_{1,0}) + (I - S_{0,1})^\top (I - S_{0,1}) \succeq 0",
    source="Lecture 000, two slides of opposite sign",
)
def minus_the_laplacian_is_a_sum_of_squares(h: Size, n: Size) -> Statement:
    """The five-point kernel with centre +4 is a sum of squared differences, so it is the one that is semidefinite."""
    I = identity((h, n))  # noqa: E741  # as on paper
    down, right = I - shift((h, n), (1, 0)), I - shift((h, n), (0, 1))
    return 4 * I - _shifts(h, n) == down.T @ down + right.T @ right


@false_sibling(minus_the_laplacian_is_a_sum_of_squares, says=r"4 I - \sum S = \sum S - 4 I")
def both_slides_show_one_operator(h: Size, n: Size) -> Statement:
    """The kernels with centre -4 and with centre +4 are the same operator."""
    I = identity((h, n))  # noqa: E741  # as on paper
    return 4 * I - _shifts(h, n) == _shifts(h, n) - 4 * I


@theorem(
    "lecture-antisymmetric-kernel-flip",
    says=r"J w = -w \Rightarrow C_w^\top = -C_w, \quad J w = w \Rightarrow C_w^\top = C_w, \quad"
    r" C_w - C_w^\top = C_{w - J w}",
    source="Lecture 000, the finite derivatives",
)
def the_odd_part_tells_convolution_from_correlation(n: Size, w: Kernel) -> Statement:
    """Correlation is convolution for an even kernel, minus it for an odd one; they differ by twice the odd part."""
    reverse = shift(n, 1) @ flip(n) @ w
    odd, even, C = w + -1 * reverse, w + reverse, circulant(w)
    return circulant(odd).T == -circulant(odd), circulant(even).T == circulant(even), C - C.T == circulant(odd)


@false_sibling(the_odd_part_tells_convolution_from_correlation, says=r"C_w x = \pm C_w^\top x")
def they_agree_up_to_sign(w: Annotated[Any, On(2)], x: Annotated[Any, On(2)]) -> Statement:
    """Convolution and correlation agree up to sign."""
    (y,), (z,) = (Conv([[w]], op=op)([x])[0] for op in ("correlation", "convolution"))
    return equal(y * y, z * z)


@theorem(
    "lecture-pattern-matching-cauchy-schwarz",
    says=r"\|w\|^2 \|p\|^2 - \langle w, p \rangle^2 = \sum_{i<j} (w_i p_j - w_j p_i)^2 \ge 0",
    source="Lecture 000, similarity with the pattern; Lagrange's identity",
    strength=LISTED,
)
def normalised_correlation_finds_the_pattern(K: Size, w: Taps, p: Taps) -> Statement:
    """What normalised correlation misses of its largest value is a sum of squares, zero where the patch is parallel."""
    squares = sum(((w[i] * p[j] - w[j] * p[i]) ** 2 for i in range(K) for j in range(i + 1, K)), 0)
    return equal((w @ w) * (p @ p) - (w @ p) ** 2, squares)


@false_sibling(normalised_correlation_finds_the_pattern, says=r"\langle w, p \rangle \le \langle w, w \rangle")
def the_raw_score_is_largest_at_the_pattern(K: Size, w: Taps, p: Taps) -> Statement:
    """The feature map is largest where the patch is most like the pattern."""
    return at_most(w @ p, w @ w)


SEEN = [[0, 3], [3, 2], [2, 0], [0, 0]]  # the windows of 0, 3, 2, 0, 0


@theorem(
    "lecture-example-03200",
    says=r"(0,3,2,0,0) \mapsto (0,1,0,0) \text{ by ReLU}(3 x_i + 2 x_{i+1} - 12), \text{ by no linear layer}",
    source="Lecture 004, parameter sharing",
    strength=STATED,
)
def the_example_needs_an_activation() -> Statement:
    """The printed map is that of a layer with bias and ReLU; as a linear layer its four equations contradict."""
    layer = Sequential(Conv([[[3, 2]]], [-12]), ReLU())
    asked = [[*row, y] for row, y in zip(SEEN, (0, 1, 0, 0), strict=True)]
    return (
        equal(layer([[0, 3, 2, 0, 0]]), [[0, 1, 0, 0]]),
        equal(layer([[0, 0, 3, 2, 0]]), [[0, 0, 1, 0]]),
        equal((_rank(SEEN), _rank(asked)), (2, 3)),
    )


def _rank(rows: Any) -> int:
    return elimination.rank(matrix(rows).to_numpy())


@false_sibling(the_example_needs_an_activation, says=r"\exists\, w: w \ast (0,3,2,0,0) = (0,1,0,0)")
def the_example_is_a_linear_layer() -> Statement:
    """The printed map illustrates a linear convolution."""
    return equal(_rank([[*row, y] for row, y in zip(SEEN, (0, 1, 0, 0), strict=True)]), _rank(SEEN))


@theorem(
    "lecture-receptive-size-inverse",
    says=r"I = (O - 1) S + K \text{ is the smallest of } S \text{ sizes that give } O",
    source="Lecture 001, the size of the receptive field",
    strength=LISTED,
)
def the_smallest_input_of_an_output_size(O: Size, K: Size, S: Step) -> Statement:  # noqa: E741  # the lecture's letters
    """Exactly the S input sizes from (O - 1) S + K on give O outputs."""
    least = (O - 1) * S + K
    sizes = {n for n in range(K, least + 2 * S) if output_size(n, K, S) == O}
    return equal(sizes, set(range(least, least + S)))


@false_sibling(the_smallest_input_of_an_output_size, says=r"I = (O - 1) S / (I - K)")
def the_printed_inverse(O: Size, K: Size, S: Step) -> Statement:  # noqa: E741  # the lecture's letters
    """The printed formula for the input size holds."""
    size = (O - 1) * S + K
    return equal(size * (size - K), (O - 1) * S)


@theorem(
    "lecture-same-padding-definition",
    says=r"o = \lceil n/S \rceil, \qquad p = \max((o - 1) S + K - n, 0), \text{ the odd place at the end}",
    source="Lectures 000 and 001, same padding; TensorFlow",
    strength=LISTED,
)
def same_padding_keeps_every_stride(n: Size, K: Size, S: Step, w: Filter) -> Statement:
    """Same padding pads just enough for one output in every S places, at the end first."""
    out = ceil(Fraction(n, S))
    total = max((out - 1) * S + K - n, 0)
    explicit = Conv(w, stride=S, padding=((total // 2, total - total // 2),))
    same = Conv(w, stride=S, padding="same_upper")
    return equal(same.output_shape((1, n)), (1, out)), same.matrix((1, n)) == explicit.matrix((1, n))


@false_sibling(same_padding_keeps_every_stride, says=r"p = \min \{ P : S \mid n + P - K \ge 0 \}")
def the_window_fits_an_integer_number_of_times(n: Size, K: Size, S: Step) -> Statement:
    """Same padding is the least padding for which the window fits an integer number of times."""
    least = next(p for p in range(K + S) if n + p >= K and (n + p - K) % S == 0)
    return equal(max((ceil(Fraction(n, S)) - 1) * S + K - n, 0), least)


@theorem(
    "lecture-stride2-centres",
    says=r"A_{s} = D_s A_1, \qquad s m \mapsto m, \qquad s (m - 1) + 1 \mapsto m",
    source="Scardapane, lecture 6, the slide on strides",
    machine_checked="Layer.stride_keeps_rows",
)
def a_stride_keeps_every_second_centre(m: Size, k: Width, w: Odd) -> Statement:
    """Stride 2 with padding k keeps the centres 1, 3, 5, ...: half of an even size, and the larger half of an odd."""
    layer, dense = Conv(w, stride=2, padding=k), Conv(w, padding=k)
    return (
        layer.matrix((1, 2 * m)) == downsample((1, 2 * m), (1, 2)) @ dense.matrix((1, 2 * m)),
        layer.matrix((1, 2 * m - 1)) == downsample((1, 2 * m - 1), (1, 2)) @ dense.matrix((1, 2 * m - 1)),
    )


@false_sibling(a_stride_keeps_every_second_centre, says=r"A_{\mathrm{SAME}, 2} = D_2 A_1")
def tensorflow_keeps_these_centres(n: Size, k: Width, w: Odd) -> Statement:
    """TensorFlow's 'SAME' with stride 2 computes the outputs at the centres 1, 3, 5, ..."""
    same = Conv(w, stride=2, padding="same_upper")
    return same.matrix((1, n)) == downsample(n, 2) @ Conv(w, padding=k).matrix((1, n))


@theorem(
    "lecture-resolution-not-constant",
    says=r"n \mapsto n + p + q - d (K - 1)",
    source="Scardapane, lecture 6, keep the spatial resolution constant",
)
def padding_by_the_reach_keeps_the_size(n: Size, K: Step, d: Step, p: Width, q: Width, w: Filter) -> Statement:
    """At stride 1 a layer keeps the size exactly when both paddings together are d (K - 1)."""
    reach = d * (K - 1)
    return (
        equal(Conv(w, padding=((p, q),), dilation=d).output_shape((1, n + reach)), (1, n + p + q)),
        equal(Conv(w, padding=((0, reach),), dilation=d).output_shape((1, n)), (1, n)),
    )


@false_sibling(padding_by_the_reach_keeps_the_size, says=r"n \mapsto n", given={"K <= n": lambda n, K: K <= n})
def layers_without_padding_keep_the_size(n: Size, K: Step) -> Statement:
    """Layers without padding keep the size."""
    return equal(output_size(n, K), n)


@theorem(
    "lecture-pooling-nonlinear-claim",
    says=r"\mathrm{mean}_K = A(\tfrac1K, \dots, \tfrac1K), \text{ of stride } K",
    source="Lecture 004, pooling",
    strength=LISTED,
)
def average_pooling_is_a_layer(n: Size, K: Size) -> Statement:
    """Average pooling is linear: the layer of K equal weights 1/K and stride K."""
    return AvgPool(K).matrix((1, n * K)) == Conv([[[Fraction(1, K)] * K]], stride=K).matrix((1, n * K))


@false_sibling(average_pooling_is_a_layer, says=r"\max(x + y) = \max x + \max y")
def max_pooling_is_linear(K: Size, x: Taps, y: Taps) -> Statement:
    """Every pooling is linear: maxima too."""
    pool = MaxPool(K)
    return equal(pool([x + y]), pool([x]) + pool([y]))


@theorem(
    "lecture-stride-keeps-parameters",
    says=r"C_{\mathrm{out}} (\tfrac{1}{g} C_{\mathrm{in}} K + 1) \text{ for every stride, padding, dilation}",
    source="Lecture 004, increasing the stride",
    strength=LISTED,
)
def the_stride_changes_no_parameter(
    g: Channels, o: Channels, c: Channels, K: Step, s: Step, w: Annotated[Any, On(lambda g, o: g * o, "c", "K")]
) -> Statement:
    """The number of weights does not depend on stride, padding or dilation."""
    layer = Conv(w, [0] * (g * o), groups=g, stride=s, padding=s, dilation=s)
    return equal(layer.parameters, g * o * (c * K + 1))


@false_sibling(the_stride_changes_no_parameter, says=r"\#_s = \#_1 / s")
def a_larger_stride_makes_the_model_smaller(s: Step) -> Statement:
    """A larger stride makes the layer smaller."""
    return equal(Fraction(Conv([[[1]]]).parameters, s), Conv([[[1]]], stride=s).parameters)


@theorem(
    "lecture-counts-in-the-notes",
    says=r"\tfrac{32 - 6}{2} + 1 = 14, \quad 10 (5 \cdot 5 \cdot 3 + 1) = 760, \quad \tfrac{7 - 3}{3} + 1 = \tfrac73",
    source="Lectures 000 to 003",
    strength=STATED,
)
def the_numbers_of_the_notes() -> Statement:
    """Sizes, parameters and the pooled square that the notes print."""
    square = [[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]]
    separable = np.zeros((16, 1, 3, 3), dtype=np.int64), np.zeros((32, 16, 1, 1), dtype=np.int64)
    return (
        equal(output_size(32, 6, 2), 14),
        equal(Conv(np.zeros((10, 3, 5, 5), dtype=np.int64), [0] * 10).parameters, 760),
        equal(1024 * 1024 * 3, 3_145_728),
        equal(Conv(np.zeros((32, 16, 3, 3), dtype=np.int64)).parameters, 4608),
        equal([Conv(separable[0], groups=16).parameters, Conv(separable[1]).parameters], [144, 512]),
        equal(MaxPool(2)(square), [[[6, 8], [3, 4]]]),
        equal(Fraction(7 - 3, 3) + 1, Fraction(7, 3)),
    )


@false_sibling(the_numbers_of_the_notes, says=r"\lfloor \tfrac{7 - 3}{3} \rfloor + 1 = \tfrac{7 - 3}{3} + 1")
def a_window_that_does_not_fit_is_an_error() -> Statement:
    """Where the formula gives no integer there is no output size."""
    return equal(output_size(7, 3, 3), Fraction(7 - 3, 3) + 1)


@theorem(
    "lecture-volume-convolution-formula",
    says=r"z_k = \sum_c w_{k,c} \ast x_c",
    source="Lectures 002, 003 and 004, the formula for volumes",
    strength=LISTED,
)
def channels_are_correlated_in_pairs_and_summed(
    o: Channels, c: Channels, K: Step, m: Step, w: Annotated[Any, On("o", "c", "K")]
) -> Statement:
    """A layer on many channels is a block matrix: one layer for each pair of channels, summed over the inputs."""
    n = K - 1 + m
    pairs = [[Conv(w[k : k + 1, q : q + 1]).matrix((1, n)) for q in range(c)] for k in range(o)]
    return Conv(w).matrix((c, n)) == block(pairs)


@false_sibling(channels_are_correlated_in_pairs_and_summed, says=r"z_{k,c} = w_{k,c} \ast x_c")
def a_filter_makes_a_map_for_each_input_channel(c: Channels, n: Size) -> Statement:
    """A filter produces one map for each input channel."""
    return equal(Conv([[[1]] * c]).output_shape((c, n)), (c, n))


@theorem(
    "lecture-stacked-radius",
    says=r"V(v) V(u) = V(v * u), \qquad (2 k + 1) + (2 k + 1) - 1 = 4 k + 1 \text{ taps}",
    source="Scardapane, lecture 6, stacking layers",
    machine_checked="Layer.compose",
)
def two_layers_of_radius_k_see_radius_2k(k: Width, m: Step, u: Odd, v: Odd) -> Statement:
    """Two layers of radius k without padding are one of radius 2 k, whose kernel is the product of both."""
    one, two = Conv(u).matrix((1, 4 * k + m)), Conv(v).matrix((1, 2 * k + m))
    return two @ one == Conv(convolve(v, u)).matrix((1, 4 * k + m))


@false_sibling(two_layers_of_radius_k_see_radius_2k, says=r"A(v) A(u) = A(v * u) \text{ with zero padding}")
def also_with_zero_padding(n: Size, k: Width, u: Odd, v: Odd) -> Statement:
    """Two zero-padded layers are one, too."""
    both = Sequential(Conv(u, padding=k), Conv(v, padding=k))
    return both.matrix((1, n)) == Conv(convolve(v, u), padding=2 * k).matrix((1, n))


@theorem(
    "lecture-locally-connected-count",
    says=r"c' s^2 c \, (h - 2k)(w - 2k) \text{ weights}, \quad s = 2k + 1",
    source="Scardapane, lecture 6, which writes o ssc h w",
    strength=LISTED,
)
def a_locally_connected_layer_has_a_filter_for_each_place(c: Channels, o: Channels, k: Width, a: Step) -> Statement:
    """A locally connected layer has the weights of a convolution times the number of its output places."""
    n, s = 2 * k + a, 2 * k + 1
    shared = Conv(np.zeros((o, c, s, s), dtype=np.int64))
    local = LocallyConnected(np.zeros((o, a, a, c, s, s), dtype=np.int64))
    _, *places = shared.output_shape((c, n, n))
    return equal(places, [n - 2 * k] * 2), equal(local.parameters, shared.parameters * a * a)


@false_sibling(a_locally_connected_layer_has_a_filter_for_each_place, says=r"c' s^2 c \, h w \text{ weights}")
def a_filter_for_each_pixel(k: Width, a: Step) -> Statement:
    """Without padding there is a filter for each pixel of the image."""
    n, s = 2 * k + a, 2 * k + 1
    return equal(LocallyConnected(np.zeros((1, a, a, 1, s, s), dtype=np.int64)).parameters, s * s * n * n)
