"""Deciding a claim at one size, for every kernel where the entries allow it, by exact arithmetic."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.combinators import Kronecker, Product, Scaled, Sum
from convalgebra.algebra.operator import Claim
from convalgebra.algebra.polynomial import is_expr, is_plain
from convalgebra.algebra.selection import Selection
from convalgebra.algebra.toeplitz import Circulant, Toeplitz
from convalgebra.errors import ArgumentError, RefutedError, UndecidedError
from convalgebra.proofs.calculus import proving
from convalgebra.proofs.symbolic import Symbolic
from convalgebra.proofs.verdicts import Agreement, Proof, Refutation, Undecided, Verdict

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.pattern import Pattern
    from convalgebra.algebra.rings import Array

BY_TABLES = "linearity: both sides place every tap alike"
BY_KERNELS = "both sides have one pattern and equal weights"
BY_ENTRIES = "every entry compared exactly"


def prove(claim: Claim) -> Proof:
    """The proof of `A == B`; raises `RefutedError` with the smallest witness, or `UndecidedError`.

    >>> import convalgebra as ca
    >>> u, v = ca.circulant(ca.symbols("u", 5)), ca.circulant(ca.symbols("v", 5))
    >>> ca.prove(u @ v == v @ u).scope
    'n=5, every kernel'
    >>> ca.prove(ca.shift(5, 1) == ca.shift(5, -1))
    Traceback (most recent call last):
    convalgebra.errors.RefutedError: refuted: entry (0, 1) is 0 on the left and 1 on the right
    """
    verdict = decide(claim)
    if isinstance(verdict, Proof):
        return verdict
    if isinstance(verdict, Refutation):
        raise RefutedError(str(verdict), verdict)
    raise UndecidedError(str(verdict), verdict)


def truth(claim: Claim) -> bool:
    """True for a proof, False for a refutation; anything else raises."""
    verdict = decide(claim)
    if isinstance(verdict, Proof | Refutation):
        return isinstance(verdict, Proof)
    raise UndecidedError(str(verdict), verdict)


def decide(claim: Claim) -> Verdict:
    """What is true of `A == B`: a Proof, a Refutation, an Agreement of floats, or Undecided.

    >>> import convalgebra as ca, sympy
    >>> a = sympy.Symbol("a")
    >>> type(ca.decide(ca.circulant([(a**2 - 1) / (a - 1)]) == ca.circulant([a + 1]))).__name__
    'Proof'
    """
    if not isinstance(claim, Claim):
        msg = f"a claim must be stated by operators, A == B, not {type(claim).__name__}; write ca.decide(A == B)"
        raise ArgumentError(msg)
    if any(isinstance(side, Symbolic) for side in (claim.left, claim.right)):
        return proving.decide(claim)
    left, right = _exact_sides(claim)
    if left.same_lines(right):
        if left.free and right.free and _one_kernel(left.weights, right.weights):
            return _proof(claim, BY_TABLES, left.weights, every_kernel=True)
        used = np.unique(left.taps)
        if (
            rings.is_exact(left.weights)
            and rings.is_exact(right.weights)
            and _agree(left.weights[used], right.weights[used])
        ):
            return _proof(claim, BY_KERNELS, left.weights)
    return _compare(claim, left, right)


def _exact_sides(claim: Claim) -> tuple[Pattern, Pattern]:
    """Both patterns, with exact roots of unity where nothing else is a float."""
    exact = [side._exactly() for side in (claim.left, claim.right)]
    sides = exact if all(rings.is_exact(A._weights) for A in exact) else [claim.left, claim.right]
    rows = _telling_rows(claim)
    return sides[0].pattern(rows), sides[1].pattern(rows)


def _telling_rows(claim: Claim) -> Array | None:
    """The first row, where both sides commute with every shift of one box and so repeat it; else all rows."""
    box = _long(claim.left.boxes[0])
    both = _circulates(claim.left, box) and _circulates(claim.right, box)
    return np.zeros(1, dtype=np.int64) if both else None


def _circulates(A: Operator, box: Box) -> bool:
    """Does A visibly commute with every circular shift of the box?"""
    if any(_long(b) != box for b in A.boxes):
        return False
    if isinstance(A, Product | Sum):
        return all(_circulates(part, box) for part in (A.factors if isinstance(A, Product) else A.terms))
    if isinstance(A, Selection):
        if A.index[0] < 0:
            return False
        start = np.unravel_index(A.index[0], box)
        places = np.arange(len(A.index)).reshape(box)
        return np.array_equal(A.index, np.roll(places, [-s for s in start], tuple(range(len(box)))).reshape(-1))
    if isinstance(A, Toeplitz):
        return A._channels == (1, 1) and all(a.mode == "circular" and a.stride == 1 for a in A.axes)
    return isinstance(A, Circulant) or (isinstance(A, Scaled) and _circulates(A.operator, box))


def _long(box: Box) -> Box:
    return tuple(n for n in box if n > 1) or (1,)


def _one_kernel(left: Array, right: Array) -> bool:
    """Are both one kernel in memory?  Equal numbers may be a coincidence and prove nothing for other kernels."""
    return _place(left) == _place(right)


def _place(a: Array) -> tuple[Any, ...]:
    return a.__array_interface__["data"], a.strides, a.shape, a.dtype


def _agree(left: Array, right: Array) -> bool:
    a, b = rings.addable((left, right))
    if a.dtype != object:
        return bool((a == b).all())
    return all(x == y or rings.is_zero(x - y) is True for x, y in zip(a.flat, b.flat, strict=True))


def _proof(claim: Claim, method: str, weights: Array, *, every_kernel: bool = False) -> Proof:
    """A proof in the ring of the weights."""
    kernels = "every kernel" if every_kernel else _quantifier(claim.left._sources + claim.right._sources)
    return Proof(claim, f"{_size(claim.left)}, {kernels}", method, rings.ring_name(weights))


def _quantifier(kernels: tuple[Array, ...]) -> str:
    """Every kernel, if every symbol belongs to one whose entries are distinct plain symbols, free to take any value."""
    free: set[Any] = set()
    bound: set[Any] = set()
    for w in {_place(w): w for w in kernels}.values():
        entries = set(w.flat) if w.dtype.kind == "O" else set()
        if len(entries) == w.size and all(is_expr(v) and is_plain(v) for v in entries):
            free |= entries
        else:
            bound |= rings.symbols_of(w)
    if not free | bound:
        return "this kernel"
    return "every kernel" if bound <= free else "every kernel of this form"


def _size(operator: Operator) -> str:
    rows, cols = operator.boxes
    box = str(cols[0]) if len(cols) == 1 else str(cols)
    return f"n={box}" if rows == cols else f"n={box} to {rows[0] if len(rows) == 1 else rows}"


def _compare(claim: Claim, left: Pattern, right: Pattern) -> Verdict:
    """Entry by entry, in C order."""
    keys, a, b = _aligned(left, right, claim.left.shape[1])
    if not rings.is_exact(a):
        return _compare_floats(claim, keys, a, b)
    difference = a - b
    suspects = np.flatnonzero(difference != 0) if difference.dtype != object else range(len(difference))
    known = lru_cache(maxsize=None)(rings.is_zero)
    open_at = None
    for k in suspects:
        zero = known(difference[k])
        if zero is False:
            return _refutation(claim, int(keys[k]), a[k], b[k], difference[k])
        open_at = k if zero is None and open_at is None else open_at
    if open_at is None:
        weights = np.concatenate(rings.addable((claim.left._exactly()._weights, claim.right._exactly()._weights)))
        return _proof(claim, BY_ENTRIES, weights)
    i, j = divmod(int(keys[open_at]), claim.left.shape[1])
    shown = rings.public(difference[open_at : open_at + 1])[0]
    return Undecided(
        claim, f"whether {shown} is zero, the difference at entry ({i}, {j})", "no point found where it is not"
    )


def _aligned(left: Pattern, right: Pattern, width: int) -> tuple[Array, Array, Array]:
    """The flat places where a side has an entry, and both sides' values there."""
    sides = [(rows * width + cols, values) for rows, cols, values in (left.entries(), right.entries())]
    keys = np.union1d(sides[0][0], sides[1][0])
    values = rings.addable([v for _, v in sides] * 2)[:2]
    full = []
    for (places, _), value in zip(sides, values, strict=True):
        side = np.zeros(len(keys), dtype=value.dtype)
        side[np.searchsorted(keys, places)] = value
        full.append(side)
    return keys, full[0], full[1]


def _refutation(claim: Claim, key: int, left: Any, right: Any, difference: Any) -> Refutation:
    place = divmod(key, claim.left.shape[1])
    shown = rings.public(np.array([left, right, None], dtype=object)[:2])
    witness = {} if isinstance(difference, float | complex) else next(rings.witnesses(difference, (left, right)), {})
    return Refutation(claim, place, shown[0], shown[1], witness)


def _compare_floats(claim: Claim, keys: Array, a: Array, b: Array) -> Verdict:
    error = np.abs(a - b)
    worst = float(error.max(initial=0))
    bound = float(np.finfo(np.float64).eps * sum(_growth(side) for side in (claim.left, claim.right)))
    if worst <= bound:
        return Agreement(claim, worst, bound)
    k = int(np.flatnonzero(error > bound)[0])
    return _refutation(claim, int(keys[k]), a[k].item(), b[k].item(), 0.0)


def _growth(operator: Operator) -> float:
    """A bound on (operations + 2) * the largest sum of absolute products behind an entry."""
    size, terms = _absolute(operator)
    return size * (terms + 2)


def _absolute(operator: Operator) -> tuple[float, int]:
    if isinstance(operator, Product | Kronecker):
        parts = [_absolute(A) for A in operator.factors]
        return prod(p[0] for p in parts), sum(p[1] + 2 for p in parts)
    if isinstance(operator, Sum):
        parts = [_absolute(A) for A in operator.terms]
        return sum(p[0] for p in parts), sum(p[1] + 1 for p in parts)
    if isinstance(operator, Scaled):
        size, terms = _absolute(operator.operator)
        return abs(complex(operator.scalar)) * size, terms + 1
    rows, _, values = operator.pattern().entries()
    sums = np.bincount(rows, np.abs(values.astype(np.complex128)), minlength=1)
    return float(sums.max(initial=0)), int(np.bincount(rows, minlength=1).max(initial=0))
