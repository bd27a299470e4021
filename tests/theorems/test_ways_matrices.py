"""Chapter 2, continued: index patterns, images as signals, dense layers, probing, Hankel matrices, attention."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import (
    PADS,
    circulant,
    circulant2,
    down,
    found,
    full,
    images,
    kernels,
    modes,
    padded,
    rank,
    same,
    shift,
    steps,
    valid,
    vectors,
    widths,
)

import convalgebra as ca
from convalgebra.theorems.ways_matrices import RECORDED

few = st.integers(1, 2)


def slide(W, X):
    """Valid correlation of an image."""
    (a, b), (h, n) = W.shape, X.shape
    return np.array([[int((W * X[i : i + a, j : j + b]).sum()) for j in range(n - b + 1)] for i in range(h - a + 1)])


def unit(n, k):
    return np.eye(n, dtype=np.int64)[k]


@given(steps, steps, widths, modes, st.data())
def test_one_index_pattern_serves_every_kernel(n, K, p, mode, data):
    """The matrix is the sum of taps times 0/1 patterns, each with at most one entry a row."""
    w = data.draw(vectors(K))
    assume(n + 2 * p >= K)
    patterns = [padded(unit(K, a), n, p, p, mode) for a in range(K)]
    assert same(sum(w[a] * patterns[a] for a in range(K)), padded(w, n, p, p, mode))
    assert all(set(P.sum(axis=1).tolist()) <= {0, 1} for P in patterns)


@given(images(2, 3), st.integers(0, 2))
def test_an_image_is_convolved_as_one_signal(case, e):
    """Rows with n + b - 1 columns or more, the rest zeros, are convolved as one signal."""
    W, X = case
    (a, b), (h, n) = W.shape, X.shape
    P = n + b - 1 + e
    line, signal = (np.pad(V, ((0, 0), (0, P - V.shape[1]))).reshape(-1) for V in (W, X))
    y = np.pad(np.convolve(line, signal), (0, 1)).reshape(a + h, P)
    direct = slide(W[::-1, ::-1], np.pad(X, ((a - 1, a - 1), (b - 1, b - 1))))
    assert same(y[: h + a - 1, : n + b - 1], direct)
    assert same(y[h + a - 1 :], np.zeros((1, P)))


@given(images(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_image_layers_are_sums_of_kronecker_products(case, h, n):
    """V(W) is the sum of W[a, b] V(e_a) (x) V(e_b), C_W that of W[a, b] S_a (x) S_b."""
    (W,) = case
    a, b = W.shape
    H, N = h + a - 1, n + b - 1
    parts = [W[p] * np.kron(valid(unit(a, p[0]), H), valid(unit(b, p[1]), N)) for p in np.ndindex(a, b)]
    columns = [slide(W, e.reshape(H, N)).reshape(-1) for e in np.eye(H * N, dtype=np.int64)]
    assert same(sum(parts), np.stack(columns, axis=1))
    torus = [W[p] * np.kron(shift(a, p[0]), shift(b, p[1])) for p in np.ndindex(a, b)]
    assert same(circulant2(W), sum(torus))


@given(few, few, steps, st.data())
def test_a_pointwise_layer_is_one_matrix_at_every_pixel(o, c, n, data):
    """Channels first W (x) I, channels last I (x) W."""
    W, x = data.draw(vectors(o, c)), data.draw(vectors(c, n))
    A = ca.Conv(W[:, :, None]).matrix((c, n)).to_numpy()
    assert same(A, np.kron(W, np.eye(n, dtype=np.int64)))
    assert same(A @ x.reshape(-1), (W @ x).reshape(-1))
    assert same(np.kron(np.eye(n, dtype=np.int64), W) @ x.T.reshape(-1), (W @ x).T.reshape(-1))


@given(few, few, few, few, widths, widths, st.data())
def test_a_dense_layer_is_a_kernel_of_full_size(o, c, h, n, H, N, data):
    """A kernel as large as the map is a dense layer; on a larger map that one slides."""
    w, x = data.draw(vectors(o, c, h, n)), data.draw(vectors(c, h + H, n + N))
    dense = w.reshape(o, -1)
    y = ca.Conv(w)(x)
    for i, j in np.ndindex(H + 1, N + 1):
        assert same(dense @ x[:, i : i + h, j : j + n].reshape(-1), y[:, i, j])


@given(steps, kernels(1, 4), st.integers(-9, 9), st.data())
def test_impulses_probe_the_matrix(n, case, b, data):
    """f(e_j) - f(0) are the columns, f(x + v) - f(x) = A v, and A^T carries gradients back."""
    (w,) = case
    f = ca.Conv([[w]], [b], padding="full")
    x, v, g = data.draw(vectors(1, n)), data.draw(vectors(1, n)), data.draw(vectors(n + len(w) - 1))
    zero = np.zeros((1, n), dtype=np.int64)
    A = np.stack([f(unit(n, j)[None])[0] - f(zero)[0] for j in range(n)], axis=1)
    assert same(A, full(w[::-1], n))
    assert same(f(x + v) - f(x), [A @ v[0]])
    assert g @ (A @ v[0]) == (A.T @ g) @ v[0]


@given(kernels(1, 6), widths, widths)
def test_one_impulse_tells_an_equivariant_layer(case, e, f):
    """C_w is the sum of (C_w e_0)[k] S_k; away from the ends zeros show the whole kernel, too."""
    (w,) = case
    n = len(w)
    column = circulant(w)[:, 0]
    assert same(circulant(w), sum(column[k] * shift(n, k) for k in range(n)))
    odd = np.concatenate([w, w[:-1]])  # 2 n - 1 taps
    assert same(np.convolve(unit(e + f + len(odd), n - 1 + e), odd, "same"), np.pad(odd, (e, f)))


@given(st.sampled_from(RECORDED))
def test_the_matrix_does_what_torch_does(recorded):
    """What was recorded of PyTorch is what the loop over windows makes."""
    (n, C, D, K, s, p, d, g, mode), y = recorded
    w, x = (np.arange(1, np.prod(box) + 1).reshape(box) for box in ((D, C // g, K), (C, n)))
    z = np.pad(x, ((0, 0), (p, p)), PADS[mode])
    group = lambda o: z[o // (D // g) * (C // g) : (o // (D // g) + 1) * (C // g)]  # noqa: E731
    outputs = (z.shape[1] - d * (K - 1) - 1) // s + 1
    window = lambda o, i: group(o)[:, s * i : s * i + d * (K - 1) + 1 : d]  # noqa: E731
    loop = [[int((w[o] * window(o, i)).sum()) for i in range(outputs)] for o in range(D)]
    assert same(loop, y)


@given(st.integers(1, 2), st.integers(1, 3), st.data())
def test_the_matrix_does_what_torch_does_now(g, K, data):
    """The same against PyTorch itself, where it is installed."""
    torch = pytest.importorskip("torch")
    w, x = data.draw(vectors(2, 2 // g, K)), data.draw(vectors(2, 5))
    s, d = data.draw(st.tuples(few, few))
    y = torch.nn.functional.conv1d(*(torch.tensor(v) for v in (x, w)), stride=s, padding=1, dilation=d, groups=g)
    layer = ca.Conv(w, stride=s, padding=1, dilation=d, groups=g)
    assert same(layer.matrix((2, 5)) @ x.reshape(-1), y.numpy().reshape(-1))


@given(steps, steps, st.data())
def test_the_kernel_may_be_the_unknown(K, o, data):
    """Valid correlation is the Hankel matrix of x on w, valid convolution the Toeplitz matrix."""
    w, x = data.draw(vectors(K)), data.draw(vectors(K + o - 1))
    H = np.array([[x[i + a] for a in range(K)] for i in range(o)])
    assert same(H @ w, np.correlate(x, w, "valid"))
    assert same(H[:, ::-1] @ w, np.convolve(x, w, "valid"))


@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_signals_of_small_hankel_rank_obey_recurrences(r, q, data):
    """A recurrence of order r annihilates the signal and leaves Hankel matrices of rank r at most."""
    small = st.integers(-2, 2)
    c, x = data.draw(vectors(r, of=small)), data.draw(vectors(r, of=small)).tolist()
    while len(x) < 2 * (r + q) - 1:
        x.append(int(c @ x[-r:]))
    H = [[x[i + j] for j in range(r + q)] for i in range(r + q)]
    assert not np.correlate(x, [*-c, 1], "valid").any()
    assert rank(H) <= r


@given(images(2, 3), few, few, modes)
def test_padding_and_stride_are_separable(case, s, t, mode):
    """An image layer pads and skips axis by axis, whatever the border."""
    W, X = case
    (a, b), (h, n) = W.shape, X.shape
    assume(a <= h + 2 and b <= n + 2)
    P = [np.stack([np.pad(e, 1, PADS[mode]) for e in np.eye(m, dtype=np.int64)], axis=1) for m in (h, n)]
    D = [down(m + 2 - k + 1, e) for m, k, e in ((h, a, s), (n, b, t))]
    V = sum(W[p] * np.kron(valid(unit(a, p[0]), h + 2), valid(unit(b, p[1]), n + 2)) for p in np.ndindex(a, b))
    A = np.kron(*D) @ V @ np.kron(*P)
    assert same(A @ X.reshape(-1), slide(W, np.pad(X, 1, PADS[mode]))[::s, ::t].reshape(-1))
    layer = ca.Conv(W[None, None], stride=(s, t), padding=1, padding_mode=mode)
    assert same(layer.matrix((1, h, n)).to_numpy(), A)


@given(few, few, steps, steps, st.data())
def test_a_layer_is_attention_to_fixed_offsets(o, c, n, K, data):
    """Each tap is a head: a matrix of values, and a shift as one-hot attention."""
    w = data.draw(vectors(o, c, K))
    A = ca.Conv(w, padding=((0, K - 1),), padding_mode="circular").matrix((c, n)).to_numpy()
    assert same(A, sum(np.kron(w[:, :, a], shift(n, -a)) for a in range(K)))
    assert same(shift(n, 2).sum(axis=1), np.ones(n))


FALSE = {
    "the patterns do not overlap": (
        st.tuples(steps, modes),
        lambda n, mode: padded(np.ones(3, dtype=np.int64), n, 1, 1, mode).max() <= 1,
    ),
    "no columns of zeros are needed": (
        images(1, 2).map(lambda c: c[0]),
        lambda X: same(
            np.convolve(X.reshape(-1), [1, 2])[: X.size],
            np.stack([np.convolve(row, [1, 2])[: X.shape[1]] for row in X]).reshape(-1),
        ),
    ),
    "image layers are Toeplitz": (
        st.tuples(few, few),
        lambda h, n: same(
            np.kron(np.eye(h), padded(np.array([1, 1]), n, 0, 1))[1:, 1:],
            np.kron(np.eye(h), padded(np.array([1, 1]), n, 0, 1))[:-1, :-1],
        ),
    ),
    "a pointwise layer mixes pixels": (steps, lambda n: np.count_nonzero(np.eye(n)) == n * n),
    "same padding leaves one pixel": (steps, lambda n: len(np.convolve(np.ones(n), np.ones(n), "same")) == 1),
    "one impulse probes the matrix": (
        st.tuples(steps, vectors(3)),
        lambda n, w: bool(padded(w, n, 1)[:, 0].any()) or not padded(w, n, 1).any(),
    ),
    "one impulse tells a strided layer": (
        vectors(2),
        lambda w: bool(circulant(w)[::2][:, 0].any()) or not circulant(w)[::2].any(),
    ),
    "what torch calls convolution is one": (
        st.tuples(vectors(2), vectors(2)),
        lambda w, x: same(np.correlate(x, w, "valid"), np.convolve(x, w, "valid")),
    ),
    "long signals tell the kernel": (
        vectors(3).filter(lambda x: x.any()),
        lambda x: rank([[x[0], x[1]], [x[1], x[2]]]) == 2,
    ),
    "one window is enough": (
        st.tuples(vectors(3), vectors(2)),
        lambda x, w: bool(w @ x[:2]) or not (w @ x[1:]),
    ),
    "every kernel slides axis by axis": (vectors(2, 2), lambda W: W[0, 0] * W[1, 1] == W[0, 1] * W[1, 0]),
    "one head of soft attention is enough": (vectors(2), lambda w: w[0] * w[1] >= 0),
}


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_smallest_counterexamples():
    assert found(*FALSE["image layers are Toeplitz"]) == (2, 2)
    assert found(*FALSE["a pointwise layer mixes pixels"]) == 2
    assert found(*FALSE["same padding leaves one pixel"]) == 2
    assert found(*FALSE["one impulse probes the matrix"])[0] == 2
