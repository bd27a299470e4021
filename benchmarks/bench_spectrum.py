"""Singular values and norms of 3x3 circular layers in float64, against the published recipes.

    python -m benchmarks spectrum                   # all cases; sets one thread for BLAS
    OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 OMP_NUM_THREADS=1 python benchmarks/bench_spectrum.py

`recipe` is np.fft.fft2 of the kernel on the whole grid, then np.linalg.svd of all blocks (Sedghi, Gupta and Long 2019).
`lapack` is np.linalg.eigvalsh on the finished Gram matrices of half the frequencies: what no code around it can beat.
`power` is torch's conv2d and conv_transpose2d in turn, 100 times, as in spectral normalisation for convolutions.
All ways but `power` give the same numbers, which is checked first.
"""

from __future__ import annotations

from time import process_time

import numpy as np
from timing import peak_bytes, race, ratio

import convalgebra as ca
from convalgebra.analysis import frequencies
from convalgebra.analysis.frequencies import half
from convalgebra.analysis.symbol import Symbol

CORES = frequencies.processors()
VALUES = [(16, 16, 32), (64, 64, 16), (64, 64, 32), (128, 64, 16), (256, 256, 8)]
NORMS = [(32, 32, 16), (64, 64, 16), (64, 64, 32), (128, 64, 32), (128, 128, 16)]
TURN = 0.05  # seconds of one way before the next: the cost of a call among many, not that of a first call
MIB = 2**20


def layer_of(out, inputs):
    weight = np.random.default_rng(0).standard_normal((out, inputs, 3, 3))
    return ca.Conv(weight, padding=1, padding_mode="circular")


def recipe(weight, n):
    blocks = np.fft.fft2(weight.transpose(2, 3, 0, 1), (n, n), axes=(0, 1))
    return np.linalg.svd(blocks, compute_uv=False)


def on_threads(count, run):
    """The run with so many threads over the frequencies."""

    def limited():
        frequencies.processors = lambda: count
        return run()

    return limited


def power(weight, n, steps=100):
    import torch  # noqa: PLC0415  # after timing, which says how its threads wait
    from torch.nn.functional import conv2d, conv_transpose2d, pad  # noqa: PLC0415

    torch.set_num_threads(1)
    w = torch.from_numpy(np.array(weight))
    start = torch.from_numpy(np.random.default_rng(1).standard_normal((1, weight.shape[1], n, n)))

    def wrapped(y):
        """The transpose of the circular layer: the outputs beyond the border come round again."""
        full = conv_transpose2d(y, w)
        full[:, :, -2, :] += full[:, :, 0, :]
        full[:, :, 1, :] += full[:, :, -1, :]
        full[:, :, :, -2] += full[:, :, :, 0]
        full[:, :, :, 1] += full[:, :, :, -1]
        return full[:, :, 1:-1, 1:-1]

    def iterate():
        x = start
        for _ in range(steps):
            x = wrapped(conv2d(pad(x, (1, 1, 1, 1), mode="circular"), w))
            x = x / x.norm()
        return float(conv2d(pad(x, (1, 1, 1, 1), mode="circular"), w).norm())

    return iterate


def values_case(out, inputs, n):
    layer, shape = layer_of(out, inputs), (inputs, n, n)
    weight = np.array(layer.weight)
    symbol = Symbol.of(layer.matrix(shape))
    grams = symbol.grams(half(symbol)[0])
    want = np.sort(recipe(weight, n).ravel())[::-1]
    errors = [abs(ca.singular_values(layer, shape, accurate=exact) - want).max() / want[0] for exact in (False, True)]
    assert max(errors) < 1e-12
    times = race({
        "recipe": lambda: recipe(weight, n),
        "ours": on_threads(1, lambda: ca.singular_values(layer, shape)),
        "accurate": on_threads(1, lambda: ca.singular_values(layer, shape, accurate=True)),
        "two": on_threads(min(2, CORES), lambda: ca.singular_values(layer, shape)),
        "lapack": lambda: np.linalg.eigvalsh(grams),
    }, budget=8.0, turn=TURN)  # fmt: skip
    peaks = [peak_bytes(run) / MIB for run in (lambda: ca.singular_values(layer, shape), lambda: recipe(weight, n))]
    ratios = [
        ratio(times, *pair)
        for pair in (("recipe", "ours"), ("recipe", "two"), ("recipe", "accurate"), ("ours", "lapack"))
    ]
    cells = [f"{out} x {inputs}, {n}", *(f"{r:.2f}" for r in ratios), *(f"{e:.0e}" for e in errors)]
    print("|", " | ".join([*cells, f"{peaks[0]:.0f} / {peaks[1]:.0f}", f"{1e3 * min(times['ours']):.1f}"]), "|")


def norm_case(out, inputs, n):
    layer, shape = layer_of(out, inputs), (inputs, n, n)
    weight = np.array(layer.weight)
    norm, true, iterate = ca.operator_norm(layer, shape), recipe(weight, n).max(), power(weight, n)
    assert abs(norm - true) <= 1e-13 * true
    assert norm.lower <= true <= norm.upper
    times = race({
        "recipe": lambda: recipe(weight, n).max(),
        "power": iterate,
        "ours": on_threads(1, lambda: ca.operator_norm(layer, shape)),
    }, budget=8.0, least=3, turn=TURN)  # fmt: skip
    peak = peak_bytes(lambda: ca.operator_norm(layer, shape)) / MIB
    ratios = [ratio(times, "recipe", "ours"), ratio(times, "power", "ours")]
    widths = (f"{norm.upper / norm.lower - 1:.0e}", f"{1 - iterate() / true:.0e}")
    cells = [f"{out} x {inputs}, {n}", *(f"{r:.1f}" for r in ratios), *widths, f"{peak:.0f}"]
    print("|", " | ".join([*cells, f"{1e3 * min(times['ours']):.1f}"]), "|")


def supremum_case(channels, tolerance):
    frequencies.processors = lambda: 1
    layer = layer_of(channels, channels)
    start = process_time()
    bounds = ca.operator_norm(layer, tolerance=tolerance)
    spent = process_time() - start
    print(f"| {channels} x {channels} | {tolerance:.0e} | {bounds.upper / bounds.lower - 1:.1e} | {1e3 * spent:.0f} |")


def main():
    head = "| case | recipe / ours | ... on two threads | recipe / accurate | ours / lapack | error | accurate"
    print(head + " | peak, MiB, ours / recipe | (ours, ms) |")
    print("|" + "---|" * 9)
    for case in VALUES:
        values_case(*case)
    print("\n| case | recipe / ours | power / ours | certified width | power falls short by | peak, MiB | (ours, ms) |")
    print("|" + "---|" * 7)
    for case in NORMS:
        norm_case(*case)
    print("\n| all frequencies | tolerance | width | ms |\n|---|---|---|---|")
    for channels in (32, 64):
        for tolerance in (1e-3, 1e-6, 1e-9):
            supremum_case(channels, tolerance)


if __name__ == "__main__":
    main()
