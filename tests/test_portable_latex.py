"""What notebooks are given is in the subset that MathJax 3 and 2, KaTeX and pdflatex all set."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import pytest
import sympy

import convalgebra as ca

# Environments and commands that all four know without further packages but amsmath, amssymb and xcolor.
ENVIRONMENTS = {"align*", "aligned", "array", "bmatrix", "gathered", "pmatrix"}
COMMANDS = set(
    re.findall(
        r"\w+",
        """
    Bigl Bigr Delta Phi Pi Rightarrow Sigma alpha approx arg ast backslash bar begin beta big bigl bigoplus bigr
    binom bmod boxed bullet cap cdot cdots chi circ color cos cup ddots deg delta det dim displaystyle dots end epsilon
    equiv exists exp frac gamma gcd ge hat hline iff in infty int kappa ker lambda langle lceil ldots le left lfloor
    log mapsto mathbb mathbf mathrm max mid min mu ne neq notin odot omega operatorname oplus otimes overline parallel
    partial perp phi pi pm pmod prod qquad quad rangle rceil rfloor rho right sigma sin sqrt star subset subseteq succ
    succeq sum sup tau tbinom text textstyle tfrac theta tilde times to top uparrow varepsilon varphi vdots widehat
    zeta
    """,
    )
)
MARKS = set(" #%&,;\\_{}|$")  # what may follow a backslash
MOST = 4_096  # bytes of one formula
DOCUMENT = r"\documentclass{article}\usepackage{amsmath,amssymb}\pagestyle{empty}\begin{document}%s\end{document}"
FIRST = ("lecture-eq14-circulants-commute", "lecture-laplacian-sign", "spec-symmetric-real", "four-correlation-theorem",
         "spec-multiplier-isospectral", "way-polynomial-product", "lecture-eq10-convolution-theorem")  # fmt: skip


@cache
def shown():
    """The representations by name: matrices, verdicts, proofs for all sizes, spectra, theorems."""
    n, w, odd = ca.size("n"), ca.symbols("w", 3), sympy.Symbol("a_b% c$")
    x, S, C = ca.kernel("x", n), ca.shift(3), ca.circulant(w)
    things = {
        "circulant": C,
        "blocks": ca.Conv(ca.symbols("w", (2, 2, 3)), padding=1).matrix((2, 4)),
        "elided": ca.Conv([[ca.symbols("w", (3, 3))]]).matrix((1, 30, 30)),
        "roots": ca.dft(8),
        "names": ca.matrix([[odd, odd**2]]),
        "floats": ca.matrix([[0.5, 1e-9], [2 - 1j, 1e30]]),
        "proof": ca.decide(C @ S == S @ C),
        "proof of names": ca.decide(ca.circulant([odd, 1, 2]) @ S == S @ ca.circulant([odd, 1, 2])),
        "refutation": ca.decide(ca.toeplitz(w, [0, 0, 0]) @ S == S @ ca.toeplitz(w, [0, 0, 0])),
        "for all sizes": ca.circulant(x),
        "proof for all sizes": ca.prove(ca.circulant(x) @ ca.shift(n) == ca.shift(n) @ ca.circulant(x)),
        "diagonal": ca.diagonalize(C),
        "eigenvalues": ca.eigenvalues(C),
    }
    for name in FIRST:
        theorem = ca.theorems[name]
        things |= {f"{name} false": theorem.false_sibling.refute(), f"{name} proof": theorem.prove(), name: theorem}
    return {name: thing._repr_latex_() for name, thing in things.items()}


FORMULA = re.compile(r"\$([^$]+)\$|(\\begin\{align\*\}.*?\\end\{align\*\})", re.DOTALL)


def formulas(text):
    """The formulas as a notebook finds them; nothing stands between them."""
    bare = text.replace(r"\$", "")
    assert not FORMULA.sub("", bare).strip()
    return ["".join(found) for found in FORMULA.findall(bare)]


def test_no_command_outside_the_subset():
    for name, text in shown().items():
        assert set(re.findall(r"\\begin\{([^}]*)\}", text)) <= ENVIRONMENTS, name
        assert set(re.findall(r"\\([a-zA-Z]+)", text)) <= COMMANDS, name
        assert set(re.findall(r"\\([^a-zA-Z\n])", text.replace("\\\\", ""))) <= MARKS, name


def test_formulas_are_whole_short_and_have_no_double_script():
    for name, text in shown().items():
        assert formulas(text), name
        for body in formulas(text):
            assert body.count("{") - body.count(r"\{") == body.count("}") - body.count(r"\}"), name
            assert len(body.encode()) <= MOST, name
            assert not re.search(r"\^\{[^{}]*(\{[^{}]*\}[^{}]*)*\}\^", body), name


def test_a_long_derivation_keeps_its_ends():
    long = ca.theorems["lecture-laplacian-sign"].prove()
    text, whole = long._repr_latex_(), long.to_latex()
    assert len(whole.encode()) > MOST
    assert r"\vdots" in text
    assert text.splitlines()[:2] == whole.splitlines()[:2]
    assert text.splitlines()[-2:] == whole.splitlines()[-2:]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_pdflatex_sets_them_all(tmp_path):
    (tmp_path / "all.tex").write_text(DOCUMENT % "\n\n".join(shown().values()), encoding="utf-8")
    done = subprocess.run(["pdflatex", "-halt-on-error", "all"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode(errors="replace")
