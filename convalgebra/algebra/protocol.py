"""Constructors for all sizes: an argument may bring its own meaning of a constructor.

As NumPy asks its arguments for `__array_function__`, a constructor asks them for `__convalgebra__`: sizes and kernels
that are symbols answer with the constructor of the same name for all sizes.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
R = TypeVar("R")


def for_all_sizes(constructor: Callable[P, R]) -> Callable[P, R]:
    """The constructor, which hands symbolic sizes and kernels on to its counterpart for all sizes.

    >>> class Symbol:
    ...     def __convalgebra__(self, name):
    ...         return lambda n: f"{name} for all sizes"
    >>> for_all_sizes(len)((1, (2, Symbol())))
    'len for all sizes'
    """

    @wraps(constructor)
    def construct(*args: P.args, **kwargs: P.kwargs) -> R:
        symbol = next(symbols_in((*args, *kwargs.values())), None)
        chosen = constructor if symbol is None else symbol.__convalgebra__(constructor.__name__)
        return cast("R", chosen(*args, **kwargs))

    return construct


def symbols_in(values: Any) -> Iterator[Any]:
    """The arguments that bring their own constructors, also those within tuples."""
    for value in values:
        if hasattr(type(value), "__convalgebra__"):
            yield value
        elif isinstance(value, tuple):
            yield from symbols_in(value)
