"""The report of the tour: one page, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from convalgebra.tour.gallery import eigenvalues
from convalgebra.tour.markup import (
    agreement,
    bars,
    count,
    duration,
    formulas,
    memory,
    proof_of,
    refutation_of,
    scientific,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convalgebra.tour.gallery import Drawn
    from convalgebra.tour.photo import Photo
    from convalgebra.tour.steps import Built, Compared, Diagonalised, Shifted, Stacked

SOURCES = {
    "small_tex": ("small",),
    "factors_tex": ("matrix", "keep", "slide", "extend"),
    "shifts_tex": ("circular", "zeros"),
    "stack_tex": ("second", "first", "product"),
}


@dataclass(frozen=True, eq=False)
class Story:
    """Everything the tour found, the pictures as PNG files and the figures by name."""

    version: str
    photo: Photo
    built: Built
    compared: Compared
    shifted: Shifted
    diagonalised: Diagonalised
    stacked: Stacked
    images: Mapping[str, bytes]
    drawn: Mapping[str, Drawn]


def page(story: Story) -> str:
    """The report as HTML: the template of the text with the values of this run."""
    return Template(formulas(_asset("page.html"))).substitute(values(story))


def _asset(name: str) -> str:
    return files("convalgebra.tour").joinpath(name).read_text(encoding="utf-8")


def values(story: Story) -> dict[str, str]:
    """What stands for each name of the template."""
    return {
        "style": _asset("style.css"),
        "version": story.version,
        **_pictures(story),
        **_matrix(story.built),
        **_ways(story.compared),
        **_shifts(story.shifted),
        **_fourier(story.diagonalised),
        **_stack(story.stacked),
    }


def _pictures(story: Story) -> dict[str, str]:
    images = {name.replace("-", "_"): base64.b64encode(data).decode() for name, data in story.images.items()}
    sources = {key: "\n\n".join(story.drawn[name].latex() for name in names) for key, names in SOURCES.items()}
    return {
        "name": escape(story.photo.name),
        "credit": escape(story.photo.credit),
        "side": str(story.photo.side),
        **{name: f"data:image/png;base64,{data}" for name, data in images.items()},
        **{name: drawn.svg(name) for name, drawn in story.drawn.items()},
        **{key: escape(tex) for key, tex in sources.items()},
    }


def _matrix(built: Built) -> dict[str, str]:
    rows, columns = built.matrix.shape
    return {
        "rows": count(rows),
        "columns": count(columns),
        "entries": count(built.sparse.nnz),
        "sparse_memory": memory(built.bytes),
        "dense_memory": memory(built.dense_bytes),
        "build_time": duration(built.seconds),
        "block_rows": str(built.matrix.boxes[0][-1]),
        "whole": built.matrix.figure().svg("whole"),
    }


def _ways(compared: Compared) -> dict[str, str]:
    return {
        "outputs": count(compared.output.size),
        "agreement": agreement(compared.agree),
        "factors_proof": proof_of(compared.factors),
        "distance": scientific(compared.distance),
        "bound": scientific(compared.bound),
        **{f"{way}_time": duration(seconds) for way, (seconds, _) in compared.ways.items()},
        **{f"{way}_equal": agreement(equal) for way, (_, equal) in compared.ways.items() if way != "window"},
    }


def _shifts(found: Shifted) -> dict[str, str]:
    down, right = found.proofs
    return {
        "shift_scope": down.scope,
        "shift_failing": count(found.failing),
        "shift_outputs": count(found.outputs),
        "down_proof": proof_of(down),
        "right_proof": proof_of(right),
        "shift_refutation": refutation_of(found.refutation),
        "down": str(found.steps[0]),
        "right": str(found.steps[1]),
        "places": count(found.places.size),
        "broken_places": count(int(found.places.sum())),
    }


def _fourier(found: Diagonalised) -> dict[str, str]:
    return {
        "fourier_scope": found.proof.scope,
        "fourier_proof": proof_of(found.proof),
        "spectrum": bars(found.spectrum.tolist()),
        "eigenvalues_tex": escape(eigenvalues(found)),
    }


def _stack(found: Stacked) -> dict[str, str]:
    rows = ("".join(f"<td>{value}</td>" for value in row) for row in found.kernel.tolist())
    return {
        "stack_scope": found.proof.scope,
        "stack_failing": count(int(found.places.sum())),
        "stack_outputs": count(found.places.size),
        "stack_proof": proof_of(found.proof),
        "stack_refutation": refutation_of(found.refutation),
        "kernel": "".join(f"<tr>{row}</tr>" for row in rows).replace("-", "−"),
    }
