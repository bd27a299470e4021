"""The explicit CSR matrix of a convolution: the library against the memory's limit and against five other ways.

    python benchmarks/bench_csr.py [part of a case's name ...]

Every way builds the same matrix; that is checked first. `limit` writes the three arrays of the result with np.empty and
np.copyto: nothing that delivers a CSR matrix in fresh memory can do much better.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from multiprocessing import get_context
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from timing import peak_bytes, race, ratio

import convalgebra as ca
from convalgebra.algebra.csr import csr_arrays

if TYPE_CHECKING:
    from collections.abc import Callable

Matrix = Any


@dataclass(frozen=True)
class Case:
    """A layer, and the other ways worth timing on it."""

    name: str
    channels: tuple[int, int]
    size: tuple[int, ...]
    taps: int
    stride: int = 1
    mode: str = "zeros"
    groups: int = 1
    peers: tuple[str, ...] = ()
    transposed: bool = False

    @cached_property
    def layer(self) -> ca.Conv | ca.ConvTranspose:
        outputs, inputs = self.channels
        ends = (inputs, outputs) if self.transposed else (outputs, inputs)
        shape = (ends[0], ends[1] // self.groups, *[self.taps] * len(self.size))
        weight = np.random.default_rng(0).standard_normal(shape)
        if self.transposed:
            return ca.ConvTranspose(weight, stride=self.stride, padding=self.taps // 2, groups=self.groups)
        return ca.Conv(weight, stride=self.stride, padding=self.taps // 2, padding_mode=self.mode, groups=self.groups)

    @cached_property
    def tables(self) -> list[np.ndarray]:
        return [axis.table() for axis in self.layer.axes((self.channels[1], *self.size))]

    @property
    def shape(self) -> tuple[int, int]:
        in_shape = self.channels[1], *self.size
        return int(np.prod(self.layer.output_shape(in_shape))), int(np.prod(in_shape))


# --- ways to the matrix -----------------------------------------------------------------------------------------------


def ours(case: Case) -> tuple[np.ndarray, ...]:
    if case.transposed:
        matrix = layer(case)
        return matrix.data, matrix.indices, matrix.indptr
    return csr_arrays(case.layer.weight, case.tables, case.size, case.groups)


def layer(case: Case) -> Matrix:
    """The same through the public face."""
    return case.layer.matrix((case.channels[1], *case.size)).to_sparse()


def copy(arrays: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    copies = [np.empty_like(array) for array in arrays]
    for target, source in zip(copies, arrays, strict=True):
        np.copyto(target, source)
    return copies


def coo(case: Case) -> Matrix:
    """Broadcast the coordinates of every product, drop the padding, convert."""
    weight, rank = case.layer.weight, len(case.size)
    outs = [table.shape[1] for table in case.tables]
    o, c, *rest = np.ogrid[tuple(map(slice, (*weight.shape, *outs)))]
    taps, places = rest[:rank], rest[rank:]
    rows, columns = o, o // (len(weight) // case.groups) * weight.shape[1] + c
    live = np.ones((), dtype=bool)
    for table, t, i, size in zip(case.tables, taps, places, case.size, strict=True):
        reads = table[t, i]
        rows, columns, live = rows * table.shape[1] + i, columns * size + reads, live & (reads >= 0)
    values = weight[(..., *[None] * rank)]
    rows, columns, values, live = np.broadcast_arrays(rows, columns, values, live)
    return sparse.coo_array((values[live], (rows[live], columns[live])), shape=case.shape).tocsr()


def selections(case: Case) -> list[list[Matrix]]:
    """For each axis and tap the 0/1 matrix of what the tap reads: a diagonal, but at the borders."""
    return [[selection(row, size) for row in table] for table, size in zip(case.tables, case.size, strict=True)]


def selection(row: np.ndarray, size: int) -> Matrix:
    live = np.flatnonzero(row >= 0)
    return sparse.csr_array((np.ones(len(live)), (live, row[live])), shape=(len(row), size))


def kron(case: Case) -> Matrix:
    return kron_sum(case.layer.weight, selections(case))


def kron_sum(weight: np.ndarray, axes: list[list[Matrix]]) -> Matrix:
    terms = []
    for taps in product(*(range(len(axis)) for axis in axes)):
        diagonals = [axis[t] for axis, t in zip(axes, taps, strict=True)]
        place = reduce(lambda a, b: sparse.kron(a, b, format="csr"), diagonals)
        terms.append(sparse.kron(sparse.coo_array(weight[(..., *taps)]), place, format="csr"))
    return reduce(lambda a, b: a + b, terms)


def block_diag(case: Case) -> Matrix:
    axes = selections(case)
    return sparse.block_diag([kron_sum(weight[None], axes) for weight in case.layer.weight], format="csr")


def diags(case: Case) -> Matrix:
    half = case.taps // 2
    taps = case.layer.weight.reshape(-1).tolist()
    return sparse.diags_array(taps, offsets=range(-half, half + 1), shape=case.shape).tocsr()


def one_hot(case: Case) -> Matrix:
    """Send every one-hot image through torch; the answers are the columns."""
    import torch  # noqa: PLC0415  # slow to load, and few cases need it

    weight = torch.tensor(case.layer.weight)
    images = torch.eye(case.shape[1], dtype=torch.float64).reshape(-1, case.channels[1], *case.size)
    answers = torch.nn.functional.conv2d(images, weight, padding=case.taps // 2, stride=case.stride, groups=case.groups)
    return sparse.csr_array(answers.reshape(case.shape[1], -1).numpy().T)


PEERS: dict[str, Callable[[Case], Matrix]] = {
    "coo": coo,
    "kron": kron,
    "block_diag": block_diag,
    "diags": diags,
    "one-hot": one_hot,
}

# --- cases ------------------------------------------------------------------------------------------------------------

MODES = ("circular", "reflect", "symmetric", "replicate")
CASES = [
    Case("16 -> 32, 64x64", (32, 16), (64, 64), 3, peers=("coo", "kron")),
    *(Case(f"16 -> 32, 64x64, {mode}", (32, 16), (64, 64), 3, mode=mode) for mode in MODES),
    Case("16 -> 32, 64x64, stride 2", (32, 16), (64, 64), 3, 2, peers=("coo", "kron")),
    *(Case(f"16 -> 32, 64x64, stride 2, {mode}", (32, 16), (64, 64), 3, 2, mode) for mode in MODES),
    Case("64 -> 64, 32x32", (64, 64), (32, 32), 3, peers=("coo", "kron")),
    Case("64 -> 64, 64x64, 4 groups", (64, 64), (64, 64), 3, groups=4),
    Case("depthwise 256, 64x64", (256, 256), (64, 64), 3, groups=256, peers=("block_diag",)),
    Case("depthwise 256, 64x64, reflect", (256, 256), (64, 64), 3, mode="reflect", groups=256),
    Case("pointwise 64 -> 64, 32x32", (64, 64), (32, 32), 1, peers=("coo", "kron")),
    Case("signal of 1e6, 9 taps", (1, 1), (1_000_000,), 9, peers=("coo", "diags")),
    Case("signal of 1e6, 9 taps, circular", (1, 1), (1_000_000,), 9, mode="circular"),
    Case("signal of 1e6, 9 taps, stride 2", (1, 1), (1_000_000,), 9, 2),
    Case("8 -> 8, 24x24x24", (8, 8), (24, 24, 24), 3, peers=("coo", "kron")),
    Case("8 -> 8, 24x24x24, circular", (8, 8), (24, 24, 24), 3, mode="circular"),
    Case("8 -> 8, 32x32x32, stride 2", (8, 8), (32, 32, 32), 3, 2),
    Case("depthwise 32, 24x24x24", (32, 32), (24, 24, 24), 3, groups=32),
    Case("depthwise 256, 64x64, stride 2", (256, 256), (64, 64), 3, 2, groups=256),
    Case("32 -> 16 transposed, 64x64", (16, 32), (64, 64), 3, transposed=True),
    Case("32 -> 16 transposed, 32x32, stride 2", (16, 32), (32, 32), 4, 2, transposed=True),
    Case("64 -> 64 transposed, 32x32, stride 2, 4 groups", (64, 64), (32, 32), 4, 2, groups=4, transposed=True),
    Case("8 -> 8 transposed, 16x16x16, stride 2", (8, 8), (16, 16, 16), 4, 2, transposed=True),
    Case("4 -> 8, 16x16", (8, 4), (16, 16), 3, peers=("coo", "kron", "one-hot")),
    Case("3 -> 2, 6x6", (2, 3), (6, 6), 3, peers=("coo", "kron")),
]


# --- the table --------------------------------------------------------------------------------------------------------

TURN = 0.05  # seconds: the first call after a peer's gigabytes finds no huge pages, and is twice as slow as the next
LARGE = 1_000_000  # entries; below, the few dozen calls cost more than the writing


@dataclass(frozen=True)
class Row:
    """What was measured on one case: medians over paired rounds."""

    case: Case
    entries: int
    milliseconds: float
    limit: float
    layer: float
    memory: float
    peers: dict[str, float]

    def __str__(self) -> str:
        peers = ", ".join(f"{name} {value:.3g}" for name, value in self.peers.items())
        numbers = f"{self.limit:.2f} | {self.layer:.2f} | {self.memory:.2f} | {peers} | {self.milliseconds:.3g}"
        return f"| {self.case.name} | {self.entries / 1e6:.3g} | {numbers} |"


def measure(case: Case) -> Row:
    arrays = ours(case)
    check(case, arrays)
    own = race({"ours": lambda: ours(case), "limit": lambda: copy(arrays)}, turn=TURN)
    return Row(
        case,
        entries=len(arrays[0]),
        milliseconds=1e3 * median(own["ours"]),
        limit=ratio(own, "ours", "limit"),
        layer=against(case, layer),
        memory=peak_bytes(lambda: ours(case)) / sum(array.nbytes for array in arrays),
        peers={name: against(case, PEERS[name]) for name in case.peers},
    )


def against(case: Case, other: Callable[[Case], Matrix]) -> float:
    times = race({"ours": lambda: ours(case), "other": lambda: other(case)}, turn=TURN)
    return ratio(times, "other", "ours")


def check(case: Case, arrays: tuple[np.ndarray, ...]) -> None:
    """Every way gives the same matrix."""
    matrix = sparse.csr_array(arrays, shape=case.shape)
    for other in [layer(case), *(PEERS[name](case) for name in case.peers)]:
        other.sum_duplicates()
        assert other.nnz == matrix.nnz
        assert abs(other - matrix).max() <= 1e-12


def goals(rows: list[Row]) -> list[tuple[str, float, bool]]:
    """Each goal that these rows speak about, its worst value, and whether it is met."""
    large = [row for row in rows if row.entries >= LARGE]
    layers = [row for row in large if row.case.channels in {(32, 16), (64, 64)}]
    most = [
        ("ours / limit, from a million entries on", [row.limit for row in large], 1.4),
        ("peak memory / result, from a million entries on", [row.memory for row in large], 1.1),
        ("a toy layer, ms", [row.milliseconds for row in rows if row.case.name == "3 -> 2, 6x6"], 0.15),
    ]
    least = [
        ("coo / ours, 16 -> 32 and 64 -> 64", [row.peers["coo"] for row in layers if "coo" in row.peers], 10),
        ("kron / ours, 16 -> 32 and 64 -> 64", [row.peers["kron"] for row in layers if "kron" in row.peers], 18),
        *((f"{n} / ours", [row.peers[n] for row in rows if n in row.peers], 100) for n in ("block_diag", "one-hot")),
    ]
    met = [(f"{text}: at most {bound}", max(values), max(values) <= bound) for text, values, bound in most if values]
    return met + [(f"{t}: at least {bound}", min(values), min(values) >= bound) for t, values, bound in least if values]


def main(parts: list[str]) -> None:
    """Each case has a process of its own: what one case leaves in the allocator would be another's warm memory."""
    cases = [case for case in CASES if not parts or any(part in case.name for part in parts)]
    rows = []
    print("| case | entries, M | ours / limit | layer / ours | peak memory / result | others / ours | (ours, ms) |")
    print("|---|---|---|---|---|---|---|")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for row in pool.map(measure, cases):
            rows.append(row)
            print(row, flush=True)
    print("\n| goal | worst | |\n|---|---|---|")
    for text, value, met in goals(rows):
        print(f"| {text} | {value:.3g} | {'met' if met else 'missed'} |")


if __name__ == "__main__":
    main(sys.argv[1:])
