from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import emulator, fast_time, live, open_live
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.terminal import hurry, terminal
from vidgo_notebook.app.process import provide

__all__ = ["emulator", "fast_time", "live", "open_live", "terminal"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    hurry(monkeypatch)
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def local_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalApi]:
    """The service, with its address and a key in the environment; no person is present."""
    with serve_local_api() as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        yield running
        provide(None)  # closes the session: a server waits for connections that are still open
