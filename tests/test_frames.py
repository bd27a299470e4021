"""The window at every output, one figure each; as a page and as an animated GIF."""

from __future__ import annotations

from dataclasses import replace

import pytest

import convalgebra as ca
from convalgebra.display import frames as module
from convalgebra.display.frames import Frames
from convalgebra.errors import ArgumentError, MissingExtraError, RefutedError

LAYER = ca.Conv(ca.symbols("w", (1, 1, 3, 2)), stride=2)
SHAPE = (1, 5, 6)


@pytest.mark.parametrize("kind", ["arithmetic", "grid+matrix"])
def test_a_frame_for_each_output_in_order(kind):
    frames = LAYER.figure(SHAPE, kind=kind, theme="print").frames()
    positions = [(i, j) for i in range(2) for j in range(3)]
    assert len(frames) == len(positions)
    assert [f.svg() for f in frames] == [LAYER.figure(SHAPE, kind=kind, at=p, theme="print").svg() for p in positions]
    assert frames[0].scene.title == frames.figures[0].scene.title


def test_a_matrix_has_no_frames():
    with pytest.raises(ArgumentError, match="must show a window to have frames"):
        ca.identity(2).figure().frames()
    with pytest.raises(ArgumentError, match="must show a window"):
        ca.identity(2).figure().save("x.gif")


def test_too_many_frames_are_refused():
    layer = ca.Conv(ca.symbols("w", (1, 1, 1, 1)))
    with pytest.raises(ArgumentError, match="at most 400, not 900"):
        layer.figure((1, 30, 30), kind="arithmetic").frames()


def test_a_page_holds_every_frame(tmp_path):
    frames = LAYER.figure(SHAPE, kind="arithmetic").frames()
    text = frames.save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert text.count("<svg ") == len(frames)
    assert text.count("<figure hidden>") == len(frames) - 1
    assert 'max="5"' in text
    assert "http://" not in text.replace("http://www.w3.org/", "")


def test_a_gif_plays_every_frame(tmp_path):
    pytest.importorskip("typst")
    image = pytest.importorskip("PIL.Image")
    path = LAYER.figure(SHAPE, kind="arithmetic").save(tmp_path / "x.gif")
    with image.open(path) as gif:
        assert gif.n_frames == 6
        assert gif.info["duration"] == module.MILLISECONDS
        assert gif.info["loop"] == 0


def test_without_pillow_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"convalgebra\[tour,typst\]"):
        LAYER.figure(SHAPE, kind="arithmetic").save(tmp_path / "x.gif")
    assert not [*tmp_path.iterdir()]


def test_a_frame_that_lies_cannot_be_saved(tmp_path):
    first, *rest = LAYER.figure(SHAPE, kind="arithmetic").frames()
    scene = replace(first.scene, panels=tuple(replace(p, cells=p.cells[1:]) for p in first.scene.panels))
    liar = replace(first, drawing=replace(first.drawing, scene=scene))
    with pytest.raises(RefutedError):
        Frames((*rest, liar)).save(tmp_path / "x.html")
    assert not [*tmp_path.iterdir()]
