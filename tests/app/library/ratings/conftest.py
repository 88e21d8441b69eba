from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.api_key import KEY
from tests.fixtures.live_session import dot
from tests.fixtures.local_api import serve_local_api
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.batch import Batch


@pytest.fixture
def session(open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """At a service that takes the place of the real one: its pictures are no stand-ins, and all differ."""
    with serve_local_api(draw=dot) as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        opened = open_session()
        provide(lambda: opened)
        yield opened
        opened.close()
        provide(None)


@pytest.fixture
def batch(session: Session) -> Batch:
    """Two prompts in three qualities: six pairs."""
    return vidgo.sweep(prompt=["A fox", "A hare"], quality=["low", "medium", "high"], size="1:1", yes=True).wait()
