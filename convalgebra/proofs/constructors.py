"""The public constructors where a size, shift, stride or kernel is a symbol: one entry formula each.

>>> from convalgebra.proofs.symbolic import integer, kernel, size
>>> n, k = size("n"), integer("k")
>>> circulant(kernel("w", n)) @ shift(n, k)
C_w S_k for all sizes, n x n
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import combinators, dense, fourier, selection, toeplitz
from convalgebra.errors import ArgumentError
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size
from convalgebra.proofs.calculus.terms import expression, times
from convalgebra.proofs.symbolic import Symbolic, box_of, each, integral, scaled, transposed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Atom, Expression, Fresh
    from convalgebra.proofs.symbolic import Lengths, Sizes


def _axes(
    rows: Sizes, cols: Sizes, bracket: Callable[[int, Size, Size], Atom], at: Callable[[Point], Any], latex: str
) -> Symbolic:
    """One bracket for each axis: a 0/1 matrix."""

    def entry(i: Sizes, j: Sizes, _: Fresh) -> Expression:
        return expression(*(bracket(q, *place) for q, place in enumerate(zip(i, j, strict=True))))

    return Symbolic(rows, cols, entry, at, latex)


def _list(values: Sequence[Size]) -> str:
    return ", ".join(map(str, values))


def identity(n: Lengths) -> Symbolic:
    """`(I x)[i] = x[i]`."""
    box = box_of(n)
    return _axes(box, box, lambda q, i, j: terms.delta(box[q], i - j), lambda p: selection.identity(p.box(box)), "I")


def shift(n: Lengths, k: Lengths = 1) -> Symbolic:
    """`(S_k x)[i] = x[(i - k) mod n]`."""
    box = box_of(n)
    steps = each(k, box, "k")
    return _axes(
        box,
        box,
        lambda q, i, j: terms.delta(box[q], i - j - steps[q]),
        lambda p: selection.shift(p.box(box), p.box(steps)),
        f"S_{{{_list(steps)}}}",
    )


def flip(n: Lengths) -> Symbolic:
    """`(J x)[i] = x[n - 1 - i]`."""
    box = box_of(n)
    return _axes(box, box, lambda q, i, j: terms.delta(box[q], i + j + 1), lambda p: selection.flip(p.box(box)), "J")


def downsample(n: Lengths, s: Lengths) -> Symbolic:
    """`(D_s x)[i] = x[s*i]`, for n = s*m or n = s*(m - 1) + 1."""
    box = box_of(n)
    steps = each(s, box, "s", least=1)
    small = tuple(map(kept, box, steps))

    def bracket(q: int, i: Size, j: Size) -> Atom:
        return terms.delta(box[q] if small[q] * steps[q] == box[q] else ZERO, steps[q] * i - j)

    return _axes(small, box, bracket, lambda p: selection.downsample(p.box(box), p.box(steps)), f"D_{{{_list(steps)}}}")


def kept(n: Size, s: Size) -> Size:
    """The number of places 0, s, 2 s, ... below n."""
    last = (n - 1).over(s)
    kept = n.over(s) or (None if last is None else last + 1)
    if kept is None:
        msg = f"n must be a multiple of s, or 1 above one, not {n} for s = {s}; write ca.downsample(s * m, s)"
        raise ArgumentError(msg)
    return kept


def upsample(n: Lengths, s: Lengths) -> Symbolic:
    """`(U_s x)[s*i] = x[i]`, zeros between."""
    small = box_of(n)
    steps = each(s, small, "s", least=1)
    box = tuple(map(Size.__mul__, small, steps))

    def bracket(q: int, i: Size, j: Size) -> Atom:
        return terms.delta(box[q], i - steps[q] * j)

    return _axes(box, small, bracket, lambda p: selection.upsample(p.box(small), p.box(steps)), f"U_{{{_list(steps)}}}")


def pad(n: Lengths, width: Any, mode: str = "zeros") -> Symbolic:
    """`(P x)[i] = x[i - lo]`, zero or periodic outside; width is one pair (lo, hi), or one for each axis."""
    box = box_of(n)
    pairs = width if isinstance(width[0], tuple) else (width,)
    lows, highs = (each(side, box, "width") for side in zip(*pairs, strict=True))
    if mode not in {"zeros", "circular"}:
        msg = f"for all sizes the mode must be 'zeros' or 'circular', not {mode!r}; prove it at one size"
        raise ArgumentError(msg)
    large = box_of(tuple(n + lo + hi for n, lo, hi in zip(box, lows, highs, strict=True)))
    return _axes(
        large,
        box,
        lambda q, i, j: terms.delta(box[q] if mode == "circular" else ZERO, i - j - lows[q]),
        lambda p: selection.pad(p.box(box), tuple(zip(p.box(lows), p.box(highs), strict=True)), mode),
        f"P_{{{_list(lows)}}}",
    )


def crop(n: Lengths, width: Any) -> Symbolic:
    """`(K x)[i] = x[i + lo]`."""
    pairs = width if isinstance(width[0], tuple) else (width,)
    box_of(tuple(side for pair in pairs for side in pair), least=0)
    made = pad(n, tuple((-integral(lo), -integral(hi)) for lo, hi in pairs))
    return replace(made, latex=f"K_{{{_list([integral(lo) for lo, _ in pairs])}}}")


def circulant(c: Symbolic, op: str = "convolution") -> Symbolic:
    """`C[i, j] = c[(i - j) mod n]`; `op="correlation"` gives the transpose."""
    if op == "correlation":
        return transposed(circulant(c), r"\top")

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return c.entry(tuple(map(Size.__sub__, i, j)), (), fresh)

    return Symbolic(c.rows, c.rows, entry, lambda p: toeplitz.circulant(c.at(p)), f"C_{{{c.latex}}}")


def diagonal(d: Symbolic) -> Symbolic:
    """`diag(d)[i, i] = d[i]`."""
    ones = identity(d.rows)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(ones.entry(i, j, fresh), d.entry(i, (), fresh))

    return Symbolic(d.rows, d.rows, entry, lambda p: dense.diagonal(d.at(p)), rf"\mathrm{{diag}}({d.latex})")


def dft(n: Lengths, norm: str = "backward") -> Symbolic:
    """`F[f, j] = exp(-2 pi i f j / n)`, times 1/n for norm="forward"."""
    if norm not in {"backward", "forward"}:
        msg = f"for all sizes the norm must be 'backward' or 'forward', not {norm!r}: sqrt(n) is no element of a ring"
        raise ArgumentError(msg)
    box = box_of(n)
    made = _axes(
        box, box, lambda q, i, j: terms.phase(box[q], i * j), lambda p: _dft_at(p, p.box(box)), f"F_{{{_list(box)}}}"
    )
    return made if norm == "backward" else scaled(made, reduce(Size.__mul__, box, ONE).inverse())


def _dft_at(point: Point, box: tuple[int, ...]) -> Operator:
    if point.finite is None:
        return (fourier.dft(box).H if point.conjugate else fourier.dft(box))._exactly()
    tables = [point.powers(n)[np.multiply.outer(np.arange(n), np.arange(n)) % n] for n in box]
    return combinators.kron(*map(dense.matrix, tables))


def kron(*operators: Symbolic) -> Symbolic:
    """`(A (x) B)[(i, k), (j, l)] = A[i, j] * B[k, l]`."""
    first, *rest = operators
    return reduce(_kron, rest, first)


def _kron(left: Symbolic, right: Symbolic) -> Symbolic:
    m, n = len(left.rows), len(left.cols)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(left.entry(i[:m], j[:n], fresh), right.entry(i[m:], j[n:], fresh))

    latex = rf"({left.latex} \otimes {right.latex})"
    return Symbolic(
        left.rows + right.rows,
        left.cols + right.cols,
        entry,
        lambda p: combinators.kron(left.at(p), right.at(p)),
        latex,
    )


MATRICES = {
    made.__name__: made
    for made in (identity, shift, flip, downsample, upsample, pad, crop, circulant, diagonal, dft, kron)
}
