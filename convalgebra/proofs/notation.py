"""How sums of terms are written: as plain text and in LaTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from convalgebra.proofs.arguments import plain
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from convalgebra.proofs.calculus.terms import Atom, Expression, Term

    State = tuple[Expression, tuple[str, tuple[str | Size, ...]]]  # a sum, and the step that made it

ORDER = {"kernel": 0, "phase": 1, "delta": 2, "within": 3}  # of the factors of a term
WORDS = {
    "definition": "definition",
    "together": "like terms together",
    "rename": "the index renamed",
    "select": "the bracket selects ",
    "split": "write ",
    "use": "by the bracket ",
    "fit": "count: ",
    "range": "in range: ",
    "exact": "within one period: ",
}
LETTERS = "jtrlhpqabcdefgsuvxyzmok"


@dataclass(frozen=True)
class Style:
    """The pieces of a formula as templates, and the letters of its indices."""

    total: str
    kernel: str
    phase: str
    equal: str
    congruent: str
    within: str
    entry: str
    words: str
    over: str
    math: bool
    letters: Mapping[Symbol, str] = field(default_factory=dict)

    def size(self, e: Size) -> str:
        """A size, its indices by their letters."""
        for x in sorted(e.symbols):
            if x.role == "index":
                e = e.put(x, Size.named(Symbol(self.letter(x))))
        return e.latex if self.math else str(e)

    def letter(self, x: Symbol) -> str:
        """An index by its letter, else by its name and number."""
        number = str(x.least) if x.least or x.name not in {"i", "j"} else ""
        return self.letters.get(x, x.name + number)

    def sizes(self, parts: Iterable[Size]) -> str:
        """Sizes with commas."""
        return ", ".join(map(self.size, parts))

    def lettered(self, path: Sequence[State], taken: Collection[str]) -> list[Mapping[Symbol, str]]:
        """Letters for the bound indices of each sum: an index keeps its letter, a renamed one hands it on."""
        found: list[Mapping[Symbol, str]] = []
        names: dict[Symbol, str] = {}
        for e, _ in path:
            bound = dict.fromkeys(x for term in e for x, _ in term.bound)
            free = [c for x, c in names.items() if x not in bound]
            names = {x: c for x, c in names.items() if x in bound}
            letters = (c for c in (*free, *LETTERS) if c not in taken and c not in {*names.values()})
            for x in [x for x in bound if x not in names]:
                names[x] = next(letters, self.letter(x))
            found.append(names)
        return found

    def sum(self, e: Expression) -> str:
        """A sum of terms."""
        return " + ".join(map(self.term, e)).replace(" + -", " - ") or "0"

    def term(self, term: Term) -> str:
        """One term: its coefficient, its sums, its factors."""
        sums = "".join(self.total.format(x=self.size(Size.named(x)), n=self.size(n)) for x, n in term.bound)
        atoms = " ".join(self.atom(atom) for atom in sorted(term.atoms, key=lambda a: ORDER.get(a.kind, 4)))
        return (self._coefficient(term.coefficient, alone=not sums + atoms) + sums + atoms).strip()

    def facts(self, e: Expression) -> tuple[Any, ...]:
        """Equal for sums that look alike but for the order of their factors."""
        return tuple(sorted((str(t.coefficient), *sorted(self._factors(t))) for t in e))

    def _factors(self, term: Term) -> list[str]:
        return [*map(self.atom, term.atoms), *(self.letter(x) for x, _ in term.bound)]

    def _coefficient(self, c: Size, *, alone: bool) -> str:
        if c in (ONE, -ONE) and not alone:
            return "" if c == ONE else "-"
        if len(c.terms) == 1 and not c.is_integral and c.inverse().is_integral:
            return self.over.format(self.size(c.inverse())) + " "
        return f"({self.size(c)}) " if len(c.terms) > 1 else f"{self.size(c)} "

    def atom(self, atom: Atom) -> str:
        """One factor."""
        if atom.kind == "kernel":
            name = self._kernel(atom.name)
            return self.kernel.format(w=name, args=self.sizes(atom.args)) if atom.args else name
        (n,), (e,) = atom.sizes, atom.args
        modulus = f"({self.size(n)})" if len(n.terms) > 1 else self.size(n)
        if atom.kind in {"phase", "within"}:
            template = self.phase if atom.kind == "phase" else self.within
            return template.format(n=self.size(n), e=self.size(e))
        left, right = self._sides(e)
        return (self.equal if n == ZERO else self.congruent).format(left=left, right=right, n=modulus)

    def _kernel(self, name: str) -> str:
        return re.sub(r"^conj\((.*)\)$", r"\\overline{\1}", name) if self.math else name

    def _sides(self, e: Size) -> list[str]:
        """`e = 0` as left = right without minus signs: what stands alone first, zero last."""
        signs = ((m, c) for m, c in e.terms if c > 0), ((m, -c) for m, c in e.terms if c < 0)
        parts = sorted(map(Size.sum, signs), key=lambda p: (not p, len(p.terms), self.size(p)))
        return list(map(self.size, parts))

    def reason(self, rule: str, note: Iterable[str | Size]) -> str:
        """The name of a rule and what it saw."""
        return "".join(map(self._said, (WORDS.get(rule, f"{rule}: "), *note)))

    def _said(self, part: str | Size) -> str:
        if isinstance(part, Size):
            return self.size(part)
        if part.startswith("$"):
            return part.strip("$") if self.math else plain(part.strip("$"))
        if not self.math:
            return part.replace("<=", "≤")
        return self.words.format(part) if re.search("[a-z]", part) else part.replace("<=", r"\le")


TEXT = Style(
    total="Σ_{{{x}<{n}}} ",
    kernel="{w}[{args}]",
    phase="ω_{n}^({e})",
    equal="[{left} = {right}]",
    congruent="[{left} ≡ {right} mod {n}]",
    within="[0 ≤ {e} < {n}]",
    entry="[{}]_{}",
    words="{}",
    over="1/{}",
    math=False,
)
LATEX = Style(
    total=r"\sum_{{{x}<{n}}} ",
    kernel="{w}_{{{args}}}",
    phase=r"\omega_{{{n}}}^{{{e}}}",
    equal="[{left} = {right}]",
    congruent=r"[{left} \equiv {right} \bmod {n}]",
    within=r"[0 \le {e} < {n}]",
    entry=r"\left[{}\right]_{}",
    words=r"\text{{{}}}",
    over=r"\tfrac{{1}}{{{}}}",
    math=True,
)
