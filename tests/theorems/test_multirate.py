"""Chapter 12, stride and dilation: signals on a circle, sliced and filled by NumPy."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

import convalgebra as ca

steps, sizes = st.integers(1, 4), st.integers(1, 6)
entries = st.integers(-9, 9)


def signal(n, seed):
    """n small integers."""
    return np.random.default_rng(seed).integers(-9, 10, n)


def convolve(w, x):
    """Circular convolution."""
    return sum((w[k] * np.roll(x, k) for k in range(len(w))), np.zeros_like(x))


def up(x, s):
    """s - 1 zeros after each entry."""
    y = np.zeros(len(x) * s, dtype=x.dtype)
    y[::s] = x
    return y


seeds = st.integers(0, 2**32)


@given(sizes, steps, seeds)
def test_a_layer_after_a_stride_is_a_dilated_layer_before_it(m, s, seed):
    """w * (D x) = D ((w up s) * x)."""
    w, x = signal(m, seed), signal(s * m, seed + 1)
    assert np.array_equal(convolve(w, x[::s]), convolve(up(w, s), x)[::s])


@given(sizes, steps, seeds)
def test_a_layer_before_zeros_is_a_dilated_layer_after_them(m, s, seed):
    """U (w * x) = (w up s) * (U x)."""
    w, x = signal(m, seed), signal(m, seed + 1)
    assert np.array_equal(up(convolve(w, x), s), convolve(up(w, s), up(x, s)))


@given(sizes, steps, steps, seeds)
def test_down_after_up_is_nothing(m, a, b, seed):
    """D U x = x, and two strides are their product."""
    x = signal(m * a * b, seed)
    assert np.array_equal(up(x, a)[::a], x)
    assert np.array_equal(x[::a][::b], x[:: a * b])


@given(sizes, steps, steps, seeds)
def test_coprime_rates_commute(m, a, b, seed):
    """D_a U_b = U_b D_a where gcd(a, b) = 1."""
    assume(gcd(a, b) == 1)
    x = signal(m * a, seed)
    assert np.array_equal(up(x, b)[::a], up(x[::a], b))


@given(steps, steps, sizes, seeds)
def test_a_strided_layer_is_a_sum_over_phases(s, K, o, seed):
    """The strided correlation is the sum over the phases of plain correlations."""
    w, x = signal(s * K, seed), signal(s * (K + o - 1), seed + 1)
    strided = np.correlate(x, w, "valid")[::s]
    assert np.array_equal(strided, sum(np.correlate(x[r::s], w[r::s], "valid") for r in range(s)))
    assert np.array_equal(strided, ca.Conv([[w.tolist()]], stride=s)([x.tolist()])[0])


@given(steps, sizes, seeds)
def test_a_dilated_layer_works_on_each_phase_alone(d, m, seed):
    """Phase r of (w up d) * x is w * (phase r of x)."""
    w, x = signal(m, seed), signal(d * m, seed + 1)
    y = convolve(up(w, d), x)
    for r in range(d):
        assert np.array_equal(y[r::d], convolve(w, x[r::d]))


@given(steps, steps, sizes, seeds)
def test_a_transposed_layer_is_a_pixel_shuffle(s, K, n, seed):
    """Phase r of the transposed layer is the full convolution with phase r of the kernel."""
    w, x = signal(s * K, seed), signal(n, seed + 1)
    y = np.convolve(up(x, s), w)[: s * (n + K - 1)]
    for r in range(s):
        assert np.array_equal(y[r::s], np.convolve(x, w[r::s]))
    assert np.array_equal(y, ca.ConvTranspose([[w.tolist()]], stride=s)([x.tolist()])[0])


@given(steps, steps, seeds)
def test_constants_stay_constant_if_the_phase_sums_agree(s, K, seed):
    """Away from the border the transposed layer maps ones to the phase sums, in turn."""
    w = signal(s * K, seed)
    y = np.convolve(up(np.ones(K + 1, dtype=np.int64), s), w)[s * (K - 1) : s * (K + 1)]
    assert y.tolist() == [w[r::s].sum() for r in range(s)] * 2


@given(sizes, seeds)
def test_two_half_rate_channels_keep_the_signal(m, seed):
    """x is half the sum and half the difference of the two channels of Haar."""
    x = signal(2 * m, seed)
    low, high = (x + np.roll(x, 1))[::2], (x - np.roll(x, 1))[::2]
    back = np.empty_like(x)
    back[::2], back[1::2] = (low + high) // 2, np.roll((low - high) // 2, -1)
    assert np.array_equal(back, x)


@given(st.integers(2, 5))
def test_the_bank_of_daubechies_is_orthogonal(m):
    """The taps a + b sqrt(3) as pairs (a, b): both Gram matrices are 32 I."""
    h = [(1, 1), (3, 1), (3, -1), (1, -1)]
    filters = [h, [h[3], (-h[2][0], -h[2][1]), h[1], (-h[0][0], -h[0][1])]]
    rows = [{(2 * i - k) % (2 * m): [] for k in range(4)} for _ in filters for i in range(m)]
    for row, (f, i) in zip(rows, [(f, i) for f in filters for i in range(m)], strict=True):
        for k in range(4):
            row[(2 * i - k) % (2 * m)].append(f[k])
    for p, a in enumerate(rows):
        for q, b in enumerate(rows):
            pairs = [(u, v) for j in a if j in b for u in a[j] for v in b[j]]
            whole, root = (
                sum(u[0] * v[0] + 3 * u[1] * v[1] for u, v in pairs),
                sum(u[0] * v[1] + u[1] * v[0] for u, v in pairs),
            )
            assert (whole, root) == (32 * (p == q), 0)


@given(sizes, seeds, st.lists(st.booleans(), max_size=4))
def test_lifting_steps_are_undone_one_by_one(m, seed, steps_up):
    """A ladder with rounding is undone step by step."""
    x = [signal(m, seed), signal(m, seed + 1)]
    ladder = [(int(b), signal(m, seed + 2 + k)) for k, b in enumerate(steps_up)]
    y = [part.copy() for part in x]
    for side, w in ladder:
        y[side] = y[side] + convolve(w, y[1 - side]) // 2
    for side, w in reversed(ladder):
        y[side] = y[side] - convolve(w, y[1 - side]) // 2
    assert all(map(np.array_equal, x, y))


@given(steps, st.integers(1, 4), st.integers(-3, 3), seeds)
def test_a_stride_after_a_low_pass_is_equivariant(m, s, k, seed):
    """Behind the ideal low pass a shift multiplies bin f of the strided signal by omega^(k f)."""
    n, x = s * m, signal(s * m, seed)
    low = np.arange(n) < m
    spectra = [np.fft.fft(np.fft.ifft(np.fft.fft(v) * low)[::s]) for v in (x, np.roll(x, k))]
    phases = np.exp(-2j * np.pi * k * np.arange(m) / n)
    assert np.abs(spectra[1] - spectra[0] * phases).max() < 1e-9


@given(sizes, steps, seeds)
def test_all_phases_of_a_strided_layer_are_the_dense_one(m, s, seed):
    """The strided outputs of all shifted inputs, interleaved, are the dense output."""
    w, x = signal(s * m, seed), signal(s * m, seed + 1)
    y = np.empty_like(x)
    for r in range(s):
        y[r::s] = convolve(w, np.roll(x, -r))[::s]
    assert np.array_equal(y, convolve(w, x))


@given(sizes, steps, seeds)
def test_rate_changers_are_periodically_invariant(m, s, seed):
    """U (w * D x) commutes with the shift by s."""
    w, x = signal(m, seed), signal(s * m, seed + 1)
    assert np.array_equal(up(convolve(w, np.roll(x, s)[::s]), s), np.roll(up(convolve(w, x[::s]), s), s))


@given(sizes, steps, seeds)
def test_the_gram_matrix_of_a_strided_layer_is_circulant(m, s, seed):
    """(D C)(D C)^T is the circulant of every s-th autocorrelation."""
    w = signal(s * m, seed)
    A = np.stack([np.roll(w[::-1], i + 1) for i in range(s * m)])[::s]
    auto = np.array([w @ np.roll(w, k) for k in range(s * m)])[::s]
    assert np.array_equal(A @ A.T, np.stack([np.roll(auto, i) for i in range(m)]).T)


@given(st.lists(entries, min_size=2, max_size=8).filter(lambda x: len(x) % 2 == 0), st.integers(-5, 5))
def test_the_largest_phase_moves_with_the_signal(x, k):
    """The phase of largest norm, where it is the only one, moves by whole places."""
    largest = lambda v: max((v[0::2], v[1::2]), key=lambda p: int(p @ p))  # noqa: E731
    x = np.array(x, dtype=np.int64)
    assume(x[::2] @ x[::2] != x[1::2] @ x[1::2])
    turns = [np.roll(largest(x), j).tolist() for j in range(len(x) // 2)]
    assert largest(np.roll(x, k)).tolist() in turns


FALSE = {
    "a stride commutes with shifts": lambda s, x: np.array_equal(np.roll(x, 1)[::s], np.roll(x[::s], 1)),
    "inserting zeros commutes with shifts": lambda s, x: np.array_equal(up(np.roll(x, 1), s), np.roll(up(x, s), 1)),
    "up after down is nothing": lambda s, x: np.array_equal(up(x[::s], s), x),
    "all rates commute": lambda s, x: np.array_equal(up(x, s)[::s], up(x[::s], s)),
    "one channel is invertible": lambda _, x: bool((x + np.roll(x, 1))[::2].any()) or not x.any(),
    "the first phase moves with the signal": lambda _, x: np.roll(x, 1)[::2].sum() == x[::2].sum(),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn = st.tuples(sizes, st.integers(2, 3), seeds).map(lambda c: (c[1], signal(c[0] * c[1], c[2])))
    holds = FALSE[name]
    found = find(drawn, lambda case: not holds(*case), settings=settings(max_examples=1000, database=None))
    assert not holds(*found)
