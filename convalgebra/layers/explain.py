"""The index formula of a layer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Axis
    from convalgebra.layers.conv import Conv

_BOUNDARY = {
    "zeros": "zeros",
    "circular": "circular, x[j mod n] (np.pad 'wrap')",
    "reflect": "reflect, the edge not repeated (np.pad 'reflect', SciPy ndimage 'mirror')",
    "symmetric": "symmetric, the edge repeated (np.pad 'symmetric', SciPy ndimage 'reflect')",
    "replicate": "replicate, the edge value (np.pad 'edge', SciPy ndimage 'nearest')",
}


def explain_conv(layer: Conv, in_shape: Any = None) -> str:
    """The formula of a convolution layer, its boundary rule and, for a given input, its sizes."""
    per_axis = zip("ijklmnpqr", "tuvabefgh", layer._windows, _offsets(layer, in_shape), strict=False)
    axes = [(i, t, f"{s}*{i} + {d}*{t} - {p}") for i, t, (_, s, d), p in per_axis]
    places, taps, reads = (", ".join(part) for part in zip(*axes, strict=True))
    bias = "" if layer.bias is None else "b[o] + "
    flipped = layer.op == "convolution"
    channel = "c" if layer.groups == 1 else f"c + {layer.weight.shape[1]}*group(o)"
    lines = [
        f"y[o, {places}] = {bias}sum_{{c, {taps}}} {'flip(w)' if flipped else 'w'}[o, c, {taps}] x[{channel}, {reads}]",
        f"{layer.op}: the kernel is {'' if flipped else 'not '}flipped",
        f"outside the signal: {_BOUNDARY[layer.padding_mode]}",
        f"weight {layer.weight.shape}, {layer.parameters} parameters"
        + (f", {layer.groups} groups" if layer.groups > 1 else ""),
    ]
    if in_shape is not None:
        sizes = ", ".join(map(_size, layer.axes(in_shape)))
        lines.append(f"input {tuple(in_shape)} -> output {layer.output_shape(in_shape)}: {sizes}")
    return "\n".join(lines)


def _offsets(layer: Conv, in_shape: Any) -> list[str]:
    if in_shape is not None:
        return [str(a.lo) for a in layer.axes(in_shape)]
    if isinstance(layer.padding, str):
        return [f"p({layer.padding})"] * layer.spatial
    return [str(lo) for lo, _ in layer.padding]  # type: ignore[union-attr]


def _size(a: Axis) -> str:
    return f"floor(({a.size} + {a.lo} + {a.hi} - {a.dilation}*({a.taps} - 1) - 1)/{a.stride}) + 1 = {a.out}"
