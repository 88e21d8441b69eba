"""Whether a cell keeps the kernel busy, so that the form's buttons may not answer."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from vidgo_notebook.ui.shell import Shell

_SECONDS_UNTIL_BUSY = 0.6
_BUSY = "A cell is running. Buttons and prices here may answer only when it has ended; progress goes on."


class BusyNote:
    """Says so when buttons may not answer, since most kernels run a handler only between cells.

    ``tell`` is given the note once a cell has been running for a moment, and '' when it has ended.
    """

    def __init__(self, shell: Shell, tell: Callable[[str], None], between_cells: Callable[[], None]) -> None:
        self._tell = tell
        self._between_cells = between_cells
        self._timer: threading.Timer | None = None
        self._events = (shell.on("pre_run_cell", self._began), shell.on("post_run_cell", self._ended))

    def close(self) -> None:
        """Listen no longer."""
        self._cancel()
        for end in self._events:
            end()

    def _began(self, _: Any) -> None:
        self._cancel()
        # A fresh context: the note belongs to the panel, not to the cell that runs.
        self._timer = threading.Timer(_SECONDS_UNTIL_BUSY, contextvars.Context().run, (self._tell, _BUSY))
        self._timer.daemon = True
        self._timer.start()

    def _ended(self, _: Any) -> None:
        self._cancel()
        self._tell("")
        self._between_cells()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
