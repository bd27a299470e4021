"""Assertions about maps: operators, layers and networks, plain functions of arrays, PyTorch modules.

Matrices are compared: exactly where their entries are exact (with symbols, for every value), within the stated rounding
bound where a side has floats.  Maps that are not affine are compared by their values on a few inputs.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.indexing import integer
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import shift as rolled
from convalgebra.errors import ArgumentError, ShapeError, UndecidedError
from convalgebra.proofs.verdicts import Refutation, Undecided
from convalgebra.testing.maps import Map, differing, eps_of, read, rounding, samples, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array

SHOWN = 12  # rows and columns of a matrix that is printed whole
MOST_UNITS = 64  # unit inputs on which maps that are not affine are compared


def assert_same_map(f: Any, g: Any, in_shape: Any, *, tolerance: float | None = None) -> None:
    """`f(x) = g(x)` for all x of a shape: operators, layers, PyTorch modules, functions of arrays.

    Where a side has floats, they may differ by `8 eps (taps + 2) max(|A|, |b|)` of each side, or by `tolerance`.

    >>> import convalgebra as ca, numpy as np
    >>> assert_same_map(ca.Conv([[[1, 2]]]), lambda x: np.correlate(x[0], [1, 2])[None], (1, 4))
    >>> assert_same_map(ca.convolution_matrix([1, 2], 2), ca.convolution_matrix([2, 1], 2), 2)
    Traceback (most recent call last):
    AssertionError: f and g differ: entry (0, 0) is 1 in f and 2 in g
    matrix of f: 3 x 2 operator
    ⎡1  ·⎤
    ⎢2  1⎥
    ⎣·  2⎦
    matrix of g: 3 x 2 operator
    ⎡2  ·⎤
    ⎢1  2⎥
    ⎣·  1⎦
    """
    F, G = read(f, in_shape, "f"), read(g, in_shape, "g")
    if not _fits(F.out_shape, G.out_shape):
        _fail(f"f and g differ: of {F.in_shape}, f makes {F.out_shape} and g makes {G.out_shape}")
    if not (F.affine and G.affine):
        _same_values({"f": F.values, "g": G.values}, F, max(F.eps, G.eps), tolerance)
        return
    bound = F.rounding + G.rounding if tolerance is None else tolerance
    _same_matrix("f and g differ", {"f": F.A, "g": G.A}, bound)
    _same_matrix("f and g differ", {"f": _column(F.b), "g": _column(G.b)}, bound, "offset")


def assert_equivariant(f: Any, shift: Any, in_shape: Any, *, tolerance: float | None = None) -> None:
    """`f(S x) = S' f(x)`: f commutes with a circular shift.

    `shift` is an int for every spatial axis or one for each (the first axis of a longer shape holds the channels);
    on an output of n/s places where the input has n, S' shifts by shift/s.  Instead of numbers, `shift` may be an
    operator S, or a pair (S, S').

    >>> import convalgebra as ca
    >>> assert_equivariant(ca.Conv([[[1, 2]]], stride=2, padding=(0, 1), padding_mode="circular"), 2, (1, 6))
    >>> assert_equivariant(ca.Conv([[[1, 2]]], padding=((0, 1),)), 1, (1, 3))
    Traceback (most recent call last):
    AssertionError: f is not equivariant: entry (0, 0) is 2 in f S and 0 in S' f
    matrix of f S: 3 x 3 operator, (1, 3) from (1, 3)
    ⎡2  ·  1⎤
    ⎢1  2  ·⎥
    ⎣·  1  ·⎦
    matrix of S' f: 3 x 3 operator, (1, 3) from (1, 3)
    ⎡·  ·  1⎤
    ⎢1  2  ·⎥
    ⎣·  1  2⎦
    """
    F = read(f, in_shape, "f")
    S, R = _shifts(shift, F)
    if not F.affine:
        sides = {"f(S x)": lambda x: F.values(_moved(S, x)), "S' f(x)": lambda x: _moved(R, F.values(x))}
        _same_values(sides, F, F.eps, tolerance)
        return
    bound = 2 * F.rounding if tolerance is None else tolerance
    _same_matrix("f is not equivariant", {"f S": F.A @ S, "S' f": R @ F.A}, bound)
    _same_matrix("f is not equivariant", {"f": _column(F.b), "S' f": R @ _column(F.b)}, bound, "offset")


def assert_adjoint(f: Any, g: Any, in_shape: Any, out_shape: Any, *, tolerance: float | None = None) -> None:
    """`<f(x), y> = <x, g(y)>` for all x and y: the matrix of g is the conjugate transpose of that of f.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 2]]], stride=2)
    >>> assert_adjoint(layer, layer.T, (1, 4), (1, 2))
    >>> assert_adjoint(ca.shift(3), ca.shift(3), 3, 3)
    Traceback (most recent call last):
    AssertionError: g is not the adjoint of f: entry (0, 1) is 1 in f.H and 0 in g
    matrix of f.H: 3 x 3 operator
    ⎡·  1  ·⎤
    ⎢·  ·  1⎥
    ⎣1  ·  ·⎦
    matrix of g: 3 x 3 operator
    ⎡·  ·  1⎤
    ⎢1  ·  ·⎥
    ⎣·  1  ·⎦
    """
    F, G = read(f, in_shape, "f"), read(g, out_shape, "g")
    for M, wanted in ((F, G.in_shape), (G, F.in_shape)):
        if not _fits(M.out_shape, wanted):
            _fail(f"g is not the adjoint of f: {M.name} makes {M.out_shape} of {M.in_shape}, not {wanted}")
        _linear(M, tolerance)
    bound = F.rounding + G.rounding if tolerance is None else tolerance
    _same_matrix("g is not the adjoint of f", {"f.H": F.A.H, "g": G.A}, bound)


def assert_linear(f: Any, in_shape: Any, *, tolerance: float | None = None) -> None:
    """`f(x) = A x`: affine, and f(0) = 0.

    >>> import numpy as np
    >>> assert_linear(np.cumsum, 4)
    >>> assert_linear(lambda x: x + 1, 4)
    Traceback (most recent call last):
    AssertionError: f is not linear: f(0) has 1 at output (0,), not 0
    """
    _linear(read(f, in_shape, "f"), tolerance)


def assert_affine(f: Any, in_shape: Any) -> None:
    """`f(x) = A x + b`, on the zero input, the unit inputs and a few others.

    >>> import numpy as np
    >>> assert_affine(lambda x: 3 - x, 4)
    >>> assert_affine(np.abs, 2)
    Traceback (most recent call last):
    AssertionError: f is not affine: at x = [-1, -2] it is [1, 2], where A x + b is [-1, -2]
    """
    _affine(read(f, in_shape, "f"), "affine")


def _linear(F: Map, tolerance: float | None) -> None:
    _affine(F, "linear")
    place = differing(F.b, np.zeros_like(F.b), F.rounding if tolerance is None else tolerance)
    if place is not None:
        at = tuple(map(int, np.unravel_index(place[0], F.out_shape)))
        _fail(f"{F.name} is not linear: {F.name}(0) has {F.b[place]} at output {at}, not 0")


def _affine(F: Map, kind: str) -> None:
    if F.affine:
        return
    if F.witness is None:
        _fail(f"{F.name} is not {kind}: it holds a layer that is not linear")
    x = F.witness
    found, wanted = _text(F.values(x)), _text(F.predicted(x))
    _fail(f"{F.name} is not {kind}: at x = {_text(x)} it is {found}, where A x + b is {wanted}")


def _same_matrix(head: str, sides: dict[str, Operator], bound: float, what: str = "matrix") -> None:
    """Raise at the first entry, in C order, where two matrices differ by more than the bound."""
    (p, A), (q, B) = sides.items()
    found = _difference(A, B, bound)
    if found is None:
        return
    (i, j), a, b = found
    place = f"entry ({i}, {j})" if what == "matrix" else f"entry {i} of the {what}"
    lines = [f"{head}: {place} is {a} in {p} and {b} in {q}" + (f", beyond {bound:.2g}" if bound else "")]
    if what == "matrix" and max(A.shape) <= SHOWN:
        lines += [f"matrix of {name}: {M!r}" for name, M in sides.items()]
    _fail("\n".join(lines))


def _difference(A: Operator, B: Operator, bound: float) -> tuple[tuple[int, int], Any, Any] | None:
    """The first entry that differs, and both its values."""
    from convalgebra.proofs.decide import decide  # noqa: PLC0415  # heavy, and Hypothesis loads this room at once

    if eps_of(A._weights, B._weights):
        gap = (A - B).to_sparse().tocoo()
        far = np.flatnonzero(np.abs(gap.data) > bound)[:1]
        return next(
            (((i, j), A[i, j], B[i, j]) for i, j in zip(*(x[far].tolist() for x in gap.coords), strict=True)), None
        )
    verdict = decide(A == B)
    if isinstance(verdict, Undecided):
        raise UndecidedError(str(verdict), verdict)
    return (verdict.entry, verdict.left, verdict.right) if isinstance(verdict, Refutation) else None


def _same_values(sides: dict[str, Callable[[Array], Array]], F: Map, eps: float, tolerance: float | None) -> None:
    """Compare two functions on a few inputs of F."""
    (p, f), (q, g) = sides.items()
    for x in _inputs(F.in_shape):
        a, b = f(x), g(x)
        bound = rounding(eps, F.taps) * float(np.abs(a).max(initial=1)) if tolerance is None else tolerance
        if a.size != b.size or differing(a.reshape(-1), b.reshape(-1), bound):
            _fail(f"{p} and {q} differ at x = {_text(x)}:\n{p} = {_text(a)}\n{q} = {_text(b)}")


def _inputs(box: Box) -> Iterator[Array]:
    yield np.zeros(box, dtype=np.int64)
    for _, e in zip(range(MOST_UNITS), units(box), strict=False):
        yield from (e, -e)
    yield from samples(box)


def _shifts(shift: Any, F: Map) -> tuple[Operator, Operator]:
    """The shift of the inputs, and that of the outputs."""
    if isinstance(shift, Operator):
        shift = (shift, shift)
    if isinstance(shift, tuple | list) and any(isinstance(part, Operator) for part in shift):
        if len(shift) != 2 or not all(isinstance(part, Operator) for part in shift):
            msg = f"shift must be numbers, an operator or a pair of operators, not {shift!r}; write (S, S')"
            raise ArgumentError(msg)
        S, R = shift
        for M, places, side in ((S, prod(F.in_shape), "input"), (R, prod(F.out_shape), "output")):
            if M.shape != (places, places):
                msg = f"the shift of the {side} must be {places} x {places}, not {M.shape}; write a pair (S, S')"
                raise ShapeError(msg)
        return S, R
    steps = _steps(shift, F.in_shape)
    return rolled(F.in_shape, steps), rolled(F.out_shape, _out_steps(steps, F))


def _steps(shift: Any, box: Box) -> tuple[int, ...]:
    """One shift for each axis of the input; none for the channels."""
    spatial = max(1, len(box) - 1)
    steps = tuple(shift) if isinstance(shift, tuple | list) else (shift,) * spatial
    if len(steps) not in {spatial, len(box)}:
        msg = f"shift must be one int or one for each of the {spatial} spatial axes, not {shift!r}"
        raise ArgumentError(msg)
    return tuple(integer(k, "shift", most=None) for k in (0,) * (len(box) - len(steps)) + steps)


def _out_steps(steps: tuple[int, ...], F: Map) -> tuple[int, ...]:
    """What the shifts become where the output has another size."""
    sizes, outs = F.in_shape[-len(F.out_shape) :], F.out_shape
    if len(outs) != len(steps):
        msg = f"the output must have the {len(steps)} axes of the input, not shape {outs}; write shift=(S, S')"
        raise ShapeError(msg)
    if any(k * out % n for k, n, out in zip(steps, sizes, outs, strict=True) if out > 1):
        _fail(f"f is not equivariant: {F.in_shape} becomes {outs}, where a shift by {steps} is no whole shift")
    return tuple(k * out // n if out > 1 else 0 for k, n, out in zip(steps, sizes, outs, strict=True))


def _moved(S: Operator, x: Array) -> Array:
    return rings.entries(S @ x.reshape(-1)).reshape(x.shape)


def _column(b: Array) -> Operator:
    return matrix(b.reshape(-1, 1))


def _fits(a: Box, b: Box) -> bool:
    """One box up to axes of length one, or a flat vector for a box of its size."""
    trimmed = [tuple(n for n in box if n > 1) for box in (a, b)]
    return trimmed[0] == trimmed[1] or (prod(a) == prod(b) and min(map(len, trimmed)) <= 1)


def _text(x: Array) -> str:
    """The array on one line, shortened when it is long."""
    return np.array2string(x, separator=", ", threshold=SHOWN, edgeitems=3, max_line_width=10**6).replace("\n", "")


def _fail(message: str) -> NoReturn:
    raise AssertionError(message)
