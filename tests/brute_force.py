"""What every rule of the index calculus is held against: brute force at all small sizes, and the checker."""

from __future__ import annotations

from itertools import product

from convalgebra.proofs.calculus.checker import RejectedError, check
from convalgebra.proofs.calculus.replay import Field, Point, evaluate, order_of
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol
from convalgebra.proofs.calculus.terms import Log, Logged, Term

N, M, S, K = Symbol("n", "size", 1), Symbol("m", "size", 1), Symbol("s", "size", 1), Symbol("k")
n, m, s, k = map(Size.named, (N, M, S, K))
I, J = Symbol("i", "index"), Symbol("j", "index")  # noqa: E741  # as on paper
i, j = map(Size.named, (I, J))
X, Y = Symbol("t", "index", 0), Symbol("t", "index", 1)
x, y = map(Size.named, (X, Y))
VALUES = {N: range(1, 9), M: range(1, 5), S: range(1, 4), K: (-5, -1, 0, 1, 2, 7)}

__all__ = [
    "ONE", "ZERO", "I", "J", "K", "M", "N", "S", "X", "Y", "agree", "follows", "held", "i", "j", "k", "m", "n", "s",
    "x", "y",
]  # fmt: skip
LEDGER = []  # of every step that was held against both: is it right, and does the checker follow it?


def held(term, step, right, free=(), given=()):
    """The term after a step that is right, and that the checker follows."""
    LEDGER.append((bool(right), follows(term, step, free, given)))
    assert LEDGER[-1] == (True, True), (term, step)
    return step.term


def follows(term, step, free=(), given=()) -> bool:
    """Does the checker accept a step from this term?"""
    try:
        check(Log(tuple(free), ((term,), (step.term,)), ((Logged(0, *step),), ())), given)
    except RejectedError:
        return False
    return True


def listed(term):
    """A term, None for zero, or a sum, as a sum."""
    return () if term is None else (term,) if isinstance(term, Term) else term


def agree(before, after, free=(), **values) -> bool:
    """Are both sums equal at every place of the free indices, for every value of every symbol that occurs?"""
    sums = listed(before), listed(after)
    used = {z for e in sums for t in e for a in t.atoms for p in (*a.args, *a.sizes) for z in p.symbols}
    used |= {z for e in sums for t in e for p in (t.coefficient, *(q for _, q in t.bound)) for z in p.symbols}
    used |= {z for _, q in free for z in q.symbols}
    names = sorted(z for z in used if z.role != "index")
    choices = {**VALUES, **{z: values[z.name] for z in names if z.name in values}}
    points = (dict(zip(names, numbers, strict=True)) for numbers in product(*(choices[z] for z in names)))
    return all(agree_at(sums, free, numbers) for numbers in points)


def agree_at(sums, free, numbers) -> bool:
    if any(q.value(numbers) < 1 for _, q in free):
        return True
    point = Point(numbers, Field.of(order_of(sums, numbers)))
    left, right = (evaluate(e, free, point) for e in sums)
    return bool((left == right).all())
