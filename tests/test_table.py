"""Tables as text, HTML, LaTeX and data frames."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import convalgebra as ca
from convalgebra.analysis.table import Table, shown

TABLE = Table(("layer", "n"), (("C_1 <a>", 1500), ("S2 & 3", None)), ("", 1500))


def test_text_is_aligned_and_set_apart():
    assert str(Table(("layer", "n"), (("a", 5), ("bb", 1500)), ("", 1505))).split("\n") == [
        "layer      n", "a          5", "bb     1 500", "------------", "       1 505",
    ]  # fmt: skip
    assert "---" not in str(Table(("a",), ((1,),)))
    assert str(Table(("a", "b"), ())) == "a  b"


def test_html_and_latex_escape_what_they_must():
    html = TABLE._repr_html_()
    assert "C_1 &lt;a&gt;" in html
    assert "S2 &amp; 3" in html
    latex = TABLE.to_latex()
    assert r"C\_1 <a> & 1\,500 \\" in latex
    assert r"S2 \& 3 & - \\" in latex
    assert latex.count(r"\hline") == 2


def test_shapes_and_offsets():
    assert [shown(v) for v in ((6, 28), (-1, 0), (), "a", None, 12345)] == [
        "6 x 28",
        "(-1, 0)",
        "()",
        "a",
        "-",
        "12 345",
    ]


def test_a_data_frame_needs_pandas(monkeypatch):
    made = []
    monkeypatch.setitem(
        sys.modules, "pandas", SimpleNamespace(DataFrame=lambda rows, columns: made.append((rows, columns)))
    )
    TABLE.to_pandas()
    assert made == [([("C_1 <a>", 1500), ("S2 & 3", None)], ["layer", "n"])]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ca.MissingExtraError, match="pip install pandas"):
        TABLE.to_pandas()
