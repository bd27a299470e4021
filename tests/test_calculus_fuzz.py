"""Random terms, sensible or not: every logged step keeps the value; random claims: no verdict is contradicted."""

import random
from collections import Counter
from itertools import islice
from math import lcm

import numpy as np
import pytest
from brute_force import ONE, ZERO, I, J, K, M, S, k, m, s

import convalgebra as ca
from convalgebra.proofs.calculus.checker import check
from convalgebra.proofs.calculus.proving import GeneralProof, decide
from convalgebra.proofs.calculus.question import entries_at
from convalgebra.proofs.calculus.replay import Field, Point, evaluate, instances, order_of
from convalgebra.proofs.calculus.rewriting import STRATEGIES, normalise
from convalgebra.proofs.calculus.sizes import Size, Symbol, UnsupportedError
from convalgebra.proofs.calculus.terms import Log, Term, delta, kernel, phase, sums, within
from convalgebra.proofs.constructors import (
    circulant,
    crop,
    dft,
    diagonal,
    downsample,
    flip,
    identity,
    impulse,
    kron,
    ones,
    pad,
    shift,
    sum_over,
    upsample,
)
from convalgebra.proofs.symbolic import kernel as named
from convalgebra.proofs.symbolic import scalar, unknown
from convalgebra.proofs.toeplitz import convolution_matrix, toeplitz

SIZES = [m, s, s * m, m + s - 1, m + 1, ONE]
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
    coarser = delta(m, e) if n == s * m else delta(n, e)
    return rng.choice([delta(n, e), delta(ZERO, e), delta(n * s, e * s), coarser, twisted, kernel("u", (n,), (e,))])


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
    last = tuple(Term(c, *key) for key, c in form.terms)
    check(Log(free, ((term,), last), (form.steps, ())))
    log = [*sums((term,), form.steps), last]
    for numbers in (dict(zip((M, S, K), values, strict=True)) for values in POINTS):
        point = Point(numbers, Field.of(order_of([(term,), *log], numbers)))
        value = evaluate((term,), free, point)
        assert all((evaluate(e, free, point) == value).all() for e in log), (term, numbers)
    return {step.rule for step in form.steps}


def test_every_step_keeps_the_value_of_random_terms():
    rng, rules_seen, unsupported = random.Random(2), set(), 0  # noqa: S311  # no secrets
    for _ in range(120):
        term, free = random_term(rng)
        for rules in STRATEGIES:
            try:
                rules_seen |= keeps_its_value(term, free, rules)
            except UnsupportedError:
                unsupported += 1
    assert rules_seen == {
        "tidy", "range", "single", "never", "select", "split", "use", "count", "orthogonality", "exact", "digits",
        "rename",
    }  # fmt: skip
    assert unsupported < 200


W, V = named("w", m), named("v", s)
SMALL = [
    shift(m, 1),
    shift(m, k),
    flip(m),
    circulant(W),
    identity(m),
    dft(m),
    diagonal(named("d", m)),
    unknown("M", m, m),
]
LETTERS = [
    *SMALL,
    downsample(s * m, s) @ upsample(m, s),
    downsample(s * m, s) @ shift(s * m, k) @ upsample(m, s),
    crop(m + 1, (0, 1)) @ pad(m, (1, 0)),
    crop(m + s, (s, 0)) @ pad(m, (0, s)),
    crop(m + 2, (1, 1)) @ pad(m, (1, 1), "circular"),
    crop(m + 1, (1, 0)) @ pad(m, (0, 1)),
    sum_over(s, lambda q: shift(m, q)),
    sum_over(m, lambda q: shift(m, q * k)),
    impulse(m) @ ones(m).T,
    W @ impulse(m, k).T,
    crop(m + s - 1, (0, s - 1)) @ convolution_matrix(V, m),
    convolution_matrix(V, m).T @ convolution_matrix(V, m),
    toeplitz(W),
    toeplitz(W, named("r", m)),
    kron(impulse(s).T, identity(m)) @ shift(s * m, 1) @ pad(m, (0, s * m - m)),
    circulant(W).H,
    dft(m, norm="ortho"),
    scalar("x") * shift(m, 1),
    2 * identity(m),
]


def word(rng):
    made = rng.choice(LETTERS)
    for letter in rng.choices(LETTERS, k=rng.randint(0, 2)):
        made = made @ rng.choice([letter, letter.T])
    return made + rng.choice(LETTERS) if rng.random() < 0.15 else made


def variant(rng, claim_side):
    """The same operator written otherwise, or another one."""
    other = word(rng)
    same = [claim_side @ identity(m), claim_side.T.T, shift(m, k) @ shift(m, -k) @ claim_side, claim_side + 0 * other]
    return rng.choice([*same, other, claim_side.T, claim_side @ other])


def contradicted(left, right, verdict, *, skip, count):
    """Does brute force at sizes that the search may not have seen contradict the verdict?"""
    if isinstance(verdict, ca.Refutation):
        return not isinstance(ca.decide(verdict.claim), ca.Refutation)
    if not isinstance(verdict, GeneralProof):
        return False
    for numbers in islice(instances((M, S, K), [m, s * m], 12), skip, skip + 20 * count, 20):
        point = Point(numbers, Field.of(4 * lcm(numbers[M], numbers[S])))
        if not np.array_equal(entries_at(left, point), entries_at(right, point)):
            return True
    return False


@pytest.mark.parametrize("seed", range(3))
def test_no_verdict_on_random_claims_is_contradicted(seed):
    rng, found = random.Random(seed), Counter()  # noqa: S311  # no secrets
    for _ in range(20):
        left = word(rng)
        right = variant(rng, left)
        verdict = decide(left == right)
        assert not contradicted(left, right, verdict, skip=40, count=4), (left, right)
        found[type(verdict).__name__] += 1
    assert found["GeneralProof"] > 2
    assert found["Refutation"] > 2
