"""Kernels as grids in the colours of their matrices."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.figure import Figure
from convalgebra.display.look import Drawing
from convalgebra.errors import ArgumentError, EntryError, RefutedError, SizeLimitError


def labels(panel):
    found = np.zeros((len(panel.rows), len(panel.cols)), dtype=int)
    for mark in panel.cells:
        for x, y in mark.places:
            found[int(y), int(x)] = int(mark.label.text)
    return found


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 3, 4), (2, 3, 2, 2), (3, 1, 5)])
def test_the_labels_are_the_weights(shape):
    weight = np.arange(np.prod(shape)).reshape(shape)
    figure = ca.figure_kernel(weight)
    figure.check()
    pairs = [(o, i) for o in range(shape[0]) for i in range(shape[1])]
    for panel, pair in zip(figure.scene.panels, pairs, strict=True):
        assert (labels(panel) == np.atleast_2d(weight[pair])).all()


def test_the_colours_are_those_of_the_matrix():
    layer = ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3))
    styles = [
        {mark.label.text: (mark.style, figure.scene.styles[mark.style]) for mark in figure.scene.panels[0].cells}
        for figure in (ca.figure_kernel(layer), layer.matrix((1, 4, 4)).figure())
    ]
    assert styles[0] == styles[1]
    assert len(styles[0]) == 9


def test_what_has_a_weight_is_drawn():
    product = ca.Kernel([[[1, 1]]]) * ca.Kernel([[[1, 2, 1]]])
    assert labels(ca.figure_kernel(product).scene.panels[0]).tolist() == [[1, 3, 3, 1]]
    figure = ca.figure_kernel(ca.Conv(ca.abstract((2, 1, 3))))
    figure.check()
    assert [m.label.text for m in figure.scene.panels[1].cells] == ["w_{10,0}", "w_{10,1}", "w_{10,2}"]


def test_a_kernel_figure_that_lies_is_found():
    good, other = (ca.figure_kernel(np.array([[[1, 2, k]]])) for k in (3, 4))
    with pytest.raises(RefutedError):
        Figure(Drawing(good.scene, other.drawing.looks)).check()


@pytest.mark.parametrize(
    ("weight", "error", "words"),
    [
        ([1, 2, 3], ArgumentError, r"write w\[None, None\]"),
        (np.zeros((1, 1, 2, 2, 2)), ArgumentError, "one or two axes"),
        (np.zeros((1, 0, 3)), ArgumentError, "one or two axes"),
        (np.zeros((9, 1, 3)), SizeLimitError, "at most 8 channels"),
        (np.zeros((1, 1, 99)), SizeLimitError, "32 places"),
        ("abc", (ArgumentError, EntryError), "kernel"),
    ],
)
def test_wrong_kernels_are_refused(weight, error, words):
    with pytest.raises(error, match=words):
        ca.figure_kernel(weight)


def test_wrong_options_are_refused():
    for options in ({"labels": "all"}, {"theme": "dark"}):
        with pytest.raises(ArgumentError, match="must be one of"):
            ca.figure_kernel([[[1, 2]]], **options)


def test_labels_of_all_channels_have_one_size_of_cell():
    figure = ca.figure_kernel(np.linspace(-1, 1, 18).reshape(2, 1, 3, 3))
    assert figure.scene.unit > 6
    assert all(mark.label for panel in figure.scene.panels for mark in panel.cells)


def test_kernels_of_many_weights_are_refused():
    with pytest.raises(SizeLimitError, match="144 weights"):
        ca.figure_kernel(np.zeros((1, 1, 13, 12)))
