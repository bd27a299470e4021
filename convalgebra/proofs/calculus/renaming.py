"""Canonical names for the bound indices of a term."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, permutations, product
from math import factorial, prod
from typing import TYPE_CHECKING

from convalgebra.proofs.calculus.reducing import SIGNS, Ranges, periodic, tidy
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Term, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ORDERS = 720  # of equal kernels in a term


def rename(term: Term) -> Term:
    """Canonical names, the least over all orders of equal-named kernels: each kernel shows a bare index if it can.

    SUM_{x in 0..N-1} f(x) = SUM f(+-x + e) for an N-periodic f, and = SUM f(N-1-x) for every f.
    """
    groups: dict[tuple[str, tuple[Size, ...]], list[int]] = {}
    for place, atom in enumerate(term.atoms):
        if atom.kind == "kernel":
            groups.setdefault((atom.name, atom.sizes), []).append(place)
    if prod(factorial(len(g)) for g in groups.values()) > MOST_ORDERS:
        msg = f"{max(map(len, groups.values()))} equal kernels in one product, whose orders are too many to compare"
        raise UnsupportedError(msg)
    term = _apart(term)
    orders = product(*(permutations(groups[key]) for key in sorted(groups)))
    named = (tidy(_renamed(term, chain.from_iterable(order))) for order in orders)
    return min((t for t in named if t is not None), key=lambda t: (t.atoms, t.bound))


def _apart(term: Term) -> Term:
    """Names for the bound indices that no canonical name can meet."""
    for (x, _), z in zip(term.bound, numbered("z"), strict=False):
        term = replace(term.put(x, Size.named(z)), bound=tuple((z if y == x else y, n) for y, n in term.bound))
    return term


def _renamed(term: Term, places: Iterable[int]) -> Term:
    """New names for all bound indices, first those that the kernels at these places can show."""
    left, names, bound = dict(term.bound), numbered("r"), []
    for place in places:
        for q in range(len(term.atoms[place].args)):
            move = _bare(term, place, q, left)
            if move is not None:
                x, sign, offset = move
                y = next(names)
                term = _moved(term, x, sign * Size.named(y) + offset)
                bound.append((y, left.pop(x)))
    for x in sorted(left):
        y = next(names)
        term = _moved(term, x, Size.named(y))
        bound.append((y, left[x]))
    return replace(term, bound=tuple(sorted(bound)))


def _moved(term: Term, x: Symbol, image: Size) -> Term:
    moved = term.put(x, image)
    return moved.mapped(lambda a: a if a.kind == "within" else replace(a, args=tuple(map(Size.mod, a.args, a.sizes))))


def _bare(term: Term, place: int, q: int, left: Ranges) -> tuple[Symbol, Size, Size] | None:
    """`(x, sign, offset)` such that x -> sign y + offset makes an argument the bare y."""
    e, size = term.atoms[place].args[q], term.atoms[place].sizes[q]
    for x in sorted(e.symbols & left.keys()):
        c, r = e.split(x)
        if c not in SIGNS or left[x] != size:
            continue
        if periodic(term, x, size):
            return x, c, -c * r
        if e == Size.named(x):
            return x, ONE, ZERO
        if not (e - (size - 1 - Size.named(x))).mod(size):
            return x, -ONE, size - 1
    return None
