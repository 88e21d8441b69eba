from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.lab import Lab
from tests.browser.panel import desk


@pytest.fixture
def look(lab: Lab, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps screenshots of a step; with --full in both themes and both widths."""
    everywhere = bool(request.config.getoption("--full"))

    def keep(name: str, height: int = 1500) -> None:
        desk.look(lab, name, height, everywhere=everywhere)

    return keep
