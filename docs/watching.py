"""What a statement builds: every call that it makes of the library, with its arguments and what it gave."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import convalgebra.theorems
from convalgebra.algebra.operator import Operator
from convalgebra.errors import ArgumentError
from convalgebra.layers.base import Layer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

FOLDER = Path(convalgebra.theorems.__file__).parent
CHAPTERS = {str(path) for path in FOLDER.glob("*.py")} - {
    str(FOLDER / f"{m}.py") for m in ("theorem", "domains", "facts")
}


@dataclass(frozen=True, eq=False)
class Call:
    """One call: the function's name, its arguments, its value; a new object is the value of the call that makes it."""

    name: str
    given: dict[str, Any]
    value: Any

    @cached_property
    def layer(self) -> Any:
        """The layer or layers that the call is about."""
        return next((value for value in self.given.values() if _is_network(value)), None)

    @cached_property
    def in_shape(self) -> Any:
        """The shape of the input that the call names, or has."""
        sample = self.given.get("x") if self.name == "__call__" else None
        return self.given.get("in_shape") if sample is None else getattr(sample, "shape", None)

    @cached_property
    def factors(self) -> tuple[Any, ...]:
        """The two operators that the call multiplies."""
        pair = tuple(self.given.get(name) for name in ("self", "other"))
        return pair if self.name == "__matmul__" and all(isinstance(side, Operator) for side in pair) else ()


def _is_network(value: Any) -> bool:
    parts = value if isinstance(value, list | tuple) and value else [value]
    return all(isinstance(part, Layer) for part in parts)


def watched(statement: Callable[[], Any]) -> tuple[Any, list[Call]]:
    """The value of the statement, and the calls that the chapters of the catalogue make while it is built.

    The value is None where the statement has hypotheses that cannot be met by what it is given.
    """
    calls: list[Call] = []
    open_calls: dict[int, dict[str, Any]] = {}

    def note(frame: FrameType, event: str, value: Any) -> None:
        caller = frame.f_back
        if event not in {"call", "return"} or caller is None or caller.f_code.co_filename not in CHAPTERS:
            return
        if event == "call":
            open_calls[id(frame)] = dict(frame.f_locals)
        else:
            given = open_calls.pop(id(frame), {})
            name = getattr(given.get("constructor"), "__name__", frame.f_code.co_name)
            calls.append(Call(name, given, given.get("self") if name == "__init__" else value))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        return statement(), calls
    except ArgumentError:
        return None, calls
    finally:
        sys.setprofile(before)
