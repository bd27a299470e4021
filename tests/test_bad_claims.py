"""Claims that mean nothing, or too much: an error or `Undecided` that says what is missing, never a wrong verdict."""

from time import perf_counter

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs.decide import _least_entries, decide

n, m, p = ca.size("n"), ca.size("m"), ca.size("p", 9)
w = ca.kernel("w", n)
C = ca.circulant
SECONDS = 20  # a refusal takes milliseconds; the machine may be busy


# --- shapes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "shapes"),
    [
        (ca.identity(3), ca.identity(4), r"not \(3, 3\) and \(4, 4\)"),
        (ca.downsample(6, 2), ca.upsample(3, 2), r"not \(3, 6\) and \(6, 3\)"),
        (C(w), C(ca.kernel("v", m)), r"not \(n, n\) and \(m, m\)"),
        (ca.identity(2 * n), ca.identity(n), r"not \(2\*n, 2\*n\) and \(n, n\)"),
        (ca.identity(n + 1), ca.identity(n), r"not \(n \+ 1, n \+ 1\)|not \(1 \+ n, 1 \+ n\)"),
        (C(w), ca.identity(3), r"not \(n, n\) and \(3, 3\)"),
        (ca.identity(3), C(w), r"not \(3, 3\) and \(n, n\)"),
    ],
)
def test_sides_of_different_shapes_state_nothing(left, right, shapes):
    with pytest.raises(ca.ShapeError, match=f"the sides of a claim must have one shape, {shapes}"):
        left == right  # noqa: B015  # the claim itself raises


@pytest.mark.parametrize("claim", ["A == B", True, None, np.eye(2) == np.eye(2), ca.identity(2)])
def test_what_is_no_claim_is_refused(claim):
    for judge in (ca.decide, ca.prove):
        with pytest.raises(
            ca.ArgumentError, match=r"a claim must be stated by operators, A == B, not \w+; write ca.decide"
        ):
            judge(claim)


# --- what cannot be said ----------------------------------------------------------------------------------------------


def test_constructs_without_a_meaning_for_all_sizes_name_the_way_out():
    for make, words in (
        (lambda: ca.pad(n, (1, 1), "reflect"), "prove it at one size"),
        (lambda: ca.downsample(n, 2), "n must be a multiple of s"),
        (lambda: C(w) @ ca.identity(3), "the columns of the left factor must be the rows"),
        (lambda: ca.shift(n, 0.5), "must be an integer"),
        (lambda: C(w) @ C(ca.kernel("v", m)), "the columns of the left factor must be the rows"),
    ):
        with pytest.raises(ca.ConvAlgebraError, match=words):
            make()


def test_two_meanings_of_one_name_are_undecided_not_refuted():
    both = ca.kron(C(ca.kernel("w", m)), C(ca.kernel("w", n)))
    verdict = ca.decide(both @ ca.kron(ca.shift(m, 1), ca.shift(n, 1)) == both)
    assert isinstance(verdict, ca.Undecided)
    assert "two kernels of one name, w" in str(verdict)


def test_max_pooling_has_no_matrix():
    with pytest.raises(ca.NotLinearError):
        ca.MaxPool(2).matrix((1, 4))


def test_weights_that_are_only_counted_have_no_entries_to_compare():
    for mode in ("zeros", "circular"):
        A = ca.Conv(ca.abstract((1, 1, 3)), padding=1, padding_mode=mode).matrix((1, 8))
        S = ca.shift((1, 8), (0, 1))
        with pytest.raises(ca.EntryError, match="must have values here"):
            ca.decide(A @ S == S @ A)


# --- memory -----------------------------------------------------------------------------------------------------------

ONES = np.ones(20_000)
HUGE = {
    "Fourier": lambda: ca.dft(30_000) == ca.dft(30_000).T,
    "Fourier blocks": lambda: ca.block([[ca.dft(20_000)]]) == ca.dft(20_000),
    "Kronecker": lambda: ca.kron(C(ONES), C(ONES)) == ca.kron(C(ONES), C(ONES)).T,
    "Toeplitz": lambda: ca.toeplitz(ONES, ONES) @ ca.shift(20_000) == ca.shift(20_000) @ ca.toeplitz(ONES, ONES),
    "a sum": lambda: ca.toeplitz(ONES, ONES) + C(ONES) == C(ONES),
    "a layer": lambda: _layer("zeros"),
}


def _layer(mode):
    A = ca.Conv(np.ones((64, 64, 3, 3)), padding=1, padding_mode=mode).matrix((64, 512, 512))
    S = ca.shift((64, 512, 512), (0, 1, 1))
    return A @ S == S @ A


@pytest.mark.parametrize("name", HUGE)
def test_huge_claims_are_refused_beforehand_with_their_size(name):
    claim = HUGE[name]()
    start = perf_counter()
    with pytest.raises(ca.SizeLimitError, match=r"must fit into 4\.0 GiB, not [\d.]+ GiB"):
        decide(claim)
    assert perf_counter() - start < SECONDS


def test_entries_are_counted_before_they_are_made():
    """No more than there are; a Kronecker product has as many as the product of its factors'."""
    small = ca.circulant([1, 0, 2])
    for A in (small, ca.kron(small, small), ca.kron(ca.dft(4), small), ca.block([[small]]), small + ca.flip(3)):
        assert _least_entries(A) <= A.nnz
    assert _least_entries(ca.kron(ca.dft(4), small)) == 16 * 6


def test_huge_claims_that_repeat_their_first_rows_are_decided():
    start = perf_counter()
    assert ca.prove(_layer("circular")).scope == "n=(64, 512, 512), every kernel"
    assert perf_counter() - start < SECONDS


# --- channels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [(1, 1), (2, 2), (3, 2)])
def test_one_row_for_each_channel_sees_every_channel(channels):
    """A difference in the last channel alone, and shifts that differ between channels, are seen."""
    out, into = channels
    weights = ca.symbols("w", (out, into, 3))
    A = ca.Conv(weights, padding=1, padding_mode="circular").matrix((into, 5))
    other = weights.copy()
    other[-1, -1, -1] = other[-1, -1, -1] + 1
    B = ca.Conv(other, padding=1, padding_mode="circular").matrix((into, 5))
    before, after = ca.shift((into, 5), (0, 2)), ca.shift((out, 5), (0, 2))
    assert ca.prove(A @ before == after @ A).scope.endswith("every kernel")
    found = ca.decide(A @ before == after @ B)
    assert isinstance(found, ca.Refutation)
    left, right = ((X @ Y).to_numpy() for X, Y in ((A, before), (after, B)))
    first = next(place for place in np.ndindex(left.shape) if left[place] != right[place])
    assert found.entry == first


def test_channels_that_turn_by_different_amounts_are_no_shift():
    turned = ca.permutation([0, 1, 2, 4, 5, 3])  # the second channel alone
    A = ca.Conv(ca.symbols("w", (2, 2, 3)), padding=1, padding_mode="circular").matrix((2, 3))
    assert isinstance(ca.decide(A @ turned == turned @ A), ca.Refutation)
    depthwise = ca.Conv(ca.symbols("w", (2, 1, 3)), padding=1, padding_mode="circular", groups=2).matrix((2, 3))
    assert ca.prove(depthwise @ turned == turned @ depthwise).scope.endswith("every kernel")


def test_a_selection_that_repeats_nothing_is_compared_in_every_row():
    last = ca.permutation([0, 1, 2, 4, 3])
    assert ca.decide(last == ca.identity(5)).entry == (3, 3)
    padded = ca.pad(4, (1, 0)) @ ca.crop(5, (1, 0)) @ ca.identity(5)
    assert ca.decide(padded == ca.identity(5)).entry == (0, 0)


def test_vectors_and_kernels_at_numbers_are_checked():
    with pytest.raises(ca.SizeLimitError, match="the vector must fit into"):
        ca.ones(10**30)
    with pytest.raises(ca.SizeLimitError, match="the vector must fit into"):
        ca.impulse(10**30)
    with pytest.raises(ca.SizeLimitError, match="at most 10000 summands, not 100000"):
        ca.sum_over(10**5, lambda i: ca.shift(3, i))
    with pytest.raises(ca.ArgumentError, match=r"least must be an integer, not 1\.5"):
        ca.size("n", 1.5)
    assert ca.convolve([[[1, 2]]], [[[1, 10]]]).tolist() == [[[1, 12, 20]]]
    for kernels in ((3, [[[1]]]), ([[[1]]], [[1]]), ([[[1]]], [[[1]], [[1]]]), ([[[[1]]]], [[[1]]])):
        with pytest.raises(ca.ShapeError):
            ca.convolve(*kernels)
    for steps in (0, -1, 1.5, (1, 2, 3), None):
        with pytest.raises(ca.ConvAlgebraError):
            ca.dilated([[[1, 2, 3]]], steps)


def test_a_refutation_with_roots_of_unity_and_a_kernel_is_told():
    n = ca.size("n")
    w = ca.kernel("w", n)
    with pytest.raises(ca.RefutedError, match=r"refuted: entry .* with n=3"):
        ca.prove(ca.dft(n) @ ca.circulant(w) == ca.dft(n).H @ ca.circulant(w))
