from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.indexing import Axis
from convalgebra.analysis.symbol import Symbol, periodic, scaled


def values_of(symbol):
    blocks = symbol.blocks(np.arange(int(np.prod(symbol.grid))))
    values = np.linalg.svd(blocks, compute_uv=False).ravel() * 2.0**symbol.exponent
    return np.sort(np.repeat(values, symbol.copies))


@given(
    stride=st.integers(1, 3), dilation=st.integers(1, 4), taps=st.integers(1, 4), out=st.integers(1, 5),
    lo=st.integers(0, 3), seed=st.integers(0, 99), channels=st.sampled_from([(1, 1), (2, 1), (1, 3)]),
)  # fmt: skip
def test_the_blocks_have_the_singular_values_of_the_matrix(*, stride, dilation, taps, out, lo, seed, channels):
    """Any stride, dilation and offset, and kernels that wrap around the signal."""
    weight = np.random.default_rng(seed).integers(-3, 4, (*channels, taps))
    size = stride * out
    hi = stride * (out - 1) + dilation * (taps - 1) + 1 - size - lo
    layer = ca.Conv(weight, stride=stride, dilation=dilation, padding=((lo, hi),), padding_mode="circular")
    A = layer.matrix((channels[1], size))
    found, want = values_of(Symbol.of(A)), np.linalg.svd(A.to_numpy(), compute_uv=False)
    assert found.shape == want.shape
    np.testing.assert_allclose(found, np.sort(want), atol=1e-12 * (1 + want.max()))
    np.testing.assert_allclose(values_of(Symbol.of(A.T)), found, atol=1e-12 * (1 + want.max()))


@pytest.mark.parametrize("sides", [(4, 2), (2, 4), (3, 3)])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 2)])
def test_the_gram_polynomial_is_the_product_of_the_blocks(sides, shape):
    weight = np.random.default_rng(0).standard_normal((2 * sides[0], sides[1], *shape))
    axes = [Axis(5, k, 1, 1, 0, k - 1, "circular") for k in shape]
    symbol = Symbol.sliding(weight, axes, 2)
    numbers = np.arange(0, 5 ** len(shape), 3)
    K = symbol.blocks(numbers)
    turned = K.conj().swapaxes(2, 3)
    want = np.linalg.eigvalsh(turned @ K if sides[1] <= sides[0] else K @ turned)
    assert symbol.lags is not None
    np.testing.assert_allclose(np.linalg.eigvalsh(symbol.grams(numbers)), want, atol=1e-13 * want.max())
    complex_one = Symbol.sliding(weight * (1 + 1j), axes, 2)
    assert complex_one.lags is None
    np.testing.assert_allclose(np.linalg.eigvalsh(complex_one.grams(numbers)) / 2, want * 4.0 ** (
        symbol.exponent - complex_one.exponent), atol=1e-13 * want.max())  # fmt: skip


@pytest.mark.parametrize("shape", [(201,), (300,), (20, 15), (7, 7, 7)])
@pytest.mark.parametrize("size", [5, 18])
@pytest.mark.parametrize("factor", [1, 1j])
def test_many_taps_go_by_the_transform(shape, size, factor):
    """Also those that wrap around."""
    weight = factor * np.random.default_rng(0).standard_normal((2, 1, *shape))
    symbol = Symbol.sliding(weight, [Axis(size, k, 1, 1, 0, k - 1, "circular") for k in shape])
    numbers = np.arange(0, size ** len(shape), 7)
    assert symbol.transform is not None
    want = symbol.waves(numbers) @ symbol.weight.reshape(len(symbol.weight), -1)
    np.testing.assert_allclose(symbol.blocks(numbers).reshape(want.shape), want, atol=1e-13 * abs(symbol.weight).sum())


def test_few_taps_and_large_grids_are_not_transformed():
    few = Symbol.sliding(np.ones((1, 1, 200)), [Axis(300, 200, 1, 1, 0, 199, "circular")])
    assert few.transform is None
    large = Symbol.sliding(np.ones((1, 1, 201)), [Axis(2**24 + 1, 201, 1, 1, 0, 200, "circular")])
    assert large.transform is None


def test_dilation_and_single_taps_are_copies():
    symbol = Symbol.sliding(np.ones((1, 1, 3, 1)), [Axis(8, 3, 1, 2, 2, 2, "circular"), Axis(7, 1)])
    assert (symbol.grid, symbol.copies) == ((4, 1), 14)


def test_other_operators_have_no_symbol():
    assert Symbol.of(ca.matrix([[1, 2], [3, 4]])) is None


def test_an_axis_of_zeros_stays_an_axis():
    layer = ca.Conv(np.ones((1, 1, 1, 3)), padding=(0, 1))
    symbol = Symbol.of(layer.matrix((1, 4, 5)))
    assert [a.size for a in symbol.rest] == [5]
    assert (symbol.grid, symbol.copies) == ((1,), 4)


@pytest.mark.parametrize(
    ("axis", "answer"),
    [
        (Axis(6, 3, 1, 1, 1, 1, "circular"), True),
        (Axis(6, 3, 1, 1, 0, 0, "circular"), False),  # valid: fewer outputs
        (Axis(7, 3, 2, 1, 1, 1, "circular"), False),  # the stride does not divide the size
        (Axis(6, 2, 2), True),  # patches
        (Axis(6, 1), True),
        (Axis(6, 3, 1, 1, 1, 1, "reflect"), False),
    ],
)
def test_periodic(axis, answer):
    assert periodic(axis) is answer


@pytest.mark.parametrize("values", [[3, 1], [Fraction(1, 3), 5], [2**2000, 3], [5e-324, 0], [1.7e308, -1e308], [0, 0]])
def test_scaled_keeps_what_a_float_can_hold(values):
    found, exponent = scaled(ca.Conv([[values]]).weight)
    assert np.abs(found).max() < 2
    assert np.abs(found).max() >= 0.25 or not any(values)
    for v, f in zip(values, found.ravel(), strict=True):
        assert abs(Fraction(f) * Fraction(2) ** exponent - Fraction(v)) <= max(map(abs, map(Fraction, values))) / 2**52


def test_symbols_and_weights_without_values_are_refused():
    with pytest.raises(ca.ConvAlgebraError, match="numbers, not symbols in ZZ"):
        ca.singular_values(ca.circulant(ca.symbols("w", 3)))
    with pytest.raises(ca.ConvAlgebraError, match="must have values"):
        ca.singular_values(ca.Conv(ca.abstract((2, 2, 3)), padding=1, padding_mode="circular"), (2, 5))


@pytest.mark.parametrize("grid", [None, (7, 11)])
def test_kept_waves_are_those_that_are_computed(monkeypatch, grid):
    places = [Axis(n, 3, 1, 1, 0, 2, "circular") for n in (5, 6)]
    one, other = (Symbol.sliding(factor * np.ones((1, 1, 3, 3)), places) for factor in (1, 2))
    numbers = np.array([3, 0, 29])
    assert one.waves(numbers, grid) is other.waves(numbers.copy(), grid)
    assert not one.waves(numbers, grid).flags.writeable
    kept = one.waves(numbers, grid)
    monkeypatch.setattr("convalgebra.analysis.symbol.MOST_KEPT", 0)
    assert np.array_equal(one.waves(numbers, grid), kept)
    assert one.waves(numbers, grid).flags.writeable
    assert not np.array_equal(one.waves(numbers, (9, 4)), kept)
