"""The tour from the photograph to the report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.tour import steps
from convalgebra.tour.filters import FILTERS
from convalgebra.tour.gallery import document, drawings
from convalgebra.tour.markup import duration, memory, witness
from convalgebra.tour.page import Story, page
from convalgebra.tour.photo import photograph, smaller
from convalgebra.tour.pictures import colour, grey, marked
from convalgebra.tour.png import png
from convalgebra.tour.publish import publish, workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.algebra.rings import Array
    from convalgebra.tour.photo import Photo

WIDTH = 17  # of the first column of the summary
REDUCTION = 3  # each square of so many pixels is one pixel of the shift test


def tour(out: str, say: Callable[[str], None] | None = None, photo: Photo | None = None) -> str:
    """Walk the tour, write its report into the folder `out`, and return the summary; `say` hears of the progress."""
    say = say or (lambda _: None)
    with workshop(out) as bench:
        try:
            story = walk(photograph() if photo is None else photo, say)
            say("writing the report")
            publish(report(story), bench)
        finally:
            say("")
    return summary(story, Path(out) / "index.html")


def walk(photo: Photo, say: Callable[[str], None]) -> Story:
    """Everything the tour computes, in its order."""
    small = smaller(photo.pixels, REDUCTION)
    say("1/5 building the matrix")
    built = steps.build(photo.pixels)
    say("2/5 comparing four ways to compute the layer")
    compared = steps.compare(built, photo.pixels)
    say("3/5 shifting")
    shifted = steps.shift_test(small, (small.shape[1] // 4, 3 * small.shape[1] // 8))
    say("4/5 diagonalising")
    diagonalised = steps.diagonalise()
    say("5/5 stacking two layers")
    stacked = steps.stack(small)
    return Story(
        version=sys.modules["convalgebra"].__version__,
        photo=photo,
        built=built,
        compared=compared,
        shifted=shifted,
        diagonalised=diagonalised,
        stacked=stacked,
        images=_images(photo.pixels, small, compared, shifted, stacked),
        drawn=drawings(diagonalised),
    )


def _images(
    pixels: Array, small: Array, compared: steps.Compared, shifted: steps.Shifted, stacked: steps.Stacked
) -> dict[str, bytes]:
    outputs = dict(zip(FILTERS, map(grey, compared.output), strict=True))
    pictures = {
        "photo": colour(pixels),
        **outputs,
        "shifted": colour(np.roll(small, shifted.steps, (1, 2))),
        "broken": marked(grey(shifted.picture), shifted.places),
        "merged": marked(grey(stacked.picture), stacked.places),
    }
    return {name: png(picture) for name, picture in pictures.items()}


def report(story: Story) -> dict[str, bytes]:
    """The files of the report, the page last: whoever finds it finds the others."""
    texts = {f"latex/{name}.tex": drawn.tikz() for name, drawn in story.drawn.items()}
    texts["latex/tour.tex"] = document(story.drawn, story.diagonalised)
    texts["index.html"] = page(story)
    images = {f"images/{name}.png": data for name, data in story.images.items()}
    return images | {name: text.encode() for name, text in texts.items()}


def summary(story: Story, index: Path) -> str:
    """One line for each finding, the page's path last."""
    built, compared, shifted, stacked = story.built, story.compared, story.shifted, story.stacked
    rows, cols = built.matrix.shape
    lines = {
        "photograph": f"{story.photo.name}, {story.photo.side} x {story.photo.side} pixels, 3 colours",
        "matrix": f"{rows:,} x {cols:,}, {built.sparse.nnz:,} entries, {memory(built.bytes)} sparse "
        f"({memory(built.dense_bytes)} dense), built in {duration(built.seconds)}",
        "four ways": f"{'equal' if compared.agree else 'UNEQUAL':7}  window, matrix, D T P, Fourier: "
        f"{compared.output.size:,} integers",
        "": f"         rounding error of Fourier {compared.distance:.1e}, at most {compared.bound:.1e} < 0.5",
        "A = D T P": f"proved   {compared.factors.scope}",
        "A S = S A": f"proved   circular padding: {shifted.proofs[0].scope}",
        " ": f"refuted  zero padding: {witness(shifted.refutation)}",
        "F C = diag(F w) F": f"proved   {story.diagonalised.proof.scope}",
        "3x3, 3x3 = 5x5": f"proved   no padding: {stacked.proof.scope}",
        "  ": f"refuted  zero padding: {witness(stacked.refutation)}",
        "report": str(index),
    }
    text = "\n".join(f"{name.strip():{WIDTH}}  {found}" for name, found in lines.items())
    return text.replace("\N{NO-BREAK SPACE}", " ")
