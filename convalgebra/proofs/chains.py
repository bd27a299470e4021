"""A readable chain `left = ... = right` of named lemmas, as a lecturer would write it on a slide.

Every link that the search returns has been proved on its own by the calculus, for all sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from convalgebra.proofs.calculus.derivation import align, aligned
from convalgebra.proofs.calculus.proving import decide
from convalgebra.proofs.expressions import Word, word, word_latex, word_text
from convalgebra.proofs.lemmas import name_latex, neighbours
from convalgebra.proofs.symbolic import Symbolic
from convalgebra.proofs.verdicts import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convalgebra.algebra.operator import Claim
    from convalgebra.proofs.expressions import Form

MOST_WORDS = 600  # that a search looks at
MOST_FACTORS = 8  # of a word
MOST_LINKS = 6  # that are still easier to read than the entries

Tree = dict["Form", tuple["Word", "Form | None", str]]  # a word, where it came from, and by which lemma


@dataclass(frozen=True, eq=False)
class Chain:
    """`start = w1 = w2 = ...`, each link with the name of its lemma."""

    start: Word
    links: tuple[tuple[str, Word], ...]

    def __str__(self) -> str:
        return aligned([(word_text(w), name) for name, w in (("", self.start), *self.links)])

    def to_latex(self) -> str:
        """The chain as an `align*`."""
        named = (("", self.start), *((rf"\text{{{name_latex(name)}}}", w) for name, w in self.links))
        return align([(word_latex(w), why) for why, w in named])


def chain_of(claim: Claim) -> Chain | None:
    """A certified chain of at least two links, or None; a lemma is not its own derivation."""
    if not isinstance(claim.left, Symbolic) or not isinstance(claim.right, Symbolic):
        return None
    sides = word(claim.left), word(claim.right)
    found = _search(sides)
    if found is not None and len(found.links) == 1:
        found = _search(sides, avoided=found.links[0][0])
    readable = found is not None and 1 < len(found.links) <= MOST_LINKS
    return found if found is not None and readable and _certified(found, claim) else None


def _certified(chain: Chain, claim: Claim) -> bool:
    """Does the calculus prove every link?"""
    operators = [chain.start.operator, *(w.operator for _, w in chain.links)]
    links = (replace(claim, left=left, right=right) for left, right in pairwise(operators))
    return all(isinstance(decide(link), Proof) for link in links)


def _search(sides: tuple[Word, Word], avoided: str = "") -> Chain | None:
    """Breadth first from both sides until they meet."""
    trees: tuple[Tree, Tree] = ({}, {})
    fronts = []
    for tree, side in zip(trees, sides, strict=True):
        tree[side.key] = (side, None, "")
        fronts.append([side])
    while all(fronts) and sum(map(len, trees)) < MOST_WORDS:
        meeting = next((k for k in trees[0] if k in trees[1]), None)
        if meeting is not None:
            return _joined(trees, meeting)
        q = min((0, 1), key=lambda q: len(fronts[q]))
        fronts[q] = list(_grown(trees[q], fronts[q], avoided))
    return None


def _grown(tree: Tree, front: list[Word], avoided: str) -> Iterator[Word]:
    """The words one lemma further, put into the tree."""
    for old in front:
        for name, new in neighbours(old):
            if name != avoided and len(new.factors) <= MOST_FACTORS and new.key not in tree:
                tree[new.key] = (new, old.key, name)
                yield new


def _joined(trees: tuple[Tree, Tree], meeting: Form) -> Chain | None:
    """The chain from the left side to the meeting word and on to the right side."""
    back, forth = (list(_path(tree, meeting)) for tree in trees)
    links = [(name, w) for w, name in reversed(back[:-1])]
    links += [(name, w) for (_, name), (w, _) in pairwise(forth)]
    return Chain(back[-1][0], tuple(links))


def _path(tree: Tree, place: Form | None) -> Iterator[tuple[Word, str]]:
    while place is not None:
        w, before, name = tree[place]
        yield w, name
        place = before
