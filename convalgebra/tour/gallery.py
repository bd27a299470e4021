"""The matrix figures of the report, and its formulas as a LaTeX document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra.kernel import symbols
from convalgebra.display.latex import entry_latex
from convalgebra.layers.conv import Conv
from convalgebra.tour.steps import composed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convalgebra.algebra.operator import Operator
    from convalgebra.tour.steps import Diagonalised

HEAD = r"""\documentclass{article}
\usepackage{amsmath}
\usepackage[margin=2cm]{geometry}
\begin{document}
"""
STATEMENTS = {
    "One filter on $4 \\times 4$ pixels, as a matrix": ("small",),
    "Stride 2, padding 1: $A = D_2\\, T(w)\\, P$": ("matrix", "keep", "slide", "extend"),
    "Circular padding commutes with shifts, zero padding does not": ("circular", "zeros"),
    "$F C = \\operatorname{diag}(F w)\\, F$": ("circulant",),
    "$T(v)\\, T(u) = T(v * u)$": ("second", "first", "product"),
}
SMALL, SHORT, LINE = (1, 4, 4), (1, 5), (1, 6)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A matrix with the name that stands in front of it and, if any, the rows to mark."""

    matrix: Operator
    name: str = ""
    rows: tuple[int, ...] = ()

    def svg(self, ident: str) -> str:
        """The figure, its ids beginning with `ident`."""
        return str(self.matrix.figure(highlight_rows=self.rows).svg(ident))

    def tikz(self) -> str:
        """The figure as a LaTeX document."""
        return str(self.matrix.figure(highlight_rows=self.rows).tikz())

    def latex(self) -> str:
        """The matrix as a formula."""
        return f"{self.name} = {self.matrix.to_latex()}"


def drawings(found: Diagonalised) -> dict[str, Drawn]:
    """Every small matrix of the report, by the name of its file."""
    return {**_layer(), **_borders(), "circulant": Drawn(found.circulant, "C"), **_stack()}


def _layer() -> dict[str, Drawn]:
    w = symbols("w", 3)[None, None]
    layer = Conv(w, stride=2, padding=1)
    D, T, P = layer.factors(SHORT)
    return {
        "small": Drawn(Conv(symbols("w", (3, 3))[None, None]).matrix(SMALL), "A"),
        "matrix": Drawn(layer.matrix(SHORT), "A"),
        "keep": Drawn(D, "D_2"),
        "slide": Drawn(T, "T(w)"),
        "extend": Drawn(P, "P"),
    }


def _borders() -> dict[str, Drawn]:
    w = symbols("w", 3)[None, None]
    return {
        "circular": Drawn(Conv(w, padding=1, padding_mode="circular").matrix(LINE), "A"),
        "zeros": Drawn(Conv(w, padding=1).matrix(LINE), "A", (0, LINE[1] - 1)),
    }


def _stack() -> dict[str, Drawn]:
    blur = np.array([1, 2, 1], dtype=np.int64)
    first = Conv(blur[None, None]).matrix((1, 7))
    second = Conv(blur[None, None]).matrix((1, 5))
    return {
        "second": Drawn(second, "T(v)"),
        "first": Drawn(first, "T(u)"),
        "product": Drawn(Conv(composed(blur, blur)).matrix((1, 7)), "T(v * u)"),
    }


def eigenvalues(found: Diagonalised) -> str:
    """`lambda_f = sum_j w_j exp(-2 pi i f j / n)`, one line for each."""
    lines = (rf"\lambda_{{{f}}} &= {entry_latex(value)}" for f, value in enumerate(found.eigenvalues))
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def document(drawn: Mapping[str, Drawn], found: Diagonalised) -> str:
    """All formulas, a section for each statement."""
    body = []
    for title, names in STATEMENTS.items():
        body.append(f"\\section*{{{title}}}")
        body += [f"\\[\n{drawn[name].latex()}\n\\]" for name in names]
        body += [eigenvalues(found)] if names == ("circulant",) else []
    return HEAD + "\n".join(body) + "\n\\end{document}\n"
