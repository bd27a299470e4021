"""Names for entries that are too long for their cells, and the lines below the matrix that say what they stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, TypeVar

from convalgebra.display.excerpt import key_of
from convalgebra.display.label import Label, entry_text
from convalgebra.display.latex import entry_latex
from convalgebra.display.look import Drawing, drawn
from convalgebra.display.panel import UNIT
from convalgebra.display.scene import Panel, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convalgebra.display.excerpt import Entry, Excerpt
    from convalgebra.display.look import Keys, Look

LineT = TypeVar("LineT")
LETTERS = "pqrstuv" + "".join(c for c in ascii_lowercase if c not in "pqrstuvexyio")
LINES = 12  # of a legend: of a kernel with more names the first ones and the last, of other entries all or none
LINE_WIDTH, MOST = 38.0, 160  # em, and characters of what is no sum
LINE_SIZE, PITCH = 0.5, 0.85  # in labelled cells


@dataclass(frozen=True)
class Names:
    """The letter for names, and what is called how already, as beside another matrix."""

    letter: str = ""
    called: Mapping[str, Label] = field(default_factory=dict)


def named(look: Look, part: Excerpt, names: Names | None = None) -> Look:
    """The look with a name like `p_{0}` for each entry of this part whose label is too long for its cell.

    Sums of weights that are short themselves need none: their stripes tell which weights meet.
    """
    names, entries = names or Names(), [entry for _, entry in drawn(part)]
    long = {
        entry.keys: entry for entry in entries if look.labels == "values" and not look.readable(look.written(entry))
    }
    if all(len(keys) > 1 for keys in long) or (look.source.kernel is None and len(long) > LINES):
        return look
    letter = names.letter or free_letters(entries, 1)[0]
    keys: Any = sorted(long) if look.source.kernel else long
    made: dict[str, Label] = {}
    for k, key in enumerate(keys):
        made.setdefault(key_of(long[key].value), Label.math(f"{letter}_{{{_index(look, key, k)}}}"))
    stand_ins, values = {**made, **names.called}, {key_of(entry.value): entry.value for entry in long.values()}
    told = _elided([*made])
    lines = (line if isinstance(line, Label) else _line(stand_ins[line], values[line]) for line in told)
    return replace(look, stand_ins=stand_ins, legend=tuple(lines))


def free_letters(entries: Iterable[Entry], count: int) -> list[str]:
    """Letters that stand in none of these entries; where they run out, any.

    >>> from convalgebra.display.excerpt import Entry
    >>> free_letters([Entry((0,), "p*q")], 2)
    ['r', 's']
    """
    said = {char for entry in entries for char in entry_text(entry.value)}
    return [*(c for c in LETTERS if c not in said), *LETTERS * count][:count]


def explained(drawing: Drawing) -> Drawing:
    """The drawing, and below it the lines that say what its names stand for."""
    lines = _elided([*dict.fromkeys(line for look in drawing.looks if look for line in look.legend)])
    if not lines:
        return drawing
    scene, scale = drawing.scene, UNIT / drawing.scene.unit
    left, _, _, bottom = scene.bounds
    places = ((left, bottom + (0.5 + PITCH * k) * scale) for k in range(len(lines)))
    texts = (Text(at, line, "cv text", LINE_SIZE * scale, "start") for at, line in zip(places, lines, strict=True))
    return Drawing(replace(scene, panels=(*scene.panels, Panel(over=tuple(texts)))), (*drawing.looks, None))


def _index(look: Look, keys: Keys, count: int) -> str:
    """The index of the tap, or of the taps that meet; without a kernel the next number."""
    kernel = look.source.kernel
    return str(count) if kernel is None else "+".join(kernel.index(key) for key in keys if isinstance(key, int))


def _line(name: Label, value: Any) -> Label:
    """`p_0 = a + b + c`, or with the terms in the middle left out.

    >>> _line(Label.math("p_0"), "a*b + c").text
    'p_0 = a*b + c'
    """
    text = entry_text(value)
    if Label.math(text).width <= LINE_WIDTH:
        return Label.math(f"{name.text} = {text}", f"{name.tex.strip('$')} = {entry_latex(value)}")
    return Label.math(f"{name.text} = {shortened(text)}")


def shortened(text: str) -> str:
    """The first terms of a sum, dots, and the last one, no wider than a line; of what is no sum, the beginning.

    >>> shortened(" + ".join(f"a{k}*b{k}" for k in range(30)))
    'a0*b0 + a1*b1 + a2*b2 + a3*b3 + a4*b4 + a5*b5 + a6*b6 + a7*b7 + ⋯ + a29*b29'
    """
    first, *rest = _terms(text)
    end = f" + ⋯ {rest[-1]}" if rest else "…"
    kept = first
    for term in rest[:-1]:
        if Label.math(kept + term + end).width > LINE_WIDTH:
            break
        kept += f" {term}"
    if Label.math(kept + end).width <= LINE_WIDTH:
        return kept + end
    cuts = (f"{text[:k]}…" for k in range(min(len(text), MOST), 0, -1))
    return next(cut for cut in cuts if Label.math(cut).width <= LINE_WIDTH)


def _terms(text: str) -> list[str]:
    """The terms of a sum with their signs; brackets stay whole."""
    pieces = re.split(r" (?=[-+] )", text)
    terms = [pieces[0]]
    for piece in pieces[1:]:
        if terms[-1].count("(") > terms[-1].count(")"):
            terms[-1] += f" {piece}"
        else:
            terms.append(piece)
    return terms


def _elided(lines: Sequence[LineT]) -> list[LineT | Label]:
    """The lines while they are few, else the first ones and the last."""
    if len(lines) <= LINES:
        return [*lines]
    return [*lines[: LINES - 2], Label.math("⋮"), lines[-1]]
