"""Several matrices in one line: A = D T(w) P, a commutator, a product; entries that break a law are outlined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import choice
from convalgebra.algebra.rings import is_zero
from convalgebra.display.block_figure import outlines
from convalgebra.display.excerpt import source_of, valued
from convalgebra.display.figure import Figure, check_options
from convalgebra.display.isometric_figure import NAME
from convalgebra.display.label import Label, entry_text
from convalgebra.display.look import LABEL_SIZE, LABELS, Drawing
from convalgebra.display.matrix_figure import NAME_LENGTH, PLAIN, cells_drawing, check_text, in_blocks, with_title
from convalgebra.display.naming import Names, explained, free_letters
from convalgebra.display.palette import THEMES, legend
from convalgebra.display.panel import SHEET, UNIT
from convalgebra.display.scene import Panel, Rects, Scene, Text, side_by_side
from convalgebra.errors import ArgumentError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from convalgebra.display.excerpt import Key, Place
    from convalgebra.display.look import Look
    from convalgebra.display.palette import Style
    from convalgebra.display.scene import Mark

MarkT = TypeVar("MarkT", bound="Mark")
LARGEST = 4_096  # rows of a commutator


@dataclass(frozen=True, eq=False)
class Term:
    """A matrix of the line, the name under it, and its entries to be outlined."""

    name: str
    op: Any
    outlined: frozenset[Place] = frozenset()


def equation(parts: Sequence[Term | str], *, title: str, words: str, **options: Any) -> Figure:
    """The terms in cells of one size, with the signs between them; `words` tell what is seen.

    Options: `labels`, `theme`.
    """
    check_options(options, ("labels", "theme"))
    labels, theme = options.get("labels", "auto"), options.get("theme", THEMES[0])
    terms = [part for part in parts if isinstance(part, Term)]
    drawings = distinct(
        _drawings([term.op for term in terms], choice(labels, "labels", LABELS), choice(theme, "theme", THEMES))
    )
    captioned = iter([_captioned(d.scene, term) for d, term in zip(drawings, terms, strict=True)])
    scale = UNIT / drawings[0].scene.unit
    scenes = [_sign(part, scale) if isinstance(part, str) else next(captioned) for part in parts]
    looks = iter([look for drawing in drawings for look in drawing.looks])
    panels = side_by_side(scenes, 0.7 * scale)
    styles = {name: style for drawing in drawings for name, style in drawing.scene.styles.items()}
    sizes = "; ".join(f"{term.name} is {term.op.shape[0]} × {term.op.shape[1]}" for term in terms)
    scene = Scene(panels, styles, title, f"{words}: {sizes}.", drawings[0].scene.unit)
    return Figure(explained(Drawing(scene, tuple(next(looks) if panel.rows else None for panel in panels))))


def _drawings(operators: Sequence[Any], labels: str, theme: str) -> list[Drawing]:
    """The operators in cells of one size while these can be told apart, else in blocks or corners."""
    if in_blocks(*operators):
        return [outlines(op, theme) for op in operators]
    draw = partial(cells_drawing, labels=labels, theme=theme, letters=None)
    first = [draw(op, sheet=min(SHEET, 2 * SHEET / len(operators))) for op in operators]
    units = [drawing.scene.unit for drawing in first]
    plain = min(units) < UNIT and max(max(op.shape) for op in operators) <= PLAIN
    unit = min(units) if plain else max(units)
    source = source_of
    if labels != "taps" and _numbers_beside_values([drawing.looks[0] for drawing in first]):
        source = valued
        first = [draw(op, unit=unit, source=source(op)) for op in operators]
    known = shared([drawing.looks[0] for drawing in first], theme)
    draw = partial(draw, unit=unit, known=known, size=min(map(_label_height, first)) / unit)
    drawings: list[Drawing] = []
    called: dict[str, Label] = {}
    for op, letter in zip(operators, _letters(first), strict=True):
        drawings.append(draw(op, source=source(op), names=Names(letter, called)))
        called |= drawings[-1].looks[0].stand_ins if drawings[-1].looks[0] else {}
    return drawings


def _letters(drawings: Sequence[Drawing]) -> list[str]:
    """A letter for each matrix that stands in none of them, for entries that are too long."""
    seen = [(look, drawing.scene.panels[0]) for drawing in drawings for look in drawing.looks if look]
    shown = (look.shown(panel.rows, panel.cols) for look, panel in seen if any(look.stand_ins for look, _ in seen))
    return free_letters((entry for entries in shown for entry in entries.values()), len(drawings))


def _label_height(drawing: Drawing) -> float:
    """The height in mm of most labels of a matrix, or the usual one where there is none."""
    sizes = [mark.size for mark in drawing.scene.panels[0].cells if mark.label]
    return max(sizes) * drawing.scene.unit if sizes else LABEL_SIZE * UNIT


def _numbers_beside_values(looks: Sequence[Look | None]) -> bool:
    """Do weights that are numbers stand beside a matrix without a kernel, where only their values can be told?"""
    kernels = [look for look in looks if look and look.source.kernel]
    values = [look for look in looks if look and not look.source.kernel and len(look.styles) > 1]
    return bool(values) and any(len([*_symbols(look)]) < len(look.styles) for look in kernels)


def shared(looks: Sequence[Look | None], theme: str) -> dict[Key, tuple[str, Style]]:
    """One style for each value wherever it stands: that of the symbol where it is one, else one of its own.

    A matrix of one number, like a shift, stays grey.
    """
    weights = {text: named for look in looks if look for text, named in _symbols(look)}
    plain = [look for look in looks if look and look.source.kernel is None and len(look.styles) > 1]
    values = dict.fromkeys(key for look in plain for key in look.styles)
    return {**legend(None, [*weights, *values], theme), **weights}  # the colours of the weights are taken


def _symbols(look: Look) -> Iterator[tuple[Key, tuple[str, Style]]]:
    """(text, named style) of the weights of a kernel that are no numbers."""
    source: Any = look.source
    if source.kernel is None:
        return
    values = source.op.pattern(rows=np.zeros(1, dtype=np.int64)).weights
    for key, named in look.styles.items():
        text = "" if values.dtype.kind == "V" else entry_text(values[key])
        if any(c.isalpha() for c in text):
            yield text, named


def distinct(drawings: Iterable[Drawing]) -> list[Drawing]:
    """The drawings, styles renamed where two kernels give one name to different styles."""
    seen: dict[str, Style] = {}
    kept: list[Drawing] = []
    for k, drawing in enumerate(drawings):
        styles = drawing.scene.styles
        clash = {name: f"{name} {k}" for name, style in styles.items() if seen.get(name, style) != style}
        kept.append(_renamed(drawing, clash) if clash else drawing)
        seen = {**kept[-1].scene.styles, **seen}
    return kept


def _renamed(drawing: Drawing, names: Mapping[str, str]) -> Drawing:
    """The drawing with other names for some of its styles."""

    def other(mark: MarkT) -> MarkT:
        return replace(mark, style=names.get(mark.style, mark.style))

    panels = tuple(
        replace(p, cells=tuple(map(other, p.cells)), under=tuple(map(other, p.under)), over=tuple(map(other, p.over)))
        for p in drawing.scene.panels
    )
    styles = {names.get(name, name): style for name, style in drawing.scene.styles.items()}
    looks = tuple(look and replace(look, styles=_other_names(look.styles, names)) for look in drawing.looks)
    return Drawing(replace(drawing.scene, panels=panels, styles=styles), looks)


def _other_names(styles: Mapping[Key, tuple[str, Style]], names: Mapping[str, str]) -> dict[Key, tuple[str, Style]]:
    return {key: (names.get(name, name), style) for key, (name, style) in styles.items()}


def _sign(sign: str, scale: float) -> Scene:
    return Scene((Panel(over=(Text((0, 0), Label.math(sign), "cv text", 0.6 * scale),)),))


def _captioned(scene: Scene, term: Term) -> Scene:
    """The matrix with its name and size below, and its outlined entries."""
    (panel,) = scene.panels
    left, _, right, bottom = panel.bounds
    (rows, cols), name = term.op.shape, Label.math(term.name)
    words = Label.math(f"{term.name}: {rows} × {cols}", rf"{name.tex.strip('$')}\colon\ {rows}\times {cols}")
    scale = UNIT / scene.unit
    caption = Text(((left + right) / 2, bottom + 0.5 * scale), words, "cv text", NAME * scale)
    panel = replace(panel, over=(*panel.over, *_outlines(panel, term.outlined), caption))
    return replace(scene, panels=(panel,))


def _outlines(panel: Panel, entries: Iterable[Place]) -> list[Rects]:
    """A frame around each of the entries that is shown."""
    at_row, at_col = ({index: k for k, index in enumerate(side)} for side in (panel.rows, panel.cols))
    places = tuple((at_col[j], at_row[i]) for i, j in sorted(entries) if i in at_row and j in at_col)
    return [Rects(places, "cv wrong", width=1, height=1)] if places else []


def figure_commutator(
    A: Any, S: Any, *, names: tuple[str, str] = ("A", "S"), title: str = "", **options: Any
) -> Figure:
    """`A S - S A` term by term; the entries where A and S do not commute are outlined. Options: `labels`, `theme`.

    >>> import convalgebra as ca
    >>> A = ca.Conv([[[1, 2, 3]]], padding=1).matrix((1, 4))
    >>> ca.figure_commutator(A, ca.shift(4, 1)).scene.title
    'A S − S A: 4 entries differ from 0'
    """
    _check_operators(A, S)
    if A.shape != S.shape or A.shape[0] != A.shape[1]:
        msg = f"A and S must be square and of one size, not {A.shape} and {S.shape}; write ca.shift(A.shape[0], 1)"
        raise ArgumentError(msg)
    a, s = _named(names, 2)
    left, right = A @ S, S @ A
    difference = left - right
    wrong = nonzero(difference)
    words = f"{a} {s} − {s} {a}: " + (_entries(len(wrong)) if wrong else "0, they commute")
    parts: list[Term | str] = [
        Term(f"{a} {s}", left),
        "−",
        Term(f"{s} {a}", right),
        "=",
        Term(f"{a} {s} − {s} {a}", difference, wrong),
    ]
    return _titled(equation(parts, title=words, words="Two products and their difference", **options), title)


def _check_operators(*operators: Any) -> None:
    for op in operators:
        if not hasattr(op, "pattern"):
            call = "layer.matrix(in_shape), the last layer first" if hasattr(op, "matrix") else "ca.matrix(A)"
            msg = f"the matrices must be operators, not {type(op).__name__}; write {call}"
            raise ArgumentError(msg)


def _named(names: Sequence[str], count: int) -> list[str]:
    """The names, one for each matrix."""
    named = list(names)
    if len(named) != count:
        msg = f"names must be one for each of the {count} factors, not {len(named)}"
        raise ArgumentError(msg)
    for name in named:
        check_text(name, "a name", NAME_LENGTH)
    return named


def figure_composition(*operators: Any, names: Sequence[str] = (), title: str = "", **options: Any) -> Figure:
    """`A = A_k ... A_1`, the product and its factors in the order of the formula. Options: `labels`, `theme`.

    >>> import convalgebra as ca
    >>> figure = ca.figure_composition(ca.toeplitz([1, 2, 0]), ca.toeplitz([1, 0, 3]))
    >>> figure.scene.title
    'A = A2 A1'
    """
    if not operators:
        msg = "a composition must have at least one factor; write ca.figure_composition(A2, A1)"
        raise ArgumentError(msg)
    _check_operators(*operators)
    count = len(operators)
    named = _named(names or [f"A{count - k}" for k in range(count)], count)
    product = operators[0]
    for op in operators[1:]:
        product = product @ op
    factors = [Term(name, op) for name, op in zip(named, operators, strict=True)]
    words = f"A = {' '.join(named)}"
    return _titled(equation([Term("A", product), "=", *factors], title=words, words="A product", **options), title)


def figure_refutation(refutation: Any, *, title: str = "", **options: Any) -> Figure:
    """The worked example of a refutation: both matrices, the entry that differs outlined. Options: `labels`, `theme`.

    >>> import convalgebra as ca
    >>> figure_refutation(ca.decide(ca.shift(3, 1) == ca.shift(3, -1))).scene.title
    'left ≠ right at entry (0, 1)'
    """
    example = refutation.example
    (i, j), (left, right) = example.entry, map(matrix, example.sides)
    place = frozenset({(i - example.rows[0], j - example.cols[0])})
    words = f"left ≠ right at entry ({i}, {j})"
    parts: list[Term | str] = [Term("left", left, place), "≠", Term("right", right, place)]
    return _titled(equation(parts, title=words, words=example.where or "Both sides", **options), title)


def nonzero(op: Any) -> frozenset[Place]:
    """The places of the entries that are not known to be zero."""
    if op.shape[0] > LARGEST:
        msg = f"a commutator must have at most {LARGEST} rows to be drawn, not {op.shape[0]}; draw a smaller input"
        raise SizeLimitError(msg)
    rows, cols, values = op.pattern().entries()
    entries = zip(rows.tolist(), cols.tolist(), values.tolist(), strict=True)
    numbers = values.dtype != object
    return frozenset((i, j) for i, j, value in entries if (value != 0 if numbers else is_zero(value) is not True))


def _entries(count: int) -> str:
    return f"{count} {'entry differs' if count == 1 else 'entries differ'} from 0"


def _titled(figure: Figure, title: str) -> Figure:
    return Figure(with_title(figure.drawing, title))
