"""Every kind of operator in every view against its matrix, built from the definition by plain loops."""

from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
import sympy
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import eye_array
from scipy.sparse.linalg import cg
from strategies_core import (
    ATOMS,
    COMBINATORS,
    KINDS,
    MODES,
    SQUARE_ATOMS,
    array,
    arrays,
    atoms,
    circulated,
    conjugated,
    convolution,
    equal,
    filled,
    kron,
    layers,
    operators,
    times,
)

import convalgebra as ca
from convalgebra.display import label

NUMERIC = ("int", "float", "complex")


def summed(pattern, shape):
    """The matrix of a pattern, line by line."""
    A = array(shape, [0] * (shape[0] * shape[1]))
    for i, j, t in zip(pattern.rows, pattern.cols, pattern.taps, strict=True):
        value = pattern.weights[t]
        A[i, j] += value.item() if isinstance(value, np.generic) else value
    return array(shape, (v.as_expr() if hasattr(v, "as_expr") else v for v in A.flat))


def check_dense(A, wanted):
    dense = A.to_numpy()
    assert equal(dense, wanted)
    assert dense.dtype.str in {"<i8", "<f8", "<c16", "|O"}
    assert equal(np.asarray(A), wanted)
    assert equal(np.asarray(A, dtype=object), wanted)


def rational(dense):
    """Fractions, and integers that a float holds."""
    return all(isinstance(v, Fraction) or (isinstance(v, int) and abs(v) <= 2**53) for v in dense.flat)


def check_sparse(A, wanted):
    dense = A.to_numpy()
    if dense.dtype == object and not rational(dense):
        with pytest.raises(ca.EntryError, match=r"must|needs"):
            A.to_sparse()
        return
    sparse = A.to_sparse()
    assert sparse.shape == wanted.shape
    if dense.dtype == object:
        assert np.array_equal(sparse.toarray(), dense.astype(np.float64))
        return
    assert sparse.dtype == dense.dtype
    assert equal(sparse.toarray(), wanted)
    assert sparse.nnz == A.nnz
    places = list(zip(*map(np.ndarray.tolist, sparse.tocoo().coords), strict=True))
    assert places == sorted(set(places))


def check_sympy(A, wanted):
    M = A.to_sympy()
    assert M.shape == wanted.shape
    assert equal(np.array(M.tolist(), dtype=object).reshape(wanted.shape), exactly(wanted))


def exactly(values):
    """Floats as the binary fractions they are, as SymPy shows them."""
    return array(values.shape, (binary(v) for v in values.flat))


def binary(value):
    if isinstance(value, complex):
        return sympy.Rational(value.real) + sympy.I * sympy.Rational(value.imag)
    return Fraction(value) if isinstance(value, float) else value


def check_products(A, wanted):
    m, n = wanted.shape
    x, y = array((n,), (3 * k - 2 for k in range(n))), array((m,), ((-1) ** k * (k + 1) for k in range(m)))
    X = array((n, 2), (k * k - 3 for k in range(2 * n)))
    huge = array((n,), (2**62 + k for k in range(n)))
    exact = all(not isinstance(v, float | complex) for v in wanted.flat)
    for vector in (x, X, huge) if exact else (x, X):
        columns = vector.reshape(n, -1)
        assert equal(A @ vector, times(wanted, columns).reshape(m, *vector.shape[1:]))
    assert equal(A @ x.tolist(), times(wanted, x[:, None])[:, 0])
    assert equal(y @ A, times(y[None], wanted)[0])
    assert equal(np.array(y, dtype=np.int64) @ A, times(y[None], wanted)[0])
    assert equal(np.vstack([y, y + 1]) @ A, times(np.vstack([y, y + 1]), wanted))


def check_linear_operator(A, wanted):
    """Without a matrix at hand it asks the weights whether SciPy can hold them."""
    try:
        L = A.to_linear_operator()
    except ca.EntryError:
        assert A._weights.dtype == object
        return
    m, n = wanted.shape
    x, y = np.arange(n) - 1, np.arange(m) * 2 - 3
    assert L.shape == wanted.shape
    if L.dtype == np.float64 and rational(A.to_numpy()) and A.to_numpy().dtype == object:
        np.testing.assert_allclose(L @ x, A.to_numpy().astype(np.float64) @ x, rtol=1e-14, atol=1e-14)
        return
    assert equal(L @ x, times(wanted, array((n, 1), x.tolist()))[:, 0])
    assert np.vdot(y, (L @ x).astype(object)) == np.vdot((L.H @ y).astype(object), x)
    assert equal(L.H @ y, times(conjugated(wanted.T), array((m, 1), y.tolist()))[:, 0])
    assert equal(L @ np.eye(n, dtype=int), wanted)


def check_entries(A, wanted):
    m, n = wanted.shape
    for i, j in ((0, 0), (m - 1, n - 1), (-1, 0), (0, -1), (m // 2, n // 2), (-m, -n)):
        assert equal(A[i, j], wanted[i, j])
    for i, j in ((m, 0), (0, n), (-m - 1, 0), (0, -n - 1)):
        with pytest.raises(ca.ConvAlgebraError):
            A[i, j]


def check_rows(A, wanted, rows):
    """The pattern of some rows, each asked once or several times, in any order."""
    part = A.pattern(np.array(rows, dtype=np.int64))
    chosen = sorted(set(rows))
    asked = summed(part, wanted.shape)[chosen] if rows else None
    times_asked = {r: rows.count(r) for r in rows}
    assert set(part.rows.tolist()) <= set(rows)
    if all(k == 1 for k in times_asked.values()):
        assert rows == [] or equal(asked, wanted[chosen])


def check_views(A, wanted):
    assert A.shape == wanted.shape
    check_dense(A, wanted)
    check_sparse(A, wanted)
    check_sympy(A, wanted)
    check_products(A, wanted)
    check_linear_operator(A, wanted)
    check_entries(A, wanted)
    assert equal(summed(A.pattern(), wanted.shape), wanted)
    rows, cols, values = A.pattern().entries()
    assert A.nnz == len(rows) == len(cols) == len(values)
    places = list(zip(rows.tolist(), cols.tolist(), strict=True))
    assert places == sorted(set(places))
    m = wanted.shape[0]
    for some in ([], [m - 1], list(range(m))[::-1], [0, m // 2] if m > 1 else [0]):
        check_rows(A, wanted, some)


def check_all(A, wanted):
    """Every view, also of the transpose and the adjoint."""
    check_views(A, wanted)
    check_views(A.T, wanted.T)
    check_views(A.H, conjugated(wanted.T))
    assert equal(A.T.T.to_numpy(), wanted)
    assert equal(A.H.H.to_numpy(), wanted)
    assert equal(A.T.H.to_numpy(), conjugated(wanted))
    assert A.T.boxes == A.boxes[::-1]


# --- atoms and combinators, of every kind of entry ----------------------------------------------------------------


@pytest.mark.parametrize("name", SQUARE_ATOMS)
@pytest.mark.parametrize("kind", KINDS)
def test_square_atoms(name, kind):
    @given(st.data())
    def holds(data):
        check_all(*data.draw(atoms(4, 4, kind, name)))

    few(holds)


def few(test, count=12):
    from hypothesis import settings

    settings(max_examples=count)(test)()


@pytest.mark.parametrize("name", ATOMS)
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (1, 4), (4, 1)])
def test_rectangular_atoms(name, shape):
    @given(st.data())
    def holds(data):
        check_all(*data.draw(atoms(*shape, "int", name)))

    few(holds, 20)


@pytest.mark.parametrize("name", COMBINATORS)
@pytest.mark.parametrize("kind", [*KINDS, "dyadic"])
def test_combinators(name, kind):
    @given(st.data())
    def holds(data):
        m, n = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 4))
        check_all(*data.draw(operators(m, n, kind, 1, name)))

    few(holds, 12)


@given(st.data())
def test_nested_combinators(data):
    m, n = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    check_all(*data.draw(operators(m, n, "int", 3)))


@given(st.data())
def test_kinds_mixed_in_one_operator(data):
    kinds = ("int", "dyadic", "symbol", "float", "complex")
    parts = [data.draw(atoms(3, 3, data.draw(st.sampled_from(kinds)))) for _ in range(3)]
    (A, a), (B, b), (C, c) = parts
    exact_a, exact_b, exact_c = map(exactly, (a, b, c))
    wanted = times(exact_a, exact_b) + exact_c
    found = (A @ B + C).to_numpy()
    assert equal(exactly(np.asarray(found, dtype=object)), wanted)
    assert equal(exactly(np.asarray((A @ (B @ np.eye(3, dtype=int))), dtype=object)), times(exact_a, exact_b))


@given(st.data())
def test_any_rows_of_the_pattern_in_any_order(data):
    m, n = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 5))
    A, wanted = data.draw(operators(m, n, "int", 2))
    rows = data.draw(st.lists(st.integers(0, m - 1), unique=True))
    check_rows(A, wanted, rows)


@given(st.data())
def test_repeated_rows_of_the_pattern_hold_no_other_entries(data):
    """A repeated row is given once or as often as asked, never something else."""
    m, n = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 5))
    A, wanted = data.draw(operators(m, n, "int", 2))
    rows = data.draw(st.lists(st.integers(0, m - 1), min_size=1, max_size=8))
    part = summed(A.pattern(np.array(rows, dtype=np.int64)), wanted.shape)
    for r in set(rows):
        options = [wanted[r], rows.count(r) * wanted[r]]
        assert any(equal(part[r], option) for option in options)


# --- convolution layers -----------------------------------------------------------------------------------------------


@given(layers())
def test_layers(case):
    layer, in_shape, wanted, _ = case
    check_all(layer.matrix(in_shape), wanted)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_layers_of_every_kind_and_mode(kind, mode):
    """Channels, groups, strides and dilations on two axes; taps that meet on one place at the border."""
    weight = filled(kind, (4, 1, 3, 2))
    wanted, out = convolution(weight, [3, 4], [2, 1], [1, 2], [(2, 1), (0, 3)], mode, groups=2)
    layer = ca.Conv(weight, stride=(2, 1), dilation=(1, 2), padding=((2, 1), (0, 3)), padding_mode=mode, groups=2)
    A = layer.matrix((2, 3, 4))
    assert layer.output_shape((2, 3, 4)) == out
    assert A.boxes == (out, (2, 3, 4))
    check_all(A, wanted)


def test_layers_on_three_axes():
    weight = filled("int", (2, 2, 2, 1, 3))
    pads = [(1, 0), (0, 0), (2, 1)]
    for mode in MODES:
        wanted, _ = convolution(weight, [3, 2, 3], [1, 2, 1], [2, 1, 1], pads, mode)
        layer = ca.Conv(weight, stride=(1, 2, 1), dilation=(2, 1, 1), padding=tuple(pads), padding_mode=mode)
        check_views(layer.matrix((2, 3, 2, 3)), wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_circulants_on_two_axes(kind):
    c = filled(kind, (2, 3))
    check_all(ca.circulant(c), circulated(c))
    check_all(ca.circulant(c, op="correlation"), circulated(c).T)


@given(st.data(), st.sampled_from(NUMERIC))
def test_sums_of_merged_taps(data, kind):
    """A reflected or replicated border reads one place by several taps."""
    mode = data.draw(st.sampled_from(MODES))
    w = data.draw(arrays(kind, (1, 1, 5)))
    wanted, _ = convolution(w, [2], [1], [1], [(4, 4)], mode)
    check_all(ca.Conv(w, padding=4, padding_mode=mode).matrix((1, 2)), wanted)


# --- the Fourier matrix: floats as NumPy has them, roots of unity exactly ---------------------------------------------


@pytest.mark.parametrize("n", range(1, 9))
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_fourier(n, norm):
    wanted = np.fft.fft(np.eye(n), norm=norm, axis=0)
    F, x = ca.dft(n, norm), np.arange(n) ** 2 - 3
    for A, M in ((F, wanted), (F.H, wanted.conj().T), (F.T, wanted.T), (F.T.H, wanted.conj())):
        np.testing.assert_allclose(A.to_numpy(), M, atol=1e-14)
        np.testing.assert_allclose(A.to_sparse().toarray(), M, atol=1e-14)
        np.testing.assert_allclose(np.array(A.to_sympy().evalf().tolist(), dtype=complex), M, atol=1e-12)
        np.testing.assert_allclose(A @ x, M @ x, atol=1e-12)
        np.testing.assert_allclose(x @ A, x @ M, atol=1e-12)
        np.testing.assert_allclose(A.to_linear_operator() @ x, M @ x, atol=1e-12)
        np.testing.assert_allclose(A.pattern(np.array([n - 1])).entries()[2], M[n - 1], atol=1e-14)
        assert abs(A[n - 1, n // 2] - M[n - 1, n // 2]) < 1e-14
        assert A.nnz == n * n


def test_fourier_on_two_axes():
    x = np.arange(12).reshape(3, 4)
    np.testing.assert_allclose(ca.dft((3, 4)) @ x.ravel(), np.fft.fft2(x).ravel(), atol=1e-12)


# --- substitution -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [5, 0, Fraction(1, 3), 2**70, sympy.Symbol("z"), sympy.sqrt(2)])
def test_subs(value):
    w = ca.symbols("w", (2, 1, 3))
    A = ca.Conv(w, padding=1, padding_mode="reflect").matrix((1, 4)) @ ca.shift(4, 1)
    replaced = {w[0, 0, 1]: value}
    wanted = array(A.shape, (sympy.sympify(v).subs(replaced) for v in A.to_numpy().flat))
    result = A.subs(replaced)
    assert equal(result.to_numpy(), wanted)
    assert result.boxes == A.boxes


def test_subs_is_simultaneous_in_meaning():
    a, b = sympy.symbols("a b")
    assert equal(ca.circulant([a, b]).subs({a: 3, b: a}).to_numpy(), circulated(array((2,), [3, a])))


@given(st.data())
def test_subs_of_drawn_operators(data):
    A, wanted = data.draw(operators(3, 3, "symbol", 2))
    numbers = dict(zip(sympy.symbols("a b c d"), data.draw(st.permutations([2, -3, 5, 0])), strict=True))
    replaced = array(wanted.shape, (sympy.sympify(v).subs(numbers) for v in wanted.flat))
    assert equal(A.subs(numbers).to_numpy(), replaced)
    assert A.subs(numbers).to_numpy().dtype == np.int64


# --- never silently wrong ---------------------------------------------------------------------------------------------


def test_views_leave_their_operator_as_it_was():
    weight = np.array([[[1, 2, 3]]])
    layer, x = ca.Conv(weight, padding=1), np.array([1, 2, 3, 4])
    A = layer.matrix((1, 4))
    first = A.to_numpy()
    first[:] = 7
    sparse = A.to_sparse()
    sparse.data[:] = 9
    pattern = A.pattern()
    assert pattern.weights.tolist() == [1, 2, 3]
    assert A.to_numpy()[0].tolist() == [2, 3, 0, 0]
    A @ x  # the result is not asked for
    assert weight.tolist() == [[[1, 2, 3]]]
    assert x.tolist() == [1, 2, 3, 4]


def test_later_changes_to_the_array_do_not_reach_the_operator():
    for build in (
        ca.circulant,
        ca.diagonal,
        lambda v: ca.toeplitz(v, v),
        lambda v: ca.Conv(v[None, None]).matrix((1, 3)),
    ):
        values = np.array([1, 2, 3])
        A = build(values)
        before = A.to_numpy()
        values[:] = 100
        assert equal(A.to_numpy(), before)


@pytest.mark.parametrize(
    "huge",
    [
        ca.identity(10**6),
        ca.shift(10**6, 3),
        ca.circulant([1, *[0] * 99999]),
        ca.kron(ca.dft(300), ca.dft(300)),
        ca.Conv(np.ones((8, 8, 3, 3), dtype=np.int64), padding=1).matrix((8, 512, 512)),
    ],
    ids=["identity", "shift", "circulant", "kron", "conv"],
)
def test_huge_dense_arrays_are_refused_before_memory_is_taken(huge):
    with pytest.raises(ca.SizeLimitError, match="must fit into"):
        huge.to_numpy()
    with pytest.raises(ca.SizeLimitError, match="must fit into"):
        huge.to_sympy()


def test_single_entries_of_huge_matrices_are_read_from_their_row():
    A = ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3), padding=1, padding_mode="circular").matrix((1, 4096, 4096))
    n = 4096
    assert A[0, 0] == 5
    assert A[0, n * n - 1] == 1
    assert A[n, 0] == 2
    assert A[0, 5] == 0
    assert ca.shift(10**6, 1)[0, 10**6 - 1] == 1
    product = A @ A
    assert product[0, 0] == sum(k * (10 - k) for k in range(1, 10))


def test_the_limit_can_be_lifted_and_lowered():
    A = ca.identity(10)
    with pytest.raises(ca.SizeLimitError):
        A.to_numpy(max_bytes=799)
    with pytest.raises(ca.SizeLimitError):
        A.to_sparse(max_bytes=10)
    assert A.to_numpy(max_bytes=800).sum() == A.to_numpy(max_bytes=None).sum() == 10
    assert A.to_sparse(max_bytes=None).nnz == 10


def test_kronecker_of_views_is_the_kronecker_product():
    a, b = filled("int", (2, 3)), filled("int", (3, 2), 7)
    check_all(ca.kron(ca.matrix(a), ca.matrix(b)), kron(a, b))
    assert equal(ca.kron(ca.matrix(a), ca.matrix(b)).to_numpy(), np.kron(a.astype(int), b.astype(int)))


def test_solvers_of_scipy_take_the_view_and_sparse_arrays_the_csr():
    A = ca.circulant([4.0, 1, 0, 1])
    dense = A.to_numpy()
    assert np.allclose(dense @ cg(A.to_linear_operator(), np.arange(4.0))[0], np.arange(4.0))
    with pytest.raises(ca.EntryError, match="to_sparse"):
        A @ eye_array(4)


@pytest.mark.parametrize("limit", ["a", [], Fraction(1, 3), 0.5, -1])
def test_a_limit_is_a_number_of_bytes(limit):
    for view in ("to_numpy", "to_sparse"):
        with pytest.raises(ca.ArgumentError, match="max_bytes must be"):
            getattr(ca.shift(3), view)(max_bytes=limit)


@pytest.mark.parametrize("A", [ca.circulant([1.0, 2, 3]), ca.toeplitz([1, 2, 5], [1, 4]), ca.dft(3), ca.shift(3) / 2])
def test_scipy_takes_an_operator_for_a_linear_operator(A):
    """By what it asks for: shape, matvec, rmatvec, rmatmat."""
    linear, dense = scipy.sparse.linalg.aslinearoperator(A), np.asarray(A.to_numpy(), dtype=complex)
    x, y = np.arange(1.0, 1 + A.shape[1]), np.arange(1.0, 1 + A.shape[0])
    np.testing.assert_allclose(linear.matvec(x), dense @ x)
    np.testing.assert_allclose(linear.rmatvec(y), dense.conj().T @ y)
    np.testing.assert_allclose(linear @ np.eye(A.shape[1]), dense)
    np.testing.assert_allclose(linear.H @ np.eye(A.shape[0]), dense.conj().T)


def test_scipy_solves_with_an_operator():
    A = ca.circulant([5.0, 1, 0, 2])
    x, failed = scipy.sparse.linalg.gmres(A, np.arange(4.0), rtol=1e-12)
    assert not failed
    np.testing.assert_allclose(A @ x, np.arange(4.0), atol=1e-10)
    _, values, _ = scipy.sparse.linalg.svds(ca.circulant([1.0, 2, 3, 7]), k=1)
    np.testing.assert_allclose(values, [13])


def test_scipy_is_refused_symbols_with_the_view_to_write():
    with pytest.raises(ca.EntryError, match=r"write A.to_numpy\(\)"):
        scipy.sparse.linalg.aslinearoperator(ca.circulant(ca.symbols("w", 3)))


@pytest.mark.parametrize("kind", [scipy.sparse.csr_array, scipy.sparse.csr_matrix, scipy.sparse.dia_array])
def test_a_sparse_array_times_an_operator_names_the_call(kind):
    A, S = ca.shift(3), kind(np.diag([1, 2, 3]))
    with pytest.raises(ca.NoAttributeError, match=r"write len\(A.shape\), or sparse @ A.to_sparse\(\)"):
        S @ A
    assert (S @ A.to_sparse()).toarray().tolist() == [[0, 0, 1], [2, 0, 0], [0, 3, 0]]


def test_names_of_other_libraries_are_refused_with_ours():
    A = ca.shift(3)
    with pytest.raises(AttributeError, match=r"the name must be one of an operator's, not 'toarray'; write A.to_numpy"):
        A.toarray()
    with pytest.raises(AttributeError, match=r"not 'frobnicate'$"):
        A.frobnicate()
    assert not hasattr(A, "ndim")
    assert copy.deepcopy(A) is not A


def test_sympy_reads_an_operator():
    A = ca.circulant(ca.symbols("w", 3))
    assert sympy.sympify(A) == A.to_sympy()
    assert isinstance(sympy.Symbol("a") * A, ca.Operator)


@pytest.mark.parametrize("other", [np.eye(3), scipy.sparse.eye_array(3), [[1]], (1, 2), sympy.eye(3)])
def test_an_array_is_no_side_of_a_claim(other):
    """False in silence would read as a refutation."""
    for compare in (lambda: ca.shift(3) == other, lambda: ca.shift(3) != other):
        with pytest.raises(ca.EntryError, match=r"the sides of == must be operators, not .*; write A == ca.matrix"):
            compare()
    assert (ca.shift(3) == None) is False  # noqa: E711  # nothing to compare with
    assert ca.shift(3) != "S"


def test_the_sparse_array_is_known_to_be_canonical():
    """SciPy need not look for duplicates again."""
    for A in (ca.circulant([1, 0, 2]), ca.shift(3), ca.Conv([[[1, 2]]]).matrix((1, 4))):
        assert A.to_sparse().has_canonical_format


FLOATS = (sympy.Symbol("a"), 0.1, Fraction(1, 10), Fraction(1, 2**30), sympy.Symbol("b") / 3.0 - 0.25)


def test_floats_beside_symbols_look_like_floats():
    """They are exact binary fractions; what nobody wrote is not shown, and exact fractions are not rounded."""
    A = ca.toeplitz(FLOATS, [0])
    shown = ["a", "0.1", "1/10", "1/1073741824", "0.3333*b - 1/4"]
    assert repr(A).splitlines()[-1].strip("⎣⎦").split("  ")[0].strip() == shown[-1]
    assert [label.entry_text(v) for v in A.to_numpy()[:, 0]] == shown
    assert A.to_latex().count("0.3333 b") == 1
    assert "3602879701896397" not in repr(A) + A.to_latex() + A.figure().svg() + str(A.to_sympy())
    assert A.to_numpy()[1, 0] == Fraction(0.1)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_sympy_reads_back_the_same_float(x):
    entry = ca.toeplitz([sympy.Symbol("a"), x]).to_sympy()[1, 0]
    assert entry == 0 if not x else Fraction(int(sympy.Rational(entry).p), int(sympy.Rational(entry).q)) == Fraction(x)


def test_products_of_floats_beside_symbols_stay_exact():
    a, b = sympy.symbols("a b")
    square = (ca.toeplitz([a, 0.1]) @ ca.toeplitz([b, 0.1])).to_sympy()[0, 0]
    assert square == a * b + sympy.Rational(0.1) ** 2
    assert label.entry_text(square) == "a*b + 0.01"
