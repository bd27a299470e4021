"""Named lemmas as rewrite rules on words, from which readable chains are put together.

A rule only proposes: every link of a chain is proved by the calculus on its own, so a wrong rule finds nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.proofs import constructors as make
from convalgebra.proofs.arguments import count
from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, UnsupportedError
from convalgebra.proofs.circular import circular_convolve
from convalgebra.proofs.expressions import Word, form, key, parts, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convalgebra.proofs.expressions import Form
    from convalgebra.proofs.symbolic import Symbolic

    Proposals = Iterator[tuple[str, Word]]
    Rule = Callable[..., Proposals]

DEFINITION = "definition of ⋆"
CONVOLUTION_COMMUTES = "convolution commutes"
CIRCULANTS_COMMUTE = "circulants commute"
WITH_SHIFTS = "circulants commute with shifts"
BY_CONVOLVING = "circulants multiply by convolving their kernels"
OF_THE_KERNEL = "a shift of the output is a shift of the kernel"
SHIFTS_ADD = "shifts add"
REVERSES = "transposing reverses the kernel"
NOBLE = "noble identity"
STRIDE_AND_SHIFT = "s steps before a stride are one after it"
DIAGONALISES = "Fourier diagonalises"
INVERSION = "Fourier inversion"
IDENTITY = "I does nothing"


def words(*operators: Any) -> Word:
    """The word of these factors, products among them taken apart."""
    done = [word(operator) for operator in operators]
    coefficient = ONE
    for part in done:
        coefficient = coefficient * part.coefficient
    return Word(tuple(f for part in done for f in part.factors), coefficient)


def _reversed(c: Symbolic) -> Any:
    return make.shift(c.rows) @ (make.flip(c.rows) @ c)


def _negative(k: tuple[Size, ...]) -> tuple[Size, ...]:
    return tuple(-v for v in k)


# --- one factor -------------------------------------------------------------------------------------------------------


def single(x: Symbolic) -> Proposals:
    """What one factor can be replaced by."""
    match form(x):
        case ("star", u, v):
            yield DEFINITION, words(make.circulant(v), u)
            yield CONVOLUTION_COMMUTES, Word((circular_convolve(v, u),))
        case ("circulant", c):
            yield from _of_a_kernel(c)
        case ("transposed", inner):
            yield from _transposed(word(inner))
        case ("shift", k) if not any(k):
            yield "S_0 = I", Word((make.identity(x.rows),))
        case ("upsample", s):
            yield "upsampling is the transposed stride", Word((make.downsample(x.rows, s).T,))
        case ("sum", left, right):
            yield "sums commute", Word((right + left,))
    for part, rebuild in parts(x):
        for name, new in neighbours(word(part)):
            yield name, Word((rebuild(new.operator),))


def _of_a_kernel(c: Symbolic) -> Proposals:
    """C_{u * v} = C_u C_v, C_{A u} = A C_u."""
    first, *rest = word(c).factors
    match form(first):
        case ("impulse", k) if not rest:
            yield "the circulant of an impulse is a shift", Word((make.shift(c.rows, k),))
        case ("star", u, v):
            yield BY_CONVOLVING, words(make.circulant(u), make.circulant(v))
        case ("circulant", _) if rest:
            yield BY_CONVOLVING, words(first, make.circulant(Word(tuple(rest)).operator))
        case ("shift", _) if rest:
            yield OF_THE_KERNEL, words(first, make.circulant(Word(tuple(rest)).operator))
    if [form(f)[0] for f in (first, *rest[:1])] == ["shift", "flip"] and key(first) == key(make.shift(c.rows)):
        yield REVERSES, Word((make.circulant(Word(tuple(rest[1:])).operator).T,))


def _transposed(inner: Word) -> Proposals:
    *others, last = inner.factors
    if others:
        yield "transpose of a product", words(last.T, Word(tuple(others), inner.coefficient).operator.T)
        return
    match form(last):
        case ("circulant", c):
            yield REVERSES, Word((make.circulant(_reversed(c)),))
        case ("shift", k):
            yield "shifts are orthogonal", Word((make.shift(last.rows, _negative(k)),))
        case ("transposed", A):
            yield "transposing twice", word(A)
        case ("sum", left, right):
            yield "transpose of a sum", Word((left.T + right.T,))
        case ("kron", left, right):
            yield "transpose of a Kronecker product", Word((make.kron(left.T, right.T),))
        case ("downsample", s):
            yield "upsampling is the transposed stride", Word((make.upsample(last.rows, s),))
        case ("identity" | "flip" | "dft" | "diagonal", *_):
            yield "a symmetric matrix", Word((last,), inner.coefficient)


# --- two neighbours ---------------------------------------------------------------------------------------------------


def pair(x: Symbolic, y: Symbolic) -> Proposals:
    """What two neighbouring factors can be replaced by."""
    for rules in (_vectors, _circulants, _shifts, _strides, _fourier, _linear):
        yield from rules((x, form(x)), (y, form(y)))


Factor = tuple["Symbolic", "Form"]


def _vectors(left: Factor, right: Factor) -> Proposals:
    (x, a), (y, b) = left, right
    if a[0] == "circulant" and not y.cols:
        yield DEFINITION, Word((circular_convolve(y, a[1]),))
    if a == ("identity",):
        yield IDENTITY, Word((y,))
    if b == ("identity",):
        yield IDENTITY, Word((x,))


def _circulants(left: Factor, right: Factor) -> Proposals:
    (x, a), (y, b) = left, right
    match a, b:
        case ("circulant", u), ("circulant", v):
            yield CIRCULANTS_COMMUTE, words(y, x)
            yield BY_CONVOLVING, Word((make.circulant(circular_convolve(u, v)),))
        case ("circulant", _), ("shift", _):
            yield WITH_SHIFTS, words(y, x)
        case ("shift", _), ("circulant", c):
            yield WITH_SHIFTS, words(y, x)
            yield OF_THE_KERNEL, Word((make.circulant(x @ c),))
        case ("flip",), ("circulant", _):
            yield "a flip transposes circulants", words(y.T, x)
        case ("circulant", _), ("flip",):
            yield "a flip transposes circulants", words(y, x.T)
        case (("transposed", A), ("flip",)) if form(A)[0] == "circulant":
            yield "a flip transposes circulants", words(y, A)


def _shifts(left: Factor, right: Factor) -> Proposals:
    (x, a), (y, b) = left, right
    match a, b:
        case ("shift", j), ("shift", k):
            yield SHIFTS_ADD, Word((make.shift(x.rows, tuple(p + q for p, q in zip(j, k, strict=True))),))
        case ("flip",), ("shift", k):
            yield "a flip turns a shift", words(make.shift(x.rows, _negative(k)), x)
        case ("shift", k), ("flip",):
            yield "a flip turns a shift", words(y, make.shift(x.rows, _negative(k)))
        case ("flip",), ("flip",):
            yield "a flip undoes itself", Word((make.identity(x.rows),))


def _strides(left: Factor, right: Factor) -> Proposals:
    (x, a), (y, b) = left, right
    match a, b:
        case ("downsample", s), ("shift", k) if all(p.over(q) is not None for p, q in zip(k, s, strict=True)):
            steps = tuple(p.over(q) or ZERO for p, q in zip(k, s, strict=True))
            yield STRIDE_AND_SHIFT, words(make.shift(x.rows, steps), x)
        case ("shift", k), ("downsample", s):
            yield STRIDE_AND_SHIFT, words(y, make.shift(y.cols, tuple(p * q for p, q in zip(k, s, strict=True))))
        case ("circulant", w), ("downsample", s):
            yield NOBLE, words(y, make.circulant(make.upsample(w.rows, s) @ w))
        case ("upsample", s), ("circulant", w):
            yield NOBLE, words(make.circulant(make.upsample(w.rows, s) @ w), x)
        case ("downsample", r), ("downsample", s):
            steps = tuple(p * q for p, q in zip(r, s, strict=True))
            yield "strides multiply", Word((make.downsample(y.cols, steps),))
        case ("downsample", s), ("upsample", t) if s == t:
            yield "a stride undoes upsampling", Word((make.identity(x.rows),))


def _fourier(left: Factor, right: Factor) -> Proposals:
    (x, a), (y, b) = left, right
    n = count(x.rows)
    match a, b:
        case ("dft",), ("circulant", w):
            yield DIAGONALISES, words(make.diagonal(x @ w), x)
        case ("diagonal", d), ("dft",) if form(word(d).factors[0]) == ("dft",) and len(word(d).factors) > 1:
            yield DIAGONALISES, words(y, make.circulant(Word(word(d).factors[1:]).operator))
        case (("dft",), ("dft*", _)) | (("dft*", _), ("dft",)):
            yield INVERSION, Word((make.identity(x.rows),), n)
        case ("dft",), ("dft",):
            yield "Fourier twice is a flip", Word((make.shift(x.rows, (ONE,) * len(x.rows)), make.flip(x.rows)), n)


def _linear(left: Factor, right: Factor) -> Proposals:
    (x, a), (y, b) = left, right
    match a, b:
        case ("sum", p, q), _:
            yield "distributive law", Word((p @ y + q @ y,))
        case _, ("sum", p, q):
            yield "distributive law", Word((x @ p + x @ q,))
        case ("kron", p, q), ("kron", r, s) if (p.cols, q.cols) == (r.rows, s.rows):
            yield "mixed product", Word((make.kron(p @ r, q @ s),))


# --- all neighbours of a word -----------------------------------------------------------------------------------------


def neighbours(w: Word) -> Proposals:
    """Every word that one lemma proposes to be equal."""
    for place, x in enumerate(w.factors):
        for name, new in _safely(single(x)):
            yield name, w.put(place, place + 1, new)
        for name, new in _safely(pair(x, w.factors[place + 1])) if place + 1 < len(w.factors) else ():
            yield name, _without_identities(w.put(place, place + 2, new))


def _safely(proposals: Proposals) -> Proposals:
    """The proposals up to one that can't be written down, a stride that divides no size say."""
    with suppress(ArgumentError, ShapeError, UnsupportedError):
        yield from proposals


def _without_identities(w: Word) -> Word:
    kept = tuple(f for f in w.factors if form(f) != ("identity",))
    return replace(w, factors=kept or w.factors[:1])


def name_latex(name: str) -> Any:
    r"""The lemma's name in LaTeX text mode."""
    return name.replace("⋆", r"$\star$").replace("S_0 = I", "$S_0 = I$").replace("I does", "$I$ does")
