from __future__ import annotations

from tests.fixtures.terminal import quick_emulator, quick_terminal

__all__ = ["quick_emulator", "quick_terminal"]
