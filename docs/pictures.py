"""The figure of a statement, chosen by what the statement builds: both sides of an equation, a commutator, a layer's
window, a network's paths, a kernel, a matrix.  All are figures of the library at a small size."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from watching import watched

import convalgebra as ca
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.semiring import MaxPlus
from convalgebra.display.equation_figure import Term, equation
from convalgebra.errors import ConvAlgebraError
from convalgebra.theorems.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from watching import Call

    from convalgebra.display.figure import Figure
    from convalgebra.proofs.verdicts import Refutation
    from convalgebra.theorems.theorem import FalseSibling, Statement

LEAST, MOST, WIDEST = 3, 9, 26  # the longest side of a matrix that is drawn; columns of all in one line
FIRST, TRIED = 400, 4  # instances of a statement that are listed, and looked at
LONG = 16  # letters of a value that a caption leaves out
WORD = 6  # letters of an entry that are read in its cell
KERNELS = 36  # kernels that are tried until the hypotheses hold
LETTERS = {
    "circulant": "C", "shift": "S", "identity": "I", "flip": "J", "dft": "F", "downsample": "D", "upsample": "U",
    "pad": "P", "crop": "R", "toeplitz": "T", "convolution_matrix": "T", "permutation": "P", "matrix": "A",
    "diagonal": "diag",
}  # fmt: skip
UNDRAWN = (
    ConvAlgebraError,
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
    StopIteration,
)  # there is no such picture

THREE, WIDE = ca.symbols("w", (1, 1, 3)), ca.symbols("w", (2, 2, 3))
TYPICAL = {  # by chapter: a figure, and its caption
    "alg": (lambda: ca.figure_kernel(ca.symbols("w", (1, 1, 3, 3))), "A kernel."),
    "cnt": (lambda: ca.Conv(WIDE, padding=1).matrix((2, 4)).figure(name="A"), "A layer: 12 weights, 40 entries."),
    "comm": (
        lambda: ca.figure_commutator(ca.Conv(THREE, padding=1).matrix((1, 5)), ca.shift(5)),
        "A layer with zero padding does not commute with the shift.",
    ),
    "fact": (
        lambda: ca.figure_kernel(ca.symbols("w", (1, 1, 5, 5))),
        "The 25 weights of a kernel that is to be split.",
    ),
    "four": (lambda: ca.dft(5).figure(name="F"), "The transform of five values."),
    "lecture": (
        lambda: ca.Conv(ca.symbols("w", (1, 1, 3, 3))).figure((1, 4, 5)),
        "A window and its row of the matrix.",
    ),
    "mc": (lambda: ca.Conv(WIDE, padding=1).matrix((2, 4)).figure(name="A"), "A layer with two channels."),
    "meta": (lambda: ca.circulant(ca.symbols("w", 4)).figure(name="C"), "Every weight has places of its own."),
    "pool": (lambda: ca.AvgPool(2).matrix((1, 4, 4)).figure(name="A"), "Averages over windows of 2 x 2 as a matrix."),
    "rate": (lambda: ca.Conv(THREE, stride=2, padding=1).figure((1, 7)), "A layer of stride 2 and its matrix."),
    "size": (
        lambda: ca.Conv(THREE, stride=2).figure((1, 8), kind="arithmetic"),
        "Windows of 3 at stride 2 in 8 places.",
    ),
}

Picture = tuple["Figure", str]  # and its caption


@dataclass(frozen=True, eq=False)
class Built:
    """A statement at one choice of sizes and kernels: its claims, the calls that built them, the least side drawn."""

    numbers: Mapping[str, Any]
    kernels: Mapping[str, Any]
    claims: tuple[Any, ...] | None
    calls: list[Call]
    least: int = LEAST

    @classmethod
    def at(cls, statement: Statement, numbers: Mapping[str, Any], kernels: Mapping[str, Any], least: int = 1) -> Built:
        """The statement, watched while it is built."""
        claims, calls = watched(lambda: statement(**numbers, **kernels))
        return cls(numbers, kernels, claims, calls, least)

    @property
    def allowed(self) -> bool:
        """Do the hypotheses of its claims hold?"""
        met = not any(call.name == "under" and isinstance(call.value, Fact) for call in self.calls)
        return met and self.claims is not None

    def caption(self, words: str) -> str:
        """The words, and the sizes."""
        told = {name: str(value).replace("-", "−") for name, value in self.numbers.items()}
        at = ", ".join(f"{name} = {value}" for name, value in told.items() if len(value) < LONG)
        return f"{words} at {at}" if at else words

    def worth(self, ops: Iterable[Any]) -> bool:
        """Are the matrices large enough to show something, and small enough to be read?"""
        shown = list(ops)
        sides = [side for op in shown for side in op.shape]
        return self.least <= max(sides) <= MOST and min(sides) > 0 and all(op.nnz for op in shown)

    @staticmethod
    def labels(ops: Iterable[Any]) -> str:
        """Entries are written where all are short; else their colours tell them apart."""
        long = any(len(str(weight)) > WORD for op in ops for weight in op.pattern().weights.ravel().tolist())
        return "none" if long else "auto"

    def name(self, op: Any) -> str:
        """The letter of an operator, and the kernel that it is made of."""
        if given := next((name for name, kernel in self.kernels.items() if kernel is op), ""):
            return given
        call = next((call for call in self.calls if call.value is op and call.name in LETTERS), None)
        if call is None:
            return ""
        made = [value for given in call.given.values() for value in (given if isinstance(given, tuple) else [given])]
        of = next((name for name, kernel in self.kernels.items() if any(kernel is value for value in made)), "")
        return LETTERS[call.name] + (f"_{of}" if of else "")

    def factors(self, op: Any) -> list[Any]:
        """The operators whose product, as the statement writes it, this one is."""
        pair = next((call.factors for call in self.calls if call.factors and call.value is op), ())
        return [factor for side in pair for factor in self.factors(side)] or [op]


# --- where to look ----------------------------------------------------------------------------------------------------


def instances(statement: Statement) -> Iterator[Built]:
    """The statement at some of its first sizes, the largest first, with kernels that its hypotheses allow."""
    found = list(islice(statement.instances(), FIRST))
    for k in range(min(TRIED, len(found))):
        attempts: list[Built] = []
        with suppress(*UNDRAWN):
            attempts += _attempts(statement, found[-1 - k * len(found) // TRIED])
        yield from attempts[-1:] if attempts and attempts[-1].allowed else attempts[:1]


def _attempts(statement: Statement, numbers: Mapping[str, Any]) -> Iterator[Built]:
    """The statement with symbols for the kernels, then with numbers, the fullest first, until its hypotheses hold."""
    symbols = {name: d.generic(name, numbers) for name, d in statement.kernels.items()}
    boxes = {name: d.box(numbers) for name, d in statement.kernels.items()}
    choices = islice(product(*map(_telling, boxes.values())), KERNELS) if boxes else ()
    known = (_made(statement, dict(zip(boxes, choice, strict=True))) for choice in choices)
    for kernels in chain([symbols], known):
        with suppress(*UNDRAWN):
            built = Built.at(statement, numbers, kernels, LEAST)
            yield built
            if built.allowed:
                return


def _telling(box: tuple[int, ...]) -> list[Any]:
    """Arrays on a box that many hypotheses allow: circulant and symmetric, circulant, counting, ones, one 1."""
    at, n = np.indices(box), max(box)
    far = (at[0] - (at[-1] if len(box) > 1 else 0)) % n
    found = [np.minimum(far, n - far) + 1, far + 1, at.sum(axis=0) + 1, np.ones(box), far == 0, at.sum(axis=0) == 0]
    return [array.astype(np.int64).astype(object) for array in found]


def _made(statement: Statement, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: d.made(values[name]) for name, d in statement.kernels.items()}


# --- the kinds of pictures, the most telling first --------------------------------------------------------------------


def commutator(built: Built) -> Picture | None:
    """`A S - S A`, where the statement multiplies two matrices in both orders."""
    pairs = [call.factors for call in built.calls if call.factors]
    for a, s in pairs:
        turned = any(s is first and a is second for first, second in pairs)
        if turned and a is not s and a.shape[0] == a.shape[1] == s.shape[0] and built.worth((a, s)):
            names = built.name(a) or "A", built.name(s) or "S"
            labels = built.labels((a @ s, s @ a))
            figure = ca.figure_commutator(a, s, names=names if names[0] != names[1] else ("A", "B"), labels=labels)
            return figure, built.caption(figure.scene.title)
    return None


def sides(built: Built) -> Picture | None:
    """Both sides of the first equation of matrices, as products where these fit into a line."""
    pairs = [[getattr(claim, side, None) for side in ("left", "right")] for claim in built.claims or ()]
    worth = [pair for pair in pairs if all(isinstance(op, Operator) for op in pair) and built.worth(pair)]
    if not worth:
        return None
    pair = max(worth, key=lambda pair: min(*pair[0].shape, 2))  # the first that is no single row or column
    return _line(built, pair, "="), built.caption("Both sides")


def _line(built: Built, pair: list[Any], sign: str) -> Figure:
    products = [built.factors(op) for op in pair]
    ops = [op for product in products for op in product]
    if not built.worth(ops) or sum(op.shape[1] for op in ops) > WIDEST:
        products = [[op] for op in pair]
    left, right = (
        [Term(built.name(op) or (side if len(ops) == 1 else "M"), op) for op in ops]
        for ops, side in zip(products, ("left", "right"), strict=True)
    )
    labels = built.labels(op for product in products for op in product)
    return equation([*left, sign, *right], labels=labels, title="Both sides", words="Both sides of the equation")


def values(built: Built, sign: str = "=") -> Picture | None:
    """Both sides of the first equation of arrays: a matrix, or the row of a signal or kernel."""
    for claim in built.claims or ():
        if not isinstance(claim, Fact) or claim.relation != "=":
            continue
        pair = [_rows(value) for value in (claim.left, claim.right)]
        if all(op is not None for op in pair) and built.worth(pair) and pair[0].shape == pair[1].shape:
            return _line(built, pair, sign), built.caption("Both sides")
    return None


def _rows(value: Any) -> Any:
    """An array of numbers or symbols as a matrix."""
    if not isinstance(value, np.ndarray) or value.dtype.kind == "b" or not value.ndim or value.size < LEAST:
        return None
    return ca.matrix(value.reshape(-1, value.shape[-1]).tolist())


def modes(built: Built) -> Picture | None:
    """A layer under all padding modes, where the statement speaks of each."""
    layers = (call for call in built.calls if isinstance(call.layer, ca.Conv) and call.in_shape)
    call = next((call for call in layers if call.layer.padding_mode in built.numbers.values()), None)
    if call is None or not all(1 < side <= MOST // 2 for side in call.layer.matrix(call.in_shape).shape):
        return None
    sizes = replace(built, numbers={name: v for name, v in built.numbers.items() if v != call.layer.padding_mode})
    return ca.figure_padding_modes(call.layer, call.in_shape), sizes.caption("The layer under every padding mode")


def orbits(built: Built) -> Picture | None:
    """What commutes with given matrices: one number, and one colour, for each matrix of the basis."""
    call = next((call for call in built.calls if call.name == "commutant"), None)
    if call is None or not 1 < len(call.value) <= MOST:
        return None
    parts = zip(ca.symbols("w", len(call.value)), call.value.basis, strict=True)
    op = sum((w * ca.matrix(np.asarray(E)) for w, E in parts), 0 * ca.matrix(np.asarray(call.value.basis[0])))
    if not built.worth((op,)):
        return None
    return op.figure(), built.caption("Every matrix that commutes")


def spectrum(built: Built) -> Picture | None:
    """Eigenvalues in the complex plane."""
    call = next((call for call in built.calls if call.name == "eigenvalues"), None)
    return call and (ca.figure_spectrum(call.value), built.caption("The eigenvalues"))


def network(built: Built) -> Picture | None:
    """What the outputs of a network read: the ways from its inputs, one output's highlighted."""
    for call in built.calls:
        if call.layer is None or not _several(call.layer):
            continue
        ways = ca.paths(call.layer, _shape(call))
        if built.least <= max(ways.shape) <= 2 * MOST:
            row = ways.shape[0] // 2
            return ways.figure(highlight_rows=(row,)), built.caption("The ways from each input to each output")
    return None


def _several(layer: Any) -> bool:
    return isinstance(layer, list | tuple | ca.Sequential | ca.Parallel)


def _shape(call: Call) -> tuple[int, ...]:
    """The input of a layer; where the statement names none, one that three outputs read."""
    if call.in_shape is not None:
        return tuple(call.in_shape)
    seen = ca.receptive_field(call.layer)
    first = call.layer[0] if isinstance(call.layer, list | tuple) else call.layer
    channels = getattr(first, "weight", np.ones((1, 1))).shape[1] * getattr(first, "groups", 1)
    return (channels, *(int(n + 2 * j) - 2 * p for n, j, p in zip(seen.size, seen.jump, seen.padding, strict=True)))


def window(built: Built) -> Picture | None:
    """A layer's window on its input, and the row of the matrix that it is."""
    for call in built.calls:
        if call.layer is None or _several(call.layer):
            continue
        try:
            return _layer(built, call.layer, _shape(call))
        except UNDRAWN:
            continue
    return None


def _layer(built: Built, layer: Any, in_shape: tuple[int, ...]) -> Picture | None:
    """The layer's figure; of a maximum, its matrix over (max, +)."""
    if max(prod(in_shape), prod(layer.output_shape(in_shape))) > 2 * MOST:
        return None
    if isinstance(layer, ca.MaxPool):
        return layer.matrix(in_shape, semiring="max-plus").figure(), built.caption("The matrix over (max, +)")
    if isinstance(layer, ca.Conv | ca.ConvTranspose):
        return layer.figure(in_shape), built.caption("The layer and its matrix")
    return layer.matrix(in_shape).figure(), built.caption("The matrix of the layer")


def size(built: Built) -> Picture | None:
    """The window of a kernel of some size on a signal of some length."""
    call = next((call for call in built.calls if call.name == "output_size"), None)
    if call is None:
        return None
    n, k, s, lo, hi, d = (call.given[name] for name in ("size", "kernel_size", "stride", "lo", "hi", "dilation"))
    layer = ca.Conv(ca.abstract((1, 1, k)), stride=s, padding=((lo, hi),), dilation=d)
    return layer.figure((1, n), "arithmetic"), built.caption("The windows that fit")


def convolution(built: Built) -> Picture | None:
    """`u * v = T(u) v`, where kernels are convolved."""
    calls = (call for call in built.calls if call.name == "convolve")
    pairs = ([np.ravel(value) for value in islice(call.given.values(), 2)] for call in calls)
    u, v = next(((u, v) for u, v in pairs if min(len(u), len(v)) > 1), (None, None))
    if u is None or v is None:
        return None
    T, column = ca.convolution_matrix(u, len(v)), ca.matrix([[entry] for entry in v.tolist()])
    words = "A product of kernels"
    terms = [Term("u * v", T @ column), "=", Term("T(u)", T), Term("v", column)]
    return equation(terms, title=words, words=words), built.caption(words)


def matrix(built: Built) -> Picture | None:
    """The largest matrix of which the statement speaks."""
    made = [
        call.value for call in built.calls if isinstance(call.value, Operator | MaxPlus) and call.name != "identity"
    ]
    named = {op: built.name(op) for op in made if min(op.shape) > 1 and built.worth((op,))}
    if not named:
        return None
    op = max(named, key=lambda op: (bool(named[op]), len(op.pattern().weights), _moves(op), prod(op.shape)))
    return op.figure(), built.caption(f"The matrix {named[op]}".strip())


def _moves(op: Any) -> bool:
    """Is it more than a diagonal?"""
    pattern = op.pattern()
    return bool((pattern.rows != pattern.cols).any())


EQUATIONS = (modes, commutator, sides)
OTHERS = (values, orbits, spectrum, network, window, size, convolution, matrix)


def picture(statement: Statement) -> Picture | None:
    """The figure of a true statement: an equation of matrices at one of its sizes, else what it speaks of."""
    looked_at: list[Built] = []
    for built in instances(statement):
        looked_at.append(built)
        if found := _first(EQUATIONS, built):
            return found
        if built.allowed and not any(isinstance(claim, ca.Claim) for claim in built.claims or ()):
            break
    small = [replace(built, least=2) for built in looked_at]
    attempts = chain(((OTHERS, built) for built in looked_at), ((EQUATIONS + OTHERS, built) for built in small))
    return next((found for kinds, built in attempts if (found := _first(kinds, built))), None) or typical(statement)


def typical(statement: Statement) -> Picture | None:
    """What a statement of numbers alone speaks of: an object of its chapter."""
    make, caption = TYPICAL.get(getattr(statement, "chapter", ""), (lambda: None, ""))
    drawn = make()
    return None if drawn is None else (drawn, caption)


def _first(kinds: Iterable[Any], built: Built) -> Picture | None:
    return next((found for kind in kinds if (found := drawn(kind, built))), None)


def drawn(kind: Any, built: Built) -> Picture | None:
    """The picture of this kind, checked against its matrices; none where it cannot be drawn."""
    try:
        found = kind(built)
        if found:
            found[0].check()
    except UNDRAWN:
        return None
    return found


def counterexample(sibling: FalseSibling, refutation: Refutation) -> Picture | None:
    """The figure of a false statement at its witness: where it breaks is outlined."""
    numbers = {name: value for name, value in refutation.witness.items() if name not in sibling.kernels}
    boxes = {name: np.array(refutation.witness[name], dtype=object) for name in sibling.kernels}
    built = Built.at(sibling, numbers, _made(sibling, boxes))
    differing = lambda _: (refutation.figure(), built.caption("Where the sides differ"))  # noqa: E731
    return _first((commutator, differing, lambda b: values(b, "≠"), *OTHERS[1:]), built)
