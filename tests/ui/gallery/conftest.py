from __future__ import annotations

from tests.fixtures.panel_driver import driver, emulator, folder, session, variables

__all__ = ["driver", "emulator", "folder", "session", "variables"]
