"""Modules of PyTorch as layers: the same integers, the weights as stored, and a place for what is refused."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from torch_cases import CASES, integer_module

import convalgebra as ca


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="reading PyTorch's modules needs the extra 'torch'")


@pytest.mark.parametrize(("make", "shape"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_layer_computes_what_the_module_computes(torch, make, shape):
    module = integer_module(torch, make)
    xs = torch.randint(-9, 10, (2, *shape)).double()
    layer = ca.from_torch(module)
    wanted = module(xs.clone()).detach().numpy()
    ys = layer.map(xs.numpy().astype(np.int64))
    assert ys.shape == wanted.shape
    assert (ys == wanted).all()
    assert layer.parameters == sum(p.numel() for p in module.parameters())
    assert layer.output_shape(shape) == wanted.shape[1:]


def test_the_weights_are_those_stored(torch):
    for kind in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        module = torch.nn.Conv1d(1, 1, 3, dtype=kind)
        layer = ca.from_torch(module)
        assert layer.weight.dtype == np.float64
        assert layer.weight.ravel().tolist() == module.weight.detach().double().ravel().tolist()
    assert ca.from_torch(torch.nn.Linear(2, 2, dtype=torch.complex64)).weight.dtype == np.complex128


def test_weights_do_not_follow_the_module(torch):
    module = torch.nn.Linear(2, 1, bias=False).double()
    layer = ca.from_torch(module)
    before = layer.weight.tolist()
    with torch.no_grad():
        module.weight += 1
    assert layer.weight.tolist() == before


def test_batch_norm_uses_running_statistics(torch):
    module = torch.nn.BatchNorm2d(2, eps=0).double().eval()
    module.running_mean = torch.tensor([1.0, 2.0]).double()
    module.running_var = torch.tensor([4.0, 0.25]).double()
    xs = torch.randint(-9, 10, (2, 2, 3, 3)).double()
    assert (ca.from_torch(module).map(xs.numpy()) == module(xs).detach().numpy()).all()
    plain = torch.nn.BatchNorm1d(2, affine=False).eval()
    assert ca.from_torch(plain).parameters == 0


def test_a_repeated_module_is_read_twice(torch):
    conv = torch.nn.Conv1d(1, 1, 3)
    assert len(ca.from_torch(torch.nn.Sequential(conv, conv)).layers) == 2
    assert ca.from_torch(torch.nn.Sequential())([[1, 2]]).tolist() == [[1, 2]]


def test_meta_weights_are_abstract(torch):
    with torch.device("meta"):
        module = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 7), torch.nn.BatchNorm2d(64)).eval()
    layer = ca.from_torch(module)
    assert layer.parameters == 64 * 3 * 49 + 3 * 64
    assert repr(layer.layers[0].weight) == "ca.abstract((64, 3, 7, 7))"


def test_a_subclass_counts_while_it_keeps_forward(torch):
    class Named(torch.nn.Conv1d):
        pass

    class Doubled(torch.nn.Conv1d):
        def forward(self, x):
            return 2 * super().forward(x)

    assert isinstance(ca.from_torch(Named(1, 1, 2)), ca.Conv)
    with pytest.raises(ca.ArgumentError, match="not Doubled at module"):
        ca.from_torch(Doubled(1, 1, 2))


REFUSED = [
    (lambda nn: nn.Sequential(nn.Conv1d(1, 1, 3), nn.Sequential(nn.Sigmoid())), r"not Sigmoid at module\.1\.0; write"),
    (lambda nn: nn.Sequential(nn.BatchNorm2d(3)), r"module\.0 \(BatchNorm2d\): it must use running statistics"),
    (lambda nn: nn.BatchNorm1d(3, track_running_stats=False).eval(), "running statistics"),
    (lambda nn: nn.Dropout(), r"dropout must be in evaluation; write module\.eval\(\)"),
    (lambda nn: nn.Flatten(0), "dimensions 1 to -1, not 0 to -1"),
    (lambda nn: nn.LazyConv2d(3, 3), "the weights must have a shape; run the module"),
    (lambda nn: nn.LPPool2d(3, 2), r"norm_type must be even, not 3"),
    (lambda nn: nn.LPPool2d(2, 2, ceil_mode=True), "ceil_mode must be False"),
    (lambda nn: nn.MaxPool1d(2, return_indices=True), "return_indices must be False"),
    (lambda nn: nn.AdaptiveAvgPool2d((None, 2)), "output_size must be ints"),
    (lambda nn: nn.AdaptiveMaxPool2d(2), "output_size must be 1, not 2"),
    (lambda nn: nn.Upsample(scale_factor=1.5), "integer factors"),
    (lambda nn: nn.Upsample(size=4), "integer factors"),
    (lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"), "mode 'nearest'"),
    (lambda nn: nn.ModuleList([nn.ReLU()]), "not ModuleList at module"),
]


@pytest.mark.parametrize(("make", "text"), REFUSED)
def test_what_has_no_counterpart_is_refused_with_its_place(torch, make, text):
    with pytest.raises(ca.ArgumentError, match=text):
        ca.from_torch(make(torch.nn))


@pytest.mark.parametrize("module", [3, "model.pt", None])
def test_only_modules_are_read(module):
    with pytest.raises(ca.ArgumentError, match=r"must be a torch\.nn\.Module, not"):
        ca.from_torch(module)


def test_without_pytorch_the_error_names_the_extra(monkeypatch):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == "torch":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ca.MissingExtraError, match=r"convalgebra\[torch\]"):
        ca.ReLU().to_torch()
