"""Half of all frequencies, in chunks, on threads: opposite ones have conjugate blocks and equal singular values."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache, partial
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.sealing import sealed
from convalgebra.analysis.blas import ONE_THREAD, libraries, thread_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.algebra.rings import Array
    from convalgebra.analysis.symbol import Symbol

CHUNK = 2**22  # bytes of the blocks of one chunk; for some milliseconds after a product the processor is slower
MOST_KEPT = 2**14  # frequencies whose half is kept: the layers of a network share their grids
LARGE = 48  # the least side of blocks that all threads share: the calls for smaller ones wait for one interpreter
FEW = 8  # large blocks of one chunk, which are made by one product of matrices


def half(symbol: Symbol) -> tuple[Array, Array]:
    """The flat frequencies that are no later than their opposites, and how many frequencies each stands for.

    >>> import convalgebra as ca
    >>> from convalgebra.analysis.symbol import Symbol
    >>> half(Symbol.of(ca.circulant([1, 2, 0, 0, 0])))
    (array([0, 1, 2]), array([1, 2, 2]))
    """
    few = prod(symbol.grid) <= MOST_KEPT
    return (_kept_half if few else _half)(symbol.grid, symbol.real)


def _half(grid: Box, real: bool) -> tuple[Array, Array]:
    count = prod(grid)
    numbers = np.arange(count)
    if not real or not grid:
        return sealed(numbers), sealed(np.ones(count, dtype=np.int64))
    others = _opposite(grid, numbers)
    kept = np.flatnonzero(numbers <= others)
    return sealed(kept), sealed(np.where(others[kept] == kept, 1, 2))


_kept_half = lru_cache(maxsize=16)(_half)


def opposite(symbol: Symbol, numbers: Array) -> Array:
    """The flat frequencies `-f mod n`.

    >>> import convalgebra as ca
    >>> from convalgebra.analysis.symbol import Symbol
    >>> opposite(Symbol.of(ca.circulant([1, 2, 0, 0])), np.arange(4))
    array([0, 3, 2, 1])
    """
    return _opposite(symbol.grid, numbers)


def _opposite(grid: Box, numbers: Array) -> Array:
    flat: Array = np.zeros_like(numbers)
    for f, n in zip(np.unravel_index(numbers, grid) if grid else (), grid, strict=True):
        flat = flat * n + -f % n
    return flat


def chunks(symbol: Symbol, numbers: Array, *, own_grid: bool = False) -> list[Array]:
    """The frequencies in pieces whose blocks, Gram matrices and waves take about CHUNK bytes each, or FEW of them.

    On the symbol's own grid there are no waves where the transform is known.
    """
    taps = 1 if own_grid and symbol.transform is not None else len(symbol.weight)
    most = max(symbol.entries, symbol.weight.shape[1] * min(symbol.sides) ** 2, taps)
    some = max(CHUNK // (16 * most), min(FEW, taps))
    if len(numbers) <= some:
        return [numbers] if len(numbers) else []
    rounds = ceil(len(numbers) / (some * processors()))  # as many pieces for each thread
    return np.array_split(numbers, min(rounds * processors(), len(numbers)))


def each(
    function: Callable[[Any], Any], parts: Sequence[Any], scheduler: Any = None, threads: int | None = None
) -> list[Any]:
    """`[function(part) for part in parts]` on threads, one a processor, or as the Dask scheduler has it.

    >>> each(len, [[1], [1, 2]])
    [1, 2]
    """
    if scheduler is not None:
        from convalgebra.analysis.distributed import spread  # noqa: PLC0415  # Dask is an extra

        return spread(function, parts, scheduler)
    workers = min(len(parts), processors() if threads is None else threads)
    if workers > 1:
        libraries()
    with ONE_THREAD if len(parts) > 1 else nullcontext():
        if workers < 2:
            return [function(part) for part in parts]
        share = partial(_every_other, function, parts, workers)
        with ThreadPoolExecutor(workers - 1) as pool:  # NumPy leaves the interpreter to others while LAPACK works
            others = [pool.submit(share, turn) for turn in range(1, workers)]
            found = [share(0), *(other.result() for other in others)]
    return [found[k % workers][k // workers] for k in range(len(parts))]


def _every_other(function: Callable[[Any], Any], parts: Sequence[Any], workers: int, turn: int) -> list[Any]:
    """Each thread has parts of its own, so that the same library answers for the same part every time."""
    with thread_of(turn):
        return [function(part) for part in parts[turn::workers]]


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sharers() -> int:
    """The threads that share many small blocks: one for each library, at most."""
    return min(processors(), libraries())
