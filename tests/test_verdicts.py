"""Verdicts say what was found, and have no truth value of their own."""

from __future__ import annotations

import dataclasses

import pytest
import sympy

import convalgebra as ca

A = sympy.Symbol("a")
CLAIMS = {
    ca.Proof: ca.identity(3) == ca.shift(3, 3),
    ca.Refutation: ca.identity(3) == ca.shift(3, 1),
    ca.Agreement: ca.circulant([0.5, 0.1]) == ca.circulant([0.5, 0.1]) * 1.0,
    ca.Undecided: ca.circulant([sympy.sin(A) ** 2 + sympy.cos(A) ** 2]) == ca.circulant([1]),
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_verdict_has_no_truth_value(kind):
    verdict = ca.decide(CLAIMS[kind])
    assert type(verdict) is kind
    assert verdict.claim is CLAIMS[kind]
    with pytest.raises(ca.ArgumentError, match="a verdict has no truth value"):
        bool(verdict)
    with pytest.raises(ca.ArgumentError):
        assert not verdict


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_verdict_cannot_be_changed(kind):
    verdict = ca.decide(CLAIMS[kind])
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.claim = None


def test_a_proof_says_scope_method_and_ring():
    proof = ca.decide(CLAIMS[ca.Proof])
    assert repr(proof) == f"Proof(scope='n=3, this kernel', method={proof.method!r}, ring='ZZ')"
    assert str(proof) == (
        "proved for n=3, this kernel, over ZZ: both sides are sum_t w[t] E_t; "
        "the tables agree at the 1 place of the first row, which the others repeat; the weights are equal"
    )


def test_a_proof_says_what_was_seen():
    """Every kernel by tables, all rows where the sides do not repeat one; entries where the tables differ."""
    layer = ca.Conv(ca.symbols("w", (1, 1, 3)), padding=1, padding_mode="reflect")
    D, T, P = layer.factors((1, 4))
    proof = ca.prove(layer.matrix((1, 4)) == D @ T @ P)
    assert proof.because == "both sides are sum_t w[t] E_t; the tables agree at all 12 places"
    assert str(proof).endswith(proof.because)


def test_a_proof_at_one_size_in_latex():
    proof = ca.prove(ca.identity(2) @ ca.circulant([1, 2]) == ca.circulant([1, 2]))
    assert proof.to_latex().startswith(
        r"\text{proved for n=2, this kernel, over ZZ: both sides are }\sum_t w_t E_t\text{; "
    )
    assert proof._repr_latex_() == f"${proof.to_latex()}$"


def test_a_refutation_is_a_worked_example():
    """`print` gives the sentence; a prompt and a notebook show both matrices."""
    refutation = ca.decide(CLAIMS[ca.Refutation])
    assert repr(refutation).splitlines() == [
        str(refutation),
        "⎡[1] 0  0 ⎤     ⎡[0] 0  1 ⎤",
        "⎢ 0  1  0 ⎥  ≠  ⎢ 1  0  0 ⎥",
        "⎣ 0  0  1 ⎦     ⎣ 0  1  0 ⎦",
    ]
    assert refutation.to_latex().count(r"\boxed") == 2
    assert refutation._repr_latex_() == rf"$\displaystyle {refutation.to_latex()}$"


def test_a_refutation_is_a_figure():
    figure = ca.decide(CLAIMS[ca.Refutation]).figure()
    figure.check()
    assert figure.svg().startswith("<svg")


def test_zeros_of_a_witness_are_told_together():
    u = ca.symbols("u", 4)
    refutation = ca.decide(ca.circulant([u[0] + u[1] + u[2], 1, 1]) == ca.circulant([u[3], 1, 1]))
    assert str(refutation).endswith("with u0=1, the other symbols 0: 1 against 0")
    assert dict(refutation.witness) == dict(zip(u, (1, 0, 0, 0), strict=True))


def test_a_refutation_for_all_sizes_is_worked_out_at_the_smallest():
    n = ca.size("n")
    w = ca.kernel("w", n)
    refutation = ca.decide(ca.circulant(w) == ca.circulant(w).T)
    assert str(refutation).endswith("with n=3, w=[0, 1, 0]")
    assert repr(refutation).count("\n") == 3


def test_sides_too_large_to_look_into_are_told_in_words(monkeypatch):
    refutation = ca.decide(CLAIMS[ca.Refutation])
    monkeypatch.setattr("convalgebra.algebra.rings.public", lambda _: ca.dft(10**9).pattern())
    assert repr(refutation) == str(refutation)


def test_a_refutation_says_the_entry_and_both_values():
    refutation = ca.decide(CLAIMS[ca.Refutation])
    assert str(refutation) == "refuted: entry (0, 0) is 1 on the left and 0 on the right"
    assert dict(refutation.witness) == {}
    symbolic = ca.decide(ca.circulant([A, 1]) == ca.circulant([1, A]))
    assert str(symbolic).startswith("refuted: entry (0, 0) is a on the left and 1 on the right; with a=")
    ((symbol, value),) = symbolic.witness.items()
    assert symbol is A
    assert str(symbolic).endswith(f"with a={value}: {value} against 1")


def test_an_agreement_states_its_bound():
    agreement = ca.decide(CLAIMS[ca.Agreement])
    assert agreement.error <= agreement.bound
    assert "within the rounding bound" in str(agreement)


def test_an_abstention_says_what_is_missing():
    undecided = ca.decide(CLAIMS[ca.Undecided])
    assert "sin(a)**2" in undecided.reason
    assert "entry (0, 0)" in undecided.reason
    assert str(undecided) == f"undecided: {undecided.reason}; {undecided.checked}"
