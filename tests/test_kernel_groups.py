"""Weights in groups: dividing undoes joining, and finds as many groups as the zero blocks allow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.kernel import convolve, ungrouped
from convalgebra.algebra.kernel_groups import divided, exchanged


@st.composite
def weights(draw, least=-1):
    """Any groups, any zeros."""
    groups, o, i, taps = (draw(st.integers(1, n)) for n in (4, 3, 3, 2))
    size = groups * o * i * taps
    values = draw(st.lists(st.integers(least, 2), min_size=size, max_size=size))
    return np.reshape(values, (groups * o, i, taps)), groups


def fits(dense, groups):
    """By the definition: every coefficient between two groups is zero."""
    o, i = dense.shape[0] // groups, dense.shape[1] // groups
    return all(not dense[a, b].any() for a in range(len(dense)) for b in range(dense.shape[1]) if a // o != b // i)


@given(weights())
def test_division_is_as_fine_as_it_can_be_and_changes_nothing(case):
    weight, groups = case
    found, number = divided(weight, groups)
    dense = ungrouped(weight, groups)
    assert np.array_equal(ungrouped(found, number), dense)
    assert number == max(g for g in range(1, 13) if dense.shape[0] % g == dense.shape[1] % g == 0 and fits(dense, g))


@given(weights(1), st.sampled_from([1, 2, 3]))
def test_fewer_groups_are_the_same_weight(case, more):
    weight, groups = np.concatenate([case[0]] * more), case[1] * more
    joined = ungrouped(weight, groups, case[1])
    assert np.array_equal(ungrouped(joined, case[1]), ungrouped(weight, groups))
    assert divided(joined, case[1])[1] == groups


def test_symbols_divide():
    weight = np.zeros((4, 4, 2), dtype=object)
    weight[:2, :2], weight[2:, 2:] = ca.symbols("a", (2, 2, 2)), ca.symbols("b", (2, 2, 2))
    found, groups = divided(weight)
    assert (groups, found.shape) == (2, (4, 2, 2))
    assert (found[2:] == weight[2:, 2:]).all()


@given(weights())
def test_exchanging_twice_changes_nothing(case):
    weight, groups = case
    turned = exchanged(weight, groups)
    assert np.array_equal(ungrouped(turned, groups), np.swapaxes(ungrouped(weight, groups), 0, 1))
    assert np.array_equal(exchanged(turned, groups), weight)


@pytest.mark.parametrize("kind", ["int", "float", "symbol"])
@pytest.mark.parametrize("taps", [((2,), (3,)), ((3, 1), (2, 2)), ((2, 3), (2, 1))])
def test_products_in_groups_are_those_of_the_dense_kernels(kind, taps):
    shapes = (4, 3, *taps[0]), (6, 1, *taps[1])
    u, v = (np.arange(1, 1 + np.prod(s)).reshape(s) for s in shapes)
    if kind == "symbol":
        u, v = (ca.symbols(name, s) for name, s in zip("uv", shapes, strict=True))
    u, v = (w.astype(float) if kind == "float" else w for w in (u, v))
    whole = ca.Kernel(convolve(u, v, 2)).weight
    dense = ungrouped(whole, 2)
    assert whole.shape[:2] == (4, 1)
    assert ca.Kernel(dense) == ca.Kernel(ungrouped(u, 2)) * ca.Kernel(ungrouped(v, 2))
