"""The norms that people use for one layer, side by side, and what each of them bounds."""

from __future__ import annotations

from dataclasses import replace
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.analysis.endless import CERTAIN
from convalgebra.analysis.norms import operator_norm
from convalgebra.analysis.spectrum import unscaled
from convalgebra.analysis.symbol import scaled
from convalgebra.analysis.table import Table
from convalgebra.errors import ArgumentError
from convalgebra.layers.base import shape_of
from convalgebra.layers.conv import Conv

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box

COLUMNS = ("norm", "value", "what it bounds")


def compare_norms(layer: Conv, in_shape: Any) -> Table:
    """The norm of the reshaped kernel, of the circular and the zero-padded layer, and the bound for every size.

    Spectral normalisation divides by the norm of the kernel as a matrix (O, I/groups * taps).  That is no norm of the
    layer: without groups the layer reaches up to sqrt(taps) times as much (Tsuzuku, Sato and Sugiyama 2018).

    >>> import convalgebra as ca
    >>> print(ca.compare_norms(ca.Conv([[[1, 2, 1]]], padding=1), (1, 8)))
    norm                  value    what it bounds
    kernel as a matrix    2.44949  no layer: spectral normalisation divides by it
    ... times sqrt(taps)  4.24264  zero and circular padding, every size
    circular, 8           4        that layer alone
    zero padding, 8       3.87939  that layer alone
    all frequencies       4        zero and circular padding, every size
    """
    if not isinstance(layer, Conv):
        msg = f"the layer must be a ca.Conv, not {type(layer).__name__}; write ca.operator_norm(layer, in_shape)"
        raise ArgumentError(msg)
    sizes = shape_of(in_shape, layer.channels[1], layer.spatial)[1:]
    at = "x".join(map(str, sizes))
    reshaped, root = reshaped_norm(layer), sqrt(prod(layer.kernel_size))
    rows = [
        ("kernel as a matrix", reshaped, "no layer: spectral normalisation divides by it"),
        ("... times sqrt(taps)", reshaped * root, "zero and circular padding, every size"),
        (f"circular, {at}", *_circular(layer, sizes)),
        (
            f"zero padding, {at}",
            float(operator_norm(replace(layer, padding_mode="zeros"), in_shape)),
            "that layer alone",
        ),
    ]
    if layer.padding_mode not in CERTAIN:
        rows.append((f"{layer.padding_mode}, {at}", float(operator_norm(layer, in_shape)), "that layer alone"))
    upper = operator_norm(replace(layer, padding_mode="zeros"), tolerance=1e-7).upper
    rows.append(("all frequencies", upper, "zero and circular padding, every size"))
    return Table(COLUMNS, tuple((name, _shown(value), what) for name, value, what in rows))


def reshaped_norm(layer: Conv) -> float:
    """The norm of the kernel as a matrix (O, I/groups * taps).

    >>> reshaped_norm(Conv([[[3, 4]]]))
    5.0
    """
    values, exponent = scaled(layer.weight)
    return float(unscaled(np.asarray(np.linalg.norm(values.reshape(len(values), -1), 2)), exponent))


def _circular(layer: Conv, sizes: Box) -> tuple[float | None, str]:
    """The norm of the layer that wraps around, where its stride divides the sizes."""
    if any(n % s for n, (_, s, _) in zip(sizes, layer._windows, strict=True)):
        return None, "the stride does not divide the size"
    extents = [d * (k - 1) for k, _, d in layer._windows]
    around = replace(layer, padding=tuple((0, e) for e in extents), padding_mode="circular", rounding="floor")
    wraps = any(e >= n for e, n in zip(extents, sizes, strict=True))
    what = "that layer alone; the kernel is longer than the signal and wraps" if wraps else "that layer alone"
    return float(operator_norm(around, (layer.channels[1], *sizes))), what


def _shown(value: float | None) -> str | None:
    return None if value is None else f"{value:.6g}"
