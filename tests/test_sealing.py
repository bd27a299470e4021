"""What is sealed is shared and never written, by whatever way."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.algebra import rings, sealing
from convalgebra.algebra.sealing import sealed


def pickled(made):
    return pickle.loads(pickle.dumps(made))  # noqa: S301  # our own


def test_sealed_entries_are_shared():
    layer = ca.Conv(np.ones((2, 1, 3)))
    assert ca.Conv(layer.weight, padding=1).weight is layer.weight
    assert rings.frozen(layer.weight) is layer.weight
    assert rings.owned(np.ones(3)).flags.writeable is False


@pytest.mark.parametrize("spoil", ["plain", "read only", "written again", "view"])
def test_what_another_may_write_is_copied(spoil):
    array = np.ones(3)
    if spoil == "read only":
        array.setflags(write=False)
    if spoil == "written again":
        array = sealed(array)
        array.setflags(write=True)
    if spoil == "view":
        array = sealed(array)[:2]
    assert not np.shares_memory(rings.frozen(array), array)


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: ca.Conv(np.ones((2, 1, 3)), [1.0, 2.0]), ("weight", "bias")),
        (lambda: ca.ConvTranspose(np.ones((2, 1, 3))), ("weight",)),
        (lambda: ca.Linear(np.ones((2, 1))), ("weight",)),
        (lambda: ca.BatchNorm([0.0, 1.0], [1.0, 2.0]), ("mean", "var")),
        (lambda: ca.Kernel(np.ones((2, 1, 3))), ("weight",)),
        (lambda: ca.Conv(np.ones((2, 1, 3))).matrix((1, 5)), ("weight",)),
        (lambda: ca.circulant([1, 2]), ("c",)),
        (lambda: ca.diagonal([1, 2]), ("values",)),
    ],
)
def test_copies_are_sealed_too(copied, make, names):
    made = copied(make())
    for name in names:
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, name)[...] = 0


def test_no_way_leads_around_a_seal():
    for array in (sealed(np.ones(6).reshape(2, 3)), sealed(np.ones((2, 2))[:, 0])):
        assert array.base is None or not array.base.flags.writeable
    product = ca.Kernel([[[1.0, 2.0]]]) * ca.Kernel([[[1.0, 3.0]]])
    assert product.weight.base is None or not product.weight.base.flags.writeable


@pytest.mark.parametrize("part", ["data", "indices", "indptr"])
def test_a_sparse_array_is_the_users_own(part):
    A = ca.matrix([[1.0, 2.0], [0.0, 3.0]])
    expected = A.to_numpy()
    getattr(A.to_sparse(), part)[...] = 0
    assert np.array_equal(A.to_numpy(), expected)


def test_a_seal_is_of_one_array_whatever_its_id():
    array = np.ones(3)
    sealing._SEALED[id(array)] = other = sealed(np.zeros(3))
    assert rings.frozen(array) is not array
    assert rings.frozen(other) is other
    del sealing._SEALED[id(array)]


def test_a_seal_ends_with_its_array():
    number = id(sealed(np.ones(3)))
    assert number not in sealing._SEALED
