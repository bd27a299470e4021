"""Networks: layers one after another, and branches side by side; errors name the layer and where it stands."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from itertools import repeat, takewhile
from operator import add
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.apply import Plan
from convalgebra.algebra.blocks import block
from convalgebra.algebra.indexing import box_of, choice
from convalgebra.errors import ArgumentError, ConvAlgebraError, ShapeError, at
from convalgebra.layers.base import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

DEEPEST = 50
S = TypeVar("S")
T = TypeVar("T")


@contextmanager
def named(kind: str, number: int | str, layer: Layer) -> Iterator[None]:
    """Errors of the part say which part it is."""
    try:
        yield
    except ConvAlgebraError as error:
        raise at(error, f"{kind} {number} ({type(layer).__name__})") from error


def each(kind: str, layers: Iterable[Layer], given: Iterable[S], ask: Callable[[Layer, S], T]) -> list[T]:
    """`ask(layer, x)` for each layer and what is given to it; errors say which layer it is."""
    answers = []
    for k, (layer, x) in enumerate(zip(layers, given, strict=False)):
        with named(kind, k, layer):
            answers.append(ask(layer, x))
    return answers


@dataclass(frozen=True)
class NetworkPlan(Plan):
    """The plan of each part of a network."""

    parts: tuple[tuple[str, Plan], ...]

    @classmethod
    def of(cls, kind: str, parts: Sequence[Layer], shapes: Sequence[Box], why: str) -> NetworkPlan:
        """The plans of the parts, each on inputs of its shape."""
        plans = each(kind, parts, shapes, lambda layer, shape: (type(layer).__name__, layer.plan(shape)))
        return cls("parts", why, tuple(plans))

    def __str__(self) -> str:
        lines = (f"{k} {name} {plan}".replace("\n", "\n  ") for k, (name, plan) in enumerate(self.parts))
        return "\n".join([super().__str__(), *lines])


@dataclass(frozen=True, eq=False, init=False)
class Sequential(Layer):
    """`y = f_n(... f_2(f_1(x)))`; for affine layers `A = A_n ... A_1`, `b = A_n(... A_2 b_1 + b_2 ...) + b_n`.

    Networks nest.  A layer that is not linear makes `matrix` and `affine` raise `NotLinearError` with its position.

    >>> import convalgebra as ca
    >>> net = ca.Sequential(ca.Conv([[[1, 1]]], [1]), ca.Conv([[[1, -1]]]))
    >>> net.matrix((1, 4)).to_numpy()
    array([[ 1,  0, -1,  0],
           [ 0,  1,  0, -1]])
    >>> net.output_shape((2, 4))
    Traceback (most recent call last):
    convalgebra.errors.ShapeError: layer 0 (Conv): the input must have shape (1, n), 1 channels and 1 spatial axes, not (2, 4)
    """  # noqa: E501  # the message is one line

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        object.__setattr__(self, "layers", _parts(layers, "Sequential", "layer"))
        object.__setattr__(self, "_depth", _depth(layers))

    @property
    def spatial(self) -> int | None:
        """That of the first layer that knows it, before any that reshapes."""
        leading = list(takewhile(lambda f: not getattr(f, "reshapes", False), self.layers))
        return _first(f.spatial for f in leading or self.layers[:1])

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    def shapes(self, in_shape: Any) -> list[Box]:
        """The shapes of the input and after each layer.

        >>> import convalgebra as ca
        >>> ca.Sequential(ca.Conv([[[1, 1]]]), ca.Conv([[[1, -1]]])).shapes((1, 4))
        [(1, 4), (1, 3), (1, 2)]
        """
        shapes = [box_of(in_shape, "in_shape")]
        for k, layer in enumerate(self.layers):
            with named("layer", k, layer):
                shapes.append(layer.output_shape(shapes[-1]))
        return shapes

    def output_shape(self, in_shape: Any) -> Box:
        return self.shapes(in_shape)[-1]

    def _maps(self, in_shape: Any) -> Iterator[tuple[Layer, Box, Operator]]:
        """Each layer with the shape of its input and its matrix."""
        for k, (layer, shape) in enumerate(zip(self.layers, self.shapes(in_shape), strict=False)):
            with named("layer", k, layer):
                A = layer.matrix(shape)
            yield layer, shape, A

    def matrix(self, in_shape: Any) -> Operator:
        """The product of the layers' matrices, last layer first."""
        return reduce(lambda left, right: right @ left, (A for *_, A in self._maps(in_shape)))

    def offset(self, in_shape: Any) -> Array:
        """`b_n + A_n (b_{n-1} + A_{n-1} (...))`."""
        b = super().offset(self.shapes(in_shape)[0])[:0]
        for layer, shape, A in self._maps(in_shape):
            b = np.add(*rings.addable((A @ b, layer.offset(shape)))) if b.size else layer.offset(shape)
        return rings.public(b)

    def _batch(self, xs: Array) -> Array:
        for k, layer in enumerate(self.layers):
            with named("layer", k, layer):
                xs = layer._batch(xs)
        return xs

    def plan(self, in_shape: Any) -> NetworkPlan:
        """The plan of each layer.

        >>> import convalgebra as ca
        >>> print(ca.Sequential(ca.ReLU(), ca.Identity()).plan((1, 4)))
        parts: one layer after the other
        0 ReLU entries: the larger of each entry and 0
        1 Identity entries: nothing is computed
        """
        return NetworkPlan.of("layer", self.layers, self.shapes(in_shape), "one layer after the other")

    def explain(self, in_shape: Any = None) -> str:
        """One line for each layer: its position, kind and, for a given input, its input and output shape.

        >>> import convalgebra as ca
        >>> print(ca.Sequential(ca.Conv([[[1, 1]]]), ca.Conv([[[1, -1]]])).explain((1, 4)))
        0 Conv (1, 4) -> (1, 3)
        1 Conv (1, 3) -> (1, 2)
        """
        if in_shape is None:
            return "\n".join(f"{k} {type(f).__name__}" for k, f in enumerate(self.layers))
        shapes = self.shapes(in_shape)
        steps = zip(self.layers, shapes, shapes[1:], strict=False)
        return "\n".join(f"{k} {type(f).__name__} {a} -> {b}" for k, (f, a, b) in enumerate(steps))


@dataclass(frozen=True, eq=False, init=False)
class Parallel(Layer):
    """`y = (f_1(x), f_2(x), ...)`, channels after channels (inception), or `f_1(x) + f_2(x) + ...` (residual).

    >>> import convalgebra as ca
    >>> ca.Parallel(ca.Conv([[[5]]]), ca.Identity(), join="sum").matrix((1, 2)).to_numpy()
    array([[6, 0],
           [0, 6]])
    """

    branches: tuple[Layer, ...]
    join: str = "concat"

    def __init__(self, *branches: Layer, join: str = "concat") -> None:
        object.__setattr__(self, "branches", _parts(branches, "Parallel", "branch"))
        object.__setattr__(self, "_depth", _depth(branches))
        object.__setattr__(self, "join", choice(join, "join", ("concat", "sum")))

    @property
    def spatial(self) -> int | None:
        return _first(f.spatial for f in self.branches)

    @property
    def parameters(self) -> int:
        return sum(branch.parameters for branch in self.branches)

    def output_shape(self, in_shape: Any) -> Box:
        shapes = each("branch", self.branches, repeat(in_shape), lambda branch, shape: branch.output_shape(shape))
        skipped = 1 if self.join == "concat" else 0
        if len({shape[skipped:] for shape in shapes}) > 1:
            what = "sizes, channels aside," if skipped else "shape"
            msg = (
                f"the branches must have one output {what} to join by {self.join!r}, not {', '.join(map(str, shapes))}"
            )
            raise ShapeError(msg)
        return (sum(shape[0] for shape in shapes), *shapes[0][1:]) if skipped else shapes[0]

    def plan(self, in_shape: Any) -> NetworkPlan:
        """The plan of each branch."""
        self.output_shape(in_shape)
        return NetworkPlan.of("branch", self.branches, [in_shape] * len(self.branches), f"{self.join} of the branches")

    def matrix(self, in_shape: Any) -> Operator:
        """The branches' matrices one below the other, or their sum."""
        self.output_shape(in_shape)
        return self._beside(each("branch", self.branches, repeat(in_shape), lambda branch, shape: branch.matrix(shape)))

    def _beside(self, matrices: Sequence[Operator]) -> Operator:
        """The matrices of the branches joined."""
        return block([[A] for A in matrices]) if self.join == "concat" else reduce(add, matrices)

    def _joined(self, parts: Sequence[Array], axis: int) -> Array:
        same = rings.addable(parts)
        return rings.public(np.concatenate(same, axis=axis) if self.join == "concat" else reduce(np.add, same))

    def offset(self, in_shape: Any) -> Array:
        return self._joined([branch.offset(in_shape) for branch in self.branches], 0)

    def _batch(self, xs: Array) -> Array:
        self.output_shape(tuple(xs.shape[1:]))
        return self._joined(each("branch", self.branches, repeat(xs), lambda branch, x: branch._batch(x)), 1)


def _parts(parts: Sequence[Any], kind: str, name: str) -> tuple[Layer, ...]:
    for part in parts:
        if not isinstance(part, Layer):
            hint = f"write ca.{kind}(*parts)" if isinstance(part, tuple | list) else "write ca.ReLU(), an instance"
            msg = f"every {name} must be a layer, not {part!r}; {hint}"
            raise ArgumentError(msg)
    if not parts:
        msg = f"{kind} must have at least one {name}, not none; write ca.Identity()"
        raise ArgumentError(msg)
    return tuple(parts)


def _first(known: Iterator[int | None]) -> int | None:
    """The first number, each asked for once: networks within networks would double the questions."""
    return next((n for n in known if n is not None), None)


def _depth(parts: Sequence[Layer]) -> int:
    """How deep networks stand within one another: as deep as Python's own calls may, whatever is asked of them."""
    depth = 1 + max(getattr(part, "_depth", 0) for part in parts)
    if depth > DEEPEST:
        msg = f"networks must nest at most {DEEPEST} deep, not {depth}; write ca.Sequential(*layers), one after another"
        raise ArgumentError(msg)
    return depth
