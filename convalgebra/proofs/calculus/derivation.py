"""Derivations on paper: a readable chain of lemmas, or both entries reduced step by step."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convalgebra.proofs.calculus.terms import Term, sums
from convalgebra.proofs.expressions import word, word_latex, word_text
from convalgebra.proofs.notation import LATEX, TEXT

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Claim
    from convalgebra.proofs.calculus.rewriting import NormalForm
    from convalgebra.proofs.calculus.sizes import Size
    from convalgebra.proofs.calculus.terms import Expression
    from convalgebra.proofs.notation import State, Style

    Line = tuple[str, str]  # a formula, and why it equals the one before
    Step = tuple[Any, int, Line]  # what it says, how many sums it has, how it looks

SAME = "the sides have the same entries"
NOTEBOOK_BYTES = 4_096  # of one formula; MathJax lays out no environment above 5 KiB
ALIGNED = r"\\begin\{align\*\}.*?\\end\{align\*\}"
BREAK = " \\\\\n"
DEFINITION, TOGETHER = ("definition", ()), ("together", ())


@dataclass(frozen=True, eq=False)
class Derivation:
    """Both sides' starting sums and the logged steps that reduce them; shown as a chain of lemmas if there is one."""

    claim: Claim
    sides: tuple[Expression, Expression]
    forms: tuple[NormalForm, NormalForm]

    @staticmethod
    def last(form: NormalForm) -> str:
        """The normal form as text."""
        return expression_text(_collected(form))

    @cached_property
    def chain(self) -> Any:
        """The readable chain of named lemmas, every link proved on its own; None where the search finds none."""
        from convalgebra.proofs.chains import chain_of  # noqa: PLC0415  # which proves its links by this calculus

        return chain_of(self.claim)

    def __str__(self) -> str:
        if self.chain is not None:
            return f"{self.chain}\nlink by link, {SAME}"
        return f"{self.entries()}\n{SAME}"

    def to_latex(self) -> str:
        """The derivation as an `align*`."""
        return str(self.chain.to_latex()) if self.chain is not None else self.entries_latex()

    def _repr_latex_(self) -> str:
        return shortened(self.to_latex())

    def entries(self) -> str:
        """From the entries of the left side to those of the right by the named rules of the calculus."""
        return aligned(self._lines(TEXT))

    def entries_latex(self) -> str:
        """The same as an `align*`."""
        return align(self._lines(LATEX))

    def _lines(self, style: Style) -> list[Line]:
        """Down the left side to the normal form, and up the right: the order in which letters are given out."""
        down, up = (self._states(side) for side in (0, 1))
        path = [*down, *((e, why) for (_, why), (e, _) in zip(up[::-1], up[-2::-1], strict=False))]
        letters = style.lettered(path, self._taken())
        lines: list[Step] = []
        for (e, why), here, before in zip(path, letters, [letters[0], *letters], strict=False):
            now = replace(style, letters=here)
            facts, sums = now.facts(e), sum(len(term.bound) for term in e)
            lines = _without_detour(lines, facts, sums)
            if not lines or lines[-1][0] != facts:
                lines.append((facts, sums, (now.sum(e), replace(style, letters={**here, **before}).reason(*why))))
        ends = (self._entry(0, style), ""), (self._entry(1, style), style.reason(*DEFINITION))
        return [ends[0], *(line for *_, line in lines), ends[1]]

    def _states(self, side: int) -> list[State]:
        """The sum after each step, and the step."""
        form = self.forms[side]
        after = zip(form.steps, sums(self.sides[side], form.steps), strict=True)
        steps = [(e, (step.rule, step.note)) for step, e in after if step.rule != "tidy"]
        return [(self.sides[side], DEFINITION), *steps, (_collected(form), TOGETHER)]

    def _entry(self, side: int, style: Style) -> str:
        operator: Any = (self.claim.left, self.claim.right)[side]
        names = [f"{x}{q or ''}" for x, box in zip("ij", operator.boxes, strict=True) for q in range(len(box))]
        named = (word_latex if style.math else word_text)(word(operator))
        place = ", ".join(names)
        return style.entry.format(named, place if len(place) == 1 else f"{{{place}}}") if names else named

    def _taken(self) -> set[str]:
        """Letters that mean something."""
        atoms = {a for side in range(2) for e, _ in self._states(side) for t in e for a in t.atoms}
        read = {x for a in atoms for e in (*a.args, *a.sizes) for x in e.symbols}
        return {"i"} | {a.name for a in atoms} | {x.name for x in read if x.role != "index" or x.name == "j"}


def _collected(form: NormalForm) -> Expression:
    return tuple(Term(c, *key) for key, c in form.terms)


def _without_detour(steps: list[Step], facts: Any, sums: int) -> list[Step]:
    """The steps up to one with the same facts, unless they led through a formula with fewer sums."""
    place = next((q for q, step in enumerate(steps) if step[0] == facts), None)
    if place is None or any(step[1] < sums for step in steps[place:]):
        return steps
    return steps[: place + 1]


def aligned(lines: list[Line]) -> str:
    """`head = ...` with the signs = below each other, and the reasons."""
    (head, _), *tail = lines
    width = max(len(shown) for shown, _ in tail)
    shown = [f"= {formula:{width}}    {why}".rstrip() for formula, why in tail]
    return f"\n{' ' * len(head)} ".join([f"{head} {shown[0]}", *shown[1:]])


def align(lines: list[Line]) -> str:
    """The lines as an `align*`; reasons are in math mode."""
    (head, _), *tail = lines
    shown = (f"&= {formula}" + (f" && {why}" if why else "") for formula, why in tail)
    return "\\begin{align*}\n" + head + " " + BREAK.join(shown) + "\n\\end{align*}"


def shortened(latex: str) -> str:
    """`align*`s of at most 4 KB each, as notebooks can show them: dots for lines in the middle, or words."""
    return "\n".join(_shortened(part) for part in re.findall(ALIGNED, latex, re.DOTALL))


def _shortened(latex: str) -> str:
    lines = latex.split(BREAK)
    for kept in range(len(lines), 1, -1):
        dots = [r"&\;\;\vdots"] * (kept < len(lines))
        shown = BREAK.join([*lines[: kept - 1], *dots, lines[-1]])
        if len(shown.encode()) <= NOTEBOOK_BYTES:
            return shown
    return r"$\text{the derivation is too long to be shown here; print it}$"


def expression_text(e: Expression) -> str:
    """A sum of terms."""
    return TEXT.sum(e)


def size_text(e: Size) -> str:
    """A size with its indices by name."""
    return TEXT.size(e)
