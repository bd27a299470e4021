"""Big kernels as products of small ones: all exact factorisations, or the reason why there is none.

A kernel is a polynomial `w(z) = sum of w_t z^t` in one z for each axis, and kernels multiply as polynomials do, so that
factoring is unique up to order and scalars: every factorisation groups the same irreducible factors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import comb, gcd, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.indexing import choice, integer, per_axis
from convalgebra.algebra.kernel import chained, convolve
from convalgebra.algebra.toeplitz import convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.analysis.splitting import split
from convalgebra.errors import ArgumentError, EntryError, ShapeError, SizeLimitError, UndecidedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sympy

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array

FIELDS = ("QQ", "RR", "CC")
MOST_TAPS = {1: 129, 2: 169}  # places of a kernel that SymPy factors in seconds; more axes: as two
MOST_GROUPINGS = 100_000
SWEEPS, STARTS = 500, 6  # of the least squares for floating-point kernels


@dataclass(frozen=True, eq=False)
class Factorisation:
    """`kernel = factors[0] * factors[1] * ...`; iterating gives these factors.

    `all` holds every factorisation of the wanted sizes, up to order and scalars; it is empty, and `reason` says why,
    when there is none over the `field`.  `residual` is the norm of what is missing: 0 for exact kernels.

    >>> import convalgebra as ca
    >>> [u.tolist() for u in ca.factor([1, 3, 3, 1], sizes=(2, 3))]
    [[1, 1], [1, 2, 1]]
    """

    kernel: Array
    field: str
    all: tuple[tuple[Array, ...], ...]
    reason: str = ""
    residual: float = 0

    @property
    def factors(self) -> tuple[Array, ...]:
        """The first factorisation; none when there is none."""
        return self.all[0] if self.all else ()

    @property
    def irreducible(self) -> bool:
        """Is the kernel itself its only factor, shifts and scalars aside?"""
        return len(self.factors) == 1

    def __iter__(self) -> Iterator[Array]:
        return iter(self.factors)

    def __repr__(self) -> str:
        found = f"{len(self.all)} over {self.field}: " + " * ".join(str(u.tolist()) for u in self.factors)
        return f"Factorisation({self.reason or found})"


def factor(kernel: Any, sizes: Any = None, *, field: str = "QQ") -> Factorisation:
    """All factorisations `kernel = u * v * ...` into kernels of these sizes; without sizes, into irreducible ones.

    Zeros at the end of the kernel stay with the last of these.

    A size is an int, or one int for each axis; `sum of (size - 1) = kernel size - 1`.  `field` is where the factors
    live: "QQ" (symbols are parameters, algebraic numbers extend it), and for rational kernels on one axis "RR" and
    "CC", by exact roots.  For floats the result is the best approximation found by least squares, with its residual.

    Source: Gauss; for two axes Lane and Bates 1987.

    >>> import convalgebra as ca
    >>> ca.factor([1, 0, 1], sizes=(2, 2))
    Factorisation(the kernel is irreducible over QQ)
    >>> ca.factor([1, 0, 1], sizes=(2, 2), field="CC").factors
    (array([I, 1], dtype=object), array([-I, 1], dtype=object))
    """
    array = one_channel(kernel)
    choice(field, "field", FIELDS)
    wanted = None if sizes is None else _sizes(sizes, array)
    if not rings.is_exact(array):
        return _approximate(array, wanted)
    if field != "QQ" and (array.ndim > 1 or rings.is_symbolic(array)):
        msg = f'field must be "QQ" for SymPy entries and for kernels on several axes, not {field!r}'
        raise ArgumentError(msg)
    _few_places(array)
    scalar, irreducible = _irreducible(array, field)
    if wanted is None:
        *most, last = irreducible or [_product([], array.ndim)]
        rest = (n - sum(k - 1 for k in sides) for n, *sides in zip(array.shape, *(u.shape for u in most), strict=True))
        return Factorisation(array, field, (_scaled(scalar, [*most, _padded(last, tuple(rest))]),))
    groups = ([_padded(u, k) for u, k in zip(group, wanted, strict=True)] for group in _grouped(irreducible, wanted))
    found = tuple(_scaled(scalar, group) for group in groups)
    return Factorisation(array, field, found, "" if found else _why(irreducible, wanted, field))


def _few_places(kernel: Array) -> None:
    most = MOST_TAPS[min(kernel.ndim, 2)]
    if kernel.size > most:
        msg = f"the kernel must have at most {most} places to be factored, not {kernel.size}"
        raise SizeLimitError(msg)


def one_channel(kernel: Any) -> Array:
    """The array of a kernel that is not zero, given as an array, a `Kernel` or a `Conv` of one channel.

    >>> import convalgebra as ca
    >>> one_channel(ca.Conv([[[1, 2]]]))
    array([1, 2])
    """
    array = rings.entries(getattr(kernel, "weight", kernel), "the kernel")
    if hasattr(kernel, "weight") and array.shape[:2] == (1, 1):
        array = array[0, 0]
    elif hasattr(kernel, "weight") or not array.size or not array.ndim:
        msg = f"the kernel must have one channel and at least one place, not shape {array.shape}; write weight[0, 0]"
        raise ShapeError(msg)
    if not rings.nonzero(array).any():
        msg = "the kernel must not be zero: every kernel divides it"
        raise ArgumentError(msg)
    return array


def _sizes(sizes: Any, kernel: Array) -> list[Box]:
    given = sizes if isinstance(sizes, tuple | list) else [sizes]
    parts = [per_axis(size, kernel.ndim, "a size", 1) for size in given]
    total = tuple(1 + sum(k - 1 for k in axis) for axis in zip(*parts, strict=True)) if parts else ()
    if total != kernel.shape:
        msg = f"sizes must compose to the kernel's {kernel.shape}, not {sizes}, which compose to {total}"
        raise ShapeError(msg)
    return parts


def _irreducible(kernel: Array, field: str) -> tuple[Any, list[Array]]:
    """The scalar and the irreducible factors, small ones first, each as often as it occurs."""
    import sympy  # noqa: PLC0415  # polynomials are factored by SymPy

    z = sympy.symbols(f"z:{kernel.ndim}", cls=sympy.Dummy)
    scalar, parts = _listed(kernel, z)
    found = []
    for part, times in parts:
        if part.has(*z):
            whole = sympy.Poly(part, *z)
            pieces = [whole] if field == "QQ" else split(whole, field)
            scalar *= (whole.LC() / sympy.prod(p.LC() for p in pieces)) ** times
            found += [_places(p) for p in pieces] * times
        else:
            scalar *= part**times
    return scalar, found if field != "QQ" else sorted(found, key=lambda u: (u.size, u.shape, str(u.tolist())))


def _listed(kernel: Array, z: Sequence[sympy.Symbol]) -> tuple[Any, list[tuple[Any, int]]]:
    """SymPy's list of factors of `sum of w_t z^t`: symbols are parameters, algebraic numbers extend QQ."""
    import sympy  # noqa: PLC0415

    entries = {place: views.as_sympy(rings.public(kernel)[place]) for place in np.ndindex(kernel.shape)}
    numbers = [v for v in entries.values() if not v.free_symbols]
    symbolic = [v for v in entries.values() if v.free_symbols]
    terms = (v * sympy.prod(x**e for x, e in zip(z, place, strict=True)) for place, v in entries.items())
    try:
        plain = all(sympy.Poly(v, *v.free_symbols).domain in (sympy.ZZ, sympy.QQ) for v in symbolic)
        if plain and all(v.is_Rational for v in numbers):
            return sympy.factor_list(sympy.Add(*terms))  # type: ignore[no-any-return]
        if not symbolic and all(v.is_algebraic for v in numbers):
            return sympy.factor_list(sympy.Add(*terms), *z, extension=numbers)  # type: ignore[no-any-return]
    except sympy.PolynomialError:
        pass
    msg = f"the entries must be rational, algebraic, or polynomials in symbols, not {kernel.tolist()}"
    raise EntryError(msg)


def _places(poly: sympy.Poly) -> Array:
    places: Array = np.zeros(tuple(d + 1 for d in poly.degree_list()), dtype=object)
    for place, value in poly.terms():
        places[place] = value
    return rings.tidy(rings.entries(places))


def _product(kernels: Sequence[Array], ndim: int) -> Array:
    """The convolution of all, exact."""
    one = np.ones((1, 1, *(1,) * ndim), dtype=np.int64)
    whole: Array = reduce(convolve, (u[None, None] for u in kernels), one)[0, 0]
    return whole


def _scaled(scalar: Any, kernels: Sequence[Array]) -> tuple[Array, ...]:
    first, *rest = kernels
    return rings.public(rings.tidy(rings.times(rings.entries(scalar), first))), *map(rings.public, rest)


def _padded(kernel: Array, size: Box) -> Array:
    return np.pad(kernel, [(0, k - n) for k, n in zip(size, kernel.shape, strict=True)])


def _grouped(parts: list[Array], sizes: list[Box]) -> Iterator[list[Array]]:
    """The ways to multiply the factors into groups of at most these sizes, each once."""
    kinds = {str(u.tolist()): u for u in parts}
    counts = Counter(str(u.tolist()) for u in parts)
    ways = prod(comb(count + len(sizes) - 1, count) for count in counts.values())
    if ways > MOST_GROUPINGS:
        msg = f"the factors must group in at most {MOST_GROUPINGS} ways to be listed, not {ways}; ask for fewer sizes"
        raise SizeLimitError(msg)
    different, times = [kinds[name] for name in counts], list(counts.values())
    seen = set()
    for shares in product(*(_shares(count, len(sizes)) for count in times)):
        columns = list(zip(*shares, strict=True)) or [()] * len(sizes)
        key = tuple(sorted(zip(sizes, columns, strict=True)))
        if key not in seen and all(_fits(c, different, size) for c, size in zip(columns, sizes, strict=True)):
            seen.add(key)
            groups = ([u for u, c in zip(different, column, strict=True) for _ in range(c)] for column in columns)
            yield [_product(group, len(sizes[0])) for group in groups]


def _shares(count: int, groups: int) -> Iterator[tuple[int, ...]]:
    """The ways to write count as an ordered sum over the groups."""
    if groups == 1:
        yield (count,)
        return
    for first in range(count, -1, -1):
        for rest in _shares(count - first, groups - 1):
            yield first, *rest


def _fits(column: tuple[int, ...], parts: list[Array], size: Box) -> bool:
    """Do the factors, each as often as the column says, multiply to at most this size?"""
    return all(
        sum(c * (u.shape[axis] - 1) for c, u in zip(column, parts, strict=True)) < k for axis, k in enumerate(size)
    )


def _why(parts: list[Array], sizes: list[Box], field: str) -> str:
    if len(parts) == 1:
        every = ", and over every field: its Newton polygon is no sum of two" if _indecomposable(parts[0]) else ""
        return f"the kernel is irreducible over {field}{every}"
    shapes = " * ".join("x".join(map(str, u.shape)) for u in parts)
    return f"its irreducible factors over {field} have sizes {shapes}, which cannot be grouped into {sizes}"


def _indecomposable(kernel: Array) -> bool:
    """A triangle (or segment) of exponents whose coordinates have no common divisor is no Minkowski sum (Gao 2001)."""
    places = [tuple(map(int, p)) for p in np.argwhere(rings.nonzero(kernel))]
    corners = [p for p in places if kernel.ndim == 2 and not _inside(p, [q for q in places if q != p])]
    steps = [x - y for p in corners[1:] for x, y in zip(p, corners[0], strict=True)]
    return len(corners) in (2, 3) and gcd(*steps) == 1


def _inside(place: Box, others: list[Box]) -> bool:
    """Is the place in the convex hull of the others: is there no half-plane through it that holds them all?"""
    around = [(x - place[0], y - place[1]) for x, y in others]
    for a, b in around:
        for side in (1, -1):
            turns = [(side * (a * y - b * x), a * x + b * y) for x, y in around]
            if all(t > 0 or (t == 0 and along > 0) for t, along in turns):
                return False
    return True


def _approximate(kernel: Array, sizes: list[Box] | None) -> Factorisation:
    """Least squares in one factor after another, from several fixed starts."""
    if sizes is None:
        msg = "sizes must be given for a kernel of floats, whose factors are approximate; write sizes=(3, 3)"
        raise ArgumentError(msg)
    random = np.random.default_rng(0)
    starts = ([random.standard_normal(size) for size in sizes] for _ in range(STARTS))
    parts, error = min((_descended(kernel, start) for start in starts), key=lambda found: found[1])
    return Factorisation(kernel, "floats", (tuple(_balanced(parts)),), residual=error)


def _descended(kernel: Array, parts: list[Array]) -> tuple[list[Array], float]:
    error = np.inf
    for _ in range(SWEEPS):
        for k, part in enumerate(parts):
            others = _product(parts[:k] + parts[k + 1 :], kernel.ndim)
            system = convolution_matrix(others, part.shape).to_numpy()
            parts[k] = np.linalg.lstsq(system, kernel.reshape(-1), rcond=None)[0].reshape(part.shape)
        before, error = error, float(np.linalg.norm(_product(parts, kernel.ndim) - kernel))
        if before - error <= 1e-12 * error:
            break
    return parts, error


def _balanced(parts: list[Array]) -> list[Array]:
    """The same product with the largest tap of every factor but the first 1."""
    largest = [u.reshape(-1)[np.abs(u).argmax()] for u in parts[1:]]
    scale = np.prod(largest) if largest else 1.0
    return [parts[0] * scale, *(u / top for u, top in zip(parts[1:], largest, strict=True))]


def composition_dimension(sizes: Sequence[Any], *, strides: Any = 1, channels: Sequence[int] | None = None) -> int:
    """The dimension of the set of kernels `w_L * ... * w_1` of free kernels of these sizes: the rank of the Jacobian.

    Two 3x3 kernels have 18 taps and reach 17 of the 25 dimensions of the 5x5 kernels.  `channels` gives those of the
    input, between the layers and of the output; `strides` one stride for all layers, or a list with one for each.

    The rank at a point is a lower bound, the taps less the scalings between the layers (channels^2 for each) an upper
    one; where the two meet the dimension is proved, elsewhere `UndecidedError` names both.

    Source: Kohn, Merkh, Montufar and Trager 2022.

    >>> import convalgebra as ca
    >>> ca.composition_dimension([(3, 3), (3, 3)]), ca.composition_dimension([(3, 3), (3, 3)], channels=(1, 2, 1))
    (17, 25)
    """
    if not isinstance(sizes, list | tuple):
        msg = f"sizes must be a list with the size of each kernel, not {sizes!r}; write [(3, 3), (3, 3)]"
        raise ArgumentError(msg)
    boxes = [tuple(size) if isinstance(size, tuple | list) else (size,) for size in sizes]
    if not boxes or len({len(box) for box in boxes}) != 1:
        msg = f"sizes must be at least one, all on the same number of axes, not {list(sizes)}"
        raise ShapeError(msg)
    widths = per_axis(tuple(channels or (1,) * (len(boxes) + 1)), len(boxes) + 1, "channels", 1)
    name = "a stride (a list has one for each layer)"
    steps = [per_axis(s, len(boxes[0]), name, 1) for s in per_layer(strides, len(boxes))]
    ends = zip(widths, widths[1:], boxes, strict=False)
    shapes = [(o, i, *(integer(k, "a size", 1) for k in box)) for i, o, box in ends]
    jacobian = _jacobian(shapes, steps)
    most = min(jacobian.shape[1], len(jacobian) - sum(c * c for c in widths[1:-1]))
    rank = elimination.rank(jacobian)
    if rank < most:
        msg = f"the dimension must be proved by two bounds that meet, not by {rank} <= dimension <= {most}"
        raise UndecidedError(msg)
    return rank


def per_layer(values: Any, count: int) -> list[Any]:
    """One value for each layer: a list has one each, anything else is shared.

    >>> per_layer(2, 3), per_layer([1, 2], 2)
    ([2, 2, 2], [1, 2])
    """
    found = list(values) if isinstance(values, list) else [values] * count
    if len(found) != count:
        msg = f"strides must be one for each of the {count} layers, not {values!r}"
        raise ArgumentError(msg)
    return found


def _jacobian(shapes: list[Box], strides: list[Box]) -> Array:
    """The derivative by each tap, as rows, at a fixed point of small integers: the product is linear in each kernel."""
    if sum(map(prod, shapes)) > 512:
        msg = "the kernels must have at most 512 taps together; ask for smaller sizes or fewer channels"
        raise SizeLimitError(msg)
    random = np.random.default_rng(1)
    point = [rings.objects(random.integers(1, 20, size=shape)) for shape in shapes]
    rows = []
    for k, shape in enumerate(shapes):
        for tap in range(prod(shape)):
            unit = np.zeros(shape, dtype=object)
            unit.reshape(-1)[tap] = 1
            rows.append(_chained([*point[:k], unit, *point[k + 1 :]], strides).reshape(-1))
    return np.stack(rows)


def _chained(kernels: list[Array], strides: list[Box]) -> Array:
    whole, jump = kernels[0], strides[0]
    for kernel, stride in zip(kernels[1:], strides[1:], strict=True):
        whole = chained(kernel, whole, [(step, 1) for step in jump])[0]
        jump = tuple(a * b for a, b in zip(jump, stride, strict=True))
    return whole
