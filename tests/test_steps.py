from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import convolve2d
from synthetic_tour import SIDE, photo, story

import convalgebra as ca
from convalgebra.tour import steps
from convalgebra.tour.filters import BLUR, LAPLACE, steady, strided
from convalgebra.tour.photo import smaller


def by_loops(layer, pixels):
    """The layer by its definition, one product at a time, in Python's integers."""
    padded = np.pad(pixels, [(0, 0), (1, 1), (1, 1)]).astype(object)
    result = np.zeros(layer.output_shape(pixels.shape), dtype=object)
    for o, i, j in np.ndindex(result.shape):
        window = padded[:, layer.stride[0] * i :, layer.stride[1] * j :]
        result[o, i, j] = sum(int(w) * window[place] for place, w in np.ndenumerate(layer.weight[o]))
    return result


def test_the_matrix_is_the_layer():
    built = story().built
    assert built.matrix.shape == built.sparse.shape == (4 * (SIDE // 2) ** 2, 3 * SIDE**2)
    assert built.bytes == sum(part.nbytes for part in (built.sparse.data, built.sparse.indices, built.sparse.indptr))
    assert built.dense_bytes == built.matrix.to_numpy().nbytes


def test_all_ways_give_the_integers_of_the_definition():
    compared = story().compared
    assert list(compared.ways) == ["window", "matrix", "factors", "Fourier"]
    assert compared.agree
    assert np.array_equal(compared.output, by_loops(strided(), photo().pixels))


@pytest.mark.parametrize("way", ["sliding_window", "by_fourier"])
def test_a_way_that_is_wrong_in_one_place_is_noticed(way, monkeypatch):
    right = getattr(steps, way)

    def wrong(layer, pixels):
        y = right(layer, pixels).copy()
        y[3, 2, 1] += 1
        return y

    monkeypatch.setattr(steps, way, wrong)
    assert not steps.compare(story().built, photo().pixels).agree


@pytest.mark.parametrize("brightness", [1, 255, 10**6])
def test_the_bound_of_the_fourier_way_holds(brightness):
    pixels = np.random.default_rng(1).integers(0, 256, (3, 17, 17)) * brightness
    error = np.abs(steps.by_fourier(strided(), pixels) - steps.sliding_window(strided(), pixels)).max()
    assert 0 < error <= steps.fourier_bound(strided(), pixels)


def test_a_photograph_of_288_pixels_stays_below_one_half():
    assert steps.fourier_bound(strided(), np.full((3, 288, 288), 255)) < Fraction(1, 2)


def test_circular_padding_is_proved_for_both_unit_shifts():
    down, right = story().shifted.proofs
    assert down.scope == right.scope == "n=(3, 8, 8) to (4, 8, 8), every kernel"
    A = steady("circular").matrix((3, 8, 8))
    for proof, step in ((down, (0, 1, 0)), (right, (0, 0, 1))):
        assert np.array_equal(proof.claim.left.to_numpy(), (A @ ca.shift((3, 8, 8), step)).to_numpy())
        assert np.array_equal(proof.claim.right.to_numpy(), (ca.shift((4, 8, 8), step) @ A).to_numpy())


def test_zero_padding_fails_exactly_where_pictures_show_it():
    small, found = smaller(photo().pixels, 3), story().shifted
    layer, rng = steady("zeros"), np.random.default_rng(2)
    seen = np.zeros(layer.output_shape(small.shape), dtype=bool)
    for _ in range(5):
        x = rng.integers(0, 10**6, small.shape)
        seen |= layer(np.roll(x, found.steps, (1, 2))) != np.roll(layer(x), found.steps, (1, 2))
    assert np.array_equal(found.places, seen.any(axis=0))
    assert (found.failing, found.outputs) == (seen.sum(), seen.size)
    assert np.array_equal(found.picture, layer(np.roll(small, found.steps, (1, 2)))[1])


def test_the_refutation_is_true():
    found = story().shifted.refutation
    A, S, R = steady("zeros").matrix((3, 8, 8)), ca.shift((3, 8, 8), (0, 1, 0)), ca.shift((4, 8, 8), (0, 1, 0))
    assert ((A @ S)[found.entry], (R @ A)[found.entry]) == (found.left, found.right)
    assert found.left != found.right


def test_rows_differ_by_a_single_entry_and_not_by_written_zeros():
    left = ca.circulant([1, 0, 2, 0])
    right = ca.matrix([[1, 0, 2, 0], [0, 1, 0, 2], [2, 0, 1, 3], [0, 2, 0, 1]])
    assert steps.differing_rows(left == right).tolist() == [False, False, True, False]
    kernels = [ca.Conv([[[0, w]]]).matrix((1, 4)) for w in (5, 5, 6)]
    assert not steps.differing_rows(kernels[0] == kernels[1]).any()
    assert steps.differing_rows(kernels[0] == kernels[2]).all()


def test_refuted_refuses_a_true_claim():
    with pytest.raises(ca.UndecidedError, match="must be refuted, not Proof"):
        steps.refuted(ca.identity(2) == ca.identity(2))


def test_fourier_diagonalises_with_a_symbol_for_each_weight():
    found = story().diagonalised
    assert found.proof.scope == "n=8, every kernel"
    assert "zeta_8" in found.proof.ring
    assert np.allclose(found.spectrum, 2 + 2 * np.cos(np.arange(8) * np.pi / 4), rtol=0, atol=1e-14)
    assert np.array_equal(found.eigenvalues, ca.dft(8) @ ca.symbols("w", 8))


def test_the_kernels_are_composed_in_order():
    assert np.array_equal(story().stacked.kernel, convolve2d(BLUR, LAPLACE))


def test_two_layers_are_one_without_padding_and_the_matrices_are_multiplied_as_matrices():
    proof = story().stacked.proof
    assert proof.scope == "n=(1, 6, 6) to (1, 2, 2), every kernel"
    assert type(proof.claim.left).__name__ == "Product"
    assert len(proof.claim.left.factors) == 2


def test_two_padded_layers_differ_from_one_in_the_outermost_ring():
    found, n = story().stacked, SIDE // 3
    ring = np.ones((n, n), dtype=bool)
    ring[1:-1, 1:-1] = False
    assert np.array_equal(found.places, ring)
    refutation = found.refutation
    values = [side.subs(refutation.witness) for side in (refutation.left, refutation.right)]
    assert values == [0, 1]


def test_a_5x5_kernel_that_is_no_composition_is_refuted():
    u, v = ca.symbols("u", (3, 3)), ca.symbols("v", (3, 3))
    claim = steps._one_layer(u, v, (1, 6, 6), padding=0)
    wrong = ca.Conv(steps.composed(u, v) + np.eye(5, dtype=object).astype(int)).matrix((1, 6, 6))
    assert isinstance(ca.decide(claim.left == wrong), ca.Refutation)
