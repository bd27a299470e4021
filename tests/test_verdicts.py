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
    assert repr(proof) == str(proof) == f"Proof(scope='n=3, this kernel', method={proof.method!r}, ring='ZZ')"
    assert proof.method


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
