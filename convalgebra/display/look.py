"""How entries become cells: the named style of each weight, the label of each entry, stripes where weights add up."""

from __future__ import annotations

from cmath import isfinite
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from numbers import Number
from typing import TYPE_CHECKING, Any

from convalgebra.display.excerpt import GAP, Entries, Entry, Excerpt, Key, Source, hidden, key_of
from convalgebra.display.label import Label, entry_text
from convalgebra.display.latex import entry_latex
from convalgebra.display.palette import Style, fixed_styles, legend
from convalgebra.display.scene import CELL, MERGED, Beads, Point, Rects, Scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LABELS = ("auto", "values", "taps", "none")
LABEL_SIZE, COMMON_SIZE, LEAST_SIZE = 0.5, 0.34, 0.24
FILLED = 0.84  # of a cell, by the longest label

Keys = tuple[Key, ...]
Spoken = tuple[tuple[str, ...], str]


@dataclass(frozen=True, eq=False)
class Look:
    """How the entries of a source are drawn: the named style of each key, and the label of each entry.

    Labels are `scale` times as large as in the usual cells, at most `usual` cells high.  Entries too long for a cell
    have their `stand_ins`, which the lines of the `legend` explain.
    """

    source: Source
    styles: dict[Key, tuple[str, Style]]
    labels: str = "values"
    letter: str = "w"
    scale: float = 1.0
    usual: float = LABEL_SIZE
    stand_ins: Mapping[str, Label] = field(default_factory=dict)
    legend: tuple[Label, ...] = ()

    def at(self, scale: float) -> Look:
        """The look in cells that are larger by 1 / scale, its labels as large as ever."""
        smaller = min(scale, 1.0)
        return replace(self, scale=smaller, usual=LABEL_SIZE * smaller)

    def label(self, entry: Entry) -> Label | None:
        """The value or the names of the weights; where they would be too small to read, what stands for them."""
        if self.labels == "none":
            return None
        label = self.written(entry)
        short = label if self.readable(label) else self.stand_ins.get(key_of(entry.value))
        if short is not None and self.readable(short):
            return short
        return Label.math("Σ") if len(entry.keys) > 1 else None

    def readable(self, label: Label) -> bool:
        """Is there room for it in a cell?"""
        return label.width * LEAST_SIZE * self.scale <= CELL

    def written(self, entry: Entry) -> Label:
        """The label, whether there is room for it or not."""
        kernel = self.source.kernel
        if self.labels == "taps" and kernel is not None:
            taps = (kernel.index(key) for key in entry.keys if isinstance(key, int))
            return Label.math(" + ".join(f"{self.letter}_{{{index}}}" for index in taps))
        tex = None if isinstance(entry.value, Number) else entry_latex(entry.value)
        return Label.math(entry_text(_short(entry.value)).replace(" ", ""), tex)

    def names(self, keys: Keys) -> tuple[str, ...]:
        """The styles of the weights that add up."""
        return tuple(self.styles[key][0] for key in keys)

    def spoken(self, entry: Entry) -> Spoken:
        """(styles, label text) that the drawn entry must show."""
        label = self.label(entry)
        return self.names(entry.keys), label.text if label else ""

    def truth(self, rows: Iterable[int], cols: Iterable[int]) -> dict[tuple[int, int], Spoken]:
        """What the cells of these rows and columns must say, read from the operator anew."""
        return {place: self.spoken(entry) for place, entry in self.shown(rows, cols).items()}

    def shown(self, rows: Iterable[int], cols: Iterable[int]) -> Entries:
        """The entries in these rows and columns, read anew."""
        return self.source.entries(sorted({*rows} - {GAP}), sorted({*cols} - {GAP}))


def _short(value: Any) -> Any:
    """A complex number to three digits; others as they are."""
    return complex(f"{value:.3g}") if isinstance(value, complex) and isfinite(value) else value


@dataclass(frozen=True, eq=False)
class Drawing:
    """A scene, and for each of its panels what its cells must agree with."""

    scene: Scene
    looks: tuple[Look | None, ...]


def look_at(
    source: Source,
    part: Excerpt,
    labels: str,
    theme: str,
    letter: str = "w",
    *,
    known: Mapping[Key, tuple[str, Style]] | None = None,
) -> Look:
    """The look of a source whose weights are coloured in the order in which this part of it shows them.

    Values that are `known` keep their styles, as beside another matrix that shows them.
    """
    keys = [key for place in sorted(part.entries) for key in part.entries[place].keys]
    kept = {key: known[key] for key in keys if key in known} if known else {}
    return Look(source, {**legend(source.kernel, keys, theme), **kept}, labels, letter)


def all_styles(theme: str, *looks: Look) -> dict[str, Style]:
    """The fixed styles, those of the weights, and for each weight its dots."""
    named = dict(entry for look in looks for entry in look.styles.values())
    dots = {dotted(name): Style(style.stroke, style.stroke, 0.5) for name, style in named.items()}
    return {**fixed_styles(theme), **named, **dots}


def dotted(name: str) -> str:
    """The name of the style in which the dots of a weight go on."""
    return f"{name} on"


def rects_of(part: Excerpt, look: Look) -> tuple[Rects, ...]:
    """The cells, one mark for each weight; where weights add up, a stripe for each and an outline with the sum."""
    places: defaultdict[Keys, list[Point]] = defaultdict(list)
    labels: dict[Keys, Label | None] = {}
    for (p, q), entry in drawn(part):
        places[entry.keys].append((q, p))
        if entry.keys not in labels:
            labels[entry.keys] = look.label(entry)
    sizes = {keys: _fit(label, look.usual) for keys, label in labels.items()}
    common = max(min(sizes.values(), default=1), COMMON_SIZE * look.scale)
    rects = []
    for keys in sorted(places, key=look.names):
        size = min(sizes[keys], common)
        rects += _weight(look.names(keys), tuple(places[keys]), labels[keys], size)
    return tuple(rects)


def drawn(part: Excerpt) -> Iterator[tuple[tuple[int, int], Entry]]:
    """((shown row, shown column), entry) of every entry that is shown."""
    for p, q in product(range(len(part.rows)), range(len(part.cols))):
        entry = None if part.is_gap(p, q) else part.at(p, q)
        if entry is not None:
            yield (p, q), entry


def _fit(label: Label | None, usual: float) -> float:
    """The size at which a label fills its cell, at most the usual one."""
    return usual if label is None else min(usual, FILLED / max(label.width, 0.1))


def _weight(styles: tuple[str, ...], places: tuple[Point, ...], label: Label | None, size: float) -> list[Rects]:
    if len(styles) == 1:
        return [Rects(places, styles[0], label, size)]
    wide = CELL / len(styles)
    stripes = []
    for k, style in enumerate(styles):
        step = (k - (len(styles) - 1) / 2) * wide
        stripes.append(Rects(tuple((x + step, y) for x, y in places), style, width=wide))
    return [*stripes, Rects(places, MERGED, label, size)]


def gaps_of(part: Excerpt, look: Look) -> list[Beads]:
    """Three dots in every gap that something goes on through: along the band in its colour, else in grey."""
    found: defaultdict[str, list[Point]] = defaultdict(list)
    steps = {"⋱": (0.2, 0.2), "⋮": (0.0, 0.2), "⋯": (0.2, 0.0)}
    unseen = hidden(part, look.source)
    for p, q in product(range(len(part.rows)), range(len(part.cols))):
        if part.is_gap(p, q) and ((p, q) in unseen or part.goes_on(p, q)):
            glyph, keys = part.dots(p, q)
            style = dotted(look.styles[keys[0]][0]) if keys else "cv more"
            dx, dy = steps[glyph]
            found[style] += [(q - dx, p - dy), (q, p), (q + dx, p + dy)]
    return [Beads(tuple(places), style) for style, places in found.items()]
