"""Figures: bound to their operators, saved whole or not at all, lazy in notebooks."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.display import figure as module
from convalgebra.display.figure import NOTEBOOK_BYTES, Figure, matrix_figure, mimebundle, repr_html
from convalgebra.display.label import Label
from convalgebra.display.look import Drawing
from convalgebra.errors import ArgumentError, RefutedError

W = ca.symbols("w", 3)
A = ca.convolution_matrix(W, 4)


def tampered(figure, change):
    """The figure with its first panel changed."""
    first, *rest = figure.scene.panels
    scene = replace(figure.scene, panels=(change(first), *rest))
    return Figure(Drawing(scene, figure.drawing.looks))


def in_first_cell(**fields):
    return lambda panel: replace(panel, cells=(replace(panel.cells[0], **fields), *panel.cells[1:]))


LIES = {
    "moved": in_first_cell(places=((3, 0),)),
    "missing": lambda panel: replace(panel, cells=panel.cells[1:]),
    "added": lambda panel: replace(panel, cells=(*panel.cells, replace(panel.cells[0], places=((3, 0),)))),
    "recoloured": in_first_cell(style="w1"),
    "relabelled": in_first_cell(label=Label.math("w7")),
    "unlabelled": in_first_cell(label=None),
    "renumbered": lambda panel: replace(panel, rows=panel.rows[::-1]),
    "rescaled": lambda panel: replace(panel, step=2),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
@pytest.mark.parametrize("suffix", [".svg", ".tex", ".typ", ".html", ".pdf", ".png"])
def test_a_figure_that_lies_cannot_be_saved(lie, suffix, tmp_path):
    figure = tampered(A.figure(), lie)
    path = tmp_path / f"x{suffix}"
    path.write_text("before")
    with pytest.raises(RefutedError, match="the figure must show") as caught:
        figure.save(path)
    assert len(caught.value.refutation) == 2
    assert path.read_text() == "before"
    assert [*tmp_path.iterdir()] == [path]


def test_a_figure_of_another_matrix_cannot_be_saved(tmp_path):
    other = ca.convolution_matrix([1, 2, 3], 4).figure()
    with pytest.raises(RefutedError):
        Figure(Drawing(A.figure().scene, other.drawing.looks)).save(tmp_path / "x.svg")


OPERATORS = [
    A,
    A.T,
    A @ A.T,
    ca.circulant(W),
    ca.dft(5),
    ca.identity((9, 9)),
    ca.Conv(W[None, None], padding=2, padding_mode="symmetric").matrix((1, 3)),
    ca.Conv(ca.symbols("w", (2, 2, 3, 3)), padding=1).matrix((2, 9, 9)),
    ca.convolution_matrix(W, 10**6),
]


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: str(op.shape))
@pytest.mark.parametrize("theme", ["okabe-ito", "print"])
def test_figures_tell_the_truth(op, theme):
    op.figure(theme=theme).check()


@pytest.mark.parametrize(("suffix", "start"), [(".svg", "<svg "), (".tex", "% ")])
def test_saving_writes_what_is_shown(suffix, start, tmp_path):
    figure = A.figure()
    path = figure.save(str(tmp_path / f"x{suffix}"))
    assert isinstance(path, Path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(start)
    assert text == (figure.svg() if suffix == ".svg" else figure.tikz())
    assert [*tmp_path.iterdir()] == [path]


def test_saving_again_replaces_the_file(tmp_path):
    path = tmp_path / "x.svg"
    A.figure().save(path)
    ca.identity(2).figure().save(path)
    assert path.read_text(encoding="utf-8") == ca.identity(2).figure().svg()


@pytest.mark.parametrize("name", ["x.bmp", "x", "x.svg.gz", ".svg"])
def test_other_suffixes_are_refused_by_name(name, tmp_path):
    with pytest.raises(ArgumentError, match=r"must end in \.svg, \.tex, \.typ, \.html, \.pdf, \.png or \.gif"):
        A.figure().save(tmp_path / name)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["missing/x.svg", "file/x.svg", "folder.svg", "nul\0.svg"])
def test_unwritable_paths_leave_nothing_behind(name, tmp_path):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "folder.svg" / "inside").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ArgumentError, match="must be writable"):
        A.figure().save(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_path_must_be_a_path():
    with pytest.raises(ArgumentError, match="must be a string or a path, not 3"):
        A.figure().save(3)


def test_a_failed_move_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.svg"
    path.write_text("before")

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ArgumentError, match="No space left"):
        A.figure().save(path)
    assert path.read_text() == "before"
    assert [*tmp_path.iterdir()] == [path]


def test_html_is_an_image_with_words():
    html = repr_html(A)
    alt, data = re.fullmatch(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">', html).groups()
    assert base64.b64decode(data).decode() == matrix_figure(A).svg()
    assert "6 × 4, 3 weights" in unescape(alt)


@pytest.mark.parametrize("n", [8, 100, 10**4, 10**6])
def test_html_is_bounded(n):
    assert len(repr_html(ca.convolution_matrix(W, n)).encode()) <= NOTEBOOK_BYTES


def test_where_no_figure_can_be_drawn_there_is_text():
    assert repr_html(ca.dft(2 * 10**9)).startswith("<pre>2000000000 x 2000000000 operator, entries not shown")


def test_notebooks_choose_and_only_that_is_made(monkeypatch):
    assert {*mimebundle(A)} == {"text/plain", "text/html", "text/latex", "image/svg+xml"}
    assert {*mimebundle(A, exclude=["text/html"])} == {"text/plain", "text/latex", "image/svg+xml"}
    monkeypatch.setattr(module, "matrix_figure", lambda *_: pytest.fail("a figure was drawn"))
    assert mimebundle(A, include={"text/plain"}) == {"text/plain": repr(A)}
    assert mimebundle(A, include={"text/unknown"}) == {}


def test_the_doors_of_operators_lead_here():
    assert A._repr_mimebundle_() == mimebundle(A)
    assert A._repr_html_() == repr_html(A)
    assert A.figure(title="x").svg() == matrix_figure(A, title="x").svg()


def test_a_figure_shows_itself():
    figure = A.figure(title="Toeplitz")
    assert repr(figure) == "Figure('Toeplitz')"
    assert figure._repr_mimebundle_({"image/svg+xml"}) == {"image/svg+xml": figure.svg()}
    assert "<img" in figure._repr_mimebundle_()["text/html"]


def test_an_unknown_option_is_refused_by_name():
    with pytest.raises(ArgumentError, match=r"must be among labels, theme, .*, not colour"):
        A.figure(colour="red")
