"""Literal matrices and sizes from the literature and from other systems."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
import sympy
from oracles import claim

import convalgebra as ca
from convalgebra.algebra.rings import is_zero
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


# --- spectra ----------------------------------------------------------------------------------------------------------

COLUMNS = {
    "oeis_A048954": lambda n: [comb(n, k) for k in range(n)],
    "oeis_A303260": lambda n: [n, *range(n - 1)],
    "oeis_A306595": lambda n: [int(bit) for bit in f"{n:b}"],
}


@claim("literature", "circulant_det")
def test_determinants_of_integer_circulants(case):
    """A determinant does not tell the first row from the first column."""
    terms = case["expected"]["terms"]
    column = COLUMNS[case["id"]]
    assert [ca.det(ca.circulant(column(case["offset"] + k))) for k in range(len(terms))] == terms


@claim("literature", "circulant_invertible_count")
def test_invertible_circulants_over_two_elements(case):
    """All 2^n kernels, n up to 11."""
    for n, count in enumerate(case["expected"]["terms"], case["offset"]):
        kernels = (list(map(int, f"{k:0{n}b}")) for k in range(2**n))
        assert sum(ca.is_invertible(ca.circulant(w), modulus=2) for w in kernels) == count


@claim("literature", "circulant_eigen")
def test_eigenvalues_and_eigenvectors_of_a_first_column(case):
    C = ca.circulant(case["c"])
    assert C.to_numpy().tolist() == case["matrix"]
    e = ca.eigenvalues(C)
    np.testing.assert_allclose(np.asarray(e), case["expected"]["eigenvalues"], atol=1e-13)
    n = len(case["c"])
    for m in range(n):
        vector = [sympy.exp(2 * sympy.I * sympy.pi * m * k / n) for k in range(n)]
        assert bool(C @ ca.matrix([[v] for v in vector]) == ca.matrix([[v] for v in vector]) * e[m])


@claim("literature", "circulant_eigenvalues")
def test_the_circular_second_difference(case):
    c = case["matrix_first_column"]
    e = ca.eigenvalues(ca.circulant(c))
    np.testing.assert_allclose(np.sort(np.asarray(e).real), case["expected"]["eigenvalues"], atol=1e-14)
    for k, value in enumerate(e):
        assert is_zero(value - 2 + 2 * sympy.cos(2 * sympy.pi * k / len(c)).rewrite(sympy.exp))


@claim("literature", "toeplitz_eigenvalues")
def test_tridiagonal_toeplitz_matrices(case):
    if "dl" in case:
        n = case["n"]
        T = ca.toeplitz([case["d"], case["dl"], *[0] * (n - 2)], [case["d"], case["du"], *[0] * (n - 2)])
    else:
        T = ca.toeplitz(case["matrix_first_column"])
        assert ca.det(T) == case["expected"]["det"]
    found, wanted = (np.sort_complex(np.asarray(v)) for v in (ca.eigenvalues(T), case["expected"]["eigenvalues"]))
    np.testing.assert_allclose(found, wanted, atol=1e-13)


@claim("literature", "toeplitz_inverse")
def test_the_inverse_of_a_toeplitz_matrix_is_none(case):
    rho = Fraction(case["rho"])
    T = ca.toeplitz([rho**k for k in range(case["n"])])
    inverse = ca.inverse(T).to_numpy()
    assert inverse.tolist() == [[Fraction(v) for v in row] for row in case["expected"]["inverse"]]
    assert ca.det(T) == Fraction(case["expected"]["det"])
    assert bool(ca.matrix(inverse) == ca.toeplitz(inverse[:, 0], inverse[0])) is case["expected"]["toeplitz_inverse"]


@claim("literature", "counterexample")
def test_a_toeplitz_matrix_does_not_have_the_eigenvalues_of_a_circulant(case):
    T = ca.matrix(case["matrix"])
    assert bool(ca.toeplitz(case["matrix"][0]) == T)
    e = ca.eigenvalues(ca.toeplitz(case["matrix"][0]))
    assert {sympy.sympify(v) for v in case["expected"]["true_eigenvalues"]} == {sympy.sympify(v) for v in e}
    x = sympy.Symbol("x")
    polynomial = ca.characteristic_polynomial(T, x)
    assert all(sympy.expand(polynomial.subs(x, v)) == 0 for v in e)
    assert [polynomial.subs(x, v) == 0 for v in (0, 3, 3)] == [False, False, False]


# --- theorems of Mathlib ----------------------------------------------------------------------------------------------


def first_column(C):
    return ca.matrix(C.to_numpy()[:, :1])


def negated(v):
    return v[-np.arange(len(v)) % len(v)]


def impulse(n, a=1):
    return [a, *[0] * (n - 1)]


MATHLIB = {
    "circulant_injective": lambda v, _: first_column(ca.circulant(v)) == ca.matrix(v[:, None]),
    "circulant_inj": lambda v, _: first_column(ca.circulant(v)) == ca.matrix(v[:, None]),
    "circulant_isSymm_iff": lambda v, _: ca.circulant(v + negated(v)) == ca.circulant(v + negated(v)).T,
    "circulant_isSymm_apply": lambda v, _: ca.circulant(v) - ca.circulant(v).T == ca.circulant(v - negated(v)),
    "circulant_ite": lambda v, _: ca.circulant(impulse(len(v))) == ca.identity(len(v)),
    "circulant_single_one": lambda v, _: ca.circulant(impulse(len(v))) == ca.identity(len(v)),
    "circulant_single": lambda v, _: ca.circulant(impulse(len(v), v[0])) == ca.identity(len(v)) * v[0],
    "circulant_smul": lambda v, w: ca.circulant(w[0] * v) == ca.circulant(v) * w[0],
    "circulant_zero": lambda v, _: ca.circulant([0] * len(v)) == ca.identity(len(v)) * 0,
    "circulant_mul_comm": lambda v, w: ca.circulant(v) @ ca.circulant(w) == ca.circulant(w) @ ca.circulant(v),
    "transpose_circulant": lambda v, _: ca.circulant(negated(v)) == ca.circulant(v).T,
    "conjTranspose_circulant": lambda v, _: ca.circulant([sympy.conjugate(x) for x in negated(v)]) == ca.circulant(v).H,
}


@claim("literature", "theorem")
def test_theorems_of_mathlib(case):
    """For symbolic kernels of every size up to 5; the instances as recorded."""
    statement = MATHLIB[case["name"].rpartition(".")[2]]
    for n in range(1, 6):
        assert isinstance(ca.prove(statement(ca.symbols("v", n), ca.symbols("w", n))), ca.Proof)
    check_instance(case["expected"]["instance"] or {})


def check_instance(instance):
    if "symmetric" in instance:
        for part in (instance, instance["other"]):
            C = ca.circulant(part["v"])
            assert bool(C == C.T) is part["symmetric"]
    if "matrix" in instance:
        v = instance.get("v") or impulse(instance["n"], instance["a"])
        assert (ca.circulant(v) * instance.get("k", 1)).to_numpy().tolist() == instance["matrix"]
    if "result_vector" in instance:
        assert ca.circulant(instance["v"]).T.to_numpy()[:, 0].tolist() == instance["result_vector"]


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


@claim("literature", "singular_values_circular", "singular_values_circular_multichannel")
def test_singular_values_of_circular_layers(case):
    """The filters and sizes of Sedghi, Gupta and Long's own tests, decomposed densely."""
    expected, n = case["expected"], case["n"]
    if "filter" in case:
        layer = ca.Conv(np.asarray(case["filter"])[None, None], padding="same", padding_mode="circular")
    else:
        layer = ca.Conv(np.asarray(case["filter_hwio"]), padding="same", padding_mode="circular", layout="HWIO")
    shape = (layer.channels[1], n, n)
    for values in (ca.singular_values(layer, shape), ca.singular_values(layer, shape, accurate=True)):
        assert len(values) == expected["count"]
        np.testing.assert_allclose([values[0], values[-1]], [expected["largest"], expected["smallest"]], atol=1e-11)
        np.testing.assert_allclose((values**2).sum(), expected["sum_of_squares"], rtol=1e-12)
        np.testing.assert_allclose(values.sum(), expected.get("nuclear", values.sum()), rtol=1e-12)
        for key in ("all_sorted", "first_10"):
            np.testing.assert_allclose(values[: len(expected.get(key, []))], expected.get(key, []), atol=1e-11)
        np.testing.assert_allclose(values[-5:], expected.get("last_5", values[-5:]), atol=1e-11)
    assert float(ca.operator_norm(layer, shape)) == pytest.approx(expected["largest"], rel=1e-13)
