from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stage.seclusion import seclude
from vidgo_notebook.store.journal import Journal
from vidgo_notebook.store.results import ResultStore


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def store(folder: Path) -> ResultStore:
    return ResultStore(folder / ".vidgo")


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    opened = Journal(folder / "state" / "journal.sqlite3")
    yield opened
    opened.close()
