"""One layer with each of the five padding modes: five matrices side by side that differ at the border only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convalgebra.algebra.indexing import MODES
from convalgebra.display.equation_figure import Term, equation
from convalgebra.display.figure import Figure
from convalgebra.display.matrix_figure import with_title
from convalgebra.errors import ArgumentError
from convalgebra.layers.conv import Conv


def figure_padding_modes(layer: Any, in_shape: Any, *, title: str = "", **options: Any) -> Figure:
    """The matrices of the layer padded with "zeros", "circular", "reflect", "symmetric", "replicate".

    Options: `labels`, `theme`.

    >>> import convalgebra as ca
    >>> figure = ca.figure_padding_modes(ca.Conv([[[1, 2, 3]]], padding=1), (1, 4))
    >>> figure.scene.title, len(figure.scene.panels)
    ('Five padding modes', 5)
    """
    if not isinstance(layer, Conv):
        msg = f"the layer must be a ca.Conv, not {type(layer).__name__}; write ca.Conv(weight, padding=1)"
        raise ArgumentError(msg)
    terms: list[Term | str] = [Term(mode, replace(layer, padding_mode=mode).matrix(in_shape)) for mode in MODES]
    figure = equation(terms, title="Five padding modes", words="One layer under every padding mode", **options)
    return Figure(with_title(figure.drawing, title))
