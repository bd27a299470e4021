"""Claims for all sizes: each theorem is proved, each false sibling refuted by its smallest witness."""

import pytest

import convalgebra as ca
from convalgebra.proofs.calculus import proving
from convalgebra.proofs.calculus.proving import GeneralProof, SoundnessError, decide
from convalgebra.proofs.calculus.rewriting import Step
from convalgebra.proofs.calculus.terms import Term
from convalgebra.proofs.calculus.terms import kernel as atom
from convalgebra.proofs.constructors import circulant, dft, diagonal, downsample, flip, identity, kron, shift, upsample
from convalgebra.proofs.symbolic import Symbolic, integer, kernel, size

n, m, s, r, q, h = map(size, "nmsrqh")
k, a, b = map(integer, "kab")
u, v, w = (kernel(name, n) for name in "uvw")
small, large = kernel("w", m), kernel("w", s * m)
first, second = kernel("u", s * r * q), kernel("v", r * q)
U2, W2, A, B = kernel("u", (h, n)), kernel("w", (h, n)), kernel("a", h), kernel("b", h)
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
    "Kronecker mixed product": kron(C(A), C(w)) @ kron(C(B), C(v)) == kron(C(A) @ C(B), C(w) @ C(v)),
    "Kronecker transpose": kron(C(A).T, C(w).T) == kron(C(A), C(w)).T,
    "Kronecker shift": kron(shift(h, a), shift(n, b)) == shift((h, n), (a, b)),
    "Kronecker Fourier": kron(dft(h), dft(n)) == dft((h, n)),
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
    "Kronecker commutes": (kron(C(A), C(B)) == kron(C(B), C(A)), {"h": 2, "a": [1, 0], "b": [0, 1]}),
}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorem(name):
    proof = decide(THEOREMS[name])
    assert isinstance(proof, GeneralProof), str(proof)
    assert proof.scope == "all sizes"
    assert proof.replayed > 0
    assert str(proof).endswith("the sides have the same entries")


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
    assert len(proof.hypotheses) == 4


def test_different_normal_forms_without_a_counterexample_are_undecided():
    long = kernel("w", size("p", 9))
    verdict = decide(C(long) == C(long).T)  # false, but nine places are more than the search looks at
    assert isinstance(verdict, ca.Undecided)
    assert "the normal forms differ: w[i - j] on the left, w[j - i] on the right" in str(verdict)


def test_boxes_that_count_differently_are_undecided():
    assert isinstance(decide(shift((h, n), (1, 0)) == shift((n, h), (1, 0))), ca.Undecided)


def test_what_the_calculus_cannot_say_is_undecided():
    many = C(w)
    for _ in range(7):
        many = many @ C(w)
    assert "8 equal kernels" in str(decide(many @ shift(n, 1) == shift(n, 1) @ many))
    assert "two kernels of one name" in str(decide(kron(C(small), C(large)) == kron(C(small), C(large))))
    assert "two symbols of one name" in str(decide(shift(n, integer("n")) == identity(n)))


def test_a_side_at_numbers_is_refused():
    with pytest.raises(ca.ArgumentError, match="both sides of a claim"):
        decide(identity(3) == ca.identity(3))


def test_a_wrong_entry_formula_is_refuted_or_unsound_but_never_proved():
    def entry(i, j, _):
        return (Term(atoms=(atom("w", (n,), (i[0] - j[0] + 1,)),)),)

    wrong = Symbolic((n,), (n,), entry, C(w).at, "X")
    with pytest.raises(SoundnessError, match="disagrees with brute force"):
        decide(wrong @ shift(n, k) == shift(n, k) @ wrong)


def test_a_wrong_rule_is_caught(monkeypatch):
    def careless(term, _ranges, _fresh):  # every sum counts its places
        return Step("count", (), Term(term.coefficient * n)) if term.bound else None

    monkeypatch.setattr(proving, "STRATEGIES", [(careless,)])
    with pytest.raises(SoundnessError):
        decide(C(u) @ C(v) == C(v) @ C(u))
