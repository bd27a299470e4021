"""All benchmarks, one after the other: `python -m benchmarks [word ...]` runs those with such a word in their names.

All run on one thread, so that ways are compared and not their use of cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def main(words: list[str]) -> int:
    environment = (
        os.environ
        | dict.fromkeys(THREADS, "1")
        | {"PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    )
    worst = 0
    for script in sorted(HERE.glob("bench_*.py")):
        if not words or any(word in script.stem for word in words):
            print(f"\n## {script.stem}\n", flush=True)
            command = [sys.executable, str(script)]
            worst = max(worst, subprocess.call(command, env=environment))  # noqa: S603  # our own scripts
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
