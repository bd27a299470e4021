"""LaTeX text: it reads back as the matrix, stays small, and holds nothing that acts."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import sympy
from test_label import harmless

import convalgebra as ca
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.display.latex import FILE_BYTES, NOTEBOOK_BYTES, entry_latex, matrix_latex, repr_latex
from convalgebra.errors import ArgumentError

W = ca.symbols("w", 3)
W2 = ca.symbols("w", (3, 3))[None, None]


def table(text):
    """The cells of the first array in a text."""
    body = re.search(r"\\begin\{(?:array|bNiceArray)\}\{[c|]*\}(?:\[[^]]*\])?(.*)\\end\{", text, re.DOTALL)
    inside = body[1].split("\\Body")[-1]
    return [[cell.strip() for cell in row.replace("\\hline", "").split("&")] for row in inside.split(r"\\")]


@pytest.mark.parametrize(
    ("value", "tex"),
    [
        (3, "3"),
        (np.int64(-3), "-3"),
        (0.25, "0.25"),
        (1e-7, r"1 \cdot 10^{-7}"),
        (2.5e20, r"2.5 \cdot 10^{20}"),
        (Fraction(2, 3), r"\tfrac{2}{3}"),
        (Fraction(-2, 3), r"-\tfrac{2}{3}"),
        (Fraction(4, 1), "4"),
        (1 - 1j, "1-i"),
        (sympy.Symbol("w00"), "w_{00}"),
        (sympy.Symbol("alpha"), r"\alpha"),
        (sympy.Symbol("α"), r"\mathrm{\alpha }"),
        (sympy.sqrt(2) / 2, r"\frac{\sqrt{2}}{2}"),
        (Polynomial.of(sympy.Symbol("a") ** 2), "a^{2}"),
    ],
)
def test_entries(value, tex):
    assert entry_latex(value) == tex


@pytest.mark.parametrize(
    "name", ["w_{1}", "w_{1,2}^{(3)}", "x^{2}_{1}", "w_{i_{1}}", "v^{in}", "w_{-1}", "b_{o + 1}", "x_{n'}"]
)
def test_indices_in_braces_stay_as_sympy_writes_them(name):
    assert entry_latex(sympy.Symbol(name)) == sympy.latex(sympy.Symbol(name)) == name


def test_huge_numbers_show_their_ends():
    assert entry_latex(10**5000) == r"\underbrace{1000\ldots 0000}_{5001\ \mathrm{digits}}"
    assert entry_latex(Fraction(-1, 10**5000)) == rf"-\tfrac{{1}}{{{entry_latex(10**5000)}}}"
    assert entry_latex(10**5000 * sympy.Symbol("x")) == r"\cdots"


BRACES = [
    "x^{2}^{3}",
    "a_{b}_{c}",
    "w_{1}}",
    "w_{{1}",
    "w_{1",
    "w_{\\alpha}",
    "w_{}",
    "w_{1}\n",
    "{w}",
    "w_{a_{b_{c}}}",
]
EVIL = [*BRACES, "\\input{x}", "a&b", "x}{", "50%", "$", "a_{b", "^^M", "#1", "~", "\\end{array}", "w\nw", "a b", "_"]


@pytest.mark.parametrize("name", EVIL)
def test_no_name_can_act(name):
    x = sympy.Symbol(name)
    f = sympy.Function(name)
    for value in (x, x + 1, 2 * x**2, f(sympy.Symbol("t")), sympy.MatrixSymbol(name, 2, 2)[0, 0]):
        tex = entry_latex(value)
        assert harmless(tex), tex
        assert "&" not in tex.replace(r"\&", "")


@pytest.mark.parametrize(
    "op",
    [
        ca.circulant([1, -2, 3]),
        ca.convolution_matrix([4, 5], 6),
        ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3), padding=1, padding_mode="circular").matrix((1, 4, 4)),
        ca.matrix([[7]]),
        ca.shift(4, 1),
    ],
)
@pytest.mark.parametrize("env", ["array", "nicematrix"])
def test_numbers_read_back(op, env):
    assert [[int(cell) for cell in row] for row in table(matrix_latex(op, env))] == op.to_numpy().tolist()


def test_the_array_has_its_columns_and_block_lines():
    text = matrix_latex(ca.Conv(W2, padding=1).matrix((1, 3, 4)))
    assert r"\begin{array}{cccc|cccc|cccc}" in text
    assert text.count(r"\hline") == 2
    assert r"\begin{array}{ccccc}" in matrix_latex(ca.circulant(range(5)))


def test_symbols_and_colours_are_readable_source():
    op = ca.convolution_matrix(W, 3, mode="valid", op="correlation")
    assert matrix_latex(op, "bmatrix") == "\\begin{bmatrix}\nw_{0} & w_{1} & w_{2}\n\\end{bmatrix}"
    assert r"{\color{orange}{w_{0}}} & {\color{blue}{w_{1}}} & {\color{teal}{w_{2}}}" in matrix_latex(op, color="tap")


def test_bmatrix_gives_way_to_an_array_where_it_cannot():
    assert matrix_latex(ca.identity(10), "bmatrix").startswith(r"\begin{bmatrix}")
    assert matrix_latex(ca.identity(11), "bmatrix").startswith(r"\left[\begin{array}")
    assert matrix_latex(ca.identity((2, 2)), "bmatrix").startswith(r"\left[\begin{array}{cc|cc}")


def test_nicematrix_colours_each_weight_once():
    text = matrix_latex(ca.convolution_matrix(W, 5, mode="valid", op="correlation"), "nicematrix")
    assert re.findall(r"\\cellcolor\[HTML\]\{[0-9A-F]{6}\}\{([^}]*)\}", text) == [
        "1-1,2-2,3-3", "1-2,2-3,3-4", "1-3,2-4,3-5",
    ]  # fmt: skip


def test_tikz_is_the_figure():
    assert matrix_latex(ca.circulant(W), "tikz") == ca.circulant(W).figure().tikz(standalone=False)


def test_elision_keeps_the_corners_and_follows_the_bands():
    op = ca.circulant([1, 2] + [0] * 97 + [3])
    assert table(matrix_latex(op, max_rows=6)) == [
        ["1", "3", "0", r"\cdots", "0", "2"],
        ["2", "1", "3", r"\cdots", "0", "0"],
        ["0", "2", "1", r"\ddots", "0", "0"],
        [r"\vdots", r"\vdots", r"\ddots", r"\ddots", r"\ddots", r"\vdots"],
        ["0", "0", "0", r"\ddots", "1", "3"],
        ["3", "0", "0", r"\cdots", "2", "1"],
    ]


SIZES = [8, 100, 10**4, 10**6]
LARGE = [ca.convolution_matrix(W, n) for n in SIZES] + [
    ca.Conv(W2, padding=1).matrix((1, k, k)) for k in (3, 10, 100, 1000)
]


@pytest.mark.parametrize("op", LARGE, ids=lambda op: str(op.shape))
def test_texts_are_bounded_at_any_size(op):
    assert len(repr_latex(op).encode()) <= NOTEBOOK_BYTES
    for env in ("array", "bmatrix", "nicematrix", "tikz"):
        assert len(matrix_latex(op, env).encode()) <= FILE_BYTES


def test_long_entries_are_bounded_too():
    x = sympy.symbols("x:40")
    op = ca.matrix([[sum(x) + k + 30 * j for k in range(30)] for j in range(30)])
    assert len(repr_latex(op).encode()) <= NOTEBOOK_BYTES
    assert len(matrix_latex(op).encode()) <= FILE_BYTES


def test_an_entry_too_long_to_set_is_dots():
    op = ca.matrix([[sum(sympy.symbols("x:400")), 1]])
    assert table(repr_latex(op)) == [[r"\cdots", "1"]]


def test_all_rows_are_given_when_asked_for():
    assert len(table(matrix_latex(ca.identity(40), max_rows=None))) == 40
    assert len(table(matrix_latex(ca.identity(40)))) == 16


def test_notebooks_get_what_every_renderer_sets():
    commands = {
        r"\displaystyle",
        r"\left",
        r"\right",
        r"\begin",
        r"\end",
        r"\\",
        r"\hline",
        r"\cdots",
        r"\vdots",
        r"\ddots",
        r"\tfrac",
    }
    for op in [*LARGE, ca.matrix([[Fraction(1, 2), 0.5]])]:
        text = repr_latex(op)
        assert text.startswith(r"$\displaystyle")
        assert text.endswith("$")
        assert {*re.findall(r"\\(?:[A-Za-z]+|\\)", text)} <= commands
        assert {*re.findall(r"\\begin\{(\w+)\}", text)} == {"array"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"env": "matrix"}, "env must be one of"),
        ({"color": "rainbow"}, "color must be"),
        ({"max_rows": 2}, "max_rows must be at least 3"),
        ({"max_rows": "all"}, "max_rows must be an integer"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        matrix_latex(ca.identity(2), **options)


def test_merged_taps_show_their_sum():
    op = ca.Conv(W[None, None], padding=1, padding_mode="reflect").matrix((1, 3))
    assert table(matrix_latex(op))[0] == ["w_{1}", "w_{0} + w_{2}", "0"]
    assert r"\color" not in matrix_latex(op, color="tap").split("&")[1]


def test_roots_of_unity_are_powers_of_omega_in_every_text():
    made = ca.dft(3) @ ca.circulant(ca.symbols("w", 3))
    assert r"w_{0} + w_{1} \omega _{3} + w_{2} \omega _{3}^{2}" in made.to_latex()
    assert r"\omega _{8}^{3}" in ca.dft(8).figure().tikz()
    assert "exp" not in ca.dft(8).figure().svg()
