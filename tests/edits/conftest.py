from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import emulator, fast_time, live, open_live

__all__ = ["emulator", "fast_time", "live", "open_live"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, in which nothing of this machine's user shows."""
    return seclude(monkeypatch, tmp_path)
