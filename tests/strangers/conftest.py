from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import emulator, fast_time, live, open_live
from tests.fixtures.terminal import hurry, terminal

__all__ = ["emulator", "fast_time", "live", "open_live", "terminal"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to work in."""
    hurry(monkeypatch)
    return seclude(monkeypatch, tmp_path)
