"""Chapter 9, what a kernel tells of its spectrum: integers where they decide, NumPy's transform to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textbook import circulant, found, kernels, rank, same, sizes, steps, vectors

entries = st.integers(-3, 3)
weights = st.integers(1, 5).flatmap(lambda n: vectors(n, of=st.integers(0, 3))).filter(lambda p: p.any())


def close(left, right):
    return bool(np.abs(np.asarray(left) - np.asarray(right)).max(initial=0) < 1e-7)


def norm(A):
    return np.linalg.norm(A, 2)


def turned(w):
    """w[-k]."""
    return np.roll(w[::-1], 1)


@given(kernels())
def test_the_norm_of_a_circulant_lies_between_those_of_its_kernel(w):
    """|sum w|, |w|_2 <= |C_w|_2 <= |w|_1, sqrt(n) |w|_2; the first two meet where no tap is negative."""
    C, w = circulant(w[0]), w[0]
    size = norm(C) + 1e-9
    assert max(abs(w.sum()), np.linalg.norm(w)) <= size
    assert size - 2e-9 <= min(np.abs(w).sum(), np.sqrt(len(w)) * np.linalg.norm(w))
    assert close(norm(np.abs(C)), np.abs(w).sum())
    assert (C**2).sum() == len(w) * (w @ w)


@given(kernels())
def test_symmetric_kernels_have_real_spectra(w):
    """Even real kernels have real even spectra, odd ones imaginary; |x^|^2 is the spectrum of an autocorrelation."""
    w = w[0]
    even, odd = np.fft.fft(w + turned(w)), np.fft.fft(w - turned(w))
    assert close(even.imag, 0)
    assert close(even, turned(even))
    assert close(odd.real, 0)
    assert close(np.fft.fft(circulant(w).T @ w), np.abs(np.fft.fft(w)) ** 2)


@given(st.integers(1, 5).flatmap(lambda n: vectors(n, of=entries)))
@example(np.array([-1, 2, 2]))
def test_orthogonal_circulants_have_spectra_of_magnitude_one(w):
    """C^T C = c I exactly where the autocorrelation is c times the impulse, exactly where |w^|^2 = c in all bins."""
    c, n = w @ w, len(w)
    orthogonal = same(circulant(w).T @ circulant(w), c * np.eye(n, dtype=np.int64))
    assert orthogonal == same(circulant(w).T @ w, [c, *[0] * (n - 1)])
    assert orthogonal == close(np.abs(np.fft.fft(w)) ** 2, c)


@given(sizes, steps, st.data())
def test_the_spectrum_samples_one_symbol(m, s, data):
    """A kernel folded on m places has every s-th bin of its spectrum on s m."""
    w = data.draw(vectors(s * m))
    assert close(np.fft.fft(w)[::s], np.fft.fft(w.reshape(s, m).sum(0)))
    assert close(np.fft.fft(w[:m], s * m)[::s], np.fft.fft(w[:m]))


@given(st.integers(1, 4), sizes, st.data())
def test_eigenvalues_lie_in_one_disc(K, m, data):
    """Eigenvalues lie within sum of |w_k|, k != 0, of w_0; a dominant tap keeps circles and zero padding invertible."""
    w = data.draw(vectors(K, of=entries))
    wide = np.concatenate([w, np.zeros(m - 1, dtype=np.int64)])
    radius = np.abs(w[1:]).sum()
    assert np.abs(np.fft.fft(wide) - w[0]).max() <= radius + 1e-9
    if abs(w[0]) > radius:
        assert rank(circulant(wide)) == len(wide)
        assert rank(circulant(wide)[:m, :m]) == m


@given(weights, st.integers(0, 6))
def test_averaging_again_and_again_leaves_the_mean(p, t):
    """After t steps the squares of what differs from the mean are those of the bins k != 0, times p^[k]^t."""
    n, total = len(p), int(p.sum())
    moved = np.linalg.matrix_power(circulant(p).astype(object), t)[:, 0]
    left = n * sum(int(v) ** 2 for v in moved) - total ** (2 * t)
    bins = np.abs(np.fft.fft(p)[1:]) ** (2 * t)
    assert np.isclose(left / total ** (2 * t), (bins / float(total) ** (2 * t)).sum(), atol=1e-9)


def spread(p):
    return np.linalg.matrix_power((circulant(p) > 0).astype(object), len(p) ** 2)


FALSE = {
    "the norm is the sum of magnitudes": (
        st.integers(1, 4).flatmap(lambda n: vectors(n, of=entries)),
        lambda w: close(norm(circulant(w)), np.abs(w).sum()),
    ),
    "positive symmetric kernels are positive definite": (
        weights, lambda p: min(p) == 0 or not same(p, turned(p)) or np.fft.fft(p).real.min() > 1e-9,
    ),
    "orthogonal circulants are signed shifts": (
        st.integers(1, 4).flatmap(lambda n: vectors(n, of=entries)),
        lambda w: np.count_nonzero(w) < 2 or (circulant(w).T @ w)[1:].any(),
    ),
    "spectra grow with each place": (
        sizes, lambda n: all(close(np.exp(2j * np.pi * k * (n + 1) / n), 1) for k in range(n)),
    ),
    "invertible kernels are dominated by one tap": (
        kernels(1, 4), lambda w: rank(circulant(w)) < len(w) or abs(w[0]) > np.abs(w[1:]).sum(),
    ),
    "every blur mixes": (weights, lambda p: np.count_nonzero(p) < 2 or (spread(p) > 0).all()),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    strategy, holds = FALSE[statement]
    assert found(strategy.map(lambda c: c[0] if isinstance(c, tuple) else c), holds) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["spectra grow with each place"]) == 2
    assert len(found(*FALSE["orthogonal circulants are signed shifts"])) == 3
    assert len(found(*FALSE["every blur mixes"])) == 4


def test_a_nontrivial_orthogonal_circulant():
    """(-1, 2, 2) / 3."""
    w = np.array([-1, 2, 2])
    assert same(circulant(w) @ circulant(w).T, 9 * np.eye(3, dtype=np.int64))
