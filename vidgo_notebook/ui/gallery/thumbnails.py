"""The thumbnails of the page that is shown: those that were made before are sent when the browser asks for them, the
others are made one by one, beside the handlers, when it has drawn the page's names."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial

from vidgo_notebook.app.library.index import LibraryIndex
from vidgo_notebook.store.results.record import ResultRecord

_LONGEST_WAIT = 2.0
"""Seconds for the browser to say that it has drawn: a cell that keeps the kernel busy keeps it from being heard."""
Send = Callable[[Sequence[str], Sequence[bytes]], None]


class Thumbnails:
    """``send`` is given the keys of pictures and their thumbnails, ``lost`` the key of a picture without one."""

    def __init__(self, index: LibraryIndex, send: Send, lost: Callable[[str], None]) -> None:
        self._index, self._send, self._lost = index, send, lost
        self._making = threading.Lock()
        self._page: Mapping[str, ResultRecord] = {}
        self._sent = set[str]()
        self._later: threading.Timer | None = None

    def turn_to(self, page: Mapping[str, ResultRecord]) -> None:
        """Another page is shown, by the keys of its pictures: nothing more is made for the one before."""
        self._cancel()
        self._page, self._sent = page, set()
        self._later = threading.Timer(_LONGEST_WAIT, contextvars.Context().run, (self._bring, page, list(page)))
        self._later.daemon = True
        self._later.start()

    def send_kept(self, missing: Collection[str]) -> None:
        """Send those of these that were made before: nothing is decoded for them, so they need not wait."""
        page = self._page
        kept = {key: data for key in page if key in missing and (data := self._index.kept_thumbnail(page[key]))}
        if kept:
            self._send(list(kept), list(kept.values()))
            self._sent.update(kept)

    def drawn(self, missing: Collection[str]) -> None:
        """The page is on the screen, and has no thumbnail of these, if none is on its way."""
        self._cancel()
        wanted = [key for key in self._page if key in missing and key not in self._sent]
        work = partial(self._bring, self._page, wanted)
        run = contextvars.Context().run
        threading.Thread(target=run, args=(work,), name="vidgo-thumbnails", daemon=True).start()

    def _cancel(self) -> None:
        if self._later:
            self._later.cancel()

    def _bring(self, page: Mapping[str, ResultRecord], keys: Sequence[str]) -> None:
        for key in keys:
            with self._making:  # of two that show the same page, one makes it
                if self._page is not page:
                    return  # another page is shown now
                self._make(key, page[key])

    def _make(self, key: str, record: ResultRecord) -> None:
        data = None
        with suppress(Exception):  # one bad file must not keep the others from being shown
            data = self._index.thumbnail(record)
        if data:
            self._send([key], [data])
        else:
            self._lost(key)
