"""TikZ: one line for each weight, nothing that acts, cells that read back, and documents that compile."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.display.tikz import number

W = ca.symbols("w", 3)
W2 = ca.symbols("w", (3, 3))[None, None]
EVIL = r"\input{secret} }{ 50% $x$ & # _ ^ ~ ^^M é 漢 < > | α" + "\n\\evil"

FIGURES = {
    "toeplitz": ca.convolution_matrix(W, 9, mode="valid", op="correlation").figure(name="T(w)", title=EVIL),
    "names": ca.matrix([[sympy.Symbol(EVIL), sympy.Function("f&")(sympy.Symbol("x"))], [0.5, 1j]]).figure(name=EVIL),
    "merged": ca.Conv(W2, padding=1, padding_mode="reflect").matrix((1, 3, 3)).figure(),
    "plain": ca.Conv(W2, padding=1).matrix((1, 8, 8)).figure(),
    "blocks": ca.Conv(W2, padding=1).matrix((1, 9, 9)).figure(),
    "outline": ca.Conv(W2, padding=1).matrix((1, 100, 100)).figure(),
    "grid": ca.Conv(W2, padding=1, padding_mode="circular").figure((1, 4, 4), theme="print"),
    "factors": ca.Conv(W[None, None], padding=1, stride=2).figure((1, 6), "factors"),
    "fourier": ca.dft(8).figure(),
    "ones": ca.matrix(np.ones((5, 4), dtype=int)).figure(),
}


def test_the_source_is_what_an_author_would_write():
    lines = ca.convolution_matrix(W, 9, mode="valid", op="correlation").figure().tikz(standalone=False).splitlines()
    assert r"\foreach \r in {0,...,6} \node[w0, cv cell] at (\r,\r) {$w_{0}$};" in lines
    assert r"\foreach \r in {0,...,6} \node[w1, cv cell] at (\r+1,\r) {$w_{1}$};" in lines
    assert r"\foreach \r in {0,...,6} \node[w2, cv cell] at (\r+2,\r) {$w_{2}$};" in lines
    assert sum(r"\node[w" in line for line in lines) == 3
    assert any("cv cell/.style" in line and r"\medmuskip=0mu" in line for line in lines)
    assert "  cv tap/.style={line width=0.4pt, rounded corners=0.48mm}," in lines
    assert "  w0/.style={fill=cvorange!50, draw=cvorange!70!black, cv tap}," in lines
    assert r"\providecolor{cvorange}{HTML}{E69F00}%" in lines


def listed(text):
    """The numbers of a \\foreach list, `...` filled in."""
    values = []
    parts = text.split(",")
    for k, part in enumerate(parts):
        if part == "...":
            values += range(int(parts[k - 1]) + 1, int(parts[k + 1]))
        else:
            values.append(int(part))
    return values


def places(loop, place):
    """The (x, y) of a \\foreach line, evaluated as TikZ does."""
    if r"\foreach \c" in loop:
        rows, cols = (listed(part[6:].strip("{}")) for part in loop.split(r" \foreach "))
        return [(c, r) for r in rows for c in cols]
    x, y = place.strip("()").split(",")
    if loop.startswith(r"\r in"):
        return [(eval(x.replace(r"\r", str(r))), r) for r in listed(loop[6:].strip("{}"))]  # noqa: S307  # our own text
    assert (x, y) == (r"\c", r"\r")
    return [tuple(map(int, pair.split("/"))) for pair in loop.split("{")[1].strip("}").split(",")]


@pytest.mark.parametrize(
    "A",
    [
        ca.convolution_matrix([4, 5, 6], 7),
        ca.convolution_matrix([4, 5, 6], 7, mode="valid"),
        ca.circulant([1, 2, 0, 0, 3]),
        ca.Conv([[[1, 2, 3]]], stride=2, padding=1).matrix((1, 9)),
        ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3), padding=1).matrix((1, 3, 4)),
        ca.kron(ca.identity(2), ca.matrix([[1, 1, 1], [2, 2, 2], [2, 2, 2]])),
    ],
)
def test_cells_read_back_as_the_matrix(A):
    table = np.zeros(A.shape, dtype=int)
    for loop, place, label in re.findall(
        r"^\\foreach (.*?\}) \\node\[[vw][\d-]+, cv cell\] at (\(.*?\)) \{.*?\$(-?\d+)\$\}?\};$",
        A.figure().tikz(),
        re.MULTILINE,
    ):
        for x, y in places(loop, place):
            table[y, x] = int(label)
    assert (table == A.to_numpy()).all()


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_groups_are_balanced_and_commands_known(figure):
    source = figure.tikz()
    code = "\n".join(re.sub(r"(?<!\\)%.*", "", line) for line in source.splitlines())
    bare = re.sub(r"\\[{}\\]", "", code)
    assert bare.count("{") == bare.count("}")
    assert r"\input" not in code
    assert r"\evil" not in code
    assert "^^" not in code
    assert code.isascii()


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_files_are_small(figure):
    assert len(figure.tikz().encode()) <= 20_480


def test_a_picture_is_the_document_without_its_frame():
    figure = FIGURES["plain"]
    picture = figure.tikz(standalone=False)
    assert r"\documentclass" not in picture
    start = picture.index(r"\providecolor")
    assert picture[start:] in figure.tikz()
    assert picture.startswith("% Matrix\n% Matrix of size 64 × 64")


def test_looks_are_named_and_the_body_holds_no_colours():
    picture = FIGURES["grid"].tikz(standalone=False)
    body = picture[picture.index("cv/.try]") :]
    assert not re.search(r"fill=|draw=|cvorange|black|!", body)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-1e-9, "0"), (-0.5, "-0.5"), (1.23456, "1.235"), (100.0, "100")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_documents_compile_in_one_pass(figure, tmp_path):
    (tmp_path / "figure.tex").write_text(figure.tikz(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "figure.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-1000:]
    assert "Output written on figure.pdf (1 page" in done.stdout
    assert not re.search(r"Warning|Missing|Overfull|rerun", (tmp_path / "figure.log").read_text(errors="replace"))
