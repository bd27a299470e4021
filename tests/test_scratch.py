"""Scratch memory is used again, and never by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.algebra.scratch import BUFFERS, BYTES, Scratch

DOUBLE = np.dtype(np.float64)


def address(array):
    return array.__array_interface__["data"][0]


def test_memory_is_used_again_in_any_shape():
    with Scratch((2, 3), DOUBLE) as first:
        assert (first.shape, first.dtype, first.flags.c_contiguous, first.flags.writeable) == (
            (2, 3),
            DOUBLE,
            True,
            True,
        )
        place = address(first)
    with Scratch((7,), np.dtype(np.complex128)) as second:
        assert (address(second), second.shape, second.dtype) == (place, (7,), np.complex128)


def test_nested_uses_are_apart():
    with Scratch((4,), DOUBLE) as outer, Scratch((4,), DOUBLE) as inner:
        assert not np.shares_memory(outer, inner)


def test_it_is_given_back_after_an_error():
    before = len(Scratch._spare)
    with pytest.raises(ValueError, match="broadcast"), Scratch((4,), DOUBLE) as array:
        array[...] = np.zeros(5)
    assert len(Scratch._spare) == max(before, 1)


def test_few_buffers_are_kept_and_large_arrays_and_objects_are_fresh():
    deep = [Scratch((1,), DOUBLE) for _ in range(BUFFERS + 3)]
    for scratch in deep:
        scratch.__enter__()
    for scratch in deep:
        scratch.__exit__()
    assert len(Scratch._spare) == BUFFERS
    with Scratch((BYTES // 8 + 1,), DOUBLE) as large, Scratch((2,), np.dtype(object)) as things:
        assert len(Scratch._spare) == BUFFERS
        assert (large.size, things.tolist()) == (BYTES // 8 + 1, [None, None])


def test_no_result_is_scratch_and_threads_do_not_meet():
    layers = [
        (ca.Conv(np.ones((8, 8, 3, 3)), padding=1), (8, 40, 40)),
        (ca.Conv(np.ones((4, 4, 5)), padding=2), (4, 3000)),
        (ca.Conv(np.ones((1, 1, 33)), padding=16), (1, 5000)),
        (ca.Conv(np.ones((1, 1, 400))), (1, 20_000)),
        (ca.Conv(np.ones((4, 4, 1, 1)), padding=1), (4, 30, 30)),
    ]
    jobs = [(layer, np.full(shape, float(i))) for i in range(8) for layer, shape in layers]
    ones = [layer(np.ones(shape)) for layer, shape in layers] * 8
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda job: job[0](job[1]), jobs * 5))
    for (_, x), one, y in zip(jobs * 5, ones * 5, results, strict=True):
        np.testing.assert_allclose(y, one * x.flat[0], atol=1e-9)
