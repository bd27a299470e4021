"""Sums of outer products: summed up again, of least rank, and as two layers."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import convalgebra as ca

LAPLACE = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


def summed(found):
    return sum(reduce(np.multiply.outer, term) for term in found.terms)


@settings(max_examples=25)
@given(st.integers(1, 3).flatmap(lambda d: arrays(np.int64, (3,) * d, elements=st.integers(-3, 3))))
def test_exact_kernels_are_summed_up_again(kernel):
    if not kernel.any():
        with pytest.raises(ca.ArgumentError, match="zero"):
            ca.separable(kernel)
        return
    found = ca.separable(kernel)
    assert np.array_equal(summed(found), kernel)
    assert found.residual == 0
    if kernel.ndim == 2:
        assert found.rank == np.linalg.matrix_rank(kernel)
        assert found.parameters == 6 * found.rank


def test_known_ranks():
    """Binomial and Sobel kernels are products, the Laplacian is no product."""
    assert repr(ca.separable([[1, 0, -1], [2, 0, -2], [1, 0, -1]])) == "Separation(rank 1: [1, 2, 1] x [1, 0, -1])"
    assert ca.separable(LAPLACE).rank == 2
    assert ca.separable(np.eye(4, dtype=int)).rank == 4
    assert ca.separable([1, 2]).terms[0][0].tolist() == [1, 2]
    assert ca.separable(np.multiply.outer(np.outer([1, 2], [3, 4]), [1, 5])).rank == 1
    assert ca.separable([[Fraction(1, 3), 1], [1, 3]]).rank == 1


def test_symbols_and_roots_are_exact():
    a, b, c, d = sympy.symbols("a:d")
    assert ca.separable([[a * c, a * d], [b * c, b * d]]).rank == 1
    assert ca.separable([[a, b], [c, d]]).rank == 2
    root = sympy.sqrt(2)
    assert ca.separable([[root, 2], [1, root]]).rank == 1
    assert ca.separable([[root, 2], [1, root + 1]]).rank == 2


def test_floats_have_singular_vectors():
    kernel = np.random.default_rng(0).standard_normal((5, 4))
    sizes = np.linalg.svd(kernel, compute_uv=False)
    for rank in range(1, 5):
        found = ca.separable(kernel, rank)
        assert np.isclose(found.residual, np.sqrt((sizes[rank:] ** 2).sum()))
        assert np.isclose(np.linalg.norm(summed(found) - kernel), found.residual)
    assert ca.separable(kernel).rank == 4
    assert ca.separable(np.outer([1.0, 2, 1], [1, 2, 1])).rank == 1
    assert np.allclose(
        summed(ca.separable(np.random.default_rng(1).random((3, 3, 3)))), np.random.default_rng(1).random((3, 3, 3))
    )


@pytest.mark.parametrize("kernel", [LAPLACE, [[1, 2], [2, 4]], [[1, 2, 3]], np.arange(12).reshape(3, 4).tolist()])
def test_two_layers_are_the_kernel(kernel):
    layers = ca.separable(kernel).layers()
    shape = (1, 6, 7)
    assert layers.matrix(shape) == ca.Conv(np.array(kernel)[None, None]).matrix(shape)
    with pytest.raises(ca.ShapeError, match="two axes"):
        ca.separable([1, 2]).layers()


def test_ranks_that_cannot_be():
    with pytest.raises(ca.ArgumentError, match="floats"):
        ca.separable(LAPLACE, 1)
    with pytest.raises(ca.ArgumentError, match="at least 1"):
        ca.separable(LAPLACE, 0)
    with pytest.raises(ca.ArgumentError, match="at least 1"):
        ca.separable(np.ones((2, 2)), 0)
    assert ca.separable(LAPLACE, 3).rank == 2


def test_an_entry_that_may_be_zero_is_undecided():
    a = sympy.Symbol("a")
    with pytest.raises(ca.UndecidedError, match="known to be zero"):
        ca.separable([[sympy.sin(a) ** 2 + sympy.cos(a) ** 2 - 1, 1], [1, 1]])


def test_the_rank_asked_for_may_be_the_rank():
    laplacian = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    assert ca.separable(laplacian, rank=2).rank == ca.separable(laplacian).rank == 2
    with pytest.raises(ca.ArgumentError, match="at least the rank 2"):
        ca.separable(laplacian, rank=1)


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_no_more_terms_are_kept_than_were_asked_for(rank):
    kernel = np.random.default_rng(0).standard_normal((3, 3, 3))
    assert ca.separable(kernel, rank=rank).rank == rank


def test_on_three_axes_the_terms_are_counted_and_not_called_a_rank():
    assert repr(ca.separable(np.arange(8).reshape(2, 2, 2))).startswith("Separation(4 terms: ")
    assert repr(ca.separable(np.ones((2, 2, 2), dtype=int))).startswith("Separation(rank 1: ")
    assert repr(ca.separable(np.arange(4).reshape(2, 2))).startswith("Separation(rank 2: ")
