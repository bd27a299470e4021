"""Chunks of work on Dask: threads, processes, or a cluster whose client is handed over.  Dask is an extra."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.indexing import choice
from convalgebra.errors import ArgumentError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCHEDULERS = ("threads", "processes", "synchronous")


def spread(function: Callable[[Any], Any], parts: Sequence[Any], scheduler: Any) -> list[Any]:
    """`[function(part) for part in parts]` by the Dask scheduler of that name, or the cluster of that client.

    A cluster computes a part again when its worker is lost.  On a terminal a bar shows the progress.

    >>> spread(len, [[1], [1, 2]], "cluster")
    Traceback (most recent call last):
    convalgebra.errors.ArgumentError: scheduler must be one of 'threads', 'processes', 'synchronous', not 'cluster'
    """
    if isinstance(scheduler, str):
        return _by_name(function, parts, choice(scheduler, "scheduler", SCHEDULERS))
    if not (hasattr(scheduler, "submit") and hasattr(scheduler, "gather")):
        msg = f"scheduler must be a Dask client or one of {', '.join(SCHEDULERS)}, not {scheduler!r}"
        raise ArgumentError(msg)
    task = scheduler.submit(_same, function, pure=False)  # once for all parts; computed again where it is lost
    futures = scheduler.map(_call, [task] * len(parts), parts, pure=False)
    if sys.stdout.isatty():  # where this bar writes
        import_module("dask.distributed").progress(futures, notebook=False)
    return list(scheduler.gather(futures))


def _by_name(function: Callable[[Any], Any], parts: Sequence[Any], name: str) -> list[Any]:
    try:
        dask, diagnostics = import_module("dask"), import_module("dask.diagnostics")
    except ImportError as error:
        msg = "Dask must be installed for scheduler=; write pip install 'convalgebra[dask]', or leave it out"
        raise MissingExtraError(msg) from error
    tasks = [dask.delayed(function, pure=False)(part) for part in parts]
    with diagnostics.ProgressBar(out=sys.stderr) if sys.stderr.isatty() else nullcontext():
        return list(dask.compute(*tasks, scheduler=name))


def _same(function: Any) -> Any:
    return function


def _call(function: Callable[[Any], Any], part: Any) -> Any:
    return function(part)
