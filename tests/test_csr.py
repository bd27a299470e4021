"""The CSR fill against the definition, entry by entry, in exact integers."""

from __future__ import annotations

import tracemalloc
from collections import deque
from functools import partial
from itertools import product
from math import prod
from threading import Event
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import block_diag, csr_array, diags_array, kron

import convalgebra as ca
from convalgebra.algebra import csr, runs
from convalgebra.algebra.csr import csr_arrays
from convalgebra.algebra.indexing import MODES, Axis

MOST_PLACES = {1: 24, 2: 8, 3: 5, 4: 3}  # sizes of axes, by how many there are: the definition is a slow loop


def definition(weight, tables, sizes, groups):
    """The dense matrix, and which of its places some tap reads."""
    outputs, inputs = weight.shape[:2]
    outs = [table.shape[1] for table in tables]
    matrix = np.zeros((outputs, *outs, groups * inputs, *sizes), dtype=weight.dtype)
    read = np.zeros(matrix.shape, dtype=bool)
    for o, c, *taps in np.ndindex(weight.shape):
        channel = o // (outputs // groups) * inputs + c
        for i in np.ndindex(*outs):
            j = [int(table[tap, place]) for table, tap, place in zip(tables, taps, i, strict=True)]
            if min(j) >= 0:
                matrix[(o, *i, channel, *j)] += weight[(o, c, *taps)]
                read[(o, *i, channel, *j)] = True
    rows = outputs * prod(outs)
    return matrix.reshape(rows, -1), read.reshape(rows, -1)


def assert_is_definition(weight, tables, sizes, groups=1):
    matrix, read = definition(weight, tables, sizes, groups)
    data, indices, indptr = csr_arrays(weight, tables, sizes, groups)
    rows, columns = np.nonzero(read)
    assert indices.tolist() == columns.tolist()
    assert indptr.tolist() == [0, *np.cumsum(read.sum(axis=1)).tolist()]
    assert data.tolist() == matrix[rows, columns].tolist()
    assert (data.dtype, indices.dtype, indptr.dtype) == (weight.dtype, np.int32, np.int32)
    assert all(array.flags.c_contiguous for array in (data, indices, indptr))


def assert_canonical(indices, indptr):
    """Columns ascend within every row."""
    ascends = np.diff(indices.astype(np.int64)) > 0
    starts = indptr[1:-1]
    ascends[starts[(starts > 0) & (starts < len(indices))] - 1] = True
    assert ascends.all()


# --- any tables -------------------------------------------------------------------------------------------------------


@st.composite
def scattered(draw, most):
    """A size and a table without any order."""
    size, taps, out = (draw(st.integers(1, top)) for top in (most, 3, most))
    entries = st.lists(st.integers(-1, size - 1), min_size=taps * out, max_size=taps * out)
    return size, np.array(draw(entries), dtype=np.int64).reshape(taps, out)


@st.composite
def windows(draw, most):
    """The table of a layer."""
    size, taps, stride, dilation = (draw(st.integers(1, top)) for top in (most, 4, 3, 2))
    lo, hi = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    missing = max(0, dilation * (taps - 1) + 1 - size - lo - hi)
    return size, Axis(size, taps, stride, dilation, lo, hi + missing, draw(st.sampled_from(MODES))).table()


@st.composite
def interleaved(draw, most):
    """The table of a layer that reads a signal with zeros put between its places, as a transposed layer does."""
    step, shift, taps = draw(st.integers(2, 4)), draw(st.integers(-2, 2)), draw(st.integers(1, 4))
    size = draw(st.integers(1, max(1, most // step)))
    place = np.arange(size * step)[None, :] + np.arange(taps)[:, None] + shift
    return size, np.where((place >= 0) & (place % step == 0) & (place < size * step), place // step, -1)


@st.composite
def layers(draw):
    """Arguments of `csr_arrays`."""
    rank = draw(st.integers(1, 4))
    most = MOST_PLACES[rank]
    axes = [draw(st.one_of(scattered(most), windows(most), interleaved(most))) for _ in range(rank)]
    groups, outputs, inputs = (draw(st.integers(1, 2 if rank > 1 else 3)) for _ in range(3))
    shape = (groups * outputs, inputs, *(len(table) for _, table in axes))
    values = st.lists(st.integers(-9, 9), min_size=prod(shape), max_size=prod(shape))
    weight = np.array(draw(values), dtype=np.int64).reshape(shape)
    return weight, [table for _, table in axes], [size for size, _ in axes], groups


# What is a matter of speed on large layers, set so that it happens on small ones too.
thresholds = st.fixed_dictionaries(
    {
        "SMALL": st.sampled_from([0, csr.SMALL]),
        "BUFFER": st.sampled_from([1, 200]),
        "ASIDE": st.sampled_from([0, csr.ASIDE]),
        "PARTS": st.sampled_from([1, 4]),
    }
)
lengths = st.fixed_dictionaries(
    {
        "BLOCK": st.sampled_from([1, 5, 30]),
        "WINDOW": st.sampled_from([4, 32]),
        "STRIP": st.sampled_from([4, 100]),
    }
).filter(lambda t: t["STRIP"] >= t["WINDOW"])


@settings(max_examples=max(400, settings.default.max_examples))
@given(layers(), thresholds, lengths)
def test_every_layer_is_its_definition(layer, limits, sizes):
    with patch.multiple(csr, **limits), patch.multiple(runs, **sizes):
        assert_is_definition(*layer)


@pytest.mark.parametrize("aside", [True, False])
def test_all_jobs_are_done_once(aside):
    done = []
    csr._both_ends(deque(partial(done.append, n) for n in range(1000)), aside=aside)
    assert sorted(done) == list(range(1000))


def test_a_failure_on_the_thread_aside_is_heard():
    failed = Event()

    def fail():
        failed.set()
        raise MemoryError

    with pytest.raises(MemoryError):
        csr._both_ends(deque([lambda: failed.wait(30), fail]), aside=True)


def test_a_failure_in_a_job_is_no_end_of_the_jobs():
    with pytest.raises(IndexError):
        csr._both_ends(deque([[].pop]), aside=False)


@pytest.mark.parametrize("limits", [{"SMALL": csr.SMALL}, {"SMALL": 0}], ids=["gathered", "spread"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_its_definition(mode, stride, limits):
    axes = [Axis(9, 3, stride, 1, 1, 2, mode), Axis(11, 4, stride, 2, 4, 3, mode)]
    weight = np.arange(-20, 76, dtype=np.int64).reshape(4, 2, 3, 4)
    with patch.multiple(csr, **limits):
        assert_is_definition(weight, [a.table() for a in axes], [9, 11], groups=2)


@given(st.integers(1, 4), st.integers(1, 9), st.sampled_from(["circular", "reflect", "symmetric", "replicate"]))
@example(3, 9, "circular")
def test_a_kernel_longer_than_the_signal_folds_onto_it(size, taps, mode):
    table = Axis(size, taps, lo=taps, hi=taps, mode=mode).table()
    assert_is_definition(np.arange(1, 2 * taps + 1, dtype=np.int64).reshape(1, 2, taps), [table], [size])


def test_a_layer_that_reads_only_padding_is_empty():
    table = np.full((2, 3), -1, dtype=np.int64)
    data, indices, indptr = csr_arrays(np.ones((2, 1, 2)), [table], [4])
    assert (len(data), len(indices), indptr.tolist()) == (0, 0, [0] * 7)


# --- what an entry is -------------------------------------------------------------------------------------------------


def test_a_zero_weight_keeps_its_entry():
    data, indices, indptr = csr_arrays(np.zeros((1, 1, 3), dtype=np.int64), [Axis(4, 3, lo=1, hi=1).table()], [4])
    assert data.tolist() == [0] * 10
    assert indices.tolist() == [0, 1, 0, 1, 2, 1, 2, 3, 2, 3]
    assert indptr.tolist() == [0, 2, 5, 8, 10]


def test_taps_that_cancel_keep_their_entry():
    data, indices, _ = csr_arrays(np.array([[[7, -7]]], dtype=np.int64), [np.zeros((2, 1), dtype=np.int64)], [1])
    assert (data.tolist(), indices.tolist()) == ([0], [0])


@pytest.mark.parametrize("weights", [[2.5, float("inf"), -0.0], [1 + 2j, -3j, 4 + 0j]], ids=["float", "complex"])
def test_floats_and_complex_numbers_are_moved_untouched(weights):
    """No entry is a product: infinities make no NaN elsewhere, and a negative zero stays one."""
    weight = np.array([[weights]])
    data, _, _ = csr_arrays(weight, [Axis(5, 3, lo=1, hi=1, mode="replicate").table()], [5])
    a, b, c = weights
    assert data.dtype == weight.dtype
    assert list(map(repr, data.tolist())) == list(map(repr, [a + b, c, *[a, b, c] * 3, a, b + c]))


def test_big_integers_stay_exact():
    weight = np.array([[[2**62, 2**62 - 1, 1]]], dtype=np.int64)
    assert_is_definition(weight, [Axis(4, 3, lo=1, hi=1, mode="replicate").table()], [4])


@pytest.mark.parametrize(("size", "dtype"), [(2**31 - 1, np.int32), (2**31, np.int64)])
def test_indices_widen_when_the_columns_need_it(size, dtype):
    table = np.array([[0, size - 1]], dtype=np.int64)
    _, indices, indptr = csr_arrays(np.ones((1, 1, 1)), [table], [size])
    assert (indices.dtype, indptr.dtype, indices.tolist()) == (dtype, dtype, [0, size - 1])


def test_indices_widen_for_all_groups_together():
    table = np.array([[0, 2**30]], dtype=np.int64)
    _, indices, _ = csr_arrays(np.ones((2, 1, 1)), [table], [2**30 + 1], groups=2)
    assert indices.tolist() == [0, 2**30, 2**30 + 1, 2**31 + 1]


def test_arguments_are_only_read():
    weight, table = np.ones((2, 1, 3)), Axis(5, 3, lo=1, hi=1, mode="reflect").table().copy()
    before = weight.copy(), table.copy()
    csr_arrays(weight, [table], [5])
    assert np.array_equal(weight, before[0])
    assert np.array_equal(table, before[1])


# --- large layers -----------------------------------------------------------------------------------------------------


def kronecker(weight, tables, sizes):
    """`sum over o, c, t of w[o, c, t] e_o e_c^T x E_t1 x E_t2 ..` with the 0/1 matrices of the taps."""
    selections = [[selection(row, size) for row in table] for table, size in zip(tables, sizes, strict=True)]
    total = 0
    for tap in product(*(range(len(table)) for table in tables)):
        matrix = csr_array(weight[(slice(None), slice(None), *tap)])
        for axis, t in zip(selections, tap, strict=True):
            matrix = kron(matrix, axis[t], format="csr")
        total = total + matrix
    return total


def selection(row, size):
    live = np.flatnonzero(row >= 0)
    return csr_array((np.ones(len(live), dtype=np.int64), (live, row[live])), shape=(len(row), size))


def assert_same(arrays, matrix):
    data, indices, indptr = arrays
    matrix = csr_array(matrix)
    matrix.sum_duplicates()
    assert np.array_equal(indptr, matrix.indptr)
    assert np.array_equal(indices, matrix.indices)
    assert np.array_equal(data, matrix.data)
    assert_canonical(indices, indptr)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_a_large_layer_is_a_sum_of_kronecker_products(mode, stride):
    axes = [Axis(70, 3, stride, lo=1, hi=1, mode=mode), Axis(60, 3, stride, lo=1, hi=1, mode=mode)]
    tables, sizes = [a.table() for a in axes], [70, 60]
    weight = np.arange(1, 1 + 8 * 4 * 9, dtype=np.int64).reshape(8, 4, 3, 3)
    assert_same(csr_arrays(weight, tables, sizes), kronecker(weight, tables, sizes))


def test_a_large_volume_is_a_sum_of_kronecker_products():
    tables, sizes = [Axis(n, 3, lo=1, hi=1).table() for n in (20, 21, 22)], [20, 21, 22]
    weight = np.arange(1, 1 + 4 * 27, dtype=np.int64).reshape(2, 2, 3, 3, 3)
    assert_same(csr_arrays(weight, tables, sizes), kronecker(weight, tables, sizes))


def test_a_large_depthwise_layer_is_block_diagonal():
    tables, sizes = [Axis(40, 3, lo=1, hi=1, mode="reflect").table()] * 2, [40, 40]
    weight = np.arange(1, 1 + 30 * 9, dtype=np.int64).reshape(30, 1, 3, 3)
    blocks = [kronecker(w[None], tables, sizes) for w in weight]
    assert_same(csr_arrays(weight, tables, sizes, groups=30), block_diag(blocks))


def test_a_long_signal_is_a_sum_of_diagonals():
    n, taps = 200_000, np.arange(1, 10)
    data, indices, indptr = csr_arrays(taps.reshape(1, 1, 9), [Axis(n, 9, lo=4, hi=4).table()], [n])
    assert_same((data, indices, indptr), diags_array(taps.tolist(), offsets=range(-4, 5), shape=(n, n), dtype=np.int64))


@pytest.mark.parametrize(
    ("weight", "axis", "rank", "groups"),
    [
        ((32, 16, 3, 3), Axis(32, 3, lo=1, hi=1), 2, 1),
        ((32, 16, 3, 3), Axis(32, 3, lo=1, hi=1, mode="reflect"), 2, 1),
        ((32, 16, 3, 3), Axis(64, 3, 2, lo=1, hi=1, mode="circular"), 2, 1),
        ((64, 32, 5, 5), Axis(7, 5, lo=2, hi=2), 2, 1),
        ((64, 1, 3, 3), Axis(64, 3, lo=1, hi=1), 2, 64),
        ((1, 1, 9), Axis(200_000, 9, lo=4, hi=4), 1, 1),
        ((4, 4, 3, 3, 3), Axis(20, 3, lo=1, hi=1), 3, 1),
    ],
    ids=["zeros", "reflect", "circular stride 2", "many channels", "depthwise", "signal", "volume"],
)
def test_little_more_memory_is_taken_than_the_result(weight, axis, rank, groups):
    tables, weights = [axis.table()] * rank, np.ones(weight)
    tracemalloc.start()
    try:
        arrays = csr_arrays(weights, tables, [axis.size] * rank, groups)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 1.1 * sum(array.nbytes for array in arrays)


@given(
    st.sampled_from(MODES),
    st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(-2, 5), st.integers(-2, 5)),
)
def test_an_axis_stands_for_its_table(mode, parts, sides):
    """Its runs are known, not looked for: small limits make every layer long."""
    (size, *rest), (lo, hi) = parts, sides
    axis = Axis(size + 20, *rest, lo=lo, hi=hi, mode=mode)
    first, last = axis.interior
    inside = [
        i
        for i in range(axis.out)
        if all(0 <= axis.stride * i + axis.dilation * t - lo < axis.size for t in range(axis.taps))
    ]
    assert inside == list(range(first, last))
    weight = np.arange(1, 1 + 2 * axis.taps).reshape(2, 1, axis.taps)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(csr, "SMALL", 1)
        small.setattr(runs, "BLOCK", 1)
        found = csr_arrays(weight, [axis], [axis.size])
    wanted = csr_arrays(weight, [axis.table()], [axis.size])
    assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))


@given(
    st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), st.integers(-1, 3)),
    st.sampled_from(MODES),
)
def test_the_transpose_is_written_at_once(parts, mode):
    groups, taps, stride, dilation, lo = parts
    weight = np.arange(1, 1 + 8 * groups * taps).reshape(4 * groups, 2, taps) + 1j
    layer = ca.Conv(weight, stride=stride, dilation=dilation, padding=((lo, 3),), groups=groups, padding_mode=mode)
    matrix = layer.matrix((2 * groups, 9))
    for turned, dense in ((matrix.T, matrix.to_numpy().T), (matrix.H, matrix.to_numpy().conj().T)):
        sparse = turned.to_sparse()
        assert np.array_equal(sparse.toarray(), dense)
        fresh = csr_array((sparse.data, sparse.indices, sparse.indptr), shape=sparse.shape)
        assert fresh.has_canonical_format
        assert sparse.nnz == turned.nnz


def test_writing_is_reading_backwards():
    axis = Axis(9, 3, 2, 2, lo=2, hi=1)
    table, writes = axis.table(), axis.writes()
    for t, j in product(range(3), range(9)):
        assert writes[t, j] == next((i for i in range(axis.out) if table[t, i] == j), -1)
