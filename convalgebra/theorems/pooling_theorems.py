"""Chapter 15, pooling: averages are convolutions, maxima are linear over (max, +).

Maps that are linear wherever the order of the entries stays the same agree where they agree on vectors of zeros and
ones and on -1: these span each such cone.  Maps that also see the sign agree where they do on the negatives too.
"""

from fractions import Fraction
from functools import reduce
from itertools import pairwise, product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import Dense, matrix
from convalgebra.algebra.selection import flip, identity, shift
from convalgebra.algebra.semiring import MaxPlus, Tropical, maximum
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.layers.activation import ReLU
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from convalgebra.proofs import decide as decisions
from convalgebra.proofs.linearity import Linearity
from convalgebra.proofs.verdicts import Proof
from convalgebra.theorems.domains import Choices, Integer, Kernel, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, SAMPLED, false_sibling, theorem

MORPHOLOGY = "Serra, Image Analysis and Mathematical Morphology; Heijmans, Morphological Image Operators"
Pair = Annotated[Any, Sizes(most=2)]
Few = Annotated[Any, Sizes(0, 1)]
Wide = Annotated[Any, Sizes(2, 4)]
Signal = Annotated[Any, On(1, "n")]
Two = Annotated[Any, On(1, 2)]


def signals(n: int, *values: int) -> Any:
    """All signals of n places with these values: an array of shape (signals, 1, n)."""
    return np.array(list(product(values, repeat=n)), dtype=np.int64)[:, None]


def orders(n: int) -> Any:
    """Signals that span each cone of one order."""
    return np.concatenate([signals(n, 0, 1), -np.ones((1, 1, n), dtype=np.int64)])


def entries(operator: MaxPlus) -> set[tuple[Any, ...]]:
    """The entries above -inf, as (row, column, value)."""
    return set(zip(*(rings.public(part).tolist() for part in operator.entries()), strict=True))


def flat(operator: Any) -> MaxPlus:
    """0 where the operator has an entry, -inf elsewhere."""
    rows, cols, values = operator.pattern().entries()
    return MaxPlus(Dense(rows, cols, values * 0, operator.boxes))


def window(n: int, K: int, s: int = 1) -> MaxPlus:
    """The maximum over the circular windows of K places from each s-th place on."""
    ones, padding = [[[1] * K]], ((0, K - 1),)
    return flat(Conv(ones, stride=s, padding=padding, padding_mode="circular").matrix((1, n)))


@theorem(
    "pool-average-is-conv",
    says=r"\mathrm{avg}_{K, s} = A_{\mathbf{1} / K} \text{ channel by channel}, \qquad"
    r" \mathrm{gap} = \tfrac1n \mathbf{1}^\top",
    source="lectures 001 and 004",
    given={"the windows fit": lambda n, K, p: K <= n + 2 * p and 2 * p <= K},
    strength=LISTED,
)
def average_pooling_is_a_layer(C: Pair, n: Size, K: Step, s: Pair, p: Few) -> Statement:
    """Average pooling is the depthwise layer of K taps 1 / K, and the global average a row of 1 / n."""
    box = Conv([[[Fraction(1, K)] * K]] * C, stride=s, padding=p, groups=C)
    return (
        AvgPool(K, stride=s, padding=p).matrix((C, n)) == box.matrix((C, n)),
        GlobalAvgPool().matrix((1, n)) == Conv([[[Fraction(1, n)] * n]]).matrix((1, n)),
    )


@false_sibling(average_pooling_is_a_layer, says=r"\text{the padding is not counted}", given={"K >= 2": lambda K: K > 1})
def an_average_without_its_padding_is_a_layer(n: Size, K: Wide) -> Statement:
    """Averages that count only the places of the signal are the layer of taps 1 / K as well."""
    pool = AvgPool(K, stride=1, padding=((K - 1, 0),), count_include_pad=False)
    return pool.matrix((1, n)) == Conv([[[Fraction(1, K)] * K]], padding=((K - 1, 0),)).matrix((1, n))


def _is_linear(K: int, n: int, semiring: str) -> bool:
    return isinstance(decisions.decide(Linearity(MaxPool(K), (1, n), semiring)), Proof)


@theorem(
    "pool-max-not-linear",
    says=r"m(\lambda x + c) = \lambda m(x) + c \ (\lambda \ge 0), \quad m \circ \phi = \phi \circ m"
    r" \ (\phi \text{ nondecreasing}), \quad m(x + y) \ne m(x) + m(y)",
    source="lecture 001; mathematical morphology",
    strength=LISTED,
)
def max_pooling_commutes_with_increasing_maps(K: Annotated[Any, Sizes(2, 3)]) -> Statement:
    """The maximum commutes with every nondecreasing map of values, and is not additive: no matrix has it.

    K values are compared as one of the orders that K ranks can have; all of these and all maps between ranks are tried.
    """
    pool, x = MaxPool((K,)), signals(K, *range(K))
    maps = [np.array(phi) for phi in product(range(K), repeat=K) if list(phi) == sorted(phi)]
    return (
        *(equal(pool(phi[x]), phi[pool(x)]) for phi in maps),
        equal((_is_linear(K, K, "max-plus"), _is_linear(K, K, "sum-product")), (True, False)),
    )


@false_sibling(max_pooling_commutes_with_increasing_maps, says=r"m(x + y) = m(x) + m(y)")
def max_pooling_is_a_layer(n: Size, x: Signal, y: Signal) -> Statement:
    """Max pooling is a convolution with some kernel, so it adds."""
    pool = GlobalMaxPool()
    return equal(pool(x) + pool(y), pool(x + y))


def _larger(step: int) -> Parallel:
    """max(a, b) = b + ReLU(a - b), of values that are `step` places apart."""
    later = [0] * step + [1]
    return Parallel(Conv([[later]]), Sequential(Conv([[[1] + [0] * (step - 1) + [-1]]]), ReLU()), join="sum")


@theorem(
    "pool-max-as-relu-net",
    says=r"\max(a, b) = b + \mathrm{ReLU}(a - b): \quad \lceil \log_2 K \rceil \text{ layers for } K \text{ places}",
    source="folklore; Goodfellow et al. 2013, maxout",
    strength=LISTED,
)
def a_maximum_is_a_network_of_rectifiers(K: Annotated[Any, Sizes(2, 5)]) -> Statement:
    """Max pooling over K places is a stack of ceil(log2 K) layers b + ReLU(a - b), each of which doubles the window."""
    widths = [min(2**level, K) for level in range((K - 1).bit_length() + 1)]
    net = Sequential(*(_larger(b - a) for a, b in pairwise(widths)))
    t, b = Tropical.symbol("t"), Tropical.symbol("b")
    return (
        *(equal(net(x), MaxPool(K, stride=1)(x)) for x in orders(K + 1)),
        equal((t + b) | b == (t | 0) + b, True),
    )


@false_sibling(a_maximum_is_a_network_of_rectifiers, says=r"\max(a, b) = \mathrm{ReLU}(\cdot) \ge 0")
def one_rectified_layer_is_a_maximum(x: Two) -> Statement:
    """One rectified layer, whose outputs are never negative, has the maximum of two values."""
    return at_most(0, max(x[0].tolist()))


@theorem(
    "pool-max-equivariance",
    says=r"M \otimes S_s = S_1 \otimes M, \qquad J M J = S_{K-1} M \ (s = 1), \qquad \max S = \max",
    source="Bronstein, Bruna, Cohen and Velickovic 2021, Geometric Deep Learning",
    strength=LISTED,
)
def circular_max_pooling_is_equivariant(m: Size, K: Step, s: Step) -> Statement:
    """Circular max pooling of stride s moves by one place with a shift by s; the global maximum never moves."""
    n = s * m
    M, S, T, J = window(n, K, s), flat(shift((1, n), (0, s))), flat(shift((1, m), (0, 1))), flat(flip((1, n)))
    dense, back = window(n, K), flat(shift((1, n), (0, K - 1)))
    top = GlobalMaxPool().matrix((1, n), semiring="max-plus")
    return (
        equal(entries(M @ S), entries(T @ M)),
        equal(entries(J @ dense @ J), entries(back @ dense)),
        equal(entries(top @ S), entries(top)),
    )


@false_sibling(circular_max_pooling_is_equivariant, says=r"M \otimes S_1 = M")
def max_pooling_is_invariant_to_small_shifts(m: Size, x: Annotated[Any, On(1, lambda m: 2 * m)]) -> Statement:
    """Max pooling by two does not change when the signal moves by one place."""
    moved = np.concatenate([x[:, -1:], x[:, :-1]], axis=1)
    return equal(MaxPool(2)(x), MaxPool(2)(moved))


@theorem(
    "pool-maxplus-matrix",
    says=r"y = M_f \otimes x, \qquad M_f \otimes M_g = M_{f \oplus g}, \quad"
    r" (f \oplus g)[m] = \max_{a + b = m} f[a] + g[b]",
    source="Baccelli, Cohen, Olsder and Quadrat 1992; Maragos 2005; Zhang, Naitzat and Lim 2018",
    strength=LISTED,
)
def max_pooling_is_linear_over_max_plus(
    o: Pair, K: Pair, k: Pair, f: Taps, g: Annotated[Any, On("k")], x: Annotated[Any, On(lambda o, K: o + K - 1)]
) -> Statement:
    """Maxima of x[i + a] + f[a] are a matrix over (max, +), and two such layers are one with the kernels composed."""
    n, composed = o + K + k - 2, MaxPlus(convolution_matrix(f, k)) @ g
    F, G, H = (MaxPlus(Conv([[w]]).matrix((1, size))) for w, size in ((f, n - k + 1), (g, n), (composed, n)))
    windows = [reduce(maximum, (x[i + a : i + a + 1] + f[a] for a in range(K))).item() for i in range(o)]
    return (
        equal((F @ x).tolist() == windows, True),
        equal(entries(F @ G) == entries(H), True),
        equal(_is_linear(K, K + o, "max-plus"), True),
    )


@false_sibling(max_pooling_is_linear_over_max_plus, says=r"M_f \otimes M_g = M_f M_g")
def max_plus_matrices_multiply_as_others_do(f: Size, g: Size) -> Statement:
    """Matrices over (max, +) multiply as ordinary ones do."""
    F, G = matrix([[f]]), matrix([[g]])
    return equal(entries(MaxPlus(F) @ MaxPlus(G)), entries(MaxPlus(F @ G)))


@theorem(
    "pool-max-composition",
    says=r"(K, s) \text{ then } (k, t) = (K + s (k - 1), s t) \text{ where } s \le K",
    source="Serra 1982; Jocher 2020, SPPF in YOLOv5",
    given={"s <= K": lambda K, s: s <= K},
    strength=LISTED,
)
def max_pools_compose(K: Step, k: Step, s: Step, t: Pair, p: Few) -> Statement:
    """Max pools compose, also with padding: windows that leave no gap between them join to one window."""
    R = K + s * (k - 1)
    n, q = R + s * t, min(p, K // 2)
    pools = MaxPool(K, stride=s, padding=q), MaxPool(k, stride=t), MaxPool(R, stride=s * t, padding=q)
    middle = pools[0].output_shape((1, n))
    first, second, both = (
        pool.matrix(shape, semiring="max-plus") for pool, shape in zip(pools, ((1, n), middle, (1, n)), strict=True)
    )
    same = MaxPool(3, stride=1, padding=1).matrix((1, n), semiring="max-plus")
    five = MaxPool(5, stride=1, padding=2).matrix((1, n), semiring="max-plus")
    return equal(entries(second @ first), entries(both)), equal(entries(same @ same), entries(five))


@false_sibling(max_pools_compose, says=r"\text{for } s > K \text{ too}")
def max_pools_with_gaps_compose(K: Step, k: Step, s: Step) -> Statement:
    """Max pools compose to one window even where the first leaves gaps."""
    R = K + s * (k - 1)
    first = MaxPool(K, stride=s).matrix((1, R), semiring="max-plus")
    second = MaxPool(k, stride=1).matrix((1, k), semiring="max-plus")
    return equal(entries(second @ first), entries(MaxPool(R).matrix((1, R), semiring="max-plus")))


@theorem(
    "pool-morphology-adjunction",
    says=r"\delta(x) \le y \iff x \le \varepsilon(y), \qquad (\varepsilon \delta)^2 = \varepsilon \delta,"
    r" \quad (\delta \varepsilon)^2 = \delta \varepsilon",
    source=MORPHOLOGY,
    strength=LISTED,
)
def dilation_and_erosion_are_adjoint(n: Size, K: Step) -> Statement:
    """Maxima over windows and minima over reflected ones are an adjunction; closing and opening are idempotent.

    Both commute with thresholds, so that all signals of zeros and ones stand for all signals.
    """
    M, x = window(n, K), signals(n, 0, 1)[:, 0].T
    grow: Any = lambda y: M @ y  # noqa: E731
    shrink: Any = lambda y: -(M.T @ -y)  # noqa: E731
    below: Any = lambda a, b: (a[:, :, None] <= b[:, None, :]).all(axis=0)  # noqa: E731
    closed, opened = shrink(grow(x)), grow(shrink(x))
    return (
        equal(below(grow(x), x).tolist(), below(x, shrink(x)).tolist()),
        equal(shrink(grow(closed)), closed),
        equal(grow(shrink(opened)), opened),
        equal(bool((opened <= x).all() and (x <= closed).all()), True),
        equal(grow(np.maximum(x, x[:, ::-1])), np.maximum(grow(x), grow(x[:, ::-1]))),
    )


@false_sibling(dilation_and_erosion_are_adjoint, says=r"\varepsilon \delta = \mathrm{id}")
def min_pooling_undoes_max_pooling(n: Size, K: Step, x: Kernel) -> Statement:
    """Minima after maxima give the signal back."""
    M = window(n, K)
    return equal(-(M.T @ -(M @ x)), x)


@theorem(
    "pool-max-separable",
    says=r"\max_{a \times b} = \max_{a \times 1} \circ \max_{1 \times b}",
    source="van Herk 1992",
    strength=LISTED,
)
def max_pooling_over_a_rectangle_is_separable(a: Step, b: Step, h: Pair, s: Pair) -> Statement:
    """The maximum over a rectangle is the maximum over rows and then over columns."""
    shape = (1, a + h, b + h)
    rows, cols, both = MaxPool((1, b), stride=(1, s)), MaxPool((a, 1), stride=(s, 1)), MaxPool((a, b), stride=s)
    first = rows.matrix(shape, semiring="max-plus")
    second = cols.matrix(rows.output_shape(shape), semiring="max-plus")
    return equal(entries(second @ first), entries(both.matrix(shape, semiring="max-plus")))


@false_sibling(max_pooling_over_a_rectangle_is_separable, says=r"\text{for a cross too}")
def max_pooling_over_a_cross_is_separable(x: Annotated[Any, On(3, 3)]) -> Statement:
    """The maximum over a cross is that over its columns of the maxima over its rows."""
    cross = max([*x[1].tolist(), *x[:, 1].tolist()])
    return equal(cross, int(MaxPool(3)(x[None])[0, 0, 0]))


Pairs = Annotated[Any, Choices((((0, 0, 0), (0, 1, 0)), ((1, 2, 3), (3, 1, 1)), ((0, 5, -1), (2, 2, 2))), sampled=True)]


@theorem(
    "pool-lipschitz",
    says=r"\|m(x) - m(y)\|_\infty \le \|x - y\|_\infty, \quad \|m(x) - m(y)\|_2 \le \sqrt{m} \, \|x - y\|_2,"
    r" \quad K A A^\top = I",
    source="Szegedy et al. 2014; Gouk et al. 2021",
    strength=SAMPLED,
)
def max_pooling_is_lipschitz(xy: Pairs, K: Step) -> Statement:
    """Max pooling never stretches the largest difference, and the squares at most by the windows on one place.

    Averages over disjoint windows have norm 1 / sqrt(K) exactly: K A A^T = I.
    """
    (x, y), pool, average = xy, MaxPool(K, stride=1), AvgPool(K).matrix((1, 2 * K))
    before = [abs(a - b) for a, b in zip(x, y, strict=True)]
    after = [abs(int(d)) for d in (pool([list(x)]) - pool([list(y)])).reshape(-1)]
    most = max(np.bincount(pool.matrix((1, 3), semiring="max-plus").entries()[1]).tolist())
    return (
        at_most(max(after), max(before)),
        at_most(sum(d * d for d in after), most * sum(d * d for d in before)),
        K * (average @ average.T) == identity((1, 2)),
    )


@false_sibling(max_pooling_is_lipschitz, says=r"\|m(x) - m(y)\|_2 \le \|x - y\|_2")
def overlapping_windows_do_not_stretch(x: Annotated[Any, On(1, 3)]) -> Statement:
    """Max pooling over windows that overlap never stretches a signal."""
    return at_most(sum(int(v) ** 2 for v in MaxPool(2, stride=1)(x)[0]), sum(int(v) ** 2 for v in x[0]))


@theorem(
    "pool-maxplus-circulant-eigen",
    says=r"M_f \otimes M_g = M_g \otimes M_f, \qquad M_f \otimes 0 = \max f",
    source="Baccelli, Cohen, Olsder and Quadrat 1992; Butkovic 2010",
    strength=LISTED,
)
def max_plus_circulants_commute(n: Step, f: Kernel, g: Kernel) -> Statement:
    """Circulants over (max, +) commute, and constant signals are eigenvectors: the eigenvalue is the largest tap.

    That there is no other eigenvalue is not claimed here.
    """
    F, G = MaxPlus(circulant(f)), MaxPlus(circulant(g))
    largest = GlobalMaxPool()(f[None])[0, 0]
    return (
        equal(entries(F @ G) == entries(G @ F), True),
        equal((F @ np.zeros(n, dtype=np.int64)).tolist() == [largest] * n, True),
    )


@false_sibling(max_plus_circulants_commute, says=r"M_f \otimes x = \lambda + x \text{ for a wave } x")
def waves_are_max_plus_eigenvectors(K: Pair, k: Integer) -> Statement:
    """Circulants over (max, +) have as many eigenvectors as others: on two places (0, k) is one for every k."""
    y = window(2, K) @ np.array([0, k], dtype=np.int64)
    return equal(y[0] - 0, y[1] - k)
