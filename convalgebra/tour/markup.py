"""Small pieces of HTML: formulas, numbers, verdicts, bars."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convalgebra.proofs.verdicts import Proof, Refutation

_FORMULA = re.compile(r"`([^`]+)`")
_TOKEN = re.compile(
    r"([_^])(?:\{([^}]*)\}|(\w))"  # subscript or superscript
    r"|([A-Za-z]{2,})|([A-Za-zα-ω])|(-)"  # word, letter, minus
    r"|(?<![=+·…]) (?![=+·…])"  # the space of a product
)
UNITS = ("bytes", "kB", "MB", "GB", "TB")
BAR, TALL = 36, 120  # the step from bar to bar, and the highest


def formulas(text: str) -> str:
    """Text where each formula between backticks is set: letters in italics, words upright, `_` and `^` as in TeX.

    >>> formulas("`A x`, `D_2`").replace(chr(0x2009), "~")
    '<span class="math"><i>A</i>~<i>x</i></span>, <span class="math"><i>D</i><sub>2</sub></span>'
    """
    return _FORMULA.sub(lambda match: f'<span class="math">{_set(match[1])}</span>', text)


def _set(text: str) -> str:
    return _TOKEN.sub(_token, text)


def _token(match: re.Match[str]) -> str:
    script, group, single, word, letter, minus = match.groups()
    if script:
        tag = "sub" if script == "_" else "sup"
        return f"<{tag}>{_set(group or single)}</{tag}>"
    if minus:
        return "−"
    return word or (f"<i>{letter}</i>" if letter else "\N{THIN SPACE}")


def count(number: int) -> str:
    """An integer in groups of three digits.

    >>> count(1234567).replace(chr(0x202F), "_")
    '1_234_567'
    """
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def memory(size: float) -> str:
    """A number of bytes, in units of 1000.

    >>> memory(27_081_364).replace(chr(0xA0), " ")
    '27.1 MB'
    """
    unit = 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g}\N{NO-BREAK SPACE}{UNITS[unit]}"


def duration(seconds: float) -> str:
    """Milliseconds below a second.

    >>> duration(0.0142).replace(chr(0xA0), " "), duration(2.5).replace(chr(0xA0), " ")
    ('14 ms', '2.5 s')
    """
    value, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    return f"{value:.{0 if value >= 10 else 1}f}\N{NO-BREAK SPACE}{unit}"


def scientific(value: float) -> str:
    """A small number as a formula.

    >>> scientific(1.1e-11)
    '<span class="math">1.1 · 10<sup>−11</sup></span>'
    """
    mantissa, exponent = f"{value:.1e}".split("e")
    return formulas(f"`{mantissa} · 10^{{{int(exponent)}}}`")


def proof_of(proof: Proof) -> str:
    """Scope, method and ring of a proof."""
    return _terms({"scope": proof.scope, "method": proof.method, "ring": proof.ring})


def refutation_of(refutation: Refutation) -> str:
    """The witness of a refutation."""
    return _terms({"witness": witness(refutation)})


def _terms(pairs: Mapping[str, str]) -> str:
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{escape(text)}</dd>' for name, text in pairs.items())}</dl>"


def witness(refutation: Refutation) -> str:
    """The entry and both its values; where symbols stand there, at the numbers of the witness.

    >>> import convalgebra as ca
    >>> u = ca.symbols("u", 1)
    >>> witness(ca.decide(ca.circulant(u) == ca.circulant(u * 2)))
    'entry (0, 0): 1 on the left, 2 on the right; u0 = 1'
    """
    values = refutation.witness
    left, right = (v.subs(values) if hasattr(v, "subs") else v for v in (refutation.left, refutation.right))
    text = f"entry {refutation.entry}: {left} on the left, {right} on the right"
    if not values:
        return text
    if len(values) > 3 and len(set(values.values())) == 1:
        return f"{text}; every weight is {next(iter(values.values()))}"
    named = {v: [str(s) for s, other in values.items() if other == v] for v in dict.fromkeys(values.values())}
    zeros = named.pop(0, []) if len(values) > 4 else []
    told = [f"{' = '.join(names)} = {v}" for v, names in named.items()] + ["the others 0"] * bool(zeros)
    return f"{text}; {', '.join(told)}"


def agreement(equal: bool) -> str:
    """Whether two results are equal, in words and in colour."""
    return f'<b class="{"equal" if equal else "unequal"}">{"equal" if equal else "different"}</b>'


def bars(values: Sequence[float]) -> str:
    """A bar for each value from 0 up, its number above, its index below."""
    numbers = [f"{value + 0.0:.3g}" for value in values]
    drawn = []
    for k, (value, number) in enumerate(zip(values, numbers, strict=True)):
        x, high = BAR * k, TALL * value / max(values)
        drawn += [
            f'<rect x="{x + 6}" y="{TALL + 30 - high:.1f}" width="24" height="{max(high, 1):.1f}" rx="2"/>',
            f'<text x="{x + 18}" y="{TALL + 22 - high:.1f}">{number}</text>',
            f'<text x="{x + 18}" y="{TALL + 50}">{k}</text>',
        ]
    label = f"Bar chart of the values {', '.join(numbers)}"
    box = f"0 0 {BAR * len(values)} {TALL + 58}"
    return f'<svg class="bars" role="img" aria-label="{label}" viewBox="{box}">{"".join(drawn)}</svg>'
