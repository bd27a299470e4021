"""Symbolic matrices and proofs: the library against SymPy with cold caches.

    python -m benchmarks symbolic

SymPy remembers what it has computed: its caches are cleared before every run of either side. Each side's time is the
least of its runs, the ratio that of the least times. The matrices are compared before they are timed.
"""

from __future__ import annotations

from functools import partial
from operator import mul
from time import perf_counter

import sympy
from sympy.core.cache import clear_cache

import convalgebra as ca


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
    proof, matrix = (800, 50) if n == 32 else (None, None)  # the goals
    show(f"C_u C_v = C_v C_u proved, {n} x {n}", cold(ours, 20), cold(peer, 1), proof)
    C, D = ca.circulant(u), ca.circulant(v)
    plain = cold(partial(mul, A, B), 2)
    show(f"C_u C_v as an operator, {n} x {n}", cold(lambda: C @ D, 20), plain)

    def as_sympy():
        return (C @ D).to_sympy()

    show(f"C_u C_v as a SymPy matrix, {n} x {n}", cold(as_sympy, 5), plain, matrix)


def banded(n: int) -> None:
    """A banded symbolic matrix as SymPy's, from the operator and from the list of its entries."""
    T = ca.convolution_matrix(ca.symbols("w", 5), n, mode="same")
    entries = T.to_numpy().ravel().tolist()
    assert T.to_sympy() == sympy.Matrix(n, n, entries)
    show(f"banded SymPy matrix, {n} x {n}", cold(T.to_sympy, 20), cold(lambda: sympy.Matrix(n, n, entries), 3), 40)


if __name__ == "__main__":
    commuting(8)
    commuting(32)
    banded(256)
