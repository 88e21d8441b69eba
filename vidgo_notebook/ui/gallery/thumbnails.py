"""The thumbnails of the page that is shown: sent when the browser has drawn the page's names, those of an earlier visit
first; the others are made one by one, beside the handlers."""

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
        self._later: threading.Timer | None = None

    def turn_to(self, page: Mapping[str, ResultRecord]) -> None:
        """Another page is shown, by the keys of its pictures: nothing more is made for the one before."""
        self._cancel()
        self._page = page
        self._later = threading.Timer(_LONGEST_WAIT, contextvars.Context().run, (self._bring, page, list(page)))
        self._later.daemon = True
        self._later.start()

    def drawn(self, missing: Collection[str]) -> None:
        """The page is on the screen, and has no thumbnail of these."""
        self._cancel()
        work = partial(self._bring, self._page, [key for key in self._page if key in missing])
        run = contextvars.Context().run
        threading.Thread(target=run, args=(work,), name="vidgo-thumbnails", daemon=True).start()

    def _cancel(self) -> None:
        if self._later:
            self._later.cancel()

    def _bring(self, page: Mapping[str, ResultRecord], keys: Sequence[str]) -> None:
        kept = {key: data for key in keys if (data := self._index.kept_thumbnail(page[key]))}
        if kept:
            self._send(list(kept), list(kept.values()))
        for key in keys:
            with self._making:  # of two that show the same page, one makes it
                if self._page is not page:
                    return  # another page is shown now
                if key not in kept:
                    self._make(key, page[key])

    def _make(self, key: str, record: ResultRecord) -> None:
        data = None
        with suppress(Exception):  # one bad file must not keep the others from being shown
            data = self._index.thumbnail(record)
        if data:
            self._send([key], [data])
        else:
            self._lost(key)
