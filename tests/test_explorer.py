"""The explorer in a real headless browser: every control, pointing, clicks, keys; its numbers are the library's."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.explorer import Explorer, layer_explorer
from convalgebra.errors import ArgumentError, SizeLimitError

SCRIPTS = Path(__file__).parent / "data" / "explorer"
BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")


def visit(explorer, script, tmp_path, *, address=""):
    """What a script returns that runs at the end of the page, in the browser."""
    page, end = explorer.html(), "</body>"
    report = (SCRIPTS / "report.html").read_text(encoding="utf-8").replace("SCRIPT", script)
    path = tmp_path / "page.html"
    path.write_text(page.replace(end, report + end), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--dump-dom", "--lang=en"]
    flags.append(f"--user-data-dir={tmp_path / 'profile'}")
    dom = subprocess.run(
        [BROWSER, *flags, path.as_uri() + address], capture_output=True, text=True, timeout=90, check=True
    )
    found = re.search(r'<pre id="report">(.*?)</pre>', dom.stdout, re.DOTALL)
    assert found, dom.stderr[-2000:]
    return json.loads(unescape(found[1]))


def weights(*shape):
    """Weights that are all different, so that a wrong tap is a wrong number."""
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape) ** 2


LAYERS = [
    (ca.Conv(weights(1, 1, 3), padding=1), (1, 6)),
    (ca.Conv(weights(2, 3, 2), padding=[(2, 0)], stride=2, dilation=2, padding_mode="circular"), (3, 5)),
    (ca.Conv(weights(1, 1, 3, 2), padding=[(1, 2), (0, 1)], stride=(2, 1), padding_mode="reflect"), (1, 4, 4)),
    (ca.Conv(weights(1, 1, 3, 3), padding=4, padding_mode="reflect"), (1, 3, 2)),
    (ca.Conv(weights(1, 1, 3, 3), padding=3, padding_mode="symmetric", op="convolution"), (1, 2, 3)),
    (ca.Conv(weights(1, 1, 2, 3), padding=5, padding_mode="replicate", dilation=(1, 2)), (1, 3, 4)),
    (ca.Conv(weights(4, 1, 3), groups=2, padding=1, op="convolution"), (2, 4)),
]


@needs_browser
@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=range(len(LAYERS)))
def test_the_entries_of_the_page_are_those_of_the_matrix(layer, shape, tmp_path):
    script = """return { list: listed(model), y: outputs(),
        x: range(product(model.inBox)).map(input), w: range(product(model.taps)).map(weight) };"""
    page = visit(layer.explore(shape), script, tmp_path)
    assert page["w"] == layer.weight.reshape(-1).tolist()
    matrix = np.zeros(layer.matrix(shape).shape, dtype=np.int64)
    for entry in page["list"]:
        matrix[entry["i"], entry["j"]] = sum(page["w"][tap] for tap in entry["taps"])
    assert np.array_equal(matrix, layer.matrix(shape).to_numpy())
    assert page["y"] == (matrix @ np.array(page["x"])).tolist()


@needs_browser
def test_every_setting_gives_the_layer_that_has_it(tmp_path):
    """Each control is set in the page; sizes, entries and the count of the shift test are compared."""
    script = (SCRIPTS / "settings.js").read_text(encoding="utf-8")
    w = weights(1, 1, 3, 3)
    steps = visit(ca.Conv(w, padding=1).explore((1, 5, 5)), script, tmp_path)
    options = {"padding": 1}
    box, shape = (1, 5, 5), (1, 1, 3, 3)
    for step in steps:
        key = step["key"]
        box = {"size": (1, 4, 5), "inputs": (2, *box[1:])}.get(key, box)
        shape = {
            "kernel": (1, 1, 3, 2),
            "inputs": (1, 2, *shape[2:]),
            "outputs": (2, *shape[1:]),
            "groups": (2, 1, *shape[2:]),
        }.get(key, shape)
        options |= {
            "stride": {"stride": 2},
            "padding": {"padding": 2},
            "dilation": {"dilation": 2},
            "groups": {"groups": 2},
        }.get(key, {})
        options |= {"mode": {"padding_mode": "reflect"}, "op": {"op": "convolution"}}.get(key, {})
        layer = ca.Conv(ca.symbols("w", shape), **options)
        A = layer.matrix(box)
        assert step["error"] is None
        assert tuple(step["out"]) == layer.output_shape(box)
        named = layer.weight.reshape(-1)
        seen = {(e["i"], e["j"]): sum(named[tap] for tap in e["taps"]) for e in step["list"]}
        true = A.to_sympy()
        assert {place for place in seen if seen[place] != 0} == {
            (i, j) for i in range(A.shape[0]) for j in range(A.shape[1]) if true[i, j] != 0
        }
        assert all(true[place] - value == 0 for place, value in seen.items()), key
        s = (options.get("stride", 1),) * 2
        inner, outer = ca.shift(box, (0, 0, s[1])), ca.shift(layer.output_shape(box), (0, 0, 1))
        *_, values = (A @ inner - outer @ A).pattern().entries()
        assert step["wrong"] == sum(value != 0 for value in values), key


@needs_browser
def test_pointing_clicking_and_keys(tmp_path):
    script = (SCRIPTS / "pointing.js").read_text(encoding="utf-8")
    layer = ca.Conv(weights(1, 1, 3, 3), padding=1)
    log = visit(layer.explore((1, 4, 4)), script, tmp_path)
    A = layer.matrix((1, 4, 4)).to_numpy()
    assert sorted(log["output"]["x"]) == np.flatnonzero(A[6]).tolist()
    assert log["output"]["a"] == 9
    assert log["output"]["text"].startswith("y12 = w00 x01 + w01 x02")
    assert sorted(log["input"]["y"]) == np.flatnonzero(A[:, 5]).tolist()
    assert log["kernel"]["a"] == 16
    assert log["kernel"]["w"] == [4]
    assert log["matrix"]["w"] == [0]
    assert "row 6, column 1" in log["matrix"]["text"]
    assert log["left"] is None
    assert log["clicked"]["pinned"]
    assert log["clicked"]["hash"] == "#at=y3"
    assert log["clicked"]["y"] == [3] or log["clicked"]["y"] == []
    assert log["down"] == {"kind": "y", "index": 7}
    assert log["leftwards"] == {"kind": "y", "index": 6}
    assert log["escaped"][:2] == [None, False]
    assert log["playing"] == [{"kind": "y", "index": 0}, "pause"]
    assert log["stopped"] == "play"
    assert log["transposed"] == {"kind": "a", "index": 16}
    assert log["heading"].startswith("Aᵀ: 16 × 16")
    assert log["sum"].endswith(f"= {A[6] @ np.array([(j * 7 + 3) % 10 for j in range(16)])}")
    assert log["verdict"].startswith("A S = S A at every entry")
    assert re.match(r"A S ≠ S A at \d+ entries", log["broken"])
    assert log["error"] == "the kernel must fit: it spans 5, the padded input has 3"
    assert log["empty"] == 0


@needs_browser
def test_the_state_is_in_the_address(tmp_path):
    explorer = ca.Conv(weights(1, 1, 3, 3), padding=1).explore((1, 4, 4))
    script = "return { state, chosen, pinned };"
    said = visit(
        explorer, script, tmp_path, address="#mode=circular&stride=2&padding=0%2C1&at=x7&size=%3Cb%3E&view=nothing"
    )
    assert (
        said["state"] | {"mode": "circular", "stride": "2", "padding": "0,1", "size": "4x4", "view": "A"}
        == said["state"]
    )
    assert said["chosen"] == {"kind": "x", "index": 7}
    assert visit(explorer, script, tmp_path, address="#at=x700")["chosen"] is None


@needs_browser
def test_the_exports_are_whole(tmp_path):
    layer = ca.Conv(weights(1, 1, 3), padding=1)
    svg, tikz = visit(layer.explore((1, 5), view="A S - S A"), "return [asSvg(), asTikz()];", tmp_path)
    cells = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, _attrs):
            cells.append(tag)

    Reader().feed(svg)
    A = layer.matrix((1, 5))
    count = np.count_nonzero((A @ ca.shift(5, 1) - ca.shift(5, 1) @ A).to_numpy())
    assert cells.count("rect") == count
    assert len(re.findall(r"\d+/\d+", tikz)) == count
    if shutil.which("pdflatex"):
        text = "\\documentclass{article}\\usepackage{tikz}\\begin{document}" + tikz + "\\end{document}"
        (tmp_path / "x.tex").write_text(text, encoding="utf-8")
        subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=60,
        )


def test_the_page_stands_alone_and_nothing_in_it_can_act(tmp_path):
    layer = ca.Conv(ca.symbols("w", (1, 1, 2)))
    hostile = Explorer("</title><script>alert(1)</script>", {"state": {"mode": "</script><script>alert(2)"}})
    text = hostile.html()
    assert text.count("<script") == 2
    assert "<script>alert" not in text
    page = layer.explore().save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="', page)
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert layer.explore()._repr_html_().startswith('<iframe title="Conv 1x1x2 on 1x8"')


def test_the_data_of_the_page():
    layer = ca.Conv(
        weights(2, 1, 3, 3),
        groups=2,
        padding=[(1, 1), (0, 2)],
        stride=(2, 1),
        padding_mode="circular",
        op="convolution",
    )
    data = layer_explorer(layer, (2, 6, 5)).data
    assert data["state"] == {
        "axes": "2", "size": "6x5", "kernel": "3x3", "stride": "2x1", "padding": "1x0,2", "dilation": "1",
        "mode": "circular", "op": "convolution", "inputs": "2", "outputs": "2", "groups": "2",
        "cells": "names", "shift": "off", "view": "A",
    }  # fmt: skip
    assert data["weights"] == layer.weight.reshape(-1).tolist()
    assert layer_explorer(ca.Conv(ca.symbols("w", (1, 1, 3)))).data["weights"] is None
    assert layer_explorer(ca.Conv([[[1j, 2]]])).data["weights"] is None
    assert layer_explorer(ca.Conv([[[1, 2]]], dilation=20)).data["state"]["size"] == "21"


def test_bad_input_is_refused(tmp_path):
    layer = ca.Conv(weights(1, 1, 3, 3))
    with pytest.raises(ArgumentError, match=r"must be a ca\.Conv to be explored, not MaxPool"):
        ca.MaxPool(2).explore((1, 4, 4))
    with pytest.raises(ArgumentError, match="one or two axes, not 3"):
        ca.Conv(weights(1, 1, 2, 2, 2)).explore((1, 4, 4, 4))
    with pytest.raises(SizeLimitError, match="at most 40000 places, not 900 x 1024"):
        layer.explore((1, 32, 32))
    with pytest.raises(ArgumentError, match="view must be"):
        layer.explore((1, 5, 5), view="B")
    with pytest.raises(ArgumentError, match=r"must end in \.html"):
        layer.explore().save(tmp_path / "x.svg")
