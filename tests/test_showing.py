"""A picture opens where its user is."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlparse

import pytest

import convalgebra as ca
from convalgebra.display.showing import show
from convalgebra.errors import ConvAlgebraError, RefutedError

FIGURE = ca.circulant([1, 2, 3]).figure()


@pytest.fixture
def opened(monkeypatch):
    pages = []
    monkeypatch.setattr(webbrowser, "open", lambda url: pages.append(url) or True)
    return pages


def test_outside_a_notebook_a_page_opens(opened, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert FIGURE.show() is None
    (url,) = opened
    page = Path(unquote(urlparse(url).path)).read_text(encoding="utf-8")
    assert FIGURE.svg() in page


@pytest.mark.parametrize("session", [SimpleNamespace(kernel=1), SimpleNamespace(), None])
def test_in_a_notebook_it_is_displayed_and_in_a_terminal_it_opens(session, opened, monkeypatch):
    seen = []
    shell = SimpleNamespace(get_ipython=lambda: session, display=SimpleNamespace(display=seen.append))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    show(FIGURE)
    assert (seen, len(opened)) == (([FIGURE], 0) if hasattr(session, "kernel") else ([], 1))


def test_without_a_browser_the_page_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    with pytest.raises(ConvAlgebraError, match=r"open .*figure\.html, or write"):
        FIGURE.show()


def test_a_lie_is_not_shown(opened, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with pytest.raises(RefutedError):
        type(FIGURE)(type(FIGURE.drawing)(FIGURE.scene, ca.circulant([1, 2, 4]).figure().drawing.looks)).show()
    assert not opened
