"""Factorisations: every product multiplied out again, groupings counted by hand, and kernels that have none."""

from __future__ import annotations

from functools import reduce
from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.kernel import convolve
from convalgebra.analysis.factorisation import one_channel, per_layer

FOUR_ROOTS = [24, -50, 35, -10, 1]  # (z - 1)(z - 2)(z - 3)(z - 4)


def multiplied(parts):
    return reduce(convolve, (np.asarray(u)[None, None] for u in parts))[0, 0]


small = st.integers(-4, 4)


@st.composite
def products(draw, ndim):
    """Two kernels with corners that are not zero, so that their product has its full size."""
    found = []
    for _ in range(2):
        size = tuple(draw(st.integers(1, 3)) for _ in range(ndim))
        values = draw(st.lists(small, min_size=int(np.prod(size)), max_size=int(np.prod(size))))
        found.append(np.array(values).reshape(size))
        assume(found[-1].reshape(-1)[0] != 0 != found[-1].reshape(-1)[-1])
    return found


@pytest.mark.parametrize("ndim", [1, 2])
@settings(max_examples=25)
@given(data=st.data())
def test_what_was_multiplied_is_found_again(ndim, data):
    """Up to order and scalars the two are among the factorisations, and each multiplies to the kernel exactly."""
    u, v = data.draw(products(ndim))
    whole = multiplied([u, v])
    found = ca.factor(whole, sizes=(u.shape, v.shape))
    assert all(np.array_equal(multiplied(parts), whole) for parts in found.all)
    both = [(u, v), (v, u)] if u.shape == v.shape else [(u, v)]  # of equal sizes each pair is listed once
    assert any(proportional(a, p) and proportional(b, q) for a, b in found.all for p, q in both)
    assert np.array_equal(multiplied(ca.factor(whole)), whole)
    assert found.residual == 0


def proportional(a, b):
    left, right = np.asarray(a, dtype=object).ravel(), np.asarray(b, dtype=object).ravel()
    return all(x * q == y * p for (x, y), (p, q) in product(zip(left, right, strict=True), repeat=2))


def test_groupings_are_counted():
    assert len(ca.factor(FOUR_ROOTS, sizes=(3, 3)).all) == 3  # pairs of four roots
    assert len(ca.factor(FOUR_ROOTS, sizes=(2, 4)).all) == 4
    assert len(ca.factor(FOUR_ROOTS, sizes=(2, 2, 3)).all) == 6
    assert len(ca.factor([1, 4, 6, 4, 1], sizes=(3, 3)).all) == 1
    assert len(ca.factor([-6, 11, -6, 1], sizes=(2, 3)).all) == 3
    assert ca.factor(FOUR_ROOTS).irreducible is False


def test_a_kernel_of_one_place_and_shifts():
    assert [u.tolist() for u in ca.factor([5])] == [[5]]
    assert [u.tolist() for u in ca.factor([0, 3, 6], sizes=(2, 2))] == [[0, 3], [1, 2]]
    assert [u.tolist() for u in ca.factor([1, 2, 0], sizes=(2, 2))] == [[1, 2], [1, 0]]
    assert ca.factor([[0, 2]]).irreducible


def test_real_and_complex_factors():
    """Over R two-tap kernels multiply to real roots only; two three-tap kernels give every five-tap kernel."""
    assert ca.factor([1, 0, 1], sizes=(2, 2), field="RR").reason == "the kernel is irreducible over RR"
    i = sympy.I
    assert [u.tolist() for u in ca.factor([1, 0, 1], sizes=(2, 2), field="CC")] == [[i, 1], [-i, 1]]
    assert ca.factor([1, 0, 0, 0, 1], sizes=(3, 3)).all == ()
    (pair,) = ca.factor([1, 0, 0, 0, 1], sizes=(3, 3), field="RR").all
    assert {str(u.tolist()) for u in pair} == {"[1, sqrt(2), 1]", "[1, -sqrt(2), 1]"}
    assert ca.factor([-2, 0, 1], field="RR").irreducible is False


@pytest.mark.parametrize("taps", [[1, 0, 1, 0, 2], [1, 2, 3, 1, 1]])
def test_a_five_tap_kernel_is_two_real_three_tap_kernels(taps):
    found = ca.factor(taps, sizes=(3, 3), field="RR")
    z = sympy.Symbol("z")
    for parts in found.all[:1]:
        polys = [sum(sympy.sympify(v) * z**t for t, v in enumerate(u.tolist())) for u in parts]
        values = [complex(sympy.N((polys[0] * polys[1]).subs(z, x), 30)) for x in (-2, 1, 3)]
        assert np.allclose(values, [sum(v * x**t for t, v in enumerate(taps)) for x in (-2, 1, 3)])
    assert found.all


def test_scalars_of_repeated_factors_are_kept():
    """(2 z^2 - 3)^2 over the reals: monic factors, and 4 before them."""
    found = ca.factor([9, 0, -12, 0, 4], field="RR")
    z = sympy.Symbol("z")
    polys = [sum(sympy.sympify(v) * z**t for t, v in enumerate(u.tolist())) for u in found]
    assert len(polys) == 4
    assert sympy.expand(sympy.prod(polys)) == 4 * z**4 - 12 * z**2 + 9


def test_kernels_on_two_axes_that_no_stack_gives():
    """A worked 5x5: its exponents form a triangle that is no sum of two polygons."""
    kernel = np.zeros((5, 5), dtype=int)
    kernel[0, 0] = kernel[4, 0] = kernel[0, 3] = 1
    found = ca.factor(kernel, sizes=(3, 3))
    assert found.all == ()
    assert found.factors == ()
    assert "over every field" in found.reason
    laplace = ca.factor([[0, 1, 0], [1, -4, 1], [0, 1, 0]], sizes=(2, 2))
    assert laplace.reason == "the kernel is irreducible over QQ"
    box = ca.factor(np.ones((3, 3), dtype=int), sizes=((3, 1), (1, 3)))
    assert [u.tolist() for u in box] == [[[1], [1], [1]], [[1, 1, 1]]]
    sizes = ca.factor(np.ones((3, 3), dtype=int), sizes=((2, 3), (2, 1)))
    assert "cannot be grouped" in sizes.reason
    assert "cannot be grouped" in repr(sizes)


def test_a_parallelogram_is_a_sum():
    """1 + x + y + x y: the polygon has four corners, and the kernel factors."""
    assert len(ca.factor([[1, 1], [1, 1]], sizes=((2, 1), (1, 2))).all) == 1


def test_symbols_are_parameters():
    a, b, c, d = sympy.symbols("a:d")
    u, v = ca.factor([a * c, a * d + b * c, b * d], sizes=(2, 2))
    assert [*map(str, (u.tolist(), v.tolist()))] == ["[a, b]", "[c, d]"]
    assert ca.factor([a, b, c], sizes=(2, 2)).reason == "the kernel is irreducible over QQ"
    root = sympy.sqrt(2)
    assert [u.tolist() for u in ca.factor([2, 2 * root, 1], sizes=(2, 2))] == [[root, 1], [root, 1]]


def test_floats_are_approximated():
    u, v = np.array([[1.0, 2], [3, 5]]), np.array([[2.0, -1], [1, 1]])
    found = ca.factor(multiplied([u, v]), sizes=((2, 2), (2, 2)))
    assert found.residual < 1e-10
    assert np.allclose(multiplied(found), multiplied([u, v]))
    missed = ca.factor(np.array([[0, 1.0, 0], [1, -4, 1], [0, 1, 0]]), sizes=((2, 2), (2, 2)))
    assert missed.residual > 0.1
    assert np.isclose(np.linalg.norm(multiplied(missed) - missed.kernel), missed.residual)


@pytest.mark.parametrize(
    ("kernel", "options", "error", "message"),
    [
        ([0, 0], {}, ca.ArgumentError, "must not be zero"),
        ([], {}, ca.ShapeError, "at least one place"),
        (3, {}, ca.ShapeError, "at least one place"),
        ([1, 2, 1], {"sizes": (2, 3)}, ca.ShapeError, r"compose to \(4,\)"),
        ([1, 2, 1], {"sizes": ()}, ca.ShapeError, "compose to"),
        ([1, 2, 1], {"sizes": (0, 4)}, ca.ArgumentError, "at least 1"),
        ([1, 2, 1], {"field": "ZZ"}, ca.ArgumentError, "'QQ', 'RR', 'CC'"),
        ([[1, 2]], {"field": "RR"}, ca.ArgumentError, "several axes"),
        ([1.0, 2], {}, ca.ArgumentError, "sizes must be given"),
        ([float("nan"), 2], {}, ca.EntryError, "finite"),
        ([1] * 200, {}, ca.SizeLimitError, "at most 129"),
        ([sympy.sin(sympy.Symbol("a")), 1], {}, ca.EntryError, "polynomials in symbols"),
        ([1 / sympy.Symbol("a"), 1], {}, ca.EntryError, "polynomials in symbols"),
        ([sympy.pi, 1], {}, ca.EntryError, "algebraic"),
    ],
)
def test_bad_kernels_are_refused(kernel, options, error, message):
    with pytest.raises(error, match=message):
        ca.factor(kernel, **options)


def test_layers_and_kernels_are_read():
    assert one_channel(ca.Kernel([[[1, 2]]])).tolist() == [1, 2]
    with pytest.raises(ca.ShapeError, match="one channel"):
        ca.factor(ca.Conv(np.ones((2, 1, 3), dtype=int)))


def test_dimensions_of_composed_kernels():
    """Kohn et al. 2022: sum of taps less the scalings; and with two channels between, everything."""
    assert ca.composition_dimension([(3, 3), (3, 3)]) == 17
    assert ca.composition_dimension([(2, 2), (2, 2)]) == 7
    assert ca.composition_dimension([(3, 3), (3, 3)], channels=(1, 2, 1)) == 25
    assert ca.composition_dimension([3, 3]) == 5
    assert ca.composition_dimension([2, 2, 2]) == 4
    assert ca.composition_dimension([2, 2], strides=2) == 3
    assert ca.composition_dimension([2, 2], strides=[2, 1]) == 3
    assert ca.composition_dimension([2, 2, 2], strides=2, channels=(1, 2, 4, 1)) == 8  # 1 + 1 + 2 + 4 places
    assert ca.composition_dimension([(3, 3)]) == 9
    assert ca.composition_dimension([(1, 1), (3, 3)]) == 9
    assert ca.composition_dimension([1, 1], channels=(2, 1, 2)) == 3  # matrices of rank 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), ca.ArgumentError, "a list with the size"),
        (([],), ca.ShapeError, "at least one"),
        (([3, (3, 3)],), ca.ShapeError, "same number of axes"),
        (([3, 0],), ca.ArgumentError, "at least 1"),
        (([(9, 9)] * 8,), ca.SizeLimitError, "512"),
    ],
)
def test_bad_sizes_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        ca.composition_dimension(*arguments)
    with pytest.raises(ca.ArgumentError, match="2 layers"):
        per_layer([1], 2)


@pytest.mark.parametrize("kernel", [[2, 0], [0, -4, 0], [1, 3, 2, 0, 0], [[-6, -2, 0]], [[1, 1, 0], [0, 0, 0]]])
def test_zeros_at_the_end_stay(kernel):
    product = reduce(lambda u, v: ca.convolve(u[None, None], v[None, None])[0, 0], ca.factor(kernel))
    assert product.tolist() == kernel


@pytest.mark.parametrize(
    ("kernel", "sizes"),
    [
        ([[1, 1], [1, 0]], ((2, 1), (1, 2))),
        ([[1, 1], [1, 0], [1, 0]], ((2, 1), (2, 2))),
        ([[1, 0, 0], [0, 1, 1], [0, 1, 0]], ((2, 2), (2, 2))),
        ([[0, 0, 0, 1], [0, 0, 0, 0], [2, 0, 0, 0]], ((2, 2), (2, 3))),
    ],
    ids=["the corners alone", "a place on an edge", "a place inside", "a segment"],
)
def test_a_triangle_without_a_common_divisor_is_no_sum(kernel, sizes):
    """Gao 2001: with these exponents a polynomial is irreducible whatever its coefficients."""
    assert ca.factor(kernel, sizes=sizes).reason.endswith("over every field: its Newton polygon is no sum of two")


@pytest.mark.parametrize(
    "kernel", [[[1, 1], [1, 2]], [[1, 0, 1], [0, 0, 0], [1, 0, 0]], [[0, 0, 2], [0, 0, 0], [1, 0, 0]]]
)
def test_a_polygon_that_is_a_sum_says_nothing_of_other_fields(kernel):
    """The square of two segments, the triangle of two triangles, the segment of two: x^2 + 2 y^2 factors over CC."""
    sizes = ((2, 1), (1, 2)) if len(kernel) == 2 else ((2, 2), (2, 2))
    assert ca.factor(kernel, sizes=sizes).reason == "the kernel is irreducible over QQ"
