"""Points at which a value is not zero: simple numbers for its symbols, the simplest first."""

from __future__ import annotations

from itertools import combinations, islice, product
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.polynomial import Polynomial, generators_of, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_SPARSE = 500  # points with at most two entries


def witnesses(value: Any, among: Iterable[Any] = ()) -> Iterator[dict[Any, Any]]:
    """Numbers for the symbols, also for those of the values `among`, at which the value is not zero, simplest first."""
    import sympy  # noqa: PLC0415

    polynomial = Polynomial.of(value)
    generators = generators_of([polynomial, *map(Polynomial.of, among)])
    symbols = sorted({s for g in generators for s in ([g] if is_plain(g) else g.free_symbols) if is_plain(s)}, key=str)
    conjugated = any(not is_plain(g) and g.has(sympy.conjugate) for g in generators)
    for point in _points(len(symbols), conjugated):
        values = dict(zip(symbols, point, strict=True))
        if all(_admissible(s, v) for s, v in values.items()) and _differs(polynomial, values):
            yield values


def _points(count: int, conjugated: bool) -> Iterator[tuple[Any, ...]]:
    """Unit impulses, then ones, small numbers, and points in general position; early ones with i, if that may tell."""
    for i in range(count):
        yield tuple(int(i == j) for j in range(count))
    if conjugated:
        yield from islice(_sparse(count), MOST_SPARSE)
    yield (1,) * count
    if count <= 4:
        yield from product((0, 1, -1, 2, 3), repeat=count)
    for base in (2, 3, 5, 7, 11):
        yield tuple(base + i for i in range(count))
        yield tuple(base**i % 10007 for i in range(count))
    import sympy  # noqa: PLC0415

    for number in (sympy.Rational(1, 2), sympy.I, 1 + sympy.I):
        yield tuple(number + i for i in range(count))


def _admissible(symbol: Any, value: Any) -> bool:
    import sympy  # noqa: PLC0415

    number = sympy.sympify(value)
    return all(getattr(number, f"is_{fact}") is truth for fact, truth in symbol.assumptions0.items())


def _differs(polynomial: Polynomial, values: dict[Any, int]) -> bool:
    if not polynomial.opaque:
        return bool(polynomial.subs(values))
    try:
        number = polynomial.as_expr().subs(values)
    except (TypeError, ValueError, RecursionError):  # a point that the expression cannot be taken at, i in Max(0, x)
        return False
    if number.free_symbols or number.is_finite is False:
        return False
    if number.is_Rational:
        return bool(number != 0)
    import sympy  # noqa: PLC0415

    estimate = abs(sympy.N(number, 40, maxn=200))
    return bool(estimate.is_comparable and estimate > sympy.Float("1e-30"))


def _sparse(count: int) -> Iterator[tuple[Any, ...]]:
    """One or two places with 1 or i, and zeros elsewhere."""
    import sympy  # noqa: PLC0415

    for size in (1, 2):
        for places in combinations(range(count), size):
            for values in product((1, sympy.I), repeat=size):
                chosen = dict(zip(places, values, strict=True))
                yield tuple(chosen.get(place, 0) for place in range(count))
