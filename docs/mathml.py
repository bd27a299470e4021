"""Formulas as MathML, written when the pages are made: a browser shows them without network, script or image."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from functools import cache
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert

MATHML = "{http://www.w3.org/1998/Math/MathML}"
ALPHABETS = {"bold": "BOLD", "double-struck": "DOUBLE-STRUCK"}

# What the converter does not know, in words that it knows; a formula inside words ends them.
WORDS = [
    (re.compile(r"\\(arg|dim|ker|deg|cos|sin|log|exp)\b"), r"\\operatorname{\1}"),
    (re.compile(r"\{gathered\}"), "{matrix}"),
]
INNER = re.compile(r"\\text\{([^{}$]*)\$([^$]*)\$([^{}$]*)\}")


@cache
def mathml(latex: str, *, display: bool = False) -> str:
    """The formula as a `<math>` element; raises ValueError where it is no formula, or has a command without MathML.

    >>> mathml("x").endswith('<mi>x</mi></mrow></math>')
    True
    """
    text = INNER.sub(r"\\text{\1}\2\\text{\3}", latex.strip())
    for pattern, words in WORDS:
        text = pattern.sub(words, text)
    bare = re.sub(r"\\.", "", text)
    try:
        tree = ET.fromstring(convert(text, display="block" if display else "inline"))  # noqa: S314  # our own
    except Exception as error:
        raise _refused(latex, error) from error
    if bare.count("{") != bare.count("}") or any(map(_raw, tree.iter())):
        raise _refused(latex, "braces that do not match, a line break, or an unknown command")
    for element in list(tree.iter()):
        _readable(element)
    tree.set("alttext", latex)
    ET.register_namespace("", MATHML[1:-1])
    return ET.tostring(tree, encoding="unicode")


def _refused(latex: str, why: object) -> ValueError:
    return ValueError(f"a formula must be one that MathML can show, not {latex!r}: {why!r}")


def _raw(element: ET.Element) -> bool:
    """Would it be shown as a command, or lost?"""
    return bool(re.match(r"\\\w", element.text or "") or element.get("linebreak"))


def _readable(element: ET.Element) -> None:
    """What browsers read of an element: letters of their own for alphabets, styles for the attributes of tables."""
    if alphabet := ALPHABETS.get(element.get("mathvariant", "")):
        del element.attrib["mathvariant"]
        element.text = "".join(_letter(alphabet, c) for c in element.text or "")
    for tag, correct in (("mo", _space), ("mover", _stretch), ("mrow", _join), ("mtable", _lay_out)):
        if element.tag == MATHML + tag:
            correct(element)


def _letter(alphabet: str, c: str) -> str:
    """The letter of a mathematical alphabet: a bold 1, the R of the real numbers."""
    kind = unicodedata.name(c).replace("LATIN ", "").replace("LETTER ", "")
    for name in (f"{alphabet} {kind}", f"MATHEMATICAL {alphabet} {kind}"):
        with suppress(KeyError):
            return unicodedata.lookup(name)
    return c


def _space(operator: ET.Element) -> None:
    """A thin space around a function's name."""
    if (operator.text or "").isalpha() and operator.text != "mod":
        operator.attrib |= {"lspace": "0.17em", "rspace": "0.17em"}


def _stretch(over: ET.Element) -> None:
    """Hats and bars are accents as wide as what is below them."""
    if over[1].text in {"^", "~", "\N{HORIZONTAL BAR}"}:
        over.set("accent", "true")
        over[1].text = over[1].text.replace("\N{HORIZONTAL BAR}", "\N{OVERLINE}")


def _join(row: ET.Element) -> None:
    """An upright name is one word, not a product of its letters."""
    letters = [e for e in row if e.tag == f"{MATHML}mi" and e.get("mathvariant") == "normal"]
    if len(letters) == len(row) > 1:
        word = "".join(e.text or "" for e in letters)
        row[:] = letters[:1]
        row[0].text = word
        del row[0].attrib["mathvariant"]


def _lay_out(table: ET.Element) -> None:
    """The alignment and the lines of a table, which browsers take from styles alone."""
    aligned = table.get("columnspacing", "").startswith("0em")
    columns, lines = table.get("columnlines", "").split(), table.get("rowlines", "").split()
    for i, row in enumerate(table):
        for j, cell in enumerate(row):
            styles = [f"text-align: {cell.get('columnalign', 'center')}"]
            styles += [f"padding: 0.3em 0 0.3em {'2em' if j and j % 2 == 0 else '0'}"] if aligned else []
            styles += ["border-right: 1px solid"] if columns[j : j + 1] == ["solid"] else []
            styles += ["border-bottom: 1px solid"] if lines[i : i + 1] == ["solid"] else []
            cell.set("style", "; ".join(styles))
