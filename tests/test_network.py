"""Networks: composition, branches, and errors that say where."""

from __future__ import annotations

import itertools
import pickle
from functools import partial, reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.layers.network import DEEPEST


def conv(seed, o=2, i=2, k=3, **options):
    random = np.random.default_rng(seed)
    return ca.Conv(random.integers(-3, 4, size=(o, i, k)), random.integers(-3, 4, size=o), **options)


@st.composite
def affine_networks(draw, depth=2):
    """Nested networks of two channels whose branches keep the size."""
    leaves = st.builds(conv, st.integers(0, 99), padding=st.just(1)) | st.just(ca.Identity()) | st.builds(
        ca.AvgPool, st.just(3), stride=st.just(1), padding=st.just(1), count_include_pad=st.booleans()
    )  # fmt: skip
    if not depth:
        return draw(leaves)
    parts = draw(st.lists(affine_networks(depth=depth - 1), min_size=1, max_size=2))
    return ca.Sequential(*parts) if draw(st.booleans()) else ca.Parallel(*parts, join="sum")


@given(net=affine_networks(), seed=st.integers(0, 999))
def test_the_affine_map_is_the_network(net, seed):
    xs = np.random.default_rng(seed).integers(-9, 10, size=(3, 2, 4))
    A, b = net.affine((2, 4))
    assert A.shape == (8, 8)
    assert np.array_equal(net.map(xs), np.stack([A @ x.ravel() + b for x in xs]).reshape(3, 2, 4))
    assert np.array_equal(net(xs[0]), net.map(xs)[0])


def test_sequential_multiplies_and_carries_the_offset():
    first, second = conv(0, stride=2), conv(1, padding=1)
    (A1, b1), (A2, b2) = first.affine((2, 9)), second.affine(first.output_shape((2, 9)))
    A, b = ca.Sequential(first, second).affine((2, 9))
    assert np.array_equal(A.to_numpy(), A2.to_numpy() @ A1.to_numpy())
    assert np.array_equal(b, A2 @ b1 + b2)


def test_stacked_kernels_multiply():
    """Two symbolic layers without padding are one: T(u) T(v) = T(u * v)."""
    u, v = ca.symbols("u", 2), ca.symbols("v", 2)
    net = ca.Sequential(ca.Conv(u[None, None]), ca.Conv(v[None, None]))
    single = ca.Conv([[[u[0] * v[0], u[0] * v[1] + u[1] * v[0], u[1] * v[1]]]])
    assert bool(net.matrix((1, 5)) == single.matrix((1, 5)))


def test_concat_stacks_the_channels():
    a, b = conv(0, o=1, padding=1), conv(1, o=3, padding=1)
    net = ca.Parallel(a, b)
    x = np.arange(8).reshape(2, 4)
    assert net.output_shape((2, 4)) == (4, 4)
    assert np.array_equal(net(x), np.concatenate([a(x), b(x)]))
    A, offset = net.affine((2, 4))
    assert np.array_equal(A @ x.ravel() + offset, net(x).ravel())


def test_residual_and_inception_nest():
    residual = ca.Parallel(ca.Sequential(conv(0, padding=1), conv(1, padding=1)), ca.Identity(), join="sum")
    inception = ca.Parallel(residual, conv(2, k=1), ca.Sequential(ca.AvgPool(3, stride=1, padding=1), conv(3, k=1)))
    net = ca.Sequential(inception, conv(4, i=6))
    x = np.arange(10).reshape(2, 5)
    assert net.shapes((2, 5)) == [(2, 5), (6, 5), (2, 3)]
    A, b = net.affine((2, 5))
    assert np.array_equal(A @ x.ravel() + b, net(x).ravel())
    assert net.parameters == sum(conv(k).parameters for k in (0, 1)) + 2 * (4 + 2) + 36 + 2


def test_any_exact_entries():
    x = ca.symbols("x", (1, 3))
    net = ca.Sequential(ca.Conv([[[1, 1]]], [1]), ca.ReLU(), ca.MaxPool(2))
    assert str(net(x)[0, 0]) == "Max(0, x00 + x01 + 1, x01 + x02 + 1)"
    assert net([[-5, 1, 2]]).tolist() == [[4]]


def test_batches_go_by_the_first_layer_that_knows_its_axes():
    xs = np.arange(16).reshape(2, 2, 4)
    net = ca.Sequential(ca.ReLU(), conv(0))
    assert net.spatial == 1
    assert np.array_equal(net(xs), net.map(xs))
    reshaped = ca.Sequential(ca.Flatten(), ca.Linear(np.ones((3, 8), dtype=int)))
    assert reshaped.spatial is None
    assert reshaped(xs[0]).shape == (3,)
    assert reshaped.map(xs).shape == (2, 3)
    assert ca.Parallel(ca.ReLU(), ca.Upsample((1,))).spatial == 1


@pytest.mark.parametrize("ask", ["matrix", "affine"])
def test_the_layer_that_is_not_linear_is_named(ask):
    net = ca.Sequential(conv(0), ca.Sequential(conv(1), ca.ReLU()))
    with pytest.raises(ca.NotLinearError, match=r"^layer 1 \(Sequential\): layer 1 \(ReLU\): a layer must be linear"):
        getattr(net, ask)((2, 9))
    branches = ca.Parallel(ca.Identity(), ca.MaxPool(3, stride=1, padding=1), join="sum")
    with pytest.raises(ca.NotLinearError, match=r"^branch 1 \(MaxPool\): .*semiring"):
        getattr(branches, ask)((2, 9))


@pytest.mark.parametrize(
    "ask", [lambda net, x: net(x), lambda net, x: net.output_shape(x.shape), lambda net, x: net.matrix(x.shape)]
)
def test_the_layer_that_does_not_fit_is_named(ask):
    net = ca.Sequential(conv(0), conv(1, i=3))
    with pytest.raises(ca.ShapeError, match=r"^layer 1 \(Conv\): the input must have shape \(3, n\).*not \(2, 7\)"):
        ask(net, np.ones((2, 9), dtype=int))
    small = ca.Sequential(conv(0), ca.MaxPool(4))
    with pytest.raises(ca.ShapeError, match=r"^layer 1 \(MaxPool\): the padded input must hold the kernel"):
        ask(small, np.ones((2, 5), dtype=int))


def test_branches_must_fit():
    with pytest.raises(ca.ShapeError, match=r"one output shape to join by 'sum', not \(2, 9\), \(2, 7\)"):
        ca.Parallel(ca.Identity(), conv(0), join="sum").output_shape((2, 9))
    with pytest.raises(ca.ShapeError, match="sizes, channels aside"):
        ca.Parallel(ca.Identity(), conv(0))(np.ones((2, 9), dtype=int))
    with pytest.raises(ca.ArgumentError, match="join must be one of"):
        ca.Parallel(ca.Identity(), join="add")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([], "at least one layer"),
        ([[ca.Identity()]], r"write ca.Sequential\(\*parts\)"),
        ([ca.ReLU], r"write ca.ReLU\(\)"),
    ],
)
def test_networks_are_made_of_layers(parts, text):
    with pytest.raises(ca.ArgumentError, match=text):
        ca.Sequential(*parts)


def test_explain_lists_the_shapes():
    assert ca.Sequential(conv(0), ca.ReLU()).explain((2, 5)) == "0 Conv (2, 5) -> (2, 3)\n1 ReLU (2, 3) -> (2, 3)"
    assert ca.Sequential(conv(0), ca.ReLU()).explain() == "0 Conv\n1 ReLU"


def test_plan_of_every_part():
    inner = ca.Sequential(ca.MaxPool(2), ca.Identity())
    net = ca.Sequential(ca.Conv([[[1, 1]]]), ca.Parallel(ca.AvgPool(2), inner))
    plan = net.plan((1, 9))
    assert [name for name, _ in plan.parts] == ["Conv", "Parallel"]
    assert [name for name, _ in plan.parts[1][1].parts] == ["AvgPool", "Sequential"]
    assert str(plan).splitlines() == [
        "parts: one layer after the other",
        f"0 Conv {net.layers[0].plan((1, 9))}",
        "1 Parallel parts: concat of the branches",
        "  0 AvgPool axes: the windows along one axis after the other, tap by tap",
        "  1 Sequential parts: one layer after the other",
        "    0 MaxPool axes: the windows along one axis after the other, tap by tap",
        "    1 Identity entries: nothing is computed",
    ]
    with pytest.raises(ca.ShapeError, match=r"layer 0 \(Conv\)"):
        net.plan((2, 9))
    with pytest.raises(ca.EntryError, match=r"layer 0 \(Linear\): the weights must have values"):
        ca.Sequential(ca.Linear(ca.abstract((2, 3)))).plan((3,))


@pytest.mark.parametrize(("nest", "y"), [(ca.Sequential, 5), (partial(ca.Parallel, join="sum"), 5 * (DEEPEST + 1))])
def test_networks_nest_deeply_but_not_without_end(nest, y):
    """Each level asks its parts once: fifty levels are no work, and whatever is asked of them stays within Python."""
    net = reduce(nest, [ca.Conv([[[1]]])] * (DEEPEST + 1))
    assert net([[5]]) == [[y]]
    assert net.spatial == 1
    assert pickle.loads(pickle.dumps(net)).parameters == DEEPEST + 1  # noqa: S301  # our own bytes
    with pytest.raises(ca.ArgumentError, match=r"at most 50 deep, not 51; write ca.Sequential\(\*layers\)"):
        nest(net, ca.ReLU())


@pytest.mark.parametrize("layer", [
    ca.Linear([[1]]), ca.MaxPool(2), ca.ReLU(), ca.Sequential(ca.ReLU()), ca.Parallel(ca.ReLU()), ca.Upsample(2),
    ca.Flatten(), ca.BatchNorm([0], [1]), ca.GlobalMaxPool(),
], ids=lambda layer: type(layer).__name__)  # fmt: skip
def test_only_convolutions_have_factors(layer):
    name = type(layer).__name__
    with pytest.raises(ca.ArgumentError, match=f"not {name}; write layer.matrix"):
        layer.factors((1, 4))


def test_the_mean_of_everything_has_factors():
    D, T, P = ca.GlobalAvgPool().factors((2, 3))
    A = ca.GlobalAvgPool().matrix((2, 3))
    assert bool(A == D @ T @ P)


@pytest.mark.parametrize("layer", [ca.ReLU(), ca.BatchNorm([0], [1]), ca.Parallel(ca.ReLU()), ca.MaxPool(2)])
def test_an_explanation_takes_a_shape(layer):
    assert ca.ReLU().explain(5).endswith("input (5,) -> output (5,)")
    with pytest.raises(ca.ArgumentError, match="in_shape must be an integer, not 'a'"):
        layer.explain("a")


def test_a_shape_that_is_none_is_not_told_to_be_written():
    with pytest.raises(ca.ArgumentError, match=r"not None$"):
        ca.Conv([[[1]]]).matrix(None)
    with pytest.raises(ca.ArgumentError, match=r"write \(1, 5\)$"):
        ca.Conv([[[1]]]).matrix(5)


def test_a_batch_has_samples():
    for layer, xs in itertools.product((ca.ReLU(), ca.Conv([[[1]]])), ([], [1, 2], 3)):
        with pytest.raises(ca.ShapeError, match="a batch must have an axis of samples and axes of places"):
            layer.map(xs)


def test_a_global_maximum_says_who_is_not_linear():
    with pytest.raises(ca.NotLinearError, match=r"^GlobalMaxPool: a layer must be linear"):
        ca.GlobalMaxPool().matrix((1, 4))
