"""The long audit of the calculus: `python tests/calculus_audit.py [terms] [claims]` prints what was checked.

Every logged step of every theorem and every false sibling, by every strategy, is replayed by brute force in finite
fields with exact roots of unity, at sizes up to 12; then random terms, and random claims against explicit matrices.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import test_calculus_fuzz as fuzz
import test_proving
import test_symbolic_conv

from convalgebra.proofs.calculus.proving import _laws, _normal_forms, _strategies, decide
from convalgebra.proofs.calculus.question import Question, entries_at
from convalgebra.proofs.calculus.replay import evaluate
from convalgebra.proofs.calculus.rewriting import STRATEGIES
from convalgebra.proofs.calculus.sizes import UnsupportedError
from convalgebra.proofs.calculus.terms import sums

LONGEST, POINTS = 12, 40


def claims():
    yield from test_proving.THEOREMS.items()
    yield from ((name, claim) for name, (claim, _) in test_proving.FALSE.items())
    yield from test_proving.FALSE_UNDER_HYPOTHESES.items()
    yield from test_symbolic_conv.THEOREMS.items()
    yield from test_symbolic_conv.FALSE.items()


def replayed(claim) -> int:
    """The number of sums of all steps that were compared with the matrices, each at every place."""
    question, checks = Question.of(claim), 0
    question.__dict__["side"] = LONGEST
    goal = question.goal
    forms = [_normal_forms(goal, rules) for rules in _strategies(_laws(question))]
    logs = [[goal.sides[q], *(e for form in forms for e in sums(goal.sides[q], form[q].steps))] for q in (0, 1)]
    for point in question.points([e for log in logs for e in log], 0, POINTS):
        for operator, log in zip(goal.operators, logs, strict=True):
            expected = entries_at(operator, point)
            for e in dict.fromkeys(log):
                value = evaluate(e, goal.free, point)
                if value is not None:
                    assert (value.reshape(expected.shape) == expected).all(), (claim, point.numbers)
                    checks += 1
    return checks


def random_steps(count: int) -> Counter:
    rng, seen = random.Random(count), Counter()  # noqa: S311  # no secrets
    for _ in range(count):
        term, free = fuzz.random_term(rng)
        for rules in STRATEGIES:
            try:
                seen.update(fuzz.keeps_its_value(term, free, rules))
            except UnsupportedError:
                seen["unsupported"] += 1
    return seen


def random_claims(count: int) -> Counter:
    rng, seen = random.Random(count), Counter()  # noqa: S311  # no secrets
    for _ in range(count):
        left = fuzz.word(rng)
        right = fuzz.variant(rng, left)
        verdict = decide(left == right)
        assert not fuzz.contradicted(left, right, verdict, skip=40, count=6), (left, right)
        seen[type(verdict).__name__] += 1
    return seen


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(terms: int = 2000, count: int = 2000) -> None:
    start = time.perf_counter()
    found = {name: replayed(claim) for name, claim in claims()}
    tell(f"{len(found)} claims, {sum(found.values())} sums compared, none differs, {time.perf_counter() - start:.0f} s")
    tell(f"{terms} random terms: {dict(random_steps(terms))}, no value changed, {time.perf_counter() - start:.0f} s")
    tell(f"{count} random claims: {dict(random_claims(count))}, none wrong, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
