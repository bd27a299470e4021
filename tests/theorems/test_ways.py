"""Chapter 2, one layer, many computations: the loop, and NumPy's convolve, correlate and fft, against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import PADS, circulant, down, found, full, kernels, modes, padded, same, steps, valid, vectors, widths

import convalgebra as ca

few = st.integers(1, 2)


def loop(w, x, s=1, d=1, p=0, mode="zeros"):
    """y[i] = sum of w[a] x[s i + d a - p], tap by tap."""
    z = np.pad(x, p, PADS[mode])
    outputs = (len(z) - d * (len(w) - 1) - 1) // s + 1
    return np.array([sum(int(w[a]) * int(z[s * i + d * a]) for a in range(len(w))) for i in range(outputs)])


@given(kernels(1, 4), kernels(1, 6), steps, few, widths, modes)
def test_the_matrix_is_the_loop(kernel, signal, s, d, p, mode):
    """The matrix of a layer does what the loop does, for each stride, dilation, padding and border."""
    (w,), (x,) = kernel, signal
    assume(len(x) + 2 * p > d * (len(w) - 1))
    layer = ca.Conv([[w]], stride=s, dilation=d, padding=p, padding_mode=mode)
    assert same(layer.matrix((1, len(x))) @ x, loop(w, x, s, d, p, mode))


@given(kernels(1, 4), kernels(1, 6), steps, few, widths, modes)
def test_a_layer_pads_slides_and_skips(kernel, signal, s, d, p, mode):
    """Pad, correlate with the dilated kernel, keep every s-th output."""
    (w,), (x,) = kernel, signal
    wide = np.zeros(d * (len(w) - 1) + 1, dtype=np.int64)
    wide[::d] = w
    assume(len(x) + 2 * p >= len(wide))
    assert same(np.correlate(np.pad(x, p, PADS[mode]), wide, "valid")[::s], loop(w, x, s, d, p, mode))


@given(kernels(1, 4), kernels(1, 6), steps, few)
def test_a_layer_is_a_sum_over_its_taps(kernel, signal, s, d):
    """Each tap weighs the signal, moved and subsampled."""
    (w,), (x,) = kernel, signal
    rest = len(x) - d * (len(w) - 1)
    assume(rest > 0)
    assert same(sum(w[a] * x[d * a : d * a + rest : s] for a in range(len(w))), loop(w, x, s, d))


@given(few, few, steps, steps, st.integers(0, 3), st.data())
def test_a_layer_multiplies_the_columns_of_windows(C, D, K, s, extra, data):
    """One matrix product with the windows as columns does all filters; x and w change roles."""
    w, x = data.draw(vectors(D, C, K)), data.draw(vectors(C, K + extra))
    windows = np.lib.stride_tricks.sliding_window_view(x, K, axis=1)[:, ::s]  # C, outputs, K
    X = windows.transpose(0, 2, 1).reshape(C * K, -1)
    assert same(w.reshape(D, -1) @ X, ca.Conv(w, stride=s)(x))
    assert same(ca.Unfold(K, stride=s)(x), X)


@given(steps, steps, st.integers(0, 3), st.data())
def test_folding_counts_the_windows(K, s, extra, data):
    """Each sample comes back as often as windows cover it."""
    x = data.draw(vectors(K + extra))
    counts, back = np.zeros_like(x), np.zeros_like(x)
    for start in range(0, extra + 1, s):
        back[start : start + K] += x[start : start + K]
        counts[start : start + K] += 1
    U = ca.Unfold(K, stride=s).matrix((1, len(x))).to_numpy()
    assert same(U.T @ U @ x, counts * x)
    assert same(back, counts * x)
    assert s > 1 or set(counts[K - 1 : extra + 1].tolist()) <= {K}


def remainder(y, n, sign):
    """y(z) modulo z^n - sign."""
    rest = np.zeros(n, dtype=np.int64)
    for e, c in enumerate(y):
        rest[e % n] += sign ** (e // n) * c
    return rest


@given(steps, st.integers(0, 3), st.data())
def test_convolution_multiplies_polynomials(K, e, data):
    """Valid and same are windows of the product, circular and skew its remainders modulo z^n - 1 and z^n + 1."""
    n = K + e
    w, x = data.draw(vectors(K)), data.draw(vectors(n))
    y, long = np.convolve(w, x), np.pad(w, (0, e))
    at = lambda v: np.array([sum(int(c) * z**k for k, c in enumerate(v)) for z in range(len(y))])  # noqa: E731
    assert same(at(y), at(w) * at(x))
    assert same(np.convolve(w, x, "valid"), y[K - 1 : n])
    assert same(np.convolve(w, x, "same"), y[(K - 1) // 2 : (K - 1) // 2 + n])
    assert same(circulant(long) @ x, remainder(y, n, 1))
    skew = [[int(long[i - j]) if i >= j else -int(long[n + i - j]) for j in range(n)] for i in range(n)]
    assert same(np.array(skew) @ x, remainder(y, n, -1))


@given(st.integers(1, 5), st.integers(1, 3), st.data())
def test_transforms_multiply_circular_layers(n, q, data):
    """The spectra of circular convolution multiply; a kernel of q n taps is first folded."""
    w, x = data.draw(vectors(q * n)), data.draw(vectors(n))
    folded = w.reshape(q, n).sum(axis=0)
    y = sum(w[k] * np.roll(x, k) for k in range(q * n))
    assert same(circulant(folded) @ x, y)
    assert np.abs(np.fft.ifft(np.fft.fft(folded) * np.fft.fft(x)) - y).max() < 1e-9
    conjugate = np.fft.ifft(np.fft.fft(folded).conj() * np.fft.fft(x))
    assert np.abs(conjugate - circulant(folded).T @ x).max() < 1e-9


@given(steps, st.integers(0, 4), widths, st.data())
def test_long_circles_do_not_wrap(K, extra, e, data):
    """On n + K - 1 places or more a circle convolves in full; on n or more its valid places are right."""
    n = K + extra
    w, x = data.draw(vectors(K)), data.draw(vectors(n))
    on = lambda N: circulant(np.pad(w, (0, N - K))) @ np.pad(x, (0, N - n))  # noqa: E731
    assert same(on(n + K - 1 + e)[: n + K - 1], np.convolve(w, x))
    assert same(on(n + e)[K - 1 : n], np.convolve(x, w, "valid"))


@given(steps, steps, steps, st.data())
def test_long_signals_are_convolved_in_blocks(q, B, K, data):
    """Overlap-add sums blocks convolved in full; overlap-save joins the valid parts of B + K - 1 samples."""
    w, x = data.draw(vectors(K)), data.draw(vectors(q * B))
    added, z = np.zeros(q * B + K - 1, dtype=np.int64), np.pad(x, (K - 1, 0))
    for b in range(q):
        added[b * B : b * B + B + K - 1] += np.convolve(w, x[b * B : (b + 1) * B])
    saved = [np.convolve(z[b * B : b * B + B + K - 1], w, "valid") for b in range(q)]
    assert same(added, np.convolve(w, x))
    assert same(np.concatenate(saved), np.convolve(w, x)[: q * B])


def fits(n, K):
    return st.tuples(n, K).filter(lambda c: c[1] <= c[0])


FALSE = {
    "correlation and convolution have one matrix": (
        kernels(1, 3), lambda w: same(valid(w, len(w)), valid(w[::-1], len(w))),
    ),
    "skipping may come first": (
        vectors(3), lambda w: same(padded(w, 2, 1)[::2], padded(w, 1, 1) @ down(2, 2)),
    ),
    "an entry holds one tap": (
        st.tuples(steps, st.sampled_from(["circular", "replicate", "symmetric", "reflect"])),
        lambda n, mode: padded(np.ones(2, dtype=np.int64), n, 1, 0, mode).max() == 1,
    ),
    "the windows tell the signal": (
        st.tuples(steps, steps, steps).filter(lambda c: c[1] <= c[0]),
        lambda n, K, s: set(range(n)) <= {j + a for j in range(0, n - K + 1, s) for a in range(K)},
    ),
    "folding undoes unfolding": (
        fits(steps, steps),
        lambda n, K: same(sum(np.eye(n)[i : i + K].sum(axis=0) for i in range(n - K + 1)), np.ones(n)),
    ),
    "a valid output is a remainder": (
        st.tuples(vectors(2), vectors(2)),
        lambda w, x: w[0] * x[1] + w[1] * x[0] in {w @ [1, c] * (x @ [1, c]) for c in range(-9, 9)},
    ),
    "a long kernel may be cut off": (
        st.tuples(vectors(2), vectors(1)), lambda w, x: same(w[0] * x, (w[0] + w[1]) * x),
    ),
    "the longer length is enough": (kernels(2, 3), lambda w, x: same(circulant(w) @ x, np.convolve(w, x)[: len(x)])),
    "blocks need no overlap": (
        vectors(2), lambda w: same(full(w, 2)[:2], np.kron(np.eye(2, dtype=np.int64), full(w, 1)[:1])),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["folding undoes unfolding"]) == (3, 2)
    assert found(*FALSE["the windows tell the signal"]) == (2, 1, 2)
