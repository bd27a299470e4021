"""Lipschitz bounds of networks: a certain factor for each layer, and how factors combine.

|f o g| <= |f| |g|,    |f + g| <= |f| + |g|,    |(f, g)|^2 <= |f|^2 + |g|^2
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import reduce
from math import hypot, inf, nextafter, prod
from typing import TYPE_CHECKING, Any

from convalgebra.analysis.compose import collapse
from convalgebra.analysis.endless import Interval, at_every_size
from convalgebra.analysis.factors import BORDER, Part
from convalgebra.analysis.receptive import receptive_field
from convalgebra.analysis.table import Table
from convalgebra.errors import ConvAlgebraError
from convalgebra.layers.affine import BatchNorm, Flatten, Identity
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential, named
from convalgebra.layers.resample import Fold, Unfold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

    from convalgebra.analysis.factors import Factor
    from convalgebra.layers.base import Layer

CHAIN = "|f(g)| <= |f| |g|, reached only if f stretches most what g puts out most"
SUM = "|f + g| <= |f| + |g|, reached only if the branches stretch one input most, the same way"
CONCAT = "|(f, g)|^2 <= |f|^2 + |g|^2, reached only if the branches stretch one input most"
MOST_ENTRIES = 2**18  # of the kernel of a stack, whose norm is the lower bound


class Bound(Interval):
    """An interval for a network; `reason` says why the norm may be below `upper`, `layers` lists the factors.

    >>> import convalgebra as ca
    >>> layer = ca.Conv([[[1, 2, 1]]], padding=1)
    >>> bound = ca.operator_norm(ca.Sequential(layer, ca.ReLU(), layer))
    >>> bound.upper < 16.0001
    True
    >>> print(bound.layers)
    layer   at most  because
    0 Conv  4        sup over all frequencies
    1 ReLU  1        |max(x, 0) - max(y, 0)| <= |x - y|
    2 Conv  4        sup over all frequencies
    """

    reason: str
    layers: Table

    def __new__(cls, interval: Interval, reason: str, layers: Table) -> Self:
        """The interval with its reason and its factors."""
        self = super().__new__(cls, *interval)
        self.reason, self.layers = reason, layers
        return self

    def __repr__(self) -> str:
        return f"Bound(lower={self.lower}, upper={self.upper}, reason={self.reason!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Bound, (Interval(*self), self.reason, self.layers)


def bound(net: Layer, in_shape: Any, factor: Callable[[Part], Factor]) -> Bound:
    """The bound of a network from the factors of its layers, at one size or at every size.

    >>> import convalgebra as ca
    >>> net = ca.Parallel(ca.Conv([[[3]]]), ca.Identity(), join="sum")
    >>> bound(net, None, lambda part: (Interval(3.0, 3.0), "told"))
    Bound(lower=0.0, upper=6.000000000000001, reason='|f + g| <= |f| + |g|, reached only if the branches stretch one input most, the same way')
    """  # noqa: E501  # the reason is one line
    found = _over(Part("", net, net.spatial, in_shape), factor)
    table = Table(("layer", "at most", "because"), found.rows)
    return Bound(found.interval, "; ".join(dict.fromkeys(found.reasons)), table)


@dataclass(frozen=True)
class _Found:
    """The interval of a network, the rows of its layers, and why it is a bound only."""

    interval: Interval
    rows: tuple[tuple[str, float, str], ...]
    reasons: tuple[str, ...]


def _over(part: Part, factor: Callable[[Part], Factor]) -> _Found:
    inner = _inner(part)
    if inner is None:
        with named("layer", part.where, part.layer) if part.where else nullcontext():
            interval, why = factor(part)
        name = f"{part.where} {type(part.layer).__name__}".strip()
        return _Found(interval, ((name, interval.upper, why),), (BORDER,) if BORDER in why else ())
    found = [_over(p, factor) for p in inner]
    interval, rule = _joined(part, [f.interval for f in found])
    return _Found(interval, tuple(r for f in found for r in f.rows), (*(r for f in found for r in f.reasons), *rule))


def _joined(part: Part, parts: Sequence[Interval]) -> tuple[Interval, tuple[str, ...]]:
    """The interval of a network from those of its parts, and the inequality that gives it."""
    net, uppers = part.layer, [p.upper for p in parts]
    if len(parts) == 1:
        return parts[0], ()
    if isinstance(net, Sequential):
        return Interval(stacked(net) if part.shape is None else 0.0, reduce(_times, uppers)), (CHAIN,)
    if getattr(net, "join", "") == "concat":
        return Interval(max(p.lower for p in parts), _length(uppers)), (CONCAT,)
    lower = max(0.0, *(_apart(parts, k) for k in range(len(parts))))
    return Interval(lower, reduce(_plus, uppers)), (SUM,)


def parts(net: Any, in_shape: Any) -> Iterator[Part]:
    """The layers of a network that are no networks, with their input shapes.

    >>> import convalgebra as ca
    >>> [(p.where, p.shape) for p in parts(ca.Sequential(ca.Conv([[[1, 1]]]), ca.ReLU()), (1, 4))]
    [('0', (1, 4)), ('1', (1, 3))]
    """
    yield from _flat(Part("", net, net.spatial, in_shape))


def _flat(part: Part) -> Iterator[Part]:
    inner = _inner(part)
    if inner is None:
        yield part
    else:
        for each in inner:
            yield from _flat(each)


def _inner(part: Part) -> Iterator[Part] | None:
    """The parts of a network; None for a layer."""
    if isinstance(part.layer, Sequential):
        return _steps(part)
    return _branches(part) if isinstance(part.layer, Parallel) else None


def _steps(part: Part) -> Iterator[Part]:
    net: Any = part.layer
    shapes = [None] * len(net.layers) if part.shape is None else net.shapes(part.shape)
    axes = part.axes
    for k, (layer, shape) in enumerate(zip(net.layers, shapes, strict=False)):
        axes = axes if layer.spatial is None else layer.spatial
        yield Part(_place(part, k), layer, axes, shape)
        axes = _axes_after(layer, axes)


def _axes_after(layer: Any, axes: int | None) -> int | None:
    """The number of axes behind a layer."""
    if isinstance(layer, Fold):
        return len(layer.output_size)
    return {Flatten: 0, Unfold: 1}.get(type(layer), axes)


def _branches(part: Part) -> Iterator[Part]:
    net: Any = part.layer
    for k, branch in enumerate(net.branches):
        yield Part(_place(part, k), branch, part.axes if branch.spatial is None else branch.spatial, part.shape)


def _place(part: Part, number: int) -> str:
    return f"{part.where}.{number}" if part.where else str(number)


def _times(a: float, b: float) -> float:
    """At least a b; nothing is lost where one of them is 0 or 1."""
    if 0 in (a, b):
        return 0.0
    return a * b if 1 in (a, b) else nextafter(a * b, inf)


def _plus(a: float, b: float) -> float:
    """At least a + b."""
    return nextafter(a + b, inf) if a and b else a + b


def _length(values: Sequence[float]) -> float:
    """At least the root of the sum of the squares: `hypot` is within one place of it."""
    length = hypot(*values)
    return length if values.count(0.0) >= len(values) - 1 else nextafter(length, inf)


def _apart(parts: Sequence[Interval], k: int) -> float:
    """`|f| - |g| <= |f + g|`."""
    others = reduce(_plus, (p.upper for j, p in enumerate(parts) if j != k))
    return nextafter(parts[k].lower - others, -inf)


def stacked(net: Sequential) -> float:
    """The norm of the linear layers as one, on signals without end, which large sizes come close to; 0 where unknown.

    >>> import convalgebra as ca
    >>> round(stacked(ca.Sequential(ca.Conv([[[1, 1]]], padding=1), ca.Conv([[[1, -1]]]))), 6)  # (1, 0, -1)
    2.0
    """
    layers = [f for f in net.layers if not isinstance(f, Identity)]
    try:
        if not all(isinstance(f, Conv | BatchNorm) for f in layers) or _entries(layers) > MOST_ENTRIES:
            return 0.0
        one = collapse([replace(f, padding=0, padding_mode="zeros") if isinstance(f, Conv) else f for f in layers])
        return at_every_size(one, 1e-6).lower
    except ConvAlgebraError:
        return 0.0


def _entries(layers: Sequence[Any]) -> int:
    """How many entries the kernel of a stack has."""
    channels = [f.channels for f in layers if isinstance(f, Conv)]
    return prod(receptive_field(layers).size) * channels[0][1] * channels[-1][0] if channels else 0
