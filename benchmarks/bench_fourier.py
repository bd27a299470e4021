"""Exact Fourier diagonalisation and what follows from it: the library against SymPy and against a float check.

    python -m benchmarks fourier

Every run of either side starts cold: SymPy's caches and the library's are emptied before it. Each side's time is the
least of its runs. A peer that is not done after the goal's multiple of our time is stopped: the goal is met.
"""

from __future__ import annotations

from importlib.util import find_spec
from multiprocessing import get_context
from time import perf_counter

import numpy as np
import sympy
from bench_symbolic import circulant_of, cold, show
from sympy.polys.matrices import DomainMatrix

import convalgebra as ca
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.analysis import periodic, unity
from convalgebra.analysis.diagonalize import diagonalises_the_shift

ANSWERS = {True: "yes", False: "no", None: "cannot say"}
CACHES = (cyclotomic, diagonalises_the_shift, periodic.exponents, periodic.orbits, unity.tower, unity.primes)


def ours(run, rounds=20):
    """The least time of a run in seconds, nothing remembered."""

    def emptied():
        for cache in CACHES:
            cache.cache_clear()
        return run()

    return cold(emptied, rounds)


def over_a_number_field(n):
    """`F C = D F` as matrices over Q(zeta)[w0, ..., w(n-1)]; making the field and the matrices is not counted."""
    zeta = sympy.exp(2 * sympy.I * sympy.pi / n)
    field = sympy.QQ.algebraic_field(zeta)
    w = sympy.symbols(f"w:{n}")
    ring = field[w]
    root = field.from_sympy(zeta)
    powers = [field.one]
    for _ in range(n - 1):
        powers.append(powers[-1] * root)
    taps = [ring.from_sympy(s) for s in w]

    def at(rows):
        return DomainMatrix(rows, (n, n), ring)

    F = at([[ring.convert(powers[-f * j % n], field) for j in range(n)] for f in range(n)])
    C = at([[taps[(i - j) % n] for j in range(n)] for i in range(n)])
    values = [sum((taps[t] * ring.convert(powers[-f * t % n], field) for t in range(n)), ring.zero) for f in range(n)]
    D = at([[values[f] if f == j else ring.zero for j in range(n)] for f in range(n)])

    def check():
        assert F * C == D * F

    return check


def identity(n, peer):
    C = ca.circulant(ca.symbols("w", n))
    show(f"F C F^-1 = diag, {n} x {n}, SymPy's number field", ours(lambda: ca.diagonalize(C)), cold(peer, 2), 2000)


def float_check(n):
    """Ours proves for every kernel; the float check looks at one, to some digits."""
    C = ca.circulant(np.arange(n))
    dense, F = C.to_numpy(), ca.dft(n).to_numpy()

    def peer():
        assert np.allclose(F @ dense @ F.conj() / n, np.diag(np.fft.fft(dense[:, 0])))

    mine, theirs = ours(lambda: ca.diagonalize(C), 5), cold(peer, 3)
    print(f"{f'the same, {n} x {n}, float check':62}{mine * 1e3:10.3f} ms   float / ours {theirs / mine:8.1f}   "
          f"goal 1: {'met' if theirs >= mine else 'missed'}", flush=True)  # fmt: skip


def natural_way(n):
    """SymPy's own product, simplified: does it see the diagonal?"""
    C = ca.circulant(ca.symbols("w", n))
    F = ca.dft(n).to_sympy()
    start = perf_counter()
    product = (F * C.to_sympy() * F.H / n).applyfunc(sympy.simplify)
    seen = product.is_diagonal()
    took = perf_counter() - start
    assert isinstance(ca.prove(ca.diagonalize(C).claim), ca.Proof)
    what = f"SymPy multiplies and simplifies, {n} x {n}: diagonal?"
    print(f"{what:62}{took * 1e3:10.0f} ms   SymPy: {ANSWERS[seen]}, ours: yes", flush=True)


def sympy_det(n):
    circulant_of(sympy.symbols(f"w:{n}")).det()


def within(seconds, n):
    """The time of SymPy's determinant in a process of its own, or the limit where it took longer."""
    process = get_context("spawn").Process(target=sympy_det, args=(n,))
    process.start()
    start = perf_counter()
    process.join(seconds + 5)  # the start of a process and SymPy's import
    took, done = perf_counter() - start, not process.is_alive()
    process.terminate()
    process.join()
    return took if done else seconds, done


def determinant(n):
    C = ca.circulant(ca.symbols("w", n))
    mine = ours(lambda: ca.det(C), 10)
    if n <= 6:
        show(f"symbolic determinant, {n} x {n}", mine, cold(lambda: sympy_det(n), 1))
        return
    theirs, done = within(1000 * mine + 5, n)
    show(f"symbolic determinant, {n} x {n}{'' if done else ' (SymPy stopped)'}", mine, theirs, 1000)


def integers(n):
    """Exact determinant of an integer circulant against elimination over the integers."""
    C = ca.circulant(np.random.default_rng(1).integers(-9, 10, n))
    M = DomainMatrix.from_Matrix(C.to_sympy())
    assert int(M.charpoly()[-1]) * (-1) ** n == ca.det(C) if n <= 20 else True
    show(f"integer determinant, {n} x {n}, DomainMatrix", ours(lambda: ca.det(C), 5), cold(M.det, 1))
    if n <= 128:
        rational = M.to_field()
        show(f"exact inverse, {n} x {n}, DomainMatrix", ours(lambda: ca.inverse(C), 3), cold(rational.inv, 1))


def resultants(n):
    """Large exact determinants against FLINT's resultant of the kernel and x^n - 1, where it is installed."""
    from flint import fmpz_poly  # noqa: PLC0415

    c = np.random.default_rng(1).integers(-9, 10, n)
    C, w, cycle = ca.circulant(c), fmpz_poly(c.tolist()), fmpz_poly([-1, *[0] * (n - 1), 1])
    assert int(cycle.resultant(w)) == ca.det(C)
    show(f"integer determinant, {n} x {n}, FLINT", ours(lambda: ca.det(C), 3), cold(lambda: cycle.resultant(w), 2))


def large():
    """What has no peer."""
    random = np.random.default_rng(1)
    C, short = (ca.circulant(random.integers(-9, 10, n)) for n in (10_000, 2_000))
    print(f"{'integer determinant, 10000 x 10000':62}{ours(lambda: ca.det(C), 2) * 1e3:10.0f} ms", flush=True)
    print(f"{'exact inverse, 2000 x 2000':62}{ours(lambda: ca.inverse(short), 2) * 1e3:10.0f} ms", flush=True)


if __name__ == "__main__":
    identity(16, over_a_number_field(16))
    for n in (64, 256, 1000):
        float_check(n)
    for n in (3, 4, 5):
        natural_way(n)
    for n in (6, 8):
        determinant(n)
    for n in (16, 64, 200):
        integers(n)
    if find_spec("flint"):
        for n in (200, 1000, 2000):
            resultants(n)
    large()
