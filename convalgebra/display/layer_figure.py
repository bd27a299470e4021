"""A layer as a picture: the window on its grid, the matrix row it is, and the factors A = D T(w) P."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import choice
from convalgebra.display.equation_figure import Term, equation
from convalgebra.display.excerpt import excerpt
from convalgebra.display.figure import Figure, check_options
from convalgebra.display.frames import bounded
from convalgebra.display.isometric_figure import NAME, hovering
from convalgebra.display.label import Label
from convalgebra.display.look import FILLED, LABELS, Drawing, all_styles, look_at, rects_of
from convalgebra.display.matrix_figure import cell_side, matrix_drawing, with_title, written
from convalgebra.display.naming import explained, named
from convalgebra.display.palette import THEMES
from convalgebra.display.panel import UNIT
from convalgebra.display.scene import Fan, Lines, Mark, Panel, Rects, Scene, Text, scaled, stacked
from convalgebra.display.view import factored, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convalgebra.display.excerpt import Excerpt, Place
    from convalgebra.display.scene import Point
    from convalgebra.display.view import View

VIEWS = ("flat", "isometric")
NAMED = 16  # places on a side of a grid up to which each has its name
ZERO = Label.math("0")
KINDS = ("arithmetic", "grid+matrix", "factors")


def layer_figure(layer: Any, in_shape: Any, kind: str = "grid+matrix", **options: Any) -> Figure:
    """The layer as a picture on inputs of this shape: kind is "arithmetic", "grid+matrix" or "factors".

    >>> import convalgebra as ca
    >>> layer_figure(ca.Conv([[[1, 2, 3]]]), (1, 5), "factors").scene.title
    'A = D T(w) P'
    """
    makers = {"arithmetic": arithmetic, "grid+matrix": grid_and_matrix, "factors": factors}
    maker: Any = makers[choice(kind, "kind", KINDS)]
    check_options(options, maker.__kwdefaults__)
    return maker(layer, in_shape, **options)  # type: ignore[no-any-return]


def arithmetic(
    layer: Any,
    in_shape: Any,
    *,
    at: Any = None,
    channels: tuple[int, int] = (0, 0),
    view: str = VIEWS[0],
    labels: str = "auto",
    theme: str = THEMES[0],
    title: str = "",
) -> Figure:
    """The kernel on the padded input at the window of output `at`, and the output; `channels` is (output, input).

    `view` is "flat", or "isometric": the output hovers over the input.

    >>> import convalgebra as ca
    >>> arithmetic(ca.Conv([[[1, 2, 3]]], padding=1), (1, 4), at=0).scene.title
    'Convolution: output y_{0} and the window it reads'
    """
    seen = view_of(layer, in_shape, at, channels)
    isometric = choice(view, "view", VIEWS) == "isometric"
    drawing = _arithmetic(seen, choice(labels, "labels", LABELS), choice(theme, "theme", THEMES), isometric=isometric)
    options = {"channels": channels, "view": view, "labels": labels, "theme": theme, "title": title}
    return Figure(
        with_title(explained(drawing), title), lambda: _everywhere(arithmetic, layer, in_shape, seen, options)
    )


def _everywhere(
    maker: Callable[..., Figure], layer: Any, in_shape: Any, view: View, options: dict[str, Any]
) -> Iterator[Figure]:
    """The same figure with the window at every output."""
    bounded(prod(view.outputs[1:]))
    return (maker(layer, in_shape, at=at, **options) for at in np.ndindex(*view.outputs[1:]))


def _arithmetic(view: View, labels: str, theme: str, *, isometric: bool = False) -> Drawing:
    window = view.window
    height, width = window.shape
    part = excerpt(window, tuple(range(height)), tuple(range(width)))
    look = look_at(window, part, written(part, labels), theme)
    unit = cell_side(part, look, labels)
    look, scale = named(look.at(UNIT / unit), part), UNIT / unit
    size = NAME * scale if max(*window.shape, *view.grid) <= NAMED else 0.0
    cells, under, over = rects_of(part, look), _input(view, part, size), (_outline(part),)
    source = Panel(cells, under, over, rows=part.rows, cols=part.cols, ground=isometric)
    target = Panel(under=_output(view, size), ground=isometric)
    arranged = hovering if isometric else _beside_each_other
    words = f"{view.title}: {view.input_words()}; {view.output_words()}."
    scene = Scene(arranged(view, part, source, target, scale), all_styles(theme, look), view.title, words, unit)
    return Drawing(scene, tuple(look if panel.rows else None for panel in scene.panels))


def _beside_each_other(view: View, part: Excerpt, source: Panel, target: Panel, scale: float) -> tuple[Panel, ...]:
    """The input, and beside or below it the output, with the beam between them."""
    shape, origin = view.window.shape, _beside(view.window.shape, view.grid)
    fan, edges = _beam(view, part, origin)
    source = replace(source, over=(*source.over, _caption(shape, view.input_words(), scale, above=shape[0] == 1)))
    target = replace(target, over=(_caption(view.grid, view.output_words(), scale),), origin=origin)
    return Panel(under=(fan,)), source, Panel(over=(edges,)), target


def _input(view: View, part: Excerpt, size: float) -> tuple[Mark, ...]:
    """The padded grid: places of the signal, and around it those that are zero or repeat one of them."""
    marks = [*_sheet(_all(view.window.shape), "cv pad"), *_sheet(view.inside, "cv input")]
    named = ((place, name, "cv x" if name else "cv void") for place, name in view.named_inputs() if not part.at(*place))
    return (*marks, *_names(sorted(named, key=lambda text: text[2]), size)) if size else tuple(marks)


def _output(view: View, size: float) -> tuple[Mark, ...]:
    row, col = (0, *view.at)[-2:]
    marks = *_sheet(_all(view.grid), "cv output"), Rects(((col, row),), "cv chosen", width=1, height=1)
    named = ((place, name, "cv text") for place, name in view.named_outputs())
    return (*marks, *_names([*named], size)) if size else marks


def _all(shape: Place) -> tuple[range, range]:
    return range(shape[0]), range(shape[1])


def _sheet(spans: tuple[range, range], style: str) -> list[Mark]:
    """The cells of these rows and columns as one rectangle and the lines inside it."""
    down, across = spans
    if not down or not across:
        return []
    left, top, right, bottom = across[0] - 0.5, down[0] - 0.5, across[-1] + 0.5, down[-1] + 0.5
    middle = ((left + right) / 2, (top + bottom) / 2)
    sheet = Rects((middle,), style, width=len(across), height=len(down))
    flat = [((left, y - 0.5), (right, y - 0.5)) for y in down[1:]]
    upright = [((x - 0.5, top), (x - 0.5, bottom)) for x in across[1:]]
    return [sheet, Lines((*flat, *upright), f"{style} line")] if flat or upright else [sheet]


def _names(named: Sequence[tuple[Place, Label | None, str]], size: float) -> list[Text]:
    """Labels in cells, 0 for none, all as large as the longest one can be, at most of this size."""
    texts = [((x, y), label or ZERO, style) for (y, x), label, style in named]
    fitting = min(size, FILLED / max((label.width for _, label, _ in texts), default=1.0))
    return [Text(at, label, style, fitting) for at, label, style in texts]


def _outline(part: Excerpt) -> Rects:
    top, left, bottom, right = part.corners
    middle = ((left + right) / 2, (top + bottom) / 2)
    return Rects((middle,), "cv window", width=right - left + 1, height=bottom - top + 1)


def _beside(source: Place, target: Place) -> Point:
    """Where the output grid lies: right of a grid, below a signal."""
    if source[0] == 1:
        return (source[1] - target[1]) / 2, 2.8
    return source[1] + 1.6, (source[0] - target[0]) / 2


def _beam(view: View, part: Excerpt, origin: Point) -> tuple[Fan, Lines]:
    """From the sides of the window to the output: its shade under both grids, its edges over the first."""
    top, left, bottom, right = part.corners
    row, col = (0, *view.at)[-2:]
    x, y = col + origin[0], row + origin[1]
    first: tuple[Point, Point] = ((right + 0.5, top - 0.5), (x - 0.5, y - 0.5))
    second: tuple[Point, Point] = ((right + 0.5, bottom + 0.5), (x - 0.5, y + 0.5))
    if view.window.shape[0] == 1:
        first = ((left - 0.5, 0.5), (x - 0.5, y - 0.5))
        second = ((right + 0.5, 0.5), (x + 0.5, y - 0.5))
    return Fan((*first, *second[::-1])), Lines((first, second), "cv edge")


def _caption(shape: Place, words: str, scale: float, *, above: bool = False) -> Text:
    height, width = shape
    y = -0.5 - 0.5 * scale if above else height - 0.5 + 0.65 * scale
    return Text(((width - 1) / 2, y), Label.plain(words), "cv text", NAME * scale)


def grid_and_matrix(
    layer: Any,
    in_shape: Any,
    *,
    at: Any = None,
    channels: tuple[int, int] = (0, 0),
    labels: str = "auto",
    theme: str = THEMES[0],
    title: str = "",
) -> Figure:
    """The window on its grid, and below it the matrix whose highlighted row it is, in the same colours.

    A transposed layer is its direct layer's picture read the other way: the window is a column.

    >>> import convalgebra as ca
    >>> grid_and_matrix(ca.Conv([[[1, 2, 3]]], padding=1), (1, 4), at=2).scene.panels[-1].rows
    (0, 1, 2, 3)
    """
    view = view_of(layer, in_shape, at, channels)
    above = _arithmetic(view, choice(labels, "labels", LABELS), choice(theme, "theme", THEMES))
    line = (view.row,)
    chosen: Any = {"highlight_cols": line} if view.turned else {"highlight_rows": line}
    below = matrix_drawing(layer.matrix(in_shape), labels=labels, theme=theme, **chosen)
    line_name = "column" if view.turned else "row"
    if not _names_of(above) <= _names_of(below):
        above = explained(above)
    grids = scaled(above.scene, above.scene.unit / below.scene.unit)
    scene = Scene(
        stacked([grids, below.scene], UNIT / below.scene.unit),
        {**above.scene.styles, **below.scene.styles},
        f"{'Input' if view.turned else 'Output'} {view.name} is one {line_name} of the matrix",
        f"Above, {above.scene.description} Below, with that {line_name} highlighted: {below.scene.description}",
        below.scene.unit,
    )
    drawing = with_title(Drawing(scene, (*above.looks, *below.looks)), title)
    options = {"channels": channels, "labels": labels, "theme": theme, "title": title}
    return Figure(drawing, lambda: _everywhere(grid_and_matrix, layer, in_shape, view, options))


def _names_of(drawing: Drawing) -> set[str]:
    """The names that stand for entries which are too long."""
    return {name.text for look in drawing.looks if look for name in look.stand_ins.values()}


def factors(layer: Any, in_shape: Any, *, labels: str = "auto", theme: str = THEMES[0], title: str = "") -> Figure:
    """`A = D T(w) P` side by side: extend the signal, slide the kernel everywhere, keep every s-th place.

    >>> import convalgebra as ca
    >>> [len(panel.rows) for panel in factors(ca.Conv([[[1, 2, 3]]], stride=2), (1, 7)).scene.panels if panel.rows]
    [3, 3, 5, 7]
    """
    D, T, P = factored(layer, in_shape)
    parts: list[Term | str] = [Term("A", layer.matrix(in_shape)), "=", Term("D", D), Term("T(w)", T), Term("P", P)]
    words = "The matrix of a layer and its three factors"
    figure = equation(parts, labels=labels, theme=theme, title="A = D T(w) P", words=words)
    return Figure(with_title(figure.drawing, title))
