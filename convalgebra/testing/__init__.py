"""For tests of your own code: assertions about maps here, Hypothesis strategies in `convalgebra.testing.strategies`."""

from __future__ import annotations

from convalgebra.testing.assertions import (
    assert_adjoint,
    assert_affine,
    assert_equivariant,
    assert_linear,
    assert_same_map,
)

__all__ = ["assert_adjoint", "assert_affine", "assert_equivariant", "assert_linear", "assert_same_map"]
