"""Sphinx's renderer of formulas: MathML in the page; a formula that has none is a warning of the build."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from mathml import mathml
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ALIGNED = re.compile(r"(?=\\begin\{align\*\})")


def inline(translator: Any, node: nodes.math) -> None:
    """A formula in a line."""
    _write(translator, node, "span", [node.astext()])


def block(translator: Any, node: nodes.math_block) -> None:
    """A displayed formula, or several."""
    _write(translator, node, "div", ALIGNED.split(node.astext()))


def _write(translator: Any, node: nodes.Element, tag: str, formulas: list[str]) -> None:
    body = "".join(_shown(node, latex, display=tag == "div") for latex in formulas if latex.strip())
    translator.body.append(translator.starttag(node, tag, "", CLASS="math notranslate nohighlight") + f"{body}</{tag}>")
    raise nodes.SkipNode


def _shown(node: nodes.Element, latex: str, *, display: bool) -> str:
    try:
        return mathml(latex, display=display)
    except ValueError as error:
        logging.getLogger(__name__).warning("%s", error, location=node)
        return escape(latex)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
