"""Kernels as Laurent polynomials against np.convolve, evaluation and the operators they stand for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import KINDS, array, arrays, equal, filled, rings_entries

import convalgebra as ca
from convalgebra.algebra.kernel import chained, convolve, dilated


def convolved(u, v):
    """The definition: every pair of taps, every pair of channels that meet."""
    size = [a + b - 1 for a, b in zip(u.shape[2:], v.shape[2:], strict=True)]
    total = array((u.shape[0], v.shape[1], *size), [0] * (u.shape[0] * v.shape[1] * int(np.prod(size))))
    for o, m, *s in np.ndindex(*u.shape):
        for p, i, *t in np.ndindex(*v.shape):
            if m == p:
                total[(o, i, *(a + b for a, b in zip(s, t, strict=True)))] += u[(o, m, *s)] * v[(p, i, *t)]
    return total


@st.composite
def kernels(draw, kind="int", channels=None, ndim=None):
    out, into = channels or (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    ndim = ndim or draw(st.integers(1, 2))
    size = draw(st.lists(st.integers(1, 3), min_size=ndim, max_size=ndim))
    origin = draw(st.lists(st.integers(-2, 2), min_size=ndim, max_size=ndim))
    return ca.Kernel(draw(arrays(kind, (out, into, *size))), tuple(origin))


@st.composite
def pairs(draw, kind="int", *, composed=False):
    ndim, (o, m, i) = draw(st.integers(1, 2)), draw(st.tuples(*[st.integers(1, 2)] * 3))
    left = draw(kernels(kind, (o, m), ndim))
    return left, draw(kernels(kind, (m, i) if composed else (o, m), ndim))


@given(pairs(composed=True))
def test_products(pair):
    u, v = pair
    product = u * v
    assert equal(product.weight, convolved(u.weight.astype(object), v.weight.astype(object)))
    assert product.origin == tuple(a + b for a, b in zip(u.origin, v.origin, strict=True))
    assert product.channels == (u.channels[0], v.channels[1])


@pytest.mark.parametrize("kind", KINDS)
def test_products_of_every_kind(kind):
    u, v = filled(kind, (2, 3, 2)), filled(kind, (3, 1, 3), 11)
    assert equal((ca.Kernel(u) * ca.Kernel(v)).weight, convolved(u, v))
    a, b = filled(kind, (1, 1, 2, 3)), filled(kind, (1, 1, 3, 1), 7)
    assert equal((ca.Kernel(a) * ca.Kernel(b)).weight, convolved(a, b))


@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=5), st.lists(st.integers(-9, 9), min_size=1, max_size=5)
)
def test_one_axis_is_np_convolve_and_never_overflows(u, v):
    wanted = np.convolve(np.array(u, dtype=object), np.array(v, dtype=object))
    for left, right in ((u, v), (v, u)):
        assert equal((ca.Kernel([[left]]) * ca.Kernel([[right]])).weight[0, 0], wanted)


def test_many_small_products_do_not_overflow_together():
    u = np.full((1, 4, 8), 2**31 - 1)
    v = np.full((4, 1, 8), 2**31 - 1)
    assert (ca.Kernel(u) * ca.Kernel(v)).weight.max() == 32 * (2**31 - 1) ** 2
    many = ca.Kernel(np.full((1, 16, 1), 2**30)) * ca.Kernel(np.full((16, 1, 1), 2**30))
    assert many.weight.tolist() == [[[2**64]]]


def test_two_axes_are_scipy_convolve2d():
    u, v = np.arange(6).reshape(2, 3), np.arange(12).reshape(3, 4) - 5
    assert equal((ca.Kernel(u[None, None]) * ca.Kernel(v[None, None])).weight[0, 0], scipy.signal.convolve2d(u, v))


@given(pairs())
def test_sums_place_by_place(pair):
    u, v = pair
    for total, sign in ((u + v, 1), (u - v, -1)):
        for o, i in np.ndindex(*u.channels):
            assert coefficients(total, o, i) == added(coefficients(u, o, i), coefficients(v, o, i), sign)


def coefficients(kernel, o, i):
    """{exponent: coefficient} of the entry (o, i), zeros left out."""
    weight = kernel.weight[o, i].astype(object)
    places = {tuple(a + b for a, b in zip(t, kernel.origin, strict=True)): weight[t] for t in np.ndindex(*kernel.size)}
    return {place: value for place, value in places.items() if value != 0}


def added(u, v, sign):
    total = {place: u.get(place, 0) + sign * v.get(place, 0) for place in {*u, *v}}
    return {place: value for place, value in total.items() if value != 0}


@given(kernels())
def test_support_and_scalars(k):
    places = {place for o, i in np.ndindex(*k.channels) for place in coefficients(k, o, i)}
    assert k.support == sorted(places)
    assert equal((k * 3).weight, 3 * k.weight.astype(object))
    assert equal((Fraction(1, 2) * k).weight, Fraction(1, 2) * k.weight.astype(object))
    assert equal((-k).weight, -k.weight.astype(object))
    assert (k * 3).origin == k.origin


@given(kernels(), st.data())
def test_flips_shifts_and_dilations_move_the_exponents(k, data):
    d = tuple(data.draw(st.integers(1, 3)) for _ in k.size)
    s = tuple(data.draw(st.integers(-3, 3)) for _ in k.size)
    for o, i in np.ndindex(*k.channels):
        before = coefficients(k, o, i)
        assert coefficients(k.flip(), o, i) == {tuple(-e for e in p): v for p, v in before.items()}
        assert coefficients(k.shift(s), o, i) == {tuple(map(sum, zip(p, s, strict=True))): v for p, v in before.items()}
        assert coefficients(k.dilate(d), o, i) == {
            tuple(a * b for a, b in zip(p, d, strict=True)): v for p, v in before.items()
        }
        assert coefficients(k.adjoint(), i, o) == {tuple(-e for e in p): v for p, v in before.items()}
    assert k.flip().flip() == k
    assert k.adjoint().adjoint() == k
    assert k.shift(s).shift(tuple(-e for e in s)) == k
    assert k.shift(0) == k.dilate(1) == k


@given(pairs(composed=True))
def test_the_adjoint_turns_products_around(pair):
    u, v = pair
    assert (u * v).adjoint() == v.adjoint() * u.adjoint()
    assert (u * v).flip() == u.flip() * v.flip()


def test_the_adjoint_conjugates():
    k = ca.Kernel([[[1j, 2]]], (3,))
    assert k.adjoint().weight.tolist() == [[[2, -1j]]]
    assert k.adjoint().origin == (-4,)


@given(pairs(composed=True), st.data())
def test_evaluation_is_multiplicative(pair, data):
    u, v = pair
    points = [Fraction(data.draw(st.sampled_from([1, -1, 2, -3])), data.draw(st.integers(1, 3))) for _ in u.size]
    left, right = (k(*points).astype(object) for k in (u, v))
    assert equal((u * v)(*points), left @ right)
    wanted = sum(
        k * np.prod([z**e for z, e in zip(points, p, strict=True)]) for p, k in coefficients(u, 0, 0).items()
    )  # fmt: skip
    assert equal(u(*points)[0, 0], wanted)


def test_evaluation_at_symbols_zero_and_roots():
    z, w = sympy.symbols("z w")
    k = ca.Kernel([[[1, 2, 3]]], (-1,))
    assert sympy.expand(k(z)[0, 0] - (1 / z + 2 + 3 * z)) == 0
    assert sympy.expand(ca.Kernel([[[[1, 2], [3, 4]]]])(z, w)[0, 0] - (1 + 2 * w + 3 * z + 4 * z * w)) == 0
    assert ca.Kernel([[[5, 6]]])(0).tolist() == [[5]]
    assert ca.Kernel([[[5, 6]]])(2**70)[0, 0] == 5 + 6 * 2**70
    assert ca.Kernel([[[1, 1]]])(1j)[0, 0] == 1 + 1j
    assert ca.Kernel([[[1, 1]]])(0.5)[0, 0] == 1.5


def test_evaluation_never_overflows():
    assert ca.Kernel([[[0, 2**40]]])(2**40)[0, 0] == 2**80
    assert ca.Kernel([[[2**62, 2**62]]])(1)[0, 0] == 2**63


def test_a_pole_is_refused():
    with pytest.raises(ca.ConvAlgebraError):
        ca.Kernel([[[1]]], (-1,))(0)


def test_equality_looks_through_spelling_and_places():
    a = sympy.Symbol("a")
    assert ca.Kernel([[[0, 1, 0]]]) == ca.Kernel([[[1]]], (1,))
    assert ca.Kernel([[[1]]]) != ca.Kernel([[[1]]], (1,))
    assert ca.Kernel([[[(a**2 - 1) / (a - 1)]]]) == ca.Kernel([[[a + 1]]])
    assert ca.Kernel([[[a]]]) != ca.Kernel([[[a + 1]]])
    assert ca.Kernel([[[1]]]) != ca.Kernel([[[1]], [[1]]])
    assert ca.Kernel([[[1]]]) != ca.Kernel([[[[1]]]])
    assert ca.Kernel([[[1]]]) != 1
    with pytest.raises(ca.UndecidedError):
        _ = ca.Kernel([[[sympy.sin(a) ** 2 + sympy.cos(a) ** 2]]]) == ca.Kernel([[[1]]])
    with pytest.raises(ca.UndecidedError):
        _ = ca.Kernel([[[sympy.sin(a) ** 2 + sympy.cos(a) ** 2, 1]]]) == ca.Kernel([[[1, 1]]])
    assert ca.Kernel([[[sympy.sin(a) ** 2 + sympy.cos(a) ** 2, 1]]]) != ca.Kernel([[[1, 2]]])
    with pytest.raises(TypeError, match="unhashable"):
        hash(ca.Kernel([[[1]]]))


def test_zero_taps_keep_their_places():
    k = ca.Kernel([[[0, 0, 0]]])
    assert k.size == (3,)
    assert k.support == []
    assert (k * ca.Kernel([[[1, 1]]])).size == (4,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ca.Kernel([1, 2]), ca.ShapeError, "out_channels, in_channels"),
        (lambda: ca.Kernel(np.zeros((1, 1, 0))), ca.ShapeError, "without empty axes"),
        (lambda: ca.Kernel([[[1]]], (0, 0)), ca.ShapeError, "one exponent for each of the 1 axes"),
        (lambda: ca.Kernel([[[1]]], (0.5,)), ca.ArgumentError, "origin must be an integer"),
        (lambda: ca.Kernel([[["x"]]]), ca.EntryError, "the weight of a kernel must be"),
        (lambda: ca.Kernel([[[np.nan]]]), ca.EntryError, "finite"),
        (lambda: ca.Kernel([[[1]]]) * ca.Kernel([[[1]], [[1]]]), ca.ShapeError, "must fit to multiply"),
        (lambda: ca.Kernel([[[1]]]) + ca.Kernel([[[1]], [[1]]]), ca.ShapeError, "must fit to add"),
        (lambda: ca.Kernel([[[1]]]) + ca.Kernel([[[[1]]]]), ca.ShapeError, "must fit to add"),
        (lambda: ca.Kernel([[[1]]]).dilate(0), ca.ArgumentError, "s must be at least 1"),
        (lambda: ca.Kernel([[[1]]]).shift((1, 2)), ca.ArgumentError, "k must be one exponent"),
        (lambda: ca.Kernel([[[1]]]).shift(1.5), ca.ArgumentError, "k must be an integer"),
        (lambda: ca.Kernel([[[1]]])(1, 2), ca.ArgumentError, "evaluated at 1 points, not 2"),
        (lambda: ca.Kernel([[[1]]])("z"), ca.EntryError, "must be"),
        (lambda: ca.Kernel([[[1, 1]]]).dilate(10**12), ca.SizeLimitError, "the dilated kernel must fit"),
        (lambda: ca.symbols("", 2), ca.ArgumentError, "name must be a non-empty string"),
        (lambda: ca.symbols(3, 2), ca.ArgumentError, "name must be a non-empty string"),
        (lambda: ca.symbols("w", 0), ca.ArgumentError, "shape must be at least 1"),
        (lambda: ca.symbols("w", 10**9), ca.SizeLimitError, "the array of symbols must fit"),
        (lambda: ca.Kernel([[[1]]]) + 1, (ca.ConvAlgebraError, TypeError), "."),
        (lambda: ca.Kernel([[[1]]]) * [1, 2], ca.ConvAlgebraError, "scalar"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_symbols_are_named_by_place():
    assert [str(w) for w in ca.symbols("w", 12)] == [f"w{k}" for k in range(12)]
    assert str(ca.symbols("w", (2, 12))[1, 11]) == "w1_11"
    assert str(ca.symbols("w", (2, 3), start=1)[0, 0]) == "w11"
    assert str(ca.symbols("w", (1, 10))[0, 9]) == "w09"
    assert str(ca.symbols("w", (1, 9), start=2)[0, 8]) == "w2_10"
    names = [str(s) for s in ca.symbols("w", (12, 12)).flat]
    assert len(set(names)) == 144


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
def test_dilated_is_a_stride_of_zeros(k, s, channels):
    weight = np.arange(1, k * channels + 1).reshape(channels, 1, k)
    wide = dilated(weight, (s,))
    assert wide.shape == (channels, 1, (k - 1) * s + 1)
    assert wide[..., ::s].tolist() == weight.tolist()
    assert np.count_nonzero(wide) == weight.size


def test_convolution_of_arrays_reads_both_as_they_are():
    u, v = rings_entries(filled("int", (1, 1, 3))), rings_entries(filled("int", (1, 1, 2)))
    before = u.copy(), v.copy()
    convolve(u, v)
    assert equal(u, before[0])
    assert equal(v, before[1])


@pytest.mark.parametrize("box", [(2,), (1, 2), (2, 1)])
def test_two_taps_together_may_leave_int64(box):
    """Products of 2^62 fit, two of them together do not: integers, and fractions over their common denominator."""
    k, third = (ca.Kernel(np.full((1, 1, *box), w)) for w in (2**31, Fraction(2**31, 3)))
    assert (k * k).weight.ravel().tolist() == [2**62, 2**63, 2**62]
    assert (third * third).weight.ravel().tolist() == [Fraction(2**62, 9), Fraction(2**63, 9), Fraction(2**62, 9)]


@pytest.mark.parametrize(
    ("u", "v", "steps", "weight", "dilation"),
    [
        ([1, 2], [1, 10], (2, 2), [1, 12, 20], 2),
        ([1, 2], [1, 10, 100], (3, 2), [1, 0, 10, 2, 100, 20, 0, 200], 1),
        ([7], [1, 2], (3, 2), [7, 14], 2),
        ([1, 2], [7], (3, 2), [7, 14], 3),
        ([3], [7], (3, 2), [21], 1),
    ],
)
def test_a_chain_keeps_the_dilation_that_its_taps_share(u, v, steps, weight, dilation):
    """u(z^s) v(z^r) in powers of z^gcd(s, r); a single tap takes no steps, and shares every dilation."""
    found, shared = chained(np.array([[u]], dtype=np.int64), np.array([[v]], dtype=np.int64), [steps])
    assert found.tolist() == [[weight]]
    assert shared == (dilation,)


def test_every_channel_of_a_dilated_kernel_takes_memory():
    with pytest.raises(ca.SizeLimitError, match="the dilated kernel must fit"):
        ca.Kernel(np.zeros((1, 10**5, 2), dtype=np.int64)).dilate(10**6)
