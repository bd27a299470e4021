"""Eigenvalues of stacks against np.linalg.eigvalsh and known values; the routines are refused where they differ."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import hermitian
from convalgebra.analysis.hermitian import LEAST_SIDE, eigenvalues

MANY = 10**9  # so many that SciPy is worth loading


def stack_of(count, side, seed=0):
    random = np.random.default_rng(seed)
    K = random.standard_normal((count, side, side)) + 1j * random.standard_normal((count, side, side))
    return K.conj().swapaxes(1, 2) @ K


@pytest.mark.parametrize("side", [LEAST_SIDE - 1, LEAST_SIDE, 33, 64, 130])
def test_as_numpy_finds_them(side):
    stack = stack_of(5, side)
    before = stack.copy()
    found, want = eigenvalues(stack, MANY), np.linalg.eigvalsh(stack)
    np.testing.assert_allclose(found, want, rtol=0, atol=4e-16 * side * want.max())
    assert np.array_equal(stack, before)


def test_the_routines_are_used(monkeypatch):
    """Else this file would compare NumPy with itself."""
    assert hermitian._routines() is not None
    monkeypatch.setattr(np.linalg, "eigvalsh", None)
    assert eigenvalues(stack_of(3, 30), MANY).shape == (3, 30)


def test_known_values():
    side = 40
    roots = np.exp(2j * np.pi * np.outer(np.arange(side), np.arange(side)) / side) / np.sqrt(side)
    values = np.sort(np.concatenate([[0, 0, 1e-12, 1, 1, 1], np.linspace(2, 3, side - 6)]))
    stack = np.stack([(roots * values) @ roots.conj().T, np.diag(values[::-1]).astype(complex)])
    np.testing.assert_allclose(eigenvalues(stack, MANY), [values, values], rtol=0, atol=1e-14)
    assert not eigenvalues(np.zeros((2, side, side), dtype=complex), MANY).any()


def test_any_shape_and_reals():
    stack = stack_of(6, 30).reshape(2, 3, 30, 30)
    assert eigenvalues(stack, MANY).shape == (2, 3, 30)
    assert eigenvalues(stack[:0], MANY).shape == (0, 3, 30)
    np.testing.assert_array_equal(eigenvalues(stack.real.copy(), MANY), np.linalg.eigvalsh(stack.real))
    turned = stack.swapaxes(2, 3)  # not contiguous: the conjugate
    np.testing.assert_allclose(eigenvalues(turned, MANY), eigenvalues(stack, MANY), rtol=1e-10)


def test_threads_do_not_share_their_room():
    stacks = [stack_of(20, 32, seed) for seed in range(6)]
    found = [None] * len(stacks)

    def run(k):
        found[k] = eigenvalues(stacks[k], MANY)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(stacks))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for values, stack in zip(found, stacks, strict=True):
        np.testing.assert_array_equal(values, eigenvalues(stack, MANY))


def test_nothing_is_loaded_for_little_work():
    program = (
        "import sys, numpy as np, convalgebra as ca\n"
        "ca.singular_values(ca.Conv(np.ones((32, 32, 3)), padding=1, padding_mode='circular'), (32, 8))\n"
        "assert 'scipy.linalg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("capsule", [None, "other kinds"])
def test_other_routines_are_not_called(monkeypatch, capsule):
    from scipy.linalg import cython_lapack

    table = {} if capsule is None else dict.fromkeys(hermitian.ROUTINES, cython_lapack.__pyx_capi__["dgetrf"])
    monkeypatch.setattr(cython_lapack, "__pyx_capi__", table)
    assert hermitian._routines.__wrapped__() is None


def test_what_does_not_converge_is_no_answer():
    stack = stack_of(1, 30)
    stack[0, 3, 4] = np.nan
    with pytest.raises(np.linalg.LinAlgError, match="converge"):
        eigenvalues(stack, MANY)


def test_a_layer_gets_the_same_values_either_way(monkeypatch):
    layer = ca.Conv(np.random.default_rng(0).standard_normal((32, 28, 3, 3)), padding=1, padding_mode="circular")
    monkeypatch.setattr(hermitian, "LEAST_SIDE", 1000)
    want = ca.singular_values(layer, (28, 6, 5))
    monkeypatch.setattr(hermitian, "LEAST_SIDE", 24)
    monkeypatch.setattr(hermitian, "LEAST_WORK", 0)
    np.testing.assert_allclose(ca.singular_values(layer, (28, 6, 5)), want, rtol=0, atol=1e-13 * want[0])
