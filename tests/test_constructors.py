"""Each constructor for all sizes against the public one at many sizes: the entry formula against the index tables."""

from itertools import product

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs import constructors as general
from convalgebra.proofs.calculus.proving import entries_at
from convalgebra.proofs.calculus.replay import Field, Point, evaluate, order_of
from convalgebra.proofs.calculus.sizes import Size
from convalgebra.proofs.calculus.terms import numbered
from convalgebra.proofs.symbolic import index_names, integer, kernel, size

n, m, s, k, a = size("n"), size("m"), size("s"), integer("k"), integer("a")
p = size("p", 0)
w = kernel("w", n)
v = kernel("v", (m, n))
OPERATORS = [
    general.identity((m, n)),
    general.shift(n, k),
    general.shift((m, n), (k, a)),
    general.shift(5, k),
    general.flip((m, n)),
    general.downsample(s * m, s),
    general.downsample(s * (m - 1) + 1, s),
    general.downsample((s * m, 2 * n), (s, 2)),
    general.upsample(m, s),
    general.upsample((m, n), (s, 2)),
    general.pad(n, (p, p + 1)),
    general.pad(n, (k, m - k)),
    general.pad((m, n), ((p, 1), (0, p)), "circular"),
    general.crop(n + 2 * p, (p, p)),
    general.circulant(w),
    general.circulant(w, op="correlation"),
    general.circulant(v),
    general.circulant(general.circulant(w) @ w),
    general.diagonal(v),
    general.dft(n),
    general.dft(n, norm="forward"),
    general.dft((m, n)),
    general.dft((m, n)).H,
    general.kron(general.shift(m, k), general.dft(n)),
]


def numbers(symbols):
    choices = [range(x.least, x.least + 4) if x.role == "size" else (-2, 0, 1, 5) for x in symbols]
    return [dict(zip(symbols, values, strict=True)) for values in product(*choices)]


def mapped(operator, at):
    """The entry formula, summed by brute force, and the matrix of the public constructors."""
    names = index_names(operator)
    places = [tuple(map(Size.named, box)) for box in names]
    free = tuple(zip(names[0] + names[1], operator.rows + operator.cols, strict=True))
    entry = operator.entry(*places, numbered("t"))
    point = Point(at, Field.of(order_of([entry], at)))
    return evaluate(entry, free, point), entries_at(operator, point)


@pytest.mark.parametrize("operator", OPERATORS, ids=repr)
def test_the_entry_formula_is_the_matrix(operator):
    symbols = sorted({x for x in (n, m, s, p, k, a) for x in x.symbols})
    seen = [
        x for x in symbols if x.name in repr(operator) or any(x in side.symbols for b in operator.boxes for side in b)
    ]
    checked = 0
    for at in numbers(seen):
        try:
            formula, matrix = mapped(operator, at)
        except (ca.ArgumentError, ca.ShapeError):
            continue
        assert (formula.reshape(matrix.shape) == matrix).all()
        checked += 1
    assert checked


def test_the_conventions_are_those_of_numpy():
    x = np.arange(5)
    assert (general.shift(n, k).subs({n: 5, k: 2}) @ x == np.roll(x, 2)).all()
    circulant = general.circulant(w).subs({n: 5, w: x})
    assert (circulant.to_numpy()[:, 0] == x).all()


def test_what_has_no_meaning_for_all_sizes_is_refused():
    for call, message in [
        (lambda: general.downsample(n, s), "multiple of s"),
        (lambda: general.shift(n, (1, 2)), "one integer for each"),
        (lambda: general.dft(n, norm="ortho"), "norm must be"),
        (lambda: general.pad(n, (1, 1), "reflect"), "mode must be"),
        (lambda: general.pad(n, (-1, 0)), "at least 1"),
        (lambda: general.crop(n + 3, (1, k)), "at least 0"),
        (lambda: general.downsample(n, k), "at least 1"),
    ]:
        with pytest.raises(ca.ArgumentError, match=message):
            call()


def test_every_constructor_is_found_by_name():
    assert all(general.MATRICES[name] is getattr(general, name) for name in general.MATRICES)
    assert n.__convalgebra__("shift") is general.shift
    assert w.__convalgebra__("circulant") is general.circulant
