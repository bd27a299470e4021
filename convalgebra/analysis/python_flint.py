"""The library python-flint: integers, polynomials and balls of any precision.  It is an extra."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from convalgebra.errors import MissingExtraError


@lru_cache(maxsize=1)
def flint() -> Any:
    """The library; None where it is not installed."""
    if find_spec("flint") is None:
        return None
    import flint as library  # noqa: PLC0415

    return library


def required(what: str, instead: str) -> Any:
    """The library, or an error that names the extra and what to write without it."""
    library = flint()
    if library is None:
        msg = f"python-flint must be installed for {what}; write pip install 'convalgebra[flint]', or {instead}"
        raise MissingExtraError(msg)
    return library
