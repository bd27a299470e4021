"""Several matrices in one line; what breaks a law is outlined, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.equation_figure import Term, equation, figure_refutation, nonzero
from convalgebra.display.scene import Rects
from convalgebra.errors import ArgumentError, SizeLimitError

W = ca.symbols("w", (1, 1, 3))


def outlined(figure):
    """The (row, column) places of the outlines, by panel."""
    found = []
    for panel in figure.scene.panels:
        marks = [m for m in panel.over if isinstance(m, Rects) and m.style == "cv wrong"]
        found += [{(panel.rows[int(y)], panel.cols[int(x)]) for x, y in m.places} for m in marks]
    return found


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect"])
def test_the_outlined_entries_are_those_of_the_commutator(padding, mode):
    layer = ca.Conv(np.array([[[1, 2, 3, 4, 5][: 1 + 2 * padding]]]), padding=padding, padding_mode=mode)
    A, S = layer.matrix((1, 6)), ca.shift(6, 1)
    figure = ca.figure_commutator(A, S)
    a, s = np.asarray(A), np.asarray(S)
    true = {tuple(map(int, place)) for place in np.argwhere(a @ s - s @ a)}
    assert outlined(figure) == ([true] if true else [])
    figure.check()
    assert ("they commute" in figure.scene.title) == (not true)


def test_entries_that_cancel_are_not_outlined():
    A = ca.toeplitz(ca.symbols("w", 4))
    assert nonzero(A - A) == frozenset()
    assert len(nonzero(ca.identity(3) * 2)) == 3


def test_a_product_beside_its_factors():
    first, second = ca.convolution_matrix([1, 2], 3), ca.convolution_matrix([1, 0, 1], 4)
    figure = ca.figure_composition(second, first, names=("B", "C"), title="Two layers")
    figure.check()
    assert [len(p.rows) for p in figure.scene.panels if p.rows] == [6, 6, 4]
    assert figure.scene.title == "Two layers"
    assert "A is 6 × 3; B is 6 × 4; C is 4 × 3" in figure.scene.description


def test_large_matrices_stay_small_pictures():
    A = ca.Conv(ca.symbols("w", (1, 1, 3, 3)), padding=1).matrix((1, 20, 20))
    figure = ca.figure_commutator(A, ca.shift((20, 20), (0, 1)))
    figure.check()
    assert len(figure.svg()) < 100_000
    with pytest.raises(SizeLimitError, match="at most 4096 rows to be drawn, not 5000"):
        ca.figure_commutator(ca.shift(5000, 1), ca.shift(5000, 2))


def test_bad_input_is_refused():
    with pytest.raises(ArgumentError, match=r"square and of one size, not \(5, 3\)"):
        ca.figure_commutator(ca.convolution_matrix([1, 2, 3], 3), ca.shift(3, 1))
    with pytest.raises(ArgumentError, match="at least one factor"):
        ca.figure_composition()
    with pytest.raises(ArgumentError, match="one for each of the 2 factors, not 1"):
        ca.figure_composition(ca.identity(2), ca.identity(2), names=("B",))
    with pytest.raises(ArgumentError, match="labels must be"):
        ca.figure_commutator(ca.identity(2), ca.identity(2), labels="some")
    with pytest.raises(ArgumentError, match="theme must be"):
        equation([Term("A", ca.identity(2))], theme="pink", title="A", words="A")


def test_a_refutation_shows_both_sides_and_the_entry():
    T, S = ca.toeplitz(ca.symbols("w", 5), [0] * 5), ca.shift(5)
    verdict = ca.decide(T @ S == S @ T)
    figure = figure_refutation(verdict)
    figure.check()
    i, j = verdict.entry
    shift = verdict.example.rows[0], verdict.example.cols[0]
    assert outlined(figure) == [{(i - shift[0], j - shift[1])}] * 2
    assert r"\ne" in figure.tikz()


def colours(figure):
    """The styles of each text, over all panels."""
    found = {}
    for panel in figure.scene.panels:
        for mark in panel.cells:
            if mark.label and not mark.style.startswith("cv"):
                found.setdefault(mark.label.text, set()).add(mark.style)
    return found


def test_a_value_has_one_colour_in_all_terms():
    padded = ca.Conv(W, padding=1).matrix((1, 5))
    for figure in (
        ca.figure_commutator(padded, ca.shift(5, 1)),
        ca.figure_boundary_defect(ca.symbols("a", 3), ca.symbols("b", 3), 4),
        ca.figure_composition(ca.matrix([[1, 2], [3, 4]]), ca.matrix([[5, 1], [2, 7]])),
    ):
        figure.check()
        found = colours(figure)
        assert all(len(styles) == 1 for styles in found.values()), figure
        fills = {figure.scene.styles[style].fill for styles in found.values() for style in styles}
        assert len(fills) == len(found) >= 4


def test_weights_of_two_kernels_keep_their_own_colours():
    """A 3x3 and a 2x2 kernel both have a weight w01, of different tints."""
    first = ca.Conv(ca.symbols("v", (1, 1, 2, 2))).matrix((1, 5, 5))
    second = ca.Conv(ca.symbols("u", (1, 1, 3, 3))).matrix((1, 4, 4))
    figure = ca.figure_composition(second, first, labels="values")
    figure.check()
    alone = second.figure(labels="values")
    (small,) = [panel for panel in figure.scene.panels if len(panel.rows) == 4 and len(panel.cols) == 16]
    for panel, scene in ((small, figure.scene), (alone.scene.panels[0], alone.scene)):
        fills = {mark.label.text: scene.styles[mark.style].fill for mark in panel.cells}
        assert len(set(fills.values())) == len(fills) == 9
    assert fills == {mark.label.text: figure.scene.styles[mark.style].fill for mark in small.cells}


def fills(figure):
    """The fills and labels of all cells, over all matrices of the line."""
    scene = figure.scene
    return {
        (mark.label.text, scene.styles[mark.style].fill.rgb) for p in scene.panels for mark in p.cells if mark.label
    }


def test_equal_numbers_have_equal_colours_in_all_matrices():
    figure = ca.figure_boundary_defect([1, 2, 1], [1, 3, 1], 6)
    found = fills(figure)
    assert {text for text, _ in found} == {"1", "5", "7", "8"}
    assert len(found) == len({fill for _, fill in found}) == 4
    figure.check()
    taps = ca.figure_boundary_defect([1, 2, 1], [1, 3, 1], 6, labels="taps")
    assert {text for text, _ in fills(taps)} > {"w_{0}", "w_{4}"}


def test_labels_have_one_size_in_all_matrices():
    figure = ca.figure_padding_modes(ca.Conv([[ca.symbols("w", 3)]], padding=1), (1, 4))
    sizes = {mark.size for p in figure.scene.panels for mark in p.cells if mark.label}
    assert len(sizes) == 1
    assert figure.scene.unit > 6


def test_what_is_no_operator_is_refused():
    for call in (lambda: ca.figure_commutator(np.eye(2), np.eye(2)), lambda: ca.figure_composition(3)):
        with pytest.raises(ArgumentError, match=r"must be operators, not \w+; write ca\.matrix"):
            call()
    layer = ca.Conv([[[1, 2]]])
    with pytest.raises(ArgumentError, match=r"not Conv; write layer\.matrix\(in_shape\), the last layer first"):
        ca.figure_composition(layer, layer, (1, 7))
    with pytest.raises(ArgumentError, match="among labels, theme, not colour"):
        ca.figure_commutator(ca.shift(3, 1), ca.shift(3, 2), colour=1)
    with pytest.raises(ArgumentError, match="a name must be a string, not 1"):
        ca.figure_commutator(ca.shift(3, 1), ca.shift(3, 2), names=(1, "S"))
    with pytest.raises(ArgumentError, match="at most 80 characters"):
        ca.figure_composition(ca.shift(3, 1), names=["x" * 81])
