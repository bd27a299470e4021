"""Deciding a claim at one size, for every kernel where the entries allow it, by exact arithmetic."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.abstract import refuse_abstract
from convalgebra.algebra.blocks import Block, Kronecker
from convalgebra.algebra.combinators import Product, Scaled, Sum
from convalgebra.algebra.dense import Dense
from convalgebra.algebra.fourier import Fourier
from convalgebra.algebra.operator import Claim
from convalgebra.algebra.polynomial import is_expr, is_free
from convalgebra.algebra.selection import Selection
from convalgebra.algebra.toeplitz import Circulant
from convalgebra.errors import ArgumentError, RefutedError, UndecidedError
from convalgebra.proofs import generic, linearity
from convalgebra.proofs.calculus import proving
from convalgebra.proofs.generic import one_kernel, place_of
from convalgebra.proofs.refute import exact_sides, parts_of, smallest
from convalgebra.proofs.shifting import same_factors, telling_rows
from convalgebra.proofs.symbolic import Symbolic
from convalgebra.proofs.verdicts import Agreement, Proof, Refutation, Undecided, Verdict

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.pattern import Pattern
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.generic import Letters

BY_SHIFTS = "linearity: shifts commute with the other factors, and these are the same"
SHIFTED = "both sides are one shift times the same factors, and these commute with every shift, whatever their weights"
BY_TABLES = "linearity: both sides place every tap alike"
BY_KERNELS = "both sides have one pattern and equal weights"
BY_POLYNOMIALS = "multilinearity: both sides have the same entries as polynomials in the taps"
NONE = np.zeros(0, dtype=np.int64)
BY_ENTRIES = "every entry compared exactly"


def prove(claim: Claim | linearity.Linearity) -> Proof:
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


def decide(claim: Claim | linearity.Linearity) -> Verdict:
    """What is true of `A == B`: a Proof, a Refutation, an Agreement of floats, or Undecided.

    >>> import convalgebra as ca, sympy
    >>> a = sympy.Symbol("a")
    >>> type(ca.decide(ca.circulant([(a**2 - 1) / (a - 1)]) == ca.circulant([a + 1]))).__name__
    'Proof'
    """
    if isinstance(claim, linearity.Linearity):
        return linearity.decide(claim)
    if not isinstance(claim, Claim):
        msg = f"a claim must be stated by operators, A == B, not {type(claim).__name__}; write ca.decide(A == B)"
        raise ArgumentError(msg)
    if isinstance(claim.left, Symbolic) or isinstance(claim.right, Symbolic):
        return proving.decide(claim)
    return _decide_here(claim)


def _decide_here(claim: Claim) -> Verdict:
    """The verdict at one size."""
    if pairs := same_factors(claim.left, claim.right):
        every = all(A is B or place_of(A._weights) == place_of(B._weights) for A, B in pairs)
        kernels = [refuse_abstract(A._weights) for A, _ in pairs]
        return _proof(claim, BY_SHIFTS, SHIFTED, kernels, every_kernel=every)
    rows = telling_rows(claim.left, claim.right)
    if rows is None:
        rings.check_memory(max(map(_least_entries, (claim.left, claim.right))), 24, "the entries of the claim")
    sides = exact_sides(claim)
    computed = any(map(_computes, sides))
    if computed and (letters := generic.agree(*sides, rows)) is not None:
        return _multilinear(claim, letters)
    left, right = (side.pattern(rows) for side in sides)
    if (found := _by_tables(claim, sides, (left, right), rows)) is not None:
        return found
    if not computed and (letters := generic.agree(*sides, rows)) is not None:
        return _multilinear(claim, letters)
    return _compare(claim, left, right)


def _by_tables(
    claim: Claim, sides: tuple[Operator, Operator], patterns: tuple[Pattern, Pattern], rows: Array | None
) -> Verdict | None:
    """The verdict, where every place of the taps agrees, or where the taps of one kernel stand in other places."""
    left, right = patterns
    one = left.free and right.free and one_kernel(left.weights, right.weights)
    same = left.same_lines(right)
    if same and one:
        every = place_of(left.weights) == place_of(right.weights)
        return _proof(claim, BY_TABLES, _tables_agree(left, rows), [left.weights], every_kernel=every)
    if same and _equal_weights(left, right):
        return _proof(claim, BY_KERNELS, f"{_tables_agree(left, rows)}; the weights are equal", [left.weights])
    if not one:
        return None
    row = np.array([_first_other_row(left, right)], dtype=np.int64)
    early = _compare(claim, *(side.pattern(row) for side in sides))
    return early if isinstance(early, Refutation) else _compare(claim, left, right)


def _least_entries(A: Operator) -> int:
    """As many entries must at least be looked at; told before any of them is made."""
    if isinstance(A, Fourier):
        return A.n**2
    if isinstance(A, Circulant | Dense):
        return int(rings.nonzero(A._weights).sum()) * (A.shape[0] if isinstance(A, Circulant) else 1)
    counts = list(map(_least_entries, parts_of(A)))
    return prod(counts) if isinstance(A, Kronecker) else max(counts, default=1)


def _first_other_row(left: Pattern, right: Pattern) -> int:
    """The first row in which one kernel's taps stand in other places; every row before it is the same."""
    width = 1 + max(int(p.cols.max(initial=0)) for p in (left, right))
    sides = [p._sorted_lines(width, len(left.weights)) for p in (left, right)]
    least = min(len(left.rows), len(right.rows))
    other = np.flatnonzero(np.any([a[:least] != b[:least] for a, b in zip(*sides, strict=True)], axis=0))
    line = int(other[0]) if len(other) else least
    places = (lines[0][line] for lines in sides if line < len(lines[0]))
    return int(min(places)) // (width * len(left.weights) if len(sides[0]) == 1 else width)


def _computes(A: Operator) -> bool:
    """Does the pattern of A multiply or add weights, so that it no longer tells one kernel's taps from another's?"""
    factors = [B for B in parts_of(A) if not isinstance(B, Selection)]
    many = isinstance(A, Product) and len(factors) > 1
    return many or isinstance(A, Sum | Kronecker | Block) or any(map(_computes, factors))


def _tables_agree(pattern: Pattern, rows: Array | None) -> str:
    lines = f"{len(pattern.rows)} place{'s' * (len(pattern.rows) != 1)}"
    first = "the first row" if rows is None or len(rows) == 1 else f"{len(rows)} rows, one for each channel"
    where = f"all {lines}" if rows is None else f"the {lines} of {first}, which the others repeat"
    return f"both sides are sum_t w[t] E_t; the tables agree at {where}"


def _multilinear(claim: Claim, letters: Letters) -> Proof:
    """The proof by equal polynomials in the taps, for every kernel whose taps are letters."""
    kernels = [*letters.every, *letters.fixed]
    weights = [w for w in kernels if rings.is_symbolic(w)] or kernels[:1]
    why = f"both sides have the same entries as polynomials in {len(letters.monomials) - 1} products of taps"
    proof = _proof(claim, BY_POLYNOMIALS, why, weights, every_kernel=bool(letters.every) and not letters.fixed)
    return proof if letters.order == 1 else replace(proof, ring=_with_root(proof.ring, letters.order))


def _with_root(ring: str, order: int) -> str:
    """`ZZ[w0]` as `ZZ[zeta_8, w0]`; the order is a multiple of that of any root named before."""
    base, _, generators = ring.rstrip("]").partition("[")
    named = [g for g in generators.split(", ") if g and not g.startswith("zeta_")]
    return f"{base}[{', '.join([f'zeta_{order}', *named])}]"


def _equal_weights(left: Pattern, right: Pattern) -> bool:
    used = np.unique(left.taps)
    exact = rings.is_exact(left.weights) and rings.is_exact(right.weights)
    return exact and _agree(left.weights[used], right.weights[used])


def _agree(left: Array, right: Array) -> bool:
    a, b = rings.addable((left, right))
    if a.dtype != object:
        return bool((a == b).all())
    return all(x == y or rings.is_zero(x - y) is True for x, y in zip(a.flat, b.flat, strict=True))


def _proof(claim: Claim, method: str, because: str, weights: list[Array], *, every_kernel: bool = False) -> Proof:
    """A proof in the ring of the weights; its words are put together when they are read."""
    scope, ring = partial(_scope, claim, every_kernel), partial(_ring, weights)
    return Proof.lazy(claim, method, because, scope=scope, ring=ring)


def _ring(weights: list[Array]) -> str:
    flat = rings.addable(w.reshape(-1) for w in weights)
    return rings.ring_name(np.concatenate(flat) if flat else NONE)


def _scope(claim: Claim, every_kernel: bool) -> str:
    kernels = "every kernel" if every_kernel else _quantifier(claim.left._sources + claim.right._sources)
    return f"{_size(claim.left)}, {kernels}"


def _quantifier(kernels: tuple[Array, ...]) -> str:
    """Every kernel, if every symbol belongs to one whose entries are distinct plain symbols, free to take any value."""
    free: set[Any] = set()
    bound: set[Any] = set()
    for w in {place_of(w): w for w in kernels}.values():
        entries = set(w.flat) if w.dtype.kind == "O" else set()
        if len(entries) == w.size and all(is_expr(v) and is_free(v) for v in entries):
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
        weights = [side._exactly()._weights for side in (claim.left, claim.right)]
        return _proof(claim, BY_ENTRIES, f"the {len(keys)} entries of both sides are equal, compared exactly", weights)
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
    witness = {} if isinstance(difference, float | complex) else smallest(difference, (left, right))
    return Refutation(claim, place, shown[0], shown[1], witness)


def _compare_floats(claim: Claim, keys: Array, a: Array, b: Array) -> Verdict:
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(a - b)
    if not np.isfinite(error).all():
        return Undecided(claim, "whether entries beyond the floats are equal, which ends at 1.8e308; write fractions")
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
