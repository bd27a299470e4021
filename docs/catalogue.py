"""The theory, one page a theorem, written from `ca.theorems`: statement, proof, and what is false beside it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import convalgebra as ca
from convalgebra.display.equation_figure import Term, equation
from convalgebra.errors import ConvAlgebraError
from convalgebra.theorems import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from convalgebra.display.figure import Figure
    from convalgebra.theorems.theorem import FalseSibling, Theorem

LEAST, MOST = 3, 9  # rows and columns of the matrices that a page draws
TRIED = 200  # sizes that are tried for a picture
MANY = 12  # lines of a derivation that stand on the page


def write(folder: Path) -> None:
    """Write the pages of all chapters into the folder; pages of theorems that are no more go."""
    pages = {"index.md": index(), **{f"{name}.md": checked(theorem) for name, theorem in ca.theorems.items()}}
    pages |= {f"chapter-{word}.md": chapter(word) for word in chapters()}
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        renew(folder / name, text)


def checked(theorem: Theorem) -> str:
    """The page of a theorem; an error names the theorem that is not what it says."""
    try:
        return page(theorem)
    except Exception as error:
        msg = f"{theorem.name} must be proved, and its false sibling refuted: {error}"
        raise ConvAlgebraError(msg) from error


def renew(path: Path, text: str) -> None:
    """Write the file if it says something else: Sphinx reads again only what changed."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def chapters() -> dict[str, list[Theorem]]:
    """The theorems of each chapter that has some."""
    found: dict[str, list[Theorem]] = {word: [] for word in CHAPTERS}
    for theorem in ca.theorems.values():
        found[theorem.chapter].append(theorem)
    return {word: theorems for word, theorems in found.items() if theorems}


def index() -> str:
    """The list of chapters."""
    count = len(ca.theorems)
    words = f"{count} theorems, each one function of sizes and kernels; all were proved when these pages were made."
    return "\n".join(["# Theory", "", words, "", *tree(f"chapter-{word}" for word in chapters())])


def chapter(word: str) -> str:
    """The theorems of a chapter, each in one sentence."""
    title, theorems = CHAPTERS[word][0], chapters()[word]
    lines = [f"- [`{t.name}`]({t.name}.md): {escaped(' '.join(t.words.split()))}" for t in theorems]
    return "\n".join([f"# {title}", "", *lines, "", *tree((t.name for t in theorems), hidden=True)])


def tree(names: Iterable[str], *, hidden: bool = False) -> list[str]:
    """A table of contents."""
    return ["```{toctree}", *[":hidden:"] * hidden, ":maxdepth: 1", "", *names, "```", ""]


def page(theorem: Theorem) -> str:
    """Everything that is known about a theorem."""
    return "\n".join(line for part in (*_stated(theorem), *_proved(theorem), *_false(theorem)) for line in (*part, ""))


def _stated(theorem: Theorem) -> Iterator[list[str]]:
    yield [f"# {theorem.name}"]
    yield [escaped(theorem.words)]
    yield formula(theorem.says)
    yield python(theorem.code)
    yield ["```python", f'ca.theorems["{theorem.name}"].prove()', "```"]
    yield from figure(lambda: instance(theorem), f"{theorem.name}-true")
    yield ["**Hypotheses.** " + escaped("; ".join(theorem.hypotheses) or "none") + "."]
    yield ["**Source.** " + escaped(theorem.source) + "."]


def _proved(theorem: Theorem) -> Iterator[list[str]]:
    proof = theorem.prove()
    kind = "Proof" if isinstance(proof, ca.Proof) else "Evidence"
    yield [f"## {kind}"]
    yield [f"Strength: *{proof.strength}*. Scope: {escaped(proof.scope)}."]
    derivations = getattr(proof, "derivations", "")
    if 0 < derivations.count("\n") <= MANY * max(derivations.count("begin{align*}"), 1):
        yield [derivations]
    if theorem.lemma:
        yield [f"Machine-checked in Rocq: `{theorem.lemma}` ([the lemmas](../machine-checked.md))."]


def _false(theorem: Theorem) -> Iterator[list[str]]:
    sibling = theorem.false_sibling
    if sibling is None:
        return
    refutation = sibling.refute()
    yield ["## What is false"]
    yield [escaped(sibling.words)]
    yield formula(sibling.says)
    yield python(sibling.code)
    yield ["**Refuted:** " + escaped(str(refutation)) + "."]
    yield from figure(refutation.figure, f"{theorem.name}-false")


def instance(statement: Theorem | FalseSibling) -> Figure | None:
    """Both sides of the first claim about matrices, at the smallest sizes that are worth a picture."""
    for numbers in islice(statement.instances(), TRIED):
        for claim in statement.generic(numbers):
            sides = getattr(claim, "left", None), getattr(claim, "right", None)
            if all(hasattr(side, "boxes") and worth(side.shape) for side in sides):
                at = ", ".join(f"{name} = {value}" for name, value in numbers.items())
                words = f"Both sides{at and ' at '}{at}"
                return equation([Term("left", sides[0]), "=", Term("right", sides[1])], title=words, words=words)
    return None


def worth(shape: tuple[int, int]) -> bool:
    """Is a matrix of this shape large enough to show something, and small enough to be read?"""
    return min(shape) >= LEAST and max(shape) <= MOST


def figure(draw: Any, ident: str) -> Iterator[list[str]]:
    """The figure as a block of the page; nothing where there are no matrices to draw."""
    try:
        drawn = draw()
        drawn.check()
    except (ConvAlgebraError, AttributeError, TypeError, ValueError):
        return
    yield ["```{raw} html", '<div class="theorem">', drawn.svg(ident).rstrip(), "</div>", "```"]


def formula(text: str) -> list[str]:
    """A displayed formula."""
    return ["```{math}", text, "```"]


def python(code: str) -> list[str]:
    """A block of Python."""
    return ["```python", code.rstrip(), "```"]


def escaped(text: str) -> str:
    """Words as Markdown that shows them as they are."""
    return "".join("\\" + c if c in r"\*_[]<>$`#|{}" else c for c in text)
