"""Certain intervals, by balls and by floats, about suprema known to fifty digits."""

from fractions import Fraction
from math import inf

import mpmath
import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import ball, bounds, endless, python_flint
from convalgebra.analysis.endless import without_end

needs_flint = pytest.mark.skipif(python_flint.flint() is None, reason="python-flint is an extra")
ARITHMETICS = ["floats", pytest.param("balls", marks=needs_flint)]


def sliding(weight, groups=1):
    return without_end(weight, [(k, 1, 1) for k in weight.shape[2:]], groups)


def norm_at(weight, theta):
    """The largest singular value of `sum of w_t e^(i theta t)`, two rows, to fifty digits."""
    K = mpmath.zeros(*weight.shape[:2])
    for t in range(weight.shape[2]):
        wave = mpmath.expj(theta * t)
        for o, i in np.ndindex(weight.shape[:2]):
            K[o, i] += mpmath.mpf(float(weight[o, i, t])) * wave
    G = K * K.H
    trace, det = mpmath.re(G[0, 0] + G[1, 1]), mpmath.re(G[0, 0] * G[1, 1] - G[0, 1] * G[1, 0])
    return mpmath.sqrt((trace + mpmath.sqrt(trace**2 - 4 * det)) / 2)


def supremum(weight):
    """To fifty digits: the best of a fine grid, then golden sections."""
    grid = [mpmath.pi * k / 256 for k in range(257)]
    best = max(grid, key=lambda theta: norm_at(weight, theta))
    low, high = best - mpmath.pi / 256, best + mpmath.pi / 256
    ratio = (mpmath.sqrt(5) - 1) / 2
    for _ in range(130):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if norm_at(weight, a) > norm_at(weight, b) else (a, high)
    return norm_at(weight, (low + high) / 2)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit", [0, 900, -900])
def test_fifty_digits_lie_in_the_interval(arithmetic, seed, unit):
    weight = np.random.default_rng(seed).standard_normal((2, 3, 4))
    with mpmath.workdps(50):
        want = supremum(weight) * mpmath.mpf(2) ** unit
        lower, upper = ca.operator_norm(ca.Conv(np.ldexp(weight, unit)), tolerance=1e-14, arithmetic=arithmetic)
        assert mpmath.mpf(lower) <= want <= mpmath.mpf(upper)
        assert mpmath.mpf(upper) - mpmath.mpf(lower) <= (1.1e-14 if arithmetic == "balls" else 1e-11) * want


CLOSED = [
    ([1, 1, -1], 5),
    ([1, 2, 1], 16),
    ([3, 0, 4], 49),
    ([1j, 1], 4),
    ([2.0**-540, 2.0**-540], Fraction(4, 4**540)),
    ([2.0**1000, -(2.0**1000)], 4 * 4**1000),
    ([Fraction(1, 3), Fraction(2, 7)], Fraction(13, 21) ** 2),
    ([2**70 + 1, 2**70 - 1], 4**71),
    ([1.0, 2.0**-60], (1 + Fraction(1, 2**60)) ** 2),
    ([1e8, -2e8, 1e8 + 1e-7], (Fraction(1e8) + Fraction(2e8) + Fraction(1e8 + 1e-7)) ** 2),
]  # fmt: skip


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize(("weight", "square"), CLOSED)
def test_exact_suprema_lie_in_the_interval(arithmetic, weight, square):
    lower, upper = ca.operator_norm(ca.Conv([[weight]]), tolerance=1e-13, arithmetic=arithmetic)
    assert Fraction(lower) ** 2 <= square <= Fraction(upper) ** 2
    assert Fraction(upper) - Fraction(lower) <= Fraction(1, 10**12) * Fraction(upper)


@needs_flint
@pytest.mark.parametrize("shape", [(1, 1, 5), (5, 5, 3), (6, 4, 3, 3), (2, 2, 2, 2, 2), (18, 17, 3)])
def test_balls_and_floats_agree_and_balls_are_narrow(shape):
    symbol = sliding(np.random.default_rng(0).standard_normal(shape))
    low, value, high = ball.everywhere(symbol, 1e-14)
    wide = bounds.everywhere(symbol, 1e-9)
    assert wide[0] <= low <= value <= high <= wide[2]
    assert high - low <= 2.1e-14 * low


@needs_flint
def test_groups_complex_weights_and_flat_symbols():
    weight = np.concatenate([np.full((1, 1, 3), 0.1), np.ones((1, 1, 3)), np.full((1, 1, 3), 1 - 1e-12)])
    low, high = ca.operator_norm(ca.Conv(weight, groups=3), tolerance=1e-15)
    assert low <= 3 <= high
    assert high - low < 1e-14
    assert ca.operator_norm(ca.Linear([[3j, 4]]), tolerance=1e-15) == pytest.approx((5, 5), rel=2e-15)
    q = np.linalg.qr(np.random.default_rng(0).standard_normal((12, 12)))[0]
    P = q[:, :5] @ q[:, :5].T
    low, high = ca.operator_norm(ca.Conv(np.stack([P, np.eye(12) - P], axis=-1)), tolerance=1e-14)
    assert low <= 1 + 1e-14
    assert high - low < 2e-14


@needs_flint
def test_a_fine_tolerance_takes_balls_by_itself(monkeypatch):
    layer = ca.Conv(np.random.default_rng(0).standard_normal((3, 3, 3)))
    fine = ca.operator_norm(layer, tolerance=1e-14)
    assert fine.upper - fine.lower <= 1.1e-14 * fine.lower
    monkeypatch.setattr(endless, "flint", lambda: None)
    floats = ca.operator_norm(layer, tolerance=1e-14)
    assert floats == ca.operator_norm(layer, tolerance=1e-14, arithmetic="floats")
    assert floats.lower <= fine.lower <= fine.upper <= floats.upper


def test_balls_need_the_extra(monkeypatch):
    monkeypatch.setattr(python_flint, "flint", lambda: None)
    with pytest.raises(ca.MissingExtraError, match=r"'convalgebra\[flint\]', or arithmetic='floats'"):
        ca.operator_norm(ca.Conv([[[1, 1]]]), arithmetic="balls")


@needs_flint
@pytest.mark.parametrize("weight", [[1, 1, -1], [2, -3, 5, 1, 4], [1j, 2, 1, 3 - 1j]])
def test_the_proof_does_not_rest_on_the_climb(monkeypatch, weight):
    """Without it the supremum is found by halving boxes alone, and what lies between two centres is not forgotten."""
    layer = ca.Conv([[weight]])
    want = ca.operator_norm(layer, tolerance=1e-9)
    monkeypatch.setattr(ball._Group, "_climbed", lambda _, point: point)
    lower, upper = ca.operator_norm(layer, tolerance=1e-5, arithmetic="balls")
    low, _, high = ball.everywhere(endless.endless(layer), 1e-5)
    unit = 4.0 ** endless.endless(layer).exponent
    assert low * unit <= want.upper**2
    assert want.lower**2 <= high * unit <= want.upper**2 * (1 + 2.1e-5)
    assert lower <= want.upper
    assert want.lower <= upper


@needs_flint
def test_what_the_weights_may_be_off_is_in_the_interval():
    symbol = sliding(np.array([[[1.0, 2.0, 1.0]]]))
    low, _, high = ball.everywhere(symbol, 1e-1, slack=1e-3)
    assert 16 * low <= 16 * (1 - 1e-3) ** 2
    assert 16 * high >= 16 * (1 + 1e-3) ** 2


@needs_flint
def test_definite_matrices_and_flat_bounds():
    library = python_flint.flint()
    G = library.acb_mat(2, 2, [2, 1j, -1j, 2])  # eigenvalues 1 and 3
    assert ball._definite(G, library.arb(3.001))
    assert not ball._definite(G, library.arb(3))
    assert not ball._definite(G, library.arb(2.999))
    assert not ball._definite(G, library.arb(0.5))
    group = ball._Group.of(library, sliding(np.array([[[1.0, 2.0, 1.0]]])), 0, 0.0)  # |G_0| + ... = 6 + 2 * 4 + 2 * 1
    unit = 4.0 ** -sliding(np.array([[[1.0, 2.0, 1.0]]])).exponent
    assert group.flat_below(library.arb(16.001 * unit))
    assert not group.flat_below(library.arb(15.999 * unit))


@needs_flint
def test_a_bounded_effort_leaves_the_interval_of_the_floats(monkeypatch):
    monkeypatch.setattr(ball, "MOST_WORK", 1)
    symbol = sliding(np.random.default_rng(0).standard_normal((2, 2, 3)))
    assert ball.everywhere(symbol, 1e-14)[2] == inf
    layer = ca.Conv(np.random.default_rng(0).standard_normal((2, 2, 3)))
    assert ca.operator_norm(layer, arithmetic="balls").upper == ca.operator_norm(layer).upper


@needs_flint
def test_large_blocks_are_left_to_the_floats():
    assert ball.everywhere(sliding(np.ones((200, 200, 1))), 1e-12) == (0, 0, inf)


@needs_flint
def test_where_frequencies_are_too_many_to_be_numbered(monkeypatch):
    symbol = sliding(np.random.default_rng(0).standard_normal((2, 2, 3)))
    want = ball.everywhere(symbol, 1e-12)
    monkeypatch.setattr(ball, "MOST_PLACES", 1)
    assert ball.everywhere(symbol, 1e-12) == pytest.approx(want, rel=1e-14)


def test_three_axes_at_the_finest_tolerance():
    layer = ca.Conv(np.random.default_rng(0).standard_normal((1, 1, 2, 2, 2)))
    lower, upper = ca.operator_norm(layer, tolerance=1e-15, arithmetic="floats")
    assert 0 < upper - lower < 1e-10 * lower


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ca.operator_norm(ca.Conv([[[1]]]), arithmetic="arb"), "must be one of 'floats', 'balls'"),
        (lambda: ca.operator_norm(ca.Conv([[[1]]]), (1, 3), arithmetic="balls"), "must be left out at one size"),
    ],
)
def test_bad_arithmetics(call, words):
    with pytest.raises(ca.ArgumentError, match=words):
        call()
