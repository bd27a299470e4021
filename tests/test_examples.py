"""The handout: LaTeX from the library alone, which compiles."""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest

HANDOUT = Path(__file__).parents[1] / "examples" / "lecture_handout.py"


@pytest.fixture
def written(tmp_path, monkeypatch, capsys):
    """The folder and what was printed."""
    monkeypatch.setattr(sys, "argv", [str(HANDOUT), str(tmp_path / "new")])
    runpy.run_path(str(HANDOUT), run_name="__main__")
    return tmp_path / "new", capsys.readouterr().out


def test_the_handout_is_compiled_or_says_aloud_that_it_is_not(written):
    folder, printed = written
    if shutil.which("pdflatex"):
        assert (folder / "handout.pdf").read_bytes().startswith(b"%PDF")
        assert not re.search(r"^Overfull", (folder / "handout.log").read_text(errors="replace"), re.MULTILINE)
    else:
        assert "NOT COMPILED: pdflatex" in printed


def test_its_parts_are_the_librarys(written):
    tex = (written[0] / "handout.tex").read_text(encoding="utf-8")
    assert tex.count(r"\end{tikzpicture}") == 8
    assert tex.count(r"\begin{theorem}") == tex.count(r"\begin{falsehood}") == 3
    assert not re.search(r"^[^%\n]*[^\x00-\x7f]", tex, re.MULTILINE)
