"""Chapter 5, continued: what padding between layers changes, and biases that meet it."""

from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.selection import crop, identity, pad
from convalgebra.analysis.compose import collapse
from convalgebra.analysis.defect import boundary_defect
from convalgebra.layers.affine import BatchNorm
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import ones
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.proofs.symbolic_conv import convolve, dilated
from convalgebra.theorems.composition import fitting
from convalgebra.theorems.domains import Filter, On, Size, Sizes, Statement, Step, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

DING = "Ding et al. 2021, Diverse Branch Block"
Pair = Annotated[Any, Sizes(most=2)]
Second = Annotated[Any, On(1, 1, "k")]
Three = Annotated[Any, On(1, 1, 3)]
Five = Annotated[Any, On(1, 1, 5)]


@theorem(
    "comp-same-zero-defect",
    says=r"T_n(ab) - T_n(a) T_n(b) = H(a) H(\tilde b) + J H(\tilde a) H(b) J, \quad"
    r" \mathrm{rank} \le 2 \min(r, q)",
    source="Widom 1976; Boettcher and Silbermann, Introduction to Large Truncated Toeplitz Matrices",
    given={"r + q <= n": lambda n, r, q: r + q <= n},
    strength=LISTED,
)
def padding_between_layers_costs_two_corners(
    n: Size, r: Width, q: Width,
    a: Annotated[Any, On(lambda r: 2 * r + 1)], b: Annotated[Any, On(lambda q: 2 * q + 1)],
) -> Statement:  # fmt: skip
    """Two layers of radii r and q with zeros between miss one layer by two corners of r x q entries, for every n."""
    found = boundary_defect(a, b, n)
    inside = [(i, j) for i, j in np.argwhere(found.defect.to_numpy() != 0).tolist()]
    corners = [(i, j) for i, j in inside if (i < r and j < q) or (n - i <= r and n - j <= q)]
    least = boundary_defect(a, b, max(r + q, 1)).defect.to_numpy()
    return (
        found.claim,
        equal(inside, corners),
        at_most(found.rank_bound, 2 * min(r, q)),
        equal(found.defect.to_numpy()[:r, :q], least[:r, :q]),
    )


@false_sibling(padding_between_layers_costs_two_corners, says=r"T_n(a) T_n(b) = T_n(ab)")
def two_same_layers_are_one(n: Size, a: Annotated[Any, On(3)], b: Annotated[Any, On(3)]) -> Statement:
    """Two layers that keep the size by zeros are one such layer."""
    return boundary_defect(a, b, n).whole == boundary_defect(a, b, n).stack


@theorem(
    "comp-general-boundary-defect",
    says=r"A_{v u} - A_v A_u = D V (I - P P^\top) \, y, \quad y = \text{first layer on the extended signal}",
    source="the formula of composition, split inside and outside",
)
def padding_between_layers_costs_what_is_read_there(
    n: Size, m: Pair, o: Pair, K: Pair, k: Pair, s: Pair, t: Pair, p: Annotated[Any, Sizes(0, 1)],
    q: Annotated[Any, Sizes(0, 1)], u: Filter, v: Second,
) -> Statement:  # fmt: skip
    """One layer less the padded stack is what the second layer reads, of the extended first, outside its m places."""
    span = t * (o - 1) + k
    first = Conv(u, stride=s, padding=fitting(n, s * (m - 1) + K, p))
    second = Conv(v, stride=t, padding=fitting(m, span, q))
    padding = fitting(n, s * (span - 1) + K, p + s * q)
    one, beyond = Conv(convolve(dilated(v, s), u), stride=s * t, padding=padding), Conv(u, stride=s, padding=padding)
    P = pad((1, m), ((0, 0), *fitting(m, span, q)))
    outside = identity((1, span)) - P @ P.T
    stack = second.matrix((1, m)) @ first.matrix((1, n))
    lost = Conv(v, stride=t).matrix((1, span)) @ outside @ beyond.matrix((1, n))
    return one.matrix((1, n)) - stack == lost


@false_sibling(padding_between_layers_costs_what_is_read_there, says=r"\text{only the outermost outputs differ}")
def only_the_outermost_outputs_differ(n: Annotated[Any, Sizes(3, 6)], u: Three, v: Five) -> Statement:
    """Whatever the kernels, one layer of the stack differs at the first and the last place alone."""
    stack = Conv(v, padding=2).matrix((1, n)) @ Conv(u, padding=1).matrix((1, n))
    inner = crop((1, n), ((0, 0), (1, 1)))
    return inner @ stack == inner @ Conv(convolve(v, u), padding=3).matrix((1, n))


@theorem(
    "comp-inner-crop-identity",
    says=r"T_n(w) = \mathrm{crop}_r \, \mathrm{Full}(w), \qquad V_v V_u P_{p + s q} = A_{(v \uparrow s) * u}",
    source="folklore: pad once, as in U-Net",
)
def padding_once_composes(
    n: Size, o: Pair, r: Width, K: Pair, k: Pair, s: Pair, t: Pair, p: Width, q: Width,
    w: Annotated[Any, On(1, 1, lambda r: 2 * r + 1)], u: Filter, v: Second,
) -> Statement:  # fmt: skip
    """A layer of one size crops the full one; layers on a signal that is padded once by p + s q are one layer."""
    full = Conv(w, padding=2 * r).matrix((1, n))
    middle = t * (o - 1) + k
    span = s * (middle - 1) + K
    padding = fitting(n, span, p + s * q)
    valid = Conv(v, stride=t).matrix((1, middle)) @ Conv(u, stride=s).matrix((1, span))
    one = Conv(convolve(dilated(v, s), u), stride=s * t, padding=padding)
    return (
        Conv(w, padding=r).matrix((1, n)) == crop((1, n + 2 * r), ((0, 0), (r, r))) @ full,
        valid @ pad((1, n), ((0, 0), *padding)) == one.matrix((1, n)),
    )


@false_sibling(padding_once_composes, says=r"T_n(v) T_n(u) = V_v V_u P_{p + q}")
def padding_every_layer_is_padding_once(n: Size, u: Three, v: Three) -> Statement:
    """It makes no difference whether zeros are added once or before every layer."""
    each = Conv(v, padding=1).matrix((1, n)) @ Conv(u, padding=1).matrix((1, n))
    once = Conv(v).matrix((1, n + 2)) @ Conv(u).matrix((1, n + 4)) @ pad((1, n), ((0, 0), (2, 2)))
    return each == once


@theorem(
    "comp-bias",
    says=r"A_v (a \otimes \mathbf{1}) + b \otimes \mathbf{1} = (b + W(1) a) \otimes \mathbf{1}, \qquad"
    r" W(1) = \textstyle\sum_t W[\cdot, \cdot, t]",
    source="folklore; RepVGG and Diverse Branch Block",
)
def a_bias_passes_a_layer_as_the_sum_of_its_taps(
    o: Size, k: Step, B: Pair, C: Pair, v: Annotated[Any, On("C", "B", "k")], a: Annotated[Any, On("B")],
    b: Annotated[Any, On("C")],
) -> Statement:  # fmt: skip
    """Without padding between, the biases of two layers are one bias: the first times the sums of taps, added."""
    layer, (first, second) = Conv(v), map(as_matrix, (a, b))
    sums = layer.matrix((B, k)) @ kron(identity(B), as_matrix(ones(k)))
    carried = layer.matrix((B, o + k - 1)) @ kron(first, as_matrix(ones(o + k - 1)))
    total = identity((C, 1)) @ second + sums @ first
    return carried + kron(second, as_matrix(ones(o))) == kron(total, as_matrix(ones(o)))


@false_sibling(a_bias_passes_a_layer_as_the_sum_of_its_taps, says=r"T_n(w) a \mathbf{1} = W(1) a \mathbf{1}")
def a_bias_passes_zero_padding_too(n: Size, w: Three, a: Annotated[Any, On(1)]) -> Statement:
    """With zeros around a layer the bias before it becomes a constant one too."""
    carried = Conv(w, padding=1).matrix((1, n)) @ np.array([a[0]] * n, dtype=object)
    return equal(carried.tolist(), [a[0] * sum(w[0, 0].tolist())] * n)


@theorem(
    "comp-1x1-absorb",
    says=r"A_M A_W = A_{M W}, \qquad A_W A_M = A_{W M} \text{ with any stride, dilation and padding}",
    source=DING,
)
def a_layer_of_one_tap_is_absorbed(
    n: Size, o: Pair, K: Pair, s: Pair, d: Pair, p: Width, A: Pair, B: Pair,
    w: Annotated[Any, On("B", "A", "K")], L: Annotated[Any, On("A", "B", 1)],
) -> Statement:  # fmt: skip
    """A layer of one tap that mixes channels may be multiplied into the layer before it or after it."""
    options = {"stride": s, "dilation": d, "padding": fitting(n, s * (o - 1) + d * (K - 1) + 1, p)}
    layer = Conv(w, **options)
    return (
        Conv(L).matrix((B, o)) @ layer.matrix((A, n)) == Conv(convolve(L, w), **options).matrix((A, n)),
        layer.matrix((A, n)) @ Conv(L).matrix((B, n)) == Conv(convolve(w, L), **options).matrix((B, n)),
    )


@false_sibling(a_layer_of_one_tap_is_absorbed, says=r"\text{with biases and zero padding too}")
def a_bias_of_one_tap_is_absorbed_by_a_padded_layer(
    n: Size, w: Three, m: Annotated[Any, On(1, 1, 1)], b: Annotated[Any, On(1)], x: Annotated[Any, On(1, "n")]
) -> Statement:
    """A layer of one tap with a bias, before a layer with zero padding, is absorbed with a constant bias."""
    one = Conv(convolve(w, m), [b[0] * sum(w[0, 0].tolist())], padding=1)
    return equal(Conv(w, padding=1)(Conv(m, b)(x)), one(x))


@theorem(
    "comp-batchnorm-fold",
    says=r"\gamma \tfrac{A_w x + b - \mu}{\sigma} + \beta = A_{g w} x + g (b - \mu) + \beta, \quad g = \gamma / \sigma",
    source="Ioffe and Szegedy 2015; RepVGG",
    strength=LISTED,
)
def a_normalisation_folds_into_the_layer_before_it(
    n: Pair, B: Pair, r: Annotated[Any, Sizes(0, 1)],
    w: Annotated[Any, On("B", 1, lambda r: 2 * r + 1)], b: Annotated[Any, On("B")], g: Annotated[Any, On("B")],
    m: Annotated[Any, On("B")], h: Annotated[Any, On("B")],
) -> Statement:  # fmt: skip
    """A normalisation by fixed statistics, a factor g and an offset, folds into the layer before it, also if padded."""
    norm = BatchNorm(mean=m, var=[1] * B, weight=g, bias=h, eps=0)
    A = norm.matrix((B, n))
    layer = Conv(w, b, padding=r)
    folded = Conv(w * g.reshape(-1, 1, 1), g * (b - m) + h, padding=r)
    one = collapse([layer, norm], (1, n))
    return (
        A @ layer.matrix((1, n)) == folded.matrix((1, n)),
        one.matrix((1, n)) == folded.matrix((1, n)),
        equal(one.bias - folded.bias, [0] * B),
    )


@false_sibling(a_normalisation_folds_into_the_layer_before_it, says=r"A_w (x + \beta) = A_w x + W(1) \beta")
def a_normalisation_folds_into_the_padded_layer_behind_it(
    n: Size, w: Three, h: Annotated[Any, On(1)], x: Annotated[Any, On(1, "n")]
) -> Statement:
    """Before a layer with zero padding it folds into kernel and constant bias too."""
    norm = BatchNorm(mean=[0], var=[1], weight=[1], bias=h, eps=0)
    folded = Conv(w, [h[0] * sum(w[0, 0].tolist())], padding=1)
    return equal(Conv(w, padding=1)(norm(x)), folded(x))
