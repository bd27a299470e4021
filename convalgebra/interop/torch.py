"""PyTorch modules as layers: weights as stored, settings under their own names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.abstract import abstract
from convalgebra.errors import ArgumentError, ConvAlgebraError, MissingExtraError, at
from convalgebra.interop.reading import must
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Sequential
from convalgebra.layers.pool import AdaptiveAvgPool, AvgPool, GlobalMaxPool, LpPool, MaxPool
from convalgebra.layers.resample import (
    ChannelShuffle,
    Fold,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)  # fmt: skip
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.layers.base import Layer


def pytorch() -> Any:
    """The package torch, imported at its first use."""
    try:
        import torch  # noqa: PLC0415  # optional
    except ImportError as error:
        msg = "PyTorch must be installed to read or write its modules; write pip install 'convalgebra[torch]'"
        raise MissingExtraError(msg) from error
    return torch


def from_torch(module: Any) -> Layer:
    """The layer or network that a `torch.nn` module computes in evaluation, its weights in float64 exactly as stored.

    Sequences nest.  Weights on the device "meta" become `ca.abstract`.  A module without a counterpart is refused with
    its place in the tree.

        net = ca.from_torch(torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU()))

    >>> import convalgebra as ca
    >>> ca.from_torch("model.pt")
    Traceback (most recent call last):
    convalgebra.errors.ArgumentError: the module must be a torch.nn.Module, not str; load it with PyTorch
    """
    if not hasattr(module, "_modules") or not isinstance(module, pytorch().nn.Module):
        msg = f"the module must be a torch.nn.Module, not {type(module).__name__}; load it with PyTorch"
        raise ArgumentError(msg)
    return _layer(module, "module")


def _layer(module: Any, place: str) -> Layer:
    kind, ndim = _kind(module, place)
    if kind == "Sequential":
        children = zip(module._modules, module, strict=True)
        return Sequential(*[_layer(child, f"{place}.{name}") for name, child in children] or [Identity()])
    try:
        return READERS[kind](module, ndim)
    except ConvAlgebraError as error:
        raise at(error, f"{place} ({type(module).__name__})") from error


def _kind(module: Any, place: str) -> tuple[str, int]:
    """The name of the module without its "2d", and that 2; a subclass counts while it keeps `forward`."""
    for base in type(module).__mro__:
        found = re.fullmatch(r"(.*?)(?:([123])d)?", base.__name__)
        known = found is not None and (found[1] in READERS or found[1] == "Sequential")
        kept = getattr(type(module), "forward", None) is getattr(base, "forward", None)
        if known and kept and base.__module__.startswith("torch.nn.modules."):
            return found[1], int(found[2] or 0)  # type: ignore[index]
    msg = (
        f"every module must be one of {', '.join(sorted(READERS))} or Sequential, not {type(module).__name__} "
        f"at {place}; write its layers as torch.nn.Sequential, or as ca.Sequential and ca.Parallel"
    )
    raise ArgumentError(msg)


def _array(tensor: Any) -> Any:
    """The numbers of a tensor, in float64, complex128 or int64."""
    torch = pytorch()
    if tensor is None:
        return None
    if torch.nn.parameter.is_lazy(tensor):
        msg = "the weights must have a shape; run the module on an input once"
        raise ArgumentError(msg)
    if tensor.is_meta:
        return abstract(tuple(tensor.shape))
    kind = torch.complex128 if tensor.is_complex() else torch.float64 if tensor.is_floating_point() else torch.int64
    return tensor.detach().cpu().to(kind).resolve_conj().numpy()


def _each(value: Any, ndim: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * ndim


def _settings(module: Any, ndim: int, *names: str) -> dict[str, Any]:
    return {name: _each(getattr(module, name), ndim) for name in names}


def _conv(m: Any, ndim: int) -> Conv:
    padding = m.padding if isinstance(m.padding, str) else _each(m.padding, ndim)
    options = _settings(m, ndim, "stride", "dilation")
    return Conv(
        _array(m.weight),
        _array(m.bias),
        padding=_pairs(padding),
        groups=m.groups,
        padding_mode=m.padding_mode,
        **options,
    )


def _pairs(padding: Any) -> Any:
    """(1, 2) on two axes as ((1, 1), (2, 2))."""
    return padding if isinstance(padding, str) else tuple((int(p), int(p)) for p in padding)


def _conv_transpose(m: Any, ndim: int) -> ConvTranspose:
    options = _settings(m, ndim, "stride", "output_padding", "dilation")
    padding = _pairs(_each(m.padding, ndim))
    return ConvTranspose(_array(m.weight), _array(m.bias), padding=padding, groups=m.groups, **options)


def _avg_pool(m: Any, ndim: int) -> AvgPool:
    options = _settings(m, ndim, "kernel_size", "stride", "padding")
    divisor = getattr(m, "divisor_override", None)
    return AvgPool(**options, ceil_mode=m.ceil_mode, count_include_pad=m.count_include_pad, divisor_override=divisor)


def _max_pool(m: Any, ndim: int) -> MaxPool:
    must(
        not m.return_indices, "return_indices must be False, not True; write ca.MaxPool(...).indices(x) for the places"
    )
    stride = m.kernel_size if m.stride is None else m.stride
    options = _settings(m, ndim, "kernel_size", "padding", "dilation")
    return MaxPool(**options, stride=_each(stride, ndim), ceil_mode=m.ceil_mode)


def _lp_pool(m: Any, ndim: int) -> LpPool:
    even = m.norm_type == int(m.norm_type) and int(m.norm_type) % 2 == 0 and m.norm_type > 0
    must(even, f"norm_type must be even, not {m.norm_type}: PyTorch takes x^p where ca.LpPool takes |x|^p")
    must(not m.ceil_mode, "ceil_mode must be False: PyTorch rescales the windows that overhang, ca.LpPool does not")
    stride = m.kernel_size if m.stride is None else m.stride
    return LpPool(_each(m.kernel_size, ndim), stride=_each(stride, ndim), p=int(m.norm_type))


def _adaptive(m: Any, ndim: int) -> AdaptiveAvgPool:
    goals = _each(m.output_size, ndim)
    must(None not in goals, f"output_size must be ints, not {m.output_size}; write the size that None keeps")
    return AdaptiveAvgPool(goals)


def _adaptive_max(m: Any, ndim: int) -> GlobalMaxPool:
    must(set(_each(m.output_size, ndim)) == {1} and not m.return_indices, f"output_size must be 1, not {m.output_size}")
    return GlobalMaxPool()


def _batch_norm(m: Any, _: int) -> BatchNorm:
    must(not m.training and m.running_mean is not None, "it must use running statistics; write module.eval()")
    return BatchNorm(_array(m.running_mean), _array(m.running_var), _array(m.weight), _array(m.bias), m.eps)


def _dropout(m: Any, _: int) -> Identity:
    must(not m.training, "dropout must be in evaluation; write module.eval()")
    return Identity()


def _flatten(m: Any, _: int) -> Flatten:
    must((m.start_dim, m.end_dim) == (1, -1), f"it must flatten dimensions 1 to -1, not {m.start_dim} to {m.end_dim}")
    return Flatten()


def _upsample(m: Any, _: int) -> Upsample:
    scales = _each(m.scale_factor, 1)
    known = m.mode == "nearest" and all(s is not None and s == int(s) for s in scales)
    must(known, f"it must be mode 'nearest' with integer factors, not {m.mode!r} with {m.scale_factor} to {m.size}")
    return Upsample(int(scales[0]) if len(scales) == 1 else tuple(map(int, scales)))


def _pad(mode: str) -> Callable[[Any, int], Pad]:
    def read(m: Any, ndim: int) -> Pad:
        flat = _each(m.padding, 2 * ndim)  # the last axis first
        return Pad(tuple(zip(flat[-2::-2], flat[::-2], strict=True)), mode, getattr(m, "value", 0) or 0)

    return read


def _unfold(m: Any, _: int) -> Unfold:
    return Unfold(**_settings(m, 2, "kernel_size", "stride", "padding", "dilation"))


def _fold(m: Any, _: int) -> Fold:
    return Fold(**_settings(m, 2, "output_size", "kernel_size", "stride", "padding", "dilation"))


READERS: dict[str, Callable[[Any, int], Layer]] = {
    "Conv": _conv, "ConvTranspose": _conv_transpose, "AvgPool": _avg_pool, "MaxPool": _max_pool, "LPPool": _lp_pool,
    "AdaptiveAvgPool": _adaptive, "AdaptiveMaxPool": _adaptive_max, "BatchNorm": _batch_norm, "Dropout": _dropout,
    "Linear": lambda m, _: Linear(_array(m.weight), _array(m.bias)), "Flatten": _flatten,
    "ReLU": lambda *_: ReLU(), "Identity": lambda *_: Identity(), "Upsample": _upsample,
    "PixelShuffle": lambda m, _: PixelShuffle(m.upscale_factor),
    "PixelUnshuffle": lambda m, _: PixelUnshuffle(m.downscale_factor),
    "ChannelShuffle": lambda m, _: ChannelShuffle(m.groups), "Unfold": _unfold, "Fold": _fold,
    "ZeroPad": _pad("zeros"), "ConstantPad": _pad("zeros"), "ReflectionPad": _pad("reflect"),
    "ReplicationPad": _pad("replicate"), "CircularPad": _pad("circular"),
}  # fmt: skip
