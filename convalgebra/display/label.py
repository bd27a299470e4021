"""One label, three spellings: plain Unicode, TeX, and spans of upright, italic, lowered and raised characters.

Nothing a label holds can act: TeX specials are escaped here, XML specials by the SVG emitter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from math import log10
from typing import Any

from convalgebra.algebra.views import shown

_TEX = {
    "·": r"\cdot", "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots", "×": r"\times", "−": "-", "←": r"\leftarrow",
    "→": r"\rightarrow", "…": r"\ldots", "Σ": r"\Sigma", "∗": r"\ast", "⊤": r"\top", "≤": r"\le", "≥": r"\ge",
    "≠": r"\ne", "∞": r"\infty", "\\": r"\backslash", "^": r"\wedge", "~": r"\sim", "<": "<", ">": ">", "|": "|",
    "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
}  # fmt: skip
_ACCENTS = {
    unicodedata.lookup(f"COMBINING {name}"): rf"\{write}"
    for name, write in {
        "ACUTE ACCENT": "acute", "GRAVE ACCENT": "grave", "CIRCUMFLEX ACCENT": "hat", "TILDE": "tilde",
        "DIAERESIS": "ddot", "MACRON": "bar", "BREVE": "breve", "CARON": "check", "DOT ABOVE": "dot",
    }.items()
}  # fmt: skip
_TEXT_SAFE = set("{}$&%#_−")  # these escapes read the same outside math

_CAPITAL = "gamma delta theta lamda xi pi sigma upsilon phi psi omega"  # the others look like Latin letters
_SMALL = f"alpha beta epsilon zeta eta iota kappa mu nu rho tau chi {_CAPITAL}"
_GREEK = {
    unicodedata.lookup(f"GREEK {case} LETTER {name}"): f"\\{write(name.replace('lamda', 'lambda'))} "
    for case, names, write in (("SMALL", _SMALL, str), ("CAPITAL", _CAPITAL, str.capitalize))
    for name in names.split()
}

HUGE = 10**1000  # integers from which on only the ends are written

_BAR = "\N{COMBINING MACRON}"  # over the letter of a conjugate
_CONJUGATE = re.compile(r"conjugate\(([^\W\d_]+)(\w*)\)")
_ROOT = re.compile(r"exp\((-)?(?:(\d+)\*)?I\*pi/(\d+)\)")
_AROUND = re.compile(r"\\,([-+=<>])\\,")  # TeX leaves room around these by itself
_UNIT = re.compile(r"(?<!\w)I(?!\w)")
_TOKEN = re.compile(
    rf"(?<=\d)e(?P<tens>[+-]\d+)|(?P<name>[^\W\d_]+{_BAR}?)"
    r"(?:_\{(?P<group>[^{}]*)\}|_?(?P<digits>\d+)|_(?P<letters>[^\W_]+))?"
    r"|(?:\*\*|\^)(?:\((?P<exponent>[^()]*)\)|(?P<power>\w+))"
    r"|(?P<times>\*)"
    r"|(?P<other>.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Span:
    """Characters of one kind: `shift` is -1 lowered, 0 on the line, 1 raised."""

    text: str
    italic: bool = False
    shift: int = 0

    @property
    def width(self) -> float:
        """The advance width in em, a little generous."""
        return sum(map(_advance, self.text)) * (0.7 if self.shift else 1)


@dataclass(frozen=True)
class Label:
    r"""Text to read, the same in TeX, and whether it is set as mathematics.

    >>> print(Label.math("w0 + 2*x_{1,·}").tex, Label.plain("50% & more").tex)
    $w_{0} + 2\,x_{1,\cdot }$ 50\% \& more
    """

    text: str
    tex: str
    mathematics: bool = True

    @classmethod
    def math(cls, text: str, tex: str | None = None) -> Label:
        """A formula in plain notation: `w0`, `x_{1,·}`, `a**2`; `tex` replaces the TeX made from it."""
        text = visible(text)
        return cls(text, f"${_math_tex(text) if tex is None else tex}$")

    @classmethod
    def plain(cls, text: str) -> Label:
        """Words, set upright."""
        text = visible(text)
        return cls(text, escape_text(text), mathematics=False)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The characters in order, as an emitter without TeX sets them."""
        return math_spans(self.text) if self.mathematics else (Span(self.text),)

    @property
    def width(self) -> float:
        """The estimated width in em."""
        return sum(span.width for span in self.spans)


def entry_text(value: Any) -> str:
    """The entry in plain notation, floats to four digits, roots of unity as powers of `ω_n = exp(-2 pi i / n)`.

    >>> import sympy
    >>> entry_text(-0.125), entry_text(1 - 2j), entry_text(1 / 3), entry_text(sympy.exp(2 * sympy.I * sympy.pi / 3))
    ('-0.125', '1-2i', '0.3333', 'ω3**2')
    """
    return _entry_text(value.item() if hasattr(value, "item") else value)


@lru_cache(maxsize=4096, typed=True)
def _entry_text(value: Any) -> str:
    value = shown(value)
    if isinstance(value, complex):
        return _complex_text(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    text = _ROOT.sub(_root_text, _CONJUGATE.sub(_barred, visible(_digits(value))))
    return _UNIT.sub("i", text) if _UNIT.search(text) and _is_complex(value) else text


def _digits(value: Any) -> str:
    """The text of a value; of a number with more digits than Python writes, their number and the ends."""
    if isinstance(value, int) and abs(value) >= HUGE:
        return "{}…{} ({} digits)".format(*ends(value))
    if isinstance(value, Fraction) and max(abs(value.numerator), value.denominator) >= HUGE:
        return f"{_digits(value.numerator)}/{_digits(value.denominator)}"
    try:
        return str(value)
    except ValueError:  # a huge number within an expression
        return "…"


def ends(value: int) -> tuple[str, str, int]:
    """The sign and the first four digits, the last four, and how many there are.

    >>> ends(-(10**5000) - 7)
    ('-1000', '0007', 5001)
    """
    size, sign = abs(value), "-" * (value < 0)
    count = int(size.bit_length() * log10(2))  # one too few at most
    count += size >= 10**count
    return f"{sign}{size // 10 ** (count - 4)}", f"{size % 10_000:04}", count


def _is_complex(value: Any) -> bool:
    """Does `I` in its text stand for the imaginary unit, and not for a symbol of that name?"""
    atoms = getattr(value, "generators", None) or getattr(value, "atoms", tuple)()
    return any(getattr(g, "is_imaginary", None) and str(g) == "I" and not g.is_Symbol for g in atoms)


def _root_text(found: re.Match[str]) -> str:
    """`exp(-2*I*pi*k/n)` as the power k of the root of unity omega_n."""
    sign, times, order = found.groups()
    turn = Fraction(int(times or 1) * (1 if sign else -1), 2 * int(order)) % 1
    return f"ω{turn.denominator}" + (f"**{turn.numerator}" if turn.numerator > 1 else "")


def _barred(conjugate: re.Match[str]) -> str:
    """A letter with a bar over it; a longer name stays as it is."""
    name, index = conjugate.groups()
    return f"{name}{_BAR}{index}" if len(greek(name)) == 1 else conjugate[0]


def _complex_text(value: complex) -> str:
    """A part below the rounding error of the other is left out."""
    real, imag = (0.0 if abs(part) < 1e-15 * abs(value) else part for part in (value.real, value.imag))
    if not imag:
        return f"{real:.4g}"
    i = {"1": "i", "-1": "-i"}.get(f"{imag:.4g}", f"{imag:.4g}i")
    return i if not real else f"{real:.4g}{'' if i.startswith('-') else '+'}{i}"


@lru_cache(maxsize=4096)
def math_spans(text: str) -> tuple[Span, ...]:
    """Letters italic, indices lowered, powers raised; greek names become letters.

    >>> [(s.text, s.shift) for s in math_spans("alpha1**2")]
    [('α', 0), ('1', -1), ('2', 1)]
    """
    spans: list[Span] = []
    for token in _TOKEN.finditer(text):
        spans += _token_spans(token)
    return tuple(spans)


def _token_spans(token: re.Match[str]) -> list[Span]:
    if name := token["name"]:
        index = next((token[g] for g in ("group", "digits", "letters") if token[g] is not None), "")
        bare = name.rstrip(_BAR)
        base = Span(greek(bare) + name[len(bare) :], italic=len(greek(bare)) == 1)
        return [base, Span(index, shift=-1)] if index else [base]
    if tens := token["tens"]:
        return [Span("·10"), Span(str(int(tens)).replace("-", "−"), shift=1)]
    if power := token["power"] or token["exponent"]:
        return [Span(power.replace("-", "−"), shift=1)]
    return [Span("\N{THIN SPACE}" if token["times"] else token["other"].replace("-", "−"))]


@lru_cache(maxsize=512)
def greek(name: str) -> str:
    """The greek letter of that name, or the name.

    >>> greek("lambda"), greek("w")
    ('λ', 'w')
    """
    case = "SMALL" if name.islower() else "CAPITAL"
    spelled = {"LAMBDA": "LAMDA"}.get(name.upper(), name.upper())
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {spelled}")
    except KeyError:
        return name


def _math_tex(text: str) -> str:
    return _AROUND.sub(r" \1 ", "".join(map(_span_tex, math_spans(text))))


def _span_tex(span: Span) -> str:
    if span.text in (" ", "\N{THIN SPACE}"):
        return r"\,"
    bare = span.text.rstrip(_BAR)
    body = escape_math(bare)
    if bare != span.text:
        return rf"\bar{{{body}}}"
    if span.shift:
        return f"{'^' if span.shift > 0 else '_'}{{{body}}}"
    return rf"\mathrm{{{body}}}" if span.text[:1].isalpha() and not span.italic else body


def escape_math(text: str) -> str:
    r"""The characters as they are, inside math.

    >>> print(escape_math("α_b{é"))
    \alpha \_b\{\acute{e}
    """
    return "".join(map(_char_math, visible(text)))


def escape_text(text: str) -> str:
    r"""The characters as they are, in running text.

    >>> print(escape_text("n < 3_a"))
    n $<$ 3\_a
    """
    return "".join(map(_char_text, visible(text)))


def _char_math(char: str) -> str:
    if char in _TEX:
        code = _TEX[char]
        return f"{code} " if code[-1].isalpha() else code
    return char if char.isascii() else _foreign(char)


def _char_text(char: str) -> str:
    if char in _TEXT_SAFE or char == " " or (char.isascii() and char not in _TEX):
        return _TEX.get(char, char)
    code = _char_math(char)
    upright = rf"\mathrm{{{code}}}" if code.endswith("}") else code.strip()
    return f"${upright}$" if char in _TEX or code.startswith("\\") else code


def _foreign(char: str) -> str:
    """A greek letter by its command, a letter under its accents, `?` where plain TeX has no such letter."""
    base, *marks = list(unicodedata.normalize("NFKD", char))
    if marks and base.isascii() and base.isalnum() and _ACCENTS.keys() >= {*marks}:
        return reduce(lambda inner, mark: f"{_ACCENTS[mark]}{{{inner}}}", marks, base)
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return _GREEK.get(char) or (plain if plain.isalnum() else "?")


def visible(text: str) -> str:
    """Control characters become spaces: no emitter has to think of them."""
    return "".join(c if c.isprintable() else " " for c in text)


def _advance(char: str) -> float:
    if char == _BAR:
        return 0.0
    if char in "·⋯⋮⋱":
        return 0.3 if char in "·⋮" else 1.0
    if char in ".,;:|!'()[] ilj\N{THIN SPACE}":
        return 0.32
    if char in "+−×=<>←→mwMW":
        return 0.8
    return 0.56 if not char.isupper() else 0.72
