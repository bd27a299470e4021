"""Chapter 15, continued: rectifiers, rank filters, norms, softmax and normalisation.

As before, signals of zeros and ones, and of -1, stand for all signals of one order; with their negatives, of one sign.
"""

from itertools import permutations, product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.selection import identity, shift
from convalgebra.algebra.semiring import Tropical
from convalgebra.algebra.toeplitz import circulant
from convalgebra.layers.activation import ReLU
from convalgebra.layers.conv import Conv
from convalgebra.layers.pool import AvgPool, LpPool, MaxPool
from convalgebra.proofs.constructors import impulse, ones
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, Matrices, On, Size, Sizes, Statement, Step
from convalgebra.theorems.facts import at_most, equal, under
from convalgebra.theorems.pooling_theorems import signals
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Pair = Annotated[Any, Sizes(most=2)]
One = Annotated[Any, On(1)]
Two = Annotated[Any, On(1, 2)]
Three = Annotated[Any, On(1, 3)]
RELU = ReLU()


@theorem(
    "pool-norm-limits",
    says=r"\big( \tfrac1K \textstyle\sum x_i^p \big)^{1/p} \le m \le \big( \sum x_i^p \big)^{1/p}: \quad"
    r" K m^p - \sum x_i^p = \sum (m - x_i)(m^{p-1} + \cdots + x_i^{p-1})",
    source="Boureau, Ponce and LeCun 2010; lecture 004",
    strength=LISTED,
)
def norms_lie_between_average_and_maximum(K: Step, p: Step, x: Annotated[Any, On("K")], m: One) -> Statement:
    """For the largest m of nonnegative x the mean of x^p is at most m^p and the sum is no less: so p to infinity is m.

    With x = exp(y) and p = 1 these are the bounds of log-sum-exp.  The library's L2 pooling takes the sum.
    """
    powers = sum(v**p for v in x)
    rest = sum((m[0] - v) * sum(m[0] ** j * v ** (p - 1 - j) for j in range(p)) for v in x)
    return (
        equal(K * m[0] ** p - powers, rest),
        equal(LpPool(K)(x[None])[0, 0] ** 2, sum(v**2 for v in x)),
    )


@false_sibling(norms_lie_between_average_and_maximum, says=r"\|x\|_2^2 = \tfrac12 (x_0^2 + x_1^2)")
def l2_pooling_takes_the_mean(x: Two) -> Statement:
    """L2 pooling is the root of the mean of the squares."""
    return equal(2 * LpPool(2)(x)[0, 0] ** 2, sum(v**2 for v in x[0]))


@theorem(
    "pool-relu-commutes",
    says=r"\mathrm{ReLU} \circ m = m \circ \mathrm{ReLU}, \qquad"
    r" \mathrm{avg}(\mathrm{ReLU} \, x) = \mathrm{avg} \, x + \mathrm{avg}(\mathrm{ReLU}(-x))",
    source="folklore; Jensen",
    strength=LISTED,
)
def a_rectifier_passes_a_maximum(K: Step) -> Statement:
    """A rectifier may come before or after a maximum; before an average it gives at least the average, and 0."""
    x = np.concatenate([signals(K + 1, 0, 1), -signals(K + 1, 0, 1)])
    units = np.concatenate([np.eye(K + 1, dtype=np.int64), -np.eye(K + 1, dtype=np.int64)])[:, None]
    pool, average = MaxPool((K,), stride=1), AvgPool((K,), stride=1)
    return (
        equal(np.maximum(pool(x), 0), pool(np.maximum(x, 0))),
        equal(average(np.maximum(units, 0)), average(units) + average(np.maximum(-units, 0))),
    )


@false_sibling(a_rectifier_passes_a_maximum, says=r"m(-x) = -m(x)")
def a_maximum_passes_a_change_of_sign(x: Two) -> Statement:
    """A maximum commutes with a change of sign as well."""
    return equal(MaxPool(2)(-x), -MaxPool(2)(x))


def _median(x: Any) -> Any:
    """The middle value of each three neighbours, of signals (..., n)."""
    return np.sort(np.stack([x[..., :-2], x[..., 1:-1], x[..., 2:]]), axis=0)[1]


@theorem(
    "pool-median-rank-filters",
    says=r"\mathrm{med}(x) = \textstyle\sum_t \mathrm{med}([x \ge t]), \qquad"
    r" \mathrm{med} \circ \phi = \phi \circ \mathrm{med}, \qquad \mathrm{med}(\text{step}) = \text{step}",
    source="Tukey 1977; Wendt, Coyle and Gallagher 1986",
    strength=LISTED,
)
def medians_decompose_by_thresholds(n: Annotated[Any, Sizes(3, 5)]) -> Statement:
    """A median is the sum of those at all thresholds, commutes with increasing maps, and keeps steps.

    Three neighbours have at most three ranks, so signals with the values 0, 1, 2 stand for all.
    """
    x, steps = signals(n, 0, 1, 2)[:, 0], np.tri(n + 1, n, -1, dtype=np.int64)
    maps = [np.array(phi) for phi in product(range(3), repeat=3) if list(phi) == sorted(phi)]
    return (
        equal(_median(x), sum(_median((x >= t).astype(np.int64)) for t in (1, 2))),
        *(equal(_median(phi[x]), phi[_median(x)]) for phi in maps),
        equal(_median(steps), steps[:, 1:-1]),
    )


@false_sibling(medians_decompose_by_thresholds, says=r"\mathrm{med}(x + y) = \mathrm{med}(x) + \mathrm{med}(y)")
def medians_are_linear(x: Three, y: Three) -> Statement:
    """Medians are linear."""
    return equal(_median(x) + _median(y), _median(x + y))


@theorem(
    "pool-relu-homogeneous-net",
    says=r"f(\lambda x) = \lambda f(x) \ (\lambda \ge 0), \qquad f(x) = A_v D_\sigma A_u \, x, \ \sigma = [A_u x > 0]",
    source="folklore; Montufar, Pascanu, Cho and Bengio 2014",
    strength=LISTED,
)
def a_rectified_network_is_linear_on_each_cell(
    m: Pair, K: Pair, c: Annotated[Any, Sizes(0, 2)], u: Annotated[Any, On(1, 1, "K")],
    v: Annotated[Any, On(1, 1, "m")], x: Annotated[Any, On(1, lambda m, K: m + K - 1)],
) -> Statement:  # fmt: skip
    """Without biases a rectified network is homogeneous, and on each cell of signs a product of masks and layers.

    A rectifier is a mask by signs and homogeneous, entry by entry, so that the signs -1, 0, 1 stand for all; maxima are
    homogeneous too.  With each mask, one for each cell, the network is the product of the matrices, for all kernels.
    """
    first, last, y = Conv(u), Conv(v), signals(m, -1, 0, 1)
    A, B, pool = first.matrix((1, m + K - 1)), last.matrix((1, m)), MaxPool((m,))
    cells = [
        equal(last(c * (first(x) * mask)).reshape(-1), c * (B @ diagonal(mask[0]) @ A @ x[0]))
        for mask in signals(m, 0, 1)
    ]
    return (
        equal(RELU(c * y), c * np.where(y > 0, y, 0)),
        equal(pool(np.maximum(c * y, 0)), c * pool(np.maximum(y, 0))),
        *cells,
    )


@false_sibling(a_rectified_network_is_linear_on_each_cell, says=r"D \, C_w \, S = S \, D \, C_w")
def the_matrix_of_a_cell_is_circulant(n: Size, w: Kernel) -> Statement:
    """The matrix on a cell, a mask times a circulant, is a circulant."""
    A = diagonal(impulse(n)) @ circulant(w)
    return A @ shift(n, 1) == shift(n, 1) @ A


@theorem(
    "pool-relu-scaling-symmetry",
    says=r"\mathrm{ReLU}(M x) = M \, \mathrm{ReLU}(x), \quad (V M^{-1}) \, \mathrm{ReLU}(M W x) = V \mathrm{ReLU}(W x)",
    source="Neyshabur, Salakhutdinov and Srebro 2015",
    strength=LISTED,
)
def hidden_channels_may_be_scaled_and_permuted(C: Step, a: Step, b: Step) -> Statement:
    """A rectifier commutes with positive factors and permutations of channels, which the next layer may undo.

    Entry by entry both sides scale with x, so that the signs -1, 0, 1 stand for all x.  That nothing else leaves the
    network alone is not claimed here.
    """
    x, scales = signals(C, -1, 0, 1)[:, 0].T, np.array([a, b, 1][:C])
    swaps = [np.eye(C, dtype=np.int64)[list(order)] * scales for order in permutations(range(C))]
    return tuple(equal(np.maximum(M @ x, 0), M @ np.maximum(x, 0)) for M in swaps)


@false_sibling(hidden_channels_may_be_scaled_and_permuted, says=r"\mathrm{ReLU}(k x) = k \, \mathrm{ReLU}(x)")
def hidden_channels_may_change_sign(k: Integer, x: One) -> Statement:
    """A rectifier commutes with every factor, negative ones too."""
    return equal(RELU(k * x), k * RELU(x))


def _unpooled(pool: MaxPool, x: Any) -> Any:
    """The maxima at their places, zeros elsewhere."""
    filled = np.zeros_like(x)
    np.put_along_axis(filled, pool.indices(x), pool(x), axis=-1)
    return filled


@theorem(
    "pool-unpooling",
    says=r"m \circ u = \mathrm{id} \text{ for } x \ge 0, \qquad (u \circ m)^2 = u \circ m: \text{ keep the maxima}",
    source="Zeiler and Fergus 2014",
    strength=LISTED,
)
def unpooling_keeps_the_maxima(K: Step) -> Statement:
    """Maxima over disjoint windows, put back at their places, have these maxima again where nothing is negative.

    Each window acts alone; its K values have at most K ranks beside zero, so that 0, ..., K stand for all.
    """
    pool, x = MaxPool((K,)), signals(K, *range(K + 1))
    kept = _unpooled(pool, x)
    zero = (kept == x) | (kept == 0)
    return equal(pool(kept), pool(x)), equal(_unpooled(pool, kept), kept), equal(bool(zero.all()), True)


@false_sibling(unpooling_keeps_the_maxima, says=r"u \circ m = \mathrm{id}")
def unpooling_inverts_max_pooling(x: Two) -> Statement:
    """Unpooling gives the signal back."""
    y = x.astype(np.int64)[None]
    return equal(_unpooled(MaxPool((2,)), y), y)


@theorem(
    "pool-tropical-rational",
    says=r"\max(g - h, 0) = \max(g, h) - h, "
    r" \qquad \max_i (g_i - h_i) = \max_i \big( g_i + \textstyle\sum_{j \ne i} h_j \big) - \sum h",
    source="Zhang, Naitzat and Lim 2018",
    strength=LISTED,
)
def rectified_networks_are_differences_of_convex_maps(K: Step) -> Statement:
    """A rectifier or a maximum of differences of convex maps is one again: with f = g - h these are maxima of sums."""
    f, h = ([Tropical.symbol(f"{name}{i}") for i in range(K)] for name in "fh")
    total = sum(h[1:], h[0])
    left = _largest(f) + total
    right = _largest([f[i] + h[i] + sum((h[j] for j in range(K) if j != i), Tropical.of(0)) for i in range(K)])
    return equal(left == right, True), equal((f[0] | 0) + h[0] == (f[0] + h[0]) | h[0], True)


def _largest(values: list[Tropical]) -> Tropical:
    top = values[0]
    for value in values[1:]:
        top = top | value
    return top


@false_sibling(
    rectified_networks_are_differences_of_convex_maps, says=r"f(x + y) \le f(x) + f(y), \ f = -\mathrm{ReLU}"
)
def rectified_networks_are_convex(x: One, y: One) -> Statement:
    """They are convex: with a last weight of -1 too."""
    f: Any = lambda v: -int(RELU(v)[0])  # noqa: E731
    return at_most(f(x + y), f(x) + f(y))


@theorem(
    "pool-invariance-vs-equivariance",
    says=r"A S = T A, \ G T = G \Rightarrow G A S = G (T A) = G A; \quad (B G) T = B G;"
    r" \quad \mathbf{1}^\top C_w S = \mathbf{1}^\top C_w",
    source="Scardapane, lecture 6, which says 'despite'; finite maps as matrices on indicators",
)
def invariance_comes_from_equivariance(
    n: Size, m: Pair, p: Pair, q: Pair, A: Annotated[Any, Matrices("m", "n")], k: Integer, w: Kernel,
    T: Annotated[Any, Matrices("m", "m")], G: Annotated[Any, Matrices("p", "m")], B: Annotated[Any, Matrices("q", "p")],
) -> Statement:  # fmt: skip
    """Invariant after equivariant is invariant, because of equivariance; anything after invariant is invariant.

    G (T A) = G A is the step to prove, T A being A S.  Maps between finite sets of signals, linear or not, are matrices
    between their indicators.  The last claims are the global pool after a circular layer.
    """
    C, S, total = circulant(w), shift(n, k), as_matrix(ones(n)).T
    return (
        under(G @ T @ A == G @ A, G @ T == G),
        under(B @ G @ T == B @ G, G @ T == G),
        C @ S == S @ C,
        total @ C @ S == total @ C,
    )


@false_sibling(invariance_comes_from_equivariance, says=r"A S = A \Rightarrow A S = S A", special=True)
def invariant_maps_are_equivariant(n: Size, w: Kernel) -> Statement:
    """A map with one constant value, which is invariant, is equivariant."""
    A = as_matrix(w) @ as_matrix(ones(n)).T
    return A @ shift(n, 1) == shift(n, 1) @ A


@theorem(
    "pool-softmax-attention-shift",
    says=r"\frac{c \, y_i}{\sum_j c \, y_j} = \frac{y_i}{\sum_j y_j}, \quad y = e^x, \ c = e^a; \qquad"
    r" \mathrm{softmax}(P x) = P \, \mathrm{softmax}(x)",
    source="folklore",
    strength=LISTED,
)
def softmax_ignores_constants(n: Step, y: Kernel, c: One) -> Statement:
    """Adding a constant multiplies all exponentials by c, which the quotient y / sum y ignores; orders are kept.

    So a bias that all positions share has no effect.  Stated without denominators: y_i sum(c y) = c y_i sum(y).
    """
    total, moved = sum(y), c[0] * y
    swaps = [list(order) for order in permutations(range(n))]
    return equal(moved * total, y * sum(moved)), *(equal(y[order] * total, y[order] * sum(y[order])) for order in swaps)


@false_sibling(softmax_ignores_constants, says=r"\mathrm{softmax}(2 x) = \mathrm{softmax}(x)")
def softmax_ignores_scale(a: Size, b: Size) -> Statement:
    """Doubling the signal squares the exponentials, which softmax ignores as well."""
    return equal(a**2 * (a + b), a * (a**2 + b**2))


@theorem(
    "pool-normalisation-equivariance",
    says=r"(n I - \mathbf{1} \mathbf{1}^\top) S = S (n I - \mathbf{1} \mathbf{1}^\top), \qquad"
    r" S^\top (n I - \mathbf{1} \mathbf{1}^\top) S = n I - \mathbf{1} \mathbf{1}^\top",
    source="folklore",
)
def statistics_over_positions_are_invariant(
    n: Size, C: Pair, k: Integer, g: Annotated[Any, On("C")], w: Kernel
) -> Statement:
    """n times the centred signal moves along, its square sum stays, and so does any gain for each channel alone.

    Local normalisation divides by a circular window of squares, which moves along as well.
    """
    S, one = shift(n, k), as_matrix(ones(n))
    centred = n * identity(n) - one @ one.T
    gain, both = kron(diagonal(g), identity(n)), kron(identity(C), S)
    return (
        centred @ S == S @ centred,
        centred @ one == one - one,
        S.T @ centred @ S == centred,
        gain @ both == both @ gain,
        circulant(w) @ S == S @ circulant(w),
    )


@false_sibling(statistics_over_positions_are_invariant, says=r"\mathrm{diag}(g) S = S \, \mathrm{diag}(g)")
def gains_for_each_position_are_equivariant(n: Size, g: Kernel) -> Statement:
    """A gain for each position moves along with the signal as well."""
    return diagonal(g) @ shift(n, 1) == shift(n, 1) @ diagonal(g)


def _transform(f: list[Tropical], slope: Tropical) -> Tropical:
    """max over k of f[k] + k p."""
    lines, line = [], Tropical.of(0)
    for value in f:
        lines.append(value + line)
        line = line + slope
    return _largest(lines)


@theorem(
    "pool-legendre-convolution-theorem",
    says=r"L(f \oplus g) = L f + L g, \qquad (L f)(p) = \max_k f[k] + p k",
    source="Maragos 1995; Rockafellar, Convex Analysis",
    strength=LISTED,
)
def the_slope_transform_adds(K: Step, k: Step) -> Statement:
    """The transform by slopes turns max-plus convolution into addition, for every f, g and slope: maxima of sums.

    That it gives concave kernels back is not claimed here.
    """
    f, g = ([Tropical.symbol(f"{name}{i}") for i in range(size)] for name, size in (("f", K), ("g", k)))
    p = Tropical.symbol("p")
    composed = [_largest([f[a] + g[m - a] for a in range(K) if 0 <= m - a < k]) for m in range(K + k - 1)]
    return equal(_transform(composed, p) == _transform(f, p) + _transform(g, p), True)


@false_sibling(the_slope_transform_adds, says=r"f[k] = \min_p (L f)(p) - p k")
def the_slope_transform_is_invertible(f: Annotated[Any, On(3)]) -> Statement:
    """The transform is invertible, as the Fourier transform is: a kernel is the least of its lines."""
    slopes = range(-7, 8)
    lines = [max(f[k] + p * k for k in range(3)) - p for p in slopes]
    return equal(f[1], min(lines))
