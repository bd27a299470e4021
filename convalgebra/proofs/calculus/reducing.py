"""What is plain to see in a term: arguments modulo their sizes, periods, and ranges by interval arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, common
from convalgebra.proofs.calculus.terms import Atom, Term, delta, phase, within

Ranges = Mapping[Symbol, Size]  # each index takes the values 0 .. size - 1
SIGNS = (ONE, -ONE)


def tidy(term: Term) -> Term:
    """The term with its arguments reduced modulo their sizes, its phases merged, and without brackets that are 1."""
    atoms = list(map(_reduced, term.atoms))
    kernels, phases = ([a for a in atoms if a.kind == kind] for kind in ("kernel", "phase"))
    brackets = {
        a for a in atoms if a.kind in {"delta", "within"} and (a.kind == "within" or a.args[0])
    }  # [..][..] = [..]
    return replace(term, atoms=tuple(sorted((*kernels, *brackets, *_merged(phases)))))


def is_false(atom: Atom) -> bool:
    """Is it a bracket of two numbers that is 0?"""
    return atom.kind == "delta" and bool(atom.args[0]) and not any(e.symbols for e in (*atom.args, *atom.sizes))


def _reduced(atom: Atom) -> Atom:
    """The atom in reduced form."""
    if atom.kind == "delta":
        return _reduced_delta(*atom.sizes, *atom.args)
    if atom.kind == "within":  # [0 <= e < N] = [0 <= N - 1 - e < N]
        (size,), (e,) = atom.sizes, atom.args
        return _reduced_delta(ZERO, e) if size == ONE else within(size, min(e, size - 1 - e))
    return replace(atom, args=tuple(e.mod(n) for e, n in zip(atom.args, atom.sizes, strict=True)))


def _reduced_delta(modulus: Size, e: Size) -> Atom:
    """`[g e = 0 mod g N] = [e = 0 mod N]` for g >= 1, and `[e = 0 mod N] = [-e = 0 mod N]`."""
    e = e.mod(modulus)
    if not e:
        return delta(modulus, ZERO)
    g = common(e, modulus)
    e, modulus = e.over(g) or ZERO, modulus.over(g) or ZERO
    return delta(modulus, min(e, (-e).mod(modulus), key=lambda p: (sum(c < 0 for _, c in p.terms), p)))


def _merged(phases: Iterable[Atom]) -> list[Atom]:
    """`omega_n^a omega_m^b = omega_m^(a m/n + b)` when n divides m, and `omega_gn^(g e) = omega_n^e`."""
    powers: dict[Size, Size] = {}
    for atom in sorted(phases, key=lambda a: (sum(sum(k for _, k in m) for m, _ in a.sizes[0].terms), a)):
        (n,), (e,) = atom.sizes, atom.args
        for m in [m for m in powers if n.over(m) is not None]:
            e += powers.pop(m) * (n.over(m) or ZERO)
        powers[n] = powers.get(n, ZERO) + e
    merged = []
    for n, total in powers.items():
        if e := total.mod(n):
            g = common(e, n)
            merged.append(phase(n.over(g) or ZERO, e.over(g) or ZERO))
    return merged


def periodic(term: Term, x: Symbol, n: Size) -> bool:
    """Is every atom visibly the same at x and x + n?"""
    return all(
        atom.kind != "within" and not (e.split(x)[0] * n).mod(size)
        for atom in term.atoms
        for e, size in zip(atom.args, atom.sizes, strict=True)
        if x in e.symbols
    )


def facts(term: Term, apart: Atom) -> list[Size]:
    """What the other brackets of a term say: polynomials that are >= 0 where none of them is 0."""
    known: list[Size] = []
    for atom in term.atoms:
        if atom is not apart and atom.kind == "within":
            known += (atom.args[0], atom.sizes[0] - 1 - atom.args[0])
        elif atom is not apart and atom.kind == "delta" and not atom.sizes[0]:
            known += (atom.args[0], -atom.args[0])
    return known


def bounded(e: Size, size: Size, ranges: Ranges, known: Iterable[Size] = ()) -> bool:
    """Is `0 <= e < size` for all indices in range where the known polynomials are >= 0, by interval arithmetic?"""
    return at_least_zero(e, ranges, known) and at_least_zero(size - 1 - e, ranges, known)


def at_least_zero(e: Size, ranges: Ranges, known: Iterable[Size] = ()) -> bool:
    """Is `e >= 0` for all indices in range where the known polynomials are >= 0, by interval arithmetic?"""
    telling = (f for f in known if not f.symbols.isdisjoint(e.symbols & ranges.keys()))
    lows = (_least(f, ranges) for f in (e, *(e - f for f in telling)))
    return any(low is not None and low.is_nonnegative for low in lows)


def _least(e: Size, ranges: Ranges) -> Size | None:
    """A lower bound of e, where the signs of its indices are known."""
    for x in sorted(e.symbols & ranges.keys()):
        c = e.split(x)[0]
        if not (c.is_nonnegative or (-c).is_nonnegative):
            return None
        e = e.put(x, ZERO if c.is_nonnegative else ranges[x] - 1)
    return e
