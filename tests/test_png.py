import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convalgebra.tour.png import SIGNATURE, png


def pictures():
    shapes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([(), (3,)]))
    return st.builds(lambda s, seed: np.random.default_rng(seed).integers(0, 256, (s[0], s[1], *s[2]), dtype=np.uint8),
                     shapes, st.integers(0, 99))  # fmt: skip


def chunks(data):
    """The chunks of a PNG file, their checksums verified."""
    assert data.startswith(SIGNATURE)
    at = len(SIGNATURE)
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size) == (zlib.crc32(kind + body),)
        yield kind, body
        at += 12 + size


@given(pictures())
def test_the_file_holds_the_picture(picture):
    parts = dict(chunks(png(picture)))
    assert list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colours, *_ = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (height, width, depth, colours) == (*picture.shape[:2], 8, 2 if picture.ndim == 3 else 0)
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), dtype=np.uint8).reshape(height, -1)
    assert (lines[:, 0] == 2).all()
    assert np.array_equal(np.cumsum(lines[:, 1:], axis=0, dtype=np.uint8).reshape(picture.shape), picture)


@given(pictures())
def test_pillow_reads_the_same_picture(picture):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    assert np.array_equal(np.asarray(image.open(io.BytesIO(png(picture)))), picture)
