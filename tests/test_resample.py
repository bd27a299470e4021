"""Layers that move places: 0/1 matrices, PyTorch's numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca


def torch_module():
    return pytest.importorskip("torch", reason="the comparison with live PyTorch needs the extra 'torch'")


def counted(shape):
    return np.arange(1, 1 + np.prod(shape)).reshape(shape)


def same_as_torch(layer, function, shape):
    """On numbers that are all different, and as a matrix with at most one 1 a row."""
    torch, x = torch_module(), counted(shape)
    y = function(torch.from_numpy(x.astype(np.float64))[None]).numpy()[0]
    assert layer.output_shape(shape) == y.shape
    assert np.array_equal(layer(x), y)
    dense = layer.matrix(shape).to_numpy()
    assert set(np.unique(dense)) <= {0, 1}
    assert dense.sum(axis=1).max() <= 1
    assert np.array_equal(dense @ x.ravel(), y.ravel())


@given(scale=st.lists(st.integers(1, 3), min_size=1, max_size=3), size=st.integers(1, 3))
def test_live_torch_upsample(scale, size):
    factors = tuple(float(s) for s in scale)
    torch = torch_module()
    same_as_torch(
        ca.Upsample(tuple(scale)),
        lambda x: torch.nn.functional.interpolate(x, scale_factor=factors),
        (2, *[size] * len(scale)),
    )


def test_upsample_by_zeros_is_the_transpose_of_downsample():
    layer = ca.Upsample((2, 3), "zeros")
    assert bool(layer.matrix((2, 2, 2)) == ca.downsample((2, 4, 6), (1, 2, 3)).T)


def test_nearest_is_zeros_held_by_ones():
    """Repeating s times is inserting zeros, then the causal sum of s places."""
    hold = ca.Conv(np.ones((1, 1, 3), dtype=int), padding=((2, 0),))
    assert bool(ca.Sequential(ca.Upsample(3, "zeros"), hold).matrix((1, 4)) == ca.Upsample(3).matrix((1, 4)))


@given(r=st.integers(1, 3), c=st.integers(1, 2), h=st.integers(1, 3), w=st.integers(1, 3))
def test_live_torch_pixel_shuffle(r, c, h, w):
    functional = torch_module().nn.functional
    same_as_torch(ca.PixelShuffle(r), lambda x: functional.pixel_shuffle(x, r), (c * r * r, h, w))
    same_as_torch(ca.PixelUnshuffle(r), lambda x: functional.pixel_unshuffle(x, r), (c, h * r, w * r))


@pytest.mark.parametrize("order", ["CRD", "DCR"])
def test_shuffles_undo_each_other(order):
    there, back = ca.PixelShuffle(2, order=order), ca.PixelUnshuffle(2, order=order)
    assert bool(back.matrix((2, 4, 6)) @ there.matrix((8, 2, 3)) == ca.identity((8, 2, 3)))


def test_depth_to_space_of_onnx_and_tensorflow():
    """DCR reads the channel as (a, b, c): the reshape and transposition of the ONNX specification."""
    x = counted((12, 2, 2))
    want = x.reshape(2, 2, 3, 2, 2).transpose(2, 3, 0, 4, 1).reshape(3, 4, 4)
    assert np.array_equal(ca.PixelShuffle(2, order="DCR")(x), want)
    assert not np.array_equal(ca.PixelShuffle(2)(x), want)


@given(groups=st.integers(1, 3), each=st.integers(1, 3))
def test_live_torch_channel_shuffle(groups, each):
    shuffle = torch_module().nn.functional.channel_shuffle
    same_as_torch(ca.ChannelShuffle(groups), lambda x: shuffle(x, groups), (groups * each, 2, 2))


@given(
    widths=st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 2)), min_size=1, max_size=2), value=st.integers(-2, 2)
)
def test_live_torch_pad(widths, value):
    torch, x = torch_module(), counted((2, *[3] * len(widths)))
    flat = [w for pair in reversed(widths) for w in pair]
    y = torch.nn.functional.pad(torch.from_numpy(x.astype(np.float64)), flat, value=value).numpy()
    layer = ca.Pad(tuple(widths), value=value)
    assert np.array_equal(layer(x), y)
    A, b = layer.affine(x.shape)
    assert np.array_equal(A @ x.ravel() + b, y.ravel())


@pytest.mark.parametrize("mode", ["circular", "reflect", "symmetric", "replicate"])
def test_pad_extends_the_spatial_axes(mode):
    name = {"circular": "wrap", "replicate": "edge"}.get(mode, mode)
    x = counted((2, 3, 4))
    assert np.array_equal(ca.Pad(((1, 2), (0, 1)), mode)(x), np.pad(x, ((0, 0), (1, 2), (0, 1)), mode=name))


def test_crop_undoes_pad():
    assert bool(ca.Sequential(ca.Pad(2), ca.Crop(2)).matrix((1, 4)) == ca.identity((1, 4)))
    assert np.array_equal(ca.Crop(((1, 0), (0, 2)))(counted((1, 3, 4))), counted((1, 3, 4))[:, 1:, :2])


@st.composite
def windows(draw):
    kernel, stride, dilation = ((draw(st.integers(1, 3)), draw(st.integers(1, 2))) for _ in range(3))
    padding = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    sizes = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 2))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    )
    return {"kernel_size": kernel, "stride": stride, "dilation": dilation, "padding": padding}, sizes


@given(call=windows())
def test_live_torch_unfold_and_fold(call):
    torch, (settings, sizes) = torch_module(), call
    same_as_torch(ca.Unfold(**settings), lambda x: torch.nn.functional.unfold(x, **settings), (2, *sizes))
    unfold, fold = ca.Unfold(**settings), ca.Fold(sizes, **settings)
    columns = counted(unfold.output_shape((2, *sizes)))
    y = torch.nn.functional.fold(torch.from_numpy(columns.astype(np.float64))[None], sizes, **settings).numpy()[0]
    assert np.array_equal(fold(columns), y)
    assert bool(fold.matrix(columns.shape) == unfold.matrix((2, *sizes)).T)


@given(call=windows(), seed=st.integers(0, 999))
def test_im2col_is_one_more_way_to_convolve(call, seed):
    """conv(x) = W.reshape(O, -1) @ unfold(x): one dense product."""
    (settings, sizes), random = call, np.random.default_rng(seed)
    weight, x = (
        random.integers(-9, 10, size=(3, 2, *settings["kernel_size"])),
        random.integers(-9, 10, size=(2, *sizes)),
    )
    conv = ca.Conv(weight, **{name: settings[name] for name in ("stride", "padding", "dilation")})
    y = weight.reshape(3, -1) @ ca.Unfold(**settings)(x)
    assert np.array_equal(y.reshape(conv.output_shape(x.shape)), conv(x))


def test_any_entries_move():
    x = ca.symbols("x", (4, 1, 1))
    assert ca.PixelShuffle(2)(x).ravel().tolist() == x.ravel().tolist()
    assert ca.Unfold(2)(x.reshape(1, 4)).tolist() == [x.ravel()[:3].tolist(), x.ravel()[1:].tolist()]


def test_batches():
    xs = counted((5, 1, 4, 4))
    assert ca.Unfold((2, 2))(xs).shape == (5, 4, 9)
    assert ca.Upsample((2, 2))(xs).shape == (5, 1, 8, 8)
    assert ca.Upsample(2).map(xs).shape == (5, 1, 8, 8)
    assert ca.Fold((4, 4), 2)(counted((5, 4, 9))).shape == (5, 1, 4, 4)


@pytest.mark.parametrize(
    ("make", "shape", "text"),
    [
        (lambda: ca.PixelShuffle(2), (3, 2, 2), r"the 3 channels must be a multiple of 2\^2 = 4"),
        (lambda: ca.PixelShuffle(0), (4, 2, 2), "factor must be at least 1"),
        (lambda: ca.PixelShuffle(2, order="torch"), (4, 2, 2), "order must be one of"),
        (lambda: ca.PixelUnshuffle(2), (1, 3, 4), "must be multiples of the factor 2"),
        (lambda: ca.ChannelShuffle(3), (4, 2), "groups must divide the 4 channels"),
        (lambda: ca.Upsample(2, "linear"), (1, 2), "mode must be one of"),
        (lambda: ca.Upsample((2, 2)), (1, 2), "scale"),
        (lambda: ca.Pad(1, "edge"), (1, 2), "write 'replicate'"),
        (lambda: ca.Pad(1, "reflect", 3), (1, 2), 'unless mode is "zeros"'),
        (lambda: ca.Pad((-3, 0)), (1, 3), "at least one place"),
        (lambda: ca.Crop((-1, 0)), (1, 3), "non-negative"),
        (lambda: ca.Fold((3, 3), 2), (4, 5), "4 windows fit"),
        (lambda: ca.Fold((3, 3), 2), (3, 4), r"channels \* 4"),
        (lambda: ca.Unfold(4), (1, 3), "must hold the kernel"),
        (lambda: ca.PixelShuffle(2), (4, 2**20, 2**20), "memory|bytes|GiB"),
        (lambda: ca.ChannelShuffle(2), (4, 2**20, 2**20), "memory|bytes|GiB"),
        (lambda: ca.Crop(1), (5,), r"write x\[None\]"),
    ],
)
def test_bad_use(make, shape, text):
    with pytest.raises(ca.ConvAlgebraError, match=text):
        make().matrix(shape)
