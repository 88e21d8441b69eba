"""A job in a notebook's outputs: its picture and its card, updated from a background thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from IPython.display import DisplayHandle, display

from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.ui.output.bundles import Bundle, Look, card_bundle, ended_bundle, error_bundle, placeholder_bundle

SECONDS_BETWEEN_UPDATES = 0.5
_UPDATES_A_SECOND = 200  # of all jobs together; above 1,000 messages the server drops some


class Painter:
    """Paints beside the engine's loop, one thing at a time.

    Threads of a pool start with an empty context, so what they update goes to its own output and not
    to the cell that happens to run.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def paint(self, work: Callable[[], None]) -> None:
        """Do ``work`` soon."""
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="vidgo-display")
        self._pool.submit(_quietly, work)

    def stop(self) -> None:
        """Paint what is still to be painted, and end the thread: no progress bar may stay for a job that ended."""
        pool, self._pool = self._pool, None
        if pool:
            pool.shutdown()


painter = Painter()


class JobView:
    """Two outputs in the current cell: the picture (first a progress bar), and the card."""

    live = 0
    """How many views are being updated now."""

    def __init__(self, job: Job, look: Look, session: Session) -> None:
        self.job = job
        self._look = look
        self._session = session
        self._picture: DisplayHandle | None = None
        self._card: DisplayHandle | None = None
        self._updated_at = 0.0
        self._ended = threading.Event()

    def show(self) -> None:
        """Display once, as it is now: final if the job has ended, else a silent placeholder."""
        job = self.job
        picture = ended_bundle(job, self._look, self._session) if job.done() else placeholder_bundle(job, live=False)
        self._picture = shown(picture)
        self._card = shown(card_bundle(job))

    def follow(self) -> None:
        """Display, and keep up to date from the background until the job has ended."""
        if self.job.done():
            self.show()
            return
        self._picture = shown(placeholder_bundle(self.job, live=True))
        self._card = shown(card_bundle(self.job))
        JobView.live += 1
        moving.watch(self.job, self._changed)

    def done(self) -> bool:
        """Whether the job has ended."""
        return self.job.done()

    def finish(self) -> None:
        """Bring both outputs to their final state; the job must have ended."""
        if not self._ended.is_set():
            self._ended.set()
            update(self._picture, ended_bundle(self.job, self._look, self._session))
            if self.job.notes:
                update(self._card, card_bundle(self.job))

    def _changed(self, job: Job) -> None:
        """Called at every change, on the engine's thread: passes on to the painter, never paints there."""
        if job.done():
            JobView.live -= 1
            painter.paint(self._finish_live)
            return
        now, pause = time.monotonic(), max(SECONDS_BETWEEN_UPDATES, JobView.live / _UPDATES_A_SECOND)
        if now - self._updated_at >= pause:
            self._updated_at = now
            painter.paint(self._show_progress)

    def _finish_live(self) -> None:
        try:
            self.finish()
        except VidgoError as error:  # else the error is lost, and the progress bar stays
            update(self._picture, error_bundle(error))

    def _show_progress(self) -> None:
        if not (self._ended.is_set() or self.job.done()):
            update(self._picture, placeholder_bundle(self.job, live=True))


def shown(bundle: Bundle) -> DisplayHandle | None:
    """Put a bundle on the page, to be updated by its handle."""
    data, metadata = bundle
    handle: Any = display(data, metadata=metadata, raw=True, display_id=True)
    return handle if isinstance(handle, DisplayHandle) else None


def update(handle: DisplayHandle | None, bundle: Bundle) -> None:
    """Replace what a handle shows."""
    if handle is not None:
        data, metadata = bundle
        handle.update(data, metadata=metadata, raw=True)


def _quietly(paint: Callable[[], None]) -> None:
    """A front end that went away must not end the painter, and a traceback would land in some cell."""
    with suppress(Exception):
        paint()
