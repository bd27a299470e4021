"""Chapter 6, factorisation: which kernels are products of smaller ones, and which sets of kernels a stack reaches."""

from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.abstract import abstract
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.kernel import convolve
from convalgebra.algebra.toeplitz import convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.analysis.compose import collapse
from convalgebra.analysis.factorisation import composition_dimension, factor
from convalgebra.analysis.separable import separable
from convalgebra.layers.classics import depthwise
from convalgebra.layers.conv import Conv
from convalgebra.proofs import symbolic_conv
from convalgebra.proofs.constructors import identity
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Choices, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, SAMPLED, STATED, false_sibling, theorem

KOHN = "Kohn, Merkh, Montufar and Trager 2022"
LECTURE = "answers lectures 000 and 001 on 5 x 5 and two 3 x 3"
Pair = Annotated[Any, Sizes(most=2)]
Tap = Annotated[Any, Sizes(2, 4)]
Long = Annotated[Any, Sizes(2, 3)]
Triple = Annotated[Any, On(3)]
Quads = Annotated[Any, On(2, 2)]
Exact = Annotated[Any, Choices(((1, 2, 1), (1, 0, 1), (2, 3, 1), (1, 0, 0, 1)), sampled=True)]


def product_of(*kernels: Any) -> Any:
    """The product of kernels with one channel, on one axis or more."""
    return reduce(convolve, (np.asarray(w)[None, None] for w in kernels))[0, 0]


@theorem(
    "fact-1d-roots",
    says=r"w(z) = c \textstyle\prod_i (z - \rho_i); \qquad \text{over } \mathbb{R}: \text{ two and three taps}",
    source="the fundamental theorem of algebra",
    strength=SAMPLED,
)
def kernels_split_by_their_roots(w: Exact) -> Statement:
    """Over the complex numbers a kernel is a product of two-tap kernels, over the reals of two and three taps."""
    over = {field: factor(w, field=field).factors for field in ("CC", "RR")}
    return (
        equal(product_of(*over["CC"]), w),
        equal(product_of(*over["RR"]), w),
        equal({len(u) for u in over["CC"]}, {2}),
        equal({len(u) for u in over["RR"]} <= {2, 3}, True),
    )


@false_sibling(kernels_split_by_their_roots, says=r"\text{over } \mathbb{R} \text{ two taps are enough}", special=True)
def real_kernels_split_into_two_taps(w: Triple) -> Statement:
    """Over the reals every kernel of three taps is a product of kernels of two."""
    return equal(not w.any() or bool(factor(w, sizes=(2, 2), field="RR").all), True)


@theorem(
    "fact-5tap-two-3tap",
    says=r"4 a^2 (r, q, p, 0, 1) = 2a (b, a, 1) * 2a (c, -a, 1) \quad \text{for} \quad"
    r" 4 a^2 r = a^2 (p + a^2)^2 - q^2, \quad 2a b = a(p + a^2) - q, \ 2a c = a(p + a^2) + q",
    source="Descartes on quartics; contrast to lectures 000 and 001",
    strength=STATED,
)
def five_taps_are_three_and_three(w: Triple) -> Statement:
    """A quartic without cubic term splits at a root a^2 of its resolvent cubic, which is -q^2 at 0 and large far out.

    Between lies a real root; for q = 0 a quadratic in z^2 is left, and moving z removes the cubic term.  So five real
    taps are three and three, which saves no dimension.
    """
    p, q, a = w
    half = a * (p + a**2)
    left, right = [half - q, 2 * a**2, 2 * a], [half + q, -2 * a**2, 2 * a]
    return (
        equal(product_of(left, right), [half**2 - q**2, 4 * a**2 * q, 4 * a**2 * p, 0, 4 * a**2]),
        equal(composition_dimension([3, 3]), 5),
    )


@false_sibling(five_taps_are_three_and_three, says=r"4 w_0 w_2 \le w_1^2 \text{ for all } w", special=True)
def three_taps_have_real_roots(w: Triple) -> Statement:
    """Three taps are two and two: the discriminant is never negative."""
    return at_most(4 * w[0] * w[2], w[1] ** 2)


@theorem(
    "fact-filling-at-most-one-even",
    says=r"1 + z^{k + m - 2} \text{ splits over } \mathbb{R} \text{ into } k \text{ and } m \text{ taps}"
    r" \iff k \text{ or } m \text{ is odd}",
    source=KOHN,
    given={"k + m <= 6": lambda k, m: k + m <= 6},
    strength=LISTED,
)
def at_most_one_even_size_reaches_all_kernels(k: Tap, m: Tap) -> Statement:
    """Of two even sizes each factor would have a real root, and 1 + z^(k + m - 2) has none; else it splits."""
    found = factor([1, *[0] * (k + m - 3), 1], sizes=(k, m), field="RR")
    return equal(bool(found.all), k % 2 == 1 or m % 2 == 1)


@false_sibling(at_most_one_even_size_reaches_all_kernels, says=r"\text{depth never loses a kernel on one axis}")
def depth_never_loses_expressivity(k: Tap) -> Statement:
    """The kernel 1 + z^(2 k - 2) is a product of two real kernels of k taps."""
    return equal(bool(factor([1, *[0] * (2 * k - 3), 1], sizes=(k, k), field="RR").all), True)


@theorem(
    "fact-dimension-1d-stride",
    says=r"\dim = K + k + m - 2 \ \text{ in } \ K + s (k - 1) + s t (m - 1) \text{ dimensions}",
    source="Kohn, Montufar, Shahverdi and Trager 2023",
    strength=LISTED,
)
def a_stack_reaches_its_taps_less_the_scalings(K: Long, k: Long, m: Long, s: Pair, t: Pair) -> Statement:
    """Three layers reach as many dimensions as they have taps, less one scaling for each place between two layers."""
    return (
        equal(composition_dimension([K, k, m], strides=[s, t, 1]), K + k + m - 2),
        equal(composition_dimension([K, k], strides=[s, 1]), K + s * (k - 1) - (s - 1) * (k - 1)),
    )


@false_sibling(a_stack_reaches_its_taps_less_the_scalings, says=r"\dim = K + s (k - 1)")
def strided_stacks_reach_every_kernel(K: Pair, k: Pair, s: Step) -> Statement:
    """A strided stack reaches every kernel of its receptive field."""
    return equal(composition_dimension([K, k], strides=[s, 1]), K + s * (k - 1))


@theorem(
    "fact-2d-dimension",
    says=r"a \times a \text{ and } b \times b: \ \dim = a^2 + b^2 - 1 = (a + b - 1)^2 - 2 (a - 1)(b - 1)",
    source=LECTURE,
    strength=LISTED,
)
def square_kernels_lose_dimensions(a: Step, b: Step) -> Statement:
    """Two square kernels reach a^2 + b^2 - 1 dimensions, 2 (a - 1)(b - 1) too few: 17 of 25 for 3 x 3 twice."""
    found = composition_dimension([(a, a), (b, b)])
    return equal(found, a**2 + b**2 - 1), equal(found, (a + b - 1) ** 2 - 2 * (a - 1) * (b - 1))


@false_sibling(square_kernels_lose_dimensions, says=r"\dim = (a + b - 1)^2")
def square_kernels_reach_all(a: Step, b: Step) -> Statement:
    """Every large square kernel is a product of two small ones, as on one axis."""
    return equal(composition_dimension([(a, a), (b, b)]), (a + b - 1) ** 2)


@theorem(
    "fact-2d-unique",
    says=r"u * v = u' * v' \Rightarrow \{u', v'\} = \{c u, v / c\} \text{ for generic } 2 \times 2 \text{ kernels}",
    source="Gauss's lemma; Lane and Bates 1987",
    strength=STATED,
)
def on_two_axes_the_factors_are_known(u: Quads, v: Quads) -> Statement:
    """Generic 2 x 2 kernels are irreducible, and their product has one factorisation, which gives them back."""
    found = factor(product_of(u, v), sizes=((2, 2), (2, 2)))
    one, other = found.factors
    return (
        equal(factor(u).irreducible, True),
        equal(len(found.all), 1),
        equal(np.multiply.outer(one, other) + np.multiply.outer(other, one),
              np.multiply.outer(u, v) + np.multiply.outer(v, u)),
    )  # fmt: skip


@false_sibling(on_two_axes_the_factors_are_known, says=r"\text{one axis: one factorisation}", special=True)
def on_one_axis_the_factors_are_known(w: Annotated[Any, On(4)]) -> Statement:
    """On one axis four taps split into two and three in at most one way."""
    return at_most(len(factor(w, sizes=(2, 3), field="RR").all) if w.any() else 0, 1)


def _corners(a: int, b: int) -> list[int]:
    """Where kernels of b taps must start, at most a - 1, to cover a + b - 1 places."""
    return [min(start, a - 1) for start in range(0, a + b - 1, b)]


def _parts(W: Any, a: int, b: int) -> tuple[Any, Any]:
    """The kernel as a sum of small ones, each moved by an impulse: the weights of both layers."""
    starts = list(product(_corners(a, b), repeat=2))
    first, second = (np.zeros(shape, dtype=object) for shape in ((len(starts), 1, a, a), (1, len(starts), b, b)))
    for place in np.ndindex(W.shape):
        steps = [np.subtract(place, start) for start in starts]
        part = next(m for m, step in enumerate(steps) if 0 <= min(step) <= max(step) < b)
        first[(part, 0, *starts[part])] = 1
        second[(0, part, *steps[part])] = W[place]
    return first, second


@theorem(
    "fact-hidden-channels-suffice",
    says=r"W = \textstyle\sum_m v_m * e_m, \qquad m < \lceil (a + b - 1) / b \rceil^2",
    source=LECTURE,
    strength=LISTED,
)
def enough_hidden_channels_reach_all(
    a: Step, b: Step, W: Annotated[Any, On(lambda a, b: a + b - 1, lambda a, b: a + b - 1)]
) -> Statement:
    """Linear layers of a x a and b x b with enough channels between reach every kernel: four for 5 x 5 from 3 x 3."""
    first, second = _parts(W, a, b)
    return equal(convolve(second, first)[0, 0], W), equal(len(first), (-(-(a + b - 1) // b)) ** 2)


@false_sibling(enough_hidden_channels_reach_all, says=r"\dim < 25 \text{ for every width}")
def two_small_layers_never_make_a_large_one(c: Size) -> Statement:
    """Two 3 x 3 layers never reach all 5 x 5 kernels, however many channels lie between."""
    return at_most(composition_dimension([(3, 3), (3, 3)], channels=(1, c, 1)), 24)


@theorem(
    "fact-two-hidden-generic",
    says=r"\dim \{ w_1 * v_1 + w_2 * v_2 \} = 25",
    source="the rank of the Jacobian at one integer point",
    strength=STATED,
)
def two_hidden_channels_reach_almost_all() -> Statement:
    """With two channels between, two 3 x 3 layers reach all 25 dimensions of the 5 x 5 kernels."""
    return equal(composition_dimension([(3, 3), (3, 3)], channels=(1, 2, 1)), 25)


@false_sibling(two_hidden_channels_reach_almost_all, says=r"\dim \{ w * v \} = 25")
def one_hidden_channel_reaches_almost_all() -> Statement:
    """One channel between is enough."""
    return equal(composition_dimension([(3, 3), (3, 3)]), 25)


@theorem(
    "fact-relu-doubling",
    says=r"V \, \mathrm{ReLU}(W x) - V \, \mathrm{ReLU}(-W x) = V D W - V (I - D)(-W) = V W, \quad D = [W x > 0]",
    source="folklore; lecture 001",
)
def doubled_channels_undo_the_rectifier(
    C: Pair, o: Size, K: Step, k: Step, w: Annotated[Any, On("C", 1, "K")], v: Annotated[Any, On(1, "C", "k")],
    d: Annotated[Any, On("C", lambda o, k: o + k - 1)],
) -> Statement:  # fmt: skip
    """On each cell a rectifier is a mask D, and I - D for -x: with w, -w and v, -v the linear stack comes back."""
    m, n = o + k - 1, o + k + K - 2
    V, W, D = Conv(v).matrix((C, m)), Conv(w).matrix((1, n)), diagonal(d)
    rest = identity((C, m)) - D
    return V @ D @ W - V @ rest @ (-1 * W) == Conv(symbolic_conv.convolve(v, w)).matrix((1, n))


@false_sibling(doubled_channels_undo_the_rectifier, says=r"v \, \mathrm{ReLU}(w x) \text{ is odd}")
def one_rectified_channel_can_be_linear(v: Annotated[Any, On(1)], w: Annotated[Any, On(1)]) -> Statement:
    """One hidden channel, rectified, still gives the linear layer: f(-1) = -f(1)."""
    return equal(v[0] * max(w[0], 0), -v[0] * max(-w[0], 0))


@theorem(
    "fact-low-rank-kernel",
    says=r"W = \textstyle\sum_{i < r} u_i v_i^\top = (1 \times K) \circ (K \times 1) \text{ with } r \text{ channels}:"
    r" \ 2 r K \text{ weights}",
    source="Rigamonti et al. 2013; Jaderberg, Vedaldi and Zisserman 2014",
    strength=LISTED,
)
def a_kernel_of_rank_r_is_two_thin_layers(
    K: Pair, r: Pair, u: Annotated[Any, On("r", 1, "K", 1)], v: Annotated[Any, On(1, "r", 1, "K")]
) -> Statement:
    """A sum of r outer products is a column layer, then a row layer, with r channels between; in general of rank r."""
    W = np.einsum("ra,rb->ab", u[:, 0, :, 0], v[0, :, 0])
    return (
        equal(convolve(v, u)[0, 0], W),
        equal(separable(W).rank, min(r, K)),
        equal(u.size + v.size, 2 * r * K),
    )


@false_sibling(a_kernel_of_rank_r_is_two_thin_layers, says=r"\text{symmetric kernels have rank } 1")
def symmetric_kernels_are_separable(w: Triple) -> Statement:
    """A kernel with the symmetries of the square has rank one."""
    centre, edge, corner = w
    W = matrix([[corner, edge, corner], [edge, centre, edge], [corner, edge, corner]])
    return at_most(elimination.rank(W.to_numpy()), 1)


@theorem(
    "fact-param-ratios",
    says=r"\frac{2 \cdot 9 C^2}{25 C^2} = \frac{18}{25}, \quad \frac{3 \cdot 9 C^2}{49 C^2} = \frac{27}{49}, \quad"
    r" \frac{2 K C^2}{K^2 C^2} = \frac2K, \quad \text{biases } 2 C : C",
    source="Simonyan and Zisserman 2015; Szegedy et al. 2016; lecture 001",
    strength=LISTED,
)
def stacks_of_small_kernels_are_cheaper(C: Step, K: Step) -> Statement:
    """With C channels throughout, two 3 x 3 layers have 18 weights for 25, three 27 for 49, thin ones 2 for K."""
    size: Any = lambda *box: Conv(abstract((C, C, *box)), abstract((C,))).parameters - C  # noqa: E731  # of the kernel
    lecture = [Conv(abstract((1, 1, k, k)), abstract((1,))).parameters for k in (3, 5)]
    return (
        equal(Fraction(2 * size(3, 3), size(5, 5)), Fraction(18, 25)),
        equal(Fraction(3 * size(3, 3), size(7, 7)), Fraction(27, 49)),
        equal(Fraction(size(K, 1) + size(1, K), size(K, K)), Fraction(2, K)),
        equal((2 * lecture[0], lecture[1]), (20, 26)),
    )


@false_sibling(stacks_of_small_kernels_are_cheaper, says=r"9 C H + 9 H C \le 25 C^2")
def the_stack_is_always_cheaper(C: Size, H: Size) -> Statement:
    """Two 3 x 3 layers have no more weights than one 5 x 5, whatever lies between."""
    stack = abstract((H, C, 3, 3)).size + abstract((C, H, 3, 3)).size
    return at_most(stack, abstract((C, C, 5, 5)).size)


@theorem(
    "fact-polyphase-tensor-rank",
    says=r"W[o, i, a, b] = \textstyle\sum_r P_{or} u_r[a] v_r[b] Q_{ri}; \qquad"
    r" P G Q = P \cdot (G Q) \text{ has unfoldings of rank} \le R",
    source="Lebedev et al. 2015; Kim et al. 2016",
    strength=LISTED,
)
def a_tensor_of_rank_r_is_four_thin_layers(
    C: Pair, D: Pair, R: Pair, P: Annotated[Any, On("D", "R", 1, 1)], Q: Annotated[Any, On("R", "C", 1, 1)],
    u: Annotated[Any, On("R", 1, 2, 1)], v: Annotated[Any, On("R", 1, 1, 2)], G: Annotated[Any, On("R", "R", 1, 2)],
) -> Statement:  # fmt: skip
    """A kernel of tensor rank R is pointwise, column, row, pointwise; a bottleneck bounds both channel ranks by R."""
    W = collapse([Conv(Q), depthwise(u), depthwise(v), Conv(P)]).weight
    formula = np.einsum("or,ra,rb,ri->oiab", P[..., 0, 0], u[:, 0, :, 0], v[:, 0, 0], Q[..., 0, 0])
    B, left, right = convolve(P, convolve(G, Q)), convolve(G, Q), convolve(P, G)
    return (
        equal(W, formula),
        equal(B.reshape(D, -1), P[..., 0, 0] @ left.reshape(R, -1)),
        equal(np.swapaxes(B, 0, 1).reshape(C, -1), Q[..., 0, 0].T @ np.swapaxes(right, 0, 1).reshape(R, -1)),
    )


@false_sibling(a_tensor_of_rank_r_is_four_thin_layers, says=r"\mathrm{rank} \, W \le 1 \text{ for every } 2 \times 2")
def a_bottleneck_keeps_every_kernel(W: Quads) -> Statement:
    """A bottleneck of one channel between two loses no layer of one tap."""
    return at_most(elimination.rank(W), 1)


@theorem(
    "fact-balancedness",
    says=r"\langle w, \partial_w L \rangle = \langle v, \partial_v L \rangle"
    r" = \langle u, \partial_u L \rangle, \quad u = w * v",
    source=f"Du, Hu and Lee 2018; {KOHN}",
)
def layers_stay_balanced(
    K: Size, k: Size, w: Taps, v: Annotated[Any, On("k")], g: Annotated[Any, On(lambda K, k: K + k - 1)]
) -> Statement:
    """A loss of w * v with gradient g has gradients V^T g and W^T g, which balance: <w, V^T g> = <v, W^T g>."""
    V, W, (a, b, c) = convolution_matrix(v, K), convolution_matrix(w, k), map(as_matrix, (w, v, g))
    return a.T @ (V.T @ c) == b.T @ (W.T @ c), a.T @ (V.T @ c) == (V @ a).T @ c


@false_sibling(layers_stay_balanced, says=r"(w - v g)^2 - (v - w g)^2 = w^2 - v^2")
def descent_keeps_the_balance(
    w: Annotated[Any, On(1)], v: Annotated[Any, On(1)], g: Annotated[Any, On(1)]
) -> Statement:
    """A finite step of gradient descent keeps |w|^2 - |v|^2 as well."""
    (w,), (v,), (g,) = w, v, g
    return equal((w - v * g) ** 2 - (v - w * g) ** 2, w**2 - v**2)
