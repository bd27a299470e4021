"""Keras layers by their words: against live Keras where it is installed, and against stand-ins where it is not."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca


def ints(*shape):
    return np.random.default_rng(0).integers(-9, 10, shape).astype(np.float64)


pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own

CONFIGS = {
    "conv": ("Conv2D", (4, (3, 2)), {"strides": (2, 1), "padding": "same"}, (5, 4, 3)),
    "conv, valid": ("Conv1D", (2, 3), {"dilation_rate": 2}, (9, 3)),
    "conv, 3 axes": ("Conv3D", (2, 2), {"padding": "same", "use_bias": False}, (3, 2, 4, 1)),
    "causal": ("Conv1D", (2, 3), {"padding": "causal", "dilation_rate": 2}, (6, 2)),
    "rectified": ("Conv1D", (2, 3), {"activation": "relu"}, (6, 2)),
    "depthwise": ("DepthwiseConv2D", (3,), {"depth_multiplier": 2, "padding": "same"}, (5, 4, 2)),
    "depthwise 1d": ("DepthwiseConv1D", (3,), {"strides": 2}, (6, 2)),
    "separable": ("SeparableConv2D", (3, 2), {"depth_multiplier": 2}, (4, 4, 2)),
    "separable 1d": ("SeparableConv1D", (3, 2), {"padding": "same"}, (4, 2)),
    "transposed": ("Conv2DTranspose", (2, 3), {"strides": 2, "padding": "same"}, (3, 2, 2)),
    "transposed, valid": ("Conv2DTranspose", (2, (3, 1)), {"strides": 2}, (3, 2, 2)),
    "transposed, even": ("Conv1DTranspose", (2, 4), {"strides": 2, "padding": "same"}, (3, 2)),
    "transposed, short": ("Conv1DTranspose", (2, 2), {"strides": 3, "padding": "same"}, (3, 2)),
    "average": ("AveragePooling2D", (2,), {"strides": 1, "padding": "same"}, (3, 4, 2)),
    "average, valid": ("AveragePooling1D", (2,), {}, (5, 2)),
    "adaptive": ("AdaptiveAveragePooling2D", ((4, 2),), {}, (8, 4, 2)),
    "adaptive 1d": ("AdaptiveAveragePooling1D", (1,), {}, (4, 2)),
    "maximum": ("MaxPooling2D", (3,), {"strides": 2, "padding": "same"}, (5, 4, 2)),
    "global": ("GlobalAveragePooling2D", (), {}, (2, 4, 3)),
    "global, kept": ("GlobalMaxPooling1D", (), {"keepdims": True}, (4, 3)),
    "dense": ("Dense", (3,), {"activation": "relu"}, (4,)),
    "flatten": ("Flatten", (), {}, (2, 3, 4)),
    "relu": ("ReLU", (), {}, (3,)),
    "activation": ("Activation", ("relu",), {}, (3, 2)),
    "dropout": ("Dropout", (0.5,), {}, (3,)),
    "zeros": ("ZeroPadding2D", (((1, 2), (0, 3)),), {}, (2, 2, 1)),
    "zeros 1d": ("ZeroPadding1D", ((1, 2),), {}, (3, 2)),
    "crop": ("Cropping2D", (((1, 0), (0, 2)),), {}, (3, 4, 2)),
    "upsample": ("UpSampling2D", ((2, 3),), {}, (2, 2, 2)),
    "upsample 1d": ("UpSampling1D", (2,), {}, (3, 2)),
}


@pytest.fixture
def keras():
    return pytest.importorskip("keras", reason="the comparison with live Keras needs the extra 'keras'")


def first(xs):
    return np.moveaxis(xs, -1, 1)


def check(keras, layer, shape):
    """The same numbers on integers, channels moved."""
    weights = [ints(*w.shape) for w in layer.get_weights()]
    layer.set_weights(weights)
    xs = ints(2, *shape)
    wanted = keras.ops.convert_to_numpy(layer(xs.astype(np.float32), training=False))
    ys = np.asarray(ca.from_keras(layer).map(first(xs).astype(np.int64)), dtype=np.float64)
    assert ys.shape == first(wanted).shape
    assert np.array_equal(ys.astype(np.float32), first(wanted))


@pytest.mark.parametrize("name", CONFIGS)
def test_live_keras(keras, name):
    kind, arguments, options, shape = CONFIGS[name]
    layer = getattr(keras.layers, kind)(*arguments, **options)
    layer.build((None, *shape))
    check(keras, layer, shape)


def test_live_batch_normalisation(keras):
    for scale in (True, False):
        layer = keras.layers.BatchNormalization(scale=scale, epsilon=0.0)
        layer.build((None, 5, 2))
        layer.set_weights([*[ints(2)] * (1 + scale), ints(2), np.array([4.0, 16.0])])
        xs = ints(2, 5, 2)
        wanted = keras.ops.convert_to_numpy(layer(xs.astype(np.float32), training=False))
        assert np.array_equal(ca.from_keras(layer).map(first(xs)), first(wanted))


def test_live_network(keras):
    """Flatten takes the places first: the columns of the dense weight are those of Keras."""
    kinds = keras.layers
    net = keras.Sequential(
        [keras.Input((6, 6, 2)), kinds.Conv2D(3, 3, activation="relu"), kinds.MaxPooling2D(2),
         keras.Sequential([kinds.Flatten(), kinds.Dense(4)])],
    )  # fmt: skip
    check(keras, net, (6, 6, 2))


# --- without Keras ----------------------------------------------------------------------------------------------------


def stand_in(kind, config, *weights, **members):
    """A layer that says of itself what Keras says."""
    said = {"name": "l", "activation": "linear", "use_bias": False, **config}
    methods = {"get_config": lambda _: said, "get_weights": lambda _: [*weights]}
    return type(kind, (), {**methods, **members})()


WINDOW = {"strides": (1,), "dilation_rate": (1,), "padding": "valid"}


def test_layouts():
    weight = ints(3, 2, 4)
    conv = ca.from_keras(stand_in("Conv1D", {**WINDOW, "groups": 1}, weight))
    assert conv.weight.tolist() == weight.transpose(2, 1, 0).tolist()
    deep = ca.from_keras(stand_in("DepthwiseConv1D", WINDOW, weight))
    assert (deep.channels, deep.groups) == ((8, 2), 2)
    turned = ca.from_keras(stand_in("Conv1DTranspose", {**WINDOW, "output_padding": None}, weight))
    assert turned.channels == (2, 4)
    split = ca.from_keras(
        stand_in("SeparableConv1D", {**WINDOW, "use_bias": True}, ints(3, 2, 1), ints(1, 2, 5), ints(5))
    )
    assert (split.layers[0].channels, split.layers[1].channels, split.parameters) == ((2, 2), (5, 2), 6 + 10 + 5)


def test_paddings():
    same = ca.from_keras(stand_in("Conv1D", {**WINDOW, "strides": (2,), "padding": "same"}, ints(3, 1, 1)))
    assert [(a.lo, a.hi) for n in (4, 5) for a in same.axes((1, n))] == [(0, 1), (1, 1)]
    causal = ca.from_keras(stand_in("Conv1D", {**WINDOW, "dilation_rate": (2,), "padding": "causal"}, ints(3, 1, 1)))
    assert causal.padding == ((4, 0),)


def test_transposed_sizes():
    """Without output_padding: stride * n for "same"; for "valid" stride * n + max(k - stride, 0)."""
    for k, s, padding, size in [(3, 2, "same", 10), (2, 3, "same", 15), (3, 2, "valid", 11), (2, 3, "valid", 15)]:
        config = {**WINDOW, "strides": (s,), "padding": padding, "output_padding": None}
        layer = ca.from_keras(stand_in("Conv1DTranspose", config, ints(k, 1, 1)))
        assert layer.output_shape((1, 5)) == (1, size)
    told = {**WINDOW, "strides": (2,), "padding": "same", "output_padding": 1}
    assert ca.from_keras(stand_in("Conv1DTranspose", told, ints(3, 1, 1))).output_shape((1, 5)) == (1, 10)


def test_flatten_follows_the_data_format():
    last = ca.from_keras(stand_in("Flatten", {"data_format": "channels_last"}))
    assert last([[1, 2], [3, 4]]).tolist() == [1, 3, 2, 4]
    early = ca.from_keras(stand_in("Flatten", {"data_format": "channels_first"}))
    assert early([[1, 2], [3, 4]]).tolist() == [1, 2, 3, 4]


def test_networks_nest():
    dense = stand_in("Dense", {"activation": "relu"}, ints(2, 3))
    inner = stand_in("Sequential", {}, name="inner", layers=[dense])
    net = ca.from_keras(stand_in("Sequential", {}, name="net", layers=[inner, stand_in("Dropout", {})]))
    assert net.output_shape((2,)) == (3,)
    bad = stand_in("Sequential", {}, name="net", layers=[stand_in("LSTM", {"name": "memory"})])
    with pytest.raises(ca.ArgumentError, match=r"layer net/memory \(LSTM\): it must be one of Activation"):
        ca.from_keras(bad)


REFUSED = [
    (stand_in("LSTM", {}), r"layer l \(LSTM\): it must be one of"),
    (stand_in("Functional", {}), "or Sequential"),
    (stand_in("Dense", {"activation": "gelu"}, ints(2, 2)), "must be 'relu' or 'linear', not 'gelu'"),
    (stand_in("ReLU", {"max_value": 6.0}), r"it must be max\(x, 0\)"),
    (stand_in("UpSampling2D", {"interpolation": "bilinear", "size": (2, 2)}), "'nearest', not 'bilinear'"),
    (stand_in("BatchNormalization", {"axis": 2}), "its axis must be that of the channels, not 2"),
    (3, "must be one of Keras, not int"),
]


@pytest.mark.parametrize(("layer", "text"), REFUSED)
def test_what_has_no_counterpart_is_refused(layer, text):
    with pytest.raises(ca.ArgumentError, match=text):
        ca.from_keras(layer)
