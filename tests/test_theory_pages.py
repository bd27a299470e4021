"""The theory pages: what each shows is chosen by what its statement builds, and tells the truth."""

from __future__ import annotations

import re
import sys

import pytest
from doc_scripts import script

import convalgebra as ca

KINDS = {
    "commutator": "lecture-eq14-circulants-commute",
    "sides": "way-fft-linear",
    "modes": "pad-interior-agreement",
    "values": "alg-commutative",
    "orbits": "meta-commutant-nullspace",
    "spectrum": "spec-nullity-gcd",
    "network": "rf-closed-form",
    "window": "comp-exact-formula",
    "size": "size-window-count",
    "convolution": "comp-number-of-taps",
    "matrix": "spec-determinant",
}


@pytest.fixture
def kinds(monkeypatch):
    """The kinds that were drawn, in order."""
    pictures, seen = script("pictures"), []

    def noted(kind, built, drawn=pictures.drawn):
        found = drawn(kind, built)
        seen.extend([kind.__name__] if found else [])
        return found

    monkeypatch.setattr(pictures, "drawn", noted)
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_a_figure_follows_from_the_statement(kind, kinds):
    figure, caption = script("pictures").picture(ca.theorems[KINDS[kind]])
    figure.check()
    assert kinds == [kind]
    assert figure.svg("x").startswith("<svg")
    assert caption


def test_both_sides_of_a_theorem_are_one_matrix():
    figure, caption = script("pictures").picture(ca.theorems["lecture-eq05-valid-toeplitz"])
    left, right = (panel for panel in figure.scene.panels if panel.rows)
    assert left.read() == right.read() != {}
    assert caption.startswith("Both sides at ")


def test_the_factors_of_a_side_stand_in_the_order_of_the_product():
    figure, _ = script("pictures").picture(ca.theorems["way-fft-linear"])
    assert [len(panel.rows) for panel in figure.scene.panels if panel.rows] == [6, 8, 8, 6]


def test_what_breaks_a_false_sibling_is_outlined():
    sibling = ca.theorems["lecture-eq14-circulants-commute"].false_sibling
    figure, caption = script("pictures").counterexample(sibling, sibling.refute())
    assert any(mark.style == "cv wrong" for panel in figure.scene.panels for mark in panel.over)
    assert "differ from 0" in caption


def test_numbers_stand_where_symbols_do_not_meet_the_hypotheses():
    symbols, numbers = (
        next(script("pictures").instances(ca.theorems[name]))
        for name in ("lecture-eq14-circulants-commute", "comm-circulant-iff")
    )
    A = numbers.kernels["A"]
    assert symbols.allowed
    assert numbers.allowed
    assert A.to_numpy().tolist() == [[1, 2, 3, 2], [2, 1, 2, 3], [3, 2, 1, 2], [2, 3, 2, 1]]
    assert symbols.kernels["v"].tolist() == ca.symbols("v", 4).tolist()


def test_watching_notes_the_calls_of_the_chapters_alone():
    theorem = ca.theorems["lecture-eq14-circulants-commute"]
    claims, calls = script("watching").watched(lambda: theorem.generic({"n": 3}))
    assert [call.name for call in calls if call.name in {"circulant", "__matmul__", "__eq__"}].count("__matmul__") == 4
    assert claims[0].left is next(call.value for call in calls if call.factors)
    assert sys.getprofile() is None


def test_watching_ends_when_the_statement_raises():
    with pytest.raises(ZeroDivisionError):
        script("watching").watched(lambda: 1 / 0)
    assert sys.getprofile() is None


def test_pages_are_written_again_only_where_their_sources_changed(tmp_path, monkeypatch):
    catalogue, name = script("catalogue"), "lecture-eq14-circulants-commute"
    monkeypatch.setattr(catalogue.ca, "theorems", {name: ca.theorems[name]})
    monkeypatch.setattr(catalogue, "sources", lambda: "these")
    catalogue.write_once(tmp_path)
    (tmp_path / "index.md").write_text("as it was")
    catalogue.write_once(tmp_path)
    assert (tmp_path / "index.md").read_text() == "as it was"
    monkeypatch.setattr(catalogue, "sources", lambda: "others")
    catalogue.write_once(tmp_path)
    assert (tmp_path / "index.md").read_text().startswith("# Theory\n")


def test_code_is_shown_without_marks_for_linters():
    assert "# noqa" in ca.theorems["spec-symmetric-real"].code
    assert "noqa" not in script("catalogue").page(ca.theorems["spec-symmetric-real"])


def test_the_first_and_the_last_page_have_one_neighbour():
    names, page = list(ca.theorems), script("catalogue").page
    for name, arrow in ((names[0], "→"), (names[-1], "←")):
        beside = page(ca.theorems[name]).partition("beside")[2]
        assert re.findall("[←→]", beside) == [arrow]


def test_a_statement_of_numbers_has_a_figure_of_its_chapter():
    pictures = script("pictures")
    for make, caption in pictures.TYPICAL.values():
        make().check()
        assert caption.endswith(".")
    for name in ("cnt-known-networks", "size-monotone", "four-uncertainty", "pool-norm-limits"):
        theorem = ca.theorems[name]
        assert pictures.picture(theorem)[1] == pictures.TYPICAL[theorem.chapter][1]
    assert ca.Conv(pictures.WIDE, padding=1).matrix((2, 4)).nnz == 40
