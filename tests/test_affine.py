"""Affine layers without a sliding kernel."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def torch_module():
    return pytest.importorskip("torch", reason="the comparison with live PyTorch needs the extra 'torch'")


@given(shape=SHAPES)
def test_identity_and_flatten_keep_every_entry(shape):
    x = np.arange(np.prod(shape)).reshape(shape)
    assert np.array_equal(ca.Identity()(x), x)
    assert np.array_equal(ca.Flatten()(x), x.ravel())
    for layer, out in ((ca.Identity(), shape), (ca.Flatten(), (x.size,))):
        matrix = layer.matrix(shape)
        assert matrix.boxes == (out, shape)
        assert bool(matrix == ca.identity(x.size))


@given(shape=SHAPES)
def test_channels_last_flatten_the_places_first(shape):
    x = np.arange(np.prod(shape)).reshape(shape)
    layer = ca.Flatten("last")
    assert layer(x).tolist() == np.moveaxis(x, 0, -1).ravel().tolist()
    assert (layer.matrix(shape) @ x.ravel()).tolist() == layer(x).tolist()
    with pytest.raises(ca.ArgumentError, match="channels must be one of 'first', 'last'"):
        ca.Flatten("middle")


@given(o=st.integers(1, 4), i=st.integers(1, 4), seed=st.integers(0, 999))
def test_live_torch_linear(o, i, seed):
    torch, random = torch_module(), np.random.default_rng(seed)
    weight, bias, xs = (random.integers(-9, 10, size=s) for s in ((o, i), o, (3, i)))
    y = torch.nn.functional.linear(*(torch.from_numpy(a.astype(np.float64)) for a in (xs, weight, bias))).numpy()
    layer = ca.Linear(weight, bias)
    assert np.array_equal(layer(xs), y)
    assert np.array_equal(layer(xs[0]), y[0])
    assert np.array_equal(layer.matrix((i,)).to_numpy(), weight)
    assert layer.parameters == o * i + o


def test_linear_says_what_it_takes():
    with pytest.raises(
        ca.ShapeError, match=r"vector of 4 features, not of shape \(1, 2, 2\); write ca.Flatten\(\) before"
    ):
        ca.Linear(np.ones((3, 4))).output_shape((1, 2, 2))
    with pytest.raises(ca.ShapeError, match="vector of 4 features"):
        ca.Linear(np.ones((3, 4)))(np.ones(5))
    with pytest.raises(ca.ShapeError, match="out_features, in_features"):
        ca.Linear([1, 2])
    with pytest.raises(ca.ShapeError, match="bias must be one number for each of the 3 channels"):
        ca.Linear(np.ones((3, 4)), [1])


@given(ndim=st.integers(1, 3), seed=st.integers(0, 999), affine=st.booleans())
def test_live_torch_batch_norm(ndim, seed, affine):
    torch, random = torch_module(), np.random.default_rng(seed)
    mean, var = random.integers(-9, 10, size=3), random.integers(1, 5, size=3) ** 2
    weight, bias = random.integers(-9, 10, size=(2, 3)) if affine else (None, None)
    xs = random.integers(-9, 10, size=(2, 3, *[2] * ndim))
    double = [None if a is None else torch.from_numpy(a.astype(np.float64)) for a in (xs, mean, var, weight, bias)]
    y = torch.nn.functional.batch_norm(*double, eps=0).numpy()
    exact = ca.BatchNorm(mean, var, weight, bias, eps=0)
    np.testing.assert_allclose(exact.map(xs).astype(np.float64), y, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(
        ca.BatchNorm(mean, var, weight, bias).map(xs),
        torch.nn.functional.batch_norm(*double, eps=1e-5).numpy(), rtol=1e-12, atol=1e-12,
    )  # fmt: skip
    A, b = exact.affine(xs.shape[1:])
    assert np.array_equal(A @ xs[0].ravel() + b, exact(xs[0]).ravel())


def test_batch_norm_is_exact_where_the_root_is():
    layer = ca.BatchNorm([Fraction(1, 2)], [Fraction(9, 4)], [3], [1], eps=0)
    assert layer([[1, 2]]).tolist() == [[2, 4]]
    assert ca.BatchNorm([0], [2], eps=0)([[2]]).dtype == np.float64
    m, v, g, b = (ca.symbols(name, 1) for name in "mvgb")
    y = ca.BatchNorm(m, v, g, b, eps=0)([[1]])[0, 0]
    assert (y - (g[0] * (1 - m[0]) / v[0] ** Fraction(1, 2) + b[0])).simplify() == 0
    assert layer.parameters == 2


def test_batch_norm_is_a_depthwise_convolution_by_one():
    layer, conv = ca.BatchNorm([0, 0], [1, 4], eps=0), ca.Conv([[[1]], [[Fraction(1, 2)]]], groups=2)
    assert bool(layer.matrix((2, 3)) == conv.matrix((2, 3)))
    assert ca.BatchNorm([1, 2], [1, 4], eps=0)([1, 4]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([0], [0], None, None, 0), "must be positive, not 0; raise eps"),
        (([0], [-1]), "must be positive"),
        (([0], [1, 2]), "the var must be one number for each of the 1 channels"),
        ((0, [1]), "the mean must be one number for each channel"),
    ],
)
def test_bad_statistics(arguments, text):
    with pytest.raises(ca.ConvAlgebraError, match=text):
        ca.BatchNorm(*arguments)


def test_batch_norm_counts_channels():
    with pytest.raises(ca.ShapeError, match="2 channels"):
        ca.BatchNorm([0, 0], [1, 1]).output_shape((3, 4))


@given(
    settings=st.fixed_dictionaries({
        "stride": st.integers(1, 2), "dilation": st.integers(1, 2),
        "padding": st.sampled_from([0, 1, ((1, 0), (0, 2))]),
    }),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_locally_connected_with_equal_weights_is_the_convolution(settings, seed):
    """The sharing removed: the same entries, out_sizes times as many weights."""
    kernel = np.random.default_rng(seed).integers(-9, 10, size=(2, 3, 2, 2))
    conv = ca.Conv(kernel, [1, 2], **settings)
    _, *out = conv.output_shape((3, 4, 5))
    weight = np.broadcast_to(kernel[:, None, None], (2, *out, 3, 2, 2))
    layer = ca.LocallyConnected(weight, [1, 2], **settings)
    assert np.array_equal(layer.matrix((3, 4, 5)).to_numpy(), conv.matrix((3, 4, 5)).to_numpy())
    x = np.arange(60).reshape(3, 4, 5)
    assert np.array_equal(layer(x), conv(x))
    assert layer.parameters == kernel.size * np.prod(out) + 2 * np.prod(out)


def test_locally_connected_by_the_definition():
    random = np.random.default_rng(0)
    weight, bias, x = (random.integers(-9, 10, size=s) for s in ((2, 3, 2, 2), (2, 3), (2, 6)))
    want = [[bias[o, i] + sum(weight[o, i, c, t] * x[c, 2 * i + t] for c in (0, 1) for t in (0, 1)) for i in range(3)]
            for o in (0, 1)]  # fmt: skip
    assert ca.LocallyConnected(weight, bias, stride=2)(x).tolist() == want


def test_locally_connected_has_its_places():
    with pytest.raises(ca.ShapeError, match=r"one kernel for each of the \(4,\) places of the output, not \(3,\)"):
        ca.LocallyConnected(np.ones((1, 3, 1, 2))).output_shape((1, 5))
    with pytest.raises(ca.ShapeError, match="out_channels"):
        ca.LocallyConnected(np.ones((1, 3, 2)))
    with pytest.raises(ca.ShapeError, match="the bias must be of shape"):
        ca.LocallyConnected(np.ones((1, 3, 1, 2)), [1, 2])


def test_a_scale_beyond_the_floats_is_refused():
    with pytest.raises(ca.EntryError, match=r"weight / sqrt\(var \+ eps\) must be finite"):
        ca.BatchNorm([0.0], [1e-300], [1e200], [0.0], 0.0)
    assert ca.BatchNorm([0.0], [1e-300], [1.0], [0.0], 0.0)([[1e-150]]) == pytest.approx(1.0)
