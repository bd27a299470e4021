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
    "NoAttributeError": AttributeError,
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


def test_long_arguments_are_shown_by_both_ends():
    """A message names the argument; nobody has to read a million numbers again."""
    with pytest.raises(ca.ArgumentError) as caught:
        ca.permutation(list(range(1, 10**5)))
    assert str(caught.value).startswith("p must be a permutation of 0..n-1, not [1, 2, 3, ")
    assert str(caught.value).endswith(" 99998, 99999]")
    assert len(str(caught.value)) < 1001
    assert [len(str(ca.ShapeError("x" * n))) for n in (1000, 1001)] == [1000, 999]


def test_a_verdict_is_told_whole():
    assert len(str(ca.RefutedError("x" * 10**4))) == len(str(ca.UndecidedError("x" * 10**4))) == 10**4


STUB = ca.NotAConvolutionError("stub", pair=(1, 2))


class Stub(ca.ReLU):
    def output_shape(self, in_shape):  # noqa: ARG002
        raise STUB


def test_an_error_keeps_what_it_carries_where_a_network_names_the_layer():
    with pytest.raises(ca.NotAConvolutionError) as caught:
        ca.Sequential(ca.Parallel(Stub())).output_shape((1, 3))
    assert str(caught.value) == (
        "layer 0 (Parallel): branch 0 (Stub): the stack must be a single convolution, not stub"
    )
    assert (caught.value.reason, caught.value.witness) == ("stub", (1, 2))


@pytest.mark.parametrize("error", [STUB, ca.MissingExtraError("pip install")])
def test_pickled_errors_keep_their_message_and_what_they_carry(error):
    again = pickle.loads(pickle.dumps(errors.at(error, "layer 0")))  # noqa: S301  # our own bytes
    assert (type(again), str(again)) == (type(error), f"layer 0: {error}")
    assert vars(again) == vars(error)
