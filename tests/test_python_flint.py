"""python-flint is an extra."""

import pytest

import convalgebra as ca
from convalgebra.analysis import python_flint
from convalgebra.analysis.python_flint import flint, required


def test_the_library_is_loaded_once():
    pytest.importorskip("flint")
    assert flint() is flint() is required("balls", "floats")


def test_the_error_names_the_extra_and_a_way_without(monkeypatch):
    monkeypatch.setattr(python_flint, "flint", lambda: None)
    with pytest.raises(ca.MissingExtraError, match=r"for balls; write pip install 'convalgebra\[flint\]', or x=1"):
        required("balls", "x=1")
