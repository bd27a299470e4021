"""The search for normal forms: which rule of the index calculus fits where.

`normalise` applies the rules until none fits and logs every step with what `checker` needs to make it again.  Equal
normal forms prove equality for all sizes once their logs have been checked; different ones prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from convalgebra.proofs.calculus.reducing import SIGNS, at_least_zero, bounded, facts, is_false, periodic, tidy
from convalgebra.proofs.calculus.renaming import rename
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import (
    Atom,
    Bound,
    Expression,
    Fresh,
    Logged,
    Term,
    delta,
    limited,
    numbered,
    phase,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from convalgebra.proofs.calculus.reducing import Ranges

    Rule = Callable[[Term, Ranges, Fresh], "Step | None"]

MOST_STEPS = 400


class Step(NamedTuple):
    """The name of a rule, what the checker needs to know, the term that it made, and what a reader is told."""

    rule: str
    evidence: tuple[Any, ...]
    term: Term
    note: tuple[str | Size, ...] = ()


@dataclass(frozen=True)
class NormalForm:
    """The reduced sum, like terms together, and how it was reached."""

    terms: tuple[tuple[tuple[Bound, tuple[Atom, ...]], Size], ...]
    steps: tuple[Logged, ...]


def in_range(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """`[0 <= e < N] = 1` where interval arithmetic shows it, given the other brackets."""
    for atom in term.atoms:
        if atom.kind == "within" and bounded(atom.args[0], atom.sizes[0], ranges, facts(term, atom)):
            (size,), (e,) = atom.sizes, atom.args
            note = "0 <= ", e, " < ", size
            return Step("range", (atom, size, ONE, ZERO, e), term.without(None, atom), note)
    return None


def single(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """`f(x) = f(0)` for an index x in 0..0."""
    for x in sorted(x for x, size in ranges.items() if size == ONE):
        if any(atom.reads(x) for atom in term.atoms):
            return Step("single", (x,), term.put(x, ZERO), (Size.named(x), " = ", ZERO))
    return None


def never(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """A product with a bracket that interval arithmetic refutes, given the other brackets, is 0."""
    for atom in term.atoms:
        if atom.kind in {"delta", "within"} and _fails(atom, ranges, facts(term, atom)):
            return Step("never", (atom,), replace(term, coefficient=ZERO), ("no place fits ", *atom.args))
    return None


def _fails(atom: Atom, ranges: Ranges, known: list[Size]) -> bool:
    (size,), (e,) = atom.sizes, atom.args
    if atom.kind == "within" or not size:  # 0 <= e < N, and [e = 0] = [0 <= e < 1]
        high = size if atom.kind == "within" else ONE
        return at_least_zero(-e - 1, ranges, known) or at_least_zero(e - high, ranges, known)
    return bounded(e - 1, size - 1, ranges, known) or bounded(-e - 1, size - 1, ranges, known)


def select(term: Term, ranges: Ranges, fresh: Fresh) -> Step | None:
    """A bracket `[x = e ..]` ends the sum over x:

    SUM_{x in 0..T-1} [x = e] f(x)       = [0 <= e < T] f(e)
    SUM_{x in 0..N-1} [x = e mod N] f(x) = f(e)                            f N-periodic, N >= 1
    SUM_{x in 0..gM-1} [x = e mod M] f(x) = SUM_{y in 0..g-1} f(e + M y)   f gM-periodic, g >= 1
    """
    options = []
    for bracket in term.deltas:
        for x, size in term.bound:
            c, r = bracket.args[0].split(x)
            if c in SIGNS:
                select_one = _select_residue if bracket.sizes[0] else _select_place
                options.append(select_one(term.without(x, bracket), bracket, (x, size, -c * r), ranges, fresh))
    steps = [option for option in options if option is not None]
    return min(steps, key=lambda option: option[0])[1] if steps else None


Choice = tuple[Symbol, Size, Size]  # x, its size, its value


def place(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """An equation ends the sum over the first index that it determines, even one that names taps of a kernel."""
    for bracket in term.deltas:
        for x, size in term.bound:
            c, r = bracket.args[0].split(x)
            if c in SIGNS and not bracket.sizes[0]:
                found = _select_place(term.without(x, bracket), bracket, (x, size, -c * r), ranges, None)
                return None if found is None else found[1]
    return None


def _select_place(
    rest: Term, bracket: Atom, choice: Choice, ranges: Ranges, fresh: Fresh | None
) -> tuple[int, Step] | None:
    x, size, value = choice
    taps = fresh is not None
    if taps and any(atom.kind == "kernel" and atom.reads(x) for atom in rest.atoms):
        return None  # true as well; but taps are kept as names of the sum
    sure = bounded(value, size, ranges)
    new = rest.put(x, value).plus(within(size, value))
    return (0 if sure else 2), Step("select", (bracket, x, value), new, (Size.named(x), " = ", value))


def _select_residue(rest: Term, bracket: Atom, choice: Choice, _: Ranges, fresh: Fresh) -> tuple[int, Step] | None:
    (x, size, value), (modulus,) = choice, bracket.sizes
    g = size.over(modulus)
    if g is None or not size.is_positive or not periodic(rest, x, size):
        return None
    if g == ONE:
        return 1, Step("select", (bracket, x, value), rest.put(x, value), (Size.named(x), " = ", value))
    y = next(fresh)
    split = value + modulus * Size.named(y)
    note = Size.named(x), " = ", split, ", 0 <= ", Size.named(y), " < ", g
    new = replace(rest.put(x, split), bound=(*rest.bound, (y, g)))
    return 3, Step("split", (bracket, x, value, y), new, note)


def use(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """`[e = 0 mod N] f(a) = [e = 0 mod N] f(a - h e)` for f that reads a modulo a divisor of N: removes an index."""
    summed = dict(term.bound)
    taps = {x for x, size in term.bound if _is_tap(term, x, size)}
    for bracket in term.deltas:
        (e,) = bracket.args
        pivots = (e.symbols & ranges.keys()) - taps
        if pivots:  # one for each bracket, so that the rule cannot undo itself
            x = max(pivots, key=lambda x: (x in summed, x))
            others = [atom for atom in term.atoms if atom is not bracket]
            moved = [_used(atom, x, bracket) for atom in others]
            atoms = [new for new, _ in moved]
            if atoms != others and not any(atom.reads(x) for atom in atoms):
                c, r = e.split(x)
                changes = tuple((atom, hs) for atom, (_, hs) in zip(others, moved, strict=True) if any(hs))
                new = replace(term, atoms=(bracket, *atoms))
                return Step("use", (bracket, changes), new, (c * Size.named(x), " = ", -r))
    return None


def _is_tap(term: Term, x: Symbol, size: Size) -> bool:
    return any(atom.kind == "kernel" and atom.reads(x) for atom in term.atoms) and not periodic(term, x, size)


def _used(atom: Atom, x: Symbol, bracket: Atom) -> tuple[Atom, tuple[Size, ...]]:
    """The atom with x removed by the equation e = 0 where its arguments allow it, and the h of each argument - h e."""
    (modulus,), (e,) = bracket.sizes, bracket.args
    c = e.split(x)[0]
    if atom.kind == "phase" and modulus and atom.reads(x):
        finer = modulus.over(atom.sizes[0])  # omega_m^p = omega_(hm)^(h p)
        if finer is not None:
            atom = phase(modulus, finer * atom.args[0])
    hs = []
    for p, size in zip(atom.args, atom.sizes, strict=True):
        h = p.split(x)[0].over(c)
        free = not modulus or (size and atom.kind != "within" and modulus.over(size) is not None)
        hs.append(h if h and free else ZERO)
    return replace(atom, args=tuple(p - h * e for p, h in zip(atom.args, hs, strict=True))), tuple(hs)


def total(term: Term, _: Ranges, __: Fresh) -> Step | None:
    """A sum of which at most one factor knows the index:

    SUM_{x in 0..N-1} 1 = N                                                            N >= 0
    SUM_{x in 0..M-1} [g x + r = 0 mod gM]   = [r = 0 mod g]                            g, M >= 1
    SUM_{x in 0..M-1} omega_{qM}^(q c x + r) = M [c = 0 mod M] omega_{qM}^r             q, M >= 1
    """
    for x, size in term.bound:
        readers = [atom for atom in term.atoms if atom.reads(x)]
        step = None
        if not readers and size.is_nonnegative:
            note = "sum of 1 over ", Size.named(x), " is ", size
            step = Step("count", (x,), _scaled(term.without(x), size), note)
        elif len(readers) == 1 and size.is_positive:
            step = _total_of_one(term.without(x, *readers), x, size, readers[0])
        if step is not None:
            return step
    return None


def _scaled(term: Term, factor: Size) -> Term:
    return replace(term, coefficient=term.coefficient * factor)


def _total_of_one(rest: Term, x: Symbol, size: Size, atom: Atom) -> Step | None:
    if atom.kind not in {"delta", "phase"}:
        return None
    (n,), (c, r) = atom.sizes, atom.args[0].split(x)
    q = n.over(size)
    if q is None:
        return None
    if atom.kind == "delta":
        note = "one ", Size.named(x), " fits where ", q, " divides ", r
        return Step("fit", (atom, x), rest.plus(delta(q, r)), note) if c in {q, -q} else None
    frequency = c.over(q)
    if frequency is None:
        return None
    seen = "sum over ", Size.named(x), " of the powers is ", size, " where ", size, " divides ", frequency, ", else 0"
    new = _scaled(rest.plus(phase(n, r), delta(size, frequency)), size)
    return Step("orthogonality", (atom, x, frequency), new, seen)


def exact(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """`[e = 0 mod N] = [e = q N]` where interval arithmetic shows -N < e - q N < N, for q = 0, 1, -1."""
    for bracket in term.deltas:
        (modulus,), (e,) = bracket.sizes, bracket.args
        for near in (e, e - modulus, e + modulus) if modulus else ():
            if bounded(near + modulus - 1, modulus * 2 - 1, ranges, facts(term, bracket)):
                note, q = (-modulus, " < ", near, " < ", modulus), (e - near).over(modulus) or ZERO
                new = term.without(None, bracket).plus(delta(ZERO, near))
                return Step("exact", (bracket, modulus, ONE, q, near), new, note)
    return None


def digits(term: Term, ranges: Ranges, _: Fresh) -> Step | None:
    """A number and its last digit, to a base m >= 1:

    [m a + b = 0 mod m g] = [a = 0 mod g] [b = 0]     -m < b < m; also for g = 0
    [0 <= m a + b < m g]  = [0 <= a < g]              0 <= b < m
    """
    for atom in term.atoms:
        for m in _bases(atom, ranges) if atom.kind in {"delta", "within"} else ():
            (size,), (e,) = atom.sizes, atom.args
            found = _split(e, m, (ranges, facts(term, atom)), equation=atom.kind == "delta")
            g = size.over(m) if size else ZERO
            if found is not None and g is not None:
                a, b = found
                new = (delta(g, a), delta(ZERO, b)) if atom.kind == "delta" else (within(g, a),)
                note = e, " = ", m, "*(", a, ") + ", b
                return Step("digits", (atom, m, g or ONE, a, b), term.without(None, atom).plus(*new), note)
    return None


def _bases(atom: Atom, ranges: Ranges) -> list[Size]:
    """The sizes above 1 that count an index."""
    (e,) = atom.args
    factors = (c for x in e.symbols & ranges.keys() for c in (e.split(x)[0], -e.split(x)[0]))
    return sorted({c for c in factors if c != ONE and c.is_positive})


def _split(e: Size, m: Size, seen: tuple[Ranges, list[Size]], *, equation: bool) -> tuple[Size, Size] | None:
    """`(a, b)` with e = m a + b, a not 0, and b seen to lie in 0..m-1, or for an equation in -m+1..m-1."""
    for b in (e.mod(m), e.mod(m) - m, e.mod(m) + m):
        a = (e - b).over(m)
        if a and (bounded(b, m, *seen) or (equation and bounded(b + m - 1, 2 * m - 1, *seen))):
            return a, b
    return None


RULES: tuple[Rule, ...] = (single, in_range, select, use, total, never)
BORDER: tuple[Rule, ...] = (*RULES, exact, digits)
EAGER: tuple[Rule, ...] = (single, in_range, place, select, use, total, never, exact, digits)
READING: tuple[Rule, ...] = (single, in_range, place, select, use, total, never)  # of hypotheses: stays periodic
STRATEGIES = (RULES, BORDER, EAGER)  # each sound; periodic claims want the first, zero padding the others


def normalise(e: Expression, ranges: Ranges, rules: tuple[Rule, ...] = RULES) -> NormalForm:
    """The normal form of a sum whose free indices have these ranges."""
    fresh = numbered("y")
    steps: list[Logged] = []
    done: list[Term] = []
    for summand in limited(e):
        _check(summand)
    for place, start in enumerate(e):
        term, renamed = tidy(start), False
        if term != start:
            steps.append(_logged(place, Step("tidy", (), term)))
        while term.coefficient and len(steps) < MOST_STEPS:
            step = _step(term, ranges, fresh, rules)
            if step is None and renamed:
                break
            renamed = step is None
            step = step or _renamed(term)
            term = tidy(step.term)
            steps.append(_logged(place, step._replace(term=term)))
        done.append(term)
    return NormalForm(_collected(done), tuple(steps))


def _renamed(term: Term) -> Step:
    new, moves = rename(term)
    return Step("rename", (moves,), new)


def _logged(place: int, step: Step) -> Logged:
    return Logged(place, *step)


def _check(term: Term) -> None:
    """The rules speak of integers, and of remainders modulo numbers that are at least 1."""
    moduli = [n for atom in term.atoms if atom.kind != "within" for n in atom.sizes if n]
    indices = [e for atom in term.atoms for e in (*atom.args, *atom.sizes)]
    for what, bad in (
        ("a size that may be below 1", [n for n in moduli if not n.is_positive]),
        ("an index that is no integer polynomial", [e for e in indices if not e.is_integral]),
    ):
        if bad:
            msg = f"{what}: {bad[0]}"
            raise UnsupportedError(msg)


def _step(term: Term, ranges: Ranges, fresh: Fresh, rules: tuple[Rule, ...]) -> Step | None:
    inner = {**ranges, **dict(term.bound)}
    for atom in term.atoms:
        if is_false(atom):
            return Step("never", (atom,), replace(term, coefficient=ZERO), ("no place fits ", *atom.args))
    return next((s for rule in rules if (s := rule(term, inner, fresh)) is not None), None)


def _collected(terms: Iterable[Term]) -> tuple[tuple[tuple[Bound, tuple[Atom, ...]], Size], ...]:
    sums: dict[tuple[Bound, tuple[Atom, ...]], Size] = {}
    for term in terms:
        key = term.bound, term.atoms
        sums[key] = sums.get(key, ZERO) + term.coefficient
    return tuple(sorted((key, c) for key, c in sums.items() if c))
