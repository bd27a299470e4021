from fractions import Fraction

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs.constructors import circulant, dft, identity, shift
from convalgebra.proofs.symbolic import integer, kernel, plain, scalar, size, unknown

n, m, k = size("n"), size("m"), integer("k")
w = kernel("w", n)
C, S = circulant(w), shift(n, k)
VALUES = {n: 4, k: 1, w: [1, 2, 3, 4]}


def test_operators_combine_and_print_as_mathematics():
    assert repr(C @ S) == "C_w S_k for all sizes, n x n"
    assert repr((C @ S).T) == "(C_w S_k)ᵀ for all sizes, n x n"
    assert repr(2 * C + S) == "(2 C_w + S_k) for all sizes, n x n"
    assert repr(dft(n).H @ w) == "F_nᴴ w for all sizes, n x 1"
    assert C.to_latex() == "C_{w}"
    assert C._repr_mimebundle_()["text/latex"] == "$C_{w}$"
    assert plain(r"\mathrm{diag}(w) \otimes S_{2 k}") == "diag(w) ⊗ S_{2 k}"


def test_numbers_give_the_operator_of_the_public_constructors():
    concrete = ca.circulant([1, 2, 3, 4]), ca.shift(4, 1)
    for general, one in [
        (C @ S, concrete[0] @ concrete[1]),
        (C + S, concrete[0] + concrete[1]),
        (C - S, concrete[0] - concrete[1]),
        (C.T, concrete[0].T),
        (n * C, 4 * concrete[0]),
        (C / n, concrete[0] / 4),
        (Fraction(1, 2) * C, concrete[0] * Fraction(1, 2)),
    ]:
        assert (general.subs(VALUES).to_numpy() == one.to_numpy()).all()
    assert (C @ w).subs(VALUES).tolist() == (concrete[0] @ [1, 2, 3, 4]).tolist()
    assert np.allclose(dft(n).H.subs(VALUES).to_numpy(), np.fft.fft(np.eye(4)).conj().T)


def test_a_kernel_on_a_box_is_an_array():
    v = kernel("v", (m, n))
    assert v.shape == (m * n, 1)
    product = circulant(v) @ v
    values = np.arange(6).reshape(2, 3)
    found = product.subs({m: 2, n: 3, v: values})
    assert found.shape == (2, 3)
    assert found.ravel().tolist() == (ca.circulant(values) @ values.ravel()).tolist()


def test_entries_need_numbers():
    with pytest.raises(ca.ArgumentError, match="must be numbers before it has entries"):
        C.to_numpy()
    for view in (C.to_sparse, C.to_sympy, C.to_linear_operator, C.figure, lambda: C[0, 0], lambda: C.nnz):
        with pytest.raises(ca.ArgumentError, match="must be numbers"):
            view()


def test_shapes_must_fit():
    with pytest.raises(ca.ShapeError, match="columns of the left factor"):
        _ = C @ shift(m, 1)
    with pytest.raises(ca.ShapeError, match="terms of a sum"):
        _ = C + shift(m, 1)
    with pytest.raises(ca.ShapeError, match="one shape"):
        _ = shift(m, 1) == C
    with pytest.raises(ca.ShapeError, match="columns of the left factor"):
        _ = C @ ca.shift(4, 1)
    with pytest.raises(ca.ArgumentError, match="an operator or a vector, not list"):
        _ = C @ [1, 2, 3]


def test_the_adjoint_has_the_conjugate_kernel():
    assert repr(C.H) == "C_wᴴ for all sizes, n x n"
    assert repr(S.H) == "S_kᴴ for all sizes, n x n"
    values = [1, 2j, 3 - 1j, 0]
    assert (C.H.subs({n: 4, w: values}).to_numpy() == np.conj(ca.circulant(values).to_numpy()).T).all()


def test_boxes_of_as_many_places_are_multiplied_in_c_order():
    v = kernel("v", (m, n))
    made = circulant(kernel("u", m * n)) @ v
    values = {m: 2, n: 3, v: np.arange(6).reshape(2, 3), kernel("u", m * n): [1, 0, 0, 2, 0, 0]}
    assert made.subs(values).tolist() == (ca.circulant([1, 0, 0, 2, 0, 0]) @ np.arange(6)).tolist()
    assert made.rows == (m * n,)


def test_vectors_have_rows_and_outer_products():
    u = kernel("u", m)
    values = {n: 3, m: 2, w: [1, 2, 3], u: [5, 7]}
    assert (w @ u.T).subs(values).to_numpy().tolist() == [[5, 7], [10, 14], [15, 21]]
    assert (w.T @ w).subs(values).tolist() == 14
    assert w.T.shape == (1, n)
    assert ((w.T @ w) * u).subs(values).tolist() == [70, 98]


def test_scalars_of_the_ring_are_factors():
    a = scalar("a")
    assert repr(a * C) == repr(C * a) == "a C_w for all sizes, n x n"
    assert (a * C).subs({**VALUES, a: 3}).to_numpy().tolist() == (3 * ca.circulant([1, 2, 3, 4])).to_numpy().tolist()
    assert a.shape == (1, 1)
    assert bool(a * a - a * a == 0)
    assert isinstance(ca.decide(a == 1), ca.Refutation)
    b = scalar("b")
    assert isinstance(ca.decide((a * (b * C) == C).given(a * b == 1)), ca.Proof)


def test_an_unknown_matrix_is_one():
    M = unknown("M", n, m)
    values = {n: 2, m: 3, M: [[1, 2, 3], [4, 5, 6]]}
    assert M.subs(values).to_numpy().tolist() == [[1, 2, 3], [4, 5, 6]]
    assert M.T.subs(values).to_numpy().tolist() == [[1, 4], [2, 5], [3, 6]]


def test_a_claim_prints_its_hypotheses():
    M = unknown("M", n, n)
    claim = (M == C).given(M @ S == S @ M)
    assert repr(claim) == "GeneralClaim(M = C_w, given M S_k = S_k M)"
    for bad in (M, ca.identity(2) == ca.identity(2)):
        with pytest.raises(ca.ArgumentError, match="a hypothesis must be an equation"):
            claim.given(bad)


def test_operators_remember_how_they_were_made():
    assert (C @ S).made == ("product", C, S)
    assert S.made == ("shift", n, k)
    assert w.made == ("kernel", "w", n)
    assert C.H.made[0] == "transposed"
    assert C.H.made[1].made == ("conjugated", C)


@pytest.mark.parametrize("bad", ["2n", "", 3, "a b"])
def test_names_are_words(bad):
    for make in (size, integer, lambda name: kernel(name, 3)):
        with pytest.raises(ca.ArgumentError, match="a name must be a word"):
            make(bad)


@pytest.mark.parametrize("bad", [0, n - 1, k, 1.5, True, n * Fraction(1, 2), "n"])
def test_sizes_are_at_least_one(bad):
    with pytest.raises(ca.ArgumentError, match="size"):
        identity(bad)


def test_shifts_are_integers():
    with pytest.raises(ca.ArgumentError, match="integer coefficients"):
        shift(n, k * Fraction(1, 2))


def test_scalars_are_exact():
    for bad in (0.5, 1j, "n"):
        with pytest.raises(ca.ArgumentError, match="factor of"):
            _ = C * bad


def test_a_claim_is_one_line_also_beside_numbers():
    claim = ca.shift(3, ca.integer("k")) == ca.identity(3)
    assert repr(claim) == "GeneralClaim(S_k = [3 x 3])"
    assert repr(claim.given(claim)) == "GeneralClaim(S_k = [3 x 3], given S_k = [3 x 3])"
