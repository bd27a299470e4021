"""The threads of OpenBLAS are one inside, whoever else is inside, and as before outside."""

import ctypes
import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.linalg.cython_lapack  # noqa: F401  # brings an OpenBLAS of its own

import convalgebra as ca
from convalgebra.analysis import blas, frequencies
from convalgebra.analysis.blas import ONE_THREAD, knobs


def counts():
    return [get() for _, (_, get) in knobs()]


pytestmark = pytest.mark.usefixtures("two_threads")


@pytest.fixture
def two_threads():
    """OpenBLAS with two threads, and afterwards as it was."""
    before = counts()  # empty where NumPy is built with another library: then all of these hold of nothing
    for _, (put, _) in knobs():
        put(2)
    yield
    for (_, (put, _)), count in zip(knobs(), before, strict=True):
        put(count)


def test_one_inside_and_two_outside():
    assert set(counts()) <= {2}
    with ONE_THREAD:
        assert set(counts()) <= {1}
        with ONE_THREAD:
            assert set(counts()) <= {1}
        assert set(counts()) <= {1}
    assert set(counts()) <= {2}


def test_an_error_restores_them_too():
    with pytest.raises(ZeroDivisionError), ONE_THREAD:
        raise ZeroDivisionError
    assert set(counts()) <= {2}


def test_an_interrupt_on_the_way_in_restores_them(monkeypatch):
    plain = blas.knobs

    def interrupted():
        yield from plain()
        raise KeyboardInterrupt

    monkeypatch.setattr(blas, "knobs", interrupted)
    with pytest.raises(KeyboardInterrupt), ONE_THREAD:
        pass
    monkeypatch.undo()
    assert set(counts()) <= {2}
    with ONE_THREAD:
        assert set(counts()) <= {1}
    assert set(counts()) <= {2}


def test_the_last_to_leave_restores_them():
    entered, leave = threading.Event(), threading.Event()

    def stay():
        with ONE_THREAD:
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    entered.wait(10)
    with ONE_THREAD:
        pass
    assert set(counts()) <= {1}
    leave.set()
    thread.join()
    assert set(counts()) <= {2}


def test_what_is_loaded_inside_is_limited_too(monkeypatch):
    monkeypatch.setattr(blas, "MODULES", blas.MODULES[:1])
    with ONE_THREAD:
        monkeypatch.undo()
        assert counts() in ([1, 2], [])
        with ONE_THREAD:
            assert set(counts()) <= {1}
    assert set(counts()) <= {2}


def test_what_is_loaded_inside_and_not_limited_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(blas, "MODULES", blas.MODULES[:1])
    with ONE_THREAD:
        monkeypatch.undo()
    assert set(counts()) <= {2}


def test_work_in_parts_goes_through_one_thread():
    assert frequencies.each(lambda _: counts(), [0, 1, 2]) == [[1] * len(counts())] * 3
    layer = ca.Conv(np.random.default_rng(0).standard_normal((30, 30, 3)), padding=1, padding_mode="circular")
    ca.singular_values(layer, (30, 40))
    assert set(counts()) <= {2}


def test_without_openblas_nothing_happens(monkeypatch):
    monkeypatch.setattr(blas, "MODULES", ("ctypes", "no.such.module"))
    assert ctypes.__file__
    assert counts() == []
    with ONE_THREAD:
        pass


# --- two libraries ----------------------------------------------------------------------------------------------------


def places(name="zhetrd"):
    """Where the routine of each turn stands."""
    found = []
    for turn in range(3):
        with blas.thread_of(turn):
            routine = blas.routine(name)
        found.append(routine and ctypes.cast(routine, ctypes.c_void_p).value)
    return found


def test_every_other_thread_calls_the_second_library():
    first, second, third = places()
    assert first == third
    assert (first != second) == (blas.libraries() == 2)


def test_one_library_that_both_go_by_is_one(monkeypatch):
    monkeypatch.setattr(blas, "MODULES", (blas.MODULES[0], blas.MODULES[0]))
    assert blas.libraries() == 1
    assert len(set(places())) == 1


@pytest.mark.parametrize("missing", ["scipy.linalg.no_such_module", "no_such_package.module"])
def test_a_second_library_that_is_not_there_is_not_called(monkeypatch, missing):
    monkeypatch.setattr(blas, "MODULES", (blas.MODULES[0], missing))
    assert blas.libraries() == 1
    assert len(set(places())) == 1
    assert len(counts()) <= 1


def test_turns_end():
    assert not blas.first_of_several()
    with blas.thread_of(0):
        assert blas.first_of_several()
        with pytest.raises(ZeroDivisionError), blas.thread_of(1):
            1 // int(blas.first_of_several())
        assert blas.first_of_several()
    assert not blas.first_of_several()


def test_scipys_library_is_limited_though_scipy_is_not_imported():
    program = (
        "import sys, numpy as np\n"
        "from convalgebra.analysis import blas\n"
        "before = len(list(blas.knobs()))\n"
        "count = blas.libraries()\n"
        "assert 'scipy' not in sys.modules\n"
        "assert len(list(blas.knobs())) == before * count\n"
        "with blas.ONE_THREAD:\n"
        "    assert {get() for _, (_, get) in blas.knobs()} <= {1}\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_scipys_library_is_loaded_before_its_threads_are_limited():
    program = (
        "from convalgebra.analysis import blas, frequencies\n"
        "def counts(_):\n"
        "    blas.routine('zhetrd')\n"
        "    return [get() for _, (_, get) in blas.knobs()]\n"
        "found = frequencies.each(counts, [0, 1], threads=2)\n"
        "assert found[0] == found[1] and set(found[0]) <= {1}, found\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
