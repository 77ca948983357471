"""Chromium from the system, headless and offline but for the page, and everything that it does written down."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The browser's program: NOVATE_CHROMIUM, or the system's."""
    return os.environ.get("NOVATE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Visit:
    """A page, the requests it made, what its console said, and what its policy stopped."""

    def __init__(self, page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.sockets: list[str] = []
        self.console: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda opened: self.sockets.append(opened.url))
        page.on("console", lambda said: said.type in ("error", "warning") and self.console.append(said.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def hosts(self) -> set[str]:
        """Where requests went; what a page makes of itself (data:, blob:) goes nowhere."""
        urls = [urlsplit(url) for url in (*self.requests, *self.sockets)]
        return {url.netloc for url in urls if url.scheme not in ("data", "blob")}


@contextmanager
def visit(theme: str = "dark", width: int = 1280, height: int = 800, scale: int = 1) -> Iterator[Visit]:
    """A browser of its own with one page."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            Path(profile),
            executable_path=chromium(),
            args=list(ARGUMENTS),
            color_scheme=theme,
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            timezone_id="UTC",
            permissions=["clipboard-read", "clipboard-write"],
        )
        try:
            yield Visit(context.pages[0])
        finally:
            context.close()
