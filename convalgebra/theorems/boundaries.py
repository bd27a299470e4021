"""Chapter 4, boundaries: what padding does, undoes and keeps, and what it costs."""

from fractions import Fraction
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.selection import crop, identity, pad, shift
from convalgebra.algebra.toeplitz import convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.theorems.domains import Choices, Filter, Mode, On, Repeated, Size, Sizes, Statement, Step, Taps, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

DUMOULIN = "Dumoulin and Visin 2016"
Pair = Annotated[Any, Sizes(most=2)]
Bit = Annotated[Any, Sizes(0, 1)]
Two = Annotated[Any, On(2)]
Three = Annotated[Any, On(3)]
Centred = Annotated[Any, On(lambda r: 2 * r + 1)]
Constant = Annotated[Any, Choices(("zeros", "replicate"))]
Wrapping = Annotated[Any, Choices(("circular", "reflect"))]


def _same(w: Any, n: int, mode: str = "zeros") -> Any:
    """The layer of a centred kernel that keeps n places."""
    return Conv([[w]], padding=((len(w) // 2, (len(w) - 1) // 2),), padding_mode=mode).matrix((1, n))


def _rank(A: Any) -> int:
    return elimination.rank(A.to_numpy())


@theorem(
    "pad-left-inverse",
    says=r"C P = I, \quad \mathrm{rank}\, P = n, \quad P 1 = 1 \text{ (zeros: 0 outside)}, \quad P \in \{0, 1\}",
    source=f"{DUMOULIN}; the documentation of numpy.pad",
    strength=LISTED,
)
def cropping_undoes_padding(n: Step, p: Width, q: Bit, mode: Mode) -> Statement:
    """Cropping undoes padding: a 0/1 matrix of full rank with one entry a row, none where a zero is padded."""
    P, rows = pad(n, (p, q), mode), p + n + q
    sums = [int(mode != "zeros" or p <= i < p + n) for i in range(rows)]
    return (
        crop(rows, (p, q)) @ P == identity(n),
        equal(_rank(P), n),
        equal(P.to_numpy().sum(axis=1), sums),
        equal(set(P.to_numpy().reshape(-1).tolist()) <= {0, 1}, True),
    )


@false_sibling(cropping_undoes_padding, says=r"P C = I")
def padding_undoes_cropping(n: Size, p: Width, mode: Mode) -> Statement:
    """Padding undoes cropping."""
    return pad(n, (p, p), mode) @ crop(n + 2 * p, (p, p)) == identity(n + 2 * p)


def _source(i: int, n: int, mode: str) -> int:
    """The place of the signal that is seen at place i beyond its edge, -1 for none."""
    mirrored = i % (2 * n)
    turned = i % max(2 * n - 2, 1)
    return {
        "zeros": i if 0 <= i < n else -1,
        "circular": i % n,
        "replicate": min(max(i, 0), n - 1),
        "symmetric": min(mirrored, 2 * n - 1 - mirrored),
        "reflect": min(turned, 2 * n - 2 - turned),
    }[mode]


@theorem(
    "pad-adjoint",
    says=r"(P^\top y)[j] = \sum_i [\mathrm{ext}(i) = j] \, y[i + p]",
    source="PyLops; automatic differentiation",
    strength=LISTED,
)
def the_adjoint_of_padding_adds_what_was_copied(n: Size, p: Width, q: Width, mode: Mode) -> Statement:
    """The adjoint of padding adds each copy to its source: it crops, wraps, piles up at the edge, or folds back."""
    places = [_source(i, n, mode) for i in range(-p, n + q)]
    return pad(n, (p, q), mode).T == matrix([[int(j == place) for place in places] for j in range(n)])


@false_sibling(the_adjoint_of_padding_adds_what_was_copied, says=r"P^\top = C \text{ for every border}")
def the_adjoint_of_padding_crops(n: Size, p: Width, mode: Repeated) -> Statement:
    """The adjoint of every padding is the crop."""
    return pad(n, (p, p), mode).T == crop(n + 2 * p, (p, p))


@theorem(
    "pad-semigroup",
    says=r"P_b P_a = P_{a + b} \text{ for zeros and replicate}, \qquad C_b C_a = C_{a + b}",
    source="folklore",
    strength=LISTED,
)
def paddings_add_up(n: Step, a: Width, b: Width, c: Bit, mode: Constant) -> Statement:
    """Padding twice with zeros or with the edge is padding once by the sum, and so is cropping."""
    m = n + a + b + c
    return (
        pad(n + a + b, (b, c), mode) @ pad(n, (a, b), mode) == pad(n, (a + b, b + c), mode),
        crop(m - a, (b, c)) @ crop(m, (a, 0)) == crop(m, (a + b, c)),
    )


@false_sibling(paddings_add_up, says=r"P_b P_a = P_{a + b} \text{ for circular and reflect}")
def paddings_of_the_signal_add_up(n: Size, a: Width, b: Width, mode: Wrapping) -> Statement:
    """Padding twice with copies of the signal is padding once by the sum."""
    return pad(n + 2 * a, (b, b), mode) @ pad(n, (a, a), mode) == pad(n, (a + b, a + b), mode)


@theorem(
    "pad-matrices-by-rule",
    says=r"\text{zeros } T = [w_{j - i}], \ \text{circular } C, \ \text{antiperiodic } \text{skew-}C, \ "
    r"\text{symmetric } T + H, \ \text{replicate } T + u e_0^\top + v e_{n - 1}^\top",
    source="Strang 1999; Ng, Chan and Tang 1999",
    given={"r <= n": lambda n, r: r <= n},
    strength=LISTED,
)
def every_border_adds_corners_to_a_toeplitz_matrix(n: Size, r: Pair, w: Centred) -> Statement:
    """Zeros leave a banded Toeplitz matrix; copies add its wrapped corners, Hankel corners, or columns at the ends."""
    tap: Any = lambda m: w[r + m] if abs(m) <= r else 0  # noqa: E731  # the tap at offset m
    filled: Any = lambda entry: matrix([[entry(i, j) for j in range(n)] for i in range(n)])  # noqa: E731
    T, laps = filled(lambda i, j: tap(j - i)), range(-r, r + 1)
    wraps: Any = lambda sign: filled(lambda i, j: sum(sign**q * tap(j - i + q * n) for q in laps))  # noqa: E731
    H = filled(lambda i, j: tap(-1 - i - j) + tap(2 * n - 1 - i - j))
    left: Any = lambda i: sum(tap(m) for m in range(-r, -i))  # noqa: E731  # the taps beyond the left end
    right: Any = lambda i: sum(tap(m) for m in range(n - i, r + 1))  # noqa: E731
    edges = filled(lambda i, j: (left(i) if j == 0 else 0) + (right(i) if j == n - 1 else 0))
    turned = matrix([[(i % n == j) * (-1) ** (i // n) for j in range(n)] for i in range(-r, n + r)])
    return (
        _same(w, n) == T,
        _same(w, n, "circular") == wraps(1),
        Conv([[w]]).matrix((1, n + 2 * r)) @ turned == wraps(-1),
        _same(w, n, "symmetric") == T + H,
        _same(w, n, "replicate") == T + edges,
    )


@false_sibling(
    every_border_adds_corners_to_a_toeplitz_matrix, says=r"w = J w \Rightarrow A = A^\top \text{ for reflect}"
)
def symmetric_kernels_have_symmetric_matrices(n: Size, w: Two) -> Statement:
    """The matrix of a symmetric kernel is symmetric, whatever the border: reflect, say."""
    A = _same([w[1], w[0], w[1]], n, "reflect")
    return A == A.T


@theorem(
    "pad-constant-preservation",
    says=r"A 1 = (\textstyle\sum_a w_a) 1 \text{ for copies}, \qquad"
    r" (A 1)_i = \sum_{0 \le i + m < n} w_m \text{ for zeros}",
    source="Islam et al. 2020; Kayhan and van Gemert 2020",
    strength=LISTED,
)
def copies_keep_constants(n: Size, r: Pair, mode: Repeated, w: Centred) -> Statement:
    """Borders made of the signal keep constants; zeros leave the sums of the taps inside, which tell the place."""
    inside = [sum(w[r + m] for m in range(-r, r + 1) if 0 <= i + m < n) for i in range(n)]
    return equal(_same(w, n, mode) @ ([1] * n), [sum(w)] * n), equal(_same(w, n) @ ([1] * n), inside)


@false_sibling(copies_keep_constants, says=r"A 1 = c 1 \text{ for zeros}")
def zeros_keep_constants(n: Size, w: Two) -> Statement:
    """The features of a constant image carry no position, with zeros too."""
    y = list(_same(w, n) @ ([1] * n))
    return equal(y, [y[0]] * n)


@theorem(
    "pad-position-reach",
    says=r"(T^L 1)_i = (\textstyle\sum w)^L \iff L r \le i < n - L r, \quad w > 0",
    source="Islam et al. 2020",
    strength=LISTED,
)
def position_travels_a_radius_a_layer(n: Annotated[Any, Sizes(1, 7)], r: Pair, L: Pair) -> Statement:
    """After L layers with zeros and positive taps the outputs less than L r from an end fall short, and no others.

    Each output is the sum over all paths inside of products of taps: with taps 1, the number of these paths.
    """
    T = _same([1] * (2 * r + 1), n)
    paths = (T if L == 1 else T @ T) @ ([1] * n)
    whole = {i for i in range(n) if paths[i] == (2 * r + 1) ** L}
    return equal(whole, set(range(L * r, n - L * r)))


@false_sibling(position_travels_a_radius_a_layer, says=r"(T 1)_i \ne (T 1)_j \text{ for } i \ne j")
def one_layer_tells_all_positions(n: Size) -> Statement:
    """One layer with zeros tells every position apart."""
    return equal(len(set(_same([1, 1, 1], n) @ ([1] * n))), n)


@theorem(
    "pad-interior-agreement",
    says=r"A_{\text{mode}}[p \ldots n - q - 1] = V(w), \qquad \mathrm{rank}(A_{\text{mode}} - T) \le p + q",
    source="folklore",
    given={"K <= n": lambda n, p, q: p + q + 1 <= n},
    strength=LISTED,
)
def borders_agree_inside(
    n: Size, p: Width, q: Width, mode: Mode, w: Annotated[Any, On(lambda p, q: p + q + 1)]
) -> Statement:
    """All borders agree on the n - K + 1 outputs whose windows lie inside, so they differ by rank p + q at most."""
    A, T = (Conv([[w]], padding=((p, q),), padding_mode=rule).matrix((1, n)) for rule in (mode, "zeros"))
    return crop(n, (p, q)) @ A == Conv([[w]]).matrix((1, n)), at_most(_rank(A - T), p + q)


@false_sibling(borders_agree_inside, says=r"\mathrm{rank}(C - T) \le 1")
def borders_differ_by_rank_one(n: Size, w: Three) -> Statement:
    """Circular padding and zeros differ by rank one."""
    return at_most(_rank(_same(w, n, "circular") - _same(w, n)), 1)


def _families(K: int, *sides: tuple[int, int]) -> int:
    """The dimension of the families A_n, n = K .. K + 2, that these crops carry from one length to the next."""
    counts = [(n - K + 1, n) for n in range(K, K + 3)]
    starts = np.cumsum([0] + [o * n for o, n in counts])
    rows = []
    for (o, n), large, small in zip(counts[1:], starts[1:], starts, strict=False):
        for (low, _), i, j in ((side, i, j) for side in sides for i, j in np.ndindex(o - 1, n)):
            row = [0] * int(starts[-1])  # entry (i, j) of: crop A_n - A_{n-1} crop
            row[large + (i + low) * n + j] += 1
            if 0 <= j - low < n - 1:
                row[small + i * (n - 1) + j - low] -= 1
            rows.append(row)
    return int(starts[-1]) - elimination.rank(matrix(rows).to_numpy())


@theorem(
    "pad-crop-equivariance",
    says=r"C_n V_n = V_{n - 1} C_n \text{ at both ends}, \qquad \dim \{(A_n) : C_n A_n = A_{n - 1} C_n\} = K",
    source="translation equivariance on windows",
    strength=LISTED,
)
def valid_layers_are_the_maps_that_crops_carry(K: Step, o: Step, w: Taps) -> Statement:
    """A valid layer commutes with crops at both ends; families that do, n = K .. K + 2, have the dimension K."""
    n = K + o
    V = [convolution_matrix(w, m, "valid", "correlation") for m in (n - 1, n)]
    ends = ((1, 0), (0, 1))
    return (
        *(crop(o + 1, end) @ V[1] == V[0] @ crop(n, end) for end in ends),
        equal(_families(K, *ends), K),
    )


@false_sibling(valid_layers_are_the_maps_that_crops_carry, says=r"\text{one end is enough}")
def crops_at_one_end_are_enough(K: Step) -> Statement:
    """Crops at the left end alone single out the valid layers."""
    return equal(_families(K, (1, 0)), K)


@theorem(
    "pad-zero-commutator-rank",
    says=r"T = C - E, \; \mathrm{rank}\, E \le p + q, \qquad \mathrm{rank}(T S - S T) \le 2 (p + q), \quad"
    r" T S = S T \iff w = w_0 \delta \; (n > p + q)",
    source="Gray, Toeplitz and Circulant Matrices",
    given={"p, q < n": lambda n, p, q: max(p, q) < n},
    strength=LISTED,
)
def zeros_break_equivariance_at_the_corners(
    n: Size, p: Width, q: Width, w: Annotated[Any, On(lambda p, q: p + q + 1)]
) -> Statement:
    """A layer with zeros is a circulant less two corners, of rank p + q at most: they alone break equivariance.

    The commutator with the shift is theirs, up to the sign, and so has at most twice their rank.
    As a linear map of the kernel the commutator has the rank min(p + q, n - 1): for n > p + q it vanishes only for
    kernels that have a centre alone, while on fewer places taps n apart may be equal instead.
    """
    layer: Any = lambda v, mode: Conv([[v]], padding=((p, q),), padding_mode=mode).matrix((1, n))  # noqa: E731
    T, S = layer(w, "zeros"), shift(n, 1)
    E = layer(w, "circular") - T
    units = [layer(e, "zeros") for e in np.eye(p + q + 1, dtype=np.int64)]
    gaps = [(U @ S - S @ U).to_numpy().reshape(-1) for U in units]
    return (
        T @ S - S @ T == S @ E - E @ S,
        at_most(_rank(E), p + q),
        equal(elimination.rank(np.array(gaps)), min(p + q, n - 1)),
    )


@false_sibling(zeros_break_equivariance_at_the_corners, says=r"T S = S T")
def zeros_keep_equivariance(n: Size, w: Three) -> Statement:
    """Layers with zeros commute with circular shifts."""
    return _same(w, n) @ shift(n, 1) == shift(n, 1) @ _same(w, n)


@theorem(
    "pad-replicate-fixes",
    says=r"r = 1: \; P_{\text{replicate}} = P_{\text{symmetric}}, \qquad r \ge 2, \, n \ge 2: \; P_{\text{replicate}}"
    r" \ne P_{\text{symmetric}}, \quad n \ge 3: \; A_u A_v \ne A_v A_u",
    source="comparison of the indices",
    given={"r = 1 or n >= 2": lambda n, r: r == 1 or n > 1},
    strength=LISTED,
)
def the_edge_and_its_mirror_agree_at_radius_one(n: Size, r: Step, a: Three, b: Three) -> Statement:
    """One copy of the edge is its mirror image; two differ, and symmetric kernels of radius 2 then do not commute."""
    edge, mirror = (pad(n, (r, r), mode).to_numpy() for mode in ("replicate", "symmetric"))
    u, v = (_same([*w[:0:-1], *w], n, "replicate") for w in (a, b))
    gap = (u @ v - v @ u).to_numpy()
    return equal(bool((edge == mirror).all()), r == 1), equal(bool((gap != 0).any()), n > 2)


@false_sibling(
    the_edge_and_its_mirror_agree_at_radius_one,
    says=r"P_{\text{replicate}} = P_{\text{symmetric}} \text{ for all radii}",
)
def the_edge_is_its_mirror_image(n: Size, p: Width) -> Statement:
    """Copies of the edge are its mirror image, at every radius."""
    return pad(n, (p, p), "replicate") == pad(n, (p, p), "symmetric")


def _causal(w: Any, K: Any, n: Any) -> Any:
    """The first n outputs of the full convolution."""
    return crop(n + K - 1, (0, K - 1)) @ convolution_matrix(w, n)


@theorem(
    "pad-causal",
    says=r"p = (d (K - 1), 0): \; A \text{ lower triangular}, \qquad T(u) T(v) = T(u * v) = T(v) T(u)",
    source="van den Oord et al. 2016, WaveNet; the documentation of Keras",
)
def causal_layers_compose_exactly(
    n: Size, m: Size, K: Step, L: Step, d: Step, w: Filter, u: Taps, v: Annotated[Any, On("L")]
) -> Statement:
    """A layer padded on the left alone sees no later sample: its first outputs read the first inputs alone.

    Such layers multiply as kernels do, cut off at n, and commute.
    """
    layer = Conv(w, dilation=d, padding=((d * (K - 1), 0),))
    first, taps = crop(n + m, (0, m)), w.reshape(-1) if isinstance(w, np.ndarray) else identity(K) @ w
    both, product = convolution_matrix(u, L) @ v, _causal(u, K, n) @ _causal(v, L, n)
    return (
        first @ layer.matrix((1, n + m)) == layer.matrix((1, n)) @ first,
        product == _causal(both, K + L - 1, n),
        product == _causal(v, L, n) @ _causal(u, K, n),
        Conv(w, padding=((K - 1, 0),), op="convolution").matrix((1, n)) == _causal(taps, K, n),
    )


@false_sibling(causal_layers_compose_exactly, says=r"T(u) T(v) = T(u * v) \text{ with zeros on both sides}")
def centred_layers_compose_exactly(n: Size, u: Three, v: Three) -> Statement:
    """Layers with zeros on both sides compose exactly."""
    return _same(u, n) @ _same(v, n) == _same(convolution_matrix(u, 3) @ v, n)


@theorem(
    "pad-partial-conv",
    says=r"R = \mathrm{diag}(A 1)^{-1} A, \; w > 0: \quad R 1 = 1, \; R \ge 0, \; R \, c 1 = c 1",
    source="Liu et al. 2018",
    strength=LISTED,
)
def normalised_layers_average(n: Size, r: Pair, w: Centred, c: Annotated[Any, On(1)]) -> Statement:
    """Divided by the sum of its taps inside, which are positive, a layer averages: its matrix is row-stochastic.

    Its rows are the taps inside, each once and one at least, whatever they are.
    """
    A = _same(w, n)
    rows = [[w[r + j - i] for j in range(n) if abs(j - i) <= r] for i in range(n)]
    box = _same([1] * (2 * r + 1), n).to_numpy()
    R = diagonal([Fraction(1, int(s)) for s in box.sum(axis=1)]) @ matrix(box)
    return (
        *(equal([a for a in A.to_numpy()[i] if a != 0], row) for i, row in enumerate(rows)),
        equal(min(map(len, rows)) > 0, True),
        equal(A @ ([c[0]] * n), [c[0] * sum(row) for row in rows]),
        equal(R @ ([1] * n), [1] * n),
    )


@false_sibling(normalised_layers_average, says=r"R[i + 1, j + 1] = R[i, j]")
def normalising_restores_equivariance(n: Size) -> Statement:
    """Normalising restores equivariance: the matrix is a Toeplitz matrix again."""
    A = _same([1, 1, 1], n).to_numpy()
    R = [[Fraction(int(v), int(row.sum())) for v in row] for row in A]
    return equal([row[1:] for row in R[1:]], [row[:-1] for row in R[:-1]])
