"""Chapter 4, boundaries: NumPy's pad, column by column."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import (
    PADS,
    circulant,
    found,
    kernels,
    modes,
    padded,
    rank,
    same,
    shift,
    sizes,
    steps,
    valid,
    vectors,
    widths,
)

import convalgebra as ca

copies = st.sampled_from(["circular", "replicate", "symmetric", "reflect"])
radii, few = st.integers(1, 2), st.integers(1, 2)


def padding(n, p, q, mode="zeros"):
    """The matrix of np.pad."""
    P = np.stack([np.pad(e, (p, q), PADS[mode]) for e in np.eye(n, dtype=np.int64)], axis=1)
    assert same(ca.pad(n, (p, q), mode).to_numpy(), P)
    return P


def kept(w, n, mode="zeros"):
    """The layer of a centred kernel that keeps n places."""
    return padded(w, n, len(w) // 2, (len(w) - 1) // 2, mode)


def centred(n, r):
    return st.tuples(st.just(n), vectors(2 * r + 1))


layers = st.tuples(st.integers(1, 6), radii).flatmap(lambda c: centred(*c))


@given(sizes, widths, widths, modes)
def test_cropping_undoes_padding(n, p, q, mode):
    """C P = I; P is 0/1 with one entry a row, none where a zero is padded."""
    P = padding(n, p, q, mode)
    assert same(P[p : p + n], np.eye(n))
    assert P.sum(axis=1).tolist() == [int(mode != "zeros" or p <= i < p + n) for i in range(p + n + q)]
    assert rank(P) == n


@given(sizes, widths, widths, modes, st.data())
def test_the_adjoint_of_padding_adds_what_was_copied(n, p, q, mode, data):
    """P^T sums, for each sample, all places that show it."""
    y = data.draw(vectors(p + n + q))
    shown = np.pad(np.arange(1, n + 1), (p, q), PADS[mode])
    assert same(padding(n, p, q, mode).T @ y, [y[shown == j].sum() for j in range(1, n + 1)])


@given(kernels(1), widths, widths, st.sampled_from(["constant", "edge"]))
def test_paddings_add_up(case, a, b, mode):
    """Padding twice with zeros or the edge is padding once."""
    (x,) = case
    assert same(np.pad(np.pad(x, a, mode), b, mode), np.pad(x, a + b, mode))


@given(layers)
def test_every_border_adds_corners_to_a_toeplitz_matrix(case):
    """Zeros: w[j - i]; circular: all j + q n; symmetric: the mirrored too; replicate: sums at the ends."""
    n, w = case
    r = len(w) // 2
    assume(r <= n)
    tap = lambda m: int(w[r + m]) if abs(m) <= r else 0  # noqa: E731
    filled = lambda entry: np.array([[entry(i, j) for j in range(n)] for i in range(n)])  # noqa: E731
    T = filled(lambda i, j: tap(j - i))
    assert same(kept(w, n), T)
    assert same(kept(w, n, "circular"), filled(lambda i, j: sum(tap(j - i + q * n) for q in range(-r, r + 1))))
    mirrored = filled(lambda i, j: tap(-1 - i - j) + tap(2 * n - 1 - i - j))
    assert same(kept(w, n, "symmetric"), T + mirrored)
    edges = np.zeros((n, n), dtype=np.int64)
    for i in range(n):
        edges[i, 0] += sum(tap(m) for m in range(-r, -i))
        edges[i, -1] += sum(tap(m) for m in range(n - i, r + 1))
    assert same(kept(w, n, "replicate"), T + edges)


@given(layers, copies)
def test_copies_keep_constants(case, mode):
    """Borders made of the signal map ones to the sum of the taps; zeros to the sum of those inside."""
    n, w = case
    r, ones = len(w) // 2, np.ones(case[0], dtype=np.int64)
    assert same(kept(w, n, mode) @ ones, w.sum() * ones)
    inside = [w[max(0, r - i) : max(0, r - i + n) if r - i + n > 0 else 0].sum() for i in range(n)]
    assert same(kept(w, n) @ ones, inside)


@given(sizes, radii, st.integers(1, 3), st.data())
def test_position_travels_a_radius_a_layer(n, r, L, data):
    """Of L layers with zeros and positive taps the outputs less than L r from an end fall short."""
    w = data.draw(vectors(2 * r + 1, of=st.integers(1, 5)))
    y = np.linalg.matrix_power(kept(w, n), L) @ np.ones(n, dtype=np.int64)
    short = [bool(v < w.sum() ** L) for v in y]
    assert short == [i < L * r or i >= n - L * r for i in range(n)]


@given(sizes, widths, widths, modes, st.data())
def test_borders_agree_inside(n, p, q, mode, data):
    """Windows inside see no border, so borders differ by rank p + q at most."""
    assume(p + q < n)
    w = data.draw(vectors(p + q + 1))
    A, T = (padded(w, n, p, q, rule) for rule in (mode, "zeros"))
    assert same(A[p : n - q], valid(w, n))
    assert rank(A - T) <= p + q


@given(steps, steps, st.data())
def test_valid_layers_are_the_maps_that_crops_carry(K, o, data):
    """Cropping the signal at either end crops the output there."""
    w, x = data.draw(vectors(K)), data.draw(vectors(K + o))
    y = np.correlate(x, w, "valid")
    assert same(np.correlate(x[1:], w, "valid"), y[1:])
    assert same(np.correlate(x[:-1], w, "valid"), y[:-1])


@given(st.integers(1, 6), widths, widths)
def test_zeros_break_equivariance_at_the_corners(n, p, q):
    """The commutator with the shift is that of two corners; as a map of the kernel its rank is min(p + q, n - 1)."""
    assume(max(p, q) < n)
    gaps = []
    for e in np.eye(p + q + 1, dtype=np.int64):
        T, S = padded(e, n, p, q), shift(n)
        E = padded(e, n, p, q, "circular") - T
        assert same(T @ S - S @ T, S @ E - E @ S)
        assert rank(E) <= p + q
        gaps.append((T @ S - S @ T).reshape(-1))
    assert rank(gaps) == min(p + q, n - 1)


@given(layers.filter(lambda c: c[0] > len(c[1]) // 2))
def test_the_corners_have_small_rank(case):
    """C - T has rank 2 r at most, the commutator 4 r."""
    n, w = case
    T, C, S = kept(w, n), kept(w, n, "circular"), shift(n)
    assert rank(C - T) <= len(w) - 1
    assert rank(T @ S - S @ T) <= 2 * (len(w) - 1)


@given(sizes, widths)
def test_the_edge_and_its_mirror_agree_at_radius_one(n, r):
    """Replicate is symmetric padding for r <= 1 or one sample, and for no other."""
    assert same(padding(n, r, r, "replicate"), padding(n, r, r, "symmetric")) == (r <= 1 or n == 1)


@given(kernels(1, 4), kernels(1, 3), kernels(1, 6), few)
def test_causal_layers_compose_exactly(first, second, signal, d):
    """Causal layers see no later sample and multiply as kernels, cut off at n."""
    (u,), (v,), (x,) = first, second, signal
    n = len(x)
    causal = lambda w, y: np.convolve(w, y)[:n]  # noqa: E731
    assert same(causal(u, causal(v, x)), causal(np.convolve(u, v), x))
    wide = np.zeros(d * (len(u) - 1) + 1, dtype=np.int64)
    wide[::d] = u
    A = ca.Conv([[u]], dilation=d, padding=((len(wide) - 1, 0),)).matrix((1, n)).to_numpy()
    assert same(A, np.tril(A))
    assert same(A @ x, causal(wide[::-1], x))


@given(sizes, radii, st.data())
def test_normalised_layers_average(n, r, data):
    """Divided by the sums of its rows a layer of positive taps is row-stochastic."""
    A = kept(data.draw(vectors(2 * r + 1, of=st.integers(1, 9))), n)
    rows = [[Fraction(int(a), int(row.sum())) for a in row] for row in A]
    assert all(sum(row) == 1 and min(row) >= 0 for row in rows)


def dimension(K, ends):
    """The families A_K, A_{K+1} that these crops carry from one to the other."""
    shapes = [(1, K), (2, K + 1)]
    rows = []
    for low in ends:
        for j in range(K + 1):
            row = np.zeros(K + 2 * (K + 1), dtype=np.int64)
            row[K + low * (K + 1) + j] = 1
            if 0 <= j - low < K:
                row[j - low] -= 1
            rows.append(row)
    return sum(o * n for o, n in shapes) - rank(rows)


@given(st.integers(1, 4))
def test_both_crops_leave_as_many_families_as_taps(K):
    """Crops at both ends leave a family for each kernel; one end leaves more."""
    assert dimension(K, (0, 1)) == K < dimension(K, (1,))


def normalised(n):
    A = kept(np.ones(3, dtype=np.int64), n)
    return np.array([[Fraction(int(a), int(row.sum())) for a in row] for row in A])


FALSE = {
    "padding undoes cropping": (
        st.tuples(sizes, widths),
        lambda n, p: same(padding(n, p, p) @ np.eye(n + 2 * p)[p : p + n], np.eye(n + 2 * p)),
    ),
    "the adjoint of padding crops": (
        st.tuples(sizes, widths, copies),
        lambda n, p, mode: same(padding(n, p, p, mode).T, padding(n, p, p).T),
    ),
    "paddings of the signal add up": (
        st.tuples(sizes, st.sampled_from(["circular", "reflect"])),
        lambda n, mode: same(padding(n + 2, 1, 1, mode) @ padding(n, 1, 1, mode), padding(n, 2, 2, mode)),
    ),
    "symmetric kernels have symmetric matrices": (
        st.tuples(sizes, vectors(2)),
        lambda n, a: same(kept(a[[1, 0, 1]], n, "reflect"), kept(a[[1, 0, 1]], n, "reflect").T),
    ),
    "zeros keep constants": (
        st.tuples(sizes, vectors(2)),
        lambda n, w: len(set((kept(w, n) @ np.ones(n, dtype=np.int64)).tolist())) == 1,
    ),
    "one layer tells all positions": (
        sizes,
        lambda n: len(set((kept(np.ones(3, dtype=np.int64), n) @ np.ones(n, dtype=np.int64)).tolist())) == n,
    ),
    "borders differ by rank one": (
        st.tuples(sizes, vectors(3)),
        lambda n, w: rank(kept(w, n, "circular") - kept(w, n)) <= 1,
    ),
    "crops at one end are enough": (steps, lambda K: dimension(K, (1,)) == K),
    "zeros keep equivariance": (
        st.tuples(sizes, vectors(3)),
        lambda n, w: same(kept(w, n) @ shift(n), shift(n) @ kept(w, n)),
    ),
    "the edge is its mirror image": (
        st.tuples(sizes, widths),
        lambda n, p: same(padding(n, p, p, "replicate"), padding(n, p, p, "symmetric")),
    ),
    "centred layers compose exactly": (
        st.tuples(sizes, vectors(3), vectors(3)),
        lambda n, u, v: same(kept(u, n) @ kept(v, n), kept(np.convolve(u, v), n)),
    ),
    "normalising restores equivariance": (sizes, lambda n: same(normalised(n)[1:, 1:], normalised(n)[:-1, :-1])),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["padding undoes cropping"]) == (1, 1)
    assert found(*FALSE["paddings of the signal add up"])[0] == 3
    assert found(*FALSE["symmetric kernels have symmetric matrices"])[0] == 3
    assert found(*FALSE["the edge is its mirror image"]) == (2, 2)
    assert found(*FALSE["centred layers compose exactly"])[0] == 1
    assert found(*FALSE["normalising restores equivariance"]) == 3


def test_equal_outer_taps_may_commute_on_two_places():
    """On n = 2 r places a kernel whose outermost taps are equal commutes with the shift though they are not zero."""
    w = np.array([1, 0, 1])
    assert same(kept(w, 2), shift(2))
    assert same(circulant(np.array([0, 1])), kept(w, 2))
