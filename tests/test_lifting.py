"""Matrices and kernels of given numbers among those for all sizes."""

from fractions import Fraction

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs.lifting import lifted

n, k = ca.size("n"), ca.integer("k")


def test_numbers_are_a_sum_of_places():
    A = ca.matrix([[1, 0, Fraction(1, 2)], [0, -2, 0]])
    made = lifted(A)
    assert made.shape == (2, 3)
    assert len(made.entry(made.rows, made.cols, iter(()))) == 3
    assert (made.subs({n: 3}).to_numpy() == A.to_numpy()).all()


def test_arrays_are_vectors():
    assert lifted(np.array([1, 0, 2])).shape == (3, 1)
    assert lifted(np.array([1, 0, 2])).cols == ()
    assert lifted(ca.kernel("w", n)).latex == "w"


@pytest.mark.parametrize("bad", [np.array([0.5, 1.0]), ca.symbols("w", 3), np.array([1j])])
def test_only_rational_numbers_are_lifted(bad):
    with pytest.raises(ca.ArgumentError, match="rational entries"):
        lifted(bad)


def test_many_numbers_are_refused():
    with pytest.raises(ca.ArgumentError, match="at most 256 entries, not 300"):
        lifted(np.ones(300, dtype=np.int64))


def test_known_kernels_work_for_all_sizes():
    difference, laplace = (ca.pad(q, (0, n)) @ np.array(v) for q, v in ((2, [1, -1]), (3, [1, -2, 1])))
    longer = ca.pad(2, (0, n + 1)) @ np.array([1, -1])
    assert bool(ca.circulant(longer) @ ca.circulant(longer) == ca.circulant(laplace))
    assert not bool(ca.circulant(difference) == ca.circulant(difference).T)
