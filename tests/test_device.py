import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import device
from convalgebra.analysis.device import array_module

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("sizes", [(6,), (5,), (4, 6), (5, 7), (4, 3, 5)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
def test_a_tensor_is_answered_by_its_library(sizes, dtype):
    weight = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 3, *[2] * len(sizes)))).to(dtype)
    found = ca.singular_values(weight, (3, *sizes))
    layer = ca.Conv(weight.numpy(), padding=((0, 1),) * len(sizes), padding_mode="circular")
    want = ca.singular_values(layer, (3, *sizes))
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), want, atol=1e-13 * want[0])


@pytest.mark.parametrize("sizes", [(6,), (5,), (4, 5)])
def test_the_calls_are_those_that_numpy_and_cupy_share(sizes, monkeypatch):
    """NumPy stands for CuPy, whose functions have its names."""
    weight = np.random.default_rng(0).standard_normal((4, 3, *[2] * len(sizes)))
    layer = ca.Conv(weight, padding=((0, 1),) * len(sizes), padding_mode="circular")
    want = ca.singular_values(layer, (3, *sizes))
    monkeypatch.setattr(device, "LIBRARIES", ("numpy",))
    np.testing.assert_allclose(ca.singular_values(weight, (3, *sizes)), want, atol=1e-13 * want[0])


def test_single_precision_stays_single():
    assert ca.singular_values(torch.ones(1, 1, 2), (1, 4)).dtype is torch.float32


def test_numpy_arrays_have_no_device():
    assert array_module(np.ones(3)) is None
    assert array_module(torch.ones(3)) is torch
    assert array_module(torch.nn.ReLU()) is None


@pytest.mark.parametrize(
    ("weight", "shape", "words"),
    [
        (torch.ones(2), (1, 4), "must be \\(out_channels"),
        (torch.ones(1, 2, 3), (1, 4), "2 channels"),
        (torch.ones(1, 1, 3), (1, 2), "at least those of the kernel"),
        (torch.ones(1, 1, 3), None, "in_shape must be a tuple"),
        (torch.full((1, 1, 3), torch.nan), (1, 4), "finite"),
    ],
)
def test_bad_tensors_are_refused(weight, shape, words):
    with pytest.raises(ca.ConvAlgebraError, match=words):
        ca.singular_values(weight, shape)
