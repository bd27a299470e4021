"""Readers refuse in one way."""

from __future__ import annotations

import pytest

import convalgebra as ca
from convalgebra.interop.reading import must


def test_what_must_be_is_said():
    must([1], "a list must not be empty")
    with pytest.raises(ca.ArgumentError, match="a list must not be empty"):
        must([], "a list must not be empty")
