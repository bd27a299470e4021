"""Layers as PyTorch modules in float64, in evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.abstract import Abstract
from convalgebra.algebra.indexing import integer, widths
from convalgebra.errors import ArgumentError
from convalgebra.interop.reading import must
from convalgebra.interop.torch import pytorch
from convalgebra.layers.affine import Flatten
from convalgebra.layers.pool import LpPool, MaxPool
from convalgebra.layers.resample import Unfold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.indexing import Pair
    from convalgebra.algebra.rings import Array
    from convalgebra.layers.base import Layer


def to_torch(layer: Layer, spatial: int | None = None) -> Any:
    """The `torch.nn` module in float64 that computes the layer, in evaluation; `spatial` is its number of spatial axes.

    Layers that do not know it take it from the network around them, or from the argument.
    """
    if spatial is not None:
        integer(spatial, "spatial", 0, 3)
    nn, ndim = pytorch().nn, layer.spatial if layer.spatial is not None else spatial
    kind = type(layer).__name__
    if kind not in WRITERS:
        msg = f"a layer must have a PyTorch module of its kind, not be {kind}; write layer.matrix(in_shape).to_numpy()"
        raise ArgumentError(msg)
    if ndim is None and kind in _WITH_AXES:
        msg = f"{kind} must know its spatial axes to become a module; write layer.to_torch(spatial=2)"
        raise ArgumentError(msg)
    return WRITERS[kind](nn, layer, ndim).eval()


def _tensor(values: Array) -> Any:
    """The numbers as a float64 or complex128 tensor; refused where that would change one."""
    torch = pytorch()
    if isinstance(values, Abstract):
        return torch.empty(values.shape, dtype=torch.float64, device="meta")
    wide = np.complex128 if values.dtype.kind == "c" else np.float64
    inexact = values.dtype == object and (rings.is_symbolic(values) or any(float(v) != v for v in values.flat))
    if inexact or (values.dtype.kind == "i" and rings.magnitude(values) > rings.EXACT_DOUBLE):
        msg = f"the weights must be numbers that float64 holds, not entries in {rings.ring_name(values)}; use floats"
        raise ArgumentError(msg)
    return torch.tensor(values.astype(wide))


def _filled(module: Any, **values: Array | None) -> Any:
    """The module with these weights, or buffers, in place of its own."""
    nn = pytorch().nn
    for name, value in values.items():
        if value is not None:
            tensor = _tensor(value)
            buffer = name.startswith("running")
            setattr(module, name, tensor if buffer else nn.Parameter(tensor, requires_grad=not buffer))
    return module.double()


def _made(nn: Any, kind: str, ndim: int, *args: Any, **options: Any) -> Any:
    """`nn.Conv2d(...)` and the like."""
    must(1 <= ndim <= 3, f"a module of PyTorch must have 1 to 3 spatial axes, not {ndim}")
    return getattr(nn, f"{kind}{ndim}d")(*args, **options)


def _sides(nn: Any, sides: Sequence[Pair], mode: str = "zeros") -> Any:
    kinds = {"zeros": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}
    must(mode in kinds, f"padding_mode must be one of PyTorch's, not {mode!r}")
    return _made(nn, kinds[mode], len(sides), tuple(p for pair in reversed(sides) for p in pair))


def _even(sides: Sequence[Pair]) -> bool:
    return all(lo == hi >= 0 for lo, hi in sides)


def _write_conv(nn: Any, layer: Any, ndim: int) -> Any:
    depends = isinstance(layer.padding, str) and layer.padding != "valid" and max(layer.stride) > 1
    must(not depends, f"padding must be known without the size, not {layer.padding!r} with a stride; write pairs")
    sides, inside = layer._sides((1,) * ndim), layer.padding == "same" and layer.padding_mode != "symmetric"
    inside = inside or (_even(sides) and layer.padding_mode != "symmetric")
    padding = "same" if layer.padding == "same" else tuple(lo for lo, _ in sides) if inside else 0
    conv = _made(
        nn, "Conv", ndim, layer.channels[1], layer.channels[0], layer.kernel_size, layer.stride, padding,
        layer.dilation, layer.groups, layer.bias is not None, layer.padding_mode if inside else "zeros", device="meta",
    )  # fmt: skip
    _filled(conv, weight=layer._taps, bias=layer.bias)
    return conv if inside else nn.Sequential(_sides(nn, sides, layer.padding_mode), conv)


def _write_transpose(nn: Any, layer: Any, ndim: int) -> Any:
    padding = tuple(lo for lo, _ in layer.padding) if _even(layer.padding) else 0
    conv = _made(
        nn, "ConvTranspose", ndim, layer.channels[1], layer.channels[0], layer.kernel_size, layer.stride, padding,
        layer.output_padding, layer.groups, layer.bias is not None, layer.dilation, device="meta",
    )  # fmt: skip
    _filled(conv, weight=layer.weight, bias=layer.bias)
    if _even(layer.padding):
        return conv
    return nn.Sequential(conv, _sides(nn, [(-lo, -hi) for lo, hi in layer.padding]))


def _write_pool(nn: Any, layer: Any, ndim: int) -> Any:
    kernel, stride, dilation = layer._settings(ndim)
    must(layer.over == "space", "a pool must slide over space, not over the channels")
    must(not isinstance(layer.padding, str) or layer.padding == "valid", "padding of a pool must be ints; write pairs")
    sides = layer._sides((1,) * ndim, kernel, stride, dilation)
    fits = _even(sides) and all(2 * lo <= k for (lo, _), k in zip(sides, kernel, strict=True))
    must(fits, f"padding of a pool must be symmetric and at most half the kernel, not {layer.padding}")
    options: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "ceil_mode": bool(layer.ceil_mode)}
    if isinstance(layer, MaxPool):
        return _made(nn, "MaxPool", ndim, padding=tuple(lo for lo, _ in sides), dilation=dilation, **options)
    must(set(dilation) == {1}, "dilation of a sum must be 1 in PyTorch")
    if isinstance(layer, LpPool):
        plain = layer.p % 2 == 0 and not layer.ceil_mode and not any(lo for lo, _ in sides)
        must(plain, "a norm must have an even p, no padding and ceil_mode=False in PyTorch")
        k, s = (kernel[0], stride[0]) if ndim == 1 else (kernel, stride)  # LPPool1d takes no tuples
        return _made(nn, "LPPool", ndim, layer.p, k, s)
    must(layer.divisor_override is None or ndim > 1, "divisor_override must be None on one axis in PyTorch")
    extra = {"divisor_override": layer.divisor_override} if ndim > 1 else {}
    include = bool(layer.count_include_pad)
    padding = tuple(lo for lo, _ in sides)
    return _made(nn, "AvgPool", ndim, padding=padding, count_include_pad=include, **options, **extra)


def _write_norm(nn: Any, layer: Any, ndim: int) -> Any:
    ones = np.ones(len(layer.mean), dtype=np.int64)
    affine = layer.weight is not None or layer.bias is not None
    norm = _made(nn, "BatchNorm", max(ndim, 1), len(ones), eps=float(layer.eps), affine=affine)
    weight, bias = (ones if v is None else v for v in (layer.weight, 0 * ones if layer.bias is None else layer.bias))
    given = {"weight": weight, "bias": bias} if affine else {}
    return _filled(norm, running_mean=layer.mean, running_var=layer.var, **given)


def _write_linear(nn: Any, layer: Any, _: Any) -> Any:
    linear = nn.Linear(*layer.weight.shape[::-1], bias=layer.bias is not None, device="meta")
    return _filled(linear, weight=layer.weight, bias=layer.bias)


def _write_pad(nn: Any, layer: Any, ndim: int) -> Any:
    sides = widths(layer.width, ndim, "width")
    if rings.nonzero(rings.entries(layer.value)):
        return _made(nn, "ConstantPad", ndim, tuple(p for pair in reversed(sides) for p in pair), float(layer.value))
    return _sides(nn, sides, layer.mode)


def _write_parallel(nn: Any, layer: Any, ndim: int | None) -> Any:
    class Joined(nn.Module):  # type: ignore[misc]
        """The branches side by side."""

        def __init__(self) -> None:
            super().__init__()
            self.branches = nn.ModuleList([to_torch(branch, ndim) for branch in layer.branches])

        def forward(self, x: Any) -> Any:
            parts = [branch(x) for branch in self.branches]
            return pytorch().cat(parts, dim=1) if layer.join == "concat" else sum(parts[1:], parts[0])

    return Joined()


def _write_crop(nn: Any, layer: Any, ndim: int) -> Any:
    return _sides(nn, [(-lo, -hi) for lo, hi in widths(layer.width, ndim, "width")])


def _write_sequential(nn: Any, layer: Any, ndim: int | None) -> Any:
    modules = []
    for part in layer.layers:
        modules.append(to_torch(part, ndim))
        ndim = 0 if isinstance(part, Flatten) else ndim if part.spatial is None else part.spatial
    return nn.Sequential(*modules)


def _write_upsample(nn: Any, layer: Any, _: Any) -> Any:
    must(layer.mode == "nearest", "the mode must be 'nearest' in PyTorch, not 'zeros'; write ca.ConvTranspose")
    scale = layer.scale
    return nn.Upsample(scale_factor=tuple(map(float, scale)) if isinstance(scale, tuple | list) else float(scale))


def _write_flatten(nn: Any, layer: Any, _: Any) -> Any:
    must(layer.channels == "first", "channels must be 'first' in PyTorch, not 'last'")
    return nn.Flatten()


def _write_shuffle(nn: Any, layer: Any, _: Any) -> Any:
    must(layer.order == "CRD", "the order must be 'CRD' in PyTorch, not 'DCR'")
    return getattr(nn, type(layer).__name__)(layer.factor)


def _write_windows(nn: Any, layer: Any, _: Any) -> Any:
    window = (
        layer._window(2)
        if isinstance(layer, Unfold)
        else Unfold(layer.kernel_size, stride=layer.stride, padding=layer.padding, dilation=layer.dilation)._window(2)
    )
    kernel, stride, dilation = window._settings(2)
    sides = window._sides((1, 1), kernel, stride, dilation)
    must(_even(sides) and not isinstance(layer.padding, str), "padding must be ints, alike on both sides, in PyTorch")
    options = {"dilation": dilation, "padding": tuple(lo for lo, _ in sides), "stride": stride}
    return nn.Unfold(kernel, **options) if isinstance(layer, Unfold) else nn.Fold(layer.output_size, kernel, **options)


_WITH_AXES = {
    "AvgPool",
    "MaxPool",
    "LpPool",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "AdaptiveAvgPool",
    "BatchNorm",
    "Pad",
    "Crop",
}
WRITERS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "Conv": _write_conv, "ConvTranspose": _write_transpose, "AvgPool": _write_pool, "MaxPool": _write_pool,
    "LpPool": _write_pool, "BatchNorm": _write_norm, "Linear": _write_linear, "Pad": _write_pad, "Crop": _write_crop,
    "GlobalAvgPool": lambda nn, _, ndim: _made(nn, "AdaptiveAvgPool", ndim, 1),
    "GlobalMaxPool": lambda nn, _, ndim: _made(nn, "AdaptiveMaxPool", ndim, 1),
    "AdaptiveAvgPool": lambda nn, layer, ndim: _made(nn, "AdaptiveAvgPool", ndim, layer.output_size),
    "Flatten": _write_flatten, "ReLU": lambda nn, *_: nn.ReLU(), "Identity": lambda nn, *_: nn.Identity(),
    "Upsample": _write_upsample, "PixelShuffle": _write_shuffle, "PixelUnshuffle": _write_shuffle,
    "ChannelShuffle": lambda nn, layer, _: nn.ChannelShuffle(layer.groups), "Unfold": _write_windows,
    "Fold": _write_windows, "Sequential": _write_sequential, "Parallel": _write_parallel,
}  # fmt: skip
