"""The figures of docs/lipschitz.md are what the library draws, and the page shows all of them."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


def figures():
    spec = importlib.util.spec_from_file_location("lipschitz_figures", DOCS / "lipschitz_figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FIGURES


@pytest.mark.parametrize("name", figures())
def test_a_figure_is_what_the_library_draws(name):
    stored = (DOCS / "lipschitz" / f"{name}.svg").read_text(encoding="utf-8")
    assert figures()[name]().svg() == stored, f"{name} is out of date; run python docs/lipschitz_figures.py"


def test_the_page_shows_every_figure():
    shown = re.findall(r"\]\(lipschitz/(\w+)\.svg\)", (DOCS / "lipschitz.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(figures()) == sorted(p.stem for p in (DOCS / "lipschitz").iterdir())
