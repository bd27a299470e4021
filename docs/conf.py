"""The documentation site, `python -m sphinx -W docs docs/_build`; theory and reference are written from the library."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import catalogue
import reference

import convalgebra as ca

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "convalgebra"
author = "convalgebra developers"
copyright = author
release = version = ca.__version__

extensions = ["myst_parser", "cells", "formulas"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
suppress_warnings = ["myst.header"]  # generated pages begin where their source does

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "convalgebra"
html_static_path = ["_static"]
html_css_files = ["cells.css"]
html_show_sphinx = False


def written(app: Sphinx) -> None:
    """Write the pages that the library itself dictates."""
    catalogue.write_once(Path(app.srcdir) / "theory")
    reference.write(Path(app.srcdir) / "reference")


def without_links_out(_app: Sphinx, page: str, source: list[str]) -> None:
    """Links from a page to other folders of the repository lead nowhere on the site: their words stay."""
    if "/" not in page:
        source[0] = re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", source[0])


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", written)
    app.connect("source-read", without_links_out)
