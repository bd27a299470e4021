"""All matrices that commute with given ones: the most general equivariant linear maps.

For permutations P_g, `A P_g = P_g A` says that A is constant on the orbits of index pairs: sharing weights is being
equivariant, and the orbits are the kernel.  For other matrices the equations are solved exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import from_entries
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import Selection
from convalgebra.analysis import elimination
from convalgebra.analysis.periodic import check_operator
from convalgebra.errors import ArgumentError, ShapeError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.algebra.rings import Array

MOST_ELEMENTS = 10_000


@dataclass(frozen=True, eq=False)
class Commutant:
    """The space of all A with `A P = Q A` for every generator (P, Q): its dimension and a basis.

    >>> import convalgebra as ca
    >>> convolutions = ca.commutant(ca.shift(4))
    >>> convolutions.dimension, convolutions.basis[1].to_numpy()
    (4, array([[0, 1, 0, 0],
           [0, 0, 1, 0],
           [0, 0, 0, 1],
           [1, 0, 0, 0]]))
    """

    basis: tuple[Operator, ...]

    @property
    def dimension(self) -> int:
        """The number of free parameters of an equivariant map."""
        return len(self.basis)

    def __len__(self) -> int:
        return len(self.basis)


def commutant(generators: Any) -> Commutant:
    """`{A : A P = P A for every generator P}`; a pair (P, Q) asks for `A P = Q A` between two spaces.

    Commuting with generators is commuting with the group they generate.  Source: Wood and Shawe-Taylor 1996.

    >>> import convalgebra as ca
    >>> ca.commutant([ca.shift(6), ca.flip(6)]).dimension  # symmetric kernels
    4
    >>> ca.commutant([(ca.shift(6, 2), ca.shift(3, 1))]).dimension  # layers of stride 2
    6
    """
    pairs = _pairs(generators)
    maps = _permutations(pairs)
    if maps is None:
        return Commutant(tuple(_null_space(pairs)))
    labels = _orbits(maps, pairs)
    m, n = labels.shape
    flat = labels.reshape(-1)
    order = np.argsort(flat, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(flat[order])) + 1)
    return Commutant(tuple(from_entries(*np.divmod(p, n), np.ones(len(p), dtype=np.int64), (m, n)) for p in parts))


def project(M: Any, generators: Any) -> Operator:
    """The equivariant matrix nearest to M (least squares), exact: for permutations the mean of M over each orbit.

    >>> import convalgebra as ca
    >>> ca.project([[1, 2], [4, 7]], ca.shift(2)).to_numpy()
    array([[4, 3],
           [3, 4]])
    """
    pairs = _pairs(generators)
    if isinstance(M, Operator):
        check_operator(M, "M")
    dense = np.asarray(M) if isinstance(M, Operator) else rings.entries(M, "the matrix")
    wanted = (pairs[0][1].shape[0], pairs[0][0].shape[0])
    if dense.shape != wanted:
        msg = f"the matrix must have shape {wanted}, as the generators act, not {dense.shape}"
        raise ShapeError(msg)
    maps = _permutations(pairs)
    if maps is None:
        msg = (
            "the generators of a projection must be permutations, not general matrices; "
            "write ca.commutant(generators).basis"
        )
        raise ArgumentError(msg)
    _, orbit, size = np.unique(_orbits(maps, pairs), return_inverse=True, return_counts=True)
    totals = np.zeros(len(size), dtype=object)
    np.add.at(totals, orbit.reshape(-1), rings.objects(dense).reshape(-1))
    means = [
        total * (1 / count if isinstance(total, float | complex) else Fraction(1, count))
        for total, count in zip(totals, size.tolist(), strict=True)
    ]
    full = rings.tidy(rings.filled((len(means),), means))[orbit].reshape(-1)
    return from_entries(*np.divmod(np.arange(full.size), wanted[1]), full, wanted)


def orbit_count(generators: Any, values: int = 2) -> int:
    """The number of kernels with so many possible values at each place, up to the group: Burnside's mean.

    `1 / |G| * sum over g of values^(cycles of g)`; 0/1 circulants up to shifts are the necklaces.

    >>> import convalgebra as ca
    >>> [ca.orbit_count(ca.shift(n)) for n in range(1, 7)]
    [2, 3, 4, 6, 8, 14]
    """
    maps = _permutations(_pairs(generators))
    if maps is None:
        msg = "the generators of orbits must be permutations, not general matrices; write ca.shift(n)"
        raise ArgumentError(msg)
    number = integer(values, "values", 1)
    group = _closure([tuple(p.tolist()) for p, _ in maps])
    return sum(int(number ** _cycles(g)) for g in group) // len(group)


def _closure(generators: Sequence[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """All products of the generators."""
    found = fresh = {tuple(range(len(generators[0])))}
    while fresh:
        fresh = {tuple(g[i] for i in f) for f in fresh for g in generators} - found
        found = found | fresh
        if len(found) > MOST_ELEMENTS:
            msg = f"the group must have at most {MOST_ELEMENTS} elements to be listed; take fewer generators"
            raise SizeLimitError(msg)
    return found


def _cycles(permutation: tuple[int, ...]) -> int:
    left, count = set(range(len(permutation))), 0
    while left:
        place = left.pop()
        while (place := permutation[place]) in left:
            left.remove(place)
        count += 1
    return count


def _pairs(generators: Any) -> list[tuple[Operator, Operator]]:
    items: Iterable[Any] = generators if isinstance(generators, list | tuple) else [generators]
    pairs = [item if isinstance(item, tuple) else (item, item) for item in items]
    operators = [A for pair in pairs for A in pair]
    if not pairs or not all(isinstance(A, Operator) and A.shape[0] == A.shape[1] for A in operators):
        msg = (
            "the generators must be square operators, or pairs (P, Q) of them, at least one; "
            "write ca.commutant(ca.shift(n))"
        )
        raise ArgumentError(msg)
    for A in operators:
        check_operator(A, "P")
    if any((P.shape, Q.shape) != (pairs[0][0].shape, pairs[0][1].shape) for P, Q in pairs):
        msg = f"the generators must act on one space, not on sizes {sorted({A.shape[0] for A in operators})}"
        raise ShapeError(msg)
    return pairs


def _permutations(pairs: Sequence[tuple[Operator, Operator]]) -> list[tuple[Array, Array]] | None:
    """The index vectors, if all generators are permutations."""
    found = [(P.index, Q.index) for P, Q in pairs if isinstance(P, Selection) and isinstance(Q, Selection)]
    once = all(np.array_equal(np.sort(index), np.arange(len(index))) for pair in found for index in pair)
    return found if once and len(found) == len(pairs) else None


def _orbits(maps: Sequence[tuple[Array, Array]], pairs: Sequence[tuple[Operator, Operator]]) -> Array:
    """The smallest flat index pair of the orbit of each pair (i, j)."""
    m, n = pairs[0][1].shape[0], pairs[0][0].shape[0]
    rings.check_memory(m * n * (len(maps) + 2), 8, "the orbits of index pairs")
    labels = np.arange(m * n)
    steps = [(q[:, None] * n + p).reshape(-1) for p, q in maps]
    while True:
        before = labels
        for step in steps:
            least = np.minimum(labels, labels[step])
            labels = least.copy()
            labels[step] = np.minimum(labels[step], least)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels.reshape(m, n)


def _null_space(pairs: Sequence[tuple[Operator, Operator]]) -> list[Operator]:
    """A basis of the solutions of A P - Q A = 0, over the field of the entries."""
    m, n = pairs[0][1].shape[0], pairs[0][0].shape[0]
    rings.check_memory(len(pairs) * (m * n) ** 2, 8, "the equations of the commutant")
    equations = []
    for P, Q in pairs:
        p, q = (rings.objects(rings.entries(A.to_numpy())) for A in (P, Q))
        parts = (np.kron(np.eye(m, dtype=int).astype(object), p.T), np.kron(q, np.eye(n, dtype=int).astype(object)))
        equations.append(reduce(np.subtract, parts))
    solutions = elimination.null_space(np.concatenate(equations))
    places = np.divmod(np.arange(m * n), n)
    found = []
    for values in solutions:
        alive = rings.nonzero(values)
        found.append(from_entries(places[0][alive], places[1][alive], values[alive], (m, n)))
    return found
