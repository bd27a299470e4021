"""Chapter 16, receptive fields: which inputs an output can see, by recursion, in closed form and as entries."""

from fractions import Fraction
from itertools import product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import output_size
from convalgebra.algebra.selection import identity
from convalgebra.analysis.compose import collapse
from convalgebra.analysis.models import models
from convalgebra.analysis.paths import paths
from convalgebra.analysis.receptive import receptive_field
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Identity
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel
from convalgebra.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.theorems.domains import Filter, On, Sizes, Statement, Step
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, STATED, false_sibling, theorem

ARAUJO = "Araujo, Norris and Sim 2019"
Pair = Annotated[Any, Sizes(most=2)]
Few = Annotated[Any, Sizes(0, 1)]
Long = Annotated[Any, Sizes(2, 3)]
Three = Annotated[Any, On(1, 1, 3)]


def layer(K: int, s: int = 1, d: int = 1, p: Any = 0) -> Conv:
    """A layer of K taps 1."""
    return Conv(np.ones((1, 1, K), dtype=np.int64), stride=s, dilation=d, padding=p)


def seen(net: Any, n: int, output: int = 0) -> list[int]:
    """The inputs that an output depends on, of n."""
    return [int(j) for j in np.flatnonzero(paths(net, (1, n)).to_numpy()[output])]


def field(net: Any, in_shape: Any = None) -> tuple[Any, Any, Any]:
    """(size, jump, start) of a network on one axis."""
    found = receptive_field(net, in_shape)
    return found.size[0], found.jump[0], found.start[0]


@theorem(
    "rf-recursion",
    says=r"r_l = r_{l-1} + d_l (K_l - 1) j_{l-1}, \quad j_l = s_l \, j_{l-1}, \quad t_l = t_{l-1} - p_l \, j_{l-1}",
    source=f"{ARAUJO}; Dumoulin and Visin",
    strength=LISTED,
)
def a_field_grows_by_the_jump_before(K: Pair, s: Pair, t: Pair, d: Pair, e: Pair, p: Few, q: Few) -> Statement:
    """Forward, a layer adds its reach times the jump before it; backward, r becomes s (r - 1) + d (K - 1) + 1."""
    k = 2
    net = [layer(K, s, d, p), layer(k, t, e, q)]
    r, j, start = 1 + d * (K - 1), s, -p
    backward = s * (e * (k - 1)) + d * (K - 1) + 1
    expected = (r + e * (k - 1) * j, j * t, start - q * j)
    span = backward + 2 * s * t
    inside = seen([layer(K, s, d), layer(k, t, e)], span)
    return (
        equal(field(net), expected),
        equal(expected[0], backward),
        equal((inside[0], inside[-1] + 1), (0, backward)),
    )


@false_sibling(a_field_grows_by_the_jump_before, says=r"r_l = r_{l-1} + (K_l - 1) s_l")
def a_field_grows_by_the_own_stride(K: Step, s: Step) -> Statement:
    """A layer adds its reach times its own stride."""
    return equal(field(layer(K, s))[0], 1 + (K - 1) * s)


@theorem(
    "rf-closed-form",
    says=r"r = 1 + \textstyle\sum_l d_l (K_l - 1) \prod_{i < l} s_i, \quad j = \prod s_i,"
    r" \quad t = -\sum_l p_l \prod_{i < l} s_i",
    source=ARAUJO,
    strength=LISTED,
)
def a_field_is_a_sum_over_layers(K: Pair, k: Pair, m: Pair, s: Pair, t: Pair, d: Pair, p: Few) -> Statement:
    """The field of three layers in closed form is the size of their composed kernel."""
    geometry = [(K, s, 1, p), (k, t, d, 1), (m, 2, 2, p)]
    jumps = [1, s, s * t, 2 * s * t]
    net = [layer(*numbers) for numbers in geometry]
    size = 1 + sum(dilation * (taps - 1) * j for (taps, _, dilation, _), j in zip(geometry, jumps, strict=False))
    start = -sum(pad * j for (*_, pad), j in zip(geometry, jumps, strict=False))
    composed = collapse([layer(taps, stride, dilation) for taps, stride, dilation, _ in geometry])
    hull = composed.dilation[0] * (composed.kernel_size[0] - 1) + 1
    return equal(field(net), (size, jumps[-1], start)), equal(hull, size)


@false_sibling(a_field_is_a_sum_over_layers, says=r"\text{the order of the layers does not matter}")
def the_order_of_layers_does_not_matter(K: Step, k: Step, s: Step) -> Statement:
    """The field of two layers does not depend on their order."""
    return equal(field([layer(K), layer(k, s)])[0], field([layer(k, s), layer(K)])[0])


@theorem(
    "rf-is-smallest-input",
    says=r"o(n) = 0 \iff n < r, \qquad o(n) = 1 \iff r \le n < r + j",
    source="lecture 000; nested floors",
    strength=LISTED,
)
def the_field_is_the_smallest_input(K: Step, k: Step, s: Step, t: Step) -> Statement:
    """The field is the smallest input with an output, and j inputs have exactly one: those from r to r + j - 1."""
    r, j, _ = field([layer(K, s), layer(k, t)])
    outputs = [_outputs(_outputs(n, K, s), k, t) for n in range(1, r + j + 1)]
    return equal(outputs, [0] * (r - 1) + [1] * j + [2])


def _outputs(n: int, K: int, s: int) -> int:
    """The outputs of a layer without padding; none where the signal is shorter than the kernel."""
    return 0 if n < K else output_size(n, K, stride=s)


@false_sibling(the_field_is_the_smallest_input, says=r"o(n) = 1 \iff n = r")
def the_field_is_the_only_input_with_one_output(K: Step, s: Step) -> Statement:
    """The field is the one size of the input that has exactly one output."""
    return equal(_outputs(K + 1, K, s), 2)


@theorem(
    "rf-overlap-and-tiling",
    says=r"|F_i \cap F_{i+1}| = \max(r - j, 0), \qquad \text{tiling} \iff r = j, \quad \text{gaps} \iff r < j",
    source="lecture 000",
    strength=LISTED,
)
def neighbouring_fields_overlap(K: Step, k: Pair, s: Step, t: Pair) -> Statement:
    """Neighbouring fields are j apart: they overlap in r - j places, tile where r = j, and miss inputs where r < j."""
    net = [layer(K, s), layer(k, t)]
    r, j, _ = field(net)
    first, second = (set(range(min(f), max(f) + 1)) for f in (seen(net, r + j, 0), seen(net, r + j, 1)))
    return equal(len(first & second), max(r - j, 0)), equal(len(set(range(r + j)) - first - second), max(j - r, 0))


@false_sibling(neighbouring_fields_overlap, says=r"r(s + 1) < r(s)")
def a_larger_stride_shrinks_the_field(K: Step, s: Step) -> Statement:
    """A larger stride of a layer makes its field smaller."""
    return at_most(field(layer(K, s + 1))[0] + 1, field(layer(K, s))[0])


@theorem(
    "rf-centre",
    says=r"t + \tfrac{r - 1}2 = \textstyle\sum_l \big( \tfrac{d_l (K_l - 1)}2 - p_l \big) \prod_{i < l} s_i",
    source=ARAUJO,
    strength=LISTED,
)
def a_field_is_centred_by_half_its_padding(K: Step, k: Pair, s: Step, d: Pair, p: Few, q: Few) -> Statement:
    """The centre moves by half the reach less the padding of each layer: odd kernels with half padding stay centred."""
    centre = Fraction(d * (K - 1), 2) - p + s * (Fraction(k - 1, 2) - q)
    same = receptive_field([layer(2 * K - 1, s, d, d * (K - 1)), layer(2 * k - 1, 1, 1, k - 1)])
    return (
        equal(receptive_field([layer(K, s, d, p), layer(k, 1, 1, q)]).center[0], centre),
        equal(same.center[0], 0),
    )


@false_sibling(a_field_is_centred_by_half_its_padding, says=r"\text{'same' padding is centred}")
def same_layers_are_centred(K: Step) -> Statement:
    """Layers that keep the size by their padding are centred."""
    return equal(receptive_field(layer(K, p="same")).center[0], 0)


@theorem(
    "rf-growth",
    says=r"r = 1 + L (K - 1), \qquad r = 1 + (K - 1)(2^L - 1) \text{ for strides or dilations } 1, 2, 4, \ldots",
    source="Scardapane, lecture 6; Yu and Koltun 2016",
    strength=LISTED,
)
def fields_grow_linearly_or_as_powers(K: Step, L: Step) -> Statement:
    """Fields grow linearly with depth; with strides of two, or dilations that double, they grow as powers of two."""
    doubled = 1 + (K - 1) * (2**L - 1)
    return (
        equal(field([layer(K)] * L)[0], 1 + L * (K - 1)),
        equal(field([layer(K, 2)] * L)[0], doubled),
        equal(field([layer(K, d=2**level) for level in range(L)])[0], doubled),
        equal(field([layer(2 * K + 1)] * 2)[0], 2 * (2 * K) + 1),
    )


@false_sibling(fields_grow_linearly_or_as_powers, says=r"r = 1 + L (K - 1) \text{ with strides too}")
def fields_always_grow_linearly(K: Step, L: Step) -> Statement:
    """Fields grow linearly with depth, whatever the strides."""
    return equal(field([layer(K, 2)] * L)[0], 1 + L * (K - 1))


@theorem(
    "rf-support-is-sumset",
    says=r"F_i = t + i j + \textstyle\sum_l d_l \prod_{m < l} s_m \, \{0, \ldots, K_l - 1\}",
    source="Wang et al. 2018, gridding",
    strength=LISTED,
)
def a_field_is_a_sumset(K: Pair, k: Step, s: Pair, d: Step, e: Pair) -> Statement:
    """The inputs that an output sees are the sums of one progression a layer; the field is their hull."""
    net = [layer(K, s, d), layer(k, 2, e)]
    r, j, _ = field(net)
    sums = sorted({d * a + e * s * b for a, b in product(range(K), range(k))})
    return equal(seen(net, r + j), sums), equal(seen(net, r + j, 1), [j + m for m in sums]), equal(sums[-1] + 1, r)


@false_sibling(a_field_is_a_sumset, says=r"|F_i| = r")
def every_place_of_the_field_is_seen(K: Step, d: Step) -> Statement:
    """Every place of its field influences an output."""
    r = field(layer(K, d=d))[0]
    return equal(len(seen(layer(K, d=d), r)), r)


@theorem(
    "rf-no-holes-criterion",
    says=r"\text{no holes} \iff d_1 = 1 \text{ and } d_l \le 1 + \textstyle\sum_{m < l} d_m (K_m - 1)"
    r" \quad (d_1 \le d_2 \le \cdots)",
    source="Brown's criterion for complete sequences",
    given={"d <= e <= f": lambda d, e, f: d <= e <= f},
    strength=LISTED,
)
def dilations_leave_no_holes(
    K: Long, d: Pair, e: Annotated[Any, Sizes(most=4)], f: Annotated[Any, Sizes(most=6)]
) -> Statement:
    """Layers with dilations in ascending order see every place exactly where no dilation skips what is seen before."""
    net = [layer(K, d=d), layer(2, d=e), layer(2, d=f)]
    r = field(net)[0]
    covers = d == 1 and e <= 1 + (K - 1) * d and f <= 1 + (K - 1) * d + e
    return equal(len(seen(net, r)) == r, covers), equal(seen(net[::-1], r), seen(net, r))


@false_sibling(dilations_leave_no_holes, says=r"\gcd(d_1, d_2) = 1 \text{ is enough}",
               given={"d and e are coprime": lambda d, e: np.gcd(d, e) == 1})  # fmt: skip
def coprime_dilations_leave_no_holes(d: Step, e: Step) -> Statement:
    """Two layers of two taps with coprime dilations see every place."""
    net = [layer(2, d=d), layer(2, d=e)]
    return equal(len(seen(net, 1 + d + e)), 1 + d + e)


@theorem(
    "rf-generic-equality",
    says=r"\{m : (A_v A_u)_{i m} \ne 0\} = F_i \text{ for generic and for positive taps}",
    source="entries of the product as polynomials in the taps",
    strength=LISTED,
)
def generic_taps_see_their_field(
    K: Pair, k: Pair, s: Pair, d: Pair, u: Filter, v: Annotated[Any, On(1, 1, "k")]
) -> Statement:
    """Of generic taps no entry of the product is zero within the field, and none of positive taps."""
    r = 1 + d * (K - 1) + s * (k - 1)
    product_matrix = collapse([Conv(u, stride=s, dilation=d), Conv(v)]).matrix((1, r))
    alive = [int(j) for j in np.flatnonzero(rings.nonzero(product_matrix.to_numpy()[0]))]
    return equal(alive, seen([layer(K, s, d), layer(k)], r))


@false_sibling(generic_taps_see_their_field, says=r"\text{for all taps that are not zero}", special=True)
def taps_that_are_not_zero_see_their_field(u: Annotated[Any, On(2)], v: Annotated[Any, On(2)]) -> Statement:
    """Whatever the taps, as long as none is zero, nothing cancels."""
    middle = u[0] * v[1] + u[1] * v[0]
    return equal(bool(u.all() and v.all() and middle == 0), False)


@theorem(
    "rf-path-counts",
    says=r"\#\text{paths} = [z^m] (1 + z + \cdots + z^{K-1})^L, \qquad \mathrm{var} = L \tfrac{K^2 - 1}{12}",
    source="Luo et al. 2016",
    strength=LISTED,
)
def paths_gather_in_the_middle(K: Step, L: Annotated[Any, Sizes(most=4)]) -> Statement:
    """With taps of one the weight of an input is its number of paths: a bell whose variance grows with the depth."""
    counts = paths([layer(K)] * L, (1, 1 + L * (K - 1))).to_numpy()[0].tolist()
    box = [1]
    for _ in range(L):
        box = np.convolve(box, [1] * K).tolist()
    total, mean = sum(counts), Fraction(L * (K - 1), 2)
    spread = sum(((m - mean) ** 2 * Fraction(c) for m, c in enumerate(counts)), Fraction(0)) / total
    return equal(counts, box), equal(total, K**L), equal(spread, Fraction(L * (K**2 - 1), 12))


@false_sibling(paths_gather_in_the_middle, says=r"\text{all places of the field count alike}")
def all_places_count_alike(K: Step, L: Step) -> Statement:
    """All inputs in the field have the same number of paths."""
    return equal(len(set(paths([layer(K)] * L, (1, 1 + L * (K - 1))).to_numpy()[0].tolist())), 1)


@theorem(
    "rf-multi-path",
    says=r"F = F_1 \cup F_2 \ (\text{equal jumps}), \qquad \text{residual blocks: the path through all layers}",
    source=ARAUJO,
    strength=LISTED,
)
def branches_see_what_either_sees(a: Few, b: Few, s: Pair, L: Step) -> Statement:
    """Branches about one centre see what either sees; a residual stack sees as far as its path through every layer."""
    K, k = 2 * a + 1, 2 * b + 1
    both = Parallel(layer(K, s, 1, a), layer(k, s, 2, 2 * b), join="sum")
    n, middle = 8 * s + 1, 4
    either = sorted({*seen(layer(K, s, 1, a), n, middle), *seen(layer(k, s, 2, 2 * b), n, middle)})
    block = Parallel(layer(3, p=1), Identity(), join="sum")
    return (
        equal(seen(both, n, middle), either),
        equal(field(both), (max(K, 4 * b + 1), s, -max(a, 2 * b))),
        equal(field([block] * L), (1 + 2 * L, 1, -L)),
    )


@false_sibling(branches_see_what_either_sees, says=r"r = r_1 + r_2")
def fields_of_branches_add(a: Few) -> Statement:
    """The fields of two branches add up."""
    K = 2 * a + 1
    both = Parallel(layer(K, p=a), Identity(), join="sum")
    return equal(field(both)[0], field(layer(K, p=a))[0] + field(Identity())[0])


@theorem(
    "rf-pooling-same-as-conv",
    says=r"\text{pool}(K, s) \text{ sees as conv}(K, s); \ \text{pointwise: } (1, 1); \ \text{global: all}",
    source=ARAUJO,
    strength=LISTED,
)
def pools_see_as_layers_do(K: Step, s: Pair, p: Few, n: Pair) -> Statement:
    """A pool sees what a layer of its window sees; pointwise layers see their place, global pools everything."""
    q = min(p, K // 2)
    pools = [MaxPool(K, stride=s, padding=q), AvgPool(K, stride=s, padding=q)]
    points = [ReLU(), BatchNorm([0], [1], [1], [0], eps=0), layer(1)]
    return (
        *(equal(field([layer(2), pool]), field([layer(2), layer(K, s, 1, q)])) for pool in pools),
        *(equal(seen(pool, K + s + n), seen(layer(K, s, 1, q), K + s + n)) for pool in pools),
        *(equal(field([layer(2, 2), point]), field(layer(2, 2))) for point in points),
        *(equal(field(pool, (1, n))[0], n) for pool in (GlobalAvgPool(), GlobalMaxPool())),
    )


@false_sibling(pools_see_as_layers_do, says=r"x - \mathrm{mean}(x) \text{ sees one place}")
def training_statistics_see_one_place(n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """A normalisation that subtracts the mean of the signal itself sees one place."""
    centred = n * identity(n) - matrix([[1] * n] * n)
    return equal(centred.nnz, n)


@theorem(
    "rf-transposed-layers",
    says=r"F_i = \{m : 0 \le i + p - s m \le K - 1\}, \qquad |F_i| \in \{\lfloor K / s \rfloor, \lceil K / s \rceil\}",
    source="Dumoulin and Visin; Odena, Dumoulin and Olah 2016",
    given={"p <= K - 1": lambda K, p: p <= K - 1},
    strength=LISTED,
)
def transposed_layers_see_a_share_of_their_taps(K: Annotated[Any, Sizes(most=4)], s: Step, p: Few) -> Statement:
    """Away from the border an output of a transposed layer sees K / s inputs, rounded down or up by its phase."""
    n = K + 3
    net = ConvTranspose(np.ones((1, 1, K), dtype=np.int64), stride=s, padding=p)
    out = net.output_shape((1, n))[1]
    fields = [seen(net, n, i) for i in range(out)]
    inside = [len(f) for i, f in enumerate(fields) if K - 1 <= i + p <= s * (n - 1)]
    return (
        equal(fields == [[m for m in range(n) if 0 <= i + p - s * m <= K - 1] for i in range(out)], True),
        equal(set(inside), {K // s, -(-K // s)}),
        equal(receptive_field(net).jump[0], Fraction(1, s)),
    )


@false_sibling(transposed_layers_see_a_share_of_their_taps, says=r"|F_i| = K")
def transposed_layers_see_all_their_taps(K: Step, s: Step) -> Statement:
    """Away from the border every output of a transposed layer sees K inputs."""
    net = ConvTranspose(np.ones((1, 1, K), dtype=np.int64), stride=s)
    return equal(len(seen(net, 2 * K, s * K)), K)


@theorem(
    "rf-known-networks",
    says=r"\text{AlexNet pool5: } 195, \quad \text{VGG-16 pool5: } 212, \quad \text{LeNet-5 C5: } 32",
    source=f"LeCun et al. 1998; {ARAUJO}",
    strength=STATED,
)
def the_fields_of_the_literature() -> Statement:
    """AlexNet sees 195 places before its dense layers, VGG-16 212, and LeNet-5 exactly its 32; 3 x 3 twice sees 5."""
    return (
        equal(_before_dense(models.alexnet()), 195),
        equal(_before_dense(models.vgg16()), 212),
        equal(field([layer(5), AvgPool(2), layer(5), AvgPool(2), layer(5)])[0], 32),
        equal([field([layer(3)] * L)[0] for L in (2, 3)], [5, 7]),
    )


def _before_dense(net: Any) -> int:
    """The field in front of the first layer that is no window."""
    kinds = [isinstance(part, Conv | MaxPool | AvgPool | ReLU) for part in net.layers]
    return int(receptive_field(list(net.layers[: kinds.index(False)])).size[0])


@false_sibling(the_fields_of_the_literature, says=r"\text{VGG-16 pool5 sees all } 224")
def the_last_pool_sees_the_whole_image() -> Statement:
    """The last pool of VGG-16 sees the whole image of 224 places."""
    return equal(_before_dense(models.vgg16()), 224)
