from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import emulator, fast_time, live, open_live
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.users import User
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.engine.clock import Clock

__all__ = ["emulator", "fast_time", "live", "open_live"]


async def _tenth(seconds: float) -> None:
    await asyncio.sleep(seconds / 10)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    # The service of these tests is done at once: courteous pauses between questions would add up.
    monkeypatch.setattr("vidgo_notebook.engine.engine.Clock", lambda: Clock(time.time, _tenth))
    monkeypatch.setattr("vidgo_notebook.emulator.service.Emulator", partial(Emulator, latency=0.1))
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def user() -> User:
    """Absent, unless a test sets ``user.there``."""
    return User()


@pytest.fixture
def sessions() -> Iterator[list[Session]]:
    """The sessions of a test; each is closed at the end."""
    opened: list[Session] = []
    yield opened
    for session in opened:
        session.close()


@pytest.fixture
def open_session(user: User, sessions: list[Session]) -> Callable[..., Session]:
    """Makes sessions from the environment and some settings."""

    def make(**settings: Any) -> Session:
        session = Session(Vidgo(), attended=lambda: user.there, ask=user.ask, notify=user.notices.append)
        configure(session.settings, **settings)
        sessions.append(session)
        return session

    return make


@pytest.fixture
def local_api(monkeypatch: pytest.MonkeyPatch, sessions: list[Session]) -> Iterator[LocalApi]:
    """The service with its address and a key in the environment."""
    with serve_local_api() as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        yield running
        for session in sessions:  # a server waits for connections that are still open
            session.close()


@pytest.fixture
def session(open_session: Callable[..., Session], local_api: LocalApi) -> Iterator[Session]:
    """The session that ``vidgo.sweep`` and its like find."""
    opened = open_session()
    provide(lambda: opened)
    yield opened
    provide(None)
