"""SciPy and NumPy: calls recorded while their own test suites ran."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from oracles import DIFFERS, cases, check, claim

import convalgebra as ca

NDIMAGE_MODES = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "replicate",
    "wrap": "circular",
    "grid-wrap": "circular",
    "constant": "zeros",
    "grid-constant": "zeros",
}
BOUNDARIES = {"fill": "zeros", "wrap": "circular", "symm": "symmetric"}
PAD_MODES = {
    "constant": "zeros",
    "edge": "replicate",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "wrap": "circular",
}
SCALES = {None: "backward", "sqrtn": "ortho", "n": "forward"}


def flip(w):
    return w[(slice(None, None, -1),) * w.ndim]


def refused(case):
    """Whether the case expects a refusal; a ValueError there is a ValueError here too."""
    return bool(case.get("expected"))


# --- scipy.linalg -----------------------------------------------------------------------------------------------------


@claim("scipy", "linalg.toeplitz")
def test_toeplitz(case):
    """SciPy takes a scalar for a vector of one."""
    c = np.atleast_1d(case["a"].get("c", case["attrs"].get("c")))
    r = np.atleast_1d(case["a"]["r"]) if "r" in case["a"] else None
    check(case, ca.toeplitz(c, r).to_numpy())


@claim("scipy", "linalg.matmul_toeplitz")
def test_matmul_toeplitz(case):
    matrix, x = ca.toeplitz(case["a"]["c"], case["a"]["r"]), case["a"]["x"]
    if refused(case):
        with pytest.raises(ca.ShapeError):
            matrix @ x
    else:
        check(case, matrix @ x)


@claim("scipy", "linalg.hankel")
def test_hankel_is_a_toeplitz_matrix_with_flipped_columns(case):
    c = case["a"]["c"]
    zeros = np.zeros_like(c[1:])
    check(case, (ca.toeplitz(np.append(c[-1:], zeros), flip(c)) @ ca.flip(len(c))).to_numpy())


@claim("scipy", "linalg.circulant")
def test_circulant(case):
    check(case, ca.circulant(case["a"]["c"]).to_numpy())


@claim("scipy", "linalg.dft")
def test_dft(case):
    check(case, ca.dft(case["attrs"]["n"], norm=SCALES[case["attrs"].get("scale")]).to_numpy())


@claim("scipy", "linalg.convolution_matrix")
def test_convolution_matrix(case):
    w, n, mode = case["a"]["a"], case["attrs"]["n"], case["attrs"].get("mode", "full")
    if refused(case):
        with pytest.raises(ca.ConvAlgebraError):
            ca.convolution_matrix(w, n, mode)
    else:
        check(case, ca.convolution_matrix(w, n, mode).to_numpy())


@claim("scipy", "linalg.solve_circulant")
def test_solve_circulant(case):
    check(case, ca.solve_circulant(case["a"]["c"], case["a"]["b"]))


def toeplitz_of(case):
    return (case["a"]["c"], case["a"]["r"]) if "r" in case["a"] else case["a"]["c"]


@claim("scipy", "linalg.solve_toeplitz")
def test_solve_toeplitz(case):
    check(case, ca.solve_toeplitz(toeplitz_of(case), case["a"]["b"]))


# --- convolve and correlate -------------------------------------------------------------------------------------------


def convolved(w, x, mode):
    """SciPy's "same" is as long as x; the matrix is NumPy's, as long as the longer, so it is cropped out of "full"."""
    if mode == "same" and any(k > n for k, n in zip(w.shape, x.shape, strict=True)):
        full = convolved(w, x, "full")
        extra = [f - n for f, n in zip(full.shape, x.shape, strict=True)]
        return (ca.crop(full.shape, tuple((e // 2, e - e // 2) for e in extra)) @ full.ravel()).reshape(x.shape)
    matrix = ca.convolution_matrix(w, x.shape, mode)
    return (matrix @ x.ravel()).reshape(matrix.boxes[0])


def correlated(w, x, mode):
    """Correlation conjugates the kernel in NumPy and SciPy; the library's does not."""
    if mode == "same" and any(k > n for k, n in zip(w.shape, x.shape, strict=True)):
        return convolved(flip(w.conj()), x, mode)
    matrix = ca.convolution_matrix(w.conj(), x.shape, mode, op="correlation")
    return (matrix @ x.ravel()).reshape(matrix.boxes[0])


def over_axes(w, x, axes, mode):
    """Convolve along some axes; the others are a batch, with a length of 1 repeated."""
    axes = sorted({axis % x.ndim for axis in np.atleast_1d(axes)})
    rest = [axis for axis in range(x.ndim) if axis not in axes]
    lengths = [max(x.shape[axis], w.shape[axis]) for axis in rest]
    w, x = (
        np.broadcast_to(np.transpose(v, rest + axes), (*lengths, *[v.shape[axis] for axis in axes])) for v in (w, x)
    )
    parts = {place: convolved(w[place], x[place], mode) for place in product(*map(range, lengths))}
    inner = next(iter(parts.values())).shape
    y = np.asarray(list(parts.values())).reshape(*lengths, *inner)
    return np.transpose(y, np.argsort(rest + axes))


@claim("scipy", "signal.convolve", "signal.fftconvolve", "signal.oaconvolve")
def test_signal_convolve(case):
    x, w, attrs = case["a"]["in1"], case["a"]["in2"], case["attrs"]
    mode = attrs.get("mode", "full")
    if refused(case):
        with pytest.raises(ca.ConvAlgebraError):
            ca.convolution_matrix(w, x.shape, mode)
    elif attrs.get("axes") is None:
        check(case, convolved(w, x, mode))
    else:
        check(case, over_axes(w, x, attrs["axes"], mode))


@claim("scipy", "signal.correlate")
def test_signal_correlate(case):
    x, w, mode = case["a"]["in1"], case["a"]["in2"], case["attrs"].get("mode", "full")
    if refused(case):
        with pytest.raises(ca.ConvAlgebraError):
            ca.convolution_matrix(w, x.shape, mode, op="correlation")
    else:
        check(case, correlated(w, x, mode))


@claim("scipy", "numpy.convolve", "numpy.correlate")
def test_numpy_convolve_and_correlate(case):
    x, w, mode = case["a"]["a"], case["a"]["v"], case["attrs"].get("mode", "full")
    op = "convolution" if case["op"] == "numpy.convolve" else "correlation"
    if refused(case):
        with pytest.raises(ca.ConvAlgebraError):
            ca.convolution_matrix(w, len(x), mode, op=op)
    else:
        check(case, (convolved if op == "convolution" else correlated)(w, x, mode))


def filtered(layer, x, fill=0):
    """The extension by a value c is x -> P x + c (1 - P 1), so the filter adds c (sum of w - A 1)."""
    shape = (1, *x.shape)
    y = layer(x.reshape(shape))
    return (y + fill * (layer.weight.sum() - layer(np.ones(shape, dtype=np.int64))) if fill else y)[0]


def reach(kernel, mode):
    """(lo, hi) of each axis for a convolution in SciPy's mode."""
    ends = {"full": lambda k: (k - 1, k - 1), "same": lambda k: (k // 2, (k - 1) // 2), "valid": lambda _: (0, 0)}
    return tuple(ends[mode](k) for k in kernel)


@claim("scipy", "signal.convolve2d", "signal.correlate2d")
def test_signal_in_two_dimensions(case):
    x, w, attrs = case["a"]["in1"], case["a"]["in2"], case["attrs"]
    mode = attrs.get("mode", "full")
    if refused(case):
        with pytest.raises(ca.ConvAlgebraError):
            ca.convolution_matrix(w, x.shape, mode)
        return
    w = flip(w.conj()) if case["op"] == "signal.correlate2d" else w
    if mode == "valid" and any(k > n for k, n in zip(w.shape, x.shape, strict=True)):
        x, w = w, x
    padding_mode = BOUNDARIES[attrs.get("boundary", "fill")]
    layer = ca.Conv(w[None, None], padding=reach(w.shape, mode), padding_mode=padding_mode, op="convolution")
    check(case, filtered(layer, x, attrs.get("fillvalue", 0)))


@claim("scipy", "signal.upfirdn")
def test_upfirdn_is_down_times_filter_times_up(case):
    """y = D T(h) U x along one axis; `upsample` ends in up - 1 zeros that SciPy leaves out."""
    h, x, attrs = case["a"]["h"], case["a"]["x"], case["attrs"]
    n, up, down = x.shape[attrs.get("axis", -1)], attrs["up"], attrs["down"]
    if refused(case):
        with pytest.raises(ca.ConvAlgebraError):
            ca.downsample(n, down) @ ca.convolution_matrix(h, n)
        return
    spread = ca.crop(n * up, (0, up - 1)) @ ca.upsample(n, up)
    kernel = ca.convolution_matrix(h, spread.shape[0])
    matrix = ca.downsample(kernel.shape[0], down) @ kernel @ spread
    check(case, np.apply_along_axis(matrix.to_numpy().__matmul__, attrs.get("axis", -1), x))


# --- scipy.ndimage ----------------------------------------------------------------------------------------------------


def image_filter(w, attrs, op):
    """Window lengths k at k//2 + origin; a convolution is the mirrored correlation, an even kernel one place on."""
    origin = np.broadcast_to(attrs.get("origin", 0), w.ndim)
    left = [k // 2 + (o if op == "correlation" else -o - (k + 1) % 2) for k, o in zip(w.shape, origin, strict=True)]
    padding = tuple((int(lo), int(k - 1 - lo)) for k, lo in zip(w.shape, left, strict=True))
    mode = attrs.get("mode", "reflect")
    mode = mode if isinstance(mode, str) else mode[0]
    return ca.Conv(w[None, None], padding=padding, padding_mode=NDIMAGE_MODES[mode], op=op)


def cast(y, like):
    """ndimage writes into an array of its output type: towards zero for integers."""
    return np.trunc(y.real).astype(np.int64) if like.dtype.kind in "iu" else y


def check_filter(case, w, op):
    attrs, x = case["attrs"], case["a"]["input"]
    fill = attrs.get("cval", 0) if "constant" in attrs.get("mode", "reflect") else 0
    layer = image_filter(w.conj() if op == "correlation" else w, attrs, op)
    if w.ndim < x.ndim:
        axis = attrs.get("axis", -1)
        y = np.apply_along_axis(lambda line: filtered(layer, line, fill), axis, x)
    else:
        y = filtered(layer, x, fill)
    check(case, cast(y, case["a"]["y"]))


@claim("scipy", "ndimage.convolve", "ndimage.convolve1d")
def test_ndimage_convolve(case):
    check_filter(case, case["a"]["weights"], "convolution")


@claim("scipy", "ndimage.correlate", "ndimage.correlate1d")
def test_ndimage_correlate(case):
    check_filter(case, case["a"]["weights"], "correlation")


@claim("scipy", "ndimage.uniform_filter", "ndimage.uniform_filter1d")
def test_ndimage_uniform_filter_has_equal_weights(case):
    size = np.broadcast_to(case["a"].get("size", case["attrs"].get("size", 3)), case["a"]["input"].ndim)
    check_filter(case, np.full(size, 1 / np.prod(size)), "correlation")


# --- extensions and shifts --------------------------------------------------------------------------------------------


@claim("scipy", "numpy.pad")
def test_pad(case):
    """A constant other than 0 fills the rows that read nothing: y = P x + value (1 - P 1)."""
    x, attrs = case["a"]["array"], case["attrs"]
    widths = np.broadcast_to(attrs["pad_width"], (x.ndim, 2)).tolist()
    matrix = ca.pad(x.shape, tuple(map(tuple, widths)), PAD_MODES[attrs["mode"]])
    y, value = matrix @ x.ravel(), attrs.get("constant_values", 0)
    unread = 1 - matrix @ np.ones(x.size, dtype=np.int64)
    filled = (y + value * unread if value else y).reshape(case["a"]["y"].shape)
    check(case, cast(filled, case["a"]["y"]))


@claim("scipy", "numpy.roll")
def test_roll(case):
    """Without an axis numpy rolls the flattened array; an axis named twice is shifted twice."""
    x, shift, axis = case["a"]["a"], case["attrs"]["shift"], case["attrs"].get("axis")
    if axis is None:
        matrix = ca.shift(x.size, shift)
    else:
        total = [0] * x.ndim
        for step, place in np.broadcast(shift, axis):
            total[place] += int(step)
        matrix = ca.shift(x.shape, tuple(total))
    check(case, (matrix @ x.ravel()).reshape(x.shape))


# --- where the library answers otherwise ------------------------------------------------------------------------------


def test_a_regular_matrix_with_a_singular_leading_block_is_solved():
    (case,) = [case for case in cases("scipy", op="linalg.solve_toeplitz") if case["id"] in DIFFERS]
    assert case["expected"]["raises"] == "LinAlgError"
    matrix, b = ca.toeplitz(toeplitz_of(case)), case["a"]["b"]
    assert ca.det(ca.toeplitz(case["a"]["c"][:2])) == 0
    assert ca.det(matrix) != 0
    np.testing.assert_allclose(matrix @ ca.solve(matrix, b), b, atol=1e-14)


@pytest.mark.parametrize("mode", ["maximum", "median", "linear_ramp", "mean"])
def test_border_statistics_are_no_extension_by_indices(mode):
    differing = {case["attrs"]["mode"] for case in cases("scipy", op="numpy.pad") if case["id"] in DIFFERS}
    assert mode in differing
    with pytest.raises(ca.ArgumentError, match=mode):
        ca.pad(3, (1, 1), mode)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ca.pad(0, (1, 1), "zeros"),
        lambda: ca.shift(0, 1),
        lambda: ca.toeplitz(np.zeros(0), np.zeros(0)),
        lambda: ca.convolution_matrix(np.ones(1), 0),
        lambda: ca.convolution_matrix(np.zeros(0), 3),
        lambda: ca.convolution_matrix(np.asarray(2), ()),
        lambda: ca.Conv(np.ones((1, 1, 2)), padding="same")(np.ones((1, 0))),
    ],
)
def test_empty_and_scalar_signals_are_refused(call):
    with pytest.raises(ca.ConvAlgebraError):
        call()
