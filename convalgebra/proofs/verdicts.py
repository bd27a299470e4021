"""What can be said of a claim: `Proof`, `Refutation`, `Agreement` (floats), `Undecided`; none has a truth value."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Self

from convalgebra.errors import ArgumentError, ConvAlgebraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convalgebra.algebra.operator import Claim
    from convalgebra.proofs.refute import Example


SUM = r"}\sum_t w_t E_t\text{"  # no dollars: some renderers end the formula at the first


@dataclass(frozen=True, eq=False)
class Verdict:
    """What was found about a claim.

    >>> import convalgebra as ca
    >>> bool(ca.decide(ca.identity(2) == ca.flip(2)))
    Traceback (most recent call last):
    convalgebra.errors.ArgumentError: a verdict has no truth value; write isinstance(verdict, ca.Proof), or bool(A == B)
    """

    claim: Claim = field(repr=False)

    def __bool__(self) -> NoReturn:
        msg = "a verdict has no truth value; write isinstance(verdict, ca.Proof), or bool(A == B)"
        raise ArgumentError(msg)


@dataclass(frozen=True, eq=False)
class Proof(Verdict):
    """The claim is true for everything that `scope` names; `method` says how that was shown, in which ring.

    >>> import convalgebra as ca
    >>> A, S = ca.Conv(ca.symbols("w", (1, 1, 2)), stride=2).matrix((1, 4)), ca.shift((1, 4), (0, 2))
    >>> ca.prove(A @ S == ca.shift((1, 2), (0, 1)) @ A)
    Proof(scope='n=(1, 4) to (1, 2), every kernel', method='linearity: both sides place every tap alike', \
ring='ZZ[w000, w001]')
    >>> print(ca.prove(A @ S == ca.shift((1, 2), (0, 1)) @ A))
    proved for n=(1, 4) to (1, 2), every kernel, over ZZ[w000, w001]: both sides are sum_t w[t] E_t; \
the tables agree at all 4 places
    """

    scope: str
    method: str
    ring: str
    because: str = field(default="", repr=False, kw_only=True)

    @classmethod
    def lazy(cls, claim: Claim, method: str, because: str, **words: Callable[[], str]) -> Self:
        """The proof, whose scope and ring are put into words when they are first read."""
        proof = object.__new__(cls)
        vars(proof).update(claim=claim, method=method, because=because, _words=words)
        return proof

    def __getattr__(self, name: str) -> str:
        words = vars(self).get("_words", {})
        if name not in words:
            msg = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(msg)
        text: str = vars(self).setdefault(name, words[name]())
        return text

    def __str__(self) -> str:
        return f"proved for {self.scope}, over {self.ring}: {self.because or self.method}"

    def to_latex(self) -> str:
        """The proof as a formula or a sentence."""
        return rf"\text{{{escaped(str(self)).replace(escaped('sum_t w[t] E_t'), SUM)}}}"

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"


@dataclass(frozen=True, eq=False, repr=False)
class Refutation(Verdict):
    """The claim is false: the first entry, in C order, where the sides differ; the witness makes them numbers.

    >>> import convalgebra as ca
    >>> C, S = ca.toeplitz(ca.symbols("w", 2), [0, 0]), ca.shift(2)
    >>> ca.decide(C @ S == S @ C)
    refuted: entry (0, 0) is 0 on the left and w1 on the right; with w1=1: 0 against 1
    ⎡[0] 0 ⎤     ⎡[1] 0 ⎤
    ⎣ 0  1 ⎦  ≠  ⎣ 0  0 ⎦
    """

    entry: tuple[int, int]
    left: Any
    right: Any
    witness: Mapping[Any, Any]

    def __str__(self) -> str:
        text = f"refuted: entry {self.entry} is {self.left} on the left and {self.right} on the right"
        if not self.witness:
            return text
        point = {s: v for s, v in self.witness.items() if not isinstance(s, str)}
        values = [v.subs(point).expand() if point and hasattr(v, "subs") else v for v in (self.left, self.right)]
        numbers = "" if values == [self.left, self.right] else f": {values[0]} against {values[1]}"
        return f"{text}; with {self._point()}{numbers}"

    def _point(self) -> str:
        """The witness; zeros of a kernel's symbols are not named one by one."""
        zeros = [s for s, v in self.witness.items() if not isinstance(s, str) and v == 0]
        told = [f"{s}={v}" for s, v in self.witness.items() if s not in zeros or len(zeros) == 1]
        return ", ".join(told + ["the other symbols 0"] * (len(zeros) > 1))

    @cached_property
    def example(self) -> Example:
        """Both sides as matrices of numbers, around the entry that differs."""
        from convalgebra.proofs.refute import example  # noqa: PLC0415  # which needs the operators

        return example(self.claim, self.entry, self.witness)

    def __repr__(self) -> str:
        try:
            return f"{self}\n{self.example}"
        except ConvAlgebraError:  # sides that are too large to be looked into
            return str(self)

    def to_latex(self) -> str:
        r"""The worked example: both matrices with `\neq` between, the entry that differs in a `\boxed`."""
        return self.example.to_latex()

    def figure(self, **options: Any) -> Any:
        """The worked example as a figure; see `convalgebra.display.equation_figure.figure_refutation`."""
        from convalgebra.display.equation_figure import figure_refutation  # noqa: PLC0415  # door

        return figure_refutation(self, **options)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"


@dataclass(frozen=True, eq=False)
class Agreement(Verdict):
    """The floating-point sides agree within the rounding bound; no proof.

    >>> import convalgebra as ca
    >>> F = ca.dft(3)
    >>> verdict = ca.decide(F @ F.H * 0.5 == ca.identity(3) * 1.5)
    >>> type(verdict).__name__, verdict.error <= verdict.bound
    ('Agreement', True)
    """

    error: float
    bound: float

    def __str__(self) -> str:
        found = f"the sides differ by at most {self.error:.2g}, within the rounding bound {self.bound:.2g}"
        return f"agreement: {found}; exact entries would allow a proof"


@dataclass(frozen=True, eq=False)
class Undecided(Verdict):
    """Neither proved nor refuted: `reason` says what is missing, `checked` what was seen.

    >>> import convalgebra as ca, sympy
    >>> a = sympy.Symbol("a")
    >>> print(ca.decide(ca.circulant([sympy.sin(a) ** 2 + sympy.cos(a) ** 2]) == ca.circulant([1])))
    undecided: whether sin(a)**2 + cos(a)**2 - 1 is zero, the difference at entry (0, 0); no point found where it is not
    """

    reason: str
    checked: str = ""

    def __str__(self) -> str:
        return f"undecided: {self.reason}" + (f"; {self.checked}" if self.checked else "")


_LATEX = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "<": r"\textless{}", ">": r"\textgreater{}"}
_LATEX |= {"|": r"\textbar{}", **{c: f"\\{c}" for c in "&%$#_{}"}}


def escaped(text: str) -> str:
    """Plain words as LaTeX."""
    return "".join(_LATEX.get(c, c) for c in text)
