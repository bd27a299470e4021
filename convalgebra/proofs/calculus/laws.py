"""Hypotheses as rules: what a given equation between kernels and unknown matrices allows to replace.

A hypothesis `A == B` says that the entries of both sides agree at every place.  Where the entries are periodic in their
indices, the indices may stand for any integers, and an occurrence of one side may be replaced by the other.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from convalgebra.proofs.calculus.reducing import SIGNS, is_false, periodic, tidy
from convalgebra.proofs.calculus.rewriting import Step
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol
from convalgebra.proofs.calculus.terms import Atom, Bound, Term, conjugate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from convalgebra.proofs.calculus.reducing import Ranges
    from convalgebra.proofs.calculus.rewriting import NormalForm, Rule
    from convalgebra.proofs.calculus.terms import Fresh

    Match = tuple[dict[Symbol, Size], tuple[Atom, ...]]

STEP = Symbol("step", "index")


class Source(NamedTuple):
    """Where a law comes from: the number of the hypothesis, its side before, and its places in the law's indices."""

    number: int
    latex: str
    side: int
    places: tuple[Size, ...]


class Law(NamedTuple):
    """`before = after` for all integer values of the free indices; `smaller`: only where the atoms get smaller."""

    source: Source
    free: tuple[Symbol, ...]
    before: Term
    after: Term
    smaller: bool


class Invariance(NamedTuple):
    """`w[x] = w[x + c v]` for all integers x and c: the place number `pivot` of x is reduced modulo that of v."""

    source: Source
    kernel: Atom
    vector: tuple[Size, ...]
    pivot: int


def laws_of(number: int, latex: str, sides: tuple[NormalForm, NormalForm], free: Bound) -> tuple[Law | Invariance, ...]:
    """What the hypothesis of this number with these normal forms allows; nothing where it is of no use."""
    if max(len(side.terms) for side in sides) > 1:
        return ()
    left, right = (_named(side, free) for side in sides)
    renamed = tuple((_law_index(q), n) for q, (_, n) in enumerate(free))
    places = tuple(Size.named(x) for x, _ in renamed)
    sources = (Source(number, latex, side, places) for side in (0, 1))
    ways = (_way(*way, renamed) for way in zip(sources, (left, right), (right, left), strict=True))
    return tuple(way for way in ways if way is not None)


def _law_index(number: int) -> Symbol:
    return Symbol("h", "index", number)


def _named(side: NormalForm, free: Bound) -> Term:
    """A side as a term whose indices have names of their own; zero as a term without value."""
    if not side.terms:
        return Term(ZERO)
    (((bound, atoms), coefficient),) = side.terms
    term = Term(coefficient, bound, atoms)
    for q, (x, _) in enumerate(chain(free, bound)):
        y = _law_index(q)
        term = replace(term.put(x, Size.named(y)), bound=tuple((y if z == x else z, n) for z, n in term.bound))
    return term


def _way(source: Source, before: Term, after: Term, free: Bound) -> Law | Invariance | None:
    """The law from one side to the other, if its terms get simpler."""
    if not all(periodic(side, x, n) for side in (before, after) for x, n in free):
        return None
    for bracket in before.deltas:  # where it holds, an index has a value
        x, value = _fixed(bracket, free)
        if x is not None:
            before, after = (tidy(side.put(x, value)) for side in (before, after))
            source = source._replace(places=tuple(e.put(x, value) for e in source.places))
            free = tuple(b for b in free if b[0] != x)
    kinds = {atom.kind for atom in before.atoms}
    if before.coefficient != ONE or "kernel" not in kinds or not kinds <= {"kernel", "phase"}:
        return None
    vector = _difference(before, after, dict(free))
    if vector is not None:
        return _invariance(source, before.atoms[0], vector)
    zero = not after.coefficient or any(map(is_false, after.atoms))
    weights = [(sum(a.kind == "kernel" for a in side.atoms), len(side.bound)) for side in (before, after)]
    if not zero and weights[0] < weights[1]:
        return None
    return Law(source, tuple(x for x, _ in free), before, after, not zero and weights[0] == weights[1])


def _fixed(bracket: Atom, free: Bound) -> tuple[Symbol | None, Size]:
    """`(x, value)`: a value of a free index at which the bracket holds."""
    for x, _ in free:
        c, r = bracket.args[0].split(x)
        if c in SIGNS:
            return x, -c * r
    return None, ZERO


def _difference(before: Term, after: Term, free: Ranges) -> tuple[Size, ...] | None:
    """v where the sides are w[x] and w[x + v], and x takes every value."""
    if after.coefficient != ONE or before.bound or after.bound or len(before.atoms) != 1 or len(after.atoms) != 1:
        return None
    (a,), (b,) = before.atoms, after.atoms
    if (a.kind, a.name, a.sizes) != (b.kind, b.name, b.sizes):
        return None
    vector = tuple((f - e).mod(n) for e, f, n in zip(a.args, b.args, a.sizes, strict=True))
    if any(v.symbols & free.keys() for v in vector) or not _reaches_all(a, free):
        return None
    return vector


def _reaches_all(atom: Atom, free: Ranges) -> bool:
    """Is each argument a sign times an index of its own, of the argument's range, plus a constant?"""
    seen: set[Symbol] = set()
    for e, n in zip(atom.args, atom.sizes, strict=True):
        indices = e.symbols & free.keys()
        if len(indices) != 1 or indices & seen or e.split(*indices)[0] not in SIGNS or free[next(iter(indices))] != n:
            return False
        seen |= indices
    return True


def _invariance(source: Source, kernel: Atom, vector: tuple[Size, ...]) -> Invariance | None:
    moving = [q for q, v in enumerate(vector) if v]
    if not moving:
        return None
    pivot = min(moving, key=lambda q: (vector[q] not in SIGNS, q))
    return Invariance(source, kernel, vector, pivot)


def assumed(laws: Iterable[Law | Invariance]) -> Rule:
    """The rule that uses hypotheses."""
    every = tuple(laws)

    def hypothesis(term: Term, _: Ranges, fresh: Fresh) -> Step | None:
        steps = (_moved(term, law) if isinstance(law, Invariance) else _replaced(term, law, fresh) for law in every)
        return next((step for step in steps if step is not None), None)

    return hypothesis


def _moved(term: Term, law: Invariance) -> Step | None:
    """`w[e] = w[e - c v]` with c such that the pivot's argument is reduced."""
    for atom in term.atoms:
        if (atom.kind, atom.name, atom.sizes) == (law.kernel.kind, law.kernel.name, law.kernel.sizes):
            e, v = atom.args[law.pivot], law.vector[law.pivot]
            c = (e - e.mod(v)).over(v) or ZERO
            args = ((a - c * u).mod(n) for a, u, n in zip(atom.args, law.vector, atom.sizes, strict=True))
            new = replace(atom, args=tuple(args))
            if new.args != tuple(a.mod(n) for a, n in zip(atom.args, atom.sizes, strict=True)):
                rest = term.without(None, atom)
                evidence = _evidence(law, rest, _reached(law, atom), (), ())
                return Step("hypothesis", (*evidence, STEP, -c), rest.plus(new), (f"${law.source.latex}$",))
    return None


def _evidence(
    law: Law | Invariance, rest: Term, values: Mapping[Symbol, Size], before: Iterable[Symbol], after: Iterable[Symbol]
) -> tuple[Any, ...]:
    """The hypothesis, its side, the other factors, its places, and names for the sums of both sides, in its order."""
    number, _, side, places = law.source
    for x, value in values.items():
        places = tuple(e.put(x, value) for e in places)
    names = tuple(before), tuple(after)
    return number, side, rest, places, names[:: -1 if side else 1]


def _reached(law: Invariance, atom: Atom) -> dict[Symbol, Size]:
    """The indices at which the law's kernel is this atom, STEP times the vector further."""
    values = {}
    for e, f, v in zip(law.kernel.args, atom.args, law.vector, strict=True):
        x = next(y for y in e.symbols if y.name == "h")
        sign, rest = e.split(x)
        values[x] = sign * (f + Size.named(STEP) * v - rest)
    return values


def _replaced(term: Term, law: Law, fresh: Fresh, *, again: bool = True) -> Step | None:
    kernels = tuple(atom for atom in law.before.atoms if atom.kind == "kernel")
    for values, atoms in _matches(term, law, kernels, {}, ()):
        summed = [next(iter(values[x].symbols)) for x, _ in law.before.bound]
        rest = _without(term, law, values, atoms)
        outside = [*rest.atoms, *(Atom("", "", (), (values.get(x, ZERO),)) for x in law.free)]
        if any(atom.reads(y) for atom in outside for y in summed):
            moved = _translated(term, law, values, summed) if again else None
            if moved is not None and _replaced(moved.term, law, fresh, again=False) is not None:
                return moved
            continue
        kept = replace(rest, bound=tuple(b for b in rest.bound if b[0] not in summed))
        instance = _instance(law, values, fresh)
        new, names = kept * instance, (x for x, _ in instance.bound)
        if not law.smaller or tidy(new).atoms < tidy(term).atoms:
            given = {x: values.get(x, ZERO) for x in law.free}
            return Step("hypothesis", _evidence(law, kept, given, summed, names), new, (f"${law.source.latex}$",))
    return None


def _without(term: Term, law: Law, values: Mapping[Symbol, Size], atoms: tuple[Atom, ...]) -> Term:
    """The term without the law's kernels, and divided by its phases, which are units."""
    units = [conjugate(atom) for atom in law.before.atoms if atom.kind == "phase"]
    for x, value in values.items():
        units = [unit.put(x, value) for unit in units]
    return tidy(term.without(None, *atoms).plus(*units))


def _translated(term: Term, law: Law, values: Mapping[Symbol, Size], summed: list[Symbol]) -> Step | None:
    """The term whose sum over some z runs over z + y instead: SUM f(z) = SUM f(z - y) for periodic f, y outside."""
    for value in (values[x] for x in law.free if x in values):
        inner = [y for y in summed if y in value.symbols]
        for z, size in term.bound:
            if inner and z not in summed and value.split(z)[0] == ONE and periodic(term, z, size):
                image = Size.named(z) - value.put(z, ZERO)
                return Step("rename", (((z, z, image),),), term.put(z, image))
    return None


def _instance(law: Law, values: Mapping[Symbol, Size], fresh: Fresh) -> Term:
    """The law's other side at the matched values, its sums over fresh indices."""
    after = law.after
    for x, _ in after.bound:
        y = next(fresh)
        after = replace(after.put(x, Size.named(y)), bound=tuple((y if z == x else z, m) for z, m in after.bound))
    for x in law.free:
        after = after.put(x, values.get(x, ZERO))
    return after


def _matches(
    term: Term, law: Law, todo: tuple[Atom, ...], values: dict[Symbol, Size], done: tuple[Atom, ...]
) -> Iterator[Match]:
    """Values of the law's indices at which its atoms are atoms of the term."""
    if not todo:
        yield values, done
        return
    left = list(term.atoms)
    for atom in done:
        left.remove(atom)
    for atom in dict.fromkeys(left):
        if (atom.kind, atom.name, atom.sizes) == (todo[0].kind, todo[0].name, todo[0].sizes):
            found = _unified(todo[0], atom, law, values, dict(term.bound))
            if found is not None:
                yield from _matches(term, law, todo[1:], found, (*done, atom))


def _unified(
    pattern: Atom, atom: Atom, law: Law, known: dict[Symbol, Size], ranges: Ranges
) -> dict[Symbol, Size] | None:
    """The values at which the pattern is the atom, modulo its sizes."""
    values, summed = dict(known), dict(law.before.bound)
    for p, e, size in zip(pattern.args, atom.args, pattern.sizes, strict=True):
        for x in sorted(p.symbols & values.keys()):
            p = p.put(x, values[x])  # noqa: PLW2901
        open_ = sorted(p.symbols & {*law.free, *summed})
        if not open_:
            if (p - e).mod(size):
                return None
            continue
        x, *others = sorted(open_, key=lambda y: y not in summed)
        c = p.split(x)[0]
        if c not in SIGNS or any(y in summed for y in others):
            return None
        for y in others:
            p, values[y] = p.put(y, ZERO), ZERO  # noqa: PLW2901
        values[x] = c * (e - p.put(x, ZERO))
        if x in summed and not _is_sum(values, x, summed, ranges):
            return None
    return values


def _is_sum(values: Mapping[Symbol, Size], x: Symbol, summed: Ranges, ranges: Ranges) -> bool:
    """Does x stand for a sum of the term, over the same range, that no other index stands for?"""
    same = [y for y in ranges if Size.named(y) == values[x] and ranges[y] == summed[x]]
    return bool(same) and all(values[x] != values[z] for z in summed if z != x and z in values)
