"""Where shifts fail: the rows found by moving inputs, the reasons, and what pooling tolerates."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca


def rolled(x, steps):
    return np.roll(x, steps, tuple(range(1, x.ndim)))


LAYERS = [
    lambda: ca.Conv([[[1, 2, 3]]], [1], padding=1),
    lambda: ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="circular"),
    lambda: ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="reflect"),
    lambda: ca.Conv([[[1, 2, 3]]], stride=2, padding=1, padding_mode="circular"),
    lambda: ca.Conv([[[1, 2]]], padding="same"),
    lambda: ca.MaxPool(2),
    lambda: ca.MaxPool(3, stride=1, padding=1),
    lambda: ca.AvgPool(2, stride=1),
    ca.ReLU,
    ca.Identity,
    lambda: ca.Upsample(2),
    ca.GlobalAvgPool,
    ca.GlobalMaxPool,
    lambda: ca.Parallel(ca.Identity(), ca.Conv([[[1, 2, 3]]], padding=1), join="sum"),
    lambda: ca.Parallel(ca.ReLU(), ca.Conv([[[1, 2, 3]]], padding=1)),
]


@settings(max_examples=80)
@given(st.lists(st.sampled_from(LAYERS[:13]), min_size=1, max_size=3), st.integers(0, 5))
def test_outside_of_the_rows_the_shift_commutes(makers, step):
    net, shape = ca.Sequential(*(make() for make in makers)), (1, 24)
    report = ca.equivariance(net, shape, step)
    x = np.random.default_rng(1).integers(-9, 10, size=(4, *shape))
    out = report.out_shift or (0,)
    differ = [np.flatnonzero((net(rolled(v, (step,))) != rolled(net(v), out)).ravel()) for v in x]
    seen = np.unique(np.concatenate(differ))
    assert set(seen) <= set(report.rows)
    assert report.holds == (not len(report.rows))
    if all(isinstance(layer, ca.Conv | ca.Upsample | ca.Identity) for layer in net.layers):
        assert set(seen) == set(report.rows)


@pytest.mark.parametrize("make", LAYERS)
def test_no_shift_always_commutes(make):
    assert ca.equivariance(make(), (1, 8), 0).holds


def test_rows_reason_and_commutator_of_a_border():
    report = ca.equivariance(ca.Conv([[[1, 2, 3]]], padding=1), (1, 6), 1)
    assert report.rows.tolist() == [0, 1, 5]
    assert report.commutator.to_numpy()[[0, 1, 5]].tolist() == [
        [3, 0, 0, 0, -1, 0],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, -3],
    ]
    assert report.rank == 2
    (cause,) = report.causes
    assert (cause.place, cause.layer, cause.why, cause.rows) == ("0", "Conv", "border: zero padding", 3)
    assert repr(report) == "Equivariance(fails on 3 of 6 rows for the shift (1,))"


@pytest.mark.parametrize(
    ("layer", "step", "why"),
    [
        (ca.Conv([[[1, 2, 3]]], padding="same_upper", stride=2), 2, "border: zero padding, asymmetric"),
        (ca.Conv([[[1, 2]]], padding="same"), 1, "border: zero padding, asymmetric"),
        (ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="reflect"), 1, "border: reflect padding"),
        (ca.Conv([[[1, 2, 3]]], stride=2, padding=1), 1, "stride phase: the stride 2 does not divide the shift 1"),
        (ca.MaxPool(2), 1, "pooling phase: the stride 2 does not divide the shift 1"),
        (ca.MaxPool(3, stride=1, padding=1), 1, "border: windows cut"),
        (ca.Conv([[[1, 2, 3]]]), 1, "border: (4,) places at stride 1 do not go round (6,)"),
    ],
)
def test_reasons(layer, step, why):
    (cause,) = ca.equivariance(layer, (1, 6), step).causes
    assert cause.why == why


def test_the_layer_to_blame_is_named():
    circular = ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="circular")
    report = ca.equivariance([circular, ca.ReLU(), ca.Sequential(ca.MaxPool(2), circular)], (1, 8), 3)
    assert [cause.place for cause in report.causes] == ["2.0"]
    assert "layer 2.0 (MaxPool): pooling phase" in report.explain()
    assert ca.equivariance([circular, ca.ReLU(), ca.MaxPool(2), circular], (1, 8), 4).out_shift == (2,)


def test_a_dense_layer_is_to_blame():
    net = [ca.Flatten(), ca.Linear([[1, 2, 3, 4], [1, 1, 1, 1]])]
    report = ca.equivariance(net, (1, 4), 1)
    assert report.rows.tolist() == [0]
    assert "dense layer" in report.causes[0].why


def test_global_pooling_is_invariant_on_circular_networks():
    circular = ca.Conv(np.arange(9).reshape(1, 1, 3, 3), padding=1, padding_mode="circular")
    for pool in (ca.GlobalMaxPool(), ca.GlobalAvgPool()):
        net = [circular, ca.ReLU(), pool]
        assert ca.commuting_shifts(net, (1, 4, 5)) == ((0, 1, 2, 3), (0, 1, 2, 3, 4))
        assert ca.equivariance(net, (1, 4, 5), (1, 2)).out_shift is None
        zero = ca.Conv(np.arange(9).reshape(1, 1, 3, 3), padding=1)
        assert not ca.equivariance([zero, ca.ReLU(), pool], (1, 4, 5), 1).holds


def test_the_product_of_the_strides():
    conv = ca.Conv([[[1, 2, 3]]], stride=2, padding=1, padding_mode="circular")
    assert ca.commuting_shifts([conv, ca.ReLU(), conv], (1, 12)) == ((0, 4, 8),)
    assert ca.commuting_shifts([conv, ca.MaxPool(3)], (1, 12)) == ((0, 6),)


def test_weights_may_commute_where_others_do_not():
    """Two layers whose defects cancel: exact linear networks are decided as a whole."""
    assert not ca.equivariance([ca.Crop((1, 0)), ca.Pad((1, 0))], (1, 4), 1).holds
    swap = [ca.PixelUnshuffle(2), ca.PixelShuffle(2)]
    report = ca.equivariance(swap, (1, 4), 1)
    assert report.causes
    assert isinstance(report.holds, bool)


def test_floats_are_decided_without_tolerance():
    conv = ca.Conv([[[0.1, 0.2, 0.3]]], padding=1, padding_mode="circular")
    assert ca.equivariance([conv, conv, conv], (1, 7), 3).holds


def test_what_a_maximum_tolerates():
    assert ca.tolerance(ca.MaxPool(4), (1, 12), 1).tolist() == [[Fraction(3, 4)] * 3]
    assert ca.tolerance(ca.MaxPool((2, 2)), (1, 4, 4), (1, 1)).tolist() == [[[Fraction(1, 4)] * 2] * 2]
    assert ca.tolerance(ca.MaxPool(2), (1, 8), 2).tolist() == [[0] * 4]


@pytest.mark.parametrize(
    ("net", "shape", "shift", "error", "message"),
    [
        (ca.ReLU(), (4,), 1, ca.ShapeError, "channels"),
        (ca.ReLU(), (1, 4), (1, 2), ca.ArgumentError, "each of the 1 spatial axes"),
        (ca.ReLU(), (1, 4), 0.5, ca.ArgumentError, "integer"),
        ([ca.ReLU(), ca.Conv([[[1, 2]], [[1, 2]]]), ca.Conv([[[1]]])], (1, 4), 1, ca.ShapeError, r"layer 2 \(Conv\)"),
        ([ca.ReLU(), ca.Unfold(2)], (1, 4, 4), 1, ca.ArgumentError, r"layer 1 \(Unfold\).*not known"),
        (ca.Parallel(ca.MaxPool(2), ca.GlobalMaxPool(), join="concat"), (1, 2), 2, ca.ShapeError, "misaligned"),
    ],
)
def test_bad_input_is_refused(net, shape, shift, error, message):
    with pytest.raises(error, match=message):
        ca.equivariance(net, shape, shift)


def test_a_constant_that_differs_from_place_to_place_does_not_move():
    layer = ca.LocallyConnected(np.ones((1, 4, 1, 1), dtype=int), [[0, 5, 0, 0]])
    for net in ([layer], [layer, ca.ReLU()]):
        assert ca.equivariance(net, (1, 4), 1).rows.tolist() == [1, 2]
    assert ca.equivariance([ca.Conv([[[2]]], [7]), ca.ReLU()], (1, 4), 1).holds


def test_a_signal_without_axes_has_no_shifts():
    for call in (ca.equivariance, ca.commuting_shifts):
        with pytest.raises(ca.ShapeError, match="to be shifted"):
            call(ca.ReLU(), (4,))


AROUND = ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="circular")


@pytest.mark.parametrize("up", [ca.Upsample(2), ca.ConvTranspose(np.array([[[1, 2]]]), stride=2)])
def test_a_shift_between_two_places_becomes_whole_again(up):
    """Down by 2 and up by 2: an odd shift is lost there, which the other branches of a U-Net do not see."""
    within = ca.Sequential(ca.AvgPool(2), AROUND, up)
    net = ca.Sequential(AROUND, ca.Parallel(ca.Identity(), within))
    assert ca.commuting_shifts(net, (1, 8)) == ((0, 2, 4, 6),)
    odd = ca.equivariance(net, (1, 8), 3)
    assert odd.out_shift == (3,)
    assert odd.rows.tolist() == list(range(8, 16))
    assert odd.explain().splitlines()[1] == (
        "layer 1.1.0 (AvgPool): pooling phase: the stride 2 does not divide the shift 3; 4 rows"
    )
    assert np.array_equal(np.flatnonzero(odd.commutator.to_numpy().any(axis=1)), odd.rows)
    assert ca.commuting_shifts([net, ca.ReLU(), ca.Conv([[[1], [1]]])], (1, 8)) == ((0, 2, 4, 6),)
    assert ca.equivariance(ca.AvgPool(2), (1, 8), 3).out_shift == (1,)


@pytest.mark.parametrize("step", [1, -2, 3])
def test_the_shift_may_be_an_operator(step):
    layer = ca.Conv(np.ones((2, 3, 1, 3), dtype=int), padding=((0, 0), (1, 1)))
    wanted = ca.equivariance(layer, (3, 4, 6), (0, step))
    for S in (ca.shift((4, 6), (0, step)), ca.shift((3, 4, 6), (0, 0, step))):
        report = ca.equivariance(layer, (3, 4, 6), S)
        assert (report.shift, report.explain()) == (wanted.shift, wanted.explain())


@pytest.mark.parametrize(
    "S", [ca.flip((4, 6)), ca.shift(24), ca.shift((3, 4, 6), (1, 0, 0)), ca.circulant([1]), ca.crop(26, 1).T]
)
def test_other_operators_are_no_shifts(S):
    layer = ca.Conv(np.ones((1, 3, 1, 3), dtype=int))
    with pytest.raises(
        ca.ArgumentError, match=r"must roll its spatial axes, not be a .*write ca.shift\(\(4, 6\), \(1, 1\)\)"
    ):
        ca.equivariance(layer, (3, 4, 6), S)
