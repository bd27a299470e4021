"""Circular convolution by its definition, against np.fft-free loops and the circulant matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca

n, m = ca.size("n"), ca.size("m")
x, w = ca.kernel("x", n), ca.kernel("w", n)
entries = st.integers(-9, 9)


@given(st.integers(1, 6).flatmap(lambda k: st.tuples(*[st.lists(entries, min_size=k, max_size=k)] * 2)))
def test_the_definition_with_numbers(pair):
    """`(x * w)[i] = sum over j of x[j] w[(i - j) mod n]`."""
    a, b = pair
    k = len(a)
    assert ca.circular_convolve(a, b).tolist() == [sum(a[j] * b[(i - j) % k] for j in range(k)) for i in range(k)]


def test_two_axes_are_periodic_each():
    a, b = np.arange(6).reshape(2, 3), np.array([[0, 1, 0], [2, 0, 0]])
    expected = a[:, [2, 0, 1]] + 2 * a[::-1]
    assert ca.circular_convolve(a, b).tolist() == expected.tolist()


def test_symbols_are_convolved_too():
    a, b = ca.symbols("a", 2), ca.symbols("b", 2)
    assert list(ca.circular_convolve(a, b)) == [a[0] * b[0] + a[1] * b[1], a[0] * b[1] + a[1] * b[0]]


def test_for_all_sizes_it_is_the_circulant_matrix():
    assert ca.prove(ca.circular_convolve(x, w) == ca.circulant(w) @ x).scope == "all sizes"
    assert isinstance(ca.decide(ca.circular_convolve(x, w) == ca.circulant(w).T @ x), ca.Refutation)


def test_a_zero_padded_signal_is_read_at_residues_only():
    """The entries of a padded signal are known within its box; the convolution wraps around."""
    padded = ca.pad(n, (0, 1)) @ w
    signal = ca.kernel("x", n + 1)
    assert isinstance(ca.decide(ca.circular_convolve(signal, padded) == ca.circulant(padded) @ signal), ca.Proof)


@pytest.mark.parametrize(
    ("a", "b"), [([1, 2], [1, 2, 3]), (3, 4), ([[1, 2]], [1, 2]), (x, ca.kernel("v", m)), (ca.shift(n, 1), w)]
)
def test_signals_on_different_places_are_refused(a, b):
    with pytest.raises(ca.ShapeError, match="must count the same places"):
        ca.circular_convolve(a, b)


def test_a_symbolic_and_a_numeric_signal_are_refused():
    with pytest.raises(ca.ConvAlgebraError):
        ca.circular_convolve(x, [1, 2, 3])
