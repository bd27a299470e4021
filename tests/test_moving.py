"""The rows on which a layer does not commute with a move, against the entries of the commutator."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import MODES, layers

import convalgebra as ca
from convalgebra.analysis import moving
from convalgebra.analysis.moving import differing_rows


def by_entries(A, before, after):
    return np.flatnonzero(((A @ before).to_numpy() != (after @ A).to_numpy()).any(axis=1)).tolist()


@given(layers(), st.data())
def test_the_rows_are_those_of_the_commutator(case, data):
    layer, in_shape, _, _ = case
    A = layer.matrix(in_shape)
    steps = [(0, *(data.draw(st.integers(-3, 3)) for _ in box[1:])) for box in A.boxes]
    after, before = (ca.shift(box, k) for box, k in zip(A.boxes, steps, strict=True))
    assert differing_rows(A, before, after).tolist() == by_entries(A, before, after)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("weights", [[1, 1, 1], [1, 2, 1], [0, 1, 0], [1, 0, -1], [2**62, 2**62, 2**62]])
def test_equal_taps_may_take_each_others_places(mode, weights):
    """Rows in which the taps stand elsewhere but the entries are equal do not differ."""
    A = ca.Conv([[weights]], padding=1, padding_mode=mode).matrix((1, 5))
    for S in (ca.shift((1, 5), (0, 2)), ca.flip((1, 5))):
        assert differing_rows(A, S, S).tolist() == by_entries(A, S, S)


def test_channels_differ_one_by_one():
    """Only outputs that read a channel with a border see it."""
    w = np.zeros((4, 1, 3), dtype=np.int64)
    w[1, 0, 0], w[3, 0, 1] = 7, 5
    A, S = ca.Conv(w, padding=1, groups=2).matrix((2, 6)), ca.shift((2, 6), (0, 1))
    T = ca.shift((4, 6), (0, 1))
    assert differing_rows(A, S, T).tolist() == by_entries(A, S, T) == [6, 7]


def test_symbols_and_fractions():
    S = ca.shift((1, 6), (0, 1))
    for weights in (ca.symbols("w", 3), [Fraction(1, 3)] * 3, [ca.symbols("w", 1)[0]] * 3):
        A = ca.Conv(np.array(weights, dtype=object)[None, None], padding=1).matrix((1, 6))
        assert differing_rows(A, S, S).tolist() == [0, 1, 5]
        C = ca.Conv(np.array(weights, dtype=object)[None, None], padding=1, padding_mode="circular").matrix((1, 6))
        assert differing_rows(C, S, S).tolist() == []


@pytest.mark.parametrize("size", [1, 60, 10**6])
def test_many_places_are_looked_at_part_by_part(monkeypatch, size):
    monkeypatch.setattr(moving, "MOST_TAPS", size)
    A = ca.Conv(np.arange(1, 19).reshape(2, 1, 3, 3), padding=1).matrix((1, 5, 6))
    before, after = (ca.shift((c, 5, 6), (0, 1, 2)) for c in (1, 2))
    assert differing_rows(A, before, after).tolist() == by_entries(A, before, after)


def test_moves_that_mix_channels_and_other_matrices_go_by_entries():
    A = ca.Conv(np.arange(1, 13).reshape(2, 2, 3), padding=1).matrix((2, 4))
    for S in (ca.shift((2, 4), (1, 1)), ca.permutation([1, 0, 2, 3, 4, 5, 6, 7]), ca.identity((2, 4))):
        assert differing_rows(A, S, S).tolist() == by_entries(A, S, S)
    M, S = ca.matrix(np.arange(9).reshape(3, 3)), ca.shift(3)
    assert differing_rows(M, S, S).tolist() == by_entries(M, S, S)


def test_a_layer_of_many_channels_takes_no_longer_than_one_channel():
    layer = ca.Conv(np.ones((64, 64, 3, 3), dtype=int), padding=1, stride=2)
    report = ca.equivariance(layer, (64, 32, 32), (2, 0))
    first = report.rows[report.rows < 256].tolist()
    assert first == [*range(16), *range(16, 32)]
    assert report.rows.tolist() == [256 * o + place for o in range(64) for place in first]
