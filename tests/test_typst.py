"""The typst emitter: one loop for each weight, everything escaped, every kind of mark compiles."""

from __future__ import annotations

import pytest

import convalgebra as ca
from convalgebra.display.label import Label
from convalgebra.display.scene import Panel, Scene, Text
from convalgebra.display.typst import document

W = ca.symbols("w", 3)
FIGURES = {
    "matrix": ca.convolution_matrix(W, 6).figure(),
    "many": ca.toeplitz(ca.symbols("w", 40)).figure(),
    "elided": ca.convolution_matrix(W, 10**6).figure(),
    "blocks": ca.Conv(ca.symbols("w", (2, 2, 3, 3)), padding=1).matrix((2, 9, 9)).figure(),
    "merged": ca.Conv(W[None, None], padding=1, padding_mode="reflect").figure((1, 5)),
    "grid": ca.Conv(ca.symbols("w", (1, 1, 3, 3)), padding=1, stride=2).figure((1, 5, 5), theme="print"),
    "factors": ca.Conv(W[None, None], stride=2).figure((1, 7), kind="factors"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_kind_compiles_to_one_page(name):
    engine = pytest.importorskip("typst")
    pages = engine.compile(document(FIGURES[name].scene).encode(), format="svg")
    assert isinstance(pages, bytes)  # several pages would be a list


def test_one_loop_for_each_weight():
    text = document(FIGURES["matrix"].scene)
    for k in range(3):
        assert text.count(f'), w{k}, t(0.5, v("w", "{2 - k}")))') == 1
    assert text.splitlines()[0].startswith("// ")


@pytest.mark.parametrize("words", ['"] + read("x") + ["', "#panic()", "\\", "$x$", "*b* _i_ `c` @r <l> //"])
def test_a_label_cannot_act(words):
    engine = pytest.importorskip("typst")
    scene = Scene((Panel(over=(Text((0, 0), Label.plain(words)), Text((0, 2), Label.math(words)))),), title=words)
    svg = engine.compile(document(scene).encode(), format="svg").decode()
    assert "<svg" in svg


@pytest.mark.parametrize("words", ['w_{"}', "w_{\\\\}", 'a_{x", "y}', "x_{a}**b_{c}"])
def test_quotes_in_an_index_stay_text(words):
    engine = pytest.importorskip("typst")
    scene = Scene((Panel(over=(Text((0, 0), Label.math(words)),)),), title="x")
    assert "<svg" in engine.compile(document(scene).encode(), format="svg").decode()


def test_a_file_stays_below_20_kb():
    layer = ca.Conv(ca.symbols("w", (1, 1, 3, 3)), padding=1)
    for figure in (layer.figure((1, 12, 12), at=(5, 6)), ca.figure_kernel(ca.symbols("w", (1, 1, 11, 11)))):
        assert len(document(figure.scene).encode()) <= 20_480


def test_a_title_stays_a_comment():
    scene = Scene((Panel(over=(Text((0, 0), Label.plain("x")),)),), title="a\n#panic()")
    assert document(scene).splitlines()[0] == "// a #panic()"
