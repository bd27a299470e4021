"""What the calculus speaks about: an entry of an operator is a finite sum of terms

    coefficient * SUM over x1 in 0..X1-1, ..., xr in 0..Xr-1 of a product of atoms

    atom ::=  w(e1, ..)          a kernel, each argument read modulo its size
           |  [e = 0 mod N]      1 or 0; N = 0 means e = 0 itself
           |  [0 <= e < N]       1 or 0
           |  omega_N ** e       a root of unity

with every e an integer polynomial in sizes, integers and indices.
"""  # the formula is one sentence

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from convalgebra.proofs.calculus.sizes import ONE, Size, Symbol, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Bound = tuple[tuple[Symbol, Size], ...]
Fresh = Iterator[Symbol]

MOST_TERMS = 256  # sums of products grow exponentially; beyond this nobody reads the answer


@dataclass(frozen=True, order=True)
class Atom:
    """One factor: its kind, a kernel's name, the sizes of its arguments, and the arguments."""

    kind: str
    name: str
    sizes: tuple[Size, ...]
    args: tuple[Size, ...]

    def put(self, x: Symbol, value: Size) -> Atom:
        """The atom where an index is replaced."""
        return replace(self, args=tuple(e.put(x, value) for e in self.args))

    def reads(self, x: Symbol) -> bool:
        """Does the index occur?"""
        return any(x in e.symbols for e in self.args)


def kernel(name: str, sizes: Sequence[Size], args: Sequence[Size]) -> Atom:
    """`w(e1, ..)`: any function of residues."""
    return Atom("kernel", name, tuple(sizes), tuple(args))


CONJUGATE = "conj({})"


def conjugate(atom: Atom) -> Atom:
    """The atom under the involution of the ring: a root of unity is inverted, a kernel has a conjugate kernel."""
    if atom.kind == "kernel":
        return replace(atom, name=conjugate_name(atom.name))
    return phase(atom.sizes[0], -atom.args[0]) if atom.kind == "phase" else atom


def conjugate_name(name: str) -> str:
    """The name of the conjugate kernel, whose conjugate is the kernel.

    >>> conjugate_name("w"), conjugate_name(conjugate_name("w"))
    ('conj(w)', 'w')
    """
    before, after = CONJUGATE.split("{}")
    return name.removeprefix(before).removesuffix(after) if name.startswith(before) else CONJUGATE.format(name)


def plain_name(name: str) -> str:
    """The name of the kernel itself, of its own or its conjugate's.

    >>> plain_name("w"), plain_name("conj(w)")
    ('w', 'w')
    """
    return min(name, conjugate_name(name), key=len)


def delta(modulus: Size, e: Size) -> Atom:
    """`[e = 0 mod N]`; for N = 0, `[e = 0]`."""
    return Atom("delta", "", (modulus,), (e,))


def within(size: Size, e: Size) -> Atom:
    """`[0 <= e < N]`."""
    return Atom("within", "", (size,), (e,))


def phase(n: Size, e: Size) -> Atom:
    """`omega_N ** e`, omega_N = exp(-2 pi i / N) over the complex numbers."""
    return Atom("phase", "", (n,), (e,))


@dataclass(frozen=True)
class Term:
    """`coefficient * SUM over the bound indices of the product of the atoms`."""

    coefficient: Size = ONE
    bound: Bound = ()
    atoms: tuple[Atom, ...] = ()

    def __mul__(self, other: Term) -> Term:
        return Term(self.coefficient * other.coefficient, self.bound + other.bound, self.atoms + other.atoms)

    def without(self, x: Symbol | None, *atoms: Atom) -> Term:
        """Without the sum over x and without one occurrence of each atom."""
        left = list(self.atoms)
        for atom in atoms:
            left.remove(atom)
        return Term(self.coefficient, tuple(b for b in self.bound if b[0] != x), tuple(left))

    def put(self, x: Symbol, value: Size) -> Term:
        """The term where an index is replaced."""
        return self.mapped(lambda atom: atom.put(x, value))

    def mapped(self, change: Callable[[Atom], Atom]) -> Term:
        """The term with every atom changed."""
        return replace(self, atoms=tuple(map(change, self.atoms)))

    def plus(self, *atoms: Atom) -> Term:
        """The term times atoms."""
        return replace(self, atoms=self.atoms + atoms)

    @property
    def deltas(self) -> list[Atom]:
        """The brackets that are equations."""
        return [atom for atom in self.atoms if atom.kind == "delta"]


Expression = tuple[Term, ...]


class Logged(NamedTuple):
    """A step: the number of its term at the start, the rule, what it needs to know, the term after it.

    The note is what a reader is told.
    """

    place: int
    rule: str
    evidence: tuple[Any, ...]
    term: Term
    note: tuple[str | Size, ...] = ()


class Log(NamedTuple):
    """An equation: its free indices, the entries of its sides, and the steps that reduce each."""

    free: Bound
    sides: tuple[Expression, Expression]
    steps: tuple[tuple[Logged, ...], tuple[Logged, ...]]


def sums(start: Expression, steps: Iterable[Logged]) -> Iterator[Expression]:
    """The whole sum after each step."""
    now = list(start)
    for step in steps:
        now[step.place] = step.term
        yield tuple(term for term in now if term.coefficient)


def expression(*atoms: Atom, coefficient: Size = ONE, bound: Bound = ()) -> Expression:
    """A sum of one term."""
    return (Term(coefficient, bound, atoms),)


def times(*factors: Expression) -> Expression:
    """The product, multiplied out."""
    total: Expression = (Term(),)
    for factor in factors:
        total = limited(tuple(a * b for a, b in product(total, factor)))
    return total


def limited(e: Expression) -> Expression:
    """The expression, unless it has too many terms."""
    if len(e) > MOST_TERMS:
        msg = f"a sum of {len(e)} products, more than {MOST_TERMS}"
        raise UnsupportedError(msg)
    return e


def indices(fresh: Fresh, box: Sequence[Size]) -> tuple[Bound, tuple[Size, ...]]:
    """Fresh indices that run over a box: with its sizes, to sum over them, and as places."""
    bound = tuple(zip(fresh, box, strict=False))
    return bound, tuple(Size.named(x) for x, _ in bound)


def numbered(name: str) -> Fresh:
    """Indices name0, name1, ... that occur nowhere else."""
    number = 0
    while True:
        yield Symbol(name, "index", number)
        number += 1
