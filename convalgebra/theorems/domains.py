"""What a theorem speaks of: sizes, integers, kernels, finite choices; each for all sizes, and at numbers.

The annotations of a theorem's function name the domains of its parameters: `def _(n: Size, k: Integer, w: Kernel)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from math import prod
from typing import TYPE_CHECKING, Annotated, Any

from convalgebra.algebra.dense import matrix
from convalgebra.algebra.kernel import symbols
from convalgebra.proofs import symbolic

if TYPE_CHECKING:
    from collections.abc import Iterable

Known = Mapping[str, Any]  # the parameters before this one
Side = int | str | Callable[..., Any] | tuple[Any, ...]  # a number, a parameter's name, a function of them, or a box


@dataclass(frozen=True)
class Sizes:
    """Every integer from `least` on; up to `most` where numbers are needed."""

    least: int = 1
    most: int = 4

    def symbol(self, name: str) -> Any:
        return symbolic.size(name, self.least)

    def values(self) -> Iterable[int]:
        return range(self.least, self.most + 1)

    def words(self, name: str) -> str:
        return f"{name} >= {self.least}"

    def scanned(self, name: str) -> str:
        return f"{name}={self.least}..{self.most}"


@dataclass(frozen=True)
class Integers:
    """Every integer; up to `most` in absolute value where numbers are needed, 0, 1, -1, 2, ... in turn."""

    most: int = 2

    def symbol(self, name: str) -> Any:
        return symbolic.integer(name)

    def values(self) -> Iterable[int]:
        return sorted(range(-self.most, self.most + 1), key=lambda k: (abs(k), k < 0))

    def words(self, name: str) -> str:
        return f"every integer {name}"

    def scanned(self, name: str) -> str:
        return f"{name}={-self.most}..{self.most}"


@dataclass(frozen=True)
class Choices:
    """All of finitely many values, simplest first; `sampled` when they only stand for others."""

    options: tuple[Any, ...]
    sampled: bool = False

    def values(self) -> Iterable[Any]:
        return self.options

    def words(self, name: str) -> str:
        if self.sampled:
            return f"{len(self.options)} samples of {name}"
        return f"{name} among {', '.join(map(str, self.options))}"

    def scanned(self, name: str) -> str:
        return self.words(name)


@dataclass(frozen=True)
class On:
    """Every array of values on a box: `On("n")`, `On("h", "w")`, `On(1, 1, "K")`, `On(lambda s, m: s * m)`."""

    sides: tuple[Side, ...]

    def __init__(self, *sides: Side) -> None:
        object.__setattr__(self, "sides", sides)

    def box(self, known: Known) -> tuple[Any, ...]:
        """The sides of the box, where the sizes are known."""
        return tuple(_side(side, known) for side in self.sides)

    def symbol(self, name: str, known: Known) -> Any:
        return symbolic.kernel(name, self.box(known))

    def generic(self, name: str, known: Known) -> Any:
        """An array of symbols."""
        return symbols(name, self.box(known))

    def made(self, values: Any) -> Any:
        """What the theorem is given at these values."""
        return values

    @staticmethod
    def words(name: str) -> str:
        return f"every {name}"


class Matrices(On):
    """Every matrix, as an operator: `Matrices("m", "n")`, `Matrices(("h", "w"), ("h", "w"))`."""

    def box(self, known: Known) -> tuple[Any, ...]:
        return tuple(prod(side) if isinstance(side, tuple) else side for side in super().box(known))

    def symbol(self, name: str, known: Known) -> Any:
        return symbolic.unknown(name, *super().box(known))

    def generic(self, name: str, known: Known) -> Any:
        return self.made(symbols(name, self.box(known)))

    def made(self, values: Any) -> Any:
        return matrix(values)


Domain = Sizes | Integers | Choices | On


def _side(side: Side, known: Known) -> Any:
    if isinstance(side, tuple):
        return tuple(_side(part, known) for part in side)
    if isinstance(side, str):
        return known[side]
    return side(*(known[p] for p in signature(side).parameters)) if callable(side) else side


Size = Annotated[Any, Sizes()]
Step = Annotated[Any, Sizes(most=3)]  # strides, dilations, numbers of taps
Width = Annotated[Any, Sizes(0, 2)]  # radii, paddings
Integer = Annotated[Any, Integers()]
Kernel = Annotated[Any, On("n")]
Taps = Annotated[Any, On("K")]
Filter = Annotated[Any, On(1, 1, "K")]  # the weight of a layer with one channel
Square = Annotated[Any, Matrices("n", "n")]
Image = Annotated[Any, On("h", "w")]
Mode = Annotated[Any, Choices(("zeros", "circular", "replicate", "symmetric", "reflect"))]
Repeated = Annotated[Any, Choices(("circular", "replicate", "symmetric", "reflect"))]  # borders made of the signal
Statement = Any  # one claim `A == B`, one fact, or a tuple of them
