"""Whether a cell keeps the kernel busy, so that the form's buttons may not answer."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

_SECONDS_UNTIL_BUSY = 0.6
_BUSY = "A cell is running. Buttons and prices here may answer only when it has ended; progress goes on."


class BusyNote:
    """Says so when buttons may not answer, since most kernels run a handler only between cells.

    ``tell`` is given the note once a cell has been running for a moment, and '' when it has ended.
    """

    def __init__(self, ipython: Any, tell: Callable[[str], None], between_cells: Callable[[], None]) -> None:
        self._ipython = ipython
        self._tell = tell
        self._between_cells = between_cells
        self._timer: threading.Timer | None = None
        ipython.events.register("pre_run_cell", self._began)
        ipython.events.register("post_run_cell", self._ended)

    def close(self) -> None:
        """Listen no longer."""
        self._cancel()
        for event, callback in (("pre_run_cell", self._began), ("post_run_cell", self._ended)):
            if callback in self._ipython.events.callbacks[event]:
                self._ipython.events.unregister(event, callback)

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
