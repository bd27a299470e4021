"""Constructors for all sizes: an argument may bring its own meaning of a constructor.

As NumPy asks its arguments for `__array_function__`, a constructor asks them for `__convalgebra__`: sizes and kernels
that are symbols answer with the constructor of the same name for all sizes; so do SymPy's integer symbols as sizes.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numpy as np

from convalgebra.algebra.polynomial import is_expr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
R = TypeVar("R")
PLAIN = {int, str, list, np.ndarray}  # what is not looked into for symbols
OF_ENTRIES = {"circulant", "diagonal", "kron", "toeplitz"}  # whose arguments are entries: symbols there are kernels


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
        values = (*args, *kwargs.values())
        if {*map(type, values)} <= PLAIN:
            return constructor(*args, **kwargs)
        symbol = next(symbols_in(values), None)
        if symbol is not None:
            return cast("R", symbol.__convalgebra__(constructor.__name__)(*args, **kwargs))
        if constructor.__name__ not in OF_ENTRIES and any(is_integer_symbol(v) for v in flattened(values)):
            return cast("R", counterpart(constructor.__name__)(*args, **kwargs))
        return constructor(*args, **kwargs)

    return construct


def symbols_in(values: Any) -> Iterator[Any]:
    """The arguments that bring their own constructors, also those within tuples."""
    return (value for value in flattened(values) if hasattr(type(value), "__convalgebra__"))


def flattened(values: Any) -> Iterator[Any]:
    """The arguments, and those within tuples."""
    for value in values:
        if isinstance(value, tuple):
            yield from flattened(value)
        else:
            yield value


def is_integer_symbol(value: Any) -> bool:
    """Is it a SymPy expression in integer symbols: a size or a shift, such as Symbol("n", integer=True)?"""
    return is_expr(value) and bool(value.free_symbols) and all(x.is_integer for x in value.free_symbols)


def counterpart(name: str) -> Callable[..., Any]:
    """The constructor of this name for all sizes."""
    from convalgebra.proofs.symbolic_conv import CONSTRUCTORS  # noqa: PLC0415  # door

    return CONSTRUCTORS[name]  # type: ignore[return-value]
