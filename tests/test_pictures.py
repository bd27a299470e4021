import numpy as np

from convalgebra.tour.pictures import VERMILION, colour, grey, marked


def test_colour_moves_the_channels_last():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5))
    picture = colour(pixels)
    assert picture.shape == (4, 5, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture[2, 3], pixels[:, 2, 3])


def test_grey_keeps_the_order_and_spans_black_to_white():
    values = np.arange(200).reshape(10, 20)
    picture = grey(values)
    assert picture.dtype == np.uint8
    assert (picture.min(), picture.max()) == (0, 255)
    assert (np.diff(picture.reshape(-1).astype(int)) >= 0).all()


def test_signed_values_are_symmetric_about_middle_grey():
    values = np.arange(-50, 51)[None]
    picture = grey(values).astype(int)
    assert picture[0, 50] == 127
    assert np.abs(picture + picture[:, ::-1] - 255).max() <= 1


def test_a_picture_of_zeros_is_black():
    assert not grey(np.zeros((3, 3), dtype=np.int64)).any()


def test_marked_places_are_vermilion_and_no_others():
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)
    places = picture % 7 == 0
    result = marked(picture, places)
    assert (result[places] == VERMILION).all()
    others = result[~places].astype(int)
    assert (others == others[:, :1]).all()
    assert (np.diff(others[:, 0]) >= 0).all()
    assert picture[0, 1] == 1  # the input is untouched
