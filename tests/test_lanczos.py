from fractions import Fraction

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import lanczos
from convalgebra.analysis.lanczos import largest


@pytest.mark.parametrize(
    "operator",
    [
        ca.Conv(np.random.default_rng(0).standard_normal((3, 2, 3, 3)), padding=1).matrix((2, 6, 6)),
        ca.Conv(np.random.default_rng(0).standard_normal((2, 3, 3)), padding=1, padding_mode="replicate").matrix(
            (3, 20)
        ),
        ca.convolution_matrix([1, -2, 5], 30),
        ca.convolution_matrix([1j, 2], 12),
        ca.convolution_matrix([Fraction(1, 3), 2**70], 12),
        ca.convolution_matrix([1e-300, 3e-300], 12),
        ca.Sequential(ca.Conv([[[1, 2, 1]]], padding=1), ca.AvgPool(2), ca.Conv([[[1e200, -1e200]]])).matrix((1, 20)),
        ca.Sequential(ca.Conv([[[1j, 2]]], padding=1), ca.Conv([[[1]], [[2]]])).matrix((1, 9)),
    ],
)
def test_the_largest_value_and_a_bound_above_it(operator):
    value, bound, exponent = largest(operator)
    want = ca.singular_values(operator)[0]
    assert np.ldexp(value, exponent) == pytest.approx(want, rel=1e-9)
    assert value <= bound
    assert np.ldexp(bound, exponent) >= want * (1 - 1e-14)


def test_steps_are_bounded(monkeypatch):
    """Too few steps give a smaller value, never a larger one."""
    monkeypatch.setattr(lanczos, "MOST_RESTARTS", 1)
    monkeypatch.setattr(lanczos, "BASIS", 3)
    operator = ca.convolution_matrix([1, 2, 1], 200)
    value, _, exponent = largest(operator)
    assert 0 < np.ldexp(value, exponent) <= ca.singular_values(operator)[0] * (1 + 1e-14)


def test_a_product_is_never_multiplied_out(monkeypatch):
    monkeypatch.setattr(lanczos, "MEMORY_LIMIT", 2**19)
    layer = ca.Conv(np.random.default_rng(0).standard_normal((6, 6, 3)) / 6, padding=1)
    net = ca.Sequential(*[layer] * 3)
    with pytest.raises(ca.SizeLimitError):
        net.matrix((6, 150))._csr(lanczos.MEMORY_LIMIT)
    value, bound, exponent = largest(net.matrix((6, 150)))
    assert value <= bound
    assert np.ldexp(value, exponent) == pytest.approx(np.linalg.norm(net.matrix((6, 150)).to_numpy(), 2), rel=1e-9)


def test_the_work_is_bounded(monkeypatch):
    monkeypatch.setattr(lanczos, "MOST_WORK", 1)
    operator = ca.convolution_matrix([1, 2, 1], 2000)
    value, _, exponent = largest(operator)
    assert 0 < np.ldexp(value, exponent) <= 4
