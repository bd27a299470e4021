from fractions import Fraction

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs.constructors import circulant, dft, identity, shift
from convalgebra.proofs.symbolic import integer, kernel, plain, size

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
    assert plain(r"\mathrm{diag}(w) \otimes S_{2*k}") == "diag(w) ⊗ S_{2*k}"


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
    for other in (ca.shift(4, 1), [1, 2, 3]):
        with pytest.raises(ca.ArgumentError, match="for all sizes too"):
            _ = C @ other


def test_an_arbitrary_kernel_has_no_adjoint():
    with pytest.raises(ca.ArgumentError, match=r"write A\.T"):
        _ = C.H
    assert repr(S.H) == "S_kᴴ for all sizes, n x n"


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
