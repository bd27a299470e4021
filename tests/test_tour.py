"""The whole tour: on a small made-up photograph, and on the real one."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from synthetic_tour import photo, story

from convalgebra.tour.pictures import VERMILION
from convalgebra.tour.tour import report, summary, tour

FIGURES = ["circulant", "circular", "extend", "first", "keep", "matrix", "product", "second", "slide", "small", "zeros"]
IMAGES = ["blur", "broken", "laplace", "merged", "photo", "shifted", "sobel-across", "sobel-down"]
SOURCES = [f"latex/{name}.tex" for name in (*FIGURES, "tour")]
FILES = sorted(["index.html", *SOURCES, *(f"images/{name}.png" for name in IMAGES)])


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_report_is_written(tmp_path):
    text = tour(str(tmp_path / "out"), photo=photo())
    assert sorted(contents(tmp_path / "out")) == FILES
    assert text.splitlines()[-1] == f"{'report':17}  {tmp_path / 'out' / 'index.html'}"


def test_the_page_is_published_last():
    assert list(report(story()))[-1] == "index.html"


def test_the_summary_says_what_was_found(tmp_path):
    text = summary(story(), tmp_path / "index.html")
    lines = [line.split("  ", 1)[0] for line in text.splitlines()]
    assert lines == [
        "photograph", "matrix", "four ways", "", "A = D T P", "A S = S A", "", "F C = diag(F w) F",
        "3x3, 3x3 = 5x5", "", "report",
    ]  # fmt: skip
    assert "576 x 1,728, 14,700 entries" in text
    assert "equal    window, matrix, D T P, Fourier: 576 integers" in text
    assert text.count("proved   ") == text.count(", every kernel") == 4
    assert text.count("refuted  zero padding: entry (0, 0): ") == 2
    assert max(map(len, text.splitlines()[:-1])) <= 120
    assert text.isascii()


def test_progress_is_told_and_cleared(tmp_path):
    told = []
    tour(str(tmp_path), told.append, photo())
    assert [text[:3] for text in told] == ["1/5", "2/5", "3/5", "4/5", "5/5", "wri", ""]


def test_two_runs_differ_in_times_only(tmp_path):
    tour(str(tmp_path), photo=photo())
    first = contents(tmp_path)
    tour(str(tmp_path), photo=photo())
    second = contents(tmp_path)
    page = first.pop("index.html"), second.pop("index.html")
    assert first == second
    assert len({re.sub(rb"[\d.]+\xc2\xa0m?s\b", b"", text) for text in page}) == 1


@pytest.mark.parametrize("step", ["1/5", "3/5", "writing"])
def test_an_interrupted_tour_leaves_nothing(step, tmp_path):
    told = []

    def interrupt(text):
        told.append(text)
        if text.startswith(step):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tour(str(tmp_path / "out"), interrupt, photo())
    assert list(tmp_path.iterdir()) == []
    assert told[-1] == ""


@pytest.mark.parametrize(("name", "step"), [("broken", "shifted"), ("merged", "stacked")])
def test_the_marked_pictures_show_the_failing_places(name, step):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    picture = np.asarray(image.open(io.BytesIO(story().images[name])))
    assert np.array_equal((picture == VERMILION).all(axis=-1), getattr(story(), step).places)


def test_the_photograph_is_not_changed():
    before = photo().pixels.copy()
    story()
    assert np.array_equal(photo().pixels, before)


def test_the_tour_of_the_real_photograph(tmp_path):
    pytest.importorskip("skimage", reason="the photograph ships with scikit-image, which is not installed")
    text = tour(str(tmp_path))
    assert sorted(contents(tmp_path)) == FILES
    assert "Chelsea, 288 x 288 pixels" in text
    assert "82,944 x 248,832, 2,229,132 entries, 27.1 MB sparse (165 GB dense)" in text
    assert "equal    window, matrix, D T P, Fourier: 82,944 integers" in text
    assert "n=(3, 96, 96) to (4, 96, 96), every kernel" in text
    assert len(contents(tmp_path)["index.html"]) < 10**6
