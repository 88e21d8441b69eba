from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.engine_harness import Workbench
from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import emulator, fast_time, live, open_live

__all__ = ["emulator", "fast_time", "live", "open_live"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def open_bench(folder: Path) -> Iterator[Callable[..., Workbench]]:
    """Makes workbenches that share a journal; each is closed at the end."""
    benches: list[Workbench] = []

    def make(**options: Any) -> Workbench:
        benches.append(Workbench(folder, **options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def bench(open_bench: Callable[..., Workbench]) -> Workbench:
    return open_bench()
