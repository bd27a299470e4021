"""What the textbook of theorems draws, and matrices twice: by the library and by NumPy's roll, convolve and correlate.

Each function returns NumPy's matrix after comparing the library's with it, so that a theorem checked on the one is
checked on the other. Nothing here uses the prover.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import find, settings
from hypothesis import strategies as st

import convalgebra as ca

PADS = {"zeros": "constant", "circular": "wrap", "replicate": "edge", "symmetric": "symmetric", "reflect": "reflect"}

sizes, steps, widths = st.integers(1, 7), st.integers(1, 4), st.integers(0, 3)
numbers = st.integers(-9, 9)
integers = st.integers(-20, 20)
modes = st.sampled_from(sorted(PADS))


def vectors(*shape, of=numbers):
    """Arrays of small integers of this shape."""
    count = int(np.prod(shape))
    values = st.lists(of, min_size=count, max_size=count)
    return values.map(lambda v: np.array(v, dtype=np.int64).reshape(shape))


def kernels(count=1, most=7, least=1):
    """A tuple of this many kernels of one length."""
    return st.integers(least, most).flatmap(lambda n: st.tuples(*[vectors(n)] * count))


def free_kernels(count=2, most=4):
    """A tuple of kernels of any lengths."""
    return st.tuples(*[kernels(1, most).map(lambda w: w[0])] * count)


def images(count=1, most=4):
    box = st.tuples(st.integers(1, most), st.integers(1, most))
    return box.flatmap(lambda shape: st.tuples(*[vectors(*shape)] * count))


@cache
def found(strategy, statement):
    """The simplest drawn case at which a statement is false."""
    few = settings(max_examples=2000, derandomize=True, database=None, deadline=None)
    return find(
        strategy, lambda case: not statement(*case) if isinstance(case, tuple) else not statement(case), settings=few
    )


def same(left, right):
    """Equal shapes and equal values."""
    return np.array_equal(np.asarray(left), np.asarray(right))


def checked(operator, array):
    """NumPy's matrix, which the library's equals."""
    assert same(operator.to_numpy(), array)
    return array


def circulant(w):
    """Column j is the kernel rolled by j."""
    return checked(ca.circulant(w), np.stack([np.roll(w, j) for j in range(len(w))], axis=1))


def circulant2(w):
    """The column of a pixel is the kernel rolled to it."""
    columns = [np.roll(w, place, (0, 1)).reshape(-1) for place in np.ndindex(*w.shape)]
    return checked(ca.circulant(w), np.stack(columns, axis=1))


def shift(n, k=1):
    """The rows of the identity, rolled."""
    return checked(ca.shift(n, k), np.roll(np.eye(n, dtype=np.int64), k, axis=0))


def delay(n):
    """Ones below the diagonal."""
    return checked(ca.crop(n + 1, (0, 1)) @ ca.pad(n, (1, 0)), np.eye(n, k=-1, dtype=np.int64))


def flip(n):
    return checked(ca.flip(n), np.eye(n, dtype=np.int64)[::-1])


def fourier(n):
    return np.fft.fft(np.eye(n))


def down(n, s):
    return checked(ca.downsample(n, s), np.eye(n, dtype=np.int64)[::s])


def valid(w, n):
    """Column j is what correlation makes of the unit signal at j."""
    columns = [np.correlate(e, w, "valid") for e in np.eye(n, dtype=np.int64)]
    return checked(ca.Conv([[w]]).matrix((1, n)), np.stack(columns, axis=1))


def full(w, n):
    """Column j is what full convolution makes of the unit signal at j."""
    columns = [np.convolve(e, w) for e in np.eye(n, dtype=np.int64)]
    return checked(ca.convolution_matrix(w, n), np.stack(columns, axis=1))


def padded(w, n, p, q=None, mode="zeros"):
    """Column j is what correlation makes of the extended unit signal at j."""
    extend = [np.pad(e, (p, p if q is None else q), PADS[mode]) for e in np.eye(n, dtype=np.int64)]
    layer = ca.Conv([[w]], padding=((p, p if q is None else q),), padding_mode=mode)
    return checked(layer.matrix((1, n)), np.stack([np.correlate(x, w, "valid") for x in extend], axis=1))


def toeplitz(c, r):
    """T[i, j] = c[i - j] below the diagonal, r[j - i] above."""
    rows = [[c[i - j] if i >= j else r[j - i] for j in range(len(r))] for i in range(len(c))]
    return checked(ca.toeplitz(c, r), np.array(rows, dtype=np.int64))


def rank(A):
    """The rank of a matrix of small integers, by fractions."""
    return ca.matrix(A).to_sympy().rank()
