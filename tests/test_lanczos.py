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
