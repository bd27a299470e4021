"""0/1 matrices against NumPy's own moves: roll, pad, slices, flips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import MODES, array, atoms, equal, selected

import convalgebra as ca

NUMPY = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge"}
BOXES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def signal(box):
    return np.arange(1, np.prod(box) + 1).reshape(box)


def applied(A, x):
    return (A @ x.ravel()).reshape(A.boxes[0])


@given(BOXES, st.data())
def test_shift_is_np_roll(box, data):
    k = tuple(data.draw(st.integers(-9, 9)) for _ in box)
    x = signal(box)
    S = ca.shift(box, k)
    wanted = np.roll(x, k, tuple(range(len(box))))
    assert applied(S, x).tolist() == wanted.tolist()
    assert equal((S.T @ S).to_numpy(), np.eye(x.size, dtype=int))
    assert equal(S.T.to_numpy(), ca.shift(box, tuple(-v for v in k)).to_numpy())


def test_shift_by_one_by_default_and_by_any_multiple():
    assert (ca.shift(4) @ [1, 2, 3, 4]).tolist() == [4, 1, 2, 3]
    assert (ca.shift(5, 3 + 5 * 10**30) @ range(5)).tolist() == np.roll(range(5), 3).tolist()
    assert (ca.shift(3, -1) @ [1, 2, 3]).tolist() == [2, 3, 1]


@given(BOXES)
def test_identity_and_flip(box):
    x = signal(box)
    assert applied(ca.identity(box), x).tolist() == x.tolist()
    assert applied(ca.flip(box), x).tolist() == np.flip(x).tolist()
    assert ca.identity(box).shape == (x.size, x.size)


@pytest.mark.parametrize("mode", MODES)
def test_pad_is_np_pad(mode):
    @given(BOXES, st.data())
    def holds(box, data):
        sides = tuple((data.draw(st.integers(0, 6)), data.draw(st.integers(0, 6))) for _ in box)
        x = signal(box)
        P = ca.pad(box, sides, mode)
        wanted = np.pad(x, sides, mode=NUMPY[mode])
        assert P.boxes == (wanted.shape, box)
        assert applied(P, x).tolist() == wanted.tolist()

    holds()


@given(st.integers(1, 8), st.integers(-4, 4), st.integers(-4, 4), st.sampled_from(MODES))
def test_negative_padding_crops(n, lo, hi, mode):
    x = np.arange(1, n + 1)
    if n + lo + hi < 1:
        with pytest.raises(ca.ShapeError, match="must leave at least one place"):
            ca.pad(n, (lo, hi), mode)
        return
    wanted = np.pad(x, 10, mode=NUMPY[mode])[10 - lo : 10 + n + hi]
    assert (ca.pad(n, (lo, hi), mode) @ x).tolist() == wanted.tolist()


@given(BOXES, st.data())
def test_crop_is_a_slice_and_undoes_padding(box, data):
    sides = tuple((data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for _ in box)
    wide = tuple(n + lo + hi for n, (lo, hi) in zip(box, sides, strict=True))
    x = signal(wide)
    kept = tuple(slice(lo, lo + n) for n, (lo, _) in zip(box, sides, strict=True))
    assert applied(ca.crop(wide, sides), x).tolist() == x[kept].tolist()
    for mode in MODES:
        assert equal((ca.crop(wide, sides) @ ca.pad(box, sides, mode)).to_numpy(), np.eye(np.prod(box), dtype=int))
    assert equal(ca.crop(wide, sides).to_numpy(), ca.pad(box, sides).T.to_numpy())


@given(BOXES, st.data())
def test_downsample_and_upsample(box, data):
    steps = tuple(data.draw(st.integers(1, 4)) for _ in box)
    x = signal(box)
    assert applied(ca.downsample(box, steps), x).tolist() == x[tuple(slice(None, None, s) for s in steps)].tolist()
    wide = tuple(n * s for n, s in zip(box, steps, strict=True))
    U = ca.upsample(box, steps)
    wanted = np.zeros(wide, dtype=int)
    wanted[tuple(slice(None, None, s) for s in steps)] = x
    assert U.boxes == (wide, box)
    assert applied(U, x).tolist() == wanted.tolist()
    assert equal(U.to_numpy(), ca.downsample(wide, steps).T.to_numpy())


@given(st.permutations(range(6)))
def test_permutations(p):
    P, x = ca.permutation(p), np.arange(10, 16)
    assert (P @ x).tolist() == x[list(p)].tolist()
    assert equal(P.T.to_numpy(), ca.permutation(np.argsort(p)).to_numpy())
    assert equal((P @ P.T).to_numpy(), np.eye(6, dtype=int))


@given(st.data())
def test_transposes_of_selections_that_repeat_or_forget(data):
    m, n = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    A, wanted = data.draw(atoms(m, n, name="Selection"))
    assert equal(A.T.to_numpy(), wanted.T)
    assert type(A.T.T) is type(A)
    x = array((m,), range(3, m + 3))
    assert equal(A.T @ x, wanted.T @ x)


def test_a_selection_applies_to_anything():
    from fractions import Fraction

    import sympy

    a = sympy.Symbol("a")
    P = ca.pad(2, (1, 1))
    assert (P @ [a, Fraction(1, 2)]).tolist() == [0, a, Fraction(1, 2), 0]
    assert (P @ [0.5, 1j]).tolist() == [0, 0.5, 1j, 0]
    assert (P @ [2**70, 1]).tolist() == [0, 2**70, 1, 0]
    assert equal(selected([-1, 0, 1, -1], 2), P.to_numpy())


def test_a_million_places_are_moved_at_once():
    n = 10**6
    assert (ca.shift(n, 1) @ np.arange(n))[:2].tolist() == [n - 1, 0]
    assert ca.downsample(n, 3).nnz == -(-n // 3)
    assert (ca.shift(n, 5) @ ca.shift(n, -5))[7, 7] == 1
