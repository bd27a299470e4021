"""Refutations at the smallest sizes, with the simplest kernels that satisfy the hypotheses."""

import pytest

import convalgebra as ca
from convalgebra.proofs.calculus import witness

n, m, s = ca.size("n"), ca.size("m"), ca.size("s")
w, u, M = ca.kernel("w", n), ca.kernel("u", n), ca.unknown("M", n, n)
C, S = ca.circulant, ca.shift


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (C(w) == C(w).T, {"n": 3, "w": [0, 1, 0]}),
        (C(w).H == C(w).T, {"n": 1, "w": [1j]}),
        (C(w) @ C(w) == C(w), {"n": 1, "w": [-1]}),
        (C(M @ ca.impulse(n)) == M, {"n": 2, "M": [[1, 0], [0, 0]]}),
        ((C(w) == 0 * C(w)).given(ca.ones(n).T @ w == 0), {"n": 2, "w": [1, -1]}),
        ((C(w) == C(u)).given(w == S(n, 1) @ u), {"n": 2, "u": [1, 0], "w": [0, 1]}),
        (ca.downsample(s * m, s) @ S(s * m, 1) == S(m, 1) @ ca.downsample(s * m, s), {"m": 1, "s": 2}),
    ],
)
def test_the_witness_is_small_and_satisfies_the_hypotheses(claim, expected):
    verdict = ca.decide(claim)
    assert isinstance(verdict, ca.Refutation), str(verdict)
    found = dict(verdict.witness)
    assert found.keys() == expected.keys()
    sizes = found.keys() & {"n", "m", "s"} if claim.hypotheses else found.keys()  # solved kernels are not the simplest
    assert all(found[name] == expected[name] for name in sizes)
    assert isinstance(ca.decide(verdict.claim), ca.Refutation)


def test_the_search_for_simple_kernels_is_bounded():
    kernels = [ca.kernel(f"w{q}", (m, n)) for q in range(7)]
    product = C(kernels[0])
    for kernel in kernels[1:]:
        product = product @ C(kernel)
    verdict = ca.decide(product == product @ S((m, n), (1, 0)))
    assert isinstance(verdict, ca.Refutation)


def test_a_difference_without_a_witness_is_no_proof(monkeypatch):
    monkeypatch.setattr(witness, "_candidates", lambda *_: iter(()))
    verdict = ca.decide(C(w) == C(w).T)
    assert isinstance(verdict, ca.Undecided)
    assert "differ modulo" in str(verdict)
    assert "at n=3" in str(verdict)


def test_a_conjugate_is_refuted_by_complex_kernels():
    """Where a conjugate stands, real kernels may tell nothing: one kernel is i, as few as that takes."""
    n = ca.size("n")
    C, V = (ca.circulant(ca.kernel(name, n)) for name in "wv")
    for claim, point in [
        ((C @ V).H == V @ C, {"n": 1, "v": [1], "w": [1j]}),
        (C.H == C.T, {"n": 1, "w": [1j]}),
        (C @ V == V @ C.H, {"n": 1, "v": [1], "w": [1j]}),
        (C.H @ C == C @ C, {"n": 1, "w": [1j]}),
    ]:
        refutation = ca.decide(claim)
        assert isinstance(refutation, ca.Refutation)
        assert refutation.witness == point
        assert refutation.left != refutation.right
    assert ca.decide(C.T == C).witness == {"n": 3, "w": [0, 1, 0]}


def test_a_toeplitz_matrix_is_hermitian_of_its_own_and_so_needs_kernels_of_i():
    n = ca.size("n")
    T, S = ca.toeplitz(ca.kernel("u", n)), ca.shift(n, -1)
    for claim in (T.T == T, T @ S == S @ T):
        verdict = ca.decide(claim)
        assert isinstance(verdict, ca.Refutation)
        assert any(isinstance(v, complex) and v.imag for v in verdict.witness["u"])
