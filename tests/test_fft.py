"""Overlap-save against the definition, its blocks, and the bound on its error."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import next_fast_len

from convalgebra.algebra import fft
from convalgebra.algebra.fft import blocks, by_fft, error_bound, fast


def smooth(n):
    for p in (2, 3, 5):
        while n % p == 0:
            n //= p
    return n == 1


def windows(weight, signal):
    """Stride 1, dilation 1, by NumPy's sliding windows, for one group."""
    rank = weight.ndim - 3
    every = sliding_window_view(signal[:, 0], weight.shape[3:], tuple(range(2, 2 + rank)))
    axes = ([1, *range(2 + rank, 2 + 2 * rank)], range(1, 2 + rank))
    return np.moveaxis(np.tensordot(every, weight[0], axes), -1, 1)[:, None]


def test_lengths_of_fast_transforms():
    assert [fast(n) for n in range(1, 3000)] == [next_fast_len(n, real=True) for n in range(1, 3000)]
    assert smooth(fast(10**6 + 1))


def test_long_axes_are_cut_and_short_ones_are_not():
    assert blocks((1_000_000,), (129,)) == (1024,)
    assert blocks((1_000_000,), (1025,)) == (5120,)
    assert blocks((1_000_000,), (4097,)) == (20480,)
    assert blocks((1000,), (129,)) == (1000,)
    assert blocks((1024, 70), (15, 15)) == (64, 72)


@pytest.mark.parametrize("piece", [1, 100, fft.PIECE])
@given(data=st.data())
def test_blocks_that_overlap_give_every_window_once(piece, data):
    rank = data.draw(st.integers(1, 2))
    taps = data.draw(st.tuples(*[st.integers(1, 4)] * rank))
    sizes = tuple(data.draw(st.integers(k, 60 if rank == 1 else 25)) for k in taps)
    batch, outputs, inputs = (data.draw(st.integers(1, 3)) for _ in range(3))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    weight = random.integers(-9, 10, (1, outputs, inputs, *taps)).astype(float)
    signal = random.integers(-9, 10, (batch, 1, inputs, *sizes)).astype(float)
    small = {"LEAST": {1: 8, 2: 4}, "PIECE": piece, "SPECTRUM": piece, "ABREAST": min(piece, fft.ABREAST)}
    with patch.multiple(fft, **small):
        y = by_fft(weight, (1,) * rank, (1,) * rank, signal.shape)(signal)
    assert np.rint(y).tolist() == windows(weight, signal).tolist()


@pytest.mark.parametrize("shape", [(129,), (9, 9), (4, 4, 4)])
def test_the_error_bound_holds_at_the_worst_of_its_inputs(shape):
    """All entries as large as they may be, of both signs."""
    size = tuple(16 * k for k in shape)
    random = np.random.default_rng(0)
    weight = random.choice([-(2**20), 2**20], (1, 2, 3, *shape))
    signal = random.choice([-(2**20), 2**20], (1, 1, 3, *size))
    exact = windows(weight, signal)
    y = by_fft(weight.astype(float), (1,) * len(shape), (1,) * len(shape), signal.shape)(signal.astype(float))
    bound = error_bound(2**40 * 3 * int(np.prod(shape)), 3, blocks(size, shape))
    assert 0 < np.abs(y - exact).max() <= bound


def test_the_error_bound_by_hand():
    """64 log2 1024 + 4 * 1 + 32 = 676 units of 2^-53, times sqrt(1024) = 32 and sums up to 2^21."""
    assert error_bound(2**21, 1, (32, 32)) == 676 * 32 * 2.0**-32
