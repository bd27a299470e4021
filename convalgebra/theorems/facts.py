"""Facts: exact statements about values, beside the claims `A == B` about matrices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.kernel import Kernel
from convalgebra.algebra.operator import Claim, Operator
from convalgebra.errors import ArgumentError
from convalgebra.proofs import decide as decisions
from convalgebra.proofs.calculus.checker import RejectedError, check
from convalgebra.proofs.calculus.sizes import Size
from convalgebra.proofs.calculus.terms import Log, expression
from convalgebra.proofs.symbolic import GeneralClaim
from convalgebra.proofs.verdicts import Proof, Refutation, Undecided, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

METHOD = "exact values"


@dataclass(frozen=True, eq=False)
class Fact:
    """`left = right`, or `left <= right`, of exact values: numbers, symbolic entries, arrays, kernels, sets, words."""

    left: Any
    right: Any
    relation: str = "="

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"


def equal(left: Any, right: Any) -> Claim | Fact:
    """`left == right`: a claim of operators, or a fact about values.

    >>> print(decide(equal([1, 2], [1, 3])))
    refuted: entry (1,) is 2 on the left and 3 on the right
    """
    if isinstance(left, Operator) and isinstance(right, Operator):
        return left == right  # type: ignore[no-any-return]  # of operators: a claim
    return Fact(left, right)


def under(claim: Claim, *hypotheses: Claim) -> Claim | Fact:
    """The claim where the hypotheses hold: for all sizes they enter its proof, at numbers they are decided first.

    >>> from convalgebra.algebra.selection import flip, identity, shift
    >>> under(shift(3) == identity(3), flip(3) == identity(3))
    Fact(left=True, right=True, relation='=')
    """
    if isinstance(claim, GeneralClaim):
        return claim.given(*hypotheses)
    verdicts = [decisions.decide(hypothesis) for hypothesis in hypotheses]
    if any(isinstance(verdict, Refutation) and verdict.witness for verdict in verdicts):
        msg = "a hypothesis on symbols must be stated for all sizes, not at one; write numbers for its entries"
        raise ArgumentError(msg)
    return claim if all(isinstance(verdict, Proof) for verdict in verdicts) else Fact(left=True, right=True)


def at_most(left: Any, right: Any) -> Fact:
    """`left <= right`, for exact numbers.

    >>> print(decide(at_most(2, 1)))
    refuted: entry () is 2 on the left and 1 on the right
    """
    return Fact(left, right, "<=")


def decide(statement: Claim | Fact) -> Verdict:
    """What is true of a claim or a fact."""
    if isinstance(statement, Claim):
        return decisions.decide(statement)
    if not isinstance(statement, Fact):
        msg = f"a theorem must state claims A == B or facts, not {statement!r}; write equal(left, right)"
        raise ArgumentError(msg)
    return _at_most(statement) if statement.relation == "<=" else _equal(statement)


def _equal(fact: Any) -> Verdict:
    left, right = fact.left, fact.right
    if any(isinstance(v, Size) for side in (left, right) for v in _leaves(side)):
        try:
            sums = ([expression(coefficient=_size(v)) for v in _leaves(side)] for side in (left, right))
            licences = [check(Log((), pair, ((), ()))) for pair in zip(*sums, strict=True)]
        except (RejectedError, TypeError, ValueError):
            return Undecided(fact, f"whether {left} = {right} for all sizes")
        return Proof(fact, licences[0].scope, "equal polynomials in the sizes", "")
    if not (_numeric(left) and _numeric(right)):
        return _proof(fact) if left == right else _refutation(fact, (), left, right)
    a, b = rings.entries(left), rings.entries(right)
    if a.shape != b.shape:
        return _refutation(fact, (), f"of shape {a.shape}", f"of shape {b.shape}")
    return _equal_arrays(fact, *map(rings.objects, _exact(a, b)))


def _size(value: Any) -> Size:
    if not isinstance(value, Size | int | Fraction):
        msg = f"a size must be a polynomial, not {value!r}"
        raise TypeError(msg)
    return Size.of(value)


def _equal_arrays(fact: Any, a: rings.Array, b: rings.Array) -> Verdict:
    open_at = None
    for place in np.ndindex(a.shape):
        zero = rings.is_zero(a[place] - b[place])
        if zero is False:
            return _refutation(fact, place, a[place], b[place])
        open_at = place if zero is None else open_at
    return _proof(fact) if open_at is None else Undecided(fact, f"whether {a[open_at]} = {b[open_at]}")


def _at_most(fact: Any) -> Verdict:
    left, right = _exact(*map(rings.entries, (fact.left, fact.right)))
    holds = left.item() <= right.item()
    return _proof(fact) if bool(holds) else _refutation(fact, (), left.item(), right.item())


def _exact(*arrays: rings.Array) -> tuple[rings.Array, ...]:
    if not all(map(rings.is_exact, arrays)):
        msg = "the values of a fact must be exact, not floats; write Fraction(1, 2)"
        raise ArgumentError(msg)
    return arrays


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def _numeric(value: Any) -> bool:
    """Is it to be read as an array of entries?"""
    return all(not isinstance(v, bool | str | set | frozenset | dict | Kernel | None) for v in _leaves(value))


def _proof(fact: Any) -> Proof:
    return Proof(fact, "as stated", METHOD, "")


def _refutation(fact: Any, entry: Any, left: Any, right: Any) -> Refutation:
    return Refutation(fact, entry, left, right, {})
