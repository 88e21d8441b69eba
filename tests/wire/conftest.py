from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.isolation import seclude


@pytest.fixture(autouse=True)
def _secluded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seclude(monkeypatch, tmp_path)
