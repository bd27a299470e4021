"""What all readers share: how they refuse."""

from __future__ import annotations

from typing import Any

from convalgebra.errors import ArgumentError


def must(truth: Any, what: str) -> None:
    """Raises `ArgumentError` with what must be, where it is not.

    >>> must(1 + 1 == 2, "a sum must be right")
    """
    if not truth:
        raise ArgumentError(what)
