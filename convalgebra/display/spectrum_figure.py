"""Spectra as pictures: eigenvalues in the complex plane, singular values as falling curves."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from math import cos, isfinite, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.operator import Operator
from convalgebra.display.chart import HEIGHT, SIDE, SIZE, WIDTH, Axis, axes, chart, chart_styles, drawn, key
from convalgebra.display.label import Label
from convalgebra.display.matrix_figure import NAME_LENGTH, check_text
from convalgebra.display.palette import THEMES
from convalgebra.display.scene import Beads, Lines, Text
from convalgebra.display.taps import MOST_HUES
from convalgebra.errors import ArgumentError, EntryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convalgebra.display.figure import Figure
    from convalgebra.display.scene import Mark, Point

NAMED = 12  # eigenvalues up to which each has its name
ROOM = 0.9  # cells between the numbers and the axes
DISTINCT = 0.4  # cells between points that have names of their own


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
    under: list[Mark] = [zero, *axes(across, up, ROOM, ("Re λ", "Im λ")), Lines((circle,), "cv circle")]
    few = len(places) <= NAMED
    over: list[Mark] = [Beads(places, "w0 on", 0.11 if few else 0.07), *(_named(places, (x0, y0)) if few else [])]
    words = f"{len(numbers)} {'eigenvalue' if len(numbers) == 1 else 'eigenvalues'} in the complex plane"
    largest = max(map(abs, numbers))
    told = f"{words}; the largest modulus is {largest:.6g}; the circle is the unit circle."
    return chart(under, over, chart_styles(theme, 1), (words, told), title)


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
    named = {str(name): _falling(values) for name, values in _by_name(curves).items()}
    for name in named:
        check_text(name, "the name of a curve", NAME_LENGTH)
    across = Axis.around([0.0, *(len(values) - 1.0 for values in named.values())], WIDTH)
    up = Axis.around([0.0, *chain.from_iterable(named.values())], HEIGHT)
    over = drawn(across, up, [(range(len(values)), values) for values in named.values()])
    words = "Singular values"
    if [*named] != [""]:
        over += key([*named], across.at(across.high) - max(Label.plain(name).width for name in named) * SIZE)
        words += f": {', '.join(named)}"
    norms = ", ".join(f"{values[0]:.6g}" for values in named.values())
    told = f"{words}; the largest of each curve: {norms}."
    return chart(axes(across, up, 0.4, ("k", "σ_k")), over, chart_styles(theme, len(named)), (words, told), title)


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


def _by_name(curves: Any) -> Mapping[Any, Any]:
    """Curves by name; a list alone has none."""
    named = curves if isinstance(curves, dict) else {"": curves}
    if not 0 < len(named) <= MOST_HUES:
        msg = f"the curves must be 1 to {MOST_HUES}, not {len(named)}; draw several figures"
        raise ArgumentError(msg)
    return named


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
