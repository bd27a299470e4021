"""Canonical names for the bound indices of a term."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations, permutations, product
from math import factorial, prod
from typing import TYPE_CHECKING

from convalgebra.proofs.calculus.reducing import SIGNS, Ranges, periodic, tidy
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Term, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convalgebra.proofs.calculus.terms import Atom, Bound

MOST_ORDERS = 120  # of equal kernels in a term that are all tried
MOST_EQUAL = 24  # kernels of one name in a term

Order = tuple[int, ...]
Moves = tuple[tuple[Symbol, Symbol, Size], ...]


def rename(term: Term) -> tuple[Term, Moves]:
    """Canonical names, the least over the orders of equal-named kernels: each kernel shows a bare index if it can.

    With it the moves that lead there: an index, the one that replaces it, and by which value.

    SUM_{x in 0..N-1} f(x) = SUM f(+-x + e) for an N-periodic f, and = SUM f(N-1-x) for every f.

    Beyond MOST_ORDERS orders the least is sought by exchanging two kernels at a time: a name that every symmetric
    product has, but perhaps not the least of all.
    """
    groups: dict[tuple[str, tuple[Size, ...]], list[int]] = {}
    for place, atom in enumerate(term.atoms):
        if atom.kind == "kernel" and atom.sizes:
            groups.setdefault((atom.name, atom.sizes), []).append(place)
    term, apart = _apart(term)
    ordered = [groups[key] for key in sorted(groups)]
    if prod(factorial(len(g)) for g in ordered) > MOST_ORDERS:
        best, moves = _climbed(term, ordered)
    else:
        orders = (tuple(chain(*order)) for order in product(*map(permutations, ordered)))
        best, moves = min((_named(term, order) for order in orders), key=_key)
    return best, (*apart, *moves)


def _named(term: Term, order: Order) -> tuple[Term, Moves]:
    renamed, moves = _renamed(term, order)
    return tidy(renamed), moves


def _key(named: tuple[Term, Moves]) -> tuple[tuple[Atom, ...], Bound]:
    return named[0].atoms, named[0].bound


def _climbed(term: Term, groups: list[list[int]]) -> tuple[Term, Moves]:
    """The least name that no exchange of two equal kernels betters."""
    if max(map(len, groups)) > MOST_EQUAL:
        msg = f"{max(map(len, groups))} equal kernels in one product, more than {MOST_EQUAL}"
        raise UnsupportedError(msg)
    order: Order = tuple(chain(*groups))
    best = _named(term, order)
    swaps = [pair for group in groups for pair in combinations(group, 2)]
    for a, b in swaps:
        tried = tuple({a: b, b: a}.get(place, place) for place in order)
        named = _named(term, tried)
        if _key(named) < _key(best):
            best, order = named, tried
    return best


def _apart(term: Term) -> tuple[Term, Moves]:
    """Names for the bound indices that no canonical name can meet."""
    moves = tuple((x, z, Size.named(z)) for (x, _), z in zip(term.bound, numbered("z"), strict=False))
    for x, z, value in moves:
        term = replace(term.put(x, value), bound=tuple((z if y == x else y, n) for y, n in term.bound))
    return term, moves


def _renamed(term: Term, places: Iterable[int]) -> tuple[Term, Moves]:
    """New names for all bound indices, first those that the kernels at these places can show."""
    left, names, bound, moves = dict(term.bound), numbered("r"), [], []
    for place in places:
        for q in range(len(term.atoms[place].args)):
            move = _bare(term, place, q, left)
            if move is not None:
                x, sign, offset = move
                y = next(names)
                moves.append((x, y, sign * Size.named(y) + offset))
                term = _moved(term, x, moves[-1][-1])
                bound.append((y, left.pop(x)))
    for x in sorted(left):
        y = next(names)
        moves.append((x, y, Size.named(y)))
        term = _moved(term, x, moves[-1][-1])
        bound.append((y, left[x]))
    return replace(term, bound=tuple(sorted(bound))), tuple(moves)


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
