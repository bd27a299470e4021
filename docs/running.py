"""Pages that run, without Sphinx: every `{code-cell}` is executed in order, in one namespace."""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CELL = re.compile(r"^```\{code-cell\} python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Output:
    """What a cell printed, and the value of its last line."""

    printed: str
    value: Any = None


def run(page: str) -> Iterator[Output]:
    """Execute the cells of a page one after the other."""
    names: dict[str, Any] = {}
    return (execute(source, names) for source in CELL.findall(page))


def execute(source: str, names: dict[str, Any]) -> Output:
    """Execute one cell in these names."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102  # our own page
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None  # noqa: S307
    return Output(printed.getvalue(), value)
