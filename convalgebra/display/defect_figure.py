"""What two padded layers lose at the border, as one equation: the single layer minus the stack is the defect."""

from __future__ import annotations

from typing import Any

from convalgebra.algebra.indexing import integer
from convalgebra.analysis.defect import boundary_defect
from convalgebra.display.equation_figure import LARGEST, Term, equation, nonzero
from convalgebra.display.figure import Figure
from convalgebra.display.matrix_figure import with_title
from convalgebra.errors import SizeLimitError


def figure_boundary_defect(a: Any, b: Any, n: int, *, title: str = "", **options: Any) -> Figure:
    """`T(a b) - T(a) T(b)` on n places, b acting first; the entries that are lost are outlined.

    a and b as in `boundary_defect`. Options: `labels`, `theme`.

    >>> import convalgebra as ca
    >>> ca.figure_boundary_defect([1, 2, 1], [1, 2, 1], 6).scene.title
    'T(a b) − T(a) T(b): 2 entries are lost at the border'
    """
    if integer(n, "n", 1) > LARGEST:
        msg = f"n must be at most {LARGEST} to be drawn, not {n}; the defect is the same for smaller n"
        raise SizeLimitError(msg)
    found = boundary_defect(a, b, n)
    lost = nonzero(found.defect)
    count = f"{len(lost)} {'entry is' if len(lost) == 1 else 'entries are'} lost at the border"
    parts: list[Term | str] = [
        Term("T(a b)", found.whole),
        "−",
        Term("T(a) T(b)", found.stack),
        "=",
        Term("defect", found.defect, lost),
    ]
    words = f"T(a b) − T(a) T(b): {count if lost else 'nothing is lost'}"
    figure = equation(parts, title=words, words="One layer, two layers, and their difference", **options)
    return Figure(with_title(figure.drawing, title))
