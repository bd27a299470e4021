"""The few errors of the library: each says what must be what, and the call to write instead.

Every one is a `ConvAlgebraError`, and also the built-in error a caller would expect.
"""

from __future__ import annotations

from typing import Any, TypeVar

ErrorT = TypeVar("ErrorT", bound="ConvAlgebraError")
LONGEST = 1_000  # characters of a message: whoever passes a million numbers need not read them again


class ConvAlgebraError(Exception):
    """Any error that convalgebra raises on purpose; of an argument of any length the message shows both ends.

    >>> import convalgebra as ca
    >>> try:
    ...     ca.shift(0, 1)
    ... except ca.ConvAlgebraError as error:
    ...     print(error)
    n must be at least 1, not 0
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(elided(message))

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), str(self), self.__dict__)


def elided(text: str) -> str:
    """The text, or both ends of it where it is long.

    >>> elided("x" * 10**6).count("x")
    994
    """
    half = LONGEST // 2 - 3
    return text if len(text) <= LONGEST else f"{text[:half]} ... {text[-half:]}"


def at(error: ErrorT, place: str) -> ErrorT:
    """The same error, with all that it carries, its message led by the place where it happened.

    >>> at(RefutedError("it is false", "the witness"), "layer 3").refutation
    'the witness'
    """
    return _again(type(error), f"{place}: {error}", error.__dict__)


def _again(kind: type[ErrorT], message: str, carried: dict[str, Any]) -> ErrorT:
    error = kind.__new__(kind, message)
    error.__dict__.update(carried)
    return error


class ShapeError(ConvAlgebraError, ValueError):
    """Two shapes that must fit do not."""


class ArgumentError(ConvAlgebraError, ValueError):
    """An argument has a value outside its range."""


class EntryError(ConvAlgebraError, TypeError):
    """A matrix entry is of a kind that is not understood here, or not finite."""


class SizeLimitError(ConvAlgebraError, ValueError):
    """A result would need more memory than the stated limit; nothing was allocated."""


class NoAttributeError(ConvAlgebraError, AttributeError):
    """An operator has no attribute of this name; where another library calls something so, the message says ours."""


class NotLinearError(ConvAlgebraError, TypeError):
    """A layer has no matrix because it is not linear."""


class NotAConvolutionError(ConvAlgebraError, ValueError):
    """A network is no single convolution: `reason`, the flat output `rows` that fail, and a `witness` input.

    Where the matrices were compared, `report` is the `Collapse` that says more: `count` rows out of how many, the
    `rank` of the defect, the `in_shape`.  Where a layer f is not linear, `witness` is a pair x, y of its inputs with
    f(x) + f(y) != f(x + y).

    >>> import convalgebra as ca
    >>> blur = ca.Conv([[[1, 2, 1]]], padding=1)
    >>> try:
    ...     ca.collapse([blur, blur], (1, 5))
    ... except ca.NotAConvolutionError as error:
    ...     print(error.rows, error.rank, error.witness)
    [0 4] 2 [[1 0 0 0 0]]
    """

    def __init__(self, reason: str, report: Any = None, pair: tuple[Any, Any] | None = None) -> None:
        super().__init__(f"the stack must be a single convolution, not {reason}")
        self.reason, self.report, self.pair = reason, report, pair

    @property
    def rows(self) -> Any:
        """The flat output rows that differ from the best single layer's, ascending."""
        return None if self.report is None else self.report.rows

    @property
    def count(self) -> int | None:
        """The number of those rows."""
        return None if self.rows is None else len(self.rows)

    @property
    def rank(self) -> int | None:
        """The rank of the defect."""
        return None if self.report is None else self.report.rank

    @property
    def witness(self) -> Any:
        """An input on which both differ: the first unit input, or zero where only biases do; or the pair x, y."""
        return self.pair if self.report is None else self.report.witness


class RefutedError(ConvAlgebraError, ValueError):
    """A claim is false; `refutation` carries the smallest witness."""

    def __init__(self, message: str, refutation: Any = None) -> None:
        Exception.__init__(self, message)  # a verdict is told whole
        self.refutation = refutation


class UndecidedError(ConvAlgebraError, ValueError):
    """A claim could be neither proved nor refuted; `verdict` says what was checked."""

    def __init__(self, message: str, verdict: Any = None) -> None:
        Exception.__init__(self, message)
        self.verdict = verdict


class MissingExtraError(ConvAlgebraError, ImportError):
    """An optional package is needed; the message names the extra to install."""
