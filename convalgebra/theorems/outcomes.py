"""What comes of proving a theorem or refuting its false sibling, and how strong it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from convalgebra.proofs.calculus.derivation import shortened
from convalgebra.proofs.verdicts import Proof, Refutation, Verdict, escaped
from convalgebra.theorems.facts import Fact


@dataclass(frozen=True, eq=False)
class TheoremProof(Proof):
    """The proofs of all that a theorem states, and how strong they are together."""

    strength: str
    parts: tuple[Verdict, ...] = field(repr=False)

    def __str__(self) -> str:
        return "\n".join([f"proved for {self.scope}", *(str(p) for p in self._derived)])

    @property
    def _derived(self) -> list[Any]:
        """The proofs that have a derivation."""
        return [p for p in self.parts if getattr(p, "derivation", None) is not None]

    @property
    def derivations(self) -> str:
        """The derivations as LaTeX, one `align*` each; nothing for proofs at listed sizes."""
        return "\n".join(p.derivation.to_latex() for p in self._derived)

    def to_latex(self) -> str:
        return self.derivations or rf"\text{{proved for {escaped(self.scope)}}}"

    def _repr_latex_(self) -> str:
        return shortened(self.derivations) or f"${self.to_latex()}$"


@dataclass(frozen=True, eq=False)
class Evidence(Verdict):
    """True exactly wherever it was looked at, which is no proof: `scope` says where."""

    scope: str
    checked: int
    strength: str = "sampled"

    def __str__(self) -> str:
        return f"no proof: true at all {self.checked} samples, {self.scope}"


@dataclass(frozen=True, eq=False, repr=False)
class Counterexample(Refutation):
    """The smallest numbers at which a statement fails, and the first difference there."""

    def __str__(self) -> str:
        at = ", ".join(f"{name}={value}" for name, value in self.witness.items())
        where = f"entry {self.entry} is" if len(self.entry) else "it is"
        return f"false{at and ' at '}{at}: {where} {self.left} on the left and {self.right} on the right"

    def __repr__(self) -> str:
        return str(self) if _of_values(self) else super().__repr__()

    def to_latex(self) -> str:
        return rf"\text{{{escaped(str(self))}}}" if _of_values(self) else super().to_latex()


def _of_values(verdict: Verdict) -> bool:
    """Is it about a fact, which has no matrices?"""
    claim: Any = verdict.claim
    return isinstance(claim, Fact)
