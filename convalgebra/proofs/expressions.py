"""Symbolic operators as words: a coefficient times a row of factors, each of which says how it was made.

Readable chains rewrite words; what a chain says is proved by the calculus, link by link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from convalgebra.proofs import constructors as make
from convalgebra.proofs.arguments import count, each, plain
from convalgebra.proofs.calculus.sizes import ONE, Size
from convalgebra.proofs.circular import circular_convolve
from convalgebra.proofs.symbolic import Symbolic, scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Form = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Word:
    """`coefficient * A1 A2 ...`"""

    factors: tuple[Any, ...]
    coefficient: Size = ONE

    @property
    def operator(self) -> Symbolic:
        """The operator that the word stands for."""
        product: Symbolic = reduce(lambda left, right: left @ right, self.factors)
        return product if self.coefficient == ONE else scaled(product, self.coefficient)

    @property
    def key(self) -> Form:
        """Equal for words that are spelled alike."""
        return (self.coefficient, *map(key, self.factors))

    def put(self, start: int, stop: int, new: Word) -> Word:
        """The word where some neighbours are replaced."""
        factors = (*self.factors[:start], *new.factors, *self.factors[stop:])
        return Word(factors, self.coefficient * new.coefficient)


def word(operator: Symbolic) -> Word:
    """The operator's factors, products and scalars taken apart."""
    match operator.made:
        case ("product", left, right):
            a, b = word(left), word(right)
            return Word(a.factors + b.factors, a.coefficient * b.coefficient)
        case ("scaled", inner, Size() | int() | Fraction() as scalar):
            return replace(word(inner), coefficient=word(inner).coefficient * scalar)
        case ("dft", n, "forward"):
            return Word((make.dft(n),), count(operator.rows).inverse())
    return Word((operator,))


def form(operator: Symbolic) -> Form:
    """What the factor is: its kind, then its parts; shifts and strides as tuples with one integer for each axis."""
    found: Form = ("other", operator.latex)
    match operator.made:
        case ("impulse", _, steps):
            found = "impulse", steps
        case ("shift" | "downsample" | "upsample" as kind, _, *amount):
            axes = operator.cols if kind == "upsample" else operator.rows
            found = kind, each(amount[0] if amount else 1, axes, "k")
        case ("circulant", c, "correlation"):
            found = "transposed", make.circulant(c)
        case ("circulant" | "diagonal" as kind, c, *_):
            found = kind, c
        case ("transposed", Symbolic(made=("conjugated", inner)), _) if form(inner) == ("dft",):
            found = "dft*", inner
        case ("transposed", inner, r"\top") | ("transposed", inner):
            found = "transposed", inner
        case ("identity" | "flip" as kind, *_) | ("dft" as kind, _) | ("dft" as kind, _, "backward"):
            found = (kind,)
        case ("kron" | "sum" | "star" as kind, left, right):
            found = kind, left, right
    return found


def key(operator: Symbolic) -> Form:
    """Equal for operators that are spelled alike."""
    kind, *parts = form(operator)
    told = (word(part).key if isinstance(part, Symbolic) else part for part in parts)
    return (kind, operator.boxes, *told)


REBUILD: dict[str, Callable[..., Symbolic]] = {
    "circulant": make.circulant,
    "diagonal": make.diagonal,
    "transposed": lambda A: A.T,
    "kron": make.kron,
    "sum": lambda A, B: A + B,
    "star": circular_convolve,
}


def parts(operator: Symbolic) -> Iterator[tuple[Symbolic, Callable[[Symbolic], Symbolic]]]:
    """Each part of a factor, and how the factor looks when the part is replaced."""
    kind, *inner = form(operator)
    for place, part in enumerate(inner if kind in REBUILD else ()):
        yield part, lambda new, place=place: REBUILD[kind](*inner[:place], new, *inner[place + 1 :])  # type: ignore[misc]


SIGNS = {r"\star": "⋆", r"\odot": "⊙", "^{2}": "²"}
FRACTION = re.compile(r"\\tfrac\{1\}\{((?:[^{}]|\{[^{}]*\})*)\}")


# --- as mathematics ---------------------------------------------------------------------------------------------------


def word_latex(w: Word) -> str:
    r"""The word in LaTeX, with `F^{-1}`, `\odot` and `\star` where a lecture writes them."""
    coefficient, shown = w.coefficient, []
    for place, factor in enumerate(w.factors):
        kind, *_ = form(factor)
        n = count(factor.rows)
        rest = w.factors[place + 1 :]
        if kind == "dft*" and (coefficient * n).is_integral and not coefficient.is_integral:
            coefficient *= n
            shown.append(factor_latex(form(factor)[1]) + "^{-1}")
        elif kind == "diagonal" and rest and not rest[-1].cols:
            pointwise = rf"{_latex(form(factor)[1])} \odot {word_latex(Word(rest))}"
            shown.append(f"({pointwise})" if shown or coefficient != ONE else pointwise)
            break
        else:
            shown.append(_bracketed(factor, alone=len(w.factors) == 1 and coefficient == ONE))
    return " ".join(_scalar(coefficient) + shown).replace("- ", "-", coefficient == -ONE)


def word_text(w: Word) -> str:
    """The word as plain text."""
    shown = FRACTION.sub(r"1/\1", plain(word_latex(w)).replace("^{-1}", "⁻¹"))
    for name, sign in SIGNS.items():
        shown = shown.replace(name, sign)
    return shown


def _scalar(c: Size) -> list[str]:
    if c == ONE:
        return []
    if c == -ONE:
        return ["-"]
    if len(c.terms) == 1 and not c.is_integral:
        return [rf"\tfrac{{1}}{{{c.inverse().latex}}}"]
    return [f"({c.latex})" if len(c.terms) > 1 else c.latex]


def _bracketed(factor: Symbolic, *, alone: bool) -> str:
    text = factor_latex(factor)
    return text if alone or form(factor)[0] not in {"star", "sum"} else f"({text})"


def _latex(operator: Symbolic) -> str:
    return word_latex(word(operator))


def factor_latex(factor: Symbolic) -> str:
    """One factor in LaTeX, its parts as words."""
    shown = factor.latex
    match form(factor):
        case ("circulant", c):
            shown = f"C_{{{_latex(c)}}}"
        case ("diagonal", d):
            shown = rf"\mathrm{{diag}}({_latex(d)})"
        case ("star", x, w):
            shown = r" \star ".join(map(_signal, (x, w)))
        case ("sum", left, right):
            shown = f"{_latex(left)} + {_latex(right)}".replace("+ -", "- ")
        case ("kron", left, right):
            shown = rf"({_latex(left)} \otimes {_latex(right)})"
        case ("transposed", inner):
            shown = rf"{_powered(inner)}^{{\top}}"
        case ("dft*", inner):
            shown = f"{_powered(inner)}^{{H}}"
        case ("dft",):
            shown = "F"
    return shown


def _signal(operator: Symbolic) -> str:
    w = word(operator)
    return _latex(operator) if len(w.factors) == 1 and form(w.factors[0])[0] != "star" else f"({_latex(operator)})"


def _powered(operator: Symbolic) -> str:
    shown = _latex(operator)
    compound = len(word(operator).factors) > 1 or form(operator)[0] in {"transposed", "dft*", "sum"}
    return f"({shown})" if compound or shown.endswith((r"^{\top}", "^{H}")) else shown
