"""Curves: the points are where the numbers on the axes say."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.scene import Beads, Lines, Text


def marks(figure, kind, style=""):
    return [m for m in figure.scene.panels[0].marks if isinstance(m, kind) and style in m.style]


def line(pairs):
    """The numbers of an axis as a function of the place."""
    at, numbers = zip(*pairs, strict=True)
    slope, origin = np.polyfit(at, numbers, 1)
    assert np.allclose(np.array(at) * slope + origin, numbers)
    return lambda place: slope * place + origin


def read(figure, *, doubling=False):
    """The points of each curve in the numbers of the axes."""
    ticks = [(m, float(m.label.text.replace("−", "-"))) for m in marks(figure, Text, "cv axis")]
    across = line([(m.at[0], np.log2(v) if doubling else v) for m, v in ticks if m.anchor == "middle"])
    up = line([(m.at[1], v) for m, v in ticks if m.anchor == "end"])
    curves = [np.array(m.places) for m in marks(figure, Beads)]
    return [(2 ** across(c[:, 0]) if doubling else across(c[:, 0]), up(c[:, 1])) for c in curves]


@pytest.mark.parametrize("doubling", [False, True])
def test_points_are_where_the_axes_say(doubling):
    curves = {"a": ([2, 4, 8, 50], [1.5, -1, 0, 3]), "b": ([4, 64], [2, 2])}
    found = read(ca.figure_curves(curves, doubling=doubling), doubling=doubling)
    for (x, y), (xs, ys) in zip(found, curves.values(), strict=True):
        np.testing.assert_allclose(x, xs, rtol=1e-9)
        np.testing.assert_allclose(y, ys, atol=1e-9)


def test_the_vertical_axis_begins_at_zero_unless_all_is_far_above():
    figures = [ca.figure_curves({"a": ([5, 6], y)}) for y in ([1, 3], [1, 1.2])]
    low = [min(float(m.label.text) for m in marks(f, Text, "cv axis") if m.anchor == "end") for f in figures]
    assert low == [0, 1]


def test_names_stand_beside_and_words_say_the_ends():
    figure = ca.figure_curves({"norm": ([3, 4], [1, 2]), "bound": ([3, 4], [2, 2])}, across="size", up="value")
    names = [m.label.text for m in marks(figure, Text, "cv text")]
    assert names == ["norm", "bound"]
    assert [m.label.text for m in marks(figure, Text, "cv name")] == ["size", "value"]
    right = max(x for m in marks(figure, Beads) for x, _ in m.places)
    assert all(m.at[0] > right for m in marks(figure, Text, "cv text"))
    assert "norm goes from 1 at 3 to 2 at 4" in figure.scene.description


def test_long_curves_are_thinned():
    figure = ca.figure_curves({"a": (range(5000), range(5000))})
    (path,) = next(m for m in marks(figure, Lines, "w0 line") if len(m.paths[0]) > 2).paths
    assert len(path) == 400
    assert len(figure.svg()) < 40_000


def test_every_emitter_draws_it(tmp_path):
    figure = ca.figure_curves({"a": ([1, 2, 4], [1e-12, 2e-12, 0])}, doubling=True)
    for name in ("x.svg", "x.tex", "x.typ"):
        assert figure.save(tmp_path / name).exists()


@pytest.mark.parametrize(
    ("curves", "options", "error"),
    [
        ({}, {}, ca.ArgumentError),
        ([1, 2], {}, ca.ArgumentError),
        ({str(k): ([1], [1]) for k in range(8)}, {}, ca.ArgumentError),
        ({"a": ([1, 2], [1])}, {}, ca.ArgumentError),
        ({"a": ([], [])}, {}, ca.ArgumentError),
        ({"a": [1, 2, 3]}, {}, ca.EntryError),
        ({"a": (["x"], [1])}, {}, ca.EntryError),
        ({"a": ([1], [nan])}, {}, ca.EntryError),
        ({"a": ([inf], [1])}, {}, ca.EntryError),
        ({"a": ([0, 1], [1, 2])}, {"doubling": True}, ca.EntryError),
        ({"a": ([1], [1])}, {"theme": "loud"}, ca.ArgumentError),
    ],
)
def test_bad_curves(curves, options, error):
    with pytest.raises(error):
        ca.figure_curves(curves, **options)
