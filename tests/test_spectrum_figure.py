"""Spectra: the points are where the numbers on the axes say, and the numbers are the eigenvalues."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.display.chart import DRAWN
from convalgebra.display.scene import Beads, Lines, Text
from convalgebra.errors import ArgumentError, EntryError


def marks(figure, kind):
    return [mark for mark in figure.scene.panels[0].marks if isinstance(mark, kind)]


def scale(ticks):
    """(origin, cells to a unit) from the places and texts of an axis's ticks."""
    at, numbers = zip(*ticks, strict=True)
    slope, origin = np.polyfit(numbers, at, 1)
    assert np.allclose(np.array(numbers) * slope + origin, at)
    return origin, slope


def read(figure):
    """The points in the numbers of the axes."""
    ticks = [m for m in marks(figure, Text) if m.style == "cv axis"]
    number = {m.at: float(m.label.text.replace("−", "-")) for m in ticks}
    x0, dx = scale([(m.at[0], number[m.at]) for m in ticks if m.anchor == "middle"])
    y0, dy = scale([(m.at[1], number[m.at]) for m in ticks if m.anchor == "end"])
    return [[complex((x - x0) / dx, (y - y0) / dy) for x, y in beads.places] for beads in marks(figure, Beads)]


@pytest.mark.parametrize("w", [[4, 1, 0, 0, 0, 2], [0, -3, 1], [1] * 9, [0, 0.01, 0], [5000, -1, 2]])
def test_the_points_are_the_eigenvalues(w):
    true = np.fft.fft(w)
    (points,) = read(ca.figure_spectrum(true))
    assert np.allclose(points, true, atol=1e-6 * max(1, np.abs(true).max()))


def test_exact_numbers_are_drawn_too():
    (points,) = read(ca.figure_spectrum([Fraction(1, 2), sympy.I * sympy.sqrt(3), 2]))
    assert np.allclose(points, [0.5, 1j * 3**0.5, 2])


def test_points_that_coincide_share_their_names():
    figure = ca.figure_spectrum([1, 1j, 1, -1])
    names = sorted(mark.label.text for mark in marks(figure, Text) if mark.style == "cv text")
    assert names == ["λ_{0,2}", "λ_{1}", "λ_{3}"]
    many = ca.figure_spectrum(range(40))
    assert not [mark for mark in marks(many, Text) if mark.style == "cv text"]
    assert "the largest modulus is 39" in many.scene.description


def test_curves_fall_and_are_named():
    figure = ca.figure_singular_values({"a": [1, 3, 2], "b": [4, 0, 0, 2]})
    found = read(figure)
    assert np.allclose(found[0], [3j, 1 + 2j, 2 + 1j])
    assert np.allclose(found[1], [4j, 1 + 2j, 2, 3])
    assert [m.label.text for m in marks(figure, Text) if m.style == "cv text"] == ["a", "b"]
    assert "the largest of each curve: 3, 4" in figure.scene.description


def test_long_spectra_stay_small():
    figure = ca.figure_singular_values(np.linspace(1, 0, 10**5))
    line = max((path for mark in marks(figure, Lines) for path in mark.paths), key=len)
    assert len(line) == DRAWN
    assert len(figure.svg()) < 100_000
    assert not marks(figure, Beads)


@pytest.mark.parametrize("draw", [ca.figure_spectrum, ca.figure_singular_values])
@pytest.mark.parametrize(
    ("values", "words"),
    [([], "at least one"), ([1, float("nan")], "finite"), ([float("inf")], "finite"), ("abc", "must be numbers"),
     (ca.symbols("w", 3), "must be numbers"), (None, "must be numbers"), ([10**400], "must be numbers")],
)  # fmt: skip
def test_what_is_no_spectrum_is_refused(draw, values, words):
    with pytest.raises((ArgumentError, EntryError), match=words):
        draw(values)


def test_more_refusals():
    for values in ([-1, 2], [1j]):
        with pytest.raises(EntryError, match="real and at least 0"):
            ca.figure_singular_values(values)
    for curves in ({}, {str(k): [1] for k in range(8)}):
        with pytest.raises(ArgumentError, match="1 to 7"):
            ca.figure_singular_values(curves)
    with pytest.raises(ArgumentError, match="theme"):
        ca.figure_spectrum([1], theme="dark")


@pytest.mark.parametrize("values", [[0], [5], [-2], [1e-9], [1e9, -1e9]])
def test_every_scale_has_ticks(values):
    numbers = [m for m in marks(ca.figure_spectrum(values), Text) if m.style == "cv axis"]
    assert 2 <= len(numbers) <= 24
    assert ca.figure_singular_values(np.abs(values)).svg()


def test_in_print_there_is_no_colour_and_dashes_differ():
    figure = ca.figure_singular_values({"a": [2, 1], "b": [3, 1]}, theme="print")
    lines = [style for name, style in figure.scene.used.items() if name.endswith("line")]
    assert len({style.dash for style in lines}) == 2
    assert all(len({*style.stroke.rgb}) == 1 for style in lines)


def test_the_axes_stand_clear_of_the_points():
    figure = ca.figure_spectrum([3, 1j, -1j, -2])
    axes = next(mark for mark in marks(figure, Lines) if mark.style == "cv edge").paths[0]
    (_, top), (left, bottom), (right, _) = axes
    for beads in marks(figure, Beads):
        assert all(left + 0.5 < x < right - 0.5 and top + 0.5 < y < bottom - 0.5 for x, y in beads.places)
    names = [m.label.text for m in marks(figure, Text) if m.style == "cv name"]
    assert names == ["Re λ", "Im λ"]
    curves = ca.figure_singular_values([2, 1])
    assert [m.label.text for m in marks(curves, Text) if m.style == "cv name"] == ["k", "σ_k"]


def test_no_spectrum_is_flat():
    left, top, right, bottom = ca.figure_spectrum([1, 2, 3, 100]).scene.bounds
    assert (right - left) / (bottom - top) < 2.2


def test_curves_share_the_points():
    figure = ca.figure_singular_values({str(k): np.linspace(1, 0, 10**4) for k in range(5)})
    assert (
        sum(len(path) for mark in marks(figure, Lines) if mark.style != "cv edge" for path in mark.paths) <= DRAWN + 10
    )
    with pytest.raises(ArgumentError, match="the name of a curve must have at most 80"):
        ca.figure_singular_values({"x" * 81: [1]})


def test_an_operator_is_told_where_its_numbers_are():
    C = ca.circulant([1, 2, 3])
    with pytest.raises(ca.EntryError, match=r"not an operator; write ca.eigenvalues\(A\)"):
        ca.figure_spectrum(C)
    assert ca.figure_spectrum(ca.eigenvalues(C)).scene.title == "3 eigenvalues in the complex plane"
