"""Ways of sliding a kernel over a signal, each prepared once for signals of one shape.

    y[n, g, o, i] = sum over c, t of w[g, o, c, t] x[n, g, c, stride*i + dilation*t]

A way takes the weight (G, O, C, *taps), the strides, the dilations and the shape (N, G, C, *span) of the signals; it
gives a function of such a signal, which may come in any shape of that size, as may its result, (N, G, O, *out).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from math import prod
from operator import iadd, mul
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra.fft import extents, strided
from convalgebra.algebra.kernel import dilated
from convalgebra.algebra.rings import Array
from convalgebra.algebra.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

Steps = Sequence[int]
Slide = Callable[[Array], Array]

PIECE = 1 << 16  # entries of one piece of work: it should stay in the cache
WIDTH = 16  # neighbouring outputs of a line computed at once, half of them for short kernels
PRODUCTS = 10**6  # of one matrix product that OpenBLAS does without copying its factors
ABREAST = 6 * PIECE  # entries of the columns of one matrix product: wide ones copy their other factor less often
COLUMNS = 256  # columns a matrix product should have to pay for a large weight


def outs_of(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> tuple[int, ...]:
    """The places of the output on each axis."""
    extent = extents(weight.shape[3:], dilation)
    return tuple((n - k) // s + 1 for n, k, s in zip(shape[3:], extent, stride, strict=True))


def by_convolve(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Slide:
    """One channel on one axis: NumPy's sliding sum, every s-th place kept."""
    kernels = np.ascontiguousarray(np.conjugate(dilated(weight[:, :, 0], dilation)))  # it conjugates them back
    units, kernel, (step,) = prod(shape[:2]), kernels[0, 0], stride

    def slide(signal: Array) -> Array:
        lines = enumerate(signal.reshape(units, -1))
        return np.stack([np.correlate(x, k, "valid")[::step] for u, x in lines for k in kernels[u % len(kernels)]])

    if units * kernels.shape[1] > 1 or step > 1:
        return slide
    return lambda signal: np.correlate(signal.reshape(-1), kernel, "valid")


def by_taps(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Slide:
    """The definition: one product of channel matrices for each tap, exact on any entries."""
    outs, whole = outs_of(weight, stride, dilation, shape), tuple(shape)
    one = prod(shape[:2]) == prod(weight.shape[3:]) == prod(stride) == 1
    rows = weight.reshape(-1, shape[2])

    def slide(signal: Array) -> Array:
        return reduce(iadd, _by_tap(weight, stride, dilation, signal.reshape(whole), outs))

    return (lambda signal: rows @ signal.reshape(shape[2], -1)) if one else slide


def _by_tap(weight: Array, stride: Steps, dilation: Steps, signal: Array, outs: Steps) -> Iterator[Array]:
    for t in np.ndindex(*weight.shape[3:]):
        steps = zip(t, dilation, stride, outs, strict=True)
        places = tuple(slice(i * d, i * d + s * (n - 1) + 1, s) for i, d, s, n in steps)
        window = signal[:, :, :, *places]
        yield weight[:, :, :, *t] @ window.reshape(*signal.shape[:3], -1)


def by_lines(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Slide:
    """One channel on one axis: a few neighbouring outputs read one window, times one dense matrix for all windows.

    A dense matrix product is so fast that its zeros cost less than many short sums.  Windows overlap, but those a few
    turns apart do not: the product reads these where the signal stands and writes where the result does.
    """
    (step,), (out,), (extent,) = stride, outs_of(weight, stride, dilation, shape), extents(weight.shape[3:], dilation)
    width = min(line_width(extent), out)
    bands = _banded(weight[:, :, 0, None], stride, dilation, width)
    span, count = bands.shape[2], out // width
    turns = -(-span // (step * width))
    starts, rounds = range(0, width * min(turns, count), width), -(-count // turns)
    some = max(1, min(PIECE // 2 // (width * turns), PRODUCTS // (span * width)))

    def views(line: Array, target: Array) -> Iterator[tuple[Array, Array]]:
        jump, near = turns * width * line.itemsize, line.itemsize
        for start in starts:
            many = -(-(count * width - start) // (turns * width))
            windows = strided(line[step * start :], (many, span), (step * jump, near))
            yield windows, strided(target[start:], (many, width), (jump, near))

    def slide(signal: Array) -> Array:
        lines = np.ascontiguousarray(signal).reshape(-1, shape[3])
        y = np.empty((len(lines), weight.shape[1], out), weight.dtype)
        for u, o in product(range(len(y)), range(y.shape[1])):
            line, target, band = lines[u], y[u, o], bands[u % len(bands), o]
            for lo, (windows, blocks) in product(range(0, rounds, some), views(line, target)):
                np.matmul(windows[lo : lo + some], band, out=blocks[lo : lo + some])
            np.matmul(line[step * (out - width) :][:span], band, out=target[out - width :])
        return y

    return slide


def line_width(extent: int) -> int:
    """The neighbouring outputs that are best computed at once.

    >>> line_width(9), line_width(65)
    (8, 16)
    """
    return (WIDTH + 1) // 2 if 2 * extent <= WIDTH + 2 else WIDTH


def by_band(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Slide:
    """One small image: the lines that a row of outputs reads side by side, times one dense matrix for them all."""
    height, width = outs_of(weight, stride, dilation, shape)
    lines, span = weight.shape[3], shape[4]
    matrix = _banded(weight[0, 0, 0], stride, dilation, width, span)
    steps = tuple(weight.itemsize * s for s in (stride[0] * span, dilation[0] * span, 1))

    def slide(signal: Array) -> Array:
        windows: Array = np.ndarray((height, lines, span), signal.dtype, np.ascontiguousarray(signal), 0, steps)
        y: Array = windows.reshape(height, -1).dot(matrix)
        return y

    return slide


def _banded(weight: Array, stride: Steps, dilation: Steps, width: int, span: int = 0) -> Array:
    """The matrix (..., lines * span, width) of `width` outputs along the last axis, for weight (..., lines, taps)."""
    step, jump, taps = stride[-1], dilation[-1], weight.shape[-1]
    span = span or step * (width - 1) + jump * (taps - 1) + 1
    band = np.zeros((*weight.shape[:-1], span, width), weight.dtype)
    tap, place = np.ogrid[:taps, :width]
    band[..., step * place + jump * tap, place] = weight[..., None]
    return band.reshape(*weight.shape[:-2], -1, width)


def by_columns(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Slide:
    """The windows side by side as the columns of a matrix (im2col), some at a time: one matrix product each.

    Without a stride on the first axis its taps need no columns of their own: they read the same ones a few rows on.
    """
    taps, outs = weight.shape[3:], outs_of(weight, stride, dilation, shape)
    turns = taps[0] if stride[0] == 1 and len(taps) > 1 else 1
    inner = (taps[0] // turns, *taps[1:])
    rows = [np.ascontiguousarray(w).reshape(*w.shape[:2], -1) for w in np.split(weight, turns, axis=3)]
    rest, ahead = prod(outs[1:]), dilation[0] * (turns - 1)
    some = max(-(-COLUMNS // rest), ABREAST // (rows[0].shape[2] * rest))

    def slide(signal: Array) -> Array:
        units = signal.reshape(-1, *shape[2:])
        near = units.strides[2:]
        windows = strided(
            units,
            (*units.shape[:2], *inner, outs[0] + ahead, *outs[1:]),
            (*units.strides[:2], *map(mul, near, dilation), *map(mul, near, stride)),
        )
        y = np.empty((len(units), weight.shape[1], prod(outs)), weight.dtype)
        for picked, lo, hi in _pieces(len(units), outs[0], some):
            piece = windows[picked, :, *(slice(None),) * len(taps), lo : hi + ahead]
            goal = y[picked, :, lo * rest : hi * rest]
            with Scratch(piece.shape, piece.dtype) as copied:
                copied[...] = piece
                columns = copied.reshape(len(piece), rows[0].shape[2], -1)
                _sum_products([_of_units(row, picked) for row in rows], columns, dilation[0] * rest, goal)
        return y

    return slide


def _sum_products(rows: list[Array], columns: Array, step: int, goal: Array) -> None:
    """`goal = rows[0] @ columns + rows[1] @ (the columns from step on) + rows[2] @ (those from 2 step on) + ...`"""
    width = goal.shape[2]
    np.matmul(rows[0], columns[..., :width], out=goal)
    with Scratch(goal.shape, goal.dtype) as part:
        for t, row in enumerate(rows[1:], 1):
            np.matmul(row, columns[..., t * step : t * step + width], out=part)
            np.add(goal, part, out=goal)


def by_rows(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Slide:
    """As columns, but a row of outputs at a time: the taps of the first axis are then rows that lie side by side.

    So the signal is repeated for the taps of the other axes only.  The first axis must not be dilated.
    """
    (first, *taps), (height, *outs) = weight.shape[3:], outs_of(weight, stride, dilation, shape)
    rows = np.moveaxis(weight, 2, -1).reshape(len(weight), 1, weight.shape[1], -1)
    count, depth, rest, step = prod(shape[:2]), rows.shape[-1] // first, prod(outs), stride[0]
    channel, line, *inner = (weight.itemsize * prod(shape[place:]) for place in range(3, len(shape) + 1))
    size = (count, shape[3], *taps, shape[2], *outs)
    jumps = (shape[2] * channel, line, *map(mul, inner, dilation[1:]), channel, *map(mul, inner, stride[1:]))
    some, near = max(first, PIECE // (depth * rest * step)), (step * depth * rest, rest, 1)
    pieces = list(_pieces(count, height, some))

    def slide(signal: Array) -> Array:
        shifted = strided(np.ascontiguousarray(signal), size, jumps)
        y = np.empty((count, weight.shape[1], height, rest), weight.dtype)
        for picked, lo, hi in pieces:
            piece = shifted[picked, step * lo : step * (hi - 1) + first]
            with Scratch(piece.shape, piece.dtype) as copied:
                copied[...] = piece
                steps = [piece.itemsize * n for n in (piece[0].size, *near)]
                windows = strided(copied, (len(piece), hi - lo, first * depth, rest), steps)
                np.matmul(_of_units(rows, picked), windows, out=y[picked, :, lo:hi].swapaxes(1, 2))
        return y

    return slide


def _pieces(units: int, places: int, some: int) -> Iterator[tuple[slice, int, int]]:
    """About `some` places of the first axis at a time: several units, or a part of one."""
    together = max(1, some // places)
    for first, lo in product(range(0, units, together), range(0, places, some)):
        yield slice(first, min(first + together, units)), lo, min(lo + some, places)


def _of_units(rows: Array, picked: slice) -> Array:
    """The weights that these units meet: unit u belongs to group u mod groups."""
    return rows if len(rows) == 1 else rows[np.arange(picked.start, picked.stop) % len(rows)]
