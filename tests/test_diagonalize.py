"""The diagonal form: the verified identity against explicit products, and checks that can fail."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.algebra.toeplitz import Circulant, Toeplitz
from convalgebra.analysis import diagonalize as room


def layer(weight, shape, **options):
    return ca.Conv(weight, padding_mode="circular", **options).matrix(shape)


RANDOM = np.random.default_rng(0)
OPERATORS = [
    ca.circulant([1, 2, 3]),
    ca.circulant([0.5, -1.25, 2.0, 1e-3]),
    ca.circulant([1j, 2.0]),
    ca.circulant(RANDOM.integers(-5, 6, (2, 3))),
    ca.circulant(RANDOM.integers(-5, 6, (2, 2, 3))),
    layer(RANDOM.integers(-5, 6, (3, 2, 3)), (2, 5), padding=1),
    layer(RANDOM.integers(-5, 6, (2, 2, 2, 3)), (2, 3, 4), padding=((0, 1), (1, 1))),
    layer(RANDOM.integers(-5, 6, (4, 1, 1)), (4, 3), groups=4),
    ca.shift(6, 2) + ca.identity(6),
]


@pytest.mark.parametrize("C", OPERATORS, ids=lambda C: f"{C.boxes}")
def test_the_identity_holds_in_floats(C):
    d = ca.diagonalize(C)
    F, back, D = (A.to_numpy().astype(complex) for A in (d.F, d.inverse, d.diagonal))
    np.testing.assert_allclose(F @ C.to_numpy() @ back, D, atol=1e-12)
    if C.shape[0] == C.shape[1]:
        np.testing.assert_allclose(back @ F, np.eye(len(F)), atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 8])
def test_the_claim_is_proved_again_by_the_general_prover(n):
    d = ca.diagonalize(ca.circulant(ca.symbols("w", n)))
    assert isinstance(ca.prove(d.claim), ca.Proof)
    assert d.proof.scope == f"n={n}, every kernel"


def test_the_claim_holds_on_several_axes_and_channels():
    assert bool(ca.diagonalize(ca.circulant(ca.symbols("w", (2, 3)))).claim)
    assert bool(ca.diagonalize(layer(ca.symbols("w", (2, 2, 2)), (2, 3), padding=(0, 1))).claim)


def test_blocks_are_the_diagonals_by_frequency():
    weight = RANDOM.integers(-5, 6, (2, 3, 3))
    d = ca.diagonalize(layer(weight, (3, 4), padding=1))
    D = d.diagonal.to_numpy().astype(complex).reshape(2, 4, 3, 4)
    for f in range(4):
        np.testing.assert_allclose(d.block(f).astype(complex), D[:, f, :, f], atol=1e-13)
    with pytest.raises(ca.ArgumentError, match="singular_values"):
        _ = d.eigenvalues


@pytest.mark.parametrize("n", [1, 2, 9, 30, 64, 97])
def test_every_size_diagonalises_its_shift(n):
    assert room.diagonalises_the_shift(n)
    assert ca.diagonalize(ca.circulant(np.arange(n))).eigenvalues[0] == n * (n - 1) // 2


def test_wrong_roots_are_noticed(monkeypatch):
    monkeypatch.setattr(room, "roots_cancel", lambda d: d != 3)
    room.diagonalises_the_shift.cache_clear()
    assert room.diagonalises_the_shift(4)
    assert not room.diagonalises_the_shift(6)
    room.diagonalises_the_shift.cache_clear()


def test_lines_out_of_place_are_noticed(monkeypatch):
    C = ca.circulant([1, 2, 3])
    lines = C.pattern()
    moved = lines.__class__(lines.rows, np.roll(lines.cols, 1), lines.taps, lines.weights)
    fewer = lines.__class__(lines.rows[3:], lines.cols[3:], lines.taps[3:], lines.weights)
    for wrong in (moved, fewer):
        monkeypatch.setattr(Circulant, "pattern", lambda _, wrong=wrong: wrong)
        with pytest.raises(ca.SoundnessError):
            ca.diagonalize(C)


@pytest.mark.parametrize("wrong", ["rows", "cols", "taps", "fewer"])
def test_layers_out_of_place_are_noticed(monkeypatch, wrong):
    C = layer(RANDOM.integers(1, 6, (2, 2, 3)), (2, 5), padding=1)
    lines = C.pattern()
    parts = {"rows": lines.rows, "cols": lines.cols, "taps": lines.taps}
    if wrong == "fewer":
        parts = {name: part[3:] for name, part in parts.items()}
    else:
        parts[wrong] = np.roll(parts[wrong], 1)
    assert room._layer_places_its_taps(C, (5,))
    monkeypatch.setattr(Toeplitz, "pattern", lambda _: lines.__class__(**parts, weights=lines.weights))
    with pytest.raises(ca.SoundnessError):
        ca.diagonalize(C)


@pytest.mark.parametrize("options", [{"groups": 2}, {"dilation": 3}, {"padding": (2, 0)}])
def test_layers_of_every_kind(options):
    weight = RANDOM.integers(-5, 6, (4, 4 // options.get("groups", 1), 3))
    options = {"padding": options.get("dilation", 1), **options}
    d = ca.diagonalize(layer(weight, (4, 4), **options))
    assert room._layer_places_its_taps(d.C, d.kernel.box)


def test_zero_kernels_and_single_places():
    assert list(ca.diagonalize(ca.circulant([0, 0])).eigenvalues) == [0, 0]
    assert repr(ca.diagonalize(ca.circulant([7]))) == "F C F^-1 = diag(7)"
    assert "2 x 1 diagonals of 3 frequencies" in repr(ca.diagonalize(layer(np.ones((2, 1, 1)), (1, 3))))


def test_what_has_no_diagonal_form_is_refused():
    with pytest.raises(ca.ArgumentError, match="shifts"):
        ca.diagonalize(ca.toeplitz([1, 2, 3]))
    with pytest.raises(ca.ArgumentError, match=r"ca\.matrix"):
        ca.diagonalize(np.eye(3))


def test_the_diagonal_is_exact_where_the_kernel_is():
    assert not ca.diagonalize(ca.circulant([1, 2, 0])).diagonal.to_sympy().has(sympy.Float)
    assert ca.diagonalize(ca.circulant([0.5, 0.25])).diagonal.to_numpy().dtype == np.complex128


def test_large_diagonals_hold_floats_and_the_proof_stays_at_hand():
    d = ca.diagonalize(ca.circulant(np.arange(300)))
    assert d.diagonal.to_numpy().dtype == np.complex128
    assert d.proof.scope == "n=300, every kernel"
    assert d.eigenvalues[150] == -150


@pytest.mark.parametrize("c", [[1, 2, 3], [0.5, 0.25, 2.0], ca.symbols("c", 3)])
def test_a_toeplitz_matrix_that_is_a_circulant(c):
    C = ca.toeplitz(c, [c[0], c[2], c[1]])
    assert ca.diagonalize(C).diagonal.to_sympy() == ca.diagonalize(ca.circulant(c)).diagonal.to_sympy()


@pytest.mark.parametrize("frequency", [3, -1, 0.5, int, "a"])
def test_a_block_of_no_frequency_is_refused(frequency):
    with pytest.raises(ca.ArgumentError, match="frequency must be"):
        ca.diagonalize(ca.shift(3)).block(frequency)
