"""The singular values of all layers of a network, in order, at the shapes that reach them."""

import numpy as np
import pytest

import convalgebra as ca

RNG = np.random.default_rng(0)
FIRST = ca.Conv(RNG.standard_normal((6, 3, 3, 3)), padding=1, padding_mode="circular")
SECOND = ca.Conv(RNG.standard_normal((6, 6, 3, 3)), padding=1, stride=2)
NET = ca.Sequential(
    FIRST, ca.ReLU(),
    ca.Parallel(SECOND, ca.Sequential(ca.AvgPool(2), ca.BatchNorm([0] * 6, [1] * 6, [2] * 6)), join="sum"),
    ca.GlobalAvgPool(), ca.Flatten(), ca.Linear(RNG.standard_normal((2, 6))),
)  # fmt: skip


@pytest.mark.parametrize("scheduler", [None, "threads"])
def test_every_layer_with_weights_at_its_place(scheduler):
    if scheduler:
        pytest.importorskip("dask")
    found = ca.layer_spectra(NET, (3, 8, 8), scheduler=scheduler)
    assert list(found) == ["0 Conv", "2.0 Conv", "2.1.1 BatchNorm", "5 Linear"]
    assert np.array_equal(found["0 Conv"], ca.singular_values(FIRST, (3, 8, 8)))
    assert np.array_equal(found["2.0 Conv"], ca.singular_values(SECOND, (6, 8, 8)))
    assert found["2.1.1 BatchNorm"].shape == (6 * 16,)
    np.testing.assert_allclose(found["5 Linear"], np.linalg.svd(NET.layers[5].weight)[1])


def test_one_layer_is_a_network():
    assert list(ca.layer_spectra(FIRST, (3, 4, 4))) == ["Conv"]
    assert ca.layer_spectra(ca.ReLU(), (3, 4, 4)) == {}


def test_bad_input():
    with pytest.raises(ca.ArgumentError, match=r"write ca.Sequential\(\*layers\)"):
        ca.layer_spectra([FIRST], (3, 8, 8))
    with pytest.raises(ca.ShapeError, match="layer 0"):
        ca.layer_spectra(NET, (2, 8, 8))
    with pytest.raises(ca.EntryError, match=r"layer 0 .Conv.: the weight must be numbers"):
        ca.layer_spectra(ca.Sequential(ca.Conv(ca.symbols("w", (1, 1, 3)))), (1, 4))
    with pytest.raises(ca.ArgumentError, match="in_shape must be"):
        ca.layer_spectra(NET, None)
