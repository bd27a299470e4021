"""The README, the documentation and the examples say only what runs: every printed result is recomputed."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import re
import runpy
import shlex
import sys
import textwrap
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.__main__ import main

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(page):
    return page.read_text(encoding="utf-8")


def blocks(page, language):
    return [body for info, body in FENCE.findall(read(page)) if info == language]


def code_alone(text):
    """The page with every line outside its Python blocks emptied, so that a closing fence is no expected output."""
    kept, position = [], 0
    for block in FENCE.finditer(text):
        start, stop = (block.end(), block.end()) if block[1] != "python" else block.span(2)
        kept += ["\n" * text.count("\n", position, start), text[start:stop]]
        position = stop
    return "".join(kept)


@cache
def ran(page):
    """What failed on the page, and the names that its code leaves behind."""
    names = {"np": np, "ca": ca}
    example = doctest.DocTestParser().get_doctest(code_alone(read(page)), names, page.name, str(page), 0)
    lines: list[str] = []
    doctest.DocTestRunner().run(example, out=lines.append, clear_globs=False)
    return "".join(lines), example.globs


def tables(page):
    """Every table as a list of rows, the header first; cells are split at bars that are not escaped."""
    text = FENCE.sub("", read(page))
    for table in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()]
        yield [row for row in rows if not set("".join(row)) <= set("-: ")]


def calls(page, header):
    """The code spans of the columns with this header."""
    columns = [(rows, rows[0].index(header)) for rows in tables(page) if header in rows[0]]
    return [code for rows, at in columns for row in rows[1:] for code in re.findall(r"`([^`]+)`", row[at])]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_printed_result_is_recomputed(page):
    failures, _ = ran(page)
    assert not failures, failures


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_python_block_escapes_the_run(page):
    assert blocks(page, "python")
    for block in blocks(page, "python"):
        assert block.startswith(">>> "), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_check_in_a_table_holds(page):
    """Each is a claim that is decided true, or an expression that is True, not merely truthy."""
    _, names = ran(page)
    for check in calls(page, "check"):
        result = eval(check, dict(names))  # noqa: S307  # our own page
        assert (bool(result) if isinstance(result, ca.Claim) else result) is True, check


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", read(page)):
        link = "".join(target)
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_the_readme_is_short():
    assert len(read(README).split()) <= 450


def test_every_call_of_the_readme_runs():
    _, names = ran(README)
    found = calls(README, "call")
    assert len(found) >= 12
    for call in found:
        eval(call, dict(names))  # noqa: S307  # our own page


def test_the_readme_sets_up_a_fresh_machine_in_two_lines():
    tour, tests = "".join(blocks(README, "sh")).splitlines()
    for line in (tour, tests):
        assert line.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
        assert set(re.findall(r"\[(.+?)\]", line)) <= PYPROJECT["project"]["optional-dependencies"].keys()
    assert tour.endswith("&& .venv/bin/convalgebra tour")
    assert tests.endswith("&& .venv/bin/python -m pytest")
    assert "convalgebra" in PYPROJECT["project"]["scripts"]
    assert f"Python {PYPROJECT['project']['requires-python'].removeprefix('>=')}" in read(README)


def test_the_shell_commands_of_the_readme_run(capsys):
    commands = re.findall(r"`convalgebra ([^`]+)`", read(README))
    assert commands
    for command in commands:
        assert main(shlex.split(command)) == 0
        assert "operator" in capsys.readouterr().out


def test_the_first_screen_of_the_readme():
    """One sentence, one figure, an example of at most eight lines with its output, then the set-up."""
    order = [read(README).index(mark) for mark in ("# convalgebra", "![", "```python", "```sh", "| question")]
    assert order == sorted(order)
    assert blocks(README, "python")[0].count(">>> ") <= 8


def test_the_tutorial_is_short():
    assert read(ROOT / "docs" / "first-matrix.md").count("\n") <= 80


def test_the_contradictions_of_the_lectures_are_numbered():
    page = ROOT / "docs" / "reading-your-lecture-notes.md"
    numbers = [int(row[0]) for rows in tables(page) for row in rows if row[0].isdigit()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 57


def figures():
    path = ROOT / "docs" / "make_figures.py"
    spec = importlib.util.spec_from_file_location("make_figures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FIGURES


def test_the_figures_are_what_the_library_draws():
    made = {name: make().svg() for name, make in figures().items()}
    assert {p.name for p in (ROOT / "docs" / "assets").iterdir()} == made.keys()
    for name, svg in made.items():
        assert read(ROOT / "docs" / "assets" / name) == svg, f"{name} is out of date; run python docs/make_figures.py"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_print_what_they_say(path, capsys, monkeypatch):
    """What an example prints stands in its docstring, after the line `Prints`."""
    monkeypatch.setattr(sys, "argv", [str(path)])
    runpy.run_path(str(path), run_name="__main__")
    _, _, printed = ast.get_docstring(ast.parse(read(path))).partition("Prints\n")
    assert capsys.readouterr().out.strip() == textwrap.dedent(printed).strip()


def test_there_are_examples():
    assert len(EXAMPLES) >= 3
