"""What commutes with every shift of a box is seen without looking at entries, and nothing else is."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.proofs.shifting import circulates, same_factors, telling_rows


def shifted(A, box, k):
    """`S A == A S` by matrix multiplication."""
    high, wide = (n // prod(box) for n in A.shape)
    roll = np.roll(np.arange(prod(box)).reshape(box), k, tuple(range(len(box)))).reshape(-1)
    step = np.zeros((prod(box), prod(box)), dtype=np.int64)
    step[np.arange(prod(box)), roll] = 1
    M = A.to_numpy()
    return np.array_equal(
        np.kron(np.eye(high, dtype=np.int64), step) @ M, M @ np.kron(np.eye(wide, dtype=np.int64), step)
    )


@st.composite
def factors(draw):
    """Square operators on a box, some with channels before it; most commute with its shifts."""
    box = draw(st.sampled_from([(3,), (4,), (2, 3), (1, 3), (3, 3)]))
    c = draw(st.integers(1, 2))
    full = (c, *box)
    weight = draw(st.lists(st.integers(-2, 2), min_size=c * c * 2, max_size=c * c * 2).filter(any))
    kernel = np.reshape(weight, (c, c, *[1] * (len(box) - 1), 2))
    pad = ((0, 0),) * (len(box) - 1) + ((0, 1),)
    modes = st.sampled_from(["circular", "circular", "circular", "zeros", "reflect"])
    layer = ca.Conv(kernel, padding=pad, padding_mode=draw(modes) if box[-1] > 1 else "circular").matrix(full)
    steps = draw(st.tuples(*(st.integers(-3, 3) for _ in full)))
    permuted = ca.permutation(draw(st.permutations(range(prod(full)))))
    flat = [ca.circulant(np.arange(1, 1 + prod(box)).reshape(box))] if c == 1 else []
    return box, draw(st.sampled_from([layer, ca.shift(full, steps), ca.flip(full), permuted, ca.identity(full), *flat]))


@given(factors(), st.data())
def test_what_circulates_commutes_with_every_shift(case, data):
    box, A = case
    if circulates(A, box):
        k = data.draw(st.tuples(*(st.integers(0, n - 1) for n in box)))
        assert shifted(A, box, k)


@given(st.lists(factors(), min_size=2, max_size=5), st.data())
def test_the_same_factors_have_the_same_product(cases, data):
    """Whenever words are found to be alike, matrix multiplication agrees, in whatever order they stand."""
    box, first = cases[0]
    fitting = [A for b, A in cases if b == box and A.shape == first.shape]
    sides = []
    for order in (fitting, data.draw(st.permutations(fitting))):
        product = order[0]
        for A in order[1:]:
            product = product @ A
        sides.append(product)
    if same_factors(*sides) is not None:
        assert np.array_equal(sides[0].to_numpy(), sides[1].to_numpy())


def test_shifts_move_through_products_and_add_up():
    n = 6
    C = ca.circulant(ca.symbols("w", n))
    left, right = ca.shift(n, 2) @ C @ ca.shift(n, 3), C @ ca.shift(n, -1)
    assert same_factors(left, right) == [(C, C)] or [(a is C, b is C) for a, b in same_factors(left, right)] == [(1, 1)]
    assert ca.prove(left == right).scope == "n=6, every kernel"
    assert isinstance(ca.decide(left == C @ ca.shift(n, 1)), ca.Refutation)


def test_a_shift_on_one_channel_only_is_no_shift():
    A = ca.Conv(ca.symbols("w", (2, 2, 3)), padding=1, padding_mode="circular").matrix((2, 4))
    one = ca.permutation([1, 2, 3, 0, 4, 5, 6, 7])
    assert same_factors(A @ one, one @ A) is None
    assert isinstance(ca.decide(A @ one == one @ A), ca.Refutation)
    swap = ca.shift((2, 4), (1, 0))
    assert same_factors(A @ swap, swap @ A) is None
    assert isinstance(ca.decide(A @ swap == swap @ A), ca.Refutation)


def test_rows_of_zeros_are_no_shift():
    C, Z = ca.circulant(ca.symbols("w", 3)), ca.crop(3, (1, 1)).T @ ca.crop(3, (1, 1))
    assert same_factors(C @ Z, Z @ C) is None
    assert isinstance(ca.decide(C @ Z == Z @ C), ca.Refutation)


def circular(w):
    return ca.Conv(w[None, None], padding=1, padding_mode="circular").matrix((1, 5))


@pytest.mark.parametrize("make", [ca.circulant, circular])
def test_one_symbolic_kernel_may_be_built_twice(make):
    """Equal symbols are one kernel; equal numbers may be so by chance, and prove nothing for others."""
    S = ca.shift(make(ca.symbols("w", 3)).boxes[0], (*[0] * (len(make(ca.symbols("w", 3)).boxes[0]) - 1), 1))
    claim = make(ca.symbols("w", 3)) @ S == S @ make(ca.symbols("w", 3))
    assert same_factors(claim.left, claim.right) is not None
    assert ca.prove(claim).scope.endswith("every kernel")
    numbers = make(np.array([1, 2, 3])) @ S == S @ make(np.array([1, 2, 3]))
    assert same_factors(numbers.left, numbers.right) is None
    assert ca.prove(numbers).scope.endswith("this kernel")
    a, b = ca.symbols("a", 3), ca.symbols("b", 3)
    assert same_factors(make(a) @ S, S @ make(b)) is None


def test_factors_in_another_frame_are_others():
    w = ca.symbols("w", (1, 1, 3))
    A, B = (ca.Conv(w, padding=p, padding_mode="circular").matrix((1, 5)) for p in (1, ((0, 2),)))
    assert same_factors(A, B) is None
    assert isinstance(ca.decide(A == B), ca.Refutation)


@example(ca.circulant([1, 2, 0]), 1)
@given(st.sampled_from([ca.circulant([1, 2, 3]), ca.identity(3)]), st.integers(1, 3))
def test_telling_rows_tell_everything(A, k):
    S = ca.shift(3, k)
    assert telling_rows(A @ S, S @ A).tolist() == [0]
    assert telling_rows(A @ ca.flip(3), A) is None


def test_one_row_for_each_channel():
    A = ca.Conv(np.ones((3, 2, 3)), padding=1, padding_mode="circular").matrix((2, 4))
    assert telling_rows(A, A).tolist() == [0, 4, 8]


def test_circulants_of_two_kinds_are_told_apart_by_entries():
    """A circulant and a circular layer are no one operator made twice, though their entries may agree."""
    w = ca.symbols("w", 3)
    C, T = ca.circulant(w), ca.Conv(w[None, None], padding=((0, 2),), padding_mode="circular").matrix((1, 3))
    for left, right in ((C.T, T), (T, C.T)):
        assert same_factors(left, right) is None
        assert isinstance(ca.decide(left == right), ca.Proof)
    assert isinstance(ca.decide(C == T), ca.Refutation)


BOXES = [(1, 4), (4, 1), (2, 2), (1, 2, 2), (1, 1, 4), (4, 1, 1), (2, 1, 2), (2, 2, 1)]


@st.composite
def rewrapped(draw, name):
    """A circular layer that takes a box of 4 places to a box of 4 places, of symbols and of numbers."""
    high, wide = draw(st.sampled_from([(b, c) for b in BOXES for c in BOXES if len(b) == len(c)]))
    taps = [draw(st.integers(1, 3)) for _ in wide[1:]]
    before = [draw(st.integers(0, 2)) for _ in wide[1:]]
    pads = tuple((lo, m - n + k - 1 - lo) for m, n, k, lo in zip(high[1:], wide[1:], taps, before, strict=True))
    shape = (high[0], wide[0], *taps)
    kernels = (ca.symbols(name, shape), np.random.default_rng(ord(name)).integers(1, 1000, shape))
    return [ca.Conv(w, padding=pads, padding_mode="circular").matrix(wide) for w in kernels]


CLAIMS = [
    lambda A, _, S: (A @ S, S @ A),
    lambda A, B, _: (A @ B, B @ A),
    lambda A, B, S: (A @ B @ S, S @ A @ B),
    lambda A, B, _: (A, B),
    lambda A, B, S: (A @ S @ B, A @ B @ S),
    lambda A, _, S: (A @ S @ A, A @ A @ S),
]


@settings(max_examples=300)
@given(rewrapped("u"), rewrapped("v"), st.sampled_from(CLAIMS), st.integers(0, 3), st.sampled_from(BOXES))
def test_verdicts_are_those_of_the_matrices_whatever_the_boxes(one, other, sides, k, box):
    """Layers with as many outputs as inputs, in another box, need not commute with shifts."""
    S = ca.shift(box, (*[0] * (len(box) - 1), k))
    (A, M), (B, N) = one, other
    left, right = sides(A, B, S)
    numbers = [M.to_numpy(), N.to_numpy(), S.to_numpy()]
    high, low = sides(*numbers)
    assert isinstance(ca.decide(left == right), ca.Proof) == np.array_equal(high, low)
    assert np.array_equal((M @ N).to_numpy(), numbers[0] @ numbers[1])


def test_a_layer_that_changes_the_box_is_no_circulant():
    A = ca.Conv([[[1], [2]]], padding=(0, 1), padding_mode="circular").matrix((2, 1))
    assert A.to_numpy().tolist() == [[1, 2], [1, 2]]
    assert isinstance(ca.decide(ca.circulant([1, 2], op="correlation") == A), ca.Refutation)
    w = ca.Conv(ca.symbols("w", (1, 3, 1)), padding=(0, 2), padding_mode="circular").matrix((3, 1))
    assert isinstance(ca.decide(ca.shift(3) @ w == w @ ca.shift(3)), ca.Refutation)
