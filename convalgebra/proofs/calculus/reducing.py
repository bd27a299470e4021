"""What is plain to see in a term: arguments modulo their sizes, periods, and ranges by interval arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, common
from convalgebra.proofs.calculus.terms import Atom, Term, delta, phase, within

Ranges = Mapping[Symbol, Size]  # each index takes the values 0 .. size - 1
SIGNS = (ONE, -ONE)


def tidy(term: Term) -> Term | None:
    """The term with its arguments reduced modulo their sizes and its phases merged; None where it is zero."""
    brackets: list[Atom] = []
    others: list[Atom] = []
    for atom in term.atoms:
        reduced = _reduced(atom)
        if reduced is False:
            return None
        if isinstance(reduced, Atom):
            (others if atom.kind == "kernel" else brackets).append(reduced)
    phases = [b for b in brackets if b.kind == "phase"]
    once = {b for b in brackets if b.kind != "phase"}  # [..][..] = [..]
    return replace(term, atoms=tuple(sorted((*others, *once, *_merged(phases)))))


def _reduced(atom: Atom) -> Atom | bool:
    """The atom in reduced form; True for the factor 1, False for 0."""
    if atom.kind == "delta":
        return _reduced_delta(*atom.sizes, *atom.args)
    if atom.kind == "within":  # [0 <= e < N] = [0 <= N - 1 - e < N]
        (size,), (e,) = atom.sizes, atom.args
        return within(size, min(e, size - 1 - e))
    return replace(atom, args=tuple(e.mod(n) for e, n in zip(atom.args, atom.sizes, strict=True)))


def _reduced_delta(modulus: Size, e: Size) -> Atom | bool:
    """`[g e = 0 mod g N] = [e = 0 mod N]` for g >= 1, and `[e = 0 mod N] = [-e = 0 mod N]`."""
    e = e.mod(modulus)
    if not e:
        return True
    g = common(e, modulus)
    e, modulus = e.over(g) or ZERO, modulus.over(g) or ZERO
    if modulus == ONE:
        return True
    if not e.symbols and not modulus.symbols:
        return False
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


def bounded(e: Size, size: Size, ranges: Ranges, zeros: Iterable[Size] = ()) -> bool:
    """Is `0 <= e < size` for all indices in range at which the `zeros` vanish, by interval arithmetic?"""
    forms = [e, *(f for z in zeros for f in (e + z, e - z))]
    low = (_extreme(f, ranges, upper=False) for f in forms)
    high = (_extreme(f, ranges, upper=True) for f in forms)
    return any(b is not None and b.is_nonnegative for b in low) and any(
        b is not None and (size - b).is_positive for b in high
    )


def _extreme(e: Size, ranges: Ranges, *, upper: bool) -> Size | None:
    """A bound of e, where the signs of its indices are known."""
    for x in sorted(e.symbols & ranges.keys()):
        c = e.split(x)[0]
        if not (c.is_nonnegative or (-c).is_nonnegative):
            return None
        e = e.put(x, ranges[x] - 1 if c.is_nonnegative == upper else ZERO)
    return e
