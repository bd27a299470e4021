"""Each constructor for all sizes against the public one at many sizes: the entry formula against the index tables."""

from itertools import product
from math import lcm

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs import constructors as general
from convalgebra.proofs.arguments import index_names
from convalgebra.proofs.calculus.question import entries_at
from convalgebra.proofs.calculus.replay import Field, Point, evaluate, order_of
from convalgebra.proofs.calculus.sizes import Size
from convalgebra.proofs.calculus.terms import numbered
from convalgebra.proofs.symbolic import integer, kernel, scalar, size, unknown
from convalgebra.proofs.toeplitz import convolution_matrix, toeplitz

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
    general.dft(n, norm="ortho"),
    general.dft((m, n), norm="ortho").H,
    general.circulant(general.pad(n, (p, 1)) @ w),
    general.circulant(w).H,
    general.impulse(n, k),
    general.impulse((m, n), (k, a)),
    general.impulse(n).T,
    general.ones((m, n)),
    general.kron(w, general.ones(m)),
    general.kron(w, general.identity(m)),
    general.sum_over(s, lambda k: general.shift(s * m, k * m)),
    general.sum_over((s, m), lambda a, b: general.shift((s, m), (a, b + 1))),
    general.sum_over(n, lambda k: general.impulse(n, k)),
    unknown("M", (m, n), s) @ ca.unknown("N", s, m),
    w @ general.ones(m).T,
    scalar("x") * general.circulant(w),
    general.shift(3, k) @ ca.matrix([[1, 2, 3], [0, 0, 4], [5, 0, 0]]),
    general.circulant(general.pad(2, (0, n)) @ np.array([3, -4])),
    general.circulant(kernel("u", (m * n))) @ v,
    convolution_matrix(w, n + m),
    convolution_matrix(w, n + m - 1, mode="valid"),
    convolution_matrix(kernel("u", 2 * p + 1), n + 2 * p, mode="same"),
    convolution_matrix(kernel("u", 2 * n), n + m + n, mode="same", op="correlation"),
    convolution_matrix(v, (s, 2), op="correlation"),
    convolution_matrix([1, 0, -2], n),
    toeplitz(w, kernel("r", m)),
    toeplitz(w),
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
    roots = [4 * value for x, value in at.items() if x.role == "size" and value]
    point = Point(at, Field.of(lcm(order_of([entry], at), *roots)))
    return evaluate(entry, free, point), entries_at(operator, point)


@pytest.mark.parametrize("operator", OPERATORS, ids=repr)
def test_the_entry_formula_is_the_matrix(operator):
    free = (*operator.rows, *operator.cols)
    entry = operator.entry(*(tuple(map(Size.named, box)) for box in index_names(operator)), numbered("t"))
    sizes = {
        *free,
        *(e for t in entry for x in t.atoms for e in (*x.args, *x.sizes)),
        *(n for t in entry for _, n in t.bound),
    }
    seen = sorted({x for e in sizes for x in e.symbols if x.role != "index"})
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
        (lambda: general.dft(n, norm="unitary"), "norm must be"),
        (lambda: general.pad(n, (1, 1), "reflect"), "mode must be"),
        (lambda: general.pad(n, (-1, 0)), "at least 1"),
        (lambda: general.crop(n + 3, (1, k)), "at least 0"),
        (lambda: general.downsample(n, k), "at least 1"),
    ]:
        with pytest.raises(ca.ArgumentError, match=message):
            call()


def test_functions_that_have_no_matrix_class_take_numbers_too():
    assert general.impulse(4, 5).tolist() == [0, 1, 0, 0]
    assert general.impulse((2, 2), (0, 1)).tolist() == [[0, 1], [0, 0]]
    assert general.ones((2, 1)).tolist() == [[1], [1]]
    assert general.sum_over((2, 2), lambda a, b: ca.shift((2, 2), (a, b))).to_numpy().tolist() == [[1] * 4] * 4


def test_a_sum_has_one_index_for_each_axis_in_places_alone():
    with pytest.raises(ca.ArgumentError, match="one index for each of the 2 axes"):
        general.sum_over((m, n), lambda k: general.shift(n, k))
    verdict = ca.decide(general.sum_over(n, lambda k: k * general.identity(m)) == general.identity(m))
    assert "a sum over k whose factors or sizes depend on k" in str(verdict)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: general.circulant(unknown("M", n, n)), ca.ShapeError, "c must be a vector, not M"),
        (lambda: general.diagonal(unknown("M", n, n)), ca.ShapeError, "d must be a vector"),
        (lambda: convolution_matrix(unknown("M", n, n), n), ca.ShapeError, "w must be a vector"),
        (lambda: toeplitz(v), ca.ShapeError, "c must be a vector with 1 axes"),
        (lambda: general.circulant(w, op="other"), ca.ArgumentError, "op must be"),
        (lambda: general.dft(n + 1, norm="ortho"), ca.ArgumentError, "a product of sizes and a square"),
        (lambda: general.dft(n + 1, norm="forward"), ca.ArgumentError, "a product of sizes, not n"),
        (lambda: general.shift(n, 1) / 0, ca.ArgumentError, "the divisor must be a product of sizes"),
        (lambda: general.shift(n, 1) / (n - 1), ca.ArgumentError, "the divisor must be a product of sizes"),
        (lambda: general.sum_over(n, 3), ca.ArgumentError, "a function of the index, not 3"),
        (lambda: general.shift(n, k).subs({n: 3}), ca.ArgumentError, "k has none"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_one_width_is_for_both_sides():
    x = np.arange(1, 4)
    assert (general.pad(n, 1).subs({n: 3}) @ x).tolist() == [0, 1, 2, 3, 0]
    assert general.pad((m, n), (1, (0, 2))).subs({m: 1, n: 2}).shape == (3 * 4, 2)
    assert general.crop(n + 2, 1).subs({n: 1}).shape == (1, 3)


def test_every_constructor_is_found_by_name():
    assert all(general.MATRICES[name] is getattr(general, name) for name in general.MATRICES)
    assert n.__convalgebra__("shift") is general.shift
    assert w.__convalgebra__("circulant") is general.circulant


@pytest.mark.parametrize("width", [(1, 2, 3), ((1, 2, 3),), ((1, 2), (3, 4)), ()])
def test_a_width_is_a_number_or_a_pair_for_each_axis(width):
    for make in (ca.crop, ca.pad):
        with pytest.raises(ca.ArgumentError, match=r"width must be an integer, or one integer or one .* for each of 1"):
            make(ca.size("n", 9), width)
    assert ca.crop(ca.size("n", 9), (1,)).subs({ca.size("n", 9): 9}).shape == (7, 9)


def test_a_class_is_no_function_of_an_index():
    with pytest.raises(ca.ArgumentError, match="one index for each of the 1 axes, not 0"):
        ca.sum_over(5, int)
