"""Every rule and every guard of the calculus, broken one at a time: its own tests must notice.

A mutant is a function whose source has one piece replaced.  It is put everywhere the function is used, and the tests of
its module run until one fails.  HYPOTHESIS_PROFILE=long tries all of them, a plain run every fifth.
"""

from __future__ import annotations

import importlib
import inspect
import os
import signal
import sys
import textwrap
from contextlib import contextmanager
from types import FunctionType, ModuleType

import pytest

from convalgebra.proofs.calculus import laws, reducing, renaming, replay, rewriting, sizes, terms
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
    (reducing.tidy, "if reduced is False:", "if False:"),
    (reducing.tidy, "if not term.coefficient:", "if False:"),
    (reducing.tidy, '"kernel" else brackets', '"none" else brackets'),
    (reducing.tidy, 'if b.kind == "phase"]', 'if b.kind == "phase"][:1]'),
    (reducing._reduced, "size - 1 - e))", "size - e))"),
    (reducing._reduced, "if size == ONE", "if True"),
    (reducing._reduced, "e.mod(n)", "e"),
    (reducing._reduced_delta, "e = e.mod(modulus)", "e = e.mod(modulus or ONE)"),
    (reducing._reduced_delta, "not e.symbols and not modulus.symbols", "not e.symbols"),
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
    (renaming._apart, "term.put(x, Size.named(z))", "term"),
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
    (rewriting.use, "atom if atom is b else", ""),
    (rewriting._used, "atom = phase(modulus, finer * atom.args[0])", "atom = phase(modulus, atom.args[0])"),
    (rewriting._used, "p - h * e if h and free else p", "p - h * e if h else p"),
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
    (rewriting.assumptions, 'atom.kind == "phase"', "False"),
    (rewriting.assumptions, 'step.rule == "orthogonality"', "False"),
    (rewriting.assumptions, "k < 0", "False"),
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
TABLE = {
    "sizes": (SIZES, ["test_sizes", "test_reducing", "test_rewriting"]),
    "terms": (TERMS, ["test_terms", "test_laws", "test_symbolic"]),
    "reducing": (REDUCING, ["test_reducing", "test_rewriting"]),
    "renaming": (RENAMING, ["test_renaming"]),
    "rewriting": (REWRITING, ["test_rewriting"]),
    "laws": (LAWS, ["test_laws"]),
    "replay": (REPLAY, ["test_replay"]),
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


def forget():
    """Nothing remembered from other mutants."""
    sizes._divided.cache_clear()
    sizes._seen_nonnegative.cache_clear()
    replay._field.cache_clear()


def test_every_mutant_is_one_place():
    for case in CASES:
        mutated(*case.values[:3])


@pytest.mark.parametrize("names", {tuple(killers): None for _, killers in TABLE.values()})
def test_unbroken_rules_pass(names):
    assert survives(names)
