"""Tables of exact values: as text, HTML, LaTeX and a data frame."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import Any

from convalgebra.errors import MissingExtraError

_LATEX = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}"})


@dataclass(frozen=True)
class Table:
    """Rows of values under their column names; `totals`, where given, is a last row set apart.

    >>> print(Table(("layer", "parameters"), (("C1", 156), ("S2", 12)), ("", 1168)))
    layer  parameters
    C1            156
    S2             12
    -----------------
                1 168
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    totals: tuple[Any, ...] = ()

    def _values(self) -> list[tuple[Any, ...]]:
        """All lines: the names, the rows, the totals."""
        return [self.columns, *self.rows, *([self.totals] if self.totals else [])]

    def _lines(self) -> list[tuple[str, ...]]:
        return [tuple(map(shown, line)) for line in self._values()]

    def _aligned(self) -> list[bool]:
        """Which columns hold numbers, aligned to the right."""
        if not self.rows:
            return [False] * len(self.columns)
        return [all(isinstance(v, int) for v in column) for column in zip(*self.rows, strict=True)]

    def __str__(self) -> str:
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        layout = list(zip(widths, self._aligned(), strict=True))
        text = [
            "  ".join(cell.rjust(w) if right else cell.ljust(w) for cell, (w, right) in zip(line, layout, strict=True))
            for line in lines
        ]
        if self.totals:
            text.insert(-1, "-" * (sum(widths) + 2 * (len(widths) - 1)))
        return "\n".join(line.rstrip() for line in text)

    def _repr_html_(self) -> str:
        head, *body = self._lines()
        sides = [f' style="text-align:{"right" if right else "left"}"' for right in self._aligned()]
        parts = [_html_row("th", head, sides), *(_html_row("td", line, sides) for line in body[: len(self.rows)])]
        if self.totals:
            parts.append(_html_row("th", body[-1], sides))
        return f"<table>{''.join(parts)}</table>"

    def to_latex(self) -> str:
        r"""A `tabular`, which needs no package.

        >>> print(Table(("layer", "n"), (("C_1", 1500),)).to_latex())
        \begin{tabular}{lr}
        layer & n \\
        \hline
        C\_1 & 1\,500 \\
        \end{tabular}
        """
        lines = [" & ".join(map(_latex, line)) + r" \\" for line in self._values()]
        if self.totals:
            lines.insert(-1, r"\hline")
        sides = "".join("r" if right else "l" for right in self._aligned())
        body = "\n".join((lines[0], r"\hline", *lines[1:]))
        return f"\\begin{{tabular}}{{{sides}}}\n{body}\n\\end{{tabular}}"

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`, without the totals; pandas must be installed."""
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            msg = "pandas must be installed for a data frame; write pip install pandas, or read table.rows"
            raise MissingExtraError(msg) from error
        return pandas.DataFrame(list(self.rows), columns=list(self.columns))


def shown(value: Any) -> str:
    """Numbers in groups of three digits, shapes as 6 x 28 x 28, None as a dash.

    >>> shown(138357544), shown((6, 28, 28)), shown(None)
    ('138 357 544', '6 x 28 x 28', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return " x ".join(map(str, value)) if min(value, default=0) > 0 else f"({', '.join(map(str, value))})"
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


def _latex(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\\,")
    return shown(value).translate(_LATEX).replace(" x ", r" $\times$ ")


def _html_row(tag: str, cells: tuple[str, ...], sides: list[str]) -> str:
    inner = "".join(f"<{tag}{side}>{escape(cell)}</{tag}>" for cell, side in zip(cells, sides, strict=True))
    return f"<tr>{inner}</tr>"
