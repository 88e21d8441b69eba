from __future__ import annotations

from tests.edits.conftest import folder, open_studio, studio, time, vendor
from tests.ui.conftest import shell, terminal

__all__ = ["folder", "open_studio", "shell", "studio", "terminal", "time", "vendor"]
