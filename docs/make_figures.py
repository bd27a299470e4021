"""The figures of the documentation, drawn by the library: `python docs/make_figures.py` writes docs/assets/*.svg."""

from __future__ import annotations

from pathlib import Path

import convalgebra as ca

FIGURES = {
    "window-and-row.svg": lambda: ca.Conv([[ca.symbols("w", (3, 3))]]).figure((1, 4, 5), at=(1, 1)),
    "factors.svg": lambda: ca.Conv([[ca.symbols("w", 3)]], stride=2, padding=1).figure((1, 5), "factors"),
}

if __name__ == "__main__":
    for name, make in FIGURES.items():
        make().save(Path(__file__).parent / "assets" / name)
