"""Large matrices in blocks."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.block_figure import block_drawing
from convalgebra.display.excerpt import GAP
from convalgebra.display.matrix_figure import matrix_drawing
from convalgebra.display.panel import UNMARKED
from convalgebra.display.scene import Beads, Lines, Text

W2 = ca.symbols("w", (3, 3))[None, None]


def layer(n, mode="zeros", weight=W2):
    return ca.Conv(weight, padding=1, padding_mode=mode).matrix((weight.shape[1], n, n))


def blocks(panel):
    return {
        (panel.rows[int(y)], panel.cols[int(x)]): (mark.style, mark.label.text if mark.label else None)
        for mark in panel.cells
        for x, y in mark.places
    }


def test_blocks_carry_their_kernel_row():
    drawing = block_drawing(layer(20, "circular"), "okabe-ito", UNMARKED)
    panel = drawing.scene.panels[0]
    assert panel.rows == panel.cols == (0, 1, 2, GAP, 18, 19)
    shown = [k for k in panel.rows if k != GAP]
    expected = {(i, j): (j - i + 1) % 20 for i in shown for j in shown if (j - i + 1) % 20 < 3}
    assert blocks(panel) == {place: (f"w{r}", f"B_{{{r}}}") for place, r in expected.items()}


def test_one_block_is_opened_beside_them():
    A = layer(20, "circular")
    drawing = block_drawing(A, "okabe-ito", UNMARKED)
    inner = drawing.scene.panels[1]
    assert inner.origin[0] > drawing.scene.panels[0].bounds[2]
    assert [mark.label.text for mark in inner.over if isinstance(mark, Text)] == ["B_{1} ="]
    dense = A.to_sympy()
    found = {place: text for place, (_, text) in blocks(inner).items()}
    kept = [(i, j) for i in inner.rows for j in inner.cols if GAP not in (i, j)]
    assert found == {(i, j): str(dense[i, j]) for i, j in kept if dense[i, j] != 0}


def test_the_opened_block_need_not_be_the_first():
    A = ca.Conv(W2, padding=((2, 2), (1, 1))).matrix((1, 20, 20))
    inner = block_drawing(A, "okabe-ito", UNMARKED).scene.panels[1]
    assert (inner.rows[0], inner.cols[0]) == (20, 0)
    assert {text for _, text in blocks(inner).values()} == {"w10", "w11", "w12"}


def test_bands_of_blocks_go_on_in_their_colour():
    panel = block_drawing(layer(20), "okabe-ito", UNMARKED).scene.panels[0]
    marks = {mark.style: mark.places for mark in panel.over if isinstance(mark, Beads)}
    assert (3, 3) in marks["w1 on"]
    assert {"w0 on", "w2 on"} <= {*marks}


@pytest.mark.parametrize("n", [100, 1000])
def test_very_large_matrices_are_drawn_in_outline(n):
    drawing = block_drawing(layer(n), "okabe-ito", UNMARKED)
    (panel,) = drawing.scene.panels
    assert {label for _, label in blocks(panel).values()} == {None}
    hatched = sum(len(mark.paths) for mark in panel.over if isinstance(mark, Lines) and mark.style.endswith(" on"))
    assert hatched == 3 * len(blocks(panel))


def test_channels_are_blocks_too():
    drawing = block_drawing(layer(6, weight=np.ones((2, 2, 3, 3), dtype=int)), "okabe-ito", UNMARKED)
    texts = {label for _, label in blocks(drawing.scene.panels[0]).values()}
    assert "B_{00,1}" in texts
    assert "B_{11,1}" in texts
    signal = ca.Conv(np.ones((3, 3, 3), dtype=int), padding=1).matrix((3, 40))
    assert {label for _, label in blocks(block_drawing(signal, "okabe-ito", UNMARKED).scene.panels[0]).values()} == {
        f"B_{{{o}{c}}}" for o in range(3) for c in range(3)
    }


def test_highlighted_rows_light_up_their_block_row():
    drawing = matrix_drawing(layer(20), highlight_rows=[10 * 20 + 3])
    panel = drawing.scene.panels[0]
    assert 10 in panel.rows
    assert {9, 10, 11} <= {*panel.cols}


def test_highlighted_columns_light_up_their_column_of_blocks():
    panel = matrix_drawing(layer(20), highlight_cols=[10 * 20 + 3]).scene.panels[0]
    assert 10 in panel.cols
    assert {9, 10, 11} <= {*panel.rows}


def test_the_choice_between_blocks_and_corners():
    assert len(matrix_drawing(layer(9)).scene.panels) == 3
    assert matrix_drawing(layer(8)).scene.panels[0].rows == tuple(range(64))
    assert len(matrix_drawing(ca.identity(81)).scene.panels[0].rows) == 12


def test_blocks_without_a_kernel_have_no_names():
    A = ca.shift((9, 10), (1, 1))
    drawing = block_drawing(A, "okabe-ito", UNMARKED)
    panel, inner = drawing.scene.panels
    kept = [k for k in panel.rows if k != GAP]
    assert blocks(panel) == {(i, (i - 1) % 9): ("cv unit", None) for i in kept if (i - 1) % 9 in kept}
    assert [mark.label.text for mark in inner.over if isinstance(mark, Text)] == ["block (0, 8) ="]
    dense = A.to_numpy()
    assert {place: int(text) for place, (_, text) in blocks(inner).items()} == {
        (i, j): 1 for i in inner.rows for j in inner.cols if GAP not in (i, j) and dense[i, j]
    }


def test_each_channel_shows_where_its_bands_begin_and_end():
    panel = matrix_drawing(layer(20, weight=np.ones((2, 3, 3, 3), dtype=int))).scene.panels[0]
    ends = (0, 1, GAP, 18, 19)
    assert panel.rows == (*ends, *(k if k == GAP else 20 + k for k in ends))
    assert panel.cols == (*panel.rows, *(k if k == GAP else 40 + k for k in ends))
    kept = [(i, j) for i in panel.rows for j in panel.cols if GAP not in (i, j)]
    expected = {(i, j): j % 20 - i % 20 + 1 for i, j in kept if abs(j % 20 - i % 20) <= 1}
    assert {place: label for place, (_, label) in blocks(panel).items()} == {
        (i, j): f"B_{{{i // 20}{j // 20},{r}}}" for (i, j), r in expected.items()
    }
    (rules,) = [mark for mark in panel.over if isinstance(mark, Lines) and mark.style == "cv rule"]
    assert {*rules.paths} == {((-0.5, 4.5), (14.5, 4.5)), ((4.5, -0.5), (4.5, 9.5)), ((9.5, -0.5), (9.5, 9.5))}


def test_many_channels_are_left_out_in_the_middle():
    panel = matrix_drawing(layer(20, weight=np.ones((9, 1, 3, 3), dtype=int))).scene.panels[0]
    assert panel.rows == (0, 1, GAP, 18, 19, GAP, 160, 161, GAP, 178, 179)
    assert panel.cols == (0, 1, 2, GAP, 18, 19)


def test_planes_of_a_volume_are_shown_at_both_ends():
    A = ca.Conv(np.ones((1, 1, 3, 3, 3), dtype=int), padding=1).matrix((1, 9, 9, 9))
    panel = matrix_drawing(A).scene.panels[0]
    assert panel.rows == (0, 1, GAP, 7, 8, GAP, 72, 73, GAP, 79, 80)
    beads = {mark.style: {*mark.places} for mark in panel.over if isinstance(mark, Beads)}
    assert (5, 0) in {place for places in beads.values() for place in places}  # the next plane is hidden there


def test_a_strided_band_goes_on_through_the_middle():
    A = ca.Conv(W2, padding=1, stride=2).matrix((1, 32, 32))
    panel, inner = block_drawing(A, "okabe-ito", UNMARKED).scene.panels
    for part in (panel, inner):
        middle = part.cols.index(GAP), part.rows.index(GAP)
        assert middle in {place for mark in part.over if isinstance(mark, Beads) for place in mark.places}
