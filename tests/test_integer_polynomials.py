"""Products of integer polynomials against the definition, whatever computes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis import integer_polynomials as room

coefficients = st.lists(
    st.integers(-(2**70), 2**70) | st.sampled_from([0, 1, -1, 2**64, -(2**64)]), min_size=1, max_size=9
)


def trimmed(p):
    kept = list(p)
    while kept and not kept[-1]:
        kept.pop()
    return kept


@given(coefficients, coefficients)
def test_products(a, b):
    wanted = np.convolve(np.array(a, dtype=object), np.array(b, dtype=object)).tolist()
    assert room.packed_product(a, b) == wanted
    assert trimmed(room.multiply(a, b)) == trimmed(wanted)


def test_python_flint_and_packing_agree():
    pytest.importorskip("flint")
    random = np.random.default_rng(0)
    a, b = random.integers(-(2**62), 2**62, (2, 100)).tolist()
    assert room.multiply(a, b) == room.packed_product(a, b)


def test_only_long_integer_elements_are_packed():
    small = np.ones((1, 1, 200), dtype=np.int64)
    large = small.astype(object)
    assert room.worth_it(small, large)
    assert not room.worth_it(small, small)
    assert not room.worth_it(large[..., :3], large)
    assert not room.worth_it(large, np.ones((2, 1, 200), dtype=object))
    assert not room.worth_it(large, small.astype(float))
    assert not room.worth_it(ca.symbols("w", (1, 1, 200)), small)


def test_a_large_prime_order():
    w = np.random.default_rng(0).integers(-9, 10, 151)
    assert ca.det(ca.circulant(w)) % 10007 == ca.det(ca.circulant(w), modulus=10007)
    assert ca.det(ca.circulant([1] * 151)) == 0
