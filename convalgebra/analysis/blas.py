"""What NumPy's own library for linear algebra has besides NumPy: routines of LAPACK, and a knob for its threads.

While our own threads share the work, OpenBLAS works on one: two kinds of threads hinder each other.  Small matrices go
through it ten times slower where its threads wait for a processor that others use.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Routine = Callable[..., None]
    Knob = tuple[Callable[[int], None], Callable[[], int]]  # sets and gets the number of threads

MODULES = ("numpy.linalg._umath_linalg", "scipy.linalg.cython_lapack")  # each may bring an OpenBLAS of its own
NAMES = [f"{prefix}openblas_%s_num_threads{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", "")]
PATTERNS = ("scipy_%s_64_", "%s_64_", "%s_")
ARGUMENTS = {"zhetrd": 10, "dsterf": 4, "zgebrd": 11, "dlasq1": 5, "zpotrf": 5}


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
def routine(name: str) -> Routine | None:
    """LAPACK's routine from NumPy's library, called without the interpreter's lock; None where it has no such name.

    All arguments are addresses.  Integers have 32 or 64 bits: small ones in 64, lowest bits first, are read as either.

    >>> routine("no such name") is None
    True
    """
    library = _library(sys.modules[MODULES[0]].__file__ or "") if sys.byteorder == "little" else None
    found = (getattr(library, pattern % name, None) for pattern in PATTERNS)
    function = next((f for f in found if f is not None), None)
    if function is None:
        return None
    function.restype, function.argtypes = None, [ctypes.c_void_p] * ARGUMENTS[name]
    return cast("Routine", function)


@lru_cache(maxsize=8)
def _library(file: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(file)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _knob(file: str) -> Knob | None:
    library = _library(file)
    pairs = ((getattr(library, name % "set", None), getattr(library, name % "get", None)) for name in NAMES)
    return next(((put, get) for put, get in pairs if put is not None and get is not None), None)


ONE_THREAD = OneThread()
