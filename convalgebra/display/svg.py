"""A scene as SVG: one definition for each weight, accessible, without style sheets or scripts.

The user unit is the point, so that widths are those of the TeX picture.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from convalgebra.display.label import visible
from convalgebra.display.scene import Beads, Dots, Lines, Rects, Text, runs, text_kind
from convalgebra.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.display.label import Label, Span
    from convalgebra.display.palette import Paint, Style
    from convalgebra.display.scene import Mark, Panel, Point, Scene

POINTS = 72.27 / 25.4  # in a millimetre
PIXELS = 1.7  # shown for a point
MARGIN = 4.0
NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
ROUNDED = 4.0  # mm: cells below this side are drawn plain, many in one path
FONT = "'Latin Modern Math','STIX Two Math','Cambria Math','Latin Modern Roman',Cambria,Georgia,'Times New Roman',serif"


def svg(scene: Scene, ident: str | None = None) -> str:
    """The scene as one `<svg>` element; ids begin with `ident`, by default a name made from the scene itself."""
    ident = ident or f"cv{hashlib.sha256(repr(scene).encode()).hexdigest()[:8]}"
    if not re.fullmatch(r"[A-Za-z][\w-]*", ident, re.ASCII):
        msg = f"ident must be a letter followed by letters, digits and hyphens, not {ident!r}"
        raise ArgumentError(msg)
    pen = _Pen(scene, ident)
    left, top, right, bottom = (side * pen.unit for side in scene.bounds)
    x, y, width, height = left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
    body = [pen.panel(panel) for panel in scene.panels]
    definitions = ["<defs>", *pen.definitions, "</defs>"] if pen.definitions else []
    names = f'role="img" aria-labelledby="{ident}-title {ident}-desc"'
    shape = f'width="{number(width)}" height="{number(height)}"'
    size = f'width="{number(width * PIXELS)}" height="{number(height * PIXELS)}"'
    view = f'viewBox="{" ".join(map(number, (x, y, width, height)))}"'
    lines = [
        f"<svg {NAMESPACES} {names} {size} {view} font-family={quoteattr(FONT)}>",
        f'<title id="{ident}-title">{escape(visible(scene.title))}</title>',
        f'<desc id="{ident}-desc">{escape(visible(scene.description))}</desc>',
        f'<rect x="{number(x)}" y="{number(y)}" {shape} rx="3" fill="#fff"/>',
        *definitions,
        *body,
        "</svg>\n",
    ]
    return "\n".join(lines)


def number(value: float) -> str:
    """The number with at most two decimals.

    >>> number(1.0), number(-0.001), number(2.345)
    ('1', '0', '2.35')
    """
    text = f"{value + 0.0:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@dataclass
class _Pen:
    """Writes the marks of one scene and collects the definitions that they use."""

    scene: Scene
    ident: str
    definitions: list[str] = field(default_factory=list)

    @property
    def unit(self) -> float:
        return self.scene.unit * POINTS

    def panel(self, panel: Panel) -> str:
        x, y = (number(side * self.unit) for side in panel.origin)
        groups = (self.marks([*group]) for _, group in groupby(panel.marks, key=text_kind))
        marks = "\n".join(line for lines in groups for line in lines)
        return f'<g transform="translate({x} {y})">\n{marks}\n</g>'

    def marks(self, marks: list[Mark]) -> list[str]:
        """Each mark; several texts that share their looks as one group."""
        texts = [mark for mark in marks if isinstance(mark, Text)]
        if len(texts) < 2:
            return [self.mark(mark) for mark in marks]
        shared = self.looks(self.scene.styles[texts[0].style], texts[0].size, texts[0].anchor)
        return [f"<g {shared}>", *(self.text(text.label, text.size, text.at) for text in texts), "</g>"]

    def mark(self, mark: Mark) -> str:
        style = self.scene.styles[mark.style]
        if isinstance(mark, Rects):
            plain = mark.label is None and self.scene.unit < ROUNDED
            return self.plain_rects(mark, style) if plain else self.rects(mark, style)
        if isinstance(mark, Dots):
            return self.dots(mark, style)
        if isinstance(mark, Beads):
            return self.beads(mark, style)
        if isinstance(mark, Text):
            return self.text(mark.label, mark.size, mark.at, self.looks(style, mark.size, mark.anchor))
        if isinstance(mark, Lines):
            paths = "".join(map(self.path, mark.paths))
            return f'<path d="{paths}"{_paint(replace(style, fill=None))}/>'
        return f'<path d="{self.path(mark.points)}z"{_paint(style)}/>'

    def rects(self, mark: Rects, style: Style) -> str:
        """One definition, used at every place."""
        wide, high = mark.width * self.unit, mark.height * self.unit
        radius = f' rx="{number(style.radius * self.unit)}"' if style.radius else ""
        size = f'x="{number(-wide / 2)}" y="{number(-high / 2)}" width="{number(wide)}" height="{number(high)}"{radius}'
        label = self.text(mark.label, mark.size, looks=self.looks(style, mark.size)) if mark.label else ""
        name = f"{self.ident}-{len(self.definitions)}"
        self.definitions.append(f'<g id="{name}"><rect {size}{_paint(style)}/>{label}</g>')
        at = (f'x="{number(x * self.unit)}" y="{number(y * self.unit)}"' for x, y in mark.places)
        return "\n".join(f'<use xlink:href="#{name}" {place}/>' for place in at)

    def plain_rects(self, mark: Rects, style: Style) -> str:
        """All places in one path; small corners are rounded by the join of the outline."""
        wide, high = mark.width * self.unit, mark.height * self.unit
        shape = f"h{number(wide)}v{number(high)}h{number(-wide)}z"
        corners = ((x * self.unit - wide / 2, y * self.unit - high / 2) for x, y in mark.places)
        path = "".join(f"M{number(x)} {number(y)}{shape}" for x, y in corners)
        return f'<path d="{path}"{_paint(style)} stroke-linejoin="round"/>'

    def dots(self, mark: Dots, style: Style) -> str:
        """Each row of dots is a dashed line whose dashes have no length."""
        lines = [
            f"M{number(x * self.unit)} {number(y * self.unit)}h{number((count - 1) * self.unit + 0.01)}"
            for y in mark.ys for x, count in runs(mark.xs)
        ]  # fmt: skip
        dashes = f'{_round(style.stroke, style.width)} stroke-dasharray="0 {number(self.unit)}"'
        return f'<path d="{"".join(lines)}"{dashes}/>'

    def beads(self, mark: Beads, style: Style) -> str:
        places = "".join(f"M{number(x * self.unit)} {number(y * self.unit)}h.01" for x, y in mark.places)
        return f'<path d="{places}"{_round(style.fill, 2 * mark.radius * self.unit)}/>'

    def path(self, points: Sequence[Point]) -> str:
        return "M" + "L".join(f"{number(x * self.unit)} {number(y * self.unit)}" for x, y in points)

    def looks(self, style: Style, size: float, anchor: str = "middle") -> str:
        return f'text-anchor="{anchor}" font-size="{number(size * self.unit)}" fill="{style.ink.hex}"'

    def text(self, label: Label, size: float, at: Point = (0, 0), looks: str = "") -> str:
        points = size * self.unit
        x, y = (side * self.unit for side in at)
        place = f'x="{number(x)}" y="{number(y + _drop(label.spans) * points)}"'
        return f"<text {' '.join(filter(None, [place, looks]))}>{''.join(_tspans(label.spans, points))}</text>"


def _paint(style: Style) -> str:
    """The attributes of an outline and a filling."""
    parts = [f' fill="{style.fill.hex if style.fill else "none"}"']
    if style.stroke:
        parts.append(f' stroke="{style.stroke.hex}" stroke-width="{number(style.width)}"')
    if style.dash:
        parts.append(f' stroke-dasharray="{" ".join(map(number, style.dash))}"')
    if style.opacity < 1:
        parts.append(f' fill-opacity="{number(style.opacity)}"')
    return "".join(parts)


def _round(paint: Paint | None, width: float) -> str:
    """The attributes of a line whose points are discs."""
    color = paint.hex if paint else "none"
    return f' stroke="{color}" stroke-width="{number(width)}" stroke-linecap="round"'


def _drop(spans: Sequence[Span]) -> float:
    """How far below its middle a label has its base line, in em."""
    tall = any(c.isdigit() or c.isupper() or c in "bdfhklt()=/" for s in spans if not s.shift for c in s.text)
    deep = any(s.shift < 0 for s in spans)
    return ((0.66 if tall else 0.45) - (0.2 if deep else 0.0)) / 2


def _tspans(spans: Sequence[Span], size: float) -> Iterable[str]:
    level = 0.0
    for span in spans:
        target = size * (0.22, 0.0, -0.38)[span.shift + 1]
        moved = f' dy="{number(target - level)}"' if target != level else ""
        small = f' font-size="{number(0.7 * size)}"' if span.shift else ""
        slant = ' font-style="italic"' if span.italic else ""
        text = escape(span.text)
        yield f"<tspan{moved}{small}{slant}>{text}</tspan>" if moved or small or slant else text
        level = target
