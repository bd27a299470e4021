"""Every rule and every guard of the calculus, broken one at a time: its own tests must notice.

A mutant is a function whose source has one piece replaced.  It is put everywhere the function is used, and the tests of
its module run until one fails.  HYPOTHESIS_PROFILE=long tries all of them, a plain run every fifth.

A broken engine must not be believed either: without any brute force, the checker rejects each wrong step that it takes.
"""

from __future__ import annotations

import importlib
import inspect
import os
import signal
import sys
import textwrap
from contextlib import contextmanager, suppress
from types import FunctionType, ModuleType

import brute_force
import pytest

from convalgebra.proofs.calculus import checker, laws, proving, reducing, renaming, replay, rewriting, sizes, terms
from convalgebra.proofs.calculus.checker import Factor, Poly, Product
from convalgebra.proofs.calculus.sizes import Size

SIZES = [
    (sizes._product, "powers.get(x, 0) + k", "k"),
    (sizes._product, "divmod(powers[x], 2)", "divmod(powers[x], 3)"),
    (sizes._ratio, "all(k > 0 for _, k in quotient)", "True"),
    (Size.sum, "total[monomial] += c", "total[monomial] = c"),
    (Size.root, "!= isqrt(int(self.terms[0][1])) ** 2", "< 0"),
    (Size.split, "power not in (0, 1)", "False"),
    (Size.put, "c * value + r", "value + r"),
    (Size.over, "None if rest else quotient", "quotient"),
    (Size.__sub__, "self + -other", "-self + other"),
    (sizes._seen_nonnegative, 'x.role != "size" or k < 0', "k < 0"),
    (sizes._seen_nonnegative, 'x.role != "size" or k < 0', 'x.role != "size"'),
    (sizes._seen_nonnegative, "return all(c >= 0 for c in total.values())", "return True"),
    (sizes._raised, "c * x.least", "c"),
    (sizes._remainder, "c % unit", "0"),
    (sizes.common, "min(m.get(x, 0) for m in monomials)", "max(m.get(x, 0) for m in monomials)"),
    (sizes.common, " and x.least >= 1", ""),
    (sizes.common, 'x.role == "size" and', ""),
    (Size.is_integral.fget, "isinstance(c, int) and", ""),
    (Size.is_integral.fget, "k > 0 and", ""),
    (Size.is_integral.fget, ' and x.role != "root"', ""),
]
TERMS = [
    (terms.times, "product(total, factor)", "zip(total, factor)"),
    (terms.limited, "len(e) > MOST_TERMS", "False"),
    (terms.conjugate_name, "name.removeprefix(before).removesuffix(after)", "name"),
    (terms.conjugate, "-atom.args[0]", "atom.args[0]"),
    (terms.Term.without, "left.remove(atom)", "left = [a for a in left if a != atom]"),
    (terms.Atom.put, "e.put(x, value) for e in self.args", "e for e in self.args"),
]
REDUCING = [
    (reducing.tidy, '("kernel", "phase"))', '("phase", "phase"))'),
    (reducing.tidy, 'a.kind == "within" or a.args[0]', "True"),
    (reducing.tidy, 'a.kind == "within" or a.args[0]', "a.args[0]"),
    (reducing.is_false, "bool(atom.args[0]) and", ""),
    (reducing.is_false, "(*atom.args, *atom.sizes)", "atom.args"),
    (reducing.is_false, 'atom.kind == "delta" and', ""),
    (reducing._reduced, "size - 1 - e))", "size - e))"),
    (reducing._reduced, "if size == ONE", "if True"),
    (reducing._reduced, "e.mod(n)", "e"),
    (reducing._reduced_delta, "e = e.mod(modulus)", "e = e.mod(modulus or ONE)"),
    (reducing._reduced_delta, "(-e).mod(modulus)", "(1 - e).mod(modulus)"),
    (reducing._reduced_delta, "g = common(e, modulus)", "g = common(e)"),
    (reducing._merged, "n.over(m) is not None", "True"),
    (reducing._merged, "* (n.over(m) or ZERO)", ""),
    (reducing._merged, "g = common(e, n)", "g = common(e)"),
    (reducing.facts, 'atom is not apart and atom.kind == "within"', 'atom.kind == "within"'),
    (reducing.facts, "not atom.sizes[0]:", "True:"),
    (reducing.facts, "atom.sizes[0] - 1 - atom.args[0]", "atom.sizes[0] - 2 - atom.args[0]"),
    (reducing.periodic, 'atom.kind != "within" and', ""),
    (reducing.periodic, "not (e.split(x)[0] * n).mod(size)", "True"),
    (reducing.periodic, "* n).mod(size)", ").mod(size)"),
    (reducing.bounded, "size - 1 - e", "size - e"),
    (reducing.bounded, "at_least_zero(e, ranges, known) and", ""),
    (reducing._least, "ZERO if c.is_nonnegative else ranges[x] - 1", "ZERO"),
    (reducing._least, "ranges[x] - 1", "ranges[x] - 2"),
]
RENAMING = [
    (renaming._bare, "c not in SIGNS or", ""),
    (renaming._bare, "left[x] != size", "False"),
    (renaming._bare, "if periodic(term, x, size):", "if True:"),
    (renaming._bare, "return x, c, -c * r", "return x, c, c * r"),
    (renaming._bare, "if not (e - (size - 1 - Size.named(x))).mod(size):", "if True:"),
    (renaming._bare, "return x, -ONE, size - 1", "return x, -ONE, size"),
    (renaming._renamed, "bound.append((y, left.pop(x)))", "left.pop(x)"),
    (renaming._moved, 'a if a.kind == "within" else', ""),
    (renaming._apart, "term.put(x, value)", "term"),
    (renaming._climbed, "max(map(len, groups)) > MOST_EQUAL", "False"),
]
REWRITING = [
    (rewriting.in_range, "bounded(atom.args[0], atom.sizes[0], ranges, facts(term, atom))", "True"),
    (rewriting.in_range, "facts(term, atom)", "facts(term, None)"),
    (rewriting.single, "if size == ONE", "if True"),
    (rewriting.single, "term.put(x, ZERO)", "term.put(x, ONE)"),
    (rewriting._fails, "at_least_zero(-e - 1, ranges, known)", "at_least_zero(-e, ranges, known)"),
    (rewriting._fails, "at_least_zero(e - high, ranges, known)", "at_least_zero(e - high + 1, ranges, known)"),
    (rewriting._fails, 'high = size if atom.kind == "within" else ONE', "high = ONE"),
    (rewriting._fails, "bounded(e - 1, size - 1, ranges, known)", "bounded(e, size, ranges, known)"),
    (rewriting._fails, "bounded(-e - 1, size - 1, ranges, known)", "bounded(-e, size, ranges, known)"),
    (rewriting.select, "if c in SIGNS:", "if c:"),
    (rewriting.select, "-c * r", "c * r"),
    (rewriting._select_place, ".plus(within(size, value))", ""),
    (rewriting._select_place, "within(size, value)", "within(size + 1, value)"),
    (rewriting.place, "if c in SIGNS and not bracket.sizes[0]:", "if c in SIGNS:"),
    (rewriting.place, "if c in SIGNS and not bracket.sizes[0]:", "if c and not bracket.sizes[0]:"),
    (rewriting._select_residue, "g is None or", ""),
    (rewriting._select_residue, "not size.is_positive or", ""),
    (rewriting._select_residue, " or not periodic(rest, x, size)", ""),
    (rewriting._select_residue, "if g == ONE:", "if True:"),
    (rewriting._select_residue, "value + modulus * Size.named(y)", "value + Size.named(y)"),
    (rewriting._select_residue, "(*rest.bound, (y, g))", "(*rest.bound, (y, size))"),
    (rewriting.use, "if atom is not bracket]", "]"),
    (rewriting._used, "atom = phase(modulus, finer * atom.args[0])", "atom = phase(modulus, atom.args[0])"),
    (rewriting._used, "h if h and free else ZERO", "h or ZERO"),
    (rewriting._used, "p - h * e", "p + h * e"),
    (rewriting._used, 'atom.kind != "within" and', ""),
    (rewriting._used, " and modulus.over(size) is not None", ""),
    (rewriting._used, "size and atom.kind", "atom.kind"),
    (rewriting.total, "not readers and size.is_nonnegative", "not readers"),
    (rewriting.total, "len(readers) == 1 and size.is_positive", "len(readers) == 1"),
    (rewriting.total, "len(readers) == 1 and", "readers and"),
    (rewriting._total_of_one, 'atom.kind not in {"delta", "phase"}', "False"),
    (rewriting._total_of_one, "if c in {q, -q} else None", ""),
    (rewriting._total_of_one, "delta(q, r)", "delta(size, r)"),
    (rewriting._total_of_one, "if frequency is None:", "if False:"),
    (rewriting._total_of_one, "delta(size, frequency)), size)", "delta(size, frequency)), q)"),
    (rewriting._total_of_one, "rest.plus(phase(n, r), ", "rest.plus("),
    (rewriting.exact, "bounded(near + modulus - 1, modulus * 2 - 1, ranges, facts(term, bracket))", "True"),
    (rewriting.exact, "bounded(near + modulus - 1, modulus * 2 - 1", "bounded(near + modulus, modulus * 2 + 1"),
    (rewriting.exact, "delta(ZERO, near)", "delta(ZERO, e)"),
    (rewriting.digits, "found is not None and g is not None", "found is not None"),
    (rewriting.digits, 'equation=atom.kind == "delta"', "equation=True"),
    (rewriting.digits, "facts(term, atom)", "facts(term, None)"),
    (rewriting.digits, "(delta(g, a), delta(ZERO, b))", "(delta(g, a),)"),
    (rewriting.digits, "(within(g, a),)", "(within(size, a),)"),
    (rewriting._split, "bounded(b, m, *seen)", "True"),
    (rewriting._split, "bounded(b + m - 1, 2 * m - 1, *seen)", "bounded(b + m, 2 * m + 1, *seen)"),
    (rewriting._check, "if not n.is_positive", "if False"),
    (rewriting._check, "if not e.is_integral", "if False"),
    (rewriting._collected, "sums.get(key, ZERO) + term.coefficient", "term.coefficient"),
]
LAWS = [
    (laws.laws_of, "max(len(side.terms) for side in sides) > 1", "False"),
    (laws._way, "before.coefficient != ONE or", ""),
    (laws._way, 'kinds <= {"kernel", "phase"}', "kinds"),
    (laws._way, "if not all(periodic(side, x, n) for side in (before, after) for x, n in free):", "if False:"),
    (laws._fixed, "if c in SIGNS:", "if c:"),
    (laws._difference, "after.coefficient != ONE or", ""),
    (laws._difference, "any(v.symbols & free.keys() for v in vector) or", ""),
    (laws._difference, " or not _reaches_all(a, free)", ""),
    (laws._reaches_all, "indices & seen or", ""),
    (laws._moved, "(a - c * u).mod(n)", "(a - c).mod(n)"),
    (
        laws._moved,
        "(atom.kind, atom.name, atom.sizes) == (law.kernel.kind, law.kernel.name, law.kernel.sizes)",
        "atom.sizes == law.kernel.sizes",
    ),
    (laws._replaced, "any(atom.reads(y) for atom in outside for y in summed)", "False"),
    (laws._replaced, "outside = [*rest.atoms, *", "outside = [*rest.atoms[:0], *"),
    (laws._replaced, "b[0] not in summed", "True"),
    (laws._without, "conjugate(atom)", "atom"),
    (laws._translated, " and periodic(term, z, size)", ""),
    (
        laws._matches,
        "(atom.kind, atom.name, atom.sizes) == (todo[0].kind, todo[0].name, todo[0].sizes)",
        "atom.sizes == todo[0].sizes",
    ),
    (laws._matches, "left.remove(atom)", "pass"),
    (laws._unified, "if (p - e).mod(size):", "if False:"),
    (laws._unified, "c not in SIGNS or", ""),
    (laws._unified, "if x in summed and not _is_sum(values, x, summed, ranges):", "if False:"),
    (laws._is_sum, "and ranges[y] == summed[x]", ""),
    (laws._is_sum, "all(values[x] != values[z] for z in summed if z != x and z in values)", "True"),
    (laws._instance, "y = next(fresh)", "y = x"),
]
REPLAY = [
    (replay._evaluate_atom, "args[0] % sizes[0] if sizes[0] else args[0]", "args[0]"),
    (replay._evaluate_atom, "(args[0] >= 0) &", ""),
    (replay._evaluate_atom, "args[0] < sizes[0]", "args[0] <= sizes[0]"),
    (replay.evaluate, "% _prime(point)", ""),
    (replay._field, "pow(g, order // q, p) != 1", "True"),
    (replay.Point.powers, "-1 if self.conjugate else 1", "1"),
    (replay.Point.kernel, "conjugate_name(name) if self.conjugate else name", "name"),
]
CHECKER = [
    (Poly.__add__, "+ other.get(m, 0)", "- other.get(m, 0)"),
    (Poly.__add__, "{**self, **other}", "self"),
    (Poly.__mul__, "c * d", "c"),
    (Poly.put, "range(k)", "range(1)"),
    (Poly.split, "require(x not in r.symbols", "require(True"),
    (Poly.over, "left[top] % n[lead] or", ""),
    (Poly.over, "or any(k < 0 for _, k in ratio)", ""),
    (Poly.over, "None if left else q", "q"),
    (Poly.over, "while left and n", "while left"),
    (Poly.nonnegative, "if not (c.nonnegative() or (-c).nonnegative()):", "if False:"),
    (Poly.nonnegative, "r if c.nonnegative() else", ""),
    (Poly.nonnegative, "corner[x] - ONE", "corner[x] + ONE"),
    (Poly.nonnegative, "else c * (corner[x] - ONE) + r", "else r"),
    (Poly.nonnegative, "Poly({(): x.least})", "ONE"),
    (Poly.nonnegative, 'all(x.role == "size" for x in e.symbols) and', ""),
    (Poly.nonnegative, "and all(c >= 0 for c in raised.values())", ""),
    (Poly.positive, "self - ONE", "self"),
    (checker._product, "powers.get(x, 0) + more.get(x, 0)", "powers.get(x, 0) or more.get(x, 0)"),
    (Factor.same, "self[:2] != other[:2] or", ""),
    (Factor.same, "self[:2] != other[:2]", "self[:1] != other[:1]"),
    (Factor.same, 'self.kind != "delta" and self.sizes != other.sizes', "False"),
    (Factor.same, "n.divides(e - d)", "True"),
    (Factor.same, "(n * m).divides(e * m - d * n) or (n * m).divides(e * m + d * n)", "(n * m).divides(e * m - d * n)"),
    (Factor.same, "(n * m).divides(e * m - d * n) or", "(n * m).divides(e - d) or"),
    (Factor.same, "(n * m).divides(e * m + d * n)", "n.divides(e + d)"),
    (Factor.same, " and n == ONE", ""),
    (Factor.same, "n - ONE - e)", "n - e)"),
    (Factor.same, "q.positive() or (-q).positive()", "True"),
    (Product.times, "len(sums) == len(dict(sums)) and", ""),
    (Product.times, ' and all(x.role == "index" for x, _ in sums)', ""),
    (Product.times, "self.coefficient * coefficient", "self.coefficient"),
    (Product.without, "taken in left and", ""),
    (Product.without, "and taken.kind in (kinds or taken.kind)", ""),
    (Product.without, "left.remove(taken)", "pass"),
    (Product.unsummed, "require(x in self.bound", "require(True"),
    (Product.unsummed, "if y != x}", "}"),
    (Product.periodic, 'f.kind != "within" and', ""),
    (Product.periodic, "m.divides(e.put({x: letter(x) + n}) - e)", "True"),
    (Product.periodic, "letter(x) + n", "letter(x)"),
    (Product.implies, "f.sizes[0] - ONE - f.args[0]", "f.sizes[0] - f.args[0] - ONE - ONE"),
    (Product.implies, "e - fact", "e + fact"),
    (Product.implies, 'if f.kind == "within"', 'if f.kind in ("within", "delta")'),
    (Product.implies, "**self.bound", ""),
    (Product.same, "sign * f.args[0]", "f.args[0]"),
    (Product.same, "* below, below * f.sizes[0]", ", below"),
    (Product.same, 'here != there if f.kind == "kernel" else', "not (here and there) if f.kind == 'kernel' else"),
    (Product.same, "f.sizes + f.args == (ONE, ZERO)", "f.args == (ZERO,)"),
    (Product.same, "f.sizes[0].divides(*f.args)", "not f.sizes[0].symbols"),
    (Product.same, "not (one or (here and there))", "not (one or here or there)"),
    (Product.same, "self.coefficient == other.coefficient and", ""),
    (Product.same, "self.bound == other.bound and", ""),
    (Product.same, " and below.divides(above)", ""),
    (
        Product.same,
        "not (self.coefficient or other.coefficient), ZERO",
        "not (self.coefficient and other.coefficient), ZERO",
    ),
    (Product.digits, "e == m * a + b and", ""),
    (Product.digits, "(n == m * g or n == g == ONE)", "True"),
    (Product.digits, "n == g == ONE", "g == ONE"),
    (Product.digits, "b + m - ONE if equation else b", "b + m - ONE"),
    (Product.digits, "b + m - ONE if", "b + m if"),
    (Product.digits, "rest.implies(above, free) and", ""),
    (Product.digits, " and rest.implies(m - ONE - b, free)", ""),
    (Product.digits, "m - ONE - b", "m - b"),
    (Product.digits, "* equation)", "* 0)"),
    (Product.digits, 'self.without(atom, "delta", "within")', "self.without(atom)"),
    (Product.never, "[-ONE - e]", "[-e]"),
    (Product.never, "[e - n]]", "[e - n + ONE]]"),
    (Product.never, "[e - ONE, n - ONE - e]", "[e, n - ONE - e]"),
    (Product.never, "[e - ONE, n - ONE - e]", "[e - ONE, n - e]"),
    (Product.never, "[-ONE - e, n - ONE + e]", "[-e, n - ONE + e]"),
    (Product.never, "[-ONE - e, n - ONE + e]", "[-ONE - e, n + e]"),
    (Product.never, "all(rest", "any(rest"),
    (Product.never, 'self.without(atom, "delta", "within")', "self.without(atom)"),
    (Product.single, ".get(x) == ONE", ".get(x) != ZERO"),
    (Product.select, "letter(x) - v, v - letter(x)", "letter(x) - v, letter(x) + v"),
    (Product.select, " and x not in v.symbols", ""),
    (Product.select, 'kind == "delta" or n == ONE', "True"),
    (Product.select, '.times(Factor("within", "", (size,), (v,)))', ""),
    (Product.select, "(size,), (v,)", "(n,), (v,)"),
    (Product.select, "g.positive() and", ""),
    (Product.select, " and rest.periodic(x, size)", ""),
    (Product.select, "g == ONE and not new", "not new"),
    (Product.select, "n * letter(y)", "letter(y)"),
    (Product.select, "bound=[(y, g) for y in new]", "bound=[(y, size) for y in new]"),
    (Product.use, 'require(kind == "delta" or n == ONE', "require(True"),
    (Product.use, "made = [factor(atom)]", "made = []"),
    (Product.use, 'f.kind != "within" and', ""),
    (Product.use, "m.divides(h * n)", "m.divides(n)"),
    (Product.use, "m.divides(h * n)", "True"),
    (Product.use, 'finer or fine or kind == "within"', "True"),
    (Product.use, 'kind == "delta" and f.kind == "phase"', 'f.kind == "phase"'),
    (Product.use, "-hs[0] * e", "hs[0] * e"),
    (Product.use, "a - h * e", "a + h * e"),
    (Product.ones, " and size.nonnegative()", ""),
    (Product.ones, "coefficient=size", "coefficient=ONE"),
    (Product.fit, "g.positive() and", ""),
    (Product.fit, "g * size == n and", ""),
    (Product.fit, '(atom, "delta")', "(atom)"),
    (Product.orthogonality, "size.positive() and", ""),
    (Product.orthogonality, "b * size == c * n and", ""),
    (Product.orthogonality, "coefficient=size", "coefficient=ONE"),
    (Product.orthogonality, '(atom, "phase")', "(atom)"),
    (Product.rename, "c in (ONE, -ONE) and", ""),
    (Product.rename, " and y not in free", ""),
    (Product.rename, "(-ONE, size - ONE)", "(-ONE, size)"),
    (Product.rename, " or self.periodic(x, size)", " or True"),
    (Product.hypothesis, "used <= scope and", ""),
    (Product.hypothesis, " and scope.isdisjoint((*names[0], *names[1]))", ""),
    (Product.hypothesis, "*map(polynomial, repeated[1:])", ""),
    (Product.hypothesis, "n.positive() and", ""),
    (Product.hypothesis, "t.periodic(x, n) for", "True for"),
    (Product.hypothesis, " and max(map(len, sides)) <= 1", ""),
    (Product.hypothesis, "require(after.same(before.put({k: letter(k) + ONE}))", "require(True"),
    (Product.hypothesis, "letter(k) + ONE", "letter(k) - ONE"),
    (Product.hypothesis, "require(self.same(old)", "require(True"),
    (checker.polynomial, "require(all(integers)", "require(True"),
    (checker.polynomial, "type(c) is int and", ""),
    (checker.polynomial, "k > 0 and", ""),
    (checker.polynomial, ' and x.role != "root"', ""),
    (checker.factor, '("delta", (ZERO,))', '("delta", (ONE,))'),
    (checker.factor, "and len(read.args) == 1", ""),
    (checker.factor, 'read.kind in {"delta", "within", "phase"} and', ""),
    (checker.factor, "or all(n.positive() for n in read.sizes)", "or True"),
    (checker.factor, "len(read.args) == len(read.sizes) and", ""),
    (checker.product, "require(used <= whole.bound.keys()", "require(True"),
    (checker.product, "whole.coefficient, ", ""),
    (checker.product, "*whole.bound.values(), ", ""),
    (checker.product, "*(n for f in factors for n in f.sizes)", ""),
    (checker.check, "require(not _together", "require(True or _together"),
    (checker.check, 'a.kind == "phase"', "False"),
    (checker.check, '"orthogonality" in rules', "False"),
    (checker.check, "type(c) is not int or", ""),
    (checker.check, "or k < 0", ""),
    (checker._followed, "require(made.same(terms[place])", "require(True"),
    (checker._together, "if t.coefficient]", "]"),
    (checker._together, "if u[1:] == t[1:]), t", "if u[2:] == t[2:]), t"),
]
TABLE = {
    "sizes": (SIZES, ["test_sizes", "test_reducing", "test_rewriting"]),
    "terms": (TERMS, ["test_terms", "test_laws", "test_symbolic"]),
    "reducing": (REDUCING, ["test_reducing", "test_rewriting"]),
    "renaming": (RENAMING, ["test_renaming"]),
    "rewriting": (REWRITING, ["test_rewriting"]),
    "laws": (LAWS, ["test_laws"]),
    "replay": (REPLAY, ["test_replay"]),
    "checker": (CHECKER, ["test_checker"]),
}


def mutated(function, old, new):
    """The function with one piece of its source replaced."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"{function.__qualname__} has {source.count(old)} times {old!r}"
    plain = inspect.unwrap(function)
    room = dict(plain.__globals__)  # the mutant calls itself
    exec(compile(source.replace(old, new), "<mutant>", "exec"), room)  # noqa: S102
    return room[plain.__name__]


def everywhere(monkeypatch, function, mutant):
    """Put the mutant wherever the function is used: in modules, classes, and tuples of rules."""
    owner = function.__qualname__.rpartition(".")[0]
    if owner:
        cls = getattr(sys.modules[function.__module__], owner)
        monkeypatch.setattr(cls, function.__name__, mutant)
        rules = {name: mutant if rule is function else rule for name, rule in checker.RULES.items()}
        monkeypatch.setattr(checker, "RULES", rules)
        return
    for module in [m for name, m in sys.modules.items() if name.startswith(("convalgebra.proofs", "test_"))]:
        for name, value in list(vars(module).items()):
            changed = replaced(value, function, mutant)
            if changed is not value:
                monkeypatch.setattr(module, name, changed)


def replaced(value, function, mutant):
    if value is function:
        return mutant
    if isinstance(value, tuple) and type(value) is tuple:
        new = tuple(replaced(v, function, mutant) for v in value)
        return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
    return value


def plain_tests(module: ModuleType):
    for name, test in vars(module).items():
        plain = isinstance(test, FunctionType) and not inspect.signature(test).parameters
        if name.startswith("test_") and plain and not hasattr(test, "hypothesis"):
            yield test


@contextmanager
def limited(seconds):
    """A mutant may loop for ever: then it is noticed as well."""

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def survives(names) -> bool:
    for test in (test for name in names for test in plain_tests(importlib.import_module(name))):
        try:
            with limited(10):
                test()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  # whatever it is, the mutant was noticed
            return False
    return True


CASES = [
    pytest.param(function, old, new, killers, id=f"{room}.{function.__name__}: {old[:30]} -> {new[:30]}")
    for room, (mutants, killers) in TABLE.items()
    for function, old, new in mutants
]


EVERY = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 5


@pytest.mark.parametrize(("function", "old", "new", "killers"), CASES[::EVERY])
def test_a_broken_rule_is_noticed(function, old, new, killers, monkeypatch):
    for name in killers:
        importlib.import_module(name)
    everywhere(monkeypatch, function, mutated(function, old, new))
    forget()
    assert not survives(killers)
    forget()


ENGINE = ("sizes", "reducing", "renaming", "rewriting", "laws")
BROKEN = [case for case in CASES if case.id.partition(".")[0] in ENGINE]


@pytest.mark.parametrize(("function", "old", "new", "killers"), BROKEN[::EVERY])
def test_the_checker_rejects_every_wrong_step_of_a_broken_engine(function, old, new, killers, monkeypatch):
    import test_proving

    for name in killers:
        importlib.import_module(name)
    false = [claim for claim, _ in test_proving.FALSE.values()] + list(test_proving.FALSE_UNDER_HYPOTHESES.values())
    everywhere(monkeypatch, function, mutated(function, old, new))
    monkeypatch.setattr(proving, "refuted", lambda *_: None)
    monkeypatch.setattr(proving, "_replay", lambda *_: 0)
    forget()
    assert (False, True) not in steps_taken(killers)
    assert not any(map(proved, false))
    forget()


def steps_taken(names):
    """Of every step that the tests take: is it right, and does the checker follow it?"""
    brute_force.LEDGER.clear()
    for test in (test for name in names for test in plain_tests(importlib.import_module(name))):
        with suppress(Exception, pytest.fail.Exception), limited(10):
            test()
    return set(brute_force.LEDGER)


def proved(claim) -> bool:
    """Is the claim proved, where nothing but the checker stands in the way?"""
    try:
        with limited(10):
            return isinstance(proving.decide(claim), proving.GeneralProof)
    except Exception:  # noqa: BLE001  # whatever a broken engine raises, it is no proof
        return False


def forget():
    """Nothing remembered from other mutants."""
    sizes._divided.cache_clear()
    sizes._seen_nonnegative.cache_clear()
    replay._field.cache_clear()
    checker.factor.cache_clear()


def test_every_mutant_is_one_place():
    for case in CASES:
        mutated(*case.values[:3])


@pytest.mark.parametrize("names", {tuple(killers): None for _, killers in TABLE.values()})
def test_unbroken_rules_pass(names):
    assert survives(names)
