"""Keras layers as layers, by what they say of themselves: class name, `get_config()` and `get_weights()`.

Nothing of Keras is imported.  Samples are channels first here: `np.moveaxis(x, -1, 0)` of those of a layer with
`data_format="channels_last"`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ConvAlgebraError, at
from convalgebra.interop.reading import must
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear
from convalgebra.layers.classics import causal, depthwise
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Sequential
from convalgebra.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from convalgebra.layers.resample import Crop, Pad, Upsample
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.layers.base import Layer

PADDINGS = {"valid": "valid", "same": "same_upper"}
Config = dict[str, Any]
Weights = list[Any]


def from_keras(layer: Any) -> Layer:
    """The layer, or the network for a `Sequential`, that a Keras layer computes in inference, its weights as stored.

    Samples come channels first and without the batch axis.  A layer without a counterpart is refused by its name.

        net = ca.from_keras(keras.models.load_model("model.keras"))

    >>> import convalgebra as ca, numpy as np
    >>> class Dense:
    ...     def get_config(self):
    ...         return {"name": "dense", "use_bias": False, "activation": "relu"}
    ...
    ...     def get_weights(self):
    ...         return [np.array([[1, -1], [2, -2]])]
    >>> ca.from_keras(Dense())([1, 1])
    array([3, 0])
    """
    known = all(hasattr(layer, name) for name in ("get_config", "get_weights"))
    must(known, f"the layer must be one of Keras, not {type(layer).__name__}; load the model with Keras")
    return _layer(layer, "")


def _layer(layer: Any, place: str) -> Layer:
    if type(layer).__name__ == "Sequential":
        name = f"{place}{layer.name}/"
        return Sequential(*[_layer(part, name) for part in layer.layers] or [Identity()])
    config = layer.get_config()
    try:
        return _activated(_read(type(layer).__name__, config, list(layer.get_weights())), config)
    except ConvAlgebraError as error:
        raise at(error, f"layer {place}{config.get('name')} ({type(layer).__name__})") from error


def _read(kind: str, config: Config, weights: Weights) -> Layer:
    found = re.fullmatch(r"(.*?)([123]D)?(Transpose)?", kind)
    base = f"{found[1]}{found[3] or ''}" if found else kind
    must(base in READERS, f"it must be one of {', '.join(sorted(READERS))} or Sequential")
    return READERS[base](config, weights)


def _activated(layer: Layer, config: Config) -> Layer:
    """The layer and its activation; a rectifier, or none."""
    name = config.get("activation") or "linear"
    must(name in {"linear", "relu"}, f"its activation must be 'relu' or 'linear', not {name!r}")
    return layer if name == "linear" else Sequential(layer, ReLU())


def _bias(config: Config, weights: Weights) -> Any:
    return weights[-1] if config["use_bias"] else None


def _steps(config: Config) -> dict[str, Any]:
    return {"stride": tuple(config["strides"]), "dilation": tuple(config["dilation_rate"])}


def _conv(config: Config, weights: Weights) -> Conv:
    options: dict[str, Any] = {**_steps(config), "groups": config.get("groups", 1), "layout": "*IO"}
    if config["padding"] == "causal":
        return causal(weights[0], _bias(config, weights), **options)
    return Conv(weights[0], _bias(config, weights), padding=PADDINGS[config["padding"]], **options)


def _depthwise(config: Config, weights: Weights) -> Conv:
    padding = PADDINGS[config["padding"]]
    return depthwise(weights[0], _bias(config, weights), layout="*CM", padding=padding, **_steps(config))


def _separable(config: Config, weights: Weights) -> Sequential:
    first = _depthwise({**config, "use_bias": False}, weights)
    return Sequential(first, Conv(weights[1], _bias(config, weights), layout="*IO"))


def _transposed(config: Config, weights: Weights) -> ConvTranspose:
    """Without output_padding the output has stride * n places ("same"), or at least as many ("valid")."""
    steps, kernel = _steps(config), weights[0].shape[:-2]
    extents = [d * (k - 1) + 1 for d, k in zip(steps["dilation"], kernel, strict=True)]
    same, told = config["padding"] == "same", config.get("output_padding")
    if told is None:
        missing = [k - s for k, s in zip(extents, steps["stride"], strict=True)]
        sides = [(max(m, 0) // 2, max(m, 0) - max(m, 0) // 2) if same else (0, 0) for m in missing]
        extra = tuple(max(-m, 0) for m in missing)
    else:
        sides = [(k // 2, k // 2) if same else (0, 0) for k in extents]
        extra = tuple(told) if isinstance(told, tuple | list) else (told,) * len(kernel)
    options = {**steps, "padding": tuple(sides), "output_padding": extra, "layout": "*OI"}
    return ConvTranspose(weights[0], _bias(config, weights), **options)


def _window(config: Config) -> dict[str, Any]:
    stride = config["strides"] or config["pool_size"]
    options = {"kernel_size": tuple(config["pool_size"]), "stride": tuple(stride)}
    return {**options, "padding": PADDINGS[config["padding"]]}


def _whole(pool: Callable[[], Layer]) -> Callable[[Config, Weights], Layer]:
    return lambda config, _: pool() if config.get("keepdims") else Sequential(pool(), Flatten())


def _adaptive(config: Config, _: Weights) -> AdaptiveAvgPool:
    size = config["output_size"]
    return AdaptiveAvgPool(tuple(size) if isinstance(size, tuple | list) else (size,))


def _batch_norm(config: Config, weights: Weights) -> BatchNorm:
    axis = config["axis"][0] if isinstance(config["axis"], list | tuple) else config["axis"]
    must(axis in {-1, 1}, f"its axis must be that of the channels, not {axis}")
    given = iter(weights)
    scale = next(given) if config["scale"] else None
    shift = next(given) if config["center"] else None
    return BatchNorm(next(given), next(given), scale, shift, config["epsilon"])


def _relu(config: Config, _: Weights) -> ReLU:
    plain = config.get("max_value") is None and not config.get("negative_slope") and not config.get("threshold")
    must(plain, "it must be max(x, 0): no max_value, negative_slope or threshold")
    return ReLU()


def _flatten(config: Config, _: Weights) -> Flatten:
    return Flatten("last" if config.get("data_format") != "channels_first" else "first")


def _upsample(config: Config, _: Weights) -> Upsample:
    mode = config.get("interpolation", "nearest")
    must(mode == "nearest", f"its interpolation must be 'nearest', not {mode!r}")
    size = config["size"]
    return Upsample(tuple(size) if isinstance(size, tuple | list) else size)


def _sides(width: Any) -> Any:
    """((1, 2), (3, 4)), (1, 2) on one axis, or an int."""
    return tuple(tuple(w) if isinstance(w, list | tuple) else w for w in width) if not isinstance(width, int) else width


READERS: dict[str, Callable[[Config, Weights], Layer]] = {
    "Conv": _conv, "DepthwiseConv": _depthwise, "SeparableConv": _separable, "ConvTranspose": _transposed,
    "AveragePooling": lambda c, _: AvgPool(**_window(c), count_include_pad=False),
    "MaxPooling": lambda c, _: MaxPool(**_window(c)),
    "AdaptiveAveragePooling": _adaptive, "GlobalAveragePooling": _whole(GlobalAvgPool),
    "GlobalMaxPooling": _whole(GlobalMaxPool),
    "BatchNormalization": _batch_norm, "Dense": lambda c, w: Linear(w[0].T, _bias(c, w)), "Flatten": _flatten,
    "ReLU": _relu, "Activation": lambda *_: Identity(), "Dropout": lambda *_: Identity(),
    "SpatialDropout": lambda *_: Identity(), "InputLayer": lambda *_: Identity(), "Identity": lambda *_: Identity(),
    "UpSampling": _upsample, "ZeroPadding": lambda c, _: Pad(_sides(c["padding"])),
    "Cropping": lambda c, _: Crop(_sides(c["cropping"])),
}  # fmt: skip
