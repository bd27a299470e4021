"""What a theorem may speak of: symbols for all sizes, numbers in order, words."""

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.theorems.domains import Choices, Integers, Matrices, On, Sizes


def test_sizes_start_at_their_least():
    assert list(Sizes(2, 5).values()) == [2, 3, 4, 5]
    assert Sizes(2).words("n") == "n >= 2"
    assert Sizes(2, 5).scanned("n") == "n=2..5"
    assert str(Sizes(3).symbol("n")) == "n"
    assert bool((Sizes(3).symbol("n") - 3).is_nonnegative)


def test_integers_come_in_the_order_of_their_size():
    assert list(Integers(2).values()) == [0, 1, -1, 2, -2]
    assert Integers().words("k") == "every integer k"


def test_choices_are_complete_or_samples():
    assert Choices(("a", "b")).words("mode") == "mode among a, b"
    assert Choices((1, 2, 3), sampled=True).words("x") == "3 samples of x"


@pytest.mark.parametrize(
    ("sides", "box"), [((3,), (3,)), (("n",), (4,)), (("n", 2), (4, 2)), ((lambda s, n: s * n,), (12,))]
)
def test_a_box_is_read_off_the_sizes_before_it(sides, box):
    assert On(*sides).box({"n": 4, "s": 3}) == box


def test_kernels_are_symbols_at_a_size_and_for_all_sizes():
    generic = On("n").generic("w", {"n": 3})
    assert np.array_equal(generic, ca.symbols("w", 3))
    assert repr(On("n").symbol("w", {"n": ca.size("n")})) == "w for all sizes, n x 1"


def test_matrices_are_operators():
    square = Matrices("n", lambda n: n + 1)
    assert square.box({"n": 2}) == (2, 3)
    assert square.generic("A", {"n": 2}).shape == (2, 3)
    assert square.made(np.eye(2, 3, dtype=np.int64)).shape == (2, 3)
    assert str(square.symbol("A", {"n": ca.size("n")}).shape) == "(n, n + 1)"


def test_a_matrix_between_boxes():
    wide = Matrices(("h", "n"), "n")
    assert wide.box({"h": 2, "n": 3}) == (6, 3)
    h, n = ca.size("h"), ca.size("n")
    assert str(wide.symbol("A", {"h": h, "n": n}).boxes) == "((h, n), (n,))"
