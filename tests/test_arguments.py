"""Arguments of constructors for all sizes: SymPy's symbols at the edge, boxes and names."""

import pytest
import sympy

import convalgebra as ca
from convalgebra.proofs.arguments import box_of, converted, count, flat, integral
from convalgebra.proofs.calculus.sizes import Size

N = sympy.Symbol("n", integer=True, positive=True)
P = sympy.Symbol("p", integer=True, nonnegative=True)
K = sympy.Symbol("k", integer=True)
A = sympy.Symbol("a")
n, p, k = ca.size("n"), ca.size("p", 0), ca.integer("k")


def test_sympy_integers_are_sizes_and_integers():
    assert converted(N) == n
    assert converted(P) == p
    assert converted(K) == k
    assert converted(2 * N * K - P + 3) == 2 * n * k - p + 3
    assert converted(sympy.Integer(4)) == 4
    assert converted("text") == "text"


def test_a_plain_symbol_is_a_scalar():
    made = converted(A)
    assert (made.rows, made.cols, made.latex) == ((), (), "a")


@pytest.mark.parametrize("bad", [sympy.sin(A), A + 1, N / K, sympy.Mod(N, 2), N * A])
def test_other_expressions_are_refused(bad):
    with pytest.raises(ca.ArgumentError, match="a polynomial in integer symbols"):
        converted(bad)


def test_theorems_may_be_stated_with_sympy():
    w = ca.kernel("w", N)
    C, S = ca.circulant(w), ca.shift(N, K)
    assert ca.prove(C @ S == S @ C).scope == "all sizes"
    assert bool(A * C @ S == S @ C * A)
    assert (2 * N * C).subs({N: 3, w: [1, 0, 0]}).to_numpy().tolist() == (6 * ca.identity(3)).to_numpy().tolist()
    assert ca.downsample(4 * N, 4).shape == (n, 4 * n)
    assert ca.circulant((A, A + 1)).shape == (2, 2)
    assert ca.identity((N, 2)).shape == (2 * n, 2 * n)


def test_boxes_and_integers_are_checked():
    assert box_of((n, 3)) == (n, Size.of(3))
    assert integral(N - 1) == n - 1
    for bad in (0, n - 1, k, (n, 0), K):
        with pytest.raises(ca.ArgumentError, match="a size must be at least 1"):
            box_of(bad)
    for bad in (0.5, True, "n", None, n.inverse()):
        with pytest.raises(ca.ArgumentError, match="a size or shift must"):
            integral(bad)


def test_places_are_counted_in_c_order():
    assert count((n, p + 1)) == n * (p + 1)
    assert flat((k, p), (n, n + 2)) == k * (n + 2) + p
    assert flat((), ()) == 0 * n
