"""What a map is read as: its matrix, its offset, its rounding, and where it is not affine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.testing import strategies
from convalgebra.testing.maps import differing, read, rounding, samples, units


@given(strategies.layers(affine=True), st.data())
def test_a_layer_as_a_black_box_is_the_layer(layer, data):
    shape = data.draw(strategies.shapes(layer, most=1))
    known, seen = read(layer, shape, "f"), read(layer.__call__, shape, "f")
    assert known.out_shape == seen.out_shape
    assert ca.decide(known.A == seen.A).scope
    assert np.array_equal(known.b, seen.b)
    assert (known.affine, seen.affine) == (True, True)


@pytest.mark.parametrize(("kind", "eps"), [(np.int64, 0), (np.float16, 2**-10), (np.float32, 2**-23), (float, 2**-52)])
def test_the_rounding_is_that_of_the_values(kind, eps):
    f = read(lambda x: (3 * x[:2]).astype(kind), 4, "f")
    assert f.eps == eps
    assert f.rounding == rounding(eps, 1) * 3 == 8 * eps * 3 * 3
    assert f.affine


def test_a_layer_is_as_coarse_as_its_bias():
    assert read(ca.Conv([[[1]]], [0.1]), (1, 2), "f").eps == 2**-52
    assert read(ca.Conv(ca.symbols("w", (1, 1, 1)), [0.1]), (1, 2), "f").eps == 0


def test_a_function_is_asked_with_integers_then_with_floats():
    asked = []

    def floats_only(x):
        asked.append(x.dtype.name)
        if x.dtype.name != "float32":
            raise TypeError
        return x

    assert read(floats_only, 2, "f").eps == 2**-23
    assert asked[:3] == ["int64", "float64", "float32"]
    assert set(asked[3:]) == {"float32"}


@pytest.mark.parametrize(("f", "affine"), [(np.abs, False), (np.square, False), (np.flip, True), (np.cumsum, True)])
def test_a_witness_shows_where_a_function_is_not_affine(f, affine):
    found = read(f, 3, "f")
    assert found.affine is affine
    assert affine or not np.array_equal(f(found.witness), found.predicted(found.witness))


def test_a_nonlinear_layer_is_never_affine():
    found = read(ca.Sequential(ca.Conv([[[1]]], [10**9]), ca.ReLU()), (1, 2), "f")
    assert (found.affine, found.witness) == (False, None)


def test_the_first_difference_in_c_order():
    assert differing(np.array([[1, 2], [3, 4]]), np.array([[1, 5], [0, 4]]), 0) == (0, 1)
    assert differing(np.array([1.0, 2.0]), np.array([1.0, 2.5]), 0.5) is None
    assert differing(np.array([2**62]), np.array([-(2**62)]), 0) == (0,)


def test_inputs_are_the_same_every_time_and_of_both_signs():
    first, second = ([x.tolist() for x in samples((2, 3))] for _ in range(2))
    assert first == second
    assert np.min(first) < 0 < np.max(first)
    assert np.array_equal([e.ravel() for e in units((2, 2))], np.eye(4))


def test_torch_modules():
    torch = pytest.importorskip("torch")
    module = torch.nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2)
    layer = ca.Conv(module.weight.detach().numpy(), module.bias.detach().numpy(), stride=2, padding=1, groups=2)
    found = read(module, (2, 5, 4), "f")
    assert (found.eps, found.out_shape) == (2**-23, (4, 3, 2))
    assert np.allclose(found.A.to_numpy(), layer.matrix((2, 5, 4)).to_numpy(), rtol=0, atol=1e-6)
    assert read(lambda x: module(torch.from_numpy(x)), (2, 5, 4), "f").out_shape == (4, 3, 2)
    with pytest.raises(ca.ArgumentError, match=r"write module\.eval\(\)"):
        read(torch.nn.Sequential(torch.nn.BatchNorm1d(1)), (1, 4), "f")
    assert read(torch.nn.BatchNorm1d(1).eval(), (1, 4), "f").affine
