"""LaTeX text of entries and matrices: portable arrays for notebooks, `bmatrix`, `nicematrix` and TikZ for papers.

Every text is bounded: large matrices are cut down to their corners, with dots that follow the bands.
"""

from __future__ import annotations

import re
import sys
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.cyclotomic import turns
from convalgebra.algebra.indexing import choice, integer
from convalgebra.algebra.views import shown
from convalgebra.display.excerpt import GAP, Entry, Excerpt, Key, cut
from convalgebra.display.label import HUGE, Label, ends, entry_text, escape_math
from convalgebra.display.palette import STYLES, WHITE, Style, legend
from convalgebra.display.taps import kernel_of
from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ENVIRONMENTS = ("array", "bmatrix", "nicematrix", "tikz")
MAX_ROWS = 16
NOTEBOOK_ROWS = 12
NOTEBOOK_BYTES = 4_096  # MathJax 2 and 3 lay out no more than this in good time, and never a macro argument above 5 KiB
FILE_BYTES = 20_480
ENTRY_BYTES = 400
BMATRIX_COLUMNS = 10  # amsmath refuses more

_DOTS = {"⋮": r"\vdots", "⋯": r"\cdots", "⋱": r"\ddots"}
_INDEX = r"[A-Za-z0-9,;()+*' -]+"
_GROUP = rf"\{{{_INDEX}(?:_\{{{_INDEX}\}})?\}}"  # balanced, without a command: SymPy copies such names
_LOWER, _RAISED = f"_{_GROUP}", rf"\^{_GROUP}"
_SAFE_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9]*(?:(?:_[A-Za-z0-9]+)*|{_LOWER}(?:{_RAISED})?|{_RAISED}(?:{_LOWER})?)\Z")
_EXPONENT = re.compile(r"e\+?(-?)0*(\d+)")
# by hue, xcolor's base colours that CSS knows by the same name: the only ones every renderer takes
_COLORS = {
    "cvorange": "orange", "cvsky": "blue", "cvgreen": "teal", "cvpurple": "magenta", "cvblue": "violet",
    "cvred": "red", "cvyellow": "olive",
}  # fmt: skip


def entry_latex(value: Any) -> str:
    r"""The entry as TeX, for math mode; no name in it can act as a command.

    >>> entry_latex(Fraction(-1, 3)), entry_latex(1e-7), entry_latex(2 - 1j)
    ('-\\tfrac{1}{3}', '1 \\cdot 10^{-7}', '2-i')
    """
    return _entry_latex(value.item() if hasattr(value, "item") else value)


@lru_cache(maxsize=4096, typed=True)
def _entry_latex(value: Any) -> str:
    value = shown(value)
    if isinstance(value, str):
        return Label.math(value).tex.strip("$")
    if isinstance(value, Fraction) and value.denominator != 1:
        sign = "-" if value < 0 else ""
        return rf"{sign}\tfrac{{{_entry_latex(abs(value.numerator))}}}{{{_entry_latex(value.denominator)}}}"
    if isinstance(value, int) and abs(value) >= HUGE:
        return r"\underbrace{{{}\ldots {}}}_{{{}\ \mathrm{{digits}}}}".format(*ends(value))
    if isinstance(value, int | float | complex | Fraction):
        return _EXPONENT.sub(r" \\cdot 10^{\1\2}", entry_text(value))
    return _symbolic_latex(value)


def _symbolic_latex(value: Any) -> str:
    """SymPy's LaTeX; a name that SymPy would copy into it unescaped is set upright, or the whole expression is."""
    sympy = sys.modules.get("sympy")
    if sympy is None or not isinstance(value, sympy.Basic) or not _known(value, sympy):
        return rf"\mathrm{{{escape_math(str(value))}}}"
    names = {s: rf"\mathrm{{{escape_math(s.name)}}}" for s in value.atoms(sympy.Symbol) if not _SAFE_NAME.match(s.name)}
    roots = {root: sympy.Symbol(entry_text(root)) for root in value.atoms(sympy.exp) if turns(root) is not None}
    powers = {letter: Label.math(letter.name).tex.strip("$") for letter in roots.values()}
    try:
        return str(sympy.latex(value.xreplace(roots), symbol_names=names | powers))
    except ValueError:  # more digits than Python writes
        return r"\cdots"


def _known(value: Any, sympy: Any) -> bool:
    """Are its symbols and functions the only names in it?"""
    functions = value.atoms(sympy.core.function.AppliedUndef)
    named = value.atoms(sympy.MatrixSymbol, sympy.core.symbol.Str)
    return not named and all(_SAFE_NAME.match(f.func.__name__) for f in functions)


def matrix_latex(op: Any, env: str = "array", *, max_rows: int | None = MAX_ROWS, color: str | None = None) -> str:
    r"""`\left[\begin{array}{cc|cc} ... \end{array}\right]`: the matrix with its block lines, elided beyond `max_rows`.

    `env` is "array" (every renderer), "bmatrix" (an array where bmatrix has too few columns or no lines), "nicematrix"
    (coloured cells) or "tikz" (the figure).  `color="tap"` colours the entries by weight.  `max_rows=None` shows all
    and lifts the bound of 20 KB.

    >>> import convalgebra as ca
    >>> print(matrix_latex(ca.convolution_matrix([1, 2], 2)))
    \left[\begin{array}{cc}
    1 & 0 \\
    2 & 1 \\
    0 & 2
    \end{array}\right]
    """
    choice(env, "env", ENVIRONMENTS)
    if color not in (None, "tap"):
        msg = f'color must be None or "tap", not {color!r}'
        raise ArgumentError(msg)
    limit = None if max_rows is None else integer(max_rows, "max_rows", 3)
    if env == "tikz":
        from convalgebra.display.figure import matrix_figure  # noqa: PLC0415  # a figure may hold LaTeX, not the reverse

        return matrix_figure(op).tikz(standalone=False)
    write = {"array": _array, "bmatrix": _bmatrix, "nicematrix": _nicematrix}[env]
    return _bounded(lambda part: write(part, op, color), op, limit, FILE_BYTES)


def repr_latex(op: Any) -> str:
    r"""The matrix between dollars, at most 4 KB of what MathJax 2 and 3, KaTeX and pdflatex all set."""
    body = _bounded(lambda part: _array(part, op, None), op, NOTEBOOK_ROWS, NOTEBOOK_BYTES - 32)
    return rf"$\displaystyle {body}$"


def _bounded(write: Callable[[Excerpt], str], op: Any, limit: int | None, most: int) -> str:
    """The text with as many rows as the bound allows."""
    text = write(cut(op, limit))
    while limit is not None and limit > 3 and len(text.encode()) > most:
        limit = max(limit * 2 // 3, 3)
        text = write(cut(op, limit))
    return text


def _array(part: Excerpt, op: Any, color: str | None) -> str:
    return f"\\left[\\begin{{array}}{{{_columns(part, op)}}}\n{_body(part, op, color)}\n\\end{{array}}\\right]"


def _bmatrix(part: Excerpt, op: Any, color: str | None) -> str:
    ruled = "|" in _columns(part, op) or any(_rules(part.rows, op.boxes[0][-1]))
    if ruled or len(part.cols) > BMATRIX_COLUMNS:
        return _array(part, op, color)
    return f"\\begin{{bmatrix}}\n{_body(part, op, color)}\n\\end{{bmatrix}}"


def _nicematrix(part: Excerpt, op: Any, _: str | None) -> str:
    places: dict[str, list[str]] = {}
    styles = _styles(part, op)
    for p, q in product(range(len(part.rows)), range(len(part.cols))):
        entry = part.at(p, q)
        if entry is not None:
            places.setdefault(_fill(styles, entry), []).append(f"{p + 1}-{q + 1}")
    colors = "\n".join(rf"  \cellcolor[HTML]{{{fill}}}{{{','.join(at)}}}" for fill, at in places.items())
    head = f"\\begin{{bNiceArray}}{{{_columns(part, op)}}}[margin, cell-space-limits=2pt]\n\\CodeBefore"
    return f"{head}\n{colors}\n\\Body\n{_body(part, op, None)}\n\\end{{bNiceArray}}"


def _styles(part: Excerpt, op: Any) -> dict[Key, tuple[str, Style]]:
    return legend(kernel_of(op), (key for entry in part.entries.values() for key in entry.keys))


def _fill(styles: dict[Key, tuple[str, Style]], entry: Entry) -> str:
    style = styles[entry.keys[0]][1] if len(entry.keys) == 1 else STYLES["cv unit"]
    return (style.fill or WHITE).hex[1:].upper()


def _columns(part: Excerpt, op: Any) -> str:
    return "".join("|c" if rule else "c" for rule in _rules(part.cols, op.boxes[1][-1]))


def _rules(places: Sequence[int], block: int) -> list[bool]:
    """Whether a block line stands before each shown place."""
    return [block > 1 and k > 0 and place != GAP and place % block == 0 for k, place in enumerate(places)]


def _body(part: Excerpt, op: Any, color: str | None) -> str:
    styles = _styles(part, op) if color else {}
    colors = {key: _COLORS.get((style.fill or WHITE).base) for key, (_, style) in styles.items()}
    lines = []
    for p, rule in enumerate(_rules(part.rows, op.boxes[0][-1])):
        cells = " & ".join(_cell(part, p, q, colors) for q in range(len(part.cols)))
        lines.append(("\\hline\n" if rule else "") + cells)
    return " \\\\\n".join(lines)


def _cell(part: Excerpt, p: int, q: int, colors: Mapping[Key, str | None]) -> str:
    if part.is_gap(p, q):
        return _DOTS[part.dots(p, q)[0]]
    entry = part.at(p, q)
    if entry is None:
        return "0"
    body = entry_latex(entry.value)
    body = body if len(body) <= ENTRY_BYTES else r"\cdots"
    color = colors.get(entry.keys[0]) if len(entry.keys) == 1 else None
    return rf"{{\color{{{color}}}{{{body}}}}}" if color else body
