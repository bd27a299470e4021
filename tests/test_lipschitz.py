"""Bounds of networks: no pair of inputs is stretched more, and every factor is the supremum that it says."""

import pickle
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis import lipschitz
from convalgebra.analysis.lipschitz import CHAIN, CONCAT, SUM, parts


def random(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def norm(layer, shape):
    return np.linalg.norm(layer.matrix(shape).to_numpy().astype(float), 2)


CONV = ca.Conv(random(4, 3, 3, 3), padding=1)
INNER = ca.Conv(random(4, 4, 3, 3, seed=1), padding=1)
RESIDUAL = ca.Parallel(ca.Sequential(INNER, ca.ReLU()), ca.Identity(), join="sum")
NET = ca.Sequential(
    CONV, ca.BatchNorm([0] * 4, [1, 4, 1, 1], eps=0), ca.ReLU(), RESIDUAL, ca.MaxPool(3, stride=2, padding=1),
    ca.Parallel(INNER, ca.AvgPool(3, stride=1, padding=1)), ca.GlobalAvgPool(), ca.Flatten(), ca.Linear(random(5, 8)),
)  # fmt: skip


@pytest.mark.parametrize("in_shape", [None, (3, 8, 8)])
@pytest.mark.parametrize("seed", range(3))
def test_no_pair_of_inputs_is_stretched_more(in_shape, seed):
    x, y = random(2, 3, 8, 8, seed=seed)
    y = x + 10.0 ** (-2 * seed) * y
    bound = ca.operator_norm(NET, in_shape)
    assert np.linalg.norm(NET(x) - NET(y)) <= bound.upper * np.linalg.norm(x - y)


def convolutions():
    weights = st.lists(st.integers(-3, 3), min_size=3, max_size=3)
    modes = st.sampled_from(["zeros", "circular"])
    return st.builds(
        lambda w, s, mode: ca.Conv([[w]], stride=s, padding=1, padding_mode=mode), weights, st.integers(1, 2), modes
    )


def layers():
    pools = st.builds(
        lambda kind, k, s: kind((k,), stride=s, padding=k // 2), st.sampled_from([ca.AvgPool, ca.MaxPool]),
        st.integers(1, 3), st.integers(1, 3),
    )  # fmt: skip
    residual = st.builds(
        lambda w, more: ca.Parallel(ca.Sequential(ca.Conv([[w]], padding=1), *more), ca.Identity(), join="sum"),
        st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.sampled_from([(), (ca.ReLU(),)]),
    )  # fmt: skip
    others = st.sampled_from([ca.ReLU(), ca.Upsample((2,)), ca.BatchNorm([1], [4], [3], eps=0), ca.LpPool((2,), p=1)])
    return st.one_of(convolutions(), pools, residual, others)


@settings(deadline=None, max_examples=60)
@given(
    parts=st.lists(layers(), min_size=1, max_size=4),
    pair=st.lists(st.integers(-9, 9), min_size=22, max_size=22).filter(lambda v: v[:11] != v[11:]),
)
def test_no_network_stretches_more_than_its_bound(*, parts, pair):
    net = ca.Sequential(*parts)
    x, y = (np.array([v], dtype=float) for v in (pair[:11], pair[11:]))
    try:
        stretch = np.linalg.norm(net(x) - net(y)) / np.linalg.norm(x - y)
        here = ca.operator_norm(net, (1, 11))
    except ca.ShapeError:
        return
    lower, upper = ca.operator_norm(net)
    assert lower <= upper
    assert stretch <= min(upper, here.upper) * (1 + 1e-13)
    assert here.upper <= upper * (1 + 1e-9)


def test_the_bound_is_the_product_of_its_factors():
    bound = ca.operator_norm(NET)
    factor = dict(zip([row[0] for row in bound.layers.rows], [row[1] for row in bound.layers.rows], strict=True))
    assert list(factor)[3:6] == ["3.0.0 Conv", "3.0.1 ReLU", "3.1 Identity"]
    residual = 1 + factor["3.0.0 Conv"]
    fork = sqrt(factor["5.0 Conv"] ** 2 + factor["5.1 AvgPool"] ** 2)
    want = factor["0 Conv"] * factor["1 BatchNorm"] * residual * factor["4 MaxPool"] * fork * factor["8 Linear"]
    assert want <= bound.upper <= want * (1 + 1e-14)
    assert bound.reason.split("; ") == [CHAIN, SUM, CONCAT]
    assert [p.where for p in parts(NET, None)] == [name.split()[0] for name in factor]


def test_at_one_size_the_factors_are_the_norms_there():
    bound = ca.operator_norm(NET, (3, 8, 8))
    assert bound.upper < ca.operator_norm(NET).upper
    assert bound.layers.rows[0][1] == pytest.approx(norm(CONV, (3, 8, 8)))
    assert bound.layers.rows[0][2] == "the norm on 3 x 8 x 8"
    assert {row[0]: row[1] for row in bound.layers.rows}["6 GlobalAvgPool"] == pytest.approx(1 / 4)


def test_linear_networks_have_an_exact_norm_at_a_size():
    net = ca.Sequential(CONV, ca.AvgPool(2), ca.Parallel(INNER, ca.Identity(), join="sum"))
    found = ca.operator_norm(net, (3, 6, 6))
    assert isinstance(found, float)
    assert found == pytest.approx(norm(net, (3, 6, 6)), rel=1e-12)
    assert found <= ca.operator_norm(net).upper


def test_large_linear_networks_are_bounded_by_their_factors(monkeypatch):
    net = ca.Sequential(ca.Conv(random(2, 2, 3), padding=1), ca.Conv(random(2, 2, 3, seed=1), padding=1))
    want = norm(net, (2, 30))
    monkeypatch.setattr("convalgebra.analysis.norms.DENSE", 0)
    found = ca.operator_norm(net, (2, 30))
    assert abs(found - want) <= 1e-9 * want
    assert want <= found.upper <= ca.operator_norm(net).upper


def test_the_lower_end_of_a_linear_stack_is_the_norm_of_its_product():
    net = ca.Sequential(ca.Conv([[[1, 1]]], padding=1), ca.Identity(), ca.Conv([[[1, -1]]], stride=2))
    lower, upper = ca.operator_norm(net)
    assert lower == pytest.approx(ca.operator_norm(ca.Conv([[[1, 0, -1]]], stride=2)).lower)
    assert upper == pytest.approx(2 * sqrt(2))
    assert lower * (1 - 1e-3) <= norm(net, (1, 200)) <= upper
    assert ca.operator_norm(ca.Sequential(net, ca.ReLU())).lower == 0
    assert ca.operator_norm(ca.Sequential(ca.BatchNorm([0], [1]), ca.BatchNorm([0], [1]))).lower == 0


def test_a_long_stack_has_no_lower_end(monkeypatch):
    monkeypatch.setattr(lipschitz, "MOST_ENTRIES", 2)
    assert ca.operator_norm(ca.Sequential(ca.Conv([[[1, 1]]]), ca.Conv([[[1, 1]]]))).lower == 0


def test_branches_from_below():
    three, one = ca.Conv([[[3]]]), ca.Conv([[[1]]])
    low, high = ca.operator_norm(ca.Parallel(three, one, join="sum"))
    assert low == pytest.approx(2)
    assert 4 <= high <= 4 * (1 + 1e-6)
    assert ca.operator_norm(ca.Parallel(one, ca.Conv([[[-1]]]), join="sum")).lower == 0  # the branches cancel
    low, high = ca.operator_norm(ca.Parallel(three, ca.Conv([[[4]]])))
    assert (low, high) == (pytest.approx(4), pytest.approx(5))


def test_one_layer_alone_keeps_its_interval():
    assert tuple(ca.operator_norm(ca.Sequential(CONV))) == tuple(ca.operator_norm(CONV))
    assert ca.operator_norm(ca.Sequential(ca.Parallel(CONV))).reason == ""
    assert ca.operator_norm(ca.ReLU()) == (1, 1)
    assert ca.operator_norm(ca.ReLU(), (2, 3)) == (1, 1)


def test_the_number_of_axes_is_that_of_the_signal_there():
    pooled = ca.Sequential(ca.Conv(random(1, 1, 3, 3)), ca.AvgPool(2))
    assert ca.operator_norm(pooled).layers.rows[1][1] == 0.5
    columns = ca.Sequential(ca.Unfold((2, 2)), ca.MaxPool(3, stride=1))
    assert ca.operator_norm(columns).upper == pytest.approx(sqrt(4 * 3))
    folded = ca.Sequential(ca.Fold((6, 6), 2), ca.MaxPool(3, stride=1))
    assert ca.operator_norm(folded).upper == pytest.approx(sqrt(4 * 9))
    assert ca.operator_norm(ca.Sequential(ca.Conv(random(1, 1, 3)), ca.Flatten(), ca.Linear([[1]]))).upper


def test_zero_and_infinite_factors():
    nothing = ca.Conv([[[0]]])
    assert ca.operator_norm(ca.Sequential(ca.Conv([[[1e300]]]), ca.Conv([[[1e300]]]), nothing)).upper == 0
    assert ca.operator_norm(ca.Sequential(ca.Conv([[[1e300]]]), ca.Conv([[[1e300]]]))).upper == inf
    assert ca.operator_norm(ca.Parallel(nothing, nothing)) == (0, 0)


def test_a_bound_travels_and_speaks():
    bound = ca.operator_norm(ca.Sequential(ca.Conv([[[1]]]), ca.ReLU()))
    again = pickle.loads(pickle.dumps(bound))  # noqa: S301
    assert (tuple(again), again.reason, str(again.layers)) == (tuple(bound), bound.reason, str(bound.layers))
    assert repr(bound).startswith("Bound(lower=0.0, upper=1.0")
    lower, upper = bound
    assert (lower, upper) == (bound.lower, bound.upper)
