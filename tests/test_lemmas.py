"""Every lemma, as the search uses it: what it proposes is proved by the calculus; what no rule says is not proposed."""

import pytest

import convalgebra as ca
from convalgebra.proofs.expressions import word, word_text
from convalgebra.proofs.lemmas import name_latex, neighbours

n, m, s, r, q, h = map(ca.size, "nmsrqh")
k, a, b = map(ca.integer, "kab")
u, v, w, x = (ca.kernel(name, n) for name in "uvwx")
small, large = ca.kernel("w", m), ca.kernel("w", s * m)
C, D, S, F, J, star = ca.circulant, ca.downsample, ca.shift(n, k), ca.dft(n), ca.flip(n), ca.circular_convolve
A, B = ca.kernel("a", h), ca.kernel("b", h)

LEMMAS = [
    (star(x, w), "definition of ⋆", "C_w x"),
    (C(w) @ x, "definition of ⋆", "x ⋆ w"),
    (star(x, w), "convolution commutes", "w ⋆ x"),
    (C(u) @ C(v), "circulants commute", "C_v C_u"),
    (C(u) @ C(v), "circulants multiply by convolving their kernels", "C_{u ⋆ v}"),
    (C(star(u, v)), "circulants multiply by convolving their kernels", "C_u C_v"),
    (C(C(u) @ v), "circulants multiply by convolving their kernels", "C_u C_v"),
    (C(w) @ S, "circulants commute with shifts", "S_k C_w"),
    (S @ C(w), "circulants commute with shifts", "C_w S_k"),
    (S @ C(w), "a shift of the output is a shift of the kernel", "C_{S_k w}"),
    (C(S @ w), "a shift of the output is a shift of the kernel", "S_k C_w"),
    (C(ca.impulse(n, k)), "the circulant of an impulse is a shift", "S_k"),
    (ca.shift(n, a) @ ca.shift(n, b), "shifts add", "S_{a + b}"),
    (ca.shift(n, 0), "S_0 = I", "I"),
    (ca.identity(n) @ x, "I does nothing", "x"),
    (C(w) @ ca.identity(n), "I does nothing", "C_w"),
    (S.T, "shifts are orthogonal", "S_{-k}"),
    (C(w).T, "transposing reverses the kernel", "C_{S_1 J w}"),
    (C(ca.shift(n, 1) @ (J @ w)), "transposing reverses the kernel", "C_wᵀ"),
    ((C(u) @ S).T, "transpose of a product", "S_kᵀ C_uᵀ"),
    (C(u).T.T, "transposing twice", "C_u"),
    ((C(u) + S).T, "transpose of a sum", "C_uᵀ + S_kᵀ"),
    (ca.kron(C(A), C(w)).T, "transpose of a Kronecker product", "(C_aᵀ ⊗ C_wᵀ)"),
    (J.T, "a symmetric matrix", "J"),
    (F.T, "a symmetric matrix", "F"),
    (ca.diagonal(w).T, "a symmetric matrix", "diag(w)"),
    (D(s * m, s).T, "upsampling is the transposed stride", "U_s"),
    (ca.upsample(m, s), "upsampling is the transposed stride", "D_sᵀ"),
    (D(s * m, s) @ ca.shift(s * m, s * k), "s steps before a stride are one after it", "S_k D_s"),
    (ca.shift(m, k) @ D(s * m, s), "s steps before a stride are one after it", "D_s S_{k s}"),
    (C(small) @ D(s * m, s), "noble identity", "D_s C_{U_s w}"),
    (ca.upsample(m, s) @ C(small), "noble identity", "C_{U_s w} U_s"),
    (D(r * q, r) @ D(s * r * q, s), "strides multiply", "D_{r s}"),
    (D(s * m, s) @ ca.upsample(m, s), "a stride undoes upsampling", "I"),
    (F @ C(w), "Fourier diagonalises", "diag(F w) F"),
    (ca.diagonal(F @ w) @ F, "Fourier diagonalises", "F C_w"),
    (F @ F.H, "Fourier inversion", "n I"),
    (F.H @ F, "Fourier inversion", "n I"),
    (F @ F, "Fourier twice is a flip", "n S_1 J"),
    (J @ C(w), "a flip transposes circulants", "C_wᵀ J"),
    (C(w) @ J, "a flip transposes circulants", "J C_wᵀ"),
    (C(w).T @ J, "a flip transposes circulants", "J C_w"),
    (J @ S, "a flip turns a shift", "S_{-k} J"),
    (S @ J, "a flip turns a shift", "J S_{-k}"),
    (J @ J, "a flip undoes itself", "I"),
    ((C(u) + C(v)) @ S, "distributive law", "C_u S_k + C_v S_k"),
    (S @ (C(u) + C(v)), "distributive law", "S_k C_u + S_k C_v"),
    (C(u) + C(v), "sums commute", "C_v + C_u"),
    (ca.kron(C(A), C(w)) @ ca.kron(C(B), C(v)), "mixed product", "(C_a C_b ⊗ C_w C_v)"),
]


@pytest.mark.parametrize(("made", "name", "result"), LEMMAS, ids=lambda v: v if isinstance(v, str) else repr(v))
def test_a_lemma_is_proposed_and_true(made, name, result):
    found = [w for other, w in neighbours(word(made)) if other == name and word_text(w) == result]
    assert found, [(other, word_text(w)) for other, w in neighbours(word(made))]
    assert isinstance(ca.prove(made == found[0].operator), ca.Proof)


@pytest.mark.parametrize("made", [made for made, *_ in LEMMAS], ids=repr)
def test_every_proposal_is_true(made):
    for name, new in neighbours(word(made)):
        verdict = ca.decide(made == new.operator)
        assert isinstance(verdict, ca.Proof), (name, word_text(new), str(verdict))


@pytest.mark.parametrize(
    "made",
    [
        D(s * m, s) @ ca.shift(s * m, 1),  # no multiple of the stride
        D(2 * m, 2) @ ca.upsample(m, 2) @ ca.dft(m, norm="ortho"),
    ],
    ids=repr,
)
def test_what_no_lemma_says_is_not_proposed(made):
    names = [name for name, _ in neighbours(word(made))]
    assert "s steps before a stride are one after it" not in names
    assert "Fourier diagonalises" not in names


def test_names_in_latex():
    assert name_latex("definition of ⋆") == r"definition of $\star$"
    assert name_latex("S_0 = I") == "$S_0 = I$"
    assert name_latex("noble identity") == "noble identity"
