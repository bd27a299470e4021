"""Chapter 7, continued: averaging over shifts, invariance after global pooling, and maps that are not linear."""

from collections import Counter
from fractions import Fraction
from itertools import permutations, product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import downsample, permutation, shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis import elimination
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.theorems.domains import Integer, Kernel, On, Size, Sizes, Square, Statement, Step
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Pair = Annotated[Any, On(2)]


def _mean(A: Any, n: int) -> Any:
    """The kernel of the average of A over all shifts: the means of its wrapped diagonals."""
    return [sum(A[(j + k) % n, j] for j in range(n)) * Fraction(1, n) for k in range(n)]


@theorem(
    "comm-linear-cnn-gap-collapse",
    says=r"J C_w = C_{J w} = (\textstyle\sum w) \, J, \qquad J = \mathbf 1 \mathbf 1^\top",
    source="Scardapane, lecture 6, global pooling",
)
def a_linear_network_before_pooling_sees_the_mean_alone(n: Size, u: Kernel, w: Kernel) -> Statement:
    """Periodic layers without activations, then the sum: only the sum of the signal arrives."""
    J = circulant(ones(n))
    return (
        J @ circulant(w) == circulant(J @ w),
        equal(circulant(w).T @ ones(n), J @ w),
        J @ circulant(u) @ circulant(w) == circulant(J @ (circulant(u) @ w)),
    )


@false_sibling(
    a_linear_network_before_pooling_sees_the_mean_alone,
    says=r"\mathrm{mean}(\mathrm{ReLU}(x)) = \mathrm{ReLU}(\mathrm{mean}(x))",
)
def an_activation_changes_nothing(n: Size, x: Kernel) -> Statement:
    """With activations between, the mean is all that arrives, too."""
    return equal(sum(max(v, 0) for v in x), max(sum(x), 0))


@theorem(
    "comm-gap-invariance",
    says=r"C_w S_k x = \text{ the entries of } C_w x, \text{ in another order}",
    source="Scardapane, lecture 6, where pooling is called roughly invariant",
    strength=LISTED,
)
def pooling_after_equivariance_is_invariance(n: Size, k: Integer, w: Kernel, x: Kernel) -> Statement:
    """A shift only reorders the outputs of a periodic layer, so whatever ignores their order ignores the shift."""
    C, S = circulant(w), shift(n, k)
    moved, still = (Counter(map(str, C @ y)) for y in (S @ x, x))
    return C @ S == S @ C, equal(moved, still)


@false_sibling(pooling_after_equivariance_is_invariance, says=r"\max(D_s S x) = \max(D_s x)")
def strides_keep_invariance(m: Size, s: Step, x: Annotated[Any, On(lambda s, m: s * m)]) -> Statement:
    """With strides the maximum does not see a shift, either."""
    D = downsample(s * m, s)
    return equal(max(D @ (shift(s * m, 1) @ x)), max(D @ x))


@theorem(
    "comm-reynolds-tchan",
    says=r"R(A) = \sum_k S_k A S_k^\top, \qquad R(A) = C_{R(A) e_0}, \qquad R(C_w) = n C_w",
    source="T. Chan 1988; the Reynolds operator",
    machine_checked="Circulant.averaged",
)
def averaging_over_shifts_projects_onto_convolutions(n: Size, w: Kernel, A: Square) -> Statement:
    """The mean of a matrix over all shifts is a circulant, of a circulant itself: a projection onto convolutions."""
    turned = sum_over(n, lambda k: shift(n, k) @ A @ shift(n, -k))
    return (
        turned == circulant(turned @ impulse(n)),
        sum_over(n, lambda k: shift(n, k) @ circulant(w) @ shift(n, -k)) == n * circulant(w),
    )


@false_sibling(
    averaging_over_shifts_projects_onto_convolutions, says=r"\mathrm{rank}\, C_w = \mathrm{rank}\, A", special=True
)
def averaging_keeps_the_rank(n: Size, A: Square) -> Statement:
    """Averaging over shifts keeps the rank."""
    return equal(elimination.rank(circulant(_mean(A, n)).to_numpy()), elimination.rank(A.to_numpy()))


@theorem(
    "comm-tchan-spectrum-inside",
    says=r"\lambda_k(C_w) = \tfrac1n f_k^* A f_k",
    source="Tyrtyshnikov 1992",
    strength=LISTED,
)
def the_spectrum_of_the_average_lies_inside(n: Annotated[Any, Sizes(1, 3)], A: Square) -> Statement:
    """The eigenvalues of the averaged circulant are Rayleigh quotients, so they lie within the spectrum of A."""
    F = dft(n)
    inner, outer = ((F @ B @ F.H).to_sympy() for B in (A, circulant(_mean(A, n))))
    return equal([inner[k, k] for k in range(n)], [outer[k, k] for k in range(n)])


@false_sibling(the_spectrum_of_the_average_lies_inside, says=r"A \succ 0 \Rightarrow 1 - \tfrac65 \ge 0")
def copied_diagonals_stay_inside(n: Annotated[Any, Sizes(1, 3)]) -> Statement:
    """Copying the diagonals of the positive matrix (-3/5, 1, -3/5) into a circulant keeps it positive."""
    a = Fraction(-3, 5)
    taps = [Fraction(1), *[a] * min(n - 1, 2)]
    return at_most(0, sum(taps))


@theorem(
    "comm-pointwise-nonlinearity",
    says=r"\sigma(P x) = P \sigma(x) \text{ for every permutation } P",
    source="Wood and Shawe-Taylor 1996",
    strength=LISTED,
)
def activations_commute_with_permutations(n: Step, x: Kernel) -> Statement:
    """What is done to each value alone commutes with every permutation of the places."""
    every = [permutation(p) for p in permutations(range(n))]
    return tuple(equal([f"f({v})" for v in P @ x], [f"f({x[i]})" for i in P @ np.arange(n)]) for P in every)


@false_sibling(activations_commute_with_permutations, says=r"\mathrm{ReLU}(H x) = H \, \mathrm{ReLU}(x)")
def activations_commute_with_orthogonal_maps(x: Pair) -> Statement:
    """They commute with every orthogonal map, such as (1, 1; 1, -1) up to a factor."""
    H = matrix([[1, 1], [1, -1]])
    return equal([max(v, 0) for v in H @ x], H @ [max(v, 0) for v in x])


@theorem(
    "comm-nonlinear-finite-window",
    says=r"f(S x) = S f(x) \iff f(x)_i = g(S_{-i} x), \qquad |X|^{|X|^n} \text{ maps}",
    source="Curtis, Hedlund and Lyndon, the finite case",
    strength=LISTED,
)
def equivariant_maps_slide_one_function(n: Annotated[Any, Sizes(1, 2)]) -> Statement:
    """Equivariant maps that need not be linear slide one function along the signal: on bits, all are counted."""
    signals = list(product((0, 1), repeat=n))
    turn = {x: (x[-1], *x[:-1]) for x in signals}
    maps = (dict(zip(signals, images, strict=True)) for images in product(signals, repeat=len(signals)))
    return equal(sum(all(f[turn[x]] == turn[f[x]] for x in signals) for f in maps), 2 ** (2**n))


@false_sibling(equivariant_maps_slide_one_function, says=r"x_0 x_1 = \varphi(w_0 x_0 + w_1 x_1)")
def one_layer_and_an_activation_are_all(w: Pair, x: Pair) -> Statement:
    """The product of neighbours is an activation of a layer: its gradient is always a multiple of one kernel."""
    return equal(x[1] * w[1], x[0] * w[0])


@theorem(
    "comm-augmentation-theorem",
    says=r"(S W S^\top) C_x - C_y = S (W C_x - C_y) S^\top",
    source="Chen, Dobriban and Lee 2020; the Reynolds operator and convexity",
)
def augmented_data_make_convolutions(n: Size, k: Integer, W: Square, x: Kernel, y: Kernel) -> Statement:
    """On data closed under shifts a turned solution errs as much, so the mean of all turned ones errs no more."""
    S, X, Y = shift(n, k), circulant(x), circulant(y)
    return S @ W @ S.T @ X - Y == S @ (W @ X - Y) @ S.T


@false_sibling(augmented_data_make_convolutions, says=r"W = e_0 e_0^\top \Rightarrow W S = S W")
def any_data_make_convolutions(n: Size) -> Statement:
    """The least solution is a convolution for any data: for the one pair of the first unit signals, say."""
    W = diagonal([1] + [0] * (n - 1))
    return W @ shift(n) == shift(n) @ W
