"""The few errors of the library: each says what must be what, and the call to write instead.

Every one is a `ConvAlgebraError`, and also the built-in error a caller would expect.
"""

from __future__ import annotations

from typing import Any


class ConvAlgebraError(Exception):
    """Any error that convalgebra raises on purpose.

    >>> import convalgebra as ca
    >>> try:
    ...     ca.shift(0, 1)
    ... except ca.ConvAlgebraError as error:
    ...     print(error)
    n must be at least 1, not 0
    """


class ShapeError(ConvAlgebraError, ValueError):
    """Two shapes that must fit do not."""


class ArgumentError(ConvAlgebraError, ValueError):
    """An argument has a value outside its range."""


class EntryError(ConvAlgebraError, TypeError):
    """A matrix entry is of a kind that is not understood here, or not finite."""


class SizeLimitError(ConvAlgebraError, ValueError):
    """A result would need more memory than the stated limit; nothing was allocated."""


class NotLinearError(ConvAlgebraError, TypeError):
    """A layer has no matrix because it is not linear."""


class RefutedError(ConvAlgebraError, ValueError):
    """A claim is false; `refutation` carries the smallest witness."""

    def __init__(self, message: str, refutation: Any = None) -> None:
        super().__init__(message)
        self.refutation = refutation


class UndecidedError(ConvAlgebraError, ValueError):
    """A claim could be neither proved nor refuted; `verdict` says what was checked."""

    def __init__(self, message: str, verdict: Any = None) -> None:
        super().__init__(message)
        self.verdict = verdict


class MissingExtraError(ConvAlgebraError, ImportError):
    """An optional package is needed; the message names the extra to install."""
