"""The certificates: a sample of the circle is no bound, and nothing above a bound exists."""

from math import cos, pi

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.algebra.indexing import Axis
from convalgebra.analysis import bounds
from convalgebra.analysis.bounds import Record, everywhere, on_grid
from convalgebra.analysis.symbol import Symbol


def infinite(weight, groups=1):
    return Symbol.sliding(weight, [Axis(1, k) for k in weight.shape[2:]], groups, endless=True)


def sampled(symbol, count):
    """The largest eigenvalue on a fine grid."""
    grid = (count,) * symbol.places.shape[1]
    grams = symbol.grams(np.arange(count ** len(grid)), grid)
    return float(np.linalg.eigvalsh(grams).max())


@pytest.mark.parametrize("shape", [(1, 1, 4), (3, 2, 3), (18, 20, 3), (2, 3, 3, 2), (2, 2, 2, 2, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_no_sample_exceeds_the_bound(shape, seed):
    symbol = infinite(np.random.default_rng(seed).standard_normal(shape))
    lower, value, upper = everywhere(symbol, 1e-6)
    fine = sampled(symbol, 400 if len(shape) == 3 else 60 if len(shape) == 4 else 16)
    assert lower <= value <= upper <= (1 + 1e-6) ** 2 * lower
    assert fine <= upper
    assert fine >= lower * (1 - 0.1)


@pytest.mark.parametrize("side", [1, 5, 18])
def test_a_grid_is_certified(side):
    weight = np.random.default_rng(0).standard_normal((side, side, 3))
    symbol = Symbol.sliding(weight, [Axis(40, 3, 1, 1, 1, 1, "circular")])
    lower, value, upper = on_grid(symbol)
    true = float(np.linalg.svd(symbol.blocks(np.arange(40)), compute_uv=False).max()) ** 2
    assert abs(value - true) <= 1e-13 * true
    assert lower <= true <= upper <= true * (1 + 2e-10)


def test_the_sample_of_three_points_is_no_bound():
    """w = (1, 1, -1): three points give 1, 2, 2; the supremum is sqrt(5), and 2 / cos(pi / 3) bounds it."""
    weight = np.array([[[1.0, 1.0, -1.0]]])
    coarse = np.abs(np.fft.fft(weight[0, 0])).max()
    lower, _, upper = everywhere(infinite(weight), 1e-9)
    unit = 4.0 ** infinite(weight).exponent
    assert coarse == pytest.approx(2)
    assert lower * unit <= 5 <= upper * unit
    assert upper * unit <= (coarse / cos(pi * 2 / (2 * 3))) ** 2


def test_the_cost_does_not_depend_on_the_size(monkeypatch):
    """No more than some thousand blocks are looked at."""
    seen = []
    look = bounds._open
    monkeypatch.setattr(bounds, "_open", lambda grams, *rest: seen.append(len(grams)) or look(grams, *rest))
    everywhere(infinite(np.random.default_rng(0).standard_normal((20, 20, 3, 3))), 1e-9)
    assert sum(seen) < 5000


def test_the_record_only_rises():
    record = Record.of(infinite(np.ones((1, 1, 2))), 1e-3)
    record.meet(np.array([1.0, 3.0]))
    record.meet(np.array([2.0]))
    assert record.largest == 3
    assert record.lower <= 3 <= record.upper(3.0) <= record.goal
    assert record.level(1.0) < record.goal


def test_groups_share_the_record():
    weight = np.concatenate([np.full((1, 1, 3), 0.1), np.ones((1, 1, 3)), np.full((1, 1, 3), 0.9999999)])
    symbol = infinite(weight, 3)
    lower, _, upper = everywhere(symbol, 1e-6)
    unit = 4.0**symbol.exponent
    assert lower * unit <= 9 <= upper * unit


@pytest.mark.parametrize("shape", [(7, 6, 3), (6, 7, 3, 2), (12, 12, 3)])
def test_factors_and_decompositions_find_the_same(monkeypatch, shape):
    symbol = Symbol.sliding(np.random.default_rng(5).standard_normal(shape), [
        Axis(9, k, 1, 1, 0, k - 1, "circular") for k in shape[2:]])  # fmt: skip
    true = float(np.linalg.eigvalsh(symbol.grams(np.arange(9 ** (len(shape) - 2)))).max())
    found = []
    for batched in (0, 99):
        monkeypatch.setattr(bounds, "BATCHED", batched)
        lower, value, upper = on_grid(symbol)
        assert lower <= true <= upper
        assert abs(value - true) < 1e-13 * true
        found.append((everywhere(symbol, 1e-6), upper))
    (one, up), (other, high) = found
    assert abs(up - high) < 1e-12 * high
    assert one[0] <= other[2]
    assert other[0] <= one[2]
    assert max(one[2] / one[0], other[2] / other[0]) < 1.00001


def test_the_heaviest_block_is_looked_at_first():
    """A record that is high from the start spares decompositions."""
    stack = np.array([np.eye(6), 3 * np.eye(6), np.diag([4.0, 0, 0, 0, 0, 0])], dtype=complex)
    assert bounds._heaviest(stack) == 1
    record = Record(1e-10, 1e-12, 1e-12)
    assert bounds._open(stack[:, None].copy(), record, 1.0).tolist() == []
    assert record.largest == 4
    assert bounds._open(stack[:, None].copy(), record, 0.5).tolist() == [1, 2]


@pytest.mark.parametrize(("side", "threads"), [(20, 1), (48, None)])
def test_threads_share_large_blocks_only(monkeypatch, side, threads):
    layer = ca.Conv(np.random.default_rng(0).standard_normal((side, side, 3)), padding=1, padding_mode="circular")
    used, plain = [], bounds.each
    monkeypatch.setattr(bounds, "each", lambda *args, **options: used.append(options) or plain(*args, **options))
    norm = ca.operator_norm(layer, (side, 8))
    assert used[0] == {"threads": threads}
    expected = np.linalg.norm(layer.matrix((side, 8)).to_numpy(), 2)
    assert norm.lower <= expected * (1 + 1e-13)
    assert expected * (1 - 1e-13) <= norm.upper
