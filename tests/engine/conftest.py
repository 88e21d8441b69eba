from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import emulator, fast_time, live, open_live

__all__ = ["emulator", "fast_time", "live", "open_live"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def open_harness(folder: Path) -> Iterator[Callable[..., EngineHarness]]:
    """Makes engines that share a journal; each is closed at the end."""
    opened: list[EngineHarness] = []

    def make(**options: Any) -> EngineHarness:
        opened.append(EngineHarness(folder, **options))
        return opened[-1]

    yield make
    for harness in opened:
        harness.close()


@pytest.fixture
def harness(open_harness: Callable[..., EngineHarness]) -> EngineHarness:
    return open_harness()
