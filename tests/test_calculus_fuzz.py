"""Random terms, sensible or not: every logged step keeps the value; random claims: no verdict is contradicted."""

import random
from itertools import islice

import numpy as np
import pytest
from brute_force import ONE, ZERO, I, J, K, M, S, k, m, s

import convalgebra as ca
from convalgebra.proofs.calculus.proving import GeneralProof, decide, entries_at
from convalgebra.proofs.calculus.replay import Field, Point, evaluate, instances, order_of
from convalgebra.proofs.calculus.rewriting import STRATEGIES, normalise
from convalgebra.proofs.calculus.sizes import Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Term, delta, kernel, phase, within
from convalgebra.proofs.constructors import circulant, dft, diagonal, downsample, flip, identity, shift, upsample
from convalgebra.proofs.symbolic import kernel as named

SIZES = [m, s, s * m, m + s - 1, m + 1]
FACTORS = [ONE, ONE, -ONE, Size.of(2), -2 * ONE, s, -s, m, s * m]
POINTS = [(1, 1, 0), (1, 2, -1), (2, 1, 1), (2, 2, -1), (3, 1, 2), (1, 3, 1), (2, 3, -1), (3, 2, 2)]


def argument(rng, names, *, bilinear=False):
    e = rng.choice([ZERO, ZERO, ONE, k, -k, s, m, s * k])
    for x in rng.sample(names, rng.randint(1, len(names))):
        others = [y for y in names if y != x]
        twist = Size.named(rng.choice(others)) if bilinear and others and rng.random() < 0.6 else ONE
        e += rng.choice(FACTORS) * twist * Size.named(x)
    return e


def gripping(rng, names, x, n):
    """An atom in which the index x stands alone, so that rules can take hold."""
    others = [y for y in names if y != x]
    e = rng.choice((ONE, -ONE)) * Size.named(x) + rng.choice((ZERO, ONE, k))
    for y in rng.sample(others, min(len(others), rng.randint(0, 2))):
        e += rng.choice((ONE, -ONE, s)) * Size.named(y)
    twisted = phase(n, e * Size.named(rng.choice(others))) if others else phase(n, e)
    return rng.choice([delta(n, e), delta(ZERO, e), delta(n * s, e * s), twisted, kernel("u", (n,), (e,))])


def random_term(rng):
    free = tuple((x, rng.choice(SIZES)) for x in rng.sample([I, J], rng.randint(0, 2)))
    bound = tuple((Symbol("t", "index", q), rng.choice(SIZES)) for q in range(rng.randint(1, 3)))
    names = [x for x, _ in (*free, *bound)]
    atoms = [gripping(rng, names, x, n) for x, n in bound if rng.random() < 0.9]
    for _ in range(rng.randint(0, 3)):
        n = rng.choice(SIZES)
        plain, twisted = argument(rng, names), argument(rng, names, bilinear=True)
        made = [kernel(rng.choice("uw"), (n,), (plain,)), delta(n, plain), delta(ZERO, plain), within(n, plain)]
        atoms.append(rng.choice([*made, phase(n, twisted)]))
    return Term(rng.choice([ONE, Size.of(2), s]), bound, tuple(atoms)), free


def keeps_its_value(term, free, rules):
    form = normalise((term,), dict(free), rules)
    log = [step.after for step in form.steps] + [tuple(Term(c, *key) for key, c in form.terms)]
    for numbers in (dict(zip((M, S, K), values, strict=True)) for values in POINTS):
        point = Point(numbers, Field.of(order_of([(term,), *log], numbers)))
        value = evaluate((term,), free, point)
        assert all((evaluate(e, free, point) == value).all() for e in log), (term, numbers)
    return {step.rule for step in form.steps}


def test_every_step_keeps_the_value_of_random_terms():
    rng, rules_seen, unsupported = random.Random(2), set(), 0  # noqa: S311  # no secrets
    for _ in range(150):
        term, free = random_term(rng)
        for rules in STRATEGIES:
            try:
                rules_seen |= keeps_its_value(term, free, rules)
            except UnsupportedError:
                unsupported += 1
    assert rules_seen == {"range", "select", "split", "use", "count", "orthogonality", "exact", "rename"}
    assert unsupported < 100


SMALL = [shift(m, 1), shift(m, k), flip(m), circulant(named("w", m)), identity(m), dft(m), diagonal(named("d", m))]
LETTERS = [*SMALL, downsample(s * m, s) @ upsample(m, s), downsample(s * m, s) @ shift(s * m, k) @ upsample(m, s)]


def word(rng):
    made = rng.choice(LETTERS)
    for letter in rng.choices(LETTERS, k=rng.randint(0, 2)):
        made = made @ rng.choice([letter, letter.T])
    return made


@pytest.mark.parametrize("seed", range(4))
def test_no_verdict_on_random_claims_is_contradicted(seed):
    rng = random.Random(seed)  # noqa: S311  # no secrets
    for _ in range(25):
        left, right = word(rng), word(rng)
        right = rng.choice([right, left, left.T, left @ identity(m)])
        verdict = decide(left == right)
        if isinstance(verdict, ca.Refutation):
            assert isinstance(ca.decide(verdict.claim), ca.Refutation)
        if isinstance(verdict, GeneralProof):
            symbols = (M, S, K)
            for numbers in islice(instances(symbols, [m, s * m], 12), 40, 200, 20):
                point = Point(numbers, Field.of(numbers[M]))
                assert np.array_equal(entries_at(left, point), entries_at(right, point))
