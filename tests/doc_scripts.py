"""The scripts that write the documentation, for their tests; none needs Sphinx."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


@cache
def script(name):
    """A module of docs/, which imports its neighbours by name."""
    if str(DOCS) not in sys.path:
        sys.path.append(str(DOCS))
    return importlib.import_module(name)
