"""Chapter 8, continued: permutations of points, sets, graphs; weights are shared along orbits of pairs."""

from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import flip, identity, permutation, shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis import elimination
from convalgebra.analysis.commutant import commutant
from convalgebra.proofs.constructors import ones
from convalgebra.theorems.domains import Choices, On, Size, Sizes, Square, Statement
from convalgebra.theorems.facts import equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Few = Annotated[Any, Sizes(1, 3)]
Element = tuple[int, ...]


def _group(generators: Any) -> list[Element]:
    """All products of permutations."""
    elements = [tuple(range(len(generators[0])))]
    for g in elements:
        made = dict.fromkeys(tuple(g[i] for i in h) for h in generators)
        elements += [x for x in made if x not in elements]
    return elements


def subgroups(n: int) -> list[list[Element]]:
    """Every group of permutations of n <= 4 points: two elements generate each."""
    pairs = combinations_with_replacement(permutations(range(n)), 2)
    return [list(group) for group in dict.fromkeys(tuple(sorted(_group(pair))) for pair in pairs)]


def _orbits(maps: Any) -> int:
    """The number of orbits of a group, given all its elements."""
    return len({frozenset(places) for places in zip(*maps, strict=True)})


def _on(tuples: list[Element], g: Element) -> Element:
    """What g does to a list of tuples of points."""
    return tuple(tuples.index(tuple(g[i] for i in x)) for x in tuples)


def _tuples(n: int, order: int) -> list[Element]:
    return list(product(range(n), repeat=order))


@theorem(
    "grp-orbital-dimension",
    says=r"A P_g = P_g A \iff A[g i, g j] = A[i, j]; \qquad"
    r" \dim = \text{the number of orbits of } G \text{ on pairs}",
    source="Wood and Shawe-Taylor 1996; Ravanbakhsh, Schneider and Poczos 2017",
    strength=LISTED,
)
def equivariance_is_weight_sharing_along_orbits_of_pairs(n: Few, A: Square) -> Statement:
    """Under every group of permutations of n points, an equivariant map has one weight for each orbit of pairs."""
    groups, entries = subgroups(n), A.to_numpy()
    moved = [(A @ permutation(g)).to_numpy() - (permutation(g) @ A).to_numpy() for g in permutations(range(n))]
    differences = [
        [[entries[i, g.index(j)] - entries[g[i], j] for j in range(n)] for i in range(n)]
        for g in permutations(range(n))
    ]
    solved = [len(commutant([matrix(permutation(g).to_numpy()) for g in group])) for group in groups]
    pairs = [_orbits([_on(_tuples(n, 2), g) for g in group]) for group in groups]
    return equal(moved, differences), equal(solved, pairs)


@false_sibling(
    equivariance_is_weight_sharing_along_orbits_of_pairs,
    says=r"\dim = \text{the number of orbits of } G \text{ on points}",
)
def there_is_a_weight_for_each_orbit_of_points(n: Few) -> Statement:
    """An equivariant map has one weight for each orbit of points."""
    return equal(_dimensions(n), [_orbits(group) for group in subgroups(n)])


def _dimensions(n: int) -> list[int]:
    """For each group of permutations of n points, the dimension of its equivariant maps."""
    return [len(commutant([permutation(g) for g in group])) for group in subgroups(n)]


@theorem(
    "grp-burnside-count",
    says=r"\dim \{A : A P_g = Q_g A\} = \frac{1}{|G|} \sum_{g \in G} \mathrm{fix}_X(g) \, \mathrm{fix}_Y(g)",
    source="Burnside; Serre, Linear Representations of Finite Groups",
    strength=LISTED,
)
def the_dimension_is_a_mean_of_fixed_points(n: Few) -> Statement:
    """Between functions on X and on Y the dimension is the mean of products of fixed points.

    X are n points, Y the ordered pairs of them, under every group of permutations.
    """
    pairs = _tuples(n, 2)
    moves = [[(g, _on(pairs, g)) for g in group] for group in subgroups(n)]
    solved = [len(commutant([(permutation(p), permutation(q)) for p, q in group])) for group in moves]
    return equal(solved, [Fraction(sum(_fixed(p) * _fixed(q) for p, q in group), len(group)) for group in moves])


def _fixed(g: Element) -> int:
    return sum(i == j for i, j in enumerate(g))


@false_sibling(the_dimension_is_a_mean_of_fixed_points, says=r"\dim = \frac{1}{|G|} \sum_{g \in G} \mathrm{fix}_X(g)")
def the_dimension_is_the_mean_of_fixed_points(n: Few) -> Statement:
    """The dimension of the equivariant maps from X to X is the mean of the fixed points."""
    return equal(_dimensions(n), [Fraction(sum(map(_fixed, group)), len(group)) for group in subgroups(n)])


def _all(n: int) -> list[Any]:
    """Generators of the symmetric group: a transposition and a cycle."""
    return [permutation([*range(min(n, 2))[::-1], *range(2, n)]), shift(n)]


@theorem(
    "grp-deep-sets",
    says=r"A P = P A \text{ for every permutation } P \iff A = a I + b \mathbf 1 \mathbf 1^\top; \quad"
    r" \text{with channels } I \otimes A + \mathbf 1 \mathbf 1^\top \otimes B",
    source="Zaheer et al. 2017, Deep Sets",
    strength=LISTED,
)
def maps_of_sets_are_a_scalar_and_a_mean(
    n: Size, A: Annotated[Any, On(2, 2)], B: Annotated[Any, On(2, 2)]
) -> Statement:
    """What commutes with every permutation of n >= 2 points is a multiple of the identity plus one of the sum.

    With c channels each of the two numbers is a matrix of c x c.
    """
    J, P = circulant(ones(n)), _all(n)
    layer = kron(identity(n), matrix(A)) + kron(J, matrix(B))
    wide = [kron(Q, identity(2)) for Q in P]
    doubled = [permutation([2 * i + c for i in Q.index for c in range(2)]) for Q in P]
    return (
        *(layer @ Q == Q @ layer for Q in wide),
        equal((len(commutant(P)), len(commutant(doubled))), (min(n, 2), 4 * min(n, 2))),
    )


@false_sibling(maps_of_sets_are_a_scalar_and_a_mean, says=r"A P = P A \text{ for every } P \Rightarrow A = a I")
def maps_of_sets_are_pointwise(n: Size) -> Statement:
    """Only multiples of the identity, the 1 x 1 layers, commute with every permutation."""
    return equal(len(commutant(_all(n))), 1)


@theorem(
    "grp-two-transitive-extra-symmetry",
    says=r"G \text{ moves any two points to any two} \iff \dim \{A : A P_g = P_g A\} = 2",
    source="Wielandt, Finite Permutation Groups",
    strength=LISTED,
)
def doubly_transitive_groups_have_the_maps_of_sets(n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """A group of permutations has the linear layers of the whole symmetric group exactly if it is doubly transitive.

    So a layer that commutes with the alternating group of four points commutes with every permutation of them.
    """
    groups = subgroups(n)
    apart = [pair for pair in _tuples(n, 2) if pair[0] != pair[1]]
    double = [_orbits([_on(apart, g) for g in group]) == 1 for group in groups]
    return equal(double, [len(commutant([permutation(g) for g in group])) == 2 for group in groups])


@false_sibling(doubly_transitive_groups_have_the_maps_of_sets, says=r"H < G \Rightarrow \dim_G < \dim_H")
def a_larger_group_leaves_fewer_layers(n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """A larger group of permutations always leaves fewer linear layers: all against the even ones."""
    even = [p for p in permutations(range(n)) if sum(p[i] > p[j] for j in range(n) for i in range(j)) % 2 == 0]
    return equal(len(commutant(_all(n))) < len(commutant([permutation(p) for p in even])), True)


@theorem(
    "grp-tensor-bell-numbers",
    says=r"\dim \mathrm{Hom}_{S_n}(\mathbb R^{n^k}, \mathbb R^{n^l}) ="
    r" \text{the partitions of } k + l \text{ things into at most } n \text{ parts}",
    source="Maron, Ben-Hamu, Shamir and Lipman 2019",
    strength=LISTED,
)
def layers_of_graphs_are_counted_by_partitions(
    n: Size, order: Annotated[Any, Choices(((0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)))]
) -> Statement:
    """From tensors of order k to tensors of order l there is a layer for each partition of k + l indices.

    At most n parts; Bell's number where n >= k + l: 15 from graphs to graphs, 5 from graphs to points, 2 to numbers.
    """
    k, l = order  # noqa: E741  # as on paper
    return equal(_tensor_maps(n, k, l), len({_pattern(places) for places in _tuples(n, k + l)}))


def _tensor_maps(n: int, k: int, l: int) -> int:  # noqa: E741
    """The number of layers from tensors of order k to order l."""
    moves = [tuple(P.index.tolist()) for P in _all(n)]
    pairs = [tuple(permutation(_on(_tuples(n, order), g)) for order in (k, l)) for g in moves]
    return len(commutant(pairs))


def _pattern(places: tuple[int, ...]) -> tuple[int, ...]:
    """Which indices are equal."""
    return tuple(places.index(x) for x in places)


@false_sibling(layers_of_graphs_are_counted_by_partitions, says=r"\dim = 15 \text{ from graphs to graphs}")
def there_are_always_fifteen_layers_of_graphs(n: Size) -> Statement:
    """Between graphs on n points there are 15 layers."""
    return equal(_tensor_maps(n, 2, 2), 15)


def _grid(h: int, n: int, down: Any, along: Any) -> list[Operator]:
    """Two permutations of rows and columns as permutations of the places of a grid."""
    rows, columns = ([*P.index.tolist()] for P in (down, along))
    still = range(h), range(n)
    return [permutation([i * n + j for i, j in product(a, b)]) for a, b in ((rows, still[1]), (still[0], columns))]


@theorem(
    "grp-exchangeable-matrix",
    says=r"S_m \times S_n \text{ on } m \times n: \ I \otimes I, \; J \otimes I, \; I \otimes J, \; J \otimes J;"
    r" \qquad \dim_{G \times H} = \dim_G \dim_H",
    source="Hartford, Graham, Leyton-Brown and Ravanbakhsh 2018",
    strength=LISTED,
)
def products_of_groups_multiply_dimensions(
    m: Annotated[Any, Sizes(2, 3)], n: Annotated[Any, Sizes(2, 3)], w: Annotated[Any, On(2, 2)]
) -> Statement:
    """Layers of tables whose rows and columns may be reordered have four weights: dimensions of groups multiply.

    The products of dimensions are shown for every two groups of permutations of rows and of columns.
    """
    tables = [P for down, along in zip(_all(m), _all(n), strict=True) for P in _grid(m, n, down, along)]
    rows, columns = ((identity(k), circulant(ones(k))) for k in (m, n))
    terms = [kron(R, C) * w[i, j] for i, R in enumerate(rows) for j, C in enumerate(columns)]
    layer = terms[0] + terms[1] + terms[2] + terms[3]
    sides = [(list(map(permutation, G)), list(map(permutation, H))) for G, H in product(subgroups(m), subgroups(n))]
    together = [len(commutant(_both(m, n, G, H))) for G, H in sides]
    return (
        *(layer @ P == P @ layer for P in tables),
        equal(len(commutant(tables)), 4),
        equal(together, [len(commutant(G)) * len(commutant(H)) for G, H in sides]),
    )


@false_sibling(products_of_groups_multiply_dimensions, says=r"\dim_{G \times H} = \dim_G + \dim_H")
def products_of_groups_add_dimensions(m: Annotated[Any, Sizes(2, 4)], n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """The dimensions of products of groups add."""
    return equal(len(commutant(_grid(m, n, shift(m), shift(n)))), m + n)


def _both(m: int, n: int, G: list[Operator], H: list[Operator]) -> list[Operator]:
    """The permutations G of the rows and H of the columns of a table."""
    rows = [_grid(m, n, g, identity(n))[0] for g in G]
    return [*rows, *(_grid(m, n, identity(m), h)[1] for h in H)]


def _cycle(n: int) -> Operator:
    """The adjacency of the n-cycle."""
    return shift(n, 1) + shift(n, -1)


def _powers(A: Operator, *others: Operator) -> int:
    """The dimension of the polynomials in a matrix, with others beside them."""
    found = [identity(A.shape[0])]
    for _ in range(A.shape[0] - 1):
        found.append(found[-1] @ A)
    return elimination.rank(np.stack([P.to_numpy().reshape(-1) for P in (*found, *others)]))


def _weighted(n: int, edges: Any) -> Operator:
    """The symmetric matrix of weighted edges."""
    A = np.zeros((n, n), dtype=object)
    A[np.tril_indices(n, -1)] = edges
    return matrix(A + A.T)


def _automorphisms(A: Operator) -> list[Operator]:
    """The permutations that keep the weights."""
    E = A.to_numpy()
    return [permutation(p) for p in permutations(range(len(E))) if (E[np.ix_(p, p)] == E).all()]


@theorem(
    "grp-graph-automorphism",
    says=r"P A = A P \Rightarrow P \, p(A) = p(A) \, P; \quad \text{on the } n\text{-cycle }"
    r" \{p(A)\} = \{B : P B = B P\}, \; \dim = \lfloor n / 2 \rfloor + 1",
    source="Sandryhaila and Moura 2013; Bronstein et al. 2021, geometric deep learning",
    strength=LISTED,
)
def filters_of_a_graph_keep_its_symmetries(n: Size, A: Square, B: Square, P: Square) -> Statement:
    """Polynomials in the adjacency of a graph commute with its automorphisms; on a cycle nothing else does.

    What commutes with A and with B commutes with A B, so with powers of A; the identity holds for all three matrices.
    """
    cycle, turns = _cycle(n), [shift(n), flip(n)]
    return (
        P @ A @ B - A @ B @ P == (P @ A - A @ P) @ B + A @ (P @ B - B @ P),
        *(cycle @ Q == Q @ cycle for Q in turns),
        equal((len(commutant(turns)), _powers(cycle)), (n // 2 + 1, n // 2 + 1)),
    )


@false_sibling(
    filters_of_a_graph_keep_its_symmetries, says=r"\{p(A)\} = \{B : P B = B P\} \text{ for every graph}", special=True
)
def filters_are_all_that_keeps_the_symmetries(
    n: Annotated[Any, Sizes(1, 3)], edges: Annotated[Any, On(lambda n: n * (n - 1) // 2)]
) -> Statement:
    """On every weighted graph, whatever commutes with its automorphisms is a polynomial in the adjacency."""
    A = _weighted(n, edges)
    return equal(len(commutant(_automorphisms(A))), _powers(A))


@theorem(
    "grp-cycle-graph-loses-orientation",
    says=r"\mathbb Q[S + S^{-1}] = \{C_w : w[-t] = w[t]\}, \qquad S \notin \mathbb Q[S + S^{-1}] \text{ for } n \ge 3",
    source="Bronstein et al. 2021, geometric deep learning",
    strength=LISTED,
)
def filters_of_the_cycle_are_even(n: Annotated[Any, Sizes(1, 6)]) -> Statement:
    """Spectral filters of the undirected cycle are the symmetric kernels; the shift is none of them for n >= 3."""
    even = [shift(n, t) + shift(n, -t) for t in range(n)]
    return equal((_powers(_cycle(n), *even), _powers(_cycle(n), shift(n))), (n // 2 + 1, n // 2 + 1 + (n >= 3)))


@false_sibling(filters_of_the_cycle_are_even, says=r"S \in \mathbb Q[S + S^{-1}]")
def filters_of_the_cycle_are_all_convolutions(n: Annotated[Any, Sizes(1, 6)]) -> Statement:
    """Filters of the cycle graph are all circular convolutions: the shift is a polynomial in S + S^-1."""
    return equal(_powers(_cycle(n), shift(n)), _powers(_cycle(n)))
