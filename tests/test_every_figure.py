"""Every kind of figure at small and large size: labels inside their cells, no words over others, bounded text."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.scene import CELL, Rects, Text, mark_bounds, moved

W, W9 = ca.symbols("w", 3), ca.symbols("w", (3, 3))
SVG, FILE, NOTEBOOK = 100_000, 20_480, 4_096
Conv = ca.Conv


def image(n, **options):
    return Conv([[W9]], padding=1, **options).matrix((1, n, n))


MATRICES = {
    "circulant": lambda: ca.circulant(ca.symbols("c", 5)),
    "conjugates": lambda: ca.toeplitz(ca.symbols("alpha", 4)),
    "bccb": lambda: image(4, padding_mode="circular"),
    "channels": lambda: Conv(ca.symbols("w", (2, 3, 3)), padding=1).matrix((3, 5)),
    "depthwise": lambda: Conv(ca.symbols("w", (4, 1, 3)), padding=1, groups=4).matrix((4, 4)),
    "wide": lambda: Conv([[W9]]).matrix((1, 4, 5)),
    "sums": lambda: Conv([[ca.symbols("w", 5)]], padding=2, padding_mode="reflect").matrix((1, 6)),
    "products": lambda: ca.circulant(ca.symbols("a", 3)) @ ca.circulant(ca.symbols("b", 3)),
    "fractions": lambda: ca.toeplitz([Fraction(1, 3), Fraction(-22, 7), Fraction(1, 12), 5]),
    "floats": lambda: ca.toeplitz([0.123456, -1e-9, 3e12, 0.5]),
    "long": lambda: ca.toeplitz([10**9, -123456, 7]),
    "complex": lambda: ca.toeplitz([1 + 2j, -1j, 0.5]),
    "fourier": lambda: ca.dft(8),
    "pooling": lambda: ca.MaxPool(3, stride=2, padding=1).matrix((1, 4, 4), semiring="max-plus"),
    "volume": lambda: Conv(ca.symbols("w", (1, 1, 3, 3, 3)), padding=1).matrix((1, 10, 10, 10)),
    "one": lambda: ca.identity(1),
    "line": lambda: Conv([[ca.symbols("w", 6)]]).matrix((1, 6)),
    "full": lambda: ca.dft(20),
    "cells": lambda: image(8),
    "signal": lambda: Conv([[W]], padding=1).matrix((1, 65)),
    "long signal": lambda: Conv([[W]], padding=1).matrix((1, 10**4)),
    "blocks": lambda: image(20),
    "channels of blocks": lambda: Conv(ca.symbols("w", (2, 3, 3, 3)), padding=1).matrix((3, 20, 20)),
    "many channels": lambda: Conv(ca.abstract((64, 32, 3, 3)), padding=1).matrix((32, 64, 64)),
    "strided": lambda: image(32, stride=2),
    "outline": lambda: image(100),
    "million": lambda: image(1000, padding_mode="circular"),
}  # fmt: skip
KINDS = {name: lambda make=make: make().figure() for name, make in MATRICES.items()} | {
    "named": lambda: image(3).figure(name="A", highlight_rows=4, highlight_cols=7, title="A title " * 20),
    "row": lambda: image(20).figure(highlight_rows=[210], title="One row of blocks"),
    "grid": lambda: Conv([[W9]], padding=1).figure((1, 3, 4), at=(1, 2)),
    "smallest grid": lambda: Conv([[[2]]]).figure((1, 1)),
    "signal grid": lambda: Conv([[W]], padding=1).figure((1, 7), at=2),
    "large grid": lambda: Conv([[W9]], padding=1).figure((1, 12, 12), at=(5, 6)),
    "grid of most names": lambda: Conv([[W9]], padding=1, padding_mode="reflect").figure((1, 14, 14)),
    "merging grid": lambda: Conv(np.ones((1, 1, 3, 3), dtype=int), padding=1, padding_mode="replicate").figure(
        (1, 4, 4)
    ),
    "floating grid": lambda: Conv([[[0.123, -4.567, 1e-9]]]).figure((1, 7)),
    "channel grid": lambda: Conv(ca.symbols("w", (2, 2, 3)), padding=1).figure((2, 5), at=2, channels=(1, 0)),
    "transposed": lambda: ca.ConvTranspose(ca.symbols("w", (1, 1, 3)), stride=2, padding=1).figure((1, 4), at=1),
    "arithmetic": lambda: Conv([[W9]], stride=2, padding=1).figure((1, 5, 5), "arithmetic"),
    "dilated": lambda: Conv([[W9]], dilation=2).figure((1, 7, 7), "arithmetic", view="isometric"),
    "largest grid": lambda: Conv([[ca.symbols("w", (5, 5))]], padding=2).figure((1, 28, 28), "arithmetic"),
    "largest view": lambda: Conv([[W9]]).figure((1, 32, 32), "arithmetic", view="isometric"),
    "factors": lambda: Conv([[W]], stride=2, padding=1).figure((1, 6), "factors"),
    "large factors": lambda: Conv([[W9]], stride=2, padding=1).figure((1, 32, 32), "factors"),
    "long factors": lambda: Conv([[W]], stride=2, padding=1).figure((1, 100), "factors"),
    "commutator": lambda: ca.figure_commutator(Conv([[W]], padding=1).matrix((1, 6)), ca.shift(6, 1)),
    "large commutator": lambda: ca.figure_commutator(image(4), ca.shift((1, 4, 4), (0, 1, 0))),
    "long commutator": lambda: ca.figure_commutator(Conv([[W]], padding=1).matrix((1, 100)), ca.shift(100, 1)),
    "composition": lambda: ca.figure_composition(ca.toeplitz(W), ca.toeplitz(ca.symbols("v", 3))),
    "defect": lambda: ca.figure_boundary_defect([1, 2, 1], [1, 3, 1], 6),
    "large defect": lambda: ca.figure_boundary_defect([1, 2, 1], [1, 3, 1], 30),
    "refutation": lambda: ca.decide(ca.shift(5, 1) == ca.shift(5, -1)).figure(),
    "modes": lambda: ca.figure_padding_modes(Conv([[ca.symbols("w", 5)]], padding=2), (1, 6)),
    "modes of images": lambda: ca.figure_padding_modes(Conv([[W9]], padding=1), (1, 3, 3)),
    "kernel": lambda: ca.figure_kernel(W9[None, None]),
    "large kernel": lambda: ca.figure_kernel(ca.abstract((1, 1, 12, 12))),
    "kernels": lambda: ca.figure_kernel(ca.abstract((4, 4, 3, 3))),
    "float kernels": lambda: ca.figure_kernel(np.linspace(-1, 1, 24).reshape(2, 3, 2, 2)),
    "spectrum": lambda: ca.figure_spectrum(ca.eigenvalues(ca.shift(12, 1))),
    "real spectrum": lambda: ca.figure_spectrum([1, 2, 3, 100]),
    "singular values": lambda: ca.figure_singular_values({f"curve {k}": np.linspace(3 + k, 0, 200) for k in range(7)}),
}


@pytest.fixture(scope="module")
def figures():
    return {}


@pytest.fixture(params=KINDS)
def figure(request, figures):
    if request.param not in figures:
        figures[request.param] = KINDS[request.param]()
    return figures[request.param]


def words(scene):
    """(box, text) of everything that is written, in cells of the scene."""
    for panel in scene.panels:
        for mark in panel.marks:
            if isinstance(mark, Text):
                yield moved(mark_bounds(mark), panel.origin), mark.label.text
            elif isinstance(mark, Rects) and mark.label:
                for place in mark.places:
                    yield moved(mark_bounds(Text(place, mark.label, size=mark.size)), panel.origin), mark.label.text


def test_words_stand_clear_of_each_other(figure):
    """No two words overlap by more than their generous estimates of width do."""
    boxes = [(box, text) for box, text in words(figure.scene) if text not in "·⋯⋮ "]
    for (a, one), (b, other) in combinations(boxes, 2):
        across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        height = min(a[3] - a[1], b[3] - b[1])
        assert across <= 0.1 * height or down <= 0.25 * height, (one, other)


def test_labels_lie_in_their_cells(figure):
    for panel in figure.scene.panels:
        for mark in panel.cells:
            if mark.label:
                assert mark.label.width * mark.size <= CELL * panel.step
                assert 1.2 * mark.size <= CELL * panel.step


def test_labels_can_be_read(figure):
    """3.7 points and more: 1.3 mm."""
    written = [mark.size for panel in figure.scene.panels for mark in panel.cells if mark.label]
    assert min(written, default=1) * figure.scene.unit >= 1.3


def test_titles_and_captions_have_one_size(figure):
    """A caption is as high in mm above a matrix of small cells as above one of large cells."""
    captions = [m.size for p in figure.scene.panels for m in p.marks if isinstance(m, Text) and m.style == "cv text"]
    heights = {round(size * figure.scene.unit, 2) for size in captions if size * figure.scene.unit > 2.5}
    assert heights <= {2.52, 2.76, 3.0, 3.3, 3.6, 4.0, 4.8}, heights


def test_texts_are_bounded(figure):
    figure.check()
    assert len(figure.svg().encode()) <= SVG
    assert len(figure.tikz().encode()) <= FILE


@pytest.mark.parametrize("name", [name for name in MATRICES if name != "pooling"])
def test_latex_is_bounded(name):
    op = MATRICES[name]()
    if name != "many channels":
        assert len(op._repr_latex_().encode()) <= NOTEBOOK
        assert all(len(op.to_latex(env=env).encode()) <= FILE for env in ("array", "bmatrix", "nicematrix", "tikz"))
