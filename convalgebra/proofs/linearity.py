"""Is a layer linear, over (+, x) or over (max, +)?  Decided for every input of one shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import box_of, choice
from convalgebra.algebra.kernel import symbols
from convalgebra.algebra.semiring import Tropical, maximum
from convalgebra.errors import ArgumentError
from convalgebra.layers.activation import unit
from convalgebra.layers.base import Layer
from convalgebra.proofs.verdicts import Proof, Refutation, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.verdicts import Verdict

MOST_PLACES = 512  # of an input whose every entry is a symbol
TRIED = 8  # places that witnesses are looked for at
METHOD = "both sides on symbols"

_LAWS: dict[str, dict[str, Callable[[Array, Array], Array]]] = {
    "sum-product": {"sum": np.add, "multiple": np.multiply},
    "max-plus": {"sum": maximum, "multiple": np.add},
}
_SAYS = {
    "sum-product": "f(x + y) = f(x) + f(y) and f(c x) = c f(x)",
    "max-plus": "f(max(x, y)) = max(f(x), f(y)) and f(c + x) = c + f(x)",
}
_RINGS = {"sum-product": "(+, x)", "max-plus": "(max, +)"}


@dataclass(frozen=True, eq=False)
class Linearity:
    """`f(x + y) = f(x) + f(y)` and `f(c x) = c f(x)` for every number c and every x, y of this shape.

    Over (max, +) that is `f(max(x, y)) = max(f(x), f(y))` and `f(c + x) = c + f(x)`.

    >>> import convalgebra as ca
    >>> ca.prove(ca.Linearity(ca.MaxPool(2), (1, 4), "max-plus")).scope
    'n=(1, 4), every x, y and c'
    >>> print(ca.decide(ca.Linearity(ca.MaxPool(2), (1, 4))))
    refuted: entry (0, 0) is 1 on the left and 2 on the right; with x=[[1, 0, 0, 0]], y=[[0, 1, 0, 0]]
    """

    layer: Layer
    in_shape: tuple[int, ...]
    semiring: str = "sum-product"

    def __post_init__(self) -> None:
        if not isinstance(self.layer, Layer):
            msg = f"linearity must be claimed of a layer, not of {self.layer!r}; write ca.Linearity(layer, in_shape)"
            raise ArgumentError(msg)
        choice(self.semiring, "semiring", tuple(_LAWS))
        object.__setattr__(self, "in_shape", box_of(self.in_shape, "in_shape"))

    def sides(self, law: str, x: Array, other: Array) -> tuple[Array, Array]:
        """Both sides of one of the two laws, "sum" (other is y) or "multiple" (other is the scalar c)."""
        combine = _LAWS[self.semiring][law]
        if law == "sum":
            return self._of(combine(x, other)), combine(self._of(x), self._of(other))
        return self._of(combine(x, other)), combine(self._of(x), other)

    def _of(self, x: Array) -> Array:
        y: Array = self.layer._batch(x[None])[0]
        return y


@dataclass(frozen=True, eq=False, repr=False)
class Counterexample(Refutation):
    """Inputs at which the sides of a law of linearity differ."""

    def __repr__(self) -> str:
        return str(self)

    def to_latex(self) -> str:
        """The sentence: there are no matrices to show."""
        return rf"\text{{{self}}}"


def decide(claim: Any) -> Verdict:
    """Refuted by small integers, proved on symbols, or undecided."""
    found = next(_counterexamples(claim), None)
    if found is not None:
        return found
    if prod(claim.in_shape) > MOST_PLACES:
        return Undecided(claim, f"it was not tried on symbols: {claim.in_shape} has more than {MOST_PLACES} places")
    try:
        same = all(map(_same, *(np.concatenate(part, axis=None) for part in zip(*_on_symbols(claim), strict=True))))
    except (TypeError, ValueError) as error:  # it computes with numbers only
        return Undecided(claim, f"it takes no symbols: {error}")
    if not same:
        return Undecided(claim, "whether both sides are one function of their symbols")
    why = f"{_SAYS[claim.semiring]}: both sides are one function of their symbols"
    return Proof(claim, f"n={claim.in_shape}, every x, y and c", METHOD, _RINGS[claim.semiring], because=why)


def _on_symbols(claim: Linearity) -> list[tuple[Array, Array]]:
    """Both sides of both laws, each entry of x and y and the scalar c a symbol."""
    make = _tropical if claim.semiring == "max-plus" else symbols
    x, y, c = make("x", claim.in_shape), make("y", claim.in_shape), make("c", 1)
    return [claim.sides("sum", x, y), claim.sides("multiple", x, c)]


def _tropical(name: str, shape: Any) -> Array:
    box = box_of(shape)
    return rings.filled(box, (Tropical.symbol(f"{name}{place}") for place in range(prod(box))))


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Tropical) or isinstance(right, Tropical):
        return Tropical.of(left) == Tropical.of(right)
    return rings.is_zero(left - right) is True


def _counterexamples(claim: Any) -> Iterator[Verdict]:
    """Inputs with one entry 1 or -1, or none, the simplest first; the scalars 0, 1, -1, 2."""
    signals = [np.zeros(claim.in_shape, dtype=np.int64)]
    signals += [unit(claim.in_shape, place, value) for value in (1, -1) for place in range(min(signals[0].size, TRIED))]
    scalars = [np.array(c, dtype=np.int64) for c in (0, 1, -1, 2)]
    for law, others in (("sum", signals), ("multiple", scalars)):
        for x, other in product(signals, others):
            left, right = claim.sides(law, x, other)
            if rings.is_exact(left) and (left != right).any():  # floats refute nothing
                place: Any = tuple(np.argwhere(left != right)[0].tolist())
                witness = {"x": x.tolist(), "y" if law == "sum" else "c": other.tolist()}
                yield Counterexample(claim, place, left.astype(object)[place], right.astype(object)[place], witness)
