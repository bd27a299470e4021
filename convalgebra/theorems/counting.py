"""Chapter 18, counts: parameters, products and degrees of freedom, as formulas and as entries of the matrix."""

from fractions import Fraction
from math import prod
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.abstract import abstract
from convalgebra.algebra.selection import permutation, shift
from convalgebra.analysis.commutant import commutant
from convalgebra.analysis.counts import count_macs, parameters
from convalgebra.analysis.models import models
from convalgebra.layers.affine import LocallyConnected
from convalgebra.layers.classics import depthwise_separable
from convalgebra.layers.conv import Conv
from convalgebra.layers.resample import Unfold
from convalgebra.theorems.domains import Choices, Size, Sizes, Statement, Step, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, STATED, false_sibling, theorem

Pair = Annotated[Any, Sizes(most=2)]
LONG = {"K <= n": lambda n, K: K <= n}
ONE_TOWER = [
    (3, 64, 11), (64, 192, 5), (192, 384, 3), (384, 256, 3), (256, 256, 3), (256, 4096, 6),
    (4096, 4096, 1), (4096, 1000, 1),
]  # fmt: skip
GROUPED = {"g divides C and D": lambda C, D, g: C % g == D % g == 0}


@theorem(
    "cnt-parameters",
    says=r"\# w = C_{out} \, (C_{in} / g) \, K, \quad \# b = C_{out}, \quad \# w = \# \text{ distinct symbols of } A",
    source="lectures 000 to 003",
    given={**LONG, **GROUPED},
    strength=LISTED,
)
def parameters_are_the_symbols_of_the_matrix(n: Step, K: Step, C: Pair, D: Pair, g: Pair) -> Statement:
    """A layer has D (C / g) K weights and D biases, and without padding its matrix holds each weight."""
    layer = Conv(abstract((D, C // g, K)), abstract((D,)), groups=g)
    taps = layer.matrix((C, n)).pattern().taps
    return equal(layer.parameters, D * (C // g) * K + D), equal(len(set(taps.tolist())), D * (C // g) * K)


@false_sibling(parameters_are_the_symbols_of_the_matrix, says=r"\text{the matrix holds every tap, padded or not}")
def the_matrix_holds_every_tap(n: Size, r: Width) -> Statement:
    """The matrix of a padded layer holds every weight."""
    A = Conv(abstract((1, 1, 2 * r + 1)), padding=r).matrix((1, n))
    return equal(len(set(A.pattern().taps.tolist())), 2 * r + 1)


@theorem(
    "cnt-macs-nnz",
    says=r"\text{MACs} = o K C_{in} C_{out} / g = \mathrm{nnz}(A), \qquad"
    r" \text{zeros of radius } r \le n: \ \mathrm{nnz} = n K - r (r + 1)",
    source="folklore, made exact",
    given={"r <= n": lambda n, r: r <= n, **GROUPED},
    strength=LISTED,
)
def products_are_entries(n: Size, r: Width, C: Pair, D: Pair, g: Pair) -> Statement:
    """The products of a layer are the entries of its matrix; zeros of radius r save r (r + 1) a channel pair."""
    K, pairs = 2 * r + 1, C * D // g
    weight = abstract((D, C // g, K))
    valid, same = Conv(weight, groups=g), Conv(weight, groups=g, padding=r)
    return (
        equal(valid.matrix((C, n + 2 * r)).nnz, n * K * pairs),
        equal(same.matrix((C, n)).nnz, (n * K - r * (r + 1)) * pairs),
        equal(count_macs(same, (C, n)), (n * K - r * (r + 1)) * pairs),
        equal(count_macs(same, (C, n), exact=False), n * K * pairs),
    )


@false_sibling(products_are_entries, says=r"\mathrm{nnz}(A) = n K \text{ with padding too}")
def padding_costs_products(n: Size, r: Width) -> Statement:
    """The matrix of a padded layer has an entry for each product of the nominal count."""
    return equal(Conv(abstract((1, 1, 2 * r + 1)), padding=r).matrix((1, n)).nnz, n * (2 * r + 1))


@theorem(
    "cnt-dof-hierarchy",
    says=r"o n \ge o K \ge K \quad\text{(dense, locally connected, convolution), times } C_{in} C_{out}",
    source="Scardapane, lecture 6",
    given=LONG,
    strength=LISTED,
)
def sharing_and_locality_save_parameters(n: Size, K: Step, C: Pair, D: Pair) -> Statement:
    """Locality takes a dense layer from o n weights a channel pair to o K, sharing from there to K."""
    o = n - K + 1
    local = LocallyConnected(abstract((D, o, C, K)))
    shared = Conv(abstract((D, C, K)))
    return (
        equal(local.parameters, o * K * C * D),
        equal(shared.parameters, K * C * D),
        at_most(shared.parameters, local.parameters),
        at_most(local.parameters, (C * n) * (D * o)),
        equal(local.matrix((C, n)).nnz, shared.matrix((C, n)).nnz),
    )


@false_sibling(sharing_and_locality_save_parameters, says=r"o K = K", given=LONG)
def sharing_saves_nothing(n: Size, K: Step) -> Statement:
    """A locally connected layer has as many weights as a convolution."""
    return equal(LocallyConnected(abstract((1, n - K + 1, 1, K))).parameters, K)


@theorem(
    "cnt-depthwise-separable-ratio",
    says=r"\frac{C K^2 + C D}{C D K^2} = \frac1D + \frac1{K^2}, \qquad \frac{656}{4608}",
    source="lecture 001; Howard et al., MobileNets",
    strength=LISTED,
)
def a_separable_layer_costs_the_sum_of_two_reciprocals(K: Step, C: Step, D: Step, h: Pair) -> Statement:
    """A depthwise separable layer has the share 1/D + 1/K^2 of the weights and of the products at stride 1."""
    full = Conv(abstract((D, C, K, K)))
    separable = depthwise_separable(abstract((C, 1, K, K)), abstract((D, C)))
    share, shape = Fraction(1, D) + Fraction(1, K**2), (C, h + K - 1, h + K - 1)
    lecture = depthwise_separable(abstract((16, 1, 3, 3)), abstract((32, 16)))
    return (
        equal(Fraction(separable.parameters, full.parameters), share),
        equal(Fraction(count_macs(separable, shape), count_macs(full, shape)), share),
        equal((lecture.parameters, Conv(abstract((32, 16, 3, 3))).parameters), (656, 4608)),
    )


@false_sibling(a_separable_layer_costs_the_sum_of_two_reciprocals, says=r"C K^2 + C D \le C D K^2")
def a_separable_layer_is_always_smaller(K: Step, C: Step, D: Step) -> Statement:
    """A depthwise separable layer never has more weights than the full one."""
    separable = depthwise_separable(abstract((C, 1, K, K)), abstract((D, C)))
    return at_most(separable.parameters, Conv(abstract((D, C, K, K))).parameters)


@theorem(
    "cnt-groups-ratio",
    says=r"\# w = C_{out} (C_{in} / g) K^2, \quad \text{depthwise } g = C_{in}: \ C_{out} K^2",
    source="lecture 002",
    strength=LISTED,
)
def groups_divide_weights_and_products(g: Step, a: Pair, b: Pair, K: Step) -> Statement:
    """g groups divide the weights and the products by g; depthwise leaves K^2 weights an output channel."""
    C, D, shape = g * a, g * b, (g * a, K + 1, K)
    full, grouped = Conv(abstract((D, C, K, K))), Conv(abstract((D, a, K, K)), groups=g)
    deep = Conv(abstract((D, 1, K, K)), groups=g)
    return (
        equal(g * grouped.parameters, full.parameters),
        equal(g * grouped.matrix(shape).nnz, full.matrix(shape).nnz),
        equal(deep.parameters, D * K**2),
    )


@false_sibling(groups_divide_weights_and_products, says=r"\# b = C_{out} / g")
def groups_divide_biases(g: Step) -> Statement:
    """Groups divide the number of biases too."""
    layer = Conv(abstract((g, 1, 1)), abstract((g,)), groups=g)
    return equal(g * (layer.parameters - g), g)


@theorem(
    "cnt-stride-effect",
    says=r"\text{outputs: } \lceil h / s \rceil \lceil w / s \rceil \text{ of } h w; \quad \text{weights unchanged}",
    source="lecture 004",
    strength=LISTED,
)
def a_stride_divides_outputs_and_products(h: Size, w: Size, s: Step, K: Step) -> Statement:
    """Under SAME a stride leaves ceil(h/s) ceil(w/s) of h w places and nominal products, and every weight."""
    weight = abstract((1, 1, K, K))
    strided, dense = (Conv(weight, stride=t, padding="same_upper") for t in (s, 1))
    places = -(-h // s) * -(-w // s)
    counts = [count_macs(layer, (1, h, w), exact=False) for layer in (strided, dense)]
    return (
        equal(prod(strided.output_shape((1, h, w))), places),
        equal(counts, [places * K * K, h * w * K * K]),
        equal(strided.parameters, dense.parameters),
    )


@false_sibling(a_stride_divides_outputs_and_products, says=r"\text{a stride divides the products by } s^2")
def a_stride_divides_products_by_its_square(h: Size, s: Step) -> Statement:
    """A stride s divides the products by s^2."""
    layers = (Conv(abstract((1, 1, 1, 1)), stride=t, padding="same_upper") for t in (s, 1))
    strided, dense = (count_macs(layer, (1, h, h), exact=False) for layer in layers)
    return equal(s**2 * strided, dense)


@theorem(
    "cnt-backward-macs",
    says=r"\#\{(i, a, j)\} \text{ is the cost of } y = A x, \ \partial x = A^\top g \text{ and } \partial w",
    source="folklore; the three products sum over one set of index triples",
    strength=LISTED,
)
def each_gradient_costs_a_forward_pass(n: Size, K: Step, s: Step, p: Width) -> Statement:
    """The forward pass and both gradients take one product for each triple (output, tap, input) of the layer."""
    layer = Conv(abstract((1, 1, K)), stride=s, padding=max(p, K - n))
    lines = layer.matrix((1, n)).pattern()
    triples = set(zip(lines.rows.tolist(), lines.taps.tolist(), lines.cols.tolist(), strict=True))
    return (
        equal(len(triples), layer.matrix((1, n)).nnz),
        equal(len({(j, a, i) for i, a, j in triples}), layer.matrix((1, n)).T.nnz),
        equal(sum(len({(i, j) for i, a, j in triples if a == t}) for t in range(K)), len(triples)),
    )


@false_sibling(each_gradient_costs_a_forward_pass, says=r"\text{backward} = \text{forward}")
def the_backward_pass_costs_as_much_as_the_forward_pass(n: Size, K: Step) -> Statement:
    """Both gradients together cost as much as the forward pass."""
    A = Conv(abstract((1, 1, K)), padding=K - 1).matrix((1, n))
    return equal(A.T.nnz + len(A.pattern().taps), A.nnz)


@theorem(
    "cnt-im2col-expansion",
    says=r"\text{im2col stores } o K \text{ values: } \approx K / s \text{ times the input}",
    source="folklore",
    given=LONG,
    strength=LISTED,
)
def im2col_stores_every_window(n: Size, K: Step, s: Step, C: Pair) -> Statement:
    """The windows laid side by side have C K rows and o columns: without padding every entry is a copy of an input."""
    o, unfold = (n - K) // s + 1, Unfold(K, stride=s)
    return equal(prod(unfold.output_shape((C, n))), C * K * o), equal(unfold.matrix((C, n)).nnz, C * K * o)


@false_sibling(im2col_stores_every_window, says=r"o K = n", given=LONG)
def im2col_stores_the_input(n: Size, K: Step) -> Statement:
    """Laying the windows side by side takes no more room than the input."""
    return equal(prod(Unfold(K).output_shape((1, n))), n)


@theorem(
    "cnt-known-networks",
    says=r"\text{LeNet-5: } 156 + 12 + 1516 + 32 + 48120 + 10164 = 60000, \quad \text{VGG-16: } 138\,357\,544",
    source="LeCun et al. 1998; Simonyan and Zisserman 2015; Krizhevsky 2014",
    strength=STATED,
)
def the_counts_of_the_literature() -> Statement:
    """LeNet-5 with its partial third layer counts 60000, VGG-16 138357544; AlexNet 60965224, in one tower 61100840."""
    third = 6 * (3 * 25 + 1) + 9 * (4 * 25 + 1) + (6 * 25 + 1)
    lenet = [6 * (25 + 1), 6 * 2, third, 16 * 2, 120 * (16 * 25 + 1), 84 * (120 + 1)]
    vgg = models.vgg16()
    return (
        equal(lenet, [156, 12, 1516, 32, 48120, 10164]),
        equal(sum(lenet), 60000),
        equal(parameters(vgg), 138_357_544),
        equal(_convolutional(vgg), 14_714_688),
        equal(parameters(models.alexnet()), 60_965_224),
        equal(sum(D * (C * K * K + 1) for C, D, K in ONE_TOWER), 61_100_840),
    )


def _convolutional(net: Any) -> int:
    """The parameters in the convolutions of a stack."""
    return sum(layer.parameters for layer in net.layers if isinstance(layer, Conv))


@false_sibling(the_counts_of_the_literature, says=r"\text{most weights of VGG-16 are in convolutions}")
def most_weights_are_convolutional() -> Statement:
    """Most weights of VGG-16 are in its convolutions."""
    net = models.vgg16()
    return at_most(parameters(net), 2 * _convolutional(net))


def _orbits(generators: list[list[int]], n: int) -> int:
    """The orbits of pairs of points, by closing under the generators."""
    label = np.arange(n * n, dtype=np.int64).reshape(n, n)
    for _ in range(n * n):
        for g in generators:
            moved = label[np.ix_(g, g)]
            label = np.minimum(label, moved)
    return len(set(label.reshape(-1).tolist()))


def _generators(group: str, n: int) -> list[list[int]]:
    cycle = [(k + 1) % n for k in range(n)]
    swap = [1, 0, *range(2, n)][:n] if n > 1 else [0]
    return [cycle] if group == "Z_n" else [cycle, swap]


@theorem(
    "cnt-equivariance-saving",
    says=r"n^2 \text{ weights become } \# \text{ orbits of pairs:} \quad Z_n: n, \qquad S_n: 2",
    source="orbit counting",
    strength=LISTED,
)
def equivariance_leaves_a_weight_for_each_orbit(
    n: Annotated[Any, Sizes(2, 5)], group: Annotated[Any, Choices(("Z_n", "S_n"))]
) -> Statement:
    """A map that commutes with a group has a weight for each orbit of pairs: n for cyclic shifts, 2 for S_n."""
    generators = _generators(group, n)
    count = n if group == "Z_n" else 2
    space = commutant([permutation(g) for g in generators])
    return equal(_orbits(generators, n), count), equal(space.dimension, count), equal(len(commutant([shift(n, 1)])), n)


@false_sibling(equivariance_leaves_a_weight_for_each_orbit, says=r"n^2 / |G| \text{ weights are left}")
def the_saving_is_the_order_of_the_group(n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """The weights that are left are n^2 divided by the order of S_n."""
    order = prod(range(1, n + 1))
    return equal(Fraction(n * n, order), len(commutant([permutation(g) for g in _generators("S_n", n)])))
