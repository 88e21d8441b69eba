from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from tests.fixtures.api_key import KEY
from tests.fixtures.isolation import seclude
from tests.fixtures.local_api import Service, service
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.process import provide
from vidgo_notebook.engine.clock import Clock


async def _tenth(seconds: float) -> None:
    await asyncio.sleep(seconds / 10)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    hurry(monkeypatch)
    return seclude(monkeypatch, tmp_path)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleep a tenth as long: the service of these tests is done at once, and courteous pauses would add up."""
    monkeypatch.setattr("vidgo_notebook.engine.engine.Clock", lambda: Clock(time.time, _tenth))


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The service, with its address and a key in the environment; nobody sits there."""
    with service() as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        yield running
        provide(None)  # closes the session: a server waits for connections that are still open


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    """A real IPython shell; one for all tests, since each takes a second to end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        InteractiveShell.clear_instance()
        started = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield started
    InteractiveShell.clear_instance()


@pytest.fixture
def terminal(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    """The shell with the extension loaded and nobody there; without a key, so in emulator mode."""
    with open_terminal(shell, monkeypatch, capsys) as opened:
        yield opened


@contextmanager
def open_terminal(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    """The shell with the extension loaded, and as it was before when it is left."""
    monkeypatch.setenv("VIDGO_ATTENDED", "0")
    before = set(shell.user_ns)
    opened = Terminal(shell, capsys)
    opened.run("%load_ext vidgo_notebook")
    yield opened
    opened.run("%unload_ext vidgo_notebook")
    shell.config.pop("Vidgo", None)  # what %config set outlives the extension
    for name in set(shell.user_ns) - before:
        del shell.user_ns[name]
