"""A matrix as a scene: what is drawn is the matrix, at every size."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.excerpt import GAP
from convalgebra.display.matrix_figure import CORNERS, cells_drawing, facts_of, grouped, matrix_drawing
from convalgebra.display.scene import MERGED, Beads, Rects, Text
from convalgebra.errors import ArgumentError

W = ca.symbols("w", 3)


def layer(*size, **options):
    weight = np.arange(1, 1 + 3 ** len(size)).reshape(1, 1, *[3] * len(size))
    return ca.Conv(weight, **options).matrix((1, *size))


def read_labels(panel):
    """The matrix that a reader copies from the labels, place by place, without the library's own reader."""
    table = np.zeros((len(panel.rows), len(panel.cols)), dtype=int)
    for mark in panel.cells:
        for x, y in mark.places if mark.label else ():
            assert x == int(x)
            assert y == int(y)
            table[int(y), int(x)] = int(mark.label.text)
    return table


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "symmetric", "replicate"])
@pytest.mark.parametrize("op", ["correlation", "convolution"])
@pytest.mark.parametrize(("size", "stride"), [((6,), 1), ((7,), 2), ((3, 4), 1), ((4, 4), (2, 1))])
def test_labels_are_the_matrix(size, stride, mode, op):
    A = layer(*size, padding=1, stride=stride, padding_mode=mode, op=op)
    (panel,) = matrix_drawing(A).scene.panels
    assert (read_labels(panel) == A.to_numpy()).all()


@pytest.mark.parametrize("A", [ca.shift(5, 2), ca.matrix([[1, 0], [-7, 30]]), ca.identity(4) * 3, ca.upsample(3, 2)])
def test_matrices_without_a_kernel_too(A):
    (panel,) = matrix_drawing(A).scene.panels
    assert (read_labels(panel) == A.to_numpy()).all()


def test_equal_weights_have_equal_colours_and_other_weights_others():
    A = layer(5, 5, padding=1, padding_mode="circular")
    (panel,) = matrix_drawing(A).scene.panels
    colour = {}
    for mark in panel.cells:
        for x, y in mark.places:
            colour[round(y), round(x)] = mark.style
    dense = A.to_numpy()
    pairs = {(dense[place], style) for place, style in colour.items()}
    assert len(pairs) == len({value for value, _ in pairs}) == len({style for _, style in pairs}) == 9


def test_merged_cells_are_outlined():
    (panel,) = matrix_drawing(layer(4, padding=1, padding_mode="reflect")).scene.panels
    assert {place for mark in panel.cells if mark.style == MERGED for place in mark.places} == {(1, 0), (2, 3)}


def shape_of(drawing):
    panel = drawing.scene.panels[0]
    return len(panel.rows), len(panel.cols)


@pytest.mark.parametrize(
    ("n", "shape", "labelled"),
    [(20, (20, 20), True), (21, (21, 21), False), (64, (64, 64), False), (65, (12, 12), True)],
)
def test_the_size_decides_what_is_drawn(n, shape, labelled):
    drawing = matrix_drawing(ca.convolution_matrix(W, n, mode="same"))
    assert shape_of(drawing) == shape
    assert any(mark.label for mark in drawing.scene.panels[0].cells) == labelled


def test_dense_matrices_are_cut_earlier():
    assert shape_of(matrix_drawing(ca.matrix(np.ones((60, 60), dtype=int)))) == (CORNERS, CORNERS)


@pytest.mark.parametrize("n", [100, 10**4, 10**9])
def test_shown_corners_are_those_of_the_matrix(n):
    A = ca.convolution_matrix([5, 6, 7], n)
    drawing = matrix_drawing(A)
    panel = drawing.scene.panels[0]
    table = read_labels(panel)
    for (p, i), (q, j) in product(enumerate(panel.rows), enumerate(panel.cols)):
        assert table[p, q] == (0 if GAP in (i, j) else {0: 5, 1: 6, 2: 7}.get(i - j, 0))
    assert any(isinstance(mark, Beads) for mark in panel.over)
    facts = f"{grouped(n + 2)} × {grouped(n)}, 3 weights"
    assert facts in drawing.scene.description
    assert [mark.label.text for mark in drawing.scene.panels[-1].over] == [facts]


def test_highlighted_rows_are_shown_with_what_they_read():
    drawing = matrix_drawing(ca.convolution_matrix(W, 1000, mode="same"), highlight_rows=[500])
    panel = drawing.scene.panels[0]
    assert 500 in panel.rows
    assert {499, 500, 501} <= {*panel.cols}
    (band,) = [mark for mark in panel.under if isinstance(mark, Rects)]
    assert band.places[0][1] == panel.rows.index(500)


def test_highlighted_columns_are_shown_with_what_reads_them():
    drawing = matrix_drawing(ca.convolution_matrix(W, 1000, mode="same"), highlight_cols=[500])
    panel = drawing.scene.panels[0]
    assert 500 in panel.cols
    assert {499, 500, 501} <= {*panel.rows}
    (band,) = [mark for mark in panel.under if isinstance(mark, Rects)]
    assert band.places[0][0] == panel.cols.index(500)


def test_a_highlighted_column_of_a_wide_matrix():
    panel = matrix_drawing(ca.Conv(W[None, None], stride=2).matrix((1, 7)), highlight_cols=5).scene.panels[0]
    (band,) = [mark for mark in panel.under if isinstance(mark, Rects)]
    assert band.places == ((5, 1),)
    assert (band.width, band.height) == (1.06, 3.1)


def test_name_and_title():
    drawing = matrix_drawing(ca.circulant(W), name="C", title="50% of it")
    words = [mark.label.text for panel in drawing.scene.panels for mark in panel.over if isinstance(mark, Text)]
    assert "C =" in words
    assert "50% of it" in words
    assert drawing.scene.title == "50% of it"
    assert len(drawing.looks) == len(drawing.scene.panels)


def test_labels_can_be_chosen():
    A = layer(4)
    assert {m.label.text for m in matrix_drawing(A, labels="taps").scene.panels[0].cells} == {"w_{0}", "w_{1}", "w_{2}"}
    assert {m.label for m in matrix_drawing(A, labels="none").scene.panels[0].cells} == {None}
    assert all(m.label for m in matrix_drawing(layer(30), labels="values").scene.panels[0].cells)


def test_cells_of_a_given_size():
    drawing = cells_drawing(ca.identity(17), unit=2.5, letters=None)
    assert drawing.scene.unit == 2.5
    assert shape_of(drawing) == (17, 17)
    assert not any(isinstance(mark, Text) for mark in drawing.scene.panels[0].over)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "all"}, "labels must be one of"),
        ({"theme": "dark"}, "theme must be one of"),
        ({"highlight_rows": [3]}, "must lie in 0..2, not 3"),
        ({"highlight_rows": [-1]}, "must be at least 0"),
        ({"highlight_rows": [0.5]}, "must be an integer"),
        ({"highlight_rows": None}, "must be an integer"),
        ({"highlight_cols": [99]}, "a highlighted column must lie in"),
        ({"title": 3}, "title must be a string"),
        ({"name": None}, "name must be a string"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        matrix_drawing(ca.circulant(W), **options)


def test_too_many_highlighted_rows_are_refused():
    with pytest.raises(ArgumentError, match="at most 12"):
        matrix_drawing(ca.identity(40), highlight_rows=range(13))
    assert matrix_drawing(ca.identity(40), highlight_rows=3).scene.panels


def test_facts():
    assert facts_of(layer(5, 6)) == "12 × 30, blocks 4 × 6, 9 weights"
    assert facts_of(ca.shift(4, 1)) == "4 × 4"


@pytest.mark.parametrize("A", [ca.circulant([0, 0]), ca.matrix([[0]]), ca.matrix([[5]]), ca.downsample(3, 3)])
def test_the_smallest_matrices(A):
    (panel,) = matrix_drawing(A).scene.panels
    assert (read_labels(panel) == A.to_numpy()).all()


@pytest.mark.parametrize("n", [65, 10**4, 10**6])
def test_a_signal_of_one_channel_is_no_block(n):
    drawing = matrix_drawing(layer(n, padding=1))
    assert shape_of(drawing) == (CORNERS, CORNERS)
    assert f"{grouped(n)} × {grouped(n)}, 3 weights" in drawing.scene.description


def test_cells_grow_with_their_labels():
    """Every label is written, at 5.8 points or more while the cells have 12 mm and the matrix fits on the sheet."""
    sizes = {}
    for entry in (7, -1000, 123456, 10**9):
        drawing = matrix_drawing(ca.circulant([entry, 0, 0]))
        (mark,) = drawing.scene.panels[0].cells
        assert mark.label.text == str(entry)
        assert mark.label.width * mark.size <= 0.92
        sizes[entry] = drawing.scene.unit, mark.size * drawing.scene.unit
    assert sizes[7] == (6.0, 3.0)
    assert 6 < sizes[-1000][0] < sizes[123456][0] <= sizes[10**9][0] == 12
    assert all(height >= 1.4 for _, height in sizes.values())
    wide = matrix_drawing(ca.circulant([10**9] + [0] * 15)).scene
    assert wide.unit * 16 <= 120


def test_complex_numbers_have_three_digits():
    (panel,) = matrix_drawing(ca.matrix(ca.dft(8).to_numpy())).scene.panels
    texts = {mark.label.text for mark in panel.cells}
    assert texts == {"1", "-1", "i", "-i", *(f"{a}0.707{b}0.707i" for a in ("", "-") for b in "+-")}


def test_long_titles_are_broken_into_lines():
    title = "all words of a long title " * 30
    scene = matrix_drawing(ca.circulant(W), title=title).scene
    lines = [mark for mark in scene.panels[-1].over if isinstance(mark, Text)]
    assert len(lines) == 3
    assert lines[0].label.text.endswith("…")
    assert sorted(mark.at[1] for mark in lines) == [mark.at[1] for mark in reversed(lines)]
    assert (scene.bounds[2] - scene.bounds[0]) * scene.unit < 130
    assert scene.title == title
    with pytest.raises(ArgumentError, match="at most 80 characters, not 81"):
        matrix_drawing(ca.circulant(W), name="x" * 81)
