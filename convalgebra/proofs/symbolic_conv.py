"""Convolution layers for all sizes: symbolic strides, dilations, paddings, kernel sizes, channels and groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import kernel as kernels
from convalgebra.algebra import rings
from convalgebra.algebra.indexing import per_axis
from convalgebra.algebra.protocol import symbols_in
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.conv import Conv
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.proofs.arguments import box_of, each, integral, public, vector_of
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size
from convalgebra.proofs.calculus.terms import expression, indices, times
from convalgebra.proofs.constructors import MATRICES, downsample, kept, kron, ones, pad
from convalgebra.proofs.lifting import lifted
from convalgebra.proofs.symbolic import Symbolic, traced
from convalgebra.proofs.toeplitz import BANDS

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.arguments import Sizes
    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Atom, Expression, Fresh
    from convalgebra.proofs.symbolic import Lengths


@dataclass(frozen=True, eq=False)
class SymbolicConv:
    """`y[o, i] = b[o] + sum over c, t of w[o, c, t] x[c, s*i + d*t - p]`, zero or periodic outside."""

    weight: Symbolic
    bias: Symbolic | None
    stride: Sizes
    padding: tuple[Sizes, Sizes]
    dilation: Sizes
    groups: Size
    mode: str

    @property
    def taps(self) -> Sizes:
        """The kernel's size on each axis."""
        return self.weight.rows[2:]

    @property
    def channels(self) -> tuple[Size, Size]:
        """(out_channels, in_channels)."""
        return self.weight.rows[0], self.weight.rows[1] * self.groups

    def output_shape(self, in_shape: Any) -> tuple[Size | int, ...]:
        """The box of the output: (channels, *sizes), each (n + lo + hi - d(k - 1) - 1)/s + 1."""
        return tuple(map(public, self._output(box_of(in_shape))))

    def _output(self, box: Sizes) -> Sizes:
        return self.channels[0], *map(self._out, box[1:], range(len(self.taps)))

    def _out(self, n: Size, q: int) -> Size:
        low, high = self.padding
        return kept(n + low[q] + high[q] - self.dilation[q] * (self.taps[q] - 1), self.stride[q])

    def matrix(self, in_shape: Any) -> Symbolic:
        """The matrix of the linear part on inputs of shape (channels, *sizes)."""
        box = self._checked(in_shape)
        made = self._between(box, self._output(box), self._at(box), ("layer", self, box))
        return replace(made, recipe=(type(self).matrix, (self, box), {}))

    def _checked(self, in_shape: Any) -> Sizes:
        return _fitting(in_shape, self.channels[1], len(self.taps))

    def _between(self, box: Sizes, out: Sizes, at: Any, made: Any) -> Symbolic:
        """The matrix from one box to another."""

        def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
            bound, t = indices(fresh, self.taps)
            brackets = tuple(self._bracket(q, box[q + 1], (i[q + 1], j[q + 1], t[q])) for q in range(len(t)))
            return times(expression(*brackets, bound=bound), self._mixed(i[0], j[0], t, fresh))

        return Symbolic(out, box, entry, at, f"A_{{{self.weight.latex}}}", made)

    def _mixed(self, o: Size, c: Size, t: Sizes, fresh: Fresh) -> Expression:
        """The weight between two channels: within one group, o = O/g h + a and c = C/g h + b."""
        if self.groups == ONE:
            return self.weight.entry((o, c, *t), (), fresh)
        high, wide = self._group()
        bound, (h, a, b) = indices(fresh, (self.groups, high, wide))
        same = terms.delta(ZERO, o - high * h - a), terms.delta(ZERO, c - wide * h - b)
        return times(expression(*same, bound=bound), self.weight.entry((high * h + a, b, *t), (), fresh))

    def _group(self) -> Sizes:
        """The output and input channels of a group."""
        high = self.weight.rows[0].over(self.groups)
        if high is None:
            msg = f"groups must divide the {self.weight.rows[0]} output channels, not be {self.groups}"
            raise ArgumentError(msg)
        return high, self.weight.rows[1]

    def _bracket(self, q: int, n: Size, places: tuple[Size, Size, Size]) -> Atom:
        i, j, t = places
        modulus = n if self.mode == "circular" else ZERO
        return terms.delta(modulus, j - self.stride[q] * i - self.dilation[q] * t + self.padding[0][q])

    def _at(self, box: Sizes) -> Any:
        def at(p: Point) -> Operator:
            return Conv(self.weight.at(p), padding_mode=self.mode, **self._settings(p)).matrix(p.box(box))

        return at

    def _settings(self, p: Point) -> dict[str, Any]:
        """Those that both layers of this kernel have, at numbers."""
        steps = {"stride": p.box(self.stride), "dilation": p.box(self.dilation), "groups": p.size(self.groups)}
        return {"padding": tuple(zip(*map(p.box, self.padding), strict=True)), **steps}

    def affine(self, in_shape: Any) -> tuple[Symbolic, Symbolic | None]:
        """(A, b) with y = A x + b; b None for a layer without bias."""
        made = self.matrix(in_shape)
        return made, None if self.bias is None else kron(self.bias, ones(made.rows[1:]))

    def __call__(self, x: Symbolic) -> Symbolic:
        """The output on a signal of shape (channels, *sizes)."""
        A, b = self.affine(x.rows)
        return A @ x if b is None else A @ x + b  # type: ignore[no-any-return]

    def factors(self, in_shape: Any) -> tuple[Symbolic, Symbolic, Symbolic]:
        """(D, T, P) with D T P the matrix: extend the signal, slide the kernel everywhere, keep every s-th place."""
        box, count = self._checked(in_shape), len(self.taps)
        none = (ZERO,) * count
        P = pad(box, ((0, 0), *zip(*self.padding, strict=True)), self.mode)
        valid = SymbolicConv(self.weight, None, (ONE,) * count, (none, none), self.dilation, self.groups, "zeros")
        T = valid.matrix(P.rows)
        return downsample(T.rows, (1, *self.stride)), T, P

    @property
    def T(self) -> SymbolicConvTranspose:
        """The transposed layer, without the bias."""
        return SymbolicConvTranspose(self, None, (ZERO,) * len(self.taps))


@dataclass(frozen=True, eq=False)
class SymbolicConvTranspose:
    """`y[o, s*i + d*t - p] += w[c, o, t] x[c, i]`, plus b[o]: the transpose of the direct layer's matrix."""

    direct: SymbolicConv
    bias: Symbolic | None
    extra: Sizes

    @property
    def T(self) -> SymbolicConv:
        """The direct layer."""
        return self.direct

    def output_shape(self, in_shape: Any) -> tuple[Size | int, ...]:
        """(out_channels, *s*(n - 1) - lo - hi + d*(k - 1) + output_padding + 1)."""
        return tuple(map(public, self._output(box_of(in_shape))))

    def _output(self, box: Sizes) -> Sizes:
        d = self.direct
        sides = zip(box[1:], d.stride, d.dilation, d.taps, *d.padding, self.extra, strict=True)
        return box_of(
            (d.channels[1], *(s * (n - 1) + e * (k - 1) + 1 - lo - hi + x for n, s, e, k, lo, hi, x in sides))
        )

    def matrix(self, in_shape: Any) -> Symbolic:
        """The matrix of the linear part on inputs of shape (channels, *sizes)."""
        d = self.direct
        box = _fitting(in_shape, d.channels[0], len(d.taps))

        def at(p: Point) -> Operator:
            layer = ConvTranspose(d.weight.at(p), output_padding=p.box(self.extra), **d._settings(p))
            return layer.matrix(p.box(box)).T

        return d._between(self._output(box), box, at, ("layer", d, self._output(box))).T  # type: ignore[return-value]

    affine = SymbolicConv.affine
    __call__ = SymbolicConv.__call__


def _fitting(in_shape: Any, channels: Size, axes: int) -> Sizes:
    """The box of the input, checked."""
    box = box_of(in_shape)
    if len(box) != axes + 1 or box[0] != channels:
        msg = f"the input must have {channels} channels and {axes} spatial axes, not shape {box}"
        raise ShapeError(msg)
    return box


def conv(
    weight: Any,
    bias: Any = None,
    *,
    stride: Lengths = 1,
    padding: Any = 0,
    dilation: Lengths = 1,
    groups: Any = 1,
    padding_mode: str = "zeros",
    op: str = "correlation",
) -> SymbolicConv:
    """The layer of a kernel `ca.kernel(name, (out_channels, in_channels / groups, *size))`."""
    if padding_mode not in {"zeros", "circular"}:
        msg = f"for all sizes padding_mode must be 'zeros' or 'circular', not {padding_mode!r}; prove it at one size"
        raise ArgumentError(msg)
    weight = vector_of(lifted(weight), "the weight", -3)
    bias = None if bias is None else vector_of(lifted(bias), "the bias", 1)
    taps = weight.rows[2:]
    if bias is not None and bias.rows != weight.rows[:1]:
        msg = f"the bias must have one value for each of the {weight.rows[0]} output channels, not shape {bias.rows}"
        raise ShapeError(msg)
    stride, dilation = (each(_repeated(v, len(taps)), taps, "stride", least=1) for v in (stride, dilation))
    made = weight if op == "correlation" else _turned(weight)
    layer = SymbolicConv(
        made, bias, stride, _sides(padding, taps, stride, dilation), dilation, integral(groups), padding_mode
    )
    layer._group()
    return layer


def conv_transpose(
    weight: Any,
    bias: Any = None,
    *,
    stride: Lengths = 1,
    padding: Any = 0,
    output_padding: Lengths = 0,
    dilation: Lengths = 1,
    groups: Any = 1,
) -> SymbolicConvTranspose:
    """The transposed layer of a kernel `ca.kernel(name, (in_channels, out_channels / groups, *size))`."""
    direct = conv(weight, stride=stride, padding=padding, dilation=dilation, groups=groups)
    extra = each(_repeated(output_padding, len(direct.taps)), direct.taps, "output_padding", least=0)
    return SymbolicConvTranspose(direct, bias, extra)


def _sides(padding: Any, taps: Sizes, stride: Sizes, dilation: Sizes) -> tuple[Sizes, Sizes]:
    """(lo, hi) on each axis."""
    if isinstance(padding, str):
        pairs = tuple(_named(padding, d * (k - 1), s) for k, s, d in zip(taps, stride, dilation, strict=True))
    else:
        pairs = tuple(p if isinstance(p, tuple) else (p, p) for p in _repeated(padding, len(taps)))
    low, high = (each(side, taps, "padding") for side in zip(*pairs, strict=True))
    return low, high


def _named(padding: str, reach: Size, stride: Size) -> tuple[Size, Size]:
    """What "valid", "full" and "same" mean for a kernel that reaches so far beyond its first tap."""
    half = reach.over(Size.of(2)) or (reach - 1).over(Size.of(2))
    if padding == "same" and stride == ONE and (half is not None or not reach):
        return half or ZERO, reach - (half or ZERO)
    if padding in {"valid", "full"}:
        return (ZERO, ZERO) if padding == "valid" else (reach, reach)
    msg = (
        f"for all sizes padding must be a number, a pair, 'valid', 'full', or 'same' with stride 1 and a kernel size "
        f"such as 2*p + 1, not {padding!r}"
    )
    raise ArgumentError(msg)


def _repeated(value: Any, axes: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


@traced
def _turned(weight: Symbolic) -> Symbolic:
    """The kernel flipped on its spatial axes."""
    axes = tuple(range(2, len(weight.rows)))

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        turned = (n - 1 - t for n, t in zip(weight.rows[2:], i[2:], strict=True))
        return weight.entry((*i[:2], *turned), j, fresh)

    return Symbolic(weight.rows, (), entry, lambda p: np.flip(weight.at(p), axes), rf"J {weight.latex}")


def dilated(weight: Any, steps: Lengths) -> Any:
    """`(w up d)[o, c, d*t] = w[o, c, t]`, zeros between, of length d*(k - 1) + 1.

    >>> import convalgebra as ca, numpy as np
    >>> ca.dilated(np.array([[[1, 2, 3]]]), 2)
    array([[[1, 0, 2, 0, 3]]])
    """
    if not isinstance(weight, Symbolic):
        weight = _weight(weight)
        return kernels.dilated(weight, per_axis(steps, weight.ndim - 2, "steps", 1))
    vector_of(weight, "the weight", -3)
    return _dilated(weight, each(_repeated(steps, len(weight.rows) - 2), weight.rows[2:], "steps", least=1))


def _weight(values: Any) -> Array:
    """An array with two axes for channels and at least one more."""
    array = rings.entries(values, "a kernel")
    if array.ndim < 3:
        msg = f"a kernel must be (out_channels, in_channels, *taps), not of shape {array.shape}; write w[None, None]"
        raise ShapeError(msg)
    return array


@traced
def _dilated(weight: Symbolic, steps: Sizes) -> Symbolic:
    taps = weight.rows[2:]
    box = (*weight.rows[:2], *(d * (k - 1) + 1 for d, k in zip(steps, taps, strict=True)))

    def entry(i: Sizes, _: Sizes, fresh: Fresh) -> Expression:
        bound, t = indices(fresh, taps)
        brackets = (terms.delta(ZERO, x - d * y) for x, d, y in zip(i[2:], steps, t, strict=True))
        return times(expression(*brackets, bound=bound), weight.entry((*i[:2], *t), (), fresh))

    def at(p: Point) -> Any:
        return kernels.dilated(weight.at(p), p.box(steps))

    return Symbolic(box, (), entry, at, rf"({weight.latex} \uparrow {', '.join(d.latex for d in steps)})")


def convolve(u: Any, v: Any) -> Any:
    """`(u * v)[o, c, t] = sum over m and a + b = t of u[o, m, a] v[m, c, b]`: full size, channels multiplied.

    >>> import convalgebra as ca, numpy as np
    >>> ca.convolve(np.array([[[1, 2]]]), np.array([[[1, 10]]]))
    array([[[ 1, 12, 20]]])
    """
    if next(symbols_in((u, v)), None) is None:
        u, v = _weight(u), _weight(v)
        _fit(u.shape, v.shape)
        return kernels.convolve(u, v)
    u, v = (vector_of(lifted(side), "a kernel", -3) for side in (u, v))
    _fit(u.rows, v.rows)
    return _convolve(u, v)


def _fit(left: tuple[Any, ...], right: tuple[Any, ...]) -> None:
    if left[1] != right[0] or len(left) != len(right):
        msg = f"the channels and axes of two kernels must fit to multiply, not shapes {left} and {right}"
        raise ShapeError(msg)


@traced
def _convolve(u: Symbolic, v: Symbolic) -> Symbolic:
    box = (u.rows[0], v.rows[1], *(a + b - ONE for a, b in zip(u.rows[2:], v.rows[2:], strict=True)))

    def entry(i: Sizes, _: Sizes, fresh: Fresh) -> Expression:
        bound, (m, *places) = indices(fresh, (*u.rows[1:], *v.rows[2:]))
        a, b = places[: len(box) - 2], places[len(box) - 2 :]
        brackets = (terms.delta(ZERO, t - x - y) for t, x, y in zip(i[2:], a, b, strict=True))
        factors = u.entry((i[0], m, *a), (), fresh), v.entry((m, i[1], *b), (), fresh)
        return times(expression(*brackets, bound=bound), *factors)

    def at(p: Point) -> Any:
        product = kernels.convolve(u.at(p), v.at(p))
        return product % p.finite.p if p.finite else product

    return Symbolic(box, (), entry, at, f"({u.latex} * {v.latex})")


CONSTRUCTORS = {**MATRICES, **BANDS, "Conv": conv, "ConvTranspose": conv_transpose}
