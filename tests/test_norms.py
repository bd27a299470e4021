"""The operator norm: exact values, certain bounds, every padding."""

import pickle
from fractions import Fraction
from math import inf, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis import norms
from convalgebra.analysis.endless import endless


def dense_norm(layer, shape):
    return np.linalg.norm(layer.matrix(shape).to_numpy().astype(complex), 2)


def random(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "symmetric", "replicate"])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_at_one_size(mode, groups, stride):
    layer = ca.Conv(random(4, 4 // groups, 3, 2), padding=1, padding_mode=mode, groups=groups, stride=stride)
    norm = ca.operator_norm(layer, (4, 6, 5))
    want = dense_norm(layer, (4, 6, 5))
    assert abs(norm - want) <= 1e-12 * want
    assert norm.lower <= norm <= norm.upper
    assert norm.lower <= want * (1 + 1e-14)
    assert want <= norm.upper * (1 + 1e-14)
    assert norm.upper - norm.lower <= 2e-10 * norm


@pytest.mark.parametrize("side", [1, 2, 16, 17, 40])
def test_the_certificate_for_blocks_of_every_size(side):
    layer = ca.Conv(random(side + 3, side, 3, 3), padding=1, padding_mode="circular")
    norm = ca.operator_norm(layer, (side, 8, 8))
    want = ca.singular_values(layer, (side, 8, 8), accurate=True)[0]
    assert abs(norm - want) <= 1e-14 * want
    assert norm.lower <= want <= norm.upper
    assert norm.upper <= want * (1 + 1e-10)


def test_groups_take_the_maximum():
    layer = ca.Conv([[[3, 4]], [[5, 12]]], groups=2, padding=(0, 1), padding_mode="circular")
    assert ca.operator_norm(layer, (2, 4)) == 17
    assert ca.operator_norm(layer).lower <= 17 <= ca.operator_norm(layer).upper


@settings(deadline=None)
@given(
    weights=st.lists(st.integers(-5, 5), min_size=1, max_size=5), stride=st.integers(1, 3), dilation=st.integers(1, 3),
    size=st.integers(1, 9), padding=st.integers(0, 4), mode=st.sampled_from(["zeros", "circular"]),
)  # fmt: skip
def test_the_interval_bounds_every_size(*, weights, stride, dilation, size, padding, mode):
    """Zero padding of any amount; circular padding, also where the stride does not divide the size."""
    reach = dilation * (len(weights) - 1)
    sides = ((padding, padding),) if mode == "zeros" else ((0, reach),)
    layer = ca.Conv([[weights]], stride=stride, dilation=dilation, padding=sides, padding_mode=mode)
    if size + sum(sides[0]) <= reach:
        return
    lower, upper = ca.operator_norm(layer)
    assert dense_norm(layer, (1, size)) <= upper * (1 + 1e-14)
    if mode == "zeros" or stride == 1:
        assert upper - lower <= 1e-6 * lower or upper == lower == 0


def test_the_bound_needs_what_it_says():
    """Repeated outputs are refused; sizes that the stride does not divide exceed the norm of the endless layer."""
    with pytest.raises(ca.ArgumentError, match="repeats outputs"):
        ca.operator_norm(ca.Conv([[[1]]], padding=1, padding_mode="circular"))
    with pytest.raises(ca.ArgumentError, match="repeats outputs"):
        ca.operator_norm(ca.Conv([[[1, 1]]], padding="full", padding_mode="circular"))
    layer = ca.Conv([[[1, 1]]], stride=2, padding=((0, 1),), padding_mode="circular")
    assert dense_norm(layer, (1, 3)) == pytest.approx(sqrt(3))
    assert ca.operator_norm(layer) == pytest.approx((sqrt(2), 2))
    named = ca.Conv([[[1, 1]]], stride=2, padding="same_upper", padding_mode="circular")
    assert all(dense_norm(named, (1, n)) <= ca.operator_norm(named).upper for n in range(1, 8))


@pytest.mark.parametrize(
    ("weight", "supremum"),
    [
        ([1, 2, 1], 4),
        ([1, -1], 2),
        ([1, 1, -1], sqrt(5)),  # three samples of the circle reach 2 alone
        ([3, 0, 4], 7),
        ([Fraction(1, 3)], 1 / 3),
        ([2**80, 2**80], 2.0**81),
        ([1j, 1], 2),
        ([0, 0], 0),
    ],
)
def test_known_suprema(weight, supremum):
    lower, upper = ca.operator_norm(ca.Conv([[weight]], padding_mode="circular"), tolerance=1e-9)
    assert lower <= supremum <= upper
    assert upper - lower <= 1e-9 * supremum


@pytest.mark.parametrize("tolerance", [1e-2, 1e-5, 1e-9])
@pytest.mark.parametrize("shape", [(2, 3, 4), (20, 17, 3, 3), (6, 1, 5, 5), (3, 2, 2, 2, 2)])
def test_the_width_is_as_asked(shape, tolerance):
    layer = ca.Conv(random(*shape), groups=6 if shape[1] == 1 else 1, padding_mode="circular")
    lower, upper = ca.operator_norm(layer, tolerance=tolerance)
    assert 0 < upper - lower <= tolerance * lower
    inputs, sizes = layer.channels[1], [24] * layer.spatial
    around = ca.Conv(layer.weight, groups=layer.groups, padding="same", padding_mode="circular")
    assert ca.operator_norm(around, (inputs, *sizes)).lower <= upper


def test_flat_symbols_end_at_once():
    q = np.linalg.qr(random(20, 20))[0]
    P = q[:, :10] @ q[:, :10].T
    lower, upper = ca.operator_norm(ca.Conv(np.stack([P, np.eye(20) - P], axis=-1)))
    assert lower <= 1 <= upper <= 1 + 1e-6


def test_a_bounded_effort_gives_a_wider_interval(monkeypatch):
    layer = ca.Conv(random(3, 3, 5))
    narrow = ca.operator_norm(layer)
    monkeypatch.setattr("convalgebra.analysis.bounds.MOST_WORK", 1)
    wide = ca.operator_norm(layer)
    assert wide.lower <= narrow.upper
    assert narrow.lower <= wide.upper
    assert wide.upper > narrow.upper


@pytest.mark.parametrize("factor", [1e-320, 1e-160, 1e160, 1e300])
def test_units_do_not_matter(factor):
    weight = random(3, 3, 3)
    lower, upper = ca.operator_norm(ca.Conv(factor * weight))
    want = ca.operator_norm(ca.Conv(weight))
    assert lower <= factor * want.upper * (1 + 1e-3)
    assert upper >= factor * want.lower * (1 - 1e-3)
    assert upper <= 1.01 * lower


def fifty_digits(layer, shape):
    A = layer.matrix(shape).to_numpy()
    rows = [[mpmath.mpc(complex(v)) for v in row] for row in A]
    return mpmath.svd_c(mpmath.matrix(rows), compute_uv=False)[0]


KERNELS = {
    "ill-conditioned": np.array([[[1 / (o + i + t + 1) for t in range(3)] for i in range(3)] for o in range(3)]),
    "rank one": np.einsum("o,i,t->oit", *random(3, 3)),
    "rank-deficient": np.repeat(random(1, 3, 3), 3, 0),
    "denormal": random(2, 2, 3) * 1e-310,
    "tiny": random(2, 2, 3) * 1e-300,
    "huge": random(2, 2, 3) * 1e305,
    "mixed": random(2, 2, 3) * 10.0 ** np.random.default_rng(1).integers(-150, 150, (2, 2, 3)),
    "cancelling": np.array([[[1, -2, 1 + 1e-15]]]),
    "complex": random(2, 3, 3) + 1j * random(2, 3, 3, seed=1),
}


@pytest.mark.parametrize("mode", ["circular", "zeros", "reflect"])
@pytest.mark.parametrize("name", KERNELS)
def test_bounds_contain_fifty_digits(name, mode):
    layer = ca.Conv(KERNELS[name], padding=1, padding_mode=mode)
    shape = (layer.channels[1], 4)
    with mpmath.workdps(50):
        want = fifty_digits(layer, shape)
        found = ca.operator_norm(layer, shape)
        assert mpmath.mpf(found.lower) <= want <= mpmath.mpf(found.upper)
        assert abs(mpmath.mpf(float(found)) - want) <= 1e-13 * want + mpmath.mpf(5e-324)
        if mode != "reflect":
            assert want <= mpmath.mpf(ca.operator_norm(layer).upper)


def test_other_layers_without_a_shape():
    assert ca.operator_norm(ca.Linear([[3, 0], [0, 4]])) == pytest.approx((4, 4), rel=1e-9)
    assert ca.operator_norm(ca.Identity()) == pytest.approx((1, 1), rel=1e-9)
    norm = ca.BatchNorm([0, 0], [4, 1], [2, -3], eps=0)
    assert ca.operator_norm(norm) == pytest.approx((3, 3), rel=1e-9)
    layer = ca.ConvTranspose(random(3, 2, 3), stride=2)
    lower, upper = ca.operator_norm(layer)
    assert dense_norm(layer, (3, 30)) <= upper
    assert ca.operator_norm(layer.T) == pytest.approx((lower, upper))
    assert endless(layer).weight.shape == (2, 1, 3, 4)


def test_operators_and_networks():
    assert ca.operator_norm(ca.shift(5)) == 1
    net = ca.Sequential(ca.Conv([[[1, 2]]]), ca.Conv([[[1, -1]]]))
    assert ca.operator_norm(net, (1, 6)) == pytest.approx(dense_norm(net, (1, 6)))


def test_large_matrices_go_by_lanczos_steps(monkeypatch):
    layer = ca.Conv(random(3, 2, 3, 3), padding=1)
    mirrored = ca.Conv(layer.weight, padding=1, padding_mode="reflect")
    want = [dense_norm(f, (2, 7, 7)) for f in (layer, mirrored)]
    monkeypatch.setattr(norms, "DENSE", 0)
    found = [ca.operator_norm(f, (2, 7, 7)) for f in (layer, mirrored)]
    assert ca.operator_norm(layer.T, (3, 7, 7)) == pytest.approx(want[0])
    for norm, value in zip(found, want, strict=True):
        assert abs(norm - value) <= 1e-9 * value
        assert norm.lower <= value <= norm.upper
    assert found[0].upper <= 1.2 * found[0]  # the bound for every size
    repeating = ca.Conv([[[1, 1]]], stride=2, padding=((0, 1),), padding_mode="circular")  # not bounded by that
    assert ca.operator_norm(repeating, (1, 3)).upper == pytest.approx(2)


def test_a_norm_is_a_float_that_travels():
    norm = ca.operator_norm(ca.Conv([[[3, 4]]], padding=(0, 1), padding_mode="circular"), (1, 4))
    again = pickle.loads(pickle.dumps(norm))  # noqa: S301
    assert (again, again.lower, again.upper) == (norm, norm.lower, norm.upper)
    assert isinstance(norm, float)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ca.operator_norm(ca.Conv([[[1]]]), tolerance=0), ca.ArgumentError, "tolerance must be a positive"),
        (lambda: ca.operator_norm(ca.Conv([[[1]]]), tolerance=inf), ca.ArgumentError, "tolerance must be a positive"),
        (lambda: ca.operator_norm(ca.Conv([[[1]]]), tolerance="x"), ca.ArgumentError, "tolerance must be a positive"),
        (lambda: ca.operator_norm(ca.Conv([[[1, 1]]], padding_mode="reflect")), ca.ArgumentError, "not 'reflect'"),
        (lambda: ca.operator_norm(ca.LocallyConnected([[[[1]]]])), ca.ArgumentError, "is known at every size"),
        (lambda: ca.operator_norm(ca.Sequential(ca.AvgPool(2))), ca.ArgumentError, "layer 0 .AvgPool.: the number"),
        (lambda: ca.operator_norm(ca.Sequential(ca.Pad(1, "reflect"))), ca.ArgumentError, "not 'reflect'"),
        (lambda: ca.operator_norm(ca.Sequential(ca.ReLU()), "x"), ca.ArgumentError, "in_shape must be"),
        (lambda: ca.operator_norm(3), ca.ArgumentError, "must be a layer or an operator"),
        (lambda: ca.operator_norm(ca.Conv(ca.symbols("w", 3)[None, None]), (1, 3)), ca.EntryError, "not symbols"),
    ],
)
def test_bad_questions(call, error, words):
    with pytest.raises(error, match=words):
        call()
