"""Kernels read off operators, and the operators of kernels."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import convalgebra as ca
from convalgebra.analysis.periodic import exponents, orbits, periodic, recognised, square, unit

BOXES = [(1,), (5,), (6,), (2, 3), (4, 4), (2, 2, 3), (1, 4)]
kernels = st.sampled_from(BOXES).flatmap(lambda box: hnp.arrays(np.int64, box, elements=st.integers(-5, 5)))


def layer(shape, weight_shape, groups=1, dilation=1):
    weight = np.random.default_rng(0).integers(-4, 5, weight_shape)
    reach = dilation * (weight_shape[2] - 1)
    pads = ((reach // 2, reach - reach // 2),) * (len(weight_shape) - 2)
    return ca.Conv(weight, padding=pads, padding_mode="circular", groups=groups, dilation=dilation).matrix(shape)


LAYERS = [
    layer((2, 5), (3, 2, 3)),
    layer((4, 6), (2, 2, 2), groups=2),
    layer((2, 4), (2, 2, 3), dilation=3),
    layer((1, 2), (1, 1, 5)),
    layer((2, 3, 4), (2, 2, 3, 3)),
    layer((1, 2, 2, 3), (2, 1, 1, 1, 1)),
]


@given(kernels)
def test_a_kernel_and_its_operator(c):
    C = ca.circulant(c)
    found = periodic(C)
    assert np.array_equal(found.kernel[0, 0], c)
    assert np.array_equal(found.operator().to_numpy(), C.to_numpy())
    dense = recognised(C @ ca.identity(c.shape) + ca.identity(c.shape) * 0)
    assert np.array_equal(dense.kernel[0, 0], c)


@pytest.mark.parametrize("A", LAYERS, ids=lambda A: f"{A.boxes}")
def test_layers_read_by_structure_and_by_entries_agree(A):
    found = periodic(A)
    assert np.array_equal(found.operator().to_numpy(), A.to_numpy())
    plain = ca.matrix(A.to_numpy())
    object.__setattr__(plain, "_boxes", A.boxes)
    assert np.array_equal(periodic(plain).operator().to_numpy(), A.to_numpy())
    assert found.channels
    if len(A.boxes[0]) == 2 and A.boxes[0] != (1, 2):  # which may as well be a box
        assert np.array_equal(periodic(plain).kernel, found.kernel)


@pytest.mark.parametrize("A", LAYERS, ids=lambda A: f"{A.boxes}")
def test_products_and_adjoints(A):
    found = periodic(A)
    assert np.array_equal(found.adjoint().operator().to_numpy(), A.T.to_numpy())
    gram = found.adjoint() @ found
    assert np.array_equal(gram.operator().to_numpy(), A.T.to_numpy() @ A.to_numpy())


@pytest.mark.parametrize(
    "A", [ca.shift((2, 3), (1, 2)), ca.identity((2, 2)), ca.kron(ca.circulant([1, 2]), ca.shift(3))]
)
def test_other_operators_that_commute_with_shifts(A):
    assert np.array_equal(periodic(A).operator().to_numpy(), A.to_numpy())


@pytest.mark.parametrize("A", [ca.toeplitz([1, 2, 3]), ca.flip(3), ca.matrix([[1, 2], [3, 4]]), ca.diagonal([1, 2])])
def test_what_does_not_commute_is_refused(A):
    assert recognised(A) is None
    with pytest.raises(ca.ArgumentError, match="nearest_circulant"):
        periodic(A)


def test_what_is_no_square_operator_is_refused():
    with pytest.raises(ca.ShapeError, match="must be square, not 4 x 3"):
        square(ca.convolution_matrix([1, 2], 3))
    with pytest.raises(ca.ArgumentError, match=r"ca\.matrix"):
        square(np.eye(2))
    strided = ca.Conv(np.ones((1, 1, 2), dtype=np.int64), stride=2, padding_mode="circular").matrix((1, 4))
    assert recognised(strided) is None


def test_symbolic_entries_are_compared_by_value():
    a = sympy.Symbol("a")
    spelled = ca.matrix([[(a + 1) ** 2, a], [a, a**2 + 2 * a + 1]])
    assert recognised(spelled) is not None
    assert recognised(ca.matrix([[a, a], [a, a + 1]])) is None


@pytest.mark.parametrize("box", [*BOXES, (12,), (6, 4), (3, 9)])
def test_orbits_are_the_classes_under_units(box):
    whole = int(np.lcm.reduce(box))
    wanted = set()
    for f in np.ndindex(box):
        images = [
            tuple(u * k % n for k, n in zip(f, box, strict=True)) for u in range(1, whole + 1) if np.gcd(u, whole) == 1
        ]
        wanted.add(frozenset(int(np.ravel_multi_index(i, box)) for i in images))
    assert {frozenset(members.tolist()) for _, members in orbits(box)} == wanted
    assert all(first in members for first, members in orbits(box))


@pytest.mark.parametrize("box", [*BOXES, (12,), (6, 4)])
def test_exponents_are_those_of_the_transform(box):
    F = (
        np.fft.fftn(np.eye(int(np.prod(box))).reshape(-1, *box), axes=range(1, len(box) + 1))
        .reshape(-1, np.prod(box))
        .T
    )
    for place in range(len(F)):
        powers, order = exponents(box, place)
        assert np.allclose(np.exp(-2j * np.pi * powers / order), F[place])
        assert order == 1 or np.gcd.reduce([*powers, order]) == 1


def test_the_unit_is_the_identity():
    assert np.array_equal(unit((2, 2), 2, layer=True).operator().to_numpy(), np.eye(8))


def test_what_would_not_fit_is_refused_before_memory_is_taken():
    for function in (ca.rank, ca.det, ca.diagonalize, ca.inverse):
        with pytest.raises(ca.SizeLimitError, match="the dense 1000000 x 1000000 array must fit"):
            function(ca.shift(10**6, 1))


@pytest.mark.parametrize(
    "ask",
    [
        ca.det, ca.eigenvalues, ca.diagonalize, ca.rank, ca.pinv, ca.condition_number, ca.inverse, ca.commutant,
        ca.characteristic_polynomial, ca.is_invertible, ca.singular_values, lambda A: ca.power(A, 2),
        lambda A: ca.least_squares(A, [1]), lambda A: A.figure(),
    ],
)  # fmt: skip
def test_an_operator_for_all_sizes_is_asked_for_its_sizes(ask):
    n = ca.size("n")
    for A in (ca.shift(n), ca.circulant(ca.kernel("w", n))):
        with pytest.raises(ca.ConvAlgebraError, match="must be numbers"):
            ask(A)
        assert "all sizes" in A._repr_html_()
