"""What refutations try: numbers for the sizes, smallest first, and kernels, simplest first."""

from __future__ import annotations

from itertools import chain, combinations_with_replacement, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from convalgebra.algebra import rings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_KERNELS = 3000  # of one kind, at one size
MOST_WEIGHT = 6  # the sum of the absolute values of all entries


def by_size(values: Mapping[str, Iterable[Any]]) -> Iterator[dict[str, Any]]:
    """Every choice of one value each, the early ones first.

    >>> list(by_size({"n": (1, 2), "k": (0, 1)}))
    [{'n': 1, 'k': 0}, {'n': 1, 'k': 1}, {'n': 2, 'k': 0}, {'n': 2, 'k': 1}]
    """
    ranked = [list(enumerate(options)) for options in values.values()]
    for choice in sorted(product(*ranked), key=lambda places: (sum(rank for rank, _ in places), *places)):
        yield dict(zip(values, (value for _, value in choice), strict=True))


def simple_kernels(boxes: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, rings.Array]]:
    """Integer arrays on all boxes together: an impulse each; then small sums of absolute values first, and so zeros.

    >>> [(w["u"].tolist(), w["v"].tolist()) for w in islice(simple_kernels({"u": (2,), "v": (1,)}), 5)]
    [([1, 0], [1]), ([0, 1], [1]), ([0, 0], [0]), ([1, 0], [0]), ([0, 1], [0])]
    """
    counts = list(map(prod, boxes.values()))
    for values in chain(_impulses(counts), islice(_entries(sum(counts)), MOST_KERNELS)):
        rest = iter(values)
        yield {name: rings.filled(box, islice(rest, prod(box))) for name, box in boxes.items()}


def _impulses(counts: list[int]) -> Iterator[tuple[int, ...]]:
    """One 1 in each kernel, early places first."""
    if counts and prod(counts) <= MOST_KERNELS:
        for chosen in sorted(product(*map(range, counts)), key=lambda places: (sum(places), places)):
            units = zip(counts, chosen, strict=True)
            yield tuple(int(place == one) for count, one in units for place in range(count))


def _entries(count: int) -> Iterator[tuple[int, ...]]:
    for weight in range(MOST_WEIGHT + 1 if count else 1):
        chosen = combinations_with_replacement(range(count), weight)
        sizes = sorted((tuple(map(places.count, range(count))) for places in chosen), key=_order)
        yield from sizes
        yield from (values for absolute in sizes for values in _signed(absolute) if values != absolute)


def _order(entries: tuple[int, ...]) -> tuple[Any, ...]:
    """Small entries before large ones, early places before late ones."""
    return max(entries, default=0), tuple(-v for v in entries)


def _signed(entries: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return product(*((v, -v) if v else (v,) for v in entries))
