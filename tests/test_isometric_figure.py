"""The isometric view shows the same cells as the flat one; the output hovers clear of the input."""

from __future__ import annotations

from dataclasses import replace

import pytest

import convalgebra as ca
from convalgebra.display.figure import Figure
from convalgebra.display.scene import Fan, Lines, isometric, mark_bounds
from convalgebra.errors import ArgumentError, RefutedError

LAYERS = {
    "plane": (ca.Conv(ca.symbols("w", (1, 1, 3, 2)), padding=(1, 0), stride=2), (1, 6, 4)),
    "dilated": (ca.Conv(ca.symbols("w", (1, 1, 2, 2)), dilation=2), (1, 5, 5)),
    "signal": (ca.Conv(ca.symbols("w", (1, 1, 3)), padding=1), (1, 6)),
}


def pictures(name, **options):
    layer, shape = LAYERS[name]
    return [layer.figure(shape, kind="arithmetic", view=view, **options) for view in ("flat", "isometric")]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("theme", ["okabe-ito", "print"])
def test_both_views_hold_the_same_cells(name, theme):
    flat, high = pictures(name, theme=theme)
    cells = [[panel.cells for panel in figure.scene.panels if panel.rows] for figure in (flat, high)]
    assert cells[0] == cells[1]
    high.check()
    assert high.scene.description == flat.scene.description


def test_every_cell_is_drawn_as_a_polygon_of_its_style():
    _, high = pictures("plane")
    panel = next(p for p in high.scene.panels if p.rows)
    for rects in panel.cells:
        polygons = [m for m in panel.marks if isinstance(m, Fan) and m.style == rects.style]
        assert len(polygons) == len(rects.places)
        for polygon, place in zip(polygons, rects.places, strict=True):
            x, y = (sum(side) / 4 for side in zip(*polygon.points, strict=True))
            assert (x, y) == pytest.approx(isometric(place))


@pytest.mark.parametrize("name", LAYERS)
def test_the_output_hovers_above_the_input(name):
    _, high = pictures(name)
    source, _, target, _ = high.scene.panels
    assert target.bounds[1] + target.origin[1] < source.bounds[1]
    middles = [(p.bounds[0] + p.bounds[2]) / 2 + p.origin[0] for p in (source, target)]
    assert middles[0] == pytest.approx(middles[1], abs=1e-6)


def test_the_beam_joins_the_window_with_its_output():
    _, high = pictures("plane", at=(1, 1))
    _, beam, target, _ = high.scene.panels
    (edges,) = (mark for mark in beam.over if isinstance(mark, Lines))
    ends = {(round(x, 6), round(y, 6)) for _, (x, y) in edges.paths}
    chosen = next(m for m in target.marks if isinstance(m, Fan) and m.style == "cv chosen")
    x, y = target.origin
    assert ends == {(round(a + x, 6), round(b + y, 6)) for a, b in chosen.points}
    assert mark_bounds(edges)[3] > mark_bounds(edges)[1]


def test_an_isometric_lie_cannot_be_saved(tmp_path):
    _, high = pictures("plane")
    lying = [replace(p, cells=p.cells[1:]) for p in high.scene.panels]
    drawing = replace(high.drawing, scene=replace(high.scene, panels=tuple(lying)))
    with pytest.raises(RefutedError):
        Figure(drawing).save(tmp_path / "x.svg")


def test_an_unknown_view_is_refused():
    layer, shape = LAYERS["signal"]
    with pytest.raises(ArgumentError, match="view must be"):
        layer.figure(shape, kind="arithmetic", view="sideways")
