"""Colours and named styles: the Okabe-Ito hues, safe for every colour vision, and a theme for grey print.

A colour is a mixture `base!share!other` as xcolor writes it, so that TeX and SVG show the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from convalgebra.display.taps import MOST_HUES, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convalgebra.display.excerpt import Key
    from convalgebra.display.taps import Kernel

THEMES = ("okabe-ito", "print")
MOST_VALUES = 35
TAP_RADIUS = 0.08  # of the corners of a weight, in cells

BASES = {
    "cvorange": "E69F00", "cvsky": "56B4E9", "cvgreen": "009E73", "cvpurple": "CC79A7", "cvblue": "0072B2",
    "cvred": "D55E00", "cvyellow": "F0E442", "cvlight": "FFF0A0", "black": "000000", "white": "FFFFFF",
}  # fmt: skip
HUES = tuple(BASES)[:MOST_HUES]


@dataclass(frozen=True)
class Paint:
    """`share` per cent of the base colour, the rest of another one."""

    base: str
    share: int = 100
    other: str = "white"

    @property
    def rgb(self) -> tuple[int, ...]:
        """The mixture, three numbers in 0..255.

        >>> Paint("cvorange", 50).rgb
        (243, 207, 128)
        """
        pairs = zip(bytes.fromhex(BASES[self.base]), bytes.fromhex(BASES[self.other]), strict=True)
        return tuple((a * self.share + b * (100 - self.share) + 50) // 100 for a, b in pairs)

    @property
    def hex(self) -> str:
        """As HTML writes it: `#rrggbb`."""
        return f"#{bytes(self.rgb).hex()}"

    @property
    def tex(self) -> str:
        """As xcolor writes it: `base!share!other`, white left out."""
        mixed = f"{self.base}!{self.share}" if self.share < 100 else self.base
        return mixed if self.share == 100 or self.other == "white" else f"{mixed}!{self.other}"

    @property
    def luminance(self) -> float:
        """The relative luminance of WCAG 2, from 0 for black to 1 for white."""
        linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in self.rgb))
        return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


BLACK, WHITE = Paint("black"), Paint("white")


def contrast(a: Paint, b: Paint) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21.

    >>> contrast(BLACK, WHITE)
    21.0
    """
    dark, light = sorted((a.luminance, b.luminance))
    return (light + 0.05) / (dark + 0.05)


@dataclass(frozen=True)
class Style:
    """How a mark looks: widths in points, dashes (on, off) in points, `radius` in cells, `ink` for its text."""

    fill: Paint | None = None
    stroke: Paint | None = None
    width: float = 0.4
    dash: tuple[float, float] | None = None
    opacity: float = 1.0
    ink: Paint = BLACK
    radius: float = 0.0
    dotted: bool = False


_GREY = Paint("black", 55)
STYLES = {
    "cv unit": Style(Paint("black", 14), Paint("black", 60), radius=TAP_RADIUS),
    "cv merged": Style(stroke=BLACK, width=0.7, radius=TAP_RADIUS),
    "cv zero": Style(stroke=Paint("black", 35), width=0.9, dotted=True),
    "cv more": Style(Paint("black", 55)),
    "cv grid": Style(stroke=Paint("black", 18)),
    "cv axis": Style(ink=_GREY),
    "cv text": Style(),
    "cv bracket": Style(stroke=BLACK, width=0.7),
    "cv rule": Style(stroke=Paint("black", 65), width=0.5),
    "cv part": Style(stroke=BLACK, width=1.0),
    "cv row": Style(Paint("cvlight"), BLACK, width=0.9, radius=0.12),
    "cv input": Style(Paint("cvsky", 14), Paint("cvblue", 60, "black")),
    "cv pad": Style(WHITE, Paint("black", 45), dash=(2, 1.5)),
    "cv x": Style(ink=Paint("cvblue", 50, "black")),
    "cv void": Style(ink=Paint("black", 50)),
    "cv output": Style(Paint("black", 5), Paint("black", 60)),
    "cv chosen": Style(Paint("cvlight"), BLACK, width=1.2),
    "cv window": Style(stroke=BLACK, width=1.2),
    "cv fan": Style(fill=Paint("cvlight"), opacity=0.5),
    "cv beam": Style(fill=Paint("cvlight"), opacity=0.13),
    "cv ray": Style(stroke=Paint("black", 45), width=0.3),
    "cv wrong": Style(stroke=Paint("cvred"), width=1.4, radius=TAP_RADIUS),
    "cv edge": Style(stroke=Paint("black", 70), width=0.4),
}
STYLES |= {f"{name} line": replace(STYLES[name], fill=None) for name in ("cv input", "cv pad", "cv output")}


def fixed_styles(theme: str = THEMES[0]) -> dict[str, Style]:
    """The styles of all that is not a weight; in print every colour becomes the grey of its lightness."""
    if theme != "print":
        return dict(STYLES)
    grey = {
        name: replace(style, fill=_grey(style.fill), stroke=_grey(style.stroke), ink=_grey(style.ink) or BLACK)
        for name, style in STYLES.items()
    }
    return {**grey, "cv wrong": replace(grey["cv wrong"], stroke=BLACK)}  # on cells of every grey


def _grey(paint: Paint | None) -> Paint | None:
    if paint is None or {paint.base, paint.other} <= {"black", "white"}:
        return paint
    lightness = sum(w * c for w, c in zip((0.299, 0.587, 0.114), paint.rgb, strict=True)) / 255
    return Paint("black", max(round(100 * (1 - lightness)), 6))


def tap_style(place: tuple[int, int], grid: tuple[int, int], theme: str = THEMES[0]) -> Style:
    """The style of the weight at (row, column) of a grid of weights: hue by row, tint by column; grey in print."""
    (row, col), (rows, cols) = place, grid
    if theme == "print":
        share = 4 + 48 * (row * cols + col) // max(rows * cols - 1, 1)
        return Style(Paint("black", share), Paint("black", 75), radius=TAP_RADIUS)
    share = 50 if cols == 1 else 25 + 65 * col // (cols - 1)
    hue = HUES[row % MOST_HUES]
    return Style(Paint(hue, share), Paint(hue, 70, "black"), radius=TAP_RADIUS)


def legend(kernel: Kernel | None, keys: Iterable[Key], theme: str = THEMES[0]) -> dict[Key, tuple[str, Style]]:
    """The named style of each key: taps by their place in the kernel, values in order while they can be told apart."""
    found = list(dict.fromkeys(keys))
    if kernel is not None:
        places = {key: kernel.place(key) for key in found if isinstance(key, int)}
        return {key: _named("w", place, kernel.grid, theme) for key, place in places.items()}
    if len(found) == 1 or len(found) > MOST_VALUES:
        return dict.fromkeys(found, ("cv unit", STYLES["cv unit"]))
    grid = folded(len(found))
    return {key: _named("v", divmod(k, grid[1]), grid, theme) for k, key in enumerate(found)}


def _named(letter: str, place: tuple[int, int], grid: tuple[int, int], theme: str) -> tuple[str, Style]:
    digits = [str(place[0])] if grid[1] == 1 else [str(p) for p in place]
    return letter + ("" if max(grid) <= 10 else "-").join(digits), tap_style(place, grid, theme)
