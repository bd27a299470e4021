"""What is given for the symbols of an operator for all sizes is checked; what is not given stays a symbol."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import convalgebra as ca

N, K = ca.size("n"), ca.integer("k")
W = ca.kernel("w", N)
C = ca.circulant(W)


def sent(thing):
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  # our own


def test_numbers_and_kernels_are_put_in():
    assert (C @ ca.shift(N, K)).subs({N: 3, K: -1, W: [1, 2, 3]}).to_numpy().tolist() == [
        [2, 1, 3],
        [3, 2, 1],
        [1, 3, 2],
    ]
    half = C.subs({N: 2, W: [Fraction(1, 2), sympy.Symbol("a")]})
    assert half.to_numpy().tolist() == [[Fraction(1, 2), sympy.Symbol("a")], [sympy.Symbol("a"), Fraction(1, 2)]]


def test_kernels_that_are_not_given_stay_symbols():
    w, M = ca.symbols("w", 3), ca.unknown("M", N, N)
    assert C.subs({N: 3}).to_numpy().tolist() == ca.circulant(w).to_numpy().tolist()
    assert C.H.subs({N: 3}).to_numpy().tolist() == ca.circulant(w).H.to_numpy().tolist()
    assert (C @ C.T).subs({N: 3}).to_numpy().tolist() == (ca.circulant(w) @ ca.circulant(w).T).to_numpy().tolist()
    assert M.subs({N: 2}).to_numpy().tolist() == ca.symbols("M", (2, 2)).tolist()
    assert (ca.scalar("a") * C).subs({N: 1, W: [3]}).to_numpy().tolist() == [[3 * sympy.Symbol("a0")]]


@pytest.mark.parametrize("values", [(), 3, [1], "n", None, {1, 2}])
def test_values_that_are_no_dictionary_are_refused(values):
    with pytest.raises(ca.ArgumentError, match=r"the values must be a dictionary, not .*; write A.subs\("):
        C.subs(values)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "every size and integer must have a number, n has none"),
        ({N: "a"}, "the number for n must be an integer, not 'a'"),
        ({N: 2.5}, "the number for n must be an integer, not 2.5"),
        ({N: 0, W: []}, "the number for n must be at least 1, not 0"),
        ({"n": 3}, "must be a size, an integer or a kernel by itself, not 'n'"),
        ({2 * N: 4}, r"must be a size, an integer or a kernel by itself, not 2\*n"),
        ({N: 3, C: [1, 2, 3]}, "must be a size, an integer or a kernel by itself, not C_w"),
        ({N: 3, W: [1, 2]}, r"the values of w must have shape \(3,\) at these sizes, not \(2,\)"),
        ({N: 2, W: [[1, 2]]}, r"the values of w must have shape \(2,\) at these sizes, not \(1, 2\)"),
        ({N: 2, W: [1, np.nan]}, "the values of w must be finite"),
    ],
)
def test_values_that_do_not_fit_are_refused(values, says):
    with pytest.raises(ca.ConvAlgebraError, match=says):
        C.subs(values)


def test_operators_are_sent_elsewhere_by_their_constructors():
    """Pickle, and so multiprocessing and Dask, call the same constructor there; what is shown and true is the same."""
    M, w = ca.unknown("M", N, 3), ca.kernel("w", (1, 1, 3))
    layer = ca.Conv(w, padding=1).matrix((1, N))
    for A in (W, C, C @ ca.shift(N, K), C.H, 2 * C, C + C.T, M @ ca.shift(3), ca.dft(N), ca.kron(C, C), layer, layer.T):
        B = sent(A)
        assert (repr(B), B.boxes) == (repr(A), A.boxes)
        assert isinstance(ca.decide(A == B), ca.Proof)
        assert repr(copy.deepcopy(A)) == repr(A)
    claim = (C @ ca.shift(N) == ca.shift(N) @ C).given(C @ W == W)
    assert repr(sent(claim)) == repr(claim)
    assert str(sent(ca.prove(claim))) == str(ca.prove(claim))


def test_what_is_made_of_functions_is_refused():
    with pytest.raises(ca.ArgumentError, match="must be made where it is used, not be sent there"):
        pickle.dumps(ca.sum_over(N, lambda k: ca.shift(N, k)))
