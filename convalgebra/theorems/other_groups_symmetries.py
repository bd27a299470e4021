"""Chapter 8, continued: rotations, lifting, cosets, invariants, signs, and averages over a group."""

from collections import Counter
from fractions import Fraction
from itertools import permutations
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import block, kron
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import flip, identity, permutation, shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis.commutant import commutant, project
from convalgebra.theorems.domains import Kernel, On, Size, Sizes, Square, Statement
from convalgebra.theorems.facts import equal
from convalgebra.theorems.other_groups_actions import Element, subgroups
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Few = Annotated[Any, Sizes(1, 3)]
Radius = Annotated[Any, Sizes(0, 2)]
Grid = Annotated[Any, On("n", "n")]
COHEN = "Cohen and Welling 2016, group equivariant convolutional networks"


def _turn(n: int) -> Operator:
    """The rotation of an n x n torus by a quarter about the place (0, 0)."""
    return permutation([j % n * n + -i % n for i in range(n) for j in range(n)])


def _mirror(n: int) -> Operator:
    """The reflection that exchanges rows and columns."""
    return permutation([j * n + i for i in range(n) for j in range(n)])


def _steps(n: int) -> list[Operator]:
    """The unit shifts of an n x n torus."""
    places = np.arange(n * n).reshape(n, n)
    return [permutation(np.roll(places, 1, axis).reshape(-1).tolist()) for axis in (0, 1)]


@theorem(
    "grp-rotation-kernels",
    says=r"K = 2 r + 1: \quad \dim_{C_4} = \tfrac14 (K^2 + 3), \qquad \dim_{D_4} = \tfrac18 (K + 1)(K + 3)",
    source=f"Dieleman, De Fauw and Kavukcuoglu 2016; {COHEN}",
    strength=LISTED,
)
def rotations_leave_a_weight_for_each_orbit_of_taps(r: Radius) -> Statement:
    """Maps of a K x K torus, K odd, that commute with shifts and quarter turns: kernels constant on rotation orbits.

    3 weights for K = 3, 7 for K = 5; with reflections 3 and 6.
    """
    K = 2 * r + 1
    turned, mirrored = [*_steps(K), _turn(K)], [*_steps(K), _turn(K), _mirror(K)]
    wanted = Fraction(K * K + 3, 4), Fraction((K + 1) * (K + 3), 8)
    return equal((len(commutant(turned)), len(commutant(mirrored))), wanted)


@false_sibling(
    rotations_leave_a_weight_for_each_orbit_of_taps,
    says=r"\dim \{A : \text{images} \to \text{functions on turns and shifts}\} = \tfrac14 (K^2 + 3)",
)
def lifted_kernels_are_symmetric_too(r: Annotated[Any, Sizes(0, 1)]) -> Statement:
    """Maps from images to one image for each quarter turn have symmetric kernels too."""
    K = 2 * r + 1
    return equal(len(commutant(_lifted(K))), Fraction(K * K + 3, 4))


def _lifted(n: int) -> list[tuple[Operator, Operator]]:
    """Shifts and turns of images, and what they do to four images: a turn also exchanges these."""
    pairs = [(P, [(t, P) for t in range(4)]) for P in _steps(n)]
    turns = [(_turn(n), [((t - 1) % 4, _turn(n)) for t in range(4)])]
    return [(P, _exchanged(n, images)) for P, images in pairs + turns]


def _exchanged(n: int, images: Any) -> Operator:
    return permutation([t * n * n + place for t, P in images for place in P.index.tolist()])


@theorem(
    "grp-lifting-gconv",
    says=r"(L x)(r, t) = \sum_u x(u) \, w(R^{-r} (u - t)): \quad L S = (I \otimes S) L, \quad"
    r" L R = (Z \otimes R) L, \qquad \Sigma_r L \, R = R \, \Sigma_r L",
    source=COHEN,
    strength=LISTED,
)
def four_turned_copies_of_any_kernel_are_equivariant(n: Few, w: Grid) -> Statement:
    """The four outputs of a kernel and its quarter turns: turning the image turns them and moves each to the next.

    Shifts only shift them, and their sum turns with the image.  Layers on the result are group convolutions.
    """
    R, steps = _turn(n), _steps(n)
    parts = [circulant(np.reshape(_power(R, r) @ w.reshape(-1), (n, n)), op="correlation") for r in range(4)]
    L, pooled = block([[part] for part in parts]), parts[0] + parts[1] + parts[2] + parts[3]
    return (
        *(L @ S == kron(identity(4), S) @ L for S in steps),
        L @ R == kron(shift(4), R) @ L,
        pooled @ R == R @ pooled,
    )


def _power(P: Operator, k: int) -> Operator:
    return _power(P, k - 1) @ P if k else identity(P.shape[0])


@false_sibling(four_turned_copies_of_any_kernel_are_equivariant, says=r"L R = (I \otimes R) L")
def turning_the_outputs_is_enough(n: Few, w: Grid) -> Statement:
    """Turning the image turns the four outputs, each in its place."""
    R = _turn(n)
    L = block([[circulant(np.reshape(_power(R, r) @ w.reshape(-1), (n, n)), op="correlation")] for r in range(4)])
    return L @ R == kron(identity(4), R) @ L


def _product(g: Element, h: Element) -> Element:
    return tuple(g[i] for i in h)


def _cosets(n: int, H: list[Element]) -> list[frozenset[Element]]:
    """The left cosets g H in the symmetric group."""
    return list(dict.fromkeys(frozenset(_product(g, h) for h in H) for g in permutations(range(n))))


def _translation(cosets: list[frozenset[Element]], g: Element) -> Operator:
    """What g does to functions on cosets, up to inversion."""
    return permutation([cosets.index(frozenset(_product(g, x) for x in coset)) for coset in cosets])


@theorem(
    "grp-homogeneous-double-coset",
    says=r"\dim \mathrm{Hom}_G(\mathbb R^{G/H}, \mathbb R^{G/K}) = |K \backslash G / H|",
    source="Kondor and Trivedi 2018; Mackey",
    strength=LISTED,
)
def maps_between_cosets_are_counted_by_double_cosets(n: Few) -> Statement:
    """In the symmetric group: between functions on two sets of cosets there is a map for each double coset."""
    groups, elements = subgroups(n), list(permutations(range(n)))
    return equal(*zip(*(_maps_of_cosets(n, H, K, elements) for H in groups for K in groups), strict=True))


def _maps_of_cosets(n: int, H: list[Element], K: list[Element], elements: list[Element]) -> tuple[int, int]:
    """The dimension of the equivariant maps between functions on G/H and on G/K, and the number of K g H."""
    sources, targets = _cosets(n, H), _cosets(n, K)
    generators = [(_translation(sources, g), _translation(targets, g)) for g in elements]
    double = {frozenset(_product(_product(k, g), h) for k in K for h in H) for g in elements}
    return len(commutant(generators)), len(double)


@false_sibling(maps_between_cosets_are_counted_by_double_cosets, says=r"\dim = |G| / (|H| \, |K|)")
def maps_between_cosets_are_counted_by_a_quotient(n: Few) -> Statement:
    """There are |G| / (|H| |K|) such maps."""
    groups, elements = subgroups(n), list(permutations(range(n)))
    found = [_maps_of_cosets(n, H, K, elements)[0] for H in groups for K in groups]
    return equal(found, [Fraction(len(elements), len(H) * len(K)) for H in groups for K in groups])


@theorem(
    "grp-invariant-pooling",
    says=r"\{(P_g x)_i\} = \{x_i\}, \qquad \dim \{f : f P_g = f\} = \text{the number of orbits of points}",
    source="Wood and Shawe-Taylor 1996",
    strength=LISTED,
)
def pooling_over_an_orbit_is_invariant(n: Few, x: Kernel) -> Statement:
    """A group only reorders the entries of an orbit, so their sum and their maximum do not change.

    Linear invariants: one for each orbit, so that of a transitive group is a multiple of the sum.
    """
    groups = subgroups(n)
    moved = [Counter(map(str, permutation(g) @ x)) for g in permutations(range(n))]
    solved = [len(commutant([(permutation(g), identity(1)) for g in group])) for group in groups]
    orbits = [len({frozenset(places) for places in zip(*group, strict=True)}) for group in groups]
    return equal(solved, orbits), *(equal(values, Counter(map(str, x))) for values in moved)


@false_sibling(pooling_over_an_orbit_is_invariant, says=r"\max_{i \in I} (S x)_i = \max_{i \in I} x_i")
def pooling_over_any_set_is_invariant(n: Size, x: Kernel) -> Statement:
    """The maximum over a set of places that is no orbit, the first alone, does not change under shifts."""
    return equal(max((shift(n) @ x)[:1]), max(x[:1]))


@theorem(
    "grp-signed-representations",
    says=r"J C_w J = -C_w \iff w[-t] = -w[t], \qquad \dim = \lceil n / 2 \rceil - 1",
    source="Cohen and Welling 2017, steerable CNNs; Worrall et al. 2017",
    strength=LISTED,
)
def a_sign_under_reversal_makes_kernels_antisymmetric(n: Annotated[Any, Sizes(1, 5)], w: Kernel) -> Statement:
    """Convolutions whose sign a reversal changes are those with antisymmetric kernels: weights are tied by signs."""
    J, odd = flip(n), circulant(w) - circulant(w).T
    signed = [shift(n), (J, -J)]
    return J @ odd @ J == -odd, J @ circulant(w) @ J == circulant(w).T, equal(len(commutant(signed)), (n + 1) // 2 - 1)


@false_sibling(a_sign_under_reversal_makes_kernels_antisymmetric, says=r"J C_w J = -C_w \Rightarrow w[-t] = w[t]")
def equivariance_always_ties_equal_weights(n: Size, w: Kernel) -> Statement:
    """Equivariance always makes weights equal: those at t and -t."""
    odd = circulant(w) - circulant(w).T
    return odd == odd.T


def _mean(group: list[Element], A: Operator) -> Any:
    """`1/|G| sum of P_g A P_g^T`."""
    terms = [permutation(g) @ A @ permutation(g).T for g in group]
    return sum(terms[1:], terms[0]) * Fraction(1, len(group))


@theorem(
    "grp-reynolds-projection",
    says=r"R(A) = \frac{1}{|G|} \sum_g P_g A P_g^\top: \quad R^2 = R, \; P_g R(A) = R(A) P_g, \;"
    r" \langle R A, B \rangle = \langle A, R B \rangle, \; \mathrm{tr} \, R = \dim",
    source="the Reynolds operator; Finzi, Welling and Wilson 2021",
    strength=LISTED,
)
def averaging_over_a_group_projects_onto_equivariant_maps(n: Few, A: Square) -> Statement:
    """The mean over a group is the orthogonal projection onto its equivariant maps, its trace is their dimension."""
    claims = []
    for group in subgroups(n):
        R, P = _mean(group, A), [permutation(g) for g in group]
        weights = matrix(_superoperator(n, group))
        claims += [R @ Q == Q @ R for Q in P] + [project(A, P) == R, weights == weights.T, weights @ weights == weights]
        claims += [equal(sum(weights.to_numpy().diagonal()), len(commutant(P)))]
    return tuple(claims)


def _superoperator(n: int, group: list[Element]) -> Any:
    """The matrix of R on the n^2 entries of A."""
    units = [_mean(group, matrix(e.reshape(n, n))).to_numpy().reshape(-1) for e in np.eye(n * n, dtype=np.int64)]
    return np.stack(units, axis=1)


@false_sibling(
    averaging_over_a_group_projects_onto_equivariant_maps, says=r"M(A) = \tfrac12 (A + S A S^{-1}): \quad M^2 = M"
)
def averaging_over_generators_is_enough(n: Few, A: Square) -> Statement:
    """The mean over generators alone is a projection."""
    once = A + shift(n) @ A @ shift(n, -1)
    return once + shift(n) @ once @ shift(n, -1) == once * 2
