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
import phone
import pytest

import convalgebra as ca
from convalgebra.display.explorer import Explorer, layer_explorer
from convalgebra.errors import ArgumentError, SizeLimitError

SCRIPTS = Path(__file__).parent / "data" / "explorer"
needs_browser = pytest.mark.skipif(phone.BROWSER is None, reason="needs Chromium")


def visit(explorer, script, tmp_path, *, address=""):
    """What a script returns that runs at the end of the page, in the browser."""
    page, end = explorer.html(), "</body>"
    report = (SCRIPTS / "report.html").read_text(encoding="utf-8").replace("SCRIPT", script)
    path = tmp_path / "page.html"
    path.write_text(page.replace(end, report + end), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--dump-dom", "--lang=en"]
    flags.append(f"--user-data-dir={tmp_path / 'profile'}")
    dom = subprocess.run(
        [phone.BROWSER, *flags, path.as_uri() + address], capture_output=True, text=True, timeout=90, check=True
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


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The page of a layer on a telephone, its settings as at the start for every test."""
    folder = tmp_path_factory.mktemp("phone")
    path = ca.Conv(weights(1, 1, 3, 3), padding=1).explore((1, 5, 5)).save(folder / "x.html")
    with phone.page(path.as_uri(), folder) as page:
        yield page


@pytest.fixture
def screen(held):
    held.read("location.hash = ''; state = { ...start.state }; chosen = null; pinned = false; fillControls(); settle()")
    return held


def cell(panel, index):
    return f"#{panel} .cell[data-index='{index}']"


@needs_browser
@pytest.mark.parametrize(
    ("panel", "kind", "index"), [("output", "y", 12), ("input", "x", 3), ("kernel", "w", 4), ("matrix", "a", 26)]
)
def test_a_tap_chooses_and_pins(screen, panel, kind, index):
    A = ca.Conv(weights(1, 1, 3, 3), padding=1).matrix((1, 5, 5)).to_numpy()
    screen.tap(cell(panel, index))
    assert screen.read("[chosen, pinned, location.hash]") == [
        {"kind": kind, "index": index}, True, f"#at={kind}{index}"
    ]  # fmt: skip
    count = {"y": (A[index % 25] != 0).sum(), "x": (A[:, index % 25] != 0).sum(), "w": 25, "a": 1}[kind]
    assert screen.read("touched().a.size") == count
    screen.tap("h1")
    assert screen.read("pinned") is True


@needs_browser
@pytest.mark.parametrize(("panel", "kind", "path"), [("output", "y", range(10, 15)), ("kernel", "w", range(3, 6))])
def test_a_finger_that_moves_takes_the_choice_with_it(screen, panel, kind, path):
    screen.read("globalThis.trail = []; globalThis.kept ??= remember; remember = () => { trail.push(chosen); kept(); }")
    (left, y), (right, _) = (screen.middle(cell(panel, k)) for k in (path[0], path[-1]))
    screen.touch(*((left + (right - left) * k / 12, y) for k in range(13)))
    trail = screen.read("trail")
    assert [t["index"] for t in trail] == [*path]
    assert {t["kind"] for t in trail} == {kind}
    assert screen.read("pinned") is True


@needs_browser
def test_a_finger_up_the_page_scrolls_it(screen):
    x, y = screen.middle(cell("output", 12))
    before = screen.read("scrollY")
    screen.touch(*((x, y - 12 * k) for k in range(12)))
    screen.wait(f"scrollY > {before} + 60")


@needs_browser
def test_every_control_answers_to_a_finger(screen):
    keys = screen.read("Object.keys(CHOICES)")
    for key in keys:
        options = screen.read(f"[...$('set-{key}').options].map(o => o.value)")
        now = options.index(screen.read(f"state.{key}"))
        screen.tap(f"#set-{key}")
        assert screen.read("document.activeElement.id") == f"set-{key}"
        screen.key("ArrowUp" if now == len(options) - 1 else "ArrowDown")
        screen.key("Enter")
        expected = options[now - 1 if now == len(options) - 1 else now + 1] if len(options) > 1 else options[0]
        assert screen.read(f"state.{key}") == expected, key
        screen.read("change({ ...start.state })")
    assert len(keys) == 14


@needs_browser
def test_every_button_answers_to_a_finger(screen):
    screen.tap("#play")
    assert screen.read("[$('play').textContent, chosen]") == ["pause", {"kind": "y", "index": 0}]
    screen.tap("#play")
    assert screen.read("$('play').textContent") == "play"
    screen.read("globalThis.saved = []; download = (name, type, text) => saved.push([name, text.length > 500])")
    screen.tap("#save-svg")
    screen.tap("#save-tikz")
    assert screen.read("saved") == [["matrix.svg", True], ["matrix.tex", True]]


@needs_browser
def test_the_focus_is_seen(screen):
    """Whoever walks through the page by Tab sees where they are, on a line that the ground does not hide."""
    screen.read("document.activeElement.blur(), scrollTo(0, 0)")
    seen = {}
    for _ in range(40):
        screen.key("Tab")
        style = "(s => [s.outlineStyle, s.outlineWidth, s.outlineColor])(getComputedStyle(document.activeElement))"
        seen[screen.read("document.activeElement.id")] = screen.read(style)
    assert {"set-mode", "play", "save-svg", "save-tikz", "input", "output", "kernel", "matrix"} <= {*seen}
    assert {tuple(style) for name, style in seen.items() if name} == {("solid", "2px", "rgb(0, 114, 178)")}


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 390])
def test_the_page_fits_a_telephone(tmp_path, width, dark):
    path = ca.Conv(weights(2, 3, 3, 3), padding=1).explore((3, 6, 6), view="A.T").save(tmp_path / "x.html")
    with phone.page(path.as_uri(), tmp_path, width=width, dark=dark) as page:
        assert page.read("document.documentElement.scrollWidth") == width
        rights = page.read(
            "[...document.querySelectorAll('svg, select, button, p')].map(e => e.getBoundingClientRect().right)"
        )
        assert max(rights) <= width
        assert page.read("css('--paper')") == ("#161b21" if dark else "#fff")


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


@pytest.mark.parametrize(
    ("shape", "groups", "taps"),
    [((64, 64, 3, 3), 1, [3, 3, 3, 3]), ((512, 1, 3, 3), 512, [1, 1, 3, 3]), ((96, 48, 5, 5), 2, [3, 3, 5, 5])],
)
def test_of_many_channels_the_first_ones_are_drawn(shape, groups, taps):
    weight = weights(*shape)
    page = ca.Conv(weight, stride=2, groups=groups).explore()
    assert page.data["taps"] == taps
    assert page.data["weights"] == weight[tuple(map(slice, taps))].ravel().tolist()
    assert repr(page).endswith(f"its first channels: {taps[1]} to {taps[0]}')")


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


def test_only_a_convolution_is_explored_and_its_shape_is_a_tuple():
    with pytest.raises(ca.ArgumentError, match=r"a ca.Conv to be explored, not ConvTranspose; write layer.matrix"):
        ca.ConvTranspose([[[1, 2]]]).explore()
    with pytest.raises(ca.ShapeError, match=r"1 spatial axes, not \(3,\)"):
        ca.Conv([[[1]]]).explore(3)
