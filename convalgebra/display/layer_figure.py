"""A layer as a picture: the window on its grid, the matrix row it is, and the factors A = D T(w) P."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import choice
from convalgebra.display.block_figure import outlines
from convalgebra.display.excerpt import excerpt
from convalgebra.display.figure import Figure
from convalgebra.display.frames import bounded
from convalgebra.display.label import Label
from convalgebra.display.look import LABELS, Drawing, all_styles, look_at, rects_of
from convalgebra.display.matrix_figure import PLAIN, SHEET, cells_drawing, matrix_drawing, with_title
from convalgebra.display.palette import THEMES
from convalgebra.display.panel import LABELLED, UNIT
from convalgebra.display.scene import Fan, Lines, Mark, Panel, Rects, Scene, Text, scaled, side_by_side, stacked
from convalgebra.display.view import factored, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convalgebra.display.excerpt import Excerpt, Place
    from convalgebra.display.scene import Point
    from convalgebra.display.view import View

KINDS = ("arithmetic", "grid+matrix", "factors")
NAME = 0.46  # the height of names in cells


def layer_figure(layer: Any, in_shape: Any, kind: str = "grid+matrix", **options: Any) -> Figure:
    """The layer as a picture on inputs of this shape: kind is "arithmetic", "grid+matrix" or "factors".

    >>> import convalgebra as ca
    >>> layer_figure(ca.Conv([[[1, 2, 3]]]), (1, 5), "factors").scene.title
    'A = D T(w) P'
    """
    makers = {"arithmetic": arithmetic, "grid+matrix": grid_and_matrix, "factors": factors}
    return makers[choice(kind, "kind", KINDS)](layer, in_shape, **options)


def arithmetic(
    layer: Any,
    in_shape: Any,
    *,
    at: Any = None,
    channels: tuple[int, int] = (0, 0),
    labels: str = "values",
    theme: str = THEMES[0],
    title: str = "",
) -> Figure:
    """The kernel on the padded input at the window of output `at`, and the output; `channels` is (output, input).

    >>> import convalgebra as ca
    >>> arithmetic(ca.Conv([[[1, 2, 3]]], padding=1), (1, 4), at=0).scene.title
    'Convolution: output y_{0} and the window it reads'
    """
    view = view_of(layer, in_shape, at, channels)
    drawing = _arithmetic(view, choice(labels, "labels", LABELS), choice(theme, "theme", THEMES))
    options = {"channels": channels, "labels": labels, "theme": theme, "title": title}
    return Figure(with_title(drawing, title), lambda: _everywhere(arithmetic, layer, in_shape, view, options))


def _everywhere(
    maker: Callable[..., Figure], layer: Any, in_shape: Any, view: View, options: dict[str, Any]
) -> Iterator[Figure]:
    """The same figure with the window at every output."""
    bounded(prod(view.outputs[1:]))
    return (maker(layer, in_shape, at=at, **options) for at in np.ndindex(*view.outputs[1:]))


def _arithmetic(view: View, labels: str, theme: str) -> Drawing:
    window = view.window
    height, width = window.shape
    part = excerpt(window, tuple(range(height)), tuple(range(width)))
    look = look_at(window, part, "values" if labels == "auto" else labels, theme)
    small, origin = max(*window.shape, *view.grid) <= LABELLED, _beside(window.shape, view.grid)
    fan, edges = _beam(view, part, origin)
    over = (_outline(part), _caption(window.shape, view.input_words(), above=height == 1))
    source = Panel(rects_of(part, look), _input(view, named=small), over, rows=part.rows, cols=part.cols)
    target = Panel(under=_output(view, named=small), over=(_caption(view.grid, view.output_words()),), origin=origin)
    title = f"Convolution: output {view.name} and the window it reads"
    words = f"{title}: {view.input_words()}; {view.output_words()}."
    panels = (Panel(under=(fan,)), source, Panel(over=(edges,)), target)
    scene = Scene(panels, all_styles(theme, look), title, words, UNIT * min(1, LABELLED / max(window.shape)))
    return Drawing(scene, (None, look, None, None))


def _input(view: View, *, named: bool) -> tuple[Mark, ...]:
    """The padded grid: places of the signal, and around it those that are zero or repeat one of them."""
    grids: dict[str, list[Point]] = {"cv pad": [], "cv input": []}
    texts = []
    for (y, x), name, inside in view.named_inputs():
        grids["cv input" if inside else "cv pad"].append((x, y))
        style = "cv x" if name else "cv void"
        texts.append(Text((x, y), name or Label.math("0"), style, NAME))
    rects = [Rects(tuple(places), style, width=1, height=1) for style, places in grids.items() if places]
    texts.sort(key=lambda text: text.style)
    return (*rects, *(texts if named else ()))


def _output(view: View, *, named: bool) -> tuple[Mark, ...]:
    names = [((float(x), float(y)), name) for (y, x), name in view.named_outputs()]
    chosen = tuple(at for at, name in names if name.text == view.name)
    texts = [Text(at, name, "cv text", NAME) for at, name in names]
    grid = Rects(tuple(at for at, _ in names), "cv output", width=1, height=1)
    return grid, Rects(chosen, "cv chosen", width=1, height=1), *(texts if named else ())


def _corners(part: Excerpt) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of the window."""
    ys, xs = zip(*part.entries, strict=True)
    return min(ys), min(xs), max(ys), max(xs)


def _outline(part: Excerpt) -> Rects:
    top, left, bottom, right = _corners(part)
    middle = ((left + right) / 2, (top + bottom) / 2)
    return Rects((middle,), "cv window", width=right - left + 1, height=bottom - top + 1)


def _beside(source: Place, target: Place) -> Point:
    """Where the output grid lies: right of a grid, below a signal."""
    if source[0] == 1:
        return (source[1] - target[1]) / 2, 2.8
    return source[1] + 1.6, (source[0] - target[0]) / 2


def _beam(view: View, part: Excerpt, origin: Point) -> tuple[Fan, Lines]:
    """From the sides of the window to the output: its shade under both grids, its edges over the first."""
    top, left, bottom, right = _corners(part)
    row, col = (0, *view.at)[-2:]
    x, y = col + origin[0], row + origin[1]
    first: tuple[Point, Point] = ((right + 0.5, top - 0.5), (x - 0.5, y - 0.5))
    second: tuple[Point, Point] = ((right + 0.5, bottom + 0.5), (x - 0.5, y + 0.5))
    if view.window.shape[0] == 1:
        first = ((left - 0.5, 0.5), (x - 0.5, y - 0.5))
        second = ((right + 0.5, 0.5), (x + 0.5, y - 0.5))
    return Fan((*first, *second[::-1])), Lines((first, second), "cv edge")


def _caption(shape: Place, words: str, *, above: bool = False) -> Text:
    height, width = shape
    return Text(((width - 1) / 2, -1.0 if above else height + 0.15), Label.plain(words), "cv text", NAME)


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

    >>> import convalgebra as ca
    >>> grid_and_matrix(ca.Conv([[[1, 2, 3]]], padding=1), (1, 4), at=2).scene.panels[-1].rows
    (0, 1, 2, 3)
    """
    view = view_of(layer, in_shape, at, channels)
    above = _arithmetic(view, choice(labels, "labels", LABELS), choice(theme, "theme", THEMES))
    below = matrix_drawing(layer.matrix(in_shape), labels=labels, theme=theme, highlight_rows=(view.row,))
    grids = scaled(above.scene, above.scene.unit / min(below.scene.unit, UNIT))
    scene = Scene(
        stacked([grids, below.scene], max(UNIT / below.scene.unit, 1.0)),
        {**above.scene.styles, **below.scene.styles},
        f"Output {view.name} is one row of the matrix",
        f"Above, {above.scene.description} Below, with that row highlighted: {below.scene.description}",
        below.scene.unit,
    )
    drawing = with_title(Drawing(scene, (*above.looks, *below.looks)), title)
    options = {"channels": channels, "labels": labels, "theme": theme, "title": title}
    return Figure(drawing, lambda: _everywhere(grid_and_matrix, layer, in_shape, view, options))


def factors(layer: Any, in_shape: Any, *, labels: str = "auto", theme: str = THEMES[0], title: str = "") -> Figure:
    """`A = D T(w) P` side by side: extend the signal, slide the kernel everywhere, keep every s-th place.

    >>> import convalgebra as ca
    >>> [len(panel.rows) for panel in factors(ca.Conv([[[1, 2, 3]]], stride=2), (1, 7)).scene.panels if panel.rows]
    [3, 3, 5, 7]
    """
    named = dict(zip(("A", "D", "T(w)", "P"), (layer.matrix(in_shape), *factored(layer, in_shape)), strict=True))
    drawings = _drawings([*named.values()], choice(labels, "labels", LABELS), choice(theme, "theme", THEMES))
    scenes = [_captioned(d.scene, name, *op.shape) for d, (name, op) in zip(drawings, named.items(), strict=True)]
    scale = max(UNIT / scenes[0].unit, 1)
    panels = side_by_side([scenes[0], _equals(scale), *scenes[1:]], 0.7 * scale)
    looks = iter([look for drawing in drawings for look in drawing.looks])
    styles = {name: style for scene in scenes for name, style in scene.styles.items()}
    words = "; ".join(f"{name} is {op.shape[0]} × {op.shape[1]}" for name, op in named.items())
    scene = Scene(
        panels, styles, "A = D T(w) P", f"The matrix of a layer and its three factors: {words}.", scenes[0].unit
    )
    return Figure(with_title(Drawing(scene, tuple(next(looks) if panel.rows else None for panel in panels)), title))


def _drawings(operators: Sequence[Any], labels: str, theme: str) -> list[Drawing]:
    """The operators in cells of one size while these can be told apart, else in blocks or corners."""
    largest = max(max(op.shape) for op in operators)
    if largest > PLAIN and all(len(box) > 1 and box[-1] > 1 for op in operators for box in op.boxes):
        return [outlines(op, theme) for op in operators]
    unit = UNIT if largest <= LABELLED or largest > PLAIN else SHEET / 2 / largest
    return [cells_drawing(op, labels, theme, unit=unit, letters=None) for op in operators]


def _equals(scale: float) -> Scene:
    return Scene((Panel(over=(Text((0, 0), Label.math("="), "cv text", 0.6 * scale),)),))


def _captioned(scene: Scene, name: str, rows: int, cols: int) -> Scene:
    (panel,) = scene.panels
    left, _, right, bottom = panel.bounds
    words = Label.math(f"{name}: {rows} × {cols}", rf"{name}\colon\ {rows}\times {cols}")
    scale = max(UNIT / scene.unit, 1)
    caption = Text(((left + right) / 2, bottom + 0.5 * scale), words, "cv text", NAME * scale)
    return replace(scene, panels=(replace(panel, over=(*panel.over, caption)),))
