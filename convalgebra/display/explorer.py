"""A layer as one page to play with: point at an output, an input, a weight or a matrix entry and see the others.

The page is a file of its own, with the tap tables in it; it loads nothing and sends nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from math import isfinite, prod
from string import Template
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.indexing import box_of, choice
from convalgebra.display.saving import target_of, write
from convalgebra.errors import ArgumentError, SizeLimitError
from convalgebra.layers.conv import Conv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_ENTRIES = 40_000  # places of the largest matrix that the page draws
USUAL = {1: 8, 2: 5}  # the side of the input where none is given
FEW = 3  # channels drawn of a layer that has too many
VIEWS = {"A": "A", "A.T": "Aᵀ", "A S - S A": "A S − S A"}


@dataclass(frozen=True, eq=False, repr=False)
class Explorer:
    """A page about one layer: `.save("x.html")`, `.html()`; in a notebook it shows itself.

    >>> import convalgebra as ca
    >>> ca.Conv([[[1, 2, 3]]], padding=1).explore((1, 6))
    Explorer('Conv 1x1x3 on 1x6')
    """

    title: str
    data: dict[str, Any]

    def html(self) -> str:
        """The page."""
        layer = json.dumps(self.data, ensure_ascii=False).replace("<", "\\u003c")
        parts = {"css": _asset("explorer.css"), "script": _asset("explorer.js")}
        return Template(_asset("explorer.html")).substitute(title=escape(self.title), layer=layer, **parts)

    def save(self, path: Any) -> Path:
        """Write the page, whole or not at all; returns the path."""
        target = target_of(path, (".html",))
        write(target, self.html())
        return target

    def _repr_html_(self) -> str:
        page = escape(self.html(), quote=True)
        return (
            f'<iframe title="{escape(self.title)}" width="100%" height="900" style="border:0" srcdoc="{page}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Explorer({self.title!r})"


def _asset(name: str) -> str:
    return files("convalgebra.display").joinpath("page", name).read_text(encoding="utf-8")


def layer_explorer(layer: Any, in_shape: Any = None, *, view: str = "A") -> Explorer:
    """The page of a convolution layer; `view` is what it opens with, "A", "A.T" or "A S - S A".

    Without `in_shape` the input is small, and of many channels the first three are drawn.

    >>> import convalgebra as ca
    >>> layer_explorer(ca.Conv(ca.symbols("w", (1, 1, 3, 3)))).data["state"]["size"]
    '5x5'
    """
    if not isinstance(layer, Conv):
        kind = type(layer).__name__
        msg = f"the layer must be a ca.Conv to be explored, not {kind}; write layer.matrix(in_shape).figure()"
        raise ArgumentError(msg)
    if layer.spatial not in USUAL:
        msg = f"a page must show one or two axes, not {layer.spatial}; write layer.matrix(in_shape).figure()"
        raise ArgumentError(msg)
    shape = tuple(layer.weight.shape)
    drawn = layer if in_shape is not None else _drawable(layer)
    box = box_of(in_shape, "in_shape") if in_shape is not None else _usual(drawn)
    if (rows := prod(drawn.output_shape(box))) * prod(box) > MOST_ENTRIES:
        places = f"{MOST_ENTRIES} places, not {rows} x {prod(box)}"
        msg = f"the matrix of a page must have at most {places}; choose a smaller input"
        raise SizeLimitError(msg)
    title = f"{type(layer).__name__} {_by(shape)} on {_by(box)}"
    if drawn is not layer:
        layer, shape = drawn, tuple(drawn.weight.shape)
        title += f", its first channels: {' to '.join(map(str, reversed(drawn.channels)))}"
    state = _state(layer, box) | {"view": VIEWS[choice(view, "view", tuple(VIEWS))]}
    return Explorer(title, {"state": state, "taps": list(shape), "weights": _numbers(layer.weight)})


def _drawable(layer: Any) -> Any:
    """The layer, or where its matrix would be too large the part between its first channels, within one group."""
    box = _usual(layer)
    if prod(layer.output_shape(box)) * prod(box) <= MOST_ENTRIES:
        return layer
    out = min(FEW, layer.channels[0] // layer.groups)
    return replace(layer, weight=layer.weight[:out, :FEW], bias=None, groups=1)


def _usual(layer: Any) -> tuple[int, ...]:
    """A small input that the kernel fits on."""
    least = [layer.dilation[a] * (k - 1) + 1 for a, k in enumerate(layer.kernel_size)]
    return (layer.channels[1], *(max(USUAL[layer.spatial], n) for n in least))


def _state(layer: Any, box: tuple[int, ...]) -> dict[str, str]:
    """The settings as the page writes them."""
    axes = layer.axes(box)
    padding = [f"{a.lo}" if a.lo == a.hi else f"{a.lo},{a.hi}" for a in axes]
    return {
        "axes": str(layer.spatial), "size": _by(box[1:]), "kernel": _by(layer.kernel_size),
        "stride": _once(a.stride for a in axes), "padding": _once(padding), "dilation": _once(a.dilation for a in axes),
        "mode": layer.padding_mode, "op": layer.op, "inputs": str(box[0]), "outputs": str(layer.channels[0]),
        "groups": str(layer.groups), "cells": "names", "shift": "off",
    }  # fmt: skip


def _by(sizes: Iterable[Any]) -> str:
    return "x".join(map(str, sizes))


def _once(values: Iterable[Any]) -> str:
    """One word where all axes agree."""
    listed = [str(value) for value in values]
    return listed[0] if len({*listed}) == 1 else _by(listed)


def _numbers(weight: Any) -> list[float] | None:
    """The weights in C order, or None where they are no real numbers."""
    if weight.dtype.kind not in "iuf":
        return None
    listed = [value.item() for value in weight.reshape(-1)]
    return listed if all(map(isfinite, listed)) else None
