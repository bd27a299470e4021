"""The catalogue of theorems, a mapping from ids to theorems: `ca.theorems["lecture-eq14-circulants-commute"]`.

An id begins with the word of its chapter; a chapter is loaded when the first of its ids, or the whole, is asked for.

>>> import convalgebra as ca
>>> theorem = ca.theorems["lecture-eq14-circulants-commute"]
>>> theorem.prove().scope
'all sizes'
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from convalgebra.theorems.theorem import Theorem

# The word that begins an id -> the chapter's title, and how the names of its files begin; in order, from chapter 0.
CHAPTERS = {
    "meta": ("Proof principles", "principles"),
    "lecture": ("The lecture's equations", "lecture_"),
    "way": ("One layer, many computations", "ways"),
    "alg": ("Kernel algebra", "kernel_algebra"),
    "pad": ("Boundaries", "boundaries"),
    "comp": ("Composition of layers", "composition"),
    "fact": ("Factorisation", "factorisation"),
    "comm": ("Translation equivariance", "translation"),
    "grp": ("Other groups", "other_groups"),
    "spec": ("Spectra of circulants", "circulant_spectra"),
    "toep": ("Finite Toeplitz matrices", "finite_toeplitz"),
    "four": ("Fourier identities", "fourier_identities"),
    "rate": ("Stride, dilation, polyphase", "multirate"),
    "mc": ("Channels", "channels"),
    "tr": ("Transposed convolution", "transposed_layers"),
    "pool": ("Pooling and nonlinear layers", "pooling_theorems"),
    "rf": ("Receptive fields", "receptive_fields"),
    "size": ("Output sizes", "output_sizes"),
    "cnt": ("Counts", "counting"),
    "fast": ("Fast algorithms", "fast_algorithms"),
}


class Catalogue(ModuleType, Mapping[str, Any]):
    """The module of this package, read as a mapping."""

    __hash__ = ModuleType.__hash__
    __eq__ = ModuleType.__eq__

    def __getitem__(self, name: str) -> Theorem:
        word = str(name).partition("-")[0]
        found = _chapter(word).get(name) if word in CHAPTERS else None
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for word in CHAPTERS for name in _chapter(word))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return True  # whoever looks at a module loads no chapter

    def __repr__(self) -> str:
        return f"<{len(self)} theorems in {len(CHAPTERS)} chapters; list(ca.theorems) names them>"


@cache
def _chapter(word: str) -> dict[str, Theorem]:
    """The theorems of a chapter, in the order of its files."""
    from convalgebra.theorems.theorem import THEOREMS  # noqa: PLC0415  # which this package must not load at once

    _, stem = CHAPTERS[word]
    for module in sorted(m.name for m in iter_modules(__path__) if m.name.startswith(stem)):
        import_module(f"{__name__}.{module}")
    return {name: made for name, made in THEOREMS.items() if made.chapter == word}


sys.modules[__name__].__class__ = Catalogue
theorems = cast("Catalogue", sys.modules[__name__])
