"""Sphinx's `{code-cell}`: the code, and below it what it gives, as Jupyter shows it.

The pages are MyST notebooks in text form, which Jupyter opens through jupytext; `running.run(page)` needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import Directive
from running import execute

if TYPE_CHECKING:
    from running import Output
    from sphinx.application import Sphinx


def shown(output: Output, ident: str) -> list[nodes.Node]:
    """The output as a reader sees it in a notebook: a picture, a table, a formula, else text."""
    parts: list[nodes.Node] = [nodes.literal_block(output.printed, output.printed.rstrip(), language="text")]
    found = parts if output.printed else []
    if output.value is not None:
        found = [*found, _rich(output.value, ident)]
    return [nodes.container("", *found, classes=["cell-output"])] if found else []


def _rich(value: Any, ident: str) -> nodes.Node:
    figure = value.figure() if hasattr(value, "boxes") and hasattr(value, "figure") else value
    if hasattr(figure, "svg"):
        figure.check()
        return nodes.raw("", figure.svg(ident), format="html")
    if hasattr(value, "_repr_html_"):
        return nodes.raw("", value._repr_html_(), format="html")
    if latex := getattr(value, "_repr_latex_", lambda: "")():
        formula = latex.strip("$")
        return nodes.math_block(formula, formula, nowrap=formula.startswith("\\begin"))
    return nodes.literal_block(repr(value), repr(value), language="text")


class CodeCell(Directive):
    """`{code-cell} python`: the code, and below it what it gives."""

    has_content = True
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        env, source = self.state.document.settings.env, "\n".join(self.content)
        names = env.temp_data.setdefault("cells", {})
        count = env.temp_data["cell"] = env.temp_data.get("cell", 0) + 1
        output = execute(source, names)
        return [nodes.literal_block(source, source, language="python"), *shown(output, f"cell-{count}")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("code-cell", CodeCell)
    return {"parallel_read_safe": True}
