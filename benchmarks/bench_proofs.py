"""Proofs: exact verdicts at one size and for all sizes, against integer comparisons, built matrices and SymPy.

SymPy's caches are emptied before every run.  Each claim is decided before it is timed, and the verdict is checked.
"""

from __future__ import annotations

from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
import sympy
from bench_symbolic import circulant_of, cold
from timing import race, ratio

import convalgebra as ca


def show(what: str, milliseconds: float, fact: str = "") -> None:
    print(f"{what:62}{milliseconds:10.3f} ms   {fact}", flush=True)


def goal(value: float, limit: float, *, least: bool = False) -> str:
    met = value >= limit if least else value <= limit
    return f"goal {limit:g}: {'met' if met else 'missed'}"


def proved(claim, scope: str):
    """A runner that proves the claim, whose scope has these words."""
    assert scope in ca.prove(claim).scope, claim
    return partial(ca.prove, claim)


# --- every kernel at one size -----------------------------------------------------------------------------------------


def shift_equivariance(n: int = 4000) -> None:
    """C_w S = S C_w for every w, against comparing n^2 integers once."""
    C, S = ca.circulant(ca.symbols("w", n)), ca.shift(n, 1)
    labels = np.arange(n * n).reshape(n, n)
    other = labels.copy()
    runners = {"ours": proved(C @ S == S @ C, "every kernel"), "compare": partial(np.array_equal, labels, other)}
    times = race(runners, least=10)
    value, least = ratio(times, "ours", "compare"), min(times["ours"]) * 1e3
    show(f"C_w S = S C_w for every w, {n} x {n}", least, goal(least, 10))
    show(
        "  the same / one comparison of n^2 integers", min(times["compare"]) * 1e3, f"{value:6.2f}   {goal(value, 10)}"
    )


def image(n: int = 256) -> None:
    """A layer on an image commutes with every shift, against building its matrix of taps."""
    layer = ca.Conv(np.ones((1, 1, 3, 3)), padding=1, padding_mode="circular")
    A, S = layer.matrix((1, n, n)), ca.shift((1, n, n), (0, 1, 1))
    times = race({"ours": proved(A @ S == S @ A, "every kernel"), "matrix": A.pattern})
    value = ratio(times, "ours", "matrix")
    show(
        f"3x3 layer on a {n} x {n} image, / its labelled matrix",
        min(times["ours"]) * 1e3,
        f"{value:6.2f}   {goal(value, 2)}",
    )


def against_sympy(n: int = 64) -> None:
    """Generic symbols in SymPy matrices: both build their matrices from the same symbols within the time."""
    u, v = ca.symbols("u", n), ca.symbols("v", n)
    one = [sympy.Integer(i == 1) for i in range(n)]
    cases = {
        "C_u C_v = C_v C_u": (lambda: (ca.circulant(u), ca.circulant(v)), (u, v)),
        "C_u S = S C_u": (lambda: (ca.circulant(u), ca.shift(n, 1)), (u, one)),
    }
    for name, (pair, kernels) in cases.items():

        def ours(pair=pair):
            A, B = pair()
            return ca.prove(A @ B == B @ A)

        def peer(kernels=kernels):
            return commutator(*map(circulant_of, kernels))

        assert ours().scope == f"n={n}, every kernel"
        mine, theirs = cold(ours, 50), cold(peer, 2)
        value = theirs / mine
        show(f"{name}, {n} x {n}, SymPy / ours", mine * 1e3, f"{value:6.0f}   {goal(value, 1000, least=True)}")


def commutator(A, B):
    difference = (A * B - B * A).expand()
    assert difference.is_zero_matrix
    return difference


def claims():
    """Claims for every kernel: many channels, groups, strides, borders, axes, sums, blocks, the Fourier matrix."""
    r = np.random.default_rng(0)

    def layer(weight, box, shift, after, **options):
        A = ca.Conv(weight, **options).matrix(box)
        return A @ ca.shift(box, shift) == ca.shift(A.boxes[0], after) @ A

    circular = {"padding": 1, "padding_mode": "circular"}
    yield "8 -> 8 channels, 3x3, 32 x 32", layer(np.ones((8, 8, 3, 3)), (8, 32, 32), (0, 1, 2), (0, 1, 2), **circular)
    yield "4 groups, 8 -> 8", layer(np.ones((8, 2, 3, 3)), (8, 32, 32), (0, 1, 2), (0, 1, 2), groups=4, **circular)
    yield (
        "stride 2, 3 -> 2, 64 x 64",
        layer(np.ones((2, 3, 3, 3)), (3, 64, 64), (0, 2, 2), (0, 1, 1), stride=2, **circular),
    )
    yield (
        "three axes, 2 -> 2, 12^3",
        layer(np.ones((2, 2, 3, 3, 3)), (2, 12, 12, 12), (0, 1, 2, 3), (0, 1, 2, 3), **circular),
    )
    w, J = ca.symbols("w", (1, 1, 3, 3)), ca.flip((1, 32, 32))
    A, B = (ca.Conv(k, padding=1, padding_mode="reflect").matrix((1, 32, 32)) for k in (w, w[:, :, ::-1, ::-1]))
    yield "reflect padding and a flip, 32 x 32", A @ J == J @ B
    a, b, c, d = (ca.circulant(r.standard_normal(64)) for _ in range(4))
    M, K = ca.block([[a, b], [c, d]]), ca.kron(ca.identity(2), ca.shift(64, 3))
    yield "a block of four circulants, 128 x 128", M @ K == K @ M
    f, g, h = (ca.toeplitz(ca.symbols(name, 32), ca.symbols(name, 32)) for name in "fgh")
    yield "(A + B) C = A C + B C, 32 x 32", (f + g) @ h == f @ h + g @ h
    u, v = (ca.circulant(ca.symbols(name, 256)) for name in "uv")
    yield "C_u C_v = C_v C_u, 256 x 256", u @ v == v @ u
    for n in (16, 32):
        w, F = ca.symbols("w", n), ca.dft(n)
        yield f"F C_w = diag(F w) F, {n} x {n}", F @ ca.circulant(w) == ca.diagonal(F @ w) @ F


def every_kernel() -> None:
    for name, claim in claims():
        show(name, cold(proved(claim, "every kernel"), 3) * 1e3)


# --- refutations ------------------------------------------------------------------------------------------------------


def refutations() -> None:
    layer = ca.Conv(ca.symbols("w", (1, 1, 3, 3)), padding=1)
    A, S = layer.matrix((1, 32, 32)), ca.shift((1, 32, 32), (0, 1, 1))
    n = ca.size("n")
    w = ca.kernel("w", n)
    for name, claim in {
        "zero padding is not equivariant, 32 x 32": A @ S == S @ A,
        "C_w = C_w^T, smallest of all sizes": ca.circulant(w) == ca.circulant(w).T,
        "C_w C_w^T = I, smallest of all sizes": ca.circulant(w) @ ca.circulant(w).T == ca.identity(n),
    }.items():
        verdict = ca.decide(claim)
        assert isinstance(verdict, ca.Refutation)
        show(name, cold(partial(ca.decide, claim), 3) * 1e3, str(verdict).partition("; with ")[2])


# --- all sizes --------------------------------------------------------------------------------------------------------


def all_sizes() -> None:
    """Proofs for all sizes, and their derivations, whose links are proved again one by one."""
    n, m, s = map(ca.size, "nms")
    k = ca.integer("k")
    u, v, w, x = (ca.kernel(name, n) for name in "uvwx")
    C, S, F, star = ca.circulant, ca.shift(n, k), ca.dft(n), ca.circular_convolve
    large = C(ca.kernel("w", s * m))
    D = ca.downsample(s * m, s)
    statements = [
        star(S @ x, w) == S @ star(x, w),
        C(w) @ S == S @ C(w),
        C(u) @ C(v) == C(v) @ C(u),
        C(C(u) @ v) @ w == C(u) @ (C(v) @ w),
        F @ C(w) == ca.diagonal(F @ w) @ F,
        star(w, x) == F.H / n @ (ca.diagonal(F @ w) @ (F @ x)),
        D @ large @ ca.shift(s * m, s * k) == ca.shift(m, k) @ D @ large,
    ]
    proving = [seconds(partial(ca.prove, claim)) for claim in statements]
    printing = [seconds(partial(str, ca.prove(claim))) for claim in statements]
    show(f"{len(statements)} claims for all sizes, median", median(proving) * 1e3, goal(median(proving) * 1e3, 50))
    show("  their derivations, median", median(printing) * 1e3)


def seconds(run) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


if __name__ == "__main__":
    shift_equivariance()
    image()
    every_kernel()
    refutations()
    all_sizes()
    against_sympy()
