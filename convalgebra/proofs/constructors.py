"""The public constructors where a size, shift, stride or kernel is a symbol: one entry formula each.

>>> from convalgebra.proofs.symbolic import integer, kernel, size
>>> n, k = size("n"), integer("k")
>>> circulant(kernel("w", n)) @ shift(n, k)
C_w S_k for all sizes, n x n
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from inspect import signature
from itertools import count as numbers
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import blocks, dense, fourier, selection, toeplitz
from convalgebra.algebra.indexing import choice
from convalgebra.algebra.rings import check_memory
from convalgebra.errors import ArgumentError, SizeLimitError
from convalgebra.proofs.arguments import box_of, count, each, integral, inverse_of, vector_of
from convalgebra.proofs.calculus import terms
from convalgebra.proofs.calculus.reducing import periodic
from convalgebra.proofs.calculus.replay import Point
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import expression, indices, times
from convalgebra.proofs.lifting import lifted
from convalgebra.proofs.symbolic import Symbolic, as_matrix, scaled, traced, transposed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array
    from convalgebra.proofs.arguments import Sizes
    from convalgebra.proofs.calculus.terms import Atom, Expression, Fresh, Term
    from convalgebra.proofs.symbolic import Lengths


def _axes(
    rows: Sizes, cols: Sizes, bracket: Callable[[int, Size, Size], Atom], at: Callable[[Point], Any], latex: str
) -> Symbolic:
    """One bracket for each axis: a 0/1 matrix."""

    def entry(i: Sizes, j: Sizes, _: Fresh) -> Expression:
        return expression(*(bracket(q, *place) for q, place in enumerate(zip(i, j, strict=True))))

    return Symbolic(rows, cols, entry, at, latex)


def _list(values: Sequence[Size]) -> str:
    return ", ".join(value.latex for value in values)


@traced
def identity(n: Lengths) -> Symbolic:
    """`(I x)[i] = x[i]`."""
    box = box_of(n)
    return _axes(box, box, lambda q, i, j: terms.delta(box[q], i - j), lambda p: selection.identity(p.box(box)), "I")


@traced
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


@traced
def flip(n: Lengths) -> Symbolic:
    """`(J x)[i] = x[n - 1 - i]`."""
    box = box_of(n)
    return _axes(box, box, lambda q, i, j: terms.delta(box[q], i + j + 1), lambda p: selection.flip(p.box(box)), "J")


@traced
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


@traced
def upsample(n: Lengths, s: Lengths) -> Symbolic:
    """`(U_s x)[s*i] = x[i]`, zeros between."""
    small = box_of(n)
    steps = each(s, small, "s", least=1)
    box = tuple(map(Size.__mul__, small, steps))

    def bracket(q: int, i: Size, j: Size) -> Atom:
        return terms.delta(box[q], i - steps[q] * j)

    return _axes(box, small, bracket, lambda p: selection.upsample(p.box(small), p.box(steps)), f"U_{{{_list(steps)}}}")


@traced
def pad(n: Lengths, width: Any, mode: str = "zeros") -> Symbolic:
    """`(P x)[i] = x[i - lo]`, zero or periodic outside; width is one pair (lo, hi), or one for each axis."""
    box = box_of(n)
    pairs = _pairs(width, len(box))
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


def _pairs(width: Any, axes: int) -> tuple[Any, ...]:
    """One pair (lo, hi) for each axis: of one number, one pair, or a number or pair for each axis."""
    if not isinstance(width, tuple):
        return ((width, width),) * axes
    one = axes == 1 and len(width) == 2 and not any(isinstance(side, tuple) for side in width)
    pairs = (width,) if one else tuple(pair if isinstance(pair, tuple) else (pair, pair) for pair in width)
    if len(pairs) != axes or any(len(pair) != 2 for pair in pairs):
        msg = f"width must be an integer, or one integer or one (lo, hi) pair for each of {axes} axes, not {width!r}"
        raise ArgumentError(msg)
    return pairs


@traced
def crop(n: Lengths, width: Any) -> Symbolic:
    """`(K x)[i] = x[i + lo]`."""
    pairs = _pairs(width, len(box_of(n)))
    box_of(tuple(side for pair in pairs for side in pair), least=0)
    made = pad(n, tuple((-integral(lo), -integral(hi)) for lo, hi in pairs))
    return replace(made, latex=f"K_{{{_list([integral(lo) for lo, _ in pairs])}}}")


@traced
def circulant(c: Any, op: str = "convolution") -> Symbolic:
    """`C[i, j] = c[(i - j) mod n]`; `op="correlation"` gives the transpose."""
    c = vector_of(lifted(c), "c")
    if choice(op, "op", toeplitz.OPS) == "correlation":
        return transposed(circulant(c), r"\top")

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return at_residues(c, tuple(map(Size.__sub__, i, j)), fresh)

    return Symbolic(c.rows, c.rows, entry, lambda p: toeplitz.circulant(c.at(p)), f"C_{{{c.latex}}}")


def at_residues(c: Symbolic, places: Sizes, fresh: Fresh) -> Expression:
    """`c[places mod n]`, where the entries of c are known at places within its box alone."""
    bound, inner = indices(fresh, c.rows)
    made = c.entry(inner, (), fresh)
    if all(periodic(term, x, n) for term in made for x, n in bound):
        return c.entry(places, (), fresh)
    brackets = (terms.delta(n, t - e) for t, e, n in zip(inner, places, c.rows, strict=True))
    return times(expression(*brackets, bound=bound), made)


@traced
def diagonal(d: Symbolic) -> Symbolic:
    """`diag(d)[i, i] = d[i]`."""
    d = vector_of(lifted(d), "d")
    ones = identity(d.rows)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(ones.entry(i, j, fresh), d.entry(i, (), fresh))

    return Symbolic(d.rows, d.rows, entry, lambda p: dense.diagonal(d.at(p)), rf"\mathrm{{diag}}({d.latex})")


@traced
def dft(n: Lengths, norm: str = "backward") -> Symbolic:
    """`F[f, j] = exp(-2 pi i f j / n)`, times 1 ("backward"), 1/sqrt(n) ("ortho") or 1/n ("forward")."""
    if norm not in fourier.NORMS:
        msg = f"norm must be one of {', '.join(map(repr, fourier.NORMS))}, not {norm!r}"
        raise ArgumentError(msg)
    box = box_of(n)
    latex = f"F_{{{_list(box)}}}"
    made = _axes(box, box, lambda q, i, j: terms.phase(box[q], i * j), lambda p: _dft_at(p, box, norm), latex)
    if norm == "backward":
        return made
    factor = inverse_of(count(box), "the number of places", root=norm == "ortho")
    latex = f"{latex} / {count(box).latex}" if norm == "forward" else rf"{latex} / \sqrt{{{count(box).latex}}}"
    return replace(scaled(made, factor), at=made.at, latex=latex)


def _dft_at(point: Point, sizes: Sizes, norm: str) -> Operator:
    box = point.box(sizes)
    if point.finite is None:
        made = fourier.dft(box, norm)
        return (made.H if point.conjugate else made)._exactly()
    tables = [point.powers(n)[np.multiply.outer(np.arange(n), np.arange(n)) % n] for n in box]
    scales = {
        "backward": ONE,
        "ortho": count(sizes).root().inverse() if norm == "ortho" else ONE,
        "forward": count(sizes).inverse(),
    }
    return blocks.kron(*map(dense.matrix, tables)) * point.factor(scales[norm])


def kron(*operators: Any) -> Symbolic:
    """`(A (x) B)[(i, k), (j, l)] = A[i, j] * B[k, l]`."""
    return reduce(_kron, map(lifted, operators))


@traced
def _kron(left: Symbolic, right: Symbolic) -> Symbolic:
    m, n = len(left.rows), len(left.cols)

    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        return times(left.entry(i[:m], j[:n], fresh), right.entry(i[m:], j[n:], fresh))

    def at(p: Point) -> Any:
        u, v = left.at(p), right.at(p)
        if not left.cols and not right.cols:
            return np.multiply.outer(u, v)
        return blocks.kron(as_matrix(u), as_matrix(v))

    latex = rf"({left.latex} \otimes {right.latex})"
    return Symbolic(left.rows + right.rows, left.cols + right.cols, entry, at, latex)


def impulse(n: Lengths, k: Lengths = 0) -> Any:
    """`e_k[i] = 1 if i = k mod n else 0`, on n places or on a box of places: an array, or a vector for all sizes.

    >>> import convalgebra as ca
    >>> ca.impulse(4, 1)
    array([0, 1, 0, 0])
    >>> n = ca.size("n")
    >>> bool(ca.circulant(ca.impulse(n, ca.integer("k"))) == ca.shift(n, ca.integer("k")))
    True
    """
    box = box_of(n)
    steps = each(k if isinstance(k, tuple | list) else (k,) * len(box), box, "k")
    if any(e.symbols for e in (*box, *steps)):
        return _impulse(box, steps)
    _fits(box)
    return _impulse_at(Point({}), box, steps)


def _fits(box: Sizes) -> None:
    """Refuse a vector that memory cannot hold."""
    check_memory(prod(int(n.value({})) for n in box), 8, "the vector")


@traced
def _impulse(box: Sizes, steps: Sizes) -> Symbolic:
    def entry(i: Sizes, _: Sizes, __: Fresh) -> Expression:
        return expression(*(terms.delta(m, x - step) for m, x, step in zip(box, i, steps, strict=True)))

    return Symbolic(box, (), entry, lambda p: _impulse_at(p, box, steps), f"e_{{{_list(steps)}}}")


def _impulse_at(point: Point, box: Sizes, steps: Sizes) -> Array:
    values = np.zeros(point.box(box), dtype=np.int64)
    values[tuple(k % n for k, n in zip(point.box(steps), values.shape, strict=True))] = 1
    return values


def ones(n: Lengths) -> Any:
    """The vector of ones: an array, or a vector for all sizes.

    >>> import convalgebra as ca
    >>> n = ca.size("n")
    >>> C = ca.circulant(ca.kernel("w", n))
    >>> bool(C @ ca.ones(n) == C.T @ ca.ones(n))
    True
    """
    box = box_of(n)
    if any(e.symbols for e in box):
        return _ones(box)
    _fits(box)
    return np.ones(Point({}).box(box), dtype=np.int64)


@traced
def _ones(box: Sizes) -> Symbolic:
    return Symbolic(box, (), lambda *_: expression(), lambda p: np.ones(p.box(box), dtype=np.int64), r"\mathbf{1}")


def sum_over(s: Lengths, body: Callable[..., Any]) -> Any:
    """`body(0) + ... + body(s - 1)`, of operators or vectors; for a tuple of sizes, over all places of the box.

    >>> import convalgebra as ca
    >>> ca.sum_over(3, lambda k: ca.shift(3, k)).to_numpy()
    array([[1, 1, 1],
           [1, 1, 1],
           [1, 1, 1]])
    >>> n = ca.size("n")
    >>> ca.sum_over(n, lambda k: ca.shift(n, k))
    Σ_{k<n} S_k for all sizes, n x n
    """
    box = box_of(s)
    names = tuple(Symbol(f"{name}", "integer", next(_COUNTER)) for name in _parameters(body, len(box)))
    if not any(size.symbols for size in box):
        sides = [int(size.value({})) for size in box]
        if prod(sides) > MOST_SUMMANDS:
            msg = f"a sum at numbers must have at most {MOST_SUMMANDS} summands, not {prod(sides)}; write ca.size('s')"
            raise SizeLimitError(msg)
        return reduce(lambda a, b: a + b, (body(*place) for place in product(*map(range, sides))))
    return _summed(box, names, body(*map(Size.named, names)))


def _parameters(body: Callable[..., Any], count: int) -> list[str]:
    """The names by which the function calls its indices."""
    if not callable(body):
        msg = f"the summands must be a function of the index, not {body!r}; write lambda k: ca.shift(n, k)"
        raise ArgumentError(msg)
    try:
        names = list(signature(body).parameters)
    except ValueError:  # a built-in class
        names = []
    if len(names) != count:
        msg = f"the function must take one index for each of the {count} axes, not {len(names)}"
        raise ArgumentError(msg)
    return names


def _summed(box: Sizes, names: tuple[Symbol, ...], body: Symbolic) -> Symbolic:
    def entry(i: Sizes, j: Sizes, fresh: Fresh) -> Expression:
        bound = tuple(zip(fresh, box, strict=False))
        made = body.entry(i, j, fresh)
        for x, (y, _) in zip(names, bound, strict=True):
            made = tuple(_running(term, x).put(x, Size.named(y)) for term in made)
        return times(expression(bound=bound), made)

    def at(p: Point) -> Any:
        places = product(*map(range, p.box(box)))
        parts = (body.at(p.where(dict(zip(names, place, strict=True)))) for place in places)
        return reduce(lambda a, b: a + b, parts)

    sums = " ".join(rf"\sum_{{{x.name}<{n.latex}}}" for x, n in zip(names, box, strict=True))
    return Symbolic(body.rows, body.cols, entry, at, f"{sums} {body.latex}", ("sum_over", box, names, body))


def _running(term: Term, x: Symbol) -> Term:
    """The term, where x occurs in places alone."""
    sizes = [n for _, n in term.bound] + [n for atom in term.atoms for n in atom.sizes]
    if any(x in e.symbols for e in (term.coefficient, *sizes)):
        msg = f"a sum over {x.name} whose factors or sizes depend on {x.name}"
        raise UnsupportedError(msg)
    return term


_COUNTER = numbers(1)
MOST_SUMMANDS = 10_000
MATRICES = {
    made.__name__: made
    for made in (identity, shift, flip, downsample, upsample, pad, crop, circulant, diagonal, dft, kron)
}
