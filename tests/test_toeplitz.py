"""Toeplitz and circulant matrices against SciPy, np.convolve and the double sum."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import KINDS, array, arrays, circulated, conjugated, equal, filled, layers

import convalgebra as ca

VECTORS = st.integers(1, 6).flatmap(lambda n: arrays("int", (n,)))


@given(VECTORS, VECTORS)
def test_toeplitz_is_scipys(c, r):
    assert equal(ca.toeplitz(c, r).to_numpy(), scipy.linalg.toeplitz(c, r))
    assert equal(ca.toeplitz(c).to_numpy(), scipy.linalg.toeplitz(c))
    assert ca.toeplitz(c, r).shape == (len(c), len(r))


@pytest.mark.parametrize("kind", KINDS)
def test_toeplitz_of_every_kind(kind):
    c, r = filled(kind, (4,)), filled(kind, (3,), 20)
    wanted = array((4, 3), (c[i - j] if i >= j else r[j - i] for i in range(4) for j in range(3)))
    assert equal(ca.toeplitz(c, r).to_numpy(), wanted)
    assert equal(ca.toeplitz(c).to_numpy()[0], [c[0], *conjugated(c[1:])])


def test_toeplitz_does_not_read_the_corner_of_its_row():
    assert ca.toeplitz([1, 2], [99, 5]).to_numpy().tolist() == [[1, 5], [2, 1]]


def test_zeros_around_the_band_take_no_place():
    T = ca.toeplitz([1, 2, *[0] * 1000], [1, 3, *[0] * 998])
    assert T.nnz == 1000 + 1000 + 999
    assert ca.toeplitz([0, 0, 0]).to_numpy().tolist() == [[0] * 3] * 3
    assert ca.toeplitz([0, 0, 7]).to_numpy().tolist() == [[0, 0, 7], [0, 0, 0], [7, 0, 0]]
    assert ca.toeplitz([0, 0, 7], [0, 0]).to_numpy().tolist() == [[0, 0], [0, 0], [7, 0]]
    assert ca.toeplitz([0, 0], [0, 0, 7]).to_numpy().tolist() == [[0, 0, 7], [0, 0, 0]]


@given(VECTORS)
def test_circulant_is_scipys(c):
    assert equal(ca.circulant(c).to_numpy(), scipy.linalg.circulant(c))
    assert equal(ca.circulant(c, op="correlation").to_numpy(), scipy.linalg.circulant(c).T)
    assert equal(ca.circulant(c).T.to_numpy(), scipy.linalg.circulant(c).T)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple), st.data())
def test_circulant_on_a_box(box, data):
    c = data.draw(arrays("int", box))
    C = ca.circulant(c)
    assert C.boxes == (box, box)
    assert equal(C.to_numpy(), circulated(c))
    assert C.nnz == np.count_nonzero(circulated(c))
    x = np.arange(c.size).reshape(box)
    wanted = np.fft.ifftn(np.fft.fftn(c.astype(int)) * np.fft.fftn(x)).real
    assert (C @ x.ravel()).tolist() == np.rint(wanted).astype(int).ravel().tolist()


@given(VECTORS, st.integers(1, 8), st.sampled_from(["full", "valid", "same"]))
def test_convolution_matrix_is_np_convolve(w, n, mode):
    x = np.arange(1, n + 1) ** 2
    A = ca.convolution_matrix(w, n, mode)
    assert (A @ x).tolist() == np.convolve(w, x, mode).tolist()
    assert equal(A.to_numpy(), scipy.linalg.convolution_matrix(w, n, mode))
    flipped = ca.convolution_matrix(w, n, mode, op="correlation")
    assert (flipped @ x).tolist() == np.convolve(w[::-1], x, mode).tolist()


@given(VECTORS, st.integers(1, 8))
def test_correlation_is_np_correlate_where_the_signal_is_longer(w, n):
    x = np.arange(1, n + 1) ** 2
    for mode in ("full", "valid", "same") if n >= len(w) else ():
        found = ca.convolution_matrix(w, n, mode, op="correlation") @ x
        assert found.tolist() == np.correlate(x, w.astype(int), mode).tolist()


@given(
    st.tuples(*[st.integers(1, 3)] * 2),
    st.tuples(*[st.integers(1, 4)] * 2),
    st.sampled_from(["full", "valid", "same"]),
    st.data(),
)
def test_convolution_matrix_on_two_axes(taps, box, mode, data):
    w = data.draw(arrays("int", taps))
    larger = [n - k for n, k in zip(box, taps, strict=True)]
    if mode == "valid" and min(larger) < 0 < max(larger):
        with pytest.raises(ca.ShapeError, match="on all axes at once"):
            ca.convolution_matrix(w, box, mode)
        return
    x = np.arange(1, np.prod(box) + 1).reshape(box)
    wanted = scipy.signal.convolve(w.astype(int), x, mode, method="direct")
    A = ca.convolution_matrix(w, box, mode)
    if mode == "same":  # SciPy keeps the size of its first argument, numpy.convolve the larger on each axis
        wanted = np.array(scipy.signal.convolve(x, w.astype(int), "full", method="direct"))
        sides = [(min(n, k) - 1) // 2 for n, k in zip(box, taps, strict=True)]
        wanted = wanted[tuple(slice(s, s + max(n, k)) for s, n, k in zip(sides, box, taps, strict=True))]
    assert A.boxes == (wanted.shape, box)
    assert (A @ x.ravel()).tolist() == wanted.ravel().tolist()


@given(layers())
def test_nnz_counts_the_places_that_taps_reach(case):
    """Padding zeros left out, merged taps once, zero weights in."""
    layer, in_shape, _, _ = case
    ones = ca.Conv(
        np.ones_like(layer.weight, dtype=int), stride=layer.stride, padding=layer.padding, dilation=layer.dilation,
        groups=layer.groups, padding_mode=layer.padding_mode,
    )  # fmt: skip
    assert layer.matrix(in_shape).nnz == np.count_nonzero(ones.matrix(in_shape).to_numpy())
    assert ones.matrix(in_shape).to_sparse().nnz == ones.matrix(in_shape).nnz


@given(layers(), st.data())
def test_applying_is_the_dense_product(case, data):
    layer, in_shape, wanted, _ = case
    x = data.draw(arrays("big", (wanted.shape[1], 2)))
    A = layer.matrix(in_shape)
    assert equal(A @ x, wanted @ x)
    assert equal(A @ x[:, 0], wanted @ x[:, 0])


@given(layers())
def test_the_transpose_of_a_layer(case):
    layer, in_shape, wanted, _ = case
    A = layer.matrix(in_shape)
    assert equal(A.T.to_numpy(), wanted.T)
    assert A.T.boxes == A.boxes[::-1]
    assert equal((A.T @ A).to_numpy(), wanted.T @ wanted)
    assert equal((A @ A.T).to_numpy(), wanted @ wanted.T)


def test_transposes_stay_toeplitz_where_they_are():
    for options in ({}, {"padding": 1}, {"padding": 1, "padding_mode": "circular"}, {"dilation": 2, "padding": 3}):
        A = ca.Conv(filled("int", (2, 3, 3)), **options).matrix((3, 6))
        assert type(A.T) is type(A)
    B = ca.Conv(filled("int", (4, 2, 3)), groups=2, padding=1).matrix((4, 6))
    assert type(B.T) is type(B)
    assert equal(B.T.to_numpy(), B.to_numpy().T)


@pytest.mark.parametrize("box", [(4,), (2, 3)])
def test_a_shift_is_a_circulant(box):
    for k in itertools.product(*map(range, box)):
        c = np.zeros(box, dtype=int)
        c[k] = 1
        assert bool(ca.circulant(c) == ca.shift(box, k))


def test_circulants_that_hold_zeros():
    C = ca.circulant([0, 3, 0, 0])
    assert C.nnz == 4
    assert C.to_sparse().nnz == 4
    assert ca.circulant([0, 0]).nnz == 0
    assert ca.circulant([0, 0]).to_sparse().toarray().tolist() == [[0, 0], [0, 0]]
    assert (ca.circulant([0, 0]) @ [5, 6]).tolist() == [0, 0]
    assert ca.circulant(np.zeros((2, 2))).to_numpy().tolist() == [[0] * 4] * 4


@pytest.mark.parametrize(("left", "right", "groups"), [(4, 4, 4), (2, 4, 2), (4, 1, 1), (2, 2, 2)])
def test_products_of_grouped_kernels_keep_the_groups_they_share(left, right, groups):
    random = np.random.default_rng(7)
    B = ca.Conv(random.integers(-9, 10, (8, 4 // right, 2)), groups=right).matrix((4, 7))
    A = ca.Conv(random.integers(-9, 10, (4, 8 // left, 3)), groups=left).matrix((8, 6))
    product = A @ B
    assert type(product).__name__ == "Toeplitz"
    assert product.groups == groups
    assert np.array_equal(product.to_numpy(), A.to_numpy() @ B.to_numpy())


@pytest.mark.parametrize("n", [1, 5, 64])
@pytest.mark.parametrize("kind", ["int", "big", "fraction", "complex"])
def test_a_circulant_is_applied_without_its_matrix(n, kind):
    random = np.random.default_rng(n)
    c, x = random.integers(-9, 10, n), random.integers(-9, 10, (n, 2))
    given = {
        "int": c,
        "big": [int(v) << 61 for v in c],
        "fraction": [Fraction(int(v), 7) for v in c],
        "complex": c * 1j,
    }
    C = ca.circulant(given[kind])
    assert np.array_equal(C @ x, C.to_numpy().astype(object) @ x.astype(object))


def test_long_integer_kernels_are_applied_exactly():
    random = np.random.default_rng(3)
    n = 33_000
    c, x = random.integers(-(10**6), 10**6, n), random.integers(-(10**6), 10**6, n)
    full = np.convolve(c, x)
    folded = full[:n].copy()
    folded[: n - 1] += full[n:]
    assert np.array_equal(ca.circulant(c) @ x, folded)
    assert np.array_equal(ca.toeplitz(c) @ x, full[:n] + np.convolve(x[::-1], c)[:n][::-1] - c[0] * x)
    boxed = random.integers(-9, 10, (7, 8))
    C, y = ca.circulant(boxed), random.integers(-9, 10, (56, 3))
    assert np.array_equal(C @ y, C.to_numpy() @ y)


@pytest.mark.parametrize(("weight", "box"), [((1, 10**6, 1), (10**6, 10**6)), ((1, 1, 10**6), (1, 2 * 10**6))])
def test_a_pattern_of_too_many_lines_is_refused(weight, box):
    """Rows times channels times taps: 10^12 lines, each factor of which is small."""
    A = ca.Conv(np.ones(weight, dtype=np.int64)).matrix(box)
    with pytest.raises(ca.SizeLimitError, match="the pattern of the matrix must fit"):
        A.pattern()


def test_products_over_different_boxes_of_one_size():
    """One layer reads 2 x 2 places, the other gives 4: no product of kernels."""
    square, line = ca.convolution_matrix([[1, 2]], (2, 2)), ca.convolution_matrix([3, 4], 3)
    assert square.shape[1] == line.shape[0] == 4
    assert np.array_equal((square @ line).to_numpy(), square.to_numpy() @ line.to_numpy())
