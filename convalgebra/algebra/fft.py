"""Sliding a kernel by the fast Fourier transform, block by block (overlap-save).

A block of B places gives `B - extent + 1` outputs that its wrapped-around sum does not touch; the blocks of long axes
overlap by the rest.  Short axes are one block.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import product
from math import log2, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.kernel import dilated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convalgebra.algebra.rings import Array

    Steps = Sequence[int]

PIECE = 1 << 15  # places transformed at once: they should stay in the cache
SPECTRUM = 1 << 18  # entries of the kernels' spectra held at once
LEAST = {1: 1024, 2: 64}  # places a block should have on an axis, by the number of axes
ABREAST = 2  # blocks of a line transformed at once, at least: SciPy takes as long for one as for two
LINE = 5 << 10  # places of a line that fits the innermost cache; NumPy transforms it as fast as SciPy
ROUNDING = 2.0**-53


def extents(taps: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """The places that the dilated kernel covers on each axis."""
    return tuple(d * (k - 1) + 1 for k, d in zip(taps, dilation, strict=True))


def blocks(spans: Sequence[int], extent: Sequence[int]) -> tuple[int, ...]:
    """The places of a block on each axis; a signal of less than two blocks is one, with zeros behind it."""
    rank = len(spans)
    wanted = (max(LEAST.get(rank, 32), _block(k, rank)) for k in extent)
    return tuple(b if n > 2 * b else fast(n) for n, b in zip(spans, wanted, strict=True))


def _block(extent: int, rank: int) -> int:
    """A few times the kernel: 2^a, on a line 5 2^a, which fills the cache more evenly."""
    return 5 << (-(-4 * extent // 5) - 1).bit_length() if rank == 1 else 1 << (4 * extent - 1).bit_length()


@lru_cache(maxsize=1024)
def fast(n: int) -> int:
    """The least 2^a 3^b 5^c that is at least n: a length of fast transforms.

    >>> fast(67)
    72
    """
    odd = (3**b * 5**c for b, c in product(range(n.bit_length()), repeat=2) if 3**b * 5**c < 2 * n)
    return int(min(m << (-(-n // m) - 1).bit_length() for m in odd))


def error_bound(largest: int, channels: int, block: Sequence[int]) -> float:
    """A bound on the error of every output: `u (64 log2 B + 4 C + 32) sqrt(B) largest`, u = 2^-53.

    `largest` bounds |w|_1 max|x|, the sums of absolute products over all C channels and taps. A transform of B places
    by radices 2 to 5 has relative error below `16 u log2 B` in the 2-norm (Higham, Accuracy and Stability of Numerical
    Algorithms, theorem 24.2, with the constant of the radix-5 butterfly).  Both spectra, the products summed over the
    channels and the way back add up to the above, since `|w * x|_2 <= |w|_1 |x|_2 <= |w|_1 max|x| sqrt(B)`.
    """
    places = prod(block)
    return ROUNDING * (64 * log2(places) + 4 * channels + 32) * sqrt(places) * largest


def by_fft(weight: Array, stride: Steps, dilation: Steps, shape: Steps) -> Callable[[Array], Array]:
    """Every window of signals (N, G, C, *span) against weight (G, O, C, *taps), as (N, G, O, *out)."""
    extent = extents(weight.shape[3:], dilation)
    block, outs = blocks(shape[3:], extent), [n - k + 1 for n, k in zip(shape[3:], extent, strict=True)]
    there, back = _transforms(block, weight.dtype.kind == "f")
    some = max(1, SPECTRUM // (weight.shape[2] * prod(block)))
    parts = [(g, slice(o, o + some)) for g, o in product(range(len(weight)), range(0, weight.shape[1], some))]
    kept = tuple(slice(None, None, s) for s in stride)

    def spectrum(g: int, o: slice) -> Array:
        waves: Array = np.conjugate(there(np.conjugate(dilated(weight[g, o], dilation))))
        return waves

    ready = spectrum(*parts[0]) if len(parts) == 1 else None

    def slide(signal: Array) -> Array:
        x = signal.reshape(tuple(shape))
        y = np.empty((*shape[:2], weight.shape[1], *outs), weight.dtype)
        for g, o in parts:
            kernel = spectrum(g, o) if ready is None else ready
            for source, target in _pieces(x[:, g], y[:, g, o], block, extent):
                waves = _multiplied(kernel, there(source), len(block))
                places: Any = (..., *map(slice, target.shape[-len(block) :]))
                target[...] = back(waves)[places]
        return y[:, :, :, *kept]

    return slide


def _transforms(block: Steps, real: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """There and back along the last axes: by NumPy for short lines; else by SciPy, loaded only when needed."""
    if len(block) == 1 and block[0] <= LINE:
        lines = (np.fft.rfft, np.fft.irfft) if real else (np.fft.fft, np.fft.ifft)
        return partial(lines[0], n=block[0]), partial(lines[1], n=block[0])
    import scipy.fft  # noqa: PLC0415

    boxes = (scipy.fft.rfftn, scipy.fft.irfftn) if real else (scipy.fft.fftn, scipy.fft.ifftn)
    axes = tuple(range(-len(block), 0))
    return partial(boxes[0], s=block, axes=axes), partial(boxes[1], s=block, axes=axes)


def _pieces(x: Array, y: Array, block: Sequence[int], extent: Sequence[int]) -> Iterator[tuple[Array, Array]]:
    """The blocks of x, (m, C, *count, *block), and the places of y that they give, (m, O, *count, *step)."""
    for runs in product(*(_runs(n, b, k) for n, b, k in zip(x.shape[2:], block, extent, strict=True))):
        start, count, step = zip(*runs, strict=True)
        places = tuple(min(b, n) for b, n in zip(block, x.shape[2:], strict=True))
        outs = tuple(p - k + 1 for p, k in zip(places, extent, strict=True))
        corner = tuple(slice(s, None) for s in start)
        source, target = x[:, :, *corner], y[:, :, *corner]
        yield from _cut(_windows(source, count, step, places), _windows(target, count, step, outs))


def _runs(span: int, block: int, extent: int) -> list[tuple[int, int, int]]:
    """(start, count, step) of the blocks of one axis: a run of them, and a last one that ends with the signal."""
    step = block - extent + 1
    if block >= span:
        return [(0, 1, step)]
    count = (span - block) // step + 1
    return [(0, count, step), (span - block, 1, step)]


def _windows(array: Array, count: Sequence[int], step: Sequence[int], size: Sequence[int]) -> Array:
    """A view (n, c, *count, *size) on the windows of these sizes and steps."""
    outer, inner = array.strides[:2], array.strides[2:]
    jumps = tuple(s * t for s, t in zip(inner, step, strict=True))
    return strided(array, (*array.shape[:2], *count, *size), (*outer, *jumps, *inner))


def strided(array: Array, shape: Sequence[int], strides: Sequence[int]) -> Array:
    """The view of the array with these sizes and steps, which the caller keeps inside its memory."""
    if array.flags.c_contiguous:
        return np.ndarray(shape, array.dtype, array, 0, strides)  # the same, without as_strided's detour
    return np.lib.stride_tricks.as_strided(array, shape, strides)


def _cut(source: Array, target: Array) -> Iterator[tuple[Array, Array]]:
    """Pieces of some samples, or of some blocks of one sample along the first axis."""
    samples, least = max(1, PIECE // max(1, source[0].size)), ABREAST if source.ndim == 4 else 1
    some = max(least, PIECE * source.shape[2] // max(1, source[0].size))
    for n in range(0, len(source), samples):
        for b in range(0, source.shape[2], some):
            yield source[n : n + samples, :, b : b + some], target[n : n + samples, :, b : b + some]


def _multiplied(spectrum: Array, waves: Array, rank: int) -> Array:
    """`sum over c of spectrum[o, c, f] waves[n, c, b, f]` as (n, o, b, f), one matrix product for each f."""
    if spectrum.shape[:2] == (1, 1):
        waves *= spectrum.reshape(spectrum.shape[2:])
        return waves
    n, channels, *rest = waves.shape
    count, size = prod(rest[:-rank]), tuple(rest[-rank:])
    columns = waves.reshape(n, channels, count, -1).transpose(3, 1, 0, 2).reshape(-1, channels, n * count)
    rows = np.ascontiguousarray(spectrum.reshape(*spectrum.shape[:2], -1).transpose(2, 0, 1))
    products = (rows @ columns).reshape(-1, len(spectrum), n, count).transpose(2, 1, 3, 0)
    return np.ascontiguousarray(products).reshape(n, len(spectrum), *rest[:-rank], *size)
