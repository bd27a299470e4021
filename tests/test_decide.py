"""Deciding claims: proofs say no more than was shown, refutations name the first entry, spelling never refutes."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_core import MODES, array, arrays, layers, operators

import convalgebra as ca

A, B = sympy.symbols("a b")


def verdict(left, right):
    return ca.decide(left == right)


def one(value):
    return ca.circulant([value])


# --- proofs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [ca.symbols("w", 5), np.arange(1, 6), ca.symbols("w", (2, 3)), [0.5, 0.25, 3.0]])
def test_circulants_commute_with_shifts_for_every_kernel(weights):
    C = ca.circulant(weights)
    S = ca.shift(np.shape(weights), tuple(range(1, 1 + np.ndim(weights))))
    proof = ca.prove(C @ S == S @ C)
    assert proof.scope == f"n={C.boxes[0] if np.ndim(weights) > 1 else len(weights)}, every kernel"
    assert "linearity" in proof.method


@settings(max_examples=150)
@given(layers())
def test_extend_slide_keep_is_the_layer(case):
    """`D @ T @ P == A` for every mode, stride, dilation, padding, group and number of axes."""
    layer, in_shape, wanted, _ = case
    D, T, P = layer.factors(in_shape)
    proof = ca.prove(layer.matrix(in_shape) == D @ T @ P)
    assert proof.scope.endswith("every kernel")
    assert proof.scope.startswith("n=")
    assert (D @ T @ P).to_numpy().tolist() == wanted.tolist()


def test_what_holds_for_these_numbers_only_says_so():
    symmetric = ca.circulant([5, 1, 1])
    for claim in (
        symmetric == symmetric.T,
        ca.circulant([0, 1, 0]) == ca.shift(3, 1),
        ca.identity(3) == ca.diagonal([1, 1, 1]),
    ):
        assert ca.prove(claim).scope == "n=3, this kernel"
    toeplitz = ca.Conv([[[1, 2, 1]]], padding=1).matrix((1, 4))
    assert ca.prove(toeplitz == toeplitz.T).scope.endswith("this kernel")
    assert isinstance(verdict(ca.circulant(ca.symbols("w", 3)), ca.circulant(ca.symbols("w", 3)).T), ca.Refutation)


@pytest.mark.parametrize("kernel", [[A, B, B], [1, A, A], [A, 0, 0], [A, A + 1, A + 1], [A, -A, -A], [A**2, B, B]])
def test_symbols_that_repeat_are_not_every_kernel(kernel):
    """A symmetric circulant equals its transpose; most kernels do not."""
    C = ca.circulant(kernel)
    assert ca.prove(C == C.T).scope != "n=3, every kernel"


def test_zeros_that_were_left_out_are_not_every_kernel():
    """A diagonal matrix commutes with the shift, a circulant of one tap with the flip; most kernels do not."""
    S, J = ca.shift(4), ca.flip(4)
    T, C = ca.toeplitz([5, 0, 0, 0], [5, 0, 0, 0]), ca.circulant([5, 0, 0, 0])
    assert ca.prove(T @ S == S @ T).scope != "n=4, every kernel"
    assert ca.prove(C @ J == J @ C).scope != "n=4, every kernel"
    assert ca.prove(ca.circulant([5, 1, 0, 0]) @ S == S @ ca.circulant([5, 1, 0, 0])).scope != "n=4, every kernel"


def test_equal_numbers_in_two_kernels_prove_nothing_for_others():
    u, v = ca.circulant([1, 2, 3]), ca.circulant([1, 2, 3])
    assert ca.prove(u == v).scope == "n=3, this kernel"
    assert ca.prove(u == u).scope.endswith("every kernel")  # noqa: PLR0124  # the claim of a matrix about itself
    x, y = ca.circulant(ca.symbols("u", 3)), ca.circulant(ca.symbols("v", 3))
    assert ca.prove(x @ y == y @ x).scope == "n=3, every kernel"


def test_a_rectangular_scope_names_both_boxes():
    T = ca.toeplitz(ca.symbols("w", 4), ca.symbols("v", 2))
    assert ca.prove(T == T).scope == "n=2 to 4, every kernel"  # noqa: PLR0124  # the claim of a matrix about itself
    layer = ca.Conv(np.ones((2, 1, 2, 2), dtype=int))
    T = layer.matrix((1, 3, 4))
    assert ca.prove(T == T).scope == "n=(1, 3, 4) to (2, 2, 3), every kernel"  # noqa: PLR0124  # the claim of a matrix about itself


def test_numbers_are_compared_exactly():
    big = 2**53
    assert isinstance(verdict(one(big), one(big + 1)), ca.Refutation)
    assert isinstance(verdict(one(2**200), one(2**200 + 1)), ca.Refutation)
    assert isinstance(verdict(one(Fraction(1, 3)), one(Fraction(333333333333, 10**12))), ca.Refutation)
    assert isinstance(verdict(one(Fraction(1, 3)) * 3, one(1)), ca.Proof)
    assert isinstance(verdict(one(2**62) + one(2**62), one(2**63)), ca.Proof)
    assert isinstance(verdict(one(2**62) + one(2**62), one(-(2**63))), ca.Refutation)
    assert isinstance(verdict(one(2**62) * 4, one(0)), ca.Refutation)
    assert isinstance(verdict(one(2**40) @ one(2**40), one(2**80)), ca.Proof)
    assert isinstance(verdict(one(-(2**62)) - one(2**62), one(2**62) * -2), ca.Proof)


@given(st.data())
def test_claims_about_drawn_operators_are_decided_rightly(data):
    """Exact integers leave no room for abstention."""
    m, n = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    (left, a), (right, b) = (data.draw(operators(m, n, "int", 2)) for _ in range(2))
    check_verdict(left, right, a, b)
    check_verdict(left, ca.matrix(a), a, a)
    i, j = data.draw(st.integers(0, m - 1)), data.draw(st.integers(0, n - 1))
    other = a.copy()
    other[i, j] += data.draw(st.sampled_from([1, -1, 10**30]))
    check_verdict(left, ca.matrix(other), a, other)
    check_verdict(ca.matrix(other), left, other, a)


def check_verdict(left, right, a, b):
    found = verdict(left, right)
    differing = [place for place in np.ndindex(*a.shape) if a[place] != b[place]]
    if not differing:
        assert isinstance(found, ca.Proof)
        assert bool(left == right) is True
        return
    assert isinstance(found, ca.Refutation)
    assert found.entry == differing[0]
    assert (found.left, found.right) == (a[differing[0]], b[differing[0]])
    assert bool(left == right) is False


@given(st.data())
def test_symbolic_claims_are_decided_rightly(data):
    (left, a), (right, b) = (data.draw(operators(3, 2, "symbol", 2)) for _ in range(2))
    for x, y, u, v in ((left, right, a, b), (left, ca.matrix(a), a, a)):
        found = verdict(x, y)
        differences = {place: sympy.expand(u[place] - v[place]) for place in np.ndindex(3, 2)}
        differing = [place for place, d in differences.items() if d != 0]
        if any(d.has(sympy.conjugate) for d in differences.values()):
            assert not isinstance(found, ca.Proof)
            continue
        assert type(found) is (ca.Refutation if differing else ca.Proof)
        if differing:
            assert found.entry == differing[0]
            assert sympy.expand(found.left - found.right - differences[differing[0]]) == 0
            assert set(found.witness) >= differences[differing[0]].free_symbols
            values = [sympy.sympify(s).subs(found.witness) for s in (found.left, found.right)]
            assert values[0].is_number
            assert values[0] != values[1]
            assert str(found).endswith(f"{values[0]} against {values[1]}") or not found.witness


# --- refutations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_only_circular_padding_commutes_with_the_shift(mode):
    layer = ca.Conv(ca.symbols("w", 3)[None, None], padding=1, padding_mode=mode)
    A_, S = layer.matrix((1, 5)), ca.shift((1, 5), (0, 1))
    found = verdict(A_ @ S, S @ A_)
    if mode == "circular":
        assert isinstance(found, ca.Proof)
        return
    left, right = (A_ @ S).to_numpy(), (S @ A_).to_numpy()
    first = next(place for place in np.ndindex(5, 5) if sympy.expand(left[place] - right[place]) != 0)
    assert found.entry == first
    assert bool(A_ @ S == S @ A_) is False
    with pytest.raises(ca.RefutedError, match="refuted: entry") as error:
        ca.prove(A_ @ S == S @ A_)
    assert error.value.refutation.entry == first


def test_matrices_that_do_not_commute_are_refuted():
    u, v = ca.toeplitz(ca.symbols("u", 3)), ca.toeplitz(ca.symbols("v", 3))
    assert isinstance(verdict(u @ v, v @ u), ca.Refutation)
    assert isinstance(verdict((u @ v).T, v.T @ u.T), ca.Proof)


def test_a_false_claim_about_the_last_entry_alone():
    n = 40
    values = np.zeros((n, n), dtype=np.int64)
    values[-1, -1] = 1
    found = verdict(ca.matrix(values), ca.identity(n) - ca.identity(n))
    assert found.entry == (n - 1, n - 1)
    assert (found.left, found.right) == (1, 0)


def test_a_missing_tap_is_told_from_a_zero_tap():
    assert isinstance(verdict(ca.Conv([[[0, 1, 0]]], padding=1).matrix((1, 4)), ca.identity((1, 4))), ca.Proof)
    w = sympy.Symbol("w")
    found = verdict(ca.Conv([[[w, 1, 0]]], padding=1).matrix((1, 4)), ca.identity((1, 4)))
    assert found.entry == (1, 0)
    assert dict(found.witness) == {w: 1}


# --- spelling ---------------------------------------------------------------------------------------------------------

X = sympy.Symbol("x", positive=True)
PROVED = [
    ((A**2 - 1) / (A - 1), A + 1),
    ((A + B) ** 3, sympy.expand((A + B) ** 3)),
    (1 / (A * B), 1 / A / B),
    (sympy.sqrt(2) * sympy.sqrt(3), sympy.sqrt(6)),
    (sympy.sqrt(8), 2 * sympy.sqrt(2)),
    (sum(sympy.exp(2 * sympy.I * sympy.pi * k / 5) for k in range(5)), 0),
    (sum(sympy.exp(2 * sympy.I * sympy.pi * k / 7) for k in range(7)), 0),
    (sympy.exp(sympy.I * sympy.pi / 3) - 1, sympy.exp(2 * sympy.I * sympy.pi / 3)),
    (((A + 1) ** 2 - A**2 - 2 * A - 1) * B, 0),
    (sympy.Rational(1, 2) * A, A / 2),
]
NEVER_REFUTED = [
    (sympy.sin(A) ** 2 + sympy.cos(A) ** 2, 1),
    (sympy.sin(2 * A), 2 * sympy.sin(A) * sympy.cos(A)),
    (sympy.log(X**2), 2 * sympy.log(X)),
    (sympy.exp(A + B), sympy.exp(A) * sympy.exp(B)),
    (sympy.cosh(A) ** 2 - sympy.sinh(A) ** 2, 1),
    (sympy.Abs(A) ** 2, A * sympy.conjugate(A)),
    (sympy.gamma(A + 1), A * sympy.gamma(A)),
    (sympy.sqrt(A**2 + 2 * A * B + B**2), sympy.sqrt((A + B) ** 2)),
    (sympy.cos(sympy.pi / 7) * sympy.cos(2 * sympy.pi / 7) * sympy.cos(3 * sympy.pi / 7), sympy.Rational(1, 8)),
    (sympy.Function("f")(A + A), sympy.Function("f")(2 * A)),
    (sympy.Function("f")(A * (A + 1)), sympy.Function("f")(A**2 + A)),
    (sympy.Derivative(A**2, A), 2 * A),
    (sympy.Sum(X, (X, 1, 3)), 6),
    (sympy.Integral(X, (X, 0, 2)), 2),
]


@pytest.mark.parametrize(("left", "right"), PROVED, ids=str)
def test_another_spelling_is_proved(left, right):
    for a, b in itertools.permutations((left, right)):
        assert isinstance(verdict(one(a), one(b)), ca.Proof)
        assert isinstance(verdict(ca.circulant([a, 2]), ca.circulant([b, 2])), ca.Proof)
        assert isinstance(verdict(ca.circulant([A, a]) @ ca.shift(2), ca.shift(2) @ ca.circulant([A, b])), ca.Proof)


@pytest.mark.parametrize(("left", "right"), NEVER_REFUTED, ids=str)
def test_another_spelling_is_never_refuted(left, right):
    for a, b in itertools.permutations((left, right)):
        assert isinstance(verdict(one(a), one(b)), ca.Proof | ca.Undecided)


@pytest.mark.parametrize(("left", "right"), PROVED + NEVER_REFUTED[:3], ids=str)
def test_a_true_difference_beside_a_spelling_is_refuted_there(left, right):
    """The open entry stands first; the refutation names the one that certainly differs."""
    found = verdict(ca.circulant([left, 1]), ca.circulant([right, 2]))
    assert found.entry == (0, 1)
    assert (found.left, found.right) == (1, 2)


def test_an_open_claim_has_no_truth_value():
    claim = one(sympy.sin(A) ** 2 + sympy.cos(A) ** 2) == one(1)
    assert isinstance(ca.decide(claim), ca.Undecided)
    with pytest.raises(ca.UndecidedError) as error:
        bool(claim)
    assert isinstance(error.value.verdict, ca.Undecided)
    with pytest.raises(ca.UndecidedError, match="undecided"):
        ca.prove(claim)


def test_symbols_with_assumptions():
    positive = sympy.Symbol("p", positive=True)
    assert isinstance(verdict(one(sympy.Abs(positive)), one(positive)), ca.Proof)
    assert isinstance(verdict(one(sympy.sqrt(positive**2)), one(positive)), ca.Proof)
    found = verdict(one(sympy.sqrt(A**2)), one(A))
    assert not isinstance(found, ca.Proof)
    found = verdict(one(positive), one(-positive))
    assert all(v > 0 for v in found.witness.values())


def test_conjugates_are_refuted_at_a_complex_number():
    C, R = ca.circulant([A, B, 1]), ca.circulant([X, X + 1, 1])
    assert isinstance(verdict(R.H, R.T), ca.Proof)
    found = verdict(C.H, C.T)
    assert found.entry == (0, 0)
    left, right = (sympy.sympify(v).subs(found.witness) for v in (found.left, found.right))
    assert sympy.simplify(left - right) != 0


def test_a_condition_at_a_single_point_is_no_refutation_elsewhere():
    """1/a - 1/a is zero wherever it is defined; a = 0 is no witness."""
    assert isinstance(verdict(one(1 / A), one(1 / A)), ca.Proof)
    found = verdict(one(1 / A), one(1 / B))
    assert 0 not in found.witness.values()


def test_elements_of_a_matrix_symbol():
    M = ca.matrix(sympy.MatrixSymbol("M", 2, 2))
    assert isinstance(verdict(M, M.T.T), ca.Proof)
    assert verdict(M, M.T).entry == (0, 1)


def test_indexed_symbols():
    x = sympy.IndexedBase("x")
    found = verdict(one(x[1]), one(x[2]))
    assert isinstance(found, ca.Refutation)
    assert set(found.witness) <= {x[1], x[2]}


# --- floats -----------------------------------------------------------------------------------------------------------


def test_floats_agree_and_are_never_proved():
    found = verdict(one(0.1) + one(0.2), one(0.3))
    assert isinstance(found, ca.Agreement)
    assert 0 < found.error <= found.bound < 1e-14
    assert isinstance(verdict(one(0.5), one(0.5) * 1), ca.Agreement)
    assert isinstance(verdict(one(0.5), one(Fraction(1, 2))), ca.Agreement)
    assert isinstance(verdict(one(1.0), one(1)), ca.Agreement)
    for claim in (one(0.5) == one(Fraction(1, 2)), one(0.1) + one(0.2) == one(0.3)):
        with pytest.raises(ca.UndecidedError, match="agreement"):
            ca.prove(claim)
        with pytest.raises(ca.UndecidedError):
            bool(claim)


def test_floats_apart_are_refuted():
    found = verdict(ca.circulant([1.0, 2.0]), ca.circulant([1.0, 2.001]))
    assert isinstance(found, ca.Refutation)
    assert found.entry == (0, 1)
    assert isinstance(verdict(one(1.0), one(1.0 + 1e-10)), ca.Refutation)
    assert isinstance(verdict(one(1e-200), one(2e-200)), ca.Refutation)
    assert isinstance(verdict(one(1j), one(-1j)), ca.Refutation)


def test_two_floating_kernels_are_never_proved_equal_as_values():
    u, v = ca.circulant([0.1, 0.2, 0.3]), ca.circulant([0.1, 0.2, 0.3])
    assert isinstance(verdict(u, v), ca.Agreement)
    assert isinstance(verdict(u @ v, v @ u), ca.Agreement)
    same = verdict(u, u.T.T)
    assert isinstance(same, ca.Agreement) or same.scope.endswith("every kernel")


@given(arrays("float", (5,)), arrays("float", (5,)))
def test_rounding_stays_below_the_bound(u, v):
    U, V = ca.circulant((u / 3).astype(float)), ca.circulant((v / 7).astype(float))
    for claim in (U @ V == V @ U, (U + V).T == U.T + V.T, ca.matrix(U.to_numpy() @ V.to_numpy()) == U @ V):
        found = ca.decide(claim)
        assert isinstance(found, ca.Agreement)
        assert found.error <= found.bound


# --- the Fourier matrix diagonalises circulants, exactly ----------------------------------------------------------


@pytest.mark.parametrize("n", range(3, 9))
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_the_fourier_matrix_diagonalises_circulants(n, norm):
    F, inverse = ca.dft(n, norm), ca.dft(n, {"backward": "forward", "ortho": "ortho", "forward": "backward"}[norm]).H
    w = ca.symbols("w", n)
    spectrum = [sum(w[j] * sympy.exp(-2 * sympy.I * sympy.pi * f * j / n) for j in range(n)) for f in range(n)]
    proof = ca.prove(F @ ca.circulant(w) @ inverse == ca.diagonal(spectrum))
    assert proof.scope == f"n={n}, every kernel"
    assert isinstance(verdict(F @ inverse, ca.identity(n)), ca.Proof)
    spectrum[1] += 1
    assert isinstance(verdict(F @ ca.circulant(w) @ inverse, ca.diagonal(spectrum)), ca.Refutation)


@pytest.mark.parametrize("n", range(3, 9))
def test_fourier_matrices_of_numbers(n):
    F = ca.dft(n)
    assert isinstance(verdict(F @ F.H, n * ca.identity(n)), ca.Proof)
    assert isinstance(verdict(F @ F, n * ca.circulant([1, *[0] * (n - 1)]) @ ca.flip(n) @ ca.shift(n, -1)), ca.Proof)
    assert isinstance(verdict(F.T, F), ca.Proof)
    assert isinstance(verdict(F.H, F), ca.Refutation)
    assert isinstance(verdict(F @ F.H, (n + 1) * ca.identity(n)), ca.Refutation)
    ortho = ca.dft(n, "ortho")
    assert isinstance(verdict(ortho @ ortho.H, ca.identity(n)), ca.Proof)


def test_fourier_on_two_axes_diagonalises_block_circulants():
    w = ca.symbols("w", (2, 3))
    F, inverse = ca.dft((2, 3)), ca.dft((2, 3), "forward").H

    def root(f, j, n):
        return sympy.exp(-2 * sympy.I * sympy.pi * f * j / n)

    places = list(np.ndindex(2, 3))
    spectrum = [sum(w[j] * root(f[0], j[0], 2) * root(f[1], j[1], 3) for j in places) for f in places]
    assert isinstance(verdict(F @ ca.circulant(w) @ inverse, ca.diagonal(spectrum)), ca.Proof)


# --- what can be claimed ----------------------------------------------------------------------------------------------


def test_claims_need_one_shape():
    with pytest.raises(ca.ShapeError, match=r"one shape, not \(2, 2\) and \(3, 3\)"):
        _ = ca.identity(2) == ca.identity(3)
    assert isinstance(ca.identity((2, 3)) == ca.identity(6), ca.Claim)
    assert isinstance(verdict(ca.identity((2, 3)), ca.identity(6)), ca.Proof)


@pytest.mark.parametrize("thing", [None, 3, True, "A == B", ca.identity(2), [1]])
def test_only_claims_are_decided(thing):
    for ask in (ca.decide, ca.prove):
        with pytest.raises(ca.ArgumentError, match="a claim must be stated by operators"):
            ask(thing)


def test_a_claim_about_many_entries_is_quick():
    n = 200
    C, S = ca.circulant(ca.symbols("w", n)), ca.shift(n, 7)
    assert isinstance(verdict(C @ S, S @ C), ca.Proof)
    A_ = array((n,), range(n))
    assert isinstance(verdict(ca.circulant(A_), ca.circulant(A_).T), ca.Refutation)


@pytest.mark.filterwarnings("ignore:overflow")
def test_entries_beyond_the_floats_are_left_open():
    M = ca.matrix([[1e308]])
    assert "beyond the floats" in str(ca.decide(M + M == M + M + M))
