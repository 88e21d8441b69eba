"""What the form watches from threads of its own: its jobs, and whether a cell keeps the kernel busy."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from vidgo_notebook.engine.handles.job import Job

_SECONDS_BETWEEN_LOOKS = 0.4
"""However many jobs there are, that is 2.5 messages a second; Jupyter's server drops some above 1,000."""

_SECONDS_UNTIL_BUSY = 0.6
_BUSY = "A cell is running. Buttons and prices here may answer only when it has ended; progress goes on."


class Follower:
    """``show(jobs)`` is called a few times a second while there are any, ``ended(job)`` once for each.

    Both are called on a thread of their own, whose fresh context belongs to no cell.
    """

    def __init__(self, show: Callable[[Sequence[Job]], None], ended: Callable[[Job], None]) -> None:
        self._show = show
        self._ended = ended
        self._jobs: list[Job] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def jobs(self) -> list[Job]:
        """The jobs that are followed now."""
        with self._lock:
            return list(self._jobs)

    def follow(self, jobs: Sequence[Job]) -> None:
        """Follow these too; each handle once."""
        with self._lock:
            new = [job for job in dict.fromkeys(jobs) if job not in self._jobs]
            self._jobs += new
            if self._jobs and self._thread is None:
                run = contextvars.Context().run
                self._thread = threading.Thread(target=run, args=(self._look,), name="vidgo-panel", daemon=True)
                self._thread.start()
        for job in new:
            job.add_done_callback(lambda _: self._wake.set())

    def stop(self) -> list[Job]:
        """Follow nothing any more; the jobs that go on."""
        with self._lock:
            left, self._jobs = self._jobs, []
        self._wake.set()
        return left

    def _look(self) -> None:
        while True:
            jobs = self.jobs
            with suppress(Exception):  # a front end that went away must not end the thread
                self._show([job for job in jobs if not job.done()])
            for job in jobs:
                if job.done():
                    self._finish(job)
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    break
            self._wake.wait(_SECONDS_BETWEEN_LOOKS)
            self._wake.clear()
        with suppress(Exception):
            self._show(self.jobs)

    def _finish(self, job: Job) -> None:
        with self._lock:
            if job not in self._jobs:
                return
        with suppress(Exception):
            self._ended(job)
        with self._lock, suppress(ValueError):
            self._jobs.remove(job)


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
