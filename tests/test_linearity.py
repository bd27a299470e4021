"""Linear over (+, x), over (max, +), both or neither: proofs for every input, refutations by small integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra import decide
from convalgebra.algebra.semiring import Tropical
from convalgebra.proofs.linearity import MOST_PLACES

CONV = ca.Conv([[[1, 2]]])
BOTH = {"identity": ca.Identity(), "one place": ca.MaxPool(1), "upsample": ca.Upsample(2), "crop": ca.Crop(1)}
MAXIMA = {
    "max": ca.MaxPool(2),
    "overlapping": ca.MaxPool(3, stride=1, padding=1),
    "overhanging": ca.MaxPool(3, stride=2, ceil_mode=True),
    "channels": ca.MaxPool(2, over="channels"),
    "global": ca.GlobalMaxPool(),
    "two maxima": ca.Sequential(ca.MaxPool(2), ca.MaxPool(2)),
    "edges": ca.Sequential(ca.Pad(1, "replicate"), ca.MaxPool(3, stride=1)),
}
SUMS = {
    "conv": ca.Conv([[[1, 2], [3, 4]]]),
    "floats": ca.Conv([[[0.1, 0.2], [0.3, 0.7]]]),
    "average": ca.AvgPool(2),
    "zeros": ca.Pad(1),
    "batch norm": ca.BatchNorm([0, 0], [4, 9], eps=0),
}
NEITHER = {"relu": ca.ReLU(), "norm": ca.LpPool(2), "bias": ca.Conv([[[1, 2], [3, 4]]], [1])}
SHAPE = (2, 6)


@pytest.mark.parametrize("name", [*BOTH, *MAXIMA])
def test_linear_over_max_plus(name):
    proof = decide(ca.Linearity({**BOTH, **MAXIMA}[name], SHAPE, "max-plus"))
    assert isinstance(proof, ca.Proof)
    assert (proof.scope, proof.ring) == ("n=(2, 6), every x, y and c", "(max, +)")


@pytest.mark.parametrize("name", [*BOTH, *SUMS])
def test_linear_over_sums_and_products(name):
    proof = decide(ca.Linearity({**BOTH, **SUMS}[name], SHAPE))
    assert isinstance(proof, ca.Proof)
    assert proof.ring == "(+, x)"


def refuted(layer, semiring):
    """The refutation, its witness evaluated again."""
    claim = ca.Linearity(layer, SHAPE, semiring)
    verdict = decide(claim)
    assert isinstance(verdict, ca.Refutation)
    law = "sum" if "y" in verdict.witness else "multiple"
    x, other = (np.array(v) for v in verdict.witness.values())
    sides = claim.sides(law, x, other)
    assert [side[verdict.entry] for side in sides] == [verdict.left, verdict.right]
    assert verdict.left != verdict.right
    return verdict


@pytest.mark.parametrize("name", [*SUMS, *NEITHER])
def test_not_linear_over_max_plus(name):
    if name != "floats":  # floats refute nothing
        refuted({**SUMS, **NEITHER}[name], "max-plus")


@pytest.mark.parametrize("name", [*MAXIMA, *NEITHER])
def test_not_linear_over_sums_and_products(name):
    refuted({**MAXIMA, **NEITHER}[name], "sum-product")


def test_the_smallest_witness_is_the_one_in_the_books():
    verdict = decide(ca.Linearity(ca.MaxPool(2), (1, 2)))
    assert (verdict.witness, verdict.left, verdict.right) == ({"x": [[1, 0]], "y": [[0, 1]]}, 1, 2)
    assert str(verdict) == ("refuted: entry (0, 0) is 1 on the left and 2 on the right; with x=[[1, 0]], y=[[0, 1]]")


def test_verdicts_are_shown_as_sentences():
    verdict = decide(ca.Linearity(ca.ReLU(), (1, 1)))
    assert repr(verdict) == str(verdict)
    assert verdict.to_latex() == rf"\text{{{verdict}}}"
    assert str(decide(ca.Linearity(ca.MaxPool(2), (1, 2), "max-plus"))) == (
        "proved for n=(1, 2), every x, y and c, over (max, +): f(max(x, y)) = max(f(x), f(y)) and f(c + x) = c + f(x): "
        "both sides are one function of their symbols"
    )


def test_what_cannot_be_decided_is_said():
    floats = decide(ca.Linearity(ca.Conv([[[0.5]]]), (1, 2), "max-plus"))
    assert isinstance(floats, ca.Undecided)
    large = decide(ca.Linearity(ca.MaxPool(2), (1, MOST_PLACES + 2), "max-plus"))
    assert isinstance(large, ca.Undecided)
    assert "more than 512 places" in str(large)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [((3, (1, 4)), "must be claimed of a layer, not of 3"), ((CONV, (1, 4), "min-plus"), "semiring must be one of"),
     ((CONV, "ab"), "in_shape must be an integer")],
)  # fmt: skip
def test_bad_claims(arguments, text):
    with pytest.raises(ca.ArgumentError, match=text):
        ca.Linearity(*arguments)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ca.ShapeError):
        decide(ca.Linearity(CONV, (2, 6)))


POLYNOMIALS = st.recursive(
    st.sampled_from("xyz").map(lambda name: (Tropical.symbol(name), lambda at: at[name]))
    | st.integers(-3, 3).map(lambda n: (Tropical.of(n), lambda _: n)),
    lambda inner: st.tuples(inner, inner, st.booleans()).map(
        lambda p: (
            (p[0][0] | p[1][0], lambda at: max(p[0][1](at), p[1][1](at)))
            if p[2]
            else (p[0][0] + p[1][0], lambda at: p[0][1](at) + p[1][1](at))
        )
    ),
    max_leaves=6,
)


@given(pair=POLYNOMIALS, at=st.fixed_dictionaries(dict.fromkeys("xyz", st.integers(-9, 9))))
def test_tropical_terms_are_the_function(pair, at):
    polynomial, function = pair
    assert max(sum(map(at.get, term)) + constant for term, constant in polynomial.terms.items()) == function(at)
