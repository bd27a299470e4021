"""Runs of tap tables: the right ones, whole, and each block indeed the one before it, moved."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convalgebra.algebra import runs
from convalgebra.algebra.indexing import MODES, Axis
from convalgebra.algebra.runs import UNCUT, Run, places_of, run_of

RUNS = {
    "zeros": (Axis(50, 3, lo=1, hi=1).table(), (1, 1, 48, 1)),
    "circular": (Axis(50, 3, lo=1, hi=1, mode="circular").table(), (1, 1, 48, 1)),
    "reflect": (Axis(50, 3, lo=2, hi=2, mode="reflect").table(), (2, 1, 48, 1)),
    "stride": (Axis(50, 3, stride=2, lo=1, hi=1).table(), (1, 1, 24, 2)),
    "dilation": (Axis(50, 3, dilation=5).table(), (0, 1, 40, 1)),
    "interleaved": (np.where(np.arange(40) % 3 == 0, np.arange(40) // 3, -1)[None, :], (0, 3, 13, 1)),
    "alternating": (np.where(np.arange(40) % 2 == [[0], [1]], np.arange(40) // 2, -1), (0, 2, 20, 1)),
    "constant": (np.zeros((2, 30), dtype=np.int64), (0, 1, 30, 0)),
    "backwards": (np.arange(30)[None, ::-1], (0, 0, 1, 0)),
    "empty": (np.full((2, 30), -1), (0, 0, 1, 0)),
}


@pytest.mark.parametrize("name", RUNS)
def test_runs_are_found_whole(name):
    table, run = RUNS[name]
    assert run_of(table) == Run(*run)


@st.composite
def tables(draw):
    """Of a layer, of a transposed layer, or without any order."""
    taps = draw(st.integers(1, 4))
    if draw(st.booleans()):
        entries = st.lists(st.integers(-1, 9), min_size=taps, max_size=30 * taps).map(
            lambda v: v[: len(v) // taps * taps]
        )
        return np.array(draw(entries), dtype=np.int64).reshape(taps, -1)
    size, stride, dilation, lo = (draw(st.integers(1, most)) for most in (30, 3, 2, 4))
    axis = Axis(size + 8, taps, stride, dilation, lo, draw(st.integers(0, 4)), draw(st.sampled_from(MODES)))
    return axis.table() if draw(st.booleans()) else axis.writes()


@given(tables(), st.sampled_from([4, 32]))
def test_a_run_is_a_run(table, window):
    with patch.multiple(runs, WINDOW=window):
        run = run_of(table)
    block = table[:, run.start : run.start + run.period]
    for n in range(run.count):
        again = table[:, run.start + n * run.period : run.start + (n + 1) * run.period]
        assert np.array_equal(again, np.where(block < 0, -1, block + n * run.step))


def test_blocks_are_widened_until_they_are_long():
    with patch.multiple(runs, BLOCK=10):
        assert Run(1, 1, 48, 1).widen(3) == Run(1, 4, 12, 4)
        assert Run(1, 1, 5, 1).widen(3) == UNCUT


def test_head_block_and_tail_are_kept():
    axis, run = Axis(50, 3, lo=1, hi=1), Run(1, 4, 11, 4)
    kept = axis.table()[:, [0, 1, 2, 3, 4, 45, 46, 47, 48, 49]]
    assert run.keep(axis).tolist() == run.keep(axis.table()).tolist() == kept.tolist()
    assert run.parts() == [(slice(0, 1), 1), (slice(1, 5), 11), (slice(5, None), 1)]
    assert places_of(axis) == places_of(axis.table()) == 50
