"""Spectra as pictures: eigenvalues in the complex plane, singular values as falling curves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import ceil, cos, floor, isfinite, log10, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.indexing import choice
from convalgebra.algebra.operator import Operator
from convalgebra.display.figure import Figure
from convalgebra.display.label import Label
from convalgebra.display.look import Drawing
from convalgebra.display.matrix_figure import NAME_LENGTH, check_text, with_title
from convalgebra.display.palette import THEMES, Paint, Style, fixed_styles, tap_style
from convalgebra.display.panel import UNIT
from convalgebra.display.scene import Beads, Lines, Panel, Scene, Text
from convalgebra.display.taps import MOST_HUES
from convalgebra.errors import ArgumentError, EntryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convalgebra.display.scene import Mark, Point

SIDE = 11.0  # cells: the longer side of the picture
TICKS, SIZE = 5, 0.42
NAMED = 12  # eigenvalues up to which each has its name
DRAWN = 400  # points of all curves; of longer ones, so many
ROOM = 0.9  # cells between the numbers and the axes
DISTINCT = 0.4  # cells between points that have names of their own
DASHES = (None, (4.0, 2.0), (1.0, 1.5), (6.0, 1.5), (2.0, 2.0), (5.0, 1.0), (3.0, 3.0))


@dataclass(frozen=True)
class Axis:
    """The numbers from `low` to `high` along a line of the picture, `cells` to a unit."""

    low: float
    high: float
    cells: float

    @classmethod
    def around(cls, values: Iterable[float], length: float) -> Axis:
        """The axis of this length from 0 or below to all the values."""
        low, high = min(0.0, *values), max(0.0, *values)
        return cls(low, high, length / ((high - low) or 1))

    def at(self, value: float) -> float:
        """Where a number lies, in cells from the low end."""
        return (value - self.low) * self.cells

    def ticks(self) -> list[float]:
        """Round numbers, about five."""
        rough = ((self.high - self.low) or 1) / TICKS
        decade = 10.0 ** floor(log10(rough))
        step = next(m * decade for m in (1, 2, 5, 10) if m * decade >= rough * 0.999)
        return [step * k for k in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]


def figure_spectrum(values: Any, *, theme: str = THEMES[0], title: str = "") -> Figure:
    """The eigenvalues `λ_k` in the complex plane, with the unit circle; names while they are few.

    `values` are numbers, as `ca.eigenvalues(C)` or `numpy.linalg.eigvals(A)` give.

    >>> import convalgebra as ca
    >>> ca.figure_spectrum([3, 1j, -1j]).scene.title
    '3 eigenvalues in the complex plane'
    """
    numbers = _numbers(values, "the eigenvalues")
    reals, imags = [z.real for z in numbers], [z.imag for z in numbers]
    across, up = _equal(reals, imags)
    places = tuple((across.at(z.real), -up.at(z.imag)) for z in numbers)
    circle = tuple((across.at(cos(pi * k / 48)), -up.at(sin(pi * k / 48))) for k in range(97))
    x0, y0, right, top = across.at(0), -up.at(0), across.at(across.high), -up.at(up.high)
    zero = Lines((((-ROOM, y0), (right + ROOM, y0)), ((x0, ROOM), (x0, top - ROOM))), "cv grid")
    under: list[Mark] = [zero, *_frame(across, up, ROOM, ("Re λ", "Im λ")), Lines((circle,), "cv circle")]
    few = len(places) <= NAMED
    over: list[Mark] = [Beads(places, "w0 on", 0.11 if few else 0.07), *(_named(places, (x0, y0)) if few else [])]
    words = f"{len(numbers)} {'eigenvalue' if len(numbers) == 1 else 'eigenvalues'} in the complex plane"
    largest = max(map(abs, numbers))
    told = f"{words}; the largest modulus is {largest:.6g}; the circle is the unit circle."
    return _figure(under, over, _styles(theme, 1), (words, told), title)


def _equal(reals: list[float], imags: list[float]) -> tuple[Axis, Axis]:
    """Two axes of one scale around the numbers and the unit circle, neither below half the length of the other."""
    sides = [(min(*values, -1.0), max(*values, 1.0)) for values in (reals, imags)]
    span = max(high - low for low, high in sides)
    room = [max(span / 2 - (high - low), 0.0) / 2 for low, high in sides]
    across, up = (Axis(low - r, high + r, SIDE / span) for (low, high), r in zip(sides, room, strict=True))
    return across, up


def figure_singular_values(curves: Any, *, theme: str = THEMES[0], title: str = "") -> Figure:
    """Singular values `σ_k` against their number k, the largest first; several curves as {"name": values}.

    >>> import convalgebra as ca
    >>> ca.figure_singular_values({"zeros": [3, 2, 1], "circular": [4, 2, 0]}).scene.title
    'Singular values: zeros, circular'
    """
    named = {str(name): _falling(values) for name, values in _curves(curves).items()}
    for name in named:
        check_text(name, "the name of a curve", NAME_LENGTH)
    across = Axis.around([len(values) - 1.0 for values in named.values()], 1.4 * SIDE)
    up = Axis.around([value for values in named.values() for value in values], 0.8 * SIDE)
    over: list[Mark] = []
    for k, values in enumerate(named.values()):
        drawn = _steps(len(values), DRAWN // len(named))
        over += _curve([(across.at(i), -up.at(values[i])) for i in drawn], f"w{k}")
    if [*named] != [""]:
        over += _key([*named], across.at(across.high))
    words = "Singular values" + (f": {', '.join(named)}" if [*named] != [""] else "")
    norms = ", ".join(f"{values[0]:.6g}" for values in named.values())
    told = f"{words}; the largest of each curve: {norms}."
    return _figure(
        _frame(across, up, 0.4, ("k", "σ_k")),
        over,
        _styles(theme, len(named)),
        (words, told),
        title,
    )


def _numbers(values: Any, what: str) -> list[complex]:
    """The values as complex numbers, all finite."""
    listed = [values] if isinstance(values, str) or not hasattr(values, "__iter__") else list(np.ravel(values))
    if not listed:
        msg = f"{what} must be at least one number, not none"
        raise ArgumentError(msg)
    try:
        numbers = [complex(value) for value in listed]
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(values, Operator):
            msg = f"{what} must be numbers, not an operator; write ca.eigenvalues(A), or ca.singular_values(A)"
        else:
            msg = f"{what} must be numbers, not {values!r}; write A.subs(values) before"
        raise EntryError(msg) from error
    if not all(isfinite(z.real) and isfinite(z.imag) for z in numbers):
        msg = f"{what} must be finite, not {values!r}"
        raise EntryError(msg)
    return numbers


def _falling(values: Any) -> list[float]:
    """Singular values, the largest first."""
    numbers = _numbers(values, "the singular values")
    if any(z.imag or z.real < 0 for z in numbers):
        msg = f"the singular values must be real and at least 0, not {values!r}; write ca.figure_spectrum(values)"
        raise EntryError(msg)
    return sorted((z.real for z in numbers), reverse=True)


def _curves(curves: Any) -> Mapping[Any, Any]:
    """Curves by name; a list alone has none."""
    named = curves if isinstance(curves, dict) else {"": curves}
    if not 0 < len(named) <= MOST_HUES:
        msg = f"the curves must be 1 to {MOST_HUES}, not {len(named)}; draw several figures"
        raise ArgumentError(msg)
    return named


def _steps(count: int, most: int) -> list[int]:
    """The numbers drawn of so many: all, or some at even distances, both ends among them."""
    return list(range(count)) if count <= most else [round(k * (count - 1) / (most - 1)) for k in range(most)]


def _curve(points: list[Point], style: str) -> list[Mark]:
    """A line, with its points where they can be told apart."""
    discs = [Beads(tuple(points), f"{style} on", 0.09)] if len(points) <= 4 * SIDE else []
    return [Lines((tuple(points),), f"{style} line"), *discs]


def _key(names: Sequence[str], right: float) -> list[Mark]:
    """The names of the curves, in the corner that falling curves leave free."""
    marks: list[Mark] = []
    left = right - max(Label.plain(name).width for name in names) * SIZE
    for k, name in enumerate(names):
        y = -0.8 * SIDE + 0.75 * k
        marks.append(Lines((((left - 1.3, y), (left - 0.3, y)),), f"w{k} line"))
        marks.append(Text((left, y), Label.plain(name), "cv text", SIZE, "start"))
    return marks


def _frame(across: Axis, up: Axis, room: float, names: tuple[str, str]) -> list[Mark]:
    """Two axes below and left of the picture, `room` cells away, with their ticks, numbers and names."""
    right, left, top, bottom = across.at(across.high) + room, -room, -up.at(up.high) - room, room
    lines: list[tuple[Point, ...]] = [((left, top), (left, bottom), (right, bottom))]
    marks: list[Mark] = []
    for tick in across.ticks():
        x = across.at(tick)
        lines.append(((x, bottom), (x, bottom + 0.15)))
        marks.append(Text((x, bottom + 0.5), _number(tick), "cv axis", SIZE))
    for tick in up.ticks():
        y = -up.at(tick)
        lines.append(((left - 0.15, y), (left, y)))
        marks.append(Text((left - 0.3, y), _number(tick), "cv axis", SIZE, "end"))
    below, above = map(Label.math, names)
    return [
        Lines(tuple(lines), "cv edge"),
        *marks,
        Text((right + 0.3, bottom), below, "cv name", SIZE, "start"),
        Text((left, top - 0.45), above, "cv name", SIZE),
    ]


def _number(value: float) -> Label:
    return Label.math(f"{value:.6g}".replace("-", "−"))


def _named(places: Sequence[Point], zero: Point) -> list[Mark]:
    """`λ_k` beside each point, away from zero; points that coincide share their names."""
    groups: defaultdict[Point, list[int]] = defaultdict(list)
    for k, (x, y) in enumerate(places):
        near = (p for p in groups if abs(p[0] - x) < DISTINCT and abs(p[1] - y) < DISTINCT)
        groups[next(near, (x, y))].append(k)
    labels = ((at, Label.math(f"λ_{{{','.join(map(str, group))}}}")) for at, group in groups.items())
    marks: list[Mark] = []
    for (x, y), label in labels:
        left, below = x < zero[0] - DISTINCT, y > zero[1] + DISTINCT
        at = (x - 0.2 if left else x + 0.2, y + 0.32 if below else y - 0.32)
        marks.append(Text(at, label, "cv text", SIZE, "end" if left else "start"))
    return marks


def _styles(theme: str, count: int) -> dict[str, Style]:
    """The fixed styles, and for each curve its line and its points; dashes tell curves apart in grey print."""
    fixed = fixed_styles(choice(theme, "theme", THEMES))
    strokes = [tap_style((k, 0), (count, 1), "okabe-ito").stroke for k in range(count)]
    paints = [fixed["cv bracket"].stroke] * count if theme == "print" else strokes
    lines = {f"w{k} line": Style(stroke=paint, width=1.0, dash=DASHES[k]) for k, paint in enumerate(paints)}
    discs = {f"w{k} on": Style(paint) for k, paint in enumerate(paints)}
    name = Style(ink=Paint("black", 75))
    return {
        **fixed,
        **lines,
        **discs,
        "cv name": name,
        "cv circle": Style(stroke=fixed["cv zero"].stroke, width=0.6, dash=(2, 1.5)),
    }


def _figure(
    under: Sequence[Mark], over: Sequence[Mark], styles: Mapping[str, Style], words: tuple[str, str], title: str
) -> Figure:
    scene = Scene((Panel(under=tuple(under), over=tuple(over)),), styles, *words, UNIT)
    return Figure(with_title(Drawing(scene, (None,)), title))
