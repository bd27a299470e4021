"""Deciding a claim for all sizes: small instances first, then the normal forms, then the replay of every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.operator import Claim, Operator
from convalgebra.errors import ArgumentError, ConvAlgebraError
from convalgebra.proofs.calculus.derivation import Derivation
from convalgebra.proofs.calculus.replay import Field, Point, compositions, evaluate, instances, order_of
from convalgebra.proofs.calculus.rewriting import STRATEGIES, assumptions, normalise
from convalgebra.proofs.calculus.sizes import Size, UnsupportedError
from convalgebra.proofs.calculus.terms import numbered
from convalgebra.proofs.symbolic import Symbolic, index_names
from convalgebra.proofs.verdicts import Proof, Refutation, Undecided, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.calculus.rewriting import NormalForm, Rule
    from convalgebra.proofs.calculus.sizes import Symbol
    from convalgebra.proofs.calculus.terms import Atom, Bound, Expression

SIDE = 8  # no box side of an instance is longer
QUICK, PATIENT, REPLAYED = 12, 60, 4  # instances before the proof, after a failed one, and replayed
MOST_PLACES = 400  # of an instance's matrix


class SoundnessError(ConvAlgebraError, AssertionError):
    """A logged step disagrees with brute force: a bug in this library, never a verdict."""


@dataclass(frozen=True, eq=False)
class GeneralProof(Proof):
    """A proof for all sizes: what it assumes, its derivation, and how many arrays of entries replayed it."""

    hypotheses: tuple[str, ...] = ()
    derivation: Derivation | None = field(default=None, repr=False)
    replayed: int = 0

    def __str__(self) -> str:
        given = "; ".join(self.hypotheses)
        return f"proved for {self.scope}, {given}\n{self.derivation}"


@dataclass(frozen=True, eq=False)
class Question:
    """A claim read as sums of terms: the free indices, both sides' entries, and the integers and kernels in them."""

    claim: Claim
    free: Bound
    sides: tuple[Expression, Expression]
    symbols: tuple[Symbol, ...]
    kernels: Mapping[str, tuple[Size, ...]]

    @property
    def operators(self) -> tuple[Any, Any]:
        """Left and right."""
        return self.claim.left, self.claim.right


def decide(claim: Claim) -> Verdict:
    """A proof for all sizes, a refutation at the smallest sizes, or both normal forms as the reason for neither."""
    if not isinstance(claim.left, Symbolic) or not isinstance(claim.right, Symbolic):
        msg = "both sides of a claim must be for all sizes, not one of them; write A.subs({n: 4}) == B"
        raise ArgumentError(msg)
    if claim.left.boxes != claim.right.boxes:
        return Undecided(claim, f"the boxes {claim.left.boxes} and {claim.right.boxes} count their places differently")
    try:
        question = _question(claim, claim.left, claim.right)
        return next(verdict for verdict in _attempts(question) if verdict is not None)
    except UnsupportedError as error:
        return Undecided(claim, f"the calculus does not speak of {error}")


def _attempts(question: Question) -> Iterator[Verdict | None]:
    yield _refuted(question, 0, QUICK)
    yield _proved(question)
    yield _refuted(question, QUICK, PATIENT)
    yield _open(question)


def _question(claim: Claim, left: Symbolic, right: Symbolic) -> Question:
    rows, cols = index_names(left)
    places = tuple(map(Size.named, rows)), tuple(map(Size.named, cols))
    sides = left.entry(*places, numbered("t")), right.entry(*places, numbered("t"))
    free = (*zip(rows, left.rows, strict=True), *zip(cols, left.cols, strict=True))
    atoms = {atom for side in sides for term in side for atom in term.atoms}
    parts = [e for atom in atoms for e in (*atom.sizes, *atom.args)] + [t.coefficient for side in sides for t in side]
    parts += [n for side in sides for term in side for _, n in (*term.bound, *free)]
    symbols = sorted({x for e in parts for x in e.symbols if x.role != "index"})
    if len({x.name for x in symbols}) < len(symbols):
        msg = "two symbols of one name"
        raise UnsupportedError(msg)
    return Question(claim, free, sides, tuple(symbols), _kernels(atoms))


def _kernels(atoms: Iterable[Atom]) -> dict[str, tuple[Size, ...]]:
    kernels: dict[str, tuple[Size, ...]] = {}
    for atom in sorted(a for a in atoms if a.kind == "kernel"):
        if kernels.setdefault(atom.name, atom.sizes) != atom.sizes:
            msg = f"two kernels of one name, {atom.name}"
            raise UnsupportedError(msg)
    return kernels


# --- the proof --------------------------------------------------------------------------------------------------------


def _proved(question: Question) -> Proof | None:
    attempts = (_normal_forms(question, rules) for rules in STRATEGIES)
    forms = next((forms for forms in attempts if forms[0].terms == forms[1].terms), None)
    if forms is None:
        return None
    replayed = _replay(question, forms)
    needs = assumptions(question.sides[0] + question.sides[1], forms)
    hypotheses = (*map(_range_of, question.symbols), *(f"every kernel {w}" for w in question.kernels), *needs)
    derivation = Derivation(question.claim, question.sides, forms)
    ring = "every commutative ring" + (" with these" if needs else "")
    return GeneralProof(question.claim, "all sizes", "index calculus", ring, hypotheses, derivation, replayed)


def _normal_forms(question: Question, rules: tuple[Rule, ...]) -> tuple[NormalForm, NormalForm]:
    left, right = (normalise(side, dict(question.free), rules) for side in question.sides)
    return left, right


def _range_of(x: Symbol) -> str:
    return f"{x.name} >= {x.least}" if x.role == "size" else f"every integer {x.name}"


def _open(question: Question) -> Undecided:
    left, right = (Derivation.last(form) for form in _normal_forms(question, STRATEGIES[-1]))
    reason = f"the normal forms differ: {left} on the left, {right} on the right"
    return Undecided(question.claim, reason, f"no counterexample with sides up to {SIDE}")


def _replay(question: Question, forms: tuple[NormalForm, NormalForm]) -> int:
    """Every step of both sides, entry by entry, against the matrices of the public constructors."""
    logged = [(start, *(step.after for step in form.steps)) for start, form in zip(question.sides, forms, strict=True)]
    checks = 0
    for numbers in _instances(question, 2, REPLAYED):
        point = Point(numbers, Field.of(order_of((e for log in logged for e in log), numbers)))
        for operator, log in zip(question.operators, logged, strict=True):
            expected = entries_at(operator, point)
            values = [evaluate(e, question.free, point) for e in log]
            if any(v is not None and (v.reshape(expected.shape) != expected).any() for v in values):
                msg = f"a step about {operator!r} disagrees with brute force at {_named(numbers)}; please report this"
                raise SoundnessError(msg)
            checks += sum(v is not None for v in values)
    return checks


# --- the refutation ---------------------------------------------------------------------------------------------------


def _refuted(question: Question, first: int, count: int) -> Refutation | None:
    """The smallest sizes, and there the simplest kernels, at which the sides differ."""
    for numbers in _instances(question, first, count):
        point = Point(numbers, Field.of(order_of(question.sides, numbers)))
        if _differ(question, point):
            return _witness(question, point)
    return None


def _differ(question: Question, point: Point) -> bool:
    left, right = (entries_at(operator, point) for operator in question.operators)
    return bool((left != right).any())


def _witness(question: Question, point: Point) -> Refutation | None:
    from convalgebra.proofs.decide import decide as decide_at_one_size  # noqa: PLC0415  # which calls this module

    for kernels in _simple_kernels(question, point):
        if _differ(question, Point(point.numbers, point.finite, kernels)):
            exact = Point(point.numbers, None, kernels)
            verdict = decide_at_one_size(Claim(*(_as_operator(op.at(exact)) for op in question.operators)))
            if isinstance(verdict, Refutation):
                witness = {**_named(point.numbers), **{w: v.tolist() for w, v in kernels.items()}}
                return Refutation(verdict.claim, verdict.entry, verdict.left, verdict.right, witness)
    return None


def _simple_kernels(question: Question, point: Point) -> Iterator[dict[str, Array]]:
    """Unit impulses, smallest places first, then ones, then the kernels that showed the difference."""
    boxes = {name: point.box(sizes) for name, sizes in question.kernels.items()}
    for total in range(2 * SIDE):
        for places in compositions(total, len(boxes)):
            if all(place < prod(box) for place, box in zip(places, boxes.values(), strict=True)):
                yield {w: _impulse(box, q) for (w, box), q in zip(boxes.items(), places, strict=True)}
    yield {name: np.ones(box, dtype=np.int64) for name, box in boxes.items()}
    yield {name: point.kernel(name, box) for name, box in boxes.items()}


def _impulse(box: tuple[int, ...], place: int) -> Array:
    values = np.zeros(box, dtype=np.int64)
    values.flat[place] = 1
    return values


def _as_operator(value: Any) -> Operator:
    from convalgebra.algebra.dense import matrix  # noqa: PLC0415  # for vectors alone

    return value if isinstance(value, Operator) else matrix(value.reshape(-1, 1))


# --- matrices at numbers ----------------------------------------------------------------------------------------------


def entries_at(operator: Any, point: Point) -> Array:
    """The matrix at numbers, by the public constructors, in the point's finite field."""
    value = operator.at(point)
    array = value.to_numpy() if isinstance(value, Operator) else value.reshape(-1, 1)
    p = 2**31 if point.finite is None else point.finite.p
    return (array % p).astype(np.int64)


def _instances(question: Question, first: int, count: int) -> Iterator[dict[Symbol, int]]:
    """Numbers at which all sides are short and the matrix is small; some can't be met by whoever built the claim."""
    sides = {n for side in question.sides for term in side for _, n in (*term.bound, *question.free)}
    fitting = (
        numbers
        for numbers in instances(question.symbols, sides, SIDE)
        if prod(int(n.value(numbers)) for _, n in question.free) <= MOST_PLACES
    )
    return islice(fitting, first, first + count)


def _named(numbers: Mapping[Symbol, int]) -> dict[str, int]:
    return {x.name: v for x, v in numbers.items()}
