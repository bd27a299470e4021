"""Every kernel at one size by polynomials in the taps, against plain expansion; what holds for some is no proof."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_core import operators

import convalgebra as ca
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.proofs import generic
from convalgebra.proofs.decide import BY_POLYNOMIALS, _first_other_row
from convalgebra.proofs.generic import agree, powers
from convalgebra.proofs.refute import exact_sides

rng = np.random.default_rng(0)
FLOATS = rng.standard_normal((6, 8))


def circulants(count, n=4):
    return [ca.circulant(FLOATS[k, :n]) for k in range(count)]


# --- numeric kernels that stand for all -------------------------------------------------------------------------------


def claims():
    a, b, c, d = circulants(4)
    S, two = ca.shift(4, 1), ca.identity(2)
    layer = ca.Conv(FLOATS[0, :3][None, None], padding=1, padding_mode="reflect")
    A, other = layer.matrix((1, 6)), ca.Conv(FLOATS[1, :3][None, None], padding=1).matrix((1, 6))
    blocks = ca.block([[a, b], [c, d]])
    return {
        "blocks": blocks @ ca.kron(two, S) == ca.kron(two, S) @ blocks,
        "sums of layers": (A + other) @ ca.flip((1, 6)) == A @ ca.flip((1, 6)) + other @ ca.flip((1, 6)),
        "Kronecker": ca.kron(a, b) @ ca.kron(S, S) == ca.kron(S, S) @ ca.kron(a, b),
        "a multiple": 3 * (blocks + ca.identity(8)) == 3 * blocks + 3 * ca.identity(8),
        "reordered": A @ ca.flip((1, 6)) + other == other + A @ ca.flip((1, 6)),
    }


@pytest.mark.parametrize("name", claims())
def test_floating_kernels_are_letters(name):
    """No float is ever added up: the proof is for every kernel."""
    verdict = ca.decide(claims()[name])
    assert isinstance(verdict, ca.Proof), str(verdict)
    assert verdict.scope.endswith("every kernel")


def test_a_kernel_is_not_told_by_its_numbers():
    """Two equal kernels are two kernels; what holds for equal ones is no proof for all."""
    a, b = (ca.block([[ca.circulant(FLOATS[0, :4].copy())]]) for _ in range(2))
    J = ca.flip(4)
    assert isinstance(ca.decide(a @ J + b == b @ J + a), ca.Agreement)
    assert isinstance(ca.decide(a @ J + b == b + a @ J), ca.Proof)


def test_a_symmetric_kernel_proves_nothing_for_others():
    C = ca.circulant([5, 1, 2, 1])
    assert ca.decide(C + C == C.T + C).scope == "n=4, this kernel"
    free = ca.circulant(ca.symbols("w", 4))
    assert isinstance(ca.decide(free + free == free.T + free), ca.Refutation)


def test_a_fixed_matrix_beside_a_kernel_is_named_no_kernel():
    """The layer's kernel stands for all, the other matrix for itself alone: the scope says the weaker."""
    A = ca.Conv(np.array([1, 2, 3])[None, None], padding=1, padding_mode="reflect").matrix((1, 4))
    D = ca.matrix(np.arange(16).reshape(4, 4))
    assert ca.decide(A @ ca.flip((1, 4)) + D == D + A @ ca.flip((1, 4))).scope.endswith("this kernel")
    assert ca.decide(A @ ca.flip((1, 4)) + A == A + A @ ca.flip((1, 4))).scope.endswith("every kernel")


def test_equal_values_in_one_row_are_not_equal_matrices():
    """Taps stand elsewhere in row 0, where their values agree; the first entry that differs stands in row 2."""
    A = ca.Conv(np.ones((1, 1, 3), dtype=int), padding=1).matrix((1, 4))
    swapped = A @ ca.permutation([1, 0, 2, 3])
    assert ca.decide(swapped == A).entry == (2, 0)
    assert _first_other_row(A.pattern(), swapped.pattern()) == 0
    late = A @ ca.permutation([0, 1, 3, 2])
    assert _first_other_row(A.pattern(), late.pattern()) == 1
    assert ca.decide(late == A).entry == (1, 2)


# --- symbols ----------------------------------------------------------------------------------------------------------


@settings(max_examples=120)
@given(st.data())
def test_the_same_verdict_as_plain_expansion(data):
    """Every drawn pair of operators: equal polynomials exactly when all expanded differences are zero."""
    (left, a), (right, b) = (data.draw(operators(3, 2, "symbol", 2)) for _ in range(2))
    for x, y, u, v in ((left, right, a, b), (left, ca.matrix(a), a, a), (left + right, right + left, a + b, a + b)):
        found = agree(x, y, None)
        equal = all(sympy.expand(p - q) == 0 for p, q in zip(u.flat, v.flat, strict=True))
        assert equal or found is None
        if found is None and equal:
            assert is_beyond(x, y)


def is_beyond(left, right):
    """Is it conjugates and fractions that no monomial can say, or a number that was read as a letter?"""
    letters = generic.Letters()
    try:
        for side in (left, right):
            generic._lines(side, None, letters)
    except generic.BeyondError:
        return True
    return bool(letters.every)


@given(st.data())
def test_drawn_integers(data):
    (left, a), (right, b) = (data.draw(operators(3, 3, "int", 2)) for _ in range(2))
    for x, y, u, v in ((left, right, a, b), (left, ca.matrix(a), a, a)):
        found = agree(x, y, None)
        assert found is None or bool((u == v).all())


def test_one_weight_alone():
    """A leaf of one weight is read by its tap, not by its coefficient."""
    assert agree(ca.matrix([[3]]), ca.matrix([[0]]), None) is None
    assert agree(ca.matrix([[3]]), ca.matrix([[3]]), None) is not None
    assert agree(3 * ca.identity(2), ca.identity(2) + 2 * ca.identity(2), None) is not None


def test_rows_of_a_product():
    u, v = ca.symbols("u", 5), ca.symbols("v", 5)
    A, B = ca.toeplitz(u, [u[0], 0, 0, 0, 0]), ca.toeplitz(v, [v[0], 0, 0, 0, 0])
    assert agree(A @ B, B @ A, None) is not None
    assert agree(A @ B, B @ A, np.array([1, 3])) is not None
    T = ca.toeplitz([v[0], 0, 0, 0, 0], v)
    assert agree(A @ T, T @ A, None) is None
    assert isinstance(ca.decide(A @ T == T @ A), ca.Refutation)


def test_reflect_padding_and_flips():
    w = ca.symbols("w", (1, 1, 3, 3))
    A, B = (ca.Conv(k, padding=1, padding_mode="reflect").matrix((1, 8, 8)) for k in (w, w[:, :, ::-1, ::-1]))
    J = ca.flip((1, 8, 8))
    proof = ca.prove(A @ J == J @ B)
    assert (proof.method, proof.scope) == (BY_POLYNOMIALS, "n=(1, 8, 8), every kernel")
    assert isinstance(ca.decide(A @ J == J @ A), ca.Refutation)


# --- roots of unity ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 8, 9, 12])
def test_fourier_diagonalises_every_circulant(n):
    w, F = ca.symbols("w", n), ca.dft(n)
    C, D = ca.circulant(w), ca.diagonal(F @ w)
    assert ca.prove(F @ C == D @ F).scope == f"n={n}, every kernel"
    assert ca.prove(F @ C @ F.H / n == D).scope == f"n={n}, every kernel"
    assert agree(*exact_sides(F @ C @ F.H / n == D), None) is not None
    if n > 2:
        assert isinstance(ca.decide(F.H @ C == D @ F.H), ca.Refutation)


def test_relations_between_roots_are_used():
    """1 + z + z^2 = 0 for a primitive third root; no two of the lines are alike."""
    roots = [sympy.exp(2 * sympy.I * sympy.pi * k / 3) for k in range(3)]
    zero = ca.circulant([roots[0]]) + ca.circulant([roots[1]]) + ca.circulant([roots[2]])
    assert agree(zero, 0 * ca.identity(1), None) is not None
    assert agree(ca.circulant([roots[0]]) + ca.circulant([roots[1]]), 0 * ca.identity(1), None) is None


@pytest.mark.parametrize("n", range(1, 31))
def test_powers_of_the_root_in_a_basis(n):
    """x^e = row e modulo the cyclotomic polynomial, by evaluation at the complex roots of that polynomial."""
    table = powers(n)
    assert table.shape == (n, len(cyclotomic(n)) - 1)
    x = np.exp(2j * np.pi / n)
    values = table @ x ** np.arange(table.shape[1])
    assert np.abs(values - x ** np.arange(n)).max() < 1e-9  # the integers are exact; this only reads them


# --- the limits -------------------------------------------------------------------------------------------------------


def test_what_is_beyond_is_left_to_others():
    a = sympy.Symbol("a")
    for value in (sympy.sin(a), 1 / a, sympy.sqrt(2), Fraction(1, 2), 2**70):
        made = ca.circulant([value, 1])
        assert agree(made + made, 2 * made, None) is None
        assert isinstance(ca.decide(made + made == 2 * made), ca.Proof)
    half, third = (ca.circulant([Fraction(1, k), 1]) + ca.flip(2) @ ca.matrix([[0, 0], [0, 1]]) for k in (2, 3))
    assert agree(half, third, None) is None
    assert isinstance(ca.decide(half == third), ca.Refutation)
    assert agree(ca.matrix([[Fraction(1, 2)]]), ca.matrix([[Fraction(1, 3)]]), None) is None
    floats = ca.matrix(FLOATS[:2, :2])
    assert agree(floats, floats, None) is None


def test_a_float_proves_nothing_even_where_it_is_a_whole_number():
    claim = ca.identity(3) * 3.0 == ca.dft(3) @ ca.dft(3).H
    assert agree(*exact_sides(claim), None) is None
    assert isinstance(ca.decide(claim), ca.Agreement)


def test_coefficients_that_would_overflow_are_left_to_others():
    left, right = ca.matrix([[2**40]]) @ ca.matrix([[2**40]]), ca.matrix([[2**80]])
    assert agree(left, right, None) is None
    assert isinstance(ca.decide(left == right), ca.Proof)
    assert isinstance(ca.decide(left == ca.matrix([[0]])), ca.Refutation)


def test_many_lines_are_left_to_others(monkeypatch):
    monkeypatch.setattr(generic, "MOST_LINES", 10)
    a, b = ca.symbols("a", 4), ca.symbols("b", 4)
    A, B = ca.circulant(a) + ca.flip(4), ca.circulant(b)
    assert agree(A @ B, ca.circulant(a) @ B + ca.flip(4) @ B, None) is None
    assert isinstance(ca.decide(ca.circulant(a) @ B + ca.flip(4) @ B == A @ B), ca.Proof)


def test_products_of_letters_are_numbered_once():
    letters = generic.Letters()
    x, y = (letters.number(((-1, g),)) for g in (1, 2))
    left, right = (np.array(v, dtype=np.int64) for v in itertools.zip_longest(*[(0, x), (x, y), (y, x), (x, x)]))
    made = letters.products(left, right)
    assert made[0] == x
    assert made[1] == made[2] != made[3]
    assert list(letters.monomials)[made[1]] == ((-1, 1), (-1, 2))
