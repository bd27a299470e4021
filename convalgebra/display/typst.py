"""A scene as typst: one loop for each weight, looks in named styles, no package needed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from convalgebra.display.label import visible
from convalgebra.display.palette import BLACK, TAP_RADIUS, Style
from convalgebra.display.scene import CELL, Beads, Dots, Fan, Lines, Rects, Text, text_kind
from convalgebra.display.tikz import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.display.label import Label, Span
    from convalgebra.display.palette import Paint
    from convalgebra.display.scene import Mark, Panel, Point, Scene

MARGIN = 1.4  # mm around the picture
_INDEXED = re.compile(r'emph\(("(?:[^"\\]|\\.)*")\) \+ sub\(("(?:[^"\\]|\\.)*")\)')
_TAP = Style(radius=TAP_RADIUS)

_SETTINGS = """\
#set page(width: {width}mm, height: {height}mm, margin: 0mm)
#set text(font: "New Computer Modern", size: 9pt)
#let u = {unit}mm
#let s(size) = size * u
#let t(size, body, ..ink) = text(size: s(size), ..ink, body)
#let v(name, index) = emph(name) + sub(index)
#let put(x, y, body) = place(top + left, dx: x * u, dy: y * u, body)
#let cells(places, look, body, w: {cell}, h: {cell}) = for (x, y) in places {{ put(x - w / 2, y - h / 2,
  rect(width: w * u, height: h * u, inset: 0pt, ..look, align(center + horizon, body))) }}
#let notes(side, size, texts, ..ink) = for (x, y, body) in texts {{
  put(x - (left: 0, center: 99, right: 198).at(repr(side)), y,
    box(width: 198 * u, height: 0pt, align(side + horizon, t(size, body, ..ink)))) }}
#let tap(fill, stroke) = (fill: rgb(fill), stroke: (paint: rgb(stroke), thickness: {line}pt), radius: {radius}mm)
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
    #cells(((0, 0), (1, 1)), cv-unit, t(0.5, "1"))
    """
    left, top, right, bottom = scene.bounds
    margin = MARGIN / scene.unit
    sides = {"width": (right - left) * scene.unit + 2 * MARGIN, "height": (bottom - top) * scene.unit + 2 * MARGIN}
    sides |= {"unit": scene.unit, "cell": CELL, "line": _TAP.width, "radius": _TAP.radius * scene.unit}
    settings = _SETTINGS.format(**{k: number(v) for k, v in sides.items()})
    heading = [f"// {visible(line)}" for line in (scene.title, scene.description) if line]
    looks = [f"#let {_name(name)} = {_look(style, scene.unit)}" for name, style in scene.used.items()]
    origin = f"{number(margin - left)}, {number(margin - top)}"
    panels = [line for panel in scene.panels for line in _panel(panel, scene)]
    return "\n".join([*heading, settings + "\n".join(looks), f"#panel({origin})[", *panels, "]", ""])


def _panel(panel: Panel, scene: Scene) -> list[str]:
    marks = [line for _, group in groupby(panel.marks, key=text_kind) for line in _marks([*group], scene)]
    x, y = map(number, panel.origin)
    return marks if panel.origin == (0, 0) else [f"#panel({x}, {y})[", *marks, "]"]


def _marks(marks: Sequence[Mark], scene: Scene) -> Iterable[str]:
    """Each mark; neighbouring texts that share their looks as one list."""
    texts = [mark for mark in marks if isinstance(mark, Text)]
    if not texts:
        return (line for mark in marks for line in _mark(mark, scene))
    side = {"start": "left", "middle": "center", "end": "right"}[texts[0].anchor]
    listed = _array(f"({number(x)}, {number(y)}, {_body(text.label)})" for text in texts for x, y in [text.at])
    return [f"#notes({side}, {number(texts[0].size)}, {listed}{_ink(scene.styles[texts[0].style])})"]


def _name(style: str) -> str:
    """The style's name as an identifier."""
    return re.sub(r"\W", "-", style)


def _look(style: Style, unit: float) -> str:
    """The named arguments of a shape, of a weight by its two colours; ink and opacity are in the colours."""
    if style.fill and style.stroke and replace(style, fill=None, stroke=None, ink=BLACK) == _TAP:
        return f'tap("{style.fill.hex}", "{style.stroke.hex}")'
    parts = [f"fill: {_colour(style.fill, style.opacity)}"]
    if style.stroke and not style.dotted:
        dash = f", dash: ({', '.join(f'{number(d)}pt' for d in style.dash)})" if style.dash else ""
        stroke = f"(paint: {_colour(style.stroke)}, thickness: {number(style.width)}pt{dash})"
        parts.append(f"stroke: {stroke}")
    elif style.dotted:
        parts = [f"fill: {_colour(style.stroke)}"]
    if style.radius:
        parts.append(f"radius: {number(style.radius * unit)}mm")
    return f"({', '.join(parts)},)"


def _colour(paint: Paint | None, opacity: float = 1.0) -> str:
    if paint is None:
        return "none"
    faded = f".transparentize({number(100 * (1 - opacity))}%)" if opacity < 1 else ""
    return f'rgb("{paint.hex}"){faded}'


def _mark(mark: Mark, scene: Scene) -> Iterable[str]:
    style, name = scene.styles[mark.style], _name(mark.style)
    if isinstance(mark, Rects):
        label = f"t({number(mark.size)}, {_body(mark.label)}{_ink(style)})" if mark.label else "none"
        sides = "".join(f", {k}: {number(v)}" for k, v in (("w", mark.width), ("h", mark.height)) if v != CELL)
        yield f"#cells({_points(mark.places)}, {name}, {label}{sides})"
    elif isinstance(mark, Dots):
        xs, ys = (_array(map(number, side)) for side in (mark.xs, mark.ys))
        radius = number(style.width * 25.4 / 72.27 / scene.unit / 2)
        yield f"#for y in {ys} {{ for x in {xs} {{ disc(x, y, {radius}, {name}) }} }}"
    elif isinstance(mark, Beads):
        yield f"{_loop(mark.places)} {{ disc(x, y, {number(mark.radius)}, {name}) }}"
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


def _ink(style: Style) -> str:
    return "" if style.ink == BLACK else f', fill: rgb("{style.ink.hex}")'


def _body(label: Label) -> str:
    """The characters: `v` is a letter with its index, neighbours that are set alike are one string."""
    alike = [[*group] for _, group in groupby(label.spans, key=lambda span: (span.italic, span.shift))]
    spans = [replace(group[0], text="".join(span.text for span in group)) for group in alike]
    return _INDEXED.sub(r"v(\1, \2)", " + ".join(map(_span, spans))) or "[]"


def _span(span: Span) -> str:
    text = f"emph({_string(span.text)})" if span.italic else _string(span.text)
    return {-1: f"sub({text})", 0: text, 1: f"super({text})"}[span.shift]


def _string(text: str) -> str:
    escaped = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
