"""The window at every position, one picture after the other: an animated GIF, or a page with a slider."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from convalgebra.display.export import page, png
from convalgebra.display.saving import target_of, write
from convalgebra.errors import ArgumentError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from convalgebra.display.figure import Figure

MOST_FRAMES = 400
MILLISECONDS = 600  # a frame is shown


@dataclass(frozen=True, eq=False, repr=False)
class Frames:
    """Figures in order.

    >>> import convalgebra as ca
    >>> ca.Conv([[[1, 2, 3]]]).figure((1, 5), kind="arithmetic").frames()
    Frames(3 figures)
    """

    figures: tuple[Figure, ...]

    def __len__(self) -> int:
        return len(self.figures)

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.figures)

    def __getitem__(self, k: int) -> Figure:
        return self.figures[k]

    def save(self, path: Any) -> Path:
        """Write an animated `.gif` (needs Pillow, and what a `.png` needs) or a self-contained `.html` page."""
        target = target_of(path, (".html", ".gif"))
        for figure in self.figures:
            figure.check()
        write(target, _page(self) if target.suffix == ".html" else _gif(self))
        return target

    def __repr__(self) -> str:
        return f"Frames({len(self)} figures)"


def bounded(count: int) -> int:
    """The number of frames, refused where nobody would watch them."""
    if count > MOST_FRAMES:
        msg = f"frames must be at most {MOST_FRAMES}, not {count}; write layer.figure(in_shape, at=...) for one of them"
        raise ArgumentError(msg)
    return count


def _gif(frames: Frames) -> bytes:
    try:
        from PIL import Image  # noqa: PLC0415  # an extra
    except ImportError as error:
        msg = "an animated GIF must be written by Pillow, which is missing; write pip install convalgebra[tour,typst]"
        raise MissingExtraError(msg) from error
    first, *rest = (Image.open(BytesIO(png(figure.scene))).convert("RGB").quantize(128) for figure in frames)
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=MILLISECONDS, loop=0, optimize=True)
    return file.getvalue()


def _page(frames: Frames) -> str:
    pictures = "".join(f"<figure{' hidden' if k else ''}>{figure.svg()}</figure>" for k, figure in enumerate(frames))
    player = _PLAYER.format(last=len(frames) - 1, pause=MILLISECONDS)
    return page(frames[0].scene.title.partition(":")[0], pictures + player)


_PLAYER = """<p><button type="button" id="play">play</button>
<label>position <input id="at" type="range" min="0" max="{last}" value="0"></label></p>
<script>
const figures = [...document.querySelectorAll("figure")], at = document.getElementById("at");
const play = document.getElementById("play");
let clock = null;
function show() {{ figures.forEach((f, k) => {{ f.hidden = k !== +at.value; }}); }}
function stop() {{ clearInterval(clock); clock = null; play.textContent = "play"; }}
function start() {{
  clock = setInterval(() => {{ at.value = (+at.value + 1) % figures.length; show(); }}, {pause});
  play.textContent = "pause";
}}
play.addEventListener("click", () => clock ? stop() : start());
at.addEventListener("input", () => {{ stop(); show(); }});
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) start();
</script>"""
