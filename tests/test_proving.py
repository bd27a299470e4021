"""Claims for all sizes: each theorem is proved, each false sibling refuted by its smallest witness."""

import pytest

import convalgebra as ca
from convalgebra.proofs.calculus import proving
from convalgebra.proofs.calculus.proving import GeneralProof, SoundnessError, decide
from convalgebra.proofs.calculus.question import Question
from convalgebra.proofs.calculus.rewriting import Step
from convalgebra.proofs.calculus.terms import Term
from convalgebra.proofs.calculus.terms import kernel as atom
from convalgebra.proofs.constructors import (
    circulant,
    crop,
    dft,
    diagonal,
    downsample,
    flip,
    identity,
    impulse,
    kron,
    ones,
    pad,
    shift,
    sum_over,
    upsample,
)
from convalgebra.proofs.symbolic import Symbolic, integer, kernel, scalar, size, unknown
from convalgebra.proofs.toeplitz import convolution_matrix, toeplitz

n, m, s, r, q, h = map(size, "nmsrqh")
k, a, b = map(integer, "kab")
u, v, w = (kernel(name, n) for name in "uvw")
small, large = kernel("w", m), kernel("w", s * m)
first, second = kernel("u", s * r * q), kernel("v", r * q)
U2, W2, A, E = kernel("u", (h, n)), kernel("w", (h, n)), kernel("a", h), kernel("b", h)
C, D = circulant, downsample


def reversed_(c):
    return shift(c.rows, 1) @ flip(c.rows) @ c


THEOREMS = {
    "circulants are equivariant": C(w) @ shift(n, k) == shift(n, k) @ C(w),
    "circulants commute": C(u) @ C(v) == C(v) @ C(u),
    "circulants multiply": C(u) @ C(v) == C(C(u) @ v),
    "convolution commutes": C(u) @ v == C(v) @ u,
    "convolution is associative": C(C(u) @ v) @ w == C(u) @ (C(v) @ w),
    "circulants add": (C(u) + C(v)) @ C(w) == C(w) @ C(u) + C(w) @ C(v),
    "transposing reverses": C(reversed_(w)) == C(w).T,
    "correlation is the transpose": C(w, op="correlation") == C(w).T,
    "a product is transposed": (C(u) @ C(v)).T == C(v).T @ C(u).T,
    "circulants are normal": C(w) @ C(w).T == C(w).T @ C(w),
    "autocorrelation": C(u).T @ C(v) == C(C(reversed_(u)) @ v),
    "flips conjugate to the transpose": flip(n) @ C(w) @ flip(n) == C(w).T,
    "a flip undoes itself": flip(n) @ flip(n) == identity(n),
    "a flip turns a shift": flip(n) @ shift(n, k) == shift(n, -k) @ flip(n),
    "shifts add": shift(n, a) @ shift(n, b) == shift(n, a + b),
    "shifts are orthogonal": shift(n, k).T @ shift(n, k) == identity(n),
    "n shifts are none": shift(n, n) == identity(n),
    "a shifted kernel": shift(n, k) @ C(w) == C(shift(n, k) @ w),
    "scalars": 2 * C(w) - C(w) == C(w),
    "a size n + 1": C(kernel("w", n + 1)) @ shift(n + 1, k) == shift(n + 1, k) @ C(kernel("w", n + 1)),
    "Fourier inversion": dft(n) @ dft(n).H / n == identity(n),
    "Fourier inversion, forward": dft(n).H @ dft(n, norm="forward") == identity(n),
    "Fourier squared": dft(n) @ dft(n) == n * shift(n, 1) @ flip(n),
    "Fourier diagonalises": dft(n) @ C(w) == diagonal(dft(n) @ w) @ dft(n),
    "Fourier diagonalises, inverse": dft(n) @ C(w) @ dft(n).H / n == diagonal(dft(n) @ w),
    "convolution theorem": diagonal(dft(n) @ (C(u) @ v)) == diagonal(dft(n) @ u) @ diagonal(dft(n) @ v),
    "strided shifts": D(s * m, s) @ shift(s * m, s * k) == shift(m, k) @ D(s * m, s),
    "strided equivariance": D(s * m, s) @ C(large) @ shift(s * m, s * k) == shift(m, k) @ D(s * m, s) @ C(large),
    "first noble identity": C(small) @ D(s * m, s) == D(s * m, s) @ C(upsample(m, s) @ small),
    "second noble identity": upsample(m, s) @ C(small) == C(upsample(m, s) @ small) @ upsample(m, s),
    "down after up": D(s * m, s) @ upsample(m, s) == identity(m),
    "up is down transposed": upsample(m, s) == D(s * m, s).T,
    "strides multiply": D(r * q, r) @ D(s * r * q, s) == D(s * r * q, r * s),
    "two strided layers are one": D(r * q, r) @ C(second) @ D(s * r * q, s) @ C(first)
    == D(s * r * q, r * s) @ C(C(first) @ (upsample(r * q, s) @ second)),
    "polyphase": D(s * m, s) @ C(upsample(m, s) @ small) @ upsample(m, s) == C(small),
    "BCCB is equivariant": C(W2) @ shift((h, n), (a, b)) == shift((h, n), (a, b)) @ C(W2),
    "BCCB multiply": C(U2) @ C(W2) == C(C(U2) @ W2),
    "2-D Fourier diagonalises BCCB": dft((h, n)) @ C(W2) == diagonal(dft((h, n)) @ W2) @ dft((h, n)),
    "Kronecker mixed product": kron(C(A), C(w)) @ kron(C(E), C(v)) == kron(C(A) @ C(E), C(w) @ C(v)),
    "Kronecker transpose": kron(C(A).T, C(w).T) == kron(C(A), C(w)).T,
    "Kronecker shift": kron(shift(h, a), shift(n, b)) == shift((h, n), (a, b)),
    "Kronecker Fourier": kron(dft(h), dft(n)) == dft((h, n)),
}

F, S, I = dft, shift, identity  # noqa: E741  # as on paper
M, Q, R = (unknown(name, n, n) for name in "MQR")
B, M2 = unknown("B", m, s * m), unknown("M", (h, n), (h, n))
p, g, x = kernel("p", n), kernel("g", n), scalar("x")
FIRST = impulse(n)
SAME = w == reversed_(w)


def with_spectrum(c):
    return F(n).H @ c / n


ALIASED = crop(s * m, (0, (s - 1) * m)) @ sum_over(s, lambda q: S(s * m, q * m)) @ F(s * m)
UNDER_HYPOTHESES = {
    "what commutes with the shift is a circulant": (C(M @ FIRST) == M).given(M @ S(n) == S(n) @ M),
    "what commutes with the shift commutes with all": (M @ S(n, k) == S(n, k) @ M).given(M @ S(n) == S(n) @ M),
    "what commutes with the shift commutes with circulants": (M @ C(w) == C(w) @ M).given(M @ S(n) == S(n) @ M),
    "a strided equivariant map is a strided convolution": (D(s * m, s) @ C(reversed_(B.T @ impulse(m))) == B).given(
        B @ S(s * m, s) == S(m) @ B
    ),
    "what commutes with both shifts is BCCB": (C(M2 @ impulse((h, n))) == M2).given(
        M2 @ S((h, n), (1, 0)) == S((h, n), (1, 0)) @ M2, M2 @ S((h, n), (0, 1)) == S((h, n), (0, 1)) @ M2
    ),
    "circulants of reciprocal spectra are inverse": (C(with_spectrum(p)) @ C(with_spectrum(g)) == I(n)).given(
        diagonal(p) @ diagonal(g) == I(n)
    ),
    "a circulant is inverted through its spectrum": (C(w) @ C(with_spectrum(g)) == I(n)).given(
        diagonal(F(n) @ w) @ diagonal(g) == I(n)
    ),
    "a symmetric kernel has a symmetric matrix": (C(w) == C(w).T).given(SAME),
    "a symmetric matrix has a symmetric kernel": SAME.given(C(w) == C(w).T),
    "inverses transpose": (I(n) == R.T @ Q.T).given(I(n) == Q @ R),
    "a convolution is undone": (C(u) @ (C(v) @ w) == w).given(C(u) @ v == FIRST),
    "unitary maps keep products": ((Q @ w).H @ (Q @ u) == w.H @ u).given(I(n) == Q.H @ Q),
    "a Hermitian kernel has a Hermitian matrix": (C(w) == C(w).H).given(w == reversed_(w.H.T)),
}
MORE = {
    "aliasing": F(m) @ D(s * m, s) == ALIASED / s,
    "aliasing folds the spectrum": F(m) @ D(s * m, s) == kron(ones(s).T, I(m)) @ F(s * m) / s,
    "imaging": F(s * m) @ upsample(m, s) == pad(m, (0, (s - 1) * m), "circular") @ F(m),
    "up after down is a comb": upsample(m, s) @ D(s * m, s)
    == sum_over(s, lambda r: diagonal(F(s * m) @ impulse(s * m, m * r))) / s,
    "phases make the whole": sum_over(s, lambda r: S(s * m, r) @ upsample(m, s) @ D(s * m, s) @ S(s * m, -r))
    == I(s * m),
    "all shifts": sum_over(n, lambda q: S(n, q)) == ones(n) @ ones(n).T,
    "constants are eigenvectors": C(w) @ ones(n) == (ones(n).T @ w) * ones(n),
    "impulses shift": C(impulse(n, k)) == S(n, k),
    "Fourier is unitary": F(n, norm="ortho").H @ F(n, norm="ortho") == I(n),
    "Fourier diagonalises, unitary": F(n, norm="ortho") @ C(w) @ F(n, norm="ortho").H == diagonal(F(n) @ w),
    "the adjoint": C(reversed_(w.H.T)) == C(w).H,
    "circulants are normal, conjugate": C(w).H @ C(w) == C(w) @ C(w).H,
    "the spectrum of the adjoint": F(n) @ C(w).H @ F(n).H / n == diagonal(F(n) @ w).H,
    "Parseval": (F(n) @ u).H @ (F(n) @ w) == n * (u.H @ w),
    "scalars distribute": x * C(w) + C(u) * x == C(x * (w + u)),
    "blocks": kron(I(s), S(m, k)) == kron(I(s), C(impulse(m, k))),
    "a shift by a row": kron(S(m, 1), I(n)) == S(m * n, n),
    "the first block": kron(impulse(s).T, I(m)) == crop(s * m, (0, (s - 1) * m)),
    "seven equal kernels": C(w) @ C(w) @ C(w) @ C(w) @ C(w) @ C(w) @ C(w) @ S(n, k)
    == S(n, k) @ C(w) @ C(w) @ C(w) @ C(w) @ C(w) @ C(w) @ C(w),
    "linear convolution is circular after padding": convolution_matrix(w, m)
    == C(pad(n, (0, m - 1)) @ w) @ pad(m, (0, n - 1)),
    "kernels multiply": convolution_matrix(u, m + n - 1) @ convolution_matrix(w, m)
    == convolution_matrix(convolution_matrix(u, n) @ w, m),
    "valid is full transposed": convolution_matrix(w, m + n - 1, mode="valid", op="correlation")
    == convolution_matrix(w, m).T,
    "a product kernel is separable": convolution_matrix(kron(w, E), (m, h))
    == kron(convolution_matrix(w, m), convolution_matrix(E, h)),
    "Toeplitz matrices are persymmetric": flip(n) @ toeplitz(w, u) @ flip(n) == toeplitz(w, u).T,
}
THEOREMS |= UNDER_HYPOTHESES | MORE
FALSE_UNDER_HYPOTHESES = {
    "any matrix is a circulant": C(M @ FIRST) == M,
    "every second shift is enough": (C(M @ FIRST) == M).given(M @ S(n, 2) == S(n, 2) @ M),
    "a square spectrum is its inverse": (C(with_spectrum(p)) @ C(with_spectrum(g)) == I(n)).given(
        diagonal(p) @ diagonal(p) == I(n)
    ),
    "a strided map is equivariant to every shift": (D(s * m, s) @ C(reversed_(B.T @ impulse(m))) == B).given(
        B @ S(s * m, 1) == S(m) @ B
    ),
    "a palindrome has a symmetric matrix": (C(w) == C(w).T).given(w == flip(n) @ w),
    "inverses commute with others": (Q @ M == M @ Q).given(I(n) == Q @ R),
    "aliasing without the mean": F(m) @ D(s * m, s) == ALIASED,
    "the adjoint is the transpose": C(w).H == C(w).T,
    "Toeplitz matrices commute": toeplitz(w, u) @ toeplitz(u, w) == toeplitz(u, w) @ toeplitz(w, u),
    "Toeplitz matrices are symmetric": toeplitz(w, u) == toeplitz(w, u).T,
    "the unitary transform without its scale": F(n, norm="ortho").H @ F(n) == I(n),
    "Parseval without the size": (F(n) @ u).H @ (F(n) @ w) == u.H @ w,
}

FALSE = {
    "circulants are symmetric": (C(w) == C(w).T, {"n": 3, "w": [0, 1, 0]}),
    "the shift goes either way": (shift(n, k) == shift(n, -k), {"n": 3, "k": 1}),
    "circulants commute with flips": (flip(n) @ C(w) == C(w) @ flip(n), {"n": 3, "w": [0, 1, 0]}),
    "convolution is a sum": (C(C(u) @ v) == C(u) + C(v), {"n": 1, "u": [1], "v": [1]}),
    "transposing keeps the order": (D(s * m, s) @ shift(s * m, 1) == D(s * m, s), {"m": 1, "s": 2}),
    "strided layers are equivariant": (
        D(s * m, s) @ C(large) @ shift(s * m, 1) == shift(m, 1) @ D(s * m, s) @ C(large),
        {"m": 1, "s": 2, "w": [1, 0]},
    ),
    "up after down": (upsample(m, s) @ D(s * m, s) == identity(s * m), {"m": 1, "s": 2}),
    "Fourier commutes with shifts": (dft(n) @ shift(n, k) == shift(n, k) @ dft(n), {"n": 2, "k": 1}),
    "F C F is diagonal": (dft(n) @ C(w) @ dft(n) == diagonal(dft(n) @ w), {"n": 2, "w": [1, 0]}),
    "Fourier is symmetric in conjugation": (dft(n) == dft(n).H, {"n": 3}),
    "Kronecker commutes": (kron(C(A), C(E)) == kron(C(E), C(A)), {"h": 2, "a": [1, 0], "b": [0, 1]}),
}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorem(name):
    proof = decide(THEOREMS[name])
    assert isinstance(proof, GeneralProof), str(proof)
    assert proof.scope == "all sizes"
    assert proof.replayed > 0
    assert str(proof).endswith("the sides have the same entries")


@pytest.mark.parametrize("name", FALSE_UNDER_HYPOTHESES)
def test_false_sibling_under_hypotheses(name):
    verdict = decide(FALSE_UNDER_HYPOTHESES[name])
    assert isinstance(verdict, ca.Refutation), str(verdict)
    assert isinstance(ca.decide(verdict.claim), ca.Refutation)


def test_no_normal_forms_of_false_siblings_agree():
    for claim in [*(claim for claim, _ in FALSE.values()), *FALSE_UNDER_HYPOTHESES.values()]:
        question = Question.of(claim)
        assert proving._proved(question, proving._laws(question)) is None


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    claim, witness = FALSE[name]
    verdict = decide(claim)
    assert isinstance(verdict, ca.Refutation), str(verdict)
    assert dict(verdict.witness) == witness
    assert isinstance(ca.decide(verdict.claim), ca.Refutation)
    assert verdict.claim.left[verdict.entry] != verdict.claim.right[verdict.entry]


def test_a_proof_states_what_it_assumes():
    assert decide(THEOREMS["circulants are equivariant"]).hypotheses == ("every integer k", "n >= 1", "every kernel w")
    proof = decide(THEOREMS["Fourier inversion"])
    assert proof.ring == "every commutative ring with these"
    assert [need.split()[0] for need in proof.hypotheses] == ["n", "roots", "the", "the", "conj"]
    ortho = decide(dft(n, norm="ortho").H @ dft(n, norm="ortho") == identity(n))
    assert "square roots of the sizes, and their inverses" in ortho.hypotheses
    assert not any("conj" in need for need in decide(dft(n) == dft(n).T).hypotheses)


def test_different_normal_forms_without_a_counterexample_are_undecided():
    long = kernel("w", size("p", 41))
    verdict = decide(C(long) == C(long).T)  # false, but so many places are more than the search looks at
    assert isinstance(verdict, ca.Undecided)
    assert "the normal forms differ: w[i - j] on the left, w[j - i] on the right" in str(verdict)


def test_boxes_of_as_many_places_are_compared_in_c_order():
    assert isinstance(decide(shift((h, n), (1, 0)) == shift((n, h), (1, 0))), ca.Refutation)
    assert isinstance(decide(shift((h, n), (1, 0)) == shift(h * n, n)), GeneralProof)
    assert isinstance(decide(shift(h * n, n) == shift((h, n), (1, 0))), GeneralProof)
    assert isinstance(decide(shift((h, n), (0, 1)) == shift(h * n, 1)), ca.Refutation)
    assert isinstance(decide(identity((h, n)) @ U2 == identity(h * n) @ U2), GeneralProof)


def test_what_the_calculus_cannot_say_is_undecided():
    many = C(w)
    for _ in range(29):
        many = many @ C(w)
    assert "30 equal kernels" in str(decide(many @ shift(n, 1) == shift(n, 1) @ many))
    assert "two kernels of one name" in str(decide(kron(C(small), C(large)) == kron(C(small), C(large))))
    assert "two symbols of one name" in str(decide(shift(n, integer("n")) == identity(n)))


def test_a_side_may_have_numbers():
    assert isinstance(decide(shift(1, k) == ca.identity(1)), GeneralProof)
    assert isinstance(decide(kron(C(w), ca.matrix([[3]])) == 3 * C(w)), GeneralProof)
    assert isinstance(decide(ca.shift(3, 1) == shift(3, k)), ca.Refutation)
    with pytest.raises(ca.ArgumentError, match="rational entries"):
        decide(shift(2, k) == ca.matrix([[0.5, 1], [1, 0]]))


def test_a_wrong_entry_formula_is_refuted_or_unsound_but_never_proved():
    def entry(i, j, _):
        return (Term(atoms=(atom("w", (n,), (i[0] - j[0] + 1,)),)),)

    wrong = Symbolic((n,), (n,), entry, C(w).at, "X")
    with pytest.raises(SoundnessError, match="disagrees with brute force"):
        decide(wrong @ shift(n, k) == shift(n, k) @ wrong)


def test_a_wrong_rule_is_caught(monkeypatch):
    def careless(term, _ranges, _fresh):  # every sum counts its places
        return Step("count", (term.bound[0][0],), Term(term.coefficient * n)) if term.bound else None

    monkeypatch.setattr(proving, "STRATEGIES", [(careless,)])
    monkeypatch.setattr(proving, "_replay", lambda *_: 0)
    with pytest.raises(SoundnessError, match=r"a logged step about .* does not follow"):
        decide(C(u) @ C(v) == C(v) @ C(u))
