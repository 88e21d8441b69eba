"""Notices that the store has changed: jobs of this kernel have ended, or another program has added or deleted
results."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable

from vidgo_notebook.app.session import Session
from vidgo_notebook.log import logger

_SECONDS = 0.5
_PAUSE = 10
"""Times what it took to show the last change: reading a large store again and again may use a tenth of a processor."""


class StoreWatch:
    """``changed`` is called after a change, on a thread of its own; between changes one folder is looked at."""

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        self._session, self._changed = session, changed
        self._lock = threading.Lock()
        self._ended: threading.Event | None = None

    def start(self) -> None:
        """Look from now on."""
        with self._lock:
            if self._ended is None:
                self._ended = threading.Event()
                run, work = contextvars.Context().run, (self._look, self._ended, self._stamp())
                threading.Thread(target=run, args=work, name="vidgo-gallery-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no longer: nobody sees the gallery."""
        with self._lock:
            if self._ended:
                self._ended.set()
            self._ended = None

    def _look(self, ended: threading.Event, seen: tuple[object, ...]) -> None:
        pause = _SECONDS
        while not ended.wait(pause):
            if (now := self._stamp()) != seen:
                seen, began = now, time.monotonic()
                try:
                    self._changed()
                except Exception:  # noqa: BLE001  Refresh says what is wrong; here it is tried again
                    logger.info("the gallery could not follow the store", exc_info=True)
                pause = max(_SECONDS, _PAUSE * (time.monotonic() - began))

    def _stamp(self) -> tuple[object, ...]:
        store = self._session.store
        ended = sum(job.done() for job in list(self._session.jobs.values()))  # all that a remote store tells cheaply
        return store.address, store.last_change(), ended
