"""The formulas of the site: MathML that says what the LaTeX says, or an error that stops the build."""

from __future__ import annotations

from itertools import chain
from xml.etree import ElementTree as ET

import pytest
from doc_scripts import script

import convalgebra as ca

MATHML = "{http://www.w3.org/1998/Math/MathML}"


def tree(latex, **options):
    return ET.fromstring(script("mathml").mathml(latex, **options))  # noqa: S314  # our own


def words(latex):
    """The leaves of the formula, in order."""
    return [e.text for e in tree(latex).iter() if e.text]


def cells(latex):
    return [[cell.get("style") for cell in row] for row in tree(latex).iter(f"{MATHML}mtr")]


def test_every_formula_of_the_catalogue_can_be_shown():
    statements = chain.from_iterable((t, t.false_sibling) for t in ca.theorems.values())
    for statement in statements:
        assert tree(statement.says, display=True).get("alttext") == statement.says.strip()


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\mathbf{1}\,\mathbb R", ["𝟏", "ℝ"]),
        (r"\mathbf{w} + \mathbb{E}", ["𝐰", "+", "𝔼"]),
        (r"\mathrm{diag}(w)", ["diag", "(", "w", ")"]),
        (r"\dim\ker C \bmod n", ["dim", "ker", "C", "mod", "n"]),
        (r"\arg\max_r x", ["arg", "max", "r", "x"]),
        (r"\overline{w}", ["w", "‾"]),
        (r"\text{definition of $\star$}", ["definition\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}", "⋆"]),
        (r"{\color{teal}{w_0}}", ["w", "0"]),
        (r"\left[\begin{array}{c|c} 1 & \cdots \\ \hline \vdots & \ddots \end{array}\right]", ["[", *"1⋯⋮⋱", "]"]),
    ],
)
def test_words_and_letters(latex, shown):
    assert words(latex) == shown


def test_colours_are_kept():
    assert [e.get("mathcolor") for e in tree(r"{\color{teal}{w_0}}").iter() if e.get("mathcolor")] == ["teal"]


def test_an_aligned_derivation_is_aligned_at_its_signs():
    (first, _), *_ = [row[:2] for row in cells(r"\begin{align*} a &= b && \text{why} \\ &= c && \text{so}\end{align*}")]
    assert first == "text-align: right; padding: 0.3em 0 0.3em 0"
    _, middle, gap, last = cells(r"\begin{align*} a &= b && \text{why}\end{align*}")[0]
    assert [middle.split(";")[0], last.split(";")[0]] == ["text-align: left"] * 2
    assert gap.endswith("2em")


def test_block_lines_are_drawn():
    (_, right), (_, below) = cells(r"\begin{array}{c|c} 1 & 2 \\ \hline 3 & 4 \end{array}")
    styles = cells(r"\begin{array}{c|c} 1 & 2 \\ \hline 3 & 4 \end{array}")
    assert [["border-right" in s for s in row] for row in styles] == [[True, False], [True, False]]
    assert ["border-bottom" in right, "border-bottom" in below] == [True, False]


@pytest.mark.parametrize("latex", [r"\unheardof{x}", "x^{H}^{T}", r"a \\ b", r"\frac{1"])
def test_what_cannot_be_shown_is_refused(latex):
    with pytest.raises(ValueError, match="a formula must be one that MathML can show"):
        script("mathml").mathml(latex)
