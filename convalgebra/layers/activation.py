"""Layers without a matrix: what refuses to be linear, and the rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import box_of, choice
from convalgebra.algebra.semiring import maximum
from convalgebra.errors import NotLinearError
from convalgebra.layers.base import Layer

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


class Nonlinear(Layer):
    """A layer that the smallest pair of inputs shows not to be additive."""

    def matrix(self, in_shape: Any, semiring: str = "sum-product") -> Any:
        """Raises `NotLinearError`, with two inputs whose images do not add up."""
        choice(semiring, "semiring", ("sum-product",))
        raise NotLinearError(self._why(in_shape))

    def _why(self, in_shape: Any) -> str:
        x, y = self.witness(in_shape)
        place = int(np.flatnonzero(self(x) + self(y) != self(x + y))[0])
        left, right = (value.reshape(-1)[place] for value in (self(x) + self(y), self(x + y)))
        return (
            f"a layer must be linear to have a matrix, not {type(self).__name__}: "
            f"f(x) + f(y) = {left}, f(x + y) = {right} with {_units(x, 'x')}, {_units(y, 'y')}"
        )

    def witness(self, in_shape: Any) -> tuple[Array, Array]:
        """Two inputs x, y with f(x) + f(y) != f(x + y)."""
        raise NotImplementedError


def _units(x: Array, name: str) -> str:
    place = np.flatnonzero(x)[0]
    index = ", ".join(str(int(i)) for i in np.unravel_index(place, x.shape))
    return f"{name} = {'' if x.flat[place] == 1 else '-'}e[{index}]"


def unit(box: Box, place: int, value: int = 1) -> Array:
    """The input that is `value` at one flat place and 0 elsewhere.

    >>> unit((1, 3), 1)
    array([[0, 1, 0]])
    """
    rings.check_memory(prod(box), 8, "the input")
    x = np.zeros(box, dtype=np.int64)
    x.reshape(-1)[place] = value
    return x


@dataclass(frozen=True, eq=False)
class ReLU(Nonlinear):
    """`y = max(x, 0)`, entry by entry; symbols give a SymPy `Max`.

    >>> import convalgebra as ca
    >>> ca.ReLU()([[-1, 2]])
    array([[0, 2]])
    >>> ca.ReLU().matrix((1, 2))
    Traceback (most recent call last):
    convalgebra.errors.NotLinearError: a layer must be linear to have a matrix, not ReLU: f(x) + f(y) = 1, f(x + y) = 0 with x = e[0, 0], y = -e[0, 0]
    """  # noqa: E501  # the message is one line

    _way = ("entries", "the larger of each entry and 0")

    def output_shape(self, in_shape: Any) -> Box:
        return box_of(in_shape, "in_shape")

    def witness(self, in_shape: Any) -> tuple[Array, Array]:
        return unit(box_of(in_shape), 0), unit(box_of(in_shape), 0, -1)

    def _batch(self, xs: Array) -> Array:
        return rings.public(maximum(xs, np.zeros_like(xs)))
