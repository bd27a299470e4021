"""Applying a convolution layer, `layer(x)`, against every peer that can do the same, in float64 on one thread.

    python -m benchmarks apply                      # all cases; sets the number of threads
    OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 python benchmarks/bench_apply.py [part of a case's name ...]

All peers give the same numbers; that is checked first. `csr @ x` has its matrix built beforehand, SciPy's functions and
torch start from the arrays, as the library does; only the library also makes sure that its input is finite.
Ratios are medians over shuffled rounds, so that other users of the machine disturb them little.

Two more runners are no peers but limits, and count for no goal: `gemm`, NumPy's one product of the weight with the
windows already laid out; `checked`, np.vdot and np.correlate as a layer must call them to refuse NaN, without a layer.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec

import numpy as np
from scipy import ndimage, signal
from timing import peak_bytes, race, ratio

import convalgebra as ca

NDIMAGE = {"zeros": "constant", "circular": "grid-wrap", "reflect": "mirror", "symmetric": "reflect"}
PRODUCTS = 40_000_000  # a peer that would take seconds (or gibibytes) for more is left out


@dataclass(frozen=True)
class Case:
    """A layer and a batch."""

    size: tuple[int, ...]
    taps: int
    channels: tuple[int, int] = (1, 1)
    batch: int = 1
    stride: int = 1
    groups: int = 1
    mode: str = "zeros"
    padding: int = 0

    @property
    def name(self) -> str:
        text = f"{'x'.join(map(str, self.size))} k={self.taps}"
        text += f" {self.channels[1]}->{self.channels[0]}" if self.channels != (1, 1) else ""
        extras = {"batch": 1, "stride": 1, "groups": 1, "mode": "zeros", "padding": 0}
        return text + "".join(f" {k}={getattr(self, k)}" for k, v in extras.items() if getattr(self, k) != v)

    @cached_property
    def weight(self) -> np.ndarray:
        outputs, inputs = self.channels
        shape = (outputs, inputs // self.groups, *[self.taps] * len(self.size))
        return np.random.default_rng(0).standard_normal(shape)

    @cached_property
    def x(self) -> np.ndarray:
        return np.random.default_rng(1).standard_normal((self.batch, self.channels[1], *self.size))

    @cached_property
    def layer(self) -> ca.Conv:
        options = {"stride": self.stride, "padding": self.padding, "padding_mode": self.mode, "groups": self.groups}
        return ca.Conv(self.weight, **options)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.channels[1], *self.size

    @property
    def products(self) -> int:
        """The products of one sample, about."""
        return self.weight.size * int(np.prod(self.size)) // self.stride ** len(self.size)

    @property
    def plain(self) -> bool:
        """Is it one channel with stride 1, as SciPy's functions want it?"""
        return self.channels == (1, 1) and self.batch == self.stride == 1


# --- the ways: Case -> function, or None where the peer does not apply ------------------------------------------------


def library(case):
    x, layer = case.x[0] if case.batch == 1 else case.x, case.layer
    return lambda: layer(x)


def numpy_convolve(case):
    if not case.plain or len(case.size) > 1 or case.padding or case.taps > 5000:
        return None
    x, w = case.x[0, 0], case.weight[0, 0, ::-1]
    return lambda: np.convolve(x, w, "valid")


def scipy_with(function):
    def peer(case):
        if not case.plain or case.padding or case.taps < 7:
            return None
        x, w = case.x[0, 0], np.flip(case.weight[0, 0])
        return lambda: function(x, w, "valid")

    return peer


def scipy_ndimage(case):
    same = case.padding == case.taps // 2
    if not case.plain or case.taps ** len(case.size) > 200 or (case.padding and not (same and case.mode in NDIMAGE)):
        return None
    x, w, inner = case.x[0, 0], case.weight[0, 0], (slice(case.taps // 2, -(case.taps // 2)),) * len(case.size)
    function = ndimage.correlate1d if x.ndim == 1 else ndimage.correlate
    return lambda: function(x, w, mode=NDIMAGE[case.mode])[() if same else inner]


def csr(case):
    if case.products > PRODUCTS:
        return None
    matrix, x = case.layer.matrix(case.shape).to_sparse(), np.ascontiguousarray(case.x.reshape(case.batch, -1).T)
    if case.batch == 1:
        x = x[:, 0]
    return lambda: (matrix @ x).T


def torch_conv(case):
    slow = case.channels == (1, 1) and case.products > PRODUCTS
    if not find_spec("torch") or slow or (case.padding and case.mode != "zeros"):
        return None
    import torch  # noqa: PLC0415  # optional

    torch.set_num_threads(1)
    x, w = torch.from_numpy(case.x), torch.from_numpy(case.weight)
    conv = getattr(torch.nn.functional, f"conv{len(case.size)}d")
    return lambda: conv(x, w, stride=case.stride, padding=case.padding, groups=case.groups).numpy()


def gemm(case):
    """The product alone."""
    if case.channels == (1, 1) or case.groups > 1 or case.products > PRODUCTS:
        return None
    rows = case.weight.reshape(len(case.weight), -1)
    places = case.batch * np.prod(case.layer.output_shape(case.shape)[1:])
    columns = np.random.default_rng(2).standard_normal((rows.shape[1], places))
    return lambda: rows @ columns


def checked(case):
    """The two calls alone."""
    if not case.plain or len(case.size) > 1 or case.padding or case.taps > 33:
        return None
    x, w = case.x[0, 0], case.weight[0, 0]
    return lambda: (np.vdot(x, x), np.correlate(x, w, "valid"))


PEERS = {
    "np.convolve": numpy_convolve,
    "oaconvolve": scipy_with(signal.oaconvolve),
    "fftconvolve": scipy_with(signal.fftconvolve),
    "ndimage": scipy_ndimage,
    "csr @ x": csr,
    "torch": torch_conv,
}

LINE, IMAGE, LAYER = Case((10_000,), 3), Case((256, 256), 3), Case((64, 64), 3, (16, 16), padding=1)
CASES = [
    *(replace(LINE, size=(n,), taps=k) for n in (100, 10_000, 1_000_000) for k in (3, 9, 17, 33)),
    *(replace(LINE, size=(n,), taps=k) for n in (10_000, 100_000, 1_000_000) for k in (65, 129, 1025)),
    replace(LINE, size=(1_000_000,), taps=4097),
    *(replace(LINE, size=(100_000,), taps=9, padding=4, mode=mode) for mode in ("zeros", "circular", "reflect")),
    *(replace(IMAGE, size=(n, n), taps=k) for n in (16, 64, 256, 1024) for k in (3, 7, 15)),
    *(replace(IMAGE, size=(n, n), taps=31) for n in (256, 1024)),
    *(replace(IMAGE, padding=1, mode=mode) for mode in ("zeros", "circular", "symmetric")),
    replace(LAYER, size=(32, 32), channels=(4, 4)),
    replace(LAYER, channels=(8, 8)),
    LAYER,
    replace(LAYER, channels=(32, 16)),
    replace(LAYER, size=(32, 32), channels=(64, 64)),
    replace(LAYER, size=(14, 14), channels=(256, 256)),
    replace(LAYER, size=(224, 224), channels=(32, 3)),
    replace(LAYER, channels=(32, 16), batch=8),
    replace(LAYER, channels=(32, 16), stride=2),
    replace(LAYER, channels=(64, 64), taps=1, padding=0),
    replace(LAYER, channels=(64, 64), groups=64),
    replace(LAYER, channels=(64, 64), groups=4),
    replace(LAYER, taps=5, padding=2),
    replace(LAYER, taps=7, padding=3),
    replace(LAYER, taps=15, padding=7),
    replace(LAYER, size=(10_000,), taps=9, channels=(16, 16), padding=4),
    replace(LAYER, size=(16, 16, 16), channels=(16, 8)),
]


LIMITS = {"gemm": gemm, "checked": checked}


@dataclass(frozen=True)
class Row:
    """What was measured on one case: the layer's time, its memory, and the times of others / ours."""

    case: Case
    milliseconds: float
    memory: float
    peers: dict[str, float]
    limits: dict[str, float]

    @property
    def best(self) -> float:
        """Ours / the best peer."""
        return 1 / min(self.peers.values())

    def __str__(self) -> str:
        peers, limits = (
            ", ".join(f"{name} {value:.3g}" for name, value in sorted(others.items(), key=lambda item: item[1]))
            for others in (self.peers, self.limits)
        )
        numbers = f"{self.best:.2f} | {self.memory:.2f} | {peers} | {limits} | {self.milliseconds:.3g}"
        return f"| {self.case.name} | {self.case.layer.plan(self.case.shape).way} | {numbers} |"


def measure(case: Case) -> Row:
    made = {name: make(case) for name, make in {"ours": library, **PEERS, **LIMITS}.items()}
    runners = {name: run for name, run in made.items() if run is not None}
    ours = runners["ours"]().ravel()
    for name in runners.keys() - LIMITS.keys():
        other = runners[name]().ravel()
        np.testing.assert_allclose(other, ours, rtol=1e-9, atol=1e-9 * np.abs(ours).max(), err_msg=name)
    times = race(runners, budget=1.5, least=5, most=40, turn=0.02)
    ratios = {name: ratio(times, name, "ours") for name in runners if name != "ours"}
    return Row(
        case,
        milliseconds=min(times["ours"]) * 1e3,
        memory=peak_bytes(runners["ours"]) / (case.x.nbytes + ours.nbytes),
        peers={name: value for name, value in ratios.items() if name in PEERS},
        limits={name: value for name, value in ratios.items() if name in LIMITS},
    )


def goals(rows: list[Row]) -> list[tuple[str, list[tuple[float, str]], float, bool]]:
    """Each goal: its text, (value, case) of the rows it speaks about, its bound, and whether that is the most."""
    wide = [row for row in rows if "csr @ x" in row.peers and row.case.channels[1] // row.case.groups >= 16]
    long = [row for row in rows if "oaconvolve" in row.peers and row.case.taps >= 129 and row.case.size[0] >= 100_000]
    layers = [row for row in rows if "torch" in row.peers and row.case.channels != (1, 1)]
    return [
        ("layer(x) / the best peer", [(row.best, row.case.name) for row in rows], 1.3, True),
        ("layer(x) / torch, several channels", [(1 / r.peers["torch"], r.case.name) for r in layers], 1.1, True),
        ("csr @ x / layer(x), 16 and more channels meet", [(r.peers["csr @ x"], r.case.name) for r in wide], 12, False),
        ("oaconvolve / layer(x), k >= 129, n >= 1e5", [(r.peers["oaconvolve"], r.case.name) for r in long], 2, False),
    ]


def verdict(values: list[tuple[float, str]], bound: float, most: bool) -> str:
    """Met, or the cases that miss."""
    missed = [f"{name} ({value:.3g})" for value, name in values if (value > bound if most else value < bound)]
    return f"missed {len(missed)} of {len(values)}: {', '.join(missed)}" if missed else f"met by all {len(values)}"


def main(wanted: list[str]) -> None:
    print("| case | way | ours / best | memory / (input + output) | peers / ours | limits / ours | (ours, ms) |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for case in CASES:
        if not wanted or any(part in case.name for part in wanted):
            rows.append(measure(case))
            print(rows[-1], flush=True)
    print("\n| goal | worst | |\n|---|---|---|")
    for text, values, bound, most in goals(rows):
        if values:
            worst, _ = (max if most else min)(values)
            word = "at most" if most else "at least"
            print(f"| {text}: {word} {bound} | {worst:.3g} | {verdict(values, bound, most)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
