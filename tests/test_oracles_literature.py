"""Literal matrices and sizes from the literature and from other systems."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy
from oracles import claim

import convalgebra as ca
from convalgebra.analysis.fast import Bilinear


@claim("literature", "output_size")
def test_output_size(case):
    """Dumoulin and Visin: floor((i + 2p - d (k - 1) - 1) / s) + 1."""
    a = case["attrs"]
    layer = ca.Conv(np.ones((1, 1, a["k"]), dtype=np.int64), stride=a["s"], padding=a["p"], dilation=a.get("d", 1))
    assert layer.output_shape((1, a["i"])) == (1, case["expected"]["o"])


@claim("literature", "conv2d")
def test_printed_convolutions(case):
    layer = ca.Conv(np.asarray(case["w"])[None, None], stride=case["attrs"]["stride"], padding=case["attrs"]["padding"])
    assert layer(np.asarray(case["x"])[None])[0].tolist() == case["expected"]["y"]


@claim("literature", "conv2d_full_matrix")
def test_the_tutorial_matrix_has_its_image_rows_upside_down(case):
    x, w = np.asarray(case["input"]), np.asarray(case["filter"])
    matrix = ca.convolution_matrix(w, x.shape)
    assert (matrix @ x.ravel()).reshape(matrix.boxes[0]).tolist() == case["expected"]["output"]
    places = (np.arange(np.prod(box)).reshape(box) for box in matrix.boxes)
    turn_rows, turn_columns = (ca.permutation(place[::-1].ravel()) for place in places)
    turned = turn_rows @ matrix @ turn_columns
    assert turned.to_numpy().tolist() == case["expected"]["matrix_bottom_row_first"]
    assert (turned @ x[::-1].ravel()).tolist() == case["expected"]["result_vector"]


@claim("literature", "circulant_row")
def test_sage_gives_the_first_row(case):
    """That is the transpose of SciPy's: the correlation circulant."""
    v = [sympy.sympify(entry) for entry in case["attrs"]["v"]]
    want = sympy.Matrix(case["expected"]["matrix"])
    assert ca.circulant(v, op="correlation").to_sympy() == want
    assert ca.circulant(v).T.to_sympy() == want


@claim("literature", "circulant_symmetry")
def test_symmetry_of_a_circulant(case):
    matrix = ca.circulant([sympy.sympify(entry) for entry in case["first_column"]])
    assert bool(matrix == matrix.T) is case["expected"]["symmetric"]
    assert bool(matrix == matrix.H) is case["expected"]["hermitian"]


@claim("literature", "toeplitz")
def test_sage_gives_the_first_row_from_its_second_entry(case):
    c = case["attrs"]["c"]
    assert ca.toeplitz(c, [c[0], *case["attrs"]["r_from_second"]]).to_numpy().tolist() == case["expected"]["matrix"]


@claim("literature", "hankel")
def test_hankel_is_a_toeplitz_matrix_with_flipped_columns(case):
    """Entries along the anti-diagonals: the first column and the last row, zeros where no row is given."""
    attrs = case["attrs"]
    column = attrs.get("c") or attrs["vc"]
    row = attrs.get("vr") or [column[-1], *[0] * (len(column) - 1)]
    matrix = ca.toeplitz(row, column[::-1]) @ ca.flip(len(column))
    assert matrix.to_numpy().tolist() == case["expected"]["matrix"]


@claim("literature", "winograd")
def test_winograd_filters(case):
    """The recorded matrices satisfy the identity, and are ours up to a scale for each product."""
    m, r = case["m"], case["r"]
    AT, G, BT = (np.array([[Fraction(v) for v in row] for row in case[name]]) for name in ("AT", "G", "BT"))
    recorded = Bilinear(ca.matrix(AT), ca.matrix(G), ca.matrix(BT), (r,), (m + r - 1,), "valid")
    points = [Fraction(p) for p in case["points"].split(",")]
    ours = ca.winograd(m, r, points)
    for fast in (recorded, ours, ca.winograd(m, r)):
        assert isinstance(fast.prove(), ca.Proof)
        assert (fast.products, fast.direct) == (case["expected"]["multiplications_1d"], case["expected"]["direct_1d"])
        nested = fast.nested()
        assert (nested.products, nested.direct) == (
            case["expected"]["multiplications_2d"], case["expected"]["direct_2d"],
        )  # fmt: skip
    assert np.array_equal(ours.G.to_numpy(), G)
    signs = [1] * (m + r - 2) + [-1 if (m, r) == (2, 3) else 1]  # Lavin and Gray take -infinity
    assert np.array_equal(ours.AT.to_numpy() * np.array(signs), AT)
    assert np.array_equal(ours.BT.to_numpy() * np.array(signs)[:, None], BT)


@claim("literature", "orbit_count")
def test_necklaces_are_circulants_up_to_shifts(case):
    terms = case["expected"]["terms"]
    assert [ca.orbit_count(ca.shift(n)) for n in range(case["offset"], case["offset"] + len(terms))] == terms


@claim("literature", "project")
def test_reading_off_is_no_projection(case):
    """ToeplitzMatrices.jl reads the first row (and column); the nearest matrix takes means."""
    A = np.asarray(case["attrs"]["A"])
    read = {
        "toeplitzjl_project_circ_U": ca.circulant(A[0], op="correlation"),
        "toeplitzjl_project_sym_U": ca.toeplitz(A[0]),
        "toeplitzjl_project_toeplitz": ca.toeplitz(A[:, 0], A[0]),
    }[case["id"]]
    assert read.to_numpy().tolist() == case["expected"]["matrix"]
    nearest = ca.project(A, ca.shift(2))
    assert nearest.to_numpy().tolist() == [[Fraction(5, 2)] * 2] * 2
    assert np.array_equal(ca.project(nearest, ca.shift(2)).to_numpy(), nearest.to_numpy())
    assert np.linalg.norm(A - nearest.to_numpy().astype(float)) < np.linalg.norm(A - ca.circulant(A[0]).to_numpy())
