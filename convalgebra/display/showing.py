"""A picture shown where its user is: below the cell of a notebook, else as a page in the browser."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

from convalgebra.errors import ConvAlgebraError


def show(picture: Any) -> None:
    """Display in a running notebook; elsewhere save a temporary page and open it."""
    shell: Any = sys.modules.get("IPython")  # loaded by whoever runs a notebook
    session = shell.get_ipython() if shell else None
    if session is not None and hasattr(session, "kernel"):
        shell.display.display(picture)
        return
    page = picture.save(Path(tempfile.mkdtemp(prefix="convalgebra-")) / "figure.html")
    if not webbrowser.open(page.as_uri()):
        msg = f"a browser must show the picture, and none was found; open {page}, or write .save('x.svg')"
        raise ConvAlgebraError(msg)
