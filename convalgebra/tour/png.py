"""Arrays of bytes as PNG files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR = 0, 2  # colour types of the format
UP = 2  # the filter that writes each row as its difference from the row above


def png(picture: Array) -> bytes:
    r"""The PNG file of a picture of bytes, (height, width) in grey or (height, width, 3) in colour.

    >>> png(np.zeros((1, 1), dtype=np.uint8))[:4]
    b'\x89PNG'
    """
    height, width = picture.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, GREY if picture.ndim == 2 else COLOUR, 0, 0, 0)
    rows = picture.reshape(height, -1)
    differences = np.diff(rows, axis=0, prepend=np.zeros((1, rows.shape[1]), dtype=np.uint8))
    lines = np.pad(differences, ((0, 0), (1, 0)), constant_values=UP)
    chunks = {b"IHDR": header, b"IDAT": zlib.compress(lines.tobytes(), 9), b"IEND": b""}
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks.items())


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
