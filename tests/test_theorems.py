"""The catalogue: every theorem is as strong as promised, every false sibling is refuted, and what is open is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.proofs.search import simple_kernels
from convalgebra.theorems import CHAPTERS
from convalgebra.theorems.facts import decide
from convalgebra.theorems.theorem import STRENGTHS

LISTED = (Path(__file__).parent / "data" / "theorem_ids.txt").read_text(encoding="utf-8").splitlines()
PROOFS = Path(__file__).parents[1] / "proofs" / "lemmas.txt"
LEMMAS = {
    line.split()[0] for line in PROOFS.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"
}
CHAPTER_OF = {name: int(number) for number, name in (line.split() for line in LISTED)}


@pytest.mark.parametrize("name", ca.theorems)
def test_a_theorem_is_as_strong_as_promised(name):
    made = ca.theorems[name]
    verdict = made.prove()
    assert verdict.strength == made.strength
    assert isinstance(verdict, ca.Proof) == (made.strength != "sampled")


def stated(made, numbers):
    """The claims at a size for every kernel, or, where a hypothesis binds the kernels, for some simple ones."""
    try:
        yield from made.generic(numbers)
    except ca.ArgumentError:
        boxes = {name: d.box(numbers) for name, d in made.kernels.items()}
        for kernels in islice(simple_kernels(boxes), 12):
            yield from made(**numbers, **{name: d.made(kernels[name]) for name, d in made.kernels.items()})


@pytest.mark.parametrize("name", [name for name in ca.theorems if ca.theorems[name].strength == "all sizes"])
def test_what_holds_for_all_sizes_holds_at_the_smallest(name):
    made = ca.theorems[name]
    for numbers in islice(made.instances(), 6):
        claims = list(stated(made, numbers))
        assert claims
        assert all(isinstance(decide(claim), ca.Proof | ca.Agreement) for claim in claims)  # F @ x at numbers is float


@pytest.mark.parametrize("name", ca.theorems)
def test_its_false_sibling_is_refuted_and_is_never_proved(name):
    sibling = ca.theorems[name].false_sibling
    refutation = sibling.refute()
    assert isinstance(refutation, ca.Refutation)
    assert refutation.witness.keys() == sibling.domains.keys()
    smaller = []
    for numbers in sibling.instances():
        if all(refutation.witness[k] == v for k, v in numbers.items()):
            break
        smaller.append(numbers)
    assert all(sibling._refuted(numbers) is None for numbers in smaller)


@pytest.mark.parametrize("name", ca.theorems)
def test_it_says_where_it_comes_from_in_plain_words(name):
    made = ca.theorems[name]
    assert made.source
    assert made.strength in STRENGTHS
    for statement in (made, made.false_sibling):
        assert statement.words.isascii()
        assert statement.words.endswith(".")
        assert statement.says.isascii()
        assert statement.says.count("{") == statement.says.count("}")
        assert "return" in statement.code


@pytest.mark.parametrize("name", [name for name in ca.theorems if ca.theorems[name].lemma])
def test_a_machine_checked_lemma_is_named_as_the_proofs_name_it(name):
    for lemma in ca.theorems[name].lemma.split(", "):
        assert lemma in LEMMAS or any(full.endswith(f".{lemma}") for full in LEMMAS)


def test_no_id_is_unknown():
    assert not [name for name in ca.theorems if name not in CHAPTER_OF]


def test_ids_lie_in_their_chapters():
    words = list(CHAPTERS)
    assert all(CHAPTER_OF[name] == words.index(ca.theorems[name].chapter) for name in ca.theorems)


def test_no_two_theorems_say_the_same():
    said = Counter(ca.theorems[name].words for name in ca.theorems)
    assert [words for words, count in said.items() if count > 1] == []


def test_the_catalogue_is_a_mapping():
    assert isinstance(ca.theorems, Mapping)
    assert len(ca.theorems) == len(list(ca.theorems)) == len(ca.theorems.values())
    assert "lecture-equivariance-line" in ca.theorems
    assert ca.theorems.get("lecture-nothing") is None
    assert ca.theorems["lecture-equivariance-line"].id == "lecture-equivariance-line"
    assert repr(ca.theorems).startswith(f"<{len(ca.theorems)} theorems in 20 chapters")
    for unknown in ("nothing", "lecture-nothing", "", 3):
        with pytest.raises(KeyError):
            ca.theorems[unknown]


def test_an_all_sizes_proof_shows_its_derivation():
    shown = str(ca.theorems["lecture-equivariance-line"].prove())
    assert shown.startswith("proved for all sizes")
    assert "C_w" in shown


def open_ids() -> list[str]:
    """What the list holds and the catalogue does not."""
    return [name for name in CHAPTER_OF if name not in ca.theorems]


def report() -> str:
    """How many are done in each chapter, and which are open."""
    done = Counter(CHAPTER_OF[name] for name in ca.theorems)
    lines = [f"{len(ca.theorems)} of {len(CHAPTER_OF)} theorems stand"]
    for number, (title, _) in enumerate(CHAPTERS.values()):
        names = [name for name in open_ids() if CHAPTER_OF[name] == number]
        listed = f"; open: {', '.join(names)}" if names else ""
        lines.append(f"  {number:2}. {title}: {done[number]} of {done[number] + len(names)}{listed}")
    return "\n".join(lines)


def test_what_is_open_is_reported():
    assert len(CHAPTER_OF) == 377
    assert len(open_ids()) + len(ca.theorems) == 377
    assert all(name in report() for name in open_ids())
