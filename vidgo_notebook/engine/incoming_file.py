"""A file on its way into the store: written and hashed as it comes, looked at when it is complete."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.picture import PictureFacts, inspect

_BLOCK_BYTES = 1024 * 1024
"""Read at a time. Each step on a file lets go of the interpreter, and beside a busy loop waits to get it back:
a picture in 64 KiB pieces spends more time so than on its digest and its checksums."""

Recorder = Callable[[PictureFacts, str, int], ResultRecord]
"""Makes the record of a fetched file from its facts, digest and size in bytes."""


class IncomingFile:
    """One file for ``store``. Every method works on the disk, so call them beside the loop.

    The file is open only while it is written to: hundreds may wait for the disk at a time.
    """

    def __init__(self, store: ResultStore) -> None:
        self._store = store
        self._digest = hashlib.sha256()
        self._size = 0
        self._download: Path | None = None

    def take(self, pieces: Sequence[bytes]) -> None:
        """Write the next bytes down. Raises StoreError, OSError."""
        self._write(b"".join(pieces))

    def keep(self, last: Sequence[bytes], recorder: Recorder) -> Result:
        """Write the last bytes, and move the file to its place, with its record. Raises FetchError for what is
        no whole picture, StoreError, OSError."""
        block = b"".join(last)
        download = self._write(block)
        came_in_one = self._size == len(block)  # no need to read it again
        with io.BytesIO(block) if came_in_one else download.open("rb", buffering=_BLOCK_BYTES) as file:
            facts = inspect(file)
        record = recorder(facts, self._digest.hexdigest(), self._size)
        return Result(record, self._store.keep(download, record), self._store)

    def _write(self, block: bytes) -> Path:
        if self._download is None:
            self._download = self._store.new_download()
        self._digest.update(block)
        with self._download.open("ab") as file:
            self._size += file.write(block)
        return self._download

    def drop(self) -> None:
        """Leave nothing behind of a file that did not come whole."""
        if self._download:
            with suppress(OSError):
                self._download.unlink(missing_ok=True)
