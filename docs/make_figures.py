"""The figures of the documentation, drawn by the library: `python docs/make_figures.py` writes docs/assets/*.svg."""

from __future__ import annotations

from pathlib import Path

import convalgebra as ca

BLUR = ca.Conv([[[1, 2, 1]]], padding=1)
REPVGG = ca.Parallel(
    ca.Conv([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]], padding=1), ca.Conv([[[[20]]]]), ca.Identity(), join="sum"
)

FIGURES = {
    "window-and-row.svg": lambda: ca.Conv([[ca.symbols("w", (3, 3))]]).figure((1, 4, 5), at=(1, 1)),
    "factors.svg": lambda: ca.Conv([[ca.symbols("w", 3)]], stride=2, padding=1).figure((1, 5), "factors"),
    "two-padded-layers.svg": lambda: ca.Sequential(BLUR, BLUR).matrix((1, 6)).figure(highlight_rows=(0, 5)),
    "repvgg.svg": lambda: ca.collapse(REPVGG).figure((1, 3, 3), at=(1, 1)),
}

if __name__ == "__main__":
    for name, make in FIGURES.items():
        make().save(Path(__file__).parent / "assets" / name)
