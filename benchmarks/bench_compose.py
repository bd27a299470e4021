"""A stack as one layer: symbolic kernels against SymPy with cold caches, numeric ones against one GEMM and torch.

    python -m benchmarks compose

Results are compared before they are timed. SymPy's caches are cleared before every run of either side; each side's time
is the least of its runs. A numeric ratio is the median of ratios paired within a round.
"""

from __future__ import annotations

import gc
from time import perf_counter

import numpy as np
import sympy
from sympy.core.cache import clear_cache
from timing import race, ratio

import convalgebra as ca
from convalgebra.algebra import rings
from convalgebra.algebra.kernel import convolve, ungrouped


def cold(run):
    """The seconds of one run with SymPy's caches empty."""
    clear_cache()
    start = perf_counter()
    result = run()
    seconds = perf_counter() - start
    del result
    return seconds


def verdict(value, goal, more=True):
    return f"goal {goal:g}: {'met' if (value >= goal) == more else 'missed'}"


def by_sympy(kernels):
    """The plain way: every coefficient a sum of products, expanded after each layer."""
    total = dict(np.ndenumerate(kernels[0]))
    for kernel in kernels[1:]:
        sums = {}
        for (p, q), x in total.items():
            for (i, j), w in np.ndenumerate(kernel):
                sums[p + i, q + j] = sums.get((p + i, q + j), 0) + x * w
        total = {place: sympy.expand(x) for place, x in sums.items()}
    return total


def symbolic(depth, rounds):
    kernels = [ca.symbols(name, (3, 3)) for name in "abcd"[:depth]]
    layers = [ca.Conv(w[None, None]) for w in kernels]

    def inside():
        return ca.collapse(layers).weight

    def outside():
        return rings.public(inside())

    expected = by_sympy(kernels)
    assert all(value == expected[place] for place, value in np.ndenumerate(outside()[0, 0]))
    del expected
    gc.collect()
    peer = min(cold(lambda: by_sympy(kernels)) for _ in range(rounds))
    for run, what, goal in ((inside, "inside the ring", 500), (outside, "SymPy objects out", 25)):
        ours = min(cold(run) for _ in range(10 * rounds))
        goals = verdict(peer / ours, goal) if depth == 4 else ""
        print(f"{depth} layers of 3x3, {what:20}{ours * 1e3:10.3f} ms   SymPy / ours {peer / ours:9.1f}   {goals}")


def by_torch(u, v):
    """torch has no product of kernels: one kernel as the image, the other flipped as the filter, full padding."""
    import torch  # noqa: PLC0415  # optional, and slow to load

    torch.set_num_threads(1)
    second, first = (torch.from_numpy(w) for w in (u, v))
    pad = u.shape[-1] - 1
    return lambda: torch.nn.functional.conv2d(first.swapaxes(0, 1), second.flip(2, 3), padding=pad).swapaxes(0, 1)


def numeric(channels):
    """Two 3x3 kernels into one of 5x5, against a bare matrix product with as many operations."""
    random = np.random.default_rng(0)
    u, v = random.standard_normal((2, channels, channels, 3, 3))
    left, right = random.standard_normal((9 * channels, channels)), random.standard_normal((channels, 9 * channels))
    layers = [ca.Conv(v), ca.Conv(u)]
    runners = {
        "convolve": lambda: convolve(u, v), "collapse": lambda: ca.collapse(layers), "GEMM": lambda: left @ right,
    }  # fmt: skip
    try:
        runners["torch"] = by_torch(u, v)
    except ImportError:
        print("torch is not installed: left out")
    assert np.allclose(ca.collapse(layers).weight, convolve(u, v))
    if "torch" in runners:
        assert np.allclose(runners["torch"]().numpy(), convolve(u, v))
    times = race(runners)
    for name in ("convolve", "collapse"):
        against = ratio(times, name, "GEMM")
        what = f"{channels} <- {channels} <- {channels}, 3x3, {name}"
        line = f"{what:38}{min(times[name]) * 1e3:9.3f} ms   ours / GEMM {against:6.2f}"
        if "torch" in runners:
            line += f"   torch / ours {1 / ratio(times, name, 'torch'):6.1f}"
        goals = verdict(against, 1.5, more=False) if (channels, name) == (64, "convolve") else ""
        print(f"{line}   {goals}", flush=True)


def grouped(channels):
    """Two depthwise layers, group by group and as the dense kernels they stand for."""
    u, v = np.random.default_rng(0).standard_normal((2, channels, 1, 3, 3))
    dense = [ungrouped(w, channels) for w in (u, v)]
    layers = [ca.Conv(w, groups=channels) for w in (v, u)]
    assert ca.collapse(layers).groups == channels
    assert np.allclose(ungrouped(ca.collapse(layers).weight, channels), convolve(*dense))
    times = race({"collapse": lambda: ca.collapse(layers), "dense": lambda: convolve(*dense)})
    what, against = f"depthwise {channels}, 3x3, collapse", 1 / ratio(times, "collapse", "dense")
    print(f"{what:38}{min(times['collapse']) * 1e3:9.3f} ms   dense / ours {against:6.1f}")


def border():
    """What the decision costs: a stack that pads first, decided at one size or at all."""
    layers = [ca.Conv(np.ones((4, 4, 3, 3)), padding=1), ca.Conv(np.ones((4, 4, 3, 3)))]
    times = race(
        {str(shape): lambda shape=shape: ca.collapse(layers, shape) for shape in (None, (4, 32, 32), (4, 256, 256))}
    )
    for shape, found in times.items():
        print(f"decided for every kernel, in_shape={shape:14}{min(found) * 1e3:10.3f} ms")


if __name__ == "__main__":
    symbolic(3, 4)
    symbolic(4, 3)
    numeric(8)
    numeric(64)
    grouped(256)
    border()
