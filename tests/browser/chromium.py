"""Finds the machine's Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_MISSING = (
    "no Chromium here. Install it (Debian: apt-get install chromium), or say where it is with "
    "VIDGO_CHROMIUM=/path/to/chromium"
)
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Chromium:
    """A browser of one person: what one page has loaded and compiled (of JupyterLab, megabytes), the next one finds."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context

    @contextmanager
    def page(self, width: int, height: int) -> Iterator[Page]:
        """A page with a window of this size, in pixels."""
        page = self._context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        yield page
        page.close()


@contextmanager
def open_chromium() -> Iterator[Chromium]:
    """The machine's Chromium."""
    path = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield Chromium(chromium.new_context())
        chromium.close()


def find_chromium() -> str:
    """Its path. Without one the test is skipped, or fails where VIDGO_REQUIRE_BROWSER=1 asks for it."""
    named = os.environ.get("VIDGO_CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if found:
        return found
    if os.environ.get("VIDGO_REQUIRE_BROWSER") == "1":
        pytest.fail(_MISSING)
    pytest.skip(_MISSING)
