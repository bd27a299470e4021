"""Arrays of other libraries are read as they are, or refused with what to write."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca


def test_masked_entries_are_no_entries():
    """The data under a mask are no numbers that somebody gave."""
    masked = np.ma.array([1, 2, 3], mask=[0, 1, 0])
    with pytest.raises(ca.EntryError, match=r"c must be known everywhere, not a masked array; write c.filled\(0\)"):
        ca.toeplitz(masked)
    with pytest.raises(ca.EntryError, match=r"write input.filled\(0\)"):
        ca.Conv([[[1, 2]]])(masked[None])


@pytest.mark.parametrize("wrap", [np.ma.array, np.matrix])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_subclass_of_arrays_is_read_as_an_array(wrap):
    y = ca.Conv([[[1, 2]]])(wrap([[1, 2, 3]]))
    assert type(y) is np.ndarray
    assert y.tolist() == [[5, 8]]


def test_tensors_are_read_where_numpy_can():
    torch = pytest.importorskip("torch")
    module = torch.nn.Conv1d(1, 1, 2)
    layer = ca.Conv(module.weight, module.bias)
    assert layer.weight.tolist() == module.weight.detach().double().tolist()
    assert layer(torch.ones(1, 3, requires_grad=True)).shape == (1, 2)
    with pytest.raises(ca.EntryError, match=r"not torch.bfloat16: .*; write x.double\(\).cpu\(\)"):
        layer(torch.ones(1, 3, dtype=torch.bfloat16))
    with pytest.raises(ca.EntryError, match="the input must be an array that NumPy can read"):
        layer(torch.ones(1, 3).to_sparse())


@pytest.mark.parametrize("make", [
    lambda: ca.toeplitz([10**400, 0.5]),
    lambda: ca.toeplitz([10**400, 5]) * 0.5,
    lambda: ca.toeplitz([10**400, 5]) + ca.toeplitz([0.5, 1]),
    lambda: ca.circulant([10**400, 5]) @ [0.5, 1],
    lambda: ca.Conv([[[0.5, 1]]])([[10**400, 1]]),
    (ca.toeplitz([10**400, 1]) / 3).to_sparse,
])  # fmt: skip
def test_integers_beyond_the_floats_stand_beside_no_floats(make):
    with pytest.raises(ca.EntryError, match=r"beside floats must be below 1.8e308 in size, not beyond"):
        make()
