"""A scene as the bytes of a file: PDF and PNG through typst when it is installed, else through TeX; HTML by itself."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from convalgebra.display import svg, tikz, typst
from convalgebra.errors import ConvAlgebraError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from convalgebra.display.scene import Scene

DPI = 200
SECONDS = 120  # TeX is stopped after these

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 2rem auto; max-width: 70rem; padding: 0 1rem; text-align: center; background: #fff }}
body {{ font: 1rem/1.5 serif; color: #444 }}
figure {{ margin: 0 }} svg {{ max-width: 100%; height: auto }} input {{ width: 20rem; vertical-align: middle }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> str:
    """A page of its own with this body; nothing is loaded from elsewhere.

    >>> [line for line in page("a < b", "<p>c</p>").splitlines() if "<title>" in line]
    ['<title>a &lt; b</title>']
    """
    return _PAGE.format(title=escape(title), body=body)


def html(scene: Scene) -> str:
    """The page of a picture and its words."""
    return page(scene.title, f"{svg.svg(scene)}<p>{escape(scene.description)}</p>")


def pdf(scene: Scene) -> bytes:
    """One page of the picture's size."""
    return _through_typst(scene, "pdf") if find_spec("typst") else _through_tex(scene, "pdf")


def png(scene: Scene) -> bytes:
    """The picture at 200 dots an inch."""
    return _through_typst(scene, "png") if find_spec("typst") else _through_tex(scene, "png")


def _through_typst(scene: Scene, kind: Literal["pdf", "png"]) -> bytes:
    import typst as engine  # noqa: PLC0415  # an extra

    return engine.compile(typst.document(scene).encode(), format=kind, ppi=DPI)


def _through_tex(scene: Scene, kind: str) -> bytes:
    programs = ["pdflatex", "pdftoppm"][: 1 if kind == "pdf" else 2]
    if missing := [program for program in programs if not shutil.which(program)]:
        msg = (
            f"a {kind.upper()} must be drawn by typst or TeX, and {' and '.join(missing)} is not on the path; "
            "write pip install convalgebra[typst], or install texlive-latex-base texlive-pictures "
            "texlive-latex-recommended poppler-utils"
        )
        raise MissingExtraError(msg)
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        (room / "x.tex").write_text(tikz.document(scene), encoding="utf-8")
        _run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"], room)
        if kind == "png":
            _run(["pdftoppm", "-png", "-singlefile", "-r", str(DPI), "x.pdf", "x"], room)
        return (room / f"x.{kind}").read_bytes()


def _run(command: list[str], room: Path) -> None:
    try:
        subprocess.run(command, cwd=room, check=True, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603  # fixed words
    except (subprocess.SubprocessError, OSError) as error:
        said = [line for line in str(getattr(error, "stdout", "") or error).splitlines() if line.startswith("!")]
        msg = f"{command[0]} must draw the picture, not fail: {said[0] if said else error}; write .save('x.svg')"
        raise ConvAlgebraError(msg) from error


WRITERS: dict[str, Callable[[Scene], str | bytes]] = {
    ".svg": svg.svg, ".tex": tikz.document, ".typ": typst.document, ".html": html, ".pdf": pdf, ".png": png,
}  # fmt: skip
