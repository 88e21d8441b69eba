from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.edits.conftest import folder
from tests.fixtures.live_session import emulator, fast_time, live, open_live
from tests.fixtures.terminal import Terminal
from tests.ui.conftest import hurry, open_terminal, shell
from vidgo_notebook.emulator import Emulator, serve

__all__ = ["emulator", "fast_time", "folder", "live", "open_live", "shell"]


@pytest.fixture(scope="session")
def quick_emulator() -> Iterator[str]:
    """The address of an emulator that is done at once."""
    with serve(Emulator(latency=0)) as url:
        yield url


@pytest.fixture
def terminal(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quick_emulator: str
) -> Iterator[Terminal]:
    """The shell with the extension loaded and nobody there, at an emulator that is done at once."""
    hurry(monkeypatch)
    monkeypatch.setenv("VIDGO_MODE", "emulator")
    monkeypatch.setenv("VIDGO_BASE_URL", quick_emulator)
    with open_terminal(shell, monkeypatch, capsys) as opened:
        yield opened
