"""The theory, one page a theorem, written from `ca.theorems`: statement, figure, proof, and what is false beside it."""

from __future__ import annotations

import html
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pictures import counterexample, picture

import convalgebra as ca
from convalgebra.errors import ConvAlgebraError
from convalgebra.theorems import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pictures import Picture

    from convalgebra.theorems.theorem import Theorem

MANY = 12  # lines of a derivation that stand on the page
STAMP = "written-from"  # the file that says from which sources the pages were written


def write(folder: Path) -> None:
    """Write the pages of all chapters into the folder; pages of theorems that are no more go."""
    folder.mkdir(exist_ok=True)
    pages = {"index.md": index()}
    for word, theorems in chapters().items():
        pages[f"chapter-{word}.md"] = chapter(word)
        pages |= {f"{theorem.name}.md": checked(theorem) for theorem in theorems}
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        renew(folder / name, text)


def sources() -> str:
    """What the pages are made of, the library and this folder's scripts, as one number."""
    found = sorted([*Path(ca.__file__).parent.rglob("*.py"), *Path(__file__).parent.glob("*.py")])
    return sha256(b"".join(path.read_bytes() for path in found)).hexdigest()


def write_once(folder: Path) -> None:
    """Write the pages, unless they were written from these very sources."""
    stamp, now = folder / STAMP, sources()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != now:
        write(folder)
        stamp.write_text(now, encoding="utf-8")


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
    words = (
        f"*Is it true, for every size and kernel, and where does it fail?* Here are {count} theorems, each one "
        "function of sizes and kernels. All were proved when these pages were made, and the false statement beside "
        "each was refuted. [How to read them](../theorems.md)."
    )
    return "\n".join(["# Theory", "", words, "", *tree(f"chapter-{word}" for word in chapters())])


def chapter(word: str) -> str:
    """The theorems of a chapter, each in one sentence."""
    title, theorems = CHAPTERS[word][0], chapters()[word]
    lines = [f"- [{heading(t)}]({t.name}.md)" for t in theorems]
    return "\n".join([f"# {title}", "", *lines, ""])


def heading(theorem: Theorem) -> str:
    """The first sentence of the statement."""
    return escaped(sentences(theorem)[0].rstrip("."))


def sentences(theorem: Theorem) -> list[str]:
    """The first sentence of the statement, and the others."""
    return re.split(r"(?<=\.) ", " ".join(theorem.words.split()), maxsplit=1)


def tree(names: Iterable[str], *, hidden: bool = False) -> list[str]:
    """A table of contents."""
    return ["```{toctree}", *[":hidden:"] * hidden, ":maxdepth: 1", "", *names, "```", ""]


def page(theorem: Theorem) -> str:
    """Everything that is known about a theorem."""
    parts = (*_stated(theorem), *_proved(theorem), *_false(theorem), _beside(theorem))
    return "\n".join(line for part in parts for line in (*part, ""))


def _stated(theorem: Theorem) -> Iterator[list[str]]:
    yield ["---", "orphan: true", "---"]  # its chapter's page lists it; 400 pages in every sidebar would be slow
    yield [f"# {heading(theorem)}"]
    title = CHAPTERS[theorem.chapter][0]
    yield [f"[Theory](index.md) › [{title}](chapter-{theorem.chapter}.md) › `{theorem.name}`"]
    yield list(map(escaped, sentences(theorem)[1:]))
    yield formula(theorem.says)
    yield figure(picture(theorem), f"{theorem.name}-true")
    yield ["**Hypotheses.** " + escaped("; ".join(theorem.hypotheses) or "none") + "."]
    yield ["**Source.** " + escaped(theorem.source) + "."]
    yield python(theorem.code)


def _proved(theorem: Theorem) -> Iterator[list[str]]:
    proof = theorem.prove()
    kind = "Proof" if isinstance(proof, ca.Proof) else "Evidence"
    yield [f"## {kind}"]
    yield python(f'>>> print(ca.theorems["{theorem.name}"].prove().strength)\n{proof.strength}')
    told = "" if proof.scope == proof.strength else f" {escaped(proof.scope)}."
    yield [f"Strength: [*{proof.strength}*](../theorems.md).{told}"]
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
    yield figure(counterexample(sibling, refutation), f"{theorem.name}-false")


def _beside(theorem: Theorem) -> list[str]:
    """The theorems before and after it."""
    names = list(ca.theorems)
    at = names.index(theorem.name)
    before, after = names[:at][-1:], names[at + 1 : at + 2]
    links = [f"← [{heading(ca.theorems[name])}]({name}.md)" for name in before]
    links += [f"[{heading(ca.theorems[name])}]({name}.md) →" for name in after]
    return [":::{container} beside", *(f"{link}\n" for link in links), ":::"]


def figure(picture: Picture | None, ident: str) -> list[str]:
    """The figure and its caption as a block of the page."""
    if picture is None:
        return []
    drawn, caption = picture
    words = re.sub(r"_(\w+)", r"<sub>\1</sub>", html.escape(caption))
    svg = drawn.svg(ident).rstrip()
    return ["```{raw} html", "<figure>", svg, f"<figcaption>{words}.</figcaption>", "</figure>", "```"]


def formula(text: str) -> list[str]:
    """A displayed formula."""
    return ["```{math}", text, "```"]


def python(code: str) -> list[str]:
    """A block of Python, without the marks for linters."""
    return ["```python", re.sub(r" *# noqa.*", "", code).rstrip(), "```"]


def escaped(text: str) -> str:
    """Words as Markdown that shows them as they are."""
    return "".join("\\" + c if c in r"\*_[]<>$`#|{}" else c for c in text)
