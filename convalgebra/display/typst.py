"""A scene as typst: one loop for each weight, looks in named styles, no package needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convalgebra.display.label import visible
from convalgebra.display.palette import BLACK
from convalgebra.display.scene import Beads, Dots, Fan, Lines, Rects, Text
from convalgebra.display.tikz import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.display.label import Label, Span
    from convalgebra.display.palette import Paint, Style
    from convalgebra.display.scene import Mark, Panel, Point, Scene

MARGIN = 1.4  # mm around the picture

_SETTINGS = """\
#set page(width: {width}mm, height: {height}mm, margin: 0mm)
#set text(font: "New Computer Modern", size: 9pt)
#let u = {unit}mm
#let s(size) = size * u
#let put(x, y, body) = place(top + left, dx: x * u, dy: y * u, body)
#let cell(x, y, w, h, look, body) = put(x - w / 2, y - h / 2,
  rect(width: w * u, height: h * u, inset: 0pt, ..look, align(center + horizon, body)))
#let note(x, y, side, body) = put(x - (left: 0, center: 99, right: 198).at(repr(side)), y,
  box(width: 198 * u, height: 0pt, align(side + horizon, body)))
#let disc(x, y, radius, look) = put(x - radius, y - radius, circle(radius: radius * u, ..look))
#let way(points, look) = {{
  let (radius: _, ..plain) = (radius: 0pt) + look
  put(0, 0, curve(..plain, curve.move(points.at(0).map(s)), ..points.slice(1).map(p => curve.line(p.map(s)))))
}}
#let panel(x, y, body) = put(x, y, block(width: 0pt, height: 0pt, body))
"""


def document(scene: Scene) -> str:
    r"""A complete typst document whose page is the picture.

    >>> import convalgebra as ca
    >>> print(next(line for line in document(ca.identity(2).figure().scene).splitlines() if "cv-unit," in line))
    #for (x, y) in ((0, 0), (1, 1)) { cell(x, y, 0.92, 0.92, cv-unit, text(size: s(0.5), [#"1"])) }
    """
    left, top, right, bottom = scene.bounds
    margin = MARGIN / scene.unit
    sides = {"width": (right - left) * scene.unit + 2 * MARGIN, "height": (bottom - top) * scene.unit + 2 * MARGIN}
    settings = _SETTINGS.format(**{k: number(v) for k, v in sides.items()}, unit=number(scene.unit))
    heading = [f"// {visible(line)}" for line in (scene.title, scene.description) if line]
    looks = [f"#let {_name(name)} = ({_look(style, scene.unit)})" for name, style in scene.used.items()]
    origin = f"{number(margin - left)}, {number(margin - top)}"
    panels = [line for panel in scene.panels for line in _panel(panel, scene)]
    return "\n".join([*heading, settings + "\n".join(looks), f"#panel({origin})[", *panels, "]", ""])


def _panel(panel: Panel, scene: Scene) -> list[str]:
    marks = [line for mark in panel.marks for line in _mark(mark, scene)]
    x, y = map(number, panel.origin)
    return marks if panel.origin == (0, 0) else [f"#panel({x}, {y})[", *marks, "]"]


def _name(style: str) -> str:
    """The style's name as an identifier."""
    return re.sub(r"\W", "-", style)


def _look(style: Style, unit: float) -> str:
    """The named arguments of a shape; ink and opacity are in the colours."""
    parts = [f"fill: {_colour(style.fill, style.opacity)}"]
    if style.stroke and not style.dotted:
        dash = f", dash: ({', '.join(f'{number(d)}pt' for d in style.dash)})" if style.dash else ""
        stroke = f"(paint: {_colour(style.stroke)}, thickness: {number(style.width)}pt{dash})"
        parts.append(f"stroke: {stroke}")
    elif style.dotted:
        parts = [f"fill: {_colour(style.stroke)}"]
    if style.radius:
        parts.append(f"radius: {number(style.radius * unit)}mm")
    return ", ".join([*parts, ""]).rstrip()


def _colour(paint: Paint | None, opacity: float = 1.0) -> str:
    if paint is None:
        return "none"
    faded = f".transparentize({number(100 * (1 - opacity))}%)" if opacity < 1 else ""
    return f'rgb("{paint.hex}"){faded}'


def _mark(mark: Mark, scene: Scene) -> Iterable[str]:
    style, name = scene.styles[mark.style], _name(mark.style)
    if isinstance(mark, Rects):
        label = _text(mark.label, mark.size, style) if mark.label else "none"
        yield f"{_loop(mark.places)} {{ cell(x, y, {number(mark.width)}, {number(mark.height)}, {name}, {label}) }}"
    elif isinstance(mark, Dots):
        xs, ys = (_array(map(number, side)) for side in (mark.xs, mark.ys))
        radius = number(style.width * 25.4 / 72.27 / scene.unit / 2)
        yield f"#for y in {ys} {{ for x in {xs} {{ disc(x, y, {radius}, {name}) }} }}"
    elif isinstance(mark, Beads):
        yield f"{_loop(mark.places)} {{ disc(x, y, {number(mark.radius)}, {name}) }}"
    elif isinstance(mark, Text):
        x, y = map(number, mark.at)
        side = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
        yield f"#note({x}, {y}, {side}, {_text(mark.label, mark.size, style)})"
    elif isinstance(mark, Lines):
        for path in mark.paths:
            yield f"#way({_points(path)}, {name})"
    elif isinstance(mark, Fan):
        yield f"#way({_points([*mark.points, mark.points[0]])}, {name})"


def _loop(places: Sequence[Point]) -> str:
    return f"#for (x, y) in {_points(places)}"


def _points(places: Iterable[Point]) -> str:
    return _array(f"({number(x)}, {number(y)})" for x, y in places)


def _array(items: Iterable[str]) -> str:
    """The items as an array, also when there is only one."""
    listed = [*items]
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def _text(label: Label, size: float, style: Style) -> str:
    ink = "" if style.ink == BLACK else f'fill: rgb("{style.ink.hex}"), '
    return f"text({ink}size: s({number(size)}), {' + '.join(map(_span, label.spans)) or '[]'})"


def _span(span: Span) -> str:
    text = f"emph({_string(span.text)})" if span.italic else f"[#{_string(span.text)}]"
    return {-1: f"sub({text})", 0: text, 1: f"super({text})"}[span.shift]


def _string(text: str) -> str:
    escaped = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
