"""Chapter 5, composition of layers: kernels multiply, strides multiply, and paddings add, where nothing is cut off."""

from functools import reduce
from math import gcd
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, downsample, identity, pad
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis.compose import collapse
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AvgPool
from convalgebra.proofs.constructors import impulse, sum_over
from convalgebra.proofs.symbolic_conv import convolve, dilated
from convalgebra.theorems.domains import Choices, Filter, Kernel, On, Size, Sizes, Statement, Step, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

ARAUJO = "Araujo, Norris and Sim 2019"
Pair = Annotated[Any, Sizes(most=2)]
Second = Annotated[Any, On(1, 1, "k")]
Two = Annotated[Any, On(1, 1, 2)]
Three = Annotated[Any, On(1, 1, 3)]
Border = Annotated[Any, Choices(("zeros", "circular"))]


def fitting(n: Any, span: Any, low: Any) -> Any:
    """The padding that lets windows fill `span` places from `low` before the signal: negative amounts crop."""
    return ((low, span - low - n),)


def circular(w: Any, stride: Any, dilation: Any, taps: Any) -> Any:
    """The circular layer that reads forward: as many outputs as the stride leaves."""
    padding = ((0, dilation * (taps - 1)),)
    return Conv(w, stride=stride, dilation=dilation, padding=padding, padding_mode="circular")


@theorem(
    "comp-exact-formula",
    says=r"(v, t, e) \circ (u, s, d, p) = \big( (v \uparrow s e) * (u \uparrow d), \ s t, \ 1, \ p \big)",
    source=f"folklore; {ARAUJO}; Kohn et al. 2022",
    machine_checked="Layer.compose",
)
def two_layers_are_one(
    n: Size, o: Pair, K: Pair, k: Pair, s: Pair, t: Pair, d: Pair, e: Pair, p: Width, u: Filter, v: Second
) -> Statement:  # fmt: skip
    """Two layers, the second without padding, are one: the kernels multiply, spread by what lies before them."""
    middle = t * (o - 1) + e * (k - 1) + 1
    padding = fitting(n, s * (middle - 1) + d * (K - 1) + 1, p)
    first, second = Conv(u, stride=s, dilation=d, padding=padding), Conv(v, stride=t, dilation=e)
    one = Conv(convolve(dilated(v, s * e), dilated(u, d)), stride=s * t, padding=padding)
    return second.matrix((1, middle)) @ first.matrix((1, n)) == one.matrix((1, n))


@false_sibling(two_layers_are_one, says=r"(v, t) \circ (u, s) = (v * u, s t)")
def kernels_multiply_whatever_the_stride(s: Step, u: Filter, K: Pair, v: Two) -> Statement:
    """The kernel of the stack is the product of both kernels, and only the strides know of each other."""
    stack = Conv(v).matrix((1, 2)) @ Conv(u, stride=s).matrix((1, s + K))
    return stack == Conv(convolve(v, u), stride=s).matrix((1, s + K))


@theorem(
    "comp-size-always-agrees",
    says=r"\lfloor \lfloor x / s \rfloor / t \rfloor = \lfloor x / s t \rfloor: \text{ sizes agree, } P = p + s q",
    source="Graham, Knuth and Patashnik, Concrete Mathematics, section 3.2",
    given={"the windows fit": lambda n, K, k, s, p, q: K <= n + 2 * p and k <= (n + 2 * p - K) // s + 1 + 2 * q},
    strength=LISTED,
)
def a_stack_has_the_size_of_one_layer(
    n: Size, K: Step, k: Pair, s: Step, t: Pair, p: Annotated[Any, Sizes(0, 1)], q: Annotated[Any, Sizes(0, 1)]
) -> Statement:  # fmt: skip
    """A padded stack has as many outputs as the layer of the composed kernel, stride and padding, for every size."""
    middle = (n + 2 * p - K) // s + 1
    R, P = K + s * (k - 1), p + s * q
    stack = Conv([[[1] * k]], stride=t, padding=q).output_shape((1, middle))
    return (
        equal(Conv([[[1] * K]], stride=s, padding=p).output_shape((1, n)), (1, middle)),
        equal(stack, (1, (n + 2 * P - R) // (s * t) + 1)),
        equal(stack, Conv([[[1] * R]], stride=s * t, padding=P).output_shape((1, n))),
    )


@false_sibling(a_stack_has_the_size_of_one_layer, says=r"A_v A_u = A_{v * u} \text{ where the sizes agree}")
def equal_sizes_are_enough(n: Size, u: Two, v: Two) -> Statement:
    """One place of zeros before the first layer and one behind the second can be read by one layer."""
    first, second = Conv(u, padding=((1, 0),)), Conv(v, padding=((0, 1),))
    return second.matrix((1, n)) @ first.matrix((1, n)) == Conv(convolve(v, u), padding=1).matrix((1, n))


@theorem(
    "comp-circular-exact",
    says=r"A_v A_u = A_{(v \uparrow s e) * (u \uparrow d)} \text{ on a circle of } s t m \text{ places}",
    source="Davis, Circulant Matrices; Scardapane, lecture 6, eq. (14)",
    machine_checked="Stride.strided_compose, Circulant.circ_comm",
)
def circular_layers_compose(
    m: Size, K: Pair, k: Pair, s: Pair, t: Pair, d: Pair, e: Pair, u: Filter, v: Second
) -> Statement:
    """Circular layers compose exactly where the strides divide the size; those of stride 1 commute."""
    n, taps = s * t * m, d * (K - 1) + s * e * (k - 1) + 1
    composed = circular(convolve(dilated(v, s * e), dilated(u, d)), s * t, 1, taps)
    stack = circular(v, t, e, k).matrix((1, t * m)) @ circular(u, s, d, K).matrix((1, n))
    U, V = circular(u, 1, d, K).matrix((1, m)), circular(v, 1, e, k).matrix((1, m))
    return stack == composed.matrix((1, n)), U @ V == V @ U


@false_sibling(circular_layers_compose, says=r"D_s C_u \, C_v = C_v \, D_s C_u")
def strided_circular_layers_commute(m: Size, s: Step, u: Two, v: Two) -> Statement:
    """A strided circular layer may come before or after one of stride 1."""
    strided = circular(u, s, 1, 2).matrix((1, s * m))
    return strided @ circular(v, 1, 1, 2).matrix((1, s * m)) == circular(v, 1, 1, 2).matrix((1, m)) @ strided


def _places(kernel: Any) -> list[int]:
    """Where a kernel on one axis is not zero."""
    return [place for place, value in enumerate(np.asarray(kernel).reshape(-1).tolist()) if value != 0]


Long = Annotated[Any, Sizes(2, 3)]


@theorem(
    "comp-dilation-not-closed",
    says=r"\gcd \, \mathrm{supp} \big( (v \uparrow s e) * (u \uparrow d) \big) = \gcd(d, s e), \quad"
    r" (v \uparrow d) * (u \uparrow d) = (v * u) \uparrow d",
    source="the support is a sum of two progressions; compare Yu and Koltun 2016",
    strength=LISTED,
)
def the_dilation_of_a_stack_is_a_common_divisor(
    K: Long, k: Long, s: Pair, d: Step, e: Step, u: Filter, v: Second
) -> Statement:
    """The composed kernel has the dilation gcd(d, s e) and no larger one; equal dilations stay, with K + k - 1 taps."""
    composed = convolve(dilated(v, s * e), dilated(u, d))
    return (
        equal(gcd(*_places(composed)), gcd(d, s * e)),
        equal(convolve(dilated(v, d), dilated(u, d)), dilated(convolve(v, u), d)),
    )


@false_sibling(the_dilation_of_a_stack_is_a_common_divisor, says=r"\text{dilations } d, e \text{ compose to } d e")
def dilations_multiply(d: Step, e: Step) -> Statement:
    """Dilations multiply as strides do."""
    two = np.ones((1, 1, 2), dtype=np.int64)
    return equal(gcd(*_places(convolve(dilated(two, e), dilated(two, d)))), d * e)


@theorem(
    "comp-number-of-taps",
    says=r"\# \big( d [K] + s e [k] \big) \le \min(K k, R), \quad = K + k - 1 \iff d = s e",
    source="Freiman, equality in the bound for sumsets",
    strength=LISTED,
)
def taps_are_counted_by_a_sumset(
    K: Long, k: Long, s: Pair, d: Annotated[Any, Sizes(most=4)], e: Step, u: Filter, v: Second
) -> Statement:
    """The taps of a stack are the sums of two progressions: at most K k, all of them apart where s e >= d K."""
    places = _places(convolve(dilated(v, s * e), dilated(u, d)))
    sums = {d * a + s * e * b for a in range(K) for b in range(k)}
    return (
        equal(places, sorted(sums)),
        at_most(len(places), min(K * k, d * (K - 1) + s * e * (k - 1) + 1)),
        equal(len(places) == K + k - 1, d == s * e),
        at_most(K * k if s * e >= d * K else 0, len(places)),
    )


@false_sibling(taps_are_counted_by_a_sumset, says=r"\# \mathrm{supp} = R")
def a_stack_reads_every_place_it_spans(d: Step) -> Statement:
    """Two layers of two taps and one dilation have a tap at every place that they span."""
    two = dilated(np.ones((1, 1, 2), dtype=np.int64), d)
    return equal(len(_places(convolve(two, two))), 2 * d + 1)


@theorem(
    "comp-depth-size",
    says=r"1 + L (K - 1), \qquad 1 + (K - 1) \tfrac{s^L - 1}{s - 1}, \qquad 1 + (K - 1)(2^L - 1)",
    source=f"{ARAUJO}; Yu and Koltun 2016",
    strength=LISTED,
)
def depth_adds_and_strides_multiply(K: Step, s: Annotated[Any, Sizes(2, 3)], L: Step) -> Statement:
    """L layers of K taps span 1 + L (K - 1) places; strides or doubling dilations make that grow as a power."""
    w = [[[1] * K]]
    stacks = [Conv(w)] * L, [Conv(w, stride=s)] * L, [Conv(w, dilation=2**level) for level in range(L)]
    plain, strided, spread = (collapse(stack).weight.shape[-1] for stack in stacks)
    return (
        equal(plain, 1 + L * (K - 1)),
        equal((s - 1) * (strided - 1), (K - 1) * (s**L - 1)),
        equal(spread, 1 + (K - 1) * (2**L - 1)),
    )


@false_sibling(depth_adds_and_strides_multiply, says=r"K \times K \text{ twice is } 2 K \times 2 K")
def two_layers_see_twice_as_far(K: Size) -> Statement:
    """Two layers of K taps see 2 K places."""
    return equal(collapse([Conv([[[1] * K]])] * 2).weight.shape[-1], 2 * K)


@theorem(
    "comp-channels-polynomial-matrices",
    says=r"A_W A_U = A_{W U}, \qquad (W U)_{oi}(z) = \textstyle\sum_m W_{om}(z) U_{mi}(z)",
    source="Vaidyanathan, Multirate Systems and Filter Banks, chapters 2 and 13",
)
def layers_with_channels_are_polynomial_matrices(
    o: Pair, m: Pair, K: Pair, k: Pair, A: Pair, B: Pair, C: Pair,
    u: Annotated[Any, On("B", "A", "K")], v: Annotated[Any, On("C", "B", "k")],
) -> Statement:  # fmt: skip
    """A layer with channels is a matrix of polynomials, and composing layers multiplies these, on a circle too."""
    n, w = o + K + k - 2, convolve(v, u)
    valid = Conv(v).matrix((B, o + k - 1)) @ Conv(u).matrix((A, n)) == Conv(w).matrix((A, n))
    U, V, W = circular(u, 1, 1, K), circular(v, 1, 1, k), circular(w, 1, 1, K + k - 1)
    return valid, V.matrix((B, m)) @ U.matrix((A, m)) == W.matrix((A, m))


@false_sibling(layers_with_channels_are_polynomial_matrices, says=r"A_V A_U = A_U A_V")
def layers_with_channels_commute(u: Annotated[Any, On(2, 2, 1)], v: Annotated[Any, On(2, 2, 1)]) -> Statement:
    """Layers with channels commute, as those with one channel do."""
    U, V = Conv(u).matrix((2, 1)), Conv(v).matrix((2, 1))
    return V @ U == U @ V


@theorem(
    "comp-parallel-branches",
    says=r"A_u + A_v + D_s = A_{u + v + e} \text{ for kernels about one centre}",
    source="Ding et al. 2021, RepVGG and ACNet",
    machine_checked="Layer.branches",
)
def branches_about_one_centre_add_up(
    o: Size, s: Step, r: Width, q: Width, mode: Border,
    u: Annotated[Any, On(1, 1, lambda q, r: 2 * (q + r) + 1)], v: Annotated[Any, On(1, 1, lambda q: 2 * q + 1)],
) -> Statement:  # fmt: skip
    """Branches of one stride about one centre, with a skip connection, are one layer: widen the kernels and add."""
    n, R = s * (o - 1) + 1, q + r
    wide, narrow = (Conv(w, stride=s, padding=p, padding_mode=mode) for w, p in ((u, R), (v, q)))
    centre = impulse((1, 1, 2 * R + 1), (0, 0, R))
    kernel = u + convolve(v, impulse((1, 1, 2 * r + 1), (0, 0, r))) + centre
    branches = wide.matrix((1, n)) + narrow.matrix((1, n)) + downsample((1, n), (1, s))
    return branches == Conv(kernel, stride=s, padding=R, padding_mode=mode).matrix((1, n))


@false_sibling(branches_about_one_centre_add_up, says=r"A_u + A_v = A_{u + (v, 0)} \text{ wherever } v \text{ starts}")
def branches_add_up_wherever_they_start(n: Size, u: Three, v: Two) -> Statement:
    """A branch that starts at the place itself may be merged as if it started one place before."""
    branches = Conv(u, padding=1).matrix((1, n)) + Conv(v, padding=((0, 1),)).matrix((1, n))
    return branches == Conv(u + convolve(v, impulse((1, 1, 2))), padding=1).matrix((1, n))


@theorem(
    "comp-concat-vs-sum",
    says=r"\begin{bmatrix} A_u \\ A_v \end{bmatrix} = A_{[u; v]}, \qquad"
    r" \begin{bmatrix} A_u & A_v \end{bmatrix} = A_{[u, v]}",
    source="lectures 000 and 001, Inception",
)
def concatenated_branches_stack_their_kernels(
    o: Pair, K: Pair, A: Pair, B: Pair, C: Pair,
    u: Annotated[Any, On("A", "C", "K")], v: Annotated[Any, On("B", "C", "K")],
    x: Annotated[Any, On("C", "A", "K")], y: Annotated[Any, On("C", "B", "K")],
) -> Statement:  # fmt: skip
    """Outputs side by side stack the kernels, and a layer on inputs side by side is the sum of layers on each."""
    n, sides = o + K - 1, (((0, B), (0, 0)), ((A, 0), (0, 0)))
    above = sum_over(A, lambda a: impulse((A + B, A, 1), (a, a, 0)))  # one-tap layers that number channels anew
    below = sum_over(B, lambda b: impulse((A + B, B, 1), (A + b, b, 0)))
    left = sum_over(A, lambda a: impulse((A, A + B, 1), (a, a, 0)))
    right = sum_over(B, lambda b: impulse((B, A + B, 1), (b, A + b, 0)))
    U, V, X, Y = (Conv(w).matrix((c, n)) for w, c in ((u, C), (v, C), (x, A), (y, B)))
    stacked = Conv(convolve(above, u) + convolve(below, v)).matrix((C, n))
    joined = Conv(convolve(x, left) + convolve(y, right)).matrix((A + B, n))
    return (
        stacked == pad((A, o), sides[0]) @ U + pad((B, o), sides[1]) @ V,
        joined == X @ crop((A + B, n), sides[0]) + Y @ crop((A + B, n), sides[1]),
    )


@false_sibling(concatenated_branches_stack_their_kernels, says=r"[A_u; A_v] = A_v A_u")
def concatenating_composes(K: Size, o: Size) -> Statement:
    """Concatenating two layers gives what one after the other gives."""
    layer, n = Conv([[[1] * K]]), o + 2 * (K - 1)
    shapes = (net.output_shape((1, n)) for net in (Parallel(layer, layer), Sequential(layer, layer)))
    return equal(*shapes)


@theorem(
    "comp-residual",
    says=r"I + A_w = A_{w + e}, \qquad (I + C_u)(I + C_v) = C_{e + u + v + u \star v}",
    source="He et al. 2016; Veit, Wilber and Belongie 2016",
)
def a_skip_connection_adds_one_to_the_centre(
    n: Size, r: Width, w: Annotated[Any, On(1, 1, lambda r: 2 * r + 1)], u: Kernel, v: Kernel
) -> Statement:
    """A skip connection adds 1 to the central tap; residual blocks in a chain sum over all paths through them."""
    skip = identity((1, n)) + Conv(w, padding=r).matrix((1, n))
    U, V, e = circulant(u), circulant(v), impulse(n)
    return (
        skip == Conv(w + impulse((1, 1, 2 * r + 1), (0, 0, r)), padding=r).matrix((1, n)),
        (identity(n) + U) @ (identity(n) + V) == circulant(e + u + v + U @ v),
        dft(n) @ (identity(n) + U) == diagonal(dft(n) @ (e + u)) @ dft(n),
    )


@false_sibling(a_skip_connection_adds_one_to_the_centre, says=r"(I + A_w) x = 0 \Rightarrow x = 0", special=True)
def a_residual_block_loses_nothing(w: Annotated[Any, On(1)], x: Annotated[Any, On(1)]) -> Statement:
    """A linear residual block maps no signal but zero to zero."""
    y = (identity(1) + circulant(w)) @ x
    return equal(bool(x.any()), bool(y.any()))


@theorem(
    "comp-avgpool-and-stride",
    says=r"\mathrm{avg}_{k, s} \circ A_w = A_{w * \mathbf{1} / k}, \ \text{stride } s; \qquad"
    r" (\mathrm{avg}_{2, 2})^L = \mathrm{avg}_{2^L, 2^L}",
    source="lecture 001",
    strength=LISTED,
)
def an_average_after_a_layer_is_a_strided_layer(K: Pair, k: Step, s: Pair, o: Pair, L: Pair, w: Filter) -> Statement:
    """A layer and then an average over k places is a strided layer; halving L times is one average over 2^L places."""
    middle = s * (o - 1) + k
    n, boxed = middle + K - 1, convolve(np.ones((1, 1, k), dtype=np.int64), w)
    stack = k * AvgPool(k, stride=s).matrix((1, middle)) @ Conv(w).matrix((1, n))
    halves = [AvgPool(2).matrix((1, 2 ** (level + 1))) for level in range(L)]
    return (
        stack == Conv(boxed, stride=s).matrix((1, n)),
        reduce(lambda left, right: left @ right, halves) == AvgPool(2**L).matrix((1, 2**L)),
    )


@false_sibling(an_average_after_a_layer_is_a_strided_layer, says=r"\mathrm{avg}_K^2 = \mathrm{avg}_{2K-1}")
def averages_of_averages_are_averages(K: Step) -> Statement:
    """Two averages of stride 1 are one over the places that both see."""
    n = 2 * K - 1
    twice = AvgPool(K, stride=1).matrix((1, K)) @ AvgPool(K, stride=1).matrix((1, n))
    return twice == AvgPool(n).matrix((1, n))


@theorem(
    "comp-order-matters-stride",
    says=r"A_v A_u = A_{(v \uparrow s) * u, \, s t}, \quad A_u A_v = A_{(u \uparrow t) * v, \, s t}",
    source="the formula of composition, read twice",
)
def the_order_of_strided_layers_matters(o: Pair, K: Pair, k: Pair, s: Pair, t: Pair, u: Filter, v: Second) -> Statement:
    """Two strided layers give one or the other product by their order: equal stacks are equal polynomials."""
    last = s * t * (o - 1)
    one, other = convolve(dilated(v, s), u), convolve(dilated(u, t), v)
    n, m = last + K + s * (k - 1), last + k + t * (K - 1)
    U, V = Conv(u, stride=s), Conv(v, stride=t)
    return (
        V.matrix((1, t * (o - 1) + k)) @ U.matrix((1, n)) == Conv(one, stride=s * t).matrix((1, n)),
        U.matrix((1, s * (o - 1) + K)) @ V.matrix((1, m)) == Conv(other, stride=s * t).matrix((1, m)),
    )


@false_sibling(the_order_of_strided_layers_matters, says=r"A_v A_u = A_u A_v \text{ for strides too}")
def strided_layers_commute(s: Step, u: Two, v: Two) -> Statement:
    """Layers commute with strides too, as convolution commutes."""
    U, V = Conv(u, stride=s), Conv(v)
    return V.matrix((1, 2)) @ U.matrix((1, s + 2)) == U.matrix((1, s + 1)) @ V.matrix((1, s + 2))
