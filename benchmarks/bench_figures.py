"""What a figure costs: its scene, its SVG and LaTeX text, and its PDF, from 8 to a million places.

    python benchmarks/bench_figures.py            # all cases
    python benchmarks/bench_figures.py "n = 8"    # the cases with these words in their names

A text is made within 50 ms at every size, the 16 x 16 TikZ figure is compiled within 3 s.  Peers get the same matrix:
sympy.latex the SymPy one, matplotlib's spy and matrepr, where they are installed, the CSR array.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import sympy
from timing import race, ratio

import convalgebra as ca

TEXT, COMPILED = 0.05, 3.0
SVG_BYTES, LATEX_BYTES = 100_000, 20_480
EXPLICIT = 200  # rows up to which a peer that writes every entry is raced


def signal(n, kernel):
    return ca.Conv([[kernel((3,))]], padding=1).matrix((1, n))


def image(n, kernel):
    return ca.Conv([[kernel((3, 3))]], padding=1).matrix((1, n, n))


def circulant(n, kernel):
    return ca.circulant([*kernel((3,)), *[0] * (n - 3)])


def channels(n, kernel):
    return ca.Conv(kernel((32, 16, 3, 3)), stride=2).matrix((16, n, n))


CASES = {f"signal, n = {n}": (signal, n) for n in (8, 100, 10_000, 1_000_000)}
CASES |= {f"image, n = {n} x {n}": (image, n) for n in (3, 10, 100, 1000)}
CASES |= {"circulant, n = 10000": (circulant, 10_000), "16 -> 32 channels, n = 64 x 64": (channels, 64)}


def window(n, **options):
    return ca.Conv(ca.symbols("w", (1, 1, 3, 3)), padding=1, stride=2).figure((1, n, n), **options)


def commutator(n):
    return ca.figure_commutator(ca.Conv([[ca.symbols("w", 3)]], padding=1).matrix((1, n)), ca.shift(n, 1))


PICTURES = {f"window and row, n = {n} x {n}": partial(window, n, kind="grid+matrix") for n in (4, 16, 30)}
PICTURES |= {f"isometric, n = {n} x {n}": partial(window, n, kind="arithmetic", view="isometric") for n in (4, 30)}
PICTURES |= {f"factors, n = {n} x {n}": partial(window, n, kind="factors") for n in (4, 1000)}
PICTURES |= {f"commutator, n = {n}": partial(commutator, n) for n in (8, 1000)}
PICTURES |= {"kernel, 12 x 12": lambda: ca.figure_kernel(ca.abstract((1, 1, 12, 12)))}


def spy(A):
    """matplotlib's spy as SVG."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # if it is installed

    array = A.to_sparse()

    def run():
        figure, file = Figure(), io.StringIO()
        figure.subplots().spy(array, markersize=1)
        figure.savefig(file, format="svg")
        return file.getvalue()

    return run


def represented(A):
    """matrepr's LaTeX, with its own dots."""
    from matrepr import to_latex  # noqa: PLC0415  # if it is installed
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    array = csr_matrix(A.to_sparse())  # it knows no sparse arrays
    return lambda: to_latex(array)


def peers(A, numeric):
    """The others, on the same matrix."""
    found = {}
    if A.shape[0] <= EXPLICIT:
        matrix = A.to_sympy()
        found["sympy.latex"] = lambda: sympy.latex(matrix)
    if find_spec("matplotlib") and numeric.shape[0] <= 100 * EXPLICIT:
        found["spy"] = spy(numeric)
    if find_spec("matrepr"):
        found["matrepr"] = represented(numeric)
    return found


def row(name, make, n):
    """One line of the table: our texts, their sizes, and the others against them."""
    A = make(n, partial(ca.symbols, "w"))
    small = max(A.shape) <= 100 * EXPLICIT and make is not channels
    others = peers(A, make(n, np.ones)) if small else {}  # they take numbers, and hold the whole matrix
    ours = {
        "svg": lambda: A.figure(title=name).svg(),
        "tikz": lambda: A.figure(title=name).tikz(),
        "latex": A.to_latex,
    }
    times = race({**ours, **others}, budget=2.0)
    worst = max(median(times[key]) for key in ours)
    sizes = len(ours["svg"]()), max(len(ours["tikz"]()), len(ours["latex"]()))
    met = worst <= TEXT and sizes[0] <= SVG_BYTES and sizes[1] <= LATEX_BYTES
    ratios = ", ".join(f"{key} / latex {ratio(times, key, 'latex'):.3g}" for key in others)
    milliseconds = " | ".join(f"{1e3 * median(times[key]):.2f}" for key in ours)
    kilobytes = " | ".join(f"{size / 1e3:.1f}" for size in sizes)
    print(f"| {name} | {milliseconds} | {kilobytes} | {ratios} | {'met' if met else 'missed'} |", flush=True)
    return met


def picture(name, draw):
    """One line of the table of the other kinds of figures."""
    times = race({"svg": lambda: draw().svg(), "tikz": lambda: draw().tikz()}, budget=1.0)
    figure = draw()
    sizes = len(figure.svg()), len(figure.tikz())
    met = max(map(median, times.values())) <= TEXT and sizes[0] <= SVG_BYTES and sizes[1] <= LATEX_BYTES
    numbers = [f"{1e3 * median(times[key]):.2f}" for key in times] + [f"{size / 1e3:.1f}" for size in sizes]
    print(f"| {name} | {' | '.join(numbers)} | {'met' if met else 'missed'} |", flush=True)
    return met


def compiled():
    """The seconds in which pdflatex makes the 16 x 16 figure; None without it."""
    if shutil.which("pdflatex") is None:
        return None
    figure = image(4, partial(ca.symbols, "w")).figure()
    with tempfile.TemporaryDirectory() as folder:
        figure.save(Path(folder) / "x.tex")
        start = perf_counter()
        subprocess.run(["pdflatex", "-halt-on-error", "x.tex"], cwd=folder, check=True, capture_output=True)  # noqa: S607
        return perf_counter() - start


def main(words):
    print("| matrix | svg, ms | tikz, ms | latex, ms | svg, kB | LaTeX, kB | others | |", "|---" * 8 + "|", sep="\n")
    met = [row(name, *case) for name, case in CASES.items() if all(word in name for word in words)]
    print("\n| figure | svg, ms | tikz, ms | svg, kB | LaTeX, kB | |", "|---" * 6 + "|", sep="\n")
    met += [picture(name, draw) for name, draw in PICTURES.items() if all(word in name for word in words)]
    seconds = min((compiled() or 0 for _ in range(3)), default=0)
    print(f"\n16 x 16 by pdflatex: {f'{seconds:.2f} s' if seconds else 'not on the path'}, goal {COMPILED:.0f} s")
    return 0 if all(met) and seconds <= COMPILED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
