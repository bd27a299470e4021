"""The errors: one family, each also the built-in error a caller would expect."""

from __future__ import annotations

import pickle

import pytest

import convalgebra as ca
from convalgebra import errors

BUILTIN = {
    "ShapeError": ValueError,
    "ArgumentError": ValueError,
    "EntryError": TypeError,
    "SizeLimitError": ValueError,
    "NotLinearError": TypeError,
    "RefutedError": ValueError,
    "UndecidedError": ValueError,
    "MissingExtraError": ImportError,
}


@pytest.mark.parametrize(("name", "builtin"), BUILTIN.items())
def test_every_error_is_ours_and_a_builtin_one(name, builtin):
    kind = getattr(errors, name)
    assert issubclass(kind, ca.ConvAlgebraError)
    assert issubclass(kind, builtin)
    assert kind.__doc__
    assert str(kind("x must be y, not z")) == "x must be y, not z"


def test_every_public_error_is_named_at_the_top():
    ours = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    public = {name for name in ca.__all__ if name.endswith("Error")}
    assert public >= ours >= {*BUILTIN, "ConvAlgebraError"}
    assert all(issubclass(getattr(ca, name), ca.ConvAlgebraError) for name in public)


def test_a_verdict_travels_with_its_error():
    with pytest.raises(ca.RefutedError) as refuted:
        ca.prove(ca.shift(3, 1) == ca.shift(3, 2))
    assert isinstance(refuted.value.refutation, ca.Refutation)
    assert str(refuted.value.refutation) == str(refuted.value)
    with pytest.raises(ca.UndecidedError) as undecided:
        ca.prove(ca.circulant([0.5]) == ca.circulant([0.5]) * 1.0)
    assert undecided.value.verdict is not None
    assert errors.RefutedError("x").refutation is None
    assert errors.UndecidedError("x").verdict is None


def test_errors_can_be_pickled():
    error = pickle.loads(pickle.dumps(ca.ShapeError("a must be b, not c")))  # noqa: S301  # our own bytes
    assert isinstance(error, ca.ShapeError)
    assert str(error) == "a must be b, not c"
