"""Derivations as text: each side's entry, step by step, down to the common normal form.  Nothing here is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol
from convalgebra.proofs.calculus.terms import Atom, Expression, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convalgebra.algebra.operator import Claim
    from convalgebra.proofs.calculus.rewriting import Logged, NormalForm


@dataclass(frozen=True, eq=False)
class Derivation:
    """Both sides' starting sums and the logged steps that reduce them."""

    claim: Claim
    sides: tuple[Expression, Expression]
    forms: tuple[NormalForm, NormalForm]

    @staticmethod
    def last(form: NormalForm) -> str:
        """The normal form as text."""
        return expression_text(tuple(Term(c, *key) for key, c in form.terms))

    def __str__(self) -> str:
        names = ("left", "right")
        lines = [line for side in zip(names, self.sides, self.forms, strict=True) for line in _chain(*side)]
        return "\n".join([*lines, "the sides have the same entries"])


def _chain(name: str, start: Expression, form: NormalForm) -> Iterator[str]:
    shown = expression_text(start)
    yield f"{name:5} = {shown}"
    for step in form.steps:
        text = expression_text(step.after)
        if text != shown:
            yield f"      = {text}    ({_reason(step)})"
            shown = text


def _reason(step: Logged) -> str:
    note = "".join(part if isinstance(part, str) else size_text(part) for part in step.note)
    return f"{step.rule}: {note}" if note else step.rule


def expression_text(e: Expression) -> str:
    """A sum of terms."""
    return " + ".join(map(_term, e)) or "0"


def _term(term: Term) -> str:
    sums = "".join(f"Σ_{{{_symbol(x)}<{size_text(n)}}} " for x, n in term.bound)
    order = {"kernel": 0, "phase": 1, "delta": 2, "within": 3}
    atoms = " ".join(_atom(atom) for atom in sorted(term.atoms, key=lambda a: order[a.kind]))
    factor = "" if term.coefficient == ONE and (sums or atoms) else f"{_factor(term.coefficient)} "
    return (factor + sums + atoms).strip()


def _factor(c: Size) -> str:
    return f"({size_text(c)})" if len(c.terms) > 1 else size_text(c)


def _atom(atom: Atom) -> str:
    args = [size_text(e) for e in atom.args]
    if atom.kind == "kernel":
        return f"{atom.name}[{', '.join(args)}]"
    size = size_text(atom.sizes[0])
    if atom.kind == "phase":
        return f"ω_{size}^({args[0]})"
    if atom.kind == "within":
        return f"[0 ≤ {args[0]} < {size}]"
    left, right = _balanced(atom.args[0])
    return f"[{left} = {right}]" if atom.sizes[0] == ZERO else f"[{left} ≡ {right} mod {size}]"


def _balanced(e: Size) -> tuple[str, str]:
    """`e = 0` as left = right without minus signs."""
    return size_text(Size.sum((m, c) for m, c in e.terms if c > 0)), size_text(
        Size.sum((m, -c) for m, c in e.terms if c < 0)
    )


def size_text(e: Size) -> str:
    """A size with its indices by name."""
    for x in sorted(e.symbols):
        if x.role == "index":
            e = e.put(x, Size.named(Symbol(_symbol(x))))
    return str(e)


def _symbol(x: Symbol) -> str:
    return x.name + (str(x.least) if x.role == "index" and (x.least or x.name not in {"i", "j"}) else "")
