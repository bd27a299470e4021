"""Toeplitz matrices for all sizes: the matrices of linear convolution, and those of two given sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convalgebra.algebra import toeplitz as concrete
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs.arguments import box_of, vector_of
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.sizes import ZERO, Size
from convalgebra.proofs.calculus.terms import expression, indices, times
from convalgebra.proofs.lifting import lifted
from convalgebra.proofs.symbolic import Symbolic, traced

if TYPE_CHECKING:
    from convalgebra.proofs.arguments import Sizes
    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Expression, Fresh
    from convalgebra.proofs.symbolic import Lengths


@traced
def convolution_matrix(w: Any, n: Lengths, mode: str = "full", op: str = "convolution") -> Symbolic:
    """`(A x)[i] = sum over t of w[t] x[i + first - t]`: "full" (first = 0), "valid" (n >= k) or "same" (n >= k)."""
    w = vector_of(lifted(w), "w")
    box, taps = box_of(n), w.rows
    if len(box) != len(taps):
        msg = f"n must be one size for each of the {len(taps)} axes of w, not {n!r}"
        raise ArgumentError(msg)
    placed = [_placed(m, k, mode) for m, k in zip(box, taps, strict=True)]
    rows = tuple(out for _, out in placed)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        bound, t = indices(fresh, taps)
        read = t if op == "convolution" else tuple(k - 1 - x for k, x in zip(taps, t, strict=True))
        brackets = (terms.delta(ZERO, a + first - b - x) for a, b, x, (first, _) in zip(i, j, t, placed, strict=True))
        return times(expression(*brackets, bound=bound), w.entry(read, (), fresh))

    def at(p: Point) -> Any:
        return concrete.convolution_matrix(w.at(p), p.box(box), mode, op)

    return Symbolic(rows, box, entry, at, rf"T_{{{w.latex}}}")


def _placed(n: Size, k: Size, mode: str) -> tuple[Size, Size]:
    """(first, length): the part of the full convolution that is kept."""
    if mode == "full":
        return ZERO, n + k - 1
    if not (n - k).is_nonnegative:
        msg = f"for mode={mode!r} the signal must not be shorter than the kernel, not {n} against {k}; write n + k - 1"
        raise ShapeError(msg)
    if mode == "valid":
        return k - 1, n - k + 1
    half = next((h for h in ((k - 1).over(Size.of(2)), (k - 2).over(Size.of(2))) if h is not None), None)
    if mode != "same" or half is None:
        msg = f"mode must be 'full', 'valid', or 'same' for a kernel size such as 2*p + 1, not {mode!r} for size {k}"
        raise ArgumentError(msg)
    return half, n


@traced
def toeplitz(c: Any, r: Any = None) -> Symbolic:
    """`T[i, j] = c[i - j]` for i >= j and `r[j - i]` above; r defaults to conj(c), and r[0] is not read."""
    c = vector_of(lifted(c), "c", 1)
    row = c.H.T if r is None else vector_of(lifted(r), "r", 1)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        middle = times(expression(terms.delta(ZERO, i[0] - j[0])), c.entry((ZERO,), (), fresh))
        return middle + _beside(c, i[0] - j[0], fresh) + _beside(row, j[0] - i[0], fresh)

    return Symbolic(c.rows, row.rows, entry, lambda p: concrete.toeplitz(c.at(p), row.at(p)), rf"T_{{{c.latex}}}")


def _beside(side: Symbolic, distance: Size, fresh: Fresh) -> Expression:
    """side[distance] where that is at least 1."""
    x, n = next(fresh), side.rows[0] - 1
    t = Size.named(x) + 1
    return times(expression(terms.delta(ZERO, distance - t), bound=((x, n),)), side.entry((t,), (), fresh))


BANDS = {"convolution_matrix": convolution_matrix, "toeplitz": toeplitz}
