"""Pages, PDF and PNG: through typst, through TeX, and an error naming both where neither is there."""

from __future__ import annotations

import shutil
import struct
import subprocess
from html.parser import HTMLParser

import pytest

import convalgebra as ca
from convalgebra.display import export
from convalgebra.errors import ConvAlgebraError, MissingExtraError

SCENE = ca.Conv(ca.symbols("w", (1, 1, 3)), padding=1, stride=2).figure((1, 7)).scene
ENGINES = ["typst", pytest.param("tex", marks=pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs TeX"))]


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    if request.param == "typst":
        pytest.importorskip("typst")
    else:
        monkeypatch.setattr(export, "find_spec", lambda _: None)
    return request.param


@pytest.mark.usefixtures("engine")
def test_a_pdf_is_one_page():
    data = export.pdf(SCENE)
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type/Page\n") + data.count(b"/Type /Page ") <= 1


def test_a_png_has_the_size_of_the_picture(engine):
    if engine == "tex" and not shutil.which("pdftoppm"):
        pytest.skip("needs poppler")
    data = export.png(SCENE)
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    left, top, right, bottom = SCENE.bounds
    dots = SCENE.unit * export.DPI / 25.4
    assert abs(width - (right - left) * dots) < 4 * dots
    assert abs(height - (bottom - top) * dots) < 4 * dots


def test_a_page_is_whole_and_loads_nothing():
    hostile = ca.identity(2).figure(title="<script>alert(1)</script> & more").scene
    text = export.html(hostile)
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Reader().feed(text)
    tags = [tag for tag, _ in found]
    assert "script" not in tags
    assert tags.count("svg") == 1
    assert not [a for _, a in found for key in ("src", "href") if str(a.get(key, "")).startswith("http")]


def test_without_an_engine_the_error_names_both_installs(monkeypatch):
    monkeypatch.setattr(export, "find_spec", lambda _: None)
    monkeypatch.setattr(export.shutil, "which", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pdflatex and pdftoppm.*convalgebra\[typst\].*texlive-latex-base"):
        export.png(SCENE)
    with pytest.raises(MissingExtraError, match=r"and pdflatex is not on the path"):
        export.pdf(SCENE)


def test_a_failing_program_is_a_typed_error(monkeypatch):
    def fail(command, **_):
        raise subprocess.CalledProcessError(1, command, output="words\n! Missing $ inserted.\n")

    monkeypatch.setattr(export, "find_spec", lambda _: None)
    monkeypatch.setattr(export.shutil, "which", lambda program: program)
    monkeypatch.setattr(export.subprocess, "run", fail)
    with pytest.raises(ConvAlgebraError, match=r"pdflatex must draw the picture, not fail: ! Missing \$ inserted"):
        export.pdf(SCENE)


def test_a_figure_and_its_frames_are_pages_of_one_kind(tmp_path):
    figure = ca.Conv([[[1, 2, 3]]]).figure((1, 5), kind="arithmetic")
    still, moving = (saved.save(tmp_path / "x.html").read_text() for saved in (figure, figure.frames()))
    assert still.partition("<title>")[0] == moving.partition("<title>")[0]
    assert (
        still.partition("</title>")[2].partition("<body>")[0] == moving.partition("</title>")[2].partition("<body>")[0]
    )
