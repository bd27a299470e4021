"""The judge of every proof for all sizes: the one file that has to be trusted, and it needs the standard library alone.

A proof is a log.  It starts at the entries of both sides, which are sums of terms

    term   ::=  coefficient * SUM over x1 in 0..X1-1, ..., xr in 0..Xr-1 of a product of factors
    factor ::=  w(e1, ..)          kernel: any function, each argument read modulo its size
             |  [e = 0 mod N]      delta: 1 or 0; N = 0 means e = 0 itself, and is read as [0 <= e < 1]
             |  [0 <= e < N]       within: 1 or 0
             |  omega_N ** e       phase: a root of unity

with every e an integer polynomial in sizes, integers and indices.  A step names a term, a rule, what the rule needs to
know, and what it leaves.  Here it is made again: the rule is an identity for every value of every symbol in every
commutative ring, its conditions are verified, and its result must be the logged term, up to what `same` says.  Where
both sides end in one sum, `check` gives the only licence to call them equal.  Nothing is sampled or searched for.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from convalgebra.proofs.calculus.sizes import Monomial, Size, Symbol
    from convalgebra.proofs.calculus.terms import Atom, Log, Term


class RejectedError(Exception):
    """What does not follow."""


class Licence(NamedTuple):
    """Both sides are equal in every commutative ring that offers this; so many steps were checked."""

    assumptions: tuple[str, ...]
    steps: int
    scope: str = "all sizes"


def require(holds: object, what: str) -> None:
    """Reject the log unless this holds."""
    if not holds:
        raise RejectedError(what)


class Poly(dict["Monomial", Any]):
    """A polynomial: its coefficients by monomial, none of them zero."""

    def __add__(self, other: Poly) -> Poly:
        return Poly({m: c for m in {**self, **other} if (c := self.get(m, 0) + other.get(m, 0))})

    def __neg__(self) -> Poly:
        return Poly({m: -c for m, c in self.items()})

    def __sub__(self, other: Poly) -> Poly:
        return self + -other

    def __mul__(self, other: Poly) -> Poly:
        return sum((Poly({_product(a, b): c * d for b, d in other.items()}) for a, c in self.items()), ZERO)

    @property
    def symbols(self) -> set[Symbol]:
        return {x for m in self for x, _ in m}

    def put(self, values: Mapping[Symbol, Poly]) -> Poly:
        """The polynomial with symbols replaced, all at once."""
        if values.keys().isdisjoint(self.symbols):
            return self
        letters = (((values.get(x, letter(x)) for x, k in m for _ in range(k)), c) for m, c in self.items())
        return sum((prod(factors, start=Poly({(): c})) for factors, c in letters), ZERO)

    def split(self, x: Symbol) -> tuple[Poly, Poly]:
        """`(c, r)` with `self = c x + r`, both free of x."""
        c = Poly({tuple(f for f in m if f[0] != x): a for m, a in self.items() if (x, 1) in m})
        r = Poly({m: a for m, a in self.items() if (x, 1) not in m})
        require(x not in r.symbols, f"an argument that is linear in {x.name}")
        return c, r

    def over(self, n: Poly) -> Poly | None:
        """The q with integer coefficients and `self = q n`, where there is one."""
        left, q = self, ZERO
        while left and n:
            top, lead = max(left, key=_order), max(n, key=_order)
            ratio = _product(top, tuple((x, -k) for x, k in lead))
            if left[top] % n[lead] or any(k < 0 for _, k in ratio):
                return None
            step = Poly({ratio: left[top] // n[lead]})
            left, q = left - step * n, q + step
        return None if left else q

    def divides(self, e: Poly) -> bool:
        return e.over(self) is not None

    def nonnegative(self, ranges: Ranges | None = None) -> bool:
        """Is `e >= 0`?  With indices where it is least, and sizes least + y, y >= 0, no coefficient is negative."""
        e, corner = self, ranges or {}
        for x in sorted(e.symbols & corner.keys()):
            c, r = e.split(x)
            if not (c.nonnegative() or (-c).nonnegative()):
                return False
            e = r if c.nonnegative() else c * (corner[x] - ONE) + r
        raised = e.put({x: letter(x) + Poly({(): x.least}) for x in e.symbols})
        return all(x.role == "size" for x in e.symbols) and all(c >= 0 for c in raised.values())

    def positive(self) -> bool:
        return (self - ONE).nonnegative()


def _product(a: Monomial, b: Monomial) -> Monomial:
    powers, more = dict(a), dict(b)
    return tuple(sorted((x, k) for x in {**powers, **more} if (k := powers.get(x, 0) + more.get(x, 0))))


def _order(monomial: Monomial) -> tuple[int, list[Symbol]]:
    return sum(k for _, k in monomial), [x for x, k in monomial for _ in range(k)]  # products keep this order


def letter(x: Symbol) -> Poly:
    """The polynomial x."""
    return Poly({((x, 1),): 1})


ZERO, ONE = Poly(), Poly({(): 1})
Ranges = dict["Symbol", Poly]  # each index takes the values 0 .. size - 1


class Factor(NamedTuple):
    """A factor, its sizes and arguments as polynomials."""

    kind: str
    name: str
    sizes: tuple[Poly, ...]
    args: tuple[Poly, ...]

    def same(self, other: Factor) -> bool:
        if self[:2] != other[:2] or (self.kind != "delta" and self.sizes != other.sizes):
            return False
        if self.kind == "kernel":
            return all(n.divides(e - d) for n, e, d in zip(self.sizes, self.args, other.args, strict=True))
        (n, e), (m, d) = (*self.sizes, *self.args), (*other.sizes, *other.args)
        if self.kind == "delta":  # is e / N - d / M or e / N + d / M an integer polynomial?
            return (n * m).divides(e * m - d * n) or (n * m).divides(e * m + d * n)
        ratios = [q for q in (e.over(d), d.over(e)) if q is not None and n == ONE]
        return d in (e, n - ONE - e) or any(q.positive() or (-q).positive() for q in ratios)


class Product(NamedTuple):
    """A term: its coefficient, the sizes of its bound indices, its factors."""

    coefficient: Poly
    bound: Ranges
    factors: tuple[Factor, ...]

    def put(self, values: Mapping[Symbol, Poly]) -> Product:
        return self._replace(factors=tuple(f._replace(args=tuple(e.put(values) for e in f.args)) for f in self.factors))

    def times(self, *factors: Factor, coefficient: Poly = ONE, bound: Iterable[tuple[Symbol, Poly]] = ()) -> Product:
        """The term with more factors, and sums over more indices."""
        sums = [*self.bound.items(), *bound]
        require(len(sums) == len(dict(sums)) and all(x.role == "index" for x, _ in sums), "distinct indices of sums")
        return Product(self.coefficient * coefficient, dict(sums), (*self.factors, *factors))

    def at(self, values: Mapping[Symbol, Poly], names: Sequence[Symbol]) -> Product:
        """The term with free indices replaced, its sums renamed."""
        new = dict(zip(self.bound, names, strict=True))
        made = self.put({**values, **{x: letter(y) for x, y in new.items()}})
        return made._replace(bound={}).times(bound=[(new[x], n) for x, n in self.bound.items()])

    def without(self, atom: Atom, *kinds: str) -> tuple[Product, Factor]:
        """The term without a factor, and the factor, of one of these kinds where there are any."""
        taken, left = factor(atom), list(self.factors)
        require(taken in left and taken.kind in (kinds or taken.kind), f"a factor of the term, {kinds}")
        left.remove(taken)
        return self._replace(factors=tuple(left)), taken

    def unsummed(self, x: Symbol) -> tuple[Product, Poly]:
        """The term without its sum over x, and the size of x."""
        require(x in self.bound, f"a sum over {x.name}")
        return self._replace(bound={y: n for y, n in self.bound.items() if y != x}), self.bound[x]

    def periodic(self, x: Symbol, n: Poly) -> bool:
        """Is every factor the same at x and at x + n?"""
        moving = [(f, e, m) for f in self.factors for e, m in zip(f.args, f.sizes, strict=True) if x in e.symbols]
        return all(f.kind != "within" and m.divides(e.put({x: letter(x) + n}) - e) for f, e, m in moving)

    def implies(self, e: Poly, free: Ranges) -> bool:
        """Is `e >= 0` for all indices in range at which no bracket is 0?  It is, or it is less one of these facts."""
        known = [(f.args[0], f.sizes[0] - ONE - f.args[0]) for f in self.factors if f.kind == "within"]
        return any((e - fact).nonnegative({**free, **self.bound}) for fact in (ZERO, *sum(known, ())))

    def same(self, other: Product) -> bool:
        """Equal, whatever the order of the factors?

        w(e) = w(e + q N)        [e = 0 mod N] = [-e = 0 mod N] = [g e = 0 mod g N]       [..] [..] = [..]
        [0 = 0 mod N] = 1        [0 <= e < N] = [0 <= N - 1 - e < N]                      [g e = 0] = [e = 0]
        omega_N^e omega_M^d = omega_NM^(M e + N d)        omega_N^(q N) = 1               0 f = 0
        """
        zero, above, below = not (self.coefficient or other.coefficient), ZERO, ONE
        for sign, f in [(ONE, f) for f in self.factors] + [(-ONE, f) for f in other.factors]:
            if f.kind == "phase":  # the sum of e / N here, less that there
                above, below = above * f.sizes[0] + sign * f.args[0] * below, below * f.sizes[0]
                continue
            here, there = (sum(map(f.same, t.factors)) for t in (self, other))
            one = f.sizes + f.args == (ONE, ZERO) or (f.kind == "delta" and f.sizes[0].divides(*f.args))
            if here != there if f.kind == "kernel" else not (one or (here and there)):
                return zero
        return zero or (self.coefficient == other.coefficient and self.bound == other.bound and below.divides(above))

    def digits(self, free: Ranges, atom: Atom, *parts: Size) -> Product:
        """The last digit b of a number to the base m:

        [m a + b = 0 mod m g] = [a = 0 mod g] [b = 0],  [m a + b = 0] = [a = 0] [b = 0]      -m < b < m
        [0 <= m a + b < m g] = [0 <= a < g], which is 1 for a = 0 and g = 1                  0 <= b < m
        """
        (rest, f), (m, g, a, b) = self.without(atom, "delta", "within"), map(polynomial, parts)
        (n, e), equation = f.sizes + f.args, f.kind == "delta" or f.sizes == (ONE,)
        require(e == m * a + b and (n == m * g or n == g == ONE), "e = m a + b and N = m g")
        above = b + m - ONE if equation else b
        require(rest.implies(above, free) and rest.implies(m - ONE - b, free), "a last digit to the base m")
        return rest.times(f._replace(sizes=(g,), args=(a,)), *[Factor("within", "", (ONE,), (b,))] * equation)

    def never(self, free: Ranges, atom: Atom) -> Product:
        """`[0 <= e < N] f = 0` where f is 0 unless e < 0, or unless e >= N; `[e = 0 mod N] f = 0` where 0 < +-e < N."""
        rest, (kind, _, (n,), (e,)) = self.without(atom, "delta", "within")
        outside = [[-ONE - e], [e - n]] if kind == "within" else [[e - ONE, n - ONE - e], [-ONE - e, n - ONE + e]]
        require(any(all(rest.implies(d, free) for d in both) for both in outside), "a bracket that is 0")
        return rest.times(coefficient=ZERO)

    def single(self, free: Ranges, x: Symbol) -> Product:
        """`f(x) = f(0)` for x in 0..0."""
        require({**free, **self.bound}.get(x) == ONE, f"0 <= {x.name} < 1")
        return self.put({x: ZERO})

    def select(self, __: Ranges, atom: Atom, x: Symbol, value: Size, *new: Symbol) -> Product:
        """A bracket ends a sum:

        SUM_{x in 0..X-1} [x = v] f(x) = [0 <= v < X] f(v)
        SUM_{x in 0..gN-1} [x = v mod N] f(x) = SUM_{y in 0..g-1} f(v + N y)    f gN-periodic, g >= 1; f(v) if g = 1
        """
        (rest, (kind, _, (n,), (e,))), v = self.without(atom, "delta", "within"), polynomial(value)
        rest, size = rest.unsummed(x)
        solved = e in (letter(x) - v, v - letter(x)) and x not in v.symbols
        require(solved and (kind == "delta" or n == ONE), "[x = v mod N] or [x = v]")
        if kind == "within":
            return rest.put({x: v}).times(Factor("within", "", (size,), (v,)))
        g, more = size.over(n) or ZERO, sum((n * letter(y) for y in new), ZERO)
        require(g.positive() and rest.periodic(x, size), "x in 0..gN-1, and gN-periodic factors")
        require(len(new) == 1 or (g == ONE and not new), "a new index, unless g = 1")
        return rest.put({x: v + more}).times(bound=[(y, g) for y in new])

    def use(self, __: Ranges, atom: Atom, changes: Sequence[tuple[Atom, Sequence[Size]]]) -> Product:
        """An equation changes the other factors:

        [e = 0] f(a) = [e = 0] f(a - h e)
        [e = 0 mod N] f(a) = [e = 0 mod N] f(a - h e)                    f that reads a modulo a divisor of h N
        [e = 0 mod N] omega_M^a = [e = 0 mod N] omega_M^a omega_N^(-h e)
        """
        rest, (kind, _, (n,), (e,)) = self.without(atom, "delta", "within")
        require(kind == "delta" or n == ONE, "[e = 0]")
        made = [factor(atom)]
        for changed, multipliers in changes:
            (rest, f), hs = rest.without(changed), list(map(polynomial, multipliers))
            finer = kind == "delta" and f.kind == "phase"
            fine = f.kind != "within" and all(m.divides(h * n) for h, m in zip(hs, f.sizes, strict=True))
            require(finer or fine or kind == "within", "f that reads a modulo a divisor of h N")
            moved = f._replace(args=tuple(a - h * e for h, a in zip(hs, f.args, strict=True)))
            made += (f, Factor("phase", "", (n,), (-hs[0] * e,))) if finer else (moved,)
        return rest.times(*made)

    def ones(self, __: Ranges, x: Symbol) -> Product:
        """`SUM_{x in 0..X-1} 1 = X` for X >= 0."""
        rest, size = self.unsummed(x)
        require(rest.put({x: ZERO}) == rest and size.nonnegative(), f"X >= 0, and no factor with {x.name}")
        return rest.times(coefficient=size)

    def fit(self, __: Ranges, atom: Atom, x: Symbol) -> Product:
        """`SUM_{x in 0..M-1} [g x + r = 0 mod gM] = [r = 0 mod g]`, and the same for -g x; g, M >= 1."""
        rest, (_, _, (n,), (e,)) = self.without(atom, "delta")
        (rest, size), (c, r) = rest.unsummed(x), e.split(x)
        g = c if c.positive() else -c
        require(g.positive() and g * size == n and rest.put({x: ZERO}) == rest, f"g M = N, one factor with {x.name}")
        return rest.times(Factor("delta", "", (g,), (r,)))

    def orthogonality(self, __: Ranges, atom: Atom, x: Symbol, frequency: Size) -> Product:
        """`SUM_{x in 0..M-1} omega_N^(b x + r) = M [c = 0 mod M] omega_N^r` where b / N = c / M; M >= 1."""
        rest, (_, _, (n,), (e,)) = self.without(atom, "phase")
        (rest, size), (b, r), c = rest.unsummed(x), e.split(x), polynomial(frequency)
        require(size.positive() and b * size == c * n and rest.put({x: ZERO}) == rest, f"one factor with {x.name}")
        return rest.times(Factor("phase", "", (n,), (r,)), Factor("delta", "", (size,), (c,)), coefficient=size)

    def rename(self, free: Ranges, moves: Sequence[tuple[Symbol, Symbol, Size]]) -> Product:
        """`SUM_{x in 0..X-1} f(x) = SUM_y f(y) = SUM_y f(X-1 - y)`; `= SUM_y f(v + y) = SUM_y f(v - y)`, X-periodic."""
        for x, y, value in moves:
            (rest, size), (c, v) = self.unsummed(x), polynomial(value).split(y)
            require(c in (ONE, -ONE) and y not in free, "an image v + y or v - y")
            require((c, v) in ((ONE, ZERO), (-ONE, size - ONE)) or self.periodic(x, size), "X-periodic factors")
            self = rest.put({x: c * letter(y) + v}).times(bound=[(y, size)])  # noqa: PLW0642  # one after the other
        return self

    def hypothesis(self, free: Ranges, given: Sequence[Any], number: int, side: int, *instance: Any) -> Product:
        """Where A = B at all places by hypothesis, and both are periodic,

        f A(v) = f B(v)              at integers v
        f A(v(0)) = f A(v(c))        for an integer c, if B(v(k)) is A(v(k + 1)) for every integer k
        """
        context, values, names, *repeated = instance  # f, v, names for the sums of both sides; k and c
        (places, sides), rest = given[number], product(context, free)
        at = dict(zip(places, map(polynomial, values), strict=True))
        used = {x for v in (*at.values(), *map(polynomial, repeated[1:])) for x in v.symbols if x.role == "index"}
        scope = rest.times(bound=[*free.items(), *((k, ONE) for k in repeated[:1])]).bound.keys()
        require(used <= scope and scope.isdisjoint((*names[0], *names[1])), "values in scope, new names for the sums")
        periodic = all(n.positive() and t.periodic(x, n) for x, n in places.items() for ts in sides for t in ts)
        require(periodic and max(map(len, sides)) <= 1, "sides of one term that are periodic")
        before, after = ((*sides[q], Product(ZERO, {}, ()))[0].at(at, names[q]) for q in (side, 1 - side))
        if repeated:
            k, c = repeated
            require(after.same(before.put({k: letter(k) + ONE})), "the other side one step further")
            before, after = before.put({k: ZERO}), before.put({k: polynomial(c)})
        old, new = (rest.times(*t.factors, coefficient=t.coefficient, bound=t.bound.items()) for t in (before, after))
        require(self.same(old), "a side of the hypothesis as a factor")
        return new


def polynomial(e: Size) -> Poly:
    """A logged polynomial with integer coefficients."""
    integers = [type(c) is int and all(k > 0 and x.role != "root" for x, k in m) for m, c in e.terms]
    require(all(integers), f"an integer polynomial, not {e}")
    return Poly(e.terms)


@lru_cache(maxsize=4096)
def factor(atom: Atom) -> Factor:
    """A logged factor: every argument has a size, which is at least 1, but for a range."""
    read = Factor(atom.kind, atom.name, tuple(map(polynomial, atom.sizes)), tuple(map(polynomial, atom.args)))
    if read[::2] == ("delta", (ZERO,)):
        read = read._replace(kind="within", sizes=(ONE,))
    one = read.kind in {"delta", "within", "phase"} and len(read.args) == 1
    fine = read.kind == "within" or all(n.positive() for n in read.sizes)
    require(fine and len(read.args) == len(read.sizes) and (one or read.kind == "kernel"), f"a factor, not {atom}")
    return read


def product(term: Term, free: Ranges) -> Product:
    """A logged term: all its indices are free or summed over, and have names of their own."""
    bound, factors = [(x, polynomial(n)) for x, n in term.bound], tuple(map(factor, term.atoms))
    whole = Product(Poly(term.coefficient.terms), free, factors).times(bound=bound)
    used = {x for f in factors for e in f.args for x in e.symbols if x.role == "index"}
    sizes = [whole.coefficient, *whole.bound.values(), *(n for f in factors for n in f.sizes)]
    require(used <= whole.bound.keys(), "indices that are free or summed over")
    require("index" not in {x.role for n in sizes for x in n.symbols}, "sizes and coefficients without indices")
    return whole._replace(bound=dict(bound))


RULES: dict[str, Callable[..., Product]] = {
    "tidy": lambda t, _: t, "range": Product.digits, "exact": Product.digits, "digits": Product.digits,
    "never": Product.never, "single": Product.single, "select": Product.select, "split": Product.select,
    "use": Product.use, "count": Product.ones, "fit": Product.fit, "orthogonality": Product.orthogonality,
    "rename": Product.rename, "hypothesis": Product.hypothesis,
}  # fmt: skip


def check(goal: Log, hypotheses: Sequence[Log] = ()) -> Licence:
    """The licence to say that the sides of the goal are equal for all sizes, under the hypotheses; else raises."""
    given = [(free, [_together(terms) for terms in sides]) for free, sides in map(_followed, hypotheses)]
    _, (left, right) = _followed(goal, given)
    require(not _together([*left, *(t.times(coefficient=-ONE) for t in right)]), "the same sum at both ends")
    sides = [side for log in (goal, *hypotheses) for side in zip(log.sides, log.steps, strict=True)]
    rules = [step.rule for _, steps in sides for step in steps]
    terms = [t for start, steps in sides for t in (*start, *(step.term for step in steps))]
    scaled = [(c, k) for t in terms for m, c in t.coefficient.terms for k in (1, *(k for _, k in m))]
    needs = {
        "roots of unity w_n with w_(m n)^m = w_n": any(a.kind == "phase" for t in terms for a in t.atoms),
        "the powers of w_n^c sum to 0 over n terms unless n divides c": "orthogonality" in rules,
        "the sizes and numbers that are divided by are invertible": any(type(c) is not int or k < 0 for c, k in scaled),
    }
    return Licence(tuple(text for text, needed in needs.items() if needed), len(rules))


def _followed(log: Log, given: Sequence[Any] = ()) -> tuple[Ranges, list[list[Product]]]:
    """The free indices, and the terms after all steps of each side."""
    free, sides = {x: polynomial(n) for x, n in log.free}, []
    for start, steps in zip(log.sides, log.steps, strict=True):
        terms = [product(t, free) for t in start]
        for place, rule, evidence, term, _ in steps:
            made = RULES[rule](terms[place], free, *[given] * (rule == "hypothesis"), *evidence)
            terms[place] = product(term, free)
            require(made.same(terms[place]), f"what {rule} makes of the term, not {term}")
        sides.append(terms)
    return free, sides


def _together(terms: Iterable[Product]) -> list[Product]:
    """Like terms together, those that are zero left out."""
    total: list[Product] = []
    for t in terms:
        c = sum((u.coefficient for u in total if u[1:] == t[1:]), t.coefficient)
        total = [*(u for u in total if u[1:] != t[1:]), t._replace(coefficient=c)]
    return [t for t in total if t.coefficient]
