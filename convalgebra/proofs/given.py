"""The numbers and kernels that a user gives for the symbols of an operator for all sizes; how others make it anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, final

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.kernel import symbols
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.arguments import converted
from convalgebra.proofs.calculus.replay import Point
from convalgebra.proofs.calculus.sizes import Size
from convalgebra.proofs.calculus.terms import plain_name
from convalgebra.proofs.symbolic import Symbolic

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.calculus.sizes import Symbol

WAY = "write A.subs({n: 4, w: [1, 2, 3, 4]})"


@final
@dataclass(frozen=True)
class Given(Point):
    """A point whose kernels are those of a user, checked, and symbols where none is given."""

    def kernel(self, name: str, box: tuple[int, ...]) -> Array:
        """The values of a kernel."""
        plain = plain_name(name)
        if plain not in self.kernels:
            made = symbols(plain, box) if box else symbols(plain, 1).reshape(())
            return self.with_kernels({**self.kernels, plain: made}).kernel(name, box)
        if self.kernels[plain].shape != box:
            msg = f"the values of {plain} must have shape {box} at these sizes, not {self.kernels[plain].shape}; {WAY}"
            raise ShapeError(msg)
        return super().kernel(name, box)


def at_values(A: Symbolic, values: Any) -> Any:
    """`A.subs(values)`: the matrix at numbers and kernels, all checked.

    >>> import convalgebra as ca
    >>> n = ca.size("n")
    >>> at_values(ca.circulant(ca.kernel("w", n)), {n: 2})
    2 x 2 operator
    ⎡w0  w1⎤
    ⎣w1  w0⎦
    """
    if not isinstance(values, Mapping):
        msg = f"the values must be a dictionary, not {values!r}; {WAY}"
        raise ArgumentError(msg)
    numbers: dict[Symbol, int] = {}
    kernels: dict[str, Array] = {}
    for symbol, value in values.items():
        key = converted(symbol)
        if isinstance(key, Symbolic) and key.made[:1] in {("kernel",), ("unknown",)}:
            kernels[key.latex] = rings.entries(value, f"the values of {key.latex}")
        else:
            x = _plain(key)
            numbers[x] = integer(value, f"the number for {x.name}", x.least if x.role == "size" else None)
    try:
        return A.at(Given(numbers, None, kernels))
    except KeyError as missing:
        msg = f"every size and integer must have a number, {missing.args[0].name} has none; {WAY}"
        raise ArgumentError(msg) from None


def recipe_of(A: Symbolic) -> tuple[Any, ...]:
    """What pickle, copy and other processes call to make the operator anew: its constructor, with its arguments."""
    if not A.recipe:
        msg = f"{A!r} must be made where it is used, not be sent there: it is made of functions; call them there"
        raise ArgumentError(msg)
    construct, args, options = A.recipe
    return partial(construct, **options), args


def _plain(key: Any) -> Symbol:
    """The size or integer that is nothing else."""
    names = key.symbols if isinstance(key, Size) else ()
    if len(names) == 1 and Size.named(*names) == key:
        return next(iter(names))
    msg = f"what is replaced must be a size, an integer or a kernel by itself, not {key!r}; {WAY}"
    raise ArgumentError(msg)
