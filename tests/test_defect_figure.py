"""The boundary defect: what is outlined is what two layers lose."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.errors import ShapeError, SizeLimitError


def outlined(figure):
    panel = [panel for panel in figure.scene.panels if panel.rows][-1]
    marks = [mark for mark in panel.over if mark.style == "cv wrong"]
    return {(panel.rows[int(y)], panel.cols[int(x)]) for mark in marks for x, y in mark.places}


def toeplitz(taps, n):
    """T[i, j] = a[i - j], the power 0 in the middle."""
    half = len(taps) // 2
    return np.array([[taps[i - j + half] if abs(i - j) <= half else 0 for j in range(n)] for i in range(n)])


@pytest.mark.parametrize(("a", "b"), [([1, 2, 1], [1, 2, 1]), ([1, 2, 3], [0, 5, 6]), ([1, 2, 3, 4, 5], [1, 1, 2])])
def test_the_outlined_entries_are_what_is_lost(a, b):
    n = 6
    figure = ca.figure_boundary_defect(a, b, n)
    figure.check()
    lost = toeplitz(np.convolve(a, b), n) - toeplitz(a, n) @ toeplitz(b, n)
    assert lost.any()
    assert outlined(figure) == {tuple(map(int, place)) for place in np.argwhere(lost)}
    assert f": {np.count_nonzero(lost)} entr" in figure.scene.title


def test_nothing_is_lost_where_nothing_is_read_outside():
    figure = ca.figure_boundary_defect([0, 2, 0], [1, 2, 3], 5, title="Scaling first")
    assert outlined(figure) == set()
    assert figure.scene.title == "Scaling first"


def test_large_sizes():
    assert len(ca.figure_boundary_defect([1, 2, 1], [1, 2, 1], 1000).svg()) < 100_000
    with pytest.raises(SizeLimitError, match="n must be at most 4096"):
        ca.figure_boundary_defect([1, 2, 1], [1, 2, 1], 5000)
    with pytest.raises(ShapeError):
        ca.figure_boundary_defect([1, 2, 1], [1, 2], 5)
