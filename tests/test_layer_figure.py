"""Layers as pictures: the window, the matrix row it is, the factors."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.layer_figure import KINDS, arithmetic, factors, grid_and_matrix, layer_figure
from convalgebra.display.scene import Fan, Rects, Text, mark_bounds
from convalgebra.errors import ArgumentError

W = ca.symbols("w", 3)
W2 = ca.symbols("w", (3, 3))[None, None]


def cells(panel):
    return {(panel.rows[round(y / panel.step)], panel.cols[round(x / panel.step)]): (mark.style, mark.label.text)
            for mark in panel.cells for x, y in mark.places}  # fmt: skip


def marks(figure, style):
    return [m for panel in figure.scene.panels for m in panel.marks if m.style == style]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "symmetric", "replicate"])
@pytest.mark.parametrize("shape", [(1, 5), (1, 4, 5)])
def test_every_kind_tells_the_truth(kind, mode, shape):
    weight = np.arange(1, 1 + 3 ** (len(shape) - 1)).reshape(1, 1, *[3] * (len(shape) - 1))
    layer_figure(ca.Conv(weight, padding=1, stride=2, padding_mode=mode), shape, kind).check()


def test_the_window_lies_on_the_padded_grid():
    figure = arithmetic(ca.Conv(W2, padding=1), (1, 4, 4), at=(1, 2))
    panel = next(panel for panel in figure.scene.panels if panel.cells)
    assert cells(panel) == {(1 + a, 2 + b): (f"w{a}{b}", f"w{a}{b}") for a in range(3) for b in range(3)}
    (outline,) = marks(figure, "cv window")
    assert mark_bounds(outline) == (1.5, 0.5, 4.5, 3.5)
    assert mark_bounds(marks(figure, "cv pad")[0]) == (-0.5, -0.5, 5.5, 5.5)
    assert mark_bounds(marks(figure, "cv input")[0]) == (0.5, 0.5, 4.5, 4.5)
    assert {((0.5, y), (4.5, y)) for y in (1.5, 2.5, 3.5)} < {*marks(figure, "cv input line")[0].paths}
    assert marks(figure, "cv chosen")[0].places == ((2, 1),)


def test_names_of_the_padding_say_what_is_repeated():
    figure = arithmetic(ca.Conv(W[None, None], padding=2, padding_mode="circular"), (1, 4), at=0)
    names = {mark.at: mark.label.text for mark in marks(figure, "cv x")}
    figure = arithmetic(ca.Conv(W[None, None], padding=2, padding_mode="circular"), (1, 4), at=5)
    names |= {mark.at: mark.label.text for mark in marks(figure, "cv x")}
    assert [names[x, 0] for x in range(8)] == [f"x_{{{k}}}" for k in (2, 3, 0, 1, 2, 3, 0, 1)]
    figure = arithmetic(ca.Conv(W[None, None], padding=1), (1, 4), at=1)
    assert [mark.label.text for mark in marks(figure, "cv void")] == ["0", "0"]


def test_what_a_weight_covers_is_not_written():
    figure = arithmetic(ca.Conv(W2, dilation=2), (1, 5, 5))
    covered = {(x, y) for x in (0, 2, 4) for y in (0, 2, 4)}
    assert {mark.at for mark in marks(figure, "cv x")} == {(x, y) for x in range(5) for y in range(5)} - covered
    assert not marks(arithmetic(ca.Conv([[[2]]]), (1, 1)), "cv x")


def test_grids_are_as_large_beside_every_matrix():
    """6 mm a cell, whether the matrix below has cells of 6 mm or blocks of 8 mm."""
    figures = [grid_and_matrix(ca.Conv(W2), (1, size, size), at=(0, 0)) for size in (4, 20)]
    assert [f.scene.unit for f in figures] == [6, 8]
    steps = [next(p for p in f.scene.panels if p.rows).step * f.scene.unit for f in figures]
    assert steps == pytest.approx([6, 6])


@pytest.mark.parametrize("shape", [(1, 5), (1, 4, 4)])
def test_the_beam_ends_at_the_chosen_output(shape):
    layer = ca.Conv(W2 if len(shape) == 3 else W[None, None], padding=1)
    figure = arithmetic(layer, shape)
    target = figure.scene.panels[-1]
    (chosen,) = [mark for mark in target.under if isinstance(mark, Rects) and mark.style == "cv chosen"]
    left, top, right, bottom = (side + target.origin[k % 2] for k, side in enumerate(mark_bounds(chosen)))
    (fan,) = [mark for panel in figure.scene.panels for mark in panel.under if isinstance(mark, Fan)]
    side = {(left, top), (right, top)} if len(shape) == 2 else {(left, top), (left, bottom)}
    assert side <= {*fan.points}


def test_the_window_and_the_highlighted_row_agree():
    figure = grid_and_matrix(ca.Conv(W2, padding=1), (1, 4, 4), at=(1, 2))
    grid, matrix = [panel for panel in figure.scene.panels if panel.cells]
    row = 1 * 4 + 2
    (band,) = [mark for mark in matrix.under if mark.style == "cv row"]
    assert matrix.rows[round(band.places[0][1])] == row
    from_matrix = {(j // 4, j % 4): cell for (i, j), cell in cells(matrix).items() if i == row}
    from_grid = {(y - 1, x - 1): cell for (y, x), cell in cells(grid).items()}
    assert from_matrix == {place: cell for place, cell in from_grid.items() if min(place) >= 0 and max(place) < 4}


@pytest.mark.parametrize("size", [4, 8, 20])
def test_grids_stand_above_the_matrix_at_any_size(size):
    figure = grid_and_matrix(ca.Conv(W2, padding=1), (1, size, size), at=(1, 2))
    figure.check()
    boxes = [(p.bounds[1] + p.origin[1], p.bounds[3] + p.origin[1]) for p in figure.scene.panels if p.rows]
    assert boxes[0][1] < boxes[1][0]
    assert len(figure.svg()) < 100_000


def test_names_give_way_in_large_grids():
    assert marks(arithmetic(ca.Conv(W2), (1, 16, 16)), "cv x")
    assert not marks(arithmetic(ca.Conv(W2), (1, 17, 17)), "cv x")


def test_the_factors_stand_in_order():
    layer = ca.Conv(np.array([[[5, 6, 7]]]), padding=1, stride=2)
    figure = factors(layer, (1, 6))
    panels = [panel for panel in figure.scene.panels if panel.rows]
    operators = [layer.matrix((1, 6)), *layer.factors((1, 6))]
    for panel, op in zip(panels, operators, strict=True):
        dense = op.to_numpy()
        assert {place: int(text) for place, (_, text) in cells(panel).items()} == {
            (i, j): dense[i, j] for i, j in np.argwhere(dense).tolist()
        }
    starts = [panel.origin[0] for panel in panels]
    assert starts == sorted(starts)
    captions = [[m.label.text for m in panel.over if isinstance(m, Text)][-1] for panel in panels]
    assert captions == ["A: 3 × 6", "D: 3 × 6", "T(w): 6 × 8", "P: 8 × 6"]


def test_factors_have_cells_of_one_size_or_blocks():
    figure = factors(ca.Conv(W2, padding=1, stride=2), (1, 5, 5))
    assert [len(panel.rows) for panel in figure.scene.panels if panel.rows] == [9, 9, 25, 49]
    assert not any(mark.label for panel in figure.scene.panels for mark in panel.cells)
    figure = factors(ca.Conv(W2, padding=1), (1, 9, 9))
    assert [len(panel.rows) for panel in figure.scene.panels if panel.rows] == [9, 9, 9, 9]
    figure.check()


def test_titles_and_themes():
    figure = layer_figure(ca.Conv(W2), (1, 4, 4), title="a <b> & c", theme="print")
    assert figure.scene.title == "a <b> & c"
    assert {style.fill.base for style in figure.scene.used.values() if style.fill} <= {"black", "white"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "isometric"}, "kind must be one of 'arithmetic', 'grid\\+matrix', 'factors'"),
        ({"theme": "dark"}, "theme must be"),
        ({"labels": "all"}, "labels must be"),
        ({"kind": "factors", "labels": "all"}, "labels must be"),
        ({"title": 1}, "title must be a string"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        layer_figure(ca.Conv(W2), (1, 4, 4), **options)


def test_the_method_of_the_layer_is_this_picture():
    layer = ca.Conv(W2, padding=1)
    assert layer.figure((1, 4, 4), at=(1, 2)).svg() == grid_and_matrix(layer, (1, 4, 4), at=(1, 2)).svg()


UP = [
    (ca.ConvTranspose(W[None, None], stride=2, padding=1), (1, 4), (1,)),
    (ca.ConvTranspose(W2, stride=2), (1, 2, 3), (1, 2)),
    (ca.ConvTranspose(W2, stride=2, output_padding=1, dilation=2), (1, 2, 2), (0, 1)),
]


@pytest.mark.parametrize(("layer", "shape", "at"), UP)
def test_a_transposed_layer_is_read_by_columns(layer, shape, at):
    figure = layer.figure(shape, at=at)
    figure.check()
    grid, matrix = [panel for panel in figure.scene.panels if panel.cells]
    column = int(np.ravel_multi_index(at, shape[1:]))
    (band,) = [mark for mark in matrix.under if mark.style == "cv row"]
    assert matrix.cols[round(band.places[0][0])] == column
    styles = {place: style for place, (style, _) in plain(matrix).items() if place[1] == column}
    outputs, lo = layer.output_shape(shape)[1:], [pair[0] for pair in layer.padding]
    on_grid = {tuple(k - p for k, p in zip(place[-len(at) :], lo, strict=True)): style
               for place, (style, _) in plain(grid).items()}  # fmt: skip
    inside = {place: style for place, style in on_grid.items()
              if all(0 <= k < n for k, n in zip(place, outputs, strict=True))}  # fmt: skip
    assert {int(np.ravel_multi_index(place, outputs)): style for place, style in inside.items()} == {
        row: style for (row, _), style in styles.items()
    }


def plain(panel):
    return {(panel.rows[round(y / panel.step)], panel.cols[round(x / panel.step)]): (mark.style, mark.label)
            for mark in panel.cells for x, y in mark.places}  # fmt: skip


def test_inputs_of_a_transposed_layer_are_named_x():
    figure = layer_figure(*UP[0][:2], "arithmetic", at=1)
    figure.check()
    assert {mark.label.text for mark in marks(figure, "cv x")} == {f"y_{{{k}}}" for k in (0, 4, 5, 6)}
    assert "input x_{1}" in figure.scene.title
    assert len(figure.frames()) == 4
    with pytest.raises(ArgumentError, match=r"must lie in 0\.\.3, not 4"):
        layer_figure(*UP[0][:2], at=4)


def test_channels_of_a_transposed_layer_are_output_and_input():
    layer = ca.ConvTranspose(ca.symbols("w", (2, 3, 3)))
    figure = layer_figure(layer, (2, 4), "arithmetic", channels=(2, 1))
    assert "output 6, channel 2 of 3" in figure.scene.description
    assert "input 4, channel 1 of 2" in figure.scene.description
    with pytest.raises(ArgumentError, match="channels must lie in"):
        layer_figure(layer, (2, 4), "arithmetic", channels=(1, 2))
