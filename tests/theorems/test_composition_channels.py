"""Chapter 5, continued: groups, shuffles, depthwise layers and deep linear stacks, as matrices of NumPy."""

from __future__ import annotations

from math import gcd, lcm

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, found, fourier, kernels, rank, same, vectors

groups = st.integers(1, 5)
seeds = st.integers(0, 2**32)


def blocks(channels, count):
    """Block diagonal ones."""
    return np.kron(np.eye(count, dtype=np.int64), np.ones((channels // count,) * 2, dtype=np.int64))


def parts(A):
    """The number of parts into which the channels fall: of the graph whose edges are the entries."""
    reach = (A.T @ A > 0).astype(np.int64)
    for _ in range(len(reach)):
        reach = (reach @ reach > 0).astype(np.int64)
    return len({tuple(row) for row in reach.tolist()})


@given(groups, groups, st.integers(1, 2))
def test_groups_compose_to_their_greatest_common_divisor(g, h, a):
    """The stack is block diagonal with gcd(g, h) blocks, and falls into no more parts."""
    C = a * lcm(g, h)
    stack = blocks(C, h) @ blocks(C, g)
    assert not stack[blocks(C, gcd(g, h)) == 0].any()
    assert parts(stack) == gcd(g, h)


@given(groups, st.integers(1, 6))
def test_a_shuffle_connects_enough_channels(g, m):
    """Every output reads every input exactly where m >= g."""
    C = g * m
    shuffle = np.eye(C, dtype=np.int64)[np.arange(C).reshape(g, m).T.reshape(-1)]
    assert (blocks(C, g) @ shuffle @ blocks(C, g)).all() == (m >= g)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), seeds)
def test_a_separable_layer_has_rank_one_for_each_channel(C, D, K, seed):
    """The taps that an input channel has in all outputs are P[o, i] d_i: rank one."""
    random = np.random.default_rng(seed)
    P, d = random.integers(-9, 10, (D, C)), random.integers(-9, 10, (C, K))
    U = P[:, :, None] * d[None]
    assert all(rank(U[:, i]) <= 1 for i in range(C))


@given(kernels(3, 5))
def test_a_stack_without_activations_is_one_layer(case):
    """Three circulants are one, and its spectrum is the product of theirs."""
    u, v, w = case
    whole = circulant(w) @ circulant(v) @ circulant(u)
    assert same(whole, circulant(whole[:, 0]))
    F = fourier(len(u))
    assert np.abs(F @ whole[:, 0] - (F @ u) * (F @ v) * (F @ w)).max() < 1e-6


FALSE = {
    "the larger number of groups stays": (
        st.tuples(groups, groups), lambda g, h: parts(blocks(lcm(g, h), h) @ blocks(lcm(g, h), g)) == max(g, h)
    ),
    "a shuffle connects all channels": (groups, lambda g: bool(blocks(g, g).all())),
    "every layer is separable": (vectors(2, 2), lambda U: rank(U) <= 1),
    "a stack with activations is linear": (
        st.tuples(vectors(1), vectors(1)),
        lambda x, y: same(np.maximum(x, 0) + np.maximum(y, 0), np.maximum(x + y, 0)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn_from, holds = FALSE[name]
    case = found(drawn_from, holds)
    assert not (holds(*case) if isinstance(case, tuple) else holds(case))
