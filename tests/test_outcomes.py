"""How outcomes are told: in words, in matrices, in LaTeX."""

import pytest

import convalgebra as ca
from convalgebra.theorems.facts import Fact
from convalgebra.theorems.outcomes import Counterexample, Evidence, TheoremProof, escaped


def test_a_counterexample_of_matrices_shows_both():
    claim = ca.shift(3, 1) == ca.shift(3, -1)
    found = Counterexample(claim, (0, 1), 0, 1, {"n": 3})
    assert str(found) == "false at n=3: entry (0, 1) is 0 on the left and 1 on the right"
    assert repr(found).startswith(f"{found}\n")
    assert "≠" in repr(found)
    assert r"\neq" in found.to_latex()


def test_a_counterexample_of_values_is_told_in_words():
    found = Counterexample(Fact(2, 3), (), 2, 3, {})
    assert repr(found) == str(found) == "false: it is 2 on the left and 3 on the right"
    assert found.to_latex() == r"\text{false: it is 2 on the left and 3 on the right}"


def test_a_proof_without_derivations_tells_its_scope():
    part = ca.prove(ca.shift(3, 3) == ca.identity(3))
    proof = TheoremProof(part.claim, "n=1..4", part.method, part.ring, "listed sizes", (part,))
    assert str(proof) == "proved for n=1..4"
    assert proof.derivations == ""
    assert proof._repr_latex_() == r"$\text{proved for n=1..4}$"


def test_a_proof_for_all_sizes_shows_every_derivation():
    n = ca.size("n")
    parts = tuple(ca.prove(ca.shift(n, k) @ ca.shift(n, -k) == ca.identity(n)) for k in (1, 2))
    proof = TheoremProof(parts[0].claim, "all sizes", parts[0].method, parts[0].ring, "all sizes", parts)
    assert str(proof).count("proved for all sizes") == 3
    assert proof.derivations.count(r"\begin{align*}") == 2
    assert proof._repr_latex_() == proof.derivations


def test_evidence_is_called_no_proof():
    evidence = Evidence(Fact(1, 1), "3 samples of x", 3)
    assert str(evidence) == "no proof: true at all 3 samples, 3 samples of x"
    assert not isinstance(evidence, ca.Proof)
    with pytest.raises(ca.ArgumentError):
        bool(evidence)


def test_words_are_escaped():
    assert escaped(r"50 % {a_i} & #1 \ ^ ~ < > |") == (
        r"50 \% \{a\_i\} \& \#1 \textbackslash{} \^{} \~{} \textless{} \textgreater{} \textbar{}"
    )
