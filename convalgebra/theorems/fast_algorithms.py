"""Chapter 19, fast algorithms: convolution with fewer products, `y = A [(G w) . (B x)]`."""

from itertools import product
from math import prod
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.abstract import abstract
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.toeplitz import convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.analysis.fast import toom_cook, winograd
from convalgebra.layers.conv import Conv
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Matrices, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import at_most, equal, under
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

WINOGRAD = "Winograd 1980, Arithmetic Complexity of Computations"
LAVIN = "Lavin and Gray 2016"
Pair = Annotated[Any, Sizes(most=2)]
Filter = Annotated[Any, On("r")]


def _least(r: int, n: int, mode: str, axis: int) -> int:
    """The rank of the tensor [output, input, tap] flattened along an axis: no algorithm has fewer products."""
    tensor = np.stack([convolution_matrix(e, n, mode).to_numpy() for e in np.eye(r, dtype=np.int64)], axis=-1)
    return elimination.rank(np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1))


@theorem(
    "fast-karatsuba",
    says=r"(w_0 + w_1 z)(x_0 + x_1 z): \ w_0 x_0, \ w_1 x_1, \ (w_0 + w_1)(x_0 + x_1), \quad 2^k \text{ taps: } 3^k",
    source="Karatsuba 1962",
    strength=LISTED,
)
def three_products_multiply_two_taps_by_two(k: Pair, w: Annotated[Any, On(lambda k: 2**k)]) -> Statement:
    """Two taps times two need three products; halving again and again, 2^k taps times as many need 3^k.

    Halving is nesting: the product in k variables, read at z^(2^(k - 1)), ..., z^2, z.
    """
    fast = nested = toom_cook(2, 2)
    for _ in range(k - 1):
        nested = nested.nested(fast)
    places = [sum(digit * 2 ** (k - 1 - q) for q, digit in enumerate(p)) for p in np.ndindex(*[3] * k)]
    read = matrix([[int(place == i) for place in places] for i in range(2 ** (k + 1) - 1)])
    return (
        equal(nested.products, 3**k),
        read @ nested.matrix(w.reshape([2] * k)) == convolution_matrix(w, 2**k),
    )


@false_sibling(
    three_products_multiply_two_taps_by_two, says=r"K \text{ taps times } K \text{ taps: } K \text{ products}"
)
def as_many_products_as_taps_are_enough(K: Size) -> Statement:
    """K taps times K taps need no more than K products."""
    return at_most(_least(K, K, "full", 0), K)


def _values(points: Any, taps: int) -> Any:
    """The rows 1, p, p^2, ... of the points."""
    return matrix([[p**t for t in range(taps)] for p in points])


@theorem(
    "fast-toom-cook",
    says=r"V_{m + r - 1} T(w) = \mathrm{diag}(V_r w) V_m, \quad L V = \mathrm{diag} \prod_{j \ne i} (p_i - p_j), \quad"
    r" R = m + r - 1",
    source="Toom 1963; Cook 1966",
    strength=LISTED,
)
def products_of_polynomials_are_found_at_points(
    m: Pair, r: Pair, w: Filter, p: Annotated[Any, On(lambda m, r: m + r - 1)]
) -> Statement:
    """A full convolution takes one product at each of m + r - 1 points: these, when different, tell the polynomial.

    The last of the library's own points is infinity, where a polynomial has its leading coefficient.
    """
    T, fast, n = convolution_matrix(w, m), toom_cook(m, r), m + r - 1
    others = [[p[j] for j in range(n) if j != i] for i in range(n)]
    L = matrix([_with_roots(rest) for rest in others])
    distances = [prod((p[i] - q for q in rest), start=1) for i, rest in enumerate(others)]
    return (
        _values(p, n) @ T == diagonal(_values(p, r) @ w) @ _values(p, m),
        L @ _values(p, n).T == diagonal(distances),
        fast.claim(w),
        equal(fast.products, n),
    )


def _with_roots(points: list[Any]) -> list[Any]:
    """The coefficients of the product of all z - p, constant term first."""
    made: list[Any] = [1]
    for p in points:
        made = [low - p * high for low, high in zip([0, *made], [*made, 0], strict=True)]
    return made


@false_sibling(products_of_polynomials_are_found_at_points, says=r"R = m + r - 2")
def one_point_less_is_enough(m: Size, r: Size) -> Statement:
    """One point less is enough."""
    return at_most(_least(r, m, "full", 0), m + r - 2)


@theorem(
    "fast-winograd-fir",
    says=r"A^\top \mathrm{diag}(G w) B^\top = V(w), \quad m + r - 1 \text{ products}, \quad F(2, 3): 4 \text{ not } 6",
    source=f"{WINOGRAD}; {LAVIN}",
    strength=LISTED,
)
def short_filters_are_transposed_products(m: Step, r: Step, w: Filter) -> Statement:
    """The m outputs of a filter of r taps need m + r - 1 products: those of the full convolution, transposed."""
    fast, turned, f23 = winograd(m, r), toom_cook(m, r).T, winograd(2, 3)
    return (
        fast.claim(w),
        turned.claim(w),
        equal((fast.products, turned.products), (m + r - 1, m + r - 1)),
        equal((f23.products, f23.direct), (4, 6)),
    )


@false_sibling(
    short_filters_are_transposed_products, says=r"A^\top \mathrm{diag}(G w) B^\top = V(J w): \text{ convolution}"
)
def the_same_matrices_convolve(m: Step, r: Step, w: Filter) -> Statement:
    """The same matrices compute the convolution, whose kernel is flipped."""
    return winograd(m, r).matrix(w) == convolution_matrix(w, m + r - 1, "valid", "convolution")


@theorem(
    "fast-minimal-products",
    says=r"\mathrm{rank}\, F(m, r) = m + r - 1",
    source=WINOGRAD,
    strength=LISTED,
)
def fewer_products_do_not_exist(m: Step, r: Step) -> Statement:
    """m + r - 1 products are needed, the rank of the tensor flattened along its input, and they are enough."""
    return equal(_least(r, m + r - 1, "valid", 1), m + r - 1), equal(winograd(m, r).products, m + r - 1)


@false_sibling(
    fewer_products_do_not_exist,
    says=r"\mathrm{rank}_{GF(p)} F(2, 3) = 4",
    given={"p is prime": lambda p: p in {2, 3}},
)
def every_field_has_points_enough(p: Annotated[Any, Sizes(2, 3)]) -> Statement:
    """Over every field four rank-one Hankel matrices span all of them: four products of F(2, 3) are enough."""
    ones = [x for x in product(range(p), repeat=4) if any(x) and _is_rank_one(np.array([x[:3], x[1:]]), p)]
    return at_most(4, len(ones) // (p - 1))


def _is_rank_one(H: Any, p: int) -> bool:
    """Do all its 2 x 2 minors vanish modulo p?"""
    return all((H[0, a] * H[1, b] - H[0, b] * H[1, a]) % p == 0 for a, b in ((0, 1), (0, 2), (1, 2)))


@theorem(
    "fast-nested-2d",
    says=r"(A \otimes A') \, \mathrm{diag}((G \otimes G')(w \otimes v)) \, (B \otimes B')"
    r" = A \, \mathrm{diag}(G w) B \otimes A' \mathrm{diag}(G' v) B'",
    source=LAVIN,
)
def nested_algorithms_multiply_their_products(
    R: Size,
    Q: Size,
    K: Step,
    L: Step,
    n: Size,
    m: Size,
    w: Taps,
    v: Annotated[Any, On("L")],
    A: Annotated[Any, Matrices("n", "R")],
    G: Annotated[Any, Matrices("R", "K")],
    B: Annotated[Any, Matrices("R", "n")],
    C: Annotated[Any, Matrices("m", "Q")],
    H: Annotated[Any, Matrices("Q", "L")],
    D: Annotated[Any, Matrices("Q", "m")],
) -> Statement:
    """Algorithms of R and Q products, nested, do separable kernels, and so by linearity all, by R Q products.

    F(m x m, r x r) has (m + r - 1)^2 of m^2 r^2: F(2 x 2, 3 x 3) 16 of 36, F(4 x 4, 3 x 3) 36 of 144.
    """
    outer = np.multiply.outer(w, v).reshape(-1) if isinstance(w, np.ndarray) else kron(w, v)
    counts = [(f.products, f.direct) for f in (winograd(2, 3).nested(), winograd(4, 3).nested())]
    return (
        kron(A, C) @ diagonal(kron(G, H) @ outer) @ kron(B, D)
        == kron(A @ diagonal(G @ w) @ B, C @ diagonal(H @ v) @ D),
        equal(counts, [(16, 36), (36, 144)]),
    )


@false_sibling(nested_algorithms_multiply_their_products, says=r"\text{for every stride}")
def a_tile_serves_every_stride(m: Step, r: Step, s: Step) -> Statement:
    """The samples of a tile are enough for as many outputs at every stride."""
    layer, n = Conv(abstract((1, 1, r, r)), stride=s), m + r - 1
    return equal(layer.output_shape((1, n, n)), (1, m, m))


@theorem(
    "fast-transposition-principle",
    says=r"y = A \, \mathrm{diag}(G w) B x = A \, \mathrm{diag}(B x) G w, \qquad"
    r" M = A \, \mathrm{diag}(G w) B \Rightarrow M^\top = B^\top \mathrm{diag}(G w) A^\top",
    source="Tellegen; Bordewijk 1956; Fiduccia 1973",
)
def transposed_algorithms_have_as_many_products(
    R: Size,
    m: Size,
    K: Step,
    w: Taps,
    x: Annotated[Any, On("m")],
    G: Annotated[Any, Matrices("R", "K")],
    B: Annotated[Any, Matrices("R", "m")],
    A: Annotated[Any, Matrices(lambda m, K: m + K - 1, "R")],
    M: Annotated[Any, Matrices(lambda m, K: m + K - 1, "m")],
) -> Statement:
    """R products that compute a map of w and x compute its transpose too, and with x in place of w its gradient in w.

    Full convolution, valid correlation and the weight gradient have algorithms with R products when one of them has.
    """
    full, swapped = A @ diagonal(G @ w) @ B, A @ diagonal(B @ x) @ G
    return (
        convolution_matrix(w, m + K - 1, "valid", "correlation") == convolution_matrix(w, m).T,
        under(M.T == B.T @ diagonal(G @ w) @ A.T, M == full),
        full @ as_matrix(x) == swapped @ as_matrix(w),
        swapped.T == G.T @ diagonal(B @ x) @ A.T,
    )


@false_sibling(transposed_algorithms_have_as_many_products, says=r"\text{as many additions, too}")
def transposed_algorithms_have_as_many_additions(m: Size, r: Size) -> Statement:
    """The transposed algorithm has as many additions, too."""
    fast = toom_cook(m, r)
    counts = [sum(M.nnz - M.shape[0] for M in (f.AT, f.G, f.BT)) for f in (fast, fast.T)]
    return equal(*counts)
