"""Finds the machine's Chromium."""

from __future__ import annotations

import os
import shutil

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_MISSING = (
    "no Chromium here. Install it (Debian: apt-get install chromium), or say where it is with "
    "VIDGO_CHROMIUM=/path/to/chromium"
)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """Its path. Without one the test is skipped, or fails where VIDGO_REQUIRE_BROWSER=1 asks for it."""
    named = os.environ.get("VIDGO_CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if found:
        return found
    if os.environ.get("VIDGO_REQUIRE_BROWSER") == "1":
        pytest.fail(_MISSING)
    pytest.skip(_MISSING)
