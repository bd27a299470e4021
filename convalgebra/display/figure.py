"""Figures: a scene bound to the operators it shows, written as SVG or TikZ, saved only when it tells the truth."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from convalgebra.display import svg, tikz, typst
from convalgebra.display.export import WRITERS
from convalgebra.display.frames import Frames
from convalgebra.display.latex import repr_latex
from convalgebra.display.matrix_figure import matrix_drawing
from convalgebra.display.saving import target_of, write
from convalgebra.display.showing import show
from convalgebra.display.text import repr_text
from convalgebra.errors import ArgumentError, ConvAlgebraError, RefutedError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from convalgebra.display.look import Drawing
    from convalgebra.display.scene import Scene

OPTIONS = ("labels", "theme", "highlight_rows", "highlight_cols", "title", "name")
NOTEBOOK_BYTES = 100_000


@dataclass(frozen=True, eq=False, repr=False)
class Figure:
    """A picture as data: `.scene` holds the marks, `.svg()` and `.tikz()` write them, `.save(path)` by suffix.

    >>> import convalgebra as ca
    >>> figure = ca.circulant([1, 2, 3]).figure()
    >>> figure.svg().startswith("<svg"), figure.tikz().startswith("%")
    (True, True)
    """

    drawing: Drawing
    others: Callable[[], Iterator[Figure]] | None = None

    @property
    def scene(self) -> Scene:
        """The marks of the picture in cell units."""
        return self.drawing.scene

    def svg(self, ident: str | None = None) -> str:
        """The picture as one `<svg>` element whose ids begin with `ident`."""
        return svg.svg(self.scene, ident)

    def tikz(self, *, standalone: bool = True) -> str:
        """The picture as a LaTeX document, or as a `tikzpicture` to be included in one."""
        return tikz.document(self.scene) if standalone else tikz.picture(self.scene)

    def typst(self) -> str:
        """The picture as a typst document."""
        return typst.document(self.scene)

    def check(self) -> None:
        """Read every cell back from the scene and compare it with the operator; raises `RefutedError` on a lie."""
        for panel, look in zip(self.scene.panels, self.drawing.looks, strict=True):
            drawn, true = (panel.read(), look.truth(panel.rows, panel.cols)) if look else ({}, {})
            wrong = [place for place in sorted({*drawn, *true}) if drawn.get(place) != true.get(place)]
            if wrong:
                true_cell, drawn_cell = (cells.get(wrong[0], "no cell") for cells in (true, drawn))
                msg = f"the figure must show {true_cell} at entry {wrong[0]}, not {drawn_cell}; write A.figure() again"
                raise RefutedError(msg, wrong[0])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a `.svg`, `.tex`, `.typ`, `.html`, `.pdf` or `.png` file, or all frames as a `.gif`; returns the path.

        The file is written whole or not at all.
        """
        target = target_of(path, (*WRITERS, ".gif"))
        if target.suffix == ".gif":
            return self.frames().save(target)
        self.check()
        write(target, WRITERS[target.suffix](self.scene))
        return target

    def show(self) -> None:
        """Show the picture: below the cell of a notebook, else on a temporary page in the browser."""
        show(self)

    def frames(self) -> Frames:
        """The picture at every position of the window, in C order; `.save("x.html")` and `.save("x.gif")` play them."""
        if self.others is None:
            msg = "a figure must show a window to have frames; write layer.figure(in_shape, kind='arithmetic').frames()"
            raise ArgumentError(msg)
        return Frames(tuple(self.others()))

    def __repr__(self) -> str:
        return f"Figure({self.scene.title!r})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return _chosen({"text/html": lambda: _image(self), "image/svg+xml": self.svg}, include, exclude)


def matrix_figure(op: Any, **options: Any) -> Figure:
    """The figure of a matrix: colour = tap, so that sharing is seen.

    Options: `labels` "auto" | "values" | "taps" | "none"; `theme` "okabe-ito" | "print"; `highlight_rows`;
    `highlight_cols`; `title` above; `name` in front ("T(w)" gives "T(w) =").

    >>> import convalgebra as ca
    >>> matrix_figure(ca.circulant([1, 2, 3])).scene.panels[0].rows
    (0, 1, 2)
    """
    check_options(options, OPTIONS)
    m, n = op.shape
    if not all(isinstance(size, int) for size in op.shape):
        msg = f"the sizes of the matrix must be numbers to be drawn, not {m} x {n}; write A.subs({{n: 4}}).figure()"
        raise ArgumentError(msg)
    return Figure(matrix_drawing(op, **options))


def check_options(options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an option that this figure does not have."""
    if unknown := {*options} - {*known}:
        listed = ", ".join(known)
        msg = f"the options of this figure must be among {listed}, not {min(unknown)}; write labels='taps'"
        raise ArgumentError(msg)


def repr_html(op: Any) -> str:
    """The figure as an `<img>` that also shows in notebooks which are not trusted; text where it would be too large."""
    try:
        image = _image(matrix_figure(op))
    except ConvAlgebraError:
        image = ""
    return image if 0 < len(image) <= NOTEBOOK_BYTES else f"<pre>{escape(repr(op))}</pre>"


def _image(figure: Figure) -> str:
    data = base64.b64encode(figure.svg().encode()).decode()
    alt = escape(f"{figure.scene.title}. {figure.scene.description}")
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{data}">'


def mimebundle(op: Any, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None) -> dict[str, str]:
    """The representations a notebook asks for; what is not asked for is not made."""
    makers: dict[str, Callable[[], str]] = {
        "text/plain": lambda: repr_text(op),
        "text/html": lambda: repr_html(op),
        "text/latex": lambda: repr_latex(op),
        "image/svg+xml": lambda: matrix_figure(op).svg(),
    }
    return _chosen(makers, include, exclude)


def _chosen(
    makers: dict[str, Callable[[], str]], include: Iterable[str] | None, exclude: Iterable[str] | None
) -> dict[str, str]:
    wanted = set(makers if include is None else include) - set(exclude or ())
    return {kind: make() for kind, make in makers.items() if kind in wanted}
