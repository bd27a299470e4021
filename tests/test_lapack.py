"""Stacks against NumPy's decompositions and known values, by LAPACK's routines and without them."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis import blas, lapack
from convalgebra.analysis.lapack import LEAST_SIDE, SMALL_SIDE, definite, eigenvalues, singular_values

SIDES = [1, LEAST_SIDE - 1, LEAST_SIDE, 33, 64, 130]


def stack_of(count, *sides, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((count, *sides)) + 1j * random.standard_normal((count, *sides))


def squares_of(count, side, seed=0):
    K = stack_of(count, side, side, seed=seed)
    return K.conj().swapaxes(1, 2) @ K


@pytest.fixture(params=["the routines", "NumPy alone"])
def _either_way(request, monkeypatch):
    if request.param == "NumPy alone":
        monkeypatch.setattr(lapack, "routine", lambda _: None)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("side", SIDES)
def test_eigenvalues_as_numpy_finds_them(side):
    stack = squares_of(5, side)
    before = stack.copy()
    found, want = eigenvalues(stack), np.linalg.eigvalsh(stack)
    np.testing.assert_allclose(found, want, rtol=0, atol=4e-16 * side * want.max())
    assert np.array_equal(stack, before)
    assert np.array_equal(eigenvalues(stack, overwrite=True), found)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("sides", [*((s, s) for s in SIDES), (40, 20), (20, 40), (41, 20), (17, 90), (16, 33)])
def test_singular_values_as_numpy_finds_them(sides):
    stack = stack_of(4, *sides)
    before = stack.copy()
    found, want = singular_values(stack), np.linalg.svd(stack, compute_uv=False)
    np.testing.assert_allclose(found, want, rtol=0, atol=2e-15 * want.max())
    assert np.array_equal(stack, before)
    assert np.array_equal(singular_values(stack, overwrite=True), found)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("side", SIDES)
def test_the_first_matrix_that_is_not_definite(side):
    """`mu - G` is definite where mu is above the largest eigenvalue."""
    stack = squares_of(6, side)
    largest = np.linalg.eigvalsh(stack)[:, -1]
    mu = largest * np.array([1.001, 1.001, 2, 0.999, 1.001, 0.5])
    shifted = mu[:, None, None] * np.eye(side) - stack
    assert definite(shifted.copy()) == 3
    assert definite(shifted[4:].copy()) == 1
    assert definite(shifted[:3].copy()) == 3
    assert definite(shifted[:0]) == 0


def test_the_routines_are_used(monkeypatch):
    """Else this file would compare NumPy with itself."""
    assert all(blas.routine(name) for name in blas.ARGUMENTS)
    for name in ("eigvalsh", "svd", "cholesky"):
        monkeypatch.setattr(np.linalg, name, None)
    assert eigenvalues(squares_of(3, 30)).shape == (3, 30)
    assert singular_values(stack_of(3, 30, 20)).shape == (3, 20)
    assert definite(squares_of(3, 30)) == 3


@pytest.mark.parametrize("side", [SMALL_SIDE, SMALL_SIDE + 1])
def test_one_of_two_threads_leaves_the_interpreter_to_the_other(monkeypatch, side):
    stack, used = squares_of(3, side), []
    monkeypatch.setattr(lapack, "routine", lambda name: used.append(name) or blas.routine(name))
    expected = np.linalg.eigvalsh(stack)
    for turn in (0, 1):
        with blas.thread_of(turn):
            np.testing.assert_allclose(eigenvalues(stack), expected, rtol=0, atol=1e-13 * expected.max())
        assert bool(used) == (side > SMALL_SIDE or turn == 1)
        used.clear()


def test_known_values():
    side = 40
    roots = np.exp(2j * np.pi * np.outer(np.arange(side), np.arange(side)) / side) / np.sqrt(side)
    values = np.sort(np.concatenate([[0, 0, 1e-12, 1, 1, 1], np.linspace(2, 3, side - 6)]))
    stack = np.stack([(roots * values) @ roots.conj().T, np.diag(values[::-1]).astype(complex)])
    np.testing.assert_allclose(eigenvalues(stack), [values, values], rtol=0, atol=1e-14)
    np.testing.assert_allclose(singular_values(stack), [values[::-1]] * 2, rtol=0, atol=1e-14)
    zeros = np.zeros((2, side, side), dtype=complex)
    assert not eigenvalues(zeros).any()
    assert not singular_values(zeros).any()
    assert definite(zeros.copy()) == 0


def test_any_shape_and_reals():
    stack = squares_of(6, 30).reshape(2, 3, 30, 30)
    assert eigenvalues(stack).shape == singular_values(stack).shape == (2, 3, 30)
    assert eigenvalues(stack[:0]).shape == singular_values(stack[:0]).shape == (0, 3, 30)
    np.testing.assert_array_equal(eigenvalues(stack.real.copy()), np.linalg.eigvalsh(stack.real))
    np.testing.assert_array_equal(singular_values(stack.real), np.linalg.svd(stack.real, compute_uv=False))
    turned = stack.swapaxes(2, 3)  # not contiguous: the conjugate
    np.testing.assert_allclose(eigenvalues(turned), eigenvalues(stack), rtol=1e-10)
    np.testing.assert_allclose(singular_values(turned), singular_values(stack), rtol=1e-10)


@pytest.mark.parametrize("decompose", [eigenvalues, singular_values])
def test_threads_do_not_share_their_room(decompose):
    stacks = [squares_of(20, 32, seed) for seed in range(6)]
    found = [None] * len(stacks)

    def run(k):
        found[k] = decompose(stacks[k])

    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(stacks))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for values, stack in zip(found, stacks, strict=True):
        np.testing.assert_array_equal(values, decompose(stack))


def test_scipy_is_not_loaded():
    program = (
        "import sys, numpy as np, convalgebra as ca\n"
        "ca.singular_values(ca.Conv(np.ones((64, 64, 3)), padding=1, padding_mode='circular'), (64, 80))\n"
        "assert 'scipy.linalg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("decompose", [eigenvalues, singular_values])
def test_what_does_not_converge_is_no_answer(decompose):
    stack = squares_of(3, 30)
    stack[1, 3, 4] = np.nan
    with pytest.raises(np.linalg.LinAlgError, match="converge"):
        decompose(stack)


@pytest.mark.parametrize("accurate", [False, True])
def test_a_layer_gets_the_same_values_either_way(monkeypatch, accurate):
    layer = ca.Conv(np.random.default_rng(0).standard_normal((32, 28, 3, 3)), padding=1, padding_mode="circular")
    found, norm = ca.singular_values(layer, (28, 6, 5), accurate=accurate), ca.operator_norm(layer, (28, 6, 5))
    monkeypatch.setattr(lapack, "routine", lambda _: None)
    want, other = ca.singular_values(layer, (28, 6, 5), accurate=accurate), ca.operator_norm(layer, (28, 6, 5))
    np.testing.assert_allclose(found, want, rtol=0, atol=(1e-15 if accurate else 1e-13) * 10 * want[0])
    assert abs(norm - other) < 1e-13 * norm
    assert norm.lower <= want[0] * (1 + 1e-14)
    assert want[0] * (1 - 1e-14) <= norm.upper
