"""The reference, one page a room of the library, written from the docstrings of all public names."""

from __future__ import annotations

import inspect
import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from catalogue import escaped, renew, tree

import convalgebra as ca

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The word with which the home of a name begins -> the title of its page, and the question that it answers.
ROOMS = {
    "algebra": ("Matrices", "Which matrices are there, and how are they combined, read and compared?"),
    "layers": ("Layers", "Which layers are there, what do they compute, and what is their matrix?"),
    "analysis": ("Analysis", "What is a layer or a network: its size, cost, field, factors, spectrum, norm?"),
    "proofs": ("Claims and proofs", "Is it true: at this size, or at every size?"),
    "theorems": ("The catalogue", "Which theorems are there?"),
    "display": ("Figures", "How is it drawn?"),
    "interop": ("Readers", "How does a model of another library come in?"),
    "testing": ("Testing", "How are layers tested?"),
    "errors": ("Errors", "What is raised, and how is it caught?"),
}


def rooms() -> dict[str, list[str]]:
    """The public names of each room."""
    found: dict[str, list[str]] = {}
    for home, names in ca._HOMES.items():
        found.setdefault(home.partition(".")[0], []).extend(names)
    return found


def write(folder: Path) -> None:
    """Write one page for each room, and their list."""
    folder.mkdir(exist_ok=True)
    renew(
        folder / "index.md",
        "\n".join(
            [
                "# Reference",
                "",
                "*How is it called, and what does it give?* Every public name, its formula, and an example that runs.",
                "",
                *tree(rooms()),
            ]
        ),
    )
    for room, names in rooms().items():
        title, question = ROOMS[room]
        listed = " · ".join(f"{{py:obj}}`~convalgebra.{name}`" for name in sorted(names, key=str.lower))
        head = [f"# {title}", "", f"*{question}*", "", listed, ""]
        renew(folder / f"{room}.md", "\n".join([*head, *page(names)]))


def page(names: list[str]) -> Iterator[str]:
    """The names of a room in the order of the alphabet."""
    for name in sorted(names, key=str.lower):
        thing = getattr(ca, name)
        kind = "class" if isinstance(thing, type) else "function" if callable(thing) else "data"
        yield from entry(kind, name, thing)


def entry(kind: str, name: str, thing: Any, fence: str = "::::") -> Iterator[str]:
    """The directive of one name: its call, its docstring, and for a class its own members."""
    yield f"{fence}{{py:{kind}}} {name}{signature(thing)}"
    yield ":module: convalgebra" if fence == "::::" else ""
    yield ""
    yield from markdown(inspect.getdoc(thing) or "")
    for member, value in members(thing) if isinstance(thing, type) else ():
        yield from entry("property" if isinstance(value, property) else "method", member, value, ":::")
    yield from (fence, "")


def members(thing: type) -> Iterator[tuple[str, Any]]:
    """The documented public members that the class itself defines."""
    for name, value in vars(thing).items():
        made = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        called = inspect.isfunction(made) or isinstance(made, property)
        if called and not name.startswith("_") and inspect.getdoc(made):
            yield name, made


def signature(thing: Any) -> str:
    """The parameters and their defaults, without types."""
    if not callable(thing):
        return ""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values() if p.name not in {"self", "cls"}]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


def markdown(text: str) -> Iterator[str]:
    """A docstring as Markdown: doctests become blocks of Python, formulas stay as they are."""
    for _, group in groupby(re.split(r"\n\s*\n", text), key=kind_of):
        for paragraph in group:
            yield from block(kind_of(paragraph), paragraph)
            yield ""


def kind_of(paragraph: str) -> str:
    """What a paragraph of a docstring is."""
    lines = paragraph.splitlines()
    if lines and lines[0].lstrip().startswith(">>>"):
        return "python"
    if lines and all(line.startswith("    ") for line in lines):
        return "text"
    return "table" if lines and lines[0].startswith("|") else "words"


def block(kind: str, paragraph: str) -> list[str]:
    """A paragraph in its Markdown."""
    if kind in {"python", "text"}:
        return [f"```{kind}", inspect.cleandoc(paragraph), "```"]
    return [paragraph] if kind == "table" else [prose(paragraph)]


def prose(text: str) -> str:
    """Words with their code spans."""
    parts = re.split(r"(`+[^`]+`+)", text)
    return "".join(part if part.startswith("`") else escaped(part) for part in parts)
