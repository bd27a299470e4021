"""Candidates: how paces follow one another, and what two of them make."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis.single import Pace, Single, beside, follow


@st.composite
def paces(draw):
    return Pace(*(draw(st.integers(1, 3)) for _ in range(2)), draw(st.integers(0, 2)), draw(st.integers(-3, 2)),
                draw(st.integers(1, 3)))  # fmt: skip


def explicit(single, n):
    """The matrix by the definition: what place i reads, one coefficient at a time."""
    (p,) = single.paces
    A = np.zeros((p.out(n), n), dtype=int)
    for i in range(p.out(n)):
        for t, w in enumerate(single.weight[0, 0]):
            place, rest = divmod(p.stride * i + p.dilation * t - p.lo, p.rate)
            if rest == 0 and 0 <= place < n:
                A[i, place] += w
    return A


@given(paces(), st.integers(1, 4), st.integers(4, 9))
def test_the_layer_is_the_candidate(pace, taps, n):
    single = Single(np.arange(1, taps + 1)[None, None], None, (pace,))
    try:
        layer = single.layer()
        matrix = layer.matrix((1, n)).to_numpy()
    except ca.ConvAlgebraError:  # no layer, or no output
        assert (pace.rate > 1 and pace.stride > 1) or pace.out(n) < 1
        return
    assert np.array_equal(matrix, explicit(single, n))


@given(paces(), st.integers(1, 3), st.integers(0, 2))
def test_up_and_down_leave_the_taps_that_meet_a_place(pace, taps, more):
    """`D_s T(w) U_r` without any padding read between the two, at a size where everything fits."""
    rate, n = pace.rate, 8
    up = Single(np.ones((1, 1, 1), dtype=int), None, (Pace(rate=rate),))
    end = more - pace.dilation * (taps - 1) - 1
    down = Single(np.arange(1, taps + 1)[None, None], None, (Pace(pace.stride, pace.dilation, pace.lo, end),))
    joined = follow(up, down)
    U = np.zeros((rate * n, n), dtype=int)
    U[::rate] = np.eye(n, dtype=int)
    assert joined.paces[0].out(n) == down.paces[0].out(rate * n)
    assert np.array_equal(explicit(joined, n), explicit(down, rate * n) @ U)


def test_gaps_are_not_filled_again():
    strided, up = (Single(np.ones((1, 1, 1), dtype=int), None, (p,)) for p in (Pace(stride=2), Pace(rate=2)))
    with pytest.raises(ca.NotAConvolutionError, match="fills its gaps"):
        follow(strided, up)


def test_branches_stand_in_a_common_window():
    wide = Single(np.array([[[1, 2, 3]]]), None, (Pace(dilation=2, lo=2),))
    narrow = Single(np.array([[[7]]]), np.array([5]), (Pace(),))
    joined = beside([wide, narrow], "sum")
    assert (joined.weight.tolist(), joined.bias.tolist()) == ([[[1, 9, 3]]], [5])
    assert joined.paces == (Pace(dilation=2, lo=2),)


def test_the_error_says_what_it_compared():
    error = ca.NotAConvolutionError("a circle")
    assert str(error) == "the stack must be a single convolution, not a circle"
    assert (error.rows, error.count, error.rank, error.witness) == (None,) * 4


def test_the_branch_that_pads_tells_the_boundary():
    """One place of padding, after the signal only, and in the second branch only: x[i] + (x[i] + x[i + 1 mod n])."""
    wrapped = ca.Conv([[[1, 1]]], padding=((0, 1),), padding_mode="circular")
    for branches in ((ca.Conv([[[1]]]), wrapped), (wrapped, ca.Conv([[[1]]]))):
        found = ca.collapse(ca.Parallel(*branches, join="sum"), (1, 4))
        assert found.matrix((1, 4)).to_numpy().tolist() == ca.circulant([2, 0, 0, 1]).to_numpy().tolist()


def test_branches_of_single_taps_keep_their_distance_as_the_dilation():
    """`5 x[i - 2] + 7 x[i + 1]` has two taps three places apart, and no taps between."""
    found = ca.collapse(
        ca.Parallel(ca.Conv([[[5]]], padding=((2, -2),)), ca.Conv([[[7]]], padding=((-1, 1),)), join="sum"), (1, 6)
    )
    assert found.weight.tolist() == [[[5, 7]]]
    assert found.dilation == (3,)
    assert found.padding == ((2, 1),)


@pytest.mark.parametrize("join", ["concat", "sum"])
def test_one_branch_is_its_layer(join):
    branch = ca.Conv([[[1, 2, 3]]], [5], stride=2, padding=1)
    found = ca.collapse(ca.Parallel(branch, join=join))
    assert (found.weight.tolist(), found.bias.tolist()) == ([[[1, 2, 3]]], [5])
    assert (found.stride, found.padding) == (branch.stride, ((1, 1),))


def test_a_layer_at_every_place_is_a_single_tap():
    found = ca.collapse(ca.BatchNorm([0], [1], [2], [3], eps=0), (1, 5))
    assert (found.weight.tolist(), found.bias.tolist()) == ([[[2]]], [3])
    assert (found.stride, found.dilation, found.padding) == ((1,), (1,), ((0, 0),))
