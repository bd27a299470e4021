import socket
import sys

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.tour.photo import photograph, smaller


@pytest.fixture
def skimage():
    return pytest.importorskip("skimage", reason="the photograph ships with scikit-image, which is not installed")


@pytest.mark.usefixtures("skimage")
def test_the_photograph_is_a_square_of_integers():
    photo = photograph()
    assert photo.pixels.shape == (3, 288, 288) == (3, photo.side, photo.side)
    assert photo.pixels.dtype == np.int64
    assert 0 <= photo.pixels.min() < 50
    assert 200 < photo.pixels.max() <= 255


@pytest.mark.usefixtures("skimage")
def test_the_photograph_needs_no_network(monkeypatch):
    def no_network(*_, **__):
        pytest.fail("the tour opened a connection")

    monkeypatch.setattr(socket, "socket", no_network)
    assert photograph().name == "Chelsea"


def test_without_scikit_image_the_error_names_the_command(monkeypatch):
    for name in ("skimage", "skimage.data"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ca.MissingExtraError, match=r"not installed; write pip install 'convalgebra\[tour\]'"):
        photograph()


def test_smaller_takes_means_and_drops_the_rest():
    pixels = np.arange(2 * 6 * 6).reshape(2, 6, 6)
    small = smaller(pixels, 3)
    assert small.shape == (2, 2, 2)
    assert small[1, 0, 1] == pixels[1, :3, 3:].sum() // 9
    assert np.array_equal(smaller(np.full((3, 6, 6), 255), 3), np.full((3, 2, 2), 255))
