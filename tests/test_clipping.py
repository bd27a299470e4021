import numpy as np
import pytest

import convalgebra as ca


def circular(weight, **options):
    return ca.Conv(weight, padding="same", padding_mode="circular", **options)


def random(*shape):
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (circular(random(3, 2, 3)), (2, 7)),
        (circular(random(2, 3, 3, 2)), (3, 4, 5)),
        (circular(random(4, 2, 3), groups=2), (4, 6)),
        (circular(random(2, 2, 3), dilation=2), (2, 8)),
        (circular(random(1, 1, 7)), (1, 4)),  # wraps around
        (circular(random(2, 2, 3) + 1j * random(2, 2, 3)), (2, 5)),
        (circular(1e200 * random(2, 2, 3)), (2, 5)),
    ],
)
def test_it_is_the_nearest_matrix_with_that_norm(layer, shape):
    """The projection of a matrix clips its singular values, and keeps its singular vectors."""
    A = layer.matrix(shape).to_numpy()
    U, values, V = np.linalg.svd(A, full_matrices=False)
    bound = float(np.median(values))
    near = ca.clip(layer, shape, bound)
    found = near.matrix(shape).to_numpy()
    want = (U * np.minimum(values, bound)) @ V
    np.testing.assert_allclose(found / bound, want / bound, atol=1e-12)
    assert ca.operator_norm(near, shape) <= bound * (1 + 1e-12)
    assert ca.singular_values(near, shape).shape == values.shape


def test_a_layer_within_the_bound_stays():
    layer = circular(random(3, 3, 3), bias=[1, 2, 3])
    near = ca.clip(layer, (3, 6), 100.0, support="kernel")
    np.testing.assert_allclose(near.weight, layer.weight, atol=1e-14)
    x = random(3, 6)
    np.testing.assert_allclose(near(x), layer(x), atol=1e-13)
    np.testing.assert_allclose(ca.clip(layer, (3, 6), 100)(x), layer(x), atol=1e-13)


def test_the_kernel_alone_may_exceed_the_bound():
    """As in the code of Sedghi et al.: the places beyond the kernel are dropped."""
    layer = circular(random(2, 2, 3))
    whole, kept = (ca.clip(layer, (2, 9), 1.5, support=support) for support in ("signal", "kernel"))
    assert whole.kernel_size == (9,)
    assert kept.kernel_size == (3,)
    np.testing.assert_allclose(kept.weight, whole.weight[..., :3])
    assert ca.operator_norm(whole, (2, 9)) <= 1.5 + 1e-12 < ca.operator_norm(kept, (2, 9)) < 3


def test_flipped_kernels_are_read_as_they_slide():
    layer = ca.Conv([[[3, 4, 0]]], padding="same", padding_mode="circular", op="convolution")
    near = ca.clip(layer, (1, 5), 9.0, support="kernel")
    np.testing.assert_allclose(near([[1, 0, 0, 0, 0]]), layer([[1, 0, 0, 0, 0]]), atol=1e-14)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ca.clip(ca.ReLU(), (1, 3), 1), "must be a ca.Conv"),
        (lambda: ca.clip(ca.Conv([[[1, 1]]], padding="same"), (1, 3), 1), "must be circular with stride 1"),
        (lambda: ca.clip(circular([[[1, 1]]]), (1, 3), -1), "number from 0 on"),
        (lambda: ca.clip(circular([[[1, 1]]]), (1, 3), np.nan), "number from 0 on"),
        (lambda: ca.clip(circular([[[1, 1]]]), (1, 3), 1, support="all"), "support must be one of"),
        (lambda: ca.clip(circular([[[1, 1, 1]]]), (1, 2), 1, support="kernel"), "must fit the signal"),
        (lambda: ca.clip(circular(ca.symbols("w", 2)[None, None]), (1, 3), 1), "not symbols"),
    ],
)
def test_bad_questions(call, words):
    with pytest.raises(ca.ConvAlgebraError, match=words):
        call()
