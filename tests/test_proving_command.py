"""`convalgebra prove`, as a user calls it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

import convalgebra as ca
from convalgebra import proving_command
from convalgebra.__main__ import main
from convalgebra.theorems.theorem import SIBLINGS, FalseSibling, Theorem

LINE = "lecture-equivariance-line"


@pytest.fixture
def run(capsys):
    def call(*arguments):
        try:
            status = main(["prove", *arguments])
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return call


def test_one_theorem_is_told_in_full(run):
    status, out, err = run(LINE)
    assert (status, err) == (0, "")
    for part in (
        "Scardapane",
        "C, S = circulant(w), shift(n, k)",
        "proved for all sizes",
        "machine-checked: Circulant.shift_comm",
    ):
        assert part in out
    assert "false sibling" in out
    assert "false at n=2, w=[0, 0, 1]" in out
    assert out.endswith("theorems: 1; 1 all sizes; false siblings refuted: 1; failures: 0\n")


@pytest.mark.parametrize("chapter", ["lecture", "1"])
def test_a_chapter_by_its_number_or_its_word(run, chapter):
    status, out, err = run("--chapter", chapter, "--strength", "as stated")
    assert (status, err) == (0, "")
    assert out.startswith("1. The lecture's equations\n  lecture-")
    assert "failures: 0" in out
    assert "listed sizes" not in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["lecture-equivariance-lin"], f"write convalgebra prove {LINE}"),
        (["nothing"], "ID must be the id of a theorem, not 'nothing'"),
        (["--chapter", "20"], "--chapter must be 0 to 19"),
        (["--chapter", "-1"], "--chapter must be 0 to 19"),
        (["--strength", "surely"], "--strength must be one of 'all sizes'"),
        ([LINE, "--strength", "sampled"], "at least one theorem must be chosen"),
        ([LINE, "--latex", "/nowhere/x.tex"], "must be writable"),
    ],
)
def test_bad_input_is_told_in_one_line(run, arguments, complaint):
    status, _, err = run(*arguments)
    assert status == 2
    assert complaint in err
    assert err.count("\n") == 1


def test_a_wrong_promise_fails(run, monkeypatch):
    line = ca.theorems[LINE]
    weak = Theorem(line.build, line.says, name=LINE, source=line.source, strength="sampled")
    monkeypatch.setattr(proving_command, "_chosen", lambda _: [weak])
    status, out, _ = run(LINE)
    assert status == 1
    assert "FAILED: proved 'all sizes' where 'sampled' is promised" in out
    assert "failures: 1" in out


def test_a_false_theorem_and_a_true_sibling_fail(run, monkeypatch):
    line = ca.theorems[LINE]
    monkeypatch.setattr(proving_command, "_chosen", lambda _: [Theorem(line.false_sibling.build, "", name=LINE)])
    status, out, _ = run(LINE)
    assert status == 1
    assert "FAILED: " in out
    monkeypatch.setattr(proving_command, "_chosen", lambda _: [line])
    monkeypatch.setitem(SIBLINGS, LINE, FalseSibling(line.build, "C S = S C"))
    status, out, _ = run(LINE)
    assert status == 1
    assert "FAILED: no counterexample to C S = S C was found" in out
    monkeypatch.delitem(SIBLINGS, LINE)
    assert "FAILED: no false sibling" in proving_command._refuted(line)


def compiles(target):
    """Whether pdflatex, where there is one, takes the file."""
    if shutil.which("pdflatex"):
        call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", target.name]
        done = subprocess.run(call, cwd=target.parent, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]


def test_the_document_compiles(run, tmp_path):
    target = tmp_path / "handout.tex"
    assert run("--chapter", "lecture", "--latex", str(target))[0] == 0
    text = target.read_text(encoding="utf-8")
    assert text.count(r"\begin{theorem}") == text.count(r"\begin{falsehood}") == 30
    assert text.isascii()
    compiles(target)


def test_every_formula_of_the_catalogue_compiles(tmp_path):
    outcomes = [proving_command.Outcome(theorem, "proved", "false") for theorem in ca.theorems.values()]
    target = tmp_path / "all.tex"
    target.write_text(proving_command.document(outcomes), encoding="utf-8")
    compiles(target)


def test_no_file_is_half_written(run, tmp_path, monkeypatch):
    target = tmp_path / "handout.tex"
    target.write_text("old", encoding="utf-8")
    monkeypatch.setattr(proving_command, "document", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(LINE, "--latex", str(target))
    assert target.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["handout.tex"]


def test_progress_is_shown_on_a_terminal_alone(run, monkeypatch):
    assert "\r" not in run(LINE)[2]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    proving_command.progress("1/1 x")
