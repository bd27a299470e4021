"""Layers as modules of PyTorch: there and back, and the same integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from torch_cases import CASES, integer_module

import convalgebra as ca


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="writing PyTorch's modules needs the extra 'torch'")


@pytest.mark.parametrize(("make", "shape"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_there_and_back(torch, make, shape):
    module = integer_module(torch, make)
    again = ca.from_torch(module).to_torch(spatial=len(shape) - 1)
    xs = torch.randint(-9, 10, (2, *shape)).double()
    assert torch.equal(again(xs.clone()), module(xs.clone()))
    assert not again.training


def ints(*shape):
    return np.random.default_rng(0).integers(-9, 10, shape)


LAYERS = [
    (ca.Conv(ints(2, 1, 3), ints(2), padding=((2, 0),), stride=2), (1, 6)),
    (ca.Conv(ints(2, 1, 3), padding=((1, 2),), padding_mode="circular"), (1, 6)),
    (ca.Conv(ints(2, 1, 3, 2), padding=((1, 2), (0, -1)), op="convolution"), (1, 6, 5)),
    (ca.Conv(ints(2, 1, 4), padding="same_lower"), (1, 6)),
    (ca.Conv(ints(2, 1, 4), padding="full"), (1, 6)),
    (ca.Conv(ints(2, 1, 4), padding="same", padding_mode="reflect"), (1, 6)),
    (ca.ConvTranspose(ints(1, 2, 3), ints(2), stride=2, padding=((1, 0),), output_padding=1), (1, 4)),
    (ca.ConvTranspose(ints(1, 2, 3), padding=((-1, -2),)), (1, 4)),
    (ca.BatchNorm(ints(2), [4, 16], [6, 3], eps=0), (2, 3)),
    (ca.BatchNorm(ints(2), [4, 16], None, [6, 3], eps=0), (2, 3, 3)),
    (ca.GlobalAvgPool(), (2, 2, 4)),
    (ca.GlobalMaxPool(), (2, 3, 4)),
    (ca.Crop((1, 2)), (1, 6)),
    (ca.Pad(1, value=3), (1, 6)),
    (ca.MaxPool(2), (1, 6)),
    (ca.Parallel(ca.Conv(ints(2, 1, 1)), ca.Identity()), (1, 5)),
    (ca.Parallel(ca.Conv(ints(1, 1, 3), padding=1), ca.Identity(), join="sum"), (1, 5)),
    (
        ca.Sequential(ca.Conv(ints(4, 1, 3, 3)), ca.MaxPool(2), ca.Flatten(), ca.BatchNorm(ints(16), [4] * 16, eps=0)),
        (1, 6, 6),
    ),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_the_module_computes_what_the_layer_computes(torch, layer, shape):
    xs = ints(2, *shape)
    ys = layer.to_torch(spatial=len(shape) - 1)(torch.from_numpy(xs).double()).detach().numpy()
    wanted = layer.map(xs)
    assert ys.shape == wanted.shape
    assert (ys == wanted).all()


def test_a_network_tells_its_layers_their_axes(torch):
    net = ca.Sequential(ca.Conv([[[1, 2]]]), ca.MaxPool(2), ca.Parallel(ca.GlobalAvgPool(), ca.GlobalMaxPool()))
    module = net.to_torch()
    assert type(module[1]).__name__ == "MaxPool1d"
    assert module(torch.tensor([[[1.0, 2, 3, 4, 5]]]).double()).tolist() == [[[11.0], [14.0]]]


@pytest.mark.usefixtures("torch")
def test_abstract_weights_are_meta():
    module = ca.Conv(ca.abstract((64, 3, 7, 7)), ca.abstract(64)).to_torch()
    assert module.weight.is_meta
    assert sum(p.numel() for p in module.parameters()) == 64 * 3 * 49 + 64


REFUSED = [
    (ca.Conv([[[1, 2]]], padding="same_upper", stride=2), "padding must be known without the size"),
    (ca.Conv([[[1, 2, 3]]], padding=1, padding_mode="symmetric"), "not 'symmetric'"),
    (ca.Conv(ca.symbols("w", 2)[None, None]), r"numbers that float64 holds, not entries in ZZ\[w0, w1\]"),
    (ca.Conv([[[Fraction(1, 3)]]]), "not entries in QQ"),
    (ca.Conv([[[2**53 + 1]]]), "not entries in ZZ"),
    (ca.Conv(np.ones((1, 1, 1, 1, 1, 1))), "1 to 3 spatial axes, not 4"),
    (ca.MaxPool(2), r"MaxPool must know its spatial axes to become a module; write layer\.to_torch\(spatial=2\)"),
    (ca.MaxPool((2,), padding=((1, 0),)), "symmetric"),
    (ca.Sequential(ca.Conv([[[1]]]), ca.MaxPool(1, over="channels")), "over space"),
    (ca.AvgPool((2,), dilation=2), "dilation of a sum must be 1"),
    (ca.AvgPool((2,), divisor_override=3), "divisor_override must be None on one axis"),
    (ca.LpPool((2,), p=3), "an even p"),
    (ca.LocallyConnected([[[[1]]]]), "PyTorch module of its kind, not be LocallyConnected"),
    (ca.Upsample(2, "zeros"), "must be 'nearest'"),
    (ca.PixelShuffle(2, order="DCR"), "must be 'CRD'"),
    (ca.Flatten("last"), "must be 'first'"),
    (ca.Unfold((2, 2), padding=((1, 0), (0, 0))), "alike on both sides"),
]


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize(("layer", "text"), REFUSED)
def test_what_pytorch_cannot_say_is_refused(layer, text):
    with pytest.raises(ca.ArgumentError, match=text):
        layer.to_torch()


def test_a_norm_over_one_axis_comes_back(torch):
    module = ca.from_torch(torch.nn.LPPool1d(2, 3)).to_torch()
    x = torch.arange(18, dtype=torch.float64).reshape(1, 2, 9)
    assert torch.equal(module(x), torch.nn.LPPool1d(2, 3)(x))


@pytest.mark.parametrize("spatial", ["a", int, -1, 4, 1.5])
def test_the_number_of_axes_is_a_number(spatial):
    with pytest.raises(ca.ArgumentError, match="spatial must be"):
        ca.Conv([[[1]]]).to_torch(spatial)
