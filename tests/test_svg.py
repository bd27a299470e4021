"""SVG: well-formed, accessible, without side effects, and its cells read back as the matrix."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.display.scene import Panel, Scene
from convalgebra.display.svg import POINTS, number, svg
from convalgebra.errors import ArgumentError

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
W2 = np.arange(1, 10).reshape(1, 1, 3, 3)
EVIL = "</title><script>alert('x')</script>\"&\x00\n"

FIGURES = {
    "toeplitz": ca.convolution_matrix([1, 2, 3], 6).figure(name="T(w)", title=EVIL),
    "merged": ca.Conv(W2, padding=1, padding_mode="reflect").matrix((1, 3, 3)).figure(),
    "plain": ca.Conv(W2, padding=1).matrix((1, 8, 8)).figure(),
    "blocks": ca.Conv(W2, padding=1).matrix((1, 9, 9)).figure(),
    "outline": ca.Conv(W2, padding=1).matrix((1, 100, 100)).figure(),
    "names": ca.matrix([[sympy.Symbol(EVIL), sympy.Symbol("a<b")]]).figure(),
    "grid": ca.Conv(W2, padding=1).figure((1, 4, 4)),
    "factors": ca.Conv(W2, padding=1, stride=2).figure((1, 3, 3), "factors"),
}
ALLOWED = {"svg", "title", "desc", "rect", "defs", "g", "use", "text", "tspan", "path"}


def tree(figure):
    return ET.fromstring(figure.svg())  # noqa: S314  # our own text


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_only_harmless_elements_and_attributes(figure):
    root = tree(figure)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= ALLOWED
    names = {name for node in root.iter() for name in node.attrib}
    assert not {name for name in names if name.startswith("on") or name in {"style", "class", "href"}}
    assert all(node.get(HREF).startswith("#cv") for node in root.iter(f"{SVG}use"))


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_those_who_do_not_see_are_told(figure):
    root = tree(figure)
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text.strip()
    assert len(desc.text) > 20


def test_ids_are_unique_within_and_between_figures():
    ids = [node.get("id") for figure in FIGURES.values() for node in tree(figure).iter() if node.get("id")]
    assert len(ids) == len({*ids})
    assert FIGURES["plain"].svg() == FIGURES["plain"].svg()


def test_every_use_has_its_definition():
    for figure in FIGURES.values():
        root = tree(figure)
        ids = {node.get("id") for node in root.iter()}
        assert {node.get(HREF)[1:] for node in root.iter(f"{SVG}use")} <= ids


def test_cells_read_back_as_the_matrix():
    A = ca.convolution_matrix([4, 5, 6], 7)
    root = tree(A.figure())
    labels = {node.get("id"): "".join(node.itertext()) for node in root.iter(f"{SVG}g") if node.get("id")}
    table = np.zeros(A.shape, dtype=int)
    for use in root.iter(f"{SVG}use"):
        row, col = (round(float(use.get(side)) / (6 * POINTS), 2) for side in "yx")
        table[int(row), int(col)] = int(labels[use.get(HREF)[1:]])
    assert (table == A.to_numpy()).all()


def test_each_weight_is_defined_once():
    root = tree(ca.convolution_matrix(ca.symbols("w", 3), 10).figure())
    assert len(root.find(f"{SVG}defs")) == 3
    assert len([*root.iter(f"{SVG}use")]) == 30


def test_plain_cells_are_one_path_for_each_weight():
    text = FIGURES["plain"].svg()
    assert "<use" not in text
    assert sum(path.count("z") for path in re.findall(r' d="(M[^"]*z)"', text)) == 22 * 22


def test_everything_lies_inside_the_view():
    for figure in FIGURES.values():
        root = tree(figure)
        x, y, width, height = map(float, root.get("viewBox").split())
        for panel in root.findall(f"{SVG}g"):
            dx, dy = map(float, re.findall(r"-?[\d.]+", panel.get("transform")))
            for node in panel.iter(f"{SVG}text"):
                assert x <= float(node.get("x")) + dx <= x + width
                assert y <= float(node.get("y")) + dy <= y + height


@pytest.mark.parametrize("k", [3, 10, 100, 1000])
def test_size_is_bounded(k):
    assert len(ca.Conv(W2, padding=1).matrix((1, k, k)).figure().svg()) <= 100_000


def test_the_largest_plain_matrix_is_bounded():
    assert len(ca.matrix(np.ones((45, 45), dtype=int)).figure(labels="values").svg()) <= 200_000
    assert len(ca.matrix(np.ones((45, 45), dtype=int)).figure().svg()) <= 100_000


def test_own_ids_are_checked():
    figure = FIGURES["toeplitz"]
    assert 'id="fig-1-title"' in figure.svg("fig-1")
    with pytest.raises(ArgumentError, match="ident must be"):
        figure.svg('x" onload="alert(1)')


def test_an_empty_scene_is_an_empty_picture():
    assert ET.fromstring(svg(Scene((Panel(),)))).tag == f"{SVG}svg"  # noqa: S314


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.0, "0"), (1.005, "1"), (12.5, "12.5"), (-3.0, "-3"), (100, "100")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text
