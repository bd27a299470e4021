"""Deciding a claim for all sizes: small instances first, then the normal forms, their check, and the replay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convalgebra.errors import ConvAlgebraError
from convalgebra.proofs.calculus.checker import RejectedError, check
from convalgebra.proofs.calculus.derivation import Derivation
from convalgebra.proofs.calculus.laws import assumed, laws_of
from convalgebra.proofs.calculus.question import Question, Statement, entries_at
from convalgebra.proofs.calculus.replay import evaluate
from convalgebra.proofs.calculus.rewriting import READING, STRATEGIES, normalise
from convalgebra.proofs.calculus.sizes import UnsupportedError
from convalgebra.proofs.calculus.terms import Log, sums
from convalgebra.proofs.calculus.witness import refuted
from convalgebra.proofs.verdicts import Proof, Undecided, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convalgebra.algebra.operator import Claim
    from convalgebra.proofs.calculus.checker import Licence
    from convalgebra.proofs.calculus.laws import Invariance, Law
    from convalgebra.proofs.calculus.rewriting import NormalForm, Rule
    from convalgebra.proofs.calculus.sizes import Symbol

QUICK, PATIENT, REPLAYED = 12, 60, 4  # instances before the proof, after a failed one, and replayed


class SoundnessError(ConvAlgebraError, AssertionError):
    """A logged step does not follow, or disagrees with brute force: a bug in this library, never a verdict."""


@dataclass(frozen=True, eq=False)
class GeneralProof(Proof):
    """A proof for all sizes: what it assumes, its derivation, and what it was held against.

    `checked` steps were made again by the checker, and `replayed` arrays of entries agreed with explicit matrices.
    """

    hypotheses: tuple[str, ...] = ()
    derivation: Derivation | None = field(default=None, repr=False)
    replayed: int = 0
    checked: int = 0

    def to_latex(self) -> str:
        """The derivation as an `align*`."""
        return super().to_latex() if self.derivation is None else self.derivation.to_latex()

    def _repr_latex_(self) -> str:
        return super()._repr_latex_() if self.derivation is None else self.derivation._repr_latex_()

    def __str__(self) -> str:
        given = "; ".join(self.hypotheses)
        return f"proved for {self.scope}, {given}\n{self.derivation}"


def decide(claim: Claim) -> Verdict:
    """A proof for all sizes, a refutation at the smallest sizes, or both normal forms as the reason for neither."""
    try:
        question = Question.of(claim)
        return next(verdict for verdict in _attempts(question) if verdict is not None)
    except UnsupportedError as error:
        return Undecided(claim, f"the calculus does not speak of {error}")


def _attempts(question: Question) -> Iterator[Verdict | None]:
    yield refuted(question, 0, QUICK)
    laws = _laws(question)
    yield _proved(question, laws)
    yield refuted(question, QUICK, PATIENT)
    yield _open(question, laws)


# --- the proof --------------------------------------------------------------------------------------------------------


def _laws(question: Question) -> tuple[Law | Invariance, ...]:
    """What the hypotheses allow."""
    read = ((q, h.latex, _normal_forms(h, READING), h.free) for q, h in enumerate(question.hypotheses))
    return tuple(law for hypothesis in read for law in laws_of(*hypothesis))


def _proved(question: Question, laws: tuple[Law | Invariance, ...]) -> Proof | None:
    attempts = (_normal_forms(question.goal, rules) for rules in _strategies(laws))
    forms = next((forms for forms in attempts if forms[0].terms == forms[1].terms), None)
    if forms is None:
        return None
    licence = _licence(question, forms)
    replayed = _replay(question, forms)
    needs = tuple(dict.fromkeys((*licence.assumptions, *question.needs)))
    given = tuple(h.text for h in question.hypotheses)
    hypotheses = (*map(_range_of, question.symbols), *map(_kernel, question.kernels), *given, *needs)
    derivation = Derivation(question.goal.claim, question.goal.sides, forms)
    ring = "every commutative ring" + (" with these" if needs else "")
    return GeneralProof(
        question.goal.claim, licence.scope, "index calculus", ring, hypotheses, derivation, replayed, licence.steps
    )


def _licence(question: Question, forms: tuple[NormalForm, NormalForm]) -> Licence:
    """The checker's, for the logs of both sides; a step that it cannot follow is a bug."""
    logs = [_log(h, _normal_forms(h, READING)) for h in question.hypotheses]
    try:
        return check(_log(question.goal, forms), logs)
    except RejectedError as error:
        msg = f"a logged step about {question.goal.text} does not follow: {error}; please report this"
        raise SoundnessError(msg) from error


def _log(statement: Statement, forms: tuple[NormalForm, NormalForm]) -> Log:
    return Log(statement.free, statement.sides, (forms[0].steps, forms[1].steps))


def _strategies(laws: tuple[Law | Invariance, ...]) -> tuple[tuple[Rule, ...], ...]:
    return tuple((assumed(laws), *rules) for rules in STRATEGIES) if laws else STRATEGIES


def _normal_forms(statement: Statement, rules: tuple[Rule, ...]) -> tuple[NormalForm, NormalForm]:
    left, right = (normalise(side, dict(statement.free), rules) for side in statement.sides)
    return left, right


def _range_of(x: Symbol) -> str:
    return f"{x.name} >= {x.least}" if x.role == "size" else f"every integer {x.name}"


def _kernel(name: str) -> str:
    return f"every kernel {name}"


def _open(question: Question, laws: tuple[Law | Invariance, ...]) -> Undecided:
    left, right = (Derivation.last(form) for form in _normal_forms(question.goal, _strategies(laws)[-1]))
    reason = f"the normal forms differ: {left} on the left, {right} on the right"
    unused = [h.text for h in question.hypotheses if not any(law.source.latex == h.latex for law in laws)]
    if unused:
        reason += f"; no rule was found in the hypothesis {unused[0]}"
    return Undecided(question.goal.claim, reason, f"no counterexample with sides up to {question.side}")


def _replay(question: Question, forms: tuple[NormalForm, NormalForm]) -> int:
    """Every step of both sides, entry by entry, against the matrices of the public constructors."""
    goal, checks = question.goal, 0
    logged = [(start, *sums(start, form.steps)) for start, form in zip(goal.sides, forms, strict=True)]
    for point in question.points([e for log in logged for e in log], 2, REPLAYED):
        for operator, log in zip(goal.operators, logged, strict=True):
            expected = entries_at(operator, point)
            values = [evaluate(e, goal.free, point) for e in log]
            if any(v is not None and (v.reshape(expected.shape) != expected).any() for v in values):
                where = {x.name: v for x, v in point.numbers.items()}
                msg = f"a step about {operator!r} disagrees with brute force at {where}; please report this"
                raise SoundnessError(msg)
            checks += sum(v is not None for v in values)
    return checks
