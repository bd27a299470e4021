"""`convalgebra prove`: runs the catalogue, prints how strong each proof is and where each false sibling fails."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ArgumentError, ConvAlgebraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convalgebra.proofs.verdicts import Refutation
    from convalgebra.theorems.outcomes import Evidence, TheoremProof
    from convalgebra.theorems.theorem import Theorem

FAILED = 1
EXAMPLES = """\
examples:
  convalgebra prove                                       the whole catalogue
  convalgebra prove lecture-equivariance-line             one theorem, its derivation and its false sibling
  convalgebra prove --chapter comm --latex handout.tex    a chapter, as a LaTeX document
  convalgebra prove --strength sampled                    what has evidence only
"""


def add_prove(commands: Any) -> None:
    """The options of `convalgebra prove`."""
    add = commands.add_parser(
        "prove",
        help="prove the catalogue of theorems, refute their false siblings",
        description="Prove theorems of the catalogue, for all sizes where that is possible, and refute the false "
        "sibling of each by its smallest counterexample. The exit status is 1 if anything fails.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.set_defaults(run=run)
    add.add_argument("ids", metavar="ID", nargs="*", help="of a theorem (default: all)")
    add.add_argument(
        "--chapter", metavar="CHAPTER", help="only this chapter: its number, or the word its ids begin with"
    )
    add.add_argument("--strength", metavar="S", help="only those: 'all sizes', 'as stated', 'listed sizes', 'sampled'")
    add.add_argument("--latex", metavar="FILE", help="also write a LaTeX document")


def progress(text: str) -> None:
    """One line that each step writes over, on a terminal alone; the empty text clears it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


@dataclass(frozen=True)
class Outcome:
    """What was found about a theorem and its false sibling: a verdict, or the text of a failure."""

    theorem: Theorem
    verdict: TheoremProof | Evidence | str
    refutation: Refutation | str

    @property
    def failed(self) -> bool:
        """Does anything not hold as promised?"""
        return isinstance(self.verdict, str) or isinstance(self.refutation, str)

    @property
    def shown(self) -> str:
        """The verdict in short."""
        return (
            self.verdict if isinstance(self.verdict, str) else f"{_MARKS[self.verdict.strength]} {self.verdict.scope}"
        )


_MARKS = {
    "all sizes": "proved for",
    "as stated": "proved,",
    "listed sizes": "proved at",
    "sampled": "no proof, true at",
}


def run(options: argparse.Namespace) -> int:
    """Prove what was asked for; 0 if all holds as promised, else 1."""
    theorems = _chosen(options)
    outcomes = list(_outcomes(theorems))
    print("\n\n".join(map(_told, outcomes)) if options.ids else "\n".join(_table(outcomes)))
    print(f"\n{_summary(outcomes)}")
    if options.latex:
        _write(options.latex, outcomes)
    return FAILED if any(o.failed for o in outcomes) else 0


# --- what is asked for ------------------------------------------------------------------------------------------------


def _chosen(options: argparse.Namespace) -> list[Theorem]:
    from convalgebra.theorems import theorems  # noqa: PLC0415  # --help loads no chapter

    names = options.ids or list(theorems)
    unknown = [name for name in names if name not in theorems]
    if unknown:
        near = get_close_matches(unknown[0], theorems, 1) or ["lecture-equivariance-line"]
        msg = f"ID must be the id of a theorem, not {unknown[0]!r}; write convalgebra prove {near[0]}"
        raise ArgumentError(msg)
    asked = [theorems[name] for name in names]
    if options.chapter is not None:
        word = _word(options.chapter)
        asked = [t for t in asked if t.chapter == word]
    if options.strength is not None:
        _check_strength(options.strength)
        asked = [t for t in asked if t.strength == options.strength]
    if not asked:
        msg = "at least one theorem must be chosen, not none; write convalgebra prove without --chapter or --strength"
        raise ArgumentError(msg)
    return asked


def _word(chapter: str) -> str:
    from convalgebra.theorems import CHAPTERS  # noqa: PLC0415

    words = list(CHAPTERS)
    if chapter.isdecimal() and int(chapter) < len(words):
        return words[int(chapter)]
    if chapter not in words:
        msg = f"--chapter must be 0 to {len(words) - 1}, or one of {', '.join(words)}, not {chapter!r}"
        raise ArgumentError(msg)
    return chapter


def _check_strength(strength: str) -> None:
    if strength not in _MARKS:
        msg = f"--strength must be one of {', '.join(map(repr, _MARKS))}, not {strength!r}"
        raise ArgumentError(msg)


# --- what is found ----------------------------------------------------------------------------------------------------


def _outcomes(theorems: Sequence[Theorem]) -> Iterator[Outcome]:
    """One by one, with a line of progress on a terminal."""
    for place, theorem in enumerate(theorems):
        progress(f"{place + 1}/{len(theorems)} {theorem.id}")
        yield Outcome(theorem, _proved(theorem), _refuted(theorem))
    progress("")


def _proved(theorem: Theorem) -> TheoremProof | Evidence | str:
    try:
        verdict: Any = theorem.prove()
    except ConvAlgebraError as error:
        return f"FAILED: {error}"
    if verdict.strength != theorem.strength:
        return f"FAILED: proved {verdict.strength!r} where {theorem.strength!r} is promised"
    return verdict  # type: ignore[no-any-return]


def _refuted(theorem: Theorem) -> Refutation | str:
    if theorem.false_sibling is None:
        return "FAILED: no false sibling"
    try:
        return theorem.false_sibling.refute()
    except ConvAlgebraError as error:
        return f"FAILED: {error}"


# --- how it is told ---------------------------------------------------------------------------------------------------


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    from convalgebra.theorems import CHAPTERS  # noqa: PLC0415

    width = max(len(o.theorem.id) for o in outcomes)
    for number, (word, (title, _)) in enumerate(CHAPTERS.items()):
        chapter = [o for o in outcomes if o.theorem.chapter == word]
        if chapter:
            yield f"{number}. {title}"
        for o in chapter:
            yield f"  {o.theorem.id:{width}}  {o.shown}"
            yield f"  {'':{width}}  sibling {o.refutation}"


def _told(outcome: Outcome) -> str:
    """A theorem in full: words, code, proof, and its sibling's counterexample."""
    theorem, sibling = outcome.theorem, outcome.theorem.false_sibling
    parts = [f"{theorem.id} ({theorem.source})", theorem.statement, f"given {'; '.join(theorem.hypotheses)}"]
    if theorem.lemma:
        parts.append(f"machine-checked: {theorem.lemma}")
    parts.append(str(outcome.verdict))
    if sibling is not None:
        parts += [f"false sibling: {sibling.words}", sibling.code, str(outcome.refutation)]
    return "\n\n".join(parts)


def _summary(outcomes: Sequence[Outcome]) -> str:
    counts = Counter(o.theorem.strength for o in outcomes if not isinstance(o.verdict, str))
    proofs = ", ".join(f"{counts[s]} {s}" for s in _MARKS if counts[s])
    refuted = sum(not isinstance(o.refutation, str) for o in outcomes)
    failed = sum(o.failed for o in outcomes)
    counted = f"theorems: {len(outcomes)}; {proofs or 'none proved'}"
    return f"{counted}; false siblings refuted: {refuted}; failures: {failed}"


# --- the document -----------------------------------------------------------------------------------------------------

PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb,amsthm}
\usepackage[margin=3cm]{geometry}
\newtheorem{theorem}{Theorem}[section]
\newtheorem*{falsehood}{False}
\title{Convolutions as matrices: theorems}
\author{convalgebra}
\begin{document}
\maketitle
"""


def document(outcomes: Sequence[Outcome]) -> str:
    """The theorems, how they are proved, and what refutes their siblings, as a LaTeX document."""
    from convalgebra.theorems import CHAPTERS  # noqa: PLC0415

    parts = [PREAMBLE]
    for word, (title, _) in CHAPTERS.items():
        chapter = [o for o in outcomes if o.theorem.chapter == word]
        parts += [rf"\section{{{title}}}"] if chapter else []
        parts += [o.theorem.latex(o.shown, str(o.refutation), getattr(o.verdict, "derivations", "")) for o in chapter]
    return "\n\n".join([*parts, "\\end{document}", ""])


def _write(file: str, outcomes: Sequence[Outcome]) -> None:
    from convalgebra.display.saving import write  # noqa: PLC0415

    write(Path(file), document(outcomes))
