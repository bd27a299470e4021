"""Labels: one text in three spellings, none of which can act."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from convalgebra.algebra.polynomial import Polynomial
from convalgebra.display.label import Label, ends, entry_text, escape_math, escape_text, greek, math_spans

ALLOWED = (
    r"\\(?:backslash|wedge|sim|cdots?|vdots|ddots|ldots|underbrace|times|leftarrow|rightarrow|ast|top|le|ge|mathrm|"
    r"acute|grave|hat|tilde|ddot|bar|breve|check|dot|"
    r"alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|"
    r"omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega)(?![A-Za-z])|\\[{}$&%#_,]"
)


def harmless(tex: str) -> bool:
    """Only known commands and escapes, balanced groups, nothing that TeX would act on."""
    bare = re.sub(ALLOWED, "", tex)
    depth = 0
    for char in bare:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0 and not set(bare) & set("\\&%#~\n\r\0") and bare.isascii()


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("w0", [("w", True, 0), ("0", False, -1)]),
        ("x_{1,·}", [("x", True, 0), ("1,·", False, -1)]),
        ("a_b", [("a", True, 0), ("b", False, -1)]),
        ("w12**2", [("w", True, 0), ("12", False, -1), ("2", False, 1)]),
        ("2*w", [("2", False, 0), ("\N{THIN SPACE}", False, 0), ("w", True, 0)]),
        ("x**(-1)", [("x", True, 0), ("−1", False, 1)]),
        ("-3", [("−", False, 0), ("3", False, 0)]),
        ("sin(t)", [("sin", False, 0), ("(", False, 0), ("t", True, 0), (")", False, 0)]),
        ("3e+12", [("3", False, 0), ("·10", False, 0), ("12", False, 1)]),
        ("1e-07", [("1", False, 0), ("·10", False, 0), ("−7", False, 1)]),
        ("alpha\N{COMBINING MACRON}_1", [("α\N{COMBINING MACRON}", True, 0), ("1", False, -1)]),
        ("lambda1", [("λ", True, 0), ("1", False, -1)]),
    ],
)
def test_plain_notation_is_read_as_mathematics(text, spans):
    assert [(s.text, s.italic, s.shift) for s in math_spans(text)] == spans


def test_greek_names_and_capitals():
    assert [greek(name) for name in ("alpha", "Omega", "lambda", "w", "loss")] == ["α", "Ω", "λ", "w", "loss"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (np.int64(-2), "-2"),
        (10**30, "1" + "0" * 30),
        (0.5, "0.5"),
        (np.float64(1 / 3), "0.3333"),
        (1e-7, "1e-07"),
        (2.0, "2"),
        (1j, "i"),
        (-1j, "-i"),
        (0.5 - 2j, "0.5-2i"),
        (complex(6e-17, -1), "-i"),
        (complex(1, 1e-17), "1"),
        (0j, "0"),
        (Fraction(-1, 3), "-1/3"),
        (sympy.Symbol("w0") + 1, "w0 + 1"),
        (Polynomial.of(sympy.Symbol("w0") * 2), "2*w0"),
    ],
)
def test_every_kind_of_entry_has_a_text(value, text):
    assert entry_text(value) == text


@pytest.mark.parametrize("value", [10**1000, 10**5000, 7**2000, 10**1000 - 1, -(10**1234) + 1], ids=range(5))
def test_of_a_huge_number_the_ends_and_their_number_are_told(value):
    size = hex(abs(value))  # has no limit
    first, last, count = ends(value)
    sign = -1 if value < 0 else 1
    low, high = int(first) * sign * 10 ** (count - 4), (int(first) * sign + 1) * 10 ** (count - 4)
    assert low <= int(size, 16) < high
    assert int(last) == int(size, 16) % 10**4
    assert len(first.lstrip("-")) == 4


def test_huge_numbers_have_a_text():
    assert entry_text(-(10**5000) - 7) == "-1000…0007 (5001 digits)"
    assert entry_text(Fraction(10**5000, 3)) == "1000…0000 (5001 digits)/3"
    assert entry_text(10**5000 * sympy.Symbol("x")) == "…"
    assert Label.math(entry_text(10**5000)).tex == r"$1000\ldots 0000\,(5001\,\mathrm{digits})$"


def test_equal_numbers_of_different_kinds_keep_their_own_text():
    assert [entry_text(v) for v in (Fraction(1, 2), 0.5, Fraction(1, 2))] == ["1/2", "0.5", "1/2"]


@given(st.text(max_size=30))
def test_no_text_can_act_in_tex(text):
    assert harmless(escape_math(text))
    assert harmless(re.sub(r"(?<!\\)\$", " ", escape_text(text)))
    assert harmless(Label.math(text).tex[1:-1])


@given(st.text(max_size=30))
def test_dollars_come_in_pairs(text):
    assert len(re.findall(r"(?<!\\)\$", Label.plain(text).tex)) % 2 == 0


@pytest.mark.parametrize(
    "text", ["\\input{secret}", "$x$", "50%", "a&b", "#1", "x^2_3", "}{", "~", "^^M", "\n\\end{x}"]
)
def test_specials_are_escaped(text):
    assert harmless(escape_math(text))
    assert "\\input" not in Label.plain(text).tex
    assert "\\end" not in Label.math(text).tex


def test_control_characters_become_spaces():
    assert Label.plain("a\nb\x00c\ud800").text == "a b c "


def test_accents_are_kept_and_letters_without_a_command_are_questioned():
    assert escape_text("é漢ł") == r"$\mathrm{\acute{e}}$??"
    assert escape_math("éếç") == r"\acute{e}\acute{\hat{e}}c"
    assert escape_math("Ω") == "\\Omega "


@given(st.text(alphabet="wxyz0123456789+-. ", min_size=1, max_size=12))
def test_widths_add_up(text):
    assert Label.plain(text).width == pytest.approx(sum(Label.plain(c).width for c in text))
    assert Label.math(text).width <= Label.plain(text).width * 1.5


def test_words_in_mathematics_keep_their_distance():
    assert Label.math("A S − S A").tex == r"$A\,S - S\,A$"
    assert Label.math("Im λ").tex == r"$\mathrm{Im}\,\lambda $"


def test_conjugates_have_a_bar():
    conjugates = [sympy.conjugate(sympy.Symbol(name)) for name in ("a1", "alpha_b", "loss")]
    bar = "\N{COMBINING MACRON}"
    assert [entry_text(value) for value in conjugates] == [f"a{bar}1", f"alpha{bar}_b", "conjugate(loss)"]
    assert Label.math(f"a{bar}1").tex == r"$\bar{a}_{1}$"
    assert Label.math(f"a{bar}1").width == Label.math("a1").width
