"""Readable chains: the lecture's own derivations, certified link by link, and none where a lemma would quote itself."""

import pytest

import convalgebra as ca
from convalgebra.proofs import chains, lemmas
from convalgebra.proofs.chains import chain_of
from convalgebra.proofs.expressions import word

n, m, s, r, q = map(ca.size, "nmsrq")
k = ca.integer("k")
u, v, w, x = (ca.kernel(name, n) for name in "uvwx")
C, D, S, F, star = ca.circulant, ca.downsample, ca.shift(n, k), ca.dft(n), ca.circular_convolve
SAME = "the sides have the same entries"


def derived(claim):
    """The derivation of a proved claim as lines, without the reasons."""
    proof = ca.prove(claim)
    *lines, last = str(proof.derivation).splitlines()
    assert last.endswith(SAME)
    return [
        line.partition("    ")[0] if not line.startswith(" ") else line.strip().partition("    ")[0] for line in lines
    ]


# --- the lecture, equations (9) to (14) -------------------------------------------------------------------------------


def test_equation_9_and_13_convolution_is_a_matrix_product():
    """(9) [x * w]_i = sum over j of x_j w_{i - j mod n}, and (13) x * w = C_w x."""
    assert derived(star(x, w) == C(w) @ x) == ["[x ⋆ w]_i = Σ_{j<n} x[j] w[i - j]", "= [C_w x]_i"]


def test_equation_10_the_convolution_theorem():
    """(10) w * x = F^-1 (F w . F x)."""
    claim = star(w, x) == F.H / n @ (ca.diagonal(F @ w) @ (F @ x))
    assert derived(claim) == ["w ⋆ x = x ⋆ w", "= C_w x", "= F⁻¹ F C_w x", "= F⁻¹ (F w ⊙ F x)"]


def test_equation_11_shifts():
    """(11) [S_k x]_i = x_{i + k mod n} in the lecture's convention, which is S_{-k} here; and S_k = C_{e_k}."""
    assert derived(S.T @ x == ca.shift(n, -k) @ x)[:2] == ["[S_kᵀ x]_i = Σ_{j<n} x[j] [j ≡ i + k mod n]", "= x[i + k]"]
    assert derived(C(ca.impulse(n, k)) == S) == ["[C_{e_k}]_{i, j} = [i ≡ j + k mod n]", "= [S_k]_{i, j}"]


def test_equation_12_no_shift():
    """(12) S_0 x = I x = x."""
    assert derived(ca.shift(n, 0) @ x == x) == ["S_0 x = I x", "= x"]


def test_equation_14_circulants_commute():
    """(14) C_u C_v = C_v C_u, from the convolution of the kernels, not from itself."""
    assert derived(C(u) @ C(v) == C(v) @ C(u)) == ["C_u C_v = C_{u ⋆ v}", "= C_{v ⋆ u}", "= C_v C_u"]


def test_convolution_is_equivariant():
    """(S_k x) * w = C_w S_k x = S_k C_w x = S_k (x * w)."""
    proof = ca.prove(star(S @ x, w) == S @ star(x, w))
    assert str(proof.derivation) == (
        "(S_k x) ⋆ w = C_w S_k x      definition of ⋆\n"
        "            = S_k C_w x      circulants commute with shifts\n"
        "            = S_k (x ⋆ w)    definition of ⋆\n"
        "link by link, the sides have the same entries"
    )
    assert proof.derivation.to_latex() == (
        "\\begin{align*}\n"
        "(S_{k} x) \\star w &= C_{w} S_{k} x && \\text{definition of $\\star$} \\\\\n"
        "&= S_{k} C_{w} x && \\text{circulants commute with shifts} \\\\\n"
        "&= S_{k} (x \\star w) && \\text{definition of $\\star$}\n"
        "\\end{align*}"
    )
    assert "every integer k; n >= 1; every kernel w; every kernel x" in str(proof)


# --- further chains ---------------------------------------------------------------------------------------------------

FURTHER = [
    (D(s * m, s) @ C(ca.kernel("w", s * m)) @ ca.shift(s * m, s * k), "D_s S_{k s} C_w", "S_k D_s C_w"),
    (F @ C(w) @ F.H / n, "diag(F w) F F⁻¹", "diag(F w)"),
    (S.T @ S, "S_{-k} S_k", "S_0", "I"),
    (ca.flip(n) @ C(w) @ ca.flip(n), "C_wᵀ J J", "C_wᵀ"),
    ((C(u) + C(v)) @ C(w), "C_u C_w + C_v C_w", "C_w C_u + C_v C_w", "C_w C_u + C_w C_v"),
]
RIGHT = [
    ca.shift(m, k) @ D(s * m, s) @ C(ca.kernel("w", s * m)),
    ca.diagonal(F @ w),
    ca.identity(n),
    C(w).T,
    C(w) @ C(u) + C(w) @ C(v),
]


@pytest.mark.parametrize(("left", "right"), list(zip(FURTHER, RIGHT, strict=True)), ids=str)
def test_a_chain_of_lemmas(left, right):
    made, *steps = left
    assert [line.rpartition("= ")[2] for line in derived(made == right)] == steps


def test_a_lemma_is_not_its_own_derivation():
    """One link says nothing; the entries do."""
    for claim in (C(w) @ S == S @ C(w), F @ C(w) == ca.diagonal(F @ w) @ F, ca.flip(n) @ ca.flip(n) == ca.identity(n)):
        assert chain_of(claim) is None
        assert "]_{i, j}" in str(ca.prove(claim).derivation)


def test_a_long_detour_is_no_explanation():
    claim = (C(u) @ C(v)).T == C(v).T @ C(u).T
    assert chain_of(claim) is None
    assert isinstance(ca.decide(claim), ca.Proof)


def test_a_wrong_lemma_makes_no_chain(monkeypatch):
    """The search is not trusted: a link that the calculus does not prove is not shown."""

    def wrong(w):
        yield "wishful thinking", w.put(0, 1, word(ca.identity(n) @ C(u)))

    claim = star(S @ x, w) == S @ star(x, w)
    monkeypatch.setattr(chains, "neighbours", lambda w: [*lemmas.neighbours(w), *wrong(w)])
    assert chain_of(C(w) @ C(v) == C(u) @ C(u)) is None
    assert chain_of(claim) is not None
    monkeypatch.setattr(lemmas, "WITH_SHIFTS", "unused")
    monkeypatch.setattr(chains, "_certified", lambda *_: False)
    assert chain_of(claim) is None


def test_every_link_is_decided(monkeypatch):
    seen = []
    original = chains.decide
    monkeypatch.setattr(chains, "decide", lambda claim: seen.append(claim) or original(claim))
    chain = chain_of(star(S @ x, w) == S @ star(x, w))
    assert len(seen) == len(chain.links) == 3


def test_a_false_claim_has_no_chain():
    assert chain_of(C(w) == C(w).T) is None
    assert chain_of(ca.identity(2) == ca.identity(2)) is None


def test_the_search_is_bounded(monkeypatch):
    looked = []
    original = chains.neighbours
    monkeypatch.setattr(chains, "neighbours", lambda w: looked.append(w) or original(w))
    chain_of(C(u) @ C(v) @ C(w) @ C(x) @ S == C(x) @ C(w) @ C(v) @ C(u) @ ca.shift(n, k + 1))
    assert len(looked) <= 2 * chains.MOST_WORDS


def test_links_hold_under_the_hypotheses_of_the_claim():
    M = ca.unknown("M", n, n)
    claim = (M @ ca.shift(n, 1) @ ca.shift(n, -1) == M).given(M @ ca.shift(n, 1) == ca.shift(n, 1) @ M)
    proof = ca.decide(claim)
    assert isinstance(proof, ca.Proof), str(proof)
    assert str(proof.derivation)
