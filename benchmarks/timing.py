"""Comparing functions within one process: shuffled rounds, paired ratios, peak memory.

Absolute times tell about the machine and its other users; the ratio of two functions timed in the same round does not.
Traps avoided here: a fixed order (whoever follows a threaded library pays for its spinning threads and for evicted
caches), short calls measured once, a result freed while the clock runs, a first call that pays for lazy imports.
"""

from __future__ import annotations

import gc
import os
import random
import tracemalloc
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Runner = Callable[[], Any]
    Times = dict[str, list[float]]

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch reads it when it is loaded: import torch after this module

TURN = 0.005  # seconds; a shorter call is repeated for so long, and pays once for the caches its neighbour evicted


def seconds(run: Runner, turn: float = TURN) -> float:
    """The mean time of a call in one turn; results are freed while the clock stands."""
    spent, calls = 0.0, 0
    while spent < turn:
        start = perf_counter()
        result = run()
        spent += perf_counter() - start
        calls += 1
        del result
    return spent / calls


def race(runners: dict[str, Runner], budget: float = 2.0, least: int = 5, most: int = 100, turn: float = TURN) -> Times:
    """The times of all runners in as many rounds as the budget of seconds allows, the order drawn anew each round."""
    for run in runners.values():
        run()
    names, times = list(runners), {name: [] for name in runners}
    gc.collect()
    start, rounds = perf_counter(), 0
    while rounds < least or (rounds < most and perf_counter() - start < budget):
        random.shuffle(names)
        for name in names:
            times[name].append(seconds(runners[name], turn))
        rounds += 1
    return times


def ratio(times: Times, name: str, base: str) -> float:
    """The median over the rounds of time / time of the base."""
    return median(a / b for a, b in zip(times[name], times[base], strict=True))


def peak_bytes(run: Runner) -> int:
    """The most memory that Python and NumPy held for the call, its result included."""
    gc.collect()
    tracemalloc.start()
    try:
        result = run()
        peak = tracemalloc.get_traced_memory()[1]
        del result
    finally:
        tracemalloc.stop()
    return peak
