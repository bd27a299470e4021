"""What a matrix entry may be, and when two entries are equal.

| entries | stored as | equality |
|---|---|---|
| integers | int64, or Python ints where int64 could overflow | exact |
| rationals | `Fraction` | exact |
| symbolic | SymPy expressions, or `Polynomial` once they were multiplied | exact, or undecided |
| floats, complex floats | float64, complex128 | never a proof |
"""

from __future__ import annotations

import numbers
import operator
import sys
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.abstract import Abstract, refuse_abstract
from convalgebra.algebra.cyclotomic import collected, reduced, turns
from convalgebra.algebra.foreign import plain_array
from convalgebra.algebra.points import witnesses
from convalgebra.algebra.polynomial import Polynomial, generators_of, is_expr, is_plain
from convalgebra.algebra.sealing import is_sealed, sealed
from convalgebra.errors import EntryError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Array = np.ndarray[Any, np.dtype[Any]]

INT64_MAX = 2**63 - 1
EXACT_DOUBLE = 2**53  # integers up to it are exact in float64
MEMORY_LIMIT = 4 * 2**30  # bytes of one result; every view takes `max_bytes=` to lift it
ALGEBRAIC_LIMIT = 100  # operations of an algebraic number that is still decided exactly
_EXACT_TYPES = (int, Fraction, Polynomial)
_ASSUMED = operator.attrgetter("_assumptions_orig")  # of a symbol: what its maker assumed of it


def entries(values: Any, name: str = "entries") -> Array:
    """The values as an array of one kind: int64, float64, complex128, or exact objects.

    >>> entries([1, 2]).dtype
    dtype('int64')
    >>> entries([0, 2**63 + 1])
    array([0, 9223372036854775809], dtype=object)
    """
    if isinstance(values, Abstract):
        return values
    array = values if type(values) is np.ndarray else plain_array(values, name)
    if array.dtype.kind in "bi" or (array.dtype.kind == "u" and array.dtype.itemsize < np.dtype(np.int64).itemsize):
        return array.astype(np.int64)
    wide = np.dtype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if array.dtype.kind in "fc" and array.dtype.itemsize <= wide.itemsize:
        return _finite(array.astype(wide), name)
    if array.dtype.kind not in "uO":
        msg = f"{name} must be integers, fractions, SymPy expressions or floats up to 64 bits, not {array.dtype}"
        raise EntryError(msg)
    if are_free(array):
        return array.copy()
    if not set(map(type, array.flat)) <= {int, float, Fraction}:
        array = filled(array.shape, [_scalar(v, name) for v in array.flat])
    return _classify(array.copy(), name)


def frozen(values: Any, name: str = "entries") -> Array:
    """`entries`, read-only: what an operator or a layer is made of never changes, and may be shared."""
    return values if is_sealed(values) else sealed(entries(values, name))


def owned(array: Array, name: str = "entries") -> Array:
    """`frozen` without a copy, for tidy numbers made for this alone."""
    return sealed(array if array.dtype != object else entries(array, name))


def _scalar(value: Any, name: str) -> Any:
    """A Python int, Fraction, float, complex, Polynomial or SymPy expression of the same value."""
    if isinstance(value, np.generic):
        value = value.item()
    if is_expr(value):
        return _sympy_scalar(value, name)
    if isinstance(value, Fraction | Polynomial | float | complex):
        return value
    if isinstance(value, numbers.Rational):
        return _constant(Fraction(operator.index(value.numerator), operator.index(value.denominator)))
    try:
        return operator.index(value)
    except TypeError:
        msg = f"{name} must be integers, fractions, SymPy expressions or floats, not {value!r} ({type(value).__name__})"
        raise EntryError(msg) from None


def _sympy_scalar(value: Any, name: str) -> Any:
    if _no_number(value) or value.is_finite is False or not value.is_commutative:
        msg = f"{name} must be finite and commutative, not {value}"
        raise EntryError(msg)
    if value.is_Integer:
        return int(value)
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    return float(value) if value.is_Float else value


def are_free(array: Array) -> bool:
    """Is every entry a symbol without any assumption?  Nothing of it is to be checked, and it may take any value."""
    sympy = sys.modules.get("sympy")
    kinds = set(map(type, array.flat))
    return sympy is not None and kinds == {sympy.Symbol} and not any(map(_ASSUMED, array.flat))


def _no_number(value: Any) -> bool:
    import sympy  # noqa: PLC0415

    return bool(value.has(sympy.nan, sympy.oo, -sympy.oo, sympy.zoo, sympy.AccumBounds, sympy.Lambda))


def _classify(array: Array, name: str) -> Array:
    """Floats where any entry is a float and none symbolic; int64 where all are ints that fit; else objects."""
    kinds = set(map(type, array.flat))
    if kinds <= {int} or not kinds:
        return array.astype(np.int64) if all(-INT64_MAX <= v <= INT64_MAX for v in array.flat) else array
    if kinds <= {int, Fraction, float, complex} and kinds & {float, complex}:
        return _finite(floating(array, np.complex128 if complex in kinds else np.float64, name), name)
    if kinds & {float, complex}:
        _finite(np.array([v for v in array.flat if isinstance(v, float | complex)], dtype=np.complex128), name)
        return filled(array.shape, map(_rational, array.flat))
    return array


def _rational(value: Any) -> Any:
    """A float beside symbols, as the binary fraction it is."""
    if isinstance(value, complex):
        return Polynomial.of(value).as_expr()
    return _constant(Fraction(value)) if isinstance(value, float) else value


def _finite(array: Array, name: str) -> Array:
    if not np.isfinite(array).all():
        msg = f"{name} must be finite, not NaN or infinite"
        raise EntryError(msg)
    return array


def is_exact(array: Array) -> bool:
    """Are sums and products of these entries exact?

    >>> is_exact(entries([1, 2])), is_exact(entries([0.5]))
    (True, False)
    """
    return array.dtype.kind in "iO"


def is_symbolic(array: Array) -> bool:
    """Does an entry hold a symbol?

    >>> is_symbolic(entries([1, 2]))
    False
    """
    return array.dtype == object and not all(isinstance(v, int | Fraction) for v in array.flat)


def symbols_of(array: Array) -> set[Any]:
    """The SymPy symbols on which the entries depend; roots of unity and other constants have none."""
    if not is_symbolic(array):
        return set()
    generators = generators_of(map(Polynomial.of, array.flat))
    return {s for g in generators for s in ([g] if is_plain(g) else g.free_symbols)}


def ring_name(array: Array) -> str:
    """The ring in which the entries lie, as it is printed in verdicts.

    >>> ring_name(entries([1, 2])), ring_name(entries([Fraction(1, 2), 1])), ring_name(entries([1j]))
    ('ZZ', 'QQ', 'CC')
    """
    if array.dtype != object:
        return {"i": "ZZ", "f": "RR", "c": "CC"}[tidy(array).dtype.kind]
    if not is_symbolic(array):
        return "QQ" if any(isinstance(v, Fraction) for v in array.flat) else "ZZ"
    plain = all(is_expr(v) and v.is_Symbol for v in array.flat)  # reading thousands as polynomials is slow
    polynomials = [] if plain else [Polynomial.of(v) for v in array.flat]
    generators = _named([*set(array.flat)] if plain else generators_of(polynomials))
    shown = generators if len(generators) <= 4 else [*generators[:2], "...", generators[-1]]
    rational = Fraction in {type(c) for p in polynomials for c in p.terms.values()}  # isinstance asks an ABC
    field = "QQ" if rational else "ZZ"
    return f"{field}[{', '.join(shown)}]" if shown else field


def _named(generators: list[Any]) -> list[str]:
    """The generators as text, all roots of unity as one primitive root."""
    roots = [q for q in map(turns, generators) if q is not None]
    plain = (g.name if g.is_Symbol else str(g) for g in generators if turns(g) is None)  # printing is slow
    named = sorted(plain, key=lambda name: (len(name), name))
    return [f"zeta_{lcm(*(q.denominator for q in roots))}", *named] if roots else named


def multipliable(left: Array, right: Array, count: int = 1) -> tuple[Array, Array]:
    """Both arrays in one kind in which `count` products can be added up exactly (or in floating point).

    >>> [a.dtype for a in multipliable(entries([2**40]), entries([2**40]))]
    [dtype('O'), dtype('O')]
    """
    kinds = {left.dtype.kind, right.dtype.kind}
    if kinds == {"i"}:
        fits = max(count, 1) * magnitude(left) * magnitude(right) <= INT64_MAX
        return (left, right) if fits else (objects(left), objects(right))
    if "O" in kinds and not _floating((left, right)):
        return objects(left), objects(right)
    left, right = _floats((left, right))
    return left, right


def times(left: Array, right: Array, count: int = 1) -> Array:
    """`left * right`, entry by entry, in a kind that holds sums of `count` of these.

    Floats overflow in silence: `tidy` refuses what is infinite.

    >>> times(entries([2**40, 1]), entries(2**40)).tolist() == [2**80, 2**40]
    True
    """
    left, right = multipliable(left, right, count)
    with np.errstate(over="ignore", invalid="ignore"):
        product: Array = left * right
    return product


def addable(arrays: Iterable[Array]) -> list[Array]:
    """The arrays in one kind in which their sum is exact (or in floating point)."""
    parts = list(arrays)
    if _floating(parts):
        return _floats(parts)
    kinds = {a.dtype.kind for a in parts}
    if "O" in kinds or (kinds == {"i"} and sum(map(magnitude, parts)) > INT64_MAX):
        return [objects(a) for a in parts]
    return parts


def _floating(parts: Iterable[Array]) -> bool:
    """Is the result floating point?  Floats beside symbols are exact binary fractions instead."""
    arrays = [*parts]
    return any(a.dtype.kind in "fcV" for a in arrays) and not any(map(is_symbolic, arrays))


def _floats(arrays: Iterable[Array]) -> list[Array]:
    parts = [*map(refuse_abstract, arrays)]
    kind = np.complex128 if any(a.dtype.kind == "c" for a in parts) else np.float64
    return [floating(a, kind) for a in parts]


def floating(array: Array, kind: type = np.float64, name: str = "entries") -> Array:
    """The numbers as the nearest floats; refused beyond them."""
    try:
        return array.astype(kind, copy=False)
    except OverflowError as error:
        msg = f"{name} beside floats must be below 1.8e308 in size, not beyond; write fractions.Fraction for the floats"
        raise EntryError(msg) from error


def magnitude(array: Array) -> int:
    """The largest absolute value of an integer array, as a Python int."""
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def objects(array: Array) -> Array:
    """Exact Python objects that can be added and multiplied: ints, Fractions, Polynomials."""
    if array.dtype.kind in "fc":
        return filled(array.shape, map(_rational, array.ravel().tolist()))
    if array.dtype != object:
        return array.astype(object)
    if all(isinstance(v, _EXACT_TYPES) for v in array.flat):
        return array
    return filled(array.shape, (v if isinstance(v, _EXACT_TYPES) else Polynomial.of(v) for v in array.flat))


def filled(shape: tuple[int, ...], values: Iterable[Any]) -> Array:
    """An object array of this shape with these values in C order."""
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = [*values]
    return array


def tidy(array: Array, name: str = "entries") -> Array:
    """The same entries in the smallest kind: constants out of `Polynomial`, int64 where all fit; floats are finite."""
    if refuse_abstract(array).dtype != object:
        return _finite(array, name) if array.dtype.kind in "fc" else array
    return _classify(filled(array.shape, map(_constant, array.flat)), name)


def _constant(value: Any) -> Any:
    if isinstance(value, Polynomial) and value.terms.keys() <= {()}:
        return value.terms.get((), 0)
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def public(array: Array) -> Array:
    """The entries as users see them: `Polynomial` becomes a SymPy expression."""
    array = tidy(array) if refuse_abstract(array).dtype == object else array
    return array if array.dtype != object else filled(array.shape, _shown(array.flat))


def _shown(values: Iterable[Any]) -> Iterator[Any]:
    seen: dict[int, Any] = {}
    kept = list(values)  # holds a reference to each value, so that ids stay unique
    for v in kept:
        if isinstance(v, Polynomial) and id(v) not in seen:
            seen[id(v)] = collected(v).as_expr()
        yield seen.get(id(v), v)


def conjugate(array: Array) -> Array:
    """The complex conjugates, entry by entry."""
    return np.conjugate(array) if array.dtype != object else filled(array.shape, (v.conjugate() for v in array.flat))


def nonzero(array: Array) -> Array:
    """A mask: False exactly where the entry is known to be the number zero."""
    if array.dtype != object:
        return np.not_equal(array, 0)
    if are_free(array):
        return np.ones(array.shape, dtype=bool)
    return np.array([not _is_literal_zero(v) for v in array.flat], dtype=bool).reshape(array.shape)


def _is_literal_zero(value: Any) -> bool:
    return not value.terms if isinstance(value, Polynomial) else not is_expr(value) and value == 0


def is_zero(value: Any) -> bool | None:
    """Is the exact entry zero, as a function of its symbols?  None where that is not decided.

    >>> import sympy
    >>> a = sympy.Symbol("a")
    >>> is_zero((a**2 - 1) / (a - 1) - (a + 1)), is_zero(a - 1), is_zero(sympy.sin(a) ** 2 + sympy.cos(a) ** 2 - 1)
    (True, False, None)
    """
    polynomial = Polynomial.of(value)
    if not polynomial.opaque:
        return not polynomial
    import sympy  # noqa: PLC0415

    numerator, denominator = sympy.together(polynomial.as_expr()).as_numer_denom()
    polynomial = Polynomial.of(numerator)
    if not Polynomial.of(denominator):
        return None
    remainder = reduced(polynomial)
    return not remainder if remainder is not None else _is_zero_expr(polynomial.as_expr())


def _is_zero_expr(expr: Any) -> bool | None:
    """Decide an expression with opaque parts: algebraic numbers exactly, the rest only when visibly non-zero."""
    import sympy  # noqa: PLC0415

    if next(witnesses(expr), None) is not None:
        return False
    if expr == 0:
        return True
    if expr.free_symbols or not expr.is_algebraic or sympy.count_ops(expr) > ALGEBRAIC_LIMIT:
        return None
    domain, (element,) = sympy.construct_domain([expr], extension=True)
    return bool(domain.is_zero(element))


def check_memory(count: int, itemsize: int, what: str, max_bytes: int | None = MEMORY_LIMIT) -> None:
    """Refuse a result of `count` items before any memory is taken.

    >>> check_memory(10**12, 8, "the dense matrix")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    convalgebra.errors.SizeLimitError: the dense matrix must fit into 4.0 GiB, not 7450.6 GiB; use a smaller size, ...
    """
    if max_bytes is not None and count * itemsize > max_bytes:
        msg = (
            f"{what} must fit into {_bytes(max_bytes)}, not {_bytes(count * itemsize)}; "
            "use a smaller size, or pass max_bytes=None where the view takes it"
        )
        raise SizeLimitError(msg)


def _bytes(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**27 else f"{count} bytes"
