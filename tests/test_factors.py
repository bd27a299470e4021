"""The factor of each layer is the supremum that it says: no input is stretched more, and large sizes come up to it."""

from fractions import Fraction
from math import inf, nextafter, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.analysis.factors import BORDER, Part, at_every


def norm(layer, shape):
    return np.linalg.norm(layer.matrix(shape).to_numpy().astype(float), 2)


SLIDING = [(3, 1, 1), (3, 2, 1), (2, 2, 1), (3, 2, 2), (4, 3, 2), (5, 2, 1), (1, 3, 1)]


@pytest.mark.parametrize(("k", "s", "d"), SLIDING)
def test_average_pools_reach_their_factor(k, s, d):
    low, high = ca.operator_norm(ca.AvgPool((k,), stride=s, dilation=d))
    found = [
        norm(ca.AvgPool(k, stride=s, dilation=d, padding=((p, p),)), (1, n)) for n in (7, 30, 200) for p in (0, k - 1)
    ]
    assert max(found) <= high
    assert low * (1 - 1e-3) <= max(found)
    over = ca.AvgPool((k,), stride=s, dilation=d, divisor_override=-2)
    assert ca.operator_norm(over).upper == pytest.approx(k / 2 * high)


@settings(deadline=None, max_examples=60)
@given(
    k=st.integers(1, 5), s=st.integers(1, 4), n=st.integers(1, 12), pad=st.integers(0, 2), ceil=st.booleans(),
    counted=st.booleans(),
)  # fmt: skip
def test_average_pools_that_count_less_at_the_border(*, k, s, n, pad, ceil, counted):
    options = {"stride": s, "padding": min(pad, k // 2), "ceil_mode": ceil, "count_include_pad": counted}
    try:
        A = ca.AvgPool(k, **options).matrix((1, n)).to_numpy().astype(float)
    except ca.ConvAlgebraError:
        return
    bound = ca.operator_norm(ca.Sequential(ca.AvgPool((k,), **options)))
    assert np.linalg.norm(A, 2) <= bound.upper * (1 + 1e-14)
    assert (bound.reason == BORDER) == (ceil or (not counted and options["padding"] > 0))


@pytest.mark.parametrize(("k", "s", "d"), SLIDING)
def test_maximum_pools_reach_their_factor(k, s, d):
    """One high place alone is the maximum of all windows where it stands."""
    pool = ca.MaxPool((k,), stride=s, dilation=d)
    low, high = ca.operator_norm(pool)
    peaks = [np.eye(1, 40, place) for place in range(12, 24)]
    most = max(np.linalg.norm(pool(x)) for x in peaks)
    assert low <= most * (1 + 1e-15)
    assert most <= high * (1 + 1e-15)
    p_norm = ca.LpPool((k,), stride=s, dilation=d, p=1)
    assert np.linalg.norm(p_norm(np.ones((1, 40)))) <= ca.operator_norm(p_norm).upper * sqrt(40)
    assert max(np.linalg.norm(p_norm(x)) for x in peaks) >= ca.operator_norm(p_norm).lower * (1 - 1e-15)
    unfold = ca.Unfold((k,), stride=s, dilation=d)
    assert norm(unfold, (2, 40)) == pytest.approx(ca.operator_norm(unfold).upper)


@pytest.mark.parametrize(
    ("layer", "square"),
    [
        (ca.Upsample((2, 3)), 6),
        (ca.Upsample((2, 3), mode="zeros"), 1),
        (ca.AdaptiveAvgPool((2, 3)), 6),
        (ca.Pad(((0, 1), (2, 0))), 1),
        (ca.Crop((1, 2)), 1),
        (ca.PixelShuffle(2), 1),
        (ca.PixelUnshuffle(2), 1),
        (ca.ChannelShuffle(2), 1),
        (ca.Flatten(), 1),
        (ca.GlobalAvgPool(), 1),
        (ca.GlobalMaxPool(), 1),
        (ca.Fold((6, 6), 2), 4),
        (ca.MaxPool((2, 2), over="space", stride=1), 4),
        (ca.AvgPool(4, stride=4, over="channels"), Fraction(1, 4)),
    ],
)
def test_other_factors(layer, square):
    interval, why = at_every(Part("", layer, 2), 1e-6)
    assert Fraction(interval.lower) ** 2 <= square <= Fraction(interval.upper) ** 2
    assert interval.upper <= nextafter(interval.lower, inf)
    assert why
    shape = {ca.Fold: (8, 25)}.get(type(layer), (4, 1, 1) if isinstance(layer, ca.AdaptiveAvgPool) else (4, 6, 6))
    if not isinstance(layer, ca.MaxPool | ca.GlobalMaxPool):
        assert norm(layer, shape) <= interval.upper * (1 + 1e-13)
