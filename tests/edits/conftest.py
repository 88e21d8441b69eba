from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.clocks import FastTime
from tests.fixtures.isolation import seclude
from tests.fixtures.live_session import OpenStudio, Studio, new_vendor
from vidgo_notebook.emulator import Emulator


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, in which nothing of this machine's user shows."""
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def time() -> FastTime:
    """The time of the engine and the vendor, a hundred times as fast as the wall's."""
    return FastTime()


@pytest.fixture
def vendor(time: FastTime) -> Emulator:
    return new_vendor(time)


@pytest.fixture
def open_studio(vendor: Emulator, folder: Path, time: FastTime) -> Iterator[OpenStudio]:
    """Opens kernels that share one journal, and one store unless another is named."""
    studios: list[Studio] = []

    def open_it(**options: Any) -> Studio:
        studios.append(Studio(vendor, folder, time, **options))
        return studios[-1]

    yield open_it
    for studio in studios:
        studio.close()


@pytest.fixture
def studio(open_studio: OpenStudio) -> Studio:
    return open_studio()
