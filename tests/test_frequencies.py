import threading

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import blas, frequencies
from convalgebra.analysis.frequencies import chunks, each, half, processors
from convalgebra.analysis.symbol import Symbol


@pytest.mark.parametrize("sizes", [(1,), (2,), (5,), (6,), (4, 6), (3, 5), (2, 3, 4)])
def test_half_stands_for_all(sizes):
    symbol = Symbol.of(ca.circulant(np.arange(np.prod(sizes)).reshape(sizes)))
    numbers, times = half(symbol)
    assert times.sum() == np.prod(sizes)
    places = np.array(np.unravel_index(numbers, sizes))
    opposite = np.ravel_multi_index(tuple(-places % np.array(sizes)[:, None]), sizes)
    assert sorted({*numbers.tolist(), *opposite.tolist()}) == list(range(int(np.prod(sizes))))
    assert np.array_equal(times == 1, numbers == opposite)


def test_complex_weights_need_all_frequencies():
    numbers, times = half(Symbol.of(ca.circulant([1j, 2, 3])))
    assert (numbers.tolist(), times.tolist()) == ([0, 1, 2], [1, 1, 1])


def test_chunks_are_pieces_in_order():
    layer = ca.Conv(np.ones((64, 64, 3, 3)), padding=1, padding_mode="circular")
    pieces = chunks(Symbol.of(layer.matrix((64, 16, 16))), np.arange(256))
    assert len(pieces) > 2
    assert np.array_equal(np.concatenate(pieces), np.arange(256))


def test_chunks_leave_room_for_the_waves():
    """Elsewhere than on its own grid even a transformed symbol goes by waves."""
    symbol = Symbol.of(ca.circulant(np.arange(1.0, 5001)))
    assert symbol.transform is not None
    numbers = np.arange(5000)
    assert len(chunks(symbol, numbers, own_grid=True)) == 1
    assert max(map(len, chunks(symbol, numbers))) * 5000 * 16 <= frequencies.CHUNK


def test_each_keeps_the_order_and_passes_errors_on():
    assert each(lambda n: n * n, list(range(20))) == [n * n for n in range(20)]
    assert each(len, []) == []
    assert processors() >= 1
    for bad in ([1, 0, 2], [0, 1, 2]):  # in another thread, in this one
        with pytest.raises(ZeroDivisionError):
            each(lambda n: 1 // n, bad, threads=2)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_part_has_its_thread(threads):
    parts = list(range(7))
    found = each(lambda n: (n, blas._HERE.turn, threading.get_ident()), parts, threads=threads)
    assert [n for n, _, _ in found] == parts
    assert [turn for _, turn, _ in found] == ([n % threads for n in parts] if threads > 1 else [None] * 7)
    assert found[0][2] == threading.get_ident()
    assert len({thread for _, _, thread in found}) in range(min(threads, 2), threads + 1)
    assert blas._HERE.turn is None


@pytest.mark.parametrize(("processor_count", "lengths"), [(1, [44, 43, 43]), (2, [33, 33, 32, 32]), (200, [1] * 130)])
def test_each_thread_gets_as_many_chunks(monkeypatch, processor_count, lengths):
    layer = ca.Conv(np.ones((64, 64, 3, 3)), padding=1, padding_mode="circular")
    symbol = Symbol.of(layer.matrix((64, 16, 16)))
    monkeypatch.setattr(frequencies, "processors", lambda: processor_count)
    monkeypatch.setattr(frequencies, "CHUNK", 2**22 - 2**18)
    assert [*map(len, chunks(symbol, np.arange(130)))] == lengths
    assert [*map(len, chunks(symbol, np.arange(50)))] == [50]
    assert chunks(symbol, np.arange(0)) == []


def test_halves_of_small_grids_are_kept(monkeypatch):
    symbol = Symbol.of(ca.circulant(np.arange(6).reshape(2, 3)))
    numbers, times = half(symbol)
    assert half(symbol)[0] is numbers
    assert not (numbers.flags.writeable)
    assert not (times.flags.writeable)
    monkeypatch.setattr(frequencies, "MOST_KEPT", 5)
    assert half(symbol)[0] is not numbers
    assert np.array_equal(half(symbol), (numbers, times))
