"""The machine-checked theorems by name; `make -C proofs` checks the proofs themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convalgebra as ca

PROOFS = Path(__file__).parents[1] / "proofs"
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PROOFS.glob("*.v")) if path.stem != "Audit"}
THEOREMS = {
    f"{stem}.{name}" for stem, text in SOURCES.items() for name in re.findall(r"^Theorem (\w+)", text, re.MULTILINE)
}
LINES = re.findall(r"^(\w+\.\w+) +(\S.*)$", (PROOFS / "lemmas.txt").read_text(encoding="utf-8"), re.MULTILINE)
CALCULUS = Path(ca.__file__).parent / "proofs" / "calculus" / "rewriting.py"


def known(name):
    """The theorem of this name, `lemma` or `File.lemma`."""
    return [theorem for theorem in THEOREMS if name in {theorem, theorem.partition(".")[2]}]


def test_every_theorem_is_listed_once_with_what_it_says():
    assert sorted(name for name, _ in LINES) == sorted(THEOREMS)
    assert len(THEOREMS) >= 80


def test_a_bare_name_is_enough():
    names = [theorem.partition(".")[2] for theorem in THEOREMS]
    assert len(set(names)) == len(names)


def test_every_theorem_is_audited():
    audited = re.findall(r"^Print Assumptions (\S+)\.$", (PROOFS / "Audit.v").read_text(encoding="utf-8"), re.MULTILINE)
    assert audited == [name for name, _ in LINES]


def test_the_command_checks_every_file():
    makefile = (PROOFS / "Makefile").read_text(encoding="utf-8")
    assert set(re.search(r"^FILES := (.*)$", makefile, re.MULTILINE)[1].split()) == SOURCES.keys()
    ci = (PROOFS.parent / ".ci" / "run").read_text(encoding="utf-8")
    assert "make -C proofs" in ci


@pytest.mark.parametrize("stem", SOURCES)
def test_nothing_is_left_open(stem):
    text = re.sub(r"\(\*.*?\*\)", "", SOURCES[stem], flags=re.DOTALL)
    assert not re.search(r"\b(Admitted|admit|Abort|Axioms?|Parameters?|Conjecture|bypass_check|Guard Checking)\b", text)
    claims = re.findall(r"^(?:Theorem|Lemma) ", text, re.MULTILINE)
    assert len(re.findall(r"\bQed\.", text)) == len(claims) > 0


def test_every_rule_of_the_calculus_is_a_theorem():
    rules = set(re.findall(r'Step\(\s*"(\w+)"', CALCULUS.read_text(encoding="utf-8"))) - {"tidy"} | {"reduce"}
    assert {"select", "use", "count", "orthogonality", "rename"} <= rules
    stated = [theorem.partition(".")[2] for theorem in THEOREMS if theorem.startswith("Rules.")]
    assert [rule for rule in rules if not any(re.fullmatch(rf"{rule}(_\w+)?", name) for name in stated)] == []
