"""The tutorials run, cell by cell; each begins with a question and ends with a figure that tells the truth."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

import pytest

from convalgebra.display.figure import Figure

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted(path for path in (DOCS / "tutorials").glob("*.md") if path.name != "index.md")
PAGES = [*NOTEBOOKS, DOCS / "gallery.md"]


@cache
def cells():
    """The runner of the documentation, which needs no Sphinx."""
    spec = importlib.util.spec_from_file_location("running", DOCS / "running.py")
    module = sys.modules["running"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def outputs(page):
    return list(cells().run(page.read_text(encoding="utf-8")))


def body(page):
    """The text behind the head that Jupyter reads."""
    return page.read_text(encoding="utf-8").split("---\n", 2)[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_cell_runs_and_every_figure_tells_the_truth(page):
    values = [output.value for output in outputs(page)]
    for value in values:
        if isinstance(value, Figure):
            value.check()
            assert value.svg().startswith("<svg")
    assert isinstance(values[-1], Figure) or values[-1].figure().svg()


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_a_notebook_begins_with_a_question(page):
    title, question = [part for part in body(page).split("\n\n") if part.strip()][:2]
    assert title.strip().startswith("# ")
    assert question.startswith("*")
    assert "?" in question
    assert question.rstrip().endswith("*")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_block_of_python_escapes_the_run(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("```{code-cell} python\n") == len(outputs(page)) == text.count("```") // 2


def test_there_are_six():
    listed = (DOCS / "tutorials" / "index.md").read_text(encoding="utf-8")
    assert len(NOTEBOOKS) == 6
    assert all(f"\n{page.stem}\n" in listed for page in NOTEBOOKS)


def test_a_cell_gives_what_it_printed_and_the_value_of_its_last_line():
    first, second = cells().run("```{code-cell} python\nx = 2\nprint(x)\n```\n\n```{code-cell} python\nx + 1\n```\n")
    assert (first.printed, first.value) == ("2\n", None)
    assert (second.printed, second.value) == ("", 3)
