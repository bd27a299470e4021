"""Singular values against the dense SVD, exact values and 50 digits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis import frequencies, spectrum
from convalgebra.analysis.spectrum import matrix_of, unscaled


def dense_values(layer, shape):
    return np.linalg.svd(layer.matrix(shape).to_numpy().astype(complex), compute_uv=False)


def circular(weight, **options):
    layer = ca.Conv(weight, **options)
    sides = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    return ca.Conv(weight, padding=tuple((e // 2, e - e // 2) for e in sides), padding_mode="circular", **options)


@given(
    channels=st.sampled_from([(1, 1, 1), (3, 2, 1), (2, 3, 1), (4, 4, 2), (4, 2, 2), (3, 3, 3)]),
    shapes=st.sampled_from([
        ((3,), (8,)), ((2,), (5,)), ((4,), (3,)), ((3, 3), (4, 6)), ((2, 3), (4, 4)), ((1, 3), (2, 4)),
        ((2, 1, 2), (2, 2, 4)),
    ]),
    stride=st.integers(1, 2), dilation=st.integers(1, 3), complex_entries=st.booleans(), accurate=st.booleans(),
    mode=st.sampled_from(["circular", "zeros", "reflect"]), seed=st.integers(0, 999),
)  # fmt: skip
def test_against_the_dense_decomposition(*, channels, shapes, stride, dilation, complex_entries, accurate, mode, seed):
    out, inputs, groups = channels
    kernel, sizes = shapes
    random = np.random.default_rng(seed)
    weight = random.integers(-4, 5, (out, inputs // groups, *kernel))
    weight = weight + 1j * random.integers(-4, 5, weight.shape) if complex_entries else weight
    layer = ca.Conv(weight, stride=stride, dilation=dilation, groups=groups, padding_mode=mode,
                    padding=tuple((dilation * (k - 1) // 2, dilation * (k - 1) - dilation * (k - 1) // 2)
                                  for k in kernel))  # fmt: skip
    shape = (inputs, *sizes)
    found, want = ca.singular_values(layer, shape, accurate=accurate), dense_values(layer, shape)
    assert found.shape == want.shape
    np.testing.assert_allclose(found, want, rtol=0, atol=1e-12 * max(want[0], 1))


@pytest.mark.parametrize("groups", [1, 2])
def test_a_transposed_layer_has_the_values_of_the_direct_one(groups):
    weight = np.random.default_rng(0).integers(-3, 4, (4, 3, 4, 4))
    layer = ca.ConvTranspose(weight, stride=2, padding=1, groups=groups)
    np.testing.assert_allclose(ca.singular_values(layer, (4, 3, 3)), dense_values(layer, (4, 3, 3)), atol=1e-11)


def test_networks_and_dense_layers():
    net = ca.Sequential(circular([[[1, 2, 3]]]), circular([[[1, -1]]]))
    np.testing.assert_allclose(ca.singular_values(net, (1, 6)), dense_values(net, (1, 6)), atol=1e-12)
    assert ca.singular_values(ca.Linear([[3, 0], [0, 4]]), (2,)).tolist() == [4, 3]
    assert ca.singular_values(ca.matrix([[0, 2**70], [0, 0]])).tolist() == [2.0**70, 0]


def of_blocks_in_50_digits(weight, size):
    """The singular values of the 1-D circular layer, the blocks decomposed by mpmath."""
    out, inputs, taps = weight.shape
    found = []
    with mpmath.workdps(50):
        for f in range(size):
            wave = [mpmath.expjpi(mpmath.mpf(2 * f * t) / size) for t in range(taps)]
            K = mpmath.matrix(out, inputs)
            for o in range(out):
                for i in range(inputs):
                    K[o, i] = mpmath.fsum(mpmath.mpf(weight[o, i, t]) * wave[t] for t in range(taps))
            found += list(mpmath.svd_c(K, compute_uv=False))
        return sorted(found, reverse=True)


def hilbert(n):
    return 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1)


KERNELS = {
    "random": np.random.default_rng(1).standard_normal((4, 3, 3)),
    "ill-conditioned": hilbert(6)[..., None] * np.array([1.0, 0.5]),
    "rank-deficient": np.ones((4, 4, 2)),
    "huge": 1e300 * np.random.default_rng(2).standard_normal((3, 3, 2)),
    "tiny": 1e-300 * np.random.default_rng(3).standard_normal((3, 3, 2)),
    "denormal": 5e-324 * np.random.default_rng(4).integers(-900, 900, (3, 3, 2)).astype(float),
    "huge beside tiny": np.diag([1e150, 1.0, 1e-150])[..., None] * np.array([1.0, 1.0]),
    "near cancellation": np.array([[[1.0, -1.0 + 2**-40, 0.0]]]),
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("accurate", [False, True])
def test_against_50_digits(name, accurate):
    weight = KERNELS[name]
    found = ca.singular_values(circular(weight), (weight.shape[1], 5), accurate=accurate)
    want = of_blocks_in_50_digits(weight, 5)
    worst = max(abs(mpmath.mpf(float(a)) - b) for a, b in zip(found, want, strict=True))
    allowed = mpmath.mpf(2e-15 if accurate else 1e-12) * want[0] + mpmath.mpf(2) ** -1074
    assert worst <= allowed


def test_small_values_are_not_lost_in_squares():
    """The squares alone would leave errors near 1e-8 of the norm."""
    values = 10.0 ** -np.arange(20)
    random = np.random.default_rng(0)
    U, V = (np.linalg.qr(random.standard_normal((20, 20)))[0] for _ in range(2))
    layer = circular(((U * values) @ V)[..., None] * np.array([1.0, 0.25, 0.125]))
    factors = np.abs(np.fft.fft([1, 0.25, 0.125, 0, 0, 0]))
    want = np.sort(np.outer(factors, values).ravel())[::-1]
    np.testing.assert_allclose(ca.singular_values(layer, (20, 6)), want, rtol=0, atol=1e-12 * want[0])
    np.testing.assert_allclose(ca.singular_values(layer, (20, 6), accurate=True), want, rtol=0, atol=2e-15 * want[0])


def test_a_unitary_layer_has_only_ones():
    q = np.linalg.qr(np.random.default_rng(0).standard_normal((8, 8)))[0]
    P = q[:, :4] @ q[:, :4].T
    layer = circular(np.stack([P, np.eye(8) - P], axis=-1))
    np.testing.assert_allclose(ca.singular_values(layer, (8, 9)), 1, atol=1e-14)


def test_the_chunks_do_not_change_the_values(monkeypatch):
    layer = circular(np.random.default_rng(0).standard_normal((8, 6, 3, 3)))
    want = ca.singular_values(layer, (6, 9, 10))
    monkeypatch.setattr("convalgebra.analysis.frequencies.CHUNK", 1)
    np.testing.assert_allclose(ca.singular_values(layer, (6, 9, 10)), want, rtol=0, atol=1e-13 * want[0])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ca.singular_values(ca.ReLU(), (1, 3)), ca.NotLinearError, "must be linear"),
        (lambda: ca.singular_values(ca.MaxPool(2), (1, 4)), ca.NotLinearError, "linear"),
        (lambda: ca.singular_values(ca.Conv([[[1]]])), ca.ArgumentError, "in_shape must be given"),
        (lambda: ca.singular_values([[1]], (1, 3)), ca.ArgumentError, "must be a layer or an operator, not list"),
        (lambda: ca.singular_values(ca.Conv([[[1, 2]]]), (2, 3)), ca.ShapeError, "1 channels"),
        (lambda: ca.singular_values(ca.Conv([[[1e308] * 9]], padding=4, padding_mode="circular"), (1, 9)),
         ca.EntryError, "fit into floats"),
        (lambda: ca.singular_values(ca.Conv(np.ones((64, 64, 3, 3)), padding=1), (64, 64, 64)), ca.SizeLimitError,
         "small enough to be decomposed"),
        (lambda: ca.singular_values(ca.Conv(np.ones((1, 1, 1, 3)), padding=(0, 1)), (1, 4096, 8192)), ca.SizeLimitError,
         "small enough"),
        (lambda: ca.singular_values(ca.Conv([[[1, 1]]], padding=(0, 1), padding_mode="circular"), (1, 2**38)),
         ca.SizeLimitError, "the values must fit"),
        (lambda: ca.Conv([[[1, np.nan]]]), ca.EntryError, "finite"),
        (lambda: ca.Conv([[[1]]], padding_mode="wrap"), ca.ArgumentError, "write 'circular'"),
    ],
)  # fmt: skip
def test_what_has_no_values_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_helpers():
    A = ca.circulant([1, 2])
    assert matrix_of(A, None) is A
    assert unscaled(np.array([1 + 1j]), 1).tolist() == [2 + 2j]


def test_an_operator_for_all_sizes_has_no_values_yet():
    n = ca.size("n")
    for function in (ca.singular_values, ca.operator_norm):
        with pytest.raises(ca.ArgumentError, match="must be numbers"):
            function(ca.circulant(ca.kernel("w", n)))


@pytest.mark.parametrize("accurate", [False, True])
@pytest.mark.parametrize("channels", [(47, 16), (50, 48), (48, 48)])
def test_large_blocks_against_the_recipe(channels, accurate):
    """Some go by real blocks first and in parts of their own; each frequency counts as often as it occurs."""
    weight = np.random.default_rng(0).standard_normal((*channels, 3, 3))
    blocks = np.fft.fft2(weight.transpose(2, 3, 0, 1), (4, 6), axes=(0, 1))
    want = np.sort(np.linalg.svd(blocks, compute_uv=False).ravel())[::-1]
    found = ca.singular_values(circular(weight), (channels[1], 4, 6), accurate=accurate)
    np.testing.assert_allclose(found, want, rtol=0, atol=(4e-15 if accurate else 1e-12) * want[0])


@pytest.mark.parametrize(("side", "shared"), [(15, 1), (16, 2), (24, 2), (30, 2), (48, 3)])
def test_threads_do_not_change_the_values(monkeypatch, side, shared):
    """Small blocks are shared by as many threads as there are libraries, large ones by all."""
    rng = np.random.default_rng(0)
    layer = ca.Conv(rng.standard_normal((side, side, 3, 3)), padding=1, padding_mode="circular")
    used, plain = [], spectrum.each
    monkeypatch.setattr(spectrum, "each", lambda *args: used.append((len(args[1]), *args[3:])) or plain(*args))
    monkeypatch.setattr(spectrum, "LONG", 2**10)
    monkeypatch.setattr(frequencies, "libraries", lambda: 2)
    monkeypatch.setattr(frequencies, "processors", lambda: 3)
    found = ca.singular_values(layer, (side, 6, 5))
    assert used[0][1] == (None if shared == 3 else shared)
    assert used[0][0] >= min(shared, 2)
    used.clear()
    monkeypatch.setattr(spectrum, "LONG", 2**40)
    monkeypatch.setattr(spectrum, "LARGE", 2**40)
    expected = ca.singular_values(layer, (side, 6, 5))
    assert used[0] == (1, 1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * expected[0])
