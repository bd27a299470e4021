"""Symbolic matrices and proofs: the library against SymPy with cold caches, and kernel composition against one GEMM.

    python -m benchmarks symbolic

SymPy remembers what it has computed: its caches are cleared before every run of either side. Each side's time is the
least of its runs, the ratio that of the least times. The matrices are compared before they are timed.
"""

from __future__ import annotations

from functools import partial
from operator import mul
from time import perf_counter

import numpy as np
import sympy
from sympy.core.cache import clear_cache
from timing import race, ratio

import convalgebra as ca
from convalgebra.algebra.kernel import convolve


def cold(run, rounds):
    """The least time of a run in seconds, SymPy's caches empty each time."""
    times = []
    for _ in range(rounds):
        clear_cache()
        start = perf_counter()
        result = run()
        times.append(perf_counter() - start)
        del result
    return min(times)


def show(what, ours, peer, goal=None):
    met = "" if goal is None else f"   goal {goal:g}: {'met' if peer / ours >= goal else 'missed'}"
    print(f"{what:62}{ours * 1e3:10.3f} ms   SymPy / ours {peer / ours:8.1f}{met}", flush=True)


def circulant_of(symbols):
    n = len(symbols)
    return sympy.Matrix(n, n, lambda i, j: symbols[(i - j) % n])


def commuting(n: int) -> None:
    """C_u C_v = C_v C_u for all u and v."""
    u, v = ca.symbols("u", n), ca.symbols("v", n)
    A, B = circulant_of(u), circulant_of(v)
    product = (ca.circulant(u) @ ca.circulant(v)).to_sympy()
    assert product == A * B

    def ours():
        C, D = ca.circulant(u), ca.circulant(v)
        return ca.prove(C @ D == D @ C)

    def peer():
        difference = (A * B - B * A).expand()
        assert difference.is_zero_matrix

    assert ours().scope == f"n={n}, every kernel"
    show(f"C_u C_v = C_v C_u proved, {n} x {n}", cold(ours, 20), cold(peer, 1), 800)
    C, D = ca.circulant(u), ca.circulant(v)
    plain = cold(partial(mul, A, B), 2)
    show(f"C_u C_v as an operator, {n} x {n}", cold(lambda: C @ D, 20), plain)

    def as_sympy():
        return (C @ D).to_sympy()

    show(f"C_u C_v as a SymPy matrix, {n} x {n}", cold(as_sympy, 5), plain, 50)


def banded(n: int) -> None:
    """A banded symbolic matrix as SymPy's, from the operator and from the list of its entries."""
    T = ca.convolution_matrix(ca.symbols("w", 5), n, mode="same")
    entries = T.to_numpy().ravel().tolist()
    assert T.to_sympy() == sympy.Matrix(n, n, entries)
    show(f"banded SymPy matrix, {n} x {n}", cold(T.to_sympy, 20), cold(lambda: sympy.Matrix(n, n, entries), 3), 40)


def every_kernel() -> None:
    """Proofs for every kernel from integer tables alone; no peer, the time itself."""
    for n in (1000, 4000):
        C, S = ca.circulant(ca.symbols("w", n)), ca.shift(n, 1)
        report(f"C_w S = S C_w for every w, {n} x {n}", C @ S == S @ C)
    layer = ca.Conv(np.ones((1, 1, 3, 3)), padding=1, padding_mode="circular")
    A, S = layer.matrix((1, 256, 256)), ca.shift((256, 256), (1, 1))
    report("circular 3x3 layer and shift on a 256 x 256 image", A @ S == S @ A)


def report(what, claim):
    proof = ca.prove(claim)
    print(f"{what:62}{cold(lambda: ca.prove(claim), 3) * 1e3:10.3f} ms   {proof.scope}", flush=True)


def composition() -> None:
    """Two 3x3 kernels of 64 channels into one of 5x5, against a bare matrix product with as many operations."""
    random = np.random.default_rng(0)
    u, v = random.standard_normal((2, 64, 64, 3, 3))
    left, right = random.standard_normal((9 * 64, 64)), random.standard_normal((64, 9 * 64))
    times = race({"ours": lambda: convolve(u, v), "gemm": lambda: left @ right})
    value = ratio(times, "ours", "gemm")
    goal = f"goal 1.5: {'met' if value <= 1.5 else 'missed'}"
    print(f"{'kernels 64 <- 64 <- 64, 3x3':62}{min(times['ours']) * 1e3:10.3f} ms   ours / GEMM {value:9.2f}   {goal}")


if __name__ == "__main__":
    commuting(8)
    commuting(32)
    banded(256)
    every_kernel()
    composition()
