"""Kernels that satisfy equations, found by exact elimination."""

from fractions import Fraction

import numpy as np
import pytest

from convalgebra.proofs.calculus.sampling import MOST_UNKNOWNS, satisfying

PRIME = 10_007


def holds(p, residual, kernels):
    return all(not (v % p if p else v) for v in np.asarray(residual(kernels)).flat)


@pytest.mark.parametrize("p", [PRIME, None])
def test_linear_equations_are_solved_with_free_values(p):
    def total(kernels):
        return np.array([kernels["w"].sum(), kernels["w"][0] - kernels["w"][2]], dtype=object)

    found = satisfying({"w": (5,)}, [(frozenset("w"), total)], p)
    assert holds(p, total, found)
    assert len(set(found["w"].tolist())) > 2


@pytest.mark.parametrize("p", [PRIME, None])
def test_a_product_is_solved_for_the_last_kernel(p):
    def reciprocal(kernels):
        return kernels["u"].astype(object) * kernels["v"].astype(object) - 1

    found = satisfying({"u": (3,), "v": (3,)}, [(frozenset("uv"), reciprocal)], p)
    assert holds(p, reciprocal, found)
    if p is None:
        assert all(isinstance(v, Fraction | int) for v in found["v"].tolist())


def test_what_is_not_affine_or_contradictory_has_no_solution():
    def square(kernels):
        return kernels["w"].astype(object) ** 2 - 2

    def contradiction(kernels):
        return np.array([kernels["w"][0] - 1, kernels["w"][0] - 2], dtype=object)

    assert satisfying({"w": (2,)}, [(frozenset("w"), square)], PRIME) is None
    assert satisfying({"w": (2,)}, [(frozenset("w"), contradiction)], PRIME) is None


def test_free_kernels_are_drawn_by_name_and_box():
    first = satisfying({"w": (4,), "v": (4,)}, [], PRIME)
    assert (first["w"] != first["v"]).any()
    assert (first["w"] == satisfying({"w": (4,)}, [], PRIME)["w"]).all()


def test_too_many_unknowns_are_left_out():
    def zero(kernels):
        return kernels["w"]

    assert satisfying({"w": (MOST_UNKNOWNS + 1,)}, [(frozenset("w"), zero)], PRIME) is None
