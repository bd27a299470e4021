import numpy as np

from convalgebra.tour.filters import BLUR, FILTERS, WEIGHT, steady, strided


def test_each_filter_weighs_the_three_colours():
    assert WEIGHT.shape == (4, 3, 3, 3)
    for weight, kernel in zip(WEIGHT, FILTERS.values(), strict=True):
        assert np.array_equal(weight, [2 * kernel, 5 * kernel, kernel])


def test_all_filters_but_the_blur_ignore_what_is_constant():
    assert [int(kernel.sum()) for kernel in FILTERS.values()] == [BLUR.sum(), 0, 0, 0]


def test_the_strided_layer_halves_the_picture_and_the_steady_one_keeps_it():
    assert strided().output_shape((3, 288, 288)) == (4, 144, 144)
    assert steady("zeros").output_shape((3, 96, 96)) == steady("circular").output_shape((3, 96, 96)) == (4, 96, 96)
