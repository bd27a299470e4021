"""Pools: PyTorch's numbers, exact averages, maxima as a matrix over (max, +)."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra import rings


@st.composite
def calls(draw, *, dilated=False):
    """Settings that torch accepts, an input shape, a seed."""
    ndim = draw(st.integers(1, 3))

    def sizes(low, high):
        return tuple(draw(st.lists(st.integers(low, high), min_size=ndim, max_size=ndim)))

    kernel, stride = sizes(1, 3), sizes(1, 3)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": draw(st.booleans())}
    if dilated:
        settings["dilation"] = sizes(1, 2)
    spatial = sizes(1, 6 if ndim < 3 else 4)
    dilation = settings.get("dilation", (1,) * ndim)
    fits = zip(spatial, kernel, padding, dilation, strict=True)
    assume(all(n + 2 * p > d * (k - 1) for n, k, p, d in fits))
    return settings, (draw(st.integers(1, 2)), *spatial), draw(st.integers(0, 2**32 - 1))


def torch_functions():
    return pytest.importorskip("torch", reason="the comparison with live PyTorch needs the extra 'torch'")


def batch(seed, shape):
    return np.random.default_rng(seed).integers(-9, 10, size=(2, *shape))


@given(call=calls(), include=st.booleans(), divisor=st.sampled_from([None, 3, -2]))
def test_live_torch_average(call, include, divisor):
    """Sums of integers are exact in float64; the one division a place rounds alike."""
    torch, (settings, shape, seed) = torch_functions(), call
    xs, ndim = batch(seed, shape), len(shape) - 1
    assume(ndim < 3 or all(n >= k for n, k in zip(shape[1:], settings["kernel_size"], strict=True)))  # torch's own rule
    options = {**settings, "count_include_pad": include, **({"divisor_override": divisor} if ndim > 1 else {})}
    y = getattr(torch.nn.functional, f"avg_pool{ndim}d")(torch.from_numpy(xs.astype(np.float64)), **options).numpy()
    layer = ca.AvgPool(**options)
    assert np.array_equal(layer(xs).astype(np.float64), y)
    exact = layer.matrix(shape) @ xs[0].ravel()
    assert np.array_equal(exact, layer(xs[0]).ravel())


@given(call=calls(dilated=True))
def test_live_torch_maximum(call):
    torch, (settings, shape, seed) = torch_functions(), call
    xs, ndim = batch(seed, shape), len(shape) - 1
    function = getattr(torch.nn.functional, f"max_pool{ndim}d")
    y, where = function(torch.from_numpy(xs.astype(np.float64)), **settings, return_indices=True)
    assume(np.isfinite(y.numpy()).all())  # a window in the padding: -inf there, refused here
    layer = ca.MaxPool(**settings)
    assert np.array_equal(layer(xs), y.numpy())
    assert np.array_equal(layer.indices(xs), where.numpy())
    A = layer.matrix(shape, semiring="max-plus")
    assert np.array_equal(A @ xs.reshape(2, -1).T, layer(xs).reshape(2, -1).T)


@given(call=calls(), p=st.integers(1, 4))
def test_live_torch_norm(call, p):
    """torch has no padding here, takes no absolute value, and rescales with ceil_mode."""
    torch, (settings, shape, seed) = torch_functions(), call
    settings = {**settings, "padding": 0, "ceil_mode": False}
    assume(all(n >= k for n, k in zip(shape[1:], settings["kernel_size"], strict=True)))
    xs, ndim = batch(seed, shape), len(shape) - 1
    names = {name: settings[name] if ndim > 1 else settings[name][0] for name in ("kernel_size", "stride")}
    y = getattr(torch.nn.functional, f"lp_pool{ndim}d")(
        torch.from_numpy(abs(xs).astype(np.float64)), p, **names
    ).numpy()
    np.testing.assert_allclose(ca.LpPool(**settings, p=p)(xs).astype(np.float64), y, rtol=1e-13, atol=1e-13)


@given(shape=st.lists(st.integers(1, 7), min_size=1, max_size=3), goal=st.integers(1, 8), seed=st.integers(0, 99))
def test_live_torch_adaptive(shape, goal, seed):
    torch, xs = torch_functions(), batch(seed, (2, *shape))
    function = getattr(torch.nn.functional, f"adaptive_avg_pool{len(shape)}d")
    y = function(torch.from_numpy(xs.astype(np.float64)), goal).numpy()
    layer = ca.AdaptiveAvgPool((goal,) * len(shape))
    assert layer.output_shape((2, *shape)) == y.shape[1:]
    np.testing.assert_allclose(layer(xs).astype(np.float64), y, rtol=1e-13, atol=1e-13)


# --- averages ---------------------------------------------------------------------------------------------------------


def test_averages_are_exact_fractions():
    assert ca.AvgPool(3)([[1, 1, 0]]).tolist() == [[Fraction(2, 3)]]
    assert ca.AvgPool(2)([[Fraction(1, 3), 1]]).tolist() == [[Fraction(2, 3)]]
    x = ca.symbols("x", (1, 2))
    assert (ca.AvgPool(2)(x)[0, 0] - (x[0, 0] + x[0, 1]) / 2).expand() == 0
    assert ca.AvgPool(2)([[2**62, 2**62]]).tolist() == [[2**62]]


def test_an_average_is_a_convolution_where_all_windows_count_alike():
    layer, ones = ca.AvgPool(2, padding=1), ca.Conv([[[Fraction(1, 2)] * 2]], stride=2, padding=1)
    assert layer.is_convolution((1, 4))
    assert bool(layer.matrix((1, 4)) == ones.matrix((1, 4)))
    partial = ca.AvgPool(2, padding=1, count_include_pad=False)
    assert not partial.is_convolution((1, 4))
    assert partial.matrix((1, 4)).to_numpy().tolist() == [
        [1, 0, 0, 0],
        [0, Fraction(1, 2), Fraction(1, 2), 0],
        [0, 0, 0, 1],
    ]
    assert "linear, but no convolution: count(i) is 1 to 2" in partial.explain((1, 4))
    assert "a convolution: count(i) is 2" in layer.explain((1, 4))
    assert "where every count(i) is one number" in layer.explain()
    with pytest.raises(ca.ArgumentError, match="windows count differently"):
        partial.convolution((1, 4))
    with pytest.raises(ca.ArgumentError, match="over the channels"):
        ca.AvgPool(2, over="channels").convolution((2, 4))


@given(call=calls())
def test_the_convolution_of_an_average_is_the_average(call):
    settings, shape, _ = call
    layer = ca.AvgPool(**settings, divisor_override=2)
    A = layer.matrix(shape)
    assert bool(layer.convolution(shape).matrix(shape) == A)
    D, T, P = layer.factors(shape)
    assert np.array_equal(D.to_numpy() @ T.to_numpy() @ P.to_numpy(), A.to_numpy())


def test_no_single_kernel_gives_the_partial_average():
    """The false sibling: of all kernels (a, b), none has the matrix."""
    a, b = ca.symbols("w", 2)
    partial = ca.AvgPool(2, padding=1, count_include_pad=False).matrix((1, 4))
    single = ca.Conv([[[a, b]]], stride=2, padding=1).matrix((1, 4))
    difference = (partial - single).to_numpy()
    assert {str(e) for e in difference[0]} >= {"1 - w1"}
    assert {str(e) for e in difference[1]} >= {"1/2 - w1"}


def test_a_divisor_replaces_the_count():
    assert ca.AvgPool(2, divisor_override=3)([[3, 3]]).tolist() == [[2]]
    with pytest.raises(ca.ArgumentError, match="non-zero integer, not 0"):
        ca.AvgPool(2, divisor_override=0)


def test_windows_that_count_nothing_are_refused():
    with pytest.raises(ca.ShapeError, match="window 0 lies in the padding"):
        ca.AvgPool(2, stride=1, padding=((2, 0),), count_include_pad=False)([[1, 2]])


def test_averages_across_channels():
    x = np.arange(24).reshape(4, 2, 3)
    assert np.array_equal(ca.AvgPool(2, over="channels")(2 * x), x[::2] + x[1::2])
    assert np.array_equal(ca.MaxPool(3, stride=1, over="channels")(x), x[2:])
    assert ca.MaxPool(4, over="channels").matrix((4, 2), semiring="max-plus").shape == (2, 8)


def test_adaptive_is_plain_where_the_sizes_divide():
    assert bool(ca.AdaptiveAvgPool(2).matrix((2, 6)) == ca.AvgPool(3).matrix((2, 6)))


def test_global_pools_keep_their_axes():
    x = np.arange(12).reshape(2, 2, 3)
    assert np.array_equal(ca.GlobalMaxPool()(x), x.max(axis=(1, 2), keepdims=True))
    assert np.array_equal(ca.GlobalAvgPool()(2 * x).astype(int), (2 * x).sum(axis=(1, 2), keepdims=True) // 6)
    assert ca.GlobalAvgPool().matrix((2, 2, 3)).boxes == ((2, 1, 1), (2, 2, 3))
    assert ca.GlobalAvgPool().map(x[None]).shape == (1, 2, 1, 1)


# --- maxima -----------------------------------------------------------------------------------------------------------


def test_a_maximum_has_no_matrix_and_the_error_shows_why():
    layer = ca.MaxPool(2)
    with pytest.raises(ca.NotLinearError, match=r'f\(x\) \+ f\(y\) = 2, f\(x \+ y\) = 1 .* semiring="max-plus"'):
        layer.matrix((1, 2))
    x, y = layer.witness((1, 2))
    assert (layer(x) + layer(y) != layer(x + y)).any()
    with pytest.raises(ca.NotLinearError):
        layer.affine((1, 2))


def test_one_window_of_two_places_is_enough():
    """The first window reads one place and the padding, the second reads two."""
    with pytest.raises(ca.NotLinearError, match=r"x = e\[0, 1\], y = e\[0, 2\]"):
        ca.MaxPool(2, padding=((1, 0),)).matrix((1, 3))


def test_a_maximum_over_one_place_is_linear():
    layer = ca.MaxPool(1, stride=2)
    assert bool(layer.matrix((2, 5)) == ca.downsample((2, 5), (1, 2)))
    with pytest.raises(ca.ArgumentError, match="one place each"):
        layer.witness((2, 5))


def test_the_layer_is_its_max_plus_matrix_for_every_real_signal():
    """Symbols: both sides are the same SymPy maxima."""
    x = ca.symbols("x", (1, 5))
    layer = ca.MaxPool(3, stride=1, padding=1)
    A = layer.matrix((1, 5), semiring="max-plus")
    assert (A @ x.ravel()).tolist() == layer(x).ravel().tolist()
    assert {str(e) for e in layer(x)[0, :2]} == {"Max(x00, x01)", "Max(x00, x01, x02)"}


def test_maxima_of_any_exact_numbers():
    assert ca.MaxPool(2)([[Fraction(1, 2), Fraction(2, 3)]]).tolist() == [[Fraction(2, 3)]]
    assert ca.MaxPool(2)([[2**70, 2**70 + 1]]).tolist() == [[2**70 + 1]]
    with pytest.raises(ca.EntryError, match="real numbers"):
        ca.MaxPool(2)([[1j, 2]])


def test_the_first_of_equal_maxima_is_named():
    assert ca.MaxPool(2, stride=1).indices([[5, 5, 1, 5]]).tolist() == [[0, 1, 3]]
    with pytest.raises(ca.ArgumentError, match="numbers, not of symbols"):
        ca.MaxPool(2).indices(ca.symbols("x", (1, 2)))


def test_unknown_semiring():
    with pytest.raises(ca.ArgumentError, match="'max-plus'"):
        ca.MaxPool(2).matrix((1, 2), semiring="tropical")


# --- norms ------------------------------------------------------------------------------------------------------------


def test_norms_are_exact_where_they_can_be():
    assert ca.LpPool(2, p=1)([[-3, 4]]).tolist() == [[7]]
    assert ca.LpPool(2)([[-3, 4]]).dtype == np.int64
    assert ca.LpPool(2)([[1, 1]]).tolist() == [[pytest.approx(2**0.5)]]
    x = ca.symbols("x", (1, 2))
    assert str(ca.LpPool(2)(x)[0, 0]) == "sqrt(x00**2 + x01**2)"
    assert ca.LpPool(2, p=3)([[-(2**40), 0]]).tolist() == [[2**40]]


def test_powers_beyond_64_bits_stay_exact():
    assert ca.LpPool(2, p=4)([[0, -(2**40)]]).tolist() == [[2**40]]


def test_a_norm_is_not_linear():
    with pytest.raises(ca.NotLinearError, match=r"not LpPool: f\(x\) \+ f\(y\) = 2, f\(x \+ y\) = 0"):
        ca.LpPool(2).matrix((1, 4))
    with pytest.raises(ca.ArgumentError, match="p must be at least 1"):
        ca.LpPool(2, p=0)


AVERAGES = [
    ca.AvgPool(2),
    ca.AvgPool(3, stride=1, padding=1, count_include_pad=False),
    ca.AvgPool(2, divisor_override=-3, dilation=2, stride=1),
    ca.AvgPool(40, stride=1),
    ca.GlobalAvgPool(),
    ca.AdaptiveAvgPool(3),
    ca.AdaptiveAvgPool(4),
]


@pytest.mark.parametrize("layer", AVERAGES, ids=str)
@given(seed=st.integers(0, 999), size=st.sampled_from([1, 9, 2**40, 2**62]), broken=st.booleans())
def test_averages_are_their_matrix_exactly(layer, seed, size, broken):
    """Sums of integers beside fractions, and integers whose sums leave 64 bits."""
    shape = (2, 64) if layer.output_shape((2, 64))[1] < 30 else (1, 41)
    x = np.random.default_rng(seed).integers(-size, size + 1, shape)
    x = x * Fraction(1, 6) if broken else x
    y = layer(x)
    assert y.ravel().tolist() == (layer.matrix(shape) @ x.ravel()).tolist()
    assert {type(v) for v in y.ravel().tolist()} <= {int, Fraction}
    assert all(v.denominator > 1 for v in y.ravel().tolist() if isinstance(v, Fraction))


def test_a_whole_average_is_a_machine_integer():
    assert ca.AvgPool(2)([[2, 4, 6, 8]]).dtype == np.int64
    assert ca.AvgPool(2)([[2, 4, 6, 7]]).tolist() == [[3, Fraction(13, 2)]]
    assert ca.AdaptiveAvgPool(2)([[1, 3, 5]]).tolist() == [[2, 4]]


def test_long_windows_are_summed_as_convolutions():
    layer = ca.AvgPool(129, stride=1)
    assert layer.plan((1, 100_000)).way != "axes"
    assert ca.AvgPool(2).plan((1, 100)).way == ca.MaxPool(129, stride=1).plan((1, 1000)).way == "axes"
    x = np.random.default_rng(0).integers(-9, 9, (1, 3000))
    assert (layer(x) * 129).tolist() == np.convolve(x[0], np.ones(129, dtype=int), "valid")[None].tolist()


@pytest.mark.parametrize("layer", [
    ca.AvgPool(2), ca.AvgPool(3, stride=1, padding=1, count_include_pad=False), ca.AvgPool((2, 2)), ca.GlobalAvgPool(),
    ca.AdaptiveAvgPool(2), ca.AvgPool(70, stride=1, padding=((30, 30),)),
], ids=str)  # fmt: skip
def test_the_mean_of_floats_is_a_float(layer):
    """Also where the sum is none: nothing overflows, and nothing is lost beside it."""
    shape = (1, 5, 5) if layer.spatial == 2 else (1, 45)
    xs = np.full(shape, 1.5e308)
    xs[0, :2] = 3e-320
    exact = layer(rings.filled(shape, map(Fraction, xs.flat)))
    np.testing.assert_allclose(layer(xs), exact.astype(float), rtol=1e-14, atol=1e-323)


def test_rows_of_fractions_average_floats():
    pool, x = ca.AvgPool(2), [1e308, 1.5e308, 3e-320, 5e-320]
    y = pool.matrix((1, 4)) @ x
    np.testing.assert_allclose(y, [1.25e308, 4e-320], rtol=1e-15)
    np.testing.assert_allclose(ca.circulant([Fraction(1, 2), 0, 0, Fraction(1, 2)]) @ x, [y[0], 7.5e307, y[1], 5e307])


@pytest.mark.parametrize("p", [2, 3, 7, 1024])
@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-3, 1e200, 4e307])
def test_the_norm_of_floats_is_a_float(p, size):
    """Also where the powers are none, above the floats or below, in one window beside another."""
    xs = np.array([[3.0, -4.0, 1.0, 0.0, 0.0, 0.0]])
    xs[:, :2] *= size
    y = ca.LpPool(2, p=p)(xs)
    root = mpmath.mpf(3**p + 4**p) ** (mpmath.mpf(1) / p)
    np.testing.assert_allclose(y, [[float(root * mpmath.mpf(size)), 1.0, 0.0]], rtol=4e-15 if size > 1e-308 else 1e-12)
    assert not ca.LpPool(2, p=p)(np.zeros((1, 4))).any()


def test_norms_of_integers_are_floats_where_their_powers_are_none():
    np.testing.assert_allclose(ca.LpPool(2)(np.array([[10**200, 3]], dtype=object)), [[1e200]], rtol=1e-15)
    with pytest.raises(ca.EntryError, match=r"an irrational root must be below 1.8e308"):
        ca.LpPool(2)(np.array([[10**400, 3]], dtype=object))
    np.testing.assert_allclose(ca.LpPool(2)([[Fraction(1, 10**200)] * 2]), [[2**0.5 * 1e-200]], rtol=1e-15)


@pytest.mark.parametrize("layer", [
    lambda: ca.AvgPool(2, padding=-1), lambda: ca.AvgPool(2, padding=2), lambda: ca.AvgPool(()),
    lambda: ca.MaxPool(2, padding="foo"), lambda: ca.AvgPool(2, padding=((1,),)), lambda: ca.LpPool(2, stride=()),
    lambda: ca.AvgPool((2, 2), padding=((1, 1),)), lambda: ca.Unfold(3, padding=-1), lambda: ca.AvgPool(2, dilation=()),
])  # fmt: skip
def test_a_window_is_checked_when_it_is_made(layer):
    with pytest.raises(ca.ArgumentError):
        layer()


def test_the_largest_power_of_a_pool():
    with pytest.raises(ca.ArgumentError, match=r"p must be at most 2\*\*10 in size, not 1025"):
        ca.LpPool(2, p=1025)


@pytest.mark.parametrize("goals", [(2, 3), (4, 3), (2, 7), (3, 5)])
def test_shares_that_fit_one_axis_only_have_their_matrix(goals):
    """Where the places divide one axis of 4 by 7 and not the other, the windows of the other overlap."""
    x, pool = np.arange(28).reshape(1, 4, 7), ca.AdaptiveAvgPool(goals)
    assert (pool.matrix(x.shape) @ x.ravel()).tolist() == pool(x).ravel().tolist()
