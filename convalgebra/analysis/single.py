"""One candidate for a network of affine layers: a kernel, a bias, and a pace for each axis.

    y[o, i] = b[o] + sum over c, t of w[o, c, t] x_r[c, s*i + d*t - lo]

x_r is the input with r - 1 zeros after every place: r = 1 is a convolution, s = 1 a transposed one.  Candidates follow
one another by the noble identities and stand side by side where their paces agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from math import gcd, prod
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.kernel import chained, ungrouped
from convalgebra.algebra.kernel_groups import divided, exchanged
from convalgebra.errors import NotAConvolutionError, ShapeError
from convalgebra.layers.conv import Conv
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array


@dataclass(frozen=True)
class Pace:
    """How one axis moves: place i reads `stride*i + dilation*t - lo` of the signal, rate - 1 zeros after every place.

    Of n places `floor((rate*n + end) / stride) + 1` remain.

    >>> Pace(stride=2, lo=1, end=-2).out(5), Pace(stride=2, lo=1, end=-2).hi(3)
    (2, 0)
    """

    stride: int = 1
    dilation: int = 1
    lo: int = 0
    end: int = -1
    rate: int = 1

    def out(self, n: int) -> int:
        """The number of places."""
        return (self.rate * n + self.end) // self.stride + 1

    def hi(self, taps: int) -> int:
        """The padding after the signal."""
        return self.end + self.dilation * (taps - 1) + 1 - self.lo

    def sized(self, n: int, out: int) -> Pace:
        """The pace that makes `out` places from n, and reads no further."""
        return replace(self, end=self.stride * (out - 1) - self.rate * n)


@dataclass(frozen=True, eq=False)
class Single:
    """A candidate: `weight` is (out, in/groups, *taps), one pace an axis; `mode` extends the signal."""

    weight: Array
    bias: Array | None
    paces: tuple[Pace, ...]
    mode: str = "zeros"
    groups: int = 1

    @property
    def channels(self) -> tuple[int, int]:
        """(out_channels, in_channels)."""
        return int(self.weight.shape[0]), int(self.weight.shape[1]) * self.groups

    @property
    def taps(self) -> Box:
        """The number of taps on each axis."""
        return tuple(self.weight.shape[2:])

    @property
    def pads(self) -> bool:
        """Does it read beyond the signal on some axis?"""
        return any(p.lo > 0 or p.hi(k) > 0 for p, k in zip(self.paces, self.taps, strict=True))

    @property
    def biased(self) -> bool:
        """Is the bias anything but zero?"""
        return self.bias is not None and bool(rings.nonzero(rings.entries(self.bias)).any())

    def within(self, groups: int) -> Single:
        """The same in fewer groups, which must divide those it has."""
        if groups == self.groups:
            return self
        return replace(self, weight=ungrouped(self.weight, self.groups, groups), groups=groups)

    def layer(self) -> Conv | ConvTranspose:
        """The layer, in as many groups as it allows; a rate and a stride that share no factor make none."""
        weight, groups = divided(self.weight, self.groups)
        steps = [(p.stride, p.rate) for p in self.paces]
        if all(rate == 1 for _, rate in steps):
            return Conv(
                weight, self.bias, stride=tuple(p.stride for p in self.paces),
                padding=tuple((p.lo, p.hi(k)) for p, k in zip(self.paces, self.taps, strict=True)),
                dilation=tuple(p.dilation for p in self.paces), groups=groups, padding_mode=self.mode,
            )  # fmt: skip
        if any(stride > 1 for stride, _ in steps):
            rates = ", ".join(f"{rate}/{stride}" for stride, rate in steps)
            reason = f"a stack that makes {rates} places from one: upsampling and a stride that leave no single layer"
            raise NotAConvolutionError(reason)
        return self._transposed(weight, groups)

    def _transposed(self, weight: Array, groups: int) -> ConvTranspose:
        """`x_r[i + d*t - lo]` gathers what `y[r*j + d*t' - p] +=` scatters: taps turned, p = d*(k - 1) - lo."""
        first = [p.dilation * (k - 1) - p.lo for p, k in zip(self.paces, self.taps, strict=True)]
        last = [
            p.dilation * (k - 1) - p.rate - lo - p.end for p, k, lo in zip(self.paces, self.taps, first, strict=True)
        ]
        return ConvTranspose(
            np.flip(exchanged(weight, groups), tuple(range(2, weight.ndim))), self.bias,
            stride=tuple(p.rate for p in self.paces), padding=tuple(zip(first, last, strict=True)),
            dilation=tuple(p.dilation for p in self.paces), groups=groups,
        )  # fmt: skip


def follow(first: Single, second: Single, where: str = "the second layer") -> Single:
    """`T(v) D_s T(u) = D_s T(v up s * u)`: the candidate for `second` after `first`."""
    if first.channels[0] != second.channels[1] or len(first.paces) != len(second.paces):
        msg = (
            f"the layers of a stack must chain, not {first.channels[0]} channels on {len(first.paces)} axes into "
            f"{where} for {second.channels[1]} channels on {len(second.paces)}"
        )
        raise ShapeError(msg)
    pairs = list(zip(first.paces, second.paces, strict=True))
    if any(gcd(a.stride, b.rate) > 1 for a, b in pairs):
        reason = f"a stride that is not followed through: {where} fills its gaps again, so that places are lost"
        raise NotAConvolutionError(reason)
    groups = gcd(first.groups, second.groups)
    left, right = second.within(groups).weight, first.within(groups).weight
    steps = [(a.stride * b.dilation, b.rate * a.dilation) for a, b in pairs]
    weight, dilation = chained(left, right, steps, groups)
    paces = tuple(
        Pace(a.stride * b.stride, d, a.stride * b.lo + b.rate * a.lo, b.rate * a.end + a.stride * (b.rate + b.end),
             a.rate * b.rate)
        for (a, b), d in zip(pairs, dilation, strict=True)
    )  # fmt: skip
    mode = first.mode if first.pads or not second.pads else second.mode
    return _thinned(Single(rings.owned(weight, "the weight"), _carried(first, second), paces, mode, groups))


def _carried(first: Single, second: Single) -> Array | None:
    """`b2 + sum over taps of w2 b1`: the second layer's answer to a constant, at place 0 where it upsamples."""
    if first.bias is None:
        return second.bias
    total = second.weight
    for axis, (p, k) in enumerate(zip(second.paces, second.taps, strict=True), start=2):
        total = total.take(np.flatnonzero((p.dilation * np.arange(k) - p.lo) % p.rate == 0), axis)
    matrix = Conv(summed(total)[..., None], second.bias, groups=second.groups)
    constant: Array = matrix(first.bias[:, None])[:, 0]
    return constant


def summed(weight: Array) -> Array:
    """The sum over the taps, exact."""
    safe, _ = rings.multipliable(weight, np.ones(1, dtype=np.int64), prod(weight.shape[2:]))
    return rings.tidy(safe.sum(axis=tuple(range(2, weight.ndim))))


def _thinned(single: Single) -> Single:
    """`D_g T(w) U_g = T(every g-th tap)`: common factors of rates and strides leave only the taps that meet a place."""
    if all(p.rate == 1 for p in single.paces):
        return single
    weight, paces = single.weight, list(single.paces)
    for axis, p in enumerate(paces):
        g = gcd(p.rate, p.stride)
        if g == 1:
            continue
        kept = np.flatnonzero((p.dilation * np.arange(weight.shape[2 + axis]) - p.lo) % g == 0)
        lo = (p.lo - p.dilation * int(kept[0])) // g if len(kept) else 0
        weight = weight.take(kept, 2 + axis) if len(kept) else np.zeros_like(weight.take([0], 2 + axis))
        paces[axis] = Pace(p.stride // g, p.dilation // gcd(p.dilation, g), lo, p.end // g, p.rate // g)
    mode = single.mode if all(p.rate == 1 for p in paces) else "zeros"  # as transposed layers have it
    return replace(single, weight=weight, paces=tuple(paces), mode=mode)


def beside(parts: Sequence[Single], join: str, sizes: Sequence[int] | None = None) -> Single:
    """The branches as one: kernels placed over a common window, then stacked ("concat") or added ("sum")."""
    ends = [[a.end for a in p.paces] for p in parts]
    if sizes is not None and any(end != ends[0] for end in ends):
        parts = [
            replace(p, paces=tuple(a.sized(n, a.out(n)) for a, n in zip(p.paces, sizes, strict=True))) for p in parts
        ]
    told = [f"{p.channels[1]} to {p.channels[0]} channels on {len(p.paces)} axes" for p in parts]
    kinds = {(p.channels[1], len(p.paces), p.channels[0] if join == "sum" else 0) for p in parts}
    if len(kinds) > 1:
        msg = f"the branches must fit to join by {join!r}, not {', '.join(told)}"
        raise ShapeError(msg)
    _agree([p.paces for p in parts])
    groups = gcd(*(p.groups for p in parts)) if join == "sum" else 1
    parts = [p.within(groups) for p in parts]
    frames = [_frame([p.paces[a] for p in parts], [p.taps[a] for p in parts]) for a in range(len(parts[0].paces))]
    paces = tuple(Pace(p.stride, d, lo, p.end, p.rate) for p, (lo, _, d) in zip(parts[0].paces, frames, strict=True))
    mode = next((p.mode for p in parts if p.pads), parts[0].mode)
    bias = None
    if any(p.bias is not None for p in parts):
        zeros = (np.zeros(p.channels[0], dtype=np.int64) for p in parts)
        bias = _joined(
            [z if p.bias is None else rings.entries(p.bias) for z, p in zip(zeros, parts, strict=True)], join
        )
    return Single(_joined([_placed(part, frames) for part in parts], join), bias, paces, mode, groups)


def _joined(values: Sequence[Array], join: str) -> Array:
    same = rings.addable(values)
    return rings.tidy(np.concatenate(same) if join == "concat" else reduce(np.add, same))


def _agree(branches: Sequence[tuple[Pace, ...]]) -> None:
    """Refuse branches whose places do not correspond."""
    told = [[(a.stride, a.rate, a.end) for a in paces] for paces in branches]
    for k, steps in enumerate(told):
        if len(steps) == len(told[0]) and [s[:2] for s in steps] != [s[:2] for s in told[0]]:
            reason = f"branches with different strides: {_shown(told[0])} in branch 0, {_shown(steps)} in branch {k}"
            raise NotAConvolutionError(reason)
        if steps != told[0]:
            msg = (
                f"the branches must be aligned, not branch 0 of {_sizes(branches[0])} and branch {k} of "
                f"{_sizes(branches[k])} places from n; pad them alike"
            )
            raise ShapeError(msg)


def _shown(steps: Sequence[tuple[int, int, int]]) -> str:
    return ", ".join(str(s) if rate == 1 else f"{s}/{rate}" for s, rate, _ in steps)


def _sizes(paces: Sequence[Pace]) -> str:
    told = [f"{'' if p.rate == 1 else p.rate}n{p.end + p.stride:+d}" for p in paces]
    return " x ".join(
        t.removesuffix("+0") if p.stride == 1 else f"floor(({t})/{p.stride})" for t, p in zip(told, paces, strict=True)
    )


def _frame(paces: Sequence[Pace], taps: Sequence[int]) -> tuple[int, int, int]:
    """(lo, taps, dilation) of the window that holds every branch's window on one axis."""
    lo = max(p.lo for p in paces)
    steps = [p.dilation for p, k in zip(paces, taps, strict=True) if k > 1] + [lo - p.lo for p in paces]
    dilation = gcd(*steps) or 1
    last = max(p.dilation * (k - 1) - p.lo for p, k in zip(paces, taps, strict=True))
    return lo, (last + lo) // dilation + 1, dilation


def _placed(part: Single, frames: Sequence[tuple[int, int, int]]) -> Array:
    """The weight of a branch within the common window."""
    size = tuple(k for _, k, _ in frames)
    shape = (*part.weight.shape[:2], *size)
    rings.check_memory(prod(shape), 8, "the kernel of the branches")
    full = np.zeros(shape, dtype=part.weight.dtype)
    places = tuple(
        slice((lo - p.lo) // d, (lo - p.lo) // d + (k - 1) * (p.dilation // d) + 1, max(p.dilation // d, 1))
        for p, k, (lo, _, d) in zip(part.paces, part.taps, frames, strict=True)
    )
    full[:, :, *places] = part.weight
    return full
