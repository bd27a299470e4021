"""Does a network commute with a shift, and where and why not: `A S = S' A`, decided layer by layer and as a whole.

The input is rolled by `shift` places on each spatial axis; the output must roll by `shift / (product of the strides)`,
and where one place is left (global pooling, dense layers) not at all: invariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.indexing import box_of, integer
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import Selection
from convalgebra.analysis import elimination
from convalgebra.analysis.counts import network
from convalgebra.analysis.moving import differing_rows
from convalgebra.analysis.paths import paths
from convalgebra.analysis.receptive import receptive_field
from convalgebra.errors import ArgumentError, NotLinearError, ShapeError
from convalgebra.layers.affine import Flatten, Linear
from convalgebra.layers.network import Parallel, Sequential, named
from convalgebra.layers.pool import GlobalAvgPool, GlobalMaxPool
from convalgebra.layers.window import Window
from convalgebra.proofs.shifting import turn_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array
    from convalgebra.layers.base import Layer


@dataclass(frozen=True)
class Cause:
    """A layer that breaks the shift by itself: where it stands, on how many of its rows, and why."""

    place: str
    layer: str
    why: str
    rows: int

    def __str__(self) -> str:
        return f"layer {self.place} ({self.layer}): {self.why}; {self.rows} rows"


@dataclass(frozen=True, eq=False)
class Equivariance:
    """Where and why `f(S x) = S' f(x)` fails.

    `rows` are the flat outputs that differ; outside of them the shift commutes, which is proved: for exact linear
    networks they are the rows of the commutator, for others those that a failing layer can reach.

    >>> import convalgebra as ca
    >>> report = ca.equivariance(ca.Conv([[[1, 2, 3]]], padding=1), (1, 6), 1)
    >>> report.holds, report.rows
    (False, array([0, 1, 5]))
    >>> print(report.explain())
    fails on 3 of 6 rows for the shift (1,)
    layer 0 (Conv): border: zero padding; 3 rows
    """

    net: Layer
    in_shape: Box
    shift: Box
    out_shift: Box | None  # None: the output must not move
    causes: tuple[Cause, ...]
    touched: Array
    moves: tuple[Operator, Operator]

    @property
    def holds(self) -> bool:
        """Does the shift commute with the network?"""
        return not len(self.rows)

    @cached_property
    def linear(self) -> bool:
        """Has the network a matrix?"""
        try:
            self.net.matrix(self.in_shape)
        except NotLinearError:
            return False
        return True

    @cached_property
    def commutator(self) -> Operator:
        """`A S - S' A`; for networks that are not linear with the matrix of `ca.paths` in the place of A."""
        A = self.net.matrix(self.in_shape) if self.linear else paths(self.net, self.in_shape)
        defect: Operator = A @ self.moves[0] - self.moves[1] @ A
        return defect

    @cached_property
    def rows(self) -> Array:
        """The flat output rows that differ, ascending."""
        A = self.net.matrix(self.in_shape) if self.linear else None
        if A is None or not _exact(A):
            return self.touched
        b = self.net.offset(self.in_shape)
        return np.union1d(differing_rows(A, *self.moves), _unequal(b, self.moves[1] @ b))

    @property
    def rank(self) -> int:
        """The exact rank of the commutator."""
        return elimination.rank(self.commutator.to_numpy()[self.rows]) if len(self.rows) else 0

    def explain(self) -> str:
        """Where it fails, and for each layer that breaks the shift why."""
        if self.holds:
            out = "not at all" if self.out_shift is None else f"by {self.out_shift}"
            return f"holds: the input moves by {self.shift}, the output {out}"
        head = f"fails on {len(self.rows)} of {self.commutator.shape[0]} rows for the shift {self.shift}"
        return "\n".join([head, *map(str, self.causes)])

    def __repr__(self) -> str:
        return f"Equivariance({self.explain().partition(chr(10))[0]})"


def equivariance(net: Layer | Sequence[Layer], in_shape: Any, shift: Any = 1) -> Equivariance:
    """Does `f(S x) = S' f(x)` hold when the input is rolled by `shift`, one int for each spatial axis or one for all?

    `shift` may be the matrix S itself, `ca.shift(in_shape[1:], steps)`.

    Causes are the border, the phase of a stride or of a pool, asymmetric padding, and sizes that the strides do not
    divide.  Errors: `ShapeError` and `ArgumentError` with the position of the layer.

    >>> import convalgebra as ca
    >>> net = [ca.Conv([[[1, 2]]], padding=((0, 1),), padding_mode="circular"), ca.ReLU(), ca.MaxPool(2)]
    >>> [ca.equivariance(net, (1, 8), k).holds for k in range(5)]
    [True, False, True, False, True]
    >>> ca.equivariance([*net, ca.GlobalMaxPool()], (1, 8), 2).explain()
    'holds: the input moves by (2,), the output not at all'
    """
    whole, shape = network(net), _spatial(in_shape)
    if isinstance(shift, Operator):
        shift = _steps(shift, shape)
    steps = tuple(shift) if isinstance(shift, tuple | list) else (shift,) * (len(shape) - 1)
    if len(steps) != len(shape) - 1:
        msg = f"the shift must be one int, or one for each of the {len(shape) - 1} spatial axes, not {shift!r}"
        raise ArgumentError(msg)
    steps = tuple(integer(step, "the shift") for step in steps)
    nothing = np.zeros(prod(shape), dtype=bool)
    state = _State(shape, _rolled(shape, steps), tuple(map(Fraction, steps)), nothing, ())
    end = _through(whole, state, "")
    out = None if end.shift is None else _floored(end.shift)
    return Equivariance(whole, shape, steps, out, end.causes, np.flatnonzero(end.wrong), (state.move, end.move))


def _steps(S: Operator, shape: Box) -> Box:
    """The steps of a shift matrix, at most half around."""
    turn = turn_of(S, shape[1:]) if isinstance(S, Selection) else None
    if turn is None:
        msg = (
            f"the shift of a signal of shape {shape} must roll its spatial axes, not be a {S.shape[0]} x {S.shape[1]} "
            f"operator that does not; write ca.shift({shape[1:]}, {(1,) * len(shape[1:])})"
        )
        raise ArgumentError(msg)
    return tuple(-k if 2 * k < n else n - k for k, n in zip(turn, shape[1:], strict=True))


def _spatial(in_shape: Any) -> Box:
    shape = box_of(in_shape, "in_shape")
    if len(shape) < 2:
        msg = f"the input must have shape (channels, *sizes) to be shifted, not {shape}"
        raise ShapeError(msg)
    return shape


def commuting_shifts(net: Layer | Sequence[Layer], in_shape: Any) -> tuple[tuple[int, ...], ...]:
    """For each spatial axis the shifts 0, ..., n - 1 along it that commute with the network.

    On circular networks they are the multiples of the product of the strides.

    >>> import convalgebra as ca
    >>> conv = ca.Conv([[[1, 2, 3]]], stride=2, padding=1, padding_mode="circular")
    >>> ca.commuting_shifts([conv, ca.ReLU(), conv], (1, 12))
    ((0, 4, 8),)
    """
    sizes = _spatial(in_shape)[1:]
    found = []
    for axis, n in enumerate(sizes):
        steps = (tuple(k if a == axis else 0 for a in range(len(sizes))) for k in range(n))
        found.append(tuple(k for k, step in enumerate(steps) if equivariance(net, in_shape, step).holds))
    return tuple(found)


def tolerance(pool: Window, in_shape: Any, shift: Any = 1) -> Array:
    """For each output of a pool, the share of its window that it still reads when the input moves.

    The maximum stays what it was whenever it lies in that share: over (max, +) the rows of A and A S agree there.

    >>> import convalgebra as ca
    >>> ca.tolerance(ca.MaxPool(4), (1, 12))
    array([[Fraction(3, 4), Fraction(3, 4), Fraction(3, 4)]], dtype=object)
    """
    report = equivariance(pool, in_shape, shift)
    here = paths(pool, report.in_shape)
    moved = (here @ report.moves[0]).to_numpy() != 0
    read = here.to_numpy() != 0
    shares = map(Fraction, (read & moved).sum(axis=1).tolist(), read.sum(axis=1).tolist())
    return rings.tidy(rings.filled((len(read),), shares)).reshape(pool.output_shape(report.in_shape))


@dataclass(frozen=True, eq=False)
class _State:
    """A signal within the network: its shape, how it must move, where it does not, and which layers are to blame.

    A stride that does not divide the shift leaves it between two places, where no row is right, until layers that
    upsample make it whole again.
    """

    shape: Box
    move: Selection
    shift: tuple[Fraction, ...] | None
    wrong: Array
    causes: tuple[Cause, ...]


def _rolled(shape: Box, steps: Box) -> Selection:
    places = np.arange(prod(shape)).reshape(shape)
    index = np.roll(places, steps, tuple(range(len(shape) - len(steps), len(shape))))
    return Selection(index.reshape(-1), (shape, shape))


def _through(net: Layer, state: _State, place: str) -> _State:
    if isinstance(net, Sequential):
        for k, layer in enumerate(net.layers):
            with named("layer", k, layer):
                state = _through(layer, state, f"{place}{k}.")
        return state
    if isinstance(net, Parallel):
        return _joined(net, [_through(branch, state, f"{place}{k}.") for k, branch in enumerate(net.branches)], state)
    return _leaf(net, state, place.rstrip(".") or "0")


def _joined(net: Parallel, ends: list[_State], start: _State) -> _State:
    shape = net.output_shape(start.shape)
    if len({end.shift for end in ends}) > 1:
        msg = f"the branches must move alike, not by {', '.join(str(end.shift) for end in ends)}; they are misaligned"
        raise ShapeError(msg)
    wrongs = [end.wrong for end in ends]
    wrong = np.concatenate(wrongs) if net.join == "concat" else np.logical_or.reduce(wrongs)
    causes = tuple(dict.fromkeys(cause for end in ends for cause in end.causes))
    shift = ends[0].shift
    return _State(shape, _rolled(shape, _floored(shift or ())), shift, wrong, causes)


def _leaf(layer: Layer, state: _State, place: str) -> _State:
    shape = layer.output_shape(state.shape)
    reads = paths(layer, state.shape)
    move, shift = _moved(layer, state, shape)
    spread = np.asarray(reads @ state.wrong.astype(np.int64)) != 0
    own = np.full(prod(shape), _between(shift))
    if _between(state.shift):
        spread, own = np.ones_like(own), np.zeros_like(own)
    elif not _between(shift):
        own = _own(layer, reads, state, move)
    causes = state.causes
    if own.any():
        why = _why(layer, state, shift, shape)
        causes = (*causes, Cause(place, type(layer).__name__, why, int(own.sum())))
    return _State(shape, move, shift, spread | own, causes)


def _floored(shift: tuple[Fraction, ...]) -> Box:
    return tuple(int(k // 1) for k in shift)


def _between(shift: tuple[Fraction, ...] | None) -> bool:
    """Is a shift no whole number of places?"""
    return any(k.denominator > 1 for k in shift or ())


def _moved(layer: Layer, state: _State, shape: Box) -> tuple[Selection, tuple[Fraction, ...] | None]:
    """How the output must move."""
    if isinstance(layer, Flatten):
        return Selection(state.move.index, (shape, shape)), None
    if isinstance(layer, Linear | GlobalAvgPool | GlobalMaxPool) or len(shape) < 2:
        same = len(shape) < 2 and not isinstance(layer, Linear)
        return (Selection(state.move.index, (shape, shape)) if same else _rolled(shape, (0,))), None
    if state.shift is None:
        return _rolled(shape, (0,)), None
    jump = receptive_field(layer, state.shape).jump
    shift = tuple(k / j for k, j in zip(state.shift, jump, strict=True))
    return _rolled(shape, _floored(shift)), shift


def _own(layer: Layer, reads: Operator, state: _State, move: Operator) -> Array:
    """The rows on which the layer itself does not commute."""
    try:
        A, b = layer.affine(state.shape)
    except NotLinearError:
        A, b = reads, np.zeros(reads.shape[0], dtype=np.int64)
    own = np.zeros(reads.shape[0], dtype=bool)
    own[differing_rows(A, state.move, move)] = True
    own[_unequal(b, move @ b)] = True
    return own


def _unequal(left: Array, right: Array) -> Array:
    a, b = rings.addable((rings.entries(left), rings.entries(right)))
    return np.flatnonzero(rings.nonzero(rings.tidy(a - b)))


def _exact(A: Operator) -> bool:
    return A.ring not in {"RR", "CC"}


def _why(layer: Layer, state: _State, shift: tuple[Fraction, ...] | None, shape: Box) -> str:
    if isinstance(layer, Linear):
        return "a dense layer has a weight of its own for every place"
    if shift is None:
        return "what is left must not move, and does"
    field, places = receptive_field(layer, state.shape), list(zip(shape[1:], state.shape[1:], strict=True))
    jump = ", ".join(map(str, field.jump))
    if _between(shift):
        kind = "pooling" if isinstance(layer, Window) else "stride"
        return f"{kind} phase: the stride {jump} does not divide the shift {', '.join(map(str, state.shift or ()))}"
    if any(m * j != n for (m, n), j in zip(places, field.jump, strict=True)):
        return f"border: {shape[1:]} places at stride {jump} do not go round {state.shape[1:]}"
    ends = [2 * s + n - j for s, n, j in zip(field.start, field.size, field.jump, strict=True)]
    mode = getattr(layer, "padding_mode", "zeros")
    kind = "windows cut" if isinstance(layer, Window) else f"{'zero' if mode == 'zeros' else mode} padding"
    return f"border: {kind}, asymmetric" if any(ends) else f"border: {kind}"
