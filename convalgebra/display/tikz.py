"""A scene as TikZ: one line for each weight, looks in named styles, one pass of any LaTeX with three base packages."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from convalgebra.display.label import visible
from convalgebra.display.palette import BASES, BLACK, TAP_RADIUS, Style
from convalgebra.display.scene import CELL, Beads, Dots, Fan, Lines, Rects, Text, runs, text_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convalgebra.display.scene import Mark, Panel, Point, Scene

LABEL_POINTS = 9.0  # the size of \small, in which labels are set
_TIGHT = r"execute at begin node={\medmuskip=0mu\relax}"  # no room around + and - in a cell
_TAP = Style(radius=TAP_RADIUS)


def document(scene: Scene) -> str:
    """A complete document whose page is the picture."""
    return _DOCUMENT.format(heading=_heading(scene), picture=picture(scene, heading=False))


_DOCUMENT = r"""{heading}% pdflatex, one pass. Debian: texlive-latex-base, texlive-pictures, texlive-latex-recommended.
\documentclass{{article}}
\usepackage{{amsmath}}
\usepackage{{tikz}}
\begin{{document}}
\setbox0=\hbox{{%
{picture}}}
% the page is the picture and 4pt around it
\ifdefined\pagewidth \let\pdfpagewidth\pagewidth \let\pdfpageheight\pageheight \fi
\hoffset=\dimexpr 4pt-1in\relax \voffset=\hoffset
\pdfpagewidth=\dimexpr\wd0+8pt\relax \pdfpageheight=\dimexpr\ht0+\dp0+8pt\relax
\shipout\box0
\end{{document}}
"""


def picture(scene: Scene, *, heading: bool = True) -> str:
    r"""A `tikzpicture`; the preamble needs \usepackage{amsmath,tikz}.

    Colours are provided, so one defined before wins; the style `cv`, if there is one, is applied last.
    """
    unit = number(scene.unit)
    lines = [*(rf"\providecolor{{{base}}}{{HTML}}{{{BASES[base]}}}%" for base in _bases(scene.used.values()))]
    lines.append(rf"\begin{{tikzpicture}}[x={unit}mm, y=-{unit}mm, inner sep=0pt, font=\small,")
    lines.append(f"  cv cell/.style={{minimum size={number(CELL * scene.unit)}mm, {_TIGHT}}},")
    if any(map(_is_tap, scene.used.values())):
        lines.append(f"  cv tap/.style={{{_outline(_TAP, scene.unit)}}},")
    lines += [f"  {name}/.style={{{_options(style, scene.unit)}}}," for name, style in scene.used.items()]
    lines.append("  cv/.try]")
    for panel in scene.panels:
        lines += _panel(panel, scene)
    return (_heading(scene) if heading else "") + "\n".join([*lines, r"\end{tikzpicture}%", ""])


def number(value: float) -> str:
    """The number with at most three decimals.

    >>> number(2.0), number(-0.0001), number(1 / 3)
    ('2', '0', '0.333')
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _heading(scene: Scene) -> str:
    return "".join(f"% {visible(line)}\n" for line in (scene.title, scene.description) if line)


def _bases(styles: Iterable[Style]) -> list[str]:
    paints = [paint for style in styles for paint in (style.fill, style.stroke, style.ink) if paint]
    names = {name for paint in paints for name in (paint.base, paint.other)}
    return [base for base in BASES if base.startswith("cv") and base in names]


def _is_tap(style: Style) -> bool:
    """Has it the outline of a weight?"""
    return replace(style, fill=None, stroke=None, ink=BLACK) == _TAP


def _options(style: Style, unit: float) -> str:
    parts = [f"fill={style.fill.tex}"] if style.fill else []
    parts += [f"draw={style.stroke.tex}"] if style.stroke else []
    parts += ["cv tap"] if _is_tap(style) else [_outline(style, unit)]
    return ", ".join(filter(None, parts if style.ink == BLACK else [*parts, f"text={style.ink.tex}"]))


def _outline(style: Style, unit: float) -> str:
    parts = [f"line width={number(style.width)}pt"] if style.stroke or _is_tap(style) else []
    if style.dotted:  # dashes of no length with round ends, one cell apart
        parts.append(f"line cap=round, dash pattern=on 0pt off {number(unit)}mm")
    if style.dash:
        parts.append(f"dash pattern=on {number(style.dash[0])}pt off {number(style.dash[1])}pt")
    if style.opacity < 1:
        parts.append(f"fill opacity={number(style.opacity)}")
    if style.radius:
        parts.append(f"rounded corners={number(style.radius * unit)}mm")
    return ", ".join(parts)


def _panel(panel: Panel, scene: Scene) -> list[str]:
    lines = []
    for _, group in groupby(panel.marks, key=text_kind):
        marks = [*group]
        texts = [mark for mark in marks if isinstance(mark, Text)]
        lines += _texts(texts, scene) if texts else [_mark(mark, scene) for mark in marks]
    if panel.origin == (0, 0):
        return lines
    x, y = map(number, panel.origin)
    return [rf"\begin{{scope}}[shift={{({x},{y})}}]", *lines, r"\end{scope}"]


def _texts(texts: Sequence[Text], scene: Scene) -> list[str]:
    first = texts[0]
    anchor = {"start": ", anchor=west", "end": ", anchor=east"}.get(first.anchor, "")
    node = rf"\node[{first.style}{anchor}] at"
    if len(texts) == 1:
        return [f"{node} {_point(first.at)} {{{_sized(first.label.tex, first.size, scene)}}};"]
    listed = ", ".join(f"{number(x)}/{number(y)}/{{{text.label.tex}}}" for text in texts for x, y in [text.at])
    label = _sized(r"\t", first.size, scene)
    return [rf"\foreach \c/\r/\t in {{{listed}}}", rf"  {node} (\c,\r) {{{label}}};"]


def _mark(mark: Mark, scene: Scene) -> str:
    if isinstance(mark, Rects):
        return _rects(mark, scene)
    if isinstance(mark, Dots):
        lines = " ".join(rf"({number(x)},\r) -- +({number(length - 1 + 0.01)},0)" for x, length in runs(mark.xs))
        return rf"\draw[{mark.style}] foreach \r in {{{_listed(mark.ys)}}} {{{lines}}};"
    if isinstance(mark, Beads):
        loops, place = _loops(mark.places)
        disc = f"{place} circle[radius={number(mark.radius * scene.unit)}mm]"
        return rf"\fill[{mark.style}] {_nested(loops, disc)};"
    if isinstance(mark, Lines):
        return rf"\draw[{mark.style}] {' '.join(map(_path, mark.paths))};"
    return rf"\path[{mark.style}] {_path(mark.points)} -- cycle;" if isinstance(mark, Fan) else ""


def _rects(mark: Rects, scene: Scene) -> str:
    r"""`\foreach ... \node` where there is a label, one `\path` where there is none."""
    loops, place = _loops(mark.places)
    if mark.label is None:
        corner = f"++{_point((-mark.width / 2, -mark.height / 2))} rectangle ++{_point((mark.width, mark.height))}"
        return rf"\path[{mark.style}] {_nested(loops, f'{place} {corner}')};"
    label = _sized(mark.label.tex, mark.size, scene)
    each = "".join(rf"\foreach {loop} " for loop in loops)
    return rf"{each}\node[{mark.style}, {_size(mark, scene)}] at {place} {{{label}}};"


def _nested(loops: list[str], body: str) -> str:
    """The loops inside a path."""
    return reduce(lambda inner, loop: f"foreach {loop} {{{inner}}}", reversed(loops), body)


def _size(mark: Rects, scene: Scene) -> str:
    if mark.width == mark.height == CELL:
        return "cv cell"
    return f"minimum width={number(mark.width * scene.unit)}mm, minimum height={number(mark.height * scene.unit)}mm"


def _loops(places: Sequence[Point]) -> tuple[list[str], str]:
    r"""(loops, place): no loop for one place, one along a diagonal, two over a grid, else a list of places.

    >>> _loops([(1, 0), (2, 1), (3, 2)])
    (['\\r in {0,1,2}'], '(\\r+1,\\r)')
    >>> _loops([(0, 0), (1, 0), (0, 1), (1, 1)])
    (['\\r in {0,1}', '\\c in {0,1}'], '(\\c,\\r)')
    >>> _loops([(0, 0), (5, 1)])
    (['\\c/\\r in {0/0,5/1}'], '(\\c,\\r)')
    >>> _loops([(2, 3)])
    ([], '(2,3)')
    """
    if len(places) == 1:
        return [], _point(places[0])
    xs, ys = (sorted({*side}) for side in zip(*places, strict=True))
    steps = {(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)}
    if len(places) > 2 and len(steps) == 1 and steps <= {(s, 1) for s in range(1, 10)}:
        step = steps.pop()[0]
        offset = places[0][0] - step * places[0][1]
        across = r"\r" if step == 1 else rf"{number(step)}*\r"
        across += f"{'+' if offset > 0 else ''}{number(offset)}" if offset else ""
        return [rf"\r in {{{_listed(ys)}}}"], rf"({across},\r)"
    if min(len(xs), len(ys)) > 1 and len({*places}) == len(places) == len(xs) * len(ys):
        return [rf"\r in {{{_listed(ys)}}}", rf"\c in {{{_listed(xs)}}}"], r"(\c,\r)"
    pairs = ",".join(f"{number(x)}/{number(y)}" for x, y in places)
    return [rf"\c/\r in {{{pairs}}}"], r"(\c,\r)"


def _listed(values: Sequence[float]) -> str:
    """The values, with `...` inside runs of neighbours.

    >>> _listed([0, 1, 2, 3, 7]), _listed([4])
    ('0,...,3,7', '4')
    """
    parts: list[str] = []
    start = 0
    for k in range(1, len(values) + 1):
        if k == len(values) or values[k] - values[k - 1] != 1:
            run = [number(v) for v in values[start:k]]
            parts += [run[0], "...", run[-1]] if len(run) > 3 else run
            start = k
    return ",".join(parts)


def _path(points: Sequence[Point]) -> str:
    return " -- ".join(map(_point, points))


def _point(point: Point) -> str:
    return f"({number(point[0])},{number(point[1])})"


def _sized(tex: str, size: float, scene: Scene) -> str:
    """The label in the size that the scene gives it, in cells."""
    factor = size * scene.unit * 72.27 / 25.4 / LABEL_POINTS
    return tex if 0.9 < factor < 1.1 else rf"\scalebox{{{number(factor)}}}{{{tex}}}"
