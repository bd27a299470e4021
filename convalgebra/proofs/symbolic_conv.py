"""Convolution layers for all sizes: symbolic strides, dilations, paddings, kernel sizes and channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convalgebra.algebra import kernel as kernels
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.conv import Conv
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size
from convalgebra.proofs.calculus.terms import expression, times
from convalgebra.proofs.constructors import MATRICES, kept
from convalgebra.proofs.symbolic import Symbolic, box_of, each, public

if TYPE_CHECKING:
    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Atom, Expression, Fresh
    from convalgebra.proofs.symbolic import Lengths, Sizes


@dataclass(frozen=True, eq=False)
class SymbolicConv:
    """`y[o, i] = sum over c, t of w[o, c, t] x[c, s*i + d*t - p]`, zero or periodic outside."""

    weight: Symbolic
    stride: Sizes
    padding: tuple[Sizes, Sizes]
    dilation: Sizes
    mode: str

    @property
    def taps(self) -> Sizes:
        """The kernel's size on each axis."""
        return self.weight.rows[2:]

    def output_shape(self, in_shape: Any) -> tuple[Size | int, ...]:
        """The box of the output: (channels, *sizes), each (n + lo + hi - d(k - 1) - 1)/s + 1."""
        return tuple(map(public, self._output(box_of(in_shape))))

    def _output(self, box: Sizes) -> Sizes:
        return self.weight.rows[0], *map(self._out, box[1:], range(len(self.taps)))

    def _out(self, n: Size, q: int) -> Size:
        low, high = self.padding
        return kept(n + low[q] + high[q] - self.dilation[q] * (self.taps[q] - 1), self.stride[q])

    def matrix(self, in_shape: Any) -> Symbolic:
        """The matrix on inputs of shape (channels, *sizes)."""
        box = box_of(in_shape)
        if len(box) != len(self.taps) + 1 or box[0] != self.weight.rows[1]:
            msg = (
                f"the input must have {self.weight.rows[1]} channels and {len(self.taps)} spatial axes, not shape {box}"
            )
            raise ShapeError(msg)

        def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
            bound = tuple(zip(fresh, self.taps, strict=False))
            t = tuple(Size.named(x) for x, _ in bound)
            brackets = tuple(self._bracket(q, box[q + 1], (i[q + 1], j[q + 1], t[q])) for q in range(len(t)))
            return times(expression(*brackets, bound=bound), self.weight.entry((i[0], j[0], *t), (), fresh))

        at = self._at(box)
        return Symbolic(self._output(box), box, entry, at, f"A_{{{self.weight.latex}}}")

    def _bracket(self, q: int, n: Size, places: tuple[Size, Size, Size]) -> Atom:
        i, j, t = places
        modulus = n if self.mode == "circular" else ZERO
        return terms.delta(modulus, j - self.stride[q] * i - self.dilation[q] * t + self.padding[0][q])

    def _at(self, box: Sizes) -> Any:
        def at(p: Point) -> Any:
            padding = tuple(zip(*map(p.box, self.padding), strict=True))
            layer = Conv(
                self.weight.at(p), stride=p.box(self.stride), padding=padding,
                dilation=p.box(self.dilation), padding_mode=self.mode,
            )  # fmt: skip
            return layer.matrix(p.box(box))

        return at


def conv(
    weight: Any,
    bias: Any = None,
    *,
    stride: Lengths = 1,
    padding: Any = 0,
    dilation: Lengths = 1,
    padding_mode: str = "zeros",
) -> SymbolicConv:
    """The layer of a kernel `ca.kernel(name, (out_channels, in_channels, *size))`."""
    if padding_mode not in {"zeros", "circular"}:
        msg = f"for all sizes padding_mode must be 'zeros' or 'circular', not {padding_mode!r}; prove it at one size"
        raise ArgumentError(msg)
    if bias is not None or not isinstance(weight, Symbolic):
        msg = "a layer for all sizes must have a kernel ca.kernel(name, (out, in, size)) and no bias"
        raise ArgumentError(msg)
    axes = len(weight.rows) - 2
    if axes < 1:
        msg = f"the kernel must have shape (out_channels, in_channels, *size), not {weight.rows}"
        raise ShapeError(msg)
    pairs = tuple(p if isinstance(p, tuple) else (p, p) for p in _repeated(padding, axes))
    low, high = (each(side, weight.rows[2:], "padding") for side in zip(*pairs, strict=True))
    stride, dilation = (each(_repeated(v, axes), weight.rows[2:], "stride", least=1) for v in (stride, dilation))
    return SymbolicConv(weight, stride, (low, high), dilation, padding_mode)


def _repeated(value: Any, axes: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


def dilated(weight: Symbolic, steps: Lengths) -> Symbolic:
    """`(w up d)[o, c, d*t] = w[o, c, t]`, zeros between."""
    taps = weight.rows[2:]
    each_step = each(_repeated(steps, len(taps)), taps, "steps", least=1)
    box = (*weight.rows[:2], *(d * (k - 1) + 1 for d, k in zip(each_step, taps, strict=True)))

    def entry(i: Sizes, _: Sizes, fresh: Fresh) -> Expression:
        bound = tuple(zip(fresh, taps, strict=False))
        t = tuple(Size.named(x) for x, _ in bound)
        brackets = (terms.delta(ZERO, x - d * y) for x, d, y in zip(i[2:], each_step, t, strict=True))
        return times(expression(*brackets, bound=bound), weight.entry((*i[:2], *t), (), fresh))

    def at(p: Point) -> Any:
        return kernels.dilated(weight.at(p), p.box(each_step))

    return Symbolic(box, (), entry, at, rf"({weight.latex} \uparrow {', '.join(map(str, each_step))})")


def convolve(u: Symbolic, v: Symbolic) -> Symbolic:
    """`(u * v)[o, c, t] = sum over m and a + b = t of u[o, m, a] v[m, c, b]`: full size, channels multiplied."""
    if u.rows[1] != v.rows[0] or len(u.rows) != len(v.rows):
        msg = f"the channels and axes of two kernels must fit to multiply, not shapes {u.rows} and {v.rows}"
        raise ShapeError(msg)
    box = (u.rows[0], v.rows[1], *(a + b - ONE for a, b in zip(u.rows[2:], v.rows[2:], strict=True)))

    def entry(i: Sizes, _: Sizes, fresh: Fresh) -> Expression:
        bound = tuple(zip(fresh, (*u.rows[1:], *v.rows[2:]), strict=False))
        m, *places = (Size.named(x) for x, _ in bound)
        a, b = places[: len(box) - 2], places[len(box) - 2 :]
        brackets = (terms.delta(ZERO, t - x - y) for t, x, y in zip(i[2:], a, b, strict=True))
        factors = u.entry((i[0], m, *a), (), fresh), v.entry((m, i[1], *b), (), fresh)
        return times(expression(*brackets, bound=bound), *factors)

    def at(p: Point) -> Any:
        product = kernels.convolve(u.at(p), v.at(p))
        return product % p.finite.p if p.finite else product

    return Symbolic(box, (), entry, at, f"({u.latex} * {v.latex})")


CONSTRUCTORS = {**MATRICES, "Conv": conv}
