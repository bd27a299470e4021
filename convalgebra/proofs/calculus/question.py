"""A claim and its hypotheses read as sums of terms, and the points at which they are matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import lcm, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.proofs.arguments import index_names
from convalgebra.proofs.calculus.replay import Field, Point, instances, order_of
from convalgebra.proofs.calculus.sampling import satisfying
from convalgebra.proofs.calculus.sizes import Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import conjugate_name, numbered, plain_name
from convalgebra.proofs.lifting import lifted
from convalgebra.proofs.symbolic import Symbolic, as_matrix, equation, equation_latex, reshaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from convalgebra.algebra.operator import Claim
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.calculus.sampling import Residual
    from convalgebra.proofs.calculus.terms import Atom, Bound, Expression

SIDE = 8  # no box side of an instance is longer, unless a number in the claim is
LONGEST = 40  # and no longer than this
MOST_PLACES = 400  # of an instance's matrix, and of one of its kernels
NEEDS = {
    "conjugated": "conj is an involution of the ring that inverts the roots of unity and keeps square roots of sizes",
    "ortho": "square roots of the sizes, and their inverses",
}


@dataclass(frozen=True, eq=False)
class Statement:
    """Two sides on common boxes: the free indices, and both entries as sums of terms."""

    claim: Claim
    operators: tuple[Symbolic, Symbolic]
    free: Bound
    sides: tuple[Expression, Expression]

    @staticmethod
    def of(claim: Claim) -> Statement:
        """The claim in the finer of the two ways to count rows and columns."""
        operators: Any = (lifted(claim.left), lifted(claim.right))
        if operators[0].boxes != operators[1].boxes:
            operators = _aligned(*_aligned(*operators))
        rows, cols = index_names(operators[0])
        places = tuple(map(Size.named, rows)), tuple(map(Size.named, cols))
        left, right = (operator.entry(*places, numbered("t")) for operator in operators)
        free = (*zip(rows, operators[0].rows, strict=True), *zip(cols, operators[0].cols, strict=True))
        return Statement(claim, operators, free, (left, right))

    @property
    def text(self) -> str:
        """The claim as a formula."""
        return equation(self.claim)

    @property
    def latex(self) -> str:
        """The same in LaTeX."""
        return equation_latex(self.claim)

    @cached_property
    def atoms(self) -> frozenset[Atom]:
        """The factors of both sides."""
        return frozenset(atom for side in self.sides for term in side for atom in term.atoms)

    @cached_property
    def sizes(self) -> frozenset[Size]:
        """The sizes of every index."""
        return frozenset(n for side in self.sides for term in side for _, n in (*term.bound, *self.free))

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """The sizes and integers that occur."""
        parts = [e for atom in self.atoms for e in (*atom.sizes, *atom.args)]
        parts += [term.coefficient for side in self.sides for term in side]
        used = {x for e in (*parts, *self.sizes) for x in e.symbols if x.role != "index"}
        return frozenset(x._replace(role="size") if x.role == "root" else x for x in used)

    @cached_property
    def kernels(self) -> dict[str, tuple[Size, ...]]:
        """The names of the kernels, with their boxes."""
        return _kernels(self.atoms)


def _aligned(left: Any, right: Any) -> tuple[Any, Any]:
    """Both operators with the rows of the one that has more axes, both transposed: twice, both rows and columns."""
    rows = max(left.rows, right.rows, key=len)
    sides = (side if side.rows == rows else reshaped(side, rows) for side in (left, right))
    first, second = (side._adjoint(conjugate=False) for side in sides)
    return first, second


def _kernels(atoms: Iterable[Atom]) -> dict[str, tuple[Size, ...]]:
    kernels: dict[str, tuple[Size, ...]] = {}
    for atom in sorted(a for a in atoms if a.kind == "kernel"):
        if kernels.setdefault(atom.name, atom.sizes) != atom.sizes:
            msg = f"two kernels of one name, {atom.name}"
            raise UnsupportedError(msg)
    return kernels


@dataclass(frozen=True, eq=False)
class Question:
    """A goal, and the hypotheses under which it is claimed."""

    goal: Statement
    hypotheses: tuple[Statement, ...] = ()

    @staticmethod
    def of(claim: Claim) -> Question:
        """The claim, read."""
        question = Question(Statement.of(claim), tuple(map(Statement.of, getattr(claim, "hypotheses", ()))))
        if len({x.name for x in question.symbols}) < len(question.symbols):
            msg = "two symbols of one name"
            raise UnsupportedError(msg)
        return question

    @property
    def _statements(self) -> tuple[Statement, ...]:
        return (self.goal, *self.hypotheses)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The sizes and integers in the goal and its hypotheses."""
        return tuple(sorted({x for statement in self._statements for x in statement.symbols}))

    @cached_property
    def kernels(self) -> dict[str, tuple[Size, ...]]:
        """The kernels in the goal and its hypotheses; of a kernel and its conjugate, the kernel."""
        every = _kernels(atom for statement in self._statements for atom in statement.atoms)
        return {w: box for w, box in every.items() if plain_name(w) == w or conjugate_name(w) not in every}

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """What the way in which the sides are written asks of the ring, even where it cancels."""
        sides = tuple(side for s in self._statements for side in (s.claim.left, s.claim.right))
        return tuple(
            text
            for word, text in NEEDS.items()
            if _mentions(sides, word) or (word == "conjugated" and self._conjugated)
        )

    @property
    def _conjugated(self) -> bool:
        """Does a conjugate kernel stand anywhere?  A Toeplitz matrix is Hermitian of its own."""
        names = {atom.name for statement in self._statements for atom in statement.atoms if atom.kind == "kernel"}
        return any(plain_name(w) != w for w in names)

    @cached_property
    def side(self) -> int:
        """The longest box side of an instance."""
        sizes = (n for statement in self._statements for n in statement.sizes)
        least = max((_least(n) for n in sizes), default=1)
        return max(SIDE, min(least + 2, LONGEST))

    def instances(self, first: int, count: int) -> Iterator[dict[Symbol, int]]:
        """Numbers at which all sides are short and the matrix is small, smallest first."""
        sizes = {n for statement in self._statements for n in statement.sizes}
        boxes = [tuple(n for _, n in self.goal.free), *self.kernels.values()]
        fitting = (
            numbers
            for numbers in instances(self.symbols, sizes, self.side)
            if all(prod(int(n.value(numbers)) for n in box) <= MOST_PLACES for box in boxes)
        )
        return islice(fitting, first, first + count)

    def points(self, sums: Iterable[Expression], first: int, count: int) -> Iterator[Point]:
        """Instances in finite fields that serve these sums, with kernels that satisfy the hypotheses."""
        every = [*sums, *(side for h in self.hypotheses for side in h.sides)]
        for numbers in self.instances(first, count):
            roots = (
                [4 * v for x, v in numbers.items() if x.role == "size" and v] if NEEDS["ortho"] in self.needs else ()
            )
            point = self.at(Point(numbers, Field.of(lcm(order_of(every, numbers), *roots))))
            if point is not None:
                yield point

    def at(self, point: Point) -> Point | None:
        """The point with kernels that satisfy the hypotheses."""
        if not self.hypotheses:
            return point
        names = {name: point.box(sizes) for name, sizes in self._all_kernels().items()}
        residuals = [(frozenset(h.kernels), residual(h, point)) for h in self.hypotheses]
        kernels = satisfying(names, residuals, None if point.finite is None else point.finite.p)
        return None if kernels is None else point.with_kernels(kernels)

    def _all_kernels(self) -> dict[str, tuple[Size, ...]]:
        return _kernels(atom for statement in self._statements for atom in statement.atoms)


def residual(hypothesis: Statement, point: Point) -> Residual:
    """The difference of a hypothesis' sides, for given kernels."""

    def difference(kernels: Mapping[str, Array]) -> Array:
        given = point.with_kernels(kernels)
        left, right = (as_matrix(operator.at(given)).to_numpy() for operator in hypothesis.operators)
        return np.asarray(left.astype(object) - right.astype(object))

    return difference


def _least(n: Size) -> int:
    return int(n.value({x: x.least if x.role == "size" else 0 for x in n.symbols}))


def _mentions(made: Any, word: str) -> bool:
    """Does the word occur in how an operator was made?"""
    if isinstance(made, Symbolic):
        return _mentions(made.made, word)
    return made == word if isinstance(made, str) else isinstance(made, tuple) and any(_mentions(m, word) for m in made)


def entries_at(operator: Any, point: Point) -> Array:
    """The matrix at numbers, by the public constructors, in the point's finite field."""
    array = as_matrix(operator.at(point)).to_numpy()
    p = 2**31 if point.finite is None else point.finite.p
    return np.asarray(array % p).astype(np.int64)
