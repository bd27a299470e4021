"""What an import costs: fresh processes in shuffled turns, the start of Python itself taken off.

    python benchmarks/bench_import.py

Every process times itself, so that starting it does not count; the medians over the rounds are compared.
"""

from __future__ import annotations

import random
import subprocess
import sys
from statistics import median

ROUNDS = 9
FIRST = {
    "import numpy": "import numpy",
    "import convalgebra": "import convalgebra",
    "first matrix": "import convalgebra as ca; ca.circulant([1, 2, 3]).to_numpy()",
    "import numpy, scipy.sparse": "import numpy, scipy.sparse",
    "first sparse matrix": "import convalgebra as ca; ca.circulant([1, 2, 3]).to_sparse()",
    "import numpy, sympy": "import numpy, sympy",
    "first proof with symbols": (
        "import convalgebra as ca; C, S = ca.circulant(ca.symbols('w', 3)), ca.shift(3, 1); ca.prove(C @ S == S @ C)"
    ),
}
PAIRS = [
    ("import convalgebra", "import numpy", 1.1),
    ("first matrix", "import numpy", None),
    ("first sparse matrix", "import numpy, scipy.sparse", None),
    ("first proof with symbols", "import numpy, sympy", None),
]


def process(code: str) -> tuple[float, set[str]]:
    """Seconds that the code took in a fresh process, and the packages it loaded."""
    script = f"from time import perf_counter as t; a = t()\n{code}\nb = t()\nimport sys; print(b - a, *sys.modules)"
    seconds, *modules = subprocess.check_output(  # noqa: S603  # our own code
        [sys.executable, "-c", script], text=True
    ).split()
    return float(seconds), {name.partition(".")[0] for name in modules}


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in FIRST}
    loaded: dict[str, set[str]] = {}
    for _ in range(ROUNDS):
        for name in random.sample(list(FIRST), len(FIRST)):
            seconds, loaded[name] = process(FIRST[name])
            times[name].append(seconds)
    for name, base, goal in PAIRS:
        value = median(a / b for a, b in zip(times[name], times[base], strict=True))
        met = "" if goal is None else f"   goal {goal}: {'met' if value <= goal else 'missed'}"
        heavy = ", ".join(sorted(loaded[name] & {"numpy", "scipy", "sympy"})) or "none"
        print(f"{name:26}{median(times[name]) * 1e3:9.1f} ms   {value:6.3f} x `{base}`{met}   loads {heavy}")


if __name__ == "__main__":
    main()
