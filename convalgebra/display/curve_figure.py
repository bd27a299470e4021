"""Curves of numbers against numbers: what norms, spectra and distances do as sizes grow."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log2
from typing import TYPE_CHECKING, Any

from convalgebra.display.chart import HEIGHT, WIDTH, Axis, axes, chart, chart_styles, drawn, key
from convalgebra.display.palette import THEMES
from convalgebra.display.taps import MOST_HUES
from convalgebra.errors import ArgumentError, EntryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convalgebra.display.figure import Figure

    Curve = tuple[tuple[float, ...], tuple[float, ...]]

ROOM = 0.4  # cells between the numbers and the axes


@dataclass(frozen=True)
class Doubling(Axis):
    """An axis on which a doubling is a step, `cells` wide."""

    @classmethod
    def around(cls, values: Iterable[float], length: float) -> Doubling:
        known = [*values]
        return cls(min(known), max(known), length / (log2(max(known) / min(known)) or 1))

    def at(self, value: float) -> float:
        return log2(value / self.low) * self.cells

    def ticks(self) -> list[float]:
        """Powers of two, about eight."""
        first, last = ceil(log2(self.low) - 1e-9), floor(log2(self.high) + 1e-9)
        return [2.0**k for k in range(first, last + 1, max(1, (last - first + 3) // 6))]


def figure_curves(
    curves: Mapping[str, tuple[Any, Any]], *, across: str = "n", up: str = "", doubling: bool = False,
    theme: str = THEMES[0], title: str = "",
) -> Figure:  # fmt: skip
    """Points (x, y) joined in order, several curves as {"name": (xs, ys)}, with the names of the axes.

    The vertical axis begins at 0 unless all values are far above it; `doubling=True` makes a doubling of x a step.

    >>> import convalgebra as ca
    >>> ca.figure_curves({"norm": ([3, 4, 5], [1.73, 2, 1.9])}).scene.title
    'Curves: norm'
    """
    named = _checked(curves, doubling=doubling)
    xs, ys = ([v for curve in named.values() for v in curve[side]] for side in (0, 1))
    horizontal = (Doubling if doubling else Axis).around(xs, WIDTH)
    vertical = Axis.around(_from_zero(ys), HEIGHT)
    over = [*drawn(horizontal, vertical, [*named.values()]), *key([*named], WIDTH + ROOM + 2.3)]
    words = f"Curves: {', '.join(named)}"
    told = "; ".join(
        f"{name} goes from {y[0]:.6g} at {x[0]:.6g} to {y[-1]:.6g} at {x[-1]:.6g}" for name, (x, y) in named.items()
    )
    frame = axes(horizontal, vertical, ROOM, (across, up))
    return chart(frame, over, chart_styles(theme, len(named)), (words, f"{words}; {told}."), title)


def _from_zero(values: list[float]) -> list[float]:
    return [*values, 0.0] if 0 <= min(values) <= 0.6 * max(values) else values


def _checked(curves: Any, *, doubling: bool) -> dict[str, Curve]:
    """The curves as tuples of finite floats."""
    if not isinstance(curves, dict) or not 0 < len(curves) <= MOST_HUES:
        found = f"{len(curves)}" if isinstance(curves, dict) else type(curves).__name__
        msg = f'the curves must be 1 to {MOST_HUES} by name, not {found}; write {{"norm": (xs, ys)}}'
        raise ArgumentError(msg)
    return {str(name): _numbers(name, curve, doubling=doubling) for name, curve in curves.items()}


def _numbers(name: Any, curve: Any, *, doubling: bool) -> Curve:
    try:
        x, y = (tuple(float(v) for v in side) for side in curve)
    except (TypeError, ValueError) as error:
        msg = f"the curve {name!r} must be two lists of numbers (xs, ys), not {curve!r}"
        raise EntryError(msg) from error
    if len(x) != len(y) or not x:
        msg = f"the curve {name!r} must have as many x as y, and some, not {len(x)} and {len(y)}"
        raise ArgumentError(msg)
    if not all(map(isfinite, x + y)) or (doubling and min(x) <= 0):
        msg = f"the curve {name!r} must have finite numbers{', x above 0 where doublings are steps' * doubling}"
        raise EntryError(msg)
    return x, y
