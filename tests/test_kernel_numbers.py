"""Products of kernels of numbers: both ways are the definition, exactly on integers, and floats lose no small taps."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra import kernel_numbers, rings
from convalgebra.algebra.kernel import convolve
from convalgebra.algebra.kernel_numbers import points_of
from convalgebra.algebra.rings import EXACT_DOUBLE
from convalgebra.errors import EntryError

SIZES = [(k, n) for k, n in product(range(1, 6), repeat=2) if min(k, n) == 1 or k + n <= 6]


@pytest.fixture
def always(monkeypatch):
    """A product for each place, however small the kernels are."""
    monkeypatch.setattr(kernel_numbers, "PAYS", np.inf)


@pytest.fixture
def taken(monkeypatch):
    """The ways that were taken."""
    ways = []
    for name in ("_by_taps", "_group_by_values"):
        plain = getattr(kernel_numbers, name)

        def noted(*args, _plain=plain, _name=name):
            result = _plain(*args)
            ways.append(_name if result is not False else f"not {_name}")
            return result

        monkeypatch.setattr(kernel_numbers, name, noted)
    return ways


def by_definition(u, v, groups=1):
    """One product of Python numbers after the other."""
    size = [a + b - 1 for a, b in zip(u.shape[2:], v.shape[2:], strict=True)]
    depth, width, height = u.shape[1], v.shape[1], len(u) // groups
    u, v = u.astype(object), v.astype(object)
    total = np.full((len(u), width, *size), 0, dtype=object)
    for o, m, *s in np.ndindex(*u.shape):
        row = o // height * depth + m
        for i, *t in np.ndindex(*v.shape[1:]):
            total[(o, i, *map(sum, zip(s, t, strict=True)))] += u[(o, m, *s)] * v[(row, i, *t)]
    return total


def random(shape, low=-9, high=9, seed=0):
    values = np.random.default_rng(seed).integers(low, high, shape)
    return np.where(values == 0, high, values)


# --- a product for each place -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", SIZES, ids=str)
def test_points_multiply_polynomials(pair):
    (k, n), fast = pair, points_of(*((size,) for size in pair))
    assert len(fast.left) == len(fast.right) == len(fast.back) == k + n - 1
    for i, j in product(range(k), range(n)):
        expected = fast.divisor * (np.arange(k + n - 1) == i + j)
        assert (fast.back @ (fast.left[:, i] * fast.right[:, j]) == expected).all()


def test_points_of_two_axes_are_those_of_each():
    both, (first, second) = points_of((3, 2), (2, 4)), (points_of((3,), (2,)), points_of((2,), (4,)))
    for name in ("left", "right", "back"):
        assert (getattr(both, name) == np.kron(getattr(first, name), getattr(second, name))).all()
    assert both.divisor == first.divisor * second.divisor


@pytest.mark.parametrize("pair", SIZES, ids=str)
def test_no_divisor_moves_an_integer(pair):
    divisor = points_of(*((size,) * 3 for size in pair)).divisor
    assert abs(Fraction(1 / divisor) * divisor - 1) <= Fraction(1, 2**54)
    whole = np.concatenate([np.arange(1, 5000), EXACT_DOUBLE // divisor - np.arange(5000)]).astype(float)
    assert (whole * divisor * (1 / divisor) == whole).all()


@pytest.mark.parametrize("pair", SIZES, ids=str)
def test_growth_bounds_every_sum_on_the_way(pair):
    fast = points_of(*((size,) for size in pair))
    for signs in product((-1, 1), repeat=sum(pair)):
        u, v = np.split(np.array(signs, dtype=float), [pair[0]])
        products = (fast.left @ u) * (fast.right @ v)
        assert np.abs(products).max() <= fast.growth
        assert (np.abs(fast.back) @ np.abs(products)).max() <= fast.growth


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("kind", [np.int64, np.float64, np.complex128])
@given(data=st.data())
def test_it_is_the_definition(kind, data):
    pairs = data.draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=2))
    groups, o, m, i = (data.draw(st.integers(1, 3)) for _ in range(4))
    left, right = zip(*pairs, strict=True)
    u, v = random((groups * o, m, *left)), random((groups * m, i, *right), seed=1)
    found = convolve(u.astype(kind), v.astype(kind), groups)
    assert found.dtype == kind
    assert (found == by_definition(u, v, groups)).all()


@pytest.mark.usefixtures("always")
def test_complex_taps_multiply(taken):
    u, v = (random((2, 2, 3, 3), seed=s) + 1j * random((2, 2, 3, 3), seed=s + 1) for s in (0, 2))
    assert (convolve(u, v) == by_definition(u, v)).all()
    assert taken == ["_group_by_values"]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("rows", [1, 16, 17, 40])
def test_some_rows_at_a_time(rows, taken):
    u, v = random((rows, 5, 3, 3)).astype(float), random((5, 4, 3, 3), seed=1).astype(float)
    found = convolve(u, v)
    assert taken == ["_group_by_values"]
    assert (found == kernel_numbers._by_taps(u, v, found.shape, 1)).all()


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("axes", [3, 4])
def test_many_axes_go_tap_by_tap(axes, taken):
    u, v = random((1, 2, *[2] * axes)), random((2, 1, *[2] * axes), seed=1)
    assert (convolve(u, v) == by_definition(u, v)).all()
    assert taken == ["_group_by_values" if axes == 3 else "_by_taps"]


def test_few_channels_go_tap_by_tap(taken):
    convolve(floats(0, 24), floats(1, 24))
    convolve(floats(0, 48), floats(1, 48))
    assert taken == ["_by_taps", "_group_by_values"]


def test_large_kernels_go_tap_by_tap(taken):
    convolve(random((64, 64, 4, 4)).astype(float), random((64, 64, 3, 3), seed=1).astype(float))
    assert taken == ["_by_taps"]


# --- integers ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("beyond", [0, 1])
def test_integers_pass_through_floats_where_these_are_exact(beyond, taken):
    growth = points_of((3, 3), (3, 3)).growth
    most = int((EXACT_DOUBLE // (2 * growth)) ** 0.5) + beyond
    u, v = np.full((1, 2, 3, 3), most), np.full((2, 1, 3, 3), most)
    v[0, 0, ::2] *= -1
    assert (convolve(u, v) == by_definition(u, v)).all()
    assert taken == ["_by_taps" if beyond else "_group_by_values"]


@pytest.mark.usefixtures("always")
def test_integers_may_be_zero_and_differ_in_size(taken):
    u, v = random((2, 2, 3, 3)), random((2, 2, 3, 3), seed=1)
    u[:, 0, 1], v[..., 2] = 0, 10**6
    assert (convolve(u, v) == by_definition(u, v)).all()
    assert taken == ["_group_by_values"]


@pytest.mark.parametrize("kind", ["f", "i"])
def test_integers_are_never_rounded(kind, monkeypatch):
    seen, plain = [], kernel_numbers._by_taps
    monkeypatch.setattr(kernel_numbers, "_by_taps", lambda u, *rest: seen.append(u.dtype.kind) or plain(u, *rest))
    most = int((EXACT_DOUBLE // 18) ** 0.5) + (kind == "i")
    u, v = np.full((1, 2, 3, 3), most), np.full((2, 1, 3, 3), most)
    found = convolve(u, v)
    assert found.dtype == np.int64
    assert found[0, 0, 2, 2] == 18 * most**2
    assert seen == [kind]


# --- floats -----------------------------------------------------------------------------------------------------------


def floats(seed, channels=48):
    return np.random.default_rng(seed).standard_normal((channels, channels, 3, 3))


def test_floats_err_by_a_share_of_the_largest_entry(taken):
    u, v = (np.round(floats(s) * 2**20) / 2**20 for s in (0, 1))
    exact = convolve((u * 2**20).astype(np.int64), (v * 2**20).astype(np.int64)) / 2.0**40
    assert taken.pop() == "_by_taps"  # of integers, without rounding
    assert np.abs(convolve(u, v) - exact).max() <= 1e-14 * np.abs(exact).max()
    assert taken == ["_group_by_values"]


@pytest.mark.parametrize("scale", [1e-3, 1e-200, 0.0])
@pytest.mark.parametrize("side", [0, 1])
def test_small_taps_lose_nothing_to_large_ones(scale, side, taken):
    pair = [floats(0), floats(1)]
    pair[side][:, :, 0, 0] *= scale
    found = convolve(*pair)
    assert (found == kernel_numbers._by_taps(*pair, found.shape, 1)).all()
    assert taken[:2] == ["not _group_by_values", "_by_taps"]
    if scale == 0:
        assert (found[:, :, 0, 0] == 0).all()


def test_a_zero_stays_a_zero():
    u, v = floats(0), floats(1)
    u[0], v[:, 0] = 0, 0
    u[0, 0, 1, 1] = 1
    assert (convolve(u, v)[0, 0] == 0).all()
    u, v = floats(0), floats(1)
    u[0, :, 1:] = 0  # the first output reads fewer taps than the others
    assert (convolve(u, v)[0, :, 3:] == 0).all()


@pytest.mark.parametrize("scale", [1e120, 1e-160])
def test_near_the_ends_of_the_floats(scale):
    u, v = floats(0) * scale, floats(1) / scale
    found = convolve(u, v)
    assert (found == kernel_numbers._by_taps(u, v, found.shape, 1)).all()
    assert np.isfinite(found).all()


def test_what_overflows_is_refused():
    layers = [ca.Conv(floats(s) * 1e160) for s in (0, 1)]
    with pytest.raises(EntryError, match="finite"):
        ca.collapse(layers)
    with pytest.raises(EntryError, match="finite"):
        ca.Kernel(layers[0].weight) * ca.Kernel(layers[1].weight)
    with pytest.raises(EntryError, match="the product's entries must be finite"):
        ca.convolve(np.array([[[1e200, 2]]]), np.array([[[1e200, 1]]]))


def test_a_composed_kernel_is_nobody_elses():
    collapsed = ca.collapse([ca.Conv(floats(0)), ca.Conv(floats(1))])
    assert not collapsed.weight.flags.writeable
    assert rings.frozen(collapsed.weight) is collapsed.weight


# --- large integers and fractions -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("entry", [2**40, 2**70, 2**700, Fraction(2**40 + 1, 2**40 - 1)])
@pytest.mark.parametrize("groups", [1, 2])
def test_what_no_machine_number_holds_stays_exact(entry, groups, taken):
    u, v = random((2, 2, 3, 3)).astype(object), random((2 * groups, 1, 3, 3), seed=1).astype(object)
    u[0, 0, 1, 1] = v[1, 0, 2, 0] = entry
    found = convolve(u, v, groups)
    assert found.dtype == object
    assert (found == by_definition(u, v, groups)).all()
    assert {type(value) for value in found.flat} <= {int, Fraction}
    assert taken == ["_by_taps"]


def test_large_integers_of_many_channels_stay_exact():
    u, v = (random((48, 48, 3, 3), 2**40, 2**41, seed=s) for s in (0, 1))
    weight = ca.collapse([ca.Conv(v), ca.Conv(u)]).weight
    assert weight.dtype == object
    assert weight[0, 0, 0, 0] == sum(int(p) * int(q) for p, q in zip(u[0, :, 0, 0], v[:, 0, 0, 0], strict=True))
