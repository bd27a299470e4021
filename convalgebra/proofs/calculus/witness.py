"""The smallest sizes, and there the simplest kernels, at which a claim for all sizes fails."""

from __future__ import annotations

from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra.operator import Claim
from convalgebra.proofs.calculus.question import NEEDS, entries_at, residual
from convalgebra.proofs.calculus.replay import Point
from convalgebra.proofs.search import simple_kernels
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.proofs.verdicts import Refutation, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.calculus.question import Question


MOST_SIMPLE, MOST_IMAGINARY = 2_000, 300  # kernels that are tried


def refuted(question: Question, first: int, count: int) -> Refutation | Undecided | None:
    """The refutation at the first instance at which the sides differ in a finite field; undecided without witness."""
    for point in question.points(question.goal.sides, first, count):
        if _differ(question, point):
            found = _witness(question, point)
            return _unwitnessed(question, point) if found is None else found
    return None


def _unwitnessed(question: Question, point: Point) -> Undecided:
    where = ", ".join(f"{x.name}={v}" for x, v in point.numbers.items())
    p = 0 if point.finite is None else point.finite.p
    return Undecided(
        question.goal.claim, f"the sides differ modulo {p} at {where}, but no exact kernels were found there"
    )


def _differ(question: Question, point: Point) -> bool:
    left, right = (entries_at(operator, point) for operator in question.goal.operators)
    return bool((left != right).any())


def _witness(question: Question, point: Point) -> Refutation | None:
    from convalgebra.proofs.decide import decide as decide_at_one_size  # noqa: PLC0415  # which calls this module

    for kernels in _candidates(question, point):
        exact = Point(point.numbers, None, kernels)
        if not all(_holds(residual(h, exact)(kernels)) for h in question.hypotheses):
            continue
        verdict = decide_at_one_size(Claim(*(as_matrix(op.at(exact)) for op in question.goal.operators)))
        if isinstance(verdict, Refutation):
            numbers = {x.name: v for x, v in point.numbers.items()}
            witness = {**numbers, **{w: v.tolist() for w, v in kernels.items()}}
            return Refutation(verdict.claim, verdict.entry, verdict.left, verdict.right, witness)
    return None


def _holds(difference: Array) -> bool:
    return all(not v for v in difference.flat)


def _candidates(question: Question, point: Point) -> Iterator[dict[str, Array]]:
    """Simple kernels, with conjugates also some of them times i; then kernels that were solved for the hypotheses."""
    boxes = {name: point.box(sizes) for name, sizes in question.kernels.items()}
    if NEEDS["conjugated"] in question.needs:
        yield from islice(_imaginary(boxes), MOST_IMAGINARY)
    yield from islice(simple_kernels(boxes), MOST_SIMPLE)
    yield {name: np.arange(1, prod(box) + 1).reshape(box) for name, box in boxes.items()}
    solved = question.at(Point(point.numbers))
    if solved is not None:
        yield {name: solved.kernel(name, box) for name, box in boxes.items()}


def _imaginary(boxes: dict[str, tuple[int, ...]]) -> Iterator[dict[str, Array]]:
    """Simple kernels, and each with one or more of them times i."""
    for kernels in simple_kernels(boxes):
        for units in sorted(product((1, 1j), repeat=len(boxes)), key=lambda units: units.count(1j)):
            yield {name: w * unit for (name, w), unit in zip(kernels.items(), units, strict=True)}
