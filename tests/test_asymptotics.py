"""Toeplitz sections, nearest circulants and Szego's limits against closed forms."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import convalgebra as ca
from convalgebra.analysis.asymptotics import symbol

SECOND = ca.Kernel([[[-1, 2, -1]]], origin=-1)
POSITIVE = ca.Kernel([[[-2, 5, -2]]], origin=-1)  # |1 - 2 z|^2, of geometric mean 4
bands = st.integers(1, 7).flatmap(lambda n: hnp.arrays(np.int64, (2, n), elements=st.integers(-5, 5)))


def test_sections():
    assert np.array_equal(ca.toeplitz_section(SECOND, 4).to_numpy(), ca.toeplitz([2, -1, 0, 0]).to_numpy())
    z = ca.toeplitz_section(ca.Kernel([[[1, 2]]], origin=1), 3)
    assert z.to_numpy().tolist() == [[0, 0, 0], [1, 0, 0], [2, 1, 0]]
    assert ca.toeplitz_section(SECOND, 1).to_numpy().tolist() == [[2]]
    for n in (1, 5, 12):
        assert ca.det(ca.toeplitz_section(SECOND, n)) == n + 1
        fourth = ca.toeplitz_section(ca.Kernel([[[1, -4, 6, -4, 1]]], origin=-2), n)
        assert ca.det(fourth) == (n + 1) * (n + 2) ** 2 * (n + 3) // 12


@given(bands)
def test_chan_is_nearest_among_circulants(case):
    c, r = case
    r[0] = c[0]
    T, n = ca.toeplitz(c, r), len(c)
    best = ca.nearest_circulant(T)
    wanted = [Fraction(int((n - k) * c[k] + k * r[n - k if k else 0]), n) for k in range(n)]
    assert best.c.tolist() == wanted
    distance = ca.squared_distance(T, best)
    assert distance == sum(v * v for v in (T.to_numpy().astype(object) - best.to_numpy()).ravel())
    for k in range(n):
        other = ca.circulant([v + (i == k) for i, v in enumerate(wanted)])
        assert ca.squared_distance(T, other) == distance + n


@given(bands)
def test_strang_copies_the_central_diagonals(case):
    c, r = case
    r[0] = c[0]
    n = len(c)
    found = ca.nearest_circulant(ca.toeplitz(c, r), "strang").c.tolist()
    for k in range(n):
        if 2 * k < n:
            assert found[k] == c[k]
        elif 2 * k > n:
            assert found[k] == r[n - k]
        else:
            assert found[k] == Fraction(int(c[k] + r[k]), 2)


def test_nearest_circulants_of_boxes_symbols_and_floats():
    T = ca.convolution_matrix(np.arange(9).reshape(3, 3), (3, 4), "same")
    best = ca.nearest_circulant(T)
    assert best.boxes == T.boxes
    S = ca.shift((3, 4), (1, 0))
    assert np.array_equal((best @ S).to_numpy(), (S @ best).to_numpy())
    a = ca.symbols("a", 3)
    assert ca.nearest_circulant(ca.toeplitz(a, a)).c[1] == sympy.Rational(2, 3) * a[1] + a[2] / 3
    half = ca.nearest_circulant(ca.toeplitz([1.0, 0.5, 0.25, 0.0]), "strang")
    assert half.c.tolist() == [1.0, 0.5, 0.25, 0.5]
    with pytest.raises(ca.ArgumentError, match="strang"):
        ca.nearest_circulant(ca.identity(3), "strang")
    with pytest.raises(ca.ArgumentError, match="how"):
        ca.nearest_circulant(ca.identity(3), "nearest")


def test_distances():
    assert ca.squared_distance(ca.identity(3), ca.identity(3)) == 0
    assert ca.squared_distance(ca.circulant([1j, 0]), ca.circulant([0, 2.0])) == pytest.approx(10)
    a = sympy.Symbol("a", real=True)
    assert sympy.expand(ca.squared_distance(ca.identity(2) * a, ca.identity(2)) - 2 * (a - 1) ** 2) == 0
    with pytest.raises(ca.ShapeError):
        ca.squared_distance(ca.identity(2), ca.identity(3))
    for n in range(5, 9):
        T = ca.toeplitz([3, 1, 4, *[0] * (n - 3)], [3, -2, *[0] * (n - 2)])
        assert ca.squared_distance(T, ca.nearest_circulant(T, "strang")) == 1 * 1 + 2 * 16 + 4


def test_szego_against_closed_forms():
    """det T_n = (4^(n+1) - 1) / 3 for |1 - 2z|^2, and traces of squares."""
    for n, mean, limit, difference in ca.szego(POSITIVE, (1, 5, 40)).rows:
        assert mean == pytest.approx(float(sympy.log((4 ** (n + 1) - 1) / sympy.Integer(3)) / n), rel=1e-13)
        assert limit == pytest.approx(np.log(4), rel=1e-14)
        assert difference == mean - limit
    for n, mean, limit, _ in ca.szego(POSITIVE, (1, 5, 40), np.square).rows:
        assert mean == pytest.approx(25 + 8 * (n - 1) / n)
        assert limit == pytest.approx(33)
    hermitian = ca.Kernel(np.array([[[1j, 3, -1j]]]), origin=-1)
    assert ca.szego(hermitian, (3,), np.abs).rows[0][1] == pytest.approx(3)


def test_convergence_to_the_symbol():
    rows = ca.symbol_convergence(ca.Kernel([[[1, 2]]]), (8, 16, 32, 64)).rows
    means = [mean for _, mean, _, _ in rows]
    assert all(b < 0.6 * a for a, b in pairwise(means))
    assert all(largest > 0.9 for _, _, largest, _ in rows)  # the outlier near 0
    assert {distance for *_, distance in rows} == {4}
    assert str(ca.symbol_convergence(SECOND, (4,))).startswith("n  mean difference")


def test_distances_to_circulants_against_closed_forms():
    """The second difference: Strang's 2, T. Chan's 2 (n - 1) / n, and |T_n|^2 = 6 n - 2."""
    rows = ca.circulant_distances(SECOND, (4, 5, 40)).rows
    for n, strang, chan, part, other in rows:
        assert strang == 2
        assert chan == Fraction(2 * (n - 1), n)
        assert part == pytest.approx(2 / (6 * n - 2))
        assert other == pytest.approx(float(chan) / (6 * n - 2))
    assert ca.circulant_distances(ca.Kernel([[[0]]]), (3,)).rows == ((3, 0, 0, 0.0, 0.0),)
    for factor in (1e200, 1e-200, 1j):
        scaled = ca.Kernel(factor * np.array([[[-1, 2, -1]]]), origin=-1)
        assert ca.circulant_distances(scaled, (4,)).rows[0][3:] == pytest.approx(rows[0][3:])


def test_a_table_draws_its_numbers():
    table = ca.szego(POSITIVE, (2, 8, 32))
    assert table.curves["eigenvalues"] == ((2, 8, 32), [row[1] for row in table.rows])
    assert table.curves["symbol"] == ((2, 32), (table.rows[0][2],) * 2)
    assert table.figure(title="Szego").scene.title == "Szego"
    table = ca.symbol_convergence(ca.Kernel([[[1, 2]]]), (8, 16))
    assert list(table.curves) == ["symbol", "n = 8", "n = 16"]
    x, y = table.curves["n = 8"]
    assert x[0] == 1 / 16
    np.testing.assert_allclose(y, np.linalg.svd(ca.toeplitz_section(ca.Kernel([[[1, 2]]]), 8).to_numpy())[1])
    assert max(table.curves["symbol"][1]) == pytest.approx(3, abs=1e-4)
    table = ca.circulant_distances(SECOND, (4, 16))
    assert table.curves["Strang"] == ((4, 16), [row[3] for row in table.rows])
    for drawn in (table, ca.symbol_convergence(SECOND, (4,)), ca.szego(POSITIVE, (1,))):
        assert drawn.figure(theme="print").svg().startswith("<svg")


def test_the_symbol_at_midpoints():
    theta = 2 * np.pi * (np.arange(6) + 0.5) / 6
    np.testing.assert_allclose(symbol(SECOND, 6), 2 - 2 * np.cos(theta), atol=1e-14)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ca.szego(ca.Kernel([[[1, 2]]]), (3,)),
        lambda: ca.szego(np.ones(3), (3,)),
        lambda: ca.toeplitz_section(ca.Kernel([[[[1]]]]), 3),
        lambda: ca.toeplitz_section(SECOND, 0),
        lambda: ca.symbol_convergence(ca.Kernel(ca.symbols("w", 2)[None, None]), (3,)),
        lambda: ca.circulant_distances(SECOND, ()),
        lambda: ca.circulant_distances(ca.Kernel(ca.symbols("w", 2)[None, None]), (3,)),
        lambda: ca.szego(POSITIVE, 3),
        lambda: ca.szego(POSITIVE, (2.5,)),
        lambda: ca.symbol_convergence(SECOND, (0,)),
        lambda: ca.symbol_convergence(SECOND, range(1, 9)).figure(),
    ],
)
def test_bad_input(call):
    with pytest.raises(ca.ConvAlgebraError):
        call()
