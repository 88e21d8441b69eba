from __future__ import annotations

import pytest

from tests.fixtures.terminal import quick_emulator, quick_terminal
from vidgo_notebook.door import Door, open_door

__all__ = ["quick_emulator", "quick_terminal"]


@pytest.fixture(autouse=True)
def _in_a_notebook(own_process: None) -> None:
    """Cards and sheets as a notebook shows them."""
    open_door(Door.CELL)
