"""One thread for OpenBLAS while our own threads share the work: two kinds of threads hinder each other.

Small matrices go through it ten times slower where its threads wait for a processor that others use.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Knob = tuple[Callable[[int], None], Callable[[], int]]  # sets and gets the number of threads

MODULES = ("numpy.linalg._umath_linalg", "scipy.linalg.cython_lapack")  # each may bring an OpenBLAS of its own
NAMES = [f"{prefix}openblas_%s_num_threads{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", "")]


class OneThread:
    """While anyone is inside, OpenBLAS works on one thread; the last to leave restores what was before.

    >>> with ONE_THREAD:
    ...     {get() for _, (_, get) in knobs()} <= {1}
    True
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._before: dict[str, int] = {}

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            for name, (put, get) in knobs():
                if name not in self._before:  # it may be loaded while others are inside
                    self._before[name] = get()
                    put(1)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            for name, (put, _) in knobs():
                if not self._inside and name in self._before:
                    put(self._before.pop(name))


def knobs() -> Iterator[tuple[str, Knob]]:
    """The loaded modules that bring an OpenBLAS whose threads can be set; none where NumPy is built otherwise."""
    for name in MODULES:
        knob = _knob(sys.modules[name].__file__ or "") if name in sys.modules else None
        if knob is not None:
            yield name, knob


@lru_cache(maxsize=8)
def _knob(file: str) -> Knob | None:
    try:
        library = ctypes.CDLL(file)
    except OSError:
        return None
    pairs = ((getattr(library, name % "set", None), getattr(library, name % "get", None)) for name in NAMES)
    return next(((put, get) for put, get in pairs if put is not None and get is not None), None)


ONE_THREAD = OneThread()
