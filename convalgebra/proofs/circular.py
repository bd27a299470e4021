"""Circular convolution of two signals, by the definition that lectures give: for numbers and for all sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.toeplitz import circulant
from convalgebra.errors import ShapeError
from convalgebra.proofs.calculus.sizes import Size
from convalgebra.proofs.calculus.terms import expression, indices, times
from convalgebra.proofs.constructors import at_residues
from convalgebra.proofs.symbolic import Symbolic, traced

if TYPE_CHECKING:
    from convalgebra.proofs.calculus.replay import Point
    from convalgebra.proofs.calculus.terms import Expression, Fresh
    from convalgebra.proofs.symbolic import Sizes


def circular_convolve(x: Any, w: Any) -> Any:
    """`(x * w)[i] = sum over j of x[j] w[(i - j) mod n]`, for two signals on one box of places.

    >>> import convalgebra as ca
    >>> ca.circular_convolve([1, 2, 3], [0, 1, 0])
    array([3, 1, 2])
    >>> n, k = ca.size("n"), ca.integer("k")
    >>> x, w = ca.kernel("x", n), ca.kernel("w", n)
    >>> S, star = ca.shift(n, k), ca.circular_convolve
    >>> print(ca.prove(star(S @ x, w) == S @ star(x, w)).derivation)
    (S_k x) ⋆ w = C_w S_k x      definition of ⋆
                = S_k C_w x      circulants commute with shifts
                = S_k (x ⋆ w)    definition of ⋆
    link by link, the sides have the same entries
    """
    if isinstance(x, Symbolic) and isinstance(w, Symbolic):
        return _star(x, w)
    signal, kernel = rings.entries(x, "x"), rings.entries(w, "w")
    _check(signal.shape, kernel.shape)
    return np.reshape(circulant(kernel) @ signal.reshape(-1), signal.shape)


def _check(left: Any, right: Any, *, vectors: bool = True) -> None:
    if left != right or not left or not vectors:
        msg = f"the two signals of a circular convolution must count the same places, not {left} and {right}"
        raise ShapeError(msg)


@traced
def _star(x: Symbolic, w: Symbolic) -> Symbolic:
    _check(x.rows, w.rows, vectors=not (x.cols or w.cols))

    def entry(i: Sizes, _: Sizes, fresh: Fresh) -> Expression:
        bound, j = indices(fresh, x.rows)
        back = tuple(map(Size.__sub__, i, j))
        return times(expression(bound=bound), x.entry(j, (), fresh), at_residues(w, back, fresh))

    def at(point: Point) -> Any:
        values = circular_convolve(x.at(point), w.at(point))
        return values % point.finite.p if point.finite else values

    return Symbolic(x.rows, (), entry, at, rf"{x.latex} \star {w.latex}")
