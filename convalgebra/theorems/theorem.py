"""A theorem is one function of sizes and kernels that states it; a false sibling is the same without a hypothesis.

Called with numbers the function is a test, with symbols a proof at one size, with symbolic sizes a proof for all.

>>> from convalgebra.algebra.selection import shift
>>> from convalgebra.theorems.domains import Integer, Size
>>> def shifts_add(n: Size, a: Integer, b: Integer):
...     '''Two shifts are one.'''
...     return shift(n, a) @ shift(n, b) == shift(n, a + b)
>>> shifts_add.__annotations__ = {"n": Size, "a": Integer, "b": Integer}
>>> Theorem(shifts_add, "S_a S_b = S_{a+b}", name="my-shifts").prove().scope
'all sizes'
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, field
from functools import cached_property, partial
from inspect import cleandoc, getsource, signature
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ConvAlgebraError, RefutedError, UndecidedError
from convalgebra.proofs.search import by_size, simple_kernels
from convalgebra.proofs.verdicts import Proof, Refutation, Verdict, escaped
from convalgebra.theorems.domains import Choices, Integers, On, Sizes
from convalgebra.theorems.facts import decide
from convalgebra.theorems.outcomes import Counterexample, Evidence, TheoremProof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from convalgebra.theorems.domains import Domain

    Numbers = dict[str, Any]

ALL, STATED, LISTED, SAMPLED = STRENGTHS = ("all sizes", "as stated", "listed sizes", "sampled")
DEFINITIONS = r"""\providecommand{\mathbb}{\mathbf}
\ifcsname theorem\endcsname\else\newtheorem{theorem}{Theorem}\fi
\ifcsname falsehood\endcsname\else\newtheorem*{falsehood}{False}\fi"""
UNSPOKEN = (TypeError, ValueError, AttributeError)  # what a function raises that is not made for symbolic sizes


@dataclass(frozen=True, eq=False)
class Statement:
    """A function whose parameters are annotated with their domains, and what it says as a formula."""

    build: Callable[..., Any] = field(repr=False)
    says: str
    given: Mapping[str, Callable[..., Any]] = field(default_factory=dict, repr=False)

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The claims and facts at these sizes and kernels."""
        made = self.build(*args, **kwargs)
        return made if isinstance(made, tuple) else (made,)

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """What each parameter may be."""
        kinds = self.build.__annotations__
        return {name: kinds[name].__metadata__[0] for name in signature(self.build).parameters}

    @property
    def words(self) -> str:
        """The statement in words."""
        return cleandoc(self.build.__doc__ or "")

    @property
    def code(self) -> str:
        """The body of the function that states it."""
        text = textwrap.dedent(getsource(self.build))
        function: Any = ast.parse(text).body[0]
        words = function.body[0]
        return textwrap.dedent("\n".join(text.splitlines()[words.end_lineno :]))

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What is assumed: the range of each parameter, and the conditions."""
        return (*(domain.words(name) for name, domain in self.domains.items()), *self.given)

    def instances(self) -> Iterator[Numbers]:
        """The numbers of the scan that meet the hypotheses, smallest first."""
        scanned = {name: d.values() for name, d in self.domains.items() if not isinstance(d, On)}
        return (numbers for numbers in by_size(scanned) if self._allows(numbers))

    def _allows(self, numbers: Numbers) -> bool:
        return all(test(*(numbers[p] for p in signature(test).parameters)) for test in self.given.values())

    @property
    def kernels(self) -> dict[str, On]:
        """The parameters that are kernels or matrices."""
        return {name: d for name, d in self.domains.items() if isinstance(d, On)}

    def generic(self, numbers: Numbers) -> tuple[Any, ...]:
        """The statement at these sizes for every kernel: its entries are symbols."""
        return self(**numbers, **{name: d.generic(name, numbers) for name, d in self.kernels.items()})


@dataclass(frozen=True, eq=False)
class FalseSibling(Statement):
    """A theorem without one of its hypotheses: false, and refuted where it first fails.

    `special` says that it fails for special kernels only, and holds for symbols that are independent.
    """

    special: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        return _sent(SIBLINGS, self)

    def refute(self) -> Refutation:
        """The smallest sizes, and there the simplest kernels, at which it is false."""
        found = (self._refuted(numbers) for numbers in self.instances())
        first = next((refutation for refutation in found if refutation is not None), None)
        if first is None:
            msg = f"no counterexample to {self.says} was found"
            raise UndecidedError(msg)
        return first

    def _refuted(self, numbers: Numbers) -> Refutation | None:
        boxes = {name: d.box(numbers) for name, d in self.kernels.items()}
        if boxes and not self.special and self._holds_for_every_kernel(numbers):
            return None
        attempts = (self._refuted_at(numbers, kernels) for kernels in simple_kernels(boxes))
        return next((refutation for refutation in attempts if refutation is not None), None)

    def _refuted_at(self, numbers: Numbers, kernels: Numbers) -> Refutation | None:
        claims = self(**numbers, **{name: d.made(kernels[name]) for name, d in self.kernels.items()})
        found = next((verdict for verdict in map(decide, claims) if isinstance(verdict, Refutation)), None)
        if found is None:
            return None
        witness = numbers | {name: w.tolist() for name, w in kernels.items()}
        return Counterexample(found.claim, found.entry, found.left, found.right, witness)

    def _holds_for_every_kernel(self, numbers: Numbers) -> bool:
        try:
            return all(isinstance(decide(claim), Proof) for claim in self.generic(numbers))
        except UNSPOKEN:
            return False


@dataclass(frozen=True, eq=False, repr=False)
class Theorem(Statement):
    """A true statement: where it comes from, how strong its proof is, and its false sibling.

    `strength` is the strongest proof that is promised: "all sizes", "as stated" (nothing is left to choose),
    "listed sizes" (there for every kernel), or "sampled" (evidence).  `lemma` names it among the machine-checked ones.
    """

    name: str = ""
    source: str = ""
    strength: str = ALL
    lemma: str | None = None

    @property
    def id(self) -> str:
        """The name by which `ca.theorems` knows it."""
        return self.name

    @property
    def chapter(self) -> str:
        """The chapter's word, with which the id begins."""
        return self.name.partition("-")[0]

    @property
    def statement(self) -> str:
        """Words and code."""
        return f"{self.words}\n\n{self.code}"

    @property
    def false_sibling(self) -> FalseSibling | None:
        """The statement that looks alike and is false."""
        return SIBLINGS.get(self.name)

    def prove(self) -> Proof | Evidence:
        """For all sizes, else at each listed size for every kernel; raises `RefutedError` where it is false."""
        proof = self._for_all_sizes()
        return self._at_listed_sizes() if proof is None else proof

    def _for_all_sizes(self) -> Proof | None:
        kinds = self.domains.values()
        if self.given or not any(isinstance(d, Sizes | Integers) for d in kinds) or _sampled(kinds):
            return None
        try:
            verdicts = [verdict for choice in self._choices() for verdict in map(decide, self._symbolic(choice))]
        except UNSPOKEN:
            return None
        for verdict in verdicts:
            if isinstance(verdict, Refutation):
                raise RefutedError(str(verdict), verdict)
        if not all(isinstance(v, Proof) for v in verdicts):
            return None
        return self._proof(ALL, "all sizes", verdicts)

    def _choices(self) -> Iterator[Numbers]:
        return by_size({name: d.values() for name, d in self.domains.items() if isinstance(d, Choices)})

    def _symbolic(self, choice: Numbers) -> tuple[Any, ...]:
        known = choice | {name: d.symbol(name) for name, d in self.domains.items() if isinstance(d, Sizes | Integers)}
        return self(**known, **{name: d.symbol(name, known) for name, d in self.kernels.items()})

    def _at_listed_sizes(self) -> Proof | Evidence:
        verdicts: list[Verdict] = []
        for numbers in self.instances():
            verdicts += [_settled(decide(claim), numbers) for claim in self.generic(numbers)]
        if not verdicts:
            msg = f"nothing that {self.name} speaks of meets its hypotheses"
            raise UndecidedError(msg)
        kinds = self.domains.values()
        if _sampled(kinds):
            return Evidence(verdicts[0].claim, self._scope(), len(verdicts))
        listed = any(isinstance(d, Sizes | Integers) for d in kinds)
        return self._proof(LISTED if listed else STATED, self._scope(), verdicts)

    def _scope(self) -> str:
        scanned = [d.scanned(name) for name, d in self.domains.items() if not isinstance(d, On)]
        kernels = ["every kernel"] if self.kernels else []
        return ", ".join([*scanned, *kernels]) or "this case"

    @staticmethod
    def _proof(strength: str, scope: str, parts: list[Verdict]) -> Proof:
        first = next(p for p in parts if isinstance(p, Proof))
        return TheoremProof(first.claim, scope, first.method, first.ring, strength, tuple(parts))

    def latex(self, proof: str = "", refutation: str = "", derivations: str = "") -> str:
        """The theorem and its false sibling, for any document that loads amsmath and amsthm.

        `proof` and `refutation` say in plain words what was found about them, `derivations` in LaTeX.  The environments
        `theorem` and `falsehood` are those of the document, where it has them.
        """
        source = rf"\noindent\emph{{Source:}} {escaped(self.source)}.\par"
        parts = [DEFINITIONS, _environment("theorem", self.name, self), source, _found(proof)]
        parts.append(rf"{{\footnotesize {derivations}}}" if derivations else "")
        if self.false_sibling is not None:
            parts += [_environment("falsehood", "", self.false_sibling), _found(refutation)]
        return "\n".join(filter(None, parts))

    def _repr_latex_(self) -> str:
        return f"${self.says}$"

    def __repr__(self) -> str:
        return f"{self.name}: {self.words}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _sent(THEOREMS, self)


def _sent(registry: Mapping[str, Any], made: Statement) -> tuple[Any, ...]:
    """What pickle and other processes call: the catalogue, with the name under which it has the statement."""
    name = next((name for name, known in registry.items() if known is made), None)
    if name is None:
        msg = f"a statement must be in the catalogue to be sent elsewhere, not {made.says!r}; write ca.theorems[name]"
        raise ConvAlgebraError(msg)
    return partial(_found_in_catalogue, isinstance(made, FalseSibling)), (name,)


def _found_in_catalogue(sibling: bool, name: str) -> Statement:
    from convalgebra.theorems import theorems  # noqa: PLC0415  # which loads the chapters that need this module

    found = theorems[name]
    return found.false_sibling if sibling and found.false_sibling is not None else found


def _sampled(kinds: Any) -> bool:
    return any(isinstance(d, Choices) and d.sampled for d in kinds)


def _settled(verdict: Verdict, numbers: Numbers) -> Verdict:
    """The verdict, if it is a proof for every kernel there is."""
    if isinstance(verdict, Refutation):
        msg = f"at {numbers}, {verdict}"
        raise RefutedError(msg, verdict)
    if not isinstance(verdict, Proof):
        msg = f"at {numbers}, {verdict}"
        raise UndecidedError(msg, verdict)
    return verdict


def _environment(name: str, title: str, statement: Statement) -> str:
    option = rf"[\texttt{{{escaped(title)}}}]" if title else ""
    return f"\\begin{{{name}}}{option}\n{escaped(statement.words)}\n\\[ {statement.says} \\]\n\\end{{{name}}}"


def _found(text: str) -> str:
    return rf"\noindent {escaped(text[:1].upper() + text[1:])}.\par" if text else ""


# --- the registry -----------------------------------------------------------------------------------------------------

THEOREMS: dict[str, Theorem] = {}
SIBLINGS: dict[str, FalseSibling] = {}


def theorem(
    name: str,
    *,
    says: str,
    source: str,
    strength: str = ALL,
    machine_checked: str | None = None,
    given: Mapping[str, Callable[..., Any]] | None = None,
) -> Callable[[Callable[..., Any]], Theorem]:
    """Register a function as the theorem of this id; `given` maps the words of a condition to its test."""

    def register(build: Callable[..., Any]) -> Theorem:
        made = Theorem(build, says, given or {}, name, source, strength, machine_checked)
        if THEOREMS.setdefault(name, made) is not made or strength not in STRENGTHS:
            msg = f"the id of a theorem must be new, and its strength one of {STRENGTHS}: {name}, {strength}"
            raise ConvAlgebraError(msg)
        return made

    return register


def false_sibling(
    of: Theorem, *, says: str, given: Mapping[str, Callable[..., Any]] | None = None, special: bool = False
) -> Callable[[Callable[..., Any]], FalseSibling]:
    """Register a function as the false sibling of a theorem."""

    def register(build: Callable[..., Any]) -> FalseSibling:
        made = FalseSibling(build, says, given or {}, special)
        if SIBLINGS.setdefault(of.name, made) is not made:
            msg = f"a theorem must have one false sibling, not two: {of.name}"
            raise ConvAlgebraError(msg)
        return made

    return register
