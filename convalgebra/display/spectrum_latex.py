"""LaTeX of the Fourier matrix by exponents, of eigenvalues as sums of roots of unity, and of the diagonal form."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.analysis.eigenvalues import MOST_SHOWN_EXACTLY
from convalgebra.display.latex import entry_latex

if TYPE_CHECKING:
    from convalgebra.analysis.diagonalize import Diagonalization
    from convalgebra.analysis.eigenvalues import Eigenvalues

MOST = 12  # lines, and rows of F


def eigenvalues_latex(found: Eigenvalues) -> str:
    r"""One line `\lambda_{k} = ...` for each eigenvalue; roots of unity as powers of `\omega_n = e^{-2 \pi i / n}`.

    >>> import convalgebra as ca
    >>> print(eigenvalues_latex(ca.eigenvalues(ca.circulant(ca.symbols("w", 3)))))
    \begin{aligned}
    \lambda_{0} &= w_{0} + w_{1} + w_{2} \\
    \lambda_{1} &= w_{0} + w_{1} \omega_{3} + w_{2} \omega_{3}^{2} \\
    \lambda_{2} &= w_{0} + w_{2} \omega_{3} + w_{1} \omega_{3}^{2} \\
    \omega_{3} &= e^{-2 \pi i / 3}
    \end{aligned}
    """
    lines = [rf"\lambda_{{{k}}} &= {_value(found, k)}" for k in range(min(len(found), MOST))]
    if len(found) > MOST:
        lines.append(r"&\;\;\vdots")
    order = lcm(*_box(found))
    if order > 2:
        lines.append(rf"\omega_{{{order}}} &= e^{{-2 \pi i / {order}}}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _box(found: Any) -> tuple[int, ...]:
    kernel: Any = getattr(found, "kernel", None)
    if kernel is None or not kernel.exact or len(kernel.kernel) > 1:
        return (1,)
    shown: tuple[int, ...] = kernel.box if kernel.symbolic or kernel.size <= MOST_SHOWN_EXACTLY else (1,)
    return shown


def _value(found: Any, k: int) -> str:
    whole = lcm(*_box(found))
    if whole == 1:
        return entry_latex(found[k] if len(found) <= MOST_SHOWN_EXACTLY else np.asarray(found)[k].item())
    terms, order = found.terms(k)
    if whole <= 2 or order <= 2:
        return entry_latex(found[k])
    return _sum([_term(c, e * whole // order, whole) for e, c in terms.items()])


def _sum(terms: list[str]) -> str:
    return terms[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:])


def _term(coefficient: Any, exponent: int, n: int) -> str:
    power = "" if exponent == 0 else rf"\omega_{{{n}}}" + (f"^{{{exponent}}}" if exponent > 1 else "")
    if power and isinstance(coefficient, int | Fraction) and abs(coefficient) == 1:
        return power if coefficient > 0 else f"-{power}"
    text = entry_latex(coefficient)
    if power and getattr(coefficient, "is_Add", False):
        text = rf"\left({text}\right)"
    return f"{text} {power}".strip()


def fourier_latex(n: int) -> str:
    r"""`F_n` as powers of `\omega_n`.

    >>> print(fourier_latex(2))
    F_{2} = \left[\begin{array}{cc}
    1 & 1 \\
    1 & \omega_{2}
    \end{array}\right]
    """
    kept = range(min(n, MOST))
    dots = [r"\cdots"] * (n > MOST)
    rows = [[_term(1, f * j % n, n) if f * j % n else "1" for j in kept] + dots for f in kept]
    body = [" & ".join(row) for row in rows] + [" & ".join([r"\vdots"] * (MOST + 1))] * (n > MOST)
    return (
        rf"F_{{{n}}} = \left[\begin{{array}}{{{'c' * len(rows[0])}}}"
        "\n" + " \\\\\n".join(body) + "\n\\end{array}\\right]"
    )


def diagonal_form_latex(form: Diagonalization) -> str:
    r"""`F C F^{-1} = \operatorname{diag}(\lambda_0, ...)` with F and the eigenvalues below it.

    >>> import convalgebra as ca
    >>> print(diagonal_form_latex(ca.diagonalize(ca.circulant([1, 2]))))
    \begin{gathered}
    F C F^{-1} = \operatorname{diag}(\lambda_{0}, \lambda_{1}), \quad F = F_{2} \\
    F_{2} = \left[\begin{array}{cc}
    1 & 1 \\
    1 & \omega_{2}
    \end{array}\right] \\
    \begin{aligned}
    \lambda_{0} &= 3 \\
    \lambda_{1} &= -1
    \end{aligned}
    \end{gathered}
    """
    box = form.kernel.box
    factors = r" \otimes ".join(rf"F_{{{n}}}" for n in box)
    parts = [rf"F C F^{{-1}} = {_form(form)}, \quad F = {_on_channels(form, factors)}"]
    parts += map(fourier_latex, dict.fromkeys(box))
    parts += [] if form.kernel.channels else [eigenvalues_latex(form.eigenvalues)]
    return "\\begin{gathered}\n" + " \\\\\n".join(parts) + "\n\\end{gathered}"


def _on_channels(form: Diagonalization, factors: str) -> str:
    return rf"I \otimes {factors}" if form.kernel.channels else factors


def _form(form: Diagonalization) -> str:
    if form.kernel.channels:
        rows, columns = form.kernel.kernel.shape[:2]
        return rf"\left[\operatorname{{diag}}(\hat w_{{oc}})\right]_{{{rows} \times {columns}}}"
    n = form.kernel.size
    names = [rf"\lambda_{{{k}}}" for k in range(n)] if n <= 4 else [
        r"\lambda_{0}", r"\lambda_{1}", r"\ldots", rf"\lambda_{{{n - 1}}}",
    ]  # fmt: skip
    return rf"\operatorname{{diag}}({', '.join(names)})"
