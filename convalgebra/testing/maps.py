"""Anything as a map `y = A x + b` on inputs of one shape: operators, layers, functions of arrays, PyTorch modules.

A function is a black box: its matrix is read off its values on the zero and the unit inputs, and then held against its
values on a few more inputs.  That is a test of it, never a proof.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import box_of
from convalgebra.algebra.operator import Operator
from convalgebra.errors import ArgumentError, NotLinearError, ShapeError, SizeLimitError
from convalgebra.layers.base import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array

MOST_INPUTS = 4096  # places of an input on which a function is tried one by one
SLACK = 8  # a fast algorithm rounds a few times as much as plain summation


@dataclass(frozen=True, eq=False)
class Map:
    """`values(x)` on inputs of `in_shape`; where `affine`, this is `A x + b`, else `witness` is an x where it is not.

    `eps` is the relative rounding of its values, 0 where they are exact.
    """

    name: str
    values: Callable[[Array], Array]
    in_shape: Box
    out_shape: Box
    A: Operator
    b: Array
    eps: float
    affine: bool = True
    witness: Array | None = None

    def predicted(self, x: Array) -> Array:
        """`A x + b`, as a box."""
        y = np.add(*rings.addable((rings.entries(self.A @ x.reshape(-1)), self.b)))
        return rings.public(y).reshape(self.out_shape)

    def close(self, x: Array) -> bool:
        """Is `values(x)` what `A x + b` predicts, within rounding?"""
        found, wanted = self.values(x), self.predicted(x)
        bound = self.rounding * (self.taps + 1) * max(1, rings.magnitude(x)) if self.eps else 0.0
        return found.shape == wanted.shape and differing(found, wanted, bound) is None

    @cached_property
    def taps(self) -> int:
        """The largest number of entries in a row of A."""
        return int(np.bincount(self.A.pattern().entries()[0]).max(initial=0))

    @cached_property
    def rounding(self) -> float:
        """What rounding may do to an entry of A or b; 0 where all is exact."""
        if not self.eps:
            return 0.0
        values = (self.A.pattern().entries()[2], self.b)
        return rounding(self.eps, self.taps) * max(float(np.abs(v).max(initial=0)) for v in values)


def rounding(eps: float, taps: int) -> float:
    """`8 eps (taps + 2)`: what rounding may do to a sum of so many terms, relative to the largest.

    >>> rounding(0.0, 9), rounding(2**-23, 9) < 1.1e-5
    (0.0, True)
    """
    return SLACK * eps * (taps + 2)


def differing(left: Array, right: Array, bound: float) -> tuple[int, ...] | None:
    """The first place, in C order, where two arrays of one shape differ by more than the bound.

    >>> differing(np.array([1, 2, 3]), np.array([1, 2, 4]), 0)
    (2,)
    """
    a, b = rings.addable((rings.entries(left), rings.entries(right)))
    far = np.abs(a - b) > bound if a.dtype.kind in "fc" else rings.nonzero(a - b)
    return tuple(map(int, np.argwhere(far)[0])) if far.any() else None


def read(f: Any, in_shape: Any, name: str) -> Map:
    """The map of an operator, a layer, a PyTorch module or a function of arrays.

    >>> read(lambda x: 2 * x[:-1] + 1, 3, "f").A.to_numpy()
    array([[2, 0, 0],
           [0, 2, 0]])
    """
    box = box_of(in_shape, "in_shape")
    if isinstance(f, Operator):
        return _of_operator(f, box, name)
    if isinstance(f, Layer):
        return _of_layer(f, box, name)
    if not callable(f):
        msg = f"{name} must be a function, a layer or an operator, not {type(f).__name__}; write ca.matrix(array)"
        raise ArgumentError(msg)
    return _probed(_of_module(f) or _of_function(f, box, name), box, name)


def _of_operator(A: Operator, box: Box, name: str) -> Map:
    if prod(box) != A.shape[1]:
        msg = f"in_shape must have the {A.shape[1]} places that {name} takes, not {prod(box)}; write {A.shape[1]}"
        raise ShapeError(msg)
    rows, _ = A.boxes

    def values(x: Array) -> Array:
        return rings.entries(A @ x.reshape(-1)).reshape(rows)

    return Map(name, values, box, rows, A, np.zeros(A.shape[0], dtype=np.int64), eps_of(A._weights))


def _of_layer(layer: Layer, box: Box, name: str) -> Map:
    try:
        A, b = layer.affine(box)
    except NotLinearError:
        return _probed(layer, box, name, affine=False)
    return Map(name, layer, box, layer.output_shape(box), A, b, eps_of(A._weights, b))


def eps_of(*parts: Array) -> float:
    """The relative rounding of the coarsest floats; 0 where all is exact, as floats beside symbols are.

    >>> eps_of(np.zeros(1), np.zeros(1, dtype=int)) == 2**-52
    True
    """
    if any(map(rings.is_symbolic, parts)):
        return 0.0
    return max((float(np.finfo(a.dtype).eps) for a in parts if a.dtype.kind in "fc"), default=0.0)


def _of_module(f: Any) -> Callable[[Array], Any] | None:
    """A PyTorch module as a function of one sample; None for anything else."""
    torch = sys.modules.get("torch")  # a module can be given only where torch is loaded
    if torch is None or not isinstance(f, torch.nn.Module):
        return None
    if any(part.training and getattr(part, "running_mean", None) is not None for part in f.modules()):
        msg = "a module with running statistics must be in evaluation mode, or it would change; write module.eval()"
        raise ArgumentError(msg)
    floats = (p for p in chain(f.parameters(), f.buffers()) if p.is_floating_point())
    like = next(floats, torch.zeros((), dtype=torch.float64))

    def call(x: Array) -> Any:
        return f(torch.as_tensor(x, dtype=like.dtype, device=like.device)[None])[0]

    return call


def _of_function(f: Callable[[Any], Any], box: Box, name: str) -> Callable[[Array], Any]:
    """f on integers; where it refuses them, on floats of 64 bits, or of 32."""
    refusal = None
    for kind in (np.int64, np.float64, np.float32):
        try:
            f(np.zeros(box, dtype=kind))
        except Exception as error:  # noqa: BLE001  # whatever a stranger raises
            refusal = refusal or error
        else:
            return lambda x, kind=kind: f(x.astype(kind))  # type: ignore[misc]
    msg = f"{name} must accept arrays of shape {box}, not raise {type(refusal).__name__}: {refusal}"
    raise ArgumentError(msg) from refusal


def _probed(f: Callable[[Array], Any], box: Box, name: str, *, affine: bool = True) -> Map:
    """The matrix of f by its values on 0 and on the unit inputs; an input where it is not affine, if one is found."""
    n = prod(box)
    if n > MOST_INPUTS:
        msg = f"in_shape must have at most {MOST_INPUTS} places, to try {name} on each, not {n}; use a smaller input"
        raise SizeLimitError(msg)
    seen: list[float] = []

    def values(x: Array) -> Array:
        y = _array(f(x))
        seen.append(eps_of(y))
        return rings.entries(y, f"the values of {name}")

    b, A = _columns(values, box, name)
    found = Map(name, values, box, b.shape, A, b.reshape(-1), max(seen))
    witness = next((x for x in samples(box) if not found.close(x)), None)
    return Map(name, values, box, b.shape, A, b.reshape(-1), max(seen), affine and witness is None, witness)


def _columns(values: Callable[[Array], Array], box: Box, name: str) -> tuple[Array, Operator]:
    """f(0), and the matrix with the columns f(e_j) - f(0)."""
    b = values(np.zeros(box, dtype=np.int64))
    rings.check_memory(b.size * prod(box), 8, f"the matrix of {name}")
    columns = [values(e) for e in units(box)]
    if any(y.shape != b.shape for y in columns):
        msg = f"{name} must give values of one shape, not {b.shape} and then another"
        raise ShapeError(msg)
    if not b.size:
        msg = f"{name} must give at least one value, not an array of shape {b.shape}; use a larger input"
        raise ShapeError(msg)
    first, *rest = rings.addable([b, *columns] * 2)[: len(columns) + 1]  # twice: room for the differences
    return b, matrix(rings.public(np.stack([(y - first).reshape(-1) for y in rest], axis=1)))


def _array(y: Any) -> Array:
    """The values of a function as an array; tensors are detached."""
    if hasattr(y, "detach"):
        y = y.detach().cpu().numpy()
    return y if isinstance(y, np.ndarray) else np.asarray(rings.entries(y, "the values of a function"))


def units(box: Box) -> Iterator[Array]:
    """The unit inputs e_0, e_1, ... of a box."""
    for j in range(prod(box)):
        e = np.zeros(prod(box), dtype=np.int64)
        e[j] = 1
        yield e.reshape(box)


def samples(box: Box) -> Iterator[Array]:
    """A few integer inputs, the same every time: of both signs, small and large.

    >>> [x.tolist() for x in samples((3,))][:3]
    [[1, 2, 3], [-1, -2, -3], [64, 128, 192]]
    """
    ramp = (np.arange(prod(box)) % 7 + 1).reshape(box)
    drawn = np.random.default_rng(0).integers(-4, 5, (6, *box))
    for x in (ramp, *drawn):
        yield from (x, -x, x * 64)
