"""The figures of lipschitz.md, drawn by the library: `python docs/lipschitz_figures.py` writes docs/lipschitz/*.svg."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import convalgebra as ca

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.display.figure import Figure

FOLDER = Path(__file__).parent / "lipschitz"


def reshaped(layer: ca.Conv) -> float:
    """The norm that spectral normalisation divides by."""
    return float(np.linalg.norm(np.asarray(layer.weight, dtype=float).reshape(len(layer.weight), -1), 2))


def kernels() -> Figure:
    """A k x k blur of ones: k and k^2."""
    sizes = range(1, 8)
    layers = [ca.Conv(np.ones((1, 1, k, k)), padding="same") for k in sizes]
    return ca.figure_curves(
        {
            "every size": (sizes, [ca.operator_norm(layer).upper for layer in layers]),
            "32 x 32": (sizes, [round(ca.operator_norm(layer, (1, 32, 32)), 9) for layer in layers]),
            "kernel as a matrix": (sizes, [reshaped(layer) for layer in layers]),
        },
        across="k",
        up="norm",
    )


def groups() -> Figure:
    """c channels, each on its own, each 1.1 times as large."""
    counts = range(1, 25)
    layers = [ca.Conv(np.full((c, 1, 1), 1.1), groups=c) for c in counts]
    return ca.figure_curves(
        {
            "the layer": (counts, [ca.operator_norm(f, (len(f.weight), 8)) for f in layers]),
            "kernel as a matrix": (counts, [reshaped(f) for f in layers]),
            "product over groups": (counts, [1.1**c for c in counts]),
        },
        across="groups",
        up="norm",
    )


def even() -> Figure:
    """The difference (1, -1) at every size: a grid of frequencies misses the highest where n is odd."""
    sizes = range(2, 20)
    difference = ca.Conv([[[1, -1]]], padding=(0, 1), padding_mode="circular")
    zeros = ca.Conv([[[1, -1]]], padding=(0, 1))
    bound = ca.operator_norm(difference).upper
    return ca.figure_curves(
        {
            "circular": (sizes, [round(ca.operator_norm(difference, (1, n)), 9) for n in sizes]),
            "zero padding": (sizes, [round(ca.operator_norm(zeros, (1, n)), 9) for n in sizes]),
            "every size": ((2, 19), (bound, bound)),
        },
        up="norm",
    )


def strides() -> Figure:
    """A sum of four with a stride."""
    steps = range(1, 7)
    layers = [ca.Conv(np.ones((1, 1, 4)), stride=s, padding=2) for s in steps]
    return ca.figure_curves(
        {
            "the layer": (steps, [ca.operator_norm(layer).upper for layer in layers]),
            "without the stride": ((1, 6), (4, 4)),
            "kernel as a matrix": (steps, [reshaped(layer) for layer in layers]),
        },
        across="s",
        up="norm",
    )


FIGURES: dict[str, Callable[[], Figure]] = {"kernels": kernels, "groups": groups, "even": even, "strides": strides}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in FIGURES.items():
        make().save(FOLDER / f"{name}.svg")
