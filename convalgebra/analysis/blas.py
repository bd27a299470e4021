"""What the libraries behind NumPy and SciPy have besides: routines of LAPACK, and a knob for their threads.

While our own threads share the work, OpenBLAS works on one: two kinds of threads hinder each other.  Small matrices go
through it ten times slower where its threads wait for a processor that others use.  It also takes a lock at every call;
NumPy and SciPy each bring a copy with locks of its own, so that two threads go to two copies.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import contextmanager
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, local
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Routine = Callable[..., None]
    Knob = tuple[Callable[[int], None], Callable[[], int]]  # sets and gets the number of threads

MODULES = ("numpy.linalg._umath_linalg", "scipy.linalg.cython_lapack")  # each may bring an OpenBLAS of its own
NAMES = [f"{prefix}openblas_%s_num_threads{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", "")]
PATTERNS = ("scipy_%s_64_", "%s_64_", "scipy_%s_", "%s_")
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
            try:
                self._limit()
            except BaseException:  # an interrupt
                self._leave()
                raise

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._leave()

    def _limit(self) -> None:
        for name, (put, get) in knobs():
            if name not in self._before:  # it may be loaded while others are inside
                self._before[name] = get()
                put(1)

    def _leave(self) -> None:
        self._inside -= 1
        for name, (put, _) in knobs():
            if not self._inside and name in self._before:
                put(self._before.pop(name))


def knobs() -> Iterator[tuple[str, Knob]]:
    """The loaded modules that bring an OpenBLAS whose threads can be set; none where NumPy is built otherwise."""
    for name in MODULES:
        knob = _knob(name) if name in sys.modules or name in _OPEN else None
        if knob is not None:
            yield name, knob


class _Here(local):
    turn: int | None = None  # of this thread among those that share the work


@contextmanager
def thread_of(turn: int) -> Iterator[None]:
    """Inside, this thread calls the library of its turn."""
    before, _HERE.turn = _HERE.turn, turn
    try:
        yield
    finally:
        _HERE.turn = before


def first_of_several() -> bool:
    """Is this the first of the threads that share the work?"""
    return _HERE.turn == 0


def libraries() -> int:
    """How many libraries with locks of their own there are; loads them."""
    return 1 + (_second("zhetrd") is not None)


def routine(name: str) -> Routine | None:
    """LAPACK's routine, called without the interpreter's lock; None where the library has no such name.

    All arguments are addresses.  Integers have 32 or 64 bits: small ones in 64, lowest bits first, are read as either.

    >>> routine("no such name") is None
    True
    """
    return (_second(name) if (_HERE.turn or 0) % 2 else None) or _routine(MODULES[0], name)


def _second(name: str) -> Routine | None:
    """SciPy's, unless it is NumPy's own."""
    first, second = (_routine(module, name) for module in MODULES)
    places = {ctypes.cast(f, ctypes.c_void_p).value for f in (first, second)}  # type: ignore[arg-type]
    return second if len(places) == len(MODULES) else None


@lru_cache(maxsize=32)
def _routine(module: str, name: str) -> Routine | None:
    library = _library(module) if sys.byteorder == "little" else None
    found = (getattr(library, pattern % name, None) for pattern in PATTERNS)
    function = next((f for f in found if f is not None), None)
    if function is None:
        return None
    function.restype, function.argtypes = None, [ctypes.c_void_p] * ARGUMENTS[name]
    return cast("Routine", function)


def _library(module: str) -> ctypes.CDLL | None:
    """The library behind a module of compiled code, which need not be imported for that."""
    if module not in _OPEN:
        package, *inner = module.split(".")
        spec = find_spec(package)
        place = Path((spec and spec.origin) or "").parent.joinpath(*inner)
        files = (place.with_name(place.name + suffix) for suffix in EXTENSION_SUFFIXES)
        _OPEN[module] = next((_opened(file) for file in files if file.exists()), None)
    return _OPEN[module]


def _opened(file: Path) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(str(file))
    except OSError:
        return None


@lru_cache(maxsize=8)
def _knob(module: str) -> Knob | None:
    library = _library(module)
    pairs = ((getattr(library, name % "set", None), getattr(library, name % "get", None)) for name in NAMES)
    return next(((put, get) for put, get in pairs if put is not None and get is not None), None)


_OPEN: dict[str, ctypes.CDLL | None] = {}
_HERE = _Here()


ONE_THREAD = OneThread()
