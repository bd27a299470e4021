"""A page in a headless Chromium that is driven as by a person: fingers, mouse and keys through the browser's own input.

The browser's debugging protocol is spoken over two pipes, so that nothing but the standard library is needed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
SECONDS = 60
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


class Page:
    """One page: scripts are evaluated in it, and events come in where the browser's own come in."""

    def __init__(self, send, receive):
        self.out, self.into, self.count, self.session, self.rest = send, receive, 0, None, b""

    def __call__(self, method, **params):
        """The answer to one command of the protocol."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        os.write(self.out, json.dumps(message | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while (answer := self._next(end)).get("id") != self.count:
            pass
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _next(self, end):
        while b"\0" not in self.rest:
            assert select.select([self.into], [], [], max(end - time.monotonic(), 0))[0], "the browser does not answer"
            self.rest += os.read(self.into, 1 << 16)
        line, _, self.rest = self.rest.partition(b"\0")
        return json.loads(line)

    def read(self, expression):
        """The value of an expression in the page."""
        found = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, condition):
        """Until the expression holds."""
        end = time.monotonic() + SECONDS
        while not self.read(condition):
            assert time.monotonic() < end, condition
            time.sleep(0.02)

    def middle(self, selector):
        """Where the middle of an element lies on the screen, scrolled into view."""
        node = f"document.querySelector({json.dumps(selector)})"
        self.read(f"{node}.scrollIntoView({{block: 'center', inline: 'center', behavior: 'instant'}})")
        self.read(
            "new Promise(f => { let y; const g = () => scrollY === y ? f() : setTimeout(g, 50, y = scrollY); g() })"
        )
        box = self.read(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({node}.getBoundingClientRect())")
        return tuple(box)

    def touch(self, *points):
        """One finger that goes down at the first point, moves over the others and is lifted."""
        for k, (x, y) in enumerate(points):
            self("Input.dispatchTouchEvent", type="touchMove" if k else "touchStart", touchPoints=[{"x": x, "y": y}])
        self("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def tap(self, selector):
        """A finger on the middle of an element."""
        self.touch(self.middle(selector))

    def key(self, name):
        """A key that is pressed and released."""
        for kind in ("keyDown", "keyUp"):
            self("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=KEYS[name])

    def picture(self, path):
        """A screenshot of what the window shows."""
        path.write_bytes(base64.b64decode(self("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def page(address, folder, *, width=390, height=844, dark=False):
    """A page on a telephone with a touch screen of this size."""
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (theirs_in, theirs_out)]
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--lang=en"]
    process = subprocess.Popen(
        [BROWSER, *flags, f"--user-data-dir={folder / 'profile'}", "about:blank"],
        close_fds=False,
        preexec_fn=lambda: [os.dup2(fd, k) for k, fd in enumerate(high, 3)],  # noqa: PLW1509  # no other thread runs
        stderr=subprocess.DEVNULL,
    )
    for fd in (theirs_in, theirs_out, *high):
        os.close(fd)
    driven = Page(ours_out, ours_in)
    try:
        target = driven("Target.createTarget", url="about:blank")["targetId"]
        driven.session = driven("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        driven("Emulation.setDeviceMetricsOverride", **size)
        driven("Emulation.setTouchEmulationEnabled", enabled=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driven("Emulation.setEmulatedMedia", features=[scheme])
        driven("Page.navigate", url=address)
        driven.wait("document.readyState === 'complete' && location.protocol === 'file:'")
        yield driven
    finally:
        process.kill()
        process.wait()
        for fd in (ours_in, ours_out):
            os.close(fd)
