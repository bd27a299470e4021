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
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from doc_scripts import script

import convalgebra as ca
from convalgebra.__main__ import main

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
HOWTO = sorted(path for path in (ROOT / "docs" / "howto").glob("*.md") if path.name != "index.md")
PAGES = [
    README,
    *(p for p in sorted((ROOT / "docs").glob("*.md")) if p.name != "gallery.md"),
    *HOWTO,
]  # the gallery runs in test_notebooks.py
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATED = {"theory/index.md", "reference/index.md"}
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
        assert link.startswith("https://") or link in GENERATED or (page.parent / link).exists(), link


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


OTHERS = {"composition.md", "gallery.md", "layers.md", "lipschitz.md", "networks.md", "proofs.md", "spectra.md"}
WRITTEN = [page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent.name not in {"theory", "reference"}]


@pytest.mark.parametrize("page", [p for p in WRITTEN if p.name not in OTHERS], ids=lambda page: page.stem)
def test_a_page_opens_with_the_question_of_its_reader(page):
    _, title, question = re.split(r"(?m)^# (.*)\n\n", read(page), maxsplit=1)
    assert title
    assert re.match(r"\*[^*]+\?[^*]*\*\n", question)


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


# --- the pages that the documentation's build writes ------------------------------------------------------------------


FIRST = [next(name for name in ca.theorems if name.startswith(word)) for word in ("lecture", "alg", "comm", "four")]


@pytest.mark.parametrize("name", FIRST)
def test_the_page_of_a_theorem(name):
    theorem, page = ca.theorems[name], script("catalogue").page(ca.theorems[name])
    escaped = script("catalogue").escaped
    head, title, crumbs = page.split("\n\n")[:3]
    assert head == "---\norphan: true\n---"
    assert title.removeprefix("# ") == escaped(" ".join(theorem.words.split()).partition(". ")[0].rstrip("."))
    assert crumbs.endswith(f"`{name}`")
    for part in (theorem.code, theorem.says, escaped(theorem.source), escaped(theorem.prove().scope), "<figcaption>"):
        assert part in page
    assert f"**Refuted:** {escaped(str(theorem.false_sibling.refute()))}." in page
    assert page.count("```") % 2 == 0


def test_a_theorem_that_fails_is_named():
    class Broken:
        name, words = "my-broken", property(lambda _: 1 / 0)

    with pytest.raises(ca.ConvAlgebraError, match="my-broken must be proved"):
        script("catalogue").checked(Broken())


def test_pages_of_theorems_that_are_no_more_go(tmp_path, monkeypatch):
    catalogue = script("catalogue")
    name = "lecture-eq14-circulants-commute"
    monkeypatch.setattr(catalogue.ca, "theorems", {name: ca.theorems[name]})
    (tmp_path / "old.md").write_text("# old")
    catalogue.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"index.md", "chapter-lecture.md", f"{name}.md"}
    before = (tmp_path / f"{name}.md").stat().st_mtime_ns
    catalogue.write(tmp_path)
    assert (tmp_path / f"{name}.md").stat().st_mtime_ns == before


def test_the_reference_has_every_public_name(tmp_path):
    reference = script("reference")
    reference.write(tmp_path)
    pages = "\n".join(read(path) for path in tmp_path.glob("*.md"))
    names = re.findall(r"^::::\{py:\w+\} (\w+)", pages, re.MULTILINE)
    assert sorted(names) == sorted(ca.__all__)
    for room in reference.rooms():
        title, question = reference.ROOMS[room]
        assert read(tmp_path / f"{room}.md").startswith(f"# {title}\n\n*{question}*\n")


def test_a_docstring_becomes_markdown():
    text = "`a_b` is *not* bold_.\n\n    A = D T\n\n>>> 1 + 1\n2\n\n| a | b |\n|---|---|"
    assert "\n".join(script("reference").markdown(text)).split("\n\n") == [
        "`a_b` is \\*not\\* bold\\_.",
        "```text\nA = D T\n```",
        "```python\n>>> 1 + 1\n2\n```",
        "| a | b |\n|---|---|\n",
    ]


def test_every_page_stands_in_the_tree():
    """Sphinx warns of one that does not; so that the tests see it too."""
    trees = [ROOT / "docs" / "index.md", ROOT / "docs" / "howto" / "index.md", ROOT / "docs" / "tutorials" / "index.md"]
    for tree in trees:
        listed = " ".join(re.findall(r"```\{toctree\}\n(.*?)```", read(tree), re.DOTALL)).split()
        for page in {path.stem for path in tree.parent.glob("*.md")} - {"index"}:
            assert any(fnmatch(page, line) for line in listed), f"{page} is missing in {tree}"
