from __future__ import annotations

from tests.fixtures.panel_driver import emulator, folder, session

__all__ = ["emulator", "folder", "session"]
